"""How wide text is in Arial, so that lines break where they should and boxes form columns.

All text of a picture is measured here before it is placed. Widths are those of Arial's letters in thousandths of the
type size, which its twins (Helvetica, Liberation Sans) share; a row of them is drawn exactly as wide as it is measured,
whatever font the reader has. Letters to be pasted stand in a type of one width. Chinese, Japanese and Korean letters,
their punctuation and emoji come from another font, and are as wide as they are high.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from math import fsum
from typing import NamedTuple

from k8snotes.figures.scene import Line, Run
from k8snotes.figures.wording import plain

__all__ = [
    "SIZE",
    "SMALL",
    "Row",
    "columns",
    "cut",
    "has_wide",
    "one_line",
    "pixels",
    "rows_of",
    "short",
    "wide_of",
    "wrapped",
]

_MOST_LINES = 5  # of one wrapped line; the outline has the rest
_GAP = 12  # pixels: between what is at the left and what is at the right of a row
_COLUMN = 7.2  # pixels: a column of a name
_TAIL = 5  # letters of a Pod's suffix
_HASH = re.compile(r"[bcdf-hj-np-tv-z0-9]{4,10}")
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

# Widths of Helvetica's letters, which are Arial's too.
# Source: https://github.com/adobe-type-tools/agl-specification, the metrics of the 14 standard fonts
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvxyzs",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_BOLD_WIDTHS = {
    238: "'",
    278: " ,./I\\ijl",
    280: "|",
    333: "!()-:;[]`ft",
    389: "*{}r",
    474: '"',
    500: "z",
    556: "#$0123456789J_aceksvxy",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
}
_PUNCTUATION = {
    "–": 0.556,
    "—": 1.0,
    "…": 1.0,
    "’": 0.25,
    "·": 0.333,
    "×": 0.584,
    "→": 1.0,
    "←": 1.0,
    "\xa0": 0.278,
}
_OTHER = 0.75  # Greek, Cyrillic, letters with accents
_PLAIN, _BOLD = (
    {letter: width / 1000 for width, letters in widths.items() for letter in letters}
    for widths in (_WIDTHS, _BOLD_WIDTHS)
)
_ASCII = tuple([letters.get(chr(code), _OTHER) for code in range(128)] for letters in (_PLAIN, _BOLD))
_MONO = 0.602
_FULL = 1.0  # as wide as high, bold or not
_SIGN = 0.87  # ✓ and its like
_BEYOND = 1.41  # emoji are wider than high

SIZE = 13
"""Pixels: the type of names and text."""

SMALL = 12
"""Pixels: the type of notes, states and reasons, and of what can be pasted; no type of a picture is smaller."""


@lru_cache(maxsize=1 << 15)
def pixels(text: str, size: float = SIZE, *, bold: bool = False, mono: bool = False) -> float:
    """Return the width of text in pixels, for a type of `size` pixels.

    >>> round(pixels("web")), round(pixels("web", bold=True)), round(pixels("web", 12, mono=True)), round(pixels("服务"))
    (24, 25, 22, 26)
    """
    if text.isascii():
        return len(text) * _MONO * size if mono else fsum(map(_ASCII[bold].__getitem__, text.encode())) * size
    return fsum(_width(c, bold=bold, mono=mono) for c in text) * size


def _width(letter: str, *, bold: bool, mono: bool) -> float:
    if letter >= "\u0800" and letter not in _PUNCTUATION:
        if _HAS_WIDE.match(letter):
            return _FULL if letter <= "\uffff" else _BEYOND
        return _SIGN
    if mono:
        return _MONO
    return _PUNCTUATION.get(letter) or (_BOLD if bold else _PLAIN).get(letter, _OTHER)


def wide_of(run: Run) -> float:
    """Return the width of a run of text in pixels, in its own type."""
    return pixels(run.text, SMALL if run.small or run.literal else SIZE, bold=run.bold, mono=run.literal)


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


def cut(name: str, room: float, measure: Callable[[str], float]) -> str:
    """Return a name that fits, cut by its meaning: the hash of a template first, then the middle, never the suffix.

    Args:
        name: The name of an object, such as that of a Pod.
        room: How wide it may be, in pixels.
        measure: Returns the width of text in pixels.

    >>> cut("frontend-canary-54c475fb99-qm5pn", 160, pixels)
    'frontend-canary-…-qm5pn'
    >>> cut("a-name-of-one-that-has-no-hash", 130, pixels)
    'a-name-of-on…-hash'
    """
    if measure(name) <= room:
        return name
    head = name
    tail = name[-_TAIL:]
    parts = name.rsplit("-", 2)
    if len(parts) == 3 and _HASH.fullmatch(parts[1]) and len(parts[2]) == _TAIL:
        head, tail = f"{parts[0]}-", f"-{tail}"
        if measure(f"{head}…{tail}") <= room:
            return f"{head}…{tail}"
    elif len(parts) > 1 and 0 < len(parts[-1]) <= 2 * _TAIL:
        tail = f"-{parts[-1]}"
    kept = min(len(head), len(name) - len(tail))
    while kept > 1 and measure(f"{head[:kept]}…{tail}") > room:
        kept -= max(1, kept // 16)
    while len(tail) > 1 and measure(f"{head[:kept]}…{tail}") > room:
        tail = tail[1:]
    return f"{head[:kept]}…{tail}"


def one_line(text: str, room: float) -> str:
    """Return so many words of a sentence as fit, in the small type; dots stand for the rest.

    >>> one_line("the packet goes from the card of node-1 to the card of node-2", 160)
    'the packet goes from the …'
    """
    if pixels(text, SMALL) <= room:
        return text
    while text and pixels(f"{text} …", SMALL) > room:
        shorter = text.rpartition(" ")[0]
        text = shorter if shorter and not has_wide(text) else text[:-1]
    return f"{text} …"


class Row(NamedTuple):
    """One row of text as it is drawn: runs at the left side, and runs at the right side."""

    left: Sequence[Run]
    right: Sequence[Run] = ()

    @property
    def wide(self) -> float:
        """How wide it is at least, in pixels."""
        gap = _GAP if self.left and self.right else 0
        # the blank after the last word of a wrapped row may stand in the margin
        blank = self.left[-1]._replace(text=self.left[-1].text.rstrip()) if self.left else Run("")
        return fsum(map(wide_of, self.left[:-1])) + wide_of(blank) + fsum(map(wide_of, self.right)) + gap

    @property
    def small(self) -> bool:
        """Whether all of it is in the small type."""
        return all(run.small or run.literal for run in (*self.left, *self.right))


def wrapped(line: Line, limit: float) -> Sequence[Row]:
    """Break a line as it is drawn between words, or between wide letters; a longer word loses its middle.

    Args:
        line: What is drawn of it; runs of one style stay one run.
        limit: How wide a row may be, in pixels.

    Returns:
        Its rows, at most five: the rest ends in dots, the outline has all of it.

    >>> [[run.text for run in row.left] for row in wrapped(Line("a Pod waits"), 40)]
    [['a Pod '], ['waits']]
    >>> [[run.text for run in row.left] for row in wrapped(Line("这个服务，没有端点"), 70)]
    [['这个服务，'], ['没有端点']]
    """
    return _wrapped(line.drawn, limit)


@lru_cache(maxsize=1 << 14)
def _wrapped(drawn: tuple[Run, ...], limit: float) -> Sequence[Row]:
    # a box is measured first and drawn then, and the boxes of a large picture say much alike
    right = [run._replace(text=plain(run.text)) for run in drawn if run.right and run.text]
    left = tuple(run for run in drawn if not run.right)
    if not right:
        return [Row(row) for row in _rows_of(left, limit, limit)]
    beside = fsum(map(wide_of, right)) + _GAP
    if beside > limit / 2 and fsum(map(wide_of, left)) + beside > limit:
        lower = _rows_of(tuple(run._replace(right=False) for run in right), limit, limit)
        return [Row(row) for row in (*_rows_of(left, limit, limit), *lower)]
    first, *rest = _rows_of(left, limit, limit - beside) or [[]]
    return [Row(first, right), *(Row(row) for row in rest)]


def _rows_of(drawn: tuple[Run, ...], limit: float, first: float) -> list[list[Run]]:
    """Return the rows of runs, of which the first has room for `first` pixels, and each other for `limit`."""
    runs = [_clipped(run, first) for run in drawn]
    if not any(has_wide(run.text) for run in runs) and fsum(map(wide_of, runs)) <= first:
        row = _one_row(runs)
        return [row] if row else []
    parts: list[list[Run]] = [[]]
    used = 0.0
    for group in _groups(runs, first):
        room = limit if len(parts) > 1 else first
        wide = fsum(wide_of(token) for token in group[:-1])
        last = group[-1]
        if used and used + wide + wide_of(last._replace(text=last.text.rstrip())) > room:
            if len(parts) == _MOST_LINES:
                _end_in_dots(parts[-1], limit)
                return parts
            parts.append([])
            used = 0.0
        if not used and last.text.isspace():
            continue
        for token in group:
            _add(parts[-1], token)
        used += wide + wide_of(last)
    return parts


def _one_row(runs: Iterable[Run]) -> list[Run]:
    """Return the row of a line that needs no other: most lines are such."""
    row: list[Run] = []
    for run in runs:
        there = run.text if row else run.text.lstrip()
        if there:
            _add(row, run if there is run.text else run._replace(text=there))
    return row


def _groups(runs: Iterable[Run], limit: float) -> Iterator[list[Run]]:
    """Yield what stays on one row: a token alone, or with what must not begin or end a row beside it."""
    group: list[Run] = []
    used = 0.0
    for run in runs:
        for text in _tokens(run, limit):
            token = run._replace(text=text)
            wide = wide_of(token)
            if group and (used + wide > limit or _part(group[-1].text, text)):
                yield group
                group, used = [], 0.0
            group.append(token)
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
        dots = style._replace(text="…" if has_wide(style.text[-1:]) else " …")
        if not words or fsum(map(wide_of, words)) + wide_of(dots) <= limit:
            break
        words.pop()
    row.clear()
    for word in [*words, dots]:
        _add(row, word)


def _add(row: list[Run], run: Run) -> None:
    """Add text to a row: to its last run, if that has the same style."""
    last = row[-1] if row else None
    if last and last[1:3] == run[1:3] and last[6:] == run[6:]:
        row[-1] = last._replace(text=last.text + run.text)
    else:
        row.append(run)


def _split(text: str) -> list[str]:
    """Return text in pieces between which a row may break."""
    return _BREAKS.split(text) if has_wide(text) else _TOKENS.findall(text)


def _clipped(run: Run, limit: float) -> Run:
    """Return so much of a run as the picture has room for."""
    text = plain(run.text)
    if not run.most:
        return run if text is run.text else run._replace(text=text)
    room = min(limit, run.most * _COLUMN)
    return run._replace(text=cut(text, room, lambda part: wide_of(run._replace(text=part))))


def _tokens(run: Run, limit: float) -> Iterable[str]:
    if (run.whole or run.most) and run.text and wide_of(run._replace(text=run.text.rstrip())) <= limit:
        yield run.text
        return
    for token in _split(run.text):
        if wide_of(run._replace(text=token.rstrip())) <= limit:
            yield token
            continue
        # too long with its punctuation: then that may be apart
        for part in _LOOSE.findall(token) if has_wide(token) else [token]:
            if wide_of(run._replace(text=part.rstrip())) <= limit:
                yield part
            else:
                yield from _shortened(part, run, limit)


def _shortened(word: str, run: Run, limit: float) -> Iterable[str]:
    """Yield a word that is longer than a line: its pieces, and of those that are still too long head and tail."""
    for part in filter(None, _PIECES.findall(word)):
        yield cut(short(part, 200), limit, lambda text: wide_of(run._replace(text=text)))


def rows_of(lines: Iterable[Line], limit: float) -> int:
    """Return how many rows lines take in the picture, wrapped ones counted."""
    return sum(len(wrapped(line, limit)) for line in lines if line.drawn)
