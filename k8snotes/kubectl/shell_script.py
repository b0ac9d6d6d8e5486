"""A line for `sh -c`: simple commands one after the other, with quotes, variables and file names with `*`.

What else a shell can do (pipes, loops, substitution of commands) is not simulated, and is refused with `NotSimple`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

__all__ = ["Command", "NotSimple", "Piece", "assigns", "commands", "expanded"]

_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*|\?)|\{([A-Za-z_]\w*)(?::?-([^{}$`]*))?\})", re.ASCII)
_BARE = re.compile(r"[^\s'\"\\$;&|<>()`#]+|#")
_NAMES = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_GLOB = re.compile(r"[*?\[]")


class NotSimple(Exception):  # noqa: N818  # the part of the line that is not simulated
    """A part of a line that is more than a simple command.

    Args:
        what: the part: "|".
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Piece(NamedTuple):
    """A part of a word.

    Args:
        text: the text, or the name of a variable.
        quoted: whether it stands in quotes: then it is not taken apart.
        variable: whether it is a variable.
        default: what stands for a variable that has no value.
    """

    text: str
    quoted: bool = False
    variable: bool = False
    default: str = ""


class Command(NamedTuple):
    """A simple command.

    Args:
        words: its words; each is a list of pieces.
        after: what joins it to the one before: ";", "&&" or "||".
        into: the file that its output is written to, None for none.
    """

    words: list[list[Piece]]
    after: str = ";"
    into: list[Piece] | None = None


def commands(line: str) -> list[Command]:
    """Take a line apart.

    Raises:
        NotSimple: The line has a part that is not simulated.

    >>> [command.after for command in commands("echo a && echo b; echo c")]
    [';', '&&', ';']
    """
    found: list[Command] = []
    command = Command([])
    into = False
    for item in _tokens(line):
        if isinstance(item, list):
            if into:
                command, into = command._replace(into=item), False
            else:
                command.words.append(item)
        elif item == ">":
            into = True
        else:
            if command.words or command.into:
                found.append(command)
            command = Command([], item)
    if command.words or command.into:
        found.append(command)
    return found


def _tokens(line: str) -> Iterator[str | list[Piece]]:
    """Yield words and operators; a line end is a `;`."""
    at, begun = 0, False
    word: list[Piece] = []
    while at < len(line):
        char = line[at]
        if char.isspace() or char in ";&|<>":
            if begun:
                yield word
                word, begun = [], False
            operator = line[at : at + 2] if line[at : at + 2] in ("&&", "||", ">>") else char
            at += len(operator)
            if operator in (">", ">>"):
                yield ">"
            elif operator in ("&&", "||"):
                yield operator
            elif operator in (";", "\n"):
                yield ";"
            elif not char.isspace():
                raise NotSimple(operator)
            continue
        if char == "#" and not begun:
            at = line.find("\n", at) if "\n" in line[at:] else len(line)
            continue
        begun = True
        at = _piece(line, at, word)
    if begun:
        yield word


def _piece(line: str, at: int, word: list[Piece]) -> int:
    """Read one part of a word into it; returns where the next one begins."""
    char = line[at]
    if char == "'":
        end = line.find("'", at + 1)
        if end < 0:
            raise NotSimple("'")
        word.append(Piece(line[at + 1 : end], quoted=True))
        return end + 1
    if char == '"':
        return _in_quotes(line, at + 1, word)
    if char == "\\":
        word.append(Piece(line[at + 1 : at + 2], quoted=True))
        return at + 2
    if char == "$":
        return _dollar(line, at, word, quoted=False)
    bare = _BARE.match(line, at)
    if bare is None:
        raise NotSimple(char)
    word.append(Piece(bare[0]))
    return bare.end()


def _in_quotes(line: str, at: int, word: list[Piece]) -> int:
    """Read what stands between double quotes."""
    word.append(Piece("", quoted=True))
    while at < len(line):
        char = line[at]
        if char == '"':
            return at + 1
        if char == "$":
            at = _dollar(line, at, word, quoted=True)
        elif char == "`":
            raise NotSimple(char)
        elif char == "\\" and line[at + 1 : at + 2] in ("$", '"', "\\", "`"):
            word.append(Piece(line[at + 1], quoted=True))
            at += 2
        else:
            word.append(Piece(char, quoted=True))
            at += 1
    raise NotSimple('"')


def _dollar(line: str, at: int, word: list[Piece], *, quoted: bool) -> int:
    """Read a variable, or a dollar sign that is only that."""
    match = _VARIABLE.match(line, at)
    if match is not None:
        word.append(Piece(match[1] or match[2], quoted, variable=True, default=match[3] or ""))
        return match.end()
    after = line[at + 1 : at + 2]
    if after and (after in "({$#@*!-" or after.isdigit()):
        raise NotSimple(line[at : at + 2])
    word.append(Piece("$", quoted=quoted))
    return at + 1


def expanded(
    word: list[Piece], variables: Mapping[str, str], names: Callable[[str], Iterator[str]]
) -> list[str]:
    """Return what a word of a command becomes: variables are replaced and taken apart, `*` becomes names of files.

    Args:
        word: the word.
        variables: the values of the variables.
        names: yields the names in a folder.

    >>> expanded([Piece("A", variable=True)], {"A": "one two"}, lambda folder: iter(()))
    ['one', 'two']
    >>> expanded([Piece("/etc/*")], {}, lambda folder: iter(["hosts", ".git"]))
    ['/etc/hosts']
    """
    fields: list[
        tuple[str, str]
    ] = []  # as text, and as a pattern in which quoted letters stand for themselves
    text = pattern = ""
    begun = False
    for piece in word:
        value = variables.get(piece.text, "") or piece.default if piece.variable else piece.text
        if piece.quoted or not piece.variable:
            text += value
            pattern += re.sub(_GLOB, r"[\g<0>]", value) if piece.quoted else value
            begun = True
            continue
        parts = value.split()
        if value[:1].isspace() and begun:
            fields.append((text, pattern))
            text, pattern, begun = "", "", False
        for number, part in enumerate(parts):
            if number:
                fields.append((text, pattern))
                text = pattern = ""
            text, pattern, begun = text + part, pattern + part, True
        if parts and value[-1:].isspace():
            fields.append((text, pattern))
            text, pattern, begun = "", "", False
    if begun:
        fields.append((text, pattern))
    return [name for field in fields for name in _matching(*field, names)]


def _matching(text: str, pattern: str, names: Callable[[str], Iterator[str]]) -> list[str]:
    """Return the files that a pattern matches; only its last part may be one. Without a match it is a text."""
    folder, slash, last = pattern.rpartition("/")
    if not _GLOB.search(pattern) or _GLOB.search(folder):
        return [text]
    hidden = last.startswith(".")
    found = [
        f"{folder}{slash}{name}"
        for name in names(folder or slash or ".")
        if fnmatchcase(name, last) and (hidden or not name.startswith("."))
    ]
    return found or [text]


def assigns(word: list[Piece]) -> bool:
    """Whether a word sets a variable, as the first word of a command can."""
    return bool(word) and not word[0].quoted and _NAMES.match(word[0].text) is not None
