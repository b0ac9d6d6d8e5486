"""Which cells show which widgets: one whose cell runs again is closed, where no other cell shows it.

ipywidgets keeps every control that was ever made, and so does the page. IPython says when a cell begins, and a
front end with cells names it; where it does not, widgets stay until they are closed by hand.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ipywidgets.widgets.widget import Widget as Model
from ipywidgets.widgets.widget import _instances

__all__ = ["Closable", "note"]


class Closable(Protocol):
    """What can be taken away."""

    def close(self) -> None:
        """Take it away."""


class _Cells:
    """The widgets of one IPython shell, each with the cells that it was made or is shown in.

    Args:
        shell: the shell.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.here = _named_by_kernel(shell)
        self.of: WeakKeyDictionary[Closable, set[str]] = WeakKeyDictionary()
        shell.events.register("pre_run_cell", self.begin)

    def begin(self, info: Any) -> None:
        """Close the widgets of the cell that is about to run, for its output goes away."""
        self.here = getattr(info, "cell_id", None) or ""
        if not self.here:
            return
        for widget, cells in list(self.of.items()):
            cells.discard(self.here)
            if not cells and not _is_inside(widget):
                widget.close()
                del self.of[widget]
                self.drop_output(widget)

    def drop_output(self, widget: Closable) -> None:
        """Take a widget out of IPython's `Out`, which would keep it for good; a reader's own variable stays."""
        outputs = self.shell.user_ns.get("_oh", {})
        history = getattr(self.shell.history_manager, "outputs", {})  # its previews, for `%notebook`
        for number in [number for number, output in outputs.items() if output is widget]:
            del outputs[number]
            history.pop(number, None)
            for names in (self.shell.user_ns, self.shell.user_ns_hidden):
                names.pop(f"_{number}", None)


_cells: list[_Cells] = []  # of the shell that runs, as soon as there is a widget in it


def note(widget: Closable) -> None:
    """Note that the cell that runs at this moment has made, or shows, a widget.

    Args:
        widget: the widget; it is not kept alive by that.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    if not _cells or _cells[0].shell is not shell:
        _cells[:] = [_Cells(shell)]
    if _cells[0].here:
        _cells[0].of.setdefault(widget, set()).add(_cells[0].here)


def _named_by_kernel(shell: Any) -> str:
    """Return the id of the cell that runs, as the front end has sent it, "" where it has not."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    return str(((parent or {}).get("metadata") or {}).get("cellId") or "")


def _is_inside(widget: Closable) -> bool:
    """Whether a reader has put a widget into a box of controls that is still open."""
    return any(
        widget in getattr(model, "children", ())
        for model in list(_instances.values())
        if isinstance(model, Model)
    )
