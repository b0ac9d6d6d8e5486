"""Draws why a Pod has no Node: what it requests, and for each Node what is left and why the Pod does not fit.

With few Nodes each resource is two bars on one scale: what the Node has left, and what the Pod requests. With more
Nodes, those with the same reasons share a box, with the best of them named.
Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.catalogue import _, clauses, ngettext
from k8snotes.facts.amounts import amount_text
from k8snotes.facts.pending import Ask, Verdict, WhyPending
from k8snotes.facts.pending_preemption import Preemption
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, stand, within
from k8snotes.figures.parts import SIDE
from k8snotes.figures.scene import (
    Bar,
    Bars,
    Box,
    Drawn,
    Line,
    Link,
    Piece,
    Scene,
    Told,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    reach_of,
    told_only,
)
from k8snotes.figures.states import said
from k8snotes.figures.wording import listed, named, noted, plain

__all__ = ["pending_figure"]

_CAPTION = _(
    "The scheduler binds a Pod to a Node only if enough is left there for all of the Pod's requests. "
    "It does not look at limits or use."
)
_CAPTION_OF_PREEMPTION = _(
    "A Pod that no Node can take may take the place of Pods with a lower priority. The scheduler compares the Nodes: "
    "first by violated PodDisruptionBudgets, then by the priorities of the Pods that have to leave, then by their number. "
    "The Node that it chooses is nominated for the Pod until these Pods have ended."
)
_MOST_DRAWN = 5  # of more Nodes, those that say the same share a box without bars
_MOST_GROUPS = 12
_POD, _LIMIT = 190, 594  # pixels: the Pod, and a Node
_NODES = 232  # pixels: where the Nodes begin
_WIDE = 250  # pixels: a bar
_NAMES, _WORDS = 120, 150  # pixels: what stands before the bars, and behind them
_MOST_SAID = 6  # Nodes in the alternative text


def pending_figure(facts: WhyPending) -> Figure:
    """Return why a Pod has no Node as a Figure.

    Args:
        facts: What the Pod requests, the verdict on each Node, and the scheduler's own message.

    Returns:
        A Figure; if the Pod runs, the Figure says where.

    >>> import k8snotes as kn
    >>> print(pending_figure(kn.load("guestbook").why_pending("pod/client").facts).title)
    pod/client: it is not Pending but Running on node-2
    """
    ref = plain(facts.ref)
    what: str = ref
    if facts.pending:
        what = (
            _("why {pod} is Pending", pod=ref)
            if facts.kind == "Pod"
            else _("why {workload} lacks Pods", workload=ref)
        )
    return Figure(what, facts.note, facts, lambda: _scene(facts), caption=lambda: _caption(facts))


def _caption(facts: WhyPending) -> str:
    """Return the rule that the figure shows, or what would help."""
    if facts.advice:
        return facts.advice
    return _CAPTION if facts.preemption is None else _CAPTION_OF_PREEMPTION


def _scene(facts: WhyPending) -> Scene:
    """Return the scene: the Pod on the left, the Nodes with their verdicts on the right."""
    many = len(facts.verdicts) > _MOST_DRAWN
    made = facts.preemption
    alone = [_node_box(f"n{at}", [item], made, bars=not many) for at, item in enumerate(facts.verdicts)]
    for box, item in zip(alone[:_MOST_SAID], facts.verdicts, strict=False):
        whys = [*map(plain, item.details or item.reasons), *_of_priority(made, item.node)]
        why = _("the Pod fits") if item.fits else clauses(*whys)
        node = _("Node {name}", name=plain(item.node))
        box.alt = _("{what}: {finding}.", what=node, finding=why)
    groups = [[item] for item in facts.verdicts]
    boxes = alone
    if many:
        alike: dict[object, list[Verdict]] = {}
        for item in facts.verdicts:
            alike.setdefault((item.state, item.reasons, _sort(made, item.node)), []).append(item)
        groups = list(alike.values())[:_MOST_GROUPS]
        boxes = [_node_box(f"n{at}", group, made, bars=False) for at, group in enumerate(groups)]
    pod = _pod_box(facts)
    shown = within(boxes, HIGHEST, _rest)
    links = [
        Link("pod", box.id, palette.TRAFFIC if group[0].fits else palette.CUT)
        for box, group in zip(shown, groups, strict=False)
        if box.id
    ]
    stand([(0, [pod]), (_NODES, shown)], links, 0)
    drawn: list[Drawn] = [pod, *shown, *links]
    told: list[Told] = [pod, *(told_only(item) for item in _situation(facts)[1:]), *alone]
    rest = len(alone) - _MOST_SAID
    told += [aside(ngettext("And {n} more Node.", "And {n} more Nodes.", rest))] if rest > 0 else []
    if facts.message:
        told.append(told_only(_("the scheduler says: {message}", message=plain(facts.message))))
    if facts.advice:
        told.append(told_only(facts.advice))
    return Scene(drawn, told, opening=_opening(facts))


def _rest(number: int) -> Box:
    """Return the box that counts the verdicts that there is no room for."""
    words = ngettext("and {n} box more", "and {n} boxes more", number)
    return Box([drawn_only(note(words))], palette.LEFT_OUT, width=_LIMIT)


def _opening(facts: WhyPending) -> str:
    """Say what the Pod requests, and what its situation is."""
    name, why, amounts = plain(facts.name), clauses(*_situation(facts)), listed(_requests(facts), 5)
    if facts.kind != "Pod":
        return _("{what}: {finding}.", what=f"{facts.kind} {name}", finding=why)
    if not amounts:
        return _("Pod {name} requests nothing; {why}.", name=name, why=why)
    return _("Pod {name} requests {amounts}; {why}.", name=name, amounts=amounts, why=why)


def _pod_box(facts: WhyPending) -> Box:
    """Return the box of the Pod: what it requests, and its situation."""
    lines = [drawn_only(heading(f"{facts.kind} {plain(facts.name)}"))]
    if facts.pending and facts.kind == "Pod":
        none = _("no Node yet")
        lines.append(drawn_only(bold(f"◐ {none}")))
    told: str
    requests = [(name, amount) for name, amount in facts.requests if amount]
    if requests:
        amounts = named(_requests(facts))
        told = (
            _("requests {amounts}", amounts=amounts)
            if facts.kind == "Pod"
            else _("each Pod requests {amounts}", amounts=amounts)
        )
        lines.append(Line(_("requests"), told))
    else:
        lines.append(Line(_("requests nothing") if facts.kind == "Pod" else _("its Pods request nothing")))
    lines += [drawn_only([bold(amount_text(name, amount)), f" {plain(name)}"]) for name, amount in requests]
    ink = palette.WARNING_INK if facts.pending else palette.MUTED
    lines += [drawn_only(note(said_of_it, ink)) for said_of_it in _situation(facts)]
    look = palette.NOT_READY if facts.pending else palette.POD
    return Box(lines, look, id="pod", width=_POD, ref=facts.ref)


def _situation(facts: WhyPending) -> list[str]:
    """Return in sentences why the Pod waits, what its priority does for it, and why on that Node."""
    said_of_it = [plain(facts.note)]
    made = facts.preemption
    if made is not None:
        words = plain(made.words)
        said_of_it += [words] if words not in said_of_it else []
        if made.why:
            said_of_it.append(_("why {node}: {why}", node=plain(made.node), why=plain(made.why)))
    return said_of_it


def _sort(made: Preemption | None, node: str) -> str:
    """Return what Nodes share a box by: it may name Pods only where a single Node is meant."""
    if made is None or node == made.node:
        return node if made is not None else ""
    return "freed" if node in made.freed else made.about(node)


def _of_priority(made: Preemption | None, node: str) -> list[str]:
    """Return what the Pod's priority does for it on a Node, in a sentence; [] for nothing."""
    words = "" if made is None else made.about(node)
    return [plain(words)] if words else []


