"""Rules for what a ConfigMap or a Secret holds: keys that may be names of files, one mebibyte in all, no change."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from k8snotes.api.base import Manifest, mapping
from k8snotes.control_plane.validation.environment import config_key
from k8snotes.control_plane.validation.wording import Path, forbidden_field, invalid_values
from k8snotes.errors import Cause

__all__ = ["MAX_DATA_BYTES", "decoded_size", "kept", "keys"]

MAX_DATA_BYTES = 1024 * 1024
_IMMUTABLE = "field is immutable when `immutable` is set"


def keys(values: Mapping[str, str], path: Path) -> list[Cause]:
    """Check the keys of data: letters, digits, and `-`, `_`, `.` (IsConfigMapKey).

    >>> [cause.field for cause in keys({"app.properties": "", "my key": ""}, Path("data"))]
    ['data[my key]']
    """
    return [cause for key in sorted(values) for cause in invalid_values(path.key(key), key, config_key(key))]


def kept(new: Manifest, old: Manifest, *fields: str) -> list[Cause]:
    """Check that an object marked `immutable` keeps its data, and its mark.

    Args:
        new: the manifest that replaces the other.
        old: the manifest that is stored.
        fields: the fields that hold data.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable

    >>> [cause.field for cause in kept({"data": {"a": "c"}}, {"immutable": True, "data": {"a": "b"}}, "data")]
    ['immutable', 'data']
    """
    if not old.get("immutable"):
        return []
    changed = [] if new.get("immutable") else ["immutable"]
    changed += [field for field in fields if mapping(new.get(field)) != mapping(old.get(field))]
    return [forbidden_field(field, _IMMUTABLE) for field in changed]


def decoded_size(encoded: str) -> int:
    """Return how many bytes a value in base64 stands for; the decoder has seen that it is base64.

    >>> decoded_size("aHVudGVyMg==")
    7
    """
    return len(base64.b64decode(encoded))
