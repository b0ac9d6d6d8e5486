"""A kind says by its traits how it is treated; the traits fit each other."""

from __future__ import annotations

import pytest

from k8snotes.api.kind import LAST
from k8snotes.api.registry import all_kinds
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.schema import fields_of, struct_for, struct_of
from k8snotes.errors import ApiError

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


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_fields(name):
    """In each version that is served, and all the structs in them: none is taken as it stands."""
    kind = KINDS[name]
    for version in (kind.version, *kind.other_versions):
        api_version = f"{kind.group}/{version}" if kind.group else version
        assert struct_for(api_version, kind.kind)
        assert {"apiVersion", "kind", "metadata"} <= set(fields_of(api_version, kind.kind))
    seen, todo = set(), [struct_for(kind.api_version, kind.kind)]
    while todo:
        struct = todo.pop()
        inner = {type_.name for type_ in struct_of(struct).values() if type_.is_struct}
        todo += inner - seen
        seen |= inner


@pytest.mark.parametrize("name", KINDS)
def test_a_misspelt_field_is_found_in_every_kind(name):
    """`rule:` for `rules:` does not pass, in no kind."""
    kind = KINDS[name]
    manifest = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": "web"},
        "nosuchfield": 1,
    }
    api = ApiServer()
    for home in ("default", "kube-system"):
        api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}}, by="test")
    with pytest.raises(ApiError, match='unknown field "nosuchfield"'):
        api.create(manifest)
