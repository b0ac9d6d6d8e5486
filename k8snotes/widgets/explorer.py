"""A field for a label selector, and what it finds while the reader types: `kn.explore`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Checkbox, Dropdown, HBox, Layout, Text, VBox

from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import SelectorSyntaxError
from k8snotes.face import calls
from k8snotes.facts.exploration import PAGE, VALUES, Exploration, ExploredLabel, ExploredRow, Queries
from k8snotes.figures.palette import ERROR, INK, LEFT_OUT, MUTED, PAPER, POD, SERVICE
from k8snotes.figures.wording import plain
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.facet_row import FacetLooks, FacetRow
from k8snotes.widgets.selector_text import ask_presence, toggle_value
from k8snotes.widgets.source import ClusterLike, Source, kinds_of, read, read_cluster
from k8snotes.widgets.widget import MONO, PANEL, Widget, alert_html, models_of, row_layout, shortened

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explorer", "caret_lines", "explore"]

_KEYS = 8
_MORE_VALUES = 24
_PREVIEW_ROWS = 8
_AROUND = 48
_LINE = "border-bottom:1px solid #D0D0D0"
_CELL = f"padding:4px 10px;text-align:left;vertical-align:top;color:{INK};{_LINE}"
_WRAPS = "max-width:18em;overflow-wrap:break-word"
_CHIP = (
    "display:inline-block;padding:0 5px;margin:1px 4px 1px 0;border-radius:3px;" + MONO + ";font-size:12px"
)
_LOOKS = {
    "✓": f"background:{POD.fill};color:{POD.ink};border:1px solid {POD.line};font-weight:bold;text-decoration:underline",
    "✗": f"background:{ERROR.fill};color:{ERROR.ink};border:1px dashed {ERROR.line};font-weight:bold",
    "": f"background:#F3F3F3;color:{INK};border:1px solid #F3F3F3",
}


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

    `.selector` is the last valid selector (set it, and the field changes), `.table` the rows that it
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
            "k8snotes-explorer",
            [
                HBox(
                    [*([] if self._cluster is None else [self._kind]), self._field, self._undo],
                    layout=row_layout(),
                ),
                self._message,
                self._count,
                self._facets,
                HBox([self._unmatched, self._previous, self._place, self._next], layout=row_layout()),
                self._table,
                self._queries,
            ],
        )
        self._set_field(selector)
        self._explore()
        self._history.clear()
        self._render()

    # ---- what a reader asks

    @property
    def selector(self) -> str:
        """The last valid selector, as it was typed."""
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
            self._page = 0
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
        for control in (self._keys_button, self._kind):
            yield from models_of(control)
        yield from super()._models()

    # ---- what happens on a key or a click

    def _typed(self) -> None:
        with self._showing_errors():
            self._page = 0
            self._explore()

    def _field_changed(self, _change: Any) -> None:
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
        with self._showing_errors():
            self._set_field(change())
            self._page = 0
            self._explore()

    def _more_values(self, key: str) -> None:
        with self._showing_errors():
            self._most_values[key] = self._most_values.get(key, VALUES) + _MORE_VALUES
            self._explore()

    def _more_keys(self, _button: Any) -> None:
        with self._showing_errors():
            self._most_keys += _KEYS
            self._explore()

    def _turn(self, pages: int) -> None:
        with self._showing_errors():
            self._page = self._facts.page + pages
            self._explore()

    def _unmatched_changed(self, _change: Any) -> None:
        with self._showing_errors():
            self._page = 0
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
            self._page = 0
            self._explore()

    # ---- inner

    def _make_controls(self) -> None:
        initial = {"description_width": "initial"}
        self._kind = Dropdown(style=initial, layout=Layout(width="auto", margin="2px 8px 2px 0"))
        self._field = Text(
            placeholder="app=web,tier in (frontend,backend),!canary",
            continuous_update=True,
            style=initial,
            layout=Layout(flex="1 1 26em", width="auto", min_width="0"),
        )
        self._undo = Button(layout=Layout(width="auto"))
        self._message, self._count, self._table, self._place, self._queries = (HTML() for _html in range(5))
        self._facets = VBox(layout=Layout(width="100%", margin="4px 0"))
        self._looks = FacetLooks()
        self._keys_button = Button(layout=self._looks.layout, style=self._looks.more)
        self._previous, self._next = Button(layout=Layout(width="auto")), Button(layout=Layout(width="auto"))
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
        self._undo.on_click(lambda _button: self.undo())
        self._previous.on_click(lambda _button: self._turn(-1))
        self._next.on_click(lambda _button: self._turn(1))
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

    def _speak(self) -> None:
        self._kind.description = _("kind")
        self._undo.description, self._undo.tooltip = _("Undo"), _("go back to the selector before")
        self._previous.description, self._previous.tooltip = _("← Prev"), _("show the rows before")
        self._next.description, self._next.tooltip = _("Next →"), _("show the next rows")

    def _render(self) -> None:
        facts, source = self._facts, self._source
        self._error = None
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
        self._unmatched.description = ngettext(
            "show the {number} left out, and why",
            "show the {number} left out, and why",
            left_out,
            number=format(left_out, ","),
        )
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
            self._keys_button.description = ngettext(
                "…and {n} more key", "…and {n} more keys", facts.more_facets
            )
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

    @printable
    def __repr__(self) -> str:
        return _(
            '<Explorer of {kind}: "{selector}", {summary}>',
            kind=self.kind,
            selector=self.facts.selector,
            summary=self.facts.summary,
        )


# ---- what it shows, as HTML


def caret_lines(text: str, position: int) -> tuple[str, str]:
    """Return the text on one line, cut around a place, and the line under it with the caret.

    Args:
        text: the text.
        position: the place, 0-based.

    >>> print(*caret_lines("app=web tier=db", 8), sep=chr(10))
    app=web tier=db
            ^
    """
    start = max(0, position - _AROUND) if len(text) > 2 * _AROUND else 0
    lead = "…" if start else ""
    end = start + 2 * _AROUND
    shown = lead + plain(text[start:end]) + ("…" if len(text) > end else "")
    before = lead + plain(text[start:position])
    return shown, "".join(map(_blank, before)) + "^"


def _blank(char: str) -> str:
    # as wide as the character above it, in a font of one width
    if unicodedata.combining(char):
        return ""
    return "\u3000" if unicodedata.east_asian_width(char) in "WF" else " "


def problem_html(problem: SelectorSyntaxError, facts: Exploration) -> str:
    """Return the message about text that is no selector: Kubernetes' words, the place, and what to type."""
    shown, caret = caret_lines(problem.selector, problem.position)
    hint = f'<div style="margin-top:2px">→ {shortened(problem.hint)}</div>' if problem.hint else ""
    head = escape(_("Not a selector:"))
    if facts.text.strip():
        still = shortened(_("The table still shows {selector}.", selector=facts.text))
    else:
        still = escape(_("The table still shows everything."))
    return alert_html(
        f"<div><b>✗ {head}</b> {shortened(problem.message)}</div>"
        f'<pre style="margin:4px 0;padding:0;background:{ERROR.fill};color:{INK};{MONO};font-size:13px;'
        f'line-height:1.3;white-space:pre;overflow-x:auto">{escape(shown)}\n'
        f'<b style="color:{ERROR.ink}">{caret}</b></pre>'
        f'{hint}<div style="color:{MUTED}">{still}</div>'
    )


