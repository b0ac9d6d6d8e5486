"""What a label selector finds while it is being typed: rows, facets, reasons, and the same query elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from k8snotes.api.explanation import RequirementResult
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.manifest import dump
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError
from k8snotes.screen import printable

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
    """One value of a label key.

    Args:
        value: the value.
        count: how many rows have it, among those that the rest of the selector finds.
        asked: whether the selector asks for it.
        problem: why no selector can ask for it, "" if one can.
    """

    value: str
    count: int
    asked: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """One label key, its values, and what the selector says of it.

    Args:
        key: the label key.
        values: its values, the most frequent of the whole table first.
        more: how many values are not listed.
        present: how many rows have the key, among those that the rest of the selector finds.
        absent: how many of them do not have it.
        written: the requirements of this key, as the selector has them.
        problem: why no selector can ask for this key, "" if one can.
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


class ExploredLabel(NamedTuple):
    """One label of a row.

    Args:
        key: its key.
        value: its value.
        sign: ✓ if the selector asks for the key and the value is right, ✗ if it is wrong, else "".
    """

    key: str
    value: str
    sign: str = ""

    @printable
    def __str__(self) -> str:
        return f"{self.sign} {self.key}={self.value}".lstrip()


class ExploredRow(NamedTuple):
    """One row of the table.

    Args:
        position: its place in the table, 0-based.
        matches: whether the selector finds it.
        labels: its labels.
        reasons: why it is left out, a line for each requirement that is not met; () if it matches.
    """

    position: int
    matches: bool
    labels: tuple[ExploredLabel, ...]
    reasons: tuple[str, ...] = ()


class Queries(NamedTuple):
    """The same query for kubectl, for a manifest and for Python.

    Args:
        kubectl: the command: "kubectl get pods -l 'app=web'".
        yaml: the selector of a manifest, "" where YAML cannot have it.
        python: the call that finds the same rows.
        note: why YAML cannot have it, or what an empty selector means; else "".
    """

    kubectl: str
    yaml: str
    python: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exploration:
    """The answer to the typed text: the rows of the last valid selector, and the problem of a text that is none.

    Args:
        typed: the text of the field.
        text: the last text that is a selector.
        selector: that selector.
        total: how many rows the table has.
        count: how many the selector finds.
        facets: the label keys with their values.
        more_facets: how many keys are not listed.
        rows: the rows of the page in view.
        page: the page, 0-based.
        pages: how many pages there are.
        listed: how many rows are on all pages.
        found: the positions of the rows that the selector finds, ascending.
        problem: why the text is no selector; None if it is one.
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
    def summary(self) -> Text:
        """The count in words: "5 of 12 match"."""
        return ngettext(
            "{found} of {total} matches",
            "{found} of {total} match",
            self.count,
            found=format(self.count, ","),
            total=format(self.total, ","),
        )

    @printable
    def __str__(self) -> str:
        everything = _("(everything)")
        lines = [f"{self.summary} {str(self.selector) or everything}"]
        for row in self.rows:
            labels = ", ".join(map(str, row.labels)) or _("(no labels)")
            lines.append(f"  {'✓' if row.matches else '✗'} {labels}")
            lines += [f"      {reason}" for reason in row.reasons]
        return "\n".join(lines)


class _Value(NamedTuple):
    """What stays the same while the reader types: which rows have a value, and why no selector can ask for it."""

    rows: NDArray[np.intp]
    problem: str


class LabelTable:
    """The labels of a table, indexed once and asked at every keystroke.

    Args:
        index: the index of its labels.
        labels_at: gives the labels of one row (0-based); only the rows of the page in view are read with it.

    >>> sets = [{"app": "web"}, {"app": "db"}, {"app": "web", "canary": "true"}]
    >>> table = LabelTable(LabelIndex(sets), sets.__getitem__)
    >>> print(table.explore("app=web,!canary", unmatched=True))
    1 of 3 matches app=web,!canary
      ✓ ✓ app=web
      ✗ ✗ app=db
          app=web: app is db, but the selector wants web
      ✗ ✓ app=web, ✗ canary=true
          !canary: the label canary is there, with the value true, and !canary wants no such label
    """

    def __init__(self, index: LabelIndex, labels_at: Callable[[int], Mapping[str, Any]]) -> None:
        self.index = index
        self._labels_at = labels_at
        self._distinct: dict[str, list[str]] = {}
        for key, values in index.facets().items():
            self._distinct[key] = list(dict.fromkeys(value for value, _number in values))
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
        """Return what a text finds; if it is no selector, the problem and what the last valid one finds.

        Args:
            typed: the text.
            last: the last text that was a selector.
            page: the page that is in view, 0-based.
            unmatched: whether the rows that are left out are listed after those that match.
            keys: how many facets there are; None means all.
            values: how many values a facet has, by key, where that is not the usual number.
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
            # the counts of other choices for this key: the other requirements decide
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
        reasons = [_reason(part) for part in parts]
        if len(failed) > _MOST_REASONS:
            more = len(failed) - _MOST_REASONS
            reasons.append(
                ngettext("and {n} more requirement is not met", "and {n} more requirements are not met", more)
            )
        return ExploredRow(position, matches, tuple(marked), tuple(reasons))

    def _mask(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self.index), np.bool_)
        mask[positions] = True
        return mask

    def _value(self, key: str, value: str) -> _Value:
        kept = self._values.get((key, value))
        if kept is None:
            kept = self._answer({"matchLabels": {key: value}})
            if not len(kept.rows):
                problem = kept.problem or _("this value is not text, and a selector can only compare text")
                kept = _Value(self._scan(key, value), problem)
            self._values[key, value] = kept
        return kept

    def _key(self, key: str) -> _Value:
        kept = self._keys.get(key)
        if kept is None:
            kept = self._answer({"matchExpressions": [{"key": key, "operator": "Exists"}]})
            if kept.problem:
                kept = _Value(self._scan(key), kept.problem)
            self._keys[key] = kept
        return kept

    def _answer(self, query: Mapping[str, Any]) -> _Value:
        try:
            return _Value(self.index.select(Selector.from_label_selector(query)), "")
        except LabelSelectorError as error:
            return _Value(np.empty(0, np.intp), error.args[0])  # the message, which says itself anew

    def _scan(self, key: str, value: str | None = None) -> NDArray[np.intp]:
        # for labels that no selector can ask for: keys that are no label keys, values that are not text
        positions = []
        for position in range(len(self.index)):
            labels = self._labels_at(position)
            if key in labels and (value is None or _shown(labels[key]) == value):
                positions.append(position)
        return np.array(positions, np.intp)


