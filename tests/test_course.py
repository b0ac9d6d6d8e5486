"""The checker: what is right, what is no answer yet, and which misconception is behind a wrong answer."""

import ast
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.course import CheckResult, answers, check, record
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.deeds import Deed, Prints, Repair
from k8snotes.course.exercises.your_own_cluster import broken

sys.path.insert(0, str(Path(__file__).parent))
from solutions import GUESSES, SOLUTIONS

ALL = [item for chapter in chapters() for item in exercises(chapter).values()]
JUDGED = [item for item in ALL if not item.guess]
BLANKS = [
    None,
    ...,
    "",
    "  ",
    "...",
    "…",
    "?",
    float("nan"),
    [],
    {},
    set(),
    (),
    ["..."],
    {"x": ...},
    pd.NA,
    pd.NaT,
]
by_id = pytest.mark.parametrize("exercise", ALL, ids=lambda item: item.id)
judged = pytest.mark.parametrize("exercise", JUDGED, ids=lambda item: item.id)


def test_solutions_are_complete():
    """Every exercise has a solution in the tests, and no solution is left over."""
    assert set(SOLUTIONS) == {item.id for item in JUDGED}
    assert set(GUESSES) == {item.id for item in ALL if item.guess}


@judged
def test_solution_passes(exercise):
    """Every solution is right, in each form that a reader may give it, and is told why."""
    for answer in SOLUTIONS[exercise.id]:
        result = kn.check(exercise.id, answer)
        assert result, (answer, result)
        assert result.status == "right"
        assert result.message == exercise.because


@by_id
def test_starter_does_not_pass(exercise):
    """What stands in the notebook before anybody answered is no answer yet, and the question is repeated."""
    result = check(exercise.id, ast.literal_eval(str(exercise.starter)))
    assert not result
    assert result.status == "no answer yet"
    assert result.message == ("You have not noted a prediction." if exercise.guess else exercise.question)


@by_id
@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_blank_is_no_answer(exercise, blank):
    """None, "", ..., NaN and empty collections are no answer yet, and never right."""
    assert check(exercise.id, blank).status == "no answer yet"
    assert check(exercise.id).status == "no answer yet"


@judged
def test_every_wrong_answer_names_its_misconception(exercise):
    """Each listed wrong answer is told its own belief and its own hint."""
    assert exercise.beliefs, "an exercise without a single misconception teaches nothing"
    for belief in exercise.beliefs:
        answer = exercise.wrong(belief)
        if isinstance(SOLUTIONS[exercise.id][0], dict):
            answer = {**SOLUTIONS[exercise.id][0], **answer}
        result = check(exercise.id, answer)
        assert result.status == "not yet", answer
        assert (result.misconception, result.hint) == (belief.belief, belief.hint)
    hints = [item.hint for item in exercise.beliefs]
    assert len(set(hints)) == len(hints)


NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _gives_away(right, text):
    """Say whether a text that helps a reader says the right answer."""
    text = re.sub(r"`[^`]*`|\bc[.\[(]\S*", "", text)  # code to try is no answer
    if isinstance(right, bool) or right in ("yes", "no"):
        return False
    if isinstance(right, int):
        words = NUMBERS[right] if 2 <= right < len(NUMBERS) else str(right)  # "one" is not always a number
        return re.search(rf"(?<![\w-])({right}|{words})\b", text, re.IGNORECASE) is not None
    if isinstance(right, str):
        if len(right) == 1:
            return re.search(rf"\({right}\)|\*\*{right}\*\*|answer is {right}\b", text) is not None
        return right.lower() in text.lower()
    return len(right) > 1 and all(re.search(rf"\b{re.escape(item)}\b", text) for item in right)


