"""Pod: containers that share one address and are placed, started and removed together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kind import Kind
from k8snotes.screen import printable

STATUS_FIELDS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
"""The fields of `status` with the statuses of containers."""
ON_THE_WAY = ("", "ContainerCreating", "PodInitializing")
"""The reasons of a container to wait that pass by themselves."""
_MOST_DIGITS = 5  # of a port's number


class ContainerPort(NamedTuple):
    """One entry of `containers[].ports`: it says what the container listens on, and opens nothing.

    Args:
        container: the name of the container.
        name: the name of the port, by which a Service may point at it; "" for none.
        port: `containerPort`, 1 to 65535.
        protocol: "TCP", "UDP" or "SCTP".

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
    """

    container: str
    name: str
    port: int
    protocol: str


class Container:
    """One container of a Pod's specification."""

    __slots__ = ("raw",)

    def __init__(self, manifest: Manifest) -> None:
        self.raw = manifest

    @property
    def name(self) -> str:
        """The container's name, unique in its Pod."""
        return text(self.raw.get("name"))

    @property
    def image(self) -> str:
        """The image that it runs."""
        return text(self.raw.get("image"))

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports that it declares."""
        return tuple(
            ContainerPort(
                self.name,
                text(port.get("name")),
                int(port["containerPort"]),
                text(port.get("protocol")) or "TCP",
            )
            for port in mappings(self.raw.get("ports"))
            if isinstance(port.get("containerPort"), (int, float))
        )

    @property
    def requests(self) -> dict[str, Any]:
        """`resources.requests`, resource to quantity: what the scheduler sets aside for the container."""
        return mapping(mapping(self.raw.get("resources")).get("requests"))

    @property
    def limits(self) -> dict[str, Any]:
        """`resources.limits`, resource to quantity: what the container may not exceed."""
        return mapping(mapping(self.raw.get("resources")).get("limits"))

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that runs as long as its Pod; asked of init containers only.

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
        """
        return self.raw.get("restartPolicy") == "Always"

    def port_of(self, handler: Mapping[str, Any]) -> int | None:
        """Return the port that a probe or a hook asks, as a number; None for a name that the container does not declare.

        Args:
            handler: its `httpGet`, `tcpSocket` or `grpc`.

        Source of the rule: `ResolveContainerPort` of k8s.io/kubernetes/pkg/kubelet/prober
        """
        port = handler.get("port")
        if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= _MOST_DIGITS:
            return int(port)
        if isinstance(port, str):
            return next((item.port for item in self.ports if item.name == port), None)
        return int(port) if isinstance(port, int) or (isinstance(port, float) and port.is_integer()) else None

    @property
    def probed_ports(self) -> set[int]:
        """The ports that its probes ask, without names that lead nowhere."""
        probes = [mapping(self.raw.get(name)) for name in ("startupProbe", "livenessProbe", "readinessProbe")]
        handlers = [mapping(probe.get(kind)) for probe in probes for kind in ("httpGet", "tcpSocket", "grpc")]
        ports = (self.port_of(handler) for handler in handlers if handler)
        return {port for port in ports if port is not None}

    @printable
    def __repr__(self) -> str:
        return f"<Container {self.name}>"


class Pod(KubeObject):
    """A Pod: containers that share one address and are placed, started and removed together.

    >>> pod = Pod({"spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80}]}]}})
    >>> pod.containers, pod.ports[0].port, pod.phase
    ((<Container web>,), 80, 'Pending')
    >>> import k8snotes as kn
    >>> pod = kn.load("guestbook")["pod/client"]
    >>> pod.phase, pod.ready, pod.ended, pod.node_name, pod.ip, pod.host_network
    ('Running', True, False, 'node-2', '10.244.2.2', False)
    >>> [item.name for item in pod.containers], pod.init_containers, pod.ephemeral_containers, pod.ports
    (['toolbox'], (), (), ())
    >>> pod.status_of("toolbox")["ready"], len(pod.container_statuses), pod.has_readiness_probe
    (True, 1, False)
    """

    __slots__ = ()

    # Of a cluster with 150,000 Pods these two are read a million times: they do without asking for the kind.

    @property
    def namespace(self) -> str:
        """`metadata.namespace`, "default" if it names none."""
        return text(self.metadata.get("namespace")) or "default"

    @property
    def ref(self) -> str:
        """The reference that finds it again: "pod/web-1", "shop/pod/web-1" outside `default`."""
        raw = self.raw
        if raw.get("kind") != "Pod" or raw.get("apiVersion") != "v1":
            return super().ref
        home = self.namespace
        return f"pod/{self.name}" if home == "default" else f"{home}/pod/{self.name}"

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers, in the order of the manifest; init containers are apart."""
        return tuple(Container(item) for item in mappings(self.spec.get("containers")))

    @property
    def init_containers(self) -> tuple[Container, ...]:
        """The containers that run to their end before the others start."""
        return tuple(Container(item) for item in mappings(self.spec.get("initContainers")))

    @property
    def ephemeral_containers(self) -> tuple[Container, ...]:
        """The containers that `kubectl debug` has added to it."""
        return tuple(Container(item) for item in mappings(self.spec.get("ephemeralContainers")))

    @property
    def node_name(self) -> str:
        """The Node that it is bound to, "" while it waits for one."""
        return text(self.spec.get("nodeName"))

    @property
    def ip(self) -> str:
        """Its Pod IP, "" while it has none."""
        return text(self.status.get("podIP"))

    @property
    def phase(self) -> str:
        """`status.phase`: Pending, Running, Succeeded, Failed or Unknown."""
        return text(self.status.get("phase")) or "Pending"

    @property
    def ended(self) -> bool:
        """Whether it has ended for good (Succeeded or Failed): no container of it will run again."""
        return self.phase in ("Succeeded", "Failed")

    @property
    def container_statuses(self) -> list[dict[str, Any]]:
        """The statuses of all its containers: of the init containers, the containers, and the ephemeral ones."""
        return [item for field in STATUS_FIELDS for item in mappings(self.status.get(field))]

    def status_of(self, container: str) -> dict[str, Any]:
        """Return the status of a container by its name; empty if the Pod does not tell of it."""
        return next((item for item in self.container_statuses if item.get("name") == container), {})

    @property
    def has_readiness_probe(self) -> bool:
        """Whether a container or a sidecar is asked if it is ready; if none is, a Pod is ready as soon as it runs."""
        for container in mappings(self.spec.get("containers")):
            if container.get("readinessProbe"):
                return True
        return any(item.raw.get("readinessProbe") for item in self.init_containers if item.is_sidecar)

    @property
    def ready(self) -> bool:
        """Whether its condition `Ready` is True; the phase Running is not enough."""
        return self.holds("Ready")

    @property
    def host_network(self) -> bool:
        """Whether it shares its Node's address instead of having one of its own."""
        return self.spec.get("hostNetwork") is True

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports that its containers declare, in order."""
        return tuple(port for container in self.containers for port in container.ports)


KIND = Kind(
    "Pod",
    "pods",
    short=("po",),
    in_all=True,
    pod_spec=("spec",),
    rank=1,
    status=True,
    counts_generation=True,
    quota_piece=True,
    recounted=True,
    selectable_fields=(
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    view=Pod,
)
