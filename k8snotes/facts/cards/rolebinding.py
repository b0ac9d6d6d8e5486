"""RoleBinding: which role it gives, and who gets it."""

from __future__ import annotations

from k8snotes.api.kinds.rolebinding import RoleBinding, Subject
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Piece, fact, first

__all__ = ["body"]


_WORDS = {"User": "user", "Group": "group", "ServiceAccount": "sa"}


def body(binding: RoleBinding, asked: Asked) -> Body:
    """Return what the card of a RoleBinding or a ClusterRoleBinding says."""
    role = fact(_("gives"), f"{binding.role_kind} {binding.role_name}")
    who = fact(_("to"), *first(Piece(_who(item)) for item in binding.subjects))
    refs = [
        f"{item.namespace}/sa/{item.name}"
        if item.kind == "ServiceAccount"
        else f"{_WORDS[item.kind]}/{item.name}"
        for item in binding.subjects
        if item.kind in _WORDS and item.name
    ]
    return Body((role, who), tries=tuple(asked.call("access", ref) for ref in refs[:1]))


def _who(subject: Subject) -> str:
    home = f"{subject.namespace}/" if subject.namespace else ""
    return f"{subject.kind} {home}{subject.name}"
