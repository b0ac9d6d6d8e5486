"""NetworkPolicy: what kubectl prints, and the picture of who reaches whom."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(policy: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(policy, asked), tries=(asked.in_namespace(policy, "reach"),))
