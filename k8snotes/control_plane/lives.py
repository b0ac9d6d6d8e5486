"""What has happened to each Pod, as codes and moments: what its status has told, and no longer tells.

The status of a Pod that has only started tells all of its life, so nothing is kept of it. A write that would take
something out of a status (a readiness that ends, the end of a container before its last one) begins a record of the
Pod; a Pod that is gone is kept with its record, until many others are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.pod import ON_THE_WAY, STATUS_FIELDS, Pod
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.naming import seconds_of

__all__ = ["Lives", "Note", "Remembered", "told"]

_FIRST, _LATEST = 100, 200  # notes of one Pod that are kept
_GONE = 200  # Pods that are gone, and still known


class Note(NamedTuple):
    """Something that has happened to a Pod.

    Args:
        code: what: "bound", "unschedulable", "unmounted", "address", "started", "startup" (the startup probe has
            succeeded), "ended", "waits", "ready", "unready", "over" (the Pod has ended), "disrupted" (it is to make
            room, or to leave its Node), "deletion", "failed-probe",
            "changed" (another image), "hook" (one that has failed), "prestop", "sigterm", "sigkill", "stopped" (after
            SIGTERM, in a Pod that is being deleted), "held" (nothing but finalizers keeps it), "forgotten" (what happened
            from then on for a while is no longer kept).
        time: when, in seconds of the cluster's clock.
        container: the container, "" for the whole Pod.
        run: how often the container had been restarted before.
        number: an exit code; of "deletion" the grace period in seconds; of "forgotten" how many notes there were.
        word: the Node, the address, the reason, the kind of a probe, the phase.
    """

    code: str
    time: int
    container: str = ""
    run: int = 0
    number: int = 0
    word: str = ""


class Remembered(NamedTuple):
    """A Pod with all that is known to have happened to it.

    Args:
        pod: the Pod, as it is or was last.
        notes: what has happened, in the order in which it was noted.
        removed: when it was removed, in seconds of the cluster's clock; None while it is there.
    """

    pod: Pod
    notes: tuple[Note, ...]
    removed: int | None = None


class _Record:
    """The notes of one Pod; `whole` once they have what its status told until then."""

    __slots__ = ("notes", "whole")

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.whole = False

    def add(self, notes: Iterable[Note]) -> None:
        """Add notes; of very many, those in the middle are forgotten."""
        self.notes += notes
        if len(self.notes) > 2 * (_FIRST + _LATEST):
            lost = self.notes[_FIRST:-_LATEST]
            count = sum(note.number if note.code == "forgotten" else 1 for note in lost)
            self.notes[_FIRST:-_LATEST] = [Note("forgotten", lost[0].time, number=count)]

    def copy(self) -> _Record:
        other = _Record()
        other.notes, other.whole = self.notes.copy(), self.whole
        return other


class Lives:
    """What has happened to the Pods of a cluster.

    >>> lives = Lives()
    >>> pod = Pod({"metadata": {"name": "web", "uid": "1"}})
    >>> lives.note(pod, Note("sigterm", 7, "app"))
    >>> lives.of(pod).notes
    (Note(code='sigterm', time=7, container='app', run=0, number=0, word=''),)
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}  # by uid
        self._gone: dict[tuple[str, str], tuple[Pod, _Record | None, int]] = {}  # by Namespace and name

    def __repr__(self) -> str:
        return f"<Lives of {len(self._records)} Pods, and of {len(self._gone)} that are gone>"

    def note(self, pod: KubeObject, *notes: Note) -> None:
        """Note what the component that does it knows, and no status tells."""
        self._record(pod.uid).add(list(notes))

    def see(self, old: KubeObject | None, new: KubeObject, now: int) -> None:
        """Look at a write: note what it changes, if the Pod's new status does not tell what the old one told.

        Args:
            old: the Pod before, None for one that is new.
            new: the Pod as it is stored.
            now: the moment, in seconds.
        """
        if old is None:
            node = text(mapping(new.raw.get("spec")).get("nodeName"))
            if node:  # its manifest names it: no scheduler has to say when
                self._record(new.uid).add([Note("bound", now, word=node)])
            return
        record = self._records.get(new.uid) if self._records else None
        if record is None or not record.whole:
            if not _is_lost(old, new):
                return
            record = self._record(new.uid)
            record.notes = [*told(old), *record.notes]
            record.whole = True
        before = set(_anytime(told(old)))
        news = (note for note in told(new) if _anytime_of(note) not in before)
        record.add([_timed(note, old, now) for note in news])

    def gone(self, pod: KubeObject, now: int) -> None:
        """Keep a Pod that has just been removed, and forget those that were removed long before."""
        if not isinstance(pod, Pod):
            return
        key = pod.namespace, pod.name
        self._gone.pop(key, None)
        self._gone[key] = pod, self._records.pop(pod.uid, None), now
        while len(self._gone) > _GONE:
            del self._gone[next(iter(self._gone))]

    def of(self, pod: Pod) -> Remembered:
        """Return what has happened to a Pod that is there."""
        return _remembered(pod, self._records.get(pod.uid))

    def of_gone(self, key: Key) -> Remembered | None:
        """Return what had happened to the last Pod of this key that is gone, None if it is not known any more."""
        there = self._gone.get(key[1:])
        if there is None:
            return None
        pod, record, removed = there
        return _remembered(pod, record)._replace(removed=removed)

    def copy(self) -> Lives:
        """Return an independent record in the same state."""
        other = Lives()
        other._records = {uid: record.copy() for uid, record in self._records.items()}
        other._gone = self._gone.copy()  # nothing is added to the record of a Pod that is gone
        return other

    def _record(self, uid: str) -> _Record:
        record = self._records.get(uid)
        if record is None:
            record = self._records[uid] = _Record()
        return record


