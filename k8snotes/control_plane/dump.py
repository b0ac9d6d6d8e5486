"""Objects out of a dump: read leniently, once, so that every view can trust the types of what it reads.

The API server refuses a manifest with a value of the wrong type. An object that is in a dump was stored already, and
was perhaps edited since: a value of the wrong type is turned into its type where that is plain, and left out
otherwise; either is said.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.control_plane.naming import seconds_of
from k8snotes.control_plane.schema import FieldType, struct_for, struct_of
from k8snotes.errors import QuantityError

__all__ = ["Parts", "fitted", "latest_moment"]

_NOTHING = object()
_BITS = {"int32": 31, "int64": 63, "IntOrString": 31}
_LONGEST_NUMBER = 20
_NESTED = (dict, list)
_SMALL = 2**31  # what fits into int32
_MOST_KNOWN = 100_000
_LIST, _MAPPING, _TEXT, _NUMBER = _("a list"), _("a mapping"), _("text"), _("a number")
_TRUTH, _QUANTITY, _TIME, _BASE64 = _("true or false"), _("a quantity"), _("a time"), _("base64")


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def latest_moment(objects: Iterable[KubeObject]) -> int:
    """Return the latest moment that a dump tells of, in seconds of the cluster's clock; 0 if it tells of none.

    It was written then or soon after, so ages are counted from there.

    >>> latest_moment([view({"kind": "Pod", "metadata": {"creationTimestamp": "2026-01-01T00:01:01Z"}})])
    61
    """
    told = {moment for obj in objects for moment in _moments(obj)}  # few, and each of many objects
    latest = max(
        (moment for moment in told if _MOMENT.fullmatch(moment)), default=""
    )  # written alike, so the later text is the later moment
    return seconds_of(latest) if latest else 0


def _moments(obj: KubeObject) -> Iterator[str]:
    """Yield when an object was made, and when its status or what it reports has changed last."""
    yield text(obj.metadata.get("creationTimestamp"))
    for item in mappings(obj.status.get("conditions")):
        yield text(item.get("lastTransitionTime"))
        yield text(item.get("lastHeartbeatTime"))
    if obj.kind == "Event":
        yield text(obj.raw.get("lastTimestamp"))
        yield text(obj.raw.get("eventTime"))
        yield text(mapping(obj.raw.get("series")).get("lastObservedTime"))
    elif obj.kind == "Lease":
        yield text(obj.spec.get("renewTime"))


Parts = dict[tuple[str, int], Any]
"""What parts of objects come to without a note, by their type and their identity: many objects share them."""


def fitted(obj: KubeObject, known: Parts | None = None) -> tuple[KubeObject, list[str]]:
    """Return an object of a dump with a value of the right type in every field, and what had to be done for that.

    Args:
        obj: the object, which is not changed; it is returned itself where all of it fits.
        known: remembers the parts that fit, for the next of several objects, all of which must be kept meanwhile.

    >>> pod = view({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
    ...             "spec": {"containers": "x", "priority": "7"}})
    >>> obj, notes = fitted(pod)
    >>> obj.spec
    {'priority': 7}
    >>> notes
    ['pod/web: spec.containers is left out, because it is text and must be a list', \
'pod/web: spec.priority is text, and is read as a number']
    """
    reading = _Reading({} if known is None else known)
    raw = obj.raw
    struct = struct_for(obj.api_version, obj.kind) or struct_for(obj.resource.api_version, obj.kind)
    new: Manifest
    if struct:
        new = reading.struct(struct, raw, "")
    else:
        metadata = reading.struct("ObjectMeta", mapping(raw.get("metadata")), "metadata")
        new = raw if metadata is raw.get("metadata") else {**raw, "metadata": metadata}
    if new is raw:
        return obj, []
    read = view(new, obj.source)
    return read, [_("{object}: {note}", object=read.ref, note=note) for note in reading.notes]


class _Reading:
    """Walks one object along its table, and copies only what has to be changed."""

    def __init__(self, known: Parts) -> None:
        self.notes: list[str] = []
        self.known = known
        if len(known) > _MOST_KNOWN:
            known.clear()

    def struct(self, name: str, value: dict[Any, Any], path: str) -> dict[str, Any]:
        """Return a mapping whose fields have their types; fields that the table does not know stay."""
        fields, known = struct_of(name), self.known
        changed: dict[Any, Any] = {}
        for key, item in value.items():
            type_ = fields.get(key)
            if type_ is None:
                continue
            # most are done with here, without a call: texts, and what another object has as well
            if type(item) is str:
                if type_.name == "string" and not type_.container:
                    continue
            elif type(item) is bool:
                if type_.name == "bool" and not type_.container:
                    continue
            elif type(item) in _NESTED:
                new = known.get((type_.container + type_.name, id(item)))
                if new is item:
                    continue
                if new is not None:
                    changed[key] = new
                    continue
            new = self.field(type_, item, f"{path}.{key}" if path else key)
            if new is not item:
                changed[key] = new
        if not changed:
            return value
        whole = {**value, **changed}
        return {key: item for key, item in whole.items() if item is not _NOTHING}

    def field(self, type_: FieldType, value: Any, path: str) -> Any:
        """Return a field's value in its type, `_NOTHING` where it is to be left out."""
        if value is None:
            return _NOTHING
        if type_.container == "[]":
            if not isinstance(value, list):
                return self._left_out(path, value, _LIST)
            return self._remembered("[]" + type_.name, value, lambda: self._list(type_, value, path))
        if type_.container == "{}":
            if not isinstance(value, dict):
                return self._left_out(path, value, _MAPPING)
            return self._remembered("{}" + type_.name, value, lambda: self._entries(type_, value, path))
        return self._single(type_, value, path)

    def _remembered(self, name: str, value: Any, read: Callable[[], Any]) -> Any:
        """Return what a mapping or a list comes to; it is read once, unless there is something to say of it."""
        part = name, id(value)
        new = self.known.get(part)
        if new is None:
            said = len(self.notes)
            new = read()
            if len(self.notes) == said:
                self.known[part] = new
        return new

    def _list(self, type_: FieldType, value: list[Any], path: str) -> list[Any]:
        items = [self._single(type_, item, f"{path}[{number}]") for number, item in enumerate(value)]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return [item for item in items if item is not _NOTHING]

    def _entries(self, type_: FieldType, value: dict[Any, Any], path: str) -> dict[str, Any]:
        entries = {key: self._single(type_, item, f"{path}.{key}") for key, item in value.items()}
        if all(entries[key] is value[key] for key in value) and all(type(key) is str for key in value):
            return value
        return {text(key): item for key, item in entries.items() if item is not _NOTHING}

    def _single(self, type_: FieldType, value: Any, path: str) -> Any:
        name = type_.name
        if name == "string" and type(value) is str:  # most of them
            return value
        if value is None:
            return _NOTHING
        if type_.is_struct:
            if not isinstance(value, dict):
                return self._left_out(path, value, _MAPPING)
            return self._remembered(name, value, lambda: self.struct(name, value, path))
        if name == "any" or (type(value) is int and name in _BITS and -_SMALL <= value < _SMALL):
            return value
        if type(value) is str and name in ("Time", "Quantity") and _is_well_written(name, value):
            return value
        new, wanted = _READERS.get(name, _as_text)(value, name)
        if new is _NOTHING:
            return self._left_out(path, value, wanted)
        if new is not value and (type(new) is not type(value)):
            self.notes.append(
                _(
                    "{field} is {found}, and is read as {wanted}",
                    field=path,
                    found=_words(value),
                    wanted=wanted,
                )
            )
        return new

    def _left_out(self, path: str, value: Any, wanted: str) -> Any:
        self.notes.append(
            _(
                "{field} is left out, because it is {found} and must be {wanted}",
                field=path,
                found=_words(value),
                wanted=wanted,
            )
        )
        return _NOTHING


