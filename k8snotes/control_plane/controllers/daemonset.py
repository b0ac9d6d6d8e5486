"""The DaemonSet's loop: one Pod on each Node that its template may run on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.controller_revisions import HASH, latest_revision
from k8snotes.control_plane.controllers.pods import (
    claim,
    controller_key,
    create_pod,
    delete_pod,
    pod_from_template,
    waiting_to_adopt,
)
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.node_affinity import named_nodes, wants
from k8snotes.control_plane.scheduling.taints import untolerated

__all__ = ["DaemonSetController"]

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
    watches = ("daemonsets.apps", "pods", "nodes")

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Make the Pods that Nodes lack, delete those that do not belong there, then replace old ones."""
        if not isinstance(obj, DaemonSet) or obj.terminating:
            return
        revision = latest_revision(api, obj, by=self.name)
        nodes = [node for node in api.list("nodes") if isinstance(node, Node)]
        there: dict[str, list[Pod]] = {}
        for pod in claim(api, obj, by=self.name):
            there.setdefault(_node_of(pod), []).append(pod)
        spec = _spec(obj)
        fit = [node for node in nodes if wants(spec, node) and not untolerated(spec, node)]
        stay = [node for node in nodes if wants(spec, node) and not untolerated(spec, node, ("NoExecute",))]
        for node in fit:
            alive = self._without_ended(api, obj, there.get(node.name, []))
            if not alive:
                manifest = _pod(obj, node, revision)
                if create_pod(
                    api,
                    obj,
                    manifest,
                    by=self.name,
                    why=Why(_("{node} has no Pod of {owner}", node=node.ref, owner=obj.ref), node, obj),
                ):
                    break
            for pod in sorted(alive, key=_oldest)[1:]:
                delete_pod(api, obj, pod, by=self.name, why=_("one Pod per Node is enough"))
        may_stay = {node.name for node in stay}
        for name in sorted(set(there) - may_stay):
            for pod in there[name]:
                if not pod.terminating:
                    why = Why(_("its Node does not match {owner}", owner=obj.ref), obj)
                    delete_pod(api, obj, pod, by=self.name, why=why)
        self._update(api, obj, fit, there, revision)
        self._report(api, obj, nodes, fit, revision)

    def _without_ended(self, api: ApiServer, owner: DaemonSet, pods: list[Pod]) -> list[Pod]:
        """Delete the Pods that have failed, with an Event; return the others."""
        for pod in pods:
            if pod.phase == "Failed" and not pod.terminating:
                message = f"Found failed daemon pod {owner.namespace}/{pod.name} on node {pod.node_name}, will try to kill it"
                record(api, owner, "FailedDaemonPod", message, by=self.name, warning=True)
                delete_pod(api, owner, pod, by=self.name, why=_("it has failed"))
        return [pod for pod in pods if pod.phase != "Failed"]

    def _update(
        self,
        api: ApiServer,
        owner: DaemonSet,
        fit: list[Node],
        there: dict[str, list[Pod]],
        revision: KubeObject,
    ) -> None:
        """Replace Pods of an older template, so many at a time as maxUnavailable allows."""
        strategy = mapping(owner.spec.get("updateStrategy"))
        if strategy.get("type") == "OnDelete":
            return
        old, missing = [], 0
        for node in fit:
            pods = there.get(node.name, [])
            missing += not any(pod.ready and not pod.terminating for pod in pods)
            old += [
                pod
                for pod in pods
                if pod.labels.get(HASH) != revision.labels.get(HASH) and not pod.terminating
            ]
        allowed = _share(mapping(strategy.get("rollingUpdate")).get("maxUnavailable", 1), len(fit)) - missing
        broken = [pod for pod in old if not pod.ready]
        working = [pod for pod in old if pod.ready]
        for pod in [*broken, *working[: max(0, allowed)]]:
            why = Why(_("{owner} has a new template", owner=owner.ref), owner)
            delete_pod(api, owner, pod, by=self.name, why=why)

    def _report(
        self, api: ApiServer, owner: DaemonSet, nodes: list[Node], fit: list[Node], revision: KubeObject
    ) -> None:
        """Write the status: how many Nodes want a Pod, have one, and have a ready one."""
        pods = [
            pod for pod in claim(api, owner, by=self.name) if not pod.terminating and pod.phase != "Failed"
        ]
        right = {node.name for node in fit}
        on_right = [pod for pod in pods if _node_of(pod) in right]
        ready = sum(pod.ready for pod in on_right)
        known = {node.name for node in nodes}
        status: Manifest = {
            "observedGeneration": owner.metadata.get("generation", 1),
            "desiredNumberScheduled": len(fit),
            "currentNumberScheduled": len({_node_of(pod) for pod in on_right}),
            "numberMisscheduled": len({_node_of(pod) for pod in pods if _node_of(pod) in known - right}),
            "numberReady": ready,
        }
        updated = sum(pod.labels.get(HASH) == revision.labels.get(HASH) for pod in on_right)
        counts = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(fit) - ready,
        }
        status.update({field: count for field, count in counts.items() if count})
        api.update_status(owner, status, by=self.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the DaemonSet that changed, or whose Pod did; every one, where a Node changed."""
        if event.key[0] == "daemonsets.apps":
            yield event.key
        elif event.key[0] == "nodes":
            if event.old is None or event.type == "DELETED" or _asks(event.old) != _asks(event.object):
                yield from (item.key for item in api.store.list("daemonsets.apps"))
        else:
            owner = controller_key(event.object, "DaemonSet", "daemonsets.apps")
            if owner:
                yield owner
            elif event.object.owner is None:
                yield from waiting_to_adopt(api, "daemonsets.apps", event.object)


def _asks(node: KubeObject) -> tuple[Any, Any]:
    """Return all of a Node that decides whether a Pod may go there: its labels and its specification."""
    return node.labels, node.spec


def _oldest(pod: Pod) -> tuple[bool, bool, str, str]:
    """Return a Pod's place where several are on one Node: those that have it, that are ready, the older, stay."""
    return not pod.node_name, not pod.ready, str(pod.metadata.get("creationTimestamp")), pod.name


def _node_of(pod: Pod) -> str:
    """Return the Node that a Pod runs on, or is meant for by its node affinity."""
    if pod.node_name:
        return pod.node_name
    names = named_nodes(pod.spec)
    return min(names) if names else ""


def _spec(owner: DaemonSet) -> dict[str, Any]:
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
    labels[HASH] = revision.labels.get(HASH, "")
    labels["pod-template-generation"] = str(owner.metadata.get("generation", 1))
    spec = manifest["spec"]
    spec["tolerations"] = _spec(owner)["tolerations"]
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    field = {"key": "metadata.name", "operator": "In", "values": [node.name]}
    terms = mappings(sequence(required.get("nodeSelectorTerms"))) or [{}]
    required["nodeSelectorTerms"] = [{**term, "matchFields": [field]} for term in terms]
    return manifest


def _share(value: Any, whole: int) -> int:
    """Return a number or a share ("25%", rounded up) of all Nodes."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return math.ceil(int(value[:-1]) * whole / 100)
    return value if isinstance(value, int) else 1
