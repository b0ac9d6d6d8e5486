"""The URL by which an application is to be reached, held against the ports of its Services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import mappings, text
from k8snotes.doctor.findings import WARNING
from k8snotes.doctor.rules.source import Placed
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.doctor.text.paths import Steps

__all__ = ["url_faults", "url_port"]

_OPEN_ON_NODES = ("NodePort", "LoadBalancer")


def url_port(url: str) -> int | None:
    """Return the port in a URL, its scheme's where it names none, None if it has neither.

    >>> url_port("http://<NodeIP>:31002/x"), url_port("node-1:31002"), url_port("https://shop"), url_port("x")
    (31002, 31002, 443, None)
    """
    match = re.match(r"\s*(?:(\w+)://)?(\[[^\]]*\]|[^/:]*)(?::(\d{1,5}))?", url)
    if match is None:
        return None
    if match[3]:
        return int(match[3])
    return {"http": 80, "https": 443}.get((match[1] or "").lower())


def url_faults(url: str, services: list[Placed]) -> Iterator[tuple[Placed, Fault]]:
    """Find the Service that should open the port of a URL, and does not: one finding at most.

    Args:
        url: how the application is to be reached.
        services: the Services of the source.
    """
    port = url_port(url)
    opened = [
        (item, number, text(item.obj.spec.get("type")) in _OPEN_ON_NODES, entry)
        for item in services
        for number, entry in enumerate(mappings(item.obj.spec.get("ports")))
    ]
    node_ports = {entry.get("nodePort") for _, _, on_nodes, entry in opened if on_nodes}
    if port is None or port in node_ports or not services or _names_a_service(url, services):
        return
    parts: dict[str, Any] = {"url": url.strip()[:80], "port": port}
    for item, number, on_nodes, entry in opened:
        given = entry.get("nodePort")
        if on_nodes and given:
            path: Steps = ("spec", "ports", number, "nodePort")
            parts |= {"given": given, "right_url": url.strip().replace(str(port), str(given))}
            yield item, fault_at(item.node, path, "url-port-differs", parts=parts, severity=WARNING)
            return
    for item, number, on_nodes, entry in opened:
        path = ("spec", "ports", number)
        if on_nodes:
            write, change = f"nodePort: {port}", ((*path, "nodePort"), port)
            fault = fault_at(
                item.node,
                path,
                "node-port-not-known",
                parts=parts,
                write=write,
                severity=WARNING,
                change=change,
            )
            yield item, fault
            return
        if entry.get("port") == port:
            yield (
                item,
                fault_at(
                    item.node,
                    path,
                    "only-on-cluster-ip",
                    parts=parts,
                    write="type: NodePort",
                    severity=WARNING,
                    change=(("spec", "type"), "NodePort"),
                ),
            )
            return
    item = services[0]
    yield item, fault_at(item.node, ("spec", "ports"), "url-port-unopened", parts=parts, severity=WARNING)


def _names_a_service(url: str, services: list[Placed]) -> bool:
    """Whether the host of a URL is the DNS name of one of the Services: then it is asked from within."""
    host = re.match(r"\s*(?:\w+://)?([^/:]*)", url)
    names = {item.obj.name for item in services}
    names |= {f"{item.obj.name}.{item.obj.namespace}" for item in services}
    return host is not None and host[1].partition(".svc")[0] in names
