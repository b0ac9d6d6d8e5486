"""Draws the three IPs as a crossing: a Node is a column, a Service a row through every Node, a Pod stands where they cross.

A Node IP belongs to a network card, a Pod IP to a virtual one; a Cluster IP exists only in kube-proxy's rules, which
are on every Node. The strip over the picture shows this with the three ranges, and lines under it name the ways from one
network to another, also those that do not exist. If there are many Nodes, their Pods are counted; the outline has each
Pod with its address.
Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.three_ips import NodeAddress, PodAddress, ServiceAddress, ThreeIPs
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Run,
    Scene,
    Told,
    Words,
    address,
    bold,
    drawn_only,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, noted, pairs, phrases, plain

__all__ = ["three_ips_figure"]

_CAPTION = _(
    "A Node is a column, a Service is a row through every Node, because its rules are on each of them. A Pod stands where "
    "they cross."
)
_NODE_PORT = _("node port {ports} on every Node", ports=HERE)
_BALANCER = _("load balancer {address}", address=HERE)
_PODS_IN = _("its Pods: {range}", range=HERE)

_ALL = 822  # pixels: the widest that a picture may be, without what is around it
_HEAD = 190  # pixels: what is said of a Service
_HEAD_OF_ONE = 250  # pixels: the same in one line
_GAP, _PAD = 8, 8  # pixels: between columns and rows, and in a crossing around its Pods
_WIDEST = 260  # pixels: a column
_NARROW = 170  # pixels: a column in which a Pod's state is a sign
_COUNTED = 96  # pixels: a column that has room for the Node's address
_MOST_DRAWN = 4  # Nodes whose Pods are drawn; those of more are counted
_MOST_NODES = 8  # columns
_HOW = 268  # pixels to the right: how a packet goes a way
_SAID_NODES, _SAID_SERVICES = 4, 6  # in the alternative text


class _Density(NamedTuple):
    """How dense a picture is.

    Args:
        row: The least height of a row, in pixels.
        around: Pixels in a crossing above and below its Pods.
        between: Pixels between rows.
        lines: The lines of a Pod; 0 where Pods are counted.
        brief: Whether a Service has one line.
        services: How many rows there are at most.
    """

    row: int
    around: int
    between: int
    lines: int
    brief: bool = False
    services: int = 12


_DENSITIES = (
    _Density(0, 5, 6, 2),
    _Density(40, 4, 3, 1),
    _Density(40, 0, 3, 0),
    _Density(26, 0, 3, 0, brief=True),
    _Density(26, 0, 3, 0, brief=True, services=8),
    _Density(26, 0, 3, 0, brief=True, services=5),
)


def three_ips_figure(facts: ThreeIPs, *, unfold: bool = False) -> Figure:
    """Return the three IPs as a Figure.

    Args:
        facts: The ranges, the Nodes with their Pods, the Services, and the ways between the networks.
        unfold: Whether to show each Pod where many that say the same would make a stack.

    >>> import k8snotes as kn
    >>> figure = three_ips_figure(kn.load("guestbook").three_ips().facts)
    >>> print(figure.text.splitlines()[4])
    Service range 10.96.0.0/16: virtual, on no card, only in rules
    """
    story = _Story(facts, unfold=unfold)
    return Figure(
        _("three IPs"),
        story.finding,
        facts,
        story.scene,
        verdict=lambda: _("Three networks: two are real, one exists in rules only"),
        caption=_CAPTION,
    )


class _Stack(NamedTuple):
    """Pods of one Node that say the same: one box of the picture."""

    node: str
    port: str  # its name
    pods: tuple[PodAddress, ...]


class _Row(NamedTuple):
    """A row of the picture: a Service, the Pods that no Service leads to, or Services that are counted."""

    key: str
    service: ServiceAddress | None
    counted: tuple[ServiceAddress, ...] = ()


class _Column(NamedTuple):
    """A column of the picture: a Node, or several that are counted."""

    nodes: tuple[NodeAddress, ...]
    x: float
    wide: float


class _Story:
    """The addresses of a cluster: its Nodes with stacks of Pods, its Services, and the ways between them."""

    def __init__(self, facts: ThreeIPs, *, unfold: bool) -> None:
        self.facts, self.unfold = facts, unfold
        pods = [*(pod for node in facts.nodes for pod in node.pods), *facts.waiting]
        self.names = Names((*facts.services, *pods))
        self.total = len(pods)
        self.behind: dict[str, list[str]] = {}
        for service in facts.services:
            for ref in service.pods:
                self.behind.setdefault(ref, []).append(service.ref)
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
            """Sort the Pods of a Node by the Services, as the rows are."""
            return min((place[ref] for ref in self.behind.get(pods[0].ref, ())), default=len(place))

        made = [_Stack(pods[0].node, f"p{at}", pods) for at, pods in enumerate(sorted(stacks, key=beside))]
        self.stacks: dict[str, list[_Stack]] = {}
        for stack in made:
            self.stacks.setdefault(stack.node, []).append(stack)
        self.stack_of = {pod.ref: stack for stack in made for pod in stack.pods}
        self.key_of = {service.ref: f"svc{at}" for at, service in enumerate(facts.services)}

    def finding(self) -> str:
        """Say how many Nodes, Pods and Services there are."""
        return _(
            "{nodes}, {pods}, {services}",
            nodes=ngettext("{n} Node", "{n} Nodes", len(self.facts.nodes)),
            pods=ngettext("{n} Pod", "{n} Pods", self.total),
            services=ngettext("{n} Service", "{n} Services", len(self.facts.services)),
        )

    def scene(self) -> Scene:
        """Return the scene: the strip of the networks, Nodes and Services crossing each other, the ways under them."""
        facts = self.facts
        strip = self.networks()
        drawn: list[Drawn] = []
        top = max(size_of(box)[1] for box in strip) + _GAP
        drawn_in = _DENSITIES if self.unfold or len(facts.nodes) <= _MOST_DRAWN else _DENSITIES[2:]
        for density in drawn_in:
            drawn = [*strip]
            low = self.crossing(drawn, top, density)
            low = self.waiting(drawn, low)
            if self.ways_drawn(drawn, low + 8) <= HIGHEST - 4 or self.unfold:
                break
        told: Iterable[Told] = chain(
            strip,
            (self.node_told(at, node) for at, node in enumerate(facts.nodes)),
            (self.waiting_told() for _waiting in facts.waiting[:1]),
            (self.service_told(at, service) for at, service in enumerate(facts.services)),
            (self.ways_told() for _once in range(1)),
        )
        return Scene(drawn, told, opening=_("The three IPs of {finding}.", finding=self.finding()))

    # what is drawn

    def networks(self) -> list[Box]:
        """Return the strip over the picture: the three networks, their ranges, and what is real.

        It is told before everything else, in the notes' words for the networks.
        """
        facts = self.facts
        networks = (
            (
                (_("Node IP"), _("Node network"), _("real: on the network card of a machine")),
                facts.node_range,
                palette.NODE,
                (_("real, on the network cards of machines"),),
            ),
            (
                (_("Pod IP"), _("Pod network"), _("real: on a virtual card in each Pod")),
                facts.pod_range,
                palette.POD,
                (_("real, on virtual cards, one in each Pod"), _share(facts)),
            ),
            (
                (_("Cluster IP"), _("Service range"), _("on no card: it stands in rules only")),
                facts.service_range,
                palette.SERVICE,
                (_("virtual, on no card"), _("only in rules")),
            ),
        )
        wide = (_ALL - 2 * 10) // 3
        boxes = []
        for at, ((drawn, told, real), cidr, look, more) in enumerate(networks):
            head = Line(
                [Run(plain(drawn), bold=True, color=look.ink), _at_right(cidr, look)],
                f"{told} {plain(cidr) or _('(unknown range)')}",
            )
            lines = [head, drawn_only(note(real, ""))]
            lines += [told_only(words, after=", " if number else ": ") for number, words in enumerate(more)]
            boxes.append(Box(lines, look, width=wide, at=(at * (wide + 10), 0)))
        return boxes

    def columns(self, nodes: Sequence[NodeAddress], head: float, *, counted: bool) -> list[_Column]:
        """Return the columns of Nodes; of more than eight, the last ones together."""
        if not nodes:
            return []
        groups: list[tuple[NodeAddress, ...]] = [(node,) for node in nodes[:_MOST_NODES]]
        if len(nodes) > _MOST_NODES and counted:
            groups[-1] = tuple(nodes[_MOST_NODES - 1 :])
        room = (_ALL - head - _GAP + 4) / len(groups)
        wide = int(min(_WIDEST, room - _GAP))
        return [_Column(group, head + _GAP + at * (wide + _GAP), wide) for at, group in enumerate(groups)]

    def rows(self, most: int) -> list[_Row]:
        """Return the rows: the Services, of many those with a fault first, and the Pods that none leads to."""
        services = self.facts.services
        rows = [_Row(self.key_of[service.ref], service) for service in services]
        if len(rows) > most and not self.unfold:
            rows.sort(key=lambda row: bool(row.service and _leads(row.service)))  # stable
            rest = tuple(row.service for row in rows[most - 1 :] if row.service)
            rows[most - 1 :] = [_Row("rest", None, rest)]
        if any(pod.ref not in self.behind for node in self.facts.nodes for pod in node.pods):
            rows.append(_Row("none", None))
        return rows

    def crossing(self, drawn: list[Drawn], top: float, density: _Density) -> float:
        """Draw the Nodes and the Services that cross them, and return where they end.

        Args:
            drawn: What the picture shows so far.
            top: Where it begins.
            density: How dense it is.
        """
        nodes = self.facts.nodes
        if not nodes and not self.facts.services:
            if self.facts.waiting:
                return top - _GAP
            nothing = Box([_("There is no Node and no Service here yet.")], id="nothing", at=(0, top))
            drawn.append(nothing)
            return top + size_of(nothing)[1]
        bands: list[Sequence[NodeAddress]] = [nodes]
        if density.lines and len(nodes) > _MOST_DRAWN:  # unfolded: some Nodes after the others
            bands = [nodes[at : at + _MOST_DRAWN] for at in range(0, len(nodes), _MOST_DRAWN)]
        for number, band in enumerate(bands):
            top = self.band(drawn, band, number, top, density) + 2 * _GAP
        return top - 2 * _GAP

    def band(
        self, drawn: list[Drawn], nodes: Sequence[NodeAddress], number: int, top: float, density: _Density
    ) -> float:
        """Draw some of the Nodes and the rows through them, and return where they end."""
        wide = _HEAD_OF_ONE if density.brief and len(nodes) <= _MOST_DRAWN else _HEAD
        columns = self.columns(nodes, wide, counted=not density.lines)
        rows = self.rows(density.services)
        heads = [
            self.node_head(f"n{number}-{at}", column, top, brief=density.brief)
            for at, column in enumerate(columns)
        ]
        y = top + max((size_of(head)[1] for head in heads), default=0) + (4 if heads else 0)
        bare = palette.BARE._replace(fill="")
        spare = 8 if density.row else 0  # of what is above and below the words of a Service
        frames: list[Drawn] = []
        cells: list[Drawn] = []
        right = columns[-1].x + columns[-1].wide + 4 if columns else _ALL
        for row in rows:
            contents = [self.cell(row, column, density.lines) for column in columns]
            head = self.row_head(f"{row.key}-{number}-head", row, density)
            head.width = wide
            inner = [
                sum(size_of(item)[1] for item in items) + 5 * (len(items) - 1) for items in contents if items
            ]
            high = max(
                [density.row, size_of(head)[1] - spare, *(tall + 2 * density.around for tall in inner)]
            )
            head.at = (0, y + (high - size_of(head)[1]) / 2)
            if row.key != "none":
                look = head.look
                head.look = bare
                frames.append(
                    Box(
                        [],
                        look,
                        id=f"{row.key}-{number}",
                        at=(0, y),
                        size=(right, high),
                        keys=[row.key],
                        title=head.title,
                    )
                )
            frames.append(head)
            for column, items in zip(columns, contents, strict=True):
                tall = sum(size_of(item)[1] for item in items) + 5 * (len(items) - 1)
                at = y + (high - tall) / 2
                for item in items:
                    item.at = (column.x + (column.wide - size_of(item)[0]) / 2, at)
                    at += size_of(item)[1] + 5
                cells += items
            y += high + density.between
        low = y - density.between + 6
        for column in columns:
            size = (column.wide, low - top)
            drawn.append(Box([], palette.NODE._replace(border=0), at=(column.x, top), size=size))
        drawn += frames
        drawn += heads
        for column in columns:
            size = (column.wide, low - top)
            drawn.append(Box([], palette.NODE._replace(fill=""), at=(column.x, top), size=size))
        drawn += cells
        return low

    def node_head(self, name: str, column: _Column, top: float, *, brief: bool) -> Box:
        """Return the head of a column: a Node's name, its address, and the range of its Pods."""
        node, more = column.nodes[0], len(column.nodes)
        bare = palette.BARE._replace(fill="")
        room = column.wide >= _COUNTED
        if more > 1:
            return Box(
                [drawn_only(bold(f"+ {more}")), drawn_only(note(_("more")))],
                bare,
                id=name,
                at=(column.x, top + 2),
                width=int(column.wide),
                keys=self.key_of.values(),
                title=listed((item.name for item in column.nodes), 20),
            )
        lines: list[Words] = [bold(node.name, most=30)]
        if column.wide > _NARROW:
            lines = [[bold(node.name, most=26), state(_("Node"))]]
        if room:
            there = Run(plain(node.ip), bold=True, color=palette.NODE.ink, literal=True, most=22)
            lines.append(there if node.ip else note(_("unknown")))
        if node.pod_cidr and column.wide > _NARROW and not brief:
            lines.append(
                [_small(run) for run in emphasized(_PODS_IN, literal(node.pod_cidr, palette.POD.ink))]
            )
        title = _("Node {name}", name=plain(node.name))
        return Box(
            [drawn_only(words) for words in lines],
            bare,
            id=name,
            at=(column.x, top + 2),
            width=int(column.wide),
            keys=self.key_of.values(),
            ref=f"node/{node.name}",
            title=phrases(title, _("Node IP {ip}", ip=plain(node.ip)) if node.ip else ""),
        )

    def row_head(self, name: str, row: _Row, density: _Density) -> Box:
        """Return the frame of a row, with what is said of its Service at the left."""
        service = row.service
        if row.counted:
            good = all(map(_leads, row.counted))
            number = len(row.counted)
            words = (
                ngettext("and {n} that leads to Pods", "and {n} that lead to Pods", number)
                if good
                else ngettext("and {n} more Service", "and {n} more Services", number)
            )
            look = palette.SERVICE if good else palette.ERROR
            return Box([drawn_only(words)], look, id=name, width=_HEAD, keys=[row.key])
        if service is None:
            lines = [
                drawn_only(note(_("no Service leads here"))),
                drawn_only(note(_("reached by Pod IP only"))),
            ]
            bare = palette.BARE._replace(fill="")
            return Box(lines[: 1 if density.brief else 2], bare, id=name, width=_HEAD, keys=[row.key])
        look = _look_of(service)
        drawn = self.service_lines(service, look, density)
        return Box(
            [drawn_only(words) for words in drawn],
            look,
            id=name,
            width=_HEAD,
            keys=[row.key],
            ref=service.ref,
            title=self.sentence_of(service),
        )

    def service_lines(self, service: ServiceAddress, look: Look, density: _Density) -> list[Words]:
        """Return what is said of a Service: its address, its node port, and what is wrong with it."""
        ports = [port.port for port in service.ports]
        where = f"{service.namespace}/" if self.names.place(service).text else ""
        kind = state(_("Service") if service.type == "ClusterIP" else service.type)
        if service.type == "ExternalName":
            other: list[str | Run] = [
                note(_("DNS: another name for")),
                note(" "),
                literal(service.external_name),
            ]
            lines: list[Words] = [[bold(f"{where}{service.name}", most=20), kind], other]
        elif service.cluster_ip == "None":
            lines = [
                [bold(f"{where}{service.name}", most=20), kind],
                note(_("headless: DNS gives the Pod IPs, no rules"), ""),
            ]
        else:
            there = service.cluster_ip or str(_("no Cluster IP yet"))
            shown: list[str | Run] = [address(there, look)]
            shown += [literal(f":{listed(ports, 2)}")] if ports else []
            lines = [[bold(f"{where}{service.name}", most=20), kind], shown]
        if density.brief:
            end = lines[1] if service.cluster_ip and service.cluster_ip != "None" else note(service.type)
            right = (
                [run._replace(right=True) for run in end[:1] if isinstance(run, Run)]
                if isinstance(end, list)
                else []
            )
            return [[bold(f"{where}{service.name}", most=60), *right]]
        if density.row:
            return lines
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            there_too = Run(listed(node_ports, 2), bold=True, color=palette.NODE.ink, literal=True)
            lines.append([_small(run) for run in emphasized(_NODE_PORT, there_too)])
        if service.pending or service.load_balancer:
            ip = listed(service.load_balancer, 1) if service.load_balancer else "<pending>"
            lines.append([_small(run) for run in emphasized(_BALANCER, literal(ip))])
        if not _leads(service) or service.pods_total != len(service.pods):
            words = self.answering(service)
            lines.append(note(words, "" if service.pods else look.ink))
        return lines

    def cell(self, row: _Row, column: _Column, lines: int) -> list[Box | Label]:
        """Return what stands where a Service crosses a Node: Pods, their number, or words that its rules are there."""
        service = row.service
        if row.counted:
            return []
        pods = [
            pod
            for node in column.nodes
            for pod in node.pods
            if (pod.ref in service.pods if service else pod.ref not in self.behind)
        ]
        keys = [row.key]
        if not lines:
            if len(pods) == 1 and pods[0].ip and column.wide > _NARROW:
                look = palette.look_of(pods[0].state)
                there = [note(f"{look.symbol} ", look.ink), address(pods[0].ip, look)]
                return [Label([drawn_only(there)], keys=keys)]
            if pods:
                signs = Counter(palette.look_of(pod.state) for pod in pods)
                return [
                    Label(
                        [drawn_only(Run(f"{look.symbol} {n}", bold=True, color=look.ink, small=True))],
                        keys=keys,
                    )
                    for look, n in signs.most_common(2)
                ]
        elif pods:
            stacks = dict.fromkeys(self.stack_of[pod.ref] for pod in pods)
            return [self.pod_box(stack, column, row.key, lines) for stack in stacks]
        if service is None or not service.cluster_ip or service.cluster_ip == "None":
            return []
        wide = column.wide > _NARROW
        here = _("the rules are here too") if wide else _("rules")
        return [
            Label([drawn_only(note(here, _look_of(service).ink))], limit=int(column.wide) - 12, keys=keys)
        ]

    def pod_box(self, stack: _Stack, column: _Column, key: str, lines: int) -> Box:
        """Return the box of a Pod, or of a stack of them: its state, and its address."""
        first = stack.pods[0]
        look = palette.look_of(first.state)
        narrow = column.wide <= _NARROW
        ips = [pod.ip for pod in stack.pods if pod.ip]
        sign = state(look.symbol if narrow else f"{look.symbol} {said(first.state)}", look)
        name: list[str | Run] = [bold(self.names.bare(stack.pods), most=60)]
        there: list[str | Run]
        if first.host_network:
            there = [Run(plain(first.ip), bold=True, color=palette.NODE.ink, literal=True, most=16)]
            there.append(note("  hostNetwork" if not narrow else ""))
        elif ips:
            there = [address(ips[0], look)]
            others = len(ips) - 1
            if others:
                there.append(note(f"  {ngettext('and {n} more', 'and {n} more', others)}"))
            elif first.ports and not narrow:
                there.append(literal(f":{first.ports[0]}"))
        else:
            there = [note(_("no Pod IP"))]
        beside = len(stack.pods) == 1 and not first.host_network and not narrow
        words = [name, [*there, sign]] if beside else [[*name, sign], there]
        if lines == 1:
            right = [run._replace(right=True) for run in there[:1] if isinstance(run, Run) and not narrow]
            words = [[*name, *right, state(f"  {look.symbol}", look)]]
        return Box(
            [drawn_only(line) for line in words],
            look,
            id=f"{stack.port}-{key}",
            width=int(column.wide) - 2 * _PAD - 2,
            stacked=len(stack.pods) > 1,
            keys=[key],
            ref=first.ref,
            title=self.told_of(stack),
        )

    def waiting(self, drawn: list[Drawn], low: float) -> float:
        """Draw the Pods that no Node runs, and return where they end."""
        waiting = self.facts.waiting
        if not waiting:
            return low
        names = listed((self.names.stack(stack.pods) for stack in self.stacks[""]), 4)
        words: list[str | Run] = [bold(f"◐ {_('no Node yet')}"), note(f"  {_('so no Pod IP:')} {names}", "")]
        box = Box([drawn_only(words)], palette.NOT_READY, id="waiting", width=_ALL, at=(0, low + _GAP))
        drawn.append(box)
        return low + _GAP + size_of(box)[1]

    def ways_drawn(self, drawn: list[Drawn], top: float) -> float:
        """Draw the ways between the networks, a line each, and return where they end."""
        for way in self.facts.ways:
            look = palette.POD if way.open else palette.FAULT
            sign = Run("✓ " if way.open else "✗ ", bold=True, color=look.ink, small=True)
            ends = Run(plain(f"{way.start} → {way.end}"), bold=True, small=True)
            between = Label([drawn_only([sign, ends])], limit=_HOW - 8, at=(0, top))
            how = Label([drawn_only(note(way.how, ""))], limit=_ALL - _HOW - 4, at=(_HOW, top))
            drawn += [between, how]
            top += max(size_of(between)[1], size_of(how)[1])
        return top

    # what is told

    def ways_told(self) -> Box:
        """Return the ways between the networks, and those that do not exist, for the outline."""
        lines = [told_only(_("The ways between them"))]
        for way in self.facts.ways:
            sign = "✓" if way.open else "✗"
            lines.append(
                told_only(plain(_("{head}: {text}", head=f"{sign} {way.start} → {way.end}", text=way.how)))
            )
        return Box(lines)

    def service_told(self, at: int, service: ServiceAddress) -> Box:
        """Return what the outline says of a Service: its Cluster IP, its node port, and the Pods that may answer."""
        in_alt = at < _SAID_SERVICES
        called = f"Service {self.names.of(service)}"
        alt = self.sentence_of(service) if in_alt else ""
        if service.type == "ExternalName":
            other = plain(service.external_name)
            told = _(
                "{service}: ExternalName, another name for {name}; no Cluster IP", service=called, name=other
            )
            return Box([told_only(told)], alt=alt)
        ports = [port.port for port in service.ports]
        port = _("port {ports}", ports=listed(ports, 20)) if ports else ""
        lines = [told_only(headed(called, phrases(plain(service.type), _address_of(service), port)))]
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
            lines.append(told_only(_("node port {ports} on every Node IP", ports=listed(node_ports, 20))))
        if service.pending:
            lines.append(told_only(self.pending(bool(node_ports))))
        elif service.load_balancer:
            lines.append(told_only(_("load balancer {address}", address=listed(service.load_balancer, 8))))
        lines.append(told_only(self.leading(service, self.ends_of(service))))
        return Box(lines, alt=alt)

    def ends_of(self, service: ServiceAddress) -> list[str]:
        """Return the names of the Pods that a packet for a Service may reach, and addresses that a user wrote."""
        stacks = {self.stack_of[ref].port: self.stack_of[ref] for ref in service.pods if ref in self.stack_of}
        names = [self.names.stack(stack.pods) for stack in stacks.values()]
        return names + [plain(ref) for ref in service.pods if ref not in self.stack_of]

    def sentence_of(self, service: ServiceAddress) -> str:
        """Say in a sentence which address a Service has, and where it leads."""
        called = f"Service {self.names.of(service)}"
        if service.type == "ExternalName":
            return _(
                "{service} is another name for {name}.", service=called, name=plain(service.external_name)
            )
        return self.sentence(service, called, _address_of(service), self.ends_of(service))

    @staticmethod
    def pending(node_port: bool) -> str:  # whether it has one
        """Say that no provider has created a load balancer."""
        if node_port:
            return _(
                "load balancer <pending>: no provider has created one, but the node port works without it"
            )
        return _("load balancer <pending>: no provider has created one")

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

    def node_told(self, at: int, node: NodeAddress) -> Box:
        """Return what the outline says of a Node, and of its Pods."""
        lines = [told_only(_("Node {name}", name=plain(node.name)))]
        lines.append(told_only(_("Node IP {ip}", ip=plain(node.ip) or _("unknown")), after=": "))
        if node.pod_cidr:
            lines.append(told_only(_("its Pods are in {range}", range=plain(node.pod_cidr)), after=", "))
        names = [self.names.stack(stack.pods) for stack in self.stacks.get(node.name, ())]
        name = noted(plain(node.name), plain(node.ip))
        if names:
            runs = _("Node {name} runs {pods}.", name=name, pods=listed(names, 4))
        else:
            runs = _("Node {name} runs no Pod.", name=name)
        return Box(lines, inside=self.pods_told(node.name), alt=runs if at < _SAID_NODES else "")

    def waiting_told(self) -> Box:
        """Return what the outline says of the Pods that no Node runs."""
        return Box([told_only(_("No Node yet, so no Pod IP"))], inside=self.pods_told(""))

    def pods_told(self, node: str) -> list[Box]:
        """Return what the outline says of the Pods of a Node."""
        return [
            Box(
                [told_only(self.told_of(stack), members=[f"{pod.name} {pod.ip}" for pod in stack.pods])],
                indent=2,
            )
            for stack in self.stacks.get(node, ())
        ]

    def told_of(self, stack: _Stack) -> str:
        """Return what the outline says of a Pod, or of a stack of them."""
        first = stack.pods[0]
        called = f"{palette.sign_of(first.state)} {self.names.stack(stack.pods)}"
        name = noted(called, said(first.state))
        ports = _("port {ports}", ports=listed(first.ports, 20)) if first.ports else ""
        if len(stack.pods) > 1:
            return phrases(name, _("each with a Pod IP of its own"), ports)
        if first.host_network:
            where: str = _("its Node's IP (hostNetwork)")
        else:
            where = _("Pod IP {ip}", ip=plain(first.ip)) if first.ip else _("no Pod IP")
        return headed(name, phrases(where, ports))


