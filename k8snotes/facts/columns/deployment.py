"""Deployment: what `kubectl get deployments` prints."""

from __future__ import annotations

from k8snotes.facts.columns.workload import TEMPLATE, ready_of_wanted

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE")
WIDE = (*NAMES, *TEMPLATE)

row = ready_of_wanted
