"""Draws the service map: each Service, the Pods behind it, and why a Pod is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import Names, fold
from k8snotes.figures.html_label import address, bold, box, heading, label, note, width_for
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, indented, listed, pairs, plain

if TYPE_CHECKING:
    from k8snotes.facts.service_map import Link, MappedPod, MappedService, ServiceMap
    from k8snotes.figures.html_label import Line, Run
    from k8snotes.figures.palette import Look

__all__ = ["service_map_figure"]

_CAPTION = (
    "An arrow leads from a Service to each Pod that answers for it; every other Pod says why it does not."
)
_FOOTER: tuple[Line, ...] = (
    "dashed frame: a Service, an address that stands in rules only   ·   ✓ solid frame: a Pod that answers",
    "◐ dotted frame: selected, but not ready   ·   ✗ dotted frame: no traffic   ·   double frame: several alike",
)
_STATES = ("ready", "not ready", "left out")


def service_map_figure(facts: ServiceMap, *, unfold: bool = False) -> Figure:
    """Return the service map as a Figure; `unfold` shows each Pod where they would make a stack."""
    view = _Map(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Stack:
    """Pods that say the same: one box of the picture, one paragraph of the outline."""

    id: str
    pods: tuple[MappedPod, ...]
    links: tuple[Link, ...]

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
        said: dict[str, list[str]] = {}
        for link in self.links:
            if link.but:
                said.setdefault(link.but, []).append(link.service.rpartition("/")[2])
        several = len(self.links) > 1
        return [f"for {listed(names, 2)}: {why}" if several else why for why, names in said.items()]


class _Map:
    """One service map, ready to be drawn or told."""

    def __init__(self, facts: ServiceMap, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        self.names = Names((*facts.services, *facts.pods))
        self.title = f"service map: {count(len(facts.services), 'Service')}, {count(len(facts.pods), 'Pod')}"
        self.pods_in = Counter(pod.namespace for pod in facts.pods)
        links: dict[str, list[Link]] = {}
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
        self.behind: dict[str, list[tuple[_Stack, Link]]] = {}
        for stack in self.stacks:
            for link in stack.links:
                self.behind.setdefault(link.service, []).append((stack, link))

    def standing(self, service: MappedService) -> str:
        """Say how many Pods a Service finds and how many answer: "3 of 5 Pods   ✓ 2 ready"."""
        if service.by_hand or service.by_hand_waiting:
            made = count(len(service.by_hand), "address", "addresses")
            waiting = f"   ◐ {len(service.by_hand_waiting)} not ready" if service.by_hand_waiting else ""
            return f"{'✓' if service.by_hand else '✗'} {made} made by hand{waiting}"
        if not service.selector:
            return "✗ no endpoints"
        found = f"{service.selected} of {count(self.pods_in[service.namespace], 'Pod')}"
        if not service.selected:
            return f"✗ no endpoints: {found}"
        if service.still_serving:
            return f"{found}   ◐ none ready, {service.still_serving} still serving"
        return f"{found}   {'✓' if service.ready else '✗'} {service.ready or 'none'} {self.asked(service)}"

    def asked(self, service: MappedService) -> str:
        """Say "ready", or "asked" for a Service that asks Pods which are not."""
        behind = self.behind.get(service.ref, ())
        published = any(link.state == "ready" and stack.first.state != "ready" for stack, link in behind)
        return "asked" if published else "ready"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: Services in the left column, Pods in the right one."""
        graph = digraph(footer=_FOOTER)
        services, boxes = self.facts.services, [self.service_lines(item) for item in self.facts.services]
        wide = width_for(boxes)
        for at, (service, lines) in enumerate(zip(services, boxes, strict=True)):
            graph.node(f"s{at}", angle(box(lines, _service_look(service), width=wide)))
        boxes = [self.stack_lines(stack) for stack in self.stacks]
        wide = width_for(boxes)
        for stack, lines in zip(self.stacks, boxes, strict=True):
            markup = box(lines, stack.look, width=wide, stacked=len(stack.pods) > 1)
            graph.node(stack.id, angle(markup))
        if not services and not self.stacks:
            graph.node("nothing", angle(box(["There is no Service and no Pod here yet."], palette.PLAIN)))
        by_hand = [self.draw_links(graph, f"s{at}", service) for at, service in enumerate(services)]
        right = [stack.id for stack in self.stacks] + [name for name in by_hand if name]
        if services:
            in_column(graph, [f"s{at}" for at in range(len(services))])
            for stack in self.stacks:  # what nobody selects stands in the right column too
                if not stack.links:
                    graph.edge(f"s{len(services) - 1}", stack.id, style="invis", weight="0")
        if right:
            in_column(graph, right)
        return str(graph.source)

    def service_lines(self, service: MappedService) -> list[Line]:
        """Return the lines of a Service's box."""
        look = _service_look(service)
        kind = "" if service.type == "ClusterIP" else service.type
        lines: list[Line] = [heading(f"Service {service.name}", kind, most=34)]
        if service.type == "ExternalName":
            alias: list[str | Run] = ["DNS: another name for ", bold(short(service.external_name, 36))]
            return [*lines, alias, ["no address of its own, no Pods", self.names.place(service)]]
        if service.cluster_ip == "None":
            lines.append(["headless: no Cluster IP, DNS gives the Pod IPs", self.names.place(service)])
        else:
            ports = listed((port.port for port in service.ports), 5)
            there = address(service.cluster_ip or "not given yet", look)
            lines.append(["Cluster IP ", there, f" : {ports}" if ports else "", self.names.place(service)])
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            lines.append(["node port ", bold(listed(node_ports, 4)), " on every Node IP"])
        if service.pending:
            lines.append(["load balancer ", bold("<pending>"), ": nobody provides one"])
        elif service.load_balancer:
            lines.append(["load balancer ", bold(listed(service.load_balancer, 2))])
        chosen: Line = ["selects ", bold(pairs(service.selector))] if service.selector else "no selector"
        lines += [chosen, [note(self.standing(service), look.ink if _is_broken(service) else "")]]
        if service.meant:
            lines.append(["did you mean ", bold(service.meant), "?"])
        elif service.near_why:
            lines.append(["near miss: ", bold(service.near_why)])
        return lines

    def stack_lines(self, stack: _Stack) -> list[Line]:
        """Return the lines of a Pod's box, or of a stack's."""
        lines: list[Line] = [heading(self.names.bare(stack.pods), stack.words)]
        ips = [pod.ip for pod in stack.pods if pod.ip]
        if ips:
            more = f" and {len(ips) - 1} more" if len(ips) > 1 else ""
            lines.append(["Pod IP ", address(ips[0], stack.look), more, self.names.place(stack.first)])
        else:
            lines.append(["no Pod IP", self.names.place(stack.first)])
        return [*lines, *stack.reasons]

    def draw_links(self, graph: Any, name: str, service: MappedService) -> str:
        """Draw what leads from a Service; return the name of the box of addresses made by hand, or ""."""
        behind = self.behind.get(service.ref, [])
        said: set[str] = set()
        for stack, link in behind:
            style = {"ready": {"penwidth": "1.6"}, "not ready": {"style": "dotted"}}.get(
                link.state, {"style": "dotted", "arrowhead": "none"}
            )
            text = {"ready": link.ports, "not ready": "waiting"}.get(link.state, "✗ left out")
            # the same words on each of many arrows hide the arrows
            shown = text if len(behind) <= 3 or text not in said else ""
            said.add(text)
            graph.edge(
                name, stack.id, label=angle(label(shown.split("\n"), padding=2)) if shown else "", **style
            )
        near = next((s for s in self.stacks if any(pod.ref == service.near for pod in s.pods)), None)
        if near:
            words = angle(label([[note("near miss", palette.WARNING_INK)]], padding=2))
            graph.edge(
                name, near.id, words, style="dotted", arrowhead="none", color=palette.ERROR.line, weight="2"
            )
        if not service.by_hand and not service.by_hand_waiting:
            return ""
        lines: list[Line] = [[bold("no Pod: made by hand")]]
        lines += [f"✓ {listed(service.by_hand, 4)}"] if service.by_hand else []
        lines += [f"◐ not ready: {listed(service.by_hand_waiting, 4)}"] if service.by_hand_waiting else []
        graph.node(f"{name}hand", angle(box(lines, palette.PLAIN)))
        graph.edge(name, f"{name}hand", **({"penwidth": "1.6"} if service.by_hand else {"style": "dotted"}))
        return f"{name}hand"

    # the words

    def text(self) -> str:
        """Return the outline: all that the picture says, and what it has no room for."""
        lines = [self.title]
        for service in self.facts.services:
            lines += self.service_outline(service)
        strangers = [stack for stack in self.stacks if not stack.links]
        if strangers:
            lines.append("Pods that no Service selects")
        for stack in strangers:
            lines.append(
                f"  ✗ {self.names.stack(stack.pods)} ({plain(stack.first.state)}): {plain(stack.first.reason)}"
            )
            lines += indented([pod.name for pod in stack.pods], 6)
        return "\n".join(lines)

    def service_outline(self, service: MappedService) -> list[str]:
        """Return the lines of the outline on one Service and the Pods behind it."""
        ports = listed((port.port for port in service.ports), 20)
        at = "headless, no Cluster IP" if service.cluster_ip == "None" else plain(service.cluster_ip)
        head = f"Service {self.names.of(service)}: {plain(service.type)}"
        if service.type == "ExternalName":
            return [head, f"  {plain(service.note)}"]
        lines = [f"{head}, {at or 'no Cluster IP yet'}" + (f", port {ports}" if ports else "")]
        node_ports = listed((port.node_port for port in service.ports if port.node_port), 20)
        if node_ports:
            lines.append(f"  node port {node_ports} on every Node IP")
        if service.pending:
            lines.append("  load balancer <pending>: nobody provides one")
        elif service.load_balancer:
            lines.append(f"  load balancer {listed(service.load_balancer, 8)}")
        if service.selector:
            lines.append(f"  selects {pairs(service.selector)}")
        lines.append(f"  {'✗' if _is_broken(service) else '✓'} {plain(service.note)}")
        if service.near_why:
            lines.append(f"    near miss, {plain(service.near)}: {plain(service.near_why)}")
        if service.meant:
            lines.append(f"    did you mean {plain(service.meant)}?")
        for stack, link in self.behind.get(service.ref, []):
            ips = [pod.ip for pod in stack.pods if pod.ip]
            why = plain(_outlined(link))
            sign = palette.sign_of(link.state)
            where = f" ({listed(ips, 2)})" if ips else ""
            lines.append(f"  {sign} {self.names.stack(stack.pods)}{where} {link.state}: {why}")
            lines += indented([pod.name for pod in stack.pods], 8)
        lines += [f"  ✓ {plain(ip)}, made by hand" for ip in service.by_hand]
        return [*lines, *(f"  ◐ {plain(ip)}, made by hand, not ready" for ip in service.by_hand_waiting)]

    def alt(self) -> str:
        """Return the picture in a few sentences, the broken Services first."""
        said = [f"Service map of {self.title.partition(': ')[2]}."]
        broken = [service for service in self.facts.services if _is_broken(service)]
        for service in (*broken, *(s for s in self.facts.services if not _is_broken(s))):
            behind = [
                f"{self.names.stack(s.pods)} {link.state}" for s, link in self.behind.get(service.ref, [])
            ]
            leads = f": {listed(behind, 4)}" if behind else ""
            leads += f"; did you mean {plain(service.meant)}?" if service.meant else ""
            said.append(
                f"Service {self.names.of(service)}: {plain(service.note).partition(';')[0]}{leads}.".replace(
                    "?.", "?"
                )
            )
        strangers = [self.names.stack(stack.pods) for stack in self.stacks if not stack.links]
        if strangers:
            said.append(f"No Service selects {listed(strangers, 4)}.")
        return " ".join(said)


def _is_broken(service: MappedService) -> bool:
    """Whether a Service that should lead somewhere leads nowhere."""
    asked = service.ready or service.still_serving or service.by_hand
    return service.type != "ExternalName" and not asked


def _outlined(link: Link) -> str:
    """Say where a link leads, and what there is to say of it."""
    if link.state != "ready":
        return link.reason
    ports = link.ports.replace("\n", ", ")
    return f"{ports} ({link.but})" if link.but else ports


def _service_look(service: MappedService) -> Look:
    return palette.ERROR if _is_broken(service) else palette.SERVICE
