"""Draws a change of labels: the object before and after, and between them every selector that it concerns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import fold
from k8snotes.figures.html_label import bold, box, label, note, width_for
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, indented, listed, pairs, plain

if TYPE_CHECKING:
    from k8snotes.facts.label_change import Asker, LabelChange
    from k8snotes.figures.html_label import Line, Run
    from k8snotes.figures.palette import Look

__all__ = ["label_change_figure"]

_CAPTION = (
    "Before the change on the left, after it on the right; between them, who asks for it by its labels."
)
_SIDE = 170  # points: a column of labels
_MIDDLE = 260
_CUT = 24  # columns of a name in a side box


def label_change_figure(facts: LabelChange, *, unfold: bool = False) -> Figure:
    """Return a change of labels as a Figure; `unfold` shows each asker where they would make a stack."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Stack:
    """Askers that say the same: one box of the picture."""

    id: str
    askers: tuple[Asker, ...]

    @property
    def first(self) -> Asker:
        return self.askers[0]

    @property
    def name(self) -> str:
        """How it is called: a reference, or how many Pods of which workload."""
        first = self.first
        if len(self.askers) > 1:
            whose = f" of {plain(first.workload)}" if first.workload else ""
            return f"{count(len(self.askers), plain(first.kind))}{whose}"
        return plain(first.ref)

    @property
    def each(self) -> str:
        """How it is called in a sentence."""
        return f"each of {self.name}" if len(self.askers) > 1 else self.name

    @property
    def signs(self) -> str:
        """Both answers as signs: "✓ → ✗"."""
        return f"{_sign(self.first.before)} → {_sign(self.first.after)}"

    @property
    def look(self) -> Look:
        return _LOOKS.get(self.first.kind, palette.PLAIN)


