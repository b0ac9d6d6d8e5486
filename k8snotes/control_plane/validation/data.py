"""Rules for what a ConfigMap or a Secret holds: keys that may be names of files, and one mebibyte in all."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from k8snotes.control_plane.validation.environment import config_key
from k8snotes.control_plane.validation.wording import Path, invalid_values
from k8snotes.errors import Cause

__all__ = ["MAX_DATA_BYTES", "decoded_size", "keys"]

MAX_DATA_BYTES = 1024 * 1024


def keys(values: Mapping[str, str], path: Path) -> list[Cause]:
    """Check the keys of data: letters, digits, and `-`, `_`, `.` (IsConfigMapKey).

    >>> [cause.field for cause in keys({"app.properties": "", "my key": ""}, Path("data"))]
    ['data[my key]']
    """
    return [cause for key in sorted(values) for cause in invalid_values(path.key(key), key, config_key(key))]


def decoded_size(encoded: str) -> int:
    """Return how many bytes a value in base64 stands for; the decoder has seen that it is base64.

    >>> decoded_size("aHVudGVyMg==")
    7
    """
    return len(base64.b64decode(encoded))
