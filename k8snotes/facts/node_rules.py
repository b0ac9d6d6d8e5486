"""What kube-proxy's rules on one Node say, Service by Service: what leads in, who is chosen, what is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from k8snotes.api.kinds.service import Service
from k8snotes.facts.rule_words import match_words, purpose
from k8snotes.node.iptables import Chain, ProxyRules, Rule

__all__ = ["Act", "Entry", "NodeRules", "PortRules", "RuleRow", "ServiceChain", "node_rules"]

_ROLES = {
    "KUBE-SVC-": "chooses among all endpoints",
    "KUBE-SVL-": "chooses among the endpoints of this Node",
    "KUBE-EXT-": "takes what comes to an outside address",
    "KUBE-FW-": "lets in what loadBalancerSourceRanges names",
    "KUBE-SEP-": "is one endpoint",
}
_KINDS = {"cluster IP": "Cluster IP", "external IP": "external IP", "loadbalancer IP": "load balancer"}
_VERDICTS = ("REJECT", "DROP")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: where it stands, what it asks in words, what happens, what it is for; `line` as iptables-save prints it."""

    table: str
    chain: str
    matches: str
    target: str
    purpose: str
    service: str
    line: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a packet may be sent to, and what a rule makes of it.

    `kind` is "Cluster IP", "node port", "external IP", "load balancer" or "health check"; `address` "" for
    what every address of the Node has; `target` the chain that it leads to, "REJECT", "DROP" or "ACCEPT".
    `rest` says that another rule leads some of these packets on, and this one ends the others.
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


@dataclass(frozen=True, slots=True)
class Act:
    """One rule of a Service's chain: `when` in words, then `target`.

    `kind` is "mark" (for masquerade), "remember" (session affinity), "choose", "go on", "rewrite" or
    "remark". Where an endpoint is chosen, `written` is the probability that the rule has (1: whatever
    is left) and `chance` the real one, from 0 to 1; `seconds` is how long a sender is remembered.
    """

    kind: str
    when: str
    target: str
    line: str
    chance: float | None = None
    written: float | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceChain:
    """One chain of a Service's port; `address`, `whose` (a Pod's reference) and `node` are those of an endpoint's."""

    name: str
    role: str
    acts: tuple[Act, ...]
    address: str = ""
    whose: str = ""
    node: str = ""

    @property
    def chosen(self) -> tuple[Act, ...]:
        """The rules that choose an endpoint by chance, in order."""
        return tuple(act for act in self.acts if act.kind == "choose")


