"""Cells that several kinds print alike: an age, labels, what is absent, the first of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError

__all__ = [
    "NONE",
    "UNKNOWN",
    "UNSET",
    "Row",
    "access_modes",
    "age",
    "amount",
    "containers",
    "created_at",
    "data",
    "first_few",
    "pairs",
]

NONE, UNKNOWN, UNSET = "<none>", "<unknown>", "<unset>"
Row = dict[str, Any]
"""The cells of one object, by column name; `NAME` and `AGE` are filled in where a kind leaves them out."""

_SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def amount(value: Any) -> str:
    """Return a quantity in its canonical form, "<unknown>" for None.

    >>> amount("1000m"), amount(None)
    ('1', '<unknown>')
    """
    if value is None:
        return UNKNOWN
    try:
        return str(Quantity(text(value)))
    except QuantityError:  # in a dump
        return text(value)


def age(since: str, now: str) -> str:
    """Return the time between two timestamps as kubectl prints it: "5s", "3m20s", "4h", "12d".

    Args:
        since: the earlier moment, as in manifests ("2026-01-01T00:00:00Z").
        now: the later one.

    Returns:
        The time in at most two units; "<unknown>" where one of them is no timestamp, "<invalid>" for a later `since`.

    Source of the rule: `duration.HumanDuration` of k8s.io/apimachinery.

    >>> age("2026-01-01T00:00:00Z", "2026-01-01T00:03:20Z")
    '3m20s'
    """
    try:
        seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds())
    except ValueError:
        return UNKNOWN
    if seconds < 0:
        return "0s" if seconds == -1 else "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 365 * 2:
        return f"{days}d"
    years = days // 365
    return f"{years}y{days % 365}d" if years < 8 and days % 365 else f"{years}y"


def pairs(labels: Mapping[str, Any]) -> str:
    """Return a map of labels as kubectl prints it in a line, sorted; "<none>" for an empty one.

    >>> pairs({"tier": "front", "app": "web"}), pairs({})
    ('app=web,tier=front', '<none>')
    """
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE


def first_few(items: Sequence[str], *, most: int = 3, between: str = ",") -> str:
    """Return the first items of a list, and how many more there are; "" for none.

    >>> first_few(["a", "b", "c", "d"])
    'a,b,c + 1 more...'
    """
    rest = len(items) - most
    return between.join(items[:most]) + (f" + {rest} more..." if rest > 0 else "")


def containers(pod_spec: Mapping[str, Any]) -> Row:
    """Return the cells CONTAINERS and IMAGES for the specification of a Pod."""
    items = mappings(pod_spec.get("containers"))
    return {
        "CONTAINERS": ",".join(text(item.get("name")) for item in items),
        "IMAGES": ",".join(text(item.get("image")) for item in items),
    }


def created_at(obj: KubeObject) -> Row:
    """Return the cell CREATED AT: some kinds say the moment instead of an age."""
    return {"CREATED AT": text(obj.metadata.get("creationTimestamp"))}


def access_modes(modes: Any) -> str:
    """Return access modes by their short names.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes

    >>> access_modes(["ReadOnlyMany", "ReadWriteOnce"])
    'RWO,ROX'
    """
    names = set(map(text, sequence(modes)))
    return ",".join(short for mode, short in _SHORT_MODES.items() if mode in names)


def data(obj: KubeObject) -> Row:
    """Return the cells DATA (how many keys a ConfigMap or Secret has) and TYPE."""
    count = len(mapping(obj.raw.get("data"))) + len(mapping(obj.raw.get("stringData")))
    return {"DATA": count, "TYPE": text(obj.raw.get("type")) or "Opaque"}
