"""The boxes of a picture that have nothing but lines in them: measured and drawn here, placed by the layout engine.

The engine takes most of its time to read tables and to measure their texts. So it gets an empty box of the right size
in the place of each of these boxes, finds a place for it, and what is in it is drawn there afterwards. Frames, rows
and margins are those of the tables that `Figure.dot` has for the same boxes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

from k8snotes.catalogue import _
from k8snotes.figures.measure import points, wrapped
from k8snotes.figures.palette import INK, Look
from k8snotes.figures.scene import Box, Run

__all__ = ["EMPTY", "FONT", "HIGH", "MARGINS", "SIZE", "STEPS", "Boxes"]

FONT = "Verdana"
"""The type: one name, as the embedded engine knows the widths of single fonts only."""

SIZE = 11
"""Points: the type of boxes."""

STEPS = (19, 14)
"""Points from one line of a box to the next, and to the rest of a wrapped one."""

HIGH = 1.2
"""How high a row is that nothing makes higher, in parts of the type size."""

MARGINS = (4, 3)
"""Points from a frame to what is in it: to lines, and to the second frame of a stack."""

_LOW = 4.3  # points from the bottom of a row to the line that letters stand on
_SLACK = 2  # points: other fonts than the one that is measured are a little wider
_CORNER = 12  # points
_DASHES = {"dashed": "5,2", "dotted": "1,5"}

_PLACED = re.compile(
    r'<g id="box(\d+)" class="node">\s*<polygon [^>]*?points="([-\d.]+),([-\d.]+) ([-\d.]+),([-\d.]+) [^>]*>\s*</g>'
)
_GRAPH = 'class="graph"'


class _Drawn(NamedTuple):
    """A box as it is drawn: its look, whether its frame is doubled, its size in points, and its rows.

    A row is how far it stands under the one before, in points, and what it says, as SVG.
    """

    look: Look
    stacked: bool
    wide: float
    high: float
    rows: list[tuple[float, str]]


EMPTY = {"shape": "box", "fixedsize": "true", "label": ""}
"""What all empty boxes have in common, as Graphviz' attributes."""


class Boxes:
    """The boxes of one picture: those that the engine gets as empty ones.

    >>> boxes = Boxes()
    >>> boxes.empty(Box(["web"], width=100))["width"]
    '1.3889'
    >>> answer = '<g class="graph"><g id="box0" class="node"><polygon points="100,0 0,0 0,24 100,24 100,0"/></g></g>'
    >>> "web</text>" in boxes.filled(answer)
    True
    """

    def __init__(self) -> None:
        self._drawn: list[_Drawn] = []

    def empty(self, box: Box) -> Mapping[str, str]:
        """Return Graphviz' attributes of the empty box that stands for a box; none for one that has to be a table."""
        if box.inside or box.port or box.anchor or box.size:
            return {}
        drawn = _measured(box)
        self._drawn.append(drawn)
        return {
            "id": f"box{len(self._drawn) - 1}",
            "width": f"{drawn.wide / 72:.4f}",
            "height": f"{drawn.high / 72:.4f}",
        }

    def filled(self, svg: str) -> str:
        """Return the engine's SVG with what is in each box; ValueError if it lacks one of them."""
        if not self._drawn:
            return svg
        letters = f'{_GRAPH} font-family="{FONT}" font-size="{SIZE}" fill="{INK.lower()}"'
        filled, number = _PLACED.subn(self._fill, svg.replace(_GRAPH, letters, 1))
        if number != len(self._drawn):
            raise ValueError(_("its answer is not a picture with text"))
        return filled

    def _fill(self, place: re.Match[str]) -> str:
        number, right, top, left, _top = place.groups()
        drawn = self._drawn[int(number)]
        # the engine rounds a size: the middle is where it should be
        x = (float(left) + float(right) - drawn.wide) / 2
        return f'<g id="box{number}" class="node">\n{_svg_of(drawn, x, float(top))}</g>'


