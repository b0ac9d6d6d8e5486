"""What kube-proxy's ruleset on one Node says in nftables mode, Service by Service: what leads in, what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.facts.node_rules import (
    Act,
    Entry,
    NodeRules,
    PortRules,
    ServiceChain,
    match_words,
    without_rules,
)
from k8snotes.node.iptables import Match
from k8snotes.node.nftables import Chain, Element, Rule, Ruleset, Term

__all__ = ["NftRow", "NftRules", "nft_rules"]

_ROLES = {
    "service": "cluster",
    "local": "local",
    "external": "external",
    "firewall": "firewall",
    "endpoint": "endpoint",
}
_IN_WORDS = ("from", "not-from", "from-itself", "protocol", "new")  # what `match_words` says, or need not say
_ORDER = ("firewall", "external", "cluster", "local", "endpoint")
_WORDS = {
    "cluster": _("chooses among all endpoints"),
    "local": _("chooses among the endpoints of this Node"),
    "external": _("takes packets to an outside address"),
    "firewall": _("lets in the senders that loadBalancerSourceRanges names"),
    "endpoint": _("is one endpoint"),
}
_PURPOSES = {  # of rules and maps that every Node has, by chain or map
    "filter-prerouting-pre-dnat": _("packets that come in are checked against loadBalancerSourceRanges"),
    "filter-output-pre-dnat": _("packets of the Node itself are checked against loadBalancerSourceRanges"),
    "filter-input": _(
        "packets for the Node itself are checked: has the Service of this node port endpoints?"
    ),
    "filter-forward": _(
        "packets that pass through this Node are checked: is there such a Service and port, and has it endpoints?"
    ),
    "filter-output": _(
        "packets of the Node itself are checked: is there such a Service and port, and has it endpoints?"
    ),
    "nat-prerouting": _(
        "packets that come in, from Pods or from the network, go through the Services' rules"
    ),
    "nat-output": _("packets that programs on the Node itself send go through the Services' rules too"),
    "nat-postrouting": _("packets that leave are checked for the mark"),
    "nodeport-endpoints-check": _("looks a node port up among those without endpoints"),
    "service-endpoints-check": _("looks an address and port up among those without endpoints"),
    "firewall-check": _("looks an address and port up among those that not every sender may reach"),
    "services": _("looks an address and port up in a map, however many Services there are"),
    "masquerading": _("replaces the source with the Node's address, for marked packets and for hairpins"),
    "cluster-ips-check": _(
        "refuses packets to a port that no Service has at a Cluster IP, and drops packets to a Cluster IP of no Service"
    ),
    "reject-chain": _("refuses the packet at once"),
    "service-ips": _("leads an address and port of a Service to its chain"),
    "service-nodeports": _("leads a node port to its chain"),
    "no-endpoint-services": _("ends packets to an address without endpoints"),
    "no-endpoint-nodeports": _("ends packets to a node port without endpoints"),
    "firewall-ips": _("leads a load balancer's address to the check of its senders"),
}


class NftRow(NamedTuple):
    """One rule, or one element of a map.

    Args:
        table: always "kube-proxy".
        chain: the chain or the map that it is in.
        matches: what a packet must be like, in words.
        target: what happens to a packet that matches: "goto service-...", "reject", "dnat".
        purpose: what it is for, in words.
        service: the Service that it is about ("default/web"), "" for what every Node has.
        line: it as `nft list ruleset` prints it, with the chain or map before it.
    """

    table: str
    chain: str
    matches: str
    target: str
    purpose: str
    service: str
    line: str


@dataclass(frozen=True)
class NftRules(NodeRules):
    """The rules of kube-proxy on one Node in nftables mode.

    Args:
        ruleset: the rules themselves.
    """

    ruleset: Ruleset | None = field(default=None, repr=False)
    mode = "nftables"

    @cached_property
    def rows(self) -> tuple[NftRow, ...]:  # type: ignore[override]
        """Every element of a map and every rule, in the order of the list; only those of one Service if it is asked for."""
        rows = _rows(self.ruleset) if self.ruleset else ()
        return tuple(row for row in rows if not self.service or row.service == self.service)

    @property
    def size(self) -> int:
        """How many rules and elements of maps the Node has, those of all Services."""
        if self.ruleset is None:
            return 0
        rules = sum(len(chain.rules) for chain in self.ruleset.chains.values())
        return rules + sum(len(there.elements) for there in self.ruleset.maps.values())

    @property
    def listing(self) -> str:
        """The complete text that `nft list ruleset` would print of kube-proxy on this Node."""
        return str(self.ruleset) if self.ruleset else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The rules that are shown: the whole list, or those of one Service, each after its chain or map."""
        return self.lines_of({self.service}) if self.service else tuple(self.listing.splitlines())

    def lines_of(self, services: Collection[str]) -> tuple[str, ...]:
        """Return the rules of some Services ("default/web"), each after its chain or map."""
        return tuple(row.line for row in self.rows if row.service in services)


