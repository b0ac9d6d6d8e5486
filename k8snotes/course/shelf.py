"""All chapters that can be asked for: those of the course, and after them a teacher's own.

A name of the course always means the course's chapter. So an own chapter adds exercises, and cannot replace one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from k8snotes.course import chapters as course
from k8snotes.course import own
from k8snotes.course.chapters import Exercise
from k8snotes.course.own import faults

__all__ = ["chapter_named", "exercises", "faults", "names"]


def names() -> tuple[str, ...]:
    """Return the names of all chapters whose words are whole, the course's first.

    >>> names()[:2]
    ('00-start-here', '01-service')
    """
    return (*course.chapters(), *own.names())


def chapter_named(text: str) -> str:
    """Return the chapter that goes by "02-pod", "02", "2" or "pod"; "" if there is none.

    An own chapter goes by its whole name, and by its name without the number: "canteen-01" or "canteen".

    >>> chapter_named("2")
    '02-pod'
    """
    found = course.chapter_named(text)
    if found or not text:
        return found
    there = [name for name in own.files() if name not in course.chapters()]
    short = [name for name in there if re.sub(r"^\d+-|-\d+$", "", name) == text]
    return text if text in there else next(iter(short), "")


def exercises(name: str) -> Mapping[str, Exercise]:
    """Return the exercises of a chapter by id, in order.

    Args:
        name: the whole name, as `chapter_named` returns it.

    Raises:
        FaultyFileError: it is an own chapter, and its words are not whole.
    """
    return course.exercises(name) if name in course.chapters() else own.chapter(name).exercises
