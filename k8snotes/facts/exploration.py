"""What a label selector finds while it is being typed: rows, facets, reasons, and the same query elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from k8snotes.api.explanation import RequirementResult, near_text
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.manifest import dump
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError
from k8snotes.screen import printable

__all__ = [
    "COLUMNS",
    "ROWS",
    "VALUES",
    "Exploration",
    "ExploredLabel",
    "ExploredRow",
    "Facet",
    "FacetValue",
    "LabelTable",
    "Missed",
    "Queries",
    "queries",
]

ROWS = 60
"""How many rows are listed at most: a reader who wants others asks for less."""

VALUES = 8
COLUMNS = 4
"""How many label keys have a column of their own, besides those that the selector asks about."""

_MOST_REASONS = 4
_MOST_PARTS = 20
_MOST_COMPARED = 2_000
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
        made_up: whether controllers make the key up.
    """

    key: str
    values: tuple[FacetValue, ...]
    more: int
    present: int
    absent: int
    written: tuple[str, ...] = ()
    problem: str = ""
    made_up: bool = False

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
        reasons: why it is left out, a line for each requirement that is not met; () if it matches, and where nothing
            does and it is listed because it meets the rest of the selector.
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
class Missed:
    """Why a selector finds nothing: the requirement that fails, and what was nearly right.

    Args:
        requirement: the requirement that nothing meets, or nothing that meets the rest.
        rest: the other requirements, as far as they find something together.
        count: how many rows they find.
        alone: whether nothing at all meets the requirement.
        near: a requirement that is nearly the same and finds something; None if there is none.
        near_count: how many rows it finds together with the rest.
    """

    requirement: Requirement
    rest: Selector
    count: int
    alone: bool
    near: Requirement | None = None
    near_count: int = 0

    @property
    def words(self) -> str:
        """What fails, and what was probably meant, in words."""
        if self.alone:
            said = _("Nothing matches {requirement}.", requirement=str(self.requirement))
        else:
            said = _(
                "Nothing that matches {rest} also matches {requirement}.",
                rest=str(self.rest),
                requirement=str(self.requirement),
            )
        if self.near is None:
            return said
        number = format(self.near_count, ",")
        meant = _("Did you mean {near}? It matches {number}.", near=str(self.near), number=number)
        return sentences(said, meant)

    @property
    def listed(self) -> Text:
        """What is listed in place of what matches, in words."""
        number = format(self.count, ",")
        if not self.rest.requirements:
            return _("The table shows everything ({number}).", number=number)
        return ngettext(
            "The table shows the {number} that matches {selector}.",
            "The table shows the {number} that match {selector}.",
            self.count,
            number=number,
            selector=str(self.rest),
        )


