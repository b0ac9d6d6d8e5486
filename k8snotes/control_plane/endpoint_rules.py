"""The rule by which a Pod that a Service selects becomes an endpoint of it, or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import ON_THE_WAY, Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.catalogue import _

__all__ = ["EndpointPort", "Verdict", "has_endpoint", "judge", "ports_at", "target_of"]

# Most Pods of a Service have one of these reasons: ten thousand Pods need no ten thousand of them.
_READY = _("selected and ready")
_PUBLISHED = _("it is not ready, but the Service sets publishNotReadyAddresses")
_STARTING = _("it is selected, but its containers are still starting")
_PROBED = _("it is selected, but gets no traffic until its readiness probe succeeds")
_NOT_READY = _("it is selected, but gets no traffic, because it is not ready")
_TERMINATING = _("it is being terminated")
_STILL_SERVING = _("it is being terminated, but it still serves")
_NO_NODE = _("no Node runs it yet, so it has no Pod IP")
_NO_IP = _("it has no Pod IP yet, because its containers are still starting")


class EndpointPort(NamedTuple):
    """A port of a Service as it is reached at one Pod: the number there, the name of the Service's port."""

    name: str
    port: int
    protocol: str
    service_port: int


class Verdict(NamedTuple):
    """What the endpoints controller makes of one selected Pod.

    Args:
        state: "ready", "not ready" (listed, but gets no new traffic) or "left out" (not listed).
        reason: why, in words.
        ports: the Service's ports as they are reached at the Pod.
        serving: the condition of that name in the EndpointSlice.
        terminating: the condition of that name.
        but: what there is to say of a ready Pod beyond "selected and ready", "" where there is nothing.
    """

    state: str
    reason: str
    ports: tuple[EndpointPort, ...] = ()
    serving: bool = False
    terminating: bool = False
    but: str = ""


def target_of(port: ServicePort, pod: Pod) -> int | None:
    """Resolve `targetPort` at one Pod: a number stays, a name is looked up among its container ports.

    The name may mean another number in every Pod. Returns None where the Pod has no port of that name
    and protocol. Source of the rule: `Service.spec.ports[].targetPort`.
    """
    if isinstance(port.target_port, int):
        return port.target_port
    name, protocol = port.target_port, port.protocol
    for number in _declared(mappings(pod.spec.get("containers")), name, protocol):
        return number
    sidecars = [container.raw for container in pod.init_containers if container.is_sidecar]
    return next(_declared(sidecars, name, protocol), None)


def _declared(containers: Iterable[dict[str, Any]], name: str, protocol: str) -> Iterator[int]:
    """Yield the numbers of the ports of this name and protocol; Services ask this of every Pod that they select."""
    for container in containers:
        for port in mappings(container.get("ports")):
            number = port.get("containerPort")
            if (
                text(port.get("name")) == name
                and (text(port.get("protocol")) or "TCP") == protocol
                and isinstance(number, (int, float))
            ):
                yield int(number)


def has_endpoint(pod: Pod) -> bool:
    """Whether a selected Pod is listed in the EndpointSlices: it has an address and has not ended."""
    return bool(pod.ip) and not pod.ended


def ports_at(service: Service, pod: Pod) -> tuple[EndpointPort, ...]:
    """Return the ports of a Service as they are at one Pod; a named port that the Pod lacks is left out."""
    return _reached([(port, target_of(port, pod)) for port in service.ports])


