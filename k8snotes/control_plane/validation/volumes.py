"""Rules for the volumes of a Pod and for where containers mount them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.validation import environment
from k8snotes.control_plane.validation.metadata import dns_label
from k8snotes.control_plane.validation.storage import claim_template
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    not_found_value,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["local_path", "mounts", "one_source", "volumes"]

_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_RECURSIVE = ("Disabled", "Enabled", "IfPossible")
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
# A source that names one other thing, and the field that does it.
_ONE_NAME = {
    "awsElasticBlockStore": "volumeID",
    "azureFile": "shareName",
    "cinder": "volumeID",
    "csi": "driver",
    "flexVolume": "driver",
    "gcePersistentDisk": "pdName",
    "gitRepo": "repository",
    "glusterfs": "endpoints",
    "persistentVolumeClaim": "claimName",
    "photonPersistentDisk": "pdID",
    "portworxVolume": "volumeID",
    "vsphereVolume": "volumePath",
}


def local_path(text: str, path: Path, *, absolute: bool = False) -> list[Cause]:
    """Check that a path stays below where it starts (validateLocalDescendingPath).

    >>> [cause.field for cause in local_path("../etc", Path("path"))]
    ['path']
    """
    causes: list[Cause] = []
    if text.startswith("/") and not absolute:
        causes.append(invalid_value(path, text, "must be a relative path"))
    if ".." in text.split("/"):
        causes.append(invalid_value(path, text, "must not contain '..'"))
    return causes


def volumes(items: Sequence[Manifest], path: Path) -> tuple[dict[str, Manifest], list[Cause]]:
    """Check the volumes of a Pod; returns them by name, for the containers that mount them.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/volumes/
    """
    causes: list[Cause] = []
    by_name: dict[str, Manifest] = {}
    for i, volume in enumerate(items):
        name, here = volume.get("name", ""), path @ i
        wrong = _source(volume, here)
        if not name:
            wrong.append(required(here / "name"))
        else:
            wrong += dns_label(name, here / "name")
        if name in by_name:
            wrong.append(duplicate(here / "name", name))
        if wrong:
            causes += wrong
        else:
            by_name[name] = volume
    return by_name, causes


def _source(volume: Manifest, path: Path) -> list[Cause]:
    """Check that a volume has exactly one source, and that one (validateVolumeSource)."""
    kinds = [kind for kind in volume if kind != "name" and volume[kind] is not None]
    if not kinds:
        return [required(path, "must specify a volume type")]
    # Kubernetes looks at them in the order of its struct; the first one counts
    kinds.sort(key=lambda kind: _ORDER.index(kind) if kind in _ORDER else len(_ORDER))
    causes = one_source(kinds[0], volume[kinds[0]], path / kinds[0])
    detail = "may not specify more than 1 volume type"
    return causes + [forbidden_field(path / kind, detail) for kind in kinds[1:]]


_ORDER = (
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
)


def one_source(kind: str, source: Manifest, path: Path) -> list[Cause]:
    """Check one source of a volume by the rules of its sort.

    Args:
        kind: the field that has the source: "hostPath".
        source: the value of that field.
        path: its path in the manifest.

    >>> [cause.field for cause in one_source("nfs", {"server": "files"}, Path("spec.nfs"))]
    ['spec.nfs.path']
    """
    match kind:
        case "emptyDir":
            limit = source.get("sizeLimit")
            if limit is not None and Quantity(limit) < Quantity(0):
                return [
                    forbidden_field(path / "sizeLimit", "SizeLimit field must be a valid resource quantity")
                ]
            return []
        case "hostPath":
            return _host_path(source, path)
        case "secret" | "configMap":
            return _files(source, path, "secretName" if kind == "secret" else "name")
        case "nfs":
            return _nfs(source, path)
        case "downwardAPI":
            causes = _mode(source.get("defaultMode"), path / "defaultMode")
            for item in sequence(source.get("items")):
                # Kubernetes names the list here, not the item
                causes += _downward_item(item, path)
            return causes
        case "projected":
            return _projected(source, path)
        case "ephemeral":
            template, here = source.get("volumeClaimTemplate"), path / "volumeClaimTemplate"
            return [required(here)] if template is None else claim_template(template, here)
        case "image" if not source.get("reference"):
            return [required(path / "reference")]
        case _:
            name = _ONE_NAME.get(kind)
            return [required(path / name)] if name and not source.get(name) else []


def _host_path(source: Manifest, path: Path) -> list[Cause]:
    """Check a path of the Node (validateHostPathVolumeSource)."""
    if not source.get("path"):
        return [required(path / "path")]
    causes = []
    if ".." in source["path"].split("/"):
        causes.append(invalid_value(path / "path", source["path"], "must not contain '..'"))
    type_ = source.get("type")
    causes += one_of(type_, path / "type", _HOST_PATH_TYPES)
    return causes


def _nfs(source: Manifest, path: Path) -> list[Cause]:
    """Check a path of a file server (validateNFSVolumeSource)."""
    causes = [required(path / name) for name in ("server", "path") if not source.get(name)]
    if source.get("path") and not source["path"].startswith("/"):
        causes.append(invalid_value(path / "path", source["path"], "must be an absolute path"))
    return causes


def _mode(mode: int | None, path: Path) -> list[Cause]:
    """Check the mode bits of files: 0 to 0777."""
    return [] if mode is None or 0 <= mode <= 0o777 else [invalid_value(path, mode, _MODE)]


def _files(source: Manifest, path: Path, name: str) -> list[Cause]:
    """Check the files that are made of a ConfigMap or Secret."""
    causes = [] if source.get(name) else [required(path / name)]
    causes += _mode(source.get("defaultMode"), path / "defaultMode")
    for i, item in enumerate(sequence(source.get("items"))):
        causes += _key_to_path(item, path / "items" @ i)
    return causes


def _key_to_path(item: Manifest, path: Path) -> list[Cause]:
    """Check which key becomes which file (validateKeyToPath)."""
    causes = [] if item.get("key") else [required(path / "key")]
    causes += _file_path(item.get("path", ""), path / "path")
    return causes + _mode(item.get("mode"), path / "mode")


def _file_path(text: str, path: Path) -> list[Cause]:
    """Check a path below the volume that leads nowhere else."""
    if not text:
        return [required(path)]
    causes = local_path(text, path)
    if text.startswith("..") and not text.startswith("../") and text != "..":
        causes.append(invalid_value(path, text, "must not start with '..'"))
    return causes


def _downward_item(item: Manifest, path: Path) -> list[Cause]:
    """Check one file that shows a field of the Pod (validateDownwardAPIVolumeFile)."""
    causes = _file_path(item.get("path", ""), path / "path")
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        causes += environment.field_ref(field, path / "fieldRef", environment.VOLUME_FIELDS)
        if resource is not None:
            detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
            causes.append(invalid_value(path, "resource", detail))
    elif resource is not None:
        causes += environment.resource_ref(resource, path / "resourceFieldRef", volume=True)
    else:
        causes.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    return causes + _mode(item.get("mode"), path / "mode")


def _projected(source: Manifest, path: Path) -> list[Cause]:
    """Check the sources that a volume has together (validateProjectedVolumeSource)."""
    causes = _mode(source.get("defaultMode"), path / "defaultMode")
    for i, part in enumerate(sequence(source.get("sources"))):
        here = path / "sources" @ i
        kinds = [kind for kind in part if part[kind] is not None]
        causes += [
            forbidden_field(here / kind, "may not specify more than 1 volume type per source")
            for kind in kinds[1:]
        ]
        for kind in kinds[:1]:
            if kind in ("secret", "configMap"):
                causes += _files(part[kind], here / kind, "name")
            elif kind == "downwardAPI":
                for item in sequence(part[kind].get("items")):
                    causes += _downward_item(item, here / kind)
            elif kind == "serviceAccountToken" and not part[kind].get("path"):
                causes.append(required(here / kind / "path"))
    return causes


def mounts(container: Manifest, known: Mapping[str, Manifest], path: Path) -> list[Cause]:
    """Check where a container mounts volumes (ValidateVolumeMounts).

    Args:
        container: the container.
        known: the volumes of its Pod, by name.
        path: the path of the list of mounts in the manifest.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/volumes/
    """
    causes: list[Cause] = []
    devices = sequence(container.get("volumeDevices"))
    places: set[str] = set()
    for i, mount in enumerate(sequence(container.get("volumeMounts"))):
        name, place, here = mount.get("name", ""), mount.get("mountPath", ""), path @ i
        if not name:
            causes.append(required(here / "name"))
        if name not in known:
            causes.append(not_found_value(here / "name", name))
        if not place:
            causes.append(required(here / "mountPath"))
        if place in places:
            causes.append(invalid_value(here / "mountPath", place, "must be unique"))
        places.add(place)
        if any(device.get("name") == name for device in devices):
            causes.append(invalid_value(here / "name", name, "must not already exist in volumeDevices"))
        if any(device.get("devicePath") == place for device in devices):
            detail = "must not already exist as a path in volumeDevices"
            causes.append(invalid_value(here / "mountPath", place, detail))
        causes += _sub_paths(mount, path, i)
        causes += _propagation(mount, container, path)
    return causes


def _sub_paths(mount: Manifest, path: Path, index: int) -> list[Cause]:
    """Check the path inside a volume that is mounted; only one of the two ways to give it may be used."""
    sub, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    # Kubernetes names the list here, not the mount
    causes = local_path(sub, path / "subPath") if sub else []
    if expression and sub:
        detail = "subPathExpr and subPath are mutually exclusive"
        causes.append(invalid_value(path @ index / "subPathExpr", expression, detail))
    return causes + (local_path(expression, path / "subPathExpr") if expression else [])


def _propagation(mount: Manifest, container: Manifest, path: Path) -> list[Cause]:
    """Check whether mounts inside the container are seen outside of it (validateMountPropagation)."""
    causes: list[Cause] = []
    wish, recursive = mount.get("mountPropagation"), mount.get("recursiveReadOnly")
    causes += one_of(wish, path / "mountPropagation", _PROPAGATIONS)
    if wish == "Bidirectional" and not mapping(container.get("securityContext")).get("privileged"):
        detail = "Bidirectional mount propagation is available only to privileged containers"
        causes.append(forbidden_field(path / "mountPropagation", detail))
    path = path / "recursiveReadOnly"
    causes += one_of(recursive, path, _RECURSIVE)
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            causes.append(forbidden_field(path, "may only be specified when readOnly is true"))
        if wish not in (None, "None"):
            detail = "may only be specified when mountPropagation is None or not specified"
            causes.append(forbidden_field(path, detail))
    return causes
