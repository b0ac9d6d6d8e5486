"""What a label selector finds while it is being typed: rows, facets, reasons, and the same query elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from k8snotes.api.label_index import LabelIndex
from k8snotes.api.manifest import dump
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError

__all__ = [
    "PAGE",
    "VALUES",
    "Exploration",
    "ExploredLabel",
    "ExploredRow",
    "Facet",
    "FacetValue",
    "LabelTable",
    "Queries",
    "queries",
]

PAGE = 25
VALUES = 8

_MOST_REASONS = 4
_POSITIVE = ("=", "==", "in")


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a label key; `count` rows have it among those that the rest of the selector finds.

    `asked` says whether the selector asks for it; `problem` why no selector can, "" if one can.
    """

    value: str
    count: int
    asked: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """One label key: its values, the most frequent of the whole table first, and what the selector says of it.

    `more` values are not listed; `present` and `absent` count the rows with and without the key among
    those that the rest of the selector finds. `written` has the requirements of this key.
    """

    key: str
    values: tuple[FacetValue, ...]
    more: int
    present: int
    absent: int
    written: tuple[str, ...] = ()
    problem: str = ""

    @property
    def presence(self) -> str:
        """What is asked of the key: "any", "exists", "does not exist", or else the requirements as written."""
        if not self.written:
            return "any"
        alone = self.written[0] if len(set(self.written)) == 1 else ""
        return {self.key: "exists", f"!{self.key}": "does not exist"}.get(alone, ",".join(self.written))


@dataclass(frozen=True, slots=True)
class ExploredLabel:
    """One label of a row; `sign` is ✓ if the selector asks for its key and it is right, ✗ if it is not, else ""."""

    key: str
    value: str
    sign: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.key}={self.value}".lstrip()


