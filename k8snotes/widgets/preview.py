"""What a widget shows where it does not live: on GitHub, and in a notebook that is not trusted yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.figures.palette import PAPER

if TYPE_CHECKING:
    from k8snotes.figures.figure import Figure

__all__ = ["Previewed", "beside_figure"]


class Previewed:
    """A widget with a static preview beside its live view; stands before the ipywidgets class among the bases."""

    def _preview(self) -> tuple[str, str]:
        """Return the preview as plain text (what follows the repr) and as HTML; each widget has its own."""
        return "run this cell to use it", "<p>Run this cell to use it.</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or {}  # type: ignore[misc]  # the widget's own
        text, html = self._preview()
        return {**bundle, "text/plain": f"{self!r}\n{text}", "text/html": html}


def beside_figure(head: str, said: str, figure: Figure) -> tuple[str, str]:
    """Return the preview of a widget that shows a figure: its heading, what it says, and the picture."""
    return figure.text, f'<div style="background:{PAPER}">{head}{said}{figure.html}</div>'
