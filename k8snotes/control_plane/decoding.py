"""What the API server makes of a manifest before anything else: known fields, of the right types."""

from __future__ import annotations

import binascii
import json
import re
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.kinds.secret import shown_key
from k8snotes.api.masking import shown_kind
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import all_kinds, builtin_group, find_kind, kinds_named
from k8snotes.catalogue import _, sentences
from k8snotes.control_plane.decoded import Decoded
from k8snotes.control_plane.schema import CUSTOM, FieldType, go_struct, struct_for, struct_of
from k8snotes.control_plane.validation.wording import bad_request
from k8snotes.errors import ApiError, ApiWarning, QuantityError, nearest

__all__ = ["Decoder", "decode", "resource_of"]

_ABSENT = object()
_SECONDS, _MICRO = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000000Z07:00"
# the parts of a time as Go names them: what they look like, and within which bounds they have to be
_TIME_PARTS: tuple[tuple[str, str, int, int, str], ...] = (
    ("2006", "[0-9]{4}", 0, 0, ""),
    ("-", "-", 0, 0, ""),
    ("01", "[0-9]{2}", 1, 12, "month"),
    ("-", "-", 0, 0, ""),
    ("02", "[0-9]{2}", 1, 31, "day"),
    ("T", "T", 0, 0, ""),
    ("15", "[0-9]{2}", 0, 23, "hour"),
    (":", ":", 0, 0, ""),
    ("04", "[0-9]{2}", 0, 59, "minute"),
    (":", ":", 0, 0, ""),
    ("05", "[0-9]{2}", 0, 59, "second"),
    (".000000", "[.,][0-9]{6}", 0, 0, ""),
    ("Z07:00", "Z|[-+][0-9]{2}:[0-9]{2}", 0, 0, ""),
)
_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
_MOST_STRICT_ERRORS = 100
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_SHAPES: dict[str, tuple[type, ...]] = {"": (dict,), "{}": (dict,), "[]": (list, tuple)}
_OWN_READER = ("Time", "MicroTime")  # beside quantities, and what may be a number or text
_SHOWN = 30  # characters of a body that is not recognized
# structs that are in another without a name of their own, and the fields that are theirs ...
_EMBEDDED = {
    "IngressRule": ("IngressRuleValue", frozenset({"http"})),
    "Probe": ("ProbeHandler", frozenset({"exec", "grpc", "httpGet", "tcpSocket"})),
    **dict.fromkeys(
        (
            "ConfigMapEnvSource",
            "ConfigMapKeySelector",
            "ConfigMapProjection",
            "ConfigMapVolumeSource",
            "SecretEnvSource",
            "SecretKeySelector",
            "SecretProjection",
        ),
        ("LocalObjectReference", frozenset({"name"})),
    ),
    # ... or are not
    "EphemeralContainer": ("EphemeralContainerCommon", frozenset({"targetContainerName"})),
    "PersistentVolumeSpec": (
        "PersistentVolumeSource",
        frozenset(
            {
                "accessModes",
                "capacity",
                "claimRef",
                "mountOptions",
                "nodeAffinity",
                "persistentVolumeReclaimPolicy",
                "storageClassName",
                "volumeAttributesClassName",
                "volumeMode",
            }
        ),
    ),
    "Volume": ("VolumeSource", frozenset({"name"})),
}
_ALL_BUT = frozenset({"EphemeralContainer", "PersistentVolumeSpec", "Volume"})
_GO_VERSIONS = dict.fromkeys(
    ("HPAScalingPolicyType", "MetricSourceType", "MetricTargetType", "ScalingPolicySelect"), "v2"
)
_NOTHING_NEAR = _(
    "The API server serves no such kind. To run containers, use a Pod or a kind that creates Pods."
)


