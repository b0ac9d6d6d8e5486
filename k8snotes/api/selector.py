"""Label selectors: which objects are meant by app=web, by tier in (a,b), or by a Service's map.

First the `Selector` itself, then how one is read that is typed after `kubectl get -l`, then what to type instead of
one that Kubernetes refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from k8snotes.api.explanation import Explanation, explain
from k8snotes.api.label_selector import label_selector_object, label_selector_requirements, map_requirements
from k8snotes.api.requirement import (
    BINARY_OPERATORS,
    Fault,
    Requirement,
    aggregated,
    key_faults,
    requirement_faults,
)
from k8snotes.catalogue import _, sentences
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError
from k8snotes.face import offered

__all__ = ["Selector", "parse_requirements"]


class Selector:
    """A label selector, in the syntax of `kubectl get -l`; labels match if they meet every requirement.

    A selector never changes; two are equal if they ask the same.

    Args:
        text: the selector; an empty one matches everything. Another Selector is taken as it is.

    Attributes:
        requirements: what is asked of the labels, sorted by key.
        matches_nothing: whether this is the selector of an object that has none, which matches nothing.

    Raises:
        SelectorSyntaxError: Kubernetes would refuse the text; it has Kubernetes' message, the place and a hint.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

    >>> s = Selector("tier in (frontend, backend), !canary")
    >>> s.matches({"tier": "frontend"}), s.matches({"tier": "frontend", "canary": "true"})
    (True, False)
    >>> print(s)
    !canary,tier in (backend,frontend)
    """

    __slots__ = ("matches_nothing", "requirements")

    requirements: tuple[Requirement, ...]
    matches_nothing: bool

    __dir__ = offered("from_stored_map")

    def __init__(self, text: str | Selector) -> None:
        if isinstance(text, Selector):
            self.__setstate__((text.requirements, text.matches_nothing))
            return
        if not isinstance(text, str):
            raise SelectorSyntaxError(
                _(
                    'A selector is text, such as "app=web", but this is of type {type}.',
                    type=type(text).__name__,
                ),
                hint=_(
                    "Read a Service's map with Selector.from_map, and a Deployment's selector with "
                    "Selector.from_label_selector."
                ),
                code="no-text",
            )
        try:
            self.__setstate__((tuple(parse_requirements(text)), False))
        except SelectorSyntaxError as error:
            error.hint, error.instead = _hint(error)
            raise

    @classmethod
    def _of(cls, requirements: Iterable[Requirement], *, matches_nothing: bool = False) -> Selector:
        selector = cls.__new__(cls)
        selector.__setstate__((tuple(requirements), matches_nothing))
        return selector

    def __setstate__(self, state: tuple[tuple[Requirement, ...], bool]) -> None:
        object.__setattr__(self, "requirements", state[0])
        object.__setattr__(self, "matches_nothing", state[1])

    def __reduce__(self) -> Any:
        # how it is copied and pickled, though it cannot be changed
        return object.__new__, (Selector,), (self.requirements, self.matches_nothing)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(_("A Selector never changes, so its {name} cannot be set.", name=name))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selector):
            return NotImplemented
        return (self.requirements, self.matches_nothing) == (other.requirements, other.matches_nothing)

    def __hash__(self) -> int:
        return hash((self.requirements, self.matches_nothing))

    @classmethod
    def from_map(cls, labels: Mapping[str, str] | None) -> Selector:
        """Return the selector of a map of labels, as a Service or a ReplicationController has it.

        An empty map, or none, matches everything here, as in Kubernetes' library; that a Service
        without a selector gets no endpoints is a rule about Services.

        Raises:
            LabelSelectorError: a key or value that no label can have, in Kubernetes' words.

        Source of the rule: `ValidatedSelectorFromSet` of k8s.io/apimachinery/pkg/labels.

        >>> Selector.from_map({"tier": "db", "app": "web"})
        Selector('app=web,tier=db')
        """
        return cls._of(map_requirements(labels))

    @classmethod
    def from_stored_map(cls, labels: Mapping[str, str]) -> Selector:
        """Return the selector of a map that a cluster has stored: it was checked then, and is taken as it is.

        Source of the rule: `Set.AsSelectorPreValidated` of k8s.io/apimachinery/pkg/labels.

        >>> Selector.from_stored_map({"app": "web"}) == Selector.from_map({"app": "web"})
        True
        """
        return cls._of(Requirement(key, "=", (labels[key],)) for key in sorted(labels))

    @classmethod
    def from_label_selector(cls, obj: Mapping[str, Any] | None) -> Selector:
        """Return the selector of a LabelSelector object, as a Deployment or a ReplicaSet has it.

        None matches nothing, {} matches everything.

        Raises:
            LabelSelectorError: Kubernetes would refuse the object; the message is its own.

        Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/

        >>> Selector.from_label_selector({"matchLabels": {"app": "web"}})
        Selector('app=web')
        >>> Selector.from_label_selector(None).matches({"app": "web"})
        False
        """
        if obj is None:
            return cls._of((), matches_nothing=True)
        return cls._of(label_selector_requirements(obj))

    def to_label_selector(self) -> dict[str, Any] | None:
        """Return the same selector as matchLabels and matchExpressions; None if it matches nothing.

        Raises:
            LabelSelectorError: the selector has `>` or `<`, which a LabelSelector object does not have.

        >>> Selector("app=web,tier!=db").to_label_selector()["matchExpressions"]
        [{'key': 'tier', 'operator': 'NotIn', 'values': ['db']}]
        """
        return None if self.matches_nothing else label_selector_object(self.requirements)

    def matches(self, labels: Mapping[str, Any] | None) -> bool:
        """Say whether these labels meet every requirement.

        Args:
            labels: the labels of an object, key to value; None is the same as no labels.

        Raises:
            LabelSelectorError: `labels` is no mapping.

        Source of the rule: `Requirement.Matches` of k8s.io/apimachinery/pkg/labels.

        >>> Selector("weight>5").matches({"weight": "7"})
        True
        """
        if type(labels) is not dict:  # nearly always it is one, and this is asked very often
            labels = _labels(labels)
        return not self.matches_nothing and all(r.matches(labels) for r in self.requirements)

    def explain(self, labels: Mapping[str, Any] | None) -> Explanation:
        """Return, requirement by requirement, why these labels match or do not, and what was nearly right.

        Raises:
            LabelSelectorError: `labels` is no mapping.

        >>> print(Selector("tier=frontend").explain({"tier": "frontnd"}))
        ✗ tier=frontend: tier is frontnd, but the selector wants frontend (frontnd differs from frontend in one letter)
        """
        return explain(self, _labels(labels))

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return "Selector.from_label_selector(None)" if self.matches_nothing else f"Selector({str(self)!r})"


def _labels(labels: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise LabelSelectorError(
            _(
                'Labels are a mapping, such as {{"app": "web"}}, but this is of type {type}. '
                "To ask about an object, pass its labels.",
                type=type(labels).__name__,
            )
        )
    return labels


# Kubernetes' lexer: white space is space, tab, CR and LF; a NUL ends the symbol or word before it, and
# the text where it is alone; the words "in" and "notin" are operators only after a key.
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
        part = match.group(match.lastindex)
        yield _Token(part if match.lastindex == 1 else _WORD, part, match.start(match.lastindex))
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

    def fail(self, code: str, token: _Token, expected: str) -> NoReturn:
        message = f"found '{token.text}', expected: {expected}"
        raise SelectorSyntaxError(message, selector=self.text, position=token.start, code=code)

    def requirements(self) -> list[Requirement]:
        requirements: list[Requirement] = []
        if self.ahead.kind == _END:
            return requirements
        if self.ahead.kind not in {_WORD, "!"}:
            self.fail("key", self.ahead, "!, identifier, or 'end of string'")
        while True:
            requirements.append(self.requirement())
            token = self.take()
            if token.kind == _END:
                return requirements
            if token.kind != ",":
                self.fail("comma", token, "',' or 'end of string'")
            if self.ahead.kind not in {_WORD, "!"}:
                self.fail("key", self.ahead, "identifier after ','")

    def requirement(self) -> Requirement:
        negated = self.ahead.kind == "!"
        if negated:
            self.take()
        key = self.take()
        if key.kind != _WORD:
            self.refuse("key", key, "identifier")
        faults = key_faults(key.text, "<nil>")
        if faults:
            self.refuse_value(faults, key.start)
        if negated:
            return Requirement(key.text, "!")
        if self.ahead.kind in {_END, ","}:
            return Requirement(key.text, "exists")
        token = self.take()
        operator = _OPERATORS.get(token.text)
        if operator is None:
            self.refuse("operator", token, ", ".join(BINARY_OPERATORS))
        places = self.value_list() if operator in {"in", "notin"} else self.one_value()
        values = tuple(sorted(places))
        faults = requirement_faults(key.text, operator, values)
        if faults:
            # the place is that of the first bad value in alphabetical order, as the values are sorted
            _code, number, _message = min(faults, key=lambda fault: fault[1])
            self.refuse_value(faults, places[values[number]])
        return Requirement(key.text, operator, values)

    def refuse(self, code: str, token: _Token, expected: str) -> NoReturn:
        comma = "" if code == "open" else ","  # Kubernetes leaves it out in this one message
        message = f"unable to parse requirement: found '{token.text}'{comma} expected: {expected}"
        raise SelectorSyntaxError(message, selector=self.text, position=token.start, code=code)

    def refuse_value(self, faults: list[Fault], position: int) -> NoReturn:
        message = f"unable to parse requirement: {aggregated(faults)}"
        raise SelectorSyntaxError(message, selector=self.text, position=position, code=faults[0][0])

    def one_value(self) -> dict[str, int]:
        """Return the value after an operator, and its place; nothing there means the empty value."""
        if self.ahead.kind in {_END, ","}:
            return {"": self.ahead.start}
        token = self.take()
        if token.kind != _WORD:
            self.refuse("value", token, "identifier")
        return {token.text: token.start}

    def value_list(self) -> dict[str, int]:
        """Return the values in parentheses with their places; nothing beside a comma is the empty value."""
        token = self.take()
        if token.kind != "(":
            self.refuse("open", token, "'('")
        places: dict[str, int] = {}
        if self.ahead.kind not in {_WORD, ",", ")"}:
            self.refuse("value", self.ahead, "',', ')' or identifier")
        if self.ahead.kind == ")":
            places[""] = self.take().start
            return places
        while True:
            token = self.take()
            if token.kind == _WORD:
                places.setdefault(token.text, token.start)
                if self.ahead.kind not in {",", ")"}:
                    self.refuse("close", self.ahead, "',' or ')'")
            elif token.kind == ",":
                if not places or self.ahead.kind in {",", ")"}:
                    places.setdefault("", token.start)
            else:
                self.refuse("value", token, "',', or identifier")
            if self.ahead.kind == ")":
                self.take()
                return places


def parse_requirements(text: str) -> list[Requirement]:
    """Return the requirements of a selector, sorted by key; those of one key in the order in which they were typed.

    Raises:
        SelectorSyntaxError: Kubernetes would refuse the text. The message is its own, `.position` the start of
            the word or symbol that is wrong, `.code` says what is wrong with it.

    Source of the rule: `labels.Parse` of k8s.io/apimachinery.

    >>> [str(r) for r in parse_requirements("tier in (b, a), app=web")]
    ['app=web', 'tier in (a,b)']
    """
    return sorted(_Parser(text).requirements(), key=lambda requirement: requirement.key)


# What to type instead. Longer texts are no slips of the hand; they get the rule, not a rewritten selector.
_LONGEST = 300
_Rewrite = Callable[[str], str]


def _sub(pattern: str, by: str | Callable[[re.Match[str]], str]) -> _Rewrite:
    # the pattern is compiled when it is first asked: most selectors are right
    return lambda text: re.sub(pattern, by, text, flags=re.IGNORECASE)


def _next_number(match: re.Match[str]) -> str:
    sign, number = match.group(1), int(match.group(2))
    return (
        f">{number - 1}" if sign == ">" and number > 0 else f"<{number + 1}" if sign == "<" else match.group()
    )


def _one_of(text: str) -> str:
    # a=x || a=y says "a in (x,y)", but only when both ask for the same key
    parts = [
        re.fullmatch(r"\s*([^\s=]+)\s*==?\s*([^\s=]+)\s*", p)
        for p in re.split(r"\|\|?|\bor\b", text, flags=re.IGNORECASE)
    ]
    pairs = [match.groups() for match in parts if match]
    if len(parts) < 2 or len(pairs) != len(parts) or len({key for key, _value in pairs}) != 1:
        return text
    return f"{pairs[0][0]} in ({','.join(value for _key, value in pairs)})"


def _with_commas(text: str) -> str:
    # a=x b=y c=z: a comma at each place where Kubernetes would have taken one
    for _time in range(8):
        try:
            parse_requirements(text)
        except SelectorSyntaxError as error:
            if error.code != "comma":
                return text
            text = text[: error.position].rstrip() + "," + text[error.position :]
        else:
            return text
    return text


# Ways of writing that people bring along: what a selector has instead, and the selector written so.
_HABITS: tuple[tuple[str, _Rewrite], ...] = (
    (_("-l belongs to the kubectl command, not to the selector."), _sub(r"^\s*(?:-l|--selector)[\s=]+", "")),
    (_("A selector has no quotes."), _sub(r"[\"'`“”‘’]", "")),
    (_("matchLabels belongs in a manifest."), _sub(r"^\s*(?:selector:)?\s*(?:matchLabels|selector):\s*", "")),
    (_("A selector has no braces."), _sub(r"^\s*\{(.*)\}\s*$", r"\1")),
    (_("A colon belongs in YAML. A selector has = between key and value."), _sub(r"\s*:\s*", "=")),
    (_("The values of in and notin are written in round parentheses."), _sub(r"\b(in|notin)\s*[\[{]([^\]}]*)[\]}]", r"\1 (\2)")),
    (_("Commas separate the values in parentheses."), _sub(r"(?<=[(,\s])([\w.-]+)\s*[;|\s]\s*(?=[\w.-]+[^()]*\))", r"\1,")),
    (_("A comma means and."), _sub(r"\s*(?:&&?|;|\band\b)\s*", ",")),
    (_("There is no or between requirements. Several values of one key are written as a list."), _one_of),
    (_("The operator notin is one word in lower case."), _sub(r"\bnot\s+in\b|\bnotin\b|!\s*in\b", "notin")),
    (_("The operator in is written in lower case."), _sub(r"(?<=\s)in(?=\s*\()", "in")),
    (_("There is a space between the key and the operator."), _sub(r"(?<=[\w.-])(notin|in)(?=\s*\()", r" \1 ")),
    (_("Not equal is written !=."), _sub(r"<>|=!|!\s+=|!==|(?<=\w)!(?=\w)", "!=")),
    (_("Equal is written = or ==."), _sub(r"===+|=\s+=", "=")),
    (_("There is no >= and no <=, but for whole numbers > and < can say the same."), _sub(r"([<>])\s*=\s*(\d{1,18})", _next_number)),
    (_("To ask that a key is absent, write !key."), _sub(r"\bnot\s+(?=[\w./-]+\s*(?:,|$))|!\s*!\s*!|\bdoes\s?not\s?exist\s+", "!")),
    (_("To ask that a key is there, write the key alone."), _sub(r"!\s*!|\bexists\s*\(\s*([^\s()]+)\s*\)|(?<=\S)\s+exists\b", r"\1")),
    (_("Only the values of in and notin are written in parentheses."), _sub(r"^\s*\((.*)\)\s*$|(?<==)\s*\(([^(),]*)\)", r"\1\2")),
    (_("in and notin need their values in parentheses."), _sub(r"(?<=\s)(in|notin)\s+([^\s(),]+(?:,[^\s(),=!]+)*)\)?\s*$", r"\1 (\2)")),
    (_("A parenthesis is not closed."), _sub(r"(\([^()]*)$", r"\1)")),
    (_("A comma is written only between two requirements."), _sub(r"^[\s,]+|[\s,]+$|(?<=,)\s*,", "")),
    (_("The prefix of a key is written in lower case."), _sub(r"(?<![^\s,!])[\w.-]+/", lambda match: match.group().lower())),
    (_("Two requirements are separated by a comma."), _with_commas),
)  # fmt: skip

_OBJECT = _(
    "Read a LabelSelector object with Selector.from_label_selector({...}). Here write app=web,tier in (a,b)."
)
_GENERAL = (
    (r"= *\S*\*|in *\([^)]*\*", _("There are no wildcards. List the values, as in app in (web,db), or write the key alone to take any value.")),
    (r"\||\bor\b", _("There is no or between requirements. Several values of one key are written app in (web,db).")),
)  # fmt: skip

_RULES = {
    "value-shape": _(
        "A label value consists of letters, digits, - _ and . and begins and ends with a letter or digit. "
        "It may also be empty."
    ),
    "value-length": _("A label value has at most 63 characters."),
    "number": _("> and < take one whole number, as in weight>5."),
    "key-name": _(
        "A label key is a name of letters, digits, - _ and . and may have a prefix, as in app.kubernetes.io/name."
    ),
    "key-prefix": _("The prefix of a label key is a DNS name in lower case, as in app.kubernetes.io/name."),
    "key-slash": _("A label key has at most one slash, as in prefix/name."),
}
_SIGN = _("A label value cannot begin with a sign, so > and < take whole numbers from 0 up.")
_GRAMMAR = _(
    "A selector is written app=web, app!=web, tier in (a,b), tier notin (a,b), canary or !canary. "
    "Commas between requirements mean and."
)


def _hint(error: SelectorSyntaxError) -> tuple[str, str]:
    """Return what a beginner should type instead, and the selector so written, which Kubernetes would take, or ""."""
    text = error.selector
    if "matchExpressions" in text[:_LONGEST]:
        return _OBJECT, ""
    if len(text) <= _LONGEST:
        for advice, rewrite in _HABITS:
            alone = rewrite(text)
            if alone != text and _reads(alone):
                return _written(advice, alone)
        advices, now = "", text
        for advice, rewrite in _HABITS:
            before, now = now, rewrite(now)
            if now != before:
                advices = sentences(advices, advice)
                if _reads(now):
                    return _written(advices, now)
    return _rule(error), ""


def _written(advice: str, selector: str) -> tuple[str, str]:
    instead = selector.strip()
    return _("{advice} Write: {selector}", advice=advice, selector=instead), instead


def _rule(error: SelectorSyntaxError) -> str:
    """Return the rule that a selector breaks for which no better one is known."""
    near, place = error.selector[:_LONGEST], error.position
    if error.selector[max(0, place - _LONGEST) : place].rstrip().endswith((">", "<")):
        if error.selector[place : place + 1] in {"-", "+"}:
            return _SIGN
        return _RULES["number"]
    for pattern, advice in _GENERAL:
        if re.search(pattern, near):
            return advice
    return _RULES.get(error.code, _GRAMMAR)


def _reads(text: str) -> bool:
    if not text.strip():
        return False
    try:
        parse_requirements(text)
    except SelectorSyntaxError:
        return False
    return True
