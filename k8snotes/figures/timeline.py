"""Draws who did what, in order: a lane for each component, and every change an arrow to the API server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from k8snotes.api.registry import find_resource
from k8snotes.facts.timeline import SERVER, YOU
from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import bold, box, label, note
from k8snotes.figures.measure import points, short
from k8snotes.figures.wording import count, indented, listed, plain

if TYPE_CHECKING:
    import pandas as pd

    from k8snotes.facts.timeline import Entry, Timeline
    from k8snotes.figures.html_label import Line, Run

__all__ = ["MOST_ROWS", "TimelineFigure", "timeline_figure"]

MOST_ROWS = 40
"""Rows of a picture; of a longer history the end is shown, and the outline has all of it."""

_CAPTION = (
    "Time goes down. A dot says who acts; his arrow leads to kube-apiserver, which stores what he writes. "
    "From there the others learn of it, and then act themselves"
)
_WIDE = 700  # points: the width of a notebook
_GAP = 20
_LEFT = 44  # where the first lane stands, right of the clock
_STEP = 15  # from one line of text to the next
_MOST_KUBELETS = 5
_FEW = 3  # so many changes of one kind in one step each have a row
_BARE = palette.Look(palette.PAPER, palette.PAPER, palette.INK, "rounded", 0)


class TimelineFigure(Figure):
    """A timeline as a Figure; `.table` has the same as a pandas table, one row for each change."""

    _table: Callable[[], pd.DataFrame] | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """The changes as a table: step, clock (seconds), who, verb, object, why."""
        if self._table is None:
            msg = "This picture was drawn from facts alone; c.timeline().table has the table."
            raise AttributeError(msg)
        return self._table()


def timeline_figure(
    facts: Timeline, *, unfold: bool = False, table: Callable[[], pd.DataFrame] | None = None
) -> TimelineFigure:
    """Return a timeline as a Figure; `unfold` shows each change where many of a kind would make one row."""
    view = _View(facts, unfold=unfold)
    figure = TimelineFigure(
        view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=view.caption
    )
    figure._table = table  # noqa: SLF001  # its own
    return figure


@dataclass(frozen=True, slots=True)
class _Row:
    """Changes of one kind that one component made in one step: one row of the picture."""

    entries: tuple[Entry, ...]
    who: str

    @property
    def first(self) -> Entry:
        return self.entries[0]

    @property
    def what(self) -> str:
        """The object, or how many of which kind, and whose."""
        first = self.first
        if len(self.entries) == 1:
            return plain(first.ref)
        resource = find_resource(first.kind)
        kind = resource.kind if resource else plain(first.kind)
        makers = {entry.workload for entry in self.entries}
        whose = f" of {plain(first.workload)}" if len(makers) == 1 and first.workload else ""
        return count(len(self.entries), kind, kind if kind.endswith("s") else f"{kind}s") + whose

    @property
    def why(self) -> str:
        reasons = list(dict.fromkeys(entry.why for entry in self.entries if entry.why))
        return plain("; ".join(reasons[:2])) + (" …" if len(reasons) > 2 else "")

    @property
    def quiet(self) -> bool:
        """Whether somebody only writes down how things are."""
        return self.first.verb == "status" and not self.why


class _View:
    """A timeline, ready to be drawn or told."""

    def __init__(self, facts: Timeline, *, unfold: bool) -> None:
        self.facts = facts
        kubelets = [name for name in facts.lanes if name.startswith("kubelet on ")]
        together = len(kubelets) > _MOST_KUBELETS and not unfold
        self.kubelets = f"kubelet on {len(kubelets)} Nodes" if together else ""
        rows = self.rows(most=len(facts.entries) if unfold else _FEW)
        if len(rows) > MOST_ROWS and not unfold:
            rows = self.rows(most=1)
        self.all = rows
        self.shown = rows if unfold else rows[-MOST_ROWS:]
        self.left_out = len(rows) - len(self.shown)
        lanes = dict.fromkeys(row.who for row in self.shown)
        ordered = dict.fromkeys(self.lane(name) for name in facts.lanes)
        first = [name for name in (YOU, SERVER) if name in lanes or name == SERVER]
        self.lanes = [*first, *(name for name in ordered if name in lanes and name not in first)]
        about = f" of {plain(facts.ref)}" if facts.ref else ""
        since = "" if facts.since is None else f" since second {facts.since}"
        changes = count(len(facts.entries), "change")
        self.title = f"timeline{about}{since}: {changes} in {count(facts.steps, 'step')}"
        if self.left_out:
            self.caption = f"{_CAPTION}. The last {len(self.shown)} rows of {len(rows)} are drawn"
        else:
            self.caption = _CAPTION

    def lane(self, who: str) -> str:
        """Return the lane of a component: the kubelets of many Nodes share one."""
        return self.kubelets if self.kubelets and who.startswith("kubelet on ") else who

    def rows(self, *, most: int) -> list[_Row]:
        """Return the rows: in each step, changes of one kind are folded where there are more than `most`."""
        groups: dict[tuple[Any, ...], list[Entry]] = {}
        like: Counter[tuple[Any, ...]] = Counter()
        for entry in self.facts.entries:
            whose = "" if most == 1 else entry.workload
            key = (entry.step, entry.verb, entry.kind, entry.namespace, whose)
            groups.setdefault((self.lane(entry.who), key), []).append(entry)
            like[key] += 1
        made = []
        for (who, key), entries in groups.items():
            stacks = [tuple(entries)] if like[key] > most else [(entry,) for entry in entries]
            made += [_Row(stack, who) for stack in stacks]
        place = {id(entry): at for at, entry in enumerate(self.facts.entries)}
        return sorted(made, key=lambda row: place[id(row.first)])

    # the picture

    def dot(self) -> str:
        """Return the DOT source; every place is given in points, so that time runs straight down."""
        graph = digraph(layout="neato", inputscale="72", splines="line", outputorder="edgesfirst")
        if not self.shown:
            graph.node("nothing", angle(box([self.nothing()], palette.PLAIN)), pos="0,0!")
            return str(graph.source)
        at = {name: _LEFT + _GAP * place for place, name in enumerate(self.lanes)}
        words = _LEFT + _GAP * len(self.lanes)
        top = -_STEP * len(self.lanes) - 8
        if self.left_out:
            earlier = f"… {count(self.left_out, 'earlier row')}: the picture in words has them, and .table"
            self.write(graph, "earlier", [[note(earlier, palette.MUTED)]], words, top)
            top -= _STEP + 6
        bottom = self.draw_rows(graph, at, words, top)
        for place, name in enumerate(self.lanes):
            self.write(graph, f"h{place}", [self.header(name)], at[name] + 3, -_STEP * place)
            graph.node(
                f"t{place}",
                "",
                shape="point",
                width="0.04",
                color=_ink(name),
                pos=_pos(at[name], -_STEP * place - 4),
            )
            graph.node(
                f"b{place}", "", shape="point", width="0.01", style="invis", pos=_pos(at[name], bottom)
            )
            own = {"penwidth": "2.2"} if name == SERVER else {"style": "dashed", "penwidth": "0.8"}
            graph.edge(f"t{place}", f"b{place}", arrowhead="none", color=_ink(name), **own)
        return str(graph.source)

    def draw_rows(self, graph: Any, at: dict[str, int], words: int, top: float) -> float:
        """Draw the rows under each other; returns where they end."""
        y, clock = top, -1
        for number, row in enumerate(self.shown):
            lines = self.lines(row)
            high = self.write(graph, f"w{number}", lines, words, y)
            middle = y - 5
            if row.first.time != clock:
                clock = row.first.time
                words_on_it = label([[note(f"{clock} s", palette.MUTED)]])
                graph.node(f"c{number}", angle(words_on_it), pos=_pos(14, middle))
            hollow = {"style": "filled", "fillcolor": palette.PAPER if row.who == YOU else _ink(row.who)}
            graph.node(
                f"d{number}",
                "",
                shape="circle",
                width="0.11",
                fixedsize="true",
                color=_ink(row.who),
                pos=_pos(at[row.who], middle),
                **hollow,
            )
            if row.who != SERVER:
                graph.node(
                    f"s{number}", "", shape="point", width="0.01", style="invis", pos=_pos(at[SERVER], middle)
                )
                graph.edge(f"d{number}", f"s{number}", color=_ink(row.who), arrowsize="0.6")
            y -= high
        return y

    def lines(self, row: _Row) -> list[Line]:
        """Return the words of a row: who does what to which object, and why."""
        head: list[str | Run] = [bold(_called(row.who)), f" {row.first.does} ", bold(row.what)]
        if row.quiet:
            return [[note(f"{_called(row.who)} {row.first.does} {row.what}", palette.MUTED)]]
        return [[*head, note(f" – {row.why}" if row.why else "", palette.MUTED)]]

    def header(self, name: str) -> Line:
        """Return the name over a lane."""
        if name == SERVER:
            return [bold(SERVER), note("  the only door to etcd", palette.MUTED)]
        return [bold(short(_called(name), 48))]

    def write(self, graph: Any, name: str, lines: list[Line], x: float, y: float) -> float:
        """Write lines with their upper left corner at a place; returns how high they are, in points."""
        limit = _WIDE - x - 16
        plain_text = "".join(run if isinstance(run, str) else run.text for line in lines for run in line)
        wide = int(min(limit, points(plain_text, bold=True) + 4)) + 16
        markup = box(lines, _BARE, limit=int(limit), width=wide)
        rows = markup.count("<tr>") - 1
        high = 13.5 + 14 * (rows - 1)
        graph.node(name, angle(markup), pos=_pos(x + wide / 2, y - high / 2 + 2))
        return high + (5 if rows > 1 else 4)

    # the words

    def nothing(self) -> str:
        """Say why there is nothing to be seen."""
        about = f" that concerns {plain(self.facts.ref)}" if self.facts.ref else ""
        return f"Nothing{about} was written yet."

    def text(self) -> str:
        """Return the outline: every row in order, and the members of those that are folded."""
        lines = [self.title]
        if not self.all:
            lines.append(self.nothing())
        for row in self.all:
            why = f": {row.why}" if row.why else ""
            lines.append(f"  {row.first.time:>4} s  {_called(row.who)} {row.first.does} {row.what}{why}")
            lines += indented([entry.name for entry in row.entries], 12)
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        if not self.all:
            return f"{self.title}. {self.nothing()}"
        wrote = Counter(_called(self.lane(entry.who)) for entry in self.facts.entries)
        said = listed((f"{name} {number}" for name, number in wrote.items()), 8)
        ends = [f"{_called(row.who)} {row.first.does} {row.what}" for row in (self.all[0], self.all[-1])]
        return f"{self.title}. Changes by {said}. First, {ends[0]}. Last, {ends[1]}."


def _called(who: str) -> str:
    return "kubectl (you)" if who == YOU else plain(who)


def _ink(name: str) -> str:
    if name == SERVER:
        return palette.SERVICE.line
    if name.startswith("kubelet"):
        return palette.NODE.ink
    return palette.INK


def _pos(x: float, y: float) -> str:
    return f"{x:.1f},{y:.1f}!"
