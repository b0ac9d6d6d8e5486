"""The Job's loop: Pods that run to their end, until enough have succeeded."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition
from k8snotes.control_plane.controllers.pods import (
    active,
    controller_key,
    create_pods,
    delete_pod,
    deletion_order,
    owned_pods,
    pod_from_template,
)
from k8snotes.control_plane.controllers.refusals import Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record

__all__ = ["JobController"]


class JobController(Component):
    """Starts the Pods of a Job. Nothing runs in them here: a reader says when a container has ended.

    `completionMode: Indexed`, `podFailurePolicy` and `ttlSecondsAfterFinished` are not looked at.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/job/
    """

    name = "job-controller"
    turn = 100
    watches = ("jobs.batch", "pods", "resourcequotas", "limitranges")

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Count what has succeeded and failed; start more, or stop what is too many; then report."""
        if not isinstance(obj, Job) or obj.terminating:
            return
        pods = owned_pods(api, obj)
        ended = _is_finished(obj)
        alive = [pod for pod in pods if active(pod)]
        succeeded = sum(pod.phase == "Succeeded" for pod in pods)
        failed = sum(pod.phase == "Failed" for pod in pods)
        suspended = obj.spec.get("suspend") is True
        completions = obj.spec.get("completions")
        backoff_limit = int(obj.spec.get("backoffLimit", 6))
        new: list[dict[str, object]] = []
        if ended:
            pass
        elif failed > backoff_limit:
            message = "Job has reached the specified backoff limit"
            record(api, obj, "BackoffLimitExceeded", message, by=self.name, warning=True)
            kinds = ("FailureTarget", "Failed")
            new = [condition(kind, "True", "BackoffLimitExceeded", message, api.timestamp) for kind in kinds]
        elif _is_complete(completions, succeeded, alive):
            record(api, obj, "Completed", "Job completed", by=self.name)
            message = "Reached expected number of succeeded pods"
            kinds = ("SuccessCriteriaMet", "Complete")
            new = [condition(kind, "True", "CompletionsReached", message, api.timestamp) for kind in kinds]
        wanted = 0 if ended or new or suspended else _wanted(obj, completions, succeeded, alive)
        self._match(api, obj, alive, wanted)
        self._report(api, obj, (succeeded, failed), new)

    def _match(self, api: ApiServer, owner: Job, alive: list[Pod], wanted: int) -> None:
        """Start the Pods that are missing, or stop those that are too many."""
        why = Why(
            ngettext(
                "{owner} has work for {n} Pod at a time",
                "{owner} has work for {n} Pods at a time",
                wanted,
                owner=owner.ref,
            ),
            owner,
        )
        for pod in deletion_order(alive)[: max(0, len(alive) - wanted)]:
            delete_pod(api, owner, pod, by=self.name, why=why)
        if self.refusals.of(owner.key):
            return
        if wanted > len(alive):
            refused = create_pods(api, owner, _pod(owner), wanted - len(alive), by=self.name, why=why)
            if refused:
                self.refusals.note(owner.key, refused)

    def _report(
        self, api: ApiServer, owner: Job, counts: tuple[int, int], new: list[dict[str, object]]
    ) -> None:
        """Write the status: how many Pods run, have succeeded, have failed.

        Args:
            api: the API server.
            owner: the Job.
            counts: how many Pods have succeeded and failed.
            new: the conditions that hold from now on.
        """
        alive = [pod for pod in owned_pods(api, owner) if active(pod)]
        succeeded, failed = counts
        status: Manifest = {"startTime": owner.status.get("startTime") or api.timestamp}
        shown = {"active": len(alive), "succeeded": succeeded, "failed": failed}
        status.update({field: count for field, count in shown.items() if count})
        status["ready"] = sum(pod.ready for pod in alive)
        conditions = [*owner.status.get("conditions", []), *new]
        if conditions:
            status["conditions"] = conditions
        if any(item.get("type") == "Complete" for item in new):
            status["completionTime"] = api.timestamp
        elif owner.status.get("completionTime"):
            status["completionTime"] = owner.status["completionTime"]
        api.update_status(owner, status, by=self.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:  # noqa: ARG002
        """Yield the Job that changed, or whose Pod did."""
        if event.key[0] == "jobs.batch":
            if event.old is None or event.old.spec != event.object.spec:
                self.refusals.forget(event.key)
            yield event.key
            return
        yield from self.refusals.worth_another_try(event)
        owner = controller_key(event.object, "Job", "jobs.batch")
        if owner and event.key[0] == "pods":
            yield owner

    def copy(self) -> JobController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals = self.refusals.copy()
        return other


def _is_finished(owner: Job) -> bool:
    """Whether a Job is complete or has failed: its Pods are then left alone."""
    return any(owner.condition(kind) for kind in ("Complete", "Failed"))


def _is_complete(completions: object, succeeded: int, alive: list[Pod]) -> bool:
    """Whether enough Pods have succeeded; without `completions` one is enough, once none runs."""
    if isinstance(completions, int):
        return succeeded >= completions
    return succeeded > 0 and not alive  # a work queue is empty when one has succeeded and none runs


def _wanted(owner: Job, completions: object, succeeded: int, alive: list[Pod]) -> int:
    """Return how many Pods are to run at the same time now."""
    if isinstance(completions, int):
        return min(owner.replicas, completions - succeeded)
    return len(alive) if succeeded else owner.replicas


def _pod(owner: Job) -> Manifest:
    """Return the manifest of a Pod of a Job, with the labels by which the Job finds it."""
    manifest = pod_from_template(owner)
    own = {"controller-uid": owner.uid, "job-name": owner.name}
    labels = manifest["metadata"].setdefault("labels", {})
    for key, value in own.items():
        labels[f"batch.kubernetes.io/{key}"] = labels[key] = value
    spec = mapping(manifest["spec"])
    spec.setdefault("restartPolicy", "Never")
    return manifest