@dataclass(frozen=True, slots=True)
class ExploredRow:
    """One row of the table: where it stands, its labels, and the reasons for which it is left out."""

    position: int
    matches: bool
    labels: tuple[ExploredLabel, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queries:
    """The same query for kubectl, for a manifest and for Python; `note` says where YAML cannot have it."""

    kubectl: str
    yaml: str
    python: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exploration:
    """The answer to what was typed: `problem` if it is no selector, and the rows of the last good one.

    `typed` is the text of the field and `text` the last good one, whose `selector` finds `count` of
    `total` rows (`found` has their positions). `rows` are those of page `page`, counted from 0.
    """

    typed: str
    text: str
    selector: Selector
    total: int
    count: int
    facets: tuple[Facet, ...]
    more_facets: int
    rows: tuple[ExploredRow, ...]
    page: int
    pages: int
    listed: int
    found: NDArray[np.intp] = field(repr=False, compare=False)
    problem: SelectorSyntaxError | None = field(default=None, compare=False)

    @property
    def summary(self) -> str:
        """The count in words: "5 of 12 match"."""
        return f"{self.count:,} of {self.total:,} match{'es' if self.count == 1 else ''}"

    def __str__(self) -> str:
        lines = [f"{self.summary} {str(self.selector) or '(everything)'}"]
        for row in self.rows:
            lines.append(
                f"  {'✓' if row.matches else '✗'} {', '.join(map(str, row.labels)) or '(no labels)'}"
            )
            lines += [f"      {reason}" for reason in row.reasons]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Value:
    """What stays the same while one types: which rows have a value, and why it cannot be asked for."""

    rows: NDArray[np.intp]
    problem: str


class LabelTable:
    """The labels of a table, indexed once and asked at every keystroke.

    `labels_at` gives the labels of one row; only the rows of the page in view are read with it.

    >>> sets = [{"app": "web"}, {"app": "db"}, {"app": "web", "canary": "true"}]
    >>> table = LabelTable(LabelIndex(sets), sets.__getitem__)
    >>> print(table.explore("app=web,!canary", unmatched=True))
    1 of 3 matches app=web,!canary
      ✓ ✓ app=web
      ✗ ✗ app=db
          app=web: app is db, the selector wants web
      ✗ ✓ app=web, ✗ canary=true
          !canary: the label canary is there, with the value true, and !canary wants no such label
    """

    def __init__(self, index: LabelIndex, labels_at: Callable[[int], Mapping[str, Any]]) -> None:
        self.index = index
        self._labels_at = labels_at
        self._distinct: dict[str, list[str]] = {}
        for key, values in index.facets().items():
            self._distinct[key] = list(dict.fromkeys(value for value, _ in values))
        self._values: dict[tuple[str, str], _Value] = {}
        self._keys: dict[str, _Value] = {}
        self.keys = tuple(sorted(index.keys, key=MADE_UP_KEYS.__contains__))
        """Every key, in alphabetical order: those that people chose, then those that controllers make up."""

    def explore(
        self,
        typed: str,
        last: str = "",
        *,
        page: int = 0,
        unmatched: bool = False,
        keys: int | None = None,
        values: Mapping[str, int] | None = None,
    ) -> Exploration:
        """Return what `typed` finds; if it is no selector, the problem and what `last`, a good one, finds.

        `unmatched` lists the rows that are left out after those that match. `keys` is how many facets
        there are (None: all), `values` how many values those have that shall not have the usual number.
        """
        text, problem = typed, None
        try:
            selector = Selector(typed)
        except SelectorSyntaxError as error:
            text, problem, selector = last, error, Selector(last)
        found = self.index.select(selector)
        chosen = self._mask(found)
        listed = np.concatenate([found, np.flatnonzero(~chosen)]) if unmatched else found
        pages = max(1, -(-len(listed) // PAGE))
        page = min(max(page, 0), pages - 1)
        shown = listed[page * PAGE : (page + 1) * PAGE].tolist()
        written = _by_key(selector)
        facet_keys = self._facet_keys(written, keys)
        return Exploration(
            typed=typed,
            text=text,
            selector=selector,
            total=len(self.index),
            count=len(found),
            facets=tuple(
                self._facet(key, selector, written.get(key, []), chosen, (values or {}).get(key, VALUES))
                for key in facet_keys
            ),
            more_facets=len(self.keys) - len(facet_keys),
            rows=tuple(self._row(position, selector, written, bool(chosen[position])) for position in shown),
            page=page,
            pages=pages,
            listed=len(listed),
            found=found,
            problem=problem,
        )

    def _facet_keys(self, written: Mapping[str, Any], most: int | None) -> list[str]:
        # a key that the selector asks about is always to be seen
        first = set(self.keys[:most])
        return [key for key in self.keys if key in first or key in written]

    def _facet(
        self, key: str, selector: Selector, written: list[Requirement], chosen: NDArray[np.bool_], most: int
    ) -> Facet:
        if written:
            # what one would find with another choice for this key: the other requirements decide
            others = [str(part) for part in selector.requirements if part.key != key]
            chosen = self._mask(self.index.select(Selector(",".join(others))))
        distinct = self._distinct[key]
        named = {value for part in written if part.operator in _POSITIVE for value in part.values}
        shown = distinct[:most]
        if named.difference(shown):
            shown = [*shown, *(value for value in distinct[most:] if value in named)]
        values = []
        for value in shown:
            kept = self._value(key, value)
            asked = bool(named) and not kept.problem and all(part.accepts(value) for part in written)
            values.append(FacetValue(value, _count(chosen, kept.rows), asked, kept.problem))
        there = self._key(key)
        present = _count(chosen, there.rows)
        return Facet(
            key,
            tuple(values),
            len(distinct) - len(shown),
            present,
            int(np.count_nonzero(chosen)) - present,
            tuple(map(str, written)),
            there.problem,
        )

    def _row(
        self, position: int, selector: Selector, written: Mapping[str, list[Requirement]], matches: bool
    ) -> ExploredRow:
        labels = self._labels_at(position)
        marked = []
        for key, value in labels.items():
            mine = written.get(key, ())
            sign = "" if not mine else "✓" if all(part.accepts(value) for part in mine) else "✗"
            marked.append(ExploredLabel(str(key), _shown(value), sign))
        if matches:
            return ExploredRow(position, matches, tuple(marked))
        failed = [str(part) for part in selector.requirements if not part.matches(labels)]
        parts = Selector(",".join(failed[:_MOST_REASONS])).explain(labels).parts
        reasons = [str(part)[2:] for part in parts]
        if len(failed) > _MOST_REASONS:
            reasons.append(f"and {len(failed) - _MOST_REASONS} more requirements are not met")
        return ExploredRow(position, matches, tuple(marked), tuple(reasons))

    def _mask(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self.index), np.bool_)
        mask[positions] = True
        return mask

    def _value(self, key: str, value: str) -> _Value:
        kept = self._values.get((key, value))
        if kept is None:
            kept = self._asked({"matchLabels": {key: value}})
            if not len(kept.rows):
                problem = kept.problem or "this value is not text, and a selector compares text"
                kept = _Value(self._scan(key, value), problem)
            self._values[key, value] = kept
        return kept

    def _key(self, key: str) -> _Value:
        kept = self._keys.get(key)
        if kept is None:
            kept = self._asked({"matchExpressions": [{"key": key, "operator": "Exists"}]})
            if kept.problem:
                kept = _Value(self._scan(key), kept.problem)
            self._keys[key] = kept
        return kept

    def _asked(self, query: Mapping[str, Any]) -> _Value:
        try:
            return _Value(self.index.select(Selector.from_label_selector(query)), "")
        except LabelSelectorError as error:
            return _Value(np.empty(0, np.intp), str(error))

    def _scan(self, key: str, value: str | None = None) -> NDArray[np.intp]:
        # for what no selector can ask: keys that are no label keys, values that are not text
        found = []
        for position in range(len(self.index)):
            labels = self._labels_at(position)
            if key in labels and (value is None or _shown(labels[key]) == value):
                found.append(position)
        return np.array(found, np.intp)


def queries(selector: Selector, kind: str, python: str, *, every_namespace: bool = False) -> Queries:
    """Return the query in the three forms that one copies; `python` is a call with {} for the selector.

    >>> print(queries(Selector("app=web,!canary"), "pods", "kn.select(table, {})").kubectl)
    kubectl get pods -l 'app=web,!canary'
    """
    text = str(selector)
    # single quotes: in double ones, a shell would take ! for its own
    words = ["kubectl get", kind, f"-l '{text}'" if text else "", "-A" if every_namespace else ""]
    yaml, note = "", ""
    try:
        yaml = dump({"selector": selector.to_label_selector()})
    except LabelSelectorError as error:
        note = str(error)
    if not text:
        note = "An empty selector finds everything."
    return Queries(" ".join(filter(None, words)), yaml, python.format(json.dumps(text)), note)


def _by_key(selector: Selector) -> dict[str, list[Requirement]]:
    grouped: dict[str, list[Requirement]] = {}
    for requirement in selector.requirements:
        grouped.setdefault(requirement.key, []).append(requirement)
    return grouped


def _count(chosen: NDArray[np.bool_], rows: NDArray[np.intp]) -> int:
    return int(np.count_nonzero(chosen[rows]))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else repr(value)
