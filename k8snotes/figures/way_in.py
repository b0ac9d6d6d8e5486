"""Draws the way in from outside: a client, the load balancer before the Nodes, every Node's door, the Pods behind.

Whether a Node's door is open is what its own rules answer: with `externalTrafficPolicy: Local` a Node without
such a Pod drops the packet, and the balancer's health check leaves it out. Nodes and Pods that are alike share a
box. Where all Nodes have the same rules, the choice is drawn once.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.facts.way_in import Behind, Door, WayIn
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
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
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import count, listed, plain

__all__ = ["way_in_figure"]

_CAPTION = (
    "Follow the arrows from the left. A thick frame is a Node, a dashed one stands in kube-proxy's rules only: "
    "nothing listens there"
)
_WIDE = 138  # points
_DOOR = 152
_NARROW = 112


def way_in_figure(facts: WayIn, *, unfold: bool = False) -> Figure:
    """Return the way in as a Figure.

    Args:
        facts: The Service's port, its balancers, every Node's door, and the endpoints behind it.
        unfold: Whether to show each Node and each Pod where many that are alike would make a stack.

    >>> import k8snotes as kn
    >>> figure = way_in_figure(kn.load("tomcat-service").way_in("svc/tomcat-service").facts)
    >>> print(figure.title)
    way in: service/tomcat-service from outside, node port 31002
    """
    story = _Story(facts, unfold=unfold)
    what = f"way in: {plain(facts.ref)} from outside, {story.how()}"
    return Figure(what, "", facts, story.scene, caption=_CAPTION)


class _Doors(NamedTuple):
    """Nodes with doors that are alike: one box of the picture."""

    id: str
    doors: tuple[Door, ...]

    @property
    def first(self) -> Door:
        return self.doors[0]


class _Story:
    """The way in: what leads in, the Nodes' doors, those alike as one, and the Pods behind them."""

    def __init__(self, facts: WayIn, *, unfold: bool) -> None:
        self.facts = facts
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

    def scene(self) -> Scene:
        """Return the scene: client, balancer, Nodes, rules, Pods, from left to right."""
        facts = self.facts
        drawn: list[Drawn] = [Box([bold("a client"), "outside"], id="outside")]
        told: list[Told] = []
        came = "outside"
        if facts.type == "LoadBalancer":
            balancer = self.waiting_balancer() if facts.pending else self.balancer()
            way = palette.CUT if facts.pending else {}
            came = "outside" if facts.pending else "balancer"
            drawn += [balancer, Link("outside", "balancer", way)]
            told.append(balancer)
        elif facts.pending or facts.balancers:
            told.append(self.waiting_balancer() if facts.pending else self.balancer())
        doors = [self.door_box(stack) for stack in self.doors]
        for box, stack in zip(doors, self.doors, strict=True):
            # none from a balancer to a Node that fails its check
            cut = came == "balancer" and not stack.first.passes
            drawn += [box, Link(came, box.id, palette.CUT if cut else {})]
        if len(doors) > 1:
            drawn.append(Column(box.id for box in doors))
        pods = [self.pod_box(f"p{at}", pods) for at, pods in enumerate(self.pods)]
        drawn += pods
        if len(pods) > 1:
            drawn.append(Column(box.id for box in pods))
        drawn += self.rules()
        if not facts.open:
            closed = self.closed()
            drawn += [closed, Link("outside", closed.id, palette.WAITING)]
            told.append(closed)
        elif not facts.doors and not facts.straight:
            told.append(told_only("No Node with an address is known here."))
        return Scene(
            drawn,
            [*told, *doors, *pods],
            opening=self.sentence(),
            layout={"ranksep": "0.3", "nodesep": "0.14"},
        )

    def sentence(self) -> str:
        """Say the way in in a few sentences."""
        facts = self.facts
        names = {
            outcome: [d.node for d in facts.doors if d.outcome == outcome]
            for outcome in ("open", "refused", "timeout")
        }
        nodes = "; ".join(f"{outcome}: {listed(nodes, 3)}" for outcome, nodes in names.items() if nodes)
        ends = [name for pods in self.pods for name in (end.ref or end.address for end in pods)]
        to = listed(ends, 3) or "nobody behind it"
        return f"From outside to {facts.ref} by {self.how()}. Nodes {nodes or 'none'}. Behind them: {to}."

    def waiting_balancer(self) -> Box:
        """Return the box of a load balancer that no provider has given yet."""
        if self.facts.node_port:
            why = "nobody has given one yet: the node port works all the same"
        else:
            why = "nobody has given one yet, and there is no node port"
        lines = [
            Line(bold("◐ load balancer")),
            Line(["EXTERNAL-IP ", bold("<pending>")], "<pending>", after=" "),
            Line(why, after=": "),
        ]
        return Box(lines, palette.NOT_READY, id="balancer", limit=_WIDE)

    def balancer(self) -> Box:
        """Return the box of the load balancer before the Nodes, and where it sends what it gets.

        With `ipMode: VIP` it hands a packet to a Node as it is; else it sends to the node port, or, where the Service
        has none, straight to Pod IPs.
        """
        facts = self.facts
        passing, of = sum(door.passes for door in facts.doors), count(len(facts.doors), "Node")
        lines = [
            Line(bold("load balancer")),
            Line(
                bold(f"{facts.balancers[0]}:{facts.port}"),
                f"at {listed(facts.balancers, 3)}, port {facts.port}",
                after=" ",
            ),
            drawn_only(note("from a provider", palette.MUTED)),
        ]
        check = f"{passing} of {of} pass its health check"
        if facts.doors:
            lines.append(drawn_only(f"{passing} of {of} {'passes' if passing == 1 else 'pass'} its check"))
        if facts.as_it_is:
            sends = "hands on as it is (VIP)"
        elif facts.node_port:
            sends = f"sends to node port {facts.node_port}"
        else:
            sends = "sends straight to Pod IPs"
        lines.append(Line(sends, after=": "))
        if facts.doors:
            lines.append(told_only(check, after="; "))
        return Box(lines, id="balancer", limit=_WIDE)

    def closed(self) -> Box:
        """Return the box of a Service that nothing leads to from outside."""
        kind = f"type {plain(self.facts.type)}: "
        told = f"✗ {kind}no node port and no load balancer; {plain(self.facts.standing)}"
        return Box(
            [Line(bold("✗ no way in"), told), drawn_only(f"{kind}it has no node port")],
            palette.ERROR,
            id="closed",
        )

    def door_box(self, stack: _Doors) -> Box:
        """Return the box of a Node, or of several that are alike: whether its door is open, and if not, why."""
        facts, first, several = self.facts, stack.first, len(stack.doors) > 1
        called = f"Nodes × {len(stack.doors)}" if several else f"Node {plain(first.node)}"
        sign = "✓" if first.outcome == "open" else "✗"
        leads = f", leads to {count(len(first.behind), 'endpoint')}" if first.behind else ""
        sent = ""
        if facts.balancers:
            sent = ", the balancer sends to it" if first.passes else ", the balancer sends nothing to it"
        where = "" if several else f" ({plain(first.ip)})"
        told = f"{sign} {called}{where}: {first.outcome}{leads}{sent}"
        members = [f"{door.node} {door.ip}" for door in stack.doors]
        lines = [Line(heading(called, f"{sign} {first.outcome}", most=20), told, members=members)]
        at = "" if facts.as_it_is or not facts.node_port else f":{facts.node_port}"
        more = f" and {len(stack.doors) - 1} more" if several else ""
        lines.append(drawn_only([address(f"{first.ip}{at}", palette.NODE), more]))
        here = sum(end.node == first.node for end in first.behind)
        if first.outcome == "open" and not several:
            lines.append(drawn_only(f"{count(here, 'such Pod')} on it" if here else "no such Pod on it"))
        if first.why:
            lines.append(Line(note(first.why, palette.WARNING_INK), first.why, after=": "))
        if facts.balancers and not first.passes:
            lines.append(drawn_only("the balancer leaves it out"))
        return Box(
            lines,
            palette.NODE,
            id=stack.id,
            limit=_DOOR,
            width=_DOOR,
            stacked=several,
            ref=f"node/{first.node}",
        )

    def pod_box(self, name: str, pods: Sequence[Behind]) -> Box:
        """Return the box of an endpoint, or of several that are alike."""
        first, several = pods[0], len(pods) > 1
        names = [f"{end.ref or end.name} {end.address}" for end in pods]
        if several:
            called = f"{plain(first.workload.partition('/')[2]) or 'endpoints'} × {len(pods)}"
        else:
            called = plain(first.name) if first.ref else "made by hand"
        told = f"→ {f'{len(pods)} endpoints' if several else plain(names[0])}"
        lines = [Line(heading(called, most=28), told, members=names)]
        more = [f" and {len(pods) - 1} more"] if several else []
        lines.append(drawn_only([address(first.address, palette.POD), *more]))
        if first.node and not several:
            lines.append(Line(f"on {plain(first.node)}", after=" "))
        return Box(lines, palette.POD, id=name, limit=_WIDE, stacked=several, ref=first.ref)

    def rules(self) -> Iterator[Drawn]:
        """Yield the choice: once where all Nodes have the same rules, else a link from each Node.

        The words stand on the first of those links alone.
        """
        where = {end.address: f"p{at}" for at, pods in enumerate(self.pods) for end in pods}
        for name in dict.fromkeys(where[end.address] for end in self.facts.straight):
            yield Link("balancer", name)
        if self.shared:
            total = len(self.shared.behind)
            lines = [
                bold("kube-proxy's rules"),
                "the same on every Node" if len(self.facts.doors) > 1 else "on this Node",
                f"choose 1 of {total}, by chance" if total > 1 else "one endpoint, no choice",
            ]
            yield Box(lines, palette.SERVICE, id="rules", limit=_NARROW)
            for stack in self.doors:
                if stack.first.outcome == "open":
                    yield Link(stack.id, "rules", palette.RULES)
            for name in dict.fromkeys(where[end.address] for end in self.shared.behind):
                yield Link("rules", name, palette.RULES)
            return
        words = ["its rules:", "its own Pods"] if self.facts.policy == "Local" else ["its rules"]
        label: Label | None = Label(words, padding=2)
        for stack in self.doors:
            names = dict.fromkeys(where[end.address] for door in stack.doors for end in door.behind)
            for name in names:
                yield Link(stack.id, name, palette.RULES, words=label)
                label = None


def _shape(door: Door) -> tuple[object, ...]:
    own = sum(end.node == door.node for end in door.behind)
    return door.outcome, door.passes, door.why, len(door.behind), own if len(door.behind) == own else -1


def _shared(doors: Sequence[Door]) -> Door | None:
    """Return a Node that leads where all that are open lead; None where each has its own way."""
    open_ = [door for door in doors if door.behind]
    sets = {frozenset(end.address for end in door.behind) for door in open_}
    return open_[0] if len(sets) == 1 and len(open_) > 1 else None
