"""Text as Go writes it into the messages of Kubernetes: strings in the quotes of `%q`, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

__all__ = ["json_list", "json_text", "quoted"]

_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}
# Go's encoder escapes what would be unsafe in HTML or JavaScript.
_JSON_UNSAFE = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def quoted(text: str) -> str:
    r"""Return `text` in double quotes, as Go's `%q` prints it: what cannot be printed is escaped.

    Source of the rule: `strconv.Quote` of Go, with which Kubernetes prints `Invalid value: "..."`.

    >>> print(quoted('say "hi"'), quoted("no\u00a0break"), quoted("über"))
    "say \"hi\"" "no\u00a0break" "über"
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    number = ord(char)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def json_text(text: str) -> str:
    r"""Return `text` as Go's JSON encoder writes it, `<`, `>` and `&` escaped.

    Source of the rule: `json.Marshal` of Go, with which Kubernetes prints values that are no plain strings.

    >>> print(json_text("a<b"))
    "a\u003cb"
    """
    return json.dumps(text, ensure_ascii=False).translate(_JSON_UNSAFE)


def json_list(values: Sequence[str] | None) -> str:
    """Return a list of texts as Go's JSON encoder writes it; a list that was not given is "null".

    >>> print(json_list(["web", ""]), json_list(None))
    ["web",""] null
    """
    return "null" if values is None else "[" + ",".join(map(json_text, values)) + "]"
