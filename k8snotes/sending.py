"""What is sent through a cluster: one packet traced, a ping, the rules of a Node, who listens, who balances."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from k8snotes.actions import provide_load_balancers
from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.errors import ClusterError
from k8snotes.facts.node_rules import NodeRules, node_rules
from k8snotes.facts.way_in import way_in
from k8snotes.facts.workloads import Workloads
from k8snotes.network.targets import protocol_named, target_of, whole_number
from k8snotes.network.trace import Trace
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
        return self._figure(self.simulation.network.trace(target_of(url, protocol), source, times))

    def ping(self, host: str, source: str = "outside") -> TraceFigure:
        """Send a ping (ICMP echo): `.outcome` is "reply" or "no reply". A Cluster IP answers none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.ping(c["svc/cache"].cluster_ip, source="pod/mysql-0").outcome)
        no reply
        """
        return self._figure(self.simulation.network.ping(host, source))

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
        return Walker(self, first, asked=(url, source, protocol), whose=self.simulation.network.whose)

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
        number = None if port is None else whole_number(port)
        self.simulation.listeners.open(pod, number, protocol_named(protocol))

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
        made_by = Workloads(self.simulation.api).of
        facts = way_in(self.simulation.network.state, shown, port, made_by=made_by)
        return way_in_figure(facts, unfold=unfold)

    # ---- inner

    def _rules(self, node: str, service: str) -> NodeRules:
        rules, state = self.simulation.network.rules(node), self.simulation.network.state
        shown = self.simulation.lookup.at(service) if service else None
        if shown is not None and not isinstance(shown, Service):
            raise ClusterError(f'service is one such as "svc/web"; {shown.ref} is a {shown.kind}.')

        def whose(ip: str) -> tuple[str, str]:
            pod = state.pod_at.get(ip)
            return (pod.ref, pod.node_name) if pod else (state.whose(ip), "")

        return node_rules(
            rules,
            state.services,
            service=f"{shown.namespace}/{shown.name}" if shown else "",
            pod_range=state.pod_range,
            whose=whose,
            why=state.standing,
        )

    def _figure(self, facts: Trace) -> TraceFigure:
        from k8snotes.figures.trace import trace_figure  # noqa: PLC0415  # views come last

        return trace_figure(facts, whose=self.simulation.network.state.whose)
