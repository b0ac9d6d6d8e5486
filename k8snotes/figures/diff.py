"""Draws what changed between two moments: what is wanted and what is there, what came, went and is different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import bold, box, heading, note, table
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, indented, listed, plain

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from k8snotes.facts.diff import Changed, Diff, Listed, Replicas
    from k8snotes.figures.html_label import Html, Line

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
    """Return what changed as a Figure; `unfold` shows each object where many alike would make one box."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Group:
    """Objects that say the same: one box of the picture."""

    items: tuple[Any, ...]

    @property
    def first(self) -> Any:
        return self.items[0]

    @property
    def name(self) -> str:
        """The reference, or how many of which kind, and whose."""
        first = self.first
        if len(self.items) == 1:
            return plain(first.ref)
        whose = f" of {plain(first.workload)}" if first.workload else ""
        place = f" in {plain(first.namespace)}" if first.namespace not in ("", "default") else ""
        kind = plain(first.kind)
        return count(len(self.items), kind, kind if kind.endswith("s") else f"{kind}s") + whose + place


class _View:
    """A comparison, ready to be drawn or told."""

    def __init__(self, facts: Diff, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        few = len(facts.changed) + 1 if unfold else _FEW
        self.added = _grouped(facts.added, _of_a_kind, _most(facts.added, unfold=unfold))
        self.removed = _grouped(facts.removed, _of_a_kind, _most(facts.removed, unfold=unfold))
        self.changed = _grouped(facts.changed, _of_a_change, few)
        told = [
            f"{len(items)} {word}"
            for items, word in (
                (facts.added, "added"),
                (facts.removed, "removed"),
                (facts.changed, "changed"),
            )
            if items
        ]
        after = f" within {facts.seconds} s" if facts.seconds > 0 else ""
        self.title = f"what changed{after}: {', '.join(told) or 'nothing'}"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: boxes under each other, no arrows."""
        graph = digraph()
        boxes = [self.replicas_box()] if self.facts.replicas else []
        boxes += [self.listed_box(word, sign, groups) for word, sign, groups in self.lists() if groups]
        shown = self.changed if self.unfold else self.changed[:_MOST_BOXES]
        boxes += [self.changed_box(group) for group in shown]
        rest = sum(len(group.items) for group in self.changed[len(shown) :])
        if rest:
            more = f"… and {count(rest, 'more changed object')}: the picture in words has them"
            boxes.append(box([[note(more, palette.MUTED)]], palette.PLAIN, limit=_WIDE, width=_WIDE + 16))
        if self.facts.nothing:
            boxes.append(
                box(["Nothing was added, removed or written."], palette.PLAIN, limit=_WIDE, width=_WIDE + 16)
            )
        graph.node("diff", angle(table([[item] for item in boxes], spacing=5)))
        return str(graph.source)

    def lists(self) -> tuple[tuple[str, str, list[_Group]], ...]:
        """Return what came and what went, each with its word and its sign."""
        return ("added", "+", self.added), ("removed", "−", self.removed)

    def replicas_box(self) -> Html:
        """Return the box of wanted against there."""
        lines: list[Line] = [[bold("wanted and there")]]
        for item in self.facts.replicas:
            sign = "✓" if item.met else "◐"
            ink = palette.INK if item.met else palette.WARNING_INK
            before = "" if item.same else f"   {_before(item)}"
            name = bold(f"{sign} {short(plain(item.ref), 44, tail=8)}")
            lines.append([name, note(f"   {_counted(item)}", ink), note(before, palette.MUTED)])
        return box(lines, palette.PLAIN, limit=_WIDE, width=_WIDE + 16)

    def listed_box(self, word: str, sign: str, groups: Sequence[_Group]) -> Html:
        """Return the box of the objects that came, or went."""
        total = sum(len(group.items) for group in groups)
        lines: list[Line] = [[bold(f"{sign} {total} {word}")]]
        shown = groups if self.unfold else groups[:_MOST_BOXES]
        for group in shown:
            state = _state(group, sign)
            lines.append([f"{sign} {group.name}", note(state, palette.MUTED)])
        rest = sum(len(group.items) for group in groups[len(shown) :])
        if rest:
            lines.append([note(f"… and {rest} more", palette.MUTED)])
        look = palette.POD if sign == "+" else palette.LEFT_OUT
        return box(lines, look, limit=_WIDE, width=_WIDE + 16)

    def changed_box(self, group: _Group) -> Html:
        """Return the box of a changed object: each field before and after."""
        first: Changed = group.first
        said = "~ made anew" if first.anew else "~ changed"
        lines: list[Line] = [heading(group.name, said, most=38)]
        shown = first.fields if self.unfold else first.fields[:_MOST_FIELDS]
        for field in shown:
            before, after = (short(plain(value), _LONGEST) for value in (field.before, field.after))
            lines.append([f"{plain(field.path)}: ", note(before, palette.MUTED), " → ", bold(after)])
        rest = len(first.fields) - len(shown)
        if rest:
            lines.append([note(f"… and {count(rest, 'more field')}", palette.MUTED)])
        if len(group.items) > 1:
            lines.append([note(f"each of {listed((item.name for item in group.items), 2)}", palette.MUTED)])
        look = palette.SERVICE if first.kind == "Service" else palette.PLAIN
        return box(lines, look, limit=_WIDE, width=_WIDE + 16, stacked=len(group.items) > 1)

    # the words

    def text(self) -> str:
        """Return the outline: wanted and there, then what came, went and differs."""
        lines = [self.title]
        lines += [f"  {'✓' if item.met else '◐'} {plain(item)}" for item in self.facts.replicas]
        for word, sign, groups in self.lists():
            for group in groups:
                lines.append(f"  {sign} {word}: {group.name}{_state(group, sign)}")
                lines += indented([item.name for item in group.items])
        for group in self.changed:
            anew = " (another object of the same name)" if group.first.anew else ""
            lines.append(f"  ~ changed: {group.name}{anew}")
            lines += indented([item.name for item in group.items])
            lines += [f"      {plain(field)}" for field in group.first.fields]
        if self.facts.nothing:
            lines.append("  Nothing has changed.")
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        said = [f"{self.title}."]
        for word, _, groups in self.lists():
            if groups:
                said.append(f"{word.capitalize()}: {listed((group.name for group in groups), 4)}.")
        if self.changed:
            fields = [
                f"{group.name} ({plain(group.first.fields[0].path) if group.first.fields else 'anew'})"
                for group in self.changed
            ]
            said.append(f"Changed: {listed(fields, 4)}.")
        said += [f"{plain(item)}." for item in self.facts.replicas[:4]]
        return " ".join(said)


def _grouped(items: Iterable[Any], key: Any, most: int) -> list[_Group]:
    groups: dict[Hashable, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    found: list[_Group] = []
    for members in groups.values():
        found += [_Group(tuple(members))] if len(members) > most else [_Group((item,)) for item in members]
    return found


def _most(items: Sequence[Listed], *, unfold: bool) -> int:
    return len(items) if unfold or len(items) <= 8 else _FEW


def _of_a_kind(item: Listed) -> Hashable:
    return item.kind, item.namespace, item.workload, item.state


def _of_a_change(item: Changed) -> Hashable:
    """Return what changes of one kind have in common: whose the objects are, and which fields differ how."""
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
