"""The resource metrics API (metrics.k8s.io): what the containers of Pods use, as metrics-server would say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from k8snotes.api.selector import Selector

__all__ = ["MetricError", "PodMetric", "PodMetrics", "ResourceMetrics", "resource_metric"]

_ABSENT = "the server could not find the requested resource (get pods.metrics.k8s.io)"


class MetricError(Exception):
    """A metric cannot be read or computed; the message is Kubernetes' own."""


class PodMetrics(NamedTuple):
    """What a Pod uses.

    Args:
        namespace: the Namespace of the Pod.
        name: the name of the Pod.
        labels: the labels of the Pod.
        containers: by name, what each container uses of "cpu" and "memory", in thousandths (of a CPU, of a byte).
        timestamp: until when it was measured, in seconds of the cluster's clock.
        window: for how long it was measured, in seconds.
    """

    namespace: str
    name: str
    labels: dict[str, str]
    containers: dict[str, dict[str, int]]
    timestamp: int
    window: int = 0


class PodMetric(NamedTuple):
    """What a Pod uses of one resource, in thousandths, with the moment and the window of the measurement."""

    value: int
    timestamp: int = 0
    window: int = 0


class ResourceMetrics(Protocol):
    """Whatever serves the resource metrics API."""

    def pods(self, namespace: str) -> Sequence[PodMetrics] | None:
        """Return what the Pods of a Namespace use, by name; None if the API is not served."""
        ...


def resource_metric(
    source: ResourceMetrics | None, resource: str, namespace: str, selector: Selector, container: str = ""
) -> dict[str, PodMetric]:
    """Return what each Pod uses of a resource, by the Pods' names; Pods without a measurement are missing.

    Args:
        source: the resource metrics API, None if there is none.
        resource: "cpu" or "memory"; of any other nothing is measured.
        namespace: the Namespace of the Pods.
        selector: the Pods that are meant.
        container: the container that is meant; "" for all of a Pod together.

    Raises:
        MetricError: there is no such API, or it says nothing of these Pods.

    Source of the rule: `GetResourceMetric` in k8s.io/kubernetes/pkg/controller/podautoscaler/metrics
    """
    measured = None if source is None else source.pods(namespace)
    if measured is None:
        raise MetricError(f"unable to fetch metrics from resource metrics API: {_ABSENT}")
    measured = [item for item in measured if selector.matches(item.labels)]
    if not measured:
        raise MetricError("no metrics returned from resource metrics API")
    found = {}
    for item in measured:
        if container and container not in item.containers:
            raise MetricError(
                f"failed to get container metrics: container {container} not present in metrics for pod "
                f"{item.namespace}/{item.name}"
            )
        uses = [item.containers[container]] if container else list(item.containers.values())
        if uses and all(resource in use for use in uses):
            value = sum(use[resource] for use in uses)
            found[item.name] = PodMetric(value, item.timestamp, item.window)
    return found
