"""PersistentVolumeClaim: storage that a Pod asks for, and keeps when it is replaced."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "PersistentVolumeClaim",
    "persistentvolumeclaims",
    short=("pvc",),
    quota_piece=True,
    recounted=True,
    status=True,
)
