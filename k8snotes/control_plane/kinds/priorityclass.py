"""PriorityClass: how much a Pod matters, by name.

Source of the rules: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ and
`ValidatePriorityClass` in k8s.io/kubernetes/pkg/apis/scheduling/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.furniture import CRITICAL
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, forbidden_field, immutable, one_of
from k8snotes.errors import Cause

__all__ = ["RULES"]

"""The classes that every cluster has, and their values."""
_HIGHEST = 1_000_000_000
_RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "


def _complete(manifest: Manifest) -> None:
    """Let its Pods take the place of others that matter less (SetDefaults_PriorityClass)."""
    set_missing(manifest, preemptionPolicy="PreemptLowerPriority")


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=False)
    name, value = manifest["metadata"].get("name", ""), manifest.get("value", 0)
    if name.startswith("system-"):
        if wrong := _of_the_system(name, value, is_default=bool(manifest.get("globalDefault"))):
            causes.append(forbidden_field("metadata.name", _RESERVED + wrong))
    elif value > _HIGHEST:
        detail = f"maximum allowed value of a user defined priority is {_HIGHEST}"
        causes.append(forbidden_field("value", detail))
    policy = manifest.get("preemptionPolicy")
    return causes + one_of(policy, Path("preemptionPolicy"), ("PreemptLowerPriority", "Never"))


def _of_the_system(name: str, value: int, *, is_default: bool) -> str:
    """Say why a class is none of the system's own, "" if it is one (IsKnownSystemPriorityClass)."""
    known = CRITICAL.get(name)
    if known is None:
        return f"{name} is not a known system priority class"
    if value != known:
        return f"value of {name} PriorityClass must be {known}"
    return f"globalDefault of {name} PriorityClass must be false" if is_default else ""


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    causes = metadata_update(new["metadata"], old["metadata"])
    if new.get("value", 0) != old.get("value", 0):
        causes.append(forbidden_field("value", "may not be changed in an update."))
    return causes + immutable("preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))


RULES = Rules(group="scheduling.k8s.io", complete=_complete, check=_check, check_update=_check_update)
