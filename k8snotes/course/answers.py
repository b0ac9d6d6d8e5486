"""Kinds of answers: how each is read, forgiving about its form and strict about its content.

A kind turns what a reader gave (text, list, dict, table) into one canonical form, so that two answers can be compared.
What it cannot read it refuses with a code and the parts of a sentence; the sentence is made last, in the language in
force. Answers themselves are accepted in English and in Chinese, whatever the language is.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.errors import did_you_mean, suggestion
from k8snotes.screen import printable

__all__ = [
    "MISSING",
    "YES_NO",
    "Address",
    "Choice",
    "Choices",
    "Fields",
    "Kind",
    "Names",
    "Number",
    "Row",
    "UnreadableAnswerError",
    "Word",
    "is_blank",
    "marked",
]

MISSING = "missing"  # the one code that means "no answer yet": some fields are still blank


def _refused(of: Mapping[str, Any]) -> Text:
    """Say why Kubernetes would refuse a selector, and what to write instead where that is known."""
    if of.get("hint"):
        return _("Kubernetes would refuse this selector: {error}. {hint}", **of)
    return _("Kubernetes would refuse this selector: {error}", **of)


# code -> what is wrong with the form of an answer; the places are the parts of the error
_SENTENCES: dict[str, Callable[[Mapping[str, Any]], Text]] = {
    MISSING: lambda of: _("There is no answer yet for these keys: {keys}.", **of),
    "address": lambda _of: _("Give an address such as 10.0.0.7, or a range such as 10.0.0.0/8."),
    "column": lambda _of: _("This table has no column NAME."),
    "deed": lambda _of: _("Give lines that begin with kubectl, or the text of a manifest."),
    "dict": lambda of: _("Give a dict with the keys {keys}.", **of),
    "file": lambda of: _("There is no text file {path}.", **of),
    "findings": lambda _of: _("Give the text of a whole manifest, and not the findings about one."),
    "get": lambda _of: _("Give a line with kubectl get."),
    "key": lambda of: _('The key "{key}" is not one of the keys {keys}.{near}', **of),
    "kubectl": lambda _of: _("Give one line that begins with kubectl."),
    "kubectl error": lambda of: _("kubectl does not take this line: {error}.", **of),
    "label selector": lambda _of: _(
        'Give a map with "matchLabels" and "matchExpressions", as a dict or as YAML.'
    ),
    "letter": lambda of: _("Give one of these letters: {letters}.", **of),
    "letters": lambda of: _("Give some of these letters: {letters}.", **of),
    "manifest": lambda _of: _("Give the text of a whole manifest, with all its documents."),
    "name": lambda of: _('There is no "{name}" here.{near}', **of),
    "named": lambda _of: _("Let kubectl find the objects: write no name of them in your line."),
    "no manifest": lambda of: _("k8snotes cannot read this text as a manifest: {error}", **of),
    "number": lambda _of: _("Give one whole number, such as 7."),
    "selector": _refused,
    "selector text": lambda _of: _("Give the selector as a text."),
    "table": lambda _of: _("Let your line print a table, or names alone with -o name."),
    "text": lambda of: _("Give a text. Your answer has the type {type}.", **of),
    "too many Pods": lambda of: ngettext(
        "{n} Pod is more than this exercise needs.",
        "{n} Pods are more than this exercise needs.",
        of["count"],
    ),
    "unchanged": lambda _of: _("Nothing has changed yet in this cluster."),
    "word": lambda of: _("Give one of these words: {words}.{near}", **of),
}

BLANKS = frozenset({"", ".", "..", "...", "…", "_", "__", "___", "?", "-", "none yet", "nan"})
NOTHING = frozenset(
    {
        *(
            "none",
            "nobody",
            "nothing",
            "no one",
            "nowhere",
            "none of them",
            "none of these",
            "not one",
            "never",
        ),
        *("无", "没有", "一个也没有", "都不"),
    }
)
_NO_SUCH_THING = re.compile(
    r"no (pods?|nodes?|cards?|containers?|requests?|restarts?|address(es)?|ports?)( at all)?"
)
_ALL = frozenset({"all", "all of them", "all of these", "全部", "都"})
NUMBERS = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("never", "once", "twice"),
)
_TIMES = 13  # where the words for how often begin in NUMBERS: "never" is 0
_DIGITS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?![\d.])|-?\d+(?:\.\d+)?")
CHINESE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = re.compile(f"[{''.join(CHINESE_DIGITS)}{''.join(CHINESE_UNITS)}]+")
_JOINS = re.compile(r"[,;、&+|·]|\band\b|以及|[和与及]")  # what separates the members of a list
_ARTICLE = re.compile(r"^(?:the|an?|it is|it's|it) ")
# what stands before an answer in a sentence: "the answer is b", "答案：b", "选 b"
_LEAD = re.compile(
    r"^(?:(?:the |my )?answers?(?: is| are|:)|it is|it's|答案[是为:]|我?选择?(?=\s*[a-z\d(]))\s*(?=\S)",
    re.IGNORECASE,
)
_FILLERS = frozenset({"", "and", "the", "pod", "pods"})  # between the names of a text
_SHORTEST_TYPO = 4  # letters: a shorter word is one letter off too many others
_MOST_SIGNS = 19  # of a number: more are none that a question asks for
_MOST = 1000  # members of a collection that are looked at: an answer may be endless
# what a controller puts after the name of a workload: a template's hash, then five characters
_MADE_UP = re.compile(r"(-[bcdfghjklmnpqrstvwxz2456789]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$")


class UnreadableAnswerError(ValueError):
    """An answer in a form that the question does not ask for.

    Args:
        code: what is wrong with the form, such as "number" or "missing"; callers decide by it.
        parts: what the sentence names; `field` is the key of the answer, where it is one of several.

    >>> error = UnreadableAnswerError("letter", letters='"a", "b"', field="first")
    >>> error.code, str(error)
    ('letter', 'first: Give one of these letters: "a", "b".')
    """

    def __init__(self, code: str, **parts: object) -> None:
        self.code = code
        self.parts = parts
        super().__init__(code, parts)

    @property
    def sentence(self) -> Text:
        """What is wrong with the form of the answer, and which form is asked for."""
        sentence = _SENTENCES[self.code](self.parts)
        return (
            _("{field}: {sentence}", field=self.parts["field"], sentence=sentence)
            if "field" in self.parts
            else sentence
        )

    @printable
    def __str__(self) -> str:
        return str(self.sentence)

    def of_field(self, field: str) -> UnreadableAnswerError:
        """Return the same error, said of one field of an answer."""
        return UnreadableAnswerError(self.code, **{**self.parts, "field": field})


_COMMA = _(", ")


class Row:
    """Words in a row, for a place of a message: each is said in the language in force when the row is shown.

    Args:
        words: the words, or whatever says itself when it is turned into text.
        by: what separates them.

    >>> str(Row(["web", "cache"])), str(Row(["✓", "web"], by=" "))
    ('web, cache', '✓ web')
    """

    def __init__(self, words: Iterable[object], by: str = _COMMA) -> None:
        self.words = tuple(words)
        self.by = by

    def __str__(self) -> str:
        return str(self.by).join(map(str, self.words))


def marked(words: object, right: bool) -> Row:
    """Return words after the sign that says whether they are right.

    >>> str(marked("port", True)), str(marked("port", False))
    ('✓ port', '✗ port')
    """
    return Row(["✓" if right else "✗", words], by=" ")


class Kind(Protocol):
    """One kind of answer: a number, a choice, names of Pods, ..."""

    @property
    def form(self) -> str:
        """What such an answer looks like, for the field that takes it; "" where it is chosen and not written."""
        ...

    @property
    def lines(self) -> int:
        """How many lines the field has that takes such an answer."""
        ...

    def read(self, answer: Any) -> Any:
        """Return the answer in its one canonical form.

        Raises:
            UnreadableAnswerError: the answer has another form.
        """
        ...

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether a read answer is the one (or has the part) that a belief leads to."""
        ...

    def compare(self, value: Any, right: Any, facts: Mapping[str, str]) -> str:
        """Say how far a wrong answer is off, without giving the right one away; "" if nothing helps.

        Args:
            value: the reader's answer, read.
            right: the right answer, read.
            facts: the words for what a kind shows of an answer, by the keys under which the kind knows it.
        """
        ...


