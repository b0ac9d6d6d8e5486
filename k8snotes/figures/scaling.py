"""Draws what scaling does: from the workload by its ReplicaSet to the Pods on each Node, and those without a Node.

A widget shows this picture for every number of Pods and after each step, so it has one size: its height depends only on
how many Nodes there are. A Pod has one place in all steps; where a Node has more Pods than places, they are counted.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.catalogue import _, ngettext, sentences
from k8snotes.facts.play import slots_of
from k8snotes.facts.scaling import Level, ScaledNode, ScaledPod, Scaling
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    bold,
    drawn_only,
    note,
    state,
    told_only,
)
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, noted, plain

__all__ = ["places_of", "scaling_figure"]

# pixels
_RIGHT, _WIDE, _NODE, _BETWEEN = 344, 480, 156, 6
_LEVELS = {1: ((0, 290),), 2: ((0, 130), (154, 166))}  # where each level begins, and how wide it is
_HEAD, _PLACE, _ROW = 28, 46, 50
_IN_A_ROW, _MOST_NODES, _MOST_SETS = 3, 9, 2
_PLACES = {1: 3, 2: 1, 3: 1}  # of a Node, by the rows of Nodes
_FREE = palette.BARE._replace(fill="")

Places = Mapping[str, Mapping[str, int]]


def places_of(moments: Sequence[Scaling]) -> Places:
    """Return, by Node ("" for none), the place of each Pod in all moments of a play.

    Args:
        moments: the workload, step by step.
    """
    return slots_of(
        [
            {
                "": [pod.ref for pod in item.waiting],
                **{node.name: [pod.ref for pod in node.pods] for node in item.nodes},
            }
            for item in moments
        ]
    )


def scaling_figure(facts: Scaling, places: Places | None = None) -> Figure:
    """Return a workload that is scaled as a Figure.

    Args:
        facts: The workload with its ReplicaSets and its Pods.
        places: The places of the Pods in all pictures of a play, as `places_of` gives them.

    >>> import k8snotes as kn
    >>> scaler = kn.scaler(kn.load("guestbook"), "deploy/cache")
    >>> scaling_figure(scaler.facts).title
    'scaling deployment/cache: 2 of 2 ready'
    """
    chosen = places_of([facts]) if places is None else places
    what = _("scaling {workload}", workload=plain(facts.ref))
    return Figure(what, lambda: str(facts.answer), facts, lambda: _scene(facts, chosen))


def _scene(facts: Scaling, places: Places) -> Scene:
    """Return the scene: the levels from left to right, then the Nodes, and below them the Pods that have none."""
    short = _Short(facts)
    shown = facts.nodes if len(facts.nodes) <= _MOST_NODES else facts.nodes[: _MOST_NODES - 1]
    rest = facts.nodes[len(shown) :]
    rows = max(1, -(-min(len(facts.nodes), _MOST_NODES) // _IN_A_ROW))
    high = _HEAD + _ROW * _PLACES[rows]
    cells = [_node_box(node, places.get(node.name, {}), _PLACES[rows], short) for node in shown]
    if rest:
        cells.append(_rest_box(rest))
    for number, cell in enumerate(cells):
        down, right = divmod(number, _IN_A_ROW)
        cell.at = (_RIGHT + right * (_NODE + _BETWEEN), down * (high + _BETWEEN))
        cell.size = (_NODE, high)
    bottom = rows * (high + _BETWEEN)
    levels = _levels(facts, bottom - _BETWEEN)
    tray = _tray(facts, bottom, places.get("", {}), short)
    links = [
        Link(f"level{number}", f"level{number + 1}")
        for number, _level in enumerate(levels[:-1])
        if not number
    ]
    if len(levels) > 2:
        links.append(Link("level0", "level2"))
    last = [box.id for box in levels[1:]] or ["level0"]
    goal = Box([], _FREE, id="goal", at=(_RIGHT, 0), size=(2, bottom - _BETWEEN))
    links += [Link(f"{name}:e", "goal:w", palette.TRAFFIC) for name in last]
    drawn: list[Drawn] = [*levels, goal, *cells, tray, *links]
    told: list[Told] = [*levels, *_told(facts)]
    said_of_it = [
        _(
            "{what}: {finding}.",
            what=_("scaling {workload}", workload=plain(facts.ref)),
            finding=facts.answer,
        ),
        facts.change,
        *([facts.problem] if facts.problem else []),
    ]
    return Scene(drawn, told, opening=sentences(*said_of_it))


def _levels(facts: Scaling, high: int) -> list[Box]:
    """Return the boxes of the workload and of its ReplicaSets, in the middle of the Nodes' height."""
    first, *sets = facts.levels
    sets = sets[-_MOST_SETS:]
    columns = _LEVELS[2 if sets else 1]
    boxes = [_level_box(first, 0, columns[0], _("wants {n}", n=first.wants) if sets else _both(first))]
    boxes += [_level_box(item, number, columns[1], _both(item)) for number, item in enumerate(sets, 1)]
    tall = [size_of(box)[1] for box in boxes]
    boxes[0].at = (columns[0][0], (high - tall[0]) / 2)
    y = (high - sum(tall[1:]) - 12 * (len(sets) - 1)) / 2
    for box, step in zip(boxes[1:], tall[1:], strict=True):
        box.at = (columns[1][0], y)
        y += step + 12
    return boxes


