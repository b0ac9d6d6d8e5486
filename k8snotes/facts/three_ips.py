"""The three IPs: which address is whose, on which network it lives, and which of them are real."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.facts.reading import Reader, Workloads, pods_of, services_of, state_of
from k8snotes.network.endpoints import EndpointIndex

__all__ = ["NodeAddress", "PodAddress", "ServiceAddress", "ThreeIPs", "Way", "three_ips"]


@dataclass(frozen=True, slots=True)
class PodAddress:
    """A Pod and its Pod IP ("" while it has none); with `host_network` that is its Node's address."""

    ref: str
    name: str
    namespace: str
    ip: str
    node: str
    state: str
    workload: str
    host_network: bool = False
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A Node, its Node IP, and the range that its Pods take their addresses from."""

    name: str
    ip: str
    pod_cidr: str
    pods: tuple[PodAddress, ...]


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A Service and its Cluster IP: "None" for a headless one, "" for an ExternalName.

    `pods` has the references of the Pods that a packet for it may reach (or addresses made by hand),
    `pods_total` how many Pods the selector finds; `load_balancer` the addresses from outside, `pending` whether it waits for one.
    """

    ref: str
    name: str
    namespace: str
    type: str
    cluster_ip: str
    ports: tuple[ServicePort, ...]
    selector: dict[str, str]
    pods: tuple[str, ...]
    pods_total: int
    load_balancer: tuple[str, ...] = ()
    pending: bool = False
    external_name: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one network to another: `start` and `end` in words, `how`; `open` is False where none leads."""

    start: str
    end: str
    how: str
    open: bool = True

    def __str__(self) -> str:
        return f"{'✓' if self.open else '✗'} {self.start} → {self.end}: {self.how}"


@dataclass(frozen=True, slots=True)
class ThreeIPs:
    """The addresses of a cluster, network by network.

    The ranges are in CIDR notation, "" where a dump does not tell them. `waiting` has the Pods that no
    Node runs yet: they have no address.
    """

    node_range: str
    pod_range: str
    service_range: str
    nodes: tuple[NodeAddress, ...]
    services: tuple[ServiceAddress, ...]
    waiting: tuple[PodAddress, ...]

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways between the networks; those by node ports and load balancers where a Service asks for one.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model
        """
        node_ports = any(port.node_port for service in self.services for port in service.ports)
        provided = any(service.load_balancer for service in self.services)
        pending = any(service.pending for service in self.services)
        ways = [_POD_TO_POD, _POD_TO_SERVICE]
        ways += [_BY_NODE_PORT] if node_ports else []
        ways += [_BY_BALANCER] if provided else []
        ways += [_PENDING] if pending else []
        return (*ways, _FROM_OUTSIDE, _PING)

    def whose(self, address: str) -> str:
        """Say in words whose address this is ("10.96.0.1" is ...), "" if nobody's."""
        for node in self.nodes:
            if node.ip == address:
                return f"Node IP of {node.name}"
            for pod in node.pods:
                if pod.ip == address and not pod.host_network:
                    return f"Pod IP of {pod.ref}, on {node.name}"
        for service in self.services:
            if service.cluster_ip == address:
                return f"Cluster IP of {service.ref}"
            if address in service.load_balancer:
                return f"load balancer address of {service.ref}"
        return ""


_POD_TO_POD = Way("a Pod", "Pod IP", "directly, no address changes; to another Node out of the Node's card")
_POD_TO_SERVICE = Way(
    "a Pod, a Node", "Cluster IP : port", "kube-proxy's rules on that Node write a Pod IP in its place (DNAT)"
)
_BY_NODE_PORT = Way(
    "outside",
    "Node IP : node port",
    "rules there write a Pod IP, and mostly the Node's as sender (DNAT, SNAT)",
)
_BY_BALANCER = Way("outside", "load balancer", "it hands the packet to some Node, whose rules lead on")
_PENDING = Way(
    "outside", "load balancer <pending>", "nobody provides one; the node port works all the same", open=False
)
_FROM_OUTSIDE = Way("outside", "Pod IP, Cluster IP", "out there no route leads to them", open=False)
_PING = Way("a ping", "Cluster IP", "no answer: the rules are for ports, a ping has none", open=False)


def three_ips(
    reader: Reader, *, node_range: str, pod_range: str, service_range: str, namespace: str | None = None
) -> ThreeIPs:
    """Collect the Node, Pod and Cluster IPs of a cluster (its `namespace`, or all of them).

    The cluster's own Service, default/kubernetes, is left out.

    Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
    """
    workloads = Workloads(reader)
    index = EndpointIndex(reader)
    on_node: dict[str, list[PodAddress]] = {}
    for pod in pods_of(reader, namespace):
        on_node.setdefault(pod.node_name, []).append(_pod(pod, workloads))
    nodes = [obj for obj in reader.list("nodes") if isinstance(obj, Node)]
    known = {node.name for node in nodes}
    rows = [
        NodeAddress(node.name, node.ip, node.pod_cidr, tuple(on_node.get(node.name, ()))) for node in nodes
    ]
    # a dump of Pods alone still tells the names of their Nodes
    rows += [
        NodeAddress(name, "", "", tuple(pods))
        for name, pods in sorted(on_node.items())
        if name and name not in known
    ]
    services = services_of(reader, namespace)
    return ThreeIPs(
        node_range,
        pod_range,
        service_range,
        tuple(rows),
        tuple(_service(service, index) for service in services),
        tuple(on_node.get("", ())),
    )


def _pod(pod: Pod, workloads: Workloads) -> PodAddress:
    return PodAddress(
        pod.ref,
        pod.name,
        pod.namespace,
        pod.ip,
        pod.node_name,
        state_of(pod),
        workloads.of(pod),
        pod.host_network,
        tuple(port.port for port in pod.ports),
    )


def _service(service: Service, index: EndpointIndex) -> ServiceAddress:
    found = index.of(service)
    return ServiceAddress(
        service.ref,
        service.name,
        service.namespace,
        service.type,
        service.cluster_ip,
        service.ports,
        service.selector,
        tuple(item.pod.ref if item.pod else item.address for item in found.ready),
        found.selected if service.selector else 0,
        service.load_balancer_ips,
        service.type == "LoadBalancer" and not service.load_balancer_ips,
        service.external_name,
    )
