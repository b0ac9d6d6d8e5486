"""How many Pods of the old and the new template a rollout may have at each moment: plain arithmetic.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet

__all__ = [
    "DESIRED",
    "MAX",
    "active",
    "max_surge",
    "max_unavailable",
    "new_replicas",
    "oldest_first",
    "proportional_sizes",
    "recreates",
    "scaled_down_sizes",
]

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"


def max_surge(deployment: Deployment) -> int:
    """Return how many Pods more than wanted a rollout may have; 25% of them where it says nothing, rounded up.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge
    """
    if recreates(deployment):
        return 0
    return _share(_rolling(deployment).get("maxSurge", "25%"), deployment.replicas, math.ceil)


def max_unavailable(deployment: Deployment) -> int:
    """Return how many Pods a rollout may lack; 25% of them where it says nothing."""
    if recreates(deployment) or deployment.replicas == 0:
        return 0
    lacking = _share(_rolling(deployment).get("maxUnavailable", "25%"), deployment.replicas, math.floor)
    if lacking == 0 and max_surge(deployment) == 0:
        lacking = 1  # else the rollout could never begin
    return min(lacking, deployment.replicas)


def new_replicas(deployment: Deployment, replica_sets: Sequence[ReplicaSet], present: int) -> int:
    """Return how many replicas the newest ReplicaSet may have now; `present` is what it has."""
    if recreates(deployment):
        return deployment.replicas
    room = deployment.replicas + max_surge(deployment) - sum(item.replicas for item in replica_sets)
    if room <= 0:
        return present
    return present + min(room, deployment.replicas - present)


def scaled_down_sizes(
    deployment: Deployment, new: ReplicaSet, old: Sequence[ReplicaSet]
) -> list[tuple[ReplicaSet, int]]:
    """Return the sizes that old ReplicaSets may shrink to now: first the Pods that do not work, then others."""
    wanted = deployment.replicas - max_unavailable(deployment)
    sizes = {item.name: item.replicas for item in old}
    unavailable = new.replicas - _available(new)
    may_go = sum(sizes.values()) + new.replicas - wanted - unavailable
    if may_go <= 0:
        return []
    for item in oldest_first(old):
        broken = min(may_go, item.replicas - _available(item))
        if broken > 0:
            sizes[item.name] -= broken
            may_go -= broken
    spare = sum(map(_available, [*old, new])) - wanted
    for item in oldest_first(old):
        gone = max(0, min(spare, sizes[item.name]))
        sizes[item.name] -= gone
        spare -= gone
    return [(item, sizes[item.name]) for item in oldest_first(old) if sizes[item.name] != item.replicas]


def proportional_sizes(
    deployment: Deployment, replica_sets: Sequence[ReplicaSet]
) -> list[tuple[ReplicaSet, int]]:
    """Return the sizes that ReplicaSets get when a Deployment is scaled in the middle of a rollout.

    Each gets its share of the change, so that a rollout that is stuck does not spoil more Pods than before.
    """
    allowed = deployment.replicas + max_surge(deployment) if deployment.replicas > 0 else 0
    to_add = allowed - sum(item.replicas for item in replica_sets)
    ordered = oldest_first(replica_sets)
    if to_add > 0:
        ordered.reverse()
    ordered.sort(key=lambda item: -item.replicas)
    added = 0
    sizes = []
    for item in ordered:
        share = 0
        if to_add and to_add != added and item.replicas:
            left = to_add - added
            share = _fraction(deployment, item)
            share = min(share, left) if to_add > 0 else max(share, left)
        added += share
        sizes.append(item.replicas + share)
    if sizes and to_add:
        sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(ordered, sizes, strict=True))


def active(replica_sets: Sequence[ReplicaSet]) -> list[ReplicaSet]:
    """Return the ReplicaSets that want Pods."""
    return [item for item in replica_sets if item.replicas > 0]


def oldest_first(replica_sets: Sequence[ReplicaSet]) -> list[ReplicaSet]:
    """Return ReplicaSets by age, and by name where they are of one age."""
    return sorted(replica_sets, key=lambda item: (text(item.metadata.get("creationTimestamp")), item.name))


def recreates(deployment: Deployment) -> bool:
    """Whether the old Pods all go before the new ones come (`strategy.type: Recreate`)."""
    return mapping(deployment.spec.get("strategy")).get("type") == "Recreate"


def _rolling(deployment: Deployment) -> dict[str, Any]:
    """Return `strategy.rollingUpdate` of a Deployment."""
    return mapping(mapping(deployment.spec.get("strategy")).get("rollingUpdate"))


def _share(value: Any, whole: int, rounded: Any) -> int:
    """Return a number, or a share ("25%") of a whole, rounded up or down."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return int(rounded(int(value[:-1]) * whole / 100))
    return value if isinstance(value, int) else 0


def _available(replica_set: ReplicaSet) -> int:
    """Return how many Pods of a ReplicaSet are available."""
    return int(replica_set.status.get("availableReplicas", 0))


def _fraction(deployment: Deployment, replica_set: ReplicaSet) -> int:
    """Return by how many replicas a ReplicaSet changes when its Deployment is scaled: its own share of the change.

    Source of the rule: `GetReplicaSetProportion` in k8s.io/kubernetes/pkg/controller/deployment/util
    """
    if deployment.replicas == 0:
        return -replica_set.replicas
    before = replica_set.annotations.get(MAX, "")
    whole = int(before) if before.isdigit() else 0
    whole = whole or int(deployment.status.get("replicas", 0))
    if not whole:
        return 0
    size = replica_set.replicas * (deployment.replicas + max_surge(deployment)) / whole
    return math.floor(size + 0.5) - replica_set.replicas
