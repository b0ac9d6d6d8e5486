"""The one visual language: each kind of thing has its colour, its line, its symbol and its word everywhere.

The colours are Okabe and Ito's, which most colour-blind readers tell apart; no meaning rests on colour
alone. A `Look` has a meaning, too: whatever has the look of a Pod that is not ready is such a Pod. How a link is drawn
says what happens along it.
Source: https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = [
    "ACTS",
    "BACK_AND_FORTH",
    "BARE",
    "CUT",
    "EDGE",
    "ERROR",
    "HIDDEN",
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
    "RULES",
    "SERVICE",
    "TOO_MUCH",
    "TRAFFIC",
    "USED",
    "VOLUME",
    "WAITING",
    "WARNING_INK",
    "Look",
    "look_of",
    "sign_of",
]

PAPER = "#FFFFFF"
INK = "#1A1A1A"
MUTED = "#555555"
EDGE = "#333333"
WARNING_INK = "#A04000"


class Look(NamedTuple):
    """How one kind of thing is drawn: frame, ground, and the ink of its address.

    `style` and `border` (in points) are the frame's, as Graphviz' HTML-like tables have them; `symbol`
    is written before the word that says the same.
    """

    line: str
    fill: str
    ink: str
    style: str
    border: int = 1
    symbol: str = ""


# a Cluster IP is dashed because no card has it: the address exists only in rules
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
# what has just acted, and volumes; words that have no frame of their own
ACTS = Look("#CC79A7", "#FBF1F6", "#7A2D57", "rounded", 3)
VOLUME = Look("#CC79A7", "#FBF1F6", "#7A2D57", "rounded", 1)
BARE = Look(PAPER, PAPER, INK, "rounded", 0)

# how a link is drawn, as Graphviz has it: what happens along it
TRAFFIC: Mapping[str, str] = {"penwidth": "1.6"}
WAITING: Mapping[str, str] = {"style": "dotted"}
CUT: Mapping[str, str] = {"style": "dotted", "arrowhead": "none"}
RULES: Mapping[str, str] = {"style": "dotted", "arrowhead": "open"}
BACK_AND_FORTH: Mapping[str, str] = {"dir": "both"}
HIDDEN: Mapping[str, str] = {"style": "invis"}


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
