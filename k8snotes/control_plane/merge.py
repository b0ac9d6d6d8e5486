"""What `kubectl apply` sends: the new manifest laid over the live object, minus what was applied before."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from k8snotes.control_plane.etcd import clone

__all__ = ["json_merge", "strategic_merge", "three_way"]

_DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")

# Lists of objects that are merged by a key instead of being replaced; from the API's patchMergeKey.
_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "ownerReferences": ("uid",),
    "secrets": ("name",),
    "addresses": ("type",),
    "conditions": ("type",),
    "taints": ("key",),
    "ports": ("containerPort", "port"),
}

_ONE_SORT, _SORTED_ITEMS = "strategy", "volumes"  # maps, and lists of maps, of which only wanted keys stay


def three_way(before: Any, wanted: Any, live: Any) -> Any:
    """Return `live` with what `wanted` says, and without what `before` said and `wanted` does not.

    `before` is the manifest applied last time ({} if there was none).
    Source of the rule: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/

    >>> three_way({"a": 1, "b": 2}, {"a": 5}, {"a": 1, "b": 2, "c": 3})
    {'a': 5, 'c': 3}
    >>> three_way({}, {"strategy": {"type": "Recreate"}}, {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}})
    {'strategy': {'type': 'Recreate'}}
    """
    return _retained(wanted, _merge(before, wanted, live, ""), live)


def _retained(wanted: Any, merged: Any, live: Any) -> Any:
    """Return what was merged, without what belongs to another choice: a strategy or a volume is of one sort.

    Of a map that has changed, kubectl sends which keys stay (`$retainKeys`): those that the manifest has.

    Source of the rule: the patch strategy retainKeys, of DeploymentSpec.strategy and PodSpec.volumes
    """
    if not (isinstance(wanted, dict) and isinstance(merged, dict) and isinstance(live, dict)):
        return merged
    for key, value in wanted.items():
        there = live.get(key)
        if key == _ONE_SORT and isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _of_one_sort(value, merged[key], there)
        elif key == _SORTED_ITEMS and _merge_key(
            key, [*_items(value), *_items(merged.get(key)), *_items(there)]
        ):
            wishes, olds = ({item["name"]: item for item in _items(items)} for items in (value, there))
            merged[key] = [
                _of_one_sort(wishes.get(item["name"], item), item, olds.get(item["name"]))
                for item in _items(merged.get(key))
            ]
        else:
            _retained(value, merged.get(key), there)
    return merged


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_one_sort(wanted: dict[str, Any], merged: dict[str, Any], live: Any) -> dict[str, Any]:
    return merged if merged == live else {key: value for key, value in merged.items() if key in wanted}


def strategic_merge(patch: Any, live: Any) -> Any:
    """Return `live` with what a strategic merge patch says; null removes a field.

    Its directives are followed: `$patch`, `$retainKeys`, `$setElementOrder/FIELD` and `$deleteFromPrimitiveList/FIELD`.

    Source of the rule:
    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md

    >>> strategic_merge({"a": None, "b": {"c": 2}}, {"a": 1, "b": {"d": 3}})
    {'b': {'d': 3, 'c': 2}}
    >>> strategic_merge({"volumes": [{"name": "a", "$patch": "delete"}]}, {"volumes": [{"name": "a"}, {"name": "b"}]})
    {'volumes': [{'name': 'b'}]}
    """
    return _directed(patch, live, "") if _has_directives(patch) else _merge({}, patch, live, "")


def _has_directives(patch: Any) -> bool:
    if isinstance(patch, dict):
        return any(str(key).startswith(_DIRECTIVES) or _has_directives(value) for key, value in patch.items())
    return isinstance(patch, list) and any(map(_has_directives, patch))


def _directed(patch: Any, live: Any, field: str) -> Any:
    """Merge one value of a patch that has directives."""
    if isinstance(patch, dict):
        return _directed_map(patch, live if isinstance(live, dict) else {})
    if isinstance(patch, list):
        return _directed_list(patch, live if isinstance(live, list) else [], field)
    return clone(patch)


def _directed_map(patch: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in patch.items() if not str(key).startswith(_DIRECTIVES)}
    if patch.get("$patch") == "delete":
        return {}
    if patch.get("$patch") == "replace":
        return dict(clone(plain))
    kept = patch.get("$retainKeys")
    result = {key: clone(value) for key, value in live.items() if not isinstance(kept, list) or key in kept}
    for key, value in plain.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _directed(value, live.get(key), key)
    for key, value in patch.items():
        directive, _slash, field = str(key).partition("/")
        held = result.get(field)
        if not isinstance(held, list) or not isinstance(value, list):
            continue
        if directive == "$deleteFromPrimitiveList":
            result[field] = [item for item in held if item not in value]
        elif directive == "$setElementOrder":
            result[field] = _ordered(held, value, field)
    return result


def _directed_list(patch: list[Any], live: list[Any], field: str) -> list[Any]:
    plain = [item for item in patch if not (isinstance(item, dict) and "$patch" in item)]
    special = [item for item in patch if isinstance(item, dict) and "$patch" in item]
    key = _merge_key(field, [*live, *plain, *(item for item in special if item["$patch"] == "delete")])
    if not key or any(item["$patch"] == "replace" for item in special):
        return clone(plain)  # type: ignore[no-any-return]
    gone = [item[key] for item in special if item["$patch"] == "delete"]
    result = [clone(item) for item in live if item[key] not in gone]
    for item in plain:
        at = next((number for number, there in enumerate(result) if there[key] == item[key]), None)
        if at is None:
            result.append(_directed(item, {}, ""))
        else:
            result[at] = _directed(item, result[at], "")
    return result


def _ordered(items: list[Any], order: list[Any], field: str) -> list[Any]:
    """Return the items of a list in the order that a patch wishes; others stay where they are, as far as possible."""
    key = _merge_key(field, [*items, *order])
    names = [item[key] for item in order] if key else list(order)
    wished = sorted(
        (item for item in items if (item[key] if key else item) in names),
        key=lambda item: names.index(item[key] if key else item),
    )
    rest = [item for item in items if (item[key] if key else item) not in names]
    return [*wished, *rest]


def json_merge(patch: Any, live: Any) -> Any:
    """Return `live` with what a JSON merge patch says: null removes a field, lists are replaced.

    Source of the rule: RFC 7386.

    >>> json_merge({"a": None, "b": [2]}, {"a": 1, "b": [1], "c": 3})
    {'b': [2], 'c': 3}
    """
    if not isinstance(patch, dict):
        return clone(patch)
    result = clone(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = json_merge(value, result.get(key))
    return result


def _merge(before: Any, wanted: Any, live: Any, field: str) -> Any:
    """Merge one value: maps key by key, lists of objects by their key, anything else is replaced."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return _merge_map(before if isinstance(before, dict) else {}, wanted, live)
    if isinstance(wanted, list) and isinstance(live, list):
        key = _merge_key(field, [*wanted, *live])
        if key:
            return _merge_list(before if isinstance(before, list) else [], wanted, live, key)
    return clone(wanted)


