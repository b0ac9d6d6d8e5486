"""Languages in a real browser: one running notebook that changes its language, and every figure in a long one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import k8snotes as kn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from pseudo import NAME, folder, left_in, speaking
from views import views

pytestmark = pytest.mark.browser

SAID = re.compile("⟦.*⟧")


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


SHOW = """
from IPython.display import display
display(figure, c.play(), kn.check("01-service/2", "no"))
try:
    kn.Selector("a in")
except kn.SelectorSyntaxError as error:
    print("HINT", error.hint)
try:
    c["pod/fronted"]
except kn.NotFoundError as error:
    print("ERROR", error)
"""


def test_one_notebook_changes_its_language(notebook, expect, tmp_path):
    """Caption, outline, alternative text, hint, controls and errors change with kn.language(), there and back."""
    begin = f"""
import k8snotes as kn
from pathlib import Path
from k8snotes import catalogue
catalogue.FOLDERS.append(Path({str(folder(tmp_path))!r}))
c = kn.load("guestbook")
figure = c.service_map()
"""
    page = notebook(begin, SHOW, f'kn.language("{NAME}")\n' + SHOW, 'kn.language("en")\n' + SHOW)
    cells = page.locator(".jp-CodeCell")
    for number, pseudo in ((1, False), (2, True), (3, False)):
        cell = cells.nth(number)
        cell.scroll_into_view_if_needed()
        figure = cell.locator("figure").first
        says = expect(figure.locator("figcaption"))
        (says.to_contain_text if pseudo else says.not_to_contain_text)("⟦")
        for text in (
            figure.locator("img").get_attribute("alt"),
            figure.locator("figcaption").inner_text(),
            figure.locator("summary").inner_text(),
            cell.locator(".k8snotes-player button").first.inner_text(),
            cell.locator(".k8snotes-player-line").inner_text(),
            *re.findall("(?:HINT|ERROR) (.*)", cell.inner_text()),
        ):
            assert bool(SAID.search(text)) is pseudo, text


MEASURE = """() => {
  const found = [];
  for (const node of document.querySelectorAll('svg g.node, svg g.cluster')) {
    const frames = [...node.querySelectorAll('polygon, path')].map(shape => shape.getBoundingClientRect());
    if (!frames.length) continue;
    const right = Math.max(...frames.map(box => box.right)), left = Math.min(...frames.map(box => box.left));
    for (const text of node.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.right > right + 2 || box.left < left - 2)
        found.push(`${text.textContent}: ${Math.round(box.left)}-${Math.round(box.right)} of ${Math.round(left)}-${Math.round(right)}`);
    }
  }
  const whole = document.querySelector('svg').getBoundingClientRect();
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBoundingClientRect();
    if (box.right > whole.right + 1 || box.bottom > whole.bottom + 1 || box.left < whole.left - 1)
      found.push(`${text.textContent} leaves the picture`);
  }
  return found;
}"""


def figures():
    """One of each figure, by the name of what was asked."""
    c = kn.load("guestbook")
    seen = set()
    for name, view in views(c):
        kind = re.sub(r"\(.*", "", name)
        if kind in seen or name.startswith(("get ", "describe ", "object", "explore")):
            continue
        figure = view()
        if hasattr(figure, "svg"):
            seen.add(kind)
            yield kind, figure


def test_every_figure_has_room_for_a_longer_language(context, tmp_path):
    """In a language 40 % longer with wide letters, no text leaves its box or the picture."""
    page = context.new_page()
    wrong = {}
    with speaking(tmp_path):
        for name, figure in figures():
            assert "⟦" in figure.svg, name
            page.set_content(f"<html><body style='margin:0'>{figure.svg}</body></html>")
            if found := page.evaluate(MEASURE):
                wrong[name] = found[:5]
    page.close()
    assert not wrong, wrong
    assert left_in("⟦ŧ⟧ web", {"web"}) == []
