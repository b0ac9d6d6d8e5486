"""How a Pod, a container and a Node are, in a word or two; and a taint as kubectl writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod

__all__ = ["container_state", "node_state", "state_of", "taint_words"]


def state_of(pod: Pod) -> str:
    """Say in a word or two how a Pod is.

    Returns:
        "ready", "not ready", "terminating", "no Node yet", or its phase: "Pending", "Succeeded", "Failed".

    >>> state_of(Pod({"spec": {"nodeName": "node-1"}, "status": {"phase": "Running"}}))
    'not ready'
    """
    if pod.terminating:
        return "terminating"
    if pod.phase != "Running":
        return "no Node yet" if pod.phase == "Pending" and not pod.node_name else pod.phase
    return "ready" if pod.ready else "not ready"


def container_state(status: Mapping[str, Any]) -> str:
    """Say how a container is, from its status: "running", "waiting: CrashLoopBackOff", "ended with exit code 1".

    Args:
        status: an entry of `status.containerStatuses`; {} for a container that the kubelet does not report yet.

    >>> container_state({"state": {"terminated": {"exitCode": 0}}})
    'ended with exit code 0'
    """
    state = mapping(status.get("state"))
    if "running" in state:
        return "running" if status.get("ready", True) else "running, not ready"
    ended = mapping(state.get("terminated"))
    if ended:
        return f"ended with exit code {ended.get('exitCode')}"
    reason = text(mapping(state.get("waiting")).get("reason"))
    return f"waiting: {reason}" if reason else "not started"


def node_state(node: Node) -> str:
    """Say how a Node is: "Ready", "Ready, cordoned", "NotReady, memory low".

    >>> node_state(Node({"spec": {"unschedulable": True}}))
    'NotReady, cordoned'
    """
    words = ["Ready" if node.ready else "NotReady"]
    words += ["cordoned"] if node.unschedulable else []
    words += ["memory low"] if node.holds("MemoryPressure") else []
    return ", ".join(words)


def taint_words(taint: Mapping[str, Any]) -> str:
    """Return a taint as kubectl writes it.

    >>> taint_words({"key": "dedicated", "value": "db", "effect": "NoSchedule"})
    'dedicated=db:NoSchedule'
    """
    value = text(taint.get("value"))
    return f"{text(taint.get('key'))}{'=' + value if value else ''}:{text(taint.get('effect'))}"
