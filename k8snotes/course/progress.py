"""How far a reader has come: for each chapter, what is solved, tried and open: `kn.progress()`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from k8snotes.catalogue import _, ngettext, sentences
from k8snotes.course import record
from k8snotes.course.form import FaultyFileError
from k8snotes.course.result import RIGHT
from k8snotes.course.shelf import chapter_named, exercises, faults, names
from k8snotes.errors import did_you_mean
from k8snotes.face import calls, offered, unknown_name
from k8snotes.figures.grid import Column, Grid, Marked
from k8snotes.screen import printable

__all__ = ["ChapterProgress", "Progress", "progress"]

SOLVED, TRIED, OPEN = "solved", "tried", "open"
_SIGNS = {SOLVED: "✓", TRIED: "◐", OPEN: "○"}
_SAID = {SOLVED: _("solved"), TRIED: _("tried"), OPEN: _("open")}
_INKS = {SOLVED: "po", TRIED: "wa", OPEN: "of"}


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
        return sum(each == state for _id, each in self.exercises)

    @property
    def signs(self) -> str:
        """A sign for each exercise: ✓ solved, ◐ tried, ○ open."""
        return " ".join(_SIGNS[state] for _id, state in self.exercises)

    @property
    def words(self) -> str:
        """The same in words: "2 of 3 solved, 1 tried"."""
        solved, tried, total = self.number(SOLVED), self.number(TRIED), len(self.exercises)
        if tried:
            return _("{solved} of {total} solved, {tried} tried", solved=solved, total=total, tried=tried)
        return _("{solved} of {total} solved", solved=solved, total=total)


@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """How far a reader has come in all chapters; it shows itself as a table.

    Args:
        chapters: one for each chapter that was asked for; none where there is no such chapter.
        note: what else there is to say, such as that nothing can be kept; "" mostly.

    >>> import k8snotes as kn
    >>> kn.progress("00").next, kn.progress("00").summary
    ('00-start-here/1', 'You have solved 0 of 12 exercises. The next one is 00-start-here/1.')
    """

    chapters: tuple[ChapterProgress, ...]
    note: str = ""

    __dir__ = offered()
    __getattr__ = unknown_name

    @property
    def next(self) -> str:
        """The id of the first exercise that is not solved yet; "" if all are."""
        left = (name for chapter in self.chapters for name, state in chapter.exercises if state != SOLVED)
        return next(left, "")

    @property
    def summary(self) -> str:
        """All chapters in two sentences."""
        solved = sum(chapter.number(SOLVED) for chapter in self.chapters)
        total = sum(len(chapter.exercises) for chapter in self.chapters)
        if self.next:
            return ngettext(
                "You have solved {solved} of {n} exercise. The next one is {next}.",
                "You have solved {solved} of {n} exercises. The next one is {next}.",
                total,
                solved=solved,
                next=self.next,
            )
        return ngettext(
            "You have solved the {n} exercise. Well done!",
            "You have solved all {n} exercises. Well done!",
            total,
        )

    @printable
    def __str__(self) -> str:
        wide = max((len(chapter.chapter) for chapter in self.chapters), default=0)
        lines = [f"{item.chapter:{wide}}  {item.signs}  {item.words}" for item in self.chapters]
        if lines:
            lines.append(self.summary)
        return "\n".join([*lines, *([str(self.note)] if self.note else [])])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        if not self.chapters:
            return f"<p>{escape(str(self.note))}</p>"
        columns = (
            Column(_("chapter"), "name"),
            Column(_("exercises"), "word"),
            Column(_("in words"), "text"),
        )
        rows = [
            (item.chapter, Marked(item.signs, "".join(map(_sign, item.exercises))), item.words)
            for item in self.chapters
        ]
        below = " ".join(filter(None, [self.summary, _("✓ solved, ◐ tried, ○ open."), str(self.note)]))
        return Grid(columns, rows, foot=below).html


@calls
def progress(chapter: str = "") -> Progress:
    """Return how far you have come: for each chapter, which exercises are solved, tried and open.

    `kn.check` keeps this in the folder of the notebook, in the file `.k8snotes-progress.json`, and nowhere else.
    Delete the file to start anew. A plain script keeps nothing. A teacher's own chapters, of the folder `exercises/`
    beside the notebook, stand after those of the course.

    Args:
        chapter: one chapter alone, "02-pod" or short "02"; "" for all of them.

    >>> print(progress("00"))
    00-start-here  ○ ○ ○ ○ ○ ○ ○ ○ ○ ○ ○ ○  0 of 12 solved
    You have solved 0 of 12 exercises. The next one is 00-start-here/1.
    """
    text = str(chapter).strip().lower()[:60]
    name = chapter_named(text)
    if text and not name:
        near = did_you_mean(text, names())
        return Progress((), _('There is no chapter "{name}".{near}', name=text, near=near))
    answered = record.read() if record.keeps() else {}
    try:
        shown = tuple(_chapter(each, answered) for each in ((name,) if name else names()))
    except FaultyFileError as error:
        return Progress((), sentences(*(fault.said for fault in error.faults)))
    return Progress(shown, sentences(_note(), *(() if name else (fault.said for fault in faults()))))


def _chapter(name: str, answered: Mapping[str, str]) -> ChapterProgress:
    judged = (item.id for item in exercises(name).values() if not item.guess)
    return ChapterProgress(name, tuple((each, _state(answered.get(each, ""))) for each in judged))


def _state(status: str) -> str:
    if status == RIGHT:
        return SOLVED
    return TRIED if status else OPEN


def _note() -> str:
    if record.keeps() and not os.access(".", os.W_OK):
        return _(
            "Your progress cannot be kept, because the file {file} cannot be written into this folder.",
            file=record.FILE,
        )
    return ""


def _sign(exercise: tuple[str, str]) -> str:
    name, state = exercise
    title = escape(f"{name}: {_SAID[state]}")
    return f'<span title="{title}" class="{_INKS[state]}" style="font-weight:bold;letter-spacing:2px">{_SIGNS[state]}</span>'
