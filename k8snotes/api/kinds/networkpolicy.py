"""NetworkPolicy: which sources may reach the Pods that it selects, and what these may reach."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "NetworkPolicy",
    "networkpolicies",
    "networking.k8s.io",
    short=("netpol",),
    removed=(("extensions/v1beta1", "1.16"),),
    selector=("spec", "podSelector"),
    counts_generation=True,
)
