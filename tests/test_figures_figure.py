"""A Figure: one picture, and the same in words; safe in a notebook that is not trusted."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from k8snotes.errors import FigureError, K8sNotesError
from k8snotes.figures import engine
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import Box, Line, Scene


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


NASTY = '</pre></details><script>alert("x")</script>]]>&\x00\x1b[31m\u202e\ud800'
SAFE = 'alert("x")'


def figure(word: str = "web", calls: list[str] | None = None) -> Figure:
    calls = calls if calls is not None else []

    def scene() -> Scene:
        calls.append("scene")
        box = Box([Line("one box", indent=0), f"✓ {word}"], id="a", indent=0)
        return Scene([box], opening=f"A box, {word}.")

    return Figure("box", word, {"name": word}, scene, caption="Look.")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "embedded", lambda: None)
    monkeypatch.setattr(engine, "on_path", lambda: None)


class Tags(HTMLParser):
    """Collects the tags of HTML, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an opening tag."""
        self.found.append((tag, dict(attrs)))

    @property
    def names(self) -> list[str]:
        """The names of the tags, in order."""
        return [name for name, _ in self.found]


def bundle(fig: Figure) -> dict[str, str]:
    return fig._repr_mimebundle_()


def test_nothing_is_made_before_it_is_asked_for() -> None:
    """Holding or printing the repr of a Figure draws nothing; what is made once is kept."""
    calls: list[str] = []
    fig = figure(calls=calls)
    assert repr(fig) == "<Figure box: web>"
    assert calls == []
    assert fig.svg == fig.svg
    assert fig.text == fig.text
    assert calls == ["scene"]


def test_its_facts_are_what_it_was_drawn_from() -> None:
    """One can go on with the facts of a picture."""
    assert figure().facts == {"name": "web"}


def test_the_bundle_has_html_svg_and_words() -> None:
    """A cell gets all three; the words are the outline."""
    shown = bundle(figure())
    assert list(shown) == ["text/plain", "text/html", "image/svg+xml"]
    assert shown["text/plain"] == "box: web\none box\n  ✓ web"
    assert shown["image/svg+xml"].startswith("<svg")


def test_the_bundle_gives_what_is_asked_for() -> None:
    """IPython may include or exclude formats."""
    assert list(figure()._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]
    assert list(figure()._repr_mimebundle_(exclude={"text/html", "image/svg+xml"})) == ["text/plain"]


def test_the_html_is_a_figure_that_an_untrusted_notebook_keeps() -> None:
    """An image with alt, a caption, the words under a fold; no svg, style or script element."""
    tags = Tags(bundle(figure())["text/html"])
    assert tags.names == ["figure", "img", "figcaption", "details", "summary", "pre"]
    image = dict(tags.found)["img"]
    assert image["alt"] == "A box, web."
    assert "max-width:100%" in str(image["style"])
    assert "background:#FFFFFF" in str(image["style"])


def test_the_image_is_the_svg() -> None:
    """The data URI holds the same drawing as `.svg`."""
    fig = figure()
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', bundle(fig)["text/html"])
    assert found
    assert base64.b64decode(found[1]).decode() == fig.svg


def test_the_svg_says_in_words_what_it_shows() -> None:
    """Opened alone, the file has a title and a description for who cannot see it."""
    root = parse(figure().svg)
    assert root.get("role") == "img"
    assert [(child.tag.rpartition("}")[2], child.text) for child in root[:2]] == [
        ("title", "box: web"),
        ("desc", "A box, web."),
    ]


def test_no_text_becomes_markup() -> None:
    """Names of a manifest reach HTML and SVG escaped, whatever they hold."""
    shown = bundle(figure(NASTY))
    assert Tags(shown["text/html"]).names == ["figure", "img", "figcaption", "details", "summary", "pre"]
    root = parse(shown["image/svg+xml"])
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert SAFE in str(root[0].text)
    shown["text/html"].encode()


def test_words_hold_nothing_that_moves_a_terminal() -> None:
    """Control characters and turned text become escapes; the outline keeps its lines."""
    text = figure("a\nb\x1b[31m\u202e").text
    assert text.split("\n")[1] == "one box"
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_long_alt_is_cut_between_words() -> None:
    """A screen reader is not held up by a hundred names."""
    fig = Figure("t", "", None, lambda: Scene([], opening="word " * 500))
    assert len(fig.alt) <= 600
    assert fig.alt.endswith("word …")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_a_cell_shows_the_outline_and_a_hint() -> None:
    """No exception, no broken image: the words, and how to get the picture."""
    shown = bundle(figure(NASTY))
    assert list(shown) == ["text/plain", "text/html"]
    assert Tags(shown["text/html"]).names == ["figure", "pre", "p", "figcaption"]
    assert "pip install graphviz-pure" in shown["text/html"]


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_svg_is_the_words() -> None:
    """`.svg` is always a picture that can be opened, and says why it has no boxes."""
    root = parse(figure(NASTY).svg)
    said = " ".join(root.itertext())
    assert "✓" in said
    assert "graphviz-pure" in said
    assert not [node for node in root.iter() if node.tag.endswith("script")]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("x.svg", "<?xml"),
        ("x.SVG", "<?xml"),
        ("x.dot", "digraph"),
        ("x.txt", "box: web"),
        ("x.html", "<!DOCTYPE html>"),
    ],
)
def test_it_is_saved_by_suffix(tmp_path: Path, name: str, begins: str) -> None:
    """The suffix of the path says what is written; the path is returned."""
    path = figure().save(tmp_path / name)
    assert path == tmp_path / name
    assert path.read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize("name", ["x.png", "x", "x.svg.gz"])
def test_another_suffix_is_refused_with_those_that_work(tmp_path: Path, name: str) -> None:
    """The error names the file and the suffixes to use."""
    with pytest.raises(FigureError, match=r"\.svg, \.dot, \.txt, \.html") as caught:
        figure().save(tmp_path / name)
    assert isinstance(caught.value, K8sNotesError)
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A path that cannot be written is a FigureError with the reason."""
    with pytest.raises(FigureError, match="Check that the folder exists"):
        figure().save(tmp_path / "no" / "x.svg")


def test_a_saved_page_is_whole(tmp_path: Path) -> None:
    """The HTML page has the figure, and no text of a manifest as markup."""
    page = figure(NASTY).save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "script" not in Tags(page).names
    assert "figure" in Tags(page).names
