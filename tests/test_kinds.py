"""A kind says by its traits how it is treated; the traits fit each other."""

from __future__ import annotations

import pytest

from k8snotes.api.kind import LAST
from k8snotes.api.registry import all_kinds

KINDS = {kind.qualified_kind: kind for kind in all_kinds()}


@pytest.mark.parametrize("name", KINDS)
def test_a_workload_says_what_it_makes(name):
    """What has a template in its `spec` makes a kind that is known, and what has none makes nothing."""
    kind = KINDS[name]
    assert bool(kind.makes) == kind.is_workload
    if kind.makes:
        made = next(other for other in KINDS.values() if other.kind == kind.makes)
        assert made.kind == "Pod" or made.is_workload


@pytest.mark.parametrize("name", KINDS)
def test_how_pods_are_counted_is_said_of_workloads_alone(name):
    """Pods for each Node, Pods with numbers and Pods that end are three things, each of workloads."""
    kind = KINDS[name]
    ways = [kind.per_node, kind.numbered, kind.runs_to_end]
    assert sum(ways) <= 1
    assert kind.is_workload or not any(ways)
    assert not (kind.scales and (kind.per_node or kind.runs_to_end))


def test_ranks_are_given_once():
    """No two kinds claim one place in a list."""
    ranks = [kind.rank for kind in KINDS.values() if kind.rank != LAST]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
