"""Programs: what the programs in containers do, as a reader has said it, else as manifests let one assume.

No program really runs here. So a reader says what one would do: on which ports it listens, what a path answers,
what a command returns, when the program ends by itself, and how long it takes to stop. This is said about a Pod,
about a workload (then about each of its Pods, those to come too), or about an image.
"""

from __future__ import annotations

import copy
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import seconds_of
from k8snotes.node.loads import makers

__all__ = [
    "Exit",
    "Image",
    "Listener",
    "Opening",
    "Programs",
    "Reply",
    "Stop",
    "words_of",
]

PortKey = tuple[str, int]  # protocol and number: ("TCP", 8080)
_ANY = ("", "0.0.0.0", "::")  # noqa: S104  # what a program asks for that listens on all addresses
_IMAGE = "image/"


class Listener(NamedTuple):
    """Whether something listens on a port of a Pod: `container` is which one, `why` says how that is known."""

    listens: bool
    why: str
    container: str = ""


class Opening(NamedTuple):
    """A port that a program opens: on which address ("" for all), and how many seconds after its start."""

    address: str = ""
    after: int = 0


class Reply(NamedTuple):
    """What a path or a command answers: the status or the exit code, what is printed, and after how many seconds."""

    code: int
    output: str = ""
    takes: int = 0


_OK = Reply(200)


class Exit(NamedTuple):
    """How a program ends by itself: its exit code, and how many seconds after its start."""

    code: int
    after: int = 0


class Stop(NamedTuple):
    """How a program stops on SIGTERM: after how many seconds (None: it does not), and its exit code then.

    A program that handles no signal ends at once with 143, which is 128 and the number of SIGTERM.
    """

    takes: int | None = 0
    code: int = 143


@dataclass
class _Said:
    """What a reader has said about the program of one container; None and empty: nothing."""

    ports: dict[PortKey, Opening] | None = None
    paths: dict[tuple[int | None, str], Reply] = field(default_factory=dict)
    commands: dict[tuple[str, ...], Reply] = field(default_factory=dict)
    end: tuple[Exit | None] | None = None  # in a tuple: None in it says that the program does not end
    stop: Stop | None = None


class Image(NamedTuple):
    """An image, about whose program a reader says something: every container that runs it does so."""

    name: str

    @property
    def ref(self) -> str:
        """How a reader names it: "image/web:1.6"."""
        return f"{_IMAGE}{self.name}"


