"""The exercises of chapter 06 about selectors: both ways to write them, missing keys, near misses, values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.course.answers import Choice, Choices, Fields, Number, UnreadableAnswerError
from k8snotes.course.clusters import application, found_by, pod_names, shared
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.label_changes import CHANGES
from k8snotes.errors import ApiError, K8sNotesError

__all__ = ["EXERCISES"]

_PLAIN_MAP = "a plain map"
# a Pod that is not there yet: it tells a list of values from "not this one"
_TOMORROW = {"a Pod of a new tier": {"app": "guestbook", "tier": "search"}}
_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: storage}}\nspec: {{selector: {}, ports: [{{port: 80}}]}}\n"
_ANNOTATED = """
apiVersion: v1
kind: Pod
metadata: {name: notes, labels: {app: notes}, annotations: {owner: li}}
spec: {containers: [{name: main, image: notes}]}
"""


@dataclass(frozen=True)
class _Finds:
    """A selector, as text or as matchLabels and matchExpressions; what counts is whom it finds."""

    as_yaml: bool = False

    def read(self, answer: Any) -> frozenset[str] | str:
        """Return the workloads whose Pods it finds; raises UnreadableAnswerError."""
        if isinstance(answer, Mapping) != self.as_yaml:
            form = 'a dict with "matchLabels" and "matchExpressions"' if self.as_yaml else "a text"
            raise UnreadableAnswerError(f"{form} is asked for here")
        if not self.as_yaml:
            return self._found(lambda: Selector(answer))
        if not {"matchLabels", "matchExpressions"} & set(answer):
            return _PLAIN_MAP
        return self._found(lambda: Selector.from_label_selector(answer))

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both find the same Pods."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any) -> str:
        """Say whom the selector finds."""
        if value in (_PLAIN_MAP, right):
            return ""
        return "it finds " + (", ".join(sorted(value)) if value else "no Pod at all")

    @staticmethod
    def _found(make: Callable[[], Selector]) -> frozenset[str]:
        try:
            selector = make()
        except K8sNotesError as error:
            raise UnreadableAnswerError(f"Kubernetes would refuse this: {error}") from None
        names = pod_names()
        found = {names[pod.name] for pod in shared().objects("pods", selector)}
        return frozenset(found | {name for name, labels in _TOMORROW.items() if selector.matches(labels)})


def _finding_mysql() -> set[str]:
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
    """Return the letter of the way in which one Service gets the Pods of two tiers."""
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
    cluster = application()
    cluster.create(_ANNOTATED)
    cluster.settle()
    return len(cluster.objects("pods", "owner=li"))


def _accepted_labels() -> set[str]:
    """Return the letters of the labels that the API server takes."""
    good = set()
    for letter, label in {
        "a": "release: 1.10",
        "b": 'release: "1.10"',
        "c": "canary: yes",
        "d": "owner: Li Wei",
        "e": 'note: ""',
    }.items():
        cluster = application()
        try:
            cluster.create(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, labels: {{{label}}}}}\n")
        except ApiError:
            continue
        good.add(letter)
    return good


_SELECTORS = (
    Exercise(
        "06-labels/missing-key",
        "How many of the nine Pods does track!=canary find?",
        Number(),
        lambda: found_by("track!=canary"),
        "Only the canary is out. A Pod with no track has no track=canary either.",
        (
            Wrong(
                lambda: found_by("track,track!=canary"),
                "!= and notin find only objects that have the key",
                "You found those that have a track of another kind. What about those with no track at all?",
            ),
            Wrong(
                lambda: found_by("!track"),
                "!= finds only objects without the key",
                "There are also Pods with a track that is something else. They are not canaries.",
            ),
            Wrong(
                lambda: found_by("track=canary"),
                "!= finds what it names",
                "That is how many track=canary finds. The sign turns the question around.",
            ),
        ),
        'Try c.selection("track!=canary", namespace="default") and read the reasons on the right.',
    ),
    Exercise(
        "06-labels/1",
        "Write a selector that finds every Pod that has a tier, and a tier other than frontend. Tomorrow "
        "somebody may add a tier of a new name: your selector must find that as well.",
        _Finds(),
        lambda: "tier,tier!=frontend",
        "One requirement asks that the key be there, the other what its value must not be.",
        (
            Wrong(
                "tier!=frontend",
                "!= and notin find only objects that have the key",
                "Look whom it finds: client too, which has no tier at all. Ask for the key as well.",
            ),
            Wrong(
                "tier in (cache, database)",
                "a list of the values that one knows says the same as 'not this one'",
                "There is a Pod with a fourth tier already. Say what the tier must not be, instead.",
            ),
            Wrong(
                "tier in (cache, database, batch)",
                "a list of the values that one knows says the same as 'not this one'",
                "Today it finds the right ones. Which of its values is the new tier of tomorrow?",
            ),
            Wrong(
                "tier",
                "asking for the key is enough",
                "That asks only whether there is a tier. Which value must it not have?",
            ),
            Wrong(
                "!tier,tier!=frontend",
                "! asks for the key",
                "! says that the key must be absent. What asks for a key that is there?",
            ),
        ),
        "It takes two requirements with a comma between them. c.selection(your selector) shows whom it finds.",
        starter='"..."',
    ),
    Exercise(
        "06-labels/2",
        "How many Pods does tier=cache,tier=database find?",
        Number(),
        lambda: found_by("tier=cache,tier=database"),
        "A comma means and. No Pod can have two values for one key.",
        (
            Wrong(
                lambda: found_by("tier in (cache,database)"),
                "a comma means or",
                "That would be `in (...)`. Which Pod has both labels at once?",
            ),
            Wrong(
                lambda: found_by("tier=database"),
                "of two requirements on one key, the last counts",
                "All of them count. Can one Pod fulfil both?",
            ),
            Wrong(
                lambda: found_by("tier=cache"),
                "of two requirements on one key, the first counts",
                "All of them count. Can one Pod fulfil both? Read c.selection(...) for it.",
            ),
        ),
        "Take one Pod, say mysql-0, and go through the requirements one by one.",
    ),
    Exercise(
        "06-labels/3",
        "Which of these selectors find the Pod mysql-0?",
        Choices("abcde"),
        _finding_mysql,
        "Whole values, letter by letter, in the same case; and what is absent is not equal to anything.",
        (
            Wrong(
                {"a", "b", "c", "d"},
                "labels are compared without regard to case",
                "One of your answers differs from the label by a capital letter.",
            ),
            Wrong(
                {"b", "c", "d", "e"},
                "a selector finds values that begin like its own",
                "A selector compares whole values. Explain each to the Pod: kn.Selector(...).explain(...).",
            ),
            Wrong(
                {"a", "b", "c", "d", "e"},
                "a selector that is a little off still finds its Pods",
                "Two of them are off by a little, and in Kubernetes a little is everything.",
            ),
            Wrong(
                {"b", "c"},
                "!= and notin find only objects that have the key",
                "mysql-0 has no track. So is its track canary?",
            ),
            Wrong(
                {"b", "d"},
                "a selector always names a value",
                "What does a key alone ask for? You met it in section 2.",
            ),
        ),
        'kn.Selector("...").explain(c["pod/mysql-0"].labels) answers for each of them.',
        starter='{"..."}',
    ),
    Exercise(
        "06-labels/4",
        "app=guestbook,track!=canary: write it for a manifest, with matchLabels and matchExpressions.",
        Fields({"selector": _Finds(as_yaml=True)}),
        lambda: {
            "selector": {
                "matchLabels": {"app": "guestbook"},
                "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}],
            }
        },
        "matchLabels can say only what a label must be; all else goes to matchExpressions.",
        (
            Wrong(
                {"selector": {"app": "guestbook", "track": "stable"}},
                "the selector of a Deployment is a map, as that of a Service is",
                "That is the older form: a map can say only `equal`. Here you need the two fields by their names.",
            ),
            Wrong(
                {
                    "selector": {
                        "matchLabels": {"app": "guestbook"},
                        "matchExpressions": [{"key": "track", "operator": "DoesNotExist"}],
                    }
                },
                "`not canary` means that there is no such label",
                "That leaves the stable Pods out as well. Which operator forbids one value only?",
            ),
            Wrong(
                {"selector": {"matchLabels": {"app": "guestbook", "track": "stable"}}},
                "!= and notin find only objects that have the key",
                "The cache has no track, and track!=canary finds it. Does yours?",
            ),
            Wrong(
                {
                    "selector": {
                        "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}]
                    }
                },
                "one requirement of a selector is enough",
                "Whom does it find that is not of the guestbook? One half of the selector is missing.",
            ),
        ),
        "kn.Selector(text).to_label_selector() shows the form, on a text of your own.",
        starter='{"selector": {}}',
    ),
    Exercise(
        "06-labels/5",
        "One Service is to have the Pods of two tiers behind it, cache and database. How?",
        Choice("abc"),
        _one_service_for_two_tiers,
        "A Service can only say `equal`. So give the Pods something that is equal.",
        (
            Wrong(
                "a",
                "two entries of one key mean either of them",
                "A key stands in a map once. Try it: c.copy().create(...) with this selector.",
            ),
            Wrong(
                "b",
                "a Service's selector may have matchLabels and matchExpressions",
                "That is the form for a Deployment. Which forms does the table in section 3 give a Service?",
            ),
        ),
        "Look at the table in section 3: which form has the selector of a Service?",
    ),
    Exercise(
        "06-labels/annotation",
        "A Pod has the label app=notes and the annotation owner=li. How many Pods does the selector owner=li find?",
        Number(),
        _found_by_annotation,
        "An annotation is for people and programs that have the object already; nothing is found by it.",
        (
            Wrong(
                1,
                "selectors find annotations",
                "You tried it in section 5. Which of the two kinds of notes does a selector read?",
            ),
        ),
        "A label selector is named after what it reads.",
    ),
    Exercise(
        "06-labels/6",
        "Which of these may stand under labels: in a manifest?",
        Choices("abcde"),
        _accepted_labels,
        "A value is text: empty, or up to 63 letters, digits, -, _ and . with a letter or digit at both ends.",
        (
            Wrong(
                {"b", "c", "e"},
                "yes is a word like any other",
                "YAML reads yes, no, on and off as true or false, unless they stand in quotes.",
            ),
            Wrong(
                {"a", "b", "e"},
                "a number may be a label, as it looks like text",
                "YAML reads one of yours as a number. And what would become of the 0 at its end?",
            ),
            Wrong(
                {"b", "d", "e"},
                "a label may hold any text",
                "One of yours has a blank in it. Where does free text belong?",
            ),
            Wrong(
                {"b"},
                "a label without a value is no label",
                "The value may be empty. The key alone already says something.",
            ),
            Wrong(
                {"a", "b", "c", "e"},
                "what looks like text in YAML is text",
                "Two of yours are no text for YAML: they become a number, and true or false.",
            ),
        ),
        "Three of them go wrong, each in its own way: a number, true or false, a blank.",
        starter='{"..."}',
    ),
)

EXERCISES = (*_SELECTORS, *CHANGES)
