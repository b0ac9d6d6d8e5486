"""One command at work: the cluster it speaks to, what it prints, and what it reads from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from k8snotes.errors import ApiError
from k8snotes.kubectl.trouble import Stopped, api_trouble

if TYPE_CHECKING:
    from k8snotes.control_plane.apiserver import ApiServer
    from k8snotes.kubectl.flags import Parsed
    from k8snotes.simulation import Simulation

__all__ = ["Session"]


@dataclass(slots=True)
class Session:
    """What the verbs share: the cluster, the standard input, the folder for files, and what was printed."""

    simulation: Simulation
    stdin: str = ""
    folder: Path = field(default_factory=Path)
    pieces: list[tuple[str, str]] = field(default_factory=list)
    later: list[tuple[str, str]] = field(default_factory=list)  # what is printed at the very end
    failed: bool = False
    verb: str = ""  # the command, as it is called in messages
    wrote: bool = False  # whether something was changed, so that time has to pass
    _warned: set[str] = field(default_factory=set)
    _failures: int = 0

    @property
    def api(self) -> ApiServer:
        """The API server."""
        return self.simulation.api

    def out(self, text: str) -> None:
        """Print to the standard output."""
        self.pieces.append(("out", text))

    def err(self, text: str) -> None:
        """Print to the standard error."""
        self.pieces.append(("err", text))

    def fail(self, text: str) -> None:
        """Print an error and go on with what comes next; the command ends with exit code 1."""
        self._failures += 1
        self.err(text)
        self.failed = True

    def finish(self) -> None:
        """Print what comes last; of several errors each has a line, and none says that it is one."""
        if self._failures > 1:
            self.pieces = [
                (stream, text.removeprefix("error: ")) if stream == "err" else (stream, text)
                for stream, text in self.pieces
            ]
        self.pieces += self.later

    def warn(self, text: str) -> None:
        """Print a warning of the API server; the same one is printed once."""
        if text not in self._warned:
            self._warned.add(text)
            self.err(f"Warning: {text}\n")

    def namespace(self, parsed: Parsed) -> str:
        """Return the namespace that a command works in."""
        return parsed.text("namespace") or "default"

    def may_change(self) -> None:
        """Raise SnapshotError where the cluster is only looked at."""
        self.simulation.may_change()

    def wait(self) -> None:
        """Wait, as kubectl does, until what was set going has happened."""
        self.simulation.settle()

    @contextmanager
    def asking(self, doing: str = "") -> Iterator[None]:
        """Ask the API server: its warnings are printed, its refusal ends the command; see `api_trouble`."""
        with self._warnings():
            try:
                yield
            except ApiError as error:
                raise Stopped(api_trouble(error, doing)) from None

    @contextmanager
    def trying(self, doing: str = "") -> Iterator[None]:
        """Ask the API server as `asking` does, but go on with the next thing after a refusal."""
        with self._warnings():
            try:
                yield
            except ApiError as error:
                self.fail(api_trouble(error, doing))

    @contextmanager
    def _warnings(self) -> Iterator[None]:
        before = len(self.api.warnings)
        try:
            yield
        finally:
            for warning in self.api.warnings[before:]:
                self.warn(warning)
