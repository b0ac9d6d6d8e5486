"""The functions of Go templates: Go's own, and the two that kubectl adds.

Source of the rules: funcs.go of the package text/template of Go, and k8s.io/cli-runtime/pkg/printers/template.go
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from k8snotes.api.masking import HIDDEN
from k8snotes.kubectl.output.go_format import Int, sprint, sprintf, sprintln, type_name

__all__ = ["FUNCTIONS", "CallError", "Function", "truth"]


class CallError(Exception):
    """What a function does not do; the text is Go's."""


class Function(NamedTuple):
    """A function of templates.

    Args:
        run: computes the value.
        least: how many arguments it needs.
        any_more: whether it takes more than these.
        types: the types of its first arguments, where they must be of one.
        finds: whether its value is one that it found in a map or a list.
    """

    run: Callable[..., Any]
    least: int = 1
    any_more: bool = False
    types: tuple[str, ...] = ()
    finds: bool = False


def truth(value: Any) -> bool:
    """Whether a value counts as true: it is neither nothing nor 0 nor empty.

    >>> truth(0), truth("no"), truth([])
    (False, True, False)
    """
    return bool(value)


def _index(item: Any, *indices: Any) -> Any:
    if item is None:
        raise CallError("index of untyped nil")
    for index in indices:
        if item is None:
            raise CallError("index of nil pointer")
        if isinstance(item, (list, str)):
            whole = item.encode() if isinstance(item, str) else item
            at = _position(index, len(whole))
            if at >= len(whole):
                raise CallError(f"index out of range: {index}")
            item = whole[at]
        elif isinstance(item, dict):
            if index is None:
                raise CallError("value is nil; should be of type string")
            if not isinstance(index, str):
                raise CallError(f"value has type {type_name(index)}; should be string")
            item = item.get(index)
        else:
            raise CallError(f"can't index item of type {type_name(item)}")
    return item


def _position(index: Any, length: int) -> int:
    if index is None:
        raise CallError("cannot index slice/array with nil")
    if isinstance(index, bool) or not isinstance(index, int):
        raise CallError(f"cannot index slice/array with type {type_name(index)}")
    if index < 0 or index > length:
        raise CallError(f"index out of range: {index}")
    return index


def _slice(item: Any, *indices: Any) -> Any:
    if item is None:
        raise CallError("slice of untyped nil")
    if len(indices) > 3:
        raise CallError(f"too many slice indexes: {len(indices)}")
    if not isinstance(item, (list, str)):
        raise CallError(f"can't slice item of type {type_name(item)}")
    if isinstance(item, str) and len(indices) == 3:
        raise CallError("cannot 3-index slice a string")
    whole = item.encode() if isinstance(item, str) else item
    places = [0, len(whole), len(whole)]
    for at, index in enumerate(indices):
        places[at] = _position(index, len(whole))
    if places[0] > places[1]:
        raise CallError(f"invalid slice index: {places[0]} > {places[1]}")
    part = whole[places[0] : places[1]]
    return part.decode(errors="replace") if isinstance(part, bytes) else part


def _len(item: Any) -> Int:
    if isinstance(item, str):
        return Int(len(item.encode()))
    if isinstance(item, (list, dict)):
        return Int(len(item))
    if item is None:
        raise CallError("reflect: call of reflect.Value.Type on zero Value")
    raise CallError(f"len of type {type_name(item)}")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    for type_, name in ((int, "int"), (float, "float"), (str, "string")):
        if isinstance(value, type_):
            return name
    return ""


def _eq(one: Any, *others: Any) -> bool:
    if not others:
        raise CallError("missing argument for comparison")
    for other in others:
        if _kind(one) != _kind(other):
            if one is not None and other is not None:
                raise CallError("incompatible types for comparison")
            continue
        if not _kind(one) and one is not None and other is not None:
            raise CallError(_not_comparable(one, other))
        if one == other:
            return True
    return False


def _not_comparable(one: Any, other: Any) -> str:
    if type_name(one) != type_name(other):
        return f"non-comparable types {sprint(one)}: {type_name(one)}, {type_name(other)}: {sprint(other)}"
    return f"non-comparable type {sprint(other)}: {type_name(other)}"


def _lt(one: Any, other: Any) -> bool:
    if not _kind(one) or not _kind(other):
        raise CallError("invalid type for comparison")
    if _kind(one) != _kind(other):
        raise CallError("incompatible types for comparison")
    if isinstance(one, bool):
        raise CallError("invalid type for comparison")
    if isinstance(one, str):
        return one.encode() < str(other).encode()
    return bool(one < other)


def _le(one: Any, other: Any) -> bool:
    return _lt(one, other) or _eq(one, other)


_SCRIPT = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
}
_SPECIAL = re.compile(r"[\\'\"<>&=\x00-\x1f]")


def _js(*values: Any) -> str:
    return _SPECIAL.sub(lambda match: _SCRIPT.get(match[0]) or f"\\u{ord(match[0]):04X}", sprint(*values))


def _html(*values: Any) -> str:
    return (
        html.escape(sprint(*values))
        .replace("&quot;", "&#34;")
        .replace("&#x27;", "&#39;")
        .replace("\0", "\ufffd")
    )


def _exists(item: Any, *keys: Any) -> bool:
    try:
        return _index(item, *keys) is not None
    except CallError:
        return False


def _base64decode(text: str) -> str:
    if text == HIDDEN:  # a value of a Secret, which is not shown
        return text
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode(
            errors="replace"
        )
    except (binascii.Error, ValueError):
        wrong = re.search(r"[^A-Za-z0-9+/]", text)
        at = wrong.start() if wrong and wrong[0] != "=" else len(text) // 4 * 4
        raise CallError(f"base64 decode failed: illegal base64 data at input byte {at}") from None


FUNCTIONS: dict[str, Function] = {
    "and": Function(lambda *values: values[-1], any_more=True),
    "base64decode": Function(_base64decode, types=("string",)),
    "call": Function(lambda *_values: None, any_more=True),
    "eq": Function(_eq, any_more=True),
    "exists": Function(_exists, any_more=True),
    "ge": Function(lambda one, other: not _lt(one, other), 2),
    "gt": Function(lambda one, other: not _le(one, other), 2),
    "html": Function(_html, 0, any_more=True),
    "index": Function(_index, any_more=True, finds=True),
    "js": Function(_js, 0, any_more=True),
    "le": Function(_le, 2),
    "len": Function(_len),
    "lt": Function(_lt, 2),
    "ne": Function(lambda one, other: not _eq(one, other), 2),
    "not": Function(lambda value: not truth(value)),
    "or": Function(lambda *values: values[-1], any_more=True),
    "print": Function(sprint, 0, any_more=True),
    "printf": Function(sprintf, any_more=True, types=("string",)),
    "println": Function(sprintln, 0, any_more=True),
    "slice": Function(_slice, any_more=True),
    "urlquery": Function(lambda *values: quote_plus(sprint(*values)), 0, any_more=True),
}
