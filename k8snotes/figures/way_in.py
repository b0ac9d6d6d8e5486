"""Draws the way in from outside: a client, the load balancer before the Nodes, the port of each Node, the Pods behind.

Whether a Node lets a client in depends on its own rules: with `externalTrafficPolicy: Local` a Node without such a Pod
drops the packet, and the load balancer's health check leaves the Node out. Nodes and Pods that are alike share a box.
If all Nodes have the same rules, the choice is drawn once.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext, sentences
from k8snotes.facts.way_in import Behind, Door, WayIn
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST
from k8snotes.figures.layout import stack as under_each_other
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
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
from k8snotes.figures.stacks import fold
from k8snotes.figures.wording import headed, listed, noted, phrases, plain

__all__ = ["way_in_figure"]

_CAPTION = _(
    "Follow the arrows from the left. A dashed frame exists only in kube-proxy's rules, and no program listens there. An "
    "arrow that ends at a bar is refused or dropped."
)
_OUTCOMES = {"open": _("open to clients"), "refused": _("refused"), "timeout": _("timeout")}
_ALL = 822  # pixels: the widest that a picture may be, without what is around it
_CLIENT, _BALANCER, _DOOR, _RULES, _POD = 96, 154, 168, 120, 168  # pixels: the columns
_WIDEST_GAP = 110  # pixels between columns
_BETWEEN = 6  # pixels between boxes
_MOSTS = (
    None,
    2,
    1,
)  # how many Nodes or Pods that are alike have a box each, until the picture is small enough
_HIGHEST = HIGHEST - 60  # pixels: a column, without its head and what is around the picture


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
    return Figure(_("way in"), story.finding, facts, story.scene, verdict=story.verdict, caption=_CAPTION)


class _Doors(NamedTuple):
    """Nodes whose rules do the same: one box of the picture."""

    id: str
    doors: tuple[Door, ...]

    @property
    def first(self) -> Door:
        return self.doors[0]


class _Story:
    """The way in: what leads in, the Nodes, those alike as one, and the Pods behind them."""

    def __init__(self, facts: WayIn, *, unfold: bool, most: int | None = None) -> None:
        self.facts, self.unfold = facts, unfold
        stacks = fold(facts.doors, _shape, unfold=unfold, most=most)
        self.doors = [_Doors(f"n{at}", doors) for at, doors in enumerate(stacks)]
        ends = {end.address: end for door in facts.doors for end in door.behind}
        ends |= {end.address: end for end in facts.straight}
        owner = {address: self.owners(address) for address in ends}
        self.pods = fold(
            ends.values(), lambda end: (end.workload, owner[end.address]), unfold=unfold, most=most
        )
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

    def verdict(self) -> str:
        """Say whether a client outside comes in."""
        facts = self.facts
        if not facts.open:
            return f"✗ {_('No client outside the cluster can reach this Service')}"
        if not facts.doors:
            if facts.straight:
                return f"✓ {_('The load balancer sends directly to Pods')}"
            return f"✗ {_('No Node with an address is known here')}"
        open_ = sum(door.outcome == "open" for door in facts.doors)
        lets = ngettext(
            "{open} of {n} Node lets clients in",
            "{open} of {n} Nodes let clients in",
            len(facts.doors),
            open=open_,
        )
        return f"{'✓' if open_ else '✗'} {lets}"

    def scene(self) -> Scene:
        """Return the scene: client, balancer, Nodes, rules, Pods, from left to right."""
        facts = self.facts
        told: list[Told] = []
        if facts.pending:
            told.append(self.waiting_balancer())
        elif facts.type == "LoadBalancer" or facts.balancers:
            told.append(self.balancer())
        if not facts.open:
            told.append(self.closed())
        elif not facts.doors and not facts.straight:
            told.append(told_only(_("No Node with an address is known here.")))
        told += [self.door_box(stack) for stack in self.doors]
        told += [self.pod_box(f"p{at}", pods) for at, pods in enumerate(self.pods)]
        drawn: list[Drawn] = []
        for most in _MOSTS:
            drawn, high = _Story(facts, unfold=self.unfold, most=most).drawn()
            if high <= HIGHEST - 4 or self.unfold:
                break
        return Scene(drawn, told, opening=self.sentence())

    def drawn(self) -> tuple[list[Drawn], float]:
        """Return what is drawn, and how high it is."""
        facts = self.facts
        # a balancer that is not there yet stands under the client, so that no arrow to a Node crosses it
        wide = _BALANCER if facts.pending else _CLIENT
        client: list[Box | Label] = [
            Box([bold(_("a client")), note(_("outside the cluster"))], id="outside", width=wide)
        ]
        columns: list[tuple[str, Sequence[Box | Label]]] = [("", client)]
        links: list[Link] = []
        came = "outside"
        if facts.pending:
            client += [Label([], padding=8), self.waiting_balancer()]
            links.append(Link("outside:s", "balancer:n", palette.CUT))
        elif facts.type == "LoadBalancer":
            columns.append(("", [self.balancer()]))
            links.append(Link("outside", "balancer"))
            came = "balancer"
        if not facts.open:
            columns.append(("", [self.closed()]))
            links.append(Link("outside", "closed", palette.CUT))
        doors = self.few([self.door_box(stack) for stack in self.doors])
        for stack in self.doors:
            # none from a balancer to a Node that fails its check
            cut = stack.first.outcome != "open" or (came == "balancer" and not stack.first.passes)
            links.append(Link(came, stack.id, palette.CUT if cut else {}))
        if doors:
            own = facts.policy == "Local" and not self.shared
            columns.append((_("Nodes: only to their own Pods") if own else _("Nodes"), doors))
        rules = self.rules_box()
        if rules:
            columns.append(("", [rules]))
        pods = self.few([self.pod_box(f"p{at}", pods) for at, pods in enumerate(self.pods)])
        if pods:
            columns.append((_("endpoints"), pods))
        shown = {box.id for _head, boxes in columns for box in boxes}
        links += self.rules()
        drawn, high = _side_by_side(columns)
        return [*drawn, *(link for link in links if _ends(link) <= shown)], high

    def few(self, boxes: list[Box]) -> list[Box | Label]:
        """Return the boxes of a column; where they are too many, the first of them and how many more there are."""
        if self.unfold or _high(boxes) <= _HIGHEST:
            return [*boxes]
        boxes.sort(key=lambda box: box.look == palette.NODE)  # those that let nobody in first
        more = 0
        while len(boxes) > 1 and _high(boxes) > _HIGHEST:
            boxes.pop()
            more += 1
        rest = ngettext("and {n} more", "and {n} more", more)
        return [*boxes, Label([drawn_only(note(rest))], padding=4)]

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
        return sentences(*said)

    def waiting_balancer(self) -> Box:
        """Return the box of a load balancer that no provider has created yet."""
        if self.facts.node_port:
            why = _("no provider has created one yet, but the node port works without it")
        else:
            why = _("no provider has created one yet, and there is no node port")
        lines = [
            Line(bold(f"◐ {_('load balancer')}")),
            Line(["EXTERNAL-IP ", literal("<pending>")], "<pending>", after=" "),
            Line(note(why, ""), after=": "),
        ]
        return Box(lines, palette.NOT_READY, id="balancer", width=_BALANCER)

    def balancer(self) -> Box:
        """Return the box of the load balancer before the Nodes, and where it sends packets.

        With `ipMode: VIP` it sends a packet to a Node unchanged. Otherwise it sends it to the node port, or directly to
        Pod IPs if the Service has no node port.
        """
        facts = self.facts
        passing = sum(door.passes for door in facts.doors)
        total = ngettext("{n} Node", "{n} Nodes", len(facts.doors))
        lines = [
            Line(
                bold(_("load balancer")),
                _(
                    "load balancer at {addresses}, port {port}",
                    addresses=listed(facts.balancers, 3),
                    port=facts.port,
                ),
            ),
            drawn_only(Run(f"{facts.balancers[0]}:{facts.port}", bold=True, literal=True, most=20)),
            drawn_only(note(_("from a provider"), palette.MUTED)),
        ]
        if facts.doors:
            check = ngettext(
                "{n} of {nodes} passes its check", "{n} of {nodes} pass its check", passing, nodes=total
            )
            lines.append(drawn_only(note(check, "")))
        if facts.as_it_is:
            sends = _("sends packets unchanged (VIP)")
        elif facts.node_port:
            sends = _("sends to node port {port}", port=facts.node_port)
        else:
            sends = _("sends directly to Pod IPs")
        lines.append(Line(note(sends, ""), after=": "))
        if facts.doors:
            check = ngettext(
                "{n} of {nodes} passes its health check",
                "{n} of {nodes} pass its health check",
                passing,
                nodes=total,
            )
            lines.append(told_only(check, after="; "))
        return Box(lines, id="balancer", width=_BALANCER, title=_("load balancer"))

    def closed(self) -> Box:
        """Return the box of a Service that nothing leads to from outside."""
        kind, standing = plain(self.facts.type), plain(self.facts.standing)
        told = _("type {type}: no node port and no load balancer; {note}", type=kind, note=standing)
        drawn = _("type {type}: it has no node port", type=kind)
        return Box(
            [Line(bold(f"✗ {_('no way in')}"), f"✗ {told}"), drawn_only(note(drawn, ""))],
            palette.ERROR,
            id="closed",
        )

    def door_box(self, stack: _Doors) -> Box:
        """Return the box of a Node, or of several that are alike: whether it lets a client in, and if not, why."""
        facts, first, several = self.facts, stack.first, len(stack.doors) > 1
        called = _("Nodes × {n}", n=len(stack.doors)) if several else _("Node {name}", name=plain(first.node))
        sign, outcome = "✓" if first.outcome == "open" else "✗", _OUTCOMES.get(first.outcome, first.outcome)
        how = [plain(outcome)]
        if first.behind:
            how.append(ngettext("leads to {n} endpoint", "leads to {n} endpoints", len(first.behind)))
        if facts.balancers and first.passes:
            how.append(_("the load balancer sends to it"))
        elif facts.balancers:
            how.append(_("the load balancer sends nothing to it"))
        where = "" if several else plain(first.ip)
        told = headed(noted(f"{sign} {called}", where), phrases(*how))
        members = [f"{door.node} {door.ip}" for door in stack.doors]
        name = called if several else plain(first.node)
        lines = [Line([bold(name, most=60), state("" if several else _("Node"))], told, members=members)]
        at = "" if facts.as_it_is or not facts.node_port else f":{facts.node_port}"
        others = len(stack.doors) - 1
        more = f"  {ngettext('and {n} more', 'and {n} more', others)}" if several else ""
        lines.append(drawn_only([address(f"{first.ip}{at}", palette.NODE), note(more)]))
        is_open = first.outcome == "open"
        ink = palette.POD.ink if is_open else palette.WARNING_INK
        lines.append(drawn_only(note(f"{sign} {outcome}", ink)))
        here = sum(end.node == first.node for end in first.behind)
        if is_open and not several:
            pods = ngettext("{n} such Pod on it", "{n} such Pods on it", here)
            lines.append(drawn_only(note(pods if here else _("no such Pod on it"))))
        if first.why:
            lines.append(Line(note(first.why, palette.WARNING_INK), plain(first.why), after=": "))
        if facts.balancers and not first.passes:
            lines.append(drawn_only(note(_("the load balancer leaves it out"), palette.WARNING_INK)))
        return Box(
            lines,
            palette.NODE if is_open else palette.FAULT._replace(style="solid"),
            id=stack.id,
            width=_DOOR,
            stacked=several,
            ref=f"node/{first.node}",
            title=told,
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
        lines = [Line(bold(called, most=60), f"→ {told}", members=names)]
        others = len(pods) - 1
        more = f"  {ngettext('and {n} more', 'and {n} more', others)}" if several else ""
        lines.append(drawn_only([address(first.address, palette.POD), note(more)]))
        if first.node and not several:
            lines.append(Line(note(_("on {node}", node=plain(first.node)), ""), after=" "))
        return Box(lines, palette.POD, id=name, width=_POD, stacked=several, ref=first.ref, title=told)

    def rules_box(self) -> Box | None:
        """Return the box of the choice, where all Nodes have the same rules."""
        if not self.shared:
            return None
        total = len(self.shared.behind)
        lines: list[Words] = [
            bold(_("kube-proxy's rules")),
            note(_("the same on every Node") if len(self.facts.doors) > 1 else _("on this Node"), ""),
            note(_("choose 1 of {n} at random", n=total) if total > 1 else _("one endpoint, no choice"), ""),
        ]
        return Box(lines, palette.SERVICE, id="rules", width=_RULES)

    def rules(self) -> Iterator[Link]:
        """Yield the choice: once where all Nodes have the same rules, else a link from each Node."""
        where = {end.address: f"p{at}" for at, pods in enumerate(self.pods) for end in pods}
        for name in dict.fromkeys(where[end.address] for end in self.facts.straight):
            yield Link("balancer", name)
        if self.shared:
            for stack in self.doors:
                if stack.first.outcome == "open":
                    yield Link(stack.id, "rules", palette.RULES)
            for name in dict.fromkeys(where[end.address] for end in self.shared.behind):
                yield Link("rules", name, palette.RULES)
            return
        for stack in self.doors:
            for name in dict.fromkeys(where[end.address] for door in stack.doors for end in door.behind):
                yield Link(stack.id, name, palette.RULES)


def _ends(link: Link) -> set[str]:
    return {link.tail.partition(":")[0], link.head.partition(":")[0]}


def _high(boxes: Sequence[Box | Label]) -> float:
    """Return how high a column is."""
    return sum(size_of(box)[1] for box in boxes) + _BETWEEN * (len(boxes) - 1)


def _side_by_side(columns: Sequence[tuple[str, Sequence[Box | Label]]]) -> tuple[list[Drawn], float]:
    """Put columns beside each other, each in the middle of the highest, and return them with their height."""
    wides = [max(size_of(box)[0] for box in boxes) for _head, boxes in columns]
    gap = min(_WIDEST_GAP, (_ALL - sum(wides)) / max(1, len(columns) - 1))
    highs = [_high(boxes) for _head, boxes in columns]
    heads = [
        Label([drawn_only(note(head))], limit=int(wide))
        for (head, _boxes), wide in zip(columns, wides, strict=True)
    ]
    top = max((size_of(label)[1] + 2 for label in heads if size_of(label)[1]), default=0)
    drawn: list[Drawn] = []
    x = 0.0
    for label, (_head, boxes), wide, high in zip(heads, columns, wides, highs, strict=True):
        under_each_other(boxes, x, top + (max(highs) - high) / 2, gap=_BETWEEN)
        if size_of(label)[1]:
            label.at = (x, top + (max(highs) - high) / 2 - size_of(label)[1] - 2)
            drawn.append(label)
        drawn += boxes
        x += wide + gap
    return drawn, top + max(highs)


def _shape(door: Door) -> tuple[object, ...]:
    own = sum(end.node == door.node for end in door.behind)
    return door.outcome, door.passes, door.why, len(door.behind), own if len(door.behind) == own else -1


def _shared(doors: Sequence[Door]) -> Door | None:
    """Return a Node that leads where all that are open lead; None where each has its own way."""
    open_ = [door for door in doors if door.behind]
    sets = {frozenset(end.address for end in door.behind) for door in open_}
    return open_[0] if len(sets) == 1 and len(open_) > 1 else None
