"""Keys that occur twice in a mapping, and whatever else no document may hold, of whatever kind it is."""

from __future__ import annotations

from typing import Any

from k8snotes.api.manifest import RefusedError, plain
from k8snotes.doctor.text.edits import Edit, add_line, merge, remove
from k8snotes.doctor.text.fault import Fault
from k8snotes.doctor.text.paths import Spot

__all__ = ["doubled_key_faults"]

_HEADS = ("apiVersion", "kind")


def doubled_key_faults(node: Any, refused: list[RefusedError]) -> list[Fault]:
    """Return the faults of keys and values that no object can have.

    Args:
        node: the node of the document.
        refused: what `api.manifest.plain` refused in it.
    """
    faults: list[Fault] = []
    pairs: dict[int, tuple[Spot, Spot]] = _pairs(node) if refused else {}
    two = _are_two_objects(node) if pairs else False
    for error in refused:
        pair = pairs.get(id(error.node)) if error.code == "doubled-key" else None
        if two and pair is not None and _begins_second_object(node, pair[1]):
            edit = add_line(pair[1], ["---"], 0)
            return [*faults, _fault(error, "second-object", write="---", edit=edit)]
        if error.code != "doubled-key":
            faults.append(_fault(error, "no-meaning"))
        elif pair is None:
            faults.append(_fault(error, "doubled-key"))
        else:
            faults.append(_doubled(error, *pair))
    return faults


def _doubled(error: RefusedError, first: Spot, second: Spot) -> Fault:
    """Leave out the second of two equal values, and put two that go together under one key."""
    one, two = plain(first.value)[0], plain(second.value)[0]
    if one == two:
        return _fault(error, "doubled-key", because="doubled-equally", edit=remove(second))
    lists = isinstance(one, list) and isinstance(two, list)
    apart = isinstance(one, dict) and isinstance(two, dict) and not one.keys() & two.keys()
    edit = merge(first, second) if lists or apart else None
    return _fault(error, "doubled-key", edit=edit)


def _fault(
    error: RefusedError, code: str, *, because: str = "", write: str = "", edit: Edit | None = None
) -> Fault:
    mark = error.node.start_mark
    key = error.node.value if isinstance(error.node.value, str) else ""
    parts = {"message": error.message, "key": key, "hint": error.hint}
    return Fault(mark.line, mark.column, "", code, because, parts, write, edit)


def _are_two_objects(node: Any) -> bool:
    """Whether a document has apiVersion and kind twice."""
    if node.id != "mapping":
        return False
    names = [key.value for key, _ in node.value if key.id == "scalar"]
    return all(names.count(head) > 1 for head in _HEADS)


def _begins_second_object(node: Any, second: Spot) -> bool:
    """Whether a doubled key is where another object begins: at the left edge."""
    return second.parent is node and not second.column and second.key.value in _HEADS


def _pairs(node: Any) -> dict[int, tuple[Spot, Spot]]:
    """Return the spots of the first key of a name in its mapping and of each later one, by the id of the later node."""
    pairs: dict[int, tuple[Spot, Spot]] = {}
    waiting = [node]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or item.id == "scalar":
            continue
        seen.add(id(item))
        if item.id == "sequence":
            waiting += item.value
            continue
        firsts: dict[str, Spot] = {}
        for name, value in item.value:
            waiting.append(value)
            if name.id == "scalar":
                spot = Spot(name, value, item)
                first = firsts.setdefault(name.value, spot)
                if first is not spot:
                    pairs[id(name)] = first, spot
    return pairs
