"""The whole of an examination: every file and document in turn, then what is between them, then the corrected text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from k8snotes.api.base import KubeObject, Manifest, mapping, view
from k8snotes.api.manifest import chunks, compose, plain
from k8snotes.doctor.document import ExaminedPart, add_opinions, examine_part, unexamined
from k8snotes.doctor.findings import ERROR, NOTE, WARNING, Finding, Page
from k8snotes.doctor.objects import ExaminedObject
from k8snotes.doctor.report import Findings
from k8snotes.doctor.rules.between_objects import Placed, between_faults
from k8snotes.doctor.server import Server
from k8snotes.doctor.text.characters import without_tabs
from k8snotes.doctor.text.draft import lines_of
from k8snotes.doctor.text.fault import Fault
from k8snotes.errors import Problem

__all__ = ["examination"]

_BOM = "\ufeff"
_DEFINITION = "CustomResourceDefinition"


def examination(texts: Sequence[tuple[str, str | Problem]], url: str = "") -> Findings:
    """Examine the texts of a source together.

    The corrected texts are examined once more: what does not read, or has more errors than before, is not
    given out.

    Args:
        texts: each with the name of its file ("" for text); a Problem in the place of what is no text.
        url: how the application is to be reached, "" if that is not asked.
    """
    findings, pages, kubectl = _look(texts, url)
    fixed = tuple(pages)
    if any(page.fixed != page.text for page in fixed):
        fixed = _proven(fixed, findings, url)
    if all(page.fixed == page.text for page in fixed):
        findings = [replace(finding, certain=False) for finding in findings]
    return Findings(tuple(findings), fixed, kubectl)


def _proven(pages: tuple[Page, ...], findings: list[Finding], url: str) -> tuple[Page, ...]:
    """Keep the corrected texts if they can be read and have no more errors than before, file by file."""
    again, _, _ = _look([(page.file, page.fixed) for page in pages], url)
    before, after = _errors_by_file(findings), _errors_by_file(again)
    return tuple(
        page
        if after[page.file] <= before[page.file] and _reads(page.fixed)
        else replace(page, fixed=page.text)
        for page in pages
    )


def _errors_by_file(findings: list[Finding]) -> Counter[str]:
    return Counter(finding.file for finding in findings if finding.severity == ERROR)


def _reads(text: str) -> bool:
    return all(compose(chunk).problem is None for _, chunk in chunks(text.removeprefix(_BOM)))


def _look(texts: Sequence[tuple[str, str | Problem]], url: str) -> tuple[list[Finding], list[Page], str]:
    """Look at all texts once.

    Returns:
        The findings in the order of the texts, the pages, and what kubectl would have said.
    """
    server = Server()
    server.learn(_definitions(texts))
    findings: list[Finding] = []
    pages: list[Page] = []
    parts: list[ExaminedPart] = []
    kubectl: list[str] = []
    for file, text in texts:
        if isinstance(text, Problem):
            findings.append(_unreadable(text, file))
            pages.append(Page(file, "", ""))
            continue
        mine = _parts(file, text, server, alone=len(texts) == 1)
        parts += mine
        pages.append(Page(file, text, _fixed(text, mine), manifest=not any(part.foreign for part in mine)))
        if not mine and len(texts) > 1:
            findings.append(Finding(NOTE, 1, 1, "", "nothing-in-it", "empty-beside", file=file))
        elif not mine:
            findings.append(Finding(ERROR, 1, 1, "", "nothing-in-it", "no-manifest", file=file))
        for part in mine:
            kubectl += part.kubectl
            if not part.readable:
                break  # kubectl reads no further
    for part in parts:
        add_opinions(part, server)
    _between(parts, server, url)
    for part in parts:
        findings += sorted(part.findings, key=lambda finding: (finding.line, finding.column))
    order = {file: number for number, (file, _) in enumerate(texts)}
    findings.sort(key=lambda finding: (order[finding.file], finding.line))
    return findings, pages, "\n".join(kubectl)


def _definitions(texts: Sequence[tuple[str, str | Problem]]) -> list[Manifest]:
    """Return the CustomResourceDefinitions of a source: they say which fields other objects have."""
    return [
        value
        for _, text in texts
        if isinstance(text, str) and _DEFINITION in text
        for _, chunk in chunks(text.removeprefix(_BOM))
        if _DEFINITION in chunk
        for node in compose(chunk).nodes
        if isinstance(value := plain(node)[0], dict) and value.get("kind") == _DEFINITION
    ]


def _unreadable(problem: Problem, file: str) -> Finding:
    """Return the finding for a file that is no text."""
    line, column = problem.line or 1, problem.column or 1
    parts = {"message": problem.message, "hint": problem.hint}
    return Finding(ERROR, line, column, "", "refused", "no-text", parts, file=file)


def _parts(file: str, text: str, server: Server, *, alone: bool) -> list[ExaminedPart]:
    """Examine each part of a text.

    Args:
        file: the name of the file.
        text: the text, with line ends of any sort, and perhaps a byte order mark.
        server: the API server that has the documents before it.
        alone: whether the text is the only one of its source: a file beside others may be no manifest at all.
    """
    parts: list[ExaminedPart] = []
    line = document = 0
    for _, chunk in chunks(text.removeprefix(_BOM)):
        try:
            part = examine_part(chunk, line, document, file, server)
        except Exception as error:  # noqa: BLE001  # a reader's manifest is never answered with a traceback
            part = unexamined(chunk, line, document, file, error)
        line += len(lines_of(chunk)) - 1
        if not part.findings and not part.objects:
            continue  # nothing but comments
        document = max(part.document, document + 1)
        parts.append(part)
    if not alone and parts and all(map(_is_foreign, parts)):
        # files such as values.yaml may lie beside manifests
        for part in parts:
            part.findings.clear()
            part.objects.clear()
            part.changed, part.foreign = False, True
        parts[0].add(Fault(0, 0, "", "passed-over", severity=NOTE))
    return parts


def _is_foreign(part: ExaminedPart) -> bool:
    return part.readable and any(finding.code == "not-a-manifest" for finding in part.findings)


def _fixed(text: str, parts: list[ExaminedPart]) -> str:
    """Return the text with the mended documents in place of the written ones."""
    if not any(part.changed and part.sure for part in parts):
        return text
    ends = "\r\n" if "\r\n" in text else "\n"
    start = _BOM if text.startswith(_BOM) else ""
    by_line = {part.first_line: part for part in parts}
    pieces: list[str] = []
    line = 0
    for _, chunk in chunks(text.removeprefix(_BOM)):
        lines = lines_of(chunk)
        part = by_line.get(line)
        line += len(lines) - 1
        mended = part is not None and part.changed and part.sure
        pieces.append(ends.join(without_tabs(part.draft.lines) if part is not None and mended else lines))
    return start + "".join(pieces)


def _between(parts: list[ExaminedPart], server: Server, url: str) -> None:
    """Add what does not fit between the objects, and the Namespaces that are missing or come too late."""
    owners = [(part, obj) for part in parts for obj in part.objects]
    placed = [
        Placed(kube_object, obj.node, (part, obj))
        for part, obj in owners
        if (kube_object := _kube_object(obj)) is not None
    ]
    for place, fault in between_faults(placed, url):
        part, obj = place.origin
        part.add(fault, obj)
    made = {
        obj.accepted.name: (part, obj)
        for part, obj in owners
        if obj.accepted is not None and obj.accepted.kind == "Namespace"
    }
    for part, obj in owners:
        home = _namespace(obj)
        if home in server.assumed and home not in made:
            server.assumed.discard(home)  # once is enough
            part.add(_namespace_fault(obj, "metadata.namespace", "namespace-elsewhere", home, NOTE), obj)
    for name, (part, obj) in made.items():
        if name in server.assumed:
            part.add(_namespace_fault(obj, "metadata.name", "namespace-too-late", name, WARNING), obj)


def _namespace_fault(obj: ExaminedObject, field: str, code: str, namespace: str, severity: str) -> Fault:
    parts = {"namespace": namespace}
    return Fault(obj.node.start_mark.line, 0, field, code, parts=parts, severity=severity)


def _namespace(obj: ExaminedObject) -> str:
    """Return the Namespace that an object names, "" if it names none."""
    namespace = mapping(mapping(obj.value).get("metadata")).get("namespace")
    return namespace if isinstance(namespace, str) else ""


def _kube_object(obj: ExaminedObject) -> KubeObject | None:
    value = obj.value
    return view(value) if isinstance(value, dict) and isinstance(value.get("kind"), str) else None
