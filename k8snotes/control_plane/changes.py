"""Who changed what, and why: the log that the API server keeps of every write."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Change", "Changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write: when (seconds), who, what he did ("create", "bind", ...), to which object, and why."""

    time: int
    component: str
    verb: str
    ref: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.component}: {self.verb} {self.ref}" + (f" ({self.why})" if self.why else "")


class Changes(list[Change]):
    """Changes in their order; shown one a line."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "nothing to do"
