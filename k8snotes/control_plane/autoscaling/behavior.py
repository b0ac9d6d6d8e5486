"""Windows and steps: what keeps an autoscaler from following its metrics at once.

Source of the rule: k8s.io/kubernetes/pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import mapping, mappings
from k8snotes.control_plane.autoscaling.records import Recommendation, Record, ScaleEvent

__all__ = ["WINDOW", "Bounds", "Limited", "limited", "remember", "window_of"]

WINDOW = 300
"""Seconds of the window for scaling down (`--horizontal-pod-autoscaler-downscale-stabilization`)."""
_FACTOR, _AT_LEAST = 2.0, 4.0  # without behavior: no more than twice as many Pods, but four in any case
_WHOLE = 100
_READY = ("ReadyForNewScale", "recommended size matches current size")
_LOWER = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
_HIGHER = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
_TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_TOO_FAST_UP = (
    "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate",
)
_TOO_FAST_DOWN = (
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
)
_IN_RANGE = ("DesiredWithinRange", "the desired count is within the acceptable range")
Told = tuple[str, str]  # the reason and the message of a condition


class Limited(NamedTuple):
    """What windows and limits leave of a recommendation.

    Args:
        replicas: how many Pods there are to be.
        stabilized: the same before the limits, after the windows.
        able: reason and message of AbleToScale.
        is_limited: whether a limit held it back: the status of ScalingLimited.
        limit: reason and message of ScalingLimited.
    """

    replicas: int
    stabilized: int
    able: Told
    is_limited: bool
    limit: Told


class Bounds(NamedTuple):
    """What bounds an autoscaler: `spec.behavior` (None where there is none), `spec.minReplicas`, `spec.maxReplicas`."""

    behavior: Mapping[str, Any] | None
    least: int
    most: int


def limited(bounds: Bounds, record: Record, current: int, desired: int, now: int) -> Limited:
    """Return what windows and limits leave of a recommendation, and remember the recommendation in the record.

    Args:
        bounds: what bounds the autoscaler.
        record: what is remembered of the autoscaler; it is changed.
        current: how many Pods the target wants now.
        desired: how many Pods the metrics ask for.
        now: the present moment, in seconds of the cluster's clock.
    """
    if bounds.behavior is None:
        stabilized, able = _stabilized(record, desired, now)
        replicas, limit = _between(bounds, current, stabilized)
    else:
        stabilized, able = _stabilized_by(record, bounds.behavior, current, desired, now)
        replicas, limit = _in_steps(bounds, record, current, stabilized, now)
    told = _READY if stabilized == desired else able
    return Limited(replicas, stabilized, told, replicas != stabilized, limit)


def window_of(behavior: Mapping[str, Any] | None, way: str) -> int:
    """Return the seconds of the window for "scaleUp" or "scaleDown"."""
    default = WINDOW if way == "scaleDown" else 0
    seconds = mapping(mapping(behavior).get(way)).get("stabilizationWindowSeconds")
    return seconds if isinstance(seconds, int) else default


def _stabilized(record: Record, desired: int, now: int) -> tuple[int, Told]:
    """Return the highest recommendation of the last five minutes (stabilizeRecommendation)."""
    highest, old = desired, None
    for i, item in enumerate(record.recommendations):
        if item.time <= now - WINDOW:
            old = i
        else:
            highest = max(highest, item.replicas)
    _put(record.recommendations, old, Recommendation(desired, now))
    return highest, _HIGHER


def _stabilized_by(
    record: Record, behavior: Mapping[str, Any], current: int, desired: int, now: int
) -> tuple[int, Told]:
    """Return the recommendation of both windows that is nearest to what is there (stabilizeRecommendationWithBehaviors)."""
    up, down, old = desired, desired, None
    up_from, down_from = (now - window_of(behavior, way) for way in ("scaleUp", "scaleDown"))
    for i, item in enumerate(record.recommendations):
        if item.time > up_from:
            up = min(item.replicas, up)
        if item.time > down_from:
            down = max(item.replicas, down)
        if item.time <= up_from and item.time <= down_from:
            old = i
    held = min(max(current, up), down)
    _put(record.recommendations, old, Recommendation(desired, now))
    return held, _LOWER if desired >= current else _HIGHER


def _put(items: list[Any], place: int | None, new: Any) -> None:
    """Replace one that no rule asks for any more, or append."""
    if place is None:
        items.append(new)
    else:
        items[place] = new


def _between(bounds: Bounds, current: int, desired: int) -> tuple[int, Told]:
    """Keep a number between the bounds, and let it no more than double (convertDesiredReplicasWithRules)."""
    least, most = bounds.least, bounds.most
    fastest = int(max(_FACTOR * current, _AT_LEAST))
    highest, told = (fastest, _TOO_FAST_UP) if most > fastest else (most, _TOO_MANY)
    if desired < least:
        return least, _TOO_FEW
    if desired > highest:
        return highest, told
    return desired, _IN_RANGE


def _in_steps(bounds: Bounds, record: Record, current: int, desired: int, now: int) -> tuple[int, Told]:
    """Keep a number between the bounds, and as near as the policies demand (convertDesiredReplicasWithBehaviorRate)."""
    behavior, least, most = mapping(bounds.behavior), bounds.least, bounds.most
    if desired > current:
        limit = max(_up_limit(record, mapping(behavior.get("scaleUp")), current, now), current)
        highest, told = (limit, _TOO_FAST_UP) if most > limit else (most, _TOO_MANY)
        if desired > highest:
            return highest, told
    elif desired < current:
        limit = min(_down_limit(record, mapping(behavior.get("scaleDown")), current, now), current)
        lowest, told = (limit, _TOO_FAST_DOWN) if least < limit else (least, _TOO_FEW)
        if desired < lowest:
            return lowest, told
    return desired, _IN_RANGE


def _up_limit(record: Record, rules: Mapping[str, Any], current: int, now: int) -> int:
    """Return how many Pods the policies allow at most (calculateScaleUpLimitWithScalingRules)."""
    if rules.get("selectPolicy") == "Disabled":
        return current
    proposed: list[int] = []
    for policy, start in _starts(record, rules, current, now):
        value = policy.get("value", 0)
        if policy.get("type") == "Pods":
            proposed.append(start + value)
        else:  # rounded up: else one Pod would never become two
            proposed.append(math.ceil(start * (1 + value / _WHOLE)))
    select = min if rules.get("selectPolicy") == "Min" else max
    return select(proposed, default=current)


def _down_limit(record: Record, rules: Mapping[str, Any], current: int, now: int) -> int:
    """Return how many Pods the policies leave at least (calculateScaleDownLimitWithBehaviors)."""
    if rules.get("selectPolicy") == "Disabled":
        return current
    proposed: list[int] = []
    for policy, start in _starts(record, rules, current, now):
        value = policy.get("value", 0)
        proposed.append(start - value if policy.get("type") == "Pods" else int(start * (1 - value / _WHOLE)))
    select = max if rules.get("selectPolicy") == "Min" else min
    return select(proposed, default=current)


def _starts(
    record: Record, rules: Mapping[str, Any], current: int, now: int
) -> list[tuple[dict[str, Any], int]]:
    """Return the policies, each with how many Pods there were when its period began."""
    found = []
    for policy in mappings(rules.get("policies")):
        since = now - policy.get("periodSeconds", 0)
        added = sum(event.change for event in record.ups if event.time > since)
        removed = sum(event.change for event in record.downs if event.time > since)
        found.append((policy, current - added + removed))
    return found


def remember(record: Record, behavior: Mapping[str, Any] | None, before: int, after: int, now: int) -> None:
    """Note in a record that the number of Pods was changed; without behavior no rule asks for it (storeScaleEvent)."""
    if behavior is None:
        return
    way, events = ("scaleUp", record.ups) if after > before else ("scaleDown", record.downs)
    periods = [
        policy.get("periodSeconds", 0) for policy in mappings(mapping(behavior.get(way)).get("policies"))
    ]
    since = now - max(periods, default=0)
    events[:] = [event._replace(outdated=event.outdated or event.time <= since) for event in events]
    old = max((i for i, event in enumerate(events) if event.outdated), default=None)
    _put(events, old, ScaleEvent(abs(after - before), now))
