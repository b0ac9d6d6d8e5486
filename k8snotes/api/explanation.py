"""Why labels match a selector or not, requirement by requirement, and what was nearly right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from k8snotes.api.go_text import quoted
from k8snotes.api.requirement import Requirement, whole_number
from k8snotes.screen import printable

__all__ = ["Explanation", "RequirementResult", "explain"]

_LONGEST = 80
_MOST_VALUES = 8
_SLIPS = {"swapped": "{} has two letters swapped", "letter": "{} is one letter off {}"}


class _Selector(Protocol):
    """What is explained: the Selector of api/selector.py, which stands on this module."""

    @property
    def requirements(self) -> tuple[Requirement, ...]: ...
    @property
    def matches_nothing(self) -> bool: ...


class RequirementResult(NamedTuple):
    """One requirement as labels meet it or not; it is true if they do. Printed, it is one line of an Explanation.

    Args:
        requirement: what the selector asks.
        ok: whether the labels meet it.
        why: the reason in words.
        near: the near miss in words ("the key has other case: App"), "" if there is none.
        miss: which near miss it is: "case", "prefix" (of the key), "swapped" (two letters), "letter" (one letter
            off), "elsewhere" (another key has the value), "not-text", "blanks", "number" (the same one, written
            differently), "begins" (the value only begins with the one that is wanted).
    """

    requirement: Requirement
    ok: bool
    why: str
    near: str = ""
    miss: str = ""

    def __bool__(self) -> bool:
        return self.ok

    @printable
    def __str__(self) -> str:
        near = f" ({self.near})" if self.near else ""
        return f"{'✓' if self.ok else '✗'} {self.requirement}: {self.why}{near}"


class Explanation(NamedTuple):
    """Why labels match a selector or not; it is true if they match. Printed, it is a list of reasons.

    Args:
        selector: what was asked.
        labels: the labels that were looked at.
        ok: whether they match.
        parts: one RequirementResult for each requirement, in the order of the selector.

    >>> from k8snotes.api.selector import Selector
    >>> answer = Selector("!canary,tier in (frontend)").explain({"teir": "frontend"})
    >>> bool(answer), [part.near for part in answer.parts]
    (False, ['', 'the key teir has two letters swapped'])
    """

    selector: _Selector
    labels: Mapping[str, Any]
    ok: bool
    parts: tuple[RequirementResult, ...]

    @property
    def why_not(self) -> str:
        """In one line, why the labels do not match, with the near miss where there is one; "" if they match.

        >>> from k8snotes.api.selector import Selector
        >>> Selector("tier=cache").explain({"teir": "cache"}).why_not
        'there is no label tier, and the selector wants cache (the key teir has two letters swapped)'
        """
        failed = [part for part in self.parts if not part.ok]
        return "; ".join(part.why + (f" ({part.near})" if part.near else "") for part in failed)

    def __bool__(self) -> bool:
        return self.ok

    @printable
    def __str__(self) -> str:
        if self.parts:
            return "\n".join(map(str, self.parts))
        if self.ok:
            return "✓ the selector is empty, and an empty selector matches everything"
        return "✗ there is no selector, and no selector matches nothing"

    def __repr__(self) -> str:
        return str(self)


def explain(selector: _Selector, labels: Mapping[str, Any]) -> Explanation:
    """Return the reasons for which labels meet the requirements of a selector, or do not.

    Args:
        selector: a Selector; `Selector.explain` is how readers call this.
        labels: the labels of an object, key to value.

    >>> from k8snotes.api.selector import Selector
    >>> print(explain(Selector("app=web"), {"App": "web"}))
    ✗ app=web: there is no label app, and the selector wants web (the key has other case: App)
    """
    parts = tuple(_result(requirement, labels) for requirement in selector.requirements)
    ok = not selector.matches_nothing and all(part.ok for part in parts)
    return Explanation(selector, dict(labels), ok, parts)


def _result(requirement: Requirement, labels: Mapping[str, Any]) -> RequirementResult:
    key, ok = requirement.key, requirement.matches(labels)
    if key not in labels:
        miss, near = _near_key(requirement, labels)
        return RequirementResult(requirement, ok, _why_absent(requirement), near, miss)
    value = labels[key]
    miss, near = _NO_MISS if ok else _near_value(requirement, value, labels)
    return RequirementResult(requirement, ok, _why_present(requirement, value, ok=ok), near, miss)


def _why_absent(requirement: Requirement) -> str:
    key, operator = requirement.key, requirement.operator
    if operator == "!":
        return f"there is no label {key}, and that is what !{key} asks"
    if operator in {"!=", "notin"}:
        return f"{operator} holds because the key {key} is absent"
    return f"there is no label {key}, and the selector wants {_wanted(requirement)}"


def _why_present(requirement: Requirement, value: Any, *, ok: bool) -> str:
    key, operator, values = requirement.key, requirement.operator, requirement.values
    is_ = f"{key} is {_shown(value)}"
    if operator == "exists":
        return f"the label {key} is there, with the value {_shown(value)}"
    if operator == "!":
        return f"the label {key} is there, with the value {_shown(value)}, and !{key} wants no such label"
    if operator in {"!=", "notin"}:
        return f"{is_}, {'not' if ok else 'and the selector wants anything but'} {_choice(values, ' or ')}"
    if operator in {"gt", "lt"}:
        if not isinstance(value, str) or whole_number(value) is None:
            return f"{is_}, and that is no whole number to compare with {values[0]}"
        than = "more than" if operator == "gt" else "less than"
        return f"{is_}, {than if ok else 'not ' + than} {values[0]}"
    if not ok:
        return f"{is_}, the selector wants {_wanted(requirement)}"
    return f"{is_}, one of {_choice(values, ', ')}" if len(values) > 1 else is_


def _wanted(requirement: Requirement) -> str:
    operator, values = requirement.operator, requirement.values
    if operator == "exists":
        return "one, of any value"
    if operator in {"gt", "lt"}:
        return f"a number {'more' if operator == 'gt' else 'less'} than {values[0]}"
    return ("one of " if len(values) > 1 else "") + _choice(values, ", ")


def _choice(values: Iterable[str], between: str) -> str:
    shown = [_shown(value) for value in values]
    more = [f"{len(shown) - _MOST_VALUES} more"] if len(shown) > _MOST_VALUES else []
    return between.join(shown[:_MOST_VALUES] + more)


def _shown(value: Any) -> str:
    # the value as a reader would type it; what is no plain label value stands in quotes
    if value is None or value == "":
        return "empty"
    if not isinstance(value, str):
        return f"{value} ({_type_name(value)}, not text)"[: 2 * _LONGEST]
    plain = value.isprintable() and " " not in value
    text = value if plain else quoted(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _type_name(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, (int, float)) else f"a {type(value).__name__}"


_Miss = tuple[str, str]  # which near miss, and in words
_NO_MISS: _Miss = ("", "")


def _near_key(requirement: Requirement, labels: Mapping[str, Any]) -> _Miss:
    key = requirement.key
    name = key.rpartition("/")[2]
    keys = sorted(other for other in labels if isinstance(other, str))
    for other in keys:
        if other.lower() == key.lower():
            return "case", f"the key has other case: {_shown(other)}"
    for other in keys:
        if other.rpartition("/")[2] == name:
            there = "under another prefix" if "/" in other else "without a prefix"
            return "prefix", f"the key exists {there}: {_shown(other)}"
    for other in keys:
        slip = _slip(other, key)
        if slip:
            return slip, f"the key {_SLIPS[slip].format(_shown(other), key)}"
    if requirement.operator in {"=", "==", "in"}:
        return _elsewhere(requirement, labels)
    return _NO_MISS


def _elsewhere(requirement: Requirement, labels: Mapping[str, Any]) -> _Miss:
    for other in sorted(other for other in labels if isinstance(other, str)):
        value = labels[other]
        if other != requirement.key and isinstance(value, str) and value and value in requirement.values:
            return "elsewhere", f"another label has that value: {_shown(other)}={value}"
    return _NO_MISS


def _near_value(requirement: Requirement, value: Any, labels: Mapping[str, Any]) -> _Miss:
    if value is not None and not isinstance(value, str):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return "not-text", f'labels are text: write the value in quotes, "{text[:_LONGEST]}"'
    if requirement.operator not in {"=", "==", "in"}:
        return _NO_MISS
    text = value or ""
    for wanted in requirement.values:
        miss = _near_text(text, wanted)
        if miss != _NO_MISS:
            return miss
    return _elsewhere(requirement, labels)


def _near_text(text: str, wanted: str) -> _Miss:
    if text.strip() == wanted:
        return "blanks", "the value has blanks around it"
    if text.lower() == wanted.lower():
        return "case", f"the value has other case: {_shown(text)}, not {_shown(wanted)}"
    number = whole_number(text)
    if number is not None and number == whole_number(wanted):
        return (
            "number",
            f"{_shown(text)} and {_shown(wanted)} are one number, but labels are compared as text",
        )
    slip = _slip(text, wanted)
    if slip:
        return slip, _SLIPS[slip].format(_shown(text), wanted)
    if len(wanted) > 2 and text.startswith(wanted):
        return "begins", f"{_shown(text)} only begins with {wanted}: a selector compares whole values"
    return _NO_MISS


def _slip(text: str, wanted: str) -> str:
    # which of _SLIPS the two differ by, "" for another difference; short words and numbers differ on purpose
    if min(len(text), len(wanted)) < 3 or max(len(text), len(wanted)) > _LONGEST or text == wanted:
        return ""
    if text.rstrip("0123456789") == wanted.rstrip("0123456789"):
        return ""
    start = 0
    while start < min(len(text), len(wanted)) and text[start] == wanted[start]:
        start += 1
    a, b = text[start:], wanted[start:]
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]:
        return "swapped"
    if b[1:] in (a, a[1:]) or b == a[1:]:
        return "letter"
    return ""
