"""ClusterRoleBinding: which role it gives, and who gets it, as a RoleBinding says it."""

from __future__ import annotations

from k8snotes.facts.cards.rolebinding import body

__all__ = ["body"]