def is_blank(answer: Any) -> bool:
    """Say whether this is no answer yet: None, ..., an empty text or collection, NaN, a row of dots.

    >>> is_blank(...), is_blank("  "), is_blank(float("nan")), is_blank({"a": ...}), is_blank(0)
    (True, True, True, True, False)
    """
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return answer.strip().lower() in BLANKS
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


def _evened_out(answer: Any) -> str:
    """Return text with its spaces, case, width and punctuation evened out."""
    if not isinstance(answer, str):
        raise UnreadableAnswerError("text", type=type(answer).__name__)
    text = (
        unicodedata.normalize("NFKC", answer).strip().strip("\"'`“”‘’「」『』.。、,;!()*").replace("_", " ")
    )
    return _LEAD.sub("", " ".join(text.replace("`", "").lower().split())).strip("\"'“”‘’「」『』()*")


def _spelling(text: str) -> str:
    """Return what tells a word from others, however it is joined: "best-effort" and "BestEffort" are one.

    >>> _spelling("the API server"), _spelling("source, destination") == _spelling("source & destination")
    ('apiserver', True)
    """
    text = _ARTICLE.sub("", _evened_out(text))
    return re.sub(r"[\s-]", "", _JOINS.sub(" and ", text))


def _one_letter_off(word: str, other: str) -> bool:
    """Say whether one letter more, less or exchanged, or two that changed places, make one word of the other.

    >>> _one_letter_off("refusd", "refused"), _one_letter_off("connection", "connected")
    (True, False)
    """
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    while word and other and word[0] == other[0]:
        word, other = word[1:], other[1:]
    while word and other and word[-1] == other[-1]:
        word, other = word[:-1], other[:-1]
    return max(len(word), len(other)) == 1 or (len(word) == 2 and word == other[::-1])


