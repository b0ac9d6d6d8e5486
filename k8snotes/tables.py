"""Facts as pandas tables, and label selectors on any table that has a `labels` column."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from k8snotes.api.label_index import LabelIndex
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.selector import Selector
from k8snotes.errors import TableError, did_you_mean
from k8snotes.facts.rows import columns, row

if TYPE_CHECKING:
    from k8snotes.api.base import KubeObject
    from k8snotes.facts.measured import Measured, MeasuredNode
    from k8snotes.facts.node_rules import NodeRules
    from k8snotes.facts.timeline import Timeline
    from k8snotes.network.endpoints import ServiceEndpoints
    from k8snotes.network.trace import Trace

__all__ = [
    "K8sAccessor",
    "endpoints_table",
    "hops_table",
    "index_of",
    "labels_of",
    "objects_table",
    "records_table",
    "rules_table",
    "select",
    "spread_table",
    "timeline_table",
    "top_nodes",
    "top_pods",
]


def objects_table(
    objects: Sequence[KubeObject], resource: str, now: str, *, wide: bool = False, namespaced: bool = False
) -> pd.DataFrame:
    """Return the objects as `kubectl get` lists them, plus a column `labels` of dicts.

    With `namespaced` the first column is NAMESPACE, as with `kubectl get -A`.
    """
    names = columns(resource, wide=wide)
    rows = [row(obj, now, wide=wide) for obj in objects]
    data: dict[str, list[Any]] = {}
    if namespaced:
        data["NAMESPACE"] = [obj.namespace for obj in objects]
    for name in names:
        data[name] = [item.get(name) for item in rows]
    data["labels"] = [_readable(obj.labels) for obj in objects]
    return pd.DataFrame(data, dtype=None if objects else object)


def timeline_table(facts: Timeline) -> pd.DataFrame:
    """Return a timeline as a table, one row for each change; `clock` is in seconds.

    >>> from k8snotes.facts.timeline import Entry, Timeline
    >>> row = Entry(1, 0, "kubectl", "scale", "rc/web", "to 5")
    >>> timeline_table(Timeline((row,), ("kubectl",))).to_dict("records")
    [{'step': 1, 'clock': 0, 'who': 'kubectl', 'does': 'scale', 'object': 'rc/web', 'why': 'to 5'}]
    """
    names = ("step", "clock", "who", "does", "object", "why")
    rows = [(item.step, item.time, item.who, item.verb, item.ref, item.why) for item in facts.entries]
    return pd.DataFrame(rows, columns=list(names))


def endpoints_table(facts: ServiceEndpoints) -> pd.DataFrame:
    """Return what was looked at for a Service, one row an address: state, address, Pod, port, node, reason."""
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
    return pd.DataFrame(rows, columns=["state", "address", "pod", "port", "node", "why"])


def records_table(records: Iterable[object], names: Sequence[str]) -> pd.DataFrame:
    """Return facts as a table, one row each: `names` are the attributes that become its columns.

    >>> from k8snotes.errors import Cause
    >>> records_table([Cause("spec.ports", "FieldValueRequired", "Required value")], ("field", "message"))
            field         message
    0  spec.ports  Required value
    """
    return pd.DataFrame([[getattr(item, name) for name in names] for item in records], columns=list(names))


def top_pods(found: Sequence[Measured], *, namespaced: bool = False) -> pd.DataFrame:
    """Return what containers use as `kubectl top pods --containers` prints it, with what holds them back."""
    data: dict[str, list[Any]] = {"NAMESPACE": [item.namespace for item in found]} if namespaced else {}
    data["POD"] = [item.pod for item in found]
    data["NAME"] = [item.container for item in found]
    data["CPU(cores)"] = [f"{item.cpu}m" for item in found]
    data["MEMORY(bytes)"] = [_mebibytes(item.memory) for item in found]
    data["note"] = [item.note for item in found]
    return pd.DataFrame(data, dtype=None if found else object)


def top_nodes(found: Sequence[MeasuredNode]) -> pd.DataFrame:
    """Return what is used on the Nodes as `kubectl top nodes` prints it; percent are of what is allocatable."""
    data: dict[str, list[Any]] = {
        "NAME": [item.name for item in found],
        "CPU(cores)": [f"{item.cpu}m" for item in found],
        "CPU(%)": [f"{item.cpu_percent}%" for item in found],
        "MEMORY(bytes)": [_mebibytes(item.memory) for item in found],
        "MEMORY(%)": [f"{item.memory_percent}%" for item in found],
    }
    return pd.DataFrame(data, dtype=None if found else object)


def _mebibytes(number: int) -> str:
    # kubectl cuts off what is no whole Mi
    return f"{number // (1024 * 1024)}Mi"


def _numbered(records: Sequence[object], names: Mapping[str, str]) -> pd.DataFrame:
    """Return facts as a table, one row each, counted from 1: `names` are its columns, and whose attributes they are."""
    found = records_table(records, list(names.values()))
    return found.set_axis(list(names), axis="columns").set_axis(range(1, len(records) + 1), axis="index")


def hops_table(facts: Trace) -> pd.DataFrame:
    """Return a trace as a table, one row for each hop: where, what happens, the addresses before and after."""
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


def spread_table(facts: Trace) -> pd.DataFrame:
    """Return how the requests of a trace were spread: server, address, outcome, requests, expected."""
    rows = [
        (item.server, item.address, item.outcome, item.requests, item.chance and item.chance * facts.times)
        for item in facts.spread
    ]
    return pd.DataFrame(rows, columns=["server", "address", "outcome", "requests", "expected"])


def _readable(labels: dict[str, str]) -> dict[str, str]:
    """Put the labels that controllers make up last: a narrow column then shows those that people chose."""
    return dict(sorted(labels.items(), key=lambda item: (item[0] in MADE_UP_KEYS, item)))


def labels_of(value: Any) -> dict[str, str]:
    """Read one cell of a `labels` column: a mapping, "a=b,c=d" text, or nothing.

    >>> labels_of("app=web,tier=front"), labels_of(None)
    ({'app': 'web', 'tier': 'front'}, {})
    """
    if isinstance(value, Mapping):
        return value if isinstance(value, dict) else dict(value)
    if isinstance(value, str):
        if value in ("", "<none>"):
            return {}
        pairs = (item.partition("=") for item in value.split(","))
        return {key.strip(): label.strip() for key, _, label in pairs if key.strip()}
    if value is None or (not isinstance(value, Iterable) and pd.isna(value)):
        return {}
    raise TableError(
        f"A cell of the column `labels` is a {type(value).__name__}: {str(value)[:60]!r}. "
        'Labels are a mapping such as {"app": "web"}, text such as "app=web,tier=front", or nothing.'
    )


def index_of(table: pd.DataFrame) -> LabelIndex:
    """Return the index of a table's labels; it is built once and kept while the table lives.

    Raises TableError if the table has no `labels` column, or a cell of it is no label set.
    """
    if not isinstance(table, pd.DataFrame):
        raise TableError(
            f"A label selector asks a table (a pandas DataFrame), and this is a {type(table).__name__}."
        )
    if "labels" not in table.columns:
        near = did_you_mean("labels", [str(name) for name in table.columns])
        raise TableError(f"The table has no column `labels`: it has {list(table.columns)[:12]}.{near}")
    column = table["labels"]
    if isinstance(column, pd.DataFrame):
        raise TableError("The table has more than one column `labels`: give the others another name.")
    cells = column.to_list()
    place = id(table)
    known = _KEPT.get(place)
    if known is not None and known[0]() is table and known[1] == cells:  # identical cells compare fast
        return known[2]
    index = LabelIndex(labels_of(cell) for cell in cells)
    _KEPT[place] = (weakref.ref(table, lambda _: _KEPT.pop(place, None)), cells, index)
    return index


# pandas keeps no accessor and would write attrs into files, so the indexes live here, as long as their tables
_KEPT: dict[int, tuple[weakref.ref[pd.DataFrame], list[Any], LabelIndex]] = {}


def select(table: pd.DataFrame, selector: str | Selector) -> pd.DataFrame:
    """Return the rows whose labels a selector finds, in their order and with their index.

    `selector` has the syntax of `kubectl -l`. Raises SelectorSyntaxError, TableError.

    >>> table = pd.DataFrame({"name": ["a", "b"], "labels": ["app=web", "app=db"]})
    >>> list(select(table, "app in (web, cache)")["name"])
    ['a']
    """
    wanted = selector if isinstance(selector, Selector) else Selector(selector)
    found = index_of(table).select(wanted)
    return table.iloc[found]


@pd.api.extensions.register_dataframe_accessor("k8s")
class K8sAccessor:
    """`table.k8s`: label selectors on a table that has a `labels` column."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def select(self, selector: str | Selector) -> pd.DataFrame:
        """Return the rows whose labels the selector finds; see `k8snotes.select`."""
        return select(self._table, selector)
