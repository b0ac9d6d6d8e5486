"""Bars of amounts: drawn to scale, told in words, wide enough for a notebook, and escaped."""

from __future__ import annotations

import json
import os
import re

import pytest
import svg_reader as read
from measures import faults
from test_capacity import pod
from test_figures_pictures import GOLDEN, NASTY, parse, said

import k8snotes as kn
from k8snotes.figures import drawing, palette
from k8snotes.figures.scene import Bar, Box, Piece, Scene, pieces_of, reach_of

RC = """{apiVersion: v1, kind: ReplicationController, metadata: {name: %s}, spec: {replicas: %d, template: {
  metadata: {labels: {app: %s}}, spec: {containers: [{name: a, image: b, resources: {
  requests: {cpu: %s, memory: %s}, limits: {cpu: "1", memory: 2Gi}}}]}}}}"""


def guestbook():
    c = kn.load("guestbook")
    c.apply(
        """{apiVersion: v1, kind: ResourceQuota, metadata: {name: budget},
        spec: {hard: {requests.cpu: 1, requests.memory: 1Gi, pods: 8, requests.nvidia.com/gpu: 4}}}"""
    )
    c.apply(
        "{apiVersion: v1, kind: LimitRange, metadata: {name: s}, spec: {limits: [{type: Pod, max: {cpu: 2}}]}}"
    )
    c.scale("deploy/cache", 5)
    c.settle()
    c.use("pod/mysql-0", cpu="500m", memory="300Mi")
    c.settle()
    return c


def crowd():
    """20 Nodes and 420 Pods, of which some find no room."""
    c = kn.Cluster(nodes=20)
    c.apply(RC % ("web", 380, "web", "150m", "100Mi"))
    c.apply(RC % ("big", 40, "big", "900m", "1Gi"))
    c.settle()
    c.cordon("node-7")
    c.create(pod("huge", {"requests": {"cpu": "600m", "memory": "7Gi"}}))
    c.settle()
    return c


def bounded():
    """A Namespace with a quota of many resources, many quotas, and many workloads whose Pods are refused."""
    c = kn.Cluster(nodes=1)
    hard = ", ".join(f"count/kind-{at}.example.com: 5" for at in range(20))
    c.apply(
        f"{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: wide}}, spec: {{hard: {{{hard}, pods: 3}}}}}}"
    )
    for at in range(12):
        c.apply(
            f"{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: q-{at:02}}}, spec: {{hard: {{secrets: 5}}}}}}"
        )
        c.apply(RC % (f"web-{at}", 2, f"web-{at}", "1m", "1Mi"))
    c.settle()
    return c


def exceeded():
    """A quota with long names of resources, of which far more is used than is allowed."""
    c = kn.load("guestbook")
    c.apply(
        """{apiVersion: v1, kind: ResourceQuota, metadata: {name: budget}, spec: {hard: {pods: 2, requests.cpu: 100m,
        count/deployments.apps: 1, requests.ephemeral-storage: 5Gi, requests.nvidia.com/gpu: 4,
        gold.storageclass.storage.k8s.io/requests.storage: 5Gi}}}"""
    )
    c.settle()
    return c


def small():
    """A Pod that requests a hundred times what a Node has, of more resources than usual."""
    c = kn.Cluster(nodes=3)
    more = {"example.com/a-resource-with-a-long-name": "3", "hugepages-2Mi": "4Mi", "memory": "900Gi"}
    c.create(pod("huge", {"requests": {"cpu": "400", **more}, "limits": more}))
    c.settle()
    return c


