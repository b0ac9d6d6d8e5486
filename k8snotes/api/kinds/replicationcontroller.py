"""ReplicationController: keeps as many Pods running as `replicas` says, of those that its equality map selects."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import mapping, text
from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class ReplicationController(Workload):
    """A ReplicationController: keeps as many Pods running as `replicas` says, of those that its equality map selects.

    >>> ReplicationController({"spec": {"selector": {"app": "web"}}}).label_selector
    {'matchLabels': {'app': 'web'}}
    """

    __slots__ = ()

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its equality map, in the shape of a LabelSelector; the template's labels where it is left out."""
        selector = mapping(self.spec.get("selector")) or self.template_labels
        return {"matchLabels": {text(k): text(v) for k, v in selector.items()}} if selector else None


KIND = Kind(
    "ReplicationController",
    "replicationcontrollers",
    short=("rc",),
    in_all=True,
    scales=True,
    pod_spec=("spec", "template", "spec"),
    makes="Pod",
    rank=6,
    selector=("spec", "selector"),
    selector_is_map=True,
    status=True,
    counts_generation=True,
    quota_piece=True,
    recounted=True,
    selectable_fields=("status.replicas",),
    view=ReplicationController,
)
