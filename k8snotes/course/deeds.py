"""Answers that do something to a cluster: what counts is what the cluster then does, not how it was written.

A deed is a line of kubectl or several, a manifest, or the cluster itself after the reader has changed it. It is done to
a cluster of the exercise's own, everything there acts, and the exercise sees the facts that have become true.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Row, UnreadableAnswerError, marked
from k8snotes.doctor import Findings
from k8snotes.errors import ApiError, BadManifestError, K8sNotesError, ManifestError

__all__ = ["Deed", "Facts", "Outcome", "Prints", "Repair"]

_MOST_LETTERS = 20_000
_MOST_LINES = 20  # of kubectl
_MOST_PODS = 60
_MOST_SHOWN = 300  # letters of what an error says
_MOST_NAMES = 12  # of what a line prints
_SCALED = ("deployments", "replicasets", "replicationcontrollers", "statefulsets")
# a line as it is typed in a terminal or in a cell: "$ kubectl get pods", "!kubectl ...", "%kubectl ..."
_TYPED = re.compile(r"\s*(?:[$>]\s*|[!%]{1,2})?(kubectl\s.*)", re.DOTALL)
_CALLED = re.compile(
    r"\s*\w+\.(kubectl)\(\s*(?P<quote>\"\"\"|'''|[\"'])(?P<line>.*)(?P=quote)\s*\)\s*", re.DOTALL
)
# a line of kubectl and the manifest that it reads: of a cell `%%kubectl`, or of a shell with `<<EOF`
_WITH_TEXT = re.compile(
    r"\s*[$>]?\s*(?:%%)?(?P<line>kubectl\s[^\n]*-f\s*-)(?:\s*<<-?\s*['\"]?(?P<end>\w+)['\"]?)?[ \t]*\n(?P<text>.*)",
    re.DOTALL,
)
_NO_TABLE = re.compile(r"(?:-o|--output)[ =]?['\"]?(?:json|yaml|go-template|custom-columns|template)")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\S+ ")  # of `kubectl logs --timestamps`
_AGES = re.compile(r"\b\d+(?:d|h|m|s)(?:\d+(?:h|m|s))?\b")

Facts = dict[str, Any]  # by the keys under which the chapter's file has their words


@dataclass(frozen=True)
class Outcome:
    """What became of a deed: the facts of its cluster, or why it was refused.

    Two refusals are the same if the same was refused in the same places; the messages are only shown.
    """

    facts: Facts
    refused: tuple[object, ...] = ()
    messages: tuple[object, ...] = field(default=(), compare=False)


class _Beginning:
    """The beginning of what an error says, without its full stop, in the language in force when it is shown."""

    def __init__(self, error: object) -> None:
        self.problem = error.problems[0] if isinstance(error, ManifestError) else None
        self.message: object = error.message if isinstance(error, ApiError) else error

    def __str__(self) -> str:
        said = str(self.message)
        if self.problem is not None:
            said = f"{self.problem.where}: {self.problem.message}"
        return said.split("\n")[0][:_MOST_SHOWN].rstrip(".")


def _fault(error: ApiError) -> tuple[object, ...]:
    """Return what was refused and where, without the words."""
    causes = tuple((cause.field, cause.reason) for cause in error.causes)
    places = (
        tuple((problem.line, problem.column) for problem in error.problems)
        if isinstance(error, BadManifestError)
        else ()
    )
    where = error.parts.get("go_field") or error.parts.get("fields")
    return error.document, error.code, error.reason, error.rule, where, causes, places


def _applied(cluster: Cluster, manifest: str) -> Outcome | None:
    """Apply a manifest; return the outcome of one that was refused, and None otherwise."""
    try:
        cluster.apply(manifest)
    except ApiError as error:
        refused = error.errors
        return Outcome({}, tuple(map(_fault, refused)), tuple(map(_Beginning, refused[:3])))
    except K8sNotesError as error:
        raise UnreadableAnswerError("no manifest", error=_Beginning(error)) from None
    return None


def _bounded(cluster: Cluster) -> None:
    """Refuse to run a cluster that was asked for very many Pods; raises UnreadableAnswerError."""
    wanted = sum(int(obj.spec.get("replicas") or 0) for kind in _SCALED for obj in cluster.objects(kind))
    if wanted > _MOST_PODS:
        raise UnreadableAnswerError("too many Pods", count=wanted)


class _Judged:
    """What is judged by the facts of a cluster: two answers are the same if they come to the same."""

    def fits(self, value: Outcome, wrong: Outcome) -> bool:
        """Say whether both come to the same."""
        return value == wrong

    def compare(self, value: Outcome, right: Outcome, facts: Mapping[str, str]) -> str:
        """Say what was refused, or which facts are not yet as they are wanted; not how to get there."""
        if value.refused:
            return _("The cluster refuses this: {message}.", message=Row(value.messages, by=" / "))
        return _(
            "{facts}.",
            facts=Row(marked(said, value.facts.get(key) == right.facts[key]) for key, said in facts.items()),
        )


def _error_of(stderr: object) -> str:
    r"""Return the line of kubectl's messages that says what is wrong: the first one that calls itself an error.

    >>> _error_of("Warning: a key was changed.\nError from server (NotFound): no such thing.")
    'Error from server (NotFound): no such thing'
    """
    lines = [line for line in str(stderr).splitlines() if line.strip() and not line.startswith("Warning: ")]
    errors = [line for line in lines if line.lower().startswith("error")]
    said = next(iter([*errors, *lines]), "")
    causes = [line.strip() for line in lines if line.startswith("* ")]
    words = " ".join([said.removesuffix(": "), *causes]).rstrip(".")
    return words if len(words) <= _MOST_SHOWN else f"{words[:_MOST_SHOWN].rpartition(' ')[0]} …"


def _asked(command: str) -> tuple[str, ...]:
    """Return the verb of a line of kubectl and the object that it is about, as far as the line names one.

    >>> _asked("patch po web -p '{}'"), _asked("patch pod/web -p '{}'"), _asked("apply -f -")
    (('patch', 'pods', 'web'), ('patch', 'pods', 'web'), ('apply',))
    """
    verb, *rest = command.split()
    words = [
        part for word in takewhile(lambda word: not word.startswith("-"), rest) for part in word.split("/")
    ]
    kind = find_resource(words[0]) if words else None
    return verb, *((kind.plural, *words[1:2]) if kind else words[:2])


def _whole(lines: list[str]) -> list[str]:
    r"""Return lines where a quotation that goes over several of them is one.

    >>> _whole(["kubectl patch x -p '", "a: 1'", "kubectl get x"])
    ["kubectl patch x -p '\na: 1'", 'kubectl get x']
    """
    whole: list[str] = []
    for line in lines:
        if whole and whole[-1].count("'") % 2:
            whole[-1] += f"\n{line}"
        else:
            whole.append(line)
    return whole


def _commands(answer: str) -> list[str]:
    """Return the lines of kubectl in a text, as kubectl takes them; [] where it is something else.

    >>> _commands("$ kubectl get pods -l app=web"), _commands("kind: Pod")
    (['get pods -l app=web'], [])
    """
    lines = [line for line in answer.replace("\\\n", " ").strip().strip("`").splitlines() if line.strip()]
    lines = _whole([line for line in lines if not line.lstrip().startswith("#")])
    lines = [_CALLED.sub(r"kubectl \g<line>", line) for line in lines]
    typed = [_TYPED.fullmatch(line) for line in lines]
    if not lines or len(lines) > _MOST_LINES or not all(typed):
        return []
    return [match[1].removeprefix("kubectl").strip() for match in typed if match]


def _lines_and_text(answer: str) -> tuple[list[str], str]:
    r"""Return the lines of kubectl in a text, and what the line reads that has `-f -` and a manifest after it.

    >>> _lines_and_text("%%kubectl --cluster lab apply -f -\nkind: Pod")
    (['apply -f -'], 'kind: Pod')
    """
    found = _WITH_TEXT.fullmatch(answer)
    if not found:
        return _commands(answer), ""
    command = re.sub(r"^kubectl\s+|--cluster[= ]\w+\s*", "", found["line"])
    return [command], found["text"].strip().removesuffix(found["end"]) if found["end"] else found["text"]


@dataclass(frozen=True)
class Deed(_Judged):
    """What a reader does to a cluster, judged by what the cluster then does.

    An answer is a line of kubectl or several, the text of a manifest that is applied, or a cluster that the reader has
    changed. A cluster is looked at as a copy, after everything there has acted.

    Args:
        begins: returns the cluster that the deed is done to, new each time.
        sees: returns the facts by which the deed is judged, from the cluster in which it was done.
    """

    begins: Callable[[], Cluster]
    sees: Callable[[Cluster], Facts]
    form: str = _("lines of kubectl, or the text of a manifest")
    lines: int = 8

    def read(self, answer: Any) -> Outcome:
        """Return what becomes of the deed; raises UnreadableAnswerError."""
        if isinstance(answer, Cluster):
            cluster = answer.copy()
            cluster.settle()
            if self._seen(cluster) == self._untouched():
                raise UnreadableAnswerError("unchanged")
        else:
            cluster = self.begins()
            refused = self._done(cluster, answer)
            if refused is not None:
                return refused
        _bounded(cluster)
        cluster.settle()
        return Outcome(self._seen(cluster))

    def _seen(self, cluster: Cluster) -> Facts:
        """Return the facts; none of them, where what they are about is gone."""
        try:
            return self.sees(cluster)
        except K8sNotesError:
            return {}

    def _untouched(self) -> Facts:
        cluster = self.begins()
        cluster.settle()
        return self._seen(cluster)

    def _done(self, cluster: Cluster, answer: Any) -> Outcome | None:
        if isinstance(answer, (list, tuple)) and answer and all(isinstance(line, str) for line in answer):
            answer = "\n".join(answer)
        if not isinstance(answer, str) or len(answer) > _MOST_LETTERS:
            raise UnreadableAnswerError("deed")
        commands, stdin = _lines_and_text(answer)
        for command in commands:
            result = cluster.kubectl(command, stdin=stdin)
            if result.exit:
                return Outcome({}, (*_asked(command), result.exit), (_error_of(result.stderr),))
            _bounded(cluster)
        if commands:
            return None
        if ":" not in answer or ("\n" not in answer.strip() and not answer.lstrip().startswith("{")):
            raise UnreadableAnswerError("deed")
        return _applied(cluster, answer)


@dataclass(frozen=True)
class Prints:
    """A line of kubectl that looks at a cluster; what counts is what it finds, not in which columns it prints it.

    Args:
        begins: returns the cluster that is looked at.
        whole: whether everything that is printed counts, and not only the names in it: for logs and programs.
    """

    begins: Callable[[], Cluster]
    whole: bool = False
    form: str = "kubectl ..."
    lines: int = 1

    def read(self, answer: Any) -> frozenset[str]:
        """Return the names that the line prints, or its lines; raises UnreadableAnswerError."""
        commands = _commands(answer) if isinstance(answer, str) and len(answer) <= _MOST_LETTERS else []
        if len(commands) != 1:
            raise UnreadableAnswerError("kubectl")
        if not self.whole and commands[0].split()[:1] != ["get"]:
            raise UnreadableAnswerError("get")
        result = self.begins().copy().kubectl(commands[0])
        if result.exit:
            raise UnreadableAnswerError("kubectl error", error=_error_of(result.stderr))
        lines = [line.strip() for line in str(result.stdout).splitlines() if line.strip()]
        if not self.whole and _NO_TABLE.search(commands[0]):
            raise UnreadableAnswerError("table")
        if self.whole:
            return frozenset(_AGES.sub("", _STAMP.sub("", line)) for line in lines)
        found = frozenset(_names(lines, commands[0].split()))
        typed = {word.rpartition("/")[2] for word in commands[0].split()}
        if typed & {name.rpartition("/")[2] for name in found}:
            raise UnreadableAnswerError("named")
        return found

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both find the same."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any, facts: Mapping[str, str]) -> str:
        """Say what the line finds."""
        del right, facts
        if self.whole:
            return ""
        if not value:
            return _("Your line finds nothing.")
        names = sorted(name.rpartition("/")[2] for name in value)
        more = ["…"] if len(names) > _MOST_NAMES else []
        return _("Your line finds {names}.", names=Row([*names[:_MOST_NAMES], *more]))


def _names(lines: list[str], command: list[str]) -> list[str]:
    """Return what kubectl printed, as `kind/name`: of the column NAME, or `kind/name` alone in each line.

    Args:
        lines: what was printed.
        command: the words of the line, one of which is the kind.

    >>> _names(["NAMESPACE  NAME  READY", "default  web-1  1/1"], ["get", "po"]), _names(["pod/web-1"], ["get", "pods"])
    (['pods/web-1'], ['pods/web-1'])
    """
    head = lines[0].split() if lines else []
    column = next((name for name in ("NAME", "OBJECT") if name in head), "")
    place = 0
    if column:
        # "LAST SEEN" is one column of two words
        place = head.index(column) - ("SEEN" in head)
        lines = lines[1:]
    kinds = (_plural(word.partition(",")[0].partition("/")[0]) for word in command[1:])
    kind = next(filter(None, kinds), "")
    found = []
    for words in (line.split() for line in lines):
        if len(words) > place and words[place] != column:
            of_kind, _slash, name = words[place].rpartition("/")
            found.append(f"{_plural(of_kind.partition('.')[0]) or kind}/{name}")
    return found


def _plural(name: str) -> str:
    """Return the plural of a kind that goes by a name; "" if there is none."""
    kind = find_resource(name) if name and not name.startswith("-") else None
    return kind.plural if kind else ""


@dataclass(frozen=True)
class Repair(_Judged):
    """Manifest text, or the path of a file with it; what counts is what a cluster with two Nodes makes of it.

    Args:
        sees: returns the facts by which a repair is judged, from the cluster in which it has settled.
    """

    sees: Callable[[Cluster], Facts]

    form = _("the text of a whole manifest")
    lines = 18

    def read(self, answer: Any) -> Outcome:
        """Return what becomes of the manifest; raises UnreadableAnswerError."""
        manifest = self._text(answer)
        cluster = Cluster(nodes=2)
        refused = _applied(cluster, manifest)
        if refused is not None:
            return refused
        _bounded(cluster)
        cluster.settle()
        return Outcome(self.sees(cluster))

    def _text(self, answer: Any) -> str:
        """Return the text of an answer, or of the file that it names."""
        if isinstance(answer, Findings):
            raise UnreadableAnswerError("findings")
        if isinstance(answer, (str, os.PathLike)):
            manifest = os.fspath(answer)
            if (
                isinstance(manifest, str)
                and "\n" not in manifest
                and manifest.strip().endswith((".yaml", ".yml"))
            ):
                path = Path(manifest.strip())
                try:
                    with path.open(encoding="utf-8") as file:
                        manifest = file.read(_MOST_LETTERS + 1)
                except (OSError, UnicodeDecodeError):
                    raise UnreadableAnswerError("file", path=str(path)[:80]) from None
            if isinstance(manifest, str) and ":" in manifest and len(manifest) <= _MOST_LETTERS:
                return manifest
        raise UnreadableAnswerError("manifest")
