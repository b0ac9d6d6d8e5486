"""Finds out which argument of which call is being typed, from the code before the cursor."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Typed", "typed_in"]

_CALLEE = re.compile(r"(?<![\w.)\]])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\Z")
_ARGUMENT = re.compile(r"\s*(?:(\w+)\s*=\s*)?[rRuUfF]?\Z")


class Typed(NamedTuple):
    """A string that is being typed as an argument.

    Args:
        callee: what is called or subscripted: "c.scale", "c".
        bracket: "(" for a call, "[" for `c["`.
        position: the number of the argument, from 0.
        keyword: the name of the argument, "" where it is given by its position.
        text: what has been typed of the string.
        first: the first argument, if it is a string.
    """

    callee: str
    bracket: str
    position: int
    keyword: str
    text: str
    first: str = ""


class _Open:
    """A bracket that is open: where it is, and where its current argument begins."""

    def __init__(self, sign: str, at: int) -> None:
        self.sign, self.at, self.begins, self.commas = sign, at, at + 1, 0


def typed_in(code: str) -> Typed | None:
    """Return the string argument that is being typed at the end of a piece of code, None if there is none.

    >>> typed_in('c.scale("dep')
    Typed(callee='c.scale', bracket='(', position=0, keyword='', text='dep', first='')
    >>> typed_in('c.trace("http://web", source="po').keyword
    'source'
    >>> typed_in('c.scale("deploy/web", ') is None
    True
    """
    brackets: list[_Open] = []
    at = 0
    while at < len(code):
        sign = code[at]
        if sign in "\"'":
            mark = sign * 3 if code.startswith(sign * 3, at) else sign
            end = _end(code, at + len(mark), mark)
            if end < 0:
                return _argument(code, brackets, at, code[at + len(mark) :])
            at = end
            continue
        if sign == "#":
            line = code.find("\n", at)
            at = line if line >= 0 else len(code)
            continue
        if sign in "([{":
            brackets.append(_Open(sign, at))
        elif sign in ")]}" and brackets:
            brackets.pop()
        elif sign == "," and brackets:
            brackets[-1].commas += 1
            brackets[-1].begins = at + 1
        at += 1
    return None


def _end(code: str, at: int, mark: str) -> int:
    """Return the place after the end of a string, -1 if it is open at the end of the code."""
    while at < len(code):
        if code.startswith(mark, at):
            return at + len(mark)
        if code[at] == "\n" and len(mark) == 1:
            return at  # it was never closed: its line ends it
        at += 2 if code[at] == "\\" else 1
    return -1


def _argument(code: str, brackets: list[_Open], quote: int, text: str) -> Typed | None:
    if not brackets or brackets[-1].sign == "{":
        return None
    bracket = brackets[-1]
    callee = _CALLEE.search(code[: bracket.at])
    argument = _ARGUMENT.match(code[bracket.begins : quote])
    if callee is None or argument is None:
        return None
    first = re.match(r"\s*[\"']([^\"'\n]*)[\"']", code[bracket.at + 1 : quote])
    return Typed(callee[1], bracket.sign, bracket.commas, argument[1] or "", text, first[1] if first else "")
