"""One condition of a label selector: a key, an operator, values; what it accepts and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from k8snotes.api.names import label_key, label_value
from k8snotes.api.wording import json_list, quoted

__all__ = ["BINARY_OPERATORS", "Requirement", "key_error", "requirement_error", "whole_number"]

# Kubernetes' own names of the operators (k8s.io/apimachinery/pkg/selection), in the order of its messages.
BINARY_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_SYMBOLS = {"gt": ">", "lt": "<"}
_POSITIVE = frozenset({"in", "=", "=="})
_NEGATIVE = frozenset({"notin", "!="})


def whole_number(text: str) -> int | None:
    """Return the whole number that Kubernetes reads from `text` (64 bits, base 10), or None.

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


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a selector; labels match a selector when they meet all its requirements.

    `operator` is Kubernetes' own name: "=", "==", "!=", "in", "notin", "exists", "!" (does not exist),
    "gt" (written >), "lt" (written <). `values` are sorted.
    Source of the rule: `Requirement.Matches` of k8s.io/apimachinery/pkg/labels.

    >>> r = Requirement("tier", "in", ("backend", "frontend"))
    >>> str(r), r.matches({"tier": "frontend"}), r.matches({})
    ('tier in (backend,frontend)', True, False)
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, Any]) -> bool:
        """Say whether these labels meet the requirement."""
        return self.accepts(labels[self.key]) if self.key in labels else self.accepts_absence

    def accepts(self, value: Any) -> bool:
        """Say whether a label of this key and `value` meets the requirement.

        A null value is the empty text, as Kubernetes reads it; any other value that is not text is
        there, but equals no value and is no number (the API server would refuse it).
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
        """Whether labels without this key meet the requirement."""
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


def key_error(key: str, path: str) -> str:
    """Return Kubernetes' message about a bad label key at `path`, "" if it is good."""
    problems = label_key(key)
    return f"{path}: Invalid value: {quoted(key)}: " + "; ".join(problems) if problems else ""


def requirement_error(key: str, operator: str, values: Sequence[str] | None) -> str:
    """Return Kubernetes' message about a requirement, "" if it is good; `values` None: not given.

    Source of the rule: `NewRequirement` of k8s.io/apimachinery/pkg/labels.

    >>> requirement_error("app", "in", None)
    "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
    """
    given = values or ()
    errors = [key_error(key, "key")]
    if operator in {"in", "notin"}:
        if not given:
            errors.append(_values_error(values, "for 'in', 'notin' operators, values set can't be empty"))
    elif operator in {"exists", "!"}:
        if given:
            errors.append(_values_error(values, "values set must be empty for exists and does not exist"))
    elif operator in _SYMBOLS:
        if len(given) != 1:
            errors.append(_values_error(values, "for 'Gt', 'Lt' operators, exactly one value is required"))
        errors += [
            f"values[{i}]: Invalid value: {quoted(value)}: for 'Gt', 'Lt' operators, the value must be an integer"
            for i, value in enumerate(given)
            if whole_number(value) is None
        ]
    elif len(given) != 1:
        errors.append(_values_error(values, "exact-match compatibility requires one single value"))
    for i, value in enumerate(given):
        problems = label_value(value)
        if problems:
            errors.append(f"values[{i}][{key}]: Invalid value: {quoted(value)}: " + "; ".join(problems))
    found = list(dict.fromkeys(filter(None, errors)))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _values_error(values: Sequence[str] | None, detail: str) -> str:
    return f"values: Invalid value: {json_list(values)}: {detail}"
