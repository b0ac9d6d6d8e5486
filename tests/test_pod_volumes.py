"""Pods and their volumes: where a Pod may run, which claims are bound with it, and whose claims go with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import claim, pod, set_of, storage_class, told, volume

import k8snotes as kn
from k8snotes.control_plane import caches

CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
NOTHING = "node(s) didn't find available persistent volumes to bind"
NOT_HELPFUL = "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
LOCAL = storage_class("local", "kubernetes.io/no-provisioner", waits=True)


def lab(*manifests, nodes=2):
    c = kn.Cluster(nodes=nodes)
    for manifest in manifests:
        c.apply(manifest)
    c.settle()
    return c


def message(c, ref):
    return c[ref].condition("PodScheduled").get("message")


def test_a_pod_runs_where_its_volume_is():
    """A volume of one Node brings the Pod there, however full the Node is."""
    c = lab(volume("disk", node="node-2"), claim("films"), pod("player", "films"))
    assert c["pod/player"].node_name == "node-2"


def test_a_volume_that_no_node_reaches_keeps_its_pod_waiting():
    """The scheduler names the rule, and the picture the volume; the Pod runs when the Node is there."""
    c = lab(volume("disk", node="node-9"), claim("films"), pod("player", "films"))
    assert message(c, "pod/player") == f"0/2 nodes are available: 2 {CONFLICT}. {NOT_HELPFUL}"
    verdict = c.why_pending("pod/player").facts.verdict("node-1")
    assert verdict.code == "VolumeBinding"
    assert verdict.details == ("the volume disk of claim films cannot be mounted on this Node",)
    c.api.patch(c["node/node-1"], {"metadata": {"labels": {"kubernetes.io/hostname": "node-9"}}})
    c.settle()
    assert c["pod/player"].node_name == "node-1"


def test_a_claim_that_waits_for_its_consumer_is_bound_where_the_pod_fits():
    """Of two volumes the one is taken that the Pod's Node reaches, and not before there is a Pod."""
    c = lab(
        LOCAL,
        volume("a", cls="local", node="node-1"),
        volume("b", cls="local", node="node-2"),
        claim("films", cls="local"),
    )
    assert c["pvc/films"].status["phase"] == "Pending"
    c.apply(pod("player", "films", nodeSelector={"kubernetes.io/hostname": "node-2"}))
    c.settle()
    assert c["pvc/films"].spec["volumeName"] == "b"
    assert c["pod/player"].node_name == "node-2"
    assert "nominatedNodeName" not in c["pod/player"].status
    assert told(c, "PersistentVolumeClaim") == [
        "WaitForFirstConsumer: waiting for first consumer to be created before binding"
    ]


def test_two_claims_of_one_pod_get_two_volumes_of_one_node():
    """Both are bound for the same Node; a Node with only one of them does not do."""
    c = lab(
        LOCAL,
        volume("a1", "1Gi", cls="local", node="node-1"),
        volume("b1", "1Gi", cls="local", node="node-2"),
        volume("b2", "5Gi", cls="local", node="node-2"),
        claim("small", "1Gi", cls="local"),
        claim("large", "1Gi", cls="local"),
        pod("player", "large", "small"),
    )
    assert c["pod/player"].node_name == "node-2"
    assert {item.spec["volumeName"] for item in c.objects("pvc")} == {"b1", "b2"}


def test_a_claim_whose_pod_fits_nowhere_says_so():
    """Without a volume for any Node the Pod waits, and the claim waits for the Pod."""
    c = lab(LOCAL, claim("films", cls="local"), pod("player", "films"))
    assert message(c, "pod/player") == f"0/2 nodes are available: 2 {NOTHING}. {NOT_HELPFUL}"
    assert (
        told(c, "PersistentVolumeClaim")[-1] == "WaitForPodScheduled: waiting for pod player to be scheduled"
    )
    assert c.storage().facts.claim("films").waiting.code == "no-provisioner"
    c.apply(volume("disk", cls="local", node="node-1"))
    c.settle()
    assert c["pod/player"].phase == "Running"


