"""What Kubernetes takes an unquoted word of YAML for: a truth value, a number, nothing, or text."""

from __future__ import annotations

import re
from contextlib import suppress
from math import isfinite
from typing import Any

__all__ = ["scalar_value"]

_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
_FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
_SPECIAL_FIRST = frozenset("yYnNtTfFoO~+-.0123456789<")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]++)?\Z")
_INFINITE = {
    *(f"{sign}.{word}" for sign in ("", "-", "+") for word in ("inf", "Inf", "INF")),
    *(".nan", ".NaN", ".NAN"),
}


def scalar_value(text: str) -> Any:
    """Return what Kubernetes takes an unquoted scalar for: a YAML 1.1 boolean, a number of Go, None, else text.

    Args:
        text: the scalar as it is written, without the spaces around it.

    `12:30` and `2024-01-01` stay text; `0120` is octal; `1e3` is a number.
    Source of the rule: sigs.k8s.io/yaml, which reads every manifest.

    >>> [scalar_value(t) for t in ("yes", "12:30", "0120", "1e3", "1.10", "~")]
    [True, '12:30', 80, 1000.0, 1.1, None]
    """
    if text and text[0] not in _SPECIAL_FIRST:
        return text
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] in "+-.0123456789":
        plain = text.replace("_", "") if text[0] != "." else text
        if len(plain) > 400:
            return text
        if _INTEGER.match(plain):
            with suppress(OverflowError):  # beyond 308 digits it is text, to Go as well
                return _integer(plain)
            return text
        if _FLOAT.match(plain):
            number = float(plain)
            return number if isfinite(number) else text
        if plain in _INFINITE:
            return float(plain.replace(".", ""))
    return text


def _integer(plain: str) -> int | float:
    digits = plain.lstrip("+-").lower()
    base = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
    number = int(digits.removeprefix("0x").removeprefix("0b").removeprefix("0o") or "0", base)
    number = -number if plain[0] == "-" else number
    return number if -(2**63) <= number < 2**64 else float(number)
