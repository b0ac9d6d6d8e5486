"""The kubelet: starts the Pods that are bound to its Node, reports their state, restarts and ends them.

A Pod's way through this file: it is bound to the Node; `_start_pause` gives it an address; `_start_containers`
runs its init containers and starts the others; `_watch_over` notes what ends, and starts it again; `_end` lets it go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.catalogue import _, clauses, ngettext
from k8snotes.control_plane.addresses import AddressError, PodIPs
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.scheduling.filters import fits_ports, fits_resources
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.control_plane.scheduling.node_info import NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.taints import PRESSURE, tolerates, untolerated
from k8snotes.errors import ApiError
from k8snotes.node import containers
from k8snotes.node.containers import Backoff
from k8snotes.node.eviction import Eviction, over_limit
from k8snotes.node.static_pods import MIRROR, StaticPods, is_mirror, mirror_of
from k8snotes.node.usage import Usage, Use

__all__ = ["Kubelets", "rejection"]


class Kubelets(Component):
    """The kubelets of all Nodes, in one loop: each looks only at the Pods of its own Node.

    Nothing really runs. A container starts when its Pod has an address, is ready at once (unless its
    image begins with "broken"), and ends when a reader says so. A mirror Pod that was made by hand,
    with no file behind it, is run like any other.

    Args:
        pod_ips: Where the Pods' addresses come from.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
    """

    name = "kubelet"
    watches = ("nodes", "pods")

    def __init__(self, pod_ips: PodIPs) -> None:
        super().__init__()
        self.pod_ips = pod_ips
        self.readiness: dict[str, bool] = {}  # by uid, where a reader has said how it is
        self.ends: dict[tuple[str, str], containers.End] = {}  # containers that have just ended
        self.usage = Usage()
        self.eviction = Eviction()
        self.stopped: set[str] = set()  # Nodes whose kubelet is silent
        self.new: set[str] = set()  # Nodes that have just come
        self.static_pods = StaticPods()
        self.backoff = Backoff()
        self.starved: dict[str, dict[Key, None]] = {}  # by Node, Pods for which it has no address left
        self.unmirrored: dict[tuple[str, str], str] = {}  # why a static Pod's mirror was refused
        self.admitted = NodeInfos()

    def observe(self, api: ApiServer) -> None:
        """Mirror static Pods, then queue every Pod that something has happened to."""
        for name in sorted(self.static_pods.nodes() - self.stopped):
            self._mirror(api, name)
        super().observe(api)
        if self.new:
            self.queue.update(
                {pod.key: None for pod in api.list("pods") if pod.spec.get("nodeName") in self.new}
            )
            self.new.clear()

    def work(self, api: ApiServer) -> None:
        """Look at every Pod in the queue, then at the Nodes on which memory has run out."""
        super().work(api)
        for pod, container, end in self.eviction.relieve(api, self.usage, self.stopped):
            self.ends[pod.uid, container] = end
            self.reconcile(api, pod)
        for key, when in self.eviction.alarms().items():
            self.look_again(key, when)

    def restart(self, api: ApiServer) -> None:
        """Count again which Pods run where, and which addresses they have."""
        pods = [pod for pod in api.list("pods") if isinstance(pod, Pod) and pod.ip]
        self.admitted = NodeInfos.of(api.list("nodes"), pods)
        for pod in pods:
            if not pod.host_network:
                self.pod_ips.take(pod.node_name, pod.ip)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Take a Pod one step on: its pause container first, then its containers, then what happens to them."""
        if isinstance(obj, Node):
            self.eviction.calm_down(api, obj, self.usage)
        node = api.store.get(("nodes", "", obj.node_name)) if isinstance(obj, Pod) else None
        if not isinstance(obj, Pod) or not isinstance(node, Node) or node.name in self.stopped:
            return
        by = f"{self.name} on {node.name}"
        if obj.terminating:
            self._end(api, obj, node, by)
        elif obj.ended:
            self.admitted.remove(obj.uid)  # it was evicted
        elif not obj.ip:
            self._start_pause(api, obj, node, by)
        elif obj.phase == "Pending":
            self._start_containers(api, obj, node, by)
        else:
            self._watch_over(api, obj, node, by)

    def _start_pause(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Start the pause container: it holds the Pod's network, and so its address."""
        info = self.admitted.get(node.name)
        static = self.static_pods.of(pod)
        rejected = rejection(pod, info) if info is not None and static is None else None
        if rejected is not None:
            reason, message = rejected
            record(api, pod, reason, message, by=self.name, warning=True, host=node.name)
            status: Manifest = {
                "phase": "Failed",
                "reason": reason,
                "message": f"Pod was rejected: {message}",
                "startTime": api.timestamp,
            }
            api.update_status(pod, status, by=by, verb="reject", why=message)
            return
        if static is not None and static.status is not None:
            why = _("its containers have been running all the time")
            api.update_status(pod, static.status, by=by, why=why)
            return
        try:
            ip = node.ip if pod.host_network else self.pod_ips.next(node.name)
        except AddressError as error:
            message = f"Failed to create pod sandbox: {error}"
            record(api, pod, "FailedCreatePodSandBox", message, by=self.name, warning=True, host=node.name)
            self.starved.setdefault(node.name, {})[pod.key] = None
            return
        waiting = "PodInitializing" if pod.init_containers else "ContainerCreating"
        statuses = [containers.creating(item, waiting) for item in pod.containers]
        status = self._status(api, pod, node, "Pending", statuses, ip=ip)
        if pod.init_containers:
            status["initContainerStatuses"] = [containers.creating(item) for item in pod.init_containers]
        why = (
            _("the pause container runs on the network of the Node")
            if pod.host_network
            else _("the pause container runs and holds the Pod IP")
        )
        self._write(api, pod, status, by, verb="start", why=why)
        self.admitted.add(pod)
        if not pod.host_network:
            self.pod_ips.take(node.name, ip)

    def _start_containers(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Let the init containers run to their end, one by one, then start the others."""
        now = api.timestamp
        if self.usage:
            self.eviction.look_at(node.name)
        for container in (*pod.init_containers, *pod.containers):
            self._tell_start(api, pod, container, node)
        statuses = [containers.running(item, now, ready=self._is_ready(pod, item)) for item in pod.containers]
        status = self._status(api, pod, node, "Running", statuses, ip=pod.ip)
        if pod.init_containers:
            status["initContainerStatuses"] = [
                containers.running(item, now, ready=True)
                if item.raw.get("restartPolicy") == "Always"
                else containers.run_to_end(item, now)
                for item in pod.init_containers
            ]
        names = ", ".join(container.name for container in pod.containers)
        why = ngettext(
            "its container {names} runs", "its containers {names} run", len(pod.containers), names=names
        )
        self._write(api, pod, status, by, verb="start", why=why)

    def _watch_over(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Note which containers have ended, start them again if they should be, and say which are ready."""
        old = {text(item.get("name")): item for item in mappings(pod.status.get("containerStatuses"))}
        for name, why in over_limit(pod, self.usage).items():
            self.ends[pod.uid, name] = containers.End.out_of_memory(why)
        statuses, news, started = [], [], []
        named: list[str] = []
        for container in pod.containers:
            status = old.get(container.name) or containers.creating(container)
            end = self.ends.get((pod.uid, container.name), containers.End())
            new = self._next(api, pod, container, status, node)
            statuses.append(new)
            if new.get("restartCount") != status.get("restartCount"):
                started.append(container.name)
            if new != status:
                news.append(_tell(container.name, status, new, end.why))
                named += end.why.about if isinstance(end.why, Why) else ()
        state = containers.phase(pod, statuses)
        status = self._status(api, pod, node, state, statuses, ip=pod.ip)
        if pod.status.get("initContainerStatuses"):
            status["initContainerStatuses"] = pod.status["initContainerStatuses"]
        self._write(
            api,
            pod,
            status,
            by,
            verb="status",
            why=Why(clauses(*news) or _("its containers are as they were"), *named),
        )
        # what is remembered changes when that is written: then an interrupt before it changes nothing
        for name in started:
            self.backoff.restarted(pod.uid, name, api.now)
        for container in pod.containers:
            self.ends.pop((pod.uid, container.name), None)
        if state in ("Succeeded", "Failed"):
            self.admitted.remove(pod.uid)
            self._free(pod)

    def _next(
        self, api: ApiServer, pod: Pod, container: Container, status: dict[str, Any], node: Node
    ) -> dict[str, Any]:
        state = mapping(status.get("state"))
        end = self.ends.get((pod.uid, container.name))
        if end is not None and "running" in state:
            self._free(pod, container.name)
            return containers.terminated(status, end, api.timestamp)
        if "running" in state:
            return {**status, "ready": self._is_ready(pod, container)}
        if "terminated" in state and not containers.restarts(pod, status):
            return status
        ended = seconds_of(containers.finished_at(status))
        pause = self.backoff.pause(pod.uid, container.name, ended)
        if pause and ended + pause > api.now:
            self.look_again(pod.key, ended + pause)
            if "waiting" in state:
                return status
            message = f"Back-off restarting failed container {container.name} in pod {pod.name}_{pod.namespace}({pod.uid})"
            record(api, pod, "BackOff", message, by=self.name, warning=True, host=node.name)
            return containers.waiting(status, pod, pause)
        self._tell_start(api, pod, container, node)
        return containers.running(container, api.timestamp, ready=self._is_ready(pod, container), old=status)

    def _end(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Stop the containers and let go of the Pod; of a mirror Pod only the mirror goes.

        One that is held by a finalizer is not stopped twice.
        """
        if pod.metadata.get("deletionGracePeriodSeconds") == 0:
            return
        static = self.static_pods.of(pod)
        if static is not None:
            api.remove(pod, by=by, why=_("it was only the mirror, and the static Pod itself still runs"))
            return
        for container in pod.containers if pod.phase == "Running" else ():
            message = f"Stopping container {container.name}"
            record(api, pod, "Killing", message, by=self.name, host=node.name)
        api.remove(pod, by=by, why=_("its containers are stopped"))

    def _mirror(self, api: ApiServer, name: str) -> None:
        """Show each static Pod of a Node to the API server."""
        node = api.store.get(("nodes", "", name))
        if not isinstance(node, Node):
            return
        for static in self.static_pods.on(name).values():
            manifest = mirror_of(static, node)
            namespace = text(manifest["metadata"].get("namespace")) or "default"
            mirror = manifest["metadata"]["name"]
            there = api.store.get(("pods", namespace, mirror))
            if (
                there is not None
                and there.annotations.get(MIRROR) != manifest["metadata"]["annotations"][MIRROR]
            ):
                by = f"{self.name} on {name}"
                why = Why(_("its file in the manifest folder of {node} has changed", node=node.ref), node)
                api.remove(there, by=by, why=why)
                there = None
            if there is None:
                why = Why(_("its file is in the manifest folder of {node}", node=node.ref), node)
                by = f"{self.name} on {name}"
                try:
                    api.create(manifest, namespace=namespace, by=by, why=why)
                except ApiError as error:
                    message = f'Failed to create a mirror pod for "{mirror}": {error.message}'
                    if self.unmirrored.get((name, mirror)) != message:
                        record(api, node, "FailedMirror", message, by=self.name, warning=True, host=name)
                    self.unmirrored[name, mirror] = message
                else:
                    self.unmirrored.pop((name, mirror), None)

    def _is_ready(self, pod: Pod, container: Container) -> bool:
        ready = self.readiness.get(pod.uid)
        return not containers.is_broken(container) if ready is None else ready

    def _status(
        self, api: ApiServer, pod: Pod, node: Node, state: str, statuses: list[dict[str, Any]], *, ip: str
    ) -> Manifest:
        now = api.timestamp
        qos = pod.status.get("qosClass")
        return {
            "phase": state,
            "conditions": containers.conditions(pod, statuses, state, now),
            "hostIP": node.ip,
            "hostIPs": [{"ip": node.ip}],
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "startTime": pod.status.get("startTime") or now,
            "containerStatuses": statuses,
            **({"qosClass": qos} if qos else {}),
        }

    def _write(self, api: ApiServer, pod: Pod, status: Manifest, by: str, *, verb: str, why: str) -> None:
        api.update_status(pod, status, by=by, verb=verb, why=why)
        if is_mirror(pod):
            self.static_pods.remember(pod, status)

    def _tell_start(self, api: ApiServer, pod: Pod, container: Container, node: Node) -> None:
        for reason, message in (
            ("Pulled", f'Container image "{container.image}" already present on machine'),
            ("Created", f"Created container: {container.name}"),
            ("Started", f"Started container {container.name}"),
        ):
            record(api, pod, reason, message, by=self.name, host=node.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Pod that changed, if it is bound; of a Node that came back, all its Pods."""
        obj = event.object
        if isinstance(obj, Node):
            self.admitted.see(event)
            if event.type == "ADDED":
                self.new.add(obj.name)
            return ()
        if not isinstance(obj, Pod) or not obj.node_name:
            return ()
        if event.type == "DELETED":
            return self._forget(obj)
        return () if _is_own_report(event) else (event.key,)

    def _free(self, pod: Pod, container: str | None = None) -> None:
        if self.usage.forget(pod.uid, container):
            self.eviction.look_at(pod.node_name)

    def _forget(self, pod: Pod) -> Iterable[Key]:
        self.readiness.pop(pod.uid, None)
        self._free(pod)
        self.backoff.forget(pod.uid)
        self.admitted.remove(pod.uid)
        static = self.static_pods.of(pod)
        runs_on = static is not None and static.status is not None and static.status.get("podIP") == pod.ip
        if pod.ip and not pod.host_network and not runs_on:
            self.pod_ips.release(pod.ip)
            self.queue.update(self.starved.get(pod.node_name, {}))
            self.starved.pop(pod.node_name, None)
        return ()

    # ---- what a reader says

    def set_ready(self, pod: Pod, *, ready: bool) -> None:
        """Let a Pod's readiness probe succeed or fail from now on."""
        self.readiness[pod.uid] = ready
        self.queue[pod.key] = None

    def end_container(self, pod: Pod, container: str, exit_code: int) -> None:
        """Let a container end by itself: 0 is success, 137 that it was killed."""
        self.ends[pod.uid, container] = containers.End(exit_code)
        self.queue[pod.key] = None

    def use(self, pod: Pod, container: str, use: Use) -> None:
        """Let a container use so much from now on; it is measured, and held back or killed by its limits."""
        self.usage.set(pod, container, use)
        self.eviction.look_at(pod.node_name)
        self.queue[pod.key] = None

    def take_away_file(self, api: ApiServer, node: str, name: str) -> bool:
        """Take a file out of a Node's manifest folder: the static Pod ends, and its mirror goes."""
        static = self.static_pods.remove(node, name)
        if static is None:
            return False
        namespace = text(mapping(static.manifest.get("metadata")).get("namespace")) or "default"
        mirror = api.store.get(("pods", namespace, f"{name}-{node}"))
        if mirror is not None:
            ref = f"node/{node}"
            why = Why(_("its file is gone from the manifest folder of {node}", node=ref), ref)
            api.delete(mirror, by=f"{self.name} on {node}", why=why)
        return True

    def stop(self, node: str) -> None:
        """Let a Node's kubelet fall silent, as when its power fails."""
        self.stopped.add(node)

    def start(self, api: ApiServer, node: str) -> None:
        """Let a Node's kubelet work again."""
        self.stopped.discard(node)
        for pod in api.list("pods"):
            if isinstance(pod, Pod) and pod.node_name == node:
                self.queue[pod.key] = None

    def copy_with(self, pod_ips: PodIPs) -> Self:
        """Return independent kubelets in the same state, which take addresses from `pod_ips`."""
        other = self.copy()
        other.pod_ips = pod_ips
        other.readiness, other.ends = self.readiness.copy(), self.ends.copy()
        other.stopped, other.new = self.stopped.copy(), self.new.copy()
        other.usage, other.eviction = self.usage.copy(), self.eviction.copy()
        other.static_pods = self.static_pods.copy()
        other.backoff, other.admitted = self.backoff.copy(), self.admitted.copy()
        other.starved = {node: keys.copy() for node, keys in self.starved.items()}
        other.unmirrored = self.unmirrored.copy()
        return other


def _tell(name: str, old: dict[str, Any], new: dict[str, Any], why: str) -> str:
    """Return what has happened to a container, and why, where it was made to end."""
    state = mapping(new.get("state"))
    ended = mapping(state.get("terminated"))
    if ended:
        code = ended.get("exitCode")
        if ended.get("reason") != "OOMKilled":
            return _("container {container} has ended with exit code {code}", container=name, code=code)
        if not why:
            return _(
                "container {container} has ended with exit code {code} (OOMKilled)", container=name, code=code
            )
        return _(
            "container {container} has ended with exit code {code} (OOMKilled), because {why}",
            container=name,
            code=code,
            why=why,
        )
    if "waiting" in state:
        return _("container {container} has ended too often and waits for its restart", container=name)
    if new.get("restartCount") != old.get("restartCount"):
        count = new.get("restartCount")
        return _("container {container} is started again (restart {count})", container=name, count=count)
    if new.get("ready"):
        return _("container {container} is ready", container=name)
    return _("container {container} is not ready", container=name)


def _is_own_report(event: WatchEvent) -> bool:
    """Whether nothing happened but that a kubelet wrote that all runs: there is nothing more to do then."""
    old, new = event.old, event.object
    if old is None or old.raw.get("spec") is not new.raw.get("spec") or new.terminating:
        return False
    states = [mapping(item.get("state")) for item in mappings(new.status.get("containerStatuses"))]
    return new.status.get("phase") == "Running" and all("running" in state for state in states)


# ---- what a kubelet refuses to run although it was bound to its Node


def rejection(pod: Pod, info: NodeInfo) -> tuple[str, str] | None:
    """Return why a Node rejects a Pod, as reason and message, or None if it takes it.

    Pods that the scheduler has bound fit; for one whose manifest names its Node, this is the first check.

    Args:
        info: The Node, and what the Pods that it runs have requested.

    Source of the rule: `canAdmitPod` and `GeneralPredicates` of the kubelet
    """
    needs = needs_of(pod)
    low = {"key": PRESSURE["MemoryPressure"], "effect": "NoSchedule"}
    modest = pod.status.get("qosClass") == "BestEffort" and not any(
        tolerates(item, low) for item in mappings(pod.spec.get("tolerations"))
    )
    if info.node.holds("MemoryPressure") and modest:
        return "Evicted", "The node had condition: [MemoryPressure]. "
    refusal = fits_resources(needs, info)
    if refusal is not None:
        name = refusal.lacking[0]
        requested = 1 if name == "pods" else needs.requests.get(name, 0)
        used = len(info.pods) if name == "pods" else info.used.get(name, 0)
        there = info.allocatable.get(name, 0)
        message = f"Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {there}"
        return f"OutOf{name}", message
    if not wants(needs.spec, info.node):
        return (
            "NodeAffinity",
            "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        )
    if not fits_ports(needs, info):
        return (
            "NodePorts",
            "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
        )
    if untolerated(needs.spec, info.node, ("NoExecute",)):
        return (
            "TaintToleration",
            "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
        )
    return None