def hostile():
    """A snapshot in which every name of what these pictures show is hostile."""
    items = []
    for at, name in enumerate(NASTY):
        meta = {"namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z"}

        def found(kind, of=name, number=at, common=meta, **more):
            metadata = {**common, "name": of, "uid": f"{kind}{number}"}
            return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}

        requests = {"cpu": "1", name: "3", f"{name}/x": name}
        containers = [{"name": name, "image": name, "resources": {"requests": requests, "limits": requests}}]
        taint = {"key": name, "value": name, "effect": "NoSchedule"}
        there = {"cpu": "2", "memory": "4Gi", "pods": "9", name: "5"}
        items += [
            found("Node", status={"allocatable": there}, spec={"taints": [taint] if at % 2 else []}),
            found("Pod", spec={"nodeName": name, "containers": containers}, status={"phase": "Running"}),
            found(
                "Pod",
                of=f"w{name}",
                number=99 + at,
                spec={"containers": containers, "nodeSelector": {name: name}},
            ),
            found("ResourceQuota", spec={"hard": {name: "5", "requests.cpu": name}, "scopes": [name]}),
            found(
                "LimitRange", spec={"limits": [{"type": name, "max": {name: name}, "default": {"cpu": name}}]}
            ),
            found("ReplicationController", spec={"replicas": 9}, status={"replicas": 1}),
            {
                **found("Event"),
                "reason": "FailedCreate",
                "message": f'Error creating: pods "x" is forbidden: {name}',
                "involvedObject": {"kind": "ReplicationController", "name": name},
            },
        ]
    home = {"name": "default", "uid": "home", "creationTimestamp": "2026-01-01T00:00:00Z"}
    items.append({"apiVersion": "v1", "kind": "Namespace", "metadata": home})
    return kn.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def pictures():
    c, many, none = guestbook(), crowd(), kn.Cluster(nodes=0)
    none.create(pod("x"))
    none.settle()
    one = kn.Cluster(nodes=1, cpu="0", memory="0", pods=0)
    one.create(pod("x", {"requests": {"cpu": "1"}}))
    one.settle()
    yield from (
        ("capacity", c.capacity()),
        ("capacity of one Node", c.capacity("node-3")),
        ("capacity of 20 Nodes", many.capacity()),
        ("capacity of 20 Nodes, unfolded", many.capacity(unfold=True)),
        ("capacity of none", none.capacity()),
        ("capacity of a Node with nothing", one.capacity()),
        ("quota", c.quota()),
        ("quota of none", many.quota()),
        ("quota of many", bounded().quota()),
        ("quota exceeded", exceeded().quota()),
        ("pending", many.why_pending("pod/huge")),
        ("pending on Nodes that are far too small", small().why_pending("pod/huge")),
        ("pending without Nodes", none.why_pending("pod/x")),
        ("pending on nothing", one.why_pending("pod/x")),
        ("not pending", c.why_pending("pod/client")),
        ("fit", kn.fit(20, cpu="900m", cpu_limit="2", memory="1Gi", nodes=3, quota={"requests.cpu": "14"})),
        ("fit of 400", kn.fit(400, cpu="190m", memory="300Mi", cpu_limit="500m", nodes=20)),
        ("fit of none", kn.fit(0, nodes=0)),
    )


PICTURES = dict(pictures())
picture = pytest.mark.parametrize("figure", PICTURES.values(), ids=PICTURES)


@picture
def test_a_picture_is_drawn_and_told(figure):
    """Each is drawn, has an outline and an alternative text, and fits what a reader sees at once."""
    assert said(figure)
    assert figure.alt
    assert figure.text.startswith(figure.title)
    assert faults(figure.svg, high=figure is PICTURES["capacity of 20 Nodes, unfolded"]) == []


@pytest.mark.parametrize("name", ["capacity", "capacity of 20 Nodes", "quota", "pending", "fit"])
def test_outlines_are_as_reviewed(name):
    """The outline and the alt of a picture are those that were read and found good.

    To write them again after a change that is meant: K8SNOTES_GOLDEN=write pytest, then read the diff.
    """
    figure = PICTURES[name]
    told = f"{figure.text}\n\nalt: {figure.alt}\n"
    path = GOLDEN / f"{name.replace(' ', '-')}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


