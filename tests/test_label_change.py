"""What a change of labels did: who lost the object, who found it, who goes on as before, and what follows."""

import re

import pytest
from measures import faults
from test_figures_pictures import said

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.facts.label_change import LabelEdit, label_change

EXTRAS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: report}
spec:
  replicas: 12
  selector: {matchLabels: {app: report}}
  template:
    metadata: {labels: {app: report}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: main, image: report}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: main, image: agent}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchExpressions: [{key: tier, operator: In, values: [cache, database]}]}}
"""


@pytest.fixture(scope="module")
def guestbook():
    return kn.load("guestbook")


@pytest.fixture
def c(guestbook):
    return guestbook.copy()


@pytest.fixture
def controlled(c):
    """The guestbook whose cache a ReplicationController keeps."""
    c.delete("deploy/cache")
    c.apply("cache-controller")
    c.settle()
    return c


@pytest.fixture
def pod(c):
    return c.objects("pods", "track=stable")[0].ref


def of(facts, kind, name=""):
    """The one asker of this kind, and of this name if one is given."""
    (found,) = [item for item in facts.askers if item.kind == kind and name in ("", item.name)]
    return found


def test_the_figure_carries_the_facts_and_the_object(c, pod):
    """Cluster.label returns a Figure; its facts have the object as it stands now, and its reference."""
    fig = c.label(pod, "track=debug")
    assert fig.facts.ref == pod
    assert fig.facts.object == c[pod]
    assert (fig.facts.before["track"], fig.facts.after["track"]) == ("stable", "debug")


def test_edits_are_named(c, pod):
    """Labels are added, changed, removed, or as they were, and each is told with both values."""
    facts = c.label(pod, "tier=cache", "release-", "team=x", "track=stable", "nope-").facts
    assert [edit.word for edit in facts.edits] == ["changed", "removed", "added", "as it was", "as it was"]
    assert (facts.added, facts.removed, facts.changed) == (
        {"team": "x"},
        {"release": "v1"},
        {"tier": ("frontend", "cache")},
    )
    assert str(facts.edits[0]) == "tier: frontend → cache (changed)"
    assert str(LabelEdit("a", None, "")) == "a: absent → empty (added)"


def test_a_service_that_loses_a_pod_says_why(c, pod):
    """The sentence names the Service, both answers and the requirement that decides."""
    facts = c.label(pod, "tier=cache").facts
    words = {item.name: item.words for item in facts.askers if item.kind == "Service"}
    why = {item.name: item.why for item in facts.askers if item.kind == "Service"}
    assert words["frontend"] == (
        f"service/frontend: its selector matched before and no longer does ({why['frontend']})"
    )
    assert words["cache"] == "service/cache: its selector did not match before and does now (tier is cache)"
    then = {item.name: item.then for item in facts.askers if item.kind == "Service"}
    assert then["frontend"].endswith("from now on, and has 3 other ready Pods")
    assert then["cache"].endswith("from now on, and has 3 ready Pods")


def test_a_selector_that_does_not_ask_goes_on(c, pod):
    """A selector without the changed label still matches the Pod, and the facts say so."""
    facts = c.label(pod, "track=debug").facts
    service = of(facts, "Service")
    assert service in facts.kept
    assert (
        service.words
        == "service/frontend: its selector matched before and still does (it does not ask for track)"
    )
    assert service.then == ""
    assert {item.kind for item in facts.lost} == {"ReplicaSet", "Deployment"}


def test_an_orphan_has_no_owner(c, pod):
    """A Pod that its controller loses and no other adopts has no owner; its controller creates another."""
    facts = c.label(pod, "track-").facts
    assert of(facts, "ReplicaSet").then == (
        "it no longer owns this Pod, has 2 of 3 desired Pods, and creates another on settle()"
    )
    assert facts.fate == "orphaned"
    c.settle()
    assert c[pod].owner is None
    assert len(c.objects("pods", "track=stable")) == 3


def test_a_bare_pod_is_taken_in(controlled):
    """A bare Pod with fitting labels gets an owner, which then has one too many."""
    facts = controlled.label("pod/client", "app=guestbook", "tier=cache").facts
    assert of(facts, "ReplicationController").then == (
        "it adopts this Pod on settle(), has 3 Pods (2 desired), and deletes 1"
    )
    assert facts.outcome == "On settle(), replicationcontroller/cache adopts it."


def test_a_deployment_takes_no_pod_itself(c):
    """A bare Pod with the labels of a Deployment stays without an owner: the ReplicaSets ask for the hash too."""
    facts = c.label("pod/client", "app=guestbook", "tier=frontend", "track=stable").facts
    assert of(facts, "Deployment").then == "it creates ReplicaSets, and adopts no Pods itself"
    assert (facts.fate, facts.outcome) == ("free", "It still has no owner.")
    c.settle()
    assert c["pod/client"].owner is None


def test_a_statefulset_asks_for_the_name_too(c):
    """A StatefulSet adopts only Pods with its own names, and cannot replace one while another Pod has the name."""
    assert "names mysql-0" in of(c.label("pod/client", "name=mysql").facts, "StatefulSet").then
    facts = c.label("pod/mysql-0", "name=old").facts
    assert "cannot create another mysql-0" in of(facts, "StatefulSet").then
    assert facts.fate == "orphaned"


def test_an_owner_that_keeps_its_pod_keeps_others_from_taking_it(controlled):
    """A controller does not adopt a Pod that another controller owns and keeps."""
    c = controlled
    c.apply("""
