"""Why a packet came to its end, in words, with what its sender probably meant.

Where a function returns two texts, the first is the reason and the second a hint: what to do, or "".
"""

from __future__ import annotations

from collections.abc import Callable

from k8snotes.api.base import mapping, sequence
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.network.listeners import Listener
from k8snotes.network.state import NetworkState, port_text
from k8snotes.node.addresses import node_ip
from k8snotes.node.iptables import Backend, Decision

__all__ = [
    "chosen",
    "closed_on_node",
    "lost",
    "no_port_of_that_name",
    "no_such_port",
    "not_listening",
    "not_told",
    "source_ranges",
    "stopped",
]

_IN_NFTABLES = "(kube-proxy in nftables mode would refuse it instead)"


def chosen(service: Service | None, backend: Backend, of: int, *, again: bool) -> str:
    """Say how kube-proxy's rules chose an endpoint.

    Args:
        of: Among how many it was chosen.
        again: Whether it served this sender before (session affinity).
    """
    whose = service.ref if service else "the Service"
    if again:
        how = f"the endpoint of {whose} that served this sender before (sessionAffinity)"
    elif of == 1:
        how = f"the only endpoint of {whose} that may be used here"
    else:
        how = f"one of {of} endpoints of {whose}, by chance"
    return f"the destination becomes {backend.address}: {how} (DNAT)"


def stopped(
    service: Service | None, decision: Decision, node: str, standing: Callable[[Service], str]
) -> tuple[str, str]:
    """Say why a rule refused or dropped a packet, and what to do.

    Args:
        service: The Service whose address the packet has, None if that is no Service's.
        standing: Says which Pods a Service selects, and why none of them serves.
    """
    last = decision.steps[-1]
    chain, comment = last.chain, last.rule.match.comment
    if chain == "KUBE-FIREWALL":
        return f"{node} drops what others send to its own loopback addresses (127.0.0.0/8)", ""
    if service is None:
        return f"a rule of kube-proxy says: {comment}", ""
    look = f'c.endpoints("{_ref(service)}") tells of each Pod why it is in or out.'
    if chain == "KUBE-PROXY-FIREWALL":
        ranges = source_ranges(service)
        return (
            f"the sender is in none of loadBalancerSourceRanges ({ranges}) of {service.ref}, so it is dropped",
            "",
        )
    if decision.outcome == "reject":
        return (
            f"{service.ref} has no endpoints, so kube-proxy refuses what comes for it: {standing(service)}",
            look,
        )
    external = chain == "KUBE-EXTERNAL-SERVICES"
    policy = "externalTrafficPolicy" if external else "internalTrafficPolicy"
    reason = (
        f"{policy}: Local lets {node} use its own Pods alone, and it has no endpoint of {service.ref}: "
        "the packet is dropped, and the sender hears nothing"
    )
    where = "Ask a Node that runs such a Pod" if external else "Call from a Node that runs such a Pod"
    return reason, f"{where}, or set {policy}: Cluster."


def source_ranges(service: Service) -> str:
    """Return `loadBalancerSourceRanges` as a list in words."""
    return ", ".join(map(str, sequence(service.spec.get("loadBalancerSourceRanges"))))


def not_told(service: Service) -> tuple[str, str]:
    """Say that a dump leaves out where a Service without selector leads.

    Returns the reason, and how to get the EndpointSlices that are missing.
    """
    usually = " (in a cluster it leads to kube-apiserver)" if _ref(service) == "svc/kubernetes" else ""
    return (
        f"{service.ref} has no selector, and the dump has none of its EndpointSlices: where it leads is not known here{usually}",
        "Put them into the dump: kubectl get endpointslices -A -o yaml.",
    )


def no_port_of_that_name(state: NetworkState, service: Service, port: int | None, protocol: str) -> str:
    """Say that no Pod behind a Service has the container port that this port's `targetPort` names, "" if it is not that.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
    """
    own = next((p for p in service.ports if port in (p.port, p.node_port) and p.protocol == protocol), None)
    slices = state.zone.slices_of.get((service.namespace, service.name), ())
    if own is None or isinstance(own.target_port, int) or not any(item.endpoints for item in slices):
        return ""
    if any(mapping(there).get("name", "") == own.name for item in slices for there in item.ports):
        return ""
    return (
        f"{service.ref} has no endpoints for its port {port_text(own)}, so kube-proxy refuses what comes for it: no Pod "
        f'behind it has a container port named "{own.target_port}"'
    )


def not_listening(pod: Pod, port: int, protocol: str, listener: Listener) -> str:
    """Say why a Pod refuses."""
    return f"nothing in {pod.ref} listens on port {port}{_unless_tcp(protocol)}: {listener.why}"


def closed_on_node(state: NetworkState, node: Node, ip: str, port: int, protocol: str) -> tuple[str, str]:
    """Say why a Node refuses: no Service has this node port, and no program of its own listens there.

    The hint names what the number probably is: a Service's port or targetPort, or the nearest node port.

    Args:
        ip: The address of the Node that was called; one of 127.0.0.0/8 is the Node itself.
    """
    reason = f"no Service has node port {port}{_unless_tcp(protocol)}, and nothing that is known here listens on {node.name} itself"
    if ip.startswith("127."):
        reason = f"nothing on {node.name} itself listens on port {port}{_unless_tcp(protocol)}"
    for (number, other), (service, own) in state.at_node_port.items():
        if number == port and other != protocol:
            return reason, f"{service.ref} has node port {port} for {other}."
        if port in (own.port, own.target_port):
            at = "at its Cluster IP" if port == own.port else "at its Pods (targetPort)"
            return reason, f"{port} is the port of {service.ref} {at}; its node port is {number}."
    near = sorted(state.at_node_port, key=lambda key: (abs(key[0] - port), key))[:1]
    if near and 30000 <= port <= 32767:
        number, other = near[0]
        return (
            reason,
            f"The nearest node port is {number}{_unless_tcp(other)}, of {state.at_node_port[near[0]][0].ref}.",
        )
    return reason, ""