@dataclass(frozen=True, slots=True)
class Exploration:
    """The answer to the typed text: the rows of the last good selector, and the problem of a text that is none.

    Args:
        typed: the text of the field.
        text: the text if it is a selector, else the last good one.
        selector: that selector.
        total: how many rows the table has.
        count: how many the selector finds.
        facets: the label keys with their values, the most common key first, then those that controllers make up.
        more_facets: how many keys that people chose are not listed.
        folded: how many keys that controllers make up are not listed.
        keys: the label keys that have a column of their own.
        rows: the rows that are listed; where nothing matches, those that the rest of the selector finds.
        listed: how many there are of them, listed or not.
        found: the positions of the rows that the selector finds, ascending.
        missed: why nothing is found; None if something is.
        near: where something is found, a label that is nearly one that the selector asks for.
        near_count: how many rows have that label and are left out for it alone.
        problem: why the text is no selector; None if it is one.
    """

    typed: str
    text: str
    selector: Selector
    total: int
    count: int
    facets: tuple[Facet, ...]
    more_facets: int
    folded: int
    keys: tuple[str, ...]
    rows: tuple[ExploredRow, ...]
    listed: int
    found: NDArray[np.intp] = field(repr=False, compare=False)
    missed: Missed | None = None
    near: str = ""
    near_count: int = 0
    problem: SelectorSyntaxError | None = field(default=None, compare=False)

    @property
    def instead(self) -> str:
        """What is listed where nothing matches and the rows that are left out are not asked for, in words; else ""."""
        shown = self.missed is not None and not any(row.reasons for row in self.rows)
        return self.missed.listed if self.missed is not None and shown else ""

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
        asked = str(self.selector)
        lines = [f"{self.summary} {asked}" if asked else str(sentences(self.summary, everything))]
        if self.missed is not None:
            lines.append(f"  {sentences(self.missed.words, self.instead)}")
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
        labels_at: gives the labels of one row (0-based); only the rows that are listed are read with it.

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
        common: dict[str, int] = {}
        for key, values in index.facets().items():
            self._distinct[key] = list(dict.fromkeys(value for value, _number in values))
            common[key] = sum(number for _value, number in values)
        self._values: dict[tuple[str, str], _Value] = {}
        self._keys: dict[str, _Value] = {}
        self.keys = tuple(sorted(common, key=lambda key: (key in MADE_UP_KEYS, -common[key], key)))
        """Every key, the most common first: those that people chose, then those that controllers make up."""
        self.made_up = sum(key in MADE_UP_KEYS for key in self.keys)
        """How many of the keys controllers make up."""

    def explore(
        self,
        typed: str,
        last: str = "",
        *,
        unmatched: bool = False,
        keys: int | None = None,
        made_up: bool = True,
        values: Mapping[str, int] | None = None,
    ) -> Exploration:
        """Return what a text finds; if it is no selector, the problem and what the last good one finds.

        Args:
            typed: the text.
            last: the selector whose rows are listed if the text is none.
            unmatched: whether the rows that are left out are listed after those that match.
            keys: how many facets there are of keys that people chose; None means all.
            made_up: whether there are facets of keys that controllers make up.
            values: how many values a facet has, by key, where that is not the usual number.
        """
        text, problem = typed, None
        try:
            selector = Selector(typed)
        except SelectorSyntaxError as error:
            text, problem, selector = last, error, Selector(last)
        found = self.index.select(selector)
        missed = (
            self._missed(selector) if selector.requirements and not len(found) and len(self.index) else None
        )
        # where nothing is found, the rest of the selector decides what is listed and counted
        counted = selector if missed is None else missed.rest
        kept = found if missed is None else self.index.select(counted)
        written = _by_key(selector)
        if unmatched:
            others = np.flatnonzero(~self._mask(found))
            first = found[: max(ROWS - len(others), ROWS // 2)]
            rows = [self._row(position, selector, written, listed=True) for position in first.tolist()]
            rows += [
                self._row(position, selector, written, listed=False)
                for position in others[: ROWS - len(first)].tolist()
            ]
        else:
            asked = _by_key(counted)
            rows = [self._row(position, selector, asked, listed=True) for position in kept[:ROWS].tolist()]
        near, near_count = self._left_out_nearby(selector) if len(found) else ("", 0)
        chosen = self._mask(kept)
        facet_keys, more, folded = self._facet_keys(written, keys, made_up=made_up)
        return Exploration(
            typed=typed,
            text=text,
            selector=selector,
            total=len(self.index),
            count=len(found),
            facets=tuple(
                self._facet(key, counted, written.get(key, []), chosen, (values or {}).get(key, VALUES))
                for key in facet_keys
            ),
            more_facets=more,
            folded=folded,
            keys=self._columns(written),
            rows=tuple(rows),
            listed=len(self.index) if unmatched else len(kept),
            found=found,
            missed=missed,
            near=near,
            near_count=near_count,
            problem=problem,
        )

    def _facet_keys(
        self, written: Mapping[str, Any], most: int | None, *, made_up: bool
    ) -> tuple[list[str], int, int]:
        chosen = [key for key in self.keys if key not in MADE_UP_KEYS]
        folded = self.keys[len(chosen) :]
        # a key that the selector asks about is always to be seen
        shown = [*chosen[:most], *(key for key in chosen[len(chosen[:most]) :] if key in written)]
        unfolded = [key for key in folded if made_up or key in written]
        return [*shown, *unfolded], len(chosen) - len(shown), len(folded) - len(unfolded)

    def _columns(self, written: Mapping[str, Any]) -> tuple[str, ...]:
        asked = [key for key in self.keys if key in written][: 2 * COLUMNS]
        common = [key for key in self.keys if key not in written and key not in MADE_UP_KEYS]
        columns = {*asked, *common[: max(0, COLUMNS - len(asked))]}
        return tuple(key for key in self.keys if key in columns)

    def _missed(self, selector: Selector) -> Missed:
        """Return why nothing matches a selector, with the longest rest that its requirements make in their order."""
        kept, failing = [], []
        rest = np.ones(len(self.index), np.bool_)
        for part in selector.requirements:
            both = rest & self._meeting(part)
            if both.any():
                rest = both
                kept.append(part)
            else:
                failing.append(part)
        for part in failing[:_MOST_PARTS]:
            near, number = self._near(part, rest)
            if near is not None:
                break
        else:
            near, number, part = None, 0, failing[0]
        alone = not self._meeting(part).any()
        return Missed(part, _selector_of(kept), int(np.count_nonzero(rest)), alone, near, number)

    def _left_out_nearby(self, selector: Selector) -> tuple[str, int]:
        """Return a label that is nearly one that is asked for, and how many rows are left out for it alone."""
        best, most = "", 0
        for part in selector.requirements[:_MOST_PARTS]:
            others = [other for other in selector.requirements if other != part]
            for value in islice(self._nearly_values(part), _MOST_PARTS):
                label = Requirement(part.key, "=", (value,))
                number = len(self.index.select(_selector_of([*others, label])))
                if number > most:
                    best, most = str(label), number
        return best, most

    def _near(self, failing: Requirement, rest: NDArray[np.bool_]) -> tuple[Requirement | None, int]:
        """Return the requirement that was probably meant, and how many of some rows it finds."""
        best, most = None, 0
        for near in islice(self._nearly(failing), _MOST_PARTS):
            number = int(np.count_nonzero(rest & self._meeting(near)))
            if number > most:
                best, most = near, number
        return best, most

    def _nearly(self, failing: Requirement) -> Iterator[Requirement]:
        key, operator, values = failing.key, failing.operator, failing.values
        if key not in self._distinct:
            part = Selector(str(failing)).explain(dict.fromkeys(self.keys, "")).parts[0]
            if part.close and not self._key(part.close).problem:
                yield Requirement(part.close, operator, values)
        if operator not in _POSITIVE:
            return
        for value in self._distinct.get(key, [])[:_MOST_COMPARED]:
            for wanted in values[:_MOST_REASONS]:
                if value != wanted and near_text(value, wanted) and not self._value(key, value).problem:
                    meant = {value if other == wanted else other for other in values}
                    yield Requirement(key, operator, tuple(sorted(meant)))
        if len(values) == 1 and values[0]:
            for other in self.keys[:_MOST_PARTS]:
                if other != key and not self._key(other).problem:
                    yield Requirement(other, operator, values)

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
            key in MADE_UP_KEYS,
        )

    def _nearly_values(self, part: Requirement) -> Iterator[str]:
        """Yield the values of a key that are misspelt ones of those that a requirement asks for."""
        if part.operator not in _POSITIVE:
            return
        for value in self._distinct.get(part.key, [])[:_MOST_COMPARED]:
            misses = {near_text(value, wanted) for wanted in part.values[:_MOST_REASONS] if value != wanted}
            if (
                misses - {"", "begins"}
                and not part.accepts(value)
                and not self._value(part.key, value).problem
            ):
                yield value

    def _row(
        self, position: int, selector: Selector, written: Mapping[str, list[Requirement]], *, listed: bool
    ) -> ExploredRow:
        labels = self._labels_at(position)
        marked = []
        for key, value in labels.items():
            mine = written.get(key, ())
            sign = "" if not mine else "✓" if all(part.accepts(value) for part in mine) else "✗"
            marked.append(ExploredLabel(str(key), _shown(value), sign))
        if listed:
            return ExploredRow(position, selector.matches(labels), tuple(marked))
        failed = [str(part) for part in selector.requirements if not part.matches(labels)]
        parts = Selector(",".join(failed[:_MOST_REASONS])).explain(labels).parts
        reasons = [_reason(part) for part in parts]
        if len(failed) > _MOST_REASONS:
            more = len(failed) - _MOST_REASONS
            reasons.append(
                ngettext("and {n} more requirement is not met", "and {n} more requirements are not met", more)
            )
        return ExploredRow(position, False, tuple(marked), tuple(reasons))

    def _meeting(self, requirement: Requirement) -> NDArray[np.bool_]:
        return self._mask(self.index.select(_selector_of([requirement])))

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


def _selector_of(requirements: Sequence[Requirement]) -> Selector:
    return Selector(",".join(map(str, requirements)))


def _by_key(selector: Selector) -> dict[str, list[Requirement]]:
    grouped: dict[str, list[Requirement]] = {}
    for requirement in selector.requirements:
        grouped.setdefault(requirement.key, []).append(requirement)
    return grouped


def _count(chosen: NDArray[np.bool_], rows: NDArray[np.intp]) -> int:
    return int(np.count_nonzero(chosen[rows]))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else repr(value)
