"""The rules by which the API server accepts or refuses an object: one file for each kind or concern.

To find why something was refused, search this folder for the words of the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.registry import find_kind
from k8snotes.control_plane.validation import (
    cluster,
    endpoints,
    job,
    meta,
    pod,
    pod_update,
    quota,
    service,
    stateful,
    workloads,
)
from k8snotes.control_plane.validation.warnings import warnings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["validate_create", "validate_update", "warnings_for"]

_CREATE: dict[tuple[str, str], Callable[[Manifest], list[Cause]]] = {
    ("v1", "Pod"): pod.pod,
    ("v1", "Service"): service.service,
    ("v1", "Endpoints"): endpoints.endpoints,
    ("v1", "Node"): cluster.node,
    ("v1", "Namespace"): cluster.namespace,
    ("v1", "Event"): cluster.event,
    ("v1", "ReplicationController"): workloads.replication_controller,
    ("v1", "ResourceQuota"): quota.resource_quota,
    ("v1", "LimitRange"): quota.limit_range,
    ("apps/v1", "ReplicaSet"): workloads.replica_set,
    ("apps/v1", "Deployment"): workloads.deployment,
    ("apps/v1", "StatefulSet"): stateful.stateful_set,
    ("apps/v1", "DaemonSet"): stateful.daemon_set,
    ("batch/v1", "Job"): job.job,
    ("batch/v1", "CronJob"): job.cron_job,
    ("discovery.k8s.io/v1", "EndpointSlice"): endpoints.endpoint_slice,
}
_UPDATE: dict[tuple[str, str], Callable[[Manifest, Manifest], list[Cause]]] = {
    ("v1", "Pod"): pod_update.pod_update,
    ("v1", "Service"): service.service_update,
    ("v1", "Endpoints"): endpoints.endpoints_update,
    ("v1", "Node"): cluster.node_update,
    ("v1", "Namespace"): cluster.namespace_update,
    ("v1", "ReplicationController"): workloads.replication_controller_update,
    ("v1", "ResourceQuota"): quota.resource_quota_update,
    ("v1", "LimitRange"): quota.limit_range_update,
    ("apps/v1", "ReplicaSet"): workloads.replica_set_update,
    ("apps/v1", "Deployment"): workloads.deployment_update,
    ("apps/v1", "StatefulSet"): stateful.stateful_set_update,
    ("apps/v1", "DaemonSet"): stateful.daemon_set_update,
    ("batch/v1", "Job"): job.job_update,
    ("batch/v1", "CronJob"): job.cron_job_update,
    ("discovery.k8s.io/v1", "EndpointSlice"): endpoints.endpoint_slice_update,
}


def _kind(manifest: Manifest) -> tuple[str, str]:
    return manifest.get("apiVersion", ""), manifest.get("kind", "")


def validate_create(manifest: Manifest) -> list[Cause]:
    """Return what is wrong with a new object, in the API server's words and order; empty if it is valid.

    `manifest` has been decoded and defaulted, and its namespace is filled in. Of kinds that have no rules
    here only the metadata is checked.

    >>> service = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "Shop"}}
    >>> [cause.field for cause in validate_create(service)]
    ['metadata.name']
    """
    rule = _CREATE.get(_kind(manifest))
    if rule is not None:
        return rule(manifest)
    resource = find_kind(*_kind(manifest))
    # an object of a kind that somebody defined may be of either sort
    namespaced = resource.namespaced if resource else bool(manifest["metadata"].get("namespace"))
    return meta.metadata(manifest["metadata"], meta.name_rule(*_kind(manifest)), namespaced=namespaced)


def validate_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Return what is wrong with an object that replaces `old`: its own faults and changes that are not allowed.

    >>> old = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "1"}}
    >>> new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "2"}}
    >>> [cause.message for cause in validate_update(new, old)]
    ['Invalid value: "2": field is immutable']
    """
    rule = _UPDATE.get(_kind(new))
    return rule(new, old) if rule is not None else meta.metadata_update(new["metadata"], old["metadata"])
