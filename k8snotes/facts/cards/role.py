"""Role: what it allows, a line for each rule."""

from __future__ import annotations

from k8snotes.api.kinds.role import Role
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Piece, codes, fact

__all__ = ["body"]


_MOST = 8


def body(role: Role, asked: Asked) -> Body:  # noqa: ARG001  # as for every kind
    """Return what the card of a Role or a ClusterRole says."""
    lines = []
    for rule in role.rules[:_MOST]:
        on = (*rule.resources, *rule.urls)
        names = (Piece(_("only {names}", names=", ".join(rule.names)), "muted"),) if rule.names else ()
        lines.append(
            fact(_("allows"), *codes(rule.verbs, "pod"), Piece(_("on"), "muted"), *codes(on), *names)
        )
    more = len(role.rules) - _MOST
    if more > 0:
        lines.append(fact(_("allows"), Piece(_("{n} more rules", n=more), "muted")))
    return Body(tuple(lines))
