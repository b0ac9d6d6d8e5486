"""Write the page of all helpers: what each does, an example that runs, and the chapters that use it."""

from __future__ import annotations

import sys

from badges import ROOT, rewrite

sys.path.insert(0, str(ROOT))  # the package of this checkout, whatever is installed
from k8snotes.site.helpers import chapters, helpers

NOTEBOOKS = ROOT / "notebooks"
PAGE = NOTEBOOKS / "helpers.md"
HEAD = """# The helpers

These are all helpers of the course, with an example each. `c` is a cluster, such as `c = kn.load("guestbook")`. `help(c.trace)`
shows more about one of them.

"""


def page() -> str:
    """Return the page."""
    code = chapters("en")
    rows = []
    for helper in helpers():
        links = ", ".join(f"[{chapter.file[:2]}]({chapter.file})" for chapter in helper.used(code))
        last = helper.example.strip().splitlines()[-1:]
        shown = "".join(f"`{line.replace('|', '&#124;')}`" for line in last)
        rows.append(
            f"| `{helper.name}` | {helper.sentence.replace('|', chr(92) + '|')} | {shown} | {links} |"
        )
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
