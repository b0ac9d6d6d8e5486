"""What the explorer shows, as HTML: the count, the message with its caret, the table, the queries to copy."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import TYPE_CHECKING

from k8snotes.figures.palette import ERROR, INK, LEFT_OUT, MUTED, PAPER, POD, SERVICE
from k8snotes.figures.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k8snotes.errors import SelectorSyntaxError
    from k8snotes.facts.exploration import Exploration, ExploredLabel, ExploredRow, Queries

__all__ = [
    "caret_lines",
    "count_html",
    "failure_html",
    "preview_html",
    "problem_html",
    "queries_html",
    "rows_html",
    "scrolled",
    "table_html",
]

_AROUND = 48
_LONGEST = 400
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_FONT = "font-family:system-ui,'Segoe UI',Verdana,'DejaVu Sans',sans-serif"
_PANEL = f"background:{PAPER};color:{INK};{_FONT};font-size:13px;line-height:1.45;box-sizing:border-box"
_LINE = "border-bottom:1px solid #D0D0D0"
_CELL = f"padding:4px 10px;text-align:left;vertical-align:top;color:{INK};{_LINE}"
_WRAPS = "max-width:18em;overflow-wrap:break-word"
_CHIP = (
    "display:inline-block;padding:0 5px;margin:1px 4px 1px 0;border-radius:3px;" + _MONO + ";font-size:12px"
)
_LOOKS = {
    "✓": f"background:{POD.fill};color:{POD.ink};border:1px solid {POD.line};font-weight:bold;text-decoration:underline",
    "✗": f"background:{ERROR.fill};color:{ERROR.ink};border:1px dashed {ERROR.line};font-weight:bold",
    "": f"background:#F3F3F3;color:{INK};border:1px solid #F3F3F3",
}


def caret_lines(text: str, position: int) -> tuple[str, str]:
    """Return the text on one line, cut around the place, and the line under it with the caret.

    >>> print(*caret_lines("app=web tier=db", 8), sep=chr(10))
    app=web tier=db
            ^
    """
    start = max(0, position - _AROUND) if len(text) > 2 * _AROUND else 0
    lead = "…" if start else ""
    end = start + 2 * _AROUND
    shown = lead + plain(text[start:end]) + ("…" if len(text) > end else "")
    before = lead + plain(text[start:position])
    return shown, "".join(map(_blank, before)) + "^"


def _blank(char: str) -> str:
    # as wide as the character above it, where the font has one width
    if unicodedata.combining(char):
        return ""
    return "\u3000" if unicodedata.east_asian_width(char) in "WF" else " "


def problem_html(problem: SelectorSyntaxError, facts: Exploration) -> str:
    """Return the message about text that is no selector: Kubernetes' words, the place, and what to type."""
    shown, caret = caret_lines(problem.selector, problem.position)
    hint = f'<div style="margin-top:2px">→ {_cut(problem.hint)}</div>' if problem.hint else ""
    still = (
        f"The table still shows {_cut(facts.text)}."
        if facts.text.strip()
        else "The table still shows everything."
    )
    return _alert(
        f"<div><b>✗ Not a selector:</b> {_cut(problem.message)}</div>"
        f'<pre style="margin:4px 0;padding:0;background:{ERROR.fill};color:{INK};{_MONO};font-size:13px;'
        f'line-height:1.3;white-space:pre;overflow-x:auto">{escape(shown)}\n'
        f'<b style="color:{ERROR.ink}">{caret}</b></pre>'
        f'{hint}<div style="color:{MUTED}">{still}</div>'
    )


def failure_html(error: BaseException) -> str:
    """Return the message about something that went wrong in the explorer itself."""
    return _alert(f"<div><b>✗ {escape(type(error).__name__)}:</b> {_cut(str(error))}</div>")


def _alert(body: str) -> str:
    return (
        f'<div role="alert" style="{_PANEL};{_MONO};background:{ERROR.fill};border-left:5px solid {ERROR.line};'
        f'padding:6px 10px;margin:2px 0">{body}</div>'
    )


def count_html(facts: Exploration) -> str:
    """Return how many rows match, and the selector as Kubernetes prints it."""
    selector = (
        _code(str(facts.selector))
        if facts.selector.requirements
        else "the empty selector, which means everything"
    )
    return (
        f'<div role="status" style="{_PANEL};padding:4px 10px">'
        f'<b style="font-size:15px">{facts.summary}</b> <span style="color:{MUTED}">{selector}</span></div>'
    )


def rows_html(facts: Exploration, page_size: int) -> str:
    """Return which of the listed rows are in view."""
    first = facts.page * page_size + 1
    said = f"rows {first:,}–{first + len(facts.rows) - 1:,} of {facts.listed:,}" if facts.rows else "no rows"
    return f'<span style="{_PANEL};padding:3px 10px;display:inline-block">{said}</span>'


