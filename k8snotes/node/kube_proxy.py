"""kube-proxy: reads Services and EndpointSlices, and writes the rules of its Node (iptables mode).

Three steps, and three parts of this file: `KubeProxies` watches, and `rules` writes what has to be written;
`service_ports`, `endpoints_by_port` and `reachable` read what the API server holds; `_write` writes the rules of
one port of one Service. What the rules make of a packet is the kernel's affair: `iptables.decide`.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.control_plane import caches
from k8snotes.node.addresses import all_node_ips, is_ipv4
from k8snotes.node.iptables import Chain, Match, ProxyRules, Recent, Rule, Table

__all__ = [
    "KubeProxies",
    "ProxyEndpoint",
    "ProxyPort",
    "Reachable",
    "chain_name",
    "endpoints_by_port",
    "reachable",
    "rules",
    "same_on_every_node",
    "service_ports",
]

MARK = "0x4000/0x4000"  # iptables.masqueradeBit 14: "this packet's source is to be rewritten"
_LARGE = 1000  # from so many endpoints on, kube-proxy leaves comments out of the endpoints' rules
_LOOPBACK = "127.0.0.0/8"
_ZONE = "topology.kubernetes.io/zone"
_Rules = dict[str, list[Rule]]
_Entry = tuple[int, Mapping[str, Any]]  # a port's number, and one of an EndpointSlice's `endpoints`
Key = tuple[str, str, str]  # namespace/service, the port's name, protocol


class KubeProxies:
    """The kube-proxies of all Nodes: each watches Services and EndpointSlices, and keeps the rules of its Node.

    A real kube-proxy writes whenever one of them changes. Here the rules of a Node are written when a packet
    comes to it: they are what they would be by then. kube-proxy itself touches no packet: the kernel holds
    each one against the rules (`iptables.decide`).

    Args:
        services: All Services.
        endpoint_slices: All EndpointSlices.
        cluster_cidr: The range of all Pods, "" where it is not known.

    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> proxies = KubeProxies([web], [])
    >>> proxies.rules_of(Node({"metadata": {"name": "node-1"}})).filter["KUBE-SERVICES"].rules[0].target
    'REJECT'

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
    """

    watches = ("services", "endpointslices.discovery.k8s.io")

    def __init__(
        self, services: Sequence[Service], endpoint_slices: Sequence[EndpointSlice], cluster_cidr: str = ""
    ) -> None:
        self._services, self._endpoint_slices = services, endpoint_slices
        self._cluster_cidr = cluster_cidr
        self._written: dict[str, ProxyRules] = {}

    def rules_of(self, node: Node) -> ProxyRules:
        """Return the rules on a Node; they are written once."""
        if node.name not in self._written:
            self._written[node.name] = self._copied(node) or self._write(node)
        return self._written[node.name]

    def _write(self, node: Node) -> ProxyRules:
        return rules(
            node.name,
            self._services,
            self._endpoint_slices,
            node_ips=all_node_ips(node),
            cluster_cidr=self._cluster_cidr,
            zone=node.labels.get(_ZONE, ""),
        )

    def _copied(self, node: Node) -> ProxyRules | None:
        """Return another Node's rules, where nothing in them is that Node's own; None where there are none to copy."""
        if not self._written or not caches.enabled() or not self._same_everywhere:
            return None
        return replace(next(iter(self._written.values())), node=node.name, node_ips=all_node_ips(node))

    @cached_property
    def _same_everywhere(self) -> bool:
        return same_on_every_node(self._services, self._endpoint_slices)


def rules(
    node_name: str,
    services: Iterable[Service],
    endpoint_slices: Iterable[EndpointSlice],
    *,
    node_ips: Sequence[str] = (),
    cluster_cidr: str = "10.244.0.0/16",
    zone: str = "",
    localhost_node_ports: bool = True,
    masquerade_all: bool = False,
) -> ProxyRules:
    """Return the rules that kube-proxy writes on a Node, from what the API server holds.

    It reads the ports of the Services and the endpoints behind each, keeps of these the ones that its Node
    may use, and writes the rules of one port after the other.

    Args:
        node_ips: The Node's addresses, its InternalIP first.
        cluster_cidr: The range of all Pods, "" if kube-proxy was not told.
        zone: The Node's label `topology.kubernetes.io/zone`.
        localhost_node_ports: `iptables.localhostNodePorts`.
        masquerade_all: `iptables.masqueradeAll`.

    >>> from k8snotes.api.kinds.service import Service
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> for rule in rules("node-1", [web], []).filter["KUBE-SERVICES"].rules:
    ...     print(rule.match.comment, "->", rule.target)
    default/web has no endpoints -> REJECT

    Source of the rules: `syncProxyRules` of Kubernetes' pkg/proxy/iptables, and
    https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
    """
    ports = service_ports(services)
    entries = _entries_by_port(endpoint_slices)
    behind = {port.key: _Behind(node_name, entries.get(port.key, [])) for port in ports}
    count = sum(behind[port.key].count for port in ports)
    made = _Settings(
        cluster_cidr=cluster_cidr,
        node_ip=node_ips[0] if node_ips else "",
        localhost=localhost_node_ports,
        masquerade_all=masquerade_all,
        large=count > _LARGE,
        nat=_base_nat(),
        filter=_base_filter(),
        later={},
    )
    if localhost_node_ports:
        made.filter["KUBE-FIREWALL"].append(_LOCALNET)
    for port in ports:
        ends = behind[port.key]
        if port.uses_local or ends.repeated or not caches.enabled():
            _write(made, port, reachable(port, ends.endpoints, node_name, zone))
        else:
            _write_later(made, port, ends, node_name, zone)
    made.nat["KUBE-SERVICES"].append(_to_node_ports(localhost_node_ports))
    nat = Table("nat", _chains(made.nat), made.later)
    return ProxyRules(node_name, tuple(node_ips), nat, Table("filter", _chains(made.filter)))


# ---- what kube-proxy reads


@dataclass(frozen=True, slots=True)
class ProxyEndpoint:
    """One address behind a port of a Service, with what its EndpointSlice says about it.

    `ready`, `serving` and `terminating` are its conditions, `for_nodes` and `for_zones` its hints; `local`
    says whether it is on the Node of this kube-proxy.
    """

    ip: str
    port: int
    ready: bool
    serving: bool
    terminating: bool
    local: bool  # on the Node of this kube-proxy
    for_nodes: frozenset[str] = frozenset()
    for_zones: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Address and port: "10.244.1.2:8080"."""
        return f"{self.ip}:{self.port}"

    @property
    def leaving(self) -> bool:
        """Whether it is being terminated but still serves: used where nothing better is left."""
        return self.serving and self.terminating


