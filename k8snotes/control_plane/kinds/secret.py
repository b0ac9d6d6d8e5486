"""Secret: what is not for every eye; written plainly, stored in base64.

Source of the rule: https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

import base64

from k8snotes.api.base import Manifest, mapping
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Let the type be Opaque, and store what is written plainly (stringData) in base64."""
    set_missing(manifest, type="Opaque")
    written = manifest.pop("stringData", None)  # write-only: what is stored is `data`, in base64
    if written:
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in written.items()}
        manifest["data"] = {**mapping(manifest.get("data")), **encoded}


RULES = Rules(complete=_complete)
