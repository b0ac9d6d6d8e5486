"""The scaler: how many Pods a workload shall have, by a slider, and what that does step by step: `kn.scaler`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Protocol, Self

from ipywidgets import HTML, BoundedIntText, Button, HBox, IntSlider, Layout, link

from k8snotes.api.base import KubeObject
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _
from k8snotes.errors import ClusterError
from k8snotes.face import calls
from k8snotes.facts.play import clauses_of
from k8snotes.facts.scaling import Scaling, scaling, silent
from k8snotes.figures.figure import Figure
from k8snotes.figures.scaling import Places, places_of, scaling_figure
from k8snotes.figures.theme import box, style_sheet
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.playback import Playback
from k8snotes.widgets.said import note_html
from k8snotes.widgets.track import Track
from k8snotes.widgets.widget import PANEL, Widget, beside_figure, row_layout

__all__ = ["Scaler", "scaler"]

_MOST = 500  # Pods that the field takes
_SLIDER = 9  # and the slider at least
_AHEAD = 5.0  # seconds of playing to the end, after which the rest is played step by step
_CSS = (
    ".kn .answer{height:66px;overflow:auto;max-width:826px;padding:4px 0 2px;line-height:20px}"
    ".kn .answer b.big{font-size:16px;line-height:22px}"
    ".kn .steps{height:164px;overflow:auto;max-width:826px;display:flex;flex-direction:column-reverse}"
    ".kn .steps>div{margin-bottom:auto}.kn .steps table.t{width:100%}"
    ".kn .steps th{position:sticky;top:0}.kn .steps td{padding:1px 8px!important;line-height:20px}"
    ".kn .steps tr.now td{background:var(--actbg)!important}"
)


class Scalable(Protocol):
    """A cluster in which workloads can be scaled, and that can be copied."""

    api: Any

    def __getitem__(self, ref: str) -> KubeObject:
        """Return the object of a reference."""
        ...

    def scale(self, ref: str, replicas: int) -> KubeObject:
        """Change how many Pods a workload wants."""
        ...

    def step(self) -> Sequence[Any]:
        """Let the next component act."""
        ...

    def settle(self) -> Any:
        """Let all components act until nothing is left to do."""
        ...

    def copy(self) -> Self:
        """Return an independent cluster in the same state."""
        ...


@calls
def scaler(cluster: Scalable, ref: str) -> Scaler:
    """Return a slider for the replicas of a workload, with the picture of what scaling it does, step by step.

    The scaler plays on a copy of the cluster as it is at the moment when you move the slider. Your cluster does not
    change, unless you call `.apply()`.

    Args:
        cluster: the cluster.
        ref: the workload: "deploy/web", "rs/web", "rc/web", "sts/db".

    Raises:
        NotFoundError: there is no such object.
        ClusterError: it cannot be scaled, or `cluster` is no cluster.
        SnapshotError: the cluster is a snapshot, in which nothing acts.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> made = scaler(c, "deploy/cache")
    >>> made.replicas = 4
    >>> made
    <Scaler of deployment/cache: 4 of 4 ready. 2 Pods were created, none was deleted.>
    >>> c["deploy/cache"].replicas
    2
    """
    if not all(hasattr(cluster, name) for name in ("api", "scale", "copy", "settle")):
        raise ClusterError(
            _(
                "kn.scaler needs a cluster and a workload, but the first is a {type}. "
                'Use kn.scaler(c, "deploy/web"), where c is a cluster, such as kn.load("guestbook").',
                type=type(cluster).__name__,
            )
        )
    workload = cluster[ref]
    cluster.copy().scale(ref, workload.replicas if isinstance(workload, Workload) else 1)
    return Scaler(cluster, ref)


class Scaler(Widget):
    """The controls of `kn.scaler`; each has an attribute or a method that does the same.

    Set `.replicas`, and the copy is played to its end. `.first()`, `.back()`, `.step()`, `.play()` and `.pause()` show
    the steps, `.reset()` goes back to what the workload wants. `.facts` is what the picture shows, `.figure` the
    picture, `.words` what was done, `.cluster` the copy at this moment. `.apply()` scales the cluster itself.

    Args:
        cluster: the cluster.
        ref: the workload.
    """

    _failure = _("kn.scaler failed")

    def __init__(self, cluster: Scalable, ref: str) -> None:
        self._cluster, self._ref = cluster, ref
        self._quiet = False
        self._place = 0
        self._debounce = Debounce(self._asked, 0.15)
        self._track = Track("k8snotes-scaler", self._go, self._advance)
        self._make_controls()
        self._play_to_end(self._wanted())
        super().__init__(
            "k8snotes-scaler",
            [
                HBox([self._number, self._slider, self._reset], layout=row_layout()),
                self._track.row,
                self._message,
                self._line,
                self._picture,
                self._steps,
                self._note,
            ],
        )
        self._render()

    # ---- what a reader asks

    @property
    def replicas(self) -> int:
        """How many Pods the workload is told to want; set it to scale."""
        self._debounce.flush()
        return int(self._number.value)

    @replicas.setter
    def replicas(self, number: int) -> None:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MOST:
            raise ClusterError(
                _(
                    "replicas must be a whole number from 0 to {most}, not {value}.",
                    most=_MOST,
                    value=plain(repr(number)),
                )
            )
        self._debounce.cancel()
        self._stand(number)
        self._asked()

    @property
    def facts(self) -> Scaling:
        """The workload at the moment that is shown, as plain values."""
        self._debounce.flush()
        return self._played.frames[self._place].facts

    @property
    def figure(self) -> Figure:
        """The picture as a Figure."""
        return scaling_figure(self.facts, self._places)

    @property
    def words(self) -> str:
        """What was done in this step, and why: a line for each component and what it did alike."""
        return "\n".join(what for _who, what in self._rows(self._place))

    @property
    def at(self) -> int:
        """How many steps were taken before the moment that is shown."""
        self._debounce.flush()
        return self._played.forgotten + self._place

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._track.playing

    @property
    def cluster(self) -> Any:
        """A copy of the cluster at the moment that is shown, to go on with by hand."""
        self._debounce.flush()
        return self._played.frames[self._place].cluster.copy()

    def first(self) -> None:
        """Show the moment after the workload was scaled, before any component has acted."""
        self._track.pause()
        self._go(0)

    def back(self) -> None:
        """Show the moment before; at the first one nothing happens."""
        self._track.pause()
        self._go(self.at - 1)

    def step(self) -> None:
        """Show what the next component does; where nothing is left to do, nothing happens."""
        self._track.step()

    def play(self) -> None:
        """Go on by itself, a step each time, until nothing is left to do; from there, start again."""
        self._track.play()

    def pause(self) -> None:
        """Stop going on by itself."""
        self._track.pause()

    def reset(self) -> None:
        """Go back to the number that the workload wants in the cluster."""
        self.replicas = self._wanted()

    def apply(self) -> Any:
        """Scale the workload in the cluster itself, and let it settle; returns all changes."""
        self._cluster.scale(self._ref, self.replicas)
        changes = self._cluster.settle()
        self._asked()
        return changes

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        self._track.pause()
        super().close()

    # ---- inner

    def _wanted(self) -> int:
        obj = self._cluster[self._ref]
        return obj.replicas if isinstance(obj, Workload) else 0

    def _play_to_end(self, replicas: int) -> None:
        """Scale a copy of the cluster as it is now, and play it to its end."""
        copy = self._cluster.copy()
        before = self._wanted()
        there = [
            pod.ref for pod in scaling(copy.api, _workload(copy, self._ref), before=before, there=()).pods
        ]
        if replicas != before:
            copy.scale(self._ref, replicas)

        def look(cluster: Any, changes: Sequence[Any]) -> Scaling:
            return scaling(
                cluster.api,
                _workload(cluster, self._ref),
                before=before,
                there=there,
                asked=replicas,
                changes=changes,
            )

        self._played: Playback[Scaling] = Playback(copy, look, silent)
        self._played.ahead(_AHEAD)
        self._place = len(self._played.frames) - 1
        self._set_places()

    def _set_places(self) -> None:
        self._places: Places = places_of([frame.facts for frame in self._played.frames])
        self._known = self._played.forgotten + len(self._played.frames)

    def _asked(self) -> None:
        with self._showing_errors(clear=True):
            self._track.pause()
            self._play_to_end(int(self._number.value))
            self._render()

    def _slid(self, _change: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _stand(self, number: int) -> None:
        self._quiet = True
        try:
            self._slider.max = max(self._slider.max, number)
            self._number.value = number
        finally:
            self._quiet = False

    def _advance(self) -> bool:
        """Show the next moment; returns whether there is one."""
        with self._showing_errors(clear=True):
            after = self._played.after(self._place)
            self._place = self._place if after is None else after
            self._render()
            return after is not None

    def _go(self, number: int) -> None:
        with self._showing_errors(clear=True):
            self._place = self._played.place_of(number)
            self._render()

    def _rows(self, place: int) -> list[tuple[str, str]]:
        """Return what was done in a step: each component with the sentence about it."""
        facts = self._played.frames[place].facts
        on = {pod.ref: pod.node for pod in facts.pods}
        return [(clause.who, str(clause.words)) for clause in clauses_of(facts.acts, on)]

    def _make_controls(self) -> None:
        wanted = self._wanted()
        style = {"description_width": "initial"}
        self._number = BoundedIntText(
            min=0, max=_MOST, value=wanted, style=style, layout=Layout(width="auto", max_width="24em")
        )
        self._slider = IntSlider(
            min=0,
            max=max(_SLIDER, 2 * wanted),
            value=wanted,
            readout=False,
            layout=Layout(flex="1 1 12em", width="auto", min_width="0"),
        )
        self._reset = Button(layout=Layout(width="auto"))
        self._message, self._line, self._picture = HTML(), HTML(), HTML()
        self._steps, self._note = HTML(), HTML()
        self._message.layout.display = "none"
        for name in ("number", "slider", "reset", "message", "line", "picture", "steps", "note"):
            control = getattr(self, f"_{name}")
            control.add_class(f"k8snotes-scaler-{'replicas' if name == 'slider' else name}")
            if isinstance(control, HTML):
                control.layout.width, control.layout.margin, control.layout.overflow = "100%", "0", "auto"
        link((self._number, "value"), (self._slider, "value"))
        self._number.observe(self._slid, names="value")
        self._reset.on_click(lambda _button: self.reset())

    def _speak(self) -> None:
        self._number.description = _("replicas of {workload}", workload=plain(self._ref))
        self._reset.description, self._reset.tooltip = _("Reset"), _("back to what the workload wants now")
        self._track.speak()

    def _render(self) -> None:
        if self._known != self._played.forgotten + len(self._played.frames):
            self._set_places()
        first = self._played.forgotten
        last = first + len(self._played.frames) - 1
        self._track.render(first, last, first + self._place, ended=self._played.ended)
        self._line.value = self._line_html()
        self._picture.value = self.figure.bare
        self._steps.value = self._steps_html()
        self._note.value = note_html(
            _("This plays on a copy: your cluster is unchanged."),
            _("The method .apply() does it in your cluster."),
        )

    def _line_html(self) -> str:
        facts = self._played.frames[self._place].facts
        answer, change = escape(plain(facts.answer)), escape(plain(facts.change))
        command = f'<code class="mu">$ {escape(plain(facts.command))}</code>'
        problem = f'<br><b class="ba">✗</b> {escape(plain(facts.problem))}' if facts.problem else ""
        return (
            f'<div {box()}>{style_sheet("", extra=_CSS)}<div class="answer" role="status">'
            f'<b class="big">{answer}</b> &nbsp; {change} {command}{problem}</div></div>'
        )

    def _steps_html(self) -> str:
        """Return the steps up to the moment that is shown, as a table that keeps its height; the latest is in view."""
        rows = []
        for place in range(self._place + 1):
            number = self._played.forgotten + place
            for at, (who, what) in enumerate(self._rows(place) if place else ()):
                now = place == self._place
                said = self._shortened(plain(what).removeprefix(plain(who)).strip())
                mark = f"▶ {number}" if now and not at else f"{number}" if not at else ""
                rows.append(
                    f'<tr class="{"now" if now else ""}"><td class="n w">{mark}</td>'
                    f'<td class="w">{escape(plain(who))}</td><td>{escape(said)}</td></tr>'
                )
        if not rows:
            nothing = escape(_("No component has acted yet."))
            rows = [f'<tr><td></td><td colspan="2" class="mu">{nothing}</td></tr>']
        heads = "".join(
            f'<th scope="col"{look}>{escape(words)}</th>'
            for words, look in ((_("step"), ' class="n"'), (_("who"), ""), (_("did what"), ""))
        )
        label = escape(_("the steps so far"))
        return (
            f"<div {box()}>{style_sheet('', 'table', extra=_CSS)}"
            f'<div class="steps" tabindex="0" role="region" aria-label="{label}"><div><table class="t">'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></div></div>"
        )

    def _shortened(self, said: str) -> str:
        """Return a sentence with the names of Pods cut to their suffix, which the name of their maker stands before."""
        for level in self._played.frames[self._place].facts.levels[1:]:
            said = said.replace(f"{plain(level.name)}-", "…-")
        return said

    def _preview(self) -> tuple[str, str]:
        name, use = escape(_("Scaler")), escape(_("(run this cell to scale, to step and to play)"))
        head = f'<div style="{PANEL};padding:6px 10px"><b>{name}</b> {use}</div>'
        text, html = beside_figure(head, self._line_html(), self.figure)
        return text, html + self._steps_html()

    @printable
    def __repr__(self) -> str:
        return _("<Scaler of {workload}: {facts}>", workload=self.facts.ref, facts=self.facts)


def _workload(cluster: Any, ref: str) -> Workload:
    """Return the workload of a reference."""
    obj = cluster[ref]
    if not isinstance(obj, Workload):
        raise ClusterError(_("{object} has no Pods that could be scaled.", object=obj.ref))
    return obj
