"""The form of a teacher's own chapter: what its file of words and its module must hold, and what is wrong with one.

The chapters of the course keep to this form by their tests. A teacher has no tests, so a teacher's files are looked at when
an exercise is asked for: each fault says where it is (the file, the exercise, the key) and what belongs there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from k8snotes.catalogue import Text, _, named
from k8snotes.course.answers import Choice, Choices, Fields, Row, UnreadableAnswerError
from k8snotes.course.chapters import Exercise, Solution
from k8snotes.errors import did_you_mean

__all__ = [
    "BELIEF",
    "BELIEF_MUST",
    "CHAPTER",
    "EXERCISE",
    "EXERCISE_MUST",
    "Fault",
    "FaultyFileError",
    "line_of",
    "module_faults",
    "solution_faults",
    "words_faults",
]

_MOST_SHOWN = 200  # letters of what Python says
_TYPES = {
    str: _("a text in quotes"),
    bool: _("true or false"),
    int: _("a whole number"),
    dict: _("a table"),
    list: _("a list of tables"),
}
# what a file of words may say: key -> type; and which of it must be there
CHAPTER = {"title": str, "understand": str, "say": str, "vocabulary": dict, "exercise": list}
CHAPTER_MUST = ("title", "exercise")
EXERCISE = {
    "id": str,
    "question": str,
    "starter": str,
    "guess": bool,
    "because": str,
    "hint": str,
    "options": dict,
    "fields": dict,
    "facts": dict,
    "beliefs": dict,
}
EXERCISE_MUST = ("id", "question", "because")
BELIEF = {"belief": str, "hint": str, "misconception": int}
BELIEF_MUST = ("belief", "hint")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a teacher's file.

    Args:
        file: the file, as it is shown.
        said: where in the file, and what belongs there: a whole sentence.
    """

    file: str
    said: Text


class FaultyFileError(Exception):
    """A teacher's file cannot be used as it is; `kn.check` shows this as a result, so that no reader meets it.

    Args:
        faults: what is wrong, one at least.
    """

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault.said) for fault in self.faults)


def _table_faults(table: Any, where: str, schema: Mapping[str, type], must: Iterable[str]) -> Iterator[Text]:
    """Yield what a table has that its schema does not know, what it lacks, and what is of another type or empty."""
    if not isinstance(table, dict):
        yield _("{where} has to be {type}.", where=where, type=_TYPES[dict])
        return
    for key, value in table.items():
        if key not in schema:
            yield _(
                '{where}: the key "{key}" is not known.{near}',
                where=where,
                key=key,
                near=did_you_mean(key, schema),
            )
        elif type(value) is not schema[key]:
            yield _('{where}: "{key}" has to be {type}.', where=where, key=key, type=_TYPES[schema[key]])
        elif value == "":
            yield _('{where}: the text of "{key}" is empty.', where=where, key=key)
    for key in must:
        if key not in table:
            yield _('{where}: the key "{key}" is missing.', where=where, key=key)


def words_faults(table: Mapping[str, Any], name: str, file: str) -> list[Fault]:
    """Return what is wrong with a file of words.

    Args:
        table: what stands in it.
        name: the chapter, which is the name of the file.
        file: the file, as it is shown.

    >>> words_faults({"title": "Canteen", "exercise": []}, "canteen-01", "canteen-01.toml")[0].said
    'canteen-01.toml has no exercise. An exercise begins with [[exercise]].'
    """
    found = list(_table_faults(table, file, CHAPTER, CHAPTER_MUST))
    items = table.get("exercise", [])
    if not found and not items:
        found.append(_("{file} has no exercise. An exercise begins with [[exercise]].", file=file))
    if isinstance(items, list):
        ids = [item.get("id") if isinstance(item, dict) else None for item in items]
        for number, item in enumerate(items, 1):
            found += _exercise_faults(item, number, name, file)
        for each in dict.fromkeys(each for each in ids if isinstance(each, str) and ids.count(each) > 1):
            found.append(_('{file} has the id "{id}" twice.', file=file, id=each))
    vocabularies = table.get("vocabulary", {})
    for key, words in vocabularies.items() if isinstance(vocabularies, dict) else ():
        where = _inside(file, f"[vocabulary.{key}]")
        found += _table_faults(
            words, where, dict.fromkeys(words, list) if isinstance(words, dict) else {}, ()
        )
    return [Fault(file, said) for said in found]


def _inside(file: str, *places: str) -> str:
    """Return a file and a place in it, as they are shown.

    >>> _inside("canteen-01.toml", "canteen-01/2")
    'canteen-01.toml, canteen-01/2'
    """
    return ", ".join([file, *places])


def _exercise_faults(item: Any, number: int, name: str, file: str) -> Iterator[Text]:
    id_ = item.get("id") if isinstance(item, dict) else None
    called = id_ if isinstance(id_, str) and id_ else f"[[exercise]] {number}"
    where = _inside(file, called)
    yield from _table_faults(item, where, EXERCISE, EXERCISE_MUST)
    if not isinstance(item, dict):
        return
    if isinstance(id_, str) and not (id_.startswith(f"{name}/") and id_.count("/") == 1 and id_[-1] != "/"):
        yield _(
            '{where}: the id has to be "{name}/" and a number or a name, because the file is {name}.toml.',
            where=where,
            name=name,
        )
    elif isinstance(id_, str) and id_ != id_.strip().lower():
        yield _("{where}: the id has to consist of small letters, digits and dashes.", where=where)
    if not item.get("guess") and "hint" not in item:
        yield _('{where}: the key "{key}" is missing.', where=where, key="hint")
    for key in ("options", "fields", "facts"):
        texts = item.get(key, {})
        if isinstance(texts, dict):
            yield from _table_faults(
                texts, _inside(where, f"[exercise.{key}]"), dict.fromkeys(texts, str), ()
            )
    beliefs = item.get("beliefs", {})
    for key, belief in beliefs.items() if isinstance(beliefs, dict) else ():
        yield from _table_faults(belief, _inside(where, f"[exercise.beliefs.{key}]"), BELIEF, BELIEF_MUST)


