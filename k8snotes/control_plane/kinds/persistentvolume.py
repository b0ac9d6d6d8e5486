"""PersistentVolume: a piece of storage of the cluster, for a claim to bind.

Source of the rules: https://kubernetes.io/docs/concepts/storage/persistent-volumes/ and
`ValidatePersistentVolume` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.internal_form import spec_diff
from k8snotes.control_plane.validation.metadata import dns_subdomain, metadata
from k8snotes.control_plane.validation.pod_warnings import OLD_VOLUMES, node_term_warnings
from k8snotes.control_plane.validation.scheduling import node_selector
from k8snotes.control_plane.validation.storage import access_modes, positive_amount, volume_mode
from k8snotes.control_plane.validation.volumes import one_source
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    immutable,
    invalid_value,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")
# the sorts of volumes in the order in which Kubernetes looks at them
_SOURCES = (
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
)
_RECLAIM = ("Delete", "Recycle", "Retain")
_ONE = "may not specify more than 1 volume type"
_OLD_ANNOTATIONS = {
    "volume.beta.kubernetes.io/storage-class": 'deprecated since v1.8; use "storageClassName" attribute instead',
    "volume.beta.kubernetes.io/mount-options": 'deprecated since v1.31; use "mountOptions" attribute instead',
}
_RECYCLE = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."


def _complete(manifest: Manifest) -> None:
    """Let it stay when its claim is gone, and be a file system.

    Source of the rule: `SetDefaults_PersistentVolume` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    spec = manifest.setdefault("spec", {})
    set_missing(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    if spec.get("hostPath") is not None and spec["hostPath"].get("type") is None:
        spec["hostPath"]["type"] = ""
    if spec.get("iscsi") is not None:
        set_missing(spec["iscsi"], iscsiInterface="default")


def _prepare(manifest: Manifest) -> None:
    """Let it wait for the controller that looks at it first."""
    manifest["status"] = {
        "phase": "Pending",
        "lastPhaseTransitionTime": manifest["metadata"].get("creationTimestamp"),
    }


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=False)
    return causes + _spec(mapping(manifest.get("spec")))


def _spec(spec: Manifest) -> list[Cause]:
    """Check what the volume is, how large, and for whom (ValidatePersistentVolumeSpec)."""
    causes = access_modes(sequence(spec.get("accessModes")), SPEC / "accessModes")
    causes += _capacity(mapping(spec.get("capacity")), SPEC / "capacity")
    policy, here = spec.get("persistentVolumeReclaimPolicy"), SPEC / "persistentVolumeReclaimPolicy"
    causes += one_of(policy, here, _RECLAIM)
    affinity = spec.get("nodeAffinity")
    if affinity is not None and affinity.get("required") is None:
        detail = "must specify required node constraints"
        causes.append(required(SPEC / "nodeAffinity" / "required", detail))
    elif affinity is not None:
        causes += node_selector(affinity["required"], SPEC / "nodeAffinity" / "required")
    causes += _source(spec, bound_to_nodes=affinity is not None)
    host_path = mapping(spec.get("hostPath")).get("path", "")
    if policy == "Recycle" and host_path and posixpath.normpath(host_path) == "/":
        causes.append(forbidden_field(here, "may not be 'recycle' for a hostPath mount of '/'"))
    for field in ("storageClassName", "volumeAttributesClassName"):
        if spec.get(field):
            causes += dns_subdomain(spec[field], SPEC / field)
    return causes + volume_mode(spec.get("volumeMode"), SPEC / "volumeMode")


def _capacity(capacity: Manifest, path: Path) -> list[Cause]:
    """Check the size: it has one, of storage alone."""
    causes = [] if capacity else [required(path)]
    if capacity.keys() != {"storage"}:
        causes.append(not_supported(path, capacity or None, ("storage",)))
    for name, amount in sorted(capacity.items()):
        if Quantity(amount) < Quantity(0):
            detail = "must be a valid resource quantity"
            causes.append(invalid_value(path.key(name), Quantity(amount).value, detail))
        causes += positive_amount(amount, path.key(name))
    return causes


def _source(spec: Manifest, *, bound_to_nodes: bool) -> list[Cause]:
    """Check that there is exactly one source, and that one."""
    kinds = [kind for kind in _SOURCES if spec.get(kind) is not None]
    if not kinds:
        return [required(SPEC, "must specify a volume type")]
    first = kinds[0]
    if first == "local":
        causes = _local(spec["local"], SPEC / "local")
        if not bound_to_nodes:
            causes.append(required(SPEC / "nodeAffinity", "Local volume requires node affinity"))
    else:
        causes = one_source(first, spec[first], SPEC / first)
    return causes + [forbidden_field(SPEC / kind, _ONE) for kind in kinds[1:]]


def _local(source: Manifest, path: Path) -> list[Cause]:
    """Check a directory or a disk of one Node (validateLocalVolumeSource)."""
    place = source.get("path", "")
    if not place:
        return [required(path / "path")]
    dots = ".." in place.split("/")
    return [invalid_value(path / "path", place, "must not contain '..'")] if dots else []


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a volume that replaces another: what it is stays."""
    causes = _check(new)
    after, before = ({k: m["spec"][k] for k in _SOURCES if k in m["spec"]} for m in (new, old))
    if after != before:
        difference = spec_diff("PersistentVolumeSpec", after, before)
        detail = f"spec.persistentvolumesource is immutable after creation\n{difference}"
        causes.append(forbidden_field(SPEC / "persistentvolumesource", detail))
    causes += immutable("volumeMode", new["spec"].get("volumeMode"), old["spec"].get("volumeMode"))
    if old["spec"].get("nodeAffinity") is not None:
        causes += immutable("nodeAffinity", new["spec"].get("nodeAffinity"), old["spec"]["nodeAffinity"])
    return causes


def _warnings(manifest: Manifest, _old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of sorts of volumes that are gone, of a policy and of names that are on their way out."""
    spec = mapping(manifest.get("spec"))
    for key, message in _OLD_ANNOTATIONS.items():
        if key in mapping(manifest["metadata"].get("annotations")):
            yield ApiWarning(message, Path("metadata.annotations").key(key))
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield ApiWarning(_RECYCLE, SPEC / "persistentVolumeReclaimPolicy")
    terms = mapping(mapping(spec.get("nodeAffinity")).get("required")).get("nodeSelectorTerms")
    for i, term in enumerate(sequence(terms)):
        yield from node_term_warnings(term, SPEC / "nodeAffinity.required.nodeSelectorTerms" @ i)
    for kind, message in OLD_VOLUMES.items():
        if spec.get(kind) is not None:
            yield ApiWarning(message, SPEC / kind)


RULES = Rules(
    complete=_complete,
    prepare=_prepare,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)
