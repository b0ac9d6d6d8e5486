"""Boxes for DOT: lines of text become Graphviz' HTML-like tables, escaped in this one place.

Source of the format: https://graphviz.org/doc/info/shapes.html#html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, NewType

from k8snotes.figures.measure import columns, points, short
from k8snotes.figures.wording import plain

if TYPE_CHECKING:
    from k8snotes.figures.palette import Look

__all__ = [
    "WIDE",
    "Html",
    "Line",
    "Run",
    "address",
    "anchored",
    "bold",
    "box",
    "heading",
    "label",
    "note",
    "table",
    "width_for",
]

Html = NewType("Html", str)  # markup that was made here: the only text that reaches DOT as it is

WIDE = 250
"""Where lines of a box are wrapped, in points: two columns of boxes and an arrow fit a notebook."""

_MOST_LINES = 5  # of one wrapped line; the outline has the rest
_TOKENS = re.compile(r"\S+\s*|\s+")
_PIECES = re.compile(r"[^=/]*[=/]?")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text in one style; `color` is "" for the ink of the picture, `whole` runs do not break."""

    text: str
    bold: bool = False
    color: str = ""
    whole: bool = False


Line = Sequence["str | Run"] | str


def bold(text: object) -> Run:
    """Return text in bold."""
    return Run(plain(text), bold=True)


def address(text: object, look: Look) -> Run:
    """Return an address in the ink of what it belongs to."""
    return Run(plain(text), bold=True, color=look.ink)


def note(text: object, color: str, *, whole: bool = False) -> Run:
    """Return text in another ink; `whole` keeps it on one line."""
    return Run(plain(text), color=color, whole=whole)


def heading(name: str, said: str, *, most: int = 26) -> Line:
    """Return the first line of a box: a name in bold, and what is said of it on one line."""
    return [bold(short(plain(name), most, tail=6)), "   " if said else "", Run(plain(said), whole=True)]


def box(
    lines: Iterable[Line],
    look: Look,
    *,
    limit: int = WIDE,
    width: int = 0,
    stacked: bool = False,
    port: str = "",
    inside: Sequence[Html] = (),
) -> Html:
    """Return a framed box of lines, each wrapped at `limit` points; `inside` are boxes under them.

    `width` is the least width in points; `stacked` doubles the frame: several of the same kind. An
    arrow may end at `port`, or at the port of one of its lines, counted as drawn: "port-0".
    """
    rows = _rows(lines, limit, port)
    rows += [f'<tr><td align="left" cellpadding="2">{child}</td></tr>' for child in inside]
    body = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>'
    frame = f'style="{look.style}" color="{look.line}" bgcolor="{look.fill}" border="{look.border}"'
    at = f' port="{port}"' if port else ""
    least = f' width="{width}"' if width else ""
    if stacked:
        # the inner frame does not grow with the outer one
        inner = f' width="{width - 8}"' if width > 8 else ""
        body = (
            f'<table {frame} cellborder="0" cellspacing="0" cellpadding="4"{inner}>'
            f"<tr><td>{body}</td></tr></table>"
        )
    padding = 3 if stacked else 4
    return Html(
        f'<table {frame} cellborder="0" cellspacing="0" cellpadding="{padding}"{least}{at}>'
        f"<tr><td>{body}</td></tr></table>"
    )


