"""Draws many small squares, such as one for each of five thousand Nodes, as few shapes, so that the picture stays small.

The sign of a look is its shape here, so that nothing depends on colour: ✓ is a full square, ◐ one that is half full, ✗ one
that is crossed out, ○ an empty one, and a look without a sign a small one.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from k8snotes.figures.palette import USED, Look
from k8snotes.figures.scene import Square, Squares
from k8snotes.figures.wording import plain

__all__ = ["squares_drawn"]

_MOST_NAMED = (
    400  # squares that say their name where the pointer rests: more would make the picture too large
)
_GAP = 2  # pixels between two squares


def squares_drawn(part: Squares, x: float, y: float) -> Iterator[str]:
    """Yield the SVG of squares, the left and upper corner of the first one at a place.

    >>> from k8snotes.figures.palette import POD
    >>> print("".join(squares_drawn(Squares([Square(POD), Square(POD)], step=12), 0, 0)), end="")
    <path d="M0,0h10v10h-10zM12,0h10v10h-10z" fill="#00805d"/>
    """
    shapes = _Shapes(part.step - _GAP)
    left, upper = round(x), round(y)
    yield from _ground(part, left, upper)
    named = len(part.squares) <= _MOST_NAMED
    for number, square in enumerate(part.squares):
        row, column = divmod(number, part.across)
        at = left + column * part.step, upper + row * part.step
        if named and square.name:
            alone = _Shapes(part.step - _GAP)
            alone.add(square, *at)
            yield f"<g><title>{escape(plain(square.name), quote=False)}</title>\n"
            yield from alone.drawn()
            yield "</g>\n"
        else:
            shapes.add(square, *at)
    yield from shapes.drawn()


def _ground(part: Squares, left: int, upper: int) -> Iterator[str]:
    """Yield the ground of squares with levels: a line of dashes for each row, which is shorter than its squares."""
    side = part.step - _GAP
    full = sum(bool(square.levels) for square in part.squares)
    rows = []
    for first in range(0, full, part.across):
        wide = min(part.across, full - first) * part.step - _GAP
        rows.append(f"M{left},{upper + first // part.across * part.step + side / 2:g}h{wide}")
    if rows:
        yield (
            f'<path d="{"".join(rows)}" fill="none" stroke="{USED.fill}" stroke-width="{side}" '
            f'stroke-dasharray="{side},{_GAP}"/>\n'
        )


class _Shapes:
    """The shapes of squares, joined by their ink: what is filled, and above it what is a line."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._filled: dict[str, list[str]] = {}
        self._lines: dict[str, list[str]] = {}

    def add(self, square: Square, x: int, y: int) -> None:
        """Add a square at a place."""
        if square.levels:
            self._levels(square, x, y)
        else:
            self._sign(square.look, x, y)

    def _levels(self, square: Square, x: int, y: int) -> None:
        side, number = self._side, len(square.levels)
        wide = max(1, (side - (number - 1)) // number)
        for at, (percent, look) in enumerate(square.levels):
            high = min(side, max(1 if percent > 0 else 0, round(percent * side / 100)))
            if high:
                left = x + at * (wide + 1)
                self._fill(look.line, f"M{left},{y + side}v-{high}h{wide}v{high}z")
        if square.look.symbol == "✗":
            self._cross(square.look, x, y)
        elif square.look.symbol == "◐":
            self._line(square.look.line, f"M{x},{y + side}l{side},-{side}")

    def _sign(self, look: Look, x: int, y: int) -> None:
        side = self._side
        if look.symbol == "✓":
            self._fill(look.line, f"M{x},{y}h{side}v{side}h-{side}z")
            return
        if look.symbol in ("✗", "◐", "○"):
            self._line(look.line, f"M{x}.5,{y}.5h{side - 1}v{side - 1}h-{side - 1}z")
        if look.symbol == "✗":
            self._cross(look, x, y)
        elif look.symbol == "◐":
            self._fill(look.line, f"M{x},{y}v{side}h{side}z")
        elif look.symbol != "○":
            self._fill(look.line, f"M{x + side // 3},{y + side // 3}h{side // 3}v{side // 3}h-{side // 3}z")

    def _cross(self, look: Look, x: int, y: int) -> None:
        side = self._side
        self._line(look.line, f"M{x},{y}l{side},{side}m0,-{side}l-{side},{side}")

    def _fill(self, ink: str, path: str) -> None:
        self._filled.setdefault(ink, []).append(path)

    def _line(self, ink: str, path: str) -> None:
        self._lines.setdefault(ink, []).append(path)

    def drawn(self) -> Iterator[str]:
        """Yield the shapes, a path for each ink."""
        for ink, paths in self._filled.items():
            yield f'<path d="{"".join(paths)}" fill="{ink}"/>\n'
        for ink, paths in self._lines.items():
            yield f'<path d="{"".join(paths)}" fill="none" stroke="{ink}" stroke-width="1.5"/>\n'
