"""The sliders in a real JupyterLab: from the keyboard, and the picture that follows."""

from __future__ import annotations

import json
import re

import pytest
from accessibility import assert_axe_clean

import k8snotes as kn

pytestmark = pytest.mark.browser

SETUP = """
import k8snotes as kn
kn.size(8, cpu="1500m", memory="512Mi", nodes=3)
"""


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def unfold(box, expect):
    """Show the sliders that are folded at first, by a key."""
    button = box.get_by_role("button", name="Nodes, limits and quota")
    button.focus()
    button.press("Enter")
    expect(box.get_by_role("slider")).to_have_count(10)


def test_three_sliders_are_in_view_and_nothing_moves(notebook, expect):
    """Folded, all of it fits 680 pixels, the others are told in a line, and no position moves what is below."""
    page = notebook(SETUP, "'below'")
    page.set_viewport_size({"width": 1280, "height": 800})
    box, below = page.locator(".k8snotes-size").first, page.locator(".jp-CodeCell").nth(1)
    expect(box).to_contain_text("3 Nodes with 4 CPU and 8Gi of memory each; no limits; no quota")
    expect(box.locator("figcaption")).to_have_text(
        re.compile("^8 Pods: 6 running, 2 waiting for a Node, 0 refused")
    )
    assert box.bounding_box()["height"] <= 680
    place = below.bounding_box()["y"]
    pods = box.get_by_role("spinbutton", name="Pods", exact=True)
    for number in ("7", "40", "0"):
        pods.fill(number)
        pods.press("Enter")
        expect(box.locator("figcaption")).to_have_text(re.compile(f"^{number} Pods"))
        assert below.bounding_box()["y"] == place
    unfold(box, expect)
    expect(box).not_to_contain_text("no limits; no quota")
    # ipywidgets gives the handles of sliders no name: the field beside each has it
    assert_axe_clean(page, ".k8snotes-size", known=("aria-input-field-name",))


def test_a_reader_moves_the_sliders(notebook, expect, theme):
    """Arrow keys on a slider change the line and the picture; a refusal is told; it fits a narrow window."""
    page = notebook(SETUP)
    page.set_viewport_size({"width": 1280, "height": 1400})
    box = page.locator(".k8snotes-size").first
    line, picture = box.locator(".k8snotes-size-line"), box.locator(".k8snotes-size-picture svg.knp")
    expect(line).to_contain_text("8 Pods: 6 running, 2 waiting for a Node, 0 refused")
    assert box.get_by_role("slider").count() == 3
    unfold(box, expect)

    nodes = box.locator(".k8snotes-size-nodes").get_by_role("slider")
    nodes.focus()
    nodes.press("ArrowRight")
    expect(line).to_contain_text("8 Pods: 8 running, 0 waiting for a Node, 0 refused")
    expect(picture.locator("> desc")).to_have_text(re.compile("^8 Pods: 8 running"))

    limit = box.locator(".k8snotes-size-cpu-limit").get_by_role("slider")
    limit.focus()
    limit.press("ArrowRight")
    expect(line).to_contain_text("8 refused")
    limit.press("Home")
    expect(line).to_contain_text("8 running")
    for label in ("CPU request, m", "memory of a Node, Gi", "Pods"):
        expect(box.locator("label").get_by_text(label, exact=True)).to_be_visible()
        expect(box.get_by_role("spinbutton", name=label, exact=True)).to_be_visible()
    assert 0 < picture.evaluate("picture => picture.getBoundingClientRect().right") <= 1280
    theme(page, "JupyterLab Dark")
    ground = picture.locator("> rect").evaluate("paper => getComputedStyle(paper).fill")
    assert ground == "rgb(17, 17, 17)"  # the picture follows the theme


def test_a_number_is_typed(notebook, expect):
    """Each slider has a field with a name: a number that is typed, or an arrow key, moves both; it fits 640 pixels."""
    page = notebook(SETUP)
    box = page.locator(".k8snotes-size").first
    line = box.locator(".k8snotes-size-line")
    expect(line).to_contain_text("8 Pods: 6 running")
    unfold(box, expect)
    assert box.get_by_role("spinbutton").count() == 10

    nodes = box.get_by_role("spinbutton", name="Nodes", exact=True)
    handle = box.locator(".k8snotes-size-nodes").get_by_role("slider")
    nodes.fill("1")
    nodes.press("Enter")
    expect(line).to_contain_text("8 Pods: 2 running, 6 waiting for a Node, 0 refused")
    expect(handle).to_have_attribute("aria-valuenow", "1.0")
    nodes.press("ArrowUp")
    expect(line).to_contain_text("8 Pods: 4 running")
    handle.focus()
    handle.press("ArrowRight")
    expect(nodes).to_have_value("3")
    nodes.fill("99")
    nodes.press("Tab")
    expect(nodes).to_have_value("20")  # as far as the slider goes
    assert handle.evaluate("part => part === document.activeElement")

    page.set_viewport_size({"width": 640, "height": 900})
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    for control in (*box.get_by_role("spinbutton").all(), *box.get_by_role("slider").all()):
        place = control.bounding_box()
        assert place["width"] > 10
        assert place["x"] + place["width"] <= 640
    for slider in box.locator(".widget-slider").all():
        assert slider.bounding_box()["width"] >= 60


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the line and the picture."""
    bundle = kn.size()._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "kn.size()", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("8 Pods: 8 running")
    assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
