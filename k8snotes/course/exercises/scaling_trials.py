"""What is tried out for the exercises of chapter 04: each answer is computed on a cluster of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8snotes.api.kinds.pod import Pod
from k8snotes.course.clusters import application
from k8snotes.errors import ApiError

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = [
    "ANSWER",
    "DEPLOYED",
    "accepted_controllers",
    "after_two_labels_changed",
    "as_before_after_undo",
    "caches_beside_a_bare_pod",
    "frontends_beside_a_bare_pod",
    "stuck",
    "which_goes",
    "who_hears_of_the_quota",
    "without_the_controller",
]

_CACHE = "app=guestbook,tier=cache"
_STABLE = "app=guestbook,tier=frontend,track=stable"
DEPLOYED, ANSWER = "belong to the Deployment", "answer for the Service"


def accepted_controllers() -> set[str]:
    """Return the letters of the RCs that the API server takes."""
    selectors = {
        "a": '"selector": {"app": "web"}, ',
        "b": '"selector": {"matchLabels": {"app": "web"}}, ',
        "c": '"selector": {"app": "shop"}, ',
        "d": "",
    }
    good = set()
    for letter, selector in selectors.items():
        try:
            application().create(
                '{"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, '
                f'"spec": {{"replicas": 2, {selector}"template": {{"metadata": {{"labels": {{"app": "web", '
                '"color": "red"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}}}}'
            )
        except ApiError:
            continue
        good.add(letter)
    return good


def _names(cluster: Cluster, selector: str) -> set[str]:
    return {pod.name for pod in cluster.objects("pods", selector)}


def which_goes() -> str:
    """Return the letter of the cache Pod that goes: the newest, an old one, or the old one that is not ready."""
    cluster = application()
    old = sorted(_names(cluster, _CACHE))
    cluster.scale("rc/cache", 3)
    cluster.settle()
    (new,) = _names(cluster, _CACHE) - set(old)
    cluster.set_ready(f"pod/{old[0]}", value=False)
    cluster.settle()
    cluster.scale("rc/cache", 2)
    cluster.settle()
    left = _names(cluster, _CACHE)
    gone = next(name for name in (*old, new) if name not in left)
    return {new: "a", old[1]: "b", old[0]: "c"}[gone]


def after_two_labels_changed() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when two of its Pods are labelled away."""
    cluster = application()
    for pod in cluster.objects("pods", _STABLE)[:2]:
        cluster.label(pod.ref, "track=lab")
    cluster.settle()
    return _frontends(cluster)


def _frontends(cluster: Cluster) -> dict[str, int]:
    """Count the Pods of the Deployment frontend, and those that answer for its Service."""
    sets = {item.name for item in cluster.objects("replicasets", _STABLE)}
    owners = [(pod.owner or {}).get("name") for pod in cluster.objects("pods", "tier=frontend")]
    return {
        DEPLOYED: sum(name in sets for name in owners),
        ANSWER: len(cluster.endpoints("svc/frontend").ready),
    }


def _bare_pod(labels: str) -> str:
    return (
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray", "labels": {'
        + ", ".join('"{}": "{}"'.format(*item.split("=")) for item in labels.split(","))
        + '}}, "spec": {"containers": [{"name": "web", "image": "web", "ports": '
        '[{"name": "http", "containerPort": 8080}]}]}}'
    )


def caches_beside_a_bare_pod() -> int:
    """Return how many cache Pods there are when a bare one comes to those of the RC."""
    cluster = application()
    cluster.create(_bare_pod(_CACHE))
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def frontends_beside_a_bare_pod() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when a bare one comes along."""
    cluster = application()
    cluster.create(_bare_pod(_STABLE))
    cluster.settle()
    return _frontends(cluster)


def without_the_controller() -> int:
    """Return how many cache Pods are left: the RC goes, its Pods stay, and then one of them is deleted."""
    cluster = application()
    cluster.delete("rc/cache", cascade="orphan")
    cluster.settle()
    cluster.delete(cluster.objects("pods", _CACHE)[0].ref)
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def who_hears_of_the_quota() -> str:
    """Find out where it shows that a quota refuses the Pods of a new RC."""
    cluster = application()
    full = len(cluster.objects("pods", namespace="default"))
    cluster.create(
        '{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}, '
        f'"spec": {{"hard": {{"pods": "{full}"}}}}}}'
    )
    cluster.settle()
    try:
        cluster.create(
            '{"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, "spec": '
            '{"replicas": 2, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": '
            '[{"name": "web", "image": "web"}]}}}}'
        )
    except ApiError:
        return "a"
    cluster.settle()
    return "b" if cluster.objects("pods", "app=web") else "c"


def _roll(cluster: Cluster, image: str) -> None:
    wish = cluster["deploy/frontend"].manifest
    wish["spec"]["template"]["spec"]["containers"][0]["image"] = image
    cluster.apply([wish])
    cluster.settle()


def stuck() -> dict[str, int]:
    """Return how many Pods run, and how many are ready, in a roll-out that is stuck."""
    cluster = application()
    cluster.scale("deploy/frontend", 4)
    cluster.settle()
    _roll(cluster, "broken-web:1.6")
    pods = [pod for pod in cluster.objects("pods", _STABLE) if isinstance(pod, Pod)]
    return {"Running": sum(pod.phase == "Running" for pod in pods), "ready": sum(pod.ready for pod in pods)}


def as_before_after_undo() -> set[str]:
    """Return the letters of what is as it was when a roll-out is done and undone."""
    cluster = application()

    def look() -> dict[str, object]:
        pods = cluster.objects("pods", _STABLE)
        sets = cluster.objects("replicasets", _STABLE)
        return {
            "a": {pod.spec["containers"][0]["image"] for pod in pods},
            "b": {item.name for item in sets if item.spec["replicas"]},
            "c": {pod.name for pod in pods},
            "d": {pod.status["podIP"] for pod in pods},
        }

    before = look()
    image = cluster.objects("pods", _STABLE)[0].spec["containers"][0]["image"]
    _roll(cluster, "guestbook-web:1.5")
    _roll(cluster, image)
    after = look()
    return {letter for letter in before if before[letter] == after[letter]}
