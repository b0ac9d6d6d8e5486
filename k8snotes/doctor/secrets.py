"""Hides the values of Secrets wherever a text is shown, be it YAML or not."""

from __future__ import annotations

import re

__all__ = ["hide", "hide_fields", "is_secret", "masked"]

_SECRET_KIND = re.compile(r"^\s*(?:- )?[\"']?kind[\"']?\s*:\s*[\"']?Secret\b", re.MULTILINE)
_SECRET_BEGINS = re.compile(
    r"^(\s*)(?:- )?[\"']?(?:data|stringData|[\w./-]*last-applied-configuration)[\"']?\s*:(.*)$"
)
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
_SHOWN |= {"immutable", "items"}


def is_secret(text: str) -> bool:
    """Say whether a document says that it is a Secret."""
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
    """Return lines of a fix with the values of all but the usual fields hidden."""
    return "\n".join(map(_hide_field, text.split("\n")))


def _hide_field(line: str) -> str:
    found = _VALUE.match(line)
    if found is None or found[1].strip(" -:\"'") in _SHOWN or found[2] == "...":
        return line
    return f"{found[1]}<hidden>"


def masked(lines: list[str]) -> list[str]:
    """Return the lines with the values of Secrets hidden."""
    shown: list[str] = []
    begin = 0
    starts = [*(number for number, line in enumerate(lines) if line.startswith("---")), len(lines)]
    for end in starts:
        part = lines[begin:end]
        begin = end
        shown += _mask_part(part) if _SECRET_KIND.search("\n".join(part)) else part
    return shown


def _mask_part(lines: list[str]) -> list[str]:
    shown: list[str] = []
    inside = -1
    for line in lines:
        indent = len(line) - len(line.lstrip(" \t"))
        begins = _SECRET_BEGINS.match(line)
        if (
            inside >= 0
            and line.strip()
            and (indent > inside or (indent == inside and not _VALUE.match(line) and not begins))
        ):
            value = _VALUE.match(line)
            shown.append(f"{value[1]}<hidden>" if value else " " * indent + "<hidden>")
            continue
        if begins:
            inside = indent
            rest = begins[2].strip()
            shown.append(line if not rest else line[: line.index(":") + 1] + " <hidden>")
            continue
        if line.strip():
            inside = -1
        # one line may hold it all: {"kind": "Secret", "data": {...}}
        shown.append(re.sub(r"((?:stringData|data)[\"']?\s*:\s*)\{.*", r"\1<hidden>", line))
    return shown
