"""Facts as pandas tables, and label selectors on any table that has a `labels` column.

A `Table` shows itself in the one look of tables (figures/grid.py). What pandas makes of it keeps this look as long as
the index says nothing; everything else looks as pandas shows it.

A table's columns have the same names in every language, because code asks for them by name, and so have states
("ready", "left out"). Reasons and other sentences are in the language in which the table was made.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import TableError, did_you_mean
from k8snotes.face import calls
from k8snotes.facts.absence import no_match
from k8snotes.facts.columns.cells import NONE
from k8snotes.facts.node_rules import NodeRules
from k8snotes.facts.reach import Reach, port_name
from k8snotes.facts.rows import columns, row
from k8snotes.facts.timeline import Timeline, counted
from k8snotes.facts.top import TopContainer, TopNode
from k8snotes.figures.grid import Cell, Column, Grid, column_of
from k8snotes.network.endpoints import ServiceEndpoints
from k8snotes.network.trace import Trace
from k8snotes.screen import printed, shown

__all__ = [
    "About",
    "K8sAccessor",
    "Table",
    "endpoints_table",
    "events_table",
    "hops_table",
    "index_of",
    "labels_of",
    "objects_table",
    "records_table",
    "rules_table",
    "select",
    "spread_table",
    "timeline_table",
    "top_nodes_table",
    "top_pods_table",
]


_MOST_COLUMNS = 30
_FIRST_ROWS = 20  # of a table that is too long for a terminal
_WIDTH = 80


class About(NamedTuple):
    """What a table is about, as far as its cells do not say it.

    Args:
        kind: the kind of its rows ("Pod"); "" if they are no objects.
        namespace: the Namespace that was asked for; None for all, and for kinds without one.
        command: the command that prints the same, without a Namespace; "" if there is none.
        columns: the columns that it prints.
        length: the number of rows that it prints.
        empty: what is said where there is no row.
        numbered: whether the index numbers the rows, and is shown.
    """

    kind: str = ""
    namespace: str | None = None
    command: str = ""
    columns: tuple[str, ...] = ()
    length: int = 0
    empty: str = ""
    numbered: bool = False


class Table(pd.DataFrame):
    """A pandas table that shows itself as kubectl shows tables, and writes labels as kubectl writes them.

    >>> table = Table({"NAME": ["web"], "AGE": ["5s"], "labels": [{"app": "web"}]})
    >>> table
    NAME   AGE   LABELS
    web    5s    app=web
    >>> table.to_csv(index=False).splitlines()
    ['NAME,AGE,labels', 'web,5s,app=web']
    """

    _metadata = ["about"]  # noqa: RUF012  # pandas' own way
    about = About()

    @property
    def _constructor(self) -> type[Table]:
        return Table

    def __repr__(self) -> str:
        text = self._made(lambda grid: printed(grid.terminal(_terminal())), _FIRST_ROWS)
        return super().__repr__() if text is None else text

    def _repr_html_(self) -> str | None:
        if not pd.get_option("display.notebook_repr_html"):
            return None
        html = self._made(lambda grid: grid.html)
        return super()._repr_html_() if html is None else html  # type: ignore[misc]

    def to_csv(self, *args: Any, **kwargs: Any) -> Any:
        """Write the table as CSV, as pandas does; labels are text such as "app=web,tier=front", which `select` reads."""
        return self._written().to_csv(*args, **kwargs)

    def to_excel(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[misc]  # else it had Python's dicts
        """Write the table to a sheet of Excel, as pandas does; labels are text."""
        self._written().to_excel(*args, **kwargs)

    def to_html(self, *args: Any, **kwargs: Any) -> Any:
        """Return the table as HTML, as pandas does; labels are text."""
        return self._written().to_html(*args, **kwargs)

    def to_markdown(self, *args: Any, **kwargs: Any) -> Any:
        """Return the table as Markdown, as pandas does; labels are text."""
        return self._written().to_markdown(*args, **kwargs)

    def to_string(self, *args: Any, **kwargs: Any) -> Any:
        """Return the whole table as text, as pandas does; labels are text."""
        return self._written().to_string(*args, **kwargs)

    def _written(self) -> pd.DataFrame:
        """Return a plain table in which labels are text."""
        table = pd.DataFrame(self)
        return table.assign(labels=[_pairs(cell) for cell in table["labels"]]) if _has_labels(self) else table

    def _made(self, make: Callable[[Grid], str], first: int | None = None) -> str | None:
        """Return the table in the one look; None if its index or its columns need pandas' own.

        Args:
            make: shows the table.
            first: how many rows are shown if there are more than pandas would show.
        """
        try:
            return make(self._grid(first)) if self._plain() else None
        except Exception:  # noqa: BLE001  # a stranger's values must not take the table with them
            return None

    def _plain(self) -> bool:
        names, index = list(self.columns), self.index
        return (
            0 < len(names) <= _MOST_COLUMNS
            and all(type(name) is str for name in names)
            and len({*names}) == len(names)
            and index.nlevels == 1
            and index.name is None
            and (not len(index) or pd.api.types.is_integer_dtype(index))
            and (
                "NAME" not in names or all(isinstance(name, str) for name in self["NAME"].head(_MOST_COLUMNS))
            )
        )

    def _grid(self, first: int | None) -> Grid:
        most = pd.get_option("display.max_rows") or len(self)
        number = len(self) if len(self) <= most else min(most, first or most)
        seen = self.iloc[:number]
        home = self._home()
        names = "POD" if "POD" in seen.columns else "NAME"
        folded = [] if first else self._folded(seen)
        columns: list[Column] = [Column("#", "number")] if self.about.numbered else []
        cells: list[list[Cell]] = [[str(value) for value in seen.index]] if self.about.numbered else []
        for name in seen.columns:
            if (name == "NAMESPACE" and home) or name in folded:
                continue  # the foot says it
            values = seen[name].tolist()
            if name == "labels":
                cells.append([labels_of(value) for value in values])
                columns.append(Column("LABELS", "labels"))
            else:
                texts = [_text(value) for value in values]
                cells.append([*texts])
                columns.append(column_of(name, texts, names))
        return Grid(
            columns,
            list(zip(*cells, strict=True)),
            more=self._more(number, most),
            empty=self.about.empty if self.about.empty and not self.about.length else _("There are no rows."),
            foot=" · ".join(filter(None, (self._foot(home), *(f"{name} <none>" for name in folded)))),
            command=self._command(home),
        )

    def _of_objects(self) -> bool:
        """Whether each row is an object still, as far as the columns tell."""
        about = self.about
        return "NAME" in self.columns or bool(about.kind and "NAME" not in about.columns)

    def _home(self) -> str:
        """Return the Namespace of all rows, "" if they have several, or none."""
        if "NAMESPACE" in self.columns and self._of_objects():
            homes = set(self["NAMESPACE"])
            home = homes.pop() if len(homes) == 1 else ""
            return home if isinstance(home, str) else ""
        return self.about.namespace or ""

    def _folded(self, seen: pd.DataFrame) -> list[str]:
        """Return which columns of `-o wide` have nothing in any row: a cell has no room for them."""
        wide = " -o wide" in self.about.command and len(seen) == len(self) > 0
        return [name for name in seen.columns if wide and (seen[name] == NONE).all()]

    def _foot(self, home: str) -> str:
        kind, number = self.about.kind, len(self)
        if kind and number and self._of_objects():
            if home:
                return _("{counted} in namespace {namespace}", counted=counted(number, kind), namespace=home)
            return counted(number, kind)
        return _("namespace {namespace}", namespace=home) if number and home else ""

    def _command(self, home: str) -> str:
        about = self.about
        whole = (about.columns, about.length) == (tuple(self.columns), len(self))
        if not about.command or not whole or not self.index.equals(pd.RangeIndex(len(self))):
            return ""
        if home:
            return about.command if home == "default" else f"{about.command} -n {home}"
        return f"{about.command} -A" if "NAMESPACE" in self.columns else about.command

    def _more(self, number: int, most: int) -> list[str]:
        rest = len(self) - number
        if not rest:
            return []
        words = ngettext(
            "and {n} more: .iloc[{first}:{last}] has the next rows, and .tail({most}) the last ones",
            "and {n} more: .iloc[{first}:{last}] has the next rows, and .tail({most}) the last ones",
            rest,
            first=number,
            last=min(number + most, len(self)),
            most=min(most, rest),
        )
        return [words]


def _terminal() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def _has_labels(table: pd.DataFrame) -> bool:
    return [*table.columns].count("labels") == 1


def _text(value: Any) -> str:
    """Return a cell as text; what is missing is nothing."""
    if isinstance(value, str):
        return str(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _pairs(value: Any) -> Any:
    """Return labels as text that `labels_of` reads; whatever else is in the cell stays."""
    return ",".join(f"{key}={label}" for key, label in value.items()) if isinstance(value, Mapping) else value


_UNSAID = About()


def _table(columns: Mapping[str, Sequence[Any]], about: About = _UNSAID) -> Table:
    """Return a table of columns; text in it is fit for a screen."""
    cells = {name: list(map(_cell, column)) for name, column in columns.items()}
    table = Table(cells, dtype=None if any(cells.values()) else object)
    table.about = about._replace(columns=tuple(cells), length=len(table))
    return table


def _rows(rows: Iterable[Sequence[Any]], names: Sequence[str], about: About = _UNSAID) -> Table:
    """Return a table of rows; text in it is fit for a screen."""
    table = Table([[_cell(value) for value in row] for row in rows], columns=list(names))
    table.about = about._replace(columns=tuple(names), length=len(table))
    return table


def _cell(value: Any) -> Any:
    return shown(value) if isinstance(value, str) else value


def objects_table(
    objects: Sequence[KubeObject],
    kind: Kind,
    now: str,
    *,
    wide: bool = False,
    namespace: str | None = None,
    selector: str = "",
    empty: str = "",
) -> Table:
    """Return the objects as `kubectl get` lists them, plus a column `labels` of dicts.

    Args:
        objects: the objects, all of one kind.
        kind: that kind.
        now: the moment at which they are looked at, as a timestamp ("2026-01-01T00:03:20Z").
        wide: whether the columns of `-o wide` are meant.
        namespace: the Namespace that was asked for; None for all of them: then the first column of a kind that lives
            in Namespaces is NAMESPACE, as with `kubectl get -A`.
        selector: the selector that was asked.
        empty: what is said if there are no objects.
    """
    names = columns(kind, wide=wide)
    rows = [row(obj, now, wide=wide) for obj in objects]
    data: dict[str, list[Any]] = {}
    if kind.namespaced and namespace is None:
        data["NAMESPACE"] = [obj.namespace for obj in objects]
    for name in names:
        data[name] = [item.get(name) for item in rows]
    data["labels"] = [_readable(obj.labels) for obj in objects]
    asked = f" -l {shlex.quote(selector)}" if selector else ""
    command = f"kubectl get {kind.plural}{' -o wide' if wide else ''} --show-labels{asked}"
    return _table(data, About(kind.kind, namespace if kind.namespaced else None, command, empty=empty))


def events_table(events: Sequence[KubeObject], kind: Kind, now: str, empty: str = "") -> Table:
    """Return Events as `kubectl get events` lists them, in the order in which they are given.

    Args:
        events: the Events.
        kind: their kind.
        now: the moment at which they are looked at, as a timestamp.
        empty: what is said if there are none.
    """
    return objects_table(events, kind, now, empty=empty).drop(columns=["NAMESPACE", "labels"])


def timeline_table(facts: Timeline) -> Table:
    """Return a timeline as a table, one row a change; `clock` is in seconds.

    >>> from k8snotes.facts.timeline import Entry, Timeline
    >>> row = Entry(1, 0, "kubectl", "scale", "rc/web", "to 5")
    >>> timeline_table(Timeline((row,), ("kubectl",))).to_dict("records")
    [{'step': 1, 'clock': 0, 'who': 'kubectl', 'does': 'scale', 'object': 'rc/web', 'why': 'to 5'}]
    """
    names = ("step", "clock", "who", "does", "object", "why")
    rows = [(item.step, item.time, item.who, item.verb, item.ref, item.why) for item in facts.entries]
    return _rows(rows, names)


def endpoints_table(facts: ServiceEndpoints) -> Table:
    """Return what was looked at for a Service, one row an address: state, address, Pod, port, Node, reason.

    `state` is "ready", "not ready" or "left out"; `pod` is "" for an address that a user wrote.
    """
    rows = [
        (
            state,
            item.address,
            item.pod.ref if item.pod else "",
            ", ".join(dict.fromkeys(f"{port.port}/{port.protocol}" for port in item.ports)),
            item.pod.node_name if item.pod else "",
            item.reason,
        )
        for state, items in (
            ("ready", facts.ready),
            ("not ready", facts.not_ready),
            ("left out", facts.left_out),
        )
        for item in items
    ]
    return _rows(rows, ("state", "address", "pod", "port", "node", "why"))


def records_table(records: Iterable[object], names: Sequence[str]) -> Table:
    """Return facts as a table, one row each.

    Args:
        records: the facts.
        names: the attributes of each that become the columns.

    >>> from k8snotes.errors import Cause
    >>> records_table([Cause("spec.ports", "FieldValueRequired", "Required value")], ("field", "message"))
    field        message
    spec.ports   Required value
    """
    return _rows(([getattr(item, name) for name in names] for item in records), names)


def top_pods_table(containers: Sequence[TopContainer], namespace: str | None = None) -> Table:
    """Return what containers use as `kubectl top pods --containers` prints it, with what holds them back.

    Args:
        containers: what each container uses.
        namespace: the Namespace that was asked for; None for all of them: then the first column is NAMESPACE.
    """
    data: dict[str, list[Any]] = {}
    if namespace is None:
        data["NAMESPACE"] = [item.namespace for item in containers]
    data["POD"] = [item.pod for item in containers]
    data["NAME"] = [item.container for item in containers]
    data["CPU(cores)"] = [f"{item.cpu}m" for item in containers]
    data["MEMORY(bytes)"] = [_mebibytes(item.memory) for item in containers]
    data["note"] = [item.note for item in containers]
    empty = _("No container is running.")
    return _table(data, About("", namespace, "kubectl top pods --containers", empty=empty))


def top_nodes_table(nodes: Sequence[TopNode]) -> Table:
    """Return what is used on the Nodes as `kubectl top nodes` prints it; percent are of what is allocatable.

    >>> top_nodes_table([TopNode("node-1", 500, 1 << 30, 4000, 8 << 30)]).to_dict("records")[0]["CPU(%)"]
    '12%'
    """
    data: dict[str, list[Any]] = {
        "NAME": [item.name for item in nodes],
        "CPU(cores)": [f"{item.cpu}m" for item in nodes],
        "CPU(%)": [f"{item.cpu_percent}%" for item in nodes],
        "MEMORY(bytes)": [_mebibytes(item.memory) for item in nodes],
        "MEMORY(%)": [f"{item.memory_percent}%" for item in nodes],
    }
    return _table(
        data, About("Node", None, "kubectl top nodes", empty=_("There are no {kinds}.", kinds="Nodes"))
    )


def _mebibytes(number: int) -> str:
    # kubectl cuts off what is no whole Mi
    return f"{number // (1024 * 1024)}Mi"


def _numbered(records: Sequence[object], names: Mapping[str, str]) -> Table:
    """Return facts as a table, one row each, counted from 1; `names` has the attribute that each column shows."""
    rows = ([getattr(item, name) for name in names.values()] for item in records)
    table = _rows(rows, list(names), About(numbered=True))
    table.index = pd.RangeIndex(1, len(table) + 1)
    return table


def hops_table(facts: Trace) -> Table:
    """Return a trace as a table, one row a hop: where, what happens, the addresses before and after."""
    names = {
        "where": "place",
        "what happens": "what",
        "source": "source_before",
        "destination": "destination_before",
        "source after": "source_after",
        "destination after": "destination_after",
    }
    return _numbered(facts.hops, names)


def rules_table(facts: NodeRules) -> Table:
    """Return a Node's rules as a table, one row a rule: table, chain, matches, target, what it is for, service."""
    names = {
        "table": "table",
        "chain": "chain",
        "matches": "matches",
        "target": "target",
        "what it is for": "purpose",
        "service": "service",
    }
    return _numbered(facts.rows, names)


