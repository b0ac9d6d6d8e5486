"""The chapters and their exercises: for each chapter a file of words, and a module that computes what is right.

A chapter is there when its file is: `exercises/02-pod.toml` holds everything that is said, `exercises/pod.py` computes
the right answers and the wrong ones, on clusters. File and module name each exercise by its number and each belief by
its key, and nothing else joins them. A file is read when one of its exercises is first asked for, and the module is
loaded when an answer is first judged. The texts of a file are English, and messages of the catalogue: chapter,
exercise and belief are kept, and say them in the language in force.
"""

from __future__ import annotations

import re
import sys
import tomllib
from ast import literal_eval
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from k8snotes.catalogue import Text, _
from k8snotes.course.answers import Fields, Kind, Row
from k8snotes.figures.wording import unmarked

__all__ = [
    "FOLDER",
    "Belief",
    "Chapter",
    "Exercise",
    "Solution",
    "chapter",
    "chapter_named",
    "chapters",
    "exercises",
    "messages",
    "said",
    "vocabulary",
]

FOLDER = Path(__file__).parent / "exercises"
_FILE = re.compile(r"\d\d-[a-z0-9-]+")
# what of a chapter's file is said to a reader
_CHAPTER_TEXTS = ("title", "understand", "say")
_EXERCISE_TEXTS = ("question", "because", "hint")
_EXERCISE_TABLES = ("options", "fields", "facts")
_BELIEF_TEXTS = ("belief", "hint")


@dataclass(frozen=True, slots=True)
class Solution:
    """How an answer is judged: what a chapter's module knows of an exercise.

    Args:
        reads: the kind of the answer.
        right: the right answer as a reader would give it, or a function that computes it.
        wrong: for each belief, by its key, the answer that it leads to, or a function that computes it; of an answer
            with fields only those that the belief gets wrong. Of several beliefs that fit, the first counts.
        begins: what a reader has to change, or a function that returns it; "" where an answer begins from nothing.
    """

    reads: Kind
    right: Any
    wrong: Mapping[str, Any] = field(default_factory=dict)
    begins: Any = ""


def said(text: str) -> Text:
    """Return a text of a chapter's file, or of the glossary, in the language in force.

    These texts are messages of the catalogue, but they are in files of words, where `messages` lists them for the
    extraction. So this is the one place where the argument of `_` is not a literal.

    >>> said("a name is only for people")
    'a name is only for people'
    """
    return _(text)


def _all_said(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: said(text) for key, text in texts.items()}


class _Plain:
    """A text without the marks of Markdown, in the language in force when it is shown."""

    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def __str__(self) -> str:
        return unmarked(self.text)


