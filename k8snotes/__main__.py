"""`python -m k8snotes`: what this is and how to go on; `python -m k8snotes examine FILE` says what is wrong with a file."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from k8snotes import __version__
from k8snotes.catalogue import _
from k8snotes.course.examination import examine
from k8snotes.datasets import find
from k8snotes.errors import K8sNotesError
from k8snotes.guide import page
from k8snotes.repository import repository
from k8snotes.screen import printed

__all__ = ["main"]

_NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"  # in a checkout
_FOUND, _UNREADABLE = 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, and return its exit code.

    Args:
        words: the words after `python -m k8snotes`; None for those of this process.

    Returns:
        0; of `examine`, 1 if the API server would refuse something, and 2 if there is nothing to examine.

    >>> main(["examine", "examples/tickets", "--quiet"])
    9 errors
    1
    """
    parser = argparse.ArgumentParser(
        prog="python -m k8snotes", description=str(_("Kubernetes notes that run, without a cluster."))
    )
    parser.add_argument("--version", action="version", version=f"k8snotes {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="examine")
    about = _("say what is wrong with a manifest, and what to write instead")
    examining = commands.add_parser("examine", help=str(about), description=str(about))
    examining.add_argument(
        "source", metavar="FILE", help=str(_("a file, a folder with everything below it, or - for the input"))
    )
    examining.add_argument(
        "-q", "--quiet", action="store_true", help=str(_("print only how many errors there are"))
    )
    examining.add_argument(
        "--fixed", action="store_true", help=str(_("print the text with every certain fix in it"))
    )
    chosen = parser.parse_args(words)
    return _examine(chosen.source, quiet=chosen.quiet, fixed=chosen.fixed) if chosen.command else _welcome()


def _welcome() -> int:
    opened = _NOTEBOOKS / "00-start-here.ipynb"
    if opened.exists():
        how = _("Open the chapters with this command: jupyter lab {path}", path=shlex.quote(str(opened)))
    else:
        how = _(
            "The chapters are not in this package, but in its repository: {address}", address=repository()
        )
    _print(f"k8snotes {__version__}\n\n{page()}\n\n{how}")
    return 0


def _examine(source: str, *, quiet: bool, fixed: bool) -> int:
    try:
        findings = examine(sys.stdin.read() if source == "-" else find(source) or Path(source))
        text = findings.fixed if fixed else findings.summary if quiet else str(findings)
    except K8sNotesError as error:
        print(printed(str(error)), file=sys.stderr)  # noqa: T201  # a command prints
        return _UNREADABLE
    _print(text)
    return 0 if findings.ok else _FOUND


def _print(text: str) -> None:
    print(printed(text))  # noqa: T201  # a command prints


if __name__ == "__main__":
    raise SystemExit(main())
