"""One document of a source of manifests, and how JSON text is read into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

from k8snotes.catalogue import _
from k8snotes.errors import Problem

__all__ = ["HALF_ESCAPE", "MAX_DEPTH", "Document", "bounded_float", "json_documents", "too_deep", "whole"]

_LONGEST_INTEGER = 40  # digits; far more than 64 bits have
HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps half a character, written as an escape
MAX_DEPTH = 200  # a document may nest this deep before it is refused


def too_deep() -> str:
    """Return the message for a document that is nested too deep."""
    return _("the document is nested deeper than {levels} levels", levels=MAX_DEPTH)


class Document:
    """One document of a source: its value, or the problem that keeps it from having one.

    Args:
        index: its 0-based number in the source, empty documents not counted.
        line: the line on which it begins, counted from 1.
        value: its value: a mapping for a manifest, but any value that YAML has is possible.
        problem: what is wrong with it; None if it could be read.
        places: line and column (from 1) of its top-level keys, as far as they are known; "" is its beginning.
        item_lines: the lines of the `items` of a List.
    """

    __slots__ = ("index", "item_lines", "line", "places", "problem", "value")

    def __init__(
        self,
        index: int,
        line: int,
        value: Any = None,
        *,
        problem: Problem | None = None,
        places: dict[str, tuple[int, int]] | None = None,
        item_lines: tuple[int, ...] = (),
    ) -> None:
        self.index = index
        self.line = line
        self.value = value
        self.problem = problem
        self.places = places or {}
        self.item_lines = item_lines


def json_documents(text: str, file: str, *, doubles: bool = False) -> Iterator[Document]:
    """Read the objects of JSON text, one after the other; reading ends at the first text that is not an object.

    Args:
        text: the text, of one object or of several.
        file: its name, for the problems.
        doubles: whether a key may appear twice in an object; then the last one counts.

    >>> [document.value for document in json_documents('{"kind": "Pod"} {"kind": "Node"}', "")]
    [{'kind': 'Pod'}, {'kind': 'Node'}]
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=None if doubles else _unique,
        parse_int=_integer,
        parse_float=bounded_float,
        parse_constant=bounded_float,
    )
    halves = HALF_ESCAPE.search(text) is not None
    message: str
    position, index, line = 0, 0, 1
    while True:
        before = position
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        if position >= len(text):
            return
        # counting continues from the last document, so that many documents cost no more than one
        line += text.count("\n", before, position)
        try:
            value, end = decoder.raw_decode(text, position)
            deep = _too_deep(value)
        except json.JSONDecodeError as error:
            hint = _("A value, a comma or a bracket is missing here or just before this place.")
            message, place = _("this is not JSON: {detail}", detail=error.msg), (error.lineno, error.colno)
            problem = Problem(message, file, index, *place, hint, "not-json", error.msg)
            yield Document(index, line, problem=problem)
            return
        except _DuplicateKeyError as error:
            key = error.args[0]
            at = [match.start() for match in re.finditer(re.escape(json.dumps(key)) + r"\s*:", text)][-1]
            place = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            hint = _("A key may appear only once in an object. Remove one of the two keys.")
            message = f'key "{key}" already set in map'  # Kubernetes' own words
            yield Document(index, line, problem=Problem(message, file, index, *place, hint, "doubled-key"))
            return
        except _BadNumberError as error:
            written = str(error.args[0])
            at = max(text.find(written, position), 0)
            place = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            detail = _("{number} is not a number that JSON can have", number=written[:40])
            hint = _(
                "A number in JSON has at most 308 digits before its decimal point. Put text in quotation marks."
            )
            message = _("this is not JSON: {detail}", detail=detail)
            problem = Problem(message, file, index, *place, hint, "not-json", detail)
            yield Document(index, line, problem=problem)
            return
        except RecursionError:
            deep, value, end = True, None, len(text)
        if deep:
            yield Document(index, line, problem=Problem(too_deep(), file, index, line, 1))
            return
        places = {}
        if isinstance(value, dict):
            for key in ("kind", "apiVersion"):
                match = re.compile(f'"{key}"\\s*:').search(text, position, end)
                if match:
                    at = match.start()
                    places[key] = (line + text.count("\n", position, at), at - text.rfind("\n", 0, at))
        if halves:
            value = whole(value)
        yield Document(index, line, value, places=places)
        line += text.count("\n", position, end)
        position, index = end, index + 1


class _DuplicateKeyError(ValueError):
    pass


def whole(value: Any) -> Any:
    """Return a value with U+FFFD for each half of a character, as Go's decoder does it."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [whole(item) for item in value]
    return {whole(key): whole(item) for key, item in value.items()} if isinstance(value, dict) else value


class _BadNumberError(ValueError):
    pass


def _integer(written: str) -> int | float:
    # what fits into no integer of Go is read as a float64
    return int(written) if len(written) <= _LONGEST_INTEGER else bounded_float(written)


def bounded_float(written: str) -> float:
    """Return a number of JSON. Raises ValueError if no float is that large, or if it is none ("NaN")."""
    number = float(written)
    if not isfinite(number):
        raise _BadNumberError(written)
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return result


def _too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _level in range(MAX_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
