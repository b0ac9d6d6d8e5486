"""ConfigMap: settings, apart from the image.

Source of the rule: https://kubernetes.io/docs/concepts/configuration/configmap/
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.data import MAX_DATA_BYTES, decoded_size, kept, keys
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, invalid_values, too_long
from k8snotes.errors import Cause

__all__ = ["RULES"]

_DOUBLED = "duplicate of key present in data"


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _data(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    changed = kept(new, old, "data", "binaryData")
    return metadata_update(new["metadata"], old["metadata"]) + changed + _data(new)


def _data(manifest: Manifest) -> list[Cause]:
    """Check the keys and the size of the data (ValidateConfigMap)."""
    plain, binary = mapping(manifest.get("data")), mapping(manifest.get("binaryData"))
    causes = keys(plain, Path("data")) + keys(binary, Path("binaryData"))
    for key in sorted(plain.keys() & binary.keys()):
        causes += invalid_values(Path("data").key(key), key, [_DOUBLED])
    size = sum(len(value.encode("utf-8", "surrogatepass")) for value in plain.values())
    if size + sum(map(decoded_size, binary.values())) > MAX_DATA_BYTES:
        causes.append(too_long("[]", MAX_DATA_BYTES))  # the API server has no name for the whole
    return causes


RULES = Rules(check=_check, check_update=_check_update)
