"""Draws the service map: each Service, the Pods behind it, and why a Pod is left out.

Services are in the left column, Pods in the right one. A link shows what becomes of a Pod that the selector matches:
it answers, it waits, or it is left out. Pods that no Service selects come last, each with its reason. A Service that
selects no Pod has a link to the Pod that comes nearest.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.routes import WayIn
from k8snotes.facts.service_map import Link as Led
from k8snotes.facts.service_map import MappedPod, MappedService, ServiceMap
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Scene,
    Told,
    address,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import listed, pairs, plain

__all__ = ["service_map_figure"]

_CAPTION = _(
    "An arrow leads from a Service to each Pod that answers for it. The box of every other Pod says why it does not."
)
_LEGEND = (
    (
        _("dashed frame: a Service, whose address exists only in rules"),
        _("✓ solid frame: a Pod that answers"),
    ),
    (
        _("◐ dotted frame: selected, but not ready"),
        _("✗ dotted frame: no traffic"),
        _("double frame: several alike"),
    ),
)
_STATES = ("ready", "not ready", "left out")
_KINDS = {"ingress": "Ingress", "httproute": "HTTPRoute"}
_MOST_SAID = 24  # Services that the alternative text names: it has room for less
# lines with a place that has a style of its own: made once, as there may be a thousand boxes
_NAME = _("DNS: another name for {name}", name=HERE)
_CLUSTER_IP = _("Cluster IP {ip}", ip=HERE)
_NODE_PORT = _("node port {ports} on every Node IP", ports=HERE)
_PENDING = _("load balancer {address}: no provider has created one", address=HERE)
_BALANCER = _("load balancer {address}", address=HERE)
_SELECTS = _("selects {labels}", labels=HERE)
_NEAR = _("near miss: {why}", why=HERE)
_MEANT = _("did you mean {labels}?", labels=HERE)
_POD_IP = _("Pod IP {ip}", ip=HERE)


def service_map_figure(facts: ServiceMap, *, unfold: bool = False) -> Figure:
    """Return the service map as a Figure.

    Args:
        facts: The Services, the Pods, and what leads from one to the other.
        unfold: Whether to show each Pod where many that say the same would make a stack.

    Returns:
        A Figure; its outline names every Pod, also those of a stack.

    >>> import k8snotes as kn
    >>> figure = service_map_figure(kn.load("guestbook").service_map().facts)
    >>> print(figure.alt[:72])
    Service map of 4 Services, 9 Pods. Service cache: selects 2 Pods, 2 read
    """
    story = _Map(facts, unfold=unfold)
    return Figure(_("service map"), story.finding, facts, story.scene, caption=_CAPTION)


class _Stack(NamedTuple):
    """Pods that say the same: one box of the picture, one paragraph of the outline.

    They have the namespace, the workload, the state, and what every Service makes of them in common.
    """

    id: str
    pods: tuple[MappedPod, ...]
    links: tuple[Led, ...]

    @property
    def first(self) -> MappedPod:
        return self.pods[0]

    @property
    def state(self) -> str:
        """The best that a Service makes of it; "" if no Service selects it."""
        states = {link.state for link in self.links}
        return next((state for state in _STATES if state in states), "")

    @property
    def look(self) -> Look:
        return palette.look_of(self.state or "left out")

    @property
    def words(self) -> str:
        """What a Service makes of it, in a word or two."""
        own = said(self.first.state)
        if self.state == "ready":
            return f"✓ {own if self.first.state == 'ready' else _('gets traffic, but is {state}', state=own)}"
        if self.state == "not ready" and self.first.state == "terminating":
            return f"◐ {own}"
        return f"{self.look.symbol} {said(self.state) if self.state else _('not selected')}"

    @property
    def is_ready_unasked(self) -> bool:
        """Whether it gets traffic although no readiness probe has asked it."""
        return self.state == "ready" and self.first.state == "ready" and not self.first.probed

    @property
    def reasons(self) -> list[str]:
        """Why it gets no traffic, or not all of it: a line for each, with the Service's name if several select it."""
        if not self.links:
            return [plain(self.first.reason)] if self.first.reason else []
        services: dict[str, list[str]] = {}
        for link in self.links:
            if link.but:
                services.setdefault(link.but, []).append(link.service.rpartition("/")[2])
        several = len(self.links) > 1
        return [
            _("for {services}: {why}", services=listed(names, 2), why=plain(why)) if several else plain(why)
            for why, names in services.items()
        ]


