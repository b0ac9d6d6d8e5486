"""The site in a real browser: the pages to read, and the edition that runs with no server but one for files.

The site is built once for all these tests, or taken from the folder K8SNOTES_SITE. Whatever a page asks of another
address fails its test (`nothing_leaves`). The edition that runs is tried with a few chapters, and with all of them
where K8SNOTES_SITE_CHAPTERS=all: that is `make site-test`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from lessons import NOTEBOOKS, notebooks
from running import (
    ask_python,
    assert_same_answers,
    edition,
    nothing_solved,
    open_running,
    run_everything,
    sent,
)
from widget_walks import WALKS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

SOME = ("00-start-here", "06-labels", "13-ways-in-and-walls")
PAGES = (
    "index",
    "chapters/06-labels",
    "gallery",
    "helpers/index",
    "helpers/load",
    "glossary",
    "teachers",
    "sources",
)
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
KEY = "k8snotes-progress"
# what goes beyond the page, and is in no box that scrolls
_BEYOND = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = part => part && ['auto', 'scroll', 'hidden'].includes(getComputedStyle(part).overflowX);
  return [...document.querySelectorAll('main *, article *')].filter(part => {
    const place = part.getBoundingClientRect();
    if (place.width === 0 || place.right <= wide + 1) return false;
    for (let up = part.parentElement; up && up !== document.body; up = up.parentElement) if (scrolls(up)) return false;
    return true;
  }).map(part => `${part.tagName} ${part.className} ${part.textContent.trim().slice(0, 60)}`);
}"""


def _called(path: Path) -> str:
    return path.relative_to(NOTEBOOKS).with_suffix("").as_posix()


def _tried() -> list[Path]:
    everything = os.environ.get("K8SNOTES_SITE_CHAPTERS") == "all"
    return [path for path in notebooks() if everything or path.stem in SOME]


