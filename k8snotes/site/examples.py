"""Examples that run while the site is built: their cells, what each shows, and a notebook of them."""

from __future__ import annotations

import ast
import doctest
import io
import json
import re
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import k8snotes as kn
from k8snotes.catalogue import _, speaking
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import TOKENS
from k8snotes.site.boxes import scrolls, size
from k8snotes.site.helpers import Helper

__all__ = ["FIRST", "Step", "box", "cells_of", "notebook", "run", "themed"]

FIRST = "import k8snotes as kn"
"""The line that every example begins with."""

# what is shown by itself; a call of any other helper may change something, so it is made once
_VIEWS = (
    *("Figure", "DataFrame", "EndpointsView", "Findings", "Glossary", "Progress", "Ask | CheckResult"),
    *("Walker", "Player", "Explorer", "Scaler", "Sizer"),
)
_INDEX = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}


@dataclass(frozen=True, slots=True)
class Step:
    """A cell that has run.

    Args:
        source: its code.
        printed: what it printed.
        value: what its last line returned.
    """

    source: str
    printed: str
    value: Any

    @property
    def bundle(self) -> dict[str, str]:
        """What a cell shows of the value, as text and, where there is some, as HTML."""
        if self.value is None:
            return {}
        made = getattr(self.value, "_repr_mimebundle_", None)
        data: dict[str, Any] = dict((made() if made else None) or {})
        html = data.get("text/html") or (
            self.value._repr_html_() if hasattr(self.value, "_repr_html_") else None  # Jupyter's own
        )
        shown = {"text/plain": str(data.get("text/plain") or repr(self.value))}
        return shown | ({"text/html": str(html)} if html else {})


def run(cells: Sequence[str]) -> list[Step]:
    r"""Run cells one after the other, in a folder of their own, and return what each shows.

    >>> run(["import k8snotes as kn", "c = kn.Cluster(nodes=1)\nc"])[1].value
    <Cluster: 1 Node, 0 Pods, 1 Service>
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    steps = []
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        warnings.catch_warnings(),
        speaking(kn.language()),  # an example may put another language in force
    ):
        warnings.simplefilter("ignore")  # a reader sees them; a page has the results
        for cell in cells:
            body = ast.parse(cell).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            printed = io.StringIO()
            with redirect_stdout(printed), redirect_stderr(io.StringIO()):
                exec(compile(ast.Module(body, []), "<cell>", "exec"), names)  # noqa: S102  # our own examples
                value = None
                if isinstance(last, ast.Expr):
                    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307
            steps.append(Step(cell, printed.getvalue(), value))
    return steps


def cells_of(helper: Helper) -> list[str]:
    """Return the cells that show a helper: those of its docstring, and before them the call itself where it is a view.

    >>> from k8snotes.site.helpers import helper
    >>> print(cells_of(helper("c.trace"))[1])
    c = kn.load("guestbook")
    c.trace("http://cache:6379", source="pod/mysql-0")
    """
    if helper.cells:
        return [FIRST, *helper.cells]
    call = helper.example.removeprefix("kn.") if helper.example else ""
    view = _annotation(helper).endswith(_VIEWS)
    cells, lines, shown = [FIRST], list[str](), not (call and view)
    for example in doctest.DocTestParser().get_examples(getattr(helper.value, "__doc__", "") or ""):
        if example.exc_msg is not None:
            continue
        source = _as_readers_write(example.source.strip())
        if source == FIRST:
            continue
        if not shown and call in source:
            shown = True
            if source != helper.example:
                cells.append("\n".join([*lines, helper.example]))
                lines = []
        lines.append(source)
        if example.want:
            cells.append("\n".join(lines))
            lines = []
    if lines:
        cells.append("\n".join(lines))
    if "pd." in "\n".join(cells):
        cells[0] = f"import pandas as pd\n\n{FIRST}"
    return [_without_unused(cell) for cell in cells]


def _annotation(helper: Helper) -> str:
    function = helper.function
    return str(getattr(function, "__annotations__", {}).get("return", "")) if function else ""


def _as_readers_write(source: str) -> str:
    """Return a line of a docstring with `kn.` before the names of the face."""
    tree = ast.parse(source)
    bound = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    places = [
        (node.lineno - 1, node.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in kn.__all__ and node.id not in bound
    ]
    lines = source.encode().split(b"\n")
    for line, at in sorted(places, reverse=True):
        lines[line] = lines[line][:at] + b"kn." + lines[line][at:]
    return b"\n".join(lines).decode()


def _without_unused(cell: str) -> str:
    """Return a cell without the `_ =` that keeps a docstring's line quiet: in a cell only the last line shows."""
    lines = cell.split("\n")
    return "\n".join([*(line.removeprefix("_ = ") for line in lines[:-1]), lines[-1]])


