"""Chapter 06, selectors and labels that change: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Number, UnreadableAnswerError
from k8snotes.course.chapters import Solution
from k8snotes.course.clusters import application, found_by, shared, with_cache_controller
from k8snotes.course.selectors import Finds, as_in_a_manifest, workloads_found
from k8snotes.errors import ApiError
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

# Pods that are not there yet: they tell a list of values from "not this one"
_TOMORROW = {"new-tier": {"app": "guestbook", "tier": "search"}}
_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: storage}}\nspec: {{selector: {}, ports: [{{port: 80}}]}}\n"
_ANNOTATED = """
apiVersion: v1
kind: Pod
metadata: {name: notes, labels: {app: notes}, annotations: {owner: li}}
spec: {containers: [{name: main, image: notes}]}
"""
_ON_SSD = """
apiVersion: v1
kind: Pod
metadata: {name: report, labels: {app: report}}
spec: {nodeSelector: {disk: ssd}, containers: [{name: main, image: report}]}
"""


def picture() -> Figure:
    """Draw what the chapter is about, small: which object a selector finds, and why not the other one."""
    return shared().selection("tier=frontend,track=canary", "deployments")


def _selector_text(answer: Any) -> Selector:
    """Return the selector of a text."""
    if isinstance(answer, Mapping):
        raise UnreadableAnswerError("selector text")
    return Selector(answer)


def _label_selector(answer: Any) -> Selector | str:
    """Return the selector of a map with matchLabels and matchExpressions; or the name of the map with neither."""
    answer = as_in_a_manifest(answer)
    if not isinstance(answer, Mapping):
        raise UnreadableAnswerError("label selector")
    if not {"matchLabels", "matchExpressions"} & set(answer):
        return "a plain map"
    return Selector.from_label_selector(answer)


def _finds(selector: Selector) -> set[str]:
    """Return the workloads that have a Pod which a selector finds, those of tomorrow included."""
    new = {name for name, labels in _TOMORROW.items() if selector.matches(labels)}
    return workloads_found(selector) | new


def _guestbook_but_canary(**spec: Any) -> dict[str, Any]:
    """Return the selector of app=guestbook,track!=canary as an answer, with some of its parts exchanged.

    Args:
        spec: `matchLabels` and `matchExpressions` to put there instead; None for a part that is missing.
    """
    right = {
        "matchLabels": {"app": "guestbook"},
        "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}],
    }
    return {"selector": {name: part for name, part in {**right, **spec}.items() if part}}


def _finding_mysql() -> set[str]:
    """Return the letters of the selectors that find the Pod mysql-0."""
    labels = shared()["pod/mysql-0"].labels
    offered = {
        "a": "tier=Database",
        "b": "tier in (database, cache)",
        "c": "tier",
        "d": "track!=canary",
        "e": "tier=data",
    }
    return {letter for letter, text in offered.items() if Selector(text).matches(labels)}


def _one_service_for_two_tiers() -> str:
    """Return the letter of the way in which one Service gets the Pods of two tiers.

    Source of the rule: ServiceSpec.selector is a map, and all of its labels must match.
    """
    wanted = len(shared().objects("pods", "tier in (cache, database)"))
    ways = {
        "a": "{tier: cache, tier: database}",
        "b": "{matchExpressions: [{key: tier, operator: In, values: [cache, database]}]}",
        "c": "{storage: mine}",
    }
    for letter, selector in ways.items():
        cluster = application()
        for pod in cluster.objects("pods", "tier in (cache, database)") if letter == "c" else ():
            cluster.label(pod.ref, "storage=mine")
        try:
            cluster.create(_SERVICE.format(selector))
        except ApiError:
            continue
        cluster.settle()
        if len(cluster.endpoints("svc/storage").ready) == wanted:
            return letter
    return ""


def _found_by_annotation() -> int:
    """Return how many Pods a selector finds that asks for an annotation."""
    cluster = application()
    cluster.create(_ANNOTATED)
    cluster.settle()
    return len(cluster.objects("pods", "owner=li"))


def _accepted_labels() -> set[str]:
    """Return the letters of the labels that the API server takes.

    Source of the rule: metadata.labels are texts; YAML reads 1.10 as a number and yes as a boolean.
    """
    labels = {
        "a": "release: 1.10",
        "b": 'release: "1.10"',
        "c": "canary: yes",
        "d": "owner: Li Wei",
        "e": 'note: ""',
    }
    good = set()
    for letter, label in labels.items():
        cluster = application()
        try:
            cluster.create(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, labels: {{{label}}}}}\n")
        except ApiError:
            continue
        good.add(letter)
    return good


def _after(selector: str, ref: str, *changes: str) -> int:
    """Return how many Pods a selector finds when labels of one object have changed and all is quiet."""
    cluster = application()
    cluster.label(ref, *changes)
    cluster.settle()
    return len(cluster.objects("pods", selector))


def _after_adoption() -> int:
    """Return how many Pods have the label of the cache when client got the cache's labels and all is quiet.

    Source of the rule: PodControllerRefManager adopts Pods that match and have no controller. A ReplicaSet of a
    Deployment asks for pod-template-hash as well, so a ReplicationController keeps the cache here.
    """
    cluster = with_cache_controller()
    cluster.label("pod/client", "app=guestbook", "tier=cache")
    cluster.settle()
    return len(cluster.objects("pods", "tier=cache"))


def _first(selector: str) -> str:
    """Return the reference of the first Pod of the guestbook that a selector finds."""
    return shared().objects("pods", selector)[0].ref


def _answering_after_debug() -> int:
    """Return how many Pods answer for frontend when one of them got the label track=debug and all is quiet.

    The Service does not ask for track and keeps the Pod; its ReplicaSet does, and makes another one.
    """
    cluster = application()
    cluster.label(_first("track=stable"), "track=debug")
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def _after_the_node_lost_its_label() -> str:
    """Return the letter of what becomes of a Pod when its Node loses the label that it asked for.

    Source of the rule: a nodeSelector is IgnoredDuringExecution: only the scheduler reads it.
    """
    cluster = application()
    cluster.create(_ON_SSD)
    cluster.label("node/node-2", "disk=ssd")
    cluster.settle()
    cluster.label("node/node-2", "disk-")
    cluster.settle()
    return _fate(cluster)


def _fate(cluster: Cluster) -> str:
    """Return the letter of where the Pod report is now."""
    pods = cluster.objects("pods", "app=report")
    if not pods:
        return "b"
    node = pods[0].spec.get("nodeName")
    return "c" if not node else "d" if node == "node-2" else "a"


SOLUTIONS = {
    "guess": Solution(Number(), _answering_after_debug),
    "missing-key": Solution(
        Number(),
        lambda: found_by("track!=canary"),
        {
            "only-with-the-key": lambda: found_by("track,track!=canary"),
            "only-without-the-key": lambda: found_by("!track"),
            "what-it-names": lambda: found_by("track=canary"),
        },
    ),
    "answer": Solution(
        Number(),
        _answering_after_debug,
        {
            "leaves-all-as-it-was": lambda: found_by("tier=frontend"),
            "every-selector-loses-it": lambda: found_by("tier=frontend") - 1,
            "another-application": 1,
        },
    ),
    "adopt": Solution(
        Number(),
        _after_adoption,
        {
            "stays-unowned": lambda: found_by("tier=cache") + 1,
            "harms-the-others": lambda: found_by("tier=cache") - 1,
        },
    ),
    "annotation": Solution(Number(), _found_by_annotation, {"selectors-find-annotations": 1}),
    "1": Solution(
        Finds(_selector_text, _finds, "key=value,key!=value"),
        "tier,tier!=frontend",
        {
            "only-with-the-key": "tier!=frontend",
            "a-list-says-the-same": "tier in (cache, database)",
            "a-list-of-all-says-the-same": "tier in (cache, database, batch)",
            "the-key-is-enough": "tier",
            "not-asks-for-the-key": "!tier,tier!=frontend",
        },
    ),
    "2": Solution(
        Number(),
        lambda: found_by("tier=cache,tier=database"),
        {
            "comma-means-or": lambda: found_by("tier in (cache,database)"),
            "the-last-counts": lambda: found_by("tier=database"),
            "the-first-counts": lambda: found_by("tier=cache"),
        },
    ),
    "3": Solution(
        Choices("abcde"),
        _finding_mysql,
        {
            "case-does-not-count": {"a", "b", "c", "d"},
            "values-that-begin-so": {"b", "c", "d", "e"},
            "near-miss": {"a", "b", "c", "d", "e"},
            "only-with-the-key": {"b", "c"},
            "always-a-value": {"b", "d"},
        },
    ),
    "4": Solution(
        Finds(_label_selector, _finds, "selector:\n  matchLabels: ...\n  matchExpressions: ..."),
        _guestbook_but_canary,
        {
            "a-plain-map": {"selector": {"app": "guestbook", "track": "stable"}},
            "not-canary-is-no-label": lambda: _guestbook_but_canary(
                matchExpressions=[{"key": "track", "operator": "DoesNotExist"}]
            ),
            "only-with-the-key": lambda: _guestbook_but_canary(
                matchLabels={"app": "guestbook", "track": "stable"}, matchExpressions=None
            ),
            "one-requirement-is-enough": lambda: _guestbook_but_canary(matchLabels=None),
        },
    ),
    "5": Solution(
        Choice("abc"),
        _one_service_for_two_tiers,
        {"two-entries-mean-either": "a", "match-labels": "b"},
    ),
    "6": Solution(
        Choices("abcde"),
        _accepted_labels,
        {
            "yes-is-a-word": {"b", "c", "e"},
            "a-number-looks-like-text": {"a", "b", "e"},
            "any-text": {"b", "d", "e"},
            "no-value-no-label": {"b"},
            "text-is-what-looks-so": {"a", "b", "c", "e"},
        },
    ),
    "7": Solution(
        Number(),
        lambda: _after("", _first("tier=cache"), "tier=old"),
        {
            "leaves-the-controller-as-it-was": lambda: found_by(""),
            "unselected-is-removed": lambda: found_by("") - 1,
        },
    ),
    "8": Solution(
        Number(),
        lambda: _after("team=blue", "deploy/frontend", "team=blue"),
        {
            "labels-of-its-pods": lambda: found_by("tier=frontend,track=stable"),
            "handed-on-to-the-newest": 1,
        },
    ),
    "9": Solution(
        Choice("abcd"),
        _after_the_node_lost_its_label,
        {"moves": "a", "watched-all-the-time": "b", "back-to-waiting": "c"},
    ),
}
