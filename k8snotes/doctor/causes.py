"""What the API server refuses in an object that it could read: its words, why they matter, what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from k8snotes.api.base import mapping, mappings
from k8snotes.doctor.edits import Edit, add_field, add_line, no_dash, quoted_word, replace_value
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.tree import Spot, Steps, deepest, find, steps, value_at
from k8snotes.errors import did_you_mean

if TYPE_CHECKING:
    from k8snotes.errors import Cause

__all__ = ["cause_fault", "place_of"]

_SUPPORTED = re.compile(r'Unsupported value: "([^"]*)": supported values: (.*)', re.DOTALL)
_BY_REASON = {
    "FieldValueRequired": "Kubernetes needs this field, and it is not there or empty.",
    "FieldValueInvalid": "The field takes other values than this one.",
    "FieldValueNotSupported": "The field takes one of a few words, spelt exactly so.",
    "FieldValueDuplicate": "It may stand here once only.",
    "FieldValueForbidden": "It does not go together with what else is written here.",
    "FieldValueNotFound": "It refers to something that this object does not have.",
    "FieldValueTooLong": "Kubernetes has a limit for it.",
    "FieldValueTooMany": "Kubernetes has a limit for it.",
}
# field (a regular expression over the path), message, why, fix
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (
        r"spec\.ports$",
        "Required",
        "A Service that has an address needs at least one port on which it answers.",
        "ports:\n- port: 80",
    ),
    (
        r"spec\.ports\[\d+\]\.name$",
        "Required",
        "Where there are several ports, each has a name, by which others refer to it.",
        "name: http",
    ),
    (r"\.port$|containerPort$|hostPort$", "between 1 and 65535", "Port numbers go from 1 to 65535.", ""),
    (
        r"nodePort$",
        "valid range",
        "Node ports are kept apart from those of the Nodes' own programs; without this line the cluster chooses one.",
        "",
    ),
    (
        r"nodePort$",
        "may not be used when",
        "Only a Service of type NodePort (or LoadBalancer) opens a port on the Nodes.",
        "type: NodePort",
    ),
    (
        r"nodePort$",
        "already allocated",
        "A node port is opened on every Node, so it can belong to one Service only; this one is taken.",
        "another number from 30000 to 32767, or none: then the cluster chooses one",
    ),
    (
        r"clusterIP",
        "already allocated",
        "An address can belong to one Service only; without this line the cluster chooses one.",
        "",
    ),
    (r"clusterIP", "range|valid IP", "The cluster gives Services addresses out of its own range.", ""),
    (
        r"spec\.selector$",
        "Required|empty selector",
        "It finds its Pods by this selector alone, and does not guess it from the template.",
        "selector:\n  matchLabels:\n    app: ...",
    ),
    (
        r"template\.metadata\.labels$",
        "does not match template",
        "Its Pods would not be found by its own selector, and it would go on making new ones for ever.",
        "",
    ),
    (r"spec\.template$", "Required", "The template is the Pod that it makes copies of.", "template: ..."),
    (
        r"containers$",
        "Required",
        "A Pod is made of containers: it needs one at least.",
        "containers:\n- name: web\n  image: nginx:1.27",
    ),
    (r"containers\[\d+\]\.image$", "Required", "The image is the program that runs.", "image: nginx:1.27"),
    (
        r"containers\[\d+\]\.name$",
        "Required",
        "Containers of a Pod are told apart by their names.",
        "name: web",
    ),
    (r"containers\[\d+\]\.name$", "Duplicate", "Containers of a Pod are told apart by their names.", ""),
    (
        r"metadata\.name$",
        "Required",
        "An object is found by its kind, its namespace and its name.",
        "name: web",
    ),
    (
        r"metadata\.name$",
        "Invalid",
        "The name becomes part of DNS names, so it keeps to their letters: a-z, 0-9 and the dash.",
        "",
    ),
    (r"volumeMounts", "Not found", "A container can mount only what the Pod lists under volumes.", ""),
    (
        r"restartPolicy$",
        "Required",
        "Work that ends must say what becomes of it if it fails: the container again, or a new Pod.",
        "restartPolicy: OnFailure",
    ),
    (
        r"restartPolicy$",
        "Unsupported",
        "What replaces its Pods wants them to run for ever; what runs to its end is a Job.",
        "restartPolicy: Always",
    ),
    (
        r"\.targetPort$",
        "at least one letter",
        "In quotes it is the name of a port, and names have a letter.",
        "",
    ),
    (
        r"labels$|selector|matchLabels",
        "valid label|name part",
        "Labels are short words: letters, digits, dashes, underscores and dots, 63 at most.",
        "",
    ),
    (
        r"limits|requests",
        "less than or equal to|must be",
        "A limit is the most, a request what is kept free.",
        "",
    ),
    (r"externalName$", "subdomain", "It is a DNS name, with no https:// before and no path behind.", ""),
)


def place_of(node: Any, path: Steps) -> tuple[Spot, bool]:
    """Return the nearest spot to a path that the text has, and whether it is the path's own."""
    spot, rest = deepest(node, path)
    return spot, not rest


