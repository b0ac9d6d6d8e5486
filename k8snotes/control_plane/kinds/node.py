"""Node: a machine, with what it has and what keeps Pods away from it.

Source of the rules: https://kubernetes.io/docs/concepts/architecture/nodes/ and `ValidateNode` in
k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.ip import cidr, is_ipv6
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.quantities import resource_amount
from k8snotes.control_plane.validation.scheduling import taints
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Let podCIDR and podCIDRs agree, and give out all that the Node has.

    Source of the rule: `SetDefaults_NodeStatus` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    spec = mapping(manifest.get("spec"))
    if spec.get("podCIDR") and spec["podCIDR"] not in sequence(spec.get("podCIDRs"))[:1]:
        # the older field wins where the two differ
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0]
    status = manifest.setdefault("status", {})
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])


def _check(manifest: Manifest) -> list[Cause]:
    """Check a Node."""
    spec = mapping(manifest.get("spec"))
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=False)
    # "metadata.taints" is how Kubernetes calls the place
    causes += taints(sequence(spec.get("taints")), Path("metadata.taints"))
    causes += _resources(manifest)
    ranges, path = sequence(spec.get("podCIDRs")), Path("spec.podCIDRs")
    for i, text in enumerate(ranges):
        causes += cidr(text, path @ i)
    if len(ranges) > 1:
        families = {is_ipv6(text.partition("/")[0]) for text in ranges}
        if len(families) < 2 or len(ranges) > 2:
            causes.append(invalid_value(path, ranges, "may specify no more than one CIDR for each IP family"))
        causes += [duplicate(path @ i, text) for i, text in enumerate(ranges) if text in ranges[:i]]
    return causes


def _resources(manifest: Manifest) -> list[Cause]:
    """Check what the Node has, and what it can give out."""
    causes: list[Cause] = []
    for field in ("capacity", "allocatable"):
        for name, amount in sorted(mapping(mapping(manifest.get("status")).get(field)).items()):
            causes += resource_amount(name, amount, Path("status") / field / name)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Node that replaces another: what it got once stays."""
    before, after = mapping(old.get("spec")), mapping(new.get("spec"))
    causes = metadata_update(new["metadata"], old["metadata"]) + _resources(new)
    addresses = sequence(mapping(new.get("status")).get("addresses"))
    for i, address in enumerate(addresses):
        if address in addresses[:i]:
            shown = GoStruct(Type=address.get("type", ""), Address=address.get("address", ""))
            causes.append(duplicate(Path("status.addresses") @ i, shown))
    if before.get("podCIDRs") and before["podCIDRs"] != after.get("podCIDRs"):
        detail = 'node updates may not change podCIDR except from "" to valid'
        causes.append(forbidden_field("spec.podCIDRs", detail))
    if before.get("providerID") and before["providerID"] != after.get("providerID"):
        detail = 'node updates may not change providerID except from "" to valid'
        causes.append(forbidden_field("spec.providerID", detail))
    return causes + taints(sequence(after.get("taints")), Path("metadata.taints"))


RULES = Rules(complete=_complete, check=_check, check_update=_check_update)
