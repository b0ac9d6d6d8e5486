"""Every field of an object that the API server could not decode: it stops at the first, a reader wants all."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.decoding import Decoder
from k8snotes.control_plane.schema import FieldType, struct_for
from k8snotes.doctor.tree import Steps, steps, value_at
from k8snotes.errors import ApiError

if TYPE_CHECKING:
    from k8snotes.api.kind import Kind

__all__ = ["Unknown", "Wrong", "misfits", "survey", "without"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A field that its object does not have; `known` are those that it has."""

    path: Steps
    known: dict[str, FieldType]
    value: Any

    @property
    def name(self) -> str:
        """The name that was written."""
        return str(self.path[-1])


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value of another type than its field has; `item` if the field is a list or a map of that type."""

    path: Steps
    type: FieldType
    value: Any
    error: ApiError
    item: bool = False


class _Survey(Decoder):
    """Decodes as the API server does, and goes on where that would stop."""

    def __init__(self, resource: Kind) -> None:
        super().__init__(resource)
        self.strangers: list[tuple[Steps, dict[str, FieldType]]] = []
        self.wrong: list[Wrong] = []

    def _note_unknown(self, path: str, key: str, fields: dict[str, FieldType]) -> None:
        parent = path[: -len(key) - 1] if len(path) > len(key) else ""
        self.strangers.append(((*steps(parent), key), fields))

    def _field(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        try:
            return super()._field(type_, value, path, where, field)
        except ApiError as error:
            self.wrong.append(Wrong(steps(path), type_, value, error))
            return super()._field(type_, None, path, where, field)

    def _item(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        try:
            return super()._item(type_, value, path, where, field)
        except ApiError as error:
            self.wrong.append(Wrong(steps(path), type_, value, error, item=True))
            return super()._item(type_, None, path, where, field)


def survey(manifest: dict[str, Any], resource: Kind) -> tuple[list[Unknown], list[Wrong]]:
    """Return the unknown fields and the values of wrong types, in the order of their names.

    >>> from k8snotes.api.registry import find_resource
    >>> unknown, wrong = survey({"spec": {"port": 80, "selector": {"app": True}}}, find_resource("svc"))
    >>> unknown[0].path, wrong[0].path
    (('spec', 'port'), ('spec', 'selector', 'app'))
    """
    found = _Survey(resource)
    struct = struct_for(str(manifest.get("apiVersion") or resource.api_version), resource.kind)
    if struct:
        found.struct(struct, manifest, "", "")
    else:
        metadata = manifest.get("metadata")
        meta = FieldType("ObjectMeta")
        found._field(meta, metadata, "metadata", f"{resource.kind}.metadata", "metadata")  # noqa: SLF001
    unknown = [Unknown(path, known, value_at(manifest, path)) for path, known in found.strangers]
    return unknown, found.wrong


def misfits(value: Any, resource: Kind | None) -> int:
    """Return how many fields of a value do not fit its kind: the fewer, the likelier that it is meant so."""
    if not isinstance(value, dict):
        return 50
    if resource is None:
        return 0 if "kind" in value and "apiVersion" in value else 20
    unknown, wrong = survey(value, resource)
    return len(unknown) + len(wrong)


def without(manifest: dict[str, Any], paths: list[Steps]) -> dict[str, Any]:
    """Return a manifest without the fields at some paths; an item of a list becomes an empty one."""
    if not paths:
        return manifest
    new: dict[str, Any] = copy.deepcopy(manifest)
    for path in paths:
        parent = value_at(new, path[:-1])
        step = path[-1]
        if isinstance(parent, dict):
            parent.pop(str(step), None)
        elif isinstance(parent, list) and isinstance(step, int) and step < len(parent):
            parent[step] = None
    return new