apiVersion: v1
kind: ReplicationController
metadata: {name: greedy}
spec:
  replicas: 1
  selector: {hungry: "yes"}
  template:
    metadata: {labels: {hungry: "yes"}}
    spec: {containers: [{name: main, image: app}]}
""")
    c.settle()
    owned = c.objects("pods", "tier=cache")[0].ref
    facts = c.label(owned, "hungry=yes").facts
    (greedy,) = facts.gained
    assert greedy.then == "it cannot adopt this Pod, because replicationcontroller/cache owns it"
    assert (facts.fate, facts.outcome) == ("kept", "Its owner is still replicationcontroller/cache.")


def test_a_pod_that_gets_no_traffic_says_so(c):
    """A Service that finds a Pod which is not ready sends it nothing yet, and the reason is there."""
    c.set_ready("pod/client", False)
    c.settle()
    facts = c.label("pod/client", "name=mysql").facts
    assert of(facts, "Service", "mysql-server").then.startswith("it sends no traffic to this Pod yet: ")


def test_the_last_pod_of_a_service(c):
    """A Service that loses its last Pod has no ready Pod left."""
    facts = c.label("pod/mysql-0", "name-").facts
    assert of(facts, "Service", "mysql-server").then.endswith("has no other ready Pod")


def test_rules_of_a_network_policy(c):
    """A NetworkPolicy that finds a Pod now applies to it."""
    c.apply(EXTRAS)
    facts = c.label("pod/client", "tier=cache").facts
    assert of(facts, "NetworkPolicy").then == "its rules apply to this Pod"
    facts = c.label("pod/client", "tier-").facts
    assert of(facts, "NetworkPolicy").then == "its rules do not apply to this Pod"


def test_a_node_gets_a_label_that_pods_wait_for(c):
    """Pods whose nodeSelector asks for it may come; a DaemonSet makes one there; those that run stay."""
    c.apply(EXTRAS)
    c.settle()
    fig = c.label("node/node-2", "disk=ssd")
    assert {item.kind for item in fig.facts.gained} == {"DaemonSet", "Pod"}
    assert len(fig.facts.gained) == 13
    assert "each of 12 Pods of Deployment/report: its selector did not match before and does now" in fig.text
    c.settle()
    assert {item.node_name for item in c.objects("pods", "app in (report,agent)")} == {"node-2"}
    facts = c.label("node/node-2", "disk-").facts
    assert of(facts, "DaemonSet").then == "it deletes its Pod on this Node on settle()"
    assert all("keeps running here" in item.then for item in facts.lost if item.kind == "Pod")
    c.settle()
    assert len(c.objects("pods", "app=report")) == 12
    assert c.objects("pods", "app=agent") == []


def test_a_cordoned_node_says_so(c):
    """A Node that has the label but is cordoned may not be chosen, and the reader is told."""
    c.apply(EXTRAS)
    c.settle()
    c.cordon("node-1")
    assert all(
        "cordoned" in item.then
        for item in c.label("node/node-1", "disk=ssd").facts.gained
        if item.kind == "Pod"
    )


@pytest.mark.parametrize("ref", ["svc/frontend", "deploy/frontend", "ns/default"])
def test_what_nobody_selects(c, ref):
    """Services, Deployments and Namespaces are selected by no object; a Deployment's Pods keep their labels."""
    fig = c.label(ref, "team=blue")
    assert fig.facts.askers == ()
    assert "No object of this cluster selects" in fig.facts.outcome
    assert ("template" in fig.facts.outcome) == (ref == "deploy/frontend")
    assert not c.objects("pods", "team=blue")