@dataclass(frozen=True, slots=True)
class PortRules:
    """All that the rules say of one port of one Service; `chains` are in the order of the way."""

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
    """The rules of kube-proxy on one Node: `ports` by Service, `without` the Services that have none, and why.

    `held` has the rules themselves; `service` ("default/web") is the one that is shown, "" for all.
    """

    node: str
    ports: tuple[PortRules, ...]
    without: tuple[tuple[str, str], ...]
    service: str = ""
    pod_range: str = ""
    held: ProxyRules | None = field(default=None, repr=False)

    @cached_property
    def rows(self) -> tuple[RuleRow, ...]:
        """Every rule in the order of iptables-save; of one Service alone where it is asked for."""
        owner = {chain.name: port.service for port in self.ports for chain in port.chains}
        known = {port.service for port in self.ports}
        rows = _rows(self.held, owner, known) if self.held else ()
        return tuple(row for row in rows if not self.service or row.service == self.service)

    @property
    def size(self) -> int:
        """How many rules stand on the Node, those of all Services."""
        return (
            sum(len(chain.rules) for table in self.held.tables for chain in table.chains) if self.held else 0
        )

    @property
    def iptables_save(self) -> str:
        """The complete text that iptables-save would print on this Node."""
        return str(self.held) if self.held else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The rules that are shown, as iptables-save prints them: all of them, or those of one Service."""
        return self.lines_of({self.service}) if self.service else tuple(self.iptables_save.splitlines())

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
    whose: Callable[[str], tuple[str, str]] = lambda _: ("", ""),
    why: Callable[[Service], str] = lambda _: "",
) -> NodeRules:
    """Read a Node's rules, Service by Service; nothing is worked out anew but the chance of each endpoint.

    `service` ("default/web") keeps one alone; `whose` says whose an endpoint's address is, `why` how a
    Service without endpoints stands.

    >>> from k8snotes.node.kube_proxy import rules
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> facts = node_rules(rules("node-1", [web], []), [web])
    >>> [(entry.kind, entry.address, entry.target) for entry in facts.ports[0].entries]
    [('Cluster IP', '10.96.0.20', 'REJECT')]

    Source of the rules: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
    """
    known = {f"{item.namespace}/{item.name}": item for item in services}
    entries: dict[tuple[str, str], list[Entry]] = {}
    for name, protocol, entry in _entries(held):
        entries.setdefault((name, protocol), []).append(entry)
    wanted = {
        key: found for key, found in entries.items() if not service or key[0].partition(":")[0] == service
    }
    ports = []
    for (name, protocol), found in sorted(wanted.items()):
        there = known.get(name.partition(":")[0])
        rejects = there is not None and any(entry.target == "REJECT" for entry in found)
        standing = why(there) if there is not None and rejects else ""
        chains = tuple(_chain(held.nat[item], whose) for item in _reached(held, found))
        ports.append(_port(name, protocol, _with_rest(found), chains, standing))
    seen = {name.partition(":")[0] for name, _ in entries}
    without = tuple(
        (name, _no_rules(item))
        for name, item in sorted(known.items())
        if name not in seen and (not service or name == service)
    )
    return NodeRules(held.node, tuple(ports), without, service, pod_range, held)


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
            name, _, said = rule.match.comment.partition(" ")
            if rule.match.dport is None or rule.match.nfacct:
                continue  # where all node ports are asked for; and 127.0.0.1, which the next rule has too
            address = rule.match.destination.removesuffix("/32")
            kind = _KINDS.get(said, "Cluster IP" if chain == "KUBE-SERVICES" else "node port")
            if rule.target == "ACCEPT":
                kind = "health check"
            elif chain == "KUBE-EXTERNAL-SERVICES" and address:
                kind = "outside IP"
            shown = said if rule.target in _VERDICTS else ""
            yield name, rule.match.protocol, Entry(kind, address, rule.match.dport, rule.target, shown)


def _with_rest(entries: list[Entry]) -> tuple[Entry, ...]:
    led_on = {(entry.kind, entry.address, entry.port) for entry in entries if not entry.refused}
    return tuple(
        replace(entry, rest=entry.refused and (entry.kind, entry.address, entry.port) in led_on)
        for entry in entries
    )


def _port(
    name: str, protocol: str, entries: tuple[Entry, ...], chains: tuple[ServiceChain, ...], why: str
) -> PortRules:
    service, _, port = name.partition(":")
    seconds = [act.seconds for chain in chains for act in chain.acts if act.seconds is not None]
    return PortRules(service, port, protocol.upper(), entries, chains, seconds[0] if seconds else None, why)


def _reached(held: ProxyRules, entries: Iterable[Entry]) -> list[str]:
    """Return the chains that the entries lead to, in the order of the way."""
    found: dict[str, None] = {}
    ahead = [entry.target for entry in entries]
    while ahead:
        fresh = [name for name in dict.fromkeys(ahead) if name not in found and _role(name)]
        found |= dict.fromkeys(fresh)
        ahead = [rule.target for name in fresh for rule in held.nat[name].rules]
    return sorted(found, key=lambda name: _ORDER[_prefix(name)])  # stable: as found, the endpoints last


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
    return ServiceChain(chain.name, _role(chain.name), acts, address, *owner)


def _act(chain: str, rule: Rule, chance: float | None) -> Act:
    line = f"-A {chain} {rule}"
    when = match_words(rule.match)
    if rule.target == "DNAT":
        return Act("rewrite", when, rule.detail, line)
    if rule.target == "KUBE-MARK-MASQ":
        return Act("mark", when, rule.target, line)
    if chance is not None:
        written = 1.0 if rule.match.probability is None else rule.match.probability
        return Act("choose", when, rule.target, line, chance, written)
    if rule.match.recent:
        return Act("remember", when, rule.target, line, seconds=rule.match.recent.seconds)
    return Act("go on" if rule.target else "remark", when, rule.target, line)


def _chances(chain: Chain) -> list[float | None]:
    """Return the real chance of each rule that leads to an endpoint: its part of what those before it left."""
    left = 1.0
    found: list[float | None] = []
    for rule in chain.rules:
        if not rule.target.startswith("KUBE-SEP-") or rule.match.recent:
            found.append(None)
            continue
        part = 1.0 if rule.match.probability is None else rule.match.probability
        found.append(left * part)
        left *= 1 - part
    return found


def _rows(held: ProxyRules, owner: dict[str, str], known: set[str]) -> Iterator[RuleRow]:
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
                    match_words(rule.match),
                    f"{rule.target} {rule.detail}" if rule.target == "DNAT" else rule.target,
                    purpose(table.name, chain.name, rule, chance),
                    service,
                    f"-A {chain.name} {rule}",
                )


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def _no_rules(service: Service) -> str:
    if service.type == "ExternalName":
        return "ExternalName: another name in DNS, no address, so no rules"
    if service.headless:
        return "headless: no Cluster IP, DNS gives the Pods' addresses, so no rules"
    if not service.ports:
        return "it has no port"
    return (
        "it has no IPv4 Cluster IP, or is left to another proxy"
        if service.cluster_ip
        else "no Cluster IP yet"
    )
