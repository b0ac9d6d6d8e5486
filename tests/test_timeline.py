"""Who did what, in order: the log told as facts, a picture, words and a table."""

from __future__ import annotations

import os
import re

import pytest
from measures import faults
from test_figures_pictures import GOLDEN, NASTY, parse, said

import k8snotes as kn
from k8snotes.api.registry import all_kinds
from k8snotes.facts.timeline import Entry, Timeline
from k8snotes.figures.timeline import MOST_ROWS, timeline_figure

RC = """
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: %d
  selector: {app: web}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx}]}
"""
POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {containers: [{name: app, image: nginx}]}}"

DAEMON_SET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: app, image: nginx}]}
"""


def cluster(pods: int, nodes: int = 3) -> kn.Cluster:
    c = kn.Cluster(nodes=nodes)
    c.apply(RC % pods)
    c.settle()
    return c


def entries(*rows: tuple[int, str, str, str, str]) -> Timeline:
    made = tuple(Entry(step, step - 1, who, verb, ref, why) for step, who, verb, ref, why in rows)
    return Timeline(made, tuple(dict.fromkeys(entry.who for entry in made)))


def one_pod() -> Timeline:
    return entries(
        (1, "kubectl", "create", "pod/web", ""),
        (2, "kube-scheduler", "bind", "pod/web", "1 of 1 Nodes fit, node-1 is best"),
        (3, "kubelet on node-1", "start", "pod/web", "the pause container runs and holds the Pod IP"),
        (4, "kubelet on node-1", "start", "pod/web", "its containers run: app"),
        (5, "endpoint-controller", "status", "endpoints/web", ""),
    )


def many() -> Timeline:
    made = [(1, "replication-controller", "create", f"pod/web-{n}", "rc/web wants 12") for n in range(12)]
    made += [(2, "kube-scheduler", "bind", f"pod/web-{n}", f"node-{n % 3} is best") for n in range(12)]
    made += [(3, f"kubelet on node-{n % 3}", "start", f"pod/web-{n}", "pause runs") for n in range(12)]
    return entries(*made)


def nasty() -> Timeline:
    return entries(*((at, name, name, f"pod/{name}", name) for at, name in enumerate(NASTY, 1)))


def test_a_pods_way_is_told_in_order():
    """You create it, the scheduler binds it, the kubelet starts pause and then the containers."""
    c = kn.Cluster(nodes=1)
    c.apply(POD % "web")
    c.settle()
    facts = c.timeline("pod/web").facts
    assert [(entry.who, entry.verb) for entry in facts.entries] == [
        ("kubectl", "create"),
        ("kube-scheduler", "bind"),
        ("kubelet on node-1", "start"),
        ("kubelet on node-1", "start"),
    ]
    assert facts.lanes == ("kubectl", "kube-scheduler", "kubelet on node-1")


def test_you_come_first_and_the_nodes_last():
    """The lanes go from the reader over the Master to the Nodes."""
    lanes = cluster(3).timeline().facts.lanes
    assert lanes[0] == "kubectl"
    assert lanes[-4:] == ("kube-scheduler", "kubelet on node-1", "kubelet on node-2", "kubelet on node-3")


def test_what_is_written_in_one_turn_has_one_step():
    """Three Pods that a controller creates in one turn belong to one step; the next component begins another."""
    facts = cluster(3).timeline().facts
    created = {entry.step for entry in facts.entries if entry.verb == "create" and entry.kind == "pod"}
    bound = {entry.step for entry in facts.entries if entry.verb == "bind"}
    assert len(created) == len(bound) == 1
    assert max(created) < min(bound)


def test_one_object_is_told_with_what_was_done_because_of_it():
    """The timeline of a controller has the Pods that it made; that of web-1 has nothing of web-10."""
    c = cluster(2)
    refs = {entry.ref for entry in c.timeline("rc/web").facts.entries}
    assert {pod.ref for pod in c.objects("pods")} < refs
    d = kn.Cluster(nodes=1)
    d.apply("\n---\n".join(POD % name for name in ("web-1", "web-10", "web-1.a")))
    d.settle()
    assert {entry.ref for entry in d.timeline("po/web-1").facts.entries} == {"pod/web-1"}


def test_since_an_earlier_copy_only_what_came_after_is_told():
    """c.timeline(since=before) begins where the copy was made; since=seconds begins at that moment."""
    c = cluster(2)
    before = c.copy()
    c.scale("rc/web", 3)
    c.settle()
    facts = c.timeline(since=before).facts
    assert str(facts.entries[0]) == "kubectl scales replicationcontroller/web: to 3"
    assert len(facts.entries) == len(c.api.log) - len(before.api.log)
    moment = facts.entries[-1].time
    assert {entry.time for entry in c.timeline(since=moment).facts.entries} == {moment}


def test_a_since_that_is_no_earlier_copy_is_an_error():
    """A cluster with another history, or something else, is refused with the way out."""
    c = cluster(1)
    with pytest.raises(kn.ClusterError, match="not an earlier copy"):
        c.timeline(since=cluster(2))
    with pytest.raises(kn.ClusterError, match=r"of type str\. Write before = c\.copy"):
        c.timeline(since="yesterday")


def test_an_object_that_never_was_is_not_found():
    """A typo in the reference says what there is instead; what is gone can still be asked for."""
    c = kn.Cluster(nodes=1)
    c.apply(POD % "web")
    c.settle()
    with pytest.raises(kn.NotFoundError, match="There are: web"):
        c.timeline("pod/wep")
    c.delete("pod/web")
    c.settle()
    assert c.timeline("pod/web").facts.entries[-1].verb == "delete"


def test_an_object_that_nobody_wrote_since_has_an_empty_timeline():
    """Nothing to be told is said in words, and drawn."""
    c = kn.Cluster(nodes=1)
    fig = c.timeline("node/node-1")
    assert fig.facts.entries == ()
    assert "Nothing that concerns node/node-1 was written yet." in said(fig)
    assert "Nothing" in fig.alt


def test_the_table_has_a_row_for_each_change():
    """c.timeline().table is the same as a pandas table, in order."""
    fig = cluster(12).timeline()
    table = fig.table
    assert list(table.columns) == ["step", "clock", "who", "does", "object", "why"]
    assert len(table) == len(fig.facts.entries)
    assert list(table["object"]) == [entry.ref for entry in fig.facts.entries]


def test_many_of_a_kind_make_one_row():
    """Twelve Pods that one component creates in one step are one row; unfold=True shows each."""
    words = said(timeline_figure(many()))
    assert "replication-controller creates 12 Pods" in words
    assert "kubelet on node-0 starts 4 Pods" in words
    unfolded = said(timeline_figure(many(), unfold=True))
    assert "12 Pods" not in unfolded
    assert all(f"pod/web-{n}" in unfolded for n in range(12))


def test_the_outline_names_the_members_of_a_row():
    """What is folded in the picture is named in the words."""
    text = timeline_figure(many()).text
    assert all(f"web-{n}" in text for n in range(12))


def test_of_a_long_history_the_end_is_drawn():
    """More rows than there is room for: the last are drawn, the picture says how many are not, and the words have all."""
    facts = entries(*((n, "kubectl", "label", f"pod/p-{n}", "") for n in range(1, 61)))
    fig = timeline_figure(facts)
    shown = len(re.findall(r"labels pod/p-\d+", said(fig)))
    assert 20 < shown <= MOST_ROWS
    assert f"… {60 - shown} earlier rows, which are in the outline and in .table" in said(fig)
    assert "pod/p-60" in said(fig)
    assert "pod/p-1 " not in said(fig) + " "
    assert "pod/p-1\n" in fig.text


def test_the_kubelets_of_many_nodes_share_a_lane():
    """With six Nodes or more the kubelets are one lane, unless unfolded."""
    fig = cluster(12, nodes=6).timeline()
    assert "kubelet on 6 Nodes starts 12 Pods" in said(fig)


def test_the_reader_and_his_reasons_stand_in_the_picture():
    """Who acts is said in words beside his dot, with the reason."""
    words = said(timeline_figure(one_pod()))
    for part in ("kubectl (you) creates pod/web", "0 s", "kube-scheduler binds pod/web", "node-1 is best"):
        assert part in words, part


def test_markup_in_names_stays_text():
    """Names full of markup and control characters become text, in the picture and in the words."""
    fig = timeline_figure(nasty())
    tags = {node.tag.rpartition("}")[2] for node in parse(fig.svg).iter()}
    assert tags == {"svg", "title", "desc", "style", "g", "rect", "polygon", "polyline", "circle", "text"}
    assert "<script" not in fig.html
    assert "\\N" in said(fig)
    assert "x" * 253 in fig.text


@pytest.mark.parametrize("pods", [1, 10, 60])
def test_a_picture_fits_a_notebook(pods):
    """With 1, 10 or 60 Pods a reader sees all of the picture at once; unfolded it is higher."""
    c = cluster(pods)
    assert faults(c.timeline().svg) == []
    assert faults(c.timeline(unfold=True).svg, high=True) == []


@pytest.mark.parametrize("facts", [nasty, many, one_pod])
def test_no_name_is_too_long_for_the_picture(facts):
    """Nothing is cut off or covered, whatever the names are."""
    assert faults(timeline_figure(facts()).svg) == []


@pytest.mark.parametrize(("name", "facts"), [("timeline", one_pod), ("timeline-12", many)])
def test_outlines_are_as_reviewed(name, facts):
    """The outline and the alt are those that were read and found good (K8SNOTES_GOLDEN=write writes them)."""
    fig = timeline_figure(facts())
    told = f"{fig.text}\n\nalt: {fig.alt}\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


def test_the_same_history_gives_the_same_picture():
    """Nothing in it depends on the run."""
    assert cluster(10).timeline().dot == cluster(10).timeline().dot


NAMES = "|".join(kind.singular for kind in all_kinds())
REF = re.compile(rf"(?<![\w/.-])(?:[\w.-]+/)?(?:{NAMES})/[\w.-]*\w")


def test_a_reason_is_about_the_objects_that_it_names():
    """What a component writes as its reason names exactly the objects that the change is about."""
    for name in ("guestbook", "tomcat-service"):
        c = kn.load(name)
        for workload in c.objects("deployments") + c.objects("rc"):
            c.scale(workload.ref, 3)
        c.apply(DAEMON_SET)
        c.settle()
        c.label(c.objects("pods")[0].ref, "app=other")
        c.settle()
        c.drain("node-1", force=True)
        c.settle()
        for change in c.api.log:
            if change.component != "kubectl" or change.verb == "delete":
                assert set(REF.findall(change.why)) == set(change.about), change
        assert any(change.about for change in c.api.log)
