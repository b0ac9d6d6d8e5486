"""Requirement: one condition of a label selector, a key, an operator and values; what it accepts and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from k8snotes.api.go_text import json_list, quoted
from k8snotes.api.names import label_key, label_key_fault, label_value, label_value_fault

__all__ = [
    "BINARY_OPERATORS",
    "Fault",
    "Requirement",
    "aggregated",
    "key_faults",
    "requirement_faults",
    "whole_number",
]

# Kubernetes' own names of the operators (k8s.io/apimachinery/pkg/selection), in the order of its messages.
BINARY_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")

Fault: TypeAlias = tuple[str, int, str]
"""What is wrong with a requirement: a code, the number of the value (0-based), Kubernetes' message.

The codes: "key-name", "key-prefix", "key-slash" (the part of the key that is wrong), "value-shape", "value-length",
"number" (`>` and `<` compare whole numbers), "values" (too many or too few of them).
"""

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_SYMBOLS = {"gt": ">", "lt": "<"}
_POSITIVE = frozenset({"in", "=", "=="})
_NEGATIVE = frozenset({"notin", "!="})


def whole_number(text: str) -> int | None:
    """Return the whole number that Kubernetes reads from `text` (64 bits, base 10), or None.

    Source of the rule: `strconv.ParseInt` of Go, with which `Requirement.Matches` reads both sides of `>` and `<`.

    >>> whole_number("007"), whole_number("3.5"), whole_number("9223372036854775808")
    (7, None, None)
    """
    if not _WHOLE_NUMBER.fullmatch(text):
        return None
    # leading zeros may be many; a number that long is otherwise out of range
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > 19:
        return None
    number = -int(digits) if text[0] == "-" else int(digits)
    return number if -(2**63) <= number < 2**63 else None


class Requirement:
    """One requirement of a selector; labels match a selector when they meet all its requirements.

    A requirement never changes; two are equal if they ask the same.

    Args:
        key: the key of the label that is looked at.
        operator: Kubernetes' own name: "=", "==", "!=", "in", "notin", "exists", "!" (does not exist),
            "gt" (written >), "lt" (written <).
        values: the values to compare with, sorted; none for "exists" and "!".

    Source of the rule: `Requirement.Matches` of k8s.io/apimachinery/pkg/labels.

    >>> r = Requirement("tier", "in", ("backend", "frontend"))
    >>> str(r), r.matches({"tier": "frontend"}), r.matches({})
    ('tier in (backend,frontend)', True, False)
    """

    __slots__ = ("key", "operator", "values")

    def __init__(self, key: str, operator: str, values: tuple[str, ...] = ()) -> None:
        self.key = key
        self.operator = operator
        self.values = values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Requirement):
            return NotImplemented
        return (self.key, self.operator, self.values) == (other.key, other.operator, other.values)

    def __hash__(self) -> int:
        return hash((self.key, self.operator, self.values))

    def __repr__(self) -> str:
        return f"Requirement({self.key!r}, {self.operator!r}, {self.values!r})"

    def matches(self, labels: Mapping[str, Any]) -> bool:
        """Say whether these labels meet the requirement.

        >>> Requirement("canary", "!").matches({"app": "web"})
        True
        """
        return self.accepts(labels[self.key]) if self.key in labels else self.accepts_absence

    def accepts(self, value: Any) -> bool:
        """Say whether a label of this key with this value meets the requirement.

        Args:
            value: the label's value. None is the empty text, as Kubernetes reads it; any other value that is
                not text is there, but equals no value and is no number (the API server would refuse it).

        >>> Requirement("weight", "gt", ("5",)).accepts("7"), Requirement("weight", "gt", ("5",)).accepts(7)
        (True, False)
        """
        operator = self.operator
        if value is None:
            value = ""
        if operator in _POSITIVE:
            return isinstance(value, str) and value in self.values
        if operator in _NEGATIVE:
            return not (isinstance(value, str) and value in self.values)
        if operator in _SYMBOLS:
            number = whole_number(value) if isinstance(value, str) else None
            bound = whole_number(self.values[0])
            if number is None or bound is None:
                return False
            return number > bound if operator == "gt" else number < bound
        return operator == "exists"

    @property
    def accepts_absence(self) -> bool:
        """Whether labels without this key meet the requirement.

        >>> Requirement("tier", "!=", ("db",)).accepts_absence, Requirement("tier", "exists").accepts_absence
        (True, False)
        """
        return self.operator in _NEGATIVE or self.operator == "!"

    def __str__(self) -> str:
        operator = self.operator
        if operator == "exists":
            return self.key
        if operator == "!":
            return f"!{self.key}"
        values = ",".join(self.values)
        if operator in {"in", "notin"}:
            return f"{self.key} {operator} ({values})"
        return f"{self.key}{_SYMBOLS.get(operator, operator)}{values}"


def key_faults(key: str, path: str = "key") -> list[Fault]:
    """Return what is wrong with the key of a requirement at `path`: one Fault, or none.

    >>> key_faults("/app")
    [('key-prefix', 0, 'key: Invalid value: "/app": prefix part must be non-empty')]
    """
    messages = label_key(key)
    if not messages:
        return []
    return [
        (f"key-{label_key_fault(key)}", 0, f"{path}: Invalid value: {quoted(key)}: " + "; ".join(messages))
    ]


def requirement_faults(key: str, operator: str, values: Sequence[str] | None) -> list[Fault]:
    """Return what is wrong with a requirement, in the order in which Kubernetes says it.

    Args:
        key: the key of the label.
        operator: one of `BINARY_OPERATORS`, "exists" or "!".
        values: the values to compare with; None where none were given at all.

    Source of the rule: `NewRequirement` of k8s.io/apimachinery/pkg/labels.

    >>> for fault in requirement_faults("app", "in", None):
    ...     print(fault)
    ('values', 0, "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty")
    """
    given = values or ()
    faults = key_faults(key)
    if operator in {"in", "notin"}:
        wrong = "" if given else "for 'in', 'notin' operators, values set can't be empty"
    elif operator in {"exists", "!"}:
        wrong = "values set must be empty for exists and does not exist" if given else ""
    elif operator in _SYMBOLS:
        wrong = "" if len(given) == 1 else "for 'Gt', 'Lt' operators, exactly one value is required"
    else:
        wrong = "" if len(given) == 1 else "exact-match compatibility requires one single value"
    if wrong:
        code = "number" if operator in _SYMBOLS else "values"
        faults.append((code, 0, f"values: Invalid value: {json_list(values)}: {wrong}"))
    if operator in _SYMBOLS:
        integer = "for 'Gt', 'Lt' operators, the value must be an integer"
        faults += [
            ("number", i, f"values[{i}]: Invalid value: {quoted(value)}: {integer}")
            for i, value in enumerate(given)
            if whole_number(value) is None
        ]
    for i, value in enumerate(given):
        messages = label_value(value)
        if messages:
            message = f"values[{i}][{key}]: Invalid value: {quoted(value)}: " + "; ".join(messages)
            faults.append((f"value-{label_value_fault(value)}", i, message))
    return faults


def aggregated(faults: Sequence[Fault]) -> str:
    """Return Kubernetes' message about all these faults, "" if there are none.

    Source of the rule: `NewAggregate` of k8s.io/apimachinery/pkg/util/errors, which says each message once.

    >>> aggregated([("number", 0, "a"), ("value-shape", 0, "b")]), aggregated([("number", 0, "a")])
    ('[a, b]', 'a')
    """
    messages = list(dict.fromkeys(message for _, _, message in faults))
    return messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]" if messages else ""
