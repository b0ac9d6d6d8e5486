"""kube-scheduler: chooses a Node for each Pod that has none, and binds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.candidates import Candidates
from k8snotes.control_plane.scheduling.failure import failure_message
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.neighbours import Neighbours, looks_at_neighbours
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.scores import score

__all__ = ["Scheduler"]

_COMPONENT = "default-scheduler"  # as it signs its events


class Scheduler(Component):
    """Filters the Nodes that can take a Pod, scores them, and binds the Pod to the best.

    A Pod that fits nowhere waits until something changes that may help it. Pods are not preempted,
    and storage is taken for granted.
    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
    """

    name = "kube-scheduler"
    watches = ("nodes", "pods")

    def __init__(self) -> None:
        super().__init__()
        self.infos = NodeInfos()
        self.waiting: dict[Key, bool] = {}  # with whether it looks for neighbours

    def run(self, api: ApiServer) -> None:
        """Try every Pod that is new, or for which something has changed: filter, score, bind."""
        self.observe(api)
        pods = [
            pod for key in self.queue if isinstance(pod := api.store.get(key), Pod) and _wants_a_node(pod)
        ]
        self.queue.clear()
        taken: list[str] = []
        kinds: dict[tuple[int, str, str], Candidates] = {}
        told: dict[tuple[int, int, str], str] = {}
        for pod in sorted(pods, key=_turn):
            needs = needs_of(pod)
            if looks_at_neighbours(needs) or self.infos.repelling:
                best, fit, reasons = self._choose(api, pod, needs)
            else:
                kind = id(needs), text((pod.owner or {}).get("uid")), pod.namespace
                if kind not in kinds:
                    kinds[kind] = Candidates(pod, needs, self.infos, taken)
                best, fit, reasons = kinds[kind].best(), kinds[kind].count, None
            if best is not None:
                why = f"{fit} of {len(self.infos)} Nodes fit, {best.name} is best"
                bound = api.bind(pod, best.name, by=self.name, why=why)
                message = f"Successfully assigned {pod.namespace}/{pod.name} to {best.name}"
                record(api, pod, "Scheduled", message, by=_COMPONENT)
                if isinstance(bound, Pod):
                    self.infos.add(bound, needs)
                taken.append(best.name)
                continue
            if reasons is not None:
                message = failure_message(reasons, never_preempts=_never_preempts(pod))
            else:
                moment = id(needs), len(taken), pod.namespace
                if moment not in told:
                    refusals = kinds[kind].refusals()
                    told[moment] = failure_message(refusals, never_preempts=_never_preempts(pod))
                message = told[moment]
            self.waiting[pod.key] = bool(mapping(pod.spec.get("affinity")).get("podAffinity"))
            self._leave_waiting(api, pod, message)

    def _choose(self, api: ApiServer, pod: Pod, needs: Needs) -> tuple[NodeInfo | None, int, list[Refusal]]:
        """Filter and score all Nodes for a Pod to which it matters where others run."""
        namespaces = {item.name: item.labels for item in api.list("namespaces")}
        neighbours = Neighbours(pod, needs, self.infos, namespaces)
        fit, reasons = [], []
        for info in self.infos:
            reason = refusal(needs, info) or neighbours.refusal(info)
            if reason is None:
                fit.append(info)
            else:
                reasons.append(reason)
        best = min(fit, key=lambda info: (-score(pod, needs, info), len(info.pods), info.name), default=None)
        return best, len(fit), reasons

    def _leave_waiting(self, api: ApiServer, pod: Pod, message: str) -> None:
        record(api, pod, "FailedScheduling", message, by=_COMPONENT, warning=True)
        old = next(iter(mappings(pod.status.get("conditions"))), {})
        unscheduled = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "lastTransitionTime": old.get("lastTransitionTime") or api.timestamp,
        }
        status = {"phase": "Pending", **pod.status, "conditions": [unscheduled]}
        api.update_status(pod, status, by=self.name, why=message)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Pods to try: the one that changed, or those that wait and that a change may help."""
        obj, old = event.object, event.old
        if isinstance(obj, Pod) and _only_runs_on(event):
            return ()
        if not isinstance(obj, Pod) or obj.node_name or obj.ended:
            self.infos.see(event)
        if isinstance(obj, Pod) and not obj.node_name:
            if event.type == "DELETED" or obj.terminating:
                self.waiting.pop(event.key, None)
                return ()
            changed = old is None or old.spec != obj.spec or old.labels != obj.labels
            return (event.key,) if changed else ()
        if not self.waiting:
            return ()
        helped = self.waiting if _may_help(event) else [key for key, near in self.waiting.items() if near]
        self.waiting = {key: near for key, near in self.waiting.items() if key not in helped}
        return helped

    def copy(self) -> Self:
        """Return an independent scheduler in the same state."""
        other = super().copy()
        other.infos, other.waiting = self.infos.copy(), self.waiting.copy()
        return other


def _wants_a_node(pod: Pod) -> bool:
    return (
        not pod.node_name
        and not pod.terminating
        and not pod.ended
        and not pod.spec.get("schedulingGates")
        and text(pod.spec.get("schedulerName")) in ("", _COMPONENT)
    )


def _turn(pod: Pod) -> tuple[int, str, bool, str, str, str]:
    """Return a Pod's place in the scheduler's queue: by priority, then who was there first.

    What the reader has sent comes in the order in which it was sent (uids are numbered), before what
    controllers have made of it: they make the Pods of an owner all at once, so these go by name.
    """
    priority = pod.spec.get("priority")
    first = -priority if isinstance(priority, int) else 0
    made = pod.owner is not None
    sent = "" if made else pod.uid
    return first, text(pod.metadata.get("creationTimestamp")), made, sent, pod.namespace, pod.name


def _never_preempts(pod: Pod) -> bool:
    return pod.spec.get("preemptionPolicy") == "Never"


def _only_runs_on(event: WatchEvent) -> bool:
    """Whether a Pod has its Node as before, and nothing changed but what its kubelet says of it."""
    old, new = event.old, event.object
    if event.type != "MODIFIED" or old is None or new.terminating:
        return False
    return (
        bool(old.spec.get("nodeName"))
        and old.spec is new.spec
        and old.metadata.get("labels") == new.metadata.get("labels")
        and new.status.get("phase") not in ("Succeeded", "Failed")
    )


def _may_help(event: WatchEvent) -> bool:
    obj, old = event.object, event.old
    if isinstance(obj, Pod):
        if event.type == "DELETED" or not isinstance(old, Pod) or not old.node_name:
            return event.type == "DELETED"
        ended = obj.phase != old.phase and obj.ended
        return ended or obj.labels != old.labels
    return (
        event.type == "DELETED"
        or old is None
        or obj.labels != old.labels
        or obj.spec != old.spec
        or mapping(obj.status.get("allocatable")) != mapping(old.status.get("allocatable"))
    )
