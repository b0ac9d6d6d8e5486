"""Draws a diagnosis: the flow chart of troubleshooting, from top to bottom, with the answers of this cluster.

The way that was taken is drawn with thick arrows; it ends at the first fault, which says what to change. Questions behind
it were not asked. If a chart were too high for a screen, the first questions that were answered well have one line each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.diagnosis import Diagnosis, Step
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import pixels, rows_of
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import Box, Line, Link, Run, Scene, Told, bold, drawn_only, note, told_only
from k8snotes.figures.wording import plain

__all__ = ["diagnosis_figure"]

_CAPTION = _(
    "Read from top to bottom: the first ✗ is the fault, and the questions behind it are not asked. Each line of kubectl "
    "asks the same on a real cluster; the picture in words has one for every question."
)
_WIDE = 590  # points: a box
_LIMIT = 576  # points: a line in it
_GAP = 12  # points: between a question and its answer in one line
_HIGH = 450  # points: so much of a chart fits a screen
_LINE, _NEXT, _FRAME = 19, 14, 16  # points: a line, the rest of a wrapped one, a frame with the gap under it
_LOOKS = {"✓": palette.POD, "✗": palette.ERROR, "?": palette.NOT_READY, "·": palette.LEFT_OUT}


def diagnosis_figure(facts: Diagnosis) -> Figure:
    """Return a diagnosis as a Figure.

    Args:
        facts: The questions with their answers.

    >>> import k8snotes as kn
    >>> print(diagnosis_figure(kn.load("guestbook-broken").diagnose("svc/search").facts).title)
    service/search: ✗ question 4 of 9 finds the fault
    """
    return Figure(
        plain(facts.target), lambda: _finding(facts), facts, lambda: _scene(facts), caption=_CAPTION
    )


def _finding(facts: Diagnosis) -> str:
    """Say whether there is a fault, and at which question."""
    fault, number = facts.fault, len(facts.steps)
    if fault is not None:
        at = facts.steps.index(fault) + 1
        return _("✗ question {at} of {n} finds the fault", at=at, n=number)
    if facts.ok:
        return ngettext("✓ no fault ({n} question)", "✓ no fault ({n} questions)", number)
    return _("no fault is found, and the end is not known here")


def _scene(facts: Diagnosis) -> Scene:
    """Return the scene: a box for each question that was asked, and one for the others."""
    asked = [step for step in facts.steps if step.asked]
    rest = facts.steps[len(asked) :]
    boxes = [_box(f"q{at}", step) for at, step in enumerate(asked)]
    full = list(boxes)
    at = 0
    while sum(map(_height, boxes)) + (_FRAME + _LINE + _NEXT if rest else 0) > _HIGH and at < len(asked) - 1:
        if asked[at].ok is not False and not asked[at].hint:
            boxes[at] = _short(f"q{at}", asked[at])
        at += 1
    told: list[Told] = [*full]
    ids = [box.id for box in boxes]
    drawn: list[Box | Link] = [*boxes]
    drawn += [Link(above, below, palette.TRAFFIC) for above, below in pairwise(ids)]
    if rest:
        box = _unasked(rest)
        drawn += [box, Link(ids[-1], box.id, palette.CUT)]
        told.append(box)
    told += [told_only(plain(item)) for item in facts.notes]
    return Scene(
        drawn, told, opening=_opening(facts), layout={"rankdir": "TB", "ranksep": "0.12", "nodesep": "0.1"}
    )


def _opening(facts: Diagnosis) -> str:
    """Say what was asked about, and what was found."""
    target, fault = plain(facts.target), facts.fault
    if fault is None:
        return _("Diagnosis of {target}: {finding}.", target=target, finding=_finding(facts))
    return _(
        "Diagnosis of {target}: {finding}. {question} {answer}. {hint}",
        target=target,
        finding=_finding(facts),
        question=plain(fault.question),
        answer=plain(fault.answer),
        hint=plain(fault.hint),
    ).rstrip()


def _box(name: str, step: Step) -> Box:
    """Return the box of a question: its answer, the line of kubectl, and what to change."""
    look = _LOOKS[step.sign]
    question, answer = bold(f"{step.sign} {step.question}"), note(step.answer, look.ink)
    if step.ok is False:
        lines = [Line([question]), Line(answer)]
        if step.hint:
            lines.append(Line([bold(_("What to change: {hint}", hint=plain(step.hint)))]))
    else:
        lines = [Line([question, "  ", answer])]
        if step.hint:
            lines.append(Line(note(step.hint, palette.INK)))
    if step.kubectl:
        lines.append(Line(Run(f"$ {step.kubectl}", color=palette.MUTED, literal=True)))
    return Box(lines, look, id=name, limit=_LIMIT, width=_WIDE, fault=step.ok is False)


def _short(name: str, step: Step) -> Box:
    """Return the box of a question in one line."""
    look: Look = _LOOKS[step.sign]
    question = f"{step.sign} {step.question}"
    room = _LIMIT - pixels(question, bold=True) - _GAP
    answer = plain(step.answer)
    while answer and pixels(f"{answer}…") > room:
        answer = answer[:-1]
    answer = answer if answer == plain(step.answer) else f"{answer}…"
    line = drawn_only([bold(question), "  ", note(answer, look.ink)])
    return Box([line], look, id=name, limit=_LIMIT, width=_WIDE)


def _unasked(steps: Sequence[Step]) -> Box:
    """Return the box of the questions that were not asked."""
    head = ngettext("{n} more question is not asked:", "{n} more questions are not asked:", len(steps))
    questions = " ".join(plain(step.question) for step in steps)
    lines = [Line(note(head, palette.MUTED)), drawn_only(note(questions, palette.MUTED))]
    lines += [told_only(f"· {plain(step.question)}") for step in steps]
    return Box(lines, palette.LEFT_OUT, id="rest", limit=_LIMIT, width=_WIDE)


def _height(box: Box) -> int:
    """Return about how high a box is with the gap under it, in points."""
    drawn = [line for line in box.lines if line.drawn]
    rows = sum(rows_of([line], _LIMIT) for line in drawn)
    return _FRAME + _LINE * len(drawn) + _NEXT * (rows - len(drawn))
