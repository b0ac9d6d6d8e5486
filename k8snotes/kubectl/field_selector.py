"""Field selectors: `--field-selector status.phase=Running`; each kind knows but a few fields."""

from __future__ import annotations

import re
from collections.abc import Callable

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.control_plane.validation.wording import bad_request

__all__ = ["field_selector"]

_COMMON = ("metadata.name", "metadata.namespace")
# what each kind can be selected by, besides its name (GetAttrs and ConvertFieldLabel of each API group)
_FIELDS = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicationcontrollers": ("status.replicas",),
    "replicasets.apps": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
}
_TERM = re.compile(r"([^=!]+?)(==|!=|=)(.*)\Z", re.DOTALL)
_WHERE = {"status.successful": "status.succeeded", "source": "source.component"}


def field_selector(selector: str, resource: Kind) -> Callable[[KubeObject], bool]:
    """Return whether an object has the values that a field selector asks for; raises ApiError (400).

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
        _check(field, resource)
        terms.append((field, operator != "!=", re.sub(r"\\(.)", r"\1", value)))
    return lambda obj: all((_value(obj, field) == value) == wanted for field, wanted, value in terms)


def _check(field: str, resource: Kind) -> None:
    known = _FIELDS.get(resource.qualified, ())
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
