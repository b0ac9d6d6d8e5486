"""What a line that YAML cannot read may have been meant as: each guess is a whole text to try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from k8snotes.control_plane.schema import field_names
from k8snotes.doctor.edits import quoted_word
from k8snotes.doctor.sheet import Sheet, indent_of

__all__ = ["Guess", "guesses"]

_KEY = re.compile(r"^(\s*(?:- +)*)([\w./-]+)(\s*:)(\s+|$)(.*)$")
_NO_BLANK = re.compile(r"^(\s*(?:- +)*)([A-Za-z]\w*):([^\s:/].*)$")
_NO_COLON = re.compile(r"^(\s*(?:- +)*)([A-Za-z]\w*)(?:\s*=\s*|\s+)?([^\s:=#].*)?$")
_MARKER = re.compile(r"^\s*(-{2,}|[\u2013\u2014]+)\s*$")
_COMMENT = re.compile(r"^(\s*)(//|/\*|;|--\s)")
_TRAILING = re.compile(r"^(.*?)([,;])\s*$")
_LOOK_BACK = 12


@dataclass(frozen=True, slots=True)
class Guess:
    """A sheet to try, where it differs (from 0), and what was wrong if it is right.

    A `plain` one is certain if the text can be read with it: nothing else can have been meant.
    """

    sheet: Sheet
    line: int
    column: int
    what: str
    why: str
    plain: bool = False


def guesses(sheet: Sheet, line: int, message: str) -> Iterator[Guess]:
    """Yield what may have been meant near a line at which reading ended, the likeliest first."""
    lines = sheet.lines
    line = min(line, len(lines) - 1)
    near = [line, *_before(lines, line, 2)]
    yield from _block_text(sheet, line)
    for number in near:
        yield from _one_line(sheet, number, message)
    if "expected ','" in message:
        for number in _before(lines, line, 1):
            why = "In braces and brackets, commas separate the fields."
            old = lines[number].rstrip()
            yield _put(
                sheet,
                number,
                old + ",",
                len(old),
                "the comma at the end of the line is missing",
                why,
                plain=True,
            )
    for number in (line, *_before(lines, line, _LOOK_BACK)):
        yield from _closed(sheet, number)
    for number in near[:2]:
        yield from _indented(sheet, number)
    for number in near:
        bare = lines[number].strip()
        if (
            bare
            and not _KEY.match(lines[number])
            and not bare.startswith(("-", "#", "{", "}", "[", "]", '"'))
        ):
            why = "It has no colon after a first word: it reads like a command or a sentence, and a comment begins with #."
            yield _put(sheet, number, f"# {bare}", 0, "this line is no part of a manifest", why)


def _before(lines: tuple[str, ...], line: int, most: int) -> list[int]:
    found = []
    for number in range(line - 1, -1, -1):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            found.append(number)
            if len(found) == most:
                break
    return found


def _put(  # noqa: PLR0917  # a line, and why it was another
    sheet: Sheet, number: int, new: str, column: int, what: str, why: str, *, plain: bool = False
) -> Guess:
    return Guess(sheet.replace(number, number + 1, [new]), number, column, what, why, plain)


def _block_text(sheet: Sheet, line: int) -> Iterator[Guess]:
    """Move the text of a block scalar (`key: |`) to the right of its key."""
    lines = sheet.lines
    openers = [
        number
        for number in (line, *_before(lines, line, 3))
        if re.search(r":\s*[|>][+-]?\s*$", lines[number])
    ]
    for opener in openers[:1]:
        here = indent_of(lines[opener])
        end = opener + 1
        while end < len(lines) and not _KEY.match(lines[end]) and not lines[end].startswith("---"):
            end += 1
        text = lines[opener + 1 : end]
        if any(item.strip() for item in text) and indent_of(next(filter(str.strip, text))) <= here:
            moved = [" " * 2 + item if item.strip() else item for item in text]
            why = "Otherwise the text ends where it begins, and its lines are read as fields."
            what = "the text below | must stand to the right of its key"
            new = sheet.replace(opener + 1, end, moved)
            yield Guess(new, opener + 1, indent_of(lines[opener + 1]), what, why, plain=True)


def _one_line(sheet: Sheet, number: int, message: str) -> Iterator[Guess]:
    line = sheet.lines[number]
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return
    fields = field_names()
    match = _NO_BLANK.match(line)
    if match and match[2] in fields:
        new = f"{match[1]}{match[2]}: {match[3]}"
        why = "Without it YAML reads one word, and no field with a value."
        yield _put(sheet, number, new, match.end(2), "the colon needs a blank after it", why, plain=True)
    match = _NO_COLON.match(line)
    if match and match[2] in fields:
        new = f"{match[1]}{match[2]}: {match[3] or ''}".rstrip()
        what = f"the colon after {match[2]} is missing"
        yield _put(
            sheet, number, new, match.end(2), what, "A field is its name, a colon, and its value.", plain=True
        )
    match = _MARKER.match(line)
    if match and bare != "---":
        why = "Documents are separated by three dashes at the left edge."
        yield _put(
            sheet, number, "---", line.index(bare[0]), "this is no separator of documents", why, plain=True
        )
    elif bare == "---" and line != "---":
        why = "Elsewhere it is no separator of documents."
        yield _put(sheet, number, "---", line.index("-"), "--- must stand at the left edge", why, plain=True)
    match = _COMMENT.match(line)
    if match:
        new = f"{match[1]}# {line[match.end() :].strip()}"
        why = "YAML knows no other sign for a comment."
        yield _put(sheet, number, new, match.end(1), "a comment begins with #", why, plain=True)
    match = _TRAILING.match(line)
    if match and (":" in match[1] or match[1].lstrip()[:1] in ("-", "}", "]")):
        why = "Lines separate the fields; a comma belongs to JSON, or between brackets."
        what = f"a {'comma' if match[2] == ',' else 'semicolon'} at the end of the line"
        yield _put(sheet, number, match[1], match.start(2), what, why, plain=True)
    yield from _value(sheet, number, message)


def _value(sheet: Sheet, number: int, message: str) -> Iterator[Guess]:
    line = sheet.lines[number]
    match = _KEY.match(line)
    if match is None:
        item = re.match(r"^(\s*- +)(.+)$", line)
        lead, value = (item[1], item[2]) if item else ("", "")
    else:
        lead, value = line[: match.start(5)], match[5]
    value = re.sub(r"\s+#.*$", "", value).rstrip()
    if not value:
        return
    at = len(lead)
    rest = line[at + len(value) :]
    if "escape" in message and value[0] == '"' and value[-1] == '"' and len(value) > 1:
        new = "'" + value[1:-1].replace("'", "''") + "'"
        why = "In double quotes a backslash begins an escape, as in \\n; single quotes take it as it is."
        yield _put(sheet, number, lead + new + rest, at, "a backslash in double quotes", why, plain=True)
        return
    if value[0] in "\"'":
        end = value.find(value[0], 1)
        if end > 0 and value[end + 1 :].strip():
            inner = value.replace("'", "''")
            why = "What follows the closing quote belongs to no value: the quotes must go around the whole."
            yield _put(sheet, number, f"{lead}'{inner}'{rest}", at, "text after the closing quote", why)
        return
    if value[0] in "@`%&*!|>{[}],?" or ": " in value or value.endswith(":"):
        what = (
            f"a value may not begin with {value[0]} unless it is quoted"
            if value[0] in "@`%&*!|>{[}],?"
            else "a value that has a colon needs quotes"
        )
        why = "The character has a meaning of its own in YAML; in quotes it is text."
        yield _put(sheet, number, lead + quoted_word(value) + rest, at, what, why)


_PAIRS = {"[": "]", "{": "}"}


def _closed(sheet: Sheet, number: int) -> Iterator[Guess]:
    """Close what a line opens and does not close: quotes, brackets, braces."""
    line = re.sub(r"\s+#.*$", "", sheet.lines[number]).rstrip()
    match = re.match(r"^(\s*(?:- +)*(?:[\w./-]+:\s+)?)(.*)$", line)
    value = match[2] if match else ""
    at = len(line) - len(value)
    if value[:1] in ("'", '"') and value.count(value[0]) % 2:
        why = "Everything up to the next quote, lines below, would belong to this value."
        yield _put(sheet, number, line + value[0], at, "the closing quote is missing", why, plain=True)
    elif value[-1:] in ("'", '"') and value.count(value[-1]) % 2:
        new = line[:at] + value[-1] + value
        yield _put(sheet, number, new, at, "the opening quote is missing", "Quotes come in pairs.")
    missing = ""
    for char in re.sub(r"\"[^\"]*\"|'[^']*'", "", value):
        if char in _PAIRS:
            missing = _PAIRS[char] + missing
        elif missing[:1] == char:
            missing = missing[1:]
    if missing:
        why = "What opens must close: YAML reads on for the end over the lines below."
        what = f"the closing {missing} is missing"
        yield _put(sheet, number, line.rstrip(", ") + missing, len(line), what, why)


def _indented(sheet: Sheet, number: int) -> Iterator[Guess]:
    """Move a line, with what is below it, to the columns that the lines above use."""
    lines = sheet.lines
    line = lines[number]
    if not line.strip():
        return
    here = indent_of(line)
    columns: list[int] = []
    for above in _before(lines, number, 40):
        indent = indent_of(lines[above])
        dash = re.match(r"^\s*(?:- +)+", lines[above])
        found = [indent, *([len(dash[0])] if dash else [])]
        if lines[above].rstrip().endswith(":"):
            found.append((len(dash[0]) if dash else indent) + 2)
        columns += [column for column in found if column not in columns]
        if indent == 0:
            break
    columns.sort(key=lambda column: (abs(column - here), column))
    ends = _ends(lines, number)
    why = "YAML reads from the indentation what belongs to what: fields of one object stand in one column."
    for end in ends:
        for column in columns[:10]:
            if column == here:
                continue
            moved = [_shift(item, column - here) for item in lines[number:end]]
            what = f"indented by {here} blanks, where {column} fit the lines above"
            yield Guess(sheet.replace(number, end, moved), number, here, what, why)
    if not line.lstrip().startswith("- ") and _KEY.match(line):
        for end in ends[:1]:
            moved = [
                " " * here + "- " + line.lstrip(),
                *(_shift(item, 2) for item in lines[number + 1 : end]),
            ]
            what = "the dash of a list item is missing"
            yield Guess(
                sheet.replace(number, end, moved), number, here, what, "The lines beside it are items."
            )


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
