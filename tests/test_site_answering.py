"""Exercises that are answered on a page say what `kn.check` says, in both languages."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest

from k8snotes import catalogue
from k8snotes.course import answers as kinds
from k8snotes.course import record
from k8snotes.course.answers import Address, Number, UnreadableAnswerError
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.checking import check
from k8snotes.figures.wording import marked_up
from k8snotes.site.answering import Answers, form, numerals, question_only, turned

SCRIPT = Path(__file__).parents[1] / "notebooks" / "site" / "_static" / "k8snotes.js"
ALL = [exercise for name in chapters() for exercise in exercises(name).values()]
MOST = 9  # answers of an exercise that are compared: all of a choice, some of an answer with several fields


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Answers that are only tried belong to nobody."""
    monkeypatch.setattr(record, "_answered_here", {})
    monkeypatch.setattr(record, "_noted_here", {})
    before = catalogue.current()
    yield
    catalogue.use(before)


@pytest.fixture(scope="module")
def node():
    """A JavaScript outside of a browser."""
    found = shutil.which("node")
    if not found:
        pytest.skip("there is no node to run the script of the pages")

    def run(call: str, given: object) -> object:
        code = (
            f"const s = require({json.dumps(str(SCRIPT))}); s.use({json.dumps(numerals())});"
            f"const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
            f"console.log(JSON.stringify({call}))"
        )
        done = subprocess.run(
            [found, "-e", code], input=json.dumps(given), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return run


def typed(value: object) -> object:
    """Return an answer as the controls of a page hold it."""
    return [str(each) for each in value] if isinstance(value, list) else str(value)


def said(data: dict, at: int, answer: object = "") -> tuple:
    """Return the status and the words of a verdict."""
    status, _look, lines, hints = data["verdicts"][at]
    texts = [text.replace("{answer}", str(answer)) for text in data["texts"]]
    return status, " ".join(texts[line] for line in lines), [texts[hint] for hint in hints]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        *(("en", name) for name in chapters()),
        ("zh", "00-start-here"),
        ("zh", "06-labels"),
        ("zh", "07-three-ips"),
    ],
)
def test_an_answer_on_a_page_gets_the_verdict_of_kn_check(language, name, node):
    """Every choice, every number that is mentioned and another one, and a sample of answers with fields."""
    catalogue.use(language)
    chosen = random.Random(name)  # noqa: S311
    compared = []
    for exercise in exercises(name).values():
        found = Answers.of(exercise)
        if found is None:
            continue
        every = list(product(*(part.classes for part in found.parts)))
        most = MOST if len(found.parts) > 1 or len(every) > 16 else len(every)
        compared += [(exercise, found, given) for given in chosen.sample(every, min(most, len(every)))]
    calls = [[found.data, [typed(value) for value in given]] for _exercise, found, given in compared]
    places = node("given.map(([data, typed]) => s.verdictOn(data, typed))", calls)
    assert compared
    for (exercise, found, given), place in zip(compared, places, strict=True):
        result = check(exercise.id, found.answer(given))
        if exercise.guess:
            assert result.status == "noted"
            result = check(exercise.id)
        status, words, hints = said(found.data, place, given[0])
        assert status == result.status, (exercise.id, given)
        assert marked_up(result.message) in words
        assert all(marked_up(str(belief)) in words for belief in result.misconceptions[:1])
        assert hints == list(dict.fromkeys(marked_up(str(hint)) for hint in result.hints))


def test_numbers_are_read_as_kn_check_reads_them(node):
    """In digits, English and Chinese words, with what people write around them."""
    chosen = random.Random(25)  # noqa: S311
    parts = [
        *kinds.NUMBERS,
        *kinds.NOTHING,
        "4",
        "four",
        "-2",
        "3.0",
        "3.5",
        "1,000",
        "１２",
        "四",
        "三千三百零六",
        "两个",
        "十",
    ]
    parts += [
        "Pods",
        "个",
        "about",
        " ",
        ",",
        ".",
        "and",
        "8 or 8",
        "10.96.0.1",
        "x",
        "1_000",
        '"7"',
        "none of them",
        "00",
        "9" * 25,
    ]
    texts = [
        *parts,
        *("".join(chosen.choices(parts + [" "] * 20, k=chosen.randint(1, 4))) for _time in range(3000)),
    ]
    texts = [text for text in texts if text.strip()]
    expected = []
    for text in texts:
        try:
            expected.append(str(Number().read(text)))
        except UnreadableAnswerError:
            expected.append(None)
    wrong = [
        (text, theirs, ours)
        for text, theirs, ours in zip(texts, expected, node("given.map(s.readNumber)", texts), strict=True)
        if theirs != ours
    ]
    assert not wrong, wrong[:10]


