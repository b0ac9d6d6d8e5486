"""Draws a change of labels: the object before and after, and between them every selector that it concerns.

Each selector is compared with the labels before and with the labels after. Its two answers are the two links of its
box. The box also says what follows from them, such as a Pod that a ReplicaSet creates for one that it lost.
Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.label_change import Asker, LabelChange
from k8snotes.facts.timeline import counted
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, stand, within
from k8snotes.figures.measure import rows_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import SIDE
from k8snotes.figures.scene import (
    GAP,
    Box,
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
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import listed, pairs, phrases, plain

__all__ = ["label_change_figure"]

_CAPTION = _(
    "The labels before the change are on the left, the labels after it are on the right. "
    "Between them are the objects whose selectors match before or after."
)
_SIDE, _MIDDLE = 222, 290  # pixels: a column of labels, and one of selectors
_SELECTORS, _AFTER = 268, 604  # pixels: where these columns begin
_HEAD = 26  # pixels: the heads of the columns
_MOST_ROWS = 24  # of labels of the object, before and after
_MOST_SAID = 6  # selectors in the alternative text


def label_change_figure(facts: LabelChange, *, unfold: bool = False) -> Figure:
    """Return a change of labels as a Figure.

    Args:
        facts: The object, its labels before and after, and the answers of every selector that matches them.
        unfold: Whether to show each object with a selector, even if many have the same answers.

    >>> import k8snotes as kn
    >>> figure = label_change_figure(kn.load("guestbook").label("pod/client", "role=guest").facts)
    >>> print(figure.text.splitlines()[3])
        role: client → guest (changed)
    """
    story = _Story(facts, unfold=unfold)
    what = _("labels of {object} before and after", object=story.ref)
    return Figure(what, story.finding, facts, story.scene, caption=_CAPTION)


class _Stack(NamedTuple):
    """Objects whose selectors have the same answers: one box of the picture."""

    id: str
    askers: tuple[Asker, ...]

    @property
    def first(self) -> Asker:
        return self.askers[0]

    @property
    def name(self) -> str:
        """Its name: a reference, or how many Pods of which workload."""
        first, number = self.first, len(self.askers)
        if number == 1:
            return plain(first.ref)
        return counted(number, plain(first.kind), plain(first.workload))

    @property
    def each(self) -> str:
        """Its name in a sentence."""
        return _("each of {objects}", objects=self.name) if len(self.askers) > 1 else self.name

    @property
    def words(self) -> str:
        """The answers in a sentence."""
        return plain(self.first.says(self.each))

    @property
    def signs(self) -> str:
        """Both answers as signs: "✓ → ✗"."""
        return f"{_sign(self.first.before)} → {_sign(self.first.after)}"

    @property
    def look(self) -> Look:
        return _LOOKS.get(self.first.kind, palette.PLAIN)


class _Story:
    """One change of labels: the labels before and after, and the selectors that they concern, those alike as one."""

    def __init__(self, facts: LabelChange, *, unfold: bool) -> None:
        self.facts = facts
        self.ref = plain(facts.ref)
        shown = [item for item in facts.askers if not _told_by_its_replicaset(item, facts.askers)]
        groups = fold(
            shown,
            lambda item: (item.kind, item.workload, item.selector, item.before, item.after, item.then),
            unfold=unfold,
            most=1,
        )
        self.unfold = unfold
        self.stacks = [_Stack(f"a{at}", askers) for at, askers in enumerate(groups)]
        self.counts = Counter(_word(item) for item in shown)

    def finding(self) -> str:
        """Say how many selectors have another answer now, and how many the same."""
        lost, found, same = (self.counts[word] for word in ("lost", "found now", "as before"))
        answers: list[str] = []
        if lost:
            answers.append(ngettext("{n} selector no longer matches", "{n} selectors no longer match", lost))
        if found:
            answers.append(ngettext("{n} selector matches now", "{n} selectors match now", found))
        if same:
            answers.append(ngettext("{n} selector matches as before", "{n} selectors match as before", same))
        return phrases(*answers) or _("no object selects it")

    def scene(self) -> Scene:
        """Return the scene: before, the selectors, after; arrows lead from a selector to labels that it matches."""
        facts = self.facts
        before, after = self.before_box(), self.after_box()
        stacks = [self.stack_box(stack) for stack in self.stacks]
        room = math.inf if self.unfold else HIGHEST - _HEAD
        shown = within(stacks, room, _rest)
        ids = {box.id for box in shown}
        links = [
            Link(stack.id, side, palette.TRAFFIC if found else palette.CUT)
            for stack in self.stacks
            if stack.id in ids
            for side, found in (("before", stack.first.before), ("after", stack.first.after))
        ]
        if not stacks:
            links = [Link("before", "after")]
        stand([(0, [before]), (_SELECTORS, shown), (_AFTER, [after])], links, _HEAD)
        heads = [
            Label([Run(str(title), bold=True)], at=(x, 0))
            for x, title in (
                (0, _("before")),
                (_SELECTORS, _("selectors that it concerns")),
                (_AFTER, _("after")),
            )
            if stacks or x != _SELECTORS
        ]
        drawn: list[Drawn] = [*heads, before, *shown, after, *links]
        more = len(stacks) - _MOST_SAID
        told: list[Told] = [
            *(before, after),
            *(told_only(plain(edit), indent=4) for edit in facts.edits),
            *stacks,
        ]
        if more > 0:
            told.append(aside(ngettext("There is {n} more selector.", "There are {n} more selectors.", more)))
        told.append(told_only(plain(facts.outcome), indent=0, alt=plain(facts.outcome)))
        edits = listed((f"{edit}" for edit in facts.edits), 4) or _("none")
        opening = _(
            "The labels of {object} before and after a change: {edits}.", object=self.ref, edits=edits
        )
        return Scene(drawn, told, opening=opening)

    def side(self, name: str, when: str, told: str, lines: list[Line]) -> Box:
        """Return the box of the object before or after.

        Args:
            name: The id of the box.
            when: The head of the box.
            told: The outline's line, which has all labels.
            lines: What the picture says in the box.
        """
        obj = self.facts.object
        head = Line([bold(obj.name, most=60), state(plain(obj.kind), palette.LEFT_OUT)], told)
        look = _LOOKS.get(obj.kind, palette.PLAIN)
        return Box(
            [head, *lines], look, id=name, width=_SIDE, ref=self.ref, title=phrases(self.ref, when), indent=2
        )

    def before_box(self) -> Box:
        """Return the box of the object before the change."""
        facts = self.facts
        touched = {*facts.removed, *facts.changed}
        lines = self.fitting(
            [
                (key in touched, drawn_only(_label(key, value, strong=key in touched)))
                for key, value in sorted(facts.before.items())
            ]
        )
        if not facts.before:
            lines.append(drawn_only(note(_("it had no labels"), palette.MUTED)))
        if facts.owner:
            lines.append(drawn_only(note(_("owned by {owner}", owner=plain(facts.owner)), palette.MUTED)))
        told = _("before: {labels}", labels=_row(facts.before))
        return self.side("before", _("before"), told, lines)

    def after_box(self) -> Box:
        """Return the box of the object after the change: each changed label has a sign and a word."""
        facts = self.facts
        labels = []
        edits = {edit.key: edit for edit in facts.edits}
        for key, value in sorted(facts.after.items()):
            edit = edits.get(key)
            runs = [_label(key, value, strong=edit is not None and edit.word in ("added", "changed"))]
            if edit:
                runs.append(note(f"  {_SIGNS[edit.word]} {edit.said}", palette.SERVICE.ink, whole=True))
            labels.append((edit is not None, drawn_only(runs)))
        for edit in facts.edits:
            if edit.after is None:
                word = _("removed") if edit.before is not None else _("was not there")
                gone = note(f"  − {word}", palette.WARNING_INK, whole=True)
                labels.append((True, drawn_only([literal(edit.key)._replace(bold=True), gone])))
        lines = self.fitting(labels)
        if not facts.after:
            lines.append(drawn_only(note(_("it has no labels"), palette.MUTED)))
        lines.append(drawn_only(note(plain(facts.outcome))))
        told = _("after:  {labels}", labels=_row(facts.after))
        return self.side("after", _("after"), told, lines)

    def fitting(self, labels: Sequence[tuple[bool, Line]]) -> list[Line]:
        """Return the lines of labels, as many as there is room for: those that the change is about first."""
        order = sorted(range(len(labels)), key=lambda at: not labels[at][0])
        room, shown = _MOST_ROWS, set[int]()
        for at in order:
            room -= rows_of([labels[at][1]], _SIDE - 2 * SIDE)
            if room < 0 and not self.unfold:
                break
            shown.add(at)
        lines = [line for at, (_touched, line) in enumerate(labels) if at in shown]
        rest = len(labels) - len(lines)
        more = [drawn_only(note(ngettext("and {n} more", "and {n} more", rest)))] if rest else []
        return [*lines, *more]

    def asks(self, selector: str) -> Text:
        """Say that an object asks for certain labels of a Node, or selects objects by them."""
        if self.facts.object.kind == "Node":
            return _("it asks for {selector}", selector=selector)
        return _("it selects {selector}", selector=selector)

    def stack_box(self, stack: _Stack) -> Box:
        """Return the box of an object with a selector: its two answers, the selector, why, and what follows."""
        first = stack.first
        ink = palette.WARNING_INK if first.before and not first.after else palette.INK
        answers = state(f"{stack.signs} {_SAID[_word(first)]}")._replace(color=ink)
        told = f"{stack.signs}  {stack.words}"
        members = [item.name for item in stack.askers]
        head: Words = [bold(stack.name, most=60), GAP, answers]
        lines = [Line(head, told, members=members, nested=9)]
        if first.kind == "ReplicaSet" and first.workload:
            of = _("of {workload}", workload=plain(first.workload))
            lines.append(drawn_only(note(of, palette.MUTED)))
        selector = plain(first.selector)
        asked = [
            run if isinstance(run, Run) else note(run)
            for run in emphasized(self.asks(HERE), literal(selector.replace(",", ", ")))
        ]
        lines.append(Line(asked, self.asks(selector), indent=7))
        if first.why:
            lines.append(drawn_only(note(f"{_sign(first.after)} {plain(first.why)}", palette.INK)))
        if first.then:
            lines.append(Line(note(f"→ {plain(first.then)}", palette.MUTED), indent=7))
        sentence = _("{sentence}.", sentence=stack.words)
        return Box(
            lines,
            stack.look,
            id=stack.id,
            width=_MIDDLE,
            stacked=len(stack.askers) > 1,
            ref="" if len(stack.askers) > 1 else first.ref,
            indent=2,
            alt=sentence if stack in self.stacks[:_MOST_SAID] else "",
        )


_SAID = {"lost": _("no longer matches"), "found now": _("matches now"), "as before": _("as before")}
_LOOKS = {"Service": palette.SERVICE, "Pod": palette.POD, "Node": palette.NODE}
_SIGNS = {"added": "+", "changed": "~", "as it was": "="}


def _sign(found: bool) -> str:
    return "✓" if found else "✗"


def _word(asker: Asker) -> str:
    if asker.before == asker.after:
        return "as before"
    return "found now" if asker.after else "lost"


def _row(labels: dict[str, str]) -> str:
    return pairs(dict(sorted(labels.items()))) or _("(no labels)")


def _label(key: str, value: str, *, strong: bool) -> Run:
    text = f"{plain(key)}={plain(value)}"
    return literal(text)._replace(bold=strong, color="" if strong else palette.MUTED)


def _rest(number: int) -> Box:
    """Return the box that counts the selectors that there is no room for."""
    words = ngettext("and {n} selector more", "and {n} selectors more", number)
    return Box([drawn_only(note(words))], width=_MIDDLE)


def _told_by_its_replicaset(item: Asker, askers: tuple[Asker, ...]) -> bool:
    """Whether an object is a Deployment, and its ReplicaSet has the same answers."""
    mine = f"{item.kind}/{item.name}"
    return item.kind == "Deployment" and any(
        other.kind == "ReplicaSet"
        and other.workload == mine
        and (other.before, other.after) == (item.before, item.after)
        for other in askers
    )
