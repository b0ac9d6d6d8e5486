"""Controls for a notebook, over the same facts as the tables and the figures."""

from __future__ import annotations

from k8snotes.widgets.explorer import Explorer, explore
from k8snotes.widgets.scaling import Scaler, scaler
from k8snotes.widgets.sizer import Sizer, size

__all__ = ["Explorer", "Scaler", "Sizer", "explore", "scaler", "size"]
