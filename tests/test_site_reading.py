"""The edition to read: a chapter's notebook becomes a page that is light, self-contained, and gives nothing away."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest

from k8snotes import catalogue, notebooks
from k8snotes.course.chapters import chapters, exercises
from k8snotes.site.links import LANGUAGES, Links
from k8snotes.site.reading import pages, theme

SITE = Path(__file__).parents[1] / "notebooks" / "site"
OTHERS = {"helpers/index.md", "gallery.md", "teachers.md"}  # generated elsewhere
CHOSEN = ("00-start-here", "06-labels", "13-ways-in-and-walls")
each_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def made(language):
    """Return the sources of a language, made once."""
    return pages(language, Links(language, "0.1.0-abc"))


def cells(language, name):
    """Return the cells of a chapter's page."""
    return json.loads(made(language)[f"chapters/{name}.ipynb"])["cells"]


def shown(cell):
    """Return what a cell shows on its page."""
    return "".join("".join(output["data"]["text/html"]) for output in cell.get("outputs", []))


def whole(language, name):
    """Return all that a chapter's page is made of."""
    return "\n".join("".join(cell["source"]) + shown(cell) for cell in cells(language, name))


def before(language, name):
    """Return the committed notebook's cells."""
    path = notebooks.folder() / Links(language, "").folder / f"{name}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


