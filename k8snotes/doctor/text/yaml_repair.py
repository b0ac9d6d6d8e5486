"""Makes YAML of a text that is none, line by line, so that all of its faults are found and not the first alone.

Where the parser stops, several corrections of the lines around are tried, each a whole draft (`Correction`); the one
that can be read furthest is taken, and of several the one whose fields fit their kind best.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from k8snotes.api.kind import Kind
from k8snotes.api.manifest import Reading, compose, plain
from k8snotes.api.registry import find_kind, find_resource
from k8snotes.control_plane.schema import field_names
from k8snotes.doctor.findings import NOTE
from k8snotes.doctor.text.characters import (
    mend_characters,
    mend_dashes,
    mend_tabs,
    mend_templates,
    without_prefix,
)
from k8snotes.doctor.text.draft import Draft, indent_of
from k8snotes.doctor.text.edits import quoted_word
from k8snotes.doctor.text.fault import Fault

__all__ = ["Correction", "Misfits", "Repaired", "corrections", "repair"]

# How many fields of a value do not fit a kind: of two readings of a text, the one with fewer is meant.
Misfits = Callable[[Any, Kind | None], int]

_MOST_ROUNDS = 25
_MOST_LINES = 120_000  # how many lines may be read again and again for one text
_READABLE = 1_000_000_000
_UNREADABLE_COST = 1000


@dataclass(slots=True)
class Repaired:
    """A draft that can be read, and what it took.

    Args:
        draft: the text as it is now.
        faults: what was wrong, each with whether its correction is certain; their places are those of the source.
        sure: whether every step is certain.
        hidden: the lines of the source, from 0, in whose place stand-ins for templates were read.
    """

    draft: Draft
    faults: list[tuple[Fault, bool]] = field(default_factory=list)
    sure: bool = True
    hidden: set[int] = field(default_factory=set)

    def take(self, draft: Draft, faults: list[Fault], *, sure: bool) -> None:
        """Go on with another draft, which mends these faults of the present one."""
        for fault in faults:
            line, column = self.draft.place(fault.line, fault.column)
            self.faults.append((replace(fault, line=line, column=column), sure))
        self.draft = draft
        if faults and not sure:
            self.sure = False


def repair(draft: Draft, misfits: Misfits) -> Repaired:
    r"""Return the nearest text that YAML can read, and what was wrong.

    Args:
        draft: the text of one document, or of several without a `---` between them.
        misfits: says how badly a value fits its kind; it decides between corrections that can all be read.

    >>> repaired = repair(Draft.of("kind: Pod\nmetadata\n  name: web"), lambda value, kind: 0)
    >>> repaired.draft.text
    'kind: Pod\nmetadata:\n  name: web'
    >>> [(fault.line, fault.code, sure) for fault, sure in repaired.faults]
    [(1, 'colon-missing', True)]
    """
    repaired = Repaired(draft)
    if "{{" in draft.text and _end_of(draft) < _READABLE:
        new, faults, hidden = mend_templates(draft)
        repaired.take(new, faults, sure=False)
        repaired.hidden = hidden
    _take_prefix_away(repaired, misfits)
    _keep_if_no_worse(repaired, mend_characters(repaired.draft))
    _replace_tabs(repaired, misfits)
    _keep_if_no_worse(repaired, mend_dashes(repaired.draft))
    budget = _MOST_LINES
    for _ in range(_MOST_ROUNDS):
        reading = repaired.draft.reading
        problem = reading.problem
        if problem is None:
            return repaired
        line = _stop(reading)
        best, budget, sure = _best(repaired.draft, line, problem.code, budget, misfits)
        if best is None:
            _blank(repaired, line, (problem.column or 1) - 1, problem.detail, problem.hint)
        else:
            was, now = repaired.draft.lines[best.line], best.draft.lines[best.line]
            write = now if now.strip() == was.strip() else now.strip()
            fault = Fault(best.line, best.column, "", best.code, best.because, best.parts, write)
            repaired.take(best.draft, [fault], sure=sure)
    _give_up(repaired)
    return repaired


def _give_up(repaired: Repaired) -> None:
    """Leave out what is still no YAML after many rounds, and say from where on."""
    problem = repaired.draft.reading.problem
    if problem is None:
        return
    repaired.sure = False
    lines = repaired.draft.lines
    start = min((problem.line or 1) - 1, len(lines) - 1)
    repaired.draft = repaired.draft.replace(start, len(lines), [""] * (len(lines) - start))
    if repaired.draft.reading.problem is not None:
        repaired.draft = repaired.draft.replace(0, len(lines), [""] * len(lines))
    repaired.faults.append((Fault(start, 0, "", "not-yaml-from-here", severity=NOTE), False))


def _keep_if_no_worse(repaired: Repaired, mended: tuple[Draft, list[Fault]]) -> None:
    draft, faults = mended
    if faults and _end_of(draft) >= _end_of(repaired.draft):
        repaired.take(draft, faults, sure=True)


def _take_prefix_away(repaired: Repaired, misfits: Misfits) -> None:
    """Take away what every line of copied text begins with: line numbers, the signs of a diff or of a quotation."""
    draft = repaired.draft
    new = without_prefix(draft)
    if new is None or _end_of(new) < _end_of(draft) or _cost(new.text, misfits) >= _cost(draft.text, misfits):
        return
    number, old = next((number, line) for number, line in enumerate(draft.lines) if line.strip())
    parts = {"prefix": old[: len(old) - len(new.lines[number])].strip()}
    fault = Fault(number, 0, "", "copied-prefix", parts=parts, write=new.lines[number])
    repaired.take(new, [fault], sure=True)


def _replace_tabs(repaired: Repaired, misfits: Misfits) -> None:
    """Replace tabs by the number of spaces with which the text can be read furthest, and fits its kind best."""
    draft = repaired.draft
    if not any("\t" in line[: len(line) - len(line.lstrip())] for line in draft.lines):
        return
    before = _end_of(draft)
    if before == _READABLE:
        return
    best: tuple[tuple[int, int], Draft, list[Fault]] | None = None
    tried: set[tuple[str, ...]] = set()
    for everywhere in (False, True):
        for width in (2, 4, 8, 0):
            new, faults = mend_tabs(draft, width, everywhere=everywhere)
            if not faults or new.lines in tried:
                continue
            tried.add(new.lines)
            end = _end_of(new)
            merit = end, -_cost(new.text, misfits) if end == _READABLE else 0
            if best is None or merit > best[0]:
                best = merit, new, faults
            if merit == (_READABLE, 0):
                break
    if best is not None and best[0][0] >= before:
        repaired.take(best[1], best[2], sure=True)


def _stop(reading: Reading) -> int:
    """Return the line, from 0, to look at where reading ended: the one that opens what is never closed, if any."""
    if reading.problem is None:
        return _READABLE
    if reading.opened is not None and reading.problem.code != "open-bracket":
        return reading.opened
    return (reading.problem.line or 1) - 1


def _end_of(draft: Draft) -> int:
    """Return the line at which reading ends, a very large number where it does not end early."""
    return _stop(draft.reading)


def _cost(text: str, misfits: Misfits) -> int:
    """Return how badly what a text says fits its kinds."""
    reading = compose(text)
    if reading.problem is not None:
        return _UNREADABLE_COST
    cost = 0
    for node in reading.nodes:
        value, refused = plain(node)
        cost += misfits(value, _kind_of(value)) + len(refused)
    return cost


def _cost_until(draft: Draft, end: int, misfits: Misfits) -> int:
    """Return how badly what can be read of a draft, up to a line, fits its kinds."""
    return _cost(draft.text if end == _READABLE else "\n".join(draft.lines[:end]), misfits)


def _kind_of(value: Any) -> Kind | None:
    """Return the kind that a value most probably is meant to be."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return None
    version, kind = value.get("apiVersion"), value["kind"]
    return (find_kind(version, kind) if isinstance(version, str) else None) or find_resource(kind)


