"""The helpers of the public face: each with its sentence, the call that shows it, and the chapters that use it.

The page of all helpers in the notebooks' folder and the pages of the site are both made of this list.
"""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import k8snotes as kn
from k8snotes import notebooks
from k8snotes.face import example_of

__all__ = ["Chapter", "Helper", "cells", "chapters", "helper", "helpers", "more", "results"]

_MORE = ("notes", "snapshot", "waiting", "warnings")  # properties of a cluster

# what helpers return and readers hold, and where each is defined
_RESULTS: Mapping[str, str] = {
    "Figure": "k8snotes.figures.figure",
    "Table": "k8snotes.tables",
    "KubeObject": "k8snotes.api.base",
    "EndpointsView": "k8snotes.figures.endpoints",
    "TraceFigure": "k8snotes.figures.trace",
    "Changes": "k8snotes.control_plane.changes",
    "Output": "k8snotes.kubectl.output",
    "Findings": "k8snotes.doctor",
    "Finding": "k8snotes.doctor",
    "CheckResult": "k8snotes.course.result",
}


@cache
def cells() -> dict[str, dict[str, Any]]:
    """Return the code that pages show, as the file beside this module has it.

    >>> cells()["gallery"]["legend"]
    'kn.legend()'
    """
    return tomllib.loads(Path(__file__).with_name("cells.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Helper:
    """One helper, or one thing that a reader holds.

    Args:
        name: as a reader writes it: "kn.load", "c.trace", "Figure".
        value: the function, the property or the class.
        pattern: a regular expression that finds it in the code of a chapter.
        target: where Sphinx finds it: "k8snotes.Cluster.trace".
        cells: the cells that show it; by default those of its docstring.
    """

    name: str
    value: Any
    pattern: str
    target: str
    cells: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The name of its page, without a suffix.

        >>> helper("c.trace").page, helper("kn.load").page, helper("c[ref]").page
        ('Cluster.trace', 'load', 'Cluster.item')
        """
        name = self.name.replace("[ref]", ".item")
        return f"Cluster.{name[2:]}" if name.startswith("c.") else name.removeprefix("kn.")

    @property
    def sentence(self) -> str:
        """The first sentences of its docstring, on one line.

        >>> helper("kn.load").sentence
        'Return a new, settled cluster with an application in it.'
        """
        first = (inspect.getdoc(self.value) or "").split("\n\n")[0]
        return " ".join(first.split())

    @property
    def function(self) -> Callable[..., Any] | None:
        """What is called; None for a property."""
        made: Callable[..., Any] | None = (
            inspect.unwrap(vars(self.value)["__init__"]) if isinstance(self.value, type) else self.value
        )
        return made if callable(made) else None

    @property
    def example(self) -> str:
        """A call of it, as a reader types it; "" where it is not called.

        >>> helper("kn.Cluster").example
        'kn.Cluster(nodes=2)'
        """
        return "" if self.function is None else example_of(self.function)

    def used(self, code: Mapping[str, Chapter]) -> list[Chapter]:
        """Return the chapters that use it."""
        return [chapter for chapter in code.values() if re.search(self.pattern, chapter.code)]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as it stands in its folder.

    Args:
        file: the name of its notebook.
        title: its first heading.
        code: all its code.
    """

    file: str
    title: str
    code: str


@cache
def helpers() -> tuple[Helper, ...]:
    """Return all that a reader calls, in the order of the alphabet: first what `kn` has, then what a cluster has.

    >>> [each.name for each in helpers()][:2], helpers()[-1].name
    (['kn.ask', 'kn.browse'], 'c.write_log')
    """
    return tuple(sorted(_all(), key=lambda each: (not each.name.startswith("kn."), each.name.lower())))


def _all() -> Iterator[Helper]:
    for name in dir(kn):
        value = getattr(kn, name)
        if callable(value):
            yield Helper(f"kn.{name}", value, rf"\bkn\.{name}\(", f"k8snotes.{name}")
    for name in dir(kn.Cluster(nodes=0)):
        if callable(value := getattr(kn.Cluster, name, None)):
            yield Helper(f"c.{name}", value, rf"\.{name}\b", f"k8snotes.Cluster.{name}")


@cache
def more() -> tuple[Helper, ...]:
    """Return what a cluster has beside its methods: objects by their reference, and its properties.

    >>> [each.name for each in more()]
    ['c[ref]', 'c.notes', 'c.snapshot', 'c.waiting', 'c.warnings']
    """
    card = (cells()["gallery"]["card"],)
    item = Helper("c[ref]", kn.Cluster.__getitem__, r'\bc\["', "k8snotes.Cluster.__getitem__", card)
    rest = [
        Helper(f"c.{name}", vars(kn.Cluster)[name], rf"\.{name}\b", f"k8snotes.Cluster.{name}")
        for name in _MORE
    ]
    return (item, *rest)


@cache
def results() -> tuple[Helper, ...]:
    """Return what helpers return and readers hold, such as a Figure.

    >>> results()[0].name
    'Figure'
    """
    return tuple(
        Helper(
            name,
            getattr(import_module(module), name),
            rf"\b{name}\b(?!)",  # chapters hold it, and do not name it
            f"{module}.{name}",
            tuple(cells()["results"][name]),
        )
        for name, module in _RESULTS.items()
    )


@cache
def _by_name() -> dict[str, Helper]:
    return {each.name: each for each in (*helpers(), *more(), *results())}


def helper(name: str) -> Helper:
    """Return a helper by the name that a reader writes.

    >>> helper("c.trace").target
    'k8snotes.Cluster.trace'
    """
    return _by_name()[name]


@cache
def chapters(language: str) -> dict[str, Chapter]:
    """Return the chapters in a language by their files, in their order.

    >>> list(chapters("zh"))[:2], chapters("en")["00-start-here.ipynb"].title
    (['00-start-here.ipynb', '01-service.ipynb'], '00 · Start here')
    """
    found = {}
    for path in (notebooks.folder() / name for name in notebooks.chapters(language)):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = {
            kind: "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)
            for kind in ("markdown", "code")
        }
        heading = re.search(r"^# (.+)$", texts["markdown"], re.MULTILINE)
        title = heading[1].strip() if heading else path.stem
        found[path.name] = Chapter(path.name, title, texts["code"])
    return found