def _node_box(name: str, group: Sequence[Verdict], made: Preemption | None, *, bars: bool) -> Box:
    """Return the box of a Node, or of Nodes with the same verdict.

    Args:
        name: The id of the box.
        group: The verdicts: a single one, or several with the same state and reasons.
        made: What the Pod's priority does for it.
        bars: Whether to draw what the Node has left of each resource.
    """
    first, several = group[0], len(group) > 1
    called: str = _("Node {name}", name=plain(first.node))
    if several:
        name_of = plain(first.node)
        called = ngettext("{n} Node, such as {name}", "{n} Nodes, such as {name}", len(group), name=name_of)
    how = note(f"   {said(first.state)}" if first.state != "Ready" else "", palette.MUTED, whole=True)
    nominated = made is not None and made.waits_for(first.node)
    fits: str = _("✓ fits") if first.fits else _("✗ does not fit")
    look = palette.POD if first.fits else palette.NOT_READY if nominated else palette.ERROR
    head = [*heading(called, _("◐ nominated, does not fit yet") if nominated else fits, look), how]
    sign = "✓" if first.fits else "◐" if nominated else "✗"
    told = noted(f"{sign} {called}", said(first.state))
    lines = [Line(head, told)]
    lines += [Line(note(why, palette.WARNING_INK), indent=4) for why in _reasons(group)]
    lines += [Line(note(why, palette.INK), indent=4) for why in _of_priority(made, first.node)]
    if first.fits:
        lines += [told_only(plain(ask.words), indent=4) for ask in first.asks if ask.name != "pods"]
    asks = [ask for ask in first.asks if ask.name != "pods" or ask.lacks] if bars else []
    reach = reach_of((ask.asked, ask.allocatable) for ask in asks)
    wide = min(_WIDE, int((_LIMIT - 4 * SIDE - _NAMES - _WORDS) / reach))
    return Box(
        lines,
        palette.NODE if first.fits else palette.LEFT_OUT,
        id=name,
        width=_LIMIT,
        stacked=several,
        inside=[Bars((_rows(ask, wide, reach) for ask in asks), names=_NAMES, words=_WORDS)] if asks else [],
        ref=f"node/{first.node}",
        indent=2,
    )


