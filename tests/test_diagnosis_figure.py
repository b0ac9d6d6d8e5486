"""The picture of a diagnosis: its finding, its boxes, and that it fits a screen."""

import re

import pytest
import test_ingress as ingresses

import k8snotes as kn

HIGH = 700  # pixels: what of a picture fits a screen of 800


def height(figure):
    """Return the height of a picture, in pixels."""
    return float(re.search(r'height="([\d.]+)pt"', figure.svg).group(1)) * 4 / 3


@pytest.fixture(scope="module")
def broken():
    return kn.load("guestbook-broken")


def test_the_title_says_which_question_finds_the_fault(broken):
    """The finding is the number of the question, or that there is no fault."""
    assert broken.diagnose("svc/frontend").title == "service/frontend: ✗ question 2 of 9 finds the fault"
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
    """Where a chart would be too high, the first questions have one line each."""
    figure = broken.diagnose(target)
    assert not figure.problem
    assert height(figure) <= HIGH


def test_a_long_chart_fits_a_screen():
    """The questions of an Ingress, twelve of them before the fault, fit too."""
    c = ingresses.lab(ingresses.SIMPLE)
    assert height(c.diagnose("http://shop.example.com/")) <= HIGH
    c.listen("deploy/web", 8080, address="127.0.0.1")
    figure = c.diagnose("http://shop.example.com/")
    assert figure.facts.fault.code == "listen"
    assert height(figure) <= HIGH
    short = [box for box in figure.scene.drawn if getattr(box, "lines", ()) and len(box.lines) == 1]
    assert short
    assert all(box.lines[0].drawn for box in short)
