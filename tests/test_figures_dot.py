"""The DOT that pictures are written in, beside what the package graphviz writes."""

from __future__ import annotations

import warnings

import graphviz
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.figures.dot import Digraph, quoted

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
    ATTRIBUTES,
)
def test_a_graph_is_written_as_graphviz_writes_it(nodes, edges, attributes):
    """Defaults, nodes, edges and parts, in the same order and with the same indents."""
    ours = Digraph(graph={"rankdir": "LR"}, node={"shape": "plain"})
    theirs = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "plain"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for graph, name in ((ours, "cluster_a"), (theirs, "cluster_a")):
            part = graph.part(name) if graph is ours else graph.subgraph(name=name)
            with part as inner:
                if graph is ours:
                    inner.attributes({"label": "x", **attributes})
                    for node, label, more in nodes:
                        inner.node(node, label, more)
                else:
                    inner.attr(label="x", **attributes)
                    for node, label, more in nodes:
                        inner.node(node, label, **more)
        for tail, head, label, more in edges:
            ours.edge(tail, head, label, more)
            theirs.edge(tail, head, label, **more)
    assert ours.source == theirs.source