def _best(
    draft: Draft, line: int, code: str, budget: int, misfits: Misfits
) -> tuple[Correction | None, int, bool]:
    """Return the correction that reads furthest and fits its kind best, what is left to spend, and if it is certain."""
    tried: list[tuple[int, int, Correction]] = []
    for correction in corrections(draft, line, code):
        budget -= len(draft.lines)
        if budget < 0:
            break
        end = _end_of(correction.draft)
        if end > line:
            tried.append((end, _cost_until(correction.draft, end, misfits), correction))
    if not tried:
        return None, budget, False
    furthest = max(end for end, _, _ in tried)
    top = [(cost, correction) for end, cost, correction in tried if end == furthest]
    least = min(cost for cost, _ in top)
    best = [correction for cost, correction in top if cost == least]
    first = best[0]
    before = _cost_until(draft, line, misfits)
    clear = least <= before or any(cost > least for cost, _ in top)
    sure = first.plain or (clear and all(_same(first, other, furthest) for other in best[1:]))
    return first, budget, sure


def _same(one: Correction, other: Correction, end: int) -> bool:
    """Whether two corrections come to the same values."""
    until = None if end == _READABLE else end
    values = [
        [plain(node)[0] for node in compose("\n".join(correction.draft.lines[:until])).nodes]
        for correction in (one, other)
    ]
    return values[0] == values[1]


