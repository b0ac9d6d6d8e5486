"""The parts of a picture: as large as they are measured, and drawn so that nothing leaves its frame."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
import svg_reader as read
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_figures_drawing import NASTY

import k8snotes as kn
from k8snotes.figures import drawing, palette
from k8snotes.figures.measure import SMALL, pixels, wrapped
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import align, size_of, width_for
from k8snotes.figures.scene import (
    Bar,
    Bars,
    Box,
    Label,
    Line,
    Link,
    Mark,
    Path,
    Piece,
    Scene,
    Table,
    address,
    bold,
    heading,
    literal,
    note,
    state,
)

LOOKS = {
    name: getattr(palette, name)
    for name in ("SERVICE", "POD", "NODE", "NOT_READY", "LEFT_OUT", "ERROR", "PLAIN", "ACTS")
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(NASTY)


def drawn(*items: object) -> str:
    made = drawing.draw(Scene([*items]))  # type: ignore[list-item]
    return made.before + made.after


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("stacked", [False, True], ids=["one", "stack"])
@pytest.mark.parametrize("width", [0, 200, 300])
def test_a_frame_has_the_line_and_the_size_of_its_box(look: Look, width: int, *, stacked: bool) -> None:
    """Colour, dashes and corners are those of the look, and a stack has two frames."""
    box = Box(
        [heading("web-1", "✓ ready"), "a line that is wrapped " * 4, "end"],
        look,
        stacked=stacked,
        width=width,
    )
    wide, high = size_of(box)
    found = read.frames(drawn(box))
    assert len(found) == 1 + stacked
    assert {(frame.line, frame.ground) for frame in found} == {(look.line, look.fill)}
    assert all(
        bool(frame.dashes) == ("solid" not in look.style and look.style != "rounded") for frame in found
    )
    sides = [frame[:4] for frame in found]
    assert max(side[2] for side in sides) - min(side[0] for side in sides) == pytest.approx(wide, abs=0.3)
    assert max(side[3] for side in sides) - min(side[1] for side in sides) == pytest.approx(high, abs=0.3)
    assert not width or wide == width


@settings(max_examples=60, deadline=None)
@given(name=TEXTS, of=TEXTS, rest=st.lists(TEXTS, max_size=3), width=st.integers(90, 420))
@example(name="frontend-canary-7b47cc7c56-hbkrs", of="✓ ready", rest=["x" * 300], width=90)
def test_no_text_leaves_its_frame(name: str, of: str, rest: list[str], width: int) -> None:
    """Each text begins and ends between the sides of its box, and no two of them meet."""
    lines: list[object] = [heading(name, of), [literal(name), " ", note(of)], *rest, [bold(name), state(of)]]
    found = drawn(Box(lines, palette.POD, width=width))  # type: ignore[arg-type]
    (frame,) = read.frames(found)
    rows: dict[float, list[read.Text]] = {}
    for text in read.texts(found):
        assert text.size >= SMALL
        assert frame.left + 4 <= text.left
        assert text.right <= frame.right - 4, text
        assert frame.top < text.y - 8
        assert text.y < frame.bottom
        rows.setdefault(text.y, []).append(text)
    for row in rows.values():
        row.sort(key=lambda text: text.left)
        for before, after in pairwise(row):
            assert before.right <= after.left + 0.2


def test_a_state_stands_at_the_right_side_of_its_box() -> None:
    """What is at the right ends where its box does, in each box of a column."""
    boxes = align(
        [Box([heading("web", "✓ ready")], palette.POD), Box([heading("a-longer-name", "◐ not ready")])]
    )
    found = drawn(Table([[box] for box in boxes]))
    ends = [text.right for text in read.texts(found) if text.words.endswith("ready")]
    assert len(ends) == 2
    assert ends[0] == pytest.approx(ends[1], abs=0.3)
    assert width_for(boxes) == boxes[0].width


@given(st.text(alphabet="abcWil.-服务：…", max_size=60))
def test_the_width_of_a_text_does_not_depend_on_the_order_of_its_letters(text: str) -> None:
    """Python adds fractions one way until 3.11 and another way since: a picture has the same bytes on both."""
    assert {pixels("".join(sorted(text)), bold=each) for each in (True, False)} == {
        pixels(text, bold=each) for each in (True, False)
    }


def test_a_name_is_cut_by_its_meaning_and_whole_in_the_title() -> None:
    """The hash of the template goes first, the suffix never; a pointer that rests on the box reads all of it."""
    name = "frontend-canary-54c475fb99-qm5pn"
    found = drawn(Box([heading(name, "✓ ready")], palette.POD, id="p", width=240))
    assert "frontend-canary-…-qm5pn" in [text.words for text in read.texts(found)]
    assert f"<title>{name}   ✓ ready</title>" in found


def test_what_can_be_pasted_stands_in_a_type_of_one_width() -> None:
    """Addresses, labels and commands are told from words by their letters, not by their colour."""
    found = drawn(Box([[address("10.96.0.1", palette.SERVICE), literal(":80"), " here"]]))
    kinds = {
        text: kind
        for text, kind in ((node.text, node.get("class")) for node in read.parse(found).iter())
        if text
    }
    assert kinds["10.96.0.1"] == "name m"
    assert kinds[":80"] == "m"
    assert kinds["here"] is None


def test_cells_of_a_table_form_columns() -> None:
    """Each column begins alike, whatever is in it."""
    rows = [[Box(["a"], width=40), Box(["b"])], [Box(["a longer one"]), Label(["c"])], [Label(["d"])]]
    found = {text.words: text.left for text in read.texts(drawn(Table(rows)))}
    assert found["b"] - found["c"] == pytest.approx(8)  # a label has no frame around it
    assert found["a"] == found["a longer one"]
    assert found["d"] < found["a"]


@settings(max_examples=40, deadline=None)
@given(amounts=st.lists(st.integers(0, 10**30), max_size=5), whole=st.integers(0, 10**30))
def test_a_bar_is_to_scale_and_no_piece_of_it_gets_lost(amounts: list[int], whole: int) -> None:
    """Each piece that is something is seen, and all of them are at most half as long again as the whole."""
    bar = Bar([Piece(amount, palette.REQUESTED) for amount in amounts], whole, width=200)
    found = read.frames(drawn(Box([], inside=[bar])))[1:]
    assert len(found) == max(whole > 0, sum(amount > 0 for amount in amounts))
    if not found:
        return  # nothing of nothing
    assert all(frame.right - frame.left >= 2.9 for frame in found)
    assert found[-1].right - found[0].left <= 300.5
    if whole and sum(amounts) <= whole:
        assert found[-1].right - found[0].left == pytest.approx(
            200 if sum(amounts) == 0 else max(200 * sum(amounts) / whole, 3), abs=3 * len(found)
        )


def test_rows_of_bars_begin_alike() -> None:
    """Names, bars and words are three columns; the bars of all groups are."""
    bar = Bar([Piece(5, palette.USED)], 10)
    rows = [(Line("cpu"), bar, Line("5 of 10")), (Line("a longer name"), bar, Line("half of it"))]
    found = drawn(Box([], inside=[Bars([rows, rows[:1]])]))
    lefts = {frame.left for frame in read.frames(found)[1:]}
    assert len(lefts) == 1
    words = [text for text in read.texts(found) if "of" in text.words]
    assert len({text.left for text in words}) == 1


def test_an_arrow_leads_from_the_middle_of_a_side_to_the_middle_of_a_side() -> None:
    """It begins where its box ends, and its tip ends where the other box begins."""
    boxes = [
        Box(["web"], id="a", at=(0, 0), size=(80, 30)),
        Box(["db"], id="b", at=(200, 100), size=(80, 40)),
    ]
    found = drawn(*boxes, Link("a", "b", palette.WAITING))
    (line,) = read.lines(found)
    assert line[0] == pytest.approx((81, 16), abs=0.1)
    (tip,) = [node.get("points") for node in read.parse(found).iter() if node.tag.endswith("polygon")]
    assert "201.0,121.0" in str(tip)


def test_a_link_that_stops_ends_at_a_bar() -> None:
    """Where no traffic comes through, a bar stands across the line, and no head."""
    found = drawn(Box(["a"], id="a"), Box(["b"], id="b"), Link("a", "b", palette.CUT))
    assert len(read.lines(found)) == 2
    assert "polygon" not in found


def test_a_link_may_end_at_a_line_of_a_box_and_turn() -> None:
    """It ends at the height of that line, at the side that is asked for."""
    box = Box(["head", "first", "second"], id="b", at=(200, 0))
    found = drawn(Box(["a"], id="a", at=(0, 0)), box, Link("a", "b:2:w", bend=150))
    (line,) = read.lines(found)
    (second,) = [text for text in read.texts(found) if text.words == "second"]
    assert len(line) == 4
    assert line[-1][1] == pytest.approx(second.y - 4, abs=4)
    assert line[1][0] == line[2][0] == 151


def test_marks_and_paths_are_drawn_where_they_stand() -> None:
    """The signs of a diagram: a dot, a curve and a ground."""
    found = drawn(
        Mark("m", (10, 10), palette.ACTS),
        Path([(0, 0), (20, 30)], style="dashed"),
        Path([(0, 0), (1, 1), (1, 0)], fill="#f4f6f8", width=0),
    )
    assert 'cx="11.0" cy="11.0"' in found
    assert "stroke-dasharray" in found
    assert '<polygon class="x" points="1.0,1.0 2.0,2.0 2.0,1.0" fill="#f4f6f8"/>' in found


def test_a_picture_needs_no_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn by Python alone, once, however often it is looked at."""

    def never(*_args: object, **_more: object) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "run", never)
    monkeypatch.setattr(subprocess, "Popen", never)
    calls: list[object] = []
    real = drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda scene: calls.append(scene) or real(scene))
    figure = kn.load("guestbook").service_map()
    assert figure.svg == figure.svg
    assert figure._repr_mimebundle_()["image/svg+xml"] == figure.svg
    assert figure.html
    assert len(calls) == 1


def test_a_picture_is_the_same_on_every_machine() -> None:
    """Another process, with another seed of hashes, draws it byte for byte."""
    code = "import k8snotes as kn; print(kn.load('guestbook').service_map().svg)"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert "<svg" in runs[0]


@given(st.lists(st.tuples(st.text("ab c", max_size=8), st.booleans()), max_size=4))
def test_a_line_that_fits_is_one_row(texts: list[tuple[str, bool]]) -> None:
    """It is drawn as it is, but for spaces before it."""
    line = Line([bold(text) if heavy else text for text, heavy in texts])
    rows = wrapped(line, 10_000)
    said = "".join(run.text for row in rows for run in row.left)
    assert len(rows) <= 1
    assert said == "".join(text for text, _heavy in texts).lstrip()
