"""Draws what the Nodes have: bars of what is requested, of limits and of use, and what is left for the next Pod."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k8snotes.facts.amounts import said
from k8snotes.figures import palette
from k8snotes.figures.bars import BEYOND, Piece, bar, bars, beside, pieces_of, reach_of
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import bold, box, heading, label, note, table
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, indented, listed, plain

if TYPE_CHECKING:
    from k8snotes.facts.capacity import Capacity, NodeCapacity, Part, Stock, WaitingPod
    from k8snotes.figures.html_label import Html, Line, Run

__all__ = ["capacity_figure", "node_boxes", "node_outline", "share_words"]

_CAPTION = (
    "What is left is what nobody has requested yet, and what the next Pod can have. "
    "Limits may come to more than there is, and neither they nor the use change what is left"
)
_MOST_NODES = 4  # so many are drawn in full; of more, a line each
_MOST_LINES = 24
_NARROW = 68  # points: a bar where a Node has one line
_MAIN = ("cpu", "memory")


def capacity_figure(facts: Capacity, *, unfold: bool = False) -> Figure:
    """Return what the Nodes have and have left as a Figure; `unfold` draws each Node in full."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Group:
    """Nodes that have the same left: one line of the picture."""

    nodes: tuple[NodeCapacity, ...]

    @property
    def first(self) -> NodeCapacity:
        return self.nodes[0]

    @property
    def name(self) -> str:
        first = plain(self.first.name)
        return first if len(self.nodes) == 1 else f"{len(self.nodes)} such as {first}"

    @property
    def title(self) -> str:
        """What stands over its box."""
        first = plain(self.first.name)
        return f"Node {first}" if len(self.nodes) == 1 else f"{len(self.nodes)} Nodes, each as {first}"


