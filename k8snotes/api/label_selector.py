"""The LabelSelector object, `selector` of a Deployment or ReplicaSet: matchLabels and matchExpressions, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.go_text import json_text, quoted
from k8snotes.api.names import label_key, label_value
from k8snotes.api.requirement import Requirement, aggregated, requirement_faults
from k8snotes.catalogue import _
from k8snotes.errors import Cause, LabelSelectorError, nearest, suggestion

__all__ = [
    "format_label_selector",
    "go_label_selector",
    "label_selector_object",
    "label_selector_requirements",
    "map_requirements",
    "validate_label_selector",
]

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
_WRITTEN = {"in": "In", "notin": "NotIn", "!=": "NotIn", "exists": "Exists", "!": "DoesNotExist"}
_FIELDS = ("matchLabels", "matchExpressions")


class _Expression(NamedTuple):
    key: str
    operator: str
    values: list[str] | None


def map_requirements(labels: Mapping[str, Any] | None, path: str = "selector") -> list[Requirement]:
    """Return "key=value" for every entry of a map, sorted by key, as a Service and a ReplicationController have it.

    Args:
        labels: the map, key to value; None is an empty one.
        path: its place, for the message of an error: "spec.selector".

    Raises:
        LabelSelectorError: a bad key or value, in Kubernetes' words.

    Source of the rule: `ValidatedSelectorFromSet` of k8s.io/apimachinery/pkg/labels.

    >>> [str(r) for r in map_requirements({"tier": "db", "app": "web"})]
    ['app=web', 'tier=db']
    """
    read = _text_map(labels, path)
    return [_requirement(key, "=", [read[key]]) for key in sorted(read)]


def label_selector_requirements(obj: Mapping[str, Any]) -> list[Requirement]:
    """Return the requirements of a LabelSelector object, sorted by key.

    Raises:
        LabelSelectorError: the object has another shape, or Kubernetes would refuse it. Where several entries of
            matchLabels are bad, Kubernetes names any of them; this names the first by key.

    Source of the rule: `LabelSelectorAsSelector` of k8s.io/apimachinery/pkg/apis/meta/v1.

    >>> [str(r) for r in label_selector_requirements({"matchExpressions": [{"key": "app", "operator": "Exists"}]})]
    ['app']
    """
    labels, expressions = _read(obj, "selector")
    requirements = [_requirement(key, "=", [labels[key]]) for key in sorted(labels)]
    for expression in expressions:
        operator = _OPERATORS.get(expression.operator)
        if operator is None:
            raise LabelSelectorError(f"{quoted(expression.operator)} is not a valid label selector operator")
        requirements.append(_requirement(expression.key, operator, expression.values or None))
    return sorted(requirements, key=lambda requirement: requirement.key)


def label_selector_object(requirements: Iterable[Requirement]) -> dict[str, Any]:
    """Return a LabelSelector object that says the same as these requirements.

    The first value that each key equals goes to matchLabels, all else to matchExpressions.

    Raises:
        LabelSelectorError: a requirement is `>` or `<`, which the object does not have.

    >>> label_selector_object([Requirement("app", "=", ("web",)), Requirement("canary", "!")])
    {'matchLabels': {'app': 'web'}, 'matchExpressions': [{'key': 'canary', 'operator': 'DoesNotExist'}]}
    """
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for requirement in requirements:
        key, operator, values = requirement.key, requirement.operator, requirement.values
        if operator in {"=", "=="} and labels.setdefault(key, values[0]) == values[0]:
            continue
        if operator in {"gt", "lt"}:
            raise LabelSelectorError(
                _(
                    '"{requirement}" cannot be written as matchLabels or matchExpressions, because they have '
                    "no > and no <. List the values with the operator In instead.",
                    requirement=requirement,
                )
            )
        expression: dict[str, Any] = {"key": key, "operator": _WRITTEN.get(operator, "In")}
        if values:
            expression["values"] = list(values)
        expressions.append(expression)
    written: dict[str, Any] = {"matchLabels": labels} if labels else {}
    return written | ({"matchExpressions": expressions} if expressions else {})


def validate_label_selector(obj: Mapping[str, Any] | None, path: str = "selector") -> list[Cause]:
    """Return what the API server finds wrong with a LabelSelector object at `path`.

    Args:
        obj: the object; None, where there is none, has nothing wrong.
        path: its place in its manifest: "spec.selector".

    Returns:
        The causes, each with the field, the reason and the message of the API server's answer. Entries of
        matchLabels come in the order of their keys.

    Raises:
        LabelSelectorError: `obj` has another shape.

    Source of the rule: `ValidateLabelSelector` of k8s.io/apimachinery/pkg/apis/meta/v1/validation.

    >>> for cause in validate_label_selector({"matchExpressions": [{"key": "app", "operator": "in"}]}):
    ...     print(f"{cause.field}: {cause.message}")
    selector.matchExpressions[0].operator: Invalid value: "in": not a valid selector operator
    """
    if obj is None:
        return []
    labels, expressions = _read(obj, path)
    causes = []
    for key in sorted(labels):
        causes += _invalid(f"{path}.matchLabels", key, label_key(key))
        causes += _invalid(f"{path}.matchLabels", labels[key], label_value(labels[key]))
    for i, expression in enumerate(expressions):
        causes += _expression_causes(expression, f"{path}.matchExpressions[{i}]")
    return causes


def go_label_selector(obj: Mapping[str, Any] | None) -> str:
    """Return a LabelSelector object as Go's `%v` prints a pointer to it, which stands in some Events.

    >>> go_label_selector({"matchLabels": {"app": "web"}})
    '&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}'

    Source of the rule: `LabelSelector.String` in k8s.io/apimachinery/pkg/apis/meta/v1
    """
    if obj is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted(mapping(obj.get("matchLabels")).items()))
    requirements = "".join(
        f"LabelSelectorRequirement{{Key:{text(item.get('key'))},Operator:{text(item.get('operator'))},"
        f"Values:[{' '.join(map(text, sequence(item.get('values'))))}],}},"
        for item in mappings(obj.get("matchExpressions"))
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{requirements}}},}}"
    )


def format_label_selector(obj: Mapping[str, Any] | None) -> str:
    """Return a LabelSelector object as `kubectl describe` prints it: "<none>" if it is empty or not there.

    A selector that Kubernetes refuses gives "<error>".
    Source of the rule: `FormatLabelSelector` of k8s.io/apimachinery/pkg/apis/meta/v1.

    >>> format_label_selector({"matchLabels": {"app": "web"}}), format_label_selector({})
    ('app=web', '<none>')
    """
    try:
        requirements = [] if obj is None else label_selector_requirements(obj)
    except LabelSelectorError:
        return "<error>"
    return ",".join(map(str, requirements)) or "<none>"


def _expression_causes(expression: _Expression, path: str) -> list[Cause]:
    causes = []
    values = expression.values or []
    if expression.operator in {"In", "NotIn"}:
        if not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            message = f"Required value: {detail}"
            causes.append(Cause(f"{path}.values", "FieldValueRequired", message, "", detail))
    elif expression.operator in {"Exists", "DoesNotExist"}:
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(Cause(f"{path}.values", "FieldValueForbidden", f"Forbidden: {detail}", "", detail))
    else:
        # the operator has a type of its own in Go, so it is printed as JSON and not with %q
        detail, value = "not a valid selector operator", expression.operator
        message = f"Invalid value: {json_text(value)}: {detail}"
        causes.append(Cause(f"{path}.operator", "FieldValueInvalid", message, "", detail, value))
    causes += _invalid(f"{path}.key", expression.key, label_key(expression.key))
    for i, value in enumerate(values):
        causes += _invalid(f"{path}.values[{i}]", value, label_value(value))
    return causes


def _invalid(field: str, value: str, problems: list[str]) -> list[Cause]:
    return [
        Cause(
            field, "FieldValueInvalid", f"Invalid value: {quoted(value)}: {problem}", "label", problem, value
        )
        for problem in problems
    ]


def _requirement(key: str, operator: str, values: Sequence[str] | None) -> Requirement:
    faults = requirement_faults(key, operator, values)
    if faults:
        raise LabelSelectorError(aggregated(faults))
    return Requirement(key, operator, tuple(sorted(values or ())))


def _read(obj: Any, path: str) -> tuple[dict[str, str], list[_Expression]]:
    if not isinstance(obj, Mapping):
        raise LabelSelectorError(
            _(
                "{path} has to be a mapping with matchLabels and matchExpressions, but it is {kind}.",
                path=path,
                kind=_kind(obj),
            )
        )
    for name in obj:
        if name not in _FIELDS:
            near = nearest(str(name), _FIELDS)
            raise LabelSelectorError(
                _(
                    "{path} has the unknown field {field}. A LabelSelector has matchLabels and matchExpressions. "
                    "Read a plain map of labels, such as that of a Service, with Selector.from_map.{suggestion}",
                    path=path,
                    field=quoted(str(name)),
                    suggestion=suggestion(near),
                ),
                near=near,
            )
    labels = _text_map(obj.get("matchLabels"), f"{path}.matchLabels")
    expressions = []
    for i, item in enumerate(_list(obj.get("matchExpressions"), f"{path}.matchExpressions")):
        where = f"{path}.matchExpressions[{i}]"
        if not isinstance(item, Mapping):
            raise LabelSelectorError(
                _(
                    "{path} has to be a mapping with key, operator and values, but it is {kind}.",
                    path=where,
                    kind=_kind(item),
                )
            )
        for name in item:
            if name not in _Expression._fields:
                near = nearest(str(name), _Expression._fields)
                raise LabelSelectorError(
                    _(
                        "{path} has the unknown field {field}. "
                        "An expression has key, operator and values.{suggestion}",
                        path=where,
                        field=quoted(str(name)),
                        suggestion=suggestion(near),
                    ),
                    near=near,
                )
        key, operator = (_text(item.get(name), f"{where}.{name}") for name in ("key", "operator"))
        values = item.get("values")
        listed = [
            _text(value, f"{where}.values[{n}]") for n, value in enumerate(_list(values, f"{where}.values"))
        ]
        expressions.append(_Expression(key, operator, None if values is None else listed))
    return labels, expressions


def _text_map(obj: Any, path: str) -> dict[str, str]:
    if obj is None:
        return {}
    if not isinstance(obj, Mapping):
        raise LabelSelectorError(
            _(
                '{path} has to be a mapping of labels, such as {{"app": "web"}}, but it is {kind}.',
                path=path,
                kind=_kind(obj),
            )
        )
    return {_text(key, path): _text(value, f"{path}[{key}]") for key, value in obj.items()}


def _list(obj: Any, path: str) -> Sequence[Any]:
    if obj is None:
        return ()
    if isinstance(obj, str) or not isinstance(obj, Sequence):
        raise LabelSelectorError(
            _('{path} has to be a list, such as ["web"], but it is {kind}.', path=path, kind=_kind(obj))
        )
    return obj


def _text(obj: Any, path: str) -> str:
    if obj is None:
        # Kubernetes reads null, and a field that is left out, as the empty text
        return ""
    if not isinstance(obj, str):
        raise LabelSelectorError(
            _(
                '{path} has to be text, but it is {kind}. Write it in quotes: "{value}".',
                path=path,
                kind=_kind(obj),
                value=obj,
            )
        )
    return str(obj)


def _kind(obj: Any) -> str:
    if isinstance(obj, bool):
        return _("true or false")
    if isinstance(obj, (int, float)):
        return _("a number")
    if isinstance(obj, str):
        return _("text")
    if isinstance(obj, list):
        return _("a list")
    return _("of type {type}", type=type(obj).__name__)
