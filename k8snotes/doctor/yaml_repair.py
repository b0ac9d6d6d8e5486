"""Makes YAML of a text that is none, line by line, so that all of its faults are found and not the first alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from k8snotes.api.kind import Kind
from k8snotes.api.manifest import compose, plain
from k8snotes.api.registry import find_kind, find_resource
from k8snotes.doctor.characters import (
    mend_characters,
    mend_dashes,
    mend_tabs,
    mend_templates,
    without_prefix,
)
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import NOTE
from k8snotes.doctor.guesses import Guess, guesses
from k8snotes.doctor.sheet import Sheet
from k8snotes.doctor.survey import misfits

__all__ = ["Repaired", "repair"]

_MOST_ROUNDS = 25
_MOST_LINES = 120_000  # how many lines may be read again and again for one text
_READABLE = 1_000_000_000


@dataclass(slots=True)
class Repaired:
    """A sheet that can be read, and what it took; `sure` if every step of it is certain.

    The faults' places are those of the source. `hidden` are lines that stand-ins replaced.
    """

    sheet: Sheet
    faults: list[tuple[Fault, bool]] = field(default_factory=list)
    sure: bool = True
    hidden: set[int] = field(default_factory=set)


def repair(sheet: Sheet) -> Repaired:
    """Return the nearest text that YAML can read, and what was wrong."""
    result = Repaired(sheet)
    if "{{" in sheet.text and _reach(sheet) < _READABLE:
        new, faults, hidden = mend_templates(result.sheet)
        _take(result, new, faults, sure=False)
        result.hidden = hidden
    _prefix(result)
    _keep_if_no_worse(result, mend_characters(result.sheet))
    _tabs(result)
    _keep_if_no_worse(result, mend_dashes(result.sheet))
    budget = _MOST_LINES
    for _ in range(_MOST_ROUNDS):
        found = compose(result.sheet.text)
        problem = found.problem
        if problem is None:
            return result
        line = (problem.line or 1) - 1
        if found.opened is not None and "expected ','" not in problem.message:
            line = found.opened
        message = problem.message.removeprefix("this is not YAML: ")
        best, budget, sure = _best(result.sheet, line, message, budget)
        if best is None:
            _blank(result, line, (problem.column or 1) - 1, message, problem.hint)
        else:
            number = best.line
            was, now = result.sheet.lines[number], best.sheet.lines[number]
            fix = now if now.strip() == was.strip() else now.strip()
            fault = Fault(number, best.column, "", best.what, best.why, fix)
            _take(result, best.sheet, [fault], sure=sure)
    problem = compose(result.sheet.text).problem
    if problem is not None:
        result.sure = False
        lines = result.sheet.lines
        start = min((problem.line or 1) - 1, len(lines) - 1)
        result.sheet = result.sheet.replace(start, len(lines), [""] * (len(lines) - start))
        if compose(result.sheet.text).problem is not None:
            result.sheet = result.sheet.replace(0, len(lines), [""] * len(lines))
        fault = Fault(
            start, 0, "", "from here on this is not YAML", "The rest was not looked at.", "", None, NOTE
        )
        result.faults.append((fault, False))
    return result


def _take(result: Repaired, sheet: Sheet, faults: list[Fault], *, sure: bool) -> None:
    for fault in faults:
        line, column = result.sheet.place(fault.line, fault.column)
        moved = Fault(line, column, fault.path, fault.what, fault.why, fault.fix, None, fault.severity)
        result.faults.append((moved, sure))
    result.sheet = sheet
    if faults and not sure:
        result.sure = False


def _keep_if_no_worse(result: Repaired, mended: tuple[Sheet, list[Fault]]) -> None:
    sheet, faults = mended
    if faults and _reach(sheet) >= _reach(result.sheet):
        _take(result, sheet, faults, sure=True)


def _prefix(result: Repaired) -> None:
    """Take away what stands before every line of copied text: line numbers, the signs of a diff or of a quotation."""
    new = without_prefix(result.sheet)
    if new is None or _reach(new) < _reach(result.sheet) or _cost(new) >= _cost(result.sheet):
        return
    old = next(line for line in result.sheet.lines if line.strip())
    number = result.sheet.lines.index(old)
    what = f"every line begins with something that was copied along ({old[: len(old) - len(new.lines[number])].strip()})"
    why = "Line numbers and the signs of a diff or a mail are no part of a manifest."
    _take(result, new, [Fault(number, 0, "", what, why, new.lines[number])], sure=True)


def _tabs(result: Repaired) -> None:
    """Replace tabs by as many blanks as let the text be read furthest, and fit its kind best."""
    if not any("\t" in line[: len(line) - len(line.lstrip())] for line in result.sheet.lines):
        return
    before = _reach(result.sheet)
    if before == _READABLE:
        return
    best: tuple[tuple[int, int], Sheet, list[Fault]] | None = None
    tried: set[tuple[str, ...]] = set()
    for everywhere in (False, True):
        for width in (2, 4, 8, 0):
            sheet, faults = mend_tabs(result.sheet, width, everywhere=everywhere)
            if not faults or sheet.lines in tried:
                continue
            tried.add(sheet.lines)
            reach = _reach(sheet)
            merit = reach, -_cost(sheet) if reach == _READABLE else 0
            if best is None or merit > best[0]:
                best = merit, sheet, faults
            if merit == (_READABLE, 0):
                break
    if best is not None and best[0][0] >= before:
        _take(result, best[1], best[2], sure=True)


def _reach(sheet: Sheet) -> int:
    """Return the line at which reading ends, a very large number where it does not end early."""
    found = compose(sheet.text)
    if found.problem is None:
        return _READABLE
    if found.opened is not None and "expected ','" not in found.problem.message:
        return found.opened
    return (found.problem.line or 1) - 1


def _cost(sheet: Sheet) -> int:
    found = compose(sheet.text)
    return 1000 if found.problem is not None else sum(map(_misfits, found.nodes))


def _misfits(node: Any) -> int:
    value, refused = plain(node)
    return misfits(value, kind_of(value)) + len(refused)


def kind_of(value: Any) -> Kind | None:
    """Return the resource that a value most probably is meant to be."""
    if not isinstance(value, dict):
        return None
    version, kind = value.get("apiVersion"), value.get("kind")
    if not isinstance(kind, str):
        return None
    return (
        find_kind(version, kind)
        if isinstance(version, str) and find_kind(version, kind)
        else find_resource(kind)
    )


def _best(sheet: Sheet, line: int, message: str, budget: int) -> tuple[Guess | None, int, bool]:
    """Return the guess that reads furthest and fits its kind best, what is left to spend, and whether it is certain."""
    found: list[tuple[int, int, Guess]] = []
    for guess in guesses(sheet, line, message):
        budget -= len(sheet.lines)
        if budget < 0:
            break
        reach = _reach(guess.sheet)
        if reach > line:
            found.append((reach, _cost_until(guess.sheet, reach), guess))
    if not found:
        return None, budget, False
    furthest = max(reach for reach, _, _ in found)
    top = [(cost, guess) for reach, cost, guess in found if reach == furthest]
    least = min(cost for cost, _ in top)
    best = [guess for cost, guess in top if cost == least]
    first = best[0]
    before = _cost_until(sheet, line)
    clear = least <= before or any(cost > least for cost, _ in top)
    sure = first.plain or (clear and all(_same(first, other, furthest) for other in best[1:]))
    return first, budget, sure


def _cost_until(sheet: Sheet, reach: int) -> int:
    """Return how badly what can be read of a sheet fits its kind."""
    if reach == _READABLE:
        return _cost(sheet)
    found = compose("\n".join(sheet.lines[:reach]))
    return 1000 if found.problem is not None else sum(map(_misfits, found.nodes))


def _same(one: Guess, other: Guess, reach: int) -> bool:
    """Whether two guesses come to the same values."""
    until = None if reach == _READABLE else reach
    values = [
        [plain(node)[0] for node in compose("\n".join(guess.sheet.lines[:until])).nodes]
        for guess in (one, other)
    ]
    return values[0] == values[1]


def _blank(result: Repaired, line: int, column: int, message: str, hint: str) -> None:
    """Take out a line that nobody can read, and say so."""
    sheet = result.sheet
    number = min(line, len(sheet.lines) - 1)
    while number > 0 and not sheet.lines[number].strip():
        number -= 1
    why = "YAML cannot be read beyond this place; the line was passed over to look at the rest."
    fault = Fault(
        number, min(column, len(sheet.lines[number])), "", f"this is not YAML: {message}", why, hint
    )
    _take(result, sheet.replace(number, number + 1, [""]), [fault], sure=False)
