"""`kubectl describe service`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page, joined

__all__ = ["addresses_behind", "describe", "slices_of"]

_SHOWN = 3  # addresses of a port that are named


def describe(page: Page, obj: KubeObject) -> None:
    """Write the details of a Service, with the addresses behind each of its ports.

    Source of the rule: `describeService` of k8s.io/kubectl/pkg/describe.
    """
    spec = obj.spec
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("Selector", pairs(mapping(spec.get("selector"))))
    page.line("Type", text(spec.get("type")))
    if spec.get("ipFamilyPolicy"):
        page.line("IP Family Policy", text(spec["ipFamilyPolicy"]))
    page.line("IP Families", joined(spec.get("ipFamilies")) or "<none>")
    page.line("IP", text(spec.get("clusterIP")))
    page.line("IPs", joined(spec.get("clusterIPs")) or "<none>")
    for title, value in (
        ("External IPs", joined(spec.get("externalIPs"))),
        ("Desired LoadBalancer IP", text(spec.get("loadBalancerIP"))),
        ("External Name", text(spec.get("externalName"))),
        ("LoadBalancer Ingress", _balancers(obj)),
    ):
        if value:
            page.line(title, value)
    slices = slices_of(page, obj.namespace, obj.name)
    for port in mappings(spec.get("ports")):
        _port(page, port, slices)
    page.line("Session Affinity", text(spec.get("sessionAffinity")))
    for title, value in (
        ("External Traffic Policy", text(spec.get("externalTrafficPolicy"))),
        ("Internal Traffic Policy", text(spec.get("internalTrafficPolicy"))),
        ("HealthCheck NodePort", text(spec.get("healthCheckNodePort") or "")),
        ("LoadBalancer Source Ranges", joined(spec.get("loadBalancerSourceRanges"))),
        ("Traffic Distribution", text(spec.get("trafficDistribution"))),
    ):
        if value:
            page.line(title, value)
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


def slices_of(page: Page, namespace: str, name: str) -> list[KubeObject]:
    """Return the EndpointSlices of a Service."""
    return [
        item
        for item in page.api.list("endpointslices", namespace)
        if item.labels.get("kubernetes.io/service-name") == name
    ]


def addresses_behind(slices: Sequence[KubeObject], port_name: str) -> str:
    """Return the ready addresses of a port, the first three and how many more; "<none>" without slices.

    Args:
        slices: the EndpointSlices of a Service.
        port_name: the name of one of its ports; "" for a port without one.

    Source of the rule: `formatEndpointSlices` of k8s.io/kubectl/pkg/describe.
    """
    if not slices:
        return "<none>"
    addresses = []
    for item in slices:
        ready = [
            text(sequence(entry.get("addresses"))[0])
            for entry in mappings(item.raw.get("endpoints"))
            if sequence(entry.get("addresses")) and mapping(entry.get("conditions")).get("ready") is not False
        ]
        ports = mappings(item.raw.get("ports"))
        if not ports:
            addresses += ready
        for port in ports:
            if text(port.get("name")) == port_name:
                addresses += [
                    f"[{ip}]:{port.get('port')}" if ":" in ip else f"{ip}:{port.get('port')}" for ip in ready
                ]
    more = f" + {len(addresses) - _SHOWN} more..." if len(addresses) > _SHOWN else ""
    return ",".join(addresses[:_SHOWN]) + more


def _balancers(obj: KubeObject) -> str:
    balancers = []
    for entry in mappings(mapping(obj.status.get("loadBalancer")).get("ingress")):
        mode = f" ({text(entry['ipMode'])})" if entry.get("ipMode") else ""
        balancers.append(f"{text(entry['ip'])}{mode}" if entry.get("ip") else text(entry.get("hostname")))
    return ", ".join(balancers)
