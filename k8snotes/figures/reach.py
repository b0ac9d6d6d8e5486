"""Draws who may reach whom as a matrix: a row for each source, a column for each target, and in a cell what decides.

Many workloads are folded: those that no policy tells apart share a row and a column.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.reach import Group, Reach, ReachCell, port_name
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import (
    Box,
    Label,
    Line,
    Part,
    Scene,
    Table,
    Told,
    aside,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.wording import listed, plain

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["ReachFigure", "reach_figure"]

_CAPTION = _(
    "A row is the source of a connection, a column its target. A connection passes if the egress of the source and "
    "the ingress of the target allow it. Answers always pass."
)
_NAMED = _(
    "✓ passes   ·   ✗ is dropped; the name is the policy that decides   ·   ✓ without a name: no policy"
)
_SIGNS = _("✓ passes   ·   ✗ is dropped   ·   the outline and .table name the policy that decides")
_MOST = 10  # rows and columns
_WITH_NAMES = 6  # up to so many columns, a cell names the policy that decides
_WIDE, _NARROW = 118, 74  # points: a cell
_MOST_TOLD = 120

_Row = tuple[Group, ...]  # groups that share a row and a column


class ReachFigure(Figure):
    """The matrix as a Figure: `.facts` has it in plain values, `.table` as a pandas table.

    >>> import k8snotes as kn
    >>> len(kn.load("guestbook").reach().table)
    36
    """

    facts: Reach

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every pair: source, target, port, whether it is allowed, what decides, and why."""
        from k8snotes.tables import reach_table  # noqa: PLC0415  # pandas only where a table is asked for

        return reach_table(self.facts)


def reach_figure(facts: Reach) -> ReachFigure:
    """Return who may reach whom as a Figure.

    Args:
        facts: The groups of Pods, and for each pair and port whether a connection passes.

    >>> import k8snotes as kn
    >>> reach_figure(kn.load("guestbook").reach().facts)
    <Figure reach: 32 of 32 connections allowed, no NetworkPolicy>
    """
    return ReachFigure(_("reach"), lambda: _finding(facts), facts, lambda: _scene(facts), caption=_CAPTION)


def _finding(facts: Reach) -> Text:
    allowed, total = facts.counted
    if not facts.enforced:
        return _(
            "{allowed} of {total} connections allowed, the network plugin ignores policies",
            allowed=allowed,
            total=total,
        )
    if not facts.guarded:
        return _("{allowed} of {total} connections allowed, no NetworkPolicy", allowed=allowed, total=total)
    return ngettext(
        "{allowed} of {total} connections allowed, {n} NetworkPolicy",
        "{allowed} of {total} connections allowed, {n} NetworkPolicies",
        facts.guarded,
        allowed=allowed,
        total=total,
    )


def _rows(facts: Reach) -> list[_Row]:
    """Return the rows: one for each group, or for the groups of each class if there are many, isolated ones first."""
    if len(facts.groups) <= _MOST:
        return [(group,) for group in facts.groups]
    kinds: dict[int, list[Group]] = {}
    for group in facts.groups:
        kinds.setdefault(group.kind, []).append(group)
    rows = [tuple(groups) for groups in kinds.values()]
    return sorted(rows, key=lambda row: not facts.isolated(row[0]))


def _scene(facts: Reach) -> Scene:
    """Return the scene: the matrix, and the outline with a line for each pair."""
    if not facts.groups:
        nothing = Box([Line(_("There is no Pod on the Pod network"))], id="nothing")
        return Scene([nothing], opening=_("There is no Pod to reach."))
    every = _rows(facts)
    rows = every[:_MOST]
    several = len({group.namespace for group in facts.groups}) > 1
    named = len(rows) <= _WITH_NAMES
    head: list[Part] = [Label([drawn_only(note(_("from ↓   to →"), palette.MUTED, whole=True))])]
    head += [_head(row, several=several) for row in rows]
    table: list[list[Part]] = [head]
    for source in rows:
        cells: list[Part] = [_head(source, several=several)]
        cells += [_cell(facts, source[0], target[-1], named=named) for target in rows]
        table.append(cells)
    hidden = sum(len(row) for row in every[_MOST:])
    if hidden:
        words = ngettext("and {n} more: see .table", "and {n} more: see .table", hidden)
        table.append([Label([drawn_only(note(words, palette.MUTED, whole=True))])])
    legend = [_NAMED if named else _SIGNS]
    if facts.on_host:
        legend.append(
            ngettext(
                "{n} Pod on the network of its Node is left out: what policies do there is the choice of the plugin",
                "{n} Pods on the network of their Node are left out: what policies do there is the choice of the plugin",
                facts.on_host,
            )
        )
    opening = _("Who may reach whom: {finding}.", finding=_finding(facts))
    return Scene([Table(table, spacing=3, id="reach")], _told(facts), opening=opening, legend=legend)


