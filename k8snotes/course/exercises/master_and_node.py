"""Chapter 03, who does what, and where a Pod goes: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/architecture/
    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ (300 seconds until a silent Node loses its Pods)
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.control_plane.scheduler import Scheduler
from k8snotes.course.answers import Choice, Fields, Names, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, pod_names
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import ApiError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_BRINGS, _CHOOSES, _STARTS = _JOBS = ("brings another one", "chooses the Node", "starts the program")
_POD = (
    '{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{}"}}, "spec": {{{}"containers": '
    '[{{"name": "web", "image": "web"}}]}}}}'
)


def picture() -> Figure:
    """Draw what the chapter is about, small: the Master and a Node."""
    return thumbnail(
        "Master",
        _("the control plane decides, and the kubelets run Pods"),
        [Part("kube-apiserver", "etcd", palette.MACHINERY), Part("kube-scheduler", "", palette.MACHINERY)],
        [Part("node-1", "kubelet", palette.NODE), Part("node-2", "kubelet", palette.NODE)],
        [(0, 0, palette.BACK_AND_FORTH), (0, 1, palette.BACK_AND_FORTH)],
    )


def _who() -> dict[str, str]:
    """Find out from what the components write which of them does each job when a Pod is gone."""
    cluster = application()
    cluster.delete(cluster.objects("pods", "tier=cache")[0].ref)
    writers = {change.verb: change.component for change in cluster.settle() if change.ref.startswith("pod/")}
    brings = writers["create"]
    return {
        _BRINGS: "kube-controller-manager" if brings.endswith("-controller") else brings,
        _CHOOSES: writers["bind"],
        _STARTS: writers["start"].partition(" ")[0],
    }


def _ready_right_after_scale() -> int:
    """Return how many Pods of the cache are ready when the desired number has changed and no component has acted."""
    cluster = application()
    cluster.scale("deploy/cache", 4)
    return int(cluster["deploy/cache"].status["readyReplicas"])


def _when_deleted(power: int = 100) -> str:
    """Return the letter of how long after the power of node-3 failed its Pods are deleted."""
    cluster = application()
    cluster.wait(power - cluster.api.now)
    cluster.lose("node-3")
    changes = cluster.settle()
    deleted = [item.time for item in changes if (item.verb, item.ref) == ("delete", "pod/mysql-0")]
    if not deleted:
        return "d"
    after = deleted[0] - power
    return "a" if after <= 20 else "b" if after <= 120 else "c"


def _without_the_scheduler() -> str:
    """Return the letter of what becomes of new Pods while the scheduler has stopped and all others work."""
    cluster = application()
    components = cluster.simulation.components
    cluster.simulation.components = tuple(item for item in components if not isinstance(item, Scheduler))
    cluster.scale("deploy/cache", 4)
    cluster.settle()
    pods = [pod for pod in _pods(cluster) if pod.labels.get("tier") == "cache"]
    if all(pod.ready for pod in pods):
        return "a" if len(pods) == 4 else "c"
    return "b"


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


# ---- the clusters that deeds are done to


def _pod(name: str, *lines: str) -> str:
    """Return the manifest of a Pod with one container, and with lines in its spec."""
    spec = "".join(f"  {line}\n" for line in lines)
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n{spec}"
        "  containers:\n    - name: report\n      image: registry.example.com/report:1.0\n"
    )


_ON_SSD = ("nodeSelector:", "  disk: ssd")
_TOLERATES = ("tolerations:", "  - key: only", "    operator: Exists")
_DAEMONS = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log-collector}
spec:
  selector: {matchLabels: {app: log-collector}}
  template:
    metadata: {labels: {app: log-collector}}
    spec: {containers: [{name: collector, image: "registry.example.com/log-collector:1.2"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: thumbnails}
spec:
  replicas: 1
  selector: {matchLabels: {app: thumbnails}}
  template:
    metadata: {labels: {app: thumbnails}}
    spec:
      containers:
        - name: web
          image: registry.example.com/thumbnails:1.0
          volumeMounts: [{name: files, mountPath: /files}]
      volumes: [{name: files, emptyDir: {}}]
"""


def _with_three_waiting() -> Cluster:
    """Return the guestbook with three Pods that no Node fits."""
    cluster = application()
    for name in ("fast", "second", "third"):
        cluster.apply(_pod(name, *_ON_SSD))
    cluster.settle()
    return cluster


def _with_taint() -> Cluster:
    """Return the guestbook with a taint and a label on node-2."""
    cluster = application()
    cluster.kubectl("label node node-2 disk=ssd")
    cluster.kubectl("taint nodes node-2 only=database:NoSchedule")
    return cluster


