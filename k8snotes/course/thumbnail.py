"""The small picture of a chapter: two columns of boxes and the arrows between them, readable at 320 pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import stand
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import Box, Link, Scene, bold, note

__all__ = ["Part", "thumbnail"]

_LEFT, _RIGHT, _BETWEEN = 132, 142, 46  # pixels: the columns, and the arrows


class Part(NamedTuple):
    """One box of a thumbnail.

    Args:
        name: what it is called.
        words: what is to be seen of it, in two or three words.
        look: how it is drawn.
    """

    name: str
    words: str = ""
    look: Look = palette.POD


def thumbnail(
    what: str,
    finding: str,
    left: Sequence[Part],
    right: Sequence[Part],
    arrows: Iterable[tuple[int, int, Mapping[str, str]]],
) -> Figure:
    """Return a picture of 320 pixels.

    Args:
        what: what is shown, such as "Service".
        finding: what is to be seen, in a few words.
        left: the boxes of the left column, from top to bottom.
        right: those of the right one.
        arrows: from which box on the left to which on the right, by their numbers from 0, and how each is drawn.

    >>> from k8snotes.figures import palette
    >>> thumbnail("Service", "1 Pod", [Part("web", ":80", palette.SERVICE)], [Part("web-1")], [(0, 0, palette.TRAFFIC)])
    <Figure Service: 1 Pod>
    """

    def scene() -> Scene:
        lefts = [_box(f"l{at}", part, _LEFT) for at, part in enumerate(left)]
        rights = [_box(f"r{at}", part, _RIGHT) for at, part in enumerate(right)]
        links = [Link(f"l{tail}", f"r{head}", dict(way)) for tail, head, way in arrows]
        stand([(0, lefts), (_LEFT + _BETWEEN, rights)], links, 0)
        return Scene([*lefts, *rights, *links], opening=f"{what}: {finding}.")

    return Figure(what, finding, (tuple(left), tuple(right)), scene)


def _box(name: str, part: Part, width: int) -> Box:
    lines: list[object] = [bold(part.name)]
    if part.words:
        lines.append(note(part.words, palette.INK))
    return Box(lines, part.look, id=name, width=width)  # type: ignore[arg-type]
