"""The addresses that a Node has: those of its cards, and that of the bridge towards its own Pods."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.node import Node

__all__ = ["all_node_ips", "bridge_ip", "is_ipv4", "node_ip", "node_ips"]


def is_ipv4(ip: str) -> bool:
    """Whether text is an IPv4 address.

    >>> is_ipv4("10.96.0.1"), is_ipv4("10.96.0.256"), is_ipv4("web")
    (True, False, False)
    """
    try:
        IPv4Address(ip)
    except AddressValueError:
        return False
    return True


def node_ips(node: Node) -> tuple[str, ...]:
    """Return the IPv4 addresses that a Node's status tells, in its order."""
    ips = (text(item.get("address")) for item in mappings(node.status.get("addresses")))
    return tuple(dict.fromkeys(ip for ip in ips if is_ipv4(ip)))


def node_ip(node: Node) -> str:
    """Return a Node's IPv4 address, the internal one if there is one; "" if it has none.

    >>> addresses = [{"type": "Hostname", "address": "node-1"}, {"type": "InternalIP", "address": "192.168.0.11"}]
    >>> node_ip(Node({"metadata": {"name": "node-1"}, "status": {"addresses": addresses}}))
    '192.168.0.11'
    """
    return node.ip if is_ipv4(node.ip) else next(iter(node_ips(node)), "")


def bridge_ip(node: Node) -> str:
    """Return the address of a Node towards its own Pods: the first of its podCIDR, "" if it has none.

    >>> bridge_ip(Node({"metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.244.1.0/24"}}))
    '10.244.1.1'
    """
    return _first_of(node.pod_cidr)


@lru_cache(maxsize=4096)
def _first_of(cidr: str) -> str:
    try:
        return str(IPv4Network(cidr, strict=False)[1]) if cidr else ""
    except (ValueError, IndexError):
        return ""


def all_node_ips(node: Node) -> tuple[str, ...]:
    """Return all addresses that are a Node's own (`--dst-type LOCAL` in its rules): its main one comes first."""
    return tuple(dict.fromkeys(ip for ip in (node_ip(node), *node_ips(node), bridge_ip(node)) if ip))
