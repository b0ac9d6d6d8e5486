"""What a Pod as a whole asks for and may have: the one rule that scheduler, quotas and limit ranges share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError

__all__ = [
    "ResourceList",
    "of_containers",
    "of_pod",
    "pod_amounts",
    "qos_class",
    "read_amounts",
    "requested",
    "whole",
]

ResourceList = dict[str, Quantity]


def read_amounts(amounts: Mapping[str, Any] | None) -> ResourceList:
    """Return a resource list of a manifest as exact quantities; what is no quantity counts as 0."""
    return {name: _quantity(value) for name, value in (amounts or {}).items()}


def requested(container: Mapping[str, Any]) -> ResourceList:
    """Return what a container asks for: a limit without a request is a request too.

    >>> requested({"resources": {"limits": {"cpu": "1"}, "requests": {"memory": "64Mi"}}})
    {'cpu': Quantity('1'), 'memory': Quantity('64Mi')}
    """
    resources = mapping(container.get("resources"))
    return read_amounts({**mapping(resources.get("limits")), **mapping(resources.get("requests"))})


def of_containers(spec: Mapping[str, Any], field: str) -> ResourceList:
    """Return the "requests" or the "limits" that the containers of a Pod come to.

    Init containers run one after the other before the rest, so the largest of them counts; sidecars
    (init containers with `restartPolicy: Always`) run beside everything that comes after them.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers

    >>> small, big = ({"resources": {"requests": {"cpu": amount}}} for amount in ("100m", "1"))
    >>> of_containers({"containers": [small, small], "initContainers": [big]}, "requests")
    {'cpu': Quantity('1')}
    """
    running: ResourceList = {}
    for container in mappings(spec.get("containers")):
        running = _add(running, _own(container, field))
    beside: ResourceList = {}
    starting: ResourceList = {}
    for container in mappings(spec.get("initContainers")):
        own = _own(container, field)
        if container.get("restartPolicy") == "Always":
            running, beside = _add(running, own), _add(beside, own)
            own = beside
        else:
            own = _add(own, beside)
        starting = _most(starting, own)
    return _most(running, starting)


def of_pod(spec: Mapping[str, Any], field: str) -> ResourceList:
    """Return the "requests" or the "limits" of a whole Pod: of its containers, or its own, and its overhead.

    What the Pod says for itself (`spec.resources`) replaces the sum of its containers. The
    overhead of its runtime is added to what is asked for, and to those limits that there are.
    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/
    """
    total = of_containers(spec, field)
    total |= read_amounts(mapping(mapping(spec.get("resources")).get(field)))
    overhead = read_amounts(mapping(spec.get("overhead")))
    if field == "limits":
        overhead = {name: amount for name, amount in overhead.items() if name in total}
    return _add(total, overhead)


def pod_amounts(pod: Mapping[str, Any]) -> tuple[ResourceList, ResourceList]:
    """Return the requests and the limits of a Pod, given its manifest."""
    spec = mapping(pod.get("spec"))
    return of_pod(spec, "requests"), of_pod(spec, "limits")


def whole(name: str, amount: Quantity) -> int:
    """Return an amount as the scheduler counts it, rounded up: thousandths of cpu, everything else in ones.

    >>> whole("cpu", Quantity("0.25")), whole("memory", Quantity("128m"))
    (250, 1)
    """
    return amount.milli if name == "cpu" else amount.value


def _quantity(value: Any) -> Quantity:
    """Return an amount of a manifest, 0 for what is no quantity."""
    try:
        return Quantity(text(value))
    except QuantityError:
        return Quantity(0)


def _own(container: Mapping[str, Any], field: str) -> ResourceList:
    """Return what one container asks for, or may have at most."""
    if field == "requests":
        return requested(container)
    return read_amounts(mapping(mapping(container.get("resources")).get(field)))


def _add(total: ResourceList, more: ResourceList) -> ResourceList:
    """Return the sum of two resource lists."""
    return total | {name: total[name] + amount if name in total else amount for name, amount in more.items()}


def _most(total: ResourceList, other: ResourceList) -> ResourceList:
    """Return the larger amount of each resource."""
    return total | {name: max(amount, total.get(name, amount)) for name, amount in other.items()}


def qos_class(manifest: Mapping[str, Any]) -> str:
    """Return the quality of service of a Pod: Guaranteed, Burstable or BestEffort.

    >>> qos_class({"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}})
    'Burstable'

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
    """
    guaranteed, best_effort = True, True
    whole = manifest["spec"].get("resources")
    pairs = (
        [(mapping(whole.get("requests")), mapping(whole.get("limits")))]
        if whole
        else list(_amounts_of_containers(manifest))
    )
    for requests, limits in pairs:
        counted = [
            {
                name: Quantity(amounts[name])
                for name in ("cpu", "memory")
                if name in amounts and Quantity(amounts[name])
            }
            for amounts in (requests, limits)
        ]
        best_effort = best_effort and not any(counted)
        guaranteed = guaranteed and len(counted[1]) == 2 and (counted[0] or counted[1]) == counted[1]
    if best_effort:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _amounts_of_containers(manifest: Mapping[str, Any]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield the requests and the limits of each container."""
    for kind in ("containers", "initContainers"):
        for container in sequence(manifest["spec"].get(kind)):
            resources = mapping(container.get("resources"))
            yield mapping(resources.get("requests")), mapping(resources.get("limits"))
