"""The ground that packets move on: who has which address, and the rules of each Node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.control_plane.addresses import API_SERVER_IP, DNS_IP
from k8snotes.network.dns import Zone
from k8snotes.network.targets import is_address
from k8snotes.node.kube_proxy import ProxyRules, rules, same_on_every_node

__all__ = ["Ground", "bridge_ip", "external_ips", "named", "node_ip", "ready_ends"]

_ZONE = "topology.kubernetes.io/zone"
_NOT_BALANCED = "node.kubernetes.io/exclude-from-external-load-balancers"


@dataclass(frozen=True, eq=False)
class Ground:
    """All objects that decide where a packet goes, and who has which address.

    The ranges are in CIDR notation, "" where a dump does not tell them. Indexes and rules are made when
    first asked for, and kept: a ground is of one moment.
    """

    pods: tuple[Pod, ...]
    nodes: tuple[Node, ...]
    services: tuple[Service, ...]
    slices: tuple[EndpointSlice, ...]
    namespaces: frozenset[str] = frozenset()
    pod_range: str = ""
    service_range: str = ""
    guarded: frozenset[str] = frozenset()  # Namespaces with a NetworkPolicy
    unknown: frozenset[tuple[str, str]] = frozenset()  # Services of which a dump does not tell the endpoints
    notes: tuple[str, ...] = ()  # what had to be assumed
    _rules: dict[str, ProxyRules] = field(default_factory=dict)

    @cached_property
    def zone(self) -> Zone:
        """What cluster DNS knows."""
        return Zone(self.services, self.slices, self.namespaces)

    def rules_of(self, node: str) -> ProxyRules:
        """Return the rules of kube-proxy on a Node; where nothing in them is a Node's own, they are made once."""
        if node in self._rules:
            return self._rules[node]
        here = self.node_named[node]
        ips = tuple(ip for ip in (node_ip(here), *_node_ips(here), bridge_ip(here)) if ip)
        ips = tuple(dict.fromkeys(ips))
        if self._alike and self._rules:
            made = replace(next(iter(self._rules.values())), node=node, node_ips=ips)
        else:
            cidr = self.pod_range
            zone = here.labels.get(_ZONE, "")
            made = rules(node, self.services, self.slices, node_ips=ips, cluster_cidr=cidr, zone=zone)
        self._rules[node] = made
        return made

    @cached_property
    def _alike(self) -> bool:
        return same_on_every_node(self.services, self.slices)

    # ---- who has an address

    @cached_property
    def node_named(self) -> dict[str, Node]:
        """The Nodes by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def node_at(self) -> dict[str, Node]:
        """The Nodes by all of their addresses."""
        return {ip: node for node in reversed(self.nodes) for ip in _node_ips(node)}

    @cached_property
    def bridge_at(self) -> dict[str, Node]:
        """The Nodes by the address of their bridge, which Pods and Nodes can reach."""
        return {ip: node for node in reversed(self.nodes) if (ip := bridge_ip(node))}

    @cached_property
    def dns_ip(self) -> str:
        """The address of cluster DNS: that of its Service, else the usual one, "" where a dump tells none."""
        service = self.zone.by_name.get(("kube-system", "kube-dns"))
        if service is not None and is_address(service.cluster_ip):
            return service.cluster_ip
        return DNS_IP if _within(DNS_IP, self.service_range) else ""

    @cached_property
    def pod_at(self) -> dict[str, Pod]:
        """The Pods by Pod IP: those on the network of their Node, and those that have ended, have none."""
        return {
            pod.ip: pod for pod in reversed(self.pods) if pod.ip and not pod.host_network and not pod.ended
        }

    @cached_property
    def on_host(self) -> dict[str, list[Pod]]:
        """The Pods on the network of their Node, by Node."""
        found: dict[str, list[Pod]] = {}
        for pod in self.pods:
            if pod.host_network and pod.ip and not pod.ended:
                found.setdefault(pod.node_name, []).append(pod)
        return found

    @cached_property
    def host_ports(self) -> dict[tuple[str, int, str], tuple[Pod, int, str]]:
        """Where `hostPort` leads: Node, port and protocol to a Pod, its containerPort, and `hostIP` ("": any)."""
        found: dict[tuple[str, int, str], tuple[Pod, int, str]] = {}
        for pod in reversed(self.pods):
            if pod.host_network or pod.ended or not pod.ip:
                continue
            for container in pod.containers:
                for port in mappings(container.raw.get("ports")):
                    number, inner = port.get("hostPort"), port.get("containerPort")
                    if isinstance(number, int) and isinstance(inner, int) and number:
                        protocol = text(port.get("protocol")) or "TCP"
                        at = text(port.get("hostIP"))
                        found[pod.node_name, number, protocol] = (pod, inner, "" if at == "0.0.0.0" else at)  # noqa: S104  # as it is written there
        return found

    @cached_property
    def at_cluster_ip(self) -> dict[str, Service]:
        """The Services by Cluster IP."""
        return {item.cluster_ip: item for item in self.services if is_address(item.cluster_ip)}

    @cached_property
    def at_outer_ip(self) -> dict[str, Service]:
        """The Services by the addresses of their load balancers, and by `externalIPs`."""
        found: dict[str, Service] = {}
        for service in reversed(self.services):
            balanced = service.load_balancer_ips if service.type == "LoadBalancer" else ()
            for ip in (*external_ips(service), *balanced):
                found[ip] = service
        return found

    @cached_property
    def at_node_port(self) -> dict[tuple[int, str], tuple[Service, ServicePort]]:
        """The Services, with the port in question, by node port and protocol."""
        return {
            (port.node_port, port.protocol): (service, port)
            for service in self.services
            if service.type in ("NodePort", "LoadBalancer")
            for port in service.ports
            if port.node_port
        }

    @cached_property
    def sent_to(self) -> dict[str, dict[tuple[str, int], str]]:
        """What Services send to each address: protocol and port, and the Service; ready or not."""
        found: dict[str, dict[tuple[str, int], str]] = {}
        for item in self.slices:
            ports = [(text(p.get("protocol")) or "TCP", p["port"]) for p in item.ports if p.get("port")]
            for entry in item.endpoints:
                for ip in sequence(entry.get("addresses")):
                    for port in ports:
                        found.setdefault(text(ip), {}).setdefault(port, item.service)
        return found

    def is_service_ip(self, ip: str) -> bool:
        """Whether an address is of the range of Cluster IPs, given out or not."""
        return ip in self.at_cluster_ip or _within(ip, self.service_range)

    def is_pod_ip(self, ip: str) -> bool:
        """Whether an address is of the Pod network, given out or not."""
        ranges = (self.pod_range, *(node.pod_cidr for node in self.nodes))
        return ip in self.pod_at or any(_within(ip, cidr) for cidr in ranges)

    def is_node_network(self, ip: str) -> bool:
        """Whether an address lies among those of the Nodes: the same first two numbers."""
        head = ip.rsplit(".", 2)[0]
        return any(node_ip.rsplit(".", 2)[0] == head for node_ip in self.node_at)

    def whose(self, ip: str) -> str:
        """Say in words whose address this is, "" if nobody's."""
        if ip in self.pod_at:
            return f"Pod IP of {self.pod_at[ip].ref}"
        if ip in self.node_at:
            return f"Node IP of {self.node_at[ip].name}"
        if ip in self.at_cluster_ip:
            return f"Cluster IP of {self.at_cluster_ip[ip].ref}"
        if ip in self.at_outer_ip:
            return f"outer address of {self.at_outer_ip[ip].ref}"
        known = {API_SERVER_IP: "the Master's own address", self.dns_ip: "the cluster's DNS"}
        if ip in known:
            return known[ip]
        bridge = self.bridge_at.get(ip)
        return f"the Pods' bridge on {bridge.name}" if bridge else ""

    def balanced(self, service: Service) -> Iterator[tuple[Node, bool]]:
        """Yield the Nodes that a load balancer knows, and whether each passes its health check.

        With `externalTrafficPolicy: Local` only a Node with a ready Pod of the Service does.
        Source of the rule: https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/
        """
        local = service.spec.get("externalTrafficPolicy") == "Local"
        with_pods = set(self._nodes_with_endpoints(service)) if local else set()
        for node in self.nodes:
            if _NOT_BALANCED not in node.labels:
                yield node, node.ready and (not local or node.name in with_pods)

    def _nodes_with_endpoints(self, service: Service) -> Iterator[str]:
        for item in self.zone.slices_of.get((service.namespace, service.name), ()):
            for entry in item.endpoints:
                if mapping(entry.get("conditions")).get("ready") is not False:
                    yield text(entry.get("nodeName"))


