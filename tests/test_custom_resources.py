"""Custom resources: the fields, the defaults and the bounds that a CustomResourceDefinition brings.

The rules are those of OpenAPI v3 schemas as k8s.io/apiextensions-apiserver reads them:
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
"""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.control_plane.custom_resources import complete, definition_of, schema_causes


def causes(value, schema):
    """Return what is wrong with a value in a field `x`, without its path."""
    found = schema_causes({"x": value}, {"properties": {"x": schema}})
    return [cause.message.replace("x in body ", "") for cause in found]


INTEGER, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}
LIST, OBJECT, BOOLEAN = {"type": "array"}, {"type": "object"}, {"type": "boolean"}


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (1, "integer number"),
        (1.0, "integer number"),
        (1.5, "number"),
        ("a", "string"),
        ("1", "string"),
        ([], "array"),
        ({}, "object"),
        (True, "boolean"),
        (False, "boolean"),
        (None, ""),
    ],
)
def test_of_which_types_a_value_is(value, types):
    """A whole number is an integer and a number; a truth value is neither; null is of no type."""
    for name in ("integer", "number", "string", "array", "object", "boolean"):
        found = causes(value, {"type": name})
        assert (found == []) is (name in types.split()), name
        assert not found or f"must be of type {name}" in found[0]
    assert causes(value, {}) == []
    assert (causes(value, {"type": "string", "nullable": True}) == []) is (
        value is None or value in ("a", "1")
    )


@pytest.mark.parametrize(
    ("value", "fine"),
    [(1, True), ("1", True), ("25%", True), (True, False), (1.5, False), ([], False), (None, False)],
)
def test_a_number_or_text(value, fine):
    """`x-kubernetes-int-or-string`."""
    assert (causes(value, {"x-kubernetes-int-or-string": True}) == []) is fine


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({**INTEGER, "minimum": 2}, 2, ""),
        ({**INTEGER, "minimum": 2}, 1, "should be greater than or equal to 2"),
        ({**INTEGER, "minimum": 2, "exclusiveMinimum": True}, 3, ""),
        ({**INTEGER, "minimum": 2, "exclusiveMinimum": True}, 2, "should be greater than 2"),
        ({**INTEGER, "maximum": 2}, 2, ""),
        ({**INTEGER, "maximum": 2}, 3, "should be less than or equal to 2"),
        ({**INTEGER, "maximum": 2, "exclusiveMaximum": True}, 1, ""),
        ({**INTEGER, "maximum": 2, "exclusiveMaximum": True}, 2, "should be less than 2"),
        ({**NUMBER, "minimum": 0}, -0.5, "should be greater than or equal to 0"),
        ({**NUMBER, "minimum": 0}, 0, ""),
        ({**TEXT, "minLength": 2}, "ab", ""),
        ({**TEXT, "minLength": 2}, "a", "should be at least 2 chars long"),
        ({**TEXT, "maxLength": 2}, "ab", ""),
        ({**TEXT, "maxLength": 2}, "abc", "Too long: may not be more than 2"),
        ({**TEXT, "pattern": "^a+$"}, "aa", ""),
        ({**TEXT, "pattern": "^a+$"}, "ab", "should match '^a+$'"),
        ({**TEXT, "pattern": "b"}, "abc", ""),
        ({**TEXT, "pattern": "(?P<x"}, "ab", ""),
        ({**TEXT, "enum": ["a", "b"]}, "a", ""),
        ({**TEXT, "enum": ["a", "b"]}, "c", 'Unsupported value: "c": supported values: "a", "b"'),
        ({**INTEGER, "enum": [1, 2]}, 3, 'Unsupported value: 3: supported values: "1", "2"'),
        ({**LIST, "minItems": 1}, [1], ""),
        ({**LIST, "minItems": 1}, [], "should have at least 1 items"),
        ({**LIST, "maxItems": 1}, [1], ""),
        ({**LIST, "maxItems": 1}, [1, 2], "Too many: 2: must have at most 1 items"),
        ({**LIST, "items": INTEGER}, [1, 2], ""),
        ({**LIST, "items": INTEGER}, [1, "a"], "[1] in body must be of type integer"),
        ({**OBJECT, "required": ["a"]}, {"a": 1}, ""),
        ({**OBJECT, "required": ["a"]}, {"b": 1}, "Required value"),
        ({**OBJECT, "properties": {"a": INTEGER}}, {"a": "t"}, ".a in body must be of type integer"),
        ({**OBJECT, "properties": {"a": INTEGER}}, {"b": "t"}, ""),
        ({**OBJECT, "additionalProperties": INTEGER}, {"b": "t"}, ".b in body must be of type integer"),
        ({**OBJECT, "additionalProperties": INTEGER}, {"b": 1}, ""),
        ({**OBJECT, "properties": {"a": TEXT}, "additionalProperties": INTEGER}, {"a": "t", "b": 1}, ""),
        ({**BOOLEAN, "minimum": 5}, True, ""),
    ],
)
def test_each_bound_of_a_schema(schema, value, said):
    """Inside and outside of each, in the words of the API server."""
    found = causes(value, schema)
    assert len(found) == bool(said), found
    assert not said or said in found[0]


