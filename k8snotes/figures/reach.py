"""Draws who may reach whom as a matrix: a row for each source, a column for each target, and in a cell what decides.

Where there are many workloads a cell has a sign alone, and a column the number of its row; where there are very many,
those that no policy tells apart share a row and a column.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.reach import Group, Reach, ReachCell, port_name
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import WIDEST
from k8snotes.figures.measure import wide_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import SIDE, size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Line,
    Run,
    Scene,
    Told,
    aside,
    bold,
    drawn_only,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.wording import headed, listed, plain

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["ReachFigure", "reach_figure"]

_CAPTION = _(
    "A row is the source of a connection, a column its target. A connection passes if the egress of the source and "
    "the ingress of the target allow it. Answers always pass."
)
_SIGNS = _(
    "✓ passes   ·   ✗ is dropped   ·   ✓✗ some ports   ·   the outline and .table name the policy that decides"
)
_ALIKE = _("+3: three more workloads, which no policy tells apart from this one")
_BLOCKED = palette.ERROR._replace(border=1.5)
_SOME = palette.POD._replace(style="rounded,dotted")
_MOST = 14  # rows and columns
_WITH_NAMES = 6  # up to so many columns, a cell names the policy that decides
_HEAD, _HEAD_DENSE = 140, 170  # pixels: the name of a row
_WIDEST_CELL = 190  # pixels
_GAP = 4  # pixels between cells
_COLUMN = 7.2  # pixels: a column of a name
_MOST_PORTS = 3  # in one cell
_MOST_NAMED = 3  # sources and targets in the first line
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
    return ReachFigure(
        _("reach"),
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _verdict(facts: Reach) -> Text | str:
    """Say in a sentence who may reach whom."""
    if not facts.groups:
        return ""
    kinds: dict[int, list[Group]] = {}
    for group in facts.groups:
        kinds.setdefault(group.kind, []).append(group)
    closed: dict[tuple[int, ...], list[Group]] = {}  # by the kinds that may reach them
    for own in kinds.values():
        others = {kind: several for kind, several in kinds.items() if several != own or len(own) > 1}
        may = tuple(kind for kind, several in others.items() if _may(facts, several[0], own[-1]))
        if len(may) < len(others):
            closed.setdefault(may, []).extend(own)
    if not closed:
        return _("✓ Policies let every workload reach every other")
    number = sum(map(len, closed.values()))
    if len(closed) == 1 and number <= _MOST_NAMED:
        ((may, targets),) = closed.items()
        sources = [group for kind in may for group in kinds[kind]]
        names = listed((group.short for group in targets), _MOST_NAMED)
        if not sources:
            return _("✗ No other workload may reach {targets}", targets=names)
        if len(sources) <= _MOST_NAMED:
            called = listed((group.short for group in sources), _MOST_NAMED)
            return _("✗ Only {sources} may reach {targets}", sources=called, targets=names)
    return ngettext(
        "✗ {n} of {total} workloads is closed to some of the others",
        "✗ {n} of {total} workloads are closed to some of the others",
        number,
        total=len(facts.groups),
    )


def _may(facts: Reach, source: Group, target: Group) -> bool:
    """Whether one group may open connections to any port of another."""
    return any(facts.allows(source, target, port) for port in target.ports)


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
    named = len(rows) <= _WITH_NAMES
    several = len({group.namespace for group in facts.groups}) > 1
    drawn, high = (_named if named else _dense)(facts, rows, several=several)
    hidden = sum(len(row) for row in every[_MOST:])
    if hidden:
        words = ngettext("and {n} more: see .table", "and {n} more: see .table", hidden)
        drawn.append(Box([drawn_only(note(words))], palette.BARE, at=(0, high)))
    legend: list[object] = [] if named else [_SIGNS]
    if not named and any(len(row) > 1 for row in rows):
        legend.append(_ALIKE)
    if facts.on_host:
        legend.append(
            ngettext(
                "{n} Pod on the network of its Node is left out: what policies do there is the choice of the plugin",
                "{n} Pods on the network of their Node are left out: what policies do there is the choice of the plugin",
                facts.on_host,
            )
        )
    opening = _("Who may reach whom: {finding}.", finding=_finding(facts))
    return Scene(drawn, _told(facts), opening=opening, legend=legend)


def _named(facts: Reach, rows: Sequence[_Row], *, several: bool) -> tuple[list[Drawn], float]:
    """Return the matrix with the policy that decides in each cell, and how high it is."""
    wide = min(_WIDEST_CELL, (WIDEST - 4 - _HEAD) // len(rows) - _GAP)
    number = range(len(rows))
    cells = [
        [_cell(facts, source[0], target[-1], wide, f"{i}-{j}") for j, target in enumerate(rows)]
        for i, source in enumerate(rows)
    ]
    heads = [
        _head(row, f"c{j}", wide, [f"{i}-{j}" for i in number], several=several, ports=len(rows) > 1)
        for j, row in enumerate(rows)
    ]
    sides = [
        _head(row, f"r{i}", _HEAD - _GAP, [f"{i}-{j}" for j in number], several=several)
        for i, row in enumerate(rows)
    ]
    corner = Box([drawn_only(note(_("from ↓   to →")))], palette.BARE, width=_HEAD - _GAP, at=(0, 0))
    y = max(size_of(box)[1] for box in [corner, *heads]) + _GAP
    lefts = [_HEAD + j * (wide + _GAP) for j in number]
    for box, x in zip(heads, lefts, strict=True):
        box.at = (x, 0)
    for side, own in zip(sides, cells, strict=True):
        high = max(size_of(box)[1] for box in [side, *own])
        side.at = (0, y)
        for box, x in zip(own, lefts, strict=True):
            box.at, box.size = (x, y), (wide, high)
        y += high + _GAP
    # the cells come first: a pointer on one of them leaves its two heads lit
    return [*(box for own in cells for box in own), corner, *heads, *sides], y


def _dense(facts: Reach, rows: Sequence[_Row], *, several: bool) -> tuple[list[Drawn], float]:
    """Return the matrix with signs alone, and the number of its row over each column, and how high it is."""
    wide = (WIDEST - 4 - _HEAD_DENSE) // len(rows) - _GAP
    lefts = [_HEAD_DENSE + j * (wide + _GAP) for j in range(len(rows))]
    drawn: list[Drawn] = [
        Box(
            [drawn_only(note(_("from ↓   to →"), most=60))], palette.BARE, width=_HEAD_DENSE - _GAP, at=(0, 0)
        )
    ]
    for j, (row, x) in enumerate(zip(rows, lefts, strict=True)):
        drawn.append(_numbered([bold(j + 1)], row, f"c{j}", wide, (x, 0)))
    y = size_of(Box([bold("1")]))[1] + _GAP
    for i, source in enumerate(rows):
        first = source[0]
        before = note(f"{i + 1}  ")
        more = state(f"+{len(source) - 1}" if len(source) > 1 else "")
        room = _HEAD_DENSE - _GAP - 2 * SIDE - wide_of(before) - (wide_of(more) + 12 if more.text else 0)
        called = f"{first.namespace}/{first.short}" if several else first.short
        words = [before, bold(called, most=int(room / _COLUMN)), more]
        side = _numbered(words, source, f"r{i}", _HEAD_DENSE - _GAP, (0, y))
        high = size_of(side)[1]
        drawn.append(side)
        for j, (target, x) in enumerate(zip(rows, lefts, strict=True)):
            box = _sign(facts, first, target[-1])
            box.at, box.size, box.keys = (x, y), (wide, high), (f"r{i}", f"c{j}")
            drawn.append(box)
        y += high + _GAP
    return drawn, y


def _numbered(words: Sequence[str | Run], row: _Row, name: str, wide: float, at: tuple[float, float]) -> Box:
    """Return the head of a row or a column of the dense matrix."""
    return Box(
        [drawn_only(words)],
        palette.BARE,
        id=name,
        width=int(wide),
        at=at,
        keys=[name],
        ref=row[0].ref,
        title=listed((group.name for group in row), 12),
        alt=listed((group.name for group in row), 4),
    )


def _head(
    row: _Row, name: str, wide: float, keys: Sequence[str], *, several: bool, ports: bool = False
) -> Box:
    """Return the words beside a row or over a column."""
    first = row[0]
    lines = [drawn_only(bold(first.short, most=60))]
    if ports and len(row) == 1:
        shown = [f":{port_name(port)}" for port in first.ports if port[0]]
        lines += [drawn_only(literal(listed(shown, 2), palette.MUTED))] if shown else []
    if len(row) > 1:
        lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", len(row) - 1))))
    if several:
        lines.append(drawn_only(note(_("in {namespace}", namespace=plain(first.namespace)), most=60)))
    return Box(
        lines,
        palette.BARE,
        id=name,
        width=int(wide),
        keys=keys,
        ref=first.ref,
        title=listed((group.name for group in row), 12),
    )


def _cell(facts: Reach, source: Group, target: Group, wide: float, key: str) -> Box:
    """Return the box of a pair: whether it may, and the policy that decides; a line for each port if these differ."""
    name = f"x{key}"
    if source == target and len(source.pods) == 1:
        return Box([drawn_only(note(_("itself")))], palette.BARE, id=name, width=int(wide))
    cells = [facts.cell(source, target, port) for port in target.ports]
    lines: list[Line] = []
    if len({(cell.allowed, cell.policy) for cell in cells}) == 1:
        lines = [drawn_only(_may_words(cells[0].allowed)), drawn_only(note(_decides(cells[0]), palette.INK))]
    else:
        for cell in cells[:_MOST_PORTS]:
            sign = "✓" if cell.allowed else "✗"
            words = bold(f"{sign} {port_name(cell.port)}")._replace(color=_look([cell]).ink)
            lines += [drawn_only(words), drawn_only(note(_decides(cell), palette.INK))]
        rest = len(cells) - _MOST_PORTS
        if rest > 0:
            lines.append(drawn_only(note(ngettext("and {n} more port", "and {n} more ports", rest))))
    said = listed((_told_cell(cell) for cell in cells), 4)
    alt = _(
        "from {source} to {target}: {said}", source=plain(source.name), target=plain(target.name), said=said
    )
    return Box(lines, _look(cells), id=name, width=int(wide), keys=[key], title=alt, alt=alt)


def _may_words(allowed: bool) -> Run:
    """Say whether a connection passes."""
    if allowed:
        return bold(_("✓ reaches it"))._replace(color=palette.POD.ink)
    return bold(_("✗ blocked"))._replace(color=_BLOCKED.ink)


def _decides(cell: ReachCell) -> Text | str:
    """Return the name of the policy that decides."""
    return plain(cell.policy) if cell.policy else _("no policy")


def _sign(facts: Reach, source: Group, target: Group) -> Box:
    """Return the box of a pair with a sign alone."""
    if source == target and len(source.pods) == 1:
        return Box([drawn_only(note("·"))], palette.BARE, title=_("itself"))
    cells = [facts.cell(source, target, port) for port in target.ports]
    look = _look(cells)
    signs = "".join(
        sign for sign, there in (("✓", True), ("✗", False)) if there in {cell.allowed for cell in cells}
    )
    said = listed((_told_cell(cell) for cell in cells), 4)
    return Box(
        [drawn_only(Run(signs, color=look.ink))],
        look,
        title=headed(f"{plain(source.name)} → {plain(target.name)}", said),
    )


def _look(cells: Sequence[ReachCell]) -> Look:
    """Return how a cell is drawn: solid where all ports may be called, dotted where some may, dashed where none may."""
    allowed = [cell.allowed for cell in cells]
    return palette.POD if all(allowed) else _SOME if any(allowed) else _BLOCKED


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
    name = plain(target.name)
    if target.namespace != source.namespace:
        name = f"{plain(target.namespace)}/{name}"
    return headed(name, listed((_told_cell(cell) for cell in cells), 8))


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
