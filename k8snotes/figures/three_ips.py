"""Draws the three IPs: Nodes with their Pods inside, Services beside them, and which address is real.

A Node IP and a Pod IP stand on a network card, a real one and a virtual one; a Cluster IP stands in kube-proxy's
rules alone. The key over the picture says so with the three ranges, and a box names the ways from one network to
another, also those that do not exist. Of many Nodes the Pods are counted; the outline has each with its address.
Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from k8snotes.facts.three_ips import NodeAddress, PodAddress, ServiceAddress, ThreeIPs
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import align
from k8snotes.figures.scene import (
    WIDE,
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    Words,
    address,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import Names, fold, maker_of
from k8snotes.figures.wording import count, listed, pairs, plain

__all__ = ["three_ips_figure"]

_CAPTION = (
    "Three kinds of frame, three kinds of address: a Node IP and a Pod IP are somewhere, "
    "a Cluster IP (dashed) stands in kube-proxy's rules only."
)

_NARROW = 146  # points: where Pods stand by twos
_PACKED = 200  # points: a Node among many
_MOST_BOXES = 40  # more Pods, or stacks of them, are counted Node by Node and not drawn
_MOST_NODES = 8  # and so are the Pods of more Nodes
_MOST_PACKED = 24
_MOST_ARROWS = 8  # more of them hide each other: then each Pod says in words for whom it answers
_SAID_NODES, _SAID_SERVICES = 4, 6  # in the alternative text


def three_ips_figure(facts: ThreeIPs, *, unfold: bool = False) -> Figure:
    """Return the three IPs as a Figure.

    Args:
        facts: The ranges, the Nodes with their Pods, the Services, and the ways between the networks.
        unfold: Whether to show each Pod where many that say the same would make a stack.

    >>> import k8snotes as kn
    >>> figure = three_ips_figure(kn.load("guestbook").three_ips().facts)
    >>> print(figure.text.splitlines()[3])
    Service range 10.96.0.0/16: virtual, on no card, only in rules
    """
    story = _Story(facts, unfold=unfold)
    return Figure("three IPs", story.finding, facts, story.scene, caption=_CAPTION)


class _Stack(NamedTuple):
    """Pods of one Node that say the same: one box of the picture."""

    node: str  # the id of the Node's box
    port: str  # where an arrow ends in that box
    pods: tuple[PodAddress, ...]


class _Story:
    """The addresses of a cluster: its Nodes with stacks of Pods, its Services, and the ways between them.

    `packed` says that the Pods are counted Node by Node, `crowded` that Pods stand by twos and say in words for
    which Service they answer, because so many arrows would hide each other.
    """

    def __init__(self, facts: ThreeIPs, *, unfold: bool) -> None:
        self.facts = facts
        pods = [*(pod for node in facts.nodes for pod in node.pods), *facts.waiting]
        self.names = Names((*facts.services, *pods))
        self.finding = (
            f"{count(len(facts.nodes), 'Node')}, {count(len(pods), 'Pod')}, "
            f"{count(len(facts.services), 'Service')}"
        )
        self.behind: dict[str, list[str]] = {}
        for service in facts.services:
            for ref in service.pods:
                self.behind.setdefault(ref, []).append(service.ref)
        id_of = {node.name: f"n{at}" for at, node in enumerate(facts.nodes)}
        stacks = fold(
            pods,
            lambda pod: (
                pod.node,
                pod.namespace,
                pod.workload,
                pod.state,
                pod.host_network,
                tuple(self.behind.get(pod.ref, ())),
            ),
            unfold=unfold,
        )
        place = {service.ref: at for at, service in enumerate(facts.services)}

        def beside(pods: tuple[PodAddress, ...]) -> int:
            """Sort the Pods of a Node by the Services, so that few arrows cross."""
            return min((place[ref] for ref in self.behind.get(pods[0].ref, ())), default=len(place))

        made = [
            _Stack(id_of.get(pods[0].node, "waiting"), f"p{at}", pods)
            for at, pods in enumerate(sorted(stacks, key=beside))
        ]
        self.stacks: dict[str, list[_Stack]] = {}
        for stack in made:
            self.stacks.setdefault(stack.node, []).append(stack)
        self.stack_of = {pod.ref: stack for stack in made for pod in stack.pods}
        many = len(made) > _MOST_BOXES or len(facts.nodes) > _MOST_NODES
        self.packed = many and not unfold and bool(facts.nodes)
        self.crowded = (
            self.packed or sum(len(self.ends(service)) for service in facts.services) > _MOST_ARROWS
        )
        self.limit, self.service_limit = (_NARROW, 205) if self.crowded else (WIDE, WIDE)
        self.balanced = [ip for service in facts.services for ip in service.load_balancer]
        self.open = [service for service in facts.services if any(p.node_port for p in service.ports)]

    def ends(self, service: ServiceAddress) -> list[_Stack]:
        """Return the stacks of Pods that a packet for a Service may reach."""
        stacks = {self.stack_of[ref].port: self.stack_of[ref] for ref in service.pods if ref in self.stack_of}
        return list(stacks.values())

    def scene(self) -> Scene:
        """Return the scene: Services in the left column, Nodes with their Pods in the right one."""
        facts, networks = self.facts, self.networks()
        services = align([self.service_box(at, service) for at, service in enumerate(facts.services)])
        pods = {place: [self.pod_box(stack) for stack in stacks] for place, stacks in self.stacks.items()}
        align([box for boxes in pods.values() for box in boxes])
        nodes = [self.node_box(at, node, pods.get(f"n{at}", [])) for at, node in enumerate(facts.nodes)]
        waiting = [self.waiting_box(pods.get("waiting", []))] if facts.waiting else []
        ways = self.ways()
        told: list[Told] = [*networks, *nodes, *waiting, *services, ways]
        left: list[Box | Table] = [*self.outside(), *services]
        right: list[Box | Table] = [*([self.packed_nodes()] if self.packed else nodes), *waiting]
        drawn: list[Drawn] = [*left, *right]
        if left and right:
            of_pods = [box for boxes in pods.values() for box in boxes]
            if _height(services) <= _height(of_pods) + len(right):
                ways.limit, ways.width = self.service_limit, services[0].width if services else 0
                left.append(ways)
            else:
                right.append(ways)
            drawn.append(ways)
        if not drawn:
            drawn.append(Box(["There is no Node and no Service here yet."], id="nothing"))
        drawn += [Column(box.id for box in column) for column in (left, right) if column]
        if left and right:
            drawn.append(Link(left[0].id, right[0].id, {**palette.HIDDEN, "weight": "0"}))
        return Scene(
            [*drawn, *self.links()],
            told,
            opening=f"The three IPs of {self.finding}.",
            header=Table([networks]),
            layout={"ranksep": "0.35" if self.crowded else "0.8"},
        )

    # the boxes

    def networks(self) -> list[Box]:
        """Return the key over the picture: the three networks, their ranges, and what is real.

        It is told before everything else, in the notes' words for the networks.
        """
        facts, share = self.facts, _share(self.facts)
        networks = (
            (
                ("Node IP", "Node network"),
                facts.node_range,
                palette.NODE,
                Line("real: on cards of machines", "real, on network cards of machines", after=": "),
                drawn_only("other machines share it"),
            ),
            (
                ("Pod IP", "Pod network"),
                facts.pod_range,
                palette.POD,
                Line("real, on virtual cards", "real, on virtual cards, one in each Pod", after=": "),
                Line(share, after=", "),
            ),
            (
                ("Cluster IP", "Service range"),
                facts.service_range,
                palette.SERVICE,
                Line("virtual: on no card", "virtual, on no card", after=": "),
                Line("only in rules", after=", "),
            ),
        )
        boxes = []
        for (drawn, told), cidr, look, *lines in networks:
            head = Line(
                [bold(drawn), "   ", address(cidr, look)], f"{told} {plain(cidr) or '(range not told)'}"
            )
            boxes.append(Box([head, *lines], look, limit=190, width=190))
        return boxes

    def ways(self) -> Box:
        """Return the box that stands under the shorter column: the ways between the networks, and where none is."""
        lines: list[Words] = [bold("The ways between them")]
        for way in self.facts.ways:
            sign = "✓" if way.open else "✗"
            lines.append([bold(f"{sign} {way.start} → {way.end}:"), f" {way.how}"])
        return Box(lines, id="ways")

    def outside(self) -> Iterator[Box]:
        """Yield who stands outside: a client, where there is a way in, and the load balancer before the Nodes."""
        if not self.open or not self.facts.nodes:
            return
        yield Box([bold("a client outside the cluster")], id="outside")
        if self.balanced:
            yield Box([["load balancer ", bold(listed(self.balanced, 2))]], id="balancer")

    def service_box(self, at: int, service: ServiceAddress) -> Box:
        """Return the box of a Service: its Cluster IP, its node port, and who may answer."""
        name, in_alt = f"s{at}", at < _SAID_SERVICES
        kind = "" if service.type == "ClusterIP" else service.type
        called, place = f"Service {self.names.of(service)}", self.names.place(service)
        head = heading(f"Service {service.name}", kind, most=34)
        if service.type == "ExternalName":
            other = f"another name for {plain(service.external_name)}"
            lines = [
                Line(head, f"{called}: ExternalName, {other}; no Cluster IP"),
                drawn_only(["DNS: another name for ", bold(service.external_name)]),
                drawn_only(["no Cluster IP, no rules", place]),
            ]
            sentence = f"{called} is {other}." if in_alt else ""
            return Box(
                lines, palette.SERVICE, id=name, limit=self.service_limit, ref=service.ref, alt=sentence
            )
        ports = [port.port for port in service.ports]
        headless = service.cluster_ip == "None"
        has = "no Cluster IP (headless)" if headless else f"Cluster IP {plain(service.cluster_ip)}"
        lines = [Line(head, f"{called}: {plain(service.type)}, {has}, port {listed(ports, 20)}")]
        if headless:
            lines.append(drawn_only(["no Cluster IP (headless): DNS gives the Pod IPs, no rules", place]))
        else:
            there = address(service.cluster_ip or "not given yet", palette.SERVICE)
            lines.append(drawn_only(["Cluster IP ", there, f" : {listed(ports, 5)}" if ports else "", place]))
        if service.selector:
            lines.append(told_only(f"selects {pairs(service.selector)}: {count(service.pods_total, 'Pod')}"))
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            shown = bold(listed(node_ports, 4), told=listed(node_ports, 20))
            lines.append(Line(["node port ", shown, " on every Node IP"]))
        if service.pending:
            free = Run("", told="; the node port works all the same")
            lines.append(Line(["load balancer ", bold("<pending>"), ": nobody provides one", free]))
        elif service.load_balancer:
            shown = bold(listed(service.load_balancer, 2), told=listed(service.load_balancer, 8))
            lines.append(Line(["load balancer ", shown]))
        names = [self.names.stack(stack.pods) for stack in self.ends(service)]
        names += [plain(ref) for ref in service.pods if ref not in self.stack_of]
        how = "DNS gives" if headless else "kube-proxy's rules lead to"
        told = f"{'✓' if names else '✗'} {how} {listed(names, 12) or 'nobody'}"
        lines.append(Line(self.answering(service), told))
        kind = "headless" if headless else f"{has}, virtual"
        sentence = f"{called} ({kind}) leads to {listed(names, 3) or 'nobody'}."
        return Box(
            lines,
            palette.SERVICE,
            id=name,
            limit=self.service_limit,
            ref=service.ref,
            alt=sentence if in_alt else "",
        )

    @staticmethod
    def answering(service: ServiceAddress) -> str:
        """Say how many Pods may answer for a Service, or who else does."""
        if service.pods_total:
            sign = "✓" if service.pods else "✗"
            return f"{sign} {len(service.pods)} of {count(service.pods_total, 'Pod')} may answer"
        if service.selector:
            return "✗ no Pod is behind it"
        if service.pods:
            return f"✓ leads to {listed(service.pods, 2)}, made by hand"
        return "✗ nobody is behind it"

    def node_box(self, at: int, node: NodeAddress, pods: Sequence[Box]) -> Box:
        """Return a Node's frame with its Pods in it."""
        lines = _node_lines(node)
        if not pods:
            lines.append(drawn_only(note("no Pods", palette.MUTED)))
        names = [self.names.stack(stack.pods) for stack in self.stacks.get(f"n{at}", ())]
        runs = f"Node {plain(node.name)} ({plain(node.ip)}) runs {listed(names, 4) or 'no Pod'}."
        return Box(
            lines,
            palette.NODE,
            id=f"n{at}",
            inside=self.by_twos(pods),
            port="line",
            ref=f"node/{node.name}",
            alt=runs if at < _SAID_NODES else "",
        )

    def waiting_box(self, pods: Sequence[Box]) -> Box:
        """Return the frame of the Pods that no Node runs."""
        lines = [
            Line(bold("no Node yet"), "No Node yet, so no Pod IP"),
            drawn_only("these Pods run nowhere, so they have no Pod IP"),
        ]
        return Box(lines, palette.LEFT_OUT, id="waiting", inside=self.by_twos(pods))

    def by_twos(self, pods: Sequence[Box]) -> Sequence[Part]:
        """Return the boxes of Pods: under each other, or by twos where no arrow has to reach them."""
        if not self.crowded or len(pods) < 3:
            return pods
        return [Table((pods[at : at + 2] for at in range(0, len(pods), 2)), spacing=3)]

    def pod_box(self, stack: _Stack) -> Box:
        """Return the box of a Pod, or of a stack of them: its state, and its address."""
        first = stack.pods[0]
        look = palette.look_of(first.state)
        several = len(stack.pods) > 1
        place = self.names.place(first)
        ips = [pod.ip for pod in stack.pods if pod.ip]
        ports = f", port {listed(first.ports, 20)}" if first.ports else ""
        at = "its Node's IP (hostNetwork)" if first.host_network else f"Pod IP {plain(first.ip) or 'none'}"
        where = f", each with a Pod IP of its own{ports}" if several else f": {at}{ports}"
        told = f"{look.symbol} {self.names.stack(stack.pods)} ({plain(first.state)}){where}"
        most = 18 if self.crowded else 26
        head = heading(self.names.bare(stack.pods), f"{look.symbol} {first.state}", most=most)
        lines = [Line(head, told, members=[f"{pod.name} {pod.ip}" for pod in stack.pods])]
        if first.host_network:
            lines.append(drawn_only(["hostNetwork: it has its Node's IP", place]))
        elif ips:
            more = f" and {len(ips) - 1} more" if len(ips) > 1 else ""
            port = note(f":{listed(first.ports, 3)}" if first.ports else "", "", whole=True)
            lines.append(drawn_only(["Pod IP ", address(ips[0], look), port, more, place]))
        else:
            lines.append(drawn_only(["no Pod IP", place]))
        if self.crowded and first.ref in self.behind:
            named = {service.ref: service.name for service in self.facts.services}
            names = listed((named[ref] for ref in self.behind[first.ref]), 3)
            lines.append(drawn_only(["answers for ", bold(names)]))
        return Box(
            lines,
            look,
            limit=self.limit,
            stacked=several,
            port=stack.port,
            ref=first.ref,
            indent=2,
        )

    def packed_nodes(self) -> Table:
        """Return the frames of many Nodes by twos, each with its Pods counted and not drawn.

        Of more than 24 Nodes the rest is counted too.
        """
        parts: list[Part] = []
        for at, node in enumerate(self.facts.nodes[:_MOST_PACKED]):
            states = Counter(pod.state for pod in node.pods)
            counts = [f"{palette.sign_of(state)} {many} {state}" for state, many in sorted(states.items())]
            makers = dict.fromkeys(maker_of(pod.workload, pod.name) for pod in node.pods)
            lines: list[Line | Words] = [*_node_lines(node)]
            lines.append([bold(count(len(node.pods), "Pod")), f"   {'   '.join(map(plain, counts))}"])
            lines += [f"of {listed(makers, 2)}"] if makers else []
            parts.append(Box(lines, palette.NODE, limit=_PACKED, width=_PACKED, port="" if at else "line"))
        left_out = len(self.facts.nodes) - len(parts)
        if left_out:
            parts.append(Label([note(f"and {left_out} more Nodes, told in words", palette.MUTED)]))
        return Table((parts[at : at + 2] for at in range(0, len(parts), 2)), spacing=4, id="n0")

    # the links

    def links(self) -> Iterator[Link]:
        """Yield the client's way to a node port, and the rules that lead from Services to Pods.

        In a crowd one arrow stands for all: the rules are the same on every Node.
        """
        drawn: set[str] = set()
        for at, service in enumerate(self.facts.services):
            words = "DNS" if service.cluster_ip == "None" else "kube-proxy's rules"
            for stack in [] if self.crowded else self.ends(service):
                label = None if words in drawn else Label([words], padding=2)
                drawn.add(words)
                yield Link(f"s{at}", f"{stack.node}:{stack.port}:w", palette.RULES, words=label)
        if self.crowded and self.facts.nodes:
            label = Label(["kube-proxy's", "rules, the same", "on every Node"], padding=2)
            leading = (at for at, service in enumerate(self.facts.services) if self.ends(service))
            for at in islice(leading, 1):
                yield Link(f"s{at}", "n0:line-0:w", palette.RULES, words=label)
        if self.open and self.facts.nodes:
            ports = listed((p.node_port for s in self.open for p in s.ports if p.node_port), 3)
            lines = [f"to {plain(self.facts.nodes[0].ip) or 'a Node IP'} : {ports}", "any Node IP will do"]
            label = Label(lines, limit=180, padding=2)
            yield Link("outside", "n0:line-1:w", palette.TRAFFIC, words=label)
            if self.balanced:
                yield Link("outside", "balancer", palette.TRAFFIC)
                some = Label(["to some Node"], padding=2)
                yield Link("balancer", "n0:line-1:w", palette.TRAFFIC, words=some)


def _height(boxes: Iterable[Box]) -> int:
    return sum(bool(line.drawn) for box in boxes for line in box.lines)


def _share(facts: ThreeIPs) -> str:
    """Say which part of the Pod range each Node has."""
    prefixes = {node.pod_cidr.partition("/")[2] for node in facts.nodes}
    length = plain(prefixes.pop()) if len(prefixes) == 1 else ""
    return f"a /{length} for each Node" if length else "a part of it for each Node"


def _node_lines(node: NodeAddress) -> list[Line]:
    """Return the lines that a Node's box begins with: its name, its address, the range of its Pods."""
    there = address(node.ip, palette.NODE) if node.ip else note("not told", palette.MUTED)
    lines = [Line(heading(f"Node {plain(node.name)}", most=34)), Line(["Node IP ", there], after=": ")]
    if node.pod_cidr:
        lines.append(Line(["its Pods are in ", address(node.pod_cidr, palette.POD)], after=", "))
    return lines
