"""The gallery: every kind of picture is in it, drawn by the call beside it, in both languages."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import nbformat
import pytest

import k8snotes as kn
from k8snotes.figures.figure import Figure
from k8snotes.site import examples, gallery
from k8snotes.site.boxes import size
from k8snotes.site.gallery import PICTURES
from k8snotes.site.helpers import cells, chapters, helper, helpers, results
from k8snotes.site.links import LANGUAGES, Links

WIDGETS = {"Ask | CheckResult", "Browser", "Explorer", "Player", "Scaler", "Sizer", "Walker"}


@pytest.fixture(scope="module")
def pages():
    """All files of each language."""
    return {language: gallery.pages(language, Links(language, "0.1.0-a")) for language in LANGUAGES}


def test_every_helper_that_draws_is_in_the_gallery():
    """What says that it returns a Figure or a widget has a picture."""
    draws = {each.name for each in helpers() if examples._annotation(each).endswith("Figure")}
    widgets = {each.name for each in helpers() if examples._annotation(each) in WIDGETS}
    assert len(draws) >= 24
    assert len(widgets) == len(WIDGETS)
    assert draws | widgets <= {each.helper for each in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_comes_of_the_call_beside_it(picture):
    """The last line of the code calls the helper, and what it returns is a picture with words, or HTML."""
    call = picture.helper.split(".")[-1].removesuffix("[ref]")
    assert call in picture.source.splitlines()[-1]
    step = examples.run([picture.source])[-1]
    if isinstance(step.value, Figure):
        assert size(step.value.svg)[0] <= 830
        assert len(step.value.alt) > 20
    else:
        assert "<" in step.bundle["text/html"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_the_same_byte_for_byte_when_it_is_drawn_again(language, pages):
    """A page that is made anew has nothing new in it."""
    gallery._drawn.cache_clear()
    again = gallery.pages(language, Links(language, "0.1.0-a"))
    assert [name for name in again if again[name] != pages[language][name]] == []
    assert sum(name.endswith(".svg") for name in again) > 25


def test_a_title_is_a_question_and_no_two_are_alike():
    """One looks for an answer, and finds it by the question."""
    titles = [str(each.title) for each in PICTURES]
    assert all(title.endswith("?") for title in titles)
    assert len(set(titles)) == len(titles) == len({each.name for each in PICTURES})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_of_a_picture_uses_its_helper(language):
    """A link to a chapter leads to where the helper is at work."""
    there = chapters(language)
    wrong = [
        each.name
        for each in PICTURES
        if f"{each.chapter}.ipynb" not in [chapter.file for chapter in helper(each.helper).used(there)]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_each_picture_small_and_large(language, pages):
    """The small one leads to the large one, which has its words and its size; both are loaded late."""
    page = str(pages[language]["gallery.md"])
    for each in PICTURES:
        anchor = f"picture-{each.name.replace('_', '-')}"
        assert f"](#{anchor})" in page
        assert f"({anchor})=" in page
        assert f"path={'' if language == 'en' else 'zh/'}gallery/{each.name}.ipynb" in page
    for name, data in pages[language].items():
        if name.endswith(".svg"):
            assert ET.fromstring(data).get("viewBox")
            assert page.count(f"```{{image}} {name}\n") == 2
            assert re.search(
                rf"{re.escape(name)}\n:alt: .{{20,}}\n:width: \d+px\n:height: \d+px\n:loading: lazy", page
            )


def test_the_chinese_gallery_speaks_chinese(pages):
    """Groups, titles, sentences and pictures are in the language of the page, and English is in force again."""
    page = str(pages["zh"]["gallery.md"])
    headings = re.findall(r"^#{1,3} (.+)$", page, re.MULTILINE) + re.findall(r'kn-group">([^<]+)<', page)
    assert len(headings) > len(PICTURES)
    assert all(re.search(r"[\u4e00-\u9fff]", heading) for heading in headings)
    assert "就绪" in str(pages["zh"]["gallery/service_map.svg"])
    assert kn.language() == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_a_notebook_that_shows_it_before_anything_has_run(language):
    """Jupyter's own rules find nothing wrong with it, and it names no widget that is not there any more."""
    books = gallery.notebooks(language)
    assert set(books) == {f"gallery/{each.name}.ipynb" for each in PICTURES}
    for name, text in books.items():
        book = json.loads(text)
        nbformat.validate(book)
        assert "text/html" in book["cells"][-1]["outputs"][-1]["data"], name
        assert "widget-view" not in text, name


def test_boxes_that_scroll_can_be_reached_and_are_named(pages):
    """A reader without a mouse scrolls with the arrow keys, and a screen reader says what the box is."""
    boxes = re.findall(r'<div class="kn-scroll[^>]*>', str(pages["en"]["gallery.md"]))
    assert len(boxes) == len(PICTURES)
    assert all(re.search(r'tabindex="0" role="group" aria-label="[^"]{5,}"', box) for box in boxes)


def test_every_cell_of_the_file_is_shown_somewhere():
    """The code of a picture that was taken out is gone, too."""
    assert set(cells()["gallery"]) == {each.name for each in PICTURES}
    assert set(cells()["results"]) == {each.name for each in results()}