def _leads(service: ServiceAddress) -> bool:
    """Whether a Service leads anywhere."""
    return bool(service.pods) or service.type == "ExternalName"


def _look_of(service: ServiceAddress) -> Look:
    """Return how a Service is drawn: dotted where it has no rules, as a fault where it leads nowhere."""
    if not _leads(service):
        return palette.ERROR
    if service.type == "ExternalName" or service.cluster_ip == "None":
        return palette.LEFT_OUT
    return palette.SERVICE


def _address_of(service: ServiceAddress) -> str:
    """Say which Cluster IP a Service has."""
    if service.cluster_ip == "None":
        return _("no Cluster IP (headless)")
    if service.cluster_ip:
        return _("Cluster IP {ip}", ip=plain(service.cluster_ip))
    return _("no Cluster IP yet")


def _at_right(cidr: str, look: Look) -> Run:
    """Return a range for the right side of a box."""
    return Run(plain(cidr), bold=True, color=look.ink, literal=True, whole=True, right=True)


def _small(run: str | Run) -> Run:
    return note(run, "") if isinstance(run, str) else run


def _share(facts: ThreeIPs) -> str:
    """Say which part of the Pod range each Node has."""
    prefixes = {node.pod_cidr.partition("/")[2] for node in facts.nodes}
    length = plain(prefixes.pop()) if len(prefixes) == 1 else ""
    return _("a /{length} for each Node", length=length) if length else _("a part of it for each Node")
