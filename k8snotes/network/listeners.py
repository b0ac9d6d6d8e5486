"""Listeners: which container listens on a port: what a reader has said, else what containers declare, else what Services send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.catalogue import _

__all__ = ["Listener", "Listeners"]

PortKey = tuple[str, int]  # protocol and number: ("TCP", 8080)


class Listener(NamedTuple):
    """Whether something listens on a port of a Pod: `container` is which one, `why` says how that is known."""

    listens: bool
    why: str
    container: str = ""


class Listeners:
    """What the containers of a cluster listen on.

    By default a container that runs listens on the ports that it declares. In a real cluster a
    declaration opens nothing: the program in the container does; so a reader may say otherwise. A Pod
    that declares no port at all is taken to listen on what its Services send it.

    Source of the rule: `Container.ports` ("Not specifying a port here DOES NOT prevent it from being exposed").
    """

    def __init__(self) -> None:
        self._opened: dict[str, frozenset[PortKey]] = {}  # by the Pod's uid, where a reader has said it

    def __repr__(self) -> str:
        return f"<Listeners: {len(self._opened)} Pods told of>"

    def open(self, pod: Pod, port: int | None, protocol: str) -> None:
        """Note that a Pod listens on one port more, and no longer on what it declares.

        Args:
            port: From 1 to 65535; None: the Pod listens on nothing.
            protocol: "TCP", "UDP" or "SCTP".
        """
        known = self._opened.get(pod.uid, frozenset())
        self._opened[pod.uid] = frozenset() if port is None else known | {(protocol, port)}

    def at(self, pod: Pod, port: int, protocol: str, sent: Mapping[PortKey, str]) -> Listener:
        """Say whether something in a Pod listens on a port.

        Args:
            sent: What Services send to this Pod: protocol and port, and the Service's name.
        """
        running = _running(pod)
        if not running:
            return Listener(
                False, _("no container of {pod} is running ({state})", pod=pod.ref, state=_state(pod))
            )
        opened = self._opened.get(pod.uid)
        if opened is not None:
            if (protocol, port) in opened:
                return Listener(True, _("as c.listen said"), running[0].name)
            if not opened:
                return Listener(False, _("c.listen said that it listens on no port"))
            return Listener(False, _("c.listen said that it listens on {ports}", ports=_listed(opened)))
        ports = [(item, number) for item in _lasting(pod) for number in item.ports]
        for container, declared in ports:
            if (declared.protocol, declared.port) == (protocol, port):
                if container.name not in [item.name for item in running]:
                    return Listener(
                        False, _("its container {container} is not running", container=container.name)
                    )
                return Listener(True, _("it declares containerPort {port}", port=port), container.name)
        if ports:
            there = {(item.protocol, item.port) for _container, item in ports}
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

    def copy(self) -> Listeners:
        """Return independent notes in the same state."""
        other = Listeners()
        other._opened = self._opened.copy()
        return other


def _lasting(pod: Pod) -> list[Container]:
    """Return the containers that are meant to go on: sidecars with them, other init containers not."""
    sidecars = (item for item in pod.init_containers if item.raw.get("restartPolicy") == "Always")
    return [*pod.containers, *sidecars]


def _running(pod: Pod) -> list[Container]:
    statuses = [
        *mappings(pod.status.get("containerStatuses")),
        *mappings(pod.status.get("initContainerStatuses")),
    ]
    if not statuses:
        return _lasting(pod) if pod.phase == "Running" else []  # a dump need not tell of each container
    names = {text(item.get("name")) for item in statuses if "running" in mapping(item.get("state"))}
    return [container for container in _lasting(pod) if container.name in names]


def _state(pod: Pod) -> str:
    for item in mappings(pod.status.get("containerStatuses")):
        for state, details in mapping(item.get("state")).items():
            return text(mapping(details).get("reason")) or text(state)
    return pod.phase


def _listed(ports: frozenset[PortKey] | set[PortKey]) -> str:
    shown = [str(port) if protocol == "TCP" else f"{port}/{protocol}" for protocol, port in sorted(ports)]
    return ", ".join(shown)
