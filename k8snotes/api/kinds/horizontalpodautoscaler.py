"""HorizontalPodAutoscaler: changes the replicas of a workload by what its Pods use."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    "autoscaling",
    "v2",
    short=("hpa",),
    other_versions=("v1",),
    removed=(("autoscaling/v2beta1", "1.25"), ("autoscaling/v2beta2", "1.26")),
    in_all=True,
    status=True,
)
