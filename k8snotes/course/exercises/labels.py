"""Chapter 06, selectors and labels that change: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, UnreadableAnswerError, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, found_by, shared
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.selectors import Finds, as_in_a_manifest, workloads_found
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import ApiError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

# Pods that are not there yet: they tell a list of values from "not this one"
_TOMORROW = {"new-tier": {"app": "guestbook", "tier": "search"}}
_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: storage}}\nspec: {{selector: {}, ports: [{{port: 80}}]}}\n"
_ON_SSD = """
apiVersion: v1
kind: Pod
metadata: {name: report, labels: {app: report}}
spec: {nodeSelector: {disk: ssd}, containers: [{name: main, image: report}]}
"""
_SECOND = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: guestbook-web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: guestbook-web
        app: guestbook
        tier: frontend
    spec:
      containers:
      - name: web
        image: registry.example.com/guestbook-web:1.4
        ports:
        - name: http
          containerPort: 8080
"""
# a change of a Deployment -> the line of kubectl
_IN_TEMPLATE = 'patch deployment cache -p \'{"spec": {"template": {"metadata": {"%s": {"team": "blue"}}}}}\''
_CHANGES = {
    "a": "label deployment cache team=blue",
    "b": "annotate deployment cache team=blue",
    "c": _IN_TEMPLATE % "labels",
    "d": _IN_TEMPLATE % "annotations",
}
_STABLE, _CANARY = "app=guestbook,tier=frontend,track=stable", "app=guestbook,tier=frontend,track=canary"
_NEIGHBOUR = """
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop, track: stable}}
spec: {containers: [{name: web, image: shop, ports: [{name: http, containerPort: 8080}]}]}
"""
_DASHBOARD = "app.kubernetes.io/name=redis,app.kubernetes.io/component=cache"
_DASHBOARD_PATCH = (
    "kubectl patch deployment cache -p '"
    '{"spec": {"template": {"metadata": {"labels": '
    '{"app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "cache"}}}}}\''
)


def picture() -> Figure:
    """Draw what the chapter is about, small: which object a selector finds, and why not the other one."""
    return thumbnail(
        _("labels"),
        _("a selector finds one Pod and misses another one by one letter"),
        [Part(_("selector"), "tier=frontend", palette.SERVICE)],
        [Part("web-1", "✓ tier=frontend"), Part("web-2", "✗ tier=frontnd", palette.LEFT_OUT)],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.CUT)],
    )


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


def _first(selector: str) -> str:
    """Return the reference of the first Pod of the guestbook that a selector finds."""
    return shared().objects("pods", selector)[0].ref


def _kinds_with_labels() -> str:
    """Return the letter of which of Deployments, Services and Nodes have labels in the guestbook."""
    labelled = {
        kind
        for kind in ("deployments", "services", "nodes")
        if any(obj.labels for obj in shared().objects(kind))
    }
    return "c" if len(labelled) == 3 else "b" if labelled == {"deployments", "services"} else "a"


def _answering_with_the_second() -> int:
    """Return how many Pods answer for frontend when a second Deployment has Pods with the same two labels."""
    cluster = application()
    cluster.create(_SECOND)
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def _pods(cluster: Cluster, selector: str) -> set[str]:
    """Return the uids of the Pods that a selector finds."""
    return {pod.metadata["uid"] for pod in cluster.objects("pods", selector)}


def _replacing_lines() -> set[str]:
    """Return the letters of the lines after which the cache has other Pods.

    Source of the rule: a rollout of a Deployment is triggered if and only if its Pod template changes.
    """
    replacing = set()
    for letter, line in _CHANGES.items():
        cluster = application()
        cluster.kubectl(line)
        cluster.settle()
        if _pods(cluster, "tier=cache") != _pods(shared(), "tier=cache"):
            replacing.add(letter)
    return replacing


def _with_a_neighbour() -> Cluster:
    """Return the guestbook beside a Pod of another application that has the label track=stable, too."""
    cluster = application()
    cluster.create(_NEIGHBOUR)
    cluster.settle()
    return cluster


def _answering(cluster: Cluster) -> set[str]:
    """Return the uids of the Pods that answer for the Service frontend."""
    if not any(service.name == "frontend" for service in cluster.objects("services")):
        return set()
    ready = cluster.endpoints("svc/frontend").ready
    return {endpoint.pod.metadata["uid"] for endpoint in ready if endpoint.pod}


