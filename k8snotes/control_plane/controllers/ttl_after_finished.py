"""The TTL controller: deletes Jobs that have been over for as long as they say."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, text
from k8snotes.catalogue import ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.naming import seconds_of

__all__ = ["TTLAfterFinishedController"]


class TTLAfterFinishedController(Component):
    """Deletes a Job, and its Pods before it, `ttlSecondsAfterFinished` after it was complete or had failed.

    Settling does not wait for that: time passes with `Simulation.wait`.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
    """

    name = "ttl-after-finished-controller"
    turn = 105
    watches = ("jobs.batch",)
    punctual = True

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:  # noqa: ARG002  # as all do
        """Yield a Job that says how long it stays, once it is over."""
        self.deadlines.pop(event.key, None)
        if event.type != "DELETED" and expires_at(event.object) is not None:
            yield event.key

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Delete a Job if its time is over, else look again when it is."""
        due = expires_at(obj)
        if due is None or obj.terminating:
            return
        if due > api.now:
            self.deadlines[obj.key] = due
            return
        seconds = int(obj.spec["ttlSecondsAfterFinished"])
        why = ngettext(
            "it was over {n} second ago, its ttlSecondsAfterFinished",
            "it was over {n} seconds ago, its ttlSecondsAfterFinished",
            seconds,
        )
        api.delete(obj, by=self.name, cascade="foreground", why=why)


def expires_at(job: KubeObject) -> int | None:
    """Return when a Job is to be deleted, in seconds of the cluster's clock; None if it is not over, or stays.

    Source of the rule: `timeLeft` in k8s.io/kubernetes/pkg/controller/ttlafterfinished
    """
    seconds = job.spec.get("ttlSecondsAfterFinished")
    if not isinstance(seconds, int):
        return None
    for kind in ("Complete", "Failed"):
        condition = job.condition(kind)
        if condition is not None and condition.get("status") == "True":
            return seconds_of(text(condition.get("lastTransitionTime"))) + seconds
    return None
