"""StorageClass: a sort of storage, and the provisioner that makes volumes of it.

Source of the rules: https://kubernetes.io/docs/concepts/storage/storage-classes/ and `ValidateStorageClass` in
k8s.io/kubernetes/pkg/apis/storage/validation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_subdomain, label_key
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import label_name, metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import old_label_warnings
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    forbidden_field,
    immutable,
    invalid_value,
    invalid_values,
    one_of,
    required,
    too_long,
    unique,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

_RECLAIM = ("Delete", "Retain")
_BINDING = ("Immediate", "WaitForFirstConsumer")
_TOPOLOGIES = Path("allowedTopologies")
_MOST_PARAMETERS, _MOST_BYTES = 512, 256 * 1024


def _complete(manifest: Manifest) -> None:
    """Let volumes go with their claims, and be bound at once (SetDefaults_StorageClass)."""
    set_missing(manifest, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=False)
    causes += _provisioner(manifest.get("provisioner", ""))
    causes += _parameters(mapping(manifest.get("parameters")))
    causes += one_of(manifest.get("reclaimPolicy"), Path("reclaimPolicy"), _RECLAIM)
    causes += one_of(manifest.get("volumeBindingMode"), Path("volumeBindingMode"), _BINDING)
    return causes + _topologies(sequence(manifest.get("allowedTopologies")))


def _provisioner(name: str) -> list[Cause]:
    """Check the provisioner; one has to be named, if only "kubernetes.io/no-provisioner"."""
    if not name:
        return [required("provisioner")]
    name = name.lower()
    return invalid_values("provisioner", name, label_key(name))


def _parameters(values: Mapping[str, str]) -> list[Cause]:
    """Check what the provisioner is told."""
    if len(values) > _MOST_PARAMETERS:
        return [too_long("parameters", _MOST_PARAMETERS)]
    causes = [invalid_value("parameters", key, "field can not be empty.") for key in values if not key]
    if (
        sum(len(text.encode("utf-8", "surrogatepass")) for pair in values.items() for text in pair)
        > _MOST_BYTES
    ):
        causes.append(too_long("parameters", _MOST_BYTES))
    return causes


def _topologies(terms: list[Manifest]) -> list[Cause]:
    """Check where volumes may be made (validateAllowedTopologies)."""
    causes: list[Cause] = []
    seen: list[dict[str, set[str]]] = []
    for i, term in enumerate(terms):
        wanted: dict[str, set[str]] = {}
        for j, expression in enumerate(sequence(term.get("matchLabelExpressions"))):
            # Kubernetes names the list here, not the term
            here = _TOPOLOGIES / "matchLabelExpressions" @ j
            values: set[str] = set()
            if not expression.get("values"):
                causes.append(required(here / "values"))
            for k, value in enumerate(sequence(expression.get("values"))):
                causes += unique(value, here / "values" @ k, values)
            key = expression.get("key", "")
            causes += label_name(key, here / "key")
            causes += [duplicate(here / "key", key)] if key in wanted else []
            wanted[key] = values
        if wanted in seen:
            causes.append(duplicate(_TOPOLOGIES @ i / "matchLabelExpressions", ""))
        seen.append(wanted)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a StorageClass that replaces another: its volumes were made by what it said."""
    causes = metadata_update(new["metadata"], old["metadata"])
    zeros: dict[str, Any] = {"parameters": {}, "provisioner": "", "reclaimPolicy": ""}
    causes += [
        forbidden_field(field, f"updates to {field} are forbidden.")
        for field, zero in zeros.items()
        if (new.get(field) or zero) != (old.get(field) or zero)
    ]
    return causes + immutable("volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))


def _warnings(manifest: Manifest, _old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of labels of Nodes that have new names."""
    for i, term in enumerate(sequence(manifest.get("allowedTopologies"))):
        for j, expression in enumerate(sequence(term.get("matchLabelExpressions"))):
            here = _TOPOLOGIES @ i / "matchLabelExpressions" @ j / "key"
            yield from old_label_warnings({expression.get("key", ""): ""}, here)


RULES = Rules(
    group="storage.k8s.io",
    complete=_complete,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)
