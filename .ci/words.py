"""Collect the words of the chapters: from their tables "Words" to what `kn.glossary()` shows, and to a page."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
WORDS = ROOT / "k8snotes" / "course" / "words.json"
PAGE = NOTEBOOKS / "glossary.md"
HEAD = "| English | 中文 | in a few words |\n|---|---|---|\n"
PAGE_HEAD = (
    "# The words of the course\n\nIn a chapter, `kn.glossary()` shows them too, "
    'and `kn.glossary("label")` those about labels.\n\n'
    "| English | 中文 | in a few words | chapters |\n|---|---|---|---|\n"
)


def words_of(text: str) -> list[list[str]]:
    """Return the rows of the table "Words" in the text of a chapter: English, Chinese, meaning."""
    _, head, rest = text.partition(HEAD)
    lines = re.match(r"(?:\|.*\|\n?)*", rest)
    if not head or not lines:
        return []
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[0].splitlines()]


def collected(folder: Path) -> list[list[object]]:
    """Return all words in alphabetical order, each with the chapters that have it; the first explains it."""
    found: dict[str, list[object]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        for english, chinese, meaning in words_of(text):
            kept = found.setdefault(english.lower(), [english, chinese, meaning, []])
            if kept[1] != chinese:
                message = f'{path.name}: "{english}" is {chinese} here, and {kept[1]} in chapter {kept[3][0]}'
                raise SystemExit(message)
            kept[3].append(path.name[:2])
    return [found[name] for name in sorted(found)]


def page(rows: list[list[object]], folder: Path) -> str:
    """Return the glossary as a page, with links to the chapters."""
    files = {path.name[:2]: path.name for path in sorted(folder.glob("*.ipynb"))}
    lines = [
        f"| {english} | {chinese} | {meaning} | {', '.join(f'[{name}]({files[name]})' for name in chapters)} |"
        for english, chinese, meaning, chapters in rows
    ]
    return PAGE_HEAD + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Rewrite words.json and the page; with --check, only say whether they are as they should be."""
    rows = collected(NOTEBOOKS)
    lines = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in rows)
    wanted = {WORDS: f"[\n{lines}\n]\n", PAGE: page(rows, NOTEBOOKS)}
    if "--check" in arguments:
        return int(
            any(not at.exists() or at.read_text(encoding="utf-8") != text for at, text in wanted.items())
        )
    for at, text in wanted.items():
        at.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
