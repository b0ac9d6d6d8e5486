"""`kubectl describe networkpolicy`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.label_selector import format_label_selector
from k8snotes.kubectl.describe.page import Page, joined, or_none


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a NetworkPolicy.

    For each direction it says whether traffic is allowed, and from whom or to whom.

    Source of the rule: `NetworkPolicyDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec = obj.spec
    page.head(obj)
    stamp = text(obj.metadata.get("creationTimestamp")).replace("T", " ").replace("Z", " +0000 UTC")
    page.line("Created on", stamp)
    page.labels_and_annotations(obj)
    page.write(0, "Spec:\n")
    selector = mapping(spec.get("podSelector"))
    pods = format_label_selector(selector)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        pods = "<none> (Allowing the specific traffic to all pods in this namespace)"
    page.write(1, f"PodSelector:     {pods}\n")
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
                page.write(4, f"Except: {joined(block.get('except'), ', ')}\n")