@dataclass(frozen=True, slots=True)
class ProxyPort:
    """One port of one Service, as kube-proxy sees it; `protocol` is in small letters, as in iptables.

    `node_port` and `health_check_node_port` are 0 where there is none, `affinity_seconds` is None without
    session affinity; `internal_local` and `external_local` say whether `internalTrafficPolicy` and
    `externalTrafficPolicy` are Local; `source_ranges` are `loadBalancerSourceRanges`.
    """

    key: Key
    protocol: str
    cluster_ip: str
    port: int
    node_port: int
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    internal_local: bool
    external_local: bool
    affinity_seconds: int | None
    health_check_node_port: int

    @property
    def name(self) -> str:
        """The name in comments and hashes: "default/web", with a named port "default/web:http"."""
        service, port, _ = self.key
        return f"{service}:{port}" if port else service

    @property
    def match(self) -> Match:
        """What every packet to this port has in common."""
        return Match(protocol=self.protocol, dport=self.port)

    @property
    def externally_accessible(self) -> bool:
        """Whether anything but the Cluster IP leads to it."""
        return bool(self.node_port or self.load_balancer_ips or self.external_ips)

    @property
    def uses_cluster(self) -> bool:
        """Whether endpoints anywhere may be asked; for Pods and Nodes at an outside address they always may."""
        return not self.internal_local or self.externally_accessible

    @property
    def uses_local(self) -> bool:
        """Whether some traffic may only go to endpoints of this Node."""
        return self.internal_local or (self.external_local and self.externally_accessible)

    @property
    def cluster_chain(self) -> str:
        """The chain that chooses among all endpoints."""
        return chain_name("KUBE-SVC-", self)

    @property
    def local_chain(self) -> str:
        """The chain that chooses among the endpoints of this Node."""
        return chain_name("KUBE-SVL-", self)

    @property
    def internal_chain(self) -> str:
        """The chain that the Cluster IP leads to (`internalTrafficPolicy`)."""
        return self.local_chain if self.internal_local else self.cluster_chain

    def endpoint_chain(self, end: ProxyEndpoint) -> str:
        """Return the name of the chain that leads to one endpoint."""
        return f"KUBE-SEP-{_hash(self.name + self.protocol + end.address)}"


