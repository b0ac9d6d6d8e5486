"""One part of a text, between its `---`: every fault in it, mended as far as that is certain."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from k8snotes.api.base import mapping, view
from k8snotes.api.foreign import foreign
from k8snotes.api.kind import Kind
from k8snotes.api.manifest import compose, plain
from k8snotes.api.masking import Masked
from k8snotes.control_plane.apiserver import too_large_to_note
from k8snotes.doctor import words
from k8snotes.doctor.findings import ERROR, NOTE, WARNING, Finding
from k8snotes.doctor.kubectl_words import (
    says_created,
    says_no_mapping,
    says_not_yaml,
    says_refused,
    says_unknown_kind,
)
from k8snotes.doctor.objects import ExaminedObject, object_faults
from k8snotes.doctor.rules.api_versions import kind_faults
from k8snotes.doctor.rules.causes import cause_fault, refusal_fault
from k8snotes.doctor.rules.decoding import misfits
from k8snotes.doctor.rules.doubled_keys import doubled_key_faults, last_of_doubled
from k8snotes.doctor.rules.within_object import warning_faults, within_faults
from k8snotes.doctor.server import FOLLOWS_NO_NAME, Server, is_read_from_a_cluster
from k8snotes.doctor.text.draft import Draft, as_written
from k8snotes.doctor.text.fault import Fault
from k8snotes.doctor.text.paths import Steps, dotted, find, steps, value_at
from k8snotes.doctor.text.secrets import hide_fields, mask
from k8snotes.doctor.text.yaml_repair import Repaired, repair
from k8snotes.errors import ApiError

__all__ = ["ExaminedPart", "add_opinions", "examine_part", "unexamined"]

_MOST_EDITS = 60
_MOST_ITEMS = 2_000
# what a file that describes no object is -> why it does not
_NO_OBJECT = {
    "kustomization": "kustomization",
    "kustomize-component": "kustomization",
    "json-patch": "json-patch",
    "chart": "chart",
}
_MOST_TRIES = 40  # proposals of one document that are tried


@dataclass(slots=True)
class ExaminedPart:
    """A part that was looked at: what was found, the text as it is now, and its objects.

    Args:
        file: the name of its file, "" for text.
        first_line: the line of the file at which it begins, from 0.
        document: the number of its first document in the file, from 0.
        draft: the text, mended so far.
        masked: the part without the values of its Secrets, which are shown nowhere.
        sure: whether the draft is what was meant, for certain.
        findings: what was found.
        objects: the objects that the draft has.
        kubectl: what `kubectl create -f FILE` would have said of the part as it was written.
        readable: whether the part is YAML as it was written.
        written: how many documents it has as it was written.
        changed: whether the draft is another text than was written.
        hidden: the lines of the part, from 0, in whose place stand-ins for templates were read.
        foreign: whether it is not a manifest, but a file beside manifests.
        keys: line, field and sentence of each finding: what would be said twice is said once.
    """

    file: str
    first_line: int
    document: int
    draft: Draft
    masked: Masked
    sure: bool = True
    findings: list[Finding] = field(default_factory=list)
    objects: list[ExaminedObject] = field(default_factory=list)
    kubectl: list[str] = field(default_factory=list)
    readable: bool = True
    written: int = 1
    changed: bool = False
    hidden: set[int] = field(default_factory=set)
    foreign: bool = False
    keys: set[tuple[object, ...]] = field(default_factory=set)

    def node(self, index: int) -> Any:
        """Return the node of a document of the draft, None where there are no more."""
        nodes = self.draft.nodes
        return nodes[index] if index < len(nodes) else None

    def add(
        self,
        fault: Fault,
        obj: ExaminedObject | None = None,
        *,
        certain: bool = False,
        placed: bool = False,
    ) -> None:
        """Add the finding that a fault makes, unless it is there.

        Args:
            fault: the fault.
            obj: the object that it is a fault of.
            certain: whether the fix is in the draft.
            placed: whether the fault's place is that of the source already, and not of the draft.
        """
        line, column = (fault.line, fault.column) if placed else self.draft.place(fault.line, fault.column)
        if line in self.hidden and fault.code != "template":
            return  # the line belongs to a template
        path = fault.path
        base = dotted(obj.base) if obj is not None else ""
        if base:
            path = f"{base}.{path}" if path and not path.startswith("[") else base + path
        parts, write = dict(fault.parts), fault.write
        if line in self.masked.touched:
            parts = {name: _hidden(value, self.masked) for name, value in parts.items()}
            path, write = self.masked.hide(path), hide_fields(self.masked.hide(write))
        finding = Finding(
            fault.severity,
            self.first_line + line + 1,
            column + 1,
            path,
            fault.code,
            fault.because or fault.code,
            parts,
            write,
            certain,
            self.document if obj is None else obj.document,
            self.file,
        )
        key = finding.line, finding.field, *words.told(finding.code, "", finding.parts)
        if key not in self.keys:
            self.keys.add(key)
            self.findings.append(finding)


@dataclass(frozen=True, slots=True, repr=False)
class _Hidden:
    """A message about a Secret: it is said in the language in force, without the Secret's values."""

    message: str
    masked: Masked

    def __str__(self) -> str:
        return self.masked.hide(str(self.message))

    def __repr__(self) -> str:
        return repr(str(self))


