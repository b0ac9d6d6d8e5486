"""Chapter 05, requests, limits, quotas: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    https://kubernetes.io/docs/concepts/policy/limit-range/
    https://kubernetes.io/docs/tasks/configure-pod-container/quality-service-pod/
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.api.reader import pods_of
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import ApiError
from k8snotes.facts.capacity import Part as CapacityPart
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_AGAIN, _MOST = "Pods after one is deleted", "most Pods during an update"
_OWNER = "owner of each Pod"
_STABLE = "track=stable"
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
    return thumbnail(
        _("resources"),
        _("a request finds a Node, and a limit is kept there"),
        [Part("requests", "cpu: 500m", palette.REQUESTED), Part("limits", "cpu: 1", palette.LIMITED)],
        [Part("node-1", _("{cpu} CPUs", cpu=4), palette.NODE)],
        [(0, 0, palette.TRAFFIC), (1, 0, palette.TRAFFIC)],
    )


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


def _recalled() -> dict[str, object]:
    """Return what a Deployment with 3 replicas does: its Pods after one was deleted, at most in an update, their owner."""
    cluster = application()
    cluster.delete(cluster.objects("pods", _STABLE)[0].ref)
    cluster.settle()
    pods = cluster.objects("pods", _STABLE)
    wanted, surge = int(cluster["deploy/frontend"].spec["replicas"]), 1
    owner = pods[0].manifest["metadata"]["ownerReferences"][0]["kind"]
    return {_AGAIN: len(pods), _MOST: wanted + surge, _OWNER: owner}


def _fitting() -> int:
    """Return how many Pods that request 100m of CPU fit on a Node with 8 CPUs."""
    cluster = Cluster(nodes=1, cpu="8")
    cluster.create([_deployment("small", replicas=90, requests={"cpu": "100m"})])
    cluster.settle()
    return len([pod for pod in cluster.objects("pods") if _ready(pod)])


def _cpu(cluster: Cluster, pod: str) -> CapacityPart | None:
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


# ---- what a reader does to a cluster


def _neighbours() -> Cluster:
    """Return the guestbook beside `reports`, in a cluster of its own."""
    cluster = application()
    cluster.apply("reports")
    cluster.settle()
    return cluster


def _evicted() -> Cluster:
    """Return a cluster in which a Pod was evicted in each of two namespaces, for the memory of its Node."""
    cluster = _neighbours()
    cluster.use("reports/deploy/reports", memory="7Gi")
    (frontend,) = [pod for pod in cluster.objects("pods", _STABLE) if _node(pod) == "node-3"]
    cluster.use(frontend.ref, memory="1Gi")
    cluster.settle()
    (report,) = [pod for pod in _pods_of(cluster, "reports") if _node(pod) == "node-1"]
    cluster.use(report.ref, memory="8120Mi")
    cluster.settle()
    return cluster


def _node(pod: Any) -> str:
    """Return the name of the Node of a Pod."""
    return str(pod.spec.get("nodeName", ""))


def _protected(cluster: Cluster) -> dict[str, bool]:
    """Say whether the database's Pod is Guaranteed, with the amounts that are asked for, and Ready."""
    pods = [pod for pod in cluster.objects("pods", "name=mysql") if pod.name == "mysql-0"]
    return {
        "guaranteed": any(pod.status.get("qosClass") == "Guaranteed" for pod in pods),
        "ready": any(_ready(pod) for pod in pods),
        "amounts": any(
            (_requests(pod, "cpu"), _requests(pod, "memory")) == (Quantity("500m"), Quantity("512Mi"))
            for pod in pods
        ),
        "limits": any({"cpu", "memory"} <= set(_resources(pod).get("limits", {})) for pod in pods),
    }


def _importing() -> Cluster:
    """Return the guestbook beside a Deployment whose Pods request more than a Node has."""
    cluster = application()
    cluster.apply([_deployment("importer", replicas=2, requests={"cpu": "5", "memory": "64Mi"})])
    cluster.settle()
    return cluster


def _imports(cluster: Cluster) -> dict[str, bool]:
    """Say whether two Pods of `importer` run, are still wanted, and still request a whole CPU each."""
    deployments = [item for item in cluster.objects("deployments") if item.name == "importer"]
    pods = [pod for pod in cluster.objects("pods", "app=importer") if not pod.terminating]
    return {
        "run": len([pod for pod in pods if _ready(pod)]) == 2,
        "wanted": any(item.spec.get("replicas") == 2 for item in deployments),
        "request": bool(pods) and all(_requests(pod, "cpu") >= Quantity("1") for pod in pods),
    }


