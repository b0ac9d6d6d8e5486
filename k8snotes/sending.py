"""What is sent through a cluster: one packet traced, a ping, the rules of a Node, who listens, who balances."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from k8snotes.actions import provide_load_balancers
from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.errors import ClusterError, did_you_mean
from k8snotes.facts.node_rules import NodeRules, node_rules
from k8snotes.facts.tracing import ground_of, standing
from k8snotes.facts.way_in import way_in
from k8snotes.facts.workloads import Workloads
from k8snotes.network.ground import Ground
from k8snotes.network.packet import Trace
from k8snotes.network.sender import Sender
from k8snotes.network.targets import Target, is_address, protocol_named, target_of, whole_number
from k8snotes.network.trace import Surroundings, trace
from k8snotes.simulation import Simulation

if TYPE_CHECKING:
    from k8snotes.figures.figure import Figure
    from k8snotes.figures.rules import RulesFigure
    from k8snotes.figures.trace import TraceFigure
    from k8snotes.widgets.walker import Walker

__all__ = ["Sending"]


class Sending:
    """The half of a cluster that packets move through."""

    simulation: Simulation
    objects: Callable[..., list[KubeObject]]
    _ground: tuple[int, Ground, Surroundings] | None = None

    def trace(self, url: str, source: str = "outside", protocol: str = "TCP", times: int = 1) -> TraceFigure:
        """Follow one packet to `url`, hop by hop: where it is, its addresses, which rule acted, and how it ends.

        `url` is "http://web:8080", "web.shop:80" or "10.96.0.20:80"; `source` a Pod ("pod/client"), a Node
        ("node/node-1"), "outside", or an address. `protocol` is TCP, UDP or SCTP. With `times` the request is
        made so often, and `.spread` tells who answered how many. Returns a Figure: `.outcome` ("connected",
        "refused", "timeout", "unresolved", "leaves"), `.hops`, `.reason`, `.hint`, `.server` (the Pod that
        answered), `.server_ip`, `.client_seen`, `.spread`, `.table`. Raises AddressError for what is no URL,
        NotFoundError for a name or a source that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.trace("http://cache:6379", source="pod/mysql-0").outcome)
        connected

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
        """
        return self._figure(self._traced(target_of(url, protocol), source, times))

    def ping(self, host: str, source: str = "outside") -> TraceFigure:
        """Send a ping (ICMP echo): `.outcome` is "reply" or "no reply". A Cluster IP answers none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.ping(c["svc/cache"].cluster_ip, source="pod/mysql-0").outcome)
        no reply
        """
        return self._figure(self._traced(target_of(host, ping=True), source, 1))

    def walk(self, url: str, source: str = "outside", protocol: str = "TCP") -> Walker:
        """Return the walker: one packet's way, hop by hop, back and forth; URL, sender and protocol can be changed.

        `url`, `source` and `protocol` are those of `trace`; protocol "ICMP" is a ping. It asks this cluster
        each time that something else is to be sent. Raises what `trace` raises.

        >>> import k8snotes as kn
        >>> walker = kn.load("guestbook").walk("http://cache:6379", source="pod/mysql-0")
        >>> walker.next()
        >>> walker.at, walker.hop.place
        (2, 'pod/mysql-0')
        """
        from k8snotes.widgets.walker import Walker, sent  # noqa: PLC0415  # views come last

        first = sent(self, url, source, protocol)
        return Walker(self, first, asked=(url, source, protocol), whose=self._whose)

    def rules(self, node: str, service: str = "", *, unfold: bool = False) -> RulesFigure:
        """Show kube-proxy's rules on a Node: as a picture, as a table, and as `iptables-save` would print them.

        `node` is "node-1" or "node/node-1"; `service` ("svc/web") shows one Service alone, with its rules
        under the picture; `unfold` draws every Service and endpoint. Returns a Figure: `.table` has one row
        a rule, `.iptables_save` the whole text, `.lines` the rules that are shown, `.facts` all of it by
        Service. Raises NotFoundError for a Node or a Service that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.rules("node-1", "svc/cache").facts.ports[0].choosers[0].chosen[0].chance
        0.5

        Source of the rules: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
        """
        from k8snotes.figures.rules import rules_figure  # noqa: PLC0415  # views come last

        return rules_figure(self._rules(node, service), unfold=unfold)

    def listen(self, ref: str, port: int | None, protocol: str = "TCP") -> None:
        """Say what a Pod listens on: `port` and what was said before, no more what it declares; None: nothing.

        Without this a Pod is taken to listen on the ports that its containers declare; in a real cluster
        a declaration opens nothing, the program in the container does. A snapshot can be told as well: nothing
        that was found in it changes. Raises NotFoundError, AddressError, ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.listen("pod/client", 9000)
        >>> c.trace(f"{c['pod/client'].status['podIP']}:9000", source="pod/backup").outcome
        'connected'
        """
        pod = self.simulation.lookup.at(ref)
        if not isinstance(pod, Pod):
            raise ClusterError(f"A Pod listens; {pod.ref} is a {pod.kind}.")
        self.simulation.ears.say(pod, None if port is None else whole_number(port), protocol_named(protocol))

    def provide_load_balancers(self, cidr: str = "198.51.100.0/24", ip_mode: str = "Proxy") -> None:
        """Let somebody (a cloud, MetalLB) provide load balancers: `settle()` then gives each Service that asks one.

        `cidr` is the range of their addresses. `ip_mode` is `ipMode` of their status: with "Proxy" a balancer
        sends what comes to a node port, with "VIP" it hands it to a Node as it is. Without a provider such a
        Service waits (`<pending>`), and works all the same by its Cluster IP and its node port.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
        """
        self.simulation.may_change()
        provide_load_balancers(self.simulation, cidr, ip_mode)

    def way_in(self, service: str, port: int | None = None, *, unfold: bool = False) -> Figure:
        """Show how a Service is reached from outside: its load balancer, every Node's door, the Pods behind them.

        `service` is one such as "svc/web", `port` one of its ports (by default its first); `unfold` draws each
        Node and each Pod. Every Node's own rules are asked where it leads. Returns a Figure, whose `.facts`
        have it in plain values. Raises NotFoundError for a Service or a port that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("tomcat-service")
        >>> [(door.node, door.outcome, len(door.behind)) for door in c.way_in("svc/tomcat-service").facts.doors]
        [('node-1', 'open', 2), ('node-2', 'open', 2), ('node-3', 'open', 2)]

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
        """
        from k8snotes.figures.way_in import way_in_figure  # noqa: PLC0415  # views come last

        shown = self.simulation.lookup.at(service)
        if not isinstance(shown, Service):
            raise ClusterError(
                f'The way in leads to a Service such as "svc/web"; {shown.ref} is a {shown.kind}.'
            )
        ground, around = self._terrain()
        made_by = Workloads(self.simulation.api).of
        facts = way_in(ground, shown, port, silent=around.silent, why=around.why, made_by=made_by)
        return way_in_figure(facts, unfold=unfold)

    # ---- inner

    def _whose(self, ip: str) -> str:
        """Say whose an address is at this moment."""
        return self._terrain()[0].whose(ip)

    def _rules(self, node: str, service: str) -> NodeRules:
        ground, around = self._terrain()
        if not isinstance(node, str):
            raise ClusterError(f'A Node is named by text such as "node-1"; this is a {type(node).__name__}.')
        there = ground.node_named.get(node) or (
            self.simulation.lookup.at(node) if "/" in node else self.simulation.lookup.object("nodes", node)
        )
        if not isinstance(there, Node):
            raise ClusterError(
                f'Rules stand on a Node, as in c.rules("node-1"); {there.ref} is a {there.kind}.'
            )
        shown = self.simulation.lookup.at(service) if service else None
        if shown is not None and not isinstance(shown, Service):
            raise ClusterError(f'service is one such as "svc/web"; {shown.ref} is a {shown.kind}.')

        def whose(ip: str) -> tuple[str, str]:
            pod = ground.pod_at.get(ip)
            return (pod.ref, pod.node_name) if pod else (ground.whose(ip), "")

        return node_rules(
            ground.rules_of(there.name),
            ground.services,
            service=f"{shown.namespace}/{shown.name}" if shown else "",
            pod_range=ground.pod_range,
            whose=whose,
            why=around.why,
        )

    def _figure(self, facts: Trace) -> TraceFigure:
        from k8snotes.figures.trace import trace_figure  # noqa: PLC0415  # views come last

        return trace_figure(facts, whose=self._terrain()[0].whose)

    def _traced(self, target: Target, source: str, times: int) -> Trace:
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 100_000:
            raise ClusterError(f"times is a whole number from 1 to 100,000, not {times!r}.")
        ground, around = self._terrain()
        return trace(ground, self._sender(source, ground), target, around, times=times)

    def _terrain(self) -> tuple[Ground, Surroundings]:
        """Return the ground of this moment; it is kept until something is stored."""
        revision = self.simulation.api.store.revision
        if self._ground is None or self._ground[0] != revision:
            known = not self.simulation.snapshot
            ground = ground_of(
                self.simulation.api,
                pod_range=str(self.simulation.pod_ips.network) if known else "",
                service_range=str(self.simulation.api.service_ips.network) if known else "",
                derive=self.simulation.snapshot,
            )
            self._ground = revision, ground, Surroundings(why=standing(self.simulation.api))
        _, ground, around = self._ground
        return ground, Surroundings(
            self.simulation.ears, frozenset(self.simulation.kubelets.stopped), around.why
        )

    def _sender(self, source: str, ground: Ground) -> Sender:
        if not isinstance(source, str):
            raise ClusterError(f'source is text such as "pod/client", not a {type(source).__name__}.')
        if source == "outside":
            return Sender.outside()
        if is_address(source):
            node = ground.node_at.get(source) or ground.bridge_at.get(source)
            if node is not None:
                return self._node_sends(node)
            pod = ground.pod_at.get(source)
            return self._stranger(source, ground) if pod is None else self._pod_sends(pod)
        if ":" in source:
            raise ClusterError(f'"{source}" is no sender: the clusters here have IPv4 addresses alone.')
        if "/" not in source and source not in ground.node_named:
            pods = [pod.ref for pod in ground.pods if pod.name == source][:1]
            near = (
                f' Did you mean "{pods[0]}"?'
                if pods
                else did_you_mean(source.lower(), ["outside", *ground.node_named])
            )
            raise ClusterError(
                f'"{source}" is no sender. Write a Pod, as in source="pod/client", a Node, as in "node/node-1", '
                f'an address, or "outside".{near}'
            )
        found = ground.node_named.get(source.removeprefix("node/")) or self.simulation.lookup.at(source)
        if isinstance(found, Node):
            return self._node_sends(found)
        if isinstance(found, Pod):
            return self._pod_sends(found)
        raise ClusterError(
            f"{found.ref} is a {found.kind}, and cannot send. A source is a Pod, as in "
            'source="pod/client", a Node, as in "node/node-1", or "outside".'
        )

    @staticmethod
    def _node_sends(node: Node) -> Sender:
        sender = Sender.of_node(node)
        if not sender.ip:
            raise ClusterError(
                f"{node.ref} tells no IPv4 address: packets are followed here over IPv4 alone."
            )
        return sender

    @staticmethod
    def _stranger(source: str, ground: Ground) -> Sender:
        """Return a machine outside that has an address, or say why nobody can have it."""
        ip = IPv4Address(source)
        why = ""
        if ground.is_pod_ip(source):
            why = "it is of the Pod network, and no Pod has it"
        elif ground.is_service_ip(source):
            why = "it is a Cluster IP, or of their range: no machine has one, so none sends from it"
        elif ip.is_loopback:
            why = 'on every machine it is the machine itself: say which one, as in source="node/node-1"'
        elif ip.is_multicast or ip.is_unspecified or source == "255.255.255.255":
            why = "it is the address of no one machine"
        if why:
            raise ClusterError(f"Nobody sends from {source}: {why}.")
        return Sender.outside(source)

    @staticmethod
    def _pod_sends(pod: Pod) -> Sender:
        if not pod.ip or pod.ended:
            state = (
                f"it has ended ({pod.phase})"
                if pod.ended
                else "it has no address yet: c.settle() lets it start"
            )
            raise ClusterError(f"{pod.ref} cannot send: {state}.")
        if not is_address(pod.ip):
            raise ClusterError(
                f"{pod.ref} has the address {pod.ip}: packets are followed here over IPv4 alone."
            )
        return Sender.of_pod(pod)
