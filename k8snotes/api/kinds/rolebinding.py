"""RoleBinding: it gives a role to users, groups and ServiceAccounts, in one Namespace."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.role import GROUP, REMOVED

__all__ = ["KIND", "RoleBinding", "Subject"]


class Subject(NamedTuple):
    """One of those who get a role.

    Args:
        kind: "User", "Group" or "ServiceAccount".
        name: the name.
        namespace: the Namespace of a ServiceAccount, "" for the others.

    >>> print(Subject("ServiceAccount", "robot", "shop"))
    ServiceAccount "robot/shop"
    """

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        """Return it as the reasons of the API server have it."""
        name = f"{self.name}/{self.namespace}" if self.kind == "ServiceAccount" else self.name
        return f"{self.kind} {quoted(name)}"


class RoleBinding(KubeObject):
    """A RoleBinding or a ClusterRoleBinding: it names one role, and those who get it.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=0)
    >>> _ = c.kubectl("create rolebinding readers --clusterrole=view --user=tom")
    >>> binding = c["rolebinding/readers"]
    >>> binding.role_kind, binding.role_name, binding.subjects[0].name
    ('ClusterRole', 'view', 'tom')
    """

    __slots__ = ()

    @property
    def role_kind(self) -> str:
        """`roleRef.kind`: "Role" or "ClusterRole"."""
        return text(mapping(self.raw.get("roleRef")).get("kind"))

    @property
    def role_name(self) -> str:
        """`roleRef.name`."""
        return text(mapping(self.raw.get("roleRef")).get("name"))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Those who get the role, in order; a ServiceAccount without a Namespace is one of the binding's own."""
        own = self.namespace
        return tuple(
            Subject(
                text(item.get("kind")),
                text(item.get("name")),
                (text(item.get("namespace")) or own) if item.get("kind") == "ServiceAccount" else "",
            )
            for item in mappings(self.raw.get("subjects"))
        )


KIND = Kind("RoleBinding", "rolebindings", GROUP, removed=REMOVED, view=RoleBinding)
