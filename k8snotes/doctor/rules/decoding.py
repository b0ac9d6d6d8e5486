"""Every field of an object that the API server cannot decode: it stops at the first, a reader wants all."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.kind import Kind
from k8snotes.control_plane.decoding import Decoder
from k8snotes.control_plane.schema import FieldType, struct_for
from k8snotes.doctor.text.paths import Steps, steps, value_at
from k8snotes.errors import ApiError

__all__ = ["UnknownField", "WrongType", "misfits", "undecodable", "without"]


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that its object does not have.

    Args:
        path: where it is.
        known: the fields that the object around it has, with their types.
        value: what was written in it.
    """

    path: Steps
    known: dict[str, FieldType]
    value: Any

    @property
    def name(self) -> str:
        """The name that was written."""
        return str(self.path[-1])


@dataclass(frozen=True, slots=True)
class WrongType:
    """A value of another type than its field has.

    Args:
        path: where it is.
        type: the type of the field.
        value: what was written.
        error: the API server's refusal, had it come as far as this field.
        item: whether the value is an item of the field, which is a list or a map of that type.
    """

    path: Steps
    type: FieldType
    value: Any
    error: ApiError
    item: bool = False


class _PatientDecoder(Decoder):
    """Decodes as the API server does, and goes on where that would stop: a wrong value is noted, and left out."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.strangers: list[tuple[Steps, dict[str, FieldType]]] = []
        self.wrong: list[WrongType] = []

    def _note_unknown(self, path: str, key: str, fields: dict[str, FieldType]) -> None:
        parent = path[: -len(key) - 1] if len(path) > len(key) else ""
        self.strangers.append(((*steps(parent), key), fields))

    def _failed(self, type_: FieldType, value: Any, path: str, error: ApiError, *, item: bool) -> None:
        self.wrong.append(WrongType(steps(path), type_, value, error, item=item))


def undecodable(
    manifest: Manifest, kind: Kind, struct: str = ""
) -> tuple[list[UnknownField], list[WrongType]]:
    """Return the unknown fields and the values of wrong types, in the order of their names.

    Args:
        manifest: the object.
        kind: its kind.
        struct: the struct of a custom resource, by its definition.

    >>> from k8snotes.api.registry import find_resource
    >>> unknown, wrong = undecodable({"spec": {"port": 80, "selector": {"app": True}}}, find_resource("svc"))
    >>> unknown[0].path, wrong[0].path
    (('spec', 'port'), ('spec', 'selector', 'app'))
    """
    decoder = _PatientDecoder(kind)
    struct = struct or struct_for(str(manifest.get("apiVersion") or kind.api_version), kind.kind)
    if struct:
        decoder.struct(struct, manifest, "", "")
    else:
        # of a custom resource only the metadata has known fields
        meta = FieldType("ObjectMeta")
        place = f"{kind.kind}.metadata"
        decoder._field(meta, manifest.get("metadata"), "metadata", place, "metadata")  # noqa: SLF001
    unknown = [UnknownField(path, known, value_at(manifest, path)) for path, known in decoder.strangers]
    return unknown, decoder.wrong


def misfits(value: Any, kind: Kind | None) -> int:
    """Return how many fields of a value do not fit its kind: the fewer, the likelier that it is meant so.

    Args:
        value: what a document says; anything that is no mapping fits no kind.
        kind: the kind that it names; None if it names none that is known.
    """
    if not isinstance(value, dict):
        return 50
    if kind is None:
        return 0 if "kind" in value and "apiVersion" in value else 20
    unknown, wrong = undecodable(value, kind)
    return len(unknown) + len(wrong)


def without(manifest: Manifest, paths: list[Steps]) -> Manifest:
    """Return a manifest without the fields at some paths; an item of a list becomes an empty one.

    >>> without({"spec": {"ports": [{"prot": 80, "port": 80}]}}, [("spec", "ports", 0, "prot")])
    {'spec': {'ports': [{'port': 80}]}}
    """
    if not paths:
        return manifest
    new: Manifest = copy.deepcopy(manifest)
    for path in paths:
        parent = value_at(new, path[:-1])
        step = path[-1]
        if isinstance(parent, dict):
            parent.pop(str(step), None)
        elif isinstance(parent, list) and isinstance(step, int) and step < len(parent):
            parent[step] = None
    return new
