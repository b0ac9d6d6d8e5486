"""Preemption: who goes so that a Pod of higher priority gets a Node, and who stays."""

from __future__ import annotations

import random

import pytest

import k8snotes as kn
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.node_info import NodeInfos
from k8snotes.control_plane.scheduling.preemption import attempt

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


# ---- the Node that is nominated


def held(cluster, name):
    """Keep a Pod from going, once it is deleted."""
    obj = cluster[f"pod/{name}"]
    cluster.api.change(obj, lambda raw: raw["metadata"].update(finalizers=["h.example/keep"]), by="kubectl")


def let_go(cluster, name):
    obj = cluster[f"pod/{name}"]
    cluster.api.change(obj, lambda raw: raw["metadata"].pop("finalizers"), by="kubectl")
    cluster.settle()


def nominated(cluster):
    found = {item.name: item.status.get("nominatedNodeName") for item in cluster.objects("pods")}
    return {name: node for name, node in found.items() if node}


def told(cluster, name, reason="FailedScheduling"):
    return [
        event.raw["message"]
        for event in cluster.objects("events")
        if event.raw["involvedObject"]["name"] == name and event.raw["reason"] == reason
    ]


@pytest.fixture
def waiting():
    """A Node of two CPUs: pod/vip (priority 20) waits there for pod/a (priority 10), which a finalizer holds."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    held(c, "a")
    pod(c, "vip", "mid", "1500m")
    assert nominated(c) == {"vip": "node-1"}
    return c


NO_VICTIMS = (
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: "
    "1 No preemption victims found for incoming pod."
)
NO_ROOM = NO_VICTIMS.replace("1 No preemption victims found for incoming pod", "1 Insufficient cpu")


@pytest.mark.parametrize(
    ("priority", "cpu", "node", "message", "nomination"),
    [
        ("low", "400m", "", NO_VICTIMS, ""),
        (
            "mid",
            "400m",
            "",
            "0/1 nodes are available: 1 Insufficient cpu.",
            "node-1",
        ),  # beside vip, if a is gone
        ("mid", "501m", "", NO_ROOM, ""),
        ("high", "400m", "node-1", "", ""),
    ],
)
def test_the_place_of_a_pod_that_waits_is_kept(waiting, priority, cpu, node, message, nomination):  # noqa: PLR0917
    """For Pods of no higher priority a nominated Pod is there already; those of a higher one do not see it."""
    pod(waiting, "small", priority, cpu)
    assert names(waiting)["small"] == node
    assert told(waiting, "small") == [message] * bool(message)
    assert nominated(waiting).get("small", "") == nomination


def test_a_pod_that_keeps_away_from_the_one_that_waits_stays_away(waiting):
    """Anti-affinity counts nominated Pods, in both directions; affinity needs Pods that are really there."""
    terms = "requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: vip}}}]"
    pod(waiting, "away", "low", "100m", more=f"affinity: {{podAntiAffinity: {{{terms}}}}}, ")
    pod(waiting, "near", "high", "100m", more=f"affinity: {{podAffinity: {{{terms}}}}}, ")
    assert (names(waiting)["away"], names(waiting)["near"]) == ("", "")
    let_go(waiting, "a")
    assert (names(waiting)["away"], names(waiting)["near"]) == ("", "node-1")


@pytest.fixture
def two():
    """The same, beside a Pod that stays, and with a second Node, which is empty and cordoned."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.apply(CLASSES)
    c.cordon("node/node-2")
    pod(c, "stays", "high", "200m")
    pod(c, "a", "low", "1500m")
    held(c, "a")
    pod(c, "vip", "mid", "1500m")
    assert nominated(c) == {"vip": "node-1"}
    return c


