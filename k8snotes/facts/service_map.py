"""The service map: every Service, the Pods behind it, and the reason for every Pod that is left out."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.selector import Selector
from k8snotes.control_plane.endpoint_rules import PLAINLY, EndpointPort
from k8snotes.facts.reading import Reader, Workloads, services_of, state_of
from k8snotes.network.endpoints import EndpointIndex, SelectedPods, notes_on

__all__ = ["Link", "MappedPod", "MappedService", "ServiceMap", "service_map"]


@dataclass(frozen=True, slots=True)
class MappedService:
    """A Service on the map. `note` says in a line how it stands, `brief` the same without its details.

    `selected` and `ready` count Pods. `near` has the reference of the nearest Pod where the selector finds none, `near_why` the difference,
    `meant` the labels that the Pod has instead ("tier=cache"). `by_hand` has the addresses that somebody
    made by hand, `by_hand_waiting` those of them that are marked as not ready. `still_serving` counts Pods
    that are being terminated and are asked, because no other is ready. `load_balancer` has the addresses
    from outside, `pending` says that the Service waits for one.
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
    by_hand_waiting: tuple[str, ...] = ()
    still_serving: int = 0
    load_balancer: tuple[str, ...] = ()
    pending: bool = False
    brief: str = ""


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

    @property
    def but(self) -> str:
        """What there is to say of it beyond "selected and ready": "" for a Pod that simply answers."""
        plain, _, rest = self.reason.partition(PLAINLY) if self.state == "ready" else (self.reason, "", "")
        return plain or rest.removeprefix("; but ")


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
    refs = {id(pod): pod.ref for pod in index.pods}  # each is asked for as often as a Service selects it
    for service in services:
        found, ref_of_service, ports_of_service = index.of(service), service.ref, service.ports
        mapped.append(_service(service, found, index))
        for state, items in (
            ("ready", found.ready),
            ("not ready", found.not_ready),
            ("left out", found.selected_without_endpoint),
        ):
            for item in items:
                if item.pod is not None:
                    ref = refs[id(item.pod)]
                    ports = ports_text(ports_of_service, item.ports)
                    links.append(Link(ref_of_service, ref, state, item.reason, ports))
                    chosen_by.setdefault(ref, []).append(ref_of_service)
    strangers = _Strangers(services)
    pods = []
    for position, pod in enumerate(index.pods):
        if namespace is not None and index.namespaces[position] != namespace:
            continue
        ref = refs[id(pod)]
        by = tuple(chosen_by.get(ref, ()))
        reason = "" if by else strangers.why(index.namespaces[position], index.labels[position])
        pods.append(
            MappedPod(
                ref,
                pod.name,
                index.namespaces[position],
                pod.ip,
                pod.node_name,
                state_of(pod),
                workloads.of(pod),
                by,
                reason,
            )
        )
    return ServiceMap(tuple(mapped), tuple(pods), tuple(links))


def ports_text(service_ports: tuple[ServicePort, ...], ports: tuple[EndpointPort, ...]) -> str:
    """Say which port of the Service leads to which port of the Pod: ":80 → http 8080"."""
    numbers = {(port.name, port.protocol): port.port for port in ports}
    lines = []
    for port in service_ports:
        number = numbers.get((port.name, port.protocol))
        target = f"{port.target_port} {number}" if isinstance(port.target_port, str) else f"{number}"
        udp = "" if port.protocol == "TCP" else f" {port.protocol}"
        if number is not None:
            lines.append(f":{port.port} → {target}{udp}")
    return "\n".join(lines)


def _service(service: Service, found: SelectedPods, index: EndpointIndex) -> MappedService:
    near = near_why = meant = ""
    if found.selected == 0 and service.selector and service.type != "ExternalName":
        near, near_why, meant = _near(service, index)
    brief, more = notes_on(service, found, index)
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
        f"{brief}; {more}" if more else brief,
        near,
        near_why,
        tuple(item.address for item in found.ready if item.pod is None),
        service.external_name,
        meant,
        tuple(item.address for item in found.not_ready if item.pod is None),
        found.still_serving,
        service.load_balancer_ips,
        service.type == "LoadBalancer" and not service.load_balancer_ips,
        brief,
    )


def _near(service: Service, index: EndpointIndex) -> tuple[str, str, str]:
    """Find the Pod that a Service of no endpoints most probably means: a near miss, not just any Pod."""
    away = index.elsewhere(service)
    if away:
        return away.ref, f"{away.name} has these labels, but it is in namespace {away.namespace}", ""
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
        self._by_label: dict[tuple[str, str], list[Service]] = {}
        for pairs in self._selectors.values():
            for service, _ in pairs:
                self._by_label.setdefault(min(service.selector.items()), []).append(service)

    def why(self, namespace: str, labels: dict[str, str]) -> str:
        """Return one line: the Service that comes nearest, and what keeps it from selecting."""
        key = (namespace, tuple(sorted(labels.items())))
        if key not in self._said:
            self._said[key] = self._work_out(namespace, labels)
        return self._said[key]

    def _work_out(self, namespace: str, labels: dict[str, str]) -> str:
        at_home = self._selectors.get(namespace, [])
        if not at_home:
            return self._elsewhere(labels) or "no Service of its namespace has a selector"
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
            elsewhere = self._elsewhere(labels)
            if elsewhere or most == 0:
                return elsewhere or "no Service asks for a label that it has"
        return f"Service {best[0].name} comes nearest: {best[1].explain(labels).why_not}"

    def _elsewhere(self, labels: dict[str, str]) -> str:
        """Return a line on the Service of another namespace that asks for these labels, "" if none does."""
        found = next(
            (
                service
                for pair in sorted(labels.items())
                for service in self._by_label.get(pair, ())
                if service.selector.items() <= labels.items()
            ),
            None,
        )
        if found is None:
            return ""
        return f"Service {found.name} wants these labels, but selects in its own namespace only ({found.namespace})"
