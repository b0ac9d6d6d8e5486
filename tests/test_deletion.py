"""Deleting: in the background, in the foreground, with orphans, with less time, at once.

Sources of the rules: https://kubernetes.io/docs/concepts/architecture/garbage-collection/,
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1"}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: slow}
spec: {containers: [{name: main, image: "web:1"}]}
"""


@pytest.fixture
def web():
    """Return a settled cluster with a Deployment of two Pods."""
    c = kn.Cluster(nodes=2)
    c.apply(DEPLOYMENT)
    c.settle()
    return c


@pytest.fixture
def slow():
    """Return a settled cluster with a Pod that does not stop by itself."""
    c = kn.Cluster(nodes=1)
    c.apply(POD)
    c.settle()
    c.stops("pod/slow", None)
    return c


def hold(c, ref, *finalizers):
    """Give an object finalizers, or take them away."""

    def edit(manifest):
        manifest["metadata"].pop("finalizers", None)
        if finalizers:
            manifest["metadata"]["finalizers"] = list(finalizers)

    c.api.change(c[ref], edit, by="kubectl")


def order(changes):
    """Return what has gone, in order: the last deletion that the log has of each object."""
    last = {item.ref: at for at, item in enumerate(changes) if item.verb == "delete"}
    return sorted(last, key=last.__getitem__)


def kinds(c):
    """Return how many Deployments, ReplicaSets and Pods there are."""
    return [len(c.objects(kind)) for kind in ("deploy", "rs", "pods")]


# ---- foreground


def test_in_the_foreground_an_owner_goes_after_what_it_owns(web):
    """The Deployment waits for its ReplicaSet, which waits for its Pods; in the background it is gone first."""
    behind = web.copy()
    behind.delete("deploy/web")
    assert kinds(behind) == [0, 1, 2]
    web.delete("deploy/web", cascade="foreground")
    assert kinds(web) == [1, 1, 2]
    assert web["deploy/web"].metadata["finalizers"] == ["foregroundDeletion"]
    assert web["deploy/web"].terminating
    gone = [ref.partition("/")[0] for ref in order(web.settle())]
    assert [kind for kind in gone if kind in ("deployment", "replicaset", "pod")] == [
        "pod",
        "pod",
        "replicaset",
        "deployment",
    ]
    assert kinds(web) == [0, 0, 0]


def test_an_owner_that_is_deleted_in_the_foreground_is_seen_until_its_last_dependent_has_gone(web):
    """A Pod that a finalizer holds keeps its ReplicaSet and its Deployment; no new Pod is made meanwhile."""
    held = web.objects("pods")[0].ref
    hold(web, held, "h.example/keep")
    web.delete("deploy/web", cascade="foreground")
    web.settle()
    assert kinds(web) == [1, 1, 1]
    assert [web.objects(kind)[0].metadata["finalizers"] for kind in ("deploy", "rs", "pods")] == [
        ["foregroundDeletion"],
        ["foregroundDeletion"],
        ["h.example/keep"],
    ]
    assert web.kubectl("get deploy --no-headers").stdout.split()[1] == "0/2"
    hold(web, held)
    web.settle()
    assert kinds(web) == [0, 0, 0]


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("ReplicationController", {"replicas": 2, "selector": {"app": "x"}}),
        ("ReplicaSet", {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}}),
        ("Deployment", {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}}),
        ("StatefulSet", {"replicas": 2, "serviceName": "x", "selector": {"matchLabels": {"app": "x"}}}),
        ("DaemonSet", {"selector": {"matchLabels": {"app": "x"}}}),
        ("Job", {"parallelism": 2, "completions": 2}),
    ],
)
def test_no_controller_makes_pods_for_an_owner_that_is_being_deleted(kind, spec):
    """Foreground deletion ends for every workload; while a Pod is held, none takes the place of another."""
    version = {"ReplicationController": "v1", "Job": "batch/v1"}.get(kind, "apps/v1")
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]},
    }
    if kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
    manifest = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {**spec, "template": template},
    }
    c = kn.Cluster(nodes=2)
    c.apply(manifest)
    c.settle()
    pods = [pod.ref for pod in c.objects("pods")]
    assert len(pods) == 2
    for ref in pods:
        hold(c, ref, *c[ref].metadata.get("finalizers", ()), "h.example/keep")
    ref = c.objects(kind)[0].ref
    c.delete(ref, cascade="foreground")
    c.settle()
    assert sorted(pod.ref for pod in c.objects("pods")) == sorted(pods)
    assert c[ref].terminating
    for pod in pods:
        hold(c, pod)
    c.settle()
    assert c.objects("pods") == c.objects(kind) == c.objects("controllerrevisions") == []


