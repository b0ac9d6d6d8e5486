"""`kubectl describe namespace`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.kubectl.describe.limitrange import HEAD, LINE, limits
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.resourcequota import scopes, used


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a Namespace: its quotas and its limits included.

    Whatever bounds it is shown in full: each quota with what is used, each limit.

    Source of the rule: `NamespaceDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.line("Status", text(obj.status.get("phase")))
    page.write(0, "\n")
    quotas = page.api.list("resourcequotas", obj.name)
    page.write(0, "Resource Quotas\n" if quotas else "No resource quota.\n")
    for item in quotas:
        page.line("Name", item.name, 1)
        scopes(page, item, 1, "* ")
        page.write(1, "Resource\tUsed\tHard\n")
        page.write(1, "--------\t---\t---\n")
        used(page, item, 1)
    page.write(0, "\n")
    ranges = page.api.list("limitranges", obj.name)
    if ranges:
        page.write(0, f"Resource Limits\n {HEAD} {LINE}")
        limits(page, ranges, " ")
    else:
        page.write(0, "No LimitRange resource.\n")
