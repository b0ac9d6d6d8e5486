"""Decoded objects: what was sent as an empty list or map is not stored, and messages about a change still show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Decoded", "as_sent", "without_empty"]


class Decoded(dict[str, Any]):
    """A decoded object that remembers which of its fields were sent as an empty list or map.

    It is equal to a plain dict of its other fields, as Kubernetes takes an empty list and none for equal.

    Args:
        fields: the fields that are stored.
        empty: the fields that are not, each with its empty value.

    Source of the rule: JSON tells `[]` from a field that is absent, and the encoding in etcd does not

    >>> sent = Decoded({"name": "web"}, {"args": []})
    >>> sent == {"name": "web"}, as_sent(sent, "args"), as_sent(sent, "command")
    (True, [], None)
    """

    __slots__ = ("empty",)

    def __init__(self, fields: Mapping[str, Any], empty: dict[str, Any]) -> None:
        super().__init__(fields)
        self.empty = empty


def as_sent(obj: Mapping[str, Any], field: str) -> Any:
    """Return a field of an object, with an empty list or map where one was sent; None if there is none.

    Args:
        obj: a decoded object, or a stored one.
        field: the name of the field.
    """
    value = obj.get(field)
    return obj.empty.get(field) if value is None and isinstance(obj, Decoded) else value


def without_empty(value: Any) -> Any:
    """Return a decoded value as it is stored: in plain dicts, which forget what was sent empty.

    >>> type(without_empty(Decoded({"name": "web"}, {"args": []}))).__name__
    'dict'
    """
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items()}
    return [without_empty(item) for item in value] if isinstance(value, list) else value
