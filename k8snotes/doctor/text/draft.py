"""A working copy of a document's lines: it is repaired line by line, and knows where each line came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Draft", "as_written", "indent_of", "lines_of", "scalar_block_lines"]

# what YAML 1.1 takes for the end of a line
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_OPENS_BLOCK = re.compile(r"(?:^|[\s:-])[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?$")
_MOST_WRITTEN = 12
_KEYED = re.compile(r"^\s*(?:- +)*")


def lines_of(text: str) -> list[str]:
    """Split text into lines, as the YAML parser counts them."""
    return _BREAK.split(text)


def indent_of(line: str) -> int:
    """Return how many blanks a line begins with."""
    return len(line) - len(line.lstrip(" "))


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines, and for each the number of the line of the source that it came from (both count from 0)."""

    lines: tuple[str, ...]
    origins: tuple[int, ...]
    source: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Draft:
        """Return the draft of a text."""
        lines = tuple(lines_of(text))
        return cls(lines, tuple(range(len(lines))), lines)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    def replace(self, start: int, end: int, lines: list[str]) -> Draft:
        """Return the draft with other lines in place of those from `start` to before `end`.

        As many as before keep their origins; more than before come from the last of them.
        """
        old = self.origins[start:end] or self.origins[max(0, start - 1) : start] or (0,)
        origins = tuple(old[min(at, len(old) - 1)] for at in range(len(lines)))
        return Draft(
            (*self.lines[:start], *lines, *self.lines[end:]),
            (*self.origins[:start], *origins, *self.origins[end:]),
            self.source,
        )

    def move(self, start: int, end: int, to: int, lines: list[str]) -> Draft:
        """Return the draft with the lines from `start` to before `end` taken out, and `lines` put before `to`.

        The last of `lines` keep the origins of those that were taken out.
        """
        moved = self.origins[start:end]
        new = max(0, len(lines) - len(moved))
        near = moved[:1] or self.origins[max(0, start - 1) : max(0, start - 1) + 1] or (0,)
        origins = (*(near * new), *moved)[: len(lines)]
        kept_lines = (*self.lines[:start], *self.lines[end:])
        kept_origins = (*self.origins[:start], *self.origins[end:])
        at = to if to <= start else to - (end - start)
        return Draft(
            (*kept_lines[:at], *lines, *kept_lines[at:]),
            (*kept_origins[:at], *origins, *kept_origins[at:]),
            self.source,
        )

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Return line and column in the source, both from 0, of a place on this draft."""
        if line >= len(self.lines):
            line = len(self.lines) - 1
        origin = self.origins[line]
        now, then = self.lines[line], self.source[origin]
        if now == then:
            return origin, column
        rest = now[column:]
        if rest and then.endswith(rest):
            return origin, len(then) - len(rest)
        word = re.match(r"[\w./-]+", rest)
        at = then.find(word[0]) if word else -1
        return origin, at if at >= 0 else min(column, max(0, len(then.rstrip()) - 1))


def as_written(before: Draft, after: Draft) -> str:
    """Return the lines that an edit put in or changed, below the line that they belong to; "" for none or many."""
    old, new = before.lines, after.lines
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    gone = set(old[start : len(old) - end])
    changed = [
        number for number in range(start, len(new) - end) if new[number] not in gone and new[number].strip()
    ]
    if not changed or len(changed) > _MOST_WRITTEN or changed[-1] - changed[0] >= _MOST_WRITTEN:
        return ""
    first = changed[0]
    lines = list(new[first : changed[-1] + 1])
    above = first - 1
    item = lines[0].lstrip().startswith("- ")
    while above >= 0 and (
        not new[above].strip()
        or indent_of(new[above]) > indent_of(lines[0])
        # a list may stand in the column of its own key
        or (
            indent_of(new[above]) == indent_of(lines[0]) and (not item or new[above].lstrip().startswith("-"))
        )
    ):
        above -= 1
    moved = {line.strip() for line in old} & {line.strip() for line in lines}
    if above >= 0 and indent_of(lines[0]) > 0 and (len(lines) > 1 or moved):
        lines.insert(0, new[above])
    margin = min(indent_of(line) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def scalar_block_lines(lines: tuple[str, ...]) -> set[int]:
    """Return the numbers of the lines that are the text of a block scalar (`key: |`), where YAML's rules sleep."""
    inside: set[int] = set()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.lstrip().startswith("#") or not _OPENS_BLOCK.search(line):
            continue
        # the text is deeper than the key, or than the dash of a bare list item
        dashes = _KEYED.match(line)
        lead = dashes[0] if dashes else ""
        base = len(lead.expandtabs(8)) if ":" in line[len(lead) :] else indent_of(line)
        while at < len(lines) and (not lines[at].strip() or _width(lines[at]) > base):
            inside.add(at)
            at += 1
    return inside


def _width(line: str) -> int:
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    return len(lead.expandtabs(8))
