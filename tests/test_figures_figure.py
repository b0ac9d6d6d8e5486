"""A Figure: one picture, and the same in words; safe in a notebook that is not trusted."""

from __future__ import annotations

import base64
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from k8snotes.errors import FigureError, K8sNotesError
from k8snotes.figures import page, palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import Box, Line, Link, Scene, bold


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
    """An image with alt, a caption and the words under a fold stand there without style and drawing."""
    html = kept(bundle(figure())["text/html"])
    tags = Tags(html)
    assert tags.names == ["figure", "figcaption", "b", "span", "img", "p", "details", "summary", "pre"]
    image = dict(tags.found)["img"]
    assert image["alt"] == "A box, web."
    assert "background:#ffffff" in str(image["style"])
    assert "max-width:none" in str(
        image["style"]
    )  # an image that is scaled down has letters too small to read


def kept(html: str) -> str:
    """Return what a notebook that is not trusted keeps."""
    return re.sub(r"<(style|svg)\b.*?</\1>", "", html, flags=re.DOTALL)


def test_the_image_becomes_the_drawing_where_scripts_run() -> None:
    """What the image does when it is there is written in one attribute, which an untrusted notebook takes away."""
    image = dict(Tags(figure().html).found)["img"]
    assert image["onload"] == page.LOADED
    assert image["data-event"] == page.EVENT


def test_nothing_of_the_drawing_stands_in_the_page_as_text() -> None:
    """A notebook that is not trusted takes tags away and keeps the words in them: there are none to keep."""
    words = re.sub(r"<[^>]*>", " ", kept(linked().html))
    assert words.split() == ["map", "The", "picture", "in", "words", "map", "web", "web-1", "other"]


def linked() -> Figure:
    """A Service, two Pods of which one belongs to it, and one name of all."""
    boxes = [
        Box([bold("web")], palette.SERVICE, id="s", ref="svc/web", alt="Service web: 1 Pod."),
        Box([bold("web-1")], palette.POD, id="p", ref="pod/web-1"),
        Box([bold("other")], palette.POD, id="q", ref="pod/other"),
    ]
    return Figure("map", "", None, lambda: Scene([*boxes, Link("s", "p")]))


def test_what_belongs_to_a_box_stays_lit() -> None:
    """The box that others belong to can be reached by keyboard, and says what it is; its own have its number."""
    live = linked().live
    service, pod, other, arrow = [attributes for name, attributes in Tags(live).found if name == "g"]
    assert service["class"] == "f x k0 o0"
    assert (service["tabindex"], service["role"]) == ("0", "button")
    assert service["data-says"] == "Service web: 1 Pod."
    assert pod["class"] == "x k0 o0"
    assert other["class"] == "x"
    assert arrow["class"] == "x e k0"
    for html in (live, linked().html):
        assert ".x:not(.k0){opacity:.25}" in html


def test_a_click_on_a_name_copies_what_it_is_called() -> None:
    """Each box that shows an object has its reference."""
    html = linked().live
    assert [attributes.get("data-ref") for name, attributes in Tags(html).found if name == "g"][:3] == [
        "svc/web",
        "pod/web-1",
        "pod/other",
    ]
    assert "navigator.clipboard.writeText" in html


def test_the_image_alone_needs_no_page() -> None:
    """In a file the drawing has its own letters, no control that nothing answers to, and nothing hidden."""
    svg = linked().svg
    assert "tabindex" not in svg
    assert "onclick" not in svg
    assert "hidden" not in svg


def test_the_colours_of_a_drawing_follow_the_theme() -> None:
    """Each colour that a drawing uses has a rule, and both themes say what it is there."""
    html = linked().html
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', linked().svg))
    ruled = set(re.findall(r'\.kn svg \[(?:fill|stroke)="(#[0-9a-f]{6})"\]', html))
    assert used - {palette.INK} <= ruled
    assert ".kn svg{display:block;max-width:none;fill:var(--ink)}" in html
    assert 'body[data-jp-theme-light="false"] .kn{--paper:#111111' in html


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
    assert Tags(kept(shown["text/html"])).names == Tags(kept(figure().html)).names
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


@pytest.mark.parametrize("name", ["x.doc", "x", "x.svg.gz"])
def test_another_suffix_is_refused_with_those_that_work(tmp_path: Path, name: str) -> None:
    """The error names the file and the suffixes to use."""
    with pytest.raises(FigureError, match=r"\.svg, \.png, \.pdf, \.html, \.dot, \.txt") as caught:
        figure().save(tmp_path / name)
    assert isinstance(caught.value, K8sNotesError)
    assert not (tmp_path / name).exists()


def size_of_png(data: bytes) -> tuple[int, int]:
    """Return the pixels of a PNG, from its first chunk."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


@pytest.mark.parametrize("scale", [1, 2.5])
def test_a_drawing_is_saved_as_large_as_it_is_asked_for(tmp_path: Path, scale: float) -> None:
    """SVG, PNG and PDF are the same drawing, so many times as large."""
    fig = linked()
    wide, high = (float(str(parse(fig.svg).get(name))) for name in ("width", "height"))
    root = parse(fig.save(tmp_path / "x.svg", scale=scale).read_text(encoding="utf-8"))
    assert float(str(root.get("width"))) == pytest.approx(wide * scale)
    assert root.get("viewBox") == f"0 0 {wide:.0f} {high:.0f}"
    png = size_of_png(fig.save(tmp_path / "x.png", scale=scale).read_bytes())
    assert png == (pytest.approx(wide * scale, abs=1), pytest.approx(high * scale, abs=1))
    pdf = fig.save(tmp_path / "x.pdf", scale=scale).read_bytes()
    assert pdf.startswith(b"%PDF")


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_without_the_package_an_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The line to run stands in the error, and nothing is written."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(FigureError, match="pip install vl-convert-python"):
        figure().save(tmp_path / f"x.{suffix}")
    assert not (tmp_path / f"x.{suffix}").exists()


@pytest.mark.parametrize("scale", [0, -1, 11, float("nan"), "2", None])
def test_a_scale_that_cannot_be_is_refused(tmp_path: Path, scale: object) -> None:
    """The error says what a scale is."""
    with pytest.raises(FigureError, match="scale=2"):
        figure().save(tmp_path / "x.svg", scale=scale)  # type: ignore[arg-type]


def test_the_outline_can_be_copied() -> None:
    """It is text, and in a cell it stands under a button."""
    text = figure(NASTY).copy_text()
    assert text == figure(NASTY).text
    assert repr(text) == str(text)
    tags = Tags(text._repr_html_())
    assert "button" in tags.names
    assert "script" not in tags.names


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A path that cannot be written is a FigureError with the reason."""
    with pytest.raises(FigureError, match="Check that the folder exists"):
        figure().save(tmp_path / "no" / "x.svg")


def test_a_saved_page_is_whole(tmp_path: Path) -> None:
    """The HTML page has the figure, and no text of a manifest as markup."""
    html = figure(NASTY).save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "script" not in Tags(html).names
    assert "figure" in Tags(html).names
