"""An exercise that is answered on its page: a form, and what `kn.check` says of each answer that can be given there.

Nothing is judged by rules of the page. An answer falls into one class of a few: it is one that the solution or a belief
mentions, or any other one. `kn.check` is asked once for every class, or for every combination of them where an answer has
several fields, and the page looks its verdict up. What has to be run to be judged, such as a manifest, has no form.
"""

from __future__ import annotations

import json
import string
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape
from itertools import chain, combinations, product
from typing import Any

from k8snotes.catalogue import _
from k8snotes.course import answers, record
from k8snotes.course.answers import Address, Choice, Choices, Fields, Kind, Names, Number, Word
from k8snotes.course.asking import ask
from k8snotes.course.chapters import Exercise, Solution, chapter
from k8snotes.course.checking import check
from k8snotes.course.result import NO_ANSWER, NOT_YET, NOTED, OTHERWISE, RIGHT, CheckResult
from k8snotes.figures.wording import capital, marked_up
from k8snotes.widgets.ask import Ask, Entry, Question

__all__ = ["Answers", "came_true", "form", "numerals", "question_only", "turned"]

_OTHER_NUMBER = (
    987654321  # stands for every number that nothing mentions; no question is about so many things
)
_OTHER_ADDRESS = "198.51.100.77"  # of a range for documentation
_UNREADABLE = "\u00a7"
_NOTED_HERE = _("Your prediction is noted. What happens is shown below.")
_ROWS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_HALF = str.maketrans("".join(_ROWS), "".join(row[len(row) // 2 :] + row[: len(row) // 2] for row in _ROWS))
_LOOKS = {RIGHT: "po", NOT_YET: "ba", NO_ANSWER: "of", NOTED: "ac", OTHERWISE: "wa"}
_SAID = {RIGHT: _("Right"), NOT_YET: _("Not yet"), NOTED: _("Noted"), OTHERWISE: _("it went otherwise")}


@dataclass(frozen=True, slots=True)
class _Part:
    """What is answered in one field, or the whole answer.

    Args:
        key: the key of the field; "" for the whole answer.
        kind: its kind.
        entry: what takes it, as `kn.ask` has it.
        values: an answer for each class, as a reader would give it to `kn.check`, by what the page calls it.
        other: an answer that stands for all others; None where there is no other one.
    """

    key: str
    kind: Kind
    entry: Entry
    values: dict[str, Any]
    other: Any = None

    @property
    def classes(self) -> list[Any]:
        """An answer for each class, the others last."""
        return [*self.values.values(), *([] if self.other is None else [self.other])]


@dataclass(frozen=True)
class Answers:
    """All answers that the page tells apart, each with what `kn.check` says of it.

    >>> from k8snotes.course.checking import find
    >>> answers = Answers.of(find("01-service/4"))
    >>> [part["names"] for part in answers.data["parts"]], len(answers.data["verdicts"])
    ([['a', 'b', 'c']], 4)
    """

    question: Question
    parts: tuple[_Part, ...]
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, exercise: Exercise) -> Answers | None:
        """Return the answers of an exercise; None where a cluster has to judge them."""
        asked = ask(exercise.id)
        if not isinstance(asked, Ask):
            raise TypeError(exercise.id)
        question = asked.question
        asked.close()
        found = cls(question, tuple(_parts(exercise, question.entries)))
        if not found.parts:
            return None
        with _computed_once(exercise):
            found.data.update(_judged(exercise, found.parts))
        return found

    def answer(self, given: tuple[Any, ...]) -> Any:
        """Return an answer as `kn.check` takes it, from what each field holds."""
        return _answer(self.parts, given)


@contextmanager
def _computed_once(exercise: Exercise) -> Iterator[None]:
    """Compute on clusters what is right and what beliefs lead to, once instead of for every answer that is judged."""
    name, _slash, number = exercise.id.partition("/")
    solutions: dict[str, Solution] = chapter(name).module.SOLUTIONS
    before = solutions[number]
    wrong = {belief.key: exercise.wrong(belief) for belief in exercise.beliefs}
    solutions[number] = replace(before, right=exercise.right(), wrong=wrong)
    try:
        yield
    finally:
        solutions[number] = before


def _parts(exercise: Exercise, entries: tuple[Entry, ...]) -> Iterator[_Part]:
    reads = exercise.reads
    kinds = reads.kinds if isinstance(reads, Fields) else {"": reads}
    mentioned = [exercise.right(), *(exercise.wrong(belief) for belief in exercise.beliefs)]
    if not all(isinstance(kind, (Number, Word, Choice, Choices, Names, Address)) for kind in kinds.values()):
        return
    for entry, (key, kind) in zip(entries, kinds.items(), strict=True):
        values = [each[key] for each in mentioned if key in each] if key else mentioned
        yield _part(
            key, kind, entry, [kind.read(value) for value in values], all_words=exercise.guess or not key
        )


def _part(key: str, kind: Kind, entry: Entry, mentioned: list[Hashable], *, all_words: bool) -> _Part:
    if isinstance(kind, (Choices, Names)):
        names = list(kind.letters if isinstance(kind, Choices) else dict.fromkeys(kind.known().values()))
        sets = chain.from_iterable(combinations(names, size) for size in range(1, len(names) + 1))
        if isinstance(kind, Names):
            entry = Entry(choices={name: name for name in names}, several=True)
        return _Part(key, kind, entry, {",".join(sorted(each)): list(each) for each in sets})
    if isinstance(kind, Choice):
        return _Part(key, kind, entry, {letter: letter for letter in kind.letters})
    if isinstance(kind, Word):
        words = [word for word in kind.words if all_words or word in mentioned]
        others = [word for word in kind.words if word not in words]
        return _Part(key, kind, entry, {word: word for word in words}, others[0] if others else None)
    other = _OTHER_NUMBER if isinstance(kind, Number) else _OTHER_ADDRESS
    return _Part(key, kind, entry, {str(value): value for value in mentioned}, other)


def _answer(parts: tuple[_Part, ...], given: tuple[Any, ...]) -> Any:
    return {part.key: value for part, value in zip(parts, given, strict=True)} if parts[0].key else given[0]


def _judged(exercise: Exercise, parts: tuple[_Part, ...]) -> dict[str, Any]:
    """Return what the page needs to know, ready for JSON."""
    texts: dict[str, int] = {}
    verdicts: dict[tuple[Any, ...], int] = {}

    def kept(result: CheckResult) -> int:
        lines = tuple(texts.setdefault(line, len(texts)) for line in _lines(result))
        hints = tuple(texts.setdefault(marked_up(str(hint)), len(texts)) for hint in result.hints)
        verdict = (result.status, _LOOKS[result.status], lines, hints)
        return verdicts.setdefault(verdict, len(verdicts))

    table = []
    noted = None
    for given in product(*(part.classes for part in parts)):
        result = check(exercise.id, _answer(parts, given))
        if exercise.guess:
            noted = kept(CheckResult(exercise.id, result.status, _NOTED_HERE))
            result = check(exercise.id)
        table.append(kept(result))
    if exercise.guess:
        record.note(exercise.id, None)  # a prediction of nobody
    typical = tuple(part.classes[0] for part in parts)
    data = {
        "id": exercise.id,
        "parts": [_part_data(exercise, parts, at, kept) for at in range(len(parts))],
        "table": table,
        "noted": noted,
        "missing": {
            "".join(map(str, blank)): kept(
                check(
                    exercise.id,
                    _answer(parts, tuple(None if at in blank else typical[at] for at in range(len(parts)))),
                )
            )
            for size in range(1, len(parts))
            for blank in combinations(range(len(parts)), size)
        },
        "blank": kept(CheckResult(exercise.id, NO_ANSWER, _("No answer yet."))),
        "hint": marked_up(exercise.hint) if exercise.hint else "",
    }
    return {
        **data,
        "texts": [text.replace(str(_OTHER_NUMBER), "{answer}") for text in texts],
        "verdicts": list(verdicts),
    }


def _part_data(exercise: Exercise, parts: tuple[_Part, ...], at: int, kept: Any) -> dict[str, Any]:
    part = parts[at]
    data: dict[str, Any] = {
        "kind": type(part.kind).__name__.lower(),
        "names": list(part.values),
        "size": len(part.classes),
    }
    if isinstance(part.kind, (Number, Address)):
        given = tuple(_UNREADABLE if place == at else each.classes[0] for place, each in enumerate(parts))
        data["unreadable"] = kept(check(exercise.id, _answer(parts, given)))
    return data


def _lines(result: CheckResult) -> Iterator[str]:
    """Yield the lines of a verdict as `kn.ask` shows them, without its hints."""
    head = _SAID.get(result.status)
    message = marked_up(result.message)
    said = (
        _("{head}: {text}", head=f"<b>{result.sign} {escape(capital(head))}</b>", text=message)
        if head
        else ""
    )
    yield said or f"{result.sign} {message}"
    for belief in result.misconceptions[:1]:
        yield _(
            "{head}: {text}", head=_("This answer often comes from this belief"), text=marked_up(str(belief))
        )


# ---- the page


def form(exercise: Exercise) -> str:
    """Return the HTML of an exercise that is answered on its page; "" where a cluster has to judge the answer.

    Without scripts the question and what there is to choose are there to read, and the form is hidden. The verdicts are
    turned, so that the right answer does not meet the eye of somebody who looks at the page's source.
    """
    found = Answers.of(exercise)
    if found is None:
        return ""
    data = escape(turned(json.dumps(found.data, ensure_ascii=False, separators=(",", ":"))))
    name = _name(exercise)
    hint = f'<button type="button" class="kn-hint">{escape(_("Hint"))}</button>' if exercise.hint else ""
    press = escape(_("Note it") if exercise.guess else _("Check"))
    fields = "".join(_field(part, name, at) for at, part in enumerate(found.parts))
    return (
        f'<div class="kn-ask" id="{name}" data-exercise="{exercise.id}">{_head(found.question, name)}'
        f"{_static(found.parts)}"
        f'<form hidden novalidate autocomplete="off" data-answers="{data}">{fields}'
        f'<div class="kn-press"><button type="submit">{press}</button>{hint}</div></form>'
        f'<div class="kn-verdict" role="status"></div></div>'
    )


def question_only(exercise: Exercise, where: str) -> str:
    """Return the HTML of an exercise of `kn.ask` that only a cluster can judge: its question, and where it is answered."""
    asked = ask(exercise.id)
    if not isinstance(asked, Ask):
        raise TypeError(exercise.id)
    asked.close()
    begins = exercise.begins()
    text = f'<pre class="kn-out" tabindex="0">{escape(begins)}</pre>' if begins else ""
    name = _name(exercise)
    return f'<div class="kn-ask" id="{name}" data-exercise="{exercise.id}">{_head(asked.question, name)}{text}{where}</div>'


def turned(text: str) -> str:
    """Return text that cannot be read at a glance; turned once more, it is as it was.

    Letters and digits move by half of their row, and Han by one sign, so that the page is still packed as well as text is.

    >>> turned("right: 4 Pods"), turned(turned("端口 80"))
    ('evtug: 9 Cbqf', '端口 80')
    """
    return "".join(
        chr(ord(sign) ^ 1) if "\u2e80" <= sign <= "\uffef" else sign for sign in text.translate(_HALF)
    )


def came_true(exercise: Exercise) -> str:
    """Return the HTML of the place that says whether a prediction has come true."""
    return f'<div class="kn-verdict kn-came-true" role="status" data-exercise="{exercise.id}"></div>'


def numerals() -> dict[str, Any]:
    """Return how numbers are written in words, for the script of the page: it reads them as `kn.check` does."""
    reads = Number()
    words = {word: reads.read(word) for word in answers.NUMBERS}
    return {
        "words": words,
        "nothing": sorted(answers.NOTHING),
        "blanks": sorted(answers.BLANKS),
        "digits": answers.CHINESE_DIGITS,
        "units": answers.CHINESE_UNITS,
    }


def _name(exercise: Exercise) -> str:
    return f"exercise-{exercise.id.replace('/', '-')}"


def _head(question: Question, name: str) -> str:
    title = _("Your prediction first") if question.predicts else question.id
    done = "" if question.predicts else f' <span class="kn-done" hidden>✓ {escape(_("solved"))}</span>'
    return (
        f'<p class="kn-ask-head"><b>{escape(title)}</b> <span class="kn-how">· {escape(question.how)}</span>{done}</p>'
        f'<div class="kn-q" id="{name}-q">{marked_up(question.text)}</div>'
    )


def _words(entry: Entry) -> dict[str, str]:
    """Return what there is to choose from as HTML, by what is answered."""
    return {
        key: f"<b>{escape(key)}</b> · {marked_up(words)}"
        if len(key) == 1 and str(words) != key
        else marked_up(words)
        for key, words in (entry.choices or {}).items()
    }


def _static(parts: tuple[_Part, ...]) -> str:
    """Return what there is to choose or to fill in, to be read where no script shows the form."""
    items: list[str] = []
    for part in parts:
        if part.key:
            about = marked_up(part.entry.about) or escape(
                ", ".join(part.entry.words.values()) or str(part.entry.form)
            )
            items.append(_("{head}: {text}", head=f"<b>{escape(part.entry.called)}</b>", text=about))
        else:
            items += map(str, _words(part.entry).values())
    return f'<ul class="kn-options">{"".join(f"<li>{item}</li>" for item in items)}</ul>' if items else ""


def _field(part: _Part, name: str, at: int) -> str:
    """Return the control, or the group of controls, that takes an answer."""
    entry, called = part.entry, f"{name}-{at}"
    if entry.choices and not part.key:
        sort = "checkbox" if entry.several else "radio"
        role = "group" if entry.several else "radiogroup"
        rows = "".join(
            f'<label class="kn-choice"><input type="{sort}" name="{called}" value="{escape(key)}"><span>{words}</span></label>'
            for key, words in _words(entry).items()
        )
        return f'<div role="{role}" aria-labelledby="{name}-q" class="kn-choices">{rows}</div>'
    about = f'<div class="kn-about" id="{called}-about">{marked_up(entry.about)}</div>' if entry.about else ""
    described = f' aria-describedby="{called}-about"' if about else ""
    label = escape(entry.called or str(_("Answer")))
    if entry.choices:
        options = "".join(
            f'<option value="{escape(key)}">{escape(words)}</option>' for key, words in entry.words.items()
        )
        first = f'<option value="">{escape(_("choose one"))}</option>'
        control = f'<select id="{called}" name="{called}"{described}>{first}{options}</select>'
    else:
        control = (
            f'<input type="text" id="{called}" name="{called}" placeholder="{escape(str(entry.form))}" '
            f'autocapitalize="none" spellcheck="false"{described}>'
        )
    return f'{about}<div class="kn-field"><label for="{called}">{label}</label>{control}</div>'
