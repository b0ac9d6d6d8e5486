"""The volumes of a Pod, each with where its content comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import mapping, mappings, text
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.go import go_value

__all__ = ["volume_source", "volumes"]

# field: what it is, and the lines: title, field of the source, and the text if the field is absent
_SOURCES: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "hostPath": (
        "HostPath (bare host directory volume)",
        (("Path", "path", ""), ("HostPathType", "type", "<none>")),
    ),
    "emptyDir": (
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (("Medium", "medium", ""), ("SizeLimit", "sizeLimit", "<unset>")),
    ),
    "secret": (
        "Secret (a volume populated by a Secret)",
        (("SecretName", "secretName", ""), ("Optional", "optional", "false")),
    ),
    "configMap": (
        "ConfigMap (a volume populated by a ConfigMap)",
        (("Name", "name", ""), ("Optional", "optional", "false")),
    ),
    "nfs": (
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        (("Server", "server", ""), ("Path", "path", ""), ("ReadOnly", "readOnly", "false")),
    ),
    "persistentVolumeClaim": (
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (("ClaimName", "claimName", ""), ("ReadOnly", "readOnly", "false")),
    ),
    "ephemeral": (
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        (),
    ),
    "local": (
        "LocalVolume (a persistent volume backed by local storage on a node)",
        (("Path", "path", ""),),
    ),
    "csi": (
        "CSI (a Container Storage Interface (CSI) volume source)",
        (("Driver", "driver", ""), ("FSType", "fsType", ""), ("ReadOnly", "readOnly", "false")),
    ),
    "image": (
        "Image (a container image or OCI artifact)",
        (("Reference", "reference", ""), ("PullPolicy", "pullPolicy", "")),
    ),
}


def volumes(page: Page, items: Sequence[Mapping[str, Any]], space: str = "") -> None:
    """Write the volumes of a Pod or of a template.

    Args:
        page: the page.
        items: `volumes` of a Pod or of a template.
        space: how far a template is indented.

    Source of the rule: `describeVolumes` of k8s.io/kubectl/pkg/describe.
    """
    if not items:
        page.write(0, f"{space}Volumes:\t<none>\n")
        return
    page.write(0, f"{space}Volumes:\n")
    for item in items:
        page.write(1, f"{' ' if space else ''}{text(item.get('name'))}:\n")
        volume_source(page, item)


def volume_source(page: Page, item: Mapping[str, Any], *, persistent: bool = False) -> None:
    """Write where the content of a volume comes from.

    Args:
        page: the page.
        item: a volume of a Pod, or the source of a PersistentVolume.
        persistent: whether it is that of a PersistentVolume: a driver knows it by a handle.
    """
    for field, (kind, lines) in _SOURCES.items():
        if field in item:
            source = mapping(item[field])
            page.line("Type", kind, 2)
            if field == "ephemeral":
                _claim_template(page, mapping(source.get("volumeClaimTemplate")))
            own = (("VolumeHandle", "volumeHandle", ""),) if persistent and field == "csi" else ()
            for title, name, otherwise in (*lines[:2], *own, *lines[2:]):
                page.line(title, otherwise if source.get(name) is None else text(source[name]), 2)
            if field == "csi":
                attributes = mapping(source.get("volumeAttributes"))
                page.labels("VolumeAttributes", attributes, "    ")
            return
    if "projected" in item:
        page.line("Type", "Projected (a volume that contains injected data from multiple sources)", 2)
        for source in mappings(mapping(item["projected"]).get("sources")):
            _projected(page, source)
    elif "downwardAPI" in item:
        page.line("Type", "DownwardAPI (a volume populated by information about the pod)", 2)
        page.write(2, "Items:\n")
        for entry in mappings(mapping(item["downwardAPI"]).get("items")):
            path = mapping(entry.get("fieldRef")).get("fieldPath")
            path = path or mapping(entry.get("resourceFieldRef")).get("resource")
            page.write(3, f"{text(path)} -> {text(entry.get('path'))}\n")
    else:
        _other(page, item)


def _claim_template(page: Page, template: Mapping[str, Any]) -> None:
    """Write the template of the claim that is made for a volume."""
    metadata, spec = mapping(template.get("metadata")), mapping(template.get("spec"))
    page.line("StorageClass", text(spec.get("storageClassName")), 2)
    page.line("Volume", text(spec.get("volumeName")), 2)
    for title, between in (("Labels", "="), ("Annotations", ": ")):
        values = mapping(metadata.get(title.lower()))
        # kubectl indents what is nested, the values as well
        told = [f"{key}{between}{text(values[key])}" for key in sorted(values)] or ["<none>"]
        for number, line in enumerate(told):
            page.write(0, f"    {f'{title}:' if number == 0 else '    '}\t    {line}\n")
    page.line("Capacity", "", 2)
    page.line("Access Modes", "", 2)
    if spec.get("volumeMode"):
        page.line("VolumeMode", text(spec["volumeMode"]), 2)


def _projected(page: Page, source: Mapping[str, Any]) -> None:
    for field, title in (("secret", "SecretName"), ("configMap", "ConfigMapName")):
        if field in source:
            named = mapping(source[field])
            page.line(title, text(named.get("name")), 2)
            page.line("Optional", text(named.get("optional")) or "false", 2)
    if "downwardAPI" in source:
        page.line("DownwardAPI", "true", 2)
    if "serviceAccountToken" in source:
        seconds = mapping(source["serviceAccountToken"]).get("expirationSeconds")
        page.line("TokenExpirationSeconds", seconds if seconds is not None else 3600, 2)


def _other(page: Page, item: Mapping[str, Any]) -> None:
    kinds = [field for field in item if field != "name"]
    if not kinds:
        page.write(1, "<unknown>\n")
        return
    # the volumes of single makers of disks: their fields, under the names that manifests give them
    page.line("Type", kinds[0][0].upper() + kinds[0][1:], 2)
    for name, value in mapping(item[kinds[0]]).items():
        page.line(name[0].upper() + name[1:], go_value(value), 2)
