"""Changes of a text that keep the rest as it is: a word replaced, a block moved, a line put in.

Each function makes an edit: it takes the draft for which its spots were found, and returns the draft as it would be,
or None where the text has a form that it cannot change without guessing (several lines where one is meant, braces).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from k8snotes.doctor.text.draft import Draft, indent_of
from k8snotes.doctor.text.paths import Spot, Steps, find, last_line  # noqa: F401  # find: the examples ask it

__all__ = [
    "Edit",
    "add_field",
    "add_line",
    "dash_before",
    "merge",
    "move_into",
    "no_dash",
    "quoted_word",
    "remove",
    "rename",
    "replace_field",
    "replace_node",
    "replace_value",
    "unwrap",
    "without_dashes",
    "wrap",
]

# An edit gives the draft as it would be, or None where the text has a form that it cannot change.
Edit = Callable[[Draft], Draft | None]

_STEP = 2


def quoted_word(word: str) -> str:
    """Return a word in quotes, as YAML reads it as text.

    >>> print(quoted_word("yes"), quoted_word('say "hi"'))
    "yes" 'say "hi"'
    """
    if '"' in word or "\\" in word:
        return "'" + word.replace("'", "''") + "'"
    return f'"{word}"'


def _block_style(spot: Spot) -> bool:
    """Whether a field has lines of its own, and is not within braces."""
    parent = spot.parent
    return parent is None or not parent.flow_style


def rename(spot: Spot, name: str) -> Edit:
    """Write another name for a field.

    >>> draft = Draft.of("metadata: {nmae: web}")
    >>> rename(find(draft.nodes[0], ("metadata", "nmae")), "name")(draft).text
    'metadata: {name: web}'
    """
    key = spot.key

    def edit(draft: Draft) -> Draft | None:
        line, start, end = key.start_mark.line, key.start_mark.column, key.end_mark.column
        if key.end_mark.line != line:
            return None
        old = draft.lines[line]
        written = old[start:end]
        new = written[0] + name + written[-1] if written[:1] in "\"'" else name
        return draft.replace(line, line + 1, [old[:start] + new + old[end:]])

    return edit


def replace_value(node: Any, new: str) -> Edit:
    """Write another scalar in the place of a scalar that has one line.

    Args:
        node: the node of the scalar.
        new: the scalar as it is written, with its quotes if it needs any.

    >>> draft = Draft.of("port: '80'  # the web")
    >>> replace_value(find(draft.nodes[0], ("port",)).value, "80")(draft).text
    'port: 80  # the web'
    """

    def edit(draft: Draft) -> Draft | None:
        line, start, end = node.start_mark.line, node.start_mark.column, node.end_mark.column
        if node.id != "scalar" or node.end_mark.line != line or node.style in ("|", ">"):
            return None
        old = draft.lines[line]
        blank = "" if start == 0 or old[start - 1 : start] in (" ", "[", "{", ",") else " "
        return draft.replace(line, line + 1, [old[:start] + blank + new + old[end:]])

    return edit


def replace_node(node: Any, new: str) -> Edit:
    """Write a scalar in the place of a whole node that has one line.

    >>> draft = Draft.of("- echo: done")
    >>> replace_node(find(draft.nodes[0], (0,)).value, '"echo: done"')(draft).text
    '- "echo: done"'
    """

    def edit(draft: Draft) -> Draft | None:
        line, start = node.start_mark.line, node.start_mark.column
        last = node.value[-1][1] if node.id == "mapping" and node.value else node
        old = draft.lines[line]
        if last_line(node) != line or last.id != "scalar" or last.end_mark.line != line or old[start] in "{[":
            return None
        return draft.replace(line, line + 1, [old[:start] + new + old[last.end_mark.column :]])

    return edit


def remove(spot: Spot) -> Edit:
    r"""Take a field out, with all that belongs to it.

    >>> draft = Draft.of("metadata:\n  name: web\n  uid: x")
    >>> remove(find(draft.nodes[0], ("metadata", "uid")))(draft).lines
    ('metadata:', '  name: web')
    """

    def edit(draft: Draft) -> Draft | None:
        start, end = spot.line, last_line(spot.value) + 1
        if not _block_style(spot) or draft.lines[start][: spot.column].strip():
            return None
        return draft.move(start, max(end, start + 1), start, [])

    return edit


def replace_field(spot: Spot, lines: list[str]) -> Edit:
    r"""Put other lines in the place of a field.

    Args:
        spot: the field.
        lines: what comes in its place, as it would be at the left edge.

    >>> draft = Draft.of("- image: nginx\n  port: 80")
    >>> replace_field(find(draft.nodes[0], (0, "port")), ["ports:", "- containerPort: 80"])(draft).lines
    ('- image: nginx', '  ports:', '  - containerPort: 80')
    """

    def edit(draft: Draft) -> Draft | None:
        start, end = spot.line, max(last_line(spot.value), spot.line) + 1
        lead = draft.lines[start][: spot.column]
        if not _block_style(spot) or lead.strip(" -"):
            return None
        blank = " " * spot.column
        return draft.replace(start, end, [lead + lines[0], *(blank + line for line in lines[1:])])

    return edit


def add_line(spot: Spot, lines: list[str], column: int) -> Edit:
    r"""Put lines before the first line of a field.

    Args:
        spot: the field.
        lines: the lines, as they would be at the left edge.
        column: the column in which they are to begin.

    >>> draft = Draft.of("spec:\n  ports: []")
    >>> add_line(find(draft.nodes[0], ("spec", "ports")), ["type: NodePort"], 2)(draft).lines
    ('spec:', '  type: NodePort', '  ports: []')
    """

    def edit(draft: Draft) -> Draft | None:
        return draft.move(spot.line, spot.line, spot.line, [" " * column + line for line in lines])

    return edit


def _children_column(spot: Spot) -> int:
    """Return the column in which the fields of a mapping begin, -1 where no line can be put into it.

    A field with nothing after its colon may become a mapping: its fields would be one step deeper.
    """
    node = spot.value
    if node.id == "mapping" and node.value and not node.flow_style:
        return int(node.value[0][0].start_mark.column)
    if node.id == "scalar" and node.value == "" and not node.style and spot.key is not None:
        return spot.column + _STEP
    return -1


def _end_of(spot: Spot) -> int:
    return max(last_line(spot.value), spot.line) + 1


def add_field(spot: Spot, lines: list[str]) -> Edit:
    r"""Put lines at the end of a mapping.

    Args:
        spot: the mapping.
        lines: the lines, as they would be at the left edge.

    >>> draft = Draft.of("metadata:\n  name: web\nspec: {}")
    >>> add_field(find(draft.nodes[0], ("metadata",)), ["labels:", "  app: web"])(draft).lines
    ('metadata:', '  name: web', '  labels:', '    app: web', 'spec: {}')
    """

    def edit(draft: Draft) -> Draft | None:
        column = _children_column(spot)
        if column < 0:
            return None
        at = _end_of(spot)
        return draft.move(at, at, at, [" " * column + line if line else "" for line in lines])

    return edit


def move_into(spot: Spot, target: Spot, wrappers: Steps = ()) -> Edit:
    r"""Move a field with all that belongs to it to the end of another mapping, into new objects if need be.

    Args:
        spot: the field.
        target: the mapping.
        wrappers: the names of the new objects, the outermost first, and 0 for the first item of a new list.

    >>> draft = Draft.of("spec:\n  type: NodePort\nport: 80")
    >>> node = draft.nodes[0]
    >>> move_into(find(node, ("port",)), find(node, ("spec",)), ("ports", 0))(draft).lines
    ('spec:', '  type: NodePort', '  ports:', '    - port: 80')
    """

    def edit(draft: Draft) -> Draft | None:
        column = _children_column(target)
        start, end = spot.line, max(last_line(spot.value), spot.line) + 1
        if column < 0 or not _block_style(spot) or draft.lines[start][: spot.column].strip():
            return None
        old = draft.lines[start:end]
        if any(line.strip() and indent_of(line) < spot.column for line in old):
            return None
        lines: list[str] = []
        lead = " " * column
        for step in wrappers:
            if isinstance(step, int):
                lead += "- "
            else:
                lines.append(f"{lead}{step}:")
                lead = " " * (len(lead) + _STEP)
        block = [" " * len(lead) + line[spot.column :] if line.strip() else line for line in old]
        lines += [lead + block[0][len(lead) :], *block[1:]]
        to = _end_of(target)
        if target.line in range(start, end):
            return None
        return draft.move(start, end, end if start < to <= end else to, lines)

    return edit


def _deeper(lines: tuple[str, ...], by: int) -> list[str]:
    if by >= 0:
        return [" " * by + line if line.strip() else line for line in lines]
    return [line[-by:] if line[:-by].strip() == "" else line for line in lines]


def wrap(spot: Spot, name: str) -> Edit:
    r"""Put the content of a field one level deeper, under a new field.

    >>> draft = Draft.of("selector:\n  app: web")
    >>> wrap(find(draft.nodes[0], ("selector",)), "matchLabels")(draft).lines
    ('selector:', '  matchLabels:', '    app: web')
    """

    def edit(draft: Draft) -> Draft | None:
        node = spot.value
        line = spot.line
        if node.id != "mapping" or node.flow_style:
            if node.start_mark.line != node.end_mark.line:
                return None
            old = draft.lines[line]
            start, end = node.start_mark.column, node.end_mark.column
            return draft.replace(line, line + 1, [f"{old[:start]}{{{name}: {old[start:end]}}}{old[end:]}"])
        first, end = node.start_mark.line, last_line(node) + 1
        if first == line:
            return None
        column = node.value[0][0].start_mark.column
        lines = [" " * column + name + ":", *_deeper(draft.lines[first:end], _STEP)]
        return draft.move(first, end, first, lines)

    return edit


def unwrap(spot: Spot, inner: Spot) -> Edit:
    r"""Take one level out: the content of `inner` becomes that of `spot`.

    >>> draft = Draft.of("selector:\n  matchLabels:\n    app: web")
    >>> node = draft.nodes[0]
    >>> unwrap(find(node, ("selector",)), find(node, ("selector", "matchLabels")))(draft).lines
    ('selector:', '  app: web')
    """

    def edit(draft: Draft) -> Draft | None:
        outer, node = spot.value, inner.value
        if len(outer.value) != 1 or node.id != "mapping":
            return None
        if outer.flow_style or node.flow_style:
            if outer.start_mark.line != outer.end_mark.line or not node.flow_style:
                return None
            line = node.start_mark.line
            old = draft.lines[line]
            kept = old[node.start_mark.column : node.end_mark.column]
            if outer.flow_style:
                start, end = outer.start_mark.column, outer.end_mark.column
                return draft.replace(line, line + 1, [old[:start] + kept + old[end:]])
            above = draft.lines[spot.line].rstrip()
            return draft.move(spot.line, line + 1, spot.line, [above + " " + kept])
        first, end = node.start_mark.line, last_line(node) + 1
        if inner.line == first or not node.value:
            return None
        by = inner.column - node.value[0][0].start_mark.column
        lines = _deeper(draft.lines[first:end], by)
        return draft.move(inner.line, end, inner.line, lines)

    return edit


def merge(first: Spot, second: Spot) -> Edit:
    r"""Put the fields of a mapping, or the items of a list, that occurs twice under the first of its keys.

    >>> draft = Draft.of("spec:\n  a: 1\nspec:\n  b: 2")
    >>> one, two = (Spot(key, value, draft.nodes[0]) for key, value in draft.nodes[0].value)
    >>> merge(one, two)(draft).lines
    ('spec:', '  a: 1', '  b: 2')
    """

    def edit(draft: Draft) -> Draft | None:
        one, two = first.value, second.value
        lists = one.id == two.id == "sequence" and one.value and not one.flow_style
        column = one.start_mark.column if lists else _children_column(first)
        if (
            column < 0
            or (two.id != "mapping" and not lists)
            or two.flow_style
            or not _block_style(second)
            or second.line <= first.line
        ):
            return None
        begin, end = two.start_mark.line, last_line(two) + 1
        if begin == second.line or draft.lines[second.line][: second.column].strip():
            return None
        lines = _deeper(draft.lines[begin:end], column - two.start_mark.column)
        return draft.move(second.line, end, last_line(one) + 1, lines)

    return edit


def dash_before(spot: Spot) -> Edit:
    r"""Make a mapping the one item of a list.

    >>> draft = Draft.of("ports:\n  port: 80\n  name: http")
    >>> dash_before(find(draft.nodes[0], ("ports",)))(draft).lines
    ('ports:', '  - port: 80', '    name: http')
    """

    def edit(draft: Draft) -> Draft | None:
        node = spot.value
        if node.flow_style:
            return None
        first, end = node.start_mark.line, last_line(node) + 1
        if first == spot.line or draft.lines[first][: node.start_mark.column].strip():
            return None
        lines = _deeper(draft.lines[first:end], _STEP)
        column = node.start_mark.column
        lines[0] = " " * column + "- " + lines[0].lstrip(" ")
        return draft.replace(first, end, lines)

    return edit


def no_dash(spot: Spot) -> Edit:
    r"""Make an item of a list part of the item before it.

    >>> draft = Draft.of("env:\n- name: A\n- value: x")
    >>> no_dash(find(draft.nodes[0], ("env", 1)))(draft).lines
    ('env:', '- name: A', '  value: x')
    """

    def edit(draft: Draft) -> Draft | None:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
        old = draft.lines[line]
        if spot.value.id != "mapping" or spot.value.flow_style or old[:column].strip() != "-":
            return None
        return draft.replace(line, line + 1, [" " * column + old[column:]])

    return edit


def without_dashes(spot: Spot) -> Edit:
    r"""Make the items of a list, each a mapping, the fields of one mapping.

    >>> draft = Draft.of("metadata:\n  - name: web\n  - labels: {}")
    >>> without_dashes(find(draft.nodes[0], ("metadata",)))(draft).lines
    ('metadata:', '    name: web', '    labels: {}')
    """

    def edit(draft: Draft) -> Draft | None:
        node = spot.value
        if node.flow_style or not node.value:
            return None
        result = draft
        for item in node.value:
            if item.id != "mapping" or item.flow_style:
                return None
            line, column = item.start_mark.line, item.start_mark.column
            old = result.lines[line]
            dash = old[:column].rstrip()
            if not dash.endswith("-") or dash.strip(" -"):
                return None
            result = result.replace(
                line, line + 1, [dash[:-1] + " " * (column - len(dash) + 1) + old[column:]]
            )
        # the fields must become deeper than the field that they belong to
        return result if all(item.start_mark.column > spot.column for item in node.value) else None

    return edit
