"""What makes and changes numbers of Pods: the Service of a StatefulSet, autoscalers, and controllers that are rivals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import named
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.services import serves
from k8snotes.doctor.rules.source import Placed, PodGroup, Source, near_name
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.doctor.text.paths import Steps, value_at

__all__ = ["governing_faults", "rivals", "scaler_faults"]


def governing_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Yield what is wrong with the Service that gives the Pods of a StatefulSet their names in DNS.

    Args:
        item: the StatefulSet.
        source: all objects.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
    """
    path: Steps = ("spec", "serviceName")
    name = text(item.obj.spec.get("serviceName"))
    group = next((one for one in source.pods(item.obj.namespace) if one.item is item), None)
    if not name or group is None:
        return
    services = source.named("Service", item.obj.namespace)
    serving = [own for own, other in services.items() if serves(other.obj, group)]
    headless = [own for own in serving if _is_headless(services[own])]
    parts: dict[str, Any] = {"name": name, "set": item.obj.name}
    if name in services:
        if name not in serving and mapping(services[name].obj.spec.get("selector")):
            right = headless[0] if len(headless) == 1 else ""
            yield _governing(item, path, "governing-service-selects-others", parts, right)
        return
    right = headless[0] if len(headless) == 1 else near_name(name, sorted(services))
    yield _governing(item, path, "no-governing-service", parts, right)


def _governing(item: Placed, path: Steps, code: str, parts: dict[str, Any], right: str) -> Fault:
    return fault_at(
        item.node,
        path,
        code,
        parts=parts,
        write=f"serviceName: {right}" if right else "",
        severity=WARNING if right else NOTE,
        change=(path, right) if right else None,
    )


def _is_headless(item: Placed) -> bool:
    return isinstance(item.obj, Service) and item.obj.headless


def scaler_faults(item: Placed, source: Source, completed: Callable[[PodGroup], Manifest]) -> Iterator[Fault]:
    """Yield metrics of a HorizontalPodAutoscaler that cannot be computed, because containers request nothing.

    Args:
        item: the HorizontalPodAutoscaler.
        source: all objects.
        completed: returns a Pod as the API server would store it: with what a LimitRange fills in.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
    """
    target = mapping(item.obj.spec.get("scaleTargetRef"))
    wanted = text(target.get("kind")), text(target.get("name"))
    group = next(
        (
            one
            for one in source.pods(item.obj.namespace)
            if (one.maker.kind, one.maker.name) == wanted and one.maker.resource.scales
        ),
        None,
    )
    if group is None:
        return
    for path, resource, container in _shares(item.obj.spec):
        spec = mapping(completed(group).get("spec"))
        lacking = [
            text(one.get("name"))
            for one in mappings(spec.get("containers"))
            if container in ("", one.get("name")) and not _has(mapping(one.get("resources")), resource)
        ]
        if lacking:
            parts = {**group.parts, "resource": resource, "containers": named(lacking)}
            yield fault_at(item.node, path, "scales-without-requests", parts=parts, severity=WARNING)


def _has(resources: Manifest, name: str) -> bool:
    """Whether a container requests a resource; a limit alone is its request too."""
    return name in mapping(resources.get("requests")) or name in mapping(resources.get("limits"))


def _shares(spec: Manifest) -> Iterator[tuple[Steps, str, str]]:
    """Yield the metrics that are a share of requests: place, resource, and the container ("" for all)."""
    if "targetCPUUtilizationPercentage" in spec:
        yield ("spec", "targetCPUUtilizationPercentage"), "cpu", ""
    for number, metric in enumerate(mappings(spec.get("metrics"))):
        for field in ("resource", "containerResource"):
            own = mapping(metric.get(field))
            if mapping(own.get("target")).get("averageUtilization") is not None:
                place: Steps = ("spec", "metrics", number, field)
                yield place, text(own.get("name")), text(own.get("container"))


def rivals(objects: Sequence[Placed]) -> Iterator[tuple[Placed, Fault]]:
    """Find ReplicationControllers and ReplicaSets that would take each other's Pods: those with equal selectors.

    Args:
        objects: all objects.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-selector
    """
    known: dict[tuple[str, tuple[tuple[str, str], ...]], Placed] = {}
    for item in objects:
        obj = item.obj
        if obj.kind not in ("ReplicationController", "ReplicaSet") or obj.owner:
            continue
        selector = mapping(mapping(obj.resource.selector_of(obj.raw)).get("matchLabels"))
        template = mapping(value_at(obj.raw, ("spec", "template", "metadata", "labels")))
        wanted = {key: text(value) for key, value in (selector or template).items()}
        if not wanted:
            continue
        key = obj.namespace, tuple(sorted(wanted.items()))
        other = known.setdefault(key, item)
        if other is not item:
            parts = {"kind": other.obj.kind, "name": other.obj.name}
            fault = fault_at(
                item.node,
                ("spec", "selector"),
                "rivals",
                parts=parts,
                severity=WARNING,
            )
            yield item, fault
