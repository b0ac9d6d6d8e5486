"""Exercises as widgets: every one can be asked, is judged as kn.check judges it, and gives nothing away."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from ipywidgets.widgets.widget import _instances

import k8snotes as kn
from k8snotes.course import record
from k8snotes.course.answers import Choices, Fields
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.result import NOTED, RIGHT
from k8snotes.widgets.ask import Ask

ALL = {name: exercise for chapter in chapters() for name, exercise in exercises(chapter).items()}
every = pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)


@pytest.fixture
def asked():
    made = []

    def ask(name):
        made.append(kn.ask(name))
        return made[-1]

    yield ask
    for widget in made:
        widget.close()


def give(widget, answer):
    """Choose and write an answer as a reader does."""
    answers = answer.values() if isinstance(answer, dict) and widget.question.entries[0].key else [answer]
    for entry, controls, value in zip(widget.question.entries, widget._controls, answers, strict=True):
        if entry.several:
            for key, control in zip(entry.choices, controls, strict=True):
                control.value = key in value
        else:
            (control,) = controls
            written = ", ".join(value) if isinstance(value, (set, frozenset, list)) else value
            control.value = written if entry.choices else str(written)


@every
def test_every_exercise_can_be_answered(asked, exercise):
    """The right answer can be given with the controls of each exercise, and is told to be right, or noted."""
    widget = asked(exercise.id)
    assert isinstance(widget, Ask)
    right = exercise.right()
    if isinstance(exercise.reads, Choices):
        assert exercise.reads.read(right), "none of the choices: that is no answer yet in the widget"
    give(widget, right)
    widget.check()
    assert widget.result.status == (NOTED if exercise.guess else RIGHT), widget.result
    assert ("✎" if exercise.guess else "✓") in widget._verdict.value


@every
def test_nothing_gives_the_answer_away(asked, exercise):
    """Before an answer there is neither the reason nor a belief in the widget, in its preview and in its text."""
    widget = asked(exercise.id)
    bundle = widget._repr_mimebundle_()
    told = [*bundle.values(), widget._verdict.value, widget._head.value, repr(widget)]
    for secret in (exercise.because, *(item.belief for item in exercise.beliefs)):
        assert all(str(secret) not in str(text) for text in told)
    assert "○ No answer yet." in widget._verdict.value
    assert "Run this cell to answer." in bundle["text/html"]


@every
def test_a_terminal_shows_how_to_answer(asked, exercise):
    """Printed, it is the question, what there is to choose from, and the line of kn.check."""
    text = repr(asked(exercise.id))
    assert exercise.question in text
    assert text.endswith(f'Answer with kn.check("{exercise.id}", {exercise.starter})')
    for letter, words in exercise.options.items():
        assert f"  {letter} · " + re.sub("`", "", words) in text
    if isinstance(exercise.reads, Fields):
        assert all(f"  {key}: " in text for key in exercise.reads.kinds)


def test_a_wrong_answer_marks_no_choice(asked):
    """The belief and its hint are told; the controls are as they were, and so is the room of the verdict."""
    widget = asked("01/1")
    before = widget._verdict.value
    give(widget, {"a", "b", "c"})
    looks = [control.get_state() for control in widget._controls[0]]
    widget.check()
    assert "✗ Not yet" in widget._verdict.value
    assert "two objects may share a name" in widget._verdict.value
    assert "What did the API server answer?" in widget._verdict.value
    assert [control.get_state() for control in widget._controls[0]] == looks
    room = r'<div class="room".*?</div>'
    assert re.search(room, before)[0] == re.search(room, widget._verdict.value)[0]


def test_tries_are_counted_and_the_next_exercise_is_named(asked):
    """Only judged answers count; the last exercise of a chapter leads to the next chapter, the last of all nowhere."""
    widget = asked("01/2")
    widget.check()
    assert "No answer yet" in widget._verdict.value
    for port in ("8080", "80"):
        widget._controls[0][0].value = port
        widget.check()
    assert '2 tries · next: <code>kn.ask("01-service/3")</code>' in widget._verdict.value
    assert asked("00/12").question.following == "01-service/recall"
    assert asked([*exercises(chapters()[-1])][-1]).question.following == ""
    assert asked("00/guess-1").question.following == ""


def test_hints_come_one_after_the_other(asked):
    """Of an answer with several wrong lines the first hint comes at once, the others when they are asked for."""
    widget = asked("01/9")
    give(widget, dict.fromkeys(("containerPort", "program", "port"), "refused"))
    widget.check()
    seen = []
    for _ in range(3):
        seen.append(re.search("<b>Hint</b>: (.*?)<", widget._verdict.value)[1])
        widget.hint()
    assert len(set(seen)) == 3
    guess = asked("00/guess-1")
    guess.hint()
    assert guess._hint_button.layout.display == "none"
    assert "Hint" not in guess._verdict.value


def test_enter_checks_what_comes_right_after_it(asked):
    """A front end tells of Enter before it sends the text; the text that comes then is what is judged, once."""
    widget = asked("01/2")
    field = widget._controls[0][0]
    widget._entered._timer = type("Timer", (), {"cancel": lambda _self: None})()  # Enter was pressed
    field.value = "80"
    assert widget.result.status == RIGHT
    assert widget._tries == 1
    field.value = "8080"  # the field is left: that is no Enter
    assert widget._tries == 1
    field._handle_custom_msg({"event": "submit"}, [])
    assert widget._tries == 2


def test_it_is_the_same_progress(asked, tmp_path, monkeypatch):
    """What the widget judges, kn.progress() shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "keeps", lambda: True)
    widget = asked("00/1")
    give(widget, 9)
    widget.check()
    assert kn.progress("00").chapters[0].signs.startswith("◐ ○ ○")
    give(widget, 4)
    widget.check()
    assert kn.progress("00").chapters[0].signs.startswith("✓ ○ ○")


@pytest.mark.parametrize("name", ["1/77", "nothing/1", "", 7])
def test_an_unknown_exercise_is_told_as_by_check(name):
    """The result says which there are, as kn.check says it."""
    assert str(kn.ask(name)) == str(kn.check(name))


def test_what_has_to_be_mended_is_in_the_field(asked):
    """A reader of chapter 14 changes the broken manifest itself; checked as it is, nothing was done yet."""
    widget = asked("14/5")
    assert widget.answer.startswith("# Ticket 5")
    widget.check()
    assert widget.result == kn.check("14/5", widget.answer)


def test_no_control_is_left():
    """Answers make no new widget, and closing leaves none."""
    before = len(_instances)
    widget = kn.ask("01/9")
    made = len(_instances)
    for word in ("refused", "timeout"):
        give(widget, dict.fromkeys(("containerPort", "program", "port"), word))
        widget.check()
    assert len(_instances) == made
    widget.close()
    assert len(_instances) == before


def test_check_needs_no_controls():
    """kn.check does not load ipywidgets: only kn.ask does."""
    code = "import sys, k8snotes as kn; kn.check('00/1', 4); print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_word_that_is_chosen_says_what_it_means(asked):
    """In Chinese, a word of the course has its meaning beside it; a name of Kubernetes stands alone."""
    kn.language("zh")
    try:
        words = asked("01/9").question.entries[0].words
        names = asked("05/recall").question.entries[2].words
    finally:
        kn.language("en")
    assert words["refused"] == "refused（拒绝）"
    assert names == {name: name for name in ("ReplicaSet", "Deployment", "Service")}
    assert asked("01/9").question.entries[0].words["refused"] == "refused"