# ---- what a page shows


def themed(svg: str) -> str:
    """Return a drawing for a file of its own, in the colours of the page around it: light or dark.

    >>> kn.legend().svg in themed(kn.legend().svg), "prefers-color-scheme:dark" in themed(kn.legend().svg)
    (False, True)
    """
    used = sorted(set(re.findall(r'(fill|stroke)="(#[0-9a-f]{6})"', svg)))
    dark = dict(TOKENS.values())
    rules = "".join(f'[{what}="{color}"]{{{what}:{dark[color]}}}' for what, color in used if color in dark)
    paper = TOKENS["paper"]
    sheet = (
        f".knp{{background:{paper[0]}}}@media screen and (prefers-color-scheme:dark)"
        f"{{.knp{{background:{paper[1]}}}{rules}}}"
    )
    before, style, after = svg.partition("<style>")
    return (
        f"{before}{style}{sheet}{after}"
        if style
        else svg.replace("</desc>", f"</desc><style>{sheet}</style>", 1)
    )


def box(step: Step, file: str, files: dict[str, str | bytes], label: str) -> str:
    """Return what a cell shows, as Markdown for MyST; a picture goes into a file beside the page.

    Args:
        step: the cell.
        file: where its picture goes, seen from the page, such as "Cluster.trace.svg".
        files: the files beside the page; the picture is added.
        label: what the box is, for a screen reader.
    """
    parts = []
    if step.printed:
        parts.append(_fenced("text", step.printed.rstrip("\n")))
    if isinstance(step.value, Figure):
        files[file] = themed(step.value.svg)
        parts.append(_in_box(picture(file, step.value), step.value.title))
    elif html := step.bundle.get("text/html"):
        parts.append(_in_box(_fenced("{raw} html", html), label))
    elif text := step.bundle.get("text/plain"):
        parts.append(_fenced("text", text))
    return "\n\n".join(parts)


def picture(file: str, figure: Figure, *, thumbnail: bool = False) -> str:
    """Return the directive for a picture: with its size, so that nothing jumps, and loaded when it comes into sight."""
    wide, high = size(figure.svg)
    options = ["alt: " if thumbnail else f"alt: {figure.alt}"]
    options += [] if thumbnail else [f"width: {wide}px", f"height: {high}px"]
    options.append("loading: lazy")
    return "\n".join([f"```{{image}} {file}", *(f":{option}" for option in options), "```"])


def _in_box(inner: str, label: str) -> str:
    return scrolls(f"\n\n{inner}\n\n", label, "kn-wide")


def _fenced(kind: str, text: str) -> str:
    longest = max((len(found) for found in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def code(source: str) -> str:
    """Return code as Markdown."""
    return _fenced("python", source)


# ---- what the running edition opens


def notebook(title: str, sentence: str, steps: Sequence[Step]) -> str:
    """Return a notebook of cells that have run, with what each shows.

    Args:
        title: its heading.
        sentence: what it shows.
        steps: the cells.
    """
    words = f"# {title}\n\n{sentence}\n\n{_('Run the cells, then change them.')}"
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "words", "metadata": {}, "source": words.splitlines(keepends=True)}
    ]
    for number, step in enumerate(steps, 1):
        outputs: list[dict[str, Any]] = []
        if step.printed:
            outputs.append({"name": "stdout", "output_type": "stream", "text": step.printed})
        if bundle := step.bundle:
            outputs.append(
                {"data": bundle, "execution_count": number, "metadata": {}, "output_type": "execute_result"}
            )
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number,
                "id": f"cell-{number}",
                "metadata": {},
                "outputs": outputs,
                "source": step.source.splitlines(keepends=True),
            }
        )
    book = {"cells": cells, "metadata": _INDEX, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"
