"""The notebook about a live cluster, run against a server: its outputs are fresh, and show what may be shown."""

from __future__ import annotations

import nbformat
import pytest
from api_server import TOKEN
from live_notebook import NOTEBOOK, VALUE, execute


@pytest.fixture(scope="module")
def run():
    return execute()


def test_the_outputs_of_the_live_notebook_are_fresh(run):
    """Running it again, from start to end, gives the outputs that are committed."""
    committed = nbformat.read(NOTEBOOK, as_version=4)
    for cell, before in zip(run[0].cells, committed.cells, strict=True):
        assert cell.get("outputs") == before.get("outputs"), (
            f"{cell.source}\nrun: python tests/live_notebook.py"
        )


def test_the_live_notebook_says_what_is_closed(run):
    """Its first output names the Namespace that may not be read, and no picture has anything of it."""
    text = nbformat.writes(run[0])
    assert "You may list nothing in the Namespace vault." in text
    assert "was deleted" in text
    assert TOKEN not in text
    assert VALUE not in text


def test_the_live_notebook_only_reads(run):
    """The server has seen GET and nothing else, though a cell tries to scale."""
    assert {method for method, _path, _query in run[1]} == {"GET"}
    assert any("watch" in query for _method, _path, query in run[1])
