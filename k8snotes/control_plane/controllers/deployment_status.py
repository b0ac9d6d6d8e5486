"""The status of a Deployment: how many Pods it has, of which template, and how its rollout goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import Manifest, text
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.controllers.rollout import max_unavailable
from k8snotes.control_plane.naming import seconds_of, timestamp

__all__ = ["refused_status", "rollout_status", "scaling_status"]

_FOREVER = 2**31 - 1


def scaling_status(
    deployment: Deployment, new: ReplicaSet | None, every: Sequence[ReplicaSet], now: int
) -> Manifest:
    """Return the status while a Deployment is being scaled: the counts, and whether enough Pods work.

    Source of the rule: `calculateStatus` in k8s.io/kubernetes/pkg/controller/deployment.
    """
    counted = {
        "replicas": _sum(every, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(every, "readyReplicas"),
        "availableReplicas": _sum(every, "availableReplicas"),
    }
    wanted = sum(item.replicas for item in every)
    counted["unavailableReplicas"] = max(0, wanted - counted["availableReplicas"])
    status: Manifest = {"observedGeneration": deployment.metadata.get("generation", 1)}
    status.update({field: count for field, count in counted.items() if count})
    enough = counted["availableReplicas"] >= deployment.replicas - max_unavailable(deployment)
    if enough:
        reason, message = "MinimumReplicasAvailable", "Deployment has minimum availability."
    else:
        reason, message = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
    new_condition = condition("Available", "True" if enough else "False", reason, message, timestamp(now))
    conditions = with_condition(deployment, {**new_condition, "lastUpdateTime": timestamp(now)})
    paused = _paused(deployment, now)
    if paused is not None:
        conditions = [*(item for item in conditions if item["type"] != "Progressing"), paused]
    status["conditions"] = conditions
    return status


def refused_status(deployment: Deployment, message: str, now: int) -> Manifest:
    """Return the status of a Deployment whose new ReplicaSet the API server refused; the counts stay."""
    if deployment.spec.get("progressDeadlineSeconds", 600) == _FOREVER:
        return deployment.status
    refused = condition("Progressing", "False", "ReplicaSetCreateError", message, timestamp(now))
    conditions = with_condition(deployment, {**refused, "lastUpdateTime": timestamp(now)})
    return {**deployment.status, "conditions": conditions}


def rollout_status(
    deployment: Deployment,
    new: ReplicaSet | None,
    every: Sequence[ReplicaSet],
    now: int,
    *,
    created: bool = False,
) -> Manifest:
    """Return the status during a rollout, with the condition `Progressing` and failures of ReplicaSets.

    `created` says that the new ReplicaSet has been made just now: a new rollout begins.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
    """
    status = scaling_status(deployment, new, every, now)
    conditions = {item["type"]: item for item in status["conditions"]}
    before = conditions.get("Progressing")
    if new is not None and (created or before is None):
        before = conditions["Progressing"] = _begun(new, before, now, created=created)
    if deployment.spec.get("progressDeadlineSeconds", 600) == _FOREVER:
        conditions.pop("Progressing", None)
    else:
        progress = _progress(deployment, before, new, status, now)
        if progress is not None:
            conditions["Progressing"] = progress
    failures = [found for item in every if (found := item.condition("ReplicaFailure"))]
    if failures:
        conditions["ReplicaFailure"] = failures[0]
    else:
        conditions.pop("ReplicaFailure", None)
    status["conditions"] = list(conditions.values())
    return status


def _paused(deployment: Deployment, now: int) -> dict[str, Any] | None:
    """Return the condition `Progressing` of a Deployment that has just been paused or resumed."""
    before = deployment.condition("Progressing") or {}
    was, holds = before.get("reason") == "DeploymentPaused", deployment.spec.get("paused") is True
    if was == holds or before.get("reason") == "ProgressDeadlineExceeded":
        return None
    word = "paused" if holds else "resumed"
    made = condition(
        "Progressing", "Unknown", f"Deployment{word.title()}", f"Deployment is {word}", timestamp(now)
    )
    return {**made, "lastUpdateTime": timestamp(now)}


def _progress(
    deployment: Deployment, before: dict[str, Any] | None, new: ReplicaSet | None, status: Manifest, now: int
) -> dict[str, Any] | None:
    name = f'ReplicaSet "{new.name}"' if new else f'Deployment "{deployment.name}"'
    finished = before is not None and before.get("reason") == "NewReplicaSetAvailable"
    if finished and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return before
    if all(
        status.get(field, 0) == deployment.replicas
        for field in ("replicas", "updatedReplicas", "availableReplicas")
    ):
        told = "True", "NewReplicaSetAvailable", f"{name} has successfully progressed."
    elif _has_moved(deployment, status):
        told = "True", "ReplicaSetUpdated", f"{name} is progressing."
    elif before is not None and _has_timed_out(deployment, before, now):
        told = "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing."
    else:
        return before
    made = condition("Progressing", *told, timestamp(now))
    if before is not None and before.get("status") == made["status"]:
        if before.get("reason") == made["reason"] != "ReplicaSetUpdated":
            return before
        made["lastTransitionTime"] = before.get("lastTransitionTime")
    return {**made, "lastUpdateTime": timestamp(now)}


def _begun(new: ReplicaSet, before: dict[str, Any] | None, now: int, *, created: bool) -> dict[str, Any]:
    """Return the condition `Progressing` with which a rollout to a ReplicaSet begins."""
    if created:
        told = "NewReplicaSetCreated", f'Created new replica set "{new.name}"'
    else:
        told = "FoundNewReplicaSet", f'Found new replica set "{new.name}"'
    made = condition("Progressing", "True", *told, timestamp(now))
    if before is not None and before.get("status") == "True":
        made["lastTransitionTime"] = before.get("lastTransitionTime")
    return {**made, "lastUpdateTime": timestamp(now)}


def _has_moved(deployment: Deployment, status: Manifest) -> bool:
    was = {field: int(deployment.status.get(field, 0)) for field in _COUNTED}
    now = {field: int(status.get(field, 0)) for field in _COUNTED}
    return (
        any(now[field] > was[field] for field in _COUNTED if field != "replicas")
        or now["replicas"] - now["updatedReplicas"] < was["replicas"] - was["updatedReplicas"]
    )


def _has_timed_out(deployment: Deployment, before: dict[str, Any], now: int) -> bool:
    if before.get("reason") in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return before.get("reason") == "ProgressDeadlineExceeded"
    deadline = int(deployment.spec.get("progressDeadlineSeconds", 600))
    return seconds_of(text(before.get("lastUpdateTime"))) + deadline < now


def _sum(replica_sets: Sequence[ReplicaSet], field: str) -> int:
    return sum(int(item.status.get(field, 0)) for item in replica_sets)


_COUNTED = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
