"""The chapters' files: words and modules fit each other, every question has one source, and a file is read late."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from k8snotes.course.answers import Choice, Choices, Fields
from k8snotes.course.chapters import FOLDER, chapter, chapter_named, chapters, exercises
from k8snotes.course.deeds import Deed, Repair
from k8snotes.course.form import BELIEF, BELIEF_MUST, CHAPTER, EXERCISE, EXERCISE_MUST

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))
}
EXERCISES = [item for name in chapters() for item in exercises(name).values()]

CHAPTER_MUST = {"title", "understand", "say", "exercise"}  # a teacher's own needs no lines for README

every_file = pytest.mark.parametrize("name", TABLES)
every = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda item: item.id)


def fits(table, schema, must):
    """Say what a table has that its schema does not know, or lacks."""
    faults = [f"unknown: {key}" for key in table if key not in schema]
    faults += [f"missing: {key}" for key in must if key not in table]
    faults += [
        f"{key} is no {schema[key].__name__}"
        for key in table
        if key in schema and type(table[key]) is not schema[key]
    ]
    return faults


def number(exercise):
    return exercise.id.rpartition("/")[2]


def test_a_chapter_is_a_notebook_a_file_of_words_and_a_module():
    """The same chapters have a notebook, a file of words and a module, and nothing else lists them."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert list(chapters()) == [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert list(chapters()) == list(TABLES)
    assert {name[3:].replace("-", "_") for name in chapters()} == modules
    for name in chapters():
        assert chapter_named(name[3:]) == name


def test_a_new_file_is_a_new_chapter(tmp_path, monkeypatch):
    """A chapter is there when its file is; a translation beside it is no chapter of its own."""
    (tmp_path / "10-storage.toml").write_text(
        'title = "Storage"\nunderstand = "x"\nsay = "y"\n[[exercise]]\n'
        'id = "10-storage/1"\nquestion = "Does `a` last?"\nbecause = "b"\nhint = "c"\n',
        encoding="utf-8",
    )
    (tmp_path / "10-storage.zh.toml").touch()
    monkeypatch.setattr("k8snotes.course.chapters.FOLDER", tmp_path)
    assert chapters.__wrapped__() == ("10-storage",)
    added = chapter.__wrapped__("10-storage")
    assert added.exercises["10-storage/1"].question == "Does a last?"


@every_file
def test_a_file_keeps_to_the_schema(name):
    """A file of words has no key that is not read, none missing, and no text that is empty or in two lines."""
    table = TABLES[name]
    assert fits(table, CHAPTER, CHAPTER_MUST) == []
    for item in table["exercise"]:
        assert fits(item, EXERCISE, EXERCISE_MUST) == [], item.get("id")
        assert bool(item.get("guess")) != ("hint" in item), item["id"]
        for key in ("options", "fields", "facts"):
            assert all(type(words) is str for words in item.get(key, {}).values()), item["id"]
        for key, belief in item.get("beliefs", {}).items():
            assert fits(belief, BELIEF, BELIEF_MUST) == [], (item["id"], key)
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key), (item["id"], key)
    for words in table.get("vocabulary", {}).values():
        assert all(type(other) is str for others in words.values() for other in others)


def test_the_schema_finds_what_is_wrong():
    """The test above can fail."""
    assert fits({"belief": "x", "hnt": "y"}, BELIEF, BELIEF_MUST) == ["unknown: hnt", "missing: hint"]
    assert fits({"belief": 3, "hint": "y"}, BELIEF, BELIEF_MUST) == ["belief is no str"]


@every_file
def test_texts_are_whole_and_in_one_line(name):
    """A text of a chapter has no blank at its ends and no line break: whoever edits it sees all of it."""
    texts = []

    def collect(value):
        if isinstance(value, dict):
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)
        elif isinstance(value, str):
            texts.append(value)

    collect(TABLES[name])
    assert all(text and text == text.strip() and "\n" not in text for text in texts)


def test_every_exercise_is_in_one_chapter():
    """An id begins with the chapter that its file belongs to, and stands once in all files."""
    ids = [(name, item["id"]) for name, table in TABLES.items() for item in table["exercise"]]
    assert all(id_.startswith(f"{name}/") for name, id_ in ids)
    assert len({id_ for _, id_ in ids}) == len(ids)


