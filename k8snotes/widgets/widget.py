"""Widget: what every widget here has: a language, a static preview, errors that it shows itself, a clean end."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from ipywidgets import HTML, Layout, VBox

from k8snotes.catalogue import _, current
from k8snotes.figures.figure import Figure
from k8snotes.figures.page import own_keys
from k8snotes.figures.palette import ERROR, INK, PAPER
from k8snotes.figures.theme import box, role, style_sheet
from k8snotes.figures.wording import plain
from k8snotes.widgets import shown

__all__ = [
    "MONO",
    "PANEL",
    "Widget",
    "alert_html",
    "beside_figure",
    "close_all",
    "models_of",
    "row_layout",
    "shortened",
]

MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
PANEL = (
    f"background:{role(PAPER)};color:{role(INK)};font-family:system-ui,'Segoe UI',Verdana,'DejaVu Sans',sans-serif;"
    "font-size:13px;line-height:1.45;box-sizing:border-box"
)
"""The CSS of everything that a widget writes: its own paper and ink, so that a dark page changes nothing."""

_LONGEST = 400


class Widget(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A column of controls with a static preview beside the live view.

    GitHub shows the preview, and so does a notebook that is not trusted yet. An error in a callback is invisible
    in JupyterLab, so the widget shows it in `_message`. A subclass makes its controls, `_message` among them,
    before it calls this `__init__`, and has a `_speak()`, a `_render()`, a `_preview()` and a `_failure` of its own.

    A widget speaks the language in force. Controls keep their words, so the widget writes all of them again when it is
    shown or used after the language has changed.

    A widget is closed when its cell runs again (`shown`), or when the page closes it. A widget that a variable still
    holds stays usable: its controls are opened again when it is shown.

    Args:
        name: the CSS class: "k8snotes-player".
        children: the controls, from top to bottom.
    """

    _failure: str = _("the widget failed")
    """What the log says of an error, before the error itself."""
    _message: HTML
    _error: Exception | None = None
    """The error that `_message` shows, None if it shows none."""

    def __init__(self, name: str, children: Sequence[Any]) -> None:
        looks = HTML(f"{style_sheet('', 'controls')}{own_keys()}").add_class("k8snotes-style")
        super().__init__(children=[*children, looks], layout=Layout(width="100%"))
        self.add_class("kn")
        self.add_class(name)
        self._language = current()
        self._speak()
        self._watch_page()
        shown.note(self)

    # ---- its language

    def _speak(self) -> None:
        """Write every word of the controls that stays the same: descriptions, tooltips, options, headings."""

    def _render(self) -> None:
        """Write what the widget says of this moment."""

    def _speak_anew(self) -> None:
        """Write all words again if another language has come into force."""
        if self._language != current():
            self._language = current()
            error = self._error
            self._speak()
            self._render()
            if error is not None:
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Show an error in `_message`."""
        self._error = error
        title = escape(type(error).__name__)
        self._message.value = alert_html(f"<div><b>✗ {title}:</b> {shortened(str(error))}</div>")
        self._message.layout.display = None

    # ---- its life

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser; shown once more, they are there again."""
        for model in [*self._models()][::-1]:
            model.close()
        super().close()
        self.__dict__.pop("_repr_mimebundle_", None)  # closing has put None there

    def _models(self) -> Iterator[Any]:
        """Yield all models that this widget has made, except itself; a part comes before the whole."""
        yield self.layout
        for control in self.children:
            yield from models_of(control)

    def _open_again(self) -> None:
        """Open the controls of a widget that was closed, and then the widget itself."""
        for model in (*self._models(), self):
            if model.comm is None:
                model.__dict__.pop("_repr_mimebundle_", None)
                model._model_id = None  # noqa: SLF001  # ipywidgets has no other way: the page has done with the old id
                model.open()
        self._watch_page()

    def _watch_page(self) -> None:
        """Close all of it when the page closes its model."""
        self.comm.on_close(lambda _message: self.close())

    def _preview(self) -> tuple[str, str]:
        """Return the preview as plain text (what follows the repr) and as HTML."""
        words = _("Run this cell to use it.")
        return words, f"<p>{escape(words)}</p>"

    @contextmanager
    def _showing_errors(self, *, clear: bool = False) -> Iterator[None]:
        """Show an error in `_message`, log it, and raise it again; with `clear`, hide the message after success."""
        try:
            self._speak_anew()
            yield
        except Exception as error:
            self._tell(error)
            logging.getLogger(type(self).__module__).exception(self._failure)
            raise
        else:
            if clear:
                self._error = None
                self._message.layout.display = "none"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        self._speak_anew()
        if self.comm is None:
            self._open_again()
        shown.note(self)
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        text, html = self._preview()
        return {
            **bundle,
            "text/plain": f"{self!r}\n{text}",
            "text/html": f'<div class="kn-preview">{html}</div>',
        }


def models_of(control: Any) -> Iterator[Any]:
    """Yield a control after all that ipywidgets made for it: what is inside, its layout and its style."""
    for inner in getattr(control, "children", ()):
        yield from models_of(inner)
    for model in (control.layout, getattr(control, "style", None)):
        if model is not None:
            yield model
    yield control


def close_all(*controls: Any, keep: tuple[Any, ...] = ()) -> None:
    """Close controls with all that ipywidgets made for them.

    Args:
        controls: the controls.
        keep: layouts and styles that other controls still use.
    """
    for control in controls:
        for model in models_of(control):
            if model not in keep:
                model.close()


def row_layout() -> Layout:
    """Return the layout of a row of controls, which breaks where the page is narrow."""
    return Layout(flex_flow="row wrap", align_items="center", width="100%")


def beside_figure(head: str, line: str, figure: Figure) -> tuple[str, str]:
    """Return the preview of a widget that shows a figure.

    Args:
        head: what the widget is, as HTML.
        line: what it says of this moment, as HTML.
        figure: the picture.
    """
    return figure.text, f"<div {box()}>{style_sheet()}{head}{line}{figure.html}</div>"


def alert_html(body: str) -> str:
    """Return a message about something that went wrong; screen readers say it at once."""
    return (
        f'<div role="alert" style="{PANEL};{MONO};background:{role(ERROR.fill)};color:{role(INK)};'
        f'border-left:5px solid {role(ERROR.line)};padding:6px 10px;margin:2px 0">{body}</div>'
    )


def shortened(text: str) -> str:
    """Return text as HTML, cut if it is too long for a line of a widget."""
    text = plain(text)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
