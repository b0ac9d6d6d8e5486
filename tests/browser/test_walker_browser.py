"""The walker in a real JupyterLab: a walk through a trace from the keyboard, another URL, and a wrong one."""

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
c.walk("http://cache:6379", source="pod/client")
"""


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_a_reader_walks_and_tries_others(notebook, theme, expect):
    """Buttons and arrow keys walk; the present hop is in view; a wrong URL shows why and keeps the table."""
    page = notebook(CELL)
    page.set_viewport_size({"width": 1280, "height": 800})
    box = page.locator(".k8snotes-walker")
    line, table, message, place = (
        box.locator(f".k8snotes-walker-{name}") for name in ("line", "picture", "message", "place")
    )
    expect(place).to_contain_text("hop 1 of ")
    total = int(place.inner_text().split()[-1])
    expect(line).to_contain_text("cluster DNS")
    assert box.bounding_box()["height"] <= 680

    boxes = set()
    step = box.get_by_role("button", name="Step ›")
    step.focus()
    for number in range(2, total + 1):
        step.press("Enter")
        expect(place).to_contain_text(f"hop {number} of {total}")
        expect(table.locator("[aria-current=step] .num")).to_have_text(str(number))
        expect(table.locator("[aria-current=step]")).to_be_in_viewport()
        boxes.add(tuple(table.bounding_box().items()))
        if number == 4:
            expect(line).to_contain_text("kube-proxy's rules")
            table.locator("summary").press("Enter")
            expect(table).to_contain_text("-A KUBE-SERVICES -d")
            table.locator("summary").press("Enter")
    assert len(boxes) == 1
    expect(table).to_contain_text("✓ connected")
    expect(step).to_be_disabled()
    box.get_by_role("button", name="‹ Back").press("Enter")
    expect(place).to_contain_text(f"hop {total - 1} of")

    handle = box.get_by_role("slider")
    handle.focus()
    handle.press("Home")
    expect(place).to_contain_text("hop 1 of")
    handle.press("ArrowRight")
    expect(place).to_contain_text("hop 2 of")
    box.get_by_label("speed").select_option(label="0.3 s a step")
    box.get_by_role("button", name="Play ▸").press("Enter")
    expect(place).to_contain_text(f"hop {total} of")
    expect(table).to_contain_text("✓ connected")

    field = box.get_by_label("URL")
    field.focus()
    field.press("ControlOrMeta+a")
    field.press_sequentially("http://frontnd", delay=15)
    expect(message).to_contain_text("This cannot be sent")
    expect(message).to_contain_text("Did you mean")
    expect(table).to_contain_text("✓ connected")
    field.press("Backspace")
    field.press("Backspace")
    field.press_sequentially("end", delay=15)
    expect(place).to_contain_text("hop 1 of")
    expect(message).to_be_hidden()

    box.get_by_label("sent from").select_option(label="node/node-1")
    expect(message).to_contain_text("This cannot be sent")
    box.get_by_label("sent from").select_option(label="pod/mysql-0")
    expect(message).to_be_hidden()
    expect(place).to_contain_text("hop 1 of")

    # every control can be reached with the Tab key alone
    expect(step).to_be_enabled()
    page.wait_for_timeout(300)  # the list of senders is written anew
    field.focus()
    reached = set()
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent || document.activeElement.role || ''"))
    assert {"Step ›", "Play ▸", "slider"} <= reached

    assert_axe_clean(page, ".k8snotes-walker", known=SLIDER)
    theme(page, "JupyterLab Dark")
    assert box.evaluate(WHITE) == []
    page.set_viewport_size({"width": 640, "height": 1000})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the hop and the table."""
    walker = kn.load("guestbook").walk("http://cache:6379", source="pod/client")
    bundle = walker._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "c.walk()", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("hop 1 of")
    expect(shown).to_contain_text("run this cell")
    expect(shown.locator("tbody tr")).to_have_count(len(walker.trace.hops))
