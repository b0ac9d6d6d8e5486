"""What a reader has solved and tried: one small file in the folder of the notebook, and nowhere else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from k8snotes.course.result import NOT_YET, RIGHT, CheckResult

__all__ = ["FILE", "keeps", "read", "remember", "tried"]

FILE = ".k8snotes-progress.json"
_SWITCH = "K8SNOTES_PROGRESS"  # "off": nothing is read and nothing written
_MOST_BYTES = 1_000_000
_RANK = {NOT_YET: 1, RIGHT: 2}
_answered_here: set[str] = set()  # the exercises that were answered since the kernel was started


def keeps() -> bool:
    """Say whether progress is kept: in a notebook it is, in a plain script or a test it is not."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel") and os.environ.get(_SWITCH) != "off"


def read(folder: Path | None = None) -> dict[str, str]:
    """Return what was answered, by the exercise's id; {} where nothing is kept, or the file is spoiled.

    Args:
        folder: where the file is; by default the current folder, which is the notebook's.

    Returns:
        For each exercise the status of its best answer: "right" or "not yet".
    """
    try:
        path = (folder or Path.cwd()) / FILE
        if path.stat().st_size > _MOST_BYTES:
            return {}
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    answered = kept.get("exercises") if isinstance(kept, dict) else None
    if not isinstance(answered, dict):
        return {}
    return {name: status for name, status in answered.items() if status in (RIGHT, NOT_YET)}


def tried(exercise: str) -> bool:
    """Say whether an exercise was answered, rightly or not: in this session, or earlier where that is kept."""
    return exercise in _answered_here or (keeps() and exercise in read())


def remember(result: CheckResult, folder: Path | None = None) -> bool:
    """Keep that an exercise was answered. What was right once stays so.

    An answer that is none yet leaves no trace, so a notebook that is only run leaves no file behind.

    Args:
        result: what the check said.
        folder: where the file is; by default the current folder, which is the notebook's.

    Returns:
        Whether it is kept now: False for what is no answer, and where the folder takes no files.
    """
    if result.status not in _RANK:
        return False
    _answered_here.add(result.exercise)
    if folder is None and not keeps():
        return False
    answered = read(folder)
    if _RANK.get(answered.get(result.exercise, ""), 0) >= _RANK[result.status]:
        return True
    try:
        return _write(folder or Path.cwd(), {**answered, result.exercise: result.status})
    except OSError:
        return False


def _write(folder: Path, answered: Mapping[str, str]) -> bool:
    text = json.dumps({"exercises": dict(sorted(answered.items()))}, indent=1) + "\n"
    # whole or not at all: a kernel may be killed at any time, and two chapters may be open
    with NamedTemporaryFile("w", dir=folder, prefix=FILE, delete=False, encoding="utf-8") as new:
        new.write(text)
    try:
        Path(new.name).replace(folder / FILE)
    except OSError:
        Path(new.name).unlink(missing_ok=True)
        raise
    return True
