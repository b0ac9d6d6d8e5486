"""PersistentVolumeClaim: what kubectl prints, and the picture of all claims of its Namespace."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(claim: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(claim, asked), tries=(asked.in_namespace(claim, "storage"),))
