"""Values of another type than their field has: a number where text belongs, an object where a list does.

What a type is called here is what `control_plane/schema.json` calls it: "string", "int32", "Quantity", "ServicePort",
with `container` "[]" for a list and "{}" for a map of it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from k8snotes.control_plane.schema import FieldType, field_names, struct_of
from k8snotes.doctor.rules.decoding import WrongType
from k8snotes.doctor.text.edits import (
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
from k8snotes.doctor.text.fault import Fault
from k8snotes.doctor.text.paths import Spot, dotted, find

__all__ = ["wrong_type_fault"]

_NO_BLANK = re.compile(r"([A-Za-z]\w*):(\S.*)\Z", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z_][\w./-]*)=(.*)\Z")
_PUBLISHED = re.compile(r"(?:[0-9.]+:)?([0-9]+):([0-9]+)(?:/(?:tcp|udp))?\Z")
_TEXT = ("string", "Time", "MicroTime", "bytes")
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


class _Advice(NamedTuple):
    """What is said of a value: the code, why, the parts of both sentences, what to write, and the certain edit."""

    code: str
    because: str
    parts: dict[str, Any]
    write: str = ""
    edit: Edit | None = None


def wrong_type_fault(wrong: WrongType, node: Any) -> Fault:
    """Return the fault of one value that its field cannot take.

    Args:
        wrong: the value, and the type that the field has.
        node: the node of the whole object in the text.

    >>> from k8snotes.api.manifest import compose, plain
    >>> from k8snotes.api.registry import find_resource
    >>> from k8snotes.doctor.rules.decoding import undecodable
    >>> node = compose("{apiVersion: v1, kind: Service, spec: {ports: [{port: '80'}]}}").nodes[0]
    >>> fault = wrong_type_fault(undecodable(plain(node)[0], find_resource("svc"))[1][0], node)
    >>> fault.code, fault.because, fault.write
    ('wrong-shape', 'quoted-number', 'port: 80')
    """
    path = wrong.path
    spot = find(node, path) or Spot(None, node)
    type_, value = wrong.type, wrong.value
    list_of = type_.container == "[]" and not wrong.item
    map_of = type_.container == "{}" and not wrong.item
    line, column = spot.value.start_mark.line, spot.value.start_mark.column
    if spot.value.id != "scalar" and spot.key is not None:
        line, column = spot.line, spot.column
    if type_.name == "Quantity" and not map_of:
        advice = _quantity(wrong, spot)
    elif isinstance(value, str) and not isinstance(path[-1], int) and (run := _run_together(value, spot)):
        advice = run
    elif list_of:
        advice = _list(type_, value, spot)
    elif map_of or type_.is_struct:
        advice = _mapping(wrong, value, spot)
    else:
        advice = _single(wrong, spot, node)
    return Fault(
        line,
        column,
        dotted(path),
        advice.code,
        advice.because,
        advice.parts,
        advice.write,
        advice.edit,
    )


def _shape(value: Any) -> str:
    """Return the shape of a value, as `words` names shapes.

    >>> _shape(True), _shape(80), _shape([80])
    ('bool', 'number', 'list')
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {"str": "text", "dict": "object", "list": "list"}.get(type(value).__name__, "nothing")


def _wanted(type_: FieldType, *, item: bool = False) -> str:
    """Return the shape that a type has, as `words` names shapes."""
    if type_.is_struct or (type_.container == "{}" and not item):
        return "object"
    if type_.name in _NUMBER:
        return "number" if type_.name == "float64" else "whole-number"
    return {"bool": "true-or-false", "IntOrString": "number-or-name"}.get(type_.name, "text")


def _run_together(value: str, spot: Spot) -> _Advice | None:
    """Recognise `name:web`, in which the space after the colon is missing."""
    match = _NO_BLANK.match(value)
    if match is None or match[1] not in field_names() or spot.value.style:
        return None
    write = f"{match[1]}: {match[2]}"
    edit = replace_value(spot.value, write)
    return _Advice("run-together", "colon-without-blank", {"name": match[1]}, write, edit)


