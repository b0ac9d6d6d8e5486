"""`kubectl describe endpointslice`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page, joined


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about an EndpointSlice.

    Each address is shown with its conditions, its Pod and its Node, as kube-proxy reads them.

    Source of the rule: `EndpointSliceDescriber` of k8s.io/kubectl/pkg/describe.
    """
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
        shown = "<unset>" if number is None else number
        page.write(1, f"{text(port.get('name')) or '<unset>'}\t{shown}\t{text(port.get('protocol'))}\n")
    entries = mappings(obj.raw.get("endpoints"))
    page.write(0, "Endpoints:\n" if entries else "Endpoints: <none>\n")
    for entry in entries:
        page.line("- Addresses", joined(entry.get("addresses"), ", ") or "<none>", 1)
        page.write(2, "Conditions:\n")
        page.line("Ready", text(mapping(entry.get("conditions")).get("ready")) or "<unset>", 3)
        page.line("Hostname", text(entry.get("hostname")) or "<unset>", 2)
        target = mapping(entry.get("targetRef"))
        if target:
            page.line("TargetRef", f"{text(target.get('kind'))}/{text(target.get('name'))}", 2)
        page.line("NodeName", text(entry.get("nodeName")) or "<unset>", 2)
        page.line("Zone", text(entry.get("zone")) or "<unset>", 2)
    page.events(obj)
