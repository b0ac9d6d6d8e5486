"""The way in from outside: a load balancer, the port on every Node, and the Pods that each Node's rules lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.catalogue import _, named
from k8snotes.errors import NotFoundError
from k8snotes.network.sender import OUTSIDE_IP
from k8snotes.network.state import NetworkState, hands_on_as_it_is, port_text
from k8snotes.node.addresses import node_ip

__all__ = ["Behind", "Door", "WayIn", "way_in"]


_NO_POWER = _("its power has failed")
_DROPPED = _("it has no such Pod, so its rules drop the packet")
_REFUSED = _("no Pod serves, so its rules refuse the packet")
_EXCLUDED = _("a label excludes it from load balancers")
_NO_POD = _("no ready Pod of the Service runs on it")
_NOT_READY = _("it is not Ready")


class Behind(NamedTuple):
    """An endpoint that a Node may send to.

    Args:
        ref: the reference of its Pod, "" for an address that a user wrote.
        name: the name of the Pod, else the address.
        namespace: the Namespace of the Pod.
        workload: the workload that made the Pod ("Deployment/web"), "" if none did.
        node: the Node of the Pod.
        address: its address and port: "10.244.1.2:8080".
        share: the share of new connections that it gets, from 0 to 1.
    """

    ref: str
    name: str
    namespace: str
    workload: str
    node: str
    address: str
    share: float


class Door(NamedTuple):
    """A Node, as a client outside meets it at the Service's port.

    Args:
        node: its name.
        ip: its Node IP.
        outcome: "open", "refused" or "timeout".
        behind: the endpoints that its rules choose from.
        passes: whether a load balancer sends anything there.
        why: why the Node is not open, or is passed over; "" if neither.
    """

    node: str
    ip: str
    outcome: str
    behind: tuple[Behind, ...]
    passes: bool
    why: str = ""


class WayIn(NamedTuple):
    """How a port of a Service is reached from outside the cluster.

    Args:
        ref: the reference of the Service: "service/web".
        name: its name.
        type: ClusterIP, NodePort, LoadBalancer or ExternalName.
        port: the port number of the Service.
        protocol: TCP, UDP or SCTP.
        node_port: the port number on every Node, 0 if there is none.
        policy: `externalTrafficPolicy`: Cluster or Local.
        balancers: the addresses of its load balancer.
        pending: whether it waits for such an address.
        as_it_is: whether the load balancer sends packets on unchanged (`ipMode: VIP`) and not to the node port.
        doors: the Nodes with what their rules do.
        standing: which Pods the Service selects, and why none of them serves, in words.
        straight: the endpoints that a balancer sends to where there is no node port.
    """

    ref: str
    name: str
    type: str
    port: int
    protocol: str
    node_port: int
    policy: str
    balancers: tuple[str, ...]
    pending: bool
    as_it_is: bool
    doors: tuple[Door, ...]
    standing: str
    straight: tuple[Behind, ...] = ()

    @property
    def open(self) -> bool:
        """Whether anything leads in at all."""
        return bool(self.node_port or self.balancers)


def way_in(
    network: NetworkState,
    service: Service,
    port: int | None = None,
    *,
    made_by: Callable[[Pod], str] = lambda _pod: "",
) -> WayIn:
    """Say how a Service is reached from outside, by the rules of each Node; `port` is its first by default.

    `made_by` says which workload a Pod is of.
    Raises NotFoundError for a port that it has not.
    """
    found = _port(service, port)
    balancers = service.load_balancer_ips if service.type == "LoadBalancer" else ()
    node_port = (found.node_port or 0) if service.type in ("NodePort", "LoadBalancer") else 0
    vip = bool(balancers) and hands_on_as_it_is(service, balancers[0])
    passing = {node.name for node, ok in network.balanced(service) if ok}
    known = {node.name for node, _passes in network.balanced(service)}

    def door(node: Node) -> Door:
        # a packet that the load balancer sends on unchanged still has the balancer's address at the Node
        ip, number = (balancers[0], found.port) if vip else (node_ip(node), node_port)
        passes = node.name in passing
        if node.name in network.silent:
            return Door(node.name, node_ip(node), "timeout", (), passes=passes, why=_NO_POWER)
        there = network.rules_of(node.name).decide(
            ip, number, found.protocol, origin="outside", source=OUTSIDE_IP
        )
        behind = tuple(
            _behind(network, made_by, end.ip, end.address, end.probability) for end in there.backends
        )
        outcome = {"dnat": "open", "reject": "refused"}.get(there.outcome, "timeout")
        return Door(
            node.name, node_ip(node), outcome, behind, passes, _why(node, outcome, passes, node.name in known)
        )

    def straight() -> Iterator[Behind]:
        ends = network.ready_ends(service, found)
        for ip, number in ends:
            yield _behind(network, made_by, ip, f"{ip}:{number}", 1 / len(ends))

    return WayIn(
        ref=service.ref,
        name=service.name,
        type=service.type,
        port=found.port,
        protocol=found.protocol,
        node_port=node_port,
        policy=str(service.spec.get("externalTrafficPolicy") or "Cluster"),
        balancers=balancers,
        pending=service.type == "LoadBalancer" and not balancers,
        as_it_is=vip,
        doors=tuple(door(node) for node in network.nodes if node_ip(node)) if node_port or vip else (),
        straight=tuple(straight()) if balancers and not node_port and not vip else (),
        standing=network.standing(service),
    )


def _port(service: Service, wanted: int | None) -> ServicePort:
    if not service.ports:
        raise NotFoundError(_("{service} has no ports, so no client can reach it.", service=service.ref))
    if wanted is None:
        return service.ports[0]
    for port in service.ports:
        if port.port == wanted:
            return port
    raise NotFoundError(
        _(
            "{service} has no port {port}. It has {ports}.",
            service=service.ref,
            port=wanted,
            ports=named(port_text(port) for port in service.ports),
        )
    )


def _behind(
    network: NetworkState, made_by: Callable[[Pod], str], ip: str, address: str, share: float
) -> Behind:
    pod = network.pod_at.get(ip)
    if pod is None:
        return Behind("", address, "", "", "", address, share)
    return Behind(pod.ref, pod.name, pod.namespace, made_by(pod), pod.node_name, address, share)


def _why(node: Node, outcome: str, passes: bool, known: bool) -> str:
    if outcome == "timeout":
        return _DROPPED
    if outcome == "refused":
        return _REFUSED
    if not known:
        return _EXCLUDED
    if not passes:
        return _NO_POD if node.ready else _NOT_READY
    return ""
