"""The one visual language: each kind of thing has its colour, its line, its symbol and its word everywhere.

The colours are Okabe and Ito's, which most colour-blind readers tell apart; no meaning rests on colour
alone. Source: https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from k8snotes.figures.figure import Figure

__all__ = [
    "EDGE",
    "ERROR",
    "INK",
    "LEFT",
    "LEFT_OUT",
    "LIMITED",
    "MUTED",
    "NODE",
    "NOT_READY",
    "PAPER",
    "PLAIN",
    "POD",
    "REQUESTED",
    "SERVICE",
    "TOO_MUCH",
    "USED",
    "WARNING_INK",
    "Look",
    "legend",
    "look_of",
    "sign_of",
]

PAPER = "#FFFFFF"
INK = "#1A1A1A"
MUTED = "#555555"
EDGE = "#333333"
WARNING_INK = "#A04000"


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of thing is drawn: frame, ground, and the ink of its address.

    `style` and `border` (in points) are the frame's, as Graphviz' HTML-like tables have them; `symbol`
    stands before the word that says the same.
    """

    line: str
    fill: str
    ink: str
    style: str
    border: int = 1
    symbol: str = ""


# a Cluster IP is dashed because nothing is there: the address stands in rules only
SERVICE = Look("#0072B2", "#EAF3FA", "#005B8F", "rounded,dashed", 2)
POD = Look("#009E73", "#EDF8F4", "#00694D", "rounded", 1, "✓")
NODE = Look("#E69F00", "#FFF9EC", "#8F5400", "rounded", 2)
NOT_READY = Look("#8A6D00", "#FFFBEA", "#6B5500", "rounded,dotted", 1, "◐")
LEFT_OUT = Look("#666666", "#F5F5F5", "#555555", "rounded,dotted", 1, "✗")
ERROR = Look("#D55E00", "#FDF1EA", WARNING_INK, "rounded,dashed", 2, "✗")
PLAIN = Look("#555555", PAPER, INK, "rounded")
# amounts, in bars: what is set aside is a full ground, what may be is outlined, what is used is dark
REQUESTED = Look("#8F5400", "#FADC8C", INK, "solid")
LIMITED = Look("#0072B2", "#CFE8F7", INK, "dashed")
USED = Look("#333333", "#E2E2E2", INK, "solid", 2)
LEFT = Look("#777777", PAPER, "#00694D", "dotted")
TOO_MUCH = Look("#D55E00", "#FBD9C4", WARNING_INK, "dashed", 2, "✗")


def look_of(state: str) -> Look:
    """Return how a Pod in this state is drawn: "ready", "not ready", "left out", "Succeeded", ...

    >>> look_of("ready").symbol, look_of("Pending").symbol, look_of("Failed").symbol
    ('✓', '◐', '✗')
    """
    if state == "ready":
        return POD
    if state in ("left out", "Succeeded", "Failed"):
        return LEFT_OUT
    return NOT_READY


def sign_of(state: str) -> str:
    """Return ✓, ◐ or ✗ for a Pod's state.

    >>> sign_of("no Node yet")
    '◐'
    """
    return look_of(state).symbol


def legend() -> Figure:
    """Return the key to all pictures as a Figure: what each frame, symbol and line means.

    >>> legend()
    <Figure legend: how to read the pictures>
    """
    from k8snotes.figures.legend import legend_figure  # noqa: PLC0415 - it is drawn with this palette

    return legend_figure()
