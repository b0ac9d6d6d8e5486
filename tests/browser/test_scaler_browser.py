"""The scaler in a real JupyterLab: the number by keyboard and slider, the steps, and a picture that keeps its size."""

from __future__ import annotations

import json

import pytest
from accessibility import assert_axe_clean
from pages import WHITE

import k8snotes as kn

pytestmark = pytest.mark.browser

SLIDER = ("aria-input-field-name",)
"""ipywidgets gives the handle of a slider no name; the buttons beside it have one, and do the same."""

CELL = """
import k8snotes as kn
c = kn.load("guestbook")
kn.scaler(c, "deploy/frontend")
"""


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_a_reader_scales_and_steps(notebook, theme, expect):
    """Field, slider, buttons and table work from the keyboard; nothing moves; dark has no white bars."""
    page = notebook(CELL)
    page.set_viewport_size({"width": 1280, "height": 800})
    box = page.locator(".k8snotes-scaler")
    line, picture, steps, place = (
        box.locator(f".k8snotes-scaler-{name}") for name in ("line", "picture", "steps", "place")
    )
    expect(line).to_contain_text("3 of 3 ready")
    assert box.bounding_box()["height"] <= 680
    box.evaluate("box => box.scrollIntoView()")
    boxes = set()

    def look() -> None:
        boxes.add((*picture.bounding_box().values(), box.bounding_box()["height"]))

    look()
    field = box.get_by_label("replicas of deploy/frontend")
    for number, said in (
        (5, "2 Pods were created, none was deleted."),
        (0, "3 Pods were deleted, none was created."),
        (60, "57 Pods were created"),
        (4, "1 Pod was created"),
    ):
        field.focus()
        field.press("ControlOrMeta+a")
        field.press_sequentially(str(number))
        field.press("Enter")
        expect(line).to_contain_text(said)
        expect(line).to_contain_text(f"--replicas={number}")
        look()
    handle = box.locator(".k8snotes-scaler-replicas").get_by_role("slider")
    handle.focus()
    handle.press("ArrowRight")
    expect(line).to_contain_text("5 of 5 ready")

    box.get_by_role("button", name="« First").press("Enter")
    expect(place).to_contain_text("step 0 of ")
    expect(line).to_contain_text("3 of 5 ready")
    step = box.get_by_role("button", name="Step ›")
    step.focus()
    step.press("Enter")
    expect(steps.locator("tr.now")).to_contain_text("deployment-controller")
    look()
    step.press("Enter")
    expect(steps.locator("tr.now")).to_contain_text("creates Pods …-")
    look()
    box.get_by_label("speed").select_option(label="0.3 s a step")
    box.get_by_role("button", name="Play ▸").press("Enter")
    expect(line).to_contain_text("5 of 5 ready")
    expect(box.get_by_role("button", name="Step ›")).to_be_disabled()
    expect(steps.locator("tr.now").last).to_be_in_viewport()
    look()
    assert len(boxes) == 1

    box.get_by_role("button", name="Reset").press("Enter")
    expect(line).to_contain_text("No Pod was created or deleted.")
    assert_axe_clean(page, ".k8snotes-scaler", known=SLIDER)
    theme(page, "JupyterLab Dark")
    assert box.evaluate(WHITE) == []
    page.set_viewport_size({"width": 800, "height": 600})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the answer, the picture and the steps."""
    made = kn.scaler(kn.load("guestbook"), "deploy/frontend")
    made.replicas = 5
    bundle = made._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "kn.scaler()", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("5 of 5 ready")
    expect(shown).to_contain_text("run this cell")
    expect(shown).to_contain_text("replicaset-controller")
    assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
