"""What a Node's iptables hold, as plain values, and as `iptables-save` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Chain", "Match", "ProxyRules", "Recent", "Rule", "Table"]

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

    def __str__(self) -> str:
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

    def __str__(self) -> str:
        parts = [str(self.match)]
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
        if len(self.rules) < _FEW:
            return self.rules
        places = self._places
        found = [
            place
            for address in (destination, "")
            for number in ((port, None) if port is not None else (None,))
            for place in places.get((address, number), ())
        ]
        return [self.rules[place] for place in sorted(found)]


@dataclass(frozen=True)
class Table:
    """One table of iptables: "nat" rewrites addresses, "filter" lets through or refuses."""

    name: str
    chains: tuple[Chain, ...]

    @cached_property
    def _by_name(self) -> dict[str, Chain]:
        return {chain.name: chain for chain in self.chains}

    def __getitem__(self, name: str) -> Chain:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

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

    def __str__(self) -> str:
        return f"{self.nat}{self.filter}"
