"""Endpoints: which Pods answer for a Service, and why not the others."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable
from typing import NamedTuple

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.endpoints import Endpoints
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.plural import count
from k8snotes.api.reader import Reader, pods_of
from k8snotes.api.selector import Selector
from k8snotes.control_plane.endpoint_rules import EndpointPort, judge
from k8snotes.screen import printable

__all__ = [
    "Endpoint",
    "EndpointIndex",
    "SelectedPods",
    "ServiceEndpoints",
    "endpoints",
    "note_on",
    "notes_on",
]


class Endpoint(NamedTuple):
    """One address that was looked at for a Service.

    `pod` is None for an address made by hand; `address` is a Pod IP, "" where there is none yet;
    `reason` says in words why it is in or out; `ports` are the ports as they are reached there.
    `still_serving`: it is being terminated and serves on, so it is asked where there is no ready one.
    `but`: what there is to say of it beyond "selected and ready", "" where there is nothing.
    """

    pod: Pod | None
    address: str
    reason: str
    ports: tuple[EndpointPort, ...] = ()
    still_serving: bool = False
    but: str = ""

    @printable
    def __str__(self) -> str:
        name = self.pod.ref if self.pod else "no Pod"
        return f"{self.address or 'no address'}  {name}: {self.reason}"


class SelectedPods(NamedTuple):
    """The Pods that a Service's selector finds, sorted by what becomes of them.

    `ready` get traffic, `not_ready` stand in the EndpointSlices and get none, and those of
    `selected_without_endpoint` do not stand there (they have no address, or have ended).
    """

    ready: tuple[Endpoint, ...] = ()
    not_ready: tuple[Endpoint, ...] = ()
    selected_without_endpoint: tuple[Endpoint, ...] = ()

    @property
    def selected(self) -> int:
        """How many the selector finds."""
        return len(self.ready) + len(self.not_ready) + len(self.selected_without_endpoint)

    @property
    def still_serving(self) -> int:
        """How many that are being terminated are asked, because there is no ready one."""
        return 0 if self.ready else sum(item.still_serving for item in self.not_ready)


class ServiceEndpoints(NamedTuple):
    """The endpoints of one Service: `.ready`, `.not_ready`, `.left_out`, and a `note` on the whole.

    `left_out` has the Pods that are selected but cannot be endpoints, then the other Pods of the
    Service's namespace, then Pods of other namespaces that its selector would find at home.
    """

    service: Service
    ready: tuple[Endpoint, ...]
    not_ready: tuple[Endpoint, ...]
    left_out: tuple[Endpoint, ...]
    note: str = ""

    def __repr__(self) -> str:
        return str(self)

    @printable
    def __str__(self) -> str:
        lines = [f"{self.service.ref}: {self.note}" if self.note else self.service.ref]
        for title, sign, items in (
            ("ready", "✓", self.ready),
            ("not ready", "◐", self.not_ready),
            ("left out", "✗", self.left_out),
        ):
            lines += [f"{title} ({len(items)})", *(f"  {sign} {item}" for item in items)]
        return "\n".join(lines)


class EndpointIndex:
    """The Pods by namespace and label, so that each Service asks only the Pods that may fit it.

    Args:
        reader: The API server, or whatever lists objects as it does. The Pods are read at once,
            addresses made by hand when they are asked for.
    """

    def __init__(self, reader: Reader) -> None:
        self.pods = pods_of(reader)
        self._reader = reader
        self._by_label: dict[tuple[str, str, str], list[int]] = {}
        self.labels = [pod.labels for pod in self.pods]
        self.namespaces = [pod.namespace for pod in self.pods]
        for position, labels in enumerate(self.labels):
            namespace = self.namespaces[position]
            for pair in labels.items():
                self._by_label.setdefault((namespace, *pair), []).append(position)

    def selected(self, service: Service) -> list[int]:
        """Return the positions (in `.pods`, 0-based) of the Pods that the Service selects, in order."""
        wanted = service.selector.items()
        if not wanted or service.type == "ExternalName":
            return []
        return self._fitting(service.namespace, wanted)

    def elsewhere(self, service: Service) -> Pod | None:
        """Return the first Pod of another namespace that the Service would select at home, None if there is none."""
        wanted = service.selector.items()
        if not wanted or service.type == "ExternalName":
            return None
        for namespace in dict.fromkeys(self.namespaces):
            fitting = [] if namespace == service.namespace else self._fitting(namespace, wanted)
            if fitting:
                return self.pods[fitting[0]]
        return None

    def _fitting(self, namespace: str, wanted: ItemsView[str, str]) -> list[int]:
        lists = [self._by_label.get((namespace, *pair), []) for pair in wanted]
        return [at for at in min(lists, key=len) if wanted <= self.labels[at].items()]

    def of(self, service: Service) -> SelectedPods:
        """Judge the Pods that the Service selects; for one without selector, the addresses made by hand.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
        """
        if service.type == "ExternalName":
            return SelectedPods()
        if not service.selector:
            return _by_hand(self._reader, service)
        by_state: dict[str, list[Endpoint]] = {"ready": [], "not ready": [], "left out": []}
        for position in self.selected(service):
            pod = self.pods[position]
            verdict = judge(service, pod)
            serves = verdict.serving and verdict.terminating
            but = verdict.but if verdict.state == "ready" else verdict.reason
            endpoint = Endpoint(pod, pod.ip, verdict.reason, verdict.ports, serves, but)
            by_state[verdict.state].append(endpoint)
        return SelectedPods(*(tuple(items) for items in by_state.values()))

    def standing(self, service: Service) -> str:
        """Say in words how a Service stands: which Pods it selects, and why none of them serves."""
        behind = self.of(service)
        silent = [*behind.not_ready, *behind.selected_without_endpoint]
        if not silent:
            return note_on(service, behind, self)
        why = "; ".join(f"{item.pod.ref}: {item.reason}" for item in silent[:3] if item.pod)
        more = f"; and {len(silent) - 3} more" if len(silent) > 3 else ""
        return f"it selects {count(len(silent), 'Pod')}, and none serves ({why}{more})"


def endpoints(reader: Reader, service: Service) -> ServiceEndpoints:
    """Return the endpoints of a Service, with the reason for each Pod that is in or out.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> print(endpoints(c.api, c["svc/kubernetes"]))
    service/kubernetes: no selector: the API server keeps its own address here
    ready (1)
      ✓ 192.168.0.10  no Pod: the API server's own address, which it keeps up to date itself
    not ready (0)
    left out (0)
    """
    index = EndpointIndex(reader)
    behind = index.of(service)
    out = list(behind.selected_without_endpoint)
    selected = set(index.selected(service))
    selector = Selector.from_stored_map(service.selector)
    if service.selector and service.type != "ExternalName":
        elsewhere = []
        for position, pod in enumerate(index.pods):
            if position in selected:
                continue
            if index.namespaces[position] == service.namespace:
                out.append(Endpoint(pod, pod.ip, selector.explain(index.labels[position]).why_not))
            elif selector.matches(index.labels[position]):
                reason = (
                    f"its labels fit, but it is in namespace {pod.namespace}; "
                    f"a Service selects in its own namespace only ({service.namespace})"
                )
                elsewhere.append(Endpoint(pod, pod.ip, reason))
        out += elsewhere
    note = note_on(service, behind, index)
    return ServiceEndpoints(service, behind.ready, behind.not_ready, tuple(out), note)


def note_on(service: Service, behind: SelectedPods, index: EndpointIndex) -> str:
    """Say in a line how a Service stands, and what there is to say beyond that. Arguments as for `notes_on`."""
    return "; ".join(filter(None, notes_on(service, behind, index)))


def notes_on(service: Service, behind: SelectedPods, index: EndpointIndex) -> tuple[str, str]:
    """Say how a Service stands in two parts: "selects 2 Pods, 2 ready", and what more there is to say, or "".

    Args:
        behind: What `index.of(service)` has answered.
        index: The Pods among which the nearest is named where the Service selects none.
    """
    if service.type == "ExternalName":
        return f"ExternalName: DNS answers with {service.external_name}", "no address, no ports, no endpoints"
    if not service.selector:
        if service.ref == "service/kubernetes":
            return "no selector: the API server keeps its own address here", ""
        if behind.selected:
            return "no selector: its addresses are made by hand", ""
        return "no selector, and nobody made Endpoints for it by hand: no endpoints", ""
    if behind.selected == 0:
        near = _nearest(service, index)
        return f"selects nothing: no Pod of namespace {service.namespace} fits", near
    more = ""
    ready = f"{len(behind.ready)} ready"
    published = sum(item.pod is not None and not item.pod.ready for item in behind.ready)
    if published:
        ready = f"{len(behind.ready)} asked, {published} of them not ready (publishNotReadyAddresses)"
    elif behind.still_serving:
        more = (
            f"{behind.still_serving} being terminated still "
            f"{'serves, and is' if behind.still_serving == 1 else 'serve, and are'} asked until one is ready"
        )
    return f"selects {count(behind.selected, 'Pod')}, {ready}", more


def _nearest(service: Service, index: EndpointIndex) -> str:
    """Return "nearest is ..." for a Service that selects nothing, "" where there is no Pod at all."""
    wanted = service.selector
    at_home = [at for at, name in enumerate(index.namespaces) if name == service.namespace]
    selector = Selector.from_stored_map(wanted)
    away = index.elsewhere(service)
    if away:
        return f"{away.ref} would, but it is in namespace {away.namespace}"
    if not at_home:
        return ""
    best = max(at_home, key=lambda at: _closeness(selector, wanted, index.labels[at]))
    return f"nearest is {index.pods[best].ref}: {selector.explain(index.labels[best]).why_not}"


def _closeness(selector: Selector, wanted: dict[str, str], labels: dict[str, str]) -> tuple[int, bool]:
    shared = sum(labels.get(key) == value for key, value in wanted.items())
    return shared, any(part.near for part in selector.explain(labels).parts)


def _by_hand(reader: Reader, service: Service) -> SelectedPods:
    """Read EndpointSlices of the Service's label, else the Endpoints object of its name."""
    ready: list[Endpoint] = []
    not_ready: list[Endpoint] = []
    for obj in reader.list("endpointslices", service.namespace):
        if isinstance(obj, EndpointSlice) and obj.service == service.name:
            ports = tuple(_ports(obj.ports, service))
            for item in obj.endpoints:
                is_ready = mapping(item.get("conditions")).get("ready") is not False
                for address in sequence(item.get("addresses")):
                    reason = _who_made(service, obj) + ("" if is_ready else ", and marked as not ready")
                    (ready if is_ready else not_ready).append(Endpoint(None, text(address), reason, ports))
    if ready or not_ready:
        return SelectedPods(tuple(ready), tuple(not_ready))
    for obj in reader.list("endpoints", service.namespace):
        if isinstance(obj, Endpoints) and obj.name == service.name:
            for subset in obj.subsets:
                ports = tuple(_ports(mappings(subset.get("ports")), service))
                for field, items in (("addresses", ready), ("notReadyAddresses", not_ready)):
                    reason = "made by hand, in the Endpoints object"
                    reason += "" if items is ready else ", and marked as not ready"
                    items += [
                        Endpoint(None, text(entry.get("ip")), reason, ports)
                        for entry in mappings(subset.get(field))
                    ]
    return SelectedPods(tuple(ready), tuple(not_ready))


def _who_made(service: Service, slice_: EndpointSlice) -> str:
    """Say where an address without a Pod comes from."""
    if service.ref == "service/kubernetes":
        return "the API server's own address, which it keeps up to date itself"
    if mapping(slice_.owner).get("kind") == "Endpoints":
        return f"made by hand, in the Endpoints object (mirrored to EndpointSlice {slice_.name})"
    return f"made by hand, in EndpointSlice {slice_.name}"


def _ports(ports: Iterable[dict[str, object]], service: Service) -> Iterable[EndpointPort]:
    by_name = {port.name: port.port for port in service.ports}
    for item in ports:
        number, name = item.get("port"), text(item.get("name"))
        if isinstance(number, int):
            yield EndpointPort(name, number, text(item.get("protocol")) or "TCP", by_name.get(name, number))
