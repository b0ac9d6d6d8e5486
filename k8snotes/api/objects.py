"""Objects: thin typed views over manifests. A view reads; nothing of the manifest is lost or changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from k8snotes.api.kinds import Resource, find_kind, split_api_version

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
    "view",
]

Manifest = dict[str, Any]

HIDDEN = "<hidden>"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is a mapping, else an empty one: a view never fails on an odd manifest."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return `value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list: what a list of objects holds when it is written well."""
    return [item for item in sequence(value) if isinstance(item, dict)]


def text(value: Any) -> str:
    """Return a scalar as text, "" for what is absent or no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object was read: the file ("" for text), the 0-based document, the 1-based line."""

    file: str = ""
    document: int = 0
    line: int | None = None


@lru_cache(maxsize=1024)
def custom_resource(api_version: str, kind: str) -> Resource:
    """Return how a kind that is not built in is most probably called."""
    group, version = split_api_version(api_version)
    kind = kind or "object"
    plural = kind.lower() + ("es" if kind.endswith(("s", "x", "ch")) else "s")
    return Resource(kind, plural, group, version)


class KubeObject:
    """An object of any kind, as its manifest describes it.

    >>> pod = view({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}})
    >>> pod
    <Pod default/web-1>
    >>> pod.ref
    'pod/web-1'
    """

    KIND: ClassVar[str] = ""
    GROUP: ClassVar[str] = ""

    __slots__ = ("raw", "source")

    def __init__(self, manifest: Manifest, source: Source | None = None) -> None:
        self.raw = manifest  # the manifest itself, shared: read it, never change it
        self.source = source or Source()

    @property
    def manifest(self) -> Manifest:
        """A copy of the manifest as a plain dict: what `kubectl get -o yaml` would show.

        The values of a Secret are replaced by "<hidden>".
        """
        return copy.deepcopy(self.raw)

    @property
    def kind(self) -> str:
        """The `kind`: "Pod"."""
        return text(self.raw.get("kind"))

    @property
    def api_version(self) -> str:
        """The `apiVersion`: "v1", "apps/v1"."""
        return text(self.raw.get("apiVersion"))

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return split_api_version(self.api_version)[0]

    @property
    def resource(self) -> Resource:
        """How this kind is called: plural, short names; worked out for kinds that are not built in."""
        return find_kind(self.api_version, self.kind) or custom_resource(self.api_version, self.kind)

    @property
    def metadata(self) -> dict[str, Any]:
        """`metadata`, empty if there is none."""
        return mapping(self.raw.get("metadata"))

    @property
    def spec(self) -> dict[str, Any]:
        """`spec`, empty if there is none."""
        return mapping(self.raw.get("spec"))

    @property
    def status(self) -> dict[str, Any]:
        """`status`, empty if there is none."""
        return mapping(self.raw.get("status"))

    @property
    def name(self) -> str:
        """`metadata.name`, or `metadata.generateName` where the name is still to be made."""
        return text(self.metadata.get("name")) or text(self.metadata.get("generateName"))

    @property
    def namespace(self) -> str:
        """`metadata.namespace`, "default" if it names none; "" for cluster-scoped kinds."""
        if not self.resource.namespaced:
            return ""
        return text(self.metadata.get("namespace")) or "default"

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels` as text to text."""
        return {text(k): text(v) for k, v in mapping(self.metadata.get("labels")).items()}

    @property
    def annotations(self) -> dict[str, str]:
        """`metadata.annotations` as text to text."""
        return {text(k): text(v) for k, v in mapping(self.metadata.get("annotations")).items()}

    @property
    def uid(self) -> str:
        """`metadata.uid`, "" for what was never stored in a cluster."""
        return text(self.metadata.get("uid"))

    @property
    def terminating(self) -> bool:
        """Whether `metadata.deletionTimestamp` is set: it is on its way out."""
        return bool(self.metadata.get("deletionTimestamp"))

    @property
    def owner(self) -> dict[str, Any] | None:
        """The owner reference that is the controller of this object, or None."""
        for reference in mappings(self.metadata.get("ownerReferences")):
            if reference.get("controller") is True:
                return reference
        return None

    @property
    def ref(self) -> str:
        """The reference that finds it again: "pod/web-1", "shop/pod/web-1" outside `default`."""
        resource = self.resource
        head = f"{self.namespace}/" if self.namespace not in ("", "default") else ""
        return f"{head}{resource.singular}/{self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others: ("pods", "default", "web-1"), with the group in the first."""
        return self.resource.qualified, self.namespace, self.name

    def __repr__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"<{self.kind or 'Object'} {place}{self.name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KubeObject) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash((self.api_version, self.kind, self.namespace, self.name))


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
    def ready(self) -> bool:
        """Whether its condition `Ready` is True: Running alone is not enough."""
        return any(
            condition.get("type") == "Ready" and condition.get("status") == "True"
            for condition in mappings(self.status.get("conditions"))
        )

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
        return any(
            condition.get("type") == "Ready" and condition.get("status") == "True"
            for condition in mappings(self.status.get("conditions"))
        )

    @property
    def taints(self) -> tuple[dict[str, Any], ...]:
        """`spec.taints`: what keeps Pods away that do not tolerate it."""
        return tuple(mappings(self.spec.get("taints")))

    @property
    def allocatable(self) -> dict[str, Any]:
        """What Pods may ask for on it."""
        return mapping(self.status.get("allocatable")) or mapping(self.status.get("capacity"))


class Workload(KubeObject):
    """Something that makes Pods from a template."""

    __slots__ = ()

    @property
    def template(self) -> dict[str, Any]:
        """`spec.template`: the Pod that it makes."""
        return mapping(self.spec.get("template"))

    @property
    def template_labels(self) -> dict[str, str]:
        """The labels that its Pods are born with."""
        metadata = mapping(self.template.get("metadata"))
        return {text(k): text(v) for k, v in mapping(metadata.get("labels")).items()}

    @property
    def replicas(self) -> int:
        """How many Pods it wants; 1 where it says nothing."""
        value = self.spec.get("replicas", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its selector in the shape of a LabelSelector object, or None if it has none."""
        selector = self.spec.get("selector")
        return selector if isinstance(selector, dict) else None


class ReplicationController(Workload):
    """A ReplicationController: keeps so many Pods alive that its equality map selects."""

    KIND = "ReplicationController"
    __slots__ = ()

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its equality map, in the shape of a LabelSelector; the template's labels where it is left out."""
        selector = mapping(self.spec.get("selector")) or self.template_labels
        return {"matchLabels": {text(k): text(v) for k, v in selector.items()}} if selector else None


class ReplicaSet(Workload):
    """A ReplicaSet: what the ReplicationController became."""

    KIND, GROUP = "ReplicaSet", "apps"
    __slots__ = ()


class Deployment(Workload):
    """A Deployment: makes ReplicaSets, and rolls from one to the next."""

    KIND, GROUP = "Deployment", "apps"
    __slots__ = ()


class StatefulSet(Workload):
    """A StatefulSet: Pods with numbers and names that stay."""

    KIND, GROUP = "StatefulSet", "apps"
    __slots__ = ()


class DaemonSet(Workload):
    """A DaemonSet: one Pod on each Node that fits."""

    KIND, GROUP = "DaemonSet", "apps"
    __slots__ = ()


class Job(Workload):
    """A Job: Pods that run to their end."""

    KIND, GROUP = "Job", "batch"
    __slots__ = ()

    @property
    def replicas(self) -> int:
        """How many Pods run at once: `parallelism`, 1 where it says nothing."""
        value = self.spec.get("parallelism", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1


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
        if _LAST_APPLIED in annotations:
            annotations[_LAST_APPLIED] = HIDDEN  # kubectl keeps the whole manifest there, values included
        return shown


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
