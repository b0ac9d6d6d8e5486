"""Reads what a reader answers: forgiving about the form (text, list, table), strict about the content."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from k8snotes.errors import did_you_mean

__all__ = [
    "Address",
    "Choice",
    "Choices",
    "Fields",
    "Kind",
    "Names",
    "Number",
    "UnreadableAnswerError",
    "Word",
    "is_blank",
]

_BLANKS = frozenset({"", ".", "..", "...", "…", "_", "__", "___", "?", "-", "none yet", "nan"})
_NOTHING = frozenset({"none", "nobody", "nothing", "no one", "nowhere", "无", "没有"})
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MOST = 1000
# what a controller puts after the name of a workload: a template's hash, then five characters
_MADE_UP = re.compile(r"(-[bcdfghjklmnpqrstvwxz2456789]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$")


class UnreadableAnswerError(ValueError):
    """An answer in a form that the question does not ask for; the message says what it asks for."""


class Kind(Protocol):
    """One kind of answer: a number, a choice, names of Pods, ..."""

    def read(self, answer: Any) -> Any:
        """Return the answer in its one canonical form; raises UnreadableAnswerError."""
        ...

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether a read answer is the one (or has the part) that a misconception leads to."""
        ...

    def compare(self, value: Any, right: Any) -> str:
        """Say how far a wrong answer is off, without giving the right one away; "" if nothing helps."""
        ...


def is_blank(answer: Any) -> bool:
    """Say whether this is no answer yet: None, ..., an empty text or collection, NaN, a row of dots.

    >>> is_blank(...), is_blank("  "), is_blank(float("nan")), is_blank({"a": ...}), is_blank(0)
    (True, True, True, True, False)
    """
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return answer.strip().lower() in _BLANKS
    if isinstance(answer, (bool, int)):
        return False
    if type(answer).__name__ in ("NAType", "NaTType"):  # pandas' missing values, without importing pandas
        return True
    if isinstance(answer, float):
        return answer != answer  # noqa: PLR0124  # only NaN differs from itself
    if isinstance(answer, Mapping):
        return all(is_blank(value) for value in islice(answer.values(), _MOST))
    if isinstance(answer, (list, tuple, set, frozenset)):
        return all(is_blank(value) for value in islice(answer, _MOST))
    return hasattr(answer, "columns") and len(answer) == 0


def _words(answer: Any) -> str:
    """Return text with its spaces, case and punctuation evened out."""
    if not isinstance(answer, str):
        raise UnreadableAnswerError(f"a text is asked for here, and this is a {type(answer).__name__}")
    return " ".join(answer.strip().strip("\"'`.()").replace("_", " ").lower().split())


def _items(answer: Any) -> list[Any]:
    """Return the members of an answer: of a collection, a table, a column, or a text with commas."""
    if isinstance(answer, str):
        return [] if _words(answer) in _NOTHING else [item for item in re.split(r"[,;\s]+", answer) if item]
    columns = getattr(answer, "columns", None)
    if columns is not None:
        if "NAME" not in columns:
            raise UnreadableAnswerError("this table has no column NAME")
        return [str(name) for name in islice(answer["NAME"], _MOST)]
    if isinstance(answer, Iterable) and not isinstance(answer, (bytes, bytearray)):
        return list(islice(answer, _MOST))
    return [answer]


class _Plain:
    """What most kinds of answers have in common."""

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both are the same."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any) -> str:
        """Say nothing: it is right or not."""
        del value, right
        return ""


class Number(_Plain):
    """A whole number: 4, "4", "4 Pods", "four"; of a list or a table, how many it has."""

    def read(self, answer: Any) -> int:
        """Return the number; raises UnreadableAnswerError."""
        if isinstance(answer, str):
            words = _words(answer)
            if words in _NOTHING:
                return 0
            found = re.findall(r"-?\d+", words)
            found += [str(_NUMBERS.index(word)) for word in words.split() if word in _NUMBERS]
            if len(found) == 1 and len(found[0]) < 20:
                return int(found[0])
        elif hasattr(answer, "columns") or isinstance(answer, (list, tuple, set, frozenset)):
            return len(answer)
        elif not isinstance(answer, (bool, Mapping)):
            try:
                number = int(answer)
            except (TypeError, ValueError, OverflowError):
                number = None
            if number is not None and number == answer:
                return number
        raise UnreadableAnswerError("one whole number is asked for here, such as 7")


@dataclass(frozen=True)
class Choice(_Plain):
    """One letter of a few."""

    letters: str

    def read(self, answer: Any) -> str:
        """Return the letter; raises UnreadableAnswerError."""
        if isinstance(answer, (list, tuple, set, frozenset)) and len(answer) == 1:
            answer = next(iter(answer))
        if isinstance(answer, str):
            letter = _words(answer)
            if letter and letter in tuple(self.letters):
                return letter
        raise UnreadableAnswerError(f"one letter is asked for here: {_quoted(self.letters)}")


