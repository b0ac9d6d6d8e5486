"""JSON patches: `kubectl patch --type=json`, a list of operations on paths."""

from __future__ import annotations

from typing import Any

from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone

__all__ = ["PatchError", "json_patch"]


class PatchError(Exception):
    """A patch that cannot be applied; the message says why."""


def json_patch(value: Any, operations: Any) -> Any:
    """Return `value` after the operations of a JSON patch. Raises PatchError.

    Source of the rule: RFC 6902.

    >>> json_patch({"a": [1, 2]}, [{"op": "replace", "path": "/a/0", "value": 5}, {"op": "add", "path": "/b", "value": 1}])
    {'a': [5, 2], 'b': 1}
    """
    if not isinstance(operations, list):
        raise PatchError(_("a JSON patch must be a list of operations"))
    patched = clone(value)
    for item in operations:
        if not isinstance(item, dict) or not isinstance(item.get("path"), str):
            raise PatchError(_('each operation of a JSON patch needs "op" and "path"'))
        patched = _one(patched, item)
    return patched


def _one(value: Any, item: dict[str, Any]) -> Any:
    path = item["path"]
    match item.get("op"):
        case "add":
            return _written(value, _steps(path), clone(item.get("value")), insert=True)
        case "replace":
            _found(value, _steps(path), path)
            return _written(value, _steps(path), clone(item.get("value")), insert=False)
        case "remove":
            return _removed(value, _steps(path), path)
        case "test":
            if _found(value, _steps(path), path) != item.get("value"):
                raise PatchError(f"testing value {path} failed: test failed")
            return value
        case "copy" | "move" as how:
            source = str(item.get("from", ""))
            moved = clone(_found(value, _steps(source), source))
            rest = _removed(value, _steps(source), source) if how == "move" else value
            return _written(rest, _steps(path), moved, insert=True)
        case other:
            raise PatchError(f"Unexpected kind: {other}")


def _steps(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise PatchError(_('a path must begin with "/", but this path is "{path}"', path=path))
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _found(value: Any, steps: list[str], path: str) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise PatchError(_("the path {path} does not exist", path=path))
    return value


def _written(value: Any, steps: list[str], new: Any, *, insert: bool) -> Any:
    if not steps:
        return new
    *way, last = steps
    place = _found(value, way, "/" + "/".join(way))
    if isinstance(place, dict):
        place[last] = new
    elif isinstance(place, list):
        at = len(place) if last == "-" else int(last) if last.isdigit() else -1
        if not 0 <= at <= len(place):
            raise PatchError(_("the list has no item {item}", item=last))
        if insert:
            place.insert(at, new)
        else:
            place[at] = new
    else:
        raise PatchError(_("nothing can be added below the path {path}", path="/" + "/".join(way)))
    return value


def _removed(value: Any, steps: list[str], path: str) -> Any:
    _found(value, steps, path)
    if not steps:
        raise PatchError(_("the whole object cannot be removed"))
    *way, last = steps
    place = _found(value, way, path)
    del place[int(last) if isinstance(place, list) else last]
    return value
