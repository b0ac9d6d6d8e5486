"""kube-proxy: reads Services and EndpointSlices, and writes the rules of its Node.

Three steps, and three parts of this file: `KubeProxies` watches, and `rules` writes what has to be written;
`service_ports`, `endpoints_by_port` and `reachable` read what the API server holds; `_write` writes the rules of
one port of one Service. What the rules make of a packet is the kernel's affair: `iptables.decide`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane import caches
from k8snotes.node import iptables_mode, nftables_mode
from k8snotes.node.addresses import all_node_ips
from k8snotes.node.iptables import ProxyRules
from k8snotes.node.nftables import Ruleset
from k8snotes.node.service_ports import same_on_every_node

__all__ = ["KubeProxies", "NodeRuleset"]

NodeRuleset = ProxyRules | Ruleset
"""The rules of a Node, in one of the modes."""

_ZONE = "topology.kubernetes.io/zone"


class KubeProxies:
    """The kube-proxies of all Nodes: each watches Services and EndpointSlices, and keeps the rules of its Node.

    A real kube-proxy writes whenever one of them changes. Here the rules of a Node are written when a packet
    comes to it: they are what they would be by then. kube-proxy itself touches no packet: the kernel holds
    each one against the rules (`iptables.decide`).

    Args:
        services: All Services.
        endpoint_slices: All EndpointSlices.
        cluster_cidr: The range of all Pods, "" where it is not known.
        service_cidr: The range of all Cluster IPs, likewise.
        mode: "iptables" or "nftables".

    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> proxies = KubeProxies([web], [])
    >>> proxies.rules_of(Node({"metadata": {"name": "node-1"}})).filter["KUBE-SERVICES"].rules[0].target
    'REJECT'

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
    """

    watches = ("services", "endpointslices.discovery.k8s.io")

    def __init__(
        self,
        services: Sequence[Service],
        endpoint_slices: Sequence[EndpointSlice],
        cluster_cidr: str = "",
        *,
        service_cidr: str = "",
        mode: str = "iptables",
    ) -> None:
        self._services, self._endpoint_slices = services, endpoint_slices
        self._cluster_cidr, self._service_cidr = cluster_cidr, service_cidr
        self._mode = mode
        self._written: dict[str, NodeRuleset] = {}

    def rules_of(self, node: Node) -> NodeRuleset:
        """Return the rules on a Node; they are written once."""
        if node.name not in self._written:
            self._written[node.name] = self._copied(node) or self._write(node)
        return self._written[node.name]

    def _write(self, node: Node) -> NodeRuleset:
        zone, node_ips = node.labels.get(_ZONE, ""), all_node_ips(node)
        if self._mode == "nftables":
            return nftables_mode.rules(
                node.name,
                self._services,
                self._endpoint_slices,
                node_ips=node_ips,
                cluster_cidr=self._cluster_cidr,
                service_cidr=self._service_cidr,
                zone=zone,
            )
        return iptables_mode.rules(
            node.name,
            self._services,
            self._endpoint_slices,
            node_ips=node_ips,
            cluster_cidr=self._cluster_cidr,
            zone=zone,
        )

    def _copied(self, node: Node) -> ProxyRules | None:
        """Return another Node's rules, where nothing in them is that Node's own; None where there are none to copy."""
        if not self._written or not caches.enabled() or not self._same_everywhere:
            return None
        other = next(iter(self._written.values()))
        if not isinstance(other, ProxyRules):
            return None  # in nftables mode a Node's own address is in its rules
        return replace(other, node=node.name, node_ips=all_node_ips(node))

    @cached_property
    def _same_everywhere(self) -> bool:
        return same_on_every_node(self._services, self._endpoint_slices)
