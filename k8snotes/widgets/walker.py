"""The walker: the way of one packet, hop by hop, back and forth, for any URL and sender: `c.walk(...)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

from ipywidgets import HTML, Dropdown, HBox, Layout, Text

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.errors import K8sNotesError
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import ERROR, MUTED
from k8snotes.figures.theme import box, role, style_sheet
from k8snotes.figures.trace import TraceFigure, hop_words, what_of
from k8snotes.figures.walk import walk_figure
from k8snotes.figures.wording import plain
from k8snotes.network.sender import can_send
from k8snotes.network.trace import Hop, Trace
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.said import lines_for, say_html
from k8snotes.widgets.track import Track
from k8snotes.widgets.widget import PANEL, Widget, row_layout

__all__ = ["Traceable", "Walker", "sent"]

_PROTOCOLS = (("TCP", "TCP"), ("UDP", "UDP"), ("SCTP", "SCTP"), ("ping (ICMP)", "ICMP"))
_PANEL = f"{PANEL};padding:6px 10px"
# without a width, so that on a narrow page it breaks its lines and does not stretch the whole widget
_FITS = "width:0;min-width:100%;overflow-wrap:anywhere"


class Traceable(Protocol):
    """A cluster through which packets can be sent."""

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
        cluster: the cluster.
        url: the target: "http://web:8080"; for a ping a name or an address.
        source: the sender: "outside", "pod/client", "node/node-1".
        protocol: TCP, UDP, SCTP, or ICMP for a ping.

    Raises:
        AddressError: the URL cannot be read.
        NotFoundError: the name or the sender does not exist.
    """
    if protocol == "ICMP":
        return cluster.ping(url, source=source)
    return cluster.trace(url, source=source, protocol=protocol)


