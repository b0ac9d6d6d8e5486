"""ResourceQuota: what kubectl prints, and the picture of what is used of it."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(quota: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(quota, asked), tries=(asked.in_namespace(quota, "quota"),))
