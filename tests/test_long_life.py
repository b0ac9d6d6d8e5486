"""A cluster that lives long does not grow: Events age as in a cluster, history and log keep what is recent."""

import subprocess
import sys
from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.control_plane import events
from k8snotes.control_plane.etcd import Store
from k8snotes.control_plane.events import expire, record
from k8snotes.errors import ClusterError

ROOT = Path(__file__).resolve().parents[1]
APP = """
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2,
  selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}},
  spec: {containers: [{name: web, image: nginx}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
"""
POD = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}"


def live(c, cycles):
    for _ in range(cycles):
        c.apply(APP)
        c.settle()
        c.delete("deploy/web")
        c.delete("svc/web")
        c.settle()


_CYCLES = """
import gc, sys, tracemalloc
import k8snotes as kn
sys.path.insert(0, "tests")
from test_long_life import live
c = kn.Cluster()
live(c, 1)
gc.collect()
tracemalloc.start()
live(c, 500)
gc.collect()
print(tracemalloc.get_traced_memory()[0])
"""


def test_five_hundred_cycles_of_load_settle_delete_grow_little():
    """A cluster that has seen 500 applications come and go has grown by less than 10 MB."""
    answer = subprocess.run(
        [sys.executable, "-c", _CYCLES], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(answer.stdout) < 10_000_000


def test_what_is_kept_does_not_depend_on_how_long_a_cluster_has_lived(monkeypatch):
    """After a third and a fourth age of a cluster there is as much of history, log and Events as after the second."""
    monkeypatch.setattr("k8snotes.simulation._KEPT", 100)
    monkeypatch.setattr(events, "_MOST", 50)
    c = kn.Cluster(nodes=1)
    sizes = []
    for _ in range(3):
        most = [0, 0, 0]
        for _ in range(20):
            live(c, 1)
            now = (len(c.api.log), len(c.api.events), c.api.store.count("events"))
            most = [max(pair) for pair in zip(most, now, strict=True)]
        sizes.append(most)
    assert all(log <= 300 for log, _, _ in sizes)
    assert all(kept == stored <= 50 for _, kept, stored in sizes)


def test_events_go_an_hour_after_they_were_last_written():
    """An Event stays for 3,600 seconds of the cluster's clock; one that happens again begins its hour anew."""
    c = kn.Cluster(nodes=1)
    node = c["node/node-1"]
    record(c.api, node, "Once", "it happened", by="test")
    record(c.api, node, "Again", "it happens", by="test")
    c.api.now = 3_000
    record(c.api, node, "Again", "it happens", by="test")
    c.api.now = 3_599
    expire(c.api)
    assert {event["reason"] for event in (obj.raw for obj in c.objects("events"))} >= {"Once", "Again"}
    c.api.now = 3_600
    expire(c.api)
    assert [obj.raw["reason"] for obj in c.objects("events")] == ["Again"]
    c.api.now = 6_600
    expire(c.api)
    assert not c.objects("events")


def test_of_too_many_events_the_oldest_go(monkeypatch):
    """Within the hour as many are kept as tell the story of every Pod, the latest of them."""
    monkeypatch.setattr(events, "_MOST", 3)
    c = kn.Cluster(nodes=1)
    for number in range(5):
        record(c.api, c["node/node-1"], f"Reason{number}", "it happened", by="test")
    expire(c.api)
    assert sorted(obj.raw["reason"] for obj in c.objects("events")) == ["Reason2", "Reason3", "Reason4"]


def test_the_store_forgets_only_what_everyone_has_seen():
    """Compacting keeps the changes that somebody has not seen, and the latest; objects and revisions stay."""
    store = Store()
    for number in range(50):
        store.put(("pods", "default", f"web-{number}"), {"apiVersion": "v1", "kind": "Pod", "metadata": {}})
    store.put(("nodes", "", "node-1"), {"apiVersion": "v1", "kind": "Node", "metadata": {}})
    store.compact(seen=20, keep=10)
    assert [event.revision for event in store.watch(0)] == list(range(21, 52))
    assert store.compacted == 20
    store.compact(seen=51, keep=10)
    assert [event.revision for event in store.watch(0)] == list(range(42, 52))
    assert [event.revision for event in store.watch(0, "nodes")] == [51]
    assert (store.changed("pods"), store.changed("nodes"), store.revision) == (50, 51, 51)
    assert store.count("pods") == 50
    copied = store.copy()
    assert (copied.compacted, copied.changed("pods")) == (41, 50)


def test_a_cluster_that_forgets_does_what_one_does_that_remembers(monkeypatch):
    """Whether history and log are cut short or not, the same objects come out, quotas counted right."""
    quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 4}}}"
    outcomes = []
    for kept in (5, 1_000_000):
        monkeypatch.setattr("k8snotes.simulation._KEPT", kept)
        monkeypatch.setattr(Store.compact, "__defaults__", (kept,))
        c = kn.Cluster(nodes=2)
        c.apply(quota)
        live(c, 3)
        c.apply(APP)
        c.settle()
        c.scale("deploy/web", 6)
        c.settle()
        c.apply(quota.replace("4", "5"))
        c.settle()
        objects = {obj.key: obj.raw for name in c.api.store.resources() for obj in c.api.store.list(name)}
        outcomes.append((objects, c.api.log[-5:]))
    assert outcomes[0] == outcomes[1]
    assert c["quota/q"].status["used"]["pods"] == "5"


@pytest.fixture
def forgetful(monkeypatch):
    """A cluster that keeps few changes, with some forgotten."""
    monkeypatch.setattr("k8snotes.simulation._KEPT", 20)
    c = kn.Cluster(nodes=1)
    live(c, 3)
    assert c.api.log.forgotten
    return c


def test_a_timeline_says_where_it_begins(forgetful):
    """Where older changes are no longer kept, words, outline, picture and caption say from which second on they are."""
    figure = forgetful.timeline()
    says = f"The timeline begins at second {forgetful.api.log[0].time}, because older changes are no longer kept."
    assert figure.facts.begins == says
    assert str(figure.facts).startswith(says)
    assert says in figure.text
    assert says.rstrip(".") in figure.caption
    assert "older changes are no longer kept" in figure.svg
    assert not forgetful.timeline(since=forgetful.api.log[0].time + 1).facts.begins
    assert not kn.load("guestbook").timeline().facts.begins


def test_a_timeline_since_a_copy_finds_its_place_in_a_shortened_log(forgetful):
    """`since=` an earlier copy begins after it, though its oldest changes are forgotten; a stranger is refused."""
    before = forgetful.copy()
    forgetful.apply(POD)
    forgetful.settle()
    entries = forgetful.timeline(since=before).facts.entries
    assert (entries[0].verb, entries[0].ref) == ("create", "pod/web")
    other = kn.Cluster(nodes=2)
    live(other, 1)
    with pytest.raises(ClusterError, match="not an earlier copy"):
        other.timeline(since=before)
