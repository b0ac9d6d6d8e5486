"""PodDisruptionBudget: how many of the Pods that it selects may be away at once."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "PodDisruptionBudget",
    "poddisruptionbudgets",
    "policy",
    short=("pdb",),
    removed=(("policy/v1beta1", "1.25"),),
    selector=("spec", "selector"),
    counts_generation=True,
)
