"""Draws a selection: what a label selector finds on the right, what it leaves out and why on the left.

Between them is the selector, with the number of objects that meet each requirement. A comma means and: an object is
found if it meets every requirement. An object that misses one by a letter or two is called a near miss.
Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import math
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.selection import Selected, Selection
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, stand, within
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    aside,
    drawn_only,
    heading,
    literal,
    note,
    told_only,
)
from k8snotes.figures.stacks import EACH, Names, fold, names_drawn
from k8snotes.figures.states import said
from k8snotes.figures.wording import listed, noted, pairs, plain

__all__ = ["selection_figure"]

_CAPTION = _(
    "On the right is what the selector finds. On the left is what it leaves out, with the reason for each object."
)
_SIDE, _MIDDLE = 300, 170  # pixels: the boxes at the sides, and the selector between them
_SELECTOR, _FOUND = 328, 526  # pixels: where the selector begins, and what it finds
_HEAD = 26  # pixels: the heads of the columns
_MOST_ASKED = 8  # requirements of a selector that are drawn
_MOST_SAID = 6  # objects that the alternative text names


def selection_figure(facts: Selection, *, unfold: bool = False) -> Figure:
    """Return a selection as a Figure.

    Args:
        facts: The selector, and every object that was looked at with what the selector says of it.
        unfold: Whether to show each object where many that say the same would make a stack.

    >>> import k8snotes as kn
    >>> figure = selection_figure(kn.load("guestbook").selection("tier=cache").facts)
    >>> print(figure.text.splitlines()[2])
      tier=cache: 2 of 9 meet it
    """
    story = _Story(facts, unfold=unfold)
    what = _("selection {selector}", selector=story.shown)
    return Figure(what, story.finding, facts, story.scene, verdict=story.verdict, caption=_CAPTION)


def _rest(number: int) -> Box:
    """Return the box that counts what there is no room for."""
    return Box([drawn_only(note(ngettext("and {n} box more", "and {n} boxes more", number)))], width=_SIDE)


class _Stack(NamedTuple):
    """Objects that say the same: one box of the picture."""

    items: tuple[Selected, ...]

    @property
    def first(self) -> Selected:
        return self.items[0]


class _Story:
    """One selection: what is found, what is left out, and why."""

    def __init__(self, facts: Selection, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        self.text_of = plain(facts.selector)
        self.names = Names(facts.items)
        kinds = {item.kind for item in facts.items}
        kinds |= {"Pod"} if facts.resource == "pods" else set()
        self.kind = plain(kinds.pop()) if len(kinds) == 1 else ""
        stacks = fold(
            facts.items,
            lambda item: (
                item.namespace,
                item.kind,
                item.workload,
                item.matches,
                tuple(item.labels.items()),
            ),
            unfold=unfold,
            most=1,
        )
        made = [_Stack(items) for items in stacks]
        self.matching = [stack for stack in made if stack.first.matches]
        self.left_out = [stack for stack in made if not stack.first.matches]

    @property
    def shown(self) -> str:
        """The selector as text, or in words where it is empty."""
        if self.facts.selector.matches_nothing:
            return _("(no selector)")
        return self.text_of or _("(empty selector)")

    def finding(self) -> str:
        """Say how many of how many objects the selector finds."""
        found, total = len(self.facts.matched), len(self.facts.items)
        if self.kind == "Pod":
            return ngettext("{found} of {n} Pod", "{found} of {n} Pods", total, found=found)
        if self.kind:
            return ngettext(
                "{found} of {n} object of kind {kind}",
                "{found} of {n} objects of kind {kind}",
                total,
                found=found,
                kind=self.kind,
            )
        return ngettext("{found} of {n} object", "{found} of {n} objects", total, found=found)

    def verdict(self) -> str:
        """Say what the selector finds, or that it finds nothing."""
        sign = "✓" if self.matching else "✗"
        return f"{sign} {_('{selector} finds {finding}', selector=self.shown, finding=self.finding())}"

    def title(self, stack: _Stack) -> str:
        """Return the name of an object, or of a stack of them."""
        return self.names.stack(stack.items)

    def why(self, stack: _Stack) -> list[tuple[str, str]]:
        """Return, for each requirement that failed, the reason and the near miss ("" for none)."""
        failed = [part for part in stack.first.explanation.parts if not part.ok]
        if not failed:
            return [(_("there is no selector, and a missing selector matches nothing"), "")]
        return [(plain(part.why), plain(part.near)) for part in failed]

    def scene(self) -> Scene:
        """Return the scene: what is left out, the selector, and what it finds, from left to right."""
        total, matched = len(self.facts.items), len(self.facts.matched)
        missed = total - matched
        left_out = [self.stack_box(f"o{at}", stack) for at, stack in enumerate(self.left_out)]
        matching = [self.stack_box(f"m{at}", stack) for at, stack in enumerate(self.matching)]
        selector = Box(self.selector_lines(), id="selector", width=_MIDDLE, indent=0)
        room = math.inf if self.unfold else HIGHEST - _HEAD
        missed_boxes, found_boxes = (within(boxes, room, _rest) for boxes in (left_out, matching))
        links = [Link("selector", box.id) for box in found_boxes]
        stand([(0, missed_boxes), (_FOUND, found_boxes), (_SELECTOR, [selector])], links, _HEAD)
        titles = (
            (0, palette.LEFT_OUT, f"✗ {_('left out: {n} of {total}', n=missed, total=total)}"),
            (
                _FOUND,
                palette.POD if matched else palette.LEFT_OUT,
                f"{'✓' if matched else '✗'} {_('found: {n} of {total}', n=matched, total=total)}",
            ),
        )
        heads = [Label([Run(title, bold=True, color=look.ink)], at=(x, 0)) for x, look, title in titles]
        drawn: list[Drawn] = [*heads, *missed_boxes, selector, *found_boxes, *links]
        told: list[Told] = [
            selector,
            told_only(_("found ({n})", n=matched), indent=0),
            *matching,
            told_only(_("left out ({n})", n=missed), indent=0),
            *left_out,
        ]
        more = len(left_out) - _MOST_SAID
        if more > 0:
            told.append(aside(ngettext("{n} more is left out.", "{n} more are left out.", more)))
        return Scene(drawn, told, opening=self.opening())

    def opening(self) -> str:
        """Say what the selector finds, in a sentence."""
        selector, finding = self.shown, self.finding()
        if not self.matching:
            return _("The label selector {selector} finds {finding}.", selector=selector, finding=finding)
        return _(
            "The label selector {selector} finds {finding}: {names}.",
            selector=selector,
            finding=finding,
            names=listed((self.title(stack) for stack in self.matching), 6),
        )

    def selector_lines(self) -> list[Line]:
        """Return the lines of the selector's box: each requirement, and how many meet it."""
        lines = [drawn_only(note(_("label selector")))]
        requirements, items = self.facts.selector.requirements, self.facts.items
        if self.facts.selector.matches_nothing:
            lines.append(drawn_only(_("there is none, and a missing selector finds nothing")))
        elif not requirements:
            lines.append(drawn_only(_("it is empty, and an empty selector finds everything")))
        met = [sum(item.explanation.parts[at].ok for item in items) for at in range(len(requirements))]
        # where there is no room for all, those that most objects fail
        hardest = sorted(range(len(requirements)), key=met.__getitem__)
        drawn = {*hardest} if self.unfold or len(hardest) <= _MOST_ASKED else {*hardest[: _MOST_ASKED - 1]}
        for at, requirement in enumerate(requirements):
            told = ngettext("{n} of {total} meets it", "{n} of {total} meet it", met[at], total=len(items))
            asked = literal(requirement)._replace(bold=True)
            lines.append(Line(asked, shown=at in drawn))
            lines.append(Line(note(f"{'✓' if met[at] else '✗'} {told}"), told, after=": ", shown=at in drawn))
        if rest := len(requirements) - len(drawn):
            lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", rest))))
        if len(requirements) > 1:
            lines.append(drawn_only(note(_("a comma means and"))))
        return lines

    def stack_box(self, name: str, stack: _Stack) -> Box:
        """Return the box of an object: its name, the labels that the selector asks for, and what failed.

        The picture has the labels that the selector asks for and counts the others; the outline has all of them.
        """
        first, title = stack.first, self.title(stack)
        sign = "✓" if first.matches else "✗"
        labels = pairs(first.labels)
        if first.matches:
            called = noted(f"{sign} {title}", said(first.state) if first.state else "")
            told = f"{called}  {labels}"
        else:
            told = f"{sign} {title}  {labels or _('(no labels)')}"
        look = palette.POD if first.matches else palette.LEFT_OUT
        head = heading(self.names.bare(stack.items), sign, look)
        lines = [Line(head, told, members=[item.name for item in stack.items])]
        if len(stack.items) > 1:
            lines += names_drawn(stack.items, lambda item: item.name)
        keys = {requirement.key for requirement in self.facts.selector.requirements}
        mine = {key: value for key, value in first.labels.items() if key in keys}
        other = len(first.labels) - len(mine)
        more = ""
        if other and mine:
            more = f" {ngettext('and {n} more', 'and {n} more', other)}"
        elif other:
            more = ngettext("{n} other label", "{n} other labels", other)
        shown = pairs(mine) if labels else _("it has no labels")
        shown_runs = literal(shown) if labels else note(shown)
        lines.append(drawn_only([shown_runs, note(more), self.names.place(first)]))
        if first.matches and first.state not in ("", "ready"):
            state = _("({state}, but a selector looks only at labels)", state=said(first.state))
            lines.append(drawn_only(note(state, palette.MUTED)))
        sentence: str = ""
        if not first.matches:
            reasons = self.why(stack)
            most = len(reasons) if self.unfold or len(reasons) <= EACH else EACH - 1
            for at, (why, near) in enumerate(reasons):
                shown_too = at < most
                lines.append(Line(note(f"✗ {why}", palette.WARNING_INK), why, indent=4, shown=shown_too))
                if near:
                    miss = _("near miss: {why}", why=near)
                    ink = palette.WARNING_INK
                    lines.append(Line(note(miss, ink), miss, after=" (", shown=shown_too))
            if rest := len(reasons) - most:
                lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", rest))))
            why, near = reasons[0]
            if near:
                sentence = _("It leaves out {name}: {why} ({near}).", name=title, why=why, near=near)
            else:
                sentence = _("It leaves out {name}: {why}.", name=title, why=why)
        return Box(
            lines,
            look,
            id=name,
            width=_SIDE,
            ref=first.ref if len(stack.items) == 1 else "",
            indent=2,
            alt=sentence if stack in self.left_out[:_MOST_SAID] else "",
        )
