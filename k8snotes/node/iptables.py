"""iptables: the rules that a Node's kernel holds, as `iptables-save` prints them, and what they make of a packet.

kube-proxy writes these rules; the kernel holds every packet against them, chain by chain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from k8snotes.catalogue import _
from k8snotes.control_plane import caches
from k8snotes.errors import AddressError, did_you_mean
from k8snotes.node.addresses import is_ipv4
from k8snotes.node.decision import Backend, Decision
from k8snotes.screen import printable

__all__ = [
    "Chain",
    "Match",
    "ProxyRules",
    "Recent",
    "Rule",
    "Step",
    "Table",
    "check_packet",
    "decide",
    "sender_address",
]

_CAUSES = {"KUBE-FIREWALL": "loopback", "KUBE-PROXY-FIREWALL": "source-ranges"}
_FEW = 16  # rules that are read faster than looked up
_DETAIL = {
    "DNAT": " --to-destination {}",
    "MARK": " --set-xmark {}",
    "MASQUERADE": " --random-fully",
    "REJECT": " --reject-with {}",
}


@dataclass(frozen=True, slots=True)
class Recent:
    """Session affinity: a list of client addresses, one list for each endpoint.

    `seconds` is None where the client is put on the list, and else how long it is remembered.
    """

    name: str
    seconds: int | None = None

    @printable
    def __str__(self) -> str:
        how = "--set" if self.seconds is None else f"--rcheck --seconds {self.seconds} --reap"
        return f"-m recent {how} --name {self.name} --mask 255.255.255.255 --rsource"


@dataclass(frozen=True, slots=True)
class Match:
    """What a packet must be like for a rule to act; a field that is left empty asks nothing.

    `source` and `destination` are ranges ("10.96.0.1/32"); these, `mark` and `ctstate` may begin with
    "! ", which turns the question round. `src_type` and `dst_type` know one word, "LOCAL": an address
    of this Node. `probability` is the chance of a rule that asks the dice.

    >>> print(Match(destination="10.96.0.10/32", protocol="udp", comment="dns cluster IP", dport=53))
    -d 10.96.0.10/32 -p udp -m comment --comment "dns cluster IP" -m udp --dport 53
    """

    source: str = ""
    destination: str = ""
    protocol: str = ""
    comment: str = ""
    dport: int | None = None
    src_type: str = ""
    dst_type: str = ""
    mark: str = ""
    ctstate: str = ""
    nfacct: str = ""
    probability: float | None = None
    recent: Recent | None = None

    @printable
    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The match as `iptables-save` writes it, with names as they are."""
        words = [_not("-s", self.source), _not("-d", self.destination)]
        words.append(f"-p {self.protocol}" if self.protocol else "")
        tracked = f"-m conntrack {_not('--ctstate', self.ctstate)}" if self.ctstate else ""
        # kube-proxy asks for NEW before it writes the comment, and for other states after it
        early = self.ctstate == "NEW"
        words.append(tracked if early else "")
        words.append(f'-m comment --comment "{self.comment}"' if self.comment else "")
        words.append("" if early else tracked)
        words.append(str(self.recent) if self.recent else "")
        words.append(_chance(self.probability))
        words.append(f"-m addrtype --src-type {self.src_type}" if self.src_type else "")
        words.append(f"-m addrtype --dst-type {self.dst_type}" if self.dst_type else "")
        words.append(f"-m mark {_not('--mark', self.mark)}" if self.mark else "")
        words.append(f"-m {self.protocol}" if self.protocol else "")
        words.append(f"--dport {self.dport}" if self.dport is not None else "")
        # iptables-save itself prints two spaces here
        words.append(f"-m nfacct --nfacct-name  {self.nfacct}" if self.nfacct else "")
        return " ".join(word for word in words if word)


def _not(option: str, value: str) -> str:
    if not value:
        return ""
    return f"! {option} {value[2:]}" if value.startswith("! ") else f"{option} {value}"


