"""Shows cards and panels in a cell: plain HTML in the colours of both themes, readable without its style, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.card import Card, Piece
from k8snotes.figures.theme import box, style_sheet
from k8snotes.figures.wording import plain

__all__ = ["card_html", "card_text", "folded", "objects_html", "panel_html"]

_ROLES = {
    "service": ("svc", "sv"),
    "pod": ("pod", "po"),
    "node": ("node", "no"),
    "waiting": ("wait", "wa"),
    "fault": ("bad", "ba"),
    "off": ("off", "of"),
    "muted": ("", "mu"),
}
_SIGNS = {"pod": "✓", "waiting": "◐", "fault": "✗", "off": "○"}


def card_html(card: Card) -> str:
    """Return a card as a cell shows it.

    >>> from k8snotes.facts.card import Body, Card, Piece, fact
    >>> html = card_html(Card("Service <b>", ("in namespace default",), Body((fact(_("Node"), "node-1"),))))
    >>> "Service &lt;b&gt;" in html, "<script" in html
    (True, False)
    """
    return f"{style_sheet('', 'boxes', 'table', 'card')}<div {box()}>{_card(card)}</div>"


def _card(card: Card) -> str:
    frame, ink = _ROLES.get(card.body.frame, ("", ""))
    about = escape(" · ".join(map(plain, card.about)))
    head = f'<b class="h">{_said(card.title)}</b> <span class="mu">{about}</span>'
    state = card.body.state
    if state is not None:
        ink = _ROLES[state.role][1]
        head += f' <span class="st {ink}">{_SIGNS[state.role]} {_said(state.words)}</span>'
    rows = "".join(
        f'<tr><th class="mu">{_said(item.name)}</th><td>{_pieces(item.pieces)}</td></tr>'
        for item in card.body.facts
    )
    table = f'<table class="kv"><tbody>{rows}</tbody></table>' if rows else ""
    return f'<div class="card {frame}"><div class="top">{head}</div>{table}{_tries(card.body.tries)}</div>'


def _tries(tries: Sequence[str]) -> str:
    if not tries:
        return ""
    calls = " ".join(f"<code>{_said(call)}</code>" for call in tries)
    return f'<div class="try">{_("Try")} {calls}</div>'


def _said(text: object) -> str:
    return escape(plain(text))


def _pieces(pieces: Iterable[Piece]) -> str:
    return " ".join(map(_piece, pieces))


def _piece(piece: Piece) -> str:
    ink = _ROLES[piece.role][1] if piece.role else ""
    sign = f"{_SIGNS[piece.role]} " if piece.role in _SIGNS and not piece.form else ""
    words = f"{sign}{_said(piece.text)}"
    if piece.form == "chip":
        return f'<code class="chip">{words}</code>'
    if piece.form == "code":
        return f'<code class="{ink}"><b>{words}</b></code>' if ink else f"<code>{words}</code>"
    return f'<span class="{ink}">{words}</span>' if ink else words


def card_text(card: Card) -> str:
    """Return a card as a terminal shows it: kubectl's own words, and what to try."""
    if not card.body.tries:
        return card.terminal
    return "\n".join([card.terminal, _("Try:"), *(f"  {call}" for call in card.body.tries)])


def objects_html(cards: Sequence[Card], more: int = 0) -> str:
    """Return a line for each of several objects: what it is, where, and how it is; `more` are only counted."""
    rows = []
    for card in cards:
        state = card.body.state
        how = (
            f'<span class="{_ROLES[state.role][1]}">{_SIGNS[state.role]} {_said(state.words)}</span>'
            if state
            else ""
        )
        about = escape(" · ".join(map(plain, card.about)))
        rows.append(f'<tr><td><b>{_said(card.title)}</b></td><td class="mu">{about}</td><td>{how}</td></tr>')
    below = f'<div class="mu">{ngettext("and {n} more", "and {n} more", more)}</div>' if more > 0 else ""
    calls = [
        call.removesuffix(".manifest")
        for call in (cards[0].body.tries if cards else ())
        if call.endswith(".manifest")
    ]
    nothing = f'<div class="mu">{_("no objects")}</div>' if not cards else ""
    table = f'<table class="kv"><tbody>{"".join(rows)}</tbody></table>' if rows else nothing
    return f'{style_sheet("", "boxes", "table", "card")}<div {box()}><div class="card">{table}{below}{_tries(calls)}</div></div>'


def folded(lines: Sequence[str]) -> str:
    """Return further lines, as HTML, behind their number; "" for none."""
    if not lines:
        return ""
    head = ngettext("and {n} more", "and {n} more", len(lines))
    return f"<details><summary>{head}</summary>{'<br>'.join(lines)}</details>"


def panel_html(first: str, lines: Sequence[str], role: str = "", rest: str = "") -> str:
    """Return a panel: a bar in the colour of a role, its first word in bold, and lines of text.

    Args:
        first: what stands in bold before the first line, with its sign: "✗ not yet"; "" for nothing.
        lines: the lines, as HTML.
        role: "fault", "pod", "service", "waiting" or "off".
        rest: HTML under the lines.
    """
    ink = _ROLES[role][1] if role else ""
    head = f"<b>{escape(first)}</b> " if first else ""
    return f'{style_sheet("", "panel")}<div {box()}><div class="say {ink}">{head}{"<br>".join(lines)}{rest}</div></div>'
