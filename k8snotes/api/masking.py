"""Decides which parts of a text about Secrets may be shown: line by line, if the text cannot be parsed.

A broken Secret is still a Secret: everything is hidden that is not clearly something else, such as a usual field. If
the text can be parsed, its nodes say where the values are (`doctor/text/secrets.py`), and `Masked` holds the result.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

__all__ = [
    "HIDDEN",
    "Masked",
    "conceal_field",
    "has_data",
    "hide_values",
    "mask_lines",
    "may_be_secret",
    "shown_kind",
]

HIDDEN = "<hidden>"
# a text that cannot be read may be a Secret by any of these: the word in the place of a kind, the field that
# no other kind has, or data that is not plainly a ConfigMap's
_SECRET_WORD = re.compile(r"kind\W{1,8}secre?|stringdata|\bsecrets?[\"']?[ \t]*[,}\r\n]", re.IGNORECASE)
_PRINTED = re.compile(r"kind\W{1,8}secre?|stringdata", re.IGNORECASE)
_DATA = re.compile(r"(?:^[ \t-]*|[{,][ \t]*)[\"']?data[\"']?[ \t]*(?:[:={]|$)", re.IGNORECASE | re.MULTILINE)
_OTHER = re.compile(r"\b(?:kind|spec)\b", re.IGNORECASE)
_CONFIG_MAP = re.compile(r"\bconfigmap(?:list)?\b", re.IGNORECASE)
_FIELD = re.compile(r"^([ \t]*(?:- +)*[\"']?[\w./-]+[\"']?[ \t]*:)([ \t]+|$)(.*)$")
_NO_BLANK = re.compile(r"^([ \t]*(?:- +)*[\"']?[\w./-]+[\"']?[ \t]*[:=])(.*)$")
_WITHIN = re.compile(r"((?:stringData|data|last-applied-configuration)\\*[\"']?\s*:\s*)\S.*", re.IGNORECASE)
_PLAIN = re.compile(r"[\"']?[\w./-]*[\"']?[ \t,]*")
_TOKEN = re.compile(r"\w+")
_LEAST_CUT = 4  # a word of so many letters may be the beginning of a value that was cut off
_USUAL = {"apiVersion", "kind", "metadata", "type", "immutable"}
_AROUND = {"name", "namespace", "labels", "annotations", "items"}


class Masked:
    """A text without the values of its Secrets.

    Attributes:
        lines: its lines, as they may be shown.
        touched: the numbers of the lines, from 0, that belong to a Secret.
    """

    __slots__ = ("_sorted", "_words", "lines", "touched")

    def __init__(self, lines: list[str], hidden: Sequence[str], touched: set[int]) -> None:
        self.lines, self.touched = lines, touched
        words = {word for piece in hidden for word in _TOKEN.findall(piece)}
        if words:
            # what is seen in another place of the text is no secret: names of fields above all
            words.difference_update(*(_TOKEN.findall(line) for line in lines))
        self._words = words
        self._sorted: list[str] | None = None

    def hide(self, words: str) -> str:
        """Return words about a Secret without its values; a value that was cut off is found as well.

        >>> mask_lines(["kind: Secret", "data:", "  password: s3cret"]).hide("s3cret is no base64 text")
        '<hidden> is no base64 text'
        """
        return _TOKEN.sub(self._shown, words) if self._words else words

    def _shown(self, match: re.Match[str]) -> str:
        word = match[0]
        if word in self._words:
            return HIDDEN
        if len(word) < _LEAST_CUT:
            return word
        if self._sorted is None:
            self._sorted = sorted(self._words)
        at = bisect_left(self._sorted, word)
        cut = at < len(self._sorted) and self._sorted[at].startswith(word)
        return HIDDEN if cut else word


def may_be_secret(written: str) -> bool:
    r"""Say whether text that cannot be read as YAML may be that of a Secret, so that it is not to be quoted.

    >>> may_be_secret("kind: Secret\ndata: ["), may_be_secret("kind: ConfigMap\ndata: ["), may_be_secret("data: [")
    (True, False, True)
    """
    if _OTHER.search(written) is None:
        return True  # it names no kind, and a Secret is one of the few without a spec
    return has_data(written)


def has_data(written: str) -> bool:
    """Say whether text has what a Secret has, and is not plainly a ConfigMap.

    >>> has_data('{"data": {"password": ""}}'), has_data("b")
    (True, False)
    """
    if _SECRET_WORD.search(written + "\n"):
        return True
    return _DATA.search(written) is not None and _CONFIG_MAP.search(written) is None


def shown_kind(kind: str) -> str:
    """Return a kind as messages name it: of `Secret password:s3cret`, a line without its end, only the first word.

    >>> shown_kind("Secret password:s3cret"), shown_kind("Pod Web")
    ('Secret …', 'Pod Web')
    """
    first, *more = kind.split(maxsplit=1) or [""]
    return f"{first} …" if more and first.lower().startswith("secr") else kind


def conceal_field(line: str) -> str:
    """Return a line of a fix with its value hidden, unless it is that of a usual field.

    >>> conceal_field("kind: Secret"), conceal_field("  password: s3cret")
    ('kind: Secret', '  password: <hidden>')
    """
    field = _FIELD.match(line)
    if field is None:
        return _WITHIN.sub(rf"\1{HIDDEN}", line)
    key = field[1].strip(" -:\"'")
    if not field[3] or field[3] == "..." or key in _USUAL or key in _AROUND:
        return _WITHIN.sub(rf"\1{HIDDEN}", line)
    return f"{field[1]} {HIDDEN}"


def hide_values(written: str, values: Iterable[str]) -> str:
    r"""Return a text of a program without the values of Secrets; a Secret that it prints is hidden as a whole.

    Args:
        written: the text, of any number of lines.
        values: the values; a short one is hidden only where it is a word of its own.

    >>> hide_values("password s3cret, level 3, port 30", ["s3cret", "3"])
    'password <hidden>, level <hidden>, port 30'
    >>> hide_values("kind: Secret\ndata: {password: czNjcmV0}", [])
    'kind: Secret\ndata: <hidden>'
    """
    if _PRINTED.search(written):
        written = "\n".join(mask_lines(written.split("\n")).lines)
    longest_first = sorted(
        {value for value in values if value.isalnum() or (len(value) >= _LEAST_CUT and value.strip())},
        key=len,
        reverse=True,
    )
    if not longest_first:
        return written
    parts = [
        re.escape(value) if len(value) >= _LEAST_CUT else rf"(?<!\w){re.escape(value)}(?!\w)"
        for value in longest_first
    ]
    return re.sub("|".join(parts), HIDDEN, written)


def mask_lines(lines: Sequence[str]) -> Masked:
    """Hide what may be the values of a Secret in lines that cannot be read.

    >>> mask_lines(["kind: Secret", "data:", "  password:s3cret", "  s3cret"]).lines
    ['kind: Secret', 'data:', '  password:<hidden>', '  <hidden>']
    """
    shown, hidden = [], []
    for line in lines:
        new = _mask_line(line)
        shown.append(new)
        if new != line:
            hidden.append(line[new.find(HIDDEN) :])
    return Masked(shown, hidden, set(range(len(lines))))


def _mask_line(line: str) -> str:
    """Hide everything that is not clearly something else, because the text may be broken in any way."""
    bare = line.strip()
    if not bare or bare.startswith("---") or not _TOKEN.search(bare):
        return line
    field = _FIELD.match(line)
    if field is None:
        field = _NO_BLANK.match(line)
        if field is not None:
            return f"{field[1]}{HIDDEN}" if field[2].strip() else line
        return line[: len(line) - len(line.lstrip())] + HIDDEN
    if not field[3]:
        return line
    key = field[1].strip(" \t-:\"'")
    if key in _USUAL or key in _AROUND:
        covered = _WITHIN.sub(rf"\1{HIDDEN}", line)
        # what follows in brackets, or after a missing line end, is not looked into
        plain = _PLAIN.fullmatch(field[3])
        return covered if covered != line or plain else f"{field[1]} {HIDDEN}"
    return f"{field[1]} {HIDDEN}"
