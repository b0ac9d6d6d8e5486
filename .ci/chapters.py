"""Write what the chapters' files of words say into the places that repeat it.

That is the tables of chapters in README.md and in chapter 00, and in each chapter: the minutes that it takes, the
question above an exercise that is answered in its cell, the tags that name its misconceptions, and the cell with which
a reader sees what is solved. A cell `kn.ask(...)` shows its question itself.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from badges import ROOT, binder_badge, notebook_text, rewrite

sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT))  # the words of this checkout, whatever is installed
from lessons import SAID_MINUTES, Lesson

from k8snotes.course.chapters import Exercise, chapter, chapters, exercises

NOTEBOOKS = ROOT / "notebooks"
README_TABLE = re.compile(r"(^\| you will understand \|.*\n\|[-|]+\n)(?:\|.*\n)*", re.MULTILINE)
START_TABLE = re.compile(r"(\| \| Chapter \| After it you can say \|\n\|[-|]+\n)(?:\|.*\n)*")
CHECK = re.compile(r'kn\.(?:check|ask)\("([^"]+)"')
MINUTES = re.compile(r"^\*\d+ .*minutes.*\*$", re.MULTILINE)


@cache
def times(name: str) -> dict[str, int]:
    """Return the numbers of the line of a chapter that says how long it takes."""
    return Lesson.read(NOTEBOOKS / f"{name}.ipynb").times()


def minutes(name: str) -> str:
    """Return from how many to how many minutes a chapter takes."""
    return "{low}–{high}".format(**times(name))


def picture(number: str, folder: Path = NOTEBOOKS) -> str:
    """Return the picture of a chapter for README, with its title as its words; "" where there is none."""
    path = folder / "pictures" / f"chapter-{number}.svg"
    if not path.is_file():
        return ""
    title = re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"))
    words = title[1] if title else number
    return f'<img src="{path.relative_to(ROOT).as_posix()}" width="320" alt="{words}"> '


def readme_rows(folder: Path = NOTEBOOKS, called: str = "open") -> str:
    """Return the rows of README's table of chapters, in the language in force.

    Args:
        folder: where the notebooks of this language are.
        called: what the badge says that opens one.
    """
    rows = []
    for name in chapters():
        file, words = (folder / f"{name}.ipynb").relative_to(ROOT).as_posix(), chapter(name)
        cells = (
            f"[{name[:2]} {words.title}]({file})<br>{words.understand}",
            picture(name[:2], folder).strip(),
            minutes(name),
            binder_badge(file, called),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return "".join(rows)


def start_rows() -> str:
    """Return the rows of the table in chapter 00: each chapter but 00 is a link."""
    rows = []
    for place, name in enumerate(chapters()):
        words = chapter(name)
        title = f"[{words.title}]({name}.ipynb)" if place else words.title
        rows.append(f"| {name[:2]} | {title} | {words.say} |\n")
    return "".join(rows)


def question(exercise: Exercise) -> str:
    """Return a numbered question as it stands in its chapter, with what there is to choose from."""
    number = exercise.id.rpartition("/")[2]
    lines = [f"- **{letter}** · {words}" for letter, words in exercise.options.items()]
    lines += [f"- `{key}` · {words}" for key, words in exercise.fields.items()]
    return "\n\n".join(filter(None, [f"**{number}.** {exercise.markdown}", "\n".join(lines)]))


def tags(exercise: Exercise, before: list[str]) -> list[str]:
    """Return the tags of an exercise's cell: those that it has, and its misconceptions by number."""
    numbers = sorted({belief.misconception for belief in exercise.beliefs} - {0})
    kept = [tag for tag in before if not tag.startswith("misconception:")]
    return [*kept, *(f"misconception:{number}" for number in numbers)]


def _source(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _progress_cell(number: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "progress",
        "metadata": {"tags": ["nbval-check-output"]},
        "outputs": [],
        "source": [f'kn.progress("{number}")  # what you have solved in this chapter'],
    }


def written(text: str, name: str) -> str:
    """Return a chapter's text with what its words say, and with the parts that all chapters have; the rest stays.

    A cell that is new changes the numbers of those after it: running the chapter writes them.
    """
    book = json.loads(text)
    cells: list[dict[str, Any]] = book["cells"]
    first = "".join(cells[0]["source"])
    cells[0]["source"] = _source(MINUTES.sub(SAID_MINUTES.format(**times(name)), first))
    for before, cell in pairwise(cells):
        asked = CHECK.search("".join(cell["source"]))
        if not asked or "exercise" not in cell["metadata"].get("tags", []):
            continue
        exercise = exercises(name)[asked[1]]
        cell["metadata"]["tags"] = tags(exercise, cell["metadata"]["tags"])
        if "kn.ask(" in "".join(cell["source"]):
            continue
        there = "".join(before["source"])
        head, mark, _ = there.partition(f"**{asked[1].rpartition('/')[2]}.** ")
        new = not there.strip() and before["cell_type"] == "markdown"  # the empty cell of a new exercise
        if mark or new:
            before["source"] = _source(head + question(exercise))
    sources = ["".join(each["source"]) for each in cells]
    if name == chapters()[0]:
        for cell, source in zip(cells, sources, strict=True):
            cell["source"] = _source(START_TABLE.sub(lambda match: match[1] + start_rows(), source))
    if not any("kn.progress(" in source for source in sources):
        end = next(place for place, source in enumerate(sources) if source.startswith("## You can now"))
        cells.insert(end, _progress_cell(name[:2]))
    return notebook_text(book)


def main(arguments: list[str]) -> int:
    """Rewrite README.md and the chapters; with --check, only say whether they are as they should be."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    wanted = {readme: README_TABLE.sub(lambda match: match[1] + readme_rows(), text)}
    for name in chapters():
        path: Path = NOTEBOOKS / f"{name}.ipynb"
        wanted[path] = written(path.read_text(encoding="utf-8"), name)
    return rewrite(wanted, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
