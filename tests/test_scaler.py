"""The scaler: the slider, what scaling does on the copy, why it does not, and what the reader's cluster keeps."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from xml.etree import ElementTree as ET

import pytest
from ipywidgets.widgets.widget import _instances
from test_figures_pictures import said

import k8snotes as kn
from k8snotes.widgets import scaling as module

WEB = (
    "{apiVersion: apps/v1, kind: %s, metadata: {name: web}, spec: {replicas: %d, selector: {matchLabels: {app: web}}, "
    "%s template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web, "
    "resources: {requests: {cpu: 1}}}]}}}}"
)


def web(replicas: int = 2, *, nodes: int = 3, kind: str = "Deployment", more: str = "") -> kn.Cluster:
    c = kn.Cluster(nodes=nodes)
    c.apply(WEB % (kind, replicas, more))
    c.settle()
    return c


@pytest.fixture
def scaler():
    made = kn.scaler(web(), "deploy/web")
    yield made
    made.close()


def test_it_says_what_scaling_does_on_a_copy():
    """The facts are those of the same command in a copy of the cluster, and the cluster itself stays as it is."""
    c = web()
    made = kn.scaler(c, "deploy/web")
    other = c.copy()
    other.scale("deploy/web", 5)
    other.settle()
    made.replicas = 5
    assert (made.facts.wants, made.facts.ready) == (5, 5)
    assert {pod.ref for pod in made.facts.pods} == {pod.ref for pod in other.objects("pods")}
    assert {pod.ref for pod in made.cluster.objects("pods")} == {pod.ref for pod in other.objects("pods")}
    assert made.cluster.settle() == []
    assert len(made.facts.created) == 3
    assert made.facts.deleted == ()
    assert str(made.facts) == "5 of 5 ready. 3 Pods were created, none was deleted."
    assert made.facts.command == "kubectl scale deployment web --replicas=5"
    assert len(c.objects("pods")) == 2
    assert "your cluster is unchanged" in made._note.value
    made.close()


def test_apply_does_it_in_the_cluster():
    """Only .apply() changes the reader's cluster; then the scaler begins from there."""
    c = web()
    made = kn.scaler(c, "deploy/web")
    made.replicas = 4
    shown = {pod.ref for pod in made.facts.pods}
    made.apply()
    assert {pod.ref for pod in c.objects("pods")} == shown
    assert str(made.facts.change) == "No Pod was created or deleted."
    made.replicas = 1
    made.reset()
    assert made.replicas == 4
    made.close()


def test_it_starts_from_the_cluster_as_it_is_now(scaler):
    """What has changed in the cluster since is seen at the next move."""
    c = scaler._cluster
    c.scale("deploy/web", 3)
    c.settle()
    scaler.replicas = 2
    assert len(scaler.facts.deleted) == 1
    assert str(scaler.facts.change) == "1 Pod was deleted, none was created."


@pytest.mark.parametrize("kind", ["ReplicaSet", "StatefulSet"])
def test_other_workloads_scale_as_well(kind):
    """A ReplicaSet and a StatefulSet own their Pods themselves: one level."""
    made = kn.scaler(
        web(2, kind=kind, more="serviceName: web,"[: 17 * (kind == "StatefulSet")]), f"{kind.lower()}/web"
    )
    made.replicas = 3
    assert [level.kind for level in made.facts.levels] == [kind]
    assert made.facts.ready == 3
    assert "wants 3, has 3" in said(made.figure)
    made.close()


def test_what_owns_it_sets_it_back():
    """A ReplicaSet of a Deployment is scaled, and its Deployment undoes that: it is said."""
    c = web()
    ref = next(item.ref for item in c.objects("replicasets"))
    made = kn.scaler(c, ref)
    made.replicas = 5
    assert made.facts.wants == 2
    assert str(made.facts.problem) == "Deployment web owns it, and has set replicas to 2."
    made.close()


