"""The network at one moment: which object has which address, what listens, and the rules of each Node.

Each question about an address is one index of `NetworkState`; the packet asks them in the order in which the
machines on its way would.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.reader import Reader
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.addresses import API_SERVER_IP, DNS_IP
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.endpoint_rules import EndpointPort
from k8snotes.control_plane.ingress_rules import WebController
from k8snotes.network.dns import Zone
from k8snotes.network.endpoints import Endpoint, EndpointIndex
from k8snotes.network.policy import Policies
from k8snotes.network.web import OuterNames, Web
from k8snotes.node.addresses import bridge_ip, is_ipv4, node_ip, node_ips
from k8snotes.node.kube_proxy import KubeProxies, NodeRuleset
from k8snotes.node.programs import Programs

__all__ = ["NetworkState", "external_ips", "hands_on_as_it_is", "lets_in", "port_text"]

_DNS_PORT = 53
_COREDNS = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
    "spec": {
        "containers": [
            {
                "name": "coredns",
                "ports": [
                    {"name": "dns", "containerPort": _DNS_PORT, "protocol": "UDP"},
                    {"name": "dns-tcp", "containerPort": _DNS_PORT, "protocol": "TCP"},
                ],
            }
        ]
    },
}
_NOT_BALANCED = "node.kubernetes.io/exclude-from-external-load-balancers"
_NOTICED_AFTER = 20  # seconds: after which a load balancer sends nothing more to a Node that does not answer
_Kind = TypeVar("_Kind", bound=KubeObject)


class NetworkState:
    """All objects that decide where a packet goes, and which object has which address.

    Indexes and rules are made when they are first asked for, and kept: a state is of one moment.

    Args:
        reader: The API server, or whatever lists objects as it does.
        programs: What the programs in the containers do: on which ports they listen.
        silent: The Nodes that have lost their power, and since when.
        now: Tells the time.
        pod_range: The range of all Pod IPs in CIDR notation, "" where a dump does not tell it.
        service_range: The range of all Cluster IPs, likewise.
        proxy: The mode of kube-proxy: "iptables" or "nftables".
        from_dump: Whether the EndpointSlices of Services that have none, and Nodes that only Pods name,
            are to be worked out: a dump often leaves them out.
        controllers: The controllers of Ingresses and Gateways that run.
        network_policies: Whether the network plugin enforces NetworkPolicies.
        enforcement_known: Whether that is known: a dump does not tell.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> state = c.simulation.network.state
    >>> state.whose(c["svc/cache"].cluster_ip), state.whose("10.244.1.1"), state.whose("192.0.2.7")
    ('Cluster IP of service/cache', "the Pods' bridge on node-1", '')
    """

    def __init__(
        self,
        reader: Reader,
        *,
        programs: Programs | None = None,
        silent: Mapping[str, int] | None = None,
        now: Callable[[], int] = int,
        pod_range: str = "",
        service_range: str = "",
        proxy: str = "iptables",
        from_dump: bool = False,
        controllers: Sequence[WebController] = (),
        network_policies: bool = True,
        enforcement_known: bool = True,
    ) -> None:
        self.proxy = proxy
        self.programs = Programs(ApiServer()) if programs is None else programs
        self.silent = {} if silent is None else silent
        self._now = now
        self.pod_range, self.service_range = pod_range, service_range
        self.resolvers: dict[Hashable, Any] = {}  # by the sender that has asked for a name; see `resolver_of`
        self.services = _of_kind(reader.list("services"), Service)
        self.pods = _of_kind(reader.list("pods"), Pod)
        self.nodes = _of_kind(reader.list("nodes"), Node)
        self._stored = _of_kind(reader.list("endpointslices.discovery.k8s.io"), EndpointSlice)
        self.namespaces = frozenset(obj.name for obj in reader.list("namespaces"))
        # Namespaces with a NetworkPolicy
        self.guarded = frozenset(obj.namespace for obj in reader.list("networkpolicies.networking.k8s.io"))
        self.unknown: frozenset[tuple[str, str]] = frozenset()  # Services whose endpoints a dump leaves out
        self.notes: tuple[str, ...] = ()  # what had to be assumed
        self._reader, self._from_dump = reader, from_dump
        self.network_policies, self.enforcement_known = network_policies, enforcement_known
        self._standing: dict[str, str] = {}
        self._controllers = controllers
        if from_dump:
            self._complete(reader)

    def _complete(self, reader: Reader) -> None:
        """Work out what a dump leaves out."""
        without = self._without_slices
        by_hand = {(item.namespace, item.name) for item in reader.list("endpoints")}
        # where a Service without a selector leads cannot be worked out: its slices must be there
        self.unknown = frozenset((s.namespace, s.name) for s in without if not s.selector) - by_hand
        made_up = tuple(_named_by(self.pods, {node.name for node in self.nodes}))
        if made_up:
            names = ", ".join(node.name for node in made_up[:3]) + (", ..." if len(made_up) > 3 else "")
            self.notes = (
                ngettext(
                    "Node {nodes} is not in the dump, but Pods name it, so it is assumed to be ready.",
                    "Nodes {nodes} are not in the dump, but Pods name them, so they are assumed to be ready.",
                    len(made_up),
                    nodes=names,
                ),
            )
        self.nodes = (*self.nodes, *made_up)

    @cached_property
    def _without_slices(self) -> list[Service]:
        """The Services of which no slice is stored."""
        there = {(item.namespace, item.service) for item in self._stored}
        return [item for item in self.services if (item.namespace, item.name) not in there]

    @cached_property
    def slices(self) -> tuple[EndpointSlice, ...]:
        """The EndpointSlices; of a dump also those that it leaves out, worked out when they are first asked for."""
        if not self._from_dump:
            return tuple(self._stored)
        return (*self._stored, *_worked_out(self._index, self._without_slices))

    # ---- what decides

    @cached_property
    def web(self) -> Web:
        """What leads requests of HTTP: the proxies of Ingresses and Gateways."""
        return Web(self._reader, self._controllers, from_dump=self._from_dump)

    @property
    def reader(self) -> Reader:
        """What lists the objects of this moment."""
        return self._reader

    def certificate_problem(self, namespace: str, name: str) -> str:
        """Return why a Secret is no certificate for a proxy: "no-name", "missing" or "no-keys"; "" if it is one."""
        if not name:
            return "no-name"
        secret = next((item for item in self._reader.list("secrets", namespace) if item.name == name), None)
        if secret is None:
            return "missing"
        data = mapping(secret.raw.get("data"))
        return "" if data.get("tls.crt") and data.get("tls.key") else "no-keys"

    @cached_property
    def zone(self) -> Zone:
        """What cluster DNS knows, and the DNS beyond it, of which the names of the Nodes are taken to be known."""
        nodes = {node.name.lower(): ip for node in self.nodes if (ip := node_ip(node))}
        # what leads to a proxy is taken to be known outside, too
        names = OuterNames({**self.web.names, **nodes}) if self.web.names else nodes
        return Zone(self.services, self.slices, self.namespaces, upstream=names)

    @cached_property
    def zone_beyond(self) -> Zone:
        """What the DNS beyond the cluster's knows, which Nodes and machines outside ask."""
        return Zone((), (), domain="", upstream=self.zone.upstream)

    def rules_of(self, node: str) -> NodeRuleset:
        """Return the rules that kube-proxy has written on a Node. Raises KeyError for one that is not there."""
        return self._proxies.rules_of(self.node_named[node])

    @cached_property
    def policies(self) -> Policies:
        """The NetworkPolicies that the network plugin enforces: none of them if it ignores policies."""
        if not self.guarded or not self.network_policies:
            return Policies((), ())
        reader = self._reader
        return Policies(reader.list("networkpolicies.networking.k8s.io"), reader.list("namespaces"))

    def dns_server(self) -> tuple[str, int, Pod | None]:
        """Return where a query to cluster DNS comes to: address, port, and the Pod.

        Behind the Service of cluster DNS that is its first ready Pod. A cluster whose cluster DNS is taken for granted has
        none; then it is a Pod as every cluster has it, at the first address of the Pod network that is no bridge's.
        """
        service = self.zone.by_name.get(("kube-system", "kube-dns"))
        for port in service.ports if service is not None else ():
            if (port.port, port.protocol) == (_DNS_PORT, "UDP"):
                for ip, number in self.ready_ends(service, port) if service is not None else ():
                    return ip, number, self.pod_at.get(ip)
        ip = str(IPv4Network(self.pod_range)[2]) if self.pod_range else ""
        return ip, _DNS_PORT, Pod(_COREDNS)

    @cached_property
    def _proxies(self) -> KubeProxies:
        return KubeProxies(
            self.services,
            self.slices,
            cluster_cidr=self.pod_range,
            service_cidr=self.service_range,
            mode=self.proxy,
        )

    @cached_property
    def _index(self) -> EndpointIndex:
        return EndpointIndex(self._reader, found=self._from_dump)

    def standing(self, service: Service) -> str:
        """Say in a clause which Pods a Service selects, and why none of them is ready."""
        key = f"{service.namespace}/{service.name}"
        if key not in self._standing:
            self._standing[key] = self._index.standing(service)
        return self._standing[key]

    # ---- which object has an address

    @cached_property
    def node_named(self) -> dict[str, Node]:
        """The Nodes by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def node_at(self) -> dict[str, Node]:
        """The Nodes by all of their addresses."""
        return {ip: node for node in reversed(self.nodes) for ip in node_ips(node)}

    @cached_property
    def bridge_at(self) -> dict[str, Node]:
        """The Nodes by the address of their bridge, which Pods and Nodes can reach."""
        return {ip: node for node in reversed(self.nodes) if (ip := bridge_ip(node))}

    @cached_property
    def dns_ip(self) -> str:
        """The address of cluster DNS: that of its Service, else the usual one, "" where a dump tells none."""
        service = self.zone.by_name.get(("kube-system", "kube-dns"))
        if service is not None and is_ipv4(service.cluster_ip):
            return service.cluster_ip
        return DNS_IP if _within(DNS_IP, self.service_range) else ""

    @cached_property
    def silent_dns(self) -> Service | None:
        """The Service of cluster DNS if no Pod behind it is ready; of a dump, which may lack those Pods, None."""
        service = self.zone.by_name.get(("kube-system", "kube-dns"))
        if service is None or self._from_dump:
            return None
        own = (item for item in self.slices if (item.namespace, item.service) == ("kube-system", "kube-dns"))
        ready = any(mapping(end.get("conditions")).get("ready") for item in own for end in item.endpoints)
        return None if ready else service

    @cached_property
    def pod_at(self) -> dict[str, Pod]:
        """The Pods by Pod IP: those on the network of their Node, and those that have ended, have none."""
        return {
            ip: pod
            for pod in reversed(self.pods)
            if (ip := pod.ip) and not pod.host_network and not pod.ended
        }

    @cached_property
    def on_host(self) -> dict[str, list[Pod]]:
        """The Pods on the network of their Node, by Node."""
        by_node: dict[str, list[Pod]] = {}
        for pod in self.pods:
            if pod.host_network and pod.ip and not pod.ended:
                by_node.setdefault(pod.node_name, []).append(pod)
        return by_node

    @cached_property
    def host_ports(self) -> dict[tuple[str, int, str], tuple[Pod, int, str]]:
        """Where `hostPort` leads: Node, port and protocol to a Pod, its containerPort, and `hostIP` ("": any)."""
        ports: dict[tuple[str, int, str], tuple[Pod, int, str]] = {}
        for pod in reversed(self.pods):
            if pod.host_network or pod.ended or not pod.ip:
                continue
            for container in pod.containers:
                for port in mappings(container.raw.get("ports")):
                    number, inner = port.get("hostPort"), port.get("containerPort")
                    if isinstance(number, int) and isinstance(inner, int) and number:
                        protocol = text(port.get("protocol")) or "TCP"
                        at = text(port.get("hostIP"))
                        ports[pod.node_name, number, protocol] = (pod, inner, "" if at == "0.0.0.0" else at)  # noqa: S104  # as it is written there
        return ports

    @cached_property
    def at_cluster_ip(self) -> dict[str, Service]:
        """The Services by Cluster IP."""
        return {item.cluster_ip: item for item in self.services if is_ipv4(item.cluster_ip)}

    @cached_property
    def at_outer_ip(self) -> dict[str, Service]:
        """The Services by the addresses of their load balancers, and by `externalIPs`."""
        by_ip: dict[str, Service] = {}
        for service in reversed(self.services):
            balanced = service.load_balancer_ips if service.type == "LoadBalancer" else ()
            for ip in (*external_ips(service), *balanced):
                by_ip[ip] = service
        return by_ip

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

    def sent_to(self, ip: str) -> dict[tuple[str, int], str]:
        """Return what Services send to an address: protocol and port, and the Service's name; ready or not."""
        ports: dict[tuple[str, int], str] = {}
        for item in self._slices_with.get(ip, ()):
            for port in item.ports:
                if port.get("port"):
                    ports.setdefault((text(port.get("protocol")) or "TCP", port["port"]), item.service)
        return ports

    @cached_property
    def _slices_with(self) -> dict[str, list[EndpointSlice]]:
        by_ip: dict[str, list[EndpointSlice]] = {}
        for item in self.slices:
            for entry in item.endpoints:
                for ip in sequence(entry.get("addresses")):
                    by_ip.setdefault(text(ip), []).append(item)
        return by_ip

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
        """Say in words whose address this is, "" if no object has it."""
        if ip in self.pod_at:
            return _("Pod IP of {pod}", pod=self.pod_at[ip].ref)
        if ip in self.node_at:
            return _("Node IP of {node}", node=self.node_at[ip].name)
        if ip in self.at_cluster_ip:
            return _("Cluster IP of {service}", service=self.at_cluster_ip[ip].ref)
        if ip in self.at_outer_ip:
            return _("outer address of {service}", service=self.at_outer_ip[ip].ref)
        if ip == API_SERVER_IP:
            return _("the Master's own address")
        if ip == self.dns_ip:
            return _("cluster DNS")
        bridge = self.bridge_at.get(ip)
        return _("the Pods' bridge on {node}", node=bridge.name) if bridge else ""

    def own_address(self, node: str, destination: str) -> str:
        """Return the address that a packet from a Node itself has: that of the card it leaves by.

        Towards a Pod on the same Node that is the bridge, towards the Node itself lo.
        """
        here = self.node_named[node]
        pod = self.pod_at.get(destination)
        if destination.startswith("127."):
            return "127.0.0.1"
        if pod is not None and pod.node_name == node:
            return bridge_ip(here) or node_ip(here)
        return node_ip(here)

    # ---- what is behind a Service

    def balanced(self, service: Service) -> Iterator[tuple[Node, bool]]:
        """Yield the Nodes that a load balancer knows, and whether each passes its health check.

        With `externalTrafficPolicy: Local` only a Node with a ready Pod of the Service does. A Node that has lost its
        power passes until two checks have failed.

        Source of the rule: https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/
        """
        local = service.spec.get("externalTrafficPolicy") == "Local"
        with_pods = (
            {text(entry.get("nodeName")) for _slice, entry in self._ready(service)} if local else set()
        )
        for node in self.nodes:
            if _NOT_BALANCED not in node.labels:
                yield node, node.ready and not self._failed(node) and (not local or node.name in with_pods)

    def _failed(self, node: Node) -> bool:
        """Whether a load balancer has noticed that a Node is without power.

        Source of the rule: providers differ; a check every ten seconds that has failed twice is usual.
        """
        since = self.silent.get(node.name)
        return since is not None and self._now() - since >= _NOTICED_AFTER

    def ready_ends(self, service: Service, port: ServicePort) -> list[tuple[str, int]]:
        """Return the ready endpoints of a Service's port, as address and number, in order."""
        return sorted(
            (text(address), int(number["port"]))
            for item, entry in self._ready(service)
            for number in item.ports
            if text(number.get("name")) == port.name and isinstance(number.get("port"), int)
            for address in sequence(entry.get("addresses"))[:1]
        )

    def _ready(self, service: Service) -> Iterator[tuple[EndpointSlice, dict[str, object]]]:
        for item in self.zone.slices_of.get((service.namespace, service.name), ()):
            for entry in item.endpoints:
                if mapping(entry.get("conditions")).get("ready") is not False:
                    yield item, entry


