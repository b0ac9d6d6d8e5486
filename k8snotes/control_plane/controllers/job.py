"""The Job's loop: Pods that run to their end, until enough of them have succeeded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import Condition, condition, without_condition
from k8snotes.control_plane.controllers.job_backoff import Backoff, ends_at, finished_at, noted
from k8snotes.control_plane.controllers.job_indexes import (
    FAILURES,
    IGNORED,
    index_of,
    indexes,
    interval_text,
    is_indexed,
    next_indexes,
    numbered,
)
from k8snotes.control_plane.controllers.job_policies import on_failure, success_rule
from k8snotes.control_plane.controllers.pods import (
    active,
    controller_key,
    create_pod,
    create_pods,
    delete_pod,
    deletion_order,
    owned_pods,
    pod_from_template,
)
from k8snotes.control_plane.controllers.refusals import ADMISSION, Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of

__all__ = ["JobController"]

TRACKING = "batch.kubernetes.io/job-tracking"  # the finalizer of a Pod whose end its Job has not counted yet
_OWN = "kubernetes.io/job-controller"
_LIMIT = "Job has reached the specified backoff limit"
_OVERDUE = "Job was active longer than specified deadline"
_REACHED = "Reached expected number of succeeded pods"


class End(NamedTuple):
    """How a Job ends: the condition that says so at once, the one that follows when no Pod is left, and why."""

    early: str
    late: str
    reason: str
    message: str


class JobController(Component):
    """Starts the Pods of a Job. Nothing runs in them here: a reader says when a container has ended.

    A Pod of a Job has a finalizer, so that it cannot be gone before its Job has counted how it ended. Settling does
    not wait until a failed Pod is replaced, or until `activeDeadlineSeconds` are over: time passes with
    `Simulation.wait`.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/job/
    """

    name = "job-controller"
    turn = 100
    watches = ("jobs.batch", "pods", *ADMISSION)
    punctual = True

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()
        self.backoffs: dict[str, Backoff] = {}  # by the uid of the Job

    def restart(self, api: ApiServer) -> None:
        """Find out again from the Pods which failures each Job has to wait after."""
        self.backoffs.clear()
        for job in api.list("jobs"):
            pods = owned_pods(api, job)
            succeeded = [pod for pod in pods if pod.phase == "Succeeded"]
            failed = [pod for pod in pods if pod.phase == "Failed"]
            self._remember(job, noted(Backoff(), succeeded, failed))

    def _remember(self, job: KubeObject, backoff: Backoff) -> None:
        if backoff.failures:
            self.backoffs[job.uid] = backoff
        else:
            self.backoffs.pop(job.uid, None)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Count what has succeeded and failed; start more, or stop what is too many; then report."""
        if isinstance(obj, Pod):
            self._release(api, obj)
            return
        if not isinstance(obj, Job) or obj.spec.get("managedBy", _OWN) != _OWN:
            return
        self.deadlines.pop(obj.key, None)
        if _is_finished(obj) or obj.terminating:
            self.backoffs.pop(obj.uid, None)
            for pod in owned_pods(api, obj):
                self._untrack(api, pod, obj)
            return
        job = self._count(api, obj)
        job = self._suspend_or_resume(api, job)
        alive = [pod for pod in owned_pods(api, job) if active(pod)]
        end = _end(job, alive, api.now)
        suspended = job.spec.get("suspend") is True
        wanted = 0 if end or suspended else _wanted(job, alive)
        # what the Job itself stops does not count as failed, but for what it stops as it fails
        pauses = self._match(api, job, alive, wanted, counts=end is not None and end.late == "Failed")
        if end is not None:
            job = self._count(api, job)  # what was held back for the sake of a replacement
        self._report(api, job, end, pauses=pauses)
        due = _overdue_at(job)
        if due is not None and end is None and not suspended:
            self._look_at(job, due)

    def _look_at(self, job: Job, when: int) -> None:
        """Look at a Job at a moment, unless it is looked at earlier."""
        self.deadlines[job.key] = min(when, self.deadlines.get(job.key, when))

    # ---- counting

    def _count(self, api: ApiServer, job: Job) -> Job:
        """Note in the status which Pods have ended, then take away the finalizer that holds them.

        Interrupted anywhere, it goes on where it was: a Pod is noted before it is let go, and counted after.

        Source of the rule: `trackJobStatusAndRemoveFinalizers` in k8s.io/kubernetes/pkg/controller/job
        """
        uncounted = mapping(job.status.get("uncountedTerminatedPods"))
        lists = {
            key: [text(item) for item in sequence(uncounted.get(key))] for key in ("succeeded", "failed")
        }
        done = _in_range(job, indexes(job.status.get("completedIndexes")))
        lost = _in_range(job, indexes(job.status.get("failedIndexes")))
        conditions = mappings(job.status.get("conditions"))
        held = [pod for pod in owned_pods(api, job) if _is_tracked(pod) and _is_over(job, pod)]
        new = [pod for pod in held if pod.uid not in lists["succeeded"] and pod.uid not in lists["failed"]]
        succeeded = [pod for pod in new if pod.phase == "Succeeded"]
        failed = [pod for pod in new if pod.phase != "Succeeded"]
        verdicts = {pod.uid: on_failure(job, pod) for pod in failed}
        if is_indexed(job):
            done |= {index_of(job, pod) for pod in succeeded}
        for pod in failed:
            verdict = verdicts[pod.uid]
            if verdict.action == "FailJob" and job.condition("FailureTarget") is None:
                news = "FailureTarget", "True", "PodFailurePolicy", verdict.message
                conditions = [*conditions, _condition(*news, api.timestamp)]
            if verdict.action == "FailIndex" or (verdict.action != "Ignore" and _index_exhausted(job, pod)):
                lost.add(index_of(job, pod))
        done.discard(-1)
        lost.discard(-1)
        waits = {pod.uid for pod in self._held_back(api, job, done | lost).values()}
        if waits and not any(
            item.get("type") in ("FailureTarget", "SuccessCriteriaMet") for item in conditions
        ):
            held = [pod for pod in held if pod.uid not in waits]
        else:
            waits = set()
        lists["succeeded"] += [pod.uid for pod in succeeded]
        lists["failed"] += [
            pod.uid for pod in failed if pod.uid not in waits and verdicts[pod.uid].action != "Ignore"
        ]
        status = dict(job.status)
        for field, numbers in (("completedIndexes", done), ("failedIndexes", lost - done)):
            written = interval_text(numbers)
            if written or field in status or (field == "failedIndexes" and _per_index(job)):
                status[field] = written
        if not status.get("completedIndexes"):
            status.pop("completedIndexes", None)
        if is_indexed(job) and (done or status.get("succeeded")):
            status["succeeded"] = len(done)
        if conditions:
            status["conditions"] = conditions
        if not held and not any(lists.values()):
            if status == job.status:
                return job
            changed = api.update_status(job, status, by=self.name)
            return changed if isinstance(changed, Job) else job
        status["uncountedTerminatedPods"] = {key: found for key, found in lists.items() if found}
        names = named(pod.name for pod in held)
        noted_job = api.update_status(
            job, status, by=self.name, why=_("these Pods have ended: {names}", names=names)
        )
        before = self.backoffs.get(job.uid, Backoff())
        self._remember(job, noted(before, succeeded, [pod for pod in failed if pod.uid not in waits]))
        for pod in held:
            self._untrack(api, pod, job)
        counted = {**status, "uncountedTerminatedPods": {}}
        count = len(done) if is_indexed(job) else int(status.get("succeeded", 0)) + len(lists["succeeded"])
        failures = int(status.get("failed", 0)) + len(lists["failed"])
        counted.update(
            {key: number for key, number in (("succeeded", count), ("failed", failures)) if number}
        )
        changed = api.update_status(noted_job, counted, by=self.name, why=_("they are counted"))
        return changed if isinstance(changed, Job) else job

    def _held_back(self, api: ApiServer, job: Job, settled: Collection[int]) -> dict[int, Pod]:
        """Return the failed Pods, by index, that are held until they are replaced: the next Pod counts on from them.

        Source of the rule: `getPodsWithDelayedDeletionPerIndex` in k8s.io/kubernetes/pkg/controller/job
        """
        if not _per_index(job):
            return {}
        pods = owned_pods(api, job)
        taken = {index_of(job, pod) for pod in pods if active(pod)} | set(settled) | {-1}
        last: dict[int, Pod] = {}
        for pod in pods:
            if _is_tracked(pod) and pod.phase != "Succeeded" and _is_over(job, pod):
                index = index_of(job, pod)
                before = last.get(index)
                if index not in taken and (before is None or _rank(before) <= _rank(pod)):
                    last[index] = pod
        return last

    def _untrack(self, api: ApiServer, pod: Pod, job: KubeObject | None = None) -> None:
        """Take the finalizer away from a Pod."""
        if not _is_tracked(pod):
            return

        def edit(manifest: Manifest) -> None:
            kept = [item for item in sequence(manifest["metadata"].get("finalizers")) if item != TRACKING]
            manifest["metadata"].pop("finalizers")
            if kept:
                manifest["metadata"]["finalizers"] = kept

        why = Why(_("{job} has counted it", job=job.ref), job) if job is not None else _("no Job counts it")
        api.change(pod, edit, by=self.name, why=why)

    def _release(self, api: ApiServer, pod: Pod) -> None:
        """Take the finalizer away from a Pod whose Job is gone, or has let go of it."""
        key = controller_key(pod, "Job", "jobs.batch")
        if key is None or api.store.get(key) is None:
            self._untrack(api, pod)

    # ---- acting

    def _suspend_or_resume(self, api: ApiServer, job: Job) -> Job:
        """Write down that a Job has been suspended, or goes on."""
        holds, suspended = job.holds("Suspended"), job.spec.get("suspend") is True
        if holds == suspended:
            return job
        reason, message = ("JobSuspended", "Job suspended") if suspended else ("JobResumed", "Job resumed")
        record(api, job, "Suspended" if suspended else "Resumed", message, by=self.name)
        new = _condition("Suspended", str(suspended), reason, message, api.timestamp)
        status = {**job.status, "conditions": [*without_condition(job, "Suspended"), new]}
        status.pop("startTime", None)
        if not suspended:
            status["startTime"] = api.timestamp
        changed = api.update_status(
            job, status, by=self.name, why=_("it is suspended") if suspended else _("it goes on")
        )
        return changed if isinstance(changed, Job) else job

    def _match(self, api: ApiServer, owner: Job, alive: list[Pod], wanted: int, *, counts: bool) -> bool:
        """Start the Pods that are missing, or stop those that are too many.

        Args:
            api: the API server.
            owner: the Job.
            alive: its Pods that run, or will.
            wanted: how many are to run.
            counts: whether those that it stops count as failed.

        Returns:
            Whether Pods are missing that are not made yet, as others have failed not long ago.

        Source of the rule: `manageJob` in k8s.io/kubernetes/pkg/controller/job
        """
        words = ngettext(
            "{owner} has work for {n} Pod at a time",
            "{owner} has work for {n} Pods at a time",
            wanted,
            owner=owner.ref,
        )
        why = Why(words, owner)
        surplus = _surplus(owner, alive, wanted)
        for pod in surplus:
            if not counts:
                self._untrack(api, pod, owner)
            delete_pod(api, owner, pod, by=self.name, why=why)
        leaving = sum(pod.terminating for pod in owned_pods(api, owner)) if _replaces_ended(owner) else 0
        missing = wanted - leaving - len(alive)
        if surplus or missing <= 0 or self.refusals.of(owner.key):
            return False
        if not _per_index(owner):
            due = ends_at(self.backoffs.get(owner.uid, Backoff()))
            if due > api.now:
                self._look_at(owner, due)
                return True
        if is_indexed(owner):
            return self._create_numbered(api, owner, alive, missing, why)
        if refused := create_pods(api, owner, _pod(owner), missing, by=self.name, why=why):
            self.refusals.note(owner.key, refused)
        return False

    def _create_numbered(self, api: ApiServer, owner: Job, alive: list[Pod], count: int, why: str) -> bool:
        """Create the Pods of the lowest numbers that are free; return whether all of them wait after a failure."""
        taken = {index_of(owner, pod) for pod in alive} | _settled(owner)
        if _replaces_ended(owner):
            taken |= {index_of(owner, pod) for pod in owned_pods(api, owner) if pod.terminating}
        before = self._held_back(api, owner, _settled(owner))
        free = next_indexes(owner, taken, count)
        due = {index: _index_due(before[index]) for index in free if index in before}
        for index in free:
            if due.get(index, 0) > api.now:
                self._look_at(owner, due[index])
                continue
            manifest = numbered(owner, _pod(owner), index, *_failures_after(owner, before.get(index)))
            if refused := create_pod(api, owner, manifest, by=self.name, why=why):
                self.refusals.note(owner.key, refused)
                return False
        return bool(free) and all(due.get(index, 0) > api.now for index in free)

    # ---- reporting

    def _report(self, api: ApiServer, owner: Job, end: End | None, *, pauses: bool = False) -> None:
        """Write the status: how many Pods run, have succeeded, have failed; and that it is over, if it is.

        The last condition comes when no Pod is left. While a Job waits before it replaces a Pod (`pauses`), it
        reports no active Pod, whatever runs: `manageJob` returns 0 then.
        """
        pods = owned_pods(api, owner)
        alive = [pod for pod in pods if active(pod)]
        leaving = sum(pod.terminating for pod in pods)
        status: Manifest = {
            key: value for key, value in owner.status.items() if key not in ("active", "ready")
        }
        if owner.spec.get("suspend") is not True:
            status.setdefault("startTime", api.timestamp)
        if alive and not pauses:
            status["active"] = len(alive)
        status["ready"] = sum(pod.ready for pod in alive)
        status["terminating"] = leaving
        status.setdefault("uncountedTerminatedPods", {})
        if end is not None:
            kinds = [end.early] if alive or leaving else [end.early, end.late]
            conditions = mappings(status.get("conditions"))
            for kind in kinds:
                if not any(item.get("type") == kind for item in conditions):
                    new = _condition(kind, "True", end.reason, end.message, api.timestamp)
                    conditions = [*conditions, new]
            status["conditions"] = conditions
            if end.late in kinds:
                self._tell_end(api, owner, end)
                if end.late == "Complete":
                    status["completionTime"] = api.timestamp
        why = ""
        if end is not None and not owner.condition(end.early):
            failed = end.late == "Failed"
            why = (
                _("it fails ({reason})", reason=end.reason)
                if failed
                else _("it is complete ({reason})", reason=end.reason)
            )
        api.update_status(owner, status, by=self.name, why=why)

    def _tell_end(self, api: ApiServer, owner: Job, end: End) -> None:
        """Leave the Event that a Job is over."""
        if end.late == "Complete":
            completions = owner.spec.get("completions")
            if isinstance(completions, int) and int(owner.status.get("succeeded", 0)) > completions:
                message = "Too many succeeded pods running after completion count reached"
                record(api, owner, "TooManySucceededPods", message, by=self.name, warning=True)
            record(api, owner, "Completed", "Job completed", by=self.name)
        else:
            record(api, owner, end.reason, end.message, by=self.name, warning=True)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the Job that changed, or whose Pod did; a Pod that a Job has left behind."""
        if event.key[0] == "jobs.batch":
            if event.old is None or event.old.spec != event.object.spec:
                self.refusals.forget(event.key)
            if event.type == "DELETED":
                self.deadlines.pop(event.key, None)
                self.backoffs.pop(event.object.uid, None)
                objects = api.store.controlled_by(event.object.uid, "pods", event.key[1])
                yield from (pod.key for pod in objects)
            yield event.key
            return
        yield from self.refusals.worth_another_try(event)
        if event.key[0] != "pods":
            return
        owner = controller_key(event.object, "Job", "jobs.batch")
        if owner:
            yield owner
        if (
            event.type != "DELETED"
            and _is_tracked(event.object)
            and (not owner or api.store.get(owner) is None)
        ):
            yield event.key

    def copy(self) -> JobController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals, other.backoffs = self.refusals.copy(), self.backoffs.copy()
        return other


def _condition(kind: str, status: str, reason: str, message: str, now: str) -> Condition:
    """Return a condition of a Job, which says when it was looked at, too (newCondition)."""
    return {**condition(kind, status, reason, message, now), "lastProbeTime": now}


def _per_index(job: Job) -> bool:
    """Whether each index of a Job may fail so often (hasBackoffLimitPerIndex)."""
    return is_indexed(job) and job.spec.get("backoffLimitPerIndex") is not None


def _replaces_ended(job: Job) -> bool:
    """Whether a Pod is replaced only when it has really ended (onlyReplaceFailedPods)."""
    return job.spec.get("podReplacementPolicy") == "Failed" or job.spec.get("podFailurePolicy") is not None


def _in_range(job: Job, numbers: set[int]) -> set[int]:
    """Return the indexes that a Job still has: `completions` of an Indexed Job may change."""
    completions = job.spec.get("completions")
    return {number for number in numbers if number < completions} if isinstance(completions, int) else numbers


def _surplus(job: Job, alive: list[Pod], wanted: int) -> list[Pod]:
    """Return the Pods to stop: those without an index of their own first (activePodsForRemoval)."""
    extra: list[Pod] = []
    if is_indexed(job):
        of_index: dict[int, list[Pod]] = {}
        for pod in alive:
            of_index.setdefault(index_of(job, pod), []).append(pod)
        for index, pods in sorted(of_index.items()):
            extra += pods if index < 0 else deletion_order(pods)[:-1]
    left = [pod for pod in alive if pod not in extra]
    return [*extra, *deletion_order(left)[: max(0, len(alive) - wanted - len(extra))]]


def _rank(pod: Pod) -> tuple[int, int]:
    """Return how many Pods of its index had failed before a failed Pod, and when it ended."""
    return _failures(pod) + _ignored(pod), finished_at(pod)


def _index_due(pod: Pod) -> int:
    """Return when the Pod of an index is replaced (getRemainingTimePerIndex)."""
    return ends_at(Backoff(_failures(pod) + _ignored(pod) + 1, finished_at(pod)))


def _failures_after(job: Job, pod: Pod | None) -> tuple[int, int]:
    """Return what the next Pod of an index says of failures: those that count, those that do not.

    Source of the rule: `getNewIndexFailureCounts` in k8s.io/kubernetes/pkg/controller/job
    """
    if pod is None:
        return 0, 0
    ignored = on_failure(job, pod).action == "Ignore"
    return _failures(pod) + (not ignored), _ignored(pod) + ignored


def _overdue_at(job: Job) -> int | None:
    """Return the moment at which a Job has run for `activeDeadlineSeconds`, None without such a bound."""
    limit, began = job.spec.get("activeDeadlineSeconds"), text(job.status.get("startTime"))
    return seconds_of(began) + limit if isinstance(limit, int) and began else None


def _is_finished(owner: Job) -> bool:
    """Whether a Job is complete or has failed: its Pods are then left alone."""
    return any(owner.condition(kind) for kind in ("Complete", "Failed"))


def _is_tracked(pod: KubeObject) -> bool:
    """Whether a Pod waits for its Job to count it."""
    return TRACKING in sequence(pod.metadata.get("finalizers"))


def _is_over(job: Job, pod: Pod) -> bool:
    """Whether a Pod counts as ended: a Pod that is being deleted has failed, unless the Job waits for its end.

    Source of the rule: `isPodFailed` in k8s.io/kubernetes/pkg/controller/job
    """
    if pod.ended:
        return True
    waits = _replaces_ended(job)
    return pod.terminating and (not waits or pod.metadata.get("deletionGracePeriodSeconds") == 0)


def _end(job: Job, alive: list[Pod], now: int = 0) -> End | None:
    """Return how a Job ends, None where it goes on; `now` in seconds of the cluster's clock.

    Source of the rule: `syncJob` in k8s.io/kubernetes/pkg/controller/job
    """
    status, spec = job.status, job.spec
    for early, late in (("FailureTarget", "Failed"), ("SuccessCriteriaMet", "Complete")):
        before = job.condition(early)
        if before is not None:
            return End(early, late, text(before.get("reason")), text(before.get("message")))
    failure = _failure(job, alive, now)
    if failure is not None:
        return End("FailureTarget", "Failed", *failure)
    succeeded, completions = int(status.get("succeeded", 0)), spec.get("completions")
    rule = success_rule(job, indexes(status.get("completedIndexes")))
    if rule >= 0:
        return End("SuccessCriteriaMet", "Complete", "SuccessPolicy", f"Matched rules at index {rule}")
    # a work queue is empty when one has succeeded and none runs
    enough = succeeded >= completions if isinstance(completions, int) else succeeded > 0 and not alive
    return End("SuccessCriteriaMet", "Complete", "CompletionsReached", _REACHED) if enough else None


def _failure(job: Job, alive: list[Pod], now: int) -> tuple[str, str] | None:
    """Return reason and message of a Job that fails: too many failures of all, too late, or failures of some index."""
    status, spec = job.status, job.spec
    limit = int(spec.get("backoffLimit", 6))
    restarts = sum(
        int(item.get("restartCount", 0))
        for pod in alive
        for field in ("initContainerStatuses", "containerStatuses")
        for item in mappings(pod.status.get(field))
    )
    on_failure = mapping(job.template.get("spec")).get("restartPolicy") == "OnFailure"
    if int(status.get("failed", 0)) > limit or (on_failure and restarts and restarts >= limit):
        return "BackoffLimitExceeded", _LIMIT
    due = _overdue_at(job)
    if due is not None and now >= due and spec.get("suspend") is not True:
        return "DeadlineExceeded", _OVERDUE
    lost = indexes(status.get("failedIndexes"))
    if spec.get("maxFailedIndexes") is not None and len(lost) > int(spec["maxFailedIndexes"]):
        return "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"
    if lost and not alive and len(_settled(job)) >= int(spec.get("completions") or 0):
        return "FailedIndexes", "Job has failed indexes"
    return None


def _settled(job: Job) -> set[int]:
    """Return the indexes for which no Pod is made any more: they have succeeded, or failed too often."""
    return indexes(job.status.get("completedIndexes")) | indexes(job.status.get("failedIndexes"))


def _failures(pod: Pod) -> int:
    """Return how many Pods of its index had failed before a Pod."""
    return _number(pod, FAILURES)


def _ignored(pod: Pod) -> int:
    """Return how many Pods of its index had failed before a Pod and did not count."""
    return _number(pod, IGNORED)


def _number(pod: Pod, annotation: str) -> int:
    written = pod.annotations.get(annotation, "0")
    return int(written) if written.isdigit() else 0


def _index_exhausted(job: Job, pod: Pod) -> bool:
    """Whether the failure of a Pod is one more than its index may have."""
    limit = job.spec.get("backoffLimitPerIndex")
    return limit is not None and _failures(pod) + 1 > int(limit)


def _wanted(owner: Job, alive: list[Pod]) -> int:
    """Return how many Pods are to run at the same time now."""
    succeeded, completions = int(owner.status.get("succeeded", 0)), owner.spec.get("completions")
    if is_indexed(owner):
        return max(0, min(owner.replicas, int(completions or 0) - len(_settled(owner))))
    if isinstance(completions, int):
        return max(0, min(owner.replicas, completions - succeeded))
    return len(alive) if succeeded else owner.replicas


def _pod(owner: Job) -> Manifest:
    """Return the manifest of a Pod of a Job, with the labels by which the Job finds it and the finalizer that holds it."""
    manifest = pod_from_template(owner)
    metadata = manifest["metadata"]
    own = {"controller-uid": owner.uid, "job-name": owner.name}
    labels = metadata.setdefault("labels", {})
    for key, value in own.items():
        labels[f"batch.kubernetes.io/{key}"] = labels[key] = value
    metadata["finalizers"] = [*sequence(metadata.get("finalizers")), TRACKING]
    spec = mapping(manifest["spec"])
    spec.setdefault("restartPolicy", "Never")
    return manifest