def test_pods_that_fit_nowhere_are_told_with_the_reason():
    """Three Nodes of 4 CPUs hold twelve such Pods; the others stand in the frame of those without a Node."""
    made = kn.scaler(web(), "deploy/web")
    made.replicas = 14
    assert (made.facts.ready, len(made.facts.waiting)) == (12, 2)
    assert str(made.facts.problem).startswith(
        "2 Pods have no Node: 0/3 nodes are available: 3 Insufficient cpu."
    )
    assert "2 Pods have no Node" in made._line.value
    assert "no Node yet" in said(made.figure)
    made.close()


def test_a_quota_that_refuses_is_told():
    """The API server refuses the Pods, the command does not fail, and the scaler says why Pods are missing."""
    c = web()
    c.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {pods: 3}}}")
    c.settle()
    made = kn.scaler(c, "deploy/web")
    made.replicas = 5
    assert made.facts.ready == 3
    assert str(made.facts.problem).startswith("2 Pods are missing: the API server refuses its Pods: ")
    assert "exceeded quota: few" in made._line.value
    made.close()


def test_steps_are_shown_one_by_one(scaler):
    """First, Back, Step and the slider show every step; the table has those up to the moment that is shown."""
    scaler.replicas = 3
    last = scaler.at
    assert scaler._track.place_words == f"step {last} of {last}"
    scaler.first()
    assert (scaler.at, scaler.facts.ready, scaler.facts.wants) == (0, 2, 3)
    assert "No component has acted yet." in scaler._steps.value
    scaler.step()
    assert "deployment-controller scales ReplicaSet web-" in scaler.words
    assert scaler._steps.value.count("<tr") == 2
    scaler.step()
    assert "creates Pod" in scaler._steps.value
    assert "…-" in scaler._steps.value
    scaler.back()
    assert scaler.at == 1
    scaler.play()
    assert scaler.at == last


def test_in_a_kernel_a_move_is_played_after_a_pause():
    """While the slider moves nothing is played; then once, and at once where somebody reads the facts."""

    async def moving():
        made = kn.scaler(web(), "deploy/web")
        for number in range(3, 7):
            made._slider.value = number
        assert made._played.frames[0].facts.wants == 2
        assert made.facts.wants == 6
        made._slider.value = 4
        await asyncio.sleep(0.4)
        assert made._played.frames[0].facts.wants == 4
        made.first()
        made._track.speed.options = (("at once", 0.01),)
        made.play()
        for _ in range(200):
            await asyncio.sleep(0.01)
            if not made.playing:
                break
        assert made.facts.ready == 4
        made.close()

    asyncio.run(moving())


@pytest.mark.parametrize("nodes", [1, 3, 5, 30])
def test_no_number_changes_the_size(nodes):
    """The picture has one size for all numbers of Pods and all steps, and fits a screen."""
    made = kn.scaler(web(nodes=nodes), "deploy/web")
    sizes = set()
    for number in (0, 1, 3, 9, 40):
        made.replicas = number
        made.first()
        while True:
            root = ET.fromstring(made.figure.svg)
            sizes.add((int(root.get("width")), int(root.get("height"))))
            before = made.at
            made.step()
            if made.at == before:
                break
    assert len(sizes) == 1
    [(wide, high)] = sizes
    assert wide <= 826
    assert high <= 350
    made.close()


def test_a_pod_keeps_its_place(scaler):
    """A Pod stands at the same place in all steps of a play."""
    scaler.replicas = 5
    scaler.first()
    places = {}
    while True:
        for ref, x, y in re.findall(
            r'data-ref="(pod/[^"]+)">.*?<rect x="([\d.]+)" y="([\d.]+)"', scaler.figure.svg, re.DOTALL
        ):
            on = next(pod.node for pod in scaler.facts.pods if pod.ref == ref)
            places.setdefault((ref, on), set()).add((float(x), float(y)))
        before = scaler.at
        scaler.step()
        if scaler.at == before:
            break
    assert len(places) >= 5
    assert all(len(where) == 1 for where in places.values())


