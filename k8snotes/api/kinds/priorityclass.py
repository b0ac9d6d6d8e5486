"""PriorityClass: how much the Pods that name it matter."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "PriorityClass",
    "priorityclasses",
    "scheduling.k8s.io",
    namespaced=False,
    short=("pc",),
    removed=(("scheduling.k8s.io/v1beta1", "1.22"),),
    counts_generation=True,
)
