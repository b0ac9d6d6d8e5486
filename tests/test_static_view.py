"""What GitHub and nbviewer show of a chapter, where nothing runs: everything but the controls.

nbviewer shows what nbconvert writes. GitHub shows the same after a sanitizer that lets through what stands in a list;
the list below is that of its Markdown pipeline (tags and attributes: no style, no class, no id, no script), with what
a notebook's pictures need: an image may carry its data with it. It is stricter than GitHub is today, so that what
passes here is safe there.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import bleach
import nbformat
import pytest
from nbconvert import HTMLExporter

sys.path.insert(0, str(Path(__file__).parent))
from lessons import PREVIEW, notebooks

PATHS = notebooks()
MOST_BYTES = 1_500_000
TAGS = """
h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table thead tbody tfoot
blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details figure figcaption abbr bdo
cite dfn mark small source span time wbr
"""
ANYWHERE = """
abbr align alt border cellpadding cellspacing char colspan rowspan dir headers height width hspace vspace lang open rel
scope start summary tabindex title type valign value
"""
ATTRIBUTES = {
    "*": ANYWHERE.split(),
    "a": ["href"],
    "img": ["src", "longdesc", "loading"],
    "blockquote": ["cite"],
    "time": ["datetime"],
}
PROTOCOLS = {"http", "https", "mailto", "data"}

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")


class Seen(HTMLParser):
    """What a reader of a page has: its text, its pictures with their words, its tables."""

    def __init__(self, html):
        super().__init__()
        self.text, self.pictures, self.tables, self.rows = "", [], 0, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tables += tag == "table"
        self.rows += tag == "tr"
        if tag == "img":
            self.pictures.append(dict(attrs))

    def handle_data(self, data):
        self.text += data


def sanitized(html):
    return bleach.clean(
        html, tags=frozenset(TAGS.split()), attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True
    )


def html_outputs(path):
    book = nbformat.read(path, as_version=4)
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    return [
        (data["text/html"], data["text/plain"]) for o in outputs if "text/html" in (data := o.get("data", {}))
    ]


def squeezed(text):
    return re.sub(r"\s+", "", text)


@every
def test_github_shows_every_picture_table_and_preview(path):
    """After the sanitizer each output still has its picture with its words, its table, and every letter of text."""
    for html, _ in html_outputs(path):
        before, after = Seen(html), Seen(sanitized(html))
        assert len(after.pictures) == html.count("<img ")
        for picture in after.pictures:
            assert picture["src"].startswith("data:image/svg+xml;base64,")
            assert len(picture["alt"].encode()) > 30
        assert (after.tables, after.rows) == (before.tables, before.rows)
        styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
        shown = squeezed(after.text).replace(squeezed(styles), "")
        assert shown == squeezed(before.text).replace(squeezed(styles), "")


@every
def test_meaning_survives_without_style(path):
    """Signs and words carry the meaning: with all colours gone, a preview still says who matches and what it is."""
    for html, text in html_outputs(path):
        after = Seen(sanitized(html)).text
        if PREVIEW in html:
            assert after.strip()
        for sign in "✓✗◐○":
            # in a table of rows that do not match, what a value is right for is bold
            if sign in text and "<img" not in html and '<b class="hit">' not in html:
                assert sign in after


@every
def test_nbviewer_shows_every_picture_and_no_missing_widget(path):
    """nbconvert shows each picture, and nowhere a widget that is not there."""
    book = nbformat.read(path, as_version=4)
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(book)
    pictures = sum(html.count("<img ") for html, _ in html_outputs(path))
    assert page.count('src="data:image/svg+xml;base64,') == pictures
    assert "application/vnd.jupyter.widget-view" not in page
    assert "model not found" not in page.lower()


@every
def test_a_chapter_is_small_enough(path):
    """GitHub shows notebooks up to a size; a chapter stays well below it."""
    assert path.stat().st_size < MOST_BYTES


def test_the_sanitizer_takes_away():
    """The list is one: what is not in it does not come through."""
    nasty = '<p style="color:red" class="x" onclick="a()">a</p><svg><text>b</text></svg><img src="javascript:x" alt="c">'
    assert sanitized(nasty) == '<p>a</p>b<img alt="c">'
    assert sanitized("<script>x</script><style>p {}</style><iframe src='/'></iframe>") == "xp {}"