class Programs:
    """What the programs of a cluster do.

    By default a container that runs listens on the ports that it declares. In a real cluster a
    declaration opens nothing: the program in the container does; so a reader may say otherwise. A Pod
    that declares no port at all is taken to listen on what its Services send it, and a container that declares
    none on what its probes ask.
    A path answers 200 and a command returns 0 until a reader says otherwise; an init container ends at once
    with success, and every other container runs on.

    Args:
        api: tells the time, and finds the owners of Pods.

    Source of the rule: `Container.ports` ("Not specifying a port here DOES NOT prevent it from being exposed").
    """

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._said: dict[
            tuple[str, str], _Said
        ] = {}  # by target, and the container's name ("" for every one)
        self.unpullable: set[str] = set()  # images that no registry has

    def __repr__(self) -> str:
        return f"<Programs: {len(self._said)} told of>"

    # ---- what a reader says

    def open(
        self,
        about: KubeObject | Image,
        port: int | None,
        protocol: str,
        opening: Opening = Opening(),  # noqa: B008  # immutable
        container: str = "",
    ) -> None:
        """Note that a program listens on one port more, and no longer on what its container declares.

        Args:
            about: The Pod, the workload or the image.
            port: From 1 to 65535; None: the program listens on nothing.
            protocol: "TCP", "UDP" or "SCTP".
            opening: On which address, and how long after the start.
            container: The name of the container, "" for any of the Pod's.
        """
        said = self._of(about, container)
        said.ports = {} if port is None else {**(said.ports or {}), (protocol, port): opening}

    def answer(
        self,
        about: KubeObject | Image,
        path: str,
        reply: Reply,
        *,
        port: int | None = None,
        container: str = "",
    ) -> None:
        """Note what a path answers over HTTP, on one port or on all."""
        self._of(about, container).paths[port, path] = reply

    def give_back(
        self, about: KubeObject | Image, command: Sequence[str], reply: Reply, *, container: str = ""
    ) -> None:
        """Note what a command returns in a container."""
        self._of(about, container).commands[tuple(command)] = reply

    def end(self, about: KubeObject | Image, end: Exit | None, *, container: str = "") -> None:
        """Note that a program ends by itself whenever it runs; None: it does not."""
        self._of(about, container).end = (end,)

    def stop(self, about: KubeObject | Image, stop: Stop, *, container: str = "") -> None:
        """Note how a program stops."""
        self._of(about, container).stop = stop

    def _of(self, about: KubeObject | Image, container: str) -> _Said:
        target = about.ref if isinstance(about, Image) else about.uid or "/".join(about.key)
        return self._said.setdefault((target, container), _Said())

    # ---- what is so

    def at(
        self,
        pod: Pod,
        port: int,
        protocol: str,
        sent: Mapping[PortKey, str],
        *,
        address: str = "",
        moment: int | None = None,
    ) -> Listener:
        """Say whether something in a Pod listens on a port.

        Args:
            sent: What Services send to this Pod: protocol and port, and the Service's name.
            address: The address that is called; "" for the Pod's own.
            moment: The time in seconds, None for now.
        """
        running = _running(pod)
        if not running:
            return Listener(
                False, _("no container of {pod} is running ({state})", pod=pod.ref, state=_state(pod))
            )
        told = [(item, ports) for item in running if (ports := self._ports(pod, item)) is not None]
        for container, ports in told:
            if (protocol, port) in ports:
                where = address or pod.ip
                return self._opened(
                    pod, container, ports[protocol, port], port=port, address=where, moment=moment
                )
        silent = {container.name for container, _ports in told}
        ports_declared = [
            (item, number) for item in _lasting(pod) if item.name not in silent for number in item.ports
        ]
        for container, declared in ports_declared:
            if (declared.protocol, declared.port) == (protocol, port):
                if container.name not in [item.name for item in running]:
                    return Listener(
                        False, _("its container {container} is not running", container=container.name)
                    )
                return Listener(True, _("it declares containerPort {port}", port=port), container.name)
        for container in running if protocol == "TCP" else ():
            if not container.ports and container.name not in silent and port in container.probed_ports:
                why = _("assumed, because it declares no port and a probe asks this one")
                return Listener(True, why, container.name)
        if told:
            opened = {key for _container, ports in told for key in ports}
            if not opened:
                return Listener(False, _("c.listen said that it listens on no port"))
            return Listener(False, _("c.listen said that it listens on {ports}", ports=_listed(opened)))
        if ports_declared:
            there = {(item.protocol, item.port) for _container, item in ports_declared}
            return Listener(False, _("its containers declare {ports}", ports=_listed(there)))
        if (protocol, port) in sent:
            why = _(
                "assumed, because it declares no port and Service {service} sends to this one",
                service=sent[protocol, port],
            )
            return Listener(True, why, running[0].name)
        return Listener(
            False, _("it declares no port, and no Service sends to this one (c.listen can open a port)")
        )

    def _opened(
        self, pod: Pod, container: Container, opening: Opening, *, port: int, address: str, moment: int | None
    ) -> Listener:
        """Say whether a port that a reader has opened is reached at an address at a moment."""
        now = self._api.now if moment is None else moment
        wait = _started(pod, container) + opening.after - now if opening.after else 0
        if wait > 0:
            return Listener(False, _("c.listen said that it opens this port in {seconds} s", seconds=wait))
        if opening.address in _ANY or opening.address == address:
            return Listener(True, _("as c.listen said"), container.name)
        return Listener(
            False,
            _(
                "it listens on port {port} of {address} alone, and was called at {called}",
                port=port,
                address=opening.address,
                called=address,
            ),
        )

    def opens_at(self, pod: Pod, container: Container, port: int) -> int | None:
        """Return the moment (seconds) from which on a TCP port of a container is open, None if nothing was said."""
        opening = (self._ports(pod, container) or {}).get(("TCP", port))
        return None if opening is None else _started(pod, container) + opening.after

    @staticmethod
    def running(pod: Pod) -> list[Container]:
        """Return the containers of a Pod that run now, sidecars last."""
        return _running(pod)

    def opened_by(self, pod: Pod, container: Container) -> Mapping[PortKey, Opening]:
        """Return the ports that the program of a container opens: as a reader said, else those that manifests name."""
        for target, name in self._keys(pod, container):
            said = self._said.get((target, name))
            if said is not None and said.ports is not None:
                # what is said of a Pod and names no container is said of its first one
                first = bool(name) or target.startswith(_IMAGE) or container.raw is pod.containers[0].raw
                return said.ports if first else {}
        declared = {(item.protocol, item.port): Opening() for item in container.ports}
        return declared or {("TCP", port): Opening() for port in container.probed_ports}

    def path(self, pod: Pod, container: Container, port: int, path: str) -> Reply:
        """Return what a path answers over HTTP."""
        for said in self._about(pod, container):
            for key in ((port, path), (None, path)):
                if key in said.paths:
                    return said.paths[key]
        return _OK

    def command(self, pod: Pod, container: Container, command: Sequence[str]) -> Reply:
        """Return what a command returns in a container: a list of words, or the one that a shell would be given."""
        for said in self._about(pod, container):
            reply = said.commands.get(tuple(command))
            if reply is not None:
                return reply
        return Reply(0)

    def end_of(self, pod: Pod, container: Container) -> Exit | None:
        """Return how the program of a container ends by itself, None if it runs on."""
        for said in self._about(pod, container):
            if said.end is not None:
                return said.end[0]
        return None

    def stop_of(self, pod: Pod, container: Container) -> Stop:
        """Return how the program of a container stops."""
        return next((said.stop for said in self._about(pod, container) if said.stop is not None), Stop())

    def concerns(self, about: KubeObject | Image, pod: Pod, container: Container) -> bool:
        """Whether what is said about a Pod, a workload or an image is said about a container."""
        if isinstance(about, Image):
            return container.image == about.name
        return about.uid == pod.uid or about.uid in makers(self._api, pod)

    def _ports(self, pod: Pod, container: Container) -> dict[PortKey, Opening] | None:
        return next((said.ports for said in self._about(pod, container) if said.ports is not None), None)

    def _about(self, pod: Pod, container: Container) -> Iterator[_Said]:
        """Yield what was said about a container, the nearest first: of its Pod, of the Pod's owners, of its image."""
        for key in self._keys(pod, container):
            said = self._said.get(key)
            if said is not None:
                yield said

    def _keys(self, pod: Pod, container: Container) -> Iterator[tuple[str, str]]:
        """Yield the targets about which something may be said, the nearest first, each with the container's name and ""."""
        if not self._said:
            return
        for target in (pod.uid or "/".join(pod.key), *makers(self._api, pod), f"{_IMAGE}{container.image}"):
            yield target, container.name
            yield target, ""

    def copy(self, api: ApiServer) -> Programs:
        """Return independent notes in the same state."""
        other = Programs(api)
        other._said = copy.deepcopy(self._said)
        other.unpullable = self.unpullable.copy()
        return other


