"""Findings, and how they are shown: the text with its notes, in words, symbols and colours; the same as plain text.

Colour alone means nothing: each severity has its word and its sign. Values of Secrets are hidden in all that is shown.
Everything is said in the language that is in force when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, overload

from k8snotes.catalogue import _, named, ngettext
from k8snotes.doctor.findings import ERROR, NOTE, SAID, WARNING, Finding, Page, short
from k8snotes.doctor.text.draft import lines_of
from k8snotes.doctor.text.secrets import masked
from k8snotes.errors import LockedError
from k8snotes.face import offered, unknown_name
from k8snotes.figures.palette import ERROR as ERROR_LOOK
from k8snotes.figures.palette import INK, MUTED, NOT_READY, PAPER, POD, RULE, SERVICE, Look
from k8snotes.figures.theme import box, inline, style_sheet
from k8snotes.screen import printable, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Findings", "listing", "outline"]

_LOOKS: dict[str, tuple[str, Look]] = {
    ERROR: ("✗", ERROR_LOOK),
    WARNING: ("▲", NOT_READY),
    NOTE: ("ℹ", SERVICE),
}
_AROUND = 2  # lines shown before and after each that has a finding
_WHOLE = 40  # a text of so many lines is shown whole
_MOST_SHOWN = 60
_MOST_ALIKE, _MOST_NAMED = 5, 8  # of the findings of a cluster with the same code
_LONGEST = 160
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:13px"
_FONT = "font-family:system-ui,'Segoe UI',Verdana,'DejaVu Sans',sans-serif;font-size:13px"


@dataclass(frozen=True, slots=True, repr=False)
class Findings(Sequence[Finding]):
    r"""Everything that was found, in the order of the text; shows itself as the text with its notes.

    Args:
        findings: what was found.
        pages: the texts that were examined, each with its corrected one.
        kubectl: what `kubectl create -f FILE` would have said, "" if it had nothing to say against the text.
        exercise: the exercise in which a reader is to mend the text, while `.fixed` is locked for it; "" otherwise.
        cluster: the cluster that was examined; None for a text.

    >>> from k8snotes.doctor import examine
    >>> findings = examine("apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n")
    >>> [(finding.severity, finding.line, finding.what) for finding in findings]
    [('error', 4, 'unknown field "metadata.nmae"')]
    >>> print(findings.fixed.splitlines()[3])
      name: shop
    >>> findings.ok, findings.summary, len(findings.errors), findings.warnings, findings.notes
    (False, '1 error', 1, (), ())
    >>> findings.text.splitlines()[3], findings.table()["severity"].tolist()
    ('  nmae: shop', ['error'])
    """

    findings: tuple[Finding, ...]
    pages: tuple[Page, ...]
    kubectl: str = ""
    exercise: str = ""
    cluster: Any = field(default=None, compare=False)

    __dir__ = offered("cluster", "findings", "pages")
    __getattr__ = unknown_name

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What kubectl or the API server refuses."""
        return self._of(ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is accepted, but most probably not meant."""
        return self._of(WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing."""
        return self._of(NOTE)

    @property
    def ok(self) -> bool:
        """Whether there are no errors: no text is refused, and everything that runs can answer. There may be warnings."""
        return not self.errors

    @property
    def text(self) -> str:
        """The text as it was given; the files of a folder follow each other, each after a line with its name."""
        return _joined([(page.file, page.text) for page in self.pages if page.manifest])

    @property
    def fixed(self) -> str:
        """The text with every certain fix in it; where nothing is certain, the text as it was given.

        Raises:
            LockedError: to mend the text is an exercise that you have not tried yet.
        """
        if self.exercise:
            raise LockedError(self.exercise)
        return _joined([(page.file, page.fixed) for page in self.pages if page.manifest])

    @property
    def summary(self) -> str:
        """The counts in words, such as "2 errors, 1 warning"."""
        errors, warnings, notes = len(self.errors), len(self.warnings), len(self.notes)
        counts = (
            ngettext("{n} error", "{n} errors", errors) if errors else "",
            ngettext("{n} warning", "{n} warnings", warnings) if warnings else "",
            ngettext("{n} note", "{n} notes", notes) if notes else "",
        )
        return _(", ").join(filter(None, counts)) or _("nothing found")

    def table(self) -> pd.DataFrame:
        """Return the findings as a table, one row each: severity, file, line, column, field, what, why, fix.

        In a cluster there are no lines: then it has the object, the picture to look at, and the line of kubectl. The columns have the names of a finding's attributes, whatever the language is.
        """
        from k8snotes.tables import records_table  # noqa: PLC0415  # pandas only where a table is asked for

        if self.cluster is not None:
            return records_table(self.findings, ("severity", "ref", "what", "why", "fix", "look", "kubectl"))
        names = ("severity", "file", "line", "column", "field", "what", "why", "fix")
        return records_table(self.findings, names)

    def _of(self, severity: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def __len__(self) -> int:
        return len(self.findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self.findings[index]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @printable
    def __str__(self) -> str:
        return outline(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        return {"text/html": listing(self), "text/plain": str(self)}


def _joined(texts: list[tuple[str, str]]) -> str:
    if len(texts) == 1:
        return texts[0][1]
    # a line with the file's name before each, so that the whole can be applied as it is
    return "".join(f"---\n# {file}\n{text}" + ("" if text.endswith("\n") else "\n") for file, text in texts)


def outline(findings: Findings, *, in_terminal: bool = False) -> str:
    r"""Return what was found as plain text: a line for each, why, and what to write or to do.

    Args:
        findings: what was found.
        in_terminal: whether the command `k8snotes examine` says it, which has an option in the place of `.fixed`.

    >>> page = Page("", "kind: Pod\n", "kind: Pod\n")
    >>> print(outline(Findings((Finding("error", 1, 1, "kind", "refused", "", {"message": "no"}),), (page,))))
    ✗ 1 error
    <BLANKLINE>
    ✗ error, line 1, column 1: kind
      no
      why: The API server does not accept it.
    """
    lines = [_head(findings, in_terminal=in_terminal)]
    explained: set[tuple[object, ...]] = set()
    if findings.cluster is not None:
        return "\n".join([*lines, *_of_cluster(findings)])
    for finding in findings[:_MOST_SHOWN]:
        told = finding.told()
        lines += [
            "",
            f"{_LOOKS[finding.severity][0]} {finding.head}",
            *finding.lines(again=told in explained),
        ]
        explained.add(told)
    if len(findings) > _MOST_SHOWN:
        lines += ["", _more(len(findings) - _MOST_SHOWN)]
    return "\n".join(lines)


def _alike(findings: Findings) -> Iterator[tuple[list[Finding], list[Finding]]]:
    """Yield the findings of a cluster by what was found: the first of each sort, and the others."""
    sorts: dict[str, list[Finding]] = {}
    for finding in findings:
        sorts.setdefault(finding.code, []).append(finding)
    for found in sorts.values():
        most = _MOST_ALIKE if found[0].severity != NOTE else 1
        yield found[:most], found[most:]


def _of_cluster(findings: Findings) -> Iterator[str]:
    """Yield the lines about a cluster: of each sort the first findings, and the names of the others."""
    for first, others in _alike(findings):
        for number, finding in enumerate(first):
            yield from ("", f"{_LOOKS[finding.severity][0]} {finding.head}", *finding.lines(again=number > 0))
        if others:
            yield f"  {_others(others)}"


def _others(others: Sequence[Finding]) -> str:
    """Name the objects of which the same is said."""
    names = [finding.ref for finding in others[:_MOST_NAMED]]
    if len(others) > _MOST_NAMED:
        names.append("...")
    return ngettext(
        "the same for {n} more: {objects}",
        "the same for {n} more: {objects}",
        len(others),
        objects=named(names),
    )


_UNSURE = {"fields-not-known", "rules-not-known", "not-examined"}
"""What says that the API server may know more about a document than k8snotes does."""


def _head(findings: Findings, *, in_terminal: bool = False) -> str:
    """Return the counts, and what they mean for the text."""
    summary, exercise = findings.summary, findings.exercise
    if findings.cluster is not None:
        if not findings.findings:
            return f"✓ {summary}"
        return f"{'✓' if findings.ok else '✗'} {_('{summary}. What hurts users most comes first.', summary=summary)}"
    if findings.ok:
        if any(finding.code in _UNSURE for finding in findings):
            said = _("{summary}. Nothing was refused, but not everything is known here.", summary=summary)
        else:
            said = _("{summary}. The API server would accept this text.", summary=summary)
        return f"✓ {said}"
    if exercise:
        said = _(
            "{summary}. The text in .fixed is locked until you have tried exercise {exercise}.",
            summary=summary,
            exercise=exercise,
        )
        return f"✗ {said}"
    if findings.fixed != findings.text and in_terminal:
        return (
            f"✗ {_('{summary}. The option --fixed prints the text with every certain fix.', summary=summary)}"
        )
    if findings.fixed != findings.text:
        return f"✗ {_('{summary}. The text in .fixed has every certain fix.', summary=summary)}"
    return f"✗ {summary}"


def _more(number: int) -> str:
    return ngettext("... and {n} more finding", "... and {n} more findings", number)


def listing(findings: Findings) -> str:
    """Return what was found as HTML: the text, and under each line what is wrong with it.

    A long text is shown around its findings alone, and at most 60 of these, so that the page stays readable.
    """
    ink, ground = (POD.ink, POD.fill) if findings.ok else (ERROR_LOOK.ink, ERROR_LOOK.fill)
    line = POD.line if findings.ok else ERROR_LOOK.line
    head = (
        f'<div style="padding:6px 12px;background:{ground};color:{ink};border-left:5px solid {line}">'
        f"<b>{escape(_head(findings))}</b></div>"
    )
    if findings.cluster is not None:
        body = "".join(_objects(first, others) for first, others in _alike(findings))
    else:
        body = "".join(_page(page, [f for f in findings if f.file == page.file]) for page in findings.pages)
    kubectl = ""
    if findings.kubectl and not findings.ok:
        kubectl = (
            f'<details style="padding:4px 12px"><summary>{escape(_("What kubectl would have said"))}</summary>'
            f'<pre style="white-space:pre-wrap;{_MONO};color:{INK};background:{PAPER};margin:4px 0">'
            f"{escape(findings.kubectl)}</pre></details>"
        )
    whole = (
        f'<div style="margin:0;background:{PAPER};color:{INK};{_FONT};line-height:1.45;'
        f'border:1px solid {RULE};max-width:826px">{head}{body}{kubectl}</div>'
    )
    return shown(f"<div {box()}>{style_sheet(extra=inline(whole))}{whole}</div>")


def _objects(first: list[Finding], others: list[Finding]) -> str:
    """Return the findings of one sort in a cluster, each with its picture and its line of kubectl as code."""
    sign, look = _LOOKS[first[0].severity]
    rows = []
    for number, finding in enumerate(first):
        code = [str(finding.look)] if finding.look is not None else []
        code += [finding.kubectl] if finding.kubectl else []
        shown_code = "".join(f'<div style="{_MONO};color:{INK}">{escape(line)}</div>' for line in code)
        why = "" if number else f'<div style="color:{MUTED}">{escape(finding.why)}</div>'
        fix = f"<div>→ {escape(finding.fix)}</div>" if finding.fix and not number else ""
        head = f'<b style="color:{look.ink}">{sign} {escape(str(SAID[finding.severity]))}</b>'
        rows.append(
            f'<div style="padding:2px 0">{head} <code>{escape(finding.ref)}</code> '
            f"{escape(short(finding.what))}{why}{fix}{shown_code}</div>"
        )
    if others:
        rows.append(f"<div>{escape(_others(others))}</div>")
    return (
        f'<div style="margin:6px 12px;padding:4px 10px;background:{look.fill};color:{INK};'
        f'border-left:4px solid {look.line}">{"".join(rows)}</div>'
    )


def _page(page: Page, findings: list[Finding]) -> str:
    """Return one text with its findings, "" if there is nothing to show of it."""
    lines = masked(lines_of(page.text.removeprefix("\ufeff")))
    if lines and not lines[-1]:
        lines.pop()
    by_line: dict[int, list[Finding]] = {}
    for finding in findings[:_MOST_SHOWN]:
        by_line.setdefault(min(max(finding.line, 1), max(len(lines), 1)), []).append(finding)
    numbers = _shown(len(lines), set(by_line))
    if not numbers:
        return ""
    rows: list[str] = []
    if page.file:
        rows.append(f'<div style="padding:6px 12px 2px;color:{MUTED}"><b>{escape(page.file)}</b></div>')
    last = 0
    explained: set[tuple[object, ...]] = set()
    for number in numbers:
        if number != last + 1:
            rows.append(f'<div style="padding:0 12px;color:{MUTED}">⋮</div>')
        last = number
        rows.append(_line(number, lines[number - 1] if lines else "", by_line.get(number, [])))
        for finding in by_line.get(number, []):
            told = finding.told()
            rows.append(_note(finding, again=told in explained))
            explained.add(told)
    if last < len(lines):
        rows.append(f'<div style="padding:0 12px;color:{MUTED}">⋮</div>')
    if len(findings) > _MOST_SHOWN:
        rows.append(f'<div style="padding:4px 12px">{escape(_more(len(findings) - _MOST_SHOWN))}</div>')
    return f'<div style="padding:4px 0">{"".join(rows)}</div>'


def _shown(count: int, marked: set[int]) -> list[int]:
    """Return the numbers of the lines to show: all of a short text, else those around the findings."""
    if not marked:
        return []
    if count <= _WHOLE:
        return list(range(1, max(count, 1) + 1))
    near = {at + by for at in marked for by in range(-_AROUND, _AROUND + 1)}
    return sorted(number for number in near if 1 <= number <= count)


def _line(number: int, text: str, findings: list[Finding]) -> str:
    """Return one line of a text with its number, in the look of its worst finding."""
    ground = PAPER
    sign = " "
    ink = INK
    if findings:
        worst = min(findings, key=lambda finding: list(_LOOKS).index(finding.severity))
        sign, look = _LOOKS[worst.severity]
        ground, ink = look.fill, look.ink
    code = _visible(text)
    return (
        f'<div style="{_MONO};white-space:pre-wrap;overflow-wrap:anywhere;background:{ground};color:{INK};padding:0 12px">'
        f'<span style="color:{ink}"><b>{sign}</b></span>'
        f'<span style="color:{MUTED}">{number:>4}  </span>{code}</div>'
    )


def _visible(text: str) -> str:
    """Return a line as HTML, with its tabs and invisible characters made visible."""
    cut = text[:_LONGEST] + (" …" if len(text) > _LONGEST else "")
    mark = f'<span style="color:{ERROR_LOOK.ink};background:{ERROR_LOOK.fill}">'
    parts = []
    for char in cut:
        if char == "\t":
            parts.append(f"{mark}→   </span>")
        elif char != " " and (char.isspace() or not char.isprintable()):
            parts.append(f"{mark}U+{ord(char):04X}</span>")
        else:
            parts.append(escape(char))
    return "".join(parts)


def _note(finding: Finding, *, again: bool) -> str:
    """Return the note below a line; `again` leaves out why it matters, because that was said before."""
    sign, look = _LOOKS[finding.severity]
    named = finding.field in ("", finding.parts.get("field"))
    field = "" if named else f" <code>{escape(finding.field)}</code>:"
    fix = ""
    if finding.write:
        write = _("write this (it is certain, and .fixed has it):") if finding.certain else _("write this:")
        fix = (
            f'<div>→ {escape(write)}</div><pre style="{_MONO};margin:2px 0 2px 1.5em;padding:0;background:{look.fill};'
            f'color:{INK};white-space:pre-wrap">{escape(finding.write)}</pre>'
        )
    elif finding.fix:
        fix = f"<div>→ {escape(finding.fix)}</div>"
    why = "" if again else f"<div>{escape(finding.why)}</div>"
    head = f'<b style="color:{look.ink}">{sign} {escape(str(SAID[finding.severity]))}</b>'
    place = escape(_("column {column}", column=finding.column))
    return (
        f'<div style="margin:2px 12px 6px 5.2em;padding:4px 10px;background:{look.fill};color:{INK};'
        f'border-left:4px solid {look.line}">'
        f"<div>{head}, {place}:{field} {escape(short(finding.what))}</div>{why}{fix}</div>"
    )
