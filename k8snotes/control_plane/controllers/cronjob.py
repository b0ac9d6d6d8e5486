"""The CronJob's loop: a Job at each moment that its schedule names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.pods import controller_key, is_terminating, owner_reference
from k8snotes.control_plane.controllers.refusals import Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent, clone
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import epoch_of, rfc1123, seconds_at, timestamp
from k8snotes.errors import ApiError

__all__ = ["CronJobController"]

_CRON_JOBS, _JOBS = "cronjobs.batch", "jobs.batch"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_TOO_MANY = 100
_BY = "cronjob-controller"


class _Schedule(Protocol):
    """What names moments: `k8snotes.control_plane.schedule.Schedule`, which is loaded where there is a CronJob."""

    def following(self, moment: int) -> int | None: ...


class _Missed(NamedTuple):
    """What was not started yet: the last known start, the latest moment after it (None), and how many there are."""

    earliest: int
    latest: int | None
    number: int = 0


class _InvalidError(Exception):
    """A schedule that can be read and names no moment."""


class CronJobController(Component):
    """Makes a Job at each moment that the schedule of a CronJob names, and clears away the oldest that are over.

    Settling does not wait for these moments: time passes with `Simulation.wait`. Moments are counted in seconds.

    Source of the rule: `ControllerV2.sync` in k8s.io/kubernetes/pkg/controller/cronjob
    """

    name = _BY
    turn = 95
    watches = (_CRON_JOBS, _JOBS, "resourcequotas")
    punctual = True

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()

    def observe(self, api: ApiServer) -> None:
        """Queue the CronJobs that the newest changes concern; where there is no CronJob, nothing concerns any."""
        if api.store.count(_CRON_JOBS):
            super().observe(api)
        else:
            self._seen = api.store.revision
            self.deadlines.clear()

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the CronJob that changed, or whose Job did; with a new schedule, it is looked at at its next moment."""
        if event.key[0] == _JOBS:
            owner = controller_key(event.object, "CronJob", _CRON_JOBS)
            if owner:
                yield owner
            return
        if event.key[0] != _CRON_JOBS:
            yield from self.refusals.worth_another_try(event)
            return
        self.refusals.forget(event.key)
        if event.type == "DELETED":
            self.deadlines.pop(event.key, None)
        elif event.old is not None and _schedule_of(event.old) != _schedule_of(event.object):
            schedule, _fault = _read(_schedule_of(event.object))
            if schedule is not None:
                due = _next(event.object, schedule, epoch_of(api.now))
                self._look_at(event.key, due)
                return
        yield event.key

    def _look_at(self, key: Key, due: int | None) -> None:
        """Look at a CronJob at a moment (seconds since 1970), and not at another one; None: at none."""
        self.deadlines.pop(key, None)
        if due is not None:
            self.deadlines[key] = seconds_at(due)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Clear away old Jobs, note which are over, and start one if it is time."""
        jobs = api.store.controlled_by(obj.uid, _JOBS, obj.namespace)
        status: Manifest = {**obj.status, "active": list(mappings(obj.status.get("active")))}
        self._clear_away(api, obj, jobs, status)
        self._note_ended(api, obj, jobs, status)
        due = None if obj.terminating else self._start(api, obj, status)
        if not status["active"]:
            del status["active"]
        api.update_status(obj, status, by=self.name, why=_("its Jobs are noted"))
        self._look_at(obj.key, due)

    # ---- what has been

    def _clear_away(
        self, api: ApiServer, cron_job: KubeObject, jobs: list[KubeObject], status: Manifest
    ) -> None:
        """Delete the oldest Jobs beyond the limits of the histories (cleanupFinishedJobs)."""
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = cron_job.spec.get(field)
            if not isinstance(limit, int):
                continue
            over = [job for job in jobs if _ended(job) == kind and not job.terminating]
            over.sort(key=lambda job: (text(job.status.get("startTime")) or "~", job.name))
            for job in over[: max(0, len(over) - limit)]:
                self._delete(api, cron_job, job, status)

    def _delete(self, api: ApiServer, cron_job: KubeObject, job: KubeObject, status: Manifest) -> None:
        """Delete a Job and its Pods, and leave the Event (deleteJob)."""
        why = Why(_("{cronjob} does not keep it", cronjob=cron_job.ref), cron_job)
        api.delete(job, by=self.name, cascade="background", why=why)
        status["active"] = [item for item in status["active"] if item.get("uid") != job.uid]
        record(api, cron_job, "SuccessfulDelete", f"Deleted job {job.name}", by=_BY)

    def _note_ended(
        self, api: ApiServer, cron_job: KubeObject, jobs: list[KubeObject], status: Manifest
    ) -> None:
        """Take Jobs that are over, or gone, from the list of the active ones (the first half of syncCronJob)."""
        for job in jobs:
            ended = _ended(job)
            is_active = any(item.get("uid") == job.uid for item in status["active"])
            if not ended:
                if not is_active:
                    message = f"Saw a job that the controller did not create or forgot: {job.name}"
                    record(api, cron_job, "UnexpectedJob", message, by=_BY, warning=True)
                continue
            if is_active:
                status["active"] = [item for item in status["active"] if item.get("uid") != job.uid]
                message = f"Saw completed job: {job.name}, condition: {ended}"
                record(api, cron_job, "SawCompletedJob", message, by=_BY)
            last = text(job.status.get("completionTime")) if ended == "Complete" else ""
            if last > text(status.get("lastSuccessfulTime")):
                status["lastSuccessfulTime"] = last
        there = {job.uid for job in jobs}
        for item in list(status["active"]):
            key = _JOBS, text(item.get("namespace")), text(item.get("name"))
            if item.get("uid") not in there and api.store.get(key) is None:
                message = f"Active job went missing: {item.get('name')}"
                record(api, cron_job, "MissingJob", message, by=_BY)
                status["active"].remove(item)

    # ---- what comes next

    def _start(self, api: ApiServer, cron_job: KubeObject, status: Manifest) -> int | None:
        """Start a Job if a moment of the schedule has come; return the next moment (the second half of syncCronJob)."""
        spec, now = cron_job.spec, epoch_of(api.now)
        zone = spec.get("timeZone")
        if zone is not None and (fault := _zone_fault(text(zone))):
            message = f"invalid timeZone: {quoted(text(zone))}: {fault}"
            record(api, cron_job, "UnknownTimeZone", message, by=_BY, warning=True)
            return None
        if spec.get("suspend") is True:
            return None
        written = text(spec.get("schedule"))
        if "TZ" in written:
            message = (
                f"CRON_TZ or TZ used in schedule {quoted(written)} is not officially supported, see "
                "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
            )
            record(api, cron_job, "UnsupportedSchedule", message, by=_BY, warning=True)
        schedule, fault = _read(_schedule_of(cron_job))
        if schedule is None:
            message = f"unparseable schedule: {quoted(written)} : {fault}"
            record(api, cron_job, "UnparseableSchedule", message, by=_BY, warning=True)
            return None
        deadline = spec.get("startingDeadlineSeconds")
        try:
            missed = _missed(cron_job, schedule, now, deadline)
        except _InvalidError as error:
            message = f"invalid schedule: {written} : {error}"
            record(api, cron_job, "InvalidSchedule", message, by=_BY, warning=True)
            return None
        at = missed.latest
        if at is not None and missed.number > _TOO_MANY:
            message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            record(api, cron_job, "TooManyMissedTimes", message, by=_BY, warning=True)
        if at is not None and self._may_start(api, cron_job, status, at, now):
            self._create(api, cron_job, status, at)
        return _next(cron_job, schedule, now, text(status.get("lastScheduleTime")))

    def _may_start(self, api: ApiServer, cron_job: KubeObject, status: Manifest, at: int, now: int) -> bool:
        """Whether the Job of a moment is to be made: in time, once, and not beside another where that is forbidden."""
        deadline = cron_job.spec.get("startingDeadlineSeconds")
        if isinstance(deadline, int) and at + deadline < now:
            message = f"Missed scheduled time to start a job: {rfc1123(datetime.fromtimestamp(at, UTC))}"
            record(api, cron_job, "MissSchedule", message, by=_BY, warning=True)
            return False
        name = _job_name(cron_job, at)
        if any(item.get("name") == name for item in status["active"]):
            return False
        if status.get("lastScheduleTime") == timestamp(seconds_at(at)):
            return False
        policy = cron_job.spec.get("concurrencyPolicy")
        if policy == "Forbid" and status["active"]:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            record(api, cron_job, "JobAlreadyActive", message, by=_BY)
            return False
        if self.refusals.of(cron_job.key):
            return False
        for item in list(status["active"]) if policy == "Replace" else ():
            job = api.store.get((_JOBS, text(item.get("namespace")), text(item.get("name"))))
            if job is not None:
                self._delete(api, cron_job, job, status)
        return True

    def _create(self, api: ApiServer, cron_job: KubeObject, status: Manifest, at: int) -> None:
        """Make the Job of a moment, and note it as active."""
        manifest = _job(cron_job, at)
        name = manifest["metadata"]["name"]
        job = api.store.get((_JOBS, cron_job.namespace, name))
        if job is None:
            why = Why(
                _("it is {time}, a time that its schedule names", time=timestamp(seconds_at(at))), cron_job
            )
            try:
                job = api.create(manifest, namespace=cron_job.namespace, by=self.name, why=why)
            except ApiError as error:
                self.refusals.note(cron_job.key, error.message)
                if not is_terminating(error):
                    message = f"Error creating job: {error.message}"
                    record(api, cron_job, "FailedCreate", message, by=_BY, warning=True)
                return
            record(api, cron_job, "SuccessfulCreate", f"Created job {name}", by=_BY)
        elif mapping(job.owner).get("uid") != cron_job.uid:
            return  # another has made it, and knows about it
        reference = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "name": name,
            "namespace": job.namespace,
            "resourceVersion": job.metadata.get("resourceVersion"),
            "uid": job.uid,
        }
        status["active"].append({key: value for key, value in reference.items() if value})
        status["lastScheduleTime"] = timestamp(seconds_at(at))

    def copy(self) -> CronJobController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals = self.refusals.copy()
        return other


def _read(text_: str) -> tuple[_Schedule | None, str]:
    """Return a schedule, or None and what is wrong with it."""
    from k8snotes.control_plane.schedule import ScheduleError, parse  # noqa: PLC0415  # loaded where there is a CronJob

    try:
        return parse(text_), ""
    except ScheduleError as error:
        return None, str(error)


def _zone_fault(zone: str) -> str:
    """Say why a time zone is not known, "" if it is."""
    from k8snotes.control_plane.schedule import zone_fault  # noqa: PLC0415  # loaded where there is a CronJob

    return zone_fault(zone)


def _schedule_of(cron_job: KubeObject) -> str:
    """Return the schedule of a CronJob with its time zone, as the library reads it (formatSchedule)."""
    written, zone = text(cron_job.spec.get("schedule")), cron_job.spec.get("timeZone")
    if "TZ" in written or zone is None or _zone_fault(text(zone)):
        return written
    return f"TZ={zone} {written}"


def _missed(
    cron_job: KubeObject, schedule: _Schedule, now: int, deadline: object = None, last: str = ""
) -> _Missed:
    """Return the latest moment since the last start that has come by now.

    Args:
        cron_job: the CronJob; it last started when its status says, or was created then.
        schedule: its schedule.
        now: the present moment, in seconds since 1970.
        deadline: what lies further back than so many seconds does not count.
        last: when it last started, where the status does not say it yet.

    Raises:
        _InvalidError: the schedule names no moment.

    Source of the rule: `mostRecentScheduleTime` in k8s.io/kubernetes/pkg/controller/cronjob
    """
    last = last or text(cron_job.status.get("lastScheduleTime"))
    earliest = int(datetime.fromisoformat(last or cron_job.metadata["creationTimestamp"]).timestamp())
    if isinstance(deadline, int):
        earliest = max(earliest, now - deadline)
    first = schedule.following(earliest)
    if first is not None and now < first:
        return _Missed(earliest, None)
    second = None if first is None else schedule.following(first)
    if first is None or second is None:
        raise _InvalidError("time difference between two schedules is less than 1 second")
    if now < second:
        return _Missed(earliest, first, 1)
    between = second - first
    count = (now - first) // between + 1
    # the schedule need not be regular: look from one step before where a regular one would be
    latest, moment = None, schedule.following(first + (count - 2) * between)
    while moment is not None and moment <= now:
        latest, moment = moment, schedule.following(moment)
    return _Missed(earliest, latest, count)


def _next(cron_job: KubeObject, schedule: _Schedule, now: int, last: str = "") -> int | None:
    """Return the moment at which a CronJob is looked at next (nextScheduleTimeDuration), in seconds since 1970."""
    try:
        missed = _missed(cron_job, schedule, now, last=last)
    except _InvalidError:
        return schedule.following(now)
    if missed.latest is not None:
        return schedule.following(missed.latest)
    return schedule.following(now if missed.number else missed.earliest)


def _job_name(cron_job: KubeObject, at: int) -> str:
    """Return the name of the Job of a moment: with the minutes since 1970 (getJobName)."""
    return f"{cron_job.name}-{at // 60}"


def _job(cron_job: KubeObject, at: int) -> Manifest:
    """Return the manifest of the Job of a moment (getJobFromTemplate2)."""
    from k8snotes.control_plane.schedule import zone_named  # noqa: PLC0415  # loaded where there is a CronJob

    template = mapping(cron_job.spec.get("jobTemplate"))
    given = mapping(template.get("metadata"))
    zone = zone_named(text(cron_job.spec.get("timeZone"))) or UTC
    moment = datetime.fromtimestamp(at, zone).isoformat().replace("+00:00", "Z")
    metadata: Manifest = {
        "name": _job_name(cron_job, at),
        "annotations": {**mapping(given.get("annotations")), _SCHEDULED: moment},
        "ownerReferences": [owner_reference(cron_job)],
    }
    if given.get("labels"):
        metadata["labels"] = clone(given["labels"])
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": clone(mapping(template.get("spec"))),
    }


def _ended(job: KubeObject) -> str:
    """Return "Complete" or "Failed" for a Job that is over, "" for another (FinishedCondition)."""
    return next((kind for kind in ("Complete", "Failed") if job.holds(kind)), "")
