"""The rows that `kubectl get` prints, as plain values; each kind has a file in `facts/columns/`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from k8snotes.api.base import KubeObject, text
from k8snotes.api.gateway_api import GROUP
from k8snotes.api.kind import Kind
from k8snotes.api.registry import find_kind
from k8snotes.facts import columns as files
from k8snotes.facts.columns.cells import NONE, Row, age, pairs

__all__ = ["age", "columns", "pairs", "row"]


def columns(kind: Kind, *, wide: bool = False) -> tuple[str, ...]:
    """Return the column names that `kubectl get` has for a kind.

    Args:
        kind: a kind of Kubernetes or of the Gateway API, or one that no file is about: then NAME and AGE.
        wide: whether those of `-o wide` are meant.

    >>> from k8snotes.api.registry import find_resource
    >>> columns(find_resource("pods"))
    ('NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE')
    >>> columns(find_resource("csinodes"))
    ('NAME', 'AGE')
    """
    file = _file(kind.singular) if kind.builtin or kind.group == GROUP else None
    names: tuple[str, ...] = file.NAMES if file else ("NAME", "AGE")
    return getattr(file, "WIDE", names) if wide else names


def row(obj: KubeObject, now: str, *, wide: bool = False) -> Row:
    """Return the row of one object, by column name; a cell without a value is "<none>".

    Args:
        obj: an object of any kind.
        now: the moment at which it is looked at, as a timestamp ("2026-01-01T00:03:20Z").
        wide: whether the columns of `-o wide` are meant.

    >>> from k8snotes.api.base import view
    >>> made = {"name": "shop", "creationTimestamp": "2026-01-01T00:00:00Z"}
    >>> row(view({"apiVersion": "v1", "kind": "Namespace", "metadata": made}), "2026-01-01T00:03:20Z")
    {'NAME': 'shop', 'STATUS': 'Active', 'AGE': '3m20s'}
    """
    cells: Row = {"NAME": obj.name, "AGE": age(text(obj.metadata.get("creationTimestamp")), now)}
    kind = find_kind(obj.api_version, obj.kind)  # None: a version that is served no more, a custom kind
    if kind is None and obj.resource.group == GROUP:
        kind = obj.resource
    file = _file(kind.singular) if kind else None
    if kind and file and isinstance(obj, kind.view or KubeObject):
        cells |= file.row_at(obj, now) if hasattr(file, "row_at") else file.row(obj)
    return {name: cells.get(name, NONE) for name in columns(obj.resource, wide=wide)}


@cache
def _file(kind: str) -> ModuleType | None:
    """Import the file of a built-in kind ("pod"), None where it has none."""
    name = f"{files.__name__}.{kind}"
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
