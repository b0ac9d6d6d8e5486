"""The edition to read: each chapter's notebook becomes a notebook for a page, with exercises that are answered in place.

The committed notebooks hold what every cell shows, so nothing is run here. A page takes its pictures from files, folds what
answers a prediction, and leads from each widget and from each exercise that needs a cluster to the edition that runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from k8snotes import notebooks
from k8snotes.catalogue import _, speaking
from k8snotes.course.chapters import Exercise, chapter, chapters, exercises
from k8snotes.figures.theme import style_sheet
from k8snotes.site.answering import came_true, form, numerals, question_only
from k8snotes.site.boxes import scrolls, size
from k8snotes.site.links import LANGUAGES, Links
from k8snotes.site.minutes import Minutes

__all__ = ["pages", "theme"]

_NAMES = {"en": "English", "zh": "中文"}  # each language is named in itself
_ASKED = re.compile(r'^kn\.ask\("([^"]+)"\)', re.MULTILINE)
_CHECKED = re.compile(r'^kn\.check\("([^"]+)"', re.MULTILINE)
_PROGRESS = re.compile(r"^kn\.progress\(")
_OTHER_LANGUAGE = re.compile(r"^\[[^\]]+\]\((?:\.\./|zh/)\d\d-[^)]*\.ipynb\)\s*\Z", re.MULTILINE)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_IMAGE = re.compile(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)"([^>]*)>')
_HINT = re.compile(r'data-hint="([^"]*)"')
_PRINTED = re.compile(r'<pre tabindex="0" style="[^"]*">')
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_DOOR = re.compile(r"\[([^\]]+)\]\((read|run|binder):([^)\s]*)\)")
_DRAWN = re.compile(r"<!-- picture:(\S+) (.*?) -->")
_PREVIEW = 'class="kn-preview"'
_BOX = re.compile(
    r"\.kn(?![\w-])"
)  # Pygments has a class of this name, too: for the spans of words such as `import`
_DARK = 'body[data-jp-theme-light="false"] '


def pages(language: str, links: Links) -> dict[str, str | bytes]:
    """Return the sources of the pages to read: for each path in the source tree its content.

    What stands below `_extra/` is copied as it is, and what stands below `_static/` is a style sheet of the pages.

    Args:
        language: "en" or "zh".
        links: where other editions are, seen from the pages of this language.
    """
    with speaking(language):
        return _Edition(language, links).pages()


@dataclass
class _Edition:
    """All pages of one language, and the pictures that they share."""

    language: str
    links: Links
    pictures: dict[str, bytes] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the notebooks of this language are."""
        return notebooks.folder() / self.links.folder

    def pages(self) -> dict[str, str | bytes]:
        """Return all sources."""
        made: dict[str, str | bytes] = {}
        for name in chapters():
            made[f"chapters/{name}.ipynb"] = _Page(self, name).text()
        made["index.md"] = self.first_page()
        made["glossary.md"] = self.beside("glossary.md")
        made["sources.md"] = self.beside("sources.md")
        for path in sorted((self.folder / "pictures").glob("*.svg")):
            made[f"_extra/pictures/{path.name}"] = path.read_bytes()
        for name, drawing in self.pictures.items():
            made[f"_extra/chapters/pictures/{name}"] = drawing
        made["_static/theme.css"] = theme(self.rules)
        return made

    def beside(self, name: str) -> str:
        """Return a page of words that stands beside the notebooks, with its links as the site has them."""
        path = self.folder / name
        text = (path if path.is_file() else notebooks.folder() / name).read_text(encoding="utf-8")
        return _LINK.sub(lambda link: f"]({_moved(link[1], 'chapters/')})", text)

    def first_page(self) -> str:
        """Return the first page, with its list of chapters and the doors to the other editions."""
        text = (notebooks.folder() / "site" / self.links.source("index")).read_text(encoding="utf-8")
        text = _DRAWN.sub(self._drawn, _DOOR.sub(self._door, text))
        cards = "".join(f"<li>{self._card(each)}</li>" for each in chapters())
        toctree = "".join(f"{each[:2]} {chapter(each).title} <chapters/{each}>\n" for each in chapters())
        text = text.replace("<!-- chapters -->", f'<ul class="kn-chapters">{cards}</ul>')
        return text.replace("<!-- toctree -->\n", toctree)

    def _door(self, found: re.Match[str]) -> str:
        words, where, notebook = found[1], found[2], found[3]
        address = {
            "read": f"chapters/{notebook}.html",
            "run": self.links.run(notebook, 0),
            "binder": self.links.binder(notebook),
        }[where]
        return f'<a class="kn-door kn-{where}" href="{escape(address)}">{escape(words)}</a>'

    def _drawn(self, found: re.Match[str]) -> str:
        drawing = (self.folder / "pictures" / found[1]).read_text(encoding="utf-8")
        image = f'<img src="pictures/{found[1]}" alt="{escape(found[2])}"{_sized(drawing)}>'
        return scrolls(image, _("Picture"), "kn-map")

    def _card(self, name: str) -> str:
        words = chapter(name)
        said = Minutes.of(name)
        minutes = _("{low} to {high} minutes", low=said.low, high=said.high)
        drawing = (self.folder / "pictures" / f"chapter-{name[:2]}.svg").read_text(encoding="utf-8")
        image = f'<img src="pictures/chapter-{name[:2]}.svg" alt=""{_sized(drawing)} loading="lazy" decoding="async">'
        return (
            f'<a href="chapters/{name}.html">{image}<b>{name[:2]} {escape(words.title)}</b></a>'
            f"<span>{escape(words.understand)}</span>"
            f'<span class="kn-few">{escape(minutes)} {_solved(name, quiet=True)}</span>'
        )


