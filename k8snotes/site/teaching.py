"""The page for teachers, with the files that it shows: they lie in `notebooks/site/teachers/`, where tests read them."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from k8snotes import notebooks as course
from k8snotes.catalogue import _
from k8snotes.course.chapters import chapter, chapter_named, chapters
from k8snotes.repository import repository
from k8snotes.site import tree
from k8snotes.site.links import Links
from k8snotes.site.minutes import Minutes

__all__ = ["EXAMPLE", "files", "pages"]

EXAMPLE = "teachers/canteen"
"""The folder of the worked example, below the folder of the site's sources and of the running edition."""

_SHOWN = re.compile(r"^```\{literalinclude\} (\S+)$", re.MULTILINE)
_RUN = re.compile(r"\[([^\]]+)\]\(run:([^)]+)\)")
_IN_REPOSITORY = re.compile(r"\]\(repo:([^)]*)\)")
_MINUTES = re.compile(r"\{minutes:([\ds ]+)\}")
_TIMES = "<!-- times -->"


def pages(_language: str, links: Links) -> dict[str, str | bytes]:
    """Return the page for teachers, and the files that it includes, by their paths in the sources of the pages."""
    text = (_sources() / links.source("teachers")).read_text(encoding="utf-8")
    shown: dict[str, str | bytes] = {
        file: (_sources() / file).read_bytes() for file in sorted(set(_SHOWN.findall(text)))
    }
    text = text.replace(_TIMES, _table())
    text = _MINUTES.sub(lambda found: str(sum(map(_slow, found[1].split()))), text)
    text = _RUN.sub(  # the example is in one language
        lambda found: f'<a href="{escape(links.run_in_english(found[2], depth=0))}">{found[1]}</a>', text
    )
    text = _IN_REPOSITORY.sub(lambda found: f"]({_address(found[1])})", text)
    return {"teachers.md": text.replace("{repository}", repository()), **shown}


def files() -> dict[str, bytes]:
    """Return the worked example for the running edition, by the paths of its files there.

    >>> sorted(files())[0]
    'teachers/canteen/canteen-01.ipynb'
    """
    return tree.below(_sources() / EXAMPLE, EXAMPLE)


def _sources() -> Path:
    return course.folder() / "site"


def _address(path: str) -> str:
    """Return where a file or a folder of the repository can be looked at."""
    if not path:
        return repository()
    kind = "blob" if path.startswith("LICENSE") else "tree"
    return f"{repository()}/{kind}/main/{path}"


def _slow(wanted: str) -> int:
    """Return the minutes of a slow reader for a chapter ("04"), or of its short path ("04s")."""
    said = Minutes.of(chapter_named(wanted.rstrip("s")))
    return said.short if wanted.endswith("s") else said.high


def _table() -> str:
    """Return the table of the minutes that each chapter takes."""
    head = (_("chapter"), _("minutes"), _("the short path"), _("for the exercises"), _("exercises"))
    rows = [f"| {' | '.join(map(str, head))} |", f"|{'---|' * len(head)}"]
    for name in chapters():
        said = Minutes.of(name)
        title = f"[{name[:2]} {chapter(name).title}](chapters/{name}.ipynb)"
        rows.append(f"| {title} | {said.low}–{said.high} | {said.short} | {said.more} | {said.exercises} |")
    return "\n".join(rows)