def test_the_schema_says_nothing_of_metadata():
    """apiVersion, kind and metadata are checked as those of every object, whatever a schema requires of them."""
    schema = {"required": ["metadata", "kind", "spec"], "properties": {"metadata": INTEGER}}
    assert [cause.field for cause in schema_causes({"metadata": {"name": "a"}}, schema)] == ["spec"]


@pytest.mark.parametrize(
    ("schema", "value", "completed"),
    [
        ({"properties": {"a": {"default": 3}}}, {}, {"a": 3}),
        ({"properties": {"a": {"default": 3}}}, {"a": 1}, {"a": 1}),
        ({"properties": {"a": {"default": 0}}}, {}, {"a": 0}),
        ({"properties": {"a": {}}}, {}, {}),
        ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {}, {}),
        ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {"a": {}}, {"a": {"b": 1}}),
        ({"properties": {"a": {"default": {}, "properties": {"b": {"default": 1}}}}}, {}, {"a": {"b": 1}}),
        ({"items": {"properties": {"b": {"default": 1}}}}, [{}, {"b": 2}], [{"b": 1}, {"b": 2}]),
        ({"additionalProperties": {"properties": {"b": {"default": 1}}}}, {"x": {}}, {"x": {"b": 1}}),
        (
            {"properties": {"x": {}}, "additionalProperties": {"properties": {"b": {"default": 1}}}},
            {"x": {}},
            {"x": {}},
        ),
    ],
)
def test_defaults(schema, value, completed):
    """A default is filled in where the field is missing, from the outside in; a list and a map have those of their items."""
    complete(value, schema)
    assert value == completed


def definition(group="example.com", kind="Widget", **versions):
    rows = [
        {
            "name": name,
            "served": served,
            "storage": name == "v1",
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": OBJECT}}},
        }
        for name, served in versions.items()
    ]
    return {"spec": {"group": group, "names": {"kind": kind}, "versions": rows}}


@pytest.mark.parametrize(
    ("version", "kind", "known"),
    [
        ("example.com/v1", "Widget", True),
        ("example.com/v2", "Widget", False),
        ("example.com/v3", "Widget", False),
        ("example.org/v1", "Widget", False),
        ("example.com/v1", "Gadget", False),
        ("v1", "Widget", False),
    ],
)
def test_which_definition_a_kind_has(version, kind, known):
    """Group, version and kind together; a version that is not served has none."""
    definitions = [definition(kind="Other", v1=True), definition(v1=True, v2=False)]
    assert (definition_of(definitions, version, kind) is not None) is known


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, default: 3}
              parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
              named: {type: object, additionalProperties: {type: object, properties: {name: {type: string}}}}
              plain: {type: object, additionalProperties: {type: string}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              template: {type: object, x-kubernetes-embedded-resource: true, properties: {a: {type: string}}}
              inner: {type: object, properties: {deep: {type: object, properties: {name: {type: string}}}}}
"""


@pytest.mark.parametrize(
    ("spec", "unknown"),
    [
        ("{size: 1}", ""),
        ("{sise: 1}", "spec.sise"),
        ("{parts: [{name: a}]}", ""),
        ("{parts: [{name: a}, {nam: a}]}", "spec.parts[1].nam"),
        ("{named: {x: {name: a}}}", ""),
        ("{named: {x: {nam: a}}}", "nam"),
        ("{plain: {anything: a}}", ""),
        ("{free: {anything: {goes: 1}}}", ""),
        ("{inner: {deep: {name: a}}}", ""),
        ("{inner: {deep: {nam: a}}}", "spec.inner.deep.nam"),
        ("{inner: {dep: {}}}", "spec.inner.dep"),
    ],
)
def test_fields_that_a_schema_does_not_have(spec, unknown):
    """A structural schema knows its fields, in lists and maps too; but where it says that it does not."""
    cluster = kn.Cluster(nodes=0)
    cluster.apply(CRD)
    cluster.settle()
    manifest = f"{{apiVersion: example.com/v1, kind: Widget, metadata: {{name: a}}, spec: {spec}}}"
    if not unknown:
        (made,) = cluster.create(manifest)
        assert made.raw["spec"]["size"] == (1 if "size" in spec else 3)
        return
    with pytest.raises(kn.ApiError, match="unknown field") as caught:
        cluster.create(manifest)
    named = str(caught.value).rpartition('unknown field "')[2].partition('"')[0]
    assert named == unknown or (unknown == "nam" and named.endswith(".nam"))


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {"spec": OBJECT}}, True),
        (
            {"type": "object", "properties": {"spec": OBJECT}, "x-kubernetes-preserve-unknown-fields": True},
            False,
        ),
        ({"type": "object"}, False),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, False),
    ],
)
def test_a_schema_may_leave_the_whole_object_open(schema, strict):
    """Where it says so at its root, or names no property at all."""
    rows = [{"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}]
    manifest = {"spec": {"group": "example.com", "names": {"kind": "Widget"}, "versions": rows}}
    found = definition_of([manifest], "example.com/v1", "Widget")
    assert bool(found.struct) is strict
