"""kube-proxy: the rules of its Node, and what they make of a packet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import NamedTuple

from k8snotes.errors import AddressError, did_you_mean
from k8snotes.node.iptables_save import Match, ProxyRules, Rule, Table
from k8snotes.node.proxy_inputs import same_on_every_node
from k8snotes.node.proxy_rules import rules

__all__ = ["Backend", "Decision", "ProxyRules", "Step", "decide", "rules", "same_on_every_node"]

_ORIGINS = ("pod", "node", "outside")
_PROTOCOLS = ("TCP", "UDP", "SCTP", "ICMP")


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that acted on the packet: in which table and chain it stands."""

    table: str
    chain: str
    rule: Rule

    def __str__(self) -> str:
        return f"{self.table}: -A {self.chain} {self.rule}"


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint that the packet may be sent to.

    `probability` is its chance, from 0 to 1; `masqueraded` says whether the source becomes the Node's
    address; `chain` is its KUBE-SEP chain, under which session affinity remembers the client.
    """

    ip: str
    port: int
    probability: float
    masqueraded: bool
    chain: str
    steps: tuple[Step, ...]

    @property
    def address(self) -> str:
        """Address and port: "10.244.1.2:8080"."""
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules of one Node make of the first packet of a connection.

    `outcome` is "dnat" (it goes on to one of `backends`), "reject" (the sender is told at once),
    "drop" (the sender hears nothing) or "no rule" (kube-proxy leaves it as it is: the network decides).
    `steps` are the rules that led there; those of each backend stand with the backend. Where dice were
    thrown, `backends` has the chosen one alone, and `of` says among how many it was.
    """

    outcome: str
    backends: tuple[Backend, ...] = ()
    steps: tuple[Step, ...] = ()
    of: int = 0

    @property
    def masqueraded(self) -> bool:
        """Whether every backend sees the Node's address instead of the sender's."""
        return bool(self.backends) and all(backend.masqueraded for backend in self.backends)


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
                yield from self._act(table, chain, rule, way._replace(weight=way.weight * chance))
                way = way._replace(weight=way.weight * (1 - chance))
                continue
            going_on: list[_Way] = []
            for found in self._act(table, chain, rule, way):
                if found.ended or found.returned:
                    yield found
                else:
                    going_on.append(found)
            if not going_on:
                return
            # no chain of kube-proxy has two ways that go on: what is left of them is the mark
            way = going_on[0]._replace(weight=sum(found.weight for found in going_on))
        yield way

    def _act(self, table: Table, chain: str, rule: Rule, way: _Way) -> Iterator[_Way]:
        if not rule.target or (rule.target in table and not table[rule.target].rules):
            yield way  # a rule that only tells, or a chain in which nothing stands
            return
        way = way._replace(steps=(*way.steps, Step(table.name, chain, rule)))
        if rule.target == "MARK":
            value, mask = (int(part, 16) for part in rule.detail.split("/"))
            yield way._replace(packet=way.packet._replace(mark=(way.packet.mark & ~mask) ^ value))
        elif rule.target == "RETURN":
            yield way._replace(returned=True)
        elif rule.target in table:
            for found in self.through(table, rule.target, way):
                yield found._replace(returned=False) if found.returned else found
        else:
            yield way._replace(ended=rule)

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

    `origin` is "pod" (a Pod on this Node), "node" (a process on it) or "outside" (it arrives from
    another machine); `source` is the sender's address (for "node" it may be left out); `port` is None for a ping (protocol "ICMP").
    `remembered` holds the chains (`Backend.chain`) of endpoints that served this client before,
    within the time of its session affinity. `throw` chooses one of several endpoints by their chances;
    without it the answer has them all. Raises AddressError for what is no address, port or origin.

    >>> from k8snotes.api.kinds.endpointslice import EndpointSlice

    >>> from k8snotes.api.kinds.service import Service
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> held = EndpointSlice({"metadata": {"namespace": "default", "labels": {
    ...     "kubernetes.io/service-name": "web"}}, "ports": [{"port": 8080}],
    ...     "endpoints": [{"addresses": ["10.244.1.2"]}, {"addresses": ["10.244.2.2"]}]})
    >>> there = rules("node-1", [web], [held], node_ips=["192.168.0.11"])
    >>> found = decide(there, "10.96.0.20", 80, source="10.244.1.9")
    >>> found.outcome, [(backend.address, backend.probability) for backend in found.backends]
    ('dnat', [('10.244.1.2:8080', 0.5), ('10.244.2.2:8080', 0.5)])
    >>> decide(there, "10.96.0.20", 81, source="10.244.1.9").outcome
    'no rule'
    """
    source = source or _own_address(rules, destination, origin)
    _check(destination, port, protocol, origin, source)
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
        ip, _, number = way.ended.detail.rpartition(":")
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
        for found in walk.through(walk.held.filter, hook, way):
            if found.ended and found.ended.target in ("REJECT", "DROP"):
                return Decision(found.ended.target.lower(), steps=found.steps)
    return None


def _backend(walk: _Walk, way: _Way, origin: str) -> Backend:
    masqueraded = False
    # a packet from elsewhere that is meant for the Node itself is not sent out any more
    if origin == "node" or not walk.is_local(way.packet.destination):
        for found in walk.through(walk.held.nat, "POSTROUTING", way._replace(ended=None)):
            masqueraded = bool(found.ended and found.ended.target == "MASQUERADE")
    chain = way.steps[-1].chain
    return Backend(way.packet.destination, way.packet.port or 0, way.weight, masqueraded, chain, way.steps)


def _own_address(held: ProxyRules, destination: str, origin: str) -> str:
    if origin != "node":
        return ""
    # the kernel takes the address of the card that the packet leaves by
    if destination.startswith("127.") or not held.node_ips:
        return "127.0.0.1"
    return destination if destination in held.node_ips else held.node_ips[0]


def _check(destination: str, port: int | None, protocol: str, origin: str, source: str) -> None:
    if origin not in _ORIGINS:
        hint = did_you_mean(origin, _ORIGINS)
        msg = f'A packet cannot come from "{origin}": write "pod", "node" or "outside".{hint}'
        raise AddressError(msg)
    for what, ip in (("destination", destination), ("source", source)):
        try:
            IPv4Address(ip)
        except AddressValueError:
            msg = f'The {what} "{ip}" of the packet is no IPv4 address: write one such as 10.96.0.20.'
            raise AddressError(msg) from None
    if protocol.upper() not in _PROTOCOLS:
        msg = f'kube-proxy knows no protocol "{protocol}": write TCP, UDP or SCTP.'
        raise AddressError(msg)
    if port is not None and not 1 <= port <= 65535:
        msg = f"There is no port {port}: ports go from 1 to 65535."
        raise AddressError(msg)


def _in_range(asked: str, ip: str) -> bool:
    if not asked:
        return True
    turned = asked.startswith("! ")
    cidr = asked[2:] if turned else asked
    inside = cidr[:-3] == ip if cidr.endswith("/32") else _range(cidr)[0] <= _number(ip) <= _range(cidr)[1]
    return inside is not turned


@lru_cache(maxsize=256)
def _range(cidr: str) -> tuple[int, int]:
    network = IPv4Network(cidr, strict=False)
    return int(network.network_address), int(network.broadcast_address)


@lru_cache(maxsize=65536)
def _number(ip: str) -> int:
    return int(IPv4Address(ip))


def _has_state(asked: str, states: frozenset[str]) -> bool:
    turned = asked.startswith("! ")
    return bool(states & set(asked.removeprefix("! ").split(","))) is not turned


def _has_mark(asked: str, mark: int) -> bool:
    turned = asked.startswith("! ")
    value, mask = (int(part, 16) for part in asked.removeprefix("! ").split("/"))
    return (mark & mask == value) is not turned
