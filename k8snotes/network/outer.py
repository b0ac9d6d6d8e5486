"""What stands before the Nodes: a load balancer, and whoever leads an external IP to them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.network import reasons
from k8snotes.network.arrivals import Arrivals
from k8snotes.network.ground import external_ips, node_ip, ready_ends
from k8snotes.network.walk import End

__all__ = ["Outer"]


class Outer(Arrivals, ABC):
    """The part of a packet's way that lies before the Nodes."""

    @abstractmethod
    def at_node(self, node: Node, origin: str) -> End:
        """Come to a Node; who follows packets over Nodes says how."""

    def from_balancer(self, service: Service) -> End:
        """Come to a load balancer (or to an external IP), which chooses a Node."""
        is_balancer = self.ip in service.load_balancer_ips
        place = f"load balancer of {service.ref}" if is_balancer else f"external IP of {service.ref}"
        if self.ip in self.outer:
            reason = (
                f"no rule of kube-proxy speaks of {self.destination()}: the Node sends the packet back to where it "
                "came from, round and round, until it is thrown away"
            )
            return self.end("timeout", reason, kind="network", place="the network beyond the Nodes")
        self.outer.add(self.ip)
        port = next((p for p in service.ports if (p.port, p.protocol) == (self.port, self.protocol)), None)
        if port is None:
            reason = reasons.no_such_port(service, self.ip, self.port, self.protocol)
            return self.end("timeout", reason, kind="balancer", place=place)
        if not is_balancer:
            return self._at_external_ip(service, place)
        vip = reasons.is_vip(service, self.ip)
        if not vip and not reasons.let_in(service, self.source):
            ranges = ", ".join(map(str, service.spec.get("loadBalancerSourceRanges") or ()))
            reason = (
                f"the sender is in none of loadBalancerSourceRanges ({ranges}): a provider that knows the field "
                "lets nobody else through its balancer"
            )
            return self.end("timeout", reason, kind="balancer", place=place)
        if not vip and not port.node_port:
            return self._straight_to_a_pod(service, port, place)
        healthy = [
            node for node, ok in self.ground.balanced(service) if ok and node.name not in self.around.silent
        ]
        if not healthy:
            reason = f"no Node passes the health check of the load balancer: {self.around.why(service)}"
            return self.end("timeout", reason, kind="balancer", place=place)
        node = healthy[self.dice.throw([1.0] * len(healthy))]
        of = (
            f"one of {len(healthy)} Nodes that pass its health check"
            if len(healthy) > 1
            else "the only Node that passes its health check"
        )
        if vip:
            self.hop("balancer", place, f"hands it to {node.name}, {of}, as it is")
        else:
            what = (
                f"sends it to {node.name}, {of}, at node port {port.node_port}; the sender's address stays "
                "(many balancers put their own there)"
            )
            self.hop("balancer", place, what, ip=node_ip(node), port=port.node_port)
        return self.at_node(node, "outside")

    def _straight_to_a_pod(self, service: Service, port: ServicePort, place: str) -> End:
        """Send to a Pod IP: without a node port no other way is left (`allocateLoadBalancerNodePorts: false`)."""
        ends = ready_ends(self.ground, service, port)
        if not ends:
            reason = f"the load balancer has nobody to send to: {self.around.why(service)}"
            return self.end("timeout", reason, kind="balancer", place=place)
        ip, number = ends[self.dice.throw([1.0] * len(ends))]
        self.assumed.append(
            f"{service.ref} has no node port for {port.port}: its balancer is taken to know a way to the Pod network."
        )
        of = f"one of {len(ends)} endpoints" if len(ends) > 1 else "the only endpoint"
        self.hop(
            "balancer",
            place,
            f"sends it straight to a Pod IP, {of}: there is no node port",
            ip=ip,
            port=number,
        )
        pod = self.ground.pod_at.get(ip)
        if pod is None:
            return self.at_a_stranger()
        if pod.node_name in self.around.silent:
            reason = f"{pod.node_name} has lost its power, and {pod.ref} with it"
            return self.end("timeout", reason, kind="machine", place=pod.node_name)
        return self.deliver(pod)

    def _at_external_ip(self, service: Service, place: str) -> End:
        nodes = [node for node in self.ground.nodes if node.name not in self.around.silent]
        if not nodes or self.ip not in external_ips(service):
            return self.end(
                "timeout", f"no Node is there to take what comes for {self.ip}", kind="network", place=place
            )
        what = f"leads to {nodes[0].name}: somebody outside Kubernetes must see to that, which is taken for granted"
        self.hop("network", place, what)
        return self.at_node(nodes[0], "outside")
