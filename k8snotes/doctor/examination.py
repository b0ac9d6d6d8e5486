"""The whole of an examination: every file and document in turn, then what is between them, then the corrected text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from k8snotes.api.base import KubeObject, view
from k8snotes.api.manifest import chunks, compose
from k8snotes.doctor.across import Placed, across_faults
from k8snotes.doctor.characters import without_tabs
from k8snotes.doctor.document import Examined, examine_part, opinions, unexamined
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import ERROR, NOTE, WARNING, Finding, Findings, Page
from k8snotes.doctor.object_faults import Item
from k8snotes.doctor.server import Server
from k8snotes.doctor.sheet import lines_of
from k8snotes.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["examination"]


def examination(texts: Sequence[tuple[str, str | Problem]], url: str = "") -> Findings:
    """Examine the texts of a source together; each comes with the name of its file."""
    findings, pages, kubectl = _look(texts, url)
    fixed = tuple(pages)
    if any(page.fixed != page.text for page in fixed):
        fixed = _proven(fixed, findings, url)
    if all(page.fixed == page.text for page in fixed):
        findings = [_uncertain(finding) for finding in findings]
    return Findings(tuple(findings), fixed, kubectl)


def _proven(pages: tuple[Page, ...], findings: list[Finding], url: str) -> tuple[Page, ...]:
    """Keep the corrected texts if they can be read and have no more errors than before, file by file."""
    again, _, _ = _look([(page.file, page.fixed) for page in pages], url)
    before, after = _count(findings), _count(again)
    return tuple(
        page
        if after.get(page.file, 0) <= before.get(page.file, 0) and _reads(page.fixed)
        else replace(page, fixed=page.text)
        for page in pages
    )


def _count(findings: list[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        if finding.severity == ERROR:
            counts[finding.file] = counts.get(finding.file, 0) + 1
    return counts


def _reads(text: str) -> bool:
    return all(compose(chunk).problem is None for _, chunk in chunks(text.removeprefix("\ufeff")))


def _uncertain(finding: Finding) -> Finding:
    return replace(finding, certain=False)


def _look(texts: Sequence[tuple[str, str | Problem]], url: str) -> tuple[list[Finding], list[Page], str]:
    server = Server()
    findings: list[Finding] = []
    pages: list[Page] = []
    parts: list[Examined] = []
    said: list[str] = []
    for file, text in texts:
        if isinstance(text, Problem):
            why = "A manifest is text."
            line, column = text.line or 1, text.column or 1
            findings.append(Finding(ERROR, line, column, "", text.message, why, text.hint, file=file))
            pages.append(Page(file, "", ""))
            continue
        mine = _parts(file, text, server, alone=len(texts) == 1)
        parts += mine
        pages.append(Page(file, text, _fixed(text, mine), manifest=not any(part.foreign for part in mine)))
        if not mine:
            why = "A manifest is a mapping that begins with apiVersion: and kind:."
            findings.append(Finding(ERROR, 1, 1, "", "there is no manifest in it", why, file=file))
        for part in mine:
            said += part.kubectl
            if not part.readable:
                break  # kubectl reads no further
    for part in parts:
        opinions(part)
    _between(parts, server, url)
    for part in parts:
        findings += sorted(part.findings, key=lambda finding: (finding.line, finding.column))
    order = {file: number for number, (file, _) in enumerate(texts)}
    findings.sort(key=lambda finding: (order[finding.file], finding.line))
    return findings, pages, "\n".join(said)


def _parts(file: str, text: str, server: Server, *, alone: bool) -> list[Examined]:
    found: list[Examined] = []
    line = document = 0
    for _, chunk in chunks(text.removeprefix("\ufeff")):
        try:
            part = examine_part(chunk, line, document, file, server)
        except Exception as error:  # noqa: BLE001  # a reader's manifest is never answered with a traceback
            part = unexamined(chunk, line, document, file, error)
        line += len(lines_of(chunk)) - 1
        if not part.findings and not part.items:
            continue  # nothing but comments
        document = max(part.document, document + 1)
        found.append(part)
    if not alone:
        foreign = [
            p for p in found if any(f.what == "neither apiVersion nor kind is there" for f in p.findings)
        ]
        if foreign and len(foreign) == len(found) and all(part.readable for part in found):
            # values.yaml and the like stand beside manifests, and are none
            for part in found:
                part.findings.clear()
                part.items.clear()
                part.changed, part.foreign = False, True
            why = "Files without apiVersion and kind stand beside manifests, and are none."
            found[0].add(Fault(0, 0, "", "no manifest: passed over", why, severity="note"))
    return found


def _fixed(text: str, parts: list[Examined]) -> str:
    """Return the text with the mended documents in place of the written ones."""
    if not any(part.changed and part.sure for part in parts):
        return text
    ends = "\r\n" if "\r\n" in text else "\n"
    start = "\ufeff" if text.startswith("\ufeff") else ""
    by_line = {part.first_line: part for part in parts}
    pieces: list[str] = []
    line = 0
    for _, chunk in chunks(text.removeprefix("\ufeff")):
        lines = lines_of(chunk)
        part = by_line.get(line)
        line += len(lines) - 1
        mended = part is not None and part.changed and part.sure
        pieces.append(ends.join(without_tabs(part.sheet.lines) if part is not None and mended else lines))
    return start + "".join(pieces)


def _between(parts: list[Examined], server: Server, url: str) -> None:
    owners: list[tuple[Examined, Item]] = [(part, item) for part in parts for item in part.items]
    placed = [
        Placed(obj, item.node, (part, item)) for part, item in owners if (obj := _object(item)) is not None
    ]
    for placed_one, fault in across_faults(placed, url):
        part, item = placed_one.origin
        part.add(fault, item)
    made = {
        item.accepted.name: (part, item) for part, item in owners if _is_namespace(item) and item.accepted
    }
    for part, item in owners:
        home = text_of(item, "namespace")
        if home in server.assumed and home not in made:
            server.assumed.discard(home)  # once is enough
            what = f"Namespace {home} is not made here"
            fault = Fault(
                item.node.start_mark.line, 0, "metadata.namespace", what, _ELSEWHERE, "", None, NOTE
            )
            part.add(fault, item)
    for name, (part, item) in made.items():
        if name in server.assumed:
            why = "kubectl sends the documents in their order: what comes before its Namespace is refused."
            what = f"Namespace {name} comes after objects that need it"
            fault = Fault(item.node.start_mark.line, 0, "metadata.name", what, why, "", None, WARNING)
            part.add(fault, item)


_ELSEWHERE = "It must be there before: a cluster refuses objects of a Namespace that it does not have."


def text_of(item: Item, field: str) -> str:
    """Return a field of an object's metadata, "" if it has none."""
    metadata = item.value.get("metadata") if isinstance(item.value, dict) else None
    found = metadata.get(field) if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def _is_namespace(item: Item) -> bool:
    return item.accepted is not None and item.accepted.kind == "Namespace"


def _object(item: Item) -> KubeObject | None:
    value: Any = item.value
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return None
    return view(value)