def chain_name(prefix: str, port: ProxyPort) -> str:
    """Return a chain's name: `prefix` and sixteen characters that stand for the Service's port.

    >>> web = {"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}}
    >>> chain_name("KUBE-SVC-", service_ports([Service(web)])[0])
    'KUBE-SVC-LOLE4ISW44XBNF3G'
    """
    return prefix + _hash(port.name + port.protocol)


@lru_cache(maxsize=1 << 16)
def _hash(what: str) -> str:
    # iptables allows 28 characters for a chain's name; base32 has no characters that iptables minds
    return b32encode(hashlib.sha256(what.encode()).digest())[:16].decode()


def service_ports(services: Iterable[Service]) -> list[ProxyPort]:
    """Return the ports that kube-proxy makes rules for, by name: not those of headless or ExternalName Services.

    Source of the rule: `shouldSkipService` of Kubernetes' pkg/proxy/util
    """
    ports = [
        _proxy_port(service, port) for service in services if _has_address(service) for port in service.ports
    ]
    return sorted(ports, key=lambda port: (port.name, port.protocol))


def _has_address(service: Service) -> bool:
    # a Service with this label is left to another proxy
    others = "service.kubernetes.io/service-proxy-name" in service.labels
    return bool(_ipv4(service.cluster_ip)) and service.type != "ExternalName" and not others


def _ipv4(*ips: str) -> tuple[str, ...]:
    return tuple(filter(is_ipv4, ips))


def _proxy_port(service: Service, port: ServicePort) -> ProxyPort:
    spec = service.spec
    outside = service.type in ("NodePort", "LoadBalancer")
    external_ips = _ipv4(*(text(ip) for ip in sequence(spec.get("externalIPs"))))
    external_local = spec.get("externalTrafficPolicy") == "Local" and (outside or bool(external_ips))
    health = spec.get("healthCheckNodePort")
    needs_health = external_local and service.type == "LoadBalancer" and isinstance(health, int)
    return ProxyPort(
        key=(f"{service.namespace}/{service.name}", port.name, port.protocol),
        protocol=port.protocol.lower(),
        cluster_ip=service.cluster_ip,
        port=port.port,
        node_port=port.node_port or 0 if outside else 0,
        external_ips=external_ips,
        load_balancer_ips=_balancer_ips(service),
        source_ranges=_ranges(spec.get("loadBalancerSourceRanges")),
        internal_local=spec.get("internalTrafficPolicy") == "Local",
        external_local=external_local,
        affinity_seconds=_affinity(spec),
        health_check_node_port=int(health) if needs_health and health else 0,
    )


def _balancer_ips(service: Service) -> tuple[str, ...]:
    if service.type != "LoadBalancer":
        return ()
    entries = mappings(mapping(service.status.get("loadBalancer")).get("ingress"))
    # with ipMode Proxy, packets shall really go through the balancer, even from within the cluster
    return _ipv4(*(text(item.get("ip")) for item in entries if item.get("ipMode", "VIP") == "VIP"))


def _ranges(value: object) -> tuple[str, ...]:
    ranges = (text(item).strip() for item in sequence(value))
    return tuple(cidr for cidr in ranges if cidr and ":" not in cidr)


