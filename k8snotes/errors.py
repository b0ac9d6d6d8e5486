"""Every error of the package: each says what happened, where, and what to do next, in the language in force."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from k8snotes.catalogue import _, named, ngettext, sentences
from k8snotes.screen import printable, shown, wrapped
from k8snotes.tracebacks import whole

__all__ = [
    "AddressError",
    "ApiError",
    "ApiWarning",
    "ApiWarnings",
    "BadManifestError",
    "CallError",
    "Cause",
    "ClusterError",
    "CommandError",
    "ConnectError",
    "FetchError",
    "FigureError",
    "K8sNotesError",
    "LabelSelectorError",
    "LanguageError",
    "LockedError",
    "ManifestError",
    "ManifestWarning",
    "NotFoundError",
    "Problem",
    "QuantityError",
    "RefError",
    "SelectorSyntaxError",
    "SelectorWarning",
    "SiteError",
    "SnapshotError",
    "TableError",
    "UnknownNameError",
    "brief",
    "did_you_mean",
    "nearest",
    "question",
    "suggestion",
]


def __dir__() -> list[str]:
    """Return the names of the errors: what the Tab key offers after `kn.errors.`."""
    return sorted(
        name
        for name, value in globals().items()
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == __name__
    )


def brief(value: object) -> str:
    """Return a value as a message shows it: the first line, at most 80 characters, and without an error for any value.

    >>> brief("web"), brief(-(10**5000))
    ("'web'", 'a number with more than 4,300 digits')
    """
    try:
        words = repr(value).partition("\n")[0]
    except ValueError:  # Python writes no number with more than 4,300 digits
        return _("a number with more than 4,300 digits")
    except Exception:  # noqa: BLE001  # a value of the reader's own class
        return _("a value of type {type}", type=type(value).__name__)
    return words if len(words) <= 80 else f"{words[:60]}...{words[-16:]}"


def nearest(word: str, options: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the one of `options` that was probably meant by `word`, "" if none is near.

    Args:
        word: what was typed; upper and lower case are the same.
        options: what there is.
        cutoff: how alike the two must be: 0 for anything, 1 for equal.

    >>> nearest("Deploymnt", ["Deployment", "DaemonSet"]), nearest("zebra", ["Deployment"])
    ('Deployment', '')
    """
    return next(iter(_nearest(word, options, 1, cutoff)), "")


def question(*near: str) -> str:
    """Return the sentence "Did you mean ...?" for near words; "" for none.

    >>> question("Deployment"), question("")
    ('Did you mean "Deployment"?', '')
    """
    match [name for name in near if name]:
        case []:
            return ""
        case [name]:
            return _('Did you mean "{name}"?', name=name)
        case [name, other]:
            return _('Did you mean "{name}" or "{other}"?', name=name, other=other)
        case names:
            return _("Did you mean one of these: {names}?", names=named(f'"{name}"' for name in names))


def suggestion(*near: str) -> str:
    """Return the sentence that ends a message, " Did you mean ...?", for near words; "" for none.

    It begins with a space, and says itself in the language in force as a message does: it can be a place of one.

    >>> suggestion("Deployment"), suggestion(""), suggestion("pods", "podtemplates")
    (' Did you mean "Deployment"?', '', ' Did you mean "pods" or "podtemplates"?')
    """
    sentence = question(*near)
    return _(" {sentence}", sentence=sentence) if sentence else ""


def did_you_mean(word: str, options: Iterable[str], n: int = 1) -> str:
    """Return " Did you mean ...?" for the options nearest to `word`, at most `n`; "" if none is near.

    >>> did_you_mean("Deploymnt", ["Deployment", "DaemonSet"])
    ' Did you mean "Deployment"?'
    >>> did_you_mean("zebra", ["Deployment"])
    ''
    """
    return suggestion(*_nearest(word, options, n))


def _nearest(word: str, options: Iterable[str], n: int, cutoff: float = 0.6) -> list[str]:
    by_lower = {option.lower(): option for option in options}
    if not by_lower:
        return []
    from difflib import get_close_matches  # noqa: PLC0415  # only where something is wrong

    return [by_lower[name] for name in get_close_matches(word[:300].lower(), by_lower, n=n, cutoff=cutoff)]


