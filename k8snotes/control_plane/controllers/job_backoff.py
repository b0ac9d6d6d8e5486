"""The pause before a Job replaces a Pod that has failed: 10 seconds, then 20, 40 and so on, at most ten minutes.

Source of the rules: k8s.io/kubernetes/pkg/controller/job/backoff_utils.go
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.naming import seconds_of

__all__ = ["Backoff", "ends_at", "finished_at", "noted"]

_FIRST, _MOST = 10, 600  # seconds: DefaultJobPodFailureBackOff and MaxJobPodFailureBackOff


class Backoff(NamedTuple):
    """What a Job remembers of failures: how many Pods have failed since the last success, and when the last did."""

    failures: int = 0
    last: int = 0


def noted(before: Backoff, succeeded: Sequence[Pod], failed: Sequence[Pod]) -> Backoff:
    """Return what is remembered after more Pods have ended.

    Args:
        before: what was remembered.
        succeeded: the Pods that have succeeded since.
        failed: the Pods that have failed since.

    Source of the rule: `newBackoffRecord`
    """
    failures = sorted(map(finished_at, failed))
    if not succeeded:
        return Backoff(before.failures + len(failures), failures[-1]) if failures else before
    success = max(map(finished_at, succeeded))
    later = [moment for moment in failures if moment > success]
    return Backoff(len(later), later[-1]) if later else Backoff()


def ends_at(backoff: Backoff) -> int:
    """Return the moment from which on the next Pod may be made, in seconds of the cluster's clock.

    >>> [ends_at(Backoff(failures, 100)) for failures in (0, 1, 2, 6, 7, 30)]
    [0, 110, 120, 420, 700, 700]

    Source of the rule: `getRemainingTimeForFailuresCount`
    """
    if not backoff.failures:
        return 0
    return backoff.last + min(_FIRST << min(backoff.failures - 1, 10), _MOST)


def finished_at(pod: Pod) -> int:
    """Return when a Pod has ended: its last container, else since when it is not ready, else when it was deleted.

    Source of the rule: `getFinishedTime`
    """
    ends = [
        text(mapping(mapping(item.get("state")).get("terminated")).get("finishedAt"))
        for item in pod.container_statuses
        if item.get("name") in {container.name for container in pod.containers}
    ]
    if ends and all(ends):
        return seconds_of(max(ends))
    ready = pod.condition("Ready")
    if ready is not None and ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return seconds_of(text(ready["lastTransitionTime"]))
    if pod.terminating:
        grace = pod.metadata.get("deletionGracePeriodSeconds")
        return seconds_of(text(pod.metadata["deletionTimestamp"])) - (grace if isinstance(grace, int) else 0)
    return seconds_of(text(pod.metadata.get("creationTimestamp")))
