"""An error in a callback is invisible in JupyterLab: so the widget itself says it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from logging import Logger

from ipywidgets import HTML

from k8snotes.widgets.markup import failure_html

__all__ = ["telling"]


@contextmanager
def telling(message: HTML, log: Logger, words: str, *, clear: bool = False) -> Iterator[None]:
    """Show an error in `message`, log it under `words`, and raise it again; with `clear`, hide it after success."""
    try:
        yield
    except Exception as error:
        message.value = failure_html(error)
        message.layout.display = None
        log.exception(words)
        raise
    else:
        if clear:
            message.layout.display = "none"