def _both(level: Level) -> str:
    return _("wants {n}, has {there}", n=level.wants, there=level.has)


def _level_box(level: Level, number: int, column: tuple[int, int], numbers: str) -> Box:
    lines = [
        Line(bold(level.kind)),
        Line(Run(plain(level.name), most=40), after=" "),
        Line(note(numbers), after=": "),
    ]
    ref = f"{level.kind.lower()}/{level.name}"
    return Box(
        lines, palette.MACHINERY, id=f"level{number}", width=column[1], ref=ref, indent=2 * min(number, 1)
    )


class _Short:
    """The names of Pods beside the name of what has made them: only their suffix."""

    def __init__(self, facts: Scaling) -> None:
        self.heads = [f"{level.name}-" for level in facts.levels[::-1]]

    def of(self, pod: ScaledPod) -> str:
        """Return the name of a Pod: "…-sprg2"."""
        head = next((head for head in self.heads if pod.name.startswith(head)), "")
        return f"…-{plain(pod.name.removeprefix(head))}" if head else plain(pod.name)


def _look(pod: ScaledPod) -> Look:
    return palette.ACTS if pod.new else palette.look_of(pod.state)


def _how(pod: ScaledPod) -> str:
    """Return how a Pod is, and whether scaling has made it."""
    return _("new, {state}", state=said(pod.state)) if pod.new else said(pod.state)


def _pod_box(pod: ScaledPod, short: _Short, *, wide: int = _NODE - 16) -> Box:
    look = _look(pod)
    name = Run(f"▶ {short.of(pod)}" if pod.new else short.of(pod), True, small=True, most=24)
    how = Run(f"{palette.sign_of(pod.state)} {_how(pod)}", color=look.ink, small=True)
    lines = [drawn_only(name), drawn_only(how)]
    return Box(lines, look, width=wide, size=(wide, _PLACE), ref=pod.ref, title=headed(pod.name, _how(pod)))


def _node_box(node: ScaledNode, own: Mapping[str, int], places: int, short: _Short) -> Box:
    """Return a Node with a place for each Pod; with more Pods than places, they are counted."""
    well = node.state == "Ready"
    ink = palette.NODE.ink if well else palette.LEFT_OUT.ink
    head = [Run(plain(node.name), True, ink, most=16), *([] if well else [state(f"◐ {said(node.state)}")])]
    if max(own.values(), default=-1) < places:
        there = {own[pod.ref]: _pod_box(pod, short) for pod in node.pods}
        inside = [there.get(number) or _free() for number in range(places)]
    else:
        inside = _counts(node.pods, places)
    look = palette.NODE if well else palette.LEFT_OUT
    return Box(
        [drawn_only(head)],
        look,
        id=f"node/{node.name}",
        width=_NODE,
        inside=[_under(inside)],
        ref=f"node/{node.name}",
        title=f"Node {node.name}",
    )


