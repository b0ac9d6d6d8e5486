"""Draws kube-proxy's rules on a Node: what a packet must match, how an endpoint is chosen, what is rewritten.

For each port of a Service there is a box of what leads in, a box for each chain that chooses, and the endpoints.
The probability in a rule is a share of what the rules before it leave over; beside it is the real chance, which is the
same for all endpoints. Under the picture of one Service are its rules as iptables-save prints them.
Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from k8snotes.catalogue import _, by_language, ngettext
from k8snotes.facts.node_rules import Act, Entry, NodeRules, PortRules, ServiceChain, as_fraction, short_name
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    Words,
    address,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import listed, plain

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["RulesFigure", "rules_figure"]

_CAPTION = _(
    "No program listens at a Service's addresses. These rules catch the packets that are sent there, choose an endpoint, "
    "and rewrite the destination. The rules are applied from top to bottom."
)
_CAPTION_OF_MAPS = _(
    "No program listens at a Service's addresses. The kernel looks the address and port of a packet up in maps, which lead "
    "to the rules that choose an endpoint and rewrite the destination."
)
_MATCH, _CHOOSE, _REWRITE, _MARK = _("match"), _("choose"), _("rewrite"), _("mark")
_STEPS = (
    ("1  ", _MATCH, _("a packet to one of these addresses and ports")),
    ("2  ", _CHOOSE, _("at random, rule by rule: all endpoints have the same chance")),
    ("3  ", _REWRITE, _("the destination becomes that of one endpoint (DNAT)")),
    ("▸ ", _MARK, _("masquerade: the packet leaves with the Node's address as source")),
)
_BY_NUMBER = _("at random, by one number: all endpoints have the same chance")
_LEADING = {  # what a packet is sent to, by the kind of an entry
    "Cluster IP": _("Cluster IP"),
    "node port": _("node port"),
    "external IP": _("external IP"),
    "load balancer": _("load balancer"),
    "outside IP": _("outside IP"),
    "health check": _("health check"),
}
_WIDE = 186
_CHOICE = 204  # points: the name of a chain fits
_SINGLE = 6  # endpoints that are drawn one by one
_FEW = 4  # ports of Services that are drawn with every rule
_MOST_RULES = 40  # under the picture
_MOST_LINES = 120  # of iptables-save in the outline; `.iptables_save` has them all
_MOST_WITHOUT = 4  # Services without rules
_MOST_ENDS = 8  # endpoints of a chain in the outline
_STEP = 138  # points: a box of the key
_MIDDLE = ("cluster", "external", "local", "firewall")  # kinds of chains, from top to bottom
_STEPS_OF = {"external": _("sent to an outside address"), "firewall": _("may the sender come in?")}
_SAVED = {"iptables": _("As iptables-save prints it:"), "nftables": _("As nft list ruleset prints it:")}
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"


class RulesFigure(Figure):
    """The rules of a Node as a Figure: `.facts` by Service, `.table` one row a rule, `.iptables_save` the whole text.

    >>> import k8snotes as kn
    >>> figure = kn.load("guestbook").rules("node-1", "svc/cache")
    >>> figure.iptables_save.splitlines()[0], figure.nft_ruleset
    ('*nat', '')
    >>> len(figure.lines) < len(figure.iptables_save.splitlines()), list(figure.table.columns)[:2]
    (True, ['table', 'chain'])
    """

    facts: NodeRules

    @property
    def iptables_save(self) -> str:
        """All rules of the Node, as `iptables-save` would print them; "" in nftables mode."""
        return self.facts.listing if self.facts.mode == "iptables" else ""

    @property
    def nft_ruleset(self) -> str:
        """All rules of the Node, as `nft list ruleset` would print them; "" in iptables mode."""
        return self.facts.listing if self.facts.mode == "nftables" else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The rules that are shown, as iptables-save prints them: with `service=` those of one Service."""
        return self.facts.lines

    @by_language
    def table(self) -> pd.DataFrame:
        """The rules as a table: table, chain, what must match in words, the target, what the rule is for."""
        from k8snotes.tables import rules_table  # noqa: PLC0415  # pandas only where a table is asked for

        return rules_table(self.facts)

    def _beside(self) -> str:
        """Return the rules of one Service, each with what it is for, to be read beside the picture."""
        if not self.facts.service or not self.facts.rows:
            return ""
        rules = "".join(
            f'<div style="padding-left:2em;text-indent:-2em;margin-top:5px">{escape(plain(row.line))}</div>'
            f'<div style="padding-left:2em;color:{palette.MUTED};font-family:system-ui,Verdana,sans-serif">'
            f"↳ {escape(plain(row.purpose))}</div>"
            for row in self.facts.rows[:_MOST_RULES]
        )
        more = len(self.facts.rows) - _MOST_RULES
        if more > 0:
            rest = ngettext(
                "and {n} more rule. The attribute .lines has all of them.",
                "and {n} more rules. The attribute .lines has all of them.",
                more,
            )
            rules += f"<div>… {rest}</div>"
        head = (
            _("The same, as iptables-save prints it")
            if self.facts.mode == "iptables"
            else _("The same, as nft list ruleset prints it")
        )
        return (
            f'<div style="background:{palette.PAPER};color:{palette.INK};{_MONO};font-size:12px;line-height:1.35;'
            f'padding:6px 10px;overflow-wrap:anywhere"><b>{head}</b>{rules}</div>'
        )


