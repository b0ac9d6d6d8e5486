"""The life of one Pod: what has happened to it, and in which state it was meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader, services_of
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.endpoint_rules import ports_at
from k8snotes.control_plane.lives import Note, Remembered
from k8snotes.control_plane.naming import seconds_of
from k8snotes.screen import printable

__all__ = ["Life", "Moment", "Span", "life"]


class Moment(NamedTuple):
    """Something that happened to a Pod.

    Args:
        code: what: "created", "bound", "unschedulable", "unmounted", "address", "started", "startup", "ended",
            "waits", "ready", "unready", "over", "disrupted", "deletion", "failed-probe", "changed", "hook", "prestop", "sigterm",
            "sigkill", "stopped", "held", "forgotten" or "removed".
        time: when, in seconds from the Pod's creation.
        container: the container, "" for the whole Pod.
        role: "container", "init container", "sidecar" or "ephemeral container"; "" for the whole Pod.
        run: how often the container had been restarted before.
        number: an exit code; of "deletion" the grace period in seconds; of "waits" how many seconds after its end a
            container is started again, 0 where that is not known.
        word: the Node, the address, the reason, the kind of a probe, the phase; of "ready" "probe" if the Pod has a
            readiness probe; of "removed" "running" if its containers still ran then.
        services: the Services that begin or cease to send traffic to the Pod at this moment.

    >>> print(Moment("ended", 12, "app", "container", number=137, word="OOMKilled"))
    container app ends with exit code 137 (OOMKilled)
    """

    code: str
    time: int
    container: str = ""
    role: str = ""
    run: int = 0
    number: int = 0
    word: str = ""
    services: tuple[str, ...] = ()

    @property
    def words(self) -> Text:
        """What happened, in words."""
        return _WORDS[self.code](self)

    @property
    def bad(self) -> bool:
        """Whether something went wrong at this moment."""
        if self.code == "ended":
            return self.number != 0
        if self.code == "over":
            return self.word != "Succeeded"
        return self.code in (
            "unschedulable",
            "unmounted",
            "waits",
            "unready",
            "failed-probe",
            "hook",
            "sigkill",
        )

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Span(NamedTuple):
    """A time in which a Pod was in one state.

    Args:
        code: "waiting" (it has no Node), "starting" (not all of its containers have run), "running" (they have, and it
            is not ready), "ready", "ending" (its deletion was asked for), "over" (it has succeeded or failed), or
            "unknown" (in a dump, or where moments are no longer kept).
        begin: the first second, from the Pod's creation.
        end: the second at which the next span begins, the Pod is removed, or it is now.
        traffic: whether a Service sends new traffic to it.
    """

    code: str
    begin: int
    end: int
    traffic: bool

    @property
    def words(self) -> Text:
        """The state, in words."""
        return _STATES[self.code]

    @printable
    def __str__(self) -> str:
        return str(_("{begin} s to {end} s: {state}", begin=self.begin, end=self.end, state=self.words))


class Life(NamedTuple):
    """The life of a Pod.

    Args:
        ref: the reference of the Pod.
        created: when it was created, in seconds of the cluster's clock.
        until: how many seconds of its life are known: until it was removed, or until now.
        moments: what has happened, in order.
        spans: the states that it was in, one after the other, without a gap.
        services: the Services that select it.
        removed: whether it is gone.
        found: whether it was found in a dump, where its status is all that is known.
        restarts: how often its containers were restarted.
        served: whether it was ready when its deletion was asked for.
    """

    ref: str
    created: int
    until: int
    moments: tuple[Moment, ...]
    spans: tuple[Span, ...]
    services: tuple[str, ...] = ()
    removed: bool = False
    found: bool = False
    restarts: int = 0
    served: bool = False

    def at(self, second: int) -> Span:
        """Return the span that a second belongs to, counted from the creation of the Pod."""
        return next((span for span in self.spans if second < span.end), self.spans[-1])

    @property
    def notes(self) -> tuple[Text, ...]:
        """What is not known of this life, a sentence each."""
        if not self.found:
            return ()
        return (_("A dump tells only the last status of the Pod, so earlier moments are missing."),)

    @printable
    def __str__(self) -> str:
        return "\n".join(f"{moment.time:>4} s  {moment}" for moment in self.moments)


def life(reader: Reader, known: Remembered, now: int, *, found: bool = False) -> Life:
    """Return the life of a Pod.

    Args:
        reader: the cluster, which knows the Services.
        known: the Pod, and what has happened to it.
        now: the moment, in seconds of the cluster's clock.
        found: whether the cluster is a dump; nobody knows what time it is there.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> print(life(c.api, c.api.lives.of(c["pod/client"]), c.api.now))
       0 s  created
       9 s  bound to Node node-2
      14 s  the pause container runs: Pod IP 10.244.2.2
      17 s  container toolbox starts
      17 s  no readiness probe: Ready
    """
    pod, removed = known.pod, known.removed
    made = text(pod.metadata.get("creationTimestamp"))
    created = seconds_of(made) if made else min((note.time for note in known.notes), default=0)
    if found:
        end = max([created, *(note.time for note in known.notes)])
    else:
        end = max(created, now if removed is None else removed)
    services = [item for item in services_of(reader, pod.namespace) if _sends_to(item, pod)]
    names = tuple(item.ref for item in services)
    notes = list(known.notes)
    if removed is not None:
        if not any(note.code == "deletion" for note in notes):
            notes.append(Note("deletion", removed))
        notes.append(Note("removed", removed, word="running" if pod.phase == "Running" else ""))
    moments = [Moment("created", 0)]
    probed, parts = pod.has_readiness_probe, _parts(pod)
    for note in _happened(notes, created, end, parts):
        role = (
            parts[note.container][1] if note.container in parts else ("container" if note.container else "")
        )
        time = max(note.time - created, 0)
        word = "host" if note.code == "address" and pod.host_network else note.word
        word = "probe" if note.code == "ready" and probed else word
        moments.append(Moment(note.code, time, note.container, role, note.run, note.number, word))
    moments = _with_pauses(moments)
    told, spans = _spans(moments, end - created, pod, services)
    if found:
        spans = _with_unknown(spans, told)
    return Life(
        pod.ref,
        created,
        end - created,
        tuple(told),
        tuple(spans),
        names,
        removed=removed is not None,
        found=found,
        restarts=sum(_restarts(told).values()),
        served=any(a.code == "ready" and b.code == "ending" for a, b in pairwise(spans)),
    )


def _sends_to(service: Service, pod: Pod) -> bool:
    """Whether a Service selects a Pod, and one of its ports leads there."""
    selector, labels = service.selector, pod.labels
    if not selector or service.type == "ExternalName":
        return False
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    return bool(ports_at(service, pod)) or not service.ports


def _parts(pod: Pod) -> dict[str, tuple[int, str, Container]]:
    """Return the containers of a Pod by name: their place in the order of starting, their role, and each itself."""
    every = [
        *((item, "sidecar" if item.is_sidecar else "init container") for item in pod.init_containers),
        *((item, "container") for item in pod.containers),
        *((item, "ephemeral container") for item in pod.ephemeral_containers),
    ]
    return {item.name: (place, role, item) for place, (item, role) in enumerate(every)}


# ---- what really happened, in order

_GROUPS = {
    **dict.fromkeys(("bound", "unschedulable", "unmounted", "address"), 1),
    **dict.fromkeys(("disrupted", "deletion"), 2),
    **dict.fromkeys(("changed", "failed-probe", "prestop", "sigterm", "sigkill"), 3),
    **dict.fromkeys(("started", "startup", "hook", "ended", "stopped", "waits"), 4),
    **dict.fromkeys(("ready", "unready"), 5),
    "over": 6,
    "held": 6,
    "forgotten": 7,
    "removed": 8,
}
_TURNS = {"started": 0, "startup": 1, "hook": 2, "ended": 3, "stopped": 3, "waits": 4}


def _happened(
    notes: Iterable[Note], created: int, end: int, parts: dict[str, tuple[int, str, Container]]
) -> Iterator[Note]:
    """Yield the notes of what has happened, in order: not what was planned and did not come to that."""

    def place(note: Note) -> tuple[int, int, int, int, int]:
        group = _GROUPS[note.code]
        inner = group == 4
        at = parts[note.container][0] if inner and note.container in parts else 0
        # a run that begins and ends in one second comes before what the next container does
        return max(note.time, created), group, at, note.run if inner else 0, _TURNS.get(note.code, 0)

    stopped: set[str] = set()
    running: set[str] = set()
    seen: set[Note] = set()
    ready: bool | None = None
    began = min((note.time for note in notes if note.code == "address"), default=created)
    for planned in sorted(notes, key=place):
        note, name = planned, planned.container
        if note in seen or note.time > end or (note.code == "bound" and any(n.code == "bound" for n in seen)):
            continue
        if note.code == "startup" and (name not in parts or not parts[name][2].raw.get("startupProbe")):
            continue
        if note.code in ("sigterm", "sigkill", "stopped") and name in stopped:
            continue
        if note.code == "unready" and not ready and (ready is False or note.time <= began):
            ready = False
            continue  # it has not been ready before
        if note.code in ("ready", "unready"):
            ready = note.code == "ready"
        if note.code == "started":
            stopped.discard(name)
            running.add(name)
        elif note.code in ("sigkill", "ended", "stopped"):
            stopped.add(name)
            running.discard(name)
        elif note.code == "removed" and not running:
            note = note._replace(word="")
        seen.add(note)
        yield note


def _with_pauses(moments: list[Moment]) -> list[Moment]:
    """Return the moments; those at which a container begins to wait for its restart say how long its pause is."""
    ends: dict[str, int] = {}
    waits: dict[str, int] = {}
    made: list[Moment] = []
    for moment in moments:
        name = moment.container
        if moment.code == "ended":
            ends[name] = moment.time
        elif moment.code == "started" and name in waits and name in ends:
            at = waits.pop(name)
            made[at] = made[at]._replace(number=moment.time - ends[name])
        if moment.code == "waits" and moment.word == "CrashLoopBackOff":
            waits[name] = len(made)
        made.append(moment)
    return made


def _restarts(moments: Iterable[Moment]) -> dict[str, int]:
    """Return how often each container was restarted."""
    runs: dict[str, int] = {}
    for moment in moments:
        if moment.container:
            runs[moment.container] = max(moment.run, runs.get(moment.container, 0))
    return runs


# ---- states


class _State:
    """The state of a Pod, as it is after some moments."""

    def __init__(self, pod: Pod, services: list[Service]) -> None:
        self.missing = {item.name for item in pod.containers}  # containers that have not run yet
        self.services = [item.ref for item in services]
        self.publishing = [item.ref for item in services if item.publish_not_ready]
        self.bound = self.address = self.ready = self.ending = self.over = self.unknown = False

    def take(self, moment: Moment) -> None:
        """Let something happen."""
        code = moment.code
        if code in ("ready", "unready", "over", "deletion"):
            self.unknown = False
        if code == "forgotten":
            self.unknown, self.ready = True, False
        elif code in ("started", "ended"):
            self.missing.discard(moment.container)
        elif code in ("ready", "unready"):
            self.ready = code == "ready"
        elif code == "bound":
            self.bound = True
        elif code == "address":
            self.address = True
        elif code == "over":
            self.over, self.ready = True, False
        elif code == "deletion":
            self.ending = True

    @property
    def code(self) -> str:
        """The code of the span that begins now."""
        if self.unknown:
            return "unknown"
        if self.ending:
            return "ending"
        if self.over:
            return "over"
        if self.ready:
            return "ready"
        if not self.bound:
            return "waiting"
        return "starting" if self.missing else "running"

    @property
    def senders(self) -> tuple[str, ...]:
        """The Services that send new traffic to the Pod."""
        if self.over:
            return ()
        if self.ready and not self.ending:
            return tuple(self.services)
        return tuple(self.publishing) if self.address else ()


def _spans(
    moments: list[Moment], end: int, pod: Pod, services: list[Service]
) -> tuple[list[Moment], list[Span]]:
    """Return the moments with the Services whose traffic begins or ceases, and the states between them."""
    state = _State(pod, services)
    told: list[Moment] = []
    spans: list[Span] = []
    for number, moment in enumerate(moments):
        before = state.senders
        state.take(moment)
        after = state.senders
        changed = tuple(item for item in state.services if (item in before) is not (item in after))
        told.append(moment._replace(services=changed))
        last = number + 1 == len(moments)
        until = end if last else moments[number + 1].time
        if until > moment.time or (last and moment.code != "removed"):
            traffic = bool(after)
            if spans and (spans[-1].code, spans[-1].traffic) == (state.code, traffic):
                spans[-1] = spans[-1]._replace(end=until)
            else:
                spans.append(Span(state.code, moment.time, until, traffic))
    return told, spans or [Span("waiting", 0, end, traffic=False)]


def _with_unknown(spans: list[Span], moments: list[Moment]) -> list[Span]:
    """Return the spans of a Pod in a dump: what came before its last change of readiness is not known."""
    began = min((moment.time for moment in moments if moment.code == "address"), default=None)
    last = max((m.time for m in moments if m.code in ("ready", "unready")), default=None)
    if began is None or last is None or last <= began:
        return spans
    if not any(_restarts(moments).values()) and all(m.code != "unready" for m in moments):
        return spans
    made = [span._replace(end=min(span.end, began)) for span in spans if span.begin < began]
    made.append(Span("unknown", began, last, traffic=False))
    return [
        *made,
        *(
            span._replace(begin=max(span.begin, last))
            for span in spans
            if span.end > last or span is spans[-1]
        ),
    ]


# ---- words

_STATES = {
    "waiting": _("waiting for a Node"),
    "starting": _("starting"),
    "running": _("running, not ready"),
    "ready": _("ready"),
    "ending": _("ending"),
    "over": _("ended"),
    "unknown": _("not known"),
}


def _bound(moment: Moment) -> Text:
    return _("bound to Node {node}", node=moment.word)


def _unschedulable(moment: Moment) -> Text:
    if moment.word == "SchedulingGated":
        return _("scheduling gates hold the Pod back (SchedulingGated)")
    return _("the scheduler finds no Node (Unschedulable)")


def _address(moment: Moment) -> Text:
    if moment.word == "host":
        return _("the pause container runs on the network of the Node")
    if moment.services:
        return _(
            "the pause container runs: Pod IP {ip}, which is in the endpoints of {services}",
            ip=moment.word,
            services=_listed(moment.services),
        )
    return _("the pause container runs: Pod IP {ip}", ip=moment.word)


def _started(moment: Moment) -> Text:
    name = moment.container
    if moment.run:
        return _("container {container} starts again (restart {n})", container=name, n=moment.run)
    if moment.role == "init container":
        return _("init container {container} starts", container=name)
    if moment.role == "sidecar":
        return _("sidecar {container} starts", container=name)
    if moment.role == "ephemeral container":
        return _("ephemeral container {container} starts", container=name)
    return _("container {container} starts", container=name)


def _ended(moment: Moment) -> Text:
    name, code = moment.container, moment.number
    if moment.word not in ("", "Error", "Completed"):
        return _(
            "container {container} ends with exit code {code} ({reason})",
            container=name,
            code=code,
            reason=moment.word,
        )
    if moment.role == "init container":
        return _("init container {container} ends with exit code {code}", container=name, code=code)
    return _("container {container} ends with exit code {code}", container=name, code=code)


def _waits(moment: Moment) -> Text:
    name, reason = moment.container, moment.word
    if reason == "CrashLoopBackOff" and moment.number:
        return ngettext(
            "container {container} is started again {n} second after its end (CrashLoopBackOff)",
            "container {container} is started again {n} seconds after its end (CrashLoopBackOff)",
            moment.number,
            container=name,
        )
    if reason == "CrashLoopBackOff":
        return _("container {container} waits for its restart (CrashLoopBackOff)", container=name)
    if reason == "ErrImagePull":
        return _("the image of container {container} cannot be pulled (ErrImagePull)", container=name)
    if reason == "ImagePullBackOff":
        return _("container {container} waits for the next pull (ImagePullBackOff)", container=name)
    return _("container {container} waits ({reason})", container=name, reason=reason)


def _ready(moment: Moment) -> Text:
    services = _listed(moment.services)
    if moment.word == "probe" and services:
        return _(
            "the readiness probe succeeds: Ready, so it is in the endpoints of {services}", services=services
        )
    if moment.word == "probe":
        return _("the readiness probe succeeds: Ready")
    if not moment.services:
        return _("no readiness probe: Ready")
    return _("no readiness probe: Ready, so it is in the endpoints of {services}", services=services)


def _unready(moment: Moment) -> Text:
    if not moment.services:
        return _("not ready")
    return _("not ready, so it is out of the endpoints of {services}", services=_listed(moment.services))


def _over(moment: Moment) -> Text:
    if moment.word == "Succeeded":
        return _("the Pod has succeeded (Succeeded)")
    if moment.word == "Failed":
        return _("the Pod has failed (Failed)")
    return _("the Pod has failed ({reason})", reason=moment.word)


def _disrupted(moment: Moment) -> Text:
    match moment.word:
        case "PreemptionByScheduler":
            return _("the scheduler preempts it, for a Pod with a higher priority")
        case "EvictionByEvictionAPI":
            return _("it is evicted through the Eviction API")
    return _("it does not tolerate a taint of its Node, and has to leave it")


def _deletion(moment: Moment) -> Text:
    seconds = moment.number
    if not moment.services:
        if not seconds:
            return _("deletion is asked for")
        return _("deletion is asked for (grace period {seconds} s)", seconds=seconds)
    services = _listed(moment.services)
    if not seconds:
        return _("deletion is asked for; out of the endpoints of {services}", services=services)
    return _(
        "deletion is asked for (grace period {seconds} s); out of the endpoints of {services}",
        seconds=seconds,
        services=services,
    )


def _removed(moment: Moment) -> Text:
    return _("removed, while its containers still run") if moment.word else _("removed")


def _failed_probe(moment: Moment) -> Text:
    name = moment.container
    if moment.word == "startup":
        return _("the startup probe of container {container} has failed too often", container=name)
    if moment.word == "liveness":
        return _("the liveness probe of container {container} has failed too often", container=name)
    return _("the readiness probe of container {container} fails", container=name)


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= 3:
        return named(names)
    return ngettext("{items} and {n} more", "{items} and {n} more", len(names) - 2, items=named(names[:2]))


_WORDS: dict[str, Callable[[Moment], Text]] = {
    "created": lambda _moment: _("created"),
    "bound": _bound,
    "unschedulable": _unschedulable,
    "unmounted": lambda m: _("the volumes cannot be set up: {names}", names=m.word),
    "address": _address,
    "started": _started,
    "startup": lambda m: _("the startup probe of container {container} succeeds", container=m.container),
    "ended": _ended,
    "waits": _waits,
    "ready": _ready,
    "unready": _unready,
    "over": _over,
    "disrupted": _disrupted,
    "deletion": _deletion,
    "failed-probe": _failed_probe,
    "changed": lambda m: _("container {container} gets image {image}", container=m.container, image=m.word),
    "hook": lambda m: _("the hook {hook} of container {container} fails", hook=m.word, container=m.container),
    "prestop": lambda m: _("the hook preStop of container {container} runs", container=m.container),
    "sigterm": lambda m: _("container {container} gets SIGTERM", container=m.container),
    "sigkill": lambda m: _("container {container} is killed (SIGKILL, exit code 137)", container=m.container),
    "stopped": lambda m: _(
        "container {container} ends with exit code {code}", container=m.container, code=m.number
    ),
    "held": lambda _moment: _("only its finalizers keep the Pod"),
    "forgotten": lambda m: ngettext(
        "{n} moment from here on is no longer kept", "{n} moments from here on are no longer kept", m.number
    ),
    "removed": _removed,
}
