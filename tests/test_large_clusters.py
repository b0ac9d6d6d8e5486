"""Clusters as large as Kubernetes allows: their addresses, and that what is done in parts comes to the same."""

from __future__ import annotations

import copy
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.control_plane import caches, component, scheduler
from k8snotes.control_plane.addresses import PodIPs, pod_network
from k8snotes.control_plane.scheduling.candidates import Candidates
from k8snotes.control_plane.scheduling.node_info import needs_of

WORKLOAD = (
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: %(name)s}, spec: {replicas: %(replicas)d, selector: "
    "{matchLabels: {app: %(name)s}}, template: {metadata: {labels: {app: %(name)s}}, spec: {containers: "
    "[{name: app, image: nginx, resources: {requests: {cpu: 10m, memory: 16Mi}}}]}}}}"
)


def made(*, workloads=3, replicas=20, nodes=4):
    """Return a cluster with Deployments that nothing has looked at yet, and a Service."""
    cluster = kn.Cluster(nodes=nodes, cpu=16, memory="64Gi")
    for number in range(workloads):
        cluster.apply(WORKLOAD % {"name": f"web-{number}", "replicas": replicas})
    cluster.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web-0}, ports: [{port: 80}]}}"
    )
    return cluster


def outcome(cluster):
    """Return what readers see of the end: how many are ready, where Pods run, what the Service has."""
    ready = {item.name: item.status.get("readyReplicas") for item in cluster.api.list("deployments.apps")}
    pods = cluster.api.list("pods")
    nodes = {}
    for pod in pods:
        nodes[pod.node_name] = nodes.get(pod.node_name, 0) + 1
    slices = cluster.api.list("endpointslices.discovery.k8s.io")
    endpoints = sum(len(item.raw["endpoints"]) for item in slices)
    return ready, nodes, endpoints, {pod.phase for pod in pods}, len({pod.ip for pod in pods}) == len(pods)


@pytest.fixture
def in_small_parts(monkeypatch):
    """Let each component make seven changes in a turn, and the history be forgotten at once."""
    monkeypatch.setattr(component, "AT_ONCE", 7)
    monkeypatch.setattr("k8snotes.simulation._KEPT_MEANWHILE", 5)
    monkeypatch.setattr("k8snotes.simulation._MANY", 5)


def test_the_pod_network_grows_only_where_it_has_to():
    """Up to 255 Nodes it is 10.244.0.0/16; a larger one contains that, and no Service or Node."""
    assert {pod_network(nodes) for nodes in (0, 1, 250, 255)} == {"10.244.0.0/16"}
    large = IPv4Network(pod_network(256))
    assert pod_network(5_000) == str(large)
    assert IPv4Network("10.244.0.0/16").subnet_of(large)
    assert not any(large.overlaps(IPv4Network(other)) for other in ("10.96.0.0/16", "192.168.0.0/16"))
    assert large.num_addresses // 256 > 5_000


def test_each_of_5000_nodes_has_a_range_of_its_own():
    """A cluster has as many Nodes as Kubernetes supports, each with an address and a /24 in the Pod network."""
    cluster = kn.Cluster(nodes=5_000)
    nodes = cluster.api.list("nodes")
    assert len({node.ip for node in nodes}) == 5_000
    network = IPv4Network(pod_network(5_000))
    ranges = {IPv4Network(node.spec["podCIDR"]) for node in nodes}
    assert len(ranges) == 5_000
    assert all(item.prefixlen == 24 and item.subnet_of(network) for item in ranges)


@pytest.mark.parametrize("nodes", [5_001, -1])
def test_more_nodes_than_kubernetes_supports_are_refused(nodes):
    """The error says how many a cluster has at most, and why."""
    with pytest.raises(kn.ClusterError, match="0 to 5,000 Nodes, as many as Kubernetes supports, not"):
        kn.Cluster(nodes=nodes)


def test_the_lowest_free_range_is_next():
    """A range that is given back is given out again, also below those that are taken."""
    pods = PodIPs("10.224.0.0/11")
    for number in range(300):
        pods.add_node(f"node-{number}")
    pods.remove_node("node-7")
    assert pods.add_node("another") == "10.224.8.0/24"
    assert pods.add_node("one-more") == "10.225.45.0/24"