def test_the_bars_are_to_scale():
    """A piece that is a quarter of the whole is a quarter as wide; what is beyond ends at half as much again."""

    def wide(*pieces, whole=100):
        bar = Bar([Piece(amount, palette.REQUESTED) for amount in pieces], whole, width=200)
        made = drawing.draw(Scene([Box([], inside=[bar])]))
        return [round(frame.right - frame.left) for frame in read.frames(made.before + made.after)[1:]]

    assert wide(25, 75) == [50, 150]
    assert wide(25, 25, 25) == [50, 50, 50]
    assert wide(100, 900) == [200, 100]
    assert wide(1, 99999, whole=100000) == [3, 197]
    assert wide(0, 50) == [100]
    assert wide() == [200]
    assert wide(7, whole=0) == [200]
    assert reach_of([]) == 1


def test_many_pieces_are_few():
    """The small pieces of a long row stand together as one."""
    made = pieces_of([(f"p{at}", 5) for at in range(20)], palette.REQUESTED)
    assert len(made) == 8
    assert (made[-1].name, made[-1].amount) == ("13 more", 65)


def test_what_is_left_stands_in_the_picture():
    """The numbers of the facts are those that one reads."""
    figure = PICTURES["capacity"]
    shown = said(figure)
    for node in figure.facts.nodes:
        assert f"{node.left['cpu']}m left" in shown
        assert f"{node.left['memory'] >> 20}Mi left" in shown
    assert "500m in use" in shown
    assert "3 Pods without a limit" in shown


def test_a_crowd_is_folded_and_all_in_words():
    """Nodes that are alike share a line; the words name each."""
    figure = PICTURES["capacity of 20 Nodes"]
    assert "19 like node-" in said(figure)
    assert all(f"Node node-{at}:" in figure.text for at in range(1, 21))
    waits = PICTURES["pending"]
    assert "Nodes, such as node-" in said(waits)
    assert "the Node is cordoned" in said(waits)
    assert waits.text.count("✗ Node") == 20


def test_a_quota_tells_what_is_too_much():
    """What is beyond the quota has a sign, a word and another line than what is allowed."""
    text, shown = PICTURES["quota"].text, said(PICTURES["quota"])
    assert "pods: 9 of 8: ✗ 1 too much" in text
    assert "✗ Deployment/cache has 2 of 5 desired Pods" in shown
    assert "requests.nvidia.com/gpu: 0 of 4 (0 %), 4 left" in text


def test_of_many_quotas_those_with_nothing_left_are_drawn():
    """What is refused and what is used up is in the picture, whatever else has no room in it; the words have all."""
    figure = PICTURES["quota of many"]
    shown = said(figure)
    assert "ResourceQuota wide pods" in shown
    assert "none left" in shown
    assert re.search(r"✗ ReplicationController/web-\d+ has \d of 2 desired Pods", shown)
    assert re.search(r"and \d+ boxes more, which are in the outline", shown)
    assert all(f"ResourceQuota q-{at:02}\n" in figure.text for at in range(12))
    assert all(f"count/kind-{at}.example.com: 0 of 5" in figure.text for at in range(20))


def test_the_resource_of_a_bar_is_named_in_full():
    """The bars are as wide as the names and the words beside them let them be."""
    shown = said(PICTURES["quota exceeded"])
    for name in ("count/deployments.apps", "requests.ephemeral-storage", "requests.nvidia.com/gpu"):
        assert name in shown


def test_names_stay_text():
    """No name becomes an element, in the drawing or in a cell, and each stands in the words."""
    c = hostile()
    figures = [c.capacity(), c.capacity(unfold=True), c.quota()]
    waiting = [pod.ref for pod in c.objects("pods") if pod.name.startswith("w") and "/" not in pod.name]
    assert len(waiting) > 3
    figures += [c.why_pending(ref) for ref in waiting]
    for figure in figures:
        assert {node.tag.rpartition("}")[2] for node in parse(figure.svg).iter()} <= {
            *("svg", "style", "title", "desc", "g", "rect", "text", "polyline", "polygon"),
        }
        assert "<script" not in figure.html.lower()
        assert figure.html.count('onload="') == 1  # that of the image
        assert faults(figure.svg, high=True) == []
    assert len(figures) > 5
