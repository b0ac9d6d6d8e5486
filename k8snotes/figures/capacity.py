"""Draws what the Nodes have: bars of what is requested, of limits and of use, and what is left for the next Pod.

A bar is as long as what is allocatable. Limits may go beyond that, and are then drawn as too much. The scheduler
looks at requests alone, so what is left is what no Pod has requested. If there are more than four Nodes, each has one
line, and Nodes with the same numbers share it; the outline has every Node in full.
Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from k8snotes.catalogue import Text, _, clauses, ngettext
from k8snotes.facts.amounts import amount_text
from k8snotes.facts.capacity import Capacity, NodeCapacity, Stock, WaitingPod
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized, last_bold
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    BAR,
    BEYOND,
    Bar,
    Bars,
    Box,
    Label,
    Line,
    Part,
    Piece,
    Run,
    Scene,
    Table,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    pieces_of,
    reach_of,
    told_only,
)
from k8snotes.figures.stacks import maker_of, sums
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, named, noted, phrases, plain

__all__ = ["capacity_figure", "node_boxes", "node_stories"]

_CAPTION = _(
    "What is left is what no Pod has requested yet, and the next Pod can request it. "
    "Limits may add up to more than a Node has. Neither limits nor use change what is left."
)
_MOST_NODES = 4  # so many are drawn in full; of more, a line each
_MOST_LINES = 24
_MOST_WAITING = 6
_MOST_SAID = 6  # Nodes in the alternative text
_NARROW = 90  # pixels: a bar where a Node has one line
_SHORT = 270  # pixels: a bar where all may go as far beyond as is drawn
_WIDE = 800  # pixels: a Node
_MAIN = ("cpu", "memory")


def capacity_figure(facts: Capacity, *, unfold: bool = False) -> Figure:
    """Return what the Nodes have and have left as a Figure.

    Args:
        facts: The Nodes with their resources (millicores of CPU, bytes of memory, pieces), and the Pods that wait.
        unfold: Whether to draw each Node in full.

    >>> import k8snotes as kn
    >>> figure = capacity_figure(kn.Cluster(nodes=1, cpu="2", memory="1Gi").capacity().facts)
    >>> print(figure.text.splitlines()[2])
      cpu: requests 0 of 2 CPU (0 %), 2 CPU left
    """
    return Figure(
        _("capacity"),
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts, unfold=unfold),
        caption=_CAPTION,
    )


def _finding(facts: Capacity) -> str:
    counts = [
        ngettext("{n} Node", "{n} Nodes", len(facts.nodes)),
        ngettext("{n} Pod", "{n} Pods", facts.pods),
    ]
    counts += [_without_node(len(facts.waiting))] if facts.waiting else []
    return phrases(*counts)


def _without_node(waiting: int) -> Text:
    return ngettext("{n} Pod without a Node", "{n} Pods without a Node", waiting)


class _Group(NamedTuple):
    """Nodes that have the same left: one line of the picture."""

    nodes: tuple[NodeCapacity, ...]

    @property
    def first(self) -> NodeCapacity:
        return self.nodes[0]

    @property
    def name(self) -> str:
        first, several = plain(self.first.name), len(self.nodes)
        return first if several == 1 else ngettext("{n} like {name}", "{n} like {name}", several, name=first)

    @property
    def title(self) -> str:
        """The head of its box."""
        first, several = plain(self.first.name), len(self.nodes)
        if several == 1:
            return _("Node {name}", name=first)
        return ngettext("{n} Node like {name}", "{n} Nodes like {name}", several, name=first)


def _scene(facts: Capacity, *, unfold: bool) -> Scene:
    """Return the scene: one table of Nodes, and the Pods that wait."""
    boxes = node_boxes(facts.nodes, unfold=unfold)
    waiting = [_waiting_box(facts.waiting)] if facts.waiting else []
    boxes += waiting
    return Scene(
        [Table(([box] for box in align(boxes)), id="capacity")],
        chain(_told(facts), waiting),
        opening=_("The bars show requests, limits and use."),
    )


def _told(facts: Capacity) -> Iterator[Box | Line]:
    """Yield the Nodes in full; the alternative text has the first of them."""
    for at, node in enumerate(facts.nodes):
        box = _full(_Group((node,)), 1)
        if at < _MOST_SAID:
            shares = [
                headed(plain(stock.name), share_words(stock)) for stock in node.stocks if stock.name in _MAIN
            ]
            name = _("Node {name}", name=plain(node.name))
            box.alt = _("{sentence}.", sentence=phrases(noted(name, said(node.state)), clauses(*shares)))
        elif at == _MOST_SAID:
            more = len(facts.nodes) - _MOST_SAID
            yield aside(ngettext("And {n} more Node.", "And {n} more Nodes.", more))
        yield box


def _waiting_box(pods: Sequence[WaitingPod]) -> Box:
    """Return the box of the Pods that have no Node."""
    waiting = _without_node(len(pods))
    lines = [Line(bold(f"◐ {waiting}"), _("Pods without a Node"))]
    stacks = _stacks(pods)
    for at, stack in enumerate(stacks):
        first = stack[0]
        called = plain(first.name)
        if len(stack) > 1:
            called = f"{plain(first.workload.partition('/')[2])} × {len(stack)}"
        asks = _asks(first, several=len(stack) > 1)
        told, members = headed(f"◐ {called}", asks), [pod.name for pod in stack]
        lines.append(Line([called, f"   {asks}"], told, members=members, shown=at < _MOST_WAITING))
    if len(stacks) > _MOST_WAITING:
        more = sum(map(len, stacks[_MOST_WAITING:]))
        lines.append(drawn_only(ngettext("and {n} more", "and {n} more", more)))
    sentence = ngettext("{n} Pod has no Node.", "{n} Pods have no Node.", len(pods))
    return Box(lines, palette.NOT_READY, limit=_WIDE, alt=sentence)


def _asks(pod: WaitingPod, *, several: bool) -> Text:
    """Say what a Pod requests, or each of several Pods that are alike."""
    amounts = named(f"{amount_text(name, amount)} {plain(name)}" for name, amount in pod.requests if amount)
    if several:
        return _("each requests {amounts}", amounts=amounts) if amounts else _("each requests nothing")
    return _("requests {amounts}", amounts=amounts) if amounts else _("requests nothing")


def node_boxes(nodes: Sequence[NodeCapacity], *, unfold: bool = False, alike: bool = False) -> list[Box]:
    """Return the boxes of Nodes as they are drawn: a few in full, many as one box with a line each.

    Args:
        nodes: The Nodes, in order.
        unfold: Whether each is drawn in full, however many there are.
        alike: Whether they are mostly alike: then each kind has one box, and nothing is said of use.
    """
    if not nodes:
        return [Box([bold(_("There is no Node, so no Pod can run."))], palette.LEFT_OUT)]
    if alike:
        groups = _groups(nodes)
        if len(groups) <= 2:
            return [_full(group, BEYOND, use=False, width=_SHORT) for group in groups]
    elif unfold or len(nodes) <= _MOST_NODES:
        # boxes of one width, so that bars of equal amounts are equally long
        main = [node.stock(name) for node in nodes for name in _MAIN]
        reach = reach_of((max(s.limits, s.requested, s.used), s.allocatable) for s in main)
        return [_full(_Group((node,)), reach) for node in nodes]
    return [_lines(nodes)]


def node_stories(nodes: Sequence[NodeCapacity]) -> list[Box]:
    """Return the boxes of Nodes as they are told: each Node in full, however many share a box in the picture."""
    return [_full(_Group((node,)), 1) for node in nodes]


def _full(group: _Group, reach: float, *, use: bool = True, width: int = BAR) -> Box:
    """Return the box of a Node, or of several alike: for CPU and memory a bar of requests, of limits and of use."""
    node = group.first
    sign = "✓" if node.well else "◐" if node.ready else "✗"
    pods = node.stock("pods")
    state = said(node.state)
    taken = ngettext("{taken} of {n} Pod", "{taken} of {n} Pods", pods.allocatable, taken=pods.requested)
    full = "" if pods.left else _("✗ takes no more Pods")
    head = Line(
        [
            *heading(group.title, f"{sign} {state}", palette.POD if node.well else palette.NOT_READY),
            note(f"   {taken}  {full}".rstrip(), palette.MUTED, whole=True),
        ],
        headed(_("Node {name}", name=plain(node.name)), phrases(state, taken)),
    )
    inside: list[Part] = [Bars(_rows(node.stock(name), reach, use=use, width=width) for name in _MAIN)]
    others: list[Line] = []
    for stock in _others(node):
        share = share_words(stock)
        told = _("{resource}: requests {share}", resource=plain(stock.name), share=share)
        others += [Line([bold(stock.name, most=34), f"   {share}"], told), *_amount_lines(stock)]
    if others:
        inside.append(Label(others, limit=_WIDE))
    return Box([head], palette.NODE, limit=_WIDE, inside=inside, ref=f"node/{node.name}")


def _rows(stock: Stock, reach: float, *, use: bool, width: int) -> Iterator[tuple[Line, Bar, Line] | Line]:
    """Yield the three bars of a resource, each with its name and words, and the Pods that requested it.

    `reach` is how far the bars of this picture go, in parts of what is allocatable, which is `width` pixels. The outline tells the requests
    in the words beside the bar; limits and use share a line there.
    """
    told = _("{resource}: requests", resource=plain(stock.name))
    if not stock.allocatable and not stock.requested:
        nothing = Line(note(_("the Node has none"), palette.MUTED), share_words(stock))
        yield Line(bold(stock.name), told), Bar([], 0, width=width, reach=reach), nothing
        yield from _amount_lines(stock)
        return
    pieces = pieces_of(_sums(stock, "request"), palette.REQUESTED)
    if stock.left:
        pieces.append(Piece(stock.left, palette.LEFT, _left(stock), _("left")))
    before, after = _share(stock)
    requests, limits, used = _("requests"), _("limits"), _("use")
    yield (
        Line([bold(stock.name), f"  {requests}"], told),
        Bar(pieces, stock.allocatable, width=width, reach=reach),
        Line(last_bold(before, after)),
    )
    if not stock.limits and not stock.used:
        if stock.parts:
            yield drawn_only(""), Bar([], 0, width=width, reach=reach), drawn_only(note(limit_words(stock)))
        yield from _amount_lines(stock)
        return
    over = max(0, stock.limits - stock.allocatable)
    pieces = pieces_of(_sums(stock, "limit"), palette.LIMITED, most=6)
    if over:
        pieces = [
            Piece(stock.allocatable, palette.LIMITED, _("allocatable")),
            Piece(over, palette.TOO_MUCH, f"+{_amount(stock, over)}"),
        ]
    elif pieces:
        pieces.append(Piece(stock.allocatable - stock.limits, palette.LEFT))
    yield (
        drawn_only(f"   {limits}"),
        Bar(pieces, stock.allocatable, width=width, reach=reach),
        drawn_only(note(limit_words(stock), palette.MUTED)),
    )
    yield from _amount_lines(stock)
    if use:
        pieces = [Piece(stock.used, palette.USED, _("in use"), _("use"))]
        pieces.append(Piece(stock.allocatable - stock.used, palette.LEFT))
        in_use = _("{amount} in use", amount=_amount(stock, stock.used))
        yield (
            drawn_only(f"   {used}"),
            Bar(pieces, stock.allocatable, width=width, reach=reach),
            drawn_only(note(in_use, palette.MUTED)),
        )


def _amount_lines(stock: Stock) -> Iterator[Line]:
    """Yield what the outline says under a resource: its limits, its use, and the Pods that requested it."""
    if stock.parts:
        limits = limit_words(stock)
        if stock.used:
            used = _amount(stock, stock.used)
            yield told_only(_("limits: {limits}; in use: {used}", limits=limits, used=used), indent=4)
        else:
            yield told_only(_("limits: {limits}", limits=limits), indent=4)
    makers = [f"{plain(n)} {_amount(stock, v)}" for n, v in _sums(stock, "request") if v]
    if makers:
        yield told_only(_("requested by {makers}", makers=listed(makers, 8)), indent=4)


def _lines(nodes: Sequence[NodeCapacity]) -> Box:
    """Return one box with a line for each Node, or for several that are alike."""
    groups = _groups(nodes)
    rows: list[list[Part]] = [
        [Label([bold(item)]) for item in (_("Node"), _("Pods"), "cpu", "", "memory", "")]
    ]
    for group in groups[:_MOST_LINES]:
        node = group.first
        lines = [bold(group.name, most=22)]
        if not node.well:
            lines.append(note(f"◐ {said(node.state)}", palette.WARNING_INK))
        pods = node.stock("pods")
        taken = _("{taken} of {total}", taken=pods.requested, total=pods.allocatable)
        row: list[Part] = [Label(lines, limit=150), Label([taken], limit=100)]
        for name in _MAIN:
            stock = node.stock(name)
            pieces = [Piece(stock.requested, palette.REQUESTED)]
            if stock.left:
                pieces.append(Piece(stock.left, palette.LEFT, _("left"), " "))
            row += [
                Bar(pieces, stock.allocatable, width=_NARROW),
                Label([_line_words(stock)], limit=180),
            ]
        rows.append(row)
    bars = _("the bars show what is requested and what is left")
    head = [bold(ngettext("{n} Node", "{n} Nodes", len(nodes))), note(f"   {bars}", palette.MUTED)]
    inside: list[Part] = [Table(rows, spacing=3)]
    if len(groups) > _MOST_LINES:
        rest = sum(len(group.nodes) for group in groups[_MOST_LINES:])
        more = ngettext(
            "and {n} more Node, which the outline names",
            "and {n} more Nodes, which the outline names",
            rest,
        )
        inside.append(Label([note(more, palette.MUTED)]))
    return Box([head], palette.NODE, limit=_WIDE, inside=inside)


def _line_words(stock: Stock) -> list[str | Run]:
    """Return the words of a resource of a Node that has one line."""
    there = _amount(stock, stock.allocatable)
    left = amount_text(stock.name, stock.left)
    shares = [_("limits {percent} %", percent=stock.percent(stock.limits))]
    shares += [_("use {percent} %", percent=stock.percent(stock.used))] if stock.used else []
    words = _("{clause}; {next}", clause="", next=phrases(*shares))
    share = emphasized(_("{left} of {there} left", left=HERE, there=there), bold(left))
    return [*share, note(words, palette.MUTED)]


def _groups(nodes: Sequence[NodeCapacity]) -> list[_Group]:
    groups: dict[object, list[NodeCapacity]] = {}
    for node in nodes:
        key = node.state, tuple((s.name, s.allocatable, s.requested, s.limits, s.used) for s in node.stocks)
        groups.setdefault(key, []).append(node)
    return [_Group(tuple(members)) for members in groups.values()]


def _others(node: NodeCapacity) -> list[Stock]:
    """Return the resources beside CPU and memory that some Pod asks for, or that only some Nodes have."""
    quiet = ("pods", "ephemeral-storage")
    return [
        stock
        for stock in node.stocks
        if stock.name not in _MAIN and stock.name != "pods" and (stock.requested or stock.name not in quiet)
    ]


def share_words(stock: Stock) -> str:
    """Say what is requested of a resource, and what is left: "500m of 4 CPU (12 %), 3500m left"."""
    return phrases(*_share(stock))


def _share(stock: Stock) -> tuple[str, str]:
    """Return the words of a share in two parts: what is requested, and what is left, or too much."""
    name = stock.name
    requested, there = amount_text(name, stock.requested), _amount(stock, stock.allocatable)
    if stock.requested > stock.allocatable:
        over = _amount(stock, stock.requested - stock.allocatable)
        return "", _(
            "{requested} of {there}: ✗ {over} more than the Node has",
            requested=requested,
            there=there,
            over=over,
        )
    share = stock.percent(stock.requested)
    of = _("{requested} of {there} ({percent} %)", requested=requested, there=there, percent=share)
    return of, _left(stock)


def _left(stock: Stock) -> Text:
    return _("{amount} left", amount=_amount(stock, stock.left))


def _amount(stock: Stock, amount: int) -> str:
    """Return an amount of a resource with its unit: "1 CPU", "500m", "7Gi"."""
    said = amount_text(stock.name, amount)
    if stock.name == "cpu" and said.isdecimal():
        return _("{amount} CPU", amount=said)
    if stock.name == "memory" and not amount:
        return _("{amount} bytes", amount=said)
    return said


def limit_words(stock: Stock) -> str:
    """Say what the limits add up to, and how many Pods have none.

    If limits add up to more than the Node has, it is overcommitted. Kubernetes allows that, because Pods seldom use all of
    their limits at once.
    """
    words = []
    if stock.limits:
        share = _("{share} %", share=stock.percent(stock.limits))
        words.append(noted(_amount(stock, stock.limits), share))
    if stock.limits > stock.allocatable:
        words.append(_("overcommitted"))
    if stock.unlimited:
        words.append(ngettext("{n} Pod without a limit", "{n} Pods without a limit", stock.unlimited))
    return phrases(*words) or _("none")


def _sums(stock: Stock, field: str) -> list[tuple[str, int]]:
    """Return what workloads request of a resource, or their limits, the largest first."""
    return sums((p.namespace, maker_of(p.workload, p.name), getattr(p, field)) for p in stock.parts)


def _stacks(waiting: Sequence[WaitingPod]) -> list[list[WaitingPod]]:
    groups: dict[object, list[WaitingPod]] = {}
    for pod in waiting:
        key = (pod.namespace, pod.workload or pod.name, pod.requests)
        groups.setdefault(key, []).append(pod)
    return list(groups.values())
