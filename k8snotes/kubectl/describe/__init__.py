"""`kubectl describe`: one object, told in words and numbers; a page for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from k8snotes.api.base import KubeObject
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.kubectl.describe import network, places, settings, workloads
from k8snotes.kubectl.describe.page import Page, events_by_object
from k8snotes.kubectl.describe.pod import pod

__all__ = ["descriptions"]

_PAGES: dict[tuple[str, str], Callable[[Page, KubeObject], None]] = {
    ("", "Pod"): pod,
    ("", "ReplicationController"): workloads.replication_controller,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("batch", "Job"): workloads.job,
    ("batch", "CronJob"): workloads.cron_job,
    ("", "Service"): network.service,
    ("", "Endpoints"): network.endpoints,
    ("discovery.k8s.io", "EndpointSlice"): network.endpoint_slice,
    ("networking.k8s.io", "Ingress"): network.ingress,
    ("networking.k8s.io", "NetworkPolicy"): network.network_policy,
    ("", "Node"): places.node,
    ("", "Namespace"): places.namespace,
    ("", "ResourceQuota"): places.quota,
    ("", "LimitRange"): places.limit_range,
    ("", "ConfigMap"): settings.config_map,
    ("", "Secret"): settings.secret,
    ("", "ServiceAccount"): settings.service_account,
    ("", "PersistentVolumeClaim"): settings.claim,
    ("", "PersistentVolume"): settings.volume,
    ("policy", "PodDisruptionBudget"): settings.disruption_budget,
    ("autoscaling", "HorizontalPodAutoscaler"): settings.autoscaler,
    ("scheduling.k8s.io", "PriorityClass"): settings.priority_class,
    ("storage.k8s.io", "StorageClass"): settings.storage_class,
    ("rbac.authorization.k8s.io", "Role"): settings.role,
    ("rbac.authorization.k8s.io", "ClusterRole"): settings.role,
    ("rbac.authorization.k8s.io", "RoleBinding"): settings.role_binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): settings.role_binding,
}


def descriptions(api: ApiServer, objects: Iterable[KubeObject], *, events: bool = True) -> list[str]:
    """Return what `kubectl describe` prints about each object; with `events`, what has been told about it too."""
    told = events_by_object(api) if events else None
    found = []
    for obj in objects:
        page = Page(api, told)
        _PAGES.get((obj.group, obj.kind), settings.generic)(page, obj)
        found.append(str(page))
    return found
