"""Tracebacks of a reader's own mistakes: in plain Python they end at the reader's line, as in a notebook.

An error of this package is an answer, so the frames inside of the package do not help. They are kept: the error has
them (`error.__traceback__`), and K8SNOTES_TRACEBACK=1 shows them. Any other error is a bug and shows all its frames.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType

__all__ = ["install", "whole"]

_VARIABLE = "K8SNOTES_TRACEBACK"


def whole() -> bool:
    """Whether the reader wants to see all frames: K8SNOTES_TRACEBACK is set, and not to 0."""
    return os.environ.get(_VARIABLE, "0") not in ("", "0")


def install() -> None:
    """Let Python show errors of this package without its frames; whatever shows errors now still does."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, frames: TracebackType | None) -> None:
        if whole() or not _is_ours(error):
            before(kind, error, frames)
            return
        kept = error.__traceback__, error.__cause__, error.__suppress_context__
        try:
            error.__cause__ = None  # which hides the context, too
            error.__traceback__ = _outside(frames)
            before(kind, error, error.__traceback__)
        finally:
            error.__traceback__, error.__cause__, error.__suppress_context__ = kept

    sys.excepthook = hook


def _is_ours(error: BaseException) -> bool:
    errors = sys.modules.get(f"{__package__}.errors")  # not loaded: then none of them can have been raised
    return errors is not None and isinstance(error, errors.K8sNotesError)


def _outside(frames: TracebackType | None) -> TracebackType | None:
    """Return a copy of the frames that are before the first one of this package."""
    if frames is None or _of_package(frames):
        return None
    return TracebackType(_outside(frames.tb_next), frames.tb_frame, frames.tb_lasti, frames.tb_lineno)


def _of_package(frames: TracebackType) -> bool:
    module = str(frames.tb_frame.f_globals.get("__name__", ""))
    return module.split(".", maxsplit=1)[0] == __package__