def nft_rules(
    ruleset: Ruleset,
    services: Iterable[Service],
    *,
    service: str = "",
    pod_range: str = "",
    whose: Callable[[str], tuple[str, str]] = lambda _ip: ("", ""),
    why: Callable[[Service], str] = lambda _service: "",
) -> NftRules:
    """Read a Node's ruleset, Service by Service.

    Args:
        ruleset: the rules that the Node holds.
        services: the Services of the cluster.
        service: the one Service that is shown ("default/web"), "" for all.
        pod_range: the range of the Pod IPs in CIDR notation.
        whose: says of an address the Pod that has it and the Pod's Node, "" for both if none has.
        why: says why no Pod serves for a Service.

    >>> from k8snotes.node.nftables_mode import rules
    >>> web = Service({"metadata": {"name": "web", "namespace": "default"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> facts = nft_rules(rules("node-1", [web], []), [web])
    >>> [(entry.kind, entry.address, entry.target) for entry in facts.ports[0].entries]
    [('Cluster IP', '10.96.0.20', 'REJECT')]

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables
    """
    known = {f"{item.namespace}/{item.name}": item for item in services}
    entries: dict[tuple[str, str, str], list[Entry]] = {}
    for owner, entry in _entries(ruleset, known):
        entries.setdefault(owner, []).append(entry)
    ports = []
    for (name, port, protocol), own in sorted(entries.items()):
        if service in ("", name):
            rejects = name in known and any(entry.target == "REJECT" for entry in own)
            chains = tuple(_reached(ruleset, own, whose))
            seconds = next((act.seconds for chain in chains for act in chain.acts if act.seconds), None)
            led_on = {(entry.kind, entry.address, entry.port) for entry in own if not entry.refused}
            rest = tuple(
                entry._replace(rest=entry.refused and (entry.kind, entry.address, entry.port) in led_on)
                for entry in own
            )
            standing = why(known[name]) if rejects else ""
            ports.append(PortRules(name, port, protocol.upper(), rest, chains, seconds, standing))
    seen = {name for name, _port, _protocol in entries}
    without = without_rules(known, seen, service)
    return NftRules(ruleset.node, tuple(ports), without, service, pod_range, ruleset=ruleset)


# ---- what leads in


def _entries(ruleset: Ruleset, known: dict[str, Service]) -> Iterator[tuple[tuple[str, str, str], Entry]]:
    """Yield what leads in, with the Service, the name of its port, and the protocol."""
    cluster_ips = set(ruleset.sets["cluster-ips"].elements)
    for name in ("service-ips", "service-nodeports", "no-endpoint-services", "no-endpoint-nodeports"):
        for key, there in ruleset.maps[name].elements.items():
            address, protocol, port = ["", *key.split(" . ")][-3:]
            owner = _owner(there, protocol)
            kind = "node port"
            if address:
                service = known.get(owner[0])
                balanced = service is not None and address in service.load_balancer_ips
                outside = "load balancer" if balanced else "external IP"
                kind = "Cluster IP" if address in cluster_ips else outside
            target, why = there.chain, ""
            if name.startswith("no-endpoint"):
                rejects = there.verdict == "goto"
                target = "REJECT" if rejects else "DROP"
                why = "has no endpoints" if rejects else "has no local endpoints"
            yield owner, Entry(kind, address, int(port), target, why)


