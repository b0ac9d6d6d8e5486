"""How far a reader has come: for each chapter, what is solved, tried and open: `kn.progress()`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from k8snotes.api.plural import count
from k8snotes.course import record
from k8snotes.course.chapters import chapter_named, chapters, exercises
from k8snotes.course.result import RIGHT
from k8snotes.errors import did_you_mean
from k8snotes.figures import palette
from k8snotes.screen import printable

__all__ = ["ChapterProgress", "Progress", "progress"]

SOLVED, TRIED, OPEN = "solved", "tried", "open"
_SIGNS = {SOLVED: "✓", TRIED: "◐", OPEN: "○"}
_LOOKS = {SOLVED: palette.POD, TRIED: palette.NOT_READY, OPEN: palette.LEFT_OUT}


@dataclass(frozen=True, slots=True)
class ChapterProgress:
    """How far a reader has come in one chapter.

    Args:
        chapter: its name, such as "02-pod".
        exercises: each exercise that is judged, by its id, with "solved", "tried" or "open", in the chapter's order.
    """

    chapter: str
    exercises: tuple[tuple[str, str], ...]

    def number(self, state: str) -> int:
        """Return how many exercises are "solved", "tried" or "open"."""
        return sum(each == state for _, each in self.exercises)

    @property
    def signs(self) -> str:
        """A sign for each exercise: ✓ solved, ◐ tried, ○ open."""
        return " ".join(_SIGNS[state] for _, state in self.exercises)

    @property
    def words(self) -> str:
        """The same in words: "2 of 3 solved, 1 tried"."""
        solved, tried, total = self.number(SOLVED), self.number(TRIED), len(self.exercises)
        if tried:
            return f"{solved} of {total} solved, {tried} tried"
        return f"{solved} of {total} solved"


@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """How far a reader has come in all chapters; it shows itself as a table.

    Args:
        chapters: one for each chapter that was asked for; none where there is no such chapter.
        note: what else is to be said, such as that nothing can be kept; "" mostly.
    """

    chapters: tuple[ChapterProgress, ...]
    note: str = ""

    @property
    def next(self) -> str:
        """The id of the first exercise that is not solved yet; "" if all are."""
        left = (name for chapter in self.chapters for name, state in chapter.exercises if state != SOLVED)
        return next(left, "")

    @property
    def summary(self) -> str:
        """All chapters in a sentence."""
        solved = sum(chapter.number(SOLVED) for chapter in self.chapters)
        total = sum(len(chapter.exercises) for chapter in self.chapters)
        exercises = count(total, "exercise")
        if self.next:
            return f"{solved} of {exercises} solved. Next: {self.next}."
        return f"{solved} of {exercises} solved. That is all of them: well done."

    @printable
    def __str__(self) -> str:
        wide = max((len(chapter.chapter) for chapter in self.chapters), default=0)
        if not self.chapters:
            return self.note
        lines = [f"{item.chapter:{wide}}  {item.signs}  {item.words}" for item in self.chapters]
        return "\n".join([*lines, self.summary, *([self.note] if self.note else [])])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        if not self.chapters:
            return f"<p>{escape(self.note)}</p>"
        cell = f"padding:3px 12px;text-align:left;color:{palette.INK};background:{palette.PAPER}"
        rows = "".join(
            f'<tr><td style="{cell}">{escape(item.chapter)}</td>'
            f'<td style="{cell};letter-spacing:2px">{"".join(map(_sign, item.exercises))}</td>'
            f'<td style="{cell}">{item.words}</td></tr>'
            for item in self.chapters
        )
        head = "".join(
            f'<th scope="col" style="{cell};background:#E9E9E9">{name}</th>'
            for name in ("chapter", "exercises", "in words")
        )
        below = " ".join(filter(None, [self.summary, "✓ solved, ◐ tried, ○ open.", self.note]))
        return (
            f'<table style="border-collapse:collapse;margin:0;background:{palette.PAPER}"><thead><tr>{head}</tr></thead>'
            f'<tbody>{rows}</tbody></table><p style="margin:4px 0">{escape(below)}</p>'
        )


def progress(chapter: str = "") -> Progress:
    """Return how far you have come: for each chapter, which exercises are solved, tried and open.

    `kn.check` keeps this in the folder of the notebook, in the file `.k8snotes-progress.json`, and nowhere else;
    delete the file to start anew. A plain script keeps nothing.

    Args:
        chapter: one chapter alone, "02-pod" or short "02"; "" for all of them.

    >>> print(progress("00"))
    00-start-here  ○ ○ ○  0 of 3 solved
    0 of 3 exercises solved. Next: 00-start-here/1.
    """
    text = str(chapter).strip().lower()[:60]
    name = chapter_named(text)
    if text and not name:
        return Progress((), f'There is no chapter "{text}".{did_you_mean(text, chapters())}')
    answered = record.read() if record.keeps() else {}
    names = (name,) if name else chapters()
    return Progress(tuple(_chapter(each, answered) for each in names), _note())


def _chapter(name: str, answered: Mapping[str, str]) -> ChapterProgress:
    judged = (item.id for item in exercises(name).values() if not item.guess)
    return ChapterProgress(name, tuple((each, _state(answered.get(each, ""))) for each in judged))


def _state(status: str) -> str:
    if status == RIGHT:
        return SOLVED
    return TRIED if status else OPEN


def _note() -> str:
    if record.keeps() and not os.access(".", os.W_OK):
        return f"It cannot be kept: this folder takes no new files ({record.FILE})."
    return ""


def _sign(exercise: tuple[str, str]) -> str:
    name, state = exercise
    look = _LOOKS[state]
    return f'<span title="{escape(name)}: {state}" style="color:{look.ink};font-weight:bold">{_SIGNS[state]}</span>'
