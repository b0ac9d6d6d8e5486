"""Every chapter in a real JupyterLab: opened as a stranger opens it, run from top to bottom, used with the keyboard.

One page a chapter. The tests of a chapter run in the order of this file: first what a notebook shows that is not
trusted and has not run, then what it shows after Run All. With K8SNOTES_SCREENSHOTS=FOLDER each chapter is also
photographed, before and after, in the light and in the dark theme.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from execute_notebooks import veil_of
from lessons import NOTEBOOKS, PREVIEW, is_hidden, notebooks
from pages import ask_kernel, change_theme, open_notebook, photograph, run_all
from widget_walks import WALKS, form_of

pytestmark = pytest.mark.browser

PATHS = notebooks()
THEMES = ("JupyterLab Light", "JupyterLab Dark")
OURS = (".jp-OutputArea-output", ".jp-RenderedMarkdown")
WIDE, ZOOMED = {"width": 1280, "height": 1000}, {"width": 640, "height": 500}  # 200 % of 1280 is 640 wide

# an image, or the drawing that it has put in its own place
_PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg.knp')]
  .filter(part => getComputedStyle(part).display !== 'none')
  .map(part => ({
    wide: part.naturalWidth ?? part.viewBox.baseVal.width, alt: part.alt ?? part.querySelector('desc').textContent,
    broken: part.complete === false, shown: part.getBoundingClientRect().width,
    words: part.closest('figure')?.querySelector('details pre')?.textContent.length ?? 0,
    widget: part.closest('[class*="k8snotes-"]') !== null,
  }))"""
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === 'code').map(cell => {
    const area = cell.node.querySelector('.jp-OutputArea');
    return {
      id: cell.model.sharedModel.id, count: cell.model.sharedModel.execution_count,
      text: area?.innerText ?? '', html: area?.innerHTML.length ?? 0,
      images: area?.querySelectorAll('img').length ?? 0, tables: area?.querySelectorAll('table').length ?? 0,
      errors: area?.querySelectorAll('[data-mime-type="application/vnd.jupyter.error"]').length ?? 0,
      stderr: area?.querySelectorAll('[data-mime-type="application/vnd.jupyter.stderr"]').length ?? 0,
    };
  })"""
# what of ours is wider than the room it has, and nothing there can be scrolled
_CUT_OFF = """ours => [...document.querySelectorAll(ours)].flatMap(output => [output, ...output.querySelectorAll('*')])
  .filter(part => {
    const style = getComputedStyle(part);
    return part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0 && style.display !== 'inline'
      && ['hidden', 'clip'].includes(style.overflowX) && !['INPUT', 'TEXTAREA', 'SELECT'].includes(part.tagName)
      && style.position !== 'absolute';
  }).map(part => part.className + ': ' + part.textContent.slice(0, 60))"""
_BEYOND = """() => {
  const room = document.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();
  const scrolls = part => part && ['auto', 'scroll'].includes(getComputedStyle(part).overflowX);
  return [...document.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output table, .widget-hbox > *')]
    .filter(part => part.getBoundingClientRect().right > room.right + 1)
    .filter(part => { for (let up = part; up; up = up.parentElement) {
        if (up.classList?.contains('jp-WindowedPanel-outer')) return true;
        if (up !== part && scrolls(up)) return false; } return true; })
    .map(part => part.tagName + ' ' + part.className + ' ' + (part.alt ?? part.textContent).slice(0, 60));
}"""
_UNANSWERED = ("No answer yet", "还没有作答")
_LOOKS = """part => { const s = getComputedStyle(part); return [s.outlineStyle, s.outlineWidth, s.outlineColor,
  s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine].join('|'); }"""
_STOP = """box => { const part = document.activeElement; if (!box.contains(part)) return null;
  const place = part.getBoundingClientRect();
  const scrolled = document.querySelector('.jp-WindowedPanel-outer').scrollTop;
  return {name: part.textContent || part.type || part.className, top: place.top + scrolled,
          bottom: place.bottom + scrolled, left: place.left, tabindex: part.tabIndex}; }"""


@dataclass(frozen=True)
class Chapter:
    """A chapter on its page."""

    path: Path
    page: object

    @property
    def cells(self) -> list[dict[str, object]]:
        """The code cells of the file."""
        book = nbformat.read(self.path, as_version=4)
        return [cell for cell in book.cells if cell.cell_type == "code"]

    def widgets(self):
        """The outermost boxes of our widgets, each with the class that says which it is."""
        found = []
        for name in {name for row in self.page.locator('[class*="k8snotes-"]').all() for name in _kinds(row)}:
            found += [(name, number, box) for number, box in enumerate(self.page.locator(f".{name}").all())]
        return found


def _kinds(row) -> list[str]:
    """The classes of a box that say that it is one of our widgets, not a part of one."""
    outermost = row.evaluate("box => !box.parentElement.closest('[class*=\"k8snotes-\"]')")
    return re.findall(r"k8snotes-[a-z-]+", row.get_attribute("class")) if outermost else []


def _called(path: Path) -> str:
    """Return the name of a chapter, with its language before it where that is not English."""
    return path.stem if path.parent == NOTEBOOKS else f"{path.parent.name}-{path.stem}"


@pytest.fixture(
    scope="module",
    # the tests of a chapter run one after the other, in one process
    params=[
        pytest.param(path, marks=pytest.mark.xdist_group(_called(path)), id=_called(path)) for path in PATHS
    ],
)
def opened(request, lab, context) -> Iterator[Chapter]:
    """A chapter that was copied to this machine and opened, and nothing more."""
    for left in lab.folder.glob(".k8snotes*"):
        left.unlink()  # answers that were given in other tests are kept there
    name = f"{_called(request.param)}.ipynb"
    shutil.copy(request.param, lab.folder / name)
    page = open_notebook(context, lab, name)
    page.set_viewport_size(WIDE)
    yield Chapter(request.param, page)
    page.close()


@pytest.fixture(scope="module")
def ran(opened) -> Chapter:
    """The chapter after Run All."""
    run_all(opened.page)
    return opened


# ipywidgets gives the handle of a slider no name, and no way to give it one. It may be without where a control that
# has a name does the same: a number in the same row, or the buttons that step through what the slider runs through.
_BESIDE = """handle => {
  const named = part => part && part.labels?.length > 0 && part.labels[0].textContent.trim() !== '';
  if (!handle.classList.contains('noUi-handle')) return false;
  const row = handle.closest('.widget-slider').parentElement;
  if (named(row.querySelector('input[type=number]'))) return true;
  const box = handle.closest('.k8snotes-player, .k8snotes-scaler, .k8snotes-walker');
  return [...(box?.querySelectorAll('button') ?? [])].some(button => button.textContent.trim().endsWith('›'));
}"""


def _named_beside(page, target: str) -> bool:
    return page.locator(target).first.evaluate(_BESIDE)


def _axe(page) -> list[str]:
    """Return what axe-core finds serious or critical, in words."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(
        page, context={"include": [[part] for part in OURS]}, options={"resultTypes": ["violations"]}
    ).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not (rule["id"] == "aria-input-field-name" and _named_beside(page, node["target"][-1]))
    ]


