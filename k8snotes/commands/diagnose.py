"""`k8snotes diagnose SOURCE REF`: the questions of troubleshooting, answered up to the first fault."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from k8snotes.catalogue import _
from k8snotes.commands.command import FOUND, WELL, Command
from k8snotes.commands.picture import loaded, show, takes_output, takes_source

__all__ = ["COMMAND"]


def _takes(parser: ArgumentParser) -> None:
    takes_source(parser)
    parser.add_argument(
        "target",
        metavar="REF",
        help=str(_("a Service, a Pod or a URL: svc/web, shop/pod/web-1, http://web:8080")),
    )
    parser.add_argument(
        "--from",
        dest="sender",
        metavar="SENDER",
        default="",
        help=str(_("who calls it: pod/client, node/node-1, an address or outside; chosen by default")),
    )
    takes_output(parser)
    parser.epilog = str(
        _("Exit code: 0 if no fault is found, 1 if one is found, 2 if the question cannot be asked.")
    )


def _run(chosen: Namespace) -> int:
    diagnosis = loaded(chosen.source).diagnose(chosen.target, source=chosen.sender)
    show(diagnosis, chosen)
    return WELL if diagnosis.facts.fault is None else FOUND


COMMAND = Command(_("say what is wrong with a Service or a Pod, and what to change"), _takes, _run)
