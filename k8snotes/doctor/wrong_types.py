"""Values of another type than their field has: a number where text belongs, an object where a list does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.schema import FieldType, field_names, struct_of
from k8snotes.doctor.edits import (
    Edit,
    dash_before,
    quoted_word,
    rename,
    replace_field,
    replace_node,
    replace_value,
    unwrap,
    without_dashes,
)
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.tree import Spot, dotted, find

if TYPE_CHECKING:
    from k8snotes.doctor.survey import Wrong

__all__ = ["wrong_fault"]

_NO_BLANK = re.compile(r"([A-Za-z]\w*):(\S.*)\Z", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z_][\w./-]*)=(.*)\Z")
_TEXT = ("string", "Time", "bytes")
_NUMBER = ("int32", "int64", "float64")
_QUANTITY_WORDS = re.compile(r"\A([+-]?[0-9.]+)\s*([A-Za-z]+)\Z")
# objects that people write as the one word that is meant most
_OWN_FIELD = {
    "HostPathVolumeSource": "path",
    "ConfigMapVolumeSource": "name",
    "SecretVolumeSource": "secretName",
    "PersistentVolumeClaimVolumeSource": "claimName",
    "LocalObjectReference": "name",
    "ServiceBackendPort": "number",
}
_UNITS = {
    **dict.fromkeys(("mb", "mib", "m", "mbyte", "megabyte", "megabytes", "meg"), "Mi"),
    **dict.fromkeys(("gb", "gib", "g", "gigabyte", "gigabytes"), "Gi"),
    **dict.fromkeys(("kb", "kib", "k", "kilobyte", "kilobytes"), "Ki"),
    **dict.fromkeys(("tb", "tib", "t"), "Ti"),
    **dict.fromkeys(("cpu", "cpus", "core", "cores", "vcpu", "b", "byte", "bytes"), ""),
}


def wrong_fault(wrong: Wrong, node: Any) -> Fault:
    """Return the fault of one value that its field cannot take."""
    path = wrong.path
    spot = find(node, path) or Spot(None, node)
    field = dotted(path)
    type_, value = wrong.type, wrong.value
    list_of = type_.container == "[]" and not wrong.item
    map_of = type_.container == "{}" and not wrong.item
    line, column = spot.value.start_mark.line, spot.value.start_mark.column
    if spot.value.id != "scalar" and spot.key is not None:
        line, column = spot.line, spot.column
    if type_.name == "Quantity" and not map_of:
        what, why, fix, edit = _quantity(wrong, spot)
    elif (
        isinstance(value, str) and not isinstance(wrong.path[-1], int) and (run := _run_together(value, spot))
    ):
        what, why, fix, edit = run
    elif list_of:
        what, why, fix, edit = _list(type_, value, spot)
    elif map_of or type_.is_struct:
        what, why, fix, edit = _mapping(wrong, value, spot)
    else:
        what, why, fix, edit = _single(wrong, spot, node)
    return Fault(line, column, field, what, why, fix, edit)


def _found(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, (int, float)):
        return "a number"
    return {"str": "text", "dict": "an object (fields with values)", "list": "a list"}.get(
        type(value).__name__, "nothing"
    )


def _wanted(type_: FieldType, *, item: bool = False) -> str:
    if type_.is_struct or (type_.container == "{}" and not item):
        return "an object (fields with values)"
    if type_.name in _NUMBER:
        return "a number" if type_.name == "float64" else "a whole number"
    return {"bool": "true or false", "IntOrString": "a number or a name"}.get(type_.name, "text")


def _run_together(value: str, spot: Spot) -> tuple[str, str, str, Edit | None] | None:
    """Recognise `name:web`, in which the blank after the colon is missing."""
    match = _NO_BLANK.match(value)
    if match is None or match[1] not in field_names() or spot.value.style:
        return None
    what = f"the colon after {match[1]} needs a blank after it"
    fix = f"{match[1]}: {match[2]}"
    return (
        what,
        "Without it YAML reads one word, and no field with a value.",
        fix,
        replace_value(spot.value, fix),
    )


def _list(type_: FieldType, value: Any, spot: Spot) -> tuple[str, str, str, Edit | None]:
    name = str(spot.key.value) if spot.key is not None else "this"
    what = f"{_found(value)} where a list belongs"
    why = f"{name} is a list, for there may be several: each item begins with a dash."
    if isinstance(value, dict):
        if (
            type_.name == "EnvVar"
            and "name" not in value
            and all(not isinstance(item, (dict, list)) for item in value.values())
        ):
            lines = [f"{name}:"]
            for key, item in value.items():
                lines += [f"- name: {key}", f"  value: {quoted_word(_word(item))}"]
            return what, why, "\n".join(lines), replace_field(spot, lines)
        known = struct_of(type_.name) if type_.is_struct else {}
        first = next(iter(value), "...")
        if spot.value.flow_style:
            return what, why, f"{name}: [{{{first}: ...}}]", None
        edit = dash_before(spot) if value and all(key in known for key in value) else None
        return what, why, f"{name}:\n- {first}: ...", edit
    word = _word(value)
    if type_.is_struct:
        item = _item_for(type_, value)
        lines = [f"{name}:", f"- {item or '...'}"]
        return what, why, "\n".join(lines), replace_field(spot, lines) if item else None
    words = word.split()
    why = f"{name} is a list of words, in brackets or with a dash before each."
    fix = f"{name}: [{', '.join(map(quoted_word, words))}]"
    return what, why, fix, replace_value(spot.value, f"[{quoted_word(word)}]") if len(words) == 1 else None


def _item_for(type_: FieldType, value: Any) -> str:
    """Return what a single word in a list of objects stands for."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if type_.name == "ContainerPort" and whole:
        return f"containerPort: {value}"
    if type_.name == "ServicePort" and whole:
        return f"port: {value}"
    if isinstance(value, str):
        pair = _PAIR.match(value)
        if pair and type_.name == "EnvVar":
            return f"{{name: {pair[1]}, value: {quoted_word(pair[2])}}}"
        run = _NO_BLANK.match(value)
        if run and run[1] in struct_of(type_.name):
            return f"{run[1]}: {run[2]}"
    return ""


