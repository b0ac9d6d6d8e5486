"""Endpoints: which Pods answer for a Service, and why not the others."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.endpoints import Endpoints
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader, pods_of
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, clauses, named, ngettext
from k8snotes.control_plane.endpoint_rules import EndpointPort, judge
from k8snotes.screen import printable

__all__ = [
    "Endpoint",
    "EndpointIndex",
    "SelectedPods",
    "ServiceEndpoints",
    "endpoints",
    "nearest_pod",
    "note_on",
    "notes_on",
]


class Endpoint(NamedTuple):
    """One address that was looked at for a Service.

    `pod` is None for an address made by hand; `address` is a Pod IP, "" where there is none yet;
    `reason` says in words why it is in or out; `ports` are the ports as they are reached there.
    `still_serving`: it is being terminated but still serves, so it gets traffic where there is no ready one.
    `but`: what there is to say of it beyond "selected and ready", "" where there is nothing.
    `made_by` says what wrote an address without a Pod: "hand", or "controller" for one left from a selector.
    """

    pod: Pod | None
    address: str
    reason: str
    ports: tuple[EndpointPort, ...] = ()
    still_serving: bool = False
    but: str = ""
    made_by: str = "hand"

    @printable
    def __str__(self) -> str:
        name = self.pod.ref if self.pod else _("no Pod")
        address = self.address or _("no address")
        return str(_("{head}: {text}", head=f"{address}  {name}", text=self.reason))


class SelectedPods(NamedTuple):
    """The Pods that a Service's selector finds, sorted by what becomes of them.

    `ready` get traffic, `not_ready` are listed in the EndpointSlices and get none, and those of
    `selected_without_endpoint` are not listed there (they have no address, or have ended).
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
        """How many Pods that are being terminated get traffic, because there is no ready one."""
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
        name = self.service.ref
        lines = [str(_("{head}: {text}", head=name, text=self.note)) if self.note else name]
        for title, sign, items in (
            (_("ready"), "✓", self.ready),
            (_("not ready"), "◐", self.not_ready),
            (_("left out"), "✗", self.left_out),
        ):
            counted = _("{words} ({note})", words=title, note=len(items))
            lines += [str(counted), *(f"  {sign} {item}" for item in items)]
        return "\n".join(lines)


_FOUND = {
    "ready": _("an EndpointSlice of the dump says that it is ready"),
    "not ready": _("the Pod is ready, but an EndpointSlice of the dump says that it is not"),
    "left out": _("no EndpointSlice of the dump lists it"),
}