class _Map:
    """One service map: its Services, the stacks of its Pods, and what leads from one to the other."""

    def __init__(self, facts: ServiceMap, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        self.names = Names((*facts.services, *facts.pods))
        # the alternative text begins with the Services that lead nowhere
        first = sorted(facts.services, key=_is_broken, reverse=True)[:_MOST_SAID]
        self.in_alt = {service.ref for service in first}
        self.pods_in = Counter(pod.namespace for pod in facts.pods)
        links: dict[str, list[Led]] = {}
        for link in facts.links:
            links.setdefault(link.pod, []).append(link)
        stacks = fold(
            facts.pods,
            lambda pod: (
                pod.namespace,
                pod.workload,
                pod.state,
                pod.reason,
                pod.probed,
                pod.uses,
                tuple((a.service, a.state, a.reason, a.ports) for a in links.get(pod.ref, ())),
            ),
            unfold=unfold,
        )
        place = {service.ref: at for at, service in enumerate(facts.services)}
        place |= {service.near: at for at, service in enumerate(facts.services) if service.near}

        def beside(pods: tuple[MappedPod, ...]) -> tuple[int, int]:
            """Sort Pods by the Service beside them: the ready ones first, those of no Service last."""
            mine = links.get(pods[0].ref, ())
            near = [place[ref] for ref in (*(a.service for a in mine), pods[0].ref) if ref in place]
            rank = [_STATES.index(link.state) for link in mine if link.state in _STATES]
            return min(near, default=len(place)), min(rank, default=len(_STATES))

        self.stacks = [
            _Stack(f"p{at}", pods, tuple(links.get(pods[0].ref, ())))
            for at, pods in enumerate(sorted(stacks, key=beside))
        ]
        self.stack_of = {pod.ref: stack for stack in self.stacks for pod in stack.pods}
        self.behind: dict[str, list[tuple[_Stack, Led]]] = {}
        for stack in self.stacks:
            for link in stack.links:
                self.behind.setdefault(link.service, []).append((stack, link))

    def finding(self) -> str:
        """Say how many Services and Pods there are."""
        return _(
            "{services}, {pods}",
            services=ngettext("{n} Service", "{n} Services", len(self.facts.services)),
            pods=ngettext("{n} Pod", "{n} Pods", len(self.facts.pods)),
        )

    def standing(self, service: MappedService) -> str:
        """Say how many Pods a Service selects and how many answer: "3 of 5 Pods   ✓ 2 ready".

        The second number counts the Pods of its Namespace: a selector looks nowhere else.
        """
        if service.by_hand or service.by_hand_waiting:
            number = len(service.by_hand)
            made = ngettext("{n} address made by hand", "{n} addresses made by hand", number)
            if service.by_controller:
                made = ngettext(
                    "{n} address left by a controller", "{n} addresses left by a controller", number
                )
            waiting = len(service.by_hand_waiting)
            more = f"   ◐ {ngettext('{n} not ready', '{n} not ready', waiting)}" if waiting else ""
            return f"{'✓' if service.by_hand else '✗'} {made}{more}"
        if not service.selector:
            return f"✗ {_('no endpoints')}"
        selected = ngettext(
            "{selected} of {n} Pod",
            "{selected} of {n} Pods",
            self.pods_in[service.namespace],
            selected=service.selected,
        )
        if not service.selected:
            return f"✗ {_('no endpoints: {selected}', selected=selected)}"
        if service.still_serving:
            serving = ngettext(
                "none ready, {n} still serving", "none ready, {n} still serving", service.still_serving
            )
            return f"{selected}   ◐ {serving}"
        if not service.ready:
            return f"{selected}   ✗ {_('none ready')}"
        if self.publishes(service):
            return f"{selected}   ✓ {ngettext('{n} gets traffic', '{n} get traffic', service.ready)}"
        return f"{selected}   ✓ {ngettext('{n} ready', '{n} ready', service.ready)}"

    def publishes(self, service: MappedService) -> bool:
        """Whether a Service sends traffic to Pods that are not ready."""
        behind = self.behind.get(service.ref, ())
        return any(link.state == "ready" and stack.first.state != "ready" for stack, link in behind)

    def scene(self) -> Scene:
        """Return the scene: Services in the left column, Pods in the right one, and the links between them."""
        services = [self.service_box(f"s{at}", service) for at, service in enumerate(self.facts.services)]
        pods = [self.pod_box(stack) for stack in self.stacks]
        drawn: list[Drawn] = [*align(services), *align(pods)]
        told: list[Told] = []
        if not drawn:
            drawn.append(Box([drawn_only(_("There is no Service and no Pod here yet."))], id="nothing"))
        right = [box.id for box in pods]
        for box, service in zip(services, self.facts.services, strict=True):
            links = [*self.links(box.id, service)]
            drawn += [*links, *self.near_miss(box.id, service)]
            told += [box, *links]
            for by_hand in self.made_by_hand(f"{box.id}hand", service):
                way = palette.TRAFFIC if service.by_hand else palette.WAITING
                drawn += [by_hand, Link(box.id, by_hand.id, way)]
                told.append(by_hand)
                right.append(by_hand.id)
        ways = self.ways_in()
        drawn += ways
        told += [box for box in ways if isinstance(box, Box)]
        strangers = [box for box, stack in zip(pods, self.stacks, strict=True) if not stack.links]
        if services:
            drawn.append(Column(box.id for box in services))
            # what no Service selects belongs in the right column too
            drawn += [Link(services[-1].id, box.id, {**palette.HIDDEN, "weight": "0"}) for box in strangers]
        if right:
            drawn.append(Column(right))
        if strangers:
            names = listed((self.names.stack(stack.pods) for stack in self.stacks if not stack.links), 4)
            alt = _("No Service selects {names}.", names=names)
            told.append(told_only(_("Pods that no Service selects"), indent=0, alt=alt))
        told += strangers
        told += [told_only(_("note: {note}", note=plain(said)), indent=0) for said in self.facts.notes]
        opening = _("Service map of {finding}.", finding=self.finding())
        return Scene(drawn, told, opening=opening, legend=["   ·   ".join(map(str, row)) for row in _LEGEND])

    def service_box(self, name: str, service: MappedService) -> Box:
        """Return the box of a Service: its address, its selector, and how many Pods it finds.

        The frame is that of an error where the Service leads nowhere; then the alternative text begins with it.
        """
        broken = _is_broken(service)
        look = palette.ERROR if broken else palette.SERVICE
        kind = "" if service.type == "ClusterIP" else service.type
        head = heading(f"Service {service.name}", kind, most=34)
        called = f"Service {self.names.of(service)}"
        place = self.names.place(service)
        if service.type == "ExternalName":
            lines = [
                Line(head, f"{called}: {plain(service.type)}"),
                Line(emphasized(_NAME, bold(service.external_name, most=36)), plain(service.note)),
                drawn_only([_("no address of its own, no Pods"), place]),
            ]
            return Box(lines, look, id=name, ref=service.ref, alt=self.sentence(service))
        ports = [port.port for port in service.ports]
        if service.cluster_ip == "None":
            at: str = _("headless, no Cluster IP")
        else:
            at = plain(service.cluster_ip) or _("no Cluster IP yet")
        parts = [plain(service.type), at]
        parts += [_("port {ports}", ports=listed(ports, 20))] if ports else []
        lines = [Line(head, f"{called}: {', '.join(parts)}")]
        if service.cluster_ip == "None":
            lines.append(drawn_only([_("headless: no Cluster IP, DNS gives the Pod IPs"), place]))
        else:
            there = address(service.cluster_ip or _("not assigned yet"), look)
            virtual = emphasized(_CLUSTER_IP, there)
            lines.append(drawn_only([*virtual, f" : {listed(ports, 5)}" if ports else "", place]))
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            shown = bold(listed(node_ports, 4), told=listed(node_ports, 20))
            lines.append(Line(emphasized(_NODE_PORT, shown)))
        if service.pending:
            lines.append(Line(emphasized(_PENDING, bold("<pending>"))))
        elif service.load_balancer:
            shown = bold(listed(service.load_balancer, 2), told=listed(service.load_balancer, 8))
            lines.append(Line(emphasized(_BALANCER, shown)))
        if service.selector:
            lines.append(Line(emphasized(_SELECTS, bold(pairs(service.selector)))))
        else:
            lines.append(drawn_only(_("no selector")))
        standing = note(self.standing(service), look.ink if broken else "")
        lines.append(Line(standing, f"{'✗' if broken else '✓'} {plain(service.note)}"))
        if service.near_why:
            why = plain(service.near_why)
            drawn = [] if service.meant else emphasized(_NEAR, bold(why))
            near = _("near miss, {pod}: {why}", pod=plain(service.near), why=why)
            lines.append(Line(drawn, near, indent=4))
        if service.meant:
            lines.append(Line(emphasized(_MEANT, bold(service.meant)), indent=4))
        return Box(lines, look, id=name, ref=service.ref, alt=self.sentence(service), fault=broken)

    def sentence(self, service: MappedService) -> str:
        """Say in a sentence what a Service selects, and which Pods are behind it; "" for one of very many."""
        if service.ref not in self.in_alt:
            return ""
        behind = [
            f"{self.names.stack(stack.pods)} {said(link.state)}"
            for stack, link in self.behind.get(service.ref, [])
        ]
        name, selects = self.names.of(service), plain(service.brief or service.note)
        if behind:
            return _("Service {name}: {note} ({pods}).", name=name, note=selects, pods=listed(behind, 4))
        sentence = _("Service {name}: {note}.", name=name, note=selects)
        if not service.meant:
            return sentence
        return f"{sentence} {_('Did you mean {labels}?', labels=plain(service.meant))}"

    def pod_box(self, stack: _Stack) -> Box:
        """Return the box of a Pod, or of a stack of them; the outline tells of those alone that no Service selects."""
        state, reason = said(stack.first.state), plain(stack.first.reason)
        told = f"✗ {self.called(stack)} {state}{f': {reason}' if reason else ''}"
        members = [pod.name for pod in stack.pods]
        lines = [Line(heading(self.names.bare(stack.pods), stack.words), told, members=members)]
        ips = [pod.ip for pod in stack.pods if pod.ip]
        place = self.names.place(stack.first)
        if ips:
            there = emphasized(_POD_IP, address(ips[0], stack.look))
            more = len(ips) - 1
            others = f" {ngettext('and {n} more', 'and {n} more', more)}" if more else ""
            unasked = note(f"   {_('no readiness probe')}", palette.MUTED) if stack.is_ready_unasked else ""
            lines.append(drawn_only([*there, others, unasked, place]))
        else:
            lines.append(drawn_only([_("no Pod IP"), place]))
        lines += [drawn_only(reason) for reason in stack.reasons]
        if stack.first.uses:
            lines.append(drawn_only(note(self.used(stack), palette.MUTED)))
        return Box(
            lines,
            stack.look,
            id=stack.id,
            ref=stack.first.ref,
            stacked=len(stack.pods) > 1,
            indent=2,
        )

    def used(self, stack: _Stack) -> str:
        """Say what the Pods of a stack use beside them."""
        every = dict.fromkeys(ref for pod in stack.pods for ref in pod.uses)
        return _("uses {objects}", objects=listed(map(plain, every), 6))

    def called(self, stack: _Stack) -> str:
        """Return the name of a Pod, or of a stack of them, with its address."""
        ips = [pod.ip for pod in stack.pods if pod.ip]
        return self.names.stack(stack.pods) + (f" ({listed(ips, 2)})" if ips else "")

    def links(self, name: str, service: MappedService) -> Iterator[Link]:
        """Yield the links from a Service to the Pods behind it.

        The words on a link are the ports, or why there is no traffic. Where more than three links would carry the
        same words, the first of them does.
        """
        behind = self.behind.get(service.ref, [])
        drawn: set[tuple[str, str]] = set()
        for stack, link in behind:
            way = {"ready": palette.TRAFFIC, "not ready": palette.WAITING}.get(link.state, palette.CUT)
            words = (link.state, link.ports if link.state == "ready" else "")
            # the same words on each of many arrows hide the arrows
            shown = words != ("ready", "") and (len(behind) <= 3 or words not in drawn)
            drawn.add(words)
            called = f"{palette.sign_of(link.state)} {self.called(stack)}"
            state = (
                _("ready, no readiness probe")
                if link.state == "ready" and stack.is_ready_unasked
                else said(link.state)
            )
            yield Link(
                name,
                stack.id,
                way,
                words=Label(_on_arrow(link), padding=2) if shown else None,
                told=told_only(
                    f"{called} {state}: {plain(_outlined(link))}{f'; {self.used(stack)}' if stack.first.uses else ''}",
                    members=[pod.name for pod in stack.pods],
                    nested=8,
                ),
            )

    def ways_in(self) -> list[Drawn]:
        """Return the boxes of the Ingresses and HTTPRoutes that lead to Services, and their links."""
        at = {service.ref: f"s{at}" for at, service in enumerate(self.facts.services)}
        by_source: dict[str, list[WayIn]] = {}
        for way in self.facts.ways_in:
            by_source.setdefault(way.source, []).append(way)
        boxes: list[Box] = []
        links: dict[tuple[str, str], Link] = {}
        for number, (source, ways) in enumerate(by_source.items()):
            name = f"w{number}"
            kind, _slash, own = source.rpartition("/")
            called = f"{_KINDS.get(kind.rpartition('/')[2], kind)} {plain(own)}"
            broken = all(way.words for way in ways)
            lines = [Line(heading(called, most=28))]
            lines += [Line(note(plain(by), palette.MUTED)) for by in dict.fromkeys(way.by for way in ways)]
            if ways[0].found:
                lines.append(Line(note(_("as found in the dump"), palette.MUTED)))
            for way in ways:
                where = f"{plain(way.host) or '*'}{plain(way.path) or ' *'}"
                to = f"{plain(way.service.rpartition('/')[2])}:{plain(way.port)}"
                line = f"{'✗' if way.words else '✓'} {where}"
                told = f"{line} → {to}: {plain(way.words)}" if way.words else f"{line} → {to}"
                lines.append(Line(line if way.service in at else f"{line} → {to}", told, indent=4))
                if way.service in at:
                    key = name, at[way.service]
                    works = not way.words or (key in links and links[key].way is palette.TRAFFIC)
                    links[key] = Link(*key, palette.TRAFFIC if works else palette.CUT)
            look = palette.ERROR if broken else palette.PLAIN
            names = listed(dict.fromkeys(way.service.rpartition("/")[2] for way in ways if not way.words), 3)
            alt = (
                _("{object} leads requests to {services}.", object=called, services=names)
                if names
                else _("{object} leads no request to a Service.", object=called)
            )
            boxes.append(Box(lines, look, id=name, limit=200, ref=source, alt=alt))
        column = [Column(box.id for box in boxes)] if boxes else []
        return [*align(boxes), *links.values(), *column]

    def near_miss(self, name: str, service: MappedService) -> Iterator[Link]:
        """Yield the link from a Service that selects nothing to the Pod that comes nearest, if one does."""
        near = self.stack_of.get(service.near)
        if near:
            way = {**palette.CUT, "color": palette.ERROR.line, "weight": "2"}
            words = Label([note(_("near miss"), palette.WARNING_INK)], padding=2)
            yield Link(name, near.id, way, words=words)

    @staticmethod
    def made_by_hand(name: str, service: MappedService) -> Iterator[Box]:
        """Yield the box of the addresses that were made by hand, if there are any."""
        ready, waiting = service.by_hand, service.by_hand_waiting
        if not ready and not waiting:
            return
        how = _("no Pod, left by a controller") if service.by_controller else _("no Pod, made by hand")
        lines = [drawn_only(bold(how))]
        lines += [drawn_only(f"✓ {listed(ready, 4)}")] if ready else []
        if waiting:
            lines.append(drawn_only(f"◐ {_('not ready: {addresses}', addresses=listed(waiting, 4))}"))
        lines += [told_only(f"✓ {_answers(service, ip)}") for ip in ready]
        lines += [told_only(f"◐ {_waits(service, ip)}") for ip in waiting]
        yield Box(lines, id=name)


def _answers(service: MappedService, ip: str) -> str:
    """Say who made an address without a Pod, and which port of the Service leads to which of its ports."""
    ports = service.by_hand_ports.replace("\n", ", ")
    if service.by_controller:
        return _("{address}, left by a controller: {ports}", address=plain(ip), ports=ports)
    if not ports:
        return _("{address}, made by hand", address=plain(ip))
    return _("{address}, made by hand: {ports}", address=plain(ip), ports=ports)


def _waits(service: MappedService, ip: str) -> str:
    """Say who made an address without a Pod that is not ready."""
    if service.by_controller:
        return _("{address}, left by a controller, not ready", address=plain(ip))
    return _("{address}, made by hand, not ready", address=plain(ip))


def _is_broken(service: MappedService) -> bool:
    """Whether a Service that should lead somewhere leads nowhere.

    One of type ExternalName has no endpoints and needs none: DNS answers for it.
    """
    answers = service.ready or service.still_serving or service.by_hand
    return service.type != "ExternalName" and not answers


def _on_arrow(link: Led) -> list[str]:
    """Return the words on a link: the ports, or why there is no traffic."""
    if link.state == "ready":
        return link.ports.split("\n")
    return [_("waiting") if link.state == "not ready" else f"✗ {_('left out')}"]


def _outlined(link: Led) -> str:
    """Say which ports a link leads to, or why there is no traffic."""
    if link.state != "ready":
        return link.reason
    ports = link.ports.replace("\n", ", ")
    return f"{ports} ({link.but})" if link.but else ports
