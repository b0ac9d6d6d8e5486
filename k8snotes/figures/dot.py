r"""DOT, Graphviz' language: the few statements of it that a picture needs to be drawn by other programs.

The package `graphviz` writes the same, and takes longer to load than a picture takes to draw; a test compares both.

Source of the format: https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

__all__ = ["Digraph", "quoted"]

Attributes = Mapping[str, str]

_ID = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)")
_KEYWORDS = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_QUOTE = re.compile(
    r'((?:\\\\)*)\\?"'
)  # with or without a backslash before it, it becomes one that is escaped


def quoted(text: str) -> str:
    r"""Return text as DOT has it: markup (`<...>`) and plain words as they are, everything else in quotes.

    >>> print(quoted("web"), quoted("web-1"), quoted("<b>web</b>"), quoted('say "hi"'), quoted("node"))
    web "web-1" <b>web</b> "say \"hi\"" "node"
    """
    if text[:1] == "<" and text[-1:] == ">":
        return text
    if _ID.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    return '"' + _QUOTE.sub(r'\1\\"', text) + '"'


_name = lru_cache(maxsize=256)(quoted)  # there are few attributes, and many places for them


class Digraph:
    r"""A directed graph: its statements, in their order.

    >>> graph = Digraph(node={"shape": "box"})
    >>> graph.edge("web", "db")
    >>> print(graph.source.expandtabs(2))
    digraph {
      node [shape=box]
      web -> db
    }
    <BLANKLINE>
    """

    def __init__(self, **defaults: Attributes) -> None:
        self._lines = [f"\t{what}{_list(attributes)}\n" for what, attributes in defaults.items()]

    @property
    def source(self) -> str:
        """The whole source."""
        return "".join(["digraph {\n", *self._lines, "}\n"])

    def node(self, name: str, label: str | None = None, attributes: Attributes | None = None) -> None:
        """Add a node; without a label it shows its name."""
        self._lines.append(f"\t{quoted(name)}{_list(attributes or {}, label)}\n")

    def edge(
        self, tail: str, head: str, label: str | None = None, attributes: Attributes | None = None
    ) -> None:
        """Add an edge; an end may name a port: "node:port" or "node:port:side"."""
        self._lines.append(f"\t{_end(tail)} -> {_end(head)}{_list(attributes or {}, label)}\n")


def _end(name: str) -> str:
    node, _, rest = name.partition(":")
    port, _, side = rest.partition(":")
    return ":".join([quoted(node), *([quoted(port)] if rest else []), *([side] if side else [])])


def _pairs(attributes: Attributes, label: str | None = None) -> str:
    pairs = [f"label={quoted(label)}"] if label is not None else []
    return " ".join(
        [*pairs, *(f"{_name(name)}={quoted(value)}" for name, value in sorted(attributes.items()))]
    )


def _list(attributes: Attributes, label: str | None = None) -> str:
    pairs = _pairs(attributes, label)
    return f" [{pairs}]" if pairs else ""
