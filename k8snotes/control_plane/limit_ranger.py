"""How a LimitRange acts on a new Pod: it fills in amounts, and says which are too small or too large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.pod_resources import pod_amounts, read_amounts

Amounts = Mapping[str, Quantity]


__all__ = ["fill_in_defaults", "violations"]

_ANNOTATION = "kubernetes.io/limit-ranger"
_MAX_MILLI = (2**63 - 1) // 1000


def _limits(limit_range: Mapping[str, Any], type_: str) -> list[Mapping[str, Any]]:
    """Return the limits of one type ("Pod", "Container") in a LimitRange."""
    limits = mappings(mapping(limit_range.get("spec")).get("limits"))
    return [limit for limit in limits if limit.get("type") == type_]


def fill_in_defaults(pod: Manifest, limit_range: Mapping[str, Any]) -> None:
    """Give the containers of a Pod, in place, the requests and limits they lack, and note it on the Pod.

    Source of the rule: `mergePodResourceRequirements` in k8s.io/kubernetes/plugin/pkg/admission/limitranger
    """
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    for limit in _limits(limit_range, "Container"):
        requests |= mapping(limit.get("defaultRequest"))
        limits |= mapping(limit.get("default"))
    notes = []
    for kind, word in (("containers", "container"), ("initContainers", "init container")):
        for container in sequence(pod["spec"].get(kind)):
            resources = container.setdefault("resources", {})
            for field, defaults in (("requests", requests), ("limits", limits)):
                missing = sorted(defaults.keys() - mapping(resources.get(field)).keys())
                if missing:
                    resources[field] = mapping(resources.get(field)) | {
                        name: defaults[name] for name in missing
                    }
                    notes.append(f"{', '.join(missing)} {field[:-1]} for {word} {container.get('name', '')}")
    if notes:
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)


def violations(manifest: Mapping[str, Any], limit_range: Mapping[str, Any]) -> list[str]:
    """Return how a Pod or claim breaks a LimitRange, in the words of the admission plugin.

    Args:
        manifest: the Pod, with the defaults of the LimitRange, or the PersistentVolumeClaim.
        limit_range: the manifest of the LimitRange.

    Source of the rule: `PodValidateLimitFunc` in k8s.io/kubernetes/plugin/pkg/admission/limitranger
    """
    broken: list[str] = []
    if manifest.get("kind") == "PersistentVolumeClaim":
        resources = mapping(mapping(manifest.get("spec")).get("resources"))
        for limit in _limits(limit_range, "PersistentVolumeClaim"):
            # a claim has no limits that would count
            broken += _bounds("PersistentVolumeClaim", limit, read_amounts(resources.get("requests")), None)
        return list(dict.fromkeys(broken))
    for limit in mappings(mapping(limit_range.get("spec")).get("limits")):
        if limit.get("type") == "Container":
            for kind in ("containers", "initContainers"):
                for container in sequence(manifest["spec"].get(kind)):
                    resources = mapping(container.get("resources"))
                    broken += _bounds(
                        "Container",
                        limit,
                        read_amounts(resources.get("requests")),
                        read_amounts(resources.get("limits")),
                    )
        elif limit.get("type") == "Pod":
            requests, limits = pod_amounts(manifest)
            broken += _bounds("Pod", limit, requests, limits)
    return list(dict.fromkeys(broken))


def _bounds(type_: str, limit: Mapping[str, Any], requests: Amounts, limits: Amounts | None) -> list[str]:
    """Return which bounds of one limit these amounts break; `limits` is None where there can be none."""
    broken = []
    for name, amount in sorted(read_amounts(limit.get("min")).items()):
        broken += _minimum(
            f"minimum {name} usage per {type_} is {amount}", name, amount, requests, limits or {}
        )
    for name, amount in sorted(read_amounts(limit.get("max")).items()):
        broken += _maximum(f"maximum {name} usage per {type_} is {amount}", name, amount, requests, limits)
    for name, amount in sorted(read_amounts(limit.get("maxLimitRequestRatio")).items()):
        words = f"{name} max limit to request ratio per {type_} is {amount}"
        broken += _ratio(words, amount, requests.get(name), (limits or {}).get(name))
    return broken


def _minimum(words: str, name: str, amount: Quantity, requests: Amounts, limits: Amounts) -> list[str]:
    """Return what is said of an amount below its minimum."""
    if name not in requests:
        return [f"{words}.  No request is specified"]
    if requests[name] < amount:
        return [f"{words}, but request is {requests[name]}"]
    if name in limits and limits[name] < amount:
        return [f"{words}, but limit is {limits[name]}"]
    return []


def _maximum(words: str, name: str, amount: Quantity, requests: Amounts, limits: Amounts | None) -> list[str]:
    """Return what is said of an amount above its maximum."""
    if limits is None:
        if name not in requests:
            return [f"{words}.  No request is specified"]
    elif name not in limits:
        return [f"{words}.  No limit is specified"]
    elif limits[name] > amount:
        return [f"{words}, but limit is {limits[name]}"]
    if name in requests and requests[name] > amount:
        return [f"{words}, but request is {requests[name]}"]
    return []


def _ratio(words: str, most: Quantity, request: Quantity | None, limit: Quantity | None) -> list[str]:
    """Return what is said of a limit that is too many times its request."""
    if not request:
        return [f"{words}, but no request is specified or request is 0"]
    if not limit:
        return [f"{words}, but no limit is specified or limit is 0"]
    precise = max(request.value, limit.value, most.value) <= _MAX_MILLI
    ratio = limit.milli / request.milli if precise else limit.value / request.value
    if ratio * 1000 > most.milli:
        return [f"{words}, but provided ratio is {ratio:f}"]
    return []
