"""ConfigMap: its keys, and how long each value is."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.catalogue import _, ngettext
from k8snotes.facts.card import Asked, Body, Piece, fact, first

__all__ = ["body"]


def body(config: KubeObject, asked: Asked) -> Body:
    """Return what the card of a ConfigMap says."""
    values = mapping(config.raw.get("data"))
    keys = [
        Piece(_("{key} ({size})", key=key, size=ngettext("{n} letter", "{n} letters", len(text(value)))))
        for key, value in values.items()
    ]
    keys += [Piece(str(key), "", "code") for key in mapping(config.raw.get("binaryData"))]
    nothing = (Piece(_("none"), "muted"),)
    tries = (asked.in_namespace(config, "service_map", "uses=True"),)
    return Body((fact(_("keys"), *(first(keys, 12) or nothing)),), tries=tries)
