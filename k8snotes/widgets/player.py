"""The player: a cluster step by step, back and forth, with the picture of Master and Nodes: `c.play()`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple, Protocol, Self

from ipywidgets import HTML, Button, Dropdown, HBox, IntSlider, Layout

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.architecture import Architecture
from k8snotes.figures.architecture import architecture_figure
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import MUTED
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.widget import PANEL, Widget, beside_figure, row_layout

__all__ = ["MOST_FRAMES", "Playable", "Player"]

MOST_FRAMES = 200
"""How many moments the player keeps, and how far back a reader can go."""

_SPEEDS = (
    (_("slow, 2 s a step"), 2.0),
    (_("normal, 1 s a step"), 1.0),
    (_("fast, 0.3 s a step"), 0.3),
)
_MOST_LINES = 4  # of one step; the outline of the picture has all of them
_PANEL = f"{PANEL};padding:6px 10px"


class Playable(Protocol):
    """What can be played: it takes steps, and can be copied."""

    def step(self) -> Sequence[Any]:
        """Let the next component act; returns what it did."""
        ...

    def copy(self) -> Self:
        """Return an independent one in the same state."""
        ...


class _Frame(NamedTuple):
    """One moment.

    Args:
        cluster: the cluster as it is then.
        facts: what the picture shows.
    """

    cluster: Any
    facts: Architecture


class Player(Widget):
    """The controls of `c.play()`; each has a method that does the same.

    `.step()`, `.back()`, `.play()`, `.pause()`; `.facts` is what the picture shows, `.words` what was
    done and why, `.at` the number of steps that were taken, `.at_rest` whether nothing is left to do, `.cluster` a
    copy of the cluster at this moment. The last 200 moments are kept.

    Args:
        cluster: what is played; it changes, so a copy is handed over.
        look: reads what runs where in such a cluster, and what was just done.
    """

    _failure = _("the player failed")

    def __init__(self, cluster: Playable, look: Callable[[Any, Sequence[Any]], Architecture]) -> None:
        self._look = look
        self._frames = [_Frame(cluster, look(cluster, ()))]
        self._forgotten = 0  # moments that were dropped, the oldest first
        self._place = 0
        self._ended = False
        self._quiet = False
        self._timer: asyncio.TimerHandle | None = None
        self._make_controls()
        super().__init__(
            "k8snotes-player",
            [
                HBox([self._back, self._step, self._play, self._slider, self._speed], layout=row_layout()),
                self._message,
                self._line,
                self._picture,
            ],
        )
        self._render()

    # ---- what a reader asks

    @property
    def facts(self) -> Architecture:
        """What the picture shows, as plain values."""
        return self._frames[self._place].facts

    @property
    def figure(self) -> Figure:
        """The picture as a Figure."""
        return architecture_figure(self.facts)

    @property
    def words(self) -> str:
        """What was done in this step, and why: a line for each change."""
        return "\n".join(str(entry) for entry in self.facts.acts)

    @property
    def at(self) -> int:
        """How many steps were taken before the moment that is shown."""
        return self._forgotten + self._place

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to do after the moment that is shown, as far as the player has looked."""
        return self._ended and self._place == len(self._frames) - 1

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer is not None

    @property
    def cluster(self) -> Any:
        """A copy of the cluster at the moment that is shown, to go on with by hand."""
        return self._frames[self._place].cluster.copy()

    def step(self) -> None:
        """Let the next component act once, or show again what it did."""
        self.pause()
        with self._showing_errors(clear=True):
            self._forward()
            self._render()

    def back(self, steps: int = 1) -> None:
        """Show an earlier moment; at the first one nothing happens.

        Args:
            steps: how many steps back.
        """
        self.pause()
        self._go(self._place - steps)

    def play(self) -> None:
        """Go on by itself, a step each time, until nothing is left to do.

        In a plain script, which has no event loop, it takes up to 200 steps at once.
        """
        self.pause()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            with self._showing_errors(clear=True):
                for _step in range(MOST_FRAMES):
                    if not self._forward():
                        break
                self._render()
        else:
            self._timer = loop.call_later(0, self._tick)
            self._render_controls()

    def pause(self) -> None:
        """Stop going on by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._render_controls()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().close()

    # ---- inner

    def _forward(self) -> bool:
        """Show the next moment, made if it is the first time; returns whether there is one."""
        if self._place == len(self._frames) - 1:
            if self._ended:
                return False
            cluster = self._frames[-1].cluster.copy()
            changes = cluster.step()
            if not changes:
                self._ended = True
                return False
            self._frames.append(_Frame(cluster, self._look(cluster, changes)))
            if len(self._frames) > MOST_FRAMES:
                del self._frames[0]
                self._forgotten += 1
                return True
        self._place += 1
        return True

    def _tick(self) -> None:
        self._timer = None
        with self._showing_errors(clear=True):
            if self._forward():
                self._timer = asyncio.get_running_loop().call_later(self._speed.value, self._tick)
            self._render()

    def _go(self, place: int) -> None:
        with self._showing_errors(clear=True):
            self._place = max(0, min(place, len(self._frames) - 1))
            self._render()

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self.pause()
            self._go(change["new"] - self._forgotten)

    def _play_clicked(self, _button: Any) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def _make_controls(self) -> None:
        auto = {"width": "auto"}
        self._back, self._step = Button(layout=Layout(**auto)), Button(layout=Layout(**auto))
        self._play = Button(layout=Layout(width="6em"))
        self._slider = IntSlider(
            min=0,
            max=0,
            continuous_update=False,
            layout=Layout(flex="1 1 14em", min_width="0"),
        )
        self._speed = Dropdown(
            options=_SPEEDS,
            value=1.0,
            style={"description_width": "initial"},
            layout=Layout(width="auto"),
        )
        self._message, self._line, self._picture = HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        named = {"back": self._back, "step": self._step, "play": self._play, "slider": self._slider}
        named |= {
            "speed": self._speed,
            "message": self._message,
            "line": self._line,
            "picture": self._picture,
        }
        for name, control in named.items():
            control.add_class(f"k8snotes-player-{name}")
            if isinstance(control, HTML):
                control.layout.width = "100%"
        self._back.on_click(lambda _button: self.back())
        self._step.on_click(lambda _button: self.step())
        self._play.on_click(self._play_clicked)
        self._slider.observe(self._slid, names="value")

    def _speak(self) -> None:
        self._back.description, self._back.tooltip = _("← Back"), _("show the moment before")
        self._step.description, self._step.tooltip = _("Step →"), _("let the next component act")
        self._play.tooltip = _("take one step after another")
        self._slider.description, self._speed.description = _("step"), _("speed")
        speed = self._speed.value
        self._speed.options = [(str(words), seconds) for words, seconds in _SPEEDS]
        self._speed.value = speed

    def _render(self) -> None:
        self._render_controls()
        self._line.value = self._line_html()
        self._picture.value = self.figure.html

    def _render_controls(self) -> None:
        first, last = self._forgotten, self._forgotten + len(self._frames) - 1
        self._quiet = True
        try:
            self._slider.max = max(last, self._slider.max)  # in this order: min is never above max
            self._slider.min, self._slider.max = first, last
            self._slider.value = self.at
        finally:
            self._quiet = False
        self._back.disabled = self._place == 0
        self._step.disabled = self.at_rest
        self._play.disabled = self.at_rest and not self.playing
        self._play.description = _("Pause") if self.playing else _("Play")

    def _line_html(self) -> str:
        acts = self.facts.acts
        if acts:
            shown = "".join(f"<div>▶ {escape(plain(entry))}</div>" for entry in acts[:_MOST_LINES])
            rest = len(acts) - _MOST_LINES
            more = ""
            if rest > 0:
                words = ngettext(
                    "… and {n} more change in this step", "… and {n} more changes in this step", rest
                )
                more = f'<div style="color:{MUTED}">{escape(words)}</div>'
            step = _("Step {n}, at second {second}", n=self.at, second=acts[0].time)
            line = f"<b>{escape(step)}</b>{shown}{more}"
        else:
            before = escape(_("Before the first step"))
            line = f"<b>{before}</b>"
        if self.at_rest:
            rests = escape(_("At rest. There is nothing left to do."))
            line += f"<div><b>✓ {rests}</b></div>"
        copy = escape(_("The player works on a copy. Your cluster stays as it is."))
        return f'<div role="status" style="{_PANEL}">{line}<div style="color:{MUTED}">{copy}</div></div>'

    def _preview(self) -> tuple[str, str]:
        name, use = escape(_("Player")), escape(_("(run this cell to step, go back and play)"))
        head = f'<div style="{_PANEL}"><b>{name}</b> {use}</div>'
        return beside_figure(head, self._line_html(), self.figure)

    @printable
    def __repr__(self) -> str:
        pods = ngettext("{n} Pod", "{n} Pods", len(self.facts.pods))
        if self.at_rest:
            return _("<Player at step {step}: {pods}, at rest>", step=self.at, pods=pods)
        return _("<Player at step {step}: {pods}>", step=self.at, pods=pods)
