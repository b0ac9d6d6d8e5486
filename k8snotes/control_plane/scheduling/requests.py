"""What a Pod asks of a Node: the sum of its requests, and the host ports that it wants."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from k8snotes.api.objects import mapping, mappings, text
from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError

__all__ = ["Amounts", "HostPort", "amount", "amounts", "host_ports", "pod_requests"]

Amounts = dict[str, int]  # cpu in millicores, everything else in its unit (bytes, pieces)
HostPort = tuple[str, str, int]  # address, protocol, number


def amounts(resources: Mapping[str, Any]) -> Amounts:
    """Return a resource list in whole numbers: millicores of cpu, bytes of memory.

    >>> amounts({"cpu": "250m", "memory": "64Mi"})
    {'cpu': 250, 'memory': 67108864}
    """
    return {name: amount(name, value) for name, value in resources.items()}


def amount(name: str, value: Any) -> int:
    """Return one quantity as a whole number, rounded up; what is no quantity counts as 0."""
    return _amount(name == "cpu", text(value))


@lru_cache(maxsize=4096)
def _amount(milli: bool, value: str) -> int:  # a key of the cache
    try:
        quantity = Quantity(value)
    except QuantityError:
        return 0
    return quantity.milli if milli else quantity.value


def pod_requests(spec: dict[str, Any]) -> Amounts:
    """Return what the scheduler sets aside for a Pod.

    That is the sum of its containers or the largest of its init containers, whichever is more, and
    the overhead. Init containers that go on running (`restartPolicy: Always`) are added to both.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers

    >>> small = {"resources": {"requests": {"cpu": "100m"}}}
    >>> pod_requests({"containers": [small, small], "initContainers": [{"resources": {"requests": {"cpu": "1"}}}]})
    {'cpu': 1000}
    """
    total: Amounts = {}
    for container in mappings(spec.get("containers")):
        _add(total, _requests(container))
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in mappings(spec.get("initContainers")):
        own = _requests(container)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(sidecars, own)
            own = sidecars
        else:
            _add(own, sidecars)
        _raise(largest, own)
    _raise(total, largest)
    for name, value in amounts(mapping(mapping(spec.get("resources")).get("requests"))).items():
        total[name] = value  # asked for by the Pod as a whole
    _add(total, amounts(mapping(spec.get("overhead"))))
    return total


def host_ports(spec: dict[str, Any]) -> tuple[HostPort, ...]:
    """Return the ports of the Node itself that a Pod wants, as long as it runs.

    Of the init containers only those count that go on running (`restartPolicy: Always`).
    """
    sidecars = [
        item for item in mappings(spec.get("initContainers")) if item.get("restartPolicy") == "Always"
    ]
    return tuple(
        (text(port.get("hostIP")) or "0.0.0.0", text(port.get("protocol")) or "TCP", int(port["hostPort"]))  # noqa: S104
        for container in [*mappings(spec.get("containers")), *sidecars]
        for port in mappings(container.get("ports"))
        if isinstance(port.get("hostPort"), int) and port["hostPort"] > 0
    )


def _requests(container: dict[str, Any]) -> Amounts:
    resources = mapping(container.get("resources"))
    # a limit without a request is a request too
    return amounts({**mapping(resources.get("limits")), **mapping(resources.get("requests"))})


def _add(total: Amounts, more: Amounts) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def _raise(total: Amounts, least: Amounts) -> None:
    for name, value in least.items():
        total[name] = max(total.get(name, 0), value)
