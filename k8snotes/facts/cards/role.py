"""Role: what it allows, a line for each rule."""

from __future__ import annotations

from k8snotes.api.kinds.role import Role
from k8snotes.api.policy_rule import PolicyRule
from k8snotes.catalogue import _, named
from k8snotes.facts.card import Asked, Body, Piece, fact, first

__all__ = ["body"]


_MOST = 8


def body(role: Role, asked: Asked) -> Body:  # noqa: ARG001  # as for every kind
    """Return what the card of a Role or a ClusterRole says."""
    rules = first(map(Piece, map(_said, role.rules)), _MOST)
    return Body(tuple(fact(_("allows") if not at else "", rule) for at, rule in enumerate(rules)))


def _said(rule: PolicyRule) -> str:
    verbs, on = named(rule.verbs), named((*rule.resources, *rule.urls))
    if rule.names:
        return _("{verbs} on {resources} named {names}", verbs=verbs, resources=on, names=named(rule.names))
    return _("{verbs} on {resources}", verbs=verbs, resources=on)
