"""ReplicaSet: the successor of the ReplicationController, with set-based selectors; a Deployment makes it."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class ReplicaSet(Workload):
    """A ReplicaSet: the successor of the ReplicationController, with set-based selectors; a Deployment makes it."""

    __slots__ = ()


KIND = Kind(
    "ReplicaSet",
    "replicasets",
    "apps",
    short=("rs",),
    removed=(("extensions/v1beta1", "1.16"), ("apps/v1beta2", "1.16")),
    in_all=True,
    scales=True,
    pod_spec=("spec", "template", "spec"),
    makes="Pod",
    rank=5,
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    recounted=True,
    selectable_fields=("status.replicas",),
    view=ReplicaSet,
)
