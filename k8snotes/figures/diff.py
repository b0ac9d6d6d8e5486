"""Draws what changed between two moments: desired and actual state, and the objects added, removed and changed.

Boxes are under each other: the workloads first, because a reader looks for desired and actual state; then the objects
that were added and removed; then each changed object with its fields before and after. Events, resource versions and
timestamps are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.diff import Changed, Diff, Listed
from k8snotes.facts.timeline import counted
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, WIDEST, side_by_side, stack
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Line,
    Run,
    Scene,
    Told,
    Words,
    aside,
    bold,
    drawn_only,
    heading,
    note,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, noted, phrases, plain

__all__ = ["Story", "diff_figure"]

_CAPTION = _(
    "The picture first compares the desired and the actual Pods of each workload. Then it lists the objects that were "
    "added and removed, and the fields that changed (before → after). "
    "Events, resource versions and timestamps are left out."
)
_MOST_BOXES = 14
_MOST_FIELDS = 6
_LONGEST = 60  # columns of a value
_FEW = 3  # so many of a kind each have a box


def diff_figure(facts: Diff, *, unfold: bool = False) -> Figure:
    """Return what changed as a Figure.

    Args:
        facts: The workloads, and the objects that were added, removed and changed.
        unfold: Whether to show each object, even if many are alike.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> before = c.copy()
    >>> c.cordon("node-1")
    >>> print(diff_figure(c.diff(since=before).facts).text.splitlines()[1])
      ~ changed: node/node-1
    """
    story = Story(facts, unfold=unfold)
    return Figure(story.what, story.finding, facts, story.scene, verdict=story.verdict, caption=_CAPTION)


class _Group(NamedTuple):
    """Objects with the same content: one box of the picture."""

    items: tuple[Any, ...]

    @property
    def first(self) -> Any:
        return self.items[0]

    @property
    def name(self) -> str:
        """The reference, or how many of which kind, and of which workload."""
        first, number = self.first, len(self.items)
        if number == 1:
            return plain(first.ref)
        objects = counted(number, plain(first.kind), plain(first.workload))
        if first.namespace in ("", "default"):
            return objects
        return _("{objects} in {namespace}", objects=objects, namespace=plain(first.namespace))


class Story:
    """A comparison: desired and actual Pods, and the objects added, removed and changed, those alike as one.

    Args:
        facts: What differs.
        unfold: Whether to show each object, even if many are alike.
    """

    def __init__(self, facts: Diff, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        few = len(facts.changed) + 1 if unfold else _FEW
        self.added = _groups(facts.added, _of_a_kind, _most(facts.added, unfold=unfold))
        self.removed = _groups(facts.removed, _of_a_kind, _most(facts.removed, unfold=unfold))
        self.changed = _groups(facts.changed, _of_a_change, few)

    @property
    def what(self) -> Text:
        """What the figure shows, and the time between the two moments."""
        seconds = self.facts.seconds
        return _("what changed within {seconds} s", seconds=seconds) if seconds > 0 else _("what changed")

    def finding(self) -> str:
        """Say how many objects were added, removed and changed."""
        facts = self.facts
        counts = [
            _("{n} added", n=len(facts.added)) if facts.added else "",
            _("{n} removed", n=len(facts.removed)) if facts.removed else "",
            _("{n} changed", n=len(facts.changed)) if facts.changed else "",
        ]
        return phrases(*counts) or _("nothing")

    def verdict(self) -> Text | str:
        """Say that nothing has changed; "" where the finding says what has."""
        return _("Nothing has changed") if self.facts.nothing else ""

    def scene(self) -> Scene:
        """Return the scene: boxes under each other, no arrows."""
        first = self.first_boxes()
        wide = [*first, *([self.replicas_box()] if self.facts.replicas else [])]
        narrow = [self.added_box()] if self.added else []
        narrow += [self.removed_box()] if self.removed else []
        narrow += [self.changed_box(group) for group in self.changed]
        told: list[Told] = [*wide, *narrow]
        if self.facts.nothing and not first:
            wide.append(_wide([_("Nothing was added, removed or changed.")]))
        if self.changed:
            again = _("created again")
            fields = [
                noted(group.name, plain(group.first.fields[0].path) if group.first.fields else again)
                for group in self.changed
            ]
            told.append(aside(_("Changed: {objects}.", objects=listed(fields, 4))))
        told += [aside(_("{sentence}.", sentence=plain(item))) for item in self.facts.replicas[:4]]
        opening = _("{what}: {finding}.", what=self.what, finding=self.finding())
        top = stack(wide, 0, 0) + BETWEEN if wide else 0
        room = math.inf if self.unfold else HIGHEST - top
        return Scene([*wide, *side_by_side(narrow, top, room, self.rest_box)], told, opening=opening)

    def first_boxes(self) -> list[Box]:
        """Return the boxes above all others: none here."""
        return []

    @staticmethod
    def rest_box(number: int) -> Box:
        """Return the box that counts what there is no room for."""
        more = ngettext(
            "… and {n} more box, which is in the outline",
            "… and {n} more boxes, which are in the outline",
            number,
        )
        return Box([drawn_only(note(more))])

    def replicas_box(self) -> Box:
        """Return the box of desired against actual Pods."""
        lines = [drawn_only(bold(_("desired and actual Pods")))]
        shown = len(self.facts.replicas) if self.unfold else _MOST_BOXES
        for at, item in enumerate(self.facts.replicas):
            sign = "✓" if item.met else "◐"
            ink = palette.INK if item.met else palette.WARNING_INK
            before = "" if item.same else f"   {item.before}"
            runs: list[str | Run] = [
                f"{sign} ",
                bold(item.ref, most=60),
                note(f"   {item.now}", ink),
                note(before),
            ]
            lines.append(Line(runs, f"{sign} {plain(item)}", shown=at < shown))
        rest = len(self.facts.replicas) - shown
        if rest > 0:
            lines.append(drawn_only(note(ngettext("… and {n} more", "… and {n} more", rest))))
        return _wide(lines)

    def added_box(self) -> Box:
        """Return the box of the objects that were added."""
        words = [(group.name, _state(group), _("added: {object}", object=group.name)) for group in self.added]
        head = _("{n} added", n=len(self.facts.added))
        box = self.listed_box("+", head, self.added, words, palette.POD)
        box.alt = _("Added: {objects}.", objects=listed((group.name for group in self.added), 4))
        return box

    def removed_box(self) -> Box:
        """Return the box of the objects that were removed."""
        words = [
            (group.name, _state(group, was=True), _("removed: {object}", object=group.name))
            for group in self.removed
        ]
        head = _("{n} removed", n=len(self.facts.removed))
        box = self.listed_box("−", head, self.removed, words, palette.LEFT_OUT)
        box.alt = _("Removed: {objects}.", objects=listed((group.name for group in self.removed), 4))
        return box

    def listed_box(
        self,
        sign: str,
        head: str,
        groups: Sequence[_Group],
        words: Sequence[tuple[str, str, str]],
        look: Look,
    ) -> Box:
        """Return a box that lists objects.

        Args:
            sign: What each line begins with.
            head: How many there are.
            groups: The objects, those alike as one.
            words: For each group its words in the picture, its state, and its words in the outline.
            look: The frame.
        """
        lines = [drawn_only(bold(f"{sign} {head}"))]
        shown = len(groups) if self.unfold else _MOST_BOXES
        for at, (group, (drawn, state, told)) in enumerate(zip(groups, words, strict=True)):
            runs: Words = [
                f"{sign} {drawn}",
                note(_(" ({note})", note=state) if state else "", palette.MUTED),
            ]
            members = [item.name for item in group.items]
            lines.append(Line(runs, noted(f"{sign} {told}", state), members=members, shown=at < shown))
        rest = sum(len(group.items) for group in groups[shown:])
        if rest:
            lines.append(drawn_only(note(ngettext("… and {n} more", "… and {n} more", rest), palette.MUTED)))
        return Box(lines, look)

    def changed_box(self, group: _Group) -> Box:
        """Return the box of a changed object: each field before and after.

        It tells if the object was deleted and created again under the same name: then its uid is another one.
        """
        first: Changed = group.first
        members = [item.name for item in group.items]
        if first.anew:
            head = heading(group.name, _("~ created again"))
            told = _("~ changed: {object} (another object of the same name)", object=group.name)
        else:
            head = heading(group.name, _("~ changed"))
            told = _("~ changed: {object}", object=group.name)
        lines = [Line(head, told, members=members)]
        shown = len(first.fields) if self.unfold else _MOST_FIELDS
        for at, field in enumerate(first.fields):
            before = note(field.before, palette.MUTED, most=_LONGEST)
            after = bold(field.after, most=_LONGEST)
            path = plain(field.path)
            before_it = note(_("{head}: {text}", head=path, text=""), palette.INK)
            as_told = headed(path, f"{before.text} → {after.text}")
            lines.append(Line([before_it, before, " → ", after], as_told, indent=4, shown=at < shown))
        rest = len(first.fields) - shown
        if rest > 0:
            more = ngettext("… and {n} more field", "… and {n} more fields", rest)
            lines.append(drawn_only(note(more, palette.MUTED)))
        if len(members) > 1:
            lines.append(drawn_only(note(_("each of {names}", names=listed(members, 2)), palette.MUTED)))
        look = palette.SERVICE if first.kind == "Service" else palette.PLAIN
        return Box(lines, look, stacked=len(members) > 1, indent=2, ref=first.ref)


def _wide(lines: Iterable[Line | Words], look: Look = palette.PLAIN) -> Box:
    """Return a box as wide as the picture."""
    return Box(lines, look, width=WIDEST)


def _groups(items: Iterable[Any], key: Callable[[Any], Hashable], most: int) -> list[_Group]:
    return [_Group(members) for members in fold(items, key, most=most)]


def _most(items: Sequence[Listed], *, unfold: bool) -> int:
    return len(items) if unfold or len(items) <= 8 else _FEW


def _of_a_kind(item: Listed) -> Hashable:
    return item.kind, item.namespace, item.workload, item.state


def _of_a_change(item: Changed) -> Hashable:
    """Return what changes of one kind have in common: the workload, and which fields differ how."""
    return item.kind, item.namespace, item.workload, item.anew, item.fields


def _state(group: _Group, *, was: bool = False) -> str:
    if not group.first.state:
        return ""
    state: str = said(group.first.state)
    if was:
        state = _("was {state}", state=state)
    return state
