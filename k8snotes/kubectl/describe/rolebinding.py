"""`kubectl describe rolebinding`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page

__all__ = ["describe"]


def describe(page: Page, obj: KubeObject) -> None:
    """Write a RoleBinding or a ClusterRoleBinding.

    It names the Role, and to whom the Role is given.

    Source of the rule: `RoleBindingDescriber` of k8s.io/kubectl/pkg/describe.
    """
    referred = mapping(obj.raw.get("roleRef"))
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.write(0, "Role:\n")
    page.line("Kind", text(referred.get("kind")), 1)
    page.line("Name", text(referred.get("name")), 1)
    page.write(0, "Subjects:\n")
    page.write(1, "Kind\tName\tNamespace\n")
    page.write(1, "----\t----\t---------\n")
    for item in mappings(obj.raw.get("subjects")):
        page.write(1, "\t".join(text(item.get(name)) for name in ("kind", "name", "namespace")) + "\n")
