"""IngressClass: which controller serves the Ingresses that name it."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "IngressClass",
    "ingressclasses",
    "networking.k8s.io",
    namespaced=False,
    removed=(("networking.k8s.io/v1beta1", "1.22"),),
    counts_generation=True,
)