def _chance(probability: float | None) -> str:
    if probability is None:
        return ""
    # kube-proxy writes ten digits; the kernel keeps a whole number of 1/2**31, which is what is printed
    kept = round(float(f"{probability:.10f}") * 2**31) / 2**31
    return f"-m statistic --mode random --probability {kept:.11f}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a chain: what must match, and what happens then.

    `target` is a verdict (ACCEPT, DROP, REJECT, RETURN, DNAT, MASQUERADE, MARK), the name of another
    chain, or "" for a rule that only tells; `detail` is what the verdict needs: the address of a DNAT.

    >>> print(Rule(Match(protocol="tcp", comment="default/web"), "DNAT", "10.244.1.2:8080"))
    -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.2:8080
    """

    match: Match
    target: str = ""
    detail: str = ""

    @printable
    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The rule as `iptables-save` writes it, with names as they are."""
        parts = [self.match.text]
        if self.target:
            parts.append(f"-j {self.target}{_DETAIL.get(self.target, '').format(self.detail)}")
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Chain:
    """Rules that a packet is held against, one after the other; `policy` is "-" but for built-in chains."""

    name: str
    rules: tuple[Rule, ...] = ()
    policy: str = "-"

    @cached_property
    def _places(self) -> dict[tuple[str, int | None], list[int]]:
        places: dict[tuple[str, int | None], list[int]] = {}
        for place, rule in enumerate(self.rules):
            one = rule.match.destination.endswith("/32") and not rule.match.destination.startswith("! ")
            address = rule.match.destination[:-3] if one else ""
            places.setdefault((address, rule.match.dport), []).append(place)
        return places

    def rules_for(self, destination: str, port: int | None) -> Sequence[Rule]:
        """Return, in order, the rules whose address and port leave room for this packet.

        The kernel reads every rule; the ones that are skipped here could not have matched.
        """
        if len(self.rules) < _FEW or not caches.enabled():
            return self.rules
        places = self._places
        fitting = [
            place
            for address in (destination, "")
            for number in ((port, None) if port is not None else (None,))
            for place in places.get((address, number), ())
        ]
        return [self.rules[place] for place in sorted(fitting)]


class Table:
    """One table of iptables: "nat" rewrites addresses, "filter" lets through or refuses.

    Most packets see few chains, so those that lead to endpoints may be written when they are first asked for.

    Args:
        name: "nat" or "filter".
        chains: The chains, in the order in which they are printed.
        later: For the name of a chain that is not written yet, what returns it with the chains that it leads to.

    >>> table = Table("nat", [Chain("INPUT")], {"KUBE-SVC-A": lambda: [Chain("KUBE-SVC-A")]})
    >>> "KUBE-SVC-A" in table, [chain.name for chain in table.chains]
    (True, ['INPUT', 'KUBE-SVC-A'])
    """

    def __init__(
        self,
        name: str,
        chains: Iterable[Chain],
        later: Mapping[str, Callable[[], Iterable[Chain]]] | None = None,
    ) -> None:
        self.name = name
        self._by_name = {chain.name: chain for chain in chains}
        self._later = dict(later or {})

    @property
    def chains(self) -> tuple[Chain, ...]:
        """All chains: the built-in ones in their own order, then those of kube-proxy by name."""
        if self._later:
            for name in list(self._later):
                self._write(name)
            own = sorted(name for name in self._by_name if name.startswith("KUBE-"))
            built_in = [name for name in self._by_name if not name.startswith("KUBE-")]
            self._by_name = {name: self._by_name[name] for name in (*built_in, *own)}
        return tuple(self._by_name.values())

    def _write(self, name: str) -> None:
        self._by_name.update((chain.name, chain) for chain in self._later[name]())
        del self._later[name]

    def __getitem__(self, name: str) -> Chain:
        if name in self._later:
            self._write(name)
        elif name not in self._by_name:
            list(self.chains)  # asked for all of them, it writes them
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name or name in self._later

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.name, self.chains) == (other.name, other.chains)

    __hash__ = None  # type: ignore[assignment]  # two tables are alike when their rules are

    @printable
    def __str__(self) -> str:
        lines = [f"*{self.name}"]
        lines += [f":{chain.name} {chain.policy} [0:0]" for chain in self.chains]
        lines += [f"-A {chain.name} {rule}" for chain in self.chains for rule in chain.rules]
        return "\n".join([*lines, "COMMIT", ""])