@lru_cache(maxsize=8192)
def _is_well_written(name: str, value: str) -> bool:
    """Whether a time or a quantity can stay as it is written."""
    return _READERS[name](value, name)[0] is value


# Each returns the value in its type, `_NOTHING` where there is none, and what should be there in words.


def _as_text(value: Any, name: str) -> tuple[Any, str]:  # noqa: ARG001
    if isinstance(value, str):
        return value, _TEXT
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ"), _TEXT
    if isinstance(value, date):
        return value.isoformat(), _TEXT
    return (text(value) if isinstance(value, (bool, int, float)) else _NOTHING), _TEXT


def _as_number(value: Any, name: str) -> tuple[Any, str]:
    wanted: str = _("a whole number of {bits} bits", bits=_BITS[name] + 1)
    number: Any = _NOTHING
    if isinstance(value, str) and name == "IntOrString":
        return value, wanted
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    elif isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        with suppress(ValueError):
            number, wanted = int(value), _NUMBER
    fits = number is not _NOTHING and -(2 ** _BITS[name]) <= number < 2 ** _BITS[name]
    return (number if fits else _NOTHING), wanted


def _as_fraction(value: Any, name: str) -> tuple[Any, str]:  # noqa: ARG001
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (value if number else _NOTHING), _NUMBER


def _as_truth(value: Any, name: str) -> tuple[Any, str]:  # noqa: ARG001
    if isinstance(value, bool):
        return value, _TRUTH
    return {"true": True, "false": False}.get(value, _NOTHING) if isinstance(value, str) else _NOTHING, _TRUTH


def _as_quantity(value: Any, name: str) -> tuple[Any, str]:  # noqa: ARG001
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        with suppress(QuantityError):
            quantity = Quantity(value)
            _milli = quantity.milli
            return (value if isinstance(value, str) else str(quantity)), _QUANTITY
    return _NOTHING, _QUANTITY


def _as_time(value: Any, name: str) -> tuple[Any, str]:
    written = _as_text(value, name)[0]
    if isinstance(written, str) and written[10:11] == "T":
        with suppress(ValueError):
            if datetime.fromisoformat(written).tzinfo is not None or isinstance(value, datetime):
                return written, _TIME
    return _NOTHING, _TIME


def _as_bytes(value: Any, name: str) -> tuple[Any, str]:  # noqa: ARG001
    if isinstance(value, str):
        with suppress(binascii.Error, ValueError):
            binascii.a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
            return value, _BASE64
    return _NOTHING, _BASE64


_READERS = {
    "int32": _as_number,
    "int64": _as_number,
    "IntOrString": _as_number,
    "float64": _as_fraction,
    "bool": _as_truth,
    "Quantity": _as_quantity,
    "Time": _as_time,
    "MicroTime": _as_time,
    "bytes": _as_bytes,
}


def _words(value: Any) -> str:
    """Return what a value is, without the value: it may be a Secret's."""
    if isinstance(value, dict):
        return _MAPPING
    if isinstance(value, (list, tuple)):
        return _LIST
    if isinstance(value, bool):
        return _TRUTH
    return _NUMBER if isinstance(value, (int, float)) else _TEXT
