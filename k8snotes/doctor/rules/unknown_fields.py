"""Fields that their object does not have: they are misspelt, or belong elsewhere.

In this order: names that people bring along from elsewhere, an object around it that has a field of exactly this name,
a typo that is certain, a place near by where the field is allowed, a field of another kind, and what might be
meant where nothing is certain. Which fields an object has is read from the table of Kubernetes'
types (`control_plane/schema.json`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from k8snotes.api.kind import Kind
from k8snotes.catalogue import named
from k8snotes.control_plane.schema import FieldType, field_names, struct_for, struct_of
from k8snotes.doctor.rules.decoding import UnknownField
from k8snotes.doctor.text.edits import Edit, move_into, quoted_word, remove, rename, replace_field, wrap
from k8snotes.doctor.text.fault import Fault, fault_of
from k8snotes.doctor.text.paths import Spot, Steps, dotted, find, value_at

__all__ = ["fits", "unknown_field_fault"]

_DEEPEST = 4
# Objects that may be put in to hold a field that has lost them.
_MAY_BE_MADE = {"spec", "template", "metadata", "selector", "resources", "ports", "securityContext"}
_SURE_TYPO = 0.8
_MOST_NAMES = 14
_LABEL_SELECTOR = {"matchLabels", "matchExpressions"}
# What people write for a field: struct's telling field, their word -> the right one
_OTHER_WORDS = {
    ("containerPort", "port"): "containerPort",
    ("image", "cmd"): "command",
    ("image", "entrypoint"): "command",
    ("image", "environment"): "env",
    ("image", "envs"): "env",
    ("image", "mounts"): "volumeMounts",
    ("image", "expose"): "ports",
    ("replicas", "instances"): "replicas",
    ("replicas", "count"): "replicas",
    ("nodePort", "containerPort"): "targetPort",
    ("nodePort", "target"): "targetPort",
    ("nodePort", "hostPort"): "nodePort",
    ("sessionAffinity", "serviceType"): "type",
    ("sessionAffinity", "labelSelector"): "selector",
}
# What people ask of the wrong kind: a telling field of the kind, their field -> why it is not there, what has it
_OTHER_KINDS = {
    ("sessionAffinity", "replicas"): ("service-counts-none", "kind: Deployment"),
    ("sessionAffinity", "template"): ("service-makes-none", "kind: Deployment"),
    ("sessionAffinity", "containers"): ("service-runs-nothing", "kind: Pod"),
    ("sessionAffinity", "image"): ("service-runs-nothing", "kind: Pod"),
    ("nodeName", "replicas"): ("pod-is-one", "kind: Deployment"),
    ("nodeName", "template"): ("pod-is-no-template", "kind: Deployment"),
    ("nodeName", "selector"): ("pod-selects-none", ""),
    ("containerPort", "nodePort"): ("service-opens-node-ports", "kind: Service\nspec:\n  type: NodePort"),
    ("containerPort", "targetPort"): ("service-has-target-ports", "containerPort: ..."),
}


@dataclass(frozen=True, slots=True)
class _Home:
    """A place where a field of this name is allowed: how far away, and the missing objects on the way."""

    path: Steps
    distance: int
    missing: int
    taken: bool = False


class _Advice(NamedTuple):
    """What is to be said of an unknown field: why, what to write, and the edit if that is certain."""

    because: str
    write: str = ""
    edit: Edit | None = None
    parts: dict[str, Any] = {}  # noqa: RUF012  # never changed


def unknown_field_fault(unknown: UnknownField, manifest: Any, node: Any, kind: Kind) -> Fault:
    """Return the fault of one unknown field: how it is spelt, or where it belongs.

    Args:
        unknown: the field.
        manifest: the object as it was read.
        node: its node in the text.
        kind: its kind, which says which field is allowed where.

    >>> from k8snotes.api.manifest import compose, plain
    >>> from k8snotes.api.registry import find_resource
    >>> from k8snotes.doctor.rules.decoding import undecodable
    >>> node = compose("{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}]}, nodePort: 31002}").nodes[0]
    >>> manifest, service = plain(node)[0], find_resource("svc")
    >>> fault = unknown_field_fault(undecodable(manifest, service)[0][0], manifest, node, service)
    >>> fault.because, fault.parts["home"]
    ('belongs-elsewhere', 'spec.ports[0]')
    """
    spot = find(node, unknown.path) or Spot(None, node)
    homes = _homes(unknown, manifest, kind)
    around = [home for home in homes if not home.missing and home.path == unknown.path[: len(home.path)]]
    advice = (
        _special(unknown, manifest, node, spot)
        or _moved(unknown, around, node, spot)
        or _sure_typo(unknown, manifest, spot)
        or _moved(unknown, homes, node, spot)
        or _of_another_kind(unknown)
        or _otherwise(unknown, manifest)
    )
    written = ".".join(part for part in (dotted(unknown.path[:-1]), unknown.name) if part)
    return fault_of(
        spot,
        unknown.path,
        "unknown-field",
        because=advice.because,
        parts={"field": written, **advice.parts},
        write=advice.write,
        edit=advice.edit if spot.key is not None else None,
    )


def _sure_typo(unknown: UnknownField, manifest: Any, spot: Spot) -> _Advice | None:
    """Correct a name that can only be one other, by how it is spelt and by the shape of its value."""
    typo, sure = _typo(unknown, value_at(manifest, unknown.path[:-1]))
    if not (typo and sure):
        return None
    return _Advice("misspelt", f"{typo}: {_shown(unknown.value)}".rstrip(), rename(spot, typo))


def _of_another_kind(unknown: UnknownField) -> _Advice | None:
    """Say which kind has a field that beginners ask of this one."""
    for (telling, word), advice in _OTHER_KINDS.items():
        if word == unknown.name and telling in unknown.known:
            return _Advice(*advice)
    return None


def _otherwise(unknown: UnknownField, manifest: Any) -> _Advice:
    """Say what might be meant, where nothing is certain."""
    typo, _ = _typo(unknown, value_at(manifest, unknown.path[:-1]))
    if typo:
        return _Advice("misspelt", f"{typo}: ...")
    if unknown.path[-2:-1] == ("metadata",) and isinstance(unknown.value, str):
        return _Advice("name-of-your-own", f"labels:\n  {unknown.name}: {unknown.value}")
    names = named(sorted(unknown.known)[:_MOST_NAMES])
    because = "some-may-stand-here" if len(unknown.known) > _MOST_NAMES else "may-stand-here"
    return _Advice(because, parts={"names": names})


def _shown(value: Any) -> str:
    """Return a single value as it is written in YAML, no longer than a line; "" for anything else."""
    if isinstance(value, (dict, list)) or value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]


def _typo(unknown: UnknownField, parent: Any) -> tuple[str, bool]:
    """Return the name that was probably meant, and whether that is certain.

    It is, if no other name is as near, hardly a letter is wrong, and the value has the shape that the field wants.
    `parent` is the object around the field: a name that it has already is not meant.
    """
    there = set(parent) if isinstance(parent, dict) else set()
    name = unknown.name
    for known in unknown.known:
        if known.lower() == name.lower().replace("_", "").replace("-", "").strip() and known not in there:
            return known, fits(unknown.known[known], unknown.value)
    free = {known.lower(): known for known in unknown.known if known not in there}
    near = difflib.get_close_matches(name.lower(), free, n=2, cutoff=0.7)
    if not near:
        return "", False
    first = free[near[0]]
    ratios = [difflib.SequenceMatcher(None, name.lower(), item).ratio() for item in near]
    clear = len(ratios) == 1 or ratios[0] - ratios[1] > 0.04
    swapped = sorted(name.lower()) == sorted(first.lower())
    return first, clear and (ratios[0] >= _SURE_TYPO or swapped) and fits(unknown.known[first], unknown.value)


def fits(type_: FieldType, value: Any) -> bool:
    """Say whether a value has the shape of a type: a list, a mapping with known fields, or a single value.

    >>> from k8snotes.control_plane.schema import struct_of
    >>> fits(struct_of("ServiceSpec")["ports"], [{"port": 80}]), fits(struct_of("ServiceSpec")["ports"], 80)
    (True, False)
    """
    if value is None:
        return True
    if type_.container == "[]":
        if not isinstance(value, list):
            return False
        return all(fits(type_._replace(container=""), item) for item in value)
    if type_.container == "{}":
        return isinstance(value, dict)
    if type_.is_struct:
        if not isinstance(value, dict):
            return False
        known = struct_of(type_.name)
        return sum(key in known for key in value) * 2 >= len(value)
    if isinstance(value, (dict, list)):
        return type_.name == "any"
    if type_.name in ("int32", "int64"):
        return (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, str) and value.strip().isdecimal()
        )
    if type_.name == "bool":
        return isinstance(value, bool)
    return True


# ---- names that people bring along from elsewhere


def _special(unknown: UnknownField, manifest: Any, node: Any, spot: Spot) -> _Advice | None:
    """Say what is right for names that other tools, other kinds and older versions use."""
    known, name, value = unknown.known, unknown.name, unknown.value
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "port" and "image" in known and whole:
        lines = ["ports:", f"- containerPort: {value}"]
        return _Advice("container-ports-are-a-list", "\n".join(lines), replace_field(spot, lines))
    if set(known) == _LABEL_SELECTOR and not isinstance(value, (dict, list)):
        return _labels_of_a_workload(unknown, node)
    if name in ("cpu", "memory") and {"limits", "requests"} <= set(known):
        return _Advice("amounts-have-a-place", f"requests:\n  {name}: {_shown(value)}")
    if name == "backend" and "defaultBackend" in known:
        return _Advice("backend-is-default-backend", "defaultBackend: ...", rename(spot, "defaultBackend"))
    if name in ("serviceName", "servicePort") and {"service", "resource"} <= set(known):
        return _old_ingress_backend(unknown, manifest, spot)
    if {"valueFrom", "value"} <= set(known) and (pair := _named_by_its_key(unknown, manifest)):
        return _Advice("variables-have-names", pair, replace_field(spot, pair.split("\n")))
    if len(unknown.path) == 1 and value is None and " " in name:
        return _Advice("reads-like-a-sentence", f"# {name}", replace_field(spot, [f"# {name}"]))
    if name == "matchLabels" and "matchLabels" not in known and "sessionAffinity" in known:
        return _Advice("labels-themselves", "selector:\n  app: ...")
    for (telling, word), right in _OTHER_WORDS.items():
        if word == name and telling in known and right in known:
            edit = rename(spot, right) if fits(known[right], value) else None
            return _Advice("other-name", f"{right}: {_shown(value)}".rstrip(), edit, {"right": right})
    return None


def _named_by_its_key(unknown: UnknownField, manifest: Any) -> str:
    """Return an environment variable that is written as `DB_HOST: db` as it is to be written, "" if it is none."""
    item = value_at(manifest, unknown.path[:-1])
    if (
        not isinstance(item, dict)
        or set(item) & set(unknown.known)
        or isinstance(unknown.value, (dict, list))
    ):
        return ""
    if next(iter(item)) != unknown.name:
        return ""
    value = "" if unknown.value is None else _shown(unknown.value)
    return "\n".join([f"name: {unknown.name}", f"value: {quoted_word(value)}"])


def _labels_of_a_workload(unknown: UnknownField, node: Any) -> _Advice:
    """Explain labels in a Deployment's selector that are written as in a Service's."""
    write = f"selector:\n  matchLabels:\n    {unknown.name}: {_shown(unknown.value)}"
    outer = find(node, unknown.path[:-1])
    alone = (
        outer is not None
        and outer.value.id == "mapping"
        and not any(key.value in unknown.known for key, _ in outer.value.value)
    )
    edit = wrap(outer, "matchLabels") if outer is not None and alone else None
    return _Advice("labels-under-match-labels", write, edit)


def _old_ingress_backend(unknown: UnknownField, manifest: Any, spot: Spot) -> _Advice:
    """Explain the backend of an Ingress as it was written before networking.k8s.io/v1.

    Of a path, the type is written first: that it needs none shows only as long as the backend is an old one.
    """
    around = unknown.path[:-1]
    of_path = around[-3:-2] == ("paths",)
    typed = not of_path or value_at(manifest, (*around[:-1], "pathType")) is not None
    if unknown.name == "servicePort":
        moved = value_at(manifest, (*around, "service", "port")) is not None
        named = value_at(manifest, (*around, "serviceName")) is not None
        write = "" if named or moved else f"service:\n  port:\n    number: {_shown(unknown.value)}"
        return _Advice("backend-under-service", write, remove(spot) if moved and typed else None)
    port = value_at(manifest, (*around, "servicePort"))
    lines = ["service:", f"  name: {_shown(unknown.value)}"]
    if port is not None:
        lines += ["  port:", f"    {'number' if isinstance(port, int) else 'name'}: {_shown(port)}"]
    edit = replace_field(spot, lines) if typed else None
    return _Advice("backend-under-service", "\n".join(lines), edit)


# ---- fields at the wrong depth


def _homes(unknown: UnknownField, manifest: Any, kind: Kind, *, loosely: bool = False) -> list[_Home]:
    """Return the places near by where the field is allowed, those that are equally near together.

    From the object that has the field, the search goes up to each object around it, and from there down again, through
    objects that are there or that may be made for it. `loosely` if its value may be of the wrong shape.
    """
    root = struct_for(kind.api_version, kind.kind)
    if not root or unknown.name not in field_names():
        return []  # no object has such a field: a text may have thousands of them
    search = _Search(unknown, manifest, loosely)
    start = unknown.path[:-1]
    for up in range(len(start) + 1):
        above = start[: len(start) - up]
        struct = _struct_at(root, above)
        if struct:
            search.look(_Home(above, up, 0), struct, start[len(above)] if up else None)
    homes = search.homes
    if not homes:
        return [] if loosely else _homes(unknown, manifest, kind, loosely=True)
    homes.sort(key=lambda home: (home.distance + home.missing, home.missing, home.taken))
    best = homes[0].distance + homes[0].missing
    return [home for home in homes if home.distance + home.missing == best]


def _struct_at(root: str, path: Steps) -> str:
    """Return the type of the object at a path, "" in the place of a list, a map or a single value."""
    name = root
    inside = ""
    for step in path:
        if inside:
            inside = ""
            continue
        type_ = struct_of(name).get(str(step))
        if type_ is None or not type_.is_struct:
            return ""
        name, inside = type_.name, type_.container
    return "" if inside else name


@dataclass(slots=True)
class _Search:
    """Looks for the places where a field is allowed, from an object on its way downwards."""

    unknown: UnknownField
    manifest: Any
    loosely: bool
    homes: list[_Home] = field(default_factory=list)

    def look(self, home: _Home, struct: str, came_from: str | int | None = None, down: int = 0) -> None:
        """Look at an object of a type, and below it; not where one came from."""
        own = struct_of(struct).get(self.unknown.name)
        if own is not None and self._fits(own) and home.path != self.unknown.path[:-1]:
            there = value_at(self.manifest, home.path)
            taken = isinstance(there, dict) and self.unknown.name in there
            self.homes.append(replace(home, taken=taken))
            return
        if down >= _DEEPEST or home.distance > _DEEPEST + 2:
            return
        for name, type_ in struct_of(struct).items():
            if type_.is_struct and type_.container != "{}" and name not in (came_from, "status"):
                self._below(home, name, type_, down + 1)

    def _fits(self, type_: FieldType) -> bool:
        value = self.unknown.value
        return fits(type_, value) or (self.loosely and type_.is_struct and isinstance(value, (dict, list)))

    def _below(self, home: _Home, name: str, type_: FieldType, down: int) -> None:
        there = value_at(self.manifest, (*home.path, name))
        absent = there is None or there in ([], {})
        probe = name == "httpGet" and self.unknown.name in ("path", "port", "scheme", "httpHeaders")
        asks_a_path = (
            isinstance(around := value_at(self.manifest, self.unknown.path[:-1]), dict) and "path" in around
        )
        if absent and name not in _MAY_BE_MADE and not (probe and asks_a_path):
            return
        distance, missing = home.distance + 1, home.missing + absent
        if type_.container == "[]":
            items = there if isinstance(there, list) and there else [{}] if absent else []
            for number, item in enumerate(items):
                if isinstance(item, dict):
                    self.look(_Home((*home.path, name, number), distance, missing), type_.name, down=down)
        elif absent or isinstance(there, dict):
            self.look(_Home((*home.path, name), distance, missing), type_.name, down=down)


def _moved(unknown: UnknownField, homes: list[_Home], node: Any, spot: Spot) -> _Advice | None:
    """Say where a field at the wrong depth belongs."""
    if not homes:
        return None
    if len(homes) > 1:
        # in a list, it belongs to the last item above it
        above = []
        for home in homes:
            at = find(node, home.path)
            if at is not None and at.line < spot.line:
                above.append((at.value.start_mark.line, home))
        same_list = len({home.path[:-1] for home in homes}) == 1 and isinstance(homes[0].path[-1], int)
        if above and same_list:
            homes = [max(above, key=lambda pair: pair[0])[1]]
    home = homes[0]
    parts = {
        "name": unknown.name,
        "home": dotted(home.path),
        "here": dotted(unknown.path[:-1]),
    }
    if len(homes) > 1:
        parts["other"] = dotted(homes[1].path)
    if home.taken:
        return _Advice("belongs-elsewhere-where-one-is", parts=parts)
    edit = _move(home, node, spot) if len(homes) == 1 and spot.key is not None else None
    return _Advice("belongs-elsewhere", _fix_text(home.path, unknown), edit, parts)


def _move(home: _Home, node: Any, spot: Spot) -> Edit | None:
    """Return the edit that moves a field home, making what is missing on the way; None into a list's later items."""
    path = home.path
    for length in range(len(path), -1, -1):
        target = find(node, path[:length])
        if target is not None and not (
            target.value.id == "scalar" and length < len(path) and target.key is None
        ):
            wrappers = path[length:]
            if any(isinstance(step, int) and step for step in wrappers):
                return None
            return move_into(spot, target, wrappers)
    return None


def _fix_text(path: Steps, unknown: UnknownField) -> str:
    """Return the field under the objects to which it belongs."""
    lines: list[str] = []
    depth = 0
    dash = False
    for step in path:
        if isinstance(step, int):
            dash = True
            continue
        lines.append("  " * depth + ("- " if dash else "") + f"{step}:")
        depth += 1 + dash
        dash = False
    shown = _shown(unknown.value) or ("" if unknown.value is None else "...")
    lines.append("  " * depth + ("- " if dash else "") + f"{unknown.name}: {shown}".rstrip())
    return "\n".join(lines)
