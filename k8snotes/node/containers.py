"""Containers as the kubelet reports them: waiting, running or terminated, and what that makes of their Pod.

A status is a plain value, as it is in `status.containerStatuses` of the Pod; each function returns a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Container, Pod

__all__ = [
    "RESTARTING",
    "Backoff",
    "End",
    "Status",
    "at_the_end",
    "beside",
    "conditions",
    "creating",
    "field_of",
    "finished_at",
    "held",
    "is_broken",
    "is_done",
    "never_ran",
    "phase",
    "removed",
    "restarts",
    "restarts_all",
    "restarts_of",
    "run_to_end",
    "running",
    "terminated",
    "waiting",
]

Status = dict[str, Any]

RESTARTING = "RestartingAllContainers"
"""What the kubelet says of a container that it has removed, so that all of its Pod begin anew."""


class End(NamedTuple):
    """How a container has ended: its exit code, the kubelet's word for it, and why, where it was made to end.

    >>> End.out_of_memory("it used 65Mi of memory, and its limit is 64Mi").reason
    'OOMKilled'
    """

    code: int = 0
    reason: str = ""
    why: str = ""

    @classmethod
    def out_of_memory(cls, why: str) -> End:
        """Return the end of a container that the kernel killed for its memory: signal 9, so exit code 137."""
        return cls(137, "OOMKilled", why)


@lru_cache(maxsize=1024)
def _running(name: str, image: str, now: str, *, ready: bool, started: bool) -> Status:
    """Return the status of a container that was started for the first time; Pods share it."""
    return _status(name, image, {"running": {"startedAt": now}}, ready=ready, started=started)


def is_broken(container: Container) -> bool:
    """Whether a container never gets ready by itself here: its image begins with "broken".

    >>> is_broken(Container({"name": "app", "image": "registry.example/broken-shop:1"}))
    True
    """
    return container.image.rpartition("/")[2].startswith("broken")


def creating(container: Container, reason: str = "ContainerCreating") -> Status:
    """Return the status of a container that is about to be started."""
    return _creating(container.name, container.image, reason)


@lru_cache(maxsize=1024)
def _creating(name: str, image: str, reason: str) -> Status:
    """Return the status of a container that is about to be started; Pods share it."""
    return _status(name, image, {"waiting": {"reason": reason}}, ready=False, started=False)


def running(
    container: Container, now: str, *, ready: bool, started: bool = True, old: Status | None = None
) -> Status:
    """Return the status of a container that was just started.

    Args:
        now: The time, as Kubernetes writes it ("2026-01-01T00:00:00Z").
        ready: Whether it is ready.
        started: Whether it counts as started: a startup probe may still have to succeed.
        old: Its status before, None at the first start: with one it is a restart, and is counted.
    """
    if old is None or ("waiting" in mapping(old.get("state")) and not old.get("lastState")):
        return _running(container.name, container.image, now, ready=ready, started=started)
    state = {"running": {"startedAt": now}}
    count = int(old.get("restartCount", 0)) + (not _is_removed(old))
    last = _last(old)
    return _status(
        container.name, container.image, state, ready=ready, started=started, count=count, last=last
    )


def terminated(old: Status, end: End, now: str) -> Status:
    """Return the status of a container that has ended."""
    started = mapping(mapping(old.get("state")).get("running")).get("startedAt", now)
    ended = {
        "exitCode": end.code,
        "reason": end.reason or ("Error" if end.code else "Completed"),
        "startedAt": started,
        "finishedAt": now,
    }
    return {**old, "state": {"terminated": ended}, "ready": False, "started": False}


def waiting(old: Status, pod: Pod, pause: int) -> Status:
    """Return the status of a container that waits for its restart, as it has ended too often (CrashLoopBackOff).

    Args:
        pause: How long it waits, in seconds.
    """
    name = text(old.get("name"))
    message = f"back-off {_duration(pause)} restarting failed container={name} pod={pod.name}_{pod.namespace}({pod.uid})"
    return held(old, "CrashLoopBackOff", message)


def held(old: Status, reason: str, message: str) -> Status:
    """Return the status of a container that the kubelet cannot start, and its words for why."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {**old, "state": state, "lastState": _last(old), "ready": False, "started": False}


def removed(old: Status) -> Status:
    """Return the status of a container that the kubelet has removed, as all of its Pod begin anew; one that waits is as it was."""
    if "waiting" in mapping(old.get("state")):
        return old
    words = {
        "reason": RESTARTING,
        "message": "The container is removed because RestartAllContainers in place",
    }
    ended = {**words, "exitCode": 137, "startedAt": None, "finishedAt": None}
    return {
        **old,
        "restartCount": int(old.get("restartCount", 0)) + 1,
        "state": {"waiting": words},
        "lastState": {"terminated": ended},
        "ready": False,
        "started": False,
    }


