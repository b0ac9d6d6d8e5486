"""The one look of tables: rows as HTML for a cell, and as kubectl prints them for a terminal.

The HTML is readable without its style sheet, too: a notebook that is not trusted yet, and GitHub, keep no more than
the table itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.figures.measure import columns as width_of
from k8snotes.figures.theme import box, style_sheet
from k8snotes.figures.wording import plain

__all__ = ["Column", "Grid", "Marked", "column_of"]

_GAP = 3  # blanks between two columns, as kubectl has them
_LEAST = 6  # the least of a column with them
_LEAST_LABELS = 16  # labels with less room than this say nothing
_LEAST_WORDS = 32
_LONGEST = 300
_SHORT = 28  # a column with no longer cell is never wrapped
_LONG_WORD = 48  # nor is one without blanks, if no cell is longer than this
_NAMES = frozenset({"NAME", "NAMESPACE", "POD"})
# an amount, an age or a number: 3, 2.5, 250m, 128Mi, 12%, 3m20s
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:[smhdy%nukMGTPE]|[KMGTPE]i)?)+")
_NOTHING = frozenset({"", "-", "<none>", "<unknown>", "<unset>"})


class Marked(NamedTuple):
    """A cell that is more than its text.

    Args:
        text: what a terminal shows.
        html: what a cell shows, escaped.
    """

    text: str
    html: str


Cell = str | Marked | Mapping[str, str]
"""Text, text with markup, or labels."""


class Column(NamedTuple):
    """One column.

    Args:
        head: its name.
        kind: "name" (bold, never wrapped), "number" (on the right), "word" (never wrapped), "long" (such as the names
            of images: never cut), "text" or "labels".
    """

    head: str
    kind: str = "text"


def column_of(head: str, cells: Iterable[Cell], name: str = "NAME") -> Column:
    """Return the column that fits its name and its cells.

    Args:
        head: its name.
        cells: its cells.
        name: which column has the names of the rows.

    >>> column_of("AGE", ["3m20s", "<unknown>"]).kind, column_of("IP", ["10.244.1.2"]).kind
    ('number', 'word')
    """
    if head == name:
        return Column(head, "name")
    texts = [cell for cell in cells if isinstance(cell, str)]
    said = [text for text in texts if text not in _NOTHING]
    if said and head not in _NAMES and all(map(_NUMBER.fullmatch, said)):
        return Column(head, "number")
    longest = max(map(len, texts), default=0)
    if longest > _SHORT and any(" " in text for text in texts):
        return Column(head, "text")
    return Column(head, "word" if head in _NAMES or longest <= _LONG_WORD else "long")


class Grid(NamedTuple):
    """A table that can be shown.

    Args:
        columns: its columns.
        rows: the cells of the rows that are shown.
        title: what is above it.
        more: what is said of the rows that are not shown.
        empty: what is said where there is no row.
        foot: what is below it.
        command: the command that prints the same.

    >>> print(Grid([Column("NAME", "name"), Column("AGE", "number")], [("db", "5s")], foot="1 Pod").terminal())
    NAME   AGE
    db     5s
    1 Pod
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: Marked = Marked("", "")
    more: Sequence[str] = ()
    empty: str = ""
    foot: str = ""
    command: str = ""

    @property
    def html(self) -> str:
        """The table for a cell, with its style sheet."""
        heads = "".join(f"<th{_look(column)}>{escape(plain(column.head))}</th>" for column in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, self.columns, row))}</tr>" for row in self.rows)
        across = [*self.more, *([self.empty] if self.empty and not self.rows else [])]
        for words in across:
            body += f'<tr><td class="mu" colspan="{len(self.columns)}" style="text-align:left">{escape(plain(words))}</td></tr>'
        title = f'<div class="cap">{self.title.html}</div>' if self.title.html else ""
        line = f'$ <code style="user-select:all">{escape(plain(self.command))}</code>' if self.command else ""
        said = " · ".join(filter(None, (escape(plain(self.foot)), line)))
        foot = f'<div class="foot">{said}</div>' if said else ""
        return (
            f'<div {box()}>{style_sheet("", "table")}{title}<table class="t">'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{foot}</div>"
        )

    def terminal(self, width: int = 80) -> str:
        """Return the table as kubectl prints it.

        Labels are cut to fit the width, and left out where they have no room. Sentences are cut if the table then fits;
        where it does not, its lines are as long as kubectl's.

        Args:
            width: how many letters a line of the terminal has.
        """
        if self.empty and not self.rows:
            return plain(self.empty)
        cells = [
            [
                plain(column.head).upper() if column.kind == "labels" else plain(column.head)
                for column in self.columns
            ],
            *([_said(cell) for cell in row] for row in self.rows),
        ]
        wide = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
        shown = self._fitted(wide, width)
        lines = [_line([row[at] for at in shown], [wide[at] for at in shown]) for row in cells]
        foot = " · ".join(filter(None, (plain(self.foot), self.command and f"$ {plain(self.command)}")))
        return "\n".join([*lines, *map(plain, self.more), *([foot] if foot else [])])

    def _fitted(self, wide: list[int], width: int) -> list[int]:
        """Make columns fit a line where that is possible, and return the places of those that are shown."""
        places = list(range(len(wide)))

        def over() -> int:
            padded = (max(_LEAST, wide[at] + _GAP) for at in places[:-1])
            return sum(padded) + wide[places[-1]] - width

        for at, column in enumerate(self.columns):
            if column.kind == "labels" and over() > 0:
                if wide[at] - over() >= _LEAST_LABELS:
                    wide[at] -= over()
                elif len(places) > 1:
                    places.remove(at)
        sentences = [at for at in places if self.columns[at].kind == "text"]
        if over() <= sum(max(0, wide[at] - _LEAST_WORDS) for at in sentences):
            for at in sorted(sentences, key=lambda at: -wide[at]):
                wide[at] -= max(0, min(over(), wide[at] - _LEAST_WORDS))
        return places


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    line = ""
    for cell, room in zip(cells[:-1], wide[:-1], strict=True):
        text = _cut(cell, room)
        line += text + " " * (max(_LEAST, room + _GAP) - width_of(text))
    return (line + _cut(cells[-1], wide[-1])).rstrip()


