"""The single steps of a JSONPath: a field, a slice, everything below; and how filters compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from k8snotes.kubectl.formats import go_value

__all__ = ["JsonPathError", "Step", "everything_below", "field", "holds", "slice_", "wildcard"]


class JsonPathError(Exception):
    """A template that cannot be read, or that does not fit the object; the text is kubectl's."""


Step = Callable[[list[Any]], list[Any]]


def field(name: str) -> Step:
    """Return the step to a field; where it is missing, nothing is found."""
    return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]


def wildcard(values: list[Any]) -> list[Any]:
    """Step to all that is one below: `[*]`, `.*`."""
    return [child for value in values for child in _children(value)]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def everything_below(values: list[Any]) -> list[Any]:
    """Step to everything, however deep: `..`."""
    found = []
    for value in values:
        found.append(value)
        found += everything_below([child for child in _children(value) if isinstance(child, (dict, list))])
    return found


def slice_(first: int | None, last: int | None, step: int | None, *, single: bool) -> Step:
    """Return the step to items of a list: one (`single`), or those from `first` to before `last`."""

    def apply(values: list[Any]) -> list[Any]:
        found = []
        for value in values:
            if value is None:
                continue
            if not isinstance(value, list):
                raise JsonPathError(f"{go_value(value)} is not array or slice")
            length = len(value)
            begin = first or 0
            begin += length if begin < 0 else 0
            if single:
                end = begin + 1
            else:
                end = length if last is None else last
                end += length if end < 0 else 0
            if begin == end:
                continue
            if not 0 <= begin < length:
                raise JsonPathError(f"array index out of bounds: index {begin}, length {length}")
            if not 0 <= end <= length:
                raise JsonPathError(f"array index out of bounds: index {end - 1}, length {length}")
            if begin > end:
                raise JsonPathError(f"starting index {begin} is greater than ending index {end}")
            if step is not None and step <= 0:
                raise JsonPathError("step must be > 0")
            found += value[begin : end : step or 1]
        return found

    return apply


def holds(left: Any, operator: str, right: Any) -> bool:
    """Say whether a comparison holds; values of different types cannot be compared."""
    if _kind(left) != _kind(right):
        raise JsonPathError("incompatible types for comparison")
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _kind(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise JsonPathError("invalid type for comparison")
    return type(value).__name__