class K8sNotesError(Exception):
    """The base of every error of this package; it is shown without the frames inside of the package.

    `str()` gives the message in the language in force. It is fit for a screen: characters that cannot be seen are
    written as escapes. The environment variable K8SNOTES_TRACEBACK=1 lets all frames be shown.
    """

    @printable
    def __str__(self) -> str:
        return super().__str__()

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: a reader's typo is not a bug of this package, so a traceback would not help
        if whole():
            return "".join(traceback.format_exception(self)).splitlines()
        return [
            wrapped(f"✗ {type(self).__name__}: {self}")
        ]  # a notebook shows the text of an error, and breaks words


class RefError(K8sNotesError, ValueError):
    """A reference such as "svc/web" or "shop/svc/web" cannot be read.

    `.near` is the word that was probably meant, "" if none is near.
    """

    def __init__(self, message: str, *, near: str = "") -> None:
        self.near = near
        super().__init__(message)


class SnapshotError(K8sNotesError):
    """The cluster is a snapshot (a dump), so it cannot be changed."""


class ClusterError(K8sNotesError, ValueError):
    """A cluster cannot be made or changed in the requested way."""


class AddressError(ClusterError):
    """An address or a port cannot be allocated or used; an allocator's message is in Kubernetes' words.

    `.rule` is "range" (outside of the range that the cluster allocates from), "taken", "full", or "" for anything else.
    """

    def __init__(self, message: str, *, rule: str = "") -> None:
        self.rule = rule
        super().__init__(message)


class LockedError(K8sNotesError):
    """The solution of an exercise is not shown before you have tried the exercise.

    `.exercise` is its id, such as "14-your-own-cluster/1".

    >>> print(LockedError("14-your-own-cluster/1"))
    .fixed is locked, because repairing this text is exercise 14-your-own-cluster/1.
    Repair the text yourself and check it with kn.check("14-your-own-cluster/1", your_text). After one attempt, run kn.examine again.
    """

    def __init__(self, exercise: str) -> None:
        self.exercise = exercise
        super().__init__(
            _(
                ".fixed is locked, because repairing this text is exercise {exercise}.\n"
                'Repair the text yourself and check it with kn.check("{exercise}", your_text). '
                "After one attempt, run kn.examine again.",
                exercise=exercise,
            )
        )


class CommandError(K8sNotesError):
    """A command of `k8snotes` in a terminal cannot do what it was asked."""


class ConnectError(K8sNotesError):
    """A live cluster cannot be reached or read; no message has a credential in it.

    `.code` says what is wrong:

    - "no-client": the package that sends requests to a cluster is not installed
    - "no-kubeconfig", "kubeconfig", "context": there is no kubeconfig file, it cannot be read, or has no such context
    - "plugin", "auth-provider", "credentials": the program that gives a credential fails, a way to log in is not known here, or
      a file of the kubeconfig cannot be used
    - "client-certificate", "certificate": your certificate is over; the server's is not to be trusted
    - "name", "refused", "timeout", "unreachable": the server has no address, does not listen, does not answer, or is lost
    - "unauthorized", "forbidden": the server does not know you, or you may read nothing of it
    - "no-api-server": something else answers there
    - "server": the server answers with a fault of its own
    - "namespace", "kind": the cluster has no such Namespace, or no such kind
    - "closed": the connection was closed, or something else than a GET was to be sent
    """

    def __init__(self, message: str, *, code: str) -> None:
        self.code = code
        super().__init__(message)


class FetchError(K8sNotesError, ImportError):
    """What Python in the browser needs cannot be fetched from the site."""


class FigureError(K8sNotesError, ValueError):
    """A figure cannot be saved in the requested way."""


class LanguageError(K8sNotesError, ValueError):
    """k8snotes does not speak the language that was asked for."""


class SiteError(K8sNotesError):
    """The site cannot be built, because something that it needs is missing or fails."""


