"""Selects among very many label sets at once: the index is built once from the labels, and used often."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from k8snotes.api.requirement import Requirement, whole_number
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.errors import LabelSelectorError
from k8snotes.face import offered

__all__ = ["LabelIndex"]

Rows: TypeAlias = NDArray[np.intp]
Bits: TypeAlias = NDArray[np.uint8]

# A value that at least every 64th row has keeps a bit per row; a rarer one is quicker as a list of rows.
_DENSE = 64
# Up to this share of the rows, the rows of the rarest requirement are looked at one by one.
_FEW = 16
_MANY_VALUES = 32


@dataclass(frozen=True, slots=True)
class _NotText:
    """A label value that is not text: it is there, but equals no value of any selector."""

    shown: str


class _Key:
    """One key: its values, numbered from 0, and for each value the rows that have it, ascending."""

    def __init__(self, size: int, values: list[Any], rows: NDArray[Any], counts: Rows) -> None:
        self.size = size  # of the whole index, in rows
        self.values = values
        self.rows = rows  # those of value 0, then those of value 1, ...
        self.counts = counts
        self.starts = np.concatenate([[0], np.cumsum(counts)])
        self.kept_bits: dict[int, Bits] = {}

    @cached_property
    def column(self) -> NDArray[Any]:
        """For every row the number of its value plus 1; 0 where the key is absent."""
        column = np.zeros(self.size, np.min_scalar_type(len(self.values)))
        column[self.rows] = np.repeat(np.arange(1, len(self.values) + 1, dtype=column.dtype), self.counts)
        return column

    @cached_property
    def number_of(self) -> dict[Any, int]:
        """The number of every value."""
        return {value: number for number, value in enumerate(self.values)}

    @cached_property
    def present(self) -> Bits:
        """One bit per row: whether the key is there."""
        return _packed(self.rows, self.size)

    @cached_property
    def whole_numbers(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Every value as a whole number, and whether it is one."""
        read = [whole_number(value) if isinstance(value, str) else None for value in self.values]
        return np.array([n or 0 for n in read], np.int64), np.array([n is not None for n in read], np.bool_)

    @cached_property
    def texts(self) -> list[str]:
        """The values as they are shown."""
        return [value.shown if isinstance(value, _NotText) else value for value in self.values]

    @cached_property
    def alphabetical(self) -> Rows:
        """The numbers of the values, in the order of their texts."""
        return np.array(sorted(range(len(self.texts)), key=self.texts.__getitem__), np.intp)

    def any_of(self, numbers: Sequence[int]) -> NDArray[np.bool_]:
        """Return for every entry that a column can have whether it is one of these values."""
        lookup = np.zeros(len(self.values) + 1, np.bool_)
        lookup[np.asarray(numbers, np.intp) + 1] = True
        return lookup

    def rows_of(self, numbers: Sequence[int]) -> Rows:
        """Return the rows that have one of these values, ascending."""
        if len(numbers) == 1:
            return self.posting(numbers[0]).astype(np.intp)
        if len(numbers) == len(self.values):
            return np.sort(self.rows).astype(np.intp)
        if len(numbers) > _MANY_VALUES:
            return np.flatnonzero(self.any_of(numbers)[self.column])
        return np.sort(np.concatenate([self.posting(number) for number in numbers])).astype(np.intp)

    def bits_of(self, numbers: Sequence[int]) -> Bits:
        """Return one bit per row: whether it has one of these values; not to be written to."""
        if len(numbers) == len(self.values):
            return self.present
        if len(numbers) > _MANY_VALUES:
            return np.packbits(self.any_of(numbers)[self.column])
        bits = self.value_bits(numbers[0])
        for number in numbers[1:]:
            bits = bits | self.value_bits(number)
        return bits

    def value_bits(self, number: int) -> Bits:
        """Return one bit per row: whether it has this value; kept for the values that many rows have."""
        bits = self.kept_bits.get(number)
        if bits is None:
            bits = _packed(self.posting(number), self.size)
            if self.counts[number] * _DENSE >= self.size:
                self.kept_bits[number] = bits
        return bits

    def posting(self, number: int) -> NDArray[Any]:
        """Return the rows that have this value, ascending."""
        return self.rows[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True, slots=True)
