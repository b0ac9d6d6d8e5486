"""Draws what a Namespace may use: its quotas as bars, its limit ranges, and the Pods that are refused unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8snotes.facts.amounts import percent, said
from k8snotes.figures import palette
from k8snotes.figures.bars import Piece, bar, bars, pieces_of, reach_of
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import bold, box, heading, note, table
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k8snotes.facts.quota import Bound, NamespaceQuota, Quota, QuotaPart, QuotaRow, RefusedWorkload
    from k8snotes.figures.html_label import Html, Line

__all__ = ["quota_figure"]

_CAPTION = (
    "A quota is asked when an object comes in: what would be too much is refused. What is there already "
    "stays, even if the quota is lowered"
)
_LIMIT = 600


def quota_figure(facts: NamespaceQuota) -> Figure:
    """Return what a Namespace may use as a Figure."""
    view = _View(facts)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


class _View:
    """A Namespace's quotas, ready to be drawn or told."""

    def __init__(self, facts: NamespaceQuota) -> None:
        self.facts = facts
        named = count(len(facts.quotas), "quota")
        refused = f", {count(len(facts.refused), 'workload')} short of Pods" if facts.refused else ""
        self.title = f"Namespace {plain(facts.namespace)}: {named}{refused}"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: one table of boxes."""
        graph = digraph()
        facts = self.facts
        boxes = [_quota_box(item) for item in facts.quotas]
        if not facts.quotas:
            boxes = [box([[bold(_none(facts))], "only the Nodes bound it"], palette.LEFT_OUT, limit=_LIMIT)]
        if facts.bounds:
            boxes.append(box(_bound_lines(facts.bounds), palette.PLAIN, limit=_LIMIT))
        boxes += [box(_refused_lines(item), palette.ERROR, limit=_LIMIT) for item in facts.refused]
        graph.node("quota", angle(table([item] for item in boxes)))
        return str(graph.source)

    # the words

    def text(self) -> str:
        """Return the outline: the quotas, the limit ranges, the refused."""
        facts = self.facts
        lines = [self.title]
        for item in facts.quotas:
            lines.append(f"ResourceQuota {plain(item.name)}{_scopes(item)}")
            for row in item.rows:
                lines.append(f"  {plain(row.name)}: {_words(row)}")
                taken = [f"{plain(name)} {said(row.resource, amount)}" for name, amount in _makers(row.parts)]
                if taken:
                    lines.append(f"    used by {listed(taken, 8)}")
        if not facts.quotas:
            lines.append(f"{_none(facts)}: only the Nodes bound it")
        told = map(_plain, _bound_lines(facts.bounds))
        lines += [line if line.startswith("LimitRange ") else f"  {line}" for line in told]
        for refused in facts.refused:
            head, *rest = map(_plain, _refused_lines(refused))
            lines += [head, *(f"  {line}" for line in rest)]
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        facts = self.facts
        told = [
            f"ResourceQuota {plain(item.name)}: "
            + "; ".join(f"{plain(row.name)} {_words(row)}" for row in item.rows)
            + "."
            for item in facts.quotas
        ]
        told += [f"{plain(item.workload)} has {item.there} of {item.wanted} Pods." for item in facts.refused]
        return f"What Namespace {plain(facts.namespace)} may use, as bars. {' '.join(told) or _none(facts)}"


def _none(facts: NamespaceQuota) -> str:
    return f"No ResourceQuota in Namespace {plain(facts.namespace)}"


def _quota_box(quota: Quota) -> Html:
    reach = reach_of((row.used, row.hard) for row in quota.rows)
    rows = [(_name(row), _bar(row, reach), _said(row)) for row in quota.rows]
    head: list[Line] = [
        [
            *heading(f"ResourceQuota {plain(quota.name)}", "", most=40),
            note(_scopes(quota), palette.MUTED, whole=True),
        ]
    ]
    if not rows:
        return box([*head, "it names nothing"], palette.PLAIN, limit=_LIMIT)
    return box(head, palette.PLAIN, limit=_LIMIT, inside=[bars([row] for row in rows)])


def _name(row: QuotaRow) -> Line:
    return [bold(short(plain(row.name), 48))]


def _bar(row: QuotaRow, reach: float) -> Html:
    if row.over:
        kept = [Piece(row.hard, palette.REQUESTED, "allowed")]
        over = f"+{said(row.resource, row.over)}"
        return bar([*kept, Piece(row.over, palette.TOO_MUCH, over, " ")], row.hard, reach=reach)
    rest = row.used - sum(part.amount for part in row.parts)
    pieces = pieces_of([*_makers(row.parts), ("others", rest)], palette.REQUESTED)
    left = f"{said(row.resource, row.left)} left"
    return bar([*pieces, Piece(row.left, palette.LEFT, left, "left")], row.hard, reach=reach)


def _said(row: QuotaRow) -> Line:
    words = _words(row)
    before, comma, after = words.partition(", ")
    return [before + comma, bold(after)] if after and not row.over else [bold(words)]


def _words(row: QuotaRow) -> str:
    """Say what is used of a line of a quota, and what is left."""
    of = f"{said(row.resource, row.used)} of {said(row.resource, row.hard)}"
    if row.over:
        return f"{of}: ✗ {said(row.resource, row.over)} too much; it stays, and no more comes in"
    if not row.left:
        return f"{of}, none left"
    return f"{of} ({percent(row.used, row.hard)} %), {said(row.resource, row.left)} left"


def _scopes(quota: Quota) -> str:
    return f"   only for Pods: {', '.join(map(plain, quota.scopes))}" if quota.scopes else ""


def _makers(parts: Sequence[QuotaPart]) -> list[tuple[str, int]]:
    """Return the sums of what a workload's objects take, and of single objects, the largest first."""
    sums: dict[str, list[int]] = {}
    for part in parts:
        sums.setdefault(part.workload.partition("/")[2] or part.name, []).append(part.amount)
    found = [(f"{name} × {len(v)}" if len(v) > 1 else name, sum(v)) for name, v in sums.items()]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _bound_lines(bounds: Sequence[Bound]) -> list[Line]:
    """Return what the limit ranges say, a line for each resource."""
    lines: list[Line] = []
    for item in bounds:
        words = [
            (item.default_request, "who requests nothing requests"),
            (item.default, "who has no limit gets the limit"),
            (item.min, "at least"),
            (item.max, "at most"),
            (item.ratio, "limit to request at most"),
        ]
        told = "; ".join(f"{what} {plain(amount)}" for amount, what in words if amount)
        name = f"LimitRange {plain(item.limit_range)}"
        head = [bold(name), note(f"   each {plain(item.type)}", palette.MUTED)]
        if not any(_plain(line) == _plain(head) for line in lines):
            lines.append(head)
        lines.append([f"{plain(item.resource)}: {told or 'nothing'}"])
    return lines


def _refused_lines(item: RefusedWorkload) -> list[Line]:
    """Return the lines on a workload that has fewer Pods than it wants: the event that nobody was shown."""
    times = "once" if item.times == 1 else f"{item.times} times"
    return [
        [bold(f"✗ {plain(item.workload)} wants {count(item.wanted, 'Pod')}, has {item.there}")],
        [plain(item.reason)],
        [note(f"said {times}, in an event: the command that asked for the Pods did not fail", palette.MUTED)],
    ]


def _plain(line: Line) -> str:
    parts = [line] if isinstance(line, str) else line
    return "".join(part if isinstance(part, str) else part.text for part in parts)
