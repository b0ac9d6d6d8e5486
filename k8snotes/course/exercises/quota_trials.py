"""What is tried out for the exercises of chapter 05: each answer is computed on a cluster of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.scheduling.requests import pod_requests
from k8snotes.course.clusters import application

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = [
    "CLASSES",
    "COMMAND",
    "CPU",
    "FRONTENDS",
    "MEMORY",
    "PARTS",
    "SIZES",
    "after_a_lowered_quota",
    "classes",
    "filled_in",
    "large_enough",
    "millis_on",
    "restarts_over_the_limit",
    "set_aside",
    "what_decides",
    "where_it_goes",
    "within_the_budget",
]

PARTS = ("finds it a Node", "slows its CPU", "kills it for its memory")
SIZES = {"a": "128M", "b": "128Mi", "c": "128m", "d": "0.128G", "e": "131072Ki"}
CLASSES = {
    "nothing at all": {},
    "a request for CPU": {"requests": {"cpu": "100m"}},
    "limits for both": {"limits": {"cpu": "100m", "memory": "64Mi"}},
    "a limit for CPU": {"limits": {"cpu": "100m"}},
}
CPU, MEMORY = "over its CPU limit", "over its memory limit"
FRONTENDS, COMMAND = "Pods of the Deployment", "the command fails"


def _pod(name: str, **spec: Any) -> str:
    """Return a Pod; `resources` are those of its one container."""
    container = {"name": "main", "image": "main", "resources": spec.pop("resources", {})}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}}
    return json.dumps({**manifest, "spec": {"containers": [container], **spec}})


def _quota(**hard: str) -> str:
    named = {name.replace("_", "."): amount for name, amount in hard.items()}
    manifest = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "budget"}}
    return json.dumps({**manifest, "spec": {"hard": named}})


def what_decides() -> dict[str, str]:
    """Find out which of a Pod's numbers finds it a Node, slows its CPU, and kills it for its memory."""
    cluster = application()
    found = dict.fromkeys(PARTS, "use")
    amounts = {
        "requests": {"cpu": "100m", "memory": "64Mi"},
        "limits": {"cpu": "200m", "memory": "128Mi"},
    }
    huge = {"requests": {"cpu": "100m"}, "limits": {"cpu": "900"}}
    cluster.create(_pod("probe", resources=amounts))
    cluster.create(_pod("huge", resources=huge))
    cluster.settle()
    if _bound(cluster, "huge"):
        found[PARTS[0]] = "request"
    cluster.use("pod/probe", cpu="4", memory="100Mi")
    cluster.settle()
    table = cluster.top()
    used = table[table["POD"] == "probe"]["CPU(cores)"].iloc[0]
    found[PARTS[1]] = {"100m": "request", "200m": "limit"}.get(used, "use")
    before = _restarts(cluster, "probe")
    cluster.use("pod/probe", memory="129Mi")
    cluster.settle()
    if not before and _restarts(cluster, "probe"):
        found[PARTS[2]] = "limit"
    return found


def _bound(cluster: Cluster, name: str) -> str:
    pod = cluster[f"pod/{name}"]
    return pod.node_name if isinstance(pod, Pod) else ""


def _restarts(cluster: Cluster, name: str) -> int:
    return sum(int(item["restartCount"]) for item in cluster[f"pod/{name}"].status["containerStatuses"])


def millis_on() -> int:
    """Return how many thousandths of one CPU 250m are, on whatever Node."""
    return Quantity("250m").milli


def large_enough() -> set[str]:
    """Return the letters of the amounts that are 128 million bytes or more."""
    return {letter for letter, said in SIZES.items() if Quantity(said) >= Quantity("128M")}


def where_it_goes() -> str:
    """Find out what becomes of a Pod on a Node that is nearly all requested, and hardly used."""
    from k8snotes.cluster import Cluster as Empty  # noqa: PLC0415  # the checker costs nothing to import

    cluster = Empty(nodes=1, cpu="4")
    cluster.create(_pod("quiet", resources={"requests": {"cpu": "3600m"}}))
    cluster.settle()
    cluster.use("pod/quiet", cpu="100m")
    cluster.create(_pod("new", resources={"requests": {"cpu": "500m"}, "limits": {"cpu": "2"}}))
    cluster.settle()
    if _bound(cluster, "new"):
        return "a"
    return "c" if "Insufficient cpu" in cluster.why_pending("pod/new").facts.message else "b"


def set_aside() -> int:
    """Return the millicores that the scheduler sets aside for a Pod with an init container."""
    own = [{"resources": {"requests": {"cpu": amount}}} for amount in ("200m", "300m")]
    first = [{"resources": {"requests": {"cpu": "800m"}}}]
    return pod_requests({"containers": own, "initContainers": first})["cpu"]


def classes() -> dict[str, str]:
    """Return the QoS class of a Pod for each way to say something of CPU and memory."""
    cluster = application()
    found = {}
    for number, (said, resources) in enumerate(CLASSES.items()):
        cluster.create(_pod(f"probe-{number}", resources=resources))
        found[said] = str(cluster[f"pod/probe-{number}"].status["qosClass"])
    return found


def restarts_over_the_limit() -> dict[str, int]:
    """Return how often a container is started again that wants more than its limits, of CPU and of memory."""
    cluster = application()
    cluster.create(_pod("worker", resources={"limits": {"cpu": "500m", "memory": "128Mi"}}))
    cluster.settle()
    cluster.use("pod/worker", cpu="2")
    cluster.settle()
    slow = _restarts(cluster, "worker")
    cluster.use("pod/worker", memory="200Mi")
    cluster.settle()
    return {CPU: slow, MEMORY: _restarts(cluster, "worker") - slow}


def within_the_budget() -> dict[str, object]:
    """Scale the Deployment frontend to six under a quota of one CPU: how many Pods it has, and who fails."""
    cluster = application()
    cluster.create(_quota(requests_cpu="1"))
    cluster.settle()
    cluster.scale("deploy/frontend", 6)  # it would raise, if the command failed
    cluster.settle()
    return {FRONTENDS: len(cluster.objects("pods", "track=stable")), COMMAND: "no"}


def after_a_lowered_quota() -> int:
    """Return how many cache Pods there are when a quota was lowered and one of the two is deleted."""
    cluster = application()
    cluster.create(_quota(pods="20"))
    cluster.settle()
    cluster.apply(_quota(pods="5"))
    cluster.settle()
    cluster.delete(cluster.objects("pods", "tier=cache")[0].ref)
    cluster.settle()
    return len(cluster.objects("pods", "tier=cache"))


def filled_in() -> int:
    """Return the millicores that a Pod requests which says nothing, in a Namespace with a LimitRange."""
    cluster = application()
    cluster.create(
        '{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "sizes"}, "spec": {"limits": '
        '[{"type": "Container", "default": {"cpu": "400m"}, "defaultRequest": {"cpu": "150m"}}]}}'
    )
    cluster.create(_pod("plain"))
    cluster.settle()
    return pod_requests(cluster["pod/plain"].spec)["cpu"]