def _typo_of(typed: str, spellings: Mapping[str, str]) -> str:
    """Return the sentence that names the one word which was mistyped; "" where that is not certain.

    What a reader meant is not guessed: a word that is merely alike may be the opposite, or give the right one away.

    Args:
        typed: what was given, spelt as the keys of `spellings`.
        spellings: from each spelling to the word that it means.

    >>> _typo_of("refusd", {"refused": "refused", "timeout": "timeout"})
    ' Did you mean "refused"?'
    >>> _typo_of("node4", {"node1": "node-1", "node3": "node-3"})
    ''
    """
    if len(typed) < _SHORTEST_TYPO:
        return ""
    meant = {word for spelling, word in spellings.items() if _one_letter_off(typed[:60], spelling)}
    return suggestion(*meant) if len(meant) == 1 else ""


def _nothing(text: str) -> bool:
    return text in NOTHING or _NO_SUCH_THING.fullmatch(text) is not None


def _items(answer: Any) -> list[Any]:
    """Return the members of an answer: of a collection, a table, a column, or a text with commas."""
    if isinstance(answer, str):
        if _nothing(_evened_out(answer)):
            return []
        text = _LEAD.sub("", unicodedata.normalize("NFKC", answer).strip())
        return [item for item in re.split(r"[,;、&+|\s]+|以及|[和与及]", text) if item]
    columns = getattr(answer, "columns", None)
    if columns is not None:
        if "NAME" not in columns:
            raise UnreadableAnswerError("column")
        return [str(name) for name in islice(answer["NAME"], _MOST)]
    if isinstance(answer, Iterable) and not isinstance(answer, (bytes, bytearray)):
        return list(islice(answer, _MOST))
    return [answer]


