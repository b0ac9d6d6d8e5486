"""What a Job's policies make of Pods that have ended: a failure that fails all, one that does not count, success enough.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy and
https://kubernetes.io/docs/concepts/workloads/controllers/job/#success-policy
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.controllers.job_indexes import indexes

__all__ = ["Verdict", "on_failure", "success_rule"]


class Verdict(NamedTuple):
    """What a failure means: `action` is "Count", "Ignore", "FailIndex" or "FailJob"; `message` says which rule held."""

    action: str = "Count"
    message: str = ""


def on_failure(job: Job, pod: Pod) -> Verdict:
    """Return what the first rule of `podFailurePolicy` that matches says of a Pod that has failed.

    Source of the rule: `matchPodFailurePolicy` in k8s.io/kubernetes/pkg/controller/job
    """
    for number, rule in enumerate(mappings(mapping(job.spec.get("podFailurePolicy")).get("rules"))):
        action = text(rule.get("action"))
        told = _by_exit_code(rule, pod) or _by_condition(rule, pod)
        if told:
            return Verdict(action, f"{told} matching {action} rule at index {number}")
    return Verdict()


def _by_exit_code(rule: Manifest, pod: Pod) -> str:
    """Return which container ended with an exit code that a rule names, "" if none did."""
    wanted = mapping(rule.get("onExitCodes"))
    if not wanted:
        return ""
    values, name = sequence(wanted.get("values")), wanted.get("containerName")
    statuses = [
        *mappings(pod.status.get("initContainerStatuses")),
        *mappings(pod.status.get("containerStatuses")),
    ]
    for status in statuses:
        code = mapping(mapping(status.get("state")).get("terminated")).get("exitCode")
        if not code or (name is not None and name != status.get("name")):
            continue
        if (code in values) == (wanted.get("operator") == "In"):
            where = f"{pod.namespace}/{pod.name}"
            return f"Container {status.get('name')} for pod {where} failed with exit code {code}"
    return ""


def _by_condition(rule: Manifest, pod: Pod) -> str:
    """Return which condition of a Pod a rule names, "" if it has none of them."""
    for pattern in mappings(rule.get("onPodConditions")):
        kind = text(pattern.get("type"))
        found = pod.condition(kind)
        if found is not None and found.get("status") == (pattern.get("status") or "True"):
            return f"Pod {pod.namespace}/{pod.name} has condition {kind}"
    return ""


def success_rule(job: Job, completed: Collection[int]) -> int:
    """Return the number of the first rule of `successPolicy` that these completed indexes meet, -1 if there is none.

    Source of the rule: `matchSuccessPolicy` in k8s.io/kubernetes/pkg/controller/job
    """
    for number, rule in enumerate(mappings(mapping(job.spec.get("successPolicy")).get("rules"))):
        named, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        done = set(completed) if named is None else indexes(named) & set(completed)
        if len(done) >= (len(indexes(named)) if count is None else int(count)):
            return number
    return -1
