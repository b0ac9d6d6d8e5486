"""ClusterRole: what it allows, as a Role says it."""

from __future__ import annotations

from k8snotes.facts.cards.role import body

__all__ = ["body"]