class SelectorSyntaxError(K8sNotesError, ValueError):
    """A label selector that `kubectl -l` would refuse.

    `.selector` is the text, `.position` the 0-based offset of the place, `.message` Kubernetes'
    wording, `.hint` what to type instead ("" if nothing better is known), `.instead` the whole selector rewritten so
    ("" if it cannot be said). `.code` says what is wrong:

    - "comma" (between two requirements), "key", "operator", "value" (it is missing, or there is another character)
    - "open", "close" (the parentheses around the values of `in` and `notin`)
    - "key-name", "key-prefix", "key-slash": the invalid part of a key
    - "value-shape", "value-length", "values", "number": invalid values, or values that `>` and `<` cannot compare
    - "no-text": the selector is not text
    """

    def __init__(
        self, message: str, *, selector: str = "", position: int = 0, hint: str = "", code: str = ""
    ) -> None:
        self.message = message
        self.selector = selector
        self.position = position
        self.hint = hint
        self.instead = ""
        self.code = code
        super().__init__(message)

    @printable
    def __str__(self) -> str:
        lines = [str(self.message)]
        if self.selector and "\n" not in self.selector and len(self.selector) <= 200:
            lines += [
                "  " + shown(self.selector),
                "  " + " " * len(shown(self.selector[: self.position])) + "^",
            ]
        if self.hint:
            lines.append(str(self.hint))
        return "\n".join(lines)


class LabelSelectorError(K8sNotesError, ValueError):
    """A LabelSelector object (matchLabels, matchExpressions) that Kubernetes would refuse.

    `.near` is the field that was probably meant, "" if none is near.
    """

    def __init__(self, message: str, *, near: str = "") -> None:
        self.near = near
        super().__init__(message)


class TableError(K8sNotesError, ValueError):
    """A table to which a label selector cannot be applied."""


class CallError(K8sNotesError, TypeError):
    """A helper was called with too few or too many arguments, or with a wrong name for one.

    The message has Python's own sentence, and a call that works.

    >>> print(CallError("Cluster.cordon() missing 1 required positional argument: 'ref'", 'c.cordon("node-1")'))
    Cluster.cordon() missing 1 required positional argument: 'ref'.
    For example: c.cordon("node-1")
    """

    def __init__(self, problem: str, example: str, *, near: str = "") -> None:
        self.example = example
        parts = {"problem": problem, "near": near}
        if example:
            super().__init__(_("{problem}.{near}\nFor example: {example}", **parts, example=example))
        else:
            super().__init__(_("{problem}.{near}", **parts))


class UnknownNameError(K8sNotesError, AttributeError):
    """An object or the package has no such name; the message has the name that was probably meant.

    `.name` is the name that was asked for.

    >>> print(UnknownNameError("Cluster", "servicemap", ["service_map", "scale"]))
    Cluster has no attribute "servicemap". Did you mean "service_map"?
    """

    def __init__(self, owner: str, name: str, there: Iterable[str], *, hint: str = "") -> None:
        wrong = _('{owner} has no attribute "{name}".', owner=owner, name=name)
        near = did_you_mean(name, there)
        super().__init__(sentences(wrong, hint) if hint else _("{wrong}{near}", wrong=wrong, near=near))
        self.name = name


