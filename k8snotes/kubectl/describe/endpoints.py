"""`kubectl describe endpoints`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.kubectl.describe.page import Page, or_none


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about an Endpoints object.

    Ready addresses and addresses that are not ready are in separate lists, a pair for each set of
    ports.

    Source of the rule: `EndpointsDescriber` of k8s.io/kubectl/pkg/describe.
    """
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