def _hidden(value: Any, masked: Masked) -> Any:
    """Return a part of a sentence about a Secret without the Secret's values."""
    if isinstance(value, str):
        return masked.hide(value) if type(value) is str else _Hidden(value, masked)
    if isinstance(value, (list, tuple)):
        return type(value)(_hidden(item, masked) for item in value)
    if isinstance(value, dict):
        return {key: _hidden(item, masked) for key, item in value.items()}
    return value


def examine_part(chunk: str, first_line: int, document: int, file: str, server: Server) -> ExaminedPart:
    """Examine the documents between two `---`: mostly one.

    Args:
        chunk: the text.
        first_line: the line of the file at which it begins, from 0.
        document: the number of its first document, from 0.
        file: the name of the file, "" for text.
        server: the API server that has the documents before it.
    """
    draft = Draft.of(chunk)
    reading = draft.reading if draft.text == chunk else compose(chunk)
    part = ExaminedPart(file, first_line, document, draft, mask(chunk, reading))
    part.written = len(reading.nodes)
    name = file or "FILE"
    if reading.problem is not None:
        part.readable = False
        part.kubectl.append(part.masked.hide(says_not_yaml(reading, name)))
        _mend_yaml(part, repair(draft, misfits))
    index = 0
    while (node := part.node(index)) is not None:
        if not _is_empty(node):
            _examine_node(part, index, server, name)
            part.document += 1
        index += 1
    return part


def unexamined(chunk: str, first_line: int, document: int, file: str, error: Exception) -> ExaminedPart:
    """Return a part that nothing can be said of: a defect of the doctor, which is no reason to say nothing at all.

    What the API server refuses is said all the same. The arguments are those of `examine_part`, and the defect.
    """
    part = ExaminedPart(file, first_line, document, Draft.of(chunk), mask(chunk))
    parts = {"error": type(error).__name__}
    part.add(Fault(0, 0, "", "not-examined", parts=parts, severity=NOTE))
    nodes = part.draft.nodes
    for node in nodes[:1]:
        obj = ExaminedObject((), node, plain(node)[0], document=document)
        _send(obj, Server(), file)
        if obj.refused is not None:
            part.add(refusal_fault(obj.refused, node), obj)
    return part


def _is_empty(node: Any) -> bool:
    return node.id == "scalar" and node.value == "" and not node.style


def _mend_yaml(part: ExaminedPart, repaired: Repaired) -> None:
    """Go on with the text that was made YAML; the places of its faults are those of the source already."""
    part.hidden = repaired.hidden
    for fault, sure in repaired.faults:
        part.add(fault, certain=sure, placed=True)
    part.changed = part.changed or repaired.draft.lines != part.draft.lines
    part.draft, part.sure = repaired.draft, part.sure and repaired.sure


