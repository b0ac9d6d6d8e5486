"""Logs: what containers have written, as far as it is known: in their present run, and in the run before it.

No program really runs here. A log has the lines that follow from what is known: when the program was started and on
which ports it listens, what probes have asked its HTTP server, that it got SIGTERM, how it has ended; and the lines
that a reader has written with `c.write_log`. What the status of a Pod tells is not kept: it is said when somebody asks.

Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/logging/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from k8snotes.api.base import mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.secret import values_of
from k8snotes.catalogue import _, named
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import seconds_of, timestamp
from k8snotes.errors import ApiError
from k8snotes.node.containers import is_broken
from k8snotes.node.programs import Programs

__all__ = ["SIGTERM", "Line", "LogOptions", "Logs", "Run", "rendered", "run_of", "secret_values"]

SIGTERM = _("received SIGTERM")
_MOST = 1_000  # lines of a run
_KILLED = 137
_FIRST, _LAST = 0, 9  # places of lines


class Line(NamedTuple):
    """A line of a log.

    Args:
        moment: when it was written (seconds).
        words: what it says.
        by_reader: whether a reader has written it.
        place: the lower, the earlier it stands among the lines of its moment.
    """

    moment: int
    words: str
    by_reader: bool = False
    place: int = 5


class Run(NamedTuple):
    """A run of a container: how many were before it, when it began (seconds), and how it has ended.

    `ended` is `state.terminated` of the container's status, empty while the container runs.
    """

    number: int
    started: int
    ended: Mapping[str, Any]


class LogOptions(NamedTuple):
    """What of a log is asked for.

    Args:
        previous: the run before the present one.
        timestamps: begin each line with its moment.
        tail: so many lines at the end; None for all.
        since_seconds: nothing that is older than so many seconds.
        since_time: nothing that is older than this moment.
        limit_bytes: at most so many bytes.
        follow: go on as new lines come; only named in the address of the request.

    >>> LogOptions(tail=10, timestamps=True).query
    'tailLines=10&timestamps=true'

    Source of the rule: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#podlogoptions-v1-core
    """

    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    since_seconds: int | None = None
    since_time: datetime | None = None
    limit_bytes: int | None = None
    follow: bool = False

    @property
    def query(self) -> str:
        """The parameters of the request to the kubelet, in the order in which Go writes them."""
        asked: dict[str, str | int] = {}
        if self.follow:
            asked["follow"] = "true"
        if self.limit_bytes is not None:
            asked["limitBytes"] = self.limit_bytes
        if self.previous:
            asked["previous"] = "true"
        if self.since_seconds is not None:
            asked["sinceSeconds"] = self.since_seconds
        if self.since_time is not None:
            asked["sinceTime"] = self.since_time.isoformat(timespec="seconds").replace("+00:00", "Z")
        if self.tail is not None:
            asked["tailLines"] = self.tail
        if self.timestamps:
            asked["timestamps"] = "true"
        return urlencode(asked)


@dataclass
class _Kept:
    """What is kept of one run: its lines, and why it has ended, where the status does not tell."""

    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=_MOST))
    why: str = ""


class Logs:
    """The logs of the containers of a cluster.

    Args:
        programs: What the programs in the containers do.
    """

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self._kept: dict[str, dict[str, dict[int, _Kept]]] = {}  # by uid, container and number of the run

    def __repr__(self) -> str:
        return f"<Logs of {len(self._kept)} Pods>"

    # ---- writing

    def write(self, uid: str, container: str, run: int, line: Line) -> None:
        """Add a line to the log of a run; what was kept of runs before the previous one is forgotten."""
        self._of(uid, container, run).lines.append(line)

    def explain(self, uid: str, container: str, run: int, why: str) -> None:
        """Note why a run has ended."""
        self._of(uid, container, run).why = why

    def _of(self, uid: str, container: str, run: int) -> _Kept:
        runs = self._kept.setdefault(uid, {}).setdefault(container, {})
        if run not in runs:
            for number in [number for number in runs if number < run - 1]:
                del runs[number]
            runs[run] = _Kept()
        return runs[run]

    def forget(self, uid: str) -> None:
        """Forget a Pod that is gone."""
        self._kept.pop(uid, None)

    # ---- reading

    def lines(
        self, pod: Pod, container: Container, run: Run, now: int, heard: Iterable[Line] = ()
    ) -> list[Line]:
        """Return the lines of a run, the oldest first.

        Args:
            pod: The Pod.
            container: The container.
            run: The run.
            now: The time (seconds): what is still to come is left out.
            heard: What probes have asked lately, beside the lines that are kept.
        """
        kept = self._kept.get(pod.uid, {}).get(container.name, {}).get(run.number, _Kept())
        until = min(now, seconds_of(text(run.ended.get("finishedAt")))) if run.ended else now
        lines = [*self._start(pod, container, run), *kept.lines, *heard]
        if run.ended:
            lines.append(Line(until, _end(run.ended, kept.why), place=_LAST))
        there = (line for line in lines if line.moment <= until)
        return sorted(there, key=lambda line: (line.moment, line.place))

    def _start(self, pod: Pod, container: Container, run: Run) -> list[Line]:
        """Return the lines of a start: the image, and the ports, some of which may be opened later."""
        ports: dict[int, list[str]] = {}
        if not is_broken(container):
            for (protocol, port), opening in sorted(self.programs.opened_by(pod, container).items()):
                shown = f"{opening.address}:{port}" if opening.address else str(port)
                ports.setdefault(opening.after, []).append(
                    shown if protocol == "TCP" else f"{shown}/{protocol}"
                )
        at_once = ", ".join(ports.pop(0, []))
        first = (
            _("started: image {image}, listening on {ports}", image=container.image, ports=at_once)
            if at_once
            else _("started: image {image}", image=container.image)
        )
        later = [
            Line(run.started + after, _("listening on {ports}", ports=named(there)), place=_FIRST)
            for after, there in sorted(ports.items())
        ]
        return [Line(run.started, first, place=_FIRST), *later]

    def copy(self, programs: Programs) -> Logs:
        """Return independent logs in the same state, of the containers in which `programs` run."""
        other = Logs(programs)
        other._kept = {
            uid: {
                name: {number: _Kept(kept.lines.copy(), kept.why) for number, kept in runs.items()}
                for name, runs in containers.items()
            }
            for uid, containers in self._kept.items()
        }
        return other


def _end(ended: Mapping[str, Any], why: str) -> str:
    """Return how a program has ended: by itself or killed, and why, where that is known."""
    code = ended.get("exitCode")
    if ended.get("reason") == "OOMKilled":
        if why:
            return _("killed: OOMKilled, exit code {code}, because {why}", code=code, why=why)
        return _("killed: OOMKilled, exit code {code}", code=code)
    if code == _KILLED:
        if why:
            return _("killed: exit code {code}, because {why}", code=code, why=why)
        return _("killed: exit code {code}", code=code)
    if why:
        return _("ended: exit code {code}, because {why}", code=code, why=why)
    return _("ended: exit code {code}", code=code)


def run_of(pod: Pod, container: str, *, previous: bool = False) -> Run:
    """Return the run of a container whose log is shown: the present one, else the last one, or the one before it.

    Args:
        pod: The Pod, which is on a Node.
        container: The name of the container.
        previous: Whether the run before the present one is meant.

    Raises:
        ApiError: There is no such run (400), in the kubelet's words.

    >>> status = {"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}
    >>> try:
    ...     run_of(Pod({"metadata": {"name": "web"}, "status": {"containerStatuses": [status]}}), "app")
    ... except ApiError as error:
    ...     print(error)
    container "app" in pod "web" is waiting to start: ContainerCreating

    Source of the rule: `validateContainerLogStatus` of k8s.io/kubernetes/pkg/kubelet
    """
    place = f"container {quoted(container)} in pod {quoted(pod.name)}"
    status = pod.status_of(container)
    if not status:
        if pod.ended:
            raise _refused(f"{place} is not available")
        reason = "PodInitializing" if pod.init_containers else "ContainerCreating"
        raise _refused(f"{place} is waiting to start: {reason}")
    state = mapping(status.get("state"))
    last = mapping(mapping(status.get("lastState")).get("terminated"))
    last = last if last.get("finishedAt") else {}  # one that was removed has no log
    count = status.get("restartCount")
    number = int(count) if isinstance(count, (int, float)) else 0
    lives = "running" in state or "terminated" in state
    if previous:
        if not last:
            raise _refused(f"previous terminated {place} not found")
        return _run(number - 1 if lives else number, last, last)
    if "running" in state:
        return _run(number, mapping(state["running"]), {})
    if "terminated" in state:
        ended = mapping(state["terminated"])
        return _run(number, ended, ended)
    if last:
        return _run(number, last, last)
    reason = text(mapping(state.get("waiting")).get("reason"))
    match reason:
        case "ErrImagePull":
            raise _refused(f"{place} is waiting to start: image can't be pulled")
        case "ImagePullBackOff":
            raise _refused(f"{place} is waiting to start: trying and failing to pull image")
        case "":
            raise _refused(f"{place} is waiting to start - no logs yet")
        case _:
            raise _refused(f"{place} is waiting to start: {reason}")


def _run(number: int, began: Mapping[str, Any], ended: Mapping[str, Any]) -> Run:
    return Run(number, seconds_of(text(began.get("startedAt"))), ended)


def _refused(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def rendered(lines: Sequence[Line], options: LogOptions, now: int, hide: Callable[[str], str] = str) -> str:
    r"""Return what the kubelet sends of a log.

    The last lines are taken first, then those of them that are young enough, then the bytes are counted.

    Args:
        lines: The lines, the oldest first.
        options: What of them is asked for.
        now: The time (seconds).
        hide: Makes what a reader has written fit to be shown.

    >>> lines = [Line(0, "a"), Line(60, "b"), Line(70, "c")]
    >>> rendered(lines, LogOptions(tail=2, since_seconds=15), 80)
    'c\n'
    >>> rendered(lines, LogOptions(tail=1, timestamps=True), 80)
    '2026-01-01T00:01:10.000000000Z c\n'

    Source of the rule: `ReadLogs` of k8s.io/cri-client/pkg/logs
    """
    chosen = lines if options.tail is None else lines[max(0, len(lines) - options.tail) :]
    since = None if options.since_seconds is None else timestamp_of(now - options.since_seconds)
    if options.since_time is not None:
        since = options.since_time
    written = []
    for line in chosen:
        if since is not None and timestamp_of(line.moment) < since:
            continue
        words = hide(str(line.words)) if line.by_reader else str(line.words)
        stamp = timestamp(line.moment).replace("Z", ".000000000Z ") if options.timestamps else ""
        written.append(f"{stamp}{words}\n")
    whole = "".join(written)
    if options.limit_bytes is None:
        return whole
    return whole.encode("utf-8", "replace")[: options.limit_bytes].decode("utf-8", "ignore")


def secret_values(api: ApiServer) -> set[str]:
    """Return the values of all Secrets of a cluster."""
    return {value for secret in api.list("secrets") for value in values_of(secret.raw)}


def timestamp_of(moment: int) -> datetime:
    """Return a moment (seconds) as a time.

    >>> timestamp_of(61).isoformat()
    '2026-01-01T00:01:01+00:00'
    """
    return datetime.fromisoformat(timestamp(moment))
