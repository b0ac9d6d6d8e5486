"""Rules for resources: their names, their amounts, requests and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import label_key
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import all_kinds
from k8snotes.control_plane.validation.metadata import dns_label
from k8snotes.control_plane.validation.wording import (
    NOT_NEGATIVE,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_found_value,
    not_supported,
    required,
)
from k8snotes.errors import Cause

NameRule = Callable[[str, Path], list[Cause]]


__all__ = [
    "PIECES",
    "QUOTA_RESOURCES",
    "container_resource_name",
    "is_overcommit_allowed",
    "pod_resource_name",
    "quota_resource_name",
    "requirements",
    "resource_amount",
    "resource_name",
]

_COMPUTE = ("cpu", "memory", "ephemeral-storage", "storage")
# what a ResourceQuota counts by the piece
PIECES = tuple(kind.plural for kind in all_kinds() if kind.quota_piece)
_OBJECT_COUNTS = (*PIECES, "services.nodeports", "services.loadbalancers")
_SPLIT = tuple(
    f"{side}.{name}" for side in ("requests", "limits") for name in ("cpu", "memory", "ephemeral-storage")
)
# what ResourceQuota counts by itself
QUOTA_RESOURCES = frozenset(
    {*_OBJECT_COUNTS, "cpu", "memory", "ephemeral-storage", *_SPLIT, "requests.storage"}
)
_STANDARD = frozenset({*QUOTA_RESOURCES, *_COMPUTE})
_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_POD_LEVEL = ("cpu", "memory")
_HUGE_PAGES = "hugepages-"


def _is_huge_page(name: str) -> bool:
    """Whether a resource is memory in large pages: "hugepages-2Mi"."""
    return name.startswith(_HUGE_PAGES)


def _is_quota_huge_page(name: str) -> bool:
    """Whether a quota's name means memory in large pages."""
    return name.startswith((_HUGE_PAGES, "requests." + _HUGE_PAGES))


def _is_native(name: str) -> bool:
    """Whether a resource is Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def _is_extended(name: str) -> bool:
    """Whether a resource is a vendor's own, such as example.com/gpu."""
    return not _is_native(name) and not name.startswith("requests.") and not label_key("requests." + name)


def is_overcommit_allowed(name: str) -> bool:
    """Whether limits of a resource may be above its requests: not for huge pages and vendors' resources."""
    return _is_native(name) and not _is_huge_page(name)


def resource_name(name: str, path: Path) -> list[Cause]:
    """Check the name of a resource: one that Kubernetes has, or one with a domain."""
    causes = invalid_values(path, name, label_key(name))
    if not causes and "/" not in name and name not in _STANDARD and not _is_quota_huge_page(name):
        detail = "must be a standard resource type or fully qualified"
        causes.append(invalid_value(path, name, detail, "standard-resource"))
    return causes


def container_resource_name(name: str, path: Path) -> list[Cause]:
    """Check the name of a resource that a container may ask for."""
    causes = resource_name(name, path)
    if "/" not in name:
        if name not in _CONTAINER and not _is_huge_page(name):
            detail = "must be a standard resource for containers"
            causes.append(invalid_value(path, name, detail, "standard-resource"))
    elif not _is_native(name) and not _is_extended(name):
        causes.append(invalid_value(path, name, "doesn't follow extended resource name standard"))
    return causes


def pod_resource_name(name: str, path: Path) -> list[Cause]:
    """Check the name of a resource that a Pod as a whole may ask for."""
    causes = resource_name(name, path)
    if not causes and name not in _POD_LEVEL and not _is_huge_page(name):
        causes.append(not_supported(path, name, _POD_LEVEL))
    return causes


def quota_resource_name(name: str, path: Path) -> list[Cause]:
    """Check the name of a resource that a ResourceQuota may bound."""
    causes = resource_name(name, path)
    if "/" not in name and name not in QUOTA_RESOURCES and not _is_quota_huge_page(name):
        detail = "must be a standard resource for quota"
        causes.append(invalid_value(path, name, detail, "standard-resource"))
    return causes


