"""Characters that look right and are not: tabs, spaces of other widths, typographic quotes and dashes.

Each function mends one habit in the whole of a draft, and returns the faults with their places on the draft that it was
given. The text of a block scalar (`key: |`) and comments are left alone, because there a character may be meant.
"""

from __future__ import annotations

import re
import unicodedata

from k8snotes.catalogue import _
from k8snotes.control_plane.schema import field_names
from k8snotes.doctor.text.draft import Draft, scalar_block_lines
from k8snotes.doctor.text.fault import Fault

__all__ = ["mend_characters", "mend_dashes", "mend_tabs", "mend_templates", "without_prefix", "without_tabs"]

_WIDE_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_NO_WIDTH = "\u200b-\u200f\u2060\ufeff\u00ad"
_STRANGE = f"[{_WIDE_BLANKS}{_NO_WIDTH}]"
_LEAD = re.compile(rf"^[ \t]*+(?:{_STRANGE}[ \t]*+)++|(?<=[:-]){_STRANGE}[\s{_NO_WIDTH}]*+")
_STRANGE_SIGN = re.compile(_STRANGE)
_NO_WIDTH_ONLY = re.compile(f"[{_NO_WIDTH}]")
_WIDE_COLON = re.compile(r"^(\s*(?:- +)*[\w./-]+)[ ]*：\s*")  # the colon of Chinese keyboards
_TYPOGRAPHIC = re.compile(
    r"(^|(?<=[\s:\[{,-]))([\u201c\u201d\u201e\u201f\uff02])([^\u201c\u201d\u201e\u201f\uff02\"]*)"
    r"([\u201c\u201d\u201f\uff02])(?=\s*(?:$|[,\]}#]))|(^|(?<=[\s:\[{,-]))([\u2018\u2019\u201a\u201b\uff07])"
    r"([^\u2018\u2019\u201a\u201b\uff07']*)([\u2018\u2019\u201b\uff07])(?=\s*(?:$|[,\]}#]))"
)
_LONG_DASH = re.compile(r"^(\s*)[\u2010-\u2015\u2212\uff0d\u2022\u00b7*](\s+)(?=[\w\"'])")
_NO_BLANK = re.compile(r"^(\s*(?:- +)*)-(?=[A-Za-z_][\w./-]*:(?:\s|$))")
_TAB_LEAD = re.compile(r"^ *\t[ \t]*")
_PREFIXES = (re.compile(r"^ *\d+(?:[.:|)\t]| (?!\d)| ?$)"), re.compile(r"^\+"), re.compile(r"^[>|] ?"))
_FEWEST_PREFIXED = 3
_TEMPLATE = re.compile(r"\{\{.*?\}\}")


def mend_characters(draft: Draft) -> tuple[Draft, list[Fault]]:
    """Replace spaces, colons, quotes and dashes that YAML takes for letters.

    >>> draft, faults = mend_characters(Draft.of("image：nginx"))
    >>> draft.text, faults[0].parts["names"]
    ('image: nginx', ('a full-width colon (U+FF1A)',))
    """
    faults: list[Fault] = []
    asleep = scalar_block_lines(draft.lines)
    mended: dict[int, str] = {}
    for number, line in enumerate(draft.lines):
        if line.isascii() or number in asleep or line.lstrip().startswith("#"):
            continue
        new, first = line, -1
        names: list[str] = []
        for look in (_blanks, _colon, _quotes, _dash):
            changed, at, name = look(new)
            if at >= 0:
                new, names = changed, [*names, name]
                first = at if first < 0 else min(first, at)
        if names and new != line:
            parts = {"names": tuple(names)}
            faults.append(Fault(number, first, "", "odd-character", parts=parts, write=new.strip()))
            mended[number] = new
    return draft.rewritten(mended), faults


# The next four each return the line mended, the column of the first odd character (-1 for none), and what it is.


def _blanks(line: str) -> tuple[str, int, str]:
    last = _tail(line)
    inner = line[:last]
    strange = next((match for match in _LEAD.finditer(inner) if match[0].strip(" \t")), None)
    if strange is None and last == len(line):
        return line, -1, ""
    start = last if strange is None else strange.start()
    odd = next(char for char in line[start:] if char not in " \t")
    return _LEAD.sub(_plain_blanks, inner), start, _named(odd)


def _named(odd: str) -> str:
    """Name a character as Unicode does."""
    code, name = f"U+{ord(odd):04X}", unicodedata.name(odd, "")
    if not name:
        return _("an invisible character ({code})", code=code)
    return _("the character {name} ({code})", name=name, code=code)


