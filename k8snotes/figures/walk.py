"""Draws a trace as it is walked: the hop where the packet is now in full, those behind in a line, those ahead pale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.hops import (
    WIDE,
    addresses,
    chains_of,
    draw_machines,
    heading_of,
    look_of,
    sign_of,
    what_of,
)
from k8snotes.figures.html_label import Html, Run, bold, box, note
from k8snotes.figures.wording import plain
from k8snotes.network.trace import Hop, Trace

if TYPE_CHECKING:
    from k8snotes.figures.html_label import Line

__all__ = ["hop_words", "walk_figure"]

_CAPTION = "▶ is where the packet is now; dotted frames are still ahead"
_AHEAD = Hop("network", "still ahead", "", "", "", "", "")


def walk_figure(facts: Trace, at: int, *, whose: Callable[[str], str] = lambda _: "") -> Figure:
    """Return the picture of a trace at hop `at` (from 1); `whose` says whose an address is."""
    title = f"hop {at} of {len(facts.hops)}: {plain(facts.hops[at - 1].place)}"

    def words() -> str:
        return f"{title}\n{hop_words(facts, at, whose=whose)}"

    def alt() -> str:
        behind = ", ".join(dict.fromkeys(hop.place for hop in facts.hops[: at - 1]))
        came = f" It came by way of {behind}." if behind else ""
        return f"A packet from {facts.source} to {facts.target}, {title}. {facts.hops[at - 1].what}.{came}"

    return Figure(title, facts, dot=lambda: _dot(facts, at, whose), text=words, alt=alt, caption=_CAPTION)


def hop_words(facts: Trace, at: int, *, whose: Callable[[str], str] = lambda _: "") -> str:
    """Say in words what happens at hop `at` (from 1): the addresses before and after, and the rules that acted."""
    hop = facts.hops[at - 1]
    lines = [f"{hop.place}: {what_of(hop)}", *(f"  {line}" for line in _changes(hop, whose))]
    lines += [f"  rule {rule}" for rule in hop.rules]
    if at == len(facts.hops):
        lines.append(f"{sign_of(facts)} {facts.outcome}: {facts.reason}")
        lines += [f"  → {text}" for text in (facts.hint, facts.answer) if text]
    return "\n".join(map(plain, lines))


def _changes(hop: Hop, whose: Callable[[str], str]) -> list[str]:
    said = []
    for word, before, after in (
        ("source", hop.source_before, hop.source_after),
        ("destination", hop.destination_before, hop.destination_after),
    ):
        becomes = f" becomes {_owned(after, whose)}" if before != after else ""
        said.append(f"{word} {_owned(before, whose)}{becomes}")
    return said


def _owned(value: str, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    return f"{value} ({owner})" if owner else value


def _dot(facts: Trace, at: int, whose: Callable[[str], str]) -> str:
    graph = digraph(rankdir="TB", nodesep="0.2", ranksep="0.14", compound="true")
    # what is ahead is not told: the reader may guess where the packet goes
    shown = [hop if number < at else _AHEAD for number, hop in enumerate(facts.hops)]
    draw_machines(graph, [(number, hop, _box(facts, number, hop, at)) for number, hop in enumerate(shown)])
    for number, hop in enumerate(facts.hops[:-1]):
        # the addresses that the packet comes with, and those that it goes on with
        told = angle(addresses(hop, whose)) if number in (at - 2, at - 1) else ""
        ahead = {"style": "dotted", "color": palette.LEFT_OUT.line} if number >= at - 1 else {}
        graph.edge(f"h{number}:out", f"h{number + 1}:in", told, **ahead)
    return str(graph.source)


def _box(facts: Trace, number: int, hop: Hop, at: int) -> Html:
    if number >= at:
        return box(
            [[note(f"{number + 1}  {hop.place}", palette.MUTED)]], palette.LEFT_OUT, limit=WIDE, width=WIDE
        )
    look = look_of(hop, answered=facts.answered)
    ends: list[str | Run] = ["   ", bold(f"{sign_of(facts)} {hop.ends}")] if hop.ends else []
    if number < at - 1:
        return box([[heading_of(number, hop), *ends]], look, limit=WIDE, width=WIDE)
    look = replace(look, border=3)
    lines: list[Line] = [["▶ ", heading_of(number, hop), *ends], what_of(hop)]
    chains = chains_of(hop.rules)
    if chains:
        lines.append([note(chains, palette.MUTED)])
    return box(lines, look, limit=WIDE, width=WIDE)
