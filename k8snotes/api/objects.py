"""Objects: thin typed views over manifests. A view reads; nothing of the manifest is lost or changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, Source, mapping, mappings, sequence, text
from k8snotes.api.kinds import find_kind, split_api_version
from k8snotes.api.workloads import (
    DaemonSet,
    Deployment,
    Job,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
    Workload,
)

__all__ = [
    "Container",
    "ContainerPort",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "Endpoints",
    "Job",
    "KubeObject",
    "Manifest",
    "Namespace",
    "Node",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Secret",
    "Service",
    "ServicePort",
    "Source",
    "StatefulSet",
    "Workload",
    "mapping",
    "mappings",
    "sequence",
    "text",
    "view",
]

HIDDEN = "<hidden>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """One entry of `containers[].ports`: it tells what the container listens on, and opens nothing."""

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
        """`resources.requests`: what the scheduler sets aside."""
        return mapping(mapping(self.raw.get("resources")).get("requests"))

    @property
    def limits(self) -> dict[str, Any]:
        """`resources.limits`: what the container may not exceed."""
        return mapping(mapping(self.raw.get("resources")).get("limits"))

    def __repr__(self) -> str:
        return f"<Container {self.name}>"


class Pod(KubeObject):
    """A Pod: containers that share one address and one fate."""

    KIND = "Pod"
    __slots__ = ()

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers (init containers apart)."""
        return tuple(Container(item) for item in mappings(self.spec.get("containers")))

    @property
    def init_containers(self) -> tuple[Container, ...]:
        """The containers that run to their end before the others start."""
        return tuple(Container(item) for item in mappings(self.spec.get("initContainers")))

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
    def ready(self) -> bool:
        """Whether its condition `Ready` is True: Running alone is not enough."""
        return self.holds("Ready")

    @property
    def host_network(self) -> bool:
        """Whether it shares its Node's address instead of having one of its own."""
        return self.spec.get("hostNetwork") is True

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports that its containers declare, in order."""
        return tuple(port for container in self.containers for port in container.ports)


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service: where it is reached, and where it leads."""

    name: str
    port: int
    target_port: int | str
    protocol: str
    node_port: int | None

    def __str__(self) -> str:
        node_port = f":{self.node_port}" if self.node_port else ""
        return f"{self.port}{node_port}/{self.protocol}"


class Service(KubeObject):
    """A Service: one steady address for a changing group of Pods."""

    KIND = "Service"
    __slots__ = ()

    @property
    def type(self) -> str:
        """ClusterIP, NodePort, LoadBalancer or ExternalName."""
        return text(self.spec.get("type")) or "ClusterIP"

    @property
    def cluster_ip(self) -> str:
        """Its virtual address; "None" for a headless Service, "" where it has none."""
        return text(self.spec.get("clusterIP"))

    @property
    def headless(self) -> bool:
        """Whether it asked for no virtual address (`clusterIP: None`)."""
        return self.cluster_ip == "None"

    @property
    def selector(self) -> dict[str, str]:
        """Its equality map; empty if it selects no Pods by itself."""
        return {text(k): text(v) for k, v in mapping(self.spec.get("selector")).items()}

    @property
    def external_name(self) -> str:
        """The DNS name that an ExternalName Service stands for."""
        return text(self.spec.get("externalName"))

    @property
    def publish_not_ready(self) -> bool:
        """Whether Pods that are not ready count as ready (`publishNotReadyAddresses`)."""
        return self.spec.get("publishNotReadyAddresses") is True

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        """Its ports; `targetPort` is `port` where it is left out."""
        found = []
        for item in mappings(self.spec.get("ports")):
            port = item.get("port")
            if not isinstance(port, (int, float)):
                continue
            target = item.get("targetPort")
            if not isinstance(target, (int, str)) or target in ("", 0):
                target = int(port)
            node_port = item.get("nodePort")
            found.append(
                ServicePort(
                    text(item.get("name")),
                    int(port),
                    target,
                    text(item.get("protocol")) or "TCP",
                    node_port if isinstance(node_port, int) else None,
                )
            )
        return tuple(found)

    @property
    def load_balancer_ips(self) -> tuple[str, ...]:
        """The addresses that a load balancer was given, none while it is `<pending>`."""
        entries = mappings(mapping(self.status.get("loadBalancer")).get("ingress"))
        return tuple(text(item.get("ip") or item.get("hostname")) for item in entries)


