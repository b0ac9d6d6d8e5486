"""Quotas as a reader meets them: what is left, who is refused unseen, what is filled in, and what lowering does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capacity import pod

import k8snotes as kn
from k8snotes.facts.sizing import Size, size_of, sizing

RC = """
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: %d
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: b, resources: {requests: {cpu: %s}}}]}
"""


def quota(name="budget", **more):
    manifest = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}}
    return {**manifest, "spec": more}


def test_what_is_used_of_a_quota_and_by_whom():
    """Each line says what is allowed, used and left, and the parts add up to what is used."""
    c = kn.load("guestbook")
    c.apply(
        json.dumps(quota(hard={"requests.cpu": "1", "requests.memory": "1Gi", "pods": "12", "services": "5"}))
    )
    c.settle()
    facts = c.quota().facts
    rows = {row.name: row for row in facts.quota("budget").rows}
    assert list(rows) == ["requests.cpu", "requests.memory", "pods", "services"]
    assert (rows["requests.cpu"].hard, rows["requests.cpu"].used, rows["requests.cpu"].left) == (
        1000,
        850,
        150,
    )
    assert all(sum(part.amount for part in row.parts) == row.used for row in rows.values())
    status = c["quota/budget"].status["used"]
    assert {name: kn.Quantity(status[name]).value for name in ("pods", "services")} == {
        "pods": 9,
        "services": 5,
    }
    assert "requests.cpu: 850m of 1 (85 %), 150m left" in c.quota().text
    with pytest.raises(KeyError):
        facts.quota("other")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 1500), st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_is_left_is_let_in_and_no_more(cpu, used_cpu, memory, used_memory):
    """A Pod that takes exactly what is left is let in; a thousandth or a byte more is refused."""
    c = kn.Cluster(nodes=1)
    c.create(pod("first", {"requests": {"cpu": f"{used_cpu}m", "memory": str(used_memory)}}))
    c.create(quota(hard={"requests.cpu": f"{cpu}m", "requests.memory": str(memory)}))
    rows = c.quota().facts.quota("budget").rows
    left = {row.resource: row.left for row in rows}
    assert left == {"cpu": max(0, cpu - used_cpu), "memory": max(0, memory - used_memory)}
    for more, unit in (("cpu", "m"), ("memory", "")):
        asked = {"cpu": f"{left['cpu']}m", "memory": str(left["memory"])} | {more: f"{left[more] + 1}{unit}"}
        with pytest.raises(kn.ApiError, match="exceeded quota: budget"):
            c.create(pod("next", {"requests": asked}))
    exact = pod("next", {"requests": {"cpu": f"{left['cpu']}m", "memory": str(left["memory"])}})
    c.create(exact)  # what asks for nothing of a line is not asked about that line


def test_the_hidden_event_is_shown():
    """An RC that runs into a quota is accepted, and the picture of the quota tells why its Pods are refused."""
    c = kn.Cluster(nodes=1)
    c.apply(json.dumps(quota(hard={"requests.cpu": "250m"})))
    c.apply(RC % (4, "100m"))
    c.settle()
    (refused,) = c.quota().facts.refused
    assert (refused.workload, refused.wanted, refused.there) == ("ReplicationController/web", 4, 2)
    said = [event.raw["message"] for event in c.objects("events") if event.raw["reason"] == "FailedCreate"]
    assert refused.message == said[-1]
    assert refused.reason.startswith(
        "exceeded quota: budget, requested: requests.cpu=100m, used: requests.cpu=200m"
    )
    assert "ReplicationController/web has 2 of 4 desired Pods" in c.quota().text
    assert "1 workload lacks Pods" in c.quota().title
    c.delete("quota/budget")
    c.settle()
    assert c.quota().facts.refused == ()


def test_a_refused_replicaset_is_told_as_its_deployment():
    """The ReplicaSet got the refusal; the reader knows the Deployment."""
    c = kn.load("guestbook")
    c.apply(json.dumps(quota(hard={"pods": "10"})))
    c.scale("deploy/frontend", 6)
    c.settle()
    assert [item.workload for item in c.quota().facts.refused] == ["Deployment/frontend"]
    c.scale("deploy/frontend", 4)
    c.settle()
    assert c.quota().facts.refused == ()


def test_lowering_a_quota_ends_no_pod():
    """All Pods run on, the picture says how much is too much, and new Pods are refused."""
    c = kn.load("guestbook")
    c.apply(json.dumps(quota(hard={"pods": "20"})))
    c.settle()
    c.apply(json.dumps(quota(hard={"pods": "5"})))
    c.settle()
    row = c.quota().facts.quota("budget").row("pods")
    assert (row.used, row.over, row.left) == (9, 4, 0)
    assert len(c.objects("pods")) == 9
    assert "9 of 5: ✗ 4 too much (existing objects stay, new ones are refused)" in c.quota().text
    with pytest.raises(kn.ApiError, match="exceeded quota"):
        c.create(pod("tenth"))


def test_a_limit_range_is_told_and_fills_in():
    """Its defaults stand in the picture, and in every Pod that said nothing."""
    c = kn.Cluster(nodes=1)
    c.apply(
        """{apiVersion: v1, kind: LimitRange, metadata: {name: sizes}, spec: {limits: [{type: Container,
        default: {cpu: 200m}, defaultRequest: {cpu: 100m}, max: {cpu: 2}, min: {memory: 8Mi}}]}}"""
    )
    bounds = {item.resource: item for item in c.quota().facts.bounds}
    assert (bounds["cpu"].default_request, bounds["cpu"].default, bounds["cpu"].max) == ("100m", "200m", "2")
    assert bounds["memory"].min == "8Mi"
    assert "cpu: default request 100m; default limit 200m; maximum 2" in c.quota().text
    c.create(pod("plain", {"requests": {"memory": "8Mi"}}))
    stored = c["pod/plain"].spec["containers"][0]["resources"]
    assert stored == {"requests": {"memory": "8Mi", "cpu": "100m"}, "limits": {"cpu": "200m"}}
    assert "LimitRanger plugin set" in str(c["pod/plain"].annotations)


def test_scopes_are_told():
    """A quota that is only about some Pods counts only those, and says which."""
    c = kn.Cluster(nodes=1)
    c.create(quota("best", hard={"pods": "3"}, scopes=["BestEffort"]))
    c.create(pod("a"))
    c.create(pod("b", {"requests": {"cpu": "1"}}))
    assert c.quota().facts.quota("best").row("pods").used == 1
    assert "only for Pods in scope BestEffort" in c.quota().text


def test_other_namespaces_and_none():
    """Each namespace has its own; without a quota only the Nodes bound it; one that is not there is told."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}")
    c.create(quota(hard={"pods": "1"}), namespace="team-a")
    assert "Namespace default has no ResourceQuota" in c.quota().text
    assert c.quota("team-a").facts.quota("budget").row("pods").left == 1
    with pytest.raises(kn.NotFoundError, match='Did you mean "team-a"'):
        c.quota("team-b")