def _without_the_canary(cluster: Cluster) -> Facts:
    """Return whether the stable Pods alone answer, today and later, and what became of the canary's Pod."""
    stable, (canary,) = _pods(shared(), _STABLE), _pods(shared(), _CANARY)
    answering = _answering(cluster)
    others = {
        pod.metadata["uid"]: pod
        for pod in cluster.objects("pods")
        if pod.metadata["uid"] in answering - stable
    }
    old = [pod for pod in cluster.objects("pods") if pod.metadata["uid"] == canary]
    later = cluster.copy()
    for pod in later.objects("pods", _STABLE):
        later.delete(pod.ref)
    later.settle()
    return {
        "stable": stable <= answering,
        "only": sorted({str(pod.labels.get("app")) for pod in others.values()}),
        "canary": "gone" if not old else bool(old[0].metadata.get("ownerReferences")) or "an orphan",
        "later": bool(_pods(later, _STABLE)) and _pods(later, _STABLE) <= _answering(later),
    }


def _label_that_lasts(cluster: Cluster) -> Facts:
    """Return whether the cache Pods have the label environment, and whether a new one has it, too."""
    answers = len(cluster.endpoints("svc/cache").ready) == 2
    before = cluster.objects("pods", "tier=cache")
    now = all(pod.labels.get("environment") == "production" for pod in before)
    elsewhere = "on the Deployment" if cluster.objects("deployments", "environment=production") else "nowhere"
    later = cluster.copy()
    for pod in before:
        later.delete(pod.ref)
    later.settle()
    after = later.objects("pods", "tier=cache")
    return {
        "now": True if before and now else elsewhere,
        "later": bool(after) and all(pod.labels.get("environment") == "production" for pod in after),
        "answers": answers,
    }


def _annotated() -> Cluster:
    """Return the guestbook whose cache Pods have the annotation owner=mei."""
    cluster = application()
    cluster.kubectl("annotate pods -l tier=cache owner=mei")
    return cluster


def _found_by_owner(cluster: Cluster) -> Facts:
    """Return how many of the cache Pods owner=mei finds, and whether it finds nothing else."""
    found, cache = _pods(cluster, "owner=mei"), _pods(cluster, "tier=cache")
    others = [
        kind for kind in ("deployments", "services", "replicasets") if cluster.objects(kind, "owner=mei")
    ]
    how_many = "some" if found & cache else f"on {others[0]}" if others else "none"
    return {"found": "all" if cache and cache <= found else how_many, "only": found <= cache}


def _found_by_the_dashboard(cluster: Cluster) -> Facts:
    """Return what the dashboard finds, and whether the cache Pods are the old ones."""
    found = [deployment.name for deployment in cluster.objects("deployments", _DASHBOARD)]
    on_pods = bool(_pods(cluster, f"tier=cache,{_DASHBOARD}"))
    labels = cluster["deploy/cache"].labels if _has_cache(cluster) else {}
    half = any(key in labels for key in ("app.kubernetes.io/name", "app.kubernetes.io/component"))
    none = "half" if half else "on the Pods" if on_pods else "none"
    return {
        "found": "alone" if found == ["cache"] else "with others" if found else none,
        "kept": _pods(cluster, "app=guestbook,tier=cache") == _pods(shared(), "tier=cache"),
    }


def _has_cache(cluster: Cluster) -> bool:
    return any(deployment.name == "cache" for deployment in cluster.objects("deployments"))


def _services_without_pods() -> int:
    """Return how many Services find no Pod any more when all Pods of the guestbook got the label tier=debug.

    Before the controllers act: the Services of the database do not ask for tier.
    """
    cluster = application()
    for pod in cluster.objects("pods", "app=guestbook"):
        cluster.label(pod.ref, "tier=debug")
    asking = [service.ref for service in cluster.objects("services") if service.spec.get("selector")]
    return sum(not cluster.endpoints(ref).ready for ref in asking)


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


_RECALL = Fields(
    {
        "half a CPU": Number(),
        "finds a Node": Word(vocabulary(__name__, "number-of-a-container")),
        "too much memory": Word(vocabulary(__name__, "fate")),
    }
)

