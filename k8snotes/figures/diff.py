"""Draws what changed between two moments: what is wanted and what is there, what came, went and is different.

Boxes stand under each other: the workloads first, as desired state and actual state are what a reader looks for;
then the objects that came and went; then each changed object with its fields before and after. Events, resource
versions and moments in time are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from k8snotes.facts.diff import Changed, Diff, Listed, Replicas
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Line,
    Run,
    Scene,
    Table,
    Told,
    Words,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import count, listed, plain

__all__ = ["diff_figure"]

_CAPTION = (
    "First what each workload wants and what is there, then what came and went, then the fields that differ, "
    "before → after. Left out: Events, resource versions, moments in time"
)
_WIDE = 620  # points
_MOST_BOXES = 14
_MOST_FIELDS = 6
_LONGEST = 60  # columns of a value
_FEW = 3  # so many of a kind each have a box


def diff_figure(facts: Diff, *, unfold: bool = False) -> Figure:
    """Return what changed as a Figure.

    Args:
        facts: The workloads, and the objects that were added, removed and changed.
        unfold: Whether to show each object where many alike would make one box.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> before = c.copy()
    >>> c.cordon("node-1")
    >>> print(diff_figure(c.diff(since=before).facts).text.splitlines()[1])
      ~ changed: node/node-1
    """
    lists = ((facts.added, "added"), (facts.removed, "removed"), (facts.changed, "changed"))
    counts = ", ".join(f"{len(items)} {word}" for items, word in lists if items)
    what = f"what changed within {facts.seconds} s" if facts.seconds > 0 else "what changed"
    story = _Story(facts, unfold=unfold)
    return Figure(
        what,
        counts or "nothing",
        facts,
        lambda: story.scene(f"{what}: {counts or 'nothing'}."),
        caption=_CAPTION,
    )


class _Group(NamedTuple):
    """Objects that say the same: one box of the picture."""

    items: tuple[Any, ...]

    @property
    def first(self) -> Any:
        return self.items[0]

    @property
    def name(self) -> str:
        """The reference, or how many of which kind, and of which workload."""
        first = self.first
        if len(self.items) == 1:
            return plain(first.ref)
        whose = f" of {plain(first.workload)}" if first.workload else ""
        place = f" in {plain(first.namespace)}" if first.namespace not in ("", "default") else ""
        kind = plain(first.kind)
        return count(len(self.items), kind, kind if kind.endswith("s") else f"{kind}s") + whose + place


class _Story:
    """A comparison: wanted and there, and what came, went and differs, those alike as one."""

    def __init__(self, facts: Diff, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        few = len(facts.changed) + 1 if unfold else _FEW
        self.added = _groups(facts.added, _of_a_kind, _most(facts.added, unfold=unfold))
        self.removed = _groups(facts.removed, _of_a_kind, _most(facts.removed, unfold=unfold))
        self.changed = _groups(facts.changed, _of_a_change, few)

    def scene(self, opening: str) -> Scene:
        """Return the scene: boxes under each other, no arrows."""
        boxes = [self.replicas_box()] if self.facts.replicas else []
        if self.added:
            boxes.append(self.listed_box("added", "+", self.added, palette.POD))
        if self.removed:
            boxes.append(self.listed_box("removed", "−", self.removed, palette.LEFT_OUT))
        changed = [self.changed_box(group) for group in self.changed]
        told: list[Told] = [*boxes, *changed]
        shown = len(changed) if self.unfold else _MOST_BOXES
        boxes += changed[:shown]
        rest = sum(len(group.items) for group in self.changed[shown:])
        if rest:
            more = f"… and {count(rest, 'more changed object')}: the picture in words has them"
            boxes.append(_wide([note(more, palette.MUTED)]))
        if self.facts.nothing:
            boxes.append(_wide(["Nothing was added, removed or written."]))
            told.append(told_only("Nothing has changed."))
        if self.changed:
            fields = [
                f"{group.name} ({plain(group.first.fields[0].path) if group.first.fields else 'anew'})"
                for group in self.changed
            ]
            told.append(aside(f"Changed: {listed(fields, 4)}."))
        told += [aside(f"{plain(item)}.") for item in self.facts.replicas[:4]]
        return Scene([Table(([box] for box in boxes), spacing=5, id="diff")], told, opening=opening)

    def replicas_box(self) -> Box:
        """Return the box of wanted against there."""
        lines = [drawn_only(bold("wanted and there"))]
        for item in self.facts.replicas:
            sign = "✓" if item.met else "◐"
            ink = palette.INK if item.met else palette.WARNING_INK
            before = "" if item.same else f"   {_before(item)}"
            runs = [
                bold(f"{sign} "),
                bold(item.ref, most=44, tail=8),
                note(f"   {_counted(item)}", ink),
                note(before, palette.MUTED),
            ]
            lines.append(Line(runs, f"{sign} {plain(item)}"))
        return _wide(lines)

    def listed_box(self, word: str, sign: str, groups: Sequence[_Group], look: Look) -> Box:
        """Return the box of the objects that came, or went."""
        total = sum(len(group.items) for group in groups)
        lines = [drawn_only(bold(f"{sign} {total} {word}"))]
        shown = len(groups) if self.unfold else _MOST_BOXES
        for at, group in enumerate(groups):
            state = note(_state(group, sign), palette.MUTED)
            runs: Words = [f"{sign} ", Run("", told=f"{word}: "), group.name, state]
            lines.append(Line(runs, members=[item.name for item in group.items], shown=at < shown))
        rest = sum(len(group.items) for group in groups[shown:])
        if rest:
            lines.append(drawn_only(note(f"… and {rest} more", palette.MUTED)))
        box = _wide(lines, look)
        box.alt = f"{word.capitalize()}: {listed((group.name for group in groups), 4)}."
        return box

    def changed_box(self, group: _Group) -> Box:
        """Return the box of a changed object: each field before and after.

        An object of the same name that was made anew is told so: its uid is another one.
        """
        first: Changed = group.first
        anew = " (another object of the same name)" if first.anew else ""
        members = [item.name for item in group.items]
        head = heading(group.name, "~ made anew" if first.anew else "~ changed", most=38)
        lines = [Line(head, f"~ changed: {group.name}{anew}", members=members)]
        shown = len(first.fields) if self.unfold else _MOST_FIELDS
        for at, field in enumerate(first.fields):
            before = note(field.before, palette.MUTED, most=_LONGEST)
            after = bold(field.after, most=_LONGEST)
            lines.append(Line([f"{plain(field.path)}: ", before, " → ", after], indent=4, shown=at < shown))
        rest = len(first.fields) - shown
        if rest > 0:
            lines.append(drawn_only(note(f"… and {count(rest, 'more field')}", palette.MUTED)))
        if len(members) > 1:
            lines.append(drawn_only(note(f"each of {listed(members, 2)}", palette.MUTED)))
        look = palette.SERVICE if first.kind == "Service" else palette.PLAIN
        box = _wide(lines, look)
        box.stacked, box.indent, box.ref = len(members) > 1, 2, first.ref
        return box


def _wide(lines: Iterable[Line | Words], look: Look = palette.PLAIN) -> Box:
    """Return a box as wide as the picture."""
    return Box(lines, look, limit=_WIDE, width=_WIDE + 16)


def _groups(items: Iterable[Any], key: Callable[[Any], Hashable], most: int) -> list[_Group]:
    return [_Group(members) for members in fold(items, key, most=most)]


def _most(items: Sequence[Listed], *, unfold: bool) -> int:
    return len(items) if unfold or len(items) <= 8 else _FEW


def _of_a_kind(item: Listed) -> Hashable:
    return item.kind, item.namespace, item.workload, item.state


def _of_a_change(item: Changed) -> Hashable:
    """Return what changes of one kind have in common: the workload, and which fields differ how."""
    return item.kind, item.namespace, item.workload, item.anew, item.fields


def _state(group: _Group, sign: str) -> str:
    state = plain(group.first.state)
    return f" ({'' if sign == '+' else 'was '}{state})" if state else ""


def _counted(item: Replicas) -> str:
    return f"wants {item.wants}, there {_are(item.there)}, {item.ready} ready"


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"


def _before(item: Replicas) -> str:
    if item.wanted is None:
        return "before: it did not exist"
    return f"before: wanted {item.wanted}, {item.were_ready} ready"
