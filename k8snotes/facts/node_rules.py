"""What kube-proxy's rules on one Node say, Service by Service: what leads in, what is chosen, what is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, NamedTuple

from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.node.iptables import Chain, Match, ProxyRules, Rule

__all__ = [
    "Act",
    "Entry",
    "NodeRules",
    "PortRules",
    "RuleRow",
    "ServiceChain",
    "as_fraction",
    "match_words",
    "node_rules",
    "purpose",
    "short_name",
    "without_rules",
]

_ROLES = {
    "KUBE-SVC-": _("chooses among all endpoints"),
    "KUBE-SVL-": _("chooses among the endpoints of this Node"),
    "KUBE-EXT-": _("takes packets to an outside address"),
    "KUBE-FW-": _("lets in the senders that loadBalancerSourceRanges names"),
    "KUBE-SEP-": _("is one endpoint"),
}
_KIND_OF = {
    "KUBE-SVC-": "cluster",
    "KUBE-SVL-": "local",
    "KUBE-EXT-": "external",
    "KUBE-FW-": "firewall",
    "KUBE-SEP-": "endpoint",
}
_KINDS = {"cluster IP": "Cluster IP", "external IP": "external IP", "loadbalancer IP": "load balancer"}
_VERDICTS = ("REJECT", "DROP")
_EVERY = _("every packet")
_MARKS = _(
    "marks the packet for masquerade, so that its source becomes the Node's address and the answer comes back here"
)
_HAIRPIN = _(
    "marks a packet that leads a Pod back to itself (hairpin), because otherwise the Pod would answer itself directly"
)
_FIXED = {  # rules that every Node has, whatever Services there are
    ("nat", "PREROUTING", "KUBE-SERVICES"): _(
        "packets that come in, from Pods or from the network, go through the Services' rules"
    ),
    ("nat", "OUTPUT", "KUBE-SERVICES"): _(
        "packets that programs on the Node itself send go through the Services' rules too"
    ),
    ("nat", "POSTROUTING", "KUBE-POSTROUTING"): _("packets that leave are checked for the mark"),
    ("nat", "KUBE-SERVICES", "KUBE-NODEPORTS"): _(
        "packets to an address of the Node itself may be meant for a node port"
    ),
    ("nat", "KUBE-MARK-MASQ", "MARK"): _(
        "sets the mark, so that the packet's source is rewritten when it leaves"
    ),
    ("nat", "KUBE-POSTROUTING", "RETURN"): _("a packet without the mark keeps its source"),
    ("nat", "KUBE-POSTROUTING", "MARK"): _("removes the mark again"),
    ("nat", "KUBE-POSTROUTING", "MASQUERADE"): _("replaces the source with the Node's address"),
    ("filter", "KUBE-FIREWALL", "DROP"): _(
        "drops packets from other machines to the Node's loopback addresses"
    ),
    ("filter", "KUBE-FORWARD", "DROP"): _("drops packets that belong to no known connection"),
    ("filter", "KUBE-FORWARD", "ACCEPT"): _(
        "lets packets pass that a Service has forwarded, and the answers to them"
    ),
}
_HOOKS = {
    "KUBE-FIREWALL": _("protects the Node's loopback addresses"),
    "KUBE-PROXY-FIREWALL": _("lets only loadBalancerSourceRanges reach the load balancers that have them"),
    "KUBE-NODEPORTS": _("lets in the health checks of load balancers"),
    "KUBE-EXTERNAL-SERVICES": _("refuses packets to outside addresses of Services without endpoints"),
    "KUBE-SERVICES": _("refuses packets to Cluster IPs of Services without endpoints"),
    "KUBE-FORWARD": _("handles packets that only pass through this Node"),
}


class RuleRow(NamedTuple):
    """One rule.

    Args:
        table: the table that it is in: "nat" or "filter".
        chain: the chain that it is in: "KUBE-SERVICES".
        target: what happens to a packet that matches: the next chain, "REJECT", "DNAT 10.244.1.2:8080".
        service: the Service that it is about ("default/web"), "" for a rule of every Node.
        line: the rule as iptables-save prints it.
        rule: the rule itself.
        chance: the share of new connections that it leads to its endpoint, from 0 to 1; None if it chooses none.
    """

    table: str
    chain: str
    target: str
    service: str
    line: str
    rule: Rule
    chance: float | None = None

    @property
    def matches(self) -> str:
        """What a packet must be like for the rule to act, in words."""
        return match_words(self.rule.match)

    @property
    def purpose(self) -> str:
        """What the rule is for, in words."""
        return purpose(self.table, self.chain, self.rule, self.chance)


class Entry(NamedTuple):
    """What a packet may be sent to, and what a rule makes of it.

    Args:
        kind: "Cluster IP", "node port", "external IP", "load balancer", "outside IP" or "health check".
        address: the address, "" for what every address of the Node has.
        port: the port number.
        target: the chain that it leads to, or "REJECT", "DROP" or "ACCEPT".
        said: the comment of a rule that ends the packet: "has no endpoints".
        rest: whether another rule leads some of these packets on, and this one ends the others.
    """

    kind: str
    address: str
    port: int
    target: str
    said: str = ""
    rest: bool = False

    @property
    def refused(self) -> bool:
        """Whether the packet ends here."""
        return self.target in _VERDICTS


class Act(NamedTuple):
    """One rule of a Service's chain.

    Args:
        kind: "mark" (for masquerade), "remember" (session affinity), "choose", "go on", "rewrite", "refuse" or
            "remark".
        target: the next chain, or for "rewrite" the new destination.
        line: the rule as iptables-save prints it.
        match: what a packet must be like.
        chance: for "choose" the share of new connections that the endpoint gets, from 0 to 1.
        written: for "choose" the probability in the rule; 1 means all packets that are left, None that the rule has
            none, as one number is drawn for all endpoints.
        seconds: for "remember" how long a sender is remembered.
    """

    kind: str
    target: str
    line: str
    match: Match
    chance: float | None = None
    written: float | None = None
    seconds: int | None = None

    @property
    def source(self) -> str:
        """The range that the packet must come from, as iptables has it ("! " for all others); "" for any."""
        return self.match.source

    @property
    def when(self) -> str:
        """What a packet must be like, in words."""
        return match_words(self.match)

    @property
    def sender(self) -> str:
        """The machine that must have sent the packet, in words; "" where the rule acts on every packet."""
        match = self.match
        if match.source or match.src_type:
            return match_words(Match(source=match.source, src_type=match.src_type))
        return match_words(match) if _conditions(match) else ""


class ServiceChain(NamedTuple):
    """One chain of a Service's port.

    Args:
        name: its name: "KUBE-SVC-...".
        role: what it does, in words.
        acts: its rules, in order.
        address: for an endpoint's chain the address and port, else "".
        whose: the reference of the Pod that has this address, "" if none has.
        node: the Node of that Pod.
        kind: "firewall", "external", "cluster", "local" or "endpoint".
    """

    name: str
    role: str
    acts: tuple[Act, ...]
    address: str = ""
    whose: str = ""
    node: str = ""
    kind: str = "cluster"

    @property
    def short(self) -> str:
        """The beginning of its name: "KUBE-SVC", "service"."""
        return short_name(self.name)

    @property
    def chosen(self) -> tuple[Act, ...]:
        """The rules that choose an endpoint by chance, in order."""
        return tuple(act for act in self.acts if act.kind == "choose")


class PortRules(NamedTuple):
    """All that the rules say of one port of one Service.

    Args:
        service: the Service: "default/web".
        port: the name of the port, "" if it has none.
        protocol: TCP, UDP or SCTP.
        entries: the addresses that lead in.
        chains: the chains, in the order in which a packet meets them.
        affinity_seconds: how long a sender is remembered; None without session affinity.
        why: why a packet is refused, in words; "" if none is.
    """

    service: str
    port: str
    protocol: str
    entries: tuple[Entry, ...]
    chains: tuple[ServiceChain, ...]
    affinity_seconds: int | None = None
    why: str = ""

    @property
    def refusals(self) -> tuple[Entry, ...]:
        """The entries at which a packet ends: no endpoints, or none on this Node."""
        return tuple(entry for entry in self.entries if entry.refused)

    @property
    def choosers(self) -> tuple[ServiceChain, ...]:
        """The chains that choose an endpoint: KUBE-SVC, KUBE-SVL."""
        return tuple(chain for chain in self.chains if chain.chosen)

    @property
    def endpoints(self) -> tuple[ServiceChain, ...]:
        """The chains of the endpoints: KUBE-SEP."""
        return tuple(chain for chain in self.chains if chain.address)


@dataclass(frozen=True)
class NodeRules:
    """The rules of kube-proxy on one Node.

    Args:
        node: the name of the Node.
        ports: what they say of each port of each Service.
        without: the Services that have no rules, and why.
        service: the one Service that is shown ("default/web"), "" for all.
        pod_range: the range of the Pod IPs in CIDR notation.
        held: the rules themselves.
    """

    node: str
    ports: tuple[PortRules, ...]
    without: tuple[tuple[str, str], ...]
    service: str = ""
    pod_range: str = ""
    held: ProxyRules | None = field(default=None, repr=False)
    mode: ClassVar[str] = "iptables"

    @cached_property
    def rows(self) -> tuple[RuleRow, ...]:
        """Every rule in the order of iptables-save; only those of one Service if that is asked for."""
        owner = {chain.name: port.service for port in self.ports for chain in port.chains}
        known = {port.service for port in self.ports}
        rows = _rows(self.held, owner, known) if self.held else ()
        return tuple(row for row in rows if not self.service or row.service == self.service)

    @property
    def size(self) -> int:
        """How many rules the Node has, those of all Services."""
        return (
            sum(len(chain.rules) for table in self.held.tables for chain in table.chains) if self.held else 0
        )

    @property
    def listing(self) -> str:
        """The complete text that iptables-save would print on this Node."""
        return str(self.held) if self.held else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The rules that are shown, as iptables-save prints them: all of them, or those of one Service."""
        return self.lines_of({self.service}) if self.service else tuple(self.listing.splitlines())

    def lines_of(self, services: Collection[str]) -> tuple[str, ...]:
        """Return the rules of some Services ("default/web"), as iptables-save prints them."""
        mine = [row for row in self.rows if row.service in services]
        return tuple(
            line
            for table in ("nat", "filter")
            for line in _titled(f"*{table}", [row.line for row in mine if row.table == table])
        )


