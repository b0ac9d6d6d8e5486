"""Selectors of Pods and Services in other kinds: budgets, network policies, and the monitors of the Prometheus operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import named
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.services import serves, wrong_selector
from k8snotes.doctor.rules.source import Placed, PodGroup, Source, is_slip, near_name, selector_at
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.doctor.text.paths import Steps, value_at

__all__ = ["selection_faults"]

_DNS = 53


def selection_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Yield selectors that find nothing, and what budgets and policies do to the Pods that they find.

    Args:
        item: a PodDisruptionBudget, NetworkPolicy, ServiceMonitor or PodMonitor; others have none of these.
        source: all objects.
    """
    if item.obj.kind == "PodDisruptionBudget":
        yield from _budget_faults(item, source)
    elif item.obj.kind == "NetworkPolicy":
        yield from _policy_faults(item, source)
    elif item.obj.kind in ("ServiceMonitor", "PodMonitor"):
        yield from _monitor_faults(item, source)


def _fits_none(item: Placed, path: Steps, source: Source, because: str) -> Iterator[Fault]:
    """Find a selector that asks for something, and that none of the Pods of the Namespace fits.

    Args:
        item: the object.
        path: where its LabelSelector object is.
        source: all objects.
        because: what follows from it.
    """
    selector = selector_at(item.obj, path)
    home = source.pods(item.obj.namespace)
    if selector is None or not selector.requirements or not home:
        return
    if any(group.fits(selector) for group in home):
        return
    slip = any(is_slip(selector, group.labels_for(selector)) for group in home)
    if slip:
        yield wrong_selector(item, (*path, "matchLabels"), selector, home, because=because)
        return
    parts = {"selector": str(selector), "namespace": item.obj.namespace}
    other = next((group for group in source.everywhere() if group.fits(selector)), None)
    if other is not None:
        parts |= other.parts | {"home": other.maker.namespace}
        yield fault_at(
            item.node, path, "selects-pods-elsewhere", because=because, parts=parts, severity=WARNING
        )
    else:
        yield fault_at(item.node, path, "selects-no-pods-here", because=because, parts=parts, severity=NOTE)


def _selected(item: Placed, path: Steps, source: Source) -> list[PodGroup]:
    selector = selector_at(item.obj, path)
    if selector is None:
        return []
    return [group for group in source.pods(item.obj.namespace) if group.fits(selector)]


# ---- PodDisruptionBudget


def _budget_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Find a budget that protects no Pod, or that allows no Pod to be evicted.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    path: Steps = ("spec", "selector")
    yield from _fits_none(item, path, source, "budget-protects-none")
    groups = _selected(item, path, source)
    counts = [_most(group, source) for group in groups]
    if not groups or None in counts:
        return
    total = sum(count for count in counts if count is not None)
    for field in ("minAvailable", "maxUnavailable"):
        value = item.obj.spec.get(field)
        if value is not None and _allows_none(field, value, total):
            parts = {**groups[0].parts, "field": field, "value": value, "replicas": total}
            yield fault_at(item.node, ("spec", field), "budget-allows-none", parts=parts, severity=WARNING)


def _most(group: PodGroup, source: Source) -> int | None:
    """Return how many Pods there may be: what an autoscaler adds counts; None where that is not known."""
    number = group.replicas
    if number is None:
        return None
    for other in source.named("HorizontalPodAutoscaler", group.maker.namespace).values():
        target = mapping(other.obj.spec.get("scaleTargetRef"))
        if (target.get("kind"), target.get("name")) == (group.maker.kind, group.maker.name):
            least = other.obj.spec.get("minReplicas", 1)
            number = max(number, least if isinstance(least, int) else 1)
    return number


