"""What the rules of a Role allow that no request ever asks: a group that does not exist, a resource of another group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import Manifest, mappings, sequence
from k8snotes.api.registry import all_kinds
from k8snotes.catalogue import named
from k8snotes.doctor.findings import WARNING
from k8snotes.doctor.text.fault import Fault, fault_at

__all__ = ["rights_faults"]

_VERSION = ("v1", "core", "v1beta1")  # what is taken for the name of the core group, which is ""


def rights_faults(role: Manifest, node: Any) -> Iterator[Fault]:
    """Yield what is odd about the rules of a Role or a ClusterRole.

    Args:
        role: the object as it was read.
        node: its node in the text.

    Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    """
    homes: dict[str, set[str]] = {}
    for kind in all_kinds():
        homes.setdefault(kind.plural, set()).add(kind.group)
    for number, rule in enumerate(mappings(role.get("rules"))):
        groups = [item for item in sequence(rule.get("apiGroups")) if isinstance(item, str)]
        wrong = [at for at, group in enumerate(groups) if group in _VERSION]
        for at in wrong:
            path = ("rules", number, "apiGroups", at)
            yield fault_at(
                node,
                path,
                "no-api-group",
                parts={"group": groups[at]},
                write='- ""',
                severity=WARNING,
                change=(path, ""),
            )
        if wrong or "*" in groups or not groups:
            continue
        for at, name in enumerate(sequence(rule.get("resources"))):
            home = homes.get(str(name).partition("/")[0], set())
            if home and not home & set(groups):
                parts = {
                    "resource": name,
                    "group": min(home),
                    "groups": named(map(_quoted, groups)),
                }
                yield fault_at(
                    node,
                    ("rules", number, "resources", at),
                    "resource-of-other-group",
                    parts=parts,
                    severity=WARNING,
                )


def _quoted(group: str) -> str:
    return group or '""'