def resource_amount(name: str, amount: str, path: Path) -> list[Cause]:
    """Check an amount: not negative, and whole for what is counted in pieces (Pods, GPUs).

    Args:
        name: the resource: "cpu", "pods", "example.com/gpu".
        amount: the quantity as it is written.
        path: its path in the manifest.
    """
    quantity = Quantity(amount)
    causes = [] if quantity >= Quantity(0) else [invalid_value(path, quantity, NOT_NEGATIVE)]
    if (name in _OBJECT_COUNTS or _is_extended(name)) and quantity != Quantity(quantity.value):
        causes.append(invalid_value(path, quantity, "must be an integer"))
    return causes


def _huge_page_amount(name: str, amount: Quantity, path: Path) -> list[Cause]:
    """Check that an amount is a whole number of pages."""
    page = Quantity(name.removeprefix(_HUGE_PAGES))
    if amount.value >= 0 and page.value > 0 and amount.value % page.value == 0:
        return []
    return [invalid_value(path, amount, f"{amount} is not positive integer multiple of {name}")]


def requirements(resources: Manifest, path: Path, rule: NameRule, claims: AbstractSet[str]) -> list[Cause]:
    """Check requests and limits of a container, or of a Pod (ValidateContainerResourceRequirements).

    Args:
        resources: the `resources`.
        path: their path in the manifest.
        rule: what is wrong with the name of a resource there.
        claims: the names of the Pod's resourceClaims.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    """
    causes: list[Cause] = []
    limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in sorted(amounts.items()):
            here = (path / field).key(name)
            causes += rule(name, here)
            causes += resource_amount(name, amount, here)
            if field == "requests":
                causes += _within_limit(name, Quantity(amount), limits, path)
            if _is_huge_page(name):
                causes += _huge_page(name, amount, here)
    names = {*limits, *requests}
    if any(_is_huge_page(name) for name in names) and not names & {"cpu", "memory"}:
        causes.append(forbidden_field(path, "HugePages require cpu or memory"))
    return causes + _claims(sequence(resources.get("claims")), path / "claims", claims)


def _huge_page(name: str, amount: str, path: Path) -> list[Cause]:
    """Check an amount of large pages whose size is in the name."""
    try:
        return _huge_page_amount(name, Quantity(amount), path)
    except ValueError:
        # the size in the name is no quantity: the name's own rule says so
        return []


def _within_limit(name: str, amount: Quantity, limits: Mapping[str, str], path: Path) -> list[Cause]:
    """Check that a request is no more than its limit, and the same where nothing can be shared."""
    if name not in limits:
        if is_overcommit_allowed(name):
            return []
        detail = "Limit must be set for non overcommitable resources"
        return [required(path / "limits", detail, "over-limit")]
    limit = Quantity(limits[name])
    if amount != limit and not is_overcommit_allowed(name):
        detail = f"must be equal to {name} limit of {limit}"
    elif amount > limit:
        detail = f"must be less than or equal to {name} limit of {limit}"
    else:
        return []
    return [invalid_value(path / "requests", amount, detail, "over-limit")]


def _claims(items: list[Manifest], path: Path, known: AbstractSet[str]) -> list[Cause]:
    """Check the claims to devices that a container names: each once, and each one of its Pod's."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for i, claim in enumerate(items):
        name, request = claim.get("name", ""), claim.get("request", "")
        if not name:
            causes.append(required(path @ i))
            continue
        key = f"{name}/{request}" if request else name
        if request:
            causes += dns_label(request, path @ i / "request")
        if name in seen or key in seen or (not request and any(k.startswith(f"{name}/") for k in seen)):
            causes.append(duplicate(path @ i, name if name in seen else key))
        seen.add(key)
        if name not in known:
            cause = not_found_value(path @ i, name)
            options = ": " + ", ".join(sorted(known)) if known else " which is empty"
            detail = "must be one of the names in pod.spec.resourceClaims" + options
            causes.append(type(cause)(cause.field, cause.reason, f"{cause.message}: {detail}"))
    return causes