def table_html(
    facts: Exploration, rows: Sequence[ExploredRow], columns: Sequence[str], cells: Sequence[Sequence[str]]
) -> str:
    """Return rows as a table; a row that is left out says why."""
    names = ["matches", *columns, "labels"]
    head = "".join(
        f'<th scope="col" style="{_CELL};background:#E9E9E9;font-weight:bold;white-space:nowrap;position:sticky;top:0">'
        f"{escape(name)}</th>"
        for name in names
    )
    lines = [_row(row, values) for row, values in zip(rows, cells, strict=True)]
    if not lines:
        hint = " Tick the box above to see why each row is left out." if facts.total else ""
        said = f"✗ Nothing matches.{hint}" if facts.total else "The table is empty."
        lines = [f'<tr><td colspan="{len(names)}" style="{_CELL};background:{PAPER}">{said}</td></tr>']
    return (
        f'<table style="border-collapse:collapse;background:{PAPER};color:{INK};font-size:13px;margin:0;width:100%">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def scrolled(table: str) -> str:
    """Return a table in a frame that the keyboard can scroll, so that a long one leaves the rest in view."""
    # no width of its own: else a wide table would stretch the whole widget, and not the frame scroll
    return (
        f'<div tabindex="0" role="region" aria-label="rows" style="{_PANEL};overflow:auto;width:0;min-width:100%;'
        f'max-height:30em;border:1px solid #D0D0D0">{table}</div>'
    )


def _row(row: ExploredRow, values: Sequence[str]) -> str:
    cell = f"{_CELL};background:{PAPER if row.matches else LEFT_OUT.fill}"
    sign, ink = ("✓ yes", POD.ink) if row.matches else ("✗ no", ERROR.ink)
    parts = [f'<td style="{cell};color:{ink};font-weight:bold;white-space:nowrap">{sign}</td>']
    parts += [f'<td style="{cell};{_WRAPS}">{escape(value)}</td>' for value in values]
    chips = "".join(map(_chip, row.labels)) or f'<i style="color:{MUTED}">no labels</i>'
    reasons = "".join(f'<div style="color:{ERROR.ink}">✗ {_cut(reason)}</div>' for reason in row.reasons)
    parts.append(f'<td style="{cell};min-width:20em">{chips}{reasons}</td>')
    return f"<tr>{''.join(parts)}</tr>"


def _chip(label: ExploredLabel) -> str:
    return f'<span style="{_CHIP};{_LOOKS[label.sign]}">{_cut(str(label))}</span>'


def queries_html(said: Queries) -> str:
    """Return the query as one types it elsewhere; a click marks a whole piece, ready to be copied."""
    yaml = said.yaml.rstrip("\n") if said.yaml else "# cannot be written as a LabelSelector"
    pieces = (("kubectl", said.kubectl), ("YAML (Deployment, ReplicaSet, …)", yaml), ("Python", said.python))
    boxes = "".join(
        f'<div style="flex:1 1 15em;min-width:0"><div style="color:{MUTED};font-size:12px">{escape(name)}</div>'
        f'<pre tabindex="0" style="margin:2px 0;padding:6px 8px;background:#F3F3F3;color:{INK};'
        f"border-left:3px solid {SERVICE.line};{_MONO};font-size:12px;line-height:1.4;overflow-x:auto;"
        f'white-space:pre-wrap;overflow-wrap:anywhere;user-select:all">{escape(text)}</pre></div>'
        for name, text in pieces
    )
    note = f'<div style="color:{MUTED};flex:1 1 100%">{_cut(said.note)}</div>' if said.note else ""
    return (
        f'<div style="{_PANEL};padding:6px 10px"><b>The same query, to copy</b>'
        f'<div style="display:flex;flex-wrap:wrap;gap:4px 14px">{boxes}{note}</div></div>'
    )


def preview_html(facts: Exploration, kubectl: str, table: str, most: int) -> str:
    """Return what stands for the controls where they cannot live: on GitHub, or before a notebook is trusted."""
    shown = min(len(facts.rows), most)
    more = (
        f'<div style="color:{MUTED}">…and {facts.listed - shown:,} more rows</div>'
        if facts.listed > shown
        else ""
    )
    problem = "" if facts.problem is None else problem_html(facts.problem, facts)
    return (
        f'<div style="{_PANEL};padding:8px 10px;border:1px solid #D0D0D0">'
        f"<div><b>Label-selector explorer</b> (run this cell to type in it)</div>"
        f'<pre style="margin:4px 0;padding:4px 8px;background:#F3F3F3;color:{INK};{_MONO};white-space:pre-wrap">'
        f"{escape(kubectl)}</pre>{problem}{count_html(facts)}{table}{more}</div>"
    )


def _code(text: str) -> str:
    return f'<code style="background:{PAPER};color:{INK};{_MONO}">{_cut(text)}</code>'


def _cut(text: str) -> str:
    text = plain(text)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
