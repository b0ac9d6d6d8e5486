"""Service: what `kubectl get services` prints."""

from __future__ import annotations

from k8snotes.api.base import sequence, text
from k8snotes.api.kinds.service import Service
from k8snotes.facts.columns.cells import NONE, Row, pairs

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE")
WIDE = (*NAMES, "SELECTOR")


def row(service: Service) -> Row:
    """Return the cells of a Service; EXTERNAL-IP is "<pending>" while a load balancer is waited for."""
    ports = ",".join(
        f"{port.port}:{port.node_port}/{port.protocol}" if port.node_port else f"{port.port}/{port.protocol}"
        for port in service.ports
    )
    external = ",".join([*service.load_balancer_ips, *map(text, sequence(service.spec.get("externalIPs")))])
    if service.type == "LoadBalancer":
        external = external or "<pending>"
    return {
        "TYPE": service.type,
        "CLUSTER-IP": service.cluster_ip or NONE,
        "EXTERNAL-IP": service.external_name if service.type == "ExternalName" else external or NONE,
        "PORT(S)": ports or NONE,
        "SELECTOR": pairs(service.selector),
    }
