"""Makes text fit for a screen: nothing in it moves the cursor, rings a bell, hides, or reverses the text around it.

Names, labels and messages come from outside, and a dump may have any character in them. All text that is shown goes
through `shown`, which writes invisible characters as escapes. All text that is printed goes through `printed`, which
also replaces characters that the terminal does not have.
"""

from __future__ import annotations

import builtins
import json
import re
import shutil
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["at_prompt", "json_shown", "printable", "printed", "shown", "wrapped"]

_Self = TypeVar("_Self")
_WIDE = 100

# Unicode's categories Cc, Cf, Cs, Zl and Zp, and what is no character (XML forbids U+FFFE and U+FFFF). Those beyond
# U+FFFF are in a pattern of their own: Python finds a character in the set of the others at once, whatever its size.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"
)
_UNSEEN_BEYOND = re.compile(
    "[\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_ON_LINES = re.compile(f"[{_UNSEEN}]")
_ON_ONE_LINE = re.compile(f"[\t\n{_UNSEEN}]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# What a terminal without these signs shows instead; all others become escapes.
_INSTEAD = {
    "✓": "+",
    "✗×": "x",
    "→↳": "->",
    "←": "<-",
    "↕▏": "|",
    "…⋮": "...",
    "·−–—": "-",
    "◐○": "o",
    "●✎": "*",
} | {"▶▸": ">", "▲": "^", "█": "#", "ℹ": "i", "≈": "~", "≤": "<=", "≥": ">=", "≠": "!=", "“”": '"', "‘’": "'"}
_PLAIN = {sign: plain for signs, plain in _INSTEAD.items() for sign in signs}


def shown(text: object, *, lines: bool = True) -> str:
    r"""Return text in which every invisible character is written as its escape, such as \x1b or \u202e.

    Args:
        text: the text, or what is turned into text.
        lines: whether ends of lines and tabs stay as they are.

    >>> print(shown("a" + chr(27) + "[31m" + chr(0x202E) + "b"), shown("two" + chr(10) + "lines", lines=False))
    a\x1b[31m\u202eb two\nlines
    """
    whole = str(text)
    if whole.isascii() and whole.isprintable():
        return whole
    return _replaced(_ON_LINES if lines else _ON_ONE_LINE, _escape, whole)


def _replaced(unseen: re.Pattern[str], escape: Callable[[re.Match[str]], str], text: str) -> str:
    text = unseen.sub(escape, text)
    return _UNSEEN_BEYOND.sub(escape, text) if _BEYOND.search(text) else text


def _escape(match: re.Match[str]) -> str:
    return _NAMED.get(match[0]) or _escaped(match[0])


def _escaped(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def json_shown(text: str) -> str:
    r"""Return JSON in which every invisible character is written as JSON's escape, which means the same.

    >>> print(json_shown('{"a": "' + chr(0x85) + chr(0x202E) + chr(0xE0001) + '"}'))
    {"a": "\u0085\u202e\udb40\udc01"}
    """
    return _replaced(_ON_LINES, _json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


def printed(text: object) -> str:
    """Return text as the terminal can print it: fit for a screen, with only the characters of its encoding.

    The encoding is that of `sys.stdout`. A notebook has all characters, but an old Windows terminal (cp1252) or the C
    locale has only a few. There `✓` becomes `+`, an arrow becomes `->`, and any other character becomes its escape.
    """
    whole = shown(text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if whole.isascii() or _has(whole, encoding):
        return whole
    return "".join(
        char if char.isascii() or _has(char, encoding) else _PLAIN.get(char) or _escaped(char)
        for char in whole
    )


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def at_prompt() -> bool:
    """Whether somebody types at the prompt of plain Python, which shows a value by its `repr`; in a notebook it is not asked."""
    return hasattr(sys, "ps1") and not hasattr(builtins, "__IPYTHON__")


def wrapped(text: str) -> str:
    """Return text in which a line of more than 100 letters goes on in the next one, after a word.

    A notebook breaks a long line in the middle of a word, and so does a terminal: at its prompt a line is as long as the
    terminal is wide. What follows is indented by two spaces more; a longer word stays whole.

    >>> print(wrapped("  note: " + "word " * 20))
      note: word word word word word word word word word word word word word word word word word word
        word word
    """
    return "\n".join(piece for line in text.split("\n") for piece in _wrapped(line))


def _wrapped(line: str) -> list[str]:
    wide = min(_WIDE, shutil.get_terminal_size((_WIDE, 24)).columns) if at_prompt() else _WIDE
    if len(line) <= wide:
        return [line]
    import textwrap  # noqa: PLC0415  # most lines are short

    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, wide, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def printable(method: Callable[[_Self], str]) -> Callable[[_Self], str]:
    """Let what a method returns (`__str__`, `__repr__`) go through `printed`."""

    @wraps(method)
    def clean(self: _Self, *args: Any) -> str:
        return printed(method(self, *args))

    return clean