def _cut(text: str, room: int) -> str:
    if width_of(text) <= room:
        return text
    while width_of(text) >= room:
        text = text[:-1]
    return f"{text}…"


def _said(cell: Cell) -> str:
    if isinstance(cell, Marked):
        return plain(cell.text)
    if isinstance(cell, str):
        return plain(cell)
    return ",".join(f"{plain(key)}={plain(value)}" for key, value in cell.items()) or "<none>"


def _look(column: Column) -> str:
    """Return the class and the style of a cell; the style is what stays of the look without the sheet."""
    side = "right" if column.kind == "number" else "left"
    name = {"number": "n", "name": "w", "word": "w", "text": "p", "long": "l", "labels": "c"}.get(
        column.kind, ""
    )
    still = ";white-space:nowrap" if column.kind in ("name", "word") else ""
    marked = f' class="{name}"' if name else ""
    return f'{marked} style="text-align:{side}{still}"'


def _cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, Marked):
        inner, title = cell.html, ""
    elif isinstance(cell, str):
        whole = plain(cell)
        cut = len(whole) > _LONGEST
        inner = escape(whole[: _LONGEST - 1] + "…" if cut else whole)
        title = f' title="{escape(whole[: 10 * _LONGEST])}"' if cut else ""
    else:
        inner, title = " ".join(_chips(cell)), ""
    if column.kind == "name":
        inner = f"<b>{inner}</b>"
    return f"<td{_look(column)}{title}>{inner}</td>"


def _chips(labels: Mapping[str, str]) -> Iterator[str]:
    """Yield the labels that people chose, and the number of those that controllers have put there."""
    made = [label for label in labels.items() if label[0] in MADE_UP_KEYS]
    for key, value in labels.items():
        if key not in MADE_UP_KEYS:
            yield f'<code class="chip">{escape(plain(f"{key}={value}"))}</code>'
    if made:
        names = "\n".join(plain(f"{key}={value}") for key, value in made)
        yield f'<span class="mu" title="{escape(names)}">+{len(made)}</span>'
    if not labels:
        yield '<span class="mu">&lt;none&gt;</span>'
