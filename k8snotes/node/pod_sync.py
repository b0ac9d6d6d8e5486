"""One look of a kubelet at a Pod that it runs: what its containers do now, and which of them it starts or stops.

The order is Kubernetes' own: init containers one after the other, a sidecar until it has started; then the
containers; each is asked by its probes, stopped where they fail, and started again as its Pod's `restartPolicy` says.

Source of the rule: `computePodActions` and `SyncPod` of k8s.io/kubernetes/pkg/kubelet/kuberuntime,
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from typing import Any, NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.catalogue import Text, _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.events import record
from k8snotes.control_plane.lives import Note
from k8snotes.control_plane.naming import seconds_of
from k8snotes.node import containers, images
from k8snotes.node.containers import End, Status
from k8snotes.node.given import config_error
from k8snotes.node.logs import SIGTERM, Line
from k8snotes.node.programs import Stop
from k8snotes.node.runtime import Runtime, Stopping

__all__ = ["FAILED_HOOK", "LEAST_GRACE", "PodSync", "Shutdown", "shutdown"]

FAILED_HOOK = "FailedPreStopHook", "PreStopHook failed"  # the Event of a hook that does not succeed
LEAST_GRACE = 2  # seconds that a container has at least after SIGTERM (minimumGracePeriodInSeconds)
_KUBELET = "kubelet"
_OUT_OF_MEMORY = End.out_of_memory("").reason


class Shutdown(NamedTuple):
    """How a container stops: after how many seconds it gets SIGTERM, after how many it has ended, and its exit code.

    `killed`: by SIGKILL, as it still ran at the end of its grace period; `hook`: its hook `preStop` runs first;
    `failed`: the hook ends within the grace period, and does not succeed.
    """

    signal: int
    takes: int
    code: int
    killed: bool = False
    hook: bool = False
    failed: bool = False

    def notes(self, container: str, now: int) -> list[Note]:
        """Return what happens to a container that begins to stop now, with the moments (seconds)."""
        end = Note("sigkill", now + self.takes, container)
        return [
            *([Note("prestop", now, container)] if self.hook else []),
            Note("sigterm", now + self.signal, container),
            *([end] if self.killed else []),
        ]


class PodSync:
    """One look at a Pod; `run` makes the statuses, `done` keeps what was decided, once they are written.

    Args:
        api: The API server, for the time and for Events.
        pod: The Pod, which has its address.
        node: Its Node.
        runtime: What is remembered of its containers.
        ends: Whether the Pod is over as soon as they have stopped: none is started then.

    Attributes:
        inits: The statuses of the init containers.
        statuses: Those of the containers.
        ephemerals: Those of the ephemeral containers.
        news: What has happened, in sentences.
        about: The objects that made a container end.
        freed: The containers that have ended.
        soon: The next moment (seconds) that settling waits for, None for none.
        later: The next moment that it does not wait for.
    """

    def __init__(self, api: ApiServer, pod: Pod, node: Node, runtime: Runtime, *, ends: bool = False) -> None:
        self._ends = ends or pod.terminating
        self.api, self.pod, self.node, self.runtime = api, pod, node, runtime
        self.programs, self.probes = runtime.programs, runtime.probes
        self.now, self.moment = api.now, api.timestamp
        self.inits: list[Status] = []
        self.statuses: list[Status] = []
        self.ephemerals: list[Status] = []
        self.news: list[Text | str] = []
        self.about: list[str] = []
        self.freed: list[str] = []
        self.soon: int | None = None
        self.later: int | None = None
        self._restarted: list[str] = []
        self._started: list[Container] = []
        self._ended_alone: list[str] = []
        self._pulled_in_vain: list[str] = []
        self._changed: list[str] = []
        self._logged: list[tuple[str, int, Line]] = []  # by container and number of its run
        self._whys: list[tuple[str, int, str]] = []
        self._notes: list[Note] = []

    def run(self) -> None:
        """Look at the ephemeral containers, at the init containers, then at the others."""
        old = {text(item.get("name")): item for item in self.pod.container_statuses}
        if self.pod.uid in self.probes:
            self._make_probes()
        because = containers.restarts_all(self.pod, list(old.values()))
        if because and not self._ends:
            self._begin_anew(because, old)
            return
        for container in self.pod.ephemeral_containers:
            self.ephemerals.append(self._look_at_ephemeral(container, old.get(container.name)))
        goes_on = True
        for container in self.pod.init_containers:
            before = old.get(container.name) or containers.creating(container)
            new = self._look_at_init(container, before, begins=goes_on)
            goes_on = goes_on and containers.is_done(new, sidecar=container.is_sidecar)
            self.inits.append(new)
        for container in self.pod.containers:
            before = old.get(container.name) or containers.creating(container)
            self.statuses.append(self._look_at(container, before, begins=goes_on))
        beside = self.inits or self.ephemerals
        if beside and containers.phase(self.pod, self.inits, self.statuses) in ("Succeeded", "Failed"):
            self.inits = [self._stopped_with_the_others(item) for item in self.inits]
            self.ephemerals = [
                containers.beside(self._stopped_with_the_others(item)) for item in self.ephemerals
            ]

    def _begin_anew(self, because: str, old: dict[str, Status]) -> None:
        """Kill what runs, and remove all containers: the Pod begins again with its init containers, on the same address.

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-all-containers
        """
        statuses: list[list[Status]] = []
        for group in (self.pod.init_containers, self.pod.containers):
            before = [old.get(item.name) or containers.creating(item) for item in group]
            for status in before:
                if "running" in mapping(status.get("state")):
                    name, run = text(status.get("name")), status.get("restartCount", 0)
                    self._event(name, "Killing", "killing")
                    self._gets_sigterm(status)
                    self._notes.append(Note("ended", self.now, name, run, 137, containers.RESTARTING))
                    self.freed.append(name)
            statuses.append([containers.removed(status) for status in before])
        self.inits, self.statuses = statuses
        self.ephemerals = [
            old.get(item.name) or containers.creating(item) for item in self.pod.ephemeral_containers
        ]
        self.news.append(
            _(
                "all its containers begin anew, as a rule of container {container} says for its exit code",
                container=because,
            )
        )

    def _make_probes(self) -> None:
        for failure in self.probes.run(self.pod, (*self.pod.init_containers, *self.pod.containers), self.now):
            self._event(failure.container, "Unhealthy", failure.message, warning=True)
        self._wait_for_probes(settles=True)

    def _wait_for_probes(self, *, settles: bool) -> None:
        """Look at the Pod again when a probe is due; settling does not wait for one that fails as before."""
        soon, later = self.probes.next_due(self.pod.uid)
        self._wait(soon, settles=settles)
        self._wait(later, settles=False)

    def _wait(self, moment: int | None, *, settles: bool) -> None:
        """Look at the Pod again at a moment (seconds)."""
        if moment is None:
            return
        if settles:
            self.soon = moment if self.soon is None else min(self.soon, moment)
        else:
            self.later = moment if self.later is None else min(self.later, moment)

    def _wait_for(self, container: Container, moment: int) -> None:
        self._wait(moment, settles=self.runtime.patient(self.pod.uid, container.name))

    # ---- one container

    def _look_at_init(self, container: Container, before: Status, *, begins: bool) -> Status:
        if container.is_sidecar:
            return self._look_at(container, before, begins=begins)
        if containers.is_done(before, sidecar=False):
            return before
        new = self._look_at(container, before, begins=begins)
        runs = "running" in mapping(new.get("state"))
        if (
            runs and self.programs.end_of(self.pod, container) is None
        ):  # no program runs here: it has done its work
            ended = containers.run_to_end(container, self.moment)
            return {**ended, "restartCount": new["restartCount"], "lastState": new["lastState"]}
        return new

    def _look_at_ephemeral(self, container: Container, before: Status | None) -> Status:
        """Return the new status of a container that `kubectl debug` has added: it is started once, and never again."""
        status = before or containers.creating(container)
        state = mapping(status.get("state"))
        if "running" in state:
            status = self._still_running(container, status)
        elif "terminated" not in state and not self._ends:
            status = self._start(container, status)
            if "running" in mapping(status.get("state")):
                self.news.append(_("the ephemeral container {container} runs", container=container.name))
        return containers.beside(status)

    def _look_at(self, container: Container, before: Status, *, begins: bool) -> Status:
        """Return the new status of a container.

        Args:
            container: The container.
            before: Its status.
            begins: Whether it may be started: the init containers before it are done.
        """
        state = mapping(before.get("state"))
        if "running" in state:
            return self._still_running(container, before)
        if self._ends:
            return before
        if "terminated" in state and not containers.restarts(self.pod, before, container):
            return before
        if containers.never_ran(before):
            return self._start(container, before) if begins else before
        ended = seconds_of(containers.finished_at(before))
        changed = before.get("image") != container.image
        pause = 0 if changed else self.runtime.backoff.pause(self.pod.uid, container.name, ended)
        if pause and ended + pause > self.now:
            self._wait_for(container, ended + pause)
            if mapping(state.get("waiting")).get("reason") == "CrashLoopBackOff":
                return before
            name = f"{self.pod.name}_{self.pod.namespace}({self.pod.uid})"
            self._event(
                container.name,
                "BackOff",
                f"Back-off restarting failed container {container.name} in pod {name}",
                warning=True,
            )
            self.news.append(
                _(
                    "container {container} has ended too often and waits for its restart",
                    container=container.name,
                )
            )
            return containers.waiting(before, self.pod, pause)
        return self._start(container, before, changed=changed)

    def _still_running(self, container: Container, status: Status) -> Status:
        uid, name = self.pod.uid, container.name
        end = self.runtime.ends.get((uid, name))
        if end is not None:
            return self._ended(container, status, end)
        stopping = self.runtime.stopping.get((uid, name))
        if stopping is not None:
            if stopping.until <= self.now:
                return self._stopped(container, status, stopping)
            self._wait_for(container, stopping.until)
            return status
        own = self.programs.end_of(self.pod, container)
        if own is not None:
            moment = (
                seconds_of(text(mapping(mapping(status["state"])["running"]).get("startedAt"))) + own.after
            )
            if moment <= self.now:
                return self._ended(container, status, End(own.code), alone=True)
            self._wait_for(container, moment)
        if not self._ends:
            if status.get("image") != container.image:
                return self._change(container, status)
            failed = self.probes.failed(uid, container)
            if failed is not None:
                return self._fail(container, status, failed)
        ready, started = self.runtime.ready(self.pod, container), self.probes.started(uid, container)
        new = {**status, "ready": ready, "started": started}
        if ready is not status.get("ready"):
            if not ready:
                self._notes.append(Note("failed-probe", self.now, name, word="readiness"))
            self.news.append(
                _("container {container} is ready", container=name)
                if ready
                else _("container {container} is not ready", container=name)
            )
        return new

    def _change(self, container: Container, status: Status) -> Status:
        """Send SIGTERM to a container whose image has changed; it is started again whatever its Pod's policy is."""
        self._event(container.name, "Killing", self._killing(container, "definition changed", again=True))
        self._notes.append(Note("changed", self.now, container.name, word=container.image))
        stop = shutdown(self.runtime, self.pod, container)
        return self._stop(container, status, stop, _("its image has changed"), changed=True)

    def _fail(self, container: Container, status: Status, probe: str) -> Status:
        """Send SIGTERM to a container whose probe has failed too often."""
        own = text(container.raw.get("restartPolicy"))
        again = (own or self.pod.spec.get("restartPolicy")) != "Never"
        self._event(container.name, "Killing", self._killing(container, f"failed {probe} probe", again=again))
        why = (
            _("its startup probe has failed too often")
            if probe == "startup"
            else _("its liveness probe has failed too often")
        )
        grace = mapping(container.raw.get(f"{probe}Probe")).get("terminationGracePeriodSeconds")
        self._notes.append(Note("failed-probe", self.now, container.name, word=probe))
        stop = shutdown(self.runtime, self.pod, container, grace if isinstance(grace, int) else None)
        return self._stop(container, status, stop, why)

    def _killing(self, container: Container, why: str, *, again: bool) -> str:
        """Return the kubelet's words where it kills a container; of a sidecar it does not say that it starts again."""
        if any(item.name == container.name for item in self.pod.init_containers):
            return f"Init container {container.name} {why}"
        return f"Container {container.name} {why}{', will be restarted' if again else ''}"

    def _gets_sigterm(self, status: Status, after: int = 0) -> None:
        """Let a container log that it gets SIGTERM."""
        line = Line(self.now + after, SIGTERM)
        self._logged.append((text(status.get("name")), status.get("restartCount", 0), line))

    def _stop(
        self, container: Container, status: Status, stop: Shutdown, why: str, *, changed: bool = False
    ) -> Status:
        """Send SIGTERM to a container: it stops at once, or when the time has come."""
        if stop.failed:
            self._event(container.name, *FAILED_HOOK, warning=True)
        self._gets_sigterm(status, stop.signal)
        self._notes += stop.notes(container.name, self.now)
        stopping = Stopping(self.now + stop.takes, End(stop.code, why=why), changed=changed)
        if stopping.until <= self.now:
            return self._stopped(container, status, stopping)
        self.runtime.stopping[self.pod.uid, container.name] = stopping
        self._wait_for(container, stopping.until)
        return status

    def _stopped(self, container: Container, status: Status, stopping: Stopping) -> Status:
        """Return the status of a container that has stopped; one whose image has changed is started at once."""
        ended = self._ended(container, status, stopping.end, alone=not stopping.changed)
        if not stopping.changed or self._ends:
            return ended
        self.probes.end(self.pod, container, ended.get("restartCount", 0))
        return self._start(container, ended, changed=True)

    def _ended(self, container: Container, status: Status, end: End, *, alone: bool = False) -> Status:
        """Return the status of a container that has ended; `alone`: by its program or its probe, and not by a reader."""
        self.freed.append(container.name)
        if alone or end.reason == _OUT_OF_MEMORY:
            self._ended_alone.append(container.name)
        if isinstance(end.why, Why):
            self.about += end.why.about
        if end.why:
            self._whys.append((container.name, status.get("restartCount", 0), end.why))
        self.news.append(_told(container.name, end))
        return containers.terminated(status, end, self.moment)

    def _stopped_with_the_others(self, status: Status) -> Status:
        """Return the status of a sidecar or of an ephemeral container whose Pod is over: the kubelet stops it."""
        if "running" not in mapping(status.get("state")):
            return status
        name = text(status.get("name"))
        self.freed.append(name)
        self._gets_sigterm(status)
        return containers.terminated(status, End(0), self.moment)

    # ---- starting

    def _start(self, container: Container, before: Status, *, changed: bool = False) -> Status:
        """Start a container; `changed`: it has another image than before, so it begins without pauses."""
        if changed:
            self._changed.append(container.name)
        waits = self._image(container, before)
        if waits is not None:
            return waits
        error = config_error(self.api, self.pod, container, self.node, self.api.granted)
        if error is not None:
            self.runtime.wait(self.pod)
            if mapping(mapping(before.get("state")).get("waiting")).get("message") != error.message:
                self._pulled(container)
                self._event(container.name, "Failed", f"Error: {error.message}", warning=True)
                self.news.append(
                    _(
                        "container {container} cannot be configured ({message})",
                        container=container.name,
                        message=error.message,
                    )
                )
            return containers.held(before, error.reason, error.message)
        self._started.append(container)
        self._pulled(container)
        self._event(container.name, "Created", "Container created")
        self._event(container.name, "Started", "Container started")
        self.probes.begin(self.pod, container, self.now)
        if self.pod.uid in self.probes:
            self._wait_for_probes(settles=self.runtime.patient(self.pod.uid, container.name))
        new = containers.running(
            container,
            self.moment,
            ready=self.runtime.ready(self.pod, container),
            started=self.probes.started(self.pod.uid, container),
            old=before,
        )
        if new["restartCount"] != before.get("restartCount"):
            if not changed:
                self._restarted.append(container.name)
            count = new["restartCount"]
            self.news.append(
                _(
                    "container {container} is started again (restart {count})",
                    container=container.name,
                    count=count,
                )
            )
        own = self.programs.end_of(self.pod, container)
        if own is not None:
            self._wait_for(container, self.now + own.after)
        if not self._hook_succeeds(container, "postStart"):
            self._event(container.name, "FailedPostStartHook", "PostStartHook failed", warning=True)
            self._event(container.name, "Killing", "FailedPostStartHook")
            self._notes.append(Note("hook", self.now, container.name, new["restartCount"], word="postStart"))
            self.probes.end(self.pod, container, new.get("restartCount", 0))
            why = _("its postStart hook has failed")
            stop = shutdown(self.runtime, self.pod, container)
            notes = self._notes.copy()
            new = self._stop(container, new, stop, why)
            if not stop.takes:  # in the second of its start: that it ends says it all
                self._notes = notes
        return new

    def _pulled(self, container: Container) -> None:
        """Say that the image is there; with the policy Always the registry was asked, which takes no time here.

        Source of the rule: `EnsureImageExists` in k8s.io/kubernetes/pkg/kubelet/images
        """
        image, name = container.image, container.name
        if container.raw.get("imagePullPolicy") != "Always":
            message = f'Container image "{image}" already present on machine and can be accessed by the pod'
            self._event(name, "Pulled", message)
            return
        self._event(name, "Pulling", f'Pulling image "{image}"')
        self._event(name, "Pulled", f'Successfully pulled image "{image}" in 0s (0s including waiting)')

    def _hook_succeeds(self, container: Container, hook: str) -> bool:
        """Whether a lifecycle hook of a container succeeds; one that is not there does."""
        hooks = container.raw.get("lifecycle")
        return not hooks or _asked(self.runtime, self.pod, container, mapping(mapping(hooks).get(hook)))[0]

    def _image(self, container: Container, before: Status) -> Status | None:
        """Return the status of a container whose image cannot be used, None if it can."""
        image, name = container.image, container.name
        before = {**before, "image": image}
        error = images.name_error(image)
        if error:
            if not self._waits_already(before, "InvalidImageName"):
                self._event(name, "InspectFailed", error, warning=True)
                self._event(name, "Failed", "Error: InvalidImageName", warning=True)
            return containers.held(before, "InvalidImageName", error)
        if image not in self.programs.unpullable:
            return None
        if container.raw.get("imagePullPolicy") == "Never":
            message = f'Container image "{image}" is not present with pull policy of Never'
            if not self._waits_already(before, "ErrImageNeverPull"):
                self._event(name, "ErrImageNeverPull", message, warning=True)
                self._event(name, "Failed", "Error: ErrImageNeverPull", warning=True)
            return containers.held(before, "ErrImageNeverPull", message)
        error = images.pull_error(image)
        tried, pause = self.runtime.pulls.latest(self.pod.uid, image)
        if tried is not None and tried + pause > self.now:
            self._wait(tried + pause, settles=False)
            if not self._waits_already(before, "ImagePullBackOff"):
                self._event(name, "BackOff", f'Back-off pulling image "{image}"')
                self._event(name, "Failed", "Error: ImagePullBackOff", warning=True)
            message = f'Back-off pulling image "{image}": ErrImagePull: {error}'
            return containers.held(before, "ImagePullBackOff", message)
        self._event(name, "Pulling", f'Pulling image "{image}"')
        self._event(name, "Failed", f'Failed to pull image "{image}": {error}', warning=True)
        self._event(name, "Failed", "Error: ErrImagePull", warning=True)
        self._pulled_in_vain.append(image)
        self._wait(self.now, settles=True)
        self.news.append(
            _("the image {image} of container {container} cannot be pulled", image=image, container=name)
        )
        return containers.held(before, "ErrImagePull", error)

    def _waits_already(self, status: Status, reason: str) -> bool:
        return mapping(mapping(status.get("state")).get("waiting")).get("reason") == reason

    def _event(self, container: str, reason: str, message: str, *, warning: bool = False) -> None:
        """Leave an Event about a container of the Pod."""
        field = containers.field_of(self.pod, container)
        record(
            self.api,
            self.pod,
            reason,
            message,
            by=_KUBELET,
            warning=warning,
            host=self.node.name,
            field=field,
        )

    def done(self) -> None:
        """Keep what was decided: called when the statuses are written, so that an interrupt before loses nothing."""
        uid = self.pod.uid
        if self._notes:
            self.api.lives.note(self.pod, *self._notes)
        for name, run, line in self._logged:
            self.runtime.logs.write(uid, name, run, line)
        for name, run, why in self._whys:
            self.runtime.logs.explain(uid, name, run, why)
        for name in self._restarted:
            self.runtime.backoff.restarted(uid, name, self.now)
        for container in self._started:
            self.runtime.starts.note(self.api, self.pod, container, self.node)
        for image in self._pulled_in_vain:
            self.runtime.pulls.restarted(uid, image, self.now)
        for name in self._ended_alone:
            key = uid, name
            self.runtime.ended_alone[key] = self.runtime.ended_alone.get(key, 0) + 1
        for name in self._changed:
            self.runtime.backoff.forget(uid, name)
        for name in self.freed:
            self.runtime.stopping.pop((uid, name), None)
        if self.freed and self.pod.uid in self.probes:
            ended = {text(item.get("name")): item for item in (*self.inits, *self.statuses)}
            for container in (*self.pod.init_containers, *self.pod.containers):
                if container.name in self.freed and container.name not in self._changed:
                    self.probes.end(self.pod, container, ended[container.name].get("restartCount", 0))
        if self.runtime.ends:
            every = *self.pod.containers, *self.pod.init_containers, *self.pod.ephemeral_containers
            for container in every:
                self.runtime.ends.pop((uid, container.name), None)


