"""The words of the course in English and Chinese, as the chapters explain them: `kn.glossary()`.

Each word is in the table "Words" of the chapter that introduces it. `make words` collects them in words.json, so that
an installed course has them too. The meanings are messages of the catalogue.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from k8snotes.catalogue import _, named
from k8snotes.course.chapters import said
from k8snotes.errors import brief, did_you_mean
from k8snotes.face import calls, offered, unknown_name
from k8snotes.figures.grid import Column, Grid, Marked
from k8snotes.screen import printable

__all__ = ["Glossary", "Term", "glossary", "messages"]

_WORDS = Path(__file__).with_name("words.json")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the course.

    Args:
        english: the term as Kubernetes has it; what is in brackets or after a comma is another name.
        chinese: the term of the Chinese edition.
        explained: what it means, in a few words of English, with code between backticks.
        chapters: the numbers of the chapters that explain it ("01", "07").
    """

    english: str
    chinese: str
    explained: str
    chapters: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """What it means, in the language in force."""
        return said(self.explained)

    @printable
    def __str__(self) -> str:
        word = _("{head}: {text}", head=f"{self.english} · {self.chinese}", text=self.meaning)
        return str(_("{words} ({note})", words=word, note=named(self.chapters)))


@dataclass(frozen=True, slots=True, repr=False)
class Glossary:
    """Terms of the course; it shows itself as a table.

    Args:
        terms: in alphabetical order of their English names.
        note: where nothing was found, a sentence that says so; "" otherwise.

    >>> import k8snotes as kn
    >>> [term.english for term in kn.glossary("Cluster IP").terms]
    ['Cluster IP']
    """

    terms: tuple[Term, ...]
    note: str = ""

    __dir__ = offered()
    __getattr__ = unknown_name

    def __len__(self) -> int:
        return len(self.terms)

    @printable
    def __str__(self) -> str:
        return "\n".join([*map(str, self.terms), *([str(self.note)] if self.note else [])])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        note = escape(str(self.note))
        if not self.terms:
            return f'<p style="margin:4px 0">{note}</p>' if note else ""
        columns = (
            Column(_("English"), "name"),
            Column("中文", "word"),
            Column(_("in a few words"), "text"),
            Column(_("chapters"), "word"),
        )
        rows = [
            (
                _marked(term.english),
                Marked(term.chinese, f'<span lang="zh">{_text(term.chinese)}</span>'),
                _marked(term.meaning),
                ", ".join(term.chapters),
            )
            for term in self.terms
        ]
        return Grid(columns, rows, foot=str(self.note)).html


@calls
def glossary(word: str = "") -> Glossary:
    """Return the words of the course, or those that are about one word.

    Args:
        word: English or Chinese; "" for all terms. Where the names of terms have the word, those are returned, and
            otherwise the terms that are explained with it, in English or in the language in force.

    >>> print(glossary("mirror"))
    mirror Pod · 镜像 Pod: the object in the API server that shows a static Pod (02)
    >>> print(glossary("kublet"))
    The words of the course do not have "kublet". Did you mean "kubelet"?
    """
    text = " ".join((word if isinstance(word, str) else brief(word)).lower().split())
    if not text:
        return Glossary(_terms())
    named = tuple(term for term in _terms() if text in f"{term.english}\n{term.chinese}".lower())
    terms = named or tuple(term for term in _terms() if text in f"{term.explained}\n{term.meaning}".lower())
    if terms:
        return Glossary(terms)
    names = {name.strip() for term in _terms() for name in re.split("[,;(]", term.english)}
    near = did_you_mean(text, names)
    name = str(word)[:60]
    return Glossary((), _('The words of the course do not have "{name}".{near}', name=name, near=near))


def messages() -> list[tuple[str, str]]:
    """Return what of the glossary is translated: each term, and what it means in English.

    >>> dict(messages())["mirror Pod"]
    'the object in the API server that shows a static Pod'
    """
    return [(term.english, term.explained) for term in _terms()]


@cache
def _terms() -> tuple[Term, ...]:
    """Return all terms, from the file that `make words` has collected from the chapters."""
    rows = json.loads(_WORDS.read_text(encoding="utf-8"))
    return tuple(Term(row[0], row[1], row[2], tuple(row[3])) for row in rows)


def _marked(text: str) -> Marked:
    return Marked(text, _text(text))


def _text(text: str) -> str:
    """Return text as HTML, with what is between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
