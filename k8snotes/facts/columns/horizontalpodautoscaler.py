"""HorizontalPodAutoscaler: what `kubectl get horizontalpodautoscalers` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.facts.columns.cells import NONE, UNSET, Row, first_few

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE")


def row(autoscaler: KubeObject) -> Row:
    """Return the cells of a HorizontalPodAutoscaler; what is measured is "<unknown>", as without a metrics server."""
    spec = autoscaler.spec
    target = mapping(spec.get("scaleTargetRef"))
    goals = []
    for metric in mappings(spec.get("metrics")):
        resource = mapping(metric.get("resource"))
        goal = mapping(resource.get("target"))
        share = goal.get("averageUtilization")
        wanted = text(goal.get("averageValue")) or ("<auto>" if share is None else f"{share}%")
        goals.append(f"{text(resource.get('name')) or text(metric.get('type'))}: <unknown>/{wanted}")
    return {
        "REFERENCE": f"{text(target.get('kind'))}/{text(target.get('name'))}",
        "TARGETS": first_few(goals, most=2, between=", ") or NONE,
        "MINPODS": text(spec.get("minReplicas")) or UNSET,
        "MAXPODS": text(spec.get("maxReplicas")),
        "REPLICAS": text(autoscaler.status.get("currentReplicas") or 0),
    }