def decode(
    manifest: Any, resource: Kind, *, strict: bool = True, struct: str = "", yaml: bool = True
) -> tuple[dict[str, Any], list[ApiWarning]]:
    """Read a manifest as the API server reads the body of a request for `resource`.

    Args:
        manifest: what was sent; it is not changed.
        resource: the kind to whose path it was sent.
        strict: whether an unknown field is refused; otherwise it is a warning.
        struct: the struct of a custom resource, by its definition.
        yaml: whether it was sent as YAML, or by kubectl: then it reaches the decoder as JSON with sorted keys,
            in which 1000.0 is written 1000. JSON is read as it is.

    Returns:
        A private copy as it would be stored (nothing that is empty but what `Decoded` remembers, quantities in
        canonical form), and the warnings. Kinds that have no table here are taken as they are.

    Raises:
        ApiError: 400 for a value of the wrong type and, if `strict`, for unknown fields.

    >>> from k8snotes.api.registry import find_resource
    >>> decode({"kind": "Service", "metadata": {"name": "web"}, "spec": {"port": 80}}, find_resource("svc"))
    Traceback (most recent call last):
    ...
    k8snotes.errors.ApiError: Service in version "v1" cannot be handled as a Service: strict decoding error: \
unknown field "spec.port"
    Did you mean "ports"?

    Source of the rule: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
    """
    if not isinstance(manifest, dict):
        json_kind = _json_kind(manifest)
        raise bad_request(
            _(
                "a {kind} must be an object (fields with values), and this is {json_kind}",
                kind=resource.kind,
                json_kind=json_kind,
            )
        )
    # of a version beside the one that is stored there is no table: it is taken as it is
    api_version = _checked_version(manifest, resource)
    struct = struct or struct_for(api_version, resource.kind)
    decoder = Decoder(resource, split_api_version(api_version)[1], yaml=yaml)
    if not struct:
        decoded = {str(key): _plain(value) for key, value in manifest.items() if value is not None}
        decoded["metadata"] = decoder.struct(
            "ObjectMeta", mapping(manifest.get("metadata")), "metadata", "metadata"
        )
    else:
        decoded = decoder.struct(struct, manifest, "", "")
    if decoder.mismatch is not None:
        raise decoder.mismatch
    decoded = {"apiVersion": api_version, "kind": resource.kind} | {
        key: value for key, value in decoded.items() if key not in ("apiVersion", "kind")
    }
    if decoder.found_empty:
        decoded = Decoded(decoded, {})
    unknown = [ApiWarning(f"unknown field {quoted(path)}") for path in decoder.unknown[:_MOST_STRICT_ERRORS]]
    if strict and unknown:
        detail = "strict decoding error: " + ", ".join(unknown)
        raise decoder.refusal(detail, "unknown-fields", hint=decoder.hint, fields=tuple(decoder.unknown))
    return decoded, unknown


def _checked_version(manifest: dict[Any, Any], resource: Kind) -> str:
    """Return the apiVersion of a manifest; refuse one of another kind or version than the path it was sent to.

    What the body does not say is that of the path. The names of these two fields are read without regard to case.

    Source of the rule: `Interpret` and `gvkWithDefaults` of k8s.io/apimachinery/pkg/runtime/serializer/json
    """
    said = {"apiversion": "", "kind": ""}
    for key, value in manifest.items():
        field = key.lower() if isinstance(key, str) else ""
        if field not in said or value is None:
            continue
        if not isinstance(value, str):
            place = "apiVersion" if field == "apiversion" else "kind"
            problem = (
                f"json: cannot unmarshal {_json_kind(value)} into Go struct field .{place} of type string"
            )
            raise _unrecognized(manifest, resource, "couldn't get version/kind; json parse error: " + problem)
        said[field] = value
    api_version, kind = said["apiversion"], said["kind"] or resource.kind
    if api_version.count("/") > 1:
        raise _unrecognized(manifest, resource, f"unexpected GroupVersion string: {api_version}")
    group, version = split_api_version(api_version)
    if not version and group in ("", resource.group):
        api_version, version = resource.api_version, resource.version
    known = (api_version, kind) == (resource.api_version, resource.kind)
    if not known and find_kind(api_version, kind) != resource:
        problem = f"no kind {quoted(kind)} is registered for version {quoted(api_version)} in scheme "
        raise _refused(resource, kind, version, problem + quoted(_SCHEME))
    return api_version


