"""Track: the bar of controls of everything that is shown step by step: First, Back, Step, Play, a slider, the speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, IntSlider, Layout

from k8snotes.catalogue import Text, _
from k8snotes.widgets.widget import row_layout

__all__ = ["MOST_STEPS", "Track"]

MOST_STEPS = 200
"""How many steps Play takes at once where no event loop runs (a script)."""

_SPEEDS = ((_("2 s a step"), 2.0), (_("1 s a step"), 1.0), (_("0.3 s a step"), 0.3))
_BUTTONS = {
    "first": (_("« First"), _("show the first moment")),
    "back": (_("‹ Back"), _("show the moment before")),
    "step": (_("Step ›"), _("show the next moment")),
    "play": (_("Play ▸"), _("show one moment after another; at the end, start again")),
}


class Track:
    """The bar of controls of a widget that is shown step by step.

    `row` is the bar. Its owner tells it by `render` where it stands, and by `speak` that the language has changed.

    Args:
        name: the CSS class of the owner: "k8snotes-player". Each control has one that begins so.
        go: shows a moment; the number is one of the slider's.
        forward: shows the next moment; returns whether there was one.
        hops: whether the moments are hops of a packet, and not steps of a cluster.
    """

    def __init__(
        self, name: str, go: Callable[[int], None], forward: Callable[[], bool], *, hops: bool = False
    ) -> None:
        self._go, self._forward, self._hops = go, forward, hops
        self._first = self._last = self._at = 0
        self._ended = True
        self._quiet = False
        self._timer: asyncio.TimerHandle | None = None
        self.buttons = {key: Button(layout=Layout(width="auto", min_width="0")) for key in _BUTTONS}
        self.slider = IntSlider(
            min=0,
            max=0,
            continuous_update=False,
            readout=False,
            style={"description_width": "initial"},
            layout=Layout(flex="1 1 9em", width="auto", min_width="0", margin="2px 8px"),
        )
        self.place = HTML(layout=Layout(margin="0 8px 0 0"))
        self.speed = Dropdown(
            options=_SPEEDS,
            value=1.0,
            style={"description_width": "initial"},
            layout=Layout(width="auto"),
        )
        controls = {**self.buttons, "slider": self.slider, "place": self.place, "speed": self.speed}
        for key, control in controls.items():
            control.add_class(f"{name}-{key}")
        self.buttons["play"].layout.width = "6.2em"  # as wide for Pause
        self.buttons["step"].button_style = "primary"
        self.row = HBox(list(controls.values()), layout=row_layout())
        self.buttons["first"].on_click(lambda _button: self._jump(self._first))
        self.buttons["back"].on_click(lambda _button: self._jump(self._at - 1))
        self.buttons["step"].on_click(lambda _button: self.step())
        self.buttons["play"].on_click(self._play_clicked)
        self.slider.observe(self._slid, names="value")

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer is not None

    @property
    def place_words(self) -> Text:
        """Where it stands: "step 4 of 10"."""
        at, total = self._at, self._last
        if self._hops:
            return _("hop {n} of {total}", n=at, total=total)
        if self._ended:
            return _("step {n} of {total}", n=at, total=total)
        return _("step {n} of at least {total}", n=at, total=total)

    def step(self) -> None:
        """Show the next moment."""
        self.pause()
        self._forward()

    def play(self) -> None:
        """Show one moment after another; at the end, start again.

        In a plain script, which has no event loop, it goes to the end at once.
        """
        self.pause()
        if self._ended and self._at == self._last:
            self._go(self._first)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            for _step in range(MOST_STEPS):
                if not self._forward():
                    break
        else:
            self._timer = loop.call_later(self.speed.value / 4, self._tick)
            self._render_play()

    def pause(self) -> None:
        """Stop going on by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._render_play()

    def speak(self) -> None:
        """Write the words of the controls in the language in force."""
        for key, (words, tooltip) in _BUTTONS.items():
            self.buttons[key].description, self.buttons[key].tooltip = str(words), str(tooltip)
        self.slider.description = _("hop") if self._hops else _("step")
        self.speed.description = _("speed")
        speed = self.speed.value
        self.speed.options = [(str(words), seconds) for words, seconds in _SPEEDS]
        self.speed.value = speed
        self._render_place()

    def render(self, first: int, last: int, at: int, *, ended: bool) -> None:
        """Show where the owner stands.

        Args:
            first: the number of the first moment.
            last: that of the last moment that is known.
            at: that of the moment that is shown.
            ended: whether the last moment that is known is the last one.
        """
        self._first, self._last, self._at, self._ended = first, last, at, ended
        self._quiet = True
        try:
            self.slider.max = max(last, self.slider.max)  # in this order: min is never above max
            self.slider.min, self.slider.max = first, last
            self.slider.value = at
        finally:
            self._quiet = False
        self.slider.disabled = first == last
        self.buttons["first"].disabled = self.buttons["back"].disabled = at == first
        self.buttons["step"].disabled = ended and at == last
        self._render_place()
        self._render_play()

    # ---- inner

    def _jump(self, place: int) -> None:
        self.pause()
        self._go(max(self._first, place))

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self._jump(change["new"])

    def _play_clicked(self, _button: Any) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def _tick(self) -> None:
        self._timer = None
        if self._forward() and not (self._ended and self._at == self._last):
            self._timer = asyncio.get_running_loop().call_later(self.speed.value, self._tick)
        self._render_play()

    def _render_place(self) -> None:
        self.place.value = f'<span style="white-space:nowrap">{escape(self.place_words)}</span>'

    def _render_play(self) -> None:
        play = self.buttons["play"]
        play.description = _("Pause") if self.playing else str(_BUTTONS["play"][0])
        play.disabled = self._ended and self._first == self._last
