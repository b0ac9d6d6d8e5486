"""Sliders for the size of Pods, Nodes and a quota, and how many Pods fit while one moves them: `kn.size`."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, HBox, IntSlider, Layout, VBox, link

from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _, clauses, ngettext
from k8snotes.errors import ClusterError
from k8snotes.face import calls
from k8snotes.facts.sizing import Size, Sizing, size_of, sizing
from k8snotes.figures.figure import Figure
from k8snotes.figures.sizing import sizing_figure, told
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.widget import PANEL, Widget, beside_figure

__all__ = ["Sizer", "size"]

_PANEL = f"{PANEL};padding:6px 10px"
# name, words, unit, most, step; the unit is the amount of one step
_SLIDERS = (
    ("replicas", _("Pods"), "", 60, 1),
    ("cpu", _("CPU request, m"), "m", 4000, 50),
    ("cpu_limit", _("CPU limit, m"), "m", 8000, 50),
    ("memory", _("memory request, Mi"), "Mi", 8192, 64),
    ("memory_limit", _("memory limit, Mi"), "Mi", 8192, 64),
    ("nodes", _("Nodes"), "", 20, 1),
    ("node_cpu", _("CPUs of a Node"), "", 32, 1),
    ("node_memory", _("memory of a Node, Gi"), "Gi", 64, 1),
    ("quota_cpu", _("quota of CPU, m"), "m", 40000, 100),
    ("quota_memory", _("quota of memory, Gi"), "Gi", 200, 1),
)
# side by side; Tab goes from left to right, and then down. What the scheduler looks at first is in view.
_ROWS = (("replicas",), ("cpu", "memory"))
_FOLDED = (
    ("nodes", "node_cpu"),
    ("node_memory", "cpu_limit"),
    ("quota_cpu", "memory_limit"),
    ("quota_memory",),
)
_ZERO = _("For requests, limits and quotas, 0 means that there is none.")
_PICTURE = 470  # pixels: the picture with two sorts of Nodes; with one it has the same room
# for screen readers alone: the caption of the picture shows the same
_HEARD = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
_UNITS = {"": Quantity(1), "m": Quantity("1m"), "Mi": Quantity("1Mi"), "Gi": Quantity("1Gi")}


@calls
def size(
    replicas: int = 8,
    *,
    cpu: str | float | None = "500m",
    memory: str | float | None = "512Mi",
    cpu_limit: str | float | None = None,
    memory_limit: str | float | None = None,
    nodes: int = 3,
    node_cpu: str | float = "4",
    node_memory: str | float = "8Gi",
    quota: dict[str, str | float] | None = None,
) -> Sizer:
    """Return sliders for Pods, Nodes and a quota, with the picture of how many fit.

    The arguments are the first positions of the sliders; `kn.fit` draws the same without sliders.

    Args:
        replicas: how many Pods.
        cpu: the CPU that each Pod requests ("500m"); None if it requests none.
        memory: the memory that each Pod requests ("512Mi").
        cpu_limit: the CPU that each Pod may use.
        memory_limit: the memory that each Pod may use.
        nodes: how many Nodes.
        node_cpu: the CPU of each Node.
        node_memory: the memory of each Node.
        quota: what a ResourceQuota allows of "requests.cpu" and "requests.memory"; None for no quota.

    Raises:
        ClusterError: a number is out of range, or a slider cannot have this value.
        QuantityError: an amount cannot be read.

    >>> size(10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"})
    <Sizer: 10 Pods: 4 running, 2 waiting for a Node, 4 refused>
    """
    first = size_of(
        replicas,
        cpu=cpu,
        memory=memory,
        cpu_limit=cpu_limit,
        memory_limit=memory_limit,
        nodes=nodes,
        node_cpu=node_cpu,
        node_memory=node_memory,
        quota=quota,
    )
    return Sizer(first)


class Sizer(Widget):
    """The sliders of `kn.size`, each with a field for its number.

    Field and slider hold one value. The field has the name and takes a number from the keyboard: ipywidgets gives
    the handle of a slider no name that a screen reader could say. Three sliders are in view, and a button unfolds
    the others; until then a line says how they stand.

    `.set(cpu="250m", replicas=12)` moves them; `.size` has their values, `.facts` what becomes of the
    Pods, `.figure` the picture.

    Args:
        first: the first positions of the sliders.
    """

    _failure = _("kn.size failed")

    def __init__(self, first: Size) -> None:
        self._quiet = False
        self._debounce = Debounce(self._moved, 0.05)
        self._sliders = {name: _slider(most, step) for name, _words, _unit, most, step in _SLIDERS}
        self._fields = {name: _field(most, step) for name, _words, _unit, most, step in _SLIDERS}
        self._hint = HTML(layout=Layout(width="100%"))
        self._folded = VBox(layout=Layout(width="100%", display="none"))
        self._unfold, self._others = Button(layout=Layout(width="auto", flex="0 0 auto")), HTML()
        self._unfold.on_click(lambda _button: self.unfold(self._folded.layout.display == "none"))
        for name, field in self._fields.items():
            link((field, "value"), (self._sliders[name], "value"))
        self._line, self._message, self._picture = HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        for name, control in (*self._sliders.items(), ("line", self._line), ("picture", self._picture)):
            control.add_class(f"k8snotes-size-{name.replace('_', '-')}")
        for name, field in self._fields.items():
            field.add_class(f"k8snotes-size-{name.replace('_', '-')}-number")
        for html in (self._line, self._message, self._picture):
            html.layout.width = "100%"
        self._line.layout.height, self._line.layout.margin = "0", "0"
        self._picture.layout.min_height = f"{_PICTURE}px"
        pairs = {
            name: HBox([field, self._sliders[name]], layout=_pair()) for name, field in self._fields.items()
        }
        rows, folded = (
            [
                HBox([pairs[name] for name in names], layout=Layout(flex_flow="row wrap", width="100%"))
                for names in row
            ]
            for row in (_ROWS, _FOLDED)
        )
        self._folded.children = [*folded, self._hint]
        super().__init__(
            "k8snotes-size",
            [
                *rows,
                HBox([self._unfold, self._others], layout=Layout(align_items="center")),
                self._folded,
                self._line,
                self._message,
                self._picture,
            ],
        )
        self._stand(first)
        for slider in self._sliders.values():
            slider.observe(self._slid, names="value")
        self._show(self.size)

    # ---- what a reader asks

    @property
    def size(self) -> Size:
        """The values of the sliders."""
        numbers = {name: slider.value for name, slider in self._sliders.items()}
        amounts = {
            name: str(Quantity(f"{numbers[name]}{unit}")) if numbers[name] else ""
            for name, _words, unit, _most, _step in _SLIDERS
            if unit
        }
        hard = {"requests.cpu": amounts["quota_cpu"], "requests.memory": amounts["quota_memory"]}
        return Size(
            replicas=numbers["replicas"],
            cpu=amounts["cpu"],
            memory=amounts["memory"],
            cpu_limit=amounts["cpu_limit"],
            memory_limit=amounts["memory_limit"],
            nodes=numbers["nodes"],
            node_cpu=str(numbers["node_cpu"]),
            node_memory=amounts["node_memory"] or "0",
            quota={name: amount for name, amount in hard.items() if amount},
        )

    @property
    def facts(self) -> Sizing:
        """What becomes of the Pods, as plain values: the same as `kn.fit(...).facts`."""
        self._debounce.flush()
        return self._facts

    @property
    def figure(self) -> Figure:
        """The picture as a Figure."""
        return sizing_figure(self.facts)

    def set(self, **changes: Any) -> None:
        """Move sliders.

        Args:
            changes: their new values; the names are those of `kn.size`.

        Raises:
            ClusterError: there is no such slider, or it cannot have this value.
            QuantityError: an amount cannot be read.
        """
        now = self.size
        known: dict[str, Any] = {
            "replicas": now.replicas,
            "cpu": now.cpu,
            "memory": now.memory,
            "cpu_limit": now.cpu_limit,
            "memory_limit": now.memory_limit,
            "nodes": now.nodes,
            "node_cpu": now.node_cpu,
            "node_memory": now.node_memory,
            "quota": now.quota,
        }
        wrong = sorted(set(changes) - set(known))
        if wrong:
            raise ClusterError(
                _(
                    'There is no slider "{name}". Use one of these names: {names}.',
                    name=wrong[0],
                    names=", ".join(known),
                )
            )
        wanted = known | changes
        self._debounce.cancel()
        self._stand(size_of(wanted.pop("replicas"), **wanted))
        self._show(self.size)

    def unfold(self, shown: bool = True) -> None:
        """Show the sliders for limits, Nodes and quota, or fold them again.

        Args:
            shown: whether they are shown.
        """
        self._folded.layout.display = None if shown else "none"
        with self._showing_errors():
            self._speak()
            self._render()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        super().close()

    # ---- inner

    def _slid(self, _change: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _moved(self) -> None:
        self._show(self.size)

    def _show(self, size: Size) -> None:
        with self._showing_errors(clear=True):
            self._facts = sizing(size)
            self._render()

    def _speak(self) -> None:
        for name, words, _unit, _most, _step in _SLIDERS:
            self._fields[name].description = str(words)
        self._hint.value = f'<div style="line-height:1.45">{escape(str(_ZERO))}</div>'
        shown = self._folded.layout.display != "none"
        self._unfold.description = str(
            _("▾ Hide Nodes, limits and quota") if shown else _("▸ Nodes, limits and quota")
        )

    def _render(self) -> None:
        self._line.value = f'<div role="status" style="{_HEARD}">{escape(told(self._facts))}</div>'
        folded = self._folded.layout.display == "none"
        self._others.value = escape(_others(self._facts.size)) if folded else ""
        self._picture.value = sizing_figure(self._facts).live

    def _stand(self, size: Size) -> None:
        """Move the sliders to what is asked, and make them long enough for it."""
        wanted: dict[str, Any] = {
            "replicas": size.replicas,
            "nodes": size.nodes,
            "cpu": size.cpu,
            "memory": size.memory,
            "cpu_limit": size.cpu_limit,
            "memory_limit": size.memory_limit,
            "node_cpu": size.node_cpu,
            "node_memory": size.node_memory,
            "quota_cpu": size.quota.get("requests.cpu", ""),
            "quota_memory": size.quota.get("requests.memory", ""),
        }
        unknown = sorted(set(size.quota) - {"requests.cpu", "requests.memory"})
        if unknown:
            raise ClusterError(
                _(
                    'kn.size() has sliders for the quotas "requests.cpu" and "requests.memory", but not for "{name}". '
                    "Use kn.fit(quota=...), which takes any quota.",
                    name=unknown[0],
                )
            )
        for name, amount in size.quota.items():
            if not Quantity(amount):
                raise ClusterError(
                    _(
                        "On a slider, 0 means that there is no quota. "
                        'Use kn.fit(quota={{"{name}": 0}}) to see a quota of 0.',
                        name=name,
                    )
                )
        self._quiet = True
        try:
            for name, words, unit, _most, _step in _SLIDERS:
                slider, amount = self._sliders[name], wanted[name]
                value = amount if isinstance(amount, int) else _steps(words, unit, amount)
                for control in (slider, self._fields[name]):
                    control.step = 1 if value % control.step else control.step
                    control.max = max(control.max, value)
                slider.value = value
        finally:
            self._quiet = False

    def _preview(self) -> tuple[str, str]:
        name, use = escape(_("Sliders")), escape(_("(run this cell to move them)"))
        head = f'<div style="{_PANEL}"><b>{name}</b> {use}</div>'
        return beside_figure(head, "", self.figure)

    @printable
    def __repr__(self) -> str:
        return f"<Sizer: {told(self.facts)}>"


def _others(size: Size) -> str:
    """Say how the sliders stand that are folded: "3 Nodes with 4 CPU and 8Gi of memory each; no limits; no quota"."""
    nodes = ngettext(
        "{n} Node with {cpu} CPU and {memory} of memory",
        "{n} Nodes with {cpu} CPU and {memory} of memory each",
        size.nodes,
        cpu=size.node_cpu,
        memory=size.node_memory,
    )
    limits = ", ".join(
        f"{amount} {name}"
        for name, amount in (("cpu", size.cpu_limit), ("memory", size.memory_limit))
        if amount
    )
    quota = ", ".join(f"{name}={amount}" for name, amount in size.quota.items())
    return clauses(
        nodes,
        _("limits: {limits}", limits=limits) if limits else _("no limits"),
        _("quota: {quota}", quota=quota) if quota else _("no quota"),
    )


def _field(most: int, step: int) -> BoundedIntText:
    return BoundedIntText(
        min=0,
        max=most,
        step=step,
        style={"description_width": "11.5em"},
        layout=Layout(flex="0 0 auto", width="18em"),
    )


def _slider(most: int, step: int) -> IntSlider:
    return IntSlider(
        min=0,
        max=most,
        step=step,
        continuous_update=True,
        readout=False,
        layout=Layout(flex="1 1 6em", width="auto", min_width="0"),
    )


def _pair() -> Layout:
    return Layout(flex="1 1 25em", width="auto", min_width="0")


def _steps(words: str, unit: str, written: str) -> int:
    """Return an amount in the unit of its slider. Raises ClusterError if the slider cannot have it."""
    if not written:
        return 0
    amount, one = Quantity(written), _UNITS[unit]
    number = amount.milli // one.milli
    if number * one.milli != amount.milli or number > 10**7:
        raise ClusterError(
            _(
                'The slider "{slider}" counts in whole steps of {unit}, so it cannot have the value {amount}. '
                "Use kn.fit(...), which takes any amount.",
                slider=words,
                unit="1" + unit,
                amount=written,
            )
        )
    return int(number)
