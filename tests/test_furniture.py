"""What every cluster has without anybody having made it."""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.api.furniture import is_furniture

QUOTA = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {configmaps: '2'}}}"


def furniture(cluster, namespace):
    kinds = ("serviceaccounts", "configmaps")
    return [obj.name for kind in kinds for obj in cluster.objects(kind, namespace=namespace)]


def test_each_namespace_has_a_service_account_and_a_certificate():
    """A new Namespace gets them, and gets them back when they are deleted; nothing is told of it."""
    c = kn.Cluster(nodes=0)
    assert furniture(c, "default") == furniture(c, "kube-system") == ["default", "kube-root-ca.crt"]
    c.kubectl("create namespace team")
    assert not c.settle()
    assert furniture(c, "team") == ["default", "kube-root-ca.crt"]
    c.delete("team/serviceaccount/default")
    c.settle()
    assert furniture(c, "team") == ["default", "kube-root-ca.crt"]
    c.delete("ns/team")
    c.settle()
    with pytest.raises(kn.NotFoundError, match="There is no Namespace"):
        furniture(c, "team")
    assert "kube-root-ca.crt" in c.kubectl("get configmaps").stdout


def test_the_certificate_counts_in_a_quota():
    """A quota of two ConfigMaps leaves room for one."""
    c = kn.Cluster(nodes=0)
    c.apply(QUOTA)
    c.settle()
    assert c["quota/few"].status["used"] == {"configmaps": "1"}
    c.kubectl("create configmap one")
    assert "used: configmaps=2, limited: configmaps=2" in c.kubectl("create configmap two").stderr


def test_the_priorities_of_the_system_are_there():
    """The two PriorityClasses have the values that Pods of the system get."""
    c = kn.Cluster(nodes=0)
    found = {item.name: item.raw["value"] for item in c.objects("priorityclasses")}
    assert found == {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


@pytest.mark.parametrize("name", ["default", "kube-public", "kube-system"])
def test_a_namespace_that_every_cluster_needs_cannot_be_deleted(name):
    """The API server refuses in the words of a real one."""
    c = kn.Cluster(nodes=0)
    with pytest.raises(
        kn.ApiError, match=f'namespaces "{name}" is forbidden: this namespace may not be deleted'
    ):
        c.delete(f"ns/{name}")


def test_furniture_is_left_out_of_comparisons_and_names_nothing():
    """What is made up next has the same name, whatever Namespaces were furnished before."""
    one, other = kn.Cluster(nodes=1), kn.Cluster(nodes=1)
    for c in (one, other):
        c.kubectl("create namespace team")
    one.settle()
    before = other.copy()
    other.settle()
    assert other.diff(before).facts.nothing
    for c in (one, other):
        c.kubectl("create deployment web --image=web:1")
        c.settle()
    names = [[pod.name for pod in c.objects("pods")] for c in (one, other)]
    assert names[0] == names[1]
    assert all(is_furniture(obj) for obj in one.objects("priorityclasses"))
