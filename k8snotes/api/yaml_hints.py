"""What is wrong with text that is no YAML: the parser's sentence as a code, and in words for a first manifest."""

from __future__ import annotations

__all__ = ["CODES", "code_of", "hint_for"]

# PyYAML and libyaml tell their errors apart by their sentences alone: a part of each, and the code that the rest of
# this package knows it by. The first that fits counts.
_SENTENCES = (
    ("maximum nesting depth", "depth"),
    ("cannot start any token", "character"),
    ("mapping values are not allowed", "colon"),
    ("did not find expected key", "indentation"),
    ("did not find expected '-'", "indentation"),
    ("could not find expected ':'", "no-colon"),
    ("unexpected end of stream", "open-quote"),
    ("quoted scalar", "open-quote"),
    ("expected ','", "open-bracket"),
    ("node content", "no-value"),
    ("alphabetic or numeric character", "anchor"),
    ("undefined alias", "no-anchor"),
    ("escape", "escape"),
)
CODES = (*dict.fromkeys(code for _, code in _SENTENCES), "not-yaml", "not-json", "unreadable")

_TEMPLATE = (
    "{{ ... }} is a template's: render it first, as with helm template CHART > manifests.yaml, "
    "and read what comes out."
)
_HINTS = {
    "colon": "This line has a colon where none may stand: it is indented deeper than the line above, "
    "or a value with a colon needs quotes.",
    "indentation": "The indentation does not fit the lines above: keys of one mapping stand in one column.",
    "open-quote": "The text ends inside quotes: a closing quote is missing, or the end of the file was cut off.",
    "open-bracket": "A bracket or brace is not closed, or a comma is missing, or the file was cut off.",
    "no-value": "A bracket or brace is not closed, or a comma is missing, or the file was cut off.",
    "anchor": "A value may not begin with * or &: put it in quotes.",
    "no-anchor": "An alias (*name) needs its anchor (&name) earlier in the same document.",
}


def code_of(sentence: str) -> str:
    """Return the code for an error of the YAML parser, one of `CODES`.

    >>> code_of("mapping values are not allowed in this context"), code_of("what?")
    ('colon', 'not-yaml')
    """
    return next((code for words, code in _SENTENCES if words in sentence), "not-yaml")


def hint_for(code: str, lines: list[str], line: int, column: int) -> str:
    """Return the next step for an error at a place (both from 0), "" if nothing better is known."""
    text = lines[line] if 0 <= line < len(lines) else ""
    before = lines[line - 1] if 0 < line <= len(lines) else ""
    if "{{" in text or ("{{" in before and not text.strip()):
        return _TEMPLATE
    if "\t" in text[: column + 1] or (code == "character" and "\t" in text):
        return "YAML indents with spaces: replace the tab, two spaces a level."
    if code == "character":
        character = text[column : column + 1]
        return f'A value may not begin with {character!r}: put it in quotes, as in "{character}...".'
    if code == "no-colon":
        return f'A colon is missing after "{(before or text).strip()[:40]}".'
    return _HINTS.get(code, "")
