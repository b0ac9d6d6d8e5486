"""Draws the way in from outside: a client, the load balancer before the Nodes, every Node's door, the Pods behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k8snotes.facts.way_in import Behind, Door, WayIn
from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import fold
from k8snotes.figures.html_label import address, bold, box, heading, label, note
from k8snotes.figures.wording import count, indented, listed, plain

if TYPE_CHECKING:
    from k8snotes.figures.html_label import Line, Run

__all__ = ["way_in_figure"]

_CAPTION = (
    "Follow the arrows from the left. A thick frame is a Node, a dashed one stands in kube-proxy's rules only: "
    "nothing listens there"
)
_WIDE = 138  # points
_DOOR = 152
_NARROW = 112
_NOBODY = "nobody behind it"


def way_in_figure(facts: WayIn, *, unfold: bool = False) -> Figure:
    """Return the way in as a Figure; `unfold` shows each Node and each Pod where they would make a stack."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Doors:
    """Nodes whose doors are alike: one box of the picture."""

    id: str
    doors: tuple[Door, ...]

    @property
    def first(self) -> Door:
        return self.doors[0]


class _View:
    """The way in, ready to be drawn or told."""

    def __init__(self, facts: WayIn, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        self.title = f"way in: {plain(facts.ref)} from outside, {self.how()}"
        stacks = fold(facts.doors, _shape, unfold=unfold)
        self.doors = [_Doors(f"n{at}", doors) for at, doors in enumerate(stacks)]
        ends = {end.address: end for door in facts.doors for end in door.behind}
        ends |= {end.address: end for end in facts.straight}
        owner = {address: self.owners(address) for address in ends}
        self.pods = fold(ends.values(), lambda end: (end.workload, owner[end.address]), unfold=unfold)
        self.shared = _shared(facts.doors)

    def owners(self, there: str) -> tuple[str, ...]:
        """Return the boxes of the Nodes that may lead to an endpoint."""
        return tuple(
            stack.id
            for stack in self.doors
            if any(end.address == there for d in stack.doors for end in d.behind)
        )

    def how(self) -> str:
        """Say in a few words what leads in."""
        facts = self.facts
        if facts.balancers:
            return f"load balancer {plain(facts.balancers[0])}"
        if facts.node_port:
            waits = ", load balancer <pending>" if facts.pending else ""
            return f"node port {facts.node_port}{waits}"
        return "no way in"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: client, balancer, Nodes, rules, Pods, from left to right."""
        graph = digraph(ranksep="0.3", nodesep="0.14")
        graph.node("outside", angle(box([[bold("a client")], "outside"], palette.PLAIN)))
        came = self.draw_balancer(graph)
        for stack in self.doors:
            graph.node(stack.id, angle(self.door_box(stack)))
            self.draw_arrival(graph, came, stack)
        if len(self.doors) > 1:
            in_column(graph, [stack.id for stack in self.doors])
        for at, pods in enumerate(self.pods):
            graph.node(f"p{at}", angle(self.pod_box(pods)))
        if len(self.pods) > 1:
            in_column(graph, [f"p{at}" for at in range(len(self.pods))])
        self.draw_rules(graph)
        if not self.facts.open:
            closed: list[Line] = [
                [bold("✗ no way in")],
                f"type {plain(self.facts.type)}: it has no node port",
            ]
            graph.node("closed", angle(box(closed, palette.ERROR)))
            graph.edge("outside", "closed", style="dotted")
        return str(graph.source)

    def draw_balancer(self, graph: Any) -> str:
        """Draw the load balancer, or that nobody gives one; returns the box that leads on to the Nodes."""
        facts = self.facts
        if facts.type != "LoadBalancer":
            return "outside"
        if facts.pending:
            lines: list[Line] = [
                [bold("◐ load balancer")],
                ["EXTERNAL-IP ", bold("<pending>")],
                self.waits(),
            ]
            graph.node("balancer", angle(box(lines, palette.NOT_READY, limit=_WIDE)))
            graph.edge("outside", "balancer", style="dotted", arrowhead="none")
            return "outside"
        passing = sum(door.passes for door in facts.doors)
        lines = [
            [bold("load balancer")],
            [bold(f"{facts.balancers[0]}:{facts.port}")],
            [note("from a provider", palette.MUTED)],
        ]
        if facts.doors:
            lines.append(
                f"{passing} of {count(len(facts.doors), 'Node')} {'passes' if passing == 1 else 'pass'} its check"
            )
        lines.append(self.sends())
        graph.node("balancer", angle(box(lines, palette.PLAIN, limit=_WIDE)))
        graph.edge("outside", "balancer")
        return "balancer"

    def sends(self) -> str:
        """Say where the balancer sends what it gets."""
        if self.facts.as_it_is:
            return "hands on as it is (VIP)"
        if self.facts.node_port:
            return f"sends to node port {self.facts.node_port}"
        return "sends straight to Pod IPs"

    def waits(self) -> str:
        """Say what there is while nobody has given a balancer."""
        if self.facts.node_port:
            return "nobody has given one yet: the node port works all the same"
        return "nobody has given one yet, and there is no node port"

    @staticmethod
    def draw_arrival(graph: Any, came: str, stack: _Doors) -> None:
        """Draw the arrow to a Node: none from a balancer to a Node that fails its check."""
        if came == "balancer" and not stack.first.passes:
            graph.edge(came, stack.id, style="dotted", arrowhead="none")
        else:
            graph.edge(came, stack.id)

    def door_box(self, stack: _Doors) -> Any:
        """Return the box of a Node, or of several that are alike."""
        first, several = stack.first, len(stack.doors) > 1
        name = f"Nodes × {len(stack.doors)}" if several else f"Node {plain(first.node)}"
        sign = "✓ open" if first.outcome == "open" else f"✗ {first.outcome}"
        lines: list[Line] = [heading(name, sign, most=20)]
        more = f" and {len(stack.doors) - 1} more" if several else ""
        at = "" if self.facts.as_it_is or not self.facts.node_port else f":{self.facts.node_port}"
        lines.append([address(f"{first.ip}{at}", palette.NODE), more])
        here = sum(end.node == first.node for end in first.behind)
        if first.outcome == "open" and not several:
            lines.append(f"{count(here, 'such Pod')} on it" if here else "no such Pod on it")
        if first.why:
            lines.append([note(first.why, palette.WARNING_INK)])
        if self.facts.balancers and not first.passes:
            lines.append("the balancer leaves it out")
        return box(lines, palette.NODE, limit=_DOOR, width=_DOOR, stacked=several)

    def pod_box(self, pods: Sequence[Behind]) -> Any:
        """Return the box of an endpoint, or of several that are alike."""
        first, several = pods[0], len(pods) > 1
        if several:
            name = f"{plain(first.workload.partition('/')[2]) or 'endpoints'} × {len(pods)}"
        else:
            name = plain(first.name) if first.ref else "made by hand"
        lines: list[Line] = [heading(name, "", most=28)]
        runs: list[str | Run] = [address(first.address, palette.POD)]
        if several:
            runs.append(f" and {len(pods) - 1} more")
        lines.append(runs)
        if first.node and not several:
            lines.append(f"on {plain(first.node)}")
        return box(lines, palette.POD, limit=_WIDE, stacked=several)

    def draw_rules(self, graph: Any) -> None:
        """Draw the choice: once where all Nodes have the same rules, else an arrow from each Node."""
        where = {end.address: f"p{at}" for at, pods in enumerate(self.pods) for end in pods}
        for name in dict.fromkeys(where[end.address] for end in self.facts.straight):
            graph.edge("balancer", name)
        if self.shared:
            total = len(self.shared.behind)
            same = "the same on every Node" if len(self.facts.doors) > 1 else "on this Node"
            lines: list[Line] = [
                [bold("kube-proxy's rules")],
                same,
                f"choose 1 of {total}, by chance" if total > 1 else "one endpoint, no choice",
            ]
            graph.node("rules", angle(box(lines, palette.SERVICE, limit=_NARROW)))
            for stack in self.doors:
                if stack.first.outcome == "open":
                    graph.edge(stack.id, "rules", style="dotted", arrowhead="open")
            for name in dict.fromkeys(where[end.address] for end in self.shared.behind):
                graph.edge("rules", name, style="dotted", arrowhead="open")
            return
        said = False
        for stack in self.doors:
            names = dict.fromkeys(where[end.address] for door in stack.doors for end in door.behind)
            for name in names:
                words = ["its rules:", "its own Pods"] if self.facts.policy == "Local" else ["its rules"]
                text = "" if said else angle(label(words, padding=2))
                graph.edge(stack.id, name, text, style="dotted", arrowhead="open")
                said = True

    # the words

    def text(self) -> str:
        """Return the outline: the balancer, every Node, and the Pods behind."""
        facts = self.facts
        lines = [self.title]
        if facts.pending:
            lines.append(f"◐ load balancer <pending>: {self.waits()}")
        elif facts.balancers:
            passing = sum(door.passes for door in facts.doors)
            at = f"{listed(facts.balancers, 3)}, port {facts.port}"
            check = f"{passing} of {count(len(facts.doors), 'Node')} pass its health check"
            lines.append(f"load balancer at {at}: {self.sends()}" + (f"; {check}" if facts.doors else ""))
        if not facts.open:
            lines.append(
                f"✗ type {plain(facts.type)}: no node port and no load balancer; {plain(facts.standing)}"
            )
        elif not facts.doors and not facts.straight:
            lines.append("  No Node with an address is known here.")
        for stack in self.doors:
            lines += self.door_outline(stack)
        for pods in self.pods:
            names = [f"{end.ref or end.name} {end.address}" for end in pods]
            where = f" on {plain(pods[0].node)}" if len(pods) == 1 and pods[0].node else ""
            lines.append(f"→ {plain(names[0]) if len(pods) == 1 else f'{len(pods)} endpoints'}{where}")
            lines += indented(names)
        return "\n".join(lines)

    def door_outline(self, stack: _Doors) -> list[str]:
        """Return the lines of the outline on one Node, or on several that are alike."""
        first, several = stack.first, len(stack.doors) > 1
        sign = "✓" if first.outcome == "open" else "✗"
        name = f"Nodes × {len(stack.doors)}" if several else f"Node {plain(first.node)} ({plain(first.ip)})"
        leads = f", leads to {count(len(first.behind), 'endpoint')}" if first.behind else ""
        why = f": {first.why}" if first.why else ""
        sent = ""
        if self.facts.balancers:
            sent = ", the balancer sends to it" if first.passes else ", the balancer sends nothing to it"
        head = f"{sign} {name}: {first.outcome}{leads}{sent}{why}"
        return [head, *indented([f"{door.node} {door.ip}" for door in stack.doors])]

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        facts = self.facts
        names = {
            outcome: [d.node for d in facts.doors if d.outcome == outcome]
            for outcome in ("open", "refused", "timeout")
        }
        told = "; ".join(f"{outcome}: {listed(nodes, 3)}" for outcome, nodes in names.items() if nodes)
        ends = [name for pods in self.pods for name in (end.ref or end.address for end in pods)]
        to = listed(ends, 3) or _NOBODY
        return f"From outside to {facts.ref} by {self.how()}. Nodes {told or 'none'}. Behind them: {to}."


def _shape(door: Door) -> tuple[object, ...]:
    own = sum(end.node == door.node for end in door.behind)
    return door.outcome, door.passes, door.why, len(door.behind), own if len(door.behind) == own else -1


def _shared(doors: Sequence[Door]) -> Door | None:
    """Return a Node that leads where all that are open lead; None where each has its own way."""
    open_ = [door for door in doors if door.behind]
    sets = {frozenset(end.address for end in door.behind) for door in open_}
    return open_[0] if len(sets) == 1 and len(open_) > 1 else None
