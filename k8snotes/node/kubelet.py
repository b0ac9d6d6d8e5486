"""The kubelet: starts the Pods that are bound to its Node, reports their state, restarts and ends them.

A Pod's way through this file: it is bound to the Node; `_start_pause` gives it an address; `_look_at_containers`
lets its containers start, run and end (each look is a `PodSync`); `_end` stops them and lets the Pod go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.masking import hide_values
from k8snotes.catalogue import _, clauses, named, ngettext
from k8snotes.control_plane.addresses import AddressError, PodIPs
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.lives import Note
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.scheduling.filters import fits_ports, fits_resources
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.control_plane.scheduling.node_info import NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.taints import PRESSURE, tolerates, untolerated
from k8snotes.errors import ApiError
from k8snotes.node import containers
from k8snotes.node.attachments import Attachments, Held
from k8snotes.node.container_files import VolumeError
from k8snotes.node.eviction import Eviction, over_limit
from k8snotes.node.given import mount_errors
from k8snotes.node.loads import Load, Loads, makers
from k8snotes.node.logs import SIGTERM, Line, LogOptions, rendered, secret_values
from k8snotes.node.pod_sync import FAILED_HOOK, LEAST_GRACE, PodSync, Shutdown, shutdown
from k8snotes.node.programs import Programs
from k8snotes.node.runtime import Runtime, Stopping
from k8snotes.node.static_pods import MIRROR, StaticPods, is_mirror, mirror_of
from k8snotes.node.usage import Usage, Use

__all__ = ["Kubelets", "rejection"]

_PORT = 10250
_ATTACHER = "attachdetach-controller"
_DEADLINE = "Pod was active on the node longer than the specified deadline"


class Kubelets(Component):
    """The kubelets of all Nodes, in one loop: each looks only at the Pods of its own Node.

    Nothing really runs. A container starts when its Pod has an address, is ready as soon as its probes say so
    (at once if it has none, and never if its image begins with "broken"), and ends when a reader, a probe or its
    memory limit makes it. A mirror Pod that was made by hand, with no file behind it, is run like any other.

    Args:
        pod_ips: Where the Pods' addresses come from.
        programs: What the programs in the containers do.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
    """

    name = "kubelet"
    watches = ("nodes", "pods", "configmaps", "secrets", "serviceaccounts")
    punctual = True  # a container that ends before another's alarm has ended when it rings

    def __init__(self, pod_ips: PodIPs, programs: Programs) -> None:
        super().__init__()
        self.pod_ips = pod_ips
        self.runtime = Runtime(programs)
        self.usage, self.loads = Usage(), Loads()
        self.spread_at = -1  # the last change of Pods after which loads were divided
        self.eviction = Eviction()
        self.stopped: dict[str, int] = {}  # Nodes whose kubelet is silent -> since when
        self.began: dict[str, int] = {}  # Nodes whose kubelet was silent -> since when it works again
        self.new: set[str] = set()  # Nodes that have just come
        self.static_pods = StaticPods()
        self.starved: dict[str, dict[Key, None]] = {}  # by Node, Pods for which it has no address left
        self.unmirrored: dict[tuple[str, str], str] = {}  # why a static Pod's mirror was refused
        self.admitted = NodeInfos()
        self.attachments = Attachments()

    def observe(self, api: ApiServer) -> None:
        """Mirror static Pods, then queue every Pod that something has happened to."""
        for name in sorted(self.static_pods.nodes() - self.stopped.keys()):
            self._mirror(api, name)
        super().observe(api)
        if self.loads and self.spread_at != api.store.changed("pods"):
            self._spread(api)
        if self.new:
            self.queue.update(
                {pod.key: None for pod in api.list("pods") if pod.spec.get("nodeName") in self.new}
            )
            self.new.clear()

    def work(self, api: ApiServer) -> None:
        """Look at every Pod in the queue, then at the Nodes on which memory has run out."""
        super().work(api)
        for pod, container, end in self.eviction.relieve(api, self.usage, self.stopped.keys()):
            self.runtime.ends[pod.uid, container] = end
            self.reconcile(api, pod)
        for key, when in self.eviction.alarms().items():
            self.look_again(key, when)

    def restart(self, api: ApiServer) -> None:
        """Count again which Pods run where, and which addresses they have."""
        pods = [pod for pod in api.list("pods") if isinstance(pod, Pod) and pod.ip]
        self.admitted = NodeInfos.of(api.list("nodes"), pods)
        self.attachments = Attachments.of(pods)
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
            self._dismiss(obj)  # it was evicted
        elif not obj.ip:
            self._start_pause(api, obj, node, by)
        else:
            self._look_at_containers(api, obj, node, by)

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
        waiting = "PodInitializing" if pod.init_containers else "ContainerCreating"
        statuses = [containers.creating(item, waiting) for item in pod.containers]
        inits = [containers.creating(item, waiting) for item in pod.init_containers]
        held = self.attachments.elsewhere(api, pod)
        errors = mount_errors(api, pod, api.granted) if static is None and not held else []
        if held or errors:
            status = self._status(api, pod, node, "Pending", statuses, ip="", inits=inits)
            self._hold(api, pod, held, errors, status)
            return
        try:
            ip = node.ip if pod.host_network else self.pod_ips.next(node.name)
        except AddressError as error:
            message = f"Failed to create pod sandbox: {error}"
            record(api, pod, "FailedCreatePodSandBox", message, by=self.name, warning=True, host=node.name)
            self.starved.setdefault(node.name, {})[pod.key] = None
            return
        status = self._status(api, pod, node, "Pending", statuses, ip=ip, inits=inits)
        why = (
            _("the pause container runs on the network of the Node")
            if pod.host_network
            else _("the pause container runs and holds the Pod IP")
        )
        self._write(api, pod, status, by, verb="start", why=why)
        self.admitted.add(pod)
        self.attachments.add(pod)
        if not pod.host_network:
            self.pod_ips.take(node.name, ip)

    def _dismiss(self, pod: Pod) -> None:
        """Note that a Pod takes up nothing of its Node any more; who waits for its volumes is looked at again."""
        self.admitted.remove(pod.uid)
        self.attachments.remove(pod.uid)
        self.queue.update(self.runtime.waiting.pop(pod.key, {}))

    def _hold(
        self, api: ApiServer, pod: Pod, held: list[Held], errors: list[VolumeError], status: Manifest
    ) -> None:
        """Let a Pod wait whose volumes cannot be attached or set up: it has no pause container yet, and so no address."""
        self.runtime.wait(pod)
        for taken in held:
            for holder in taken.by:
                self.runtime.waiting.setdefault(holder, {})[pod.key] = None
            if not pod.status.get("containerStatuses"):  # it is said once
                record(api, pod, "FailedAttachVolume", taken.message, by=_ATTACHER, warning=True)
        for volume, error in errors:
            message = f'MountVolume.SetUp failed for volume "{volume}" : {error}'
            record(api, pod, "FailedMount", message, by=self.name, warning=True, host=pod.node_name)
        if not pod.status.get("containerStatuses"):
            del status["podIP"], status["podIPs"]
            names = ", ".join([*(item.volume for item in held), *(error.volume for error in errors)])
            api.lives.note(pod, Note("unmounted", api.now, word=names))
            why = ngettext(
                "its volume {names} cannot be set up",
                "its volumes {names} cannot be set up",
                len(held) + len(errors),
                names=names,
            )
            by = f"{self.name} on {pod.node_name}"
            self._write(api, pod, status, by, verb="status", why=why)

    def _look_at_containers(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Let the containers of a Pod start, run and end, and report how they are."""
        runtime = self.runtime
        if pod.phase == "Pending":
            if self.usage:
                self.eviction.look_at(node.name)
        elif self.usage:
            for name, why in over_limit(pod, self.usage).items():
                runtime.ends[pod.uid, name] = containers.End.out_of_memory(why)
        overdue = _is_overdue(pod, api.now)
        if overdue and pod.uid not in runtime.ending:
            record(api, pod, "DeadlineExceeded", _DEADLINE, by=self.name, host=node.name)
            runtime.ending[pod.uid] = self._begin_to_end(api, pod, node, api.now)
        look = PodSync(api, pod, node, runtime, ends=overdue)
        look.run()
        inits, statuses = look.inits, look.statuses
        state = containers.phase(pod, inits, statuses)
        why, verb = self._said(pod, look, state)
        if overdue:
            state = pod.phase  # until its containers have stopped
            until = runtime.ending[pod.uid]
            if until > api.now:
                look.soon = until if look.soon is None else min(until, look.soon)
            else:
                state, (inits, statuses) = "Failed", containers.at_the_end(pod, inits, statuses)
                why = ngettext(
                    "it has run for longer than its activeDeadlineSeconds of {n} second",
                    "it has run for longer than its activeDeadlineSeconds of {n} seconds",
                    pod.spec["activeDeadlineSeconds"],
                )
        status = self._status(
            api, pod, node, state, statuses, ip=pod.ip, inits=inits, ephemerals=look.ephemerals
        )
        if overdue and state == "Failed":
            status |= {"reason": "DeadlineExceeded", "message": _DEADLINE}
        self._write(api, pod, status, by, verb=verb, why=why)
        # what is remembered changes when that is written: then an interrupt before it changes nothing
        look.done()
        self._look_again(pod.key, look)
        for name in look.freed:
            self._free(pod, name)
        if state in ("Succeeded", "Failed"):
            self._dismiss(pod)
            self._free(pod)

    def _said(self, pod: Pod, look: PodSync, state: str) -> tuple[str, str]:
        """Return why a status is written, and the verb for it."""
        if state == "Running" and pod.phase == "Pending":
            names = named(container.name for container in pod.containers)
            runs = ngettext(
                "its container {names} runs", "its containers {names} run", len(pod.containers), names=names
            )
            return Why(clauses(runs, *look.news) if look.news else runs, *look.about), "start"
        return Why(clauses(*look.news) or _("its containers are as they were"), *look.about), "status"

    def _look_again(self, key: Key, look: PodSync) -> None:
        """Remember when a Pod has to be looked at again."""
        self.alarms.pop(key, None)
        self.deadlines.pop(key, None)
        if look.soon is not None:
            self.alarms[key] = look.soon
        limit = look.pod.spec.get("activeDeadlineSeconds")
        if isinstance(limit, int) and not look.pod.ended:
            due = seconds_of(text(look.pod.status.get("startTime"))) + limit
            if due > look.now:
                look.later = due if look.later is None else min(look.later, due)
        if look.later is not None:
            self.deadlines[key] = look.later

    def _end(self, api: ApiServer, pod: Pod, node: Node, by: str) -> None:
        """Stop the containers and let go of the Pod; of a mirror Pod only the mirror goes.

        One that is held by a finalizer is not stopped twice.
        """
        grace = pod.metadata.get("deletionGracePeriodSeconds")
        if grace == 0:
            if pod.uid not in self.runtime.ending:
                self._begin_to_end(api, pod, node, api.now)
                self.runtime.ending[pod.uid] = api.now
            return
        static = self.static_pods.of(pod)
        if static is not None:
            api.remove(pod, by=by, why=_("it was only the mirror, and the static Pod itself still runs"))
            return
        until = self.runtime.ending.get(pod.uid)
        if until is None:
            until = self._begin_to_end(api, pod, node, self._told_to_end(api, pod))
            self.runtime.ending[pod.uid] = until
        elif isinstance(grace, int) and until > api.now + max(grace, LEAST_GRACE):
            # it is given less time than before
            until = self.runtime.ending[pod.uid] = api.now + max(grace, LEAST_GRACE)
            running = (item.name for item in self.runtime.programs.running(pod))
            api.lives.note(pod, *(Note("sigkill", until, name) for name in running))
        if until > api.now:
            self._while_ending(api, pod, node, by, until)
            return
        api.remove(pod, by=by, why=_("its containers are stopped"))

    def _told_to_end(self, api: ApiServer, pod: Pod) -> int:
        """Return when the kubelet was told to stop a Pod: when it was deleted, as it waits for no controller."""
        grace = pod.metadata.get("deletionGracePeriodSeconds")
        deleted = seconds_of(text(pod.metadata.get("deletionTimestamp"))) - (
            grace if isinstance(grace, int) else 0
        )
        return min(max(deleted, self.began.get(pod.node_name, 0)), api.now)

    def _begin_to_end(self, api: ApiServer, pod: Pod, node: Node, since: int) -> int:
        """Tell the containers that run to stop: the sidecars after the others.

        Args:
            api: The API server.
            pod: The Pod.
            node: Its Node.
            since: When it is told, in seconds.

        Returns:
            When they all have stopped, in seconds.
        """
        runs = {
            item.get("name") for item in pod.container_statuses if "running" in mapping(item.get("state"))
        }
        if not runs:
            return since
        grace = pod.metadata.get("deletionGracePeriodSeconds")
        whole = int(grace) if isinstance(grace, int) else None
        every = *pod.init_containers, *pod.containers, *pod.ephemeral_containers
        running = [container for container in every if container.name in runs]
        sidecars = {item.name for item in pod.init_containers if item.is_sidecar}
        signals: list[tuple[str, int]] = []  # the moments at which they get SIGTERM, in seconds from now
        stops: dict[str, Stopping] = {}
        notes: list[Note] = []
        seconds = 0
        for container in running:
            if container.name not in sidecars:
                stop = self._stopping(api, pod, node, container, whole)
                notes += _ending(pod, container, stop, since)
                signals.append((container.name, stop.signal))
                stops[container.name] = Stopping(since + stop.takes, containers.End(stop.code))
                seconds = max(seconds, stop.takes)
        for container in reversed(running):
            if container.name in sidecars:
                left = None if whole is None else max(whole - seconds, 0)
                stop = self._stopping(api, pod, node, container, left)
                notes += _ending(pod, container, stop, since + seconds)
                signals.append((container.name, seconds + stop.signal))
                seconds += stop.takes
                stops[container.name] = Stopping(since + seconds, containers.End(stop.code))
        if not pod.terminating:  # it stays, and says how they have ended
            for name, stopping in stops.items():
                self.runtime.stopping[pod.uid, name] = stopping
        api.lives.note(pod, *notes)
        for name, after in signals if seconds else ():  # else the logs go with the Pod, at once
            line = Line(since + after, SIGTERM)
            self.runtime.logs.write(pod.uid, name, containers.restarts_of(pod, name), line)
        return since + seconds

    def _stopping(
        self, api: ApiServer, pod: Pod, node: Node, container: Container, grace: int | None
    ) -> Shutdown:
        message = f"Stopping container {container.name}"
        field = containers.field_of(pod, container.name)
        record(api, pod, "Killing", message, by=self.name, host=node.name, field=field)
        stop = shutdown(self.runtime, pod, container, grace)
        if stop.failed:
            record(api, pod, *FAILED_HOOK, by=self.name, warning=True, host=node.name, field=field)
        return stop

    def _while_ending(self, api: ApiServer, pod: Pod, node: Node, by: str, until: int) -> None:
        """Go on asking whether a Pod is ready while its containers stop."""
        look = PodSync(api, pod, node, self.runtime)
        if pod.uid in self.runtime.probes:
            look.run()
            status = self._status(
                api,
                pod,
                node,
                pod.phase,
                look.statuses,
                ip=pod.ip,
                inits=look.inits,
                ephemerals=look.ephemerals,
            )
            self._write(api, pod, status, by, verb="status", why=Why(clauses(*look.news), *look.about))
            look.done()
        look.soon = until if look.soon is None else min(until, look.soon)
        self._look_again(pod.key, look)

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

    def _status(
        self,
        api: ApiServer,
        pod: Pod,
        node: Node,
        state: str,
        statuses: list[dict[str, Any]],
        *,
        ip: str,
        inits: list[dict[str, Any]],
        ephemerals: Sequence[dict[str, Any]] = (),
    ) -> Manifest:
        now = api.timestamp
        qos = pod.status.get("qosClass")
        return {
            "phase": state,
            "conditions": containers.conditions(pod, inits, statuses, state, now),
            "hostIP": node.ip,
            "hostIPs": [{"ip": node.ip}],
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "startTime": pod.status.get("startTime") or now,
            "containerStatuses": statuses,
            **({"initContainerStatuses": inits} if inits else {}),
            **({"ephemeralContainerStatuses": list(ephemerals)} if ephemerals else {}),
            **({"qosClass": qos} if qos else {}),
        }

    def _write(self, api: ApiServer, pod: Pod, status: Manifest, by: str, *, verb: str, why: str) -> None:
        api.update_status(pod, status, by=by, verb=verb, why=why)
        if is_mirror(pod):
            self.static_pods.remember(pod, status)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Pod that changed, if it is bound; of a Node that came back, all its Pods."""
        if event.key[0] not in ("nodes", "pods"):
            return self.runtime.waiting.pop(event.key, {}) if event.type != "DELETED" else ()
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

    def _spread(self, api: ApiServer) -> None:
        """Let the containers use their part of their workloads' loads."""
        for pod, container, use in self.loads.spread(api, self.usage):
            self._use(pod, container, use)
        self.spread_at = api.store.changed("pods")

    def _free(self, pod: Pod, container: str | None = None) -> None:
        self.loads.forget(pod.uid, container)
        if self.usage.forget(pod.uid, container):
            self.eviction.look_at(pod.node_name)

    def _forget(self, pod: Pod) -> Iterable[Key]:
        key, uid = pod.key, pod.uid
        self._free(pod)
        self.runtime.forget(uid)
        self.alarms.pop(key, None)
        self.deadlines.pop(key, None)
        self._dismiss(pod)
        static = self.static_pods.of(pod)
        runs_on = static is not None and static.status is not None and static.status.get("podIP") == pod.ip
        if pod.ip and not pod.host_network and not runs_on:
            self.pod_ips.release(pod.ip)
            self.queue.update(self.starved.get(pod.node_name, {}))
            self.starved.pop(pod.node_name, None)
        return ()

    # ---- what a reader says

    def log(self, api: ApiServer, pod: Pod, container: Container, options: LogOptions) -> str:
        """Return what the kubelet of a Pod's Node sends of a log.

        Args:
            api: The API server, which asks.
            pod: The Pod, which is on a Node.
            container: The container.
            options: What of the log is asked for.

        Raises:
            ApiError: There is no such log (400), or the kubelet is silent, in Kubernetes' words.
        """
        if pod.node_name in self.stopped:
            raise _unreachable(api, pod, container, options)
        lines = self.runtime.log(pod, container, api.now, previous=options.previous)
        if not any(line.by_reader for line in lines):
            return rendered(lines, options, api.now)
        secrets = secret_values(api)
        return rendered(lines, options, api.now, lambda words: hide_values(words, secrets))

    def write_log(self, api: ApiServer, pod: Pod, container: Container, written: str) -> None:
        """Let the program of a container that runs write lines to its log; values of Secrets are hidden."""
        run = containers.restarts_of(pod, container.name)
        for words in hide_values(written, secret_values(api)).removesuffix("\n").split("\n"):
            line = Line(api.now, words, by_reader=True)
            self.runtime.logs.write(pod.uid, container.name, run, line)

    def set_ready(self, pod: Pod, *, ready: bool) -> None:
        """Let a Pod's readiness probe fail from now on, or let it say how the Pod is; without one, the reader says it."""
        if ready and pod.has_readiness_probe:
            self.runtime.readiness.pop(pod.uid, None)
        else:
            self.runtime.readiness[pod.uid] = ready
        self.runtime.told(pod.uid)
        self.queue[pod.key] = None

    def told(self, api: ApiServer) -> None:
        """Look again at every Pod that runs: a reader has said what programs do."""
        for pod in api.list("pods"):
            if isinstance(pod, Pod) and pod.node_name and not pod.ended:
                self.runtime.told(pod.uid)
                self.queue[pod.key] = None

    def end_container(self, pod: Pod, container: str, exit_code: int) -> None:
        """Let a container end by itself: 0 is success, 137 that it was killed."""
        self.runtime.ends[pod.uid, container] = containers.End(exit_code)
        self.runtime.told(pod.uid)
        self.queue[pod.key] = None

    def use(self, pod: Pod, container: str, use: Use) -> None:
        """Let a container use so much from now on; it is measured, and held back or killed by its limits."""
        self.loads.said(pod, container)
        self.spread_at = -1
        self.runtime.told(pod.uid)
        self.usage.told = True
        self._use(pod, container, use)

    def load(self, api: ApiServer, workload: KubeObject, load: Load) -> None:
        """Let the Pods of a workload use so much from now on, those to come too."""
        self.usage.told = True
        self.loads.set(api, workload, load)
        for pod in api.list("pods", workload.namespace):
            if workload.uid in makers(api, pod):
                self.runtime.told(pod.uid)
        self._spread(api)

    def _use(self, pod: Pod, container: str, use: Use) -> None:
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

    def stop(self, api: ApiServer, node: str) -> None:
        """Let a Node's kubelet fall silent, as when its power fails."""
        self.stopped[node] = api.now

    def start(self, api: ApiServer, node: str) -> None:
        """Let a Node's kubelet work again."""
        if self.stopped.pop(node, None) is not None:
            self.began[node] = api.now
        for pod in api.list("pods"):
            if isinstance(pod, Pod) and pod.node_name == node:
                self.queue[pod.key] = None

    def copy_with(self, pod_ips: PodIPs, programs: Programs) -> Self:
        """Return independent kubelets in the same state, which take addresses from `pod_ips` and run `programs`."""
        other = self.copy()
        other.pod_ips = pod_ips
        other.runtime = self.runtime.copy(programs)
        other.stopped, other.began, other.new = self.stopped.copy(), self.began.copy(), self.new.copy()
        other.usage, other.eviction = self.usage.copy(), self.eviction.copy()
        other.loads = self.loads.copy()
        other.static_pods = self.static_pods.copy()
        other.admitted = self.admitted.copy()
        other.attachments = self.attachments.copy()
        other.starved = {node: keys.copy() for node, keys in self.starved.items()}
        other.unmirrored = self.unmirrored.copy()
        return other


