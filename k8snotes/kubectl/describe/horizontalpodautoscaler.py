"""`kubectl describe hpa`."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
from k8snotes.facts.columns.cells import UNKNOWN, amount
from k8snotes.kubectl.describe.page import Page, moment

_SHARE = "  (as a percentage of request)"


def describe(page: Page, obj: KubeObject) -> None:
    """Write a HorizontalPodAutoscaler: each metric with its target, the rules for steps, and what it says of itself.

    Source of the rule: `HorizontalPodAutoscalerDescriber` of k8s.io/kubectl/pkg/describe.
    """
    if not isinstance(obj, HorizontalPodAutoscaler):
        return
    kind = text(obj.target.get("kind"))
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.line("Reference", f"{kind}/{text(obj.target.get('name'))}")
    page.line("Metrics", "( current / target )")
    measured = obj.current_metrics
    for i, metric in enumerate(obj.metrics):
        _metric(page, metric, mapping(measured[i] if i < len(measured) else None))
    page.line("Min replicas", obj.spec.get("minReplicas", "<unset>"))
    page.line("Max replicas", obj.spec.get("maxReplicas") or 0)
    if obj.behavior is not None:
        page.write(0, "Behavior:\n")
        _rules(page, "Scale Up", obj.behavior.get("scaleUp"))
        _rules(page, "Scale Down", obj.behavior.get("scaleDown"))
    page.line(f"{kind} pods", f"{obj.current_replicas} current / {obj.desired_replicas} desired")
    if obj.conditions:
        page.write(0, "Conditions:\n")
        page.write(1, "Type\tStatus\tReason\tMessage\n")
        page.write(1, "----\t------\t------\t-------\n")
        for item in obj.conditions:
            cells = (text(item.get(field)) for field in ("type", "status", "reason", "message"))
            page.write(1, "\t".join(cells) + "\n")
    page.events(obj)


def _metric(page: Page, metric: dict[str, Any], measured: dict[str, Any]) -> None:
    """Write what is measured and what it is to be, for one metric."""
    kind = text(metric.get("type"))
    field = kind[:1].lower() + kind[1:]
    source = mapping(metric.get(field))
    target = mapping(source.get("target"))
    current = mapping(mapping(measured.get(field)).get("current"))
    name = quoted(text(mapping(source.get("metric")).get("name")))
    if kind in ("Resource", "ContainerResource"):
        inside = f' of container "{text(source.get("container"))}"' if kind == "ContainerResource" else ""
        title = f"resource {text(source.get('name'))}{inside} on pods"
        if "averageValue" not in target:
            share, wanted = current.get("averageUtilization"), target.get("averageUtilization")
            now = UNKNOWN if share is None else f"{share}% ({amount(current.get('averageValue'))})"
            page.line(title + _SHARE, f"{now} / {'<auto>' if wanted is None else f'{wanted}%'}", 1)
            return
    elif kind == "Pods":
        title = f"{name} on pods"
    elif kind == "External":
        title = f"{name} ({'target average value' if 'averageValue' in target else 'target value'})"
    elif kind == "Object":
        about = mapping(source.get("describedObject"))
        each = "target average value" if target.get("type") == "AverageValue" else "target value"
        title = f"{name} on {text(about.get('kind'))}/{text(about.get('name'))} ({each})"
    else:
        page.write(1, f"<unknown metric type {quoted(kind)}>\n")
        return
    goal = "averageValue" if "averageValue" in target else "value"
    page.line(title, f"{amount(current.get(goal))} / {amount(target.get(goal))}", 1)


def _rules(page: Page, title: str, rules: Any) -> None:
    """Write the window and the policies of one direction."""
    if not isinstance(rules, dict):
        return
    page.write(1, f"{title}:\n")
    window = rules.get("stabilizationWindowSeconds")
    if window is not None:
        page.write(2, f"Stabilization Window: {window} seconds\n")
    policies = mappings(rules.get("policies"))
    if not policies:
        return
    page.write(2, f"Select Policy: {text(rules.get('selectPolicy')) or 'Max'}\n")
    page.write(2, "Policies:\n")
    for policy in policies:
        page.write(
            3,
            f"- Type: {text(policy.get('type'))}\tValue: {policy.get('value', 0)}\t"
            f"Period: {policy.get('periodSeconds', 0)} seconds\n",
        )
