"""What to do about a YAML error: the parser's words, translated for someone who writes a first manifest."""

from __future__ import annotations

__all__ = ["hint_for"]

_TEMPLATE = (
    "{{ ... }} is a template's: render it first, as with helm template CHART > manifests.yaml, "
    "and read what comes out."
)


def hint_for(message: str, lines: list[str], line: int, column: int) -> str:
    """Return the next step for a parser's message at a 0-based place, "" if nothing better is known."""
    text = lines[line] if 0 <= line < len(lines) else ""
    before = lines[line - 1] if 0 < line <= len(lines) else ""
    if "{{" in text or ("{{" in before and not text.strip()):
        return _TEMPLATE
    if "\t" in text[: column + 1] or ("cannot start any token" in message and "\t" in text):
        return "YAML indents with spaces: replace the tab, two spaces a level."
    if "cannot start any token" in message:
        character = text[column : column + 1]
        return f'A value may not begin with {character!r}: put it in quotes, as in "{character}...".'
    if "mapping values are not allowed" in message:
        return (
            "This line has a colon where none may stand: it is indented deeper than the line above, "
            "or a value with a colon needs quotes."
        )
    if "did not find expected key" in message or "did not find expected '-'" in message:
        return "The indentation does not fit the lines above: keys of one mapping stand in one column."
    if "could not find expected ':'" in message:
        return f'A colon is missing after "{(before or text).strip()[:40]}".'
    if "unexpected end of stream" in message or "quoted scalar" in message:
        return "The text ends inside quotes: a closing quote is missing, or the end of the file was cut off."
    if "expected ',' or" in message or "node content" in message:
        return "A bracket or brace is not closed, or a comma is missing, or the file was cut off."
    if "alphabetic or numeric character" in message:
        return "A value may not begin with * or &: put it in quotes."
    if "undefined alias" in message:
        return "An alias (*name) needs its anchor (&name) earlier in the same document."
    return ""
