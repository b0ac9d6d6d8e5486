"""kube-scheduler: which Nodes a Pod fits, and what is said when none does, as a real one answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.failure import failure_message
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.node_affinity import (
    matches_term,
    named_nodes,
    preferred_weight,
    wants,
)
from k8snotes.control_plane.scheduling.node_info import needs_of
from k8snotes.control_plane.scheduling.requests import host_ports, pod_requests
from k8snotes.control_plane.scheduling.taints import tolerates

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "golden" / "scheduling.json"
GOLDEN = json.loads((SHARED if SHARED.exists() else HERE / "golden" / "scheduling.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def recorded_cluster():
    nodes = [
        {
            "metadata": {"name": item["name"], "labels": item["labels"]},
            "spec": {"taints": item.get("taints", []), "unschedulable": item.get("unsched", False)},
            "status": {"capacity": {key: item[key] for key in ("cpu", "memory", "pods")}},
        }
        for item in GOLDEN["nodes"]
    ]
    cluster = kn.Cluster(nodes)
    for number, item in enumerate(GOLDEN["already_running"]):
        container = {"name": "c", "image": "x:1", "resources": {"requests": item["requests"]}}
        if item["hostPort"]:
            container["ports"] = [{"containerPort": item["hostPort"], "hostPort": item["hostPort"]}]
        cluster.create(pod(f"there-{number}", {"nodeName": item["node"], "containers": [container]}))
    cluster.settle()
    return cluster


def pod(name, spec, **metadata):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}


def spec(**fields):
    return {"containers": [{"name": "c", "image": "x:1"}], **fields}


def told(cluster, name="new"):
    return [
        event.raw["message"]
        for event in cluster.objects("events")
        if event.raw["reason"] == "FailedScheduling" and event.raw["involvedObject"]["name"] == name
    ]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["pod"])
def test_recorded_case(recorded_cluster, case):
    """A Pod is bound where a real scheduler finds a Node, and gets the same message where it finds none."""
    cluster = recorded_cluster.copy()
    cluster.create(pod(case["pod"], case["spec"]))
    cluster.settle()
    stored = cluster[f"pod/{case['pod']}"]
    assert bool(stored.node_name) == case["feasible"]
    assert told(cluster, case["pod"]) == ([case["message"]] if case["message"] else [])
    assert stored.node_name in (case["feasible_nodes"] or [""])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["pod"])
def test_recorded_nodes(recorded_cluster, case):
    """Each Node by itself takes or refuses the Pod as a real scheduler says."""
    cluster = recorded_cluster.copy()
    scheduler = next(item for item in cluster.simulation.components if item.name == "kube-scheduler")
    cluster.create(pod("new", case["spec"]))
    needs = needs_of(cluster["pod/new"])
    assert [info.name for info in scheduler.infos if refusal(needs, info) is None] == case["feasible_nodes"]


def test_counts_are_sorted_as_text():
    """Ten of one reason come before two of another, as Kubernetes sorts text."""
    message = failure_message([Refusal(("Insufficient cpu",))] * 2 + [Refusal(("Too many pods",), True)] * 10)
    assert message.startswith("0/12 nodes are available: 10 Too many pods, 2 Insufficient cpu. ")


def test_no_nodes():
    """Without any Node the scheduler says so in its own words."""
    cluster = kn.Cluster(nodes=0)
    cluster.create(pod("new", spec()))
    cluster.settle()
    assert told(cluster) == ["no nodes available to schedule pods"]


def test_sidecars_count_beside_the_containers():
    """An init container that goes on running is added to the containers and to the init containers after it."""
    own = {"resources": {"requests": {"cpu": "100m"}}}
    first = {"resources": {"requests": {"cpu": "150m"}}}
    assert pod_requests(
        {"containers": [own], "initContainers": [{**own, "restartPolicy": "Always"}, first]}
    ) == {"cpu": 250}


def test_init_containers_hold_no_host_port():
    """The host port of an init container is free when the others run; that of a sidecar is not."""
    port = {"containerPort": 80, "hostPort": 80, "hostIP": "192.168.10.1"}
    own = {"name": "i", "image": "x", "ports": [port]}
    ends, stays = {"initContainers": [own]}, {"initContainers": [{**own, "restartPolicy": "Always"}]}
    assert (host_ports(ends), host_ports(stays)) == ((), (("192.168.10.1", "TCP", 80),))


def test_waiting_pod_is_tried_again_when_a_node_comes_free():
    """A Pod that fits nowhere waits, and is bound as soon as another is gone."""
    cluster = kn.Cluster(nodes=1, pods=1)
    cluster.create(pod("first", spec()))
    cluster.settle()
    cluster.create(pod("second", spec()))
    cluster.settle()
    assert not cluster["pod/second"].node_name
    assert cluster["pod/second"].status["conditions"][0]["reason"] == "Unschedulable"
    cluster.delete("pod/first")
    cluster.settle()
    assert cluster["pod/second"].ready


def test_anti_affinity_keeps_pods_apart():
    """Pods that do not want each other go to different Nodes, and the third of them waits on two Nodes."""
    term = {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "kubernetes.io/hostname"}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    cluster = kn.Cluster(nodes=2)
    for number in range(3):
        cluster.create(pod(f"db-{number}", spec(affinity=apart), labels={"app": "db"}))
    cluster.settle()
    nodes = [item.node_name for item in cluster.objects("pods")]
    assert sorted(nodes) == ["", "node-1", "node-2"]
    (message,) = told(cluster, "db-2")
    assert message.startswith("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. ")


def test_affinity_brings_pods_together():
    """A Pod with pod affinity goes where the Pod is that it asks for, and waits while there is none."""
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
    near = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    cluster = kn.Cluster(nodes=3)
    cluster.create(pod("cache", spec(affinity=near)))
    cluster.settle()
    assert told(cluster, "cache")[0].startswith(
        "0/3 nodes are available: 3 node(s) didn't match pod affinity rules."
    )
    cluster.create(pod("web", spec(), labels={"app": "web"}))
    cluster.settle()
    assert cluster["pod/cache"].node_name == cluster["pod/web"].node_name


def test_topology_spread_holds_the_skew():
    """With maxSkew 1 no zone gets two Pods more than another."""
    nodes = [
        {"metadata": {"name": f"n{number}", "labels": {"zone": "ab"[number % 2]}}} for number in range(4)
    ]
    constraint = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    cluster = kn.Cluster(nodes)
    for number in range(6):
        cluster.create(
            pod(f"web-{number}", spec(topologySpreadConstraints=[constraint]), labels={"app": "web"})
        )
    cluster.settle()
    zones = [cluster.object("Node", item.node_name).labels["zone"] for item in cluster.objects("pods")]
    assert sorted(zones) == ["a"] * 3 + ["b"] * 3


def test_equal_pods_are_spread():
    """The Pods of one controller are shared evenly among equal Nodes."""
    cluster = kn.Cluster(nodes=3)
    cluster.apply(
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: web}\nspec:\n  replicas: 9\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: x}]}\n"
    )
    cluster.settle()
    nodes = [item.node_name for item in cluster.objects("pods")]
    assert {nodes.count(name) for name in nodes} == {3}


def test_a_pod_is_counted_out_as_it_was_counted_in():
    """A Pod that was adopted after it was bound, relabelled and deleted leaves no Node with less than none."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(pod("bare", spec(), labels={"app": "web"}))
    cluster.settle()
    owner = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec()}
    cluster.create({**owner, "spec": {"replicas": 1, "selector": {"app": "web"}, "template": template}})
    cluster.settle()
    cluster.label("pod/bare", "tier=front")
    cluster.settle()
    cluster.delete("pod/bare")
    cluster.settle()
    scheduler = next(item for item in cluster.simulation.components if item.name == "kube-scheduler")
    assert [count for info in scheduler.infos for count in info.owners.values() if count] == [1]
    (new,) = cluster.objects("pods")
    assert new.node_name == "node-1"