def _bounded(cluster: Cluster) -> dict[str, bool]:
    """Say whether a namespace takes a fourth Pod and no fifth, kept its three, and whether another one is as before."""
    kept = [pod for pod in _pods_of(cluster, "reports") if pod.labels.get("app") == "reports" and _ready(pod)]
    other, small = cluster.copy(), cluster.copy()
    for number in range(2):
        amounts = {"cpu": "1m", "memory": "1Mi"}
        pod = _pod(f"small-{number}", requests=amounts, limits=amounts)
        pod["metadata"]["namespace"] = "reports"
        with suppress(ApiError):
            small.create([pod])
    return {
        "kept": len(kept) == 3,
        "fourth": other.kubectl("run extra --image=extra -n reports").exit == 0,
        "fifth": len(_pods_of(small, "reports")) <= 4,
        "others": other.kubectl("run extra --image=extra").exit == 0,
    }


def _counted() -> Cluster:
    """Return the guestbook beside `reports`, whose namespace has a quota on requests of CPU."""
    cluster = _neighbours()
    quota = _quota(requests_cpu="7")
    quota["metadata"]["namespace"] = "reports"
    cluster.apply([quota])
    cluster.settle()
    return cluster


def _filled(cluster: Cluster) -> dict[str, bool]:
    """Say whether a Pod without numbers is accepted in the namespace reports, and what it then has."""
    other = cluster.copy()
    accepted = other.kubectl("run plain --image=plain -n reports").exit == 0
    pods = [pod for pod in _pods_of(other, "reports") if pod.name == "plain"]
    limits = [pod.containers[0].limits.get("cpu") for pod in pods]
    return {
        "accepted": accepted,
        "request": any(_requests(pod, "cpu") == Quantity("50m") for pod in pods),
        "limit": any(limit is not None and Quantity(str(limit)) == Quantity("200m") for limit in limits),
    }


def _short_of_one() -> Cluster:
    """Return the guestbook with a quota of 1 CPU, and a frontend that lacks the fifth of its Pods."""
    cluster = application()
    cluster.apply([_quota(requests_cpu="1")])
    cluster.settle()
    cluster.scale("deploy/frontend", 5)
    cluster.settle()
    return cluster


def _five(cluster: Cluster) -> dict[str, bool]:
    """Say whether five frontends are Ready, all of one template, within the quota that was there, beside all others."""
    quotas = [quota for quota in cluster.objects("resourcequotas") if quota.name == "budget"]
    hard = [str(quota.spec.get("hard", {}).get("requests.cpu")) for quota in quotas]
    names = {pod.name for pod in cluster.objects("pods") if _ready(pod)}
    others = {"backup", "client", "mysql-0"}
    frontends = cluster.objects("pods", _STABLE)
    caches = [pod for pod in cluster.objects("pods", "tier=cache") if _ready(pod)]
    used = [item for item in cluster.objects("replicasets", _STABLE) if item.spec.get("replicas")]
    canaries = [pod for pod in cluster.objects("pods", "track=canary") if _ready(pod)]
    return {
        "ready": len([pod for pod in frontends if _ready(pod)]) == 5,
        "quota": any(Quantity(amount) == Quantity("1") for amount in hard),
        "others": others <= names and len(caches) == 2 and len(canaries) == 1,
        "ended": len(used) == 1,
    }


def _deployment(name: str, replicas: int, **resources: Any) -> Manifest:
    """Return a Deployment of Pods with one container, which has these `requests` and `limits`."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [_container(name, **resources)]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def _pods_of(cluster: Cluster, namespace: str) -> list[Pod]:
    return [pod for pod in pods_of(cluster.api) if pod.namespace == namespace]


def _ready(pod: Any) -> bool:
    return bool(pod.holds("Ready")) and not pod.terminating


def _resources(pod: Any) -> Manifest:
    """Return the requests and limits of the first container of a Pod."""
    resources: Manifest = pod.manifest["spec"]["containers"][0].get("resources", {})
    return resources


def _requests(pod: Any, name: str) -> Quantity:
    """Return what the first container of a Pod requests of one resource."""
    return Quantity(str(_resources(pod).get("requests", {}).get(name, "0")))


_BUDGET = "kubectl create quota budget --hard=pods=4"
_SIZES_OF_REPORTS = """
apiVersion: v1
kind: LimitRange
metadata:
  name: sizes
  namespace: reports
