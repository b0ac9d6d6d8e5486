"""Draws what a Namespace may use: its quotas as bars, its limit ranges, and the workloads whose Pods are refused.

The API server checks a quota when an object is created. If it refuses a controller's Pods, only the controller gets
the error, and an Event is the only trace of it. So each such workload has a box here.
Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.catalogue import Text, _, clauses, ngettext
from k8snotes.facts.amounts import amount_text, percent
from k8snotes.facts.quota import Bound, NamespaceQuota, Quota, QuotaPart, QuotaRow, RefusedWorkload
from k8snotes.figures import palette
from k8snotes.figures.emphasis import last_bold
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, WIDEST, stack, within
from k8snotes.figures.measure import SMALL, pixels
from k8snotes.figures.parts import SIDE, align
from k8snotes.figures.scene import (
    BAR,
    Bar,
    Bars,
    Box,
    Label,
    Line,
    Piece,
    Scene,
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
from k8snotes.figures.stacks import maker_of, rest_box, sums
from k8snotes.figures.wording import headed, listed, named, phrases, plain

__all__ = ["quota_figure"]

_CAPTION = _(
    "The API server checks a quota when an object is created, and refuses an object that would exceed it. "
    "Existing objects stay, even if the quota is lowered."
)
_LIMIT = 600
_NAMES, _WORDS = 250, 200  # pixels: at most the names beside the bars, and the words
_MOST_ROWS = 10  # resources of one quota that are drawn


def quota_figure(facts: NamespaceQuota) -> Figure:
    """Return what a Namespace may use as a Figure.

    Args:
        facts: The quotas with what is used of them, the limit ranges, and the workloads short of Pods.

    >>> import k8snotes as kn
    >>> print(quota_figure(kn.Cluster(nodes=1).quota().facts).text)
    Namespace default: 0 quotas
    Namespace default has no ResourceQuota
    Namespace default has no ResourceQuota. Only the Nodes limit its Pods
    """
    what = _("Namespace {name}", name=plain(facts.namespace))
    return Figure(
        what,
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _verdict(facts: NamespaceQuota) -> Text | str:
    """Say that there is no quota, or that workloads lack Pods; "" where the number of quotas says all."""
    if facts.refused:
        return f"✗ {_finding(facts)}"
    return "" if facts.quotas else _("Namespace {name} has no ResourceQuota", name=plain(facts.namespace))


def _finding(facts: NamespaceQuota) -> Text:
    quotas = ngettext("{n} quota", "{n} quotas", len(facts.quotas))
    if not facts.refused:
        return quotas
    return ngettext(
        "{quotas}, {n} workload lacks Pods",
        "{quotas}, {n} workloads lack Pods",
        len(facts.refused),
        quotas=quotas,
    )


def _scene(facts: NamespaceQuota) -> Scene:
    """Return the scene: boxes under each other, of the quotas, the limit ranges and the refused.

    Where there is no room for all, those with a fault are shown: a quota with nothing left, a workload whose Pods are
    refused.
    """
    boxes = [_quota_box(item) for item in facts.quotas] or [_none(facts)]
    boxes += [_bounds_box(facts.bounds)] if facts.bounds else []
    refused = [_refused_box(item) for item in facts.refused]
    short = [box for item, box in zip(facts.quotas, boxes, strict=False) if any(map(_is_short, item.rows))]
    boxes += refused
    first = [*short, *refused, *(box for box in boxes if box not in refused and box not in short)]
    shown = align(within(first, HIGHEST, rest_box))
    stack([*(box for box in boxes if box in shown), *(box for box in shown if box not in boxes)], 0, 0)
    name = plain(facts.namespace)
    opening = _("The bars show what Namespace {name} may use.", name=name)
    if not facts.quotas and not facts.refused:
        none = _("Namespace {name} has no ResourceQuota.", name=name)
        return Scene(shown, [*boxes, aside(none)], opening=opening)
    return Scene(shown, boxes, opening=opening)


def _none(facts: NamespaceQuota) -> Box:
    """Return the box that is drawn where there is no quota."""
    name = plain(facts.namespace)
    told = _("Namespace {name} has no ResourceQuota. Only the Nodes limit its Pods", name=name)
    head = Line(bold(_("Namespace {name} has no ResourceQuota", name=name)), told)
    return Box([head, drawn_only(_("only the Nodes limit its Pods"))], palette.LEFT_OUT, limit=_LIMIT)


def _quota_box(quota: Quota) -> Box:
    """Return the box of a quota: a bar for each resource, and which workloads use it."""
    scopes = note(_scopes(quota), palette.MUTED, whole=True)
    called = f"ResourceQuota {plain(quota.name)}"
    head = Line([*heading(called, most=40), scopes])
    if not quota.rows:
        nothing = _("{quota} limits nothing.", quota=called)
        return Box([head, drawn_only(_("it limits nothing"))], limit=_LIMIT, alt=nothing)
    uses = clauses(*(f"{plain(row.name)} {_Use(row)}" for row in quota.rows))
    sentence = _("{sentence}.", sentence=headed(called, uses))
    first = sorted(quota.rows, key=_is_short, reverse=True)
    shown = first if len(first) <= _MOST_ROWS else first[: _MOST_ROWS - 1]
    reach = reach_of((row.used, row.hard) for row in shown)
    names = min(_NAMES, max(int(pixels(plain(row.name), SMALL, bold=True)) + 1 for row in shown))
    bar = min(BAR, int((WIDEST - 4 * SIDE - names - _WORDS) / reach))
    groups: list[list[tuple[Line, Bar, Line] | Line]] = []
    for row in quota.rows:
        told = [*_row(row, bar if row in shown else 0, reach)]
        if groups and row not in shown:
            groups[-1] += told
        else:
            groups.append(told)
    bars = Bars(groups, names=names, words=_WORDS)
    rest = len(quota.rows) - len(shown)
    more = [Label([drawn_only(note(ngettext("and {n} more", "and {n} more", rest)))])] if rest else []
    return Box([head], limit=_LIMIT, inside=[bars, *more], alt=sentence)


def _is_short(row: QuotaRow) -> bool:
    """Whether nothing is left of a resource of which something is used."""
    return bool(row.used) and not row.left


def _row(row: QuotaRow, wide: int, reach: float) -> Iterator[tuple[Line, Bar, Line] | Line]:
    """Yield a resource of a quota, and for the outline alone its users; all of it is for that if no bar is wide."""
    told = headed(plain(row.name), _Use(row))
    if wide:
        yield Line(bold(row.name, most=48), told), _bar(row, wide, reach), _Use(row).line
    else:
        yield told_only(told)
    users = [f"{plain(maker)} {amount_text(row.resource, amount)}" for maker, amount in _makers(row.parts)]
    if users:
        yield told_only(_("used by {users}", users=listed(users, 8)), indent=4)


def _bar(row: QuotaRow, wide: int, reach: float) -> Bar:
    if row.over:
        over = Piece(row.over, palette.TOO_MUCH, f"+{amount_text(row.resource, row.over)}", " ")
        return Bar(
            [Piece(row.hard, palette.REQUESTED, _("allowed")), over], row.hard, width=wide, reach=reach
        )
    rest = row.used - sum(part.amount for part in row.parts)
    pieces = pieces_of([*_makers(row.parts), (_("others"), rest)], palette.REQUESTED)
    rest_of = _("{amount} left", amount=amount_text(row.resource, row.left))
    left = Piece(row.left, palette.LEFT, rest_of, _("left"))
    return Bar([*pieces, left], row.hard, width=wide, reach=reach)


class _Use:
    """The words beside the bar of a resource: how much is used of it, and how much is left or too much."""

    def __init__(self, row: QuotaRow) -> None:
        used, hard = amount_text(row.resource, row.used), amount_text(row.resource, row.hard)
        self.used: str = _("{used} of {hard}", used=used, hard=hard)
        if row.over:
            self.used = ""
            self.left = _(
                "{used} of {hard}: ✗ {over} too much (existing objects stay, new ones are refused)",
                used=used,
                hard=hard,
                over=amount_text(row.resource, row.over),
            )
        elif not row.left:
            self.left = _("none left")
        else:
            share = percent(row.used, row.hard)
            self.used = _("{used} of {hard} ({percent} %)", used=used, hard=hard, percent=share)
            self.left = _("{amount} left", amount=amount_text(row.resource, row.left))

    def __str__(self) -> str:
        return phrases(self.used, self.left)

    @property
    def line(self) -> Line:
        """The words beside the bar, where the outline has told them already: what is left in bold."""
        return Line(last_bold(self.used, self.left), "")


def _scopes(quota: Quota) -> str:
    if not quota.scopes:
        return ""
    words = _("only for Pods in scope {scopes}", scopes=named(quota.scopes))
    return f"   {words}"


def _makers(parts: Sequence[QuotaPart]) -> list[tuple[str, int]]:
    """Return what the objects of each workload take of a quota, the largest first."""
    return sums(("", maker_of(part.workload, part.name), part.amount) for part in parts)


def _bounds_box(bounds: Sequence[Bound]) -> Box:
    """Return the box of the limit ranges: a line for each resource."""
    lines: list[Line] = []
    shown: set[tuple[str, str]] = set()
    for item in bounds:
        words = [
            (item.default_request, _("default request {amount}", amount=plain(item.default_request))),
            (item.default, _("default limit {amount}", amount=plain(item.default))),
            (item.min, _("minimum {amount}", amount=plain(item.min))),
            (item.max, _("maximum {amount}", amount=plain(item.max))),
            (item.ratio, _("limit at most {ratio} times the request", ratio=plain(item.ratio))),
        ]
        rule = clauses(*(words for amount, words in words if amount))
        if (item.limit_range, item.type) not in shown:
            shown.add((item.limit_range, item.type))
            name = bold(f"LimitRange {plain(item.limit_range)}")
            each = _("for each {kind}", kind=plain(item.type))
            lines.append(Line([name, note(f"   {each}", palette.MUTED)], indent=0))
        nothing = _("nothing is set")
        lines.append(Line(headed(plain(item.resource), rule or nothing)))
    return Box(lines, limit=_LIMIT)


# the kinds that have the condition ReplicaFailure
_WITH_CONDITION = ("Deployment", "ReplicaSet", "ReplicationController")


def _told_by(item: RefusedWorkload) -> str:
    """Say where one finds that the Pods were refused."""
    kind = item.workload.partition("/")[0]
    if kind not in _WITH_CONDITION:
        return ngettext(
            "An Event says so ({n} time). The command that asked for the Pods did not fail",
            "An Event says so ({n} times). The command that asked for the Pods did not fail",
            item.times,
        )
    return ngettext(
        "An Event says so ({n} time), and the condition ReplicaFailure. The command that asked for the Pods did not fail",
        "An Event says so ({n} times), and the condition ReplicaFailure. The command that asked for the Pods did not fail",
        item.times,
    )


def _refused_box(item: RefusedWorkload) -> Box:
    """Return the box of a workload that has fewer Pods than desired, with the Event that tells why."""
    workload = plain(item.workload)
    lines: list[Words] = [
        bold(
            ngettext(
                "✗ {workload} has {there} of {n} desired Pod",
                "✗ {workload} has {there} of {n} desired Pods",
                item.wanted,
                workload=workload,
                there=item.there,
            )
        ),
        plain(item.reason),
        note(_told_by(item), palette.MUTED),
    ]
    sentence = ngettext(
        "{workload} has {there} of {n} Pod.",
        "{workload} has {there} of {n} Pods.",
        item.wanted,
        workload=workload,
        there=item.there,
    )
    return Box(lines, palette.ERROR, limit=_LIMIT, alt=sentence)
