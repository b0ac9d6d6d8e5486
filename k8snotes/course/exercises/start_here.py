"""Chapter 00, reading the first picture: what is right, and which belief a wrong answer shows.

All of it is read from the guestbook as it is; nothing is changed.
"""

from __future__ import annotations

from k8snotes.course.answers import Names, Number
from k8snotes.course.chapters import Solution
from k8snotes.course.clusters import pod_names, shared, sketch
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service and its Pods."""
    return sketch().service_map()


def _answering() -> int:
    """Return how many Pods answer for the Service frontend."""
    return len(shared().endpoints("svc/frontend").ready)


def _made_by(workload: str) -> int:
    """Return how many Pods a workload made."""
    return sum(maker == workload for maker in _makers().values())


def _makers() -> dict[str, str]:
    """Return for each Pod the workload that made it; a bare Pod counts as its own."""
    names = pod_names()
    return {pod.name: names[pod.name] for pod in shared().objects("pods")}


def _strangers() -> set[str]:
    """Return the Pods that are no endpoint of any Service."""
    cluster = shared()
    chosen = {
        item.pod.name
        for service in cluster.objects("services")
        for item in cluster.endpoints(service.ref).ready
        if item.pod is not None
    }
    return {maker for pod, maker in _makers().items() if pod not in chosen}


def _nodes_of_frontend() -> int:
    """Return on how many Nodes the Pods behind the Service frontend run."""
    pods = shared().objects("pods", "app=guestbook,tier=frontend")
    return len({pod.spec["nodeName"] for pod in pods})


SOLUTIONS = {
    "1": Solution(
        Number(),
        _answering,
        {
            "workload-of-the-same-name": lambda: _made_by("frontend"),
            "one-pod": 1,
            "every-pod": lambda: len(_makers()),
        },
    ),
    "2": Solution(
        Names(pod_names),
        _strangers,
        {
            "members-are-served": {"client"},
            "idle-is-absent": {"backup"},
            "canary-stands-apart": {"client", "backup", "frontend-canary"},
        },
    ),
    "3": Solution(
        Number(),
        _nodes_of_frontend,
        {"service-on-one-node": 1, "a-node-for-each-pod": _answering},
    ),
}
