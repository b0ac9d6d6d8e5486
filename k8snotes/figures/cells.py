"""What a cell shows of answers that are no picture: changes, notes, explanations, quantities, the facts of a figure.

These know no view. So a notebook is told, by their names, what shows them; nothing is loaded before one is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from k8snotes.api.explanation import Explanation
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.facts.card import Body, Card, Fact, Piece, first
from k8snotes.figures.card import card_html, folded, panel_html
from k8snotes.figures.wording import capital, plain

__all__ = ["changes_html", "explanation_html", "facts_html", "lines_html", "quantity_html"]

_MOST_LINES = 12
_LONGEST = 200


def changes_html(changes: Any) -> str:
    """Return a line for each change: who did what, and why."""
    lines = [_change(change) for change in changes] or [escape(capital(_("nothing to do")))]
    rest = [
        *([changes.note] if changes.note else []),
        *(_("note: {note}", note=note) for note in changes.limits),
    ]
    rest += [_("waiting for time to pass (c.wait):"), *changes.waits] if changes.waits else []
    below = "".join(f'<div class="mu">{escape(plain(line))}</div>' for line in rest)
    return panel_html("", lines[:_MOST_LINES], "", folded(lines[_MOST_LINES:]) + below)


def _change(change: Any) -> str:
    why = f' <span class="mu">{escape(_("({why})", why=plain(change.why)))}</span>' if change.why else ""
    who, what = escape(plain(change.who)), escape(plain(change.does))
    return f"<b>{who}</b> {what} <code>{escape(plain(change.ref))}</code>{why}"


def lines_html(lines: Iterable[object]) -> str:
    """Return sentences, a line each: what `c.notes`, `c.warnings` and `c.waiting` say."""
    said = [escape(plain(line)) for line in lines] or [escape(capital(lines))]
    return panel_html("", said[:_MOST_LINES], "", folded(said[_MOST_LINES:]))


def explanation_html(answer: Explanation) -> str:
    """Return why labels match a selector or not, a line for each requirement.

    >>> from k8snotes.api.selector import Selector
    >>> "✗ does not match" in explanation_html(Selector("tier=cache").explain({"tier": "web"}))
    True
    """
    head = f"✓ {_('matches')}" if answer.ok else f"✗ {_('does not match')}"
    lines = [""] if answer.parts else [escape(plain(str(answer)[2:]))]
    for part in answer.parts:
        sign, ink = ("✓", "po") if part.ok else ("✗", "ba")
        words = escape(plain(part.reason))
        lines.append(
            f'<span class="{ink}">{sign}</span> <code>{escape(plain(part.requirement))}</code>: {words}'
        )
    return panel_html(head, lines, "pod" if answer.ok else "fault")


def quantity_html(quantity: Quantity) -> str:
    """Return a quantity as Kubernetes writes it, and the numbers that it stands for."""
    numbers = [
        Fact(f".{name}", (Piece(f"{number:,}", "", "code"), Piece(words, "muted")))
        for name, number, words in (
            ("value", quantity.value, _("whole units, rounded up")),
            ("milli", quantity.milli, _("thousandths: millicores of CPU")),
        )
    ]
    return card_html(Card(str(quantity), ("Quantity", quantity.format), Body(tuple(numbers))))


def facts_html(facts: Any) -> str:
    """Return the fields of facts, with what each has in it: what one can go on with."""
    worth = {f".{name}": getattr(facts, name) for name in _names(facts)}
    rows = [Fact(name, _worth(value)) for name, value in worth.items() if not _nothing(value)]
    empty = [name for name, value in worth.items() if _nothing(value)]
    if empty:
        rows.append(Fact(_("empty"), (Piece(" ".join(empty), "muted"),)))
    return card_html(Card(type(facts).__name__, (_("facts"),), Body(tuple(rows))))


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, (str, tuple, list, dict, set, frozenset)) and not value)


def _names(facts: Any) -> Iterable[str]:
    names = getattr(facts, "_fields", None) or getattr(facts, "__dataclass_fields__", None) or vars(facts)
    return [name for name in names if not name.startswith("_")]


def _worth(value: Any) -> tuple[Piece, ...]:
    """Return what a field has in it; of many things that have no name of one word, only how many there are."""
    if not isinstance(value, (tuple, list, dict, set, frozenset)) or hasattr(value, "_fields"):
        return (Piece(_short(value) or type(value).__name__),)
    names = [_short(item) for item in value]
    if any(" " in name or not name for name in names):
        return (Piece(f"{len(names)} {type(next(iter(value))).__name__}"),)
    return (Piece(f"{len(names)}:", "muted"), *first(Piece(name, "", "code") for name in names))


def _short(value: Any) -> str:
    """Return what one value is called: its reference or its name, else its words; "" if it has none."""
    if isinstance(value, (str, int, float)):
        return _cut(str(value))
    for name in ("ref", "name", "title", "key"):
        called = getattr(value, name, None)
        if isinstance(called, str) and called:
            return called
    says: Any = type(value).__str__
    return "" if says in (object.__str__, tuple.__str__) else _cut(str(value).partition("\n")[0])


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]} …"
