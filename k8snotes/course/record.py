"""What a reader has solved and tried: one small file in the folder of the notebook, and nowhere else."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from k8snotes.course.result import NOT_YET, RIGHT, CheckResult

__all__ = ["FILE", "keeps", "latest", "note", "noted", "read", "remember", "tried"]

FILE = ".k8snotes-progress.json"
_SWITCH = "K8SNOTES_PROGRESS"  # "off": nothing is read and nothing written
_MOST_BYTES = 1_000_000
_RANK = {NOT_YET: 1, RIGHT: 2}
_PATIENCE = 5.0  # seconds that an answer waits for those of other notebooks
_ABANDONED = (
    2.0  # seconds: writing takes some milliseconds, so an older lock is that of a kernel that was killed
)
_PAUSE = 0.005  # seconds between two attempts
_answered_here: dict[
    str, None
] = {}  # the exercises that were answered since the kernel was started, in order
_noted_here: dict[
    str, object
] = {}  # the predictions that were given since the kernel was started, as they were read


def note(exercise: str, answer: object) -> None:
    """Keep a prediction until the kernel is stopped; the last one counts."""
    _noted_here[exercise] = answer


def noted(exercise: str) -> object:
    """Return the prediction that was given for an exercise, as it was read; None if there is none."""
    return _noted_here.get(exercise)


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


def latest() -> str:
    """Return the chapter of the exercise that was answered last since the kernel was started; "" if there is none."""
    return next(reversed(_answered_here), "").partition("/")[0]


def tried(exercise: str) -> bool:
    """Say whether an exercise was answered, rightly or not: in this session, or earlier where that is kept."""
    return exercise in _answered_here or (keeps() and exercise in read())


def remember(result: CheckResult, folder: Path | None = None) -> bool:
    """Keep that an exercise was answered. What was right once stays so.

    An answer that is none yet leaves no trace, so a notebook that is only run leaves no file behind. Notebooks
    that are open side by side keep their answers one after the other, so none of them is lost.

    Args:
        result: what the check said.
        folder: where the file is; by default the current folder, which is the notebook's.

    Returns:
        Whether it is kept now: False for what is no answer, and where the folder takes no files.
    """
    if result.status not in _RANK:
        return False
    _answered_here.pop(result.exercise, None)
    _answered_here[result.exercise] = None
    if folder is None and not keeps():
        return False
    try:
        return _known(result, read(folder)) or _write(result, folder or Path.cwd())
    except OSError:
        return False


def _known(result: CheckResult, answered: dict[str, str]) -> bool:
    """Whether an answer that is at least as good is kept already."""
    return _RANK.get(answered.get(result.exercise, ""), 0) >= _RANK[result.status]


def _write(result: CheckResult, folder: Path) -> bool:
    """Add one answer to the file.

    The new file is written beside the old one, under a name that only one process at a time can have, and takes
    its place when it is whole: so it is its own lock. Whatever stops that, no part of it is left behind.

    Raises:
        OSError: the folder takes no files, or another process does not end.
    """
    new, until = folder / f"{FILE}.lock", time.monotonic() + _PATIENCE
    file = _locked(new, until)
    try:
        with os.fdopen(file, "w", encoding="utf-8", newline="\n") as out:
            answered = read(folder)  # again: another notebook may have written since
            if not _known(result, answered):
                answered[result.exercise] = result.status
            out.write(json.dumps({"exercises": dict(sorted(answered.items()))}, indent=1) + "\n")
        _replace(new, folder / FILE, until)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return True


def _locked(path: Path, until: float) -> int:
    """Create a file that must not be there yet, as soon as that can be done; returns its descriptor."""
    while True:
        try:
            return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except OSError as error:
            if not _may_pass(error, until):
                raise
            if _is_abandoned(path):
                path.unlink(missing_ok=True)


def _replace(new: Path, old: Path, until: float) -> None:
    """Put a file in the place of another; Windows refuses that while another process reads the old one."""
    while True:
        try:
            new.replace(old)
        except OSError as error:
            if not _may_pass(error, until):
                raise
        else:
            return


def _may_pass(error: OSError, until: float) -> bool:
    """Wait a little and return True, where an error is another process at work and there is time left."""
    # Windows says PermissionError of a file that is open elsewhere, or just being removed
    busy = isinstance(error, FileExistsError) or (os.name == "nt" and isinstance(error, PermissionError))
    if busy and time.monotonic() < until:
        time.sleep(_PAUSE)
        return True
    return False


def _is_abandoned(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime > _ABANDONED
    except OSError:
        return False  # gone by now
