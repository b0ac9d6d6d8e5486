"""Events: which are warnings and which are news, and who says them."""

from __future__ import annotations

import pytest
from test_components import bare, make, service, workload

from k8snotes.control_plane.events import expire, record

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


def told(cluster, reason):
    return [event.raw for event in cluster.objects("events") if event.raw["reason"] == reason]


def test_what_an_event_says_of_itself():
    """Who says it and on which Node, about what, when first and last, and how often."""
    cluster = make(bare("web"), nodes=1)
    (started,) = told(cluster, "Started")
    assert started["source"] == {"component": "kubelet", "host": "node-1"}
    assert (started["reportingComponent"], started["reportingInstance"]) == ("kubelet", "node-1")
    (scheduled,) = told(cluster, "Scheduled")
    assert scheduled["source"] == {"component": "default-scheduler"}
    assert (scheduled["reportingComponent"], scheduled["reportingInstance"]) == ("default-scheduler", "")
    about = scheduled["involvedObject"]
    assert (about["kind"], about["namespace"], about["name"], about["apiVersion"]) == (
        "Pod",
        "default",
        "web",
        "v1",
    )
    assert about["uid"] == cluster["pod/web"].uid
    assert (scheduled["count"], scheduled["type"], scheduled["eventTime"]) == (1, "Normal", None)
    assert scheduled["firstTimestamp"] == scheduled["lastTimestamp"]
    node = told(cluster, "RegisteredNode") or told(cluster, "NodeReady")
    if node:
        assert node[0]["metadata"]["namespace"] == "default"
        assert "namespace" not in node[0]["involvedObject"]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_the_same_words_are_one_event_that_is_counted(times):
    """A second time only the count and the last moment change."""
    cluster = make(bare("web"), nodes=1)
    began = told(cluster, "Started")[0]["firstTimestamp"]
    for _ in range(times):
        cluster.crash("pod/web")
        cluster.settle()
    (again,) = told(cluster, "Started")
    assert (again["count"], again["firstTimestamp"]) == (times + 1, began)
    assert again["lastTimestamp"] > began


@pytest.mark.parametrize(("passed", "left"), [(3599, True), (3600, False), (3601, False)])
def test_events_are_kept_for_an_hour(passed, left):
    """`--event-ttl`: from when they were last written."""
    cluster = make(bare("web"), nodes=1)
    last = max(cluster.api.events.values())
    cluster.api.now = last + passed
    expire(cluster.api)
    assert bool(cluster.objects("events")) is left


@pytest.mark.parametrize(
    ("messages", "pause", "apart", "combined"),
    [(9, 0, 9, 0), (10, 0, 9, 1), (15, 0, 9, 6), (10, 600, 9, 1), (10, 601, 10, 0)],
)
def test_many_messages_of_one_reason_become_one_event(messages, pause, apart, combined):
    """`EventAggregator`: nine different ones within ten minutes stand for themselves, the others are counted together."""
    cluster = make(service(), nodes=1)
    obj = cluster["svc/web"]
    for number in range(messages):
        if number == 9:
            cluster.api.now += pause
        record(cluster.api, obj, "Odd", f"message {number}", by="me")
    found = told(cluster, "Odd")
    together = [item for item in found if item["message"].startswith("(combined from similar events): ")]
    assert len(found) - len(together) == apart
    assert sum(item["count"] for item in together) == combined


def test_messages_about_a_pod_stay_apart():
    """The story of a Pod is told message by message; other reasons and other components are counted by themselves."""
    cluster = make(bare("web"), service(), nodes=1)
    for number in range(15):
        record(cluster.api, cluster["pod/web"], "Odd", f"message {number}", by="me")
        record(cluster.api, cluster["svc/web"], f"Odd{number % 3}", f"message {number}", by=f"me{number % 2}")
    assert len(told(cluster, "Odd")) == 15
    assert not [e for e in cluster.objects("events") if "combined" in e.raw["message"]]


def test_a_pod_that_its_node_refuses_is_warned_of():
    """The kubelet refuses what does not fit a Node that was named by hand."""
    cluster = make(nodes=1)
    big = bare("big")
    big["spec"] |= {"nodeName": "node-1"}
    big["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "999"}}
    cluster.create(big)
    cluster.settle()
    (event,) = told(cluster, "OutOfcpu")
    assert (event["type"], event["source"]) == ("Warning", {"component": "kubelet", "host": "node-1"})
    assert cluster["pod/big"].phase == "Failed"