def external_ips(service: Service) -> tuple[str, ...]:
    """Return `spec.externalIPs`: addresses that the network outside leads to the Nodes.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
    """
    return tuple(text(ip) for ip in sequence(service.spec.get("externalIPs")))


def lets_in(service: Service, source: str) -> bool:
    """Whether `loadBalancerSourceRanges` has a sender in it; where there are none, every sender is let in.

    >>> web = Service({"metadata": {"name": "web"}, "spec": {"loadBalancerSourceRanges": ["203.0.113.0/24"]}})
    >>> lets_in(web, "203.0.113.9"), lets_in(web, "198.18.0.1")
    (True, False)

    Source of the rule: `Service.spec.loadBalancerSourceRanges`.
    """
    ranges = [text(cidr).strip() for cidr in sequence(service.spec.get("loadBalancerSourceRanges"))]
    ranges = [cidr for cidr in ranges if ":" not in cidr]
    return not ranges or any(IPv4Address(source) in IPv4Network(cidr, strict=False) for cidr in ranges)


def hands_on_as_it_is(service: Service, ip: str) -> bool:
    """Whether a balancer leaves the destination as it is (`ipMode: VIP`, the default).

    Args:
        ip: One of the addresses in the Service's `status.loadBalancer.ingress`.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-ip-mode
    """
    entries = mappings(mapping(service.status.get("loadBalancer")).get("ingress"))
    return any(entry.get("ip") == ip and entry.get("ipMode", "VIP") == "VIP" for entry in entries)


