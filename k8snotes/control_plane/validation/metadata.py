"""Rules for metadata: names, namespaces, labels, annotations, owners, finalizers (apimachinery's ObjectMeta)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from k8snotes.api.base import Manifest, sequence
from k8snotes.api.go_text import quoted
from k8snotes.api.names import dns1123_label, dns1123_subdomain, label_key, label_value
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    immutable,
    invalid_value,
    invalid_values,
    not_negative,
    required,
    too_long,
)
from k8snotes.errors import Cause

__all__ = [
    "NameRule",
    "annotation_keys",
    "annotations_fit",
    "dns_label",
    "dns_subdomain",
    "kube_finalizer",
    "label_name",
    "labels",
    "metadata",
    "metadata_update",
    "path_segment",
    "qualified_name",
]

NameRule = Callable[[str], list[str]]
"""What is wrong with a name, in Kubernetes' words; empty if nothing is."""
METADATA = Path("metadata")
MAX_ANNOTATION_BYTES = 256 * 1024
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_EVENT = ("v1", "Event")


def path_segment(name: str) -> list[str]:
    """Return what is wrong with a name that only has to fit into a URL (IsValidPathSegmentName)."""
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{char}'" for char in "/%" if char in name]


def metadata(meta: Manifest, rule: NameRule, *, namespaced: bool, path: Path = METADATA) -> list[Cause]:
    """Check the metadata of a new object (ValidateObjectMeta).

    Args:
        meta: the metadata, decoded.
        rule: what is wrong with a name of this kind.
        namespaced: whether objects of this kind live in a Namespace.
        path: the path of the metadata in the manifest.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    """
    causes: list[Cause] = []
    name, prefix = meta.get("name", ""), meta.get("generateName", "")
    if prefix:
        # a trailing dash is fine: more comes after it
        masked = prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix
        causes += invalid_values(path / "generateName", prefix, rule(masked))
    if not name:
        causes.append(required(path / "name", "name or generateName is required"))
    else:
        causes += invalid_values(path / "name", name, rule(name))
    namespace = meta.get("namespace", "")
    if namespaced and not namespace:
        causes.append(required(path / "namespace"))
    elif namespaced:
        causes += invalid_values(path / "namespace", namespace, dns1123_label(namespace))
    elif namespace:
        causes.append(forbidden_field(path / "namespace", "not allowed on this type"))
    return causes + _common(meta, path) + _kube_finalizers(meta, path)


def metadata_update(new: Manifest, old: Manifest, path: Path = METADATA) -> list[Cause]:
    """Check the metadata of an object that replaces another: its identity stays (ValidateObjectMetaUpdate).

    >>> [cause.field for cause in metadata_update({"name": "a", "uid": "2"}, {"name": "a", "uid": "1"})]
    ['metadata.uid']
    """
    causes: list[Cause] = []
    more = sorted(set(sequence(new.get("finalizers"))) - set(sequence(old.get("finalizers"))))
    if more and old.get("deletionTimestamp"):
        detail = "no new finalizers can be added if the object is being deleted, found new finalizers "
        detail += f"[]string{{{', '.join(map(quoted, more))}}}"
        causes.append(forbidden_field(path / "finalizers", detail))
    if new.get("generation", 0) < old.get("generation", 0):
        causes.append(invalid_value(path / "generation", new.get("generation", 0), "must not be decremented"))
    for field in ("name", "namespace", "uid"):
        causes += immutable(path / field, new.get(field, ""), old.get(field, ""))
    for field in ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        causes += immutable(path / field, new.get(field), old.get(field))
    return causes + _common(new, path) + _kube_finalizers(new, path)


def _common(meta: Manifest, path: Path) -> list[Cause]:
    """Check what holds for metadata at any time: labels, annotations, owners, finalizers."""
    causes = not_negative(path / "generation", meta.get("generation", 0))
    causes += labels(meta.get("labels"), path / "labels")
    causes += annotation_keys(meta.get("annotations"), path / "annotations")
    causes += _owners(sequence(meta.get("ownerReferences")), path / "ownerReferences")
    for finalizer in sequence(meta.get("finalizers")):
        causes += invalid_values(path / "finalizers", finalizer, label_key(finalizer))
    found = sequence(meta.get("finalizers"))
    if "orphan" in found and "foregroundDeletion" in found:
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        causes.append(invalid_value(path / "finalizers", found, detail))
    return causes