def test_addresses_are_read_as_kn_check_reads_them(node):
    """An address of IPv4 or a range, and nothing that only looks like one."""
    texts = [
        "10.96.0.1",
        " 10.0.0.7. ",
        "10.96.0.0/16",
        "10.96.0.1/16",
        "10.96.0.0/33",
        "256.1.1.1",
        "10.0.0",
        "01.2.3.4",
        "none",
        "nothing",
        "10.244.1.0/24",
        "`10.1.1.1`",
        "1.2.3.4/32",
        "0.0.0.0/0",
        "x",
    ]
    expected = []
    for text in texts:
        try:
            expected.append(Address().read(text))
        except UnreadableAnswerError:
            expected.append(None)
    assert node("given.map(s.readAddress)", texts) == expected


def test_blank_fields_are_told_by_their_names(node):
    """An answer that is not whole gets no verdict, and says which fields are still open."""
    found = Answers.of(exercises("06-labels")["06-labels/recall"])
    assert found is not None
    blank, some = node(
        "given.map(([data, typed]) => s.verdictOn(data, typed))",
        [[found.data, ["", "", ""]], [found.data, ["500", "...", "killed"]]],
    )
    assert said(found.data, blank)[0] == "no answer yet"
    status, words, _hints = said(found.data, some)
    assert (status, "finds a Node" in words, "half a CPU" in words) == ("no answer yet", True, False)


def test_what_is_turned_twice_is_as_it_was(node):
    """In Python and on the page."""
    text = json.dumps({"right": "Service 有 4 个端点", "b": "Zz09 ✓ <b>：（）ｆ</b>"}, ensure_ascii=False)
    assert turned(turned(text)) == text
    assert node("s.turned(given)", turned(text)) == text


class _Controls(HTMLParser):
    """What a form has: its controls, and what labels them."""

    def __init__(self) -> None:
        super().__init__()
        self.unnamed: list[str] = []
        self.labels: set[str] = set()
        self.inside = 0
        self.shown = True

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.inside += tag == "label"
        if tag == "label" and "for" in named:
            self.labels.add(named["for"])
        if tag == "form":
            self.shown = "hidden" not in named
        if tag in ("input", "select") and not self.inside and named.get("id") not in self.labels:
            self.unnamed.append(named.get("name", tag))

    def handle_endtag(self, tag):
        self.inside -= tag == "label"


@pytest.mark.parametrize("name", ["00-start-here", "06-labels", "07-three-ips", "14-your-own-cluster"])
def test_a_form_is_hidden_until_a_script_shows_it_and_every_control_has_a_label(name):
    """Without scripts the question and what there is to choose are there to read."""
    for exercise in exercises(name).values():
        html = form(exercise)
        if not html:
            continue
        page = _Controls()
        page.feed(html)
        assert not page.unnamed, exercise.id
        assert not page.shown
        assert marked_up(exercise.markdown) in html.partition("<form")[0]
        assert all(marked_up(words) in html.partition("<form")[0] for words in exercise.options.values())


def test_the_source_of_a_page_gives_no_answer_away():
    """Neither the explanation nor the hints can be read there at a glance."""
    for name in ("01-service", "06-labels"):
        for exercise in exercises(name).values():
            html = form(exercise)
            if html:
                assert marked_up(exercise.because) not in html
                assert not any(marked_up(belief.hint) in html for belief in exercise.beliefs)
                assert not re.search(r'class="[^"]*(right|correct)', html)


def test_what_a_cluster_has_to_judge_has_no_form():
    """Manifests, lines of kubectl and selectors are judged by what a cluster does."""
    without = [
        exercise for exercise in ALL if type(exercise.reads).__name__ in ("Deed", "Prints", "Repair", "Finds")
    ]
    assert len(without) > 90
    assert not any(form(exercise) for exercise in without)
    ticket = exercises("14-your-own-cluster")["14-your-own-cluster/1"]
    html = question_only(ticket, "<p>there</p>")
    assert "apiVersion" in html
    assert html.endswith("<p>there</p></div>")


def test_trying_all_answers_changes_no_solution_and_notes_no_prediction():
    """What was computed once for a page is computed anew for a reader."""
    exercise = exercises("06-labels")["06-labels/guess-2"]
    before = exercise.solution
    assert Answers.of(exercise) is not None
    assert exercise.solution is before
    assert record.noted(exercise.id) is None