class QuantityError(K8sNotesError, ValueError):
    """A quantity ("250m", "64Mi") that Kubernetes would refuse.

    `.message` is Kubernetes' wording, `.hint` what to type instead ("" if nothing better is known).
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    @printable
    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class Problem(NamedTuple):
    """One thing that is wrong with a source of manifests, and its place.

    Args:
        message: what is wrong, in words.
        file: the file; "" for text.
        document: the 0-based number of the document; None: the source as a whole.
        line: the line, counted from 1 as editors do; None where the problem has no place.
        column: the column, counted from 1.
        hint: what to do, "" if nothing better is known.
        code: which problem it is ("" where nothing depends on it): "no-file", "not-a-manifest" (apiVersion and
            kind are missing), "kind", "api-version" (one of them is missing, or is not a word), "no-such-kind",
            "doubled-key", or one of `api.manifest.CODES` for text that is not YAML.
        detail: what the parser says about text that is not YAML or JSON.
        near: the word that was probably meant, "" if none is near.
        parser_line: the line that kubectl's parser names, None where it is `line`.

    >>> print(Problem("this is not YAML", "web.yaml", 1, 4, 2))
    web.yaml, document 1, line 4, column 2: this is not YAML
    """

    message: str
    file: str = ""
    document: int | None = 0
    line: int | None = None
    column: int | None = None
    hint: str = ""
    code: str = ""
    detail: str = ""
    near: str = ""
    parser_line: int | None = None

    @property
    def where(self) -> str:
        """The place in words, such as "web.yaml, document 1, line 4, column 2"."""
        where = self.file or _("text")
        if self.document is not None:
            where = _("{place}, document {number}", place=where, number=self.document)
        if self.line is not None and self.column is not None:
            return _("{place}, line {line}, column {column}", place=where, line=self.line, column=self.column)
        return where if self.line is None else _("{place}, line {line}", place=where, line=self.line)

    @property
    def sentence(self) -> str:
        """The whole problem: its place, what is wrong, and the hint on a line of its own."""
        parts = {"where": self.where, "message": self.message}
        if not self.hint:
            return _("{where}: {message}", **parts)
        return _("{where}: {message}\n    {hint}", **parts, hint=self.hint)

    @printable
    def __str__(self) -> str:
        return str(self.sentence)


class ManifestError(K8sNotesError):
    """A source of manifests that cannot be read completely; the objects that could be read are in `.objects`.

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

    @printable
    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:20]]
        if (more := len(self.problems) - 20) > 0:
            lines.append(
                str(
                    ngettext(
                        "... and {n} more problem (see .problems)",
                        "... and {n} more problems (see .problems)",
                        more,
                    )
                )
            )
        if self.objects:
            names = [obj.ref for obj in self.objects]
            listed = named(names[:8])
            if (rest := len(names) - 8) > 0:
                listed = ngettext("{items} and {n} more", "{items} and {n} more", rest, items=listed)
            lines.append(
                str(
                    _(
                        "The error keeps the documents that could be read in .objects: {names}. "
                        "To use only these, run kn.load(error.objects).",
                        names=listed,
                    )
                )
            )
        return "\n".join(lines)


class NotFoundError(K8sNotesError, LookupError):
    """There is no object of that kind and name; the message says which objects there are.

    `.near` is the name that was probably meant, "" if none is near.
    """

    def __init__(self, message: str, *, near: str = "") -> None:
        self.near = near
        super().__init__(message)


class Cause:
    """One cause of a refusal, as in the API server's `Status.details.causes`.

    `field`, `reason` and `message` are what the API server answers. The others are what `message` was made
    of, so that nothing has to be read out of it again: the value that was refused, the values that there are,
    the `detail` after the first colon, and the `rule` that was broken, where field and reason do not say which.
    Two causes are equal if they say the same; a cause never changes.

    Args:
        field: the path of the field: "spec.containers[0].image".
        reason: the type of the cause: "FieldValueInvalid", "FieldValueRequired", ...
        message: the sentence: 'Invalid value: "web_1": a lowercase RFC 1123 label must ...'.
        rule: which rule it breaks, as below; "" where nothing depends on it.
        detail: what follows the first colon of the sentence, or the value in it.
        bad_value: the value that was refused, None where there is none.
        supported: the values that there are, where the sentence lists them.

    The rules:

    - "port-number", "port-name": a port is a number from 1 to 65535, or a name
    - "node-port-range", "node-port-taken", "node-port-type": a node port cannot be had, or not with this type
    - "cluster-ip-range", "cluster-ip-taken", "ip": a Cluster IP cannot be had, or is no IP address
    - "dual-stack": this cluster has one address family, and two are asked for
    - "label": the key or the value of a label is not of the right form
    - "empty-selector", "template-labels": the selector selects nothing, or not the Pods of the template
    - "standard-resource": no such resource can be counted, requested or limited
    - "over-limit": more is requested than the limit allows
    """

    __slots__ = ("bad_value", "detail", "field", "message", "reason", "rule", "supported")

    def __init__(  # noqa: PLR0917  # in the order of the API server's answer, then what it was made of
        self,
        field: str,
        reason: str,
        message: str,
        rule: str = "",
        detail: str = "",
        bad_value: Any = None,
        supported: tuple[str, ...] = (),
    ) -> None:
        self.field, self.reason, self.message = field, reason, message
        self.rule, self.detail, self.bad_value, self.supported = rule, detail, bad_value, supported

    def __repr__(self) -> str:
        return f"Cause({self.field!r}, {self.reason!r}, {self.message!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cause):
            return NotImplemented
        return (self.field, self.reason, self.message) == (other.field, other.reason, other.message)

    def __hash__(self) -> int:
        return hash((self.field, self.reason, self.message))