def test_a_snapshot_shows_what_it_was_told():
    """Of a dump without the Pods, what is used is what the quota itself reports."""
    found = quota(hard={"requests.cpu": "2"})
    found["metadata"] |= {"uid": "q", "creationTimestamp": "2026-01-01T00:00:00Z", "namespace": "default"}
    found["status"] = {"used": {"requests.cpu": "1500m"}}
    home = {"name": "default", "uid": "n", "creationTimestamp": "2026-01-01T00:00:00Z"}
    s = kn.load(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [found, {"apiVersion": "v1", "kind": "Namespace", "metadata": home}],
            }
        )
    )
    assert s.quota().facts.quota("budget").row("requests.cpu").left == 500


sizes = st.builds(
    Size,
    st.integers(0, 25),
    cpu=st.sampled_from(["", "0", "100m", "250m", "1500m", "9"]),
    memory=st.sampled_from(["", "64Mi", "1Gi", "100M", "9Gi"]),
    cpu_limit=st.sampled_from(["", "", "200m", "2"]),
    memory_limit=st.sampled_from(["", "", "512Mi"]),
    nodes=st.integers(0, 4),
    node_pods=st.sampled_from([2, 110]),
    quota=st.sampled_from(
        [{}, {"requests.cpu": "2"}, {"pods": "5"}, {"limits.memory": "3Gi", "requests.memory": "2500M"}]
    ),
)


