"""`minReadySeconds`: a Pod is available when it has been ready for so long."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.naming import seconds_of

__all__ = ["available"]


def available(
    component: Component, api: ApiServer, owner: KubeObject, ready: Sequence[Pod], seconds: int
) -> list[Pod]:
    """Return the Pods that have been ready for `seconds`; the component looks again when the next will be."""
    usable = []
    for pod in ready:
        due = _ready_since(pod) + seconds
        if due <= api.now:
            usable.append(pod)
        else:
            component.look_again(owner.key, due)
    return usable


def _ready_since(pod: Pod) -> int:
    ready = pod.condition("Ready")
    return seconds_of(text(ready.get("lastTransitionTime"))) if ready else 0
