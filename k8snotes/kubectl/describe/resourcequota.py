"""`kubectl describe quota`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, sequence, text
from k8snotes.kubectl.describe.page import Page

__all__ = ["describe", "scopes", "used"]

_SCOPES = {
    "Terminating": (
        "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before "
        "being actively terminated by the system."
    ),
    "NotTerminating": (
        "Matches all pods that do not have an active deadline. These pods usually include long running pods "
        "whose container command is not expected to terminate."
    ),
    "BestEffort": (
        "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
    ),
    "NotBestEffort": (
        "Matches all pods that have at least one resource requirement set. These pods have a burstable or "
        "guaranteed quality of service."
    ),
}


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a ResourceQuota.

    What is used is what the quota controller and admission have counted.

    Source of the rule: `ResourceQuotaDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    scopes(page, obj, 0, " * ")
    page.write(0, "Resource\tUsed\tHard\n")
    page.write(0, "--------\t----\t----\n")
    used(page, obj, 0)


def scopes(page: Page, obj: KubeObject, level: int, bullet: str) -> None:
    """Write which Pods a quota counts, each scope explained.

    Args:
        page: the page.
        obj: the ResourceQuota.
        level: how far the line with the names is indented.
        bullet: the text before each explanation.
    """
    names = sorted(map(text, sequence(obj.spec.get("scopes"))))
    if names:
        page.line("Scopes", ", ".join(names), level)
    for scope in names:
        if scope in _SCOPES:
            page.write(level, f"{bullet}{_SCOPES[scope]}\n")


def used(page: Page, obj: KubeObject, level: int) -> None:
    """Write how much of each resource is used, and how much may be.

    Args:
        page: the page.
        obj: the ResourceQuota; its status has both.
        level: how far the lines are indented.
    """
    hard, now = mapping(obj.status.get("hard")), mapping(obj.status.get("used"))
    for name in sorted(hard):
        page.write(level, f"{name}\t{text(now.get(name)) or 0}\t{text(hard[name])}\n")