def _mapping(wrong: Wrong, value: Any, spot: Spot) -> tuple[str, str, str, Edit | None]:
    type_ = wrong.type
    what = f"{_found(value)} where {_wanted(type_, item=wrong.item)} belongs"
    why = "This field holds fields of its own, each with a name, a colon and a value."
    name = f"{spot.key.value}:" if spot.key is not None else "-"
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            keys = [key for item in value for key in item]
            edit = without_dashes(spot) if len(set(keys)) == len(keys) else None
            why = "A dash begins an item of a list; this is one object, whose fields have no dashes."
            return what, why, "\n".join([name, *(f"  {key}: ..." for key in dict.fromkeys(keys))]), edit
        pairs = [_PAIR.match(item) for item in value if isinstance(item, str)]
        if pairs and all(pairs) and len(pairs) == len(value):
            lines = [name, *(f"  {pair[1]}: {quoted_word(pair[2])}" for pair in pairs if pair)]
            return what, why, "\n".join(lines), replace_field(spot, lines) if spot.key is not None else None
        return what, why, "", None
    item = _item_for(type_, value) if wrong.item or isinstance(wrong.path[-1], int) else ""
    if item:
        return what, why, f"- {item}", replace_value(spot.value, item)
    published = (
        re.fullmatch(r"(?:[0-9.]+:)?[0-9]+:([0-9]+)(?:/(tcp|udp))?", value)
        if isinstance(value, str)
        else None
    )
    if published and type_.name in ("ContainerPort", "ServicePort"):
        inner = type_.name == "ContainerPort"
        why = "Nothing is published here as Docker does it: a container has its port, and a Service gives it another number."
        first = str(value).split(":")[-2]
        fix = (
            f"- containerPort: {published[1]}" if inner else f"- port: {first}\n  targetPort: {published[1]}"
        )
        return what, why, fix, None
    pair = _PAIR.match(value) if isinstance(value, str) else None
    if pair and type_.container == "{}":
        lines = [name, f"  {pair[1]}: {quoted_word(pair[2])}"]
        return what, why, "\n".join(lines), replace_field(spot, lines) if spot.key is not None else None
    own = _OWN_FIELD.get(type_.name)
    fitting = (
        isinstance(value, int) and not isinstance(value, bool) if own == "number" else isinstance(value, str)
    )
    if own and fitting and spot.key is not None:
        lines = [name, f"  {own}: {value}"]
        inside = spot.parent is not None and spot.parent.flow_style
        edit = replace_value(spot.value, f"{{{own}: {value}}}") if inside else replace_field(spot, lines)
        return what, why, "\n".join(lines), edit
    if type_.container == "{}" and isinstance(value, str):
        return what, why, f"{name}\n  app: {value}", None
    known = sorted(struct_of(type_.name)) if type_.is_struct else []
    fix = f"{name}\n  {known[0] if len(known) == 1 else '...'}: ..." if not known else ""
    if known:
        why += f" Here: {', '.join(known[:10])}{', ...' if len(known) > 10 else ''}."
    return what, why, fix, None