def node_rules(
    held: ProxyRules,
    services: Iterable[Service],
    *,
    service: str = "",
    pod_range: str = "",
    whose: Callable[[str], tuple[str, str]] = lambda _ip: ("", ""),
    why: Callable[[Service], str] = lambda _service: "",
) -> NodeRules:
    """Read a Node's rules, Service by Service; nothing is worked out anew but the chance of each endpoint.

    Args:
        held: the rules that the Node holds.
        services: the Services of the cluster.
        service: the one Service that is shown ("default/web"), "" for all.
        pod_range: the range of the Pod IPs in CIDR notation.
        whose: says of an address the Pod that has it and the Pod's Node, "" for both if none has.
        why: says why no Pod serves for a Service.

    >>> from k8snotes.node.iptables_mode import rules
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> facts = node_rules(rules("node-1", [web], []), [web])
    >>> [(entry.kind, entry.address, entry.target) for entry in facts.ports[0].entries]
    [('Cluster IP', '10.96.0.20', 'REJECT')]

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
    """
    known = {f"{item.namespace}/{item.name}": item for item in services}
    entries: dict[tuple[str, str], list[Entry]] = {}
    for name, protocol, entry in _entries(held):
        entries.setdefault((name, protocol), []).append(entry)
    wanted = {key: own for key, own in entries.items() if not service or key[0].partition(":")[0] == service}
    ports = []
    for (name, protocol), own in sorted(wanted.items()):
        there = known.get(name.partition(":")[0])
        rejects = there is not None and any(entry.target == "REJECT" for entry in own)
        standing = why(there) if there is not None and rejects else ""
        chains = tuple(_chain(held.nat[item], whose) for item in _reached(held, own))
        ports.append(_port(name, protocol, _with_rest(own), chains, standing))
    seen = {name.partition(":")[0] for name, _protocol in entries}
    without = without_rules(known, seen, service)
    return NodeRules(held.node, tuple(ports), without, service, pod_range, held)


