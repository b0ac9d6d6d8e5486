"""Boxes that are drawn here and placed by the engine: they look as the tables of `Figure.dot` do, in either engine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_figures_drawing import NASTY
from test_figures_pictures import NASTY_PICTURES, PICTURES

import k8snotes as kn
from k8snotes.figures import drawing, engine, palette
from k8snotes.figures.boxes import Boxes
from k8snotes.figures.measure import points, wrapped
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import Box, Label, Line, Link, Run, Scene, bold, heading, note
from k8snotes.figures.wording import plain

ENGINES = [pytest.param(engine.embedded, id="embedded")]
if shutil.which("dot"):
    ENGINES.append(pytest.param(engine.on_path, id="dot on PATH"))
LOOKS = [palette.SERVICE, palette.POD, palette.NODE, palette.NOT_READY, palette.PLAIN, palette.BARE]


class Node(NamedTuple):
    """A node of a picture: its frames as (colour, dashes, left, top, right, bottom), its rows as (text, left, bottom)."""

    frames: list[tuple[str, str, float, float, float, float]]
    rows: list[tuple[str, float, float]]


def corners(child: ET.Element) -> tuple[float, float, float, float]:
    """Return the sides of a polygon, or of a path of absolute or relative steps."""
    if child.get("points"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", str(child.get("points")))]
        xs, ys = numbers[::2], numbers[1::2]
    else:
        xs, ys = [], []
        x = y = 0.0
        for letter, numbers_of in re.findall(r"([MCchv])([^A-Za-z]*)", str(child.get("d"))):
            steps = [float(number) for number in re.findall(r"-?[\d.]+", numbers_of)]
            if letter in "hv":
                x, y = (x + steps[0], y) if letter == "h" else (x, y + steps[0])
            elif letter == "c":
                x, y = x + steps[-2], y + steps[-1]
            else:
                xs += steps[::2]
                ys += steps[1::2]
                x, y = steps[-2:]
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)


def nodes(svg: str) -> Iterator[Node]:
    """Yield the nodes of a picture, in their order; texts on one line are one row."""
    for group in ET.fromstring(svg).iter():
        if group.get("class") != "node":
            continue
        frames = [
            (str(child.get("stroke")), str(child.get("stroke-dasharray")), *corners(child))
            for child in group
            if child.get("stroke", "none") not in ("none", "transparent")
        ]
        rows: dict[str, tuple[str, float, float]] = {}
        for child in group:
            if child.tag.endswith("}text"):
                x, y = float(str(child.get("x"))), float(str(child.get("y")))
                text, left, _y = rows.get(f"{y:.0f}", ("", x, y))
                rows[f"{y:.0f}"] = (text + "".join(child.itertext()), min(left, x), y)
        said = [(re.sub(r"\s", "", text), x, y) for text, x, y in rows.values()]
        frames.sort(key=lambda frame: frame[2])  # the outer frame of a stack first
        yield Node(frames, [row for row in said if row[0]])


def both(scene: Scene, find=engine.embedded) -> Iterator[tuple[Node, Node]]:
    """Yield each node as it is drawn here, and as the engine draws it from the figure's DOT."""
    boxes, command = Boxes(), find()
    assert command
    ours = engine._run(command, drawing.dot(scene, boxes), boxes.filled)
    yield from zip(nodes(ours), nodes(engine._run(command, drawing.dot(scene))), strict=True)


def apart(frames: list[tuple[str, str, float, float, float, float]]) -> list[tuple[float, float]]:
    return [(right - left, bottom - top) for _color, _dashes, left, top, right, bottom in frames]


@pytest.mark.parametrize("find", ENGINES)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.line)
@pytest.mark.parametrize("stacked", [False, True], ids=["one", "stack"])
@pytest.mark.parametrize("width", [0, 200, 300])
def test_a_box_is_drawn_as_its_table_is(find, look: Look, stacked: bool, width: int) -> None:
    """Frames, dashes, size and rows are those of the table that the same box is in `.dot`."""
    lines = [
        heading("web-1", "✓ ready"),
        ["Pod IP ", bold("10.244.1.5")],
        "a line that is wrapped " * 4,
        "end",
    ]
    box = Box(lines, look, id="n", stacked=stacked and look.border > 0, width=width)
    ((here, there),) = both(Scene([box]), find)
    near = 0.6 if find == engine.embedded else 2  # another Graphviz may have other fonts
    assert [frame[:2] for frame in here.frames] == [frame[:2] for frame in there.frames]
    for (wide, high), (its_wide, its_high) in zip(apart(here.frames), apart(there.frames), strict=True):
        assert high == pytest.approx(its_high, abs=near)
        # the engines measure text in their own way
        assert wide == pytest.approx(its_wide, abs=near if width == 300 else 12)
    assert [row[0] for row in here.rows] == [row[0] for row in there.rows]
    assert len(here.rows) > 4
    if here.frames:
        for (_text, x, y), (_said, its_x, its_y) in zip(here.rows, there.rows, strict=True):
            assert x - here.frames[0][2] == pytest.approx(its_x - there.frames[0][2], abs=near)
            assert y - here.frames[0][3] == pytest.approx(its_y - there.frames[0][3], abs=near)