@dataclass(frozen=True)
class ProxyRules:
    """The rules of kube-proxy on one Node; printed, they read as `iptables-save` would print them.

    `node_ips` are the Node's own addresses: what `--dst-type LOCAL` means there, besides 127.0.0.0/8.
    """

    node: str
    node_ips: tuple[str, ...]
    nat: Table
    filter: Table

    @property
    def tables(self) -> tuple[Table, Table]:
        """Both tables, in the order in which `iptables-save` prints them."""
        return self.nat, self.filter

    def decide(self, destination: str, port: int | None, protocol: str = "TCP", **more: Any) -> Decision:
        """Follow the rules for the first packet of a connection: `decide`, with the same arguments."""
        return decide(self, destination, port, protocol, **more)

    @printable
    def __str__(self) -> str:
        return f"{self.nat}{self.filter}"


# ---- a packet meets the rules

_ORIGINS = ("pod", "node", "outside")
_PROTOCOLS = ("TCP", "UDP", "SCTP", "ICMP")


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that acted on the packet: in which table and chain it is."""

    table: str
    chain: str
    rule: Rule

    @printable
    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The step in words, with names as they are."""
        return f"{self.table}: -A {self.chain} {self.rule.text}"


class _Packet(NamedTuple):
    destination: str
    port: int | None
    protocol: str
    source: str
    mark: int = 0
    states: frozenset[str] = frozenset({"NEW"})


class _Way(NamedTuple):
    """A packet on its way through chains: how probable this way is, and the rule that ended it, if one did."""

    packet: _Packet
    weight: float = 1.0
    steps: tuple[Step, ...] = ()
    ended: Rule | None = None
    returned: bool = False

    def weighed(self, chance: float) -> _Way:
        """Return this way with its chance multiplied."""
        return _Way(self.packet, self.weight * chance, self.steps)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Follows packets through the chains of one Node; `remembered` are the chains that know this client."""

    held: ProxyRules
    remembered: frozenset[str]

    def through(self, table: Table, chain: str, way: _Way) -> Iterator[_Way]:
        """Yield every way that the packet may take through a chain, with its chance."""
        for rule in table[chain].rules_for(way.packet.destination, way.packet.port):
            if not self.matches(rule.match, way.packet):
                continue
            chance = rule.match.probability
            if chance is not None:
                yield from self._act(table, chain, rule, way.weighed(chance))
                way = way.weighed(1 - chance)
                continue
            going_on: list[_Way] = []
            for after in self._act(table, chain, rule, way):
                if after.ended or after.returned:
                    yield after
                else:
                    going_on.append(after)
            if not going_on:
                return
            # no chain of kube-proxy has two ways that go on: what is left of them is the mark
            way = _Way(going_on[0].packet, sum(after.weight for after in going_on), going_on[0].steps)
        yield way

    def _act(self, table: Table, chain: str, rule: Rule, way: _Way) -> Iterator[_Way]:
        if not rule.target or (rule.target in table and not table[rule.target].rules):
            yield way  # a rule that only tells, or an empty chain
            return
        way = _Way(way.packet, way.weight, (*way.steps, Step(table.name, chain, rule)))
        if rule.target == "MARK":
            value, mask = (int(part, 16) for part in rule.detail.split("/"))
            yield way._replace(packet=way.packet._replace(mark=(way.packet.mark & ~mask) ^ value))
        elif rule.target == "RETURN":
            yield way._replace(returned=True)
        elif rule.target in table:
            for after in self.through(table, rule.target, way):
                yield after._replace(returned=False) if after.returned else after
        else:
            yield _Way(way.packet, way.weight, way.steps, ended=rule)

    def matches(self, match: Match, packet: _Packet) -> bool:
        """Whether a rule's questions are all answered with yes; the dice apart."""
        return (
            (not match.protocol or match.protocol.upper() == packet.protocol)
            and (match.dport is None or match.dport == packet.port)
            and _in_range(match.destination, packet.destination)
            and _in_range(match.source, packet.source)
            and (not match.dst_type or self.is_local(packet.destination))
            and (not match.src_type or self.is_local(packet.source))
            and (not match.ctstate or _has_state(match.ctstate, packet.states))
            and (not match.mark or _has_mark(match.mark, packet.mark))
            and (not match.recent or match.recent.seconds is None or match.recent.name in self.remembered)
        )

    def is_local(self, ip: str) -> bool:
        """Whether an address is one of this Node's own."""
        return ip in self.held.node_ips or ip.startswith("127.")