class _Plain:
    """What most kinds of answers have in common."""

    form = ""
    lines = 1

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both are the same."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any, facts: Mapping[str, str]) -> str:
        """Say nothing: it is right or not."""
        del value, right, facts
        return ""


class _Members(_Plain):
    """What answers have in common that are sets."""

    def compare(self, value: Collection[str], right: Collection[str], facts: Mapping[str, str]) -> str:
        """Say whether something is missing or does not belong."""
        del facts
        strange, missing = set(value) - set(right), set(right) - set(value)
        if strange and missing:
            return _("Something in your answer does not belong there, and something else is missing.")
        if strange:
            return _("Something in your answer does not belong there.")
        return _("Something is missing in your answer.") if missing else ""


def _numbers(text: str) -> Iterable[int]:
    """Return the whole numbers of a text: in digits, in English and in Chinese words."""
    for digits in _DIGITS.findall(text):
        whole, _point, rest = digits.replace(",", "").partition(".")
        if rest.strip("0") or len(whole) > _MOST_SIGNS:
            raise UnreadableAnswerError("number")
        yield int(whole)
    for word in re.findall(r"[a-z]+", text):
        if word in NUMBERS:
            yield NUMBERS.index(word) % _TIMES
    for signs in _CHINESE.findall(text):
        if len(signs) > _MOST_SIGNS:
            raise UnreadableAnswerError("number")
        yield _chinese(signs)


def _chinese(signs: str) -> int:
    """Return a number that is written in Chinese signs, up to some thousands.

    >>> _chinese("四"), _chinese("十一"), _chinese("三千三百零六")
    (4, 11, 3306)
    """
    total = digit = 0
    for sign in signs:
        if sign in CHINESE_UNITS:
            total += (digit or 1) * CHINESE_UNITS[sign]
            digit = 0
        else:
            digit = digit * 10 + CHINESE_DIGITS[sign]
    return total + digit


class Number(_Plain):
    """A whole number: 4, "4", "4.0", [4], "4 Pods", "four", "四"; of a list or a table of things, how many it has.

    >>> Number().read("four Pods"), Number().read("四个"), Number().read("4.0"), Number().read(["a", "b"])
    (4, 4, 4, 2)
    """

    form = _("a whole number, such as 7")

    def read(self, answer: Any) -> int:
        """Return the number; raises UnreadableAnswerError."""
        if isinstance(answer, str):
            text = _evened_out(answer)
            if _nothing(text):
                return 0
            numbers = set(_numbers(text))
            if len(numbers) == 1:
                (number,) = numbers
                return number
        elif isinstance(answer, (list, tuple, set, frozenset)) and [*map(type, answer)] == [int]:
            return self.read(next(iter(answer)))  # [3] is no list of things
        elif hasattr(answer, "columns") or isinstance(answer, (list, tuple, set, frozenset)):
            return len(answer)
        elif not isinstance(answer, (bool, Mapping)):
            try:
                whole = int(answer)
            except (TypeError, ValueError, OverflowError):
                whole = None
            if whole is not None and whole == answer and abs(whole) < 10**_MOST_SIGNS:
                return whole
        raise UnreadableAnswerError("number")


@dataclass(frozen=True)
class Choice(_Plain):
    """One letter of a few.

    >>> Choice("abc").read("(B)")
    'b'
    """

    letters: str

    def read(self, answer: Any) -> str:
        """Return the letter; raises UnreadableAnswerError."""
        if isinstance(answer, (list, tuple, set, frozenset)) and len(answer) == 1:
            answer = next(iter(answer))
        if isinstance(answer, str):
            text = _evened_out(answer)
            # "b", "(b)", "answer b", or a line that was copied: "b) nowhere"
            found = re.fullmatch(r"(?:(?:answer|option|letter) )?([a-z])(?:\s*[).:·].*)?", text)
            if found and found[1] in self.letters:
                return found[1]
        raise UnreadableAnswerError("letter", letters=_quoted(self.letters))


