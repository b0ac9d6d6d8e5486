"""Write the page of all helpers: what each does, an example that runs, and the chapters that use it."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator

from badges import ROOT, rewrite

sys.path.insert(0, str(ROOT))  # the package of this checkout, whatever is installed
import k8snotes as kn
from k8snotes.face import example_of

NOTEBOOKS = ROOT / "notebooks"
PAGE = NOTEBOOKS / "helpers.md"
HEAD = """# The helpers

These are all helpers of the course, with an example each. `c` is a cluster, such as `c = kn.load("guestbook")`. `help(c.trace)`
shows more about one of them.

"""


def _code() -> dict[str, str]:
    """Return the code of each chapter, by its number."""
    found = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return found


def _helpers() -> Iterator[tuple[str, object, str]]:
    """Yield each helper as a reader writes it, what it is, and what finds it in a chapter."""
    for name in dir(kn):
        value = getattr(kn, name)
        if callable(value):
            yield f"kn.{name}", value, rf"\bkn\.{name}\("
    for name in dir(kn.Cluster(nodes=0)):
        if callable(value := getattr(kn.Cluster, name, None)):
            yield f"c.{name}", value, rf"\.{name}\b"


def _sentence(value: object) -> str:
    """Return the first sentence of a docstring, on one line."""
    first = (inspect.getdoc(value) or "").split("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")


def page() -> str:
    """Return the page."""
    code = _code()
    rows = []
    for name, value, pattern in sorted(
        _helpers(), key=lambda row: (not row[0].startswith("kn."), row[0].lower())
    ):
        used = [file for file, text in code.items() if re.search(pattern, text)]
        links = ", ".join(f"[{file[:2]}]({file})" for file in used)
        function = value.__init__ if isinstance(value, type) else value
        example = example_of(function) if callable(function) else ""
        shown = f"`{example.strip().splitlines()[-1]}`" if example.strip() else ""
        rows.append(f"| `{name}` | {_sentence(value)} | {shown.replace('|', '&#124;')} | {links} |")
    return (
        HEAD + "| helper | what it does | example | chapters |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def main(arguments: list[str]) -> int:
    """Rewrite the page; with --check, only say whether it is as it should be."""
    if not PAGE.exists():
        PAGE.touch()
    return rewrite({PAGE: page()}, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