def without_rules(
    known: Mapping[str, Service], seen: Collection[str], service: str = ""
) -> tuple[tuple[str, str], ...]:
    """Return the Services that have no rules, and why.

    Args:
        known: the Services by "default/web".
        seen: those that have rules.
        service: the one Service that is asked for, "" for all.
    """
    return tuple(
        (name, _no_rules(item))
        for name, item in sorted(known.items())
        if name not in seen and service in ("", name)
    )


def short_name(chain: str) -> str:
    """Return the beginning of a chain's name, which says what the chain does.

    >>> short_name("KUBE-SVC-LOLE4ISW44XBNF3G"), short_name("service-PFISGYVC-default/web/tcp/")
    ('KUBE-SVC', 'service')
    """
    return chain[:8] if chain.startswith("KUBE-") else chain.partition("-")[0]


def _entries(held: ProxyRules) -> Iterator[tuple[str, str, Entry]]:
    """Yield what leads in, with the name of the Service's port, which every comment begins with."""
    for table, chain in (
        (held.nat, "KUBE-SERVICES"),
        (held.nat, "KUBE-NODEPORTS"),
        (held.filter, "KUBE-SERVICES"),
        (held.filter, "KUBE-EXTERNAL-SERVICES"),
        (held.filter, "KUBE-NODEPORTS"),
    ):
        for rule in table[chain].rules:
            name, _space, comment = rule.match.comment.partition(" ")
            if rule.match.dport is None or rule.match.nfacct:
                continue  # where all node ports are asked for; and 127.0.0.1, which the next rule has too
            address = rule.match.destination.removesuffix("/32")
            kind = _KINDS.get(comment, "Cluster IP" if chain == "KUBE-SERVICES" else "node port")
            if rule.target == "ACCEPT":
                kind = "health check"
            elif chain == "KUBE-EXTERNAL-SERVICES" and address:
                kind = "outside IP"
            shown = comment if rule.target in _VERDICTS else ""
            yield name, rule.match.protocol, Entry(kind, address, rule.match.dport, rule.target, shown)