def _merge_map(before: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """Merge two maps; what was there before and is not wanted any more goes."""
    result = {key: clone(value) for key, value in live.items() if key not in before or key in wanted}
    for key, value in wanted.items():
        if value is None:
            result.pop(key, None)
        elif key in live:
            result[key] = _merge(before.get(key), value, live[key], key)
        else:
            result[key] = clone(value)
    return result


def _merge_key(field: str, items: list[Any]) -> str:
    """Return the field by which the items of a list are told apart, "" where the list is replaced whole."""
    for key in _KEYS.get(field, ()):
        if all(isinstance(item, dict) and isinstance(item.get(key), (str, int)) for item in items):
            return key
    return ""


def _merge_list(before: list[Any], wanted: list[Any], live: list[Any], key: str) -> list[Any]:
    """Merge two lists of objects by the field that tells them apart.

    Where several have the same key (a port over UDP and TCP), the first of the one list is compared with the
    first of the other, and so on. What then differs goes to the first of that key: so it is in Kubernetes, too.

    Source of the rule: `diffListsOfMaps` and `mergeSliceWithoutSpecialElements` in
    k8s.io/apimachinery/pkg/util/strategicpatch
    """
    old = [item for item in before if isinstance(item, dict) and key in item]
    gone = {item[key] for item, other in _pairs(old, wanted, key) if item is not None and other is None}
    was = {id(new): item for item, new in _pairs(old, wanted, key) if item is not None and new is not None}
    result = [item for item in live if item[key] not in gone]
    changed = len(result) < len(live)
    for there, new in _pairs(live, wanted, key):
        if new is None:
            continue
        if there is None:
            patch = new
        else:
            merged = _merge(was.get(id(new)), new, there, "")
            if merged == there:
                continue
            patch = merged
        changed = True
        first = next((n for n, item in enumerate(result) if item[key] == new[key]), None)
        if first is None:
            result.append(clone(new))
        else:
            result[first] = patch if result[first] is there else {**result[first], **clone(new)}
    order = {item[key]: place for place, item in reversed(list(enumerate(wanted)))}
    places = [order[item[key]] for item in result if item[key] in order]
    if changed or places != sorted(places):
        result.sort(key=lambda item: order.get(item[key], len(wanted)))
    return clone(result)  # type: ignore[no-any-return]


def _pairs(left: list[Any], right: list[Any], key: str) -> list[tuple[Any, Any]]:
    """Return the items of two lists side by side, by their key; None where one list has fewer of a key."""
    by_key: dict[Any, tuple[list[Any], list[Any]]] = {}
    for side, items in enumerate((left, right)):
        for item in items:
            by_key.setdefault(item[key], ([], []))[side].append(item)
    return [pair for sides in by_key.values() for pair in zip_longest(*sides)]
