"""Chapter 05, requests, limits, quotas: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    https://kubernetes.io/docs/concepts/policy/limit-range/
    https://kubernetes.io/docs/tasks/configure-pod-container/quality-service-pod/
"""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.quantity import Quantity
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, sketch
from k8snotes.facts.capacity import Part
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_FINDS, _SLOWS, _KILLS = _JOBS = ("finds it a Node", "slows its CPU", "kills it for its memory")
_SIZES = {"a": "128M", "b": "128Mi", "c": "128m", "d": "0.128G", "e": "131072Ki"}
_CLASSES: dict[str, Manifest] = {
    "nothing at all": {},
    "a request for CPU": {"requests": {"cpu": "100m"}},
    "limits for both": {"limits": {"cpu": "100m", "memory": "64Mi"}},
    "a limit for CPU": {"limits": {"cpu": "100m"}},
}
_CPU, _MEMORY = "over its CPU limit", "over its memory limit"
_FRONTENDS, _COMMAND = "Pods of the Deployment", "the command fails"


def picture() -> Figure:
    """Draw what the chapter is about, small: what a Node has, and what is requested of it."""
    resources = "image: web, resources: {requests: {cpu: 300m, memory: 256Mi}},"
    return sketch(1, ("image: web,", resources), cpu="1", memory="1Gi").capacity()


def _container(name: str = "main", **resources: Any) -> Manifest:
    """Return a container; `resources` are its `requests` and `limits`."""
    return {"name": name, "image": name, "resources": resources}


