"""Shows the endpoints of a Service in a cell: a table of addresses, each with the reason why it is in or out.

It is no drawing, but the one look of tables, which a notebook keeps before it is trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from k8snotes.catalogue import _, by_language, ngettext
from k8snotes.face import offered, unknown_name
from k8snotes.figures.grid import Cell, Column, Grid, Marked
from k8snotes.figures.palette import look_of
from k8snotes.figures.states import said
from k8snotes.figures.wording import plain
from k8snotes.network.endpoints import Endpoint, ServiceEndpoints

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["EndpointsView", "endpoints_view"]

_MOST = 12  # rows of one state that a cell shows; the text and the table have all of them
_INKS = {"ready": "po", "not ready": "wa", "left out": "of"}


class EndpointsView(ServiceEndpoints):
    """The endpoints of a Service, as facts that show themselves.

    It has everything that the facts have: `.ready`, `.not_ready`, `.left_out`, `.note`; `.table` has them as a
    pandas table, `.html` is what a cell shows: the first twelve of each state.

    >>> import k8snotes as kn
    >>> endpoints = kn.load("guestbook").endpoints("svc/cache")
    >>> len(endpoints.ready), endpoints.not_ready, endpoints.left_out[0].reason
    (2, (), 'tier is batch, but the selector wants cache')
    >>> endpoints.table["state"].tolist()[:3], "<table" in endpoints.html
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
        states = (("ready", self.ready), ("not ready", self.not_ready), ("left out", self.left_out))
        name, note = plain(self.service.ref), plain(self.note)
        head = f"{self._sign()} {name}"
        return Grid(
            (
                Column(_("state"), "word"),
                Column(_("address"), "word"),
                Column("Pod", "name"),
                Column(_("port"), "word"),
                Column(_("why"), "text"),
            ),
            [row for state, items in states for row in _rows(state, items)],
            title=Marked(f"{head} {note}", f"<b>{escape(head)}</b> {escape(note)}"),
            more=[_more(state, len(items) - _MOST) for state, items in states if len(items) > _MOST],
            empty=_("There is no Pod and no address to look at."),
            command=self._command(),
        ).html

    def _sign(self) -> str:
        """Return the sign of what becomes of traffic: some Pod gets it, one is about to, none does, or DNS answers alone."""
        if self.ready:
            return "✓"
        if self.service.type == "ExternalName":
            return "○"
        return "◐" if self.not_ready else "✗"

    def _command(self) -> str:
        """Return the command that prints what the control plane has written for the Service."""
        service = self.service
        home = "" if service.namespace == "default" else f" -n {service.namespace}"
        return f"kubectl get endpointslices -l kubernetes.io/service-name={service.name}{home}"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        bundle = {"text/plain": str(self), "text/html": self.html}
        return {
            kind: data
            for kind, data in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }


def _rows(state: str, items: tuple[Endpoint, ...]) -> Iterator[tuple[Cell, ...]]:
    """Yield the first rows of one state."""
    words = f"{look_of(state).symbol} {said(state)}"
    sign = Marked(words, f'<b class="{_INKS[state]}" style="white-space:nowrap">{escape(words)}</b>')
    for item in items[:_MOST]:
        ports = ", ".join(dict.fromkeys(f"{port.port}/{port.protocol}" for port in item.ports))
        pod = item.pod.ref if item.pod else _("no Pod")
        yield sign, item.address or _("none yet"), pod, ports, item.reason


def _more(state: str, number: int) -> str:
    words = ngettext(
        "and {n} more ({state}). Print the object, or read its .table, to see all of them.",
        "and {n} more ({state}). Print the object, or read its .table, to see all of them.",
        number,
        state=said(state),
    )
    return f"{look_of(state).symbol} {words}"


def endpoints_view(facts: ServiceEndpoints) -> EndpointsView:
    """Return the endpoints of a Service as they show themselves in a cell.

    >>> import k8snotes as kn
    >>> view = endpoints_view(kn.load("guestbook").endpoints("svc/cache"))
    >>> len(view.ready), "<table" in view.html
    (2, True)
    """
    return EndpointsView(*facts)
