"""What a check says: right, no answer yet, or which misconception this is and a hint.

The status is a code: it decides what is kept and shown, and files hold it. The other words are to be read, in the
language that is in force when they are shown, and nothing is decided by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from k8snotes.catalogue import _
from k8snotes.face import offered, unknown_name
from k8snotes.figures.card import panel_html
from k8snotes.figures.wording import capital
from k8snotes.screen import printable, shown, wrapped

__all__ = ["FAULTY", "NOTED", "NOT_YET", "NO_ANSWER", "OTHERWISE", "RIGHT", "UNKNOWN", "CheckResult"]

RIGHT = "right"
NOT_YET = "not yet"
NO_ANSWER = "no answer yet"
NOTED = "noted"
OTHERWISE = "otherwise"
UNKNOWN = "unknown exercise"
FAULTY = "faulty file"

_SAID = {
    RIGHT: _("right"),
    NOT_YET: _("not yet"),
    NO_ANSWER: _("no answer yet"),
    NOTED: _("noted"),
    OTHERWISE: _("it went otherwise"),
    UNKNOWN: _("unknown exercise"),
    FAULTY: _("faulty file"),
}
# its sign, and whose colours it has in the pictures
_LOOKS = {
    RIGHT: ("✓", "pod"),
    NOT_YET: ("✗", "fault"),
    NO_ANSWER: ("○", "off"),
    NOTED: ("✎", "service"),
    OTHERWISE: ("≠", "waiting"),
    UNKNOWN: ("?", "waiting"),
    FAULTY: ("!", "waiting"),
}


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult:
    """The result of a check; it is true only if the answer was right.

    Args:
        exercise: the id of the exercise, "01-service/2"; of an unknown one what was asked for.
        status: "right", "not yet", "no answer yet", "noted" (a prediction), "otherwise" (a
            prediction that did not come true), "unknown exercise" or "faulty file" (of a teacher's own exercise): by
            this code one decides.
        said: what is said of the answer: a text, or whatever says itself in the language in force.
        misconceptions: the beliefs that may be behind a wrong answer; none where none is known.
        hints: where to look next; none where there is nothing to say.

    >>> print(CheckResult("01-service/2", "not yet", "That is another port.", hints=("Whose port is it?",)))
    ✗ not yet: That is another port.
      Hint: Whose port is it?
    >>> import k8snotes as kn
    >>> result = kn.check("01-service/2", 8080)
    >>> bool(result), result.message, result.misconception
    (False, 'This is not the right answer.', 'port, targetPort, nodePort and containerPort are four names for one thing')
    >>> result.hint.partition(". ")[2]
    'To which port is the request sent at the beginning?'
    """

    exercise: str
    status: str
    said: object
    misconceptions: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    __dir__ = offered("said", "sign")
    __getattr__ = unknown_name

    def __bool__(self) -> bool:
        return self.status == RIGHT

    @property
    def message(self) -> str:
        """What is said of the answer, in a sentence."""
        return str(self.said)

    @property
    def misconception(self) -> str:
        """The beliefs that may be behind a wrong answer, a line each; "" where none is known."""
        return "\n".join(map(str, self.misconceptions))

    @property
    def hint(self) -> str:
        """Where to look next, a line each; "" where there is nothing to say."""
        return "\n".join(map(str, self.hints))

    @property
    def sign(self) -> str:
        """The sign before the word: ✓, ✗, ○, ✎, ? or !."""
        return _LOOKS[self.status][0]

    def _lines(self) -> list[tuple[str, str]]:
        belief, hint = _("This answer often comes from this belief"), _("Hint")
        return [
            *((belief, str(text)) for text in self.misconceptions),
            *((hint, str(text)) for text in self.hints),
        ]

    @printable
    def __str__(self) -> str:
        lines = [(str(_SAID[self.status]), self.message), *self._lines()]
        first, *others = (_("{head}: {text}", head=head, text=text) for head, text in lines)
        return wrapped("\n".join([f"{self.sign} {first}", *(f"  {line}" for line in others)]))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        more = (_("{head}: {text}", head=head, text=text) for head, text in self._lines())
        lines = [escape(shown(line)) for line in (self.message, *more)]
        return panel_html(f"{self.sign} {capital(_SAID[self.status])}", lines, _LOOKS[self.status][1])
