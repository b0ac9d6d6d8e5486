"""Reads a label selector as one types it after `kubectl get -l`: app=web, tier in (a,b), !canary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from k8snotes.api.requirement import BINARY_OPERATORS, Requirement, key_error, requirement_error, whole_number
from k8snotes.errors import SelectorSyntaxError

__all__ = ["parse_requirements"]

# Kubernetes' lexer: blanks are space, tab, CR and LF; a NUL ends the symbol or word before it, and
# the text where it stands alone; the words "in" and "notin" are operators only after a key.
_TOKEN = re.compile(r"[ \t\r\n]*+(?:(==|!=|[=!(),<>])|([^=!(),<> \t\r\n\0]++))?+\0?+")
_END = "end"
_WORD = "word"
_OPERATORS = {
    "in": "in",
    "notin": "notin",
    "=": "=",
    "==": "==",
    "!=": "!=",
    ">": "gt",
    "<": "lt",
}


class _Token(NamedTuple):
    kind: str  # "word", "end", or the symbol itself
    text: str
    start: int


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastindex is None:
            end = len(text) if match is None else match.end() - match.group().endswith("\0")
            yield _Token(_END, "", end)
            return
        found = match.group(match.lastindex)
        yield _Token(found if match.lastindex == 1 else _WORD, found, match.start(match.lastindex))
        position = match.end()


class _Parser:
    """Recursive descent over the tokens, one ahead, as `Parser` of k8s.io/apimachinery/pkg/labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.ahead = next(self.tokens)

    def take(self) -> _Token:
        token = self.ahead
        if token.kind != _END:
            self.ahead = next(self.tokens)
        return token

    def fail(self, message: str, position: int, code: str = "", word: str = "") -> NoReturn:
        raise SelectorSyntaxError(message, selector=self.text, position=position, code=code, word=word)

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        if self.ahead.kind == _END:
            return found
        if self.ahead.kind not in {_WORD, "!"}:
            self.fail(
                f"found '{self.ahead.text}', expected: !, identifier, or 'end of string'", self.ahead.start
            )
        while True:
            found.append(self.requirement())
            token = self.take()
            if token.kind == _END:
                return found
            if token.kind != ",":
                self.fail(f"found '{token.text}', expected: ',' or 'end of string'", token.start, "comma")
            if self.ahead.kind not in {_WORD, "!"}:
                self.fail(f"found '{self.ahead.text}', expected: identifier after ','", self.ahead.start)

    def requirement(self) -> Requirement:
        negated = self.ahead.kind == "!"
        if negated:
            self.take()
        key = self.take()
        if key.kind != _WORD:
            self.refuse(f"found '{key.text}', expected: identifier", key.start)
        error = key_error(key.text, "<nil>")
        if error:
            self.refuse(error, key.start, "key", key.text)
        if negated:
            return Requirement(key.text, "!")
        if self.ahead.kind in {_END, ","}:
            return Requirement(key.text, "exists")
        token = self.take()
        operator = _OPERATORS.get(token.text)
        if operator is None:
            self.refuse(f"found '{token.text}', expected: {', '.join(BINARY_OPERATORS)}", token.start)
        places = self.value_list() if operator in {"in", "notin"} else self.one_value()
        values = tuple(sorted(places))
        error = requirement_error(key.text, operator, values)
        if error:
            bad = _first_bad(key.text, operator, values)
            self.refuse(error, places[bad], "value", bad)
        return Requirement(key.text, operator, values)

    def refuse(self, message: str, position: int, code: str = "", word: str = "") -> NoReturn:
        self.fail(f"unable to parse requirement: {message}", position, code, word)

    def one_value(self) -> dict[str, int]:
        """Return the value after an operator, and its place; nothing there means the empty value."""
        if self.ahead.kind in {_END, ","}:
            return {"": self.ahead.start}
        token = self.take()
        if token.kind != _WORD:
            self.refuse(f"found '{token.text}', expected: identifier", token.start)
        return {token.text: token.start}

    def value_list(self) -> dict[str, int]:
        """Return the values in parentheses with their places; nothing beside a comma is the empty value."""
        token = self.take()
        if token.kind != "(":
            self.refuse(f"found '{token.text}' expected: '('", token.start)
        places: dict[str, int] = {}
        if self.ahead.kind not in {_WORD, ",", ")"}:
            self.refuse(f"found '{self.ahead.text}', expected: ',', ')' or identifier", self.ahead.start)
        if self.ahead.kind == ")":
            places[""] = self.take().start
            return places
        while True:
            token = self.take()
            if token.kind == _WORD:
                places.setdefault(token.text, token.start)
                if self.ahead.kind not in {",", ")"}:
                    self.refuse(f"found '{self.ahead.text}', expected: ',' or ')'", self.ahead.start)
            elif token.kind == ",":
                if not places or self.ahead.kind in {",", ")"}:
                    places.setdefault("", token.start)
            else:
                self.refuse(f"found '{token.text}', expected: ',', or identifier", token.start)
            if self.ahead.kind == ")":
                self.take()
                return places


def _first_bad(key: str, operator: str, values: tuple[str, ...]) -> str:
    for value in values:
        if operator in {"gt", "lt"} and whole_number(value) is None:
            return value
        if requirement_error(key, "=", (value,)):
            return value
    return values[0]


def parse_requirements(text: str) -> list[Requirement]:
    """Return the requirements of a selector, sorted by key; raises SelectorSyntaxError.

    The message is Kubernetes' own, `.position` the start of the word or symbol that it stumbles over.
    Requirements of the same key stay in the order in which they were typed.
    Source of the rule: `labels.Parse` of k8s.io/apimachinery.

    >>> [str(r) for r in parse_requirements("tier in (b, a), app=web")]
    ['app=web', 'tier in (a,b)']
    """
    return sorted(_Parser(text).requirements(), key=lambda requirement: requirement.key)
