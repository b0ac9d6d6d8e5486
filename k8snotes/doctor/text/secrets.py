"""Hides the values of Secrets in what is shown of a text: the values that were parsed, and nothing else.

Where a text can be read as YAML or JSON, its nodes say where the values are. Where it cannot, and may be a
Secret, whatever is not plainly something else (a usual field) is hidden. Only the corrected text, which a
reader asks for and applies, has the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from k8snotes.api.kinds.secret import METADATA_FIELDS, is_note, shown_key
from k8snotes.api.manifest import Reading, chunks, compose
from k8snotes.api.masking import (
    HIDDEN,
    Masked,
    conceal_field,
    has_data,
    mask_lines,
    may_be_secret,
    shown_kind,
)
from k8snotes.api.registry import kinds_named
from k8snotes.doctor.text.draft import lines_of
from k8snotes.errors import nearest

__all__ = ["hide_fields", "mask", "masked"]

_USUAL = {"apiVersion", "kind", "type", "immutable"}

_Span = tuple[int, int, int, int]  # line and column of its beginning and of its end, from 0


def mask(text: str, reading: Reading | None = None) -> Masked:
    r"""Hide the values of the Secrets in a part of a text (see `chunks`).

    Args:
        text: the part.
        reading: how far it can be read, if that is known.

    >>> mask("kind: List\nitems:\n- kind: Secret\n  data: {password: czNjcjN0}\n- kind: Service\n  port: 80").lines[3:]
    ['  data: <hidden>', '- kind: Service', '  port: 80']
    """
    lines = lines_of(text)
    if not may_be_secret(text):
        return Masked(lines, (), set())
    reading = compose(text) if reading is None else reading
    words = has_data(text) and any(node.id == "scalar" and node.value for node in reading.nodes)
    if reading.problem is not None or not reading.nodes or words:
        return mask_lines(lines)
    spans: list[_Span] = []
    touched: set[int] = set()
    for node in _secrets(reading.nodes):
        touched.update(range(node.start_mark.line, node.end_mark.line + 1))
        spans += _spans_of(node)
    spans = _merged(spans)
    hidden: list[str] = []
    for span in spans:
        hidden += _cut(lines, span)
    # from the end of the text to its beginning, so that columns stay what they are
    shown = list(lines)
    for start, column, end, until in reversed(spans):
        for number in range(min(end, len(lines) - 1), start - 1, -1):
            begin = column if number == start else 0
            stop = until if number == end else None
            shown[number] = _covered(shown[number], begin, stop)
    return Masked(shown, hidden, touched)


def masked(lines: list[str]) -> list[str]:
    """Return the lines of a text with the values of Secrets hidden; documents of other kinds stay as they are.

    >>> masked(["kind: Secret", "data:", "  password: c2VjcmV0"])
    ['kind: Secret', 'data:', '  password: <hidden>']
    """
    shown: list[str] = []
    for _, chunk in chunks("\n".join(lines)):
        if shown:
            shown.pop()  # the end of the line before `---` begins none of its own
        shown += mask(chunk).lines
    return shown if len(shown) == len(lines) else mask_lines(lines).lines


def hide_fields(text: str) -> str:
    r"""Return lines of a fix with the values of all but the usual fields hidden.

    >>> print(hide_fields("kind: Secret\npassword: s3cret"))
    kind: Secret
    password: <hidden>
    """
    return "\n".join(map(conceal_field, text.split("\n")))


def _secrets(nodes: Sequence[Any]) -> Iterator[Any]:
    """Yield the nodes that are Secrets, wherever they are."""
    seen: set[int] = set()
    waiting = [(node, "") for node in reversed(nodes)]
    while waiting:
        node, given = waiting.pop()
        if node.id == "scalar" or id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "sequence":
            waiting += [(item, given) for item in node.value]
            continue
        fields = {key.value: value for key, value in node.value if key.id == "scalar"}
        kind = fields.get("kind")
        named = kind.value if kind is not None and kind.id == "scalar" else given
        if _is_secret(named, fields):
            yield node
            continue
        for key, value in node.value:
            waiting.append((value, named[:-4] if key.value == "items" and named.endswith("List") else ""))


def _is_secret(kind: str, fields: dict[str, Any]) -> bool:
    names = {name.lower() for name in fields}
    if shown_kind(kind) != kind or kind.strip().lower() in ("secret", "secrets") or "stringdata" in names:
        return True
    if kinds_named(kind):
        return False
    if "data" in names or nearest(kind, ["Secret"]):
        return True
    # without a kind: a Secret is one of the few without a spec
    return not kind and bool(names & {"apiversion", "metadata"}) and not names & {"spec", "items"}


def _spans_of(node: Any) -> Iterator[_Span]:
    """Yield where the values of a Secret are."""
    for key, value in node.value:
        yield from _odd_key(key)
        name = key.value if key.id == "scalar" else ""
        if name in _USUAL:
            if name == "kind" and value.id == "scalar" and shown_kind(value.value) != value.value:
                yield _span(value.start_mark, value.end_mark)
            continue
        if name == "metadata":
            yield from _note_spans(value)
        elif value.id == "mapping" and not value.flow_style and value.value:
            yield from _block_spans(value)
        elif _at(value.start_mark) != _at(value.end_mark):
            yield _span(value.start_mark, value.end_mark)


def _block_spans(node: Any) -> Iterator[_Span]:
    """Yield all of a mapping but its keys: the values, their tags, and the comments between them."""
    yield _span(node.start_mark, node.value[0][0].start_mark)
    ends = [*(key.start_mark for key, _ in node.value[1:]), node.end_mark]
    for (key, value), end in zip(node.value, ends, strict=True):
        yield from _odd_key(key)
        start = value.start_mark
        if _at(key.end_mark) <= _at(start) <= _at(end):
            yield _span(start, end)
        else:
            # an alias: its value is where its anchor is
            yield _span(key.end_mark, end)
            yield _span(start, value.end_mark)


def _at(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def _note_spans(metadata: Any) -> Iterator[_Span]:
    """Yield where the annotations have the whole manifests that kubectl and other tools keep there."""
    for key, value in metadata.value if metadata.id == "mapping" else ():
        if key.id != "scalar" or key.value not in METADATA_FIELDS:
            yield from _odd_key(key)
            yield _span(value.start_mark, value.end_mark)
        if key.value == "annotations" and value.id == "mapping":
            for name, note in value.value:
                if note.id != "scalar" or is_note(name.value, note.value):
                    yield _span(note.start_mark, note.end_mark)


def _odd_key(key: Any) -> Iterator[_Span]:
    """Yield the part of a key that may be a value without a space before it."""
    if key.id != "scalar" or shown_key(key.value) != key.value:
        yield _span(key.start_mark, key.end_mark)


def _span(start: Any, end: Any) -> _Span:
    return start.line, start.column, end.line, end.column


def _merged(spans: list[_Span]) -> list[_Span]:
    """Return spans in the order of the text, none of which overlaps another."""
    merged: list[_Span] = []
    for span in sorted(spans):
        last = merged[-1] if merged else (0, 0, -1, 0)
        if span[:2] < last[2:]:
            merged[-1] = (*last[:2], *max(last[2:], span[2:]))
        else:
            merged.append(span)
    return merged


def _cut(lines: list[str], span: _Span) -> Iterator[str]:
    start, column, end, until = span
    for number in range(start, min(end, len(lines) - 1) + 1):
        yield lines[number][column if number == start else 0 : until if number == end else None]


def _covered(line: str, begin: int, stop: int | None) -> str:
    """Hide what is between two columns of a line, but not the spaces around it and a colon before it."""
    piece = line[begin:stop]
    bare = piece.strip()
    after = "" if stop is None else line[stop:]
    lead = ""
    if bare.startswith(":"):
        lead, bare = ": ", bare[1:].strip()
        if not bare:
            return line
    if not bare or bare in ("-", "---", "...") or bare == HIDDEN:
        return line
    blank = piece[: len(piece) - len(piece.lstrip())]
    tail = piece[len(piece.rstrip()) :]
    return line[:begin] + blank + lead + HIDDEN + (tail + after if after.strip() else "")