class _View:
    """One change of labels, ready to be drawn or told."""

    def __init__(self, facts: LabelChange, *, unfold: bool) -> None:
        self.facts = facts
        self.ref = plain(facts.ref)
        self.asks = "asks for" if facts.object.kind == "Node" else "selects"
        shown = [item for item in facts.askers if not _told_by_its_replicaset(item, facts.askers)]
        groups = fold(
            shown,
            lambda item: (item.kind, item.workload, item.selector, item.before, item.after, item.then),
            unfold=unfold,
        )
        self.stacks = [_Stack(f"a{at}", askers) for at, askers in enumerate(groups)]
        counts = Counter(_word(item) for item in shown)
        said = [f"{counts[word]} {told}" for word, told in _TOLD.items() if counts[word]]
        selectors = f"of the selectors, {', '.join(said)}" if said else "no object selects it"
        self.title = f"labels of {self.ref} before and after: {selectors}"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: before, the selectors, after; arrows lead from a selector to what it finds."""
        graph = digraph(ranksep="0.75", nodesep="0.12")
        sides = (self.before_lines(), self.after_lines())
        wide = width_for(sides, limit=_SIDE)
        look = _LOOKS.get(self.facts.object.kind, palette.PLAIN)
        for name, lines in zip(("before", "after"), sides, strict=True):
            graph.node(name, angle(box(lines, look, limit=_SIDE, width=wide)))
        if not self.stacks:
            graph.edge("before", "after")
            return str(graph.source)
        boxes = [self.stack_lines(stack) for stack in self.stacks]
        wide = width_for(boxes, limit=_MIDDLE)
        for stack, lines in zip(self.stacks, boxes, strict=True):
            markup = box(lines, stack.look, limit=_MIDDLE, width=wide, stacked=len(stack.askers) > 1)
            graph.node(stack.id, angle(markup))
        in_column(graph, [stack.id for stack in self.stacks])
        for stack in self.stacks:
            graph.edge("before", stack.id, **_arrow(stack.first.before, "back"))
            graph.edge(stack.id, "after", **_arrow(stack.first.after, "forward"))
        return str(graph.source)

    def name_lines(self, when: str) -> list[Line]:
        """Return the first lines of a side: when this is, and what."""
        obj = self.facts.object
        kind = note(f"   {plain(obj.kind)}", palette.MUTED)
        return [[bold(when), kind], [bold(short(plain(obj.name), _CUT, tail=8))]]

    def before_lines(self) -> list[Line]:
        """Return the lines of the object as it was."""
        lines: list[Line] = self.name_lines("before")
        touched = {*self.facts.removed, *self.facts.changed}
        lines += [
            _label(key, value, strong=key in touched) for key, value in sorted(self.facts.before.items())
        ]
        if not self.facts.before:
            lines.append([note("it had no labels", palette.MUTED)])
        if self.facts.owner:
            lines.append([note(f"owned by {plain(self.facts.owner)}", palette.MUTED)])
        return lines

    def after_lines(self) -> list[Line]:
        """Return the lines of the object as it is: each change marked by a sign and a word, and the end of it."""
        lines: list[Line] = self.name_lines("after")
        words = {edit.key: edit.word for edit in self.facts.edits}
        for key, value in sorted(self.facts.after.items()):
            word = words.get(key, "")
            touched = word in ("added", "changed")
            line = [*_label(key, value, strong=touched)]
            lines.append(
                [*line, note(f"  {_SIGNS[word]} {word}", palette.SERVICE.ink, whole=True)] if word else line
            )
        for edit in self.facts.edits:
            if edit.after is None:
                word = "removed" if edit.before is not None else "was not there"
                lines.append([bold(plain(edit.key)), note(f"  − {word}", palette.WARNING_INK, whole=True)])
        if not self.facts.after:
            lines.append([note("it has no labels", palette.MUTED)])
        return [*lines, [plain(self.facts.outcome)]]

    def stack_lines(self, stack: _Stack) -> list[Line]:
        """Return the lines of an asker's box: its two answers, its selector, why, and what follows."""
        first = stack.first
        ink = palette.WARNING_INK if first.before and not first.after else palette.INK
        answers = note(f"{stack.signs} {_word(first)}", ink, whole=True)
        lines: list[Line] = [[bold(short(stack.name, 34, tail=6)), "   ", answers]]
        if first.kind == "ReplicaSet" and first.workload:
            lines.append([note(f"of {plain(first.workload)}", palette.MUTED)])
        lines.append([f"{self.asks} ", bold(plain(first.selector.replace(",", ", ")))])
        if first.why:
            lines.append([f"{_sign(first.after)} {plain(first.why)}"])
        if first.then:
            lines.append([note(f"→ {plain(first.then)}", palette.MUTED)])
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: the labels, then each selector with both answers, why, and what follows."""
        lines = [self.title]
        lines.append(f"  before: {pairs(dict(sorted(self.facts.before.items()))) or '(no labels)'}")
        lines.append(f"  after:  {pairs(dict(sorted(self.facts.after.items()))) or '(no labels)'}")
        lines += [f"    {plain(edit)}" for edit in self.facts.edits]
        for stack in self.stacks:
            first = stack.first
            why = f": {plain(first.why)}" if first.why else ""
            lines.append(f"  {stack.signs}  {stack.each} {first.verdict}{why}")
            lines += indented([item.name for item in stack.askers], 9)
            lines.append(f"         it {self.asks} {plain(first.selector)}")
            if first.then:
                lines.append(f"         → {plain(first.then)}")
        return "\n".join([*lines, plain(self.facts.outcome)])

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        edits = listed((f"{edit}" for edit in self.facts.edits), 4)
        said = [f"The labels of {self.ref} before and after a change: {edits or 'none'}"]
        for stack in self.stacks[:6]:
            first = stack.first
            said.append(f"{stack.each} {first.verdict}: {plain(first.why or first.then)}")
        if len(self.stacks) > 6:
            said.append(f"{len(self.stacks) - 6} more selectors ask for it")
        return ". ".join([*said, plain(self.facts.outcome)])


_TOLD = {"lost": "lost it", "found now": "found it now", "as before": "answered as before"}
_LOOKS = {"Service": palette.SERVICE, "Pod": palette.POD, "Node": palette.NODE}
_SIGNS = {"added": "+", "changed": "~", "as it was": "="}


def _sign(found: bool) -> str:
    return "✓" if found else "✗"


def _word(asker: Asker) -> str:
    if asker.before == asker.after:
        return "as before"
    return "found now" if asker.after else "lost"


def _label(key: str, value: str, *, strong: bool) -> list[str | Run]:
    text = f"{plain(key)}={plain(value)}"
    return [bold(text) if strong else note(text, palette.MUTED)]


def _arrow(found: bool, direction: str) -> dict[str, str]:
    words = label([[bold("✓ found")] if found else [note("✗ not found", palette.WARNING_INK)]], padding=2)
    if found:
        return {"label": angle(words), "dir": direction, "penwidth": "1.6"}
    return {"label": angle(words), "dir": "none", "style": "dotted"}


def _told_by_its_replicaset(item: Asker, askers: tuple[Asker, ...]) -> bool:
    """Whether an asker is a Deployment whose ReplicaSet gives the same answers."""
    mine = f"{item.kind}/{item.name}"
    return item.kind == "Deployment" and any(
        other.kind == "ReplicaSet"
        and other.workload == mine
        and (other.before, other.after) == (item.before, item.after)
        for other in askers
    )
