"""What a chapter is made of, as its reader meets it: sections, predictions, the short path, words, minutes.

A chapter is a notebook by these conventions.
- `## 2 · Title` begins a section. What comes before the first one is its opening.
- A text with a line that begins with ▶ belongs to the short path, and so do the cells up to the next text.
- `> **Your prediction first.** ...?` or a cell `kn.ask("01-service/guess-1")` asks for a prediction. The cells up to the
  next text answer it, so their outputs are hidden until they are run.
- `> **New words:** **Service** · **Pod**` is the box of a section: the words that it introduces.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
FAST, SLOW = 200, 120  # words a minute, of who reads fast, and of who reads a second language
# seconds: to run and look at a cell, to choose a prediction, to answer three questions, to solve an exercise
CELL, ASKED, RECALLED, EXERCISE = 24, 15, 45, 90
STEP = 5  # minutes: what is said is a multiple of it
SAID_MINUTES = (
    "*{low} to {high} minutes, and about {more} more for the {n} exercises. The short path, marked ▶, takes about {short} "
    "minutes.*"
)
BOX = "> **New words:**"
PREDICTION = "> **Your prediction first.**"
PREVIEW = 'class="kn-preview"'  # what a widget shows until its cell is run
# the parts after the lesson, in their order
AFTER = ("> ### The notes and today", "## Exercises", "## You can now", "## Words")
_ASK = re.compile(r'kn\.ask\("([^"]+)"\)')
_CHECK = re.compile(r'kn\.check\("([^"]+)"')
_SECTION = re.compile(r"^## (\d) · (.+)$", re.MULTILINE)


def is_hidden(cell: Any) -> bool:
    """Return whether the output of a notebook's cell is hidden until it is run."""
    return bool(cell.metadata.get("jupyter", {}).get("outputs_hidden"))


@dataclass(frozen=True)
class Cell:
    """One cell of a chapter."""

    cell: Any
    section: int  # 0 is the opening, -1 what comes after the lesson
    short: bool  # whether it is on the short path

    @property
    def source(self) -> str:
        """What stands in it."""
        return str(self.cell.source)

    @property
    def is_code(self) -> bool:
        """Whether it is run."""
        return bool(self.cell.cell_type == "code")

    @property
    def tags(self) -> list[str]:
        """What it is."""
        return list(self.cell.metadata.get("tags", []))

    @property
    def hidden(self) -> bool:
        """Whether its output is hidden until it is run."""
        return is_hidden(self.cell)

    @property
    def asks(self) -> str:
        """The exercise that it asks; "" if it asks none."""
        found = _ASK.search(self.source) if self.is_code else None
        return found[1] if found else ""

    @property
    def checks(self) -> str:
        """The exercise that it checks; "" if it checks none."""
        found = _CHECK.search(self.source) if self.is_code else None
        return found[1] if found else ""

    @property
    def predicts(self) -> bool:
        """Whether it asks for a prediction."""
        if self.is_code:
            return "/guess" in self.asks
        return PREDICTION in self.source

    @property
    def figure(self) -> bool:
        """Whether it shows a picture."""
        return any("<figure" in _html(output) for output in self.cell.get("outputs", []))

    @property
    def widget(self) -> bool:
        """Whether it shows something to touch."""
        return any(PREVIEW in _html(output) for output in self.cell.get("outputs", []))

    @property
    def outline(self) -> str:
        """The outlines of its pictures."""
        return "\n".join(
            _text(output.data.get("text/plain", ""))
            for output in self.cell.get("outputs", [])
            if "<figure" in _html(output) and PREVIEW not in _html(output)
        )


def _text(said: str | list[str]) -> str:
    return said if isinstance(said, str) else "".join(said)


def _html(output: Mapping[str, Any]) -> str:
    return _text(output.get("data", {}).get("text/html", ""))


@dataclass(frozen=True)
class Lesson:
    """One chapter."""

    path: Path
    cells: list[Cell] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Lesson:
        """Return a chapter, read from its notebook."""
        book = nbformat.read(path, as_version=4)
        return cls(path, list(_cells(book.cells)))

    @property
    def name(self) -> str:
        """The number and the name ("01-service")."""
        return self.path.stem

    @cached_property
    def texts(self) -> list[Cell]:
        """The text cells."""
        return [cell for cell in self.cells if not cell.is_code]

    @cached_property
    def codes(self) -> list[Cell]:
        """The code cells, but that for Colab."""
        return [cell for cell in self.cells if cell.is_code and "colab" not in cell.tags]

    @cached_property
    def sections(self) -> list[list[Cell]]:
        """The cells of the opening, and of each section of the lesson."""
        most = max(cell.section for cell in self.cells)
        return [[cell for cell in self.cells if cell.section == number] for number in range(most + 1)]

    def answers(self) -> Iterator[tuple[Cell, Cell]]:
        """Yield each cell that answers a prediction, with the cell that asks for it."""
        asked: Cell | None = None
        for cell in self.cells:
            if cell.predicts:
                asked = cell
            elif not cell.is_code:
                asked = None
            elif asked is not None and not cell.checks and not cell.asks and cell.section >= 0:
                yield asked, cell

    def boxes(self, section: int) -> list[str]:
        """Return the words that a section introduces in its box."""
        lines = [
            line
            for cell in self.sections[section]
            if not cell.is_code
            for line in cell.source.splitlines()
            if line.startswith(BOX)
        ]
        return [word.strip("* .") for line in lines for word in line.removeprefix(BOX).split("·")]

    def words_table(self) -> list[tuple[str, str, str]]:
        """Return the rows of the table "Words"."""
        text = "\n".join(cell.source for cell in self.texts).partition("## Words\n\n")[2]
        rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text.partition("\n\n")[0], re.MULTILINE)
        return [(english, chinese, meaning) for english, chinese, meaning in rows[1:]]

    # ---- time

    def minutes(self, cells: list[Cell], pace: int) -> float:
        """Return how many minutes it takes to read and run cells, at so many words a minute."""
        read = sum(words_in(cell.source) for cell in cells if not cell.is_code)
        run = [cell for cell in cells if cell.is_code and "colab" not in cell.tags]
        return read / pace + sum(map(_seconds, run)) / 60

    @property
    def lesson_cells(self) -> list[Cell]:
        """All cells before the exercises."""
        return [cell for cell in self.cells if cell.section >= 0 and "exercise" not in cell.tags]

    @property
    def exercise_cells(self) -> list[Cell]:
        """The exercises at the end."""
        return [cell for cell in self.codes if "exercise" in cell.tags]

    @property
    def short_cells(self) -> list[Cell]:
        """The cells of the short path."""
        return [cell for cell in self.cells if cell.short]

    def said_minutes(self) -> str:
        """Return the line of a chapter that says how long it takes."""
        return SAID_MINUTES.format(**self.times())

    def times(self) -> dict[str, int]:
        """Return the numbers of that line, by their names in it."""
        low = _rounded(self.minutes(self.lesson_cells, FAST))
        high = max(_rounded(self.minutes(self.lesson_cells, SLOW)), low + STEP)
        judged = len(self.exercise_cells)
        return {
            "low": low,
            "high": high,
            "more": _rounded(judged * EXERCISE / 60),
            "n": judged,
            "short": self.short_minutes(),
        }

    def short_minutes(self) -> int:
        """Return how many minutes the short path takes: the middle of fast and slow."""
        cells = self.short_cells
        return round((self.minutes(cells, FAST) + self.minutes(cells, SLOW)) / 2)


