"""What a Pod asks of a Node: the sum of its requests, and the host ports that it wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import mappings, text
from k8snotes.control_plane.pod_resources import ResourceList, of_pod, read_amounts, whole

__all__ = ["Amounts", "HostPort", "amounts", "host_ports", "pod_limits", "pod_requests"]

Amounts = dict[str, int]  # cpu in millicores, everything else in its unit (bytes, pieces)
HostPort = tuple[str, str, int]  # address, protocol, number


def amounts(resources: Mapping[str, Any]) -> Amounts:
    """Return a resource list in whole numbers: millicores of cpu, bytes of memory, rounded up.

    >>> amounts({"cpu": "250m", "memory": "64Mi"})
    {'cpu': 250, 'memory': 67108864}
    """
    return _in_whole(read_amounts(resources))


def pod_requests(spec: dict[str, Any]) -> Amounts:
    """Return what the scheduler sets aside for a Pod: see `pod_resources.of_pod`.

    >>> small = {"resources": {"requests": {"cpu": "100m"}}}
    >>> pod_requests({"containers": [small, small], "overhead": {"cpu": "50m"}})
    {'cpu': 250}
    """
    return _in_whole(of_pod(spec, "requests"))


def pod_limits(spec: dict[str, Any]) -> Amounts:
    """Return what a Pod may have at most, where it says so; the scheduler does not look at it."""
    return _in_whole(of_pod(spec, "limits"))


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


def _in_whole(resources: ResourceList) -> Amounts:
    """Return amounts as the scheduler counts them: millicores, bytes, pieces."""
    return {name: whole(name, amount) for name, amount in resources.items()}