def reach_table(facts: Reach) -> Table:
    """Return who may reach whom as a table, one row for each source, target and port: allowed, what decides, and why."""
    ends = [(shown(group.short), shown(group.namespace)) for group in facts.groups]
    called = [
        (*end, shown(port_name(port)))
        for end, group in zip(ends, facts.groups, strict=True)
        for port in group.ports
    ]
    allowed, policies, whys = [], [], []
    said: dict[str, str] = {"": ""}  # many cells have the same words
    for cell in facts.cells():
        for words in (cell.policy, cell.reason):
            if words not in said:
                said[words] = shown(words)
        allowed.append(cell.allowed)
        policies.append(said[cell.policy])
        whys.append(said[cell.reason])
    columns = {
        "from": [name for name, _home in ends for _target in called],
        "from namespace": [home for _name, home in ends for _target in called],
        "to": [name for name, _home, _port in called] * len(ends),
        "to namespace": [home for _name, home, _port in called] * len(ends),
        "port": [port for _name, _home, port in called] * len(ends),
        "allowed": allowed,
        "policy": policies,
        "why": whys,
    }
    return Table(columns)


def spread_table(facts: Trace) -> Table:
    """Return how the requests of a trace were spread, one row a server.

    `requests` is how many it answered, `expected` how many it would answer on average; empty where the rules
    do not choose by chance. Where a proxy has read the requests, `status` is what it answered.
    """
    rows = [
        (item.server, item.address, item.outcome, item.requests, item.chance and item.chance * facts.times)
        for item in facts.spread
    ]
    table = _rows(rows, ("server", "address", "outcome", "requests", "expected"))
    if any(item.status is not None for item in facts.spread):
        table.insert(3, "status", [item.status for item in facts.spread])
    return table


