"""Fields that their object does not have: misspelt, or standing where they do not belong."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from k8snotes.api.go_text import quoted
from k8snotes.control_plane.schema import FieldType, struct_for, struct_of
from k8snotes.doctor.edits import Edit, move_into, remove, rename, replace_field, wrap
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.tree import Spot, Steps, dotted, find, value_at

if TYPE_CHECKING:
    from k8snotes.api.kind import Kind
    from k8snotes.doctor.survey import Unknown

__all__ = ["fits", "unknown_fault"]

_DEEPEST = 4
# Objects that may be put in to hold a field that has lost them.
_MAY_BE_MADE = {"spec", "template", "metadata", "selector", "resources", "ports"}
_SURE_TYPO = 0.8
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


# What people ask of the wrong kind: a telling field of the kind, their field, why it is not there, what has it
_OTHER_KINDS = (
    (
        "sessionAffinity",
        "replicas",
        "A Service makes no Pods, so it counts none: a Deployment does.",
        "kind: Deployment",
    ),
    (
        "sessionAffinity",
        "template",
        "A Service makes no Pods: it finds those that are there.",
        "kind: Deployment",
    ),
    ("sessionAffinity", "containers", "A Service runs nothing: Pods do.", "kind: Pod"),
    ("sessionAffinity", "image", "A Service runs nothing: Pods do.", "kind: Pod"),
    (
        "nodeName",
        "replicas",
        "A Pod is one. Several equal ones are made by a Deployment.",
        "kind: Deployment",
    ),
    (
        "nodeName",
        "template",
        "A Pod is no template: what makes Pods of one is a Deployment.",
        "kind: Deployment",
    ),
    ("nodeName", "selector", "A Pod looks for no Pods: a Service or a Deployment does.", ""),
    (
        "containerPort",
        "nodePort",
        "Node ports are opened by a Service, and not by a container.",
        "kind: Service\nspec:\n  type: NodePort",
    ),
    (
        "containerPort",
        "targetPort",
        "targetPort is a Service's; a container has its containerPort.",
        "containerPort: ...",
    ),
)


@dataclass(frozen=True, slots=True)
class _Home:
    """A place where a field of this name may stand: how far away, and which objects on the way are missing."""

    path: Steps
    distance: int
    missing: int
    taken: bool = False


def unknown_fault(unknown: Unknown, manifest: Any, node: Any, resource: Kind) -> Fault:
    """Return the fault of one unknown field: how it is spelt, or where it belongs."""
    spot = find(node, unknown.path) or Spot(None, node)
    path = dotted(unknown.path)
    what = f"unknown field {quoted('.'.join(part for part in (dotted(unknown.path[:-1]), unknown.name) if part))}"
    special = _special(unknown, manifest, node, spot)
    if special is not None:
        return _at(spot, path, what, *special)
    typo, sure = _typo(unknown, value_at(manifest, unknown.path[:-1]))
    why = "Names of fields are told apart by every letter, and by capitals too."
    if typo and sure:
        return _at(spot, path, what, why, f"{typo}: {_shown(unknown.value)}".rstrip(), rename(spot, typo))
    homes = _homes(unknown, manifest, resource)
    if homes:
        return _moved(unknown, homes, node, spot, what)
    for telling, word, reason, instead in _OTHER_KINDS:
        if word == unknown.name and telling in unknown.known:
            return _at(spot, path, what, reason, instead)
    if typo:
        return _at(spot, path, what, why, f"{typo}: ...")
    if unknown.path[-2:-1] == ("metadata",) and isinstance(unknown.value, str):
        why = "Names of your own choice stand under labels or annotations."
        return _at(spot, path, what, why, f"labels:\n  {unknown.name}: {unknown.value}")
    some = ", ".join(sorted(unknown.known)[:14])
    return _at(spot, path, what, f"What may stand here: {some}{', ...' if len(unknown.known) > 14 else ''}.")


def _at(  # noqa: PLR0917  # a place, what is there, and what to write
    spot: Spot, path: str, what: str, why: str, fix: str = "", edit: Edit | None = None
) -> Fault:
    if spot.key is None:
        edit = None
    return Fault(spot.line, spot.column, path, what, why, fix, edit)


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]


def _typo(unknown: Unknown, parent: Any) -> tuple[str, bool]:
    """Return the name that was probably meant, and whether that is certain."""
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
    """Say whether a value has the shape of a type: a list, a mapping with known fields, or a single value."""
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


def _special(unknown: Unknown, manifest: Any, node: Any, spot: Spot) -> tuple[str, str, Edit | None] | None:
    """Say what is right for names that other tools use."""
    known, name, value = unknown.known, unknown.name, unknown.value
    if name == "port" and "image" in known and isinstance(value, int) and not isinstance(value, bool):
        lines = ["ports:", f"- containerPort: {value}"]
        why = "A container may have several ports: they are a list, and each is a containerPort."
        edit = replace_field(spot, lines) if unknown.path and spot.key is not None else None
        return why, "\n".join(lines), edit
    if set(known) == {"matchLabels", "matchExpressions"} and not isinstance(value, (dict, list)):
        why = "A Deployment's (ReplicaSet's, Job's) selector has its labels under matchLabels; a Service's has not."
        lines = ["selector:", "  matchLabels:", f"    {name}: {_shown(value)}"]
        outer = find(node, unknown.path[:-1])
        alone = (
            outer is not None
            and outer.value.id == "mapping"
            and not any(key.value in known for key, _ in outer.value.value)
        )
        return why, "\n".join(lines), wrap(outer, "matchLabels") if outer is not None and alone else None
    if name in ("cpu", "memory") and {"limits", "requests"} <= set(known):
        why = "Amounts stand under requests (what is kept free) or limits (the most that it may take)."
        return why, f"requests:\n  {name}: {_shown(value)}", None
    if name == "serviceName" and "service" in known and "resource" in known:
        port = value_at(manifest, (*unknown.path[:-1], "servicePort"))
        lines = ["service:", f"  name: {_shown(value)}"]
        if port is not None:
            lines += ["  port:", f"    {'number' if isinstance(port, int) else 'name'}: {_shown(port)}"]
        why = "In networking.k8s.io/v1 the name and the port of the Service stand under service."
        return why, "\n".join(lines), replace_field(spot, lines) if spot.key is not None else None
    if name == "servicePort" and "service" in known and "resource" in known:
        why = "In networking.k8s.io/v1 the name and the port of the Service stand under service."
        done = value_at(manifest, (*unknown.path[:-1], "service", "port")) is not None
        return why, f"service:\n  port:\n    number: {_shown(value)}", remove(spot) if done else None
    if len(unknown.path) == 1 and value is None and " " in name:
        why = "It reads like a sentence about the manifest; a comment begins with #."
        return why, f"# {name}", replace_field(spot, [f"# {name}"]) if spot.key is not None else None
    if name == "matchLabels" and "matchLabels" not in known and "sessionAffinity" in known:
        return "A Service's selector holds the labels themselves.", "selector:\n  app: ...", None
    for (telling, word), right in _OTHER_WORDS.items():
        if word == name and telling in known and right in known:
            sure = fits(known[right], value)
            return (
                f"Kubernetes' name for it is {right}.",
                f"{right}: {_shown(value)}".rstrip(),
                (rename(spot, right) if sure and spot.key is not None else None),
            )
    return None


def _homes(unknown: Unknown, manifest: Any, resource: Kind, *, loosely: bool = False) -> list[_Home]:
    """Return the places near by where the field may stand; `loosely` if its value may be of the wrong shape."""
    root = struct_for(resource.api_version, resource.kind)
    if not root:
        return []
    search = _Search(unknown, manifest, loosely)
    start = unknown.path[:-1]
    for up in range(len(start) + 1):
        above = start[: len(start) - up]
        struct = _struct_at(root, above)
        if struct:
            search.look(_Home(above, up, 0), struct, start[len(above)] if up else None)
    found = search.found
    if not found:
        return [] if loosely else _homes(unknown, manifest, resource, loosely=True)
    found.sort(key=lambda home: (home.distance + home.missing, home.missing, home.taken))
    best = found[0].distance + found[0].missing
    return [home for home in found if home.distance + home.missing == best]


def _struct_at(root: str, path: Steps) -> str:
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
    """Looks for the places where a field may stand, from an object on its way downwards."""

    unknown: Unknown
    manifest: Any
    loosely: bool
    found: list[_Home] = field(default_factory=list)

    def look(self, home: _Home, struct: str, came_from: str | int | None = None, down: int = 0) -> None:
        """Look at an object of a type, and below it; not where one came from."""
        own = struct_of(struct).get(self.unknown.name)
        if own is not None and self._fits(own) and home.path != self.unknown.path[:-1]:
            there = value_at(self.manifest, home.path)
            taken = isinstance(there, dict) and self.unknown.name in there
            self.found.append(replace(home, taken=taken))
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


def _moved(unknown: Unknown, homes: list[_Home], node: Any, spot: Spot, what: str) -> Fault:
    """Return the fault of a field that stands at the wrong depth."""
    path = dotted(unknown.path)
    if len(homes) > 1:
        # in a list, it belongs to the item that stands last above it
        above = []
        for home in homes:
            at = find(node, home.path)
            if at is not None and at.line < spot.line:
                above.append((at.value.start_mark.line, home))
        same_list = len({home.path[:-1] for home in homes}) == 1 and isinstance(homes[0].path[-1], int)
        if above and same_list:
            homes = [max(above, key=lambda pair: pair[0])[1]]
    home = homes[0]
    place = f"in {dotted(home.path)}" if home.path else "at the top level (the left edge)"
    belongs = f"{unknown.name} belongs {place}"
    if len(homes) > 1:
        belongs += f" or {dotted(homes[1].path)}"
    now = f"in {dotted(unknown.path[:-1])}" if len(unknown.path) > 1 else "at the top level"
    why = f"{belongs}; it stands {now}: the indentation says what belongs to what."
    fix = _fix_text(home.path, unknown)
    if home.taken:
        return _at(spot, path, what, why + " There is one already.", "")
    edit = None
    if len(homes) == 1 and spot.key is not None:
        edit = _move(home, node, spot)
    return _at(spot, path, what, why, fix, edit)


def _move(home: _Home, node: Any, spot: Spot) -> Edit | None:
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


def _fix_text(path: Steps, unknown: Unknown) -> str:
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
