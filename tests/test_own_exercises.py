"""A teacher's own chapters: found beside the notebook, judged as those of the course, and told of where they are faulty."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.course import own, record, shelf
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.form import FaultyFileError, words_faults
from k8snotes.tab import offers

ROOT = Path(__file__).resolve().parents[1]
WORDS = """
title = "Shop"

[vocabulary.colour]
red = ["crimson"]
green = []

[[exercise]]
id = "shop-01/1"
question = "How many `Pods` are there?"
because = "There are two."
hint = "Count them."

[exercise.beliefs.one-is-enough]
belief = "one is enough"
hint = "Look again."

[[exercise]]
id = "shop-01/2"
question = "Which colour?"
because = "It is red."
hint = "Look at the picture."

[[exercise]]
id = "shop-01/guess-1"
guess = true
question = "What happens?"
because = "Nothing."

[exercise.options]
a = "nothing"
b = "everything"
"""
PROGRAM = """
from k8snotes.course.making import Choice, Number, Solution, Word, vocabulary

SOLUTIONS = {
    "1": Solution(Number(), 2, {"one-is-enough": 1}),
    "2": Solution(Word(vocabulary(__name__, "colour")), "red"),
    "guess-1": Solution(Choice("ab"), "a"),
}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A notebook's folder with an own chapter beside the notebook; it is the current folder."""
    return made(tmp_path / "notebook", monkeypatch)


