"""Chinese in pictures: lines break where Chinese lines do, nothing is lost, and no label leaves its box."""

from __future__ import annotations

import re

import pytest
import svg_reader as read
from hypothesis import example, given, settings
from hypothesis import strategies as st

from k8snotes.figures import drawing, palette
from k8snotes.figures.measure import has_wide, pixels, wrapped
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import Box, Line, Run, Scene, bold, heading, note

CLOSING = "，。、；：？！）」』】》"
OPENING = "（「『【《"
LATIN = ("Pod", "Service", "app=web", "10.244.1.5:80", "kube-proxy", "✓", "×", "12", "…", "(web)")
# a word that is longer than a row loses its middle, so none is joined to another one
WORDS = st.sampled_from([word + after for word in LATIN for after in (" ", "的", "，", "（", "）")])
PIECES = st.one_of(
    st.text(alphabet="的服务端点没有就绪选择算符标签节点规则转发到其中一个数据包", min_size=1, max_size=12),
    WORDS,
    st.sampled_from([*CLOSING, *OPENING, " ", " "]),
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
RUNS = st.builds(Run, TEXTS, st.booleans(), st.sampled_from(["", palette.MUTED]), st.booleans(), st.just(0), st.none(), st.booleans(), st.booleans(), st.booleans())  # fmt: skip
LONG = "网络数据包按照规则被转发到其中一个就绪的端点，规则由节点上的组件写入；没有程序在监听这个地址（集群地址只存在于规则里）。"


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def rows_of(line: Line, limit: float) -> list[str]:
    return ["".join(run.text for run in (*row.left, *row.right)) for row in wrapped(line, limit)]


@given(st.lists(RUNS, max_size=4), st.integers(110, 400))
@example([Run("服务"), Run("，没有端点")], 110)
@example([Run("（", bold=True), Run("服务）" * 20)], 110)
def test_no_row_is_wider_than_the_limit_and_nothing_is_lost(runs: list[Run], limit: int) -> None:
    """Whatever Chinese and Latin stands in a line, each row fits, and the rows say all of it, or end in dots."""
    line = Line(runs)
    rows = wrapped(line, limit)
    for row in rows:
        assert row.wide <= limit + 0.001, row
    if any(run.right for run in runs):
        return  # what is at the right stands beside the first row, or under the others
    said, whole = squeezed("".join(rows_of(line, limit))), squeezed("".join(run.text for run in runs))
    if len(rows) < 5:
        assert said == whole
    elif said != whole:
        assert said.endswith("…")
        assert whole.startswith(said[:-1])


@given(TEXTS, st.integers(110, 300))
@example(LONG, 120)
def test_no_row_begins_with_a_comma_or_ends_with_an_open_bracket(text: str, limit: int) -> None:
    """What closes stays with what is before it, what opens with what follows."""
    # a row can begin so where the text does, and where a writer has put a blank before it
    text = re.sub(rf"(^|\s)\s*[{CLOSING}]+", r"\1", re.sub(rf"[{OPENING}]+(\s|$)", r"\1", text))
    text = re.sub(rf"([{OPENING}{CLOSING}])[{OPENING}{CLOSING}]+", r"\1", text)
    text = re.sub(rf"(^|\s)\s*[{CLOSING}]+", r"\1", re.sub(rf"[{OPENING}]+(\s|$)", r"\1", text))
    for row in rows_of(Line(text), limit):
        assert row.strip()[:1] not in CLOSING or not row.strip(), row
        assert row.strip()[-1:] not in OPENING or not row.strip(), row


def test_punctuation_stays_with_its_word_across_styles() -> None:
    """A comma in another style than the word before it does not begin a row."""
    rows = rows_of(Line([bold("选择算符没有找到任何就绪的容器组"), "，所以服务没有端点"]), 189)
    assert len(rows) > 1
    assert not any(row.startswith("，") for row in rows)


def test_a_blank_after_an_open_bracket_takes_nothing_with_it() -> None:
    """A blank that a new row does not need goes alone: the word before it stays, though a bracket opened there."""
    rows = rows_of(Line([bold("（"), Run(" 选择算符标签节点规则")]), 110)
    assert squeezed("".join(rows)) == "（选择算符标签节点规则"


def test_a_long_chinese_sentence_is_broken_and_not_cut() -> None:
    """A run of sixty letters without a blank becomes rows; it does not lose its middle."""
    rows = rows_of(Line(LONG), 300)
    assert 1 < len(rows) <= 5
    assert "".join(rows) == LONG
    assert all(pixels(row) > 250 for row in rows[:-1])


def test_a_very_long_chinese_sentence_ends_in_dots() -> None:
    """After five rows stand dots, in the place of as few letters as possible."""
    rows = rows_of(Line(LONG * 4), 200)
    assert len(rows) == 5
    assert rows[-1].endswith("…")
    assert pixels(rows[-1]) > 170


def test_what_is_to_stay_whole_breaks_only_where_it_does_not_fit() -> None:
    """A state stays on one row, and one that is wider than its box is broken like any other text."""
    assert rows_of(Line(["名字", Run("   就绪", whole=True)]), 70) == ["名字   就绪"]
    rows = rows_of(Line(Run("网络数据包被转发到其中一个就绪的端点", whole=True)), 120)
    assert "".join(rows) == "网络数据包被转发到其中一个就绪的端点"


@pytest.mark.parametrize("text", ["服务", "，。", "「」", "👍", "ｗｅｂ", "サービス", "서비스"])
def test_wide_letters_are_measured_as_wide_as_they_are_drawn(text: str) -> None:
    """A browser draws each of them as wide as the type is high, emoji a third wider; in bold, too."""
    for is_bold in (False, True):
        assert pixels(text, 10, bold=is_bold) >= 10 * len(text)
    assert has_wide(text)


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(TEXTS.filter(has_wide), min_size=1, max_size=4))
@example(lines=[LONG])
def test_no_label_leaves_its_box(lines: list[str]) -> None:
    """The frame is as wide as a browser draws the text in it."""
    box = Box(
        [heading("服务 web", "✓ 就绪"), *lines, [bold(lines[0]), note(lines[-1], palette.MUTED)]],
        palette.POD,
        id="n",
    )
    made = drawing.draw(Scene([box]))
    (frame,) = read.frames(made.before + made.after)
    for text in read.texts(made.before + made.after):
        assert text.left >= frame.left
        # what a browser needs: full letters are as wide as high
        wide = pixels("".join(c for c in text.words if not has_wide(c))) + text.size * sum(
            map(has_wide, text.words)
        )
        assert text.left + 0.97 * min(wide, text.right - text.left + 4) <= frame.right, text


def test_a_column_is_as_wide_as_its_chinese_boxes() -> None:
    """Boxes of one column fit their lines, in whatever language these are."""
    assert size_of(Box(["网络数据包"]))[0] >= 5 * 13 + 16
