"""An exercise: its question, the way to the right answer, and the misconceptions behind the wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from k8snotes.course.answers import Fields, Kind

__all__ = ["Exercise", "Wrong"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer that people give, the belief it comes from, and a hint that does not solve it.

    `answer` is that answer, or a function that computes it; of an answer with fields, only those fields
    that the belief gets wrong.
    """

    answer: Any
    misconception: str
    hint: str

    def example(self) -> Any:
        """Return the wrong answer as a reader would give it."""
        return self.answer() if callable(self.answer) else self.answer


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a chapter.

    `right` computes the right answer, where it can from a simulated cluster; `because` is said to whoever
    found it, `hint` to whoever gives a wrong answer that no misconception explains. `starter` is what
    stands in the notebook before anybody answered.
    """

    id: str
    question: str
    reads: Kind
    right: Callable[[], Any]
    because: str
    wrong: tuple[Wrong, ...]
    hint: str
    starter: str = "..."
    guess: bool = False

    def misconceptions(self, value: Any) -> list[Wrong]:
        """Return what may be behind a wrong answer (in its canonical form), the likeliest first."""
        if isinstance(self.reads, Fields):
            return [item for item in self.wrong if self.reads.fits(value, item.example())]
        return [item for item in self.wrong if self.reads.fits(value, self.reads.read(item.example()))][:1]
