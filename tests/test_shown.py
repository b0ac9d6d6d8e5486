"""Widgets go with their cells: one that no cell shows any more is closed, and one that is held can be shown again."""

import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import VBox
from ipywidgets.widgets.widget import _instances

import k8snotes as kn
from k8snotes.widgets import shown

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def shell(monkeypatch):
    """An IPython shell, in which the first cell has run and made a widget."""
    monkeypatch.setattr(shown, "_cells", [])
    before = set(_instances)
    shell = InteractiveShell.instance()
    try:
        run(shell, "import k8snotes as kn; first = kn.size(); c = kn.load('guestbook')", "first")
        yield shell
    finally:
        shell.reset()
        InteractiveShell.clear_instance()
        for model in [model for name, model in _instances.items() if name not in before]:
            model.close()


def run(shell, code, cell):
    outcome = shell.run_cell(code, cell_id=cell, store_history=True)
    outcome.raise_error()
    return outcome.result


MADE = {
    "explorer": "kn.explore(c)",
    "player": "c.play()",
    "walker": "c.walk('http://frontend')",
    "scaler": "kn.scaler(c, 'deploy/cache')",
    "sizer": "kn.size()",
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_cell_that_runs_again_frees_its_widgets(shell, made):
    """Each run closes what the run before has shown: the number of controls stays, and `Out` keeps no widget."""
    run(shell, made, "a")
    count, outputs = len(_instances), len(shell.user_ns["Out"])
    for _ in range(3):
        run(shell, made, "a")
        assert len(_instances) == count
        assert len(shell.user_ns["Out"]) == outputs


def test_a_widget_that_was_made_and_not_shown_goes_too(shell):
    """A cell that only makes a widget closes that of its last run."""
    run(shell, "e = kn.explore(c)", "a")
    count = len(_instances)
    run(shell, "e = kn.explore(c)", "a")
    assert len(_instances) == count


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_widget_that_is_held_can_be_shown_again(shell, made):
    """One that a variable holds is closed with its last view, and has all of its controls when it is shown anew."""
    run(shell, f"held = {made}", "make")
    held = run(shell, "held", "show")
    models = [*held._models(), held]
    run(shell, "1", "make")
    assert held.comm is not None, "another cell still shows it"
    run(shell, "2", "show")
    assert all(model.comm is None for model in models)
    assert run(shell, "held", "other") is held
    assert all(model.comm is not None for model in models)
    assert {model.model_id for model in models} <= set(_instances)
    assert "application/vnd.jupyter.widget-view+json" in held._repr_mimebundle_()


def test_a_widget_shown_again_still_answers(shell):
    """What is typed into a field that was closed and opened again finds what it should; so do linked sliders."""
    explorer, sizer = kn.explore(kn.load("guestbook")), kn.size()
    for widget in (explorer, sizer):
        widget.close()
        widget._repr_mimebundle_()
    explorer._field.value = "app=guestbook"
    assert explorer.selector == "app=guestbook"
    assert "app=guestbook" in explorer._queries.value
    sizer._fields["replicas"].value = 3
    assert (sizer._sliders["replicas"].value, sizer.size.replicas) == (3, 3)
    assert shell is not None


def test_a_widget_in_two_cells_stays_while_one_shows_it(shell):
    """Running one of two cells that show a widget again takes it from neither."""
    run(shell, "held = kn.explore(c)", "make")
    held = run(shell, "held", "a")
    run(shell, "held", "b")
    run(shell, "3", "make")
    run(shell, "4", "a")
    assert held.comm is not None
    run(shell, "5", "b")
    assert held.comm is None


def test_a_widget_in_a_box_of_the_reader_stays(shell):
    """A widget that stands in another box is not closed under it."""
    run(shell, "e = kn.explore(c)", "a")
    held = shell.user_ns["e"]
    box = VBox([held])
    run(shell, "e = kn.explore(c)", "a")
    assert held.comm is not None
    box.close()


def test_a_page_that_closes_the_view_closes_all_of_it():
    """When the page says that it has closed the widget, its controls go too."""
    before = set(_instances)
    explorer = kn.explore(kn.load("guestbook"))
    explorer.comm.handle_close({})
    assert set(_instances) == before


def test_without_names_of_cells_nothing_is_closed(shell):
    """A front end that names no cells keeps each widget: it may still be in view."""
    run(shell, "a = kn.size()", None)
    run(shell, "b = kn.size()", None)
    assert shell.user_ns["a"].comm is not None


_EXPLORERS = """
import contextlib, gc, io, tracemalloc
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def show():
    shell.run_cell("kn.explore(t)", cell_id="a", store_history=True).raise_error()
with contextlib.redirect_stdout(io.StringIO()):
    shell.run_cell("import k8snotes as kn; t = kn.load('guestbook').get('pods').head(3); kn.size()", cell_id="first").raise_error()
    for _ in range(10):
        show()
    gc.collect()
    tracemalloc.start()
    for _ in range(300):
        show()
    gc.collect()
print(tracemalloc.get_traced_memory()[0])
"""


def test_three_hundred_explorers_leave_little_behind():
    """300 explorers shown one after another in the same cell keep less than 5 MB."""
    answer = subprocess.run(
        [sys.executable, "-c", _EXPLORERS], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(answer.stdout) < 5_000_000
