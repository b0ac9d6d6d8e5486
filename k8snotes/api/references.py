"""Names of other objects: one table says where each kind of object names another, and what needs the other to be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text

__all__ = ["REFERENCES", "Named", "Needed", "Reference", "needed_by", "references"]

Needed = tuple[str, str, str]
"""An object that a Pod needs: its kind, its Namespace, and its name; "data-db-*" for all claims of a StatefulSet."""
Place = tuple[str | int, ...]


class Reference(NamedTuple):
    """One place where an object names another.

    Args:
        kind: the kind of object that names another; "" for all that are or make Pods.
        path: where the object that holds the name is, "*" for each item of a list; below the specification of the
            Pods where `kind` is "".
        field: the field of that object which has the name.
        target: the kind that is named; "" where the object says it itself, under `kind`.
        needed: whether a Pod does not run without the named object, unless the reference is optional.
        keys: where the keys that are asked of a ConfigMap or Secret are, below the holder.
    """

    kind: str
    path: tuple[str, ...]
    field: str
    target: str
    needed: bool = False
    keys: tuple[str, ...] = ()


def _of_containers(*rows: tuple[tuple[str, ...], str, tuple[str, ...]]) -> tuple[Reference, ...]:
    return tuple(
        Reference("", (containers, "*", *path), "name", target, needed=True, keys=keys)
        for containers in ("initContainers", "containers")
        for path, target, keys in rows
    )


def _of_volumes(*rows: tuple[tuple[str, ...], str, str]) -> tuple[Reference, ...]:
    return tuple(
        Reference("", ("volumes", "*", *path), field, target, needed=True, keys=("items", "*", "key"))
        for path, field, target in rows
    )


REFERENCES: tuple[Reference, ...] = (
    Reference(
        "", ("volumes", "*", "persistentVolumeClaim"), "claimName", "PersistentVolumeClaim", needed=True
    ),
    *_of_volumes(
        (("configMap",), "name", "ConfigMap"),
        (("secret",), "secretName", "Secret"),
        (("projected", "sources", "*", "configMap"), "name", "ConfigMap"),
        (("projected", "sources", "*", "secret"), "name", "Secret"),
    ),
    *_of_containers(
        (("env", "*", "valueFrom", "configMapKeyRef"), "ConfigMap", ("key",)),
        (("env", "*", "valueFrom", "secretKeyRef"), "Secret", ("key",)),
        (("envFrom", "*", "configMapRef"), "ConfigMap", ()),
        (("envFrom", "*", "secretRef"), "Secret", ()),
    ),
    Reference("", ("imagePullSecrets", "*"), "name", "Secret"),
    Reference("", (), "serviceAccountName", "ServiceAccount", needed=True),
    Reference("", (), "priorityClassName", "PriorityClass"),
    Reference("PersistentVolumeClaim", ("spec",), "volumeName", "PersistentVolume"),
    Reference("Ingress", ("spec", "tls", "*"), "secretName", "Secret"),
    Reference("HorizontalPodAutoscaler", ("spec", "scaleTargetRef"), "name", ""),
    Reference("RoleBinding", ("roleRef",), "name", ""),
    Reference("ClusterRoleBinding", ("roleRef",), "name", ""),
    Reference("RoleBinding", ("subjects", "*"), "name", ""),
    Reference("ClusterRoleBinding", ("subjects", "*"), "name", ""),
)
"""Every place where an object names another one that has to be there.

What a Pod needs is what the API server, the scheduler or the kubelet waits for. A Secret for pulling images is not
needed: without it, the kubelet pulls without a password. A missing PriorityClass is refused with the Pod.
"""

_BY_KIND: dict[str, list[Reference]] = {}
for _row in REFERENCES:
    _BY_KIND.setdefault(_row.kind, []).append(_row)


class Named(NamedTuple):
    """What an object names: the row of the table, and where in the manifest the name is.

    Args:
        row: the row.
        path: the place of the holder in the manifest.
        holder: the object in the manifest that has the name in `row.field`.
    """

    row: Reference
    path: Place
    holder: Manifest

    @property
    def kind(self) -> str:
        """The kind of the named object, "" where the holder does not say it."""
        return self.row.target or text(self.holder.get("kind"))

    @property
    def name(self) -> str:
        """The name."""
        return text(self.holder.get(self.row.field))

    @property
    def optional(self) -> bool:
        """Whether the author says that the object, or its key, may be missing."""
        return self.holder.get("optional") is True

    @property
    def is_needed(self) -> bool:
        """Whether a Pod does not run without the object."""
        return self.row.needed and not self.optional

    @property
    def keys(self) -> tuple[tuple[Place, str], ...]:
        """The keys that are asked of a ConfigMap or Secret, each with its place; () for the whole object."""
        found = _walk(self.holder, self.path, self.row.keys) if self.row.keys else ()
        return tuple((place, key) for place, key in found if isinstance(key, str))


def references(obj: KubeObject) -> Iterator[Named]:
    """Yield every name of another object in a manifest, in the order of the table.

    Args:
        obj: the object. A custom resource counts as one that makes Pods if it has a template in the usual place.

    >>> from k8snotes.api.base import view
    >>> pod = view({"apiVersion": "v1", "kind": "Pod", "spec": {"serviceAccountName": "tool"}})
    >>> [(item.kind, item.name, item.path) for item in references(pod)]
    [('ServiceAccount', 'tool', ('spec',))]
    """
    kind = obj.resource
    base: Place = kind.pod_spec if kind.builtin else ("spec", "template", "spec")
    rows = [(base, row) for row in _BY_KIND[""]] if base else []
    for start, row in [*rows, *(((), row) for row in _BY_KIND.get(obj.kind, ()))]:
        for path, holder in _walk(obj.raw, (), (*start, *row.path)):
            if isinstance(holder, dict) and text(holder.get(row.field)):
                yield Named(row, path, holder)


def needed_by(obj: KubeObject) -> Iterator[Needed]:
    """Yield what the Pods of an object need beside it: kind, Namespace and name.

    >>> pod = {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"serviceAccountName": "robot"}}
    >>> list(needed_by(KubeObject({"apiVersion": "v1", **pod})))
    [('ServiceAccount', 'default', 'robot')]
    """
    for item in references(obj):
        if item.is_needed:
            yield item.kind, obj.namespace, item.name
    if obj.kind == "StatefulSet":
        for claim in mappings(obj.spec.get("volumeClaimTemplates")):
            name = text(mapping(claim.get("metadata")).get("name"))
            yield "PersistentVolumeClaim", obj.namespace, f"{name}-{obj.name}-*"


def _walk(value: Any, at: Place, way: Place) -> Iterator[tuple[Place, Any]]:
    """Yield every value at the end of a way, in which "*" is each item of a list."""
    if not way:
        yield at, value
    elif way[0] == "*":
        for number, item in enumerate(sequence(value)):
            yield from _walk(item, (*at, number), way[1:])
    elif isinstance(value, dict) and way[0] in value:
        yield from _walk(value[way[0]], (*at, way[0]), way[1:])