def _blank(repaired: Repaired, line: int, column: int, detail: str, hint: str) -> None:
    """Take out a line that cannot be corrected, and say so."""
    draft = repaired.draft
    number = min(line, len(draft.lines) - 1)
    while number > 0 and not draft.lines[number].strip():
        number -= 1
    column = min(column, len(draft.lines[number]))
    fault = Fault(number, column, "", "not-yaml", parts={"detail": detail, "hint": hint})
    repaired.take(draft.replace(number, number + 1, [""]), [fault], sure=False)


# ---- what a line may have been meant as

_KEY = re.compile(r"^(\s*(?:- +)*)([\w./-]+)(\s*:)(\s+|$)(.*)$")
_NO_BLANK = re.compile(r"^(\s*(?:- +)*)([A-Za-z]\w*):([^\s:/].*)$")
_NO_COLON = re.compile(r"^(\s*(?:- +)*)([A-Za-z]\w*)(?:\s*=\s*|\s+)?([^\s:=#].*)?$")
_MARKER = re.compile(r"^\s*(-{2,}|[\u2013\u2014]+)\s*$")
_COMMENT = re.compile(r"^(\s*)(//|/\*|;|--\s)")
_TRAILING = re.compile(r"^(.*?)([,;])\s*$")
_OPENS_BLOCK = re.compile(r":\s*[|>][+-]?\s*$")
_SIGNS = "@`%&*!|>{[}],?"  # what may not begin a value
_PAIRS = {"[": "]", "{": "}"}
_LOOK_BACK = 12


@dataclass(frozen=True, slots=True)
class Correction:
    """A draft to try: where it differs, and what was wrong if it is right.

    Args:
        draft: the whole text, corrected.
        line: the line that differs, from 0.
        column: the column from which it differs, from 0.
        code: what was wrong, one of `words.WHAT`.
        because: why that matters, one of `words.WHY`; "" for the one of the same code.
        parts: the values of the sentences.
        plain: whether it is certain if the text can be read with it: nothing else can have been meant.
    """

    draft: Draft
    line: int
    column: int
    code: str
    because: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    plain: bool = False


def corrections(draft: Draft, line: int, code: str) -> Iterator[Correction]:
    r"""Yield what may have been meant near a line at which reading ended, the likeliest first.

    Args:
        draft: the text.
        line: the line, from 0.
        code: what the parser stumbled over, one of `api.manifest.CODES`.

    >>> next(corrections(Draft.of("metadata:\n  name:web"), 1, "no-colon")).draft.lines[1]
    '  name: web'
    """
    lines = draft.lines
    line = min(line, len(lines) - 1)
    near = [line, *_before(lines, line, 2)]
    yield from _block_text(draft, line)
    for number in near:
        yield from _one_line(draft, number, code)
    if code == "open-bracket":
        for number in _before(lines, line, 1):
            old = lines[number].rstrip()
            yield _put(draft, number, old + ",", len(old), "comma-missing", plain=True)
    for number in (line, *_before(lines, line, _LOOK_BACK)):
        yield from _closed(draft, number)
    for number in near[:2]:
        yield from _indented(draft, number)
    for number in near:
        bare = lines[number].strip()
        field_like = _KEY.match(lines[number]) or bare.startswith(("-", "#", "{", "}", "[", "]", '"'))
        if bare and not field_like:
            yield _put(draft, number, f"# {bare}", 0, "no-part-of-it")


