"""Draws what a Namespace may use: its quotas as bars, its limit ranges, and the Pods that are refused unseen.

A quota is asked when an object comes in. Where a controller's Pods are refused, the
controller is told, and the reader is not: the refusal stands in an event. So such workloads have a box here.
Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.facts.amounts import amount_text, percent
from k8snotes.facts.quota import Bound, NamespaceQuota, Quota, QuotaPart, QuotaRow, RefusedWorkload
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import (
    Bar,
    Bars,
    Box,
    Line,
    Piece,
    Scene,
    Table,
    Words,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    pieces_of,
    reach_of,
    told_only,
)
from k8snotes.figures.stacks import maker_of, sums
from k8snotes.figures.wording import count, listed, plain

__all__ = ["quota_figure"]

_CAPTION = (
    "A quota is asked when an object comes in: what would be too much is refused. What is there already "
    "stays, even if the quota is lowered"
)
_LIMIT = 600


def quota_figure(facts: NamespaceQuota) -> Figure:
    """Return what a Namespace may use as a Figure.

    Args:
        facts: The quotas with what is used of them, the limit ranges, and the workloads short of Pods.

    >>> import k8snotes as kn
    >>> print(quota_figure(kn.Cluster(nodes=1).quota().facts).text)
    Namespace default: 0 quotas
    No ResourceQuota in Namespace default: only the Nodes bound it
    """
    refused = f", {count(len(facts.refused), 'workload')} short of Pods" if facts.refused else ""
    finding = f"{count(len(facts.quotas), 'quota')}{refused}"
    return Figure(
        f"Namespace {plain(facts.namespace)}", finding, facts, lambda: _scene(facts), caption=_CAPTION
    )


def _scene(facts: NamespaceQuota) -> Scene:
    """Return the scene: boxes under each other, of the quotas, the limit ranges and the refused."""
    boxes = [_quota_box(item) for item in facts.quotas] or [_none(facts)]
    boxes += [_bounds_box(facts.bounds)] if facts.bounds else []
    boxes += [_refused_box(item) for item in facts.refused]
    table = Table(([item] for item in boxes), id="quota")
    opening = f"What Namespace {plain(facts.namespace)} may use, as bars."
    if not facts.quotas and not facts.refused:
        return Scene(
            [table],
            [table, aside(f"No ResourceQuota in Namespace {plain(facts.namespace)}")],
            opening=opening,
        )
    return Scene([table], opening=opening)


def _none(facts: NamespaceQuota) -> Box:
    """Return the box that stands where there is no quota."""
    head = bold(f"No ResourceQuota in Namespace {plain(facts.namespace)}")
    return Box([head, Line("only the Nodes bound it", after=": ")], palette.LEFT_OUT, limit=_LIMIT)


def _quota_box(quota: Quota) -> Box:
    """Return the box of a quota: a bar for each resource, and which workloads use it."""
    scopes = note(_scopes(quota), palette.MUTED, whole=True)
    called = f"ResourceQuota {plain(quota.name)}"
    head = Line([*heading(called, most=40), scopes])
    sentence = f"{called}: {'; '.join(f'{plain(row.name)} {_Use(row)}' for row in quota.rows)}."
    if not quota.rows:
        return Box([head, drawn_only("it names nothing")], limit=_LIMIT, alt=sentence)
    reach = reach_of((row.used, row.hard) for row in quota.rows)
    bars = Bars(_row(row, reach) for row in quota.rows)
    return Box([head], limit=_LIMIT, inside=[bars], alt=sentence)


def _row(row: QuotaRow, reach: float) -> Iterator[tuple[Line, Bar, Line] | Line]:
    """Yield a resource of a quota, and for the outline alone who uses it."""
    name = Line(bold(row.name, most=48), f"{plain(row.name)}:")
    yield name, _bar(row, reach), _Use(row).line
    users = [f"{plain(maker)} {amount_text(row.resource, amount)}" for maker, amount in _makers(row.parts)]
    if users:
        yield told_only(f"used by {listed(users, 8)}", indent=4)


def _bar(row: QuotaRow, reach: float) -> Bar:
    if row.over:
        over = Piece(row.over, palette.TOO_MUCH, f"+{amount_text(row.resource, row.over)}", " ")
        return Bar([Piece(row.hard, palette.REQUESTED, "allowed"), over], row.hard, reach=reach)
    rest = row.used - sum(part.amount for part in row.parts)
    pieces = pieces_of([*_makers(row.parts), ("others", rest)], palette.REQUESTED)
    left = Piece(row.left, palette.LEFT, f"{amount_text(row.resource, row.left)} left", "left")
    return Bar([*pieces, left], row.hard, reach=reach)


class _Use:
    """Return the bar of a resource: a piece for each workload, and what is left; or what is too much.

    What is used by objects that are not shown (of a snapshot) is one piece, "others".
    """

    def __init__(self, row: QuotaRow) -> None:
        of = f"{amount_text(row.resource, row.used)} of {amount_text(row.resource, row.hard)}"
        if row.over:
            self.used = ""
            self.left = (
                f"{of}: ✗ {amount_text(row.resource, row.over)} too much; it stays, and no more comes in"
            )
        elif not row.left:
            self.used, self.left = f"{of}, ", "none left"
        else:
            self.used = f"{of} ({percent(row.used, row.hard)} %), "
            self.left = f"{amount_text(row.resource, row.left)} left"

    def __str__(self) -> str:
        return f"{self.used}{self.left}"

    @property
    def line(self) -> Line:
        """The words beside the bar: what is left in bold."""
        return Line([self.used, bold(self.left)] if self.used else bold(self.left))


def _scopes(quota: Quota) -> str:
    return f"   only for Pods: {', '.join(map(plain, quota.scopes))}" if quota.scopes else ""


def _makers(parts: Sequence[QuotaPart]) -> list[tuple[str, int]]:
    """Return what the objects of each workload take of a quota, the largest first."""
    return sums(("", maker_of(part.workload, part.name), part.amount) for part in parts)


def _bounds_box(bounds: Sequence[Bound]) -> Box:
    """Return the box of the limit ranges: a line for each resource."""
    lines: list[Line] = []
    shown: set[tuple[str, str]] = set()
    for item in bounds:
        words = [
            (item.default_request, "who requests nothing requests"),
            (item.default, "who has no limit gets the limit"),
            (item.min, "at least"),
            (item.max, "at most"),
            (item.ratio, "limit to request at most"),
        ]
        rule = "; ".join(f"{what} {plain(amount)}" for amount, what in words if amount)
        if (item.limit_range, item.type) not in shown:
            shown.add((item.limit_range, item.type))
            name = bold(f"LimitRange {plain(item.limit_range)}")
            lines.append(Line([name, note(f"   each {plain(item.type)}", palette.MUTED)], indent=0))
        lines.append(Line(f"{plain(item.resource)}: {rule or 'nothing'}"))
    return Box(lines, limit=_LIMIT)


def _refused_box(item: RefusedWorkload) -> Box:
    """Return the box of a workload that has fewer Pods than it wants: the event that no command has shown."""
    times = "once" if item.times == 1 else f"{item.times} times"
    lines: list[Words] = [
        bold(f"✗ {plain(item.workload)} wants {count(item.wanted, 'Pod')}, has {item.there}"),
        plain(item.reason),
        note(f"said {times}, in an event: the command that asked for the Pods did not fail", palette.MUTED),
    ]
    sentence = f"{plain(item.workload)} has {item.there} of {item.wanted} Pods."
    return Box(lines, palette.ERROR, limit=_LIMIT, alt=sentence)
