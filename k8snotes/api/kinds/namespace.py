"""Namespace: names are unique within it, and selectors select within it."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind


class Namespace(KubeObject):
    """A Namespace: names are unique within it, and selectors select within it."""

    __slots__ = ()


KIND = Kind(
    "Namespace",
    "namespaces",
    namespaced=False,
    short=("ns",),
    rank=7,
    status=True,
    view=Namespace,
    selectable_fields=("status.phase",),
)
