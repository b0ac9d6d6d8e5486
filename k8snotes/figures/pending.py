"""Draws why a Pod has no Node: what it asks for, and Node by Node what is left and what is in its way.

Of a few Nodes each resource is two bars on one scale: what the Node has left, and what the Pod asks. Of more,
those that refuse for the same reasons share a box, with the best of them named.
Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.facts.amounts import amount_text
from k8snotes.facts.pending import Ask, Verdict, WhyPending
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import (
    Bar,
    Bars,
    Box,
    Column,
    Drawn,
    Line,
    Link,
    Piece,
    Scene,
    Told,
    Words,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    reach_of,
    told_only,
)
from k8snotes.figures.wording import count, listed, plain

__all__ = ["pending_figure"]

_CAPTION = "A Pod gets a Node that has left all that it requests; limits and use are not asked"
_MOST_DRAWN = 5  # of more Nodes, those that say the same share a box without bars
_MOST_GROUPS = 12
_LIMIT = 430
_WIDE = 160  # points: a bar
_MOST_SAID = 6  # Nodes in the alternative text
_NOTHING = "nothing but a place"


def pending_figure(facts: WhyPending) -> Figure:
    """Return why a Pod has no Node as a Figure.

    Args:
        facts: What the Pod asks for, what each Node says to that, and the scheduler's own message.

    Returns:
        A Figure; of a Pod that runs it says where.

    >>> import k8snotes as kn
    >>> print(pending_figure(kn.load("guestbook").why_pending("pod/client").facts).title)
    pod/client: it is not Pending: it is Running on node-2
    """
    what = f"why {plain(facts.ref)} is Pending" if facts.pending else plain(facts.ref)
    return Figure(what, facts.note, facts, lambda: _scene(facts), caption=_CAPTION)


def _scene(facts: WhyPending) -> Scene:
    """Return the scene: the Pod on the left, what the Nodes say on the right."""
    many = len(facts.verdicts) > _MOST_DRAWN
    alone = [_node_box(f"n{at}", [item], bars=not many) for at, item in enumerate(facts.verdicts)]
    for box, item in zip(alone[:_MOST_SAID], facts.verdicts, strict=False):
        why = "fits" if item.fits else "; ".join(map(plain, item.details or item.reasons))
        box.alt = f"Node {plain(item.node)}: {why}."
    groups = [[item] for item in facts.verdicts]
    boxes = alone
    if many:
        alike: dict[object, list[Verdict]] = {}
        for item in facts.verdicts:
            alike.setdefault((item.state, item.reasons), []).append(item)
        groups = list(alike.values())[:_MOST_GROUPS]
        boxes = [_node_box(f"n{at}", group, bars=False) for at, group in enumerate(groups)]
    pod = _pod_box(facts)
    drawn: list[Drawn] = [pod]
    for box, group in zip(boxes, groups, strict=True):
        way = {"style": "solid", "dir": "forward"} if group[0].fits else {**palette.WAITING, "dir": "none"}
        drawn += [box, Link("pod", box.id, way)]
    if boxes:
        drawn.append(Column(box.id for box in boxes))
    told: list[Told] = [pod, *alone]
    rest = len(alone) - _MOST_SAID
    told += [aside(f"And {count(rest, 'Node')} more.")] if rest > 0 else []
    told += [told_only(f"the scheduler says: {plain(facts.message)}")] if facts.message else []
    asks = listed(_requests(facts), 5) or _NOTHING
    opening = f"Pod {plain(facts.name)} asks for {asks}; {plain(facts.note)}."
    return Scene(drawn, told, opening=opening, layout={"ranksep": "0.3", "nodesep": "0.1"})


def _pod_box(facts: WhyPending) -> Box:
    """Return the box of the Pod: what it asks for, and how it stands."""
    lines = [drawn_only(heading(f"Pod {plain(facts.name)}", most=28))]
    if facts.pending:
        lines.append(drawn_only(bold("◐ no Node yet")))
    requests = [(name, amount) for name, amount in facts.requests if amount]
    told = f"asks for {', '.join(_requests(facts)) or _NOTHING}"
    lines.append(Line("asks for" if requests else f"asks for {_NOTHING}", told))
    lines += [drawn_only([bold(amount_text(name, amount)), f" {plain(name)}"]) for name, amount in requests]
    ink = palette.WARNING_INK if facts.pending else palette.MUTED
    lines.append(drawn_only(note(facts.note, ink)))
    look = palette.NOT_READY if facts.pending else palette.POD
    return Box(lines, look, id="pod", limit=140, ref=facts.ref)


def _node_box(name: str, group: Sequence[Verdict], *, bars: bool) -> Box:
    """Return the box of a Node, or of Nodes that say the same.

    Args:
        name: The id of the box.
        group: What these Nodes say; one alone, or several with the same state and reasons.
        bars: Whether to draw what the Node has left of each resource.
    """
    first, several = group[0], len(group) > 1
    called = f"{len(group)} Nodes, such as {plain(first.node)}" if several else f"Node {plain(first.node)}"
    state = note(f"   {plain(first.state)}" if first.state != "Ready" else "", palette.MUTED, whole=True)
    head = [*heading(called, "✓ fits" if first.fits else "✗ no", most=40), state]
    told = f"{'✓' if first.fits else '✗'} {called} ({plain(first.state)})"
    lines = [Line(head, told)]
    lines += [Line(note(why, palette.WARNING_INK), indent=4) for why in _reasons(group)]
    if first.fits:
        lines += [told_only(plain(ask), indent=4) for ask in first.asks if ask.name != "pods"]
    asks = [ask for ask in first.asks if ask.name != "pods" or ask.lacks] if bars else []
    reach = reach_of((ask.asked, ask.allocatable) for ask in asks)
    return Box(
        lines,
        palette.NODE if first.fits else palette.LEFT_OUT,
        id=name,
        limit=_LIMIT,
        stacked=several,
        inside=[Bars((_rows(ask, reach) for ask in asks), words=128)] if asks else [],
        ref=f"node/{first.node}",
        indent=2,
    )


def _reasons(group: Sequence[Verdict]) -> list[str]:
    """Return why these Nodes cannot take it: for one with the numbers, for many with the best of them."""
    first = group[0]
    if len(group) == 1:
        return list(first.details or first.reasons)
    best: dict[str, Ask] = {}
    for ask in (ask for item in group for ask in item.asks):
        lacking = f"Insufficient {ask.name}"  # as the scheduler names it
        if lacking not in best or ask.left > best[lacking].left:
            best[lacking] = ask
    lines = []
    for reason in first.reasons:
        if reason in best:
            ask = best[reason]
            left, wanted = amount_text(ask.name, ask.left), amount_text(ask.name, ask.asked)
            lines.append(f"at most {left} {ask.name} left, {wanted} asked for")
        else:
            lines.append(next(iter(first.details), reason) if len(first.reasons) == 1 else reason)
    return lines


def _requests(facts: WhyPending) -> list[str]:
    return [f"{amount_text(name, amount)} {plain(name)}" for name, amount in facts.requests if amount]


def _rows(ask: Ask, reach: float) -> Iterator[tuple[Line, Bar, Line]]:
    """Yield what a Node has of a resource, and what the Pod asks, on one scale."""
    name = ask.name
    there = [Piece(ask.requested, palette.REQUESTED, "requested", " ")]
    there.append(Piece(ask.left, palette.LEFT, f"{amount_text(name, ask.left)} left", "left"))
    if not ask.lacks:
        asks = [Piece(ask.asked, palette.POD, "asked for", "ask")]
        words = note("✓ it fits", palette.POD.ink)
    else:
        asks = [Piece(ask.left, palette.POD), Piece(ask.lacks, palette.TOO_MUCH, "too much", " ")]
        words = note(f"✗ {amount_text(name, ask.lacks)} too much", palette.WARNING_INK)
    left: Words = [bold(f"{amount_text(name, ask.left)} left"), f" of {amount_text(name, ask.allocatable)}"]
    yield drawn_only(bold(name)), Bar(there, ask.allocatable, width=_WIDE, reach=reach), drawn_only(left)
    bar = Bar(asks, ask.allocatable or ask.asked, width=_WIDE, reach=reach)
    yield drawn_only(f"  asked {amount_text(name, ask.asked)}"), bar, drawn_only(words)
