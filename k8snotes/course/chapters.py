"""The chapters and their exercises: for each chapter a file of words, and a module that computes what is right.

A chapter is there when its file is: `exercises/02-pod.toml` holds everything that is said, `exercises/pod.py` computes
the right answers and the wrong ones, on clusters. File and module name each exercise by its number and each belief by
its key, and nothing else joins them. A file is read when one of its exercises is first asked for, and the module is
loaded when an answer is first judged.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from k8snotes.course.answers import Fields, Kind

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
    "vocabulary",
]

FOLDER = Path(__file__).parent / "exercises"
_FILE = re.compile(r"\d\d-[a-z0-9-]+")  # a translation ("02-pod.zh.toml") is no chapter of its own
_MARKUP = re.compile(r"`([^`]*)`|\*\*([^*]+)\*\*|\*([^*]+)\*")


@dataclass(frozen=True, slots=True)
class Solution:
    """How an answer is judged: what a chapter's module knows of an exercise.

    Args:
        reads: the kind of the answer.
        right: the right answer as a reader would give it, or a function that computes it.
        wrong: for each belief, by its key, the answer that it leads to, or a function that computes it; of an answer
            with fields only those that the belief gets wrong. Of several beliefs that fit, the first counts.
    """

    reads: Kind
    right: Any
    wrong: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Belief:
    """A belief behind a wrong answer, in words.

    Args:
        key: its name in the chapter's file and module.
        belief: what a reader believes who gives this answer.
        hint: where to look next; it does not solve the exercise.
        misconception: its number in the list of what readers believe (tests/test_claims.py); 0 if it is none of these.
    """

    key: str
    belief: str
    hint: str
    misconception: int = 0


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a chapter, in words; what is right is computed when it is asked.

    Args:
        id: the chapter and the exercise's number or name, such as "02-pod/3".
        markdown: the question, as its notebook has it.
        because: the explanation that is shown with the right answer; of a guess, what is said when it is noted.
        hint: where to look, for a wrong answer that no belief explains.
        beliefs: what may be behind a wrong answer, the likeliest first.
        starter: what stands in the notebook before anybody answered, as Python.
        guess: whether the answer is only noted.
        options: what there is to choose from, by its letter.
        fields: what the keys of an answer with fields mean, where that has to be said.
        facts: the words for what is shown of a wrong answer, by the keys under which the module knows it.
    """

    id: str
    markdown: str
    because: str
    hint: str = ""
    beliefs: tuple[Belief, ...] = ()
    starter: str = "..."
    guess: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The question as plain text."""
        return _MARKUP.sub(lambda match: next(filter(None, match.groups()), ""), self.markdown)

    @property
    def solution(self) -> Solution:
        """How an answer is judged, from the chapter's module."""
        name, _, number = self.id.partition("/")
        solution: Solution = chapter(name).module.SOLUTIONS[number]
        return solution

    @property
    def reads(self) -> Kind:
        """The kind of the answer."""
        return self.solution.reads

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
        title: the name as a reader sees it ("Pod").
        understand: what one will understand, for README's table of chapters.
        say: what one can say afterwards, for the table in chapter 00.
        vocabularies: words that may be answered, each with its other names, by the name of the vocabulary.
        exercises: by their id.
    """

    name: str
    title: str
    understand: str
    say: str
    vocabularies: Mapping[str, Mapping[str, list[str]]]
    exercises: Mapping[str, Exercise]

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
        digits, _, title = name.partition("-")
        if text in (name, digits, digits.lstrip("0") or "0", title):
            return name
    return ""


@cache
def chapter(name: str) -> Chapter:
    """Return a chapter with its words, read from its file once.

    >>> chapter("02-pod").title
    'Pod'
    """
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)
    tables = {table["id"]: table for table in words["exercise"]}
    return Chapter(
        name=name,
        title=words["title"],
        understand=words["understand"],
        say=words["say"],
        vocabularies=words.get("vocabulary", {}),
        exercises={key: _exercise(table, tables) for key, table in tables.items()},
    )


def exercises(name: str) -> Mapping[str, Exercise]:
    """Return the exercises of a chapter ("01-service") by id, in order."""
    return chapter(name).exercises


def vocabulary(module: str, name: str) -> Mapping[str, list[str]]:
    """Return a vocabulary of a chapter: each word that may be answered, with its other names.

    Args:
        module: the chapter's module, by its name (`__name__`).
        name: the vocabulary, as the chapter's file has it under `[vocabulary.NAME]`.
    """
    title = module.rpartition(".")[2].replace("_", "-")
    return chapter(chapter_named(title)).vocabularies[name]


def _exercise(table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> Exercise:
    """Return the exercise of a table; one that judges a guess has its question and its starter from there."""
    asks = tables[table["judges"]] if "judges" in table else table
    return Exercise(
        id=table["id"],
        markdown=asks["question"],
        because=table["because"],
        hint=table.get("hint", ""),
        beliefs=tuple(Belief(key, **words) for key, words in table.get("beliefs", {}).items()),
        starter=asks.get("starter", "..."),
        guess=table.get("guess", False),
        options=asks.get("options", {}),
        fields=asks.get("fields", {}),
        facts=table.get("facts", {}),
    )


def _computed(answer: Any) -> Any:
    return answer() if callable(answer) else answer
