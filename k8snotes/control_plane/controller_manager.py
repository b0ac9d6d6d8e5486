"""kube-controller-manager: the one program in which the controllers of the Master run."""

from __future__ import annotations

from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.daemonset import DaemonSetController
from k8snotes.control_plane.controllers.deployment import DeploymentController
from k8snotes.control_plane.controllers.endpoint_slices import EndpointSliceController
from k8snotes.control_plane.controllers.endpoints import EndpointsController
from k8snotes.control_plane.controllers.garbage import GarbageCollector
from k8snotes.control_plane.controllers.job import JobController
from k8snotes.control_plane.controllers.mirroring import MirroringController
from k8snotes.control_plane.controllers.namespace import NamespaceController
from k8snotes.control_plane.controllers.node_lifecycle import NodeLifecycleController
from k8snotes.control_plane.controllers.quota import ResourceQuotaController
from k8snotes.control_plane.controllers.replication import ReplicaSetController, ReplicationManager
from k8snotes.control_plane.controllers.statefulset import StatefulSetController

__all__ = ["controllers"]


def controllers() -> tuple[Component, ...]:
    """Return the controllers, in the order in which they take turns."""
    return (
        NodeLifecycleController(),
        NamespaceController(),
        GarbageCollector(),
        ResourceQuotaController(),
        DeploymentController(),
        ReplicaSetController(),
        ReplicationManager(),
        StatefulSetController(),
        DaemonSetController(),
        JobController(),
        EndpointsController(),
        EndpointSliceController(),
        MirroringController(),
    )
