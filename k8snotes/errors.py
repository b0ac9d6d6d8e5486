"""What can go wrong, in words: every error says what happened, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AddressError",
    "ApiError",
    "BadManifestError",
    "Cause",
    "ClusterError",
    "FigureError",
    "K8sNotesError",
    "LabelSelectorError",
    "ManifestError",
    "ManifestWarning",
    "NotFoundError",
    "Problem",
    "QuantityError",
    "RefError",
    "SelectorSyntaxError",
    "SnapshotError",
    "TableError",
    "did_you_mean",
]


def did_you_mean(word: str, options: Iterable[str], n: int = 1) -> str:
    """Return " Did you mean ...?" for the options nearest to `word`, or "" if none is near.

    >>> did_you_mean("Deploymnt", ["Deployment", "DaemonSet"])
    ' Did you mean "Deployment"?'
    >>> did_you_mean("zebra", ["Deployment"])
    ''
    """
    by_lower = {option.lower(): option for option in options}
    near = difflib.get_close_matches(word[:300].lower(), by_lower, n=n, cutoff=0.6)
    if not near:
        return ""
    return " Did you mean " + " or ".join(f'"{by_lower[name]}"' for name in near) + "?"


class K8sNotesError(Exception):
    """The base of every error of this package; in a notebook it shows its words, without the traceback."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: a reader's typo is no bug of this package, whose lines would only be in his way
        return [f"{type(self).__name__}: {self}"]


class RefError(K8sNotesError, ValueError):
    """A reference such as "svc/web" or "shop/svc/web" cannot be read."""


class SnapshotError(K8sNotesError):
    """The cluster is a snapshot (a dump): it is shown as it was found and cannot be changed."""


class ClusterError(K8sNotesError, ValueError):
    """A cluster cannot be made or changed in the way that was asked."""


class AddressError(ClusterError):
    """An address or port cannot be given out or used; an allocator's message is in Kubernetes' words."""


class FigureError(K8sNotesError, ValueError):
    """A figure cannot be saved in the way that was asked."""


class SelectorSyntaxError(K8sNotesError, ValueError):
    """A label selector that `kubectl -l` would refuse.

    `.selector` is the text, `.position` the 0-based offset of the place, `.message` Kubernetes'
    wording, `.hint` what to type instead ("" if nothing better is known).
    """

    def __init__(self, message: str, *, selector: str = "", position: int = 0, hint: str = "") -> None:
        self.message = message
        self.selector = selector
        self.position = position
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message]
        if self.selector and "\n" not in self.selector and len(self.selector) <= 200:
            lines += ["  " + self.selector, "  " + " " * self.position + "^"]
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


class LabelSelectorError(K8sNotesError, ValueError):
    """A LabelSelector object (matchLabels, matchExpressions) that Kubernetes would refuse."""


class TableError(K8sNotesError, ValueError):
    """A table that cannot be asked with a label selector."""


class QuantityError(K8sNotesError, ValueError):
    """A quantity ("250m", "64Mi") that Kubernetes would refuse.

    `.message` is Kubernetes' wording, `.hint` what to type instead ("" if nothing better is known).
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a source of manifests, and the place where it is.

    `file` is "" for text; `document` counts from 0 (None: the source as a whole); `line` and `column` count from 1, as editors do.
    """

    message: str
    file: str = ""
    document: int | None = 0
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def where(self) -> str:
        """The place in words, such as "web.yaml, document 1, line 4, column 2"."""
        parts = [self.file or "text"]
        if self.document is not None:
            parts.append(f"document {self.document}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f"\n    {self.hint}" if self.hint else "")


class ManifestError(K8sNotesError):
    """A source of manifests that cannot be read; what could be read of it is in `.objects`.

    `.problems` has them all; `.file`, `.document`, `.line`, `.column` are those of the first.
    """

    def __init__(self, problems: Sequence[Problem], objects: Sequence[Any] = ()) -> None:
        self.problems = tuple(problems)
        self.objects = list(objects)
        first = self.problems[0]
        self.file = first.file
        self.document: int | None = first.document
        self.line, self.column, self.hint = first.line, first.column, first.hint
        super().__init__(first.message)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:20]]
        if len(self.problems) > 20:
            lines.append(f"... and {len(self.problems) - 20} more problems (in .problems)")
        if self.objects:
            names = [obj.ref for obj in self.objects]
            shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
            lines.append(
                f"Good documents of this source, kept in the error's .objects: {shown}. "
                "To go on with those alone: kn.load(error.objects)"
            )
        return "\n".join(lines)


class NotFoundError(K8sNotesError, LookupError):
    """Nothing of that kind and name is there; the message says what there is instead."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a refusal, as in the API server's `Status.details.causes`."""

    field: str
    reason: str
    message: str


class ApiError(K8sNotesError):
    """A request that the API server refuses, in its own words.

    `.code` (HTTP), `.reason` ("Invalid", "AlreadyExists", ...), `.message`, `.causes`; `.document`
    is the 0-based number of the document in its source, `.file` the file it came from; `.errors`
    has every refused document of the call (at least this one).
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        causes: Sequence[Cause] = (),
        *,
        document: int = 0,
        file: str = "",
    ) -> None:
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        self.document = document
        self.file = file
        self.errors: list[ApiError] = [self]
        Exception.__init__(self, message)  # BadManifestError has two bases, each with arguments of its own

    def __str__(self) -> str:
        if len(self.errors) == 1:
            return self.message
        return "\n".join(f"document {error.document}: {error.message}" for error in self.errors)


class BadManifestError(ApiError, ManifestError):  # type: ignore[misc]  # its document is always known
    """A document that cannot even be decoded: the API server answers 400, BadRequest."""

    def __init__(self, problem: Problem) -> None:
        ApiError.__init__(
            self, 400, "BadRequest", str(problem), document=problem.document or 0, file=problem.file
        )
        self.problems = (problem,)
        self.objects = []
        self.line, self.column, self.hint = problem.line, problem.column, problem.hint


class ManifestWarning(UserWarning):
    """Some documents of a source were refused; the rest is loaded."""
