"""The picture of a diagnosis: its finding, its boxes, and that it fits a screen."""

import re

import pytest
import test_ingress as ingresses

import k8snotes as kn
from k8snotes.facts.diagnosis import Diagnosis, Step
from k8snotes.figures import palette
from k8snotes.figures.diagnosis import diagnosis_figure
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Box, Mark, Path

CODES = [
    "service",
    "pod",
    "address",
    "class",
    "proxy",
    "host",
    "path",
    "backend",
    "selector",
    "scheduled",
    "image",
    "started",
    "running",
    "ready",
    "port",
    "listen",
    "policy",
    "rules",
    "dns",
    "answer",
]


def size(figure):
    """Return the width and the height of a picture, in pixels."""
    return tuple(float(re.search(rf'{side}="([\d.]+)"', figure.svg).group(1)) for side in ("width", "height"))


def fits(figure):
    """Whether a picture fits a screen."""
    wide, high = size(figure)
    return wide <= WIDEST and high <= HIGHEST


@pytest.fixture(scope="module")
def broken():
    return kn.load("guestbook-broken")


def test_the_title_says_which_question_finds_the_fault(broken):
    """The finding is the number of the question, or that there is no fault."""
    assert broken.diagnose("svc/frontend").title == "service/frontend: question 2 of 9 finds the fault"
    assert broken.diagnose("svc/frontend").verdict == "✗ service/frontend: no Pod is behind it"
    assert broken.diagnose("pod/search").title == "pod/search: ✓ no fault (10 questions)"
    dump = kn.load("till-dump")
    assert dump.diagnose("svc/till").title == "service/till: ✓ no fault (9 questions)"


def test_what_leaves_the_cluster_has_no_finding(broken):
    """A request that leaves the cluster has neither a fault nor an answer."""
    figure = broken.diagnose("http://192.0.2.7")
    assert figure.finding == "no fault is found, and the end is not known here"
    assert figure.facts.ok is None


def test_the_words_have_all_that_was_asked(broken):
    """The outline has each question with its answer and its line of kubectl, what to change, and what was not asked."""
    figure = broken.diagnose("svc/cache")
    for step in figure.facts.steps:
        assert step.question in figure.text
        if step.asked:
            assert step.answer in figure.text
            assert f"$ {step.kubectl}" in figure.text
    assert f"What to change: {figure.facts.fault.hint}" in figure.text
    assert "6 more questions are not asked:" in figure.text


def test_the_alternative_text_names_the_fault(broken):
    """Who cannot see the picture hears the fault and what to change."""
    alt = broken.diagnose("svc/search").alt
    assert "question 4 of 9" in alt
    assert "Write targetPort: web in service/search" in alt


@pytest.mark.parametrize(
    "target",
    [
        "svc/frontend",
        "svc/cache",
        "svc/mysql-server",
        "svc/search",
        "pod/mail",
        "pod/thumbnails",
        "pod/search",
    ],
)
def test_a_chart_fits_a_screen(broken, target):
    """Where a chart would be too high, what was not asked and the first questions have one line each."""
    assert fits(broken.diagnose(target))


def test_the_spine_is_thick_as_far_as_the_questions_were_asked(broken):
    """One circle for each question; the way is thick up to the fault, and dotted behind it."""
    figure = broken.diagnose("svc/search")
    number = len(figure.facts.steps)
    at = figure.facts.steps.index(figure.facts.fault)
    assert sum(isinstance(item, Mark) for item in figure.scene.drawn) == number
    lines = [item for item in figure.scene.drawn if isinstance(item, Path)]
    assert [line.style for line in lines] == ["solid"] * at + ["dotted"] * (number - at - 1)
    assert min(line.width for line in lines[:at]) > max(line.width for line in lines[at:])


def test_the_fault_alone_is_vermilion(broken):
    """The fault has the look of a fault, and so has what to change beside it; nothing else has."""
    figure = broken.diagnose("svc/search")
    at = figure.facts.steps.index(figure.facts.fault)
    boxes = [item for item in figure.scene.drawn if isinstance(item, Box)]
    assert {box.id for box in boxes if box.look == palette.FAULT} == {f"q{at}", "card"}


def test_a_click_on_a_question_copies_its_line(broken):
    """What a question is copied as is its line of kubectl."""
    figure = broken.diagnose("svc/search")
    refs = [item.ref for item in figure.scene.drawn if isinstance(item, Box) and item.ref]
    assert refs == [step.kubectl for step in figure.facts.steps]


@pytest.mark.parametrize("code", CODES)
def test_every_fault_has_its_sentence(code):
    """Whatever is at fault, the first line says it."""
    facts = Diagnosis("service/web", "", (Step(code, "Is it well?", "no", ok=False),))
    assert diagnosis_figure(facts).verdict.startswith("✗ service/web: ")


def test_a_long_chart_fits_a_screen():
    """The questions of an Ingress, twelve of them before the fault, fit too."""
    c = ingresses.lab(ingresses.SIMPLE)
    assert fits(c.diagnose("http://shop.example.com/"))
    c.listen("deploy/web", 8080, address="127.0.0.1")
    figure = c.diagnose("http://shop.example.com/")
    assert figure.facts.fault.code == "listen"
    assert fits(figure)
    asked = [step for step in figure.facts.steps if step.asked]
    short = [box for box in figure.scene.drawn if isinstance(box, Box) and len(box.lines) == 1]
    assert len(short) > len(figure.facts.steps) - len(asked)
    assert all(box.lines[0].drawn for box in short)