def _affinity(spec: Mapping[str, Any]) -> int | None:
    if spec.get("sessionAffinity") != "ClientIP":
        return None
    config = mapping(mapping(spec.get("sessionAffinityConfig")).get("clientIP"))
    seconds = config.get("timeoutSeconds")
    return seconds if isinstance(seconds, int) else 10800


def endpoints_by_port(
    node_name: str, endpoint_slices: Iterable[EndpointSlice]
) -> dict[Key, tuple[ProxyEndpoint, ...]]:
    """Return the endpoints of each port of each Service, every address once, sorted by "ip:port" as text.

    An address that is in two slices of a Service counts as its own Node's slice has it.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#duplicate-endpoints
    """
    entries = _entries_by_port(endpoint_slices)
    return {key: _Behind(node_name, items).endpoints for key, items in entries.items()}


def _entries_by_port(endpoint_slices: Iterable[EndpointSlice]) -> dict[Key, list[_Entry]]:
    """Return what the EndpointSlices say of each port of each Service: a number, and an entry of `endpoints`."""
    by_port: dict[Key, list[_Entry]] = {}
    for item in endpoint_slices:
        if not item.service or text(item.raw.get("addressType")) not in ("IPv4", ""):
            continue
        for port in item.ports:
            number = port.get("port")
            if not isinstance(number, int):
                continue  # a port without a number means all ports, which kube-proxy cannot serve
            name, protocol = text(port.get("name")), text(port.get("protocol")) or "TCP"
            known = by_port.setdefault((f"{item.namespace}/{item.service}", name, protocol), [])
            known += [(number, entry) for entry in item.endpoints if sequence(entry.get("addresses"))]
    return by_port


class _Behind:
    """What is behind one port of a Service; its endpoints are read when a rule leads to them.

    Args:
        node_name: The Node of this kube-proxy.
        entries: What the EndpointSlices say.
    """

    def __init__(self, node_name: str, entries: Sequence[_Entry]) -> None:
        self._node_name, self._entries = node_name, entries
        self.count = len({(number, text(entry["addresses"][0])) for number, entry in entries})
        self.repeated = self.count < len(entries)  # an address is in two slices

    @cached_property
    def endpoints(self) -> tuple[ProxyEndpoint, ...]:
        """All endpoints, every address once."""
        known: dict[str, ProxyEndpoint] = {}
        for number, entry in self._entries:
            end = _endpoint(entry, number, self._node_name)
            if end.address not in known or end.local:
                known[end.address] = end
        return tuple(known[address] for address in sorted(known))

    def any(self) -> bool:
        """Whether there is an endpoint that may be asked: a ready one, or one that leaves and still serves."""
        said = (mapping(entry.get("conditions")) for _, entry in self._entries)
        return any(
            item.get("ready") is not False
            or (item.get("serving") is not False and item.get("terminating") is True)
            for item in said
        )


def _endpoint(entry: Mapping[str, Any], port: int, node_name: str) -> ProxyEndpoint:
    conditions, hints = mapping(entry.get("conditions")), mapping(entry.get("hints"))
    return ProxyEndpoint(
        # only the first address is used; a condition that is not set counts as ready and serving
        ip=text(entry["addresses"][0]),
        port=port,
        ready=conditions.get("ready") is not False,
        serving=conditions.get("serving") is not False,
        terminating=conditions.get("terminating") is True,
        local=bool(node_name) and text(entry.get("nodeName")) == node_name,
        for_nodes=frozenset(text(hint.get("name")) for hint in mappings(hints.get("forNodes"))),
        for_zones=frozenset(text(hint.get("name")) for hint in mappings(hints.get("forZones"))),
    )


@dataclass(frozen=True, slots=True)
class Reachable:
    """The endpoints that may be asked from one Node.

    `cluster` where the traffic policy is Cluster, `local` where it is Local, `all` both together;
    `any` says whether there is one anywhere in the cluster, even if this Node may not use it.
    """

    cluster: tuple[ProxyEndpoint, ...] = ()
    local: tuple[ProxyEndpoint, ...] = ()
    all: tuple[ProxyEndpoint, ...] = ()
    any: bool = False


