"""One packet, hop by hop: through names, load balancer, node port, kube-proxy's rules, bridge and veth to a port."""

from __future__ import annotations

from collections import Counter

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.network import reasons
from k8snotes.network.dice import Thrown, every_way
from k8snotes.network.ground import Ground, bridge_ip, node_ip
from k8snotes.network.outer import Outer
from k8snotes.network.packet import Share, Trace
from k8snotes.network.sender import Lookup, Sender, look_up, own_address
from k8snotes.network.targets import Target
from k8snotes.network.walk import End, Question, Remembered, Surroundings
from k8snotes.node.kube_proxy import Backend, Decision, decide

__all__ = ["Surroundings", "trace"]

_MASQUERADE = "nat: -A KUBE-POSTROUTING {}"


def trace(
    ground: Ground, sender: Sender, target: Target, around: Surroundings | None = None, *, times: int = 1
) -> Trace:
    """Follow the first packet of a connection, as the kernel of each machine on the way would treat it.

    Where the rules choose by chance, dice are thrown that fall the same way for the same question. With
    `times` the question is asked so often: the answer tells the first way, and how all were spread.
    Raises NotFoundError for a name that nobody knows.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
    """
    asked = Question(ground, sender, target, around or Surroundings())
    dice = Thrown(f"{sender.ref} {sender.ip} {target} {target.protocol}")
    remembered: Remembered = {}
    first = _Way(asked, dice, remembered)
    end = first.go()
    spread: tuple[Share, ...] = ()
    if times > 1:
        ways = [] if first.sticky else list(every_way(lambda throw: _Way(asked, throw, {}).go()))
        chances: dict[tuple[str, str, str], float] = {}
        for chance, found in ways:
            chances[_place(found)] = chances.get(_place(found), 0.0) + chance
        if chances:  # to throw for the end of a way comes to the same as to go it, and is soon done
            places = list(chances)
            more = [places[at] for at in dice.throws([*chances.values()], times - 1)]
        else:
            more = _walked(asked, dice, remembered, times - 1)
        spread = _spread([_place(end), *more], chances)
    return first.told(end, times, spread)


def _walked(asked: Question, dice: Thrown, remembered: Remembered, times: int) -> list[tuple[str, str, str]]:
    """Return where so many more requests end, each knowing what those before it have left behind."""
    places: list[tuple[str, str, str]] = []
    while len(places) < times:
        before = dice.thrown
        places.append(_place(_Way(asked, dice, remembered).go()))
        if dice.thrown == before:  # nothing was left to chance, so it stays like this
            return places + places[-1:] * (times - len(places))
    return places


def _spread(
    places: list[tuple[str, str, str]], chances: dict[tuple[str, str, str], float]
) -> tuple[Share, ...]:
    """Count the ends, and set beside each the chance that it has ({}: they are not alike)."""
    counted = Counter(places)
    return tuple(
        Share(*place, counted[place], round(chances.get(place, 0.0), 9) if chances else None)
        for place in sorted({*chances, *counted})
    )


def _place(end: End) -> tuple[str, str, str]:
    return end.server.ref if end.server else "", end.ip or "", end.outcome


