"""A language of the tests' own: every message in brackets, without a plain letter, and 40 % longer with wide letters.

In it, a word of plain letters is one that did not go through the catalogue: a name of the reader's, a word of
Kubernetes, or English that is left. `speaking` puts the language in force; `left_in` finds the words that are left.
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path

import k8snotes as kn
from k8snotes import catalogue

ROOT = Path(__file__).resolve().parents[1]
NAME = "pseudo"
_LETTERS = str.maketrans(
    string.ascii_letters,
    "áƀćďéƒǵħíĵķĺɱñóƥɋŕšţúṽŵẋýžÁƁĆĎÉƑǴĦÍĴĶĹṀÑÓƤɊŔŠŢÚṼŴẊÝŽ",
)
_PLACE = re.compile(r"(\{\{|\}\}|\{\w*(?:![rsa])?(?::[^{}]*)?\})")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]")


def said(message: str) -> str:
    """A message in the language: its places are as they were.

    >>> said("{n} Pods")
    '⟦{n} Ƥóďš宽⟧'
    """
    parts = [part if _PLACE.fullmatch(part) else part.translate(_LETTERS) for part in _PLACE.split(message)]
    longer = len(_PLACE.sub("", message)) * 2 // 10  # a wide letter takes the room of two
    return f"⟦{''.join(parts)}{'宽' * max(1, longer)}⟧"


class Brackets:
    """Translations that put every message between brackets, and leave its words as they are."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, several: str, number: int) -> str:
        return f"⟦{one if number == 1 else several}⟧"


@cache
def folder(home: Path) -> Path:
    """Write the language into a folder, as gettext has it, and return the folder."""
    sys.path.insert(0, str(ROOT / ".ci"))
    try:
        import catalogue as script
    finally:
        sys.path.remove(str(ROOT / ".ci"))
    messages = script.template()
    for message in messages:
        if isinstance(message.id, tuple):
            message.string = tuple(said(form) for form in message.id)
        elif message.id:
            message.string = said(message.id)
    target = home / NAME / "LC_MESSAGES" / "k8snotes.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(script.as_mo(messages))
    return home


@contextmanager
def speaking(home: Path) -> Iterator[None]:
    """Put the language in force, and English again afterwards; `home` is where it is written to."""
    catalogue.FOLDERS.append(folder(home))
    before = kn.language()
    kn.language(NAME)
    try:
        yield
    finally:
        kn.language(before)
        catalogue.FOLDERS.remove(home)


def left_in(text: str, known: Collection[str]) -> list[str]:
    """The words of plain letters in a text, tags and addresses apart, that are not among `known`.

    Args:
        text: what is shown, as text or as HTML.
        known: words that may be there: names, and words of Kubernetes.
    """
    bare = unescape(re.sub(r"<style.*?</style>|<[^<>]*>", " ", text, flags=re.DOTALL))
    bare = re.sub(r"https?://\S+|\S*[\w.-]+[/=:]\S*", " ", bare)
    return [word for word in _WORD.findall(bare) if word not in known]
