"""Secret: what is not for every eye; written plainly, stored in base64; its type says which keys it must have.

Source of the rule: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.kinds.secret import shown_key
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.data import MAX_DATA_BYTES, decoded_size, kept, keys
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, immutable, invalid_value, required, too_long
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

_DATA = Path("data")
_DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
_NEEDED = {
    **{kind: (key,) for kind, key in _DOCKER.items()},
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_USER = ("username", "password")
_ACCOUNT = "kubernetes.io/service-account.name"
# what Go's reader of JSON says where Python's says something else
_AFTER = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Extra data": "after top-level value",
}


def _complete(manifest: Manifest) -> None:
    """Let the type be Opaque, and store what is written plainly (stringData) in base64."""
    set_missing(manifest, type="Opaque")
    written = manifest.pop("stringData", None)  # write-only: what is stored is `data`, in base64
    if written:
        encoded = {
            key: base64.b64encode(str(value).encode("utf-8", "surrogatepass")).decode()
            for key, value in written.items()
        }
        manifest["data"] = {**mapping(manifest.get("data")), **encoded}


def _check(manifest: Manifest) -> list[Cause]:
    return (
        metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _data(manifest) + _type(manifest)
    )


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    changed = immutable("type", new.get("type"), old.get("type")) + kept(new, old, "data")
    return metadata_update(new["metadata"], old["metadata"]) + changed + _data(new) + _type(new)


def _data(manifest: Manifest) -> list[Cause]:
    """Check the keys and the size of the data (ValidateSecret); a key that may hold a value is not quoted."""
    data = mapping(manifest.get("data"))
    causes = keys({shown_key(key): "" for key in data}, Path("data"))
    if sum(map(decoded_size, data.values())) > MAX_DATA_BYTES:
        causes.append(too_long("data", MAX_DATA_BYTES))
    return causes


def _type(manifest: Manifest) -> list[Cause]:
    """Check that what the type promises is there (ValidateSecret)."""
    kind = manifest.get("type")
    data = mapping(manifest.get("data"))
    if kind == "kubernetes.io/service-account-token":
        account = mapping(manifest["metadata"].get("annotations")).get(_ACCOUNT)
        return [] if account else [required(Path("metadata.annotations").key(_ACCOUNT))]
    if kind == "kubernetes.io/basic-auth":
        return [] if data.keys() & set(_USER) else [required(_DATA.key(key)) for key in _USER]
    missing = [key for key in _NEEDED.get(str(kind), ()) if key not in data]
    if kind == "kubernetes.io/ssh-auth" and not data.get("ssh-privatekey"):
        missing = ["ssh-privatekey"]
    if not missing and kind in _DOCKER and (fault := _json_fault(data[_DOCKER[kind]])):
        return [invalid_value(_DATA.key(_DOCKER[kind]), "<secret contents redacted>", fault)]
    return [required(_DATA.key(key)) for key in missing]


def _json_fault(encoded: str) -> str:
    """Say in Go's words why a value is no JSON object; "" if it is one."""
    text = base64.b64decode(encoded).decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg not in _AFTER:
            return "unexpected end of JSON input"
        return f"invalid character {text[error.pos]!r} {_AFTER[error.msg]}"
    except (ValueError, RecursionError):
        return "exceeded max depth"
    if isinstance(value, dict) or value is None:
        return ""
    kind = {list: "array", str: "string", bool: "bool"}.get(type(value), "number")
    return f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"


def _warn(manifest: Manifest, _old: Manifest | None) -> Iterable[ApiWarning]:
    """Tell of a certificate or a key that is none; whether the two belong together is not looked at."""
    if manifest.get("type") == "kubernetes.io/tls":
        data = mapping(manifest.get("data"))
        for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
            if b"-----BEGIN " not in base64.b64decode(data.get(key) or ""):
                yield ApiWarning(f"tls: failed to find any PEM data in {what} input")
                return


RULES = Rules(complete=_complete, check=_check, check_update=_check_update, warnings=_warn)
