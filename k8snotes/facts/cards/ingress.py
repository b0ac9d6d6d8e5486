"""Ingress: what kubectl prints, and the picture of its routes."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(ingress: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(ingress, asked), tries=(asked.in_namespace(ingress, "routes"),))
