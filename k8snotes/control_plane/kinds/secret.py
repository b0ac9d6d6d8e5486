"""Secret: what is not for every eye; written plainly, stored in base64.

Source of the rule: https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

import base64

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.kinds.secret import shown_key
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.data import MAX_DATA_BYTES, decoded_size, keys
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, too_long
from k8snotes.errors import Cause

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Let the type be Opaque, and store what is written plainly (stringData) in base64."""
    set_missing(manifest, type="Opaque")
    written = manifest.pop("stringData", None)  # write-only: what is stored is `data`, in base64
    if written:
        encoded = {
            key: base64.b64encode(str(value).encode("utf-8", "surrogatepass")).decode()
            for key, value in written.items()
        }
        manifest["data"] = {**mapping(manifest.get("data")), **encoded}


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _data(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return metadata_update(new["metadata"], old["metadata"]) + _data(new)


def _data(manifest: Manifest) -> list[Cause]:
    """Check the keys and the size of the data (ValidateSecret); a key that may hold a value is not quoted."""
    data = mapping(manifest.get("data"))
    causes = keys({shown_key(key): "" for key in data}, Path("data"))
    if sum(map(decoded_size, data.values())) > MAX_DATA_BYTES:
        causes.append(too_long("data", MAX_DATA_BYTES))
    return causes


RULES = Rules(complete=_complete, check=_check, check_update=_check_update)
