"""The DaemonSet's loop: one Pod on each Node that its template may run on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.controller_revisions import HASH, label_of, latest_revision
from k8snotes.control_plane.controllers.pods import (
    active,
    available,
    claim,
    controller_key,
    create_pod,
    delete_pod,
    owned_pods,
    pod_from_template,
    waiting_to_adopt,
)
from k8snotes.control_plane.controllers.refusals import ADMISSION, Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.kinds.daemonset import TEMPLATE_GENERATION
from k8snotes.control_plane.scheduling.filters import misfit
from k8snotes.control_plane.scheduling.node_affinity import named_nodes, wants
from k8snotes.control_plane.scheduling.taints import untolerated

__all__ = ["DaemonSetController", "spec_of_pods"]

_ROOM = ("pods", *ADMISSION)  # a change of these may let in what was refused
_NODE_TROUBLE = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


class DaemonSetController(Component):
    """Makes a Pod for each Node; the scheduler binds it there, as its node affinity names that Node alone.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
    """

    name = "daemonset-controller"
    turn = 90
    watches = ("daemonsets.apps", "pods", "nodes", *ADMISSION)
    serves = "daemonsets.apps"

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Make the Pods that Nodes lack, delete those that do not belong there, then replace old ones."""
        if not isinstance(obj, DaemonSet) or obj.terminating:
            return
        revision = latest_revision(api, obj, by=self.name)
        nodes = [node for node in api.list("nodes") if isinstance(node, Node)]
        there: dict[str, list[Pod]] = {}
        for pod in claim(api, obj, by=self.name):
            there.setdefault(_node_of(pod), []).append(pod)
        spec = spec_of_pods(obj)
        fit = [node for node in nodes if misfit(spec, node) is None]
        stay = [node for node in nodes if wants(spec, node) and not untolerated(spec, node, ("NoExecute",))]
        may_stay = {node.name for node in stay}
        missing: list[Node] = []
        extra: list[tuple[Pod, str]] = []
        surges = _surges(obj)
        for node in fit:
            alive = self._without_ended(api, obj, there.get(node.name, []))
            waits = not surges and any(pod.terminating for pod in there.get(node.name, ()))
            if not alive and not waits:
                missing.append(node)
            if len(alive) > 1:
                extra += self._extra(api, obj, alive, revision)
        known = {node.name for node in nodes}
        for name in sorted(set(there) - may_stay):
            misplaced = Why(_("its Node does not match {owner}", owner=obj.ref), obj)
            # on a Node that is gone, the garbage collector of Pods ends what ran there
            extra += [(pod, misplaced) for pod in there[name] if name in known or not pod.node_name]
        for pod, why in extra:
            if not pod.terminating:
                delete_pod(api, obj, pod, by=self.name, why=why)
        self._create(api, obj, missing, revision)
        if mapping(obj.spec.get("updateStrategy")).get("type") != "OnDelete":
            gone = {pod.uid for pod, _ in extra}
            left = {name: [pod for pod in pods if pod.uid not in gone] for name, pods in there.items()}
            self._update(api, obj, fit, left, revision)
        self._report(api, obj, nodes, fit, revision)

    def _create(self, api: ApiServer, owner: DaemonSet, nodes: Iterable[Node], revision: KubeObject) -> None:
        """Make a Pod for each of these Nodes, until one is refused."""
        for node in nodes:
            words = _("{node} has no Pod of {owner} with this template", node=node.ref, owner=owner.ref)
            why = Why(words, node, owner)
            refused = create_pod(api, owner, _pod(owner, node, revision), by=self.name, why=why)
            if refused:
                self.refusals.note(owner.key, refused)
                break

    def _without_ended(self, api: ApiServer, owner: DaemonSet, pods: list[Pod]) -> list[Pod]:
        """Delete the Pods that have ended, with an Event; return those that live and stay."""
        for pod in pods:
            if not pod.ended or pod.terminating:
                continue
            failed = pod.phase == "Failed"
            reason = "FailedDaemonPod" if failed else "SucceededDaemonPod"
            way = "failed daemon pod" if failed else "succeeded daemon pod"
            attempt = "kill" if failed else "delete"
            message = (
                f"Found {way} {owner.namespace}/{pod.name} on node {pod.node_name}, will try to {attempt} it"
            )
            record(api, owner, reason, message, by=self.name, warning=failed)
            delete_pod(api, owner, pod, by=self.name, why=_("it has failed") if failed else _("it has ended"))
        return [pod for pod in pods if active(pod)]

    def _extra(
        self, api: ApiServer, owner: DaemonSet, pods: list[Pod], revision: KubeObject
    ) -> list[tuple[Pod, str]]:
        """Return the Pods of one Node that are more than it should have, and why each goes.

        Without maxSurge the oldest stays. With it, an old Pod and a new one may be there together until the new
        one is available, or the old one is not ready any more.

        Source of the rule: `podsShouldBeOnNode` in k8s.io/kubernetes/pkg/controller/daemon
        """
        pods = sorted(pods, key=_oldest)
        if not _surges(owner):
            return [(pod, _("one Pod per Node is enough")) for pod in pods[1:]]
        new = [pod for pod in pods if _is_new(owner, pod, revision)]
        old = [pod for pod in pods if not _is_new(owner, pod, revision)]
        extra: list[tuple[Pod, str]] = [
            (pod, _("one Pod per Node and template is enough")) for pod in [*new[1:], *old[1:]]
        ]
        if new and old and (not old[0].ready or self._available(api, owner, new[:1])):
            extra.append((old[0], Why(_("{owner} has a new template", owner=owner.ref), owner)))
        return extra

    def _available(self, api: ApiServer, owner: DaemonSet, pods: list[Pod]) -> list[Pod]:
        """Return the Pods that have been ready for `minReadySeconds`."""
        ready = [pod for pod in pods if pod.ready]
        return available(self, api, owner, ready, int(owner.spec.get("minReadySeconds") or 0))

    def _update(
        self,
        api: ApiServer,
        owner: DaemonSet,
        fit: list[Node],
        there: dict[str, list[Pod]],
        revision: KubeObject,
    ) -> None:
        """Replace Pods of an older template: without maxSurge the old one goes first, with it the new one comes first.

        Source of the rule: `rollingUpdate` in k8s.io/kubernetes/pkg/controller/daemon
        """
        lacking = surging = 0
        at_once: list[tuple[Node, Pod]] = []
        later: list[tuple[Node, Pod]] = []
        for node in fit:
            pods = [pod for pod in there.get(node.name, []) if not pod.terminating]
            new = [pod for pod in pods if _is_new(owner, pod, revision)]
            old = [pod for pod in pods if not _is_new(owner, pod, revision)]
            if old and not new:
                usable = self._available(api, owner, old[:1])
                (later if usable else at_once).append((node, old[0]))
            elif old and new:
                lacking += 1
                surging += not self._available(api, owner, new[:1])
            else:
                lacking += not self._available(api, owner, new[:1])
        most, surge = _bounds(owner, len(fit))
        if surge:
            replaced = [*at_once, *later[: max(0, surge - surging)]]
            self._create(api, owner, [node for node, _old in replaced], revision)
            return
        for _node, pod in [*at_once, *later[: max(0, most - lacking)]]:
            delete_pod(
                api,
                owner,
                pod,
                by=self.name,
                why=Why(_("{owner} has a new template", owner=owner.ref), owner),
            )

    def _report(
        self, api: ApiServer, owner: DaemonSet, nodes: list[Node], fit: list[Node], revision: KubeObject
    ) -> None:
        """Write the status: how many Nodes want a Pod, have one, and have one that is ready.

        Of several Pods on a Node the oldest counts.

        Source of the rule: `updateDaemonSetStatus` in k8s.io/kubernetes/pkg/controller/daemon
        """
        first: dict[str, Pod] = {}
        for pod in sorted(claim(api, owner, by=self.name), key=_oldest):
            if not pod.terminating and pod.phase != "Failed":
                first.setdefault(_node_of(pod), pod)
        right = {node.name for node in fit}
        counted = [pod for name, pod in first.items() if name in right]
        known = {node.name for node in nodes}
        usable = len(self._available(api, owner, counted))
        status: Manifest = {
            "observedGeneration": owner.metadata.get("generation", 1),
            "desiredNumberScheduled": len(fit),
            "currentNumberScheduled": len(counted),
            "numberMisscheduled": len((known - right) & first.keys()),
            "numberReady": sum(pod.ready for pod in counted),
        }
        counts = {
            "updatedNumberScheduled": sum(_is_new(owner, pod, revision) for pod in counted),
            "numberAvailable": usable,
            "numberUnavailable": len(fit) - usable,
        }
        status.update({field: count for field, count in counts.items() if count})
        api.update_status(owner, status, by=self.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the DaemonSet that changed, or whose Pod did; where a Node changed, those that it makes act."""
        yield from self.refusals.worth_another_try(event) if event.key[0] in _ROOM else ()
        if event.key[0] in ADMISSION:
            return
        if event.key[0] == "daemonsets.apps":
            yield event.key
        elif event.key[0] == "nodes":
            if event.type != "DELETED" and (event.old is None or _asks(event.old) != _asks(event.object)):
                yield from (item.key for item in api.store.list("daemonsets.apps") if _acts(api, item, event))
        else:
            owner = controller_key(event.object, "DaemonSet", "daemonsets.apps")
            if owner:
                yield owner
            elif event.object.owner is None:
                yield from waiting_to_adopt(api, "daemonsets.apps", event.object)

    def copy(self) -> DaemonSetController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals = self.refusals.copy()
        return other


def _asks(node: KubeObject) -> tuple[Any, Any]:
    """Return all of a Node that decides whether a Pod may go there: its labels and its specification."""
    return node.labels, node.spec


def _acts(api: ApiServer, owner: KubeObject, event: WatchEvent) -> bool:
    """Whether a Node's change makes a DaemonSet act: it lacks a Pod there, or has one that may not stay.

    Where a Pod may stay that would not be put there any more, nothing is counted anew until something else happens.

    Source of the rule: `syncNodeUpdate` in k8s.io/kubernetes/pkg/controller/daemon
    """
    node = event.object
    if not isinstance(owner, DaemonSet) or not isinstance(node, Node):
        return True
    spec = spec_of_pods(owner)
    named = wants(spec, node)
    there = any(pod.node_name == node.name for pod in owned_pods(api, owner))
    if not there:
        return named and not untolerated(spec, node)
    may_stay = named and not untolerated(spec, node, ("NoExecute",))
    return not may_stay or bool(owner.status.get("numberMisscheduled"))


def _oldest(pod: Pod) -> tuple[bool, bool, str, str]:
    """Return a Pod's place where several are on one Node: those that have it, that are ready, the older, stay."""
    return not pod.node_name, not pod.ready, str(pod.metadata.get("creationTimestamp")), pod.name


def _node_of(pod: Pod) -> str:
    """Return the Node that a Pod runs on, or is meant for by its node affinity."""
    if pod.node_name:
        return pod.node_name
    names = named_nodes(pod.spec)
    return min(names) if names else ""


def spec_of_pods(owner: DaemonSet) -> dict[str, Any]:
    """Return the specification of the Pods, with the tolerations that a DaemonSet adds.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations
    """
    spec = dict(mapping(owner.template.get("spec")))
    trouble = [
        *_NODE_TROUBLE,
        *([("network-unavailable", "NoSchedule")] if spec.get("hostNetwork") is True else []),
    ]
    own = [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect}
        for key, effect in trouble
    ]
    spec["tolerations"] = [*mappings(spec.get("tolerations")), *own]
    return spec


