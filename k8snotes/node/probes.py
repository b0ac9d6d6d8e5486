"""Probes: the kubelet asks a container whether it has started, is alive and is ready, and counts the answers.

A probe that gets the same answer again and again changes nothing, so only what may change something is done: the
probes after a start, and those after something has happened. In between time passes without them.

Source of the rule: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.node.containers import is_broken, restarts_of
from k8snotes.node.expansion import expand, kept_as_written
from k8snotes.node.logs import Line, Logs
from k8snotes.node.programs import Programs, Reply

__all__ = ["Answer", "Failure", "Kind", "Probe", "Probes", "Seen", "how_it_asks", "probes_of"]

Kind = Literal["startup", "liveness", "readiness"]
KINDS: tuple[Kind, ...] = ("startup", "liveness", "readiness")
_AGENT = "kube-probe/1.36"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Probe(NamedTuple):
    """A probe of a container, as its manifest says it; times are in seconds.

    Args:
        kind: "startup", "liveness" or "readiness".
        raw: the field of the manifest.
        delay: `initialDelaySeconds`.
        period: `periodSeconds`.
        timeout: `timeoutSeconds`.
        successes: `successThreshold`.
        failures: `failureThreshold`.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """

    kind: Kind
    raw: dict[str, Any]
    delay: int
    period: int
    timeout: int
    successes: int
    failures: int

    @classmethod
    def of(cls, kind: Kind, raw: dict[str, Any]) -> Probe:
        """Read a probe; what is left out has the API server's default."""

        def number(name: str, default: int) -> int:
            value = raw.get(name)
            return value if isinstance(value, int) and value > 0 else default

        return cls(
            kind,
            raw,
            number("initialDelaySeconds", 0),
            number("periodSeconds", 10),
            number("timeoutSeconds", 1),
            number("successThreshold", 1),
            number("failureThreshold", 3),
        )


def probes_of(container: Container) -> tuple[Probe, ...]:
    """Return the probes of a container.

    >>> container = Container({"readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 5}})
    >>> [(probe.kind, probe.period, probe.failures) for probe in probes_of(container)]
    [('readiness', 5, 3)]
    """
    raw = container.raw
    return tuple(
        Probe.of(kind, mapping(raw[f"{kind}Probe"])) for kind in KINDS if mapping(raw.get(f"{kind}Probe"))
    )


class Answer(NamedTuple):
    """What a probe was answered: whether well, the kubelet's words, and whether it could not even be asked.

    `reply` is what an HTTP server has answered, None where no such server was asked.
    """

    well: bool
    output: str = ""
    errored: bool = False
    reply: Reply | None = None


class Failure(NamedTuple):
    """A probe that failed: of which container, which probe, and the kubelet's words."""

    container: str
    kind: Kind
    message: str


class Seen(NamedTuple):
    """What a probe has last seen of its container.

    Args:
        result: whether the container counts as started, alive or ready by it; None while that is not known yet.
        well: the latest answer; None if it was not asked yet.
        run: how often that answer came in a row.
        words: the kubelet's words for a failure, "" for a success.
    """

    result: bool | None
    well: bool | None
    run: int
    words: str


@dataclass
class _Count:
    """What the kubelet makes of the answers to one probe.

    `result` is what counts (None: not known yet), `last` the latest answer and `run` how often it came in a row;
    `due` is the moment of the next probe, None while none is made.
    """

    result: bool | None
    last: bool = True
    run: int = 0
    due: int | None = None
    started: int = 0  # when the container was
    words: str = ""  # the kubelet's, of the latest answer
    steady: bool = False  # whether the next answers change nothing, as far as one knows
    fails: bool = False  # whether the next answer is a failure, as far as one knows
    heard: Reply | None = None  # what the HTTP server has answered the last time
    since: int = 0  # when it has first answered so

    def note(self, probe: Probe, *, well: bool) -> None:
        """Count an answer; it takes effect when it came often enough in a row (`doProbe` of the kubelet's worker)."""
        self.run = self.run + 1 if well is self.last else 1
        self.last = well
        if self.run >= (probe.successes if well else probe.failures):
            self.result = well


