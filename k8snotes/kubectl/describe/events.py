"""Events: which ones are about an object, their order, and when they were seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.facts.rows import age

__all__ = ["EventsByUid", "events_by_object", "seen", "time_order"]

EventsByUid = Mapping[str, Sequence[KubeObject]]


def events_by_object(api: ApiServer) -> EventsByUid:
    """Return all Events by the uid of the object that they are about.

    An Event names its object in `involvedObject`; the uid distinguishes it from an older object of the same name.
    """
    by_uid: dict[str, list[KubeObject]] = {}
    for event in api.list("events"):
        uid = text(mapping(event.raw.get("involvedObject")).get("uid"))
        by_uid.setdefault(uid, []).append(event)
    return by_uid


def time_order(event: KubeObject) -> tuple[str, int]:
    """Return what Events are sorted by: when they were last seen, then in which order they were written."""
    revision = text(event.metadata.get("resourceVersion"))
    return text(event.raw.get("lastTimestamp")), int(revision) if revision.isdigit() else 0


def seen(event: KubeObject, now: str, *, alone: str) -> str:
    """Return when an Event was seen: "5s", or "5s (x3 over 1m)" where it came several times.

    Args:
        event: the Event.
        now: the moment that ages are counted to.
        alone: the field with the time of an Event that came only once.
    """
    count = event.raw.get("count")
    if isinstance(count, int) and count > 1:
        last, first = (age(text(event.raw.get(field)), now) for field in ("lastTimestamp", "firstTimestamp"))
        return f"{last} (x{count} over {first})"
    return age(text(event.raw.get(alone)), now)
