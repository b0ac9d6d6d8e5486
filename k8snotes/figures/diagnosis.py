"""Draws a diagnosis: the questions of troubleshooting on a spine, from top to bottom, with the answers of this cluster.

The spine is thick as far as the questions were asked. It ends at the first fault, which alone is vermilion; beside it
stands what to change. Questions behind it were not asked. Where a chart were too high for a screen, questions that were
not asked, and then the first ones that were answered well, have one line each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.diagnosis import Diagnosis, Step
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, WIDEST, stack
from k8snotes.figures.measure import SIZE, SMALL, pixels, wide_of
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Mark,
    Path,
    Run,
    Scene,
    Told,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.wording import plain

__all__ = ["diagnosis_figure"]

_CAPTION = _(
    "The thick line is the way that was taken. It ends at the first fault ✗; what is dotted behind it was not asked. Each "
    "line of kubectl asks the same on a real cluster, and a click on a question copies it."
)
_SPINE = 14  # pixels: the middle of the spine, and of the circles on it
_CIRCLE = 24  # pixels
_LEFT = 36  # pixels: where the questions begin
_HALF = 440  # pixels: a question beside what to change
_CARD = _LEFT + _HALF + 28  # pixels: where that begins
_WHOLE = WIDEST - 8 - _LEFT  # pixels: a question that has nothing beside it
_SIDES = 18  # pixels of a box that have no text
_HIGH = HIGHEST - 4
_CLOSE = 4  # pixels between questions of one line
_MIDDLE = 15  # pixels: from the top of a box to the middle of its first line
_LOOKS = {"✓": palette.POD, "✗": palette.FAULT, "?": palette.NOT_READY, "·": palette.LEFT_OUT}
_TO_CARD: Mapping[str, str] = {"arrowhead": "none", "penwidth": "3", "color": palette.FAULT.line}
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])|(?<=。)")

_FAULTS: Mapping[str, Callable[[str], Text]] = {
    "service": lambda target: _("✗ {target}: it is not there", target=target),
    "pod": lambda target: _("✗ {target}: it is not there", target=target),
    "address": lambda target: _("✗ {target}: nothing has this address", target=target),
    "class": lambda target: _("✗ {target}: no controller acts on it", target=target),
    "proxy": lambda target: _("✗ {target}: the request does not reach the proxy", target=target),
    "host": lambda target: _("✗ {target}: there is no rule for this host", target=target),
    "path": lambda target: _("✗ {target}: no rule matches this path", target=target),
    "backend": lambda target: _(
        "✗ {target}: the Service that the rule names is not there with its port", target=target
    ),
    "selector": lambda target: _("✗ {target}: no Pod is behind it", target=target),
    "scheduled": lambda target: _("✗ {target}: a Pod has no Node", target=target),
    "image": lambda target: _("✗ {target}: an image cannot be pulled", target=target),
    "started": lambda target: _("✗ {target}: a container does not start", target=target),
    "running": lambda target: _("✗ {target}: a container does not keep running", target=target),
    "ready": lambda target: _("✗ {target}: no Pod is ready", target=target),
    "port": lambda target: _("✗ {target}: its ports do not fit those of the Pods", target=target),
    "listen": lambda target: _("✗ {target}: no program listens on the port", target=target),
    "policy": lambda target: _("✗ {target}: a NetworkPolicy drops the packet", target=target),
    "rules": lambda target: _("✗ {target}: the packet does not get to a Pod", target=target),
    "dns": lambda target: _("✗ {target}: DNS does not know the name", target=target),
    "answer": lambda target: _("✗ {target}: there is no answer", target=target),
}


def diagnosis_figure(facts: Diagnosis) -> Figure:
    """Return a diagnosis as a Figure.

    Args:
        facts: The questions with their answers.

    >>> import k8snotes as kn
    >>> figure = diagnosis_figure(kn.load("guestbook-broken").diagnose("svc/search").facts)
    >>> print(figure.verdict, "|", figure.finding)
    ✗ service/search: its ports do not fit those of the Pods | question 4 of 9 finds the fault
    """
    return Figure(
        plain(facts.target),
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _verdict(facts: Diagnosis) -> str:
    """Say in a sentence what the fault is, "" if there is none."""
    fault = facts.fault
    return str(_FAULTS[fault.code](plain(facts.target))) if fault is not None else ""


def _finding(facts: Diagnosis) -> str:
    """Say whether there is a fault, and at which question."""
    fault, number = facts.fault, len(facts.steps)
    if fault is not None:
        return _("question {at} of {n} finds the fault", at=facts.steps.index(fault) + 1, n=number)
    if facts.ok:
        return ngettext("✓ no fault ({n} question)", "✓ no fault ({n} questions)", number)
    return _("no fault is found, and the end is not known here")


def _scene(facts: Diagnosis) -> Scene:
    """Return the scene: the spine, a box for each question on it, and what to change beside the fault."""
    card = _card(facts)
    width = _WHOLE if card is None else _HALF
    boxes = _fitting(facts.steps, width)
    drawn: list[Drawn] = [*_spine(facts.steps, boxes), *boxes]
    if card is not None and facts.fault is not None:
        at = facts.steps.index(facts.fault)
        _x, top = boxes[at].at or (0, 0)
        card.at = (_CARD, max(0, min(top, _HIGH - size_of(card)[1])))
        drawn += [card, Link(f"q{at}:0:e", "card:0:w", _TO_CARD)]
    told: list[Told] = [_told(step) for step in facts.steps if step.asked]
    rest = [step for step in facts.steps if not step.asked]
    if rest:
        told.append(
            told_only(
                ngettext("{n} more question is not asked:", "{n} more questions are not asked:", len(rest)),
                indent=0,
            )
        )
        told += [told_only(f"· {plain(step.question)}") for step in rest]
    told += [told_only(plain(item)) for item in facts.notes]
    return Scene(drawn, told, opening=_opening(facts))


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


# ---- boxes


def _fitting(steps: Sequence[Step], width: int) -> Sequence[Box]:
    """Return the boxes of the questions at their places, those that matter less in one line until all fit a screen."""
    asked = sum(step.asked for step in steps)
    boxes = [_box(at, step, width) for at, step in enumerate(steps)]
    order = [range(asked, len(steps)), *([at] for at in range(asked) if not _matters(steps[at]))]
    for several in order:
        if _place(boxes) <= _HIGH:
            break
        for at in several:
            boxes[at] = _short(at, steps[at], width)
    _place(boxes)
    return boxes


def _matters(step: Step) -> bool:
    return step.ok is False or bool(step.hint)


def _place(boxes: Sequence[Box]) -> float:
    """Put the boxes under each other, those of one line closer, and return where the last one ends."""
    y = 0.0
    for above, box in zip([None, *boxes], boxes, strict=False):
        short = above is not None and len(above.lines) == len(box.lines) == 1
        y = stack([box], _LEFT, y + (0 if above is None else _CLOSE if short else BETWEEN))
    return y


def _box(at: int, step: Step, width: int) -> Box:
    """Return the box of a question: its answer, and the line of kubectl."""
    look = _LOOKS[step.sign]
    command = _command(step)
    if not step.asked:
        lines = [drawn_only(Run(plain(step.question), color=palette.MUTED)), drawn_only(command)]
        return _framed(at, step, lines, width)
    answer = Run(plain(f"{step.sign} {step.answer}"), bold=step.ok is False, color=look.ink)
    lines = [drawn_only(bold(step.question))]
    if width == _WHOLE:
        lines.append(drawn_only([answer, command._replace(right=True)]))
    else:
        lines += [drawn_only(answer), drawn_only(command)]
    if step.hint and (step.ok is not False or width == _WHOLE):
        lines += [drawn_only(note(sentence)) for sentence in _SENTENCES.split(plain(step.hint))]
    return _framed(at, step, lines, width)


def _short(at: int, step: Step, width: int) -> Box:
    """Return the box of a question in one line."""
    question, room = plain(step.question), width - _SIDES
    if not step.asked:
        return _framed(at, step, [drawn_only(note(_ended(question, room, SMALL)))], width)
    called = bold(_ended(question, room, heavy=True))
    left = room - pixels(called.text, bold=True) - pixels("  ")
    if left < _HALF / 8:
        return _framed(at, step, [drawn_only(called)], width)
    answer = note(_ended(plain(step.answer), left, SMALL), _LOOKS[step.sign].ink)
    return _framed(at, step, [drawn_only([called, "  ", answer])], width)


def _framed(at: int, step: Step, lines: Sequence[Line], width: int) -> Box:
    said = " ".join(filter(None, [step.sign, plain(step.question), plain(step.answer)]))
    return Box(
        lines,
        _LOOKS[step.sign],
        id=f"q{at}",
        width=width,
        keys=[f"q{at}"],
        ref=plain(step.kubectl),
        title=plain(step.question),
        alt=f"{said}   $ {plain(step.kubectl)}" if step.kubectl else said,
    )


def _ended(text: str, room: float, size: float = SIZE, *, heavy: bool = False) -> str:
    """Return a sentence that fits in one row; dots stand for what has no room."""
    if pixels(text, size, bold=heavy) <= room:
        return text
    while text and pixels(f"{text} …", size, bold=heavy) > room:
        text = text[:-1]
    return f"{text.rstrip()} …"


def _command(step: Step) -> Run:
    return Run(plain(f"$ {step.kubectl}") if step.kubectl else "", color=palette.MUTED, literal=True)


def _card(facts: Diagnosis) -> Box | None:
    """Return the card beside the fault that says what to change, None if nothing does."""
    fault = facts.fault
    if fault is None or not fault.hint:
        return None
    head = Run(_("What to change"), bold=True, color=palette.WARNING_INK)
    lines = [drawn_only(head), *(drawn_only(part) for part in _SENTENCES.split(plain(fault.hint)))]
    key = f"q{facts.steps.index(fault)}"
    return Box(lines, palette.FAULT, id="card", width=WIDEST - 8 - _CARD, keys=[key])


# ---- the spine


def _spine(steps: Sequence[Step], boxes: Sequence[Box]) -> Iterator[Drawn]:
    """Yield the spine, and on it a circle for each question: its sign, or its number if it was not asked."""
    middles = [box.at[1] + _MIDDLE for box in boxes if box.at is not None]
    for (above, below), step in zip(pairwise(middles), steps, strict=False):
        points = [(_SPINE, above + _CIRCLE / 2), (_SPINE, below - _CIRCLE / 2)]
        if step.asked and step.ok is not False:
            yield Path(points, palette.EDGE, width=3)
        else:
            yield Path(points, palette.LEFT_OUT.line, style="dotted")
    for at, (step, y) in enumerate(zip(steps, middles, strict=True)):
        look = _LOOKS[step.sign]
        yield Mark(f"m{at}", (_SPINE, y), look, size=_CIRCLE)
        sign = bold(step.sign if step.asked else at + 1)._replace(color=look.ink, small=not step.asked)
        wide = wide_of(sign)
        yield Label([drawn_only(sign)], at=(_SPINE - wide / 2, y - 10), keys=[f"q{at}"])


# ---- the outline


def _told(step: Step) -> Box:
    """Return a question as the outline tells it: its answer, what to change, and the line of kubectl."""
    answer = plain(step.answer)
    if step.ok is False:
        lines = [f"{step.sign} {plain(step.question)}", answer]
        lines += [_("What to change: {hint}", hint=plain(step.hint))] if step.hint else []
    else:
        lines = [f"{step.sign} {plain(step.question)}  {answer}"]
        lines += [plain(step.hint)] if step.hint else []
    lines += [f"$ {plain(step.kubectl)}"] if step.kubectl else []
    return Box([told_only(line) for line in lines], fault=step.ok is False)
