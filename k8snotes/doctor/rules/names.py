"""Names of other objects: one table says where each kind of object names another, and how the name is compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence, text
from k8snotes.api.furniture import ROOT_CA
from k8snotes.api.registry import find_kind
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.source import Placed, Source, near_name
from k8snotes.doctor.rules.within_object import pod_spec_path
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.doctor.text.paths import Steps, value_at

__all__ = ["REFERENCES", "Reference", "name_faults", "references"]

SLIPS, LISTED, EXPECTED = "slips", "listed", "expected"


class Reference(NamedTuple):
    """One place where an object names another.

    Args:
        kind: the kind of object that names another; "" for all that are or make Pods.
        path: where the object that holds the name is, "*" for each item of a list; below the specification of the
            Pods where `kind` is "".
        field: the field of that object which has the name.
        target: the kind that is named; "" where the object says it itself, under `kind`.
        how: how the name is compared with those in the source: SLIPS finds only names that are nearly right,
            because the others may be somewhere else; LISTED also notes a missing name if the source has others of
            the kind; EXPECTED notes every missing name.
        keys: where the keys that are asked of a ConfigMap or Secret are, below the holder.
    """

    kind: str
    path: tuple[str, ...]
    field: str
    target: str
    how: str = SLIPS
    keys: tuple[str, ...] = ()


def _of_containers(*rows: tuple[tuple[str, ...], str, tuple[str, ...]]) -> tuple[Reference, ...]:
    return tuple(
        Reference("", (containers, "*", *path), "name", target, keys=keys)
        for containers in ("initContainers", "containers")
        for path, target, keys in rows
    )


REFERENCES: tuple[Reference, ...] = (
    Reference("", ("volumes", "*", "persistentVolumeClaim"), "claimName", "PersistentVolumeClaim"),
    Reference("", ("volumes", "*", "configMap"), "name", "ConfigMap", keys=("items", "*", "key")),
    Reference("", ("volumes", "*", "secret"), "secretName", "Secret", keys=("items", "*", "key")),
    Reference(
        "",
        ("volumes", "*", "projected", "sources", "*", "configMap"),
        "name",
        "ConfigMap",
        keys=("items", "*", "key"),
    ),
    Reference(
        "",
        ("volumes", "*", "projected", "sources", "*", "secret"),
        "name",
        "Secret",
        keys=("items", "*", "key"),
    ),
    *_of_containers(
        (("env", "*", "valueFrom", "configMapKeyRef"), "ConfigMap", ("key",)),
        (("env", "*", "valueFrom", "secretKeyRef"), "Secret", ("key",)),
        (("envFrom", "*", "configMapRef"), "ConfigMap", ()),
        (("envFrom", "*", "secretRef"), "Secret", ()),
    ),
    Reference("", ("imagePullSecrets", "*"), "name", "Secret"),
    Reference("", (), "serviceAccountName", "ServiceAccount", LISTED),
    Reference("", (), "priorityClassName", "PriorityClass"),
    Reference("PersistentVolumeClaim", ("spec",), "volumeName", "PersistentVolume"),
    Reference("Ingress", ("spec", "tls", "*"), "secretName", "Secret"),
    Reference("HorizontalPodAutoscaler", ("spec", "scaleTargetRef"), "name", "", LISTED),
    Reference("RoleBinding", ("roleRef",), "name", "", LISTED),
    Reference("ClusterRoleBinding", ("roleRef",), "name", "", LISTED),
    Reference("RoleBinding", ("subjects", "*"), "name", "", LISTED),
    Reference("ClusterRoleBinding", ("subjects", "*"), "name", "", LISTED),
)
"""Every place where an object names another one that must be there."""

_KEY = re.compile(r"[-._a-zA-Z0-9]+")  # anything else is refused, and may be a value of a Secret
# what every cluster has, or what controllers make
_CLUSTERS_OWN: dict[str, Callable[[str], bool]] = {
    "ServiceAccount": lambda name: name == "default",
    "ConfigMap": lambda name: name == ROOT_CA,
    "ClusterRole": lambda name: (
        name in ("admin", "cluster-admin", "edit", "view") or name.startswith("system:")
    ),
    "Role": lambda name: name.startswith(("system:", "extension-apiserver-authentication-reader")),
    "PriorityClass": lambda name: name.startswith("system-"),
}
# what follows where the object is missing, by the kind that names it
_WITHOUT = {
    "HorizontalPodAutoscaler": "nothing-to-scale",
    "RoleBinding": "binding-gives-no-rights",
    "ClusterRoleBinding": "binding-gives-no-rights",
    "Ingress": "no-certificate",
    "PersistentVolumeClaim": "claim-not-bound",
}
_BY_KIND: dict[str, list[Reference]] = {}
for _row in REFERENCES:
    _BY_KIND.setdefault(_row.kind, []).append(_row)


def references(obj: KubeObject) -> Iterator[tuple[Reference, Steps, Manifest]]:
    """Yield where an object names others: the row of the table, the place of the holder, and the holder itself.

    >>> from k8snotes.api.base import view
    >>> pod = view({"apiVersion": "v1", "kind": "Pod", "spec": {"serviceAccountName": "tool"}})
    >>> [(row.target, path) for row, path, _holder in references(pod)]
    [('ServiceAccount', ('spec',))]
    """
    base = pod_spec_path(obj.raw)
    rows = [(base, row) for row in _BY_KIND[""]] if base else []
    for start, row in [*rows, *(((), row) for row in _BY_KIND.get(obj.kind, ()))]:
        for path, holder in _walk(value_at(obj.raw, start), start, row.path):
            if isinstance(holder, dict) and text(holder.get(row.field)):
                yield row, path, holder


def _walk(value: Any, at: Steps, way: tuple[str, ...]) -> Iterator[tuple[Steps, Any]]:
    """Yield every value at the end of a way, in which "*" is each item of a list."""
    if not way:
        yield at, value
    elif way[0] == "*":
        for number, item in enumerate(sequence(value)):
            yield from _walk(item, (*at, number), way[1:])
    elif isinstance(value, dict) and way[0] in value:
        yield from _walk(value[way[0]], (*at, way[0]), way[1:])


def name_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Yield the names of other objects that no object of the source has, and the keys that those do not have.

    Args:
        item: the object that names others.
        source: all objects.
    """
    for row, path, holder in references(item.obj):
        if holder.get("optional") is True:
            continue
        kind = row.target or text(holder.get("kind"))
        home, name = _home(item.obj, kind, holder), text(holder.get(row.field))
        there = source.named(kind, home)
        if name in there:
            yield from _key_faults(item, row, path, holder, there[name].obj)
        elif kind and not _CLUSTERS_OWN.get(kind, _never)(name):
            yield from _missing(item, row, path, {"kind": kind, "name": name}, [*there])


