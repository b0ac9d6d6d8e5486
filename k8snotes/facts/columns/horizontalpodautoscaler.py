"""HorizontalPodAutoscaler: what `kubectl get horizontalpodautoscalers` prints."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
from k8snotes.facts.columns.cells import NONE, UNKNOWN, UNSET, Row, amount

__all__ = ["NAMES", "row"]

NAMES = ("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE")
_MOST = 2
_FIELDS = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def row(autoscaler: KubeObject) -> Row:
    """Return the cells of a HorizontalPodAutoscaler; what is not measured yet, or cannot be, is "<unknown>".

    Source of the rule: `printHorizontalPodAutoscaler` in k8s.io/kubernetes/pkg/printers/internalversion
    """
    if not isinstance(autoscaler, HorizontalPodAutoscaler):
        return {}
    target, least = autoscaler.target, autoscaler.spec.get("minReplicas")
    return {
        "REFERENCE": f"{text(target.get('kind'))}/{text(target.get('name'))}",
        "TARGETS": _targets(autoscaler) or NONE,
        "MINPODS": UNSET if least is None else text(least),
        "MAXPODS": text(autoscaler.spec.get("maxReplicas")),
        "REPLICAS": text(autoscaler.current_replicas),
    }


def _targets(autoscaler: HorizontalPodAutoscaler) -> str:
    """Return what is measured of each metric and what it is to be: the first two, and how many more there are."""
    measured = autoscaler.current_metrics
    goals = []
    for i, metric in enumerate(autoscaler.metrics):
        kind = text(metric.get("type"))
        field = _FIELDS.get(kind, "")
        source = mapping(metric.get(field))
        found = mapping(mapping(measured[i] if i < len(measured) else None).get(field))
        goals.append(_goal(kind, source, mapping(source.get("target")), mapping(found.get("current"))))
    more = len(goals) - _MOST
    return ", ".join(goals[:_MOST]) + (f" + {more} more..." if more > 0 else "")


def _goal(kind: str, source: dict[str, Any], target: dict[str, Any], current: dict[str, Any]) -> str:
    if kind not in _FIELDS:
        return "<unknown type>"
    if kind in ("Resource", "ContainerResource"):
        name = text(source.get("name"))
        if "averageValue" in target:
            return f"{name}: {amount(current.get('averageValue'))}/{amount(target['averageValue'])}"
        share, goal = current.get("averageUtilization"), target.get("averageUtilization")
        wanted = "<auto>" if goal is None else f"{goal}%"
        return f"{name}: {UNKNOWN if share is None else f'{share}%'}/{wanted}"
    if "averageValue" in target:
        each = "" if kind == "Pods" else " (avg)"
        return f"{amount(current.get('averageValue'))}/{amount(target['averageValue'])}{each}"
    return f"{amount(current.get('value'))}/{amount(target.get('value'))}"