@dataclass(frozen=True)
class Choices(_Members):
    """Any number of letters: {"a", "c"}, ["a", "c"], "a, c", "a & c", "a、c", "ac"; "none" of them, "all" of them.

    >>> sorted(Choices("abc").read("c and a")), sorted(Choices("abc").read("b、c"))
    (['a', 'c'], ['b', 'c'])
    """

    letters: str

    def read(self, answer: Any) -> frozenset[str]:
        """Return the letters; raises UnreadableAnswerError."""
        if isinstance(answer, Mapping):
            answer = [key for key, value in answer.items() if value is True]
        letters: set[str] = set()
        if isinstance(answer, str) and self._means_all(_evened_out(answer)):
            return frozenset(self.letters)
        for item in _items(answer):
            if not isinstance(item, str):
                raise UnreadableAnswerError("letters", letters=_quoted(self.letters))
            word = _evened_out(item)
            if word != "and":
                letters.update(re.sub(r"[/.()·\[\]{}'\"。*]", "", word))
        if not letters <= set(self.letters):
            raise UnreadableAnswerError("letters", letters=_quoted(self.letters))
        return frozenset(letters)

    def _means_all(self, text: str) -> bool:
        number = next(iter(NUMBERS[len(self.letters) : len(self.letters) + 1]), "")
        return text in _ALL or text == f"all {number}"


@dataclass(frozen=True)
class Word(_Plain):
    """One of a few words, each with its other names.

    Args:
        words: from each word, as it counts, to what else it may be called ("cluster ip": ["vip"]).

    >>> Word({"refused": ["a refusal"], "timeout": []}).read("A refusal."), Word({"BestEffort": []}).read("best-effort")
    ('refused', 'BestEffort')
    """

    words: Mapping[str, Collection[str]]

    def read(self, answer: Any) -> str:
        """Return the word as it counts; raises UnreadableAnswerError."""
        if isinstance(answer, (list, tuple, set, frozenset)) and len(answer) == 1:
            answer = next(iter(answer))
        if isinstance(answer, (bool, int)):
            answer = str(answer) if type(answer) is int else "yes" if answer else "no"
        if not isinstance(answer, str):
            raise UnreadableAnswerError("text", type=type(answer).__name__)
        spellings = self.spellings
        typed = _spelling(answer)
        if typed not in spellings:
            raise UnreadableAnswerError("word", words=", ".join(self.words), near=_typo_of(typed, spellings))
        return spellings[typed]

    @property
    def spellings(self) -> dict[str, str]:
        """From each spelling, as `read` compares them, to the word as it counts."""
        return {_spelling(name): word for word, others in self.words.items() for name in (word, *others)}


YES_NO = Word(
    {
        "yes": [
            *("y", "true", "yes it is", "yes it does", "yes there is"),
            *("是", "是的", "对", "会", "能", "有", "可以"),
        ],
        "no": [
            *("n", "false", "not", "no it is not", "no it does not", "no there is not"),
            *("否", "不", "不是", "不会", "不能", "没有", "不对", "不可以"),
        ],
    }
)
"""An answer with yes or no, in English or in Chinese."""


