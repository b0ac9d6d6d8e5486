"""The walker in a real JupyterLab: a walk through a trace from the keyboard, another URL, and a wrong one."""

from __future__ import annotations

import json
import re

import pytest

import k8snotes as kn

pytestmark = pytest.mark.browser

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
    """Buttons and arrow keys walk; line and picture follow; a wrong URL shows why and keeps the picture."""
    page = notebook(CELL)
    page.set_viewport_size({"width": 1280, "height": 1400})
    box = page.locator(".k8snotes-walker")
    line, picture, message = (
        box.locator(f".k8snotes-walker-{name}") for name in ("line", "picture", "message")
    )
    expect(line).to_contain_text("Hop 1 of")
    expect(line).to_contain_text("cluster DNS")
    image = picture.locator("img")

    step = box.get_by_role("button", name="Next →")
    step.focus()
    step.press("Enter")
    expect(line).to_contain_text("Hop 2 of")
    expect(line).to_contain_text("pod/client")
    step.press("Enter")
    step.press("Enter")
    expect(line).to_contain_text("kube-proxy's rules")
    expect(line).to_contain_text("-A KUBE-SERVICES -d")
    expect(image).to_have_attribute("alt", re.compile("hop 4 of ., node-.: kube-proxy's rules"))
    box.get_by_role("button", name="← Back").press("Enter")
    expect(line).to_contain_text("Hop 3 of")

    handle = box.get_by_role("slider")
    handle.focus()
    handle.press("ArrowRight")
    expect(line).to_contain_text("Hop 4 of")
    handle.press("ArrowLeft")
    handle.press("ArrowLeft")
    expect(line).to_contain_text("Hop 2 of")
    handle.press("End")
    expect(line).to_contain_text("✓ connected")
    expect(box.get_by_role("button", name="Last")).to_be_disabled()

    field = box.get_by_label("URL")
    field.focus()
    field.press("ControlOrMeta+a")
    field.press_sequentially("http://frontnd", delay=15)
    expect(message).to_contain_text("This cannot be sent")
    expect(message).to_contain_text("Did you mean")
    expect(line).to_contain_text("✓ connected")
    field.press("Backspace")
    field.press("Backspace")
    field.press_sequentially("end", delay=15)
    expect(line).to_contain_text("Hop 1 of")
    expect(message).to_be_hidden()

    box.get_by_label("sent from").select_option(label="node/node-1")
    expect(message).to_contain_text("This cannot be sent")
    box.get_by_label("sent from").select_option(label="pod/mysql-0")
    expect(message).to_be_hidden()
    expect(line).to_contain_text("Hop 1 of")

    # every control can be reached with the Tab key alone
    field.focus()
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent || document.activeElement.role || ''"))
    assert {"Next →", "Last"} <= reached

    theme(page, "JupyterLab Dark")
    edge = image.evaluate("image => [image.getBoundingClientRect().right, image.naturalWidth]")
    assert edge[1] > 0
    assert edge[0] <= 1280
    page.set_viewport_size({"width": 640, "height": 1000})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the hop and the picture."""
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
    expect(shown).to_contain_text("Hop 1 of")
    expect(shown).to_contain_text("run this cell")
    assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
