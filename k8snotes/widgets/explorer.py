"""A field for a label selector, and what it finds while the reader types: `kn.explore`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Box, Button, Checkbox, Dropdown, HBox, Layout, Text
from ipywidgets.widgets.widget_string import HTMLStyle

from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, ngettext
from k8snotes.face import calls
from k8snotes.facts.exploration import ROWS, VALUES, Exploration
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.copy_button import copy_button
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.explored import (
    STYLE,
    answer_html,
    caption_html,
    preview_html,
    problem_html,
    queries_html,
    table_html,
)
from k8snotes.widgets.facet_row import FacetLooks, FacetRow
from k8snotes.widgets.selector_text import ask_presence, replace_requirement, toggle_value
from k8snotes.widgets.source import ClusterLike, Source, kinds_of, read, read_cluster
from k8snotes.widgets.widget import Widget, models_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explorer", "explore"]

_KEYS = 8
_MORE_VALUES = 24
_PREVIEW_ROWS = 8
_ROW, _FACET, _LEAST, _MOST = 29, 25, 174, 402
"""The height of a row, that of a line of facets, and the least and the most of both, in pixels."""

_LONGEST = 32


@calls
def explore(
    table_or_cluster: pd.DataFrame | ClusterLike, selector: str | Selector = "", *, kind: str = "pods"
) -> Explorer:
    """Return the label-selector widget: type a selector as after `kubectl get -l`, and see what it finds and why.

    Args:
        table_or_cluster: a cluster, or any table with a `labels` column (mappings, "a=b,c=d" text, or null).
        selector: the first text of the field.
        kind: the kind that a cluster shows first; the name for the rows of a table.

    Raises:
        TableError: it is neither a cluster nor a table, or the labels cannot be read.
        NotFoundError: the cluster has no such kind.

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


