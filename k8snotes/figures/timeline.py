"""Draws which component did what, in order: a lane for each component, and an arrow to the API server for each change.

Time goes down. If one step has more than three changes of one kind, they share a row. Of a long history the last rows
are drawn; the outline and the table have all of it.
Source of the rule: https://kubernetes.io/docs/concepts/architecture/controller/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, clauses, ngettext, sentences
from k8snotes.facts.timeline import SERVER, YOU, Entry, Timeline, component, counted, does
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, THERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Mark,
    Path,
    Run,
    Scene,
    Told,
    bold,
    note,
    state,
    told_only,
)
from k8snotes.figures.wording import headed, listed, plain

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["MOST_ROWS", "TimelineFigure", "timeline_figure"]

MOST_ROWS = 40
"""Rows of a picture at most; of a longer history the end is shown, and the outline has all of it."""

_CAPTION = _(
    "Time goes down. A dot marks the component that acts. Its arrow leads to kube-apiserver, which stores the change. "
    "The other components watch kube-apiserver, see the change there, and then act themselves."
)
_KUBELETS = "kubelets"  # the lane of all kubelets together
_GAP = 20  # pixels from lane to lane
_LEFT = 50  # pixels: where the first lane is, right of the clock
_STEP = 18  # pixels from the name of a lane to the next
_ROW = 22  # pixels from a row to the next
_DOT = 8  # pixels
_MOST_KUBELETS = 5
_FEW = 3  # so many changes of one kind in one step each have a row


class TimelineFigure(Figure):
    """A timeline as a Figure; `.table` has the same as a pandas table, one row for each change.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> c.cordon("node-1")
    >>> c.timeline().table["does"].tolist()
    ['cordon']
    """

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
        return plain(clauses(*reasons[:2])) + (" …" if len(reasons) > 2 else "")

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
        self.unfold = unfold
        lanes = dict.fromkeys(row.who for row in (rows if unfold else rows[-MOST_ROWS:]))
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
        return str(sentences(_CAPTION, self.facts.begins))

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
        opening = sentences(*self.sentences())
        if not self.all:
            return Scene([Box([self.nothing()], id="nothing", at=(0, 0))], opening=opening)
        at = {name: _LEFT + _GAP * place for place, name in enumerate(self.lanes)}
        words = _LEFT + _GAP * len(self.lanes)
        top: float = _STEP * len(self.lanes) + 8
        told: list[Told] = [told_only(plain(self.facts.begins), indent=0)] if self.facts.begins else []
        told += [told_only(self.line(row).told, members=row.names, nested=12) for row in self.all]
        notes = [note(self.facts.begins)] if self.facts.begins else []
        shown = self.fitting(WIDEST - words, HIGHEST - top - _ROW * (len(notes) + 1))
        left_out = len(self.all) - len(shown)
        if left_out:
            earlier = ngettext(
                "… {n} earlier row, which is in the outline and in .table",
                "… {n} earlier rows, which are in the outline and in .table",
                left_out,
            )
            notes.append(note(earlier))
        drawn: list[Drawn] = []
        for words_of in notes:
            label = Label([[words_of]], limit=WIDEST - words, at=(words, top))
            drawn.append(label)
            top += size_of(label)[1] + 4
        rows, bottom = self.row_marks(shown, at, words, top)
        return Scene([*self.lane_marks(at, bottom), *drawn, *rows], told, opening=opening)

    def fitting(self, wide: float, room: float) -> list[_Row]:
        """Return the last rows, as many as there is room for; all of them where each change is to be shown."""
        if self.unfold:
            return self.all
        fitting: list[_Row] = []
        for row in self.all[::-1][:MOST_ROWS]:
            room -= self.high(row, wide)
            if room < 0:
                break
            fitting.append(row)
        return fitting[::-1]

    def high(self, row: _Row, wide: float) -> float:
        """Return how high a row is, in pixels."""
        return size_of(Label([self.line(row)], limit=int(wide)))[1] + _ROW - 20

    def row_marks(
        self, shown: Sequence[_Row], at: dict[str, int], words: int, top: float
    ) -> tuple[list[Drawn], float]:
        """Return what is drawn of the rows, under each other, and where they end.

        Args:
            shown: The rows.
            at: Where each lane is, in pixels from the left.
            words: Where the words of a row begin, in pixels from the left.
            top: Where the first row begins, in pixels down.
        """
        drawn: list[Drawn] = []
        y, clock = top, -1
        for number, row in enumerate(shown):
            drawn.append(Label([self.line(row)], limit=WIDEST - words, at=(words, y)))
            middle, look = y + (9 if row.quiet else 11), _look(row.who)
            if row.first.time != clock:
                clock = row.first.time
                seconds = state(f"{clock} s", palette.LEFT_OUT)
                drawn.append(Label([[seconds]], width=_LEFT - 12, at=(0, y)))
            drawn.append(Mark(f"d{number}", (at[row.who], middle), look, size=_DOT))
            if row.who != SERVER:
                drawn.append(Mark(f"s{number}", (at[SERVER], middle), palette.BARE, size=0))
                drawn.append(Link(f"d{number}", f"s{number}", {"color": look.line}))
            y += self.high(row, WIDEST - words)
        return drawn, y

    def lane_marks(self, at: dict[str, int], bottom: float) -> list[Drawn]:
        """Return what is drawn of the lanes: the name of each over its line."""
        drawn: list[Drawn] = []
        for place, name in enumerate(self.lanes):
            x, y = at[name], _STEP * place
            own = (2.5, "solid") if name == SERVER else (1.0, "dashed")
            drawn.append(Path([(x, y + 4), (x, bottom)], _look(name).line, width=own[0], style=own[1]))
            drawn.append(Label([self.header(name)], limit=WIDEST - x - 6, at=(x + 6, y - 3)))
        return drawn

    def line(self, row: _Row) -> Line:
        """Return a row in words: when, which component does what to which object, and why."""
        when = Run("", told=f"{row.first.time:>4} s  ")
        who, verb = self.called(row.who), row.first.verb
        if row.quiet:
            return Line([when, note(does(who, verb, row.what))])
        ended = note(f" – {row.why}" if row.why else "", palette.MUTED)
        runs = emphasized(does(HERE, verb, THERE), bold(who), bold(row.what))
        told = f"{when.told}{does(who, verb, row.what)}"
        return Line([when, *runs, ended], headed(told, row.why) if row.why else told)

    def header(self, name: str) -> Line:
        """Return the name over a lane."""
        if name == SERVER:
            only = _("every change goes through it")
            return Line([bold(SERVER), note(f"  {only}")])
        return Line(bold(self.called(name), most=60))

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


def _look(name: str) -> Look:
    """Return how what a component does is drawn: you are an open dot."""
    if name == YOU:
        return Look(palette.INK, palette.PAPER, palette.INK, "solid")
    ink = palette.INK
    if name == SERVER:
        ink = palette.SERVICE.line
    elif name.startswith("kubelet"):
        ink = palette.NODE.line
    return Look(ink, ink, ink, "solid")
