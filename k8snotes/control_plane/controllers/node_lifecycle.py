"""The node lifecycle controller: marks Nodes whose kubelet is silent, and gives up the Pods on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.objects import KubeObject, Manifest, Node, Pod, mapping, mappings, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, find_condition, with_condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.scheduling.taints import UNREACHABLE, UNSCHEDULABLE, tolerates

__all__ = ["LEASES", "NodeLifecycleController"]

LEASES = "kube-node-lease"
_GRACE = 50  # seconds: --node-monitor-grace-period
_PATIENCE = 300  # seconds: what admission lets Pods tolerate where they say nothing


class NodeLifecycleController(Component):
    """Taints a Node that was not heard of for 50 seconds; after 300 more its Pods are deleted.

    A kubelet that runs renews its Lease all the time; here only the last renewal of one that has
    fallen silent is written. A cordoned Node gets its taint, too, and the Pods of a Node that was
    deleted go with it.
    Source of the rule: https://kubernetes.io/docs/concepts/architecture/nodes/
    """

    name = "node-controller"
    watches = ("nodes", "pods", "leases.coordination.k8s.io")

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Node that changed, or whose Lease or Pods did."""
        if event.key[0] == "nodes":
            if event.type == "DELETED":
                self.queue.update({pod.key: None for pod in _pods_on(api, event.object.name)})
            return (event.key,)
        if event.key[0] == "pods":
            node = text(event.object.spec.get("nodeName"))
            if event.type == "DELETED" or not node or (event.old and event.old.spec == event.object.spec):
                return ()
            gone = api.store.get(("nodes", "", node)) is None
            silent = api.store.get(("leases.coordination.k8s.io", LEASES, node)) is not None
            return (event.key,) if gone else (("nodes", "", node),) if silent else ()
        return (("nodes", "", event.object.name),)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Compare what a Node's condition and taints say with its Lease."""
        if isinstance(obj, Pod):
            if obj.node_name and api.store.get(("nodes", "", obj.node_name)) is None:
                api.remove(obj, by="pod-garbage-collector", why=f"its Node {obj.node_name} is gone")
            return
        if not isinstance(obj, Node):
            return
        lease = api.store.get(("leases.coordination.k8s.io", LEASES, obj.name))
        heard = seconds_of(text(lease.spec.get("renewTime"))) if lease is not None else api.now
        if heard + _GRACE > api.now:
            if lease is not None:
                self.look_again(obj.key, heard + _GRACE)
            self._mark(api, obj, silent=False)
            return
        self._mark(api, obj, silent=True)
        lost_at = heard + _GRACE
        for pod in _pods_on(api, obj.name):
            self._give_up(api, pod, obj, lost_at)

    def _mark(self, api: ApiServer, node: Node, *, silent: bool) -> None:
        """Set or lift the taints that the Node's state calls for."""
        wanted = [taint for taint in node.taints if taint.get("key") not in (UNREACHABLE, UNSCHEDULABLE)]
        if node.unschedulable:
            wanted.append({"key": UNSCHEDULABLE, "effect": "NoSchedule"})
        if silent:
            wanted += [{"key": UNREACHABLE, "effect": effect} for effect in ("NoSchedule", "NoExecute")]

        def edit(manifest: Manifest) -> None:
            manifest["spec"].pop("taints", None)
            if wanted:
                manifest["spec"]["taints"] = wanted

        if silent and node.ready:
            said = "NodeStatusUnknown", "Kubelet stopped posting node status."
            unknown = condition("Ready", "Unknown", *said, api.timestamp)
            status = {**node.status, "conditions": with_condition(node, unknown)}
            why = f"its kubelet was not heard of for {_GRACE} seconds"
            api.update_status(node, status, by=self.name, why=why)
            message = f"Node {node.name} status is now: NodeNotReady"
            record(api, node, "NodeNotReady", message, by=self.name)
        why = "its kubelet is silent" if silent else "as the Node is now"
        api.change(node, edit, by=self.name, verb="taint", why=why)

    def _give_up(self, api: ApiServer, pod: Pod, node: Node, lost_at: int) -> None:
        ready = find_condition(pod, "Ready")
        if ready is not None and ready.get("status") == "True":
            unready = {**ready, "status": "False", "lastTransitionTime": api.timestamp}
            status = {**pod.status, "conditions": with_condition(pod, unready)}
            api.update_status(pod, status, by=self.name, why=f"nothing is heard of {node.ref}")
            record(api, pod, "NodeNotReady", "Node is not ready", by=self.name, warning=True)
        patience = _patience(pod)
        if patience is None or pod.terminating:
            return
        if lost_at + patience > api.now:
            self.look_again(node.key, lost_at + patience)
            return
        why = f"{node.ref} has been unreachable for {patience} seconds"
        api.delete(pod, by="taint-eviction-controller", why=why)
        message = f"Marking for deletion Pod {pod.namespace}/{pod.name}"
        record(api, pod, "TaintManagerEviction", message, by="taint-eviction-controller")


def _patience(pod: Pod) -> int | None:
    """Return for how many seconds a Pod puts up with an unreachable Node; None: for ever."""
    taint = {"key": UNREACHABLE, "effect": "NoExecute"}
    fitting: list[dict[str, Any]] = [
        item for item in mappings(pod.spec.get("tolerations")) if tolerates(item, taint)
    ]
    if not fitting:
        return _PATIENCE
    seconds = [item.get("tolerationSeconds") for item in fitting]
    limits = [max(0, int(value)) for value in seconds if isinstance(value, int)]
    return min(limits) if limits else None


def _pods_on(api: ApiServer, node: str) -> list[Pod]:
    return [
        pod
        for pod in api.list("pods")
        if isinstance(pod, Pod) and mapping(pod.raw.get("spec")).get("nodeName") == node
    ]
