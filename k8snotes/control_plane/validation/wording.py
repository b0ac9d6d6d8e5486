"""How Kubernetes words its refusals: field paths, causes, and the Status messages made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from k8snotes.api.base import Manifest, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.quantity import Quantity
from k8snotes.errors import ApiError, Cause

__all__ = [
    "IMMUTABLE",
    "NOT_NEGATIVE",
    "GoStruct",
    "Path",
    "already_exists",
    "bad_request",
    "conflict",
    "duplicate",
    "forbidden",
    "forbidden_field",
    "immutable",
    "internal_error",
    "invalid",
    "invalid_value",
    "invalid_values",
    "invalid_whole",
    "not_found",
    "not_found_value",
    "not_negative",
    "not_supported",
    "one_of",
    "renamed",
    "required",
    "show",
    "too_long",
    "too_many",
    "type_invalid",
    "unique",
]

IMMUTABLE = "field is immutable"
NOT_NEGATIVE = "must be greater than or equal to 0"


class GoStruct(dict[str, Any]):
    """Something in Kubernetes' internal form, whose fields messages show in the order given."""


class Path(str):
    """The place of a field, as causes name it.

    >>> Path("spec") / "ports" @ 0 / "port"
    'spec.ports[0].port'
    >>> Path("spec.hard").key("pods")
    'spec.hard[pods]'
    """

    __slots__ = ()

    def __truediv__(self, name: str) -> Path:
        return Path(f"{self}.{name}" if self else name)

    def __matmul__(self, index: int) -> Path:
        return Path(f"{self}[{index}]")

    def key(self, key: str) -> Path:
        """Return the place of one entry of a map."""
        return Path(f"{self}[{key}]")


def show(value: Any) -> str:
    """Return a refused value as messages show it: text quoted, numbers bare, anything else as JSON.

    >>> show("a b"), show(0), show(None), show({"app": "web"})
    ('"a b"', '0', 'null', '{"app":"web"}')
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Quantity):
        return quoted(str(value))
    text = json.dumps(_in_order(value), separators=(",", ":"), ensure_ascii=False, default=str)
    # Go's encoder keeps JSON safe to put into HTML
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _in_order(value: Any) -> Any:
    """Order fields as Go writes them: those of a struct in their own order, the entries of a map sorted."""
    if isinstance(value, GoStruct):
        return {key: _in_order(item) for key, item in value.items()}
    if isinstance(value, dict):
        if value.keys() <= {"matchLabels", "matchExpressions"}:
            keys = [key for key in ("matchLabels", "matchExpressions") if key in value]
        elif value.keys() <= {"key", "operator", "values"}:
            keys = [key for key in ("key", "operator", "values") if key in value]
        else:
            keys = sorted(value) if all(isinstance(item, str) for item in value.values()) else list(value)
        return {key: _in_order(value[key]) for key in keys}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def _cause(  # noqa: PLR0917  # the parts of one message, in its order
    path: str,
    reason: str,
    head: str,
    detail: str,
    rule: str = "",
    value: Any = None,
    supported: tuple[str, ...] = (),
) -> Cause:
    """Make a cause: what is the matter, and in which way."""
    message = f"{head}: {detail}" if detail else head
    return Cause(str(path) or "", reason, message, rule, detail, value, supported)


def required(path: str, detail: str = "", rule: str = "") -> Cause:
    """Say that a value is missing."""
    return _cause(path, "FieldValueRequired", "Required value", detail, rule)


def invalid_value(path: str, value: Any, detail: str, rule: str = "") -> Cause:
    """Say that a value breaks a rule: `detail` is Kubernetes' sentence for it, `rule` its name in `Cause`."""
    return _cause(path, "FieldValueInvalid", f"Invalid value: {show(value)}", detail, rule, value)


def type_invalid(path: str, found: str, wanted: str) -> Cause:
    """Say that a value of a custom resource has another type than its schema has.

    Args:
        path: its path in the manifest.
        found: what OpenAPI calls its type: "string".
        wanted: what the type has to be.
    """
    detail = f"{path} in body must be of type {wanted}: {quoted(found)}"
    return _cause(path, "FieldValueTypeInvalid", f"Invalid value: {quoted(found)}", detail, "", found)


def invalid_whole(path: str, detail: str) -> Cause:
    """Say that something breaks a rule as a whole: the message does not show it."""
    return _cause(path, "FieldValueInvalid", "Invalid value", detail)


def invalid_values(path: str, value: Any, details: Iterable[str], rule: str = "") -> list[Cause]:
    """Return one cause for each sentence on what is wrong with a value."""
    return [invalid_value(path, value, detail, rule) for detail in details]


def not_supported(path: str, value: Any, supported: Sequence[str]) -> Cause:
    """Say that a value is none of the few that there are (named in the order given)."""
    options = ", ".join(quoted(option) for option in supported)
    detail = f"supported values: {options}" if options else ""
    head = f"Unsupported value: {show(value)}"
    return _cause(path, "FieldValueNotSupported", head, detail, "", value, tuple(supported))


