"""What changed between two moments, and what is wanted against what is there."""

from __future__ import annotations

import os

import pytest
from measures import faults
from test_figures_pictures import GOLDEN, NASTY, parse, said, saying
from test_timeline import POD, RC, cluster

import k8snotes as kn
from k8snotes.facts.diff import Changed, Diff, FieldChange, Listed, Replicas
from k8snotes.figures.diff import diff_figure

HUSH = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {password: %s}}"


def fields(facts: Diff, ref: str) -> dict[str, tuple[str, str]]:
    (found,) = [item for item in facts.changed if item.ref == ref]
    return {field.path: (field.before, field.after) for field in found.fields}


def small() -> Diff:
    return Diff(
        (
            Listed("pod/web-2", "Pod", "web-2", "default", "Deployment/web", "ready"),
            Listed("service/web", "Service", "web", "default", ""),
        ),
        (Listed("pod/web-1", "Pod", "web-1", "default", "Deployment/web", "not ready"),),
        (
            Changed(
                "deployment/web",
                "Deployment",
                "web",
                "default",
                "",
                (
                    FieldChange("spec.replicas", "3", "5"),
                    FieldChange("spec.template.spec.containers[app].image", "nginx:1", "nginx:2"),
                ),
            ),
        ),
        (
            Replicas("deployment/web", "Deployment", wants=5, there=4, ready=3, wanted=3, were_ready=3),
            Replicas("statefulset/db", "StatefulSet", wants=1, there=1, ready=1, wanted=1, were_ready=1),
            Replicas("daemonset/agent", "DaemonSet", wants=3, there=0, ready=0),
        ),
        seconds=12,
    )


def nasty() -> Diff:
    came = tuple(saying(Listed, n) for n in NASTY)
    changed = tuple(saying(Changed, n, fields=(saying(FieldChange, n),), anew=True) for n in NASTY)
    replicas = tuple(saying(Replicas, n, wants=1, there=2, ready=3) for n in NASTY)
    return Diff(came, came, changed, replicas, seconds=1)


def test_scaling_shows_what_came_and_what_is_wanted():
    """Two more replicas: the field before and after, two Pods added, wanted and there."""
    c = cluster(3)
    before = c.copy()
    c.scale("rc/web", 5)
    c.settle()
    facts = c.diff(since=before).facts
    assert fields(facts, "replicationcontroller/web")["spec.replicas"] == ("3", "5")
    assert [item.kind for item in facts.added] == ["Pod", "Pod"]
    assert facts.removed == ()
    assert facts.replicas == (Replicas("replicationcontroller/web", "ReplicationController", 5, 5, 5, 3, 3),)
    assert facts.unmet == ()


def test_desired_and_actual_differ_until_the_components_have_acted():
    """Right after the change the controller wants five and has three."""
    c = cluster(3)
    before = c.copy()
    c.scale("rc/web", 5)
    facts = c.diff(since=before).facts
    (told,) = facts.unmet
    assert (told.wants, told.there, told.ready) == (5, 3, 3)
    assert "5 Pods desired, 3 present, 3 ready" in said(c.diff(since=before))


def test_a_deployment_counts_the_pods_of_its_replicasets():
    """What is there is counted in Pods, whatever ReplicaSet they are of."""
    c = kn.load("guestbook")
    told = {item.ref: item for item in c.diff(since=c.copy()).facts.replicas}
    assert told["deployment/frontend"].there == 3
    assert told["deployment/frontend"].met
    assert not any(item.kind == "ReplicaSet" for item in told.values())


def test_an_orphan_is_named_by_what_it_lost():
    """A Pod relabelled out of its controller: the label, and the owner that is gone; another Pod came."""
    c = cluster(2)
    before = c.copy()
    ref = c.objects("pods")[0].ref
    c.label(ref, "app=debug")
    c.settle()
    facts = c.diff(since=before).facts
    assert fields(facts, ref) == {
        "metadata.labels.app": ("web", "debug"),
        "metadata.ownerReferences": ("ReplicationController/web", "absent"),
    }
    assert len(facts.added) == 1


