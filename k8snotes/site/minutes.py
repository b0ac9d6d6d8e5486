"""How long a chapter takes, as it says itself: the line below its title is computed from its words and cells."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import NamedTuple, Self

from k8snotes import notebooks

__all__ = ["Minutes"]

# two numbers, those of the exercises, then the short path
_LINE = re.compile(r"^\*(\d+) .*?(\d+) .*?(\d+) .*?(\d+) .*▶.*?(\d+) .*\*$", re.MULTILINE)


class Minutes(NamedTuple):
    """The minutes that a chapter takes.

    Args:
        low: for a fast reader.
        high: for a slow reader.
        more: for the exercises.
        exercises: how many exercises there are.
        short: for the short path.
    """

    low: int
    high: int
    more: int
    exercises: int
    short: int

    @classmethod
    @cache
    def of(cls, name: str) -> Self:
        """Return the minutes of a chapter ("06-labels").

        Raises:
            ValueError: it does not say how long it takes.

        >>> Minutes.of("06-labels").low <= Minutes.of("06-labels").high
        True
        """
        book = json.loads((notebooks.folder() / f"{name}.ipynb").read_text(encoding="utf-8"))
        found = _LINE.search("".join(book["cells"][0]["source"]))
        if found is None:
            raise ValueError(name)
        return cls(*map(int, found.groups()))
