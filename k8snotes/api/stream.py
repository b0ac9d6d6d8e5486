"""A list of objects in JSON text of any length, read item by item; what its items have in common is kept once.

`kubectl get -o json` of a large cluster writes more than a gigabyte, and as Python's values it would be several: the
Pods of one ReplicaSet differ in few places, so most of each is there already when it is read.
"""

from __future__ import annotations

import codecs
import json
import marshal
from collections.abc import Iterator
from sys import intern
from typing import Any, Protocol

from k8snotes.api.document import HALF_ESCAPE, MAX_DEPTH, bounded_float, whole

__all__ = ["BrokenListError", "NoListError", "Pool", "items_of"]

_CHUNK = 2_000_000
_LONGEST_ITEM = 100_000_000
_MOST_ITEMS = 3_000_000
_MOST_KEPT = 60_000
_NESTED = (dict, list)


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most so many; b"" at the end."""
        ...


class NoListError(Exception):
    """The text does not begin as a list of objects in JSON does."""


class BrokenListError(Exception):
    """A list of objects ends too early, or something in it is not JSON.

    Args:
        detail: what is wrong, in the words of Python's reader of JSON.
        line: the line, from 1.
        column: the column, from 1.
    """

    def __init__(self, detail: str, line: int, column: int) -> None:
        super().__init__(detail)
        self.detail, self.line, self.column = detail, line, column


class Pool:
    """Values that were read before: an equal part of a later object becomes the same value.

    Such values are shared, and must not be changed. The pool forgets all when it is full: what is alike stands close
    together in a list.

    >>> pool = Pool()
    >>> first, second = pool.shared({"a": [{"b": "c"}]}), pool.shared({"a": [{"b": "c"}]})
    >>> first == second, first["a"][0] is second["a"][0]
    (True, True)
    """

    __slots__ = ("_parts", "_texts")

    def __init__(self) -> None:
        self._parts: dict[bytes, Any] = {}
        self._texts: dict[str, str] = {}

    def shared(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return an equal object, made of parts of earlier ones where it can be.

        Raises:
            RecursionError: it is nested too deep.
        """
        if len(self._parts) > _MOST_KEPT:
            self._parts.clear()
        if len(self._texts) > _MOST_KEPT:
            self._texts.clear()
        # metadata, spec and status of two objects are never equal, so they are not looked for as a whole
        return {
            intern(key): self._made(value, 1) if type(value) in _NESTED else self._single(value)
            for key, value in item.items()
        }

    def _single(self, value: Any) -> Any:
        return self._texts.setdefault(value, value) if type(value) is str else value

    def _part(self, value: Any, depth: int) -> Any:
        """Return an equal mapping or list, the one that was read before if there is one."""
        known = marshal.dumps(value, 2)
        found = self._parts.get(known)
        if found is None:
            found = self._parts[known] = self._made(value, depth)
        return found

    def _made(self, value: Any, depth: int) -> Any:
        """Return an equal mapping or list with parts that were read before; texts, the most, cost no call of ours."""
        if depth > MAX_DEPTH:
            raise RecursionError
        deeper, part, text = depth + 1, self._part, self._texts.setdefault
        if type(value) is dict:
            return {
                intern(key): text(item, item)
                if type(item) is str
                else (part(item, deeper) if type(item) in _NESTED else item)
                for key, item in value.items()
            }
        return [
            text(item, item) if type(item) is str else (part(item, deeper) if type(item) in _NESTED else item)
            for item in value
        ]


class _Text:
    """The text of a file, of which only the part that is being read is in memory."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False
        self.halves = False

    def more(self) -> bool:
        """Read on, and forget what lies before the present place; returns whether there was more."""
        if self.ended:
            return False
        chunk = self._file.read(_CHUNK)
        self.ended = not chunk
        fresh = self._decoder.decode(chunk, final=self.ended)
        self.text = self.text[self.at :] + fresh
        self.at = 0
        self.halves = self.halves or ("\\u" in fresh and HALF_ESCAPE.search(self.text) is not None)
        return True

    def sign(self) -> str:
        """Return the next character that is no space, "" at the end; it is not passed."""
        while True:
            text, at = self.text, self.at
            while at < len(text) and text[at] in " \t\r\n":
                at += 1
            self.line += text.count("\n", self.at, at)
            self.at = at
            if at < len(text):
                return text[at]
            if not self.more():
                return ""

    def expected(self, sign: str) -> json.JSONDecodeError:
        """Return the error of a sign that is not there, in the words of Python's reader of JSON."""
        return json.JSONDecodeError(f"Expecting '{sign}' delimiter", self.text, self.at)

    def value(self, decoder: json.JSONDecoder) -> Any:
        """Return the value that begins here, and pass it.

        Raises:
            json.JSONDecodeError: there is none, or it is longer than any object.
        """
        self.sign()
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError:
                if len(self.text) - self.at > _LONGEST_ITEM or not self.more():
                    raise
                continue
            if end == len(self.text) and not self.ended and type(value) is not dict:
                self.more()  # a number may go on
                continue
            self.line += self.text.count("\n", self.at, end)
            self.at = end
            return value


def items_of(file: Readable, head: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Yield the items of a List, each with the line on which it begins.

    Args:
        file: the open file, in UTF-8.
        head: takes the other fields of the list: kind and apiVersion may stand after the items.

    Raises:
        NoListError: it is no object of JSON with `items`, or it is not all of the text: nothing was yielded, or what was
            is not all.
        BrokenListError: it is not JSON.
        UnicodeDecodeError: it is not text in UTF-8.

    >>> import io
    >>> head = {}
    >>> text = b'{"items": [{"a": 1}, {"a": 2}], "kind": "List"}'
    >>> [item for _line, item in items_of(io.BytesIO(text), head)], head
    ([{'a': 1}, {'a': 2}], {'kind': 'List'})
    """
    text, pool = _Text(file), Pool()
    decoder = json.JSONDecoder(parse_float=bounded_float, parse_constant=bounded_float)
    if text.sign() != "{":
        raise NoListError
    listed = False
    try:
        text.at += 1
        while text.sign() != "}":
            key = text.value(decoder)
            if text.sign() != ":" or not isinstance(key, str):
                raise text.expected(":")
            text.at += 1
            if key == "items" and not listed and text.sign() == "[":
                listed = True
                yield from _listed(text, decoder, pool)
            else:
                head[key] = text.value(decoder)
                if key not in ("apiVersion", "kind", "metadata"):
                    raise NoListError
            if text.sign() == ",":
                text.at += 1
            elif text.sign() != "}":
                raise text.expected(",")
        text.at += 1
    except json.JSONDecodeError as error:
        if not listed:
            raise NoListError from None
        before = text.text.rfind("\n", 0, error.pos)
        line = text.line + text.text.count("\n", text.at, error.pos)
        raise BrokenListError(error.msg, line, error.pos - before) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise BrokenListError("value out of range", text.line, 1) from None
    if text.sign() or not listed:
        raise NoListError


def _listed(text: _Text, decoder: json.JSONDecoder, pool: Pool) -> Iterator[tuple[int, Any]]:
    text.at += 1
    number = 0
    if text.sign() == "]":
        text.at += 1
        return
    while True:
        text.sign()
        line = text.line
        item = text.value(decoder)
        if text.halves:
            item = whole(item)
        yield line, pool.shared(item) if isinstance(item, dict) else item
        number += 1
        sign = text.sign()
        if sign not in (",", "]") or not sign or number > _MOST_ITEMS:
            raise text.expected(",")
        text.at += 1
        if sign == "]":
            return