def _pod(owner: DaemonSet, node: Node, revision: KubeObject) -> Manifest:
    """Return the manifest of the Pod for one Node: its node affinity names that Node alone."""
    manifest = pod_from_template(owner)
    labels = manifest["metadata"].setdefault("labels", {})
    labels[HASH] = label_of(revision)
    labels["pod-template-generation"] = owner.annotations.get(TEMPLATE_GENERATION, "1")
    spec = manifest["spec"]
    spec["tolerations"] = spec_of_pods(owner)["tolerations"]
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    field = {"key": "metadata.name", "operator": "In", "values": [node.name]}
    terms = mappings(sequence(required.get("nodeSelectorTerms"))) or [{}]
    required["nodeSelectorTerms"] = [{**term, "matchFields": [field]} for term in terms]
    return manifest


def _is_new(owner: DaemonSet, pod: Pod, revision: KubeObject) -> bool:
    """Whether a Pod has the present template: by its hash, or by the number of the template.

    Source of the rule: `IsPodUpdated` in k8s.io/kubernetes/pkg/controller/daemon/util
    """
    number = owner.annotations.get(TEMPLATE_GENERATION)
    return pod.labels.get(HASH) == label_of(revision) or (
        number is not None and pod.labels.get("pod-template-generation") == number
    )


def _surges(owner: DaemonSet) -> bool:
    """Whether a new Pod may come before the old one goes (`maxSurge`)."""
    return _bounds(owner, 100)[1] > 0


def _bounds(owner: DaemonSet, nodes: int) -> tuple[int, int]:
    """Return maxUnavailable and maxSurge for so many Nodes; one may be unavailable where both come to 0.

    Source of the rule: `updatedDesiredNodeCounts` in k8s.io/kubernetes/pkg/controller/daemon
    """
    strategy = mapping(owner.spec.get("updateStrategy"))
    rolling = mapping(strategy.get("rollingUpdate"))
    if strategy.get("type") == "OnDelete":
        return 0, 0
    most, surge = _share(rolling.get("maxUnavailable", 1), nodes), _share(rolling.get("maxSurge", 0), nodes)
    return (most, surge) if most or surge else (1, 0)


def _share(value: Any, whole: int) -> int:
    """Return a number or a share ("25%", rounded up) of all Nodes."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return math.ceil(int(value[:-1]) * whole / 100)
    return value if isinstance(value, int) else 1