class EndpointIndex:
    """The Pods by namespace and label, so that each Service asks only the Pods that may fit it.

    Args:
        reader: The API server, or whatever lists objects as it does. The Pods are read at once,
            addresses made by hand when they are asked for.
        found: Whether it is a dump, in which slices may name Pods that are not there.
        namespace: The one Namespace whose Pods are asked for, None for all.
    """

    def __init__(self, reader: Reader, *, found: bool = False, namespace: str | None = None) -> None:
        self.pods = pods_of(reader, namespace)
        self.found = found
        self._reader = reader
        self._by_label: dict[tuple[str, str, str], list[int]] = {}
        self.labels = [pod.labels for pod in self.pods]
        self.namespaces = [pod.namespace for pod in self.pods]
        self._at_home: dict[str, list[int]] = {}
        for position, labels in enumerate(self.labels):
            namespace = self.namespaces[position]
            self._at_home.setdefault(namespace, []).append(position)
            for pair in labels.items():
                self._by_label.setdefault((namespace, *pair), []).append(position)

    def at_home(self, namespace: str) -> list[int]:
        """Return the positions (in `.pods`, 0-based) of the Pods of a Namespace, in order."""
        return self._at_home.get(namespace, [])

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
        home = service.namespace
        for namespace in self._at_home:
            fitting = [] if namespace == home else self._fitting(namespace, wanted)
            if fitting:
                return self.pods[fitting[0]]
        return None

    @cached_property
    def _addresses(self) -> set[str]:
        """The addresses of all Pods, which every Service of a dump asks for."""
        return {pod.ip for pod in self.pods}

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
            return _written(self._reader, service)
        by_state: dict[str, list[Endpoint]] = {"ready": [], "not ready": [], "left out": []}
        ports, headless = service.ports, service.headless
        for position in self.selected(service):
            pod = self.pods[position]
            verdict = judge(service, pod, ports)
            serves = verdict.serving and verdict.terminating
            reason = but = verdict.reason
            if verdict.state == "ready":
                lost = _not_translated_by(verdict.ports) if headless else ""
                reason, but = clauses(reason, lost) if lost else reason, clauses(verdict.but, lost)
            endpoint = Endpoint(pod, pod.ip, reason, verdict.ports, serves, but)
            by_state[verdict.state].append(endpoint)
        if self.found:
            self._add_found(service, by_state)
        return SelectedPods(*(tuple(items) for items in by_state.values()))

    def _add_found(self, service: Service, by_state: dict[str, list[Endpoint]]) -> None:
        """Let the slices of a dump decide, where it has some: they say what kube-proxy had, and Pods may be left out."""
        written = _written(self._reader, service)
        said = {item.address: "not ready" for item in written.not_ready}
        said |= {item.address: "ready" for item in written.ready}
        if not said:
            return
        for state in ("ready", "not ready"):
            wrong = [item for item in by_state[state] if said.get(item.address) != state]
            by_state[state] = [item for item in by_state[state] if said.get(item.address) == state]
            for item in wrong:
                there = said.get(item.address, "left out")
                why = clauses(item.reason, _FOUND[there]) if state == "not ready" else _FOUND[there]
                by_state[there].append(item._replace(reason=why, but=why))
        for state, items in (("ready", written.ready), ("not ready", written.not_ready)):
            for item in items:
                if item.address not in self._addresses:
                    missing = _("the dump has no Pod with this address")
                    by_state[state].append(item._replace(reason=clauses(item.reason, missing), but=missing))

    def serves(self, service: Service) -> bool:
        """Whether an address of a Service gets traffic; DNS answers for one of type ExternalName, which needs none.

        It is what `of` says, and stops at the first such Pod.
        """
        if service.type == "ExternalName":
            return True
        if service.selector and not (self.found and self._has_slices(service)):
            ports = service.ports
            if any(judge(service, self.pods[at], ports).state == "ready" for at in self.selected(service)):
                return True
        behind = self.of(service)
        return bool(behind.ready or behind.still_serving)

    def _has_slices(self, service: Service) -> bool:
        """Whether a dump has EndpointSlices, or Endpoints, of the Namespace of a Service."""
        home = service.namespace
        return bool(self._reader.list("endpointslices", home) or self._reader.list("endpoints", home))

    def standing(self, service: Service) -> str:
        """Say in a clause which Pods a Service selects, and why none of them is ready: "it selects 1 Pod, ..."."""
        behind = self.of(service)
        waiting = [*behind.not_ready, *behind.selected_without_endpoint]
        if service.selector and waiting and not behind.ready:
            reasons = [
                _("{pod}: {reason}", pod=item.pod.ref, reason=item.reason) for item in waiting[:3] if item.pod
            ]
            why = clauses(*reasons)
            if len(waiting) > 3:
                more = len(waiting) - 3
                why = ngettext("{reasons}; and {n} more", "{reasons}; and {n} more", more, reasons=why)
            return ngettext(
                "it selects {n} Pod, which is not ready ({reasons})",
                "it selects {n} Pods, and none of them is ready ({reasons})",
                len(waiting),
                reasons=why,
            )
        return _whole_note(service, behind, self)


def endpoints(reader: Reader, service: Service, *, found: bool = False) -> ServiceEndpoints:
    """Return the endpoints of a Service, with the reason for each Pod that is in or out.

    Args:
        reader: The cluster.
        service: The Service.
        found: Whether the cluster is a dump.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> print(endpoints(c.api, c["svc/kubernetes"]))
    service/kubernetes: has no selector; the API server writes its own address here
    ready (1)
      ✓ 192.168.0.10  no Pod: the API server's own address, which the API server keeps up to date
    not ready (0)
    left out (0)
    """
    index = EndpointIndex(reader, found=found)
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
                reason = _(
                    "its labels match, but it is in namespace {there}, "
                    "and a Service selects only in its own namespace ({here})",
                    there=pod.namespace,
                    here=service.namespace,
                )
                elsewhere.append(Endpoint(pod, pod.ip, reason))
        out += elsewhere
    note = note_on(service, behind, index)
    return ServiceEndpoints(service, behind.ready, behind.not_ready, tuple(out), note)


