"""Which command was probably meant, as kubectl guesses it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["near_commands"]

_MOST_EDITS = 2


def near_commands(word: str, commands: Iterable[str]) -> list[str]:
    """Return the commands that are at most two letters away, or begin with the word.

    Source of the rule: `SuggestionsFor` of github.com/spf13/cobra.

    >>> near_commands("gett", ["get", "set", "delete"])
    ['get', 'set']
    """
    return [
        name
        for name in commands
        if edits(word.lower(), name.lower()) <= _MOST_EDITS or name.lower().startswith(word.lower())
    ]


def edits(one: str, other: str) -> int:
    """Return how many letters must be changed, added or taken away to make one word of the other."""
    before = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            now.append(min(now[-1] + 1, before[column] + 1, before[column - 1] + (left != right)))
        before = now
    return before[-1]
