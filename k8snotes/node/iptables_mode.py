"""kube-proxy in iptables mode: the rules that it writes on its Node.

`rules` writes those of one port of one Service after the other. What the rules make of a packet is the kernel's affair:
`iptables.decide`.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane import caches
from k8snotes.node.iptables import Chain, Match, ProxyRules, Recent, Rule, Table
from k8snotes.node.service_ports import (
    Behind,
    ProxyEndpoint,
    ProxyPort,
    Reachable,
    entries_by_port,
    reachable,
    service_ports,
)

__all__ = ["chain_name", "rules"]

MARK = "0x4000/0x4000"  # iptables.masqueradeBit 14: "this packet's source is to be rewritten"
_LARGE = 1000  # from so many endpoints on, kube-proxy leaves comments out of the endpoints' rules
_LOOPBACK = "127.0.0.0/8"
_Rules = dict[str, list[Rule]]


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
    entries = entries_by_port(endpoint_slices)
    behind = {port.key: Behind(node_name, entries.get(port.key, [])) for port in ports}
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


def _cluster_chain(port: ProxyPort) -> str:
    """Return the chain that chooses among all endpoints."""
    return chain_name("KUBE-SVC-", port)


def _local_chain(port: ProxyPort) -> str:
    """Return the chain that chooses among the endpoints of this Node."""
    return chain_name("KUBE-SVL-", port)


def _internal_chain(port: ProxyPort) -> str:
    """Return the chain that the Cluster IP leads to (`internalTrafficPolicy`)."""
    return _local_chain(port) if port.internal_local else _cluster_chain(port)


def _endpoint_chain(port: ProxyPort, end: ProxyEndpoint) -> str:
    """Return the chain that leads to one endpoint."""
    return f"KUBE-SEP-{_hash(port.name + port.protocol + end.address)}"


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


def _write_later(made: _Settings, port: ProxyPort, ends: Behind, node_name: str, zone: str) -> None:
    """Write the rules that lead to one port of one Service now, and those behind them when a packet comes to them.

    For a port with no traffic policy that asks for this Node: which rules lead to it depends only on
    whether there are endpoints.
    """
    _write(made, port, Reachable(any=ends.any()))
    if not ends.any():
        return
    name = _cluster_chain(port)
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
        made.nat["KUBE-SERVICES"].append(Rule(_at_cluster_ip(port), _internal_chain(port)))
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
        _write_choice(made, port, _cluster_chain(port), ends.cluster)
    if port.uses_local and ends.local:
        _write_choice(made, port, _local_chain(port), ends.local)
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
            at_ip = Match(
                protocol=port.protocol, dport=port.port, destination=f"{ip}/32", comment=f"{port.name} {kind}"
            )
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
        match = Match(protocol=port.protocol, dport=port.node_port, comment=port.name)
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
    chain = made.nat.setdefault(_internal_chain(port), [])
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
            chain.append(Rule(from_pods, _cluster_chain(port)))
        for what, target in (("masquerade", "KUBE-MARK-MASQ"), ("route", _cluster_chain(port))):
            chain.append(Rule(Match(comment=f"{what} LOCAL traffic for {where}", src_type="LOCAL"), target))
    if external_ok:
        chain.append(Rule(Match(), _local_chain(port) if port.external_local else _cluster_chain(port)))


def _write_choice(made: _Settings, port: ProxyPort, chain: str, ends: Sequence[ProxyEndpoint]) -> None:
    """Write how one endpoint is chosen: the one that served this client before, else by chance, evenly.

    Of three rules the first acts with a chance of 1/3, the second with 1/2 of what is left, the last always.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity
    """
    written = made.nat.setdefault(chain, [])
    targets = [(_endpoint_chain(port, end), made.note(f"{port.name} -> {end.address}")) for end in ends]
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
    name, comment = _endpoint_chain(port, end), made.note(port.name)
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