class _View:
    """What the Nodes have, ready to be drawn or told."""

    def __init__(self, facts: Capacity, *, unfold: bool) -> None:
        self.facts = facts
        self.unfold = unfold
        waiting = f", {count(len(facts.waiting), 'Pod')} without a Node" if facts.waiting else ""
        self.title = f"capacity: {count(len(facts.nodes), 'Node')}, {count(facts.pods, 'Pod')}{waiting}"

    # the picture

    def dot(self) -> str:
        """Return the DOT source: one table of Nodes, and the Pods that wait."""
        graph = digraph()
        rows: list[list[Html]] = [[item] for item in node_boxes(self.facts.nodes, unfold=self.unfold)]
        if self.facts.waiting:
            rows.append([box(self.waiting_lines(), palette.NOT_READY, limit=520)])
        graph.node("capacity", angle(table(rows)))
        return str(graph.source)

    def waiting_lines(self) -> list[Line]:
        """Return the lines of the box of Pods that have no Node."""
        lines: list[Line] = [[bold(f"◐ {count(len(self.facts.waiting), 'Pod')} without a Node")]]
        stacks = _stacks(self.facts.waiting)
        lines += [
            [_called(stack), f"   {'each ' if len(stack) > 1 else ''}asks {_asks(stack[0])}"]
            for stack in stacks[:6]
        ]
        if len(stacks) > 6:
            lines.append(f"and {sum(map(len, stacks[6:]))} more")
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: each Node with its resources, then the Pods that wait."""
        lines = [self.title]
        for node in self.facts.nodes:
            lines += node_outline(node)
        if self.facts.waiting:
            lines.append("without a Node")
            for stack in _stacks(self.facts.waiting):
                each = "each " if len(stack) > 1 else ""
                lines.append(f"  ◐ {_called(stack)}: {each}asks {_asks(stack[0])}")
                lines += indented([item.name for item in stack], 6)
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        told = []
        for node in self.facts.nodes[:6]:
            parts = [
                f"{plain(stock.name)}: {share_words(stock)}" for stock in node.stocks if stock.name in _MAIN
            ]
            told.append(f"Node {plain(node.name)} ({plain(node.state)}), {'; '.join(parts)}.")
        if len(self.facts.nodes) > 6:
            told.append(f"And {len(self.facts.nodes) - 6} more Nodes.")
        if self.facts.waiting:
            told.append(f"{count(len(self.facts.waiting), 'Pod')} without a Node.")
        return f"Bars of requests, limits and use. {' '.join(told)}"


def node_boxes(nodes: Sequence[NodeCapacity], *, unfold: bool = False, alike: bool = False) -> list[Html]:
    """Return the boxes of Nodes: a few in full, many as one box with a line each.

    Where Nodes are mostly `alike`, each kind has one box, and nothing is said of use.
    """
    if not nodes:
        return [box([[bold("There is no Node: no Pod can run.")]], palette.LEFT_OUT)]
    if alike:
        groups = _groups(nodes)
        if len(groups) <= 2:
            return [_full(group, BEYOND, use=False) for group in groups]
    elif unfold or len(nodes) <= _MOST_NODES:
        # boxes of one width, so that bars of equal amounts are equally long
        main = [node.stock(name) for node in nodes for name in _MAIN]
        reach = reach_of((max(s.limits, s.requested, s.used), s.allocatable) for s in main)
        return [_full(_Group((node,)), reach) for node in nodes]
    return [_lines(nodes)]


def _full(group: _Group, reach: float, *, use: bool = True) -> Html:
    """Return the box of a Node, or of several alike: for CPU and memory a bar of requests, of limits and of use."""
    node = group.first
    sign = "✓" if node.state == "Ready" else "◐" if node.state.startswith("Ready") else "✗"
    pods = node.stock("pods")
    full = "" if pods.left else "  ✗ no place for another"
    head: list[Line] = [
        [
            *heading(group.title, f"{sign} {plain(node.state)}", most=34),
            note(f"   {pods.requested} of {pods.allocatable} Pods{full}", palette.MUTED, whole=True),
        ]
    ]
    inside = [bars(_rows(node.stock(name), reach)[: 3 if use else 2] for name in _MAIN)]
    others: list[Line] = [
        [bold(short(plain(stock.name), 34)), f"   {share_words(stock)}"] for stock in _others(node)
    ]
    if others:
        inside.append(label(others, limit=520))
    return box(head, palette.NODE, limit=520, inside=inside)


def _rows(stock: Stock, reach: float) -> list[tuple[Line, Html, Line]]:
    """Return the three bars of a resource, each with its name and its words."""
    if not stock.allocatable and not stock.requested:
        return [([bold(stock.name)], bar([], 1, reach=reach), [note("the Node has none", palette.MUTED)])]
    parts = _by_maker(stock.parts, "request")
    requests = pieces_of(parts, palette.REQUESTED)
    if stock.left:
        requests.append(Piece(stock.left, palette.LEFT, f"{said(stock.name, stock.left)} left", "left"))
    rows: list[tuple[Line, Html, Line]] = [
        (
            [bold(stock.name), "  requests"],
            bar(requests, stock.allocatable, reach=reach),
            _strong(share_words(stock)),
        )
    ]
    over = max(0, stock.limits - stock.allocatable)
    limits = pieces_of(_by_maker(stock.parts, "limit"), palette.LIMITED, most=6)
    if over:
        limits = [
            Piece(stock.allocatable, palette.LIMITED, "as much as there is"),
            Piece(over, palette.TOO_MUCH, f"+{said(stock.name, over)}"),
        ]
    elif limits:
        limits.append(Piece(stock.allocatable - stock.limits, palette.LEFT))
    rows.append(
        (
            ["   limits"],
            bar(limits, stock.allocatable, reach=reach),
            [note(limit_words(stock), palette.MUTED)],
        )
    )
    used = [Piece(stock.used, palette.USED, "in use", "use")]
    used.append(Piece(stock.allocatable - stock.used, palette.LEFT))
    use = f"{said(stock.name, stock.used)} in use"
    rows.append((["   use"], bar(used, stock.allocatable, reach=reach), [note(use, palette.MUTED)]))
    return rows


def _lines(nodes: Sequence[NodeCapacity]) -> Html:
    """Return one box with a line for each Node, or for several that are alike."""
    groups = _groups(nodes)
    cells: list[list[Html]] = []
    for group in groups[:_MOST_LINES]:
        node = group.first
        lines: list[Line] = [[bold(short(group.name, 22))]]
        if node.state != "Ready":
            lines.append([note(f"◐ {plain(node.state)}", palette.WARNING_INK)])
        row = [beside(lines, limit=150)]
        pods = node.stock("pods")
        row.append(beside([f"{pods.requested} of {pods.allocatable}"], limit=100))
        for name in _MAIN:
            stock = node.stock(name)
            drawn = [Piece(stock.requested, palette.REQUESTED)]
            if stock.left:
                drawn.append(Piece(stock.left, palette.LEFT, "left", " "))
            row.append(bar(drawn, stock.allocatable, width=_NARROW))
            more = f" of {said(name, stock.allocatable)}; limits {stock.percent(stock.limits)} %"
            more += f", use {stock.percent(stock.used)} %" if stock.used else ""
            row.append(
                beside([[bold(f"{said(name, stock.left)} left"), note(more, palette.MUTED)]], limit=180)
            )
        cells.append(row)
    head: list[Line] = [
        [bold(f"{len(nodes)} Nodes"), note("   the bars: what is requested, and what is left", palette.MUTED)]
    ]
    titles = [label([[bold(item)]]) for item in ("Node", "Pods", "cpu", "", "memory", "")]
    inside = [_grid([titles, *cells])]
    if len(groups) > _MOST_LINES:
        rest = sum(len(group.nodes) for group in groups[_MOST_LINES:])
        inside.append(label([[note(f"and {rest} more Nodes: the words have them all", palette.MUTED)]]))
    return box(head, palette.NODE, limit=700, inside=inside)


def _grid(rows: Iterable[Iterable[Html]]) -> Html:
    return table(rows, spacing=3)


def _groups(nodes: Sequence[NodeCapacity]) -> list[_Group]:
    groups: dict[object, list[NodeCapacity]] = {}
    for node in nodes:
        key = node.state, tuple((s.name, s.allocatable, s.requested, s.limits, s.used) for s in node.stocks)
        groups.setdefault(key, []).append(node)
    return [_Group(tuple(members)) for members in groups.values()]


def _others(node: NodeCapacity) -> list[Stock]:
    """Return the resources beside CPU and memory that somebody asks for, or that only some Nodes have."""
    quiet = ("pods", "ephemeral-storage")
    return [
        stock
        for stock in node.stocks
        if stock.name not in _MAIN and stock.name != "pods" and (stock.requested or stock.name not in quiet)
    ]


def share_words(stock: Stock) -> str:
    """Say what is requested of a resource, and what is left: "500m of 4 (12 %), 3500m left"."""
    name = stock.name
    of = f"{said(name, stock.requested)} of {said(name, stock.allocatable)}"
    if stock.requested > stock.allocatable:
        return f"{of}: ✗ {said(name, stock.requested - stock.allocatable)} more than there is"
    return f"{of} ({stock.percent(stock.requested)} %), {said(name, stock.left)} left"


def limit_words(stock: Stock) -> str:
    """Say what the limits come to, and how many Pods have none."""
    none = f"{count(stock.unlimited, 'Pod')} without" if stock.unlimited else ""
    if not stock.limits:
        return none + " a limit" if none else "none"
    sum_ = f"{said(stock.name, stock.limits)} ({stock.percent(stock.limits)} %)"
    over = "overcommitted" if stock.limits > stock.allocatable else ""
    return ", ".join(filter(None, (sum_, over, none)))


def node_outline(node: NodeCapacity) -> list[str]:
    """Return the lines of the outline on one Node."""
    pods = node.stock("pods")
    lines = [f"Node {plain(node.name)}: {plain(node.state)}, {pods.requested} of {pods.allocatable} Pods"]
    for stock in [*(node.stock(name) for name in _MAIN), *_others(node)]:
        lines.append(f"  {plain(stock.name)}: requests {share_words(stock)}")
        use = f"; in use {said(stock.name, stock.used)}" if stock.used else ""
        if stock.parts:
            lines.append(f"    limits: {limit_words(stock)}{use}")
        asked = [f"{plain(n)} {said(stock.name, v)}" for n, v in _by_maker(stock.parts, "request") if v]
        if asked:
            lines.append(f"    requested by {listed(asked, 8)}")
    return lines


def _by_maker(parts: Sequence[Part], field: str) -> list[tuple[str, int]]:
    """Return the sums of Pods that one workload made ("frontend × 3"), and of single Pods, the largest first."""
    sums: dict[tuple[str, str], list[int]] = {}
    for part in parts:
        amount = getattr(part, field)
        if amount:
            key = part.namespace, part.workload.partition("/")[2] or part.name
            sums.setdefault(key, []).append(amount)
    found = [(f"{name} × {len(v)}" if len(v) > 1 else name, sum(v)) for (_, name), v in sums.items()]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _strong(words: str) -> list[str | Run]:
    before, _, after = words.rpartition(", ")
    return [f"{before}, ", bold(after)] if before else [bold(words)]


def _stacks(waiting: Sequence[WaitingPod]) -> list[list[WaitingPod]]:
    groups: dict[object, list[WaitingPod]] = {}
    for pod in waiting:
        key = (pod.namespace, pod.workload or pod.name, pod.requests)
        groups.setdefault(key, []).append(pod)
    return list(groups.values())


def _called(stack: Sequence[WaitingPod]) -> str:
    first = stack[0]
    if len(stack) == 1:
        return plain(first.name)
    return f"{plain(first.workload.partition('/')[2])} × {len(stack)}"


def _asks(pod: WaitingPod) -> str:
    found = [f"{said(name, amount)} {plain(name)}" for name, amount in pod.requests if amount]
    return ", ".join(found) or "for nothing"
