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
from execute_notebooks import NOTEBOOKS

ROOT = NOTEBOOKS.parent
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BOOKS = {path: nbformat.read(path, as_version=4) for path in PATHS}
# the parts of a chapter, in their order
PARTS = (
    "# ",
    "**A question first.**",
    "> ### The notes and today",
    "## Exercises",
    "## You can now",
    "## Words",
    "**Next:**",
)
MOST_WORDS = 700  # of the five-minute path: two minutes of reading fast, and three of looking
MOST_PICTURE_BYTES = 40_000
PROMISE = re.compile(
    r"^\*(.+ )?After this chapter you can .+\. (\d+) minutes; the five-minute path is marked ▶\.\*$",
    re.MULTILINE,
)

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def markdown(path):
    return [cell.source for cell in BOOKS[path].cells if cell.cell_type == "markdown"]


def short_path(text):
    """Return what of a markdown cell is on the five-minute path: from ▶ to a section that breaks something."""
    kept, on = [], False
    for paragraph in text.split("\n\n"):
        if "▶" in paragraph:
            on = True
        elif paragraph.startswith("**Break"):
            on = False
        if on:
            kept.append(paragraph)
    return "\n\n".join(kept)


@every
def test_a_chapter_begins_with_its_promise(path):
    """First the title and what one can do afterwards, with the minutes; then the cell for Colab; then the question."""
    first, colab, third = BOOKS[path].cells[:3]
    title, promise = first.source.split("\n\n")
    assert re.fullmatch(rf"# {path.name[:2]} · .+", title)
    assert PROMISE.fullmatch(promise), promise
    assert colab.metadata.tags == ["colab"]
    assert third.cell_type == "markdown"


@every
def test_parts_come_in_their_order(path):
    """Title, question, box, exercises, what one can do now, words, and what next: each once, and in this order.

    Chapter 02 shows the Pod before it asks about it, so the question may follow a first picture; the boxes
    before and after the exercises are both fine.
    """
    text = "\n\n".join(markdown(path))
    places = [text.find(part) for part in PARTS]
    assert -1 not in places, PARTS[places.index(-1)]
    box = places.pop(2)
    assert places == sorted(places)
    assert places[1] < box < places[3]


@every
def test_readme_says_the_minutes_and_shows_a_picture(path):
    """README's row of a chapter has the minutes that the chapter says, and a light picture with its words."""
    minutes = PROMISE.search(markdown(path)[0])[2]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| \[.+\]\(notebooks/{path.name}\) \|.*$", readme, re.MULTILINE)
    assert f"| {minutes} |" in row, (minutes, row)
    (picture,) = re.findall(r'<img src="([^"]+)" width="180" alt="[^"]+">', row)
    assert (ROOT / picture).stat().st_size < MOST_PICTURE_BYTES


@every
def test_the_five_minute_path_is_short(path):
    """What is marked ▶ can be read in five minutes, and is more than the question and the answer."""
    marked = [short_path(text) for text in markdown(path)[1:]]
    assert sum(len(re.findall(r"\w[\w'-]*", text)) for text in marked) <= MOST_WORDS
    assert sum("▶" in text for text in marked) >= 5


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
    cells = [book.cells[1] for book in BOOKS.values()]
    assert len({json.dumps(cell, sort_keys=True) for cell in cells}) == 1
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


@every
def test_words_are_used_in_the_chapter(path):
    """Each word in the table of a chapter is used in its text before, and nothing is listed twice."""
    text, _, rest = "\n".join(markdown(path)).partition("## Words\n\n")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", rest.partition("\n\n")[0], re.MULTILINE)[1:]
    assert len(rows) >= 6
    plain = re.sub(r"[*`_ ]", "", text).lower()
    for english, chinese, meaning in rows:
        parts = re.sub(r"^to | \(.*\)$", "", english.lower()).split()
        assert all(part[:6].rstrip("s,") in plain for part in parts), english
        assert chinese
        assert meaning
    assert len({english for english, _, _ in rows}) == len(rows)


# names that nobody knows who has not met Kubernetes
NAMES = """
annotation|API server|back-off|Cluster IP|control plane|controller|cordon|DaemonSet|Deployment|drain|endpoint|etcd|image|
Job|kube-proxy|kubelet|label|label selector|manifest|namespace|Node|Node IP|node port|pause container|Pod|Pod IP|quota|
reconcile loop|ReplicaSet|ReplicationController|rolling update|scheduler|Service|static Pod|StatefulSet|taint|toleration|
volume
"""


@pytest.mark.parametrize("name", [name.strip() for name in NAMES.split("|")])
def test_names_are_introduced_before_they_are_used(name):
    """Read from the first chapter to the last, a name is set off, or said what it is, where it comes first."""
    for path in PATHS:
        text = "\n\n".join(markdown(path)[1:]).partition("## You can now")[0]
        text = re.sub(
            r"^>.*$", "", text, flags=re.MULTILINE
        )  # the box quotes the notes, which knew their words
        for paragraph in text.split("\n\n"):
            if paragraph.startswith("#") or "**A question first.**" in paragraph:
                continue  # a title names what comes, and the question cannot be answered yet
            if re.search(rf"(?<![\w`/\"]){re.escape(name)}s?(?![\w`/\"-])", paragraph):
                set_off = re.search(rf"\*\*?[^*]*\b{re.escape(name)}[^*]*\*", paragraph)
                said = re.search(
                    rf"\b{re.escape(name)}s? (is|are|means|has)\b|\b(is|are) (an? |the )?{re.escape(name)}",
                    paragraph,
                )
                assert set_off or said, (path.name, paragraph)
                return
    pytest.fail(f"no chapter says {name}")
