"""`kubectl describe ingress`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page, joined
from k8snotes.kubectl.describe.service import addresses_behind, slices_of


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about an Ingress.

    Each path is shown with the Service behind it and that Service's addresses, or with the error that
    there is no such Service.

    Source of the rule: `IngressDescriber` of k8s.io/kubectl/pkg/describe.
    """
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
        hosts, secret = joined(entry.get("hosts")), text(entry.get("secretName"))
        page.write(1, f"{secret} terminates {hosts}\n" if secret else f"SNI routes {hosts}\n")
    page.write(0, "Rules:\n  Host\tPath\tBackends\n")
    page.write(1, "----\t----\t--------\n")
    rules = [rule for rule in mappings(spec.get("rules")) if rule.get("http")]
    for rule in rules:
        page.write(1, f"{text(rule.get('host')) or '*'}\t\n")
        for path in mappings(mapping(rule["http"]).get("paths")):
            target = _backend(page, obj, mapping(path.get("backend")))
            page.write(2, f"\t{text(path.get('path'))} \t{target}\n")
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
    place = f"{name}:{text(port.get('number') or port.get('name'))}"
    service = page.api.store.get(("services", obj.namespace, name))
    if service is None:
        return f'{place} (<error: services "{name}" not found>)'
    port_name = next(
        (
            text(item.get("name"))
            for item in mappings(service.spec.get("ports"))
            if port.get("number") == item.get("port")
            or (port.get("name") and port["name"] == item.get("name"))
        ),
        "",
    )
    return f"{place} ({addresses_behind(slices_of(page, obj.namespace, name), port_name)})"
