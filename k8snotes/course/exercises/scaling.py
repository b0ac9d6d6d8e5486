"""Chapter 04, more and fewer Pods and new versions: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/ (adoption)
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ (maxSurge and maxUnavailable, 25 % each)
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from k8snotes.api.base import mapping
from k8snotes.api.kinds.pod import Pod
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number
from k8snotes.course.chapters import Solution
from k8snotes.course.clusters import sketch, with_cache_controller
from k8snotes.errors import ApiError
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_CACHE = "app=guestbook,tier=cache"
_STABLE = "app=guestbook,tier=frontend,track=stable"
_DEPLOYED, _ANSWER = "belong to the Deployment", "answer for the Service"


def picture() -> Figure:
    """Draw what the chapter is about, small: what a scaled controller adds."""
    cluster = sketch()
    before = cluster.copy()
    cluster.scale("rc/web", 4)
    cluster.settle()
    return cluster.diff(since=before)


def _accepted_controllers() -> set[str]:
    """Return the letters of the RCs that the API server takes.

    Source of the rule: ReplicationControllerSpec.selector must match the template's labels, and defaults to them.
    """
    selectors = {
        "a": '"selector": {"app": "web"}, ',
        "b": '"selector": {"matchLabels": {"app": "web"}}, ',
        "c": '"selector": {"app": "shop"}, ',
        "d": "",
    }
    good = set()
    for letter, selector in selectors.items():
        try:
            with_cache_controller().create(
                '{"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, '
                f'"spec": {{"replicas": 2, {selector}"template": {{"metadata": {{"labels": {{"app": "web", '
                '"color": "red"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}}}}'
            )
        except ApiError:
            continue
        good.add(letter)
    return good


def _names(cluster: Cluster, selector: str) -> set[str]:
    """Return the names of the Pods that a selector finds."""
    return {pod.name for pod in cluster.objects("pods", selector)}


def _which_goes() -> str:
    """Return the letter of the cache Pod that goes: the newest, an old one, or the old one that is not ready.

    Source of the rule: ActivePodsWithRanks in k8s.io/kubernetes/pkg/controller: unassigned, then not ready, then those
    with more Pods of the controller on their Node, then the youngest.
    """
    cluster = with_cache_controller()
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


def _after_two_labels_changed() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when two of its Pods are labelled away.

    Source of the rule: PodControllerRefManager in k8s.io/kubernetes/pkg/controller releases Pods that no longer match.
    """
    cluster = with_cache_controller()
    for pod in cluster.objects("pods", _STABLE)[:2]:
        cluster.label(pod.ref, "track=lab")
    cluster.settle()
    return _frontends(cluster)


def _frontends(cluster: Cluster) -> dict[str, int]:
    """Count the Pods of the Deployment frontend, and those that answer for its Service."""
    sets = {item.name for item in cluster.objects("replicasets", _STABLE)}
    owners = [mapping(pod.owner).get("name") for pod in cluster.objects("pods", "tier=frontend")]
    return {
        _DEPLOYED: sum(name in sets for name in owners),
        _ANSWER: len(cluster.endpoints("svc/frontend").ready),
    }


def _bare_pod(labels: str) -> str:
    """Return the manifest of a Pod stray with labels ("a=b,c=d") and a port http."""
    return (
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray", "labels": {'
        + ", ".join('"{}": "{}"'.format(*item.split("=")) for item in labels.split(","))
        + '}}, "spec": {"containers": [{"name": "web", "image": "web", "ports": '
        '[{"name": "http", "containerPort": 8080}]}]}}'
    )


