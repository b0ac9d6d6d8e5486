"""`kubectl describe hpa`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page, moment


def describe(page: Page, obj: KubeObject) -> None:
    """Write a HorizontalPodAutoscaler; no component measures load here, so what is current is unknown.

    Each metric is shown with its target: a share of what the Pods request, or an amount for each Pod.

    Source of the rule: `HorizontalPodAutoscalerDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    target = mapping(spec.get("scaleTargetRef"))
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.line("Reference", f"{text(target.get('kind'))}/{text(target.get('name'))}")
    page.line("Metrics", "( current / target )")
    for metric in mappings(spec.get("metrics")):
        resource = mapping(metric.get("resource"))
        wanted = mapping(resource.get("target"))
        name = text(resource.get("name"))
        if "averageValue" in wanted:
            page.line(f"resource {name} on pods", f"<unknown> / {text(wanted['averageValue'])}", 1)
        elif resource:
            share = wanted.get("averageUtilization")
            goal = f"{share}%" if share is not None else "<auto>"
            page.line(f"resource {name} on pods  (as a percentage of request)", f"<unknown> / {goal}", 1)
    page.line("Min replicas", spec.get("minReplicas", "<unset>"))
    page.line("Max replicas", spec.get("maxReplicas") or 0)
    current, desired = status.get("currentReplicas") or 0, status.get("desiredReplicas") or 0
    page.line(f"{text(target.get('kind'))} pods", f"{current} current / {desired} desired")
    page.events(obj)
