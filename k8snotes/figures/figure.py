"""A Figure: one picture, and the same in words for readers who cannot see it.

It holds facts and makes a scene of them when something is asked for; drawing, outline and alternative text come
from that scene. In a cell that was run, the drawing stands in the page itself: its text can be selected, what belongs to
the box under the pointer stays lit, and a click on a name copies what the object is called. A notebook that is not
trusted yet keeps the image beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape
from pathlib import Path
from typing import Any

from k8snotes.catalogue import _, by_language, current
from k8snotes.errors import FigureError
from k8snotes.face import offered, unknown_name, with_calls
from k8snotes.figures import drawing, files, page, source
from k8snotes.figures.outline import alternative, outline
from k8snotes.figures.scene import Scene
from k8snotes.figures.theme import box
from k8snotes.figures.wording import plain
from k8snotes.heap import unswept
from k8snotes.screen import at_prompt, printable

__all__ = ["Figure", "TextToCopy"]

_ALT_LIMIT = 600
_SCALES = (0.1, 10)


class TextToCopy(str):
    """Text that shows itself in a cell with a button that copies it.

    >>> TextToCopy("Service web")
    Service web
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        return page.copied(self)

    def __repr__(self) -> str:
        return str(self)


@with_calls
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
        verdict: Says in a sentence what the picture shows, such as "✓ Every Service has a ready Pod".
        caption: How the picture is to be read.

    >>> import k8snotes as kn
    >>> figure = kn.load("guestbook").selection("tier=cache")
    >>> figure.title
    'selection tier=cache: 2 of 9 Pods'
    >>> figure.text.splitlines()[0] == figure.title, "cache" in figure.alt, bool(figure.caption)
    (True, True, True)
    >>> figure.verdict
    '✓ tier=cache finds 2 of 9 Pods'
    >>> figure.svg.startswith("<svg"), figure.html.startswith("<figure"), figure.dot.startswith("digraph")
    (True, True, True)
    """

    def __init__(
        self,
        what: str,
        finding: str | Callable[[], str],
        facts: Any,
        scene: Callable[[], Scene],
        *,
        verdict: Callable[[], str] | None = None,
        caption: str | Callable[[], str] = "",
    ) -> None:
        self._what, self._finding, self._verdict, self._caption = what, finding, verdict, caption
        self.facts = facts
        self._scene = scene

    __dir__ = offered("bare", "finding", "live", "scene", "what")
    __getattr__ = unknown_name

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

    @property
    def verdict(self) -> str:
        """What the picture shows, in a sentence; "" where the finding says it."""
        return plain(self._verdict()) if self._verdict else ""

    @by_language
    def scene(self) -> Scene:
        """All that the figure says: boxes, links and lines, from which picture and words are made."""
        with unswept():
            return self._scene()

    @by_language
    def dot(self) -> str:
        """The picture as a graph, in Graphviz' language DOT, for other programs."""
        return source.dot(self.scene)

    @by_language
    def text(self) -> str:
        """The picture in words, as an outline."""
        verdict = self.verdict
        if verdict.lstrip("✓✗◐ ").lower() == self.finding.lower():
            verdict = ""  # the title has said it
        lines = "\n".join(filter(None, [self.title, verdict, *outline(self.scene)]))
        return "\n".join(plain(line) for line in lines.split("\n"))

    @by_language
    def alt(self) -> str:
        """The picture in a sentence or two: its objects, and how they are related; at most 600 letters."""
        alt = plain(alternative(self.scene))
        return alt if len(alt) <= _ALT_LIMIT else alt[: _ALT_LIMIT - 1].rsplit(" ", 1)[0] + " …"

    @by_language
    def _drawing(self) -> drawing.Drawing:
        with unswept():
            return drawing.draw(self.scene)

    @by_language
    def svg(self) -> str:
        """The drawing as SVG, with its title and its alternative text in it."""
        before, after, *_rest = self._drawing
        return f"{before}\n<title>{_xml(self.title)}</title>\n<desc>{_xml(self.alt)}</desc>{after}"

    @property
    def html(self) -> str:
        """The `<figure>` that a cell shows: it survives in a notebook that is not trusted yet."""
        return self._page_of(page.image(self.svg, self.alt, self._drawing))

    @property
    def live(self) -> str:
        """The same `<figure>` for a page that runs it for certain, such as a widget's: the drawing without an image."""
        return self._page_of(page.live(self.svg, self.title, self._drawing))

    @property
    def bare(self) -> str:
        """The drawing alone, for a widget that says around it what is to be seen."""
        drawn = page.live(self.svg, self.title, self._drawing)
        return f'<figure {box()} style="margin:0;overflow-x:auto">{drawn}</figure>'

    def _page_of(self, drawn: str) -> str:
        words = f'<pre style="white-space:pre-wrap">{escape(self.text)}</pre>'
        return (
            f'<figure {box()} style="margin:0;overflow-x:auto">\n{page.head(self.verdict, self.finding, self.what)}\n'
            f"{drawn}\n{self._beside()}{page.foot(self.caption, self.scene)}"
            f"<details><summary>{_('The picture in words')}</summary>{words}</details>\n</figure>"
        )

    def _beside(self) -> str:
        """Return what a kind of figure shows under its drawing, as HTML."""
        return ""

    def save(self, path: str | Path, *, scale: float = 1) -> Path:
        """Write the figure to a file and return its path; the suffix says what.

        A drawing is written as .svg, .png or .pdf, the page that a cell shows as .html, the graph as .dot, and the
        outline as .txt. PNG and PDF need the package vl-convert-python.

        Args:
            path: Where to; a file that is there is overwritten.
            scale: How many times as large a drawing is, at least 0.1 and at most 10: 2 for the slides of a talk.

        Raises:
            FigureError: The suffix or the scale is another one, the file cannot be written, or the package is missing.

        >>> import tempfile, k8snotes as kn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     kn.legend().save(f"{folder}/legend.svg", scale=2).name
        'legend.svg'
        """
        try:
            target = Path(path)
        except TypeError:
            raise FigureError(
                _("A figure is saved to a path, not to a {type}.", type=type(path).__name__)
            ) from None
        if not isinstance(scale, int | float) or not _SCALES[0] <= scale <= _SCALES[1]:
            raise FigureError(
                _(
                    "The scale of a figure is a number from {least} to {most}, not {scale}. Use scale=2 for slides.",
                    least=_SCALES[0],
                    most=_SCALES[1],
                    scale=repr(scale),
                )
            )
        kinds: dict[str, Callable[[], str | bytes]] = {
            ".svg": lambda: '<?xml version="1.0" encoding="UTF-8"?>\n' + files.scaled(self.svg, scale),
            ".png": lambda: files.png(self.svg, scale),
            ".pdf": lambda: files.pdf(self.svg, scale),
            ".html": self._page,
            ".dot": lambda: self.dot,
            ".txt": lambda: self.text + "\n",
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
        made = make()
        try:
            target.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "replace"))
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

    def copy_text(self) -> TextToCopy:
        """Return the outline to be copied: a cell shows it with a button, and it is text like any other.

        >>> import k8snotes as kn
        >>> kn.legend().copy_text().splitlines()[0]
        'legend: how to read the pictures'
        """
        return TextToCopy(self.text)

    def _page(self) -> str:
        return (
            f'<!DOCTYPE html>\n<html lang="{current()}"><head><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title></head>\n<body>{self.html}</body></html>\n"
        )

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        bundle = {"text/plain": self.text, "text/html": self.html, "image/svg+xml": self.svg}
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
