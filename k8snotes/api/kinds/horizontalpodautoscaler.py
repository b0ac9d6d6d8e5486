"""HorizontalPodAutoscaler: changes the replicas of a workload by what its Pods use."""

from __future__ import annotations

import json
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.kind import Kind

OLD = "autoscaling/v1"
"""The older of the two versions that are served: it knows only CPU, and says the rest in annotations."""
CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
"""The annotation in which the older version has its conditions."""
CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics"
"""The annotation in which the older version has what was measured."""
_DEFAULT_PERCENT = 80


class HorizontalPodAutoscaler(KubeObject):
    """A HorizontalPodAutoscaler: how many Pods a workload has, by what they use.

    Both versions that are served read alike here: an object of `autoscaling/v1` says what it means in v2.

    >>> old = HorizontalPodAutoscaler({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
    ...   "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}})
    >>> old.metrics[0]["resource"]["target"]
    {'type': 'Utilization', 'averageUtilization': 50}
    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> _ = c.kubectl("autoscale deploy/cache --min=1 --max=4 --cpu=50%"), c.wait("30s")
    >>> autoscaler = c["hpa/cache"]
    >>> autoscaler.target["name"], autoscaler.min_replicas, autoscaler.max_replicas, autoscaler.current_replicas
    ('cache', 1, 4, 2)
    >>> autoscaler.desired_replicas, len(autoscaler.metrics), autoscaler.behavior, len(autoscaler.current_metrics)
    (0, 1, None, 1)
    >>> [item["type"] for item in autoscaler.conditions]
    ['AbleToScale', 'ScalingActive']
    """

    __slots__ = ()

    @property
    def target(self) -> dict[str, Any]:
        """`spec.scaleTargetRef`: the apiVersion, the kind and the name of what is scaled."""
        return mapping(self.spec.get("scaleTargetRef"))

    @property
    def min_replicas(self) -> int:
        """`spec.minReplicas`: the fewest Pods, 1 where it says nothing."""
        return _number(self.spec.get("minReplicas"), 1)

    @property
    def max_replicas(self) -> int:
        """`spec.maxReplicas`: the most Pods."""
        return _number(self.spec.get("maxReplicas"), 0)

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics, as v2 has them; the older version names CPU alone, at 80 % of the requests by default."""
        if self.raw.get("apiVersion") != OLD:
            return mappings(self.spec.get("metrics"))
        percent = _number(self.spec.get("targetCPUUtilizationPercentage"), _DEFAULT_PERCENT)
        target = {"type": "Utilization", "averageUtilization": percent}
        return [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]

    @property
    def behavior(self) -> dict[str, Any] | None:
        """`spec.behavior`: the rules for scaling up and down; None where the built-in limits apply."""
        behavior = self.spec.get("behavior")
        return behavior if isinstance(behavior, dict) else None

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """Its conditions: AbleToScale, ScalingActive, ScalingLimited."""
        return self._told("conditions", CONDITIONS)

    @property
    def current_metrics(self) -> list[dict[str, Any]]:
        """`status.currentMetrics`: what was measured last, one for each of the metrics; [] before that."""
        return self._told("currentMetrics", CURRENT_METRICS)

    @property
    def current_replicas(self) -> int:
        """`status.currentReplicas`: how many Pods the target wanted when it was last looked at."""
        return _number(self.status.get("currentReplicas"), 0)

    @property
    def desired_replicas(self) -> int:
        """`status.desiredReplicas`: how many Pods it has last asked for."""
        return _number(self.status.get("desiredReplicas"), 0)

    def _told(self, field: str, annotation: str) -> list[dict[str, Any]]:
        """Return a list of its status, which the older version has as JSON in an annotation."""
        if self.raw.get("apiVersion") != OLD:
            return mappings(self.status.get(field))
        try:
            return mappings(sequence(json.loads(text(self.annotations.get(annotation)) or "[]")))
        except ValueError:
            return []


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


KIND = Kind(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    "autoscaling",
    "v2",
    short=("hpa",),
    other_versions=("v1",),
    removed=(("autoscaling/v2beta1", "1.25"), ("autoscaling/v2beta2", "1.26")),
    in_all=True,
    status=True,
    view=HorizontalPodAutoscaler,
)
