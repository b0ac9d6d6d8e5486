"""One running command: the cluster that it works on, its input, and what it has printed so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.catalogue import Text
from k8snotes.control_plane.acting import ActingFor, Looking
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.authorizer import User
from k8snotes.errors import ApiError
from k8snotes.facts.waiting import waiting
from k8snotes.kubectl.failure import ERROR, Stopped, ended, refusal
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import namespace_of
from k8snotes.simulation import Simulation

__all__ = ["Piece", "Session"]

_CLOCKED = ("CronJob", "Job")  # what is made for some moment: where it is shown, the moment is said
_MOST_WAITS = 3


class Piece(NamedTuple):
    """Something printed.

    Args:
        stream: "out" or "err".
        text: what is printed.
        head: the "error: " before it, if it is the only error.
        beside: what is printed instead if there are other errors; "" for the text.
    """

    stream: str
    text: str
    head: str = ""
    beside: str = ""


class Session:
    """What a verb works with: the cluster, the standard input, the folder for files, and the two streams.

    Args:
        simulation: the cluster.
        stdin: what `-f -` reads.
        folder: where the paths of files begin.
    """

    def __init__(self, simulation: Simulation, stdin: str = "", folder: Path | None = None) -> None:
        self.simulation = simulation
        self.stdin = stdin
        self.folder = folder or Path()
        self.user: User | None = (
            None  # who is acted as (--as); None for the administrator, who may do everything
        )
        self.verb = ""  # the command, as messages name it: "get", "rollout undo"
        self.wrote = False  # whether something was changed, so that time has to pass
        self.failures = 0
        self.documents = 0  # how many objects were printed as answers, in YAML
        self._pieces: list[Piece] = []
        self._errors: list[Piece] = []  # kubectl prints them when everything is done
        self._warned: set[str] = set()
        self._shown: dict[str, list[KubeObject]] = {}  # objects that may have notes, by the place
        self._remarks: dict[str, None] = {}

    @property
    def api(self) -> ApiServer:
        """The API server, as the user who is acted as sees it."""
        return self.simulation.api if self.user is None else ActingFor(self.simulation.api, self.user)

    @property
    def related(self) -> ApiServer:
        """The API server for what a command prints besides: what may not be listed is left out without a word."""
        return self.simulation.api if self.user is None else Looking(self.simulation.api, self.user)

    def may_list(self, kind: Kind, namespace: str | None) -> bool:
        """Whether the user may list a kind in a Namespace, or in all of them (None)."""
        api = self.api
        home = namespace if kind.namespaced else None
        return api.may("list", kind.qualified, home) if isinstance(api, ActingFor) else True

    def named(self, kind: Kind, namespace: str, name: str, asks: str = "get") -> KubeObject:
        """Return an object that a command names.

        Args:
            kind: its kind.
            namespace: its Namespace.
            name: its name.
            asks: the API verb that kubectl sends for it: "get", or "delete" where it deletes without looking.

        Raises:
            ApiError: 403 or 404, in Kubernetes' words.
        """
        self.api.permit(asks, kind, namespace, name)
        return self.simulation.api.get(kind, namespace, name)

    # ---- printing

    def out(self, text: str) -> None:
        """Print to the standard output."""
        self._pieces.append(Piece("out", text))

    def err(self, text: str) -> None:
        """Print to the standard error, which does not make the command fail."""
        self._pieces.append(Piece("err", text))

    def warn(self, text: str) -> None:
        """Print a warning of the API server; the same one is printed once."""
        if text not in self._warned:
            self._warned.add(text)
            self.err(f"Warning: {text}\n")

    def say(self, words: str) -> None:
        """Print what k8snotes itself has to say, beside kubectl's own words.

        Args:
            words: the sentences.
        """
        self.err(f"k8snotes: {words}\n")

    def fail(self, message: str, *, head: str = ERROR) -> None:
        """Print an error and go on with what comes next; the command ends with exit code 1.

        Args:
            message: what is wrong.
            head: the text before it if it is the only error; several errors have no head, but a line each.
        """
        self.failures += 1
        self._errors.append(Piece("err", ended(message), head, f"{message}\n"))

    def refused(self, error: ApiError, doing: str = "") -> None:
        """Print a refusal of the API server, as `fail` does.

        Args:
            error: the refusal.
            doing: what was done to a file; see `refusal`.
        """
        self.failures += 1
        self._errors.append(Piece("err", refusal(error, doing), "", refusal(error, doing, alone=False)))

    def stop(self, stopped: Stopped) -> None:
        """Print why the command has ended."""
        self._errors.append(Piece("err", ended(stopped.message), stopped.head))

    def printed(self) -> list[tuple[str, str]]:
        """Return all that was printed, with the streams; several errors are printed without "error: "."""
        alone = self.failures <= 1
        errors = [item.head + item.text if alone else item.beside or item.text for item in self._errors]
        return [(item.stream, item.text) for item in self._pieces] + [("err", text) for text in errors]

    def show(self, objects: Iterable[KubeObject], where: str) -> None:
        """Let the output say what is not done here for some objects.

        Args:
            objects: the objects that the command is about.
            where: the place, as `limits.Limit.shown` has it: "apply", "get", "describe", "drain".
        """
        self._shown.setdefault(where, []).extend(objects)

    def remark(self, words: str) -> None:
        """Let the output say something that kubectl does not say; the same is said once."""
        self._remarks[words] = None

    @property
    def note(self) -> str:
        """What is not done here for the objects that the command is about, and other remarks, a line for each."""
        notes = {
            note.code: note.words
            for where, objects in self._shown.items()
            for note in self.simulation.limits.of(objects, where)
        }
        return "\n".join(f"k8snotes: {words}" for words in (*notes.values(), *self._waits(), *self._remarks))

    def _waits(self) -> list[Text]:
        """Say of Jobs and CronJobs that are shown what they wait for; kubectl itself does not say when that is."""
        shown = (obj for where in ("get", "describe") for obj in self._shown.get(where, ()))
        refs = [obj.ref for obj in shown if obj.kind in _CLOCKED]
        return waiting(self.api, self.simulation.components, refs).lines(_MOST_WAITS) if refs else []

    # ---- the cluster

    def namespace(self, parsed: Parsed) -> str:
        """Return the Namespace that a command works in: that of its flag, else that of its context."""
        return parsed.text("namespace") or namespace_of(self.simulation, parsed)

    def wait(self) -> None:
        """Wait, as kubectl does, until what was set going has happened."""
        self.simulation.settle()

    @contextmanager
    def asking(self, doing: str = "") -> Iterator[None]:
        """Ask the API server: its warnings are printed, its refusal ends the command.

        Args:
            doing: what is done to a file; see `refusal`.
        """
        with self.warnings():
            try:
                yield
            except ApiError as error:
                raise Stopped(refusal(error, doing), head="") from None

    @contextmanager
    def trying(self, doing: str = "") -> Iterator[None]:
        """Ask the API server as `asking` does, but go on with the next thing after a refusal."""
        with self.warnings():
            try:
                yield
            except ApiError as error:
                self.refused(error, doing)

    @contextmanager
    def failing(self, doing: str) -> Iterator[None]:
        """Ask the API server as `trying` does; a refusal is told as an error of kubectl's own.

        Args:
            doing: what the error begins with: "failed to patch: ".
        """
        with self.warnings():
            try:
                yield
            except ApiError as error:
                self.fail(f"{doing}{error.message}")

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Ask the API server: its warnings are printed."""
        before = len(self.api.warnings)
        try:
            yield
        finally:
            for warning in self.api.warnings[before:]:
                self.warn(warning)
