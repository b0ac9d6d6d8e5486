"""The DOT that pictures are written in, beside what the package graphviz writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import graphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.figures.dot import Digraph, quoted
from k8snotes.figures.scene import Box, Link, Scene, bold
from k8snotes.figures.source import dot

TEXT = st.text(
    alphabet=st.sampled_from(['"', "\\", "<", ">", ":", " ", "-", ".", "0", "a", "B", "_", "é", "✓"])
)
NAMES = st.one_of(TEXT.filter(bool), st.sampled_from(["node", "Edge", "strict", "-1.5", ".5", "<b>x</b>"]))
ATTRIBUTES = st.dictionaries(st.sampled_from(["label2", "color", "port", "style"]), NAMES, max_size=3)


@given(NAMES)
def test_text_is_quoted_as_graphviz_quotes_it(text):
    """Words, numbers, markup, quotes and backslashes become the same DOT."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a backslash at the end: the pictures double each
        assert quoted(text) == graphviz.quoting.quote(text)


@given(
    st.lists(st.tuples(NAMES, st.none() | NAMES, ATTRIBUTES), max_size=3),
    st.lists(st.tuples(NAMES, NAMES, st.none() | NAMES, ATTRIBUTES), max_size=3),
)
def test_a_graph_is_written_as_graphviz_writes_it(nodes, edges):
    """Defaults, nodes and edges, in the same order and with the same indents."""
    ours = Digraph(graph={"rankdir": "LR"}, node={"shape": "plain"})
    theirs = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "plain"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for node, label, more in nodes:
            ours.node(node, label, more)
            theirs.node(node, label, **more)
        for tail, head, label, more in edges:
            ours.edge(tail, head, label, more)
            theirs.edge(tail, head, label, **more)
    assert ours.source == theirs.source


def read(dot: str) -> str:
    """Let Graphviz read DOT, and return the picture that it makes of it."""
    engine = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    if engine is None:
        pytest.skip("the package graphviz-pure has no wheel for this machine")
    answer = subprocess.run([engine, "-Tsvg"], input=dot, capture_output=True, text=True, check=True)
    return answer.stdout


@pytest.mark.parametrize("name", ["guestbook", "guestbook-broken"])
def test_other_programs_can_draw_a_picture(name):
    """Graphviz reads the DOT of a figure, and shows each box with what it says where the figure has it."""
    figure = kn.load(name).service_map()
    picture = read(figure.dot)
    for words in (
        "cache",
        "10.96.1.2:6379",
        "app=guestbook, tier=cache",
        "none ready" if "broken" in name else "2 ready",
    ):
        assert words in picture.replace("&#160;", " ")
    assert picture.count('class="edge"') == sum(isinstance(item, Link) for item in figure.scene.drawn)


def test_no_text_of_a_manifest_becomes_dot():
    r"""Quotes, backslashes and markup of a name are text: \N is not the name of the node, and <b> is not bold."""
    box = Box([bold('a"b\\N<b>c</b>')], id="n")
    picture = read(dot(Scene([box])))
    assert "a&quot;b\\N&lt;b&gt;c&lt;/b&gt;" in picture