def _seconds(cell: Cell) -> int:
    if "exercise" in cell.tags:
        return EXERCISE
    if cell.asks.endswith("/recall"):
        return RECALLED
    return ASKED if cell.asks or "/guess" in cell.checks else CELL


def _rounded(minutes: float) -> int:
    return max(STEP, STEP * round(minutes / STEP))


def words_in(text: str) -> int:
    """Return how many words a reader reads in Markdown."""
    text = re.sub(r"\]\([^)]*\)", "", text)
    return len(re.findall(r"[^\s*`#>|_-][^\s|]*", text))


def _cells(cells: list[Any]) -> Iterator[Cell]:
    """Yield the cells, each with its section, and with whether it is on the short path."""
    section, short = 0, False
    for cell in cells:
        if cell.cell_type != "code":
            short = re.search(r"^▶", cell.source, re.MULTILINE) is not None
            found = _SECTION.search(cell.source)
            if any(part in cell.source for part in AFTER):
                section = -1
            elif found:
                section = int(found[1])
        yield Cell(cell, section, short)


def notebooks() -> list[Path]:
    """Return the files of all chapters, the English ones and then those of the other languages."""
    return [*sorted(NOTEBOOKS.glob("*.ipynb")), *sorted(NOTEBOOKS.glob("*/*.ipynb"))]


def examples() -> list[Path]:
    """Return the notebooks of the worked examples for teachers."""
    return sorted(NOTEBOOKS.glob("site/teachers/*/*.ipynb"))


def lessons() -> list[Lesson]:
    """Return all chapters in their order."""
    return [Lesson.read(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]


# ---- words before their use


def plain(text: str) -> str:
    """Return Markdown without code, links' targets, headings, tables of chapters, and quotations of the notes."""
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", " ", text)
    text = re.sub(r"\[[^\]]*\]\([^)]*\)", " ", text)  # the title of a chapter names what comes
    text = re.sub(r"^#+ .*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*After this chapter\*\*.*$", " ", text, flags=re.MULTILINE)
    return re.sub(r"<[^>]+>", " ", text)


def pattern(term: str) -> re.Pattern[str]:
    """Return what finds a word of the glossary, also in the plural; a name is found as it is written.

    >>> bool(pattern("Service").search("a service")), bool(pattern("label selector").search("Label selectors"))
    (False, True)
    """
    name = re.sub(r" \(.*\)$", "", re.sub(r"^to ", "", term))
    words = r"[\s-]+".join(map(re.escape, name.split()))
    capital = name[:1].isupper()
    return re.compile(rf"(?<![\w./-]){words}(?:s|es|ed)?(?![\w/-])", 0 if capital else re.IGNORECASE)


def python(source: str) -> str:
    """Return the Python of a cell, without lines of kubectl; "" where the whole cell is a manifest for kubectl.

    >>> python("%kubectl get pods"), python("c.settle()"), python("%%kubectl apply -f -")
    ('', 'c.settle()', '')
    """
    if source.startswith("%%"):
        return ""
    return "\n".join("" if line.startswith("%") else line for line in source.splitlines())


def shape_faults(source: str) -> list[str]:
    """Return what of a cell is more Python than a call, an assignment or a loop.

    >>> shape_faults("lab = c.copy()"), shape_faults("[pod for pod in c.objects('pods')]")
    ([], ['ListComp'])
    """
    return [
        type(node).__name__ for node in ast.walk(ast.parse(python(source))) if not isinstance(node, _SIMPLE)
    ]


_SIMPLE = (
    ast.Module,
    ast.Expr,
    ast.Call,
    ast.keyword,
    ast.Assign,
    ast.Name,
    ast.Load,
    ast.Store,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.For,
    ast.Import,
    ast.alias,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.USub,
    ast.BinOp,
    ast.Add,
    ast.Compare,
    ast.Eq,
    ast.Lt,
    ast.Gt,
    ast.ImportFrom,
)