def _allows_none(field: str, value: Any, total: int) -> bool:
    """Whether no Pod may be evicted; a share of Pods is rounded up.

    >>> _allows_none("minAvailable", 1, 1), _allows_none("minAvailable", "50%", 2), _allows_none("maxUnavailable", 0, 3)
    (True, False, True)
    """
    if isinstance(value, str):
        digits = value.removesuffix("%")
        if not digits.isdecimal():
            return False
        value = -(-int(digits) * total // 100)
    if not isinstance(value, int):
        return False
    return total > 0 and (value >= total if field == "minAvailable" else value == 0)


# ---- NetworkPolicy


def _policy_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Find a policy for no Pods, peers that are no Pods, ports that Pods do not have, and DNS that is forgotten.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """
    yield from _fits_none(item, ("spec", "podSelector"), source, "policy-isolates-none")
    own = _selected(item, ("spec", "podSelector"), source)
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(mappings(item.obj.spec.get(direction))):
            here: Steps = ("spec", direction, number)
            peers = mappings(rule.get(side))
            for at, peer in enumerate(peers):
                yield from _peer_faults(item, (*here, side, at), peer, source)
            groups = own if direction == "ingress" else _peers(item, here, peers, source)
            for at, port in enumerate(mappings(rule.get("ports"))):
                yield from _policy_port_faults(item, (*here, "ports", at), port, groups, source)
    if _forgets_dns(item, source):
        yield fault_at(item.node, ("spec", "egress"), "egress-without-dns", severity=NOTE)


def _peer_faults(item: Placed, path: Steps, peer: Manifest, source: Source) -> Iterator[Fault]:
    if "namespaceSelector" not in peer:
        yield from _fits_none(item, (*path, "podSelector"), source, "policy-peers-none")
        return
    place = (*path, "namespaceSelector", "matchLabels")
    labels = mapping(value_at(item.obj.raw, place))
    if set(labels) == {"name"} and not any(
        other.obj.labels.get("name") == labels["name"] for other in source.named("Namespace").values()
    ):
        parts = {"namespace": labels["name"]}
        right = {"kubernetes.io/metadata.name": labels["name"]}
        yield fault_at(
            item.node,
            (*place, "name"),
            "namespace-label-name",
            parts=parts,
            write=f"kubernetes.io/metadata.name: {labels['name']}",
            severity=NOTE,
            change=(place, right),
        )


def _peers(item: Placed, here: Steps, peers: list[Manifest], source: Source) -> list[PodGroup]:
    """Return the Pods to which a rule lets packets go, if it names Pods of the policy's own Namespace alone."""
    if not peers or any("podSelector" not in peer or "namespaceSelector" in peer for peer in peers):
        return []
    return [
        group
        for at in range(len(peers))
        for group in _selected(item, (*here, "to", at, "podSelector"), source)
    ]


def _policy_port_faults(
    item: Placed, path: Steps, port: Manifest, groups: list[PodGroup], source: Source
) -> Iterator[Fault]:
    """Find a port of a policy that is the Service's and not the Pods': policies see the port of the Pod."""
    number, protocol = port.get("port"), text(port.get("protocol")) or "TCP"
    if isinstance(number, bool) or not isinstance(number, int) or "endPort" in port or not groups:
        return
    if any(not group.declared or (number, protocol) in group.declared for group in groups):
        return
    group = groups[0]
    declared = named(str(own.port) for own in group.pod.ports)
    parts: dict[str, Any] = {**group.parts, "port": number, "numbers": declared}
    for other in source.named("Service", item.obj.namespace).values():
        service = other.obj
        if not isinstance(service, Service) or not serves(service, group):
            continue
        for own in service.ports:
            right = target_of(own, group.pod)
            if own.port == number and right is not None and right != number:
                parts |= {"service": service.name, "right": right}
                yield fault_at(
                    item.node,
                    (*path, "port"),
                    "policy-port-of-service",
                    parts=parts,
                    write=f"port: {right}",
                    severity=WARNING,
                    change=((*path, "port"), right),
                )
                return
    yield fault_at(item.node, (*path, "port"), "policy-port-not-declared", parts=parts, severity=NOTE)


def _forgets_dns(item: Placed, source: Source) -> bool:
    """Whether a policy lets Pods reach other Pods, and no policy of the source lets anything ask a DNS server."""
    rules = mappings(item.obj.spec.get("egress"))
    named = [
        peer
        for rule in rules
        for peer in mappings(rule.get("to"))
        if "podSelector" in peer or "namespaceSelector" in peer
    ]
    if not named:
        return False
    others = source.named("NetworkPolicy", item.obj.namespace).values()
    return not any(_lets_dns_out(rule) for other in others for rule in mappings(other.obj.spec.get("egress")))


def _lets_dns_out(rule: Manifest) -> bool:
    ports = mappings(rule.get("ports"))
    if not ports:
        return not rule.get("to") or any("podSelector" not in peer for peer in mappings(rule.get("to")))
    return any(port.get("port") in (_DNS, "dns", "dns-tcp", None) for port in ports)


# ---- the monitors of the Prometheus operator


def _monitor_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Find a monitor that finds no Service or Pod, or that asks for a port which these do not have."""
    selector = selector_at(item.obj, ("spec", "selector"))
    if selector is None:
        return
    homes = _monitored_namespaces(item)
    services = item.obj.kind == "ServiceMonitor"
    there: list[tuple[str, dict[str, str], set[str]]] = []
    for home in homes:
        if services:
            there += [
                (other.obj.name, other.obj.labels, {port.name for port in other.obj.ports})
                for other in source.named("Service", home).values()
                if isinstance(other.obj, Service)
            ]
        else:
            there += [
                (group.maker.name, group.labels_for(selector), {port.name for port in group.pod.ports})
                for group in source.pods(home)
            ]
    if not there:
        return
    found = [names for _name, labels, names in there if selector.matches(labels)]
    if not found:
        kind = "Service" if services else "Pod"
        parts = {"selector": str(selector), "kind": kind}
        yield fault_at(item.node, ("spec", "selector"), "monitors-none", parts=parts, severity=NOTE)
        return
    names = sorted(set().union(*found) - {""})
    field = "endpoints" if services else "podMetricsEndpoints"
    for number, endpoint in enumerate(mappings(item.obj.spec.get(field))):
        port = text(endpoint.get("port"))
        near = near_name(port, names) if port and port not in names else ""
        if near:
            path: Steps = ("spec", field, number, "port")
            parts = {"port": port, "names": named(names)}
            yield fault_at(
                item.node,
                path,
                "monitors-no-port",
                parts=parts,
                write=f"port: {near}",
                severity=WARNING,
                change=(path, near),
            )


def _monitored_namespaces(item: Placed) -> list[str]:
    chosen = mapping(item.obj.spec.get("namespaceSelector"))
    names = [text(name) for name in sequence(chosen.get("matchNames"))]
    return [] if chosen.get("any") is True else names or [item.obj.namespace]
