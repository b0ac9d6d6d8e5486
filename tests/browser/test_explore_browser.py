"""The explorer in a real JupyterLab, with keys and clicks as a reader makes them."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from accessibility import assert_axe_clean
from pages import ask_kernel

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

GUESTBOOK = "import k8snotes as kn\nkn.explore(kn.load('guestbook'))"
STATES = {
    "everything": "",
    "some": "app=guestbook,tier in (frontend)",
    "nothing": "app=guestbook,tier=frontnd",
    "nothing, and nothing near": "app=guestbook,role=client",
    "no selector": "tier in frontend",
    "no selector, and no repair": "a b c",
    "a long one": "app=guestbook,tier in (frontend,cache,batch,database),track notin (beta,canary),release!=v2,!role",
}
_PLACES = """box => ['query', 'answer', 'caption', 'table', 'facets'].map(name => {
  const place = box.querySelector('.k8snotes-' + name).getBoundingClientRect();
  const top = box.getBoundingClientRect().top;
  return [name, place.x, place.y - top, place.width, place.height].join(' ');
})"""
# every element whose own ground is light, but for the buttons of what is asked
_LIGHT_GROUNDS = """box => [box, ...box.querySelectorAll('*')].filter(element => {
  const [r, g, b, a] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (a ?? 1) > 0 && (r + g + b) / 3 > 128 && !element.classList.contains('on');
}).map(element => element.className + ' ' + getComputedStyle(element).backgroundColor)"""

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
    expect(count).to_contain_text("5 of 5 Pods match")

    field.press_sequentially("app=web,!canary", delay=15)
    expect(count).to_contain_text("2 of 5 Pods match")
    expect(table).to_contain_text("web-3")
    expect(table).not_to_contain_text("web-2")
    expect(table.locator("b.hit")).to_have_text(["web", "web"])

    field.press_sequentially(" x", delay=15)
    expect(message).to_contain_text("Not a selector")
    lines = message.locator("pre").inner_text().splitlines()
    assert lines == ["app=web,!canary x", " " * len("app=web,!canary ") + "^"]
    assert field.evaluate("field => getComputedStyle(field).borderTopWidth") == "2px"
    expect(box.locator(".k8snotes-place")).to_have_text("The table still shows app=web,!canary.")
    expect(table).to_contain_text("web-3")
    repair = box.get_by_role("button", name="Use app=web,!canary,x")
    expect(repair).to_be_visible()
    field.press("Backspace")
    field.press("Backspace")
    expect(count).to_be_visible()
    message.locator("pre").wait_for(state="detached")

    facet = box.get_by_role("button", name="frontend 1", exact=True)
    facet.focus()
    facet.press("Enter")
    expect(count).to_contain_text("1 of 5 Pods matches")
    expect(field).to_have_value("app=web,!canary,tier=frontend")
    chosen = box.get_by_role("button", name="✓ frontend 1", exact=True)
    assert chosen.evaluate("button => button === document.activeElement")
    chosen.press("Enter")
    expect(count).to_contain_text("2 of 5 Pods match")

    left_out = box.get_by_label("show the 3 left out, and why")
    left_out.focus()
    left_out.press("Space")
    expect(table).to_contain_text("there is no label app")
    key = box.get_by_role("button", name="✓ canary not on 2", exact=True)
    key.focus()
    key.press("Enter")
    expect(field).to_have_value("app=web")
    box.get_by_role("button", name="Undo").press("Enter")
    expect(count).to_contain_text("2 of 5 Pods match")
    expect(field).to_have_value("app=web,!canary")

    # every control can be reached with the Tab key alone
    field.focus()
    reached = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
    assert {"Copy", "Undo", "frontnd 1", "✓ canary not on 2", "checkbox"} <= reached
    assert "▸ The same query as YAML and Python" in reached

    for name in ("JupyterLab Dark", "JupyterLab Light"):
        theme(page, name)
        seen = "button:not([disabled]), label, input, select, td, th, pre, code"
        visible = [part for part in box.locator(seen).all() if part.is_visible()]
        faint = [part.inner_text() for part in visible if part.evaluate(_CONTRAST) < 4.5]
        assert not faint, (name, faint)

    # on a narrow screen the table scrolls in its frame, and nothing else is wider than the page
    page.set_viewport_size({"width": 640, "height": 1000})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_it_fits_and_nothing_moves(notebook, theme):
    """On a small screen all of it is in view, and table and facets keep their places whatever is typed, in both themes."""
    page = notebook(GUESTBOOK)
    box = page.locator(".k8snotes-explorer")
    field = box.get_by_label("kubectl get pods -l")
    field.wait_for()
    for width, height, highest in ((1280, 800, 680), (800, 600, 1100)):
        page.set_viewport_size({"width": width, "height": height})
        for name in ("JupyterLab Light", "JupyterLab Dark"):
            theme(page, name)
            places = {}
            for state, text in STATES.items():
                field.fill(text)
                _settled(page)
                places[state] = box.evaluate(_PLACES)
                answer = box.locator(".k8snotes-answer")
                assert answer.evaluate("row => row.scrollHeight <= row.clientHeight"), (width, name, state)
                if name == "JupyterLab Dark":
                    assert not box.evaluate(_LIGHT_GROUNDS), (width, state)
            assert len({tuple(each) for each in places.values()}) == 1, places
            assert box.evaluate("box => box.clientHeight") <= highest
            assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    theme(page, "JupyterLab Light")
    page.set_viewport_size({"width": 1280, "height": 800})
    field.fill(STATES["some"])
    _settled(page)
    facets = box.locator(".k8snotes-facets")
    assert facets.evaluate("box => box.scrollHeight <= box.clientHeight")
    assert facets.evaluate("box => Math.round(box.getBoundingClientRect().width)") == 196


def test_what_was_meant_is_one_click_away(notebook, expect):
    """Where nothing matches a button writes the nearest value; where the text is wrong one repairs it; Undo goes back."""
    page = notebook(GUESTBOOK)
    box = page.locator(".k8snotes-explorer")
    field = box.get_by_label("kubectl get pods -l")
    field.fill(STATES["nothing"])
    count, table = box.locator(".k8snotes-count"), box.locator(".k8snotes-table")
    expect(count).to_contain_text("0 of 9 Pods match")
    expect(count).to_contain_text("Nothing matches tier=frontnd. Did you mean tier=frontend? It matches 4.")
    expect(box.locator(".k8snotes-place")).to_contain_text("The table shows the 8 that match app=guestbook.")
    expect(table.locator("tbody tr")).to_have_count(8)
    box.get_by_role("button", name="Use tier=frontend").press("Enter")
    expect(count).to_contain_text("4 of 9 Pods match")
    expect(field).to_have_value("app=guestbook,tier=frontend")
    expect(field).to_be_focused()
    field.fill("tier in frontend")
    box.get_by_role("button", name="Use tier in (frontend)").click()
    expect(field).to_have_value("tier in (frontend)")
    expect(count).to_contain_text("4 of 9 Pods match")
    for text in ("app=guestbook,tier=frontend", STATES["nothing"], ""):
        box.get_by_role("button", name="Undo").click()
        expect(field).to_have_value(text)
    assert box.get_by_role("button", name="Undo").is_disabled()


def test_the_query_is_copied(notebook, context, expect):
    """Copy puts the command on the clipboard; on a page without one it marks the command and copies what is marked."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = notebook(GUESTBOOK)
    box = page.locator(".k8snotes-explorer")
    field = box.get_by_label("kubectl get pods -l")
    field.fill("tier=cache")
    command = "kubectl get pods -l 'tier=cache' -A"
    expect(box.locator(".sel")).to_have_text(command)
    copy = box.get_by_role("button", name="Copy")
    copy.press("Enter")
    expect(box.get_by_role("button", name="✓ Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command
    expect(copy).to_be_visible()
    page.evaluate("navigator.clipboard.writeText('other')")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    copy.click()
    expect(box.get_by_role("button", name="✓ Copied")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == command
    page.evaluate("delete navigator.clipboard")
    assert page.evaluate("navigator.clipboard.readText()") == command
    # by hand: one click marks all of it
    page.evaluate("getSelection().removeAllRanges()")
    box.locator(".sel").click()
    assert page.evaluate("getSelection().toString()") == command


@pytest.mark.parametrize("state", ["some", "nothing", "no selector"])
def test_everybody_can_use_it(notebook, state):
    """axe finds no fault in any state: rows that are left out, and all that is folded, included."""
    page = notebook(GUESTBOOK)
    box = page.locator(".k8snotes-explorer")
    box.get_by_label("show the 0 left out, and why").check()
    box.get_by_role("button", name="4 keys set by controllers").click()
    box.get_by_role("button", name="The same query as YAML and Python").click()
    box.get_by_label("kubectl get pods -l").fill(STATES[state])
    _settled(page)
    assert_axe_clean(page, ".k8snotes-explorer")


def _settled(page) -> None:
    """Wait until the kernel has taken what stands in the field, and the page what the kernel has made of it."""
    page.wait_for_timeout(300)
    ask_kernel(page, "pass")
    page.wait_for_timeout(100)


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
    expect(shown).to_contain_text("1 of 1 Pods matches")
    assert re.search(r"✓\s+web-1\s+web", shown.inner_text())
    assert int(shown.locator("td b.hit").evaluate("hit => getComputedStyle(hit).fontWeight")) >= 700
