"""What a widget says of this moment, as HTML of one height: who acts in purple, and a note below the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from k8snotes.figures.measure import columns
from k8snotes.figures.theme import style_sheet
from k8snotes.figures.wording import plain

__all__ = ["lines_for", "note_html", "say_html"]

# a page that is narrow has room for more lines
_CSS = (
    ".kn.says{overflow:hidden;padding:4px 0;max-width:826px}"
    ".kn .says-in{display:flex;gap:12px;overflow:hidden}.kn .says-in>div{flex:1;overflow:auto;scrollbar-width:thin}"
    ".kn .says-1{height:28px}.kn .says-2{height:48px}"
    "@media(max-width:1100px){.kn .says-1,.kn .says-2{height:68px}}"
    ".kn.note{font-size:12px;line-height:16px;min-height:16px;color:var(--muted);padding:2px 0}"
)


_LETTERS = 112  # of a line at the width of a cell


def lines_for(texts: Iterable[str], *, beside: int = 0) -> int:
    """Return how many lines a widget keeps for what it says, so that its height stays: 1 or 2.

    Args:
        texts: all that it says, moment by moment.
        beside: the letters of what stands at the right.
    """
    return 1 if max(map(columns, texts), default=0) <= _LETTERS - beside else 2


def say_html(clauses: Sequence[tuple[str, str]], *, lines: int = 1, aside: str = "") -> str:
    """Return what was done in a step.

    Args:
        clauses: each component with the sentence about it; "" for a sentence about none.
        lines: how many lines the widget keeps for it, 1 or 2.
        aside: what stands at its right, such as the second.
    """
    parts = [_clause(who, sentence) for who, sentence in clauses]
    apart = len(parts) == lines
    words = "".join(f"<div>{part}</div>" for part in parts) if apart else " ".join(parts)
    right = f'<span class="mu" style="white-space:nowrap">{escape(plain(aside))}</span>' if aside else ""
    look = "say ac" if any(who for who, _sentence in clauses) else "say"
    return (
        f'<div class="kn says">{style_sheet("", "card", extra=_CSS)}'
        f'<div class="{look} says-in says-{lines}" role="status"><div>{words}</div>{right}</div></div>'
    )


def note_html(*sentences: str) -> str:
    """Return the note below the picture of a widget."""
    words = escape(plain(" ".join(str(sentence) for sentence in sentences)))
    return f'<div class="kn note">{style_sheet("", extra=_CSS)}{words}</div>'


def _clause(who: str, sentence: str) -> str:
    text, name = escape(plain(sentence)), escape(plain(who))
    if not who:
        return text
    if text.startswith(name):
        return f"<span><b>▶ {name}</b>{text[len(name) :]}</span>"
    return f"<span>▶ {text.replace(name, f'<b>{name}</b>', 1)}</span>"
