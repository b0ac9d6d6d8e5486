"""When a Job has failed, and when it has succeeded: the two policies that go by codes, conditions and indexes.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/job/ and `validatePodFailurePolicy`,
`validateSuccessPolicy` in k8s.io/kubernetes/pkg/apis/batch/validation
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.go_text import quoted
from k8snotes.control_plane.validation.internal_form import internal_struct
from k8snotes.control_plane.validation.metadata import qualified_name
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    invalid_value,
    invalid_whole,
    not_negative,
    not_supported,
    required,
    too_many,
)
from k8snotes.errors import Cause

__all__ = ["failure_policy", "success_policy"]

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_STATUSES = ("False", "True", "Unknown")
_MOST_RULES, _MOST_CODES = 20, 255
_NOT_INDEXED = "requires indexed completion mode"
_ONE_OF_BOTH = "specifying one of OnExitCodes and OnPodConditions is required"
_NOT_BOTH = "specifying both OnExitCodes and OnPodConditions is not supported"
_NO_RULES = "at least one rules must be specified when the successPolicy is specified"
_COUNT_OR_INDEXES = "at least one of succeededCount or succeededIndexes must be specified"


def failure_policy(spec: Manifest, path: Path) -> list[Cause]:
    """Check what is done with Pods that fail in a known way (validatePodFailurePolicy).

    Args:
        spec: the specification of the Job.
        path: the path of its policy in the manifest.
    """
    rules, here = sequence(spec["podFailurePolicy"].get("rules")), path / "rules"
    causes = [too_many(here, len(rules), _MOST_RULES)] if len(rules) > _MOST_RULES else []
    pod = mapping(mapping(spec.get("template")).get("spec"))
    names = {
        container.get("name", "")
        for kind in ("containers", "initContainers")
        for container in sequence(pod.get(kind))
    }
    for i, rule in enumerate(rules):
        action = rule.get("action", "")
        if action == "FailIndex":
            if spec.get("backoffLimitPerIndex") is None:
                detail = "requires the backoffLimitPerIndex to be set"
                causes.append(invalid_value(here @ i / "action", action, detail))
        else:
            causes += _one_of_named(action, here @ i / "action", _ACTIONS)
        causes += _failure_rule(rule, here @ i, names)
    return causes


def _one_of_named(value: str, path: Path, options: Sequence[str]) -> list[Cause]:
    """Check one of a few words; of a missing one the message names them."""
    if not value:
        return [required(path, f"valid values: [{' '.join(map(quoted, options))}]")]
    return [] if value in options else [not_supported(path, value, options)]


def _failure_rule(rule: Manifest, path: Path, names: Collection[str]) -> list[Cause]:
    """Check by what a rule knows a failure: by exit codes, or by conditions of the Pod."""
    codes, conditions = rule.get("onExitCodes"), sequence(rule.get("onPodConditions"))
    causes = _exit_codes(codes, path / "onExitCodes", names) if codes is not None else []
    here = path / "onPodConditions"
    if len(conditions) > _MOST_RULES:
        causes.append(too_many(here, len(conditions), _MOST_RULES))
    for i, pattern in enumerate(conditions):
        causes += qualified_name(pattern.get("type", ""), here @ i / "type")
        causes += _one_of_named(pattern.get("status", ""), here @ i / "status", _STATUSES)
    if codes is not None and conditions:
        causes.append(invalid_whole(path, _NOT_BOTH))
    if codes is None and not conditions:
        causes.append(invalid_whole(path, _ONE_OF_BOTH))
    return causes


def _exit_codes(codes: Manifest, path: Path, names: Collection[str]) -> list[Cause]:
    """Check the exit codes: some, each once, in order."""
    operator, values, here = codes.get("operator", ""), sequence(codes.get("values")), path / "values"
    causes = _one_of_named(operator, path / "operator", _OPERATORS)
    name = codes.get("containerName")
    if name is not None and name not in names:
        detail = "must be one of the container or initContainer names in the pod template"
        causes.append(invalid_value(path / "containerName", name, detail))
    if not values:
        causes.append(invalid_value(here, codes.get("values"), "at least one value is required"))
    elif len(values) > _MOST_CODES:
        causes.append(too_many(here, len(values), _MOST_CODES))
    for i, value in enumerate(values):
        if operator == "In" and value == 0:
            causes.append(invalid_value(here @ i, value, "must not be 0 for the In operator"))
        if value in values[:i]:
            causes.append(duplicate(here @ i, value))
    if values != sorted(values):
        causes.append(invalid_value(here, values, "must be ordered"))
    return causes


def success_policy(spec: Manifest, path: Path) -> list[Cause]:
    """Check which indexes have to succeed, or how many (validateSuccessPolicy).

    Args:
        spec: the specification of the Job.
        path: the path of its policy in the manifest.
    """
    policy = spec["successPolicy"]
    if spec.get("completionMode") != "Indexed":
        return [invalid_value(path, internal_struct("SuccessPolicy", policy), _NOT_INDEXED)]
    rules, here = sequence(policy.get("rules")), path / "rules"
    causes = [] if rules else [required(here, _NO_RULES)]
    if len(rules) > _MOST_RULES:
        causes.append(too_many(here, len(rules), _MOST_RULES))
    for i, rule in enumerate(rules):
        causes += _success_rule(rule, here @ i, spec.get("completions") or 0)
    return causes


def _success_rule(rule: Manifest, path: Path, completions: int) -> list[Cause]:
    """Check one rule: indexes that there are, and no more of them than there are."""
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    causes = [required(path, _COUNT_OR_INDEXES)] if count is None and indexes is None else []
    total = 0
    if indexes is not None:
        fault, total = _indexes(indexes, completions)
        if fault:
            detail = f"error parsing succeededIndexes: {fault}"
            causes.append(invalid_value(path / "succeededIndexes", indexes, detail))
    if count is not None:
        here = path / "succeededCount"
        causes += not_negative(here, count)
        if count > completions:
            detail = f"must be less than or equal to {completions} (the number of specified completions)"
            causes.append(invalid_value(here, count, detail))
        if indexes is not None and count > total:
            detail = (
                f"must be less than or equal to {total} "
                "(the number of indexes in the specified succeededIndexes field)"
            )
            causes.append(invalid_value(here, count, detail))
    return causes


def _indexes(text: str, completions: int) -> tuple[str, int]:
    """Return what is wrong with indexes such as "0,2-4", "" if nothing is, and how many they are."""
    total, last = 0, -1
    for piece in text.split(",") if text else ():
        ends = piece.split("-")
        if len(ends) > 2:
            what = (
                "violates the requirement that an index interval can have at most two parts separated by '-'"
            )
            return f"the fragment {quoted(piece)} {what}", 0
        numbers = []
        for end in ends:
            if not re.fullmatch(r"[+]?[0-9]{1,10}", end, re.ASCII) or int(end) >= 2**31:
                return f"cannot convert string to integer for index: {quoted(end)}", 0
            if int(end) >= completions:
                return f"too large index: {quoted(end)}", 0
            numbers.append(int(end))
        for number in numbers:
            if number <= last:
                return f"non-increasing order, previous: {last}, current: {number}", 0
            last = number
        total += numbers[-1] - numbers[0] + 1
    return "", total
