"""The inside of one Pod: the pause container and the network that it holds, the containers, and their volumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Container, ContainerPort, Pod
from k8snotes.api.reader import Reader
from k8snotes.catalogue import Text, _, named
from k8snotes.facts.states import container_state, state_of
from k8snotes.facts.workloads import Workloads
from k8snotes.node.probes import Kind, Probe, Probes, Seen, how_it_asks, probes_of
from k8snotes.node.static_pods import is_mirror
from k8snotes.screen import printable

__all__ = ["Asked", "InnerContainer", "Inside", "Mount", "PortConflict", "Volume", "inside"]


class Mount(NamedTuple):
    """Where a container mounts a volume of its Pod.

    Args:
        volume: the name of the volume.
        path: the folder in which the container sees it.
        read_only: whether the container may not write there.
        sub_path: the folder of the volume that is mounted, "" for all of it.

    >>> print(Mount("data", "/var/lib/mysql", read_only=True))
    data at /var/lib/mysql, read-only
    """

    volume: str
    path: str
    read_only: bool = False
    sub_path: str = ""

    @property
    def words(self) -> Text:
        """What is mounted, and where."""
        if self.sub_path:
            mount = _(
                "folder {folder} of {volume} at {path}",
                folder=self.sub_path,
                volume=self.volume,
                path=self.path,
            )
        else:
            mount = _("{volume} at {path}", volume=self.volume, path=self.path)
        return _("{mount}, read-only", mount=mount) if self.read_only else mount

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Asked(NamedTuple):
    """A probe of a container, and what it has last seen.

    Args:
        kind: "startup", "liveness" or "readiness".
        how: what it asks: "GET :8080/ready".
        period: how often, in seconds.
        well: the latest answer; None if it was not asked yet, or nobody here knows (in a dump).
        run: how often that answer came in a row.
        words: the kubelet's words for a failure, "" for a success.
    """

    kind: Kind
    how: str
    period: int
    well: bool | None = None
    run: int = 0
    words: str = ""


class InnerContainer(NamedTuple):
    """A container of a Pod.

    Args:
        name: its name.
        image: the image that it runs.
        role: "container", "init container", "sidecar" (an init container that keeps running) or "ephemeral container"
            (one that `kubectl debug` has added).
        state: how it is: "running", "waiting: CrashLoopBackOff", "ended with exit code 1".
        ready: whether it is ready.
        restarts: how often the kubelet restarted it.
        last_end: why it last ended ("exit code 137 (OOMKilled)"), "" if it never did.
        ports: the ports that it declares.
        mounts: the volumes that it mounts.
        waits: the pause before the kubelet restarts it ("back-off 10s"), "" if it does not wait for that.
        held: why the kubelet cannot start it, in the kubelet's words, "" if nothing else keeps it waiting.
        probes: its probes, with what they have last seen.
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
    held: str = ""
    probes: tuple[Asked, ...] = ()

    @property
    def unasked(self) -> bool:
        """Whether it goes on running and no readiness probe asks it: then it is ready as soon as it runs."""
        return self.role != "init container" and all(probe.kind != "readiness" for probe in self.probes)


class PortConflict(NamedTuple):
    """One port that several containers declare: only one of them can listen on it.

    Args:
        port: the port number.
        protocol: TCP, UDP or SCTP.
        containers: the names of the containers that declare it.
    """

    port: int
    protocol: str
    containers: tuple[str, ...]

    @property
    def words(self) -> Text:
        """What is wrong, and why."""
        return _(
            "Several containers declare port {port}/{protocol} ({names}). They share one network, so only the first "
            "one can listen there (address already in use)",
            port=self.port,
            protocol=self.protocol,
            names=named(self.containers),
        )

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Volume(NamedTuple):
    """A volume of the Pod.

    Args:
        name: its name.
        type: what it is: "emptyDir", "configMap", "persistentVolumeClaim".
        source: where its content comes from, in words.
        mounted_by: the names of the containers that mount it.
    """

    name: str
    type: str
    source: str
    mounted_by: tuple[str, ...]

    @property
    def shared(self) -> bool:
        """Whether more than one container mounts it."""
        return len(self.mounted_by) > 1


