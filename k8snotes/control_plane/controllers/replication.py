"""The ReplicationController's loop, and the ReplicaSet's, which is the same: so many Pods, no more, no less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition, without_condition
from k8snotes.control_plane.controllers.pods import (
    active,
    available,
    claim,
    controller_key,
    create_pods,
    delete_pod,
    deletion_order,
    pod_from_template,
    rejected_pods,
    waiting_to_adopt,
)
from k8snotes.control_plane.controllers.refusals import ADMISSION, Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["ReplicaSetController", "ReplicationManager"]

_MOST_REJECTED = 10  # Kubernetes would go on making such Pods without end, ever more slowly


class ReplicationManager(Component):
    """The loop of every ReplicationController: read, compare, write.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/
    """

    name = "replication-controller"
    turn = 70
    kind = "ReplicationController"
    resource = "replicationcontrollers"
    watches = ("replicationcontrollers", "pods", *ADMISSION)
    serves = resource

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Count the Pods, then make those that are missing or delete those that are too many.

        One that is being deleted only counts them.
        """
        if not isinstance(obj, Workload):
            return
        if obj.terminating:
            self._report(api, obj, [pod for pod in claim(api, obj, by=self.name) if active(pod)])
            return
        pods = [pod for pod in claim(api, obj, by=self.name) if active(pod)]
        missing = obj.replicas - len(pods)
        why = Why(
            ngettext(
                "{owner} wants {n} Pod and has {there}",
                "{owner} wants {n} Pods and has {there}",
                obj.replicas,
                owner=obj.ref,
                there=len(pods),
            ),
            obj,
        )
        if missing > 0:
            self._create(api, obj, missing, why)
        else:
            self.refusals.forget(obj.key)
        if missing < 0:
            for pod in deletion_order(pods)[:-missing]:
                delete_pod(api, obj, pod, by=self.name, why=why)
        self._report(api, obj, pods)

    def _create(self, api: ApiServer, owner: Workload, missing: int, why: str) -> None:
        """Make the Pods that are missing, unless nothing has changed since they were refused."""
        if self.refusals.of(owner.key) or len(rejected_pods(api, owner)) >= _MOST_REJECTED:
            return  # nothing has changed since it was refused; or the Node that the template names has no room
        refused = create_pods(api, owner, pod_from_template(owner), missing, by=self.name, why=why)
        if refused:
            self.refusals.note(owner.key, refused)

    def _report(self, api: ApiServer, owner: Workload, pods: Sequence[Pod]) -> None:
        """Write the status: how many Pods there are, how many are ready, and why some are missing."""
        labels = owner.template_labels.items()
        seconds = owner.spec.get("minReadySeconds")
        ready = [pod for pod in pods if pod.ready]
        usable = available(self, api, owner, ready, int(seconds or 0))
        status: Manifest = {"replicas": len(pods)}
        counts = {
            "fullyLabeledReplicas": sum(labels <= pod.labels.items() for pod in pods),
            "readyReplicas": len(ready),
            "availableReplicas": len(usable),
        }
        status.update({field: count for field, count in counts.items() if count})
        status["observedGeneration"] = owner.metadata.get("generation", 1)
        refused = self.refusals.of(owner.key)
        if refused:
            failure = condition("ReplicaFailure", "True", "FailedCreate", refused, api.timestamp)
            conditions = with_condition(owner, failure)
        else:
            conditions = without_condition(owner, "ReplicaFailure")
        if conditions:
            status["conditions"] = conditions
        failed = refused and not owner.holds("ReplicaFailure")
        why = _("its condition is ReplicaFailure, because the API server refuses its Pods") if failed else ""
        api.update_status(owner, status, by=self.name, why=why)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the controllers that a change concerns: itself, a Pod's owner, or those that may adopt it."""
        resource = event.key[0]
        if resource == self.resource:
            if event.old is None or event.old.spec != event.object.spec:
                self.refusals.forget(event.key)
            yield event.key
            return
        yield from self.refusals.worth_another_try(event)
        if resource != "pods":
            return
        before = event.old and event.old.owner and controller_key(event.old, self.kind, self.resource)
        if before:
            yield before
        now = controller_key(event.object, self.kind, self.resource)
        if now:
            yield now
        elif event.object.owner is None:
            yield from waiting_to_adopt(api, self.resource, event.object)

    def copy(self) -> Self:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals = self.refusals.copy()
        return other


class ReplicaSetController(ReplicationManager):
    """The loop of every ReplicaSet: the ReplicationController's, with a selector that can say more.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
    """

    name = "replicaset-controller"
    turn = 60
    kind = "ReplicaSet"
    resource = "replicasets.apps"
    watches = ("replicasets.apps", "pods", *ADMISSION)
    serves = resource
