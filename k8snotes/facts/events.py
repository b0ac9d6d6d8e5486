"""Events: which ones are about an object and what it owns, their order, and when they were seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.facts.rows import age

__all__ = ["EventsByUid", "events_about", "events_by_object", "seen", "time_order"]

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


def events_about(api: ApiServer, obj: KubeObject | None = None, *, owned: bool = True) -> list[KubeObject]:
    """Return Events in the order of time: those about an object, and about what it has made.

    Args:
        api: the API server.
        obj: the object; None for all Events.
        owned: whether those count that are about the objects that it owns: the ReplicaSets and Pods of a Deployment.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _ = c.kubectl("create deployment web --image=web:1")
    >>> _ = c.settle()
    >>> [event.raw["reason"] for event in events_about(c.api, c["deploy/web"])][:3]
    ['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled']
    """
    events = sorted(api.list("events"), key=time_order)
    if obj is None:
        return events
    uids = {obj.uid} | (_owned(api, obj.uid) if owned else set())
    return [event for event in events if mapping(event.raw.get("involvedObject")).get("uid") in uids]


def _owned(api: ApiServer, uid: str) -> set[str]:
    """Return the uids of what an object owns, and of what that owns."""
    made: dict[str, list[str]] = {}
    for resource in api.store.resources():
        for item in api.store.list(resource):
            for owner in mappings(item.metadata.get("ownerReferences")):
                made.setdefault(text(owner.get("uid")), []).append(item.uid)
    found: set[str] = set()
    new = [uid]
    while new:
        new = [item for owner in new for item in made.get(owner, ()) if item not in found]
        found.update(new)
    return found


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