@pytest.fixture
def page(context) -> Iterator[object]:
    """A page, closed at the end; what its scripts complain of fails the test."""
    page = context.new_page()
    page.set_viewport_size(WIDE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints, complaints


# ---- the pages to read


@pytest.mark.parametrize("language", ["", "zh/"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_can_be_used_by_everybody(site, page, name, language):
    """Nothing is missing on a page, nothing goes beyond a narrow window, and axe finds nothing in light and dark."""
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{site.address}{language}{name}.html")
    assert page.locator("html").get_attribute("lang").startswith("zh" if language else "en")
    page.set_viewport_size(NARROW)
    assert page.evaluate(_BEYOND) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.set_viewport_size(WIDE)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.body.dataset.theme = theme; }", theme)
        page.wait_for_timeout(300)  # colours fade
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        wrong = [f"{theme}: {rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
        assert not wrong, "\n".join(wrong)
    assert not missing


@pytest.mark.parametrize(("language", "query", "found"), [("", "selector", "06"), ("zh/", "选择器", "06")])
def test_the_search_needs_no_server(site, page, language, query, found):
    """The search of both languages finds a word in the chapter that explains it."""
    page.goto(f"{site.address}{language}search.html?q={query}")
    page.wait_for_selector("#search-results li a")
    addresses = page.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
    assert any(f"chapters/{found}-" in address for address in addresses), addresses


@pytest.mark.parametrize("language", ["", "zh/"])
def test_every_link_leads_somewhere(site, language):
    """Each link and picture of each page is there, and each chapter's page leads to its notebook in the running edition."""
    import html5lib

    wrong = []
    for path in sorted((site.folder / language).glob("**/*.html")):
        if "run/" in path.relative_to(site.folder).as_posix() or (
            not language and path.is_relative_to(site.folder / "zh")
        ):
            continue
        tree = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
        for tag, attribute in (("a", "href"), ("img", "src"), ("script", "src"), ("link", "href")):
            for part in tree.iter(tag):
                wrong += _broken(site.folder, path, str(part.get(attribute) or ""))
    assert not wrong, wrong[:20]


def _broken(site: Path, page: Path, address: str) -> list[str]:
    """Return a link of a page, with the page, if it is of this site and leads to nothing."""
    from urllib.parse import parse_qs, unquote, urlsplit

    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return []
    target = (page.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target /= "index.html"
    there = target.is_file()
    asked = parse_qs(parts.query).get("path")
    if there and asked and "/run/" in target.as_posix():
        there = (edition(site) / "files" / asked[0]).is_file()
    return [] if there else [f"{page.relative_to(site)}: {address}"]


# ---- the edition that runs


@dataclass
class Ran:
    """A chapter in the running edition after one Run All, and its code cells as they were then."""

    path: Path
    page: object
    cells: list[dict]
    asked: frozenset[str]  # the addresses of what was fetched for it


@pytest.fixture(scope="module", params=_tried(), ids=_called)
def ran(request, site, context, traffic) -> Iterator[Ran]:
    """A chapter after one Run All, by a reader who has solved nothing yet."""
    opened = open_running(context, site.address, site.folder, f"{_called(request.param)}.ipynb")
    nothing_solved(opened)
    cells = run_everything(opened)
    yield Ran(request.param, opened, cells, frozenset(traffic.asked))
    opened.close()


def test_a_chapter_gives_the_same_answers(ran):
    """After one Run All every cell of a chapter has run, and says and shows what the committed notebook has, byte for byte."""
    assert_same_answers(ran.path, ran.cells)


def test_a_chapter_costs_at_most_24_megabytes(site, ran):
    """What is fetched until the last cell has run, pandas included, is small, compressed as a server sends it."""
    whole = sum(map(sent, {site.folder / unquote(urlsplit(url).path).lstrip("/") for url in ran.asked}))
    assert 10_000_000 < whole <= 24_000_000


def test_each_sort_of_widget_works(ran):
    """Explorer, player, scaler, walker, sizer and questions do by the keyboard what they do in JupyterLab."""
    if ran.path.parent != NOTEBOOKS:
        return  # the walks press buttons by their English names
    for name, walk in WALKS.items():
        box = ran.page.locator(f".{name}").first
        if box.count():
            find = (
                f"_boxes = [item for item in Out.values() if {name!r} in getattr(item, '_dom_classes', ())]"
            )
            ask_python(ran.page, f"{find}\nwidget = _boxes[0]\n")
            walk(ran.page, box, lambda code: ask_python(ran.page, code))


@pytest.fixture(scope="module")
def labels(site, context) -> Iterator[object]:
    """Chapter 06 in the running edition, and nothing of it run."""
    opened = open_running(context, site.address, site.folder, "06-labels.ipynb")
    yield opened
    opened.close()


def test_pandas_is_fetched_when_a_table_is_asked_for_and_the_page_says_so(labels, traffic):
    """A picture and a question need no pandas; the first table fetches it, once, and the line at the foot names it."""
    fetched = lambda: [url for url in traffic.asked if "/pandas-" in url]  # noqa: E731
    ask_python(labels, "import k8snotes as kn\nc = kn.load('guestbook')")
    assert "<figure" in ask_python(labels, "print(c.service_map()._repr_mimebundle_()['text/html'])")
    ask_python(labels, "kn.ask('06-labels/recall')")
    assert not fetched()
    labels.evaluate(
        """() => { window.heard = []; new BroadcastChannel('k8snotes').onmessage = ({data}) => window.heard.push(data); }"""
    )
    assert "frontend" in ask_python(labels, "print(c.get('pods'))")
    assert [word for word in labels.evaluate("window.heard") if "pandas" in word] == ["fetching pandas"]
    once = len(fetched())
    assert once
    ask_python(labels, "import pandas\nc.get('services')")
    assert len(fetched()) == once


def test_what_is_solved_is_there_after_a_reload_and_on_the_pages_to_read(site, context, labels):
    """An answer is kept in the browser: after a reload the notebook knows it, and the page to read has it, too."""
    exercise = "06-labels/1"
    from k8snotes.course.chapters import exercises

    right = exercises("06-labels")[exercise].right()
    assert "right" in ask_python(
        labels, f"import k8snotes as kn\nprint(kn.check({exercise!r}, {right!r}).status)"
    )
    labels.wait_for_function(
        "([key, name]) => JSON.parse(localStorage.getItem(key) ?? '{}').exercises?.[name] === 'right'",
        arg=[KEY, exercise],
    )
    again = open_running(context, site.address, site.folder, "06-labels.ipynb")
    said = ask_python(
        again, "import k8snotes as kn\nprint(dict(kn.progress('06').chapters[0].exercises)['06-labels/1'])"
    )
    again.close()
    assert said.strip() == "solved"
    read = context.new_page()
    read.goto(f"{site.address}chapters/06-labels.html")
    told = json.loads(read.evaluate("key => localStorage.getItem(key)", KEY))
    read.close()
    assert told["exercises"][exercise] == "right"


def test_a_notebook_that_was_changed_can_be_started_afresh(site, context):
    """A changed notebook stays changed after a reload, until its reader asks for the one of the site."""
    opened = open_running(context, site.address, site.folder, "01-service.ipynb")
    first = "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.getSource()"
    whole = opened.evaluate(first)
    opened.evaluate(
        """async () => { const widget = window.jupyterapp.shell.currentWidget;
        widget.content.model.cells.get(0).sharedModel.setSource('mine'); await widget.context.save(); }"""
    )
    opened.close()
    again = open_running(context, site.address, site.folder, "01-service.ipynb")
    assert again.evaluate(first) == "mine"
    again.on("dialog", lambda dialog: dialog.accept())
    with again.expect_navigation():
        again.locator("#k8snotes-status button").click()
    again.wait_for_function(
        "whole => window.jupyterapp?.shell?.currentWidget?.context?.isReady && "
        "window.jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.getSource() === whole",
        arg=whole,
    )
    again.close()


def test_a_cell_that_fails_on_purpose_stops_no_other_and_another_error_does(labels):
    """Errors of k8snotes are answers, so Run All goes on; any other error still stops, as a reader expects."""
    said = ask_python(labels, "import k8snotes as kn\nkn.Selector('a in')")
    assert "SelectorSyntaxError" in said
    assert "ZeroDivisionError" in ask_python(labels, "1 / 0")
    assert ask_python(labels, "%%kubectl --cluster nobody apply -f -\n  - a:\n b") is not None


def test_python_starts_compiled_and_asks_the_notebooks_folder_last(labels):
    """What every start needs is compiled, and no import asks the notebook's folder before all others."""
    where = "import sys, json, k8snotes.cluster\nprint([m.__spec__.origin[-3:] for m in (json, k8snotes.cluster)])"
    assert ask_python(labels, where).strip() == "['pyc', 'pyc']"
    assert ask_python(labels, "print(sys.path.index('') == len(sys.path) - 1)").strip() == "True"


def test_the_old_address_leads_to_the_edition_of_today(site, page):
    """`run/?path=...` stays the same from edition to edition."""
    page.goto(f"{site.address}run/index.html?path=00-start-here.ipynb")
    page.wait_for_url(f"**/run/{edition(site.folder).name}/lab/index.html?path=00-start-here.ipynb")
