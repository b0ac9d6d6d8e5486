"""HTTPRoute: what `kubectl get httproutes` prints."""

from __future__ import annotations

import json

from k8snotes.api.base import KubeObject, sequence
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "HOSTNAMES", "AGE")


def row(route: KubeObject) -> Row:
    """Return the cells of an HTTPRoute: its hosts, as JSON."""
    hosts = sequence(route.spec.get("hostnames"))
    return {"HOSTNAMES": json.dumps(hosts, separators=(",", ":"), ensure_ascii=False) if hosts else ""}
