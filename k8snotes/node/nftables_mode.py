"""kube-proxy in nftables mode: the ruleset that it writes on its Node.

Each address and port of a Service is an element of a map that leads to a chain, and that chain chooses an endpoint. So the
number of Services makes no packet slower. Other than in iptables mode, node ports are open at the Node's primary address
alone, and a Cluster IP refuses what is sent to a port that its Service does not have.

Source of the rule: `syncProxyRules` and `setupNFTables` of k8s.io/kubernetes/pkg/proxy/nftables,
    https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.node.nftables import MARK, Chain, Element, Map, Rule, Ruleset, Set, Term
from k8snotes.node.service_ports import (
    ProxyEndpoint,
    ProxyPort,
    Reachable,
    endpoints_by_port,
    reachable,
    service_ports,
)

__all__ = ["chain_name", "rules"]

_LONGEST = 240  # characters of a chain's name without its prefix (chainNameBaseLengthMax)
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_AT = "ip daddr . meta l4proto . th dport"
_BY_PORT = "meta l4proto . th dport"
_REJECT_CHAIN = "reject-chain"


def rules(
    node_name: str,
    services: Iterable[Service],
    endpoint_slices: Iterable[EndpointSlice],
    *,
    node_ips: Sequence[str] = (),
    cluster_cidr: str = "10.244.0.0/16",
    service_cidr: str = "",
    zone: str = "",
) -> Ruleset:
    """Return the ruleset that kube-proxy writes on a Node, from what the API server holds.

    Args:
        node_name: the name of the Node.
        services: all Services.
        endpoint_slices: all EndpointSlices.
        node_ips: the Node's addresses, its InternalIP first: only that one takes packets to node ports.
        cluster_cidr: the range of all Pods, "" if kube-proxy was not told.
        service_cidr: the range of all Cluster IPs, "" if it is not known.
        zone: the Node's label `topology.kubernetes.io/zone`.

    >>> from k8snotes.api.kinds.service import Service
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> rules("node-1", [web], []).maps["no-endpoint-services"].elements
    {'10.96.0.20 . tcp . 80': Element(verdict='goto', chain='reject-chain', comment='default/web')}

    Source of the rule: `syncProxyRules` of k8s.io/kubernetes/pkg/proxy/nftables
    """
    made = _Ruleset(node_ips[0] if node_ips else "", cluster_cidr)
    behind = endpoints_by_port(node_name, endpoint_slices)
    ports = service_ports(services)
    for port in ports:
        made.write(port, reachable(port, behind.get(port.key, ()), node_name, zone))
    cluster_ips = dict.fromkeys(port.cluster_ip for port in ports)
    sets = [
        Set(
            "hairpin-connections",
            "ipv4_addr . ipv4_addr . inet_proto . inet_service",
            "service hairpin connections",
            tuple(sorted(made.hairpins, key=_by_address)),
        ),
        Set("cluster-ips", "ipv4_addr", "Active ClusterIPs", tuple(sorted(cluster_ips, key=IPv4Address))),
        Set("nodeport-ips", "ipv4_addr", "IPs that accept NodePort traffic", tuple(node_ips[:1])),
        *made.sets,
    ]
    maps = [
        Map(name, f"{address}inet_proto . inet_service : verdict", comment, made.elements[name])
        for name, address, comment in _MAPS
    ]
    chains = [*_base_chains(cluster_cidr, service_cidr), *made.chains]
    return Ruleset(
        node_name,
        tuple(node_ips),
        {item.name: item for item in sets},
        {item.name: item for item in maps},
        {item.name: item for item in chains},
    )


_MAPS = (
    (
        "no-endpoint-services",
        "ipv4_addr . ",
        "vmap to drop or reject packets to services with no endpoints",
    ),
    (
        "no-endpoint-nodeports",
        "",
        "vmap to drop or reject packets to service nodeports with no endpoints",
    ),
    ("firewall-ips", "ipv4_addr . ", "destinations that are subject to LoadBalancerSourceRanges"),
    ("service-ips", "ipv4_addr . ", "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
    ("service-nodeports", "", "NodePort traffic"),
)


def chain_name(prefix: str, port: ProxyPort, end: ProxyEndpoint | None = None) -> str:
    """Return a chain's name: `prefix`, eight characters that stand for the rest, and the port's own name.

    >>> web = {"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}}
    >>> chain_name("service-", service_ports([Service(web)])[0])
    'service-PFISGYVC-default/web/tcp/'

    Source of the rule: `hashAndTruncate` of k8s.io/kubernetes/pkg/proxy/nftables
    """
    service, name, _protocol = port.key
    base = f"{service}/{port.protocol}/{name}"
    return prefix + _hashed(base if end is None else f"{base}__{end.ip}/{end.port}")


@lru_cache(maxsize=1 << 16)
def _hashed(name: str) -> str:
    whole = f"{b32encode(hashlib.sha256(name.encode()).digest())[:8].decode()}-{name}"
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 3]}..."


class _Ruleset:
    """What is written port by port: elements of maps, chains, and the sets of session affinity."""

    def __init__(self, node_ip: str, cluster_cidr: str) -> None:
        self.node_ip, self.cluster_cidr = node_ip, cluster_cidr
        self.elements: dict[str, dict[str, Element]] = {name: {} for name, _address, _comment in _MAPS}
        self.hairpins: dict[str, None] = {}
        self.sets: list[Set] = []
        self.chains: list[Chain] = []

    def write(self, port: ProxyPort, ends: Reachable) -> None:
        """Write all of one port of one Service."""
        internal_ok = bool(ends.local) if port.internal_local else ends.any
        external_ok = bool(ends.local) if port.external_local else ends.any
        ended = Element("drop", "", port.name) if ends.any else Element("goto", _REJECT_CHAIN, port.name)
        cluster, local = chain_name("service-", port), chain_name("local-", port)
        external = Element("goto", chain_name("external-", port))
        at_cluster_ip = f"{port.cluster_ip} . {port.protocol} . {port.port}"
        if internal_ok:
            leads_to = local if port.internal_local else cluster
            self.elements["service-ips"][at_cluster_ip] = Element("goto", leads_to)
        else:
            self.elements["no-endpoint-services"][at_cluster_ip] = ended
        walled = bool(port.load_balancer_ips and port.source_ranges)
        for ip in (*port.external_ips, *port.load_balancer_ips):
            key = f"{ip} . {port.protocol} . {port.port}"
            if ends.any:
                self.elements["service-ips"][key] = external
            if not external_ok:
                self.elements["no-endpoint-services"][key] = ended
            if walled and ip in port.load_balancer_ips:
                there = Element("goto", chain_name("firewall-", port), port.name)
                self.elements["firewall-ips"][key] = there
        if walled:
            self._write_firewall(port)
        if port.node_port:
            key = f"{port.protocol} . {port.node_port}"
            if ends.any:
                self.elements["service-nodeports"][key] = external
            if not external_ok:
                self.elements["no-endpoint-nodeports"][key] = ended
        for end in ends.all:
            if end.local:
                self.hairpins[f"{end.ip} . {end.ip} . {port.protocol} . {end.port}"] = None
        if port.affinity_seconds is not None:
            self._write_affinity(port, ends)
        if port.uses_cluster and ends.cluster:
            self._write_choice(port, cluster, ends.cluster)
        if port.uses_local and ends.local:
            self._write_choice(port, local, ends.local)
        if ends.any and port.externally_accessible:
            self._write_external(port, cluster, local if port.external_local else cluster, ok=external_ok)

    def _write_firewall(self, port: ProxyPort) -> None:
        """Drop what comes to a load balancer's address from a sender that `loadBalancerSourceRanges` does not name."""
        ranges = [str(IPv4Network(cidr, strict=False)) for cidr in port.source_ranges]
        own = self.node_ip and any(IPv4Address(self.node_ip) in IPv4Network(cidr) for cidr in ranges)
        # a packet from the Node to a balancer's address that it holds itself comes back from that address
        ranges += port.load_balancer_ips if own else ()
        shown = f"{{ {', '.join(ranges)} }}" if len(ranges) > 1 else ranges[0]
        walls = Term("not-from", f"ip saddr != {shown}", tuple(ranges))
        self.chains.append(Chain(chain_name("firewall-", port), (Rule((walls, Term("drop", "drop"))),)))

    def _write_external(self, port: ProxyPort, cluster: str, leads_to: str, *, ok: bool) -> None:
        """Write the way of what comes to a node port, an external IP or a load balancer's address."""
        written = []
        if not port.external_local:
            written.append(Rule((_SET_MARK,), "masquerade"))
        else:
            if self.cluster_cidr:
                from_pods = Term("from", f"ip saddr {self.cluster_cidr}", (self.cluster_cidr,))
                written.append(Rule((from_pods, _goto(cluster)), "short-circuit pod traffic"))
            written.append(Rule((_FROM_ITSELF, _SET_MARK), "masquerade local traffic"))
            written.append(Rule((_FROM_ITSELF, _goto(cluster)), "short-circuit local traffic"))
        if ok:
            written.append(Rule((_goto(leads_to),)))
        self.chains.append(Chain(chain_name("external-", port), tuple(written)))

    def _write_affinity(self, port: ProxyPort, ends: Reachable) -> None:
        """Write for each endpoint the set that remembers its clients, and the chain that fills it."""
        for end in ends.all:
            known, chain = chain_name("affinity-", port, end), chain_name("endpoint-", port, end)
            flags = (
                "size 65535",
                "flags dynamic,timeout",
                f"timeout {_duration(port.affinity_seconds or 0)}",
            )
            self.sets.append(Set(known, "ipv4_addr", flags=flags))
            remembers = Term("remember", f"update @{known} {{ ip saddr }}", known)
            rewrites = Term("rewrite", f"dnat to {end.address}", (known, end.ip, end.port))
            self.chains.append(Chain(chain, (Rule((remembers,)), Rule((_protocol(port), rewrites)))))

    def _write_choice(self, port: ProxyPort, chain: str, ends: Sequence[ProxyEndpoint]) -> None:
        """Write how one endpoint is chosen: the one that served this client before, else by chance, evenly."""
        if port.affinity_seconds is None:
            targets = ", ".join(f"{at} : {end.ip} . {end.port}" for at, end in enumerate(ends))
            text = f"dnat ip to numgen random mod {len(ends)} map {{ {targets} }}"
            choice = Term("choose", text, tuple(("", end.ip, end.port) for end in ends))
            self.chains.append(Chain(chain, (Rule((_protocol(port), choice)),)))
            return
        written = []
        for end in ends:
            known, own = chain_name("affinity-", port, end), chain_name("endpoint-", port, end)
            written.append(Rule((Term("from-set", f"ip saddr @{known}", known), _goto(own))))
        chains = [chain_name("endpoint-", port, end) for end in ends]
        targets = ", ".join(f"{at} : goto {own}" for at, own in enumerate(chains))
        text = f"numgen random mod {len(ends)} vmap {{ {targets} }}"
        written.append(Rule((Term("choose", text, tuple((own, "", 0) for own in chains)),)))
        self.chains.append(Chain(chain, tuple(written)))


_SET_MARK = Term("mark", f"meta mark set meta mark | {MARK}")
_FROM_ITSELF = Term("from-itself", "fib saddr type local")
_NEW = Term("new", "ct state new")
_MASQUERADE = Term("masquerade", "masquerade fully-random")
_NODE_PORTS = Term("to-set", "ip daddr @nodeport-ips", "nodeport-ips")
_CLUSTER_IPS = Term("to-set", "ip daddr @cluster-ips", "cluster-ips")


def _goto(chain: str) -> Term:
    return Term("goto", f"goto {chain}", chain)


def _jump(chain: str) -> Term:
    return Term("jump", f"jump {chain}", chain)


def _protocol(port: ProxyPort) -> Term:
    return Term("protocol", f"meta l4proto {port.protocol}", port.protocol)


def _look_up(name: str, *, by_address: bool) -> Term:
    return Term("look-up", f"{_AT if by_address else _BY_PORT} vmap @{name}", (by_address, name))


def _base_chains(cluster_cidr: str, service_cidr: str) -> list[Chain]:
    """Return the chains that every Node has, whatever Services there are."""
    from_elsewhere = Term("not-from", f"ip saddr != {cluster_cidr}", (cluster_cidr,))
    masquerades = Rule(
        (_CLUSTER_IPS, from_elsewhere, _SET_MARK), "masquerade clusterIP traffic from outside cluster"
    )
    unassigned = Rule(
        (Term("to", f"ip daddr {service_cidr}", (service_cidr,)), Term("drop", "drop")),
        "Drop traffic to unallocated ClusterIPs",
    )
    marked = Rule(
        (
            Term("marked", f"meta mark & {MARK} != 0x00000000"),
            Term("unmark", f"meta mark set meta mark ^ {MARK}"),
            _MASQUERADE,
        )
    )
    hairpin = Rule(
        (
            Term("translated", "ct status dnat"),
            Term(
                "hairpin",
                "ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections",
                "hairpin-connections",
            ),
            _MASQUERADE,
        )
    )
    firewall = (Rule((_NEW, _jump("firewall-check"))),)
    services = (Rule((_jump("services"),)),)
    endpoints, cluster_ips = (
        Rule((_NEW, _jump(name))) for name in ("service-endpoints-check", "cluster-ips-check")
    )
    node_ports = Rule((_NEW, _jump("nodeport-endpoints-check")))
    return [
        Chain("filter-prerouting-pre-dnat", firewall, _hook("filter", "prerouting", "dstnat - 10")),
        Chain("filter-output-pre-dnat", firewall, _hook("filter", "output", "-110")),
        Chain("filter-input", (node_ports, endpoints), _hook("filter", "input", "filter")),
        Chain("filter-forward", (endpoints, cluster_ips), _hook("filter", "forward", "filter")),
        Chain("filter-output", (endpoints, cluster_ips), _hook("filter", "output", "filter")),
        Chain("nat-prerouting", services, _hook("nat", "prerouting", "dstnat")),
        Chain("nat-output", services, _hook("nat", "output", "-100")),
        Chain("nat-postrouting", (Rule((_jump("masquerading"),)),), _hook("nat", "postrouting", "srcnat")),
        Chain(
            "nodeport-endpoints-check",
            (Rule((_NODE_PORTS, _look_up("no-endpoint-nodeports", by_address=False))),),
        ),
        Chain("service-endpoints-check", (Rule((_look_up("no-endpoint-services", by_address=True),)),)),
        Chain("firewall-check", (Rule((_look_up("firewall-ips", by_address=True),)),)),
        Chain(
            "services",
            (
                *((masquerades,) if cluster_cidr else ()),
                Rule((_look_up("service-ips", by_address=True),)),
                Rule((_NODE_PORTS, _look_up("service-nodeports", by_address=False))),
            ),
        ),
        Chain("masquerading", (marked, hairpin)),
        Chain(
            "cluster-ips-check",
            (
                Rule(
                    (_CLUSTER_IPS, Term("reject", "reject")), "Reject traffic to invalid ports of ClusterIPs"
                ),
                *((unassigned,) if service_cidr else ()),
            ),
        ),
        Chain(
            _REJECT_CHAIN,
            (Rule((Term("reject", "reject"),)),),
            comment="helper for @no-endpoint-services / @no-endpoint-nodeports",
        ),
    ]


def _hook(kind: str, hook: str, priority: str) -> str:
    return f"type {kind} hook {hook} priority {priority}; policy accept;"


def _by_address(element: str) -> tuple[IPv4Address, str]:
    return IPv4Address(element.partition(" ")[0]), element


def _duration(seconds: int) -> str:
    """Return a time as `nft` prints it.

    >>> _duration(10_800), _duration(90)
    ('3h', '1m30s')
    """
    words = ""
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        words += f"{count}{unit}" if count else ""
    return words
