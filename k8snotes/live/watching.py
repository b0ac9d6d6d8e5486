"""Follows a cluster: each list that was read is watched for some time, and kept as it is now."""

from __future__ import annotations

import json
import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.errors import ConnectError
from k8snotes.face import offered
from k8snotes.facts.pod_status import pod_status
from k8snotes.live.answers import Lost, Refused, Server
from k8snotes.live.reading import Place
from k8snotes.screen import printable

__all__ = ["Seen", "SeenChanges", "compared", "watch"]

_GONE, _FORBIDDEN = 410, 403
_TRIES = 5
_FIRST_PAUSE = 0.1
_MOST_SHOWN = 40
_LONGEST_END = 5.0  # seconds: a thread that waits for a connection ends without being waited for


class Seen(NamedTuple):
    """One change that was seen in a live cluster.

    Args:
        type: "ADDED", "MODIFIED" or "DELETED", as in a watch of Kubernetes.
        ref: the object: "pod/web-1".
        namespace: its Namespace; "" for kinds without.
        before: its status before, as `kubectl get pods` has it; "" for other kinds than Pods.
        after: its status after, likewise.

    >>> print(Seen("MODIFIED", "pod/web-1", "shop", "ContainerCreating", "Running"))
    pod/web-1 in the Namespace shop changed from ContainerCreating to Running
    """

    type: str
    ref: str
    namespace: str
    before: str = ""
    after: str = ""

    @property
    def words(self) -> Text:
        """The change in words."""
        parts = {"object": self.ref, "namespace": self.namespace, "before": self.before, "after": self.after}
        if self.type == "ADDED":
            if self.namespace:
                return _("{object} in the Namespace {namespace} was created", **parts)
            return _("{object} was created", **parts)
        if self.type == "DELETED":
            if self.namespace:
                return _("{object} in the Namespace {namespace} was deleted", **parts)
            return _("{object} was deleted", **parts)
        if self.before != self.after:
            return _("{object} in the Namespace {namespace} changed from {before} to {after}", **parts)
        if self.namespace:
            return _("{object} in the Namespace {namespace} changed", **parts)
        return _("{object} changed", **parts)

    @printable
    def __str__(self) -> str:
        return str(self.words)


class SeenChanges(list[Seen]):
    """Changes of a live cluster in the order in which they were seen; shown one a line.

    >>> SeenChanges()
    nothing has changed
    """

    unwatched: tuple[str, ...] = ()
    """The kinds that could not be watched to the end: they are as they were read."""

    __dir__ = offered("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort")

    @printable
    def __repr__(self) -> str:
        lines = [*map(str, self[:_MOST_SHOWN])] or [str(_("nothing has changed"))]
        if (more := len(self) - _MOST_SHOWN) > 0:
            lines.append(str(ngettext("... and {n} more change", "... and {n} more changes", more)))
        lines += [
            str(_("note: {kinds} could not be watched, so they are as they were read", kinds=kind))
            for kind in self.unwatched
        ]
        return "\n".join(lines)

    __str__ = __repr__


def _seen(kind: str, before: KubeObject | None, after: KubeObject | None) -> Seen:
    obj = after if after is not None else before
    assert obj is not None  # noqa: S101  # a change is of something
    namespace = text(obj.metadata.get("namespace"))
    return Seen(kind, obj.ref, namespace, _status(before), _status(after))


def _status(obj: KubeObject | None) -> str:
    return str(pod_status(obj)[1]) if isinstance(obj, Pod) else ""


def compared(before: Sequence[KubeObject], after: Sequence[KubeObject]) -> Iterator[Seen]:
    """Yield what is different between two readings: what was made, changed and deleted, by kind and name.

    Objects that only report on others (Event, Lease) are left out: they come and go by themselves.
    """
    one = {obj.key: obj for obj in before if not obj.resource.only_reports}
    other = {obj.key: obj for obj in after if not obj.resource.only_reports}
    for key in sorted(one.keys() | other.keys()):
        old, new = one.get(key), other.get(key)
        if old is not None and new is not None and old.uid != new.uid:
            yield _seen("DELETED", old, None)
            yield _seen("ADDED", None, new)
        elif old is None:
            yield _seen("ADDED", None, new)
        elif new is None:
            yield _seen("DELETED", old, None)
        elif old.raw != new.raw:
            yield _seen("MODIFIED", old, new)


class _Told(NamedTuple):
    """What a watch has told of its list: an event, the whole list anew, or that it has given up."""

    place: Place
    type: str
    raw: Manifest
    fresh: Place | None = None