@judged
def test_hints_do_not_give_the_answer_away(exercise):
    """No hint and no belief says the solution of its exercise; of an answer with fields, no hint that of its field."""
    right = exercise.reads.read(exercise.right())
    if isinstance(exercise.reads, (Deed, Prints)):
        said = [exercise.hint, *(text for item in exercise.beliefs for text in (item.hint, item.belief))]
        lines = [
            line.strip(" -") for line in str(exercise.right()).splitlines() if len(line.strip(" -")) > 12
        ]
        assert not any(line.removeprefix("kubectl ") in text for line in lines for text in said)
        return
    if isinstance(exercise.reads, Repair):
        # what is mended stands in lines that were not there before
        before = broken(int(exercise.id.rpartition("/")[2])).splitlines()
        lines = {line.strip(" -") for line in exercise.right().splitlines()} - {
            line.strip(" -") for line in before
        }
        said = " ".join([exercise.hint, *(f"{item.hint} {item.belief}" for item in exercise.beliefs)])
        assert not any(line in said for line in lines if len(line) > 3)
        return
    for item in exercise.beliefs:
        if isinstance(right, dict):
            assert not any(_gives_away(right[field], item.hint) for field in exercise.wrong(item)), item.hint
        else:
            assert not _gives_away(right, item.hint), item.hint
            assert not _gives_away(right, item.belief), item.belief
    if not isinstance(right, dict):
        assert not _gives_away(right, exercise.hint), exercise.hint


def test_what_gives_an_answer_away():
    """The test above can fail."""
    assert _gives_away(4, "There are four of them.")
    assert _gives_away("kubelet", "Is it the kubelet?")
    assert _gives_away(frozenset("bc"), "Both b and c listen.")
    assert not _gives_away(4, "Try `c.scale('rc/x', 4)`.")


@pytest.mark.parametrize("name", GUESSES)
def test_a_prediction_is_noted_and_comes_back(name):
    """A prediction is noted, right or wrong; checked once more, it is told whether it has come true, and why."""
    (item,) = [each for each in ALL if each.id == name]
    assert check(name).status == "no answer yet"
    result = check(name, GUESSES[name])
    assert (result.status, bool(result)) == ("noted", False)
    result = check(name)
    assert (result.status, bool(result)) == ("right", True)
    assert str(item.because) in result.message
    for belief in item.beliefs:
        wrong = item.wrong(belief)
        if isinstance(GUESSES[name], dict):
            wrong = {**GUESSES[name], **wrong}
        assert check(name, wrong).status == "noted"
        result = check(name)
        assert (result.status, bool(result), result.misconception) == ("otherwise", False, belief.belief)
        assert str(item.because) in result.message


def test_unexplained_wrong_answer_has_a_hint():
    """A wrong answer that no misconception explains still gets a hint, and no belief is put into its mouth."""
    result = check("00-start-here/1", 77)
    assert result.status == "not yet"
    assert result.misconception == ""
    assert "service map" in result.hint


def test_fields_say_which_are_right():
    """Of an answer with several fields, each is judged, and each wrong one gets its hint."""
    answer = {
        "frontend": "not ready",
        "cache": "not ready",
        "mysql-server": "selector",
        "search": "port name",
    }
    result = check("01-service/7", answer)
    assert result.message.startswith("✗ frontend, ✓ cache, ✗ mysql-server, ✓ search")
    assert len(result.hint.splitlines()) == 2


def test_half_an_answer_is_no_answer_yet():
    """A dict with blanks left says which are still empty; a key that was not asked for is named."""
    result = check("01-service/7", {"frontend": "selector", "cache": "..."})
    assert result.status == "no answer yet"
    assert "cache, mysql-server, search" in result.message
    assert 'Did you mean "frontend"?' in check("01-service/7", {"fronten": "selector"}).message


@pytest.mark.parametrize("said", ["01-service/2", " 01-Service/2 ", "01/2", "1/2", "service/2"])
def test_ids_are_forgiving(said):
    """An exercise is found by its id, whatever the case, and by the chapter's number alone."""
    assert check(said, 80)


@pytest.mark.parametrize(
    "said", ["", "01-service", "01-service/99", "99-none/1", "nonsense", None, 3, ["01/1"], "/", "x" * 9000]
)
def test_unknown_exercise(said):
    """An unknown exercise is a result that says so and what there is instead."""
    result = check(said, 1)
    assert result.status == "unknown exercise"
    assert not result
    assert result.hint
    assert len(str(result)) < 1000


def test_hostile_id_does_not_raise():
    """An id that fails whatever is done to it is a result, too."""
    assert not check(Hostile(), 1)
    assert str(check(Hostile(), 1))


