"""Draws the service map: each Service, the Pods behind it, and why a Pod is left out.

Services stand in the left column, Pods in the right one. A link says what becomes of a Pod that the selector
matches: it answers, it waits, or it is left out. Pods that no Service selects stand last, each with its reason;
a Service that selects nothing has a link to the Pod that comes nearest.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.catalogue import _
from k8snotes.facts.service_map import Link as Led
from k8snotes.facts.service_map import MappedPod, MappedService, ServiceMap
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import align
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
    Words,
    address,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.wording import count, listed, pairs, plain

__all__ = ["service_map_figure"]

_CAPTION = (
    "An arrow leads from a Service to each Pod that answers for it; every other Pod says why it does not."
)
_LEGEND = (
    "dashed frame: a Service, an address that stands in rules only   ·   ✓ solid frame: a Pod that answers",
    "◐ dotted frame: selected, but not ready   ·   ✗ dotted frame: no traffic   ·   double frame: several alike",
)
_STATES = ("ready", "not ready", "left out")


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
    Service map of 3 Services, 9 Pods. Service cache: selects 2 Pods, 2 read
    """
    story = _Map(facts, unfold=unfold)
    return Figure("service map", story.finding, facts, story.scene, caption=_CAPTION)


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
        if self.state == "ready" and self.first.state != "ready":
            return f"✓ asked, though {self.first.state}"
        if self.state == "not ready" and self.first.state == "terminating":
            return "◐ terminating"
        return {
            "ready": "✓ ready",
            "not ready": "◐ not ready",
            "left out": "✗ left out",
        }.get(self.state, "✗ not selected")

    @property
    def reasons(self) -> list[str]:
        """Why it gets no traffic, or not all of it: a line for each, with the Service's name if several select it."""
        if not self.links:
            return [self.first.reason] if self.first.reason else []
        services: dict[str, list[str]] = {}
        for link in self.links:
            if link.but:
                services.setdefault(link.but, []).append(link.service.rpartition("/")[2])
        several = len(self.links) > 1
        return [f"for {listed(names, 2)}: {why}" if several else why for why, names in services.items()]


