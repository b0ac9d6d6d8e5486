"""The rule by which a Pod that a Service selects becomes an endpoint of it, or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service, ServicePort

__all__ = ["PLAINLY", "EndpointPort", "Verdict", "has_endpoint", "judge", "ports_at", "target_of"]

PLAINLY = "selected and ready"
"""The reason of an endpoint of which there is nothing more to say."""


@dataclass(frozen=True, slots=True)
class EndpointPort:
    """A port of a Service as it is reached at one Pod: the number there, the name of the Service's port."""

    name: str
    port: int
    protocol: str
    service_port: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the endpoints controller makes of one selected Pod.

    `state` is "ready", "not ready" (listed, but gets no new traffic) or "left out" (not listed);
    `serving` and `terminating` are the EndpointSlice's conditions of those names.
    """

    state: str
    reason: str
    ports: tuple[EndpointPort, ...] = ()
    serving: bool = False
    terminating: bool = False


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
    partly = f'; but it has no container port named "{missing[0]}"' if missing else ""
    if pod.terminating and not service.publish_not_ready:
        still = ", still serving" if pod.ready else ""
        return Verdict("not ready", f"it is being terminated{still}", ports, pod.ready, terminating=True)
    if pod.ready:
        reason = f"{PLAINLY}{partly}"
        return Verdict("ready", reason, ports, serving=True, terminating=pod.terminating)
    if service.publish_not_ready:
        reason = f"not ready, but the Service sets publishNotReadyAddresses{partly}"
        return Verdict("ready", reason, ports, terminating=pod.terminating)
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
