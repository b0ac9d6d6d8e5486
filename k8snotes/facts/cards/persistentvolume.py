"""PersistentVolume: what kubectl prints, and the picture of all claims and volumes."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(volume: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(volume, asked), tries=(asked.call("storage"),))
