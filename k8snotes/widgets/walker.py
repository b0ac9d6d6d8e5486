"""The walker: one packet's way, hop by hop, back and forth, for any URL and sender: `c.walk(...)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

from ipywidgets import HTML, Button, Dropdown, HBox, IntSlider, Layout, Text

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Pod
from k8snotes.errors import K8sNotesError
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import ERROR, INK, MUTED, PAPER, SERVICE
from k8snotes.figures.trace import TraceFigure, hop_words, sign_of, walk_figure, what_of
from k8snotes.figures.wording import plain
from k8snotes.network.sender import can_send
from k8snotes.network.trace import Hop, Trace
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.widget import MONO, PANEL, Widget, row_layout

__all__ = ["Traceable", "Walker", "sent"]

_PROTOCOLS = (("TCP", "TCP"), ("UDP", "UDP"), ("SCTP", "SCTP"), ("ping (ICMP)", "ICMP"))
_PANEL = f"{PANEL};padding:6px 10px"
# no width of its own: on a narrow page it breaks its lines, and does not stretch the whole widget
_FITS = "width:0;min-width:100%;overflow-wrap:anywhere"
_CELL = f"padding:1px 14px 1px 0;text-align:left;vertical-align:top;background:{PAPER};color:{INK};border:0"


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
    """Follow one packet.

    Args:
        cluster: what it is sent through.
        url: where it goes: "http://web:8080"; for a ping a name or an address.
        source: what sends it: "outside", "pod/client", "node/node-1".
        protocol: TCP, UDP, SCTP, or ICMP for a ping.

    Raises:
        AddressError: the URL cannot be read.
        NotFoundError: a name or the sender is not there.
    """
    if protocol == "ICMP":
        return cluster.ping(url, source=source)
    return cluster.trace(url, source=source, protocol=protocol)


class Walker(Widget):
    """The controls of `c.walk(...)`; each has a method or an attribute that does the same.

    `.first()`, `.back()`, `.next()`, `.last()`; `.at` is the hop that is shown, from 1. `.trace` is the last
    good trace (a Figure, as `c.trace` returns it), `.hop` the hop in plain values, `.words` what is said of
    it, `.figure` the picture of this moment. Set `.url`, `.source` or `.protocol` to try others; what cannot be
    sent is in `.problem`, and the last good trace stays.

    Args:
        cluster: what packets are sent through.
        trace: the trace that is shown first.
        asked: the URL, the sender and the protocol of that trace.
        whose: says in words what has an address, "" if nothing has.
    """

    _failure = "the walker could not go on"

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
        super().__init__(
            "k8snotes-walker",
            [
                HBox([self._url, self._source, self._protocol], layout=row_layout()),
                self._message,
                HBox([self._first, self._back, self._next, self._last, self._slider], layout=row_layout()),
                self._line,
                self._picture,
            ],
        )
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
        """The sender: "outside", "pod/client", "node/node-1"."""
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
        with self._showing_errors():
            try:
                trace = sent(self._cluster, self.url, self.source, self.protocol)
            except K8sNotesError as error:
                self._problem = str(error)
                shown = self._trace.facts
                self._message.value = _problem_html(self._problem, f"{shown.target} from {shown.source}")
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
        with self._showing_errors():
            self._at = max(1, min(at, len(self.trace.hops)))
            self._render()

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self._go(change["new"])

    def _sources(self, also: str) -> tuple[tuple[str, str], ...]:
        """Return the senders to choose from, each as it is shown and as it is: the outside, Pods that have an address, Nodes; and `also`."""
        nodes = [item.ref for item in self._cluster.objects("nodes")]
        pods = [
            item.ref for item in self._cluster.objects("pods") if isinstance(item, Pod) and can_send(item)
        ]
        names = ["outside", *pods, *nodes]
        return tuple((plain(name), name) for name in (names if also in names else [also, *names]))

    def _refresh_sources(self, source: str) -> None:
        names = self._sources(source)
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
        self._line.value = _hop_html(self._trace.facts, self._at, self._whose)
        self._picture.value = self.figure.html

    def _preview(self) -> tuple[str, str]:
        figure = self.figure
        line = _hop_html(self._trace.facts, self._at, self._whose)
        packet = f"{self._trace.facts.target} from {self._trace.facts.source}"
        return figure.text, _preview_html(packet, line + figure.html)

    @printable
    def __repr__(self) -> str:
        facts = self._trace.facts
        return f"<Walker of {facts.target} from {facts.source}: hop {self._at} of {len(facts.hops)}>"


# ---- what it says above its picture, as HTML


def _hop_html(facts: Trace, at: int, whose: Callable[[str], str]) -> str:
    """Return what is said of one hop: where, what happens, the addresses before and after, the rules.

    Args:
        facts: the trace.
        at: which hop, from 1.
        whose: says in words what has an address.
    """
    hop = facts.hops[at - 1]
    rows = "".join(
        _row(word, before, after, whose)
        for word, before, after in (
            ("source", hop.source_before, hop.source_after),
            ("destination", hop.destination_before, hop.destination_after),
        )
    )
    head = "".join(
        f'<th scope="col" style="{_CELL};color:{MUTED}">{name}</th>' for name in ("", "before", "after")
    )
    body = (
        f"<div><b>▶ Hop {at} of {len(facts.hops)} · {_plain(hop.place)}</b></div><div>{_plain(what_of(hop))}</div>"
        f'<table style="border-collapse:collapse;margin:3px 0;font-size:13px;background:{PAPER}">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    if hop.rules:
        rules = "".join(
            f'<div style="padding-left:2em;text-indent:-2em">{_plain(rule)}</div>' for rule in hop.rules
        )
        body += (
            f'<div style="color:{MUTED}">the rules that acted here, as iptables-save prints them</div>'
            f'<div style="{MONO};font-size:12px;line-height:1.35;border-left:3px solid {SERVICE.line};'
            f'padding:2px 8px;overflow-wrap:anywhere">{rules}</div>'
        )
    if at == len(facts.hops):
        after = "".join(f"<div>→ {_plain(text)}</div>" for text in (facts.hint, facts.answer) if text)
        body += f"<div><b>{sign_of(facts)} {_plain(facts.outcome)}</b>: {_plain(facts.reason)}</div>{after}"
    return f'<div role="status" style="{_PANEL};{_FITS}">{body}</div>'


def _problem_html(problem: str, shown: str) -> str:
    """Return the message about what cannot be sent.

    Args:
        problem: why it cannot.
        shown: the packet that the picture still shows.
    """
    return (
        f'<div role="alert" style="{_PANEL};background:{ERROR.fill};border-left:5px solid {ERROR.line};{_FITS};'
        f'margin:2px 0"><div><b>✗ This cannot be sent:</b> {_plain(problem)}</div>'
        f'<div style="color:{MUTED}">The picture still shows {_plain(shown)}.</div></div>'
    )


def _preview_html(packet: str, body: str) -> str:
    """Return what stands for the controls where they cannot live."""
    head = f'<div style="{_PANEL}"><b>Walker</b>: {_plain(packet)} (run this cell to walk, and to try others)</div>'
    return f'<div style="background:{PAPER}">{head}{body}</div>'


def _row(word: str, before: str, after: str, whose: Callable[[str], str]) -> str:
    same = before == after
    shown = f'<span style="color:{MUTED}">the same</span>' if same else f"<b>▸ {_owned(after, whose)}</b>"
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:normal;color:{MUTED}">{word}</th>'
        f'<td style="{_CELL}">{_owned(before, whose)}</td><td style="{_CELL}">{shown}</td></tr>'
    )


def _owned(value: str, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    more = f' <span style="color:{MUTED};font-weight:normal">{_plain(owner)}</span>' if owner else ""
    return f"{_plain(value)}{more}"


def _plain(text: str) -> str:
    return escape(plain(text))
