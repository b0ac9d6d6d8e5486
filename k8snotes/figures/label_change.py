"""Draws a change of labels: the object before and after, and between them every selector that it concerns.

A selector is asked twice, with the labels before and after. Its two answers are the two links of its box; what
follows from them, such as a Pod that a ReplicaSet makes for one that it lost, stands in the box.
Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from k8snotes.facts.label_change import Asker, LabelChange
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import align
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    Words,
    aside,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import count, listed, pairs, plain

__all__ = ["label_change_figure"]

_CAPTION = (
    "Before the change on the left, after it on the right; between them, who asks for it by its labels."
)
_SIDE = 170  # points: a column of labels
_MIDDLE = 260
_CUT = 24  # columns of a name in a side box
_MOST_SAID = 6  # selectors in the alternative text


def label_change_figure(facts: LabelChange, *, unfold: bool = False) -> Figure:
    """Return a change of labels as a Figure.

    Args:
        facts: The object, its labels before and after, and what every selector that asks for it answers.
        unfold: Whether to show each asker where many that say the same would make a stack.

    >>> import k8snotes as kn
    >>> figure = label_change_figure(kn.load("guestbook").label("pod/client", "role=guest").facts)
    >>> print(figure.text.splitlines()[3])
        role: client → guest (changed)
    """
    story = _Story(facts, unfold=unfold)
    what = f"labels of {story.ref} before and after"
    return Figure(what, story.finding, facts, story.scene, caption=_CAPTION)


class _Stack(NamedTuple):
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


class _Story:
    """One change of labels: what was and is, and the selectors that it concerns, those alike as one."""

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
        answers = [f"{counts[word]} {told}" for word, told in _TOLD.items() if counts[word]]
        self.finding = f"of the selectors, {', '.join(answers)}" if answers else "no object selects it"

    def scene(self) -> Scene:
        """Return the scene: before, the selectors, after; arrows lead from a selector to what it finds."""
        facts = self.facts
        before, after = align([self.before_box(), self.after_box()])
        stacks = align([self.stack_box(stack) for stack in self.stacks])
        drawn: list[Drawn] = [before, after]
        if not stacks:
            drawn.append(Link("before", "after"))
        else:
            drawn += [*stacks, Column(box.id for box in stacks)]
        for stack in self.stacks:
            drawn.append(_link("before", stack.id, found=stack.first.before, way={"dir": "back"}))
            drawn.append(_link(stack.id, "after", found=stack.first.after, way={"dir": "forward"}))
        more = len(stacks) - _MOST_SAID
        told: list[Told] = [
            *(before, after),
            *(told_only(plain(edit), indent=4) for edit in facts.edits),
            *stacks,
            *([aside(f"{more} more selectors ask for it.")] if more > 0 else []),
            told_only(plain(facts.outcome), indent=0, alt=plain(facts.outcome)),
        ]
        edits = listed((f"{edit}" for edit in facts.edits), 4) or "none"
        opening = f"The labels of {self.ref} before and after a change: {edits}."
        return Scene(drawn, told, opening=opening, layout={"ranksep": "0.75", "nodesep": "0.12"})

    def side(self, when: str, labels: dict[str, str], lines: list[Line]) -> Box:
        """Return the box of the object as it was, or as it is; the outline tells its labels in one row."""
        obj = self.facts.object
        row = f"{f'{when}:':7} {pairs(dict(sorted(labels.items()))) or '(no labels)'}"
        head = Line([bold(when), note(f"   {plain(obj.kind)}", palette.MUTED)], row)
        name = drawn_only(bold(obj.name, most=_CUT, tail=8))
        look = _LOOKS.get(obj.kind, palette.PLAIN)
        return Box([head, name, *lines], look, id=when, limit=_SIDE, ref=self.ref, indent=2)

    def before_box(self) -> Box:
        """Return the box of the object as it was."""
        facts = self.facts
        touched = {*facts.removed, *facts.changed}
        lines = [
            drawn_only(_label(key, value, strong=key in touched))
            for key, value in sorted(facts.before.items())
        ]
        if not facts.before:
            lines.append(drawn_only(note("it had no labels", palette.MUTED)))
        if facts.owner:
            lines.append(drawn_only(note(f"owned by {plain(facts.owner)}", palette.MUTED)))
        return self.side("before", facts.before, lines)

    def after_box(self) -> Box:
        """Return the box of the object as it is: each change marked by a sign and a word, and the end of it."""
        facts = self.facts
        lines = []
        words = {edit.key: edit.word for edit in facts.edits}
        for key, value in sorted(facts.after.items()):
            word = words.get(key, "")
            runs = [_label(key, value, strong=word in ("added", "changed"))]
            if word:
                runs.append(note(f"  {_SIGNS[word]} {word}", palette.SERVICE.ink, whole=True))
            lines.append(drawn_only(runs))
        for edit in facts.edits:
            if edit.after is None:
                word = "removed" if edit.before is not None else "was not there"
                gone = note(f"  − {word}", palette.WARNING_INK, whole=True)
                lines.append(drawn_only([bold(edit.key), gone]))
        if not facts.after:
            lines.append(drawn_only(note("it has no labels", palette.MUTED)))
        return self.side("after", facts.after, [*lines, drawn_only(plain(facts.outcome))])

    def stack_box(self, stack: _Stack) -> Box:
        """Return the box of an asker: its two answers, its selector, why, and what follows."""
        first = stack.first
        ink = palette.WARNING_INK if first.before and not first.after else palette.INK
        answers = note(f"{stack.signs} {_word(first)}", ink, whole=True)
        told = f"{stack.signs}  {stack.each} {first.verdict}{f': {plain(first.why)}' if first.why else ''}"
        members = [item.name for item in stack.askers]
        head: Words = [bold(stack.name, most=34, tail=6), "   ", answers]
        lines = [Line(head, told, members=members, nested=9)]
        if first.kind == "ReplicaSet" and first.workload:
            lines.append(drawn_only(note(f"of {plain(first.workload)}", palette.MUTED)))
        selector = plain(first.selector)
        shown = bold(selector.replace(",", ", "), told=selector)
        lines.append(Line([Run("", told="it "), f"{self.asks} ", shown], indent=7))
        if first.why:
            lines.append(drawn_only(f"{_sign(first.after)} {plain(first.why)}"))
        if first.then:
            lines.append(Line(note(f"→ {plain(first.then)}", palette.MUTED), indent=7))
        sentence = f"{stack.each} {first.verdict}: {plain(first.why or first.then)}."
        return Box(
            lines,
            stack.look,
            id=stack.id,
            limit=_MIDDLE,
            stacked=len(stack.askers) > 1,
            ref="" if len(stack.askers) > 1 else first.ref,
            indent=2,
            alt=sentence if stack in self.stacks[:_MOST_SAID] else "",
        )


_TOLD = {"lost": "lost it", "found now": "found it now", "as before": "answered as before"}
_LOOKS = {"Service": palette.SERVICE, "Pod": palette.POD, "Node": palette.NODE}
_SIGNS = {"added": "+", "changed": "~", "as it was": "="}


def _sign(found: bool) -> str:
    return "✓" if found else "✗"


def _word(asker: Asker) -> str:
    if asker.before == asker.after:
        return "as before"
    return "found now" if asker.after else "lost"


def _label(key: str, value: str, *, strong: bool) -> Run:
    text = f"{plain(key)}={plain(value)}"
    return bold(text) if strong else note(text, palette.MUTED)


def _link(tail: str, head: str, *, found: bool, way: dict[str, str]) -> Link:
    """Return the arrow between the object and a selector; it leads to the object where that is found."""
    if found:
        return Link(tail, head, {**way, **palette.TRAFFIC}, words=Label([bold("✓ found")], padding=2))
    words = Label([note("✗ not found", palette.WARNING_INK)], padding=2)
    return Link(tail, head, {"dir": "none", **palette.WAITING}, words=words)


def _told_by_its_replicaset(item: Asker, askers: tuple[Asker, ...]) -> bool:
    """Whether an asker is a Deployment, and its ReplicaSet gives the same answers."""
    mine = f"{item.kind}/{item.name}"
    return item.kind == "Deployment" and any(
        other.kind == "ReplicaSet"
        and other.workload == mine
        and (other.before, other.after) == (item.before, item.after)
        for other in askers
    )
