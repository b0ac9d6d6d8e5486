"""ReplicaSet: what `kubectl get replicasets` prints."""

from __future__ import annotations

from k8snotes.facts.columns.workload import REPLICAS, TEMPLATE, row

__all__ = ["NAMES", "WIDE", "row"]


NAMES = REPLICAS
WIDE = (*NAMES, *TEMPLATE)