def words_of(command: str | Sequence[str]) -> tuple[str, ...]:
    """Return a command as the list of its words.

    >>> words_of("cat /tmp/healthy")
    ('cat', '/tmp/healthy')
    """
    return tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)


def _lasting(pod: Pod) -> list[Container]:
    """Return the containers that are meant to go on: sidecars and ephemeral ones with them, other init containers not."""
    sidecars = (item for item in pod.init_containers if item.is_sidecar)
    return [*pod.containers, *sidecars, *pod.ephemeral_containers]


def _running(pod: Pod) -> list[Container]:
    statuses = pod.container_statuses
    if not statuses:
        return _lasting(pod) if pod.phase == "Running" else []  # a dump need not tell of each container
    names = {text(item.get("name")) for item in statuses if "running" in mapping(item.get("state"))}
    return [container for container in _lasting(pod) if container.name in names]


def _started(pod: Pod, container: Container) -> int:
    """Return the moment (seconds) at which a container was started."""
    running = mapping(mapping(pod.status_of(container.name).get("state")).get("running"))
    return seconds_of(text(running.get("startedAt")))


def _state(pod: Pod) -> str:
    for item in mappings(pod.status.get("containerStatuses")):
        for state, details in mapping(item.get("state")).items():
            return text(mapping(details).get("reason")) or text(state)
    return pod.phase


def _listed(ports: frozenset[PortKey] | set[PortKey]) -> str:
    shown = [str(port) if protocol == "TCP" else f"{port}/{protocol}" for protocol, port in sorted(ports)]
    return ", ".join(shown)
