"""The arithmetic of autoscaling: from what Pods use to how many Pods a metric asks for.

Source of the rule: k8s.io/kubernetes/pkg/controller/podautoscaler/replica_calculator.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.autoscaling.resource_metrics import MetricError, PodMetric
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.pod_resources import of_pod

__all__ = ["DELAYS", "Delays", "Groups", "Measurement", "Proposal", "Tolerances", "by_request", "by_value"]

_TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
_NO_PODS = "no pods returned by selector while calculating replica count"
_NONE_READY = "did not receive metrics for targeted pods (pods might be unready)"
_WHOLE = 100  # percent
_SCALES = {"n": -9, "u": -6, "m": -3}


class Delays(NamedTuple):
    """How long a new Pod's CPU does not count while it starts, in seconds, as kube-controller-manager has it by default.

    Args:
        cpu_initialization: `--horizontal-pod-autoscaler-cpu-initialization-period`.
        initial_readiness: `--horizontal-pod-autoscaler-initial-readiness-delay`.
    """

    cpu_initialization: int = 300
    initial_readiness: int = 30


DELAYS = Delays()


class Tolerances(NamedTuple):
    """How far a metric may be below and above its target without a change.

    >>> Tolerances().hold(1.1), Tolerances().hold(1.11), Tolerances(up=0.5).hold(1.4)
    (True, False, True)
    """

    down: float = _TOLERANCE
    up: float = _TOLERANCE

    @classmethod
    def of(cls, behavior: Mapping[str, Any] | None) -> Tolerances:
        """Return those of `spec.behavior`, 0.1 where it has none."""
        down, up = (mapping(mapping(behavior).get(way)).get("tolerance") for way in ("scaleDown", "scaleUp"))
        return cls(_TOLERANCE if down is None else _float(down), _TOLERANCE if up is None else _float(up))

    def hold(self, ratio: float) -> bool:
        """Whether a metric that is at `ratio` times its target changes nothing."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


def _float(amount: Any) -> float:
    """Return a quantity as Go makes a float of it (`AsApproximateFloat64`)."""
    told = str(Quantity(text(amount)))
    scale = _SCALES.get(told[-1:])
    return float(Quantity(told).value) if scale is None else int(told[:-1]) * float(f"1e{scale}")


class Groups(NamedTuple):
    """The Pods of a target, by how a measurement counts: their names.

    Args:
        ready: what they use counts.
        unready: they are starting, or not ready, and what they use (of CPU) does not count.
        missing: nothing is known of what they use.
        ignored: they are being deleted, or have failed.
    """

    ready: tuple[str, ...]
    unready: tuple[str, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]


class Proposal(NamedTuple):
    """What a metric asks for, and how that came about.

    Args:
        replicas: how many Pods it asks for.
        current: the measured average: percent of the requests, or thousandths.
        average: the measured average in thousandths (of a CPU, of a byte).
        total: what all Pods that count use together, in thousandths.
        requests: what these Pods request together, in thousandths; 0 where requests do not matter.
        ratio: the average divided by the target.
        corrected: the same with unready and missing Pods in it; equal to `ratio` where there are none.
        groups: which Pods counted how.
    """

    replicas: int
    current: int
    average: int
    total: int
    requests: int
    ratio: float
    corrected: float
    groups: Groups


class Measurement(NamedTuple):
    """What is known of the Pods of a target when a metric is asked.

    Args:
        pods: the Pods.
        metrics: what they use of the resource, by name, in thousandths.
        resource: "cpu", or another one: then Pods that are not ready count, too.
        replicas: how many Pods the target wants now.
        tolerances: how far from its goal a metric changes nothing.
        now: the present moment, in seconds of the cluster's clock.
        delays: how long new Pods are given to start.
    """

    pods: Sequence[Pod]
    metrics: Mapping[str, PodMetric]
    resource: str
    replicas: int
    tolerances: Tolerances
    now: int
    delays: Delays = DELAYS

    def groups(self) -> Groups:
        """Sort the Pods by how the measurement counts.

        Source of the rule: `groupPods` in k8s.io/kubernetes/pkg/controller/podautoscaler
        """
        found: dict[str, list[str]] = {field: [] for field in Groups._fields}
        for pod in self.pods:
            found[self._group(pod)].append(pod.name)
        return Groups(*(tuple(names) for names in found.values()))

    def _group(self, pod: Pod) -> str:
        if pod.terminating or pod.phase == "Failed":
            return "ignored"
        if pod.phase == "Pending":
            return "unready"
        if pod.name not in self.metrics:
            return "missing"
        return "unready" if self.resource == "cpu" and self._starts(pod) else "ready"

    def _starts(self, pod: Pod) -> bool:
        """Whether a Pod's CPU does not count, because it still starts."""
        condition, started = pod.condition("Ready"), text(pod.status.get("startTime"))
        if condition is None or not started:
            return True
        metric = self.metrics[pod.name]
        unready = condition.get("status") == "False"
        start, since = seconds_of(started), seconds_of(text(condition.get("lastTransitionTime")))
        if start + self.delays.cpu_initialization > self.now:
            return unready or metric.timestamp < since + metric.window
        return unready and start + self.delays.initial_readiness > since

    def known(self) -> tuple[Groups, dict[str, int]]:
        """Return the Pods in groups, and what those use that are neither unready nor ignored.

        Raises:
            MetricError: there is no Pod, or nothing is known of any that counts.
        """
        if not self.pods:
            raise MetricError(_NO_PODS)
        groups = self.groups()
        out = {*groups.unready, *groups.ignored}
        known = {name: metric.value for name, metric in self.metrics.items() if name not in out}
        if not known:
            raise MetricError(_NONE_READY)
        return groups, known


