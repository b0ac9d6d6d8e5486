"""The node lifecycle controller: marks Nodes whose kubelet is silent, and gives up the Pods on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.heartbeats import LEASES, NAMESPACE
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.scheduling.taints import PRESSURE, UNREACHABLE, UNSCHEDULABLE, tolerates

__all__ = ["NodeLifecycleController"]

_GRACE = 50  # seconds: --node-monitor-grace-period
_TARGET = "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"


class NodeLifecycleController(Component):
    """Taints a Node that was not heard of for 50 seconds, and evicts Pods that do not tolerate its taints.

    Admission lets Pods that say nothing tolerate an unreachable Node for 300 seconds. A kubelet that runs renews its Lease all the time; here only the last renewal of one that has
    fallen silent is written. A cordoned Node gets its taint, too, as does one whose memory runs out.
    Source of the rule: https://kubernetes.io/docs/concepts/architecture/nodes/
    """

    name = "node-controller"
    turn = 10
    watches = ("nodes", "pods", LEASES)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Node that changed, or whose Lease or Pods did."""
        if event.key[0] == "nodes":
            return (event.key,)
        if event.key[0] == "pods":
            node = text(event.object.spec.get("nodeName"))
            if event.type == "DELETED" or not node or (event.old and event.old.spec == event.object.spec):
                return ()
            there = api.store.get(("nodes", "", node))
            if isinstance(there, Node) and any(taint.get("effect") == "NoExecute" for taint in there.taints):
                return (there.key,)
            return ()
        return (("nodes", "", event.object.name),)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Compare what a Node's condition and taints say with its Lease."""
        if not isinstance(obj, Node):
            return
        lease = api.store.get((LEASES, NAMESPACE, obj.name))
        heard = seconds_of(text(lease.spec.get("renewTime"))) if lease is not None else api.now
        if heard + _GRACE > api.now:
            if lease is not None:
                self.look_again(obj.key, heard + _GRACE)
            node = self._mark(api, obj, silent=False)
        else:
            node = self._mark(api, obj, silent=True)
            for pod in _pods_on(api, obj.name):
                self._unready(api, pod, obj)
        taints = [taint for taint in node.taints if taint.get("effect") == "NoExecute"]
        for pod in _pods_on(api, obj.name) if taints else ():
            self._evict(api, pod, node, taints)

    def _mark(self, api: ApiServer, node: Node, *, silent: bool) -> Node:
        """Set or lift the taints that the Node's state calls for."""
        there = {(text(taint.get("key")), text(taint.get("effect"))): taint for taint in node.taints}
        wanted = [
            {"timeAdded": api.timestamp, **taint} if taint.get("effect") == "NoExecute" else taint
            for taint in node.taints
            if taint.get("key") not in (UNREACHABLE, UNSCHEDULABLE, *PRESSURE.values())
        ]
        for kind, key in PRESSURE.items():
            if node.holds(kind):
                wanted.append({"key": key, "effect": "NoSchedule"})
        if node.unschedulable:
            wanted.append({"key": UNSCHEDULABLE, "effect": "NoSchedule"})
        if silent:
            for effect in ("NoSchedule", "NoExecute"):
                new = {"key": UNREACHABLE, "effect": effect, "timeAdded": api.timestamp}
                wanted.append(there.get((UNREACHABLE, effect), new))

        def edit(manifest: Manifest) -> None:
            manifest["spec"].pop("taints", None)
            if wanted:
                manifest["spec"]["taints"] = wanted

        if silent and node.ready:
            news = "NodeStatusUnknown", "Kubelet stopped posting node status."
            unknown = condition("Ready", "Unknown", *news, api.timestamp)
            status = {**node.status, "conditions": with_condition(node, unknown)}
            why: str = ngettext(
                "its kubelet has not reported for {n} second",
                "its kubelet has not reported for {n} seconds",
                _GRACE,
            )
            api.update_status(node, status, by=self.name, why=why)
            message = f"Node {node.name} status is now: NodeNotReady"
            record(api, node, "NodeNotReady", message, by=self.name)
        why = (
            _("its kubelet does not report") if silent else _("its taints follow the conditions of the Node")
        )
        changed = api.change(node, edit, by=self.name, verb="taint", why=why)
        return changed if isinstance(changed, Node) else node

    def _unready(self, api: ApiServer, pod: Pod, node: Node) -> None:
        """Mark a Pod of a silent Node as not ready: Services send it nothing more."""
        ready = pod.condition("Ready")
        if ready is not None and ready.get("status") == "True":
            unready = {**ready, "status": "False", "lastTransitionTime": api.timestamp}
            status = {**pod.status, "conditions": with_condition(pod, unready)}
            why = Why(_("the kubelet of {node} does not report", node=node.ref), node)
            api.update_status(pod, status, by=self.name, why=why)
            record(api, pod, "NodeNotReady", "Node is not ready", by=self.name, warning=True)

    def _evict(self, api: ApiServer, pod: Pod, node: Node, taints: list[dict[str, Any]]) -> None:
        """Delete a Pod that does not tolerate the Node's taints, or not any longer.

        Source of the rule: `addConditionAndDeletePod` in k8s.io/kubernetes/pkg/controller/tainteviction
        """
        patience = _patience(pod, taints)
        if patience is None or pod.terminating:
            return
        added = [seconds_of(text(taint["timeAdded"])) for taint in taints if taint.get("timeAdded")]
        until = max(added, default=api.now) + patience
        if patience and until > api.now:
            self.look_again(node.key, until)
            return
        keys = named(sorted({text(taint.get("key")) for taint in taints}))
        why = Why(_("it does not tolerate the taint {taint} of {node}", taint=keys, node=node.ref), node)
        if patience:
            why = Why(
                ngettext(
                    "it tolerates the taint {taint} of {node} for {n} second",
                    "it tolerates the taint {taint} of {node} for {n} seconds",
                    patience,
                    taint=keys,
                    node=node.ref,
                ),
                node,
            )
        by = "taint-eviction-controller"
        target = condition("DisruptionTarget", "True", *_TARGET, api.timestamp)
        status = {**pod.status, "conditions": with_condition(pod, target)}
        api.update_status(pod, status, by=by, verb="evict", why=why)
        api.delete(pod, by=by, why=why)
        message = f"Marking for deletion Pod {pod.namespace}/{pod.name}"
        record(api, pod, "TaintManagerEviction", message, by=by)


def _patience(pod: Pod, taints: list[dict[str, Any]]) -> int | None:
    """Return for how many seconds a Pod tolerates all these taints; None: without a limit."""
    tolerations = mappings(pod.spec.get("tolerations"))
    limits: list[int] = []
    for taint in taints:
        fitting = [item for item in tolerations if tolerates(item, taint)]
        if not fitting:
            return 0
        limits += [max(0, item["tolerationSeconds"]) for item in fitting if "tolerationSeconds" in item]
    return min(limits) if limits else None


def _pods_on(api: ApiServer, node: str) -> list[Pod]:
    """Return the Pods that are bound to a Node."""
    return [
        pod
        for pod in api.list("pods")
        if isinstance(pod, Pod) and mapping(pod.raw.get("spec")).get("nodeName") == node
    ]