@dataclass(frozen=True)
class Names(_Members):
    """Names of objects, as text, references, objects, or a table with a column NAME; order means nothing.

    Args:
        known: returns, for each name that may be given, the name that counts: a Pod with a name that was made up counts
            under the name of its workload, so that both can be written.

    >>> sorted(Names(lambda: {"web": "web", "db-0": "db"}).read("pod/web, db-0"))
    ['db', 'web']
    """

    known: Callable[[], Mapping[str, str]]

    form = _("names, with commas between them")

    def read(self, answer: Any) -> frozenset[str]:
        """Return the names that count; raises UnreadableAnswerError."""
        known = self.known()
        names = set()
        for item in _items(answer):
            name = str(getattr(item, "name", item)).strip().strip("\"'`“”()[].").rpartition("/")[2].lower()
            workload = _MADE_UP.sub("", name)  # of a Pod of the reader's own cluster
            if name in known:
                names.add(known[name])
            elif workload in known:
                names.add(known[workload])
            elif name not in _FILLERS or not isinstance(answer, str):
                near = _typo_of(name, {each: each for each in known})
                raise UnreadableAnswerError("name", name=name[:60], near=near)
        return frozenset(names)


class Address(_Plain):
    """An IP address ("10.96.0.1") or a range of them ("10.96.0.0/16"); "none" for no address."""

    form = _("an address, such as 10.0.0.7")

    def read(self, answer: Any) -> str:
        """Return the address or the range in its canonical form; raises UnreadableAnswerError."""
        if isinstance(answer, str) and _nothing(_evened_out(answer)):
            return "none"
        try:
            if isinstance(answer, (list, tuple, set, frozenset)) and len(answer) == 1:
                answer = next(iter(answer))
            text = _LEAD.sub("", unicodedata.normalize("NFKC", str(answer)).strip()).strip("\"'`.。")
            return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))
        except ValueError:
            raise UnreadableAnswerError("address") from None


@dataclass(frozen=True)
class Fields:
    """A dict with an answer for each key; a key may also be given as it is called in the language in force.

    Args:
        kinds: the kind of the answer to each key.
        called: returns what a key is called.

    >>> Fields({"port": Number(), "who": Choice("ab")}).read({"port": "80", "who": "A"})
    {'port': 80, 'who': 'a'}
    """

    kinds: Mapping[str, Kind]
    called: Callable[[str], str] = str

    form = ""
    lines = 1

    def read(self, answer: Any) -> dict[str, Hashable]:
        """Return each field's answer in its canonical form.

        Raises:
            UnreadableAnswerError: an answer is none of its kind; with the code MISSING, where fields are still blank.
        """
        called = {str(self.called(key)): key for key in self.kinds}
        keys = Row(map(self.called, self.kinds))
        if not isinstance(answer, Mapping):
            raise UnreadableAnswerError("dict", keys=keys)
        typed = {str(key).strip(): value for key, value in answer.items()}
        given = {called.get(key, key): value for key, value in typed.items()}
        unknown = next((key for key in given if key not in self.kinds), None)
        if unknown is not None:
            near = did_you_mean(unknown, called)
            raise UnreadableAnswerError("key", key=unknown[:60], keys=keys, near=near)
        missing = [self.called(key) for key in self.kinds if is_blank(given.get(key))]
        if missing:
            raise UnreadableAnswerError(MISSING, keys=Row(missing))
        return {key: self._field(key, given[key]) for key in self.kinds}

    def _field(self, key: str, answer: Any) -> Any:
        try:
            return self.kinds[key].read(answer)
        except UnreadableAnswerError as error:
            raise error.of_field(self.called(key)) from None

    def fits(self, value: Mapping[str, Any], wrong: Mapping[str, Any]) -> bool:
        """Say whether the fields that a belief gets wrong are there as it would have them."""
        return all(
            key in value and self.kinds[key].fits(value[key], self.kinds[key].read(item))
            for key, item in wrong.items()
        )

    def compare(self, value: Mapping[str, Any], right: Mapping[str, Any], facts: Mapping[str, str]) -> str:
        """Say which fields are right and which are not."""
        del facts
        return _(
            "{facts}.", facts=Row(marked(self.called(key), value[key] == right[key]) for key in self.kinds)
        )


def _quoted(letters: str) -> str:
    return ", ".join(f'"{letter}"' for letter in letters)