def decide(
    rules: ProxyRules,
    destination: str,
    port: int | None,
    protocol: str = "TCP",
    *,
    origin: str = "pod",
    source: str = "",
    remembered: Collection[str] = (),
    throw: Callable[[Sequence[float]], int] | None = None,
) -> Decision:
    """Follow a Node's rules for the first packet of a connection, as the kernel would.

    Args:
        port: None for a ping (protocol "ICMP").
        origin: "pod" (a Pod on this Node), "node" (a process on it) or "outside" (it arrives from another
            machine).
        source: The sender's address; for "node" it may be left out.
        remembered: The chains (`Backend.chain`) of endpoints that served this client before, within the
            time of its session affinity.
        throw: Chooses one of several endpoints by their chances, and returns its position; without it the
            answer has them all.

    Raises:
        AddressError: For what is no address, port, protocol or origin.

    >>> from k8snotes.api.kinds.endpointslice import EndpointSlice

    >>> from k8snotes.api.kinds.service import Service
    >>> from k8snotes.node.iptables_mode import rules
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> held = EndpointSlice({"metadata": {"namespace": "default", "labels": {
    ...     "kubernetes.io/service-name": "web"}}, "ports": [{"port": 8080}],
    ...     "endpoints": [{"addresses": ["10.244.1.2"]}, {"addresses": ["10.244.2.2"]}]})
    >>> there = rules("node-1", [web], [held], node_ips=["192.168.0.11"])
    >>> decision = decide(there, "10.96.0.20", 80, source="10.244.1.9")
    >>> decision.outcome, [(backend.address, backend.probability) for backend in decision.backends]
    ('dnat', [('10.244.1.2:8080', 0.5), ('10.244.2.2:8080', 0.5)])
    >>> decide(there, "10.96.0.20", 81, source="10.244.1.9").outcome
    'no rule'
    """
    source = source or sender_address(rules.node_ips, destination, origin)
    check_packet(destination, port, protocol, origin, source)
    walk = _Walk(rules, frozenset(remembered))
    packet = _Packet(destination, port, protocol.upper(), source)
    entry = "OUTPUT" if origin == "node" else "PREROUTING"
    ways = list(walk.through(rules.nat, entry, _Way(packet)))
    count = len(ways)
    if throw is not None and count > 1:
        ways = [ways[throw([way.weight for way in ways])]]
    backends: list[Backend] = []
    for way in ways:
        if way.ended is None or way.ended.target != "DNAT":
            # what no rule of the nat table sends on is the whole packet: the Services' chains have no holes
            refused = _filtered(walk, way, origin)
            return refused or Decision("no rule", steps=way.steps)
        ip, _colon, number = way.ended.detail.rpartition(":")
        states = way.packet.states | {"DNAT"}
        there = way._replace(packet=way.packet._replace(destination=ip, port=int(number), states=states))
        refused = _filtered(walk, there._replace(ended=None), origin)
        if refused:
            return refused
        backends.append(_backend(walk, there, origin))
    return Decision("dnat", tuple(backends), backends[0].steps[:1], count)


