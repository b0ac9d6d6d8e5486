"""Emphasis: a message of the catalogue in which one place has a style of its own, such as a name in bold."""

from __future__ import annotations

from k8snotes.figures.scene import Run

__all__ = ["HERE", "emphasized"]

HERE = "\ue000"
"""What a message is given for the place that has a style of its own; no name that was made fit to be shown has it."""


def emphasized(message: str, run: Run) -> list[str | Run]:
    """Return the words of a message for a line of a picture, with a run where the message has `HERE`.

    So a translation decides where the place stands.

    Args:
        message: the message, which has `HERE` in one of its places.
        run: what stands there.

    >>> from k8snotes.catalogue import _
    >>> from k8snotes.figures.scene import bold
    >>> [str(part) if isinstance(part, str) else part.text for part in emphasized(_("on {node} now", node=HERE), bold("n"))]
    ['on ', 'n', ' now']
    """
    before, there, after = str(message).partition(HERE)
    return [part for part in (before, run if there else "", after) if part]