def _with_rest(entries: list[Entry]) -> tuple[Entry, ...]:
    led_on = {(entry.kind, entry.address, entry.port) for entry in entries if not entry.refused}
    return tuple(
        entry._replace(rest=entry.refused and (entry.kind, entry.address, entry.port) in led_on)
        for entry in entries
    )


def _port(
    name: str, protocol: str, entries: tuple[Entry, ...], chains: tuple[ServiceChain, ...], why: str
) -> PortRules:
    service, _colon, port = name.partition(":")
    seconds = [act.seconds for chain in chains for act in chain.acts if act.seconds is not None]
    return PortRules(service, port, protocol.upper(), entries, chains, seconds[0] if seconds else None, why)


def _reached(held: ProxyRules, entries: Iterable[Entry]) -> list[str]:
    """Return the chains that the entries lead to, in the order of the way."""
    reached: dict[str, None] = {}
    ahead = [entry.target for entry in entries]
    while ahead:
        fresh = [name for name in dict.fromkeys(ahead) if name not in reached and _role(name)]
        reached |= dict.fromkeys(fresh)
        ahead = [rule.target for name in fresh for rule in held.nat[name].rules]
    return sorted(reached, key=lambda name: _ORDER[_prefix(name)])  # stable: as reached, the endpoints last


_ORDER = {"KUBE-FW-": 0, "KUBE-EXT-": 1, "KUBE-SVC-": 2, "KUBE-SVL-": 3, "KUBE-SEP-": 4}


def _prefix(name: str) -> str:
    return name[: name.rfind("-") + 1]


def _role(name: str) -> str:
    return _ROLES.get(_prefix(name), "")


def _chain(chain: Chain, whose: Callable[[str], tuple[str, str]]) -> ServiceChain:
    acts = tuple(
        _act(chain.name, rule, chance) for rule, chance in zip(chain.rules, _chances(chain), strict=True)
    )
    address = next((rule.detail for rule in chain.rules if rule.target == "DNAT"), "")
    owner = whose(address.rpartition(":")[0]) if address else ("", "")
    kind = _KIND_OF[_prefix(chain.name)]
    return ServiceChain(chain.name, _role(chain.name), acts, address, *owner, kind=kind)