def _never(_name: str) -> bool:
    return False


def _home(obj: KubeObject, kind: str, holder: Manifest) -> str:
    """Return the Namespace in which a named object is looked for, "" for kinds that are in none."""
    known = find_kind(text(holder.get("apiVersion")) or "v1", kind)
    everywhere = ("ClusterRole", "PersistentVolume", "PriorityClass")
    if kind in everywhere or (known is not None and not known.namespaced):
        return ""
    return text(holder.get("namespace")) or obj.namespace


def _missing(
    item: Placed, row: Reference, path: Steps, called: dict[str, str], names: list[str]
) -> Iterator[Fault]:
    """Yield the fault of a name that no object has, if the others of the kind tell that it is one."""
    near = near_name(called["name"], sorted(names))
    parts: dict[str, Any] = {**called, "near": near}
    place = (*path, row.field)
    because = _WITHOUT.get(row.kind, "no-such-object")
    if near:
        yield fault_at(
            item.node,
            place,
            "no-such-object",
            because=because,
            parts=parts,
            write=f"{row.field}: {near}",
            severity=WARNING,
            change=(place, near),
        )
    elif row.how == LISTED and names:
        parts["names"] = ", ".join(sorted(names)[:8])
        yield fault_at(
            item.node, place, "no-such-object-here", because="may-be-elsewhere", parts=parts, severity=NOTE
        )


def _key_faults(
    item: Placed, row: Reference, path: Steps, holder: Manifest, named: KubeObject
) -> Iterator[Fault]:
    """Yield the keys that a ConfigMap or Secret is asked for and does not have."""
    if not row.keys:
        return
    fields = ("data", "binaryData", "stringData")
    keys = [str(key) for field in fields for key in mapping(named.raw.get(field)) if _KEY.fullmatch(str(key))]
    if not keys or "token" in text(named.raw.get("type")):
        return  # controllers fill it
    for place, key in _walk(holder, path, row.keys):
        if isinstance(key, str) and key not in keys:
            near = near_name(key, sorted(keys))
            parts = {**_called(named), "key": key, "keys": ", ".join(sorted(keys)[:8])}
            write = f"key: {near}" if near else ""
            change = (place, near) if near else None
            yield fault_at(
                item.node, place, "no-such-key", parts=parts, write=write, severity=WARNING, change=change
            )


def _called(obj: KubeObject) -> dict[str, str]:
    return {"kind": obj.kind, "name": obj.name}
