"""Pods that do not run as they should, those of one workload and one reason together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import ON_THE_WAY, Pod
from k8snotes.catalogue import named
from k8snotes.control_plane.naming import seconds_of
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Group, Reading
from k8snotes.facts.pod_status import pod_status

__all__ = ["pod_issues"]

_MANY_RESTARTS = 5
_NEARLY = 90  # percent of a limit
_NO_IMAGE = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
)
_NOT_CONFIGURED = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_CRASHED = ("CrashLoopBackOff", "Error", "OOMKilled", "StartError", "ContainerCannotRun")


class _State(NamedTuple):
    """What is wrong with a Pod: the code of the issue, the reason, and what the kubelet or the scheduler says of it."""

    code: str
    reason: str
    message: str = ""


def pod_issues(reading: Reading) -> Iterator[Issue]:
    """Yield the Pods that wait, fail, restart or are not ready.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
    """
    for group in reading.groups:
        found: dict[tuple[str, str, str], list[Pod]] = {}
        ready = 0
        for pod in group.pods:
            ready += pod.ready
            state = _state(pod, reading, group)
            if state is not None:
                found.setdefault((state.code, state.reason, _alike(state.message)), []).append(pod)
        for (code, reason, message), pods in found.items():
            every = code == "pods-not-ready" and not ready
            yield _issue("pods-none-ready" if every else code, group, pods, reason, message)
    yield from _usage_issues(reading)


def _alike(message: str) -> str:
    """Return the first line of a message: what follows differs from Pod to Pod."""
    return message.split("\n", 1)[0][:240]


def _issue(code: str, group: Group, pods: list[Pod], reason: str, message: str) -> Issue:
    first = pods[0]
    ref = first.ref
    look = ("why_pending", ref) if code == "pods-pending" else ("diagnose", ref)
    line = f"describe pod {first.name}"
    if code in ("pods-crash", "pods-restart"):
        line = f"logs {first.name} --previous"
    parts: dict[str, Any] = {
        "n": len(pods),
        "total": len(group.pods),
        "pods": named(pod.name for pod in pods[:3]),
        "reason": reason,
        "message": message,
        "image": _image(first),
        "workload": group.ref,
    }
    return issue(code, group.object, look, line, count=len(pods), **parts)


def _image(pod: Pod) -> str:
    """Return the image of the container that waits, else of the first one."""
    for status in pod.container_statuses:
        if mapping(mapping(status.get("state")).get("waiting")).get("reason") in _NO_IMAGE:
            return text(status.get("image"))
    return pod.containers[0].image if pod.containers else ""


def _state(pod: Pod, reading: Reading, group: Group) -> _State | None:
    """Return what is wrong with a Pod, None if nothing is."""
    if pod.terminating:
        moment = text(pod.metadata.get("deletionTimestamp"))
        late = bool(moment) and seconds_of(moment) < reading.api.now
        return (
            _State("pods-terminating", "", named(map(text, pod.metadata.get("finalizers") or ())))
            if late
            else None
        )
    if pod.phase == "Succeeded" or (pod.phase == "Running" and pod.ready and not _restarts(pod)):
        return None
    if pod.phase == "Unknown":
        return _State("pods-unknown", text(pod.status.get("reason")) or "Unknown")
    if pod.phase == "Failed":
        if group.runs_to_end:
            return None  # the Job tells whether this is bad
        return _State(
            "pods-failed", text(pod.status.get("reason")) or "Error", text(pod.status.get("message"))
        )
    if not pod.node_name and pod.phase == "Pending":
        why = mapping(pod.condition("PodScheduled"))
        return _State("pods-pending", text(why.get("reason")) or "Pending", text(why.get("message")))
    _ready, status, restarts = pod_status(pod)
    return _of_containers(pod, status.removeprefix("Init:"), restarts)


def _of_containers(pod: Pod, status: str, restarts: int) -> _State | None:
    message = _message(pod)
    if status in _NO_IMAGE:
        return _State("pods-image", status, message)
    if status in _NOT_CONFIGURED:
        return _State("pods-not-configured", status, message)
    if status in _CRASHED or status.startswith(("ExitCode:", "Signal:")):
        return _State("pods-crash", status, _ended(pod))
    if pod.phase == "Pending":
        waits = status not in (*ON_THE_WAY, "Pending")
        return _State("pods-waiting", status, message) if waits else None
    if not pod.ready and status != "Completed":
        return _State("pods-not-ready", status, text(mapping(pod.condition("Ready")).get("message")))
    if restarts >= _MANY_RESTARTS:
        return _State("pods-restart", _ended(pod), "")
    return None


def _restarts(pod: Pod) -> bool:
    return any((status.get("restartCount") or 0) >= _MANY_RESTARTS for status in pod.container_statuses)


def _message(pod: Pod) -> str:
    """Return what the kubelet says of the first container that waits."""
    waits = (mapping(mapping(status.get("state")).get("waiting")) for status in pod.container_statuses)
    return next((text(item.get("message")) for item in waits if item.get("message")), "")


def _ended(pod: Pod) -> str:
    """Return how the last container that ended has ended: "Error, exit code 1"."""
    for status in pod.container_statuses:
        for field in ("state", "lastState"):
            ended = mapping(mapping(status.get(field)).get("terminated"))
            if ended:
                return f"{text(ended.get('reason')) or 'Error'}, exit code {text(ended.get('exitCode'))}"
    return ""


def _usage_issues(reading: Reading) -> Iterator[Issue]:
    """Find containers that use nearly as much memory as they may, or that would use more CPU than they get."""
    by_ref = {(pod.namespace, pod.name): pod for pod in reading.pods} if reading.usage else {}
    for item in reading.usage:
        pod = by_ref.get((item.namespace, item.pod))
        if pod is None:
            continue
        group = reading.group_of[id(pod)]
        line = f"top pod {pod.name} --containers"
        parts: dict[str, Any] = {"container": item.container, "pod": pod.name}
        if item.memory_limit and item.memory * 100 >= _NEARLY * item.memory_limit:
            percent = item.memory * 100 // item.memory_limit
            look = ("capacity", pod.node_name)
            yield issue("memory-near-limit", group.object, look, line, count=1, percent=percent, **parts)
        if item.throttled:
            look = ("capacity", pod.node_name)
            yield issue("cpu-throttled", group.object, look, line, count=1, **parts)
