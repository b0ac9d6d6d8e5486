"""Draws kube-proxy's rules on a Node: what a packet must match, how an endpoint is chosen, what is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from k8snotes.facts.node_rules import Act, Entry, NodeRules, PortRules, ServiceChain
from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import fold
from k8snotes.figures.html_label import address, bold, box, label, note, table
from k8snotes.figures.measure import short
from k8snotes.figures.rules_text import (
    affinity,
    entry_words,
    from_words,
    outline,
    share,
    step_words,
    title_of,
    verdict_words,
    written,
)
from k8snotes.figures.wording import count, listed, plain

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from k8snotes.figures.html_label import Html, Line

__all__ = ["RulesFigure", "rules_figure"]

_CAPTION = (
    "Nothing listens at a Service's addresses: these rules catch what is sent there, choose an endpoint, "
    "and rewrite the destination. The order of the rules is theirs from top to bottom"
)
_STEPS = (
    ("1  match", "a packet that is sent to one of these addresses and ports"),
    ("2  choose", "lots are drawn, rule by rule: all have the same chance"),
    ("3  rewrite", "its destination becomes that of one endpoint (DNAT)"),
    ("▸ mark", "masquerade: it will leave with the Node's address as source"),
)
_WIDE = 186
_CHOICE = 204  # points: the name of a chain fits
_SINGLE = 6  # endpoints that are drawn one by one
_FEW = 4  # ports of Services that are drawn with every rule
_MOST_RULES = 40  # that stand under the picture
_STEP = 138  # points: a box of the key
_MIDDLE = ("KUBE-SVC", "KUBE-EXT", "KUBE-SVL", "KUBE-FW-")  # from top to bottom
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"


class RulesFigure(Figure):
    """The rules of a Node as a Figure: `.facts` by Service, `.table` one row a rule, `.iptables_save` the whole text."""

    facts: NodeRules
    _tables: Callable[[NodeRules], pd.DataFrame] | None = None

    @property
    def iptables_save(self) -> str:
        """All rules of the Node, as `iptables-save` would print them."""
        return self.facts.iptables_save

    @property
    def lines(self) -> tuple[str, ...]:
        """The rules that are shown, as iptables-save prints them: with `service=` those of one Service."""
        return self.facts.lines

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rules as a table: table, chain, what must match in words, the target, what the rule is for."""
        if self._tables is None:
            msg = "This picture was drawn from facts alone; that of c.rules(...) has a table."
            raise AttributeError(msg)
        return self._tables(self.facts)

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
        if len(self.facts.rows) > _MOST_RULES:
            rules += f"<div>… and {len(self.facts.rows) - _MOST_RULES} more: .lines has all of them</div>"
        return (
            f'<div style="background:{palette.PAPER};color:{palette.INK};{_MONO};font-size:12px;line-height:1.35;'
            f'padding:6px 10px;overflow-wrap:anywhere"><b>The same, as iptables-save prints it</b>{rules}</div>'
        )


def rules_figure(
    facts: NodeRules,
    *,
    tables: Callable[[NodeRules], pd.DataFrame] | None = None,
    unfold: bool = False,
) -> RulesFigure:
    """Return the rules of a Node as a Figure; `unfold` draws every Service and every endpoint."""
    view = _View(facts, unfold=unfold)
    figure = RulesFigure(
        title_of(facts),
        facts,
        dot=view.dot,
        text=lambda: outline(facts, view.stacks),
        alt=view.alt,
        caption=_CAPTION,
    )
    figure._tables = tables  # noqa: SLF001  # its own
    return figure


def _shape(port: PortRules) -> tuple[object, ...]:
    """Return what makes the rules of two Services read alike, but for names and addresses."""
    return (
        port.protocol,
        tuple((entry.kind, entry.target[:8], entry.said.partition("/")[0]) for entry in port.entries),
        tuple((chain.role, len(chain.acts)) for chain in port.chains),
        port.affinity_seconds,
        port.why if port.refusals else "",
    )


def draw_within(graph: Any, column: Sequence[str], tail: str, head: str) -> None:
    """Draw an arrow between two neighbours of one column; of others the rule itself says where it leads."""
    steps = column.index(head) - column.index(tail)
    if steps == 1:
        graph.edge(tail, head, tailport="s", headport="n")
    elif steps == -1:  # drawn the other way, or it would turn the order of the column round
        graph.edge(head, tail, dir="back", tailport="s", headport="n")


