"""Checks answers: finds the exercise, reads the answer, and says what to think of it. It never raises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from k8snotes.catalogue import _, named
from k8snotes.course import record
from k8snotes.course.answers import MISSING, UnreadableAnswerError, is_blank
from k8snotes.course.chapters import Exercise
from k8snotes.course.form import FaultyFileError
from k8snotes.course.result import FAULTY, NO_ANSWER, NOT_YET, NOTED, OTHERWISE, RIGHT, UNKNOWN, CheckResult
from k8snotes.course.shelf import chapter_named, exercises, faults, names
from k8snotes.errors import did_you_mean, nearest, suggestion
from k8snotes.face import calls
from k8snotes.figures.wording import unmarked

__all__ = ["check", "faulty", "find"]

_BARE = re.compile(r"[1-9]\d?")  # the number of an exercise without its chapter, which is "01" at least
_CALL = 'kn.check("01-service/2", answer)'
_MOST_FAULTS = 4  # of a file that are told at once


@calls
def check(exercise: str, answer: Any = None) -> CheckResult:
    """Say whether an answer is right, and if not, which belief may be behind it and where to look.

    A prediction is noted first. Checked once more without an answer, after its cell has run, it is told whether it has
    come true. A check never raises: for an unknown exercise and for an answer that cannot be read, too, it returns a result. In
    a notebook it keeps, for `kn.progress()`, what was answered.

    Args:
        exercise: the exercise's id, "01-service/2" or short "01/2"; of a teacher's own chapter, in the folder `exercises/`
            beside the notebook, "canteen-01/2".
        answer: a number, a text, a list, a dict or a table, as the question asks.

    Returns:
        The result: its `status` decides, the rest is to be read.

    >>> check("01-service/2", 31080).misconception
    'port, targetPort, nodePort and containerPort are four names for one thing'
    >>> check("01-service/2", ...).status
    'no answer yet'
    """
    try:
        found = find(exercise)
        result = found if isinstance(found, CheckResult) else _checked(found, answer)
        if isinstance(found, Exercise) and not found.guess:
            record.remember(result)
    except FaultyFileError as error:
        return faulty(exercise, error)
    except Exception as error:  # noqa: BLE001  # a check never raises
        return CheckResult(
            exercise[:60] if type(exercise) is str else "",
            NOT_YET,
            _(
                "The check itself has failed ({error}). This is a defect of the course and not of your answer.",
                error=type(error).__name__,
            ),
            hints=(_("Restart the kernel, and run the cell once more."),),
        )
    return result


def _checked(exercise: Exercise, answer: Any) -> CheckResult:
    try:
        if is_blank(answer):
            if exercise.guess:
                return _came_true(exercise)
            return CheckResult(exercise.id, NO_ANSWER, exercise.plain)
    except Exception as error:  # noqa: BLE001  # an answer is anything at all
        return _unreadable(exercise, error)
    reads = exercise.reads
    try:
        value = reads.read(answer)
    except UnreadableAnswerError as error:
        return CheckResult(exercise.id, NO_ANSWER if error.code == MISSING else NOT_YET, error.sentence)
    except Exception as error:  # noqa: BLE001  # as above
        return _unreadable(exercise, error)
    if exercise.guess:
        record.note(exercise.id, value)
        return CheckResult(
            exercise.id, NOTED, _("Your prediction is noted. Run the next cell to see what happens.")
        )
    right = reads.read(exercise.right())
    if value == right:
        return CheckResult(exercise.id, RIGHT, exercise.because)
    behind = exercise.beliefs_behind(value)
    return CheckResult(
        exercise.id,
        NOT_YET,
        reads.compare(value, right, exercise.facts) or _("This is not the right answer."),
        misconceptions=tuple(item.belief for item in behind),
        hints=tuple(item.hint for item in behind) or (exercise.hint,),
    )


def _came_true(exercise: Exercise) -> CheckResult:
    """Say whether the prediction that was noted has come true, and which belief may be behind another one."""
    value = record.noted(exercise.id)
    if value is None:
        return CheckResult(exercise.id, NO_ANSWER, _("You have not noted a prediction."))
    if value == exercise.reads.read(exercise.right()):
        return CheckResult(exercise.id, RIGHT, _Predicted(exercise, value))
    behind = exercise.beliefs_behind(value)
    return CheckResult(
        exercise.id,
        OTHERWISE,
        _Predicted(exercise, value),
        misconceptions=tuple(item.belief for item in behind),
    )


class _Predicted:
    """What was predicted, and what is true, in the language in force when it is shown."""

    __slots__ = ("exercise", "value")

    def __init__(self, exercise: Exercise, value: object) -> None:
        self.exercise = exercise
        self.value = value

    def __str__(self) -> str:
        exercise, value = self.exercise, self.value
        if isinstance(value, Mapping):
            said = ", ".join(str(_("{head}: {text}", head=key, text=each)) for key, each in value.items())
        elif isinstance(value, (frozenset, set)):
            said = ", ".join(sorted(map(str, value)))
        else:
            said = str(value)
        words = unmarked(exercise.options.get(said, ""))
        return str(
            _(
                "You predicted: {answer}. {because}",
                answer=f"{said} · {words}".rstrip(".") if words else said,
                because=exercise.because,
            )
        )


def faulty(exercise: str, error: FaultyFileError) -> CheckResult:
    """Say what is wrong with a teacher's file, and what to do."""
    first, *others = error.faults
    return CheckResult(
        exercise,
        FAULTY,
        first.said,
        hints=(
            *(fault.said for fault in others[: _MOST_FAULTS - 1]),
            _("Correct {file}, save it, and run this cell once more.", file=first.file),
        ),
    )


