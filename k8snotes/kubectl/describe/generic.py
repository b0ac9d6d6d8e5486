"""The page of kinds that kubectl has no page for: all their fields, under names made of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.go import go_value

__all__ = ["describe"]

_HIDDEN = (
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|-")
_ACRONYMS = ("API", "URL", "UID", "GUID")


def describe(page: Page, obj: KubeObject) -> None:
    """Write any object: all its fields, sorted, under names made of their own.

    Custom resources are described so, and the built-in kinds that have no page of their own.

    Source of the rule: `genericDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.line("Name", obj.name)
    page.line("Namespace", obj.namespace)
    page.labels_and_annotations(obj)
    _content(page, 0, obj.manifest, "")
    page.events(obj)


def _content(page: Page, level: int, content: Mapping[str, Any], path: str) -> None:
    for field in sorted(content):
        value, here = content[field], f"{path}.{field}"
        if here in _HIDDEN:
            continue
        if isinstance(value, dict):
            page.write(level, f"{_title(field)}:\n")
            _content(page, level + 1, value, here)
        elif isinstance(value, list):
            page.write(level, f"{_title(field)}:\n")
            for child in value:
                if isinstance(child, dict):
                    _content(page, level + 1, child, here)
                else:
                    page.write(level + 1, f"{go_value(child)}\n")
        else:
            page.line(_title(field), go_value(value), level)


def _title(field: str) -> str:
    """Return "Creation Timestamp" for creationTimestamp.

    >>> _title("creationTimestamp"), _title("podIP"), _title("app.kubernetes.io/name")
    ('Creation Timestamp', 'Pod IP', 'app.kubernetes.io/name')
    """
    if not all(char.isalpha() or char == "-" for char in field):
        return field
    parts = _WORDS.findall(field)
    words = [
        part.upper() if part.upper() in _ACRONYMS else part.title() if part.islower() else part
        for part in parts
    ]
    return " ".join(words)
