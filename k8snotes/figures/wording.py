"""Text made fit to be shown: of manifests cleaned and put in a row, of the course with its marks as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from k8snotes.catalogue import _, ngettext
from k8snotes.catalogue import named as row_of
from k8snotes.screen import shown

__all__ = [
    "capital",
    "headed",
    "listed",
    "marked_up",
    "named",
    "noted",
    "pairs",
    "phrases",
    "plain",
    "sentence",
    "unmarked",
]

_MARKS = re.compile(r"`([^`]*)`|\*\*([^*]+)\*\*|\*([^*]+)\*")
_TAGS = ("code", "b", "em")


def plain(text: object) -> str:
    r"""Return text on one line that XML, HTML and a terminal can show: what they cannot is written as its escape.

    >>> print(plain("a" + chr(0) + "b" + chr(10) + chr(0x202E)))
    a\x00b\n\u202e
    """
    return shown(text, lines=False)


def listed(items: Iterable[object], most: int = 3) -> str:
    """Return items in a row, and how many more there are.

    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    >>> listed(["a", "b", "c", "d"])
    'a, b, c, d'
    """
    shown = [plain(item) for item in items]
    if len(shown) <= most + 1:
        return named(shown)
    return ngettext(
        "{items} and {n} more", "{items} and {n} more", len(shown) - most, items=named(shown[:most])
    )


def named(items: Iterable[object]) -> str:
    """Return things of one sort in a row, however many there are.

    >>> named(["a", "b", "c"])
    'a, b, c'
    """
    return str(row_of(plain(item) for item in items))


def phrases(*said: object) -> str:
    """Return what is said of one thing in a row, with a comma between; empty parts are left out.

    >>> phrases("Bound", "1Gi", "", "class standard")
    'Bound, 1Gi, class standard'
    """
    row: object = ""
    for part in filter(None, said):
        row = _("{first}, {second}", first=row, second=part) if row else part
    return plain(row)


def headed(head: object, text: object) -> str:
    """Return what something is called, and what is said of it.

    >>> headed("Node node-1", "Ready")
    'Node node-1: Ready'
    """
    return plain(_("{head}: {text}", head=head, text=text))


def noted(words: object, note: object) -> str:
    """Return words with a note behind them; without a note, the words alone.

    >>> noted("frontend", "ready"), noted("frontend", "")
    ('frontend (ready)', 'frontend')
    """
    return plain(_("{words} ({note})", words=words, note=note) if note else words)


def pairs(labels: dict[str, str]) -> str:
    """Return labels as `kubectl -l` writes them.

    >>> pairs({"app": "web", "tier": "frontend"})
    'app=web, tier=frontend'
    """
    return ", ".join(f"{plain(key)}={plain(value)}" for key, value in labels.items())


def capital(text: object) -> str:
    """Return a clause as a headline has it: with a capital letter.

    >>> capital("ready after 8 s")
    'Ready after 8 s'
    """
    words = plain(text)
    return words[:1].upper() + words[1:]


def sentence(text: object) -> str:
    """Return a clause as a sentence of its own.

    >>> sentence("no Service selects any of its labels")
    'No Service selects any of its labels.'
    """
    words = capital(text)
    ends = not words or not (words[-1].isalnum() or words[-1] == ")")
    return words if ends else str(_("{sentence}.", sentence=words))


def unmarked(text: object) -> str:
    """Return a text of the course without the marks of Markdown.

    >>> unmarked("the Service `web` is **not** ready")
    'the Service web is not ready'
    """
    return _MARKS.sub(lambda match: match[match.lastindex or 0], str(text))


def marked_up(text: object) -> str:
    """Return a text of the course as HTML, with the marks of Markdown as elements.

    >>> marked_up("`a < b` is *not* ready")
    '<code>a &lt; b</code> is <em>not</em> ready'
    """

    def element(match: re.Match[str]) -> str:
        tag = _TAGS[(match.lastindex or 1) - 1]
        return f"<{tag}>{match[match.lastindex or 0]}</{tag}>"

    return _MARKS.sub(element, escape(plain(text), quote=False))
