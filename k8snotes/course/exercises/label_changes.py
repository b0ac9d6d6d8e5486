"""The exercises of chapter 06 about labels that change: who loses a Pod, who takes it in, who goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8snotes.course.answers import Choice, Number
from k8snotes.course.clusters import application, found_by, shared
from k8snotes.course.exercise import Exercise, Wrong

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["CHANGES"]

_GUESS = (
    "One stable frontend Pod gets the label track=debug. When everything is quiet again, how many Pods "
    "answer for the Service frontend?"
)
_ON_SSD = """
apiVersion: v1
kind: Pod
metadata: {name: report, labels: {app: report}}
spec: {nodeSelector: {disk: ssd}, containers: [{name: main, image: report}]}
"""


def _after(selector: str, ref: str, *changes: str) -> int:
    """Return how many Pods a selector finds when labels of one object have changed and all is quiet."""
    cluster = application()
    cluster.label(ref, *changes)
    cluster.settle()
    return len(cluster.objects("pods", selector))


def _first(selector: str) -> str:
    return shared().objects("pods", selector)[0].ref


def _answering_after_debug() -> int:
    cluster = application()
    cluster.label(_first("track=stable"), "track=debug")
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def _after_the_node_lost_its_label() -> str:
    """Return the letter of what becomes of a Pod whose Node has no longer the label that it asked for."""
    cluster = application()
    cluster.create(_ON_SSD)
    cluster.label("node/node-2", "disk=ssd")
    cluster.settle()
    cluster.label("node/node-2", "disk-")
    cluster.settle()
    return _fate(cluster)


def _fate(cluster: Cluster) -> str:
    found = cluster.objects("pods", "app=report")
    if not found:
        return "b"
    node = found[0].spec.get("nodeName")
    return "c" if not node else "d" if node == "node-2" else "a"


CHANGES = (
    Exercise(
        "06-labels/guess",
        _GUESS,
        Number(),
        _answering_after_debug,
        "We come back to it in section 4.",
        (),
        "",
        guess=True,
    ),
    Exercise(
        "06-labels/answer",
        _GUESS,
        Number(),
        _answering_after_debug,
        "The Service does not ask for track and keeps the Pod; the ReplicaSet does, loses it, and makes another.",
        (
            Wrong(
                lambda: found_by("tier=frontend"),
                "changing a label leaves the controller and the Service as they were",
                "In the picture, one of the two lost the Pod. What does it do when one Pod is missing?",
            ),
            Wrong(
                lambda: found_by("tier=frontend") - 1,
                "every selector that knew a Pod loses it when one of its labels changes",
                "Read the box of the Service: does it ask for track?",
            ),
            Wrong(
                1,
                "a Pod with another label is another application, and stands alone",
                "Three other Pods kept all their labels. Does the Service still find them?",
            ),
        ),
        "Ask each of the two for itself: does the Service still find the Pod? What will the ReplicaSet do?",
    ),
    Exercise(
        "06-labels/adopt",
        "The Pod client belongs to nobody. It gets the labels app=guestbook and tier=cache. How many Pods have "
        "tier=cache when everything is quiet again?",
        Number(),
        lambda: _after("tier=cache", "pod/client", "app=guestbook", "tier=cache"),
        "The ReplicationController took it in, had one too many, and deleted one.",
        (
            Wrong(
                lambda: found_by("tier=cache") + 1,
                "a bare Pod with fitting labels stays nobody's",
                "The controller counts every Pod that its selector finds. How many does it want?",
            ),
            Wrong(
                lambda: found_by("tier=cache") - 1,
                "a Pod with labels that are not its own harms the others",
                "Nobody goes below the number that was asked for. How many does the controller want?",
            ),
        ),
        'How many does c["rc/cache"] want? It keeps to that.',
    ),
    Exercise(
        "06-labels/7",
        "In a fresh guestbook of nine Pods, one cache Pod gets the label tier=old. How many Pods are there "
        "when everything is quiet again?",
        Number(),
        lambda: _after("", _first("tier=cache"), "tier=old"),
        "The ReplicationController let it go and made another, and the old one runs on, nobody's.",
        (
            Wrong(
                lambda: len(shared().objects("pods")),
                "changing a Pod's label leaves its controller as it was",
                "The ReplicationController counts by labels. How many does it count now, and how many does it want?",
            ),
            Wrong(
                lambda: len(shared().objects("pods")) - 1,
                "a Pod that nobody selects is removed",
                "Who would delete it? Look at the picture that c.copy().label(...) draws.",
            ),
        ),
        "Do it in a copy: label, settle, and count.",
    ),
    Exercise(
        "06-labels/8",
        "Somebody labels the Deployment frontend team=blue. How many Pods have team=blue afterwards?",
        Number(),
        lambda: _after("team=blue", "deploy/frontend", "team=blue"),
        "The label is on the Deployment alone. Pods get theirs from spec.template, when they are made.",
        (
            Wrong(
                lambda: found_by("tier=frontend,track=stable"),
                "the labels of a Deployment are the labels of its Pods",
                "A Deployment has labels in three places. From which of them do the Pods have theirs?",
            ),
            Wrong(
                1,
                "a label is handed on to the newest Pod",
                "No new Pod was made. Who would have written the label?",
            ),
        ),
        "Do it in a copy, settle, and ask for the Pods with the label.",
    ),
    Exercise(
        "06-labels/9",
        "A Pod with nodeSelector: {disk: ssd} runs on node-2. Somebody takes the label disk off node-2. "
        "What becomes of the Pod?",
        Choice("abcd"),
        _after_the_node_lost_its_label,
        "The scheduler asks once, when it chooses a Node. Afterwards nobody asks again.",
        (
            Wrong(
                "a",
                "a Pod moves when its Node does not fit any more",
                "A Pod never moves. Who could start it elsewhere without making another Pod?",
            ),
            Wrong(
                "b",
                "a nodeSelector is watched as long as the Pod runs",
                "Look at the picture of c.label(...) for the Node: what does it say about the Pod?",
            ),
            Wrong(
                "c",
                "a Pod can go back to waiting",
                "It has a Node, and its containers run. Pending is only before that.",
            ),
        ),
        "Who reads a nodeSelector, and when?",
    ),
)