def _sees_report(cluster: Cluster) -> Facts:
    """Return whether the Pod report runs on node-2, may run there, and would wait if there were no node-2."""
    pods = {pod.name: pod for pod in _pods(cluster)}
    pod = pods.get("report")
    runs = bool(pod and pod.ready and pod.node_name == "node-2")
    facts = {
        "runs": runs,
        "allowed": runs,
        "led": False,
        "taint": any(
            taint.get("key") == "only"
            for node in cluster.objects("nodes")
            if node.name == "node-2"
            for taint in node.spec.get("taints") or ()
        ),
    }
    bound = any(
        (event.manifest["reason"], event.manifest["involvedObject"]["name"]) == ("Scheduled", "report")
        for event in cluster.objects("events")
    )
    if pod is not None and runs and not bound:  # the manifest itself names the Node
        facts["led"] = True
    elif pod is not None:
        spec = {key: item for key, item in pod.manifest["spec"].items() if key != "nodeName"}
        facts["led"] = not _bound_without(cluster, spec, "node-2")
        led_by = ("nodeSelector", "affinity")
        anywhere = {key: item for key, item in spec.items() if key not in led_by}
        facts["allowed"] = runs or _bound_without(cluster, anywhere, "node-1", "node-3")
    return facts


def _bound_without(cluster: Cluster, spec: dict[str, Any], *nodes: str) -> bool:
    """Return whether a Pod with this spec would get a Node if there were not these Nodes."""
    other = cluster.copy()
    for node in other.objects("nodes"):
        if node.name in nodes:
            other.delete(node.ref)
    other.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "report-again"}, "spec": spec})
    other.settle()
    return bool(other["pod/report-again"].spec.get("nodeName"))


def _may(cluster: Cluster, what: str, user: str = "sam") -> bool:
    """Return whether a user may do it."""
    return not cluster.kubectl(f"auth can-i {what} --as={user}").exit


def _sees_sam(cluster: Cluster) -> Facts:
    """Return what sam may do. To get and to watch Pods is not judged: `kubectl delete` uses both while it waits."""
    return {
        "list": _may(cluster, "list pods"),
        "delete": _may(cluster, "delete pods"),
        "verbs": not any(_may(cluster, f"{verb} pods") for verb in ("create", "update", "patch")),
        "kinds": not any(
            _may(cluster, f"{verb} {kind}") for verb in ("list", "create", "delete") for kind in _KINDS
        ),
        "elsewhere": not any(
            _may(cluster, f"{verb} pods --namespace=kube-system") for verb in ("list", "delete")
        ),
        "others": not _may(cluster, "list pods", "mei"),
    }


_KINDS = ("deployments", "services", "secrets", "rolebindings")
_READER = "kubectl create role on-call --verb=list,delete --resource=pods"


def _with_daemons() -> Cluster:
    """Return the guestbook with a DaemonSet, and with a Deployment that keeps files on node-3."""
    cluster = application()
    cluster.cordon("node-1")
    cluster.cordon("node-2")
    cluster.apply(_DAEMONS)
    cluster.settle()
    cluster.uncordon("node-1")
    cluster.uncordon("node-2")
    return cluster


def _complete(cluster: Cluster) -> bool:
    """Return whether all Deployments and the database have the Pods that they want."""
    workloads = [*cluster.objects("deployments"), *cluster.objects("statefulsets")]
    return bool(workloads) and all(
        (item.status.get("readyReplicas") or 0) >= (item.spec.get("replicas") or 0) > 0 for item in workloads
    )


def _sees_empty(cluster: Cluster) -> Facts:
    """Return whether node-3 is ready for its new disk."""
    left = _on(cluster, "node-3")
    return {
        "empty": all(name.startswith("log-collector-") for name in left),
        "daemon": any(name.startswith("log-collector-") for name in left),
        "closed": any(
            node.name == "node-3" and bool(node.spec.get("unschedulable") or node.spec.get("taints"))
            for node in cluster.objects("nodes")
        ),
        "complete": _complete(cluster),
    }


def _with_budget() -> Cluster:
    """Return the guestbook with a budget that keeps both Pods of the cache."""
    cluster = application()
    cluster.kubectl("create pdb cache --selector=tier=cache --min-available=2")
    cluster.settle()
    return cluster