class Inside(NamedTuple):
    """The inside of a Pod.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        node: its Node, "" while it has none.
        state: how it is, in a word or two.
        ip: the IP that the pause container holds for all containers, "" while it has none.
        host_network: whether that is the address of its Node.
        restart_policy: Always, OnFailure or Never.
        qos: its class for the kernel and the kubelet: Guaranteed, Burstable or BestEffort.
        owner: the workload that made it ("Deployment/web"), "" if none did.
        static: whether the kubelet runs it from a file.
        labels: its labels.
        containers: its containers, init containers first.
        volumes: its volumes.
        conflicts: the ports that several containers declare.
        missing: the names of volumes that a container mounts, but that the Pod does not have.
        shares_processes: whether its containers see each other's processes.
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
        """How often the kubelet restarted containers, all together."""
        return sum(item.restarts for item in self.containers)

    @property
    def unused(self) -> tuple[str, ...]:
        """The volumes that no container mounts."""
        return tuple(item.name for item in self.volumes if not item.mounted_by)


def inside(reader: Reader, pod: Pod, probes: Probes | None = None) -> Inside:
    """Look into a Pod.

    Args:
        reader: the cluster, which knows the workload that made the Pod.
        pod: the Pod.
        probes: know what the probes of its containers have seen; None where nothing is known, as in a dump.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/#how-pods-manage-multiple-containers
    """
    spec = pod.spec
    statuses = {text(item.get("name")): item for item in pod.container_statuses}
    seen = {} if probes is None else probes.seen(pod.uid)
    containers = (
        *(_container(item, statuses, _init_role(item), seen) for item in pod.init_containers),
        *(_container(item, statuses, "container", seen) for item in pod.containers),
        *(_container(item, statuses, "ephemeral container", seen) for item in pod.ephemeral_containers),
    )
    claims = _claims(reader, pod)
    volumes = tuple(_volume(item, containers, claims) for item in mappings(spec.get("volumes")))
    known = {item.name for item in volumes}
    mounted = dict.fromkeys(mount.volume for item in containers for mount in item.mounts)
    return Inside(
        ref=pod.ref,
        name=pod.name,
        namespace=pod.namespace,
        node=pod.node_name,
        state=state_of(pod),
        ip=pod.ip,
        host_network=pod.host_network,
        restart_policy=text(spec.get("restartPolicy")) or "Always",
        qos=text(pod.status.get("qosClass")),
        owner=Workloads(reader).of(pod),
        static=is_mirror(pod),
        labels=dict(pod.labels),
        containers=containers,
        volumes=volumes,
        conflicts=_conflicts(containers),
        missing=tuple(name for name in mounted if name not in known),
        shares_processes=spec.get("shareProcessNamespace") is True,
    )


def _init_role(container: Container) -> str:
    return "sidecar" if container.is_sidecar else "init container"


def _container(
    container: Container,
    statuses: Mapping[str, Manifest],
    role: str,
    seen: Mapping[tuple[str, Kind], Seen],
) -> InnerContainer:
    status = statuses.get(container.name, {})
    ended = mapping(mapping(status.get("lastState")).get("terminated"))
    waiting = mapping(mapping(status.get("state")).get("waiting"))
    pauses = waiting.get("reason") == "CrashLoopBackOff"
    count = status.get("restartCount")
    return InnerContainer(
        name=container.name,
        image=container.image,
        role=role,
        # an ephemeral container never counts as ready
        state=container_state(status if role != "ephemeral container" else {**status, "ready": True}),
        ready=status.get("ready") is True,
        restarts=count if isinstance(count, int) else 0,
        last_end=_end(ended) if ended else "",
        ports=container.ports,
        mounts=tuple(_mount(item) for item in mappings(container.raw.get("volumeMounts"))),
        # a status has no other field for the pause: the kubelet writes "back-off 10s restarting failed container=..."
        waits=text(waiting.get("message")).partition(" restarting failed")[0] if pauses else "",
        held="" if pauses else text(waiting.get("message")),
        probes=tuple(_asked(probe, seen.get((container.name, probe.kind))) for probe in probes_of(container)),
    )


def _asked(probe: Probe, seen: Seen | None) -> Asked:
    how, period = how_it_asks(probe), probe.period
    if seen is None:
        return Asked(probe.kind, how, period)
    return Asked(probe.kind, how, period, seen.well, seen.run, seen.words)


def _end(ended: Manifest) -> Text:
    code, reason = ended.get("exitCode"), text(ended.get("reason"))
    if reason:
        return _("exit code {code} ({reason})", code=code, reason=reason)
    return _("exit code {code}", code=code)


def _mount(mount: Manifest) -> Mount:
    return Mount(
        text(mount.get("name")),
        text(mount.get("mountPath")),
        mount.get("readOnly") is True,
        text(mount.get("subPath")),
    )


def _claims(reader: Reader, pod: Pod) -> Mapping[str, KubeObject]:
    """Return the claims of a Pod's Namespace by name; none if the Pod names none."""
    if not any(item.get("persistentVolumeClaim") for item in mappings(pod.spec.get("volumes"))):
        return {}
    return {claim.name: claim for claim in reader.list("persistentvolumeclaims", pod.namespace)}


