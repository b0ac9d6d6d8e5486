"""The walker: one packet's way, hop by hop, back and forth, for any URL and sender: `c.walk(...)`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ipywidgets import HTML, Button, Dropdown, HBox, IntSlider, Layout, Text, VBox

from k8snotes.api.base import KubeObject
from k8snotes.errors import K8sNotesError
from k8snotes.figures.figure import Figure
from k8snotes.figures.trace import TraceFigure, hop_words, walk_figure
from k8snotes.network.trace import Hop
from k8snotes.widgets.closing import close_all
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.preview import Previewed
from k8snotes.widgets.telling import telling
from k8snotes.widgets.walker_html import hop_html, preview_html, problem_html

__all__ = ["Traceable", "Walker", "sent"]

_LOG = logging.getLogger(__name__)
_PROTOCOLS = (("TCP", "TCP"), ("UDP", "UDP"), ("SCTP", "SCTP"), ("ping (ICMP)", "ICMP"))
_FAILED = "the walker could not go on"


class Traceable(Protocol):
    """What packets can be sent through."""

    def trace(self, url: str, source: str = "outside", protocol: str = "TCP") -> TraceFigure:
        """Follow one packet."""
        ...

    def ping(self, host: str, source: str = "outside") -> TraceFigure:
        """Send a ping."""
        ...

    def objects(self, kind: str) -> Sequence[KubeObject]:
        """Return the objects of a kind."""
        ...


def sent(cluster: Traceable, url: str, source: str, protocol: str) -> TraceFigure:
    """Follow one packet; protocol "ICMP" is a ping."""
    if protocol == "ICMP":
        return cluster.ping(url, source=source)
    return cluster.trace(url, source=source, protocol=protocol)


class Walker(Previewed, VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The controls of `c.walk(...)`; each has a method or an attribute that does the same.

    `.first()`, `.back()`, `.next()`, `.last()`; `.at` is the hop that is shown, from 1. `.trace` is the last
    good trace (a Figure, as `c.trace` returns it), `.hop` the hop in plain values, `.words` what is said of
    it, `.figure` the picture of this moment. Set `.url`, `.source` or `.protocol` to try others; what cannot be
    sent is in `.problem`, and the last good trace stays.
    """

    def __init__(
        self,
        cluster: Traceable,
        trace: TraceFigure,
        *,
        asked: tuple[str, str, str],
        whose: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._cluster, self._trace, self._whose = cluster, trace, whose
        self._at = 1
        self._problem = ""
        self._quiet = False
        self._debounce = Debounce(self._ask, 0.4)
        self._make_controls(*asked)
        wrapped = Layout(flex_flow="row wrap", align_items="center", width="100%")
        super().__init__(
            children=[
                HBox([self._url, self._source, self._protocol], layout=wrapped),
                self._message,
                HBox([self._first, self._back, self._next, self._last, self._slider], layout=wrapped),
                self._line,
                self._picture,
            ],
            layout=Layout(width="100%"),
        )
        self.add_class("k8snotes-walker")
        self._render()

    # ---- what a reader asks

    @property
    def trace(self) -> TraceFigure:
        """The last good trace, as `c.trace` (or for a ping `c.ping`) returns it."""
        self._debounce.flush()
        return self._trace

    @property
    def at(self) -> int:
        """Which hop is shown, from 1."""
        self._debounce.flush()
        return self._at

    @property
    def hop(self) -> Hop:
        """The hop that is shown, in plain values."""
        return self.trace.hops[self._at - 1]

    @property
    def words(self) -> str:
        """What happens at this hop, the addresses before and after, and the rules that acted."""
        return hop_words(self.trace.facts, self._at, whose=self._whose)

    @property
    def figure(self) -> Figure:
        """The picture of this moment."""
        return walk_figure(self.trace.facts, self._at, whose=self._whose)

    @property
    def problem(self) -> str:
        """Why what was asked last cannot be sent, "" if it can."""
        self._debounce.flush()
        return self._problem

    @property
    def url(self) -> str:
        """What stands in the field."""
        return str(self._url.value)

    @url.setter
    def url(self, text: str) -> None:
        self._set(self._url, text)

    @property
    def source(self) -> str:
        """Who sends."""
        return str(self._source.value)

    @source.setter
    def source(self, ref: str) -> None:
        self._refresh_sources(ref)
        self._set(self._source, ref)

    @property
    def protocol(self) -> str:
        """TCP, UDP, SCTP, or ICMP for a ping."""
        return str(self._protocol.value)

    @protocol.setter
    def protocol(self, name: str) -> None:
        self._set(self._protocol, name)

    def first(self) -> None:
        """Show where the packet is first."""
        self._go(1)

    def back(self) -> None:
        """Show the hop before; at the first one nothing happens."""
        self._go(self.at - 1)

    def next(self) -> None:
        """Show the next hop; at the last one nothing happens."""
        self._go(self.at + 1)

    def last(self) -> None:
        """Show where the packet comes to its end."""
        self._go(len(self.trace.hops))

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        close_all(*self.children)
        self.layout.close()
        super().close()

    # ---- inner

    def _set(self, control: Any, value: str) -> None:
        self._debounce.cancel()
        self._quiet = True
        try:
            control.value = value
        finally:
            self._quiet = False
        self._ask()

    def _ask(self) -> None:
        """Send what the controls say; what cannot be sent is told, and the last good trace stays."""
        with telling(self._message, _LOG, _FAILED):
            try:
                trace = sent(self._cluster, self.url, self.source, self.protocol)
            except K8sNotesError as error:
                self._problem = str(error)
                shown = self._trace.facts
                self._message.value = problem_html(self._problem, f"{shown.target} from {shown.source}")
                self._message.layout.display = None
                return
            self._problem = ""
            self._message.layout.display = "none"
            self._trace, self._at = trace, 1
            self._refresh_sources(self.source)
            self._render()

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _chosen(self, _: Any) -> None:
        if not self._quiet:
            self._debounce.cancel()
            self._ask()

    def _go(self, at: int) -> None:
        with telling(self._message, _LOG, _FAILED):
            self._at = max(1, min(at, len(self.trace.hops)))
            self._render()

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self._go(change["new"])

    def _sources(self, also: str) -> list[str]:
        """Return who may send: the outside, Nodes, Pods that have an address; and what was asked for."""
        nodes = [item.ref for item in self._cluster.objects("nodes")]
        pods = [item for item in self._cluster.objects("pods") if getattr(item, "ip", "")]
        names = ["outside", *(item.ref for item in pods if not getattr(item, "ended", False)), *nodes]
        return names if also in names else [also, *names]

    def _refresh_sources(self, source: str) -> None:
        names = tuple(self._sources(source))
        if names != tuple(self._source.options):
            self._quiet = True
            try:
                self._source.options = names
                self._source.value = source
            finally:
                self._quiet = False

    def _make_controls(self, url: str, source: str, protocol: str) -> None:
        auto = {"width": "auto"}
        self._url = Text(description="URL", value=url, layout=Layout(flex="2 1 20em", min_width="0"))
        self._source = Dropdown(
            description="sent from",
            options=self._sources(source),
            value=source,
            layout=Layout(flex="1 1 20em", min_width="0"),
        )
        self._protocol = Dropdown(
            description="protocol", options=_PROTOCOLS, value=protocol, layout=Layout(width="14em")
        )
        self._first = Button(description="First", tooltip="where the packet is sent", layout=Layout(**auto))
        self._back = Button(description="← Back", tooltip="the hop before", layout=Layout(**auto))
        self._next = Button(description="Next →", tooltip="the next hop", layout=Layout(**auto))
        self._last = Button(description="Last", tooltip="where it ends", layout=Layout(**auto))
        self._slider = IntSlider(
            description="hop", min=1, max=1, layout=Layout(flex="1 1 14em", min_width="0")
        )
        self._message, self._line, self._picture = HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        for name in ("url", "source", "protocol", "slider", "message", "line", "picture"):
            control = getattr(self, f"_{name}")
            control.add_class(f"k8snotes-walker-{name}")
            if isinstance(control, HTML):
                control.layout.width, control.layout.margin = "100%", "0"
        self._url.observe(self._changed, names="value")
        self._source.observe(self._chosen, names="value")
        self._protocol.observe(self._chosen, names="value")
        self._first.on_click(lambda _: self.first())
        self._back.on_click(lambda _: self.back())
        self._next.on_click(lambda _: self.next())
        self._last.on_click(lambda _: self.last())
        self._slider.observe(self._slid, names="value")

    def _render(self) -> None:
        count = len(self._trace.hops)
        self._quiet = True
        try:
            self._slider.max = count
            self._slider.value = self._at
        finally:
            self._quiet = False
        self._first.disabled = self._back.disabled = self._at == 1
        self._next.disabled = self._last.disabled = self._at == count
        self._line.value = hop_html(self._trace.facts, self._at, self._whose)
        self._picture.value = self.figure.html

    def _preview(self) -> tuple[str, str]:
        figure = self.figure
        said = hop_html(self._trace.facts, self._at, self._whose)
        asked = f"{self._trace.facts.target} from {self._trace.facts.source}"
        return figure.text, preview_html(asked, said + figure.html)

    def __repr__(self) -> str:
        facts = self._trace.facts
        return f"<Walker of {facts.target} from {facts.source}: hop {self._at} of {len(facts.hops)}>"