def test_unknown_exercise_suggests():
    """A typo in an id is answered with "did you mean"."""
    assert 'Did you mean "01-service/2"?' in check("01-servise/2", 80).message
    assert 'Did you mean "07-three-ips/guess-1"?' in check("07/gues-1", {}).message


def test_tables_and_objects_are_answers():
    """A table, a column, objects and numpy's numbers are answers like any other."""
    c = kn.load("guestbook")
    table = c.get("pods", "!tier")
    assert list(table["NAME"]) == ["client"]
    strangers = c.get("pods", "tier notin (frontend, cache, database)")
    assert check("00-start-here/2", strangers)
    assert check("00-start-here/2", strangers["NAME"])
    assert check("00-start-here/2", c.objects("pods", "tier notin (frontend, cache, database)"))
    assert check("00-start-here/1", c.get("pods", "tier=frontend"))
    assert check("00-start-here/1", np.int64(4))
    assert check("01-service/3", kn.Selector("track=stable"))


def test_unreadable_answers_say_what_is_asked():
    """An answer of another form is not yet right, and is told which form is asked for."""
    assert "one whole number" in check("01-service/2", "80 or 8080").message
    assert "one whole number" in check("01-service/2", True).message
    assert 'There is no "clint" here. Did you mean "client"?' in check("00/2", ["clint"]).message
    assert "Kubernetes would refuse this" in check("01-service/3", "tier in (").message
    assert "one of these letters" in check("01-service/4", 1).message


def test_no_decision_reads_a_message():
    """A name is not found, whatever it is called: what a message happens to say is no status."""
    result = check("00-start-here/2", ["no answer yet"])
    assert result.message.startswith('There is no "no answer yet" here.')
    assert result.status == "not yet"


def test_each_code_of_an_unreadable_answer_has_its_sentence():
    """Every code that the course raises has a sentence, and every sentence is raised."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(answers.__file__).parent.rglob("*.py"))
    raised = set(re.findall(r'raise UnreadableAnswerError\(\s*"([^"]+)"', source)) | {answers.MISSING}
    assert raised == set(answers._SENTENCES)


class Hostile:
    """An answer that fails whatever is done to it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None

    def __repr__(self):
        raise RuntimeError


def _nested():
    answer = []
    answer.append(answer)
    return answer


ODD = {
    "hostile": Hostile,
    "hostile in a list": lambda: [Hostile()],
    "hostile in a dict": lambda: {"a": Hostile()},
    "in itself": _nested,
    "bytes": lambda: b"\xff",
    "object": object,
    "endless": lambda: iter(int, 1),
    "huge": lambda: 10**5000,
    "huge text": lambda: "9" * 5000,
    "array": lambda: np.zeros((2, 2)),
}


@by_id
@pytest.mark.parametrize("odd", ODD)
def test_it_never_raises(exercise, odd):
    """Whatever the answer is, a check answers, and it is not right."""
    result = check(exercise.id, ODD[odd]())
    assert isinstance(result, CheckResult)
    assert not result
    assert str(result)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_ANSWERS = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([item.id for item in ALL]) | st.text(max_size=30), _ANSWERS)
def test_any_answer_gives_a_result(exercise, answer):
    """Any id with any answer gives one of the six results, and each can be shown."""
    result = check(exercise, answer)
    assert result.status in ("right", "not yet", "no answer yet", "noted", "otherwise", "unknown exercise")
    assert result.sign in str(result)
    assert "<div" in result._repr_html_()


def test_a_defect_is_not_the_readers_fault(monkeypatch):
    """Where working out the right answer fails, the result says that the answer is not to blame."""
    monkeypatch.setattr("k8snotes.course.exercises.service.shared", lambda: 1 / 0)
    result = check("01-service/2", 80)
    assert not result
    assert "defect of the course" in result.message


def test_result_shows_itself():
    """A result is told by sign and word, in text as in HTML, and what it quotes is escaped."""
    result = check("00-start-here/2", ["<script>alert(1)</script>"])
    html = result._repr_html_()
    assert "<script" not in html
    assert "✗ Not yet" in html
    assert "background:" in html
    assert repr(result) == str(result)
    assert str(result).startswith("✗ not yet: There is no")


