"""A scene is told once: picture, outline and alternative text say the same names and numbers, and stand where it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import svg_reader as read
import test_architecture
import test_diff
import test_figures_amounts
import test_figures_pictures
import test_figures_policies
import test_figures_trace
import test_life
import test_timeline
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.figures import drawing, palette
from k8snotes.figures.architecture import architecture_figure
from k8snotes.figures.diff import diff_figure
from k8snotes.figures.endpoints import endpoints_view
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, place, spread
from k8snotes.figures.outline import alternative, outline
from k8snotes.figures.rules import rules_figure
from k8snotes.figures.scene import (
    Bars,
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    aside,
    bold,
)
from k8snotes.figures.timeline import timeline_figure
from k8snotes.figures.trace import trace_figure
from k8snotes.figures.wording import plain

FIGURES = Path(drawing.__file__).parent
NUMBER = re.compile(r"[\w./=-]*\d[\w./=-]*")


def of_a_cluster() -> Iterator[tuple[str, Figure]]:
    c = kn.load("guestbook")
    c.apply(test_figures_trace.MORE)
    c.settle()
    for name, make in test_figures_trace.PICTURES.items():
        yield f"trace {name}", make(c)
    for name, unfold in (("folded", False), ("unfolded", True)):
        yield f"map {name}", c.service_map(unfold=unfold)
        yield f"three IPs {name}", c.three_ips(unfold=unfold)
        yield f"rules {name}", c.rules("node-1", unfold=unfold)
        yield f"Master and Nodes {name}", c.architecture(unfold=unfold)
        yield f"timeline {name}", c.timeline(unfold=unfold)
    yield "rules of a Service", c.rules("node-1", "svc/cache")
    yield "inside", c.inside("pod/mysql-0")
    yield "life", c.life("pod/mysql-0")
    yield "life of many restarts", test_life.crash_loop().life("pod/web")
    shop = test_figures_policies.shop()
    for name, figure in test_figures_policies.pictures(shop).items():
        yield name, figure
    yield "diagnosis without fault", c.diagnose("svc/frontend")
    broken = kn.load("guestbook-broken")
    for ref in ("svc/frontend", "svc/cache", "pod/mail"):
        yield f"diagnosis of {ref}", broken.diagnose(ref)
    before = c.copy()
    yield "labels", c.label("pod/client", "tier=frontend", "x-")
    c.scale("deploy/cache", 5)
    c.settle()
    yield "diff", c.diff(since=before)
    yield "diff of facts", diff_figure(test_diff.small())
    yield "Master and Nodes of facts", architecture_figure(test_architecture.small())
    yield "timeline of many", timeline_figure(test_timeline.many())


EVERY = {
    **{name: make() for name, make in test_figures_pictures.PICTURES.items()},
    **{f"little: {name}": make() for name, make in test_figures_pictures.EMPTY.items()},
    **{f"amounts: {name}": figure for name, figure in test_figures_amounts.PICTURES.items()},
    **dict(of_a_cluster()),
}
every = pytest.mark.parametrize("figure", EVERY.values(), ids=EVERY)


def lines_of(item: Drawn | Part | Line) -> Iterator[Line]:
    """Yield every line that is drawn of a part of a picture."""
    if isinstance(item, Line):
        yield item
    elif isinstance(item, Box | Label):
        yield from item.lines
        for part in item.inside if isinstance(item, Box) else ():
            yield from lines_of(part)
    elif isinstance(item, Table):
        for row in item.rows:
            for cell in row:
                yield from lines_of(cell)
    elif isinstance(item, Bars):
        for rows in item.groups:
            for row in rows:
                yield from () if isinstance(row, Line) else (row[0], row[2])
    elif isinstance(item, Link) and item.words:
        yield from item.words.lines


def numbers(text: str) -> set[str]:
    """Return the names and numbers of a text: whatever has a digit in it, but how many more there are."""
    text = re.sub(r"\b(and|of) \d+ (more|other|box)|\d+ more|each of \d+|\d+ earlier", "", text)
    return {part.strip("./=-") for part in NUMBER.findall(text)}


@every
def test_the_outline_has_each_name_and_number_of_the_picture(figure: Figure) -> None:
    """Whatever is drawn with a digit in it, an address, a port, a Pod, an amount, is told in words too."""
    for line in (line for item in figure.scene.drawn for line in lines_of(item)):
        # what is at the right side stands apart
        sides = ("".join(run.text for run in line.drawn if run.right == right) for right in (False, True))
        text = plain(" ".join(sides)).strip()
        if text.isdigit() and len(text) < 3:
            continue  # the number of a question
        missing = {part for part in numbers(text) if part not in figure.text}
        assert not missing, text


@every
def test_the_alternative_text_has_no_name_of_its_own(figure: Figure) -> None:
    """Names and addresses that the alternative text says stand in the outline; a sum may be its own."""
    names = {part for part in numbers(figure.alt.removesuffix(" …")) if not part.isdigit()}
    assert {name for name in names if name not in figure.text} == set()


@every
def test_each_object_of_the_picture_is_named_in_the_outline(figure: Figure) -> None:
    """A box that shows an object has its reference, and the outline has its name."""

    def boxes(item: object) -> Iterator[Box]:
        if isinstance(item, Box):
            yield item
        for part in (
            *getattr(item, "inside", ()),
            *(cell for row in getattr(item, "rows", ()) for cell in row),
            *getattr(item, "drawn", ()),
        ):
            yield from boxes(part)

    for box in boxes(figure.scene):
        # a question of a diagnosis has the command that asks it
        assert box.ref.startswith("kubectl ") or box.ref.rpartition("/")[2] in figure.text


@every
def test_every_link_leads_from_a_box_to_a_box(figure: Figure) -> None:
    """No arrow ends at a name that nothing in the picture has: it would not be drawn."""

    def ids(parts: Iterable[object]) -> Iterator[str]:
        for item in parts:
            yield getattr(item, "id", "")
            if isinstance(item, Box):
                yield from ids(item.inside)
            elif isinstance(item, Table):
                yield from ids(cell for row in item.rows for cell in row)

    def ends(drawn: Iterable[object]) -> Iterator[str]:
        for item in drawn:
            if isinstance(item, Link):
                yield from (item.tail.partition(":")[0], item.head.partition(":")[0])
            elif isinstance(item, Column):
                yield from item.ids

    assert set(ends(figure.scene.drawn)) <= set(ids(figure.scene.drawn))


@every
def test_no_part_of_a_scene_shows_a_memory_address(figure: Figure) -> None:
    """Printing a scene, or whatever it is made of, prints the same on every machine."""
    scene = figure.scene
    assert " at 0x" not in repr((scene, scene.drawn, scene.told))
    parts = [getattr(item, "inside", getattr(item, "rows", ())) for item in scene.drawn]
    assert " at 0x" not in repr(parts)


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(plain)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=4))
def test_each_line_of_each_box_stands_in_the_outline(boxes: list[list[str]]) -> None:
    """A line that is written once is drawn and told: nothing is lost on the way, and nothing told twice."""
    told = outline(Scene([Box(lines, id=f"n{at}") for at, lines in enumerate(boxes)]))
    expected = [line if not at else f"  {line}" for lines in boxes for at, line in enumerate(lines)]
    assert told == expected


def test_a_line_may_be_told_in_other_words() -> None:
    """A run has its own words for the outline, a line too; what the picture alone has is not told."""
    box = Box(
        [
            Line(["node port ", bold("31080 and 2 more", told="31080, 31081, 31082")]),
            Line("✗ no endpoints", "✗ selects nothing"),
            Line("a comma means and", ""),
            Line((), "made by hand"),
        ]
    )
    assert outline(Scene([box])) == [
        "node port 31080, 31081, 31082",
        "  ✗ selects nothing",
        "  made by hand",
    ]
    shown = drawing.draw(Scene([box])).after
    assert "made by hand" not in shown
    assert "a comma means and" in shown


def test_lines_of_a_box_may_be_told_as_one() -> None:
    """What follows the head in a sentence is told behind it; the members of a stack stand under that."""
    lines = [Line("web × 2", members=["web-1", "web-2"]), Line("drawn", ""), Line("10.244.1.2", after=": ")]
    assert outline(Scene([Box(lines, indent=2)])) == ["  web × 2: 10.244.1.2", "      web-1, web-2"]


def test_a_long_name_is_cut_in_the_picture_alone() -> None:
    """How much of a name is drawn is the picture's affair: the outline and a later picture have all of it."""
    name = "productcatalogservice-5f9c8b6f5d-4xk2b"
    box = Box([Line(Run(name, most=20))])
    assert f">{name}<" not in drawing.draw(Scene([box])).after
    assert outline(Scene([box])) == [name]