def test_a_dependent_that_does_not_block_is_deleted_but_not_waited_for(web):
    """The owner goes although what it owns is held, if that does not say blockOwnerDeletion."""
    replica_set = web.objects("rs")[0]
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": replica_set.name, "uid": replica_set.uid}
    note = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "note", "finalizers": ["h.example/keep"], "ownerReferences": [owner]},
    }
    web.create(note)
    web.delete("deploy/web", cascade="foreground")
    web.settle()
    assert kinds(web) == [0, 0, 0]
    assert web["cm/note"].terminating


def test_an_object_that_another_owner_keeps_loses_only_the_reference(web):
    """Of two owners one is deleted: the object stays with the other, whichever way the first is deleted."""
    for cascade in ("foreground", "background"):
        c = web.copy()
        owners = []
        for name in ("one", "two"):
            c.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
            made = c[f"cm/{name}"]
            reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": made.uid}
            owners.append({**reference, "blockOwnerDeletion": True})
        both = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "both", "ownerReferences": owners},
        }
        c.create(both)
        c.delete("cm/one", cascade=cascade)
        c.settle()
        assert [item["name"] for item in c["cm/both"].metadata["ownerReferences"]] == ["two"]
        assert "one" not in [item.name for item in c.objects("cm")]


def test_owners_in_a_circle_can_be_deleted_in_the_foreground():
    """Each waits for the other; the garbage collector lets one of them not block."""
    c = kn.Cluster(nodes=0)
    c.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})

    def owner(name):
        uid = c[f"cm/{name}"].uid
        return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": True}

    c.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b", "ownerReferences": [owner("a")]}}
    )
    c.api.change(c["cm/a"], lambda m: m["metadata"].update(ownerReferences=[owner("b")]), by="kubectl")
    c.settle()
    c.delete("cm/a", cascade="foreground")
    c.settle()
    assert [item.name for item in c.objects("cm") if item.name in "ab"] == []


def test_who_waits_in_the_foreground_can_still_be_deleted_in_the_background(web):
    """Another deletion replaces the finalizer: the Deployment is gone at once."""
    held = web.objects("pods")[0].ref
    hold(web, held, "h.example/keep")
    web.delete("deploy/web", cascade="foreground")
    web.settle()
    web.delete("deploy/web", cascade="background")
    assert web.objects("deploy") == []


@pytest.mark.parametrize(("finalizer", "left"), [("orphan", [0, 1, 2]), ("foregroundDeletion", [0, 0, 0])])
def test_a_finalizer_that_is_there_says_how_an_object_is_deleted(web, finalizer, left):
    """`orphan` or `foregroundDeletion` in a manifest counts where the deletion says nothing."""
    hold(web, "deploy/web", finalizer)
    web.api.delete(web["deploy/web"])
    web.settle()
    assert kinds(web) == left


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), max_size=2), min_size=1, max_size=6))
def test_what_is_owned_only_by_what_goes_goes_too_and_first(drawn):
    """In any tree or net of owners: the rest stays, and keeps no reference to what has gone."""
    owners = {0: []}
    for number, above in enumerate(drawn, start=1):
        owners[number] = sorted({item % number for item in above})
    count = len(owners)
    c = kn.Cluster(nodes=0)
    for number, above in owners.items():
        references = [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "name": f"c{item}",
                "uid": c[f"cm/c{item}"].uid,
                "blockOwnerDeletion": True,
            }
            for item in above
        ]
        metadata = {"name": f"c{number}", "ownerReferences": references}
        c.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    c.settle()
    c.delete("cm/c0", cascade="foreground")
    goes = {0}
    for number in range(1, count):
        if owners[number] and goes.issuperset(owners[number]):
            goes.add(number)
    gone = order(c.settle())
    assert {f"configmap/c{number}" for number in goes} == set(gone)
    for number in goes:
        if len(owners[number]) == 1:
            assert gone.index(f"configmap/c{number}") < gone.index(f"configmap/c{owners[number][0]}")
    for number in set(range(count)) - goes:
        left = c[f"cm/c{number}"].metadata.get("ownerReferences", ())
        assert [item["name"] for item in left] == [f"c{item}" for item in owners[number] if item not in goes]


