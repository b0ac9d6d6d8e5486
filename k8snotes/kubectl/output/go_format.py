"""Go's `fmt`: what `Sprintf`, `Sprint` and `Sprintln` make of values that came out of JSON.

Source of the rules: the package fmt of Go
"""

from __future__ import annotations

import re
from typing import Any

from k8snotes.api.go_text import quoted
from k8snotes.kubectl.output.go import go_syntax, go_value

__all__ = ["Int", "sprint", "sprintf", "sprintln", "type_name"]


class Int(int):
    """A number that a template wrote or counted: Go's int, where numbers out of JSON are int64."""

    __slots__ = ()


def type_name(value: Any) -> str:
    """Return the name of the Go type of a value.

    >>> type_name({}), type_name([1]), type_name(1), type_name(Int(1))
    ('map[string]interface {}', '[]interface {}', 'int64', 'int')
    """
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case Int():
            return "int"
        case int():
            return "int64"
        case float():
            return "float64"
        case str():
            return "string"
        case dict():
            return "map[string]interface {}"
    return "[]interface {}"


def sprint(*values: Any) -> str:
    """Return values as `fmt.Sprint` prints them: a space only between two values that are no text.

    >>> sprint(1, 2, "a", "b", 3)
    '1 2ab3'
    """
    text = ""
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(values[at - 1], str):
            text += " "
        text += go_value(value)
    return text


def sprintln(*values: Any) -> str:
    """Return values as `fmt.Sprintln` prints them: a space between all, and a line end."""
    return " ".join(map(go_value, values)) + "\n"


_VERB = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.?)", re.DOTALL)
_WIDEST = 10_000


def sprintf(form: str, *values: Any) -> str:
    """Return a text with values in it, as `fmt.Sprintf` does.

    Args:
        form: the text with verbs such as `%s`.
        values: what they stand for.

    >>> sprintf("%s has %d (%5.1f%%)", "web", 3, 50.0), sprintf("%d", "x")
    ('web has 3 ( 50.0%)', '%!d(string=x)')
    """
    rest = list(values)
    done = _VERB.sub(lambda match: _replaced(match, rest), form)
    if rest:
        shown = ", ".join(
            "<nil>" if value is None else f"{type_name(value)}={go_value(value)}" for value in rest
        )
        done += f"%!(EXTRA {shown})"
    return done


def _replaced(match: re.Match[str], rest: list[Any]) -> str:
    flags, width, precision, verb = match.groups()
    if not verb:
        return "%!(NOVERB)"
    if verb == "%":
        return "%"
    width, wrong_width = _star(width, rest, "%!(BADWIDTH)")
    precision, wrong_precision = _star(precision, rest, "%!(BADPREC)")
    if not rest:
        return f"{wrong_width}{wrong_precision}%!{verb}(MISSING)"
    wide = min(int(width or 0), _WIDEST)
    exact = None if precision is None else min(int(precision or 0), _WIDEST)
    value = rest.pop(0)
    return wrong_width + wrong_precision + _printed(verb, value, flags or "", wide, exact)


def _star(text: str | None, rest: list[Any], wrong: str) -> tuple[str | None, str]:
    if text != "*":
        return text, ""
    if not rest or not isinstance(rest[0], int):
        if rest:
            rest.pop(0)
        return None, wrong
    return str(max(rest.pop(0), 0)), ""


def _printed(verb: str, value: Any, flags: str, width: int, exact: int | None) -> str:
    """Return one value by its verb; lists and maps are printed element by element."""
    if verb == "T":
        return _padded(type_name(value)[:exact], flags, width)
    if verb == "v" and "#" in flags:
        return _padded(go_syntax(value), flags, width)
    if isinstance(value, list):
        return "[" + " ".join(_printed(verb, item, flags, width, exact) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (
            f"{_printed(verb, key, flags, width, exact)}:{_printed(verb, value[key], flags, width, exact)}"
            for key in sorted(value)
        )
        return "map[" + " ".join(pairs) + "]"
    if verb == "v":
        return _padded(_plain(value, flags, exact), flags, width)
    text = _one(verb, value, flags, exact)
    if text is None:
        if value is None:
            return f"%!{verb}(<nil>)"
        return f"%!{verb}({type_name(value)}={_printed('v', value, flags.replace('#', ''), width, exact)})"
    return _padded(text, flags, width)


def _plain(value: Any, flags: str, exact: int | None) -> str:
    """Return a single value as `%v` prints it, with a precision."""
    match value:
        case str():
            return value[:exact]
        case int() if not isinstance(value, bool):
            return _whole("d", value, flags, exact) or ""
        case float():
            return _float("g", value, flags, exact)
    return go_value(value)


def _one(verb: str, value: Any, flags: str, exact: int | None) -> str | None:
    """Return a single value by its verb, None if the verb does not fit it."""
    match value:
        case bool():
            return go_value(value) if verb == "t" else None
        case int():
            return _whole(verb, value, flags, exact)
        case float():
            return _float(verb, value, flags, exact) if verb in "eEfFgG" else None
        case str():
            text = value if exact is None else value[:exact]
            if verb in "xX":
                return value.encode().hex() if verb == "x" else value.encode().hex().upper()
            if verb == "q" and "#" in flags and "`" not in text:
                return f"`{text}`"
            return {"s": text, "q": quoted(text)}.get(verb)
    return None


def _whole(verb: str, value: int, flags: str, exact: int | None) -> str | None:
    sign = _sign(value, flags)
    match verb:
        case "d" | "b" | "o" | "x" | "X" | "O":
            before = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb, "") if "#" in flags else ""
            before = "0o" if verb == "O" else before
            return f"{sign}{before}{format(abs(value), verb.replace('O', 'o')).zfill(exact or 0)}"
        case "c" | "q" | "U":
            char = chr(value) if 0 <= value <= 0x10FFFF else "\ufffd"
            shown = "'" + quoted(char)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
            return {"c": char, "q": shown, "U": f"U+{ord(char):04X}"}[verb]
    return None


def _sign(value: float, flags: str) -> str:
    if value < 0:
        return "-"
    return "+" if "+" in flags else " " if " " in flags else ""


def _float(verb: str, value: float, flags: str, exact: int | None) -> str:
    if exact is None and verb in "gG":
        return _sign(value, flags) + go_value(abs(value))
    return f"{_sign(value, flags)}{abs(value):.{6 if exact is None else exact}{verb}}"


def _padded(text: str, flags: str, width: int) -> str:
    if "-" in flags:
        return text.ljust(width)
    if "0" not in flags:
        return text.rjust(width)
    sign = text[0] if text[:1] in ("+", "-") else ""
    return sign + text[len(sign) :].rjust(width - len(sign), "0")
