"""A fault while it is being looked at: its place on the working copy, and the edit that would mend it."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.doctor.edits import Edit
from k8snotes.doctor.findings import ERROR

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What a Finding is made of; `line` and `column` count from 0, on the sheet that was looked at.

    `edit` is there only if the fix is certain. `path` is the field as Kubernetes writes it.
    """

    line: int
    column: int
    path: str
    what: str
    why: str
    fix: str = ""
    edit: Edit | None = None
    severity: str = ERROR