def _list(type_: FieldType, value: Any, spot: Spot) -> _Advice:
    """Explain a single value, or an object, in the place of a list.

    Of an object the fields may be those of the one item; environment variables are often written as a map.
    """
    name = str(spot.key.value) if spot.key is not None else "this"
    parts = {"is": _shape(value), "wanted": "list", "name": name}
    if isinstance(value, dict):
        if (
            type_.name == "EnvVar"
            and "name" not in value
            and all(not isinstance(item, (dict, list)) for item in value.values())
        ):
            lines = [f"{name}:"]
            for key, item in value.items():
                lines += [f"- name: {key}", f"  value: {quoted_word(_word(item))}"]
            return _Advice("wrong-shape", "is-a-list", parts, "\n".join(lines), replace_field(spot, lines))
        known = struct_of(type_.name) if type_.is_struct else {}
        first = next(iter(value), "...")
        if spot.value.flow_style:
            return _Advice("wrong-shape", "is-a-list", parts, f"{name}: [{{{first}: ...}}]")
        edit = dash_before(spot) if value and all(key in known for key in value) else None
        return _Advice("wrong-shape", "is-a-list", parts, f"{name}:\n- {first}: ...", edit)
    if type_.is_struct:
        item = _item_for(type_, value)
        lines = [f"{name}:", f"- {item or '...'}"]
        edit = replace_field(spot, lines) if item else None
        return _Advice("wrong-shape", "is-a-list", parts, "\n".join(lines), edit)
    word = _word(value)
    words = word.split()
    write = f"{name}: [{', '.join(map(quoted_word, words))}]"
    edit = replace_value(spot.value, f"[{quoted_word(word)}]") if len(words) == 1 else None
    return _Advice("wrong-shape", "is-a-list-of-words", parts, write, edit)


def _item_for(type_: FieldType, value: Any) -> str:
    """Return what a single word in a list of objects means, "" if that is not known.

    >>> from k8snotes.control_plane.schema import FieldType
    >>> _item_for(FieldType("ContainerPort"), 80), _item_for(FieldType("EnvVar"), "LANG=C")
    ('containerPort: 80', '{name: LANG, value: "C"}')
    """
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


def _mapping(wrong: WrongType, value: Any, spot: Spot) -> _Advice:
    """Explain a list, or a single value, in the place of an object.

    A single value is often the one field of the object that is meant most (`configMap: web` for its `name`), or a pair
    that another tool writes so (`app=web`, `80:8080`).
    """
    type_ = wrong.type
    parts: dict[str, Any] = {"is": _shape(value), "wanted": _wanted(type_, item=wrong.item)}
    name = f"{spot.key.value}:" if spot.key is not None else "-"
    if isinstance(value, list):
        return _no_list(value, spot, name, parts)
    item = _item_for(type_, value) if wrong.item or isinstance(wrong.path[-1], int) else ""
    if item:
        return _Advice("wrong-shape", "holds-fields", parts, f"- {item}", replace_value(spot.value, item))
    published = _PUBLISHED.match(value) if isinstance(value, str) else None
    if published and type_.name in ("ContainerPort", "ServicePort"):
        write = f"- port: {published[1]}\n  targetPort: {published[2]}"
        if type_.name == "ContainerPort":
            write = f"- containerPort: {published[2]}"
        return _Advice("wrong-shape", "nothing-published", parts, write)
    pair = _PAIR.match(value) if isinstance(value, str) else None
    if pair and type_.container == "{}":
        lines = [name, f"  {pair[1]}: {quoted_word(pair[2])}"]
        edit = replace_field(spot, lines) if spot.key is not None else None
        return _Advice("wrong-shape", "holds-fields", parts, "\n".join(lines), edit)
    own = _OWN_FIELD.get(type_.name)
    fitting = (
        isinstance(value, int) and not isinstance(value, bool) if own == "number" else isinstance(value, str)
    )
    if own and fitting and spot.key is not None:
        lines = [name, f"  {own}: {value}"]
        inside = spot.parent is not None and spot.parent.flow_style
        edit = replace_value(spot.value, f"{{{own}: {value}}}") if inside else replace_field(spot, lines)
        return _Advice("wrong-shape", "holds-fields", parts, "\n".join(lines), edit)
    if type_.container == "{}" and isinstance(value, str):
        return _Advice("wrong-shape", "holds-fields", parts, f"{name}\n  app: {value}")
    known = sorted(struct_of(type_.name)) if type_.is_struct else []
    if not known:
        return _Advice("wrong-shape", "holds-fields", parts, f"{name}\n  ...: ...")
    parts["names"] = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
    return _Advice("wrong-shape", "holds-these-fields", parts)


def _no_list(value: list[Any], spot: Spot, name: str, parts: dict[str, Any]) -> _Advice:
    """Explain a list in the place of an object."""
    if value and all(isinstance(item, dict) for item in value):
        keys = [key for item in value for key in item]
        edit = without_dashes(spot) if len(set(keys)) == len(keys) else None
        write = "\n".join([name, *(f"  {key}: ..." for key in dict.fromkeys(keys))])
        return _Advice("wrong-shape", "one-object-without-dashes", parts, write, edit)
    pairs = [_PAIR.match(item) for item in value if isinstance(item, str)]
    if pairs and all(pairs) and len(pairs) == len(value):
        lines = [name, *(f"  {pair[1]}: {quoted_word(pair[2])}" for pair in pairs if pair)]
        edit = replace_field(spot, lines) if spot.key is not None else None
        return _Advice("wrong-shape", "holds-fields", parts, "\n".join(lines), edit)
    return _Advice("wrong-shape", "holds-fields", parts)


