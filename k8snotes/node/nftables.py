"""nftables: the ruleset that a Node's kernel holds, as `nft list ruleset` prints it, and what it makes of a packet.

kube-proxy in nftables mode writes one table with sets, maps and chains. The kernel looks a packet up in the maps instead of
holding it against a rule for each Service.

Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from k8snotes.node.decision import Backend, Decision
from k8snotes.node.iptables import check_packet, sender_address
from k8snotes.screen import printable

__all__ = ["Chain", "Element", "Map", "Rule", "Ruleset", "Set", "Step", "Term", "decide"]

MARK = "0x00004000"
_BASE = {  # the hooks of the kernel in which a packet meets the chains, in order, by where it comes from
    "in": ("filter-prerouting-pre-dnat", "nat-prerouting"),
    "own": ("filter-output-pre-dnat", "nat-output", "filter-output"),
}
_ENDS = (
    "look-up",
    "choose",
    "rewrite",
    "jump",
    "goto",
    "reject",
    "drop",
    "masquerade",
)  # what a rule ends with
_LOCAL, _PASSING, _LEAVING = "filter-input", "filter-forward", "nat-postrouting"


class Term(NamedTuple):
    """One part of a rule: what a packet must be like, or what happens to it.

    Args:
        kind: "to-set", "from-set", "to", "from", "not-from", "from-itself", "marked", "translated", "hairpin",
            "protocol" and "new" ask; "mark", "unmark", "remember", "look-up", "choose", "rewrite", "jump", "goto",
            "reject", "drop" and "masquerade" act.
        text: the part as `nft` prints it.
        value: what the kind needs: the name of a set, map or chain, ranges, the targets to choose from.
    """

    kind: str
    text: str
    value: Any = None

    @property
    def acts(self) -> bool:
        """Whether it does something to the packet; else it asks what the packet is like."""
        return self.kind in (*_ENDS, "mark", "unmark", "remember")


class Rule(NamedTuple):
    """One rule of a chain: its parts are read from left to right, until one of them does not match.

    >>> print(Rule((Term("to-set", "ip daddr @cluster-ips", "cluster-ips"), Term("reject", "reject"))))
    ip daddr @cluster-ips reject
    """

    terms: tuple[Term, ...]
    comment: str = ""

    @property
    def text(self) -> str:
        """The rule as `nft` prints it, with names as they are."""
        words = " ".join(term.text for term in self.terms)
        return f'{words} comment "{self.comment}"' if self.comment else words

    @printable
    def __str__(self) -> str:
        return self.text


class Chain(NamedTuple):
    """Rules that a packet meets one after the other; `hook` is what a chain of the kernel's hooks begins with."""

    name: str
    rules: tuple[Rule, ...] = ()
    hook: str = ""
    comment: str = ""


class Set(NamedTuple):
    """A set of addresses; `flags` are further lines of its head: its size, and for how long it remembers."""

    name: str
    type: str
    comment: str = ""
    elements: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Element(NamedTuple):
    """What a map has for a key: "goto" a chain, or "drop"; `comment` is the Service's port."""

    verdict: str
    chain: str = ""
    comment: str = ""

    @property
    def text(self) -> str:
        """The verdict as `nft` prints it."""
        return f"{self.verdict} {self.chain}" if self.chain else self.verdict


class Map(NamedTuple):
    """A map from address, protocol and port ("10.96.0.1 . tcp . 443") to what happens to the packet."""

    name: str
    type: str
    comment: str
    elements: Mapping[str, Element]


class Step(NamedTuple):
    """One rule that acted on the packet, with the element of the map that it found."""

    chain: str
    rule: Rule
    found: str = ""

    @property
    def text(self) -> str:
        """The step in words, with names as they are."""
        return f"chain {self.chain}: {self.rule.text}{f' ({self.found})' if self.found else ''}"

    @printable
    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Ruleset:
    """The rules of kube-proxy on one Node; printed, they read as `nft list ruleset` would print them.

    Args:
        node: the name of the Node.
        node_ips: the Node's own addresses, besides 127.0.0.0/8.
        sets: the sets, by name, in the order in which they are printed.
        maps: the maps, by name.
        chains: the chains, by name.
    """

    node: str
    node_ips: tuple[str, ...]
    sets: Mapping[str, Set]
    maps: Mapping[str, Map]
    chains: Mapping[str, Chain]

    @printable
    def __str__(self) -> str:
        early = [item for item in self.sets.values() if not item.flags]
        late = [item for item in self.sets.values() if item.flags]
        blocks = [
            *(_set(item) for item in early),
            *(_map(item) for item in self.maps.values()),
            *(_set(item) for item in late),
            *(_chain(item) for item in self.chains.values()),
        ]
        body = "\n\n".join(blocks)
        return f'table ip kube-proxy {{\n\tcomment "rules for kube-proxy"\n{body}\n}}\n'

    def decide(self, destination: str, port: int | None, protocol: str = "TCP", **more: Any) -> Decision:
        """Follow the rules for the first packet of a connection: `decide`, with the same arguments."""
        return decide(self, destination, port, protocol, **more)


