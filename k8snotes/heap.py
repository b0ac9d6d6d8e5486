"""The heap: Python looks for garbage while much is made that is no garbage, and that can be put off."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["unswept"]


@contextmanager
def unswept() -> Iterator[None]:
    """Put off the search for garbage: where a large cluster settles or is drawn, it takes a third of the time.

    It can be a decorator, too. Where the search is off already, nothing is changed.

    >>> with unswept():
    ...     gc.isenabled()
    False
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