def rules_figure(facts: NodeRules, *, unfold: bool = False) -> RulesFigure:
    """Return the rules of a Node as a Figure.

    Args:
        facts: The rules by Service's port, those without any, and all of it as text.
        unfold: Whether to draw every Service and every endpoint.

    Returns:
        A Figure: `.table` has one row a rule, `.iptables_save` the whole text, `.lines` what is shown of it.

    >>> import k8snotes as kn
    >>> figure = rules_figure(kn.load("guestbook").rules("node-1").facts)
    >>> print(figure.text.splitlines()[1])
    There are only rules and no program: they match a packet, choose an endpoint, and rewrite the destination.
    """
    story = _Story(facts, unfold=unfold)
    caption = _CAPTION if facts.mode == "iptables" else _CAPTION_OF_MAPS
    return RulesFigure(story.what, story.finding, facts, story.scene, caption=caption)


def _shape(port: PortRules) -> tuple[object, ...]:
    """Return what makes the rules of two Services read alike, but for names and addresses."""
    return (
        port.protocol,
        tuple((entry.kind, entry.target[:8], entry.said) for entry in port.entries),
        tuple((chain.role, len(chain.acts)) for chain in port.chains),
        port.affinity_seconds,
        port.why if port.refusals else "",
    )


class _Story:
    """The rules of a Node: each Service's port, those alike as one, with what leads in, the chains, the endpoints.

    `detailed` says that there are few enough to draw every rule that chooses.
    """

    def __init__(self, facts: NodeRules, *, unfold: bool) -> None:
        self.facts, self.unfold = facts, unfold
        self.stacks = fold(facts.ports, _shape, unfold=unfold)
        self.detailed = unfold or len(self.stacks) <= _FEW
        self.what: str = _("kube-proxy's rules on {node}", node=plain(facts.node))
        if facts.service:
            self.what = _(
                "kube-proxy's rules on {node} for Service {service}",
                node=plain(facts.node),
                service=plain(facts.service),
            )

    def finding(self) -> str:
        """Say how many Services and rules there are, "" for the rules of one Service."""
        if self.facts.service:
            return ""
        services = len({port.service for port in self.facts.ports})
        return _(
            "{services}, {rules}",
            services=ngettext("{n} Service", "{n} Services", services),
            rules=ngettext("{n} rule", "{n} rules", self.facts.size),
        )

    def scene(self) -> Scene:
        """Return the scene: for each port what leads in, the chains that choose, the endpoints."""
        facts = self.facts
        drawn: list[Drawn] = []
        only = _(
            "There are only rules and no program: they match a packet, choose an endpoint, and rewrite the destination."
        )
        told: list[Told] = [told_only(only, indent=0)]
        column = []
        for at, stack in enumerate(self.stacks):
            column.append(f"p{at}")
            self.add_port(f"p{at}", stack, drawn, told)
        if facts.without:
            column.append("without")
            drawn.append(without := self.without())
            told.append(without)
        drawn.append(Column(column) if column else Box([_("No Service has rules here yet.")], id="nothing"))
        marked = _(
            "Marked for masquerade means that the packet leaves with the Node's address as source ({chain}).",
            chain="KUBE-POSTROUTING" if facts.mode == "iptables" else "chain masquerading",
        )
        told += [told_only(line, indent=0) for line in (marked, *self.saved())]
        return Scene(
            drawn,
            told,
            opening=self.opening(),
            header=self.header(),
            layout={"ranksep": "0.45", "nodesep": "0.17"},
        )

    def opening(self) -> str:
        """Say whose rules these are, and how many."""
        finding = self.finding()
        if finding:
            return _("{what}: {finding}.", what=self.what, finding=finding)
        return _("{what}.", what=self.what)

    def saved(self) -> list[str]:
        """Return the rules as iptables-save prints them, or those of the ports that are told where they are many."""
        rules, left = self.facts.lines, []
        if len(rules) > _MOST_LINES:
            # .iptables_save has what is left out
            rules = self.facts.lines_of({stack[0].service for stack in self.stacks})[:_MOST_LINES]
            total = f"{len(self.facts.lines):,}"
            of = _(
                "of {total} lines. The attribute .lines has them, and .iptables_save has all of this Node.",
                total=total,
            )
            left = [f"… {of}"]
        return [f"\n{_SAVED[self.facts.mode]}", *rules, *left] if rules else []

    def header(self) -> Table:
        """Return the key over the picture: match, choose, rewrite."""
        by_number = self.facts.mode == "nftables"
        steps = [
            Box(
                [bold(f"{sign}{name}"), _BY_NUMBER if by_number and name is _CHOOSE else words],
                limit=_STEP,
                width=_STEP,
            )
            for sign, name, words in _STEPS
        ]
        whose = bold(_("kube-proxy's rules on {node}", node=plain(self.facts.node)))
        only = _("{whose}: only rules. No program listens at a Service's addresses.", whose=HERE)
        return Table([[Label([emphasized(only, whose)], limit=700)], [Table([steps])]], spacing=2)

    def add_port(self, name: str, stack: Sequence[PortRules], drawn: list[Drawn], told: list[Told]) -> None:
        """Add a Service's port to what is drawn and told: what leads in, then the chains, then the endpoints.

        Args:
            name: The id of its box; those of its chains and endpoints begin with it.
            stack: The port, and those that read alike but for names and addresses.
            drawn: What the picture shows so far.
            told: What the outline tells so far.
        """
        port = stack[0]
        box = self.port_box(name, stack)
        drawn.append(box)
        told.append(box)
        ends: dict[tuple[str, ...], str] = {}
        chains = {
            chain.name: self.chain_box(f"{name}{chain.name}", chain, port)
            for chain in port.chains
            if not chain.address
        }
        told += chains.values()
        middle = sorted(
            (chain for chain in port.chains if not chain.address),
            key=lambda chain: _MIDDLE.index(chain.kind),
        )
        for chain in middle:
            for at, group in enumerate(self.groups(chain)):
                end = ends.setdefault(tuple(act.target for act in group), f"{name}end{len(ends)}")
                drawn.append(Link(f"{name}{chain.name}:c{at}:e", end, {"headport": "w"}))
            drawn.append(chains[chain.name])
        drawn += self.endpoint_boxes(port, ends)
        links, verdicts = self.verdicts(name, port)
        drawn += [*links, *verdicts]
        column = [f"{name}{chain.name}" for chain in middle] + [box.id for box in verdicts]
        if len(column) > 1:
            drawn.append(Column(column))
        for chain in middle:
            for target in dict.fromkeys(act.target for act in chain.acts if act.kind == "go on"):
                drawn += _within(column, f"{name}{chain.name}", f"{name}{target}")

    # what leads in

    def port_box(self, name: str, stack: Sequence[PortRules]) -> Box:
        """Return the box of a Service's port: its name, and inside it what leads in."""
        port, more = stack[0], len(stack) - 1
        others = [item.service for item in stack[1:]]
        protocol = plain(port.protocol)
        if port.port:
            told: str = _(
                "Service {service}, port {port} ({protocol})",
                service=plain(port.service),
                port=plain(port.port),
                protocol=protocol,
            )
            shown: str = _("port {port}, {protocol}", port=plain(port.port), protocol=protocol)
        else:
            told, shown = f"Service {plain(port.service)} ({protocol})", protocol
        if more:
            told = ngettext("{port} and {n} more like it", "{port} and {n} more like it", more, port=told)
        lines = [
            Line(bold(f"Service {port.service}"), told),
            drawn_only([f"1  {_MATCH}", note(f"   ({shown})", palette.MUTED)]),
        ]
        if more:
            also: Words = [
                bold(ngettext("and {n} more like this", "and {n} more like this", more)),
                f": {listed(others, 3)}",
            ]
            lines.append(Line(also, _("also {names}", names=listed(others, 12))))
        dead = bool(port.refusals) and len(port.refusals) == len(port.entries)
        return Box(
            lines,
            palette.ERROR if dead else palette.SERVICE,
            id=name,
            stacked=more > 0,
            inside=[self.entry_box(f"e{at}", entry, port) for at, entry in enumerate(port.entries)],
            alt=self.sentence(stack),
            fault=bool(port.refusals),
        )

    def sentence(self, stack: Sequence[PortRules]) -> str:
        """Say in a sentence what leads to a Service's port, and to which endpoints it leads."""
        port, more = stack[0], len(stack) - 1
        service = plain(port.service)
        if more:
            service = ngettext(
                "{service} ({n} Service more like it)",
                "{service} ({n} Services more like it)",
                more,
                service=service,
            )
        ways = "; ".join(self.entry_words(entry) for entry in port.entries)
        ends = listed((chain.address for chain in port.endpoints), 3)
        if ends:
            return _("Service {service}: {ways}; it leads to {ends}.", service=service, ways=ways, ends=ends)
        return _("Service {service}: {ways}.", service=service, ways=ways)

    def entry_box(self, name: str, entry: Entry, port: PortRules) -> Box:
        """Return the box of what leads in: the kind of address, and the address."""
        of_node = entry.kind in ("node port", "health check")
        look = palette.NODE if of_node else palette.SERVICE
        where = address(f"{entry.address}:{entry.port}" if entry.address else str(entry.port), look)
        kind = _LEADING.get(entry.kind, entry.kind)
        if entry.rest:
            shown = _("others at {kind} {address}", kind=kind, address=HERE)
        elif entry.kind == "node port":
            shown = (
                _("node port {ports} at every Node IP", ports=HERE)
                if self.facts.mode == "iptables"
                else _("node port {ports} at the Node IP", ports=HERE)
            )
        else:
            shown = _("{kind} {address}", kind=kind, address=HERE)
        told = f"{'✗' if entry.refused else '·'} {_MATCH}    {self.entry_words(entry)}"
        lines = [Line(emphasized(shown, where), told)]
        if entry.refused:
            last, _comment, why = self.verdict_words(entry, port)
            lines.append(told_only(f"{last}: {plain(why)}", indent=4))
            look = palette.ERROR
        return Box(lines, look, width=_WIDE, port=name, indent=2)

    def entry_words(self, entry: Entry) -> str:
        """Say what leads in, and where it leads."""
        if entry.address:
            where: str = f"{entry.address}:{entry.port}"
        else:
            where = (
                _("{port} at every address of {node}", port=entry.port, node=plain(self.facts.node))
                if self.facts.mode == "iptables"
                else _(
                    "{port} at the primary address of {node}", port=entry.port, node=plain(self.facts.node)
                )
            )
        kind = _LEADING.get(entry.kind, entry.kind)
        whole = _("{kind} {address}", kind=kind, address=where)
        if entry.rest:
            whole = _("all others at {kind} {address}", kind=kind, address=where)
        comment = f" ({plain(entry.said)})" if entry.said else ""
        return f"{whole} → {entry.target}{comment}"

    def verdicts(self, name: str, port: PortRules) -> tuple[list[Link], list[Box]]:
        """Return the arrows from what leads in, and the boxes of the rules that refuse.

        Entries that a rule ends with the same words share one such box.
        """
        links, boxes = [], []
        ids: dict[tuple[str, ...], str] = {}
        for at, entry in enumerate(port.entries):
            target = f"{name}{entry.target}"
            if entry.refused:
                words = (entry.target, *self.verdict_words(entry, port))
                target = ids.setdefault(words, f"{name}x{len(ids)}")
            if entry.target != "ACCEPT":
                links.append(Link(f"{name}:e{at}:e", target, {"headport": "w"}))
        for (verdict, last, said, why), id_ in ids.items():
            lines: list[Words] = [[bold(f"✗ {verdict}"), f"   {last}"], plain(said)]
            lines += [plain(why)] if why else []
            boxes.append(Box(lines, palette.ERROR, id=id_, limit=_CHOICE, width=_CHOICE))
        return links, boxes

    def verdict_words(self, entry: Entry, port: PortRules) -> tuple[str, str, str]:
        """Say what becomes of a packet that a rule ends, what the rule says, and why there is such a rule."""
        if entry.target == "REJECT":
            return _("refused at once"), entry.said, port.why
        policy = "internalTrafficPolicy" if entry.kind == "Cluster IP" else "externalTrafficPolicy"
        why = _(
            "{policy}: Local lets {node} use only its own Pods, and none of them serves",
            policy=policy,
            node=plain(self.facts.node),
        )
        return _("the sender gets no answer"), entry.said, why

    # the chains

    def chain_box(self, name: str, chain: ServiceChain, port: PortRules) -> Box:
        """Return the box of a chain with its rules."""
        step = _step_words(chain)
        lines = [
            Line(bold(f"{'2  ' if chain.chosen else ''}{step}"), f"· {chain.name}: {step}"),
            drawn_only(note(chain.name, palette.MUTED)),
        ]
        seconds = next((act.seconds for act in chain.acts if act.kind == "remember"), None)
        if seconds is not None:
            kept = _(
                "first: a sender keeps the endpoint that it had in the last {seconds} s (session affinity)",
                seconds=seconds,
            )
            lines.append(Line(kept, indent=4))
        inside: list[Part] = [
            Box([self.act_line(act, chain)], limit=_CHOICE, width=_CHOICE, port=f"a{at}", indent=6)
            for at, act in enumerate(chain.acts)
            if act.kind in ("mark", "go on", "remark", "refuse")
        ]
        inside += self.choices(chain, {end.name: end for end in port.endpoints})
        return Box(lines, id=name, limit=_CHOICE, inside=inside, indent=2)

    def act_line(self, act: Act, chain: ServiceChain) -> Line:
        """Return a rule that marks, or leads on."""
        brief, when = (_from_words(act, chain, self.facts.pod_range, brief=b) for b in (True, False))
        if act.kind == "mark":
            marked = _("{sender}: marked for masquerade", sender=when)
            return Line([f"{brief}: ", bold(f"▸ {_MARK}")], marked)
        if act.kind in ("remark", "refuse"):
            return Line(brief, when)
        return Line(f"{brief} → {short_name(act.target)}", f"{when}: → {act.target}")

    def groups(self, chain: ServiceChain) -> list[tuple[Act, ...]]:
        """Return the rules that choose, one by one, or folded where they are many."""
        chosen = chain.chosen
        if self.unfold or (self.detailed and len(chosen) <= _SINGLE):
            return [(act,) for act in chosen]
        if not self.detailed or not chosen:
            return [chosen] if chosen else []
        return [(chosen[0],), (chosen[1],), chosen[2:-1], (chosen[-1],)]

    def choices(self, chain: ServiceChain, ends: dict[str, ServiceChain]) -> Iterator[Box]:
        """Yield the rules that choose at random: the real chance, the rule's own probability, and the endpoint.

        Of a chain with many endpoints the outline names the first eight, unless the picture is unfolded.
        """
        place = 0
        for at, group in enumerate(self.groups(chain)):
            lines: list[Line] = []
            for number, act in enumerate(group):
                real, rule = _chance(act), _written(act, first=place == 0)
                drawn: list[str | Run] = [bold(real), note(f"  {rule}", palette.MUTED)]
                if len(group) > 1:
                    of_each = _("{chance} for each of {n}", chance=HERE, n=len(group))
                    drawn = emphasized(of_each, bold(real))
                told = self.unfold or place < _MOST_ENDS
                choose = f"{_CHOOSE}   {real} ({rule}): {act.target}" if told else ""
                lines.append(Line(drawn, choose, indent=0, shown=number == 0))
                if told:
                    lines.append(told_only(f"{_REWRITE}    {_rewritten(ends[act.target])}", indent=0))
                place += 1
            if not self.unfold and place == len(chain.chosen) > _MOST_ENDS:
                more = len(chain.chosen) - _MOST_ENDS
                last = ngettext(
                    "and {n} more endpoint, {chance}",
                    "and {n} more endpoints, each {chance}",
                    more,
                    chance=_chance(chain.chosen[-1]),
                )
                lines.append(told_only(f"… {last}", indent=0))
            yield Box(lines, limit=_CHOICE, width=_CHOICE, port=f"c{at}", indent=6)

    # the endpoints

    def endpoint_boxes(self, port: PortRules, ends: dict[tuple[str, ...], str]) -> Iterator[Drawn]:
        """Yield the endpoints, a stack for those that were folded."""
        chains = {chain.name: chain for chain in port.endpoints}
        for names, id_ in ends.items():
            first, several = chains[names[0]], len(names) > 1
            rewrite = emphasized(_("rewrite to {address}", address=HERE), address(first.address, palette.POD))
            lines: list[Line] = [Line(["3  ", *rewrite])]
            if several:
                more = len(names) - 1
                lines.append(Line(ngettext("or to {n} more", "or to one of {n} more", more)))
            elif first.whose:
                pod = plain(first.whose)
                lines.append(Line(Run(pod.removeprefix("pod/"), most=27)))
            if first.node and not several:
                lines.append(Line(emphasized(_("on {node}", node=HERE), Run(plain(first.node), most=24))))
            if self.detailed and not several and first.name != first.address:
                lines.append(Line(note(first.name, palette.MUTED)))
                if any(act.kind == "mark" for act in first.acts):
                    hairpin = note(_("from itself (hairpin):"), palette.MUTED)
                    lines.append(Line([hairpin, " ", bold(f"▸ {_MARK}")]))
            yield Box(lines, palette.POD, id=id_, limit=_CHOICE, width=_WIDE, stacked=several)
        if len(ends) > 1:
            yield Column(ends.values())

    def without(self) -> Box:
        """Return the box of the Services that have no rules, and why; the first four are drawn."""
        services = self.facts.without
        lines = [drawn_only(bold(_("no rules here")))]
        for at, (name, why) in enumerate(services):
            runs: Words = [Run("", told="Service "), bold(f"{name}:"), f" {plain(why)}"]
            lines.append(Line(runs, indent=0, shown=at < _MOST_WITHOUT))
        if len(services) > _MOST_WITHOUT:
            more = len(services) - _MOST_WITHOUT
            lines.append(drawn_only(ngettext("and {n} more", "and {n} more", more)))
        return Box(lines, palette.LEFT_OUT, id="without")