PEERS = {**PICTURES, **{f"nasty {name}": make for name, make in NASTY_PICTURES.items()}}


@pytest.mark.parametrize("make", PEERS.values(), ids=PEERS)
def test_a_picture_says_what_its_dot_says(make) -> None:
    """Whoever feeds `.dot` to an engine sees the same nodes with the same words and frames as in `.svg`."""
    fig = make()
    there = engine.draw(fig.dot)
    assert there.problem == fig.problem == ""
    pairs = list(zip(nodes(fig.svg), nodes(there.svg), strict=True))
    assert pairs
    for here, its in pairs:
        assert [row[0] for row in here.rows] == [row[0] for row in its.rows]
        assert [frame[:2] for frame in here.frames] == [frame[:2] for frame in its.frames]
        for (_wide, high), (_its_wide, its_high) in zip(apart(here.frames), apart(its.frames), strict=True):
            assert high == pytest.approx(its_high, abs=0.6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(NASTY)), min_size=1, max_size=4))
def test_no_row_leaves_its_box(lines: list[str]) -> None:
    """Each row begins and ends in its frame, as wide as it is measured, and stands over the lower side."""
    box = Box([[bold(text), note(text, palette.MUTED)] for text in lines], palette.POD, id="n")
    boxes = Boxes()
    made = engine.draw(drawing.dot(Scene([box]), boxes), boxes.filled)
    assert made.problem == ""
    (node,) = nodes(made.svg)
    ((_color, _dashes, left, top, right, bottom),) = node.frames
    for text, x, y in node.rows:
        assert left < x
        assert x + points(text, bold=False) <= right
        assert top < y < bottom


def test_three_spaces_stay_three() -> None:
    """A browser shows several spaces as one: those between a name and a state are of another sort."""
    boxes = Boxes()
    made = engine.draw(drawing.dot(Scene([Box([heading("web", "ready")], id="n")]), boxes), boxes.filled)
    assert ">web</tspan>\xa0\xa0 ready</text>" in made.svg


def test_what_a_table_alone_can_do_is_left_to_the_engine() -> None:
    """Boxes with parts in them, with ports, an anchor or a fixed size are tables."""
    inner = Box(["b"])
    for box in (
        Box(["a"], inside=[inner]),
        Box(["a"], port="p"),
        Box(["a"], anchor=9, width=90),
        Box(["a"], size=(80, 30)),
    ):
        assert not Boxes().empty(box)
    assert Boxes().empty(Box(["a"]))


def test_a_box_keeps_the_place_that_a_scene_gives_it() -> None:
    """An empty box is pinned where the full one would be."""
    scene = Scene([Box(["a"], palette.POD, id="a", at=(0, 0)), Box(["b"], palette.POD, id="b", at=(90, 60))])
    here, its = zip(*both(scene), strict=True)
    for pair in (here, its):
        (_c, _d, left, top, right, bottom), (_e, _f, its_left, its_top, its_right, its_bottom) = (
            node.frames[0] for node in pair
        )
        assert (its_left + its_right - left - right) / 2 == pytest.approx(90, abs=0.6)
        assert (top + bottom - its_top - its_bottom) / 2 == pytest.approx(60, abs=0.6)


@pytest.mark.parametrize(
    "answer",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"><text>web</text></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><g class="graph"><text>web</text></g></svg>',
    ],
)
def test_an_answer_without_the_boxes_is_no_picture(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """An engine that draws something else is passed over, and the words stand in for the picture."""

    class Answer:
        returncode, stdout = 0, answer.encode()

    monkeypatch.setattr(engine.subprocess, "run", lambda *_args, **_more: Answer)
    fig = kn.load("guestbook").service_map()
    assert "its answer is not a picture with text" in fig.problem


def test_a_figure_calls_the_engine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked at: as SVG, as a page, in a cell; its words and its DOT need no engine."""
    calls = []
    run = engine._run
    monkeypatch.setattr(engine, "_run", lambda *given: calls.append(given) or run(*given))
    fig = kn.load("guestbook").service_map()
    assert fig.dot
    assert fig.text
    assert not calls
    assert fig.svg
    assert fig.html
    assert fig._repr_mimebundle_()
    assert len(calls) == 1


def test_an_arrow_with_one_row_of_words_has_one_table() -> None:
    """A second one around it costs the engine time, and keeps the words no further from the arrow."""
    scene = Scene([Box(["a"], id="a"), Box(["b"], id="b"), Link("a", "b", words=Label([":80"], padding=2))])
    words = next(line for line in drawing.dot(scene).splitlines() if "->" in line)
    assert words.count("<table") == 1
    assert 'cellspacing="2"' in words


@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=4))
def test_a_line_that_fits_is_one_row(texts: list[tuple[str, bool]]) -> None:
    """It is drawn as it is, but for spaces before it."""
    runs = [Run(text, heavy) for text, heavy in texts]
    (row,) = wrapped(Line(runs), 10_000)
    assert "".join(run.text for run in row) == "".join(plain(run.text) for run in runs).lstrip()
