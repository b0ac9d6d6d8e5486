"""Rules for Nodes, Namespaces and Events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.names import dns1123_label, label_key
from k8snotes.control_plane.validation.ip import cidr, is_ipv6
from k8snotes.control_plane.validation.meta import (
    kube_finalizer,
    metadata,
    metadata_update,
    name_rule,
    path_segment,
)
from k8snotes.control_plane.validation.quantities import resource_amount
from k8snotes.control_plane.validation.scheduling import taints
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["event", "namespace", "namespace_update", "node", "node_update"]

_MOST_NOTE = 1024


def node(manifest: Manifest) -> list[Cause]:
    """Check a Node."""
    spec = manifest.get("spec") or {}
    causes = metadata(manifest["metadata"], name_rule("v1", "Node"), namespaced=False)
    # "metadata.taints" is how Kubernetes calls the place
    causes += taints(spec.get("taints") or [], Path("metadata.taints"))
    causes += _node_resources(manifest)
    ranges, path = spec.get("podCIDRs") or [], Path("spec.podCIDRs")
    for i, text in enumerate(ranges):
        causes += cidr(text, path @ i)
    if len(ranges) > 1:
        families = {is_ipv6(text.partition("/")[0]) for text in ranges}
        if len(families) < 2 or len(ranges) > 2:
            causes.append(invalid_value(path, ranges, "may specify no more than one CIDR for each IP family"))
        causes += [duplicate(path @ i, text) for i, text in enumerate(ranges) if text in ranges[:i]]
    return causes


def _node_resources(manifest: Manifest) -> list[Cause]:
    causes: list[Cause] = []
    for field in ("capacity", "allocatable"):
        for name, amount in sorted(((manifest.get("status") or {}).get(field) or {}).items()):
            causes += resource_amount(name, amount, Path("status") / field / name)
    return causes


def node_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Node that replaces another: what it got once stays."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    causes = metadata_update(new["metadata"], old["metadata"]) + _node_resources(new)
    addresses = (new.get("status") or {}).get("addresses") or []
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
    return causes + taints(after.get("taints") or [], Path("metadata.taints"))


def namespace(manifest: Manifest) -> list[Cause]:
    """Check a Namespace, whose name becomes part of DNS names."""
    causes = metadata(manifest["metadata"], dns1123_label, namespaced=False)
    path = Path("spec.finalizers")
    for name in (manifest.get("spec") or {}).get("finalizers") or ():
        causes += invalid_values(path, name, label_key(name)) + kube_finalizer(name, path)
    return causes


def namespace_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Namespace that replaces another."""
    return metadata_update(new["metadata"], old["metadata"])


def event(manifest: Manifest) -> list[Cause]:
    """Check an Event: it lies in the namespace of what it is about (legacyValidateEvent).

    Its metadata is looked at only where the rest is right, and its name needs only fit into a URL.
    """
    about = (manifest.get("involvedObject") or {}).get("namespace", "")
    own = manifest["metadata"].get("namespace", "")
    causes: list[Cause] = []
    if manifest.get("eventTime"):
        homes, causes = ("default", "kube-system"), _reported(manifest)
        elsewhere = not about and own not in homes
    else:
        elsewhere = about != own and not (about == "" and own == "default")
    if elsewhere:
        wrong = invalid_value("involvedObject.namespace", about, "does not match event.namespace")
        causes.insert(0, wrong)
    return causes or metadata(manifest["metadata"], path_segment, namespaced=True)


def _reported(manifest: Manifest) -> list[Cause]:
    # what an Event of the newer sort, with an eventTime, has to say
    controller = manifest.get("reportingComponent", "")
    causes = [] if controller else [required("reportingComponent")]
    causes += invalid_values("reportingComponent", controller, label_key(controller))
    for name, most in (("reportingInstance", 128), ("action", 128), ("reason", 128)):
        value = manifest.get(name, "")
        if not value:
            causes.append(required(name))
        elif len(value.encode()) > most:
            causes.append(invalid_value(name, "", f"can have at most {most} characters"))
    if len(manifest.get("message", "").encode()) > _MOST_NOTE:
        causes.append(invalid_value("message", "", f"can have at most {_MOST_NOTE} characters"))
    return causes