def _before(lines: tuple[str, ...], line: int, most: int) -> list[int]:
    """Return the numbers of the lines above one that are neither empty nor comments, the nearest first."""
    numbers = []
    for number in range(line - 1, -1, -1):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            numbers.append(number)
            if len(numbers) == most:
                break
    return numbers


def _put(
    draft: Draft, number: int, new: str, column: int, code: str, *, plain: bool = False, **parts: Any
) -> Correction:
    return Correction(draft.replace(number, number + 1, [new]), number, column, code, "", parts, plain)


def _block_text(draft: Draft, line: int) -> Iterator[Correction]:
    """Move the text of a block scalar (`key: |`) to the right of its key."""
    lines = draft.lines
    openers = [number for number in (line, *_before(lines, line, 3)) if _OPENS_BLOCK.search(lines[number])]
    for opener in openers[:1]:
        here = indent_of(lines[opener])
        end = opener + 1
        while end < len(lines) and not _KEY.match(lines[end]) and not lines[end].startswith("---"):
            end += 1
        text = lines[opener + 1 : end]
        if any(item.strip() for item in text) and indent_of(next(filter(str.strip, text))) <= here:
            moved = [" " * 2 + item if item.strip() else item for item in text]
            new, column = draft.replace(opener + 1, end, moved), indent_of(lines[opener + 1])
            yield Correction(new, opener + 1, column, "block-text", plain=True)


def _one_line(draft: Draft, number: int, code: str) -> Iterator[Correction]:
    line = draft.lines[number]
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return
    fields = field_names()
    match = _NO_BLANK.match(line)
    if match and match[2] in fields:
        new = f"{match[1]}{match[2]}: {match[3]}"
        yield _put(draft, number, new, match.end(2), "colon-without-blank", plain=True)
    match = _NO_COLON.match(line)
    if match and match[2] in fields:
        new = f"{match[1]}{match[2]}: {match[3] or ''}".rstrip()
        yield _put(draft, number, new, match.end(2), "colon-missing", plain=True, name=match[2])
    match = _MARKER.match(line)
    if match and bare != "---":
        yield _put(draft, number, "---", line.index(bare[0]), "no-separator", plain=True)
    elif bare == "---" and line != "---":
        yield _put(draft, number, "---", line.index("-"), "separator-indented", plain=True)
    match = _COMMENT.match(line)
    if match:
        new = f"{match[1]}# {line[match.end() :].strip()}"
        yield _put(draft, number, new, match.end(1), "comment-sign", plain=True)
    match = _TRAILING.match(line)
    if match and (":" in match[1] or match[1].lstrip()[:1] in ("-", "}", "]")):
        sign = "line-ends-in-comma" if match[2] == "," else "line-ends-in-semicolon"
        yield _put(draft, number, match[1], match.start(2), sign, plain=True)
    yield from _value(draft, number, code)


def _value(draft: Draft, number: int, code: str) -> Iterator[Correction]:
    """Quote a value that has a character in it which means something to YAML."""
    line = draft.lines[number]
    match = _KEY.match(line)
    if match is None:
        item = re.match(r"^(\s*- +)(.+)$", line)
        lead, value = (item[1], item[2]) if item else ("", "")
    else:
        lead, value = line[: match.start(5)], match[5]
    value = re.sub(r"(?<!\s)\s++#.*$", "", value).rstrip()
    if not value:
        return
    at = len(lead)
    rest = line[at + len(value) :]
    if code == "escape" and value[0] == '"' and value[-1] == '"' and len(value) > 1:
        new = "'" + value[1:-1].replace("'", "''") + "'"
        yield _put(draft, number, lead + new + rest, at, "backslash", plain=True)
        return
    if value[0] in "\"'":
        end = value.find(value[0], 1)
        if end > 0 and value[end + 1 :].strip():
            inner = value.replace("'", "''")
            yield _put(draft, number, f"{lead}'{inner}'{rest}", at, "text-after-quote")
        return
    new = lead + quoted_word(value) + rest
    if value[0] in _SIGNS:
        yield _put(draft, number, new, at, "sign-unquoted", sign=value[0])
    elif ": " in value or value.endswith(":"):
        yield _put(draft, number, new, at, "colon-unquoted")


