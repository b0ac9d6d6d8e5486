"""Write what names the project's address from the one place that knows it, [project.urls].

That is the badges of README.md, and in each chapter the cell by which Google Colab installs the course. On this way
README's table of chapters gets its pictures, where `make pictures` has drawn one, and the minutes that a chapter says,
and a chapter the cell with which the reader sees what is solved.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlparse

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- badges -->\n).*?(<!-- /badges -->)", re.DOTALL)
CHAPTER = re.compile(r"\[!\[open\]\([^)]*\)\]\([^)]*notebooks/(\d\d-[a-z0-9-]+)\.ipynb[^)]*\)")
ROW = re.compile(r"^(\| \[(\d\d) [^|]*\|[^|]*\|)(?: (?:<img [^|]*)?\|)? (\d+) \|", re.MULTILINE)
BINDER = "https://mybinder.org"


def binder_url(repository: str, version: str, path: str) -> str:
    """Return the address at which Binder opens a file of the release in JupyterLab."""
    owner_and_name = urlparse(repository).path.strip("/").removesuffix(".git")
    return f"{BINDER}/v2/gh/{owner_and_name}/v{version}?urlpath={quote('lab/tree/' + path, safe='/')}"


def badges(repository: str, version: str) -> str:
    """Return the block of badges: Binder, and the repository's licence."""
    start = binder_url(repository, version, "notebooks/00-start-here.ipynb")
    return (
        f"[![Open on Binder]({BINDER}/badge_logo.svg)]({start})\n"
        f"[![Licence: BSD-3-Clause](https://img.shields.io/badge/licence-BSD--3--Clause-blue)]({repository})\n"
    )


def minutes(number: str) -> str:
    """Return how many minutes a chapter says that it takes; "" where it does not say."""
    for path in (ROOT / "notebooks").glob(f"{number}-*.ipynb"):
        said = re.search(
            r"(\d+) minutes", "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        )
        return said[1] if said else ""
    return ""


def picture(number: str) -> str:
    """Return the picture of a chapter for README, with its title as its words; "" where there is none."""
    path = ROOT / "notebooks" / "pictures" / f"chapter-{number}.svg"
    if not path.is_file():
        return ""
    title = re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"))
    return (
        f'<img src="{path.relative_to(ROOT).as_posix()}" width="180" alt="{title[1] if title else number}"> '
    )


def written(readme: str, repository: str, version: str) -> str:
    """Return README's text with its badges as they should be."""

    def chapter(match: re.Match[str]) -> str:
        url = binder_url(repository, version, f"notebooks/{match[1]}.ipynb")
        return f"[![open]({BINDER}/badge_logo.svg)]({url})"

    def row(match: re.Match[str]) -> str:
        return f"{match[1]} {picture(match[2])}| {minutes(match[2]) or match[3]} |"

    readme = ROW.sub(row, readme)
    readme = BLOCK.sub(lambda match: match[1] + badges(repository, version) + match[2], readme)
    return CHAPTER.sub(chapter, readme)


def colab_cell(repository: str, version: str) -> dict[str, object]:
    """Return the cell that installs the course where a chapter runs in Google Colab, and does nothing elsewhere."""
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": "colab",
        "metadata": {"jupyter": {"source_hidden": True}, "tags": ["colab"]},
        "outputs": [],
        "source": [
            'if "google.colab" in str(get_ipython()):  # in Google Colab: install the course; elsewhere: nothing\n',
            f'    get_ipython().system("pip install --quiet git+{repository}@v{version}")',
        ],
    }


def _progress_cell(number: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "progress",
        "metadata": {"tags": ["nbval-check-output"]},
        "outputs": [],
        "source": [f'kn.progress("{number}")  # what you have solved in this chapter'],
    }


def framed(text: str, number: str, cell: dict[str, object]) -> str:
    """Return a chapter's text with what all chapters have alike; the rest stays as it is.

    That is the cell for Colab, after its title and what it promises, and its exercises, before what one can do now.
    A cell that is new changes the numbers of those after it: `make notebooks` writes them.
    """
    book = json.loads(text)
    cells = [each for each in book["cells"] if "colab" not in each["metadata"].get("tags", [])]
    first = cells[0]
    lines = "".join(first["source"]).split("\n\n", 2)  # the title, what one can do afterwards, and all else
    if len(lines) > 2:
        rest = first | {"id": first["id"] + "b", "source": lines[2].splitlines(keepends=True)}
        cells[:1] = [first | {"source": "\n\n".join(lines[:2]).splitlines(keepends=True)}, rest]
    sources = ["".join(each["source"]) for each in cells]
    if not any("kn.progress(" in source for source in sources):
        end = next(place for place, source in enumerate(sources) if source.startswith("## You can now"))
        cells.insert(end, _progress_cell(number))
    book["cells"] = [cells[0], cell, *cells[1:]]
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Rewrite README.md and the chapters; with --check, only say whether they are as they should be."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository, version = project["urls"]["Repository"], project["version"]
    readme = ROOT / "README.md"
    wanted = {readme: written(readme.read_text(encoding="utf-8"), repository, version)}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        wanted[path] = framed(
            path.read_text(encoding="utf-8"), path.name[:2], colab_cell(repository, version)
        )
    changed = {path: text for path, text in wanted.items() if path.read_text(encoding="utf-8") != text}
    if "--check" in arguments:
        sys.stdout.writelines(f"{path.relative_to(ROOT)} is not as it should be\n" for path in changed)
        return int(bool(changed))
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
