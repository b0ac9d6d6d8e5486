"""One part of a text, between its `---`: every fault in it, mended as far as that is certain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.manifest import compose, plain
from k8snotes.api.objects import view
from k8snotes.control_plane.serving import resource_of
from k8snotes.doctor.api_versions import kind_faults
from k8snotes.doctor.causes import cause_fault
from k8snotes.doctor.edits import remove
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import ERROR, NOTE, Finding
from k8snotes.doctor.kubectl_words import says_created, says_not_yaml, says_refused, says_unknown_kind
from k8snotes.doctor.placing import unknown_fault
from k8snotes.doctor.server import Server, is_read_from_a_cluster
from k8snotes.doctor.sheet import Sheet
from k8snotes.doctor.survey import survey, without
from k8snotes.doctor.tree import Spot, Steps, dotted, find, steps, value_at
from k8snotes.doctor.within import warning_faults, within_faults
from k8snotes.doctor.wrong_types import wrong_fault
from k8snotes.doctor.yaml_repair import Repaired, repair
from k8snotes.errors import ApiError

__all__ = ["Examined", "Item", "examine_part", "opinions"]

_MOST_EDITS = 60
_MOST_ITEMS = 2_000


@dataclass(slots=True)
class Item:
    """One object of a part, as it is in the end: its node, and where it stands."""

    base: Steps
    node: Any
    value: Any
    accepted: KubeObject | None = None
    refused: ApiError | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Examined:
    """A part that was looked at: what was found, the text as it is now, and its objects."""

    file: str
    first_line: int
    document: int
    sheet: Sheet
    sure: bool = True
    findings: list[Finding] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    kubectl: list[str] = field(default_factory=list)
    readable: bool = True
    changed: bool = False
    hidden: set[int] = field(default_factory=set)

    def add(
        self, fault: Fault, item: Item | None = None, *, certain: bool = False, placed: bool = False
    ) -> None:
        """Add a finding; `placed` if the fault's place is that of the source already."""
        line, column = (fault.line, fault.column) if placed else self.sheet.place(fault.line, fault.column)
        if line in self.hidden and "{{" not in fault.what:
            return  # what stands there is a template's
        path = fault.path
        base = dotted(item.base) if item is not None else ""
        if base:
            path = f"{base}.{path}" if path and not path.startswith("[") else base + path
        what, fix = fault.what, fault.fix
        if (
            item is not None
            and mapping(item.value).get("kind") == "Secret"
            and steps(fault.path)[:1] in _SECRET
        ):
            fix = "\n".join(_masked(text_) for text_ in fix.split("\n"))
        found = Finding(
            fault.severity,
            self.first_line + line + 1,
            column + 1,
            path,
            what,
            fault.why,
            fix,
            certain,
            self.document,
            self.file,
        )
        if not any((f.line, f.field, f.what) == (found.line, found.field, found.what) for f in self.findings):
            self.findings.append(found)


_SECRET = (("data",), ("stringData",))


def _masked(line: str) -> str:
    name, colon, value = line.partition(":")
    return f"{name}{colon} <hidden>" if colon and value.strip() not in ("", "...") else line


def examine_part(chunk: str, first_line: int, document: int, file: str, server: Server) -> Examined:
    """Examine the documents between two `---`: mostly one."""
    sheet = Sheet.of(chunk)
    part = Examined(file, first_line, document, sheet)
    reading = compose(chunk)
    name = file or "FILE"
    if reading.problem is not None:
        part.readable = False
        part.kubectl.append(says_not_yaml(reading, name))
        _mend_yaml(part, repair(sheet))
        reading = compose(part.sheet.text)
    for index, node in enumerate(reading.nodes):
        if not _empty(node):
            _examine_node(part, index, server, name)
            part.document += 1
    return part


def _empty(node: Any) -> bool:
    return node.id == "scalar" and node.value == "" and node.style is None


def _mend_yaml(part: Examined, repaired: Repaired) -> None:
    part.hidden = repaired.hidden
    for fault, sure in repaired.faults:
        part.add(fault, certain=sure, placed=True)
    part.changed = part.changed or repaired.sheet.lines != part.sheet.lines
    part.sheet, part.sure = repaired.sheet, part.sure and repaired.sure


def _node_of(sheet: Sheet, index: int) -> Any:
    nodes = compose(sheet.text).nodes
    return nodes[index] if index < len(nodes) else None