def _single(wrong: Wrong, spot: Spot, node: Any) -> tuple[str, str, str, Edit | None]:
    type_, value = wrong.type, wrong.value
    name = f"{spot.key.value}: " if spot.key is not None else "- "
    raw = spot.value.value if spot.value.id == "scalar" else ""
    what = f"{_found(value)} where {_wanted(type_, item=wrong.item)} belongs"
    if isinstance(value, (dict, list)):
        outer = find(node, wrong.path[:-1])
        if wrong.path[-1] == "matchLabels" and outer is not None and isinstance(value, dict):
            why = "The selector of a Service or ReplicationController holds the labels themselves, with no matchLabels."
            pairs = "\n".join(f"  {key}: {_word(item)}" for key, item in value.items())
            return "matchLabels has no place here", why, f"selector:\n{pairs}", unwrap(outer, spot)
        if isinstance(value, dict) and len(value) == 1 and type_.name in _TEXT:
            return _split_at_colon(value, spot, name)
        return what, "One value belongs here, and no fields or items.", "", None
    if type_.name in _TEXT:
        if type_.name == "string":
            shown = f"{raw} unquoted is {_found(value)} to YAML, and text is needed: quotes make it text."
            fix = quoted_word(raw)
            return what, shown, f"{name}{fix}", replace_value(spot.value, fix)
        if type_.name == "bytes":
            return _bytes(wrong, spot, node)
        return wrong.error.message.rpartition(": ")[2], "A time is written as 2006-01-02T15:04:05Z.", "", None
    if isinstance(value, str):
        plain = value.strip()
        if type_.name in _NUMBER and re.fullmatch(r"-?[0-9]{1,10}", plain):
            why = "In quotes it is text, and a number is needed."
            return what, why, f"{name}{int(plain)}", replace_value(spot.value, str(int(plain)))
        if type_.name == "bool" and plain.lower() in ("true", "false", "yes", "no", "on", "off"):
            new = "true" if plain.lower() in ("true", "yes", "on") else "false"
            return (
                what,
                "In quotes it is text, and true or false is needed.",
                f"{name}{new}",
                replace_value(spot.value, new),
            )
    if isinstance(value, bool) and type_.name in _NUMBER:
        return what, f"{raw} unquoted is a truth value to YAML.", "", None
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and type_.name in (*_NUMBER, "IntOrString")
    ):
        return f"{raw} is no number that fits here", "A whole number of a usual size is needed.", "", None
    return what, f"The field takes {_wanted(type_)}.", "", None


def _split_at_colon(value: dict[str, Any], spot: Spot, name: str) -> tuple[str, str, str, Edit | None]:
    """Recognise text with a colon and a blank in it, which YAML reads as a field."""
    node = spot.value
    ((key, inner),) = value.items()
    why = "A colon and a blank make a field of it; in quotes it is text."
    fix = quoted_word(f"{key}: {_word(inner)}")
    edit = None
    if not isinstance(inner, (dict, list)):
        edit = replace_node(node, fix)
    return "text that YAML reads as a field", why, f"{name}{fix}", edit


def _bytes(wrong: Wrong, spot: Spot, node: Any) -> tuple[str, str, str, Edit | None]:
    """Explain data of a Secret that is not base64; its value is never shown."""
    what = "this is not base64"
    why = "The values under data are base64; under stringData they are written as they are."
    outer = find(node, wrong.path[:-1])
    if not isinstance(wrong.value, str):
        return f"{_found(wrong.value)} where text belongs", why, "stringData: with the value in quotes", None
    fix = f"stringData:\n  {spot.key.value if spot.key is not None else '...'}: ..."
    lone = outer is not None and outer.value.id == "mapping" and len(outer.value.value) == 1
    free = find(node, ("stringData",)) is None
    return what, why, fix, rename(outer, "stringData") if lone and free and outer and outer.key else None


def _quantity(wrong: Wrong, spot: Spot) -> tuple[str, str, str, Edit | None]:
    word = spot.value.value if spot.value.id == "scalar" else ""
    name = f"{spot.key.value}: " if spot.key is not None else ""
    what = f"{word[:40] or 'this'} is no quantity"
    notes = getattr(wrong.error, "__notes__", [])
    why = "A quantity is a number and a unit, with no blank: 250m or 0.5 of CPU, 128Mi or 1Gi of memory."
    match = _QUANTITY_WORDS.match(word.strip())
    if match and match[2].lower() in _UNITS:
        unit = _UNITS[match[2].lower()]
        if name.startswith("cpu"):
            unit = "m" if match[2].lower().startswith("m") else ""
        return what, why, f"{name}{match[1]}{unit}", None
    return what, why, notes[0] if notes else "", None


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
