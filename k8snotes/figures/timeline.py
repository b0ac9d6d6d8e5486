"""Draws which component did what, in order: a lane for each component, and an arrow to the API server for each change.

Time goes down, so everything here has its place: the scene is pinned, and Graphviz draws it there. If one step has
more than three changes of one kind, they share a row. Of a long history the last rows are drawn; the outline and the
table have all of it.
Source of the rule: https://kubernetes.io/docs/concepts/architecture/controller/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.timeline import SERVER, YOU, Entry, Timeline, component, counted, does
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, THERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import pixels, rows_of, wrapped
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Mark,
    Run,
    Scene,
    Told,
    bold,
    note,
    told_only,
)
from k8snotes.figures.wording import listed, plain

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["MOST_ROWS", "TimelineFigure", "timeline_figure"]

MOST_ROWS = 40
"""Rows of a picture; of a longer history the end is shown, and the outline has all of it."""

_CAPTION = _(
    "Time goes down. A dot marks the component that acts. Its arrow leads to kube-apiserver, which stores the change. "
    "The other components watch kube-apiserver, see the change there, and then act themselves."
)
_KUBELETS = "kubelets"  # the lane of all kubelets together
_WIDE = 700  # points: the width of a notebook
_ENDLESS = 100_000  # points: no line breaks
_GAP = 20
_LEFT = 44  # where the first lane is, right of the clock
_STEP = 15  # from one line of text to the next
_MOST_KUBELETS = 5
_FEW = 3  # so many changes of one kind in one step each have a row


class TimelineFigure(Figure):
    """A timeline as a Figure; `.table` has the same as a pandas table, one row for each change."""

    facts: Timeline

    @cached_property
    def table(self) -> pd.DataFrame:
        """The changes as a table: step, clock (seconds), who, verb, object, why."""
        from k8snotes.tables import timeline_table  # noqa: PLC0415  # pandas only where a table is asked for

        return timeline_table(self.facts)


def timeline_figure(facts: Timeline, *, unfold: bool = False) -> TimelineFigure:
    """Return a timeline as a Figure.

    Args:
        facts: The changes, in order, with the component that made each and why, and the lanes.
        unfold: Whether to show each change where many of a kind would make one row.

    Returns:
        A Figure; its `.table` has one row for each change.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> c.cordon("node-1")
    >>> print(timeline_figure(c.timeline("node/node-1").facts).text.splitlines()[-1])
         0 s  kubectl (you) cordons node/node-1
    """
    story = _Story(facts, unfold=unfold)
    return TimelineFigure(story.what, story.finding, facts, story.scene, caption=story.caption)


class _Row(NamedTuple):
    """Changes of one kind that one component made in one step: one row of the picture.

    Kind, verb, namespace and workload are the same in all of them; `who` is the lane.
    """

    entries: tuple[Entry, ...]
    who: str

    @property
    def first(self) -> Entry:
        return self.entries[0]

    @property
    def what(self) -> str:
        """The object, or how many of which kind, and of which workload."""
        first = self.first
        if len(self.entries) == 1:
            return plain(first.ref)
        resource = find_resource(first.kind)
        kind = resource.kind if resource else plain(first.kind)
        of_one = len({entry.workload for entry in self.entries}) == 1
        return counted(len(self.entries), kind, plain(first.workload) if of_one else "")

    @property
    def names(self) -> list[str]:
        """The names of its objects."""
        return [entry.name for entry in self.entries]

    @property
    def why(self) -> str:
        reasons = list(dict.fromkeys(str(entry.why) for entry in self.entries if entry.why))
        return plain("; ".join(reasons[:2])) + (" …" if len(reasons) > 2 else "")

    @property
    def quiet(self) -> bool:
        """Whether a component only reports a status."""
        return self.first.verb == "status" and not self.why


class _Story:
    """A timeline: its rows, those of a kind as one, and a lane for each component that acts in them."""

    def __init__(self, facts: Timeline, *, unfold: bool) -> None:
        self.facts = facts
        self.kubelets = sum(name.startswith("kubelet on ") for name in facts.lanes)
        self.together = self.kubelets > _MOST_KUBELETS and not unfold
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

    @property
    def what(self) -> Text:
        """What the timeline is about, and where it begins."""
        ref, since = plain(self.facts.ref), self.facts.since
        if ref and since is not None:
            return _("timeline of {ref} since second {second}", ref=ref, second=since)
        if ref:
            return _("timeline of {ref}", ref=ref)
        return _("timeline") if since is None else _("timeline since second {second}", second=since)

    def finding(self) -> Text:
        """Say how many changes there were, in how many steps."""
        return _(
            "{changes} in {steps}",
            changes=ngettext("{n} change", "{n} changes", len(self.facts.entries)),
            steps=ngettext("{n} step", "{n} steps", self.facts.steps),
        )

    def caption(self) -> str:
        """Say how the picture is to be read, and what it leaves out."""
        sentences: list[str] = [_CAPTION]
        if self.left_out:
            sentences.append(
                ngettext(
                    "The last {n} row of {total} is drawn.",
                    "The last {n} rows of {total} are drawn.",
                    len(self.shown),
                    total=len(self.all),
                )
            )
        sentences += [self.facts.begins] if self.facts.begins else []
        return " ".join(str(sentence) for sentence in sentences)

    def lane(self, who: str) -> str:
        """Return the lane of a component: the kubelets of many Nodes share one."""
        return _KUBELETS if self.together and who.startswith("kubelet on ") else who

    def called(self, who: str) -> str:
        """Return the name of a component, or of a lane."""
        if who == _KUBELETS:
            return ngettext("kubelet on {n} Node", "kubelet on {n} Nodes", self.kubelets)
        return _("kubectl (you)") if who == YOU else plain(component(who))

    def rows(self, *, most: int) -> list[_Row]:
        """Return the rows: in each step, changes of one kind are folded where there are more than `most`.

        A row is where its first change is.
        """
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

    def scene(self) -> Scene:
        """Return the scene; everything has its place, so that time runs straight down."""
        opening = " ".join(self.sentences())
        if not self.shown:
            nothing = Box([self.nothing()], id="nothing", at=(0, 0))
            return Scene([nothing], opening=opening, layout=_LAYOUT)
        at = {name: _LEFT + _GAP * place for place, name in enumerate(self.lanes)}
        words = _LEFT + _GAP * len(self.lanes)
        top: float = -_STEP * len(self.lanes) - 8
        drawn: list[Drawn] = []
        told: list[Told] = [told_only(plain(self.facts.begins), indent=0)] if self.facts.begins else []
        told += [told_only(self.line(row).told, members=row.names, nested=12) for row in self.all]
        if self.facts.begins:
            drawn.append(_written("begins", Line(note(self.facts.begins, palette.MUTED)), words, top)[0])
            top -= _STEP + 6
        if self.left_out:
            earlier = ngettext(
                "… {n} earlier row, which is in the outline and in .table",
                "… {n} earlier rows, which are in the outline and in .table",
                self.left_out,
            )
            drawn.append(_written("earlier", Line(note(earlier, palette.MUTED)), words, top)[0])
            top -= _STEP + 6
        rows, bottom = self.row_marks(at, words, top)
        return Scene([*drawn, *rows, *self.lane_marks(at, bottom)], told, opening=opening, layout=_LAYOUT)

    def row_marks(self, at: dict[str, int], words: int, top: float) -> tuple[list[Drawn], float]:
        """Return what is drawn of the rows, under each other, and where they end.

        Args:
            at: Where each lane is, in points from the left.
            words: Where the words of a row begin, in points from the left.
            top: Where the first row begins, in points; lower is less.
        """
        drawn: list[Drawn] = []
        y, clock = top, -1
        for number, row in enumerate(self.shown):
            box, high = _written(f"w{number}", self.line(row), words, y)
            drawn.append(box)
            middle, ink = y - 5, _ink(row.who)
            if row.first.time != clock:
                clock = row.first.time
                seconds = note(f"{clock} s", palette.MUTED)
                drawn.append(Label([seconds], id=f"c{number}", at=(14, middle)))
            drawn.append(
                Mark(
                    f"d{number}",
                    (at[row.who], middle),
                    shape="circle",
                    width="0.11",
                    fixedsize="true",
                    color=ink,
                    style="filled",
                    fillcolor=palette.PAPER if row.who == YOU else ink,
                )
            )
            if row.who != SERVER:
                drawn.append(_end(f"s{number}", at[SERVER], middle))
                drawn.append(Link(f"d{number}", f"s{number}", {"color": ink, "arrowsize": "0.6"}))
            y -= high
        return drawn, y

    def lane_marks(self, at: dict[str, int], bottom: float) -> list[Drawn]:
        """Return what is drawn of the lanes: the name of each over its line."""
        drawn: list[Drawn] = []
        for place, name in enumerate(self.lanes):
            x, y, ink = at[name], -_STEP * place, _ink(name)
            drawn.append(_written(f"h{place}", self.header(name), x + 3, y)[0])
            drawn.append(Mark(f"t{place}", (x, y - 4), shape="point", width="0.04", color=ink))
            drawn.append(_end(f"b{place}", x, bottom))
            own = {"penwidth": "2.2"} if name == SERVER else {"style": "dashed", "penwidth": "0.8"}
            drawn.append(Link(f"t{place}", f"b{place}", {"arrowhead": "none", "color": ink, **own}))
        return drawn

    def line(self, row: _Row) -> Line:
        """Return a row in words: when, which component does what to which object, and why."""
        when = Run("", told=f"{row.first.time:>4} s  ")
        who, verb = self.called(row.who), row.first.verb
        if row.quiet:
            return Line([when, note(does(who, verb, row.what), palette.MUTED)])
        ended = note(f" – {row.why}" if row.why else "", palette.MUTED)
        ended = ended._replace(told=f": {row.why}" if row.why else "")
        return Line([when, *emphasized(does(HERE, verb, THERE), bold(who), bold(row.what)), ended])

    def header(self, name: str) -> Line:
        """Return the name over a lane."""
        if name == SERVER:
            only = _("the only component that uses etcd")
            return Line([bold(SERVER), note(f"  {only}", palette.MUTED)])
        return Line(bold(self.called(name), most=48))

    def nothing(self) -> Text:
        """Say that there are no changes."""
        if self.facts.ref:
            return _("Nothing that concerns {ref} was written yet.", ref=plain(self.facts.ref))
        return _("Nothing was written yet.")

    def sentences(self) -> Iterator[str]:
        """Yield what the alternative text says: how many changes each component made, the first one and the last."""
        yield _("{what}: {finding}.", what=self.what, finding=self.finding())
        if not self.all:
            yield self.nothing()
            return
        wrote = Counter(self.lane(entry.who) for entry in self.facts.entries)
        changes = listed((f"{self.called(name)} {number}" for name, number in wrote.items()), 8)
        yield _("Changes by component: {changes}.", changes=changes)
        first, last = (
            does(self.called(row.who), row.first.verb, row.what) for row in (self.all[0], self.all[-1])
        )
        yield _("The first change: {sentence}.", sentence=first)
        yield _("The last change: {sentence}.", sentence=last)


_LAYOUT = {"outputorder": "edgesfirst"}


def _written(name: str, line: Line, x: float, y: float) -> tuple[Box, float]:
    """Return a line with its upper left corner at a place, and how high it is, both in points.

    Wrapped lines are higher; the next row begins under them.
    """
    limit = _WIDE - x - 16
    whole = "".join(run.text for row in wrapped(line, _ENDLESS) for run in row)
    wide = int(min(limit, pixels(whole, bold=True) + 4)) + 16
    rows = rows_of([line], int(limit))
    high = 13.5 + 14 * (rows - 1)
    box = Box(
        [line], palette.BARE, id=name, limit=int(limit), width=wide, at=(x + wide / 2, y - high / 2 + 2)
    )
    return box, high + (5 if rows > 1 else 4)


def _end(name: str, x: float, y: float) -> Mark:
    """Return a point that is not seen, where an arrow ends."""
    return Mark(name, (x, y), shape="point", width="0.01", style="invis")


def _ink(name: str) -> str:
    if name == SERVER:
        return palette.SERVICE.line
    if name.startswith("kubelet"):
        return palette.NODE.ink
    return palette.INK
