"""How many equal Pods fit: into their Namespace's quota, and onto Nodes of a size. No cluster is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.control_plane import admission, quota_usage
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.scheduling.candidates import Candidates
from k8snotes.control_plane.scheduling.node_info import NodeInfos, needs_of
from k8snotes.errors import ApiError, ClusterError, QuantityError, brief
from k8snotes.facts.capacity import Capacity, node_capacity
from k8snotes.node.usage import Usage

__all__ = ["MOST_NODES", "MOST_PODS", "Size", "Sizing", "size_of", "sizing"]

MOST_PODS, MOST_NODES = 2000, 250

_NAMESPACE = "default"


@dataclass(frozen=True, slots=True)
class Size:
    """What is asked: so many Pods with these amounts, on so many Nodes of one size, under a quota.

    Amounts are text as in a manifest ("500m", "256Mi"), "" where nothing is said.

    Args:
        replicas: how many Pods.
        cpu: the CPU that each requests.
        memory: the memory that each requests.
        cpu_limit: the CPU that each may use.
        memory_limit: the memory that each may use.
        nodes: how many Nodes.
        node_cpu: the CPU of each Node.
        node_memory: the memory of each Node.
        node_pods: how many Pods each Node takes.
        quota: what a ResourceQuota allows, by its names ("requests.cpu"); empty where there is none.
    """

    replicas: int
    cpu: str = ""
    memory: str = ""
    cpu_limit: str = ""
    memory_limit: str = ""
    nodes: int = 3
    node_cpu: str = "4"
    node_memory: str = "8Gi"
    node_pods: int = 110
    quota: Mapping[str, str] = field(default_factory=dict)


class Sizing(NamedTuple):
    """How many of the Pods run, wait for a Node, and are refused; together they are those that were asked for.

    Args:
        size: what was asked.
        running: how many find a Node.
        waiting: how many are created and find no Node.
        refused: how many the API server refuses.
        qos: the class of these Pods: Guaranteed, Burstable or BestEffort.
        refusal: what the API server says to a Pod that it refuses, "" if it refuses none.
        message: what the scheduler says of a Pod that waits, "" if none waits.
        capacity: the Nodes with what is left on them.
        quota_used: for each name of the quota what is used and what is allowed.
        reasons: the first part of `message`: how many Nodes refuse such a Pod, and for which reasons.
        refusal_detail: `refusal` without the name of the Pod: "exceeded quota: budget, ...".
    """

    size: Size
    running: int
    waiting: int
    refused: int
    qos: str
    refusal: str
    message: str
    capacity: Capacity
    quota_used: tuple[tuple[str, str, str], ...] = ()
    reasons: str = ""
    refusal_detail: str = ""

    @property
    def asked(self) -> int:
        """How many Pods were asked for."""
        return self.size.replicas


def size_of(
    replicas: int,
    *,
    nodes: int,
    node_pods: int = 110,
    quota: Mapping[str, Any] | None = None,
    **amounts: Any,
) -> Size:
    """Check what a reader asks, and return it.

    Args:
        replicas: how many Pods, at most 2,000.
        nodes: how many Nodes, at most 250.
        node_pods: how many Pods each Node takes.
        quota: what a ResourceQuota allows, by its names.
        amounts: the amounts of `Size`, as text or numbers; None and "" say nothing.

    Raises:
        ClusterError: a number is out of range; the message names the argument.
        QuantityError: an amount cannot be read; the message names the argument.

    >>> size_of(4, nodes=2, cpu="500m", memory=None).cpu
    '500m'
    """
    for name, number, most in (
        ("replicas", replicas, MOST_PODS),
        ("nodes", nodes, MOST_NODES),
        ("node_pods", node_pods, MOST_PODS),
    ):
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
            raise ClusterError(
                _(
                    "{name} must be a whole number from 0 to {most}, not {given}.",
                    name=name,
                    most=most,
                    given=brief(number),
                )
            )
    if quota is not None and not isinstance(quota, Mapping):
        raise ClusterError(
            _(
                'quota must be a mapping such as {{"requests.cpu": "4"}}, not a {type}.',
                type=type(quota).__name__,
            )
        )
    hard = {str(name): _amount(f"quota {name}", amount) for name, amount in (quota or {}).items()}
    read = {name: _amount(name, amount) for name, amount in amounts.items() if amount not in (None, "")}
    return Size(replicas, **read, nodes=nodes, node_pods=node_pods, quota=hard)


def _amount(name: str, written: Any) -> str:
    try:
        amount = Quantity(written)
    except QuantityError as error:
        problem = _("{name}={value}: {problem}", name=name, value=repr(written), problem=error.message)
        raise QuantityError(problem, hint=error.hint) from None
    if amount < Quantity(0):
        raise ClusterError(
            _(
                "{name}={value} is negative. Use an amount of 0 or more, such as 500m or 256Mi.",
                name=name,
                value=repr(written),
            )
        )
    return str(amount)


def sizing(size: Size) -> Sizing:
    """Ask the API server and the scheduler what becomes of these Pods.

    The first Pod goes through the API server, and its answer holds for all Pods, because they are equal. Admission
    says how many Pods the quota allows. The scheduler's own filters and scores place them.

    Raises:
        ApiError: an amount for a Node or the quota cannot be read.

    >>> answer = sizing(Size(10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"}))
    >>> answer.running, answer.waiting, answer.refused
    (4, 2, 4)
    """
    api = ApiServer()
    _furnish(api, size)
    infos = NodeInfos.of(api.list("nodes"), ())
    quota = next(iter(api.ledger.list("resourcequotas", _NAMESPACE)), None)
    try:
        first = api.create(_pod(size), by="replication-controller")
    except ApiError as error:
        used = () if quota is None else _used(quota, api.ledger.used(quota))
        return Sizing(
            size=size,
            running=0,
            waiting=0,
            refused=size.replicas,
            qos="",
            refusal=error.message,
            message="",
            capacity=_capacity(infos),
            quota_used=used,
            refusal_detail=error.detail,
        )
    assert isinstance(first, Pod)  # noqa: S101  # a Pod was asked for
    api.remove(first, by="replication-controller")
    counted = _Counted(api, first, size.replicas)
    admitted, refusal = counted.admitted()
    running, message, reasons = _placed(first, infos, admitted)
    return Sizing(
        size=size,
        running=running,
        waiting=admitted - running,
        refused=size.replicas - admitted,
        qos=str(first.status.get("qosClass")),
        refusal=refusal.message if refusal else "",
        message=message,
        capacity=_capacity(infos),
        quota_used=() if quota is None else _used(quota, counted.used(quota)),
        reasons=reasons,
        refusal_detail=refusal.detail if refusal else "",
    )


def _furnish(api: ApiServer, size: Size) -> None:
    """Give the API server its Namespace, the Nodes, and the quota."""
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}}
    api.register({**home, "status": {"phase": "Active"}}, by="kube-apiserver")
    there = {"cpu": size.node_cpu, "memory": size.node_memory, "pods": str(size.node_pods)}
    ready = [{"type": "Ready", "status": "True"}]
    for number in range(1, size.nodes + 1):
        metadata = {"name": f"node-{number}"}
        status = {"capacity": there, "allocatable": there, "conditions": ready}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": status}
        api.register(node, by="kubelet")
    if size.quota:
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "budget"}}
        api.create({**quota, "spec": {"hard": dict(size.quota)}})


def _pod(size: Size) -> dict[str, Any]:
    amounts = {
        "requests": {"cpu": size.cpu, "memory": size.memory},
        "limits": {"cpu": size.cpu_limit, "memory": size.memory_limit},
    }
    resources = {
        kind: {name: amount for name, amount in named.items() if amount} for kind, named in amounts.items()
    }
    owner = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "name": "web",
        "uid": "web",
        "controller": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "web-", "labels": {"app": "web"}, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "web", "image": "web", "resources": resources}]},
    }


class _Counted:
    """What admission reads when some equal Pods exist already.

    What 1, 2, 4, 8, ... Pods use is added up once, so that any number of Pods costs a few additions.
    """

    def __init__(self, api: ApiServer, pod: Pod, most: int) -> None:
        self._api, self._pod, self._most = api, pod, most
        self._uses: dict[str, list[dict[str, Quantity]]] = {}  # now, then of 1, 2, 4, 8, ... such Pods
        for quota in api.ledger.list("resourcequotas", _NAMESPACE):
            used = api.ledger.used(quota)
            some = dict.fromkeys(used, Quantity(0))
            quota_usage.change(some, quota, "pods", pod.raw, 1)
            uses = [used]
            for _power in range(most.bit_length()):
                uses.append(some)
                some = {name: amount + amount for name, amount in some.items()}
            self._uses[str(quota["metadata"]["name"])] = uses
        self.there = 0

    def list(self, plural: str, namespace: str) -> Sequence[Mapping[str, Any]]:
        return self._api.ledger.list(plural, namespace)

    def used(self, quota: Mapping[str, Any]) -> dict[str, Quantity]:
        used, *powers = self._uses[str(quota["metadata"]["name"])]
        for at, some in enumerate(powers):
            if self.there >> at & 1:
                used = {name: amount + some[name] for name, amount in used.items()}
        return used

    def refusal(self) -> ApiError | None:
        """Return admission's error for one more Pod, None if admission accepts it."""
        try:
            admission.check(self._pod.raw, self)
        except ApiError as error:
            return error
        return None

    def admitted(self) -> tuple[int, ApiError | None]:
        """Return how many Pods admission accepts, and its error for the next one; stays at that number."""
        low, high = 0, self._most  # so many are accepted at least, and at most
        while low < high:
            self.there = (low + high) // 2
            if self.refusal():
                high = self.there
            else:
                low = self.there + 1
        self.there = low
        return low, self.refusal() if low < self._most else None


def _placed(first: Pod, infos: NodeInfos, count: int) -> tuple[int, str, str]:
    """Place equal Pods as the scheduler does.

    Returns:
        How many Pods find a Node, and what the scheduler says of the others, in full and in brief.
    """
    needs = needs_of(first)
    candidates = Candidates(first, needs, infos)
    for number in range(count):
        best = candidates.best()
        if best is None:
            return number, candidates.failure(), candidates.reasons()
        infos.add(_bound(first, best.name, number), needs)
        candidates.look_at(best)
    return count, "", ""


def _bound(first: Pod, node: str, number: int) -> Pod:
    raw = first.raw
    metadata = {**raw["metadata"], "name": f"web-{number + 1:03}", "uid": f"web-{number + 1:03}"}
    return Pod({**raw, "metadata": metadata, "spec": {**raw["spec"], "nodeName": node}})


def _capacity(infos: NodeInfos) -> Capacity:
    return Capacity(tuple(node_capacity(info, Usage(), _maker) for info in infos), ())


def _maker(_unused: Pod) -> str:
    return "ReplicationController/web"


def _used(quota: Mapping[str, Any], used: Mapping[str, Quantity]) -> tuple[tuple[str, str, str], ...]:
    """Return for each name of the quota what is used and what is allowed."""
    return tuple((name, str(used[name]), str(hard)) for name, hard in quota["spec"]["hard"].items())
