"""Field selectors: `--field-selector status.phase=Running`; each kind knows but a few fields (`Kind.selectable_fields`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.control_plane.validation.wording import bad_request

__all__ = ["field_selector"]

_COMMON = ("metadata.name", "metadata.namespace")
_TERM = re.compile(r"([^=!]+?)(==|!=|=)(.*)\Z", re.DOTALL)
_WHERE = {"status.successful": "status.succeeded", "source": "source.component"}


def field_selector(selector: str, kind: Kind) -> Callable[[KubeObject], bool]:
    """Return a test whether an object has the values that a field selector asks for.

    Args:
        selector: terms such as "status.phase=Running,spec.nodeName!=node-1".
        kind: the kind of the objects, which knows what can be asked for.

    Raises:
        ApiError: 400, in the API server's words, for a term that cannot be read or a field that cannot be asked for.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/

    >>> from k8snotes.api.registry import find_resource
    >>> elsewhere = field_selector("spec.nodeName!=node-1", find_resource("pods"))
    >>> elsewhere(KubeObject({"kind": "Pod", "spec": {"nodeName": "node-2"}}))
    True
    """
    terms = []
    for part in re.split(r"(?<!\\),", selector):
        if not part:
            continue
        match = _TERM.match(part)
        if match is None:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{part}'")
        field, operator, value = match.groups()
        _check(field, kind)
        terms.append((field, operator != "!=", re.sub(r"\\(.)", r"\1", value)))
    return lambda obj: all((_value(obj, field) == value) == wanted for field, wanted, value in terms)


def _check(field: str, kind: Kind) -> None:
    known = kind.selectable_fields
    if field in _COMMON or field in known:
        return
    if known:
        raise bad_request(f"field label not supported: {field}")
    only = ", ".join(quoted(name) for name in _COMMON)
    raise bad_request(f"{quoted(field)} is not a known field selector: only {only}")


def _value(obj: KubeObject, field: str) -> str:
    if field == "metadata.namespace":
        return obj.namespace
    value: object = obj.raw
    for step in _WHERE.get(field, field).split("."):
        value = mapping(value).get(step)
    shown = text(value)
    if not shown and field in ("spec.unschedulable", "spec.hostNetwork"):
        return "false"
    return shown or ("0" if field in ("status.replicas", "status.successful") else "")
