"""One part of a text, between its `---`: every fault in it, mended as far as that is certain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from k8snotes.api.base import view
from k8snotes.api.manifest import compose, plain
from k8snotes.control_plane.schema import struct_for
from k8snotes.doctor.api_versions import kind_faults
from k8snotes.doctor.causes import cause_fault
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import ERROR, NOTE, Finding
from k8snotes.doctor.kubectl_words import says_created, says_not_yaml, says_refused, says_unknown_kind
from k8snotes.doctor.object_faults import Item, doubled_faults, object_faults, whole_fault
from k8snotes.doctor.secrets import hide, hide_fields, is_secret
from k8snotes.doctor.server import Server, is_read_from_a_cluster
from k8snotes.doctor.sheet import Sheet, as_written
from k8snotes.doctor.tree import Steps, dotted, find
from k8snotes.doctor.within import warning_faults, within_faults
from k8snotes.doctor.yaml_repair import Repaired, repair
from k8snotes.errors import ApiError

__all__ = ["Examined", "examine_part", "opinions", "unexamined"]

_MOST_EDITS = 60
_MOST_ITEMS = 2_000


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
    secret: bool = False
    foreign: bool = False  # no manifest, but a file that stands beside some

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
        what, why, fix = fault.what, fault.why, fault.fix
        if self.secret:
            lines = list(self.sheet.source)
            what, why, fix = hide(what, lines), hide(why, lines), hide_fields(hide(fix, lines))
        found = Finding(
            fault.severity,
            self.first_line + line + 1,
            column + 1,
            path,
            what,
            why,
            fix,
            certain,
            self.document if item is None else item.document,
            self.file,
        )
        if not any((f.line, f.field, f.what) == (found.line, found.field, found.what) for f in self.findings):
            self.findings.append(found)


def examine_part(chunk: str, first_line: int, document: int, file: str, server: Server) -> Examined:
    """Examine the documents between two `---`: mostly one."""
    sheet = Sheet.of(chunk)
    part = Examined(file, first_line, document, sheet, secret=is_secret(chunk))
    reading = compose(chunk)
    name = file or "FILE"
    if reading.problem is not None:
        part.readable = False
        part.kubectl.append(says_not_yaml(reading, name))
        _mend_yaml(part, repair(sheet))
    index = 0
    while (node := _node_of(part.sheet, index)) is not None:
        if not _empty(node):
            _examine_node(part, index, server, name)
            part.document += 1
        index += 1
    return part


def unexamined(chunk: str, first_line: int, document: int, file: str, error: Exception) -> Examined:
    """Return a part that nothing can be said of: a defect of the doctor, which is no reason to say nothing at all."""
    part = Examined(file, first_line, document, Sheet.of(chunk), secret=is_secret(chunk))
    what = f"this document was not examined to its end ({type(error).__name__})"
    part.add(
        Fault(
            0,
            0,
            "",
            what,
            "That is a defect of the doctor; the other documents were looked at.",
            severity=NOTE,
        )
    )
    nodes = compose(chunk).nodes
    for node in nodes[:1]:
        item = Item((), node, plain(node)[0], document=document)
        _send(item, Server(), file)
        if item.refused is not None:
            part.add(whole_fault(item, item.refused), item)
    return part


def _empty(node: Any) -> bool:
    return node.id == "scalar" and node.value == "" and not node.style


def _mend_yaml(part: Examined, repaired: Repaired) -> None:
    part.hidden = repaired.hidden
    for fault, sure in repaired.faults:
        part.add(fault, certain=sure, placed=True)
    part.changed = part.changed or repaired.sheet.lines != part.sheet.lines
    part.sheet, part.sure = repaired.sheet, part.sure and repaired.sure


def _node_of(sheet: Sheet, index: int) -> Any:
    nodes = compose(sheet.text).nodes
    return nodes[index] if index < len(nodes) else None


def _items(node: Any, value: Any, document: int) -> list[Item]:
    """Return the objects of a document: itself, or the items of a List."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not (isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list)):
        return [Item((), node, value, document=document)]
    given = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind[:-4]}
    found = []
    for number, item in enumerate(value["items"][:_MOST_ITEMS]):
        spot = find(node, ("items", number))
        inner = (
            {**{k: v for k, v in given.items() if k not in item}, **item} if isinstance(item, dict) else item
        )
        found.append(Item(("items", number), spot.value if spot else node, inner, document=document))
    return found


