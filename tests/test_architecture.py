"""What runs where: Master and Nodes as facts, drawn and told."""

from __future__ import annotations

import os
import re

import pytest
from test_figures_pictures import GOLDEN, NASTY, parse, said, saying
from test_timeline import POD, cluster

import k8snotes as kn
from k8snotes.facts.architecture import Architecture, RunningPod, Stored, WorkerNode
from k8snotes.facts.timeline import Entry
from k8snotes.figures.architecture import architecture_figure


def pod(name: str, node: str = "node-1", **more) -> RunningPod:
    given = {"state": "ready", "workload": "", "ip": "10.244.1.2", "paused": True, **more}
    containers = given.pop("containers", (("app", "running"),))
    return RunningPod(
        ref=f"pod/{name}", name=name, namespace="default", node=node, containers=containers, **given
    )


def small() -> Architecture:
    waits = pod("big", "", state="no Node yet", ip="", paused=False, containers=(("app", "not started"),))
    ill = pod(
        "ill", "node-2", state="not ready", restarts=2, containers=(("app", "waiting: CrashLoopBackOff"),)
    )
    return Architecture(
        ("deployment-controller", "replicaset-controller"),
        (Stored("Node", 3), Stored("Pod", 3), Stored("Service", 1)),
        (
            WorkerNode("node-1", "192.168.0.11", "Ready", (pod("web"), pod("st-node-1", static=True))),
            WorkerNode("node-2", "192.168.0.12", "Ready, cordoned", (ill,), cordoned=True),
            WorkerNode(
                name="node-3",
                ip="192.168.0.13",
                state="NotReady",
                pods=(),
                taints=("node.kubernetes.io/unreachable:NoExecute",),
                ready=False,
            ),
        ),
        (waits,),
        (Entry(1, 0, "kubelet on node-1", "start", "pod/web", "its containers run: app"),),
    )


def nasty() -> Architecture:
    nodes = tuple(
        saying(
            WorkerNode,
            n,
            pods=(saying(RunningPod, n, workload=f"{n}/{n}", containers=((n, n),), paused=True),),
            taints=(n,),
        )
        for n in NASTY
    )
    acts = (Entry(1, 0, who=NASTY[0], verb=NASTY[1], ref=NASTY[2], why=NASTY[3]),)
    return Architecture(tuple(NASTY), tuple(Stored(n, 2) for n in NASTY), nodes, (), acts)


def test_every_pod_is_on_its_node():
    """Each Node has the Pods that are bound to it, with pause and containers."""
    c = cluster(6)
    facts = c.architecture().facts
    assert [len(node.pods) for node in facts.nodes] == [2, 2, 2]
    assert all(item.paused and item.containers == (("app", "running"),) for item in facts.pods)
    assert {item.ref for item in facts.pods} == {item.ref for item in c.objects("pods")}


def test_etcd_counts_what_it_keeps():
    """The objects are counted by kind."""
    facts = cluster(2).architecture().facts
    counts = {item.kind: item.count for item in facts.stored}
    assert (counts["Pod"], counts["Node"], counts["ReplicationController"]) == (2, 3, 1)


def test_a_pod_that_fits_nowhere_waits():
    """A Pod without a Node stands apart, and it is said that it runs nowhere."""
    c = kn.Cluster(nodes=0)
    c.apply(POD % "web")
    c.settle()
    fig = c.architecture()
    assert [item.name for item in fig.facts.waiting] == ["web"]
    assert "no Node yet" in said(fig)
    assert "There is no Node" in said(fig)


def test_cordoned_and_silent_nodes_say_so():
    """A cordoned Node and a lost one are told in words, not by colour alone."""
    c = cluster(6)
    c.cordon("node-1")
    c.lose("node-2")
    c.settle()
    fig = c.architecture()
    assert [node.state for node in fig.facts.nodes] == ["Ready, cordoned", "NotReady", "Ready"]
    words = said(fig)
    for part in ("cordoned: takes no new Pods", "✗ NotReady", "kubelet (no status)", "✓ Ready"):
        assert part in words, part


def test_the_picture_says_all_of_it():
    """Programs, counts, states, restarts, mirrors and who acts stand in the drawing."""
    words = said(architecture_figure(small()))
    for part in (
        "kube-apiserver",
        "etcd",
        "3 Nodes",
        "kube-scheduler",
        "kube-controller-manager",
        "kube-proxy",
        "container runtime",
        "▶ kubelet",
        "▶ web",
        "CrashLoopBackOff",
    ):
        assert part in words, part


def test_sixty_pods_are_stacks_and_unfold_shows_each():
    """Pods that say the same make a stack; the outline names all of them."""
    c = cluster(60)
    fig = c.architecture()
    assert said(fig).count("web × 20") == 3
    names = [item.name for item in c.objects("pods")]
    assert all(name in fig.text for name in names)
    assert "× 20" not in said(c.architecture(unfold=True))


def test_empty_nodes_of_a_large_cluster_are_told_together():
    """Of twelve Nodes, the nine without Pods are one line in words; in the picture each has its frame."""
    fig = cluster(3, nodes=12).architecture()
    assert "9 Nodes, such as" in fig.text
    assert all(f"node-{n}" in fig.text for n in range(1, 13))
    assert all(f"node-{n} ✓ Ready" in said(fig) for n in range(1, 13))


def test_of_fifty_nodes_the_last_are_one_frame():
    """As many Nodes are shown as there is room for, and the rest is counted with its Pods."""
    words = said(cluster(100, nodes=50).architecture())
    more = re.search(r"and (\d+) more Nodes", words)
    assert words.count("✓ Ready") + int(more[1]) == 50


def test_markup_in_names_stays_text():
    """Names full of markup and control characters become text."""
    fig = architecture_figure(nasty())
    tags = {node.tag.rpartition("}")[2] for node in parse(fig.svg).iter()}
    assert tags == {"svg", "style", "title", "desc", "g", "polygon", "polyline", "rect", "text"}
    assert "<script" not in fig.html
    assert "x" * 253 in fig.text


@pytest.mark.parametrize(("nodes", "pods"), [(0, 1), (3, 0), (3, 10), (3, 60), (5, 30), (12, 60), (50, 200)])
def test_a_picture_fits_a_screen(nodes, pods):
    """With any number of Nodes and Pods the picture is no wider and no higher than a reader sees at once."""
    root = parse(cluster(pods, nodes=nodes).architecture().svg)
    assert int(root.get("width")) <= 826
    assert int(root.get("height")) <= 640


def test_the_outline_is_as_reviewed():
    """The outline and the alt are those that were read and found good (K8SNOTES_GOLDEN=write writes them)."""
    fig = architecture_figure(small())
    told = f"{fig.text}\n\nalt: {fig.alt}\n"
    path = GOLDEN / "architecture.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")