def test_a_pod_whose_volume_nobody_makes_is_reserved_a_node_and_waits():
    """The scheduler chooses the Node, asks for the volume, and gives up to wait after ten minutes."""
    c = lab(storage_class("cloud", waits=True), claim("films", cls="cloud"), pod("player", "films"))
    assert c["pvc/films"].annotations["volume.kubernetes.io/selected-node"] == "node-1"
    assert c["pod/player"].status["nominatedNodeName"] == "node-1"
    assert told(c, "Pod") == []
    assert "the scheduler has chosen node-1" in c.why_pending("pod/player").facts.note
    other = c.copy()
    assert c.simulation.let_time_pass()
    c.settle()
    assert told(c, "Pod") == [
        'FailedScheduling: running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
    ]
    assert not c.simulation.let_time_pass()
    for one in (c, other):
        one.apply(volume("disk", cls="cloud", claimRef={"namespace": "default", "name": "films"}))
        one.settle()
        assert one["pod/player"].phase == "Running"


def test_a_reserved_place_is_taken():
    """Another Pod does not get the CPU of a Pod that waits for its volume; it does when that Pod goes."""
    big = {"resources": {"requests": {"cpu": "3"}}}
    first = pod("first", "films")
    first["spec"]["containers"][0] |= big
    c = lab(storage_class("cloud", waits=True), claim("films", cls="cloud"), first, nodes=1)
    c.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "second"},
            "spec": {"containers": [{"name": "a", "image": "b", **big}]},
        }
    )
    c.settle()
    assert c["pod/second"].node_name == ""
    c.delete("pod/first")
    c.settle()
    assert c["pod/second"].phase == "Running"


def test_allowed_topologies_are_kept():
    """A class that makes volumes in one zone takes Nodes of that zone alone."""
    zone = [{"matchLabelExpressions": [{"key": "zone", "values": ["b"]}]}]
    c = kn.Cluster([{"metadata": {"name": f"n-{place}", "labels": {"zone": place}}} for place in "ab"])
    for manifest in (
        storage_class("cloud", waits=True, allowedTopologies=zone),
        claim("films", cls="cloud"),
        pod("player", "films"),
    ):
        c.apply(manifest)
    c.settle()
    assert c["pod/player"].status["nominatedNodeName"] == "n-b"
    assert "in [b]" in str(c.kubectl("describe sc cloud"))


def test_a_volume_with_a_zone_is_mounted_in_this_zone():
    """VolumeZone: labels of the volume say where it is; a Node without zones is everywhere."""
    key = "topology.kubernetes.io/zone"
    c = kn.Cluster([{"metadata": {"name": "n-a", "labels": {key: "a"}}}])
    for manifest in (volume("disk", labels={key: "b__c"}), claim("films"), pod("player", "films")):
        c.apply(manifest)
    c.settle()
    assert message(c, "pod/player").startswith(
        "0/1 nodes are available: 1 node(s) had no available volume zone. "
    )
    c.api.patch(c["node/n-a"], {"metadata": {"labels": {key: "c"}}})
    c.settle()
    assert c["pod/player"].phase == "Running"


def test_a_claim_for_one_pod_is_used_by_one_pod():
    """ReadWriteOncePod: a second Pod waits until the first is gone."""
    once = ("ReadWriteOncePod",)
    c = lab(volume("disk", modes=once), claim("films", modes=once), pod("first", "films"))
    c.apply(pod("second", "films"))
    c.settle()
    words = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
    assert message(c, "pod/second") == (
        f"0/2 nodes are available: 2 {words}. no new claims to deallocate, preemption: 0/2 nodes are available: "
        "2 No preemption victims found for incoming pod."
    )
    assert c.why_pending("pod/second").facts.verdict("node-1").details == (
        "first uses the claim films, and its access mode ReadWriteOncePod allows only one Pod",
    )
    c.delete("pod/first")
    c.settle()
    assert c["pod/second"].phase == "Running"


def test_a_pod_of_higher_priority_takes_a_claim_for_one_pod():
    """Preemption frees the claim."""
    once = ("ReadWriteOncePod",)
    high = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "high"},
        "value": 9,
    }
    c = lab(high, volume("disk", modes=once), claim("films", modes=once), pod("low", "films"))
    c.apply(pod("urgent", "films", priorityClassName="high"))
    c.settle()
    assert [item.name for item in c.objects("pods")] == ["urgent"]
    assert c["pod/urgent"].phase == "Running"