def table(rows: Iterable[Iterable[Html]], *, spacing: int = 6) -> Html:
    """Return boxes side by side and under each other, with no frame around them; `spacing` in points."""
    body = "".join(
        "<tr>" + "".join(f'<td align="left" valign="top">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return Html(f'<table border="0" cellborder="0" cellspacing="{spacing}" cellpadding="0">{body}</table>')


def anchored(body: Html, *, at: int, width: int) -> Html:
    """Return a box with ports "in" over it and "out" under it, `at` points from its left side.

    An arrow from "out" to "in" leaves the room to its right for what stands on it.
    """

    def edge(port: str) -> str:
        thin = 'cellpadding="0" height="1"'
        return f'<tr><td port="{port}" width="{2 * at}" {thin}></td><td width="{width - 2 * at}" {thin}></td></tr>'

    inner = f'<tr><td colspan="2" align="left">{body}</td></tr>'
    return Html(
        '<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
        f"{edge('in')}{inner}{edge('out')}</table>"
    )


def label(lines: Iterable[Line], *, limit: int = WIDE, padding: int = 0) -> Html:
    """Return unframed lines: what stands on an arrow (with `padding` points off it) or beside a picture."""
    rows = "".join(_rows(lines, limit, steps=(0, 0)))
    body = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{rows}</table>'
    if not padding:
        return Html(body)
    return Html(f'<table border="0" cellborder="0" cellspacing="{padding}"><tr><td>{body}</td></tr></table>')


def width_for(boxes: Iterable[Iterable[Line]], *, limit: int = WIDE) -> int:
    """Return the width in points that all these boxes fit in, so that they stand in one column."""
    parts = (part for lines in boxes for line in lines for part in _wrapped(line, limit))
    return int(max((sum(points(r.text, bold=r.bold) for r in part) for part in parts), default=0)) + 16


def _rows(lines: Iterable[Line], limit: int, port: str = "", steps: tuple[int, int] = (19, 14)) -> list[str]:
    """Return a table row for each line as it is drawn, so many points under the one before.

    `steps` are the points to a new line, and to the rest of a wrapped one; 0: as the engine has it.
    """
    rows: list[str] = []
    for line in lines:
        at = f' port="{port}-{len(rows)}"' if port else ""
        for number, part in enumerate(_wrapped(line, limit)):
            step = steps[min(number, 1)]
            high = f' height="{step}"' if rows and step else ""
            text = "".join(_run(run) for run in part)
            # a line with no bold in it would stand two points lower than the others
            text += "" if any(run.bold for run in part) else "<b> </b>"
            rows.append(f'<tr><td align="left" valign="bottom"{high}{at}>{text}</td></tr>')
            at = ""
    return rows or ["<tr><td> </td></tr>"]


def _run(run: Run) -> str:
    # A backslash is an escape to DOT, and two blanks are one to HTML-like labels. The embedded engine takes
    # each byte of a letter outside ASCII for a blank: enough for three bytes (✓, Chinese), short for two.
    text = escape(run.text).replace("\\", "\\\\").replace("  ", "&nbsp; ")
    if not run.text.isascii():
        narrow = sum("\x7f" < c < "\u0800" for c in run.text)
        text += "&nbsp;" * ((narrow + 2) // 3)
    if run.bold:
        text = f"<b>{text}</b>"
    return f'<font color="{run.color}">{text}</font>' if run.color else text


def _wrapped(line: Line, limit: float) -> list[list[Run]]:
    """Break a line between words; a word longer than a line loses its middle."""
    runs = [Run(line)] if isinstance(line, str) else [Run(r) if isinstance(r, str) else r for r in line]
    done: list[list[Run]] = [[]]
    used = 0.0
    for run in runs:
        for token in _tokens(run, limit):
            wide = points(token, bold=run.bold)
            if used and used + points(token.rstrip(), bold=run.bold) > limit:
                if len(done) == _MOST_LINES:
                    end = done[-1][-1]
                    done[-1][-1] = replace(end, text=end.text.rstrip().rpartition(" ")[0] + " …")
                    return done
                done.append([])
                used = 0.0
            if not used and token.isspace():
                continue
            last = done[-1][-1] if done[-1] else None
            if last and (last.bold, last.color) == (run.bold, run.color):
                done[-1][-1] = replace(last, text=last.text + token)
            else:
                done[-1].append(replace(run, text=token))
            used += wide
    return done


def _tokens(run: Run, limit: float) -> Iterable[str]:
    text = plain(run.text)
    for token in ([text] if text else []) if run.whole else _TOKENS.findall(text):
        if points(token.rstrip(), bold=run.bold) <= limit:
            yield token
            continue
        for part in filter(None, _PIECES.findall(token)):
            piece = short(part, 100)
            room = columns(piece)
            while room > 3 and points(short(piece, room), bold=run.bold) > limit:
                room -= max(1, room // 16)
            yield short(piece, room)
