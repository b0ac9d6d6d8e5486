"""What `k8snotes` says without a command: the page of the helpers, and the way to the chapters."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from k8snotes import __version__, notebooks
from k8snotes.catalogue import _
from k8snotes.commands.command import WELL, Command, say
from k8snotes.guide import page
from k8snotes.repository import repository

__all__ = ["COMMAND"]


def _takes(_parser: ArgumentParser) -> None:
    """Take nothing."""


def _run(chosen: Namespace) -> int:
    if notebooks.chapters():
        how = _("Open the chapters with this command: {command}", command=f"{chosen.prog} lab")
    else:
        how = _(
            "The chapters are not in this package, but in its repository: {address}", address=repository()
        )
    say(f"k8snotes {__version__}\n\n{page()}\n\n{how}")
    return WELL


COMMAND = Command(_("say what this is, and how to go on"), _takes, _run)