def test_gated_pod_is_left_alone():
    """A Pod with a scheduling gate is not tried at all."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(pod("new", spec(schedulingGates=[{"name": "later"}])))
    cluster.settle()
    assert isinstance(cluster["pod/new"], Pod)
    assert not cluster["pod/new"].node_name
    assert told(cluster) == []


def test_who_was_there_first_gets_the_room():
    """Among equals the queue's order decides, not the alphabet: the Pod that was sent last waits."""
    c = kn.Cluster(nodes=1, cpu="1")
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"
        "spec: {containers: [{name: c, image: nginx, resources: {requests: {cpu: 600m}}}]}\n"
    )
    c.apply(pod % "zebra" + "---\n" + pod % "ant")
    c.settle()
    assert c["pod/zebra"].manifest["spec"].get("nodeName") == "node-1"
    assert c["pod/ant"].manifest["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    ("operator", "label", "value", "fits"),
    [
        ("Gt", "5", "4", True),
        ("Gt", "5", "5", False),
        ("Gt", "5", "6", False),
        ("Lt", "5", "4", False),
        ("Lt", "5", "5", False),
        ("Lt", "5", "6", True),
        ("Gt", "-1", "-2", True),
        ("Lt", "ten", "11", False),
        ("Gt", "5", "four", False),
        ("Gt", None, "4", False),
        ("Lt", None, "4", False),
        ("In", "5", "5", True),
        ("NotIn", "5", "5", False),
        ("NotIn", None, "5", True),
    ],
)
def test_node_affinity_compares_numbers(operator, label, value, fits):
    """`Gt` and `Lt` compare a Node's label, as a whole number, with the value; equal is neither, no number is never.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
    """
    labels = {} if label is None else {"cores": label}
    node = view({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": labels}})
    term = {"matchExpressions": [{"key": "cores", "operator": operator, "values": [value]}]}
    assert matches_term(term, node) is fits
    assert preferred_weight(affinity(preferred=[(7, term), (5, term)]), node) == (12 if fits else 0)
    assert wants(affinity(required=[{}, term]), node) is fits


def affinity(required=(), preferred=()):
    """Return a Pod's specification with these terms of node affinity."""
    terms = {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(required)},
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": weight, "preference": term} for weight, term in preferred
        ],
    }
    return {"affinity": {"nodeAffinity": {key: value for key, value in terms.items() if value}}}