def _all_pictures(page) -> list[dict[str, object]]:
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-OutputArea-output img')].every(i => i.complete)"
    )
    return page.evaluate(_PICTURES)


def _is_seen(pictures) -> None:
    for picture in pictures:
        assert picture["wide"] > 0, picture
        assert picture["shown"] > 0, picture
        assert len(picture["alt"].encode()) > 30, picture
        # a widget says in its own lines what its picture shows
        assert picture["words"] > 30 or picture["widget"], picture


def _bundle(cell) -> str:
    return "".join(str(output.get("data", {}).get("text/html", "")) for output in cell.outputs)


def test_a_stranger_sees_everything(opened):
    """Before it is trusted or run, a chapter shows every picture, table and preview, and what was printed.

    What answers a prediction is hidden until its cell is run.
    """
    page = opened.page
    page.wait_for_selector(".jp-OutputArea-output img")
    pictures = _all_pictures(page)
    seen = {cell["id"]: cell for cell in page.evaluate(_CELLS)}
    open_ = [cell for cell in opened.cells if not is_hidden(cell)]
    assert len(pictures) == sum(_bundle(cell).count("<img ") for cell in open_)
    _is_seen(pictures)
    for cell in open_:
        html, there = _bundle(cell), seen[cell.id]
        assert there["images"] == html.count("<img "), cell.source
        assert there["tables"] == len(re.findall(r"<table\b", html)), cell.source
        if PREVIEW in html:
            assert there["text"].strip(), cell.source
        for output in cell.outputs:
            if output.output_type == "stream":
                assert output.text.split()[0] in there["text"], cell.source
    photograph(page, f"{_called(opened.path)}-stranger")


_DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
_HIDDEN = """() => window.jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.outputHidden).map(cell => ({
  id: cell.model.sharedModel.id, text: cell.node.querySelector('.jp-Cell-outputWrapper').innerText.trim() }))"""


def test_what_is_only_opened_is_not_changed(opened):
    """A chapter that was opened, and whose kernel has started, has nothing to save."""
    ask_kernel(opened.page, "1")
    opened.page.wait_for_timeout(300)
    assert not opened.page.evaluate(_DIRTY)