def test_the_nominated_node_comes_first(two):
    """If the Pod fits on several Nodes in the end, it goes to the one where others have left for it."""
    two.api.change(two["pod/a"], lambda raw: raw["metadata"].pop("finalizers"), by="kubectl")
    while "a" in names(two):
        two.simulation.kubelets.run(two.api)
    two.uncordon("node/node-2")
    two.settle()
    assert names(two)["vip"] == "node-1"  # node-2 has the higher score
    pod(two, "next", "mid", "100m")
    assert names(two)["next"] == "node-2"


def test_a_pod_goes_elsewhere_if_there_is_room_before_its_victims_are_gone(two):
    """It does not wait for its nominated Node if another one has room."""
    two.uncordon("node/node-2")
    two.settle()
    assert names(two)["vip"] == "node-2"
    assert nominated(two) == {}


def test_a_nomination_ends_where_the_pod_cannot_go(waiting):
    """A Node that is cordoned is no longer nominated, as no preemption helps there."""
    waiting.cordon("node/node-1")
    waiting.settle()
    assert nominated(waiting) == {}
    assert told(waiting, "vip")[-1].endswith(
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )


def test_a_nomination_stays_while_its_pod_may_not_try_again(waiting):
    """As long as the victim is on its way out, the Pod says that it waits, and keeps its nomination."""
    waiting.label("node/node-1", "disk=ssd")
    waiting.settle()
    assert nominated(waiting) == {"vip": "node-1"}
    assert (
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
        "preemption: not eligible due to a terminating pod on the nominated node."
    ) in told(waiting, "vip")


def test_a_pod_that_somebody_else_deletes_keeps_nobody_from_preempting():
    """Only Pods that the scheduler has preempted are waited for."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    held(c, "a")
    c.delete("pod/a")
    pod(c, "vip", "mid", "1500m")
    c.label("node/node-1", "disk=ssd")
    c.settle()
    assert nominated(c) == {"vip": "node-1"}
    assert {*told(c, "vip")} == {"0/1 nodes are available: 1 Insufficient cpu."}
    assert told(c, "a", "Preempted") == []


def test_a_nomination_is_lost_to_a_higher_priority():
    """Who lets further Pods go on the Node takes the nominations of Pods with a lower priority."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    for name in "ab":
        pod(c, name, "low", "900m")
        held(c, name)
    pod(c, "vip", "mid", "900m")
    assert [item.name for item in c.objects("pods") if item.terminating] == ["b"]
    pod(c, "boss", "high", "1800m")
    assert nominated(c) == {"boss": "node-1"}
    assert told(c, "a", "Preempted") == [f"Preempted by pod {c['pod/boss'].uid} on node node-1"]
    for name in "ab":
        let_go(c, name)
    assert names(c) == {"boss": "node-1", "vip": ""}


def test_who_waits_gets_the_place_of_a_pod_that_waits_no_more(waiting):
    """If the nominated Pod is deleted, Pods of no higher priority are tried again."""
    pod(waiting, "small", "low", "400m")
    assert names(waiting)["small"] == ""
    waiting.delete("pod/vip")
    waiting.settle()
    assert names(waiting)["small"] == "node-1"


def test_who_has_the_same_priority_is_tried_again_and_who_has_a_higher_one_is_not(waiting):
    """A Pod of a higher priority never left the place to the one that is gone."""
    pod(waiting, "same", "mid", "501m")
    pod(waiting, "large", "high", "3")
    before = count(waiting, "large")
    waiting.delete("pod/vip")
    waiting.settle()
    assert nominated(waiting) == {"same": "node-1"}
    assert count(waiting, "large") == before


def count(cluster, name):
    return sum(
        event.raw["count"]
        for event in cluster.objects("events")
        if event.raw["involvedObject"]["name"] == name and event.raw["reason"] == "FailedScheduling"
    )