def _unreadable(exercise: Exercise, error: Exception) -> CheckResult:
    return CheckResult(
        exercise.id,
        NOT_YET,
        _("Your answer could not be read ({error}).", error=type(error).__name__),
        hints=(_("Answer with a number, a text, a list or a dict, as the question asks."),),
    )


def find(name: Any) -> Exercise | CheckResult:
    """Return the exercise of this name, or the result that says which there are instead.

    Args:
        name: the exercise's id, "01-service/2" or short "01/2"; of a teacher's own "canteen-01/2".

    >>> find("1/2").id
    '01-service/2'
    """
    if not isinstance(name, str):
        return CheckResult(
            "",
            UNKNOWN,
            _(
                "The name of an exercise is a text, but you gave a value of the type {type}.",
                type=type(name).__name__,
            ),
            hints=(_("Write {call}.", call=_CALL),),
        )
    text = unicodedata.normalize("NFKC", name).strip().lower()[:200]
    title, _slash, number = (part.strip() for part in text.replace("\\", "/").partition("/"))
    chapter = "" if _BARE.fullmatch(text) else chapter_named(title)
    if not chapter:
        meant = _numbered(text) if _BARE.fullmatch(text) else _meant(title, number)
        return CheckResult(
            text,
            UNKNOWN,
            _('There is no exercise "{name}".{near}', name=text, near=suggestion(*meant)),
            hints=(
                _("These are the chapters: {names}. Write {call}.", names=named(names()), call=_CALL),
                *(fault.said for fault in faults()[:_MOST_FAULTS]),
            ),
        )
    try:
        ids = exercises(chapter)
        exercise = ids.get(f"{chapter}/{number}")
        if exercise is not None:
            return exercise.examined()
    except FaultyFileError as error:
        return faulty(text, error)
    first = next((each for each in ids if each.rpartition("/")[2].isdigit()), next(iter(ids)))
    near = (
        "" if number.isdigit() else did_you_mean(f"{chapter}/{number}", ids) if number else suggestion(first)
    )
    return CheckResult(
        text,
        UNKNOWN,
        _('Chapter {chapter} has no exercise "{number}".{near}', chapter=chapter, number=number, near=near),
        hints=(_("These are its exercises: {names}.", names=named(ids)),),
    )


def _meant(title: str, number: str) -> list[str]:
    """Return the exercise of this number in the chapter whose name comes nearest."""
    begun = [name for name in names() if title and name.startswith((title, f"{name[:3]}{title}"))]
    near = begun[0] if len(begun) == 1 else nearest(title, names())
    return [name for name in (f"{near}/{number}",) if near and name in exercises(near)] or [
        *filter(None, [near])
    ]


def _numbered(number: str) -> list[str]:
    """Return the exercise that a bare number may mean: of the chapter that was answered last, else of the first."""
    there = names()
    latest = record.latest()
    chapters = dict.fromkeys((latest, *there) if latest in there else there)
    meant = (f"{name}/{number}" for name in chapters)
    return [name for name in meant if name in exercises(name.partition("/")[0])][:1]