@settings(max_examples=60, deadline=None)
@given(sizes)
def test_sizing_is_what_a_cluster_does(size):
    """As many Pods run, wait and are refused as in a cluster with such Nodes, quota and ReplicationController."""
    facts = sizing(size)
    c = kn.Cluster(nodes=size.nodes, cpu=size.node_cpu, memory=size.node_memory, pods=size.node_pods)
    if size.quota:
        c.create(quota(hard=dict(size.quota)))
    resources = {
        "requests": {"cpu": size.cpu, "memory": size.memory},
        "limits": {"cpu": size.cpu_limit, "memory": size.memory_limit},
    }
    resources = {kind: {k: v for k, v in found.items() if v} for kind, found in resources.items()}
    container = {"name": "web", "image": "web", "resources": resources}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    rc = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}}
    wish = {**rc, "spec": {"replicas": size.replicas, "template": template}}
    if "must be less than or equal to" in facts.refusal:
        assert (facts.running, facts.waiting, facts.refused) == (0, 0, size.replicas)
        with pytest.raises(kn.ApiError, match="must be less than or equal to"):
            c.create(wish)
        return
    c.create(wish)
    c.settle()
    pods = c.objects("pods")
    running = sum(bool(item.node_name) for item in pods)
    assert (facts.running, facts.waiting) == (running, len(pods) - running)
    assert facts.running + facts.waiting + facts.refused == facts.asked == size.replicas
    there = {node.name: (node.pods, node.left["cpu"], node.left["memory"]) for node in facts.capacity.nodes}
    real = {
        node.name: (node.pods, node.left["cpu"], node.left["memory"]) for node in c.capacity().facts.nodes
    }
    assert sorted(there.values()) == sorted(real.values())
    if facts.refused and size.replicas:
        (refused,) = c.quota().facts.refused
        assert refused.reason == facts.refusal_detail
    if facts.waiting:
        last = next(item for item in pods if not item.node_name)
        assert facts.message == c.why_pending(last.ref).facts.message


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"replicas": -1}, kn.ClusterError, "replicas must be a whole number from 0 to 2000, not -1"),
        ({"replicas": 2.5}, kn.ClusterError, "replicas must be a whole number"),
        ({"nodes": True}, kn.ClusterError, "nodes must be a whole number"),
        ({"nodes": 251}, kn.ClusterError, "from 0 to 250"),
        ({"cpu": "1K"}, kn.QuantityError, "cpu='1K'"),
        ({"memory": "-1Gi"}, kn.ClusterError, "negative"),
        ({"node_cpu": "four"}, kn.QuantityError, "node_cpu='four'"),
        ({"quota": 3}, kn.ClusterError, "quota must be a mapping"),
        ({"quota": {"cpus": "x"}}, kn.QuantityError, "quota cpus='x'"),
        ({"quota": {"cpus": "1"}}, kn.ApiError, "must be a standard resource for quota"),
    ],
)
def test_wrong_sizes_are_told(arguments, error, words):
    """kn.fit names the argument that is wrong, and says what it may be."""
    with pytest.raises(error, match=words):
        kn.fit(**arguments)


def test_fit_is_a_figure_of_its_facts():
    """The picture says how many run, wait and are refused, and why."""
    figure = kn.fit(10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"})
    assert (figure.facts.running, figure.facts.waiting, figure.facts.refused) == (4, 2, 4)
    assert figure.title == "how many fit: 10 Pods: 4 running, 2 waiting for a Node, 4 refused"
    for words in (
        "exceeded quota: budget",
        "2 Insufficient cpu",
        "quota requests.cpu: 9 of 9 used",
        "Burstable",
    ):
        assert words in figure.text
    assert figure.facts == sizing(
        size_of(10, cpu="1500m", nodes=2, node_cpu="4", node_memory="8Gi", quota={"requests.cpu": "9"})
    )
