"""The three IPs: what has which address, on which network it lives, and which of them are real."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.reader import Reader, nodes_of, pods_of, services_of
from k8snotes.catalogue import _
from k8snotes.facts.states import state_of
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept
from k8snotes.network.endpoints import EndpointIndex
from k8snotes.screen import printable

__all__ = ["NodeAddress", "PodAddress", "ServiceAddress", "ThreeIPs", "Way", "three_ips"]


class PodAddress(NamedTuple):
    """A Pod and its Pod IP.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        ip: its Pod IP, "" while it has none.
        node: its Node, "" while it has none.
        state: how it is, in a word or two.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        host_network: whether its address is that of its Node.
        ports: the port numbers that its containers declare.
    """

    ref: str
    name: str
    namespace: str
    ip: str
    node: str
    state: str
    workload: str
    host_network: bool = False
    ports: tuple[int, ...] = ()


class NodeAddress(NamedTuple):
    """A Node and its Node IP.

    Args:
        name: its name.
        ip: its Node IP, "" if a dump does not tell it.
        pod_cidr: the range of its Pods' addresses: "10.244.1.0/24".
        pods: the Pods on it.
    """

    name: str
    ip: str
    pod_cidr: str
    pods: tuple[PodAddress, ...]


class ServiceAddress(NamedTuple):
    """A Service and its Cluster IP.

    Args:
        ref: its reference: "service/web".
        name: its name.
        namespace: its Namespace.
        type: ClusterIP, NodePort, LoadBalancer or ExternalName.
        cluster_ip: its virtual address; "None" for a headless Service, "" for an ExternalName.
        ports: its ports.
        selector: its equality map, empty if it has none.
        pods: the references of the Pods that a packet for it may reach, or addresses that a user wrote.
        pods_total: how many Pods the selector finds.
        load_balancer: its addresses outside the cluster.
        pending: whether it waits for such an address.
        external_name: the DNS name that an ExternalName stands for.
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


class Way(NamedTuple):
    """A way from one network to another.

    Args:
        start: where it begins, in words: "a Pod", "outside".
        end: where it leads: "Cluster IP : port".
        how: how a packet gets there, or why it does not.
        open: whether it leads there at all.
    """

    start: str
    end: str
    how: str
    open: bool = True

    @printable
    def __str__(self) -> str:
        way = f"{'✓' if self.open else '✗'} {self.start} → {self.end}"
        return str(_("{head}: {text}", head=way, text=self.how))


class ThreeIPs(NamedTuple):
    """The addresses of a cluster, network by network.

    Args:
        node_range: the range of the Nodes' addresses ("192.168.0.0/24"), "" where a dump does not tell it.
        pod_range: the range of all Pod IPs.
        service_range: the range of all Cluster IPs.
        nodes: the Nodes, each with its Pods.
        services: the Services.
        waiting: the Pods that have no Node and so no address.
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
        ways += [_PENDING_WITH_NODE_PORT if node_ports else _PENDING] if pending else []
        return (*ways, _FROM_OUTSIDE, _PING)

    def whose(self, address: str) -> str:
        """Say in words what has this address: "Cluster IP of service/web"; "" if it belongs to nothing here."""
        for node in self.nodes:
            if node.ip == address:
                return _("Node IP of {node}", node=node.name)
            for pod in node.pods:
                if pod.ip == address and not pod.host_network:
                    return _("Pod IP of {pod}, on {node}", pod=pod.ref, node=node.name)
        for service in self.services:
            if service.cluster_ip == address:
                return _("Cluster IP of {service}", service=service.ref)
            if address in service.load_balancer:
                return _("load balancer address of {service}", service=service.ref)
        return ""


_POD_TO_POD = Way(
    _("a Pod"),
    _("Pod IP"),
    _("directly and with unchanged addresses, through the Node's card if that Pod is on another Node"),
)
_POD_TO_SERVICE = Way(
    _("a Pod, a Node"),
    _("Cluster IP : port"),
    _("kube-proxy's rules on that Node replace it with a Pod IP (DNAT)"),
)
_BY_NODE_PORT = Way(
    _("outside"),
    _("Node IP : node port"),
    _("rules there replace it with a Pod IP (DNAT), and usually the sender with the Node's IP (SNAT)"),
)
_BY_BALANCER = Way(
    _("outside"), _("load balancer"), _("it sends the packet to one of the Nodes, whose rules choose a Pod")
)
_PENDING = Way(_("outside"), _("load balancer <pending>"), _("no provider has created one yet"), open=False)
_PENDING_WITH_NODE_PORT = _PENDING._replace(
    how=_("no provider has created one yet, but the node port works without it")
)
_FROM_OUTSIDE = Way(
    _("outside"),
    _("Pod IP, Cluster IP"),
    _("in this cluster no route from outside leads to them"),
    open=False,
)
_PING = Way(
    _("a ping"),
    _("Cluster IP"),
    _("no answer, because the rules match ports and a ping has none"),
    open=False,
)


@unswept()
def three_ips(
    reader: Reader, *, node_range: str, pod_range: str, service_range: str, namespace: str | None = None
) -> ThreeIPs:
    """Collect the Node, Pod and Cluster IPs of a cluster.

    The cluster's own Service, default/kubernetes, is left out.

    Args:
        reader: the cluster.
        node_range: the range of the Nodes' addresses in CIDR notation, "" where it is not known.
        pod_range: the range of the Pod IPs.
        service_range: the range of the Cluster IPs.
        namespace: the Namespace that is shown; None means all of them.

    Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
    """
    workloads = Workloads(reader)
    index = EndpointIndex(reader)
    on_node: dict[str, list[PodAddress]] = {}
    for pod in pods_of(reader, namespace):
        on_node.setdefault(pod.node_name, []).append(_pod(pod, workloads))
    nodes = nodes_of(reader)
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
        ref=pod.ref,
        name=pod.name,
        namespace=pod.namespace,
        ip=pod.ip,
        node=pod.node_name,
        state=state_of(pod),
        workload=workloads.of(pod),
        host_network=pod.host_network,
        ports=tuple(port.port for port in pod.ports),
    )


def _service(service: Service, index: EndpointIndex) -> ServiceAddress:
    behind = index.of(service)
    return ServiceAddress(
        ref=service.ref,
        name=service.name,
        namespace=service.namespace,
        type=service.type,
        cluster_ip=service.cluster_ip,
        ports=service.ports,
        selector=service.selector,
        pods=tuple(item.pod.ref if item.pod else item.address for item in behind.ready),
        pods_total=behind.selected if service.selector else 0,
        load_balancer=service.load_balancer_ips,
        pending=service.type == "LoadBalancer" and not service.load_balancer_ips,
        external_name=service.external_name,
    )