def _pod(name: str, **resources: Any) -> Manifest:
    """Return a Pod with one container, which has these `requests` and `limits`."""
    spec = {"containers": [_container(**resources)]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _quota(**hard: str) -> Manifest:
    """Return a ResourceQuota; its amounts are named as in `hard`, with _ for a dot."""
    named = {name.replace("_", "."): amount for name, amount in hard.items()}
    metadata = {"name": "budget"}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": named}}


def _what_decides() -> dict[str, str]:
    """Return which of a Pod's numbers finds it a Node, slows its CPU, and kills it for its memory.

    Each is found by one change: a limit that no Node has, a use of CPU above the limit, and one of memory.
    """
    cluster = application()
    decides = dict.fromkeys(_JOBS, "use")
    limits = {"cpu": "200m", "memory": "128Mi"}
    cluster.create([_pod("probe", requests={"cpu": "100m", "memory": "64Mi"}, limits=limits)])
    cluster.create([_pod("huge", requests={"cpu": "100m"}, limits={"cpu": "900"})])
    cluster.settle()
    if _cpu(cluster, "huge"):
        decides[_FINDS] = "request"
    cluster.use("pod/probe", cpu="4", memory="100Mi")
    cluster.settle()
    probe = _cpu(cluster, "probe")
    if probe:
        decides[_SLOWS] = {probe.request: "request", probe.limit: "limit"}.get(probe.used, "use")
    before = _restarts(cluster, "probe")
    cluster.use("pod/probe", memory="129Mi")
    cluster.settle()
    if not before and _restarts(cluster, "probe"):
        decides[_KILLS] = "limit"
    return decides


def _cpu(cluster: Cluster, pod: str) -> Part | None:
    """Return what a Pod has of its Node's CPU, in millicores: request, limit, use; None while it has no Node."""
    nodes = cluster.capacity().facts.nodes
    return next((part for node in nodes for part in node.stock("cpu").parts if part.name == pod), None)


def _restarts(cluster: Cluster, name: str) -> int:
    """Return how often the containers of a Pod were started again."""
    return sum(int(item["restartCount"]) for item in cluster[f"pod/{name}"].status["containerStatuses"])


def _large_enough() -> set[str]:
    """Return the letters of the amounts that are 128 million bytes or more."""
    return {letter for letter, size in _SIZES.items() if Quantity(size) >= Quantity("128M")}


def _where_it_goes() -> str:
    """Return the letter of what becomes of a Pod on a Node that is nearly all requested, and hardly used."""
    cluster = Cluster(nodes=1, cpu="4")
    cluster.create([_pod("quiet", requests={"cpu": "3600m"})])
    cluster.settle()
    cluster.use("pod/quiet", cpu="100m")
    cluster.create([_pod("new", requests={"cpu": "500m"}, limits={"cpu": "2"})])
    cluster.settle()
    if _cpu(cluster, "new"):
        return "a"
    asks = [ask for verdict in cluster.why_pending("pod/new").facts.verdicts for ask in verdict.asks]
    return "c" if any(ask.name == "cpu" and ask.lacks for ask in asks) else "b"


def _set_aside() -> int:
    """Return the millicores that the scheduler sets aside for a Pod with an init container.

    Source of the rule: PodRequests in k8s.io/component-helpers/resource: the larger of the largest init container and the
    sum of the containers.
    """
    pod = _pod("task")
    pod["spec"]["containers"] = [
        _container("small", requests={"cpu": "200m"}),
        _container("large", requests={"cpu": "300m"}),
    ]
    pod["spec"]["initContainers"] = [_container("first", requests={"cpu": "800m"})]
    return _requested(application(), pod)


def _requested(cluster: Cluster, pod: Manifest) -> int:
    """Return the millicores that are requested of a Node once a Pod has come to it; 0 if it finds none."""
    cluster.create([pod])
    cluster.settle()
    part = _cpu(cluster, pod["metadata"]["name"])
    return part.request if part else 0


def _classes() -> dict[str, str]:
    """Return the QoS class of a Pod for each way to say something of CPU and memory.

    Source of the rule: ComputePodQOS in k8s.io/kubernetes/pkg/apis/core/v1/helper/qos.
    """
    cluster = application()
    qos = {}
    for number, (name, resources) in enumerate(_CLASSES.items()):
        cluster.create([_pod(f"probe-{number}", **resources)])
        qos[name] = str(cluster[f"pod/probe-{number}"].status["qosClass"])
    return qos


def _restarts_over_the_limit() -> dict[str, int]:
    """Return how often a container is started again that wants more than its limits, of CPU and of memory.

    The kernel slows a container at its CPU limit, and kills it at its memory limit (OOMKilled).
    """
    cluster = application()
    cluster.create([_pod("worker", limits={"cpu": "500m", "memory": "128Mi"})])
    cluster.settle()
    cluster.use("pod/worker", cpu="2")
    cluster.settle()
    slow = _restarts(cluster, "worker")
    for _night in range(3):
        cluster.use("pod/worker", memory="200Mi")
        cluster.settle()
        cluster.use("pod/worker", memory="20Mi")
        cluster.settle()
    return {_CPU: slow, _MEMORY: _restarts(cluster, "worker") - slow}


def _within_the_budget() -> dict[str, object]:
    """Return how many Pods frontend has, scaled to seven under a quota of 1100m, and whether the command fails.

    Source of the rule: quota admission counts Pods as they are created; a Deployment is stored whatever it wants.
    """
    cluster = application()
    cluster.create([_quota(requests_cpu="1100m")])
    cluster.settle()
    command = cluster.kubectl("scale deployment/frontend --replicas=7")
    cluster.settle()
    return {
        _FRONTENDS: len(cluster.objects("pods", "track=stable")),
        _COMMAND: "yes" if command.exit else "no",
    }


def _after_a_lowered_quota() -> int:
    """Return how many cache Pods there are when a quota was lowered and one of the two is deleted.

    Source of the rule: a quota is asked when an object is created, never afterwards.
    """
    cluster = application()
    cluster.create([_quota(pods="20")])
    cluster.settle()
    cluster.apply([_quota(pods="5")])
    cluster.settle()
    cluster.delete(cluster.objects("pods", "tier=cache")[0].ref)
    cluster.settle()
    return len(cluster.objects("pods", "tier=cache"))


def _filled_in() -> int:
    """Return the millicores that a Pod requests which says nothing, in a Namespace with a LimitRange.

    Source of the rule: the admission plugin LimitRanger writes the defaults into a Pod before it is stored.
    """
    cluster = application()
    cluster.create(
        '{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "sizes"}, "spec": {"limits": '
        '[{"type": "Container", "default": {"cpu": "400m"}, "defaultRequest": {"cpu": "150m"}}]}}'
    )
    return _requested(cluster, _pod("plain"))


_NUMBERS = Fields(dict.fromkeys(_JOBS, Word(vocabulary(__name__, "amount"))))

SOLUTIONS = {
    "guess": Solution(_NUMBERS, _what_decides),
    "answer": Solution(
        _NUMBERS,
        _what_decides,
        {
            "scheduler-looks-at-limits": {_FINDS: "limit"},
            "scheduler-looks-at-use": {_FINDS: "use"},
            "no-more-cpu-than-requested": {_SLOWS: "request"},
            "only-a-full-node-slows": {_SLOWS: "use"},
            "killed-over-its-request": {_KILLS: "request"},
            "killed-when-the-node-is-full": {_KILLS: "use"},
        },
    ),
    "1": Solution(
        Number(),
        lambda: Quantity("250m").milli,
        {"a-share-of-all-cpus": 16000, "divided-by-the-cpus": 4},
    ),
    "2": Solution(
        Choices("abcde"),
        _large_enough,
        {
            "m-is-mega": {"a", "b", "c", "d", "e"},
            "less-than-a-million": {"b", "e"},
            "mi-is-less": {"a", "d"},
            "the-same-in-other-spellings": {"a", "b", "c"},
        },
    ),
    "3": Solution(
        Choice("abc"),
        _where_it_goes,
        {"scheduler-looks-at-use": "a", "scheduler-looks-at-limits": "b"},
    ),
    "4": Solution(
        Number(),
        _set_aside,
        {"all-are-added": 1300, "init-does-not-count": 500, "the-largest-counts": 300},
    ),
    "5": Solution(
        Fields(dict.fromkeys(_CLASSES, Word(vocabulary(__name__, "class")))),
        _classes,
        {
            "needs-requests": {"limits for both": "Burstable"},
            "one-pair-is-enough": {"a limit for CPU": "Guaranteed"},
            "only-requests-count": {"a limit for CPU": "BestEffort"},
            "needs-both": {"a request for CPU": "BestEffort"},
            "nothing-may-burst": {"nothing at all": "Burstable"},
        },
    ),
    "6": Solution(
        Fields({_CPU: Number(), _MEMORY: Number()}),
        _restarts_over_the_limit,
        {"cpu-kills": {_CPU: 1}, "memory-slows": {_MEMORY: 0}, "only-the-first-time": {_MEMORY: 1}},
    ),
    "7": Solution(
        Fields({_FRONTENDS: Number(), _COMMAND: Word(vocabulary(__name__, "yes-or-no"))}),
        _within_the_budget,
        {
            "error-of-the-command": {_COMMAND: "yes"},
            "made-and-waiting": {_FRONTENDS: 7},
            "all-or-nothing": {_FRONTENDS: 3},
            "the-last-may-exceed": {_FRONTENDS: 6},
        },
    ),
    "8": Solution(
        Number(),
        _after_a_lowered_quota,
        {"replacing-is-free": 2, "lowering-ends-pods": 0},
    ),
    "9": Solution(Number(), _filled_in, {"only-checks": 0, "limit-is-requested": 400}),
}
