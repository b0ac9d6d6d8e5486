"""`kubectl describe` of what leads to Pods: Services, their endpoints, Ingresses, network policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.label_selector import format_label_selector
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page, or_none

__all__ = ["endpoint_slice", "endpoints", "ingress", "network_policy", "service"]

_SHOWN = 3


def service(page: Page, obj: KubeObject) -> None:
    """Write all about a Service, and which addresses stand behind each of its ports.

    Source of the rule: `describeService` of k8s.io/kubectl/pkg/describe.
    """
    spec = obj.spec
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("Selector", pairs(mapping(spec.get("selector"))))
    page.line("Type", text(spec.get("type")))
    if spec.get("ipFamilyPolicy"):
        page.line("IP Family Policy", text(spec["ipFamilyPolicy"]))
    page.line("IP Families", _joined(spec.get("ipFamilies")) or "<none>")
    page.line("IP", text(spec.get("clusterIP")))
    page.line("IPs", _joined(spec.get("clusterIPs")) or "<none>")
    for title, said in (
        ("External IPs", _joined(spec.get("externalIPs"))),
        ("Desired LoadBalancer IP", text(spec.get("loadBalancerIP"))),
        ("External Name", text(spec.get("externalName"))),
        ("LoadBalancer Ingress", _balancers(obj)),
    ):
        if said:
            page.line(title, said)
    slices = [
        item
        for item in page.api.list("endpointslices", obj.namespace)
        if item.labels.get("kubernetes.io/service-name") == obj.name
    ]
    for port in mappings(spec.get("ports")):
        _port(page, port, slices)
    page.line("Session Affinity", text(spec.get("sessionAffinity")))
    for title, said in (
        ("External Traffic Policy", text(spec.get("externalTrafficPolicy"))),
        ("Internal Traffic Policy", text(spec.get("internalTrafficPolicy"))),
        ("HealthCheck NodePort", text(spec.get("healthCheckNodePort") or "")),
        ("LoadBalancer Source Ranges", _joined(spec.get("loadBalancerSourceRanges"))),
        ("Traffic Distribution", text(spec.get("trafficDistribution"))),
    ):
        if said:
            page.line(title, said)
    page.events(obj)


def _port(page: Page, port: Mapping[str, Any], slices: Sequence[KubeObject]) -> None:
    name = text(port.get("name"))
    protocol = text(port.get("protocol")) or "TCP"
    page.line("Port", f"{name or '<unset>'}\t{port.get('port')}/{protocol}")
    page.line("TargetPort", f"{text(port.get('targetPort')) or 0}/{protocol}")
    if port.get("appProtocol") is not None:
        page.line("AppProtocol", text(port["appProtocol"]))
    if port.get("nodePort"):
        page.line("NodePort", f"{name or '<unset>'}\t{port['nodePort']}/{protocol}")
    page.line("Endpoints", addresses_behind(slices, name))


def addresses_behind(slices: Sequence[KubeObject], port_name: str) -> str:
    """Return the ready addresses of a port, the first three and how many more; "<none>" without slices."""
    if not slices:
        return "<none>"
    found = []
    for item in slices:
        ready = [
            text(sequence(entry.get("addresses"))[0])
            for entry in mappings(item.raw.get("endpoints"))
            if sequence(entry.get("addresses")) and mapping(entry.get("conditions")).get("ready") is not False
        ]
        ports = mappings(item.raw.get("ports"))
        if not ports:
            found += ready
        for port in ports:
            if text(port.get("name")) == port_name:
                found += [
                    f"[{ip}]:{port.get('port')}" if ":" in ip else f"{ip}:{port.get('port')}" for ip in ready
                ]
    more = f" + {len(found) - _SHOWN} more..." if len(found) > _SHOWN else ""
    return ",".join(found[:_SHOWN]) + more


def _balancers(obj: KubeObject) -> str:
    said = []
    for entry in mappings(mapping(obj.status.get("loadBalancer")).get("ingress")):
        mode = f" ({text(entry['ipMode'])})" if entry.get("ipMode") else ""
        said.append(f"{text(entry['ip'])}{mode}" if entry.get("ip") else text(entry.get("hostname")))
    return ", ".join(said)


def _joined(values: Any, between: str = ",") -> str:
    return between.join(map(text, sequence(values)))


def endpoints(page: Page, obj: KubeObject) -> None:
    """Write all about an Endpoints object."""
    page.head(obj)
    page.labels_and_annotations(obj)
    page.write(0, "Subsets:\n")
    for subset in mappings(obj.raw.get("subsets")):
        for title, field in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            page.line(
                title, or_none(",".join(text(item.get("ip")) for item in mappings(subset.get(field)))), 1
            )
        ports = mappings(subset.get("ports"))
        if ports:
            page.write(1, "Ports:\n")
            page.write(2, "Name\tPort\tProtocol\n")
            page.write(2, "----\t----\t--------\n")
        for port in ports:
            name, protocol = text(port.get("name")) or "<unset>", text(port.get("protocol"))
            page.write(2, f"{name}\t{port.get('port')}\t{protocol}\n")
        page.write(0, "\n")
    page.events(obj)


def endpoint_slice(page: Page, obj: KubeObject) -> None:
    """Write all about an EndpointSlice."""
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("AddressType", text(obj.raw.get("addressType")))
    ports = mappings(obj.raw.get("ports"))
    if ports:
        page.write(0, "Ports:\n")
        page.write(1, "Name\tPort\tProtocol\n")
        page.write(1, "----\t----\t--------\n")
    else:
        page.write(0, "Ports: <unset>\n")
    for port in ports:
        number = port.get("port")
        said = "<unset>" if number is None else number
        page.write(1, f"{text(port.get('name')) or '<unset>'}\t{said}\t{text(port.get('protocol'))}\n")
    found = mappings(obj.raw.get("endpoints"))
    page.write(0, "Endpoints:\n" if found else "Endpoints: <none>\n")
    for entry in found:
        page.line("- Addresses", _joined(entry.get("addresses"), ", ") or "<none>", 1)
        page.write(2, "Conditions:\n")
        page.line("Ready", text(mapping(entry.get("conditions")).get("ready")) or "<unset>", 3)
        page.line("Hostname", text(entry.get("hostname")) or "<unset>", 2)
        target = mapping(entry.get("targetRef"))
        if target:
            page.line("TargetRef", f"{text(target.get('kind'))}/{text(target.get('name'))}", 2)
        page.line("NodeName", text(entry.get("nodeName")) or "<unset>", 2)
        page.line("Zone", text(entry.get("zone")) or "<unset>", 2)
    page.events(obj)


def ingress(page: Page, obj: KubeObject) -> None:
    """Write all about an Ingress."""
    spec = obj.spec
    page.line("Name", obj.name)
    page.labels("Labels", obj.labels)
    page.line("Namespace", obj.namespace)
    balancers = mappings(mapping(obj.status.get("loadBalancer")).get("ingress"))
    page.line(
        "Address", ",".join(sorted({text(item.get("ip") or item.get("hostname")) for item in balancers}))
    )
    page.line("Ingress Class", text(spec.get("ingressClassName")) or "<none>")
    default = spec.get("defaultBackend")
    backend = _backend(page, obj, mapping(default)) if default else "<default>"
    page.line("Default backend", backend)
    if spec.get("tls"):
        page.write(0, "TLS:\n")
    for entry in mappings(spec.get("tls")):
        hosts, secret = _joined(entry.get("hosts")), text(entry.get("secretName"))
        page.write(1, f"{secret} terminates {hosts}\n" if secret else f"SNI routes {hosts}\n")
    page.write(0, "Rules:\n  Host\tPath\tBackends\n")
    page.write(1, "----\t----\t--------\n")
    rules = [rule for rule in mappings(spec.get("rules")) if rule.get("http")]
    for rule in rules:
        page.write(1, f"{text(rule.get('host')) or '*'}\t\n")
        for path in mappings(mapping(rule["http"]).get("paths")):
            said = _backend(page, obj, mapping(path.get("backend")))
            page.write(2, f"\t{text(path.get('path'))} \t{said}\n")
    if not rules:
        page.write(1, f"*\t*\t{backend}\n")
    page.annotations("Annotations", obj.annotations)
    page.events(obj)


def _backend(page: Page, obj: KubeObject, backend: Mapping[str, Any]) -> str:
    if "service" not in backend:
        other = mapping(backend.get("resource"))
        group = text(other.get("apiGroup")) or "<none>"
        kind, name = text(other.get("kind")), text(other.get("name"))
        return f"APIGroup: {group}, Kind: {kind}, Name: {name}" if other else ""
    named = mapping(backend["service"])
    port, name = mapping(named.get("port")), text(named.get("name"))
    said = f"{name}:{text(port.get('number') or port.get('name'))}"
    found = page.api.store.get(("services", obj.namespace, name))
    if found is None:
        return f'{said} (<error: services "{name}" not found>)'
    port_name = next(
        (
            text(item.get("name"))
            for item in mappings(found.spec.get("ports"))
            if port.get("number") == item.get("port")
            or (port.get("name") and port["name"] == item.get("name"))
        ),
        "",
    )
    slices = [
        item
        for item in page.api.list("endpointslices", obj.namespace)
        if item.labels.get("kubernetes.io/service-name") == name
    ]
    return f"{said} ({addresses_behind(slices, port_name)})"


def network_policy(page: Page, obj: KubeObject) -> None:
    """Write all about a NetworkPolicy."""
    spec = obj.spec
    page.head(obj)
    stamp = text(obj.metadata.get("creationTimestamp")).replace("T", " ").replace("Z", " +0000 UTC")
    page.line("Created on", stamp)
    page.labels_and_annotations(obj)
    page.write(0, "Spec:\n")
    selector = mapping(spec.get("podSelector"))
    said = format_label_selector(selector)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        said = "<none> (Allowing the specific traffic to all pods in this namespace)"
    page.write(1, f"PodSelector:     {said}\n")
    kinds = [text(kind) for kind in sequence(spec.get("policyTypes"))]
    for kind, field, side, title in (
        ("Ingress", "ingress", "from", "From"),
        ("Egress", "egress", "to", "To"),
    ):
        if kind in kinds:
            page.write(1, f"Allowing {field} traffic:\n")
            _rules(page, mappings(spec.get(field)), side, title, field)
        else:
            page.write(1, f"Not affecting {field} traffic\n")
    page.write(1, f"Policy Types: {or_none(', '.join(kinds))}\n")


def _rules(page: Page, rules: Sequence[Mapping[str, Any]], side: str, title: str, field: str) -> None:
    if not rules:
        page.write(2, f"<none> (Selected pods are isolated for {field} connectivity)\n")
    for number, rule in enumerate(rules):
        if number:
            page.write(2, "----------\n")
        ports = mappings(rule.get("ports"))
        if not ports:
            page.write(2, "To Port: <any> (traffic allowed to all ports)\n")
        for port in ports:
            protocol = text(port.get("protocol")) or "TCP"
            last = port.get("endPort")
            shown = text(port.get("port")) or "<nil>"
            if last is None:
                page.write(2, f"To Port: {shown}/{protocol}\n")
            else:
                page.write(2, f"To Port Range: {shown}-{last}/{protocol}\n")
        peers = mappings(rule.get(side))
        if not peers:
            what = "source" if side == "from" else "destination"
            page.write(2, f"{title}: <any> (traffic not restricted by {what})\n")
        for peer in peers:
            page.write(2, f"{title}:\n")
            for name in ("namespaceSelector", "podSelector"):
                if name in peer:
                    shown = format_label_selector(mapping(peer[name]))
                    page.write(3, f"{name[0].upper() + name[1:]}: {shown}\n")
            if "ipBlock" in peer:
                block = mapping(peer["ipBlock"])
                page.write(3, "IPBlock:\n")
                page.write(4, f"CIDR: {text(block.get('cidr'))}\n")
                page.write(4, f"Except: {_joined(block.get('except'), ', ')}\n")
