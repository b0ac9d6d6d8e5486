"""Checks answers: finds the exercise, reads the answer, and says what to think of it. It never raises."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from k8snotes.course import record
from k8snotes.course.answers import UnreadableAnswerError, is_blank
from k8snotes.course.exercise import Exercise
from k8snotes.course.result import NO_ANSWER, NOT_YET, NOTED, RIGHT, UNKNOWN, CheckResult
from k8snotes.errors import did_you_mean

__all__ = ["CHAPTERS", "chapter_named", "check", "exercises"]

# chapter -> module; a chapter's exercises are loaded when the first of them is checked
CHAPTERS = {
    "00-start-here": "start_here",
    "01-service": "service",
    "02-pod": "pod",
    "03-master-and-node": "master_and_node",
    "04-scaling": "scaling",
    "05-quota": "quota",
    "06-labels": "labels",
    "07-three-ips": "three_ips",
    "08-nodeport-and-load-balancer": "nodeport",
}


def check(exercise: str, answer: Any = None) -> CheckResult:
    """Say whether an answer is right, and if not, what may be behind it and where to look.

    `exercise` is the exercise's id ("01-service/2", or short "01/2"); `answer` is a number, a text, a
    list, a dict or a table, as the question asks. It never raises: an unknown exercise and an answer that
    cannot be read are results too. In a notebook it keeps, for `kn.progress()`, what was answered.

    >>> check("01-service/2", 31080).misconception
    'port, targetPort, nodePort and containerPort are four names for one thing'
    >>> check("01-service/2", ...).status
    'no answer yet'
    """
    try:
        return _checked(exercise, answer)
    except Exception as error:  # noqa: BLE001  # a check never raises
        return CheckResult(
            exercise[:60] if type(exercise) is str else "",
            NOT_YET,
            f"The check itself failed ({type(error).__name__}): that is a defect of the course, not of the answer.",
            hint="Restart the kernel, and run the cell once more.",
        )


def _checked(exercise: Any, answer: Any) -> CheckResult:
    found = _find(exercise)
    result = found if isinstance(found, CheckResult) else _judge(found, answer)
    if record.keeps():
        record.remember(result)
    return result


@cache
def exercises(chapter: str) -> dict[str, Exercise]:
    """Return the exercises of a chapter ("01-service") by id, in order."""
    module = import_module(f"k8snotes.course.exercises.{CHAPTERS[chapter]}")
    return {item.id: item for item in module.EXERCISES}


def chapter_named(said: str) -> str:
    """Return the chapter that goes by "02-pod", "02", "2" or "pod"; "" if there is none."""
    for name in CHAPTERS:
        digits, _, title = name.partition("-")
        if said in (name, digits, digits.lstrip("0") or "0", title):
            return name
    return ""


def _find(exercise: Any) -> Exercise | CheckResult:
    if not isinstance(exercise, str):
        return CheckResult(
            "",
            UNKNOWN,
            f"An exercise is named by a text, and this is a {type(exercise).__name__}.",
            hint='Write kn.check("01-service/2", answer).',
        )
    said = exercise.strip().lower()[:200]
    chapter, _, number = (part.strip() for part in said.replace("\\", "/").partition("/"))
    name = chapter_named(chapter)
    if name:
        ids = exercises(name)
        found = ids.get(f"{name}/{number}")
        if found:
            return found
        near = "" if number.isdigit() else did_you_mean(f"{name}/{number}", ids)
        return CheckResult(
            said,
            UNKNOWN,
            f'Chapter {name} has no exercise "{number}".{near}',
            hint=f"It has: {', '.join(ids)}.",
        )
    near = did_you_mean(chapter, CHAPTERS)
    return CheckResult(
        said,
        UNKNOWN,
        f'There is no exercise "{said}".{near}',
        hint=f'The chapters are: {", ".join(CHAPTERS)}. Write kn.check("01-service/2", answer).',
    )


def _judge(exercise: Exercise, answer: Any) -> CheckResult:
    try:
        if is_blank(answer):
            return CheckResult(exercise.id, NO_ANSWER, exercise.question)
        value = exercise.reads.read(answer)
    except UnreadableAnswerError as error:
        said = str(error)
        status = NO_ANSWER if "no answer yet" in said else NOT_YET
        return CheckResult(exercise.id, status, _sentence(said))
    except Exception as error:  # noqa: BLE001  # an answer is anything at all
        return CheckResult(
            exercise.id,
            NOT_YET,
            f"This answer could not be read ({type(error).__name__}).",
            hint="Answer with a number, a text, a list or a dict, as the question asks.",
        )
    if exercise.guess:
        return CheckResult(exercise.id, NOTED, exercise.because)
    right = exercise.reads.read(exercise.right())
    if value == right:
        return CheckResult(exercise.id, RIGHT, exercise.because)
    said = exercise.reads.compare(value, right)
    behind = exercise.misconceptions(value)
    return CheckResult(
        exercise.id,
        NOT_YET,
        _sentence(said or "that is not it"),
        misconception="\n".join(item.misconception for item in behind),
        hint="\n".join(item.hint for item in behind) or exercise.hint,
    )


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "?")) else ".")