def _rest_box(nodes: Sequence[ScaledNode]) -> Box:
    """Return the Nodes for which there is no room, as one."""
    words = ngettext("and {n} more Node", "and {n} more Nodes", len(nodes))
    pods = [pod for node in nodes for pod in node.pods]
    head = Run(words, True, palette.NODE.ink)
    return Box([drawn_only(head)], palette.NODE, id="rest", width=_NODE, inside=[_under(_counts(pods, 1))])


def _counts(pods: Sequence[ScaledPod], places: int, *, wide: int = _NODE - 16) -> list[Box]:
    """Return Pods counted: those that are alike in a place, as far as there are places."""
    groups: dict[tuple[bool, str], list[ScaledPod]] = {}
    for pod in sorted(pods, key=lambda pod: (pod.new, pod.state != "ready", pod.state)):
        groups.setdefault((pod.new, pod.state), []).append(pod)
    boxes = []
    for number, alike in enumerate(groups.values()):
        first, many = alike[0], len(alike)
        if number == places - 1 and len(groups) > places:
            rest = [pod for group in [*groups.values()][number:] for pod in group]
            many = len(rest)
            new = sum(pod.new for pod in rest)
            how: str = _("{n} of them new", n=new)
        else:
            how = f"{palette.sign_of(first.state)} {_how(first)}"
        if number < places:
            look = _look(first)
            words = ngettext("{n} Pod", "{n} Pods", many)
            head = Run(f"▶ {words}" if first.new else words, True, small=True)
            lines = [drawn_only(head), drawn_only(Run(how, color=look.ink, small=True))]
            boxes.append(Box(lines, look, width=wide, size=(wide, _PLACE), stacked=many > 1))
    return boxes


def _under(boxes: Sequence[Box]) -> Table:
    return Table(([box] for box in boxes), spacing=_ROW - _PLACE)


def _free() -> Box:
    return Box([], _FREE, width=_NODE - 16, size=(_NODE - 16, _PLACE))


def _tray(facts: Scaling, y: int, own: Mapping[str, int], short: _Short) -> Box:
    """Return the frame of the Pods that have no Node; it is there even if all have one."""
    head: list[str | Run] = [bold(_("no Node yet")), "   ", note(_("stored in etcd, running nowhere"))]
    if not facts.waiting:
        inside: list[Part] = []
        head = [*head, state(_("empty"))]
    elif max(own.values(), default=-1) < _IN_A_ROW:
        there = {own[pod.ref]: _pod_box(pod, short, wide=148) for pod in facts.waiting}
        inside = [Table([[there.get(number) or _free() for number in range(_IN_A_ROW)]], spacing=8)]
    else:
        inside = [Table([_counts(facts.waiting, _IN_A_ROW, wide=148)], spacing=8)]
    return Box(
        [drawn_only(head)],
        palette.LEFT_OUT,
        id="waiting",
        at=(_RIGHT, y),
        width=_WIDE,
        size=(_WIDE, _HEAD + _ROW + 4),
        inside=inside,
    )


def _told(facts: Scaling) -> list[Told]:
    """Return the Nodes and their Pods in words, and what is wrong."""
    told: list[Told] = [told_only(str(facts.change), indent=0)]
    if facts.problem:
        told.append(told_only(f"✗ {plain(facts.problem)}", indent=0))
    for node in facts.nodes:
        told.append(told_only(headed(_("Node {name}", name=plain(node.name)), said(node.state)), indent=0))
        told += [_pod_line(pod) for pod in node.pods]
        if not node.pods:
            told.append(told_only(_("no Pods of it")))
    if facts.waiting:
        told.append(told_only(_("Pods without a Node"), indent=0))
        told += [_pod_line(pod) for pod in facts.waiting]
    return told


def _pod_line(pod: ScaledPod) -> Line:
    sign = "▶" if pod.new else palette.sign_of(pod.state)
    return told_only(noted(f"{sign} {plain(pod.name)}", _how(pod)))
