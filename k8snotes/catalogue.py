"""The catalogue: whatever k8snotes itself says is a message in it, and is said in the language in force.

A sentence is written in English where it is said, as a whole message with named places, and marked by `_` (or by
`ngettext` where a number decides between one and several). What comes back is a `Text`: an ordinary string in the
language of the moment, which says itself anew wherever it is shown after the language has changed. So facts can keep
their sentences, and views are made again.

The translations are gettext's: `locale/LANGUAGE/LC_MESSAGES/k8snotes.po`, and beside it the `.mo` that is read. What
Kubernetes and kubectl say is not in the catalogue, because it is theirs.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar, overload

__all__ = [
    "FOLDERS",
    "Text",
    "_",
    "by_language",
    "clauses",
    "current",
    "known",
    "matching",
    "named",
    "ngettext",
    "sentences",
    "speaking",
    "use",
]

FOLDERS = [Path(__file__).parent / "locale"]
"""Where translations are looked for, in this order."""

_Value = TypeVar("_Value")


class _Translations(Protocol):
    """What is asked of a translation: the two questions of gettext."""

    def gettext(self, message: str) -> str: ...
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...


class _State:
    """The language in force, and its translations (None in English)."""

    name = "en"
    translations: _Translations | None = None


class Text(str):
    """A message of the catalogue with its places filled in: a string in the language in which it was made.

    Shown after another language has come into force (`str()`, an f-string, a place of another message), it is said
    in that one. Joining or cutting it gives a plain string, in the language of the moment.

    >>> text = _("{name} has {pods}", name="web", pods=ngettext("{n} Pod", "{n} Pods", 2))
    >>> text, f"{text}."
    ('web has 2 Pods', 'web has 2 Pods.')
    """

    __slots__ = ("_language", "_message", "_number", "_places", "_plural")

    _message: str
    _plural: str
    _number: int
    _places: dict[str, Any]
    _language: str

    def __str__(self) -> str:
        if self._language == _State.name:
            return str.__str__(self)
        return _filled(self._message, self._plural, self._number, self._places)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return _text, (self._message, self._plural, self._number, self._places)


def _(message: str, /, **places: Any) -> Text:
    """Return a message in the language in force.

    Args:
        message: the whole sentence, in English, with named places: "{service} selects {n} Pods".
        places: the values for the places; without any, the message is taken as it is, braces and all.

    >>> _("{service} selects nothing", service="web")
    'web selects nothing'
    """
    return _text(message, "", 0, places)


def ngettext(one: str, several: str, n: int, /, **places: Any) -> Text:
    """Return the form of a message that fits a number, in the language in force; the number is its place {n}.

    Args:
        one: the message for 1, in English.
        several: the message for any other number.
        n: the number.
        places: the values for the other places.

    >>> ngettext("{n} Pod", "{n} Pods", 1), ngettext("{n} Pod", "{n} Pods", 0)
    ('1 Pod', '0 Pods')
    """
    return _text(one, several, n, {"n": n, **places})


def _text(message: str, plural: str, number: int, places: dict[str, Any]) -> Text:
    text = Text.__new__(Text, _filled(message, plural, number, places))
    text._message, text._plural, text._number = message, plural, number  # noqa: SLF001  # its maker
    text._places, text._language = places, _State.name  # noqa: SLF001
    return text


def _filled(message: str, plural: str, number: int, places: dict[str, Any]) -> str:
    said = _State.translations
    if said is None:
        form = message if not plural or number == 1 else plural
    else:
        form = said.ngettext(message, plural, number) if plural else said.gettext(message)
    return form.format(**places) if places else form


def sentences(*said: str) -> str:
    """Return whole sentences in a row, each said anew as it is shown; empty ones are left out.

    >>> sentences(_("{name} has no address.", name="web"), "", _("The DNS server does not know it."))
    'web has no address. The DNS server does not know it.'
    """
    row = ""
    for sentence in filter(None, said):
        row = _("{sentence} {next}", sentence=row, next=sentence) if row else sentence
    return row


def clauses(*said: str) -> str:
    """Return clauses in one sentence, each said anew as it is shown; empty ones are left out.

    >>> clauses(_("{name} is ready", name="web"), _("{name} is ready", name="cache"))
    'web is ready; cache is ready'
    """
    row = ""
    for clause in filter(None, said):
        row = _("{clause}; {next}", clause=row, next=clause) if row else clause
    return row


def named(names: Iterable[object]) -> str:
    """Return names in a row, with the comma that the language has between names, said anew as it is shown.

    >>> named(["web", "cache", "db"]), named([])
    ('web, cache, db', '')
    """
    row = [name if isinstance(name, str) else str(name) for name in names]
    while len(row) > 1:  # in pairs, so that a long row is not nested deeply
        pairs = zip(row[::2], row[1::2], strict=False)
        last = row[-1:] if len(row) % 2 else []
        row = [*(_("{names}, {name}", names=first, name=second) for first, second in pairs), *last]
    return row[0] if row else ""


def current() -> str:
    """Return the language in force.

    >>> current()
    'en'
    """
    return _State.name


def known() -> list[str]:
    """Return the languages that there are: English, and those that have a catalogue."""
    there = {
        path.parent.parent.name for folder in FOLDERS for path in folder.glob("*/LC_MESSAGES/k8snotes.mo")
    }
    return ["en", *sorted(there - {"en"})]


def matching(name: str) -> str:
    """Return the known language that a name means, "" if there is none.

    A name is written as people and computers write them: "zh", "zh-CN", "zh_CN.UTF-8", "EN".

    >>> matching("en_GB.UTF-8"), matching("tlh")
    ('en', '')
    """
    wanted = name.strip().partition(".")[0].replace("-", "_").lower()
    there = {language.replace("-", "_").lower(): language for language in known()}
    return there.get(wanted) or there.get(wanted.partition("_")[0]) or ""


def use(language: str) -> None:
    """Put a language in force: one of those that are known.

    Args:
        language: its name, as `known` has it.
    """
    if language == "en":
        _State.name, _State.translations = "en", None
        return
    from gettext import GNUTranslations  # noqa: PLC0415  # in English nothing needs it

    paths = (folder / language / "LC_MESSAGES" / "k8snotes.mo" for folder in FOLDERS)
    with next(path for path in paths if path.exists()).open("rb") as file:
        _State.name, _State.translations = language, GNUTranslations(file)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Put a language in force for as long as something is made in it.

    Args:
        language: its name, as `known` has it.

    >>> with speaking("zh"):
    ...     current()
    'zh'
    >>> current()
    'en'
    """
    before = current()
    use(language)
    try:
        yield
    finally:
        use(before)