def watch(
    server: Server, places: Sequence[Place], seconds: float, changes: int | None, seen: SeenChanges
) -> None:
    """Watch lists until time is over or enough was seen, and keep them up to date.

    Args:
        server: the server.
        places: the lists, as they were read.
        seconds: how long.
        changes: after how many changes it ends before that; None for no number.
        seen: takes the changes as they come, so that they are there if a reader interrupts.
    """
    told: queue.Queue[_Told | None] = queue.Queue()
    end = time.monotonic() + seconds
    over = threading.Event()
    threads = [
        threading.Thread(
            target=_follow, args=(server, place, end, over, told), name="live.follow", daemon=True
        )
        for place in places
    ]
    for thread in threads:
        thread.start()
    try:
        _collect(told, end, changes, seen, threads)
    finally:
        over.set()
        last = time.monotonic() + _LONGEST_END
        while any(thread.is_alive() for thread in threads) and time.monotonic() < last:
            server.hang_up()  # again: some may only now have got their stream
            for thread in threads:
                thread.join(0.02)
                if thread.is_alive():
                    break


def _collect(
    told: queue.Queue[_Told | None],
    end: float,
    changes: int | None,
    seen: SeenChanges,
    threads: Sequence[threading.Thread],
) -> None:
    lost: dict[str, None] = {}
    running = len(threads)
    while running and (changes is None or len(seen) < changes):
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            item = told.get(timeout=left)
        except queue.Empty:
            break
        if item is None:
            running -= 1
        elif item.type == "LOST":
            lost[item.place.resource.kind] = None
            seen.unwatched = tuple(lost)
        else:
            seen += _kept(item)


def _kept(item: _Told) -> list[Seen]:
    """Bring a list up to date, and return what has changed in it."""
    place = item.place
    if item.fresh is not None:
        changes = list(compared(list(place.objects.values()), list(item.fresh.objects.values())))
        place.objects, place.version = item.fresh.objects, item.fresh.version
        return changes
    metadata = mapping(item.raw.get("metadata"))
    place.version = text(metadata.get("resourceVersion")) or place.version
    if item.type == "DELETED":
        gone = place.drop(item.raw)
        return [_seen("DELETED", gone, None)] if gone is not None else []
    before = place.known(item.raw)
    after = place.take(item.raw)
    if before is None:
        return [_seen("ADDED", None, after)]
    return [_seen("MODIFIED", before, after)] if before.raw != after.raw else []


def _follow(
    server: Server, place: Place, end: float, over: threading.Event, told: queue.Queue[_Told | None]
) -> None:
    """Watch one list until the end: what runs in a thread of its own."""
    try:
        if not _watched(server, place, end, over, told) and not over.is_set():
            told.put(_Told(place, "LOST", {}))
    except ConnectError:
        told.put(_Told(place, "LOST", {}))
    finally:
        told.put(None)


def _watched(
    server: Server, place: Place, end: float, over: threading.Event, told: queue.Queue[_Told | None]
) -> bool:
    """Watch one list, and return whether it was watched to the end."""
    version, failed = place.version, 0
    while not over.is_set() and (left := end - time.monotonic()) > 0:
        if not version:  # what was seen last is no longer known to the server
            fresh = Place(place.resource, place.namespace)
            try:
                fresh.list(server)
            except Refused:
                return False
            version = fresh.version
            told.put(_Told(place, "LISTED", {}, fresh))
        asked = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(max(1, math.ceil(left))),
        }
        refusal: Refused | None = None
        try:
            with server.lines(place.path, asked, left) as lines:
                for line in lines:
                    event = _event(line)
                    what, raw = text(event.get("type")), mapping(event.get("object"))
                    if what == "ERROR":
                        refusal = Refused(int(raw.get("code") or 0), text(raw.get("reason")))
                        break
                    if what not in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK"):
                        continue
                    version, failed = text(mapping(raw.get("metadata")).get("resourceVersion")) or version, 0
                    if what != "BOOKMARK":
                        told.put(_Told(place, what, raw))
                    if over.is_set():
                        return True
        except Refused as refused:
            refusal = refused
        except Lost:
            failed += 1
        if refusal is not None:
            if refusal.status == _FORBIDDEN:
                return False
            failed += 1
            if refusal.status == _GONE:
                version = ""
        if failed >= _TRIES:
            return False
        if over.wait(_FIRST_PAUSE * 2**failed):
            return True
    return True


def _event(line: bytes) -> dict[str, Any]:
    try:
        return mapping(json.loads(line))
    except ValueError:  # the stream has ended in the middle of a line
        return {}