def no_such_port(service: Service, ip: str, port: int | None, protocol: str) -> str:
    """Say that an address before the Nodes has other ports; `port` is None for a ping."""
    if port is None:
        return (
            f"{ip} is an address before the Nodes, and no rule of theirs speaks of pings: "
            "nobody in the cluster answers (what stands before it may)"
        )
    ports = ", ".join(map(port_text, service.ports))
    return f"{service.ref} has no port {port}{_unless_tcp(protocol)} at {ip}; it has {ports or 'none'}"


def lost(
    state: NetworkState, node: Node | None, ip: str, port: int | None, protocol: str
) -> tuple[str, str] | None:
    """Say why no machine answers at an address of the cluster; None for an address that is elsewhere.

    Args:
        node: The Node from which the packet would go on, None where it comes from outside.
        port: None for a ping.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
    """
    if state.is_service_ip(ip):
        return _at_cluster_ip(state, node, ip, port, protocol)
    if state.is_pod_ip(ip):
        pod = state.pod_at.get(ip)
        if node is None:
            whose = f"a Pod IP ({pod.ref})" if pod else "of the Pod network"
            return f"{ip} is {whose}: no way leads there from outside the cluster", _way_in(state, pod)
        ended = next((item for item in state.pods if item.ip == ip), None)
        whose = f": {ended.ref} had it, and has ended ({ended.phase})" if ended else ": no Pod has it"
        return f"{ip} is of the Pod network, but nobody is there{whose}", ""
    if state.is_node_network(ip) and not state.whose(ip):
        return f"{ip} is of the Node network, but no machine with this address is known here", ""
    return None


def _at_cluster_ip(
    state: NetworkState, node: Node | None, ip: str, port: int | None, protocol: str
) -> tuple[str, str]:
    service = state.at_cluster_ip.get(ip)
    if node is None:
        whose = f" of {service.ref}" if service else ""
        reason = (
            f"{ip} is a Cluster IP{whose}: it stands in the rules of the Nodes alone, "
            "and on the network outside no way leads there"
        )
        return reason, _from_outside(state, service)
    if port is None:
        reason = (
            f"{ip} is a Cluster IP: no machine has it, and kube-proxy's rules speak of ports alone, "
            "so nobody answers a ping (in nftables mode it would be told that it cannot get there)"
        )
        return reason, "A Service is asked at one of its ports, not by a ping."
    if service is None:
        if ip == state.dns_ip:
            return f"{ip} is the address of cluster DNS, which answers on port 53 alone", ""
        return (
            f"{ip} is of the range of Cluster IPs, but no Service has it: no rule, no machine, no answer",
            "",
        )
    ports = ", ".join(map(port_text, service.ports))
    reason = (
        f"{ip} is the Cluster IP of {service.ref}, which has port {ports}; no rule speaks of port {port}"
        f"{_unless_tcp(protocol)}, and no machine has the address, so the packet is lost {_IN_NFTABLES}"
    )
    return reason, _meant(service, port, protocol)


def _meant(service: Service, port: int, protocol: str) -> str:
    for item in service.ports:
        if item.port == port and item.protocol != protocol:
            return f'{service.ref} has port {port} for {item.protocol}: write protocol="{item.protocol}".'
        if item.node_port == port:
            return f"{port} is its node port, which the Nodes' addresses have; the Cluster IP has port {item.port}."
        if item.target_port == port:
            return (
                f"{port} is its targetPort, the port of the Pods; at the Cluster IP the port is {item.port}."
            )
    return ""


def _from_outside(state: NetworkState, service: Service | None) -> str:
    if service is None:
        return ""
    if _ref(service) == "svc/kubernetes":
        return f"From outside the API server is asked at its own address: {API_SERVER_IP}:6443."
    if service.load_balancer_ips:
        return f"From outside: {service.load_balancer_ips[0]}:{service.ports[0].port}, its load balancer."
    node_port = next((port.node_port for port in service.ports if port.node_port), None)
    if node_port and state.nodes and service.type != "ClusterIP":
        return f"From outside: {node_ip(state.nodes[0])}:{node_port}, its node port on any Node."
    return "type: NodePort or type: LoadBalancer would open a way in."


def _way_in(state: NetworkState, pod: Pod | None) -> str:
    if pod is None:
        return ""
    for service in state.services:
        if (
            service.namespace == pod.namespace
            and service.selector
            and service.selector.items() <= pod.labels.items()
        ):
            return _from_outside(state, service)
    return "A Service of type NodePort or LoadBalancer would open a way in."


def _ref(service: Service) -> str:
    return service.ref.replace("service/", "svc/")


def _unless_tcp(protocol: str) -> str:
    return "" if protocol == "TCP" else f"/{protocol}"