class _Map:
    """One service map: its Services, the stacks of its Pods, and what leads from one to the other."""

    def __init__(self, facts: ServiceMap, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        self.names = Names((*facts.services, *facts.pods))
        self.finding = f"{count(len(facts.services), 'Service')}, {count(len(facts.pods), 'Pod')}"
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
                tuple((a.service, a.state, a.reason, a.ports) for a in links.get(pod.ref, ())),
            ),
            unfold=unfold,
        )
        place = {service.ref: at for at, service in enumerate(facts.services)}
        place |= {service.near: at for at, service in enumerate(facts.services) if service.near}

        def beside(pods: tuple[MappedPod, ...]) -> tuple[int, int]:
            """Sort Pods by the Service that they stand beside, the good ones first, strangers last."""
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

    def standing(self, service: MappedService) -> str:
        """Say how many Pods a Service finds and how many answer: "3 of 5 Pods   ✓ 2 ready".

        The second number counts the Pods of its Namespace: a selector looks nowhere else.
        """
        if service.by_hand or service.by_hand_waiting:
            made = count(len(service.by_hand), "address", "addresses")
            waiting = f"   ◐ {len(service.by_hand_waiting)} not ready" if service.by_hand_waiting else ""
            how = _("left by a controller") if service.by_controller else "made by hand"
            return f"{'✓' if service.by_hand else '✗'} {made} {how}{waiting}"
        if not service.selector:
            return "✗ no endpoints"
        selected = f"{service.selected} of {count(self.pods_in[service.namespace], 'Pod')}"
        if not service.selected:
            return f"✗ no endpoints: {selected}"
        if service.still_serving:
            return f"{selected}   ◐ none ready, {service.still_serving} still serving"
        return f"{selected}   {'✓' if service.ready else '✗'} {service.ready or 'none'} {self.asked(service)}"

    def asked(self, service: MappedService) -> str:
        """Say "ready", or "asked" for a Service that asks Pods which are not."""
        behind = self.behind.get(service.ref, ())
        published = any(link.state == "ready" and stack.first.state != "ready" for stack, link in behind)
        return "asked" if published else "ready"

    def scene(self) -> Scene:
        """Return the scene: Services in the left column, Pods in the right one, and the links between them."""
        services = [self.service_box(f"s{at}", service) for at, service in enumerate(self.facts.services)]
        pods = [self.pod_box(stack) for stack in self.stacks]
        drawn: list[Drawn] = [*align(services), *align(pods)]
        told: list[Told] = []
        if not drawn:
            drawn.append(Box([drawn_only("There is no Service and no Pod here yet.")], id="nothing"))
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
        strangers = [box for box, stack in zip(pods, self.stacks, strict=True) if not stack.links]
        if services:
            drawn.append(Column(box.id for box in services))
            # what no Service selects stands in the right column too
            drawn += [Link(services[-1].id, box.id, {**palette.HIDDEN, "weight": "0"}) for box in strangers]
        if right:
            drawn.append(Column(right))
        if strangers:
            names = listed((self.names.stack(stack.pods) for stack in self.stacks if not stack.links), 4)
            told.append(
                told_only("Pods that no Service selects", indent=0, alt=f"No Service selects {names}.")
            )
        told += strangers
        told += [told_only(_("note: {note}", note=plain(said)), indent=0) for said in self.facts.notes]
        return Scene(drawn, told, opening=f"Service map of {self.finding}.", legend=_LEGEND)

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
                Line(["DNS: another name for ", bold(service.external_name, most=36)], plain(service.note)),
                drawn_only(["no address of its own, no Pods", place]),
            ]
            return Box(lines, look, id=name, ref=service.ref, alt=self.sentence(service))
        ports = [port.port for port in service.ports]
        at = "headless, no Cluster IP" if service.cluster_ip == "None" else plain(service.cluster_ip)
        port = f", port {listed(ports, 20)}" if ports else ""
        lines = [Line(head, f"{called}: {plain(service.type)}, {at or 'no Cluster IP yet'}{port}")]
        if service.cluster_ip == "None":
            lines.append(drawn_only(["headless: no Cluster IP, DNS gives the Pod IPs", place]))
        else:
            there = address(service.cluster_ip or "not given yet", look)
            lines.append(drawn_only(["Cluster IP ", there, f" : {listed(ports, 5)}" if ports else "", place]))
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            shown = bold(listed(node_ports, 4), told=listed(node_ports, 20))
            lines.append(Line(["node port ", shown, " on every Node IP"]))
        if service.pending:
            lines.append(Line(["load balancer ", bold("<pending>"), ": nobody provides one"]))
        elif service.load_balancer:
            shown = bold(listed(service.load_balancer, 2), told=listed(service.load_balancer, 8))
            lines.append(Line(["load balancer ", shown]))
        if service.selector:
            lines.append(Line(["selects ", bold(pairs(service.selector))]))
        else:
            lines.append(drawn_only("no selector"))
        stands = note(self.standing(service), look.ink if broken else "")
        lines.append(Line(stands, f"{'✗' if broken else '✓'} {plain(service.note)}"))
        if service.near_why:
            drawn: Words = [] if service.meant else ["near miss: ", bold(service.near_why)]
            near = f"near miss, {plain(service.near)}: {plain(service.near_why)}"
            lines.append(Line(drawn, near, indent=4))
        if service.meant:
            lines.append(Line(["did you mean ", bold(service.meant), "?"], indent=4))
        return Box(lines, look, id=name, ref=service.ref, alt=self.sentence(service), fault=broken)

    def sentence(self, service: MappedService) -> str:
        """Say in a sentence how a Service stands, and what is behind it."""
        behind = [f"{self.names.stack(s.pods)} {link.state}" for s, link in self.behind.get(service.ref, [])]
        leads = f": {listed(behind, 4)}" if behind else ""
        end = f"; did you mean {plain(service.meant)}?" if service.meant else "."
        return f"Service {self.names.of(service)}: {plain(service.brief or service.note)}{leads}{end}"

    def pod_box(self, stack: _Stack) -> Box:
        """Return the box of a Pod, or of a stack of them; the outline tells of those alone that no Service selects."""
        state, reason = plain(stack.first.state), plain(stack.first.reason)
        told = f"✗ {self.called(stack)} {state}{f': {reason}' if reason else ''}"
        members = [pod.name for pod in stack.pods]
        lines = [Line(heading(self.names.bare(stack.pods), stack.words), told, members=members)]
        ips = [pod.ip for pod in stack.pods if pod.ip]
        place = self.names.place(stack.first)
        if ips:
            more = f" and {len(ips) - 1} more" if len(ips) > 1 else ""
            lines.append(drawn_only(["Pod IP ", address(ips[0], stack.look), more, place]))
        else:
            lines.append(drawn_only(["no Pod IP", place]))
        lines += [drawn_only(reason) for reason in stack.reasons]
        return Box(
            lines,
            stack.look,
            id=stack.id,
            ref=stack.first.ref,
            stacked=len(stack.pods) > 1,
            indent=2,
        )

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
        drawn: set[str] = set()
        for stack, link in behind:
            way = {"ready": palette.TRAFFIC, "not ready": palette.WAITING}.get(link.state, palette.CUT)
            words = {"ready": link.ports, "not ready": "waiting"}.get(link.state, "✗ left out")
            # the same words on each of many arrows hide the arrows
            shown = words and (len(behind) <= 3 or words not in drawn)
            drawn.add(words)
            called = f"{palette.sign_of(link.state)} {self.called(stack)}"
            yield Link(
                name,
                stack.id,
                way,
                words=Label(words.split("\n"), padding=2) if shown else None,
                told=told_only(
                    f"{called} {link.state}: {plain(_outlined(link))}",
                    members=[pod.name for pod in stack.pods],
                    nested=8,
                ),
            )

    def near_miss(self, name: str, service: MappedService) -> Iterator[Link]:
        """Yield the link from a Service that selects nothing to the Pod that comes nearest, if one does."""
        near = self.stack_of.get(service.near)
        if near:
            way = {**palette.CUT, "color": palette.ERROR.line, "weight": "2"}
            words = Label([note("near miss", palette.WARNING_INK)], padding=2)
            yield Link(name, near.id, way, words=words)

    @staticmethod
    def made_by_hand(name: str, service: MappedService) -> Iterator[Box]:
        """Yield the box of the addresses that were made by hand, if there are any."""
        ready, waiting = service.by_hand, service.by_hand_waiting
        if not ready and not waiting:
            return
        how = _("left by a controller") if service.by_controller else "made by hand"
        ports = service.by_hand_ports.replace("\n", ", ")
        leads = f": {ports}" if ports else ""
        lines = [drawn_only(bold(f"no Pod: {how}"))]
        lines += [drawn_only(f"✓ {listed(ready, 4)}")] if ready else []
        lines += [drawn_only(f"◐ not ready: {listed(waiting, 4)}")] if waiting else []
        lines += [told_only(f"✓ {plain(ip)}, {how}{leads}") for ip in ready]
        lines += [told_only(f"◐ {plain(ip)}, {how}, not ready") for ip in waiting]
        yield Box(lines, id=name)


def _is_broken(service: MappedService) -> bool:
    """Whether a Service that should lead somewhere leads nowhere.

    One of type ExternalName has no endpoints and needs none: DNS answers for it.
    """
    answers = service.ready or service.still_serving or service.by_hand
    return service.type != "ExternalName" and not answers


def _outlined(link: Led) -> str:
    """Say where a link leads, and what there is to say of it."""
    if link.state != "ready":
        return link.reason
    ports = link.ports.replace("\n", ", ")
    return f"{ports} ({link.but})" if link.but else ports
