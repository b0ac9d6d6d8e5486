"""What the doctor found, as plain values: a code, its parts, and a place; the sentences are made of them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any

from k8snotes.doctor import words
from k8snotes.screen import printable

__all__ = ["ERROR", "NOTE", "SEVERITIES", "WARNING", "Finding", "Page"]

ERROR = "error"
WARNING = "warning"
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)  # the worst first


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """One thing that is wrong, or worth a look, in a manifest.

    Args:
        severity: "error" (kubectl or the API server refuses it), "warning" (it is accepted, and most probably
            does not do what its author wants) or "note".
        line: the line, counted from 1 as editors do.
        column: the column, counted from 1.
        field: the path of the field ("spec.ports[0].nodePort"), "" for the whole document.
        code: what was found ("unknown-field"), as `doctor.words.WHAT` lists it.
        because: why it matters ("misspelt"), as `doctor.words.WHY` lists it.
        parts: the values that the sentences are made with.
        write: the lines of YAML to write instead, "" where words say it or only the author can know.
        certain: whether the fix is in the corrected text.
        document: the number of the document in its file, from 0.
        file: the name of the file, "" for text.

    >>> finding = Finding("error", 7, 5, "spec.prot", "unknown-field", "misspelt", {"field": "spec.prot"}, "port: 80")
    >>> finding.what, finding.fix
    ('unknown field "spec.prot"', 'port: 80')
    """

    severity: str
    line: int
    column: int
    field: str
    code: str
    because: str
    parts: Mapping[str, Any] = part(default_factory=dict, hash=False)
    write: str = ""
    certain: bool = False
    document: int = 0
    file: str = ""

    @property
    def what(self) -> str:
        """What is wrong, in a sentence; in the API server's words where it refuses it."""
        return words.what(self.code, self.parts)

    @property
    def why(self) -> str:
        """Why that matters, in a sentence."""
        return words.why(self.because, self.parts)

    @property
    def fix(self) -> str:
        """What to write instead: lines of YAML or words; "" where nobody but the author can know."""
        return self.write or words.fix(self.because, self.parts)

    @property
    def where(self) -> str:
        """The place in words, such as "web.yaml, line 4, column 2"."""
        return (f"{self.file}, " if self.file else "") + f"line {self.line}, column {self.column}"

    @printable
    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        lines = [f"{self.severity} at {self.where}: {field}{self.what}", f"  why: {self.why}"]
        if self.fix:
            first, *more = self.fix.split("\n")
            lines += [f"  fix: {first}", *(f"       {line}" for line in more)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        names = ("severity", "line", "column", "field", "what", "why", "fix", "certain", "document", "file")
        return f"Finding({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


@dataclass(frozen=True, slots=True)
class Page:
    """One text that was examined, and the same text with every certain fix in it.

    Args:
        file: the name of the file, "" for text.
        text: the text as it was given; not shown by `repr`, for it may hold a Secret.
        fixed: the text with every certain fix in it.
        manifest: False for a file that stands beside manifests and is none, such as values.yaml.
    """

    file: str
    text: str = part(repr=False)
    fixed: str = part(repr=False)
    manifest: bool = True
