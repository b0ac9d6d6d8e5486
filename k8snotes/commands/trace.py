"""`k8snotes trace SOURCE URL`: the way of a request, hop by hop, and whether it is answered."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from k8snotes.catalogue import _
from k8snotes.commands.command import FOUND, WELL, Command
from k8snotes.commands.picture import loaded, show, takes_output, takes_source

__all__ = ["COMMAND"]


def _takes(parser: ArgumentParser) -> None:
    takes_source(parser)
    parser.add_argument(
        "url",
        metavar="URL",
        help=str(_("where the request goes: http://web:8080, web.shop:80, 10.96.0.20:80")),
    )
    parser.add_argument(
        "--from",
        dest="sender",
        metavar="SENDER",
        default="outside",
        help=str(_("who sends it: pod/client, node/node-1, an address, or outside, which is the default")),
    )
    parser.add_argument(
        "--protocol",
        choices=("TCP", "UDP", "SCTP"),
        type=str.upper,
        default="TCP",
        help=str(_("the protocol; TCP by default")),
    )
    takes_output(parser)
    parser.epilog = str(_("Exit code: 0 if the request is answered, 1 if it is not, 2 if it cannot be sent."))


def _run(chosen: Namespace) -> int:
    trace = loaded(chosen.source).trace(chosen.url, source=chosen.sender, protocol=chosen.protocol)
    show(trace, chosen)
    return WELL if trace.facts.succeeded else FOUND


COMMAND = Command(_("follow a request hop by hop, to the Pod that answers or to the fault"), _takes, _run)
