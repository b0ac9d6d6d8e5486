"""Emphasis: a message of the catalogue in which some places have a style of their own, such as a name in bold."""

from __future__ import annotations

import re

from k8snotes.catalogue import _
from k8snotes.figures.scene import Run, bold

__all__ = ["HERE", "THERE", "emphasized", "last_bold"]

HERE, THERE = "\ue000", "\ue001"
"""What a message is given for places that have a style of their own: two letters that no language uses."""

_PLACES = re.compile(f"([{HERE}{THERE}])")


def emphasized(message: str, here: Run, there: Run | None = None) -> list[str | Run]:
    """Return the words of a message for a line of a picture, with runs in the places `HERE` and `THERE`.

    So a translation decides where these places are.

    Args:
        message: the message, with `HERE` for one of its places, and perhaps `THERE` for another.
        here: the run for `HERE`.
        there: the run for `THERE`.

    >>> from k8snotes.figures.scene import bold
    >>> parts = emphasized(f"{HERE} runs on {THERE}", bold("web"), bold("node-1"))
    >>> [part if isinstance(part, str) else part.text for part in parts]
    ['web', ' runs on ', 'node-1']
    """
    runs = {HERE: here, THERE: there or here}
    return [runs.get(part, part) for part in _PLACES.split(str(message)) if part]


def last_bold(before: object, last: object) -> list[str | Run]:
    """Return the words of two parts with a comma between, the last one in bold; the first may be empty.

    >>> parts = last_bold("500m of 4 CPU", "3500m left")
    >>> [part if isinstance(part, str) else part.text for part in parts]
    ['500m of 4 CPU, ', '3500m left']
    """
    if not before:
        return [bold(last)]
    return emphasized(_("{first}, {second}", first=before, second=HERE), bold(last))