def _act(chain: str, rule: Rule, chance: float | None) -> Act:
    match = rule.match
    act = Act("go on" if rule.target else "remark", rule.target, f"-A {chain} {rule}", match)
    if rule.target == "DNAT":
        return act._replace(kind="rewrite", target=rule.detail)
    if rule.target == "KUBE-MARK-MASQ":
        return act._replace(kind="mark")
    if chance is not None:
        written = 1.0 if match.probability is None else match.probability
        return act._replace(kind="choose", chance=chance, written=written)
    if match.recent:
        return act._replace(kind="remember", seconds=match.recent.seconds)
    return act


def _chances(chain: Chain) -> list[float | None]:
    """Return the real chance of each rule that leads to an endpoint: its part of what those before it left."""
    left = 1.0
    chances: list[float | None] = []
    for rule in chain.rules:
        if not rule.target.startswith("KUBE-SEP-") or rule.match.recent:
            chances.append(None)
            continue
        part = 1.0 if rule.match.probability is None else rule.match.probability
        chances.append(left * part)
        left *= 1 - part
    return chances


def _rows(held: ProxyRules, owner: dict[str, str], known: set[str]) -> Iterator[RuleRow]:
    """Yield every rule; `owner` knows the Service of each chain, `known` are the Services with rules."""
    for table in held.tables:
        for chain in table.chains:
            for rule, chance in zip(chain.rules, _chances(chain), strict=True):
                named = (
                    rule.match.comment.removeprefix("other traffic to ").partition(" ")[0].partition(":")[0]
                )
                service = owner.get(chain.name, named if named in known else "")
                yield RuleRow(
                    table.name,
                    chain.name,
                    f"{rule.target} {rule.detail}" if rule.target == "DNAT" else rule.target,
                    service,
                    f"-A {chain.name} {rule}",
                    rule,
                    chance,
                )


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def _no_rules(service: Service) -> str:
    if service.type == "ExternalName":
        return _("it is an ExternalName, which is another name in DNS and has no address")
    if service.headless:
        return _("it is headless, so it has no Cluster IP and DNS gives the Pods' addresses")
    if not service.ports:
        return _("it has no ports")
    if service.cluster_ip:
        return _("it has no IPv4 Cluster IP, or another proxy handles it")
    return _("it has no Cluster IP yet")


# ---- one rule in words


def match_words(match: Match) -> str:
    """Say what a packet must be like for a rule to act.

    Args:
        match: what the rule compares.

    >>> print(match_words(Match(destination="10.96.0.20/32", protocol="tcp", dport=80)))
    to 10.96.0.20, TCP port 80
    >>> print(match_words(Match(source="! 10.244.0.0/16")))
    not from 10.244.0.0/16
    >>> print(match_words(Match(probability=1 / 3)))
    with probability 0.333
    >>> print(match_words(Match()))
    every packet
    """
    words: str = _EVERY
    for at, condition in enumerate(_conditions(match)):
        words = _("{first}, {second}", first=words, second=condition) if at else condition
    return words


def _conditions(match: Match) -> list[str]:
    """Return all that a rule asks of a packet."""
    asked = []
    if match.source:
        asked.append(_from(*_turned(match.source)))
    if match.src_type:
        asked.append(_("from this Node itself"))
    if match.destination:
        asked.append(_to(*_turned(match.destination)))
    if match.dst_type:
        asked.append(_("to an address of this Node"))
    if match.protocol:
        protocol = match.protocol.upper()
        asked.append(
            _("{protocol} port {port}", protocol=protocol, port=match.dport) if match.dport else protocol
        )
    if match.mark:
        value, other = _turned(match.mark)
        asked.append(_("not marked {mark}", mark=value) if other else _("marked {mark}", mark=value))
    if match.ctstate:
        asked.append(_connection(*_turned(match.ctstate)))
    if match.probability is not None:
        asked.append(_("with probability {number}", number=f"{match.probability:.3g}"))
    if match.recent and match.recent.seconds is not None:
        seconds = match.recent.seconds
        asked.append(_("its sender had this endpoint within the last {seconds} s", seconds=seconds))
    return asked


def as_fraction(chance: float) -> str:
    """Return a chance (0 to 1) as a fraction, "always" for 1.

    >>> as_fraction(0.333333333), as_fraction(1.0)
    ('1/3', 'always')
    """
    fraction = Fraction(chance).limit_denominator(10_000)
    return _("always") if fraction == 1 else str(fraction)