class Walker(Widget):
    """The controls of `c.walk(...)`; each has a method or an attribute that does the same.

    `.first()`, `.back()`, `.next()`, `.last()`, `.play()`, `.pause()`; `.at` is the hop that is shown, from 1. `.trace` is the last
    valid trace (a Figure, as `c.trace` returns it), `.hop` the hop in plain values, `.words` its description,
    `.figure` the picture of this moment. Set `.url`, `.source` or `.protocol` to try others; if such a packet cannot be
    sent, `.problem` says why, and the last valid trace stays.

    Args:
        cluster: the cluster through which packets are sent.
        trace: the trace that is shown first.
        asked: the URL, the sender and the protocol of that trace.
        whose: names the owner of an address, "" if it has none.
    """

    _failure = _("the walker failed")

    def __init__(
        self,
        cluster: Traceable,
        trace: TraceFigure,
        *,
        asked: tuple[str, str, str],
        whose: Callable[[str], str] = lambda _address: "",
    ) -> None:
        self._cluster, self._trace, self._whose = cluster, trace, whose
        self._at = 1
        self._refusal: K8sNotesError | None = None
        self._quiet = False
        self._debounce = Debounce(self._ask, 0.4)
        self._track = Track("k8snotes-walker", self._go, self._advance, hops=True)
        self._make_controls(*asked)
        super().__init__(
            "k8snotes-walker",
            [
                HBox([self._url, self._source, self._protocol], layout=row_layout()),
                self._message,
                self._track.row,
                self._line,
                self._picture,
            ],
        )
        self._render()

    # ---- what a reader asks

    @property
    def trace(self) -> TraceFigure:
        """The last valid trace, as `c.trace` (or for a ping `c.ping`) returns it."""
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
        """Why the last packet cannot be sent, "" if it can."""
        self._debounce.flush()
        return "" if self._refusal is None else str(self._refusal)

    @property
    def url(self) -> str:
        """The text of the field."""
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

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._track.playing

    def first(self) -> None:
        """Show the first hop."""
        self._jump(1)

    def back(self) -> None:
        """Show the hop before; at the first one nothing happens."""
        self._jump(self.at - 1)

    def next(self) -> None:
        """Show the next hop; at the last one nothing happens."""
        self._jump(self.at + 1)

    def last(self) -> None:
        """Show the last hop."""
        self._jump(len(self.trace.hops))

    def play(self) -> None:
        """Go on by itself, a hop each time, to the last one; from there, start again.

        In a plain script, which has no event loop, it goes to the last hop at once.
        """
        self._debounce.flush()
        self._track.play()

    def pause(self) -> None:
        """Stop going on by itself."""
        self._track.pause()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        self._track.pause()
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
        """Send the packet of the controls; if it cannot be sent, say why, and keep the last valid trace."""
        with self._showing_errors():
            self._error = None
            try:
                trace = sent(self._cluster, self.url, self.source, self.protocol)
            except K8sNotesError as error:
                self._refusal = error
                self._render_refusal()
                return
            self._refusal = None
            self._track.pause()
            self._trace, self._at = trace, 1
            self._refresh_sources(self.source)
            self._render()

    def _changed(self, _change: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _chosen(self, _change: Any) -> None:
        if not self._quiet:
            self._debounce.cancel()
            self._ask()

    def _jump(self, at: int) -> None:
        self._track.pause()
        self._go(at)

    def _go(self, at: int) -> None:
        with self._showing_errors():
            self._debounce.flush()
            self._at = max(1, min(at, len(self._trace.hops)))
            self._render()

    def _advance(self) -> bool:
        """Show the next hop; returns whether there is one."""
        there = self.at < len(self._trace.hops)
        self._go(self._at + 1)
        return there

    def _sources(self, also: str) -> tuple[tuple[str, str], ...]:
        """Return the senders to choose from, each with its name for a reader: the outside, Pods with an address, Nodes, and `also`."""
        nodes = [item.ref for item in self._cluster.objects("nodes")]
        pods = [
            item.ref for item in self._cluster.objects("pods") if isinstance(item, Pod) and can_send(item)
        ]
        names = ["outside", *pods, *nodes]
        return tuple((_sender(name), name) for name in (names if also in names else [also, *names]))

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
        self._url = Text(description="URL", value=url, layout=Layout(flex="2 1 20em", min_width="0"))
        self._source = Dropdown(
            options=self._sources(source),
            value=source,
            layout=Layout(flex="1 1 20em", min_width="0"),
        )
        self._protocol = Dropdown(options=_PROTOCOLS, value=protocol, layout=Layout(width="14em"))
        self._message, self._line, self._picture = HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        for name in ("url", "source", "protocol", "message", "line", "picture"):
            control = getattr(self, f"_{name}")
            control.add_class(f"k8snotes-walker-{name}")
            if isinstance(control, HTML):
                control.layout.width, control.layout.margin, control.layout.overflow = "100%", "0", "auto"
        self._url.observe(self._changed, names="value")
        self._source.observe(self._chosen, names="value")
        self._protocol.observe(self._chosen, names="value")

    def _speak(self) -> None:
        self._source.description, self._protocol.description = _("sent from"), _("protocol")
        self._track.speak()
        self._refresh_sources(self.source)

    def _render(self) -> None:
        self._render_refusal()
        self._track.render(1, len(self._trace.hops), self._at, ended=True)
        self._line.value = self._line_html()
        self._picture.value = self.figure.live

    def _line_html(self) -> str:
        words = [str(_("{place}: {what}", place=hop.place, what=what_of(hop))) for hop in self._trace.hops]
        here = self._trace.hops[self._at - 1].place
        return say_html([(here, words[self._at - 1])], lines=lines_for(words))

    def _render_refusal(self) -> None:
        """Write why the last packet cannot be sent, if it cannot."""
        if self._refusal is not None:
            self._message.value = _problem_html(str(self._refusal), _packet(self._trace.facts))
            self._message.layout.display = None
        elif self._error is None:
            self._message.layout.display = "none"

    def _preview(self) -> tuple[str, str]:
        place = escape(plain(self._track.place_words))
        name, use = _plain(_("Walker")), _plain(_("(run this cell to walk, and to try others)"))
        head = (
            f'<div style="{_PANEL}"><b>{name}</b>: {_plain(_packet(self._trace.facts))} {use} · {place}</div>'
        )
        return (
            self.figure.text,
            f"<div {box()}>{style_sheet()}{head}{self._line.value}{self._picture.value}</div>",
        )

    @printable
    def __repr__(self) -> str:
        facts = self._trace.facts
        return _(
            "<Walker of {packet}: hop {n} of {total}>",
            packet=_packet(facts),
            n=self._at,
            total=len(facts.hops),
        )


# ---- what it says, in words and as HTML


def _sender(source: str) -> str:
    """Return the name of a sender for a reader."""
    return str(_("outside")) if source == "outside" else plain(source)


def _packet(facts: Trace) -> str:
    """Say from where to where a packet goes."""
    return _("{target} from {source}", target=facts.target, source=_sender(facts.source))


def _problem_html(problem: str, shown: str) -> str:
    """Return the message about a packet that cannot be sent.

    Args:
        problem: why it cannot.
        shown: the packet that the picture still shows.
    """
    head = _plain(_("This cannot be sent:"))
    still = _plain(_("The picture still shows {packet}.", packet=shown))
    return (
        f'<div role="alert" style="{_PANEL};background:{role(ERROR.fill)};border-left:5px solid {role(ERROR.line)};{_FITS};'
        f'margin:2px 0"><div><b>✗ {head}</b> {_plain(problem)}</div>'
        f'<div style="color:{role(MUTED)}">{still}</div></div>'
    )


def _plain(text: str) -> str:
    return escape(plain(text))