class _Way(Outer):
    """The way of one packet: out of where it is sent, over Nodes and their rules, to where it arrives.

    Each method ends in the next one, as each machine hands the packet on.
    """

    # ---- the way out

    def go(self) -> End:
        """Follow the packet to its end."""
        if not self.target.is_address:
            found = look_up(self.ground, self.sender, self.target.host)
            stopped = self._named(found)
            if stopped:
                return stopped
        if self.sender.kind == "outside":
            return self._from_outside()
        here = self.ground.node_named.get(self.sender.node)
        if here is None:
            reason = (
                f"{self.sender.ref} runs on {self.sender.node or 'no Node'}, of which nothing is known here"
            )
            return self.end("timeout", reason, kind="pod", place=self.sender.ref)
        if here.name in self.around.silent:
            reason = f"{here.name} has lost its power: nothing on it sends anything"
            return self.end("timeout", reason, kind="machine", place=here.name)
        if self.sender.kind == "node":
            self.sends_as(own_address(self.ground, here.name, self.ip))
            self.hop("machine", here.name, f"{self.who()} sends", node=here.name)
            return self.at_node(here, "node")
        return self._from_pod(here)

    def _named(self, found: Lookup) -> End | None:
        if found.failed:
            return self.end("unresolved", found.failed, kind="name", place=found.where)
        if found.beyond:
            self.hop("name", found.where, found.what)
            reason = (
                f"the packet leaves the cluster for {found.beyond}: what stands there, "
                "and whether it answers, is not known here"
            )
            return self.end(
                "leaves", reason, found.hint, kind="network", place="the network beyond the Nodes"
            )
        chosen = found.addresses[self.dice.throw([1.0] * len(found.addresses))]
        self.hop("name", found.where, found.said(chosen), ip=chosen)
        return None

    def _from_outside(self) -> End:
        self.hop("machine", "outside", f"a machine that is no Node ({self.source}) sends")
        if self.ip.startswith("127."):
            reason = f"{self.ip} is the sender's own machine: the packet never comes near the cluster"
            return self.end("leaves", reason, kind="machine", place="outside")
        node = self.ground.node_at.get(self.ip)
        if node is not None:
            self.hop("network", "the Node network", f"leads to {node.name}, whose card has this address")
            return self.at_node(node, "outside")
        service = self.ground.at_outer_ip.get(self.ip)
        if service is not None:
            return self.from_balancer(service)
        return self._beyond(None)

    def _from_pod(self, here: Node) -> End:
        pod = self.sender.pod
        if pod is None:
            raise TypeError
        if self.ip == pod.ip or self.ip.startswith("127."):
            self.sends_as(self.ip)
            what = "sends to itself, over lo: it does not leave the Pod"
            self.hop("pod", pod.ref, what, node=here.name)
            return self.deliver(pod, veth=False)
        self.hop("pod", pod.ref, "sends from its eth0, one end of a veth pair", node=here.name)
        bridge = bridge_ip(here)
        own = f" ({bridge})" if bridge else ""
        self.hop(
            "bridge",
            f"{here.name}: bridge",
            f"takes it from the other end of the veth pair{own}",
            node=here.name,
        )
        return self.at_node(here, "pod")

    # ---- on a Node

    def at_node(self, node: Node, origin: str) -> End:
        """Hold the packet against the Node's rules, then send it on."""
        if node.name in self.around.silent:
            reason = f"{node.name} has lost its power: nobody is there to take the packet"
            return self.end("timeout", reason, kind="machine", place=node.name)
        held = self.ground.rules_of(node.name)
        known = self.remembered.setdefault(node.name, set())
        found = decide(
            held,
            self.ip,
            self.port,
            self.protocol,
            origin=origin,
            source=self.source,
            remembered=known,
            throw=self.dice.throw,
        )
        if found.outcome == "dnat":
            self._translate(node, found, origin)
        elif found.outcome != "no rule":
            return self._stopped(node, found)
        return self._forward(node, came=origin)

    def _service(self, node: Node) -> Service | None:
        """Return the Service whose address the packet has now."""
        found = self.ground.at_cluster_ip.get(self.ip) or self.ground.at_outer_ip.get(self.ip)
        if found is None and (self.ground.node_at.get(self.ip) is node or self.ip.startswith("127.")):
            owner = self.ground.at_node_port.get((self.port or 0, self.protocol))
            found = owner[0] if owner else None
        return found

    def _translate(self, node: Node, found: Decision, origin: str) -> None:
        service = self._service(node)
        chosen = found.backends[0]
        known = self.remembered[node.name]
        sticky = service is not None and service.spec.get("sessionAffinity") == "ClientIP"
        again = sticky and chosen.chain in known
        self.sticky |= sticky
        known.add(chosen.chain)
        rules = tuple(str(step) for step in chosen.steps)
        what = reasons.chosen(service, chosen, found.of, again=again)
        place = f"{node.name}: kube-proxy's rules"
        before = self.source
        self.hop("rules", place, what, ip=chosen.ip, port=chosen.port, rules=rules, node=node.name)
        self.translated.append(node.name)
        if chosen.masqueraded:
            mark = self.ground.rules_of(node.name).nat["KUBE-POSTROUTING"].rules[-1]
            source = own_address(self.ground, node.name, chosen.ip)
            if source and source != before:
                why = self._why_masqueraded(chosen, origin, before)
                self.hop(
                    "rules", place, why, source=source, rules=(_MASQUERADE.format(mark),), node=node.name
                )

    def _why_masqueraded(self, chosen: Backend, origin: str, before: str) -> str:
        if chosen.ip == before:
            return (
                "the Pod has been led back to itself (hairpin): the source becomes the Node's address, "
                "or the Pod would answer itself directly, from an address that it did not call"
            )
        if origin == "node":
            return "the source becomes that of the card which leads to the Pod (masquerade)"
        return (
            "the source becomes the Node's address (masquerade), so that the answer comes back here "
            "to be translated back; the Pod will not see who has called"
        )

    def _stopped(self, node: Node, found: Decision) -> End:
        service = self._service(node)
        rules = tuple(str(step) for step in found.steps)
        outcome = "refused" if found.outcome == "reject" else "timeout"
        reason, hint = reasons.stopped(service, found, node.name, self.around.why)
        if outcome == "refused" and service is not None:
            if (service.namespace, service.name) in self.ground.unknown:
                outcome, (reason, hint) = "leaves", reasons.not_told(service)
            else:
                reason = (
                    reasons.no_port_of_that_name(self.ground, service, self.port, self.protocol) or reason
                )
        place = f"{node.name}: kube-proxy's rules"
        return self.end(outcome, reason, hint, kind="rules", place=place, rules=rules, node=node.name)

    # ---- between machines

    def _forward(self, node: Node, came: str) -> End:
        """Route the packet from a Node to where its destination is."""
        pod = self.ground.pod_at.get(self.ip)
        if pod is not None:
            return self._to_pod(node, pod, came)
        other = self.ground.node_at.get(self.ip) or self.ground.bridge_at.get(self.ip)
        if other is node or self.ip.startswith("127.") or self.ip == bridge_ip(node):
            return self._at_own_address(node)
        if other is not None:
            self.as_a_pod(other.name)
            self._over_the_wire(node, other)
            return self.at_node(other, "outside")
        service = self.ground.at_outer_ip.get(self.ip)
        if service is not None:
            self._out_of(node)
            return self.from_balancer(service)
        return self._beyond(node)

    def _at_own_address(self, node: Node) -> End:
        """Come to an address of the Node itself: a hostPort leads on to a Pod."""
        found = self.ground.host_ports.get((node.name, self.port or 0, self.protocol))
        if found is None or found[2] not in ("", self.ip):
            return self.to_own_port(node)
        pod, port, _ = found
        what = f"hostPort {self.port} of {pod.ref}: the network plugin's rule, not kube-proxy's, sends it to the Pod"
        place = f"{node.name}: the network plugin's rules"
        self.hop("rules", place, what, ip=pod.ip, port=port, node=node.name)
        self.translated.append(node.name)
        sender = self.ground.pod_at.get(self.source)
        if self.source.startswith("127.") or (sender is not None and sender.node_name == node.name):
            # to such a sender the Pod would answer directly, from an address that he did not call
            source = own_address(self.ground, node.name, pod.ip)
            self.hop(
                "rules",
                place,
                "the source becomes the Node's address (masquerade)",
                source=source,
                node=node.name,
            )
        return self._to_pod(node, pod, "outside")

    def _over_the_wire(self, node: Node, other: Node) -> None:
        what = f"leaves through the card of {node.name} and comes in through the card of {other.name}"
        self.hop("network", "the network between the Nodes", what, node=other.name)

    def _out_of(self, node: Node) -> None:
        what = f"leaves through the card of {node.name}"
        self.hop("network", "the network beyond the Nodes", what, node=node.name)

    def _to_pod(self, node: Node, pod: Pod, came: str) -> End:
        home = self.ground.node_named.get(pod.node_name)
        if home is None:
            reason = f"{pod.ref} runs on {pod.node_name or 'no Node'}, of which nothing is known here"
            return self.end("timeout", reason, kind="network", place="the network between the Nodes")
        if home is not node:
            self._over_the_wire(node, home)
            if home.name in self.around.silent:
                reason = f"{home.name} has lost its power, and {pod.ref} with it"
                return self.end("timeout", reason, kind="machine", place=home.name)
        if home is not node or came != "pod" or self._last_rewrote():
            what = f"puts it on the veth pair of {pod.ref}"
            self.hop("bridge", f"{home.name}: bridge", what, node=home.name)
        return self.deliver(pod)

    def _last_rewrote(self) -> bool:
        return bool(self.hops) and self.hops[-1].kind == "rules"

    def _beyond(self, node: Node | None) -> End:
        """Come to an address that no Pod and no Node has."""
        if (
            self.ip == self.ground.dns_ip
            and node is not None
            and (self.protocol, self.port) in (("TCP", 53), ("UDP", 53))
        ):
            place = f"cluster DNS at {self.ip}"
            return self.end("connected", "cluster DNS answers", kind="machine", place=place)
        lost = reasons.lost(self.ground, node, self.ip, self.port, self.protocol)
        if lost is not None:
            where = f"{node.name}: routes" if node is not None else "the network outside"
            on = node.name if node is not None else ""
            return self.end("timeout", *lost, kind="network", place=where, node=on)
        if node is not None:
            self._out_of(node)
            if self.ip == API_SERVER_IP:
                self.as_a_pod("the Master")
            elif self.source in self.ground.pod_at and node_ip(node):
                what = "its source becomes the Node's address (masquerade by the network plugin, as most do)"
                self.hop("network", f"{node.name}: card", what, source=node_ip(node), node=node.name)
                self.translated.append(node.name)
        return self.at_a_stranger()
