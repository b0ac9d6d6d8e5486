"""The Pod garbage collector: removes Pods that nobody else would remove, as no kubelet looks after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.scheduling.taints import OUT_OF_SERVICE

__all__ = ["PodGarbageCollector"]

_QUARANTINE = 40  # seconds that a Node has to be gone before its Pods are (`quarantineTime`)
_MOST_ENDED = 12_500  # --terminated-pod-gc-threshold


class PodGarbageCollector(Component):
    """Deletes, at once and by force, Pods for which there is no kubelet, and Pods that have ended where there are too many.

    A Pod is bound to a Node that is not there (40 seconds long); or it is being deleted, and was never bound, or its
    Node is out of service. Kubernetes looks every 20 seconds; here it looks when something has changed.

    Source of the rule: k8s.io/kubernetes/pkg/controller/podgc,
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
    """

    name = "pod-garbage-collector"
    turn = 15
    watches = ("nodes", "pods")

    def __init__(self) -> None:
        super().__init__()
        self.some_ended = False  # whether Pods have ended since the ended ones were counted

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Pod that changed, if no kubelet ends it; of a Node out of service, the Pods that are to go."""
        obj = event.object
        if isinstance(obj, Node):
            if event.type == "DELETED":
                for pod in _pods_on(api, obj.name):
                    self.look_again(pod.key, api.now + _QUARANTINE)
            elif _is_out_of_service(obj):
                return [pod.key for pod in _pods_on(api, obj.name) if pod.terminating]
            return ()
        if _goes_on(event) or not isinstance(obj, Pod) or event.type == "DELETED":
            return ()
        if obj.ended and (event.old is None or not (isinstance(event.old, Pod) and event.old.ended)):
            self.some_ended = True
        if obj.terminating:
            return (event.key,)
        if event.old is None or event.old.raw.get("spec") is not obj.raw.get("spec"):
            self._watch_node(api, obj)
        return ()

    def _watch_node(self, api: ApiServer, pod: Pod) -> None:
        """Look at a Pod again if its Node is not there."""
        if pod.node_name and api.store.get(("nodes", "", pod.node_name)) is None:
            self.look_again(pod.key, api.now + _QUARANTINE)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Delete a Pod that no kubelet ends."""
        if not isinstance(obj, Pod):
            return
        if not obj.node_name:
            if obj.terminating:
                self._force(api, obj, _("it is being deleted, and was never bound to a Node"))
            return
        node = api.store.get(("nodes", "", obj.node_name))
        if node is None:
            if obj.key in self.alarms:
                return  # the Node may still come back
            target = condition(
                "DisruptionTarget",
                "True",
                "DeletionByPodGC",
                "PodGC: node no longer exists",
                api.timestamp,
            )
            self._force(api, obj, _("its Node {node} is gone", node=obj.node_name), target)
        elif obj.terminating and isinstance(node, Node) and _is_out_of_service(node):
            why = Why(_("it is being deleted, and {node} is out of service", node=node.ref), node)
            self._force(api, obj, why)

    def work(self, api: ApiServer) -> None:
        """Look at every Pod in the queue; then, if there may be too many that have ended, at those."""
        super().work(api)
        if self.some_ended and api.store.count("pods") > _MOST_ENDED:
            ended = [pod for pod in api.list("pods") if isinstance(pod, Pod) and pod.ended]
            why = ngettext("more than {n} Pod has ended", "more than {n} Pods have ended", _MOST_ENDED)
            for pod in sorted(ended, key=_place)[: max(0, len(ended) - _MOST_ENDED)]:
                self._force(api, pod, why)
        self.some_ended = False

    def _force(self, api: ApiServer, pod: Pod, why: str, new: dict[str, Any] | None = None) -> None:
        """Note that a Pod has failed, unless it has ended, and delete it with a grace period of 0."""
        if not pod.ended:
            status = {**pod.status, "phase": "Failed"}
            if new is not None:
                status["conditions"] = with_condition(pod, new)
            api.update_status(pod, status, by=self.name, why=why)
        api.delete(pod, by=self.name, grace=0, why=why)

    def copy(self) -> Self:
        """Return an independent collector in the same state."""
        other = super().copy()
        other.some_ended = self.some_ended
        return other


def _is_out_of_service(node: Node) -> bool:
    """Whether an administrator has said of a Node that is not ready that it will not come back."""
    return not node.ready and any(taint.get("key") == OUT_OF_SERVICE for taint in node.taints)


def _place(pod: Pod) -> tuple[bool, str, str]:
    """Return the place of a Pod among those that have ended: first the evicted ones, then the oldest."""
    evicted = pod.phase == "Failed" and pod.status.get("reason") == "Evicted"
    return not evicted, text(pod.metadata.get("creationTimestamp")), pod.name


def _pods_on(api: ApiServer, node: str) -> list[Pod]:
    """Return the Pods that are bound to a Node."""
    return [pod for pod in api.list("pods") if isinstance(pod, Pod) and pod.node_name == node]


def _goes_on(event: WatchEvent) -> bool:
    """Whether only the status of a Pod has changed, and it neither ends nor has ended: most changes are such."""
    old, new = event.old, event.object.raw
    if old is None or event.type == "DELETED" or old.raw.get("spec") is not new.get("spec"):
        return False
    return "deletionTimestamp" not in new["metadata"] and new.get("status", {}).get("phase") in (
        "Pending",
        "Running",
    )