@dataclass
class _Page:
    """One chapter on its page."""

    edition: _Edition
    name: str
    asked: str = ""  # the prediction that waits for the cells that answer it

    @property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises of the chapter."""
        return dict(exercises(self.name))

    def text(self) -> str:
        """Return the notebook of the page."""
        book = json.loads((self.edition.folder / f"{self.name}.ipynb").read_text(encoding="utf-8"))
        cells = [cell for cell in book["cells"] if "colab" not in cell["metadata"].get("tags", [])]
        book["cells"] = [self._cell(cell, first=not place) for place, cell in enumerate(cells)]
        return json.dumps(book, ensure_ascii=False, indent=1) + "\n"

    # ---- cells

    def _cell(self, cell: dict[str, Any], *, first: bool) -> dict[str, Any]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            self.asked = ""
            return {**cell, "source": self._prose(source, first=first)}
        asked, checked = _ASKED.search(source), _CHECKED.search(source)
        if asked:
            return _shown(cell, self._asked(self.exercises[asked[1]]))
        if checked and self.exercises[checked[1]].guess:
            self.asked = ""
            return _shown(cell, came_true(self.exercises[checked[1]]))
        if checked:
            return _shown(cell, self._where(), code=True)
        if _PROGRESS.match(source):
            return _shown(cell, self._progress())
        return _shown(cell, self._outputs(cell), code=True)

    def _prose(self, source: str, *, first: bool) -> str:
        text = _LINK.sub(lambda link: f"]({_moved(link[1])})", _OTHER_LANGUAGE.sub("", source).rstrip())
        if first:
            title, _newline, rest = text.partition("\n")
            return f"{title}\n\n{self._doors()}\n{rest}"
        return text

    def _doors(self) -> str:
        """Return the buttons at the head of the page."""
        links, notebook = self.edition.links, f"{self.name}.ipynb"
        other = next(each for each in LANGUAGES if each != self.edition.language)
        page = escape(links.other(f"chapters/{self.name}.html", 1))
        words = json.dumps(numerals(), ensure_ascii=False, separators=(",", ":"))
        return (
            '<div class="kn-doors">'
            f'<a class="kn-door kn-run" href="{escape(links.run(notebook, 1))}">{escape(_("Run this chapter here"))}</a>'
            f'<a class="kn-door" href="{escape(links.binder(notebook))}">{escape(_("Open on Binder"))}</a>'
            f'<a class="kn-door" href="{page}" lang="{other}" hreflang="{other}">{_NAMES[other]}</a>'
            f"<p>{escape(str(_RUNNING))} {_solved(self.name, quiet=True)}</p></div>\n"
            f'<script type="application/json" id="kn-numerals">{words}</script>\n'
        )

    def _asked(self, exercise: Exercise) -> str:
        self.asked = exercise.id if exercise.guess else ""
        return form(exercise) or question_only(exercise, self._where())

    def _where(self) -> str:
        """Say that a cluster judges an answer, and where there is one."""
        link = self._run(_("the chapter that runs"))
        return f'<p class="kn-where">{_("What you write here is tried on a cluster. Answer it in {link}.", link=link)}</p>'

    def _run(self, words: str) -> str:
        return f'<a href="{escape(self.edition.links.run(f"{self.name}.ipynb", 1))}">{escape(words)}</a>'

    def _progress(self) -> str:
        return f'<p class="kn-far">{_solved(self.name)} {escape(_("Your browser keeps this, and nothing is sent anywhere."))}</p>'

    # ---- outputs

    def _outputs(self, cell: dict[str, Any]) -> str:
        html = "".join(self._output(output) for output in cell["outputs"])
        if not html:
            return ""
        if any(_PREVIEW in _html(output) for output in cell["outputs"]):
            link = self._run(_("the edition that runs"))
            html += f'<p class="kn-where">{_("You can touch this one in {link}.", link=link)}</p>'
        if not cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
            return html
        asked = f' data-exercise="{self.asked}"' if self.asked else ""
        return f'<details class="kn-fold"{asked}><summary>{escape(_("Show what happens"))}</summary>{html}</details>'

    def _output(self, output: dict[str, Any]) -> str:
        if output["output_type"] == "stream":
            return _printed("".join(output["text"]), calm=output["name"] == "stderr")
        if output["output_type"] == "error":
            return _printed(f"{output['ename']}: {output['evalue']}", calm=True)
        html = _html(output)
        if not html:
            return _printed("".join(output["data"].get("text/plain", "")))
        return self._light(html[html.index("<") :])  # before it stands what gives nothing away in JupyterLab

    def _light(self, html: str) -> str:
        """Return HTML without what the pages have in common: rules of style, and pictures, which are files here."""
        self.edition.rules.update(dict.fromkeys(_rules(_STYLE.findall(html))))
        html = _IMAGE.sub(self._picture, _STYLE.sub("", html))
        html = html.replace('<figure class="kn" style="margin:0;overflow-x:auto">', '<figure class="kn">')
        html = _PRINTED.sub(
            f'<pre class="kn-out" tabindex="0" role="group" aria-label="{escape(_("Output"))}">', html
        )
        html = html.replace(f"<div {_PREVIEW}><div>", f'<div {_PREVIEW}><div class="kn">')
        if "<table" in html:
            html = scrolls(html, _("Table"))
        return html

    def _picture(self, found: re.Match[str]) -> str:
        drawing = base64.b64decode(found[2])
        name = f"{hashlib.sha256(drawing).hexdigest()[:12]}.svg"
        self.edition.pictures[name] = drawing
        hint = _HINT.search(found[3])
        image = (
            f'<img class="kn-live" alt="{found[1]}" src="pictures/{name}"{_sized(drawing.decode())} loading="lazy" decoding="async"'
            f"{f' {hint[0]}' if hint else ''}>"
        )
        return scrolls(image, _("Picture"))


_RUNNING = _(
    "Run it in this browser: that takes half a minute to start, nothing is installed, and nothing is sent anywhere. "
    "Binder starts it on another machine."
)


def _shown(cell: dict[str, Any], html: str, *, code: bool = False) -> dict[str, Any]:
    """Return a cell with what it shows on the page; its code only if there is something to learn from it."""
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
    tags = [] if code else ["remove-input"]
    return {**cell, "metadata": {"tags": tags}, "outputs": [output] if html else []}


def _solved(name: str, *, quiet: bool = False) -> str:
    """Return the place that says how many exercises of a chapter are solved; a quiet one says nothing of none."""
    total = sum(not exercise.guess for exercise in exercises(name).values())
    said = escape(_("✓ {solved} of {total} exercises solved", solved="{solved}", total="{total}"))
    marks = "".join(f" {mark}" for mark in ("data-quiet", "hidden")) if quiet else ""
    return f'<span class="kn-solved" data-progress="{name}" data-total="{total}" data-said="{said}"{marks}></span>'


def _printed(text: str, *, calm: bool = False) -> str:
    looks = " ".join(["kn-out", *(["kn-calm"] if calm else [])])
    return f'<pre class="{looks}" tabindex="0" role="group" aria-label="{escape(_("Output"))}">{escape(text)}</pre>'


def _html(output: dict[str, Any]) -> str:
    return "".join(output.get("data", {}).get("text/html", ""))


def _sized(drawing: str) -> str:
    """Return the attributes of an image that say how large it is, so that nothing jumps when it comes."""
    wide, high = size(drawing)
    return f' width="{wide}" height="{high}"'


def _moved(link: str, folder: str = "") -> str:
    """Return where a link of a notebook leads on the site, seen from a chapter, or from a page above the chapters.

    >>> _moved("01-service.ipynb"), _moved("glossary.md#pod"), _moved("helpers.md", "chapters/"), _moved("06.ipynb", "chapters/")
    ('01-service.ipynb', '../glossary.md#pod', 'helpers/index.md', 'chapters/06.ipynb')
    >>> _moved("../README.md"), _moved("https://kubernetes.io/")
    ('../index.md', 'https://kubernetes.io/')
    """
    if re.match(r"[a-z]+:|#", link):
        return link
    path, mark, anchor = link.partition("#")
    name = path.rpartition("/")[2]
    up = "" if folder else "../"
    if name.endswith(".ipynb"):
        return f"{folder}{name}{mark}{anchor}"
    known = {"README.md": "index.md", "README.zh.md": "index.md", "helpers.md": "helpers/index.md"}
    return f"{up}{known.get(name, name)}{mark}{anchor}"


# ---- the style sheet of what cells show


def theme(rules: Iterable[str] = ()) -> str:
    """Return the rules of all that cells show, once: for the light and the dark theme of the pages.

    Args:
        rules: those that outputs bring along beside the common ones.

    >>> "prefers-color-scheme" in theme()
    True
    """
    common = _rules(_STYLE.findall(style_sheet("", "boxes", "table", "card", "panel")))
    lines = []
    for rule in dict.fromkeys([*common, *rules]):
        if _DARK in rule:
            dark = rule.replace(_DARK, 'body[data-theme="dark"] ')
            auto = rule.replace(_DARK, 'body:not([data-theme="light"]) ')
            lines += [f"@media screen{{{dark}}}", f"@media screen and (prefers-color-scheme:dark){{{auto}}}"]
        else:
            lines.append(rule)
    return _BOX.sub(".kn:not(span)", "\n".join(lines)) + "\n"


def _rules(sheets: Iterable[str]) -> Iterator[str]:
    """Yield the rules of style sheets, one at a time, with those of `@media` in one piece.

    >>> list(_rules(["a{b:c}@media print{d{e:f}g{h:i}}"]))
    ['a{b:c}', '@media print{d{e:f}g{h:i}}']
    """
    for sheet in sheets:
        depth, start = 0, 0
        for at, sign in enumerate(sheet):
            depth += (sign == "{") - (sign == "}")
            if sign == "}" and not depth:
                yield sheet[start : at + 1].strip()
                start = at + 1
