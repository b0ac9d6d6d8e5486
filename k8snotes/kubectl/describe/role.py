"""`kubectl describe role`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.role import Role
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.rules import lines_of

__all__ = ["describe"]


def describe(page: Page, obj: KubeObject) -> None:
    """Write a Role or a ClusterRole.

    Source of the rule: `RoleDescriber` and `ClusterRoleDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.write(0, "PolicyRule:\n")
    page.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n")
    page.write(1, "---------\t-----------------\t--------------\t-----\n")
    for cells in lines_of(obj.rules if isinstance(obj, Role) else ()):
        page.write(1, "\t".join(cells) + "\n")
