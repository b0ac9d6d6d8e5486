"""`k8snotes site [FOLDER]`: one folder with the course to read and to run in a browser, for any static server."""

from __future__ import annotations

import os
import webbrowser
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path

from k8snotes.catalogue import _
from k8snotes.commands.command import WELL, Command, say
from k8snotes.errors import CommandError

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
    parser.add_argument(
        "--serve",
        metavar="PORT",
        nargs="?",
        type=int,
        const=0,
        help=str(_("show it in your browser when it is built, on this machine alone; Ctrl-C ends that")),
    )


def _run(chosen: Namespace) -> int:
    named = os.environ.get(_PYODIDE)
    pyodide = chosen.pyodide or (Path(named) if named else None)
    make = import_module("k8snotes.site.make").make  # nothing else needs the builder
    make(chosen.folder, work=chosen.work, pyodide=pyodide, extra=chosen.extra, say=say)
    if chosen.serve is not None:
        _show(chosen.folder, chosen.serve)
    return WELL


def _show(folder: Path, port: int) -> None:
    """Serve a site until it is interrupted, and open it in the reader's browser.

    Raises:
        CommandError: the port is taken.
    """
    serving = import_module("k8snotes.site.serve")
    try:
        server = serving.serve(folder, port)
    except OSError as error:
        raise CommandError(
            _("The port {port} cannot be used: {why}", port=port, why=error.strerror or "")
        ) from error
    address = f"http://127.0.0.1:{server.server_port}/"
    say(_("The site is shown at {address}", address=address))
    webbrowser.open(address)
    with server:
        server.serve_forever()


COMMAND = Command(_("build the site: the course to read, and to run in a browser"), _takes, _run)
