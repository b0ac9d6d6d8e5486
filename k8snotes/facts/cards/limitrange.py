"""LimitRange: the picture of what its Namespace may use."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(limits: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(limits, asked), tries=(asked.in_namespace(limits, "quota"),))
