"""Why labels match a selector or not, requirement by requirement, and what was nearly right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from k8snotes.api.go_text import quoted
from k8snotes.api.requirement import Requirement, whole_number
from k8snotes.catalogue import _, clauses, ngettext
from k8snotes.screen import printable, wrapped

__all__ = ["Explanation", "RequirementResult", "explain", "near_text"]

_LONGEST = 80
_MOST_VALUES = 8


class _Selector(Protocol):
    """What is explained: the Selector of api/selector.py, which uses this module."""

    @property
    def requirements(self) -> tuple[Requirement, ...]: ...
    @property
    def matches_nothing(self) -> bool: ...


class RequirementResult(NamedTuple):
    """One requirement as labels meet it or not; it is true if they do. Printed, it is one line of an Explanation.

    Its sentences are made when they are asked for.

    Args:
        requirement: what the selector asks.
        ok: whether the labels meet it.
        present: whether the labels have the key.
        value: the value that they have for it, None where they have none.
        miss: which near miss it is, "" for none: "case" (only upper and lower case differ), "prefix" (of the key),
            "swapped" (two letters), "letter" (one letter differs), "elsewhere" (another key has the value),
            "not-text", "blanks", "number" (the same one, written differently), "begins" (the value only begins with
            the one that is wanted).
        close: what is nearly right: another key, another label ("tier=db"), or the value that is wanted.
    """

    requirement: Requirement
    ok: bool
    present: bool = False
    value: Any = None
    miss: str = ""
    close: str = ""

    @property
    def why(self) -> str:
        """The reason in words."""
        if not self.present:
            return _why_absent(self.requirement)
        return (_why_met if self.ok else _why_not_met)(self.requirement, self.value)

    @property
    def near(self) -> str:
        """The near miss in words ("the key teir has two letters swapped"), "" if there is none."""
        if not self.miss:
            return ""
        return _near_value_words(self) if self.present else _near_key_words(self)

    @property
    def reason(self) -> str:
        """The reason, and the near miss in parentheses where there is one."""
        return _("{why} ({near})", why=self.why, near=self.near) if self.miss else self.why

    def __bool__(self) -> bool:
        return self.ok

    @printable
    def __str__(self) -> str:
        return wrapped(f"{'✓' if self.ok else '✗'} {self.requirement}: {self.reason}")


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
        return clauses(*(part.reason for part in self.parts if not part.ok))

    @property
    def near(self) -> str:
        """In one line, the near misses of the requirements that are not met; "" if there are none."""
        return clauses(*(part.near for part in self.parts if part.miss and not part.ok))

    def __bool__(self) -> bool:
        return self.ok

    @printable
    def __str__(self) -> str:
        if self.parts:
            return "\n".join(map(str, self.parts))
        if self.ok:
            return f"✓ {_('the selector is empty, and an empty selector matches everything')}"
        return f"✗ {_('there is no selector, and a missing selector matches nothing')}"

    def __repr__(self) -> str:
        return str(self)


def explain(selector: _Selector, labels: Mapping[str, Any]) -> Explanation:
    """Return the reasons for which labels meet the requirements of a selector, or do not.

    Args:
        selector: a Selector; `Selector.explain` is how readers call this.
        labels: the labels of an object, key to value.

    >>> from k8snotes.api.selector import Selector
    >>> print(explain(Selector("app=web"), {"App": "web"}))
    ✗ app=web: there is no label app, and the selector wants web (App and app differ only in upper and lower case)
    """
    parts = tuple(_result(requirement, labels) for requirement in selector.requirements)
    ok = not selector.matches_nothing and all(part.ok for part in parts)
    return Explanation(selector, dict(labels), ok, parts)


def _result(requirement: Requirement, labels: Mapping[str, Any]) -> RequirementResult:
    key, ok = requirement.key, requirement.matches(labels)
    if key not in labels:
        miss, close = _near_key(requirement, labels)
        return RequirementResult(requirement, ok, miss=miss, close=close)
    value = labels[key]
    miss, close = _NO_MISS if ok else _near_value(requirement, value, labels)
    return RequirementResult(requirement, ok, present=True, value=value, miss=miss, close=close)


# ---- the reason in words


def _why_absent(requirement: Requirement) -> str:
    key, operator, values = requirement.key, requirement.operator, requirement.values
    if operator == "!":
        return _("there is no label {key}, and that is what !{key} asks", key=key)
    if operator in {"!=", "notin"}:
        return _("{operator} holds because the key {key} is absent", operator=operator, key=key)
    if operator == "exists":
        return _("there is no label {key}, and the selector wants one, with any value", key=key)
    if operator == "gt":
        return _(
            "there is no label {key}, and the selector wants a number greater than {number}",
            key=key,
            number=values[0],
        )
    if operator == "lt":
        return _(
            "there is no label {key}, and the selector wants a number less than {number}",
            key=key,
            number=values[0],
        )
    if len(values) > 1:
        return _(
            "there is no label {key}, and the selector wants one of {values}", key=key, values=_list(values)
        )
    return _("there is no label {key}, and the selector wants {value}", key=key, value=_wanted(values))


def _why_met(requirement: Requirement, value: Any) -> str:
    key, operator, values, said = requirement.key, requirement.operator, requirement.values, _shown(value)
    if operator == "exists":
        return _("the label {key} is there, with the value {value}", key=key, value=said)
    if operator == "gt":
        return _("{key} is {value}, greater than {number}", key=key, value=said, number=values[0])
    if operator == "lt":
        return _("{key} is {value}, less than {number}", key=key, value=said, number=values[0])
    if operator in {"!=", "notin"}:
        if len(values) > 1:
            return _("{key} is {value}, none of {values}", key=key, value=said, values=_list(values))
        return _("{key} is {value}, not {other}", key=key, value=said, other=_wanted(values))
    if len(values) > 1:
        return _("{key} is {value}, one of {values}", key=key, value=said, values=_list(values))
    return _("{key} is {value}", key=key, value=said)


def _why_not_met(requirement: Requirement, value: Any) -> str:
    key, operator, values, said = requirement.key, requirement.operator, requirement.values, _shown(value)
    if operator == "!":
        return _(
            "the label {key} is there, with the value {value}, and !{key} wants no such label",
            key=key,
            value=said,
        )
    if operator in {"gt", "lt"}:
        number = values[0]
        if not isinstance(value, str) or whole_number(value) is None:
            return _(
                "{key} is {value}, which is not a whole number to compare with {number}",
                key=key,
                value=said,
                number=number,
            )
        if operator == "gt":
            return _("{key} is {value}, not greater than {number}", key=key, value=said, number=number)
        return _("{key} is {value}, not less than {number}", key=key, value=said, number=number)
    if operator in {"!=", "notin"}:
        if len(values) > 1:
            return _(
                "{key} is {value}, and the selector wants none of {values}",
                key=key,
                value=said,
                values=_list(values),
            )
        return _(
            "{key} is {value}, and the selector wants anything but {other}",
            key=key,
            value=said,
            other=_wanted(values),
        )
    if len(values) > 1:
        return _(
            "{key} is {value}, but the selector wants one of {values}",
            key=key,
            value=said,
            values=_list(values),
        )
    return _("{key} is {value}, but the selector wants {wanted}", key=key, value=said, wanted=_wanted(values))


def _wanted(values: tuple[str, ...]) -> str:
    return _shown(values[0] if values else "")


def _list(values: tuple[str, ...]) -> str:
    items = ", ".join(_text(value) for value in values[:_MOST_VALUES])
    more = len(values) - _MOST_VALUES
    return ngettext("{items} and {n} more", "{items} and {n} more", more, items=items) if more > 0 else items


def _shown(value: Any) -> str:
    # the value as a reader would type it
    if value is None or value == "":
        return _("empty")
    if isinstance(value, str):
        return _text(value)
    said = f"{value}"[:_LONGEST]
    if isinstance(value, bool):
        return _("{value} (true or false, not text)", value=said)
    if isinstance(value, (int, float)):
        return _("{value} (a number, not text)", value=said)
    return _("{value} (of type {type}, not text)", value=said, type=type(value).__name__)


def _text(value: str) -> str:
    # what is no plain label value is put in quotes
    plain = value and value.isprintable() and " " not in value
    text = value if plain else quoted(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


# ---- what was nearly right


_Miss = tuple[str, str]  # which near miss, and what is nearly right
_NO_MISS: _Miss = ("", "")


def _near_key(requirement: Requirement, labels: Mapping[str, Any]) -> _Miss:
    key = requirement.key
    name = key.rpartition("/")[2]
    keys = sorted(other for other in labels if isinstance(other, str))
    for other in keys:
        if other.lower() == key.lower():
            return "case", other
    for other in keys:
        if other.rpartition("/")[2] == name:
            return "prefix", other
    for other in keys:
        slip = _slip(other, key)
        if slip:
            return slip, other
    if requirement.operator in {"=", "==", "in"}:
        return _elsewhere(requirement, labels)
    return _NO_MISS


def _near_key_words(part: RequirementResult) -> str:
    key, close = part.requirement.key, _text(part.close)
    if part.miss == "case":
        return _("{one} and {other} differ only in upper and lower case", one=close, other=key)
    if part.miss == "prefix":
        if "/" in part.close:
            return _("the key exists with another prefix, as {key}", key=close)
        return _("the key exists without a prefix, as {key}", key=close)
    if part.miss == "swapped":
        return _("the key {key} has two letters swapped", key=close)
    if part.miss == "letter":
        return _("the key {key} differs from {wanted} in one letter", key=close, wanted=key)
    return _elsewhere_words(part)


def _elsewhere(requirement: Requirement, labels: Mapping[str, Any]) -> _Miss:
    for other in sorted(other for other in labels if isinstance(other, str)):
        value = labels[other]
        if other != requirement.key and isinstance(value, str) and value and value in requirement.values:
            return "elsewhere", f"{_text(other)}={value}"
    return _NO_MISS


def _elsewhere_words(part: RequirementResult) -> str:
    return _("another label has that value: {label}", label=part.close)


def _near_value(requirement: Requirement, value: Any, labels: Mapping[str, Any]) -> _Miss:
    if value is not None and not isinstance(value, str):
        return "not-text", ""
    if requirement.operator not in {"=", "==", "in"}:
        return _NO_MISS
    text = value or ""
    for wanted in requirement.values:
        miss = near_text(text, wanted)
        if miss:
            return miss, wanted
    return _elsewhere(requirement, labels)


def near_text(text: str, wanted: str) -> str:
    """Return which near miss a text is of the one that is wanted, "" if it is none.

    Args:
        text: the value that is there.
        wanted: the value that is asked for.

    >>> near_text("frontnd", "frontend"), near_text("db", "frontend")
    ('letter', '')
    """
    if text.strip() == wanted:
        return "blanks"
    if text.lower() == wanted.lower():
        return "case"
    number = whole_number(text)
    if number is not None and number == whole_number(wanted):
        return "number"
    slip = _slip(text, wanted)
    if slip:
        return slip
    return "begins" if len(wanted) > 2 and text.startswith(wanted) else ""


def _near_value_words(part: RequirementResult) -> str:
    value, wanted, miss = part.value, part.close, part.miss
    if miss == "not-text":
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return _('a label value is text, so write it in quotes: "{value}"', value=text[:_LONGEST])
    if miss == "elsewhere":
        return _elsewhere_words(part)
    said = _text(value or "")
    if miss == "blanks":
        return _("there are blanks around the value")
    if miss == "case":
        return _("{one} and {other} differ only in upper and lower case", one=said, other=_text(wanted))
    if miss == "number":
        return _(
            "{one} and {other} are the same number, but labels are compared as text",
            one=said,
            other=_text(wanted),
        )
    if miss == "swapped":
        return _("{value} has two letters swapped", value=said)
    if miss == "letter":
        return _("{value} differs from {wanted} in one letter", value=said, wanted=wanted)
    return _(
        "{value} only begins with {wanted}, and a selector compares whole values", value=said, wanted=wanted
    )


def _slip(text: str, wanted: str) -> str:
    # whether they differ by two "swapped" letters or in one "letter"; "" for another difference, and for short words
    # and numbers, which differ on purpose
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
