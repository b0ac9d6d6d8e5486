"""Who listens on a port: what a reader has said, else what the containers declare, else what Services send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Container, Pod

__all__ = ["Ear", "Ears"]


@dataclass(frozen=True, slots=True)
class Ear:
    """Whether something listens on a port of a Pod: `container` is which one, `why` how that is known."""

    listens: bool
    why: str
    container: str = ""


@dataclass(slots=True)
class Ears:
    """What containers listen on.

    By default a container that runs listens on the ports that it declares. In a real cluster a
    declaration opens nothing: the program in the container does; so a reader may say otherwise. A Pod
    that declares no port at all is taken to listen on what its Services send it.
    Source of the rule: `Container.ports` ("Not specifying a port here DOES NOT prevent it from being exposed")
    """

    said: dict[str, frozenset[tuple[str, int]]] = field(default_factory=dict)  # by the Pod's uid

    def say(self, pod: Pod, port: int | None, protocol: str) -> None:
        """Note that a Pod listens on a port, and no more on what it declares; None: on nothing."""
        known = self.said.get(pod.uid, frozenset())
        self.said[pod.uid] = frozenset() if port is None else known | {(protocol, port)}

    def hear(self, pod: Pod, port: int, protocol: str, sent: Mapping[tuple[str, int], str]) -> Ear:
        """Say whether something in a Pod listens; `sent` is what Services send there, and which."""
        running = _running(pod)
        if not running:
            return Ear(False, f"no container of {pod.ref} is running ({_state(pod)})")
        said = self.said.get(pod.uid)
        if said is not None:
            if (protocol, port) in said:
                return Ear(True, "as was said with c.listen", running[0].name)
            return Ear(False, f"as was said with c.listen, it listens on {_listed(said)}")
        ports = [(item, number) for item in _all(pod) for number in item.ports]
        for container, declared in ports:
            if (declared.protocol, declared.port) == (protocol, port):
                if container.name not in [item.name for item in running]:
                    return Ear(False, f"its container {container.name} is not running")
                return Ear(True, f"it declares containerPort {port}", container.name)
        if ports:
            there = {(item.protocol, item.port) for _, item in ports}
            return Ear(False, f"its containers declare {_listed(there)}")
        if (protocol, port) in sent:
            why = f"it declares no port, and Service {sent[protocol, port]} sends to this one"
            return Ear(True, f"taken for granted: {why}", running[0].name)
        return Ear(False, "it declares no port, and no Service sends to this one: c.listen can say more")

    def copy(self) -> Ears:
        """Return independent notes in the same state."""
        return Ears(self.said.copy())


def _all(pod: Pod) -> list[Container]:
    return [
        *pod.containers,
        *(item for item in pod.init_containers if item.raw.get("restartPolicy") == "Always"),
    ]


def _running(pod: Pod) -> list[Container]:
    statuses = [
        *mappings(pod.status.get("containerStatuses")),
        *mappings(pod.status.get("initContainerStatuses")),
    ]
    if not statuses:
        return _all(pod) if pod.phase == "Running" else []  # a dump need not tell of each container
    names = {text(item.get("name")) for item in statuses if "running" in mapping(item.get("state"))}
    return [container for container in _all(pod) if container.name in names]


def _state(pod: Pod) -> str:
    for item in mappings(pod.status.get("containerStatuses")):
        for state, told in mapping(item.get("state")).items():
            return text(mapping(told).get("reason")) or text(state)
    return pod.phase


def _listed(ports: frozenset[tuple[str, int]] | set[tuple[str, int]]) -> str:
    shown = [str(port) if protocol == "TCP" else f"{port}/{protocol}" for protocol, port in sorted(ports)]
    return ", ".join(shown) or "no port"