def test_equal_pods_do_not_stand_in_their_own_way():
    """Of two Pods of one ReplicaSet, one has the nomination, and gets the place."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    held(c, "a")
    c.apply(
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: vip}, spec: {replicas: 2, selector: {matchLabels: "
        "{app: vip}}, template: {metadata: {labels: {app: vip}}, spec: {priorityClassName: high, "
        "containers: [{name: main, image: 'web:1', resources: {requests: {cpu: 1500m}}}]}}}}"
    )
    c.settle()
    ((first, _node),) = nominated(c).items()
    let_go(c, "a")
    assert [name for name, node in names(c).items() if node] == [first]


def test_a_place_is_kept_on_the_nominated_node_only(two):
    """On other Nodes the Pod that waits does not count."""
    pod(two, "fills", "high", "1400m", node="node-2")
    two.uncordon("node/node-2")
    two.settle()
    assert nominated(two) == {"vip": "node-1"}
    pod(two, "small", "low", "500m")
    assert names(two)["small"] == "node-2"


def test_pods_that_come_at_once_leave_the_place_too():
    """The nomination counts for the next Pod in the queue, before anything is seen of it."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    held(c, "a")
    for name, priority, cpu in (("vip", "mid", "1500m"), ("small", "low", "400m")):
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{priorityClassName: {priority}, "
            f"containers: [{{name: main, image: 'web:1', resources: {{requests: {{cpu: {cpu}}}}}}}]}}}}"
        )
    c.settle()
    assert (names(c)["small"], nominated(c)) == ("", {"vip": "node-1"})


def test_a_pod_that_waits_keeps_others_away():
    """The anti-affinity of a nominated Pod counts, though it runs nowhere yet."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    held(c, "a")
    terms = (
        "requiredDuringSchedulingIgnoredDuringExecution: "
        "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: other}}}]"
    )
    pod(c, "vip", "mid", "510m", more=f"affinity: {{podAntiAffinity: {{{terms}}}}}, ")
    assert nominated(c) == {"vip": "node-1"}
    for name in ("other", "free"):
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}}}}}, "
            "spec: {priorityClassName: low, containers: [{name: main, image: 'web:1'}]}}"
        )
    c.settle()
    assert (names(c)["other"], names(c)["free"]) == ("", "node-1")


def test_a_nomination_is_taken_only_where_further_pods_go(waiting):
    """If all victims are on their way out already, nothing is left to be done, and both Pods wait for the Node."""
    pod(waiting, "boss", "high", "1800m")
    assert nominated(waiting) == {"vip": "node-1", "boss": "node-1"}
    let_go(waiting, "a")
    assert (names(waiting)["boss"], nominated(waiting)) == ("node-1", {})


def test_nominations_of_other_nodes_stay():
    """Only those of the Node where Pods leave are taken."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.apply(CLASSES)
    for name, node in (("a", "node-1"), ("b", "node-1"), ("c", "node-2")):
        pod(c, name, "low", "900m" if node == "node-1" else "1800m", node=node)
        held(c, name)
    pod(c, "large", "mid", "1800m")
    assert nominated(c) == {"large": "node-2"}
    pod(c, "vip", "mid", "900m")
    assert nominated(c) == {"large": "node-2", "vip": "node-1"}
    pod(c, "boss", "high", "1800m", more="nodeSelector: {kubernetes.io/hostname: node-1}, ")
    assert nominated(c) == {"large": "node-2", "boss": "node-1"}


