"""How kube-proxy turns Services and EndpointSlices into the rules of its Node (iptables mode)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.node.iptables_save import Chain, Match, ProxyRules, Recent, Rule, Table
from k8snotes.node.proxy_inputs import (
    ProxyEndpoint,
    ProxyPort,
    Reachable,
    chain_name,
    endpoints_by_port,
    reachable,
    service_ports,
)

__all__ = ["MARK", "rules"]

MARK = "0x4000/0x4000"  # iptables.masqueradeBit 14: "this packet's source is to be rewritten"
_LARGE = 1000  # from so many endpoints on, kube-proxy leaves comments out of the endpoints' rules
_LOOPBACK = "127.0.0.0/8"
_Rules = dict[str, list[Rule]]


@dataclass(frozen=True, slots=True)
class _Settings:
    """What kube-proxy is told on its Node, and the two tables that it fills."""

    cluster_cidr: str
    node_ip: str
    localhost: bool
    masquerade_all: bool
    large: bool
    nat: _Rules
    filter: _Rules

    def note(self, text: str) -> str:
        return "" if self.large else text


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
    """Return the rules that kube-proxy would have on a Node, from what the API server holds.

    `node_ips` are the Node's addresses, its InternalIP first; `cluster_cidr` is the range of all Pods
    ("" if kube-proxy was not told); `zone` is the Node's label `topology.kubernetes.io/zone`;
    `localhost_node_ports` is `iptables.localhostNodePorts`, `masquerade_all` `iptables.masqueradeAll`.

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
    endpoints = endpoints_by_port(node_name, endpoint_slices)
    known = sum(len(endpoints.get(port.key, ())) for port in ports)
    made = _Settings(
        cluster_cidr=cluster_cidr,
        node_ip=node_ips[0] if node_ips else "",
        localhost=localhost_node_ports,
        masquerade_all=masquerade_all,
        large=known > _LARGE,
        nat=_base_nat(),
        filter=_base_filter(),
    )
    if localhost_node_ports:
        made.filter["KUBE-FIREWALL"].append(_LOCALNET)
    for port in ports:
        _write(made, port, reachable(port, endpoints.get(port.key, ()), node_name, zone))
    made.nat["KUBE-SERVICES"].append(_to_node_ports(localhost_node_ports))
    return ProxyRules(node_name, tuple(node_ips), _table("nat", made.nat), _table("filter", made.filter))


def _write(made: _Settings, port: ProxyPort, ends: Reachable) -> None:
    """Write all rules of one port of one Service."""
    why = "has no local endpoints" if ends.any else "has no endpoints"
    verdict = ("DROP", "") if ends.any else ("REJECT", "icmp-port-unreachable")
    internal_ok = bool(ends.local) if port.internal_local else ends.any
    external_ok = bool(ends.local) if port.external_local else ends.any
    refusal = replace(port.match, comment=f"{port.name} {why}")
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
    return replace(port.match, destination=f"{port.cluster_ip}/32", comment=f"{port.name} cluster IP")


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
    """Let `loadBalancerSourceRanges` through to the load balancer's address, and nobody else."""
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
    """Write how one endpoint is chosen: who served this client before, else by chance, evenly."""
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


def _table(name: str, chains: Mapping[str, Sequence[Rule]]) -> Table:
    built_in = [Chain(key, tuple(found), "ACCEPT") for key, found in chains.items() if key[:5] != "KUBE-"]
    own = [Chain(key, tuple(found)) for key, found in sorted(chains.items()) if key[:5] == "KUBE-"]
    return Table(name, (*built_in, *own))
