"""Write what names the project's address from the one place that knows it, [project.urls].

That is the badges of README.md, and at the end of each chapter the cell by which Google Colab installs the course.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1])
)  # the package of this checkout, whatever is installed
from k8snotes.repository import BINDER, binder

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- badges -->\n).*?(<!-- /badges -->)", re.DOTALL)


def project() -> tuple[str, str]:
    """Return the repository's address and the version, as pyproject.toml has them."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table["urls"]["Repository"], table["version"]


def binder_badge(path: str, words: str) -> str:
    """Return the badge with which Binder opens a file of the release in JupyterLab."""
    repository, version = project()
    return f"[![{words}]({BINDER}/badge_logo.svg)]({binder(path, version, repository)})"


def badges(path: str, words: str) -> str:
    """Return the block of badges: Binder, which opens a file of the release, and the repository's licence."""
    licence = "https://img.shields.io/badge/licence-BSD--3--Clause-blue"
    return f"{binder_badge(path, words)}\n[![Licence: BSD-3-Clause]({licence})]({project()[0]})\n"


def colab_cells() -> list[dict[str, object]]:
    """Return the last cells of a chapter: what installs the course in Google Colab, and does nothing elsewhere."""
    repository, version = project()
    said = "**In Google Colab,** run the next cell first, then begin at the top. Everywhere else, it does nothing.\n"
    text = {
        "cell_type": "markdown",
        "id": "colab-first",
        "metadata": {"tags": ["colab"]},
        "source": [said.rstrip()],
    }
    code = {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab",
        "metadata": {"jupyter": {"source_hidden": True}, "tags": ["colab"]},
        "outputs": [],
        "source": [
            'if "google.colab" in str(get_ipython()):  # in Google Colab: install the course; elsewhere: nothing\n',
            f'    get_ipython().system("pip install --quiet git+{repository}@v{version}")',
        ],
    }
    return [text, code]


def for_colab(text: str) -> str:
    """Return a chapter's text with the cells for Colab at its end; the rest stays as it is."""
    book = json.loads(text)
    cells = book["cells"]
    kept = [each for each in cells if "colab" not in each["metadata"].get("tags", [])]
    ours = colab_cells()
    for cell in cells:  # how often it was run is the notebook's own
        if cell["cell_type"] == "code" and "colab" in cell["metadata"].get("tags", []):
            ours[1]["execution_count"] = cell["execution_count"]
    book["cells"] = [*kept, *ours]
    return notebook_text(book)


def notebook_text(book: dict[str, Any]) -> str:
    """Return the text of a notebook's file, as Jupyter writes it."""
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def rewrite(wanted: dict[Path, str], *, check: bool) -> int:
    """Write files as they should be; with `check`, only say which are not, and return 1 if any is not."""
    changed = {
        path: text
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    if check:
        sys.stdout.writelines(f"{path.relative_to(ROOT)} is not as it should be\n" for path in changed)
        return int(bool(changed))
    for path, text in changed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


def main(arguments: list[str]) -> int:
    """Rewrite README.md and the chapters; with --check, only say whether they are as they should be."""
    readme = ROOT / "README.md"
    start = badges("notebooks/00-start-here.ipynb", "Open on Binder")
    wanted = {
        readme: BLOCK.sub(lambda match: match[1] + start + match[2], readme.read_text(encoding="utf-8"))
    }
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        wanted[path] = for_colab(path.read_text(encoding="utf-8"))
    return rewrite(wanted, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
