"""Chapter 03, who does what, and where a Pod goes: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/architecture/
    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ (300 seconds until a silent Node loses its Pods)
"""

from __future__ import annotations

from contextlib import suppress

from k8snotes.api.kinds.pod import Pod
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Fields, Names, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, pod_names, sketch
from k8snotes.errors import ApiError
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_LETS_IN, _CHOOSES, _STARTS, _BRINGS = _JOBS = (
    "lets it in",
    "chooses the Node",
    "starts the program",
    "brings another one",
)
_POD = (
    '{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{}"}}, "spec": {{{}"containers": '
    '[{{"name": "web", "image": "web"}}]}}}}'
)


def picture() -> Figure:
    """Draw what the chapter is about, small: the Master and a Node."""
    return sketch(1).architecture()


def _guess() -> dict[str, str]:
    """Find out from what the components write which of them does each job; only the API server lets anything in."""
    cluster = application()
    cluster.create(_POD.format("hello", ""))
    writers = {change.verb: change.component for change in cluster.settle() if change.ref == "pod/hello"}
    cluster.delete(cluster.objects("pods", "tier=cache")[0].ref)
    brings = next(change.component for change in cluster.settle() if change.verb == "create")
    return {
        _LETS_IN: "kube-apiserver",
        _CHOOSES: writers["bind"],
        _STARTS: writers["start"].partition(" ")[0],
        _BRINGS: "kube-controller-manager" if brings.endswith(("-controller", "-manager")) else brings,
    }


def _right_after_apply() -> str:
    """Return the letter of the state of a Pod when `apply` has returned and no component has acted."""
    cluster = application()
    cluster.apply(_POD.format("hello", ""))
    pod = cluster["pod/hello"]
    if pod.status.get("containerStatuses"):
        return "a"
    return "c" if pod.spec.get("nodeName") else "b"


def _kept_of_three() -> int:
    """Return how many of three Pods are stored when the second one has a typo.

    Each document is a request of its own, as with `kubectl apply`.
    """
    cluster = application()
    second = _POD.format("two", "").replace("containers", "container")
    before = len(cluster.objects("pods"))
    with suppress(ApiError):
        cluster.apply("\n---\n".join((_POD.format("one", ""), second, _POD.format("three", ""))))
    return len(cluster.objects("pods")) - before


def _with_the_kubelets_alone() -> str:
    """Return the letter of what becomes of a Pod with a container that ends while only the kubelets work.

    Source of the rule: PodSpec.restartPolicy: a restart is the kubelet's own work, no other component takes part.
    """
    cluster = application()
    pod = cluster.objects("pods", "track=stable")[0]
    cluster.simulation.components = (cluster.simulation.kubelets,)
    cluster.crash(pod.ref)
    cluster.settle()
    after = [item for item in _pods(cluster) if item.name == pod.name]
    if not after or after[0].spec["nodeName"] != pod.spec["nodeName"]:
        return "c"
    return "a" if after[0].ready else "b"


def _where_it_fits() -> str:
    """Return where a Pod runs that asks for a label which a tainted and a cordoned Node have; or "nowhere".

    Source of the rule: the scheduler's filters NodeAffinity, TaintToleration and NodeUnschedulable must all pass.
    """
    cluster = application()
    cluster.label("node/node-1", "disk=ssd")
    cluster.label("node/node-2", "disk=ssd")
    node = cluster["node/node-1"].manifest
    node["spec"]["taints"] = [{"key": "only", "value": "database", "effect": "NoSchedule"}]
    cluster.replace(node)
    cluster.cordon("node-2")
    cluster.create(_POD.format("fast", '"nodeSelector": {"disk": "ssd"}, '))
    cluster.settle()
    return str(cluster["pod/fast"].spec.get("nodeName") or "nowhere")


def _on(cluster: Cluster, node: str) -> list[str]:
    """Return the names of the Pods of a Node."""
    return [pod.name for pod in _pods(cluster) if pod.node_name == node]