def _readable(labels: dict[str, str]) -> dict[str, str]:
    """Put the labels that controllers make up last: a narrow column then shows those that people chose.

    A label of a dump that no cluster would take is made fit for a screen: no selector asks for it.
    """
    ordered = sorted(labels.items(), key=lambda item: (item[0] in MADE_UP_KEYS, item))
    return {shown(key): shown(value) for key, value in ordered}


def labels_of(value: Any) -> dict[str, str]:
    """Read one cell of a `labels` column: a mapping, "a=b,c=d" text, or nothing.

    Raises:
        TableError: it is something else.

    >>> labels_of("app=web,tier=front"), labels_of(None)
    ({'app': 'web', 'tier': 'front'}, {})
    """
    if isinstance(value, Mapping):
        return value if isinstance(value, dict) else dict(value)
    if isinstance(value, str):
        if value in ("", "<none>"):
            return {}
        pairs = (item.partition("=") for item in value.split(","))
        return {key.strip(): label.strip() for key, _equals, label in pairs if key.strip()}
    if value is None or (not isinstance(value, Iterable) and pd.isna(value)):
        return {}
    raise TableError(
        _(
            "A cell of the column `labels` is of type {type}: {value}. "
            'Labels are a mapping such as {{"app": "web"}}, text such as "app=web,tier=front", or nothing.',
            type=type(value).__name__,
            value=repr(str(value)[:60]),
        )
    )