@dataclass(frozen=True, slots=True)
class Belief:
    """A belief behind a wrong answer, in words.

    Args:
        key: its name in the chapter's file and module.
        table: its table in the chapter's file.
    """

    key: str
    table: Mapping[str, Any]

    @property
    def belief(self) -> str:
        """The belief of a reader who gives this answer."""
        return said(self.table["belief"])

    @property
    def hint(self) -> str:
        """Where to look next; it does not solve the exercise."""
        return said(self.table["hint"])

    @property
    def misconception(self) -> int:
        """Its number in the list of what readers believe (tests/test_claims.py); 0 if it is none of these."""
        return int(self.table.get("misconception", 0))


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a chapter, in words; what is right is computed when it is asked.

    The tables hold English; what the properties return is in the language in force.

    Args:
        id: the chapter and the exercise's number or name, such as "02-pod/3".
        table: its table in the chapter's file.
        beliefs: what may be behind a wrong answer, the likeliest first.
    """

    id: str
    table: Mapping[str, Any]
    beliefs: tuple[Belief, ...] = ()

    @property
    def markdown(self) -> str:
        """The question, as its notebook has it."""
        return said(self.table["question"])

    @property
    def question(self) -> str:
        """The question as plain text."""
        return str(self.plain)

    @property
    def plain(self) -> object:
        """What says the question as plain text, in the language in force when it is turned into text."""
        return _Plain(said(self.table["question"]))

    @property
    def because(self) -> str:
        """The explanation that is shown with the right answer; of a guess, when its cell has run."""
        return said(self.table["because"])

    @property
    def hint(self) -> str:
        """Where to look, for a wrong answer that no belief explains; "" for a guess."""
        return said(self.table["hint"]) if "hint" in self.table else ""

    @property
    def starter(self) -> object:
        """What is there before anybody answered, as Python, with the keys as they are called when it is shown."""
        left, parts = str(self.table.get("starter", "...")), []
        for key in keys_of(self.table):
            before, _colon, left = left.partition(f'"{key}":')
            parts += [before, '"', said(key), '":']
        return Row([*parts, left], by="")

    @property
    def guess(self) -> bool:
        """Whether this is a prediction: its answer is noted first, and judged when it is checked once more."""
        return bool(self.table.get("guess", False))

    @property
    def options(self) -> Mapping[str, str]:
        """What there is to choose from, by its letter."""
        return _all_said(self.table.get("options", {}))

    @property
    def fields(self) -> Mapping[str, str]:
        """What the keys of an answer with fields mean, where that has to be said."""
        return _all_said(self.table.get("fields", {}))

    @property
    def facts(self) -> Mapping[str, str]:
        """The words for what is shown of a wrong answer, by the keys under which the module knows it."""
        return _all_said(self.table.get("facts", {}))

    def examined(self) -> Exercise:
        """Return the exercise; one that is not of the course is looked at first."""
        return self

    @property
    def solution(self) -> Solution:
        """How an answer is judged, from the chapter's module."""
        name, _slash, number = self.id.partition("/")
        solution: Solution = chapter(name).module.SOLUTIONS[number]
        return solution

    @property
    def reads(self) -> Kind:
        """The kind of the answer; the keys of fields are called as they are in the language in force."""
        reads = self.solution.reads
        return replace(reads, called=said) if isinstance(reads, Fields) else reads

    def begins(self) -> str:
        """Return the text that a reader has to change; "" where an answer begins from nothing."""
        return str(_computed(self.solution.begins))

    def right(self) -> Any:
        """Return the right answer as a reader would give it, computed from a cluster where it can be."""
        return _computed(self.solution.right)

    def wrong(self, belief: Belief) -> Any:
        """Return the answer that a belief leads to, as a reader would give it."""
        return _computed(self.solution.wrong[belief.key])

    def beliefs_behind(self, value: Any) -> list[Belief]:
        """Return what may be behind a wrong answer, the likeliest first: of an answer with fields one each.

        Args:
            value: the answer as its kind has read it.
        """
        reads = self.reads
        if isinstance(reads, Fields):
            return [item for item in self.beliefs if reads.fits(value, self.wrong(item))]
        return [item for item in self.beliefs if reads.fits(value, reads.read(self.wrong(item)))][:1]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: what it is called, what is promised of it, and its exercises in their order.

    Args:
        name: the number and the name, as notebook and files have them ("02-pod").
        table: its file, whose texts are English.
        vocabularies: words that may be answered, each with its other names, by the name of the vocabulary.
        exercises: by their id.
    """

    name: str
    table: Mapping[str, Any]
    vocabularies: Mapping[str, Mapping[str, list[str]]]
    exercises: Mapping[str, Exercise]

    @property
    def title(self) -> str:
        """The name as a reader sees it ("Pod")."""
        return said(self.table["title"])

    @property
    def understand(self) -> str:
        """What you will understand, for README's table of chapters."""
        return said(self.table["understand"])

    @property
    def say(self) -> str:
        """What you can say afterwards, for the table in chapter 00."""
        return said(self.table["say"])

    @property
    def module(self) -> ModuleType:
        """The module that computes: of "02-pod" the module `pod`; loaded when first asked for."""
        name = self.name.partition("-")[2].replace("-", "_")
        return import_module(f"k8snotes.course.exercises.{name}")