def _pods(cluster: Cluster) -> list[Pod]:
    """Return the Pods of a cluster."""
    return [pod for pod in cluster.objects("pods") if isinstance(pod, Pod)]


def _after_uncordon() -> int:
    """Return how many Pods run on a Node that was drained, and uncordoned when all had settled.

    No component moves a Pod that has a Node: the scheduler looks at Pods that have none.
    """
    cluster = application()
    cluster.drain("node-3")
    cluster.settle()
    cluster.uncordon("node-3")
    cluster.settle()
    return len(_on(cluster, "node-3"))


def _before_drain() -> int:
    """Return how many Pods ran there before."""
    return len(_on(application(), "node-3"))


def _two_minutes_after_the_power_failed() -> str:
    """Return the letter of what is so two minutes after node-3 fell silent.

    A copy takes each step ahead, so that the cluster itself stays within the two minutes.
    """
    cluster = application()
    before = {pod.name for pod in cluster.objects("pods")}
    answering = len(cluster.endpoints("svc/frontend").ready)
    cluster.lose("node-3")
    until = cluster.api.now + 120
    while True:
        ahead = cluster.copy()
        if not ahead.step() or ahead.api.now > until:
            break
        cluster = ahead
    if {pod.name for pod in cluster.objects("pods")} != before:
        return "c"
    return "b" if len(cluster.endpoints("svc/frontend").ready) < answering else "a"


def _again_elsewhere() -> set[str]:
    """Return which workloads of node-1 run elsewhere, long after it lost its power."""
    cluster = application()
    names = pod_names()
    lost = {names[name] for name in _on(cluster, "node-1")}
    before = {pod.name for pod in cluster.objects("pods")}
    cluster.lose("node-1")
    cluster.settle()
    new = [pod for pod in _pods(cluster) if pod.name not in before and pod.ready]
    return {name for name in lost if any(pod.name.startswith(f"{name}-") for pod in new)}


_WHO = Fields(dict.fromkeys(_JOBS, Word(vocabulary(__name__, "component"))))

SOLUTIONS = {
    "guess": Solution(_WHO, _guess),
    "answer": Solution(
        _WHO,
        _guess,
        {
            "one-writes-into-the-store": {_LETS_IN: "etcd"},
            "api-server-decides": {_CHOOSES: "kube-apiserver"},
            "node-takes-what-it-likes": {_CHOOSES: "kubelet"},
            "who-chooses-also-starts": {_STARTS: "kube-scheduler"},
            "master-runs-programs": {_STARTS: "kube-controller-manager"},
            "node-makes-a-new-pod": {_BRINGS: "kubelet"},
            "scheduler-keeps-the-number": {_BRINGS: "kube-scheduler"},
        },
    ),
    "1": Solution(
        Choice("abc"),
        _right_after_apply,
        {"applied-is-started": "a", "api-server-chooses-the-node": "c"},
    ),
    "2": Solution(
        Number(),
        _kept_of_three,
        {"all-or-nothing": 0, "the-first-refusal-stops": 1, "unknown-fields-are-ignored": 3},
    ),
    "3": Solution(
        Choice("abc"),
        _with_the_kubelets_alone,
        {"applications-stand-still": "b", "made-anew-elsewhere": "c"},
    ),
    "4": Solution(
        Word(vocabulary(__name__, "place")),
        _where_it_fits,
        {
            "selector-beats-taint": "node-1",
            "cordoned-takes-who-asks": "node-2",
            "selector-is-a-wish": "node-3",
        },
    ),
    "5": Solution(
        Number(),
        _after_uncordon,
        {"pods-come-back": _before_drain, "balances-itself": 1},
    ),
    "6": Solution(
        Choice("abc"),
        _two_minutes_after_the_power_failed,
        {"unnoticed": "a", "replaced-when-not-ready": "c"},
    ),
    "7": Solution(
        Names(pod_names),
        _again_elsewhere,
        {
            "any-pod-comes-back": {"backup", "cache", "frontend"},
            "data-is-not-replaced": {"frontend"},
            "pods-wait-for-their-node": "none",
        },
    ),
}