def count_html(facts: Exploration) -> str:
    """Return how many rows match, and the selector as Kubernetes prints it."""
    selector = (
        _code(str(facts.selector))
        if facts.selector.requirements
        else escape(_("An empty selector matches everything."))
    )
    return (
        f'<div role="status" style="{PANEL};padding:4px 10px">'
        f'<b style="font-size:15px">{escape(facts.summary)}</b> <span style="color:{MUTED}">{selector}</span></div>'
    )


def rows_html(facts: Exploration, page_size: int) -> str:
    """Return which of the listed rows are in view: "rows 1–25 of 60"."""
    first = facts.page * page_size + 1
    last = first + len(facts.rows) - 1
    words = _("no rows")
    if facts.rows:
        words = _(
            "rows {first}–{last} of {total}",
            first=format(first, ","),
            last=format(last, ","),
            total=format(facts.listed, ","),
        )
    return f'<span style="{PANEL};padding:3px 10px;display:inline-block">{escape(words)}</span>'


def table_html(
    facts: Exploration, rows: Sequence[ExploredRow], columns: Sequence[str], cells: Sequence[Sequence[str]]
) -> str:
    """Return rows as a table; a row that is left out says why.

    Args:
        facts: the answer that is shown.
        rows: those of its rows that are in view.
        columns: the names of the columns, besides "matches" and "labels".
        cells: the cells of each row, in these columns.
    """
    names = [_("matches"), *columns, "labels"]
    head = "".join(
        f'<th scope="col" style="{_CELL};background:#E9E9E9;font-weight:bold;white-space:nowrap;position:sticky;top:0">'
        f"{escape(name)}</th>"
        for name in names
    )
    lines = [_row(row, values) for row, values in zip(rows, cells, strict=True)]
    if not lines:
        words = (
            _("✗ Nothing matches. Tick the box above to see why each row is left out.")
            if facts.total
            else _("The table is empty.")
        )
        cell = f'<td colspan="{len(names)}" style="{_CELL};background:{PAPER}">{escape(words)}</td>'
        lines = [f"<tr>{cell}</tr>"]
    return (
        f'<table style="border-collapse:collapse;background:{PAPER};color:{INK};font-size:13px;margin:0;width:100%">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def scrolled(table: str) -> str:
    """Return a table in a frame that the keyboard can scroll, so that a long one leaves the rest in view."""
    name = escape(_("rows"))
    # without a width of its own, a wide table does not stretch the whole widget, and the frame scrolls
    return (
        f'<div tabindex="0" role="region" aria-label="{name}" style="{PANEL};overflow:auto;width:0;min-width:100%;'
        f'max-height:30em;border:1px solid #D0D0D0">{table}</div>'
    )


def _row(row: ExploredRow, values: Sequence[str]) -> str:
    cell = f"{_CELL};background:{PAPER if row.matches else LEFT_OUT.fill}"
    sign, ink = (_("✓ yes"), POD.ink) if row.matches else (_("✗ no"), ERROR.ink)
    parts = [f'<td style="{cell};color:{ink};font-weight:bold;white-space:nowrap">{escape(sign)}</td>']
    parts += [f'<td style="{cell};{_WRAPS}">{escape(value)}</td>' for value in values]
    none = escape(_("no labels"))
    chips = "".join(map(_chip, row.labels)) or f'<i style="color:{MUTED}">{none}</i>'
    reasons = "".join(f'<div style="color:{ERROR.ink}">✗ {shortened(reason)}</div>' for reason in row.reasons)
    parts.append(f'<td style="{cell};min-width:20em">{chips}{reasons}</td>')
    return f"<tr>{''.join(parts)}</tr>"


def _chip(label: ExploredLabel) -> str:
    return f'<span style="{_CHIP};{_LOOKS[label.sign]}">{shortened(str(label))}</span>'


def queries_html(same: Queries) -> str:
    """Return the query as a reader types it elsewhere; a click marks a whole piece, ready to be copied."""
    cannot = _("A LabelSelector cannot have this.")
    yaml = same.yaml.rstrip("\n") if same.yaml else f"# {cannot}"
    pieces = (("kubectl", same.kubectl), ("YAML (Deployment, ReplicaSet, …)", yaml), ("Python", same.python))
    boxes = "".join(
        f'<div style="flex:1 1 15em;min-width:0"><div style="color:{MUTED};font-size:12px">{escape(name)}</div>'
        f'<pre tabindex="0" style="margin:2px 0;padding:6px 8px;background:#F3F3F3;color:{INK};'
        f"border-left:3px solid {SERVICE.line};{MONO};font-size:12px;line-height:1.4;overflow-x:auto;"
        f'white-space:pre-wrap;overflow-wrap:anywhere;user-select:all">{escape(text)}</pre></div>'
        for name, text in pieces
    )
    note = f'<div style="color:{MUTED};flex:1 1 100%">{shortened(same.note)}</div>' if same.note else ""
    head = escape(_("The same query, to copy"))
    return (
        f'<div style="{PANEL};padding:6px 10px"><b>{head}</b>'
        f'<div style="display:flex;flex-wrap:wrap;gap:4px 14px">{boxes}{note}</div></div>'
    )


def preview_html(facts: Exploration, kubectl: str, table: str, most: int) -> str:
    """Return the preview, for pages on which controls do not work: GitHub, or a notebook that is not trusted yet.

    Args:
        facts: the answer that is shown.
        kubectl: the same query for kubectl.
        table: the first rows, as HTML.
        most: how many rows there are at most.
    """
    shown = min(len(facts.rows), most)
    rest, more = facts.listed - shown, ""
    if rest > 0:
        words = ngettext("…and {number} more row", "…and {number} more rows", rest, number=format(rest, ","))
        more = f'<div style="color:{MUTED}">{escape(words)}</div>'
    problem = "" if facts.problem is None else problem_html(facts.problem, facts)
    name, use = escape(_("Label-selector explorer")), escape(_("(run this cell to type in it)"))
    return (
        f'<div style="{PANEL};padding:8px 10px;border:1px solid #D0D0D0">'
        f"<div><b>{name}</b> {use}</div>"
        f'<pre style="margin:4px 0;padding:4px 8px;background:#F3F3F3;color:{INK};{MONO};white-space:pre-wrap">'
        f"{escape(kubectl)}</pre>{problem}{count_html(facts)}{table}{more}</div>"
    )


def _code(text: str) -> str:
    return f'<code style="background:{PAPER};color:{INK};{MONO}">{shortened(text)}</code>'