def purpose(table: str, chain: str, rule: Rule, chance: float | None = None) -> str:
    """Say what a rule is for.

    Args:
        table: the table that it is in: "nat" or "filter".
        chain: the chain that it is in.
        rule: the rule.
        chance: where it leads to an endpoint, the share of new connections that this endpoint gets, 0 to 1.

    >>> purpose("nat", "KUBE-SEP-A", Rule(Match(protocol="tcp"), "DNAT", "10.244.1.2:8080"))
    'rewrites the destination to 10.244.1.2:8080'
    """
    fixed = _FIXED.get((table, chain, rule.target))
    if fixed:
        return fixed
    if table == "filter":
        return _filtering(chain, rule)
    if rule.target == "KUBE-MARK-MASQ":
        return _HAIRPIN if chain.startswith("KUBE-SEP-") else _MARKS
    if rule.target == "DNAT":
        if rule.match.recent:
            return _("rewrites the destination to {address} and remembers the sender", address=rule.detail)
        return _("rewrites the destination to {address}", address=rule.detail)
    if rule.target.startswith("KUBE-SEP-"):
        if rule.match.recent:
            return _("leads a client that had this endpoint before to it again (session affinity)")
        return _choosing(chance)
    return _leading(chain, rule)


def _choosing(chance: float | None) -> str:
    if chance is None:
        return _("chooses this endpoint")
    if Fraction(chance).limit_denominator(10_000) == 1:
        return _("chooses this endpoint for all new connections")
    return _("chooses this endpoint for {share} of all new connections", share=as_fraction(chance))


def _leading(chain: str, rule: Rule) -> str:
    if chain in ("KUBE-SERVICES", "KUBE-NODEPORTS"):
        return _leading_in(rule)
    if chain.startswith("KUBE-FW-"):
        if rule.target:
            return _("lets in a sender that loadBalancerSourceRanges names")
        return _("a comment, because all other senders are dropped")
    if rule.target.startswith("KUBE-SVL-"):
        return _("packets from outside go only to Pods of this Node (externalTrafficPolicy: Local)")
    if rule.match.source or rule.match.src_type:
        return _("packets from Pods and from the Node itself go to any endpoint, Local or not")
    return _("leads to the chain that chooses an endpoint")


def _leading_in(rule: Rule) -> str:
    """Say which address of a Service's port a rule is for."""
    port, _space, what = rule.match.comment.partition(" ")
    number = rule.match.dport
    if not what and rule.match.nfacct:
        return _("node port {number} of {port}, at 127.0.0.1 and counted", number=number, port=port)
    if not what:
        return _("node port {number} of {port}", number=number, port=port)
    if what == "cluster IP":
        return _("Cluster IP of {port}", port=port)
    if what == "external IP":
        return _("external IP of {port}", port=port)
    if what == "loadbalancer IP":
        return _("load balancer IP of {port}", port=port)
    return _("{what} of {port}", what=what, port=port)


def _filtering(chain: str, rule: Rule) -> str:
    port, _space, what = rule.match.comment.partition(" ")
    if chain == "KUBE-PROXY-FIREWALL":
        return _("drops packets to {port} whose sender is in none of loadBalancerSourceRanges", port=port)
    if rule.target == "REJECT":
        return _("refuses packets to {port} at once ({comment})", port=port, comment=what)
    if rule.target == "DROP":
        return _("drops packets to {port} without an answer ({comment})", port=port, comment=what)
    if chain == "KUBE-NODEPORTS":
        return _("health check port of {port}", port=port)
    return _HOOKS.get(rule.target, "")


def _turned(value: str) -> tuple[str, bool]:
    """Return what a rule compares with, and whether it asks for everything else."""
    other = value.startswith("! ")
    return (value[2:] if other else value).removesuffix("/32"), other


def _from(cidr: str, other: bool) -> str:  # as `_turned` has it
    return _("not from {range}", range=cidr) if other else _("from {range}", range=cidr)


def _to(cidr: str, other: bool) -> str:
    return _("not to {range}", range=cidr) if other else _("to {range}", range=cidr)


def _connection(state: str, other: bool) -> str:
    if state == "NEW" and not other:
        return _("of a new connection")
    if other:
        return _("not of a connection that is {state}", state=state)
    return _("of a connection that is {state}", state=state)