class Probes:
    """The probes of all running containers of a cluster.

    An HTTP server logs what it is asked, a line for each change of its answer: the latest one is known here, and
    those before it are in the logs.

    Args:
        programs: Say what is answered.
        logs: The logs of the containers.
    """

    def __init__(self, programs: Programs, logs: Logs) -> None:
        self.programs = programs
        self.logs = logs
        self._counts: dict[str, dict[tuple[str, Kind], _Count]] = {}  # by the Pod's uid

    def __repr__(self) -> str:
        return f"<Probes of {len(self._counts)} Pods>"

    def begin(self, pod: Pod, container: Container, now: int) -> None:
        """Begin to probe a container that has just been started."""
        probes = probes_of(container)
        if not probes:
            return
        counts = self._counts.setdefault(pod.uid, {})
        waits = any(probe.kind == "startup" for probe in probes)
        for probe in probes:
            result = {"startup": None, "liveness": True, "readiness": False}[probe.kind]
            due = None if waits and probe.kind != "startup" else now + probe.delay
            counts[container.name, probe.kind] = _Count(result, due=due, started=now)

    def end(self, pod: Pod, container: Container, run: int) -> None:
        """Probe a container no more: its run (the number of those before it) has ended."""
        counts = self._counts.get(pod.uid)
        if not counts:
            return
        for line in self.heard(pod, container):
            self.logs.write(pod.uid, container.name, run, line)
        for key in [key for key in counts if key[0] == container.name]:
            del counts[key]

    def forget(self, uid: str) -> None:
        """Forget a Pod that is gone."""
        self._counts.pop(uid, None)

    def __contains__(self, uid: object) -> bool:
        return bool(self._counts.get(uid)) if isinstance(uid, str) else False

    # ---- what is known

    def started(self, uid: str, container: Container) -> bool:
        """Whether a running container counts as started: its startup probe has succeeded, or it has none."""
        count = self._counts.get(uid, {}).get((container.name, "startup"))
        return count is None or count.result is True

    def ready(self, uid: str, container: Container) -> bool:
        """Whether a running container counts as ready: its readiness probe says so, or it has none."""
        count = self._counts.get(uid, {}).get((container.name, "readiness"))
        return self.started(uid, container) and (count is None or count.result is True)

    def failed(self, uid: str, container: Container) -> Kind | None:
        """Return which probe wants a running container to be stopped: "liveness", "startup" or None."""
        counts = self._counts.get(uid, {})
        for kind in ("liveness", "startup"):
            count = counts.get((container.name, kind))
            if count is not None and count.result is False:
                return kind
        return None

    def seen(self, uid: str) -> dict[tuple[str, Kind], Seen]:
        """Return what the probes of a Pod have seen, by container and kind."""
        return {
            key: Seen(count.result, count.last if count.run else None, count.run, count.words)
            for key, count in self._counts.get(uid, {}).items()
        }

    def heard(self, pod: Pod, container: Container) -> list[Line]:
        """Return the line of a log for the latest answer to each probe over HTTP."""
        counts = self._counts.get(pod.uid, {})
        lines = []
        for probe in probes_of(container):
            count = counts.get((container.name, probe.kind))
            if count is not None and count.heard is not None:
                lines.append(_logged(probe, count.heard, count.since))
        return lines

    # ---- asking

    def run(self, pod: Pod, containers: tuple[Container, ...], now: int) -> list[Failure]:
        """Make the probes of a Pod that are due by now, and return those that failed, in their order.

        A Pod that is being deleted is asked only whether it is ready.
        """
        failures: list[Failure] = []
        counts = self._counts.get(pod.uid)
        for container in containers if counts else ():
            for probe in probes_of(container):
                count = (counts or {}).get((container.name, probe.kind))
                if count is not None and pod.terminating and probe.kind != "readiness":
                    count.due = None
                elif count is not None:
                    failures += self._make(pod, container, probe, count, now)
        return failures

    def _make(self, pod: Pod, container: Container, probe: Probe, count: _Count, now: int) -> list[Failure]:
        failures = []
        if count.steady and not count.fails and count.due is not None and count.due < now:
            missed = -(-(now - count.due) // probe.period)
            count.due += missed * probe.period  # these have succeeded, as the ones before
        while count.due is not None and count.due <= now:
            moment = count.due
            answer = self.ask(pod, container, probe, moment)
            if answer.reply is not None and answer.reply != count.heard:
                if count.heard is not None:
                    line = _logged(probe, count.heard, count.since)
                    self.logs.write(pod.uid, container.name, restarts_of(pod, container.name), line)
                count.heard, count.since = answer.reply, moment
            if not answer.errored:  # what could not be asked counts for nothing
                count.note(probe, well=answer.well)
            count.due += probe.period
            count.words = "" if answer.well else _in_words(probe.kind, answer)
            if not answer.well:
                failures.append(Failure(container.name, probe.kind, count.words))
            if probe.kind == "startup" and count.result is True:
                count.due = None
                self._begin_others(pod, container, moment, count.started)
            elif probe.kind != "readiness" and count.result is False:
                count.due = None  # the container is going to be stopped
        if count.due is not None:
            next_one = self.ask(pod, container, probe, count.due)
            same = next_one.errored or next_one.well is count.last is count.result
            count.steady = same and not self._changes(pod, container, probe)
            count.fails = not next_one.well
        return failures

    def _begin_others(self, pod: Pod, container: Container, now: int, started: int) -> None:
        for probe in probes_of(container):
            count = self._counts[pod.uid].get((container.name, probe.kind))
            if count is not None and probe.kind != "startup":
                count.due = max(now, started + probe.delay)

    def _changes(self, pod: Pod, container: Container, probe: Probe) -> bool:
        """Whether the program is going to open the port that a probe asks."""
        _handler, details = _handler_of(probe)
        port = container.port_of(details)
        opens = self.programs.opens_at(pod, container, port) if port is not None else None
        due = self._counts[pod.uid][container.name, probe.kind].due
        return opens is not None and due is not None and opens > due

    def next_due(self, uid: str) -> tuple[int | None, int | None]:
        """Return when a Pod has to be looked at again: for a probe that may change something, and for one that fails as before.

        Probes that succeed as before are not made.
        """
        soon: list[int] = []
        later: list[int] = []
        for count in self._counts.get(uid, {}).values():
            if count.due is None:
                continue
            if not count.steady:
                soon.append(count.due)
            elif count.fails:
                later.append(count.due)
        return min(soon, default=None), min(later, default=None)

    def ask(self, pod: Pod, container: Container, probe: Probe, moment: int) -> Answer:
        """Return what a probe is answered at a moment (seconds).

        Source of the rule: k8s.io/kubernetes/pkg/probe (http, tcp, exec, grpc)
        """
        handler, details = _handler_of(probe)
        if handler == "exec":
            return self._exec(pod, container, details, probe)
        port = container.port_of(details)
        if port is None:
            name = text(details.get("port"))
            return Answer(well=False, output=f'strconv.Atoi: parsing "{name}": invalid syntax', errored=True)
        host = text(details.get("host")) or pod.ip
        at_pod = host == pod.ip or (host in _LOOPBACK and pod.host_network)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        listener = self.programs.at(pod, port, "TCP", {}, address=host, moment=moment)
        if is_broken(container) or not at_pod or not listener.listens:
            return Answer(well=False, output=_refused(handler, address, details, probe))
        if handler == "httpGet":
            return self._http(pod, container, probe, port=port, address=address)
        return Answer(well=True)

    def _exec(self, pod: Pod, container: Container, details: dict[str, Any], probe: Probe) -> Answer:
        words = _command(container, details)
        reply = Reply(1) if is_broken(container) else self.programs.command(pod, container, words)
        if reply.takes > probe.timeout:
            line = " ".join(words)
            output = f'command timed out: "{line}" timed out after {probe.timeout}s'
            return Answer(well=False, output=output)
        return Answer(reply.code == 0, reply.output)

    def _http(self, pod: Pod, container: Container, probe: Probe, *, port: int, address: str) -> Answer:
        _name, details = _handler_of(probe)
        path = text(details.get("path")) or "/"
        reply = self.programs.path(pod, container, port, path)
        if reply.takes > probe.timeout:
            why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return Answer(well=False, output=f'Get "{_url(details, address)}": {why}', reply=reply)
        well = 200 <= reply.code < 400
        output = "" if well else f"HTTP probe failed with statuscode: {reply.code}"
        return Answer(well, output, reply=reply)

    def copy(self, programs: Programs, logs: Logs) -> Probes:
        """Return independent probes in the same state, which are answered by `programs` and logged in `logs`."""
        other = Probes(programs, logs)
        other._counts = {
            uid: {key: copy.copy(count) for key, count in counts.items()}
            for uid, counts in self._counts.items()
        }
        return other


def _logged(probe: Probe, reply: Reply, moment: int) -> Line:
    """Return the line that an HTTP server logs when a probe asks it."""
    path = text(_handler_of(probe)[1].get("path")) or "/"
    takes = f" in {reply.takes}s" if reply.takes else ""
    asked = path if path.startswith("/") else f"/{path}"
    words = f"GET {asked} -> {reply.code}{takes} ({_AGENT})"
    return Line(moment, words, place=1 + KINDS.index(probe.kind))


def _handler_of(probe: Probe) -> tuple[str, dict[str, Any]]:
    """Return how a probe asks, and the details of it."""
    for handler in ("exec", "httpGet", "tcpSocket", "grpc"):
        if isinstance(probe.raw.get(handler), dict):
            return handler, probe.raw[handler]
    return "exec", {}


def _command(container: Container, details: dict[str, Any]) -> list[str]:
    """Return the words of a probe's command: `$(NAME)` stands for a value that is written in the container's `env`.

    Source of the rule: `ExpandContainerCommandOnlyStatic` of k8s.io/kubernetes/pkg/kubelet/container
    """
    words = [text(word) for word in details.get("command") or ()]
    if not any("$" in word for word in words):
        return words
    values = {text(item.get("name")): text(item.get("value")) for item in mappings(container.raw.get("env"))}
    return [expand(word, lambda name: values.get(name, kept_as_written(name))) for word in words]


def how_it_asks(probe: Probe) -> str:
    """Return what a probe asks, in a few signs.

    >>> how_it_asks(Probe.of("readiness", {"httpGet": {"path": "/ready", "port": "http"}}))
    'GET :http/ready'
    """
    handler, details = _handler_of(probe)
    if handler == "exec":
        return " ".join(text(word) for word in details.get("command") or ())
    port = text(details.get("port"))
    if handler == "httpGet":
        path = text(details.get("path")) or "/"
        return f"GET :{port}{path if path.startswith('/') else '/' + path}"
    return f"{'TCP' if handler == 'tcpSocket' else 'gRPC'} :{port}"


def _url(details: dict[str, Any], address: str) -> str:
    scheme = (text(details.get("scheme")) or "HTTP").lower()
    path = text(details.get("path")) or "/"
    return f"{scheme}://{address}{path if path.startswith('/') else '/' + path}"


def _refused(handler: str, address: str, details: dict[str, Any], probe: Probe) -> str:
    """Return what the kubelet says of a port at which nothing listens."""
    refused = f"dial tcp {address}: connect: connection refused"
    if handler == "httpGet":
        return f'Get "{_url(details, address)}": {refused}'
    if handler == "grpc":
        return f'timeout: failed to connect service "{address}" within {probe.timeout}s: context deadline exceeded'
    return refused


def _in_words(kind: Kind, answer: Answer) -> str:
    """Return the message of the Event (`probe` of k8s.io/kubernetes/pkg/kubelet/prober)."""
    if answer.errored:
        return f"{kind.capitalize()} probe errored and resulted in unknown state: {answer.output}"
    return f"{kind.capitalize()} probe failed: {answer.output}"