def _fewest_caches(cluster: Cluster) -> int:
    """Return the least number of Pods of the cache that ran at one time, from the moment when there were two."""
    history = cluster.timeline().table
    started: dict[str, int] = {}  # a Pod of one container runs when pause and container have started
    fewest = 2
    for ref, verb in zip(history["object"], history["does"], strict=True):
        if ref.startswith("pod/cache-") and verb == "start":
            started[ref] = started.get(ref, 0) + 1
        elif ref in started and verb == "delete":
            del started[ref]
            fewest = min(fewest, sum(count > 1 for count in started.values()))
    return fewest


def _sees_budget(cluster: Cluster) -> Facts:
    """Return whether node-3 is empty, and the budget is still there."""
    budgets = cluster.objects("poddisruptionbudgets")
    return {
        "empty": not _on(cluster, "node-3"),
        "budget": any(str(item.spec.get("minAvailable")) == "2" for item in budgets),
        "cache": _fewest_caches(cluster) >= 2,
    }


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                "restarts a container": Word(vocabulary(__name__, "component")),
                "Pod IP": Word(vocabulary(__name__, "change")),
                "exit code": Number(),
            }
        ),
        {"restarts a container": "kubelet", "Pod IP": "same", "exit code": 0},
        {
            "control-plane-restarts": {"restarts a container": "kube-apiserver"},
            "restart-gives-a-new-address": {"Pod IP": "new"},
            "success-is-one": {"exit code": 1},
        },
    ),
    "guess-1": Solution(
        Fields(dict.fromkeys(_JOBS, Word(vocabulary(__name__, "component")))),
        _who,
        {
            "node-makes-a-new-pod": {_BRINGS: "kubelet"},
            "scheduler-keeps-the-number": {_BRINGS: "kube-scheduler"},
            "api-server-decides": {_CHOOSES: "kube-apiserver"},
            "node-takes-what-it-likes": {_CHOOSES: "kubelet"},
            "who-chooses-also-starts": {_STARTS: "kube-scheduler"},
            "master-runs-programs": {_STARTS: "kube-controller-manager"},
        },
    ),
    "guess-2": Solution(
        Number(), _ready_right_after_scale, {"the-command-starts-pods": 4, "scaling-begins-anew": 0}
    ),
    "guess-3": Solution(Choice("abc"), "b", {"selector-is-preferred": "a", "impossible-is-removed": "c"}),
    "guess-4": Solution(Choice("abc"), "a", {"a-right-is-every-verb": "b", "a-role-counts-everywhere": "c"}),
    "guess-5": Solution(Choice("abc"), "b", {"an-error-changes-nothing": "a", "drain-does-what-it-can": "c"}),
    "guess-6": Solution(
        Choice("abcd"),
        _when_deleted,
        {"at-the-first-missing-heartbeat": "a", "when-not-ready": "b", "only-a-person-deletes": "d"},
    ),
    "1": Solution(
        Choice("abc"),
        _without_the_scheduler,
        {"kubelets-take-new-pods": "a", "scheduler-creates-pods": "c"},
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
    "8": Solution(
        Prints(_with_three_waiting),
        "kubectl get pods --field-selector status.phase=Pending",
        {"status-is-a-label": "kubectl get pods -l status=Pending", "looking-is-finding": "kubectl get pods"},
    ),
    "9": Solution(
        Deed(_with_taint, _sees_report),
        _pod("report", *_ON_SSD, *_TOLERATES),
        {
            "a-toleration-leads": _pod("report", *_TOLERATES),
            "a-selector-is-enough": _pod("report", *_ON_SSD),
        },
    ),
    "10": Solution(
        Deed(application, _sees_sam),
        f"{_READER}\nkubectl create rolebinding sam-on-call --role=on-call --user=sam",
        {
            "a-role-is-enough": _READER,
            "more-is-safer": "kubectl create rolebinding sam-on-call --clusterrole=admin --user=sam",
            "a-cluster-role-binding": "kubectl create clusterrole on-call --verb=list,delete --resource=pods\n"
            "kubectl create clusterrolebinding sam-on-call --clusterrole=on-call --user=sam",
        },
    ),
    "11": Solution(
        Deed(_with_daemons, _sees_empty),
        "kubectl drain node-3 --ignore-daemonsets --delete-emptydir-data",
        {"cordon-empties": "kubectl cordon node-3", "drain-needs-no-flags": "kubectl drain node-3"},
    ),
    "12": Solution(
        Deed(_with_budget, _sees_budget),
        "kubectl scale deploy/cache --replicas=3\nkubectl drain node-3",
        {
            "the-budget-has-to-go": "kubectl delete pdb cache\nkubectl drain node-3",
            "drain-waits-for-a-new-pod": "kubectl drain node-3",
        },
    ),
}
