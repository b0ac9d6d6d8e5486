"""Figures in a browser: measured as they are drawn, live where they were run, an image where nobody trusts them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from accessibility import assert_axe_clean
from pictures import SIZES, figures

import k8snotes as kn
from k8snotes.figures.layout import HIGHEST, WIDEST

pytestmark = pytest.mark.browser

CELL = """
import k8snotes as kn
c = kn.load("guestbook")
c.service_map()
"""
# for each drawing: its size, its letters under 12 pixels, letters that leave their frame or the drawing, and letters
# that lie over others, as the browser has drawn them
MEASURE = """() => [...document.querySelectorAll('svg.knp')].map(svg => {
  const room = svg.getBoundingClientRect(), wrong = [];
  const texts = [...svg.querySelectorAll('text')].map(node => {
    const box = node.getBoundingClientRect();
    return {node, words: node.textContent, left: box.left, right: box.right, top: box.top, bottom: box.bottom,
            size: parseFloat(getComputedStyle(node).fontSize), line: parseFloat(node.getAttribute('y'))};
  }).filter(text => text.words.trim());
  const frames = [...svg.querySelectorAll('g > rect')].map(node => node.getBoundingClientRect());
  for (const text of texts) {
    if (text.size < 12) wrong.push(`${text.words}: ${text.size} px`);
    if (text.left < room.left - 1 || text.right > room.right + 1) wrong.push(`${text.words}: leaves the drawing`);
    for (const frame of frames)
      if (text.left >= frame.left && text.left <= frame.right && text.top >= frame.top - 1 && text.bottom <= frame.bottom + 4
          && text.right > frame.right + 1) wrong.push(`${text.words}: leaves its frame`);
  }
  for (const [at, one] of texts.entries())
    for (const other of texts.slice(at + 1))
      if (one.line === other.line && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1.5)
        wrong.push(`${one.words}: over ${other.words}`);
  return {wide: room.width, high: room.height, wrong};
})"""


@pytest.fixture
def page(context):
    """A page as wide as a cell of a notebook at 1280 pixels."""
    page = context.new_page()
    yield page
    page.close()


def shown(htmls: list[str], *, light: bool) -> str:
    """A page of some figures, each in a cell's width."""
    theme = str(light).lower()
    return (
        f'<!DOCTYPE html><html lang="en"><title>figures</title><body data-jp-theme-light="{theme}">'
        f'<main style="width:828px">{"".join(htmls)}</main></body></html>'
    )


@pytest.mark.parametrize("size", SIZES)
def test_figures_are_drawn_as_they_were_measured(page, size: str) -> None:
    """In both themes: nothing is larger than a cell, smaller than 12 pixels, cut off, or lies over something else."""
    named = [(name, make().html) for name, make in figures(size)]
    for light in (True, False):
        page.set_content(shown([html for _name, html in named], light=light), timeout=60_000)
        page.wait_for_function("() => !document.querySelector('img[onload]:not([style*=none])')")
        found = page.evaluate(MEASURE)
        assert len(found) == len(named)
        for (name, _html), drawing in zip(named, found, strict=True):
            assert drawing["wrong"] == [], name
            assert drawing["wide"] <= WIDEST + 4, name
            assert drawing["high"] <= HIGHEST + 4, name


def test_a_dark_page_has_no_light_patch(page) -> None:
    """Each ground and each letter of a drawing has the colour of the dark theme."""
    page.set_content(shown([kn.load("guestbook").service_map().html], light=False))
    page.wait_for_selector("svg.knp")
    grounds = page.evaluate(
        """() => [...document.querySelectorAll('svg.knp rect, svg.knp text')].map(node => {
          const [r, g, b] = getComputedStyle(node).fill.match(/\\d+/g).map(Number);
          return [node.tagName, (r * 299 + g * 587 + b * 114) / 1000];
        })"""
    )
    assert grounds
    assert all(light < 90 if name == "rect" else light > 110 for name, light in grounds)


def lit(page) -> dict[str, float]:
    """How opaque the box of each object of a drawing is."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('svg.knp [data-ref]')]
          .map(group => [group.dataset.ref, parseFloat(getComputedStyle(group).opacity)]))"""
    )


def test_pointing_at_a_service_lights_up_its_pods(page) -> None:
    """By pointer and by keyboard: what belongs to it stays, the rest fades, and a line says what it is."""
    page.set_content(shown([kn.load("guestbook").service_map().html], light=True))
    page.wait_for_selector("svg.knp")
    assert set(lit(page).values()) == {1}
    page.hover('svg.knp [data-ref="service/cache"] text')
    now = lit(page)
    assert now["service/cache"] == now["deployment/cache"] == 1
    assert now["service/frontend"] == now["deployment/frontend"] == pytest.approx(0.25)
    assert page.locator(".says").inner_text().startswith("Service cache: selects 2 Pods")
    page.mouse.move(900, 5)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.ref") == "service/cache"
    assert lit(page)["service/frontend"] == pytest.approx(0.25)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.ref") == "service/frontend"
    assert page.locator(".says").inner_text().startswith("Service frontend: selects 4 Pods")
    assert lit(page)["service/cache"] == pytest.approx(0.25)


def test_a_figure_that_was_run_is_live(notebook, context) -> None:
    """In JupyterLab the drawing stands in the cell: its text can be selected, and a click on a name copies it."""
    page = notebook(CELL)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_selector(".jp-OutputArea-output svg.knp")
    assert (
        page.evaluate(
            "getComputedStyle(document.querySelector('.jp-OutputArea-output figure.kn img')).display"
        )
        == "none"
    )
    address = page.locator("svg.knp text", has_text="10.96.1.2").first
    address.click(click_count=3)
    assert "10.96.1.2" in page.evaluate("getSelection().toString()")
    page.locator('svg.knp [data-ref="service/cache"] text.name').click()
    page.wait_for_function("() => navigator.clipboard.readText().then(text => text === 'service/cache')")
    # Enter on the box that has the focus does the same
    page.locator('svg.knp [data-ref="service/frontend"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => navigator.clipboard.readText().then(text => text === 'service/frontend')")
    assert_axe_clean(page, ".jp-OutputArea-output figure")


def test_a_figure_that_is_not_trusted_is_an_image(notebook, tmp_path) -> None:
    """Opened for the first time, the image with its caption and its words stands there, and nothing of the drawing."""
    import nbformat

    figure = kn.load("guestbook").service_map()
    output = nbformat.v4.new_output(
        "display_data", data={"text/html": figure.html, "text/plain": figure.text}
    )
    cell = nbformat.v4.new_code_cell("c.service_map()", execution_count=1, outputs=[output])
    path = tmp_path / "untrusted.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    page = notebook(path=path, run=False)
    page.wait_for_selector(".jp-OutputArea-output figure img")
    assert page.locator(".jp-OutputArea-output svg").count() == 0
    assert page.evaluate("document.querySelector('.jp-OutputArea-output figure img').naturalWidth") > 800
    words = page.locator(".jp-OutputArea-output figure").inner_text()
    assert words.startswith("✓ Every Service has a ready Pod")
    assert "Point at a box" not in words
    assert "10.96.1.2:6379" not in words.split("The picture in words")[0]
