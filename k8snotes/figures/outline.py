"""Tells a scene in words: the outline, which says all of it, and the alternative text, a few sentences on it.

No figure has words here: a line is told as it is written in the scene, at the place of its box in the order of
reading. Lines that only the picture has are left out; lines that only the outline has are at their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from k8snotes.catalogue import _, ngettext, sentences
from k8snotes.figures.scene import MOST_TOLD, Bars, Box, Label, Line, Link, Part, Scene, Table, Told
from k8snotes.figures.wording import headed, noted, plain

__all__ = ["alternative", "outline"]

_WIDE = 100  # columns: a row of names
_MOST_MEMBERS = 400  # of a stack


def outline(scene: Scene) -> list[str]:
    """Return the lines of the outline: each box with its lines, what is in it, and the members of a stack.

    Of a large cluster it has the first thousand lines, and says so.

    >>> outline(Scene([Box(["Node node-1", "Ready"], inside=[Box([Line("web × 2", members=["a", "b"])], indent=2)])]))
    ['Node node-1', '  Ready', '  web × 2', '      a, b']
    """
    lines = (line for item in scene.told for line in _told(item))
    said = [*islice(lines, MOST_TOLD)]
    if scene.cut or next(lines, None) is not None:
        number = format(len(said), ",")
        said.append(
            plain(
                _(
                    "These were the first {number} lines. The facts of the figure have all of it, and c.overview() shows "
                    "first what needs attention.",
                    number=number,
                )
            )
        )
    return said


def alternative(scene: Scene) -> str:
    """Return the alternative text: the finding, then a sentence for each thing that has one, faults first.

    >>> alternative(Scene([Box(["web"], alt="Service web: 2 Pods.")], opening="A map of 1 Service."))
    'A map of 1 Service. Service web: 2 Pods.'
    """
    told = [pair for item in scene.told for pair in _sentences(item)]
    faults = [sentence for fault, sentence in told if fault]
    others = [sentence for fault, sentence in told if not fault]
    said = ""
    for sentence in filter(None, [scene.opening, *faults, *others]):
        ended = not said[-1:].isalnum()  # a line of kubectl has no full stop
        said = sentences(said, sentence) if ended else f"{said} {sentence}"
    return said


def _told(item: Told | Part, indent: int = 0) -> Iterator[str]:
    """Tell a part of the scene; `indent` is that of the box around it, in columns."""
    if isinstance(item, Line):
        yield from _line(item, indent + item.indent)
    elif isinstance(item, Link):
        if item.told:
            yield from _told(item.told)
    elif isinstance(item, Box):
        for at, line in enumerate(_joined(item.lines)):
            yield from _line(line, item.indent + line.indent if at else item.indent)
        for part in item.inside:
            yield from _told(part, item.indent)
    elif isinstance(item, Table):
        for row in item.rows:
            for cell in row:
                yield from _told(cell, indent)
    elif isinstance(item, Label):
        for line in item.lines:
            yield from _told(line, indent)
    elif isinstance(item, Bars):
        for bar in (bar for bars in item.groups for bar in bars):
            if isinstance(bar, Line):
                yield from _told(bar, indent)
            elif bar[0].told:
                name, _bar, words = bar
                yield from _line(
                    Line((), " ".join(filter(None, (name.told, words.told)))), indent + name.indent
                )


def _joined(lines: Iterable[Line]) -> Iterable[Line]:
    """Put together the lines of a box that the outline tells as one."""
    joined: list[Line] = []
    for line in lines:
        if joined and line.after and line.told:
            before = joined[-1]
            words = _after(before.told, line.after, line.told)
            joined[-1] = Line((), words, indent=before.indent, members=before.members, nested=before.nested)
        elif line.told or not joined:  # the head keeps its place, because the lines under it are indented
            joined.append(line)
    return joined


def _after(before: str, between: str, told: str) -> str:
    """Return what is told in one line, in the punctuation of the language in force."""
    if between == ": ":
        return headed(before, told)
    if between == ", ":
        return str(_("{first}, {second}", first=before, second=told))
    if between == " (":
        return noted(before, told)
    if between == "; ":
        return str(_("{clause}; {next}", clause=before, next=told))
    return before + between + told


def _line(line: Line, indent: int) -> Iterator[str]:
    if line.told:
        yield " " * indent + line.told
    yield from _names(line.members, line.nested)


def _names(names: Sequence[object], indent: int) -> Iterable[str]:
    """Return the lines that name the members of a stack; none for a single one."""
    if len(names) < 2:
        return []
    import textwrap  # noqa: PLC0415  # most pictures have no stacks

    blank = " " * indent
    rest = len(names) - _MOST_MEMBERS
    if rest > 1:
        shown = ", ".join(plain(name) for name in names[:_MOST_MEMBERS])
        words: str = ngettext("{items} and {n} more", "{items} and {n} more", rest, items=shown)
    else:
        words = ", ".join(plain(name) for name in names)
    return textwrap.wrap(
        words,
        _WIDE,
        initial_indent=blank,
        subsequent_indent=blank,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sentences(item: Told | Part) -> Iterator[tuple[bool, str]]:
    """Yield what the alternative text says of something, and whether that is a fault."""
    if isinstance(item, Line | Box) and item.alt:
        yield isinstance(item, Box) and item.fault, item.alt
    if isinstance(item, Box):
        for part in item.inside:
            yield from _sentences(part)
    elif isinstance(item, Table):
        for row in item.rows:
            for cell in row:
                yield from _sentences(cell)
