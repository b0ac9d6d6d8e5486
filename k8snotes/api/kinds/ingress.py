"""Ingress: which Service answers for which host and path."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "Ingress",
    "ingresses",
    "networking.k8s.io",
    short=("ing",),
    removed=(("extensions/v1beta1", "1.22"), ("networking.k8s.io/v1beta1", "1.22")),
    status=True,
    counts_generation=True,
)
