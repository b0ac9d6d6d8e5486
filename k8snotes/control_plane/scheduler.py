"""kube-scheduler: chooses a Node for each Pod that has none, and binds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.candidates import Candidates, CandidatesOfAlike
from k8snotes.control_plane.scheduling.claims import claims_failure, claims_of
from k8snotes.control_plane.scheduling.neighbours import looks_at_neighbours
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.preemption import PREEMPTION, attempt, choice, priority_of
from k8snotes.control_plane.scheduling.volumes import PodVolumes
from k8snotes.control_plane.storage_rules import CLAIMS, SELECTED_NODE, VOLUMES, claim_volume

__all__ = ["Scheduler"]

_COMPONENT = "default-scheduler"  # as it signs its events
_PREEMPTING = "default-scheduler: preempting to accommodate a higher priority pod"
_BIND_TIMEOUT = 600  # seconds (bindTimeoutSeconds of the plugin VolumeBinding)
_TIMED_OUT = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
_STORAGE = (CLAIMS, VOLUMES, "storageclasses.storage.k8s.io")


class Scheduler(Component):
    """Filters the Nodes that can take a Pod, scores them, and binds the Pod to the best.

    A Pod that fits nowhere waits until something changes that may help it; before that it takes the place of
    Pods with a lower priority, where that helps. It also waits until its claims are bound, unless they are taken for
    granted. Claims whose class waits for a consumer are bound for the Node that is best, and the Pod after them.
    The place that a Pod waits for, until its victims have ended, is kept from Pods that have no higher priority.
    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
    """

    name = "kube-scheduler"
    watches = ("nodes", "pods", *_STORAGE)

    def __init__(self) -> None:
        super().__init__()
        self.infos = NodeInfos()
        self.alike = CandidatesOfAlike()
        self.waiting: dict[Key, bool] = {}  # with whether it looks for neighbours
        self.reserved: dict[Key, str] = {}  # Pods that wait for their volumes to be bound, with their Nodes
        self.claimants: dict[Key, dict[Key, None]] = {}  # the claims that these wait for, with the Pods

    def work(self, api: ApiServer) -> None:
        """Try every Pod in the queue, in the scheduler's order; of very many, the rest is left for the next turn."""
        for pod in self.at_once(api, self._in_turn(api)):
            self.reconcile(api, pod)
            del self.queue[pod.key]

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Filter the Nodes, score those that fit, and bind the Pod to the best."""
        if not isinstance(obj, Pod):
            return
        if obj.key in self.reserved:
            self._wait_for_volumes(api, obj)
        else:
            self._schedule(api, obj)

    def _schedule(self, api: ApiServer, pod: Pod) -> None:
        volumes = PodVolumes.of(pod, api, self.infos, api.granted) if pod.spec.get("volumes") else None
        if volumes is not None and volumes.reason:
            self._leave_waiting(api, pod, claims_failure(volumes.reason, len(self.infos)))
            return
        candidates = self._filter(api, pod, volumes if volumes is not None and volumes.matters else None)
        nominated = candidates.fitting(text(pod.status.get("nominatedNodeName")))
        best = nominated or candidates.best()
        if best is not None and volumes is not None and volumes.delayed:
            self._reserve(api, pod, best, volumes, candidates.needs)
        elif best is not None:
            why: str = (
                _("{node} was nominated for it, and it fits there now", node=best.name)
                if nominated is not None
                else ngettext(
                    "{fitting} of {n} Node fits, and {node} is best",
                    "{fitting} of {n} Nodes fit, and {node} is best",
                    len(self.infos),
                    fitting=candidates.count,
                    node=best.name,
                )
            )
            self._bind(api, pod, best, candidates.needs, why)
        elif not self.infos.has_below(candidates.needs.priority):
            never = pod.spec.get("preemptionPolicy") == "Never"
            self._leave_waiting(api, pod, candidates.failure(), nominated=None if never else "")
        else:
            self._preempt(api, pod, candidates)

    def _filter(self, api: ApiServer, pod: Pod, volumes: PodVolumes | None) -> Candidates:
        """Return the Nodes that can take a Pod, with their scores, and why the others cannot.

        Args:
            api: the API server.
            pod: the Pod.
            volumes: its volumes, if Nodes differ for them.
        """
        needs = needs_of(pod)
        guests = self.infos.nominated.values()
        near = (
            looks_at_neighbours(needs)
            or bool(self.infos.repelling)
            or any(theirs.anti_affinity for _guest, theirs in guests)
        )
        if not near and volumes is None:
            return self.alike.of(pod, needs, self.infos)
        if not near:
            return Candidates(pod, needs, self.infos, volumes=volumes)
        namespaces = {item.name: item.labels for item in api.list("namespaces")}
        return Candidates(pod, needs, self.infos, namespaces, volumes)

    # ---- volumes that are bound together with a Pod

    def _reserve(self, api: ApiServer, pod: Pod, node: NodeInfo, volumes: PodVolumes, needs: Needs) -> None:
        """Bind the volumes of a Pod for a Node, or have them made there; the Pod follows when that is done.

        Args:
            api: the API server.
            pod: the Pod.
            node: its Node, on which its place is kept.
            volumes: its volumes.
            needs: what it needs.

        Source of the rule: `Reserve` and `PreBind` in
        k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding
        """
        plan = volumes.plan(node.node)
        if plan is None:
            return
        self.reserved[pod.key] = node.name
        for claim in volumes.delayed:
            self.claimants.setdefault(claim.key, {})[pod.key] = None
        self.deadlines[pod.key] = api.now + _BIND_TIMEOUT
        self.infos.add(Pod({**pod.raw, "spec": {**pod.spec, "nodeName": node.name}}), needs)
        why = Why(_("{pod} is to run on {node}", pod=pod.ref, node=node.name), pod)
        for volume, claim in plan.bindings:
            _bind_volume(api, volume, claim, by=self.name, why=why)
        for claim in plan.provisions:
            _select_node(api, claim, node.name, by=self.name, why=why)
        status = {"phase": "Pending", **pod.status, "nominatedNodeName": node.name}
        api.update_status(pod, status, by=self.name, why=why)

    def _wait_for_volumes(self, api: ApiServer, pod: Pod) -> None:
        """Bind a Pod whose volumes are bound by now; look for a Node again if that does not come to pass."""
        name = self.reserved[pod.key]
        volumes = PodVolumes.of(pod, api, granted=api.granted)
        node, needs = self.infos.get(name), needs_of(pod)
        late = pod.key not in self.deadlines and pod.key not in self.waiting
        if volumes is None or node is None or volumes.reason or volumes.unreached(node.node):
            self._give_up(pod)
            self._schedule(api, pod)
        elif not volumes.delayed:
            self._give_up(pod)
            self._bind(api, pod, node, needs, _("its volumes are bound for {node}", node=node.name))
        elif any(claim.annotations.get(SELECTED_NODE, name) != name for claim in volumes.delayed):
            self._give_up(pod)
            self._schedule(api, pod)
        elif late:
            record(api, pod, "FailedScheduling", _TIMED_OUT, by=_COMPONENT, warning=True)
            self.waiting[pod.key] = False  # it goes on to wait, and says so again when something has changed

    def _give_up(self, pod: Pod) -> None:
        """Let the place that was kept for a Pod be free again."""
        self.reserved.pop(pod.key, None)
        for name in claims_of(pod):
            claim = CLAIMS, pod.namespace, name
            self.claimants.get(claim, {}).pop(pod.key, None)
            if not self.claimants.get(claim):
                self.claimants.pop(claim, None)
        self.deadlines.pop(pod.key, None)
        self.waiting.pop(pod.key, None)
        self.infos.remove(pod.uid)

    # ---- Pods

    def _bind(self, api: ApiServer, pod: Pod, node: NodeInfo, needs: Needs, why: str) -> None:
        """Write the Node into the Pod, leave the Event, and count the Pod in."""
        bound = api.bind(pod, node.name, by=self.name, why=why)
        message = f"Successfully assigned {pod.namespace}/{pod.name} to {node.name}"
        record(api, pod, "Scheduled", message, by=_COMPONENT)
        if isinstance(bound, Pod):
            self.infos.add(bound, needs)

    def _preempt(self, api: ApiServer, pod: Pod, candidates: Candidates) -> None:
        """Make room for a Pod on the Node where that costs least: Pods of lower priority go.

        The Node is nominated for the Pod, which waits until they have ended. Where no Node is found, the Pod has none
        nominated any more; where it may not look for one (yet), that stays as it was.

        Source of the rule: `prepareCandidateAsync` in k8s.io/kubernetes/pkg/scheduler/framework/preemption
        """
        needs = candidates.needs
        self.infos.refresh(lambda other: api.store.get(other.key))
        budgets = [item for item in api.list("poddisruptionbudgets") if isinstance(item, PodDisruptionBudget)]
        tried = attempt(pod, self.infos, candidates.refusals, candidates.trial.refusal, budgets)
        if not tried.found:
            told = "" if tried.outcome == "none" else None
            self._leave_waiting(api, pod, tried.message, nominated=told)
            return
        node = tried.found[0].node
        names = named(victim.ref for victim in tried.victims)
        why = Why(
            _(
                "no Node can take it, so it takes the place of {pods} on {node}: {choice}",
                pods=names,
                node=node,
                choice=choice(tried.found),
            ),
            *tried.victims,
        )
        self._leave_waiting(api, pod, tried.message, nominated=node, why=why)
        victims = [victim for victim in tried.victims if not victim.terminating]
        if victims:
            self._take_nominations(api, pod, needs, node)
        for victim in victims:
            news = "DisruptionTarget", "True", PREEMPTION, _PREEMPTING, api.timestamp
            status = {**victim.status, "conditions": with_condition(victim, condition(*news))}
            why = Why(
                _(
                    "it has priority {own}, and {pod} has {priority}",
                    own=priority_of(victim),
                    pod=pod.ref,
                    priority=needs.priority,
                ),
                pod,
            )
            api.update_status(victim, status, by=self.name, verb="preempt", why=why)
            why = Why(_("{pod} takes its place on {node}", pod=pod.ref, node=node), pod)
            api.delete(victim, by=self.name, why=why)
            record(api, victim, "Preempted", f"Preempted by pod {pod.uid} on node {node}", by=_COMPONENT)

    def _take_nominations(self, api: ApiServer, pod: Pod, needs: Needs, node: str) -> None:
        """Let a Node no longer be nominated for Pods of lower priority, which may not fit beside this one.

        Source of the rule: `getLowerPriorityNominatedPods` in k8s.io/kubernetes/pkg/scheduler/framework/preemption
        """
        why = Why(
            _("{node} is nominated for {pod}, which has a higher priority", pod=pod.ref, node=node), pod
        )
        for other, theirs in list(self.infos.nominated.values()):
            if theirs.priority < needs.priority and other.status.get("nominatedNodeName") == node:
                status = {key: value for key, value in other.status.items() if key != "nominatedNodeName"}
                self._nominate(api.update_status(other, status, by=self.name, why=why))

    def _nominate(self, pod: KubeObject | None) -> None:
        """Take in at once, and not with the next change, which Node is nominated for a Pod."""
        if isinstance(pod, Pod):
            self.infos.nominate(pod)

    def _leave_waiting(
        self, api: ApiServer, pod: Pod, message: str, *, nominated: str | None = None, why: str = ""
    ) -> None:
        """Say why no Node fits; the Pod is tried again when something has changed that may help.

        Args:
            api: the API server.
            pod: the Pod.
            message: why no Node fits.
            nominated: the Node on which Pods go to make room for it, "" for none any more, None for the same as before.
            why: the reason for the log, if it is more than the message.
        """
        self.waiting[pod.key] = bool(mapping(pod.spec.get("affinity")).get("podAffinity"))
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
        if nominated == "":
            status.pop("nominatedNodeName", None)
        elif nominated:
            status["nominatedNodeName"] = nominated
        written = api.update_status(pod, status, by=self.name, why=why or message)
        if nominated is not None:
            self._nominate(written)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Pods to try: the one that changed, or those that wait and that a change may help."""
        obj, old = event.object, event.old
        if isinstance(obj, Pod) and _only_runs_on(event):
            return ()
        known = self.infos.nominated
        nominated = bool(known) and isinstance(obj, Pod) and obj.uid in known
        if (
            not isinstance(obj, Pod)
            or obj.node_name
            or obj.ended
            or known
            or "nominatedNodeName" in obj.status
        ):
            self.infos.see(event)
        if isinstance(obj, Pod) and not obj.node_name:
            if event.type == "DELETED" or obj.terminating:
                self.waiting.pop(event.key, None)
                if nominated and event.type == "DELETED":
                    self._free_nomination(api, obj)
                if event.key in self.reserved:
                    self._give_up(obj)  # others may have its place
                    self.queue.update(dict.fromkeys(self.waiting))
                    self.waiting = {}
                return ()
            changed = old is None or old.spec != obj.spec or old.labels != obj.labels
            return (event.key,) if changed else ()
        if event.key in self.claimants:
            self.queue.update(self.claimants[event.key])
        if not self.waiting:
            return ()
        helped = self._helped(api, event)
        self.queue.update(helped)  # before they are taken off the list: an interrupt loses none
        self.waiting = {key: near for key, near in self.waiting.items() if key not in helped}
        return ()

    def _free_nomination(self, api: ApiServer, pod: Pod) -> None:
        """Try the Pods that wait once more for which the place of a Pod was not free: those of no higher priority.

        Source of the rule: `getLEPriorityPreCheck` in k8s.io/kubernetes/pkg/scheduler
        """
        priority = priority_of(pod)
        others = [other for key in self.waiting if isinstance(other := api.store.get(key), Pod)]
        helped = {other.key: None for other in others if priority_of(other) <= priority}
        self.queue.update(helped)
        self.waiting = {key: near for key, near in self.waiting.items() if key not in helped}

    def _helped(self, api: ApiServer, event: WatchEvent) -> dict[Key, None]:
        """Return the Pods that wait and that a change may help; storage helps those that have claims."""
        helps = _may_help(event)
        resource, namespace, name = event.key
        if resource not in _STORAGE:
            return {key: None for key, near in self.waiting.items() if helps or near}
        if not helps:
            return {}
        waiting = [pod for key in self.waiting if (pod := api.store.get(key)) is not None]
        return {
            pod.key: None
            for pod in waiting
            if pod.spec.get("volumes")
            and any(
                resource != CLAIMS or (pod.namespace, used) == (namespace, name) for used in claims_of(pod)
            )
        }

    def _in_turn(self, api: ApiServer) -> list[Pod]:
        """Return the Pods to try; what wants no Node (any more) leaves the queue."""
        pods = []
        for key in list(self.queue):
            pod = api.store.get(key)
            if isinstance(pod, Pod) and _wants_a_node(pod):
                pods.append(pod)
            else:
                del self.queue[key]
        return sorted(pods, key=_turn)

    def restart(self, api: ApiServer) -> None:
        """Count again what every Node has; Pods that wait for their volumes are scheduled anew."""
        self.infos = NodeInfos.of(api.list("nodes"), api.list("pods"))
        self.queue.update(dict.fromkeys(self.reserved))
        for key in self.reserved:
            self.deadlines.pop(key, None)
        self.reserved, self.claimants = {}, {}

    def copy(self) -> Self:
        """Return an independent scheduler in the same state."""
        other = super().copy()
        other.infos, other.waiting = self.infos.copy(), self.waiting.copy()
        other.reserved = self.reserved.copy()
        other.claimants = {claim: pods.copy() for claim, pods in self.claimants.items()}
        other.alike = CandidatesOfAlike()
        return other


