"""What `map`, `trace` and `diagnose` share: an application is loaded, and a picture of it is printed in words or saved."""

from __future__ import annotations

import sys
import warnings
from argparse import ArgumentParser, Namespace
from pathlib import Path

from k8snotes.api.sources import is_text
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster, load
from k8snotes.commands.command import say, tell
from k8snotes.commands.formats import STDIN
from k8snotes.errors import ManifestWarning
from k8snotes.figures.figure import Figure

__all__ = ["loaded", "show", "takes_output", "takes_source"]


def takes_source(parser: ArgumentParser) -> None:
    """Add the argument that names an application."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help=str(
            _(
                "the manifests: a file, a folder with everything below it, a dump of a cluster, "
                "an application of the course (guestbook), or - for the input"
            )
        ),
    )


def takes_output(parser: ArgumentParser) -> None:
    """Add the options that say where a picture goes."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=str(_("save the picture instead of printing its words: .svg, .png, .pdf, .html, .dot or .txt")),
    )
    parser.add_argument(
        "--scale",
        metavar="NUMBER",
        type=float,
        default=1.0,
        help=str(_("how many times as large a saved picture is: 2 for slides")),
    )


def loaded(source: str) -> Cluster:
    """Return a cluster with an application in it; what was refused and assumed is told on the standard error.

    Raises:
        ManifestError: the source cannot be read.
    """
    given = sys.stdin if source == STDIN else Path(source) if is_text(source) else source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ManifestWarning)  # the same is told below
        cluster = load(getattr(given, "buffer", given))
    for refused in cluster.refused:
        tell(_("refused: {document}", document=str(refused)))
    for note in cluster.assumed:
        tell(_("assumed: {note}", note=note))
    return cluster


def show(figure: Figure, chosen: Namespace) -> None:
    """Print a picture in words, or save it where the command line says.

    Raises:
        FigureError: it cannot be saved so.
    """
    if chosen.output is None:
        say(figure.text)
    else:
        path = figure.save(chosen.output, scale=chosen.scale)
        say(_("The picture is in {path}.", path=str(path)))
