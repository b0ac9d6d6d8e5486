"""Events: which are warnings and which are news, and who says them."""

from __future__ import annotations

import pytest
from test_components import bare, make, service, workload

NEWS = {
    "Scheduled",
    "Pulled",
    "Created",
    "Started",
    "Killing",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "ScalingReplicaSet",
    "Completed",
    "TaintManagerEviction",
    "NoPods",
    "EnsuringLoadBalancer",
    "EnsuredLoadBalancer",
    "RegisteredNode",
    "NodeReady",
    "NodeHasSufficientMemory",
}
WARNINGS = {
    "FailedScheduling",
    "FailedCreate",
    "Failed",
    "BackOff",
    "BackoffLimitExceeded",
    "FailedDaemonPod",
    "SyncLoadBalancerFailed",
    "CalculateExpectedPodCountFailed",
    "UnmanagedPods",
}


def seen(cluster):
    """The type of each event by reason, the kind added where it matters."""
    found = {}
    for event in cluster.objects("events"):
        reason, kind = event.raw["reason"], event.raw["involvedObject"]["kind"]
        found.setdefault(f"{kind} {reason}" if reason == "NodeNotReady" else reason, set()).add(
            event.raw["type"]
        )
    return found


def lost_node():
    cluster = make(workload("ReplicationController", replicas=4), nodes=2)
    cluster.lose("node-1")
    cluster.settle()
    return cluster


def full_quota():
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "1"}},
    }
    return make(
        quota,
        *(
            workload(kind, kind.lower())
            for kind in ("ReplicationController", "ReplicaSet", "StatefulSet", "DaemonSet")
        ),
    )


def failed_job():
    job = workload("Job", completions=1, backoffLimit=0)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    cluster = make(job)
    cluster.crash(cluster.objects("pods")[0].ref)
    cluster.settle()
    return cluster


def finished_job():
    job = workload("Job", completions=1)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    cluster = make(job)
    cluster.crash(cluster.objects("pods")[0].ref, exit_code=0)
    cluster.settle()
    return cluster


def crash_loop():
    cluster = make(bare("web"))
    for _ in range(3):
        cluster.crash("pod/web")
        cluster.settle()
    return cluster


def balancer():
    cluster = make(service(type="LoadBalancer"))
    cluster.provide_load_balancers()
    cluster.settle()
    return cluster


def budget_of_nobody():
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "nobody"}}}
    return make(
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    )


@pytest.mark.parametrize(
    ("play", "reasons"),
    [
        (lost_node, {"TaintManagerEviction", "SuccessfulCreate", "Node NodeNotReady", "Pod NodeNotReady"}),
        (full_quota, {"FailedCreate", "SuccessfulCreate"}),
        (failed_job, {"BackoffLimitExceeded"}),
        (finished_job, {"Completed"}),
        (crash_loop, {"BackOff", "Started"}),
        (lambda: make(bare("web"), nodes=0), {"FailedScheduling"}),
        (balancer, {"EnsuringLoadBalancer", "EnsuredLoadBalancer"}),
        (budget_of_nobody, {"NoPods"}),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_what_went_wrong_is_a_warning_and_the_rest_is_news(play, reasons):
    """An Event's type is Warning where something failed, Normal otherwise, as Kubernetes' components send them."""
    found = seen(play())
    assert reasons <= found.keys()
    for reason, types in found.items():
        if reason in NEWS | WARNINGS | {"Node NodeNotReady", "Pod NodeNotReady"}:
            assert types == {"Warning" if reason in WARNINGS | {"Pod NodeNotReady"} else "Normal"}, reason