def _owner(there: Element, protocol: str) -> tuple[str, str, str]:
    """Return the Service, the name of its port and the protocol that an element of a map is about."""
    if there.comment:
        service, _colon, port = there.comment.partition(":")
        return service, port, protocol
    return _owner_of_chain(there.chain)


def _owner_of_chain(name: str) -> tuple[str, str, str]:
    """Return the Service, the name of its port and the protocol from a chain's name; "" for what every Node has.

    >>> _owner_of_chain("service-PFISGYVC-default/web/tcp/http")
    ('default/web', 'http', 'tcp')
    """
    parts = name.partition("__")[0].split("/")
    if len(parts) != 4:
        return "", "", ""
    namespace = parts[0].split("-", 2)[-1]
    return f"{namespace}/{parts[1]}", parts[3], parts[2]


# ---- the chains


def _reached(
    ruleset: Ruleset, entries: Iterable[Entry], whose: Callable[[str], tuple[str, str]]
) -> list[ServiceChain]:
    """Return the chains that the entries lead to, in the order of the way, with the endpoints last."""
    reached: dict[str, ServiceChain] = {}
    ends: dict[str, ServiceChain] = {}
    ahead = [
        *(
            there.chain
            for key, there in ruleset.maps["firewall-ips"].elements.items()
            if any(
                key.startswith(f"{entry.address} . ") and key.endswith(f" . {entry.port}")
                for entry in entries
            )
        ),
        *(entry.target for entry in entries if not entry.refused),
    ]
    while ahead:
        name = ahead.pop(0)
        if name in reached or name not in ruleset.chains:
            continue
        chain = reached[name] = _chain(ruleset.chains[name], ruleset, whose)
        for act in chain.acts:
            if act.kind in ("go on", "choose"):
                ahead.append(act.target)
            if act.kind == "choose" and act.target not in ruleset.chains:
                ends[act.target] = _end(act.target, act.target, (), whose)
    middle = sorted(
        (chain for chain in reached.values() if not chain.address), key=lambda chain: _ORDER.index(chain.kind)
    )
    return [*middle, *(chain for chain in reached.values() if chain.address), *ends.values()]


def _end(
    name: str, address: str, acts: tuple[Act, ...], whose: Callable[[str], tuple[str, str]]
) -> ServiceChain:
    pod, node = whose(address.rpartition(":")[0])
    return ServiceChain(name, _WORDS["endpoint"], acts, address, pod, node, kind="endpoint")


def _chain(chain: Chain, ruleset: Ruleset, whose: Callable[[str], tuple[str, str]]) -> ServiceChain:
    acts = tuple(act for rule in chain.rules for act in _acts(chain.name, rule, ruleset))
    address = next((act.target for act in acts if act.kind == "rewrite"), "")
    if address:
        return _end(chain.name, address, acts, whose)
    kind = _ROLES[chain.name.partition("-")[0]]
    return ServiceChain(chain.name, _WORDS[kind], acts, kind=kind)


