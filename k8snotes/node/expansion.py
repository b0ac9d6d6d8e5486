"""Expansion: `$(NAME)` in the value of a variable, in a command or in a path, by the rules of Kubernetes."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["expand", "kept_as_written"]

_DOLLAR, _OPEN, _CLOSE = b"$", b"(", b")"


def expand(value: str, mapping: Callable[[str], str]) -> str:
    """Return a text with its references `$(NAME)` replaced; `$$` is a single `$`, and refers to nothing.

    Args:
        value: the text.
        mapping: returns what a name stands for.

    >>> expand("$(HOST):80, $$(HOST), $HOST, $(OPEN", {"HOST": "db"}.__getitem__)
    'db:80, $(HOST), $HOST, $(OPEN'

    Source of the rule: `Expand` in k8s.io/kubernetes/third_party/forked/golang/expansion, which reads bytes.
    """
    if "$" not in value:
        return value
    data = value.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    at, last = 0, data.rfind(_CLOSE)
    while True:
        dollar = data.find(_DOLLAR, at)
        if dollar < 0 or dollar + 1 == len(data):
            parts.append(data[at:])
            break
        parts.append(data[at:dollar])
        after = data[dollar + 1 : dollar + 2]
        end = data.find(_CLOSE, dollar + 2) if after == _OPEN and dollar < last else -1
        if after == _DOLLAR:
            parts.append(_DOLLAR)
            at = dollar + 2
        elif end >= 0:
            name = data[dollar + 2 : end].decode("utf-8", "replace")
            parts.append(mapping(name).encode("utf-8", "surrogatepass"))
            at = end + 1
        elif after == _OPEN:
            parts.append(b"$(")
            at = dollar + 2
        else:
            # Go makes a letter of the one byte that follows
            parts.append(_DOLLAR + after.decode("latin-1").encode())
            at = dollar + 2
    return b"".join(parts).decode("utf-8", "replace")


def kept_as_written(name: str) -> str:
    """Return the reference itself: what a name that stands for nothing is replaced by.

    >>> kept_as_written("HOST")
    '$(HOST)'
    """
    return f"$({name})"
