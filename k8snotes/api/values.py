"""What may stand in a manifest that is given as Python values: what JSON can write, to a depth that can be read."""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import Any

from k8snotes.api.document import MAX_DEPTH

__all__ = ["unfit"]

_MOST_NODES = 5_000_000
_LARGEST = 10**308


def unfit(value: Any) -> str:
    r"""Say what of a value cannot be written as JSON, "" if all of it can.

    No value is quoted: it may be a Secret's.

    Args:
        value: mappings, lists and scalars, as a reader's program made them. Dates pass: YAML readers make them of text.

    >>> unfit({"metadata": {"labels": {"app": "web", "tier": 1}}})
    ''
    >>> unfit({"spec": {"ports": [{("a", "b"): 80}]}})
    'a key of spec.ports[0] is a tuple, and must be text'
    >>> unfit({"spec": {"replicas": {3}}})
    'spec.replicas is a set, which a manifest cannot hold'
    >>> unfit({"data": {"name": "\ud800"}})
    'data.name holds half a character (a lone surrogate), which is no text'
    """
    # a stack of its own, so that no depth ends the process; a path is made for what is wrong alone
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
                return f"{_words(path)} holds itself"
            if depth >= MAX_DEPTH:
                return f"it is nested deeper than {MAX_DEPTH} levels"
            if nodes + len(stack) + len(node) > _MOST_NODES:
                return f"it holds more than {_MOST_NODES:,} values"
            open_.add(id(node))
            stack.append((node, None, -1))
            if isinstance(node, dict):
                for key in node:
                    if why := _unfit_key(key):
                        return f"a key of {_words(path)} {why}"
                stack += [(item, (path, key), depth + 1) for key, item in node.items()]
            else:
                stack += [(item, (path, number), depth + 1) for number, item in enumerate(node)]
        elif why := _unfit_scalar(node):
            return f"{_words(path)} {why}"
    return ""


def _unfit_key(key: Any) -> str:
    if isinstance(key, str):
        return _unfit_scalar(key)
    # YAML readers make numbers and truth values of some keys, and JSON has text for them
    if key is None or isinstance(key, (bool, int, float)):
        return _unfit_scalar(key)
    return f"is a {type(key).__name__}, and must be text"


def _unfit_scalar(value: Any) -> str:
    if isinstance(value, str):
        try:
            value.isascii() or value.encode()
        except UnicodeEncodeError:
            return "holds half a character (a lone surrogate), which is no text"
        return ""
    if isinstance(value, float):
        return "" if isfinite(value) else f"is {float(value)}, and JSON has finite numbers only"
    if isinstance(value, int):
        return "" if -_LARGEST <= value <= _LARGEST else "is a number of more than 308 digits"
    if value is None or isinstance(value, date):
        return ""
    return f"is a {type(value).__name__}, which a manifest cannot hold"


def _words(path: Any) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f"[{step}]" if isinstance(step, int) and not isinstance(step, bool) else f".{step}")
    words = "".join(reversed(steps)).removeprefix(".")
    clean = words.encode("ascii", "backslashreplace").decode()
    return clean if len(clean) <= 120 else f"{clean[:80]} ... {clean[-30:]}"
