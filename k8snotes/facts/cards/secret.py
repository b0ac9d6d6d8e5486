"""Secret: its type and its keys, never a value."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.secret import shown_key
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Piece, codes, fact

__all__ = ["body"]


def body(secret: KubeObject, asked: Asked) -> Body:
    """Return what the card of a Secret says."""
    names = {**mapping(secret.raw.get("data")), **mapping(secret.raw.get("stringData"))}
    keys = codes((shown_key(str(key)) for key in names), most=12) or (Piece(_("none"), "muted"),)
    facts = (fact(_("type"), text(secret.raw.get("type")) or "Opaque"), fact(_("keys"), *keys))
    values = fact(_("values"), Piece(_("hidden: a Secret never shows them here"), "muted"))
    tries = (asked.in_namespace(secret, "service_map", "uses=True"),)
    return Body((*facts, values), tries=tries)
