"""ConfigMap: settings that Pods read."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("ConfigMap", "configmaps", short=("cm",), quota_piece=True, recounted=True)
