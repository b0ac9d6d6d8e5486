"""What a Pod names beside itself: the ConfigMaps, Secrets and ServiceAccounts that its containers and volumes need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.control_plane.etcd import Key

__all__ = [
    "RESOURCES",
    "Reference",
    "all_containers",
    "of_environment",
    "of_pod",
    "of_volume",
    "sources_of",
    "used_volumes",
]

RESOURCES = {"ConfigMap": "configmaps", "Secret": "secrets", "ServiceAccount": "serviceaccounts"}
"""The resource of each kind that a Pod may name."""

_ENVIRONMENT = (
    ("configMapKeyRef", "ConfigMap"),
    ("secretKeyRef", "Secret"),
    ("configMapRef", "ConfigMap"),
    ("secretRef", "Secret"),
)
_SOURCES = {
    "configMap",
    "secret",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
}


class Reference(NamedTuple):
    """An object that a Pod takes values from.

    Args:
        kind: "ConfigMap", "Secret" or "ServiceAccount".
        name: its name; it is in the Pod's own Namespace.
        keys: the keys that it must have, () for none in particular.
        optional: whether the Pod does without it, and without the keys.
    """

    kind: str
    name: str
    keys: tuple[str, ...] = ()
    optional: bool = False

    def key(self, namespace: str) -> Key:
        """Return where the object is stored.

        >>> Reference("ConfigMap", "app").key("shop")
        ('configmaps', 'shop', 'app')
        """
        return RESOURCES[self.kind], namespace, self.name


def all_containers(spec: Manifest) -> list[Manifest]:
    """Return the containers of a Pod's specification, the init containers after the others."""
    return [*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))]


def of_environment(container: Manifest) -> Iterator[Reference]:
    """Yield what the environment of a container is taken from, `envFrom` before `env`.

    >>> ref = {"configMapKeyRef": {"name": "app", "key": "color"}}
    >>> list(of_environment({"env": [{"name": "COLOR", "valueFrom": ref}]}))
    [Reference(kind='ConfigMap', name='app', keys=('color',), optional=False)]
    """
    values = (mapping(item.get("valueFrom")) for item in mappings(container.get("env")))
    for source in (*mappings(container.get("envFrom")), *values):
        for field, kind in _ENVIRONMENT:
            named = mapping(source.get(field))
            if named.get("name"):
                keys = (text(named["key"]),) if named.get("key") else ()
                yield Reference(kind, text(named["name"]), keys, named.get("optional") is True)


def sources_of(volume: Manifest) -> list[tuple[str, Manifest]]:
    """Return what the kubelet writes the files of a volume from, with its sort: those of a projected volume in order.

    >>> sources_of({"name": "v", "configMap": {"name": "app"}})
    [('configMap', {'name': 'app'})]
    >>> sources_of({"name": "v", "emptyDir": {}})
    []
    """
    projected = volume.get("projected")
    parts = mappings(mapping(projected).get("sources")) if projected is not None else [volume]
    return [
        (sort, source)
        for part in parts
        for sort, source in part.items()
        if sort in _SOURCES and isinstance(source, dict)
    ]


def of_volume(volume: Manifest, account: str = "default") -> Iterator[Reference]:
    """Yield the objects that the kubelet writes the files of a volume from.

    Args:
        volume: the volume, as in `spec.volumes`.
        account: the ServiceAccount of the Pod, for which tokens are asked.
    """
    for sort, source in sources_of(volume):
        if sort == "serviceAccountToken":
            yield Reference("ServiceAccount", account)
        elif sort in ("configMap", "secret"):
            kind = "ConfigMap" if sort == "configMap" else "Secret"
            name = text(source.get("name")) or text(source.get("secretName"))
            keys = tuple(text(item.get("key")) for item in mappings(source.get("items")))
            if name:
                yield Reference(kind, name, keys, source.get("optional") is True)


def used_volumes(spec: Manifest) -> list[Manifest]:
    """Return the volumes that a container mounts or reads variables from: the kubelet sets no other up.

    >>> mount = {"name": "v", "mountPath": "/v"}
    >>> used_volumes({"containers": [{"volumeMounts": [mount]}], "volumes": [{"name": "v"}, {"name": "w"}]})
    [{'name': 'v'}]

    Source of the rule: `GetPodVolumeNames` in k8s.io/kubernetes/pkg/volume/util
    """
    volumes = mappings(spec.get("volumes"))
    if not volumes:
        return []
    used: set[str] = set()
    for container in all_containers(spec):
        for field in ("volumeMounts", "volumeDevices"):
            used.update(text(item.get("name")) for item in mappings(container.get(field)))
        for item in mappings(container.get("env")):
            used.add(text(mapping(mapping(item.get("valueFrom")).get("fileKeyRef")).get("volumeName")))
    return [volume for volume in volumes if text(volume.get("name")) in used]


def of_pod(spec: Manifest) -> Iterator[Reference]:
    """Yield everything that the containers and the used volumes of a Pod are given values from."""
    for container in all_containers(spec):
        yield from of_environment(container)
    account = text(spec.get("serviceAccountName")) or "default"
    for volume in used_volumes(spec):
        yield from of_volume(volume, account)