def port_text(port: ServicePort) -> str:
    """Return a port with its name, as messages have it.

    >>> port_text(ServicePort(name="http", port=80, target_port=8080, protocol="TCP", node_port=None))
    '80 (http)'
    >>> port_text(ServicePort(name="", port=53, target_port=53, protocol="UDP", node_port=None))
    '53/UDP'
    """
    number = str(port.port) if port.protocol == "TCP" else f"{port.port}/{port.protocol}"
    return _("{words} ({note})", words=number, note=port.name) if port.name else number


def _of_kind(objects: Iterable[KubeObject], kind: type[_Kind]) -> tuple[_Kind, ...]:
    return tuple(obj for obj in objects if isinstance(obj, kind))


def _within(ip: str, cidr: str) -> bool:
    try:
        return bool(cidr) and IPv4Address(ip) in IPv4Network(cidr, strict=False)
    except ValueError:
        return False  # a dump may hold a range of IPv6


# ---- what a dump leaves out


def _named_by(pods: Iterable[Pod], known: set[str]) -> Iterator[Node]:
    """Yield the Nodes that Pods name and a dump leaves out (`kubectl get all` does), with the address that they tell."""
    ips: dict[str, str] = {}
    for pod in pods:
        if pod.node_name and pod.node_name not in known:
            host_ip = text(pod.status.get("hostIP")) or (pod.ip if pod.host_network else "")
            ips[pod.node_name] = ips.get(pod.node_name) or host_ip
    for name, ip in sorted(ips.items()):
        addresses = [{"type": "InternalIP", "address": ip}] if ip else []
        ready = {"type": "Ready", "status": "True"}
        yield Node(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name},
                "status": {"addresses": addresses, "conditions": [ready]},
            }
        )