def test_the_alternative_text_begins_with_faults() -> None:
    """After the finding comes what is wrong, then the rest in the order of the outline."""
    good, bad = Box(["a"], alt="A is well."), Box(["b"], alt="B is broken.", fault=True)
    scene = Scene([good, bad], [good, bad, aside("And 2 more.")], opening="Two Services.")
    assert alternative(scene) == "Two Services. B is broken. A is well. And 2 more."


def test_a_box_is_drawn_where_the_scene_puts_it() -> None:
    """Each frame has the left and upper corner, and the size, that the scene says."""
    boxes = [
        Box(["web"], palette.SERVICE, id="a", at=(0, 0), size=(80, 30)),
        Box(["web-1"], palette.POD, id="b", at=(240, 100), size=(120, 40)),
    ]
    made = drawing.draw(Scene([*boxes, Link("a", "b", palette.TRAFFIC)]))
    service, pod = read.frames(made.before + made.after)
    assert service[:4] == pytest.approx((1, 1, 81, 31), abs=0.1)
    assert pod[:4] == pytest.approx((241, 101, 361, 141), abs=0.1)
    assert (made.wide, made.high) == (362, 142)


def test_boxes_without_a_place_stand_in_columns() -> None:
    """What an arrow leads to stands to the right; a box stands at the mean height of what it is linked with."""
    names = ("web", "one", "two", "three")
    boxes = {name: Box([name], id=name) for name in names}
    links = [Link("web", name) for name in names[1:]]
    places = place(Scene([*boxes.values(), *links]))
    lefts = {name: places[id(box)][0] for name, box in boxes.items()}
    tops = {name: places[id(box)][1] for name, box in boxes.items()}
    assert lefts["web"] < lefts["one"] == lefts["two"] == lefts["three"]
    assert tops["one"] < tops["two"] < tops["three"]
    assert tops["web"] == tops["two"]