def _is_removed(status: Status) -> bool:
    return mapping(mapping(status.get("state")).get("waiting")).get("reason") == RESTARTING


def never_ran(status: Status) -> bool:
    """Whether a container has not been started yet, or has been removed since, to begin anew."""
    return _is_removed(status) or (
        "terminated" not in mapping(status.get("state")) and not status.get("lastState")
    )


def beside(status: Status) -> Status:
    """Return the status of an ephemeral container: it never counts as ready, and nobody asks whether it has started."""
    return {key: False if key == "ready" else value for key, value in status.items() if key != "started"}


def run_to_end(container: Container, now: str) -> Status:
    """Return the status of an init container that has done its work."""
    status = _status(container.name, container.image, {}, ready=True, started=False)
    state = {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}
    return {**status, "state": {"terminated": state}}


def finished_at(status: Status) -> str:
    """Return when a container has last ended, "" if it never has."""
    now = mapping(mapping(status.get("state")).get("terminated"))
    before = mapping(mapping(status.get("lastState")).get("terminated"))
    return text(now.get("finishedAt")) or text(before.get("finishedAt"))


def restarts_of(pod: Pod, container: str) -> int:
    """Return how often a container of a Pod was started again, 0 if its status does not tell.

    >>> restarts_of(Pod({"status": {"containerStatuses": [{"name": "app", "restartCount": 3}]}}), "app")
    3
    """
    count = pod.status_of(container).get("restartCount")
    return int(count) if isinstance(count, (int, float)) else 0


def restarts(pod: Pod, status: Status, container: Container | None = None) -> bool:
    """Whether the kubelet starts a container that has ended once more.

    Args:
        pod: The Pod.
        status: The container's status, with how it has ended.
        container: The container, for the `restartPolicy` and `restartPolicyRules` of its own.

    >>> once = Pod({"spec": {"restartPolicy": "Never"}})
    >>> retried = Container({"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]})
    >>> restarts(once, {"state": {"terminated": {"exitCode": 42}}}, retried)
    True

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """
    raw = {} if container is None else container.raw
    code = mapping(mapping(status.get("state")).get("terminated")).get("exitCode")
    if _action(raw, code):
        return True
    policy = text(raw.get("restartPolicy")) or text(pod.spec.get("restartPolicy")) or "Always"
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def _action(raw: Mapping[str, Any], code: Any) -> str:
    """Return the action of the first rule of a container that is about an exit code, "" for none."""
    for rule in mappings(raw.get("restartPolicyRules")):
        codes = mapping(rule.get("exitCodes"))
        values = codes.get("values")
        listed = isinstance(values, list) and code in values
        if codes and listed is (codes.get("operator") == "In"):
            return text(rule.get("action"))
    return ""


def restarts_all(pod: Pod, statuses: Sequence[Status]) -> str:
    """Return the container because of which all of a Pod begin anew, "" for none.

    It has ended, and the first of its rules that is about its exit code says `RestartAllContainers`.

    Args:
        pod: The Pod.
        statuses: The statuses of its init containers and containers.

    Source of the rule: `ShouldAllContainersRestart` of k8s.io/kubernetes/pkg/kubelet/container
    """
    ended = [item for item in statuses if "terminated" in mapping(item.get("state"))]
    if not ended or not _has_such_a_rule(pod):
        return ""
    specs = {item.name: item.raw for item in (*pod.init_containers, *pod.containers)}
    for item in ended:
        name = text(item.get("name"))
        if _action(specs.get(name, {}), item["state"]["terminated"].get("exitCode")) == _ALL:
            return name
    return ""


_ALL = "RestartAllContainers"


def _has_such_a_rule(pod: Pod) -> bool:
    spec = pod.spec
    for field in ("containers", "initContainers"):
        for item in spec.get(field) or ():
            if "restartPolicyRules" in item and any(
                rule.get("action") == _ALL for rule in mappings(item["restartPolicyRules"])
            ):
                return True
    return False


