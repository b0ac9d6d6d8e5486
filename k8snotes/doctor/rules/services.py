"""A Service and what answers for it: the Pods of its selector and their ports, endpoints by hand, or another name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.selector import Selector
from k8snotes.catalogue import named
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.source import Placed, PodGroup, Source, is_slip
from k8snotes.doctor.text.fault import Change, Fault, fault_at, fault_of
from k8snotes.doctor.text.paths import Spot, Steps, find, value_at
from k8snotes.errors import nearest

__all__ = ["reached", "serves", "service_faults", "wrong_selector"]

_POD_NAME = "statefulset.kubernetes.io/pod-name"
Owned = tuple[Placed, Fault]


def service_faults(item: Placed, source: Source) -> Iterator[Owned]:
    """Yield what keeps a Service from sending traffic to what its author means, each with its object.

    Args:
        item: the Service.
        source: all objects.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
    """
    service = item.obj
    if not isinstance(service, Service):
        return
    if service.type == "ExternalName":
        for fault in _external_name_faults(item, service):
            yield item, fault
    elif not service.spec.get("selector"):
        yield from _without_selector(item, service, source)
    elif service.selector:
        yield from _selector_faults(item, service, source)


def reached(source: Source) -> set[tuple[str, str, str, str, int]]:
    """Return which Pods a source's Services reach at which port, if the Pods declare it or declare none.

    Args:
        source: all objects.

    Returns:
        For each, Namespace and name of the Service, kind and name of what makes the Pods, and the Service's port.
    """
    found = set()
    for item in source.objects:
        service = item.obj
        if not isinstance(service, Service) or not service.selector or service.type == "ExternalName":
            continue
        selector = Selector.from_stored_map(service.selector)
        for group in source.pods(service.namespace):
            if not group.fits(selector):
                continue
            for port in service.ports:
                if _answers(port, group):
                    found.add(
                        (service.namespace, service.name, group.maker.kind, group.maker.name, port.port)
                    )
    return found


def _answers(port: ServicePort, group: PodGroup) -> bool:
    """Whether these Pods have the port of a Service, as far as they declare it."""
    number = target_of(port, group.pod)
    return number is not None and (not group.declared or (number, port.protocol) in group.declared)


# ---- a selector


def _selector_faults(item: Placed, service: Service, source: Source) -> Iterator[Owned]:
    """Find a selector that no Pod fits, else target ports that the selected Pods do not have."""
    selector = Selector.from_stored_map(service.selector)
    selected = [group for group in source.pods(service.namespace) if group.fits(selector)]
    if not selected:
        yield item, _selects_none(item, service, selector, source)
        return
    beyond = _beyond_the_last(item, service, selected)
    if beyond is not None:
        yield item, beyond
    for number, port in enumerate(service.ports):
        written = value_at(item.obj.raw, ("spec", "ports", number, "targetPort")) is not None
        path: Steps = ("spec", "ports", number, "targetPort" if written else "port")
        good = [group for group in selected if _answers(port, group)]
        bad = [group for group in selected if not _answers(port, group)]
        if not bad:
            continue
        if isinstance(port.target_port, str):
            yield from _port_name_faults(item, path, port, good, bad)
        else:
            yield item, _port_number_fault(item, path, port, good, bad)


def _selects_none(item: Placed, service: Service, selector: Selector, source: Source) -> Fault:
    """Return the fault of a selector that none of the Pods fits."""
    there = next((group for group in source.everywhere() if group.fits(selector)), None)
    if there is not None:
        namespace = there.pod.namespace
        return fault_at(
            item.node,
            ("metadata", "namespace"),
            "selects-none",
            because="selects-in-its-namespace",
            parts={**there.parts, "namespace": namespace},
            write=f"namespace: {namespace}",
            severity=WARNING,
            change=(("metadata", "namespace"), namespace),
        )
    home = source.pods(service.namespace)
    slips = any(is_slip(selector, group.pod.labels) for group in home)
    operated = [] if slips else source.operated(service.namespace)
    if operated:
        values = {*service.selector.values()}
        names = [obj for obj in operated if {obj.name, obj.kind.lower()} & values]
        obj = (names or operated)[0]
        parts = {"kind": obj.kind, "name": obj.name}
        return fault_at(
            item.node,
            ("spec", "selector"),
            "no-pods-here",
            because="operators-pods",
            parts=parts,
            severity=NOTE,
        )
    if not home:
        return fault_at(item.node, ("spec", "selector"), "no-pods-here", severity=NOTE)
    return wrong_selector(item, ("spec", "selector"), selector, home)


def wrong_selector(
    item: Placed, path: Steps, selector: Selector, home: list[PodGroup], *, because: str = "selector-compares"
) -> Fault:
    """Return the fault of a selector that none of the Pods fits: what is nearest to it.

    Args:
        item: the object that has the selector.
        path: where its labels are: a plain map.
        selector: the selector.
        home: the Pods of its Namespace, at least one.
        because: why it matters; a slip of the hand has one of its own.
    """
    wanted = {part.key: part.values[0] for part in selector.requirements if part.operator == "="}
    best = max(home, key=lambda group: _closeness(selector, wanted, group.labels_for(selector)))
    labels = best.labels_for(selector)
    shared, near = _closeness(selector, wanted, labels)
    misspelt = is_slip(selector, labels)
    wrong = [key for key, value in wanted.items() if labels.get(key) != value]
    place, write = path, ""
    meant = shared or near or any(group.maker.name == item.obj.name for group in home)
    if len(wrong) == 1 and wrong[0] in labels and len(wanted) == len(selector.requirements):
        place = (*path, wrong[0])
    if (shared or near) and best.pod.labels:
        keys = [key for key in wanted if key in labels] or list(best.pod.labels)
        write = "\n".join(f"{key}: {labels[key]}" for key in keys if wanted.get(key) != labels[key])
    right = {key: labels[key] for key in wanted if key in labels} or dict(best.pod.labels)
    if misspelt and because == "selector-compares":
        because = "selector-misspelt"
    return fault_at(
        item.node,
        place,
        "selects-none" if shared or near else "fits-none",
        because=because,
        parts={**best.parts, "reason": selector.explain(labels).why_not},
        write=write,
        severity=WARNING if meant else NOTE,
        change=(path, right) if write else None,
    )


def _closeness(selector: Selector, wanted: dict[str, str], labels: dict[str, str]) -> tuple[int, bool]:
    """Return how many labels are as the selector wants them, and whether another one nearly is."""
    shared = sum(labels.get(key) == value for key, value in wanted.items())
    return shared, any(part.near for part in selector.explain(labels).parts)


def _beyond_the_last(item: Placed, service: Service, selected: list[PodGroup]) -> Fault | None:
    """Note a selector for a single Pod of a StatefulSet that does not make as many Pods."""
    name = service.selector.get(_POD_NAME, "")
    number = name.rpartition("-")[2]
    group = selected[0]
    if not number.isdecimal() or group.replicas is None:
        return None
    first = mapping(group.maker.spec.get("ordinals")).get("start", 0)
    if int(number) < group.replicas + (first if isinstance(first, int) else 0):
        return None
    parts = {**group.parts, "pod": name, "replicas": group.replicas}
    return fault_at(item.node, ("spec", "selector", _POD_NAME), "no-such-pod-yet", parts=parts, severity=NOTE)


# ---- ports


def _narrowed(service: Service, good: list[PodGroup], bad: list[PodGroup]) -> dict[str, str]:
    """Return a label that all Pods with the right port have and none of the others, {} if there is none.

    Args:
        service: the Service, whose selector has neither.
        good: the Pods that have the port.
        bad: those that do not.
    """
    if not good:
        return {}
    first = good[0].pod.labels
    for key, value in first.items():
        if key in service.selector:
            continue
        if all(group.pod.labels.get(key) == value for group in good) and not any(
            group.pod.labels.get(key) == value for group in bad
        ):
            return {key: value}
    return {}


def _of_several(
    item: Placed, port: ServicePort, good: list[PodGroup], bad: list[PodGroup], severity: str
) -> Fault | None:
    """Return the fault of a selector that finds Pods of several workloads, of which some have another port."""
    service = item.obj
    more = _narrowed(service, good, bad) if isinstance(service, Service) else {}
    if not more:
        return None
    parts = {**good[0].parts, "other_kind": bad[0].maker.kind, "other": bad[0].maker.name}
    parts["port"] = port.target_port
    path: Steps = ("spec", "selector")
    labels = {**mapping(value_at(item.obj.raw, path)), **more}
    write = "\n".join(f"{key}: {value}" for key, value in more.items())
    return fault_at(
        item.node,
        path,
        "selects-several",
        parts=parts,
        write=write,
        severity=severity,
        change=(path, labels),
    )


def _port_name_faults(
    item: Placed, path: Steps, port: ServicePort, good: list[PodGroup], bad: list[PodGroup]
) -> Iterator[Owned]:
    """Find a targetPort that names a port which Pods do not have."""
    group, target = bad[0], str(port.target_port)
    same = next((declared for declared in group.pod.ports if declared.name == target), None)
    names = sorted({declared.name for declared in group.pod.ports if declared.name})
    parts = {**group.parts, "port": target, "protocol": port.protocol, "names": named(names)}
    if same is not None:
        parts["other"], write = same.protocol, f"protocol: {same.protocol}"
        change = ((*path[:-1], "protocol"), same.protocol)
        yield (
            item,
            fault_at(
                item.node,
                path,
                "port-name-protocol",
                parts=parts,
                write=write,
                severity=WARNING,
                change=change,
            ),
        )
        return
    if good:
        # what works for some Pods must not be changed: the others need the name, or another selector
        unnamed = _unnamed_port(good[0], group, target)
        if unnamed is not None:
            parts = {**group.parts, "port": target, "service": item.obj.name}
            fault = fault_at(
                group.item.node,
                unnamed,
                "port-without-name",
                parts=parts,
                write=f"name: {target}",
                severity=WARNING,
                change=((*unnamed, "name"), target),
            )
            yield group.item, fault
            return
        several = _of_several(item, port, good, bad, WARNING)
        fault = several or fault_at(item.node, path, "no-port-of-name", parts=parts, severity=WARNING)
        yield item, fault
        return
    right: str | int = nearest(target, names)
    if not right and len(group.pod.ports) == 1:
        only = group.pod.ports[0]
        right = only.name or only.port
    write = f"targetPort: {right}" if right else ""
    change_ = ((*path[:-1], "targetPort"), right) if right else None
    yield (
        item,
        fault_at(
            item.node, path, "no-port-of-name", parts=parts, write=write, severity=WARNING, change=change_
        ),
    )


def _unnamed_port(good: PodGroup, bad: PodGroup, name: str) -> Steps | None:
    """Return where Pods declare without its name the port that other Pods declare with it, None if nowhere."""
    numbers = {(port.port, port.protocol) for port in good.pod.ports if port.name == name}
    for number, container in enumerate(
        mappings(mapping(value_at(bad.maker.raw, bad.path)).get("containers"))
    ):
        for at, port in enumerate(mappings(container.get("ports"))):
            if (port.get("containerPort"), text(port.get("protocol")) or "TCP") in numbers and not port.get(
                "name"
            ):
                return (*bad.path, "containers", number, "ports", at)
    return None


def _port_number_fault(
    item: Placed, path: Steps, port: ServicePort, good: list[PodGroup], bad: list[PodGroup]
) -> Fault:
    """Return the fault of a targetPort with a number that the Pods do not declare."""
    if good and (several := _of_several(item, port, good, bad, WARNING)) is not None:
        return several
    group = bad[0]
    others = [own for own in group.pod.ports if own.port == port.target_port]
    parts: dict[str, Any] = {**group.parts, "port": port.target_port, "protocol": port.protocol}
    write = ""
    change: Change | None = None
    if others:
        parts["other"] = others[0].protocol
        code, severity = "port-number-protocol", WARNING
        if not good:
            write = f"protocol: {others[0].protocol}"
            change = ((*path[:-1], "protocol"), others[0].protocol)
    else:
        # a declaration opens nothing, so this may be right
        code, severity = "port-not-declared", NOTE
        parts["numbers"] = named(str(own.port) for own in group.pod.ports)
        declared = [own for own in group.pod.ports if own.protocol == port.protocol]
        if len(declared) == 1 and not good:
            write = f"targetPort: {declared[0].port}"
            change = ((*path[:-1], "targetPort"), declared[0].port)
    return fault_at(item.node, path, code, parts=parts, write=write, severity=severity, change=change)


# ---- without a selector


def _without_selector(item: Placed, service: Service, source: Source) -> Iterator[Owned]:
    """Find a Service whose endpoints are to be written by hand and are not, or have another port name."""
    if service.name == "kubernetes" and service.namespace == "default":
        return  # the API server writes its endpoints itself
    by_hand = [*_by_hand(service, source)]
    if not by_hand:
        yield item, _no_selector(item)
        return
    names = {text(port.get("name")) for _other, _path, port in by_hand}
    for number, port in enumerate(service.ports):
        if port.name in names:
            continue
        other, path, _port = by_hand[0]
        right = {**mapping(value_at(other.obj.raw, path)), "name": port.name}
        parts = {"kind": other.obj.kind, "name": other.obj.name, "port": port.name}
        parts |= {"names": named(sorted(filter(None, names))), "service": service.name}
        sole = len(by_hand) == 1 and len(service.ports) == 1
        write = (f"name: {port.name}" if port.name else 'name: ""') if sole else ""
        fault = fault_at(
            other.node if sole else item.node,
            path if sole else ("spec", "ports", number),
            "endpoints-port-name",
            parts=parts,
            write=write,
            severity=WARNING,
            change=(path, right) if sole else None,
        )
        yield (other if sole else item), fault


def _by_hand(service: Service, source: Source) -> Iterator[tuple[Placed, Steps, Manifest]]:
    """Yield the ports of the endpoints that are written for a Service, each with its object and its place."""
    endpoints = source.named("Endpoints", service.namespace).get(service.name)
    if endpoints is not None:
        for number, subset in enumerate(mappings(endpoints.obj.raw.get("subsets"))):
            for at, port in enumerate(mappings(subset.get("ports"))):
                yield endpoints, ("subsets", number, "ports", at), port
    for item in source.named("EndpointSlice", service.namespace).values():
        if item.obj.labels.get("kubernetes.io/service-name") == service.name:
            for at, port in enumerate(mappings(item.obj.raw.get("ports"))):
                yield item, ("ports", at), port


def _no_selector(item: Placed) -> Fault:
    labels = item.obj.labels
    lines = [f"  {key}: {value}" for key, value in labels.items()] or ["  app: ..."]
    spot = find(item.node, ("spec",)) or Spot(None, item.node)
    write = "\n".join(["selector:", *lines])
    return fault_of(spot, "spec.selector", "no-selector", write=write, severity=NOTE)


# ---- another name


def _external_name_faults(item: Placed, service: Service) -> Iterator[Fault]:
    """Find an ExternalName that is an address, and ports that it is thought to translate.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#externalname
    """
    path: Steps = ("spec", "externalName")
    if _is_address(service.external_name):
        parts = {"name": service.external_name}
        yield fault_at(item.node, path, "external-name-is-an-address", parts=parts, severity=WARNING)
    for number, port in enumerate(service.ports):
        if port.target_port != port.port:
            parts = {"port": str(port.target_port)}
            place: Steps = ("spec", "ports", number, "targetPort")
            yield fault_at(item.node, place, "external-name-maps-no-ports", parts=parts, severity=NOTE)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def serves(service: KubeObject, group: PodGroup) -> bool:
    """Whether a Service selects these Pods."""
    return (
        isinstance(service, Service)
        and bool(service.selector)
        and service.namespace == group.pod.namespace
        and group.fits(Selector.from_stored_map(service.selector))
    )
