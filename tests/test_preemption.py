"""Preemption: who goes so that a Pod of higher priority gets a Node, and who stays."""

from __future__ import annotations

import pytest

import k8snotes as kn

CLASSES = """
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: low}, value: 10}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: mid}, value: 20}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1000}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: polite}, value: 1000, preemptionPolicy: Never}
"""


@pytest.fixture
def cluster():
    """Two Nodes of two CPUs."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.apply(CLASSES)
    return c


def pod(cluster, name, priority, cpu, *, node="", more=""):
    where = f"nodeName: {node}, " if node else ""
    container = f"{{name: main, image: 'web:1', resources: {{requests: {{cpu: {cpu}}}}}}}"
    cluster.apply(
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}}}}}, "
        f"spec: {{{where}{more}priorityClassName: {priority}, containers: [{container}]}}}}"
    )
    cluster.settle()


def names(cluster):
    return {item.name: item.node_name for item in cluster.objects("pods")}


def test_the_lowest_priority_goes_even_where_that_is_more_pods(cluster):
    """Two Pods of low priority go before one of a higher priority does."""
    pod(cluster, "a", "mid", "1800m", node="node-1")
    pod(cluster, "b", "low", "900m", node="node-2")
    pod(cluster, "c", "low", "900m", node="node-2")
    pod(cluster, "vip", "high", "1800m")
    assert names(cluster) == {"a": "node-1", "vip": "node-2"}


def test_no_more_pods_go_than_have_to(cluster):
    """What fits beside the new Pod stays: the more important one."""
    pod(cluster, "a", "high", "1800m", node="node-1")
    pod(cluster, "b", "low", "900m", node="node-2")
    pod(cluster, "c", "mid", "900m", node="node-2")
    pod(cluster, "vip", "high", "1")
    assert names(cluster) == {"a": "node-1", "c": "node-2", "vip": "node-2"}


def test_a_budget_is_broken_only_where_there_is_no_other_way(cluster):
    """The Node on which no budget is broken is taken, though its Pod is the older."""
    pod(cluster, "a", "low", "1800m", node="node-1")
    pod(cluster, "b", "low", "1800m", node="node-2")
    cluster.apply(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: keep}, "
        "spec: {minAvailable: 1, selector: {matchLabels: {app: b}}}}"
    )
    cluster.settle()
    pod(cluster, "vip", "high", "1800m")
    assert names(cluster) == {"b": "node-2", "vip": "node-1"}


def test_a_polite_pod_waits(cluster):
    """With preemptionPolicy Never a Pod takes nobody's place, and says so."""
    pod(cluster, "a", "low", "1800m", node="node-1")
    pod(cluster, "b", "low", "1800m", node="node-2")
    pod(cluster, "vip", "polite", "1800m")
    assert names(cluster) == {"a": "node-1", "b": "node-2", "vip": ""}
    assert (
        cluster["pod/vip"]
        .condition("PodScheduled")["message"]
        .endswith("preemption: not eligible due to preemptionPolicy=Never.")
    )


def test_where_it_would_not_help_nobody_goes(cluster):
    """A Pod too big for any Node disturbs no other."""
    pod(cluster, "a", "low", "900m", node="node-1")
    pod(cluster, "b", "mid", "900m", node="node-2")
    pod(cluster, "vip", "high", "3")
    assert set(names(cluster)) == {"a", "b", "vip"}


def test_a_neighbour_that_keeps_others_away_goes(cluster):
    """A Pod of low priority whose anti-affinity keeps one of higher priority away makes room for it."""
    apart = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: vip}}}]}}, "
    )
    pod(cluster, "a", "low", "100m", node="node-1", more=apart)
    pod(cluster, "b", "mid", "100m", node="node-2", more=apart)
    pod(cluster, "vip", "high", "100m")
    assert names(cluster) == {"b": "node-2", "vip": "node-1"}


def test_a_pod_waits_for_its_victim_and_takes_no_other(cluster):
    """As long as a victim is held by a finalizer, nobody else goes on any Node."""
    pod(cluster, "a", "low", "1800m", node="node-1")
    pod(cluster, "b", "mid", "1800m", node="node-2")
    held = cluster["pod/a"]
    cluster.api.change(held, lambda raw: raw["metadata"].update(finalizers=["h.example/keep"]), by="kubectl")
    pod(cluster, "vip", "high", "1800m")
    assert cluster["pod/vip"].status["nominatedNodeName"] == "node-1"
    cluster.label("node/node-2", "disk=ssd")
    cluster.settle()
    assert set(names(cluster)) == {"a", "b", "vip"}
    assert cluster["pod/a"].condition("DisruptionTarget")["reason"] == "PreemptionByScheduler"
    cluster.api.change(cluster["pod/a"], lambda raw: raw["metadata"].pop("finalizers"), by="kubectl")
    cluster.settle()
    assert names(cluster) == {"b": "node-2", "vip": "node-1"}
    assert "nominatedNodeName" not in cluster["pod/vip"].status
