"""Names of other objects, by the table of references: a name that no object has, and a key that an object lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from k8snotes import catalogue
from k8snotes.api.base import KubeObject, Manifest, mapping, text
from k8snotes.api.furniture import ROOT_CA
from k8snotes.api.references import Named, references
from k8snotes.api.registry import find_kind
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.source import Placed, Source, near_name
from k8snotes.doctor.text.fault import Fault, fault_at

__all__ = ["name_faults"]

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
# where a missing name is noted if the source has others of its kind; elsewhere only names that are nearly right are
_LISTED = {"HorizontalPodAutoscaler", "RoleBinding", "ClusterRoleBinding"}


def name_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Yield the names of other objects that no object of the source has, and the keys that those do not have.

    Args:
        item: the object that names others.
        source: all objects.
    """
    for named in references(item.obj):
        if named.optional:
            continue
        kind, name = named.kind, named.name
        there = source.named(kind, _home(item.obj, kind, named.holder))
        if name in there:
            yield from _key_faults(item, named, there[name].obj)
        elif kind and not _CLUSTERS_OWN.get(kind, _never)(name):
            yield from _elsewhere(item, named, source) or _missing(item, named, [*there])


def _never(_name: str) -> bool:
    return False


def _home(obj: KubeObject, kind: str, holder: Manifest) -> str:
    """Return the Namespace in which a named object is looked for, "" for kinds that are in none."""
    known = find_kind(text(holder.get("apiVersion")) or "v1", kind)
    everywhere = ("ClusterRole", "PersistentVolume", "PriorityClass")
    if kind in everywhere or (known is not None and not known.namespaced):
        return ""
    return text(holder.get("namespace")) or obj.namespace


def _elsewhere(item: Placed, named: Named, source: Source) -> list[Fault]:
    """Return the fault of a name that only objects of other Namespaces have, if the place can name a Namespace."""
    homes = source.homes(named.kind, named.name)
    home = _home(item.obj, named.kind, named.holder)
    if not home or not homes:
        return []
    subject = named.path[:1] == ("subjects",)
    parts = {"kind": named.kind, "name": named.name, "namespace": home, "others": catalogue.named(homes)}
    moves = subject and len(homes) == 1
    place = (*named.path, "namespace")
    return [
        fault_at(
            item.node,
            place if moves and named.holder.get("namespace") else (*named.path, named.row.field),
            "object-in-other-namespace",
            because="subject-in-other-namespace" if subject else "names-own-namespace",
            parts=parts,
            write=f"namespace: {homes[0]}" if moves else "",
            severity=WARNING,
            change=(place, homes[0]) if moves else None,
        )
    ]


def _missing(item: Placed, named: Named, names: list[str]) -> Iterator[Fault]:
    """Yield the fault of a name that no object has, if the others of the kind tell that it is one."""
    row = named.row
    near = near_name(named.name, sorted(names))
    parts: dict[str, Any] = {"kind": named.kind, "name": named.name, "near": near}
    place = (*named.path, row.field)
    if near:
        yield fault_at(
            item.node,
            place,
            "no-such-object",
            because=_WITHOUT.get(row.kind, "no-such-object"),
            parts=parts,
            write=f"{row.field}: {near}",
            severity=WARNING,
            change=(place, near),
        )
    elif names and (row.kind in _LISTED or row.target == "ServiceAccount"):
        parts["names"] = catalogue.named(sorted(names)[:8])
        yield fault_at(
            item.node, place, "no-such-object-here", because="may-be-elsewhere", parts=parts, severity=NOTE
        )


def _key_faults(item: Placed, named: Named, there: KubeObject) -> Iterator[Fault]:
    """Yield the keys that a ConfigMap or Secret is asked for and does not have."""
    fields = ("data", "binaryData", "stringData")
    keys = [str(key) for field in fields for key in mapping(there.raw.get(field)) if _KEY.fullmatch(str(key))]
    if not keys or "token" in text(there.raw.get("type")):
        return  # controllers fill it
    for place, key in named.keys:
        if key not in keys:
            near = near_name(key, sorted(keys))
            parts = {
                "kind": there.kind,
                "name": there.name,
                "key": key,
                "keys": catalogue.named(sorted(keys)[:8]),
            }
            write = f"key: {near}" if near else ""
            change = (place, near) if near else None
            yield fault_at(
                item.node, place, "no-such-key", parts=parts, write=write, severity=WARNING, change=change
            )
