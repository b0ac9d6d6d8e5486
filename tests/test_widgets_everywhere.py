"""Widgets in JupyterLab, VS Code and Colab: what they are made of, and what stands for them where they cannot live."""

import ast
import re
import sys
from pathlib import Path

import pytest

import k8snotes as kn
import k8snotes.widgets

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from widget_walks import WALKS

FOLDER = Path(k8snotes.widgets.__file__).parent

# JupyterLab, VS Code and Colab all show these alike. Output and interact() lose what is printed in some of them.
# `link` is no control: it keeps two values equal, in the kernel.
SHOWN_EVERYWHERE = """
BoundedIntText Box Button ButtonStyle Checkbox Dropdown HBox HTML HTMLStyle IntSlider IntText Label Layout RadioButtons
SelectionSlider Text Textarea ToggleButtons VBox link
"""
every = pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)


@every
def test_widgets_stay_within_what_every_notebook_shows(path):
    """Widgets are built from a few controls of ipywidgets, with no JavaScript of our own but that of the copy button."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ipywidgets":
            # what is shown where is kept in a register of widgets, which is no control either
            register = {"Widget", "_instances"} if path.stem == "shown" else set()
            assert {alias.name for alias in node.names} <= {*SHOWN_EVERYWHERE.split(), *register}
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & {
                "ipywidgets",
                "IPython",
                "anywidget",
            }
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # there is no other way to the clipboard, and the text can be marked without it
            handler = "|javascript:" if path.stem == "copy_button" else r"|javascript:|\son[a-z]+="
            assert not re.search(f"<script{handler}", node.value, re.IGNORECASE)


@every
def test_each_widget_has_a_preview_and_a_walk(path):
    """What can be displayed brings a static preview along, and a browser test uses it with the keyboard."""
    text = path.read_text(encoding="utf-8")
    names = re.findall(r'super\(\).__init__\(\s*"(k8snotes-[a-z-]+)"', text)
    assert bool(names) == ("(Widget):" in text)
    if names:
        assert "def _preview(" in text
        assert set(names) <= set(WALKS)


def test_there_are_widgets():
    """The two tests above look at something."""
    assert (FOLDER / "explorer.py").is_file()
    assert set(WALKS) == {
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(
            r'super\(\).__init__\(\s*"(k8snotes-[a-z-]+)"', path.read_text(encoding="utf-8")
        )
    }


@pytest.mark.parametrize("make", [
    kn.explore,
    kn.browse,
    lambda c: c.play(),
    lambda c: c.walk("http://frontend", source="pod/client"),
    lambda c: kn.scaler(c, "deploy/frontend"),
    lambda _c: kn.size(),
    lambda _c: kn.ask("01-service/1"),
])  # fmt: skip
def test_controls_look_alike_in_every_widget(make):
    """Each widget has the colours of the theme, and the one sheet with the looks of buttons, fields and menus."""
    widget = make(kn.load("guestbook"))
    assert "kn" in widget._dom_classes
    sheets = [child.value for child in widget.children if "k8snotes-style" in child._dom_classes]
    assert any(".kn button.jupyter-button{" in sheet for sheet in sheets)