def test_result_is_frozen():
    """Nobody can talk a result into being right."""
    with pytest.raises(FrozenInstanceError):
        check("01-service/2", 1).status = "right"


def test_import_costs_little():
    """The checker is imported without pandas, yaml, graphviz or ipywidgets, and answers an unknown id so."""
    code = (
        "import sys, k8snotes.course as course; course.check('nowhere/1', 2);"
        "print([name for name in ('pandas', 'yaml', 'graphviz', 'ipywidgets', 'numpy') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_exercises_are_not_changed_by_readers():
    """The clusters that exercises ask stay as they were, however often one checks."""
    first = [str(check(item.id, item.wrong(item.beliefs[0]))) for item in JUDGED]
    assert [str(check(item.id, item.wrong(item.beliefs[0]))) for item in JUDGED] == first


@pytest.mark.parametrize("name", ["cluster-dns", "cache-controller", "guestbook-broken", "tomcat-service"])
def test_applications_load_clean(name):
    """Every application of data/ loads with nothing refused and nothing assumed; the database's disk alone is."""
    c = kn.load(name)
    assert (c.refused, c.assumed, c.warnings) == ([], [], [])
    guestbook = kn.load("guestbook")
    assert (guestbook.refused, guestbook.warnings) == ([], [])
    (words,) = guestbook.assumed
    assert words.startswith("storage is provided")


def test_a_bad_day_has_pods_that_do_not_start():
    """An image name that cannot be, a key that a ConfigMap lacks, and a probe that asks the wrong port."""
    c = kn.load("guestbook-broken")
    states = {
        line.split()[0].partition("-")[0]: line.split()[2]
        for line in c.kubectl("get pods --no-headers").stdout.splitlines()
    }
    assert (states["mail"], states["thumbnails"]) == ("InvalidImageName", "CreateContainerConfigError")
    assert not any(pod.ready for pod in c.objects("pods", "tier=cache"))
    assert not any(
        c.endpoints(ref).ready for ref in ("svc/frontend", "svc/cache", "svc/mysql-server", "svc/search")
    )


def test_tomcat_service_is_as_it_was_meant():
    """The notes' tomcat-service opens 31002 on every Node, leads to port 8080, and selects tier=frontend."""
    c = kn.load("tomcat-service")
    (port,) = c["svc/tomcat-service"].ports
    assert (c["svc/tomcat-service"].type, port.port, port.node_port) == ("NodePort", 8080, 31002)
    assert c["svc/tomcat-service"].selector == {"tier": "frontend"}
    assert len(c.endpoints("tomcat-service").ready) == 2


def test_guestbook_is_the_application_of_the_course():
    """The guestbook has a frontend with a canary behind one Service, a cache, a database, and two strangers."""
    c = kn.load("guestbook")
    behind = {name: len(c.endpoints(name).ready) for name in ("frontend", "cache", "mysql-server")}
    assert behind == {"frontend": 4, "cache": 2, "mysql-server": 1}
    assert len(c.objects("pods")) == 9
    assert {pod.labels["track"] for pod in c.objects("pods", "tier=frontend")} == {"stable", "canary"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1", "00-start-here/1"),
        ("00-start/1", "00-start-here/1"),
        ("start/2", "00-start-here/2"),
        ("01-servce/2", "01-service/2"),
        ("01-service", "01-service/1"),
        ("06-labels/reacll", "06-labels/recall"),
    ],
)
def test_an_unknown_id_is_answered_with_one_that_there_is(typed, meant, monkeypatch):
    """The id that is proposed can be pasted: it has a chapter and a number."""
    monkeypatch.setattr(record, "_answered_here", {})
    result = check(typed, 4)
    assert f'Did you mean "{meant}"?' in result.message
    assert check(meant).status == "no answer yet"


def test_a_bare_number_means_the_chapter_that_is_open(monkeypatch):
    """After an answer in a chapter, a number without a chapter is one of its exercises."""
    monkeypatch.setattr(record, "_answered_here", {})
    check("02-pod/3", "a")
    assert 'Did you mean "02-pod/4"?' in check("4", 1).message
