"""What the API server refuses in an object that it could read: its words, why they matter, what to write.

What is wrong is decided by the API server alone. Each of its causes names the rule that was broken and the value, and
here is what a beginner should know of that rule.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings
from k8snotes.api.foreign import PLACEHOLDER
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_kind
from k8snotes.catalogue import named
from k8snotes.doctor.text.edits import (
    Edit,
    add_field,
    add_line,
    move_into,
    no_dash,
    quoted_word,
    remove,
    replace_value,
)
from k8snotes.doctor.text.fault import Fault, fault_of
from k8snotes.doctor.text.paths import Spot, Steps, deepest, find, steps, value_at
from k8snotes.errors import ApiError, Cause, nearest

__all__ = ["cause_fault", "refusal_fault"]

_REQUIRED, _INVALID = "FieldValueRequired", "FieldValueInvalid"
_DUPLICATE, _NOT_FOUND = "FieldValueDuplicate", "FieldValueNotFound"
# The path of a field (a regular expression), the rule or else the reason of a cause -> why it matters, what to write
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (r"spec\.ports$", _REQUIRED, "service-needs-a-port", "ports:\n- port: 80"),
    (r"spec\.ports\[\d+\]\.name$", _REQUIRED, "ports-have-names", "name: http"),
    (r"\.port$|containerPort$|hostPort$", "port-number", "port-number", ""),
    (r"nodePort$", "node-port-range", "node-port-range", ""),
    (r"nodePort$", "node-port-type", "node-port-type", "type: NodePort"),
    (r"nodePort$", "node-port-taken", "node-port-taken", ""),
    (r"clusterIP", "cluster-ip-taken", "cluster-ip-taken", ""),
    (r"clusterIP", "cluster-ip-range", "cluster-ip-range", ""),
    (r"clusterIP", "ip", "cluster-ip-range", ""),
    (r"spec\.selector$", _REQUIRED, "selector-is-not-guessed", "selector:\n  matchLabels:\n    app: ..."),
    (
        r"spec\.selector$",
        "empty-selector",
        "selector-is-not-guessed",
        "selector:\n  matchLabels:\n    app: ...",
    ),
    (r"template\.metadata\.labels$", "template-labels", "template-labels", ""),
    (r"spec\.template$", _REQUIRED, "template-is-copied", "template: ..."),
    (r"containers$", _REQUIRED, "pod-needs-containers", "containers:\n- name: web\n  image: nginx:1.27"),
    (r"\.pathType$", _REQUIRED, "path-type", "pathType: Prefix"),
    (r"spec\.schedule$", _INVALID, "schedule-fields", ""),
    (r"spec\.timeZone$", _INVALID, "time-zone", "timeZone: Etc/UTC"),
    (r"spec\.maxReplicas$", _INVALID, "most-and-least", ""),
    (r"accessModes$", _REQUIRED, "access-modes", "accessModes:\n- ReadWriteOnce"),
    (r"resources\[storage\]$", _REQUIRED, "claim-size", "resources:\n  requests:\n    storage: 1Gi"),
    (r"containers\[\d+\]\.image$", _REQUIRED, "image-is-what-runs", "image: nginx:1.27"),
    (r"containers\[\d+\]\.name$", _REQUIRED, "containers-have-names", "name: web"),
    (r"containers\[\d+\]\.name$", _DUPLICATE, "containers-have-names", ""),
    (r"metadata\.name$", _REQUIRED, "objects-have-names", "name: web"),
    (r"metadata\.name$", _INVALID, "name-is-a-dns-name", ""),
    (r"volumeMounts", _NOT_FOUND, "mounts-are-of-volumes", ""),
    (r"restartPolicy$", _REQUIRED, "work-that-ends", "restartPolicy: OnFailure"),
    (r"restartPolicy$", "FieldValueNotSupported", "work-without-end", "restartPolicy: Always"),
    (r"labels$|selector|matchLabels", "label", "labels-are-short-words", ""),
    (r"limits|requests", "over-limit", "limits-and-requests", ""),
    (r"resources\.(limits|requests)", "standard-resource", "resources-of-containers", ""),
    (r"externalName$", _INVALID, "external-name-is-a-dns-name", ""),
)
_COUNTED = (
    *("pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "replicationcontrollers"),
    *("resourcequotas", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"),
)
_PORT_NAMES = {80: "http", 443: "https", 3306: "mysql", 5432: "postgres", 6379: "redis", 53: "dns"}
_BOOLEANS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_FIRST_NODE_PORT, _LAST_NODE_PORT = 30000, 32767


class _Refused(NamedTuple):
    """A cause, with what is at its place in the object and in the text.

    `exact` says whether the text has the field; else `spot` is the nearest one around it.
    """

    cause: Cause
    manifest: Any
    node: Any
    path: Steps
    spot: Spot
    exact: bool

    @property
    def key(self) -> str:
        """The name of the field."""
        return str(self.path[-1]) if self.path else ""

    @property
    def value(self) -> Any:
        """What is written there."""
        return value_at(self.manifest, self.path)


class _Better(NamedTuple):
    """What to write, looked up in the object, and the edit if that is certain; `because` in place of the general why."""

    write: str = ""
    edit: Edit | None = None
    because: str = ""
    parts: dict[str, Any] = {}  # noqa: RUF012  # never changed


def cause_fault(cause: Cause, manifest: Any, node: Any) -> Fault:
    """Return the fault for one cause of the API server's refusal.

    Args:
        cause: the cause; its message is what the fault says.
        manifest: the object as it was read.
        node: its node in the text.

    >>> from k8snotes.api.manifest import compose, plain
    >>> node = compose("{kind: Service, spec: {ports: [{port: 70000}]}}").nodes[0]
    >>> cause = Cause("spec.ports[0].port", "FieldValueInvalid", "Invalid value: 70000: ...", "port-number")
    >>> fault = cause_fault(cause, plain(node)[0], node)
    >>> fault.column, fault.because
    (38, 'port-number')
    """
    path = steps(cause.field)
    if path[:2] == ("metadata", "taints"):
        path = ("spec", *path[1:])  # as the API server calls it; the field is in spec
    spot, rest = deepest(node, path)
    refused = _Refused(cause, manifest, node, path, _entry_spot(spot, cause, exact=not rest), not rest)
    because, write = _explained(cause)
    better = _placeholder(refused) or _split_item(refused) or _better(refused) or _Better(write)
    spot = refused.spot
    line, column = spot.line, spot.column
    if not rest and spot.value.id == "scalar" and spot.key is not None and spot.value.value:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
    parts = {"message": cause.message, **better.parts}
    because = better.because or because
    return Fault(line, column, cause.field, "refused", because, parts, better.write, better.edit)


def _explained(cause: Cause) -> tuple[str, str]:
    """Return why a cause matters, and what is written in its place in general."""
    if cause.rule == "port-name" and re.fullmatch("[0-9-]+", str(cause.bad_value)):
        return "port-names-have-letters", ""
    for field, rule, because, write in _KNOWN:
        if rule in (cause.rule, cause.reason) and re.search(field, cause.field):
            return because, write
    return cause.reason or "refused", ""


def _entry_spot(spot: Spot, cause: Cause, *, exact: bool) -> Spot:
    """Return the one entry of a map (labels, amounts) that a cause is about: the API server names the map alone."""
    if exact and isinstance(cause.bad_value, (str, Quantity)) and spot.value.id == "mapping":
        word = str(cause.bad_value)
        for key, value in spot.value.value:
            if key.id == "scalar" and (key.value == word or (value.id == "scalar" and value.value == word)):
                return Spot(key, value, spot.value)
    return spot


def _better(refused: _Refused) -> _Better | None:
    """Return a fix that looks at the object, None where the general one is all there is to say.

    First by the rule that was broken, then by the field and Kubernetes' reason.
    """
    cause, key, value, spot = refused.cause, refused.key, refused.value, refused.spot
    if cause.supported and refused.exact and isinstance(value, str):
        return _supported(key, value, cause.supported, spot)
    by_rule = {
        "node-port-type": _node_port_type,
        "node-port-range": _near_node_port,
        "template-labels": _template_labels,
        "standard-resource": _counted_resource,
        "label": _plain_label,
    }.get(cause.rule)
    better = by_rule(refused) if by_rule is not None else None
    if better is not None:
        return better
    if key == "name" and "ports" in refused.path and cause.reason == _REQUIRED:
        return _port_name(refused)
    if key == "selector" and cause.reason == _REQUIRED:
        return _selector(refused)
    if key == "name" and cause.reason == _INVALID and isinstance(value, str):
        new = re.sub(r"[^a-z0-9-]+", "-", value.lower()).strip("-")[:63].strip("-")
        return _Better(f"name: {new}") if new and new != value else None
    if key in ("targetPort", "port") and isinstance(value, str) and value.strip().isdecimal():
        return _Better(f"{key}: {value.strip()}", replace_value(spot.value, value.strip()))
    if key == "pathType" and cause.reason == _REQUIRED:
        return _type_of_an_old_path(refused)
    if key == "restartPolicy" and cause.reason == _REQUIRED:
        return _policy_of_a_container(refused)
    if key == "externalName" and isinstance(value, str) and "://" in value:
        host = re.split("[/:]", value.split("://")[1])[0]
        return _Better(f"externalName: {host}")
    if key == "name" and cause.reason == _NOT_FOUND:
        return _volume_names(refused)
    return None


def _placeholder(refused: _Refused) -> _Better | None:
    """Recognise `${NAME}`, which a program has not filled in yet: nothing else is to be written."""
    word = PLACEHOLDER.search(str(refused.cause.bad_value))
    return _Better(because="placeholder", parts={"word": word[0]}) if word else None


def _split_item(refused: _Refused) -> _Better | None:
    """Recognise one item that a dash too many made two: `- name: A` and `- value: x`.

    So it is, if the field that is required here is in the item above, and the two have no field in common.
    """
    path = refused.path
    if refused.cause.reason != _REQUIRED and refused.cause.rule != "port-number":
        return None
    if len(path) < 3 or not isinstance(path[-2], int) or path[-2] == 0:
        return None
    items = value_at(refused.manifest, path[:-2])
    if not isinstance(items, list) or path[-2] >= len(items):
        return None
    here, before = items[path[-2]], items[path[-2] - 1]
    if not (isinstance(here, dict) and isinstance(before, dict)) or here.keys() & before.keys():
        return None
    if path[-1] not in before or path[-1] in here or not here:
        return None
    first = next(iter(here))
    spot = find(refused.node, path[:-1])
    if spot is None:
        return None
    word = "" if isinstance(here[first], (dict, list)) else f" {here[first]}"
    return _Better(f"  {first}:{word}", no_dash(spot), "dash-too-many")


def _supported(key: str, value: str, words: tuple[str, ...], spot: Spot) -> _Better:
    """Choose of the values that there are."""
    same = next((word for word in words if word.lower() == value.strip().lower()), "")
    if same:
        return _Better(f"{key}: {same}", replace_value(spot.value, same))
    if key == "protocol":
        return _Better("protocol: TCP")
    if len(words) == 1:
        return _Better(f"{key}: {words[0]}")
    parts = {"key": key, "words": named(words[:6])}
    return _Better(because="FieldValueNotSupported", parts=parts)


def _near_node_port(refused: _Refused) -> _Better | None:
    """Choose a node port that ends in the same digits as the one that was asked for, as in 30080 for 80."""
    value = refused.value
    if not isinstance(value, int):
        return None
    near = _FIRST_NODE_PORT + value % 1000 if value < _FIRST_NODE_PORT else _LAST_NODE_PORT
    return _Better(f"nodePort: {near}")


def _node_port_type(refused: _Refused) -> _Better:
    """Put in the type that opens node ports, if the Service has none yet."""
    edit = None
    if value_at(refused.manifest, ("spec", "type")) is None:
        ports = find(refused.node, ("spec", "ports"))
        if ports is not None and ports.parent is not None and not ports.parent.flow_style:
            edit = add_line(ports, ["type: NodePort"], ports.column)
    return _Better("type: NodePort", edit)


def _port_name(refused: _Refused) -> _Better:
    """Name a port by what is usually served on its number."""
    around = refused.path[:-1]
    port = value_at(refused.manifest, (*around, "port")) or value_at(
        refused.manifest, (*around, "containerPort")
    )
    number = port if isinstance(port, int) else 80
    return _Better(f"name: {_PORT_NAMES.get(number, f'port-{number}')}")


def _counted_resource(refused: _Refused) -> _Better | None:
    """Correct the name of a resource in a quota."""
    near = nearest(refused.key, _COUNTED) if "hard" in refused.path else ""
    return _Better(f"{near}: {refused.value}") if near else None


def _plain_label(refused: _Refused) -> _Better | None:
    """Write the value of a label with the letters that it may have."""
    word, spot = refused.cause.bad_value, refused.spot
    if spot.key is None or spot.value.id != "scalar" or spot.value.value != word:
        return None
    new = re.sub(r"[^A-Za-z0-9_.-]+", "-", word).strip("-_.")[:63]
    return _Better(f"{spot.key.value}: {new}")


def _template_labels(refused: _Refused) -> _Better | None:
    """Give the template the labels that the selector asks for."""
    manifest, spot = refused.manifest, refused.spot
    wanted = value_at(manifest, ("spec", "selector"))
    if wanted is None:
        return _Better(because="selector-comes-first")
    if isinstance(wanted, dict) and "matchLabels" in wanted:
        wanted = wanted["matchLabels"]
    if not _are_labels(wanted):
        return None
    there = refused.value
    if there or refused.exact:
        missing = {k: v for k, v in wanted.items() if not isinstance(there, dict) or there.get(k) != v}
        return _Better("\n".join(_label_lines("labels", missing)))
    lines = _label_lines("labels", wanted)
    template = value_at(manifest, ("spec", "template"))
    if not isinstance(template, dict):
        return _Better("\n".join(lines))
    holder = "metadata"
    if template.get("metadata") is None:
        holder, lines = "template", ["metadata:", *("  " + line for line in lines)]
    edit = add_field(spot, lines) if spot.key and spot.key.value == holder else None
    return _Better("\n".join(lines), edit)


def _type_of_an_old_path(refused: _Refused) -> _Better | None:
    """Give a path of an Ingress the type that it had before networking.k8s.io/v1, if its backend is written as then.

    Source of the rule: https://kubernetes.io/docs/reference/using-api/deprecation-guide/#ingress-v122
    """
    around = refused.path[:-1]
    backend = mapping(value_at(refused.manifest, (*around, "backend")))
    spot = find(refused.node, around)
    if spot is None or not backend.keys() & {"serviceName", "servicePort"}:
        return None
    write = "pathType: ImplementationSpecific"
    return _Better(write, add_field(spot, [write]), "path-type-of-before")


def _policy_of_a_container(refused: _Refused) -> _Better | None:
    """Move the restartPolicy that is written in a container up to its Pod, which needs one."""
    around = refused.path[:-1]
    pod, node = find(refused.node, around), refused.node
    for number in range(len(mappings(mapping(value_at(refused.manifest, around)).get("containers")))):
        there = find(node, (*around, "containers", number, "restartPolicy"))
        if there is not None and there.value.id == "scalar" and pod is not None:
            write = f"restartPolicy: {there.value.value}"
            return _Better(write, move_into(there, pod), "restart-policy-of-the-pod")
    return None


def _selector(refused: _Refused) -> _Better | None:
    """Make the selector of the labels that the template has."""
    manifest, spot = refused.manifest, refused.spot
    labels = value_at(manifest, ("spec", "template", "metadata", "labels"))
    if not _are_labels(labels):
        return None
    kind = find_kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
    if kind is not None and kind.selector_is_map:
        lines = _label_lines("selector", labels)
    else:
        lines = ["selector:", *("  " + line for line in _label_lines("matchLabels", labels))]
    sure = not refused.exact and spot.key is not None and spot.key.value == "spec"
    return _Better("\n".join(lines), add_field(spot, lines) if sure else None)


def _are_labels(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(item, str) for item in value.values())


def _label_lines(field: str, labels: dict[str, str]) -> list[str]:
    return [f"{field}:", *(f"  {key}: {_plain_word(item)}" for key, item in labels.items())]


def _volume_names(refused: _Refused) -> _Better | None:
    """Name the volumes that the Pod has, or one that it could have."""
    path = refused.path
    if "volumeMounts" not in path:
        return None
    spec = value_at(refused.manifest, path[: path.index("volumeMounts") - 2])
    names = [str(item["name"]) for item in mappings(mapping(spec).get("volumes")) if item.get("name")]
    if names:
        return _Better(because="mounts-are-of-these-volumes", parts={"names": named(names)})
    return _Better(f"volumes:\n- name: {refused.value or 'data'}\n  emptyDir: {{}}")


def _plain_word(word: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w./-]*", word) and word.lower() not in _BOOLEANS
    return word if plain else quoted_word(word)


def refusal_fault(error: ApiError, node: Any) -> Fault:
    """Return the fault of a refusal that names no field: a name that is taken, a quota, a version that was sent along.

    Args:
        error: the refusal; what it says is what the fault says.
        node: the node of the object in the text.
    """
    path: Steps = ("metadata", "name")
    because, write, edit = "refused", "", None
    if error.code == 409:
        because, write = "same-name", "name: ..."
    elif error.rule in ("quota", "quota-unspecified"):
        because = "quota"
    elif error.code == 403:
        because = "forbidden"
    elif error.rule == "resource-version":
        path, because = ("metadata", "resourceVersion"), "resource-version"
        sent = find(node, path)
        edit = remove(sent) if sent is not None else None
    spot = find(node, path) or find(node, ("metadata",)) or Spot(None, node)
    parts = {"message": error.message}
    return fault_of(spot, path, "refused", because=because, parts=parts, write=write, edit=edit)
