"""Namespace: how much it holds."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.catalogue import _, named, ngettext
from k8snotes.facts.card import Asked, Body, State, fact

__all__ = ["body"]


def body(namespace: KubeObject, asked: Asked) -> Body:
    """Return what the card of a Namespace says."""
    name = namespace.name
    pods, services = len(asked.api.list("pods", name)), len(asked.api.list("services", name))
    holds = (ngettext("{n} Pod", "{n} Pods", pods), ngettext("{n} Service", "{n} Services", services))
    phase = text(namespace.status.get("phase")) or "Active"
    tries = (
        asked.call("service_map", name),
        asked.call("quota", name),
        asked.call("get", "pods", more=f'namespace="{name}"'),
    )
    state = State(phase, "pod" if phase == "Active" else "waiting")
    return Body((fact(_("holds"), named(holds)),), state, "", (), tries)
