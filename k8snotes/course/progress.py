"""How far a reader has come: for each chapter, what is solved, tried and open: `kn.progress()`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape

from k8snotes.api.plural import count
from k8snotes.course import record
from k8snotes.course.checking import CHAPTERS, chapter_named, exercises
from k8snotes.course.result import RIGHT
from k8snotes.errors import did_you_mean
from k8snotes.figures import palette

__all__ = ["ChapterProgress", "Progress", "progress"]

SOLVED, TRIED, OPEN = "solved", "tried", "open"
_SIGNS = {SOLVED: "✓", TRIED: "◐", OPEN: "○"}
_LOOKS = {SOLVED: palette.POD, TRIED: palette.NOT_READY, OPEN: palette.LEFT_OUT}


@dataclass(frozen=True, slots=True)
class ChapterProgress:
    """A chapter's exercises by id, each "solved", "tried" or "open", in the order of the chapter."""

    chapter: str
    exercises: tuple[tuple[str, str], ...]

    def number(self, state: str) -> int:
        """Return how many exercises are "solved", "tried" or "open"."""
        return sum(said == state for _, said in self.exercises)

    @property
    def signs(self) -> str:
        """A sign for each exercise: ✓ solved, ◐ tried, ○ open."""
        return " ".join(_SIGNS[state] for _, state in self.exercises)

    @property
    def words(self) -> str:
        """The same in words: "2 of 3 solved, 1 tried"."""
        tried = self.number(TRIED)
        said = f"{self.number(SOLVED)} of {len(self.exercises)} solved"
        return said + (f", {tried} tried" if tried else "")


@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """All chapters, and a word about where this is kept."""

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
        return f"{solved} of {count(total, 'exercise')} solved. " + (
            f"Next: {self.next}." if self.next else "That is all of them: well done."
        )

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
        said = " ".join(filter(None, [self.summary, "✓ solved, ◐ tried, ○ open.", self.note]))
        return (
            f'<table style="border-collapse:collapse;margin:0;background:{palette.PAPER}"><thead><tr>{head}</tr></thead>'
            f'<tbody>{rows}</tbody></table><p style="margin:4px 0">{escape(said)}</p>'
        )


def progress(chapter: str = "") -> Progress:
    """Return how far you have come: for each chapter, which exercises are solved, tried and open.

    `chapter` ("02-pod", or short "02") is one of them alone. `kn.check` keeps this in the folder of the
    notebook, in the file `.k8snotes-progress.json`, and nowhere else; who deletes the file starts anew. A
    plain script keeps nothing.

    >>> print(progress("00"))
    00-start-here  ○ ○ ○  0 of 3 solved
    0 of 3 exercises solved. Next: 00-start-here/1.
    """
    said = str(chapter).strip().lower()[:60]
    name = chapter_named(said)
    if said and not name:
        return Progress((), f'There is no chapter "{said}".{did_you_mean(said, CHAPTERS)}')
    answered = record.read() if record.keeps() else {}
    return Progress(tuple(_chapter(each, answered) for each in ([name] if name else CHAPTERS)), _note())


def _chapter(name: str, answered: dict[str, str]) -> ChapterProgress:
    asked = [item.id for item in exercises(name).values() if not item.guess]
    states = [
        SOLVED if answered.get(each) == RIGHT else TRIED if each in answered else OPEN for each in asked
    ]
    return ChapterProgress(name, tuple(zip(asked, states, strict=True)))


def _note() -> str:
    if record.keeps() and not os.access(".", os.W_OK):
        return f"It cannot be kept: this folder takes no new files ({record.FILE})."
    return ""


def _sign(exercise: tuple[str, str]) -> str:
    name, state = exercise
    look = _LOOKS[state]
    return f'<span title="{escape(name)}: {state}" style="color:{look.ink};font-weight:bold">{_SIGNS[state]}</span>'
