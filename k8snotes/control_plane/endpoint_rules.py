"""The rule by which a Pod that a Service selects becomes an endpoint of it, or not."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service, ServicePort

__all__ = ["EndpointPort", "Verdict", "has_endpoint", "judge", "ports_at", "target_of"]


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
    sidecars = (port for container in pod.init_containers if _goes_on(container) for port in container.ports)
    for declared in (*pod.ports, *sidecars):
        if declared.name == port.target_port and declared.protocol == port.protocol:
            return declared.port
    return None


def has_endpoint(pod: Pod) -> bool:
    """Whether a selected Pod stands in the EndpointSlices: it has an address and has not ended."""
    return bool(pod.ip) and not pod.ended


def ports_at(service: Service, pod: Pod) -> tuple[EndpointPort, ...]:
    """Return the ports of a Service as they are at one Pod; a named port that the Pod lacks is left out."""
    return _reached([(port, target_of(port, pod)) for port in service.ports])


def judge(service: Service, pod: Pod) -> Verdict:
    """Say what becomes of a Pod that `service` selects.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
    """
    if pod.ended:
        return Verdict("left out", f"it has ended ({pod.phase}): its containers do not run any more")
    if not pod.ip:
        wait = (
            "no Node runs it yet, so it has no Pod IP"
            if not pod.node_name
            else "it has no Pod IP yet: its containers are still being started"
        )
        return Verdict("left out", wait)
    resolved = [(port, target_of(port, pod)) for port in service.ports]
    ports = _reached(resolved)
    missing = [str(port.target_port) for port, number in resolved if number is None]
    if missing and not ports:
        named = ", ".join(sorted({p.name for p in pod.ports if p.name})) or "none"
        return Verdict(
            "left out",
            f'it has no container port named "{missing[0]}" (its named ports: {named})',
            serving=pod.ready,
            terminating=pod.terminating,
        )
    but = f'it has no container port named "{missing[0]}"' if missing else ""
    partly = f"; but {but}" if but else ""
    if pod.terminating and not service.publish_not_ready:
        still = ", still serving" if pod.ready else ""
        return Verdict("not ready", f"it is being terminated{still}", ports, pod.ready, terminating=True)
    if pod.ready:
        reason = f"selected and ready{partly}"
        return Verdict("ready", reason, ports, serving=True, terminating=pod.terminating, but=but)
    if service.publish_not_ready:
        reason = f"not ready, but the Service sets publishNotReadyAddresses{partly}"
        return Verdict("ready", reason, ports, terminating=pod.terminating, but=reason)
    return Verdict("not ready", f"selected, but not ready: {_why_not_ready(pod)}", ports)


def _reached(resolved: list[tuple[ServicePort, int | None]]) -> tuple[EndpointPort, ...]:
    """Return the ports that are there at a Pod."""
    return tuple(
        _shared_port(port.name, number, port.protocol, port.port)
        for port, number in resolved
        if number is not None
    )


# most Pods of a Service have the same port: ten thousand Pods need no ten thousand of these
_shared_port = lru_cache(maxsize=4096)(EndpointPort)


def _goes_on(container: Container) -> bool:
    """Whether an init container is a sidecar, which runs as long as its Pod."""
    return container.raw.get("restartPolicy") == "Always"


def _why_not_ready(pod: Pod) -> str:
    """Return in words why a Pod that has an address is not ready."""
    if pod.phase == "Pending":
        return "its containers are still being started"
    return "it gets no traffic until its readiness probe succeeds"
