"""HorizontalPodAutoscaler: what kubectl prints, and the picture of what it does."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.card import Asked, Body, printed

__all__ = ["body"]


def body(autoscaler: KubeObject, asked: Asked) -> Body:
    """Return what its card says."""
    return Body(printed(autoscaler, asked), tries=(asked.call("autoscale_plan", asked.ref),))
