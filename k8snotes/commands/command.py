"""A command: what it does, what it takes, and how it runs. How commands speak, and what their exit codes mean."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple

from k8snotes.catalogue import Text
from k8snotes.screen import printed

__all__ = ["FOUND", "TROUBLE", "WELL", "Command", "say", "tell"]

WELL, FOUND, TROUBLE = 0, 1, 2
"""The exit codes: all is well; something was found; the command could not do its work."""


class Command(NamedTuple):
    """One command; its file declares it as `COMMAND`, and its name is that of the file.

    Args:
        about: one sentence that says what it does.
        takes: adds its arguments to a parser.
        run: does the work, with the arguments as they were read, and returns the exit code.
    """

    about: Text
    takes: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def say(text: str) -> None:
    """Print text: the answer of a command."""
    print(printed(text))  # noqa: T201  # a command prints


def tell(text: str) -> None:
    """Print text on the standard error: what is no part of the answer."""
    print(printed(text), file=sys.stderr)  # noqa: T201  # a command prints