def bridge_ip(node: Node) -> str:
    """Return the address of a Node towards its own Pods: the first of its podCIDR, "" if it has none."""
    try:
        return str(IPv4Network(node.pod_cidr, strict=False)[1]) if node.pod_cidr else ""
    except (ValueError, IndexError):
        return ""


def node_ip(node: Node) -> str:
    """Return a Node's IPv4 address, the internal one if there is one; "" if it has none."""
    return node.ip if is_address(node.ip) else next(iter(_node_ips(node)), "")


def external_ips(service: Service) -> tuple[str, ...]:
    """Return `spec.externalIPs`: addresses that somebody else leads to the Nodes."""
    return tuple(text(ip) for ip in sequence(service.spec.get("externalIPs")))


def ready_ends(ground: Ground, service: Service, port: ServicePort) -> list[tuple[str, int]]:
    """Return the ready endpoints of a Service's port, as address and number, in order."""
    return sorted(
        (text(address), int(number["port"]))
        for item in ground.zone.slices_of.get((service.namespace, service.name), ())
        for number in item.ports
        if text(number.get("name")) == port.name and isinstance(number.get("port"), int)
        for entry in item.endpoints
        if mapping(entry.get("conditions")).get("ready") is not False
        for address in sequence(entry.get("addresses"))[:1]
    )


def named(port: ServicePort) -> str:
    """Say a port with its name: "80", "80 (http)", "53/UDP (dns)"."""
    number = str(port.port) if port.protocol == "TCP" else f"{port.port}/{port.protocol}"
    return f"{number} ({port.name})" if port.name else number


def _node_ips(node: Node) -> Iterable[str]:
    addresses = mappings(node.status.get("addresses"))
    return dict.fromkeys(text(a.get("address")) for a in addresses if is_address(text(a.get("address"))))


def _within(ip: str, cidr: str) -> bool:
    try:
        return bool(cidr) and IPv4Address(ip) in IPv4Network(cidr, strict=False)
    except ValueError:
        return False  # a dump may hold a range of IPv6
