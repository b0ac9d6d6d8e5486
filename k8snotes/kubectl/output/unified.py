"""Two texts beside each other, as `diff -u` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["unified"]

_AROUND = 3  # lines that are shown before and after a change


class _Change(NamedTuple):
    """Lines that go, and the lines that come in their place: from an index to before another one."""

    old: tuple[int, int]
    new: tuple[int, int]


def unified(before: str, after: str, old_name: str, new_name: str) -> str:
    r"""Return what `diff -u` prints for two texts; "" if they are the same.

    Args:
        before: the old text.
        after: the new text.
        old_name: what stands after "---".
        new_name: what stands after "+++".

    >>> print(unified("a\nb\n", "a\nc\n", "old", "new"), end="")
    --- old
    +++ new
    @@ -1,2 +1,2 @@
     a
    -b
    +c
    """
    old, new = before.splitlines(), after.splitlines()
    changes = _changes(old, new)
    if not changes:
        return ""
    lines = [f"--- {old_name}", f"+++ {new_name}"]
    for group in _groups(changes):
        lines += _hunk(old, new, group)
    return "\n".join([*lines, ""])


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    """Return what differs, with as few lines as possible; where it could stand in several places, it stands in the last."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    most = min(len(old), len(new)) - first
    while last < most and old[-1 - last] == new[-1 - last]:
        last += 1
    gone, come = _unmatched(old[first : len(old) - last], new[first : len(new) - last])
    went = [False] * first + gone + [False] * last
    came = [False] * first + come + [False] * last
    _slide(old, went, came)
    _slide(new, came, went)
    return _collected(went, came)


def _unmatched(old: Sequence[str], new: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Return which lines have no counterpart, by a longest common subsequence."""
    rows, columns = len(old), len(new)
    common = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        here, below = common[i], common[i + 1]
        for j in range(columns - 1, -1, -1):
            here[j] = below[j + 1] + 1 if old[i] == new[j] else max(below[j], here[j + 1])
    went, came = [True] * rows, [True] * columns
    i = j = 0
    while i < rows and j < columns:
        if old[i] == new[j]:
            went[i] = came[j] = False
            i, j = i + 1, j + 1
        elif common[i + 1][j] >= common[i][j + 1]:
            i += 1
        else:
            j += 1
    return went, came


def _slide(lines: Sequence[str], changed: list[bool], others: Sequence[bool]) -> None:
    """Move each block of changed lines as far down as the same lines follow it, as GNU diff does.

    Source of the rule: `shift_boundaries` of GNU diffutils
    """
    at = 0
    matched = 0  # how many lines stand unchanged before this place
    while at < len(lines):
        if not changed[at]:
            at += 1
            matched += 1
            continue
        end = at
        while end < len(lines) and changed[end]:
            end += 1
        if not _has_counterpart(others, matched):
            while end < len(lines) and lines[at] == lines[end] and not changed[end]:
                changed[at], changed[end] = False, True
                at, end, matched = at + 1, end + 1, matched + 1
                while end < len(lines) and changed[end]:
                    end += 1
                if _has_counterpart(others, matched):
                    break
        at = end


def _has_counterpart(others: Sequence[bool], matched: int) -> bool:
    """Whether the other text, too, has changed lines after so many unchanged ones."""
    seen = 0
    for is_changed in others:
        if seen == matched:
            return is_changed
        seen += not is_changed
    return False


def _collected(went: Sequence[bool], came: Sequence[bool]) -> list[_Change]:
    changes = []
    i = j = 0
    while i < len(went) or j < len(came):
        old, new = i, j
        while i < len(went) and went[i]:
            i += 1
        while j < len(came) and came[j]:
            j += 1
        if (old, new) != (i, j):
            changes.append(_Change((old, i), (new, j)))
        else:
            i, j = i + 1, j + 1
    return changes


def _groups(changes: Sequence[_Change]) -> list[list[_Change]]:
    """Return the changes in groups: those whose surroundings touch are shown together."""
    groups = [[changes[0]]]
    for change in changes[1:]:
        if change.old[0] - groups[-1][-1].old[1] <= 2 * _AROUND:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(old: Sequence[str], new: Sequence[str], group: Sequence[_Change]) -> list[str]:
    first, last = group[0], group[-1]
    begin = max(first.old[0] - _AROUND, 0)
    end = min(last.old[1] + _AROUND, len(old))
    new_begin = first.new[0] - (first.old[0] - begin)
    new_end = last.new[1] + (end - last.old[1])
    lines = [f"@@ -{_range(begin, end)} +{_range(new_begin, new_end)} @@"]
    at = begin
    for change in group:
        lines += [f" {line}" for line in old[at : change.old[0]]]
        lines += [f"-{line}" for line in old[change.old[0] : change.old[1]]]
        lines += [f"+{line}" for line in new[change.new[0] : change.new[1]]]
        at = change.old[1]
    return lines + [f" {line}" for line in old[at:end]]


def _range(begin: int, end: int) -> str:
    length = end - begin
    if length == 1:
        return str(begin + 1)
    return f"{begin + 1 if length else begin},{length}"