def _tail(line: str) -> int:
    """Return where the last spaces of a line begin to be odd ones; the length of the line if none is."""
    # from the end, and without a pattern: a pattern that looks for the end begins anew at each space
    bare = len(line)
    while bare and (line[bare - 1].isspace() or _NO_WIDTH_ONLY.match(line[bare - 1])):
        bare -= 1
    strange = _STRANGE_SIGN.search(line, bare) if bare else None
    return strange.start() if strange else len(line)


def _plain_blanks(match: re.Match[str]) -> str:
    if match.end() == len(match.string) and match.start() > 0:
        return ""
    text = _NO_WIDTH_ONLY.sub("", match[0])
    blanks = re.sub(f"[{_WIDE_BLANKS}]", " ", text).replace("\u3000", "  ")
    return blanks or (" " if match.start() > 0 else "")


def _colon(line: str) -> tuple[str, int, str]:
    match = _WIDE_COLON.match(line)
    if match is None or ": " in match[1]:
        return line, -1, ""
    return f"{match[1]}: {line[match.end() :]}".rstrip(), match.end(1), _("a full-width colon (U+FF1A)")


def _quotes(line: str) -> tuple[str, int, str]:
    match = _TYPOGRAPHIC.search(line)
    if match is None:
        return line, -1, ""

    def plain(quoted: re.Match[str]) -> str:
        double = quoted[2] is not None
        lead, inner = (quoted[1], quoted[3]) if double else (quoted[5], quoted[7])
        mark = '"' if double else "'"
        return f"{lead}{mark}{inner}{mark}"

    return (
        _TYPOGRAPHIC.sub(plain, line),
        match.start(2 if match[2] is not None else 6),
        _("typographic quotes"),
    )


def _dash(line: str) -> tuple[str, int, str]:
    match = _LONG_DASH.match(line)
    if match is None:
        return line, -1, ""
    return f"{match[1]}-{match[2]}{line[match.end() :]}", match.end(1), _named(line[match.end(1)])


def without_prefix(draft: Draft) -> Draft | None:
    r"""Return the draft without what begins each of its lines, None if nothing does.

    What is recognised: the numbers of lines, the `+` of a diff, the `>` and `|` of a quotation.

    >>> without_prefix(Draft.of("1 kind: Pod\n2 metadata:\n3   name: web")).lines
    ('kind: Pod', 'metadata:', '  name: web')
    """
    if sum(bool(line.strip()) for line in draft.lines) < _FEWEST_PREFIXED:
        return None
    for prefix in _PREFIXES:
        if all(prefix.match(line) or not line.strip() or line.startswith("---") for line in draft.lines):
            lines = [
                line if line.startswith("---") else prefix.sub("", line, count=1) for line in draft.lines
            ]
            return draft.replace(0, len(lines), lines)
    return None


def mend_tabs(draft: Draft, width: int, *, everywhere: bool) -> tuple[Draft, list[Fault]]:
    r"""Replace the tabs of the indentation by spaces.

    Args:
        draft: the text.
        width: how many spaces replace a tab.
        everywhere: whether to replace those in the texts of block scalars too.

    >>> mend_tabs(Draft.of("spec:\n\ttype: NodePort"), 2, everywhere=False)[0].lines
    ('spec:', '  type: NodePort')
    """
    faults: list[Fault] = []
    asleep = set() if everywhere else scalar_block_lines(draft.lines)
    mended: dict[int, str] = {}
    for number, line in enumerate(draft.lines):
        match = _TAB_LEAD.match(line)
        if match is None or number in asleep or not line.strip():
            continue
        new = match[0].replace("\t", " " * width) + line[match.end() :]
        faults.append(Fault(number, match[0].index("\t"), "", "tab", write=new.rstrip()))
        mended[number] = new
    return draft.rewritten(mended), faults


def without_tabs(lines: tuple[str, ...]) -> list[str]:
    r"""Return lines with a space for each tab between words: Kubernetes accepts those tabs, other YAML readers do not.

    >>> without_tabs(("port:\t80", "name: 'a\tb'"))
    ['port: 80', "name: 'a\tb'"]
    """
    asleep = scalar_block_lines(lines)
    return [
        _between_words(line) if "\t" in line and number not in asleep else line
        for number, line in enumerate(lines)
    ]


