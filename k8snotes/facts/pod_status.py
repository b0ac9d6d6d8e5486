"""What `kubectl get pods` says in READY, STATUS and RESTARTS: worked out from what the kubelet reports."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text

__all__ = ["PodStatus", "last_restart", "pod_status"]

PodStatus = tuple[str, str, int]
Status = dict[str, Any]


def pod_status(pod: KubeObject) -> PodStatus:
    """Return READY ("1/2"), STATUS and RESTARTS of a Pod.

    STATUS is no field of a Pod: kubectl makes it of the phase and of what the containers do.
    Source of the rule: `printPod` of k8s.io/kubernetes/pkg/printers/internalversion.
    """
    status = pod.status
    containers = mappings(status.get("containerStatuses"))
    reason = text(status.get("reason")) or text(status.get("phase")) or "Pending"
    if mapping(pod.condition("PodScheduled")).get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    waiting, restarts, ready = _initializing(pod)
    if waiting:
        reason = waiting
    if not waiting or pod.holds("Initialized"):
        restarts = sum(int(item.get("restartCount") or 0) for item in (*containers, *_of_sidecars(pod)))
        running = [item for item in containers if item.get("ready") is True and _state(item, "running")]
        ready += len(running)
        for item in reversed(containers):  # so that the first one has the last word
            reason = _said(item) or reason
        if reason == "Completed" and running:
            reason = "Running" if pod.holds("Ready") else "NotReady"
    if pod.terminating:
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            reason = "Terminating"
    sidecars = [item for item in mappings(pod.spec.get("initContainers")) if _restarts_always(item)]
    total = len(mappings(pod.spec.get("containers"))) + len(sidecars)
    return f"{ready}/{total}", reason, restarts


def last_restart(pod: KubeObject) -> str:
    """Return when a container of a Pod was last started again: the end of its life before, "" if it had none."""
    statuses = [*mappings(pod.status.get("containerStatuses")), *_of_sidecars(pod)]
    ends = [mapping(mapping(item.get("lastState")).get("terminated")).get("finishedAt") for item in statuses]
    return max(map(text, ends), default="")


def _of_sidecars(pod: KubeObject) -> list[Status]:
    """Return the statuses of the sidecars of a Pod."""
    sidecars = [item for item in mappings(pod.spec.get("initContainers")) if _restarts_always(item)]
    names = {text(item.get("name")) for item in sidecars}
    statuses = mappings(pod.status.get("initContainerStatuses")) if names else []
    return [item for item in statuses if text(item.get("name")) in names]


def _initializing(pod: KubeObject) -> tuple[str, int, int]:
    """Return what the init containers wait for ("" if they are done), their restarts, and ready sidecars."""
    sidecars = {
        text(item.get("name")) for item in mappings(pod.spec.get("initContainers")) if _restarts_always(item)
    }
    statuses = mappings(pod.status.get("initContainerStatuses"))
    restarts = ready = 0
    for number, item in enumerate(statuses):
        restarts += int(item.get("restartCount") or 0)
        ended, waits = _state(item, "terminated"), _state(item, "waiting")
        if ended and ended.get("exitCode") == 0:
            continue
        if text(item.get("name")) in sidecars and item.get("started") is True:
            ready += item.get("ready") is True
            continue
        if ended:
            return f"Init:{_end(ended)}", restarts, ready
        if waits and waits.get("reason") not in (None, "", "PodInitializing"):
            return f"Init:{waits['reason']}", restarts, ready
        count = len(mappings(pod.spec.get("initContainers")))
        return f"Init:{number}/{count}", restarts, ready
    return "", restarts, ready


def _said(item: Status) -> str:
    """Return the word for a container that waits or has ended, "" for one that runs."""
    waits, ended = _state(item, "waiting"), _state(item, "terminated")
    if waits and waits.get("reason"):
        return text(waits["reason"])
    return _end(ended) if ended else ""


def _end(ended: Status) -> str:
    if ended.get("reason"):
        return text(ended["reason"])
    signal = ended.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{ended.get('exitCode', 0)}"


def _state(item: Status, name: str) -> Status:
    return mapping(mapping(item.get("state")).get(name))


def _restarts_always(container: Status) -> bool:
    return container.get("restartPolicy") == "Always"