def _examine_node(part: Examined, index: int, server: Server, name: str) -> None:
    """Examine one document: as it is written first, and if that is refused, mended step by step."""
    node = _node_of(part.sheet, index)
    value, refused = plain(node)
    items = _items(node, value, part.document)
    as_written = part.readable
    for item in items:
        _send(item, server, part.file, refused=bool(refused))
        if as_written:
            part.kubectl += _said(item, name) or _said_of_the_doubled(item, server, part.file, name)
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


def _said_of_the_doubled(item: Item, server: Server, file: str, name: str) -> list[str]:
    """Return what is said of a document with doubled keys: kubectl takes one of them, without a word."""
    if not isinstance(item.value, dict) or kind_faults(item.value, item.node):
        return []
    try:
        stored, _ = server.create(item.value, file)
    except ApiError as error:
        return [says_refused(item.value, error, name)]
    server.remove(stored)
    return [says_created(stored)]


def _send(item: Item, server: Server, file: str, *, refused: bool = False) -> None:
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
        item.accepted, item.warnings = server.create(value, file)
    except ApiError as error:
        item.refused = error


def _mend(part: Examined, index: int, written: dict[Steps, Item], server: Server) -> list[Item]:
    """Find the faults of a document, mend the first certain one, and look again, until none is left."""
    failed: set[tuple[str, str]] = set()
    last: tuple[Sheet, Fault, Item | None] | None = None
    done = {base: item for base, item in written.items() if item.accepted is not None}
    for _ in range(_MOST_EDITS):
        node = _node_of(part.sheet, index)
        value, refused = plain(node) if node is not None else (None, [])
        items = _items(node, value, part.document) if node is not None else []
        found = [
            *((fault, None) for fault in doubled_faults(node, refused)),
            *_faults(items, done, server, part.file),
        ]
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
            part.add(replace(fault, fix=as_written(sheet, new) or fault.fix), item, certain=True)
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
        items = _items(node, value, part.document)
        found = list(_faults(items, done, server, part.file))
    for fault, item in found:
        part.add(fault, item)
    for item in items:
        if item.base in done:
            item.accepted, item.warnings = done[item.base].accepted, done[item.base].warnings
    return items


def _faults(
    items: list[Item], done: dict[Steps, Item], server: Server, file: str
) -> list[tuple[Fault, Item]]:
    found: list[tuple[Fault, Item]] = []
    for item in items:
        if item.base not in done:
            faults = object_faults(item, server, file)
            found += [(fault, item) for fault in faults]
            if item.accepted is not None and not faults:
                done[item.base] = item
    return found


def _account_for(part: Examined, item: Item) -> None:
    """See to it that what the API server refuses in the text as it is written is found, at the same fields."""
    base = dotted(item.base)
    if item.refused is None:
        return
    for cause in item.refused.causes:
        mine = [f for f in part.findings if f.severity == ERROR]
        name = f"{base}.{cause.field}" if base else cause.field
        if any(f.field == name for f in mine):
            continue
        fault = cause_fault(cause, item.value, item.node)
        line = part.first_line + fault.line + 1
        same = next((f for f in mine if f.line == line and not f.field), None)
        if same is not None:
            # the character or the dash is why it is refused
            part.findings[part.findings.index(same)] = replace(same, field=name)
        else:
            part.add(fault, item, placed=True)
    if not item.refused.causes and not any(f.severity == ERROR for f in part.findings):
        part.add(whole_fault(item, item.refused), item, placed=True)


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
        if not struct_for(str(value.get("apiVersion")), str(value.get("kind"))) and item.accepted is not None:
            what = f"the fields of a {value.get('kind')} ({value.get('apiVersion')}) are not known here"
            why = "Its metadata was checked, and nothing else of it."
            line, column = item.node.start_mark.line, item.node.start_mark.column
            part.add(Fault(line, column, "", what, why, "", None, NOTE), item)
        for fault in (*warning_faults(item.warnings, item.node), *within_faults(value, item.node)):
            part.add(fault, item)
