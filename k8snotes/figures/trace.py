"""Draws one packet's way: a box for each hop, and on every arrow the addresses that it has there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from k8snotes.api.kinds.pod import Pod
from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.hops import (
    AT,
    WIDE,
    addresses,
    chains_of,
    draw_machines,
    heading_of,
    look_of,
    sign_of,
    what_of,
)
from k8snotes.figures.html_label import Html, Run, anchored, bold, box, label, note, table
from k8snotes.figures.wording import count, plain
from k8snotes.network.trace import Hop, Share, Trace

if TYPE_CHECKING:
    import pandas as pd

    from k8snotes.figures.html_label import Line

__all__ = ["TraceFigure", "trace_figure"]

_BAR = 16  # letters: the bar of the end that most requests came to
_MOST_SHARES = 12
_CAPTION = (
    "Follow the arrows down. An arrow names the packet's source and destination where they are new; "
    "what the hop above it has changed is marked ▸"
)


class TraceFigure(Figure):
    """A trace as a Figure: `.facts` has it in plain values, and its parts can be asked for here.

    `.outcome`, `.reason`, `.hint`, `.hops`, `.server` (a Pod), `.server_ip`, `.client_seen`, `.spread`
    are those of the facts; `.table` has the hops as a pandas table, `.shares` the spread.
    """

    facts: Trace
    _tables: Callable[[str, Trace], pd.DataFrame] | None = None

    @property
    def outcome(self) -> str:
        """How it ended: "connected", "refused", "timeout", "unresolved", "leaves"; "reply" or "no reply"."""
        return self.facts.outcome

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops, in order: each has `source_before`, `destination_before`, `source_after`, `destination_after`."""
        return self.facts.hops

    @property
    def reason(self) -> str:
        """Why it ended so, in a sentence."""
        return self.facts.reason

    @property
    def hint(self) -> str:
        """What to do, "" where nothing is amiss."""
        return self.facts.hint

    @property
    def server(self) -> Pod | None:
        """The Pod that answered, None where none did."""
        return self.facts.server

    @property
    def server_ip(self) -> str | None:
        """The address that answered, None where none did."""
        return self.facts.server_ip

    @property
    def client_seen(self) -> str:
        """The address that the server takes for its client's, "" where nobody answered."""
        return self.facts.client_seen

    @property
    def spread(self) -> tuple[Share, ...]:
        """With several requests: who answered how many of them."""
        return self.facts.spread

    @cached_property
    def table(self) -> pd.DataFrame:
        """The hops as a table: where, what happens, source and destination before and after."""
        return self._made("hops")

    @cached_property
    def shares(self) -> pd.DataFrame:
        """The spread as a table: server, address, outcome, requests, the share that is expected."""
        return self._made("spread")

    def _made(self, which: str) -> pd.DataFrame:
        if self._tables is None:
            msg = "This picture was drawn from facts alone; that of c.trace(...) has tables."
            raise AttributeError(msg)
        return self._tables(which, self.facts)


def trace_figure(
    facts: Trace,
    *,
    whose: Callable[[str], str] = lambda _: "",
    tables: Callable[[str, Trace], pd.DataFrame] | None = None,
) -> TraceFigure:
    """Return a trace as a Figure; `whose` says whose an address is."""
    view = _View(facts, whose)
    figure = TraceFigure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)
    figure._tables = tables  # noqa: SLF001  # its own
    return figure