def _kube_finalizers(meta: Manifest, path: Path) -> list[Cause]:
    """Check every finalizer in the metadata."""
    causes: list[Cause] = []
    for i, finalizer in enumerate(sequence(meta.get("finalizers"))):
        causes += kube_finalizer(finalizer, path / "finalizers" @ i)
    return causes


def kube_finalizer(name: str, path: Path) -> list[Cause]:
    """Check that a finalizer is one of Kubernetes' own or says whose it is (validateKubeFinalizerName)."""
    if "/" in name or name in _STANDARD_FINALIZERS:
        return []
    detail = "name is neither a standard finalizer name nor is it fully qualified"
    return [invalid_value(path, name, detail)]


def _owners(owners: list[Manifest], path: Path) -> list[Cause]:
    """Check the ownerReferences: complete, no Event, and one controller at most (ValidateOwnerReferences)."""
    causes: list[Cause] = []
    controller: Manifest | None = None
    for owner in owners:
        version = owner.get("apiVersion", "")
        if not version or version.endswith("/"):
            causes.append(invalid_value(path / "apiVersion", version, "version must not be empty"))
        causes += [
            invalid_value(path / field, owner.get(field, ""), "must not be empty")
            for field in ("kind", "name", "uid")
            if not owner.get(field)
        ]
        if (version, owner.get("kind")) == _EVENT:
            causes.append(invalid_value(path, owner, "/v1, Kind=Event is disallowed from being an owner"))
        if owner.get("controller"):
            if controller is not None:
                detail = (
                    'Only one reference can have Controller set to true. Found "true" in references for '
                    f"{controller.get('kind', '')}/{controller.get('name', '')} "
                    f"and {owner.get('kind', '')}/{owner.get('name', '')}"
                )
                causes.append(invalid_value(path, owners, detail))
            controller = owner
    return causes


def labels(values: Mapping[str, str] | None, path: Path) -> list[Cause]:
    """Check the keys and values of labels, of a selector or of a nodeSelector.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    causes: list[Cause] = []
    for key, value in sorted((values or {}).items()):
        causes += invalid_values(path, key, label_key(key), "label")
        causes += invalid_values(path, value, label_value(value), "label")
    return causes


def annotation_keys(values: Mapping[str, str] | None, path: Path) -> list[Cause]:
    """Check the keys of annotations and their total size (256 KiB).

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    causes: list[Cause] = []
    for key in sorted(values or {}):
        causes += invalid_values(path, key, label_key(key.lower()))
    if values and not annotations_fit(values):
        causes.append(too_long(path, MAX_ANNOTATION_BYTES))
    return causes


def annotations_fit(values: Mapping[str, str]) -> bool:
    """Say whether annotations have 262,144 bytes at most, keys and values together; no text has no bytes.

    >>> annotations_fit({"note": "a" * 262_140}), annotations_fit({"note": "a" * 262_141})
    (True, False)
    """
    pieces = (piece for pair in values.items() for piece in pair if isinstance(piece, str))
    return sum(len(piece.encode("utf-8", "surrogatepass")) for piece in pieces) <= MAX_ANNOTATION_BYTES


def label_name(name: str, path: Path) -> list[Cause]:
    """Check one name that must be a label key."""
    return invalid_values(path, name, label_key(name))


def qualified_name(name: str, path: Path) -> list[Cause]:
    """Check one name of the shape of a label key that names something else: an appProtocol, a condition."""
    return invalid_values(path, name, label_key(name))


def dns_label(name: str, path: Path) -> list[Cause]:
    """Check one name that must be an RFC 1123 label."""
    return invalid_values(path, name, dns1123_label(name))


def dns_subdomain(name: str, path: Path) -> list[Cause]:
    """Check one name that must be an RFC 1123 subdomain."""
    return invalid_values(path, name, dns1123_subdomain(name))
