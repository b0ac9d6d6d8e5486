"""`kubectl describe storageclass`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, sequence, text
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page


def describe(page: Page, obj: KubeObject) -> None:
    """Write a StorageClass.

    A class is the default by an annotation, which a claim without a class then gets.

    Source of the rule: `StorageClassDescriber` of k8s.io/kubectl/pkg/describe.
    """
    raw = obj.raw
    default = obj.annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    page.line("Name", obj.name)
    page.line("IsDefaultClass", "Yes" if default else "No")
    page.line("Annotations", pairs(obj.annotations))
    page.line("Provisioner", text(raw.get("provisioner")))
    page.line("Parameters", pairs(mapping(raw.get("parameters"))))
    expands = raw.get("allowVolumeExpansion")
    page.line("AllowVolumeExpansion", "<unset>" if expands is None else str(bool(expands)))
    options = sequence(raw.get("mountOptions"))
    page.write(0, "MountOptions:\n" if options else "MountOptions:\t<none>\n")
    for option in options:
        page.write(1, f"{text(option)}\n")
    for title, field in (("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")):
        if raw.get(field):
            page.line(title, text(raw[field]))
    page.events(obj)
