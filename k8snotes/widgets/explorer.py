"""A field for a label selector, and what it finds while one types: `kn.explore`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Checkbox, Dropdown, HBox, Layout, Text, VBox

from k8snotes.api.selector import Selector
from k8snotes.facts.exploring import PAGE, VALUES, Exploration, ExploredRow
from k8snotes.figures.wording import count
from k8snotes.widgets.clicks import ask_presence, toggle_value
from k8snotes.widgets.closing import close_all
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.facet_row import FacetLooks, FacetRow
from k8snotes.widgets.markup import (
    count_html,
    preview_html,
    problem_html,
    queries_html,
    rows_html,
    scrolled,
    table_html,
)
from k8snotes.widgets.preview import Previewed
from k8snotes.widgets.source import ClusterLike, Source, kinds_of, read, read_cluster
from k8snotes.widgets.telling import telling

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explorer", "explore"]

_LOG = logging.getLogger(__name__)
_KEYS = 8
_MORE_VALUES = 24
_PREVIEW_ROWS = 8


def explore(
    table_or_cluster: pd.DataFrame | ClusterLike, selector: str | Selector = "", *, kind: str = "pods"
) -> Explorer:
    """Return the label-selector widget: type what stands after `kubectl get -l`, and see whom it finds and why.

    It takes a cluster, or any table with a `labels` column (mappings, "a=b,c=d" text, or null).
    `selector` is what the field has at first; `kind` the kind that a cluster shows first, and what the
    rows of a table are called. Raises TableError, NotFoundError.
    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

    >>> import pandas as pd
    >>> pods = pd.DataFrame({"NAME": ["a", "b"], "labels": ["app=web", "app=db"]})
    >>> explorer = explore(pods, "app=web")
    >>> explorer
    <Explorer of pods: "app=web", 1 of 2 matches>
    >>> list(explorer.table["NAME"])
    ['a']
    """
    source, cluster = read(table_or_cluster, kind)
    return Explorer(source, cluster, selector if isinstance(selector, str) else str(Selector(selector)))


class Explorer(Previewed, VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The controls of `kn.explore`.

    `.selector` is the last good selector (set it, and the field has it), `.table` the rows that it
    finds, `.facts` all that is shown as plain values; `.undo()` goes a step back.
    """

    def __init__(self, source: Source, cluster: ClusterLike | None = None, selector: str = "") -> None:
        self._source = source
        self._cluster = cluster
        self._text = ""
        self._page = 0
        self._history: list[tuple[str, str]] = []
        self._most_keys = _KEYS
        self._most_values: dict[str, int] = {}
        self._rows: dict[str, FacetRow] = {}
        self._quiet = False
        self._debounce = Debounce(self._typed)
        self._make_controls()
        super().__init__(
            children=[
                HBox(
                    [*([] if self._cluster is None else [self._kind]), self._field, self._undo],
                    layout=_wrapped(),
                ),
                self._message,
                self._count,
                self._facets,
                HBox([self._unmatched, self._previous, self._place, self._next], layout=_wrapped()),
                self._table,
                self._queries,
            ],
            layout=Layout(width="100%"),
        )
        self.add_class("k8snotes-explorer")
        self._set_field(selector)
        self._explore()
        self._history.clear()
        self._render()

    # ---- what a reader asks

    @property
    def selector(self) -> str:
        """The last good selector, as it was typed."""
        self._debounce.flush()
        return self._text

    @selector.setter
    def selector(self, text: str | Selector) -> None:
        self._debounce.cancel()
        self._set_field(text if isinstance(text, str) else str(Selector(text)))
        self._typed()

    @property
    def facts(self) -> Exploration:
        """All that is shown, as plain values."""
        self._debounce.flush()
        return self._facts

    @property
    def table(self) -> pd.DataFrame:
        """The rows that the selector finds: the same as `kn.select(table, explorer.selector)`."""
        return self._source.table.iloc[self.facts.found]

    @property
    def kind(self) -> str:
        """The kind of the rows: "pods"."""
        return self._source.kind

    def undo(self) -> None:
        """Go back to the selector (and the kind) before the last change; nothing happens at the first."""
        self._debounce.flush()
        with telling(self._message, _LOG, "kn.explore could not answer"):
            if self._facts.problem is None and self._history:
                kind, self._text = self._history.pop()
                if kind != self._source.kind:
                    self._read(kind)
            self._set_field(self._text)
            self._page = 0
            self._explore()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        for row in self._rows.values():
            row.close()
        close_all(self._keys_button, self._kind, *self.children)
        for model in (*self._looks.models, self.layout):
            model.close()
        super().close()

    # ---- what happens on a key or a click

    def _typed(self) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._page = 0
            self._explore()

    def _field_changed(self, _: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _value_clicked(self, key: str, value: str) -> None:
        self._debounce.flush()
        self._change_text(lambda: toggle_value(self._text, key, value))

    def _presence_chosen(self, key: str, presence: str) -> None:
        self._debounce.flush()
        if presence in ("any", "exists", "does not exist"):
            self._change_text(lambda: ask_presence(self._text, key, presence))

    def _change_text(self, change: Callable[[], str]) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._set_field(change())
            self._page = 0
            self._explore()

    def _more_values(self, key: str) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._most_values[key] = self._most_values.get(key, VALUES) + _MORE_VALUES
            self._explore()

    def _more_keys(self, _: Any) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._most_keys += _KEYS
            self._explore()

    def _turn(self, pages: int) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._page = self._facts.page + pages
            self._explore()

    def _unmatched_changed(self, _: Any) -> None:
        with telling(self._message, _LOG, "kn.explore could not answer"):
            self._page = 0
            self._explore()

    def _kind_chosen(self, change: Any) -> None:
        if self._quiet:
            return
        self._debounce.flush()
        before = self._source.kind
        with telling(self._message, _LOG, "kn.explore could not answer"):
            try:
                self._read(change["new"])
            except Exception:
                self._set(self._kind, before)
                raise
            self._history.append((before, self._text))
            self._page = 0
            self._explore()

    # ---- inner

    def _make_controls(self) -> None:
        initial = {"description_width": "initial"}
        self._kind = Dropdown(
            description="kind", style=initial, layout=Layout(width="auto", margin="2px 8px 2px 0")
        )
        self._field = Text(
            placeholder="app=web,tier in (frontend,backend),!canary",
            continuous_update=True,
            style=initial,
            layout=Layout(flex="1 1 26em", width="auto", min_width="0"),
        )
        self._undo = Button(
            description="Undo", tooltip="back to the selector before", layout=Layout(width="auto")
        )
        self._message, self._count, self._table, self._place, self._queries = (HTML() for _ in range(5))
        self._facets = VBox(layout=Layout(width="100%", margin="4px 0"))
        self._looks = FacetLooks()
        self._keys_button = Button(layout=self._looks.layout, style=self._looks.more)
        self._previous = Button(description="← Prev", tooltip="the rows before", layout=Layout(width="auto"))
        self._next = Button(description="Next →", tooltip="the rows after", layout=Layout(width="auto"))
        self._unmatched = Checkbox(indent=False, layout=Layout(width="auto", margin="2px 8px"))
        for html in (self._message, self._count, self._table, self._queries):
            html.layout.width = "100%"
            html.layout.margin = "2px 0"
        named = {"field": self._field, "message": self._message, "count": self._count, "facets": self._facets}
        named |= {
            "table": self._table,
            "queries": self._queries,
            "undo": self._undo,
            "unmatched": self._unmatched,
        }
        for name, control in named.items():
            control.add_class(f"k8snotes-{name}")
        if self._cluster is not None:
            self._kind.options = kinds_of(self._cluster, self._source.kind)
            self._kind.value = self._source.kind
        self._field.observe(self._field_changed, names="value")
        self._kind.observe(self._kind_chosen, names="value")
        self._unmatched.observe(self._unmatched_changed, names="value")
        self._undo.on_click(lambda _: self.undo())
        self._previous.on_click(lambda _: self._turn(-1))
        self._next.on_click(lambda _: self._turn(1))
        self._keys_button.on_click(self._more_keys)

    def _read(self, kind: str) -> None:
        if self._cluster is None:
            return
        self._source = read_cluster(self._cluster, kind)
        self._set(self._kind, self._source.kind)
        rows, self._rows = self._rows, {}
        self._facets.children = ()
        for row in rows.values():
            row.close()
        self._most_keys, self._most_values = _KEYS, {}

    def _set(self, control: Any, value: Any) -> None:
        self._quiet = True
        try:
            control.value = value
        finally:
            self._quiet = False

    def _set_field(self, text: str) -> None:
        self._set(self._field, text)

    def _explore(self) -> None:
        facts = self._source.labels.explore(
            self._field.value,
            self._text,
            page=self._page,
            unmatched=self._unmatched.value,
            keys=self._most_keys,
            values=self._most_values,
        )
        if facts.text != self._text:
            self._history.append((self._source.kind, self._text))
        self._facts, self._text, self._page = facts, facts.text, facts.page
        self._render()

    def _render(self) -> None:
        facts, source = self._facts, self._source
        self._field.description = f"kubectl get {source.kind} -l"
        self._undo.disabled = facts.problem is None and not self._history
        self._message.value = "" if facts.problem is None else problem_html(facts.problem, facts)
        self._message.layout.display = "none" if facts.problem is None else None
        self._count.value = count_html(facts)
        self._render_facets(facts)
        self._table.value = scrolled(self._table_html(facts.rows))
        self._place.value = rows_html(facts, PAGE)
        self._previous.disabled = facts.page == 0
        self._next.disabled = facts.page + 1 >= facts.pages
        left_out = facts.total - facts.count
        self._unmatched.description = f"show the {left_out:,} left out, and why"
        self._queries.value = queries_html(source.queries(facts))

    def _render_facets(self, facts: Exploration) -> None:
        shown = []
        for facet in facts.facets:
            row = self._rows.get(facet.key)
            if row is None:
                row = self._rows[facet.key] = FacetRow(
                    facet,
                    self._looks,
                    width=max(map(len, self._source.labels.keys)),
                    on_value=self._value_clicked,
                    on_presence=self._presence_chosen,
                    on_more=self._more_values,
                )
            else:
                row.update(facet)
            shown.append(row.box)
        if facts.more_facets:
            self._keys_button.description = f"…and {count(facts.more_facets, 'more key')}"
            shown.append(self._keys_button)
        if self._facets.children != tuple(shown):
            self._facets.children = shown

    def _table_html(self, rows: Sequence[ExploredRow]) -> str:
        cells = self._source.cells([row.position for row in rows])
        return table_html(self._facts, rows, self._source.columns, cells)

    def _preview(self) -> tuple[str, str]:
        facts = self.facts
        table = self._table_html(facts.rows[:_PREVIEW_ROWS])
        kubectl = self._source.queries(facts).kubectl
        return str(facts), preview_html(facts, kubectl, table, _PREVIEW_ROWS)

    def __repr__(self) -> str:
        return f'<Explorer of {self.kind}: "{self.facts.selector}", {self.facts.summary}>'


def _wrapped() -> Layout:
    return Layout(flex_flow="row wrap", align_items="center", width="100%")
