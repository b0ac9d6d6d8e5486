"""Hides the values of Secrets wherever a text is shown, be it YAML or not.

A broken Secret is still one: whatever is not plainly something else (a usual field, a comment) is hidden. Only the
corrected text, which a reader asks for, has the values.
"""

from __future__ import annotations

import re

__all__ = ["hide", "hide_fields", "is_secret", "masked"]

_SECRET_KIND = re.compile(  # in a line of its own or within {...}, as a beginner may write it; or a field that no other kind has
    r"(?:^[^\S\n]*+(?:- )?|[{,]\s*+)[\"']?(?:kind[\"']?\s*:\s*[\"']?secrets?\b|stringdata[\"']?\s*:)",
    re.MULTILINE | re.IGNORECASE,
)
_WITHIN = re.compile(r"((?:stringData|data)\\*[\"']?\s*:\s*)\{.*", re.IGNORECASE)
_VALUE = re.compile(r"^(\s*(?:- )?[\"']?[\w./-]+[\"']?\s*:\s*)(\S.*)$")
_SHOWN = {
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "type",
    "data",
    "stringData",
}
_SHOWN |= {"immutable", "items"}  # labels and annotations as the words over others


def is_secret(text: str) -> bool:
    """Say whether a document says that it is a Secret, in whatever spelling.

    >>> is_secret("kind: secret"), is_secret('{"stringData": {}}'), is_secret("kind: Pod")
    (True, True, False)
    """
    return _SECRET_KIND.search(text) is not None


def hide(words: str, lines: list[str]) -> str:
    """Return words about a Secret without the values of its lines.

    >>> hide("s3cret unquoted is text", ["kind: Secret", "data:", "  password: s3cret"])
    '<hidden> unquoted is text'
    """
    for line, shown in zip(lines, _mask_part(lines), strict=True):
        if line == shown:
            continue
        value = line[len(shown.split("<hidden>")[0]) :].strip()
        for word in {value, value.strip("'\"")} - {""}:
            words = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "<hidden>", words)
    return words


def hide_fields(text: str) -> str:
    r"""Return lines of a fix with the values of all but the usual fields hidden.

    >>> print(hide_fields("kind: Secret\npassword: s3cret"))
    kind: Secret
    password: <hidden>
    """
    return "\n".join(map(_hide_field, text.split("\n")))


def _hide_field(line: str) -> str:
    field = _VALUE.match(line)
    if field is None or field[1].strip(" -:\"'") in _SHOWN or field[2] == "...":
        return _WITHIN.sub(r"\1<hidden>", line)
    return f"{field[1]}<hidden>"


def masked(lines: list[str]) -> list[str]:
    """Return the lines of a text with the values of Secrets hidden; documents of other kinds stay as they are.

    >>> masked(["kind: Secret", "data:", "  password: c2VjcmV0"])
    ['kind: Secret', 'data:', '  password: <hidden>']
    """
    shown: list[str] = []
    begin = 0
    starts = [*(number for number, line in enumerate(lines) if line.startswith("---")), len(lines)]
    for end in starts:
        part = lines[begin:end]
        begin = end
        shown += _mask_part(part) if _SECRET_KIND.search("\n".join(part)) else part
    return shown


def _mask_part(lines: list[str]) -> list[str]:
    return [_mask_line(line) for line in lines]


def _mask_line(line: str) -> str:
    """Hide whatever is not plainly something else: the text may be broken in any way."""
    bare = line.strip()
    if not bare or bare.startswith(("#", "---")) or not re.search(r"\w", bare):
        return line
    if bare.startswith("{"):
        # one line may hold it all: {"kind": "Secret", "data": {...}}
        return _WITHIN.sub(r"\1<hidden>", line)
    field = _VALUE.match(line)
    if field is not None:
        key = field[1].strip(" \t-:\"'")
        if key in _SHOWN and key not in ("data", "stringData"):
            return _WITHIN.sub(r"\1<hidden>", line)  # metadata: {annotations: {...: '{"data": {...}}'}}
        return f"{field[1]}<hidden>"
    if bare.endswith(":"):
        return line
    return line[: len(line) - len(line.lstrip())] + "<hidden>"
