"""Durations: lengths of time as Go writes and reads them: "90s", "1h30m", "500ms"."""

from __future__ import annotations

import re

from k8snotes.api.go_text import quoted

__all__ = ["seconds"]

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
_LONGEST = 200
_UNKNOWN = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?(?:h|ms|m|s|us|ns))*?[0-9]+(?:\.[0-9]*)?([^0-9.]{1,20})[0-9.]*", re.ASCII
)
_PART = re.compile(r"((?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++))(h|ms|m|s|us|ns)", re.ASCII)


def seconds(text: str) -> float:
    """Return the seconds that a duration means.

    Args:
        text: numbers with units: "1h30m". Only 0 needs no unit.

    Raises:
        ValueError: it is no duration; the message is Go's.

    >>> seconds("1h30m"), seconds("-0.5s"), seconds("0")
    (5400.0, -0.5, 0.0)

    Source of the rule: https://pkg.go.dev/time#ParseDuration
    """
    parts = _PART.findall(text) if len(text) <= _LONGEST else []
    if text in ("0", "+0", "-0"):
        return 0.0
    if not parts or "".join(number + unit for number, unit in parts) != text.lstrip("+-"):
        if text.lstrip("+-").isdigit():
            raise ValueError(f"time: missing unit in duration {quoted(text)}")
        unit = _UNKNOWN.fullmatch(text)
        if unit is not None:
            raise ValueError(f"time: unknown unit {quoted(unit[1])} in duration {quoted(text)}")
        raise ValueError(f"time: invalid duration {quoted(text)}")
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if text.startswith("-") else total
