"""The one visual language: each kind of thing has its colour, its line, its symbol and its word everywhere.

The hues are Okabe and Ito's, which most colour-blind readers tell apart, darkened where a line on white would miss a
contrast of 3:1; no meaning rests on colour alone. A `Look` has a meaning, too: whatever has the look of a Pod that is not ready is such a Pod. How a link is drawn
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
    "FAULT",
    "HIDDEN",
    "INK",
    "LEFT",
    "LEFT_OUT",
    "LIMITED",
    "MACHINERY",
    "MUTED",
    "NODE",
    "NOT_READY",
    "PAPER",
    "PLAIN",
    "POD",
    "REQUESTED",
    "RULE",
    "RULES",
    "SERVICE",
    "SOFT",
    "TOKENS",
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

TOKENS: Mapping[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#111111"),
    "ink": ("#1b1f24", "#e9ecef"),
    "muted": ("#57606a", "#a9b3bd"),
    "rule": ("#d0d7de", "#3a424b"),
    "soft": ("#f4f6f8", "#20262c"),
    "edge": ("#3d444d", "#c3cad1"),
    "svc": ("#0072b2", "#56b4e9"),
    "svcbg": ("#eaf3fa", "#12293a"),
    "svcink": ("#005b8f", "#7cc5f0"),
    "pod": ("#00805d", "#2fc79b"),
    "podbg": ("#ebf7f3", "#0f2e26"),
    "podink": ("#00664a", "#57d9b3"),
    "node": ("#b87400", "#e69f00"),
    "nodebg": ("#fff8e8", "#2a2110"),
    "nodeink": ("#855000", "#f2b93b"),
    "wait": ("#857000", "#d9c72e"),
    "waitbg": ("#fdfae3", "#232212"),
    "waitink": ("#665600", "#e8dc5e"),
    "off": ("#6e7781", "#8b949e"),
    "offbg": ("#f3f4f6", "#22272d"),
    "offink": ("#57606b", "#b1bac3"),
    "bad": ("#b83d00", "#ff8a4c"),
    "badbg": ("#fdf0e8", "#2b1a12"),
    "badink": ("#973500", "#ffa573"),
    "act": ("#8f2d69", "#e58fbe"),
    "actbg": ("#faeef5", "#34192a"),
    "actink": ("#82285e", "#f0a9cd"),
    "setaside": ("#fadc8c", "#5a4408"),
    "maybe": ("#cfe8f7", "#1a4260"),
    "taken": ("#e2e5e8", "#444c55"),
    "beyond": ("#fbd9c4", "#5c2a12"),
}
"""Every colour by its role: on a light page, and on a dark one. A light one stands for no other role."""

PAPER, INK, MUTED, RULE, SOFT, EDGE = (
    TOKENS[name][0] for name in ("paper", "ink", "muted", "rule", "soft", "edge")
)
WARNING_INK = TOKENS["badink"][0]


class Look(NamedTuple):
    """How one kind of thing is drawn: frame, ground, and the ink of its address.

    `style` and `border` (in pixels) are the frame's, as Graphviz has them; `symbol`
    is written before the word that says the same.
    """

    line: str
    fill: str
    ink: str
    style: str
    border: float = 1.5
    symbol: str = ""


def _look(name: str, style: str, border: float = 1.5, symbol: str = "") -> Look:
    return Look(TOKENS[name][0], TOKENS[f"{name}bg"][0], TOKENS[f"{name}ink"][0], style, border, symbol)


# a Cluster IP is dashed because no card has it: the address exists only in rules
SERVICE = _look("svc", "rounded,dashed")
POD = _look("pod", "rounded", symbol="✓")
NODE = _look("node", "solid", 2)
NOT_READY = _look("wait", "rounded,dotted", symbol="◐")
LEFT_OUT = _look("off", "rounded,dotted", symbol="✗")
ERROR = _look("bad", "rounded,dashed", 2, "✗")
FAULT = _look("bad", "rounded", 2, "✗")
PLAIN = Look(TOKENS["off"][0], PAPER, INK, "rounded", 1.5)
MACHINERY = Look(TOKENS["off"][0], TOKENS["offbg"][0], INK, "rounded", 1.5)
# amounts, in bars: what is set aside is a full ground, what may be is outlined, what is used is dark
REQUESTED = Look(TOKENS["nodeink"][0], TOKENS["setaside"][0], INK, "solid", 1)
LIMITED = Look(TOKENS["svc"][0], TOKENS["maybe"][0], INK, "dashed", 1)
USED = Look(EDGE, TOKENS["taken"][0], INK, "solid", 2)
LEFT = Look(TOKENS["off"][0], PAPER, TOKENS["podink"][0], "dotted", 1)
TOO_MUCH = Look(TOKENS["bad"][0], TOKENS["beyond"][0], WARNING_INK, "dashed", 2, "✗")
# what has just acted or is new, and volumes; words that have no frame of their own
ACTS = _look("act", "rounded", 2.5, "▶")
VOLUME = MACHINERY
BARE = Look(PAPER, PAPER, INK, "rounded", 0)

# how a link is drawn, as Graphviz has it: what happens along it
TRAFFIC: Mapping[str, str] = {}
WAITING: Mapping[str, str] = {"style": "dashed", "arrowhead": "empty"}
CUT: Mapping[str, str] = {"style": "dashed", "arrowhead": "tee"}
RULES: Mapping[str, str] = {"style": "dotted", "arrowhead": "open"}
BACK_AND_FORTH: Mapping[str, str] = {"dir": "both", "color": TOKENS["off"][0]}
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