def one_of(value: Any, path: str, options: Sequence[str], *, needed: bool = False) -> list[Cause]:
    """Check that a value is one of the few that there are.

    Args:
        value: the value; None is a field that is not given.
        path: its path in the manifest.
        options: the values that there are, in the order in which messages name them.
        needed: whether there has to be a value.

    >>> [cause.message for cause in one_of("tcp", "protocol", ("TCP", "UDP"))]
    ['Unsupported value: "tcp": supported values: "TCP", "UDP"']
    >>> one_of("", "protocol", ("TCP", "UDP"), needed=True)[0].message
    'Required value'
    """
    if needed and not value:
        return [required(path)]
    return [] if value is None or value in options else [not_supported(path, value, options)]


def unique(value: Any, path: str, seen: set[Any]) -> list[Cause]:
    """Check that a value was not there before; `seen` has the values before it, and gets this one."""
    again = value in seen
    seen.add(value)
    return [duplicate(path, value)] if again else []


def forbidden_field(path: str, detail: str, rule: str = "") -> Cause:
    """Say that a field may not be there, or may not change, in these circumstances."""
    return _cause(path, "FieldValueForbidden", "Forbidden", detail, rule)


def duplicate(path: str, value: Any, detail: str = "") -> Cause:
    """Say that a value that must be unique is there twice."""
    return _cause(path, "FieldValueDuplicate", f"Duplicate value: {show(value)}", detail, "", value)


def not_found_value(path: str, value: Any) -> Cause:
    """Say that a value names something that is not there."""
    return _cause(path, "FieldValueNotFound", f"Not found: {show(value)}", "", "", value)


def too_long(path: str, most: int) -> Cause:
    """Say that a value has more than `most` bytes."""
    return _cause(path, "FieldValueTooLong", "Too long", f"may not be more than {most} bytes")


def too_many(path: str, count: int, most: int) -> Cause:
    """Say that a list has more than `most` items."""
    return _cause(path, "FieldValueTooMany", f"Too many: {count}", f"must have at most {most} items")


def immutable(path: str, new: Any, old: Any) -> list[Cause]:
    """Say that a field changed which may never change, if it did."""
    return [] if new == old else [invalid_value(path, new, IMMUTABLE)]


def not_negative(path: str, value: int) -> list[Cause]:
    """Say that a count is below 0, if it is."""
    return [] if value >= 0 else [invalid_value(path, value, NOT_NEGATIVE)]


def invalid(resource: Kind, name: str, causes: Sequence[Cause]) -> ApiError:
    """Make the 422 answer: the object breaks rules.

    >>> from k8snotes.api.registry import find_resource
    >>> invalid(find_resource("deploy"), "web", [required("spec.selector")]).message
    'Deployment.apps "web" is invalid: spec.selector: Required value'
    """
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    detail = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f"{resource.qualified_kind} {quoted(name)} is invalid: {detail}"
    parts = {"kind": resource.kind, "name": name}
    return ApiError(422, "Invalid", message, causes, detail=detail, parts=parts)


def bad_request(message: str, rule: str = "", **parts: Any) -> ApiError:
    """Make the 400 answer: the request cannot be understood. `rule` and `parts` are those of ApiError."""
    return ApiError(400, "BadRequest", message, rule=rule, parts=parts)


def forbidden(
    resource: Kind,
    name: str,
    detail: str,
    causes: Sequence[Cause] = (),
    *,
    rule: str = "",
    **parts: Any,
) -> ApiError:
    """Make the 403 answer: admission says no, as in `pods "web" is forbidden: exceeded quota: ...`.

    `rule` and `parts` are those of ApiError.
    """
    message = f"{resource.qualified} {quoted(name)} is forbidden: {detail}"
    return ApiError(403, "Forbidden", message, causes, rule=rule, detail=detail, parts=parts)


def not_found(resource: Kind, name: str) -> ApiError:
    """Make the 404 answer: there is no object of that name."""
    return ApiError(404, "NotFound", f"{resource.qualified} {quoted(name)} not found")


def already_exists(resource: Kind, name: str) -> ApiError:
    """Make the 409 answer to a create: the name is taken."""
    return ApiError(409, "AlreadyExists", f"{resource.qualified} {quoted(name)} already exists")


def conflict(resource: Kind, name: str, detail: str = "") -> ApiError:
    """Make the 409 answer to an update: another client was faster."""
    why = (
        detail
        or "the object has been modified; please apply your changes to the latest version and try again"
    )
    return ApiError(
        409, "Conflict", f"Operation cannot be fulfilled on {resource.qualified} {quoted(name)}: {why}"
    )


def renamed(manifest: Manifest, name: str, namespace: str) -> ApiError | None:
    """Make the 400 answer to a patch that would change what an object is called, None where it does not.

    Args:
        manifest: the object as the patch makes it.
        name: its name.
        namespace: its Namespace, "" for none.

    Source of the rule: `applyPatch` and `checkName` of k8s.io/apiserver/pkg/endpoints/handlers
    """
    meta = manifest.get("metadata") or {}
    if not isinstance(meta, dict) or not isinstance(meta.get("name") or "", str):
        return None  # which cannot even be read
    if namespace and text(meta.get("namespace")) not in ("", namespace):
        return bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    found = text(meta.get("name"))
    if found == name:
        return None
    if not found:
        return bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    return bad_request(f"the name of the object ({found}) does not match the name on the URL ({name})")


def internal_error(detail: str) -> ApiError:
    """Make the 500 answer: a range of addresses or ports is used up, for example."""
    return ApiError(500, "InternalError", f"Internal error occurred: {detail}")
