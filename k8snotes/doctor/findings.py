"""What the doctor found, as plain values: a code, its parts, and a place; the sentences are made of them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any

from k8snotes.catalogue import _
from k8snotes.doctor import words
from k8snotes.face import offered, unknown_name
from k8snotes.facts.health.issue import ERROR, NOTE, WARNING, Look
from k8snotes.figures.measure import columns
from k8snotes.screen import printable

__all__ = ["ERROR", "NOTE", "SAID", "WARNING", "Finding", "Page", "short"]

_LONGEST = 320  # letters of a sentence that are shown; `.what` has them all
# how a severity is shown
SAID = {ERROR: _("error"), WARNING: _("warning"), NOTE: _("note")}


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """One thing that is wrong, or worth a look, in a manifest.

    Args:
        severity: "error" (kubectl or the API server refuses it), "warning" (it is accepted, but most probably
            does not do what its author wants) or "note".
        line: the line, counted from 1 as editors do.
        column: the column, counted from 1.
        field: the path of the field ("spec.ports[0].nodePort"), "" for the whole document.
        code: what was found ("unknown-field"), as `doctor.words.WHAT` lists it.
        because: why it matters ("misspelt"), as `doctor.words.WHY` lists it.
        parts: the values that the sentences are made with.
        write: the lines of YAML to write instead; "" where words say it, or where only the author can know.
        certain: whether the fix is in the corrected text.
        document: the number of the document in its file, from 0.
        file: the name of the file, "" for text.
        ref: the object, if the finding is about what runs in a cluster ("svc/web"); then there is no line.
        look: the call that draws it (`c.diagnose("svc/web")`), None where there is none.
        kubectl: the line of kubectl that shows the same on a real cluster, "" for a text.
        cluster: the cluster that was examined, None for a text.

    >>> finding = Finding("error", 7, 5, "spec.prot", "unknown-field", "misspelt", {"field": "spec.prot"}, "port: 80")
    >>> finding.what, finding.fix
    ('unknown field "spec.prot"', 'port: 80')
    >>> finding.where, finding.head
    ('line 7, column 5', 'error, line 7, column 5: spec.prot')
    >>> finding.why
    'The name of a field must be exact, capital letters included.'
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
    ref: str = ""
    look: Look | None = None
    kubectl: str = ""
    cluster: Any = part(default=None, hash=False, compare=False)

    __dir__ = offered("because", "cluster", "lines", "parts", "told", "write")
    __getattr__ = unknown_name

    @property
    def what(self) -> str:
        """What is wrong, in a sentence; in the API server's own words where it refuses it."""
        return words.what(self.code, self.parts)

    @property
    def why(self) -> str:
        """Why that matters, in a sentence."""
        return words.why(self.because, self.parts)

    @property
    def fix(self) -> str:
        """What to write or to do instead: lines of YAML or words; "" where only the author can know."""
        return self.write or words.fix(self.because, self.parts)

    @property
    def figure(self) -> Any:
        """The picture to look at, as `look` calls it; None for a finding that has none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook-broken")
        >>> found = kn.examine(c)[0]
        >>> print(found.look, found.figure.facts.fault.code)
        c.diagnose("service/frontend") selector
        """
        if self.look is None or self.cluster is None:
            return None
        return getattr(self.cluster, self.look.helper)(*self.look.args)

    @property
    def where(self) -> str:
        """The place in words, such as "web.yaml, line 4, column 2"; in a cluster, the object."""
        if self.ref:
            return self.ref
        if self.file:
            return _(
                "{file}, line {line}, column {column}", file=self.file, line=self.line, column=self.column
            )
        return _("line {line}, column {column}", line=self.line, column=self.column)

    @property
    def head(self) -> str:
        """The severity, the place and the field in a line, such as "error, line 4, column 2: spec.ports"."""
        head = _("{severity}, {where}", severity=SAID[self.severity], where=self.where)
        return _("{head}: {field}", head=head, field=self.field) if self.field else head

    def told(self) -> tuple[object, ...]:
        """Return what tells its sentences from those of others: its codes, and the parts that they name."""
        return words.told(self.code, self.because, self.parts)

    @printable
    def __str__(self) -> str:
        return "\n".join([str(self.head), *self.lines()])

    def lines(self, *, again: bool = False) -> list[str]:
        """Return what is wrong, why, and what to do, a line each.

        Args:
            again: whether the reason was told before, and is left out.
        """
        lines = [f"  {short(self.what)}"]
        if not again:
            lines.append(f"  {_('why: {why}', why=self.why)}")
        if self.write:
            label = _("write:")
            first, *more = self.write.split("\n")
            indent = " " * columns(f"  {label} ")
            lines += [f"  {label} {first}", *(f"{indent}{line}" for line in more)]
        elif self.fix:
            lines.append(f"  {_('what to do: {fix}', fix=self.fix)}")
        if self.look is not None:
            lines.append(f"  {_('picture: {call}', call=self.look)}")
        if self.kubectl:
            lines.append(f"  {_('kubectl: {command}', command=self.kubectl)}")
        return lines

    def __repr__(self) -> str:
        names: tuple[str, ...] = (
            *("severity", "line", "column", "field", "what", "why", "fix", "certain", "document", "file"),
        )
        if self.ref:
            names = ("severity", "ref", "what", "why", "fix", "look", "kubectl")
        said = (
            f"{name}={value if isinstance((value := getattr(self, name)), Look) else repr(value)}"
            for name in names
        )
        return f"Finding({', '.join(said)})"


def short(sentence: str) -> str:
    """Return a sentence as it is shown: a very long one without its end.

    >>> short("The indentation has a tab.")
    'The indentation has a tab.'
    """
    return sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST] + " …"


@dataclass(frozen=True, slots=True)
class Page:
    """One text that was examined, and the same text with every certain fix in it.

    Args:
        file: the name of the file, "" for text.
        text: the text as it was given; not shown by `repr`, for it may hold a Secret.
        fixed: the text with every certain fix in it.
        manifest: False for a file beside manifests that is not one itself, such as values.yaml.
    """

    file: str
    text: str = part(repr=False)
    fixed: str = part(repr=False)
    manifest: bool = True
