"""Draws a HorizontalPodAutoscaler over time: the load, the number of Pods, and what each Pod uses; below, its sum.

Time goes to the right, in one axis for all three, so everything has its place: the scene is pinned. What is drawn right
of "now" is what will be if the load stays as it is.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.autoscaling import PERIOD, AutoscalePlan, Round, Wish, metric_amount
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import WIDEST
from k8snotes.figures.measure import wide_of
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Mark,
    Path,
    Run,
    Scene,
    Told,
    bold,
    note,
    told_only,
)
from k8snotes.figures.wording import plain

__all__ = ["autoscale_figure"]

_LEFT, _RIGHT = 150, 700  # pixels: where time begins and ends
_HIGH, _GAP, _TOP = 84, 34, 44  # pixels: a panel, the space between two, and over the first
_UNIT, _NAME = 13, 16  # columns of the words at the left of a panel, and of those at its right
_ROW = 18  # pixels from one line of text to the next
_STEPS = (1, 2, 4, 6, 8, 10)
_MARKS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds between two numbers of the axis
_MOST_MARKS = 8
_MOST_STEPS = 4
_MOST_NUMBERS = 5  # of Pods, in one label
_MOST_ROUNDS = 160  # 40 minutes
_MEBI = 1024**2 * 1000  # thousandths
_CLOSE = 60  # pixels: changes that are nearer have one label
_CLEAR, _FAR = (
    6,
    40,
)  # pixels: from the middle of words to a line, and at most how far from their dot they stand
_NAMED = {"cpu": "CPU"}

_Sides = tuple[float, float, float, float]
Steps = list[tuple[int, int | None]]  # from a moment on a value, None where it is not known


def autoscale_figure(facts: AutoscalePlan) -> Figure:
    """Return what an autoscaler computes and does as a Figure.

    Args:
        facts: What it computes now, what it has done, and what it will do.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _ = c.kubectl("create deployment web --image=nginx")
    >>> _ = c.kubectl("autoscale deploy/web --max=3")
    >>> autoscale_figure(c.autoscale_plan("hpa/web").facts).finding
    'the metrics fail'
    """
    what = (
        _("autoscaling of {target}", target=plain(facts.target))
        if facts.target
        else _("autoscaling by {ref}", ref=plain(facts.ref))
    )
    picture = _Picture(facts)
    return Figure(what, lambda: _finding(facts), facts, picture.scene, caption=lambda: _caption(facts))


def _finding(facts: AutoscalePlan) -> Text:
    """Say how many Pods there are, and what becomes of that."""
    if facts.outcome == "no-scale":
        return _("there is nothing to scale")
    if facts.outcome == "disabled":
        return _("disabled, because the target has 0 replicas")
    if facts.outcome == "found":
        return ngettext("{n} Pod, as it was found", "{n} Pods, as they were found", facts.replicas)
    if facts.outcome == "failed":
        return _("the metrics fail")
    if facts.desired != facts.replicas:
        return ngettext(
            "{n} Pod, {desired} after the next round",
            "{n} Pods, {desired} after the next round",
            facts.replicas,
            desired=facts.desired,
        )
    if facts.wanted not in (None, facts.replicas):
        return ngettext(
            "{n} Pod, although the metrics recommend {wanted}",
            "{n} Pods, although the metrics recommend {wanted}",
            facts.replicas,
            wanted=facts.wanted,
        )
    return ngettext("{n} Pod, nothing changes", "{n} Pods, nothing changes", facts.replicas)


def _caption(facts: AutoscalePlan) -> Text:
    """Say how the picture is to be read, and what it leaves out."""
    how = _(
        "The autoscaler keeps {least} to {most} Pods, and evaluates its metrics every {period} s. The lines show what it "
        "measured in each round. The part after “now” shows what happens if the load stays as it is.",
        least=facts.least,
        most=facts.most,
        period=PERIOD,
    )
    if len(facts.past) <= _MOST_ROUNDS:
        return how
    return _(
        "{how} The picture begins {n} rounds ago, and the words have all of them.", how=how, n=_MOST_ROUNDS
    )


class _Panel(NamedTuple):
    """One of the small pictures: its words, its highest value, and how a value is written."""

    title: str
    unit: tuple[str, ...]
    top: int
    number: int

    @property
    def marks(self) -> tuple[int, ...]:
        """The values that have a line."""
        return (0, self.top) if self.top % 2 else (0, self.top // 2, self.top)

    def y(self, value: float) -> float:
        """Return where a value is, in pixels down."""
        bottom = _TOP + self.number * (_HIGH + _GAP) + _HIGH
        return bottom - min(value, self.top) / self.top * _HIGH


class _Picture:
    """A plan as a picture: where each moment and each value is."""

    def __init__(self, facts: AutoscalePlan) -> None:
        self.facts = facts
        self.rounds = [*facts.past[-_MOST_ROUNDS:], *facts.coming]
        self.begin = self.rounds[0].time - PERIOD if self.rounds else facts.now
        last = self.rounds[-1].time if self.rounds else facts.now
        self.end = max(last, facts.now, self.begin + 4 * PERIOD)

    def x(self, time: float) -> float:
        """Return where a moment is, in pixels to the right."""
        share = (max(time, self.begin) - self.begin) / (self.end - self.begin)
        return _LEFT + share * (_RIGHT - _LEFT)

    # ---- what is drawn

    def scene(self) -> Scene:
        """Return the scene; everything has its place, so that time runs straight to the right."""
        drawn: list[Drawn] = []
        foot = 0.0
        panels = self.panels() if self.rounds else []
        if panels:
            foot = _TOP + len(panels) * (_HIGH + _GAP) - _GAP + 8
            drawn += self.window(foot)
            for panel in panels:
                drawn += self.frame(panel)
            drawn += self.clock(foot + _ROW / 2)
            drawn += self.now(foot)
            drawn += self.curves(panels)
            drawn += self.changes(panels[min(1, len(panels) - 1)], drawn)
            foot += _ROW + 12
        box = self.box()
        box.at = (0, foot)
        drawn.append(box)
        opening = _(
            "{what}: {finding}.",
            what=plain(self.facts.target or self.facts.ref),
            finding=_finding(self.facts),
        )
        return Scene(drawn, [box, *self.told()], opening=opening)

    def panels(self) -> list[_Panel]:
        """Return the panels: without a measurement, there are only the Pods."""
        pods = [value for _time, value in [*self.replicas(), *self.wanted()] if value is not None]
        top = _nice(max([*pods, 1]))
        if len([wish for wish in self.measured() if wish is not None]) == 0:
            return [_Panel(_("Pods"), (), top, 0)]
        wish = next(wish for wish in self.measured() if wish is not None)
        totals = [w.total for w in self.measured() if w is not None]
        shares = [w.current for w in self.measured() if w is not None and w.current is not None]
        name = _NAMED.get(wish.name, wish.name)
        unit = _MEBI if wish.name == "memory" else 1
        share = 1 if wish.percent else unit
        each = (name, _("of request")) if wish.percent else (name,)
        return [
            _Panel(_("Load"), (name, _("of all Pods")), _nice(max([*totals, 1]), unit), 0),
            _Panel(_("Pods"), (), top, 1),
            _Panel(_("Each Pod"), each, _nice(max([*shares, wish.target, 1]), share), 2),
        ]

    def frame(self, panel: _Panel) -> Iterator[Drawn]:
        """Yield the words, the numbers and the lines of a panel."""
        top = panel.y(panel.top)
        yield _beside(bold(panel.title), 0, top + 6)
        for i, word in enumerate(panel.unit):
            yield _beside(note(word, most=_UNIT), 0, top + 6 + (i + 1) * _ROW)
        for value in panel.marks:
            y = panel.y(value)
            yield Path([(_LEFT, y), (_RIGHT, y)], palette.RULE, width=1)
            yield _before(note(self.value(panel, value)), _LEFT - 8, y)

    def value(self, panel: _Panel, value: int) -> str:
        """Write a value of a panel."""
        wish = next((wish for wish in self.measured() if wish is not None), None)
        if panel.number == 1 or wish is None:
            return str(value)
        if panel.number == 2 and wish.percent:
            return f"{value} %"
        return metric_amount(wish.name, value)

    def clock(self, y: float) -> Iterator[Drawn]:
        """Yield the moments under the panels."""
        span = self.end - self.begin
        step = next((step for step in _MARKS if span / step <= _MOST_MARKS), _MARKS[-1])
        first = -(-self.begin // step) * step
        for time in range(first, self.end + 1, step):
            yield _over(note(f"{time} s"), self.x(time), y)

    def now(self, foot: float) -> Iterator[Drawn]:
        """Yield the line that divides what was from what will be."""
        x = self.x(self.facts.now)
        yield Path([(x, 20), (x, foot)], palette.INK, width=1.2, style="dotted")
        yield _over(bold(_("now")), x, 10)

    def window(self, foot: float) -> Iterator[Drawn]:
        """Yield the ground behind the time in which a window has kept Pods that nobody asked for."""
        held = [item.time for item in self.rounds if item.limit == "ScaleDownStabilized"]
        if not held:
            return
        begin = _last_stretch(held)
        end = min((item.time for item in self.rounds if item.time > held[-1]), default=held[-1])
        left, right = self.x(begin), self.x(end)
        ground = [(left, 30), (max(right, left + 4), 30), (max(right, left + 4), foot), (left, foot)]
        yield Path(ground, palette.RULE, width=0, fill=palette.SOFT)
        words = note(_("stabilization window"))
        wide, now = wide_of(words), self.x(self.facts.now)
        if right - left > wide + 12:
            places = (left + 6 + wide / 2, right - 6 - wide / 2, now + 6 + wide / 2)
            x = next(x for x in places if abs(x - now) > wide / 2 + 4)
            yield _over(words, x, 38)

    def curves(self, panels: Sequence[_Panel]) -> Iterator[Drawn]:
        """Yield the lines, and the names of those of the Pods."""
        pods = panels[min(1, len(panels) - 1)]
        if len(panels) > 1:
            load, _pods, each = panels
            yield from self.curve(load, self.of_wishes("total"), palette.EDGE, 2.5)
            target = next(wish.target for wish in self.measured() if wish is not None)
            y = each.y(target)
            yield Path([(_LEFT, y), (_RIGHT, y)], palette.NODE.line, style="dashed")
            told = self.value(each, target)
            yield _beside(note(_("target {value}", value=told), palette.NODE.ink, most=_NAME), _RIGHT + 8, y)
            yield from self.curve(each, self.of_wishes("current"), palette.SERVICE.line, 2.5)
        yield from self.curve(pods, self.wanted(), palette.ACTS.line, 1.5, style="dotted")
        yield from self.curve(pods, self.replicas(), palette.POD.line, 2.5)
        yield from self.names(pods)

    def names(self, panel: _Panel) -> Iterator[Drawn]:
        """Yield the names of the two lines at their ends, one above the other where they meet."""
        have = panel.y(self.replicas()[-1][1] or 0)
        asked = next((value for _time, value in reversed(self.wanted()) if value is not None), None)
        want = have + 2 * _ROW if asked is None else panel.y(asked)
        apart = max(0.0, (_ROW - abs(have - want)) / 2)
        sign = 1 if have >= want else -1
        yield _beside(note(_("— Pods"), palette.POD.ink, most=_NAME), _RIGHT + 8, have + sign * apart)
        if asked is not None:
            yield _beside(
                note(_("┄ recommended"), palette.ACTS.ink, most=_NAME), _RIGHT + 8, want - sign * apart
            )

    def changes(self, panel: _Panel, drawn: Sequence[Drawn]) -> Iterator[Drawn]:
        """Yield a dot for each round in which the number of Pods was changed, and the numbers beside the last of a few.

        The numbers stand where nothing that is `drawn` goes through them.
        """
        taken = [*_sides(drawn)]
        told: list[list[Round]] = []
        for i, item in enumerate(item for item in self.rounds if item.held not in (None, item.replicas)):
            fill = palette.ACTS.line if item.time <= self.facts.now else palette.PAPER
            look = palette.ACTS._replace(fill=fill, border=1.5)
            x, y = self.x(item.time), panel.y(item.held or 0)
            yield Mark(f"d{i}", (x, y), look)
            taken.append((x - 4, y - 4, x + 4, y + 4))
            if told and self.x(item.time) - self.x(told[-1][-1].time) < _CLOSE:
                told[-1].append(item)
            else:
                told.append([item])
        for items in told:
            first, last = items[0], items[-1]
            numbers = [first.replicas, *(item.held or 0 for item in items)]
            shown = numbers if len(numbers) <= _MOST_NUMBERS else [*numbers[:2], "…", numbers[-1]]
            words = note(" → ".join(map(str, shown)), palette.ACTS.ink)._replace(bold=True)
            wide, y = wide_of(words), panel.y(numbers[-1])
            after, before = self.x(last.time) + 10, self.x(first.time) - 10 - wide
            nearest = (13, -13) if numbers[-1] > numbers[-2] else (-13, 13)
            places = [
                (x, y + side + step * (1 if side > 0 else -1))
                for step in range(0, _FAR, 3)
                for side in nearest
                for x in (after, before)
                if _LEFT <= x <= _RIGHT - wide
            ]
            for x, middle in places:
                sides = (x - 2, middle - _CLEAR, x + wide + 2, middle + _CLEAR)
                if not any(_meet(sides, other) for other in taken):
                    taken.append(sides)
                    yield _beside(words, x, middle)
                    break

    def curve(
        self, panel: _Panel, steps: Steps, color: str, width: float, *, style: str = "solid"
    ) -> Iterator[Drawn]:
        """Yield a line in steps; what is not known leaves a gap, and what will be is drawn thinner."""
        now = self.facts.now
        pieces: list[tuple[bool, list[tuple[float, float]]]] = []

        def add(begin: tuple[float, float], end: tuple[float, float], *, later: bool) -> None:
            if pieces and pieces[-1][0] == later and pieces[-1][1][-1] == begin:
                pieces[-1][1].append(end)
            else:
                pieces.append((later, [begin, end]))

        for (time, value), (after, following) in pairwise([*steps, (self.end, None)]):
            if value is None:
                continue
            y = panel.y(value)
            for begin, end in ((time, min(after, now)), (max(time, now), after)):
                if end > begin:
                    add((self.x(begin), y), (self.x(end), y), later=begin >= now)
            if following is not None and following != value:
                x = self.x(after)
                add((x, y), (x, panel.y(following)), later=after > now)
        for later, points in pieces:
            if later:
                yield Path(points, color, width=1.2, style="dashed")
            else:
                yield Path(points, color, width=width, style=style)

    # ---- the values

    def measured(self) -> list[Wish | None]:
        """Return for each round what the metric has said that is drawn: the one that decides, else the first."""
        deciding = next((item.name for item in self.facts.metrics if item.decides), None)
        found: list[Wish | None] = []
        for item in self.rounds:
            known = [wish for wish in item.wishes if wish.current is not None]
            found.append(
                next(
                    (wish for wish in known if wish.name == deciding),
                    None if deciding else next(iter(known), None),
                )
            )
        return found

    def of_wishes(self, field: str) -> Steps:
        """Return a value of the metric that is drawn: from each round until the next."""
        pairs = zip(self.rounds, self.measured(), strict=True)
        return _joined((item.time, None if wish is None else getattr(wish, field)) for item, wish in pairs)

    def wanted(self) -> Steps:
        """Return how many Pods the metrics have asked for."""
        return _joined((item.time, item.wanted) for item in self.rounds)

    def replicas(self) -> Steps:
        """Return how many Pods the target wanted."""
        steps: Steps = [(self.begin, self.rounds[0].replicas)]
        steps += [(item.time, item.replicas if item.held is None else item.held) for item in self.rounds]
        return _joined(steps)

    # ---- what is told

    def box(self) -> Box:
        """Return the box under the picture: the sum, what holds it back, and what comes."""
        facts = self.facts
        lines: list[Line] = []
        for metric in facts.metrics:
            lines += [Line(plain(words)) for words in metric.sums]
        if facts.wanted is not None and len(facts.metrics) > 1:
            words = _("The highest recommendation counts: {wanted}.", wanted=facts.wanted)
            lines.append(Line(bold(words)))
        for said in facts.held:
            wrong = said.code in ("failed", "no-scale", "no-metrics")
            sign, ink = ("✗", palette.ERROR.ink) if wrong else ("▸", palette.ACTS.ink)
            lines.append(Line(note(f"{sign} {plain(said.words)}", ink)))
        lines += [Line(note(plain(said.words))) for said in facts.steps[:_MOST_STEPS]]
        alt = " ".join(str(line.told) for line in lines)
        return Box(lines or [Line(_finding(facts))], palette.PLAIN, id="sum", width=WIDEST, alt=alt)

    def told(self) -> Iterator[Told]:
        """Yield the outline of the rounds: each in which something else was seen or done than in the one before."""
        before: Round | None = None
        for item in [*self.facts.past, *self.facts.coming]:
            same = before is not None and item[1:] == before[1:]
            if not same:
                yield told_only(self.heading(item), indent=2)
            before = item

    def heading(self, item: Round) -> str:
        """Say what was seen and done in a round."""
        wish = next((wish for wish in item.wishes if wish.current is not None), None)
        parts: dict[str, object] = {"time": item.time, "replicas": item.replicas}
        if wish is None:
            if item.held not in (None, item.replicas):
                return _("{time} s: Pods {replicas}, then {held}", held=item.held, **parts)
            return _("{time} s: Pods {replicas}; nothing was measured", **parts)
        load = metric_amount(wish.name, wish.total)
        each = f"{wish.current} %" if wish.percent else metric_amount(wish.name, wish.current or 0)
        if item.held is None:
            return _(
                "{time} s: Pods {replicas}; load {load}, each {each}, and a metric failed",
                load=load,
                each=each,
                **parts,
            )
        parts |= {"load": load, "each": each, "wanted": item.wanted or 0, "held": item.held}
        if item.time > self.facts.now:
            return _(
                "{time} s, if the load stays: Pods {replicas}; load {load}, each {each}, recommended {wanted}, then {held}",
                **parts,
            )
        return _(
            "{time} s: Pods {replicas}; load {load}, each {each}, recommended {wanted}, then {held}", **parts
        )


def _last_stretch(times: Sequence[int]) -> int:
    """Return when the last stretch of rounds begins that follow each other."""
    begin = times[-1]
    for time in reversed(times[:-1]):
        if begin - time > 2 * PERIOD:
            break
        begin = time
    return begin


def _joined(steps: Iterable[tuple[int, int | None]]) -> Steps:
    """Return steps without those that change nothing."""
    found: Steps = []
    for time, value in steps:
        if not found or found[-1][1] != value:
            found.append((time, value))
    return found


def _nice(value: int, unit: int = 1) -> int:
    """Return a round number of units that is not smaller.

    >>> _nice(7), _nice(180), _nice(401)
    (8, 200, 600)
    """
    units = -(-value // unit)
    size = 10 ** (len(str(units)) - 1)
    return int(next(step * size for step in _STEPS if step * size >= units)) * unit


def _sides(drawn: Iterable[Drawn]) -> Iterator[_Sides]:
    """Yield the left, the upper, the right and the lower side of each piece of a line, and of all words."""
    for item in drawn:
        if isinstance(item, Path) and not item.fill:
            for (x0, y0), (x1, y1) in pairwise(item.points):
                yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        elif isinstance(item, Label) and item.at:
            (x, y), (wide, high) = item.at, size_of(item)
            yield x, y, x + wide, y + high


def _meet(one: _Sides, other: _Sides) -> bool:
    """Whether two rectangles have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _beside(words: Run, left: float, middle: float) -> Label:
    """Return words that begin at a place."""
    return Label([[words]], at=(left, middle - _ROW / 2))


def _before(words: Run, right: float, middle: float) -> Label:
    """Return words that end at a place."""
    return _beside(words, right - wide_of(words), middle)


def _over(words: Run, centre: float, middle: float) -> Label:
    """Return words in the middle of a place."""
    return _beside(words, max(0, centre - wide_of(words) / 2), middle)
