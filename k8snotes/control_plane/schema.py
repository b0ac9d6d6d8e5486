"""Which fields a kind has, and of which types: the tables behind decoding and messages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "CUSTOM",
    "SCHEMA_FILE",
    "FieldType",
    "add_struct",
    "field_names",
    "fields_of",
    "go_struct",
    "struct_for",
    "struct_of",
]

CUSTOM = "custom/"
"""How the names of structs begin that definitions of custom resources bring; the rest is made of what they say."""

# made by tests/schema_from_lightkube.py
SCHEMA_FILE = Path(__file__).with_name("schema.json")


class FieldType(NamedTuple):
    """A field's type: `container` is "", "[]" or "{}" of `name`; `go_name` is what error messages call it.

    A `pointer` keeps an empty value; a field that is `always` written is there even if it is empty.
    """

    name: str
    container: str = ""
    pointer: bool = False
    always: bool = False
    go_name: str = ""

    @property
    def is_struct(self) -> bool:
        """Whether the value, or each item, is an object with fields of its own."""
        return self.name in _tables()[1] or self.name in _ADDED

    @property
    def zero(self) -> Any:
        """The value of a field that is not given: "", 0 or false."""
        match self.name:
            case "int32" | "int64" | "IntOrString" | "float64":
                return 0
            case "bool":
                return False
            case "Quantity":
                return "0"
            case _:
                return ""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Read the table: the struct of each kind, the fields of each struct, and the version where it is not v1."""
    raw = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return raw["kinds"], raw["structs"], raw["versions"]


_ADDED: dict[str, dict[str, FieldType]] = {}


def add_struct(name: str, fields: dict[str, FieldType]) -> None:
    """Add a struct of a custom resource; its name says all that it is, so that none is ever another's.

    Args:
        name: the name, which begins with `CUSTOM`.
        fields: its fields, by name.

    >>> add_struct("custom/example", {"size": FieldType("any")})
    >>> list(struct_of("custom/example"))
    ['size']
    """
    _ADDED[name] = fields


def struct_of(name: str) -> dict[str, FieldType]:
    """Return the fields of one struct of the schema, by name."""
    return _ADDED[name] if name in _ADDED else _struct_of(name)


@cache
def _struct_of(name: str) -> dict[str, FieldType]:
    fields = {}
    for row in _tables()[1][name].split("|"):
        field, _, text = row.partition(" ")
        always = field.endswith("!")
        pointer = text.startswith("*")
        text = text.removeprefix("*")
        container = text[:2] if text[:2] in ("[]", "{}") else ""
        base, _, alias = text.removeprefix(container).partition(":")
        fields[field.removesuffix("!")] = FieldType(base, container, pointer, always, alias)
    return fields


@cache
def field_names() -> frozenset[str]:
    """Return the names of all fields of all kinds.

    >>> "nodePort" in field_names(), "nodeport" in field_names()
    (True, False)
    """
    return frozenset(name for struct in _tables()[1] for name in struct_of(struct))


def go_struct(name: str) -> tuple[str, str]:
    """Return the version and the name by which Go's messages know a struct of the table.

    >>> go_struct("MetricSpec"), go_struct("ServicePort")
    (('v2', 'MetricSpec'), ('v1', 'ServicePort'))
    """
    return _tables()[2].get(name, "v1"), name.rpartition("/")[2]


def struct_for(api_version: str, kind: str) -> str:
    """Return the name of the struct of a kind, "" if there is no table for it."""
    return _tables()[0].get(f"{api_version} {kind}", "")


def fields_of(api_version: str, kind: str, path: str = "") -> tuple[str, ...]:
    """Return the names of the fields that are allowed at a dotted path of a kind, () if that is not known.

    >>> fields_of("v1", "Service", "spec.ports")[:2]
    ('port', 'appProtocol')
    """
    name = struct_for(api_version, kind)
    for step in path.split(".") if path else ():
        type_ = struct_of(name).get(step) if name in _tables()[1] else None
        name = type_.name if type_ is not None and type_.container != "{}" else ""
    return tuple(struct_of(name)) if name in _tables()[1] else ()