def index_of(table: pd.DataFrame) -> LabelIndex:
    """Return the index of a table's labels; it is built once and kept while the table lives.

    Raises:
        TableError: this is no table, it has no column `labels` (or several), or a cell of it is no label set.
    """
    if not isinstance(table, pd.DataFrame):
        raise TableError(
            _(
                "A label selector is used on a table (a pandas DataFrame), but this is of type {type}.",
                type=type(table).__name__,
            )
        )
    if "labels" not in table.columns:
        near = did_you_mean("labels", [str(name) for name in table.columns])
        names = ", ".join(repr(name) for name in list(table.columns)[:12])
        raise TableError(
            _(
                "The table has no column `labels`. Its columns are: {names}.{suggestion}",
                names=names,
                suggestion=near,
            )
        )
    column = table["labels"]
    if isinstance(column, pd.DataFrame):
        raise TableError(_("The table has more than one column `labels`. Rename all but one of them."))
    cells = column.to_list()
    place = id(table)
    known = _KEPT.get(place)
    if known is not None and known[0]() is table and known[1] == cells:  # identical cells compare fast
        return known[2]
    index = LabelIndex(labels_of(cell) for cell in cells)
    _KEPT[place] = (weakref.ref(table, lambda _reference: _KEPT.pop(place, None)), cells, index)
    return index


