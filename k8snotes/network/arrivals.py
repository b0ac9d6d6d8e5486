"""Where a packet's way may end: at a port of a Pod, at a Node itself, at a machine that is no part of the cluster."""

from __future__ import annotations

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.network import reasons
from k8snotes.network.walk import End, Walk

__all__ = ["Arrivals"]

# what listens on every Node itself
_OWN_PORTS = {("TCP", 10250): "the kubelet", ("TCP", 10256): "kube-proxy (asked whether it is well)"}


class Arrivals(Walk):
    """The last part of a packet's way."""

    def deliver(self, pod: Pod, *, veth: bool = True) -> End:
        """Come to a port of a Pod."""
        self.client = self.source
        place = f"{pod.ref} on {pod.node_name}"
        by = " by its eth0" if veth else ""
        if self.port is None:
            return self.end(
                "reply", f"{pod.ref} answers the ping itself", kind="container", place=place, server=pod
            )
        ear = self.around.ears.hear(pod, self.port, self.protocol, self.ground.sent_to.get(pod.ip, {}))
        if not ear.listens:
            reason, hint = reasons.not_listening(pod, self.port, self.protocol, ear)
            return self.end("refused", reason, hint, kind="container", place=place)
        reason = f"{pod.ref} answers: its container {ear.container} listens on port {self.port} ({ear.why})"
        what = f"comes in{by} and reaches container {ear.container}, which listens on port {self.port} ({ear.why})"
        return self.end("connected", reason, kind="container", place=place, what=what, server=pod)

    def to_own_port(self, node: Node) -> End:
        """Come to a port of the Node itself."""
        self.client = self.source
        if self.port is None:
            return self.end("reply", f"{node.name} answers the ping itself", kind="machine", place=node.name)
        for pod in self.ground.on_host.get(node.name, ()):
            ear = self.around.ears.hear(pod, self.port, self.protocol, self.ground.sent_to.get(pod.ip, {}))
            if ear.listens:
                reason = f"{pod.ref} answers: it is on the network of its Node (hostNetwork) and listens on port {self.port}"
                return self.end(
                    "connected", reason, kind="container", place=f"{pod.ref} on {node.name}", server=pod
                )
        listener = _OWN_PORTS.get((self.protocol, self.port)) or self._health_check()
        if listener:
            return self.end(
                "connected", f"{listener} of {node.name} answers", kind="machine", place=node.name
            )
        reason, hint = reasons.closed_on_node(self.ground, node, self.ip, self.port, self.protocol)
        return self.end("refused", reason, hint, kind="machine", place=node.name, node=node.name)

    def _health_check(self) -> str:
        """Say who listens at a `healthCheckNodePort`: kube-proxy, where a balancer has to find a Node with Pods."""
        for service in self.ground.services:
            asked = service.spec.get("healthCheckNodePort")
            local = service.type == "LoadBalancer" and service.spec.get("externalTrafficPolicy") == "Local"
            if local and asked == self.port and self.protocol == "TCP":
                return f"kube-proxy (the health check of {service.ref})"
        return ""

    def at_a_stranger(self) -> End:
        """Come to a machine that is no Node."""
        self.client = self.source
        if self.ip == API_SERVER_IP:
            if self.port == 6443 and self.protocol == "TCP":
                return self.end("connected", "kube-apiserver answers", kind="machine", place="Master")
            if self.port is None:
                return self.end("reply", "the Master answers the ping itself", kind="machine", place="Master")
            return self.end(
                "refused",
                f"nothing on the Master listens on port {self.port}",
                kind="machine",
                place="Master",
            )
        service = self.ground.sent_to.get(self.ip, {}).get((self.protocol, self.port or 0))
        if service:
            reason = (
                f"{self.ip} is no Pod: it was written by hand as an endpoint of Service {service}, "
                "so it is taken to be there and to listen"
            )
            return self.end("connected", reason, kind="machine", place=f"a machine at {self.ip}")
        known = (
            "no address of this cluster"
            if self.ground.service_range
            else "no address that this dump tells of"
        )
        reason = f"{self.ip} is {known}: what stands there, and whether it answers, is not known here"
        return self.end("leaves", reason, kind="network", place="the network beyond the Nodes")
