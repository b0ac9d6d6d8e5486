"""One object of a document: everything that is wrong with it, found by sending it to an API server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.control_plane.decoding import resource_of
from k8snotes.doctor.rules.api_versions import kind_faults
from k8snotes.doctor.rules.causes import cause_fault, refusal_fault
from k8snotes.doctor.rules.decoding import undecodable, without
from k8snotes.doctor.rules.unknown_fields import unknown_field_fault
from k8snotes.doctor.rules.wrong_types import wrong_type_fault
from k8snotes.doctor.server import Server
from k8snotes.doctor.text.fault import Fault
from k8snotes.doctor.text.paths import Steps, steps, value_at
from k8snotes.errors import ApiError, ApiWarning

__all__ = ["ExaminedObject", "object_faults"]


@dataclass(slots=True)
class ExaminedObject:
    """One object of a document, and how the API server took it.

    Args:
        base: its place in the document: () or, in a List, ("items", 0).
        node: its node in the text.
        value: what was read there; a manifest if the author did it right.
        accepted: the object as it was stored, None if it was not.
        refused: why the API server refused it.
        warnings: what the API server warned of when it stored it.
        document: the number of its document in the file, from 0.
    """

    base: Steps
    node: Any
    value: Any
    accepted: KubeObject | None = None
    refused: ApiError | None = None
    warnings: Sequence[ApiWarning] = field(default_factory=list)
    document: int = 0


def object_faults(obj: ExaminedObject, server: Server, file: str) -> list[Fault]:
    """Return everything that is wrong with an object; if nothing is, it is stored, and `accepted` says so.

    What cannot be decoded is left out for the API server, which so comes to check the rest: its rules alone
    decide what is an error.

    Args:
        obj: the object; its `accepted` and `warnings` are set.
        server: the API server that has the documents before it.
        file: the name of its file.
    """
    value, node = obj.value, obj.node
    mark = node.start_mark
    if not isinstance(value, dict):
        shape = "list" if isinstance(value, list) else "nothing" if value is None else "word"
        because = "no-manifest-but-a-list" if shape == "list" else "no-manifest"
        return [Fault(mark.line, mark.column, "", "no-mapping", because, {"shape": shape})]
    faults = kind_faults(value, node)
    if faults:
        return faults
    try:
        kind = resource_of(value)
    except ApiError as error:
        parts = {"message": error.message}
        return [Fault(mark.line, mark.column, "kind", "refused", "kind-not-served", parts)]
    unknown, wrong = undecodable(value, kind, server.struct_of(kind))
    faults = [
        *(wrong_type_fault(one, node) for one in wrong),
        *(unknown_field_fault(one, value, node, kind) for one in unknown),
    ]
    faults.sort(key=lambda fault: (fault.line, fault.column))
    gone = [*(one.path for one in unknown), *(one.path for one in wrong)]
    clean = without(value, gone)
    try:
        stored, obj.warnings = server.create(clean, file)
    except ApiError as error:
        return [*faults, *_refusal(obj, clean, error, gone, server)]
    obj.accepted = stored
    if faults:
        server.remove(stored)
        obj.accepted = None
    return faults


def _refusal(
    obj: ExaminedObject, clean: Manifest, error: ApiError, gone: list[Steps], server: Server
) -> list[Fault]:
    """Return the faults for which the API server refuses what it can read.

    A cause that only follows from a field that was left out is none.
    """
    faults = [] if error.causes or gone else [refusal_fault(error, obj.node)]
    for cause in server.all_causes(clean, error):
        path = steps(cause.field)
        follows = any(path[: len(lost)] == lost or lost[: len(path)] == path for lost in gone)
        moved = any(lost[-1:] == path[-1:] for lost in gone) and cause.reason == "FieldValueRequired"
        if not (follows or moved):
            fault = cause_fault(cause, obj.value, obj.node)
            faults.append(_with_holder(fault, obj, server) if cause.rule == "node-port-taken" else fault)
    return faults if faults or gone else [refusal_fault(error, obj.node)]


def _with_holder(fault: Fault, obj: ExaminedObject, server: Server) -> Fault:
    """Say which Service has the node port that is asked for."""
    port = value_at(obj.value, steps(fault.path))
    holder = server.holder_of_node_port(port) if isinstance(port, int) else ""
    if not holder:
        return fault
    return replace(fault, because="node-port-taken-by", parts={**fault.parts, "holder": holder})
