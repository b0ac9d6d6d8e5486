"""Runs the layout engine, the program that turns DOT into SVG: the embedded one, else `dot` on PATH.

Each runs as a process of its own with a time limit, so an engine that crashes or hangs does not harm the notebook.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from k8snotes.catalogue import _

__all__ = ["TIMEOUT", "Drawing", "draw", "embedded", "on_path"]

TIMEOUT = 20.0
"""Seconds that an engine is given for one picture; 60 Pods take it some milliseconds."""

INSTALL = _(
    "To see it drawn, run pip install graphviz-pure, or install Graphviz (https://graphviz.org/download/) so that `dot` "
    "is on your PATH."
)

NO_PICTURE = _("its answer is not a picture with text")

# Verdana is what the engine measures with; DejaVu Sans has the same widths, the others are narrower
_FONTS = 'font-family="Verdana, DejaVu Sans, Arial, sans-serif"'
_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_NOISE = re.compile(r"<!--.*?-->\n?|<title>[^<]*</title>\n?", re.DOTALL)
_SVG = "http://www.w3.org/2000/svg"


class Drawing(NamedTuple):
    """What the engine made of a picture: `svg`, or "" and the `problem` in words, with what to do about it."""

    svg: str
    problem: str = ""


def embedded() -> str | None:
    """Return the path of the engine that comes with the package graphviz-pure, or None."""
    beside = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    if beside:
        return beside  # where pip puts it in a virtual environment; asking importlib.metadata costs ten times that
    from importlib import metadata  # noqa: PLC0415 - half of what importing the figures would cost

    try:
        files = metadata.distribution("graphviz-pure").files or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.stem == "graphviz-pure" and file.suffix in ("", ".exe"):
            return str(file.locate())
    return None


def on_path() -> str | None:
    """Return the path of Graphviz' own `dot`, or None."""
    return shutil.which("dot")


def draw(dot: str, fill: Callable[[str], str] = str) -> Drawing:
    """Lay DOT out and return its SVG; never raises.

    An engine that fails, hangs or answers with something else is passed over for the next one. Comments, tooltips
    and the document type are taken out of the SVG, and its font is named with others that are as wide.

    Args:
        dot: The source of a graph, in Graphviz' language DOT.
        fill: Puts into an engine's SVG what the engine was not given; ValueError if it is not the SVG of this graph.

    Returns:
        The drawing, or why there is none.

    >>> draw('digraph { a [label="web"] }').svg.startswith("<svg")
    True
    """
    problems: list[str] = []
    for name, command in _engines():
        try:
            return Drawing(_run(command, dot, fill))
        except subprocess.TimeoutExpired:
            seconds = f"{TIMEOUT:g}"
            problems.append(
                _("{engine} did not answer within {seconds} seconds", engine=name, seconds=seconds)
            )
        except (OSError, ValueError) as error:
            problems.append(f"{name}: {_first_line(str(error))}")
    if not problems:
        none = _("No layout engine was found, so here is the picture in words.")
        return Drawing("", f"{none} {INSTALL}")
    why = "; ".join(problems)
    failed = _("The layout engine failed, so here is the picture in words ({problems}).", problems=why)
    return Drawing("", f"{failed} {INSTALL}")


def _engines() -> Iterator[tuple[str, str]]:
    for name, find in (("graphviz-pure", embedded), ("dot", on_path)):
        command = find()
        if command:
            yield name, command


def _run(command: str, dot: str, fill: Callable[[str], str] = str) -> str:
    answer = subprocess.run(  # noqa: S603 - the command is an installed program, the text goes to its stdin
        [command, "-Tsvg"],
        input=dot.encode("utf-8", "replace"),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    if answer.returncode != 0:
        error = _first_line(answer.stderr.decode("utf-8", "replace"))
        if error:
            raise ValueError(
                _("it ended with code {code} and said: {error}", code=answer.returncode, error=error)
            )
        raise ValueError(_("it ended with code {code}", code=answer.returncode))
    svg = answer.stdout.decode("utf-8", "replace")
    if _root(svg) != f"{_SVG} svg":
        raise ValueError(NO_PICTURE)
    svg = fill(_NOISE.sub("", _HEAD.sub("", svg, count=1)))
    if "<text" not in svg:
        raise ValueError(NO_PICTURE)
    return svg.replace('font-family="Verdana"', _FONTS)


def _root(svg: str) -> str:
    """Return the name of the root element behind its namespace, "" if there is none; ValueError for what is no XML."""
    tags: list[str] = []
    parser = expat.ParserCreate("utf-8", " ")

    def first(name: str, _attributes: object) -> None:
        tags.append(name)
        parser.StartElementHandler = None

    parser.StartElementHandler = first
    try:
        parser.Parse(svg.encode(), True)
    except expat.ExpatError as error:
        raise ValueError(_("its answer is not SVG ({error})", error=error)) from error
    return tags[0] if tags else ""


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and "no value for width" not in line]
    return lines[0].strip()[:200] if lines else ""