@cache
def chapters() -> tuple[str, ...]:
    """Return the names of the chapters, in order: one for each file of words.

    >>> chapters()[:2]
    ('00-start-here', '01-service')
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if _FILE.fullmatch(path.stem)))


def chapter_named(text: str) -> str:
    """Return the chapter that goes by "02-pod", "02", "2" or "pod"; "" if there is none.

    >>> chapter_named("2")
    '02-pod'
    """
    for name in chapters():
        digits, _dash, title = name.partition("-")
        if text in (name, digits, digits.lstrip("0") or "0", title):
            return name
    return ""


@cache
def chapter(name: str) -> Chapter:
    """Return a chapter with its words, read from its file once.

    >>> chapter("02-pod").title
    'Pod'
    """
    table = _read(FOLDER / f"{name}.toml")
    tables = {item["id"]: item for item in table["exercise"]}
    return Chapter(
        name=name,
        table=table,
        vocabularies=table.get("vocabulary", {}),
        exercises={key: _exercise(item) for key, item in tables.items()},
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def keys_of(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an answer with fields, from what its notebook begins with; () for another answer.

    >>> keys_of({"starter": '{"port": ..., "who": "..."}'}), keys_of({"starter": '"..."'})
    (('port', 'who'), ())
    """
    try:
        starter = literal_eval(str(table.get("starter", "...")))
    except (SyntaxError, ValueError):
        return ()
    blank = isinstance(starter, dict) and all(value in ("...", ...) for value in starter.values())
    return tuple(starter) if blank else ()


def messages(path: Path) -> list[tuple[str, str]]:
    """Return the texts of a chapter's file that are translated, in their order, each with its place.

    The keys of an answer are messages, and are taken in English as well. The words of a vocabulary are no messages.

    Args:
        path: the file, such as `exercises/02-pod.toml`.

    >>> texts = messages(FOLDER / "02-pod.toml")
    >>> texts[0], [place for place, _text in texts if place.startswith("02-pod/3 ")][:3]
    (('title', 'Pod'), ['02-pod/3 question', '02-pod/3 because', '02-pod/3 hint'])
    """
    table = _read(path)
    found = [(key, table[key]) for key in _CHAPTER_TEXTS]
    for item in table["exercise"]:
        head = item["id"]
        found += [(f"{head} {key}", item[key]) for key in _EXERCISE_TEXTS if key in item]
        found += [(f"{head} key.{key}", key) for key in keys_of(item)]
        found += [
            (f"{head} {name}.{key}", text)
            for name in _EXERCISE_TABLES
            for key, text in item.get(name, {}).items()
        ]
        found += [
            (f"{head} beliefs.{key}.{part}", belief[part])
            for key, belief in item.get("beliefs", {}).items()
            for part in _BELIEF_TEXTS
        ]
    return found


def exercises(name: str) -> Mapping[str, Exercise]:
    """Return the exercises of a chapter ("01-service") by id, in order."""
    return chapter(name).exercises


def vocabulary(module: str, name: str) -> Mapping[str, list[str]]:
    """Return a vocabulary of a chapter: each word that may be answered, with its other names.

    Args:
        module: the chapter's module, by its name (`__name__`).
        name: the vocabulary, as the chapter's file has it under `[vocabulary.NAME]`.
    """
    own = getattr(sys.modules.get(module), "__chapter__", None)
    if isinstance(own, Chapter):  # of a teacher's own module
        return own.vocabularies[name]
    title = module.rpartition(".")[2].replace("_", "-")
    return chapter(chapter_named(title)).vocabularies[name]


def _exercise(table: Mapping[str, Any]) -> Exercise:
    beliefs = tuple(Belief(key, words) for key, words in table.get("beliefs", {}).items())
    return Exercise(id=table["id"], table=table, beliefs=beliefs)


def _computed(answer: Any) -> Any:
    return answer() if callable(answer) else answer
