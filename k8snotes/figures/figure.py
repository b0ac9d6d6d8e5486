"""A Figure: one picture, and the same in words for readers who cannot see it or have no layout engine.

It holds facts and makes a scene of them when something is asked for; drawing, outline and alternative text come
from that scene. Where the layout engine fails, the outline takes the place of the drawing, and a hint says
how to get one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from html import escape
from pathlib import Path
from typing import Any

from k8snotes.catalogue import _, by_language, current
from k8snotes.errors import FigureError
from k8snotes.figures import drawing, engine
from k8snotes.figures.boxes import Boxes
from k8snotes.figures.measure import columns
from k8snotes.figures.outline import alternative, outline
from k8snotes.figures.palette import INK, PAPER
from k8snotes.figures.scene import Scene
from k8snotes.figures.wording import plain
from k8snotes.heap import unswept
from k8snotes.screen import at_prompt, printable

__all__ = ["Figure"]

_ALT_LIMIT = 600


class Figure:
    """A picture of some facts that shows itself in a cell.

    What it says is one scene; the rest is made from that when it is first asked for: `.dot` (the source of the
    drawing), `.svg`, `.alt` (the picture in a sentence or two), `.text` (all that it says, as an outline). Each is
    made in the language in force, and made again when another one has come into force.

    Args:
        what: What is shown, such as "service map".
        finding: What is to be seen in a few words, such as "2 Services, 5 Pods", or a function that says it; the
            title is both.
        facts: What it is drawn from; one can go on with them.
        scene: Makes the scene, when something of it is asked for.
        caption: How the picture is to be read.
    """

    def __init__(
        self,
        what: str,
        finding: str | Callable[[], str],
        facts: Any,
        scene: Callable[[], Scene],
        *,
        caption: str | Callable[[], str] = "",
    ) -> None:
        self._what, self._finding, self._caption = what, finding, caption
        self.facts = facts
        self._scene = scene

    @property
    def what(self) -> str:
        """What is shown, such as "service map"."""
        return plain(self._what)

    @property
    def finding(self) -> str:
        """What is to be seen, in a few words."""
        return plain(self._finding() if callable(self._finding) else self._finding)

    @property
    def caption(self) -> str:
        """How the picture is to be read."""
        return str(self._caption() if callable(self._caption) else self._caption)

    @property
    def title(self) -> str:
        """What is to be seen, in a line: "service map: 2 Services, 5 Pods"."""
        what, finding = self.what, self.finding
        return _("{what}: {finding}", what=what, finding=finding) if finding else what

    @by_language
    def scene(self) -> Scene:
        """All that the figure says: boxes, links and lines, from which picture and words are made."""
        with unswept():
            return self._scene()

    @by_language
    def dot(self) -> str:
        """The source of the drawing, in Graphviz' language DOT."""
        return drawing.dot(self.scene)

    @by_language
    def text(self) -> str:
        """The picture in words, as an outline."""
        lines = "\n".join([self.title, *outline(self.scene)])
        return "\n".join(plain(line) for line in lines.split("\n"))

    @by_language
    def alt(self) -> str:
        """The picture in a sentence or two: its objects, and how they are related; at most 600 letters."""
        alt = plain(alternative(self.scene))
        return alt if len(alt) <= _ALT_LIMIT else alt[: _ALT_LIMIT - 1].rsplit(" ", 1)[0] + " …"

    @by_language
    def _drawing(self) -> engine.Drawing:
        boxes = Boxes()
        with unswept():
            return engine.draw(drawing.dot(self.scene, boxes), boxes.filled)

    @property
    def problem(self) -> str:
        """Why there is no drawing, with the way out; "" if there is one."""
        return self._drawing.problem

    @by_language
    def svg(self) -> str:
        """The drawing as SVG, with its title and its alternative text in it.

        Where no layout engine can draw it, the outline's lines as SVG: `.problem` says why.
        """
        if self.problem:
            return _words_as_svg([*self.text.splitlines(), "", self.problem], self._described())
        head, opening, rest = self._drawing.svg.partition(">")
        return f'{head} role="img"{opening}{self._described()}{rest}'

    def _described(self) -> str:
        return f"\n<title>{_xml(self.title)}</title>\n<desc>{_xml(self.alt)}</desc>"

    @property
    def html(self) -> str:
        """The `<figure>` that a cell shows: it survives in a notebook that is not trusted yet."""
        more = self.caption
        caption = escape(
            plain(_("{title}. {caption}", title=self.title, caption=more) if more else self.title)
        )
        words = f'<pre style="white-space:pre-wrap">{escape(self.text)}</pre>'
        if self.problem:
            body = f"{words}\n<p>{escape(self.problem)}</p>"
            more = ""
        else:
            data = base64.b64encode(self.svg.encode()).decode()
            body = (
                f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}" '
                f'style="max-width:100%;height:auto;background:{PAPER}">'
            )
            head = _("The picture in words")
            more = f"\n<details><summary>{head}</summary>{words}</details>"
        return f'<figure style="margin:0">\n{body}\n{self._beside()}<figcaption>{caption}</figcaption>{more}\n</figure>'

    def _beside(self) -> str:
        """Return what a kind of figure shows under its drawing, as HTML."""
        return ""

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file and return its path; the suffix says what: .svg, .dot, .txt or .html.

        Args:
            path: Where to; a file that is there is overwritten.

        Raises:
            FigureError: The suffix is another one, or the file cannot be written.
        """
        try:
            target = Path(path)
        except TypeError:
            raise FigureError(
                _("A figure is saved to a path, not to a {type}.", type=type(path).__name__)
            ) from None
        kinds: dict[str, Callable[[], str]] = {
            ".svg": lambda: '<?xml version="1.0" encoding="UTF-8"?>\n' + self.svg,
            ".dot": lambda: self.dot,
            ".txt": lambda: self.text + "\n",
            ".html": self._page,
        }
        make = kinds.get(target.suffix.lower())
        if make is None:
            raise FigureError(
                _(
                    'A figure cannot be saved as "{name}", because the suffix decides the format. '
                    "Use one of these suffixes: {suffixes}.",
                    name=target.name,
                    suffixes=", ".join(kinds),
                )
            )
        try:
            target.write_text(make(), encoding="utf-8", newline="\n")
        except (OSError, ValueError) as error:  # ValueError: NUL, or half a character, in the name
            why = error.strerror or error if isinstance(error, OSError) else _("no file can have this name")
            name = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(target))
            raise FigureError(
                _(
                    'The figure could not be written to "{name}": {why}. '
                    "Check that the folder exists and that you may write to it.",
                    name=name,
                    why=why,
                )
            ) from error
        return target

    def _page(self) -> str:
        return (
            f'<!DOCTYPE html>\n<html lang="{current()}"><head><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title></head>\n<body>{self.html}</body></html>\n"
        )

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        bundle = {"text/plain": self.text, "text/html": self.html}
        if not self.problem:
            bundle["image/svg+xml"] = self.svg
        return {
            kind: data
            for kind, data in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }

    @printable
    def __repr__(self) -> str:
        return self.text if at_prompt() else f"<Figure {self.title}>"

    @printable
    def __str__(self) -> str:
        return self.text


def _xml(text: str) -> str:
    return escape(plain(text), quote=False)


def _words_as_svg(lines: list[str], described: str) -> str:
    """Write lines as an SVG: not a drawing, but the same words in the place of one."""
    lines = [part for line in lines for part in _fill(line)]
    wide = 16 + 8 * max(columns(line) for line in lines)
    high = 16 + 18 * len(lines)
    texts = "\n".join(
        f'<text x="8" y="{22 + 18 * row}" xml:space="preserve">{_xml(line)}</text>'
        for row, line in enumerate(lines)
        if line
    )
    return (
        f'<svg width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg">{described}\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
        f'<g font-family="DejaVu Sans Mono, monospace" font-size="13" fill="{INK}">\n{texts}\n</g>\n</svg>\n'
    )


def _fill(line: str) -> list[str]:
    import textwrap  # noqa: PLC0415  # only without a layout engine

    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 100, subsequent_indent=indent, break_on_hyphens=False) or [""]