def _rewritten(end: ServiceChain) -> str:
    """Say what the destination becomes, and which Pod has that address."""
    if not end.whose:
        return _("the destination becomes {address}", address=end.address)
    pod = plain(end.whose)
    if end.node:
        pod = _("{pod} on {node}", pod=pod, node=plain(end.node))
    return _("the destination becomes {address} ({pod})", address=end.address, pod=pod)


def _within(column: Sequence[str], tail: str, head: str) -> Iterator[Link]:
    """Yield the arrow between two neighbours of one column; other rules name the chain that they lead to."""
    steps = column.index(head) - column.index(tail)
    if steps == 1:
        yield Link(tail, head, {"tailport": "s", "headport": "n"})
    elif steps == -1:  # drawn the other way, or it would turn the order of the column round
        yield Link(head, tail, {"dir": "back", "tailport": "s", "headport": "n"})


def _chance(act: Act) -> str:
    """Say the real chance of an endpoint: "1/3", "always"."""
    return as_fraction(act.chance or 0)


def _written(act: Act, *, first: bool = False) -> str:
    """Return the rule's own probability, a share of what the rules before it leave over."""
    if act.written is None:
        return _("one number is drawn for all") if (act.chance or 0) < 1 else _("the only one")
    if act.written == 1:
        return _("the only one") if first else _("the rule takes the rest")
    number = f"{act.written:.2f}"
    if first:
        return _("the rule says {number}", number=number)
    return _("the rule says {number} of the rest", number=number)


def _step_words(chain: ServiceChain) -> str:
    """Say in a few words what a chain does."""
    if chain.chosen:
        local, total = chain.kind == "local", len(chain.chosen)
        if total == 1:
            return _("the only endpoint of this Node") if local else _("the only endpoint")
        return _("choose 1 of {n} of this Node", n=total) if local else _("choose 1 of {n}", n=total)
    return _STEPS_OF.get(chain.kind, chain.role)


def _from_words(act: Act, chain: ServiceChain, pod_range: str, *, brief: bool = False) -> str:
    """Say where the packets come from that a rule of a Service's chain acts on; `brief` leaves the range out."""
    if act.kind == "remark":
        return _("all others: dropped (KUBE-PROXY-FIREWALL)")
    if act.kind == "refuse":
        return _("{sender}: dropped", sender=act.when)
    if pod_range and act.source == pod_range:
        return _("from a Pod") if brief else _("from a Pod ({range})", range=pod_range)
    if pod_range and act.source == f"! {pod_range}":
        return _("from no Pod") if brief else _("from no Pod (not {range})", range=pod_range)
    if not act.sender and len({item.when for item in chain.acts}) > 1:
        return _("all others")
    return plain(act.sender or act.when)
