"""How wide text is in Verdana, so that lines break where they should and boxes form columns.

Graphviz measures text itself, but breaks no lines and knows nothing of columns: both are done here before it draws.
Widths are those of Verdana's letters in hundredths of the type size; of other letters a wide one is assumed. Chinese,
Japanese and Korean letters, their punctuation and emoji come from another font, and are as wide as they are high.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from k8snotes.figures.scene import WIDE, Box, Line, Run, Words
from k8snotes.figures.wording import plain

__all__ = ["align", "columns", "has_wide", "points", "rows_of", "short", "width_for", "wrapped"]

_MOST_LINES = 5  # of one wrapped line; the outline has the rest
_TOKENS = re.compile(r"\S+\s*|\s+")
_PIECES = re.compile(r"[^=/]*[=/]?")

# Text in wide letters has no spaces: a line breaks between any two of them, or between one and a word. What
# closes (a comma, a bracket) never begins a line, and what opens never ends one.
# Source of the rule: https://www.w3.org/TR/clreq/
_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffe6\U0001f000-\U0001faff\U00020000-\U0003fffd"
_OPENING = "（「『【《〈〔〖［｛“"
_CLOSING = "，。、；：？！）」』】》〉〕〗］｝”"
_NEVER_LAST = re.escape(_OPENING + "([{")
_NEVER_FIRST = re.escape(_CLOSING + "…·％々ー" + ",.:;!?)]}%")
_HAS_WIDE = re.compile(f"[{_WIDE}]")
_LOOSE = re.compile(rf"[{_WIDE}]\s*|[^{_WIDE}]+")
_OPENS, _CLOSES = re.compile(f"[{_NEVER_LAST}]$"), re.compile(f"[{_NEVER_FIRST}]")
_BREAKS = re.compile(
    rf"(?<=\s)(?=\S)"
    rf"|(?<=[^\s{_NEVER_LAST}])(?=[{_WIDE}{_OPENING}])(?![{_NEVER_FIRST}])"
    rf"|(?<=[{_WIDE}{_CLOSING}])(?<![{_NEVER_LAST}])(?=[^\s{_NEVER_FIRST}])"
)

# Widths of Verdana in hundredths of the type size; DejaVu Sans has the same within a hundredth or two.
_WIDTHS = {
    27: "'il",
    35: " fj,.",
    39: "!t",
    43: "Ir",
    45: '()-/:;J[]|\\"',
    52: "csz",
    56: "?LF",
    60: "kvxyPaeo",
    63: "TYbdgpqEhnu{}",
    64: "$*0123456789_`",
    69: "ASVBKXZCR",
    74: "&UHN",
    79: "DGOQ",
    83: "#+<=>^w~M",
    99: "mW@",
    108: "%",
}
_WIDTH_OF = {letter: width / 100 for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 0.93  # Greek, Cyrillic, letters with accents
_ASCII = [_WIDTH_OF.get(chr(code), _OTHER) for code in range(128)]
_BOLD = 1.13
_FULL = 1.06  # as wide as high, bold or not; the embedded engine takes three bytes for three spaces: as wide
_BEYOND = 1.41  # emoji are wider than high


@lru_cache(maxsize=1 << 14)
def points(text: str, size: float = 11, *, bold: bool = False) -> float:
    """Return the width of text in points, for a type of `size` points.

    >>> round(points("web")), round(points("web", bold=True)), round(points("服务"))
    (23, 26, 23)
    """
    thick = _BOLD if bold else 1
    if text.isascii():
        return sum(map(_ASCII.__getitem__, text.encode())) * thick * size
    narrow = sum(_WIDTH_OF.get(c, _OTHER) for c in text if c < "\u0800")
    wide = sum(_FULL if c <= "\uffff" else _BEYOND for c in text if c >= "\u0800")
    return (narrow * thick + wide) * size


def has_wide(text: str) -> bool:
    """Return whether text has letters of a font of their own, which are as wide as high: Chinese, for example.

    >>> has_wide("✓ web"), has_wide("服务 web")
    (False, True)
    """
    return not text.isascii() and bool(_HAS_WIDE.search(text))


def columns(text: str) -> int:
    """Return how many columns text takes where letters are alike; a Chinese one takes two.

    >>> columns("web"), columns("服务")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def short(text: str, limit: int = 34, *, tail: int | None = None) -> str:
    """Return text of at most `limit` columns: a longer one loses its middle.

    `tail` is how many columns of the end stay (half of them by default): the end of a Pod's name tells it
    from its twins, the beginning tells what it is.

    >>> short("frontend-with-a-long-name-4xk2b", 20)
    'frontend-w…ame-4xk2b'
    >>> short("frontend-with-a-long-name-4xk2b", 20, tail=5)
    'frontend-with-…4xk2b'
    """
    if columns(text) <= limit:
        return text
    room = limit - 1
    head = _start(text, (room + 1) // 2 if tail is None else room - tail)
    return f"{head}…{_start(text[::-1], room - columns(head))[::-1]}"


def _start(text: str, limit: int) -> str:
    start = text[:limit]
    while columns(start) > limit:
        start = start[:-1]
    return start


def wrapped(line: Line, limit: float) -> Sequence[Sequence[Run]]:
    """Break a line as it is drawn between words, or between wide letters; a longer word loses its middle.

    Args:
        line: What is drawn of it; runs of one style stay one run.
        limit: How wide a row may be, in points.

    Returns:
        Its rows, at most five: the rest ends in dots, the outline has all of it.

    >>> [[run.text for run in part] for part in wrapped(Line("a Pod waits"), 40)]
    [['a Pod '], ['waits']]
    >>> [[run.text for run in part] for part in wrapped(Line("这个服务，没有端点"), 60)]
    [['这个服务，'], ['没有端点']]
    """
    return _rows_of(line.drawn, limit)


@lru_cache(maxsize=1 << 14)
def _rows_of(drawn: tuple[Run, ...], limit: float) -> list[list[Run]]:
    # a box is measured first and drawn then, and the boxes of a large picture say much alike
    texts = [_clipped(run) for run in drawn]
    if not any(map(has_wide, texts)):
        whole = sum([points(text, bold=run.bold) for run, text in zip(drawn, texts, strict=True)])
        if whole <= limit:
            return [_one_row(drawn, texts)]
    parts: list[list[Run]] = [[]]
    used = 0.0
    for group in _groups(drawn, limit):
        wide = sum(width for _run, _token, width in group[:-1])
        run, token, width = group[-1]
        if used and used + wide + points(token.rstrip(), bold=run.bold) > limit:
            if len(parts) == _MOST_LINES:
                _end_in_dots(parts[-1], limit)
                return parts
            parts.append([])
            used = 0.0
        if not used and token.isspace():
            continue
        for run, token, _width in group:
            _add(parts[-1], run._replace(text=token))
        used += wide + width
    return parts


def _one_row(drawn: Iterable[Run], texts: Iterable[str]) -> list[Run]:
    """Return the row of a line that needs no other: most lines are such."""
    row: list[Run] = []
    for run, text in zip(drawn, texts, strict=True):
        there = text if row else text.lstrip()
        if there:
            _add(row, run if there is run.text else run._replace(text=there))
    return row


_Token = tuple[Run, str, float]  # the run that it is of, the text, and how wide that is


def _groups(drawn: tuple[Run, ...], limit: float) -> Iterator[list[_Token]]:
    """Yield what stays on one row: a token alone, or with what must not begin or end a row beside it."""
    group: list[_Token] = []
    used = 0.0
    for run in drawn:
        for token in _tokens(run, limit):
            wide = points(token, bold=run.bold)
            if group and (used + wide > limit or _part(group[-1][1], token)):
                yield group
                group, used = [], 0.0
            group.append((run, token, wide))
            used += wide
    if group:
        yield group


def _part(before: str, after: str) -> bool:
    """Whether a row may break between two tokens."""
    blank = before[-1].isspace() or after[0].isspace()
    return blank or not (_CLOSES.match(after) or _OPENS.search(before))


def _end_in_dots(row: list[Run], limit: float) -> None:
    """Put dots in the place of a row's last word, and of the words before it where there is no room for dots."""
    words = [run._replace(text=word) for run in row for word in _split(run.text)]
    style = words.pop()
    while True:
        if words:
            style = words[-1] = words[-1]._replace(text=words[-1].text.rstrip())
        dots = "…" if has_wide(style.text[-1:]) else " …"
        used = sum(points(word.text, bold=word.bold) for word in words)
        if not words or used + points(dots, bold=style.bold) <= limit:
            break
        words.pop()
    row.clear()
    for word in [*words, style._replace(text=dots)]:
        _add(row, word)


def _add(row: list[Run], run: Run) -> None:
    """Add text to a row: to its last run, if that has the same style."""
    last = row[-1] if row else None
    if last and (last.bold, last.color) == (run.bold, run.color):
        row[-1] = last._replace(text=last.text + run.text)
    else:
        row.append(run)


def _split(text: str) -> list[str]:
    """Return text in pieces between which a row may break."""
    return _BREAKS.split(text) if has_wide(text) else _TOKENS.findall(text)


def _clipped(run: Run) -> str:
    """Return so much of a run's text as the picture has room for."""
    text = plain(run.text)
    return short(text, run.most, tail=run.tail) if run.most else text


def _tokens(run: Run, limit: float) -> Iterable[str]:
    text = _clipped(run)
    if run.whole and text and points(text.rstrip(), bold=run.bold) <= limit:
        yield text
        return
    for token in _split(text):
        if points(token.rstrip(), bold=run.bold) <= limit:
            yield token
            continue
        # too long with its punctuation: then that may be apart
        for part in _LOOSE.findall(token) if has_wide(token) else [token]:
            if points(part.rstrip(), bold=run.bold) <= limit:
                yield part
            else:
                yield from _shortened(part, run, limit)


def _shortened(word: str, run: Run, limit: float) -> Iterable[str]:
    """Yield a word that is longer than a line: its pieces, and of those that are still too long head and tail."""
    for part in filter(None, _PIECES.findall(word)):
        piece = short(part, 100)
        room = columns(piece)
        while room > 3 and points(short(piece, room), bold=run.bold) > limit:
            room -= max(1, room // 16)
        yield short(piece, room)


def rows_of(lines: Iterable[Line], limit: float) -> int:
    """Return how many rows lines take in the picture, wrapped ones counted."""
    return sum(len(wrapped(line, limit)) for line in lines if line.drawn)


def width_for(boxes: Iterable[Iterable[Line | Words]], *, limit: float = WIDE) -> int:
    """Return the width in points that all these boxes fit in, so that they form one column.

    Args:
        boxes: The lines of each box.
        limit: Where lines break, in points: no box is wider, but for its frame.
    """
    lines = (line if isinstance(line, Line) else Line(line) for box in boxes for line in box)
    parts = (part for line in lines for part in wrapped(line, limit))
    return int(max((sum(points(r.text, bold=r.bold) for r in part) for part in parts), default=0)) + 16


def align(boxes: Sequence[Box]) -> Sequence[Box]:
    """Make all boxes of a column as wide as the widest of them, and return them.

    Their lines break where those of the first do.
    """
    if boxes:
        wide = width_for((box.lines for box in boxes), limit=boxes[0].limit)
        for box in boxes:
            box.width = wide
    return boxes
