"""Source: what a reader hands to the explorer: a table, or a cluster, which is a table for each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from k8snotes.api.furniture import counts
from k8snotes.api.kind import LAST
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.errors import TableError
from k8snotes.facts.exploration import Exploration, LabelTable, Queries, queries
from k8snotes.facts.timeline import several
from k8snotes.figures.wording import plain
from k8snotes.tables import index_of, labels_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClusterLike", "Source", "kinds_of", "read", "read_cluster", "read_table"]

_MOST_COLUMNS = 20
_LONGEST_CELL = 200
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")


@runtime_checkable
class ClusterLike(Protocol):
    """Whatever answers as a Cluster does: it has an API server, tables and objects."""

    api: Any

    def get(self, kind: str) -> pd.DataFrame:
        """Return the table of a kind."""
        ...

    def objects(self, kind: str) -> Sequence[Any]:
        """Return the objects of a kind."""
        ...


@dataclass(frozen=True)
class Source:
    """One table as it was when it was handed over.

    Args:
        kind: what its rows are: "pods".
        python: the call that finds rows in it, with {} for the selector.
        table: a copy of the table.
        labels: its labels, indexed.
        columns: the names of the columns that are shown, besides the labels.
        places: the places of these columns in the table, 0-based.
        with_index: whether the index of the table is shown as its first column.
        alike: the names of columns in which all rows have the same, and what that is: these are not shown.
    """

    kind: str
    python: str
    table: pd.DataFrame
    labels: LabelTable
    columns: tuple[str, ...]
    places: tuple[int, ...]
    with_index: bool
    alike: tuple[tuple[str, str], ...] = ()

    @property
    def noun(self) -> str:
        """What its rows are, as Kubernetes writes the kind, in the plural: "Pods"."""
        resource = find_resource(self.kind)
        return several(resource.kind) if resource else self.kind

    def cells(self, positions: Sequence[int]) -> list[list[str]]:
        """Return the cells of some rows as text, without their labels; `positions` are 0-based."""
        rows = self.table.iloc[list(positions)]
        columns = [rows.iloc[:, place].to_list() for place in self.places]
        if self.with_index:
            columns.insert(0, rows.index.to_list())
        return [[_cell(column[number]) for column in columns] for number in range(len(rows))]

    def queries(self, facts: Exploration) -> Queries:
        """Return the query in the forms that one copies."""
        everywhere = "NAMESPACE" in self.table.columns
        return queries(facts.selector, self.kind, self.python, every_namespace=everywhere)


def read(table_or_cluster: Any, kind: str) -> tuple[Source, ClusterLike | None]:
    """Return what is to be explored, and the cluster if it comes from one.

    Args:
        table_or_cluster: a table with a column `labels`, or a cluster.
        kind: the kind of a cluster that is shown; what the rows of a table are called.

    Raises:
        TableError: it is neither, or the labels of the table cannot be read.
        NotFoundError: the cluster does not know the kind.
    """
    if hasattr(table_or_cluster, "columns"):
        return read_table(table_or_cluster, kind), None
    if isinstance(table_or_cluster, ClusterLike):
        return read_cluster(table_or_cluster, kind), table_or_cluster
    raise TableError(
        _(
            "kn.explore shows a table (a pandas DataFrame with a column `labels`) or a cluster, but not a {type}. "
            'Use kn.explore(c), kn.explore(c.get("pods")) or kn.explore(kn.load("guestbook")).',
            type=type(table_or_cluster).__name__,
        )
    )


def read_table(table: pd.DataFrame, kind: str, python: str = "kn.select(table, {})") -> Source:
    """Return a table with a `labels` column as a source.

    Args:
        table: the table.
        kind: what its rows are.
        python: the call that finds rows in it, with {} for the selector.

    Raises:
        TableError: its labels cannot be read.
    """
    index = index_of(table)
    # later changes of the table do not change the explorer
    table = table.copy()
    cells = table["labels"].to_list()

    def labels_at(position: int) -> Mapping[str, Any]:
        return labels_of(cells[position])

    names = list(table.columns)
    every = [place for place, name in enumerate(names) if name != "labels"][:_MOST_COLUMNS]
    alike = [place for place in every if _is_alike(table.iloc[:, place])]
    places = [place for place in every if place not in alike]
    columns = [_cell(names[place]) for place in places]
    with_index = type(table.index).__name__ != "RangeIndex"
    if with_index:
        columns.insert(0, " / ".join("" if name is None else _cell(name) for name in table.index.names))
    return Source(
        kind,
        python,
        table,
        LabelTable(index, labels_at),
        tuple(columns),
        tuple(places),
        with_index,
        tuple((_cell(names[place]), _cell(table.iloc[0, place])) for place in alike),
    )


def read_cluster(cluster: ClusterLike, kind: str) -> Source:
    """Return the objects of a kind as a source.

    Raises:
        NotFoundError: the cluster does not know the kind.
    """
    resource = find_resource(kind)
    name = resource.plural if resource is not None else kind
    return read_table(cluster.get(kind), name, f'c.get("{name}", {{}})')


def kinds_of(cluster: ClusterLike, *also: str) -> list[str]:
    """Return the plurals of the kinds that a user has made objects of, and of those in `also`, by rank."""
    store = cluster.api.store
    stored = (name for name in store.resources() if any(map(counts, store.list(name))))
    names = {_plural(name) for name in (*stored, "pods", *also)}
    return sorted(names, key=_place)


def _place(name: str) -> tuple[int, str]:
    kind = find_resource(name)
    return (kind.rank if kind else LAST), name


def _plural(name: str) -> str:
    # "deployments.apps" is "deployments", unless another group has the same word
    short = name.partition(".")[0]
    resource = find_resource(short)
    return (
        resource.plural
        if resource is not None and name in (resource.qualified, short, *resource.short)
        else name
    )


def _is_alike(column: pd.Series) -> bool:
    """Whether a column says the same in all of several rows."""
    try:
        return len(column) > 1 and bool((column == column.iloc[0]).all())
    except Exception:  # noqa: BLE001  # values of a stranger's class may not be compared
        return False


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124  # only NaN differs from itself
        return ""
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001  # the cell of a stranger's class must not take the table with it
        return _("(no text: {error})", error=type(error).__name__)
    text = plain(_ADDRESS.sub("", text[: 2 * _LONGEST_CELL]))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