def reachable(port: ProxyPort, ends: Sequence[ProxyEndpoint], node_name: str, zone: str = "") -> Reachable:
    """Return the endpoints to use for a port: the ready ones, and if there are none those that still serve.

    Args:
        ends: All endpoints of the port.
        node_name: The Node of this kube-proxy.
        zone: The Node's label `topology.kubernetes.io/zone`, "" if it has none.

    Source of the rule: `CategorizeEndpoints` of Kubernetes' pkg/proxy, and
    https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints
    """
    usable = _ready_or_leaving(ends)
    cluster: tuple[ProxyEndpoint, ...] = ()
    if port.uses_cluster:
        hinted = _hinted(ends, node_name, zone)
        cluster = tuple(end for end in usable if not end.ready or hinted is None or hinted(end))
    local: tuple[ProxyEndpoint, ...] = ()
    if port.uses_local:
        local = _ready_or_leaving([end for end in ends if end.local])
    both = {end.address: end for end in (*cluster, *local)}
    return Reachable(cluster, local, tuple(both[address] for address in sorted(both)), bool(usable))


def _ready_or_leaving(ends: Iterable[ProxyEndpoint]) -> tuple[ProxyEndpoint, ...]:
    kept = list(ends)
    ready = tuple(end for end in kept if end.ready)
    return ready or tuple(end for end in kept if end.leaving)


def _hinted(
    ends: Sequence[ProxyEndpoint], node_name: str, zone: str
) -> Callable[[ProxyEndpoint], bool] | None:
    """Return the test of `trafficDistribution`: near endpoints only, if every ready endpoint says which clients it is for."""
    ready = [end for end in ends if end.ready]
    for_node = [node_name in end.for_nodes for end in ready]
    if ready and all(end.for_nodes for end in ready) and any(for_node):
        return lambda end: node_name in end.for_nodes
    for_zone = [zone in end.for_zones for end in ready]
    if ready and all(end.for_zones for end in ready) and any(for_zone):
        return lambda end: zone in end.for_zones
    return None


def same_on_every_node(services: Iterable[Service], endpoint_slices: Iterable[EndpointSlice]) -> bool:
    """Whether kube-proxy's rules read alike on all Nodes: no policy, no range and no hint asks which Node it is.

    >>> web = {"metadata": {"name": "web"}, "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}}
    >>> same_on_every_node([Service(web)], [])
    True
    >>> web["spec"]["internalTrafficPolicy"] = "Local"
    >>> same_on_every_node([Service(web)], [])
    False
    """
    ports = service_ports(services)
    if any(port.uses_local or port.source_ranges for port in ports):
        return False
    entries = [(item.namespace, item.service, entry) for item in endpoint_slices for entry in item.endpoints]
    if any(entry.get("hints") for _, _, entry in entries):
        return False
    # an address in two slices of one Service: its own Node's word about it counts, and others may say otherwise
    places = [(*where, *sequence(entry.get("addresses"))[:1]) for *where, entry in entries]
    return len(places) == len(set(places))


# ---- what kube-proxy writes


@dataclass(frozen=True, slots=True)
class _Settings:
    """What kube-proxy's configuration says on its Node, and the two tables that it fills."""

    cluster_cidr: str
    node_ip: str
    localhost: bool
    masquerade_all: bool
    large: bool
    nat: _Rules
    filter: _Rules
    later: dict[str, Callable[[], list[Chain]]]

    def note(self, text: str) -> str:
        return "" if self.large else text


def _write_later(made: _Settings, port: ProxyPort, ends: _Behind, node_name: str, zone: str) -> None:
    """Write the rules that lead to one port of one Service now, and those behind them when a packet comes to them.

    For a port with no traffic policy that asks for this Node: which rules lead to it depends only on
    whether there are endpoints.
    """
    _write(made, port, Reachable(any=ends.any()))
    if not ends.any():
        return
    name = port.cluster_chain
    written = made.nat.pop(name, [])

    def write() -> list[Chain]:
        behind = replace(made, nat={name: list(written)})
        there = reachable(port, ends.endpoints, node_name, zone)
        _write_choice(behind, port, name, there.cluster)
        for end in there.all:
            _write_endpoint(behind, port, end)
        return _chains(behind.nat)

    made.later[name] = write


