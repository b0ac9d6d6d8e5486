"""Which Python values can be a manifest: those that JSON can write, up to a depth that can be read."""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import Any

from k8snotes.api.document import MAX_DEPTH, too_deep
from k8snotes.catalogue import _

__all__ = ["unfit"]

_MOST_NODES = 5_000_000
_LARGEST = 10**308


def unfit(value: Any) -> str:
    r"""Say which part of a value cannot be written as JSON, "" if all of it can.

    The message quotes no value, because it may be the value of a Secret.

    Args:
        value: mappings, lists and scalars, as a reader's program made them. Dates pass: YAML readers make them of text.

    >>> unfit({"metadata": {"labels": {"app": "web", "tier": 1}}})
    ''
    >>> unfit({"spec": {"ports": [{("a", "b"): 80}]}})
    'a key of spec.ports[0] is of type tuple, but a key must be text'
    >>> unfit({"spec": {"replicas": {3}}})
    'spec.replicas is of type set, which a manifest cannot hold'
    >>> unfit({"data": {"name": "\ud800"}})
    'data.name contains half a character (a lone surrogate), which is not text'
    """
    # a stack of its own, so that no depth ends the process; a path is made only for what is wrong
    open_: set[int] = set()
    stack: list[tuple[Any, Any, int]] = [(value, None, 0)]  # the value, its path (of pairs), its depth
    nodes = 0
    while stack:
        node, path, depth = stack.pop()
        if depth < 0:  # all that is in it was seen
            open_.discard(id(node))
            continue
        nodes += 1
        if isinstance(node, (dict, list, tuple)):
            if id(node) in open_:
                return _("{place} contains itself", place=_words(path))
            if depth >= MAX_DEPTH:
                return too_deep()
            if nodes + len(stack) + len(node) > _MOST_NODES:
                return _("the document holds more than {most} values", most=f"{_MOST_NODES:,}")
            open_.add(id(node))
            stack.append((node, None, -1))
            if isinstance(node, dict):
                for key in node:
                    if fault := _fault(key):
                        return _key_words(fault, key, _words(path))
                stack += [(item, (path, key), depth + 1) for key, item in node.items()]
            else:
                stack += [(item, (path, number), depth + 1) for number, item in enumerate(node)]
        elif not isinstance(node, date) and (fault := _fault(node)):
            return _value_words(fault, node, _words(path))
    return ""


def _fault(value: Any) -> str:
    """Return by a code what is wrong with a scalar, "" for nothing: "half", "infinite", "digits" or "type"."""
    if isinstance(value, str):
        try:
            value.isascii() or value.encode()
        except UnicodeEncodeError:
            return "half"
        return ""
    if isinstance(value, float):
        return "" if isfinite(value) else "infinite"
    if isinstance(value, int):
        return "" if -_LARGEST <= value <= _LARGEST else "digits"
    return "" if value is None else "type"


def _value_words(fault: str, value: Any, place: str) -> str:
    match fault:
        case "half":
            return _("{place} contains half a character (a lone surrogate), which is not text", place=place)
        case "infinite":
            return _(
                "{place} is {number}, but JSON has only finite numbers", place=place, number=float(value)
            )
        case "digits":
            return _("{place} is a number with more than 308 digits", place=place)
    return _(
        "{place} is of type {type}, which a manifest cannot hold", place=place, type=type(value).__name__
    )


def _key_words(fault: str, key: Any, place: str) -> str:
    # YAML readers make numbers and truth values of some keys, and JSON has text for them
    match fault:
        case "half":
            return _(
                "a key of {place} contains half a character (a lone surrogate), which is not text",
                place=place,
            )
        case "infinite":
            return _(
                "a key of {place} is {number}, but JSON has only finite numbers",
                place=place,
                number=float(key),
            )
        case "digits":
            return _("a key of {place} is a number with more than 308 digits", place=place)
    return _(
        "a key of {place} is of type {type}, but a key must be text", place=place, type=type(key).__name__
    )


def _words(path: Any) -> str:
    if path is None:
        return _("the manifest")
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f"[{step}]" if isinstance(step, int) and not isinstance(step, bool) else f".{step}")
    words = "".join(reversed(steps)).removeprefix(".")
    clean = words.encode("ascii", "backslashreplace").decode()
    return clean if len(clean) <= 120 else f"{clean[:80]} ... {clean[-30:]}"
