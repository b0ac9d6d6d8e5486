"""What a reader has solved: kept beside the notebook and nowhere else, and no harm done where it cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import k8snotes as kn
from k8snotes.course import record
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.record import FILE, read, remember
from k8snotes.course.result import CheckResult

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder as that of a notebook: here a check keeps what it finds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "keeps", lambda: True)
    return tmp_path


def names(folder):
    return [path.name for path in folder.iterdir()]


def result(exercise, status):
    return CheckResult(exercise, status, "…")


def test_a_right_answer_is_kept_and_shown(kept):
    """After right, wrong and blank answers the chapter says what is solved, tried and open."""
    kn.check("00-start-here/1", 4)
    kn.check("00/2", ["frontend"])
    kn.check("00-start-here/3", ...)
    chapter = kn.progress().chapters[0]
    states = [state for _, state in chapter.exercises]
    assert states == ["solved", "tried", *["open"] * (len(states) - 2)]
    assert chapter.signs.startswith("✓ ◐ ○")
    assert chapter.words == f"1 of {len(states)} solved, 1 tried"
    assert kn.progress().next == "00-start-here/2"
    assert names(kept) == [FILE]
    assert json.loads((kept / FILE).read_text()) == {
        "exercises": {"00-start-here/1": "right", "00-start-here/2": "not yet"}
    }


def test_what_was_right_stays_right(kept):
    """A wrong answer after the right one takes nothing away."""
    kn.check("00-start-here/1", 4)
    kn.check("00-start-here/1", 9)
    assert read(kept) == {"00-start-here/1": "right"}


def test_what_is_no_answer_leaves_no_file(kept):
    """Blank answers, guesses, unknown exercises: nothing is written, so a notebook that is only run leaves nothing."""
    kn.check("00-start-here/1", ...)
    kn.check("06-labels/guess-1", 4)
    kn.check("nowhere/1", 4)
    assert not list(kept.iterdir())


_ANSWERS = """
import sys
from pathlib import Path
from k8snotes.course.record import remember
from k8snotes.course.result import CheckResult
print("ready", flush=True)
sys.stdin.readline()
for number in range(60):
    assert remember(CheckResult(f"{sys.argv[1]}/{number}", "right", ""), Path(sys.argv[2]))
"""


def test_two_notebooks_lose_no_answer(tmp_path):
    """Three processes that answer 60 exercises each at the same time keep all 180, and nothing else is left behind."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _ANSWERS, name, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for name in "abc"
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(read(tmp_path)) == 180
    assert names(tmp_path) == [FILE]


@pytest.mark.parametrize("failing", ["replace", "dumps"])
def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch, failing):
    """Where the file cannot be written, its old text stays, no part of a new one is left, and the next answer is kept."""
    assert remember(result("00-start-here/1", "right"), tmp_path)
    before = (tmp_path / FILE).read_text()

    def fails(*_, **__):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path if failing == "replace" else record.json, failing, fails)
        assert not remember(result("00-start-here/2", "right"), tmp_path)
    assert names(tmp_path) == [FILE]
    assert (tmp_path / FILE).read_text() == before
    assert remember(result("00-start-here/2", "right"), tmp_path)


def test_a_kernel_that_was_killed_blocks_no_answer(tmp_path):
    """A lock that is minutes old is that of a process that is gone: the answer is kept all the same."""
    lock = tmp_path / f"{FILE}.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert remember(result("00-start-here/1", "right"), tmp_path)
    assert names(tmp_path) == [FILE]


def test_a_lock_that_is_held_is_waited_for(tmp_path, monkeypatch):
    """Where another process does not end, the answer is not kept, and the lock stays that of the other."""
    lock = tmp_path / f"{FILE}.lock"
    lock.touch()
    monkeypatch.setattr(record, "_PATIENCE", 0.02)
    monkeypatch.setattr(record, "_ABANDONED", float("inf"))
    assert not remember(result("00-start-here/1", "right"), tmp_path)
    assert names(tmp_path) == [lock.name]


def test_all_solved(kept):
    """Who has solved everything is told so, and the signs are all ✓."""
    asked = [item for chapter in chapters() for item in exercises(chapter).values() if not item.guess]
    for item in asked:
        assert remember(result(item.id, "right"), kept)
    said = kn.progress()
    assert said.next == ""
    assert said.summary == f"You have solved all {len(asked)} exercises. Well done!"
    assert {chapter.number("solved") for chapter in said.chapters} == {
        len(chapter.exercises) for chapter in said.chapters
    }