def named(*names, operator="In"):
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(names)}]}


def test_only_terms_that_name_nodes_narrow_the_choice():
    """The Nodes named by all terms are looked at alone; one term that names none opens the choice again."""
    assert named_nodes(affinity(required=[named("n1"), named("n2")])) == {"n1", "n2"}
    both = {"matchFields": named("n1", "n2")["matchFields"] + named("n2", "n3")["matchFields"]}
    assert named_nodes(affinity(required=[both])) == {"n2"}
    assert named_nodes(affinity(required=[named("n1"), named("n2", operator="NotIn")])) is None
    assert named_nodes(affinity()) is None


@pytest.mark.parametrize(
    ("toleration", "taint", "tolerated"),
    [
        ({"key": "k", "value": "v"}, {"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "v"}, {"key": "k", "value": "w"}, False),
        ({"key": "k", "operator": "Exists"}, {"key": "k", "value": "w"}, True),
        ({"key": "k", "operator": "Exists"}, {"key": "l"}, False),
        ({"operator": "Exists"}, {"key": "l"}, True),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, {"key": "k"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoSchedule"}, {"key": "k"}, True),
        ({"key": "k", "operator": "Lt", "value": "5"}, {"key": "k", "value": "4"}, True),
        ({"key": "k", "operator": "Lt", "value": "5"}, {"key": "k", "value": "5"}, False),
        ({"key": "k", "operator": "Lt", "value": "5"}, {"key": "k", "value": "6"}, False),
        ({"key": "k", "operator": "Gt", "value": "5"}, {"key": "k", "value": "6"}, True),
        ({"key": "k", "operator": "Gt", "value": "5"}, {"key": "k", "value": "5"}, False),
        ({"key": "k", "operator": "Gt", "value": "5"}, {"key": "k", "value": "4"}, False),
        ({"key": "k", "operator": "Gt", "value": "5"}, {"key": "k", "value": "six"}, False),
    ],
)
def test_a_toleration_puts_up_with_a_taint(toleration, taint, tolerated):
    """Key, effect and value have to agree; what is left out agrees with all; numbers are strictly above or below.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    assert tolerates(toleration, {"effect": "NoSchedule", **taint}) is tolerated
