"""Taints and tolerations: which Pods a Node keeps away, and which tolerate it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.node import Node

__all__ = [
    "OUT_OF_SERVICE",
    "PRESSURE",
    "UNREACHABLE",
    "UNSCHEDULABLE",
    "cordon_tolerated",
    "tolerates",
    "untolerated",
]

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
UNREACHABLE = "node.kubernetes.io/unreachable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
PRESSURE = {"MemoryPressure": "node.kubernetes.io/memory-pressure"}
"""The taint of a Node (NoSchedule) while its kubelet reports this condition."""
_HARD = ("NoSchedule", "NoExecute")


def tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Whether one toleration tolerates one taint.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/

    >>> tolerates({"operator": "Exists"}, {"key": "dedicated", "value": "db", "effect": "NoSchedule"})
    True
    """
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    if operator in ("Lt", "Gt"):
        return _compares(operator, text(toleration.get("value")), text(taint.get("value")))
    return operator == "Equal" and text(toleration.get("value")) == text(taint.get("value"))


def untolerated(spec: dict[str, Any], node: Node, effects: Iterable[str] = _HARD) -> list[dict[str, Any]]:
    """Return the taints of a Node, of these effects, that a Pod's specification does not tolerate."""
    tolerations = mappings(spec.get("tolerations"))
    wanted = tuple(effects)
    return [
        taint
        for taint in node.taints
        if taint.get("effect") in wanted and not any(tolerates(item, taint) for item in tolerations)
    ]


def cordon_tolerated(tolerations: Sequence[dict[str, Any]]) -> bool:
    """Whether a Pod with these tolerations may go to a cordoned Node."""
    cordon = {"key": UNSCHEDULABLE, "effect": "NoSchedule"}
    return any(tolerates(item, cordon) for item in tolerations)


def _compares(operator: str, wanted: str, there: str) -> bool:
    """Whether a number is below or above another; False for what is no number."""
    try:
        left, right = int(there), int(wanted)
    except ValueError:
        return False
    return left < right if operator == "Lt" else left > right