def queries(selector: Selector, kind: str, python: str, *, every_namespace: bool = False) -> Queries:
    """Return the query in the three forms that a reader copies.

    Args:
        selector: the selector.
        kind: what the rows are: "pods".
        python: a call with {} for the selector: "kn.select(table, {})".
        every_namespace: whether the rows are of all Namespaces.

    >>> print(queries(Selector("app=web,!canary"), "pods", "kn.select(table, {})").kubectl)
    kubectl get pods -l 'app=web,!canary'
    """
    text = str(selector)
    # in single quotes, because a shell expands ! in double ones
    words = ["kubectl get", kind, f"-l '{text}'" if text else "", "-A" if every_namespace else ""]
    yaml, note = "", ""
    try:
        yaml = dump({"selector": selector.to_label_selector()})
    except LabelSelectorError as error:
        note = str(error)
    if not text:
        note = _("An empty selector matches everything.")
    return Queries(" ".join(filter(None, words)), yaml, python.format(json.dumps(text)), note)


def _reason(part: RequirementResult) -> Text:
    if part.near:
        return _("{requirement}: {why} ({near})", requirement=part.requirement, why=part.why, near=part.near)
    return _("{requirement}: {why}", requirement=part.requirement, why=part.why)


def _by_key(selector: Selector) -> dict[str, list[Requirement]]:
    grouped: dict[str, list[Requirement]] = {}
    for requirement in selector.requirements:
        grouped.setdefault(requirement.key, []).append(requirement)
    return grouped


def _count(chosen: NDArray[np.bool_], rows: NDArray[np.intp]) -> int:
    return int(np.count_nonzero(chosen[rows]))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else repr(value)