# pandas keeps no accessor and would write attrs into files, so the indexes live here, as long as their tables
_KEPT: dict[int, tuple[weakref.ref[pd.DataFrame], list[Any], LabelIndex]] = {}


@calls
def select(table: pd.DataFrame, selector: str | Selector) -> pd.DataFrame:
    """Return the rows whose labels a selector finds, in their order and with their index.

    Args:
        table: a DataFrame with a column `labels`: mappings, "a=b,c=d" text, or nothing.
        selector: a selector, or text with the syntax of `kubectl -l`.

    Raises:
        SelectorSyntaxError: the text is no selector; `.position` says where.
        TableError: the labels of the table cannot be read.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors

    >>> table = pd.DataFrame({"name": ["a", "b"], "labels": ["app=web", "app=db"]})
    >>> list(select(table, "app in (web, cache)")["name"])
    ['a']
    """
    wanted = selector if isinstance(selector, Selector) else Selector(selector)
    positions = index_of(table).select(wanted)
    found = table.iloc[positions]
    if isinstance(found, Table) and not len(found) and len(table):
        names = map(str, table["NAME"] if "NAME" in table.columns else table.index)
        rows = zip(names, map(labels_of, table["labels"]), strict=True)
        found.about = found.about._replace(empty=no_match(found.about.kind, wanted, rows), length=0)
    return found


@pd.api.extensions.register_dataframe_accessor("k8s")
class K8sAccessor:
    """`table.k8s`: label selectors on a table that has a `labels` column.

    >>> table = pd.DataFrame({"name": ["a", "b"], "labels": ["app=web", "app=db"]})
    >>> list(table.k8s.select("app=db")["name"])
    ['b']
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def select(self, selector: str | Selector) -> pd.DataFrame:
        """Return the rows whose labels the selector finds; see `k8snotes.select`."""
        return select(self._table, selector)
