"""One Pod from within: the pause container and the network it holds, the containers, and their volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Container, ContainerPort, Pod
from k8snotes.facts.architecture import container_state
from k8snotes.facts.reading import Reader, Workloads, state_of
from k8snotes.node.static_pods import is_mirror

__all__ = ["InnerContainer", "Inside", "Mount", "PortConflict", "Volume", "inside"]


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a container mounts a volume of its Pod: a folder of the container, perhaps read-only."""

    volume: str
    path: str
    read_only: bool = False
    sub_path: str = ""

    def __str__(self) -> str:
        part = f" (its folder {self.sub_path})" if self.sub_path else ""
        return f"{self.volume}{part} at {self.path}" + (", read-only" if self.read_only else "")


@dataclass(frozen=True, slots=True)
class InnerContainer:
    """A container of a Pod: its image, how it is, how often it was started again, and why it last ended.

    `role` is "container", "init container" or "sidecar" (an init container that stays); `waits` says for
    what a container waits that has ended too often.
    """

    name: str
    image: str
    role: str
    state: str
    ready: bool
    restarts: int
    last_end: str
    ports: tuple[ContainerPort, ...]
    mounts: tuple[Mount, ...]
    waits: str = ""


@dataclass(frozen=True, slots=True)
class PortConflict:
    """One port that several containers declare: only one of them can have it."""

    port: int
    protocol: str
    containers: tuple[str, ...]

    def __str__(self) -> str:
        who = " and ".join(self.containers)
        return (
            f"{who} declare the same port {self.port}/{self.protocol}: they share one network, so only the "
            "first to listen there can (address already in use)"
        )


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of the Pod: what it is ("emptyDir"), what it comes from, and who mounts it."""

    name: str
    type: str
    source: str
    mounted_by: tuple[str, ...]

    @property
    def shared(self) -> bool:
        """Whether more than one container mounts it."""
        return len(self.mounted_by) > 1


@dataclass(frozen=True, slots=True)
class Inside:
    """A Pod from within.

    `ip` is what the pause container holds ("" while it has none), one for all containers; with
    `host_network` the Node's. `owner` is who made the Pod, "" if nobody; `missing` names the volumes that
    a container mounts though the Pod has none of that name.
    """

    ref: str
    name: str
    namespace: str
    node: str
    state: str
    ip: str
    host_network: bool
    restart_policy: str
    qos: str
    owner: str
    static: bool
    labels: dict[str, str]
    containers: tuple[InnerContainer, ...]
    volumes: tuple[Volume, ...]
    conflicts: tuple[PortConflict, ...]
    missing: tuple[str, ...] = ()
    shares_processes: bool = False

    @property
    def paused(self) -> bool:
        """Whether the pause container runs."""
        return bool(self.ip) and self.state not in ("Succeeded", "Failed")

    @property
    def restarts(self) -> int:
        """How often containers were started again, all together."""
        return sum(item.restarts for item in self.containers)

    @property
    def unused(self) -> tuple[str, ...]:
        """The volumes that no container mounts."""
        return tuple(item.name for item in self.volumes if not item.mounted_by)


def inside(reader: Reader, pod: Pod) -> Inside:
    """Look into a Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/#how-pods-manage-multiple-containers
    """
    spec = pod.spec
    statuses = {
        text(item.get("name")): item
        for field in ("initContainerStatuses", "containerStatuses")
        for item in mappings(pod.status.get(field))
    }
    containers = (
        *(_container(item, statuses, _init_role(item)) for item in pod.init_containers),
        *(_container(item, statuses, "container") for item in pod.containers),
    )
    volumes = tuple(_volume(item, containers) for item in mappings(spec.get("volumes")))
    known = {item.name for item in volumes}
    mounted = dict.fromkeys(mount.volume for item in containers for mount in item.mounts)
    return Inside(
        pod.ref,
        pod.name,
        pod.namespace,
        pod.node_name,
        state_of(pod),
        pod.ip,
        pod.host_network,
        text(spec.get("restartPolicy")) or "Always",
        text(pod.status.get("qosClass")),
        Workloads(reader).of(pod),
        is_mirror(pod),
        dict(pod.labels),
        containers,
        volumes,
        _conflicts(containers),
        tuple(name for name in mounted if name not in known),
        spec.get("shareProcessNamespace") is True,
    )


def _init_role(container: Container) -> str:
    return "sidecar" if container.raw.get("restartPolicy") == "Always" else "init container"


def _container(container: Container, statuses: Mapping[str, Manifest], role: str) -> InnerContainer:
    status = statuses.get(container.name, {})
    ended = mapping(mapping(status.get("lastState")).get("terminated"))
    last = ""
    if ended:
        last = f"exit code {ended.get('exitCode')}"
        reason = text(ended.get("reason"))
        last += f" ({reason})" if reason else ""
    waiting = mapping(mapping(status.get("state")).get("waiting"))
    count = status.get("restartCount")
    return InnerContainer(
        container.name,
        container.image,
        role,
        container_state(status),
        status.get("ready") is True,
        count if isinstance(count, int) else 0,
        last,
        container.ports,
        tuple(_mount(item) for item in mappings(container.raw.get("volumeMounts"))),
        text(waiting.get("message")).partition(" restarting failed")[0],
    )


def _mount(mount: Manifest) -> Mount:
    return Mount(
        text(mount.get("name")),
        text(mount.get("mountPath")),
        mount.get("readOnly") is True,
        text(mount.get("subPath")),
    )


def _volume(volume: Manifest, containers: Sequence[InnerContainer]) -> Volume:
    name = text(volume.get("name"))
    kinds = [key for key in volume if key != "name"]
    kind = kinds[0] if kinds else "emptyDir"
    users = [item.name for item in containers if any(mount.volume == name for mount in item.mounts)]
    return Volume(name, kind, _source(kind, mapping(volume.get(kind))), tuple(users))


def _source(kind: str, source: Manifest) -> str:
    """Say where the content of a volume comes from."""
    if kind == "emptyDir":
        where = "in memory" if source.get("medium") == "Memory" else "on the Node's disk"
        return f"empty at first, {where}; gone with the Pod"
    if kind == "projected":
        return "several sources in one folder"
    for field, words in _SOURCES:
        if source.get(field):
            return f"{words}{text(source[field])}"
    return ""


def _conflicts(containers: Sequence[InnerContainer]) -> tuple[PortConflict, ...]:
    """Find ports that several containers declare; init containers have ended before the others start."""
    users: dict[tuple[int, str], list[str]] = {}
    for item in containers:
        if item.role != "init container":
            for port in item.ports:
                names = users.setdefault((port.port, port.protocol), [])
                if item.name not in names:
                    names.append(item.name)
    return tuple(PortConflict(*key, tuple(names)) for key, names in sorted(users.items()) if len(names) > 1)


_SOURCES = (
    ("claimName", "claim "),
    ("secretName", "Secret "),
    ("name", "ConfigMap "),
    ("path", "the Node's "),
    ("driver", "driver "),
    ("server", "server "),
)