class Node(KubeObject):
    """A Node: a machine that runs Pods."""

    KIND = "Node"
    __slots__ = ()

    @property
    def ip(self) -> str:
        """Its InternalIP, "" if it tells none."""
        for kind in ("InternalIP", "ExternalIP"):
            for address in mappings(self.status.get("addresses")):
                if address.get("type") == kind:
                    return text(address.get("address"))
        return ""

    @property
    def pod_cidr(self) -> str:
        """The range that its Pods take their addresses from."""
        return text(self.spec.get("podCIDR"))

    @property
    def unschedulable(self) -> bool:
        """Whether it is cordoned."""
        return self.spec.get("unschedulable") is True

    @property
    def ready(self) -> bool:
        """Whether its condition `Ready` is True."""
        return self.holds("Ready")

    @property
    def taints(self) -> tuple[dict[str, Any], ...]:
        """`spec.taints`: what keeps Pods away that do not tolerate it."""
        return tuple(mappings(self.spec.get("taints")))

    @property
    def allocatable(self) -> dict[str, Any]:
        """What Pods may ask for on it."""
        return mapping(self.status.get("allocatable")) or mapping(self.status.get("capacity"))


class Namespace(KubeObject):
    """A Namespace: names are unique within it, and selectors do not look out of it."""

    KIND = "Namespace"
    __slots__ = ()


class Endpoints(KubeObject):
    """Endpoints: the old list of the addresses behind a Service."""

    KIND = "Endpoints"
    __slots__ = ()

    @property
    def subsets(self) -> tuple[dict[str, Any], ...]:
        """Groups of addresses that share the same ports."""
        return tuple(mappings(self.raw.get("subsets")))


class EndpointSlice(KubeObject):
    """An EndpointSlice: up to a hundred of the addresses behind a Service, with their conditions."""

    KIND, GROUP = "EndpointSlice", "discovery.k8s.io"
    __slots__ = ()

    @property
    def service(self) -> str:
        """The Service that it belongs to, by its label `kubernetes.io/service-name`."""
        return self.labels.get("kubernetes.io/service-name", "")

    @property
    def endpoints(self) -> tuple[dict[str, Any], ...]:
        """The addresses with their conditions, targets and Nodes."""
        return tuple(mappings(self.raw.get("endpoints")))

    @property
    def ports(self) -> tuple[dict[str, Any], ...]:
        """The ports that all its endpoints share."""
        return tuple(mappings(self.raw.get("ports")))


class Secret(KubeObject):
    """A Secret: its keys may be seen, its values never."""

    KIND = "Secret"
    __slots__ = ()

    @property
    def manifest(self) -> Manifest:
        """A copy of the manifest in which every value reads "<hidden>"."""
        shown = copy.deepcopy(self.raw)
        for field in ("data", "stringData"):
            if isinstance(shown.get(field), dict):
                shown[field] = dict.fromkeys(shown[field], HIDDEN)
            elif shown.get(field) is not None:
                shown[field] = HIDDEN
        annotations = mapping(mapping(shown.get("metadata")).get("annotations"))
        if LAST_APPLIED in annotations:
            annotations[LAST_APPLIED] = HIDDEN  # kubectl keeps the whole manifest there, values included
        return shown

    @property
    def annotations(self) -> dict[str, str]:
        """`metadata.annotations`, with "<hidden>" for the manifest that kubectl keeps among them."""
        shown = super().annotations
        return {key: HIDDEN if key == LAST_APPLIED else value for key, value in shown.items()}


def _subclasses(base: type[KubeObject]) -> Iterator[type[KubeObject]]:
    for child in base.__subclasses__():
        if child.KIND:
            yield child
        yield from _subclasses(child)


_VIEWS: Mapping[tuple[str, str], type[KubeObject]] = {
    (child.GROUP, child.KIND): child for child in _subclasses(KubeObject)
}


def view(manifest: Manifest, source: Source | None = None) -> KubeObject:
    """Return the typed view that apiVersion *and* kind ask for; any other kind is a plain KubeObject.

    >>> type(view({"apiVersion": "apps/v1", "kind": "Deployment"})).__name__
    'Deployment'
    >>> type(view({"apiVersion": "serving.knative.dev/v1", "kind": "Service"})).__name__
    'KubeObject'
    """
    kind, api_version = manifest.get("kind"), manifest.get("apiVersion")
    group = split_api_version(api_version)[0] if isinstance(api_version, str) else ""
    found = _VIEWS.get((group, kind), KubeObject) if isinstance(kind, str) else KubeObject
    if found.KIND and not find_kind(text(api_version), text(kind)):
        found = KubeObject
    return found(manifest, source)
