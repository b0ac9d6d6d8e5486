"""Secret: its keys may be seen, its values never."""

from __future__ import annotations

import copy

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping
from k8snotes.api.kind import Kind

HIDDEN = "<hidden>"


class Secret(KubeObject):
    """A Secret: its keys may be seen, its values never.

    >>> Secret({"kind": "Secret", "data": {"password": "czNjcjN0"}}).manifest["data"]
    {'password': '<hidden>'}
    """

    __slots__ = ()

    @property
    def manifest(self) -> Manifest:
        """A copy of the manifest in which every value reads "<hidden>"."""
        shown = copy.deepcopy(self.raw)
        for field in ("data", "stringData"):
            if isinstance(shown.get(field), dict):
                shown[field] = dict.fromkeys(shown[field], HIDDEN)
            elif shown.get(field) is not None:
                shown[field] = HIDDEN
        annotations = mapping(mapping(shown.get("metadata")).get("annotations"))
        if LAST_APPLIED in annotations:
            annotations[LAST_APPLIED] = HIDDEN  # kubectl keeps the whole manifest there, values included
        return shown

    @property
    def annotations(self) -> dict[str, str]:
        """`metadata.annotations`, with "<hidden>" for the manifest that kubectl keeps among them."""
        shown = super().annotations
        return {key: HIDDEN if key == LAST_APPLIED else value for key, value in shown.items()}


KIND = Kind("Secret", "secrets", quota_piece=True, recounted=True, view=Secret, selectable_fields=("type",))