class Explorer(Widget):
    """The controls of `kn.explore`.

    `.selector` is the last good selector (set it, and the field changes), `.table` the rows that it
    finds, `.facts` all that is shown as plain values; `.undo()` goes a step back.

    Args:
        source: the table.
        cluster: the cluster of the table, if there is one; then the reader can choose the kind.
        selector: the first text of the field.
    """

    _failure = _("kn.explore failed")

    def __init__(self, source: Source, cluster: ClusterLike | None = None, selector: str = "") -> None:
        self._source = source
        self._cluster = cluster
        self._text = self._good = ""
        self._found = True
        self._history: list[tuple[str, str]] = []
        self._most_keys = _KEYS
        self._folded = self._other_forms_folded = True
        self._most_values: dict[str, int] = {}
        self._rows: dict[str, FacetRow] = {}
        self._quiet = False
        self._debounce = Debounce(self._typed)
        self._make_controls()
        super().__init__("k8snotes-explorer", self._laid_out())
        self._set_field(selector)
        self._explore()
        self._history.clear()
        self._render()

    # ---- what a reader asks

    @property
    def selector(self) -> str:
        """The selector in the field as it was typed; while that is none, the last one that found something."""
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
        with self._showing_errors():
            if self._facts.problem is None and self._history:
                kind, self._text = self._history.pop()
                if kind != self._source.kind:
                    self._read(kind)
            self._set_field(self._text)
            self._explore()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._debounce.cancel()
        super().close()

    def _models(self) -> Iterator[Any]:
        yield from self._looks.models
        for row in self._rows.values():
            for control in row.controls:
                yield from models_of(control)
        for control in (self._keys_button, self._fold):
            yield from models_of(control)
        yield from super()._models()

    # ---- what happens on a key or a click

    def _typed(self) -> None:
        with self._showing_errors():
            self._explore()

    def _field_changed(self, _change: Any) -> None:
        if not self._quiet:
            self._debounce.ask()

    def _value_clicked(self, key: str, value: str) -> None:
        self._debounce.flush()
        self._change_text(lambda: toggle_value(self._text, key, value))

    def _presence_chosen(self, key: str, presence: str) -> None:
        self._debounce.flush()
        self._change_text(lambda: ask_presence(self._text, key, presence))

    def _change_text(self, change: Callable[[], str]) -> None:
        with self._showing_errors():
            self._set_field(change())
            self._explore()

    def _repair(self, _button: Any) -> None:
        self._debounce.flush()
        self._change_text(lambda: self._meant()[0] or self._field.value)
        self._field.focus()  # the button goes

    def _more_values(self, key: str) -> None:
        with self._showing_errors():
            self._most_values[key] = self._most_values.get(key, VALUES) + _MORE_VALUES
            self._explore()

    def _more_keys(self, _button: Any) -> None:
        with self._showing_errors():
            self._most_keys += _KEYS
            self._explore()

    def _fold_keys(self, _button: Any) -> None:
        with self._showing_errors():
            self._folded = not self._folded
            self._explore()

    def _fold_queries(self, _button: Any) -> None:
        with self._showing_errors():
            self._other_forms_folded = not self._other_forms_folded
            self._speak()
            self._render()

    def _unmatched_changed(self, _change: Any) -> None:
        with self._showing_errors():
            self._explore()

    def _kind_chosen(self, change: Any) -> None:
        if self._quiet:
            return
        self._debounce.flush()
        before = self._source.kind
        with self._showing_errors():
            try:
                self._read(change["new"])
            except Exception:
                self._set(self._kind, before)
                raise
            self._history.append((before, self._text))
            self._explore()

    # ---- inner

    def _make_controls(self) -> None:
        self._looks = FacetLooks()
        plain_layout, style = Layout(), HTMLStyle()
        self._height = Layout()  # of the table and of the facets beside it

        def html(name: str, layout: Layout = plain_layout) -> HTML:
            made = HTML(layout=layout, style=style)
            made.add_class(f"k8snotes-{name}")
            return made

        self._style, self._copy, self._place = html("style"), html("copy"), html("place")
        self._message, self._count, self._queries = (
            html(name, Layout()) for name in ("message", "count", "queries")
        )
        self._table = html("table", self._height)
        self._style.value = STYLE
        self._field = Text(
            placeholder="app=web,tier in (frontend,backend),!canary",
            continuous_update=True,
            style={"description_width": "initial"},
            layout=plain_layout,
        )
        self._field.add_class("k8snotes-field")
        self._undo, self._fix = Button(layout=plain_layout, style=self._looks.style), Button(layout=Layout())
        self._undo.add_class("k8snotes-undo")
        self._fix.add_class("k8snotes-fix")
        self._unmatched = Checkbox(indent=False, layout=plain_layout)
        self._unmatched.add_class("k8snotes-unmatched")
        self._facets = Box(layout=self._height)
        self._keys_button, self._fold, self._other_forms = (self._looks.button("link") for _link in range(3))
        self._kind: Any = None
        if self._cluster is not None:
            self._kind = Dropdown(layout=plain_layout)
            self._kind.add_class("k8snotes-kind")
            self._kind.options = kinds_of(self._cluster, self._source.kind)
            self._kind.value = self._source.kind
            self._kind.observe(self._kind_chosen, names="value")
        self._field.observe(self._field_changed, names="value")
        self._unmatched.observe(self._unmatched_changed, names="value")
        self._undo.on_click(lambda _button: self.undo())
        self._fix.on_click(self._repair)
        self._keys_button.on_click(self._more_keys)
        self._fold.on_click(self._fold_keys)
        self._other_forms.on_click(self._fold_queries)

    def _laid_out(self) -> list[Any]:
        """Return the rows of the widget, from top to bottom."""

        def row(name: str, *controls: Any) -> HBox:
            made = HBox(controls, layout=self._undo.layout)
            made.add_class(f"k8snotes-{name}")
            return made

        self._facets.add_class("k8snotes-facets")
        kind = [] if self._kind is None else [self._kind]
        return [
            self._style,
            row("query", *kind, self._field, self._copy, self._undo),
            row("answer", self._count, self._message, self._fix),
            row("caption", self._place, self._unmatched),
            row("body", self._table, self._facets),
            self._other_forms,
            self._queries,
        ]

    def _read(self, kind: str) -> None:
        if self._cluster is None:
            return
        self._source = read_cluster(self._cluster, kind)
        self._set(self._kind, self._source.kind)
        rows, self._rows = self._rows, {}
        self._facets.children = ()
        for row in rows.values():
            row.close()
        self._good, self._height.height = "", None
        self._most_keys, self._most_values, self._folded = _KEYS, {}, True

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
            self._good,
            unmatched=self._unmatched.value,
            keys=self._most_keys,
            made_up=not self._folded,
            values=self._most_values,
        )
        # the first letters of what a reader is typing are no step to come back to
        halfway = not self._found and facts.typed.startswith(self._text)
        if facts.text != self._text and not halfway:
            self._history.append((self._source.kind, self._text))
        while facts.problem is not None and self._history[-1:] == [(self._source.kind, facts.text)]:
            self._history.pop()
        self._facts, self._text = facts, facts.text
        self._found = bool(facts.count or not facts.total)
        if self._found:
            self._good = facts.text
        self._render()

    def _meant(self) -> tuple[str, str]:
        """Return the text that was probably meant, and the part of it that is new; "" for both if none is known."""
        facts = self._facts
        if facts.problem is not None:
            return facts.problem.instead, facts.problem.instead
        if facts.missed is not None and facts.missed.near is not None:
            near = facts.missed.near
            return replace_requirement(facts.text, facts.missed.requirement, near), str(near)
        return "", ""

    def _tell(self, error: Exception) -> None:
        super()._tell(error)
        self._count.layout.display = self._fix.layout.display = "none"

    def _speak(self) -> None:
        if self._kind is not None:
            self._kind.description = _("kind")
        self._undo.description, self._undo.tooltip = _("Undo"), _("go back to the selector before")
        sign = "▸" if self._other_forms_folded else "▾"
        self._other_forms.description = f"{sign} {_('The same query as YAML and Python')}"

    def _render(self) -> None:
        facts, source = self._facts, self._source
        self._error = None
        same = source.queries(facts)
        wrong = facts.problem is not None
        self._field.description = f"kubectl get {source.kind} -l"
        (self.add_class if wrong else self.remove_class)("k8snotes-wrong")
        self._copy.value = copy_button(same.kubectl, ".sel", disabled=wrong)
        self._undo.disabled = not wrong and not self._history
        self._message.value = "" if facts.problem is None else problem_html(facts.problem)
        self._message.layout.display = None if wrong else "none"
        self._count.value = answer_html(facts, source, same.kubectl)
        self._count.layout.display = "none" if wrong else None
        self._render_fix()
        self._place.value = caption_html(facts, source)
        left_out = facts.total - facts.count
        self._unmatched.description = ngettext(
            "show the {number} left out, and why",
            "show the {number} left out, and why",
            left_out,
            number=format(left_out, ","),
        )
        self._table.value = self._table_html()
        self._render_facets(facts)
        self._queries.value = queries_html(same)
        self._queries.layout.display = "none" if self._other_forms_folded else None

    def _render_fix(self) -> None:
        text, new = self._meant()
        new = plain(new)
        with self._fix.hold_sync():
            shown = new if len(new) <= _LONGEST else new[: _LONGEST - 1] + "…"
            self._fix.description = _("Use {selector}", selector=shown)
            self._fix.tooltip = _("write {selector}", selector=plain(text))
        self._fix.layout.display = None if text else "none"

    def _render_facets(self, facts: Exploration) -> None:
        chosen: list[Any] = []
        made_up: list[Any] = []
        for facet in facts.facets:
            row = self._rows.get(facet.key)
            if row is None:
                row = self._rows[facet.key] = FacetRow(
                    facet,
                    self._looks,
                    on_value=self._value_clicked,
                    on_presence=self._presence_chosen,
                    on_more=self._more_values,
                )
            else:
                row.update(facet)
            (made_up if facet.made_up else chosen).extend(row.shown)
        if facts.more_facets:
            self._keys_button.description = ngettext(
                "…and {n} more key", "…and {n} more keys", facts.more_facets
            )
            chosen.append(self._keys_button)
        if made_up or facts.folded:
            sign = "▸" if self._folded else "▾"
            words = ngettext(
                "{n} key set by controllers", "{n} keys set by controllers", self._source.labels.made_up
            )
            self._fold.description = f"{sign} {words}"
            chosen.append(self._fold)
        if self._facets.children != (*chosen, *made_up):
            self._facets.children = (*chosen, *made_up)
        if self._height.height is None:
            self._height.height = f"{self._high(facts)}px"

    def _high(self, facts: Exploration) -> int:
        """Return how high table and facets are, in pixels: the same for every selector, so that nothing moves."""
        lines = sum(
            1.1 + ceil(sum(len(each.value) + 6 for each in facet.values) / 26)  # noqa: PD011  # no pandas
            for facet in facts.facets
        )
        rows = min(facts.total, ROWS) + 1
        return min(max(_ROW * rows, round(_FACET * (lines + 1)), _LEAST), _MOST)

    def _table_html(self) -> str:
        name = escape(_("rows"))
        # a frame that the keyboard can scroll, so that a long table leaves the rest in view
        table = table_html(self._facts, self._facts.rows, self._source)
        return f'<div class="tb" tabindex="0" role="region" aria-label="{name}">{table}</div>'

    def _preview(self) -> tuple[str, str]:
        facts = self.facts
        kubectl = self._source.queries(facts).kubectl
        return str(facts), preview_html(facts, self._source, kubectl, _PREVIEW_ROWS)

    @printable
    def __repr__(self) -> str:
        return _(
            '<Explorer of {kind}: "{selector}", {summary}>',
            kind=self.kind,
            selector=self.facts.selector,
            summary=self.facts.summary,
        )