def cause_fault(cause: Cause, manifest: Any, node: Any) -> Fault:
    """Return the fault for one cause of the API server's refusal."""
    path = steps(cause.field)
    if path[:2] == ("metadata", "taints"):
        path = ("spec", *path[1:])  # as the API server calls it; it stands in spec
    spot, exact = place_of(node, path)
    spot = _value_spot(spot, cause, exact=exact)
    why, fix = _explained(cause)
    edit: Edit | None = None
    if "does not match template" in cause.message and value_at(manifest, ("spec", "selector")) is None:
        why = "There is no selector yet: with one that names these labels, this is mended too."
    better = _better(cause, manifest, path, spot, node, exact=exact)
    if better is not None:
        fix, edit = better
    if "Required" in cause.message or "between 1 and 65535" in cause.message:
        split = _split_item(manifest, path, node)
        if split is not None:
            fix, edit = split
            why = "Every dash begins an item of its own: what is missing here stands in the item above."
    field = cause.field
    line, column = spot.line, spot.column
    if exact and spot.value.id == "scalar" and spot.key is not None and spot.value.value:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
    return Fault(line, column, field, cause.message, why, fix, edit)


def _explained(cause: Cause) -> tuple[str, str]:
    for field, words, why, fix in _KNOWN:
        if re.search(field, cause.field) and re.search(words, cause.message):
            return why, fix
    return _BY_REASON.get(cause.reason, "The API server does not accept it."), ""


def _value_spot(spot: Spot, cause: Cause, *, exact: bool) -> Spot:
    """Find the one entry of a map of labels that a message quotes."""
    match = re.match(r'Invalid value: "((?:[^"\\]|\\.)*)"', cause.message)
    if not (exact and match and spot.value.id == "mapping"):
        return spot
    for key, value in spot.value.value:
        if key.id == "scalar" and (
            key.value == match[1] or (value.id == "scalar" and value.value == match[1])
        ):
            return Spot(key, value, spot.value)
    return spot


def _better(
    cause: Cause, manifest: Any, path: Steps, spot: Spot, node: Any, *, exact: bool
) -> tuple[str, Edit | None] | None:
    """Return a fix that looks at the object, None where the general one is all there is to say."""
    key = str(path[-1]) if path else ""
    value = value_at(manifest, path)
    match = _SUPPORTED.match(cause.message)
    if match and exact and isinstance(value, str):
        return _supported(key, value, re.findall(r'"([^"]*)"', match[2]), spot)
    if key == "nodePort" and "may not be used when" in cause.message:
        return _node_port_type(manifest, node)
    if key == "nodePort" and "valid range" in cause.message and isinstance(value, int):
        near = 30000 + value % 1000 if value < 30000 else 32767
        return f"nodePort: {near}", None
    if "does not match template" in cause.message:
        if value_at(manifest, ("spec", "selector")) is None:
            return "", None
        return _template_labels(manifest, path, spot, exact=exact)
    if "standard resource" in cause.message and "hard" in path:
        known = did_you_mean(key, _COUNTED)
        return (f"{known.split(chr(34))[1]}: {value}", None) if known else None
    if key == "name" and "ports" in path and "Required" in cause.message:
        port = value_at(manifest, (*path[:-1], "port")) or value_at(manifest, (*path[:-1], "containerPort"))
        number = port if isinstance(port, int) else 80
        return f"name: {_PORT_NAMES.get(number, f'port-{number}')}", None
    if key == "selector" and "Required" in cause.message:
        return _selector(manifest, spot, exact=exact)
    if key == "name" and "Invalid value" in cause.message and isinstance(value, str):
        new = re.sub(r"[^a-z0-9-]+", "-", value.lower()).strip("-")[:63].strip("-")
        return (f"name: {new}", None) if new and new != value else None
    if key == "targetPort" and isinstance(value, str) and value.strip().isdecimal():
        return f"targetPort: {value.strip()}", replace_value(spot.value, value.strip())
    if "externalName" in key and isinstance(value, str) and "://" in value:
        return f"externalName: {value.split('://')[1].split('/')[0].split(':')[0]}", None
    if key == "name" and "Not found" in cause.message:
        return _volume_names(manifest, path, value)
    if spot.key is not None and "valid label" in cause.message:
        quoted = re.search(r'Invalid value: "((?:[^"\\]|\\.)*)"', cause.message)
        if quoted:
            new = re.sub(r"[^A-Za-z0-9_.-]+", "-", quoted[1]).strip("-_.")[:63]
            return f"{spot.key.value}: {new}", None
    return None


