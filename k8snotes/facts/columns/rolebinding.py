"""RoleBinding: what `kubectl get rolebindings` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "ROLE", "AGE")
WIDE = (*NAMES, "USERS", "GROUPS", "SERVICEACCOUNTS")


def row(binding: KubeObject) -> Row:
    """Return the cells of a binding: the role that it gives, and the users, groups and accounts that get it."""
    role, subjects = mapping(binding.raw.get("roleRef")), mappings(binding.raw.get("subjects"))

    def named(kind: str) -> list[Manifest]:
        return [item for item in subjects if item.get("kind") == kind]

    accounts = [f"{text(item.get('namespace'))}/{text(item.get('name'))}" for item in named("ServiceAccount")]
    return {
        "ROLE": f"{text(role.get('kind'))}/{text(role.get('name'))}",
        "USERS": ", ".join(text(item.get("name")) for item in named("User")),
        "GROUPS": ", ".join(text(item.get("name")) for item in named("Group")),
        "SERVICEACCOUNTS": ", ".join(accounts),
    }
