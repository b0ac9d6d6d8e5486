"""Draws the way in from outside: a client, the load balancer before the Nodes, the port of each Node, the Pods behind.

Whether a Node lets a client in depends on its own rules: with `externalTrafficPolicy: Local` a Node without such a Pod
drops the packet, and the load balancer's health check leaves the Node out. Nodes and Pods that are alike share a box.
If all Nodes have the same rules, the choice is drawn once.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
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
    Words,
    address,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import listed, plain

__all__ = ["way_in_figure"]

_CAPTION = _(
    "Follow the arrows from the left. A thick frame is a Node. A dashed frame exists only in kube-proxy's rules, and no "
    "program listens there."
)
_OUTCOMES = {"open": _("open to clients"), "refused": _("refused"), "timeout": _("timeout")}
_WIDE = 138  # points
_DOOR = 152
_NARROW = 112


def way_in_figure(facts: WayIn, *, unfold: bool = False) -> Figure:
    """Return the way in as a Figure.

    Args:
        facts: The Service's port, its load balancers, each Node with what its rules do, and the endpoints behind it.
        unfold: Whether to show each Node and each Pod where many that are alike would make a stack.

    >>> import k8snotes as kn
    >>> figure = way_in_figure(kn.load("tomcat-service").way_in("svc/tomcat-service").facts)
    >>> print(figure.title)
    way in: service/tomcat-service from outside, node port 31002
    """
    story = _Story(facts, unfold=unfold)
    return Figure(_("way in"), story.finding, facts, story.scene, caption=_CAPTION)


class _Doors(NamedTuple):
    """Nodes whose rules do the same: one box of the picture."""

    id: str
    doors: tuple[Door, ...]

    @property
    def first(self) -> Door:
        return self.doors[0]


class _Story:
    """The way in: what leads in, the Nodes, those alike as one, and the Pods behind them."""

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

    def finding(self) -> str:
        """Say in a few words which Service is reached, and how."""
        return _("{service} from outside, {way}", service=plain(self.facts.ref), way=self.how())

    def how(self) -> str:
        """Say in a few words what leads in."""
        facts = self.facts
        if facts.balancers:
            return _("load balancer {address}", address=plain(facts.balancers[0]))
        if facts.node_port and facts.pending:
            return _("node port {port}, load balancer <pending>", port=facts.node_port)
        if facts.node_port:
            return _("node port {port}", port=facts.node_port)
        return _("no way in")

    def scene(self) -> Scene:
        """Return the scene: client, balancer, Nodes, rules, Pods, from left to right."""
        facts = self.facts
        drawn: list[Drawn] = [Box([bold(_("a client")), _("outside")], id="outside")]
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
            told.append(told_only(_("No Node with an address is known here.")))
        return Scene(
            drawn,
            [*told, *doors, *pods],
            opening=self.sentence(),
            layout={"ranksep": "0.3", "nodesep": "0.14"},
        )

    def sentence(self) -> str:
        """Describe the way in in a few sentences."""
        facts = self.facts
        names = {
            outcome: listed([door.node for door in facts.doors if door.outcome == outcome], 3)
            for outcome in _OUTCOMES
        }
        said: list[str] = [
            _("The way from outside to {service}: {way}.", service=plain(facts.ref), way=self.how())
        ]
        if names["open"]:
            said.append(_("Open Nodes: {nodes}.", nodes=names["open"]))
        if names["refused"]:
            said.append(_("Nodes that refuse: {nodes}.", nodes=names["refused"]))
        if names["timeout"]:
            said.append(_("Nodes that do not answer: {nodes}.", nodes=names["timeout"]))
        ends = [name for pods in self.pods for name in (end.ref or end.address for end in pods)]
        said.append(_("Endpoints: {names}.", names=listed(ends, 3)) if ends else _("There are no endpoints."))
        return " ".join(said)

    def waiting_balancer(self) -> Box:
        """Return the box of a load balancer that no provider has created yet."""
        if self.facts.node_port:
            why = _("no provider has created one yet, but the node port works without it")
        else:
            why = _("no provider has created one yet, and there is no node port")
        lines = [
            Line(bold(f"◐ {_('load balancer')}")),
            Line(["EXTERNAL-IP ", bold("<pending>")], "<pending>", after=" "),
            Line(why, after=": "),
        ]
        return Box(lines, palette.NOT_READY, id="balancer", limit=_WIDE)

    def balancer(self) -> Box:
        """Return the box of the load balancer before the Nodes, and where it sends packets.

        With `ipMode: VIP` it sends a packet to a Node unchanged. Otherwise it sends it to the node port, or directly to
        Pod IPs if the Service has no node port.
        """
        facts = self.facts
        passing = sum(door.passes for door in facts.doors)
        total = ngettext("{n} Node", "{n} Nodes", len(facts.doors))
        lines = [
            Line(bold(_("load balancer"))),
            Line(
                bold(f"{facts.balancers[0]}:{facts.port}"),
                _("at {addresses}, port {port}", addresses=listed(facts.balancers, 3), port=facts.port),
                after=" ",
            ),
            drawn_only(note(_("from a provider"), palette.MUTED)),
        ]
        if facts.doors:
            check = ngettext(
                "{n} of {nodes} passes its check", "{n} of {nodes} pass its check", passing, nodes=total
            )
            lines.append(drawn_only(check))
        if facts.as_it_is:
            sends = _("sends packets unchanged (VIP)")
        elif facts.node_port:
            sends = _("sends to node port {port}", port=facts.node_port)
        else:
            sends = _("sends directly to Pod IPs")
        lines.append(Line(sends, after=": "))
        if facts.doors:
            check = ngettext(
                "{n} of {nodes} passes its health check",
                "{n} of {nodes} pass its health check",
                passing,
                nodes=total,
            )
            lines.append(told_only(check, after="; "))
        return Box(lines, id="balancer", limit=_WIDE)

    def closed(self) -> Box:
        """Return the box of a Service that nothing leads to from outside."""
        kind, standing = plain(self.facts.type), plain(self.facts.standing)
        told = _("type {type}: no node port and no load balancer; {note}", type=kind, note=standing)
        drawn = _("type {type}: it has no node port", type=kind)
        return Box(
            [Line(bold(f"✗ {_('no way in')}"), f"✗ {told}"), drawn_only(drawn)],
            palette.ERROR,
            id="closed",
        )

    def door_box(self, stack: _Doors) -> Box:
        """Return the box of a Node, or of several that are alike: whether it lets a client in, and if not, why."""
        facts, first, several = self.facts, stack.first, len(stack.doors) > 1
        called = _("Nodes × {n}", n=len(stack.doors)) if several else _("Node {name}", name=plain(first.node))
        sign, outcome = "✓" if first.outcome == "open" else "✗", _OUTCOMES.get(first.outcome, first.outcome)
        parts = [plain(outcome)]
        if first.behind:
            parts.append(ngettext("leads to {n} endpoint", "leads to {n} endpoints", len(first.behind)))
        if facts.balancers and first.passes:
            parts.append(_("the load balancer sends to it"))
        elif facts.balancers:
            parts.append(_("the load balancer sends nothing to it"))
        where = "" if several else f" ({plain(first.ip)})"
        told = f"{sign} {called}{where}: {', '.join(parts)}"
        members = [f"{door.node} {door.ip}" for door in stack.doors]
        lines = [Line(heading(called, f"{sign} {outcome}", most=20), told, members=members)]
        at = "" if facts.as_it_is or not facts.node_port else f":{facts.node_port}"
        others = len(stack.doors) - 1
        more = f" {ngettext('and {n} more', 'and {n} more', others)}" if several else ""
        lines.append(drawn_only([address(f"{first.ip}{at}", palette.NODE), more]))
        here = sum(end.node == first.node for end in first.behind)
        if first.outcome == "open" and not several:
            pods = ngettext("{n} such Pod on it", "{n} such Pods on it", here)
            lines.append(drawn_only(pods if here else _("no such Pod on it")))
        if first.why:
            why = plain(first.why)
            lines.append(Line(note(why, palette.WARNING_INK), why, after=": "))
        if facts.balancers and not first.passes:
            lines.append(drawn_only(_("the load balancer leaves it out")))
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
            called = f"{plain(first.workload.partition('/')[2]) or _('endpoints')} × {len(pods)}"
            told: str = ngettext("{n} endpoint", "{n} endpoints", len(pods))
        else:
            called = plain(first.name) if first.ref else _("made by hand")
            told = plain(names[0])
        lines = [Line(heading(called, most=28), f"→ {told}", members=names)]
        others = len(pods) - 1
        more = f" {ngettext('and {n} more', 'and {n} more', others)}" if several else ""
        lines.append(drawn_only([address(first.address, palette.POD), more]))
        if first.node and not several:
            lines.append(Line(_("on {node}", node=plain(first.node)), after=" "))
        return Box(lines, palette.POD, id=name, limit=_WIDE, stacked=several, ref=first.ref)

    def rules(self) -> Iterator[Drawn]:
        """Yield the choice: once where all Nodes have the same rules, else a link from each Node.

        Only the first of those links has words.
        """
        where = {end.address: f"p{at}" for at, pods in enumerate(self.pods) for end in pods}
        for name in dict.fromkeys(where[end.address] for end in self.facts.straight):
            yield Link("balancer", name)
        if self.shared:
            total = len(self.shared.behind)
            lines: list[Words] = [
                bold(_("kube-proxy's rules")),
                _("the same on every Node") if len(self.facts.doors) > 1 else _("on this Node"),
                _("choose 1 of {n} at random", n=total) if total > 1 else _("one endpoint, no choice"),
            ]
            yield Box(lines, palette.SERVICE, id="rules", limit=_NARROW)
            for stack in self.doors:
                if stack.first.outcome == "open":
                    yield Link(stack.id, "rules", palette.RULES)
            for name in dict.fromkeys(where[end.address] for end in self.shared.behind):
                yield Link("rules", name, palette.RULES)
            return
        words = [_("its rules")]
        if self.facts.policy == "Local":
            words.append(_("only its own Pods"))
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
