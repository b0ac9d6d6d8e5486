"""Secret: its keys are shown, but never its values, not even in its annotations or in wrong fields."""

from __future__ import annotations

import base64
import contextlib
import copy
import re
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping, sequence, text
from k8snotes.api.kind import Kind
from k8snotes.api.masking import HIDDEN, has_data

__all__ = [
    "HIDDEN",
    "KIND",
    "METADATA_FIELDS",
    "Secret",
    "is_note",
    "shown_key",
    "values_of",
    "without_values",
]

_NO_KEY = re.compile(r"[^\w./\[\]-]")
METADATA_FIELDS = frozenset(
    (
        *(
            "name",
            "generateName",
            "namespace",
            "labels",
            "annotations",
            "uid",
            "resourceVersion",
            "generation",
        ),
        *(
            "creationTimestamp",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "ownerReferences",
        ),
        *("finalizers", "managedFields"),
    )
)
"""What metadata have; a field beside them may be a value at the wrong depth."""
_NOT_VALUES = ("apiVersion", "kind", "metadata", "type", "immutable")


class Secret(KubeObject):
    """A Secret: its keys are shown, but never its values.

    Only `.raw` has the values, for code that stores or writes the manifest (`dump(..., secrets=True)`).

    >>> secret = Secret({"kind": "Secret", "data": {"password": "czNjcjN0"}})
    >>> secret.manifest["data"]
    {'password': '<hidden>'}
    """

    __slots__ = ()

    @property
    def manifest(self) -> Manifest:
        """A copy of the manifest in which every value reads "<hidden>"."""
        return without_values(self.raw)

    @property
    def metadata(self) -> dict[str, Any]:
        """`metadata`, with "<hidden>" for the whole manifests that kubectl and others keep among the annotations."""
        metadata = mapping(self.raw.get("metadata"))
        annotations = mapping(metadata.get("annotations"))
        notes = [key for key, value in annotations.items() if is_note(key, value)]
        return (
            {**metadata, "annotations": {**annotations, **dict.fromkeys(notes, HIDDEN)}}
            if notes
            else metadata
        )

    @property
    def spec(self) -> dict[str, Any]:
        """Always empty: a Secret has no `spec`, and a `spec` that was written by mistake may hold its values."""
        return {}


def without_values(manifest: Manifest) -> Manifest:
    """Return a copy of a manifest in which the values of Secrets read "<hidden>"; of a List, those of its items.

    What is no field of a Secret is hidden too: it is most probably a value at the wrong depth. A manifest that
    holds no Secret is returned as a copy.

    >>> without_values({"kind": "Secret", "password": "s3cret", "stringData": {"user": "admin"}})
    {'kind': 'Secret', 'password': '<hidden>', 'stringData': {'user': '<hidden>'}}
    """
    kind = text(manifest.get("kind"))
    if kind != "Secret":
        shown = {key: value for key, value in manifest.items() if key != "items"}
        shown = copy.deepcopy(shown)
        if "items" not in manifest:
            return shown
        items = manifest["items"]
        if not kind.endswith("List"):
            return {**shown, "items": copy.deepcopy(items)}
        given = {} if kind == "List" else {"kind": kind[:-4]}
        return {
            key: [_item(item, given) for item in sequence(items)]
            if key == "items" and isinstance(items, list)
            else shown.get(key)
            for key in manifest
        }
    hidden: Manifest = {}
    for key, value in manifest.items():
        if key == "metadata" and isinstance(value, dict):
            hidden[key] = _metadata(value)
        elif key in _NOT_VALUES or value is None:
            hidden[key] = copy.deepcopy(value)
        elif isinstance(value, dict):
            hidden[key] = {shown_key(text(name) or str(name)): HIDDEN for name in value}
        else:
            hidden[key] = HIDDEN
    return hidden


def values_of(manifest: Manifest) -> Iterator[str]:
    r"""Yield the values of a Secret: as they are stored, as programs get them, and the lines of these.

    >>> list(values_of({"kind": "Secret", "data": {"password": "czNjcmV0"}}))
    ['czNjcmV0', 's3cret']
    """
    for stored in mapping(manifest.get("data")).values():
        yield text(stored)
        with contextlib.suppress(ValueError):
            plain = base64.b64decode(text(stored)).decode()
            yield plain
            if "\n" in plain:
                yield from plain.split("\n")
    for plain in mapping(manifest.get("stringData")).values():
        yield text(plain)


def _item(item: Any, given: Manifest) -> Any:
    """Return an item of a List without the values of Secrets; in a typed list it need not name its kind."""
    if not isinstance(item, dict):
        return copy.deepcopy(item)
    if item.get("kind") is None and given.get("kind") == "Secret":
        shown = without_values({**given, **item})
        shown.pop("kind")
        return shown
    return without_values(item)


def _metadata(metadata: Manifest) -> Manifest:
    shown = copy.deepcopy(metadata)
    annotations = mapping(shown.get("annotations"))
    for key in shown.keys() - METADATA_FIELDS:
        shown[key] = HIDDEN
    for key, value in annotations.items():
        if is_note(key, value):
            annotations[key] = HIDDEN
    return shown


def is_note(key: Any, value: Any) -> bool:
    """Say whether an annotation of a Secret keeps its whole manifest, values included.

    kubectl does so, and other tools under names of their own.

    >>> is_note("kubectl.kubernetes.io/last-applied-configuration", "{}"), is_note("a", '{"data": {}}'), is_note("a", "b")
    (True, True, False)
    """
    return key == LAST_APPLIED or (isinstance(value, str) and has_data(value))


def shown_key(key: str) -> str:
    """Return a key of a Secret as it may be shown: only as far as it is a key.

    In `{password:s3cret}` the space is missing, so that YAML reads all of it as a key.

    >>> shown_key("password"), shown_key("password:s3cret"), shown_key("tls.crt")
    ('password', 'password<hidden>', 'tls.crt')
    """
    odd = _NO_KEY.search(key)
    return key if odd is None else key[: odd.start()] + HIDDEN


KIND = Kind("Secret", "secrets", quota_piece=True, recounted=True, view=Secret, selectable_fields=("type",))