def _caches_beside_a_bare_pod() -> int:
    """Return how many cache Pods there are when a bare one comes to those of the RC.

    Source of the rule: PodControllerRefManager adopts Pods that match and have no controller.
    """
    cluster = with_cache_controller()
    cluster.scale("rc/cache", 3)
    cluster.settle()
    cluster.create(_bare_pod(_CACHE))
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def _frontends_beside_a_bare_pod() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when a bare one comes along."""
    cluster = with_cache_controller()
    cluster.create(_bare_pod(_STABLE))
    cluster.settle()
    return _frontends(cluster)


def _without_the_controller() -> int:
    """Return how many cache Pods are left: the RC goes, its Pods stay, and then one of them is deleted.

    Source of the rule: DeleteOptions.propagationPolicy: Orphan takes the owner off the Pods, and leaves them.
    """
    cluster = with_cache_controller()
    cluster.delete("rc/cache", cascade="orphan")
    cluster.settle()
    cluster.delete(cluster.objects("pods", _CACHE)[0].ref)
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def _who_hears_of_the_quota() -> str:
    """Return the letter of where it shows that a quota refuses the Pods of a new RC.

    Source of the rule: quota admission sees each Pod; the controller writes an event FailedCreate.
    """
    cluster = with_cache_controller()
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
    """Roll the Deployment frontend to an image, and let the cluster settle."""
    manifest = cluster["deploy/frontend"].manifest
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image
    cluster.apply([manifest])
    cluster.settle()


def _stuck() -> dict[str, int]:
    """Return how many Pods run, and how many are ready, in a roll-out that is stuck.

    Source of the rule: ResolveFenceposts in k8s.io/kubernetes/pkg/controller/deployment/util: maxSurge is rounded up,
    maxUnavailable is rounded down.
    """
    cluster = with_cache_controller()
    cluster.scale("deploy/frontend", 4)
    cluster.settle()
    cluster.answer("image/guestbook-web:1.6", "/ready", 503)
    _roll(cluster, "guestbook-web:1.6")
    pods = [pod for pod in cluster.objects("pods", _STABLE) if isinstance(pod, Pod)]
    return {"Running": sum(pod.phase == "Running" for pod in pods), "ready": sum(pod.ready for pod in pods)}


def _as_before_after_undo() -> set[str]:
    """Return the letters of what is the same after a roll-out and the roll-out back.

    Source of the rule: a Deployment finds the ReplicaSet of a template again, and scales it.
    """
    cluster = with_cache_controller()

    def state() -> dict[str, object]:
        pods = cluster.objects("pods", _STABLE)
        sets = cluster.objects("replicasets", _STABLE)
        return {
            "a": {pod.spec["containers"][0]["image"] for pod in pods},
            "b": {item.name for item in sets if item.spec["replicas"]},
            "c": {pod.name for pod in pods},
            "d": {pod.status["podIP"] for pod in pods},
        }

    before = state()
    image = cluster.objects("pods", _STABLE)[0].spec["containers"][0]["image"]
    _roll(cluster, "guestbook-web:1.5")
    _roll(cluster, image)
    after = state()
    return {letter for letter in before if before[letter] == after[letter]}


_BOTH = Fields(dict.fromkeys((_DEPLOYED, _ANSWER), Number()))

SOLUTIONS = {
    "1": Solution(
        Choices("abcd"),
        _accepted_controllers,
        {
            "refused-without-a-selector": {"a"},
            "asks-for-every-label": {"d"},
            "match-labels": {"a", "b", "d"},
            "written-as-for-a-deployment": {"b"},
            "need-not-fit": {"a", "c", "d"},
            "takes-whatever-is-written": {"a", "b", "c", "d"},
        },
    ),
    "2": Solution(Choice("abc"), _which_goes, {"the-youngest-first": "a", "the-oldest-first": "b"}),
    "3": Solution(
        _BOTH,
        _after_two_labels_changed,
        {
            "content-with-fewer": {_DEPLOYED: 1},
            "belongs-to-its-maker": {_DEPLOYED: 5},
            "loses-its-services-too": {_ANSWER: 4},
            "a-service-must-be-told": {_ANSWER: 2},
        },
    ),
    "4": Solution(
        Number(),
        _caches_beside_a_bare_pod,
        {"stays-unowned": 4, "a-newcomer-replaces-all": 1},
    ),
    "5": Solution(
        _BOTH,
        _frontends_beside_a_bare_pod,
        {
            "a-deployment-adopts": {_DEPLOYED: 4},
            "pushes-out-an-old-one": {_DEPLOYED: 2},
            "only-owned-pods-get-traffic": {_ANSWER: 4},
        },
    ),
    "6": Solution(
        Number(),
        _without_the_controller,
        {"kept-up-for-ever": 2, "deleting-deletes-pods": 0},
    ),
    "7": Solution(
        Choice("abc"),
        _who_hears_of_the_quota,
        {"error-of-the-command": "a", "waits-as-pending": "b"},
    ),
    "8": Solution(
        Fields({"Running": Number(), "ready": Number()}),
        _stuck,
        {
            "running-means-ready": {"Running": 5, "ready": 5},
            "never-more-than-wanted": {"Running": 4},
            "not-ready-is-not-running": {"Running": 3},
            "one-goes-when-one-is-ready": {"ready": 4},
            "takes-the-application-down": {"ready": 0},
        },
    ),
    "9": Solution(
        Choices("abcd"),
        _as_before_after_undo,
        {
            "old-pods-come-back": {"a", "b", "c", "d"},
            "one-more-replica-set": {"a"},
            "names-come-from-the-template": {"a", "b", "c"},
            "nothing-is-kept": "none",
        },
    ),
}