def shutdown(runtime: Runtime, pod: Pod, container: Container, grace: int | None = None) -> Shutdown:
    """Return how a container stops.

    First the hook `preStop` runs, then SIGTERM is sent; what still runs at the end of the grace period is
    killed (exit code 137). At least two seconds are left after the hook.

    Args:
        runtime: What is known of the containers.
        pod: The Pod.
        container: The container.
        grace: The grace period in seconds, None for the Pod's `terminationGracePeriodSeconds`.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
    """
    if grace is None:
        own = pod.spec.get("terminationGracePeriodSeconds")
        grace = int(own) if isinstance(own, int) else 30
    hook = mapping(mapping(container.raw.get("lifecycle")).get("preStop")) if grace > 0 else {}
    stop: Stop = runtime.programs.stop_of(pod, container)
    well, asked = _asked(runtime, pod, container, hook)
    before = min(asked, grace)
    failed = not well and asked <= grace
    left = max(grace - before, LEAST_GRACE)
    if stop.takes is None or stop.takes > left:
        return Shutdown(before, before + left, 137, killed=True, hook=bool(hook), failed=failed)
    return Shutdown(before, before + stop.takes, stop.code, hook=bool(hook), failed=failed)


def _asked(runtime: Runtime, pod: Pod, container: Container, handler: dict[str, Any]) -> tuple[bool, int]:
    """Return whether the handler of a hook succeeds, and how many seconds it takes.

    Source of the rule: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
    """
    if mapping(handler.get("exec")):
        words = [text(word) for word in handler["exec"].get("command") or ()]
        reply = runtime.programs.command(pod, container, words)
        return reply.code == 0, reply.takes
    if mapping(handler.get("httpGet")):
        reply = runtime.programs.path(pod, container, 0, text(handler["httpGet"].get("path")) or "/")
        return 200 <= reply.code < 400, reply.takes
    seconds = mapping(handler.get("sleep")).get("seconds")
    return True, int(seconds) if isinstance(seconds, (int, float)) else 0


def _told(name: str, end: End) -> Text:
    """Return how a container has ended, and why, where it was made to end."""
    if end.reason != "OOMKilled":
        if end.why:
            return _(
                "container {container} has ended with exit code {code}, because {why}",
                container=name,
                code=end.code,
                why=end.why,
            )
        return _("container {container} has ended with exit code {code}", container=name, code=end.code)
    if not end.why:
        return _(
            "container {container} has ended with exit code {code} (OOMKilled)", container=name, code=end.code
        )
    return _(
        "container {container} has ended with exit code {code} (OOMKilled), because {why}",
        container=name,
        code=end.code,
        why=end.why,
    )