def made(folder, monkeypatch, name="shop-01", words=WORDS, program=PROGRAM):
    beside = folder / "exercises"
    beside.mkdir(parents=True)
    (beside / f"{name}.toml").write_text(words.replace("shop-01", name), encoding="utf-8")
    (beside / f"{name.replace('-', '_')}.py").write_text(program, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("K8SNOTES_EXERCISES", raising=False)
    return beside


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def flat(said):
    """Return what is said without its line breaks."""
    return " ".join(str(said).split())


def told(exercise="shop-01/1", answer=2):
    """Return what is said of a faulty file; nothing else may come."""
    result = kn.check(exercise, answer)
    assert result.status == "faulty file", result
    return f"{result.message}\n{result.hint}"


@pytest.mark.usefixtures("shop")
def test_an_own_exercise_is_judged_as_those_of_the_course():
    """Right, wrong with its belief, a vocabulary, a prediction: all that a chapter of the course can do."""
    assert kn.check("shop-01/1", 2)
    wrong = kn.check("shop-01/1", "one")
    assert (wrong.status, wrong.misconception, wrong.hint) == ("not yet", "one is enough", "Look again.")
    assert kn.check("shop-01/2", "crimson")
    assert kn.check("shop-01/guess-1", "b").status == "noted"
    assert kn.check("shop-01/guess-1").status == "otherwise"
    assert kn.check("shop/1", 2), "the name without its number"
    assert kn.check("shop-01/1").message == "How many Pods are there?"


@pytest.mark.usefixtures("shop")
def test_an_own_exercise_is_asked():
    """kn.ask takes an own exercise, and leads from one to the next, but not into another chapter."""
    asked = kn.ask("shop-01/1")
    assert asked.question.text == "How many `Pods` are there?"
    assert asked.question.following == "shop-01/2"
    assert kn.ask("shop-01/2").question.following == ""
    assert kn.ask([*exercises(chapters()[-1])][-1]).question.following == ""


@pytest.mark.usefixtures("shop")
def test_progress_shows_own_chapters_last(monkeypatch):
    """The own chapter stands after those of the course, and what was answered is kept under its id."""
    names = [item.chapter for item in kn.progress().chapters]
    assert names == [*chapters(), "shop-01"]
    monkeypatch.setattr(record, "keeps", lambda: True)
    kn.check("shop-01/1", 2)
    kn.check("shop-01/2", "green")
    assert record.read() == {"shop-01/1": "right", "shop-01/2": "not yet"}
    assert str(kn.progress("shop")).splitlines()[0] == "shop-01  ✓ ◐  1 of 2 solved, 1 tried"


@pytest.mark.usefixtures("shop")
def test_the_tab_key_offers_own_exercises():
    """What the Tab key offers inside of kn.check has the own exercises, too."""
    assert "shop-01/2" in offers._exercises()


def test_the_environment_names_more_folders(shop, tmp_path, monkeypatch):
    """K8SNOTES_EXERCISES is a list of folders; the notebook's own folder comes first, and no folder counts twice."""
    other = made(tmp_path / "other", monkeypatch, "kiosk")
    monkeypatch.chdir(shop.parent)
    assert shelf.names() == (*chapters(), "shop-01")
    monkeypatch.setenv(
        "K8SNOTES_EXERCISES", os.pathsep.join([str(other), str(shop), "", str(tmp_path / "no")])
    )
    assert shelf.names() == (*chapters(), "shop-01", "kiosk")
    assert kn.check("kiosk/1", 2)
    assert own.faults() == ()


def test_of_two_files_with_one_name_the_first_counts(shop, tmp_path, monkeypatch):
    """The file beside the notebook counts, and progress says that there is another one."""
    other = made(tmp_path / "other", monkeypatch, program=PROGRAM.replace("Number(), 2", "Number(), 7"))
    monkeypatch.chdir(shop.parent)
    monkeypatch.setenv("K8SNOTES_EXERCISES", str(other))
    assert kn.check("shop-01/1", 2)
    assert "there is a chapter of this name already, in exercises/shop-01.toml" in str(kn.progress().note)


def test_no_own_chapter_takes_the_place_of_one_of_the_course(tmp_path, monkeypatch):
    """Under a name of the course there is always the course's exercise, and the file is told of."""
    made(tmp_path / "a", monkeypatch, "01-service")
    assert shelf.names() == chapters()
    assert kn.check("01-service/1", 2).message != "There are two."
    assert "01-service is a chapter of the course" in str(kn.progress().note)
    assert "01-service is a chapter of the course" in kn.check("nowhere/1", 2).hint
    made(tmp_path / "b", monkeypatch, "20-service")
    assert kn.check("service/2").exercise == "01-service/2", "its short names stay the course's, too"
    assert kn.check("20-service/1", 2)
    assert kn.check("20-service/2", "red"), "and the vocabulary of its module is its own"


def test_a_changed_file_counts_at_once(shop):
    """A teacher corrects words or program, and the next check knows it, even if size and time are as before."""
    program, words = shop / "shop_01.py", shop / "shop-01.toml"
    assert kn.check("shop-01/1", 2)
    for path, old, new in (
        (program, "Number(), 2", "Number(), 3"),
        (words, "There are two.", "It is three."),
    ):
        before = path.stat()
        change(path, old, new)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not kn.check("shop-01/1", 2)
    assert kn.check("shop-01/1", 3).message == "It is three."
    change(program, "Number(), 3", "Number(), nothing")
    assert "NameError" in told()
    change(program, "Number(), nothing", "Number(), 4")
    assert kn.check("shop-01/1", 4)
    words.unlink()
    assert kn.check("shop-01/1", 4).status == "unknown exercise"


def test_words_alone_run_no_program(shop):
    """A table of progress, the Tab key and an unknown exercise read the words; only asking and judging runs the module."""
    (shop / "shop_01.py").write_text("raise SystemExit('it was run')", encoding="utf-8")
    kn.progress()
    offers._exercises()
    assert kn.check("shop-01/9", 2).status == "unknown exercise"
    assert "it was run" in told()


def test_other_files_are_left_alone(shop):
    """A folder `exercises/` may hold other TOML; it is no chapter, and nothing is said of it."""
    (shop / "info.toml").write_text('name = "rustlings"\n', encoding="utf-8")
    (shop / "Cargo.toml").write_text("[package]\nname = 'x'\n", encoding="utf-8")
    assert own.faults() == ()
    assert shelf.names()[-1] == "shop-01"


FAULTY_WORDS = {
    "no TOML": ('hint = "Count them."', "hint = Count them.", "exercises/shop-01.toml is not TOML"),
    "missing": (
        'because = "There are two."\n',
        "",
        'exercises/shop-01.toml, shop-01/1: the key "because" is missing.',
    ),
    "misspelled": ('hint = "Count', 'hnit = "Count', 'the key "hnit" is not known. Did you mean "hint"?'),
    "no text": ('hint = "Count them."', "hint = 3", 'shop-01/1: "hint" has to be a text in quotes.'),
    "empty": ('"It is red."', '""', 'shop-01/2: the text of "because" is empty.'),
    "wrong id": ('"shop-01/1"', '"shop/1"', 'shop/1: the id has to be "shop-01/" and a number or a name'),
    "large letters": ('"shop-01/1"', '"shop-01/A"', "the id has to consist of small letters"),
    "twice": ('"shop-01/2"', '"shop-01/1"', 'has the id "shop-01/1" twice.'),
    "belief": (
        'hint = "Look again."',
        "",
        'shop-01/1, [exercise.beliefs.one-is-enough]: the key "hint" is missing.',
    ),
    "option": (
        'b = "everything"',
        "b = 2",
        'shop-01/guess-1, [exercise.options]: "b" has to be a text in quotes.',
    ),
    "vocabulary": ("green = []", 'green = "x"', '[vocabulary.colour]: "green" has to be a list'),
}


@pytest.mark.parametrize("fault", FAULTY_WORDS)
def test_a_faulty_file_of_words_says_where_and_what(shop, fault):
    """kn.check, kn.ask and kn.progress name the file, the exercise and the key, and what belongs there."""
    old, new, said = FAULTY_WORDS[fault]
    change(shop / "shop-01.toml", old, new)
    assert said in told()
    assert "Correct exercises/shop-01.toml" in told()
    assert said in flat(kn.ask("shop-01/1"))
    assert said in flat(kn.progress().note)
    assert [item.chapter for item in kn.progress().chapters] == [*chapters()]
    assert said in flat(kn.progress("shop-01"))


FAULTY_PROGRAMS = {
    "syntax": ("SOLUTIONS = {", "SOLUTIONS = {{", "exercises/shop_01.py, line"),
    "import": ("Choice, Number", "Choise, Number", "exercises/shop_01.py, line 2: ImportError"),
    "name": ("SOLUTIONS =", "SOLUTION =", "exercises/shop_01.py has no SOLUTIONS."),
    "left out": (
        '    "2": Solution(Word(vocabulary(__name__, "colour")), "red"),\n',
        "",
        'SOLUTIONS has no key "2"',
    ),
    "too many": ('    "2":', '    "3": Solution(Number(), 1),\n    "2":', 'SOLUTIONS has the key "3"'),
    "no solution": (
        'Solution(Number(), 2, {"one-is-enough": 1})',
        "2",
        "shop-01/1: this has to be a Solution(...).",
    ),
    "no kind": ("Number(), 2", "Number, 2", "shop-01/1: Number is no kind of answer."),
    "belief": (
        '{"one-is-enough": 1}',
        '{"one": 1}',
        "[exercise.beliefs] has the keys one-is-enough, but the module has one.",
    ),
    "letters": (
        'Choice("ab")',
        'Choice("abc")',
        "[exercise.options] has the keys a, b, but the module has a, b, c.",
    ),
    "right fails": (
        "Number(), 2",
        "Number(), lambda: 1 / 0",
        "shop_01.py, shop-01/1, line 5: ZeroDivisionError",
    ),
    "right unreadable": (
        "Number(), 2",
        'Number(), "many"',
        "shop-01/1: the right answer cannot be read. Give one whole number",
    ),
    "wrong unreadable": (
        '"one-is-enough": 1',
        '"one-is-enough": "few"',
        'the belief "one-is-enough" cannot be read',
    ),
    "wrong is right": (
        '"one-is-enough": 1',
        '"one-is-enough": 2',
        'the belief "one-is-enough" is the right answer.',
    ),
    "leaves": ("SOLUTIONS =", "exit()\nSOLUTIONS =", "shop_01.py, line 4: SystemExit"),
}


@pytest.mark.parametrize("fault", FAULTY_PROGRAMS)
def test_a_faulty_program_says_where_and_what(shop, fault):
    """A module that cannot be run, or does not fit its words, is told of with its line or its exercise; nothing is raised."""
    old, new, said = FAULTY_PROGRAMS[fault]
    change(shop / "shop_01.py", old, new)
    exercise = "shop-01/guess-1" if fault == "letters" else "shop-01/1"
    assert said in told(exercise, "a" if fault == "letters" else 2)
    assert said in flat(kn.ask(exercise))
    (shop / "shop_01.py").write_text(PROGRAM, encoding="utf-8")
    assert kn.check("shop-01/1", 2), "and after the correction everything is well"


def test_an_exercise_with_single_brackets_is_told(shop):
    """Whoever writes [exercise] for [[exercise]] is told what belongs there."""
    (shop / "shop-01.toml").write_text('title = "Shop"\n[exercise]\nid = "shop-01/1"\n', encoding="utf-8")
    assert '"exercise" has to be a list of tables.' in told()


def test_a_missing_program_is_named(shop):
    """The file that has to be there is named as it has to be called."""
    (shop / "shop_01.py").unlink()
    assert "exercises/shop_01.py is missing" in told()
    (shop / "shop-01.py").write_text(PROGRAM, encoding="utf-8")
    assert kn.check("shop-01/1", 2), "a name with a dash is found, too"


def test_what_cannot_be_read_is_told(shop):
    """A file in another encoding, or one that is much too large, is told of and does not hinder the course."""
    path = shop / "shop-01.toml"
    path.write_bytes(WORDS.replace("Shop", "Müsli").encode("latin-1"))
    assert "is no text in UTF-8" in told()
    path.write_bytes(b"#" * 1_000_001)
    assert "is larger than 1 MB" in told()
    assert kn.check("01/2", ...).status == "no answer yet"
    path.write_bytes(b"\xef\xbb\xbf" + WORDS.replace("\n", "\r\n").encode())
    assert kn.check("shop-01/1", 2), "as editors of Windows write it"


def test_a_name_with_other_letters_is_told(shop):
    """A file whose name nobody could type in kn.check is named, with a name that would do."""
    (shop / "shop-01.toml").rename(shop / "Shop_1.toml")
    assert "such as canteen-01.toml" in str(kn.progress().note)


def test_no_folder_is_no_fault(tmp_path, monkeypatch):
    """Without a folder, and where the current folder is gone, there is the course and nothing else."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    assert shelf.names() == chapters()
    gone.rmdir()
    assert shelf.names() == chapters()
    assert kn.check("shop-01/1", 2).status == "unknown exercise"


def test_own_texts_stay_in_their_language(shop):
    """In Chinese, the course speaks Chinese, and what a teacher wrote stays as it is; so do faults get Chinese words."""
    try:
        kn.language("zh")
        assert kn.check("shop-01/1", 2).message == "There are two."
        assert kn.check("shop-01/1", 1).misconception == "one is enough"
        assert "How many Pods are there?" in str(kn.ask("shop-01/1"))
        assert "shop-01" in str(kn.progress())
        change(shop / "shop-01.toml", 'because = "It is red."\n', "")
        assert "缺少键“because”" in kn.check("shop-01/1", 2).message
    finally:
        kn.language("en")


def test_the_course_needs_no_cluster_for_progress(shop):
    """Own chapters make nothing slower: progress still loads no cluster."""
    code = "import sys, k8snotes as kn; kn.progress(); print('k8snotes.cluster' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=shop.parent
    )
    assert run.stdout.strip() == "False"


def test_the_form_is_that_of_the_course():
    """Every file of words of the course would pass as a teacher's: there is one form."""
    import tomllib

    for name in chapters():
        path = ROOT / "k8snotes" / "course" / "exercises" / f"{name}.toml"
        assert words_faults(tomllib.loads(path.read_text(encoding="utf-8")), name, path.name) == []


def test_an_exercise_of_the_course_has_no_faults_of_a_file():
    """What a teacher's exercise raises is its own kind of error, with all that is wrong in it."""
    fault = words_faults({"title": "x", "exercise": []}, "x-1", "x-1.toml")[0]
    assert str(FaultyFileError(fault)) == "x-1.toml has no exercise. An exercise begins with [[exercise]]."