spec:
  limits:
    - type: Container
"""
_REQUEST, _LIMIT = (
    "      defaultRequest:\n        cpu: 50m\n",
    "      default:\n        cpu: 200m\n",
)

SOLUTIONS = {
    "recall": Solution(
        Fields({_AGAIN: Number(), _MOST: Number(), _OWNER: Word(vocabulary(__name__, "owner"))}),
        _recalled,
        {
            "deleted-stays-deleted": {_AGAIN: 2},
            "never-more-than-replicas": {_MOST: 3},
            "deployment-owns-pods": {_OWNER: "Deployment"},
        },
    ),
    "guess-1": Solution(Number(), _fitting, {"a-share-of-the-node": 10, "one-cpu-each": 8}),
    "guess-2": Solution(Choice("abc"), "b", {"scheduler-looks-at-use": "a", "needs-an-idle-node": "c"}),
    "guess-3": Solution(
        Choice("abcd"),
        "c",
        {"all-that-it-wants": "a", "the-greedy-one-takes-all": "b", "no-more-than-requested": "d"},
    ),
    "guess-4": Solution(
        Choice("abcd"),
        "b",
        {"no-more-than-requested": "a", "only-a-full-node-slows": "c", "cpu-kills": "d"},
    ),
    "guess-5": Solution(
        Choice("abcd"),
        "c",
        {"most-memory-first": "a", "nearly-full-first": "b", "smallest-request-first": "d"},
    ),
    "guess-6": Solution(
        Choice("abcd"),
        "b",
        {"error-of-the-command": "a", "scheduler-checks-the-quota": "c", "kubelet-checks-the-quota": "d"},
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
        Fields({_FRONTENDS: Number(), _COMMAND: YES_NO}),
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
    "10": Solution(
        Prints(_evicted),
        "kubectl get pods -A --field-selector=status.phase=Failed",
        {
            "one-namespace": "kubectl get pods --field-selector=status.phase=Failed",
            "all-pods": "kubectl get pods -A",
            "evicted-is-a-phase": "kubectl get pods -A --field-selector=status.phase=Evicted",
        },
    ),
    "11": Solution(
        Deed(application, _protected),
        "kubectl set resources statefulset mysql --requests=cpu=500m,memory=512Mi --limits=cpu=500m,memory=512Mi",
        {
            "limits-replace-requests": "kubectl set resources statefulset mysql --limits=cpu=500m,memory=512Mi",
            "requests-are-enough": "kubectl set resources statefulset mysql --requests=cpu=500m,memory=512Mi",
        },
    ),
    "12": Solution(
        Deed(_importing, _imports),
        "kubectl set resources deployment importer --requests=cpu=1",
        {
            "a-limit-helps": "kubectl set resources deployment importer --limits=cpu=1",
            "fewer-pods": "kubectl scale deployment importer --replicas=1",
        },
    ),
    "13": Solution(
        Deed(_neighbours, _bounded),
        f"{_BUDGET} -n reports",
        {
            "quota-in-default": _BUDGET,
            "cpu-counts-pods": "kubectl create quota budget --hard=requests.cpu=8 -n reports",
        },
    ),
    "14": Solution(
        Deed(_counted, _filled),
        f"{_SIZES_OF_REPORTS}{_REQUEST}{_LIMIT}",
        {
            "wrong-namespace": f"{_SIZES_OF_REPORTS}{_REQUEST}{_LIMIT}".replace("  namespace: reports\n", ""),
            "one-number-is-enough": f"{_SIZES_OF_REPORTS}{_LIMIT}",
            "request-without-limit": f"{_SIZES_OF_REPORTS}{_REQUEST}",
        },
    ),
    "15": Solution(
        Deed(_short_of_one, _five),
        "kubectl set resources deployment frontend --requests=cpu=50m,memory=64Mi",
        {
            "ask-again": "kubectl scale deployment frontend --replicas=5",
            "remove-the-quota": "kubectl delete quota budget",
            "limits-count": "kubectl set resources deployment frontend --limits=cpu=50m",
        },
    ),
}