def _closed(draft: Draft, number: int) -> Iterator[Correction]:
    """Close what a line opens and does not close: quotes, brackets, braces."""
    line = re.sub(r"(?<!\s)\s++#.*$", "", draft.lines[number]).rstrip()
    match = re.match(r"^(\s*(?:- +)*(?:[\w./-]+:\s+)?)(.*)$", line)
    value = match[2] if match else ""
    at = len(line) - len(value)
    if value[:1] in ("'", '"') and value.count(value[0]) % 2:
        yield _put(draft, number, line + value[0], at, "closing-quote", plain=True)
    elif value[-1:] in ("'", '"') and value.count(value[-1]) % 2:
        yield _put(draft, number, line[:at] + value[-1] + value, at, "opening-quote")
    missing = ""
    for char in re.sub(r"\"[^\"]*\"|'[^']*'", "", value):
        if char in _PAIRS:
            missing = _PAIRS[char] + missing
        elif missing[:1] == char:
            missing = missing[1:]
    if missing:
        new = line.rstrip(", ") + missing
        yield _put(draft, number, new, len(line), "closing-bracket", missing=missing)


def _indented(draft: Draft, number: int) -> Iterator[Correction]:
    """Move a line, with what is below it, to the columns that the lines above use; or make it a list item."""
    lines = draft.lines
    line = lines[number]
    if not line.strip():
        return
    here = indent_of(line)
    ends, columns = _ends(lines, number), _columns_above(lines, number)
    for end in ends:
        for column in columns[:10]:
            if column != here:
                moved = [_shift(item, column - here) for item in lines[number:end]]
                parts = {"here": here, "column": column}
                new = draft.replace(number, end, moved)
                yield Correction(new, number, here, "indentation", parts=parts)
    if not line.lstrip().startswith("- ") and _KEY.match(line):
        for end in ends[:1]:
            below = (_shift(item, 2) for item in lines[number + 1 : end])
            moved = [" " * here + "- " + line.lstrip(), *below]
            yield Correction(draft.replace(number, end, moved), number, here, "dash-missing")


def _columns_above(lines: tuple[str, ...], number: int) -> list[int]:
    """Return the columns in which the lines above one begin, and those in which their fields may; the nearest first."""
    columns: list[int] = []
    for above in _before(lines, number, 40):
        indent = indent_of(lines[above])
        dash = re.match(r"^\s*(?:- +)+", lines[above])
        own = [indent, *([len(dash[0])] if dash else [])]
        if lines[above].rstrip().endswith(":"):
            own.append((len(dash[0]) if dash else indent) + 2)
        columns += [column for column in own if column not in columns]
        if indent == 0:
            break
    here = indent_of(lines[number])
    return sorted(columns, key=lambda column: (abs(column - here), column))


def _shift(line: str, by: int) -> str:
    if not line.strip():
        return line
    return " " * by + line if by >= 0 else line[min(-by, indent_of(line)) :]


def _ends(lines: tuple[str, ...], number: int) -> list[int]:
    """Return where the block of a line ends: with what is deeper alone, and with its neighbours too."""
    here = indent_of(lines[number])
    own = number + 1
    while own < len(lines) and (not lines[own].strip() or indent_of(lines[own]) > here):
        own += 1
    all_ = own
    while all_ < len(lines) and (not lines[all_].strip() or indent_of(lines[all_]) >= here):
        all_ += 1
    alone = number + 1
    return list(dict.fromkeys([own, all_, alone]))