def _timed(note: Note, old: KubeObject, now: int) -> Note:
    """Return a note of what a write has changed; where the status does not say when, it was now."""
    if note.code != "deletion" or not old.terminating:
        return note._replace(time=now) if note.code in _UNTIMED else note
    # it is given less time, or nothing but its finalizers keeps it
    return note._replace(time=now) if note.number else Note("held", now)


def _remembered(pod: Pod, record: _Record | None) -> Remembered:
    if record is None:
        return Remembered(pod, tuple(told(pod)))
    if record.whole:
        return Remembered(pod, tuple(record.notes))
    return Remembered(pod, (*told(pod), *record.notes))


# ---- what one status tells

# the reasons of the condition DisruptionTarget of Pods that are deleted next
_DISRUPTIONS = ("PreemptionByScheduler", "EvictionByEvictionAPI", "DeletionByTaintManager")
_UNTIMED = ("address", "startup", "waits", "over")  # a status does not say when


def told(pod: KubeObject) -> Iterator[Note]:
    """Yield what one version of a Pod tells of its life, as far as it says when; the start is all there.

    >>> pod = Pod({"spec": {"nodeName": "n"}, "status": {"containerStatuses": [{
    ...     "name": "app", "restartCount": 1, "state": {"running": {"startedAt": "2026-01-01T00:00:20Z"}},
    ...     "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-01-01T00:00:02Z",
    ...                                  "finishedAt": "2026-01-01T00:00:09Z"}}}]}})
    >>> [(note.code, note.time, note.run) for note in told(pod)]
    [('bound', 0, 0), ('started', 2, 0), ('ended', 9, 0), ('started', 20, 1)]
    """
    status = pod.status
    began = seconds_of(text(pod.metadata.get("creationTimestamp")))
    conditions = {text(item.get("type")): item for item in mappings(status.get("conditions"))}
    scheduled = conditions.get("PodScheduled", {})
    node = text(pod.spec.get("nodeName"))
    if node:
        yield Note("bound", _time(scheduled, "lastTransitionTime", began), word=node)
    elif scheduled.get("status") == "False":
        reason = text(scheduled.get("reason"))
        yield Note("unschedulable", _time(scheduled, "lastTransitionTime", began), word=reason)
    start = _time(status, "startTime", began)
    if status.get("podIP"):
        yield Note("address", start, word=text(status["podIP"]))
    last = start
    for field in STATUS_FIELDS:
        for item in mappings(status.get(field)):
            for note in _of_container(item, start):
                last = max(last, note.time) if note.code == "ended" else last
                yield note
    ready = conditions.get("Ready", {})
    if ready.get("status") == "True":
        yield Note("ready", _time(ready, "lastTransitionTime", start))
    elif ready:
        yield Note("unready", _time(ready, "lastTransitionTime", start))
    phase = text(status.get("phase"))
    if phase in ("Succeeded", "Failed"):
        yield Note("over", last, word=text(status.get("reason")) or phase)
    target = conditions.get("DisruptionTarget", {})
    if target.get("status") == "True" and target.get("reason") in _DISRUPTIONS:
        yield Note("disrupted", _time(target, "lastTransitionTime", start), word=text(target["reason"]))
    asked = text(pod.metadata.get("deletionTimestamp"))
    if asked:
        grace = _whole(pod.metadata.get("deletionGracePeriodSeconds"))
        yield Note("deletion", seconds_of(asked) - grace, number=grace)