class _View:
    """The rules of a Node, ready to be drawn or told."""

    def __init__(self, facts: NodeRules, *, unfold: bool) -> None:
        self.facts, self.unfold = facts, unfold
        self.stacks = fold(facts.ports, _shape, unfold=unfold)
        self.detailed = unfold or len(self.stacks) <= _FEW

    # the picture

    def dot(self) -> str:
        """Return the DOT source: for each port what leads in, the chains that choose, the endpoints."""
        graph = digraph(header=self.header(), ranksep="0.45", nodesep="0.17")
        column = []
        for at, stack in enumerate(self.stacks):
            column.append(f"p{at}")
            self.draw_port(graph, f"p{at}", stack)
        if self.facts.without:
            column.append("without")
            graph.node("without", angle(self.without()))
        if not column:
            graph.node("nothing", angle(box(["No Service has rules here yet."], palette.PLAIN)))
        else:
            in_column(graph, column)
        return str(graph.source)

    def header(self) -> Html:
        """Return the key over the picture: match, choose, rewrite."""
        steps = [
            box([[bold(name)], words], palette.PLAIN, limit=_STEP, width=_STEP) for name, words in _STEPS
        ]
        whose = f"kube-proxy's rules on {plain(self.facts.node)}"
        heading = label(
            [[bold(whose), ": only rules. No program listens at a Service's addresses."]], limit=700
        )
        return table([[heading], [table([steps])]], spacing=2)

    def draw_port(self, graph: Any, name: str, stack: Sequence[PortRules]) -> None:
        """Draw a Service's port: its box with what leads in, then the chains, then the endpoints."""
        port = stack[0]
        rows = []
        for at, entry in enumerate(port.entries):
            rows.append(box([self.entry_line(entry)], self.look(entry), width=_WIDE, port=f"e{at}"))
        dead = bool(port.refusals) and len(port.refusals) == len(port.entries)
        look = palette.ERROR if dead else palette.SERVICE
        graph.node(name, angle(box(self.port_lines(stack), look, inside=rows, stacked=len(stack) > 1)))
        ends: dict[tuple[str, ...], str] = {}
        middle = sorted(
            (chain for chain in port.chains if not chain.address),
            key=lambda chain: _MIDDLE.index(chain.name[:8]),
        )
        for chain in middle:
            self.draw_chain(graph, f"{name}{chain.name}", chain, ends, name)
        self.draw_endpoints(graph, port, ends)
        column = [f"{name}{chain.name}" for chain in middle]
        column += self.draw_verdicts(graph, name, port)
        if len(column) > 1:
            in_column(graph, column)
        for chain in middle:
            for target in dict.fromkeys(act.target for act in chain.acts if act.kind == "go on"):
                draw_within(graph, column, f"{name}{chain.name}", f"{name}{target}")

    def draw_verdicts(self, graph: Any, name: str, port: PortRules) -> list[str]:
        """Draw the arrows from what leads in, and the boxes of the rules that refuse; return their names."""
        drawn: dict[tuple[str, ...], str] = {}
        for at, entry in enumerate(port.entries):
            target = f"{name}{entry.target}"
            if entry.refused:
                told = verdict_words(entry, port, self.facts.node)
                target = drawn.setdefault((entry.target, *told), f"{name}x{len(drawn)}")
            if entry.target != "ACCEPT":
                graph.edge(f"{name}:e{at}:e", target, headport="w")
        for (verdict, last, said, why), id_ in drawn.items():
            lines: list[Line] = [[bold(f"✗ {verdict}"), f"   {last}"], plain(said)]
            lines += [plain(why)] if why else []
            graph.node(id_, angle(box(lines, palette.ERROR, limit=_CHOICE, width=_CHOICE)))
        return list(drawn.values())

    def port_lines(self, stack: Sequence[PortRules]) -> list[Line]:
        """Return the lines of a Service's box."""
        port = stack[0]
        named = f"port {port.port}, " if port.port else ""
        lines: list[Line] = [
            [bold(f"Service {port.service}")],
            ["1  match", note(f"   ({named}{port.protocol})", palette.MUTED)],
        ]
        if len(stack) > 1:
            others = listed((item.service for item in stack[1:]), 3)
            lines.append([bold(f"and {len(stack) - 1} more like this"), f": {others}"])
        return lines

    @staticmethod
    def entry_line(entry: Entry) -> Line:
        """Return what leads in: the kind of address, and the address."""
        look = palette.NODE if entry.kind in ("node port", "health check") else palette.SERVICE
        where = address(f"{entry.address}:{entry.port}" if entry.address else str(entry.port), look)
        own = " at every Node IP" if entry.kind == "node port" and not entry.rest else ""
        return [f"{'others at ' if entry.rest else ''}{entry.kind} ", where, own]

    @staticmethod
    def look(entry: Entry) -> palette.Look:
        """Return how an entry is drawn."""
        if entry.refused:
            return palette.ERROR
        return palette.NODE if entry.kind in ("node port", "health check") else palette.SERVICE

    def draw_chain(
        self, graph: Any, id_: str, chain: ServiceChain, ends: dict[tuple[str, ...], str], name: str
    ) -> None:
        """Draw a chain with its rules, and an arrow from each rule that leads on."""
        wide = _CHOICE
        step = "2  " if chain.chosen else ""
        lines: list[Line] = [[bold(f"{step}{step_words(chain)}")], [note(chain.name, palette.MUTED)]]
        rows: list[Html] = []
        if remembered := affinity(chain):
            lines.append(remembered)
        for at, act in enumerate(chain.acts):
            if act.kind in ("mark", "go on", "remark"):
                rows.append(
                    box(self.act_lines(act, chain), palette.PLAIN, limit=wide, width=wide, port=f"a{at}")
                )
        for at, group in enumerate(self.groups(chain)):
            rows.append(
                box([self.choice(group, chain)], palette.PLAIN, limit=wide, width=wide, port=f"c{at}")
            )
            end = ends.setdefault(tuple(act.target for act in group), f"{name}end{len(ends)}")
            graph.edge(f"{id_}:c{at}:e", end, headport="w")
        graph.node(id_, angle(box(lines, palette.PLAIN, limit=wide, inside=rows)))

    def act_lines(self, act: Act, chain: ServiceChain) -> list[Line]:
        """Return the lines of a rule that marks, or leads on."""
        when = from_words(act, chain, self.facts.pod_range, brief=True)
        if act.kind == "mark":
            return [[f"{when}: ", bold("▸ mark")]]
        return [[when if act.kind == "remark" else f"{when} → {act.target[:8]}"]]

    def groups(self, chain: ServiceChain) -> list[tuple[Act, ...]]:
        """Return the rules that choose, one by one, or folded where they are many."""
        chosen = chain.chosen
        if self.unfold or (self.detailed and len(chosen) <= _SINGLE):
            return [(act,) for act in chosen]
        if not self.detailed or not chosen:
            return [chosen] if chosen else []
        return [(chosen[0],), (chosen[1],), chosen[2:-1], (chosen[-1],)]

    @staticmethod
    def choice(group: Sequence[Act], chain: ServiceChain) -> Line:
        """Return one rule that draws lots: the real chance, and what the rule itself says."""
        real = share(group[0])
        if len(group) > 1:
            return [bold(real), f" for each of {len(group)}"]
        said = written(group[0], first=group[0] is chain.chosen[0])
        return [bold(real), note(f"  {said}", palette.MUTED)]

    def draw_endpoints(self, graph: Any, port: PortRules, ends: dict[tuple[str, ...], str]) -> None:
        """Draw the endpoints, a stack for those that were folded."""
        chains = {chain.name: chain for chain in port.endpoints}
        for names, id_ in ends.items():
            first = chains[names[0]]
            lines: list[Line] = [["3  rewrite to ", address(first.address, palette.POD)]]
            if len(names) > 1:
                lines.append(f"or to one of {len(names) - 1} more")
            elif first.whose:
                lines.append(short(plain(first.whose).removeprefix("pod/"), 27, tail=8))
            if first.node and len(names) == 1:
                lines.append(f"on {short(plain(first.node), 24)}")
            if self.detailed and len(names) == 1:
                lines.append([note(first.name, palette.MUTED)])
                own = next((act for act in first.acts if act.kind == "mark"), None)
                lines += [[note("from itself (hairpin): ", palette.MUTED), bold("▸ mark")]] if own else []
            made = box(lines, palette.POD, limit=_CHOICE, width=_WIDE, stacked=len(names) > 1)
            graph.node(id_, angle(made))
        if len(ends) > 1:
            in_column(graph, list(ends.values()))

    def without(self) -> Html:
        """Return the box of the Services that have no rules."""
        lines: list[Line] = [[bold("no rules here")]]
        for name, why in self.facts.without[:4]:
            lines.append([bold(f"{name}:"), f" {why}"])
        if len(self.facts.without) > 4:
            lines.append(f"and {len(self.facts.without) - 4} more")
        return box(lines, palette.LEFT_OUT)

    def alt(self) -> str:
        """Return the picture in a few sentences, what is refused first."""
        said = [f"{title_of(self.facts)}."]
        for stack in sorted(self.stacks, key=lambda stack: not stack[0].refusals):
            port = stack[0]
            ways = "; ".join(entry_words(entry, self.facts.node) for entry in port.entries)
            ends = listed((chain.address for chain in port.endpoints), 3)
            more = f" ({count(len(stack) - 1, 'Service')} more like it)" if len(stack) > 1 else ""
            said.append(f"Service {port.service}{more}: {ways}{f'; leads to {ends}' if ends else ''}.")
        return " ".join(said)
