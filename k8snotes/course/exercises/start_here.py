"""The warm-ups of chapter 00: reading the first picture."""

from __future__ import annotations

from k8snotes.course.answers import Names, Number
from k8snotes.course.clusters import pod_names, shared
from k8snotes.course.exercise import Exercise, Wrong

__all__ = ["EXERCISES"]


def _answering() -> int:
    return len(shared().endpoints("svc/frontend").ready)


def _made_by(workload: str) -> int:
    return sum(made_by == workload for made_by in _pods().values())


def _pods() -> dict[str, str]:
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
    return {maker for pod, maker in _pods().items() if pod not in chosen}


def _nodes_of_frontend() -> int:
    pods = shared().objects("pods", "app=guestbook,tier=frontend")
    return len({pod.spec["nodeName"] for pod in pods})


EXERCISES = (
    Exercise(
        "00-start-here/1",
        "How many Pods answer for the Service frontend?",
        Number(),
        _answering,
        "The Service asks for app=guestbook and tier=frontend, and the canary carries both as well.",
        (
            Wrong(
                lambda: _made_by("frontend"),
                "a Service belongs to the workload of the same name",
                "You counted the Pods whose name begins like the Service's. Follow the arrows instead: does "
                "one of them lead to a Pod of another name?",
            ),
            Wrong(
                1,
                "one Service is one Pod",
                "A Service is one address for a group. Count the arrows that leave its box.",
            ),
            Wrong(
                lambda: len(_pods()),
                "every Pod is behind every Service",
                "That is every Pod of the cluster. Which of them does an arrow from frontend reach?",
            ),
        ),
        "Look at the service map, find the box of the Service frontend, and count its arrows.",
    ),
    Exercise(
        "00-start-here/2",
        "Which Pods get nothing from any Service?",
        Names(pod_names),
        _strangers,
        "They do their work, and nobody calls them: not every Pod stands behind a Service.",
        (
            Wrong(
                {"client"},
                "a Pod that belongs to the application stands behind one of its Services",
                "The client is one. Look at the dotted frames once more.",
            ),
            Wrong(
                {"backup"},
                "a Pod with no work of its own is not there",
                "The backup is one. Another Pod with a dotted frame is still missing.",
            ),
            Wrong(
                {"client", "backup", "frontend-canary"},
                "a canary stands apart until it is trusted",
                "Does an arrow lead to the canary? Then it gets its share of the visitors now.",
            ),
        ),
        "A Pod that no Service selects has a dotted frame and no arrow.",
        starter='["...", "..."]',
    ),
    Exercise(
        "00-start-here/3",
        "On how many Nodes do the Pods behind the Service frontend run?",
        Number(),
        _nodes_of_frontend,
        "The scheduler spread them. The Service does not mind where its Pods run.",
        (
            Wrong(
                1,
                "a Service, with all its Pods, lives on one Node",
                'Look at the column NODE of c.get("pods", wide=True), in the rows of the frontend.',
            ),
            Wrong(
                _answering,
                "each Pod has a Node of its own",
                "You counted Pods. Do two of them name the same Node?",
            ),
        ),
        'c.get("pods", selector="tier=frontend", wide=True) has a column NODE: count the different ones.',
    ),
)
