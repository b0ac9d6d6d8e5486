"""Values as Go prints them: JSON as kubectl writes it, and what `fmt` makes of a value."""

from __future__ import annotations

import json
from typing import Any

from k8snotes.api.go_text import quoted
from k8snotes.screen import json_shown

__all__ = ["compact_json", "go_duration", "go_syntax", "go_value", "indented_json"]

_FEW = 6  # digits before the point that are written without an exponent
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def compact_json(value: Any) -> str:
    r"""Return a value as Go's JSON encoder writes it: keys sorted, no spaces.

    >>> compact_json({"b": 1, "a": "<"})
    '{"a":"\\u003c","b":1}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return json_shown(text.translate(_UNSAFE))


def indented_json(value: Any) -> str:
    """Return a value as `kubectl get -o json` writes it.

    >>> print(indented_json({"b": [1], "a": "x"}))
    {
        "a": "x",
        "b": [
            1
        ]
    }
    """
    text = json.dumps(value, sort_keys=True, indent=4, ensure_ascii=False, default=str)
    return json_shown(text.translate(_UNSAFE))


def go_value(value: Any) -> str:
    """Return a value as Go's `%v` prints it.

    >>> go_value(True), go_value({"b": 1, "a": ["x"]}), go_value(None)
    ('true', 'map[a:[x] b:1]', '<nil>')
    """
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_value, value)) + "]"
    if isinstance(value, float):
        return _float(value)
    return str(int(value) if isinstance(value, int) else value)


def _float(value: float) -> str:
    """Return a number as Go's `%v` prints it: as short as it can be, with an exponent from 1e+06 on and below 1e-04."""
    digits, _e, exponent = f"{value!r}".lstrip("-").partition("e")
    whole, _dot, rest = digits.partition(".")
    figures = (whole + rest).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + rest) - len(figures))
    figures = figures.rstrip("0")
    sign = "-" if f"{value!r}".startswith("-") else ""
    if not figures.isdigit():  # 0, or no number
        return f"{value:g}"
    if not -4 < point <= _FEW:
        fraction = f".{figures[1:]}" if figures[1:] else ""
        return f"{sign}{figures[0]}{fraction}e{point - 1:+03d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{figures}"
    fraction = f".{figures[point:]}" if figures[point:] else ""
    return f"{sign}{figures[:point].ljust(point, '0')}{fraction}"


def go_syntax(value: Any) -> str:
    """Return a value as Go's `%#v` prints it.

    >>> go_syntax({"a": ["x", None]})
    'map[string]interface {}{"a":[]interface {}{"x", interface {}(nil)}}'
    """
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, dict):
        inner = ", ".join(f"{quoted(str(key))}:{go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(go_syntax, value)) + "}"
    return quoted(value) if isinstance(value, str) else go_value(value)


def go_duration(seconds: float) -> str:
    """Return whole seconds as Go prints a duration.

    >>> go_duration(2), go_duration(90), go_duration(3600)
    ('2s', '1m30s', '1h0m0s')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest}s"
