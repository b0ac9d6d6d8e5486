"""`k8snotes`, or `python -m k8snotes`: reads a command line, and runs the command in its own file of `commands/`."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, HelpFormatter
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from k8snotes import __version__, catalogue
from k8snotes.catalogue import _
from k8snotes.commands.command import TROUBLE, Command, tell
from k8snotes.errors import K8sNotesError
from k8snotes.languages import language

__all__ = ["COMMANDS", "command", "main"]

COMMANDS = ("lab", "examine", "map", "trace", "diagnose", "site")
"""The commands, in the order in which the help names them."""

_WELCOME = "welcome"  # what is run without a command
_INTERRUPTED, _NOBODY_READS = 130, 141  # as a shell says it: 128 and the number of the signal


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, and return its exit code.

    Args:
        words: the words after `k8snotes`; None for those of this process.

    Returns:
        0 if all is well, 1 if a command has found something, 2 if it could not do its work. Each command says more.

    >>> main(["examine", "examples/tickets", "--quiet"])
    9 errors
    1
    """
    spoken = catalogue.current()
    try:
        try:
            return _run(sys.argv[1:] if words is None else list(words))
        finally:
            sys.stdout.flush()
    except K8sNotesError as error:
        tell(str(error))
        return TROUBLE
    except BrokenPipeError:
        with suppress(OSError, ValueError):  # so that Python does not write what is left, either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        catalogue.use(spoken)


def command(name: str) -> Command:
    """Return a command by its name; its file is loaded for that.

    >>> command("map").about
    'draw the Services, the Pods behind them, and why a Pod is left out'
    """
    found: Command = import_module(f"k8snotes.commands.{name}").COMMAND
    return found


def _run(words: list[str]) -> int:
    first = ArgumentParser(prog=_program(), add_help=False, allow_abbrev=False)
    first.add_argument("--language")
    spoken, rest = first.parse_known_args(words)
    if spoken.language is not None:
        language(spoken.language)  # before the help is written
    names = (
        rest[:1] if rest[:1] and rest[0] in COMMANDS else COMMANDS
    )  # the others are loaded for the help alone
    parser = _Parser(prog=_program(), description=str(_("Kubernetes notes that run, without a cluster.")))
    parser.add_argument(
        "--version",
        action="version",
        version=f"k8snotes {__version__}",
        help=str(_("print the version and exit")),
    )
    below = parser.add_subparsers(
        dest="command", metavar="COMMAND", title=str(_("commands")), parser_class=_Parser
    )
    if rest[:1] != ["--version"]:
        for name in names:
            about = str(command(name).about)
            command(name).takes(below.add_parser(name, help=about, description=about))
    chosen = parser.parse_args(rest)
    chosen.prog = parser.prog
    return command(chosen.command or _WELCOME).run(chosen)


def _program() -> str:
    """Return how this program was called: by its name, or as a module."""
    name = Path(sys.argv[0]).stem
    return name if name == "k8snotes" else "python -m k8snotes"


class _Help(HelpFormatter):
    """Help whose first word is in the language in force."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Add the line that shows how the command is written."""
        super().add_usage(usage, actions, groups, str(_("usage: ")) if prefix is None else prefix)


class _Parser(ArgumentParser):
    """A parser whose help is in the language in force."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, allow_abbrev=False, formatter_class=_Help)
        self._positionals.title, self._optionals.title = str(_("arguments")), str(_("options"))
        self.add_argument("-h", "--help", action="help", help=str(_("print this help and exit")))
        self.add_argument("--language", help=str(_("the language of all texts: en or zh")))


if __name__ == "__main__":
    raise SystemExit(main())
