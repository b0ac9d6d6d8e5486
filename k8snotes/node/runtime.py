"""What kubelets remember of the containers that they run, beside what they report."""

from __future__ import annotations

from typing import Any, NamedTuple

from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.control_plane.etcd import Key
from k8snotes.node.containers import Backoff, End, is_broken
from k8snotes.node.given import Starts, waits_for
from k8snotes.node.logs import Line, Logs, run_of
from k8snotes.node.probes import Probes
from k8snotes.node.programs import Programs

__all__ = ["PATIENCE", "Runtime", "Stopping"]

PATIENCE = 2
"""How many ends in a row, which nobody has asked for, settling waits for. Then only `c.wait` goes on."""


class Stopping(NamedTuple):
    """A container that was sent SIGTERM: when it ends (seconds), how, and whether its image is another one then."""

    until: int
    end: End
    changed: bool = False


class Runtime:
    """The containers of a cluster as the kubelets know them: how they end, how often, and what their probes say.

    Args:
        programs: What the programs in the containers do.
    """

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.logs = Logs(programs)
        self.probes = Probes(programs, self.logs)
        self.ends: dict[tuple[str, str], End] = {}  # containers that have just ended
        self.stopping: dict[tuple[str, str], Stopping] = {}
        self.ending: dict[
            str, int
        ] = {}  # Pods that are being deleted, and when their containers have stopped
        self.ended_alone: dict[
            tuple[str, str], int
        ] = {}  # how often in a row a container has ended by itself
        self.backoff = Backoff()
        self.pulls = Backoff()
        self.readiness: dict[str, bool] = {}  # by uid, where a reader has said how it is
        self.starts = Starts()  # what containers were given
        self.waiting: dict[Key, dict[Key, None]] = {}  # by object, the Pods that wait for it

    def __repr__(self) -> str:
        return f"<Runtime: {self.probes!r}>"

    def ready(self, pod: Pod, container: Container) -> bool:
        """Whether a container that runs is ready."""
        said = self.readiness.get(pod.uid)
        if said is not None:
            return said
        return not is_broken(container) and self.probes.ready(pod.uid, container)

    def patient(self, uid: str, container: str) -> bool:
        """Whether settling waits for what becomes of a container."""
        return self.ended_alone.get((uid, container), 0) < PATIENCE

    def told(self, uid: str) -> None:
        """Note that a reader has said something about a Pod: settling waits for it again."""
        _forget(self.ended_alone, uid)

    def log(self, pod: Pod, container: Container, now: int, *, previous: bool = False) -> list[Line]:
        """Return the log of a container: of its present run, else of its last one, or of the one before it.

        Raises:
            ApiError: There is no such run, in the kubelet's words.
        """
        run = run_of(pod, container.name, previous=previous)
        heard = () if previous else self.probes.heard(pod, container)
        return self.logs.lines(pod, container, run, now, heard)

    def wait(self, pod: Pod) -> None:
        """Note that a Pod waits for the objects that it needs."""
        for key in waits_for(pod):
            self.waiting.setdefault(key, {})[pod.key] = None

    def forget(self, uid: str) -> None:
        """Forget a Pod that is gone."""
        self.starts.forget(uid)
        self.readiness.pop(uid, None)
        self.logs.forget(uid)
        self.ending.pop(uid, None)
        self.probes.forget(uid)
        self.told(uid)
        self.backoff.forget(uid)
        self.pulls.forget(uid)
        _forget(self.ends, uid)
        _forget(self.stopping, uid)

    def copy(self, programs: Programs) -> Runtime:
        """Return an independent record in the same state, of the containers in which `programs` run."""
        other = Runtime(programs)
        other.logs = self.logs.copy(programs)
        other.probes = self.probes.copy(programs, other.logs)
        other.ends, other.stopping = self.ends.copy(), self.stopping.copy()
        other.ending, other.ended_alone = self.ending.copy(), self.ended_alone.copy()
        other.backoff, other.pulls = self.backoff.copy(), self.pulls.copy()
        other.readiness = self.readiness.copy()
        other.starts = self.starts.copy()
        other.waiting = {key: pods.copy() for key, pods in self.waiting.items()}
        return other


def _forget(kept: dict[tuple[str, str], Any], uid: str) -> None:
    """Forget what is kept of the containers of a Pod; nearly always nothing is kept of any."""
    if kept:
        for key in [key for key in kept if key[0] == uid]:
            del kept[key]
