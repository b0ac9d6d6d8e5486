"""What is done to Nodes and to what runs on them: cordon, drain, lose; crash a container; static Pods."""

from __future__ import annotations

from typing import Any

from k8snotes import datasets
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.sources import read
from k8snotes.asking import Asking
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.controllers.node_lifecycle import LEASES
from k8snotes.errors import ClusterError, NotFoundError, did_you_mean
from k8snotes.node.kubelet import Kubelets
from k8snotes.node.static_pods import is_mirror

__all__ = ["Machines", "running_container"]

_LEASE = "leases.coordination.k8s.io"


class Machines(Asking):
    """The half of a cluster that deals with its Nodes; `settle()` then shows what the components make of it."""

    kubelets: Kubelets

    def cordon(self, ref: str) -> None:
        """Keep new Pods away from a Node ("node-1" or "node/node-1"); those that run there run on.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.cordon("node-1")
        >>> c["node/node-1"].spec["unschedulable"]
        True
        """
        self._cordon(ref, wanted=True)

    def uncordon(self, ref: str) -> None:
        """Let new Pods come to a Node again."""
        self._cordon(ref, wanted=False)

    def drain(self, ref: str, *, force: bool = False) -> list[KubeObject]:
        """Cordon a Node and evict its Pods, as `kubectl drain --ignore-daemonsets` does; returns those Pods.

        Pods of DaemonSets and mirror Pods stay. Raises ClusterError where a Pod has no controller that
        would make it anew on another Node, unless `force`. PodDisruptionBudgets are not looked at.
        """
        self.cordon(ref)
        node = self._node(ref)
        pods = [pod for pod in self._pods_on(node) if not is_mirror(pod) and not pod.terminating]
        pods = [pod for pod in pods if (pod.owner or {}).get("kind") != "DaemonSet"]
        bare = [f"{pod.namespace}/{pod.name}" for pod in pods if pod.owner is None and not pod.ended]
        if bare and not force:
            raise ClusterError(
                f"cannot delete Pods that declare no controller (use force=True to override): {', '.join(bare)}. "
                f"Nobody would make them anew on another Node. {node.ref} is cordoned, and they run on."
            )
        for pod in pods:
            self.api.delete(pod, by="kubectl", why=f"evicted: {node.ref} is drained")
        return list(pods)

    def lose(self, ref: str) -> None:
        """Let a Node fall silent, as when its power fails: its kubelet renews its Lease no more."""
        self._may_change()
        node = self._node(ref)
        if node.name in self.kubelets.stopped:
            return
        self.kubelets.stop(node.name)
        lease: Manifest = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": node.name, "namespace": LEASES},
            "spec": {
                "holderIdentity": node.name,
                "leaseDurationSeconds": 40,
                "renewTime": self.api.timestamp,
            },
        }
        self.api.register(lease, by=f"kubelet on {node.name}")

    def recover(self, ref: str) -> None:
        """Let a lost Node come back: its kubelet says that it is ready, and looks at its Pods again."""
        self._may_change()
        node = self._node(ref)
        if node.name not in self.kubelets.stopped:
            return
        by = f"kubelet on {node.name}"
        lease = self.api.store.get((_LEASE, LEASES, node.name))
        if lease is not None:
            self.api.remove(lease, by=by, why="it is renewed all the time again")
        ready = condition(
            "Ready", "True", "KubeletReady", "kubelet is posting ready status", self.api.timestamp
        )
        status = {**mapping(node.status), "conditions": with_condition(node, ready)}
        self.api.update_status(node, status, by=by, why="it is back")
        self.kubelets.start(self.api, node.name)

    def set_ready(self, ref: str, value: bool = True) -> None:  # reads as a sentence
        """Say whether a Pod is ready, as its readiness probe would; the kubelet reports it on `settle()`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.set_ready("pod/mysql-0", False)
        >>> _ = c.settle()
        >>> c.endpoints("svc/mysql-server").note
        'selects 1 Pod, 0 ready'
        """
        self._may_change()
        self.kubelets.set_ready(self._pod(ref), ready=bool(value))

    def crash(self, ref: str, container: str = "", *, exit_code: int = 1) -> None:
        """Let a container of a Pod end by itself (the first, if none is named); `exit_code` 0 is success.

        What happens then is for the kubelet to do, by the Pod's `restartPolicy`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.crash("pod/client")
        >>> _ = c.settle()
        >>> c["pod/client"].status["containerStatuses"][0]["restartCount"]
        1

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
        """
        self._may_change()
        pod = self._pod(ref)
        self.kubelets.end_container(pod, running_container(pod, container, "end"), exit_code)

    def static_pod(self, node: str, source: Any) -> None:
        """Put the file of a Pod into a Node's manifest folder; the Node's kubelet runs it, asking nobody."""
        self._may_change()
        place = self._node(node)
        for obj in read(source, datasets.find).checked().objects:
            self.kubelets.static_pods.put(place.name, obj.raw)

    def remove_static_pod(self, node: str, name: str) -> None:
        """Take the file of a static Pod (by the name in its manifest) out of a Node's manifest folder."""
        self._may_change()
        place = self._node(node)
        if not self.kubelets.take_away_file(self.api, place.name, name):
            there = ", ".join(self.kubelets.static_pods.on(place.name)) or "none"
            raise NotFoundError(f'{place.ref} has no file for a static Pod "{name}". There are: {there}.')

    # ---- inner

    def _node(self, ref: str) -> Node:
        if not isinstance(ref, str):
            raise ClusterError(f'A Node is named by text such as "node-1"; this is a {type(ref).__name__}.')
        found = self[ref] if "/" in ref else self.object("Node", ref)
        if not isinstance(found, Node):
            raise ClusterError(f"This is done to a Node; {found.ref} is a {found.kind}.")
        return found

    def _pod(self, ref: str) -> Pod:
        found = self[ref]
        if not isinstance(found, Pod):
            raise ClusterError(f"This is done to a Pod; {found.ref} is a {found.kind}.")
        return found

    def _pods_on(self, node: Node) -> list[Pod]:
        return [pod for pod in self.api.list("pods") if isinstance(pod, Pod) and pod.node_name == node.name]

    def _cordon(self, ref: str, *, wanted: bool) -> None:
        self._may_change()
        node = self._node(ref)

        def edit(manifest: Manifest) -> None:
            spec = manifest.setdefault("spec", {})
            if wanted:
                spec["unschedulable"] = True
            else:
                spec.pop("unschedulable", None)

        self.api.change(node, edit, by="kubectl", verb="cordon" if wanted else "uncordon")


