"""Ingress: what `kubectl get ingresses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.facts.columns.cells import NONE, Row, first_few

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE")


def row(ingress: KubeObject) -> Row:
    """Return the cells of an Ingress; HOSTS is "*" where its rules name none."""
    hosts = [text(rule.get("host")) for rule in mappings(ingress.spec.get("rules"))]
    balancers = mappings(mapping(ingress.status.get("loadBalancer")).get("ingress"))
    return {
        "CLASS": text(ingress.spec.get("ingressClassName")) or NONE,
        "HOSTS": first_few([host for host in hosts if host]) or "*",
        "ADDRESS": ",".join(sorted({text(item.get("ip") or item.get("hostname")) for item in balancers})),
        "PORTS": "80, 443" if ingress.spec.get("tls") else "80",
    }
