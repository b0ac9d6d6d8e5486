"""One packet, hop by hop: through names, load balancer, node port, kube-proxy's rules, bridge and veth to a port.

The file follows the packet: the way out of the sender, what is before the Nodes, the rules of a Node, the way
between machines, and where it arrives. Nothing here knows a rule of kube-proxy: `iptables.decide` says what a
Node's rules make of the packet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.limits import policies
from k8snotes.network import reasons
from k8snotes.network.dice import Dice
from k8snotes.network.policy import Party, Verdict
from k8snotes.network.resolver import Lookup, resolver_of
from k8snotes.network.sender import Sender
from k8snotes.network.state import NetworkState, external_ips, hands_on_as_it_is, lets_in
from k8snotes.network.targets import Target
from k8snotes.network.trace import Hop, Share, Trace
from k8snotes.node.addresses import bridge_ip, is_ipv4, node_ip
from k8snotes.node.decision import Backend, Decision
from k8snotes.node.programs import Listener

__all__ = ["End", "Packet", "Remembered"]

Remembered = dict[str, set[str]]  # by Node, the chains of the endpoints that know this sender

_KUBELET_PORT, _KUBE_PROXY_PORT = 10250, 10256  # they listen on every Node itself
_OUTCOMES_OF_A_PING = {"connected": "reply", "refused": "no reply", "timeout": "no reply"}
_BEYOND = _("the network beyond the Nodes")
_BETWEEN = _("the network between the Nodes")
_NODE_NETWORK, _OUTSIDE, _MASTER = _("the Node network"), _("outside"), _("Master")
_TO_ITSELF = _("the Pod sends to itself over lo, so the packet does not leave the Pod")
_FROM_ETH0 = _("the Pod sends the packet from its eth0, one end of a veth pair")
_IN_ITSELF, _SENDS = _("the Pod sends the packet to itself"), _("the Pod sends the packet")


@dataclass(frozen=True, slots=True)
class End:
    """How a way ended: the outcome as `Trace.outcome` has it, why, and what to do.

    `server` is the Pod that answered (None for a machine that is no Pod), `ip` the address that answered,
    None where none did. `status` is that of an answer over HTTP which came through a proxy.
    """

    outcome: str
    reason: str
    hint: str = ""
    server: Pod | None = None
    ip: str | None = None
    status: int | None = None


class Packet:
    """The first packet of a connection under way: its addresses as they are now, and the hops behind it.

    `go` follows it to its end. Each method ends in the next one, as each machine hands the packet on.

    Args:
        state: The network at this moment.
        target: Where it is to go. A name is looked up first, as the sender would do it.
        dice: Choose where rules, balancers and DNS choose by chance.
        remembered: By Node, the endpoints that know this sender (session affinity); the packet adds its own.

    >>> import k8snotes as kn
    >>> from k8snotes.network.dice import RandomDice
    >>> from k8snotes.network.targets import target_of
    >>> network = kn.load("guestbook").simulation.network
    >>> packet = Packet(network.state, network.sender("node/node-1"), target_of("node-2:10250"), RandomDice(""), {})
    >>> packet.go().reason
    'the kubelet of node-2 answers'
    >>> [hop.place for hop in packet.hops]
    ['DNS of the machines', 'node-1', 'the network between the Nodes', 'node-2']

    Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
    """

    def __init__(
        self, state: NetworkState, sender: Sender, target: Target, dice: Dice, remembered: Remembered
    ) -> None:
        self.state, self.sender, self.target = state, sender, target
        self.dice, self.remembered = dice, remembered
        self.source, self.ip, self.port = sender.ip, target.host, target.port
        self.protocol = target.protocol
        self.hops: list[Hop] = []
        self.translated: list[str] = []  # Nodes that will translate the answer back
        self.called = target.host if target.is_address else ""
        self.names: Sequence[str] = ()  # those that DNS was asked for
        self.client = ""
        self.sticky = False  # whether a Service on the way remembers its clients
        self.outer: set[str] = set()  # addresses before the Nodes that it has been at
        self.assumed: list[str] = []  # what is taken for granted on the way
        self.plainly = False  # whether it is also told by names and addresses alone
        self.leaving = (
            sender.pod if sender.kind == "pod" else None
        )  # until its policies have let the packet out

    def trace(self, end: End, times: int, spread: tuple[Share, ...]) -> Trace:
        """Return all that is to be told of this way.

        Args:
            end: What `go` has returned.
            times: How many requests were made; this packet is the first of them.
            spread: Where they all ended.
        """
        answered = end.ip is not None
        outside = self.sender.kind == "outside"
        return Trace(
            target=str(self.target),
            protocol=self.protocol,
            source=_("outside ({ip})", ip=self.sender.ip) if outside else self.sender.ref,
            outcome=end.outcome,
            hops=tuple(self.hops),
            reason=end.reason,
            hint=end.hint,
            server=end.server,
            server_ip=end.ip,
            client_seen=self.client if answered else "",
            answer=self._answer() if answered else "",
            answer_in_plain=self._answer_in_plain() if answered and self.plainly else "",
            times=times,
            spread=spread,
            notes=tuple(self._notes(end)),
            called=self.called,
            guarded=self._guarded(end),
        )

    # ---- the way out

    def go(self) -> End:
        """Follow the packet to its end.

        Raises:
            NotFoundError: For a name that leads nowhere.
            AddressError: For a name that has only an IPv6 address.
        """
        if not self.target.is_address:
            lookup = resolver_of(self.state, self.sender).look_up(self.target.host)
            lookup.check()
            end = self._take_address(lookup)
            if end is not None:
                return end
        if self.sender.kind == "outside":
            return self._from_outside()
        here = self.state.node_named.get(self.sender.node)
        if here is None:
            reason = _runs_on_an_unknown_node(self.sender.ref, self.sender.node)
            return self._end("timeout", reason, kind="pod", place=self.sender.ref)
        if here.name in self.state.silent:
            reason = _("{node} has lost its power, so no program on it sends anything", node=here.name)
            return self._end("timeout", reason, kind="machine", place=here.name)
        if self.sender.kind == "node":
            self._send_as(self.state.own_address(here.name, self.ip))
            what: str = _("a program on the Node itself sends the packet")
            if self.sender.pod:
                what = _("{pod} sends the packet on the network of its Node", pod=self.sender.ref)
            self._hop("machine", here.name, what, node=here.name)
            return self._at_node(here, "node")
        return self._from_pod(here)

    def _take_address(self, lookup: Lookup) -> End | None:
        """Take an address from what was answered to the name; None: the packet can be sent."""
        if lookup.outcome == "unresolved":
            return self._end("unresolved", lookup.reason, lookup.hint, kind="name", place=lookup.where)
        if lookup.outcome == "beyond":
            self._hop("name", lookup.where, _with_names(lookup.what, lookup), plain=lookup.what)
            stopped = self._let_beyond(lookup.beyond) if self.leaving and self.state.policies else None
            if stopped is not None:
                return stopped
            reason = _(
                "the packet leaves the cluster for {name}, and whether {name} answers is not known here",
                name=lookup.beyond,
            )
            return self._end("leaves", reason, lookup.hint, kind="network", place=_BEYOND)
        chosen = lookup.addresses[self.dice.throw([1.0] * len(lookup.addresses))]
        self.called, self.names = chosen, lookup.answer.tried if lookup.answer else ()
        said = lookup.sentence(chosen)
        self._hop("name", lookup.where, _with_names(said, lookup), ip=chosen, plain=said)
        return None

    def _from_outside(self) -> End:
        what = _("a machine outside the cluster ({ip}) sends the packet", ip=self.source)
        self._hop("machine", _OUTSIDE, what)
        if self.ip.startswith("127."):
            reason = _(
                "{ip} is the sender's own machine, so the packet never reaches the cluster", ip=self.ip
            )
            return self._end("leaves", reason, kind="machine", place=_OUTSIDE)
        node = self.state.node_at.get(self.ip)
        if node is not None:
            what = _("the packet goes to {node}, whose network card has this address", node=node.name)
            self._hop("network", _NODE_NETWORK, what)
            return self._at_node(node, "outside")
        service = self.state.at_outer_ip.get(self.ip)
        if service is not None:
            return self._at_balancer(service)
        return self._beyond(None)

    def _from_pod(self, here: Node) -> End:
        pod = self.sender.pod
        if pod is None:
            raise TypeError
        if self.ip == pod.ip or self.ip.startswith("127."):
            self._send_as(self.ip)
            self._hop("pod", pod.ref, _TO_ITSELF, node=here.name, plain=_IN_ITSELF)
            return self._deliver(pod, veth=False)
        self._hop("pod", pod.ref, _FROM_ETH0, node=here.name, plain=_SENDS)
        self._hop("bridge", _bridge_of(here.name), _takes_it(bridge_ip(here)), node=here.name)
        return self._at_node(here, "pod")

    # ---- before the Nodes

    def _at_balancer(self, service: Service) -> End:
        """Come to a load balancer (or to an external IP), which chooses a Node.

        With `ipMode: Proxy` it sends to the node port, with `ipMode: VIP` it hands the packet on as it is.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-ip-mode
        """
        is_balancer = self.ip in service.load_balancer_ips
        place = (
            _("load balancer of {service}", service=service.ref)
            if is_balancer
            else _("external IP of {service}", service=service.ref)
        )
        if self.ip in self.outer:
            reason: str = _(
                "kube-proxy has no rule for {destination}, so the Node sends the packet back. "
                "It goes round and round until a machine drops it",
                destination=self.destination,
            )
            return self._end("timeout", reason, kind="network", place=_BEYOND)
        self.outer.add(self.ip)
        port = next((p for p in service.ports if (p.port, p.protocol) == (self.port, self.protocol)), None)
        if port is None:
            reason = reasons.no_such_port(service, self.ip, self.port, self.protocol)
            return self._end("timeout", reason, kind="balancer", place=place)
        if not is_balancer:
            return self._at_external_ip(service, place)
        as_it_is = hands_on_as_it_is(service, self.ip)
        if not as_it_is and not lets_in(service, self.source):
            reason = _(
                "the sender is in none of loadBalancerSourceRanges ({ranges}), and the balancer of a provider "
                "that knows this field lets no other sender through",
                ranges=reasons.source_ranges(service),
            )
            return self._end("timeout", reason, kind="balancer", place=place)
        if not as_it_is and not port.node_port:
            return self._straight_to_a_pod(service, port, place)
        healthy = [node for node, ok in self.state.balanced(service) if ok]
        if not healthy:
            reason = _(
                "no Node passes the health check of {service}: {standing}",
                service=service.ref,
                standing=self.state.standing(service),
            )
            return self._end("timeout", reason, kind="balancer", place=place)
        node = healthy[self.dice.throw([1.0] * len(healthy))]
        if as_it_is:
            what = ngettext(
                "the balancer hands the packet unchanged to {node}, the only Node that passes its health check",
                "the balancer hands the packet unchanged to {node}, one of {n} Nodes that pass its health check",
                len(healthy),
                node=node.name,
            )
            self._hop("balancer", place, what)
        else:
            what = ngettext(
                "the balancer sends the packet to node port {port} of {node}, the only Node that passes its "
                "health check. The sender's address stays (many balancers put their own there)",
                "the balancer sends the packet to node port {port} of {node}, one of {n} Nodes that pass its "
                "health check. The sender's address stays (many balancers put their own there)",
                len(healthy),
                port=port.node_port,
                node=node.name,
            )
            self._hop("balancer", place, what, ip=node_ip(node), port=port.node_port)
        return self._at_node(node, "outside")

    def _straight_to_a_pod(self, service: Service, port: ServicePort, place: str) -> End:
        """Send to a Pod IP: without a node port no other way is left (`allocateLoadBalancerNodePorts: false`)."""
        ends = self.state.ready_ends(service, port)
        if not ends:
            reason: str = _(
                "the load balancer of {service} has no Pod to send to: {standing}",
                service=service.ref,
                standing=self.state.standing(service),
            )
            return self._end("timeout", reason, kind="balancer", place=place)
        ip, number = ends[self.dice.throw([1.0] * len(ends))]
        self.assumed.append(
            _(
                "{service} has no node port for port {port}, so its balancer is assumed to have a route "
                "to the Pod network.",
                service=service.ref,
                port=port.port,
            )
        )
        what = ngettext(
            "the balancer sends the packet straight to the Pod IP of the only endpoint, as there is no node port",
            "the balancer sends the packet straight to the Pod IP of one of {n} endpoints, as there is no node port",
            len(ends),
        )
        self._hop("balancer", place, what, ip=ip, port=number)
        pod = self.state.pod_at.get(ip)
        if pod is None:
            return self._at_a_stranger()
        if pod.node_name in self.state.silent:
            reason = _lost_its_power(pod.node_name, pod)
            return self._end("timeout", reason, kind="machine", place=pod.node_name)
        stopped = self._let_in(pod) if self.state.policies else None
        return stopped or self._deliver(pod)

    def _at_external_ip(self, service: Service, place: str) -> End:
        nodes = [node for node in self.state.nodes if node.name not in self.state.silent]
        if not nodes or self.ip not in external_ips(service):
            reason = _("no Node takes the packets for {ip}", ip=self.ip)
            return self._end("timeout", reason, kind="network", place=place)
        what = _(
            "the packet goes to {node}. A route outside Kubernetes must lead there, and is assumed to exist",
            node=nodes[0].name,
        )
        self._hop("network", place, what)
        return self._at_node(nodes[0], "outside")

    # ---- on a Node

    def _at_node(self, node: Node, origin: str) -> End:
        """Hold the packet against the Node's rules, then send it on.

        Args:
            origin: "pod" (a Pod on this Node), "node" (a program on it) or "outside" (another machine).
        """
        if node.name in self.state.silent:
            reason = _("{node} has lost its power, so it does not take the packet", node=node.name)
            return self._end("timeout", reason, kind="machine", place=node.name)
        if not is_ipv4(self.ip):  # a balancer that has only a name, which no rule has
            return self._forward(node, came=origin)
        decision = self.state.rules_of(node.name).decide(
            self.ip,
            self.port,
            self.protocol,
            origin=origin,
            source=self.source,
            remembered=self.remembered.setdefault(node.name, set()),
            throw=self.dice.throw,
        )
        if decision.outcome == "dnat":
            self._translate(node, decision, origin)
        elif decision.outcome != "no rule":
            return self._stopped(node, decision)
        stopped = self._let_out(node) if self.leaving is not None and self.state.policies else None
        return stopped or self._forward(node, came=origin)

    def _service(self, node: Node) -> Service | None:
        """Return the Service whose address the packet has now."""
        service = self.state.at_cluster_ip.get(self.ip) or self.state.at_outer_ip.get(self.ip)
        if service is None and (self.state.node_at.get(self.ip) is node or self.ip.startswith("127.")):
            owner = self.state.at_node_port.get((self.port or 0, self.protocol))
            service = owner[0] if owner else None
        return service

    def _translate(self, node: Node, decision: Decision, origin: str) -> None:
        service = self._service(node)
        chosen = decision.backends[0]
        known = self.remembered[node.name]
        sticky = service is not None and service.spec.get("sessionAffinity") == "ClientIP"
        again = sticky and chosen.chain in known
        self.sticky |= sticky
        known.add(chosen.chain)
        rules = tuple(step.text for step in chosen.steps)
        what = reasons.chosen(service, chosen, decision.of, again=again)
        place = _rules_of(node.name)
        before = self.source
        plain = reasons.chosen_in_plain(service, chosen, decision.of, again=again) if self.plainly else ""
        self._hop(
            "rules", place, what, ip=chosen.ip, port=chosen.port, rules=rules, node=node.name, plain=plain
        )
        self.translated.append(node.name)
        if chosen.masquerade is not None:
            source = self.state.own_address(node.name, chosen.ip)
            if source and source != before:
                why = self._why_masqueraded(chosen, origin, before)
                rule = chosen.masquerade.text
                plain = (
                    _("the source becomes the Node's address, so that the answer returns through this Node")
                    if self.plainly
                    else ""
                )
                self._hop("rules", place, why, source=source, rules=(rule,), node=node.name, plain=plain)

    def _why_masqueraded(self, chosen: Backend, origin: str, before: str) -> str:
        if chosen.ip == before:
            return _(
                "the packet goes back to the Pod that sent it (hairpin), so the source becomes the Node's address. "
                "Otherwise the Pod would answer itself from an address that it did not call"
            )
        if origin == "node":
            return _("the source becomes the address of the card that leads to the Pod (masquerade)")
        return _(
            "the source becomes the Node's address (masquerade), so that the answer returns through this Node. "
            "The Pod does not see the sender's own address"
        )

    def _stopped(self, node: Node, decision: Decision) -> End:
        service = self._service(node)
        rules = tuple(step.text for step in decision.steps)
        outcome = "refused" if decision.outcome == "reject" else "timeout"
        reason, hint = reasons.stopped(
            service,
            decision,
            node.name,
            self.state.standing,
            ip=self.ip,
            port=self.port,
            protocol=self.protocol,
        )
        if decision.cause == "no-endpoints" and service is not None:
            if (service.namespace, service.name) in self.state.unknown:
                outcome, (reason, hint) = "leaves", reasons.not_told(service)
            else:
                reason = reasons.no_port_of_that_name(self.state, service, self.port, self.protocol) or reason
        place = _rules_of(node.name)
        return self._end(outcome, reason, hint, kind="rules", place=place, rules=rules, node=node.name)

    # ---- between machines

    def _forward(self, node: Node, came: str) -> End:
        """Route the packet from a Node to where its destination is."""
        pod = self.state.pod_at.get(self.ip)
        if pod is not None:
            return self._to_pod(node, pod, came)
        other = self.state.node_at.get(self.ip) or self.state.bridge_at.get(self.ip)
        if other is node or self.ip.startswith("127.") or self.ip == bridge_ip(node):
            return self._at_own_address(node)
        if other is not None:
            self._note_pod_address(other.name)
            self._over_the_wire(node, other)
            return self._at_node(other, "outside")
        service = self.state.at_outer_ip.get(self.ip)
        if service is not None:
            self._out_of(node)
            return self._at_balancer(service)
        return self._beyond(node)

    def _at_own_address(self, node: Node) -> End:
        """Come to an address of the Node itself: a hostPort leads on to a Pod.

        Source of the rule: `Container.ports[].hostPort`; the network plugin (portmap) makes it work.
        """
        host_port = self.state.host_ports.get((node.name, self.port or 0, self.protocol))
        if host_port is None or host_port[2] not in ("", self.ip):
            return self._at_own_port(node)
        pod, port = host_port[:2]
        what = _(
            "{pod} has hostPort {port}, so a rule of the network plugin, not of kube-proxy, sends the packet to it",
            pod=pod.ref,
            port=self.port,
        )
        place = _plugin_of(node.name)
        self._hop("rules", place, what, ip=pod.ip, port=port, node=node.name)
        self.translated.append(node.name)
        sender = self.state.pod_at.get(self.source)
        if self.source.startswith("127.") or (sender is not None and sender.node_name == node.name):
            # to such a sender the Pod would answer directly, from an address that it did not call
            source = self.state.own_address(node.name, pod.ip)
            what = _("the source becomes the Node's address (masquerade)")
            self._hop("rules", place, what, source=source, node=node.name)
        stopped = self._let_out(node) if self.leaving is not None and self.state.policies else None
        return stopped or self._to_pod(node, pod, "outside")

    def _over_the_wire(self, node: Node, other: Node) -> None:
        what = _from_card_to_card(node.name, other.name)
        self._hop("network", _BETWEEN, what, node=other.name, between=True)

    def _out_of(self, node: Node) -> None:
        what = _("the packet leaves through the card of {node}", node=node.name)
        self._hop("network", _BEYOND, what, node=node.name, between=True)

    def _to_pod(self, node: Node, pod: Pod, came: str) -> End:
        home = self.state.node_named.get(pod.node_name)
        if home is None:
            reason = _runs_on_an_unknown_node(pod.ref, pod.node_name)
            return self._end("timeout", reason, kind="network", place=_BETWEEN)
        if home is not node:
            self._over_the_wire(node, home)
            if home.name in self.state.silent:
                reason = _lost_its_power(home.name, pod)
                return self._end("timeout", reason, kind="machine", place=home.name)
        rewritten = next((hop.kind for hop in reversed(self.hops) if hop.kind != "policy"), "") == "rules"
        stopped = self._let_in(pod) if self.state.policies else None
        if stopped is not None:
            return stopped
        if home is not node or came != "pod" or rewritten:
            self._hop("bridge", _bridge_of(home.name), _puts_it(pod.ref), node=home.name)
        return self._deliver(pod)

    def _beyond(self, node: Node | None) -> End:
        """Come to an address that no Pod and no Node has."""
        if (
            self.ip == self.state.dns_ip
            and node is not None
            and (self.protocol, self.port) in (("TCP", 53), ("UDP", 53))
        ):
            place = _("cluster DNS at {ip}", ip=self.ip)
            return self._end("connected", _("cluster DNS answers"), kind="machine", place=place)
        lost = reasons.lost(self.state, node, self.ip, self.port, self.protocol)
        if lost is not None:
            where = _("{node}: routes", node=node.name) if node is not None else _("the network outside")
            on = node.name if node is not None else ""
            return self._end("timeout", *lost, kind="network", place=where, node=on)
        if node is not None:
            self._out_of(node)
            if self.ip == API_SERVER_IP:
                self._note_pod_address("")
            elif self.source in self.state.pod_at and node_ip(node):
                what = _(
                    "the source becomes the Node's address (masquerade by the network plugin, as most plugins do)"
                )
                place = _("{node}: card", node=node.name)
                self._hop("network", place, what, source=node_ip(node), node=node.name)
                self.translated.append(node.name)
        return self._at_a_stranger()

    def _note_pod_address(self, node: str) -> None:
        """Note that a Pod's address goes to a machine: whether it is seen there is up to the network plugin.

        Args:
            node: The Node that the packet goes to, "" for the Master.
        """
        if self.source not in self.state.pod_at:
            return
        if not node:
            self.assumed.append(
                _(
                    "The Master is assumed to see the Pod's own address. Many network plugins put the address of "
                    "the Pod's Node in its place when a packet leaves the Pod network."
                )
            )
            return
        self.assumed.append(
            _(
                "{node} is assumed to see the Pod's own address. Many network plugins put the address of "
                "the Pod's Node in its place when a packet leaves the Pod network. Then the rules of {node} "
                "treat the packet as one from outside.",
                node=node,
            )
        )

    # ---- NetworkPolicies

    def _let_out(self, node: Node) -> End | None:
        """Hold the packet against the egress of the Pod that sends it, as kube-proxy's rules have left it.

        What is sent to the Pod's own Node always passes. None: the packet may leave.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
        """
        pod = self.leaving
        to = self.state.node_at.get(self.ip) or self.state.bridge_at.get(self.ip)
        at_host_port = (node.name, self.port or 0, self.protocol) in self.state.host_ports
        if pod is None or (to is node and at_host_port):
            return None
        self.leaving = None
        if to is node:
            if self.state.policies.isolating(pod, "egress"):
                self._note(_("Every Pod can reach the Node that it runs on, whatever its policies say."))
            return None
        party = Party(self.ip, self.state.pod_at.get(self.ip))
        return self._judged(
            self.state.policies.judge("egress", pod, party, self.port, self.protocol), node.name
        )

    def _let_beyond(self, name: str) -> End | None:
        """Hold a packet to a name outside the cluster, of which no address is known here, against the sender's egress."""
        pod = self.leaving
        if pod is None:
            return None
        verdict = self.state.policies.judge("egress", pod, Party(""), self.port, self.protocol)
        if not verdict.allowed and [miss.code for miss in verdict.misses] == ["address"]:
            self._note(
                _(
                    "Whether the policies of {pod} let the packet out depends on the address of {name}, which is not "
                    "known here.",
                    pod=pod.ref,
                    name=name,
                )
            )
            return None
        return self._judged(verdict, pod.node_name)

    def _let_in(self, pod: Pod) -> End | None:
        """Hold the packet against the ingress of the Pod that it comes to; its source is the one that it has by now.

        What the Pod's own Node sends always passes, so that the kubelet can probe. None: the packet may come in.
        """
        policies = self.state.policies
        if self.sender.kind == "node" and self.sender.node == pod.node_name:
            if policies.isolating(pod, "ingress"):
                self._note(
                    _(
                        "Its own Node can reach every Pod, whatever the Pod's policies say: the kubelet has to probe it."
                    )
                )
            return None
        party = Party(self.source, self.state.pod_at.get(self.source))
        if (
            self.sender.pod is not None and self.sender.pod.key == pod.key
        ):  # even if the Node's address hides it (hairpin)
            party = Party(pod.ip, pod)
        verdict = policies.judge("ingress", pod, party, self.port, self.protocol)
        if verdict.policies and party.pod is None:
            self._note_hidden(pod)
        return self._judged(verdict, pod.node_name)

    def _judged(self, verdict: Verdict, node: str) -> End | None:
        """Add the hop of the policies that have let the packet pass, or end its way; nothing for a Pod that is not isolated."""
        if not verdict.policies:
            return None
        if self.port is None:
            self._note(
                _(
                    "NetworkPolicies speak of TCP, UDP and SCTP only, so what becomes of a ping is the choice of the network "
                    "plugin. Here a ping needs a rule without ports, as with most plugins."
                )
            )
        place = _plugin_of(node)
        if verdict.allowed:
            self._hop("policy", place, verdict.reason, node=node)
            return None
        hint = reasons.denied(verdict, self.target.port, self.port)
        if verdict.direction == "ingress" and self.sender.kind == "outside" and self.source != self.sender.ip:
            hint = hint or _(
                "With externalTrafficPolicy: Local, the Pod and its policies see the client's own address."
            )
        return self._end("timeout", verdict.reason, hint, kind="policy", place=place, node=node)

    def _note_hidden(self, pod: Pod) -> None:
        """Note of a source that policies see only as an address."""
        if self.sender.kind == "node":
            on_host = self.sender.pod is not None
            if on_host:
                self._note(
                    _(
                        "{pod} is on the network of its Node, so it has the address of its Node. With most network plugins, "
                        "selectors do not find it, only an ipBlock does.",
                        pod=self.sender.ref,
                    )
                )
        elif self.source != self.sender.ip:
            self._note(
                _(
                    "The policies of {pod} see the address {ip} in place of the sender's (masquerade), so an ipBlock "
                    "does not find the client. Some network plugins judge before the address changes.",
                    pod=pod.ref,
                    ip=self.source,
                )
            )

    def _note(self, sentence: str) -> None:
        if sentence not in self.assumed:
            self.assumed.append(sentence)

    # ---- where it arrives

    def _deliver(self, pod: Pod, *, veth: bool = True) -> End:
        """Come to a port of a Pod, over its veth pair or (`veth` false) over its own lo."""
        self.client = self.source
        place = _on(pod.ref, pod.node_name)
        if self.port is None:
            reason: str = _("{machine} answers the ping itself", machine=pod.ref)
            return self._end("reply", reason, kind="container", place=place, server=pod)
        sent = self.state.sent_to(pod.ip)
        listener = self.state.programs.at(pod, self.port, self.protocol, sent, address=self.ip)
        if not listener.listens:
            reason, hint = reasons.not_translated(self.state, self.names, pod, self.port, self.protocol)
            reason = reason or reasons.not_listening(pod, self.port, self.protocol, listener)
            hint = hint or (reasons.no_probe(pod) if self.ip == pod.ip != self.called else "")
            return self._end("refused", reason, hint, kind="container", place=place)
        reason = _(
            "{pod} answers, because its container {container} listens on port {port} ({why})",
            pod=pod.ref,
            container=listener.container,
            port=self.port,
            why=listener.why,
        )
        what = _comes_in(listener, self.port, veth=veth)
        plain = (
            _(
                "container {container} answers, because it listens on port {port}",
                container=listener.container,
                port=self.port,
            )
            if self.plainly
            else ""
        )
        return self._end(
            "connected", reason, kind="container", place=place, what=what, server=pod, plain=plain
        )

    def _at_own_port(self, node: Node) -> End:
        """Come to a port of the Node itself."""
        self.client = self.source
        if self.port is None:
            reason: str = _("{machine} answers the ping itself", machine=node.name)
            return self._end("reply", reason, kind="machine", place=node.name)
        for pod in self.state.on_host.get(node.name, ()):
            sent = self.state.sent_to(pod.ip)
            if self.state.programs.at(pod, self.port, self.protocol, sent, address=self.ip).listens:
                reason = _(
                    "{pod} answers, because it is on the network of its Node (hostNetwork) and listens on port {port}",
                    pod=pod.ref,
                    port=self.port,
                )
                place = _on(pod.ref, node.name)
                return self._end("connected", reason, kind="container", place=place, server=pod)
        reason = self._program_of(node)
        if reason:
            return self._end("connected", reason, kind="machine", place=node.name)
        reason, hint = reasons.closed_on_node(self.state, node, self.ip, self.port, self.protocol)
        return self._end("refused", reason, hint, kind="machine", place=node.name, node=node.name)

    def _program_of(self, node: Node) -> str:
        """Say which program of Kubernetes listens on this port of a Node itself, "" if none does.

        At a `healthCheckNodePort` that is kube-proxy, where a balancer has to find a Node with Pods.
        """
        if self.protocol != "TCP":
            return ""
        if self.port == _KUBELET_PORT:
            return _("the kubelet of {node} answers", node=node.name)
        if self.port == _KUBE_PROXY_PORT:
            return _(
                "kube-proxy of {node} answers, because this is the port of its health check", node=node.name
            )
        for service in self.state.services:
            port = service.spec.get("healthCheckNodePort")
            local = service.type == "LoadBalancer" and service.spec.get("externalTrafficPolicy") == "Local"
            if local and port == self.port:
                return _(
                    "kube-proxy of {node} answers, because this is the health check port of {service}",
                    node=node.name,
                    service=service.ref,
                )
        return ""

    def _at_a_stranger(self) -> End:
        """Come to a machine that is no Node."""
        self.client = self.source
        if self.ip == API_SERVER_IP:
            return self._at_the_master()
        service = self.state.sent_to(self.ip).get((self.protocol, self.port or 0))
        if service:
            reason = _(
                "{ip} is no Pod, but an endpoint of Service {service} that was made by hand, "
                "so a machine is assumed to listen there",
                ip=self.ip,
                service=service,
            )
            place = _("a machine at {ip}", ip=self.ip)
            return self._end("connected", reason, kind="machine", place=place)
        reason = (
            _("{ip} is no address of this cluster, and whether it answers is not known here", ip=self.ip)
            if self.state.service_range
            else _(
                "{ip} is no address that this dump tells of, and whether it answers is not known here",
                ip=self.ip,
            )
        )
        return self._end("leaves", reason, kind="network", place=_BEYOND)

    def _at_the_master(self) -> End:
        if self.port == 6443 and self.protocol == "TCP":
            return self._end("connected", _("kube-apiserver answers"), kind="machine", place=_MASTER)
        if self.port is None:
            reason = _("the Master answers the ping itself")
            return self._end("reply", reason, kind="machine", place=_MASTER)
        reason = _("no program on the Master listens on port {port}", port=self.port)
        return self._end("refused", reason, kind="machine", place=_MASTER)

    # ---- what is told

    @property
    def destination(self) -> str:
        """Where the packet is sent to now: "address:port", for a ping only the address."""
        return self.ip if self.port is None else f"{self.ip}:{self.port}"

    def _send_as(self, source: str) -> None:
        """Set the sender's own address: a machine knows which one it is only when it knows where to send."""
        self.source = source
        self.hops = [replace(hop, source_before=source, source_after=source) for hop in self.hops]

    def _hop(
        self,
        kind: str,
        place: str,
        what: str,
        *,
        source: str | None = None,
        ip: str | None = None,
        port: int | None = None,
        node: str = "",
        rules: tuple[str, ...] = (),
        ends: str = "",
        between: bool = False,
        plain: str = "",
    ) -> None:
        """Add a hop; `source`, `ip` and `port` are what it changes of the packet's addresses."""
        before = self.source, self.destination
        self.source = self.source if source is None else source
        self.ip, self.port = self.ip if ip is None else ip, self.port if port is None else port
        after = self.source, self.destination
        self.hops.append(Hop(kind, place, what, *before, *after, node, rules, ends, between, plain))

    def _end(
        self,
        outcome: str,
        reason: str,
        hint: str = "",
        *,
        kind: str,
        place: str,
        what: str = "",
        server: Pod | None = None,
        node: str = "",
        rules: tuple[str, ...] = (),
        plain: str = "",
    ) -> End:
        """Add the last hop, and return how it ended; a ping has outcomes of its own."""
        if self.port is None:
            outcome = _OUTCOMES_OF_A_PING.get(outcome, outcome)
        node = node or (server.node_name if server else "")
        self._hop(kind, place, what or reason, node=node, rules=rules, ends=outcome, plain=plain)
        answered = outcome in ("connected", "reply")
        return End(outcome, reason, hint, server, self.ip if answered else None)

    def _answer(self) -> str:
        first = next((hop for hop in self.hops if hop.kind != "name"), None)
        if not self.translated or first is None:
            return _("The answer goes straight back, because no address was changed on the way.")
        nodes = list(dict.fromkeys(self.translated))
        return ngettext(
            "The answer comes back through {nodes}, which remembers the connection (conntrack) and undoes its "
            "changes. To the sender, the answer comes from {address}.",
            "The answer comes back through {nodes}, which remember the connection (conntrack) and undo their "
            "changes. To the sender, the answer comes from {address}.",
            len(nodes),
            nodes=named(nodes),
            address=first.destination_before,
        )

    def _answer_in_plain(self) -> str:
        first = next((hop for hop in self.hops if hop.kind != "name"), None)
        if not self.translated or first is None:
            return _("The answer goes straight back, because no address was changed on the way.")
        return _(
            "The answer comes back the same way. To the sender, it comes from {address}, the address that it called.",
            address=first.destination_before,
        )

    def _guarded(self, end: End) -> tuple[str, ...]:
        """Return the Namespaces at both ends with NetworkPolicies, where these are not known to be enforced."""
        if not self.state.guarded or (self.state.network_policies and self.state.enforcement_known):
            return ()
        homes = {pod.namespace for pod in (self.sender.pod, end.server) if pod is not None}
        return tuple(sorted(homes & self.state.guarded))

    def _notes(self, end: End) -> list[str]:
        notes = [*self.assumed, *self.state.notes]
        guarded = self._guarded(end)
        if guarded:
            notes.append(policies(guarded, enforced=self.state.network_policies))
        return notes


