"""Which kinds of objects each helper of a cluster takes: what the Tab key offers, and what "did you mean" names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from k8snotes.api.kind import Kind

__all__ = ["TAKES", "takes"]

_Sort = Callable[[Kind], bool]


def _only(*names: str) -> _Sort:
    return lambda kind: kind.builtin and kind.kind in names


def _any(_kind: Kind) -> bool:
    return True


def _scalable(kind: Kind) -> bool:
    return kind.scales


def _with_pods(kind: Kind) -> bool:
    return kind.kind == "Pod" or kind.is_workload


def _grouped(kind: Kind) -> bool:
    return kind.is_workload or (kind.builtin and kind.kind in ("Namespace", "Node", "Service"))


TAKES: Mapping[str, _Sort] = {
    "access": _only("ServiceAccount"),
    "answer": _with_pods,
    "autoscale_plan": _only("HorizontalPodAutoscaler"),
    "capacity": _only("Node"),
    "cordon": _only("Node"),
    "crash": _only("Pod"),
    "delete": _any,
    "diagnose": _only("Service", "Pod"),
    "drain": _only("Node"),
    "endpoints": _only("Service"),
    "events": _any,
    "evict": _only("Pod"),
    "exits": _with_pods,
    "inside": _only("Pod"),
    "label": _any,
    "life": _only("Pod"),
    "listen": _with_pods,
    "lose": _only("Node"),
    "overview": _grouped,
    "policies": _only("Pod"),
    "recover": _only("Node"),
    "remove_static_pod": _only("Node"),
    "returns": _with_pods,
    "rules": _only("Node", "Service"),
    "scale": _scalable,
    "set_ready": _only("Pod"),
    "static_pod": _only("Node"),
    "stops": _with_pods,
    "timeline": _any,
    "uncordon": _only("Node"),
    "use": _with_pods,
    "way_in": _only("Service"),
    "why_pending": _with_pods,
    "write_log": _with_pods,
}
"""From the name of a helper to the sort of kinds that it takes."""


def takes(helper: str, kind: Kind) -> bool:
    """Say whether a helper takes objects of a kind; "" for `c[...]`, which takes every kind.

    >>> deployment = Kind("Deployment", "deployments", "apps", scales=True)
    >>> takes("scale", deployment), takes("cordon", deployment), takes("", deployment)
    (True, False, True)
    """
    return TAKES.get(helper, _any)(kind)
