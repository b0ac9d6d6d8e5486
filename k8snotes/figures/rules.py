"""Draws kube-proxy's rules on a Node: what a packet must match, how an endpoint is chosen, what is rewritten.

These are the three columns. For each port of a Service there is a box of what leads in, a box for each chain that
chooses, and the endpoints; Services that read alike share them, and what is still too high is counted.
The probability in a rule is a share of what the rules before it leave over; beside it is the real chance, which is the
same for all endpoints. Under the picture of one Service are its rules as iptables-save prints them.
Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from k8snotes.catalogue import _, by_language, clauses, ngettext
from k8snotes.facts.node_rules import Act, Entry, NodeRules, PortRules, ServiceChain, as_fraction, short_name
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, THERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST
from k8snotes.figures.layout import stack as under_each_other
from k8snotes.figures.measure import one_line, rows_of
from k8snotes.figures.parts import SIDE, size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    Words,
    address,
    bold,
    drawn_only,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import headed, listed, noted, plain

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
    (_MATCH, _("a packet to one of these addresses and ports")),
    (_CHOOSE, _("at random, rule by rule: all endpoints have the same chance")),
    (_REWRITE, _("the destination becomes that of one endpoint (DNAT)")),
)
_MASQUERADE = _("▸ mark: masquerade, the packet leaves with the Node's address as source")
_BY_NUMBER = _("at random, by one number: all endpoints have the same chance")
_LEADING = {  # what a packet is sent to, by the kind of an entry
    "Cluster IP": _("Cluster IP"),
    "node port": _("node port"),
    "external IP": _("external IP"),
    "load balancer": _("load balancer"),
    "outside IP": _("outside IP"),
    "health check": _("health check"),
}
_LEFTS, _WIDES = (0, 306, 632), (256, 276, 190)  # pixels: the three columns
_ALL = 822  # pixels: the widest that a picture may be, without what is around it
_BETWEEN, _APART = 4, 22  # pixels between endpoints, and between chains with an arrow from one to the other
_BANDS = 10  # pixels between Services
_SINGLE = 6  # endpoints that are drawn one by one
_FEW = 4  # ports of Services that are drawn with every rule
_MOST_RULES = 40  # under the picture
_MOST_LINES = 120  # of iptables-save in the outline; `.iptables_save` has them all
_MOST_WITHOUT = 4  # Services without rules
_MOST_ENDS = 8  # endpoints of a chain in the outline
_MIDDLE = ("cluster", "external", "local", "firewall")  # kinds of chains, from top to bottom
_STEPS_OF = {"external": _("sent to an outside address"), "firewall": _("may the sender come in?")}
_SAVED = {"iptables": _("As iptables-save prints it:"), "nftables": _("As nft list ruleset prints it:")}


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
            f'<div class="m" style="padding-left:2em;text-indent:-2em;margin-top:4px;overflow-wrap:anywhere">'
            f'{escape(plain(row.line))}</div><div class="mu" style="padding-left:2em;font-size:12px">'
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
        return f'<div style="margin:4px 0 0"><b>{head}</b>{rules}</div>'


def rules_figure(facts: NodeRules, *, unfold: bool = False) -> RulesFigure:
    """Return the rules of a Node as a Figure.

    Args:
        facts: The rules by Service's port, those without any, and all of it as text.
        unfold: Whether to draw every Service and every endpoint.

    Returns:
        A Figure: `.table` has one row a rule, `.iptables_save` the whole text, `.lines` what is shown of it.

    >>> import k8snotes as kn
    >>> figure = rules_figure(kn.load("guestbook").rules("node-1").facts)
    >>> print(figure.text.splitlines()[2])
    There are only rules and no program: they match a packet, choose an endpoint, and rewrite the destination.
    """
    story = _Story(facts, unfold=unfold)
    caption = _CAPTION if facts.mode == "iptables" else _CAPTION_OF_MAPS
    return RulesFigure(story.what, story.finding, facts, story.scene, verdict=story.verdict, caption=caption)


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
    """The rules of a Node: each Service's port, those alike as one, with what leads in, the chains, the endpoints."""

    def __init__(self, facts: NodeRules, *, unfold: bool) -> None:
        self.facts, self.unfold = facts, unfold
        self.stacks = fold(facts.ports, _shape, unfold=unfold)
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

    def verdict(self) -> str:
        """Say whether the rules lead to endpoints."""
        services = dict.fromkeys(port.service for port in self.facts.ports)
        if not services:
            return ""
        one = len(services) == 1
        dead = {port.service for port in self.facts.ports if _dead(port)}
        if dead and one:
            return f"✗ {_('The rules of this Service lead to no endpoint')}"
        if dead:
            leads = ngettext(
                "The rules of {bad} of {n} Service lead to no endpoint",
                "The rules of {bad} of {n} Services lead to no endpoint",
                len(services),
                bad=len(dead),
            )
            return f"✗ {leads}"
        partly = {port.service for port in self.facts.ports if port.refusals}
        if partly and one:
            return f"✗ {_('The rules of this Service end some packets')}"
        if partly:
            ends = ngettext(
                "The rules of {bad} of {n} Service end some packets",
                "The rules of {bad} of {n} Services end some packets",
                len(services),
                bad=len(partly),
            )
            return f"✗ {ends}"
        leads = ngettext(
            "The rules of {n} Service lead to its endpoints",
            "The rules of {n} Services lead to their endpoints",
            len(services),
        )
        return f"✓ {leads}"

    def scene(self) -> Scene:
        """Return the scene: for each port what leads in, the chains that choose, the endpoints."""
        only = _(
            "There are only rules and no program: they match a packet, choose an endpoint, and rewrite the destination."
        )
        told: list[Told] = [told_only(only, indent=0)]
        for stack in self.stacks:
            told.append(self.port_told(stack))
            told += [self.chain_told(chain, stack[0]) for chain in stack[0].chains if not chain.address]
        told += [self.without()] if self.facts.without else []
        marked = _(
            "Marked for masquerade means that the packet leaves with the Node's address as source ({chain}).",
            chain="KUBE-POSTROUTING" if self.facts.mode == "iptables" else "chain masquerading",
        )
        told += [told_only(line, indent=0) for line in (marked, *self.saved())]
        marks = any(
            act.kind == "mark" for stack in self.stacks for chain in stack[0].chains for act in chain.acts
        )
        return Scene(self.drawn(), told, opening=self.opening(), legend=[_MASQUERADE] if marks else [])

    def drawn(self) -> list[Drawn]:
        """Return what is drawn: with every rule, or as dense as it has to be, the rest counted."""
        detailed = self.unfold or len(self.stacks) <= _FEW
        drawn: list[Drawn] = []
        for brief, single in ((False, detailed), (True, detailed), (True, False)):
            drawn, low = self.bands(self.stacks, brief=brief, single=single)
            if low <= HIGHEST - 4 or self.unfold:
                return drawn
        shown = sorted(self.stacks, key=lambda stack: not stack[0].refusals)  # stable
        for number in range(len(shown) - 1, 0, -1):
            drawn, low = self.bands(shown[:number], brief=True, single=False, left_out=shown[number:])
            if low <= HIGHEST - 4:
                break
        return drawn

    def bands(
        self,
        stacks: Sequence[Sequence[PortRules]],
        *,
        brief: bool,
        single: bool,
        left_out: Sequence[Sequence[PortRules]] = (),
    ) -> tuple[list[Drawn], float]:
        """Return the Services under each other, each in three columns, and where they end.

        Args:
            stacks: The ports, those alike as one.
            brief: Whether the names of chains are left out where there is no room for them.
            single: Whether each endpoint has its box.
            left_out: Ports that are only counted.
        """
        drawn: list[Drawn] = []
        heads = []
        for at, (name, words) in enumerate(_STEPS if stacks else ()):
            said = _BY_NUMBER if self.facts.mode == "nftables" and at == 1 else words
            lines = [drawn_only(bold(f"{at + 1}  {name}")), *([] if brief else [drawn_only(note(said))])]
            heads.append(Label(lines, limit=_WIDES[at], at=(_LEFTS[at], 0)))
        drawn += heads
        y = max((size_of(head)[1] for head in heads), default=0) + 4
        for at, stack in enumerate(stacks):
            band = _Band(self, f"p{at}", stack, brief=brief, single=single)
            y = band.draw(drawn, y) + _BANDS
        if left_out:
            services = len({port.service for stack in left_out for port in stack})
            more = ngettext("and {n} more Service", "and {n} more Services", services)
            label = Label([drawn_only(note(more))], padding=4, at=(0, y - 4))
            drawn.append(label)
            y += size_of(label)[1] + _BANDS
        if self.facts.without:
            box = self.without()
            box.at = (0, y)
            drawn.append(box)
            y += size_of(box)[1] + _BANDS
        if not drawn:
            drawn.append(Box([_("No Service has rules here yet.")], id="nothing", at=(0, y)))
            y += 40
        return drawn, y - _BANDS

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

    def port_told(self, stack: Sequence[PortRules]) -> Box:
        """Return what the outline says of a Service's port: its name, and what leads in."""
        port, more = stack[0], len(stack) - 1
        protocol = plain(port.protocol)
        if port.port:
            told: str = _(
                "Service {service}, port {port} ({protocol})",
                service=plain(port.service),
                port=plain(port.port),
                protocol=protocol,
            )
        else:
            told = noted(f"Service {plain(port.service)}", protocol)
        if more:
            told = ngettext("{port} and {n} more like it", "{port} and {n} more like it", more, port=told)
        lines = [told_only(told)]
        if more:
            others = listed((item.service for item in stack[1:]), 12)
            lines.append(told_only(_("also {names}", names=others)))
        return Box(
            lines,
            inside=[self.entry_told(entry, port) for entry in port.entries],
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
        ways = clauses(*map(self.entry_words, port.entries))
        ends = listed((chain.address for chain in port.endpoints), 3)
        if ends:
            return _("Service {service}: {ways}; it leads to {ends}.", service=service, ways=ways, ends=ends)
        return _("Service {service}: {ways}.", service=service, ways=ways)

    def entry_told(self, entry: Entry, port: PortRules) -> Box:
        """Return what the outline says of what leads in: the kind of address, the address, and where it leads."""
        lines = [told_only(f"{'✗' if entry.refused else '·'} {_MATCH}    {self.entry_words(entry)}")]
        if entry.refused:
            last, _comment, why = self.verdict_words(entry, port)
            lines.append(told_only(headed(last, why), indent=4))
        return Box(lines, indent=2)

    def entry_drawn(self, entry: Entry) -> list[str | Run]:
        """Return what leads in as it is drawn: the kind of address, and the address."""
        of_node = entry.kind in ("node port", "health check")
        look = palette.FAULT if entry.refused else palette.NODE if of_node else palette.SERVICE
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
        return [note(part, "") if isinstance(part, str) else part for part in emphasized(shown, where)]

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
        return noted(f"{whole} → {entry.target}", entry.said)

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

    def chain_told(self, chain: ServiceChain, port: PortRules) -> Box:
        """Return what the outline says of a chain: its rules, and the endpoints that they choose from.

        Of a chain with many endpoints the outline names the first eight, unless the picture is unfolded.
        """
        lines = [told_only(headed(f"· {chain.name}", _step_words(chain)))]
        kept = _kept_words(chain)
        lines += [told_only(kept, indent=4)] if kept else []
        lines += [
            told_only(self.act_words(act, chain)[1], indent=4)
            for act in chain.acts
            if act.kind in ("mark", "go on", "remark", "refuse")
        ]
        ends = {end.name: end for end in port.endpoints}
        shown = chain.chosen if self.unfold else chain.chosen[:_MOST_ENDS]
        for place, act in enumerate(shown):
            rule = _written(act, first=place == 0)
            lines.append(told_only(headed(noted(f"{_CHOOSE}   {_chance(act)}", rule), act.target), indent=4))
            lines.append(told_only(f"{_REWRITE}    {_rewritten(ends[act.target])}", indent=4))
        more = len(chain.chosen) - len(shown)
        if more:
            last = ngettext(
                "and {n} more endpoint, {chance}",
                "and {n} more endpoints, each {chance}",
                more,
                chance=_chance(chain.chosen[-1]),
            )
            lines.append(told_only(f"… {last}", indent=4))
        return Box(lines, indent=2)

    def act_words(self, act: Act, chain: ServiceChain) -> tuple[str, str]:
        """Say what a rule does that marks, or leads on: as it is drawn, and as it is told."""
        brief, when = (_from_words(act, chain, self.facts.pod_range, brief=b) for b in (True, False))
        if act.kind == "mark":
            marked = _("{sender}: marked for masquerade", sender=when)
            return plain(_("{head}: {text}", head=brief, text=f"▸ {_MARK}")), marked
        if act.kind in ("remark", "refuse"):
            return brief, when
        return f"{brief} → {short_name(act.target)}", headed(when, f"→ {act.target}")

    def groups(self, chain: ServiceChain, *, single: bool) -> list[tuple[Act, ...]]:
        """Return the rules that choose, one by one, or folded where they are many."""
        chosen = chain.chosen
        if self.unfold or (single and len(chosen) <= _SINGLE):
            return [(act,) for act in chosen]
        if not single or not chosen:
            return [chosen] if chosen else []
        return [(chosen[0],), (chosen[1],), chosen[2:-1], (chosen[-1],)]

    def without(self) -> Box:
        """Return the box of the Services that have no rules, and why; the first four are drawn."""
        services = self.facts.without
        lines = [drawn_only(bold(_("no rules here")))]
        for at, (name, why) in enumerate(services):
            head = str(_("{head}: {text}", head=name, text=""))
            called = head.rstrip()
            runs: Words = [
                Run("", told="Service "),
                bold(called)._replace(small=True),
                note(f"{head[len(called) :]}{plain(why)}", ""),
            ]
            lines.append(Line(runs, indent=0, shown=at < _MOST_WITHOUT))
        if len(services) > _MOST_WITHOUT:
            more = len(services) - _MOST_WITHOUT
            lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", more))))
        return Box(lines, palette.LEFT_OUT, id="without", width=_ALL)


class _Band:
    """A Service's port in the picture: what leads in, the chains and what ends the packet, the endpoints."""

    def __init__(
        self, story: _Story, name: str, stack: Sequence[PortRules], *, brief: bool, single: bool
    ) -> None:
        self.story, self.name, self.stack, self.port = story, name, stack, stack[0]
        self.brief, self.single = brief, single
        self.chains = sorted(
            (chain for chain in self.port.chains if not chain.address),
            key=lambda chain: _MIDDLE.index(chain.kind),
        )
        self.id_of = {chain.name: f"{name}c{at}" for at, chain in enumerate(self.chains)}
        self.links: list[Link] = []

    def draw(self, drawn: list[Drawn], top: float) -> float:
        """Add the boxes and the links, and return where the boxes end."""
        head = self.head()
        ends: dict[tuple[str, ...], str] = {}
        middle = [self.chain_box(chain, ends) for chain in self.chains]
        middle += self.verdicts()
        for before, after in pairwise(self.chains):
            self.links += _within(before, after, self.id_of)
        right = self.endpoints(ends)
        gaps = (0, _APART if len(self.chains) > 1 else _BETWEEN, _BETWEEN)
        columns: list[Sequence[Box]] = [[head], middle, right]
        highs = [
            sum(size_of(box)[1] for box in boxes) + gap * max(0, len(boxes) - 1)
            for boxes, gap in zip(columns, gaps, strict=True)
        ]
        for boxes, x, high, gap in zip(columns, _LEFTS, highs, gaps, strict=True):
            under_each_other(boxes, x, top + (max(highs) - high) / 2, gap=gap)
            drawn += boxes
        together: list[Box | Link] = [head, *middle, *right, *self.links]
        for item in together:  # the rules of a Service are lit as one
            item.keys = (self.name,)
        drawn += self.links
        return top + max(highs)

    def head(self) -> Box:
        """Return the box of the port: its Service, and what leads in, from which the arrows leave."""
        port, more = self.port, len(self.stack) - 1
        protocol = plain(port.protocol)
        called = (
            _("port {port}, {protocol}", port=plain(port.port), protocol=protocol) if port.port else protocol
        )
        lines = [drawn_only([bold(port.service, most=60), state(called)])]
        for entry in port.entries:
            words = self.story.entry_drawn(entry)
            row = rows_of(lines, _WIDES[0] - 2 * SIDE)
            lines.append(drawn_only(words))
            target = self.id_of.get(entry.target)
            if entry.refused:
                target = f"{self.name}x{self.verdict_keys().index(self.verdict_key(entry))}"
            if target:
                way = palette.CUT if entry.refused else {}
                self.links.append(Link(f"{self.name}:{row}:e", f"{target}:w", way))
        if more:
            like = ngettext("and {n} more like this", "and {n} more like this", more)
            names = listed((item.service for item in self.stack[1:]), 3)
            told = _("{head}: {text}", head=HERE, text=THERE)
            words = emphasized(told, bold(like)._replace(small=True), note(names))
            lines.append(drawn_only([note(run) if isinstance(run, str) else run for run in words]))
        namespace, _slash, service = port.service.partition("/")
        return Box(
            lines,
            palette.ERROR if _dead(port) else palette.SERVICE,
            id=self.name,
            width=_WIDES[0],
            stacked=more > 0,
            ref=f"svc/{service}" if namespace == "default" else f"{namespace}/svc/{service}",
            title=self.story.sentence(self.stack),
        )

    def verdict_key(self, entry: Entry) -> tuple[str, ...]:
        return (entry.target, *self.story.verdict_words(entry, self.port))

    def verdict_keys(self) -> list[tuple[str, ...]]:
        """Return what ends packets: entries that a rule ends with the same words share one."""
        return list(dict.fromkeys(self.verdict_key(entry) for entry in self.port.refusals))

    def verdicts(self) -> list[Box]:
        """Return the boxes of the rules that refuse, each with the reason."""
        boxes = []
        for at, (verdict, last, said, why) in enumerate(self.verdict_keys()):
            lines: list[Words] = [[bold(f"✗ {verdict}"), state(last)]]
            lines += [] if self.brief else [note(said)]
            if why:
                room = _WIDES[1] - 2 * SIDE
                lines.append(note(one_line(plain(why), room) if self.brief else why, palette.WARNING_INK))
            boxes.append(
                Box(
                    [drawn_only(words) for words in lines],
                    palette.ERROR,
                    id=f"{self.name}x{at}",
                    width=_WIDES[1],
                )
            )
        return boxes

    def chain_box(self, chain: ServiceChain, ends: dict[tuple[str, ...], str]) -> Box:
        """Return the box of a chain with its rules; an arrow leaves each rule that chooses."""
        name, step = self.id_of[chain.name], _step_words(chain)
        short = literal(short_name(chain.name), palette.MUTED)._replace(right=True)
        lines = [drawn_only([bold(step), *([short] if self.brief else [])])]
        if not self.brief:
            lines.append(drawn_only(Run(plain(chain.name), color=palette.MUTED, literal=True, most=36)))
        kept = _kept_words(chain)
        lines += [drawn_only(note(kept, ""))] if kept else []
        lines += [
            drawn_only(note(self.story.act_words(act, chain)[0], ""))
            for act in chain.acts
            if act.kind in ("mark", "go on", "remark", "refuse")
        ]
        place = 0
        for group in self.story.groups(chain, single=self.single):
            real, rule = _chance(group[0]), _written(group[0], first=place == 0)
            words: list[str | Run] = [bold(real), note(f"  {rule}")]
            if len(group) > 1:
                words = emphasized(_("{chance} for each of {n}", chance=HERE, n=len(group)), bold(real))
            row = rows_of(lines, _WIDES[1] - 2 * SIDE)
            lines.append(drawn_only(words))
            place += len(group)
            end = ends.setdefault(tuple(act.target for act in group), f"{self.name}end{len(ends)}")
            self.links.append(Link(f"{name}:{row}:e", f"{end}:w"))
        return Box(lines, id=name, width=_WIDES[1], title=headed(chain.name, step))

    def endpoints(self, ends: dict[tuple[str, ...], str]) -> list[Box]:
        """Return the boxes of the endpoints, a stack for those that were folded."""
        chains = {chain.name: chain for chain in self.port.endpoints}
        boxes = []
        for names, id_ in ends.items():
            first, more = chains[names[0]], len(names) - 1
            lines: list[Words] = [address(first.address, palette.POD)]
            if more:
                lines.append(note(ngettext("or to {n} more", "or to one of {n} more", more), ""))
            elif first.whose:
                lines.append(Run(plain(first.whose).removeprefix("pod/"), most=60))
            if first.node and not more and not self.brief:
                lines.append(note(_("on {node}", node=plain(first.node)), ""))
            if self.single and not self.brief and not more and first.name != first.address:
                lines.append(Run(plain(first.name), color=palette.MUTED, literal=True, most=36))
                if any(act.kind == "mark" for act in first.acts):
                    lines.append(note(f"{_('from itself (hairpin):')} ▸ {_MARK}", ""))
            boxes.append(
                Box(
                    [drawn_only(words) for words in lines],
                    palette.POD,
                    id=id_,
                    width=_WIDES[2],
                    stacked=more > 0,
                    ref=first.whose if not more else "",
                    title=_rewritten(first),
                )
            )
        return boxes


def _dead(port: PortRules) -> bool:
    """Whether all that leads to a port ends at a rule."""
    return bool(port.refusals) and len(port.refusals) == len(port.entries)


def _kept_words(chain: ServiceChain) -> str:
    """Say that a chain remembers its senders, "" if it does not."""
    seconds = next((act.seconds for act in chain.acts if act.kind == "remember"), None)
    if seconds is None:
        return ""
    return _(
        "first: a sender keeps the endpoint that it had in the last {seconds} s (session affinity)",
        seconds=seconds,
    )


def _rewritten(end: ServiceChain) -> str:
    """Say what the destination becomes, and which Pod has that address."""
    if not end.whose:
        return _("the destination becomes {address}", address=end.address)
    pod = plain(end.whose)
    if end.node:
        pod = _("{pod} on {node}", pod=pod, node=plain(end.node))
    return _("the destination becomes {address} ({pod})", address=end.address, pod=pod)


def _within(before: ServiceChain, after: ServiceChain, id_of: dict[str, str]) -> Iterator[Link]:
    """Yield the arrows between two neighbours of one column; other rules name the chain that they lead to."""
    if any(act.kind == "go on" and act.target == after.name for act in before.acts):
        yield Link(f"{id_of[before.name]}:s", f"{id_of[after.name]}:n")
    if any(act.kind == "go on" and act.target == before.name for act in after.acts):
        yield Link(f"{id_of[after.name]}:n", f"{id_of[before.name]}:s")


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