def note_on(service: Service, behind: SelectedPods, index: EndpointIndex) -> str:
    """Say in a line which Pods a Service selects, and what there is to say beyond that. Arguments as for `notes_on`."""
    return clauses(*notes_on(service, behind, index))


def notes_on(service: Service, behind: SelectedPods, index: EndpointIndex) -> tuple[str, str]:
    """Say which Pods a Service selects in two parts: "selects 2 Pods, 2 ready", and what more there is to say, or "".

    Args:
        behind: What `index.of(service)` has answered.
        index: The Pods among which the nearest is named where the Service selects none.
    """
    if service.type == "ExternalName":
        return (
            _("is an ExternalName, so DNS answers with {name}", name=service.external_name),
            _("it has no address, no ports and no endpoints"),
        )
    if not service.selector:
        if service.ref == "service/kubernetes":
            return _("has no selector; the API server writes its own address here"), ""
        if behind.selected:
            items = (*behind.ready, *behind.not_ready, *behind.selected_without_endpoint)
            lost = next((item.but for item in items if item.but), "")
            if items[0].made_by == "controller":
                return _("has no selector; a controller left its addresses"), lost
            return _("has no selector; its addresses are made by hand"), lost
        return _("has no selector and no Endpoints made by hand, so it has no endpoints"), ""
    if behind.selected == 0:
        return _("selects no Pod in namespace {namespace}", namespace=service.namespace), _nearest(
            service, index
        )
    selected = ngettext("{n} Pod", "{n} Pods", behind.selected)
    # only a Service that says so, or the slices of a dump, send traffic to what is not ready
    maybe = behind.ready if service.publish_not_ready or index.found else ()
    published = sum(item.pod is not None and not item.pod.ready for item in maybe)
    if published:
        note = _(
            "selects {pods}; {asked}, {unready} (publishNotReadyAddresses)",
            pods=selected,
            asked=ngettext("{n} gets traffic", "{n} get traffic", len(behind.ready)),
            unready=ngettext("{n} of them not ready", "{n} of them not ready", published),
        )
        return note, ""
    ready = ngettext("{n} ready", "{n} ready", len(behind.ready))
    more = _without_endpoints(service, behind)
    if behind.still_serving:
        more = ngettext(
            "{n} Pod that is being terminated still serves, and gets traffic until another Pod is ready",
            "{n} Pods that are being terminated still serve, and get traffic until another Pod is ready",
            behind.still_serving,
        )
    return _("selects {pods}, {ready}", pods=selected, ready=ready), more


def _whole_note(service: Service, behind: SelectedPods, index: EndpointIndex) -> str:
    """Say in a clause that has a subject which Pods a Service selects."""
    if service.type == "ExternalName":
        return _("it is an ExternalName, which has no endpoints")
    if not service.selector:
        if behind.ready:
            return _("it has no selector; its addresses are made by hand")
        if behind.not_ready:
            return _("it has no selector, and none of its addresses that were made by hand is ready")
        if behind.selected_without_endpoint:
            lost = behind.selected_without_endpoint[0].but
            return clauses(_("it has no selector; its addresses are made by hand"), lost)
        return _("it has no selector and no Endpoints made by hand")
    if not behind.selected:
        none = _("it selects no Pod in namespace {namespace}", namespace=service.namespace)
        return clauses(none, _nearest(service, index))
    pods = ngettext("{n} Pod", "{n} Pods", behind.selected)
    ready = ngettext("{n} is ready", "{n} are ready", len(behind.ready))
    return _("it selects {pods}, of which {ready}", pods=pods, ready=ready)