def judge(service: Service, pod: Pod, ports: Sequence[ServicePort] | None = None) -> Verdict:
    """Say what becomes of a Pod that `service` selects.

    Args:
        service: the Service.
        pod: the Pod.
        ports: the ports of the Service, from who asks about many Pods and has read them.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
    """
    if pod.ended:
        return Verdict(
            "left out", _("it has ended ({phase}), so its containers no longer run", phase=pod.phase)
        )
    if not pod.ip:
        return Verdict("left out", _why_no_ip(pod))
    resolved = [(port, target_of(port, pod)) for port in (service.ports if ports is None else ports)]
    reached = _reached(resolved)
    missing = next((str(port.target_port) for port, number in resolved if number is None), None)
    if missing is not None and not reached:
        named = ", ".join(sorted({port.name for port in pod.ports if port.name}))
        return Verdict("left out", _no_port_at_all(missing, named), (), pod.ready, pod.terminating)
    if pod.terminating and not service.publish_not_ready:
        reason: str = _STILL_SERVING if pod.ready else _TERMINATING
        return Verdict("not ready", reason, reached, pod.ready, terminating=True)
    if pod.ready:
        reason, but = _but_no_port(missing) if missing else (_READY, "")
        return Verdict("ready", reason, reached, serving=True, terminating=pod.terminating, but=but)
    if service.publish_not_ready:
        reason = _published_without_port(missing) if missing else _PUBLISHED
        return Verdict("ready", reason, reached, terminating=pod.terminating, but=reason)
    return Verdict("not ready", _why_not_ready(pod), reached)


def _why_no_ip(pod: Pod) -> str:
    """Say why a Pod has no address yet."""
    if not pod.node_name:
        return _NO_NODE
    said = _why_not_ready(pod)
    return _NO_IP if said is _STARTING else said


def _why_not_ready(pod: Pod) -> str:
    """Say why a Pod that has an address is not ready: what its containers say comes first.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
    """
    statuses = [
        *mappings(pod.status.get("initContainerStatuses")),
        *mappings(pod.status.get("containerStatuses")),
    ]
    for status in statuses:
        state, name = mapping(status.get("state")), text(status.get("name"))
        waits, ended = mapping(state.get("waiting")), mapping(state.get("terminated"))
        reason = text(waits.get("reason"))
        if reason not in ON_THE_WAY:
            before = mapping(mapping(status.get("lastState")).get("terminated"))
            return _waits(name, reason, text(before.get("reason")))
        if ended and ended.get("exitCode") != 0:
            return _ended(name, text(ended.get("reason")), text(ended.get("exitCode")))
    if pod.phase == "Pending":
        return _STARTING
    return _PROBED if pod.has_readiness_probe else _NOT_READY


@lru_cache(maxsize=1024)
def _waits(name: str, reason: str, before: str) -> str:
    """Say that a container waits, and how it ended before."""
    if before in ("", "Error"):
        return _("its container {container} waits: {reason}", container=name, reason=reason)
    return _(
        "its container {container} waits: {reason}, and it ended before with {before}",
        container=name,
        reason=reason,
        before=before,
    )


@lru_cache(maxsize=1024)
def _ended(name: str, reason: str, code: str) -> str:
    """Say that a container has ended."""
    if reason in ("", "Error"):
        return _("its container {container} has ended with exit code {code}", container=name, code=code)
    return _(
        "its container {container} has ended with exit code {code} ({reason})",
        container=name,
        code=code,
        reason=reason,
    )


def _reached(resolved: list[tuple[ServicePort, int | None]]) -> tuple[EndpointPort, ...]:
    """Return the ports that are there at a Pod."""
    return tuple(
        _shared_port(port.name, number, port.protocol, port.port)
        for port, number in resolved
        if number is not None
    )


# most Pods of a Service have the same port: ten thousand Pods need no ten thousand of these
_shared_port = lru_cache(maxsize=4096)(EndpointPort)


@lru_cache(maxsize=1024)
def _no_port_at_all(name: str, named: str) -> str:
    """Say that a Pod has none of the ports that a Service sends to; `named` are the names of those that it has."""
    if not named:
        return _('it has no container port named "{port}" (it has no named ports)', port=name)
    return _('it has no container port named "{port}" (its named ports: {names})', port=name, names=named)


@lru_cache(maxsize=1024)
def _but_no_port(name: str) -> tuple[str, str]:
    """Say of a ready Pod that it lacks a port: the whole reason, and what there is to say beyond that it is ready."""
    return (
        _('selected and ready, but it has no container port named "{port}"', port=name),
        _('it has no container port named "{port}"', port=name),
    )


@lru_cache(maxsize=1024)
def _published_without_port(name: str) -> str:
    """Say of a Pod that is published though it is not ready that it lacks a port, too."""
    return _(
        "it is not ready, but the Service sets publishNotReadyAddresses, "
        'and it has no container port named "{port}"',
        port=name,
    )