def _between_words(line: str) -> str:
    after: list[str] = [""] * (len(line) + 1)  # the word sign that follows each place, "" at the end
    for at in range(len(line) - 1, -1, -1):
        after[at] = after[at + 1] if line[at].isspace() else line[at]
    new: list[str] = []
    before = quote = ""
    for at, char in enumerate(line):
        if char in "\"'" and (not quote or char == quote):
            quote = "" if quote else char
        # a tab within a word of its own is the author's
        apart = before in {"", ":", ",", "-", "[", "{"} or after[at] in {"", "#"}
        new.append(" " if char == "\t" and not quote and apart else char)
        before = before if char.isspace() else char
    # with an open quote, the tab may be part of a text that goes on in the next line
    return line if quote else "".join(new)


def mend_dashes(draft: Draft) -> tuple[Draft, list[Fault]]:
    r"""Put the space after the dash of a list item (`-port: 80`) and move the lines below it along.

    >>> mend_dashes(Draft.of("ports:\n-port: 80\n name: web"))[0].lines
    ('ports:', '- port: 80', '  name: web')
    """
    faults: list[Fault] = []
    asleep = scalar_block_lines(draft.lines)
    number = 0
    while number < len(draft.lines):
        line = draft.lines[number]
        match = _NO_BLANK.match(line)
        number += 1
        if match is None or number - 1 in asleep or not _is_field(line[match.end() :]):
            continue
        new = f"{match[0]} {line[match.end() :]}"
        parts = {"key": line[match.end() :].partition(":")[0]}
        faults.append(
            Fault(number - 1, match.end() - 1, "", "dash-without-blank", parts=parts, write=new.strip())
        )
        lines = [new]
        column = match.end()  # of the name; fields of the same item that were aligned with it move too
        at = number
        nearest = next((line for line in draft.lines[number:] if line.strip()), "")
        below_it = len(nearest) - len(nearest.lstrip(" "))
        by = 1 if below_it == column else 0
        if (
            below_it == column - 1
            and not nearest.lstrip().startswith("-")
            and _is_deeper(draft, number - 1, column - 1)
        ):
            by, column = 2, column - 1  # the other fields are under the dash
        while by and at < len(draft.lines):
            below = draft.lines[at]
            indent = len(below) - len(below.lstrip(" "))
            if below.strip() and (indent < column or below.lstrip().startswith("-")):
                break
            lines.append(" " * by + below if below.strip() else below)
            at += 1
        draft = draft.replace(number - 1, at, lines)
    return draft, faults


def _is_deeper(draft: Draft, number: int, column: int) -> bool:
    """Whether the lines above a list are further to the left: then the list has a column of its own."""
    for above in range(number - 1, -1, -1):
        line = draft.lines[above]
        if line.strip() and not line.lstrip().startswith(("#", "-")):
            indent = len(line) - len(line.lstrip(" "))
            if indent != column:
                return indent < column and line.rstrip().endswith(":")
    return False


def _is_field(text: str) -> bool:
    return text.split(":", maxsplit=1)[0] in field_names()


def mend_templates(draft: Draft) -> tuple[Draft, list[Fault], set[int]]:
    """Put stand-ins for `{{ ... }}`, so that the rest can be read.

    Returns:
        The draft, one fault for all templates of it, and the numbers of the lines of the source with a stand-in.

    >>> draft, faults, lines = mend_templates(Draft.of("image: {{ .Values.image }}"))
    >>> draft.text, faults[0].code, lines
    ('image: template', 'template', {0})
    """
    faults: list[Fault] = []
    touched: set[int] = set()
    mended: dict[int, str] = {}
    for number, line in enumerate(draft.lines):
        if "{{" not in line or line.lstrip().startswith("#"):
            continue
        # up to the last end of a template: none that has no end is looked for again and again
        end = line.rfind("}}") + 2 if "}}" in line else 0
        whole = line[:end]
        bare = (_TEMPLATE.sub("", whole) + line[end:]).strip()
        if not bare or not _TEMPLATE.search(whole):
            new = ""
        elif re.search(r":\s*\{\{", line) or re.match(r"^\s*- *\{\{", line):
            head = line[: line.index("{{")]
            new = f"{head}template"
        else:
            new = _TEMPLATE.sub("template", whole) + line[end:]
        if not touched:
            faults.append(Fault(number, line.index("{{"), "", "template"))
        touched.add(draft.origins[number])
        mended[number] = new
    return draft.rewritten(mended), faults, touched
