"""The player: a cluster step by step, back and forth, with the picture of Master and Nodes: `c.play()`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from ipywidgets import HTML

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.architecture import Architecture
from k8snotes.facts.play import Clause, Stage, clauses_of, only_reports, stage_of
from k8snotes.figures.architecture import architecture_figure
from k8snotes.figures.figure import Figure
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.playback import Playable, Playback
from k8snotes.widgets.said import lines_for, note_html, say_html
from k8snotes.widgets.track import Track
from k8snotes.widgets.widget import PANEL, Widget, beside_figure

__all__ = ["Player"]

_FIRST, _SLICE = (
    0.25,
    0.02,
)  # seconds of playing ahead: before it is shown, and each time between two questions
_ANYWAY = 500  # Pods and Nodes that are looked at before it is shown, however long that takes
_ASIDE = 12  # letters of the second, at the right of what is said
_WORDS = {
    True: _("At rest: there is nothing left to do."),
    False: _("Every arrow begins or ends at kube-apiserver."),
}


class Player(Widget):
    """The controls of `c.play()`; each has a method that does the same.

    `.step()`, `.back()`, `.first()`, `.play()`, `.pause()`; `.facts` is what the picture shows, `.words` what was
    done and why, `.at` the number of steps that were taken, `.at_rest` whether nothing is left to do, `.cluster` a
    copy of the cluster at this moment. Steps in which components only report a status are passed over. The last 200
    moments are kept.

    Args:
        cluster: what is played; it changes, so a copy is handed over.
        look: reads what runs where in such a cluster, and what was just done.
    """

    _failure = _("the player failed")

    def __init__(self, cluster: Playable, look: Callable[[Any, Sequence[Any]], Architecture]) -> None:
        self._played: Playback[Architecture] = Playback(cluster, look, only_reports)
        self._place = 0
        self._known = 0  # moments that the stage is made for, and the height of the line
        self._stage: Stage = stage_of(())
        self._lines = 1
        self._ahead: asyncio.TimerHandle | None = None
        self._message, self._line, self._picture, self._note = HTML(), HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        self._track = Track("k8snotes-player", self._go_to, self._advance)
        for name in ("message", "line", "picture", "note"):
            control = getattr(self, f"_{name}")
            control.add_class(f"k8snotes-player-{name}")
            control.layout.width, control.layout.margin, control.layout.overflow = "100%", "0", "auto"
        first = self._played.frames[0].facts
        more = self._look_ahead(_FIRST, _ANYWAY // (1 + len(first.pods) + len(first.nodes)))
        super().__init__(
            "k8snotes-player", [self._track.row, self._message, self._line, self._picture, self._note]
        )
        self._render()
        if more:
            self._go_on_looking()

    # ---- what a reader asks

    @property
    def facts(self) -> Architecture:
        """What the picture shows, as plain values."""
        return self._played.frames[self._place].facts

    @property
    def figure(self) -> Figure:
        """The picture as a Figure."""
        return architecture_figure(self.facts, stage=self._stage, acted=self._acted())

    @property
    def words(self) -> str:
        """What was done in this step, and why: a line for each component and what it did alike."""
        return "\n".join(str(clause.words) for clause in self._clauses(self.facts))

    @property
    def at(self) -> int:
        """How many steps were taken before the moment that is shown."""
        return self._played.forgotten + self._place

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to do after the moment that is shown."""
        return self._played.ended and self._place == len(self._played.frames) - 1

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._track.playing

    @property
    def cluster(self) -> Any:
        """A copy of the cluster at the moment that is shown, to go on with by hand."""
        return self._played.frames[self._place].cluster.copy()

    def step(self) -> None:
        """Show what the next component does; where nothing is left to do, nothing happens."""
        self._track.step()

    def back(self, steps: int = 1) -> None:
        """Show an earlier moment; at the first one nothing happens.

        Args:
            steps: how many steps back.
        """
        self._track.pause()
        self._go_to(self.at - steps)

    def first(self) -> None:
        """Show the first moment that is kept."""
        self._track.pause()
        self._go_to(0)

    def play(self) -> None:
        """Go on by itself, a step each time, until nothing is left to do; from there, start again.

        In a plain script, which has no event loop, it goes to the end at once, by up to 200 steps.
        """
        self._track.play()

    def pause(self) -> None:
        """Stop going on by itself."""
        self._track.pause()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._track.pause()
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        super().close()

    # ---- inner

    def _look_ahead(self, seconds: float, least: int = 0) -> bool:
        """Play ahead for some time; returns whether there is more. What fails then fails again when it is shown."""
        try:
            return self._played.ahead(seconds, least)
        except Exception:  # noqa: BLE001  # the step that a reader takes raises it
            return False

    def _go_on_looking(self) -> None:
        """Play ahead while nothing else is to be done, where an event loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._ahead = loop.call_later(_SLICE, self._look_on)

    def _look_on(self) -> None:
        self._ahead = None
        if self._look_ahead(_SLICE):
            self._render_track()
            self._go_on_looking()
        else:
            self._render()

    def _advance(self) -> bool:
        """Show the next moment; returns whether there is one."""
        with self._showing_errors(clear=True):
            forgotten = self._played.forgotten
            there = self._place < len(self._played.frames) - 1 or self._played.more()
            if there:
                self._place += 1 - (self._played.forgotten - forgotten)
            self._render()
            return there

    def _go_to(self, number: int) -> None:
        with self._showing_errors(clear=True):
            self._place = max(0, min(number - self._played.forgotten, len(self._played.frames) - 1))
            self._render()

    def _acted(self) -> Mapping[str, int]:
        """Return, by component, the number of the last step in which it acted, up to the moment that is shown."""
        acted: dict[str, int] = {}
        for place, frame in enumerate(self._played.frames[: self._place + 1]):
            acted |= dict.fromkeys(frame.facts.acting, self._played.forgotten + place)
        return acted

    def _clauses(self, facts: Architecture) -> tuple[Clause, ...]:
        return clauses_of(facts.acts, {pod.ref: pod.node for pod in facts.pods})

    def _speak(self) -> None:
        self._track.speak()
        self._known = 0  # words of another language are longer or shorter

    def _render(self) -> None:
        moments = [frame.facts for frame in self._played.frames]
        if self._known != self._played.forgotten + len(moments):
            self._known = self._played.forgotten + len(moments)
            self._stage = stage_of(moments)
            texts = (" ▶ ".join(self._texts(moment)) for moment in moments)
            self._lines = lines_for(texts, beside=_ASIDE)
        self._render_track()
        self._line.value = self._line_html()
        self._picture.value = self.figure.live
        self._note.value = self._note_html()

    def _render_track(self) -> None:
        first = self._played.forgotten
        last = first + len(self._played.frames) - 1
        self._track.render(first, last, self.at, ended=self._played.ended)

    def _line_html(self) -> str:
        clauses = self._clauses(self.facts)
        acts = self.facts.acts
        when = _("second {second}", second=acts[0].time) if acts else ""
        words = [(clause.who, str(clause.words)) for clause in clauses]
        return say_html(words or [("", self._nothing_yet())], lines=self._lines, aside=when)

    def _texts(self, facts: Architecture) -> list[str]:
        return [str(clause.words) for clause in self._clauses(facts)]

    def _nothing_yet(self) -> str:
        if self.at_rest:
            return str(_WORDS[True])
        return _("Before the first step: no component has acted yet.")

    def _note_html(self) -> str:
        return note_html(
            f"✓ {_WORDS[True]}" if self.at_rest else str(_WORDS[False]),
            _("Steps that only report a status are skipped."),
            _("This plays on a copy: your cluster is unchanged."),
        )

    def _preview(self) -> tuple[str, str]:
        name, use = escape(_("Player")), escape(_("(run this cell to step, go back and play)"))
        place = escape(plain(self._track.place_words))
        head = f'<div style="{PANEL};padding:6px 10px"><b>{name}</b> {use} · {place}</div>'
        return beside_figure(head, self._line_html(), self.figure)

    @printable
    def __repr__(self) -> str:
        pods = ngettext("{n} Pod", "{n} Pods", len(self.facts.pods))
        if self.at_rest:
            return _("<Player at step {step}: {pods}, at rest>", step=self.at, pods=pods)
        return _("<Player at step {step}: {pods}>", step=self.at, pods=pods)