def test_a_claim_that_is_being_deleted_takes_no_new_pod():
    """It is Terminating as long as its Pod runs; a second Pod waits."""
    c = lab(volume("disk"), claim("films"), pod("first", "films"))
    c.delete("pvc/films")
    c.apply(pod("second", "films"))
    c.settle()
    assert "films   Terminating" in str(c.kubectl("get pvc"))
    assert "Terminating (lasts" in str(c.kubectl("describe pvc films"))
    words = '0/2 nodes are available: persistentvolumeclaim "films" is being deleted. not found'
    assert message(c, "pod/second") == words


# ---- ephemeral volumes


def with_ephemeral(name="web"):
    template = {"metadata": {"labels": {"app": "web"}}, "spec": claim("x")["spec"]}
    made = pod(name)
    made["spec"]["volumes"] = [{"name": "tmp", "ephemeral": {"volumeClaimTemplate": template}}]
    return made


def test_an_ephemeral_volume_has_a_claim_that_goes_with_its_pod():
    """The claim is named after Pod and volume, and the Pod owns it."""
    c = lab(volume("disk"), with_ephemeral())
    made = c["pvc/web-tmp"]
    assert (made.labels, made.owner["name"], made.owner["kind"]) == ({"app": "web"}, "web", "Pod")
    assert c["pod/web"].phase == "Running"
    (mount,) = c.storage().facts.claim("web-tmp").mounts
    assert mount.ephemeral
    c.delete("pod/web")
    c.settle()
    assert c.objects("pvc") == []
    assert c["pv/disk"].status["phase"] == "Released"


def test_a_claim_of_that_name_that_is_anothers_is_not_taken():
    """The Pod waits, and both the controller and the scheduler say why."""
    c = lab(volume("disk"), claim("web-tmp"), with_ephemeral())
    words = "PVC default/web-tmp was not created for pod default/web (pod is not owner)"
    assert f"FailedBinding: ephemeral volume tmp: {words}" in told(c, "Pod")
    assert words in message(c, "pod/web")


# ---- StatefulSets


def volumes_for(number):
    return [volume(f"v{at}") for at in range(number)]


@pytest.mark.parametrize(
    ("deleted", "scaled", "after_scaling", "after_deletion"),
    [
        ("Retain", "Retain", 3, 3),
        ("Retain", "Delete", 1, 1),
        ("Delete", "Retain", 3, 0),
        ("Delete", "Delete", 1, 0),
    ],
)
def test_claims_follow_the_retention_policy(deleted, scaled, after_scaling, after_deletion):
    """By default claims stay; they go with their Pod or with the StatefulSet where it says so."""
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    c = lab(*volumes_for(3), set_of(3, persistentVolumeClaimRetentionPolicy=policy))
    assert len(c.objects("pvc")) == 3
    c.scale("sts/db", 1)
    c.settle()
    assert len(c.objects("pvc")) == after_scaling
    c.delete("sts/db")
    c.settle()
    assert len(c.objects("pvc")) == after_deletion
    assert str(c.settle()) == "nothing to do"