def nearest_pod(service: Service, index: EndpointIndex) -> Pod | None:
    """Return the Pod that comes nearest to what a Service selects, None where there is no Pod.

    A Pod of another namespace is the nearest only if it has all of the labels.

    Args:
        service: the Service, which selects no Pod.
        index: the Pods.
    """
    wanted = service.selector
    away = index.elsewhere(service)
    if away:
        return away
    at_home = index.at_home(service.namespace)
    if not at_home:
        return None
    selector = Selector.from_stored_map(wanted)
    first: dict[tuple[tuple[str, str], ...], int] = {}  # Pods with the same labels come equally near
    for at in at_home:
        first.setdefault(tuple(index.labels[at].items()), at)
    return index.pods[max(first.values(), key=lambda at: _closeness(selector, wanted, index.labels[at]))]


def _nearest(service: Service, index: EndpointIndex) -> str:
    """Return which Pod comes nearest for a Service that selects nothing, "" where there is no Pod at all."""
    best = nearest_pod(service, index)
    if best is None:
        return ""
    if best.namespace != service.namespace:
        return _(
            "{pod} has the right labels, but it is in namespace {namespace}",
            pod=best.ref,
            namespace=best.namespace,
        )
    why = Selector.from_stored_map(service.selector).explain(best.labels).why_not
    return _("{pod} comes nearest ({why})", pod=best.ref, why=why)


def _closeness(selector: Selector, wanted: dict[str, str], labels: dict[str, str]) -> tuple[int, bool]:
    shared = sum(labels.get(key) == value for key, value in wanted.items())
    return shared, any(part.near for part in selector.explain(labels).parts)


def _written(reader: Reader, service: Service) -> SelectedPods:
    """Read EndpointSlices of the Service's label, else the Endpoints object of its name."""
    made = _Made(service)
    for obj in reader.list("endpointslices", service.namespace):
        if isinstance(obj, EndpointSlice) and obj.service == service.name:
            for item in obj.endpoints:
                is_ready = mapping(item.get("conditions")).get("ready") is not False
                for address in sequence(item.get("addresses")):
                    reason = _who_made(service, obj, ready=is_ready)
                    by = "controller" if _left_by_controller(obj) else "hand"
                    made.add(text(address), reason, obj.ports, ready=is_ready, by=by)
    if made.found:
        return made.pods
    for obj in reader.list("endpoints", service.namespace):
        if isinstance(obj, Endpoints) and obj.name == service.name:
            for subset in obj.subsets:
                for field, is_ready in (("addresses", True), ("notReadyAddresses", False)):
                    reason = (
                        _("made by hand in the Endpoints object")
                        if is_ready
                        else _("made by hand in the Endpoints object, and marked as not ready")
                    )
                    for entry in mappings(subset.get(field)):
                        made.add(text(entry.get("ip")), reason, mappings(subset.get("ports")), ready=is_ready)
    return made.pods