def test_two_hundred_pods_are_counted():
    """Of many Pods the picture has numbers, and it still answers."""
    made = kn.scaler(web(nodes=60), "deploy/web")
    made.replicas = 200
    assert made.facts.ready == 200
    words = said(made.figure)
    assert re.search(r"and 52 more Nodes", words)
    assert sum(int(n) for n in re.findall(r"(\d+) Pods?\b", words)) == 200
    made.close()


def test_a_step_takes_50_ms_at_most():
    """From a click to the new picture, in the kernel."""
    made = kn.scaler(kn.load("guestbook"), "deploy/frontend")
    made.replicas = 6
    made.first()
    took = []
    for _ in range(8):
        start = time.perf_counter()
        made.step()
        took.append(time.perf_counter() - start)
    assert sorted(took)[4] < 0.05
    made.close()


@pytest.mark.parametrize(
    ("ref", "error", "words"),
    [
        ("deploy/wbe", kn.NotFoundError, "Did you mean"),
        ("svc/kubernetes", kn.ClusterError, "cannot be scaled"),
        ("deploy", kn.RefError, "deploy"),
    ],
)
def test_what_cannot_be_scaled_is_refused(ref, error, words):
    """The errors are those of every reference, and of c.scale."""
    with pytest.raises(error, match=words):
        kn.scaler(web(), ref)


def test_what_is_no_cluster_is_refused():
    """A reference alone, or a table, is answered with what to write."""
    with pytest.raises(
        kn.ClusterError, match=r"kn\.scaler needs a cluster and a workload, but the first is a str"
    ):
        kn.scaler("deploy/web", "deploy/web")


@pytest.mark.parametrize("number", [-1, 501, 2.5, True, "3"])
def test_a_wrong_number_is_refused(scaler, number):
    """Only whole numbers in the range of the field are taken; the last number stays."""
    with pytest.raises(kn.ClusterError, match="whole number from 0 to 500"):
        scaler.replicas = number
    assert scaler.replicas == 2


def test_every_control_says_what_it_is(scaler):
    """All controls have descriptions; the field has the name of what the slider beside it moves."""
    row = scaler.children[0].children
    assert [control.description for control in row] == ["replicas of deploy/web", "", "Reset"]
    scaler._reset.click()


def test_an_error_is_shown(scaler, monkeypatch, caplog):
    """What goes wrong in a callback stands in the widget, and is raised; the next move takes it away."""

    def fail(*_args, **_more):
        raise ValueError("<b>no</b>")

    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
        patch.setattr(module, "scaling", fail)
        with pytest.raises(ValueError, match="no"):
            scaler.replicas = 3
    assert "&lt;b&gt;no&lt;/b&gt;" in scaler._message.value
    scaler.replicas = 4
    assert scaler._message.layout.display == "none"


def test_the_preview_is_static(scaler):
    """The bundle has HTML and text that need no kernel: the answer, the picture with alt, the steps."""
    scaler.replicas = 3
    bundle = scaler._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert re.search(r'<img alt="scaling deployment/web: 3 of 3 ready', page)
    assert "run this cell" in page
    assert "replicaset-controller" in page
    assert "<script" not in page
    assert repr(scaler) == "<Scaler of deployment/web: 3 of 3 ready. 1 Pod was created, none was deleted.>"
    assert bundle["text/plain"].startswith(repr(scaler))


def test_no_widget_is_made_by_scaling():
    """Moves and steps change the controls in place; closing takes all of them away."""
    before = set(_instances)
    made = kn.scaler(web(), "deploy/web")
    opened = len(_instances)
    made.replicas = 4
    made.first()
    made.step()
    made.reset()
    assert len(_instances) == opened
    made.close()
    assert set(_instances) == before
