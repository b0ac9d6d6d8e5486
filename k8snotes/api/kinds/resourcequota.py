"""ResourceQuota: how much the objects of a Namespace may use together."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("ResourceQuota", "resourcequotas", short=("quota",), status=True, quota_piece=True)