def phase(pod: Pod, inits: Sequence[Status], statuses: Sequence[Status]) -> str:
    """Return the phase of a Pod with such init containers and containers.

    It is Pending until each container was started once, and over when all have ended and none is restarted.

    Source of the rule: `getPhase` of k8s.io/kubernetes/pkg/kubelet,
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
    """
    if not inits and statuses and all("running" in mapping(item.get("state")) for item in statuses):
        return "Running"
    sidecars = _sidecars(pod)
    first = [item for item in inits if text(item.get("name")) not in sidecars]
    failed = [item for item in first if _exit_code(item)]
    if failed and not all(_begins_again(pod, item) for item in failed):
        return "Failed"
    if any(_exit_code(item) != 0 for item in first) or not all(map(_has_run, statuses)):
        return "Pending"
    specs = {item.name: item for item in pod.containers}
    ended = [mapping(mapping(item.get("state")).get("terminated")) for item in statuses]
    if (
        not statuses
        or not all(ended)
        or any(restarts(pod, item, specs.get(text(item.get("name")))) for item in statuses)
    ):
        return "Running"
    return "Failed" if any(item.get("exitCode") for item in ended) else "Succeeded"


def at_the_end(
    pod: Pod, inits: Sequence[Status], statuses: Sequence[Status]
) -> tuple[list[Status], list[Status]]:
    """Return the statuses of the init containers and the containers of a Pod that was stopped.

    Of one that waited, for its first start or for another one, nothing is known, so it counts as failed.

    Source of the rule: `TerminatePod` of k8s.io/kubernetes/pkg/kubelet/status
    """
    final = text(inits[-1].get("name")) if inits else ""
    before = pod.status_of(final), inits[-1] if inits else {}
    begun = not inits or any(map(_has_run, statuses))
    begun = begun or any(is_done(item, sidecar=final in _sidecars(pod)) for item in before)
    last = max((number for number, item in enumerate(inits) if _has_run(item)), default=0)
    return (
        [_located(item) if number <= last else item for number, item in enumerate(inits)],
        [_located(item) if begun else item for item in statuses],
    )


def _located(status: Status) -> Status:
    """Return the status of a container that its kubelet looks for when the Pod is over."""
    if "terminated" in mapping(status.get("state")):
        return status
    lost = {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": "The container could not be located when the pod was terminated",
        "startedAt": None,
        "finishedAt": None,
    }
    return {**status, "state": {"terminated": lost}, "ready": False, "started": False}


def _exit_code(status: Status) -> int | None:
    """Return how a container has ended the last time, None if it runs or never has."""
    state = mapping(status.get("state"))
    before = {} if "running" in state else mapping(mapping(status.get("lastState")).get("terminated"))
    ended = mapping(state.get("terminated")) or before
    code = None if ended.get("reason") == RESTARTING else ended.get("exitCode")
    return None if code is None else int(code)


def _begins_again(pod: Pod, init: Status) -> bool:
    """Whether an init container that has failed is started again."""
    container = next((item for item in pod.init_containers if item.name == init.get("name")), None)
    return restarts(pod, {"state": {"terminated": {"exitCode": _exit_code(init)}}}, container)


def _sidecars(pod: Pod) -> set[str]:
    return {item.name for item in pod.init_containers if item.is_sidecar}


def conditions(
    pod: Pod, inits: Sequence[Status], statuses: Sequence[Status], state: str, now: str
) -> list[dict[str, Any]]:
    """Return the Pod's conditions; a condition that has not changed keeps its time.

    Args:
        pod: The Pod, with the conditions that it has.
        inits: The statuses of its init containers.
        statuses: Those of its containers.
        state: The phase that the Pod has now.
        now: The time, as Kubernetes writes it.

    Source of the rule: `GeneratePodReadyCondition` and its neighbours of k8s.io/kubernetes/pkg/kubelet/status,
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
    """
    sidecars = _sidecars(pod) if inits else set()
    lasting = [*statuses, *(item for item in inits if text(item.get("name")) in sidecars)]
    unready = [text(item.get("name")) for item in lasting if not item.get("ready")]
    over = state in ("Succeeded", "Failed")
    reason, message = "", ""
    if over:
        reason = "PodCompleted" if state == "Succeeded" else "PodFailed"
    elif unready:
        reason, message = "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    ready = not unready and not over
    waiting = [
        text(item.get("name"))
        for item in inits
        if not is_done(item, sidecar=text(item.get("name")) in sidecars)
    ]
    started = not waiting or state == "Succeeded" or any(map(_has_run, statuses))
    old = {item.get("type"): item for item in mappings(pod.status.get("conditions"))}
    gate = _closed_gate(pod, old) if ready and pod.spec.get("readinessGates") else ""
    entries = []
    anew = _has_such_a_rule(pod)
    because = "" if over or not anew else restarts_all(pod, [*inits, *statuses])
    asked = "RestartAllContainersStarted", "container exited with restart policy rule"
    restarting = (
        "AllContainersRestarting",
        bool(because),
        *(asked if because else (reason if over else "", "")),
    )
    for kind, holds, why, details in (
        ("PodReadyToStartContainers", not over, "", ""),  # its network is there
        (
            "Initialized",
            started,
            "" if started else "ContainersNotInitialized",
            "" if started else f"containers with incomplete status: [{' '.join(waiting)}]",
        ),
        ("Ready", ready and not gate, "ReadinessGatesNotReady" if gate else reason, gate or message),
        ("ContainersReady", ready, reason, message),
        ("PodScheduled", True, "", ""),
        *([restarting] if anew else []),
    ):
        value = "True" if holds else "False"
        before = old.pop(kind, None)
        moment = before["lastTransitionTime"] if before and _same(before, value) else now
        entries.append(_condition(kind, value, moment, why, details))
    return [*entries, *old.values()]