def _bind_volume(api: ApiServer, volume: KubeObject, claim: KubeObject, *, by: str, why: str) -> None:
    """Write a claim into the volume that it gets; the volume binder does the rest."""

    def take(manifest: Manifest) -> None:
        claim_volume(manifest, claim)

    api.change(volume, take, by=by, verb="bind", why=why)


def _select_node(api: ApiServer, claim: KubeObject, node: str, *, by: str, why: str) -> None:
    """Note in a claim for which Node its volume is to be made."""

    def edit(manifest: Manifest) -> None:
        annotations = manifest["metadata"].get("annotations") or {}
        manifest["metadata"]["annotations"] = {**annotations, SELECTED_NODE: node}

    api.change(claim, edit, by=by, why=why)


def _wants_a_node(pod: Pod) -> bool:
    """Whether a Pod waits for this scheduler: it has no Node, no gate, and names no other scheduler."""
    return (
        not pod.node_name
        and not pod.terminating
        and not pod.ended
        and not pod.spec.get("schedulingGates")
        and text(pod.spec.get("schedulerName")) in ("", _COMPONENT)
    )


def _turn(pod: Pod) -> tuple[int, str, bool, str, str, str]:
    """Return a Pod's place in the scheduler's queue: by priority, then by age.

    What the reader has sent comes in the order in which it was sent (uids are numbered), before what
    controllers have made of it: they make the Pods of an owner all at once, so these go by name.
    """
    priority = pod.spec.get("priority")
    first = -priority if isinstance(priority, int) else 0
    made = pod.owner is not None
    sent = "" if made else pod.uid
    return first, text(pod.metadata.get("creationTimestamp")), made, sent, pod.namespace, pod.name


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
    """Whether a change may help Pods that wait: a Node or storage has changed, a Pod is gone or has ended."""
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
        or obj.raw.get("allowedTopologies") != old.raw.get("allowedTopologies")
        or obj.status.get("phase") != old.status.get("phase")
        or mapping(obj.status.get("allocatable")) != mapping(old.status.get("allocatable"))
    )
