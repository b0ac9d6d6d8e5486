"""A fault while it is being looked at: its place on the draft, and the edit that would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any

from k8snotes.doctor import words
from k8snotes.doctor.findings import ERROR
from k8snotes.doctor.text.edits import Edit
from k8snotes.doctor.text.paths import Spot, Steps, deepest, dotted

__all__ = ["Fault", "fault_at", "fault_of"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What a Finding is made of, before its lines are those of the reader's text.

    Args:
        line: the line, from 0, on the draft that was looked at.
        column: the column, from 0.
        path: the field as Kubernetes writes it, "" for the whole document.
        code: what was found, one of `words.WHAT`.
        because: why it matters, one of `words.WHY`; left out, it is the one of the same code.
        parts: the values that the sentences are made with.
        write: lines of YAML to write instead; "" where `words.FIX` says in words what to do, or nothing is known.
        edit: makes the fix on a draft; there only if the fix is certain.
        severity: ERROR, WARNING or NOTE.
    """

    line: int
    column: int
    path: str
    code: str
    because: str = ""
    parts: Mapping[str, Any] = part(default_factory=dict)
    write: str = ""
    edit: Edit | None = None
    severity: str = ERROR

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this fault from others of its document: the field, and what is said of it."""
        return self.path, *words.told(self.code, "", self.parts)


def fault_of(  # the parts of a fault, all but the place by name
    spot: Spot,
    path: Steps | str,
    code: str,
    *,
    because: str = "",
    parts: Mapping[str, Any] | None = None,
    write: str = "",
    edit: Edit | None = None,
    severity: str = ERROR,
) -> Fault:
    """Return the fault of a spot: its place is that of the spot's key."""
    field = path if isinstance(path, str) else dotted(path)
    return Fault(spot.line, spot.column, field, code, because, parts or {}, write, edit, severity)


def fault_at(  # the parts of a fault, all but the place by name
    node: Any,
    path: Steps,
    code: str,
    *,
    because: str = "",
    parts: Mapping[str, Any] | None = None,
    write: str = "",
    edit: Edit | None = None,
    severity: str = ERROR,
) -> Fault:
    """Return the fault of a path below a node: its place is that of the value, or of what is nearest to it.

    A value that is one word is pointed at itself; of an object, a list or a field that is not there, the key
    of the last field on the way is.
    """
    spot, rest = deepest(node, path)
    line, column = spot.line, spot.column
    if not rest and spot.value.id == "scalar" and spot.key is not None and spot.value.value:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
    return Fault(line, column, dotted(path), code, because, parts or {}, write, edit, severity)
