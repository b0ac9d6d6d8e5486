"""DaemonSet: what `kubectl get daemonsets` prints."""

from __future__ import annotations

from k8snotes.facts.columns.workload import TEMPLATE, row

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE")
WIDE = (*NAMES, *TEMPLATE)