@pytest.mark.parametrize("there", ["low", "high"])
def test_a_polite_pod_keeps_what_was_nominated(there):
    """A Pod that may not look for victims leaves its status as it was."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", there, "1500m")
    pod(c, "polite", "polite", "1900m")
    polite = c["pod/polite"]
    c.api.update_status(polite, {**polite.status, "nominatedNodeName": "node-9"}, by="test", why="test")
    before = count(c, "polite")
    c.label("node/node-1", "disk=ssd")
    c.settle()
    assert (nominated(c), count(c, "polite")) == ({"polite": "node-9"}, before + 1)


TARGET = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}


@pytest.mark.parametrize(
    ("priority", "status", "deleted", "outcome"),
    [
        (10, TARGET, True, "waits"),
        (20, TARGET, True, "none"),
        (30, TARGET, True, "none"),
        (10, TARGET, False, "chosen"),
        (10, {**TARGET, "status": "False"}, True, "chosen"),
        (10, {**TARGET, "reason": "EvictionByEvictionAPI"}, True, "chosen"),
        (10, {}, True, "chosen"),
    ],
)
def test_which_pods_are_waited_for(priority, status, deleted, outcome):
    """`PodEligibleToPreemptOthers`: those of lower priority that end because they were preempted."""
    when = {"deletionTimestamp": "2026-01-01T00:00:30Z"} if deleted else {}
    there = Pod(
        {
            "metadata": {"name": "a", "uid": "a", **when},
            "spec": {"nodeName": "n", "priority": priority, "containers": []},
            "status": {"conditions": [status] if status else []},
        }
    )
    new = Pod(
        {
            "metadata": {"name": "vip", "uid": "vip"},
            "spec": {"priority": 20, "containers": []},
            "status": {"nominatedNodeName": "n"},
        }
    )
    infos = NodeInfos.of([Node({"metadata": {"name": "n"}})], [there])
    refusals = {"n": Refusal(("Insufficient cpu",), preemption_helps=True)}
    assert (
        attempt(new, infos, refusals, lambda _info, gone: None if gone else refusals["n"], []).outcome
        == outcome
    )


def test_a_pod_is_bound_to_the_node_that_was_nominated_for_it(waiting):
    """The nomination is gone then, and the log says who made room for whom, and why there."""
    let_go(waiting, "a")
    assert (names(waiting), nominated(waiting)) == ({"vip": "node-1"}, {})
    said = [str(entry) for entry in waiting.timeline("pod/vip").facts.entries]
    assert (
        "kube-scheduler reports on pod/vip: no Node can take it, so it takes the place of pod/a on node-1: "
        "no other Node can be freed for it"
    ) in said
    assert "kube-scheduler preempts pod/a: it has priority 10, and pod/vip has 20" in said
    assert "kube-scheduler deletes pod/a: pod/vip takes its place on node-1" in said
    assert "kube-scheduler binds pod/vip: node-1 was nominated for it, and it fits there now" in said


def test_a_copy_and_an_interrupt_keep_the_place(waiting):
    """Nominations are read from the Pods: a copy, and a scheduler that was stopped midway, know them."""
    copied, plain = waiting.copy(), waiting.copy()
    (scheduler,) = [item for item in copied.simulation.components if item.name == "kube-scheduler"]
    scheduler.restart(copied.api)
    for c in (waiting, copied, plain):
        pod(c, "small", "low", "400m")
        assert names(c)["small"] == ""


def test_the_life_of_a_pod_says_who_ended_it(waiting):
    """Preempted, evicted, or driven out by a taint: the moment stands before the deletion."""
    c = kn.Cluster(nodes=2, cpu="2")
    for name in ("evicted", "driven"):
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: a, image: 'a:1'}}]}}}}"
        )
        c.settle()
        held(c, name)
    c.evict("pod/evicted")
    node = c["pod/driven"].node_name
    c.kubectl(f"taint node {node} a=b:NoExecute")
    c.settle()
    target = c["pod/driven"].condition("DisruptionTarget")
    assert (target["status"], target["reason"], target["message"]) == (
        "True",
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    )
    for life, words in (
        (waiting.life("pod/a"), "the scheduler preempts it, for a Pod with a higher priority"),
        (c.life("pod/evicted"), "it is evicted through the Eviction API"),
        (c.life("pod/driven"), "it does not tolerate a taint of its Node, and has to leave it"),
    ):
        said = [str(moment) for moment in life.facts.moments]
        at = said.index(words)
        assert said[at + 1].startswith("deletion is asked for (grace period 30 s)")


# ---- budgets


@pytest.mark.parametrize(
    ("selector", "labels", "guarded"),
    [
        ("{matchLabels: {app: a}}", "app: a", True),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", "", False),
        ("{matchExpressions: [{key: app, operator: In, values: [a]}]}", "app: a", True),
        ("{}", "app: a", False),
    ],
)
def test_which_budgets_preemption_respects(selector, labels, guarded):
    """An empty selector guards no Pod from preemption, and a Pod without labels is not guarded."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.apply(CLASSES)
    for name, own in (("b", "app: other"), ("a", labels)):  # a starts later, and so is the first to go
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{{own}}}}}, spec: {{priorityClassName: low, "
            f"nodeName: node-{1 if name == 'a' else 2}, "
            "containers: [{name: main, image: 'web:1', resources: {requests: {cpu: 1800m}}}]}}"
        )
        c.settle()
    c.apply(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: keep}, spec: {maxUnavailable: 0, "
        f"selector: {selector}}}}}"
    )
    c.settle()
    pod(c, "vip", "high", "1800m")
    assert names(c)["vip"] == ("node-2" if guarded else "node-1")


# ---- why a Pod waits, in words


def test_why_a_pod_waits_for_its_victims(waiting):
    """The facts name the Node, who leaves it, and both priorities; the message is the one of the Event."""
    figure = waiting.why_pending("pod/vip")
    facts = figure.facts.preemption
    assert (facts.outcome, facts.node, facts.priority, facts.victims) == (
        "waits",
        "node-1",
        20,
        (("pod/a", 10),),
    )
    assert facts.why == "no other Node can be freed for it"
    assert figure.title == (
        "why pod/vip is Pending: with priority 20, it takes the place of pod/a (priority 10) on node-1, "
        "and waits until that has ended"
    )
    assert facts.about("node-1") == "pod/a was preempted, and leaves this Node for the Pod"
    assert figure.facts.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert "◐ Node node-1 (Ready)" in figure.text
    assert "why node-1: no other Node can be freed for it" in figure.text


def test_why_a_pod_waits_for_a_place_that_is_kept(waiting):
    """The facts count the Pod that is nominated, and name it."""
    pod(waiting, "small", "low", "400m")
    facts = waiting.why_pending("pod/small").facts
    verdict = facts.verdict("node-1")
    assert verdict.details == (
        "the Pod requests 400m cpu, but only 0 of 2 is left",
        "this place is kept for pod/vip, for which the Node is nominated and which has no lower priority",
    )
    assert facts.message == NO_VICTIMS
    assert (
        facts.preemption.about("node-1")
        == "no Pod leaves for it, because all here have the same priority, 10"
    )


@pytest.mark.parametrize(
    ("new", "there", "outcome", "words", "about"),
    [
        (
            ("high", "1500m"),
            ("high", "1500m"),
            "none",
            "its priority 1000 does not help: it can take no other Pod's place",
            "no Pod leaves for it, because all here have the same priority, 1000",
        ),
        (
            ("low", "1500m"),
            ("high", "1500m"),
            "none",
            "its priority 10 does not help: it can take no other Pod's place",
            "no Pod leaves for it, because all here have priority 1000 or more, and it has 10",
        ),
        (
            ("polite", "1500m"),
            ("low", "1500m"),
            "never",
            "its priority is 1000, but it takes no other Pod's place: its preemptionPolicy is Never",
            "",
        ),
        (
            ("high", "3"),
            ("low", "1500m"),
            "none",
            "its priority 1000 does not help: even without other Pods, no Node can take it",
            "",
        ),
    ],
)
def test_why_preemption_does_not_help(new, there, outcome, words, about):
    """Equal priorities, a policy, or a Pod that is too large: each is said, and the message is that of the Event."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", *there)
    pod(c, "vip", *new)
    facts = c.why_pending("pod/vip").facts
    assert (facts.preemption.outcome, facts.preemption.words) == (outcome, words)
    assert facts.preemption.about("node-1") == about
    assert [facts.message] == told(c, "vip")


def test_why_preemption_does_not_help_where_too_few_may_go():
    """What stays may take too much, even if all Pods of lower priority leave."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "300m")
    pod(c, "b", "high", "1500m")
    pod(c, "vip", "high", "1")
    facts = c.why_pending("pod/vip").facts
    assert facts.preemption.about("node-1") == (
        "no Pod leaves for it, because it would not fit without 1 Pod of lower priority either"
    )
    assert [facts.message] == told(c, "vip") == [NO_ROOM]


def test_where_all_have_the_same_priority_nothing_is_said_of_it():
    """Most clusters have no priorities."""
    c = kn.Cluster(nodes=1, cpu="2")
    for name in "ab":
        pod(c, name, "''", "1500m")
    assert c.why_pending("pod/b").facts.preemption is None


@pytest.mark.parametrize(
    "more",
    [
        "schedulingGates: [{name: g.example/wait}], ",
        "schedulerName: other, ",
        "volumes: [{name: v, persistentVolumeClaim: {claimName: none}}], ",
    ],
)
def test_nothing_is_said_of_preemption_where_the_scheduler_does_not_come_to_it(more):
    """Gates, another scheduler and missing claims come first; and without a Node there is nothing to preempt."""
    c = kn.Cluster(nodes=1, cpu="2")
    c.apply(CLASSES)
    pod(c, "a", "low", "1500m")
    pod(c, "vip", "high", "1500m", more=more)
    assert c.why_pending("pod/vip").facts.preemption is None
    empty = kn.Cluster(nodes=0)
    empty.apply(CLASSES)
    pod(empty, "vip", "high", "1500m")
    facts = empty.why_pending("pod/vip").facts
    assert (facts.preemption, facts.message) == (None, "no nodes available to schedule pods")


@pytest.mark.parametrize(
    ("on_1", "on_2", "budget", "node", "why"),
    [
        (
            [("low", "1800m")],
            [("low", "1800m")],
            "a0",
            "node-2",
            "fewer of the Pods that have to leave are protected by a budget on node-2 than on node-1",
        ),
        (
            [("mid", "1800m")],
            [("low", "1800m")],
            "",
            "node-2",
            "the most important Pod that has to leave has priority 10 on node-2, and 20 on node-1",
        ),
        (
            [("low", "900m"), ("low", "900m")],
            [("low", "1800m")],
            "",
            "node-2",
            "fewer Pods have to leave node-2 than node-1",
        ),
        (
            [("mid", "900m"), ("mid", "900m")],
            [("mid", "900m"), ("low", "900m")],
            "",
            "node-2",
            "the priorities of the Pods that have to leave add up to less on node-2 than on node-1",
        ),
        (
            [("low", "1800m")],
            [("low", "1800m")],
            "",
            "node-2",
            "the most important Pod that has to leave started later on node-2 than on node-1",
        ),
    ],
)
def test_why_a_node_is_chosen(on_1, on_2, budget, node, why):
    """The first rule in which the best two Nodes differ is named, before the scheduler acts and in the log."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.apply(CLASSES)
    for name, where, items in (("a", "node-1", on_1), ("b", "node-2", on_2)):
        for number, (priority, cpu) in enumerate(items):
            pod(c, f"{name}{number}", priority, cpu, node=where)
    if budget:
        c.apply(
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: keep}, "
            f"spec: {{minAvailable: 1, selector: {{matchLabels: {{app: {budget}}}}}}}}}"
        )
        c.settle()
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: vip}, spec: {priorityClassName: high, "
        "containers: [{name: main, image: 'web:1', resources: {requests: {cpu: 1800m}}}]}}"
    )
    facts = c.why_pending("pod/vip").facts.preemption
    assert (facts.outcome, facts.node, facts.why, facts.broken) == ("chosen", node, why, 0)
    assert facts.words.startswith("with priority 1000, it will take the place of pod/b0 (priority ")
    if budget:
        assert facts.about("node-1") == "there is room if pod/a0 leaves, which violates a PodDisruptionBudget"
    c.settle()
    assert names(c)["vip"] == node
    assert any(f"on {node}: {why}" in str(entry) for entry in c.timeline("pod/vip").facts.entries)


def test_many_nodes_share_boxes_and_the_chosen_one_has_its_own():
    """Of more than five Nodes, those of one sort are drawn once: freed, not helpful, and the one that is chosen."""
    c = kn.Cluster(nodes=9, cpu="2")
    c.apply(CLASSES)
    for number in range(1, 10):
        pod(c, f"a{number}", "low" if number < 6 else "high", "1500m", node=f"node-{number}")
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: vip}, spec: {priorityClassName: high, "
        "containers: [{name: main, image: 'web:1', resources: {requests: {cpu: 1800m}}}]}}"
    )
    figure = c.why_pending("pod/vip")
    chosen = figure.facts.preemption.node
    assert chosen == figure.facts.preemption.freed[0]
    assert len(figure.facts.preemption.freed) == 5
    drawn = figure.dot
    assert f"Node {chosen}" in drawn
    assert "4 Nodes, such as node-" in drawn
    assert drawn.count("4 Nodes, such as node-") == 2


# ---- what is true of every cluster


def world(seed):
    """A cluster in which Pods of random priorities and sizes have come, some held, some with budgets."""
    draw = random.Random(seed)  # noqa: S311  # no secret
    c = kn.Cluster(nodes=draw.choice([1, 2, 3]), cpu="2")
    c.apply(CLASSES)
    if draw.random() < 0.4:
        c.apply(
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: keep}, "
            f"spec: {{maxUnavailable: {draw.choice([0, 1])}, selector: {{matchLabels: {{app: p{draw.randrange(4)}}}}}}}}}"
        )
    for number in range(draw.randrange(4, 10)):
        pod(
            c,
            f"p{number}",
            draw.choice(["low", "mid", "high", "polite"]),
            draw.choice(["400m", "900m", "1500m", "2"]),
        )
    return c


def sizes(cluster, node):
    return [
        (int(item.spec["priority"]), millicores(item.spec["containers"][0]["resources"]["requests"]["cpu"]))
        for item in cluster.objects("pods")
        if item.node_name == node
    ]


def millicores(amount):
    return int(amount[:-1]) if amount.endswith("m") else 1000 * int(amount)


@pytest.mark.parametrize("seed", range(12))
def test_the_facts_say_what_the_scheduler_says(seed):
    """Tried once more, a Pod that waits gets the message that why_pending has."""
    c = world(seed)
    c.label("node/node-1", "disk=ssd")
    c.settle()
    for item in c.objects("pods"):
        if not item.node_name:
            message = c[item.ref].condition("PodScheduled")["message"]
            assert c.why_pending(item.ref).facts.message == message


@pytest.mark.parametrize("seed", range(30))
def test_what_preemption_leads_to(seed):
    """No Node has more than it can take; who waits could not be helped by letting Pods of lower priority go."""
    c = world(seed)
    nodes = [node.name for node in c.objects("nodes")]
    for node in nodes:
        assert sum(size for _, size in sizes(c, node)) <= 2000
    assert nominated(c) == {}
    for item in c.objects("pods"):
        if item.node_name:
            continue
        own, size = (
            item.spec["priority"],
            millicores(item.spec["containers"][0]["resources"]["requests"]["cpu"]),
        )
        polite = item.spec["preemptionPolicy"] == "Never"
        for node in nodes:
            staying = sum(taken for priority, taken in sizes(c, node) if polite or priority >= own)
            assert staying + size > 2000
    by_uid = {item.uid: item.spec["priority"] for item in c.objects("pods")}
    for event in c.objects("events"):
        if event.raw["reason"] == "Preempted":
            by = event.raw["message"].split()[3]
            assert by_uid.get(by, 20) > 10
