"""Custom resources: their fields, and the allowed values, by the definition that brought the kind.

A CustomResourceDefinition has a schema for each of its versions. Fields that it does not name are unknown, as those
of a built-in kind are; what it says of values is checked when the object is.

Source of the rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
and `ValidateCustomResource` in k8s.io/apiextensions-apiserver/pkg/apiserver/validation
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.registry import custom_kind
from k8snotes.control_plane.cel_rules import broken, has_rules
from k8snotes.control_plane.schema import CUSTOM, FieldType, add_struct
from k8snotes.control_plane.validation.wording import (
    Path,
    invalid_value,
    invalid_whole,
    not_supported,
    required,
    too_long,
    too_many,
    type_invalid,
)
from k8snotes.errors import Cause

__all__ = ["Definition", "complete", "definition_of", "kind_of", "schema_causes"]

_NOT_THE_SCHEMA = ("apiVersion", "kind", "metadata")
_FREE = "x-kubernetes-preserve-unknown-fields"
_DEEPEST = 60
# a cause of these keeps the API server from checking rules in CEL (hasBlockingErr)
_BLOCKING = (
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
)
_NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


class Definition(NamedTuple):
    """One served version of a custom kind: the struct of its fields, and its schema."""

    struct: str
    schema: Mapping[str, Any]


def definition_of(definitions: Iterable[Mapping[str, Any]], api_version: str, kind: str) -> Definition | None:
    """Return how the objects of a custom kind look, None where no definition has this kind and version.

    Args:
        definitions: manifests of CustomResourceDefinitions.
        api_version: the `apiVersion` of the object.
        kind: its `kind`.

    >>> properties = {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}
    >>> schema = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    >>> spec = {"group": "example.com", "names": {"kind": "Widget"},
    ...         "versions": [{"name": "v1", "served": True, "schema": schema}]}
    >>> definition_of([{"spec": spec}], "example.com/v1", "Widget").struct.startswith("custom/")
    True
    >>> definition_of([{"spec": spec}], "example.com/v2", "Widget") is None
    True
    """
    group, version = split_api_version(api_version)
    for manifest in definitions:
        spec = mapping(manifest.get("spec"))
        if spec.get("group") != group or mapping(spec.get("names")).get("kind") != kind:
            continue
        for item in mappings(spec.get("versions")):
            if item.get("name") == version and item.get("served") is not False:
                schema = mapping(mapping(item.get("schema")).get("openAPIV3Schema"))
                return Definition(_root(schema), schema)
    return None


def kind_of(definition: Mapping[str, Any]) -> Kind | None:
    """Return the kind that a definition brings, by its stored version; None for a definition that lacks a name.

    A kind of a known API has the names that are known of it.

    >>> names = {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"]}
    >>> spec = {"group": "example.com", "names": names, "versions": [{"name": "v1", "storage": True}]}
    >>> kind_of({"spec": spec}).names
    ('widgets', 'widget', 'wd')
    """
    spec = mapping(definition.get("spec"))
    names, group = mapping(spec.get("names")), text(spec.get("group"))
    version = next(
        (text(item.get("name")) for item in mappings(spec.get("versions")) if item.get("storage")), ""
    )
    if not names.get("kind") or not group or not version:
        return None
    known = custom_kind(f"{group}/{version}", text(names["kind"]))
    return known._replace(short=known.short or tuple(map(text, sequence(names.get("shortNames")))))


def _root(schema: Mapping[str, Any]) -> str:
    """Return the struct of a whole object: its own fields, and those that every object has."""
    fields = _fields(schema, 0) or {}
    if schema.get(_FREE) or not schema.get("properties"):
        return ""
    every = {
        "apiVersion": FieldType("string"),
        "kind": FieldType("string"),
        "metadata": FieldType("ObjectMeta"),
    }
    return _named(schema, {**fields, **every})


def _named(schema: Mapping[str, Any], fields: dict[str, FieldType]) -> str:
    """Add a struct to the table, under a name that is made of what it says."""
    digest = hashlib.sha256(json.dumps(schema, sort_keys=True, default=str).encode()).hexdigest()[:16]
    name = f"{CUSTOM}{digest}"
    add_struct(name, fields)
    return name


def _fields(schema: Mapping[str, Any], depth: int) -> dict[str, FieldType] | None:
    """Return the fields of an object by its schema, None where any is allowed."""
    known = mapping(schema.get("properties"))
    if schema.get(_FREE) or schema.get("x-kubernetes-embedded-resource") or not known or depth > _DEEPEST:
        return None
    return {name: _type(mapping(item), depth + 1) for name, item in known.items()}


def _type(schema: Mapping[str, Any], depth: int) -> FieldType:
    """Return the type of a field: only its shape, for what the values may be is checked later."""
    items, more = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict) and (fields := _fields(items, depth)) is not None:
        return FieldType(_named(items, fields), "[]", pointer=True)
    if isinstance(more, dict) and (fields := _fields(more, depth)) is not None:
        return FieldType(_named(more, fields), "{}", pointer=True)
    fields = _fields(schema, depth)
    return FieldType("any") if fields is None else FieldType(_named(schema, fields), pointer=True)


def complete(value: Any, schema: Mapping[str, Any]) -> None:
    """Fill in, in place, the defaults that a schema has.

    >>> spec = {}
    >>> complete(spec, {"properties": {"size": {"type": "integer", "default": 3}}})
    >>> spec
    {'size': 3}
    """
    if isinstance(value, dict):
        for name, item in mapping(schema.get("properties")).items():
            if name not in value and mapping(item).get("default") is not None:
                value[name] = copy.deepcopy(item["default"])
            if name in value:
                complete(value[name], mapping(item))
        more = schema.get("additionalProperties")
        for name in value if isinstance(more, dict) else ():
            if name not in mapping(schema.get("properties")):
                complete(value[name], mapping(more))
    elif isinstance(value, list):
        for item in value:
            complete(item, mapping(schema.get("items")))


def schema_causes(manifest: Manifest, schema: Mapping[str, Any]) -> list[Cause]:
    """Return what is wrong with a custom resource by its schema, in the API server's words.

    Args:
        manifest: the object, decoded and completed.
        schema: the schema of its version.

    >>> schema = {"properties": {"spec": {"properties": {"size": {"type": "integer", "minimum": 1}}}}}
    >>> [cause.message for cause in schema_causes({"spec": {"size": 0}}, schema)]
    ['Invalid value: 0: spec.size in body should be greater than or equal to 1']
    >>> [cause.message for cause in schema_causes({"spec": {"size": "x"}}, schema)]
    ['Invalid value: "string": spec.size in body must be of type integer: "string"']
    """
    own = {key: value for key, value in manifest.items() if key not in _NOT_THE_SCHEMA}
    needed = [name for name in sequence(schema.get("required")) if name not in _NOT_THE_SCHEMA]
    causes = _causes(own, {**schema, "required": needed}, Path())
    if not has_rules(schema):
        return causes
    if any(cause.reason in _BLOCKING for cause in causes):
        return [*causes, invalid_value("<nil>", None, _NOT_CHECKED)]
    return [*causes, *_rule_causes(own, schema, Path())]


def _rule_causes(value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[Cause]:
    """Yield the rules in CEL that a value breaks, then those that what is inside it breaks."""
    for message in broken(value, schema):
        yield invalid_whole(path, message)
    if isinstance(value, dict):
        known = mapping(schema.get("properties"))
        for name, item in value.items():
            if name in known:
                yield from _rule_causes(item, mapping(known[name]), path / name)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _rule_causes(item, mapping(schema.get("items")), path @ i)


def _causes(value: Any, schema: Mapping[str, Any], path: Path) -> list[Cause]:
    """Check one value, and those inside it."""
    if schema.get("x-kubernetes-int-or-string"):
        wrong = not isinstance(value, (int, str)) or isinstance(value, bool)
        return [type_invalid(path, _json_type(value), "integer,string")] if wrong else []
    wanted = schema.get("type")
    if value is None and schema.get("nullable"):
        return []
    if wanted and not _is_of(value, wanted):
        return [type_invalid(path, _json_type(value), wanted)]
    causes: list[Cause] = []
    options = schema.get("enum")
    if isinstance(options, list) and value not in options:
        causes.append(not_supported(path, value, [str(option) for option in options]))
    if isinstance(value, dict):
        causes += _object(value, schema, path)
    elif isinstance(value, list):
        causes += _list(value, schema, path)
    elif isinstance(value, str):
        causes += _text(value, schema, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        causes += _number(value, schema, path)
    return causes


def _object(value: Manifest, schema: Mapping[str, Any], path: Path) -> list[Cause]:
    causes = [required(path / name) for name in sequence(schema.get("required")) if name not in value]
    known, more = mapping(schema.get("properties")), schema.get("additionalProperties")
    for name, item in value.items():
        if name in known:
            causes += _causes(item, mapping(known[name]), path / name)
        elif isinstance(more, dict):
            causes += _causes(item, more, path / name)
    return causes


def _list(value: list[Any], schema: Mapping[str, Any], path: Path) -> list[Cause]:
    causes: list[Cause] = []
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and len(value) < least:
        causes.append(invalid_value(path, len(value), f"{path} in body should have at least {least} items"))
    if most is not None and len(value) > most:
        causes.append(too_many(path, len(value), most))
    for i, item in enumerate(value):
        causes += _causes(item, mapping(schema.get("items")), path @ i)
    return causes


def _text(value: str, schema: Mapping[str, Any], path: Path) -> list[Cause]:
    causes: list[Cause] = []
    least, most, pattern = (schema.get(name) for name in ("minLength", "maxLength", "pattern"))
    if most is not None and len(value) > most:
        causes.append(too_long(path, most))
    if least is not None and len(value) < least:
        detail = f"{path} in body should be at least {least} chars long"
        causes.append(invalid_value(path, value, detail))
    if isinstance(pattern, str) and not _matches(pattern, value):
        causes.append(invalid_value(path, value, f"{path} in body should match '{pattern}'"))
    return causes


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a pattern that only Go reads refuses nothing here


def _number(value: float, schema: Mapping[str, Any], path: Path) -> list[Cause]:
    causes: list[Cause] = []
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and (value <= least if schema.get("exclusiveMinimum") else value < least):
        words = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        causes.append(invalid_value(path, value, f"{path} in body should be {words} {least}"))
    if most is not None and (value >= most if schema.get("exclusiveMaximum") else value > most):
        words = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        causes.append(invalid_value(path, value, f"{path} in body should be {words} {most}"))
    return causes


def _json_type(value: Any) -> str:
    """Return what OpenAPI calls the type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, float) and not value.is_integer():
        return "number"
    names = {int: "integer", float: "integer", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "string")


def _is_of(value: Any, wanted: str) -> bool:
    found = _json_type(value)
    return found == wanted or (wanted == "number" and found == "integer")
