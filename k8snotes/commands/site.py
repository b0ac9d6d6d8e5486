"""`k8snotes site [FOLDER]`: one folder with the course to read and to run in a browser, for any static server."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path

from k8snotes.catalogue import _
from k8snotes.commands.command import WELL, Command, say

__all__ = ["COMMAND"]

_PYODIDE = "K8SNOTES_PYODIDE"


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path("build/site"),
        help=str(_("where the site is built; build/site by default")),
    )
    parser.add_argument(
        "--work",
        metavar="FOLDER",
        type=Path,
        help=str(_("where the tools and the sources of the pages are kept while it is built")),
    )
    parser.add_argument(
        "--pyodide",
        metavar="FOLDER",
        type=Path,
        help=str(
            _(
                "a copy of Pyodide that is here already; the variable {variable} names one, too",
                variable=_PYODIDE,
            )
        ),
    )
    parser.add_argument(
        "--with",
        dest="extra",
        metavar="FOLDER",
        type=Path,
        help=str(_("a folder with chapters and exercises of your own, which become part of the site")),
    )


def _run(chosen: Namespace) -> int:
    named = os.environ.get(_PYODIDE)
    pyodide = chosen.pyodide or (Path(named) if named else None)
    make = import_module("k8snotes.site.make").make  # nothing else needs the builder
    make(chosen.folder, work=chosen.work, pyodide=pyodide, extra=chosen.extra, say=say)
    return WELL


COMMAND = Command(_("build the site: the course to read, and to run in a browser"), _takes, _run)
