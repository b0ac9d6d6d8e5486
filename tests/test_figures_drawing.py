"""Text in pictures: escaped in one place, wrapped, shortened, and folded."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8snotes.figures import drawing, palette
from k8snotes.figures.measure import columns, pixels, short
from k8snotes.figures.outline import outline
from k8snotes.figures.scene import WIDE, Box, Label, Line, Link, Scene, bold, heading, note
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.wording import listed, plain


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


NASTY = [
    '<script>alert("x")</script>',
    "a]]>b&amp;&lt;&#60;",
    "\\N \\G \\L \\l \\\\",
    "line\nbreak\r\ttab",
    "nul\x00 \x1b[31m \ufffe \uffff",
    "\ud800 \udfff",
    "\u202eevil\u2066 \u200f",
    "\"quotes\" 'too'",
    "<>",
    ">",
    "\\",
    "  two  blanks  ",
    "",
    "x" * 253,
    "名字" * 60,
    "Щ" * 99,
]


def drawn(lines: list) -> list[str]:
    """Draw a box of lines and return the texts of the picture, as an XML parser reads them."""
    made = drawing.draw(Scene([Box(lines, palette.POD, id="n")]))
    root = parse(made.before + made.after)
    assert {node.tag.rpartition("}")[2] for node in root.iter()} <= {
        "svg",
        "g",
        "rect",
        "text",
        "title",
        "style",
    }
    return ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")]


def squeezed(text: str) -> str:
    return text.replace("\xa0", "").replace(" ", "")


@pytest.mark.parametrize("text", NASTY)
def test_any_text_is_drawn_as_text(text: str) -> None:
    """Whatever a name holds, the picture shows it, cleaned and perhaps shortened, and nothing else."""
    said = squeezed("".join(drawn([text, [bold(text), note(text, palette.MUTED)]])))
    clean = squeezed(plain(text))
    assert said.startswith(clean[:8])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_picture(text: str) -> None:
    """Made-up names are drawn too, in a box, in a heading, on an arrow."""
    box = Box([heading(text, text), [bold(text), text]], palette.SERVICE, id="n", stacked=True)
    scene = Scene([box, Link("n", "n", words=Label([text], padding=2))])
    made = drawing.draw(scene)
    parse(made.before + made.after)


def test_a_backslash_is_no_escape() -> None:
    r"""The picture shows what the manifest says; in DOT, \N would be the node's name."""
    assert "".join(drawn(["a\\Nb\\Gc"])).strip() == "a\\Nb\\Gc"


def test_a_long_line_is_wrapped_between_words() -> None:
    """Words stay whole, none is lost, and no line is wider than a box."""
    words = "a Pod that gets no traffic until its readiness probe succeeds says so in a line of its own"
    lines = drawn([words])
    assert len(lines) > 1
    assert " ".join(" ".join(lines).split()) == words
    assert max(pixels(line.strip()) for line in lines) <= WIDE


def test_a_long_word_loses_its_middle() -> None:
    """A name of 253 characters fits a box and keeps its beginning and end."""
    (line,) = [text for text in drawn(["begin" + "x" * 243 + "the-end"]) if text.strip()]
    assert line.startswith("begin")
    assert line.strip().endswith("-end")
    assert "…" in line
    assert pixels(line.strip()) <= WIDE


def test_a_heading_keeps_the_end_of_a_name() -> None:
    """The last letters tell a Pod from its twins."""
    said = "".join(drawn([heading("productcatalogservice-5f9c8b6f5d-4xk2b", "✓ ready")]))
    assert said.startswith("productcatalogservice-…-4xk2b")
    said = "".join(drawn([heading("productcatalogservice-recommendations-5f9c8b6f5d-4xk2b", "✓ ready")]))
    assert said.startswith("productcatalogservice-recom")
    assert "…-4xk2b" in said
    assert "✓" in said


def test_a_very_long_line_ends_in_dots() -> None:
    """A box stays a box; the outline has the rest."""
    lines = drawn(["word " * 300])
    assert len([line for line in lines if "word" in line]) == 5
    assert any("…" in line for line in lines)


@pytest.mark.parametrize("text", ["web-1", "服务-1", "a" * 40])
def test_bold_is_wider_and_columns_count_chinese_twice(text: str) -> None:
    """Measures agree with how text is drawn."""
    assert pixels(text, bold=True) >= pixels(text)
    assert columns(text) == len(text) + text.count("服") + text.count("务")


@given(st.text(max_size=300), st.integers(4, 60))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    """Nothing is longer than asked for, and what fits is left alone."""
    done = short(text, limit)
    assert columns(done) <= limit
    if columns(text) <= limit:
        assert done == text


@given(st.text())
def test_plain_text_is_one_line_of_xml(text: str) -> None:
    """What is plain can stand in XML, in UTF-8 and in a line."""
    done = plain(text)
    assert len(done.splitlines()) <= 1
    assert parse(f"<a>{done.replace('&', '&amp;').replace('<', '&lt;')}</a>").text in (done, None)
    assert plain(done) == done


def test_few_are_never_folded() -> None:
    """With up to eight Pods in all, each is shown."""
    assert [len(stack) for stack in fold("aaaaaaaa", str)] == [1] * 8


@pytest.mark.parametrize(
    ("pods", "stacks"),
    [
        ("a" * 9, [9]),
        ("a" * 5 + "b" * 4, [5, 1, 1, 1, 1]),
        ("a" * 3 + "b" * 30, [3, 30]),
        ("ab" * 40, [40, 40]),
    ],
)
def test_many_alike_are_folded(pods: str, stacks: list[int]) -> None:
    """Five of nine make a stack; of eighty, two of a kind do."""
    assert [len(stack) for stack in fold(pods, str)] == stacks


def test_unfolded_shows_all() -> None:
    """On request every Pod has its box."""
    assert len(fold("a" * 100, str, unfold=True)) == 100


class Item:
    """An object with a name."""

    def __init__(self, name: str, namespace: str = "default", workload: str = "") -> None:
        self.name, self.namespace, self.workload = name, namespace, workload


def test_names_have_their_namespace_where_there_are_several() -> None:
    """One namespace needs no telling; two do."""
    web, db = Item("web"), Item("db", "shop", "StatefulSet/db")
    assert Names([web]).of(web) == "web"
    assert Names([web, db]).of(db) == "shop/db"
    assert Names([web, db]).stack([db, db]) == "shop/db × 2"
    assert Names([web, db]).bare([web, web]) == "without an owner × 2"


def test_rows_of_names_say_how_many_more() -> None:
    """A row is cut only where that saves something."""
    assert listed("abcd") == "a, b, c, d"
    assert listed("abcdef") == "a, b, c and 3 more"
    assert outline(Scene([Box([Line("web", members=["web-1"])])])) == ["web"]