def _claimed(name: str, claim: KubeObject | None) -> Text:
    """Say what a claim has led to: its volume, or that it waits for one."""
    if claim is None:
        return _("claim {name}", name=name)
    volume = text(claim.spec.get("volumeName"))
    if claim.status.get("phase") == "Bound" and volume:
        return _("claim {name}, bound to {volume}", name=name, volume=volume)
    return _("claim {name}, which waits for a volume", name=name)


def _volume(
    volume: Manifest, containers: Sequence[InnerContainer], claims: Mapping[str, KubeObject]
) -> Volume:
    name = text(volume.get("name"))
    kinds = [key for key in volume if key != "name"]
    kind = kinds[0] if kinds else "emptyDir"
    users = [item.name for item in containers if any(mount.volume == name for mount in item.mounts)]
    source = mapping(volume.get(kind))
    claim = text(source.get("claimName")) if kind == "persistentVolumeClaim" else ""
    words = _claimed(claim, claims.get(claim)) if claim else _source(kind, source)
    return Volume(name, kind, words, tuple(users))


def _source(kind: str, source: Manifest) -> str:
    """Say where the content of a volume comes from."""
    if kind == "emptyDir":
        if source.get("medium") == "Memory":
            return _("empty at first, in memory; deleted with the Pod")
        return _("empty at first, on the Node's disk; deleted with the Pod")
    if kind == "projected":
        return _("several sources in one folder")
    for field, words in _SOURCES:
        if source.get(field):
            return words(text(source[field]))
    return ""


def _conflicts(containers: Sequence[InnerContainer]) -> tuple[PortConflict, ...]:
    """Return the ports that several containers declare; init containers have ended before the others start."""
    users: dict[tuple[int, str], list[str]] = {}
    for item in containers:
        if item.role != "init container":
            for port in item.ports:
                names = users.setdefault((port.port, port.protocol), [])
                if item.name not in names:
                    names.append(item.name)
    return tuple(PortConflict(*key, tuple(names)) for key, names in sorted(users.items()) if len(names) > 1)


_SOURCES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("secretName", lambda name: f"Secret {name}"),
    ("name", lambda name: f"ConfigMap {name}"),
    ("path", lambda path: _("the Node's {path}", path=path)),
    ("driver", lambda name: _("driver {name}", name=name)),
    ("server", lambda name: _("server {name}", name=name)),
)