def test_noise_is_left_out():
    """Resource versions, generations, moments in time, the note of kubectl apply and Events do not count."""
    c = cluster(2)
    before = c.copy()
    c.crash(c.objects("pods")[0].ref)
    c.settle()
    facts = c.diff(since=before).facts
    paths = {field.path for item in facts.changed for field in item.fields}
    assert "status.containerStatuses[app].restartCount" in paths
    assert not any(
        word in path
        for path in paths
        for word in ("resourceVersion", "generation", "Time", "At", "last-applied")
    )
    assert not any(item.kind == "Event" for item in (*facts.added, *facts.changed))


def test_a_copy_does_not_differ():
    """Nothing has changed: said in the picture and in the words."""
    c = cluster(2)
    fig = c.diff(since=c.copy())
    assert fig.facts.nothing
    assert "Nothing was added, removed or changed" in said(fig)
    assert fig.title == "what changed: nothing"


def test_an_object_made_anew_says_so():
    """Another object of the same name is not the same object changed."""
    c = kn.Cluster(nodes=1)
    c.apply(POD % "web")
    c.settle()
    before = c.copy()
    c.delete("pod/web")
    c.settle()
    c.apply(POD % "web")
    c.settle()
    (told,) = c.diff(since=before).facts.changed
    assert told.anew


def test_values_of_secrets_are_not_shown():
    """That a value changed is said, and not what it is."""
    c = kn.Cluster(nodes=1)
    c.apply(HUSH % "oldsecret")
    before = c.copy()
    c.apply(HUSH % "newsecret")
    fig = c.diff(since=before)
    told = [both for path, both in fields(fig.facts, "secret/s").items() if path.endswith(".password")]
    assert told == [("<hidden>", "<hidden>")]
    for text in (fig.text, fig.svg, fig.alt, repr(fig.facts)):
        assert "bmV3c2VjcmV0" not in text
        assert "newsecret" not in text


def test_since_must_be_a_cluster():
    """Anything else is refused with the way to do it."""
    with pytest.raises(kn.ClusterError, match=r"before = c\.copy\(\)"):
        cluster(0).diff(since="before")


def test_many_pods_are_one_line():
    """Fifty Pods that came are one line in the picture, and all are named in the words."""
    c = cluster(10)
    before = c.copy()
    c.apply(RC % 60)
    c.settle()
    fig = c.diff(since=before)
    assert "50 Pods of ReplicationController/web (ready)" in said(fig)
    assert all(item.name in fig.text for item in fig.facts.added)
    assert said(c.diff(since=before, unfold=True)).count("+ pod/") == 50


def test_markup_in_names_stays_text():
    """Names full of markup and control characters become text."""
    fig = diff_figure(nasty())
    tags = {node.tag.rpartition("}")[2] for node in parse(fig.svg).iter()}
    assert tags == {"svg", "title", "desc", "style", "g", "rect", "text"}
    assert "<script" not in fig.html
    assert faults(fig.svg) == []
    assert "x" * 253 in fig.text


@pytest.mark.parametrize("pods", [1, 10, 60])
def test_a_picture_fits_a_notebook(pods):
    """A reader sees all of it at once when a Node with many Pods is drained; unfolded it is higher."""
    c = cluster(pods)
    before = c.copy()
    c.drain("node-1")
    c.settle()
    assert faults(c.diff(since=before).svg) == []
    assert faults(c.diff(since=before, unfold=True).svg, high=True) == []


def test_the_outline_is_as_reviewed():
    """The outline and the alt are those that were read and found good (K8SNOTES_GOLDEN=write writes them)."""
    fig = diff_figure(small())
    told = f"{fig.text}\n\nalt: {fig.alt}\n"
    path = GOLDEN / "diff.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["added", "removed", "changed"])
def test_nothing_differs_only_where_nothing_at_all_does(part):
    """One of the three is enough to say that something differs; how many Pods are wanted is no difference."""
    parts = {"added": (), "removed": (), "changed": ()}
    assert Diff(**parts, replicas=()).nothing
    assert not Diff(**{**parts, part: ("x",)}, replicas=()).nothing
