"""Draws a trace as it is walked: a line for each hop behind, the hop where the packet is in full, those ahead pale.

In a cell it is a table: text of the page, which can be read aloud and copied. It has the same height at every hop, so
that nothing moves while one walks. Saved as a picture, it is drawn by `trace`.
Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from k8snotes.catalogue import _, ngettext
from k8snotes.figures import trace
from k8snotes.figures.figure import Figure
from k8snotes.figures.theme import box, style_sheet
from k8snotes.figures.trace import bare_place, sign_of, what_of
from k8snotes.figures.wording import plain
from k8snotes.network.trace import OUTCOMES, Hop, Trace

__all__ = ["walk_figure"]

_FOLDED, _LINE, _HEAD = 28, 20, 28  # pixels
_LETTERS, _WIDE = 62, 112  # of a line in the box of the hop, and below the table
_MARKS = ("PREROUTING", "OUTPUT", "KUBE-MARK-MASQ")
_LOOKS = {"pod": "po", "container": "po", "proxy": "po", "bridge": "po", "rules": "sv", "machine": "no"}
_CSS = (
    ".kn table.walk{table-layout:fixed;width:100%;max-width:826px}"
    ".kn table.walk td{height:28px;padding:3px 8px;overflow-wrap:anywhere}.kn table.walk tr:hover td{background:none}"
    ".kn table.walk td.on{background:var(--nodebg)!important;border:2px solid var(--node);text-align:center;vertical-align:middle;font-weight:700;color:var(--nodeink)}"
    ".kn table.walk td.now{background:var(--actbg)!important;border:2.5px solid var(--act)}"
    ".kn table.walk tr.ahead td{color:var(--offink);border-bottom:1px dotted var(--off)}"
    ".kn table.walk .num{display:inline-block;min-width:24px;color:var(--muted);font-weight:700}"
    ".kn table.walk .new{color:var(--badink);font-weight:700}"
    ".kn .walk-end{margin-top:8px;max-width:826px}"
    "@media(max-width:1100px){.kn table.walk td,.kn table.walk th{padding:3px 4px}}"
)


class _WalkFigure(Figure):
    """A walk at one hop, shown as a table; `at` and `whose` are those of `walk_figure`."""

    facts: Trace

    def __init__(self, facts: Trace, at: int, whose: Callable[[str], str]) -> None:
        drawn = trace.walk_figure(facts, at, whose=whose)
        super().__init__(drawn.what, drawn.finding, facts, lambda: drawn.scene)
        self._at, self._whose = at, whose

    @property
    def html(self) -> str:
        """The table that a cell shows; without its rules of style it is still a table."""
        return _table(self.facts, self._at, self._whose)

    @property
    def live(self) -> str:
        """The same: a table is text of the page in any case."""
        return self.html


def walk_figure(facts: Trace, at: int, *, whose: Callable[[str], str] = lambda _ip: "") -> Figure:
    """Return the picture of a trace at one hop.

    Args:
        facts: The whole trace; of what is ahead the picture tells nothing.
        at: The hop where the packet is, from 1.
        whose: Says whose an address is, or "".

    >>> import k8snotes as kn
    >>> figure = walk_figure(kn.load("guestbook").trace("http://cache:6379", source="pod/client").facts, 2)
    >>> figure.title, figure.html.count("still ahead"), figure.html.count("▶")
    ('hop 2 of 7: pod/client', 6, 1)
    """
    return _WalkFigure(facts, at, whose)


# ---- the table


def _table(facts: Trace, at: int, whose: Callable[[str], str]) -> str:
    """Return the table, and below it how the way ended."""
    hops = facts.hops
    rows = []
    for node, group in groupby(enumerate(hops[:at], 1), key=lambda item: _machine(item[1])):
        of_node = list(group)
        for place, (number, hop) in enumerate(of_node):
            first = place == 0
            rows.append(
                _row(
                    facts,
                    number,
                    hop,
                    cell=_node_cell(node, len(of_node)) if first else "",
                    now=number == at,
                    whose=whose,
                )
            )
    ahead = escape(_("still ahead"))
    rows += [
        f'<tr class="ahead"><td></td><td><span class="num">{number}</span>{ahead}</td><td></td></tr>'
        for number in range(at + 1, len(hops) + 1)
    ]
    heads = "".join(
        f'<th scope="col" style="width:{wide}">{escape(words)}</th>'
        for words, wide in ((_("Node"), "12%"), (_("hop"), "56%"), (_("the packet after it"), "32%"))
    )
    most = max(_lines_of(hop) for hop in hops)
    high = _HEAD + _FOLDED * len(hops) + _LINE * most
    caption = escape(plain(_("The way of a packet to {target}", target=facts.target)))
    return (
        f'<div {box()}>{style_sheet("", "table", "card", extra=_CSS)}<div style="min-height:{high}px">'
        f'<table class="t walk" aria-label="{caption}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{_end(facts, at)}</div>"
    )


def _machine(hop: Hop) -> str:
    """Return the Node that a hop is on, "" for one that is between machines or beyond them."""
    return "" if hop.between else hop.node


def _kind(hop: Hop) -> str:
    """Return what a hop looks like: a machine that is no Node is not drawn as one."""
    return "" if hop.kind == "machine" and not hop.node else hop.kind


def _failed(facts: Trace, hop: Hop) -> bool:
    """Whether the way ends at a hop, and not well."""
    return bool(hop.ends) and not facts.succeeded and facts.outcome != "leaves"


def _called(hop: Hop) -> str:
    """Return the place of a hop without its Node, which is named beside it."""
    return bare_place(hop)


def _node_cell(node: str, rows: int) -> str:
    span = f' rowspan="{rows}"' if rows > 1 else ""
    return f'<td class="on"{span}>{escape(plain(node))}</td>' if node else f"<td{span}></td>"


def _row(facts: Trace, number: int, hop: Hop, *, cell: str, now: bool, whose: Callable[[str], str]) -> str:
    """Return the row of a hop: in full where the packet is now, else one line."""
    sign = f" {sign_of(facts)} {OUTCOMES[hop.ends]}" if hop.ends else ""
    look = "ba" if _failed(facts, hop) else _LOOKS.get(_kind(hop), "")
    place = f'<b class="{look}">{escape(_called(hop))}{escape(sign)}</b>'
    if not now:
        changed = [
            f'{escape(word)} <code class="new">▸ {escape(plain(value))}</code>'
            for word, value, new in _ends(hop)
            if new
        ]
        after = "<br>".join(changed) or f'<span class="mu">{escape(_("the same"))}</span>'
        return f'<tr>{cell}<td><span class="num">{number}</span>{place}</td><td>{after}</td></tr>'
    after = "<br>".join(_address(word, value, new, whose) for word, value, new in _ends(hop))
    body = f'<b class="ac">▶</b> <span class="num">{number}</span>{place}<br>{escape(plain(what_of(hop)))}{_rules(hop)}'
    return f'<tr aria-current="step">{cell}<td class="now">{body}</td><td>{after}</td></tr>'


def _ends(hop: Hop) -> Sequence[tuple[str, str, bool]]:
    """Return the two addresses of a packet after a hop, each with its word and whether the hop has changed it."""
    return (
        (_("from"), hop.source_after, hop.rewrites_source),
        (_("to"), hop.destination_after, hop.rewrites_destination),
    )


def _address(word: str, value: str, new: bool, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    mark, look = ("▸ ", "new") if new else ("", "")
    of = f'<br><span class="mu">{escape(plain(owner))}</span>' if owner else ""
    return f'{escape(word)} <code class="{look}">{mark}{escape(plain(value))}</code>{of}'


def _rules(hop: Hop) -> str:
    """Return the chains that a packet went through, and the rules themselves, folded."""
    if not hop.rules:
        return ""
    chains = " ▸ ".join(_chains(hop))
    words = ngettext(
        "the {n} rule that acted here, as iptables-save prints it",
        "the {n} rules that acted here, as iptables-save prints them",
        len(hop.rules),
    )
    rules = escape("\n".join(plain(rule) for rule in hop.rules))
    line = f'<br><code class="mu">{escape(plain(chains))}</code>' if chains else ""
    return f"{line}<details><summary>{escape(words)}</summary><pre>{rules}</pre></details>"


def _chains(hop: Hop) -> list[str]:
    names = [rule.partition("-A ")[2].partition(" ")[0] for rule in hop.rules]
    return [name for name in dict.fromkeys(names) if name and name not in _MARKS]


def _lines_of(hop: Hop) -> int:
    """Return how many lines the row of a hop takes beyond its first, where the packet is there."""
    chains = " ▸ ".join(_chains(hop))
    left = -(-len(what_of(hop)) // _LETTERS) + -(-len(chains) // _LETTERS) + bool(hop.rules)
    return max(left, 3)  # two addresses, each with its owner


def _end(facts: Trace, at: int) -> str:
    """Return how it ended, why, and what to do; before the last hop only that this is still ahead."""
    outcome = f"{sign_of(facts)} {OUTCOMES.get(facts.outcome, facts.outcome)}"
    more = [plain(text) for text in (facts.hint, facts.answer) if text]
    lines = [f"{outcome}: {plain(facts.reason)}", *more]
    high = 8 + _LINE * sum(-(-len(line) // _WIDE) for line in lines)
    if at < len(facts.hops):
        look, words = "", f'<span class="mu">{escape(_("How it ends is still ahead."))}</span>'
    else:
        look = "po" if facts.succeeded else "ba" if facts.outcome != "leaves" else ""
        rest = "".join(f"<br>{escape(line)}" for line in more)
        words = f"<b>{escape(outcome)}</b>: {escape(plain(facts.reason))}{rest}"
    return f'<div class="say {look} walk-end" style="min-height:{high}px">{words}</div>'
