"""Chapter 00, reading the first picture: what is right, and which belief a wrong answer shows."""

from __future__ import annotations

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Names, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, found_by, pod_names, shared
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service and its Pods."""
    return thumbnail(
        "Service",
        _("a name for a group of Pods"),
        [Part("frontend", "Service", palette.SERVICE)],
        [Part("frontend-1", _("✓ ready")), Part("frontend-2", _("✓ ready"))],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.TRAFFIC)],
    )


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


_HELLO = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {label}
    spec:
      containers:
      - name: {name}
        image: registry.example.com/{name}:1.0
"""


def _deployment(replicas: int, label: str = "chat") -> str:
    """Return the manifest of the Deployment chat."""
    return _HELLO.format(name="chat", replicas=replicas, label=label)


def _replaced() -> set[str]:
    """Return the letters of the Pods that a controller makes anew after they were deleted."""
    found = set()
    for letter, selector in {
        "a": "tier=cache",
        "b": "tier=batch",
        "c": "tier=frontend",
        "d": "role=client",
    }.items():
        cluster = application()
        before = len(cluster.objects("pods", selector))
        cluster.delete(cluster.objects("pods", selector)[0].ref)
        cluster.settle()
        if len(cluster.objects("pods", selector)) == before:
            found.add(letter)
    return found


def _renewed(cluster: Cluster) -> Facts:
    """Return whether the Pods of the cache are new, and ready, and the rest is as it was."""
    old = {pod.name: pod.uid for pod in shared().objects("pods")}
    cache = cluster.objects("pods", "tier=cache")
    others = {pod.name: pod.uid for pod in cluster.objects("pods", "tier!=cache")}
    return {
        "new": not any(old.get(pod.name) == pod.uid for pod in cache),
        "ready": sum(isinstance(pod, Pod) and pod.ready for pod in cache) == 2,
        "others": all(others.get(pod.name) == pod.uid for pod in shared().objects("pods", "tier!=cache")),
        "stays": shared()["deploy/cache"].uid in {item.uid for item in cluster.objects("deployments")},
    }


def _chats(cluster: Cluster) -> Facts:
    """Return whether there is a Deployment chat, and whether its Pods are as they are asked for."""
    pods = cluster.objects("pods", "app=chat")
    named = [pod for pod in cluster.objects("pods") if pod in pods or pod.name.startswith("chat-")]
    images = {container["image"] for pod in named for container in pod.spec["containers"]}
    return {
        "deployment": any(item.name == "chat" for item in cluster.objects("deployments")),
        "label": bool(pods),
        "three": sum(isinstance(pod, Pod) and pod.ready for pod in pods) == 3,
        "image": images == {"registry.example.com/chat:1.0"},
    }


def _labelled(cluster: Cluster) -> Facts:
    """Return whether client, and no other Pod, has the label, and whether it is as it was in all else."""
    found = cluster.objects("pods", "team=night")
    client = [pod for pod in found if pod.name == "client"]
    kept = [pod for pod in cluster.objects("pods", "role=client") if pod.name == "client"]
    return {
        "labelled": bool(client),
        "alone": len(found) == len(client),
        "same": any(pod.uid == shared()["pod/client"].uid for pod in cluster.objects("pods")),
        "rest": bool(kept),
    }


SOLUTIONS = {
    "guess-1": Solution(Choice("abc"), "c", {"one-machine": "a", "a-machine-for-each-part": "b"}),
    "guess-2": Solution(Choice("abc"), "c", {"deleted-is-gone": "a", "protected": "b"}),
    "guess-3": Solution(YES_NO, "yes", {"data-goes-with-the-pod": "no"}),
    "guess-4": Solution(Number(), 2, {"english-alone": 1}),
    "guess-5": Solution(
        Number(),
        lambda: found_by("tier=frontend"),
        {
            "the-name-decides": 3,
            "one-pod-is-found": 1,
            "all-of-the-application": lambda: found_by("app=guestbook"),
        },
    ),
    "guess-6": Solution(
        Number(), 2, {"nothing-runs-yet": 0, "one-manifest-one-pod": 1, "copies-beside-the-first": 3}
    ),
    "1": Solution(
        Number(),
        _answering,
        {
            "workload-of-the-same-name": lambda: _made_by("frontend"),
            "one-pod": 1,
            "an-arrow-is-a-pod": 2,
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
    "4": Solution(
        Choice("abcd"), "b", {"containers-alone": "a", "services-run": "c", "nodes-are-started": "d"}
    ),
    "5": Solution(
        Choices("abcd"),
        _replaced,
        {
            "every-pod-is-replaced": {"a", "b", "c", "d"},
            "no-pod-is-replaced": "none",
            "what-belongs-to-the-application": {"a", "b", "c"},
        },
    ),
    "6": Solution(
        Prints(shared),
        "kubectl get pods -l tier=cache",
        {"all-pods": "kubectl get pods", "app-is-the-part": "kubectl get pods -l app=guestbook"},
    ),
    "7": Solution(Prints(shared), "kubectl get services", {"services-are-pods": "kubectl get pods"}),
    "8": Solution(
        Deed(application, _renewed, lines=3),
        "kubectl delete pod -l tier=cache",
        {
            "delete-the-deployment": "kubectl delete deployment cache",
            "delete-all": "kubectl delete pod -l app=guestbook",
        },
    ),
    "9": Solution(
        Fields(dict.fromkeys(("file", "name"), Word(vocabulary(__name__, "survives")))),
        {"file": "lost", "name": "lost"},
        {"files-stay": {"file": "kept"}, "names-stay": {"name": "kept"}},
    ),
    "10": Solution(Choice("abc"), "c", {"unready-is-deleted": "a", "unready-has-no-node": "b"}),
    "11": Solution(
        Deed(application, _chats, lines=18),
        lambda: _deployment(3),
        {"two-pods": lambda: _deployment(2), "labels-disagree": lambda: _deployment(3, "chatter")},
    ),
    "12": Solution(
        Deed(application, _labelled, lines=2),
        "kubectl label pod client team=night",
        {
            "label-all": "kubectl label pods --all team=night",
            "make-it-anew": "kubectl delete pod client\nkubectl run client --image=toolbox --labels=role=client,team=night",
        },
    ),
}
