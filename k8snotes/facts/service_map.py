"""The service map: every Service, the Pods behind it, and the reason for every Pod that is left out."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.api.labels import Selector
from k8snotes.api.objects import Service, ServicePort
from k8snotes.facts.endpoints import EndpointIndex, Found, note_on, why_not
from k8snotes.facts.reading import Reader, Workloads, services_of, state_of

__all__ = ["Link", "MappedPod", "MappedService", "ServiceMap", "service_map"]


@dataclass(frozen=True, slots=True)
class MappedService:
    """A Service on the map. `note` says in a line how it stands; `selected` and `ready` count Pods.

    `near` has the reference of the nearest Pod where the selector finds none, `near_why` the difference,
    `meant` the labels that the Pod has instead ("tier=cache").
    """

    ref: str
    name: str
    namespace: str
    type: str
    cluster_ip: str
    ports: tuple[ServicePort, ...]
    selector: dict[str, str]
    selected: int
    ready: int
    note: str
    near: str = ""
    near_why: str = ""
    by_hand: tuple[str, ...] = ()
    external_name: str = ""
    meant: str = ""


@dataclass(frozen=True, slots=True)
class MappedPod:
    """A Pod on the map: how it is, who made it, which Services select it, and `reason` if none does."""

    ref: str
    name: str
    namespace: str
    ip: str
    node: str
    state: str
    workload: str
    services: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A Service selects a Pod: `state` is "ready", "not ready" or "left out", and `reason` says why.

    `ports` says which port of the Service leads where: ":80 → http 8080".
    """

    service: str
    pod: str
    state: str
    reason: str
    ports: str


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Services, Pods, and the links between them; all by reference."""

    services: tuple[MappedService, ...]
    pods: tuple[MappedPod, ...]
    links: tuple[Link, ...]


def service_map(reader: Reader, namespace: str | None = None) -> ServiceMap:
    """Map the Services of a cluster (of one `namespace`, or all) to the Pods behind them.

    Each Service asks only the Pods that share its rarest label, so the work grows with the number of
    links and not with Services times Pods. The cluster's own Service, default/kubernetes, is left out.
    """
    index = EndpointIndex(reader)
    workloads = Workloads(reader)
    services = services_of(reader, namespace)
    links: list[Link] = []
    mapped: list[MappedService] = []
    chosen_by: dict[str, list[str]] = {}
    for service in services:
        found = index.of(service)
        mapped.append(_service(service, found, index))
        for state, items in (
            ("ready", found.ready),
            ("not ready", found.not_ready),
            ("left out", found.selected_without_endpoint),
        ):
            for item in items:
                if item.pod is not None:
                    ref = item.pod.ref
                    links.append(Link(service.ref, ref, state, item.reason, ports_text(service, item.ports)))
                    chosen_by.setdefault(ref, []).append(service.ref)
    strangers = _Strangers(services)
    pods = []
    for position, pod in enumerate(index.pods):
        if namespace is not None and index.namespaces[position] != namespace:
            continue
        ref = pod.ref
        by = tuple(chosen_by.get(ref, ()))
        reason = "" if by else strangers.why(index.namespaces[position], index.labels[position])
        pods.append(
            MappedPod(
                ref,
                pod.name,
                pod.namespace,
                pod.ip,
                pod.node_name,
                state_of(pod),
                workloads.of(pod),
                by,
                reason,
            )
        )
    return ServiceMap(tuple(mapped), tuple(pods), tuple(links))


def ports_text(service: Service, ports: tuple[object, ...]) -> str:
    """Say which port of the Service leads to which port of the Pod: ":80 → http 8080"."""
    numbers = {(getattr(p, "name", ""), getattr(p, "protocol", "")): getattr(p, "port", 0) for p in ports}
    lines = []
    for port in service.ports:
        number = numbers.get((port.name, port.protocol))
        target = f"{port.target_port} {number}" if isinstance(port.target_port, str) else f"{number}"
        udp = "" if port.protocol == "TCP" else f" {port.protocol}"
        if number is not None:
            lines.append(f":{port.port} → {target}{udp}")
    return "\n".join(lines)


def _service(service: Service, found: Found, index: EndpointIndex) -> MappedService:
    near = near_why = meant = ""
    if found.selected == 0 and service.selector and service.type != "ExternalName":
        near, near_why, meant = _near(service, index)
    return MappedService(
        service.ref,
        service.name,
        service.namespace,
        service.type,
        service.cluster_ip,
        service.ports,
        service.selector,
        found.selected,
        len(found.ready),
        note_on(service, found, index),
        near,
        near_why,
        tuple(item.address for item in found.ready if item.pod is None),
        service.external_name,
        meant,
    )


def _near(service: Service, index: EndpointIndex) -> tuple[str, str, str]:
    """Find the Pod that a Service of no endpoints most probably means: a near miss, not just any Pod."""
    selector = Selector.from_stored_map(service.selector)
    seen: set[tuple[tuple[str, str], ...]] = set()
    best: tuple[int, str, str, str] = (0, "", "", "")
    for position, namespace in enumerate(index.namespaces):
        labels = index.labels[position]
        key = tuple(sorted(labels.items()))
        if namespace != service.namespace or key in seen:
            continue
        seen.add(key)
        parts = selector.explain(labels).parts
        failed = [part for part in parts if not part.ok]
        if all(part.near for part in failed):
            score = 1 + sum(part.ok for part in parts)
            if score > best[0]:
                near = "; ".join(part.near for part in failed)
                keys = [part.requirement.key for part in failed if part.requirement.key in labels]
                meant = ", ".join(f"{key}={labels[key]}" for key in keys)
                best = (score, index.pods[position].ref, near, meant)
    return best[1:]


_MOST_ASKED = 50


class _Strangers:
    """Says why no Service selects a Pod; Pods with the same labels have the same answer."""

    def __init__(self, services: list[Service]) -> None:
        self._selectors: dict[str, list[tuple[Service, Selector]]] = {}
        for service in services:
            if service.selector and service.type != "ExternalName":
                self._selectors.setdefault(service.namespace, []).append(
                    (service, Selector.from_stored_map(service.selector))
                )
        self._said: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}

    def why(self, namespace: str, labels: dict[str, str]) -> str:
        """Return one line: the Service that comes nearest, and what keeps it from selecting."""
        key = (namespace, tuple(sorted(labels.items())))
        if key not in self._said:
            self._said[key] = self._work_out(namespace, labels)
        return self._said[key]

    def _work_out(self, namespace: str, labels: dict[str, str]) -> str:
        at_home = self._selectors.get(namespace, [])
        if not at_home:
            return "no Service of its namespace has a selector"
        if not labels:
            return "it has no labels"
        items = labels.items()
        shares = [len(service.selector.items() & items) for service, _ in at_home]
        most = max(shares)
        best, *others = [pair for pair, share in zip(at_home, shares, strict=True) if share == most]
        for pair in (best, *others[:_MOST_ASKED]):
            failed = [part for part in pair[1].explain(labels).parts if not part.ok]
            if all(part.near for part in failed):  # a slip of the pen is nearer than another name
                best = pair
                break
        else:
            if most == 0:
                return "no Service asks for a label that it has"
        return f"Service {best[0].name} comes nearest: {why_not(best[1], labels)}"
