"""Asks an exercise: its question with what there is to choose or to fill in, judged as `kn.check` does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial

from k8snotes.catalogue import _, current
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Kind, Word
from k8snotes.course.chapters import Exercise, chapters
from k8snotes.course.checking import check, faulty, find
from k8snotes.course.form import FaultyFileError
from k8snotes.course.result import CheckResult
from k8snotes.course.shelf import exercises
from k8snotes.face import calls
from k8snotes.widgets.ask import Ask, Entry, Question

__all__ = ["ask"]


@calls
def ask(exercise: str) -> Ask | CheckResult:
    """Ask an exercise: choose or write the answer, and press "Check".

    The answer is judged and kept for `kn.progress()` as by `kn.check`, which takes the same answer in a cell. A
    prediction is noted, and `kn.check` says later whether it has come true. Where
    no controls can be shown, the question is printed, with the line of `kn.check` that answers it.

    Args:
        exercise: the exercise's id, "01-service/1" or short "01/1".

    Returns:
        The question with its controls; for an unknown exercise the result of `kn.check`, which says what there is.

    >>> ask("01/4")
    01-service/4 · choose one
    Which of these can be the selector of a Service, so that the Service finds Pods? Answer with one letter.
      a · {tier: cache}
      b · {matchLabels: {tier: cache}}
      c · "tier in (cache, frontend)"
    Answer with kn.check("01-service/4", ...)
    """
    found = find(exercise)
    if isinstance(found, CheckResult):
        return found
    try:
        return Ask(_question(found))
    except FaultyFileError as error:
        return faulty(found.id, error)


def _question(exercise: Exercise) -> Question:
    return Question(
        id=exercise.id,
        text=exercise.markdown,
        entries=tuple(_entries(exercise)),
        hint=exercise.hint,
        starter=exercise.starter,
        following=_following(exercise.id),
        check=partial(check, exercise.id),
        because=exercise.because,
        beliefs=tuple((item.belief, item.hint) for item in exercise.beliefs),
        predicts=exercise.guess,
    )


def _entries(exercise: Exercise) -> Iterator[Entry]:
    """Yield what takes the answer: one entry, or one for each key of an answer with fields."""
    reads = exercise.reads
    if isinstance(reads, Fields):
        for key, kind in reads.kinds.items():
            yield _entry(kind, {}, key=key, called=reads.called(key), about=exercise.fields.get(key, ""))
    else:
        yield _entry(reads, exercise.options, begins=exercise.begins())


def _entry(
    kind: Kind,
    options: Mapping[str, str],
    *,
    key: str = "",
    called: str = "",
    about: str = "",
    begins: str = "",
) -> Entry:
    choices: dict[str, object] = (
        {word: _Meant(word, others) for word, others in kind.words.items()} if isinstance(kind, Word) else {}
    )
    if kind == YES_NO:
        choices = {"yes": _("yes"), "no": _("no")}
    if isinstance(kind, Choice | Choices):
        choices = dict(options)
    return Entry(
        key=key,
        called=called,
        about=about,
        choices=choices,
        several=isinstance(kind, Choices),
        form=kind.form,
        lines=kind.lines,
        begins=begins,
    )


class _Meant:
    """A word that is answered, with what it means where the language in force has a name for it: "refused（拒绝）".

    Names of Kubernetes are the same in every language; they have capitals, digits or dashes.

    Args:
        word: the word.
        others: its other names, in English and in Chinese.
    """

    def __init__(self, word: str, others: Collection[str]) -> None:
        self.word = word
        self.others = others

    def __str__(self) -> str:
        letters = _LETTERS.get(current())
        if letters is None or not re.fullmatch(r"[a-z ]+", self.word):
            return self.word
        name = next((other for other in self.others if letters.search(other)), "")
        return _("{words} ({note})", words=self.word, note=name) if name else self.word


_LETTERS = {"zh": re.compile("[\u4e00-\u9fff]")}  # what tells a language with letters of its own


def _following(exercise: str) -> str:
    """Return the exercise after this one, in its chapter or in the next; "" after the last, and after a prediction.

    A teacher's own chapter leads to no other one.
    """
    own, course = exercise.partition("/")[0], chapters()
    ids = [
        name
        for chapter in (course if own in course else (own,))
        for name, item in exercises(chapter).items()
        if not item.guess
    ]
    return next(iter(ids[ids.index(exercise) + 1 :]), "") if exercise in ids else ""
