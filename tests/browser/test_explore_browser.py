"""The explorer in a real JupyterLab, with keys and clicks as a reader makes them."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

import k8snotes as kn

pytestmark = pytest.mark.browser

# what a reader's cell would have
CELL = """
import pandas as pd
import k8snotes as kn
pods = pd.DataFrame({
    "NAME": ["web-1", "web-2", "web-3", "db-1", "cache-1"],
    "labels": ["app=web,tier=frontend", "app=web,tier=frontend,canary=true", "app=web,tier=frontnd",
               "app=db,tier=backend", None],
})
explorer = kn.explore(pods)
explorer
"""

# the relative luminance of what a computed style says, after WCAG 2
_CONTRAST = """element => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  let ground = element;
  while (ground && (parts(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  const [a, b] = [light(parts(getComputedStyle(element).color)), light(parts(getComputedStyle(ground).backgroundColor))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_a_reader_types_and_clicks(notebook, theme, expect):
    """Typed keys filter the table after a pause; wrong text shows a caret; facets and undo work from the keyboard."""
    page = notebook(CELL)
    page.set_viewport_size({"width": 1280, "height": 1400})
    box = page.locator(".k8snotes-explorer")
    field = box.get_by_label("kubectl get pods -l")
    field.wait_for()
    count, table, message = (box.locator(f".k8snotes-{name}") for name in ("count", "table", "message"))
    expect(count).to_contain_text("5 of 5 match")

    field.press_sequentially("app=web,!canary", delay=15)
    expect(count).to_contain_text("2 of 5 match")
    expect(table).to_contain_text("web-3")
    expect(table).not_to_contain_text("web-2")
    expect(table).to_contain_text("✓ app=web")

    field.press_sequentially(" x", delay=15)
    expect(message).to_contain_text("Not a selector")
    expect(message).to_contain_text("Write: app=web,!canary,x")
    lines = message.locator("pre").inner_text().splitlines()
    assert lines == ["app=web,!canary x", " " * len("app=web,!canary ") + "^"]
    expect(count).to_contain_text("2 of 5 match")
    field.press("Backspace")
    field.press("Backspace")
    expect(count).to_contain_text("2 of 5 match")
    message.locator("pre").wait_for(state="detached")

    facet = box.get_by_role("button", name="frontend (1)", exact=True)
    facet.focus()
    facet.press("Enter")
    expect(count).to_contain_text("1 of 5 matches")
    expect(field).to_have_value("app=web,!canary,tier=frontend")
    chosen = box.get_by_role("button", name="✓ frontend (1)", exact=True)
    assert chosen.evaluate("button => button === document.activeElement")
    chosen.press("Enter")
    expect(count).to_contain_text("2 of 5 match")

    left_out = box.get_by_label("show the 3 left out, and why")
    left_out.focus()
    left_out.press("Space")
    expect(table).to_contain_text("there is no label app")
    box.get_by_label("canary", exact=True).select_option(label="exists (1)")
    expect(count).to_contain_text("1 of 5 matches")
    expect(field).to_have_value("app=web,canary")
    box.get_by_role("button", name="Undo").press("Enter")
    expect(count).to_contain_text("2 of 5 match")
    expect(field).to_have_value("app=web,!canary")

    # every control can be reached with the Tab key alone
    field.focus()
    reached = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
    assert {"Undo", "frontnd (1)", "true (1)", "checkbox"} <= reached

    for name in ("JupyterLab Dark", "JupyterLab Light"):
        theme(page, name)
        seen = "button:not([disabled]), label, input, select, td, th, pre, code"
        visible = [part for part in box.locator(seen).all() if part.is_visible()]
        faint = [part.inner_text() for part in visible if part.evaluate(_CONTRAST) < 4.5]
        assert not faint, (name, faint)

    # on a narrow screen the table scrolls in its frame, and nothing else is wider than the page
    page.set_viewport_size({"width": 640, "height": 1000})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the static preview."""
    explorer = kn.explore(pd.DataFrame({"NAME": ["web-1"], "labels": ["app=web"]}), "app")
    bundle = explorer._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "explorer", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("Label-selector explorer")
    expect(shown).to_contain_text("1 of 1 matches")
    assert re.search(r"✓ yes\s+web-1\s+✓ app=web", shown.inner_text())
    chip = shown.locator("td span", has_text="app=web")
    assert "underline" in chip.evaluate("chip => getComputedStyle(chip).textDecoration")
