"""What the doctor found in a manifest: plain values, and the corrected text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from k8snotes.api.plural import count

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ERROR", "NOTE", "WARNING", "Finding", "Findings", "Page"]

ERROR = "error"
WARNING = "warning"
NOTE = "note"
_ORDER = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth a look, in a manifest.

    `severity` is "error" (kubectl or the API server refuses it), "warning" (it is accepted, and most probably
    does not do what its author wants) or "note". `line` and `column` count from 1, as editors do; `field` is
    the path of the field ("spec.ports[0].nodePort", "" for the whole document); `what` is wrong, `why` it
    matters, and `fix` is what to write instead ("" where nobody but the author can know). `certain` fixes are
    in the corrected text. `document` counts from 0; `file` is "" for text.
    """

    severity: str
    line: int
    column: int
    field: str
    what: str
    why: str
    fix: str = ""
    certain: bool = False
    document: int = 0
    file: str = ""

    @property
    def where(self) -> str:
        """The place in words, such as "web.yaml, line 4, column 2"."""
        return (f"{self.file}, " if self.file else "") + f"line {self.line}, column {self.column}"

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        lines = [f"{self.severity} at {self.where}: {field}{self.what}", f"  why: {self.why}"]
        if self.fix:
            first, *more = self.fix.split("\n")
            lines += [f"  fix: {first}", *(f"       {line}" for line in more)]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Page:
    """One text that was examined, and the same text with every certain fix in it."""

    file: str
    text: str = field(repr=False)  # it may hold a Secret
    fixed: str = field(repr=False)
    manifest: bool = True  # False for a file that stands beside manifests and is none


@dataclass(frozen=True, slots=True, repr=False)
class Findings(Sequence[Finding]):
    r"""Everything that was found, in the order of the text; shows itself as the text with its notes.

    >>> from k8snotes.doctor import examine
    >>> found = examine("apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n")
    >>> [(finding.severity, finding.line, finding.what) for finding in found]
    [('error', 4, 'unknown field "metadata.nmae"')]
    >>> print(found.fixed.splitlines()[3])
      name: shop
    """

    findings: tuple[Finding, ...]
    pages: tuple[Page, ...]
    kubectl: str = ""  # what `kubectl create -f FILE` would have said, "" if it had nothing to say against it

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What kubectl or the API server refuses."""
        return self._of(ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is accepted, and most probably not meant."""
        return self._of(WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing."""
        return self._of(NOTE)

    @property
    def ok(self) -> bool:
        """Whether nothing is refused: there are no errors. Warnings may well be left."""
        return not self.errors

    @property
    def text(self) -> str:
        """The text as it was given; the files of a folder follow each other."""
        return _joined([(page.file, page.text) for page in self.pages if page.manifest])

    @property
    def fixed(self) -> str:
        """The text with every certain fix in it; where nothing is certain, the text as it was given."""
        return _joined([(page.file, page.fixed) for page in self.pages if page.manifest])

    @property
    def summary(self) -> str:
        """The counts in words, such as "2 errors, 1 warning"."""
        counts = [(len(self._of(severity)), severity) for severity in _ORDER]
        return ", ".join(count(number, word) for number, word in counts if number) or "nothing found"

    def table(self) -> pd.DataFrame:
        """Return the findings as a table, one row each."""
        from k8snotes.tables import records_table  # noqa: PLC0415  # pandas only where a table is asked for

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

    def __str__(self) -> str:
        from k8snotes.doctor.listing import outline  # noqa: PLC0415  # the view of these facts

        return outline(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        from k8snotes.doctor.listing import listing  # noqa: PLC0415  # the view of these facts

        return {"text/html": listing(self), "text/plain": str(self)}


def _joined(texts: list[tuple[str, str]]) -> str:
    if len(texts) == 1:
        return texts[0][1]
    # a line with the file's name before each: the whole can be applied as it stands
    return "".join(f"---\n# {file}\n{text}" + ("" if text.endswith("\n") else "\n") for file, text in texts)
