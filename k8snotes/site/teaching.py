"""The page for teachers, with the files that it shows: they lie in `notebooks/site/teachers/`, where tests read them."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path

from k8snotes import notebooks as course
from k8snotes.catalogue import _
from k8snotes.course.chapters import chapter, chapter_named, chapters
from k8snotes.repository import repository
from k8snotes.site.links import LANGUAGES, Links

__all__ = ["EXAMPLE", "files", "pages"]

EXAMPLE = "teachers/canteen"
"""The folder of the worked example, below the folder of the site's sources and of the running edition."""

_SHOWN = re.compile(r"^```\{literalinclude\} (\S+)$", re.MULTILINE)
_RUN = re.compile(r"\[([^\]]+)\]\(run:([^)]+)\)")
_IN_REPOSITORY = re.compile(r"\]\(repo:([^)]*)\)")
_MINUTES = re.compile(r"\{minutes:([\ds ]+)\}")
_TIMES = "<!-- times -->"
# the line of a chapter that says how long it takes: two numbers, then the exercises, then the short path
_NUMBERS = re.compile(r"^\*(\d+) .*?(\d+) .*?(\d+) .*?(\d+) .*▶.*?(\d+) .*\*$", re.MULTILINE)


def pages(language: str, links: Links) -> dict[str, str | bytes]:
    """Return the page for teachers, and the files that it includes, by their paths in the sources of the pages."""
    name = "teachers.md" if language == LANGUAGES[0] else f"teachers.{language}.md"
    text = (_sources() / name).read_text(encoding="utf-8")
    shown: dict[str, str | bytes] = {
        file: (_sources() / file).read_bytes() for file in sorted(set(_SHOWN.findall(text)))
    }
    text = text.replace(_TIMES, _table())
    text = _MINUTES.sub(lambda found: str(sum(map(_slow, found[1].split()))), text)
    # the example is in one language, so it lies at the root of the running edition
    english = Links(LANGUAGES[0], links.edition)
    text = _RUN.sub(
        lambda found: f'<a href="{links.root(0)}{escape(english.run(found[2], 0))}">{found[1]}</a>', text
    )
    text = _IN_REPOSITORY.sub(lambda found: f"]({_address(found[1])})", text)
    return {"teachers.md": text.replace("{repository}", repository()), **shown}


def files() -> dict[str, bytes]:
    """Return the worked example for the running edition, by the paths of its files there.

    >>> sorted(files())[0]
    'teachers/canteen/canteen-01.ipynb'
    """
    folder = _sources() / EXAMPLE
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    inside = [path.relative_to(folder) for path in paths]
    return {
        f"{EXAMPLE}/{path.as_posix()}": (folder / path).read_bytes()
        for path in inside
        if not any(part.startswith((".", "__")) for part in path.parts)
    }


def _sources() -> Path:
    return course.folder() / "site"


def _address(path: str) -> str:
    """Return where a file or a folder of the repository can be looked at."""
    if not path:
        return repository()
    kind = "blob" if path.startswith("LICENSE") else "tree"
    return f"{repository()}/{kind}/main/{path}"


@cache
def _numbers(name: str) -> tuple[int, int, int, int, int]:
    """Return what a chapter says of its time: minutes from and to, for the exercises, their number, the short path."""
    book = json.loads((course.folder() / f"{name}.ipynb").read_text(encoding="utf-8"))
    found = _NUMBERS.search("".join(book["cells"][0]["source"]))
    if found is None:
        raise ValueError(name)
    low, high, more, number, short = map(int, found.groups())
    return low, high, more, number, short


def _slow(wanted: str) -> int:
    """Return the minutes of a slow reader for a chapter ("04"), or of its short path ("04s")."""
    _low, high, _more, _number, short = _numbers(chapter_named(wanted.rstrip("s")))
    return short if wanted.endswith("s") else high


def _table() -> str:
    """Return the table of the minutes that each chapter takes."""
    head = (_("chapter"), _("minutes"), _("the short path"), _("for the exercises"), _("exercises"))
    rows = [f"| {' | '.join(map(str, head))} |", f"|{'---|' * len(head)}"]
    for name in chapters():
        low, high, more, number, short = _numbers(name)
        title = f"[{name[:2]} {chapter(name).title}](chapters/{name}.ipynb)"
        rows.append(f"| {title} | {low}–{high} | {short} | {more} | {number} |")
    return "\n".join(rows)
