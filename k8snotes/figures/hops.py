"""Draws the hops of a trace: a box for each, those of one Node in its frame, the packet's addresses on the arrows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle
from k8snotes.figures.html_label import Html, Run, address, anchored, label, note
from k8snotes.figures.measure import short
from k8snotes.figures.wording import plain
from k8snotes.network.trace import Hop, Trace

if TYPE_CHECKING:
    from k8snotes.figures.html_label import Line

__all__ = [
    "AT",
    "WIDE",
    "addresses",
    "chains_of",
    "draw_machines",
    "heading_of",
    "look_of",
    "machine_of",
    "sign_of",
    "what_of",
]

WIDE = 430
"""The width of a hop's box, in points."""
AT = 40
"""How far from the left the arrows are, in points: the addresses stand to their right."""

_LOOKS = {
    "pod": palette.POD,
    "container": palette.POD,
    "bridge": palette.POD,
    "rules": palette.SERVICE,
    "machine": palette.NODE,
    "network": palette.PLAIN,
    "balancer": palette.PLAIN,
    "name": palette.PLAIN,
}


def look_of(hop: Hop, *, answered: bool) -> palette.Look:
    """Return how a hop is drawn; the last one as it ended."""
    if hop.ends and hop.ends != "leaves":
        return palette.POD if answered else palette.ERROR
    # a machine that is no Node is not drawn as one
    return palette.PLAIN if hop.kind == "machine" and not hop.node else _LOOKS[hop.kind]


def sign_of(facts: Trace) -> str:
    """Return ✓ for a packet that was answered, ✗ for one that was not, → for one that has left the cluster."""
    return "✓" if facts.answered else "→" if facts.outcome == "leaves" else "✗"


def heading_of(number: int, hop: Hop) -> Run:
    """Return the number of a hop and where it is, on one line."""
    return Run(short(f"{number + 1}  {plain(hop.place)}", 42, tail=14), bold=True, whole=True)


def what_of(hop: Hop) -> str:
    """Return what happens at a hop."""
    return f"is asked for the name: {plain(hop.what)}" if hop.kind == "name" else plain(hop.what)


def chains_of(rules: tuple[str, ...]) -> str:
    """Return the chains that a packet went through, without the marks on its way."""
    names = [rule.partition("-A ")[2].partition(" ")[0] for rule in rules]
    shown = [name for name in dict.fromkeys(names) if name not in ("PREROUTING", "OUTPUT", "KUBE-MARK-MASQ")]
    return " ▸ ".join(shown)


def machine_of(hop: Hop) -> str:
    """Return the Node that a hop is on, "" for one that is between machines or beyond them."""
    between = hop.kind in ("network", "balancer") and not hop.place.startswith(hop.node)
    return "" if between else hop.node


def draw_machines(graph: Any, boxes: Iterable[tuple[int, Hop, Html]]) -> None:
    """Draw the boxes of hops as nodes h0, h1, …, those on one Node in its frame."""
    for at, (node, group) in enumerate(groupby(boxes, key=lambda item: machine_of(item[1]))):
        if not node:
            _draw(graph, group)
            continue
        with graph.subgraph(name=f"cluster_{at}") as frame:
            name = Run(f"Node {short(plain(node), 44, tail=12)}", bold=True, color=palette.NODE.ink)
            frame.attr(
                label=angle(label([[name]], padding=2)),
                labeljust="r",  # the arrows are on the left
                style="rounded,filled",
                color=palette.NODE.line,
                fillcolor=palette.NODE.fill,
                penwidth="1.5",
                margin="10",
            )
            _draw(frame, group)


def _draw(graph: Any, boxes: Iterable[tuple[int, Hop, Html]]) -> None:
    for number, _, body in boxes:
        graph.node(f"h{number}", angle(anchored(body, at=AT, width=WIDE)))


def addresses(hop: Hop, whose: Callable[[str], str]) -> Html:
    """Return what stands on the arrow after a hop: the packet's addresses there, marked where they are new."""
    lines: list[Line] = []
    for word, value, changed in (
        ("from", hop.source_after, hop.rewrites_source),
        ("to", hop.destination_after, hop.rewrites_destination),
    ):
        owner = whose(value.partition(":")[0])
        look = palette.ERROR if changed else palette.PLAIN
        runs: list[str | Run] = [f"{word} ", address(f"{'▸ ' if changed else ''}{value}", look)]
        if owner:
            runs.append(note(f"  {short(plain(owner), 38, tail=10)}", palette.MUTED, whole=True))
        lines.append(runs)
    return label(lines, limit=WIDE, padding=3)