@given(
    highs=st.lists(st.floats(1, 300), min_size=1, max_size=30),
    middles=st.lists(st.floats(0, 5000), min_size=30, max_size=30),
)
def test_boxes_of_a_column_never_meet(highs: list[float], middles: list[float]) -> None:
    """However much they want to be at the same height, each begins below the one before it."""
    tops = spread(highs, middles[: len(highs)], 10)
    assert tops[0] >= 10
    for before, high, after in zip(tops, highs, tops[1:], strict=False):
        assert after >= before + high + BETWEEN - 1e-6


def test_a_circle_of_links_can_be_laid_out() -> None:
    """Arrows that lead back make no column of their own for ever."""
    boxes = [Box([name], id=name) for name in "abc"]
    assert place(Scene([*boxes, Link("a", "b"), Link("b", "c"), Link("c", "a")]))


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(FIGURES.glob("*.py")):
        yield path.stem, ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


@pytest.mark.parametrize(
    "name", sorted({*MODULES} - {"figure", "files", "drawing", "outline", "page", "parts", "source"})
)
def test_no_figure_writes_words_beside_its_scene(name: str) -> None:
    """A module of a figure makes a scene: it has no text, no alternative text and no DOT of its own."""
    defined = {node.name.strip("_") for node in ast.walk(MODULES[name]) if isinstance(node, ast.FunctionDef)}
    assert not defined & {"text", "alt", "dot", "outline", "alternative"}
    imported = {
        node.module for node in ast.walk(MODULES[name]) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not imported & {"k8snotes.figures.drawing", "k8snotes.figures.outline", "k8snotes.figures.source"}


def test_dot_is_written_by_its_source_alone() -> None:
    """Who else needs DOT asks a figure for it."""
    using = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "k8snotes.figures.dot"
    }
    assert using == {"source"}


def test_a_figure_has_its_tables_from_its_facts() -> None:
    """A table belongs to the figure: drawn from facts alone, with no cluster beside them, it has it all the same."""
    c = kn.load("guestbook")
    trace = trace_figure(c.trace("http://cache:6379", source="pod/client", times=3).facts)
    assert list(trace.table["where"]) == [hop.place for hop in trace.hops]
    assert trace.shares["requests"].sum() == 3
    rules = rules_figure(c.rules("node-1").facts)
    assert len(rules.table) == len(rules.facts.rows)
    timeline = timeline_figure(c.timeline().facts)
    assert len(timeline.table) == len(timeline.facts.entries)
    view = endpoints_view(c.endpoints("svc/cache"))
    assert list(view.table["state"]).count("ready") == len(view.ready)