def running_container(pod: Pod, container: str, what: str) -> str:
    """Return the name of a container that runs (the first, if none is named). Raises ClusterError."""
    names = [item.name for item in pod.containers]
    chosen = container or names[0]
    if chosen not in names:
        more = ""
        if chosen in [item.name for item in pod.init_containers]:
            more = " That one is an init container: nothing happens to those here."
        near = did_you_mean(str(chosen), names)
        raise ClusterError(f'{pod.ref} has no container "{chosen}".{near}{more} It has: {", ".join(names)}.')
    if pod.phase != "Running":
        raise ClusterError(f"No container of {pod.ref} is running: the Pod is {pod.phase}.{_then(pod)}")
    running = [
        text(item.get("name"))
        for item in mappings(pod.status.get("containerStatuses"))
        if mapping(item.get("state")).get("running") is not None
    ]
    if chosen not in running:
        raise ClusterError(
            f'Container "{chosen}" of {pod.ref} is not running now, so it cannot {what}. '
            f"Running: {', '.join(running) or 'none'}. c.settle() lets time pass until it is started again."
        )
    return chosen


def _then(pod: Pod) -> str:
    return f' c.settle() lets it start; if it stays so, c.why_pending("{pod.ref}") says why.' * (
        pod.phase == "Pending"
    )