def test_finalizers_that_the_api_server_refuses(web):
    """Both of the garbage collector's at once, and any more for what is being deleted."""
    with pytest.raises(kn.ApiError) as error:
        hold(web, "deploy/web", "orphan", "foregroundDeletion")
    assert error.value.causes[0].message.endswith(
        "finalizer orphan and foregroundDeletion cannot be both set"
    )
    pod = web.objects("pods")[0].ref
    web.delete(pod)
    with pytest.raises(kn.ApiError) as error:
        hold(web, pod, "h.example/late")
    assert error.value.causes[0].message == (
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"h.example/late"}'
    )


# ---- owners that are none


def test_an_owner_in_another_namespace_is_none():
    """The object is deleted, with an Event that says why."""
    c = kn.Cluster(nodes=0)
    c.kubectl("create namespace team")
    c.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "above", "namespace": "team"}})
    uid = c["team/cm/above"].uid
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "above", "uid": uid}
    c.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "below", "ownerReferences": [owner]}}
    )
    c.settle()
    assert "below" not in [item.name for item in c.objects("cm")]
    [event] = [item.raw for item in c.objects("events") if item.raw["reason"] == "OwnerRefInvalidNamespace"]
    assert (
        event["message"] == f"ownerRef [v1/ConfigMap, namespace: default, name: above, uid: {uid}] "
        'does not exist in namespace "default"'
    )


def test_an_object_in_no_namespace_cannot_be_owned_by_one_that_is_in_one():
    """That makes no sense, so nothing is done about it, and it stays when the owner goes; an Event says so."""
    c = kn.Cluster(nodes=0)
    c.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "above"}})
    uid = c["cm/above"].uid
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "above", "uid": uid}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []}
    c.create({**role, "metadata": {"name": "below", "ownerReferences": [owner]}})
    gone = {**owner, "uid": "3f0b2c9e-0000-4000-8000-000000000000"}
    c.create({**role, "metadata": {"name": "beside", "ownerReferences": [gone]}})
    c.settle()
    [event] = [item.raw for item in c.objects("events") if item.raw["reason"] == "OwnerRefInvalidNamespace"]
    assert event["involvedObject"]["name"] == "below"
    c.delete("cm/above")
    c.settle()
    assert {"below", "beside"} <= {item.name for item in c.objects("clusterroles")}


# ---- orphans


def test_orphans_are_made_by_the_garbage_collector(web):
    """The owner has the finalizer `orphan` until what it owned has no owner any more."""
    web.delete("deploy/web", cascade="orphan")
    assert web["deploy/web"].metadata["finalizers"] == ["orphan"]
    changes = web.settle()
    assert kinds(web) == [0, 1, 2]
    assert web.objects("rs")[0].owner is None
    assert [item.ref.partition("/")[0] for item in changes if item.verb == "orphan"] == ["replicaset"]


# ---- how long a Pod is given


def test_a_pod_that_is_being_deleted_says_until_when_and_how_long_it_has(slow):
    """deletionTimestamp lies as far ahead as the grace period; the generation grows."""
    before = slow["pod/slow"].metadata["generation"]
    slow.delete("pod/slow", grace_period=90)
    metadata = slow["pod/slow"].metadata
    assert metadata["deletionGracePeriodSeconds"] == 90
    assert metadata["generation"] == before + 1
    assert metadata["deletionTimestamp"] == "2026-01-01T00:01:33Z"
    text = slow.kubectl("describe pod slow").stdout
    assert "Status:                    Terminating (lasts <invalid>)\n" in text
    assert "Termination Grace Period:  90s\n" in text


@pytest.mark.parametrize(("given_seconds", "lasts"), [(None, 30), (5, 5), (90, 90)])
def test_a_program_that_does_not_stop_is_killed_at_the_end_of_the_grace_period(slow, given_seconds, lasts):
    """Of the Pod's own 30 seconds, or of those that the deletion names."""
    slow.delete("pod/slow", grace_period=given_seconds)
    slow.wait(lasts - 1)
    assert slow["pod/slow"].terminating
    slow.wait(2)
    assert slow.objects("pods") == []


