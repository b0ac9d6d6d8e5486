"""`kubectl describe storageclass`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.control_plane.storage_rules import is_default
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page


def describe(page: Page, obj: KubeObject) -> None:
    """Write a StorageClass.

    A class is the default by an annotation, which a claim without a class then gets.

    Source of the rule: `StorageClassDescriber` of k8s.io/kubectl/pkg/describe.
    """
    raw = obj.raw
    page.line("Name", obj.name)
    page.line("IsDefaultClass", "Yes" if is_default(obj) else "No")
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
    if raw.get("allowedTopologies") is not None:
        _topologies(page, mappings(raw["allowedTopologies"]))
    page.events(obj)


def _topologies(page: Page, terms: list[Manifest]) -> None:
    """Write where volumes of the class may be made."""
    page.write(0, "AllowedTopologies:\t\n" if terms else "AllowedTopologies:\t<none>\n")
    for number, term in enumerate(terms):
        lines = [
            f"{text(item.get('key'))} in [{', '.join(map(text, sequence(item.get('values'))))}]"
            for item in mappings(term.get("matchLabelExpressions"))
        ]
        page.lines(f"Term {number}", lines, "  ")