def _write(made: _Settings, port: ProxyPort, ends: Reachable) -> None:
    """Write all rules of one port of one Service.

    Where there are endpoints, rules of the nat table lead from the Service's addresses to a chain that
    chooses one of them, and from there to a chain that rewrites the destination. Where there are none, a
    rule of the filter table refuses; where there are some, but a policy forbids them to this Node, it drops.
    """
    why = "has no local endpoints" if ends.any else "has no endpoints"
    verdict = ("DROP", "") if ends.any else ("REJECT", "icmp-port-unreachable")
    internal_ok = bool(ends.local) if port.internal_local else ends.any
    external_ok = bool(ends.local) if port.external_local else ends.any
    refusal = Match(protocol=port.protocol, dport=port.port, comment=f"{port.name} {why}")
    if internal_ok:
        made.nat["KUBE-SERVICES"].append(Rule(_at_cluster_ip(port), port.internal_chain))
    else:
        at_cluster_ip = replace(refusal, destination=f"{port.cluster_ip}/32")
        made.filter["KUBE-SERVICES"].append(Rule(at_cluster_ip, *verdict))
    _capture_outside_addresses(made, port, ends, None if external_ok else Rule(refusal, *verdict))
    if port.health_check_node_port:
        comment = f"{port.name} health check node port"
        health = Match(protocol="tcp", comment=comment, dport=port.health_check_node_port)
        made.filter["KUBE-NODEPORTS"].append(Rule(health, "ACCEPT"))
    if internal_ok:
        _masquerade_cluster_ip(made, port)
    if ends.any and port.externally_accessible:
        _write_external_chain(made, port, external_ok)
    if port.uses_cluster and ends.cluster:
        _write_choice(made, port, port.cluster_chain, ends.cluster)
    if port.uses_local and ends.local:
        _write_choice(made, port, port.local_chain, ends.local)
    for end in ends.all:
        _write_endpoint(made, port, end)


def _at_cluster_ip(port: ProxyPort) -> Match:
    at, comment = f"{port.cluster_ip}/32", f"{port.name} cluster IP"
    return Match(protocol=port.protocol, dport=port.port, destination=at, comment=comment)


def _capture_outside_addresses(
    made: _Settings, port: ProxyPort, ends: Reachable, refusal: Rule | None
) -> None:
    """Catch what is sent to external IPs, to a load balancer's address and to the node port."""
    external_chain = chain_name("KUBE-EXT-", port)
    walled = bool(ends.any and port.load_balancer_ips and port.source_ranges)
    balancer_chain = chain_name("KUBE-FW-", port) if walled else external_chain
    for ips, kind, chain in (
        (port.external_ips, "external IP", external_chain),
        (port.load_balancer_ips, "loadbalancer IP", balancer_chain),
    ):
        for ip in ips:
            at_ip = replace(port.match, destination=f"{ip}/32", comment=f"{port.name} {kind}")
            if ends.any:
                made.nat["KUBE-SERVICES"].append(Rule(at_ip, chain))
            if walled and chain == balancer_chain:
                comment = f"{port.name} traffic not accepted by {chain}"
                made.filter["KUBE-PROXY-FIREWALL"].append(Rule(replace(at_ip, comment=comment), "DROP"))
            if refusal:
                at = replace(refusal.match, destination=f"{ip}/32")
                made.filter["KUBE-EXTERNAL-SERVICES"].append(replace(refusal, match=at))
    if port.node_port:
        _capture_node_port(made, port, ends, external_chain, refusal)
    if walled:
        _write_firewall(made, port, balancer_chain, external_chain)


