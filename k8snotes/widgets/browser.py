"""The browser: from the overview of a cluster into a Namespace, a workload, a Service or a Node, and back: `kn.browse`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Protocol

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Text

from k8snotes.catalogue import Text as Words
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import ClusterError, K8sNotesError
from k8snotes.face import calls
from k8snotes.facts.overview import Group, NodeSeen, Overview
from k8snotes.figures.figure import Figure
from k8snotes.figures.overview import group_line, node_line
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.widget import PANEL, Widget, alert_html, beside_figure, row_layout, shortened

__all__ = ["Browsable", "Browser", "browse"]

_MOST_OPTIONS = 200  # of a list: what needs attention comes first, and any other can be typed
_CRUMBS = 6
_LISTS = ("namespaces", "services", "workloads", "nodes")


class Browsable(Protocol):
    """A cluster of which there is an overview."""

    def overview(self, ref: str = "") -> Figure:
        """Draw the cluster, or one object of it."""
        ...


@calls
def browse(cluster: Browsable, ref: str = "") -> Browser:
    """Show the overview of a cluster with controls that lead into a Namespace, a workload, a Service or a Node.

    Lists begin with what needs attention. The path over the picture leads back. `c.overview(ref)` draws the same picture.

    Args:
        cluster: a cluster of any size, also a snapshot.
        ref: what is shown first: "ns/shop", "deploy/web", "svc/web", "node/node-1"; "" for the whole cluster.

    Returns:
        A widget. Its methods do what its controls do: `.go("ns/shop")`, `.back()`, `.top()`; `.figure` is the picture.

    Raises:
        ClusterError: the cluster is none, or the object is of a kind that has no overview.
        NotFoundError: there is no such object.

    >>> import k8snotes as kn
    >>> browser = browse(kn.load("guestbook"))
    >>> browser.go("ns/default")
    >>> browser.go("svc/frontend")
    >>> browser.path
    ('', 'namespace/default', 'service/frontend')
    >>> browser.back()
    >>> browser
    <Browser at namespace/default: 3 Nodes, 9 Pods>
    """
    if not hasattr(cluster, "overview"):
        raise ClusterError(
            _(
                "kn.browse takes a cluster, not a value of type {type}. For example: kn.browse(c)",
                type=type(cluster).__name__,
            )
        )
    return Browser(cluster, ref)


class Browser(Widget):
    """The controls of `kn.browse(c)`; each has a method that does the same.

    `.go(ref)` shows an object, `.back()` what was shown before it on the path, `.top()` the whole cluster. `.path` has
    the references from the cluster to what is shown, `.figure` is the picture, `.facts` are its plain values, and
    `.problem` says why the last reference could not be shown.

    Args:
        cluster: the cluster.
        ref: what is shown first; "" for the whole cluster.
    """

    _failure = _("kn.browse failed")

    def __init__(self, cluster: Browsable, ref: str = "") -> None:
        self._cluster = cluster
        self._figure = cluster.overview(ref)
        self._path: list[tuple[str, str]] = [("", "")]
        self._refusal: K8sNotesError | None = None
        self._quiet = False
        if ref:
            self._path.append(_step(self._figure))
        self._make_controls()
        super().__init__(
            "k8snotes-browser",
            [
                HBox([self._back, *self._crumbs], layout=row_layout()),
                HBox([*self._lists.values(), self._field], layout=row_layout()),
                self._message,
                self._picture,
            ],
        )
        self._render()

    # ---- what a reader asks

    @property
    def figure(self) -> Figure:
        """The picture that is shown, as `c.overview` returns it."""
        return self._figure

    @property
    def facts(self) -> Overview:
        """What the picture shows, in plain values."""
        facts: Overview = self._figure.facts
        return facts

    @property
    def path(self) -> tuple[str, ...]:
        """The references from the whole cluster ("") to what is shown."""
        return tuple(ref for ref, _name in self._path)

    @property
    def problem(self) -> str:
        """Why the last reference could not be shown, "" if it could."""
        return "" if self._refusal is None else str(self._refusal)

    def go(self, ref: str) -> None:
        """Show an object, and add it to the path; one that is on the path already is gone back to.

        A reference that cannot be shown changes nothing: `.problem` says why.
        """
        with self._showing_errors():
            self._error = None
            try:
                figure = self._cluster.overview(ref)
            except K8sNotesError as error:
                self._refusal = error
                self._render_refusal()
                return
            self._refusal = None
            self._figure = figure
            step = _step(figure)
            before = [at for at, (known, _name) in enumerate(self._path) if known == step[0]]
            self._path = [*self._path[: before[0]], step] if before else [*self._path, step]
            self._render()

    def back(self) -> None:
        """Show what was shown before on the path; at the whole cluster nothing happens."""
        if len(self._path) > 1:
            self.go(self._path[-2][0])

    def top(self) -> None:
        """Show the whole cluster."""
        self.go("")

    # ---- inner

    def _make_controls(self) -> None:
        self._back = Button(layout=Layout(width="auto"))
        self._back.on_click(lambda _button: self.back())
        self._back.add_class("k8snotes-browser-back")
        self._crumbs = [Button(layout=Layout(width="auto", max_width="24em")) for _crumb in range(_CRUMBS)]
        for at, crumb in enumerate(self._crumbs):
            crumb.on_click(lambda _button, at=at: self._crumb_clicked(at))
            crumb.add_class("k8snotes-browser-crumb")
        self._lists: dict[str, Any] = {}
        for name in _LISTS:
            control = Dropdown(
                options=[("", "")],
                style={"description_width": "initial"},
                layout=Layout(flex="1 1 18em", width="auto", min_width="0"),
            )
            control.observe(self._chosen, names="value")
            control.add_class(f"k8snotes-browser-{name}")
            self._lists[name] = control
        self._field = Text(
            continuous_update=False,
            placeholder="shop/deploy/web",
            style={"description_width": "initial"},
            layout=Layout(flex="1 1 16em", width="auto", min_width="0"),
        )
        self._field.observe(self._typed, names="value")
        self._field.add_class("k8snotes-browser-field")
        self._message, self._picture = HTML(), HTML()
        self._message.layout.display = "none"
        for control in (self._message, self._picture):
            control.layout.width, control.layout.margin, control.layout.overflow = "100%", "0", "auto"

    def _chosen(self, change: Any) -> None:
        if not self._quiet and change["new"]:
            self.go(change["new"])

    def _typed(self, change: Any) -> None:
        if not self._quiet and change["new"].strip():
            self.go(change["new"].strip())

    def _crumb_clicked(self, at: int) -> None:
        shown = self._shown_path()
        if at < len(shown):
            self.go(shown[at][0])

    def _shown_path(self) -> Sequence[tuple[str, str]]:
        """Return the part of the path that has a button: the whole cluster, and the last steps."""
        rest = self._path[1:]
        return [self._path[0], *rest[-(_CRUMBS - 1) :]]

    def _speak(self) -> None:
        self._back.description, self._back.tooltip = _("‹ Back"), _("show what was shown before")
        self._field.description = _("or any reference")

    def _render(self) -> None:
        self._quiet = True
        try:
            self._render_path()
            self._render_lists()
            self._field.value = ""
        finally:
            self._quiet = False
        self._render_refusal()
        self._picture.value = self._figure.live

    def _render_path(self) -> None:
        shown = self._shown_path()
        self._back.disabled = len(self._path) == 1
        for at, crumb in enumerate(self._crumbs):
            there = at < len(shown)
            crumb.layout.display = None if there else "none"
            if there:
                name = shown[at][1] or str(_("Cluster"))
                last = at == len(shown) - 1
                crumb.description = name if last else f"{name} ›"
                crumb.tooltip = _("show {name}", name=name)
                crumb.disabled = last

    def _render_lists(self) -> None:
        facts = self.facts
        inner: dict[str, Iterable[tuple[str, str]]] = {
            "namespaces": _groups(facts.namespaces if facts.kind in ("", "Node") else ()),
            "services": _groups(facts.services if facts.kind != "Service" else ()),
            "workloads": _groups(
                facts.workloads if len(facts.workloads) > 1 or facts.kind in ("Node", "Service") else ()
            ),
            "nodes": _nodes(facts.nodes if facts.kind != "Node" else ()),
        }
        names = {
            "namespaces": _("Namespace"),
            "services": _("Service"),
            "workloads": _("workload"),
            "nodes": _("Node"),
        }
        for name, control in self._lists.items():
            options = [*inner[name]]
            control.layout.display = None if options else "none"
            control.description = str(names[name])
            control.options = [(_first(len(options), self._number(name)), ""), *options]
            control.value = ""

    def _number(self, name: str) -> int:
        return len(getattr(self.facts, name))

    def _render_refusal(self) -> None:
        if self._refusal is not None:
            self._message.value = alert_html(f"<div>✗ {shortened(str(self._refusal))}</div>")
            self._message.layout.display = None
        elif self._error is None:
            self._message.layout.display = "none"

    def _place(self) -> str:
        return " › ".join(name or str(_("Cluster")) for _ref, name in self._path)

    def _preview(self) -> tuple[str, str]:
        use = escape(plain(_("(run this cell to go into a Namespace, a workload, a Service or a Node)")))
        head = f'<div style="{PANEL};padding:6px 10px"><b>{escape(plain(self._place()))}</b> {use}</div>'
        return beside_figure(head, "", self._figure)

    @printable
    def __repr__(self) -> str:
        where = self.facts.ref or str(_("Cluster"))
        return str(_("<Browser at {where}: {finding}>", where=where, finding=self._figure.finding))


def _step(figure: Figure) -> tuple[str, str]:
    """Return what the path has of a picture: its reference, and its name for a reader."""
    facts: Overview = figure.facts
    return facts.ref, f"{facts.kind} {plain(facts.name)}" if facts.ref else ""


def _groups(groups: Sequence[Group]) -> Iterable[tuple[str, str]]:
    """Yield the options of a list of Namespaces, Services or workloads: what needs attention comes first."""
    return ((group_line(group), group.ref) for group in groups[:_MOST_OPTIONS] if group.ref)


def _nodes(nodes: Sequence[NodeSeen]) -> Iterable[tuple[str, str]]:
    return ((node_line(node), node.ref) for node in nodes[:_MOST_OPTIONS])


def _first(shown: int, number: int) -> Words | str:
    """Return the first line of a list, which says how many there are."""
    if number > shown:
        return _(
            "choose one of the first {shown} of {number}",
            shown=format(shown, ","),
            number=format(number, ","),
        )
    return ngettext("choose: there is {n}", "choose one of {n}", number)
