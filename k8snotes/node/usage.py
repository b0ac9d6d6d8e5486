"""What containers use: what their programs would like to have, and what they get of a Node's CPU.

CPU is in millicores, memory in bytes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.pod_resources import of_pod, read_amounts, requested

__all__ = ["IDLE", "Usage", "Use", "cpu_of", "granted"]


class Use(NamedTuple):
    """What one container uses: `cpu` in millicores, `memory` in bytes."""

    cpu: int = 0
    memory: int = 0


IDLE = Use()


class Usage:
    """What the containers of a cluster would like to have, as a reader says; all others use nothing.

    CPU is asked for, and a program gets some of it; memory is taken, and a program has it until it ends.

    Attributes:
        told: whether a reader has ever said what something uses: from then on there is a metrics-server.
        version: how often it has changed.
    """

    def __init__(self) -> None:
        self.told = False
        self.version = 0
        self._uses: dict[str, dict[str, Use]] = {}

    def of(self, pod: Pod, container: str) -> Use:
        """Return what a container would like to have."""
        return self._uses.get(pod.uid, {}).get(container, IDLE)

    def memory(self, pod: Pod) -> int:
        """Return the bytes that all containers of a Pod have."""
        return sum(use.memory for use in self._uses.get(pod.uid, {}).values())

    def set(self, pod: Pod, container: str, use: Use) -> None:
        """Note what a container uses from now on."""
        self._uses.setdefault(pod.uid, {})[container] = use
        self.version += 1

    def forget(self, uid: str, container: str | None = None) -> bool:
        """Forget a container that has ended, or a whole Pod: what it had is free again; returns whether it had any."""
        self.version += 1
        if container is None:
            return bool(self._uses.pop(uid, None))
        return self._uses.get(uid, {}).pop(container, None) is not None

    def __bool__(self) -> bool:
        return any(self._uses.values())

    def copy(self) -> Usage:
        """Return an independent record in the same state."""
        other = Usage()
        other.told, other.version = self.told, self.version
        other._uses = {uid: uses.copy() for uid, uses in self._uses.items()}
        return other


def cpu_of(node: Node) -> int:
    """Return the millicores that a Node has.

    >>> cpu_of(Node({"metadata": {"name": "node-1"}, "status": {"capacity": {"cpu": "4"}}}))
    4000
    """
    return _cpu(mapping(node.status.get("capacity")) or node.allocatable)


def granted(node: Node, pods: Sequence[Pod], usage: Usage) -> dict[tuple[str, str], int]:
    """Return the millicores that each container on a Node gets, by the Pod's uid and the container's name.

    A limit holds a container back even on an idle Node: it is throttled. Where all want more than the
    Node has, they share it in proportion to what they have requested, and a container that wants less than
    its part leaves the rest to the others; Pods that request nothing share one small part.

    Args:
        pods: Those that run on the Node.
        usage: What their containers would like to have.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run
    """
    wishes = {pod.uid: _wishes(pod, usage) for pod in pods}
    running = {pod.uid: pod for pod in pods if any(wish for _, _, wish in wishes[pod.uid])}
    demands = {}
    for uid, pod in running.items():
        limit = _limit_of_pod(pod)
        want = sum(wish for _, _, wish in wishes[uid])
        demands[uid] = want if limit is None else min(want, limit)
    groups: dict[str, list[_Claim]] = {"Guaranteed": [], "Burstable": [], "BestEffort": []}
    for uid, pod in running.items():
        qos = text(pod.status.get("qosClass")) or "BestEffort"
        request = of_pod(pod.spec, "requests").get("cpu", Quantity(0)).milli
        groups.get(qos, groups["BestEffort"]).append((uid, _shares(request), demands[uid]))
    burstable, best_effort = groups["Burstable"], groups["BestEffort"]
    first: list[_Claim] = [*groups["Guaranteed"]]
    first.append(("burstable", sum(item[1] for item in burstable) or _LEAST, sum(i[2] for i in burstable)))
    first.append(("best effort", _LEAST, sum(item[2] for item in best_effort)))
    parts = _divide(cpu_of(node), first)
    parts |= _divide(parts["burstable"], burstable) | _divide(parts["best effort"], best_effort)
    by_container: dict[tuple[str, str], int] = {}
    for uid, wanted in wishes.items():
        for name, part in _divide(parts.get(uid, 0), wanted).items():
            by_container[uid, str(name)] = int(part + 1e-6)
    return by_container


_Claim = tuple[Hashable, int, int]  # a Pod or a container, its weight, and what it wants
_LEAST = 2  # cpu.shares of a container that requests nothing


def _shares(milli: int) -> int:
    return max(_LEAST, milli * 1024 // 1000)


def _wishes(pod: Pod, usage: Usage) -> list[_Claim]:
    """Return for each container its name, its shares, and what it wants as far as its limit goes."""
    claims: list[_Claim] = []
    for container in pod.containers:
        request = requested(container.raw).get("cpu", Quantity(0)).milli
        want, limit = usage.of(pod, container.name).cpu, _limit(container)
        claims.append((container.name, _shares(request), want if limit is None else min(want, limit)))
    return claims


def _limit(container: Container) -> int | None:
    limit = read_amounts(container.limits).get("cpu")
    return limit.milli if limit else None


def _limit_of_pod(pod: Pod) -> int | None:
    limit = read_amounts(mapping(mapping(pod.spec.get("resources")).get("limits"))).get("cpu")
    return limit.milli if limit else None


def _cpu(resources: dict[str, object]) -> int:
    cpu = read_amounts(resources).get("cpu")
    return cpu.milli if cpu else 0


def _divide(total: float, items: Sequence[_Claim]) -> dict[Hashable, float]:
    """Divide an amount by weights, where none gets more than it wants: what is left goes to the others."""
    parts: dict[Hashable, float] = {}
    left, open_ = total, list(items)
    while open_:
        weight = sum(item[1] for item in open_)
        content = [item for item in open_ if item[2] <= left * item[1] / weight]
        if not content:
            return parts | {key: left * own / weight for key, own, _ in open_}
        parts |= {key: want for key, _, want in content}
        left -= sum(item[2] for item in content)
        open_ = [item for item in open_ if item not in content]
    return parts
