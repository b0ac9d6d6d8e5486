"""`kubectl describe serviceaccount`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.kubectl.describe.page import Page


def describe(page: Page, obj: KubeObject) -> None:
    """Write a ServiceAccount.

    Its tokens are none of its fields any more: a Pod gets one of its own when it starts.

    Source of the rule: `ServiceAccountDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.labels_and_annotations(obj)
    names = [text(item.get("name")) for item in mappings(obj.raw.get("imagePullSecrets"))] or ["<none>"]
    for number, name in enumerate(names):
        title = "Image pull secrets:" if number == 0 else " " * 19
        page.write(0, f"{title}\t{name}\n")
    page.events(obj)