def _of_container(item: dict[str, Any], start: int) -> Iterator[Note]:
    """Yield what the status of a container tells: its present run, and how the one before has ended."""
    name, count = text(item.get("name")), _whole(item.get("restartCount"))
    state = mapping(item.get("state"))
    before = mapping(mapping(item.get("lastState")).get("terminated"))
    if before.get("finishedAt"):  # a container that was removed has no moments
        run = count if "waiting" in state else max(count - 1, 0)
        yield from _run(name, run, before, start)
    if "running" in state:
        yield Note("started", _time(mapping(state["running"]), "startedAt", start), name, count)
        if item.get("started") is True:
            yield Note("startup", start, name, count)
    elif state.get("terminated"):
        yield from _run(name, count, mapping(state["terminated"]), start)
    else:
        reason = text(mapping(state.get("waiting")).get("reason"))
        if reason not in ON_THE_WAY:
            yield Note("waits", _time(before, "finishedAt", start), name, count, word=reason)


def _run(name: str, run: int, ended: dict[str, Any], start: int) -> Iterator[Note]:
    if not ended.get("finishedAt"):  # the container was removed, and nobody knows when it ran
        return
    began = _time(ended, "startedAt", start)
    yield Note("started", began, name, run)
    end = _time(ended, "finishedAt", began)
    yield Note("ended", end, name, run, _whole(ended.get("exitCode")), text(ended.get("reason")))


def _anytime(notes: Iterator[Note]) -> Iterator[Note]:
    return map(_anytime_of, notes)


def _anytime_of(note: Note) -> Note:
    """Return a note without its time, where a status does not say when, or may say it anew."""
    return note._replace(time=0) if note.code in (*_UNTIMED, "deletion", "bound") else note


def _is_lost(old: KubeObject, new: KubeObject) -> bool:
    """Whether the new version of a Pod does not tell all that the old one told.

    It is asked at each write of a Pod, of which most are those of a start: so it looks at little, and at the rest late.
    """
    if "deletionTimestamp" in old.raw["metadata"] and _deletion(old) != _deletion(new):
        return True
    before, after = old.raw.get("status"), new.raw.get("status")
    if before is after or not before or not after:
        return False
    if after.get("reason") and after.get("phase") == "Failed" != before.get("phase"):
        return True
    statuses = before.get("containerStatuses")
    if not statuses:  # no kubelet has looked at it
        return _holds(before, "PodScheduled", "False") and not _holds(after, "PodScheduled", "False")
    if (
        before.get("phase") != "Pending"
        and _holds(before, "Ready", "True")
        and not _holds(after, "Ready", "True")
    ):
        return True
    if not before.get("podIP") and after.get("podIP"):
        return True
    return any(_is_run_lost(before[field], after.get(field)) for field in STATUS_FIELDS if field in before)


def _holds(status: dict[str, Any], kind: str, value: str) -> bool:
    for item in status.get("conditions") or ():
        if item.get("type") == kind:
            return bool(item.get("status") == value)
    return False


def _deletion(pod: KubeObject) -> tuple[Any, Any]:
    return pod.metadata.get("deletionTimestamp"), pod.metadata.get("deletionGracePeriodSeconds")


def _is_run_lost(before: Any, after: Any) -> bool:
    """Whether the new statuses of containers do not tell all that the old ones told, or tell what says no moment."""
    if before is after or not (any(map(_tells, before)) or any(map(_waits, after or ()))):
        return False
    later = {item.get("name"): item for item in mappings(after)}
    for item in before:
        new = later.get(item.get("name"), item)
        state, now = mapping(item.get("state")), mapping(new.get("state"))
        waited, waits = state.get("waiting"), now.get("waiting")
        if waits and text(waits.get("reason")) not in ON_THE_WAY and waits != waited:
            return True
        if waited and text(waited.get("reason")) not in ON_THE_WAY and waits != waited:
            return True
        if state != now and ("terminated" in state or item.get("lastState")):
            return True
        if "running" in state and "running" in now and item.get("started") is False and new.get("started"):
            return True  # its startup probe has succeeded
    return False


def _waits(item: dict[str, Any]) -> bool:
    """Whether a container waits for more than its first start."""
    state = mapping(item.get("state"))
    return "waiting" in state and state["waiting"].get("reason", "") not in ON_THE_WAY


def _tells(item: dict[str, Any]) -> bool:
    """Whether the status of a container tells more than that it is going to be started."""
    return "waiting" not in mapping(item.get("state")) or bool(item.get("lastState")) or _waits(item)


def _time(item: dict[str, Any], field: str, otherwise: int) -> int:
    """Return a moment in seconds, another one where it is not there."""
    there = text(item.get(field))
    return seconds_of(there) if there else otherwise


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and abs(value) < 2**31 else 0