SOLUTIONS = {
    "recall": Solution(
        _RECALL,
        {"half a CPU": 500, "finds a Node": "request", "too much memory": "killed"},
        {
            "parts-of-a-hundred": {"half a CPU": 50},
            "scheduler-looks-at-the-limit": {"finds a Node": "limit"},
            "memory-slows-like-cpu": {"too much memory": "slowed"},
        },
    ),
    "guess-1": Solution(Choice("abc"), _kinds_with_labels, {"only-pods": "a", "not-nodes": "b"}),
    "guess-2": Solution(
        Number(),
        lambda: found_by("track!=canary"),
        {
            "only-with-the-key": lambda: found_by("track,track!=canary"),
            "only-without-the-key": lambda: found_by("!track"),
            "what-it-names": lambda: found_by("track=canary"),
        },
    ),
    "guess-3": Solution(
        Number(),
        _services_without_pods,
        {"every-selector-loses-it": 4, "keeps-what-it-found": 0, "only-the-one-in-mind": 1},
    ),
    "guess-4": Solution(
        Number(),
        _answering_with_the_second,
        {
            "only-the-old": lambda: found_by("tier=frontend"),
            "only-the-new": 3,
            "one-service-two-owners": 6,
        },
    ),
    "guess-5": Solution(
        Number(),
        lambda: found_by("app.kubernetes.io/part-of=guestbook"),
        {
            "handed-down-to-all": lambda: found_by("tier in (frontend, cache, database)"),
            "same-as-app": lambda: found_by("app=guestbook"),
        },
    ),
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
        Choices("abcd"),
        _replacing_lines,
        {
            "annotations-never-matter": {"c"},
            "labels-of-its-pods": {"a", "c"},
            "every-change-replaces": {"a", "b", "c", "d"},
        },
    ),
    "9": Solution(
        Choice("abcd"),
        _after_the_node_lost_its_label,
        {"moves": "a", "watched-all-the-time": "b", "back-to-waiting": "c"},
    ),
    "10": Solution(
        Deed(_with_a_neighbour, _without_the_canary),
        "kubectl set selector service frontend app=guestbook,tier=frontend,track=stable",
        {
            "any-label-will-do": "kubectl label pod -l track=canary tier=debug --overwrite",
            "delete-it": "kubectl scale deployment frontend-canary --replicas=0",
            "set-selector-adds": "kubectl set selector service frontend track=stable",
        },
    ),
    "11": Solution(
        Deed(application, _label_that_lasts),
        "kubectl patch deployment cache -p"
        ' \'{"spec": {"template": {"metadata": {"labels": {"environment": "production"}}}}}\'',
        {
            "by-hand-lasts": "kubectl label pods -l tier=cache environment=production",
            "labels-of-its-pods": "kubectl label deployment cache environment=production",
        },
    ),
    "12": Solution(
        Prints(application),
        "kubectl get pods -l 'app=guestbook,!track'",
        {
            "another-value-means-absent": "kubectl get pods -l app=guestbook,track!=stable",
            "absent-is-empty": "kubectl get pods -l app=guestbook,track=",
            "one-requirement-is-enough": "kubectl get pods -l '!track'",
            "the-key-alone-excludes": "kubectl get pods -l app=guestbook,track",
        },
    ),
    "13": Solution(
        Deed(_annotated, _found_by_owner),
        "kubectl label pods -l tier=cache owner=mei",
        {
            "selectors-find-annotations": "kubectl annotate pods -l tier=cache owner=mei --overwrite",
            "on-the-deployment": "kubectl label deployment cache owner=mei",
            "all-pods": "kubectl label pods --all owner=mei",
        },
    ),
    "14": Solution(
        Deed(application, _found_by_the_dashboard),
        "kubectl label deployment cache app.kubernetes.io/name=redis app.kubernetes.io/component=cache",
        {
            "one-is-enough": "kubectl label deployment cache app.kubernetes.io/name=redis",
            "in-the-template": _DASHBOARD_PATCH,
            "on-the-pods": "kubectl label pods -l tier=cache app.kubernetes.io/name=redis app.kubernetes.io/component=cache",
            "in-both-places": "kubectl label deployment cache app.kubernetes.io/name=redis"
            f" app.kubernetes.io/component=cache\n{_DASHBOARD_PATCH}",
        },
    ),
}