class by_language(Generic[_Value]):  # noqa: N801  # a decorator, as functools.cached_property is
    """A property that is worked out once for each language: what a figure or a result says.

    >>> class Greeting:
    ...     @by_language
    ...     def words(self) -> str:
    ...         return _("hello")
    >>> Greeting().words
    'hello'
    """

    def __init__(self, method: Callable[[Any], _Value]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = f"_{name}_by_language"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...
    def __get__(self, instance: object | None, owner: type) -> Self | _Value:
        """Return the value in the language in force."""
        if instance is None:
            return self
        made: dict[str, _Value] = instance.__dict__.setdefault(self._place, {})
        if _State.name not in made:
            made[_State.name] = self._method(instance)
        return made[_State.name]


def _begin() -> None:
    """Put the language in force that K8SNOTES_LANGUAGE names; an unknown one is told of, and stays English."""
    wanted = os.environ.get("K8SNOTES_LANGUAGE", "")
    if not wanted.strip():
        return
    if language := matching(wanted):
        use(language)
    else:
        there = ", ".join(known())
        warnings.warn(
            f'K8SNOTES_LANGUAGE is "{wanted[:40]}", but there is no such language: k8snotes speaks English. '
            f"There is: {there}.",
            stacklevel=2,
        )


_begin()
