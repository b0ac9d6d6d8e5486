"""Why a packet came to its end, in words, with what its sender probably meant.

Where a function returns two texts, the first is the reason and the second a hint: what to do, or "".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from k8snotes.api.base import sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _, named, ngettext, sentences
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.network.dns import DOMAIN
from k8snotes.network.policy import Verdict
from k8snotes.network.state import NetworkState, port_text
from k8snotes.node.addresses import node_ip
from k8snotes.node.decision import Backend, Decision
from k8snotes.node.programs import Listener

__all__ = [
    "chosen",
    "chosen_in_plain",
    "closed_on_node",
    "denied",
    "lost",
    "no_port_of_that_name",
    "no_probe",
    "no_such_port",
    "not_listening",
    "not_told",
    "not_translated",
    "source_ranges",
    "stopped",
]


_NO_PING = _("Call a Service at one of its ports instead of sending a ping.")


def chosen(service: Service | None, backend: Backend, of: int, *, again: bool) -> str:
    """Say how kube-proxy's rules chose an endpoint.

    Args:
        of: Among how many it was chosen.
        again: Whether it served this sender before (session affinity).
    """
    whose = service.ref if service else _("the Service")
    if again:
        return _(
            "the destination becomes {endpoint} (DNAT), the endpoint of {service} "
            "that served this sender before (sessionAffinity)",
            endpoint=backend.address,
            service=whose,
        )
    if of == 1:
        return _(
            "the destination becomes {address} (DNAT), the only endpoint of {service} that may be used here",
            address=backend.address,
            service=whose,
        )
    return ngettext(
        "the destination becomes {endpoint} (DNAT), one of {n} endpoints of {service}, chosen at random",
        "the destination becomes {endpoint} (DNAT), one of {n} endpoints of {service}, chosen at random",
        of,
        endpoint=backend.address,
        service=whose,
    )


def chosen_in_plain(service: Service | None, backend: Backend, of: int, *, again: bool) -> str:
    """Say which endpoint was chosen, without how: the arguments are those of `chosen`."""
    whose = service.ref if service else _("the Service")
    if again:
        return _(
            "{service} leads to {endpoint}, the endpoint that served this sender before",
            service=whose,
            endpoint=backend.address,
        )
    if of == 1:
        return _(
            "{service} leads to {address}, the only endpoint that may be used here",
            service=whose,
            address=backend.address,
        )
    return ngettext(
        "{service} leads to {endpoint}, one of {n} endpoints, chosen at random",
        "{service} leads to {endpoint}, one of {n} endpoints, chosen at random",
        of,
        service=whose,
        endpoint=backend.address,
    )


def stopped(
    service: Service | None,
    decision: Decision,
    node: str,
    standing: Callable[[Service], str],
    *,
    ip: str,
    port: int | None,
    protocol: str,
) -> tuple[str, str]:
    """Say why a rule refused or dropped a packet, and what to do.

    Args:
        service: The Service whose address the packet has, None if that is no Service's.
        standing: Says which Pods a Service selects, and why none of them is ready.
        ip: The address that the packet was sent to.
        port: Its port, None for a ping.
        protocol: Its protocol.
    """
    cause = decision.cause
    if cause == "loopback":
        return _(
            "{node} drops what other machines send to its own loopback addresses (127.0.0.0/8)", node=node
        ), ""
    if cause == "unassigned":
        return _(
            "{ip} is in the range of Cluster IPs, but no Service has it, so kube-proxy drops the packet",
            ip=ip,
        ), ""
    if cause == "wrong-port" and port is None:
        reason = _(
            "{ip} is a Cluster IP, which no machine has. kube-proxy in nftables mode refuses what is sent to no port "
            "of its Service, and so also a ping",
            ip=ip,
        )
        return reason, _NO_PING
    if cause == "wrong-port" and service is not None:
        reason = ngettext(
            "{ip} is the Cluster IP of {service}, which has only port {ports}. kube-proxy in nftables mode refuses "
            "what is sent to another port",
            "{ip} is the Cluster IP of {service}, which has the ports {ports}. kube-proxy in nftables mode refuses "
            "what is sent to another port",
            len(service.ports),
            ip=ip,
            service=service.ref,
            ports=named(map(port_text, service.ports)),
        )
        return reason, _meant(service, port or 0, protocol)
    if service is None:
        rule = decision.steps[-1].text
        return _("this rule of kube-proxy stops the packet: {rule}", rule=rule), ""
    if cause == "source-ranges":
        return _(
            "the sender is in none of loadBalancerSourceRanges ({ranges}) of {service}, "
            "so kube-proxy drops the packet",
            ranges=source_ranges(service),
            service=service.ref,
        ), ""
    if cause == "no-endpoints":
        return (
            _(
                "kube-proxy refuses the packet, because {service} has no endpoints: {standing}",
                service=service.ref,
                standing=standing(service),
            ),
            _(
                'c.endpoints("{service}") says of each Pod why it is an endpoint or not.',
                service=_ref(service),
            ),
        )
    policy = "externalTrafficPolicy" if decision.external else "internalTrafficPolicy"
    reason = _(
        "{policy}: Local lets {node} use only its own Pods, and {node} has no endpoint of {service}. "
        "kube-proxy drops the packet, so the sender gets no answer",
        policy=policy,
        node=node,
        service=service.ref,
    )
    if decision.external:
        hint = _("Call a Node that runs such a Pod, or set externalTrafficPolicy: Cluster.")
    else:
        hint = _("Call from a Node that runs such a Pod, or set internalTrafficPolicy: Cluster.")
    return reason, hint


def denied(verdict: Verdict, called: int | None, port: int | None) -> str:
    """Say what to change where NetworkPolicies stop a packet; "" where only the writer of the policies knows.

    Args:
        verdict: what the policies made of it.
        called: the port that the sender called, a Service's perhaps.
        port: the port of the Pod, to which the packet goes.
    """
    rule, policy = verdict.rule, verdict.policy
    if rule is None or policy is None or [miss.code for miss in verdict.misses] != ["port"]:
        return ""
    if called != port and any(item.port == called for item in rule.ports):
        return _(
            "A policy sees the port of the Pod ({port}), not the port of the Service ({called}). "
            "Write port: {port} in {policy}.",
            port=port,
            called=called,
            policy=policy.name,
        )
    return ""


def source_ranges(service: Service) -> str:
    """Return `loadBalancerSourceRanges` as a list in words."""
    return ", ".join(map(str, sequence(service.spec.get("loadBalancerSourceRanges"))))


def not_told(service: Service) -> tuple[str, str]:
    """Say that a dump leaves out where a Service without selector leads.

    Returns the reason, and how to get the EndpointSlices that are missing.
    """
    if _ref(service) == "svc/kubernetes":
        reason = _(
            "{service} has no selector, and the dump has none of its EndpointSlices, so where it leads "
            "is not known here (in a cluster it leads to kube-apiserver)",
            service=service.ref,
        )
    else:
        reason = _(
            "{service} has no selector, and the dump has none of its EndpointSlices, so where it leads "
            "is not known here",
            service=service.ref,
        )
    return reason, _("Add the EndpointSlices to the dump: kubectl get endpointslices -A -o yaml.")


def no_port_of_that_name(state: NetworkState, service: Service, port: int | None, protocol: str) -> str:
    """Say that nothing behind a Service has the port that one of its ports needs, "" if it is not that.

    For Pods that is a container port that the `targetPort` names; for addresses that were written into EndpointSlices,
    a port of the same name.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
    """
    own = next((p for p in service.ports if port in (p.port, p.node_port) and p.protocol == protocol), None)
    slices = state.zone.slices_of.get((service.namespace, service.name), ())
    if own is None or not any(item.endpoints for item in slices):
        return ""
    if any(
        (text(there.get("name")), text(there.get("protocol")) or "TCP") == (own.name, own.protocol)
        for item in slices
        for there in item.ports
    ):
        return ""
    if not service.selector:
        return _(
            "kube-proxy refuses the packet, because {service} has no endpoints for its port {port}: "
            'kube-proxy joins ports by name, and none of its EndpointSlices has a port named "{name}"',
            service=service.ref,
            port=port_text(own),
            name=own.name,
        )
    if isinstance(own.target_port, int):
        return ""
    return _(
        "kube-proxy refuses the packet, because {service} has no endpoints for its port {port}: "
        'none of its Pods has a container port named "{name}"',
        service=service.ref,
        port=port_text(own),
        name=own.target_port,
    )


def not_translated(
    state: NetworkState, names: Sequence[str], pod: Pod, port: int, protocol: str
) -> tuple[str, str]:
    """Say that a headless Service does not translate the port that was called, and what to call; ("", "") if not so.

    Args:
        state: the network.
        names: the names that DNS was asked for; the last one has the answer.
        pod: the Pod whose address DNS gave.
        port: the port that was called.
        protocol: its protocol.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
    """
    asked = f".{names[-1]}" if names else ""
    for service in state.services:
        if not service.headless or not asked.endswith(f".{service.name}.{service.namespace}.svc.{DOMAIN}"):
            continue
        own = next((item for item in service.ports if (item.port, item.protocol) == (port, protocol)), None)
        target = target_of(own, pod) if own else None
        if target in (None, port):
            continue
        reason = _(
            "{service} is headless, so port {port} is not translated to {target}, "
            "and no container of {pod} listens on port {port}",
            service=service.ref,
            port=_port(port, protocol),
            target=target,
            pod=pod.ref,
        )
        return reason, _("Call port {target}.", target=target)
    return "", ""


def not_listening(pod: Pod, port: int, protocol: str, listener: Listener) -> str:
    """Say why a Pod refuses."""
    return _(
        "no container of {pod} listens on port {port}: {why}",
        pod=pod.ref,
        port=_port(port, protocol),
        why=listener.why,
    )


def no_probe(pod: Pod) -> str:
    """Say why a Pod that refuses gets traffic all the same: no readiness probe has asked it; "" if one has.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes
    """
    if not pod.ready or pod.has_readiness_probe:
        return ""
    return _(
        "{pod} has no readiness probe, so it counts as ready as soon as its containers run, and its Services "
        "send it traffic. A readinessProbe would keep the traffic away.",
        pod=pod.ref,
    )


def closed_on_node(state: NetworkState, node: Node, ip: str, port: int, protocol: str) -> tuple[str, str]:
    """Say why a Node refuses: no Service has this node port, and no program of its own listens there.

    The hint names what the number probably is: a Service's port or targetPort, or the nearest node port.

    Args:
        ip: The address of the Node that was called; one of 127.0.0.0/8 is the Node itself.
    """
    called = _port(port, protocol)
    there = state.at_node_port.get((port, protocol))
    if there is not None and state.proxy == "nftables":
        reason = _(
            "{port} is the node port of {service}, but kube-proxy in nftables mode takes node ports only at the "
            "primary address of {node}, not at {ip}",
            port=called,
            service=there[0].ref,
            node=node.name,
            ip=ip,
        )
        return reason, _("Call {address}.", address=f"{node_ip(node)}:{port}")
    if ip.startswith("127."):
        reason = _("no program on {node} itself listens on port {port}", node=node.name, port=called)
    else:
        reason = _(
            "no Service has node port {port}, and no known program on {node} itself listens there",
            node=node.name,
            port=called,
        )
    return reason, _near_node_port(state, port, protocol)


def _near_node_port(state: NetworkState, port: int, protocol: str) -> str:
    """Say which port was probably meant at a Node, "" where none is near."""
    for (number, other), (service, own) in state.at_node_port.items():
        if number == port and other != protocol:
            return _(
                "{service} has node port {port} for {protocol}.",
                service=service.ref,
                port=port,
                protocol=other,
            )
        if port == own.port:
            return _(
                "Port {port} belongs to the Cluster IP of {service}. Its node port is {node_port}.",
                port=port,
                service=service.ref,
                node_port=number,
            )
        if port == own.target_port:
            return _(
                "Port {port} belongs to the Pods of {service} (targetPort). Its node port is {node_port}.",
                port=port,
                service=service.ref,
                node_port=number,
            )
    near = min(state.at_node_port, key=lambda key: (abs(key[0] - port), key), default=None)
    if near is None or not 30000 <= port <= 32767:
        return ""
    return _(
        "The nearest node port is {node_port}, of {service}.",
        node_port=_port(*near),
        service=state.at_node_port[near][0].ref,
    )


def no_such_port(service: Service, ip: str, port: int | None, protocol: str) -> str:
    """Say that an address before the Nodes has other ports; `port` is None for a ping."""
    if port is None:
        return _(
            "{ip} is an address outside the Nodes, and kube-proxy has no rules for pings, "
            "so no machine of the cluster answers (a load balancer may)",
            ip=ip,
        )
    ports = named(map(port_text, service.ports))
    if not ports:
        return _("{service} has no ports at {ip}", service=service.ref, ip=ip)
    return ngettext(
        "{service} has no port {port} at {ip}, only port {ports}",
        "{service} has no port {port} at {ip}, only the ports {ports}",
        len(service.ports),
        service=service.ref,
        port=_port(port, protocol),
        ip=ip,
        ports=ports,
    )


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
        if node is None:
            return _pod_ip_from_outside(state, ip)
        ended = next((item for item in state.pods if item.ip == ip), None)
        if ended is None:
            return _("{ip} belongs to the Pod network, but no Pod has it", ip=ip), ""
        return _(
            "{ip} belongs to the Pod network, but no Pod has it now: {pod} had it, and has ended ({phase})",
            ip=ip,
            pod=ended.ref,
            phase=ended.phase,
        ), ""
    if state.is_node_network(ip) and not state.whose(ip):
        return _(
            "{ip} belongs to the Node network, but no machine with this address is known here", ip=ip
        ), ""
    return None


def _pod_ip_from_outside(state: NetworkState, ip: str) -> tuple[str, str]:
    pod = state.pod_at.get(ip)
    if pod is None:
        return _(
            "{ip} belongs to the Pod network, and no route leads there from outside the cluster", ip=ip
        ), ""
    reason = _(
        "{ip} is the Pod IP of {pod}, and no route leads there from outside the cluster", ip=ip, pod=pod.ref
    )
    return reason, _way_in(state, pod)


def _at_cluster_ip(
    state: NetworkState, node: Node | None, ip: str, port: int | None, protocol: str
) -> tuple[str, str]:
    service = state.at_cluster_ip.get(ip)
    if node is None:
        what = (
            _("{ip} is the Cluster IP of {service}.", ip=ip, service=service.ref)
            if service
            else _("{ip} is a Cluster IP.", ip=ip)
        )
        why = _(
            "Only the rules on the Nodes know Cluster IPs, and no route from outside the cluster leads to them"
        )
        return sentences(what, why), _from_outside(state, service) if service else ""
    if port is None:
        reason = _(
            "{ip} is a Cluster IP, which no machine has, and kube-proxy's rules are only about ports. "
            "So no machine answers a ping (kube-proxy in nftables mode would refuse it)",
            ip=ip,
        )
        return reason, _NO_PING
    if service is None:
        if ip == state.dns_ip:
            return _("{ip} is the address of cluster DNS, which answers only on port 53", ip=ip), ""
        return _(
            "{ip} is in the range of Cluster IPs, but no Service has it, so no rule and no machine takes the packet",
            ip=ip,
        ), ""
    reason = ngettext(
        "{ip} is the Cluster IP of {service}, which has only port {ports}. kube-proxy has no rule for port {port}, "
        "and no machine has the address, so the packet is lost (kube-proxy in nftables mode would refuse it)",
        "{ip} is the Cluster IP of {service}, which has the ports {ports}. kube-proxy has no rule for port {port}, "
        "and no machine has the address, so the packet is lost (kube-proxy in nftables mode would refuse it)",
        len(service.ports),
        ip=ip,
        service=service.ref,
        ports=named(map(port_text, service.ports)),
        port=_port(port, protocol),
    )
    return reason, _meant(service, port, protocol)


def _meant(service: Service, port: int, protocol: str) -> str:
    """Say which port was probably meant at a Cluster IP, "" where none is near."""
    for item in service.ports:
        if item.port == port and item.protocol != protocol:
            return _(
                '{service} has port {port} for {protocol}. Write protocol="{protocol}".',
                service=service.ref,
                port=port,
                protocol=item.protocol,
            )
        if item.node_port == port:
            return _(
                "Port {port} is its node port, at the addresses of the Nodes. At the Cluster IP the port is {own}.",
                port=port,
                own=item.port,
            )
        if item.target_port == port:
            return _(
                "Port {port} is its targetPort, at the Pods. At the Cluster IP the port is {own}.",
                port=port,
                own=item.port,
            )
    return ""


def _from_outside(state: NetworkState, service: Service) -> str:
    """Say how a Service is called from outside the cluster."""
    if _ref(service) == "svc/kubernetes":
        return _(
            "From outside, call the API server at its own address, {address}.",
            address=f"{API_SERVER_IP}:6443",
        )
    if service.load_balancer_ips:
        address = f"{service.load_balancer_ips[0]}:{service.ports[0].port}"
        return _(
            "From outside, call {service} at its load balancer, {address}.",
            service=service.ref,
            address=address,
        )
    node_port = next((port.node_port for port in service.ports if port.node_port), None)
    if node_port and state.nodes and service.type != "ClusterIP":
        return _(
            "From outside, call {service} at its node port on any Node, such as {address}.",
            service=service.ref,
            address=f"{node_ip(state.nodes[0])}:{node_port}",
        )
    return _(
        "Set type: NodePort or type: LoadBalancer in {service} to make it reachable from outside.",
        service=service.ref,
    )


def _way_in(state: NetworkState, pod: Pod) -> str:
    """Say how a Pod is reached from outside the cluster."""
    for service in state.services:
        if (
            service.namespace == pod.namespace
            and service.selector
            and service.selector.items() <= pod.labels.items()
        ):
            return _from_outside(state, service)
    return _("A Service of type NodePort or LoadBalancer makes this Pod reachable from outside.")


def _ref(service: Service) -> str:
    return service.ref.replace("service/", "svc/")


def _port(port: int, protocol: str) -> str:
    """Return a port as messages have it: its protocol is named where it is not TCP."""
    return str(port) if protocol == "TCP" else f"{port}/{protocol}"