def _capture_node_port(
    made: _Settings, port: ProxyPort, ends: Reachable, chain: str, refusal: Rule | None
) -> None:
    if ends.any:
        match = replace(port.match, dport=port.node_port, comment=port.name)
        if made.localhost:
            counter = "localhost_nps_accepted_pkts"
            counted = replace(match, destination=_LOOPBACK, nfacct=counter)
            made.nat["KUBE-NODEPORTS"].append(Rule(counted, chain))
        made.nat["KUBE-NODEPORTS"].append(Rule(match, chain))
    if refusal:
        match = replace(refusal.match, dport=port.node_port, dst_type="LOCAL")
        made.filter["KUBE-EXTERNAL-SERVICES"].append(replace(refusal, match=match))


def _write_firewall(made: _Settings, port: ProxyPort, chain: str, external_chain: str) -> None:
    """Let `loadBalancerSourceRanges` through to the load balancer's address, and no other sender.

    Source of the rule: `Service.spec.loadBalancerSourceRanges`.
    """
    comment = f"{port.name} loadbalancer IP"
    allowed = list(port.source_ranges)
    own = made.node_ip and any(IPv4Address(made.node_ip) in IPv4Network(r, strict=False) for r in allowed)
    if own:
        # a packet from the Node to a balancer's address that it holds itself comes back from that address
        allowed += [f"{ip}/32" for ip in port.load_balancer_ips]
    walls = [Rule(_from(cidr, comment), external_chain) for cidr in allowed]
    last = f"other traffic to {port.name} will be dropped by KUBE-PROXY-FIREWALL"
    made.nat[chain] = [*walls, Rule(Match(comment=last))]


def _from(cidr: str, comment: str) -> Match:
    # the widest range asks nothing, and iptables-save leaves it out
    wide = cidr.endswith("/0")
    return Match(source="" if wide else str(IPv4Network(cidr, strict=False)), comment=comment)


def _masquerade_cluster_ip(made: _Settings, port: ProxyPort) -> None:
    """Mark what reaches the Cluster IP from outside the Pod network: the answer must come back here."""
    chain = made.nat.setdefault(port.internal_chain, [])
    if made.masquerade_all:
        chain.append(Rule(_at_cluster_ip(port), "KUBE-MARK-MASQ"))
    elif made.cluster_cidr:
        match = replace(_at_cluster_ip(port), source=f"! {made.cluster_cidr}")
        chain.append(Rule(match, "KUBE-MARK-MASQ"))


def _write_external_chain(made: _Settings, port: ProxyPort, external_ok: bool) -> None:
    """Write the way of what comes to a node port, an external IP or a load balancer's address.

    With `externalTrafficPolicy: Local` the client's address stays, so only Pods of this Node may
    answer; but Pods and the Node itself go on to all endpoints.
    """
    chain = made.nat.setdefault(chain_name("KUBE-EXT-", port), [])
    where = f"{port.name} external destinations"
    if not port.external_local:
        chain.append(Rule(Match(comment=f"masquerade traffic for {where}"), "KUBE-MARK-MASQ"))
    else:
        if made.cluster_cidr:
            from_pods = Match(source=made.cluster_cidr, comment=f"pod traffic for {where}")
            chain.append(Rule(from_pods, port.cluster_chain))
        for what, target in (("masquerade", "KUBE-MARK-MASQ"), ("route", port.cluster_chain)):
            chain.append(Rule(Match(comment=f"{what} LOCAL traffic for {where}", src_type="LOCAL"), target))
    if external_ok:
        chain.append(Rule(Match(), port.local_chain if port.external_local else port.cluster_chain))


def _write_choice(made: _Settings, port: ProxyPort, chain: str, ends: Sequence[ProxyEndpoint]) -> None:
    """Write how one endpoint is chosen: the one that served this client before, else by chance, evenly.

    Of three rules the first acts with a chance of 1/3, the second with 1/2 of what is left, the last always.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity
    """
    written = made.nat.setdefault(chain, [])
    targets = [(port.endpoint_chain(end), made.note(f"{port.name} -> {end.address}")) for end in ends]
    if port.affinity_seconds is not None:
        for target, comment in targets:
            recent = Recent(target, port.affinity_seconds)
            written.append(Rule(Match(comment=comment, recent=recent), target))
    for place, (target, comment) in enumerate(targets):
        left = len(targets) - place
        # each rule gets its share of what the ones before it left over; the last takes all
        chance = 1 / left if left > 1 else None
        written.append(Rule(Match(comment=comment, probability=chance), target))