def _filtered(walk: _Walk, way: _Way, origin: str) -> Decision | None:
    """Return the refusal of the filter table, None if it lets the packet through."""
    local = walk.is_local(way.packet.destination)
    hooks = ["OUTPUT"] if origin == "node" else [] if local else ["FORWARD"]
    for hook in [*hooks, "INPUT"] if local else hooks:
        for after in walk.through(walk.held.filter, hook, way):
            if after.ended and after.ended.target in ("REJECT", "DROP"):
                chain = after.steps[-1].chain
                external = chain in ("KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL")
                no_endpoints = "no-endpoints" if after.ended.target == "REJECT" else "no-local-endpoints"
                # who was let in by KUBE-FW, and found no endpoint, is dropped with those who were not
                let_in = any(step.chain.startswith("KUBE-FW-") for step in after.steps)
                cause = no_endpoints if let_in else _CAUSES.get(chain, no_endpoints)
                outcome = after.ended.target.lower()
                return Decision(outcome, steps=after.steps, cause=cause, external=external)
    return None


def _backend(walk: _Walk, way: _Way, origin: str) -> Backend:
    masquerade = None
    # a packet from elsewhere that is meant for the Node itself is not sent out any more
    if origin == "node" or not walk.is_local(way.packet.destination):
        for after in walk.through(walk.held.nat, "POSTROUTING", way._replace(ended=None)):
            masquerades = after.ended is not None and after.ended.target == "MASQUERADE"
            masquerade = after.steps[-1] if masquerades else None
    chain = way.steps[-1].chain
    return Backend(way.packet.destination, way.packet.port or 0, way.weight, masquerade, chain, way.steps)


def sender_address(node_ips: Sequence[str], destination: str, origin: str) -> str:
    """Return the address of a program on a Node: that of the card that its packet leaves by; "" for other origins."""
    if origin != "node":
        return ""
    if destination.startswith("127.") or not node_ips:
        return "127.0.0.1"
    return destination if destination in node_ips else node_ips[0]


def check_packet(destination: str, port: int | None, protocol: str, origin: str, source: str) -> None:
    """Refuse what is no packet. Raises AddressError for what is no address, port, protocol or origin."""
    if origin not in _ORIGINS:
        hint = did_you_mean(origin, _ORIGINS)
        raise AddressError(
            _(
                'A packet cannot come from "{origin}". Write "pod", "node" or "outside".{suggestion}',
                origin=origin,
                suggestion=hint,
            )
        )
    if not is_ipv4(destination):
        raise AddressError(
            _('The destination "{ip}" is no IPv4 address. Write one, such as 10.96.0.20.', ip=destination)
        )
    if not is_ipv4(source):
        raise AddressError(
            _('The source "{ip}" is no IPv4 address. Write one, such as 10.244.1.2.', ip=source)
        )
    if protocol.upper() not in _PROTOCOLS:
        raise AddressError(
            _(
                'kube-proxy does not know the protocol "{protocol}". Write TCP, UDP or SCTP.',
                protocol=protocol,
            )
        )
    if port is not None and not 1 <= port <= 65535:
        raise AddressError(_("There is no port {port}. Ports go from 1 to 65535.", port=port))


def _in_range(match: str, ip: str) -> bool:
    if not match:
        return True
    turned = match.startswith("! ")
    cidr = match[2:] if turned else match
    inside = cidr[:-3] == ip if cidr.endswith("/32") else _range(cidr)[0] <= _number(ip) <= _range(cidr)[1]
    return inside is not turned


@lru_cache(maxsize=256)
def _range(cidr: str) -> tuple[int, int]:
    network = IPv4Network(cidr, strict=False)
    return int(network.network_address), int(network.broadcast_address)


@lru_cache(maxsize=65536)
def _number(ip: str) -> int:
    return int(IPv4Address(ip))


def _has_state(match: str, states: frozenset[str]) -> bool:
    turned = match.startswith("! ")
    return bool(states & set(match.removeprefix("! ").split(","))) is not turned


def _has_mark(match: str, mark: int) -> bool:
    turned = match.startswith("! ")
    value, mask = (int(part, 16) for part in match.removeprefix("! ").split("/"))
    return (mark & mask == value) is not turned
