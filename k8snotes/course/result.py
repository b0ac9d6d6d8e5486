"""What a check says: right, no answer yet, or which misconception this is and a hint.

The status is a code: it decides what is kept and shown, and files hold it. The other words are to be read, and nothing
is decided by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from k8snotes.figures import palette
from k8snotes.screen import printable, shown

__all__ = ["NOTED", "NOT_YET", "NO_ANSWER", "RIGHT", "UNKNOWN", "CheckResult"]

RIGHT = "right"
NOT_YET = "not yet"
NO_ANSWER = "no answer yet"
NOTED = "noted"
UNKNOWN = "unknown exercise"

# sign, frame and ground: the same colours and signs as in the pictures
_LOOKS = {
    RIGHT: ("✓", palette.POD),
    NOT_YET: ("✗", palette.ERROR),
    NO_ANSWER: ("○", palette.LEFT_OUT),
    NOTED: ("✎", palette.SERVICE),
    UNKNOWN: ("?", palette.NOT_READY),
}


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult:
    """The answer to an answer; it is true only if that was right.

    Args:
        exercise: the id of the exercise, "01-service/2"; of an unknown one what was asked for.
        status: "right", "not yet", "no answer yet", "noted" (a guess, judged later in the chapter) or
            "unknown exercise": by this code one decides.
        message: the same in a sentence.
        misconception: the belief that may be behind a wrong answer, a line each; "" where none is known.
        hint: where to look next, a line each; "" where nothing is to be said.

    >>> print(CheckResult("01-service/2", "not yet", "That is another port.", hint="Whose port is it?"))
    ✗ not yet: That is another port.
      Hint: Whose port is it?
    """

    exercise: str
    status: str
    message: str
    misconception: str = ""
    hint: str = ""

    def __bool__(self) -> bool:
        return self.status == RIGHT

    @property
    def sign(self) -> str:
        """The sign before the word: ✓, ✗, ○, ✎ or ?."""
        return _LOOKS[self.status][0]

    def _lines(self) -> list[tuple[str, str]]:
        lines = [("This answer often comes from the belief that", self.misconception), ("Hint", self.hint)]
        return [(head, line) for head, text in lines for line in text.split("\n") if line]

    @printable
    def __str__(self) -> str:
        first = f"{self.sign} {self.status}: {self.message}"
        return "\n".join([first, *(f"  {head}: {text}" for head, text in self._lines())])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        look = _LOOKS[self.status][1]
        style = (
            f"border-left:5px solid {look.line};background:{look.fill};color:{palette.INK};"
            "padding:6px 12px;max-width:46em"
        )
        strong = f'<strong style="color:{look.ink}">{self.sign} {escape(self.status)}</strong>'
        lines = "".join(f"<br><em>{escape(head)}:</em> {escape(text)}" for head, text in self._lines())
        return shown(f'<div style="{style}">{strong}: {escape(self.message)}{lines}</div>')