# ---- what many packets have in common, said once


def _with_names(said: str, lookup: Lookup) -> str:
    """Return what was answered, with the names that were asked for if the first one was not it.

    Source of the rule: `search` and `ndots` of resolv.conf(5)
    """
    names = lookup.answer.tried if lookup.answer else ()
    if len(names) < 2:
        return said
    return _("{answer} (asked in this order: {names})", answer=said, names=named(names))


@lru_cache(maxsize=4096)
def _rules_of(node: str) -> str:
    return _("{node}: kube-proxy's rules", node=node)


@lru_cache(maxsize=4096)
def _plugin_of(node: str) -> str:
    return _("{node}: the network plugin's rules", node=node)


@lru_cache(maxsize=4096)
def _bridge_of(node: str) -> str:
    return _("{node}: bridge", node=node)


@lru_cache(maxsize=4096)
def _on(pod: str, node: str) -> str:
    return _("{pod} on {node}", pod=pod, node=node)


@lru_cache(maxsize=4096)
def _takes_it(ip: str) -> str:
    if not ip:
        return _("the bridge takes the packet from the other end of the veth pair")
    return _("the bridge ({ip}) takes the packet from the other end of the veth pair", ip=ip)


@lru_cache(maxsize=4096)
def _puts_it(pod: str) -> str:
    return _("the bridge puts the packet on the veth pair of {pod}", pod=pod)


@lru_cache(maxsize=4096)
def _from_card_to_card(node: str, other: str) -> str:
    return _(
        "the packet goes from the card of {node} to the card of {other}",
        node=node,
        other=other,
    )


def _comes_in(listener: Listener, port: int, *, veth: bool) -> str:
    if veth:
        return _(
            "the packet comes in by eth0 and reaches container {container}, which listens on port {port} ({why})",
            container=listener.container,
            port=port,
            why=listener.why,
        )
    return _(
        "the packet reaches container {container}, which listens on port {port} ({why})",
        container=listener.container,
        port=port,
        why=listener.why,
    )


def _lost_its_power(node: str, pod: Pod) -> str:
    return _("{node} has lost its power, so {pod} does not answer", node=node, pod=pod.ref)


def _runs_on_an_unknown_node(ref: str, node: str) -> str:
    if not node:
        return _("{pod} runs on no Node", pod=ref)
    return _("{pod} runs on {node}, and nothing is known here about this Node", pod=ref, node=node)