@every_file
def test_words_and_module_name_the_same(name):
    """File and module have the same exercises and the same beliefs, in the same order."""
    solutions = chapter(name).module.SOLUTIONS
    assert list(solutions) == [number(item) for item in exercises(name).values()]
    for item in exercises(name).values():
        assert [belief.key for belief in item.beliefs] == list(item.solution.wrong), item.id


@every
def test_what_there_is_to_choose_from_is_what_is_read(exercise):
    """Letters have their options, keys of an answer stand in its starter, and facts have their words."""
    reads = exercise.reads
    if isinstance(reads, (Choice, Choices)):
        assert "".join(exercise.options) == reads.letters
    else:
        assert not exercise.options
    if isinstance(reads, Fields):
        assert list(ast.literal_eval(str(exercise.starter))) == list(reads.kinds)
        assert list(exercise.fields) in ([], list(reads.kinds))
    else:
        assert not exercise.fields
    if isinstance(reads, (Deed, Repair)):
        assert set(exercise.facts) == set(reads.read(exercise.right()).facts)
    elif exercise.facts:
        names = set().union(*(reads.read(exercise.wrong(belief)) for belief in exercise.beliefs))
        assert set(exercise.facts) <= names | set(reads.read(exercise.right()))


@every_file
def test_each_vocabulary_is_used_and_clear(name):
    """The module uses each vocabulary of its file, and no other name means two of its words."""
    source = Path(chapter(name).module.__file__).read_text(encoding="utf-8")
    used = set(re.findall(r'vocabulary\(__name__, "([^"]+)"\)', source))
    assert used == set(chapter(name).vocabularies)
    for words in chapter(name).vocabularies.values():
        names = [*(word.lower() for word in words), *(other for others in words.values() for other in others)]
        assert len(set(names)) == len(names)
        assert all(other == other.lower() for other in names)


@every
def test_the_notebook_asks_what_the_file_asks(exercise):
    """Above a check that has its answer in the cell stands the question as the file has it; kn.ask shows it itself."""
    name, _, number = exercise.id.partition("/")
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    places = [i for i, cell in enumerate(cells) if f'kn.check("{exercise.id}", ' in cell.source]
    if not places:
        assert any(f'kn.ask("{exercise.id}")' in cell.source for cell in cells)
        return
    lines = [f"- **{letter}** · {words}" for letter, words in exercise.options.items()]
    lines += [f"- `{key}` · {words}" for key, words in exercise.fields.items()]
    question = f"**{number}.** {exercise.markdown}" + "\n\n" * bool(lines) + "\n".join(lines)
    assert cells[places[0] - 1].source.endswith(question)


def test_what_repeats_the_chapters_words_is_written_from_them():
    """Tables of chapters, questions of exercises and their tags are those that `make chapters` writes."""
    run = subprocess.run(
        [sys.executable, ROOT / ".ci" / "chapters.py", "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr + "run: make chapters"


@every
def test_the_question_is_plain_where_it_is_repeated(exercise):
    """A check repeats the question without the marks of Markdown, and with every word."""
    assert "`" not in exercise.question
    assert re.findall(r"\w+", exercise.question) == re.findall(r"\w+", exercise.markdown)


def test_a_file_is_read_when_it_is_needed():
    """Importing the course reads no chapter, a blank answer reads one and loads no cluster, nor does progress."""
    code = (
        "import sys; from k8snotes.course import check, progress; from k8snotes.course.chapters import chapter\n"
        "print(chapter.cache_info().currsize)\n"
        "check('nowhere/1', 2); print(chapter.cache_info().currsize)\n"
        "check('01-service/2', ...); print(chapter.cache_info().currsize)\n"
        "progress(); print('k8snotes.cluster' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["0", "0", "1", "False"]


def test_no_call_has_a_long_row_of_arguments_without_names():
    """In the course nobody has to count: no call has six or more arguments by position."""
    for path in (ROOT / "k8snotes" / "course").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert len(node.args) < 6, f"{path.name}:{node.lineno}"