def _items(node: Any, value: Any) -> list[Item]:
    """Return the objects of a document: itself, or the items of a List."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not (isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list)):
        return [Item((), node, value)]
    given = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind[:-4]}
    found = []
    for number, item in enumerate(value["items"][:_MOST_ITEMS]):
        spot = find(node, ("items", number))
        inner = (
            {**{k: v for k, v in given.items() if k not in item}, **item} if isinstance(item, dict) else item
        )
        found.append(Item(("items", number), spot.value if spot else node, inner))
    return found


def _examine_node(part: Examined, index: int, server: Server, name: str) -> None:
    """Examine one document: as it is written first, and if that is refused, mended step by step."""
    node = _node_of(part.sheet, index)
    value, refused = plain(node)
    items = _items(node, value)
    as_written = part.readable
    for item in items:
        _send(item, server, refused=bool(refused))
        if as_written:
            part.kubectl += _said(item, name)
    if not refused and all(item.accepted is not None for item in items):
        part.items += items
        return
    if as_written and not part.hidden:
        # it is YAML, and may not be the YAML that its author sees
        repaired = repair(part.sheet)
        if repaired.faults:
            _mend_yaml(part, repaired)
    written = {item.base: item for item in items}
    part.items += _mend(part, index, written, server)
    for item in items:
        if as_written and item.accepted is None:
            _account_for(part, item)


def _said(item: Item, name: str) -> list[str]:
    unknown = says_unknown_kind(item.value, name)
    if unknown:
        return [unknown]
    if item.accepted is not None:
        return [says_created(item.accepted)]
    return [says_refused(item.value, item.refused, name)] if item.refused is not None else []


def _send(item: Item, server: Server, *, refused: bool = False) -> None:
    """Send an object to the API server as it is written."""
    value = item.value
    item.accepted = item.refused = None
    if not isinstance(value, dict) or refused:
        return
    if is_read_from_a_cluster(value) or value.get("kind") == "Kustomization":
        item.accepted = view(value)
        return
    if kind_faults(value, item.node):
        return
    try:
        item.accepted, item.warnings = server.create(value)
    except ApiError as error:
        item.refused = error


def _mend(part: Examined, index: int, written: dict[Steps, Item], server: Server) -> list[Item]:
    """Find the faults of a document, mend the first certain one, and look again, until none is left."""
    failed: set[tuple[str, str]] = set()
    last: tuple[Sheet, Fault, Item | None] | None = None
    done = {base for base, item in written.items() if item.accepted is not None}
    for _ in range(_MOST_EDITS):
        node = _node_of(part.sheet, index)
        value, refused = plain(node) if node is not None else (None, [])
        items = _items(node, value) if node is not None else []
        found = [*((fault, None) for fault in _doubled(node, refused)), *_faults(items, done, server)]
        keys = {(fault.path, fault.what) for fault, _ in found}
        if last is not None:
            sheet, fault, item = last
            if node is None or (fault.path, fault.what) in keys:
                failed.add((fault.path, fault.what))
                part.sheet = sheet
                last = None
                continue
            new = part.sheet
            part.sheet = sheet
            part.add(fault, item, certain=True)
            part.sheet = new
            part.changed = True
            last = None
        for fault, item in found:
            if fault.edit is None or (fault.path, fault.what) in failed:
                continue
            new_sheet = fault.edit(part.sheet)
            if new_sheet is None or compose(new_sheet.text).problem is not None:
                failed.add((fault.path, fault.what))
                continue
            last = (part.sheet, fault, item)
            part.sheet = new_sheet
            break
        if last is None:
            break
    else:
        if last is not None:
            part.sheet = last[0]
        node = _node_of(part.sheet, index)
        value, refused = plain(node)
        items = _items(node, value)
        found = list(_faults(items, done, server))
    for fault, item in found:
        part.add(fault, item)
    for item in items:
        if item.base in done:
            item.accepted = written[item.base].accepted
            item.warnings = written[item.base].warnings
    return items


def _doubled(node: Any, refused: list[tuple[str, Any, str]]) -> list[Fault]:
    """Return the faults of keys and values that no object can have."""
    faults = []
    for message, at, hint in refused:
        line, column = at.start_mark.line, at.start_mark.column
        edit = None
        fix = hint
        if "already set in map" in message:
            pair = _pair_of(node, at)
            if pair is not None:
                first, second = pair
                if plain(first.value)[0] == plain(second.value)[0]:
                    edit, fix = remove(second), f"{at.value} once"
        why = (
            "Of two values one would be lost without a word."
            if "already set" in message
            else "It has no meaning here."
        )
        faults.append(Fault(line, column, "", message, why, fix, edit))
    return faults


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
                return Spot(*first, item), Spot(name, value, item)
            waiting.append(value)
    return None


def _faults(items: list[Item], done: set[Steps], server: Server) -> list[tuple[Fault, Item]]:
    found: list[tuple[Fault, Item]] = []
    for item in items:
        if item.base not in done:
            faults = _item_faults(item, server)
            found += [(fault, item) for fault in faults]
            if item.accepted is not None and not faults:
                done.add(item.base)
    return found


def _item_faults(item: Item, server: Server) -> list[Fault]:
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
        stored, item.warnings = server.create(clean)
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
    return [_whole(item, error)]


def _with_holder(fault: Fault, item: Item, server: Server) -> Fault:
    if "provided port is already allocated" not in fault.what:
        return fault
    port = value_at(item.value, steps(fault.path))
    holder = server.holder_of_node_port(port) if isinstance(port, int) else ""
    if not holder:
        return fault
    why = fault.why.replace("this one is taken", f"Service {holder} has it")
    return Fault(fault.line, fault.column, fault.path, fault.what, why, fault.fix, fault.edit)


def _whole(item: Item, error: ApiError) -> Fault:
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


def _account_for(part: Examined, item: Item) -> None:
    """See to it that what the API server refuses in the text as it is written is found, at the same fields."""
    mine = [f for f in part.findings if f.severity == ERROR]
    base = dotted(item.base)
    if item.refused is None:
        return
    for cause in item.refused.causes:
        name = f"{base}.{cause.field}" if base else cause.field
        if not any(f.field == name for f in mine):
            part.add(cause_fault(cause, item.value, item.node), item, placed=True)
    if not mine and not item.refused.causes:
        part.add(_whole(item, item.refused), item, placed=True)


def opinions(part: Examined) -> None:
    """Add what is accepted, and worth a word."""
    for item in part.items:
        value = item.value
        if not isinstance(value, dict):
            continue
        if value.get("kind") == "Kustomization":
            why = "It says how to build manifests: kubectl apply -k builds and sends them."
            part.add(
                Fault(item.node.start_mark.line, 0, "", "a Kustomization, passed over", why, "", None, NOTE),
                item,
            )
            continue
        for fault in (*warning_faults(item.warnings, item.node), *within_faults(value, item.node)):
            part.add(fault, item)