def _write_endpoint(made: _Settings, port: ProxyPort, end: ProxyEndpoint) -> None:
    """Write the chain that rewrites the destination to one endpoint."""
    name, comment = port.endpoint_chain(end), made.note(port.name)
    recent = None if port.affinity_seconds is None else Recent(name)
    made.nat[name] = [
        # a Pod that is led back to itself would answer itself directly: its own address must not show
        Rule(Match(source=f"{end.ip}/32", comment=comment), "KUBE-MARK-MASQ"),
        Rule(Match(protocol=port.protocol, comment=comment, recent=recent), "DNAT", end.address),
    ]


_LOCALNET = Rule(
    # with nodePorts on 127.0.0.1 the kernel would let the outside reach the Node's own loopback
    Match(
        source=f"! {_LOOPBACK}",
        destination=_LOOPBACK,
        comment="block incoming localnet connections",
        ctstate="! RELATED,ESTABLISHED,DNAT",
    ),
    "DROP",
)


def _to_node_ports(localhost: bool) -> Rule:
    comment = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
    destination = "" if localhost else f"! {_LOOPBACK}"
    return Rule(Match(destination=destination, comment=comment, dst_type="LOCAL"), "KUBE-NODEPORTS")


def _jump(comment: str, target: str, ctstate: str = "") -> Rule:
    return Rule(Match(comment=comment, ctstate=ctstate), target)


def _base_nat() -> _Rules:
    portals = _jump("kubernetes service portals", "KUBE-SERVICES")
    return {
        "PREROUTING": [portals],
        "INPUT": [],
        "OUTPUT": [portals],
        "POSTROUTING": [_jump("kubernetes postrouting rules", "KUBE-POSTROUTING")],
        "KUBE-MARK-MASQ": [Rule(Match(), "MARK", MARK)],
        "KUBE-NODEPORTS": [],
        "KUBE-POSTROUTING": [
            Rule(Match(mark=f"! {MARK}"), "RETURN"),
            Rule(Match(), "MARK", "0x4000/0x0"),
            _jump("kubernetes service traffic requiring SNAT", "MASQUERADE"),
        ],
        "KUBE-PROXY-CANARY": [],
        "KUBE-SERVICES": [],
    }


def _base_filter() -> _Rules:
    firewall = _jump("kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL", "NEW")
    health = _jump("kubernetes health check service ports", "KUBE-NODEPORTS")
    outside = _jump("kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES", "NEW")
    forwarding = "kubernetes forwarding rules"
    portals = _jump("kubernetes service portals", "KUBE-SERVICES", "NEW")
    local = Rule(Match(), "KUBE-FIREWALL")
    return {
        "INPUT": [local, firewall, health, outside],
        "FORWARD": [firewall, _jump(forwarding, "KUBE-FORWARD"), portals, outside],
        "OUTPUT": [local, firewall, portals],
        "KUBE-EXTERNAL-SERVICES": [],
        "KUBE-FIREWALL": [],
        "KUBE-FORWARD": [
            Rule(Match(ctstate="INVALID", nfacct="ct_state_invalid_dropped_pkts"), "DROP"),
            Rule(Match(comment=forwarding, mark=MARK), "ACCEPT"),
            _jump("kubernetes forwarding conntrack rule", "ACCEPT", "RELATED,ESTABLISHED"),
        ],
        "KUBE-NODEPORTS": [],
        "KUBE-PROXY-CANARY": [],
        "KUBE-PROXY-FIREWALL": [],
        "KUBE-SERVICES": [],
    }


def _chains(chains: Mapping[str, Sequence[Rule]]) -> list[Chain]:
    built_in = [Chain(key, tuple(rows), "ACCEPT") for key, rows in chains.items() if key[:5] != "KUBE-"]
    own = [Chain(key, tuple(rows)) for key, rows in sorted(chains.items()) if key[:5] == "KUBE-"]
    return [*built_in, *own]
