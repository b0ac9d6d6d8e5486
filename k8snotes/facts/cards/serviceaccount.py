"""ServiceAccount: what kubectl prints, and the picture of what it may do."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(account: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(account, asked), tries=(asked.call("access", asked.ref),))
