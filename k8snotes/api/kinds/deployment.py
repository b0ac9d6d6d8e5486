"""Deployment: makes a ReplicaSet for each version of its template, and moves the Pods from one to the next."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class Deployment(Workload):
    """A Deployment: makes a ReplicaSet for each version of its template, and moves the Pods from one to the next."""

    __slots__ = ()


KIND = Kind(
    "Deployment",
    "deployments",
    "apps",
    short=("deploy",),
    removed=(("extensions/v1beta1", "1.16"), ("apps/v1beta1", "1.16"), ("apps/v1beta2", "1.16")),
    in_all=True,
    scales=True,
    rolls_out=True,
    pod_spec=("spec", "template", "spec"),
    makes="ReplicaSet",
    rank=4,
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    recounted=True,
    view=Deployment,
)