def _head(row: _Row, *, several: bool) -> Label:
    """Return the words beside a row or over a column."""
    first = row[0]
    lines = [drawn_only(bold(first.short, most=16))]
    if len(row) > 1:
        rest = ngettext("and {n} more", "and {n} more", len(row) - 1)
        lines.append(drawn_only(note(rest, palette.MUTED)))
    if several:
        lines.append(
            drawn_only(note(_("in {namespace}", namespace=plain(first.namespace)), palette.MUTED, most=16))
        )
    return Label(lines, limit=_WIDE)


def _cell(facts: Reach, source: Group, target: Group, *, named: bool) -> Box:
    """Return the box of a pair: a sign for each port, or one if all ports are alike."""
    wide = _WIDE if named else _NARROW
    cells = [facts.cell(source, target, port) for port in target.ports]
    if source == target and len(source.pods) == 1:
        return Box([drawn_only(note(_("itself"), palette.MUTED))], palette.BARE, limit=wide, width=wide)
    alike = len({(cell.allowed, cell.policy) for cell in cells}) == 1
    shown = cells[:1] if alike else cells[:3]
    lines = [drawn_only(_words(cell, named=named and alike, port=not alike)) for cell in shown]
    rest = 0 if alike else len(cells) - len(shown)
    if rest:
        lines.append(drawn_only(ngettext("and {n} more", "and {n} more", rest)))
    allowed = [cell.allowed for cell in cells]
    look = palette.POD if all(allowed) else palette.NOT_READY if any(allowed) else palette.LEFT_OUT
    return Box(lines, look, limit=wide, width=wide)


def _words(cell: ReachCell, *, named: bool, port: bool) -> list[str]:
    sign = "✓" if cell.allowed else "✗"
    words = [sign, *([plain(port_name(cell.port))] if port else []), *([plain(cell.policy)] if named else [])]
    return [" ".join(word for word in words if word)]


def _told(facts: Reach) -> Iterator[Told]:
    """Yield the outline: for each source its targets, with what decides."""
    left = _MOST_TOLD
    for source in facts.groups:
        yield told_only(
            _(
                "from {group} (namespace {namespace})",
                group=plain(source.name),
                namespace=plain(source.namespace),
            ),
            indent=0,
        )
        for target in facts.groups:
            if source == target and len(source.pods) == 1:
                continue
            if left <= 0:
                yield told_only(_("The rest is in .table."), indent=0)
                return
            left -= 1
            yield told_only(_line(facts, source, target))
    yield aside(_dropped(facts))


def _line(facts: Reach, source: Group, target: Group) -> str:
    cells = [facts.cell(source, target, port) for port in target.ports]
    return f"{plain(target.name)}: {listed((_told_cell(cell) for cell in cells), 8)}"


def _told_cell(cell: ReachCell) -> str:
    port, policy = port_name(cell.port), plain(cell.policy)
    if cell.allowed:
        return _("✓ {port} ({policy})", port=port, policy=policy) if policy else _("✓ {port}", port=port)
    if cell.drops == "egress":
        return _("✗ {port} (egress of the source: {policy})", port=port, policy=policy)
    return _("✗ {port} (ingress of the target: {policy})", port=port, policy=policy)


def _dropped(facts: Reach) -> str:
    """Say for the alternative text which targets nothing reaches."""
    closed = [
        target.name
        for target in facts.groups[:_MOST_TOLD]
        if not any(
            source != target and facts.allows(source, target, port)
            for port in target.ports
            for source in facts.groups
        )
    ]
    if not closed:
        return ""
    return _("No other Pod may reach {groups}.", groups=listed(closed, 5))