@pytest.mark.parametrize(
    "spoiled",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"exercises": 3}',
        b'{"exercises": {"00-start-here/1": ["right"]}}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b" " * 2_000_000,
        b'{"exercises": {"<script>/1": "right", "00-start-here/1": "right\\u0000"}}',
    ],
    ids=range(11),
)
def test_a_spoiled_file_does_no_harm(kept, spoiled):
    """Whatever stands in the file, checks answer, progress is shown, and the next right answer is kept."""
    (kept / FILE).write_bytes(spoiled)
    assert kn.progress().chapters[0].number("solved") == 0
    assert "<script" not in kn.progress()._repr_html_()
    assert kn.check("00-start-here/1", 4)
    assert kn.progress().chapters[0].number("solved") == 1


def test_a_folder_in_the_place_of_the_file_does_no_harm(kept):
    """Where the file cannot be written, checks answer as ever, and nothing is left beside it."""
    (kept / FILE).mkdir()
    assert kn.check("00-start-here/1", 4)
    assert not remember(result("00-start-here/1", "right"), kept)
    assert kn.progress().chapters[0].number("solved") == 0
    assert names(kept) == [FILE]


@pytest.mark.usefixtures("kept")
def test_a_folder_that_takes_no_files_is_said(monkeypatch):
    """Where nothing can be written, progress says so, and a check answers."""
    monkeypatch.setattr(record, "_locked", _refuse)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert kn.check("00-start-here/1", 4)
    assert "Your progress cannot be kept" in str(kn.progress())


def _refuse(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_a_folder_that_is_gone_does_no_harm(kept):
    """Somebody deleted the folder of the notebook: a check answers."""
    kept.rmdir()
    assert kn.check("00-start-here/1", 4)
    assert not remember(result("00-start-here/1", "right"))
    assert read() == {}


@pytest.mark.usefixtures("kept")
def test_words_and_table_say_the_same():
    """Text and HTML have each chapter, its signs and its words; a sign never stands without its word."""
    kn.check("01-service/2", 80)
    said = kn.progress()
    html = said._repr_html_()
    for chapter in said.chapters:
        assert f"{chapter.chapter} " in str(said)
        assert chapter.words in str(said)
        assert chapter.words in html
    assert html.count("✓") == 2  # the exercise, and the line that says what the signs mean
    assert 'title="01-service/2: solved"' in html


def test_a_script_keeps_nothing(tmp_path):
    """Outside a notebook, nothing is read and nothing is written."""
    code = "import k8snotes as kn; kn.check('00-start-here/1', 4); print(kn.progress().summary)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("You have solved 0 of ")
    assert not list(tmp_path.iterdir())


def test_a_notebook_keeps_it_in_its_own_folder(tmp_path, monkeypatch):
    """In a real kernel the file is in the folder of the notebook, and with K8SNOTES_PROGRESS=off there is none."""
    monkeypatch.delenv("K8SNOTES_PROGRESS", raising=False)
    cells = ["import k8snotes as kn", "kn.check('00-start-here/1', 4)", "print(kn.progress().summary)"]
    for switch, solved, files in (("on", 1, [FILE]), ("off", 0, [])):
        folder = tmp_path / switch
        folder.mkdir()
        monkeypatch.setenv("K8SNOTES_PROGRESS", switch)
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(book, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
        assert book.cells[2].outputs[0].text.startswith(f"You have solved {solved} of ")
        assert names(folder) == files


def test_the_file_is_not_committed():
    """Git ignores what readers have solved, and this checkout has none of it in the repository."""
    assert f"{FILE}*" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("said", ["02-pod", "02", "2", "pod", " POD "])
def test_one_chapter_alone(said):
    """A chapter is named as in kn.check; another name is answered with a sentence."""
    assert [chapter.chapter for chapter in kn.progress(said).chapters] == ["02-pod"]


@pytest.mark.parametrize(
    ("said", "answer"), [("02-pdo", 'Did you mean "02-pod"?'), ("<b>", 'There is no chapter "<b>".')]
)
def test_an_unknown_chapter_is_answered(said, answer):
    """A chapter that is not there is answered with a sentence, in text as in HTML."""
    assert answer in str(kn.progress(said))
    assert "<b>" not in kn.progress(said)._repr_html_()