@dataclass(frozen=True)
class Choices(_Plain):
    """Any number of letters: {"a", "c"}, ["a", "c"], "a, c", "ac"; "none" for none of them."""

    letters: str

    def read(self, answer: Any) -> frozenset[str]:
        """Return the letters; raises UnreadableAnswerError."""
        if isinstance(answer, Mapping):
            answer = [key for key, value in answer.items() if value is True]
        found: set[str] = set()
        for item in _items(answer):
            if not isinstance(item, str):
                raise UnreadableAnswerError(f"letters are asked for here, of {_quoted(self.letters)}")
            word = _words(item)
            if word != "and":
                found.update(word)
        if not found <= set(self.letters):
            raise UnreadableAnswerError(f"letters are asked for here, of {_quoted(self.letters)}")
        return frozenset(found)

    def compare(self, value: frozenset[str], right: frozenset[str]) -> str:
        """Say whether something is missing or does not belong."""
        return _sets(value, right)


@dataclass(frozen=True)
class Word(_Plain):
    """One of a few words; `also` has other names for them ("vip" for "cluster ip")."""

    words: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)

    def read(self, answer: Any) -> str:
        """Return the word as it stands in `words`; raises UnreadableAnswerError."""
        if isinstance(answer, bool):
            answer = "yes" if answer else "no"
        said = _words(answer)
        said = self.also.get(said, said)
        for word in self.words:
            if said == word.lower():
                return word
        near = did_you_mean(said, self.words)
        raise UnreadableAnswerError(f"one of these is asked for here: {', '.join(self.words)}.{near}")


@dataclass(frozen=True)
class Names(_Plain):
    """Names of objects, as text, references, objects, or a table with a column NAME; order means nothing.

    `known` returns, for each name that may be given, the name that counts: a Pod with a name that was
    made up counts under the name of its workload, so that both can be written.
    """

    known: Callable[[], Mapping[str, str]]

    def read(self, answer: Any) -> frozenset[str]:
        """Return the names; raises UnreadableAnswerError."""
        known = self.known()
        found = set()
        for item in _items(answer):
            name = str(getattr(item, "name", item)).strip().rpartition("/")[2]
            if name not in known:
                stem = _MADE_UP.sub("", name)
                if stem != name and stem in known:  # a Pod of the reader's own cluster
                    found.add(known[stem])
                    continue
                near = did_you_mean(name, known)
                raise UnreadableAnswerError(f'there is no "{name[:60]}" here.{near}')
            found.add(known[name])
        return frozenset(found)

    def compare(self, value: frozenset[str], right: frozenset[str]) -> str:
        """Say whether something is missing or does not belong."""
        return _sets(value, right)


class Address(_Plain):
    """An IP address ("10.96.0.1") or a range of them ("10.96.0.0/16"); "none" for no address."""

    def read(self, answer: Any) -> str:
        """Return the address or the range in its canonical form; raises UnreadableAnswerError."""
        if isinstance(answer, str) and _words(answer) in _NOTHING:
            return "none"
        try:
            text = str(answer).strip()
            return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))
        except ValueError:
            raise UnreadableAnswerError(
                "an address such as 10.0.0.7, or a range such as 10.0.0.0/8, is asked for here"
            ) from None


@dataclass(frozen=True)
class Fields:
    """A dict with an answer for each key."""

    kinds: Mapping[str, Kind]

    def read(self, answer: Any) -> dict[str, Hashable]:
        """Return each field's answer in its canonical form; raises UnreadableAnswerError."""
        if not isinstance(answer, Mapping):
            raise UnreadableAnswerError(f"a dict is asked for here, with the keys {', '.join(self.kinds)}")
        given = {str(key).strip(): value for key, value in answer.items()}
        unknown = [key for key in given if key not in self.kinds]
        if unknown:
            near = did_you_mean(unknown[0], self.kinds)
            raise UnreadableAnswerError(
                f'"{unknown[0][:60]}" is none of the keys {", ".join(self.kinds)}.{near}'
            )
        missing = [key for key in self.kinds if is_blank(given.get(key))]
        if missing:
            raise UnreadableAnswerError(f"there is no answer yet for: {', '.join(missing)}")
        return {key: self._field(key, given[key]) for key in self.kinds}

    def _field(self, key: str, answer: Any) -> Any:
        try:
            return self.kinds[key].read(answer)
        except UnreadableAnswerError as error:
            raise UnreadableAnswerError(f"for {key}, {error}") from None

    def fits(self, value: Mapping[str, Any], wrong: Mapping[str, Any]) -> bool:
        """Say whether the fields that a misconception gets wrong are there as it would have them."""
        return all(
            key in value and self.kinds[key].fits(value[key], self.kinds[key].read(item))
            for key, item in wrong.items()
        )

    def compare(self, value: Mapping[str, Any], right: Mapping[str, Any]) -> str:
        """Say which fields are right and which are not."""
        return ", ".join(f"{'✓' if value[key] == right[key] else '✗'} {key}" for key in self.kinds)


def _sets(value: Collection[str], right: Collection[str]) -> str:
    said = []
    if set(value) - set(right):
        said.append("something in it does not belong there")
    if set(right) - set(value):
        said.append("something is missing")
    return " and ".join(said)


def _quoted(letters: str) -> str:
    return ", ".join(f'"{letter}"' for letter in letters)
