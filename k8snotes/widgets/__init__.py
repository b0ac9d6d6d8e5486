"""Controls for a notebook, over the same facts as the tables and the figures."""

from __future__ import annotations

from k8snotes.widgets.explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