@lru_cache(maxsize=1024)
def _condition(kind: str, value: str, moment: str, why: str, details: str) -> dict[str, Any]:
    """Return one condition; the Pods that come to the same at one moment share it."""
    reason = {"reason": why} if why else {}
    return {"type": kind, "status": value, "lastTransitionTime": moment, **reason} | (
        {"message": details} if details else {}
    )


def _has_run(status: Status) -> bool:
    return "waiting" not in mapping(status.get("state")) or bool(mapping(status.get("lastState")))


def is_done(status: Status, *, sidecar: bool) -> bool:
    """Whether an init container lets the next one start: it has ended well, or a sidecar has started."""
    if sidecar:
        return status.get("started") is True
    return mapping(mapping(status.get("state")).get("terminated")).get("exitCode") == 0


def _closed_gate(pod: Pod, old: Mapping[Any, dict[str, Any]]) -> str:
    """Return in the kubelet's words which readiness gates keep a Pod from being ready, "" for none."""
    said = []
    for gate in mappings(pod.spec.get("readinessGates")):
        kind = text(gate.get("conditionType"))
        there = old.get(kind)
        if there is None:
            said.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif there.get("status") != "True":
            value = text(there.get("status"))
            said.append(f'the status of pod readiness gate "{kind}" is not "True", but {value}')
    return ", ".join(said)


def _same(before: dict[str, Any], value: str) -> bool:
    return before.get("status") == value and isinstance(before.get("lastTransitionTime"), str)


def _status(
    name: str,
    image: str,
    state: Status,
    *,
    ready: bool,
    started: bool,
    count: int = 0,
    last: Status | None = None,
) -> Status:
    return {
        "name": name,
        "image": image,
        "imageID": "",
        "ready": ready,
        "restartCount": count,
        "started": started,
        "state": state,
        "lastState": last or {},
    }


def _last(old: Status) -> Status:
    ended = mapping(old.get("state")).get("terminated")
    return {"terminated": ended} if ended else mapping(old.get("lastState"))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


# ---- back-off

_FIRST, _LONGEST = 10, 300


class Backoff:
    """The pauses of containers in seconds: none before the first restart, then 10, 20, 40, up to 300.

    After ten minutes of running, a container begins with no pause again.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """

    def __init__(self) -> None:
        self._pauses: dict[tuple[str, str], tuple[int, int]] = {}

    def pause(self, uid: str, container: str, ended: int) -> int:
        """Return how many seconds after its end (at `ended`) a container is started again."""
        pause, last = self._pauses.get((uid, container), (0, 0))
        return 0 if ended - last > 2 * _LONGEST else pause

    def restarted(self, uid: str, container: str, now: int) -> None:
        """Note that a container was started again: the next pause is longer."""
        pause, last = self._pauses.get((uid, container), (0, 0))
        longer = _FIRST if not pause or now - last > 2 * _LONGEST else min(2 * pause, _LONGEST)
        self._pauses[uid, container] = longer, now

    def latest(self, uid: str, container: str) -> tuple[int | None, int]:
        """Return when it was tried the last time, None if never, and how many seconds to wait after that."""
        pause, last = self._pauses.get((uid, container), (0, None))
        return last, pause

    def forget(self, uid: str, container: str | None = None) -> None:
        """Forget a container that is another one now, or a Pod that is gone."""
        if self._pauses:
            for key in [key for key in self._pauses if key[0] == uid and container in (None, key[1])]:
                del self._pauses[key]

    def copy(self) -> Backoff:
        """Return an independent record in the same state."""
        other = Backoff()
        other._pauses = self._pauses.copy()
        return other


def field_of(pod: Pod, container: str) -> str:
    """Return how Events name a container of a Pod: "spec.containers{web}".

    Args:
        pod: the Pod.
        container: the container's name.

    Source of the rule: `fieldPath` in k8s.io/kubernetes/pkg/kubelet/container
    """
    spec = pod.spec
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for item in spec.get(field) or ():
            if item.get("name") == container:
                return f"spec.{field}{{{container}}}"
    return ""
