"""The course as one piece: each chapter has the same parts, leads to the next, and keeps to its minutes."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import k8snotes as kn

sys.path.insert(0, str(Path(__file__).parent))
from lessons import NOTEBOOKS, Lesson

ROOT = NOTEBOOKS.parent
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BOOKS = {path: nbformat.read(path, as_version=4) for path in PATHS}
MOST_PICTURE_BYTES = 40_000

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def markdown(path):
    return [cell.source for cell in BOOKS[path].cells if cell.cell_type == "markdown"]


@every
def test_readme_says_the_minutes_and_shows_a_picture(path):
    """README's row of a chapter has the minutes that the chapter says, and a light picture with its words."""
    low, high = re.search(r"^\*(\d+) to (\d+) minutes", markdown(path)[0], re.MULTILINE).groups()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| \[.+\]\(notebooks/{path.name}\)<br>.*$", readme, re.MULTILINE)
    assert f"| {low}–{high} |" in row, row
    (picture,) = re.findall(r'<img src="([^"]+)" width="\d+" alt="[^"]+">', row)
    assert (ROOT / picture).stat().st_size < MOST_PICTURE_BYTES


@every
def test_next_leads_to_the_next_chapter(path):
    """The last line of a chapter leads on to the chapter after it, or to the first."""
    last = "\n".join(markdown(path)).rpartition("**Next:**")[2].partition("\n")[0]
    number = PATHS.index(path) + 1
    following = PATHS[number] if number < len(PATHS) else PATHS[0]
    assert f"]({following.name})" in last, last


def test_chapter_00_lists_the_chapters():
    """The table of chapters in 00 leads to every chapter but itself."""
    text = "\n".join(markdown(PATHS[0]))
    assert [path.name for path in PATHS[1:]] == re.findall(
        r"^\| \d\d \| \[.+\]\((.+)\) \|", text, re.MULTILINE
    )


def test_the_cell_for_colab_is_the_same_everywhere():
    """One small cell, in Colab alone it does something, and it is in every chapter word for word."""
    cells = [book.cells[-1] for book in BOOKS.values()]
    assert len({json.dumps({**cell, "execution_count": 0}, sort_keys=True) for cell in cells}) == 1
    source = cells[0].source
    assert len(source.splitlines()) == 2
    assert isinstance(ast.parse(source).body[0], ast.If)
    asked = []

    class Shell:
        """IPython as a cell sees it; its module tells where it runs."""

        def __init__(self, name):
            self.name = name

        def __repr__(self):
            return f"<{self.name}.Shell object>"

        def system(self, command):
            asked.append(command)

    for name, times in (("ipykernel.zmqshell", 0), ("google.colab._shell", 1)):
        exec(source, {"get_ipython": lambda name=name: Shell(name)})  # noqa: S102  # it is our own
        assert len(asked) == times
    assert re.fullmatch(
        r"pip install --quiet git\+https://github\.com/\S+@v" + re.escape(kn.__version__), asked[0]
    )


def test_the_glossary_is_that_of_the_chapters():
    """words.json and the page hold the words of the chapters as they are today, with one Chinese word for each."""
    done = subprocess.run([sys.executable, ROOT / ".ci" / "words.py", "--check"], check=False)
    assert done.returncode == 0, "run: make words"


def test_the_page_of_helpers_is_fresh():
    """helpers.md has each helper as it is today, with its example and its chapters."""
    done = subprocess.run([sys.executable, ROOT / ".ci" / "reference.py", "--check"], check=False)
    assert done.returncode == 0, "run: make words"


@every
def test_words_are_used_in_the_chapter(path):
    """Each word in the table of a chapter is used in its text before, and nothing is listed twice."""
    text = "\n".join(markdown(path)).partition("## Words\n\n")[0]
    rows = Lesson.read(path).words_table()
    assert len(rows) >= 6
    plain = re.sub(r"[*`_ ]", "", text).lower()
    for english, chinese, meaning in rows:
        parts = re.sub(r"^to | \(.*\)$", "", english.lower()).split()
        assert all(part[:6].rstrip("s,") in plain for part in parts), english
        assert chinese
        assert meaning
    assert len({english for english, _, _ in rows}) == len(rows)