@pytest.mark.usefixtures("in_small_parts")
def test_turns_of_a_few_changes_come_to_the_same():
    """What components do in many turns, with the history forgotten meanwhile, ends as what they do in one."""
    parts = made()
    changes = parts.settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(component, "AT_ONCE", 10_000)
        patch.setattr("k8snotes.simulation._KEPT_MEANWHILE", 20_000)
        whole = made()
        whole.settle()
    assert outcome(parts) == outcome(whole)
    assert outcome(parts)[0] == {f"web-{number}": 20 for number in range(3)}
    assert parts.api.store.compacted > 0
    assert not changes.note
    assert max(change.time for change in changes) > max(change.time for change in whole.api.log)


@pytest.mark.usefixtures("in_small_parts")
@pytest.mark.parametrize("turn", [1, 4, 9, 16, 30, 45])
def test_an_interrupt_between_turns_loses_nothing(turn, monkeypatch):
    """A cluster that is interrupted while it forgets its history settles to what it would have come to."""
    cluster = made()
    left = [turn]
    catch_up = component.Component.catch_up

    def interrupted(self, api):
        left[0] -= 1
        if not left[0]:
            catch_up(self, api)
            raise KeyboardInterrupt
        catch_up(self, api)

    monkeypatch.setattr(component.Component, "catch_up", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cluster.settle()
    monkeypatch.undo()
    cluster.settle()
    undisturbed = made()
    undisturbed.settle()
    assert outcome(cluster) == outcome(undisturbed)


def test_an_event_has_its_manifest_whenever_it_is_read():
    """What is kept of an Event makes the same manifest each time, with the revision of its write; copies have it, too."""
    cluster = made(workloads=1, replicas=1)
    cluster.settle()
    events = [item for item in cluster.api.list("events") if item.raw["involvedObject"]["kind"] == "Pod"]
    assert [
        item.raw["reason"] for item in sorted(events, key=lambda item: int(item.metadata["resourceVersion"]))
    ] == [
        "Scheduled",
        "Pulling",
        "Pulled",
        "Created",
        "Started",
    ]
    pod = cluster.api.list("pods")[0]
    for event in events:
        assert event == copy.deepcopy(event) == cluster.api.store.get(event.key)
        assert event.raw["involvedObject"]["uid"] == pod.uid
        assert event.manifest["count"] == 1
        assert not hasattr(event, "no_such_thing")
    assert len({item.metadata["resourceVersion"] for item in events}) == len(events)


@settings(max_examples=30, deadline=None)
@given(
    used=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=2, max_size=8),
    taint=st.integers(0, 8),
    wants=st.sampled_from(["10m", "900m", "3"]),
)
def test_nodes_of_one_state_are_judged_alike(used, taint, wants):
    """The best Node and all refusals are the same, whether Nodes are judged by their state or one by one."""
    cluster = kn.Cluster(nodes=len(used), cpu=2, memory="2Gi", pods=5)
    if taint < len(used):
        cluster.kubectl(f"taint node node-{taint + 1} a=b:PreferNoSchedule")
    for number, (small, large) in enumerate(used, start=1):
        for kind, count, cpu in (("small", small, "100m"), ("large", large, "800m")):
            for place in range(count):
                cluster.create(
                    {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "metadata": {"name": f"{kind}-{number}-{place}"},
                        "spec": {
                            "nodeName": f"node-{number}",
                            "containers": [
                                {"name": "app", "image": "nginx", "resources": {"requests": {"cpu": cpu}}}
                            ],
                        },
                    }
                )
    cluster.settle()
    spec = {"containers": [{"name": "app", "image": "nginx", "resources": {"requests": {"cpu": wants}}}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "next"}, "spec": spec})
    pod = cluster["pod/next"]
    infos = next(
        item for item in cluster.simulation.components if isinstance(item, scheduler.Scheduler)
    ).infos
    quick = Candidates(pod, needs_of(pod), infos)
    with caches.switched_off():
        slow = Candidates(pod, needs_of(pod), infos)
    assert quick.best() is slow.best()
    assert quick.refusals == slow.refusals
    assert quick.count == slow.count
