"""What the API server sets on an object whatever its author wrote: its first status, its generation."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from k8snotes.api.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    Manifest = dict[str, Any]

__all__ = ["prepare_for_create", "prepare_for_update", "qos_class"]

_STATUS_OF = frozenset(
    {
        "Service",
        "ReplicationController",
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ResourceQuota",
    }
)
# Kinds whose generation counts the changes of their spec.
_COUNTED = frozenset(
    {
        "Pod",
        "ReplicationController",
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "EndpointSlice",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
    }
)


_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


def prepare_for_create(manifest: Manifest) -> Manifest:
    """Set, in place, what a new object gets whatever its author wrote: generation 1, a fresh status.

    Comes after `default` and admission, before validation (PrepareForCreate of each kind).
    """
    kind, meta = manifest.get("kind", ""), manifest["metadata"]
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(field, None)
    if kind in _COUNTED:
        meta["generation"] = 1
    else:
        meta.pop("generation", None)
    match kind:
        case "Pod":
            manifest["status"] = {"phase": "Pending", "qosClass": qos_class(manifest)}
            if (manifest.get("spec") or {}).get("schedulingGates"):
                manifest["status"]["conditions"] = [_GATED]
        case "Namespace":
            _prepare_namespace(manifest)
        case "Service":
            manifest["status"] = {"loadBalancer": {}}
        case "ReplicationController" | "ReplicaSet":
            manifest["status"] = {"replicas": 0}
        case "StatefulSet":
            _drop_max_unavailable(manifest)
            manifest["status"] = {"replicas": 0, "availableReplicas": 0}
        case "DaemonSet":
            names = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
            manifest["status"] = dict.fromkeys(names, 0)
        case "Deployment" | "ResourceQuota" | "CronJob":
            manifest["status"] = {}
        case "Job":
            _make_job_selector(manifest)
            manifest["status"] = {}
    return manifest


def _prepare_namespace(manifest: Manifest) -> None:
    meta, finalizers = manifest["metadata"], (manifest.get("spec") or {}).get("finalizers") or []
    if "kubernetes" not in finalizers:
        finalizers = [*finalizers, "kubernetes"]
    manifest["spec"], manifest["status"] = {"finalizers": finalizers}, {"phase": "Active"}
    if meta.get("name"):
        # also where the name was generated, and so not known when the defaults were filled in
        meta["labels"] = (meta.get("labels") or {}) | {"kubernetes.io/metadata.name": meta["name"]}


def _drop_max_unavailable(manifest: Manifest) -> None:
    # v1.36 has the feature (MaxUnavailableStatefulSet) off: the field is taken out without a word
    rolling = (manifest["spec"].get("updateStrategy") or {}).get("rollingUpdate")
    if rolling:
        rolling.pop("maxUnavailable", None)


def _make_job_selector(manifest: Manifest) -> None:
    spec, meta = manifest["spec"], manifest["metadata"]
    if spec.get("manualSelector"):
        return
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    name, uid = meta.get("name", ""), meta.get("uid", "")
    for prefix in ("", "batch.kubernetes.io/"):
        # what the author has set stays, and is refused if it is wrong
        labels.setdefault(f"{prefix}controller-uid", uid)
        labels.setdefault(f"{prefix}job-name", name)
    selector = spec.setdefault("selector", {})
    selector["matchLabels"] = {"batch.kubernetes.io/controller-uid": uid} | (
        selector.get("matchLabels") or {}
    )


def prepare_for_update(new: Manifest, old: Manifest) -> Manifest:
    """Set, in place, what a replacing object keeps from the old one: its status, and its generation.

    The generation grows if the spec changed. Comes after `default`, before validation.
    """
    kind = new.get("kind", "")
    for field in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        # another time of creation or deletion is passed over without a word (BeforeUpdate)
        given = new["metadata"].get(field) and field not in ("creationTimestamp", "deletionTimestamp")
        if field in old["metadata"] and not given:
            new["metadata"][field] = copy.deepcopy(old["metadata"][field])
    if kind in _STATUS_OF or kind in ("Pod", "Namespace", "Job", "CronJob", "Node"):
        new.pop("status", None)
        if "status" in old:
            new["status"] = copy.deepcopy(old["status"])
    if kind == "Namespace":
        new["spec"] = copy.deepcopy(old.get("spec", {}))
    if kind == "StatefulSet":
        _drop_max_unavailable(new)
    generation = old["metadata"].get("generation")
    if generation is None:
        new["metadata"].pop("generation", None)
    else:
        changed = any(new.get(field) != old.get(field) for field in ("spec", "endpoints", "ports"))
        new["metadata"]["generation"] = generation + changed
    return new


def _amounts(manifest: Manifest) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    for kind in ("containers", "initContainers"):
        for container in manifest["spec"].get(kind) or ():
            resources = container.get("resources") or {}
            yield resources.get("requests") or {}, resources.get("limits") or {}


def qos_class(manifest: Manifest) -> str:
    """Return the quality of service of a Pod: Guaranteed, Burstable or BestEffort.

    >>> qos_class({"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}})
    'Burstable'

    Rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
    """
    guaranteed, best_effort = True, True
    whole = manifest["spec"].get("resources")
    pairs = [(whole.get("requests") or {}, whole.get("limits") or {})] if whole else list(_amounts(manifest))
    for requests, limits in pairs:
        counted = [
            {
                name: Quantity(found[name])
                for name in ("cpu", "memory")
                if name in found and Quantity(found[name])
            }
            for found in (requests, limits)
        ]
        best_effort = best_effort and not any(counted)
        guaranteed = guaranteed and len(counted[1]) == 2 and (counted[0] or counted[1]) == counted[1]
    if best_effort:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
