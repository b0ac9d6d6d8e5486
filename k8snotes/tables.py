"""Facts as pandas tables, and label selectors on any table that has a `labels` column.

A table's columns have the same names in every language, because code asks for them by name, and so have states
("ready", "left out"). Reasons and other sentences are in the language in which the table was made.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.errors import TableError, did_you_mean
from k8snotes.face import calls
from k8snotes.facts.node_rules import NodeRules
from k8snotes.facts.reach import Reach, port_name
from k8snotes.facts.rows import columns, row
from k8snotes.facts.timeline import Timeline
from k8snotes.facts.top import TopContainer, TopNode
from k8snotes.network.endpoints import ServiceEndpoints
from k8snotes.network.trace import Trace
from k8snotes.screen import shown

__all__ = [
    "K8sAccessor",
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


def _table(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return a table of columns; text in it is fit for a screen."""
    cells = {name: list(map(_cell, column)) for name, column in columns.items()}
    return pd.DataFrame(cells, dtype=None if any(cells.values()) else object)


def _rows(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> pd.DataFrame:
    """Return a table of rows; text in it is fit for a screen."""
    return pd.DataFrame([[_cell(value) for value in row] for row in rows], columns=list(names))


def _cell(value: Any) -> Any:
    return shown(value) if isinstance(value, str) else value


def objects_table(
    objects: Sequence[KubeObject], kind: Kind, now: str, *, wide: bool = False, namespaced: bool = False
) -> pd.DataFrame:
    """Return the objects as `kubectl get` lists them, plus a column `labels` of dicts.

    Args:
        objects: the objects, all of one kind.
        kind: that kind.
        now: the moment at which they are looked at, as a timestamp ("2026-01-01T00:03:20Z").
        wide: whether the columns of `-o wide` are meant.
        namespaced: whether the first column is NAMESPACE, as with `kubectl get -A`.
    """
    names = columns(kind, wide=wide)
    rows = [row(obj, now, wide=wide) for obj in objects]
    data: dict[str, list[Any]] = {}
    if namespaced:
        data["NAMESPACE"] = [obj.namespace for obj in objects]
    for name in names:
        data[name] = [item.get(name) for item in rows]
    data["labels"] = [_readable(obj.labels) for obj in objects]
    return _table(data)


def events_table(events: Sequence[KubeObject], kind: Kind, now: str) -> pd.DataFrame:
    """Return Events as `kubectl get events` lists them, in the order in which they are given.

    Args:
        events: the Events.
        kind: their kind.
        now: the moment at which they are looked at, as a timestamp.
    """
    return objects_table(events, kind, now).drop(columns="labels")


def timeline_table(facts: Timeline) -> pd.DataFrame:
    """Return a timeline as a table, one row a change; `clock` is in seconds.

    >>> from k8snotes.facts.timeline import Entry, Timeline
    >>> row = Entry(1, 0, "kubectl", "scale", "rc/web", "to 5")
    >>> timeline_table(Timeline((row,), ("kubectl",))).to_dict("records")
    [{'step': 1, 'clock': 0, 'who': 'kubectl', 'does': 'scale', 'object': 'rc/web', 'why': 'to 5'}]
    """
    names = ("step", "clock", "who", "does", "object", "why")
    rows = [(item.step, item.time, item.who, item.verb, item.ref, item.why) for item in facts.entries]
    return _rows(rows, names)


def endpoints_table(facts: ServiceEndpoints) -> pd.DataFrame:
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


def records_table(records: Iterable[object], names: Sequence[str]) -> pd.DataFrame:
    """Return facts as a table, one row each.

    Args:
        records: the facts.
        names: the attributes of each that become the columns.

    >>> from k8snotes.errors import Cause
    >>> records_table([Cause("spec.ports", "FieldValueRequired", "Required value")], ("field", "message"))
            field         message
    0  spec.ports  Required value
    """
    return _rows(([getattr(item, name) for name in names] for item in records), names)


def top_pods_table(containers: Sequence[TopContainer], *, namespaced: bool = False) -> pd.DataFrame:
    """Return what containers use as `kubectl top pods --containers` prints it, with what holds them back.

    Args:
        containers: what each container uses.
        namespaced: whether the first column is NAMESPACE.
    """
    data: dict[str, list[Any]] = {"NAMESPACE": [item.namespace for item in containers]} if namespaced else {}
    data["POD"] = [item.pod for item in containers]
    data["NAME"] = [item.container for item in containers]
    data["CPU(cores)"] = [f"{item.cpu}m" for item in containers]
    data["MEMORY(bytes)"] = [_mebibytes(item.memory) for item in containers]
    data["note"] = [item.note for item in containers]
    return _table(data)


def top_nodes_table(nodes: Sequence[TopNode]) -> pd.DataFrame:
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
    return _table(data)


def _mebibytes(number: int) -> str:
    # kubectl cuts off what is no whole Mi
    return f"{number // (1024 * 1024)}Mi"


def _numbered(records: Sequence[object], names: Mapping[str, str]) -> pd.DataFrame:
    """Return facts as a table, one row each, counted from 1; `names` has the attribute that each column shows."""
    table = records_table(records, list(names.values()))
    return table.set_axis(list(names), axis="columns").set_axis(range(1, len(records) + 1), axis="index")


def hops_table(facts: Trace) -> pd.DataFrame:
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


def rules_table(facts: NodeRules) -> pd.DataFrame:
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


def reach_table(facts: Reach) -> pd.DataFrame:
    """Return who may reach whom as a table, one row for each source, target and port: allowed, what decides, and why."""
    cells = list(facts.cells())
    return _table(
        {
            "from": [cell.source.short for cell in cells],
            "from namespace": [cell.source.namespace for cell in cells],
            "to": [cell.target.short for cell in cells],
            "to namespace": [cell.target.namespace for cell in cells],
            "port": [str(port_name(cell.port)) for cell in cells],
            "allowed": [cell.allowed for cell in cells],
            "policy": [cell.policy for cell in cells],
            "why": [str(cell.reason) for cell in cells],
        }
    )


def spread_table(facts: Trace) -> pd.DataFrame:
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
    return table.iloc[positions]


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