def _split_item(manifest: Any, path: Steps, node: Any) -> tuple[str, Edit | None] | None:
    """Recognise one item that a dash too many made two: `- name: A` and `- value: x`."""
    if len(path) < 3 or not isinstance(path[-2], int) or path[-2] == 0:
        return None
    items = value_at(manifest, path[:-2])
    if not isinstance(items, list) or path[-2] >= len(items):
        return None
    here, before = items[path[-2]], items[path[-2] - 1]
    if not (isinstance(here, dict) and isinstance(before, dict)) or here.keys() & before.keys():
        return None
    if path[-1] not in before or path[-1] in here or not here:
        return None
    first = next(iter(here))
    spot = find(node, path[:-1])
    if spot is None:
        return None
    return f"  {first}: {here[first]}" if not isinstance(
        here[first], (dict, list)
    ) else f"  {first}:", no_dash(spot)


_COUNTED = (
    *("pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "replicationcontrollers"),
    *("resourcequotas", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"),
)


def _supported(key: str, value: str, words: list[str], spot: Spot) -> tuple[str, Edit | None]:
    same = next((word for word in words if word.lower() == value.strip().lower()), "")
    if same:
        return f"{key}: {same}", replace_value(spot.value, same)
    if key == "protocol":
        return "protocol: TCP", None
    return f"{key}: " + " or ".join(words[:6]), None


def _node_port_type(manifest: Any, node: Any) -> tuple[str, Edit | None]:
    typed = value_at(manifest, ("spec", "type"))
    if typed is not None:
        return "type: NodePort", None

    ports = find(node, ("spec", "ports"))
    edit = None
    if ports is not None and ports.parent is not None and not ports.parent.flow_style:
        edit = add_line(ports, ["type: NodePort"], ports.column)
    return "type: NodePort", edit


def _template_labels(
    manifest: Any, path: Steps, spot: Spot, *, exact: bool
) -> tuple[str, Edit | None] | None:
    wanted = value_at(manifest, ("spec", "selector"))
    if isinstance(wanted, dict) and "matchLabels" in wanted:
        wanted = wanted["matchLabels"]
    if (
        not isinstance(wanted, dict)
        or not all(isinstance(item, str) for item in wanted.values())
        or not wanted
    ):
        return None
    there = value_at(manifest, path)
    lines = ["labels:", *(f"  {key}: {_plain_word(item)}" for key, item in wanted.items())]
    if there or exact:
        missing = {k: v for k, v in wanted.items() if not isinstance(there, dict) or there.get(k) != v}
        return "\n".join(
            ["labels:", *(f"  {key}: {_plain_word(item)}" for key, item in missing.items())]
        ), None
    template = value_at(manifest, ("spec", "template"))
    if not isinstance(template, dict):
        return "\n".join(lines), None
    if "metadata" in template and template["metadata"] is not None:
        return "\n".join(lines), add_field(spot, lines) if spot.key and spot.key.value == "metadata" else None
    lines = ["metadata:", *("  " + line for line in lines)]
    return "\n".join(lines), add_field(spot, lines) if spot.key and spot.key.value == "template" else None


def _selector(manifest: Any, spot: Spot, *, exact: bool) -> tuple[str, Edit | None] | None:
    labels = value_at(manifest, ("spec", "template", "metadata", "labels"))
    if (
        not isinstance(labels, dict)
        or not labels
        or not all(isinstance(item, str) for item in labels.values())
    ):
        return None
    nested = manifest.get("kind") != "ReplicationController"
    lines = ["selector:"]
    if nested:
        lines.append("  matchLabels:")
    lines += [f"{'    ' if nested else '  '}{key}: {_plain_word(item)}" for key, item in labels.items()]
    sure = not exact and spot.key is not None and spot.key.value == "spec"
    return "\n".join(lines), add_field(spot, lines) if sure else None


def _volume_names(manifest: Any, path: Steps, value: Any) -> tuple[str, Edit | None] | None:
    if "volumeMounts" not in path:
        return None
    spec = value_at(manifest, path[: path.index("volumeMounts") - 2])
    names = [str(item["name"]) for item in mappings(mapping(spec).get("volumes")) if item.get("name")]
    if names:
        return "one of the Pod's volumes: " + ", ".join(names), None
    return f"volumes:\n- name: {value or 'data'}\n  emptyDir: {{}}", None


def _plain_word(word: str) -> str:
    return (
        word
        if re.fullmatch(r"[A-Za-z][\w./-]*", word) and word.lower() not in _BOOLEANS
        else quoted_word(word)
    )


_PORT_NAMES = {80: "http", 443: "https", 3306: "mysql", 5432: "postgres", 6379: "redis", 53: "dns"}
_BOOLEANS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
