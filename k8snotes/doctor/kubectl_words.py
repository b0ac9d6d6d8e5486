"""What `kubectl create -f FILE` says about each document, in its own words."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text
from k8snotes.api.foreign import foreign
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import split_api_version
from k8snotes.api.manifest import Reading, parser_words
from k8snotes.api.masking import shown_kind
from k8snotes.api.registry import builtin_group, find_kind
from k8snotes.errors import ApiError

__all__ = ["says_created", "says_no_mapping", "says_not_yaml", "says_refused", "says_unknown_kind"]

_STOP = "if you choose to ignore these errors, turn validation off with --validate=false"


def says_not_yaml(reading: Reading, file: str) -> str:
    """Return what is said about text that is no YAML; kubectl reads no further.

    Args:
        reading: how far the text could be read; it has the line that kubectl names.
        file: the name of the file, as it is typed after -f.
    """
    words = parser_words(reading.problem, reading.parser_line or 0) if reading.problem else ""
    return f"error: error parsing {file}: error converting YAML to JSON: yaml: {words}"


def says_created(obj: KubeObject) -> str:
    """Return what is said about an object that was accepted.

    >>> from k8snotes.api.base import view
    >>> says_created(view({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}))
    'deployment.apps/web created'
    """
    group = f".{obj.resource.group}" if obj.resource.group else ""
    return f"{obj.resource.singular}{group}/{obj.name} created"


def says_unknown_kind(value: Any, file: str) -> str:
    """Return what is said where apiVersion and kind lead nowhere, "" where they do not.

    >>> says_unknown_kind({"apiVersion": "v1", "kind": "Pod"}, "web.yaml")
    ''
    >>> print(says_unknown_kind({"kind": "Pod"}, "web.yaml"))
    error: error validating "web.yaml": error validating data: apiVersion not set; if you choose to ignore \
these errors, turn validation off with --validate=false
    """
    if not isinstance(value, dict):
        return f'error: error validating "{file}": error validating data: invalid object to validate; {_STOP}'
    missing = []
    for name in ("apiVersion", "kind"):
        if value.get(name) in (None, ""):
            missing.append(f"{name} not set")
        elif not isinstance(value[name], str):
            missing.append(f"{name} isn't string type")
    if missing:
        what = missing[0] if len(missing) == 1 else f"[{', '.join(missing)}]"
        return f'error: error validating "{file}": error validating data: {what}; {_STOP}'
    version, kind = value["apiVersion"], value["kind"]
    group = split_api_version(version)[0]
    if find_kind(version, kind) or ("." in group and not builtin_group(group) and not foreign(value)):
        return ""
    return says_no_mapping(value, file)


def says_no_mapping(value: Manifest, file: str) -> str:
    r"""Return what is said of an object whose kind no cluster has without its definition.

    Args:
        value: the object as it was read.
        file: the name of the file, as it is typed after -f.

    >>> says_no_mapping({"apiVersion": "example.com/v1", "kind": "Widget"}, "w.yaml").split(": ")[-1].split("\n")[0]
    'no matches for kind "Widget" in version "example.com/v1"'
    """
    version, kind = text(value.get("apiVersion")), text(value.get("kind"))
    metadata = mapping(value.get("metadata"))
    name, namespace = text(metadata.get("name")), text(metadata.get("namespace"))
    return (
        f"error: resource mapping not found for name: {quoted(name)} namespace: {quoted(namespace)} "
        f'from "{file}": no matches for kind {quoted(shown_kind(kind))} in version {quoted(version)}\n'
        "ensure CRDs are installed first"
    )


def says_refused(value: Any, error: ApiError, file: str) -> str:
    """Return what is said about an object that the API server refuses.

    Args:
        value: the object as it was read.
        error: the refusal.
        file: the name of the file, as it is typed after -f.
    """
    if error.code == 422 and error.causes:
        name = text(mapping(value.get("metadata")).get("name"))
        lines = [f"{cause.field}: {cause.message}" for cause in error.causes]
        listed = (
            lines[0] if len(lines) == 1 else "\n" + "\n".join(f"* {line}" for line in dict.fromkeys(lines))
        )
        return f"The {value.get('kind')} {quoted(name)} is invalid: {listed}"
    if error.parts.get("go_field", "").startswith("ObjectMeta.metadata."):
        # kubectl reads the metadata itself, before it asks
        return f'error: unable to decode "{file}": {error.detail}'
    reason = f" ({error.reason})" if error.reason else ""
    return f'Error from server{reason}: error when creating "{file}": {error.message}'
