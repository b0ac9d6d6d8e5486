"""Draws the three IPs: Nodes with their Pods inside, Services beside them, and which address is real.

A Node IP belongs to a network card, a Pod IP to a virtual one; a Cluster IP exists only in kube-proxy's rules. The key
over the picture shows this with the three ranges, and a box names the ways from one network to another, also those
that do not exist. If there are many Nodes, their Pods are counted; the outline has each Pod with its address.
Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.three_ips import NodeAddress, PodAddress, ServiceAddress, ThreeIPs
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    WIDE,
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Part,
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
from k8snotes.figures.states import said
from k8snotes.figures.wording import listed, pairs, plain

__all__ = ["three_ips_figure"]

_CAPTION = _(
    "Three kinds of frame show three kinds of address. A Node IP and a Pod IP belong to a network card, "
    "a Cluster IP (dashed frame) exists only in kube-proxy's rules."
)

# lines with a place that has a style of its own: made once, as there may be a thousand boxes
_NAME = _("DNS: another name for {name}", name=HERE)
_CLUSTER_IP = _("Cluster IP {ip}", ip=HERE)
_NODE_PORT = _("node port {ports} on every Node IP", ports=HERE)
_PENDING = _("load balancer {address}: no provider has created one", address=HERE)
_BALANCER = _("load balancer {address}", address=HERE)
_NODE_IP = _("Node IP {ip}", ip=HERE)
_POD_IP = _("Pod IP {ip}", ip=HERE)
_PODS_IN = _("its Pods are in {range}", range=HERE)
_ANSWERS_FOR = _("answers for {services}", services=HERE)

_NARROW = 146  # points: where Pods are drawn in pairs
_PACKED = 200  # points: a Node among many
_ON_ARROW = 92  # points: three short lines
_MOST_BOXES = 40  # more Pods, or stacks of them, are counted Node by Node and not drawn
_MOST_NODES = 8  # and so are the Pods of more Nodes
_MOST_PACKED = 24
_MOST_ARROWS = 8  # more of them hide each other, so each Pod names the Services that it answers for
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
    return Figure(_("three IPs"), story.finding, facts, story.scene, caption=_CAPTION)


class _Stack(NamedTuple):
    """Pods of one Node that say the same: one box of the picture."""

    node: str  # the id of the Node's box
    port: str  # where an arrow ends in that box
    pods: tuple[PodAddress, ...]


class _Story:
    """The addresses of a cluster: its Nodes with stacks of Pods, its Services, and the ways between them.

    `packed` says that the Pods are counted Node by Node, `crowded` that Pods are drawn in pairs and say in words for
    which Service they answer, because so many arrows would hide each other.
    """

    def __init__(self, facts: ThreeIPs, *, unfold: bool) -> None:
        self.facts = facts
        pods = [*(pod for node in facts.nodes for pod in node.pods), *facts.waiting]
        self.names = Names((*facts.services, *pods))
        self.total = len(pods)
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

    def finding(self) -> str:
        """Say how many Nodes, Pods and Services there are."""
        return _(
            "{nodes}, {pods}, {services}",
            nodes=ngettext("{n} Node", "{n} Nodes", len(self.facts.nodes)),
            pods=ngettext("{n} Pod", "{n} Pods", self.total),
            services=ngettext("{n} Service", "{n} Services", len(self.facts.services)),
        )

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
            drawn.append(Box([_("There is no Node and no Service here yet.")], id="nothing"))
        drawn += [Column(box.id for box in column) for column in (left, right) if column]
        if left and right:
            drawn.append(Link(left[0].id, right[0].id, {**palette.HIDDEN, "weight": "0"}))
        return Scene(
            [*drawn, *self.links()],
            told,
            opening=_("The three IPs of {finding}.", finding=self.finding()),
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
                (_("Node IP"), _("Node network")),
                facts.node_range,
                palette.NODE,
                Line(_("real, on network cards"), _("real, on the network cards of machines"), after=": "),
                drawn_only(_("other machines share it")),
            ),
            (
                (_("Pod IP"), _("Pod network")),
                facts.pod_range,
                palette.POD,
                Line(_("real, on virtual cards"), _("real, on virtual cards, one in each Pod"), after=": "),
                Line(share, after=", "),
            ),
            (
                (_("Cluster IP"), _("Service range")),
                facts.service_range,
                palette.SERVICE,
                Line(_("virtual, on no card"), after=": "),
                Line(_("only in rules"), after=", "),
            ),
        )
        boxes = []
        for (drawn, told), cidr, look, *lines in networks:
            head = Line(
                [bold(drawn), "   ", address(cidr, look)], f"{told} {plain(cidr) or _('(unknown range)')}"
            )
            boxes.append(Box([head, *lines], look, limit=190, width=190))
        return boxes

    def ways(self) -> Box:
        """Return the box under the shorter column: the ways between the networks, and those that do not exist."""
        lines: list[Words] = [bold(_("The ways between them"))]
        for way in self.facts.ways:
            sign = "✓" if way.open else "✗"
            lines.append([bold(f"{sign} {way.start} → {way.end}:"), f" {way.how}"])
        return Box(lines, id="ways")

    def outside(self) -> Iterator[Box]:
        """Yield what is outside: a client, where there is a way in, and the load balancer before the Nodes."""
        if not self.open or not self.facts.nodes:
            return
        yield Box([bold(_("a client outside the cluster"))], id="outside")
        if self.balanced:
            balancer = emphasized(_("load balancer {address}", address=HERE), bold(listed(self.balanced, 2)))
            yield Box([balancer], id="balancer")

    def service_box(self, at: int, service: ServiceAddress) -> Box:
        """Return the box of a Service: its Cluster IP, its node port, and the Pods that may answer."""
        name, in_alt = f"s{at}", at < _SAID_SERVICES
        kind = "" if service.type == "ClusterIP" else service.type
        called, place = f"Service {self.names.of(service)}", self.names.place(service)
        head = heading(f"Service {service.name}", kind, most=34)
        if service.type == "ExternalName":
            other = plain(service.external_name)
            told = _(
                "{service}: ExternalName, another name for {name}; no Cluster IP", service=called, name=other
            )
            drawn = emphasized(_NAME, bold(other))
            lines = [Line(head, told), drawn_only(drawn), drawn_only([_("no Cluster IP, no rules"), place])]
            sentence = _("{service} is another name for {name}.", service=called, name=other)
            return Box(
                lines,
                palette.SERVICE,
                id=name,
                limit=self.service_limit,
                ref=service.ref,
                alt=sentence if in_alt else "",
            )
        ports = [port.port for port in service.ports]
        headless = service.cluster_ip == "None"
        if headless:
            has: str = _("no Cluster IP (headless)")
        elif service.cluster_ip:
            has = _("Cluster IP {ip}", ip=plain(service.cluster_ip))
        else:
            has = _("no Cluster IP yet")
        parts = [plain(service.type), has]
        parts += [_("port {ports}", ports=listed(ports, 20))] if ports else []
        lines = [Line(head, f"{called}: {', '.join(parts)}")]
        if headless:
            without = _("no Cluster IP (headless): DNS gives the Pod IPs, no rules")
            lines.append(drawn_only([without, place]))
        else:
            there = address(service.cluster_ip or _("not assigned yet"), palette.SERVICE)
            virtual = emphasized(_CLUSTER_IP, there)
            lines.append(drawn_only([*virtual, f" : {listed(ports, 5)}" if ports else "", place]))
        if service.selector:
            selects = ngettext(
                "selects {labels}: {n} Pod",
                "selects {labels}: {n} Pods",
                service.pods_total,
                labels=pairs(service.selector),
            )
            lines.append(told_only(selects))
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            shown = bold(listed(node_ports, 4), told=listed(node_ports, 20))
            lines.append(Line(emphasized(_NODE_PORT, shown)))
        if service.pending:
            lines.append(self.pending(bool(node_ports)))
        elif service.load_balancer:
            shown = bold(listed(service.load_balancer, 2), told=listed(service.load_balancer, 8))
            lines.append(Line(emphasized(_BALANCER, shown)))
        names = [self.names.stack(stack.pods) for stack in self.ends(service)]
        names += [plain(ref) for ref in service.pods if ref not in self.stack_of]
        lines.append(Line(self.answering(service), self.leading(service, names)))
        leads = self.sentence(service, called, has, names)
        return Box(
            lines,
            palette.SERVICE,
            id=name,
            limit=self.service_limit,
            ref=service.ref,
            alt=leads if in_alt else "",
        )

    @staticmethod
    def pending(node_port: bool) -> Line:  # whether it has one
        """Return the line on a load balancer that no provider has created."""
        told = _("load balancer <pending>: no provider has created one")
        if node_port:
            told = _(
                "load balancer <pending>: no provider has created one, but the node port works without it"
            )
        return Line(emphasized(_PENDING, bold("<pending>")), told)

    @staticmethod
    def leading(service: ServiceAddress, names: Sequence[str]) -> str:
        """Say where kube-proxy's rules, or the answers of DNS, lead."""
        headless, ends = service.cluster_ip == "None", listed(names, 12)
        if headless and names:
            return f"✓ {_('DNS gives {names}', names=ends)}"
        if headless:
            return f"✗ {_('DNS gives no address')}"
        if names:
            rules = _("kube-proxy's rules lead to {names}", names=ends)
            return f"✓ {rules}"
        rules = _("kube-proxy's rules lead to no Pod")
        return f"✗ {rules}"

    @staticmethod
    def sentence(service: ServiceAddress, called: str, has: str, names: Sequence[str]) -> str:
        """Say in a sentence which address a Service has, and where it leads."""
        ends = listed(names, 3)
        if service.cluster_ip == "None":
            if not names:
                return _("{service} (headless) leads to no Pod.", service=called)
            return _("{service} (headless) leads to {names}.", service=called, names=ends)
        if not names:
            return _("{service} ({address}, virtual) leads to no Pod.", service=called, address=has)
        return _("{service} ({address}, virtual) leads to {names}.", service=called, address=has, names=ends)

    @staticmethod
    def answering(service: ServiceAddress) -> str:
        """Say how many Pods may answer for a Service, or which addresses do."""
        if service.pods_total:
            may = ngettext(
                "{ready} of {n} Pod may answer",
                "{ready} of {n} Pods may answer",
                service.pods_total,
                ready=len(service.pods),
            )
            return f"{'✓' if service.pods else '✗'} {may}"
        if service.selector:
            return f"✗ {_('no Pod is behind it')}"
        if service.pods:
            return f"✓ {_('leads to {addresses}, made by hand', addresses=listed(service.pods, 2))}"
        return f"✗ {_('no address is behind it')}"

    def node_box(self, at: int, node: NodeAddress, pods: Sequence[Box]) -> Box:
        """Return a Node's frame with its Pods in it."""
        lines = _node_lines(node)
        if not pods:
            lines.append(drawn_only(note(_("no Pods"), palette.MUTED)))
        names = [self.names.stack(stack.pods) for stack in self.stacks.get(f"n{at}", ())]
        name = f"{plain(node.name)} ({plain(node.ip)})" if node.ip else plain(node.name)
        if names:
            runs = _("Node {name} runs {pods}.", name=name, pods=listed(names, 4))
        else:
            runs = _("Node {name} runs no Pod.", name=name)
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
            Line(bold(_("no Node yet")), _("No Node yet, so no Pod IP")),
            drawn_only(_("no Node runs these Pods, so they have no Pod IP")),
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
        state = f"{look.symbol} {said(first.state)}"
        head = heading(self.names.bare(stack.pods), state, most=18 if self.crowded else 26)
        members = [f"{pod.name} {pod.ip}" for pod in stack.pods]
        lines = [Line(head, self.told_of(stack), members=members)]
        if first.host_network:
            lines.append(drawn_only([_("hostNetwork: it has its Node's IP"), place]))
        elif ips:
            there = emphasized(_POD_IP, address(ips[0], look))
            port = note(f":{listed(first.ports, 3)}" if first.ports else "", "", whole=True)
            others = len(ips) - 1
            more = f" {ngettext('and {n} more', 'and {n} more', others)}" if others else ""
            lines.append(drawn_only([*there, port, more, place]))
        else:
            lines.append(drawn_only([_("no Pod IP"), place]))
        if self.crowded and first.ref in self.behind:
            named = {service.ref: service.name for service in self.facts.services}
            names = listed((named[ref] for ref in self.behind[first.ref]), 3)
            lines.append(drawn_only(emphasized(_ANSWERS_FOR, bold(names))))
        return Box(
            lines,
            look,
            limit=self.limit,
            stacked=several,
            port=stack.port,
            ref=first.ref,
            indent=2,
        )

    def told_of(self, stack: _Stack) -> str:
        """Return what the outline says of a Pod, or of a stack of them."""
        first = stack.pods[0]
        name = f"{palette.sign_of(first.state)} {self.names.stack(stack.pods)} ({said(first.state)})"
        ports = f", {_('port {ports}', ports=listed(first.ports, 20))}" if first.ports else ""
        if len(stack.pods) > 1:
            return f"{name}, {_('each with a Pod IP of its own')}{ports}"
        if first.host_network:
            where: str = _("its Node's IP (hostNetwork)")
        else:
            where = _("Pod IP {ip}", ip=plain(first.ip)) if first.ip else _("no Pod IP")
        return f"{name}: {where}{ports}"

    def packed_nodes(self) -> Table:
        """Return the frames of many Nodes by twos, each with its Pods counted and not drawn.

        Of more than 24 Nodes the rest is counted too.
        """
        parts: list[Part] = []
        for at, node in enumerate(self.facts.nodes[:_MOST_PACKED]):
            states = Counter(pod.state for pod in node.pods)
            counts = [
                f"{palette.sign_of(state)} {many} {said(state)}" for state, many in sorted(states.items())
            ]
            makers = dict.fromkeys(maker_of(pod.workload, pod.name) for pod in node.pods)
            lines: list[Line | Words] = [*_node_lines(node)]
            total = ngettext("{n} Pod", "{n} Pods", len(node.pods))
            lines.append([bold(total), f"   {'   '.join(counts)}"])
            lines += [_("of {names}", names=listed(makers, 2))] if makers else []
            parts.append(Box(lines, palette.NODE, limit=_PACKED, width=_PACKED, port="" if at else "line"))
        left_out = len(self.facts.nodes) - len(parts)
        if left_out:
            more = ngettext("and {n} more Node, told in words", "and {n} more Nodes, told in words", left_out)
            parts.append(Label([note(more, palette.MUTED)]))
        return Table((parts[at : at + 2] for at in range(0, len(parts), 2)), spacing=4, id="n0")

    # the links

    def links(self) -> Iterator[Link]:
        """Yield the client's way to a node port, and the rules that lead from Services to Pods.

        If there are many, one arrow is drawn for all, because the rules are the same on every Node.
        """
        drawn: set[bool] = set()
        for at, service in enumerate(self.facts.services):
            headless = service.cluster_ip == "None"
            for stack in [] if self.crowded else self.ends(service):
                words = "DNS" if headless else _("kube-proxy's rules")
                label = None if headless in drawn else Label([words], padding=2)
                drawn.add(headless)
                yield Link(f"s{at}", f"{stack.node}:{stack.port}:w", palette.RULES, words=label)
        if self.crowded and self.facts.nodes:
            label = Label([_("kube-proxy's rules, the same on every Node")], limit=_ON_ARROW, padding=2)
            leading = (at for at, service in enumerate(self.facts.services) if self.ends(service))
            for at in islice(leading, 1):
                yield Link(f"s{at}", "n0:line-0:w", palette.RULES, words=label)
        if self.open and self.facts.nodes:
            ports = listed((p.node_port for s in self.open for p in s.ports if p.node_port), 3)
            ip = plain(self.facts.nodes[0].ip) or _("a Node IP")
            lines = [_("to {ip} : {ports}", ip=ip, ports=ports), _("or to any other Node IP")]
            label = Label(lines, limit=180, padding=2)
            yield Link("outside", "n0:line-1:w", palette.TRAFFIC, words=label)
            if self.balanced:
                yield Link("outside", "balancer", palette.TRAFFIC)
                some = Label([_("to one of the Nodes")], padding=2)
                yield Link("balancer", "n0:line-1:w", palette.TRAFFIC, words=some)


def _height(boxes: Iterable[Box]) -> int:
    return sum(bool(line.drawn) for box in boxes for line in box.lines)


def _share(facts: ThreeIPs) -> str:
    """Say which part of the Pod range each Node has."""
    prefixes = {node.pod_cidr.partition("/")[2] for node in facts.nodes}
    length = plain(prefixes.pop()) if len(prefixes) == 1 else ""
    return _("a /{length} for each Node", length=length) if length else _("a part of it for each Node")


def _node_lines(node: NodeAddress) -> list[Line]:
    """Return the lines that a Node's box begins with: its name, its address, the range of its Pods."""
    there = address(node.ip, palette.NODE) if node.ip else note(_("unknown"), palette.MUTED)
    lines = [
        Line(heading(_("Node {name}", name=plain(node.name)), most=34)),
        Line(emphasized(_NODE_IP, there), after=": "),
    ]
    if node.pod_cidr:
        lines.append(Line(emphasized(_PODS_IN, address(node.pod_cidr, palette.POD)), after=", "))
    return lines
