"""Takes controls away, in the kernel and in the browser, with all that ipywidgets made for them."""

from __future__ import annotations

from typing import Any

__all__ = ["close_all"]


def close_all(*controls: Any, keep: tuple[Any, ...] = ()) -> None:
    """Close controls with all that they hold: what is inside, their layouts and styles; not what is in `keep`."""
    for control in controls:
        close_all(*getattr(control, "children", ()), keep=keep)
        for model in (control.layout, getattr(control, "style", None)):
            if model is not None and model not in keep:
                model.close()
        control.close()