class _Made:
    """The addresses of a Service that are no Pods of a selector: collected one by one."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ready: list[Endpoint] = []
        self._not_ready: list[Endpoint] = []
        self._left_out: list[Endpoint] = []

    def add(
        self, address: str, reason: str, written: Iterable[dict[str, Any]], *, ready: bool, by: str = "hand"
    ) -> None:
        """Add an address with its ports; one that has no port of the Service gets no traffic."""
        ports, strange = _joined(written, self._service)
        but = _no_such_names(strange, self._service) if strange else ""
        if not ports and self._service.ports and not self._service.headless:
            lost = but or _("it has no ports")
            self._left_out.append(Endpoint(None, address, clauses(reason, lost), but=lost, made_by=by))
            return
        reason = clauses(reason, but)
        target = self._ready if ready else self._not_ready
        target.append(Endpoint(None, address, reason, ports, but=but, made_by=by))

    @property
    def found(self) -> bool:
        """Whether any address was added."""
        return bool(self._ready or self._not_ready or self._left_out)

    @property
    def pods(self) -> SelectedPods:
        """The addresses, as the Pods of a selector are told."""
        return SelectedPods(tuple(self._ready), tuple(self._not_ready), tuple(self._left_out))


def _joined(
    written: Iterable[dict[str, Any]], service: Service
) -> tuple[tuple[EndpointPort, ...], list[dict[str, Any]]]:
    """Join the ports of an address to those of a Service as kube-proxy does, by name and protocol.

    A headless Service has no rules of kube-proxy, so each of its addresses keeps its own ports.

    Returns:
        The ports that get traffic, and those that belong to no port of the Service.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services
    """
    own = {(port.name, port.protocol): port.port for port in service.ports}
    ports, strange = [], []
    for item in written:
        number, key = item.get("port"), (text(item.get("name")), text(item.get("protocol")) or "TCP")
        if not isinstance(number, int):
            continue
        if key in own or service.headless:
            ports.append(EndpointPort(key[0], number, key[1], own.get(key, number)))
        else:
            strange.append(item)
    return tuple(ports), strange


def _no_such_names(strange: list[dict[str, Any]], service: Service) -> str:
    """Say that ports of an address belong to no port of a Service."""
    there = [_port_name(text(item.get("name")), text(item.get("protocol")) or "TCP") for item in strange]
    own = [_port_name(port.name, port.protocol) for port in service.ports]
    return ngettext(
        "kube-proxy joins ports by name, and no port of the Service is named {names} (its ports: {own})",
        "kube-proxy joins ports by name, and no ports of the Service are named {names} (its ports: {own})",
        len(there),
        names=named(there),
        own=named(own),
    )


def _port_name(name: str, protocol: str) -> str:
    return f'"{name}"' if protocol == "TCP" else f'"{name}"/{protocol}'


def _left_by_controller(slice_: EndpointSlice) -> bool:
    """Whether the controller that follows selectors has written a slice."""
    return slice_.labels.get(_MANAGED_BY) == _CONTROLLER


_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_CONTROLLER = "endpointslice-controller.k8s.io"


def _who_made(service: Service, slice_: EndpointSlice, *, ready: bool) -> str:
    """Say where an address without a Pod comes from."""
    if service.ref == "service/kubernetes":
        return _("the API server's own address, which the API server keeps up to date")
    name = slice_.name
    if _left_by_controller(slice_):
        if ready:
            return _("written by the endpoint slice controller in EndpointSlice {name}", name=name)
        return _(
            "written by the endpoint slice controller in EndpointSlice {name}, and marked as not ready",
            name=name,
        )
    if mapping(slice_.owner).get("kind") == "Endpoints":
        if ready:
            return _("made by hand in the Endpoints object (mirrored to EndpointSlice {name})", name=name)
        return _(
            "made by hand in the Endpoints object (mirrored to EndpointSlice {name}), and marked as not ready",
            name=name,
        )
    if ready:
        return _("made by hand in EndpointSlice {name}", name=name)
    return _("made by hand in EndpointSlice {name}, and marked as not ready", name=name)


@lru_cache(maxsize=1024)
def _not_translated(port: int, target: int) -> str:
    """Say that a headless Service leads to no other port."""
    return _(
        "the Service is headless, so it does not translate port {port} to {target}: call port {target}",
        port=port,
        target=target,
    )


def _not_translated_by(ports: tuple[EndpointPort, ...]) -> str:
    """Say that a headless Service leads to another port of a Pod than clients call, "" if it does not."""
    wrong = next((port for port in ports if port.port != port.service_port), None)
    return _not_translated(wrong.service_port, wrong.port) if wrong else ""


def _without_endpoints(service: Service, behind: SelectedPods) -> str:
    """Name the ports of a Service that no address behind it has, "" if each has one; DNS alone needs none."""
    serving = behind.ready or [item for item in behind.not_ready if item.still_serving]
    if service.headless or not serving:
        return ""
    missing = [
        port
        for port in service.ports
        if not any(
            (there.name, there.protocol) == (port.name, port.protocol)
            for item in serving
            for there in item.ports
        )
    ]
    if not missing:
        return ""
    return ngettext(
        "port {ports} has no endpoints",
        "the ports {ports} have no endpoints",
        len(missing),
        ports=named(str(port.port) + (f" ({port.name})" if port.name else "") for port in missing),
    )
