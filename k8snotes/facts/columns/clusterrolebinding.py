"""ClusterRoleBinding: what `kubectl get clusterrolebindings` prints, the same as of a RoleBinding."""

from __future__ import annotations

from k8snotes.facts.columns.rolebinding import NAMES, WIDE, row

__all__ = ["NAMES", "WIDE", "row"]