class _View:
    """A trace, ready to be drawn or told."""

    def __init__(self, facts: Trace, whose: Callable[[str], str]) -> None:
        self.facts, self.whose = facts, whose
        what = "ping" if facts.protocol == "ICMP" else "trace"
        udp = f" ({facts.protocol})" if facts.protocol not in ("TCP", "ICMP") else ""
        self.title = f"{what}: {plain(facts.target)}{udp} from {plain(facts.source)}: {facts.outcome}"

    @property
    def sign(self) -> str:
        return sign_of(self.facts)

    # the picture

    def dot(self) -> str:
        """Return the DOT source: the hops from top to bottom, those on one machine in one frame."""
        graph = digraph(rankdir="TB", nodesep="0.2", ranksep="0.22", compound="true")
        numbered = list(enumerate(self.facts.hops))
        boxes = [(number, hop, self.box(number, hop)) for number, hop in numbered]
        draw_machines(graph, boxes)
        for number, hop in numbered[:-1]:
            new = number == 0 or hop.rewrites_source or hop.rewrites_destination
            graph.edge(
                f"h{number}:out", f"h{number + 1}:in", angle(addresses(hop, self.whose)) if new else ""
            )
        self.ending(graph)
        return str(graph.source)

    def box(self, number: int, hop: Hop) -> Html:
        """Return the box of a hop: where, and what happens."""
        look = look_of(hop, answered=self.facts.answered)
        ends: list[str | Run] = ["   ", bold(f"{self.sign} {hop.ends}")] if hop.ends else []
        lines: list[Line] = [[heading_of(number, hop), *ends], what_of(hop)]
        chains = chains_of(hop.rules)
        if chains:
            lines.append([note(chains, palette.MUTED)])
        return box(lines, look, limit=WIDE, width=WIDE)

    def ending(self, graph: Any) -> None:
        """Draw what is said at the end: what to do, how the answer comes back, how many requests were spread."""
        facts = self.facts
        last = f"h{len(self.facts.hops) - 1}:out"
        lines: list[Line] = []
        if facts.client_seen:
            whose = self.whose(facts.client_seen)
            told_of = f" ({whose})" if whose else ""
            lines.append(["the server sees ", bold(facts.client_seen), f"{told_of} as its client"])
        lines += [plain(text) for text in (facts.answer, facts.hint, *facts.notes) if text]
        if lines:
            told = anchored(box(lines, palette.PLAIN, limit=WIDE, width=WIDE), at=AT, width=WIDE)
            graph.node("end", angle(told))
            graph.edge(last, "end:in", style="dashed", arrowhead="none")
        if facts.spread:
            heading = [[bold(f"{count(facts.times, 'request')} like this one")]]
            shares = box(heading, palette.PLAIN, inside=[self.shares()], width=WIDE)
            graph.node("spread", angle(anchored(shares, at=AT, width=WIDE)))
            graph.edge("end:out" if lines else last, "spread:in", style="dashed", arrowhead="none")

    def shares(self) -> Html:
        """Return the spread as a table: a bar for each end, its number, and who it is."""
        facts = self.facts
        rows: list[list[Html]] = []
        most = max(share.requests for share in facts.spread)
        for share in facts.spread[:_MOST_SHARES]:
            bar = "█" * round(_BAR * share.requests / most) or ("▏" if share.requests else " ")
            who = share.server or share.address or "nobody"
            ended = "" if share.outcome in ("connected", "reply") else f" ✗ {share.outcome}"
            cells: list[list[str | Run]] = [
                [bold(str(share.requests)), self.expected(share)],
                [f"{who}{ended}"],
                [Run(bar, color=palette.POD.line, whole=True)],
            ]
            rows.append([label([cell]) for cell in cells])
        if len(facts.spread) > _MOST_SHARES:
            rest = [share.requests for share in facts.spread[_MOST_SHARES:]]
            rows.append([label([[f"{min(rest)} to {max(rest)}"]]), label([f"each of {len(rest)} more"])])
        return table(rows, spacing=4)

    def expected(self, share: Share) -> str:
        """Say how many requests chance would bring to an end."""
        return "" if share.chance is None else f" ({share.chance * self.facts.times:.3g} expected)"

    # the words

    def text(self) -> str:
        """Return the outline: every hop with its addresses and the rules that acted."""
        facts = self.facts
        lines = [self.title]
        for number, hop in enumerate(self.facts.hops, 1):
            lines.append(f"{number:2}. {hop}")
            lines.append(f"      {_way(hop)}")
            lines += [f"      rule {rule}" for rule in hop.rules]
        lines.append(f"{self.sign} {facts.outcome}: {facts.reason}")
        if facts.hint:
            lines.append(f"  → {facts.hint}")
        if facts.client_seen:
            lines.append(f"  the server sees {facts.client_seen} as its client")
        lines += [f"  {text}" for text in (facts.answer, *facts.notes) if text]
        if facts.spread:
            lines.append(f"{count(facts.times, 'request')}:")
            for share in facts.spread:
                who = share.server or share.address or "nobody"
                lines.append(f"  {share.requests:4}{self.expected(share)}  {who}: {share.outcome}")
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        facts = self.facts
        places = ", then ".join(dict.fromkeys(hop.place for hop in self.facts.hops))
        changes = [
            f"{what} becomes {after} at {hop.place}"
            for hop in self.facts.hops
            for what, after, changed in (
                ("the destination", hop.destination_after, hop.rewrites_destination),
                ("the source", hop.source_after, hop.rewrites_source),
            )
            if changed
        ]
        told = f"; {'; '.join(changes)}" if changes else "; no address changes"
        return f"A packet from {facts.source} to {facts.target}: {places}{told}. It ends: {facts.outcome}, {facts.reason}."


def _way(hop: Hop) -> str:
    before = f"{hop.source_before} → {hop.destination_before}"
    after = f"{hop.source_after} → {hop.destination_after}"
    return before if before == after else f"{before}   becomes   {after}"
