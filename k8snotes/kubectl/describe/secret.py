"""`kubectl describe secret`: its keys, never its values."""

from __future__ import annotations

import base64

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.secret import HIDDEN, shown_key
from k8snotes.kubectl.describe.page import Page

__all__ = ["describe", "size"]


def describe(page: Page, obj: KubeObject) -> None:
    """Write a Secret: its keys and how long their values are, never the values.

    kubectl does the same: the length of a value is enough to see that the value exists.

    Source of the rule: `SecretDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.labels_and_annotations(obj)
    page.write(0, f"\nType:\t{text(obj.raw.get('type'))}\n\nData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("data")).items()):
        # of a live cluster no value was read, so its size is not known
        page.line(shown_key(key), HIDDEN if value == HIDDEN else f"{size(text(value))} bytes")


def size(encoded: str) -> int:
    """Return how many bytes a value in base64 has; 0 where it is none.

    >>> size("aHVudGVyMg=="), size("?")
    (7, 0)
    """
    try:
        return len(base64.b64decode(encoded))
    except ValueError:
        return 0
