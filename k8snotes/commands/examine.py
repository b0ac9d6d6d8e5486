"""`k8snotes examine FILES`: what is wrong with manifests, for people and for CI."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from k8snotes.api.sources import texts
from k8snotes.catalogue import _
from k8snotes.commands.command import FOUND, TROUBLE, WELL, Command, say, tell
from k8snotes.commands.formats import STDIN, as_github, as_json
from k8snotes.course.examination import examine
from k8snotes.datasets import find
from k8snotes.doctor import Findings
from k8snotes.doctor.report import outline
from k8snotes.errors import CommandError, ManifestError

__all__ = ["COMMAND"]

_TEXT, _JSON, _GITHUB = "text", "json", "github"


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        metavar="FILE",
        nargs="+",
        help=str(
            _("a file, a folder with everything below it, or - for the input; several are examined together")
        ),
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help=str(_("print only how many errors there are"))
    )
    parser.add_argument(
        "--fixed",
        action="store_true",
        help=str(
            _(
                "print the text with every certain fix in it; several files follow each other, each after its name"
            )
        ),
    )
    parser.add_argument(
        "--format",
        choices=(_TEXT, _JSON, _GITHUB),
        default=_TEXT,
        help=str(
            _("text for people, json for programs, github for annotations in GitHub Actions; text by default")
        ),
    )
    parser.add_argument(
        "--strict", action="store_true", help=str(_("exit with 1 if there are warnings, too"))
    )
    parser.epilog = str(
        _(
            "Exit code: 0 if the API server would accept everything, 1 if it would refuse something, "
            "2 if a file cannot be found or an argument is wrong."
        )
    )


def _run(chosen: Namespace) -> int:
    if chosen.format != _TEXT and (chosen.quiet or chosen.fixed):
        raise CommandError(
            _(
                "--quiet and --fixed print text, so they cannot be used with --format {format}.",
                format=chosen.format,
            )
        )
    found: dict[str, Any] = {}  # a file that is named twice is examined once
    missing = False
    for name in chosen.sources:
        try:
            found |= _files(name)
        except ManifestError as error:
            tell(str(error))
            missing = True
    if not found:
        return TROUBLE
    findings = examine(list(found.values()))
    say(_said(findings, chosen))
    warned = chosen.strict and bool(findings.warnings)
    if warned and findings.ok:
        tell(_("--strict counts warnings as errors."))
    return TROUBLE if missing else FOUND if warned or not findings.ok else WELL


def _said(findings: Findings, chosen: Namespace) -> str:
    if chosen.format == _JSON:
        return as_json(findings)
    if chosen.format == _GITHUB:
        return as_github(findings)
    if chosen.fixed:
        return findings.fixed.removesuffix("\n")
    return findings.summary if chosen.quiet else outline(findings, in_terminal=True)


def _files(name: str) -> dict[str, Any]:
    """Return the files that a word names, each as `examine` takes it, by what tells it from others.

    The files of a folder have the folder in their names, so that they are found from here.

    Raises:
        ManifestError: there is no such file, or no manifest is in the folder.
    """
    if name == STDIN:
        return {STDIN: getattr(sys.stdin, "buffer", sys.stdin)}
    path = Path(name)
    there = texts(path, find)
    known = path if path.exists() else find(name) or path
    paths = [known / file for file, _text in there] if known.is_dir() else [known]
    return {str(each.resolve()): each for each in paths}


COMMAND = Command(_("say what is wrong with manifests, and what to write instead"), _takes, _run)
