"""The resource metrics API (metrics.k8s.io): what the containers of Pods use, as metrics-server would say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from k8snotes.api.kinds.pod import Pod

__all__ = ["MetricError", "PodMetric", "PodMetrics", "ResourceMetrics", "resource_metric"]

_ABSENT = "the server could not find the requested resource (get pods.metrics.k8s.io)"


class MetricError(Exception):
    """A metric cannot be read or computed; the message is Kubernetes' own."""


class PodMetrics(NamedTuple):
    """What a Pod uses.

    Args:
        containers: by name, what each container uses of "cpu" and "memory", in thousandths (of a CPU, of a byte).
        timestamp: until when it was measured, in seconds of the cluster's clock.
        window: for how long it was measured, in seconds.
    """

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

    def pods(self, pods: Sequence[Pod]) -> dict[str, PodMetrics] | None:
        """Return what Pods use, by their names, as far as that is known; None if the API is not served."""
        ...


def resource_metric(
    source: ResourceMetrics | None, resource: str, pods: Sequence[Pod], container: str = ""
) -> dict[str, PodMetric]:
    """Return what each Pod uses of a resource, by the Pods' names; Pods without a measurement are missing.

    Args:
        source: the resource metrics API, None if there is none.
        resource: "cpu" or "memory"; of any other nothing is measured.
        pods: the Pods that are meant.
        container: the container that is meant; "" for all of a Pod together.

    Raises:
        MetricError: there is no such API, or it says nothing of these Pods.

    Source of the rule: `GetResourceMetric` in k8s.io/kubernetes/pkg/controller/podautoscaler/metrics
    """
    measured = None if source is None else source.pods(pods)
    if measured is None:
        raise MetricError(f"unable to fetch metrics from resource metrics API: {_ABSENT}")
    if not measured:
        raise MetricError("no metrics returned from resource metrics API")
    found = {}
    for pod in pods:
        item = measured.get(pod.name)
        if item is None:
            continue
        if container and container not in item.containers:
            raise MetricError(
                f"failed to get container metrics: container {container} not present in metrics for pod "
                f"{pod.namespace}/{pod.name}"
            )
        uses = [item.containers[container]] if container else list(item.containers.values())
        if uses and all(resource in use for use in uses):
            value = sum(use[resource] for use in uses)
            found[pod.name] = PodMetric(value, item.timestamp, item.window)
    return found