class ApiWarning(str):
    """A warning that the API server gives with an accepted object: text, and what the text was made of.

    `.field` is the place ("" for the whole object), `.detail` the rest; `.rule` says which warning it is,
    where something depends on it: "fractional-bytes", "duplicate-port", "duplicate-variable", "variant" (another file
    has an object of this name), "dual-stack" (what only a cluster with two address families accepts).

    >>> warning = ApiWarning("duplicate ip", "spec.hostAliases[1].ip")
    >>> warning, warning.field
    ('spec.hostAliases[1].ip: duplicate ip', 'spec.hostAliases[1].ip')
    """

    __slots__ = ("detail", "field", "rule")

    field: str
    detail: str
    rule: str

    def __new__(cls, detail: str, field: str = "", *, rule: str = "") -> Self:
        """Make the warning's text of its parts."""
        warning = super().__new__(cls, shown(f"{field}: {detail}" if field else detail))
        warning.field, warning.detail, warning.rule = str(field), detail, rule
        return warning

    def __str__(self) -> str:
        return shown(f"{self.field}: {self.detail}" if self.field else self.detail)


class ApiWarnings(list[ApiWarning]):
    """Warnings of the API server, in order: a list, shown one a line.

    >>> ApiWarnings()
    no warnings
    """

    @printable
    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or _("no warnings")

    __str__ = __repr__


class ApiError(K8sNotesError):
    """A request that the API server refuses, in its own words.

    `.code` (HTTP), `.reason` ("Invalid", "AlreadyExists", ...), `.message`, `.causes`; `.document`
    is the 0-based number of the document in its source, `.file` the file it came from; `.errors`
    has every refused document of the call (at least this one).

    What the message was made of: `.detail` is what follows its head (after `pods "web" is forbidden: `;
    the whole message where it has none), `.hint` what to do, `.parts` the values in it, and `.rule` what was broken, where code and reason do not say which:

    - "quota" (`.parts`: quota, requested, used, limited), "quota-unspecified" (quota, missing), "limit-range"
    - "resource-version": a new object has none
    - "unknown-fields" (fields: their paths), "wrong-type" (go_field: Go's name for the place, problem; type: the FieldType, value,
      item: whether it is one of a list or map), "time" (problem), "quantity", "base64"
    - "no-such-kind" (kind, version, near)
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
        rule: str = "",
        detail: str = "",
        hint: str = "",
        parts: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        self.document = document
        self.file = file
        self.rule, self.detail, self.hint = rule, detail or message, hint
        self.parts: Mapping[str, Any] = parts or {}
        self.errors: list[ApiError] = [self]
        Exception.__init__(self, message)  # BadManifestError has two bases, each with arguments of its own

    @printable
    def __str__(self) -> str:
        if len(self.errors) == 1:
            return str(self.message)
        return "\n".join(
            str(_("document {number}: {message}", number=error.document, message=error.message))
            for error in self.errors
        )


class BadManifestError(ApiError, ManifestError):  # type: ignore[misc]  # its document is always known
    """A document that cannot even be decoded: the API server answers 400, BadRequest."""

    def __init__(self, problem: Problem) -> None:
        ApiError.__init__(
            self,
            400,
            "BadRequest",
            problem.sentence,
            document=problem.document or 0,
            file=problem.file,
            rule=problem.code,
            detail=problem.message,
            hint=problem.hint,
        )
        self.problems = (problem,)
        self.objects = []
        self.line, self.column = problem.line, problem.column


class ManifestWarning(UserWarning):
    """Some documents of a source were refused; the rest is loaded."""


class SelectorWarning(UserWarning):
    """A selector that Kubernetes accepts, but that finds nothing and most probably was meant in another way."""