def _measured(box: Box) -> _Drawn:
    rows: list[tuple[float, str]] = []
    widest = 0.0
    least = SIZE * HIGH
    for line in box.lines:
        for number, runs in enumerate(wrapped(line, box.limit) if line.drawn else ()):
            rows.append((STEPS[bool(number)] if rows else least, _said(runs)))
            widest = max(widest, sum([points(run.text, SIZE, bold=run.bold) for run in runs]))
    border, (margin, outer) = box.look.border, MARGINS
    inset = 2 * (border + margin)
    high = sum([step for step, _text in rows]) + inset if rows else least + inset
    wide = widest + _SLACK + inset
    if box.stacked:
        more = 2 * (border + outer)
        wide, high = max(wide, box.width - 8) + more, high + more
    return _Drawn(box.look, box.stacked, max(wide, box.width), high, rows)


def _svg_of(drawn: _Drawn, x: float, y: float) -> str:
    """Return what is in a box, as SVG: frames, and a text for each row; `x` and `y` are its left and upper side."""
    look = drawn.look
    parts = [_frame(look, x, y, drawn.wide, drawn.high)]
    inset = look.border + MARGINS[0]
    if drawn.stacked:
        more = look.border + MARGINS[1]
        parts.append(_frame(look, x + more, y + more, drawn.wide - 2 * more, drawn.high - 2 * more))
        inset += more
    left, bottom = f"{x + inset:.2f}", y + inset - _LOW
    for step, said in drawn.rows:
        bottom += step
        parts.append(f'<text x="{left}" y="{bottom:.2f}"{said}</text>\n')
    return "".join(parts)


def _said(runs: Sequence[Run]) -> str:
    """Return the end of a row's opening tag, and what is in it."""
    if len(runs) == 1:
        ((text, heavy, color, *_rest),) = runs
        return f"{_style(heavy, color)}>{_escaped(text)}"
    return ">" + "".join(map(_run, runs))


def _run(run: Run) -> str:
    text = _escaped(run.text)
    return f"<tspan{_style(run.bold, run.color)}>{text}</tspan>" if run.bold or run.color else text


def _escaped(text: str) -> str:
    # two spaces are one to a browser
    return escape(text, quote=False).replace("  ", "\xa0\xa0")


@lru_cache(maxsize=256)
def _style(heavy: bool, color: str) -> str:
    bold = ' font-weight="bold"' if heavy else ""
    return f'{bold} fill="{color.lower()}"' if color else bold


def _frame(look: Look, x: float, y: float, wide: float, high: float) -> str:
    # a frame of more than a point is drawn within the box's sides, one of a point on them
    inset = look.border / 2 if look.border > 1 else 0
    corner, before, after = _path(look, wide - 2 * inset, high - 2 * inset)
    return f"{before}{x + inset + corner:.2f},{y + inset:.2f}{after}"


@lru_cache(maxsize=256)
def _path(look: Look, wide: float, high: float) -> tuple[float, str, str]:
    """Return the radius of a frame's corners, and its path before and after the place where it begins."""
    style = look.style.split(",")
    at = min(_CORNER, wide / 3, high / 3) if "rounded" in style else 0
    across, down, r, half = (
        f"{length:.2f}".rstrip("0").rstrip(".") for length in (wide - 2 * at, high - 2 * at, at, at / 2)
    )
    line = ""
    if look.border:
        line = f' stroke="{look.line.lower()}"'
        line += f' stroke-width="{look.border}"' if look.border > 1 else ""
        line += "".join(f' stroke-dasharray="{dash}"' for word, dash in _DASHES.items() if word in style)
    path = (
        f"h{across}c{half},0 {r},{half} {r},{r}v{down}c0,{half} -{half},{r} -{r},{r}"
        f"h-{across}c-{half},0 -{r},-{half} -{r},-{r}v-{down}c0,-{half} {half},-{r} {r},-{r}z"
    )
    return at, f'<path fill="{look.fill.lower()}"{line} d="M', f'{path}"/>\n'
