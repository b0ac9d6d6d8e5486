"""`k8snotes map SOURCE`: the Services, the Pods behind them, and why a Pod is left out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from k8snotes.catalogue import _
from k8snotes.commands.command import WELL, Command
from k8snotes.commands.picture import loaded, show, takes_output, takes_source

__all__ = ["COMMAND"]


def _takes(parser: ArgumentParser) -> None:
    takes_source(parser)
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", help=str(_("draw this Namespace only; all of them by default"))
    )
    takes_output(parser)


def _run(chosen: Namespace) -> int:
    show(loaded(chosen.source).service_map(chosen.namespace), chosen)
    return WELL


COMMAND = Command(_("draw the Services, the Pods behind them, and why a Pod is left out"), _takes, _run)