def _objects(node: Any, value: Any, document: int) -> list[ExaminedObject]:
    """Return the objects of a document: itself, or the items of a List."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not (isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list)):
        return [ExaminedObject((), node, value, document=document)]
    # a PodList is a list of Pods, which need not say so
    given = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind[:-4]}
    objects = []
    for number, item in enumerate(value["items"][:_MOST_ITEMS]):
        base: Steps = ("items", number)
        spot = find(node, base)
        inner = {**given, **item} if isinstance(item, dict) else item
        objects.append(ExaminedObject(base, spot.value if spot else node, inner, document=document))
    return objects


def _examine_node(part: ExaminedPart, index: int, server: Server, name: str) -> None:
    """Examine one document: as it is written first, and if that is refused, mended step by step."""
    node = part.node(index)
    value, refused = plain(node)
    as_it_is = part.readable and index < part.written
    sort = foreign(value)
    if sort:
        mark = node.start_mark
        because = _NO_OBJECT.get(sort, "no-object")
        part.add(Fault(mark.line, mark.column, "", "foreign", because, {"sort": sort}, severity=NOTE))
        if as_it_is:
            part.kubectl.append(says_unknown_kind(value, name))
        return
    objects = _objects(node, value, part.document)
    for obj in objects:
        _send(obj, server, part.file, refused=bool(refused))
        if as_it_is:
            says = _kubectl_says(obj, name, part.file, server, doubled=bool(refused))
            if obj.node.start_mark.line in part.masked.touched:
                says = [part.masked.hide(line) for line in says]
            part.kubectl += says
    if not refused and all(obj.accepted is not None for obj in objects):
        part.objects += objects
        return
    if as_it_is and not part.hidden:
        # it is YAML, and may not be the YAML that its author sees
        repaired = repair(part.draft, misfits)
        if repaired.faults:
            _mend_yaml(part, repaired)
    part.objects += _Mending(part, index, server, objects).mend()
    for obj in objects:
        if as_it_is and obj.accepted is None:
            _account_for(part, obj)


def _kubectl_says(obj: ExaminedObject, name: str, file: str, server: Server, *, doubled: bool) -> list[str]:
    """Return what kubectl says of an object that was sent as it is written; nothing if it was not sent.

    Args:
        obj: the object.
        name: the name of the file, as it is typed after -f.
        file: the same, "" for text.
        server: the API server that has the documents before it.
        doubled: whether the text has keys twice: kubectl takes the last of them, without a word.
    """
    value = plain(last_of_doubled(obj.node))[0] if doubled else obj.value
    unknown = says_unknown_kind(value, name)
    if unknown:
        return [unknown]
    if obj.accepted is not None:
        if not server.defines(obj.accepted.resource):
            return [says_no_mapping(value, name)]
        return [says_created(obj.accepted)]
    if obj.refused is not None:
        return [says_refused(value, obj.refused, name)]
    if not isinstance(value, dict) or kind_faults(value, obj.node):
        return []
    try:
        stored, _warnings = server.create(value, file)
    except ApiError as error:
        return [says_refused(value, error, name)]
    server.remove(stored)
    return [says_created(stored)]


def _send(obj: ExaminedObject, server: Server, file: str, *, refused: bool = False) -> None:
    """Send an object to the API server as it is written; `refused` if its document has what none may have."""
    value = obj.value
    obj.accepted = obj.refused = None
    if not isinstance(value, dict) or refused:
        return
    if is_read_from_a_cluster(value):
        obj.accepted = view(value)
        return
    if kind_faults(value, obj.node):
        return
    try:
        obj.accepted, obj.warnings = server.create(value, file)
    except ApiError as error:
        obj.refused = error


_Owned = tuple[Fault, ExaminedObject | None]


class _Mending:
    """Mends one document: makes the first certain edit, looks again, and so on until no edit is left.

    An edit after which the same fault is there again did not help, and is taken back.
    """

    def __init__(self, part: ExaminedPart, index: int, server: Server, objects: list[ExaminedObject]) -> None:
        self.part, self.index, self.server = part, index, server
        self.node: Any = None
        self.accepted = {obj.base: obj for obj in objects if obj.accepted is not None}
        self.failed: set[tuple[object, ...]] = set()
        self.tries = 0

    def mend(self) -> list[ExaminedObject]:
        """Mend what is certain, add the findings to the part, and return the objects of the draft as it is then."""
        part = self.part
        last: tuple[Draft, Fault, ExaminedObject | None] | None = None
        objects, faults = self._look()
        for _ in range(_MOST_EDITS):
            if last is not None:
                draft, fault, obj = last
                last = None
                if self.node is None or fault.key in {other.key for other, _ in faults}:
                    self.failed.add(fault.key)
                    part.draft = draft
                    objects, faults = self._look()
                    continue
                mended, part.draft = part.draft, draft
                part.add(replace(fault, write=as_written(draft, mended) or fault.write), obj, certain=True)
                part.draft, part.changed = mended, True
            edited = self._first_edit(faults)
            if edited is None:
                break
            draft, fault, obj = edited
            last = part.draft, fault, obj
            part.draft = draft
            objects, faults = self._look()
        else:
            if last is not None:
                part.draft = last[0]
            objects, faults = self._look()
        for fault, obj in faults:
            part.add(self._tried(fault, obj, faults), obj)
        for one in objects:
            if one.base in self.accepted:
                before = self.accepted[one.base]
                one.accepted, one.warnings = before.accepted, before.warnings
        return objects

    def _tried(self, fault: Fault, obj: ExaminedObject | None, faults: list[_Owned]) -> Fault:
        """Return a fault without its proposal if that would bring another fault: it is tried on a copy of the object."""
        change = _change_of(fault, obj)
        if change is None or obj is None or self.tries >= _MOST_TRIES:
            return fault
        self.tries += 1
        path, value = change
        changed = copy.deepcopy(obj.value)
        value_at(changed, path[:-1])[path[-1]] = value
        before = {other.key for other, owner in faults if owner is obj}
        trial = ExaminedObject(obj.base, obj.node, changed, document=obj.document)
        after = {other.key for other in object_faults(trial, self.server, self.part.file)}
        if trial.accepted is not None:
            self.server.remove(trial.accepted)
        return replace(fault, write="") if after - before else fault

    def _look(self) -> tuple[list[ExaminedObject], list[_Owned]]:
        """Return the objects of the draft, and its faults."""
        part = self.part
        self.node = part.node(self.index)
        if self.node is None:
            return [], []
        value, refused = plain(self.node)
        objects = _objects(self.node, value, part.document)
        faults: list[_Owned] = [(fault, None) for fault in doubled_key_faults(self.node, refused)]
        for obj in objects:
            if obj.base not in self.accepted:
                own = object_faults(obj, self.server, part.file)
                faults += [(fault, obj) for fault in own]
                if obj.accepted is not None and not own:
                    self.accepted[obj.base] = obj
        return objects, faults

    def _first_edit(self, faults: list[_Owned]) -> tuple[Draft, Fault, ExaminedObject | None] | None:
        """Return the draft with the first certain edit that gives YAML, and its fault; None if there is none."""
        for fault, obj in faults:
            if fault.edit is None or fault.key in self.failed:
                continue
            draft = fault.edit(self.part.draft)
            if draft is not None and draft.reading.problem is None:
                return draft, fault, obj
            self.failed.add(fault.key)
        return None


def _change_of(fault: Fault, obj: ExaminedObject | None) -> tuple[Steps, Any] | None:
    """Return where the proposal of a refused value writes which value, None if it is not one word in its place."""
    if obj is None or fault.code != "refused" or not fault.write or "..." in fault.write:
        return None
    path = steps(fault.path)
    name, colon, _value = fault.write.partition(": ")
    if not (path and colon and name == path[-1]) or "\n" in fault.write:
        return None
    if not isinstance(value_at(obj.value, path[:-1]), dict):
        return None
    nodes = compose(fault.write).nodes
    value = plain(nodes[0])[0] if nodes else None
    return (path, value[name]) if isinstance(value, dict) and name in value else None


def _account_for(part: ExaminedPart, obj: ExaminedObject) -> None:
    """See to it that what the API server refuses in the text as it is written is found, at the same fields.

    In the mended text a refusal may be gone with its reason (a strange quote, a dash too many): then the finding that
    is on its line gets the field, and if there is none, the refusal becomes a finding.
    """
    base = dotted(obj.base)
    if obj.refused is None:
        return
    for cause in obj.refused.causes:
        mine = [finding for finding in part.findings if finding.severity == ERROR]
        name = f"{base}.{cause.field}" if base else cause.field
        if any(finding.field == name for finding in mine) or cause.rule == FOLLOWS_NO_NAME:
            continue
        fault = cause_fault(cause, obj.value, obj.node)
        line = part.first_line + fault.line + 1
        same = next((finding for finding in mine if finding.line == line and not finding.field), None)
        if same is not None:
            # the character or the dash is why it is refused
            part.findings[part.findings.index(same)] = replace(same, field=name)
        else:
            part.add(fault, obj, placed=True)
    if not obj.refused.causes and not any(finding.severity == ERROR for finding in part.findings):
        part.add(refusal_fault(obj.refused, obj.node), obj, placed=True)


def add_opinions(part: ExaminedPart, server: Server) -> None:
    """Add what is accepted, and worth a word: the API server's warnings, and what is odd about each object.

    Args:
        part: the part; its findings get more.
        server: the API server that took its objects.
    """
    for obj in part.objects:
        for fault in _opinions(obj, server):
            part.add(fault, obj)


def _not_known(kind: Kind, server: Server) -> str:
    """Return the code of the note on what of a kind is not known here, "" if all of it is."""
    if not server.defines(kind):
        return "fields-not-known"
    return "rules-not-known" if kind.builtin and not server.api.knows_rules(kind) else ""


def _opinions(obj: ExaminedObject, server: Server) -> Iterator[Fault]:
    value, mark = obj.value, obj.node.start_mark
    if not isinstance(value, dict):
        return
    if obj.accepted is not None and (code := _not_known(obj.accepted.resource, server)):
        parts = {"kind": value.get("kind"), "version": value.get("apiVersion")}
        yield Fault(mark.line, mark.column, "", code, parts=parts, severity=NOTE)
    new = not is_read_from_a_cluster(value)
    if new and obj.accepted is not None and too_large_to_note(value, obj.accepted.namespace):
        yield Fault(mark.line, mark.column, "", "too-large-to-apply", severity=WARNING)
    yield from warning_faults(obj.warnings, obj.node)
    yield from within_faults(mapping(value), obj.node)