def _reasons(group: Sequence[Verdict]) -> list[str]:
    """Return why these Nodes cannot take the Pod: for one Node with its numbers, for several with those of the best."""
    first = group[0]
    if len(group) == 1:
        return list(first.details or first.reasons)
    best: dict[str, Ask] = {}
    for ask in (ask for item in group for ask in item.asks):
        lacking = f"Insufficient {ask.name}"  # as the scheduler names it
        if lacking not in best or ask.left > best[lacking].left:
            best[lacking] = ask
    lines: list[str] = []
    for reason in first.reasons:
        if reason in best:
            ask = best[reason]
            left, asked = amount_text(ask.name, ask.left), amount_text(ask.name, ask.asked)
            lines.append(
                _(
                    "at most {left} {resource} is left, but the Pod requests {asked}",
                    left=left,
                    resource=ask.name,
                    asked=asked,
                )
            )
        else:
            lines.append(next(iter(first.details), reason) if len(first.reasons) == 1 else reason)
    return lines


def _requests(facts: WhyPending) -> list[str]:
    return [f"{amount_text(name, amount)} {plain(name)}" for name, amount in facts.requests if amount]


def _rows(ask: Ask, wide: int, reach: float) -> Iterator[tuple[Line, Bar, Line]]:
    """Yield what a Node has of a resource, and what the Pod requests, on one scale."""
    name = ask.name
    left, all_there = amount_text(name, ask.left), amount_text(name, ask.allocatable)
    there = [Piece(ask.requested, palette.REQUESTED, _("requested"), " ")]
    there.append(Piece(ask.left, palette.LEFT, _("{amount} left", amount=left), _("left")))
    if not ask.lacks:
        asks = [Piece(ask.asked, palette.POD, _("this Pod"), "Pod")]
        words = note(_("✓ fits"), palette.POD.ink)
    else:
        asks = [Piece(ask.left, palette.POD), Piece(ask.lacks, palette.TOO_MUCH, _("too much"), " ")]
        words = note(_("✗ {amount} too much", amount=amount_text(name, ask.lacks)), palette.WARNING_INK)
    share = bold(_("{left} of {there} left", left=left, there=all_there))
    yield drawn_only(bold(name)), Bar(there, ask.allocatable, width=wide, reach=reach), drawn_only(share)
    bar = Bar(asks, ask.allocatable or ask.asked, width=wide, reach=reach)
    pod = _("this Pod: {amount}", amount=amount_text(name, ask.asked))
    if ask.lacks:
        yield Line(f"  {pod}", f"{pod} {plain(name)}", indent=4), bar, Line(words)
    else:
        yield drawn_only(f"  {pod}"), bar, drawn_only(words)
