"""Draws a selection: what a label selector finds on the right, what it leaves out and why on the left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import Names, fold
from k8snotes.figures.html_label import bold, box, heading, label, note, table, width_for
from k8snotes.figures.wording import count, indented, listed, pairs, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k8snotes.facts.selection import Selected, Selection
    from k8snotes.figures.html_label import Html, Line

__all__ = ["selection_figure"]

_CAPTION = "What the selector finds stands on the right; what it leaves out, and why, on the left."
_NARROW = 200  # points: three columns of boxes fit a notebook


def selection_figure(facts: Selection, *, unfold: bool = False) -> Figure:
    """Return a selection as a Figure; `unfold` shows each object where they would make a stack."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Stack:
    """Objects that say the same: one box of the picture."""

    items: tuple[Selected, ...]
    title: str

    @property
    def first(self) -> Selected:
        return self.items[0]


class _View:
    """One selection, ready to be drawn or told."""

    def __init__(self, facts: Selection, *, unfold: bool) -> None:
        self.facts = facts
        self.text_of = plain(facts.selector)
        self.names = Names(facts.items)
        kinds = {item.kind for item in facts.items}
        kinds |= {"Pod"} if facts.resource == "pods" else set()
        self.noun = plain(kinds.pop()) if len(kinds) == 1 else "object"
        self.title = f"selection {self.shown}: {len(facts.matched)} of {count(len(facts.items), self.noun)}"
        stacks = fold(
            facts.items,
            lambda item: (
                item.namespace,
                item.kind,
                item.workload,
                item.matches,
                tuple(item.labels.items()),
                tuple((part.why, part.near) for part in item.explanation.parts if not part.ok),
            ),
            unfold=unfold,
        )
        made = [_Stack(items, self.names.stack(items)) for items in stacks]
        self.found = [stack for stack in made if stack.first.matches]
        self.left_out = [stack for stack in made if not stack.first.matches]

    @property
    def shown(self) -> str:
        """The selector as text, or in words where it is empty."""
        if self.facts.selector.matches_nothing:
            return "(no selector)"
        return self.text_of or "(empty selector)"

    def why(self, stack: _Stack) -> list[tuple[str, str]]:
        """Return, for each requirement that failed, the reason and the near miss."""
        failed = [part for part in stack.first.explanation.parts if not part.ok]
        if not failed:
            return [("there is no selector, and that matches nothing", "")]
        return [(plain(part.why), plain(part.near)) for part in failed]

    # the picture

    def dot(self) -> str:
        """Return the DOT source: three columns, each one table, and two arrows."""
        graph = digraph(ranksep="0.35")
        graph.node("selector", angle(box(self.selector_lines(), palette.PLAIN, limit=_NARROW)))
        total = len(self.facts.items)
        left = self.column(f"✗ left out: {total - len(self.facts.matched)} of {total}", self.left_out)
        right = self.column(f"✓ found: {len(self.facts.matched)} of {total}", self.found)
        graph.node("out", angle(left))
        graph.node("found", angle(right))
        # drawn from left to right, so that the left column is left of the selector
        graph.edge("out", "selector", dir="none", style="dotted")
        graph.edge("selector", "found", penwidth="1.6")
        return str(graph.source)

    def selector_lines(self) -> list[Line]:
        """Return the lines of the selector's box: each requirement, and how many meet it."""
        lines: list[Line] = [[bold("label selector")]]
        if self.facts.selector.matches_nothing:
            return [*lines, "there is none, and no selector finds nothing"]
        if not self.facts.selector.requirements:
            return [*lines, "it is empty, and an empty selector finds everything"]
        for requirement, met in self.met():
            lines += [[bold(requirement)], note_line(f"✓ {met}")]
        if len(self.facts.selector.requirements) > 1:
            lines.append("a comma means and")
        return lines

    def met(self) -> list[tuple[str, str]]:
        """Return each requirement, and in words how many meet it."""
        items = self.facts.items
        counts = [
            sum(item.explanation.parts[at].ok for item in items)
            for at in range(len(self.facts.selector.requirements))
        ]
        told = zip(self.facts.selector.requirements, counts, strict=True)
        return [(str(requirement), f"{number} of {len(items)} meet it") for requirement, number in told]

    def column(self, title: str, stacks: Sequence[_Stack]) -> Html:
        """Return one side of the picture: its title, and the boxes under it."""
        boxes = [self.stack_lines(stack) for stack in stacks]
        wide = width_for(boxes, limit=_NARROW)
        rows = [[label([[bold(title)]])]]
        for stack, lines in zip(stacks, boxes, strict=True):
            look = palette.POD if stack.first.matches else palette.LEFT_OUT
            folded = len(stack.items) > 1
            rows.append([box(lines, look, limit=_NARROW, width=wide, stacked=folded)])
        if not stacks:
            rows.append([label([note_line("nothing")])])
        return table(rows)

    def stack_lines(self, stack: _Stack) -> list[Line]:
        """Return the lines of an object's box: its name, the labels that were asked for, what failed."""
        lines: list[Line] = [
            heading(self.names.bare(stack.items), "✓" if stack.first.matches else "✗", most=22)
        ]
        asked = {requirement.key for requirement in self.facts.selector.requirements}
        labels = stack.first.labels
        mine = {key: value for key, value in labels.items() if key in asked}
        other = len(labels) - len(mine)
        more = (f" and {other} more" if mine else count(other, "other label")) if other else ""
        told = pairs(mine) if labels else "it has no labels"
        lines.append([told, note(more, palette.MUTED), self.names.place(stack.first)])
        if stack.first.matches and stack.first.state not in ("", "ready"):
            lines.append(
                [note(f"({plain(stack.first.state)}: a selector asks for labels only)", palette.MUTED)]
            )
        if not stack.first.matches:
            for why, near in self.why(stack):
                lines.append([note(f"✗ {why}", palette.WARNING_INK)])
                if near:
                    lines.append([bold(f"near miss: {near}")])
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: who is found, and which requirement each of the others fails."""
        lines = [self.title]
        lines += [f"  {plain(requirement)}: {met}" for requirement, met in self.met()]
        lines.append(f"found ({len(self.facts.matched)})")
        for stack in self.found:
            state = f" ({plain(stack.first.state)})" if stack.first.state else ""
            lines.append(f"  ✓ {stack.title}{state}  {pairs(stack.first.labels)}")
            lines += indented([item.name for item in stack.items])
        lines.append(f"left out ({len(self.facts.items) - len(self.facts.matched)})")
        for stack in self.left_out:
            lines.append(f"  ✗ {stack.title}  {pairs(stack.first.labels) or '(no labels)'}")
            lines += indented([item.name for item in stack.items])
            for why, near in self.why(stack):
                lines.append(f"      {why}" + (f" (near miss: {near})" if near else ""))
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        total = count(len(self.facts.items), self.noun)
        said = [f"The label selector {self.shown} finds {len(self.facts.matched)} of {total}"]
        if self.found:
            said[0] += f": {listed((stack.title for stack in self.found), 6)}"
        for stack in self.left_out[:6]:
            why, near = self.why(stack)[0]
            said.append(f"It leaves out {stack.title}: {why}" + (f", {near}" if near else ""))
        if len(self.left_out) > 6:
            said.append(f"{len(self.left_out) - 6} more are left out")
        return ". ".join(said) + "."


def note_line(text: str) -> Line:
    """Return a line in the quieter ink."""
    return [note(text, palette.MUTED)]