def by_request(measurement: Measurement, target: int, container: str = "") -> Proposal:
    """Return how many Pods a resource asks for that is to be used to so many percent of the requests.

    Args:
        measurement: what is known of the Pods.
        target: percent of the requests.
        container: the container that is meant, "" for all of a Pod together.

    Raises:
        MetricError: nothing is known of any Pod that counts, or a container requests nothing.

    Source of the rule: `GetResourceReplicas` in k8s.io/kubernetes/pkg/controller/podautoscaler
    """
    groups, known = measurement.known()
    requests = {pod.name: _requested(pod, container, measurement.resource) for pod in measurement.pods}

    def share(values: Mapping[str, int]) -> tuple[int, int, int]:
        """Return the percent of the requests, the average, and the sum of the requests."""
        counted = {name: value for name, value in values.items() if name in requests}
        asked = sum(requests[name] for name in counted)
        if not asked:
            raise MetricError("no metrics returned matched known pods")
        total = sum(counted.values())
        return total * _WHOLE // asked, total // len(counted), asked

    percent, average, asked = share(known)
    missing = {name: requests[name] * max(_WHOLE, target) // _WHOLE for name in groups.missing}
    first = percent / target
    count, second = _replicas(measurement, groups, known, missing, lambda values: share(values)[0] / target)
    return Proposal(count, percent, average, sum(known.values()), asked, first, second, groups)


def by_value(measurement: Measurement, target: int) -> Proposal:
    """Return how many Pods a metric asks for of which each Pod is to have so much on average.

    Args:
        measurement: what is known of the Pods.
        target: thousandths for each Pod.

    Raises:
        MetricError: nothing is known of any Pod that counts.

    Source of the rule: `calcPlainMetricReplicas` in k8s.io/kubernetes/pkg/controller/podautoscaler
    """
    groups, known = measurement.known()

    def ratio(values: Mapping[str, int]) -> float:
        return sum(values.values()) // len(values) / target

    total = sum(known.values())
    average = total // len(known)
    count, second = _replicas(measurement, groups, known, dict.fromkeys(groups.missing, target), ratio)
    return Proposal(count, average, average, total, 0, ratio(known), second, groups)


def _replicas(
    measurement: Measurement,
    groups: Groups,
    known: Mapping[str, int],
    missing: Mapping[str, int],
    ratio: Callable[[Mapping[str, int]], float],
) -> tuple[int, float]:
    """Return how many Pods are asked for, and the ratio that decided.

    Pods of which nothing is known are given what speaks against the change: on the way down `missing`, on the way up
    nothing. Pods that are not ready use nothing on the way up. If that turns the direction, nothing changes.
    """
    replicas, tolerances, first = measurement.replicas, measurement.tolerances, ratio(known)
    up_with_unready = bool(groups.unready) and first > 1.0
    if not up_with_unready and not groups.missing:
        count = replicas if tolerances.hold(first) else math.ceil(first * len(groups.ready))
        return count, first
    values = dict(known)
    if first < 1.0:
        values |= missing
    elif first > 1.0:
        values |= dict.fromkeys(groups.missing, 0)
    if up_with_unready:
        values |= dict.fromkeys(groups.unready, 0)
    second = ratio(values)
    count = math.ceil(second * len(values))
    turned = first < 1.0 < second or second < 1.0 < first
    against = (second < 1.0 and count > replicas) or (second > 1.0 and count < replicas)
    return replicas if tolerances.hold(second) or turned or against else count, second


def _requested(pod: Pod, container: str, resource: str) -> int:
    """Return what a Pod, or one of its containers, requests of a resource, in thousandths.

    Raises:
        MetricError: it requests nothing.

    Source of the rule: `calculateRequests` in k8s.io/kubernetes/pkg/controller/podautoscaler
    """
    own = mapping(mapping(pod.spec.get("resources")).get("requests"))
    if own and not container:
        asked = of_pod(pod.spec, "requests").get(resource)
        if asked is None:
            raise MetricError(f"missing pod-level request for {resource} in Pod {pod.name}")
        return asked.milli
    total = 0
    for item in (*pod.containers, *(item for item in pod.init_containers if item.is_sidecar)):
        if container in ("", item.name):
            amount = item.requests.get(resource)
            if amount is None:
                raise MetricError(
                    f"missing request for {resource} in container {item.name} of Pod {pod.name}"
                )
            total += Quantity(text(amount)).milli
        if item.name == container:
            return total
    if container:
        raise MetricError(f"container {container} not found in Pod {pod.name}")
    return total