# ---- printing


def _set(item: Set) -> str:
    wide = " . " in item.type
    return _block(
        f"set {item.name}",
        [
            f"type {item.type}",
            *item.flags,
            *_comment(item.comment),
            *_elements(item.elements, 1 if wide else 2),
        ],
    )


def _map(item: Map) -> str:
    shown = [
        f"{key}{f' comment {chr(34)}{there.comment}{chr(34)}' if there.comment else ''} : {there.text}"
        for key, there in item.elements.items()
    ]
    return _block(f"map {item.name}", [f"type {item.type}", *_comment(item.comment), *_elements(shown, 1)])


def _chain(item: Chain) -> str:
    hook = [item.hook] if item.hook else []
    return _block(f"chain {item.name}", [*hook, *_comment(item.comment), *(rule.text for rule in item.rules)])


def _block(head: str, lines: Sequence[str]) -> str:
    body = "".join(f"\t\t{line}\n" for line in lines)
    return f"\t{head} {{\n{body}\t}}"


def _comment(text: str) -> list[str]:
    return [f'comment "{text}"'] if text else []


def _elements(items: Sequence[str], in_a_line: int) -> list[str]:
    rows = [", ".join(items[at : at + in_a_line]) for at in range(0, len(items), in_a_line)]
    return ["elements = { " + ",\n\t\t\t     ".join(rows) + " }"] if rows else []


# ---- a packet meets the rules


class _Packet(NamedTuple):
    destination: str
    port: int | None
    protocol: str
    source: str
    marked: bool = False
    translated: bool = False


class _Way(NamedTuple):
    """A packet on its way: how probable this way is, the rules that acted, and the verdict that ended it."""

    packet: _Packet
    weight: float = 1.0
    steps: tuple[Step, ...] = ()
    verdict: str = ""
    map: str = ""  # in which the rules have found the packet last
    endpoint: str = ""  # the name under which a client is remembered

    def after(self, chain: str, rule: Rule, found: str = "") -> _Way:
        """Return this way with one more rule behind it."""
        return self._replace(steps=(*self.steps, Step(chain, rule, found)))


class _Walk:
    """Follows packets through the chains of one Node; `remembered` are the endpoints that know this client."""

    def __init__(self, held: Ruleset, remembered: Collection[str]) -> None:
        self.held, self.remembered = held, remembered

    def through(self, name: str, way: _Way) -> list[_Way]:
        """Return every way that the packet may take through a chain."""
        for rule in self.held.chains[name].rules:
            ways, gone = self._meet(name, rule, way)
            if gone:
                return ways
            (way,) = ways
        return [way]

    def _meet(self, name: str, rule: Rule, way: _Way) -> tuple[list[_Way], bool]:
        """Hold a packet against one rule; the answer says whether it leaves the chain."""
        for term in rule.terms:
            kind, value, packet = term.kind, term.value, way.packet
            if kind in _ENDS:
                return self._act(name, rule, term, way)
            if kind in ("mark", "unmark"):
                way = way.after(name, rule)._replace(packet=packet._replace(marked=kind == "mark"))
            elif kind == "remember":
                way = way.after(name, rule)
            elif not self._matches(kind, value, packet):
                break
        return [way], False

    def _act(self, name: str, rule: Rule, term: Term, way: _Way) -> tuple[list[_Way], bool]:
        kind, value, packet = term.kind, term.value, way.packet
        if kind == "look-up":
            by_address, table = value
            key = f"{packet.protocol.lower()} . {packet.port}"
            key = f"{packet.destination} . {key}" if by_address else key
            there = self.held.maps[table].elements.get(key)
            if there is None:
                return [way], False
            way = way.after(name, rule, f"{key} : {there.text}")._replace(map=table)
            if there.verdict == "goto":
                return self.through(there.chain, way), True
            return [way._replace(verdict=there.verdict)], True
        if not way.steps or way.steps[-1].rule is not rule:
            way = way.after(name, rule)
        if kind == "jump":
            ways = self.through(value, way)
            if any(one.verdict for one in ways):
                return ways, True
            return [
                ways[0]._replace(steps=way.steps[:-1] if ways[0].steps == way.steps else ways[0].steps)
            ], False
        if kind == "goto":
            return self.through(value, way), True
        if kind == "choose":
            share = way.weight / len(value)
            ways = []
            for chain, ip, port in value:
                one = way._replace(weight=share)
                ways += self.through(chain, one) if chain else [_rewritten(one, ip, port)]
            return ways, True
        if kind == "rewrite":
            endpoint, ip, port = value
            return [_rewritten(way, ip, port)._replace(endpoint=endpoint)], True
        return [way._replace(verdict=kind)], True

    def _matches(self, kind: str, value: Any, packet: _Packet) -> bool:
        if kind == "to-set":
            return packet.destination in self.held.sets[value].elements
        if kind == "from-set":
            return value in self.remembered
        if kind == "to":
            return _inside(packet.destination, value)
        if kind == "from":
            return _inside(packet.source, value)
        if kind == "not-from":
            return not _inside(packet.source, value)
        if kind == "from-itself":
            return self.is_local(packet.source)
        if kind == "marked":
            return packet.marked
        if kind == "translated":
            return packet.translated
        if kind == "hairpin":
            key = f"{packet.source} . {packet.destination} . {packet.protocol.lower()} . {packet.port}"
            return key in self.held.sets[value].elements
        if kind == "protocol":
            return bool(packet.protocol.lower() == value)
        return True  # "new": it is the first packet

    def is_local(self, ip: str) -> bool:
        """Whether an address is one of this Node's own."""
        return ip in self.held.node_ips or ip.startswith("127.")