def _acts(name: str, rule: Rule, ruleset: Ruleset) -> Iterator[Act]:
    """Yield what a rule of a Service's chain does."""
    line, match = _line("chain", name, rule.text), _match(rule.terms)
    kinds = {term.kind: term for term in rule.terms}
    if "from-set" in kinds:
        known = ruleset.sets[kinds["from-set"].value]
        seconds = _seconds(known.flags[-1].partition(" ")[2])
        yield Act("remember", kinds["goto"].value, line, match, seconds=seconds)
    elif "mark" in kinds:
        yield Act("mark", "", line, match)
    elif "goto" in kinds:
        yield Act("go on", kinds["goto"].value, line, match)
    elif "choose" in kinds:
        targets = kinds["choose"].value
        for chain, ip, port in targets:
            yield Act("choose", chain or f"{ip}:{port}", line, match, chance=1 / len(targets))
    elif "rewrite" in kinds:
        _known, ip, port = kinds["rewrite"].value
        yield Act("rewrite", f"{ip}:{port}", line, match)
    elif "drop" in kinds:
        yield Act("refuse", "", line, match)


def _match(terms: Iterable[Term]) -> Match:
    """Return what a rule asks of a packet, as far as words are made of it."""
    match = Match()
    for term in terms:
        if term.kind in ("from", "not-from"):
            turned = "! " if term.kind == "not-from" else ""
            match = Match(source=f"{turned}{', '.join(term.value)}")
        elif term.kind == "from-itself":
            match = Match(src_type="LOCAL")
    return match


def _seconds(duration: str) -> int:
    """Return a time that `nft` prints in seconds.

    >>> _seconds("1m30s"), _seconds("3h")
    (90, 10800)
    """
    total, number = 0, ""
    for character in duration:
        if character.isdigit():
            number += character
        else:
            total += int(number) * {"d": 86_400, "h": 3_600, "m": 60, "s": 1}[character]
            number = ""
    return total


# ---- every rule, for the table


def _rows(ruleset: Ruleset) -> Iterator[NftRow]:
    for name, there in ruleset.maps.items():
        for key, element in there.elements.items():
            address, protocol, port = ["", *key.split(" . ")][-3:]
            match = Match(destination=address, protocol=protocol, dport=int(port))
            note = f' comment "{element.comment}"' if element.comment else ""
            yield NftRow(
                "kube-proxy",
                name,
                match_words(match),
                element.text,
                _PURPOSES[name],
                _owner(element, protocol)[0],
                _line("map", name, f"{key}{note} : {element.text}"),
            )
    for name, chain in ruleset.chains.items():
        service = _owner_of_chain(name)[0]
        for rule in chain.rules:
            asks = [term for term in rule.terms if not term.acts]
            acts = " ".join(term.text for term in rule.terms if term.acts)
            plain = all(term.kind in _IN_WORDS for term in asks)
            words = match_words(_match(asks)) if plain else " ".join(term.text for term in asks)
            purpose = _PURPOSES.get(name) or _purpose(name, rule)
            yield NftRow("kube-proxy", name, words, acts, purpose, service, _line("chain", name, rule.text))


def _purpose(name: str, rule: Rule) -> str:
    """Say what a rule of a Service's chain is for."""
    kinds = {term.kind: term for term in rule.terms}
    if "from-set" in kinds:
        return _("leads a client that had this endpoint before to it again (session affinity)")
    if "mark" in kinds:
        return _(
            "marks the packet for masquerade, so that its source becomes the Node's address and the answer comes back "
            "here"
        )
    if "choose" in kinds:
        return _("draws a number, which chooses one of {n} endpoints", n=len(kinds["choose"].value))
    if "remember" in kinds:
        return _("remembers the sender")
    if "rewrite" in kinds:
        return _(
            "rewrites the destination to {address}", address=":".join(map(str, kinds["rewrite"].value[1:]))
        )
    if "drop" in kinds:
        return _("drops packets of senders that loadBalancerSourceRanges does not name")
    if "from" in kinds or "from-itself" in kinds:
        return _("packets from Pods and from the Node itself go to any endpoint, Local or not")
    if name.startswith("external-") and kinds["goto"].value.startswith("local-"):
        return _("packets from outside go only to Pods of this Node (externalTrafficPolicy: Local)")
    return _("leads to the chain that chooses an endpoint")


def _line(head: str, name: str, text: str) -> str:
    return f"{head} {name}: {text}"