def _single(wrong: WrongType, spot: Spot, node: Any) -> _Advice:
    """Explain a value in the place of another single value: mostly quotes are missing, or there are too many."""
    type_, value = wrong.type, wrong.value
    name = f"{spot.key.value}: " if spot.key is not None else "- "
    raw = spot.value.value if spot.value.id == "scalar" else ""
    wanted = _wanted(type_, item=wrong.item)
    parts = {"is": _shape(value), "wanted": wanted, "raw": raw}
    if isinstance(value, (dict, list)):
        return _no_single(wrong, spot, node, name, parts)
    if type_.name == "string":
        write = quoted_word(raw)
        edit = replace_value(spot.value, write)
        return _Advice("wrong-shape", "unquoted", parts, f"{name}{write}", edit)
    if type_.name == "bytes":
        return _bytes(wrong, spot, node)
    if type_.name in ("Time", "MicroTime"):
        return _Advice(
            "no-time", "no-time", {"problem": wrong.error.parts.get("problem", wrong.error.detail)}
        )
    if isinstance(value, str):
        plain = value.strip()
        if type_.name in _NUMBER and re.fullmatch(r"-?[0-9]{1,10}", plain):
            new = str(int(plain))
            edit = replace_value(spot.value, new)
            return _Advice("wrong-shape", "quoted-number", parts, f"{name}{new}", edit)
        if type_.name == "bool" and plain.lower() in ("true", "false", "yes", "no", "on", "off"):
            new = "true" if plain.lower() in ("true", "yes", "on") else "false"
            edit = replace_value(spot.value, new)
            return _Advice("wrong-shape", "quoted-bool", parts, f"{name}{new}", edit)
    if isinstance(value, bool) and type_.name in _NUMBER:
        return _Advice("wrong-shape", "truth-value", parts)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and type_.name in (*_NUMBER, "IntOrString"):
        return _Advice("number-too-odd", "number-too-odd", parts)
    return _Advice("wrong-shape", "field-takes", parts)


def _no_single(wrong: WrongType, spot: Spot, node: Any, name: str, parts: dict[str, Any]) -> _Advice:
    """Explain an object or a list in the place of a single value."""
    value = wrong.value
    outer = find(node, wrong.path[:-1])
    if wrong.path[-1] == "matchLabels" and outer is not None and isinstance(value, dict):
        pairs = "\n".join(f"  {key}: {_word(item)}" for key, item in value.items())
        return _Advice("no-match-labels", "no-match-labels", {}, f"selector:\n{pairs}", unwrap(outer, spot))
    if isinstance(value, dict) and len(value) == 1 and wrong.type.name in _TEXT:
        # text with a colon and a space in it, which YAML reads as a field
        ((key, inner),) = value.items()
        write = quoted_word(f"{key}: {_word(inner)}")
        edit = None if isinstance(inner, (dict, list)) else replace_node(spot.value, write)
        return _Advice("text-read-as-field", "text-read-as-field", {}, f"{name}{write}", edit)
    return _Advice("wrong-shape", "one-value", parts)


def _bytes(wrong: WrongType, spot: Spot, node: Any) -> _Advice:
    """Explain data of a Secret that is not base64; its value is never shown."""
    if not isinstance(wrong.value, str):
        return _Advice("wrong-shape", "no-base64-text", {"is": _shape(wrong.value), "wanted": "text"})
    outer = find(node, wrong.path[:-1])
    write = f"stringData:\n  {spot.key.value if spot.key is not None else '...'}: ..."
    lone = outer is not None and outer.value.id == "mapping" and len(outer.value.value) == 1
    free = find(node, ("stringData",)) is None
    edit = rename(outer, "stringData") if lone and free and outer and outer.key else None
    return _Advice("no-base64", "no-base64", {}, write, edit)


def _quantity(wrong: WrongType, spot: Spot) -> _Advice:
    """Explain an amount that is no quantity, and find the one that is meant by `128 MB`."""
    word = spot.value.value if spot.value.id == "scalar" else ""
    name = f"{spot.key.value}: " if spot.key is not None else ""
    parts = {"word": word[:40], "hint": wrong.error.hint}
    match = _QUANTITY_WORDS.match(word.strip())
    if match and match[2].lower() in _UNITS:
        unit = _UNITS[match[2].lower()]
        if name.startswith("cpu"):
            unit = "m" if match[2].lower().startswith("m") else ""
        return _Advice("no-quantity", "no-quantity", parts, f"{name}{match[1]}{unit}")
    return _Advice("no-quantity", "no-quantity", parts)


def _word(value: Any) -> str:
    """Return a single value as the text that was probably meant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
