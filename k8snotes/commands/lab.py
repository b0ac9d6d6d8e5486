"""`k8snotes lab [FOLDER]`: the chapters in a folder of the reader, opened in JupyterLab."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from pathlib import Path

from k8snotes import notebooks
from k8snotes.catalogue import _, current, ngettext
from k8snotes.commands.command import WELL, Command, say
from k8snotes.commands.copied import Copied, Kept
from k8snotes.errors import CommandError, did_you_mean
from k8snotes.repository import repository

__all__ = ["COMMAND", "JUPYTERLAB"]

JUPYTERLAB = "jupyterlab>=4.2,<5"
"""What pip installs, as the extra `lab` in pyproject.toml has it."""

_FOLDER = "k8snotes-chapters"
# nobody is asked for news, and the reader is not asked about them
_QUIETLY = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path(_FOLDER),
        help=str(_("where your copies of the chapters are; {folder} by default", folder=_FOLDER)),
    )
    parser.add_argument(
        "--again",
        metavar="CHAPTER",
        action="append",
        default=[],
        help=str(
            _("copy a chapter anew, such as 06; the one that you have changed is kept under another name")
        ),
    )
    parser.add_argument(
        "--copy-only", action="store_true", help=str(_("copy the chapters, and do not start JupyterLab"))
    )
    parser.add_argument(
        "--no-browser", action="store_true", help=str(_("start JupyterLab, and do not open a browser"))
    )


def _run(chosen: Namespace) -> int:
    chapters = notebooks.chapters(current())
    if not chapters:
        raise CommandError(
            _(
                "The chapters are not in this package, but in its repository: {address}",
                address=repository(),
            )
        )
    folder = chosen.folder.expanduser()
    again = {_chapter(word, chapters) for word in chosen.again}
    copied = Copied(folder)
    try:
        written = copied.take(again)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CommandError(
            _(
                'The chapters cannot be copied to "{folder}": {why}. Name a folder in which you may write.',
                folder=str(folder),
                why=why,
            )
        ) from None
    _report(copied, written, chosen)
    first = chapters[0]
    if chosen.copy_only:
        return WELL
    if find_spec("jupyterlab") is None:
        command = shlex.join([sys.executable, "-m", "pip", "install", JUPYTERLAB])
        raise CommandError(
            _("JupyterLab is not installed. Install it, and try again: {command}", command=command)
        )
    return _start(_command(folder.resolve(), first, browser=not chosen.no_browser))


def _chapter(word: str, chapters: list[str]) -> str:
    """Return the file that a word means: a chapter by its number or name, any file by its path."""
    for name in [*chapters, *notebooks.files()]:
        stem = Path(name).stem
        if word in (name, Path(name).name, stem, stem.partition("-")[0]):
            return name
    stems = [Path(name).stem for name in chapters]
    raise CommandError(
        _(
            'There is no chapter "{word}". Name a chapter by its number, such as 06.{did_you_mean}',
            word=word,
            did_you_mean=did_you_mean(word, stems),
        )
    )


def _report(copied: Copied, written: int, chosen: Namespace) -> None:
    """Say what was copied, and what the reader has changed and still has."""
    folder = str(copied.folder)
    if written:
        say(ngettext("Copied {n} file to {folder}.", "Copied {n} files to {folder}.", written, folder=folder))
    else:
        say(_("All chapters are in {folder} already.", folder=folder))
    for kept in copied.kept:
        say(_kept(kept))
    own = [kept.file for kept in copied.kept if not kept.moved_to]
    if own:
        words = [*chosen.prog.split(), "lab", folder, "--again", own[0]]
        say(
            _(
                "To have a new copy beside your own file, use --again, for example: {command}",
                command=shlex.join(words),
            )
        )


def _kept(kept: Kept) -> str:
    if kept.moved_to:
        return _("{file} is new. Your own is kept in {other}.", file=kept.file, other=kept.moved_to)
    if kept.outdated:
        return _(
            "{file} was not copied, because you have changed it, and there is a newer one.", file=kept.file
        )
    return _("{file} was not copied, because you have changed it.", file=kept.file)


def _command(folder: Path, first: str, *, browser: bool) -> list[str]:
    """Return the command that opens a chapter in JupyterLab, in a folder with all of them."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{first}",
        *_QUIETLY,
        *(["--no-browser"] if not browser else []),
        *(
            ["--allow-root"] if root else []
        ),  # JupyterLab asks root, as in most containers, to say that it is meant
    ]


def _start(command: list[str]) -> int:
    """Run JupyterLab in the place of this process, so that Ctrl-C and signals are its own; return its exit code."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606  # no shell is wanted
    return subprocess.run(command, check=False).returncode  # noqa: S603  # our own words


COMMAND = Command(_("copy the chapters into a folder of yours, and open them in JupyterLab"), _takes, _run)