def _unrecognized(manifest: dict[Any, Any], resource: Kind, problem: str) -> ApiError:
    """Make the answer to a body of which the API server cannot say what it is: it quotes its beginning."""
    sent = json.dumps(manifest, default=str, ensure_ascii=False)
    shown = sent if len(sent) <= _SHOWN else sent[:_SHOWN] + " ..."
    return bad_request(
        f"the object provided is unrecognized (must be of type {resource.kind}): {problem} ({shown})"
    )


def _refused(  # noqa: PLR0917  # the parts of one message, in its order
    resource: Kind, kind: str, version: str, detail: str, rule: str = "", hint: str = "", **parts: Any
) -> ApiError:
    """Make the answer to a manifest that cannot be read: 400, BadRequest."""
    message = f"{kind} in version {quoted(version)} cannot be handled as a {resource.kind}: {detail}"
    return ApiError(400, "BadRequest", message, rule=rule, detail=detail, hint=hint, parts=parts)


def _json_kind(value: Any) -> str:
    """Return what Go's JSON decoder calls a value: "number", "object", ..."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (str, date)):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "null" if value is None else "array"


def _key(key: Any) -> str:
    """Return a key as JSON has it: YAML keys may be numbers and truth values, JSON has text only."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)


def _text(value: Any) -> Any:
    """Return a date that YAML has read as the text that it was: to Kubernetes it is text."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


def _plain(value: Any) -> Any:
    """Copy a value of any type as it is, with keys and dates as text."""
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _text(value)


class Decoder:
    """Walks a manifest along its table; keeps count of the unknown fields.

    As Go does, it notes the first value of a wrong type (`mismatch`) and reads on; it stops at a value whose type has a
    reader of its own (a time, a quantity, a number or text) that refuses it. The doctor, which wants all faults at
    once, overrides `_failed`.

    Args:
        resource: the kind.
        version: the version that messages name; "" for the stored one.
        yaml: whether keys are read in the order of their names.
    """

    def __init__(self, resource: Kind, version: str = "", *, yaml: bool = True) -> None:
        self.resource = resource
        self.version = version or resource.version
        self.yaml = yaml
        self.unknown: list[str] = []  # their paths
        self.hint = ""
        self.mismatch: ApiError | None = None
        self.found_empty = False  # whether an empty list or map was sent that is not stored

    def refusal(self, detail: str, rule: str = "", *, hint: str = "", **parts: Any) -> ApiError:
        """Return the error for a manifest that cannot be decoded; `rule` and `parts` are those of ApiError."""
        error = _refused(self.resource, self.resource.kind, self.version, detail, rule, hint, **parts)
        if hint:
            error.add_note(hint)
        return error

    def struct(self, name: str, value: dict[Any, Any], path: str, field: str) -> dict[str, Any]:
        """Decode one object: `path` has the indices of lists ("spec.ports[0]"), `field` has not (Go's way)."""
        fields = struct_of(name)
        by_name = {_key(key): item for key, item in value.items()}
        decoded: dict[str, Any] = {}
        for key in sorted(by_name) if self.yaml else by_name:
            type_ = fields.get(key)
            here = f"{path}.{key}" if path else key
            if type_ is None:
                self._note_unknown(here, key, fields)
                continue
            inside = _embedded(name, key)
            go_field = ".".join(step for step in (field, inside, key) if step)
            where = f"{go_struct(name)[1]}.{go_field}"
            decoded[key] = self._field(type_, by_name[key], here, where, go_field)
        stored = {
            key: item
            for key in dict.fromkeys((*by_name, *fields))
            if key in fields and (item := _stored(fields[key], decoded.get(key, _ABSENT))) is not _ABSENT
        }
        if name == "PodTemplateSpec" and mapping(by_name.get("metadata")).get("labels") == {}:
            # defaults and messages tell no labels from an empty map of them; it is not stored
            stored["metadata"]["labels"] = {}
        empty = {
            key: item
            for key, item in decoded.items()
            if not item and key not in stored and isinstance(item, (list, dict))
        }
        if empty:
            self.found_empty = True
            return Decoded(stored, empty)
        return stored

    def _note_unknown(self, path: str, key: str, fields: dict[str, FieldType]) -> None:
        """Count a field that does not exist; the first gets a "did you mean"."""
        # in `password:s3cret` a space is missing, and the value is a part of the name
        self.unknown.append(shown_key(path) if self.resource.kind == "Secret" else path)
        if not self.hint:
            near = nearest(key, fields)
            self.hint = _('Did you mean "{name}"?', name=near) if near else ""

    def _failed(self, type_: FieldType, value: Any, path: str, error: ApiError, *, item: bool) -> None:  # noqa: ARG002  # the doctor's needs them
        """Note a value that cannot be decoded, and go on without it; or stop there.

        Args:
            type_: the type of the field.
            value: what was there.
            path: its place, with indices.
            error: the refusal.
            item: whether it is an item of the field, which is a list or a map.

        Raises:
            ApiError: the type has a reader of its own, at which Go's decoder stops.
        """
        if error.parts.get("stops"):
            raise error
        if self.mismatch is None:
            error.parts = {**error.parts, "type": type_, "found": _go_kind(value), "item": item}
            self.mismatch = error

    def _field(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        """Decode one field as `_read` does; one that cannot be decoded is absent."""
        try:
            return self._read(type_, value, path, where, field)
        except ApiError as error:
            self._failed(type_, value, path, error, item=False)
            return _ABSENT

    def _read(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        """Decode one field, which may be a list or a map of its type.

        Args:
            type_: its type in the table.
            value: what is there.
            path: its place with indices, for unknown fields: "spec.ports[0].port".
            where: its place as Go's messages name it: "ServicePort.spec.ports.port".
            field: the same without the struct.
        """
        value = _text(value)
        if value is None:
            return _ABSENT
        if type_.name.startswith(CUSTOM) and not isinstance(value, _SHAPES[type_.container]):
            return _plain(value)  # a custom resource is held to its schema later
        if type_.container == "[]":
            if not isinstance(value, (list, tuple)):
                raise self._mismatch(_json_kind(value), where, "[]" + _go_type(type_))
            return [self._item(type_, item, f"{path}[{i}]", where, field) for i, item in enumerate(value)]
        if type_.container == "{}":
            if not isinstance(value, dict):
                go_type = "v1.ResourceList" if type_.name == "Quantity" else f"map[string]{_go_type(type_)}"
                raise self._mismatch(_json_kind(value), where, go_type)
            items = [(_key(key), item) for key, item in value.items()]
            if self.yaml and len(items) > 1:
                items.sort(key=itemgetter(0))
            return {key: self._item(type_, item, f"{path}[{key}]", where, field) for key, item in items}
        return self._single(type_, value, path, where, field)

    def _item(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        """Decode one item of a list or a map."""
        given = _text(value)
        if given is not None:
            try:
                return self._single(type_, given, path, where, field)
            except ApiError as error:
                self._failed(type_, value, path, error, item=True)
        # null in a list or map is the empty value of its type
        return self.struct(type_.name, {}, path, field) if type_.is_struct else type_.zero

    def _single(self, type_: FieldType, value: Any, path: str, where: str, field: str) -> Any:
        """Decode one value that is neither list nor map."""
        name = type_.name
        if type_.is_struct:
            if not isinstance(value, dict) and name.startswith(CUSTOM):
                return _plain(value)
            if not isinstance(value, dict):
                raise self._mismatch(_json_kind(value), where, _go_type(type_))
            return self.struct(name, value, path, field)
        match name:
            case "any":
                return _plain(value)
            case "Quantity":
                return self._quantity(value)
            case "IntOrString" if isinstance(value, str):
                return value
            case "int32" | "int64":
                return self._integer(value, name, where)
            case "IntOrString":
                return self._integer(value, "int32", where, stops=True)
            case "float64":
                expected = isinstance(value, (int, float)) and not isinstance(value, bool)
            case "bool":
                expected = isinstance(value, bool)
            case _:
                expected = isinstance(value, str)
        if name == "bytes" and isinstance(value, list) and all(_is_byte(item) for item in value):
            return binascii.b2a_base64(bytes(value), newline=False).decode()
        if not expected:
            raise self._mismatch(_json_kind(value), where, _go_type(type_), stops=name in _OWN_READER)
        if name in ("Time", "MicroTime") and (problem := time_fault(value, micro=name == "MicroTime")):
            layout = _MICRO if name == "MicroTime" else _SECONDS
            raise self.refusal(
                f'parsing time {quoted(value)} as "{layout}": {problem}', "time", problem=problem, stops=True
            )
        if name == "bytes":
            self._check_base64(value)
        return value

    def _mismatch(self, found: str, where: str, go_type: str, *, stops: bool = False) -> ApiError:
        """Return the error for a value of the wrong type."""
        problem = f"cannot unmarshal {found} into Go struct field {where} of type {go_type}"
        return self.refusal(f"json: {problem}", "wrong-type", problem=problem, go_field=where, stops=stops)

    def _integer(self, value: Any, go_type: str, where: str, *, stops: bool = False) -> int:
        """Return a whole number that fits into 32 or 64 bits."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._mismatch(_json_kind(value), where, go_type, stops=stops)
        if self.yaml and isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
            value = int(value)
        bits = 63 if go_type == "int64" else 31
        if isinstance(value, float) or not -(2**bits) <= value < 2**bits:
            shown = str(value) if isinstance(value, float) or abs(value) < 10**40 else f"{value:.6e}"
            raise self._mismatch(f"number {shown}", where, go_type, stops=stops)
        return int(value)

    def _quantity(self, value: Any) -> str:
        """Return a quantity in its canonical form: it reads whatever is there, as text."""
        try:
            if isinstance(value, (dict, list, tuple, bool)):
                return str(Quantity(json.dumps(value, default=str)[:20]))
            quantity = Quantity(value.strip() if isinstance(value, str) else value)
            # Kubernetes would take 1e999999999 and count wrongly with it; here it is refused in words
            _milli = quantity.milli
            return str(quantity)
        except QuantityError as error:
            raise self.refusal(error.message, "quantity", hint=error.hint, stops=True) from error

    def _check_base64(self, value: str) -> None:
        """Refuse text that is no base64, naming the byte as Go does."""
        position = _base64_fault(value.encode("utf-8", "surrogatepass"))
        if position >= 0:
            raise self.refusal(f"illegal base64 data at input byte {position}", "base64")


def _base64_fault(text: bytes) -> int:
    """Return the byte at which Go's decoder of base64 stops, -1 where it does not.

    Source of the rule: `decodeQuantum` of Go's encoding/base64
    """
    at, pieces = 0, 0  # four pieces make three bytes
    while at < len(text):
        byte, at = text[at], at + 1
        if byte in _BASE64:
            pieces = (pieces + 1) % 4
        elif byte not in b"\r\n":
            return _padding_fault(text, at, pieces) if byte == ord("=") else at - 1
    return at - pieces if pieces else -1


def _padding_fault(text: bytes, at: int, pieces: int) -> int:
    """Return the byte at which the padding goes wrong; `at` is the byte after its first `=`."""
    if pieces < 2:
        return at - 1
    rest = text[at:].lstrip(b"\r\n")
    at = len(text) - len(rest)
    if pieces == 2:
        if not rest:
            return len(text)
        if rest[:1] != b"=":
            return at - 1
        rest = rest[1:].lstrip(b"\r\n")
        at = len(text) - len(rest)
    return at if rest else -1


def time_fault(value: str, *, micro: bool = False) -> str:
    """Say in Go's words why a text is no time of RFC 3339, "" if it is one.

    Args:
        value: the text.
        micro: whether six digits of a second are needed, as in the times of a Lease.

    >>> time_fault("2026-01-01T00:00:00Z")
    ''
    >>> time_fault("today"), time_fault("2026-13-01T00:00:00Z")
    ('cannot parse "today" as "2006"', 'month out of range')
    """
    rest = value
    for layout, pattern, low, high, what in _TIME_PARTS:
        if layout == ".000000" and not micro:
            # any number of digits is allowed there
            rest = re.sub(r"\A[.,][0-9]+", "", rest)
            continue
        match = re.match(pattern, rest)
        if match is None:
            return f'cannot parse {quoted(rest)} as "{layout}"'
        if what and not low <= int(match[0]) <= high:
            return f"{what} out of range"
        rest = rest[match.end() :]
    return f"extra text: {quoted(rest)}" if rest else ""


def _embedded(struct: str, field: str) -> str:
    """Return the struct without a name of its own that a field is part of in Go, "" mostly: messages name it."""
    inner, fields = _EMBEDDED.get(struct, ("", frozenset()))
    return inner if (field in fields) == (struct not in _ALL_BUT) else ""


def _is_byte(value: Any) -> bool:
    """Whether a value is one of a list that Go takes for bytes."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 256


def _go_type(type_: FieldType) -> str:
    """Return what Go calls a type in its messages: "v1.Protocol", "[]uint8"."""
    if type_.go_name:
        return f"{_GO_VERSIONS.get(type_.go_name, 'v1')}.{type_.go_name}"
    match type_.name:
        case "Time" | "MicroTime":
            return "string"
        case "bytes":
            return "[]uint8"
        case "Quantity":
            return "resource.Quantity"
        case "string" | "bool" | "int32" | "int64" | "float64" | "any":
            return type_.name
        case name:
            return ".".join(go_struct(name))


def _stored(type_: FieldType, value: Any) -> Any:
    """Return what of a decoded field is written back: Go leaves out what is empty and no pointer."""
    is_struct = not type_.container and type_.is_struct
    if value is _ABSENT:
        if type_.pointer or type_.container or type_.name in ("Time", "MicroTime", "any"):
            return _ABSENT
        if is_struct:
            return _empty_struct(type_.name)
        return type_.zero if type_.always or type_.name == "Quantity" else _ABSENT
    if type_.pointer or type_.always or is_struct or (type_.name == "Quantity" and not type_.container):
        return value
    if type_.name == "any" and not type_.container:
        return value
    return _ABSENT if value in ("", 0, [], {}) else value


def _empty_struct(name: str) -> dict[str, Any]:
    """Return a struct that is always written, with those fields that are always written."""
    return {
        field: value
        for field, type_ in struct_of(name).items()
        if (value := _stored(type_, _ABSENT)) is not _ABSENT
    }


def resource_of(manifest: Manifest) -> Kind:
    """Return how the kind of a manifest is called.

    A manifest of a built-in kind without (or with a wrong) apiVersion is taken for that kind, as when it is
    sent to the kind's own path; decoding it then refuses the wrong one. Any kind of a group that is not
    Kubernetes' own is a custom resource. Raises ApiError where no API server serves such a kind.
    """
    kind, version = text(manifest.get("kind")), text(manifest.get("apiVersion"))
    known = find_kind(version, kind)
    if known:
        return known
    named = [resource for resource in kinds_named(kind) if resource.kind == kind]
    group = split_api_version(version)[0]
    if named and (builtin_group(group) or "." not in group):
        return named[0]
    if not kind or not version or builtin_group(group) or "." not in group:
        near = nearest(kind, [resource.kind for resource in all_kinds()])
        hint = _('Did you mean "{name}"?', name=near) if near else _NOTHING_NEAR
        message = sentences(f'no matches for kind "{shown_kind(kind)}" in version "{version}".', hint)
        parts = {"kind": shown_kind(kind), "version": version, "near": near}
        raise ApiError(400, "BadRequest", message, rule="no-such-kind", hint=hint, parts=parts)
    return KubeObject(manifest).resource


def _go_kind(value: Any) -> str:
    """Return the kind of a value of JSON in Go; the value itself may be a Secret's, and is not kept."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "int64" if isinstance(value, int) else "float64"
    return "map" if isinstance(value, dict) else "slice" if isinstance(value, list) else "string"