def test_a_second_deletion_can_only_give_less_time(slow):
    """More is passed over; less counts from now on."""
    slow.delete("pod/slow")
    slow.wait(5)
    slow.delete("pod/slow", grace_period=60)
    assert slow["pod/slow"].metadata["deletionGracePeriodSeconds"] == 30
    slow.delete("pod/slow", grace_period=2)
    assert slow["pod/slow"].metadata["deletionGracePeriodSeconds"] == 2
    slow.wait(4)
    assert slow.objects("pods") == []


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.delete("pod/slow", force=True),
        lambda c: c.delete("pod/slow", grace_period=0),
        lambda c: c.kubectl("delete pod slow --force"),
        lambda c: c.kubectl("delete pod slow --grace-period=0 --force"),
    ],
)
@pytest.mark.parametrize("state", ["running", "pending", "ended", "terminating", "lost"])
def test_a_pod_that_is_deleted_by_force_is_gone_at_once(slow, act, state):
    """Whatever its containers and its Node do."""
    c = slow
    if state == "pending":
        c = kn.Cluster(nodes=0)
        c.apply(POD)
        c.settle()
    elif state == "ended":
        c.api.update_status(c["pod/slow"], {**c["pod/slow"].status, "phase": "Failed"}, by="test")
    elif state == "terminating":
        c.delete("pod/slow")
    elif state == "lost":
        c.lose("node/node-1")
        c.delete("pod/slow")
        c.settle()
        assert c["pod/slow"].terminating
    act(c)
    assert c.objects("pods") == []


def test_even_force_waits_for_finalizers(slow):
    """The kubelet stops the containers at once; the object stays."""
    hold(slow, "pod/slow", "h.example/keep")
    slow.delete("pod/slow", force=True)
    slow.settle()
    assert slow["pod/slow"].metadata["deletionGracePeriodSeconds"] == 0
    killed = [item.raw["message"] for item in slow.objects("events") if item.raw["reason"] == "Killing"]
    assert killed == ["Stopping container main"]
    hold(slow, "pod/slow")
    assert slow.objects("pods") == []


def test_what_a_pod_that_was_deleted_by_force_had_is_free_again():
    """Its place on the Node and its address: the next Pod runs there."""
    c = kn.Cluster(nodes=1, pods=1)
    c.apply(POD)
    c.settle()
    c.delete("pod/slow", force=True)
    c.apply(POD.replace("slow", "next"))
    c.settle()
    assert c["pod/next"].phase == "Running"
    assert not c.simulation.kubelets.runtime.ending


# ---- kubectl delete


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--now --grace-period=3", "error: --now and --grace-period cannot be specified together\n"),
        (
            "--force --grace-period=3",
            "error: --force and --grace-period greater than 0 cannot be specified together\n",
        ),
        ("--force --now", "error: --force and --grace-period greater than 0 cannot be specified together\n"),
    ],
)
def test_flags_of_kubectl_delete_that_do_not_go_together(slow, flags, message):
    """In kubectl's words."""
    done = slow.kubectl(f"delete pod slow {flags}")
    assert (done.exit, done.stderr) == (1, message)
    assert not slow["pod/slow"].terminating


@pytest.mark.parametrize(
    ("flags", "grace"),
    [("", 30), ("--now", 1), ("--grace-period=7", 7), ("--grace-period=0", 1), ("--grace-period=-1", 30)],
)
def test_kubectl_delete_says_how_long_a_pod_has(slow, flags, grace):
    """0 means 1 without --force."""
    done = slow.kubectl(f"delete pod slow --wait=false {flags}")
    assert done.stdout == 'pod "slow" deleted from default namespace\n'
    assert slow["pod/slow"].metadata["deletionGracePeriodSeconds"] == grace


def test_kubectl_delete_waits_for_an_owner_that_goes_last(web):
    """--cascade=foreground returns when all is gone; with --wait=false the Deployment is still there."""
    other = web.copy()
    assert web.kubectl("delete deploy web --cascade=foreground").exit == 0
    assert kinds(web) == [0, 0, 0]
    other.kubectl("delete deploy web --cascade=foreground --wait=false")
    assert kinds(other) == [1, 1, 2]
    assert other["deploy/web"].terminating


def test_a_drain_gives_pods_as_long_as_it_says(web):
    """kubectl drain --grace-period."""
    pod = web.objects("pods")[0]
    web.stops("deploy/web", None)
    web.kubectl("cordon node-1")
    before = web.api.now
    web.kubectl(f"drain {pod.node_name} --grace-period=200")
    assert web.api.now >= before + 200


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.delete("pod/slow", cascade="sideways"), "cascade"),
        (lambda c: c.delete("pod/slow", grace_period=-1), "grace_period"),
        (lambda c: c.delete("pod/slow", grace_period=True), "grace_period"),
        (lambda c: c.delete("pod/slow", grace_period=3, force=True), "force=True"),
    ],
)
def test_a_deletion_that_makes_no_sense_is_refused_in_words(slow, call, words):
    """Each error names what is wrong."""
    with pytest.raises(kn.ClusterError, match=words):
        call(slow)
    assert not slow["pod/slow"].terminating
