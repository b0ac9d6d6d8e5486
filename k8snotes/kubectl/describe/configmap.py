"""`kubectl describe configmap`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.secret import size


def describe(page: Page, obj: KubeObject) -> None:
    """Write a ConfigMap with its values.

    Binary values are not shown, only how long they are.

    Source of the rule: `ConfigMapDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.labels_and_annotations(obj)
    page.write(0, "\nData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("data")).items()):
        page.write(0, f"{key}:\n----\n{text(value)}\n\n")
    page.write(0, "\nBinaryData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("binaryData")).items()):
        page.write(0, f"{key}: {size(text(value))} bytes\n")
    page.write(0, "\n")
    page.events(obj)