class Tags(HTMLParser):
    """The tags of a text, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_both_languages_have_the_same_pages_and_the_language_in_force_stays():
    """So a page can always name the same page in the other language."""
    english, chinese = (
        {name for name in made(each) if name.endswith((".md", ".ipynb"))} for each in LANGUAGES
    )
    assert english == chinese
    assert english == {
        "index.md",
        "glossary.md",
        "sources.md",
        *(f"chapters/{name}.ipynb" for name in chapters()),
    }
    assert catalogue.current() == "en"


@each_language
@pytest.mark.parametrize("name", chapters())
def test_a_page_carries_no_picture_no_rules_and_no_cell_for_colab(name, language):
    """Pictures are files with their size, and the rules of style are in one sheet."""
    text = whole(language, name)
    assert not re.search(r"data:image|<style|onload=|data-event|google\.colab", text)
    images = [named for tag, named in Tags(text).found if tag == "img"]
    assert images
    for image in images:
        assert f"_extra/chapters/{image['src']}" in made(language)
        assert image["alt"]
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0
        assert image["loading"] == "lazy"


@each_language
@pytest.mark.parametrize("name", CHOSEN)
def test_pictures_and_tables_stand_in_boxes_that_a_keyboard_can_scroll(name, language):
    """A narrow window scrolls the box, and never the page."""
    for cell in cells(language, name):
        html = shown(cell)
        if re.search(r"<img |<table", html):
            boxes = [named for _tag, named in Tags(html).found if "kn-scroll" in (named.get("class") or "")]
            assert boxes
            assert all(
                box["tabindex"] == "0" and box["role"] == "group" and box["aria-label"] for box in boxes
            )


@each_language
@pytest.mark.parametrize("name", chapters())
def test_what_answers_a_prediction_is_folded_and_nothing_of_it_stands_before(name, language):
    """As many folds as the notebook has outputs that are hidden until they are run; without scripts, too."""
    hidden = sum(
        bool(cell["metadata"].get("jupyter", {}).get("outputs_hidden"))
        for cell in before(language, name)
        if "colab" not in cell["metadata"].get("tags", [])
    )
    folded = [shown(cell) for cell in cells(language, name) if '<details class="kn-fold"' in shown(cell)]
    assert len(folded) == hidden > 0
    summary = {"en": "Show what happens", "zh": "看看会发生什么"}[language]
    for html in folded:
        assert re.match(
            rf'<details class="kn-fold"( data-exercise="[^"]+")?><summary>{summary}</summary>', html
        )
        assert html.endswith("</details>")


@pytest.mark.parametrize("name", chapters())
def test_each_prediction_has_a_form_a_fold_and_a_place_that_says_whether_it_came_true(name):
    """The place stands after the last fold that answers it."""
    text = whole("en", name)
    for exercise in exercises(name).values():
        if exercise.guess:
            form = text.index(f'<div class="kn-ask" id="exercise-{exercise.id.replace("/", "-")}"')
            folds = [
                found.start()
                for found in re.finditer(f'<details class="kn-fold" data-exercise="{exercise.id}"', text)
            ]
            place = text.index(f'kn-came-true" role="status" data-exercise="{exercise.id}"')
            assert form < folds[0] <= folds[-1] < place


@each_language
@pytest.mark.parametrize("name", chapters())
def test_every_exercise_of_a_chapter_is_on_its_page(name, language):
    """With a form, or with a link to the chapter that runs."""
    page = cells(language, name)
    for exercise in exercises(name).values():
        if exercise.guess:
            continue
        (html,) = (
            shown(cell)
            for cell in page
            if f'"{exercise.id}"' in "".join(cell["source"]) and cell["cell_type"] == "code"
        )
        assert ("<form" in html) != ("/lab/index.html?path=" in html), exercise.id


@each_language
def test_links_lead_to_pages_of_the_site(language):
    """Between chapters, to the glossary, and from the first page to all others."""
    there = {*made(language), *OTHERS}
    for name, text in made(language).items():
        if not name.endswith((".md", ".ipynb")):
            continue
        prose = (
            text
            if name.endswith(".md")
            else "\n".join(
                cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"
            )
        )
        for link in re.findall(r"\]\(([^)#\s]+)", prose):
            if not link.startswith("https://"):
                parts = []
                for part in (PurePosixPath(name).parent / link).parts:
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert "/".join(parts) in there, (name, link)


@each_language
@pytest.mark.parametrize("name", CHOSEN)
def test_the_head_of_a_page_leads_to_the_running_chapter_to_binder_and_to_the_other_language(name, language):
    """After the title, and the line with the minutes stays."""
    head = "".join(cells(language, name)[0]["source"])
    assert head.startswith(f"# {name[:2]} · ")
    assert Links(language, "0.1.0-abc").run(f"{name}.ipynb", 1) in head
    assert Links(language, "0.1.0-abc").binder(f"{name}.ipynb") in head
    assert Links(language, "0.1.0-abc").other(f"chapters/{name}.html", 1) in head
    assert re.search(r"^\*\d+ .*▶.*\*$|^\*\d+ .*\*$", head, re.MULTILINE)
    assert not re.search(r"\]\((\.\./|zh/)?\d\d-[^)]*\)\s*$", head)


@each_language
def test_a_widget_shows_what_it_looks_like_and_where_it_can_be_touched(language):
    """Each preview is followed by a link into the running edition."""
    found = [
        shown(cell)
        for name in chapters()
        for cell in cells(language, name)
        if 'class="kn-preview"' in shown(cell)
    ]
    assert len(found) >= 12
    assert all("/lab/index.html?path=" in html.rpartition("kn-where")[2] for html in found)


@each_language
def test_the_first_page_has_every_chapter_with_its_picture_and_its_minutes(language):
    """From the words of the chapters, which are written once."""
    first = made(language)["index.md"]
    cards = re.findall(r"<li>.*?</li>", first)
    assert len(cards) == len(chapters())
    for name, card in zip(chapters(), cards, strict=True):
        assert f'href="chapters/{name}.html"' in card
        assert re.search(r"\d\d \S+ \d\d", card)
        assert f"_extra/{re.search(r'src=.([^ ]+).', card)[1].strip(chr(34))}" in made(language)
    for name in (*OTHERS, "glossary.md", "sources.md"):
        assert re.search(rf"^\S.*<{name.removesuffix('.md')}>$", first, re.MULTILINE)
    assert "<!--" not in first


@each_language
def test_nothing_is_asked_of_another_host(language):
    """Addresses of other hosts are links that a reader chooses to follow, and nothing that a page loads."""
    for name, text in made(language).items():
        if isinstance(text, str):
            said = text.replace('\\"', '"')
            assert not re.search(r"""(?:src|srcset|data)\s*=\s*["']?(?:https?:)?//""", said), name
            assert not re.search(
                r"""<link[^>]+href=["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", said
            ), name
    for path in [*SITE.rglob("*.css"), *SITE.rglob("*.js"), *SITE.rglob("*.html")]:
        assert not re.search(
            r"(?:https?:)?//[a-z]", path.read_text(encoding="utf-8").replace("https://www.w3.org", "")
        ), path


def test_the_style_sheet_follows_the_theme_of_the_pages_and_prints_light():
    """A `not` before `print and (...)` would deny the whole query, so the dark colours are for screens."""
    sheet = theme(["a{b:c}"])
    assert 'jp-theme-light="false"' not in sheet
    assert '@media screen{body[data-theme="dark"] .kn:not(span){' in sheet
    assert (
        '@media screen and (prefers-color-scheme:dark){body:not([data-theme="light"]) .kn:not(span){' in sheet
    )
    assert sheet.endswith("a{b:c}\n")
    assert not re.search(r"\.kn[^-:\w]", sheet)  # Pygments has a class of this name for spans
    assert "not print" not in sheet + (SITE / "_static" / "k8snotes.css").read_text(encoding="utf-8")


def test_the_words_around_a_page_are_there_in_both_languages():
    """The configuration is read as text: Sphinx is in an environment of its own."""
    tree = ast.parse((SITE / "conf.py").read_text(encoding="utf-8"))
    (words,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "WORDS"
    )
    assert set(words["en"]) <= set(words["zh"])
    assert all(words["zh"].values())