def _is_own_report(event: WatchEvent) -> bool:
    """Whether nothing happened but that a kubelet wrote that all runs: there is nothing more to do then."""
    old, new = event.old, event.object
    if old is None or old.raw.get("spec") is not new.raw.get("spec") or new.terminating:
        return False
    states = [mapping(item.get("state")) for item in mappings(new.status.get("containerStatuses"))]
    if new.status.get("phase") != "Running" or not all("running" in state for state in states):
        return False
    inits = mappings(new.status.get("initContainerStatuses"))
    sidecars = {item.name for item in Pod(new.raw).init_containers if item.is_sidecar} if inits else ()
    return all("running" in mapping(item.get("state")) for item in inits if item.get("name") in sidecars)


def _unreachable(api: ApiServer, pod: Pod, container: Container, options: LogOptions) -> ApiError:
    """Return what the API server says of a kubelet that does not answer."""
    node = api.store.get(("nodes", "", pod.node_name))
    address = node.ip if isinstance(node, Node) else pod.node_name
    host = f"[{address}]:{_PORT}" if ":" in address else f"{address}:{_PORT}"
    query = f"?{options.query}" if options.query else ""
    url = f"https://{host}/containerLogs/{pod.namespace}/{pod.name}/{container.name}{query}"
    return ApiError(500, "", f'Get "{url}": dial tcp {host}: connect: no route to host')


def _is_overdue(pod: Pod, now: int) -> bool:
    """Whether a Pod has run for longer than its `activeDeadlineSeconds`.

    Its containers are then stopped, and it has failed when they have.

    Source of the rule: `activeDeadlineHandler` of k8s.io/kubernetes/pkg/kubelet
    """
    limit, began = pod.spec.get("activeDeadlineSeconds"), text(pod.status.get("startTime"))
    return isinstance(limit, int) and bool(began) and seconds_of(began) + limit <= now


def _ending(pod: Pod, container: Container, stop: Shutdown, now: int) -> list[Note]:
    """Return what happens to a container that is stopped with its Pod, with the moments (seconds).

    How it ends is told by the status of a Pod that stays.
    """
    notes = stop.notes(container.name, now)
    end = Note("stopped", now + stop.takes, container.name, number=stop.code)
    return notes if stop.killed or not pod.terminating else [*notes, end]


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
