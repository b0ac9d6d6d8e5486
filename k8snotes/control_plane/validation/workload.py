"""Rules that workloads share: selector and template, and how they are updated."""

from __future__ import annotations

import re
from typing import Any

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.selector import Selector
from k8snotes.control_plane.validation.pod_spec import template
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    forbidden_field,
    invalid_value,
    not_negative,
    one_of,
    required,
)
from k8snotes.errors import Cause, LabelSelectorError

__all__ = [
    "NO_MATCH",
    "at_most_all",
    "int_or_percent",
    "internal_strategy",
    "matched_template",
    "percent_value",
    "selected",
    "selector",
    "template_of",
]

SPEC = Path("spec")
_PERCENT = re.compile(r"[0-9]+%", re.ASCII)
_PERCENT_DETAIL = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)
NO_MATCH = "`selector` does not match template `labels`"


def template_of(kind: str, manifest: Manifest, path: Path) -> list[Cause]:
    """Check a template whose Pods are always restarted (ValidatePodTemplateSpecForReplicaSet and its like).

    Args:
        kind: the kind of the workload, as messages name it.
        manifest: the template.
        path: its path in the manifest.
    """
    spec = mapping(manifest.get("spec"))
    causes = template(manifest, path)
    policy = spec.get("restartPolicy", "")
    causes += one_of(policy, path / "spec" / "restartPolicy", ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        causes.append(forbidden_field(path / "spec" / "activeDeadlineSeconds", detail))
    return causes


def selector(spec: Manifest, word: str) -> list[Cause]:
    """Check the selector of a workload: there, valid and not empty.

    Args:
        spec: the specification of the workload.
        word: what messages call it: "deployment", "statefulset".

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    manifest = spec.get("selector")
    if manifest is None:
        return [required(SPEC / "selector")]
    causes = validate_label_selector(manifest, SPEC / "selector")
    if not manifest.get("matchLabels") and not manifest.get("matchExpressions"):
        detail = f"empty selector is invalid for {word}"
        causes.append(invalid_value(SPEC / "selector", manifest, detail, "empty-selector"))
    return causes


def selected(spec: Manifest, unreadable: str) -> tuple[list[Cause], bool]:
    """Check that the template's labels match the selector.

    Args:
        spec: the specification of the workload.
        unreadable: what is said of a selector that cannot be read.

    Returns:
        What is wrong, and whether the selector can be read.
    """
    manifest = spec.get("selector")
    have = mapping(spec["template"].get("metadata")).get("labels")
    try:
        wanted = Selector.from_label_selector(manifest)
    except LabelSelectorError:
        return [invalid_value(SPEC / "selector", manifest, unreadable, "label")], False
    if wanted.matches(have or {}):
        return [], True
    return [invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH, "template-labels")], True


def matched_template(spec: Manifest) -> list[Cause]:
    """Check the template of a ReplicaSet or Deployment, whose labels its selector has to match."""
    causes, readable = selected(spec, "invalid label selector")
    return causes + (template_of("ReplicaSet", spec["template"], SPEC / "template") if readable else [])


def internal_strategy(type_: str, rolling: Manifest | None, **fields: Any) -> GoStruct:
    """Return an update strategy as messages show it; `fields` are those of rollingUpdate, with their zeros."""
    shown = None
    if rolling is not None:
        shown = GoStruct(
            {name[0].upper() + name[1:]: rolling.get(name, zero) for name, zero in fields.items()}
        )
    return GoStruct(Type=type_, RollingUpdate=shown)


def int_or_percent(value: int | str, path: Path) -> list[Cause]:
    """Check a count that may be a share.

    >>> int_or_percent("25%", Path("maxSurge")), int_or_percent(1, Path("maxSurge"))
    ([], [])
    """
    if isinstance(value, int):
        return not_negative(path, value)
    return [] if _PERCENT.fullmatch(value) else [invalid_value(path, value, _PERCENT_DETAIL)]


def percent_value(value: int | str) -> int:
    """Return the number in a count or share, 0 if there is none."""
    if isinstance(value, int):
        return value
    digits = value.removesuffix("%")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def at_most_all(value: int | str, path: Path) -> list[Cause]:
    """Check that a share is no more than everything."""
    if isinstance(value, int) or not _PERCENT.fullmatch(value) or percent_value(value) <= 100:
        return []
    return [invalid_value(path, value, "must not be greater than 100%")]