def test_a_replicaset_is_selected_by_its_deployment(c):
    """A Deployment finds its ReplicaSets by their labels, and loses one whose labels change."""
    replica_set = c.objects("rs", "track=stable")[0]
    facts = c.label(replica_set.ref, "track=old").facts
    assert of(facts, "Deployment") in facts.lost
    assert (facts.fate, facts.outcome) == ("orphaned", "It has no owner now, and stays as it is.")


def test_nothing_changed(c):
    """Setting a label to what it is changes nothing, and every answer is as before."""
    fig = c.label("pod/mysql-0", "tier=database")
    assert fig.facts.before == fig.facts.after
    assert not fig.facts.lost + fig.facts.gained
    assert {item.why for item in fig.facts.kept} == {""}


CHANGES = [
    ("tier=cache",),
    ("tier=cache", "track-"),
    ("tier=database", "name=mysql"),
    ("app=other",),
    ("release=v9",),
    ("track=canary",),
    ("pod-template-hash-",),
    ("app-", "tier-", "track-", "release-"),
]


@pytest.mark.parametrize("change", CHANGES, ids=" ".join)
@pytest.mark.parametrize("which", ["track=stable", "track=canary", "tier=cache", "role=client"])
def test_what_is_said_comes_true(c, which, change):
    """Whose the Pod is after settle() is what the outcome said, if it is still there."""
    ref = c.objects("pods", which)[0].ref
    before = c[ref].owner
    facts = c.label(ref, *change).facts
    c.settle()
    (now,) = [item.owner for item in c.objects("pods") if item.ref == ref] or [None]
    name = f"{now['kind'].lower()}/{now['name']}" if now else ""
    if facts.fate in ("kept", "free"):
        assert now == before
    elif facts.fate == "orphaned":
        assert not name
    else:
        # the one who took it may have deleted it, being one too many
        assert not name or name in facts.outcome


def test_answers_agree_with_the_selectors(c, pod):
    """Each asker's two answers are those of its selector to the labels before and after."""
    facts = c.label(pod, "tier=cache").facts
    for item in facts.askers:
        selector = kn.Selector(item.selector)
        assert (selector.matches(facts.before), selector.matches(facts.after)) == (item.before, item.after)


def test_the_picture_says_what_the_outline_says(c, pod):
    """The drawing has both sides, each selector with both signs, and no address of Python's memory."""
    fig = c.label(pod, "tier=cache", "release-", "team=x")
    drawn = said(fig)
    for word in (
        "before",
        "after",
        "service/frontend",
        "✓ → ✗ no longer matches",
        "✗ → ✓ matches now",
        "+ added",
        "− removed",
    ):
        assert word in drawn
    assert "deployment/frontend " not in drawn, "its ReplicaSet says the same"
    assert fig.title.endswith("2 selectors no longer match, 2 selectors match now")
    assert "service/frontend: its selector matched before and no longer does" in fig.alt
    assert not re.search(r"0x[0-9a-f]{6,}", fig.html + fig.text)
    assert fig.text == str(fig)


def test_of_many_labels_those_that_change_are_drawn(c, pod):
    """However many labels there are: a reader sees at once what has changed, and the words have all of them."""
    fig = c.label(pod, *(f"label-{at:02}=a-value-of-some-length" for at in range(40)))
    again = c.label(pod, "label-39=other", "label-38-")
    drawn = said(again)
    assert faults(fig.svg) == faults(again.svg) == []
    assert "label-39=other ~ changed" in drawn
    assert "label-38 − removed" in drawn
    assert "and 3" in drawn
    assert all(f"label-{at:02}=" in again.text for at in range(38))


def test_a_change_that_nobody_minds_is_drawn_too(c):
    """With no selector between them, before leads to after."""
    fig = c.label("deploy/frontend", "team=blue")
    assert "before -> after" in fig.dot
    assert "<svg" in fig.svg


def test_odd_manifests_are_passed_over():
    """Selectors that cannot be read, as a dump may have them, are passed over."""
    broken = view(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": "odd", "namespace": "default"},
            "spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}},
        }
    )

    class Dump:
        def list(self, resource, namespace=None):
            del namespace
            return [broken] if resource == "replicasets" else []

    old = view({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"a": "b"}}})
    new = view({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})
    facts = label_change(Dump(), old, new, [("a", None)])
    assert facts.askers == ()
    assert facts.removed == {"a": "b"}
