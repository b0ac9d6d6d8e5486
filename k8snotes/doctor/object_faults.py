"""The faults of one object: its kind, its fields, and what the API server refuses in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.api.manifest import RefusedError, plain
from k8snotes.control_plane.serving import resource_of
from k8snotes.doctor.api_versions import kind_faults
from k8snotes.doctor.causes import cause_fault
from k8snotes.doctor.edits import add_line, merge, remove
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.placing import unknown_fault
from k8snotes.doctor.server import Server
from k8snotes.doctor.survey import survey, without
from k8snotes.doctor.tree import Spot, Steps, dotted, find, steps, value_at
from k8snotes.doctor.wrong_types import wrong_fault
from k8snotes.errors import ApiError

__all__ = ["Item", "doubled_faults", "object_faults", "whole_fault"]


@dataclass(slots=True)
class Item:
    """One object of a part, as it is in the end: its node, and where it stands."""

    base: Steps
    node: Any
    value: Any
    accepted: KubeObject | None = None
    refused: ApiError | None = None
    warnings: list[str] = field(default_factory=list)
    document: int = 0


def object_faults(item: Item, server: Server, file: str) -> list[Fault]:
    """Return everything that is wrong with an object; if nothing is, it is stored, and so noted in the item."""
    value, node = item.value, item.node
    line, column = node.start_mark.line, node.start_mark.column
    if not isinstance(value, dict):
        what = "a list" if isinstance(value, list) else "a single word" if value is not None else "nothing"
        why = "A manifest is a mapping that begins with apiVersion: and kind:."
        fix = "--- between the objects, and no dash before them" if isinstance(value, list) else ""
        return [Fault(line, column, "", f"this is {what}, not a manifest", why, fix)]
    faults = kind_faults(value, node)
    if faults:
        return faults
    try:
        resource = resource_of(value)
    except ApiError as error:
        return [Fault(line, column, "kind", error.message, "A cluster serves the kinds that it knows.")]
    unknown, wrong = survey(value, resource)
    faults = [
        *(wrong_fault(one, node) for one in wrong),
        *(unknown_fault(one, value, node, resource) for one in unknown),
    ]
    faults.sort(key=lambda fault: (fault.line, fault.column))
    gone = [*(one.path for one in unknown), *(one.path for one in wrong)]
    clean = without(value, gone)
    try:
        stored, item.warnings = server.create(clean, file)
    except ApiError as error:
        return [*faults, *_refusal(item, clean, error, gone, server)]
    item.accepted = stored
    if faults:
        server.remove(stored)
        item.accepted = None
    return faults


def _refusal(
    item: Item, clean: dict[str, Any], error: ApiError, gone: list[Steps], server: Server
) -> list[Fault]:
    """Return the faults for which the API server refuses what it can read."""
    faults = []
    for cause in server.all_causes(clean, error):
        path = steps(cause.field)
        follows = any(path[: len(lost)] == lost or lost[: len(path)] == path for lost in gone)
        moved = any(lost[-1:] == path[-1:] for lost in gone) and "Required" in cause.message
        if not (follows or moved):
            fault = cause_fault(cause, item.value, item.node)
            faults.append(_with_holder(fault, item, server))
    if faults or gone:
        return faults
    return [whole_fault(item, error)]


def _with_holder(fault: Fault, item: Item, server: Server) -> Fault:
    if "provided port is already allocated" not in fault.what:
        return fault
    port = value_at(item.value, steps(fault.path))
    holder = server.holder_of_node_port(port) if isinstance(port, int) else ""
    if not holder:
        return fault
    why = fault.why.replace("this one is taken", f"Service {holder} has it")
    return replace(fault, why=why)


def whole_fault(item: Item, error: ApiError) -> Fault:
    """Return the fault of a refusal that names no field."""
    path: Steps = ("metadata", "name")
    why, fix = "The API server does not accept it.", ""
    edit = None
    if error.code == 409:
        why = "A document before this one has the same kind and name: an object is known by these and its namespace."
        fix = "name: ..."
    elif "exceeded quota" in error.message or "failed quota" in error.message:
        why = "A ResourceQuota limits what the objects of a Namespace may ask for together."
    elif error.code == 403:
        why = "A rule of the Namespace or of the cluster forbids it."
    elif "resourceVersion" in error.message:
        path = ("metadata", "resourceVersion")
        why = "The cluster numbers the versions of its objects; a new one has none yet."
        found = find(item.node, path)
        edit = remove(found) if found is not None else None
    spot = find(item.node, path) or find(item.node, ("metadata",)) or Spot(None, item.node)
    field_ = dotted(path)
    message = error.message.split("\n")[0]
    return Fault(spot.line, spot.column, field_, message, why, fix, edit)


def doubled_faults(node: Any, refused: list[RefusedError]) -> list[Fault]:
    """Return the faults of keys and values that no object can have."""
    faults = []
    for error in refused:
        message, at, hint = error.message, error.node, error.hint
        line, column = at.start_mark.line, at.start_mark.column
        edit = None
        fix = hint
        if error.code == "doubled-key":
            pair = _pair_of(node, at)
            if pair is not None:
                first, second = pair
                one, two = plain(first.value)[0], plain(second.value)[0]
                if _second_object(node, second):
                    what = "a second object begins here"
                    why = "Objects are separated by a line with three dashes; without it this is one, with everything twice."
                    faults.append(Fault(line, column, "", what, why, "---", add_line(second, ["---"], 0)))
                    return faults
                if one == two:
                    edit, fix = remove(second), f"{at.value} once"
                elif (isinstance(one, list) and isinstance(two, list)) or (
                    isinstance(one, dict) and isinstance(two, dict) and not one.keys() & two.keys()
                ):
                    edit = merge(first, second)
        why = (
            "Of two values one would be lost without a word."
            if error.code == "doubled-key"
            else "It has no meaning here."
        )
        faults.append(Fault(line, column, "", message, why, fix, edit))
    return faults


def _second_object(node: Any, second: Spot) -> bool:
    """Whether a doubled key begins another object: at the left edge, with apiVersion and kind both doubled."""
    if second.parent is not node or second.column or second.key.value not in ("apiVersion", "kind"):
        return False
    names = [key.value for key, _ in node.value if key.id == "scalar"]
    return names.count("apiVersion") > 1 and names.count("kind") > 1


def _pair_of(node: Any, key: Any) -> tuple[Spot, Spot] | None:
    waiting = [node]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or item.id == "scalar":
            continue
        seen.add(id(item))
        if item.id == "sequence":
            waiting += item.value
            continue
        for name, value in item.value:
            if name is key:
                first = next(pair for pair in item.value if pair[0].value == key.value)
                return Spot(first[0], first[1], item), Spot(name, value, item)
            waiting.append(value)
    return None