def _rewritten(way: _Way, ip: str, port: int) -> _Way:
    packet = way.packet._replace(destination=ip, port=port, translated=True)
    return way._replace(packet=packet, verdict="dnat", endpoint=f"{ip}:{port}")


def _inside(ip: str, ranges: Sequence[str]) -> bool:
    return any(IPv4Address(ip) in IPv4Network(cidr, strict=False) for cidr in ranges)


def decide(
    rules: Ruleset,
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
        rules: the rules of the Node.
        destination: the address that the packet is sent to.
        port: its port, None for a ping (protocol "ICMP").
        protocol: "TCP", "UDP", "SCTP" or "ICMP".
        origin: "pod" (a Pod on this Node), "node" (a process on it) or "outside" (it arrives from another machine).
        source: the sender's address; for "node" it may be left out.
        remembered: the endpoints (`Backend.chain`) that served this client before, within the time of its session
            affinity.
        throw: chooses one of several endpoints by their chances, and returns its position; without it the answer has
            them all.

    Raises:
        AddressError: For what is no address, port, protocol or origin.

    >>> from k8snotes.api.kinds.service import Service
    >>> from k8snotes.node.nftables_mode import rules
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> there = rules("node-1", [web], [], service_cidr="10.96.0.0/16")
    >>> [decide(there, "10.96.0.20", port, source="10.244.1.9").cause for port in (80, 81)]
    ['no-endpoints', 'wrong-port']

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables
    """
    source = source or sender_address(rules.node_ips, destination, origin)
    check_packet(destination, port, protocol, origin, source)
    walk = _Walk(rules, remembered)
    start = _Way(_Packet(destination, port, protocol.upper(), source))
    ways = [start]
    for name in _BASE["own" if origin == "node" else "in"]:
        ways = [after for way in ways for after in _onward(walk, name, way)]
        refused = next((way for way in ways if way.verdict in ("reject", "drop")), None)
        if refused is not None:
            return _refusal(rules, refused, destination)
    count = len(ways)
    if throw is not None and count > 1:
        ways = [ways[throw([way.weight for way in ways])]]
    backends = []
    for way in ways:
        arrived = _arriving(walk, way, origin)
        if arrived.verdict in ("reject", "drop"):
            return _refusal(rules, arrived, destination)
        if not way.packet.translated:
            return Decision("no rule", steps=way.steps)
        backends.append(_backend(walk, way, origin))
    return Decision("dnat", tuple(backends), backends[0].steps[:1], count)


def _onward(walk: _Walk, name: str, way: _Way) -> Iterator[_Way]:
    """Yield the ways through a chain of a hook; a packet that is rewritten goes on to the next hook."""
    for after in walk.through(name, way._replace(verdict="")):
        yield after if after.verdict in ("reject", "drop") else after._replace(verdict="")


def _arriving(walk: _Walk, way: _Way, origin: str) -> _Way:
    """Return what becomes of a packet that is meant for the Node itself, or that passes through it."""
    if walk.is_local(way.packet.destination):
        return next(_onward(walk, _LOCAL, way))
    return way if origin == "node" else next(_onward(walk, _PASSING, way))


def _refusal(rules: Ruleset, way: _Way, destination: str) -> Decision:
    external = destination not in rules.sets["cluster-ips"].elements
    if way.map == "firewall-ips":
        cause = "source-ranges"
    elif way.map.startswith("no-endpoint-"):
        cause = "no-endpoints" if way.verdict == "reject" else "no-local-endpoints"
    else:
        cause = "wrong-port" if way.verdict == "reject" else "unassigned"
        external = False
    return Decision(way.verdict, steps=way.steps, cause=cause, external=external)


def _backend(walk: _Walk, way: _Way, origin: str) -> Backend:
    packet, masquerade = way.packet, None
    # a packet from elsewhere that is meant for the Node itself is not sent out any more
    if origin == "node" or not walk.is_local(packet.destination):
        (leaving,) = walk.through(_LEAVING, way._replace(steps=()))
        masquerade = leaving.steps[-1] if leaving.verdict == "masquerade" else None
    return Backend(packet.destination, packet.port or 0, way.weight, masquerade, way.endpoint, way.steps)