class _Test:
    """A requirement as the index sees it: rows that have one of these values of the key, or all the others."""

    key: _Key
    numbers: Sequence[int]
    negated: bool
    count: int  # how many rows have one of the values


class LabelIndex:
    """Label sets in a form that answers a selector in less than a millisecond per million rows.

    The index is a snapshot: later changes of the mappings are not seen.

    Args:
        labels: one mapping of text to text for each row; None or NaN means no labels. A null value is
            the empty text; a value that is not text is there but equals nothing, as in Selector.matches.

    Raises:
        LabelSelectorError: a row is no mapping.

    >>> index = LabelIndex([{"app": "web"}, {"app": "db"}, None, {"app": "web", "canary": "true"}])
    >>> index.select("app=web").tolist(), index.select("!canary,app!=db").tolist()
    ([0, 3], [0, 2])
    >>> index.facets()["app"]
    [('web', 2), ('db', 1)]
    """

    __dir__ = offered()

    def __init__(self, labels: Iterable[Mapping[str, str] | None]) -> None:
        if not isinstance(labels, Iterable):
            raise LabelSelectorError(
                _(
                    "An index takes label sets, one mapping for each row, but this is of type {type}.",
                    type=type(labels).__name__,
                )
            )
        sets: list[Any] = labels if isinstance(labels, list) else list(labels)
        try:
            pairs, codes = _numbered(sets)
            plain = all(type(key) is str and type(value) is str for key, value in pairs)
        except TypeError:
            # a row that is no dict, or a value that cannot be looked up
            plain = False
        if not plain:
            sets = [_plain_set(row, number) for number, row in enumerate(sets)]
            pairs, codes = _numbered(sets)
        self._size = len(sets)
        # renumber the pairs key by key, so that the rows of a key lie together
        names = sorted(set(map(itemgetter(0), pairs)))
        place = {name: i for i, name in enumerate(names)}
        key_of = np.fromiter(map(place.__getitem__, map(itemgetter(0), pairs)), np.intp, len(pairs))
        by_key = _order(key_of, len(names))
        renumbered = np.empty(len(pairs), np.min_scalar_type(len(pairs)))
        renumbered[by_key] = np.arange(len(pairs))
        codes = renumbered[codes]
        lengths = np.fromiter(map(len, sets), np.intp, self._size)
        rows = np.repeat(np.arange(self._size, dtype=np.min_scalar_type(self._size)), lengths)
        # a stable sort leaves the rows of every value in ascending order
        rows = rows[_order(codes, len(pairs))]
        counts = np.bincount(codes, minlength=len(pairs))
        values = [pairs[number][1] for number in by_key.tolist()]
        self._keys: dict[str, _Key] = {}
        first = start = 0
        for name, distinct in zip(names, np.bincount(key_of).tolist(), strict=True):
            of_key = counts[first : first + distinct]
            end = start + int(of_key.sum())
            self._keys[name] = _Key(self._size, values[first : first + distinct], rows[start:end], of_key)
            first, start = first + distinct, end

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<LabelIndex of {self._size} label sets with {len(self._keys)} keys>"

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that occur, in alphabetical order.

        >>> LabelIndex([{"tier": "db"}, {"app": "web"}]).keys
        ('app', 'tier')
        """
        return tuple(self._keys)

    def select(self, selector: Selector | str) -> Rows:
        """Return the rows that match.

        Args:
            selector: a Selector, or its text.

        Returns:
            The 0-based positions of the label sets that match, ascending, as an array of integers.

        Raises:
            SelectorSyntaxError: the text is one that Kubernetes would refuse.

        >>> LabelIndex([{"app": "web"}, {}]).select("!app").tolist()
        [1]
        """
        selector = Selector(selector)
        tests = [self._test(requirement) for requirement in selector.requirements]
        # a requirement about values that do not occur is met by every row, or by none
        if selector.matches_nothing or any(not test.count and not test.negated for test in tests):
            return np.empty(0, np.intp)
        tests = [test for test in tests if test.count]
        if not tests:
            return np.arange(self._size, dtype=np.intp)
        rarest = min((t for t in tests if not t.negated), key=lambda test: test.count, default=None)
        if rarest and (rarest.count * _FEW <= self._size or len(tests) == len(rarest.numbers) == 1):
            rows = rarest.key.rows_of(rarest.numbers)
            for test in tests:
                if test is not rarest:
                    has = test.key.any_of(test.numbers)[test.key.column[rows]]
                    rows = rows[has != test.negated]
            return rows
        met = np.full(-(-self._size // 8), 255, np.uint8)
        for test in tests:
            bits = test.key.bits_of(test.numbers)
            met &= ~bits if test.negated else bits
        return np.flatnonzero(np.unpackbits(met, count=self._size).view(np.bool_))

    def facets(self, positions: Any = None, *, limit: int | None = None) -> dict[str, list[tuple[str, int]]]:
        """Return for every key its values and how many of the rows have each, the most frequent first.

        Args:
            positions: the 0-based rows that count, each once; None: all of them.
            limit: how many values of each key are returned at most; None: all of them.

        Returns:
            For each key pairs of a value and the number of rows that have it. Values of no row are left out.

        >>> index = LabelIndex([{"app": "web"}, {"app": "db"}, {"app": "web"}])
        >>> index.facets([1, 2])
        {'app': [('db', 1), ('web', 1)]}
        """
        chosen = np.full(self._size, positions is None)
        if positions is not None and len(positions):
            chosen[np.asarray(positions)] = True
        facets = {}
        for name, key in self._keys.items():
            counts = key.counts
            if positions is not None:
                sums = np.concatenate([[0], np.cumsum(chosen[key.rows], dtype=np.intp)])
                counts = np.diff(sums[key.starts])
            counts = counts[key.alphabetical]
            best = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)][:limit]
            shown = [key.texts[number] for number in key.alphabetical[best].tolist()]
            facets[name] = list(zip(shown, counts[best].tolist(), strict=True))
        return facets

    def _test(self, requirement: Requirement) -> _Test:
        key = self._keys.get(requirement.key) or _Key(
            self._size, [], np.empty(0, np.intp), np.empty(0, np.intp)
        )
        operator = requirement.operator
        numbers: Sequence[int]
        if operator in {"exists", "!"}:
            numbers = range(len(key.values))
        elif operator in {"gt", "lt"}:
            read, is_number = key.whole_numbers
            bound = whole_number(requirement.values[0]) or 0
            numbers = np.flatnonzero(
                is_number & (read > bound if operator == "gt" else read < bound)
            ).tolist()
        else:
            wanted = dict.fromkeys(requirement.values)
            numbers = [key.number_of[value] for value in wanted if value in key.number_of]
        count = len(key.rows) if len(numbers) == len(key.values) else sum(int(key.counts[n]) for n in numbers)
        return _Test(key, numbers, requirement.accepts_absence, count)


def _packed(rows: NDArray[Any], size: int) -> Bits:
    has = np.zeros(size, np.bool_)
    has[rows] = True
    return np.packbits(has)


def _numbered(sets: list[Any]) -> tuple[list[tuple[Any, Any]], NDArray[Any]]:
    # The distinct (key, value) pairs, and every label of every row as the number of its pair: a dict
    # numbers what it does not know yet, so that the whole pass runs inside the interpreter's C code.
    numbers: defaultdict[tuple[Any, Any], int] = defaultdict()
    numbers.default_factory = numbers.__len__
    labels = chain.from_iterable(map(dict.items, sets))
    codes = np.fromiter(map(numbers.__getitem__, labels), np.intp, sum(map(len, sets)))
    return list(numbers), codes


def _order(codes: NDArray[Any], count: int) -> Rows:
    # a stable argsort; numpy sorts 16 bits in linear time, so wider codes are sorted by halves
    if count <= 1 << 16:
        return np.argsort(codes.astype(np.uint16), kind="stable")
    low = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    return low[_order(codes[low] >> 16, (count >> 16) + 1)]


def _plain_set(labels: Any, row: int) -> dict[str, Any]:
    if isinstance(labels, Mapping):
        return {str(key): _plain_value(value) for key, value in labels.items() if isinstance(key, str)}
    # None, and what pandas has where there is nothing
    nothing = labels is None or type(labels).__name__ in {"NAType", "NaTType"}
    if nothing or (isinstance(labels, float) and math.isnan(labels)):
        return {}
    raise LabelSelectorError(
        _(
            'The labels of row {row} are of type {type}. Write them as a mapping, such as {{"app": "web"}}.',
            row=row,
            type=type(labels).__name__,
        )
    )


def _plain_value(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    return "" if value is None else _NotText(repr(value))
