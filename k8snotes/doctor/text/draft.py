"""A working copy of a document's lines: it is repaired line by line, and knows where each line came from.

All lines and columns count from 0 here; a Finding counts from 1, as editors do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from k8snotes.api.manifest import Reading, compose

__all__ = ["Draft", "as_written", "indent_of", "lines_of", "scalar_block_lines"]

# what YAML 1.1 takes for the end of a line
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_OPENS_BLOCK = re.compile(r"(?:^|[\s:-])[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?$")
_MOST_WRITTEN = 12
_KEYED = re.compile(r"^\s*(?:- +)*")


def lines_of(text: str) -> list[str]:
    r"""Split text into lines, as the YAML parser counts them.

    Source of the rule: https://yaml.org/spec/1.1/#b-char, by which a lone CR, NEL, LS and PS end a line too.

    >>> lines_of("a\r\nb\nc\x85d")
    ['a', 'b', 'c', 'd']
    """
    return _BREAK.split(text)


def indent_of(line: str) -> int:
    """Return how many spaces a line begins with.

    >>> indent_of("    image: nginx")
    4
    """
    return len(line) - len(line.lstrip(" "))


@dataclass(frozen=True, slots=True)
class Draft:
    r"""The lines of a text as they are now, and where each came from. It is never changed: edits return a new one.

    Args:
        lines: the lines as they are now.
        origins: for each, the number of the line of the source that it came from.
        source: the lines as they were written.

    >>> draft = Draft.of("kind: Pod\nmetadata\n").replace(1, 2, ["metadata:", "  name: web"])
    >>> draft.text, draft.origins
    ('kind: Pod\nmetadata:\n  name: web\n', (0, 1, 1, 2))
    """

    lines: tuple[str, ...]
    origins: tuple[int, ...]
    source: tuple[str, ...]
    _reading: list[Reading] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, text: str) -> Draft:
        """Return the draft of a text."""
        lines = tuple(lines_of(text))
        return cls(lines, tuple(range(len(lines))), lines)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    @property
    def reading(self) -> Reading:
        """How far the text can be read as YAML, worked out only once."""
        if not self._reading:
            self._reading.append(compose(self.text))
        return self._reading[0]

    @property
    def nodes(self) -> list[Any]:
        """The YAML nodes of its documents, as far as it can be read; their marks are lines and columns of it."""
        return self.reading.nodes

    def replace(self, start: int, end: int, lines: list[str]) -> Draft:
        """Return the draft with other lines in place of some.

        As many as before keep their origins; more than before come from the last of them.

        Args:
            start: the first line to replace.
            end: the line after the last to replace; the same as `start` to put lines in before it.
            lines: what comes in their place.
        """
        old = self.origins[start:end] or self.origins[max(0, start - 1) : start] or (0,)
        origins = tuple(old[min(at, len(old) - 1)] for at in range(len(lines)))
        return Draft(
            (*self.lines[:start], *lines, *self.lines[end:]),
            (*self.origins[:start], *origins, *self.origins[end:]),
            self.source,
        )

    def rewritten(self, lines: Mapping[int, str]) -> Draft:
        """Return the draft with some lines written anew, each in its place: many at once cost no more than one.

        Args:
            lines: by number, what comes in the place of the line.
        """
        if not lines:
            return self
        new = tuple(lines.get(number, line) for number, line in enumerate(self.lines))
        return Draft(new, self.origins, self.source)

    def move(self, start: int, end: int, to: int, lines: list[str]) -> Draft:
        """Return the draft with some lines taken out, and others put in elsewhere: what moves keeps its origins.

        Args:
            start: the first line to take out.
            end: the line after the last to take out.
            to: the line before which to put the others; counted before anything is taken out.
            lines: what to put in; the last of them have the origins of those that were taken out.
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
        """Return line and column in the source of a place on this draft.

        Where the line is not as it was written, the column is that of the same word, or else of the line's end.

        >>> Draft.of("-image: nginx").replace(0, 1, ["- image: nginx"]).place(0, 2)
        (0, 1)
        """
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
    r"""Return the lines that an edit put in or changed, below the line that they belong to; "" for none or many.

    Args:
        before: the draft before the edit.
        after: the draft after it.

    >>> draft = Draft.of("spec:\n  selector:\n    app: web")
    >>> print(as_written(draft, draft.replace(1, 3, ["  selector:", "    matchLabels:", "      app: web"])))
    selector:
      matchLabels:
        app: web
    """
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
        # a list may be in the column of its own key
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
    """Return the numbers of the lines that are the text of a block scalar (`key: |`), where YAML's rules sleep.

    >>> scalar_block_lines(("script: |", "  a:b", "  c", "name: web"))
    {1, 2}
    """
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
