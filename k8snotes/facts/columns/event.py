"""Event: what `kubectl get events` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.facts.columns.cells import Row, age

__all__ = ["NAMES", "WIDE", "row_at"]


NAMES = ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")
WIDE = (
    *("LAST SEEN", "TYPE", "REASON", "OBJECT", "SUBOBJECT", "SOURCE", "MESSAGE"),
    *("FIRST SEEN", "COUNT", "NAME"),
)


def row_at(event: KubeObject, now: str) -> Row:
    """Return the cells of an Event: when it was last seen, how often, and what it is about."""
    first, last = text(event.raw.get("firstTimestamp")), text(event.raw.get("lastTimestamp"))
    count = int(event.raw.get("count") or 1)
    about = mapping(event.raw.get("involvedObject"))
    source = mapping(event.raw.get("source"))
    again = f" (x{count} over {age(first, now)})" if count > 1 else ""
    return {
        "LAST SEEN": age(last or first, now) + again,
        "TYPE": text(event.raw.get("type")),
        "REASON": text(event.raw.get("reason")),
        "OBJECT": f"{text(about.get('kind')).lower()}/{text(about.get('name'))}",
        "MESSAGE": text(event.raw.get("message")),
        "SUBOBJECT": text(about.get("fieldPath")),
        "SOURCE": ", ".join(filter(None, (text(source.get("component")), text(source.get("host"))))),
        "FIRST SEEN": age(first, now),
        "COUNT": count,
    }