def test_what_answers_a_prediction_is_not_seen(opened):
    """In a chapter that has not been run, a hidden output shows a line that gives nothing away, and no answer."""
    hidden = {cell["id"]: cell["text"] for cell in opened.page.evaluate(_HIDDEN)}
    wanted = [cell.id for cell in opened.cells if is_hidden(cell)]
    assert sorted(hidden) == sorted(wanted)
    for text in hidden.values():
        assert re.sub(r"[\s•\u22ef\u2026]", "", text) in (
            "",
            re.sub(r"\s", "", veil_of(opened.path)),
        ), text


def test_run_all_meets_no_error(ran, lab):
    """Run All goes to the end: errors only where they are meant, "No answer yet" at exercises, no file left behind."""
    assert not list(lab.folder.glob(".k8snotes*"))
    seen = {cell["id"]: cell for cell in ran.page.evaluate(_CELLS)}
    for cell in ran.cells:
        there, tags = seen[cell.id], cell.metadata.get("tags", [])
        meant = "raises-exception" in tags
        assert there["count"], cell.source
        assert bool(there["errors"] + there["stderr"]) == meant, (cell.source, there["text"])
        if "exercise" in tags:
            assert any(words in there["text"] for words in _UNANSWERED), cell.source
    pictures = _all_pictures(ran.page)
    assert len(pictures) >= sum(_bundle(cell).count("<img ") for cell in ran.cells)
    _is_seen(pictures)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious(ran, theme):
    """axe-core finds nothing serious or critical in what a chapter says and shows, widgets included."""
    page = ran.page
    page.set_viewport_size(WIDE)
    change_theme(page, theme)
    photograph(page, f"{_called(ran.path)}-{theme.split()[-1]}")
    page.set_viewport_size(WIDE)
    found = _axe(page)
    change_theme(page, THEMES[0])
    assert not found, "\n".join(found)


def test_widgets_obey_the_keyboard(ran):
    """Each widget, used with keys alone, shows what the plain function returns; its stops come in reading order."""
    page = ran.page
    page.set_viewport_size(WIDE)
    expected = json.loads(ran.path.read_text(encoding="utf-8"))
    previews = sum(
        PREVIEW in _bundle(nbformat.from_dict(cell))
        for cell in expected["cells"]
        if cell["cell_type"] == "code"
    )
    widgets = ran.widgets()
    assert len(widgets) == previews
    walked = set()
    for name, number, box in widgets:
        form = name, form_of(box) if name == "k8snotes-ask" else number
        if form in walked:
            continue  # of the questions that are answered in the same way, one
        walked.add(form)
        _stops(page, box)
        if ran.path.parent != NOTEBOOKS:
            continue  # the walks press buttons by their English names
        assert name in WALKS, f"the widget {name} has no walk yet: tests/browser/widget_walks.py"
        find = (
            f"_boxes = [item for item in Out.values() if {name!r} in getattr(item, '_dom_classes', ())]\n"
            f"widget = _boxes[{number}]\n"
        )
        ask_kernel(page, find)
        WALKS[name](page, box, lambda code: ask_kernel(page, code))


def _stops(page, box) -> None:
    """Go through a widget with the Tab key: one stop after the other in reading order, and one sees where one is."""
    box.scroll_into_view_if_needed()
    box.locator("input, button:enabled, select, [tabindex]").locator("visible=true").first.focus()
    page.keyboard.press("Tab")  # from now on the browser shows the focus as it does to whom has no mouse
    page.keyboard.press("Shift+Tab")
    before = {"top": -1.0, "left": -1.0}
    for number in range(80):
        stop = box.evaluate(_STOP)
        if stop is None:
            assert number > 1
            return
        assert stop["tabindex"] <= 0, stop
        # on the same line or below, or in the next column
        assert stop["bottom"] > before["top"] or stop["left"] > before["left"], f"{stop} comes after {before}"
        before = stop
        there = page.evaluate_handle("() => document.activeElement")
        focused = there.evaluate(_LOOKS)
        there.evaluate("part => part.blur()")
        assert there.evaluate(_LOOKS) != focused, f"one does not see the focus: {stop}"
        there.evaluate("part => part.focus()")
        page.keyboard.press("Tab")
    pytest.fail("the Tab key does not lead out of the widget")


def test_nothing_is_cut_off_at_200_percent(ran):
    """At 200 % everything of ours fits, or scrolls in a frame of its own."""
    page = ran.page
    page.set_viewport_size(ZOOMED)
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    page.wait_for_timeout(200)
    cut, beyond = page.evaluate(_CUT_OFF, ", ".join(OURS)), page.evaluate(_BEYOND)
    page.evaluate("() => window.jupyterapp.shell.expandLeft()")
    page.set_viewport_size(WIDE)
    assert not cut, "\n".join(cut)
    assert not beyond, "\n".join(beyond)