def _worked_out(index: EndpointIndex, services: Iterable[Service]) -> Iterator[EndpointSlice]:
    """Yield the slices that a dump leaves out: of each Service one for the Pods that have the same ports."""
    for service in services:
        behind = index.of(service)
        by_ports: dict[tuple[EndpointPort, ...], list[dict[str, Any]]] = {}
        for ready, items in ((True, behind.ready), (False, behind.not_ready)):
            for item in items:
                by_ports.setdefault(item.ports, []).append(_entry(item, ready=ready))
        for ports, entries in by_ports.items():
            yield _slice(service, ports, entries)


def _entry(item: Endpoint, *, ready: bool) -> dict[str, Any]:
    pod = item.pod
    conditions = {
        "ready": ready,
        "serving": ready or (pod is not None and pod.ready),
        "terminating": pod is not None and pod.terminating,
    }
    node = {"nodeName": pod.node_name} if pod else {}
    return {"addresses": [item.address], "conditions": conditions, **node}


def _slice(service: Service, ports: tuple[EndpointPort, ...], entries: list[dict[str, Any]]) -> EndpointSlice:
    return EndpointSlice(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "namespace": service.namespace,
                "labels": {"kubernetes.io/service-name": service.name},
            },
            "addressType": "IPv4",
            "endpoints": entries,
            "ports": [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in ports],
        }
    )
