"""The walker: the way of one packet, hop by hop, back and forth, for any URL and sender: `c.walk(...)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

from ipywidgets import HTML, Button, Dropdown, HBox, IntSlider, Layout, Text

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.errors import K8sNotesError
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import ERROR, INK, MUTED, PAPER, SERVICE
from k8snotes.figures.trace import TraceFigure, hop_words, sign_of, walk_figure, what_of
from k8snotes.figures.wording import plain
from k8snotes.network.sender import can_send
from k8snotes.network.trace import OUTCOMES, Hop, Trace
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.widget import MONO, PANEL, Widget, row_layout

__all__ = ["Traceable", "Walker", "sent"]

_PROTOCOLS = (("TCP", "TCP"), ("UDP", "UDP"), ("SCTP", "SCTP"), ("ping (ICMP)", "ICMP"))
_PANEL = f"{PANEL};padding:6px 10px"
# without a width, so that on a narrow page it breaks its lines and does not stretch the whole widget
_FITS = "width:0;min-width:100%;overflow-wrap:anywhere"
_CELL = f"padding:1px 14px 1px 0;text-align:left;vertical-align:top;background:{PAPER};color:{INK};border:0"


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

    `.first()`, `.back()`, `.next()`, `.last()`; `.at` is the hop that is shown, from 1. `.trace` is the last
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

    def first(self) -> None:
        """Show the first hop."""
        self._go(1)

    def back(self) -> None:
        """Show the hop before; at the first one nothing happens."""
        self._go(self.at - 1)

    def next(self) -> None:
        """Show the next hop; at the last one nothing happens."""
        self._go(self.at + 1)

    def last(self) -> None:
        """Show the last hop."""
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

    def _go(self, at: int) -> None:
        with self._showing_errors():
            self._at = max(1, min(at, len(self.trace.hops)))
            self._render()

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self._go(change["new"])

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
        auto = {"width": "auto"}
        self._url = Text(description="URL", value=url, layout=Layout(flex="2 1 20em", min_width="0"))
        self._source = Dropdown(
            options=self._sources(source),
            value=source,
            layout=Layout(flex="1 1 20em", min_width="0"),
        )
        self._protocol = Dropdown(options=_PROTOCOLS, value=protocol, layout=Layout(width="14em"))
        self._first, self._back, self._next, self._last = (
            Button(layout=Layout(**auto)) for _button in range(4)
        )
        self._slider = IntSlider(min=1, max=1, layout=Layout(flex="1 1 14em", min_width="0"))
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
        self._first.on_click(lambda _button: self.first())
        self._back.on_click(lambda _button: self.back())
        self._next.on_click(lambda _button: self.next())
        self._last.on_click(lambda _button: self.last())
        self._slider.observe(self._slid, names="value")

    def _speak(self) -> None:
        self._source.description, self._protocol.description = _("sent from"), _("protocol")
        self._first.description, self._first.tooltip = _("First"), _("show where the packet is sent")
        self._back.description, self._back.tooltip = _("← Back"), _("show the hop before")
        self._next.description, self._next.tooltip = _("Next →"), _("show the next hop")
        self._last.description, self._last.tooltip = _("Last"), _("show where the packet ends")
        self._slider.description = _("hop")
        self._refresh_sources(self.source)

    def _render(self) -> None:
        self._render_refusal()
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

    def _render_refusal(self) -> None:
        """Write why the last packet cannot be sent, if it cannot."""
        if self._refusal is not None:
            self._message.value = _problem_html(str(self._refusal), _packet(self._trace.facts))
            self._message.layout.display = None
        elif self._error is None:
            self._message.layout.display = "none"

    def _preview(self) -> tuple[str, str]:
        figure = self.figure
        line = _hop_html(self._trace.facts, self._at, self._whose)
        return figure.text, _preview_html(_packet(self._trace.facts), line + figure.html)

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


def _hop_html(facts: Trace, at: int, whose: Callable[[str], str]) -> str:
    """Return the description of one hop: where, what happens, the addresses before and after, the rules.

    Args:
        facts: the trace.
        at: which hop, from 1.
        whose: names the owner of an address.
    """
    hop = facts.hops[at - 1]
    rows = "".join(
        _row(word, before, after, whose)
        for word, before, after in (
            (_("source"), hop.source_before, hop.source_after),
            (_("destination"), hop.destination_before, hop.destination_after),
        )
    )
    head = "".join(
        f'<th scope="col" style="{_CELL};color:{MUTED}">{_plain(name)}</th>'
        for name in ("", _("before"), _("after"))
    )
    number = _("Hop {n} of {total}", n=at, total=len(facts.hops))
    body = (
        f"<div><b>▶ {_plain(number)} · {_plain(hop.place)}</b></div><div>{_plain(what_of(hop))}</div>"
        f'<table style="border-collapse:collapse;margin:3px 0;font-size:13px;background:{PAPER}">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    if hop.rules:
        rules = "".join(
            f'<div style="padding-left:2em;text-indent:-2em">{_plain(rule)}</div>' for rule in hop.rules
        )
        acted = _("The rules that acted here, as iptables-save prints them:")
        body += (
            f'<div style="color:{MUTED}">{_plain(acted)}</div>'
            f'<div style="{MONO};font-size:12px;line-height:1.35;border-left:3px solid {SERVICE.line};'
            f'padding:2px 8px;overflow-wrap:anywhere">{rules}</div>'
        )
    if at == len(facts.hops):
        after = "".join(f"<div>→ {_plain(text)}</div>" for text in (facts.hint, facts.answer) if text)
        outcome = _plain(OUTCOMES.get(facts.outcome, facts.outcome))
        body += f"<div><b>{sign_of(facts)} {outcome}</b>: {_plain(facts.reason)}</div>{after}"
    return f'<div role="status" style="{_PANEL};{_FITS}">{body}</div>'


def _problem_html(problem: str, shown: str) -> str:
    """Return the message about a packet that cannot be sent.

    Args:
        problem: why it cannot.
        shown: the packet that the picture still shows.
    """
    head = _plain(_("This cannot be sent:"))
    still = _plain(_("The picture still shows {packet}.", packet=shown))
    return (
        f'<div role="alert" style="{_PANEL};background:{ERROR.fill};border-left:5px solid {ERROR.line};{_FITS};'
        f'margin:2px 0"><div><b>✗ {head}</b> {_plain(problem)}</div>'
        f'<div style="color:{MUTED}">{still}</div></div>'
    )


def _preview_html(packet: str, body: str) -> str:
    """Return the preview, for pages on which controls do not work."""
    name, use = _plain(_("Walker")), _plain(_("(run this cell to walk, and to try others)"))
    head = f'<div style="{_PANEL}"><b>{name}</b>: {_plain(packet)} {use}</div>'
    return f'<div style="background:{PAPER}">{head}{body}</div>'


def _row(word: str, before: str, after: str, whose: Callable[[str], str]) -> str:
    same = before == after
    if same:
        unchanged = _plain(_("the same"))
        shown = f'<span style="color:{MUTED}">{unchanged}</span>'
    else:
        shown = f"<b>▸ {_owned(after, whose)}</b>"
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:normal;color:{MUTED}">{_plain(word)}</th>'
        f'<td style="{_CELL}">{_owned(before, whose)}</td><td style="{_CELL}">{shown}</td></tr>'
    )


def _owned(value: str, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    more = f' <span style="color:{MUTED};font-weight:normal">{_plain(owner)}</span>' if owner else ""
    return f"{_plain(value)}{more}"


def _plain(text: str) -> str:
    return escape(plain(text))
