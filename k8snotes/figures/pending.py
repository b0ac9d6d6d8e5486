"""Draws why a Pod has no Node: what it asks for, and Node by Node what is left and what is in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8snotes.facts.amounts import said
from k8snotes.figures import palette
from k8snotes.figures.bars import Piece, bar, bars, reach_of
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import bold, box, heading, note
from k8snotes.figures.wording import count, listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k8snotes.facts.pending import Ask, Verdict, WhyPending
    from k8snotes.figures.html_label import Html, Line

__all__ = ["pending_figure"]

_CAPTION = "A Pod gets a Node that has left all that it requests; limits and use are not asked"
_MOST_DRAWN = 5  # of more Nodes, those that say the same share a box without bars
_MOST_GROUPS = 12
_LIMIT = 430
_WIDE = 160  # points: a bar


def pending_figure(facts: WhyPending) -> Figure:
    """Return why a Pod has no Node as a Figure."""
    view = _View(facts)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


class _View:
    """A Pod that waits, ready to be drawn or told."""

    def __init__(self, facts: WhyPending) -> None:
        self.facts = facts
        self.title = f"why {plain(facts.ref)} is Pending: {plain(facts.note)}"
        if not facts.pending:
            self.title = f"{plain(facts.ref)}: {plain(facts.note)}"
        groups: dict[object, list[Verdict]] = {}
        for item in facts.verdicts:
            many = len(facts.verdicts) > _MOST_DRAWN
            groups.setdefault((item.state, item.reasons) if many else item.node, []).append(item)
        self.groups = [tuple(members) for members in groups.values()]

    # the picture

    def dot(self) -> str:
        """Return the DOT source: the Pod on the left, what the Nodes say on the right."""
        graph = digraph(ranksep="0.3", nodesep="0.1")
        look = palette.NOT_READY if self.facts.pending else palette.POD
        graph.node("pod", angle(box(self.pod_lines(), look, limit=140)))
        names = []
        for at, group in enumerate(self.groups[:_MOST_GROUPS]):
            graph.node(f"n{at}", angle(self.group_box(group)))
            fits = group[0].fits
            graph.edge(
                "pod", f"n{at}", style="solid" if fits else "dotted", dir="forward" if fits else "none"
            )
            names.append(f"n{at}")
        if names:
            in_column(graph, names)
        return str(graph.source)

    def pod_lines(self) -> list[Line]:
        """Return the lines of the Pod's box: what it asks for, and how it stands."""
        facts = self.facts
        lines: list[Line] = [heading(f"Pod {plain(facts.name)}", "", most=28)]
        if facts.pending:
            lines.append([bold("◐ no Node yet")])
        asked = [(name, amount) for name, amount in facts.requests if amount]
        lines.append("asks for" if asked else "asks for nothing but a place")
        lines += [[bold(said(name, amount)), f" {plain(name)}"] for name, amount in asked]
        lines.append([note(plain(facts.note), palette.WARNING_INK if facts.pending else palette.MUTED)])
        return lines

    def group_box(self, group: Sequence[Verdict]) -> Html:
        """Return the box of a Node, or of Nodes that say the same."""
        first = group[0]
        sign = "✓ fits" if first.fits else "✗ no"
        name = f"Node {plain(first.node)}"
        if len(group) > 1:
            name = f"{len(group)} Nodes, such as {plain(first.node)}"
        head: list[Line] = [heading(name, sign, most=40)]
        if first.state != "Ready":
            head[0] = [*head[0], note(f"   {plain(first.state)}", palette.MUTED, whole=True)]
        head += [[note(plain(line), palette.WARNING_INK)] for line in self.said(group)]
        look = palette.NODE if first.fits else palette.LEFT_OUT
        if len(group) > 1 or len(self.facts.verdicts) > _MOST_DRAWN:
            return box(head, look, limit=_LIMIT, stacked=len(group) > 1)
        asks = [ask for ask in first.asks if ask.name != "pods" or ask.lacks]
        if not asks:
            return box(head, look, limit=_LIMIT)
        reach = reach_of((ask.asked, ask.allocatable) for ask in asks)
        return box(head, look, limit=_LIMIT, inside=[bars((_rows(ask, reach) for ask in asks), words=128)])

    def said(self, group: Sequence[Verdict]) -> list[str]:
        """Return why these Nodes cannot take it: for one with the numbers, for many with the best of them."""
        if len(group) == 1:
            return list(group[0].details or group[0].reasons)
        lines = []
        for reason in group[0].reasons:
            name = reason.removeprefix("Insufficient ")
            found = [ask for item in group for ask in item.asks if ask.name == name]
            if found and reason != name:
                best = max(found, key=lambda ask: ask.left)
                lines.append(
                    f"at most {said(name, best.left)} {name} left, {said(name, best.asked)} asked for"
                )
            else:
                lines.append(next(iter(group[0].details), reason) if len(group[0].reasons) == 1 else reason)
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: what is asked for, then each Node with its reasons, then the scheduler's words."""
        facts = self.facts
        asked = ", ".join(f"{said(name, amount)} {plain(name)}" for name, amount in facts.requests if amount)
        lines = [self.title, f"  asks for {asked or 'nothing but a place'}"]
        for item in facts.verdicts:
            lines.append(f"  {'✓' if item.fits else '✗'} Node {plain(item.node)} ({plain(item.state)})")
            lines += [f"      {plain(line)}" for line in (item.details or item.reasons)]
            if item.fits:
                lines += [f"      {plain(ask)}" for ask in item.asks if ask.name != "pods"]
        if facts.message:
            lines.append(f"  the scheduler says: {plain(facts.message)}")
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        told = [
            f"Node {plain(item.node)}: {'fits' if item.fits else '; '.join(map(plain, item.details or item.reasons))}."
            for item in self.facts.verdicts[:6]
        ]
        if len(self.facts.verdicts) > 6:
            told.append(f"And {count(len(self.facts.verdicts) - 6, 'Node')} more.")
        asked = [f"{said(name, amount)} {plain(name)}" for name, amount in self.facts.requests if amount]
        return (
            f"Pod {plain(self.facts.name)} asks for {listed(asked, 5) or 'nothing but a place'}; "
            f"{plain(self.facts.note)}. {' '.join(told)}"
        )


def _rows(ask: Ask, reach: float) -> list[tuple[Line, Html, Line]]:
    """Return what a Node has of a resource, and what the Pod asks, on one scale."""
    name = ask.name
    there = [Piece(ask.requested, palette.REQUESTED, "requested", " ")]
    there.append(Piece(ask.left, palette.LEFT, f"{said(name, ask.left)} left", "left"))
    if not ask.lacks:
        asks = [Piece(ask.asked, palette.POD, "asked for", "ask")]
        words: Line = [note("✓ it fits", palette.POD.ink)]
    else:
        asks = [Piece(ask.left, palette.POD), Piece(ask.lacks, palette.TOO_MUCH, "too much", " ")]
        words = [note(f"✗ {said(name, ask.lacks)} too much", palette.WARNING_INK)]
    left: Line = [bold(f"{said(name, ask.left)} left"), f" of {said(name, ask.allocatable)}"]
    return [
        ([bold(name)], bar(there, ask.allocatable, width=_WIDE, reach=reach), left),
        (
            [f"  asked {said(name, ask.asked)}"],
            bar(asks, ask.allocatable or ask.asked, width=_WIDE, reach=reach),
            words,
        ),
    ]
