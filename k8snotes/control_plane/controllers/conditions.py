"""Conditions in the status of an object: what holds, since when, and why."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mappings

__all__ = ["condition", "with_condition", "without_condition"]

Condition = dict[str, Any]


def condition(kind: str, status: str, reason: str, message: str, now: str) -> Condition:
    """Return a condition of an object's status.

    Args:
        kind: its type: "Ready", "Progressing".
        status: "True", "False" or "Unknown".
        reason: one word in CamelCase.
        message: a sentence.
        now: since when it is so, as manifests write moments.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/
    """
    return {
        "type": kind,
        "status": status,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }


def with_condition(obj: KubeObject, new: Condition) -> list[Condition]:
    """Return the object's conditions with this one in it; its time changes only with its status.

    A condition of the same status and reason stays as it is.
    """
    old = obj.condition(new["type"])
    if old is not None and old.get("status") == new["status"]:
        if old.get("reason") == new["reason"]:
            return mappings(obj.status.get("conditions"))
        new = {**new, "lastTransitionTime": old.get("lastTransitionTime")}
    return [*without_condition(obj, new["type"]), new]


def without_condition(obj: KubeObject, kind: str) -> list[Condition]:
    """Return the object's conditions except the one of this type."""
    return [item for item in mappings(obj.status.get("conditions")) if item.get("type") != kind]