def test_a_policy_that_changes_changes_the_owners():
    """The claims that are there get their owner, and lose it again."""
    c = lab(*volumes_for(2), set_of(2))
    for word, owners in (("Delete", 1), ("Retain", 0)):
        c.api.patch(c["sts/db"], {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": word}}})
        c.settle()
        assert [len(item.metadata.get("ownerReferences", [])) for item in c.objects("pvc")] == [owners] * 2


def test_a_pod_that_comes_back_has_its_claim_again():
    """Scaled down and up, db-1 mounts what it had."""
    c = lab(*volumes_for(2), set_of(2))
    had = c["pvc/data-db-1"].spec["volumeName"]
    for replicas in (1, 2):
        c.scale("sts/db", replicas)
        c.settle()
    assert c["pvc/data-db-1"].spec["volumeName"] == had
    assert c["pod/db-1"].phase == "Running"


def test_the_claim_of_a_pod_that_waits_is_made_again():
    """A claim that is deleted while its Pod is Pending comes back."""
    c = lab(set_of(1))
    c.delete("pvc/data-db-0")
    c.settle()
    assert c["pod/db-0"].phase == "Pending"
    c.apply(volume("disk", cls=""))
    c.settle()
    assert c["pod/db-0"].phase == "Running"


# ---- whatever happens


STEP = st.one_of(
    st.tuples(
        st.just("volume"),
        st.integers(1, 4),
        st.sampled_from(["", "late"]),
        st.sampled_from(["", "node-1", "node-2"]),
    ),
    st.tuples(
        st.just("claim"), st.integers(1, 4), st.sampled_from(["", "late", "standard", None]), st.just("")
    ),
    st.tuples(st.just("pod"), st.integers(1, 9), st.just(""), st.just("")),
    st.tuples(st.just("delete"), st.integers(1, 9), st.sampled_from(["pv", "pvc", "pod"]), st.just("")),
    st.tuples(st.just("cordon"), st.integers(1, 2), st.just(""), st.just("")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=14), st.booleans())
def test_claims_and_volumes_agree_whatever_happens(steps, driver):
    """A bound claim and its volume name each other, no volume has two claims, and Pods run where their volumes are."""
    c = kn.Cluster(nodes=2)
    c.apply(storage_class("late", "kubernetes.io/no-provisioner", waits=True))
    if driver:
        c.provide_storage()
    for at, (what, number, word, node) in enumerate(steps):
        if what == "volume":
            c.apply(volume(f"v{at}", f"{number}Gi", cls=word, node=node))
        elif what == "claim":
            c.apply(claim(f"c{at}", f"{number}Gi", cls=word))
        elif what == "pod":
            names = [item.name for item in c.objects("pvc")] or ["none"]
            c.apply(pod(f"p{at}", names[number % len(names)]))
        elif what == "cordon":
            c.cordon(f"node-{number}")
        else:
            objects = c.objects(word)
            if objects and not objects[number % len(objects)].terminating:
                c.delete(objects[number % len(objects)].ref)
        if at % 2:
            c.settle()
    c.settle()
    assert str(c.settle()) == "nothing to do"
    volumes = {item.name: item for item in c.objects("pv")}
    owners = [item.spec["claimRef"]["uid"] for item in volumes.values() if item.status["phase"] == "Bound"]
    assert len(owners) == len(set(owners))
    for item in c.objects("pvc"):
        if item.status["phase"] == "Bound":
            assert volumes[item.spec["volumeName"]].spec["claimRef"]["uid"] == item.uid
    facts = c.storage().facts
    for found in facts.claims:
        assert (found.waiting is None) == bool(found.volume)
        for mount in found.mounts:
            if mount.node and found.volume:
                nodes = facts.volume(found.volume).nodes
                assert nodes is None or mount.node in nodes
    for item in c.objects("pods"):
        waits = not item.node_name
        assert waits == bool(c.why_pending(item.ref).facts.pending)


# ---- how it is worked out


def test_the_same_happens_without_caches():
    """Volumes and Nodes come out the same."""
    said = []
    for off in (False, True):
        c = kn.Cluster(nodes=3)
        for manifest in (
            LOCAL,
            *(volume(f"v{at}", cls="local", node=f"node-{at % 3 + 1}") for at in range(6)),
        ):
            c.apply(manifest)
        for at in range(5):
            c.apply(claim(f"c{at}", cls="local"))
            c.apply(pod(f"p{at}", f"c{at}"))
        if off:
            with caches.switched_off():
                c.settle()
        else:
            c.settle()
        said.append([(item.name, item.node_name) for item in c.objects("pods")])
    assert said[0] == said[1]
    assert all(node for _, node in said[0])


def test_an_interrupt_loses_no_pod():
    """A scheduler that starts anew schedules the Pods again that wait for their volumes."""
    c = lab(storage_class("cloud", waits=True), claim("films", cls="cloud"), pod("player", "films"))
    scheduler = next(item for item in c.simulation.components if item.name == "kube-scheduler")
    scheduler._stopped_midway = True
    c.apply(volume("disk", cls="cloud", claimRef={"namespace": "default", "name": "films"}))
    c.settle()
    assert c["pod/player"].phase == "Running"