# ---- the module


def module_faults(solutions: Any, exercises: Mapping[str, Exercise], file: str, words: str) -> list[Fault]:
    """Return what is wrong with a module's SOLUTIONS, as far as no answer has to be computed.

    Args:
        solutions: what the module has under this name; None where it has nothing.
        exercises: those of the file of words, by id.
        file: the module's file, as it is shown.
        words: the file of words, as it is shown.
    """
    if not isinstance(solutions, Mapping):
        return [
            Fault(
                file,
                _("{file} has no SOLUTIONS. It is a dict with one Solution for each exercise.", file=file),
            )
        ]
    wanted = {item.id.partition("/")[2]: item for item in exercises.values()}
    found = [
        _(
            '{file}: SOLUTIONS has no key "{key}", but {words} has this exercise.',
            file=file,
            key=key,
            words=words,
        )
        for key in wanted
        if key not in solutions
    ]
    found += [
        _(
            '{file}: SOLUTIONS has the key "{key}", but {words} has no such exercise.',
            file=file,
            key=key,
            words=words,
        )
        for key in solutions
        if key not in wanted
    ]
    for key, item in wanted.items():
        if key in solutions:
            found += _fit(item, solutions[key], _inside(file, item.id))
    return [Fault(file, said) for said in found]


def _fit(exercise: Exercise, solution: Any, where: str) -> Iterator[Text]:
    """Yield where the words of an exercise and its Solution do not fit each other."""
    if not isinstance(solution, Solution):
        yield _("{where}: this has to be a Solution(...).", where=where)
        return
    reads = solution.reads
    if isinstance(reads, type) or not all(
        hasattr(reads, name) for name in ("read", "fits", "compare", "form", "lines")
    ):
        called = getattr(reads, "__name__", type(reads).__name__)
        yield _("{where}: {name} is no kind of answer. Write for example Number().", where=where, name=called)
        return
    pairs: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("beliefs", (item.key for item in exercise.beliefs), solution.wrong)
    ]
    letters = reads.letters if isinstance(reads, (Choice, Choices)) else ""
    pairs.append(("options", exercise.table.get("options", {}), letters))
    if isinstance(reads, Fields) and "fields" in exercise.table:
        pairs.append(("fields", exercise.table["fields"], reads.kinds))
    for table, words, module in pairs:
        yield from _same_keys(where, table, list(words), list(module))


def _same_keys(where: str, table: str, words: list[str], keys: list[str]) -> Iterator[Text]:
    """Yield a sentence if a table of the words and the module name different things."""
    if words != keys:
        yield _(
            "{where}: [exercise.{table}] has the keys {words}, but the module has {keys}.",
            where=where,
            table=table,
            words=named(words) or "–",
            keys=named(keys) or "–",
        )


def solution_faults(exercise: Exercise, file: str) -> list[Fault]:
    """Return what is wrong with the answers of an exercise: each is computed and read once.

    Args:
        exercise: it fits its module already.
        file: the module's file, as it is shown.
    """
    where, reads = _inside(file, exercise.id), exercise.reads
    try:
        right = reads.read(exercise.right())
    except UnreadableAnswerError as error:
        said = _("{where}: the right answer cannot be read. {sentence}", where=where, sentence=error.sentence)
        return [Fault(file, said)]
    found = []
    if hasattr(right, "facts"):  # what a deed has come to
        if right.refused:
            refused = Row(right.messages, by=" / ")
            found.append(
                _("{where}: the cluster refuses the right answer: {message}.", where=where, message=refused)
            )
        else:
            found += _same_keys(where, "facts", sorted(exercise.table.get("facts", {})), sorted(right.facts))
    exercise.begins()
    if not isinstance(reads, Fields):
        for belief in exercise.beliefs:
            try:
                same = reads.fits(right, reads.read(exercise.wrong(belief)))
            except UnreadableAnswerError as error:
                said = _(
                    '{where}: the answer of the belief "{key}" cannot be read. {sentence}',
                    where=where,
                    key=belief.key,
                    sentence=error.sentence,
                )
                found.append(said)
            else:
                if same:
                    said = _(
                        '{where}: the answer of the belief "{key}" is the right answer.',
                        where=where,
                        key=belief.key,
                    )
                    found.append(said)
    return [Fault(file, said) for said in found]


def line_of(error: BaseException, path: str) -> tuple[int, str]:
    """Return the last line of a file in which an error was raised (0 if there is none), and what Python says of it.

    Args:
        error: what was raised.
        path: the file, as Python knows it.
    """
    said = next(iter(str(error).splitlines()), "")[:_MOST_SHOWN].rstrip(".")
    name = type(error).__name__
    words = f"{name}: {said}" if said else name
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0, f"{name}: {error.msg}"
    line, trace = 0, error.__traceback__
    while isinstance(trace, TracebackType):
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line, words
