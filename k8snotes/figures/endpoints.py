"""Shows the endpoints of a Service in a cell: a table of addresses, each with the reason why it is in or out.

It is no drawing, but plain HTML that a notebook keeps before it is trusted, in the colours of the pictures.
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from typing import TYPE_CHECKING, Any

from k8snotes.catalogue import _, by_language, ngettext
from k8snotes.face import offered, unknown_name
from k8snotes.figures.palette import INK, MUTED, PAPER, look_of
from k8snotes.figures.states import said
from k8snotes.figures.wording import plain
from k8snotes.network.endpoints import Endpoint, ServiceEndpoints

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["EndpointsView", "endpoints_view"]

_MOST = 12  # rows of one state that a cell shows; the text and the table have all of them
# a notebook's theme paints the rows of a table, so each cell has its own ground
_CELL = f"background:{PAPER};padding:3px 10px;text-align:left;vertical-align:top;color:{INK};border-bottom:1px solid #D0D0D0"
_WIDE = (6, 9, 5, 12)  # em: the least of a column
_HEADS = ("", _("address"), "Pod", _("port"), _("why"))


class EndpointsView(ServiceEndpoints):
    """The endpoints of a Service, as facts that show themselves.

    It has everything that the facts have: `.ready`, `.not_ready`, `.left_out`, `.note`; `.table` has them as a
    pandas table, `.html` is what a cell shows: the first twelve of each state.

    >>> import k8snotes as kn
    >>> endpoints = kn.load("guestbook").endpoints("svc/cache")
    >>> len(endpoints.ready), endpoints.not_ready, endpoints.left_out[0].reason
    (2, (), 'tier is batch, but the selector wants cache')
    >>> endpoints.table["state"].tolist()[:3], endpoints.html.startswith("<table")
    (['ready', 'ready', 'left out'], True)
    """

    __dir__ = offered()
    __getattr__ = unknown_name

    @by_language
    def table(self) -> pd.DataFrame:
        """The endpoints as a table: state, address, Pod, ports, reason; one row for each address looked at."""
        from k8snotes.tables import endpoints_table  # noqa: PLC0415  # pandas only where a table is asked for

        return endpoints_table(self)

    @property
    def html(self) -> str:
        """The table that a cell shows; it survives in a notebook that is not trusted yet."""
        title = escape(plain(f"{self.service.ref}: {self.note}" if self.note else self.service.ref))
        top = f'<tr><th style="{_CELL}" colspan="{len(_HEADS)}">{title}</th></tr>'
        heads = "".join(f'<th style="{_CELL}">{head}</th>' for head in _HEADS)
        body = "".join(
            self._rows(state, items)
            for state, items in (
                ("ready", self.ready),
                ("not ready", self.not_ready),
                ("left out", self.left_out),
            )
        )
        nothing = _("There is no Pod and no address to look at.")
        empty = f'<tr><td style="{_CELL}" colspan="{len(_HEADS)}">{nothing}</td></tr>'
        return (
            f'<table style="background:{PAPER};border-collapse:collapse">'
            f"<thead>{top}<tr>{heads}</tr></thead><tbody>{body or empty}</tbody></table>"
        )

    def _rows(self, state: str, items: tuple[Endpoint, ...]) -> str:
        """Return the first rows of one state, and under them how many more there are."""
        look = look_of(state)
        rows = []
        for item in items[:_MOST]:
            ports = ", ".join(dict.fromkeys(f"{port.port}/{port.protocol}" for port in item.ports))
            pod = item.pod.ref if item.pod else _("no Pod")
            cells = (item.address or _("none yet"), pod, ports, item.reason)
            words = f"<b>{look.symbol} {said(state)}</b>"
            sign = f'<td style="{_CELL};color:{look.ink};white-space:nowrap">{words}</td>'
            told = "".join(
                f'<td style="{_CELL};min-width:{wide}em">{escape(plain(cell))}</td>'
                for cell, wide in zip(cells, _WIDE, strict=True)
            )
            rows.append(f"<tr>{sign}{told}</tr>")
        if len(items) > _MOST:
            words = ngettext(
                "and {n} more ({state}). Print the object, or read its .table, to see all of them.",
                "and {n} more ({state}). Print the object, or read its .table, to see all of them.",
                len(items) - _MOST,
                state=said(state),
            )
            rows.append(
                f'<tr><td style="{_CELL};color:{MUTED}" colspan="{len(_HEADS)}">{look.symbol} {words}</td></tr>'
            )
        return "".join(rows)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        bundle = {"text/plain": str(self), "text/html": self.html}
        return {
            kind: data
            for kind, data in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }


def endpoints_view(facts: ServiceEndpoints) -> EndpointsView:
    """Return the endpoints of a Service as they show themselves in a cell.

    >>> import k8snotes as kn
    >>> view = endpoints_view(kn.load("guestbook").endpoints("svc/cache"))
    >>> len(view.ready), "<table" in view.html
    (2, True)
    """
    return EndpointsView(*facts)
