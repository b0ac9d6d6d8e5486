"""A storage driver: it makes the volumes of its classes, makes them larger, and deletes them."""

from __future__ import annotations

import pytest
from stored import claim, pod, set_of, storage_class, told, volume

import k8snotes as kn

DRIVER = "disk.csi.example.com"


def lab(*manifests, nodes=2, **storage):
    c = kn.Cluster(nodes=nodes)
    c.provide_storage(**storage)
    for manifest in manifests:
        c.apply(manifest)
    c.settle()
    return c


def grow(c, name, size):
    c.api.patch(c[f"pvc/{name}"], {"spec": {"resources": {"requests": {"storage": size}}}})
    c.settle()


def test_a_volume_is_made_when_a_pod_uses_its_claim():
    """WaitForFirstConsumer: nothing before there is a Pod, then a volume named after the claim's uid."""
    c = lab(claim("films", "5Gi", cls=None))
    assert c["pvc/films"].spec["storageClassName"] == "standard"
    assert c.objects("pv") == []
    c.apply(pod("player", "films"))
    c.settle()
    (made,) = c.objects("pv")
    assert made.name == f"pvc-{c['pvc/films'].uid}"
    assert made.spec["csi"] == {"driver": DRIVER, "volumeHandle": made.name, "fsType": "ext4"}
    assert made.spec["capacity"] == {"storage": "5Gi"}
    assert c["pod/player"].phase == "Running"
    waits = f"Waiting for a volume to be created either by the external provisioner '{DRIVER}'"
    assert [line.partition(" or manually")[0] for line in told(c, "PersistentVolumeClaim")] == [
        f"ExternalProvisioning: {waits}",
        'Provisioning: External provisioner is provisioning volume for claim "default/films"',
        f"ProvisioningSucceeded: Successfully provisioned volume {made.name}",
        "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    ]


def test_a_volume_is_made_at_once():
    """Immediate: without any Pod."""
    c = lab(claim("films", cls=None), binding="Immediate")
    assert c["pvc/films"].status["phase"] == "Bound"
    assert "volume.kubernetes.io/selected-node" not in c["pvc/films"].annotations


def test_a_local_volume_keeps_its_pods_on_its_node():
    """The volume is made where the first Pod runs, and the next Pod has to run there, too."""
    c = lab(
        claim("films", cls=None),
        pod("player", "films", nodeSelector={"kubernetes.io/hostname": "node-2"}),
        local=True,
    )
    (made,) = c.storage().facts.volumes
    assert made.nodes == ("node-2",)
    c.delete("pod/player")
    c.settle()
    c.cordon("node-2")
    c.apply(pod("player", "films"))
    c.settle()
    assert c["pod/player"].phase == "Pending"
    assert c.why_pending("pod/player").facts.verdict("node-1").code == "VolumeBinding"


@pytest.mark.parametrize(("reclaim", "left"), [("Delete", []), ("Retain", ["Released"])])
def test_a_volume_goes_or_stays_without_its_claim(reclaim, left):
    """As the class says."""
    c = lab(claim("films", cls=None), binding="Immediate", reclaim=reclaim)
    c.delete("pvc/films")
    c.settle()
    assert [item.status["phase"] for item in c.objects("pv")] == left


def test_a_volume_of_another_driver_is_left_alone():
    """A class with another provisioner gets nothing, and its Released volumes stay."""
    other = volume(
        "disk", cls="", persistentVolumeReclaimPolicy="Delete", csi={"driver": "x.y", "volumeHandle": "1"}
    )
    del other["spec"]["hostPath"]
    c = lab(storage_class("cloud"), claim("films", cls="cloud"), other, claim("notes"))
    assert c["pvc/films"].status["phase"] == "Pending"
    assert c.storage().facts.claim("films").waiting.code == "no-driver"
    c.delete("pvc/notes")
    c.settle()
    assert c["pv/disk"].status["phase"] == "Released"
    c.provide_storage("cloud", provisioner="h.example/disk")
    c.settle()
    assert c["pvc/films"].status["phase"] == "Bound"


def test_no_volume_is_made_for_a_claim_with_a_selector():
    """A driver cannot know which labels a volume would need."""
    c = lab(claim("films", cls=None, selector={"matchLabels": {"tier": "fast"}}), binding="Immediate")
    words = 'failed to provision volume with StorageClass "standard": claim Selector is not supported'
    assert f"ProvisioningFailed: {words}" in told(c, "PersistentVolumeClaim")
    assert c.objects("pv") == []


def test_a_node_that_is_gone_is_chosen_anew():
    """A claim whose Node has gone in the meantime gets another one."""
    c = kn.Cluster(nodes=2)
    for manifest in (storage_class("cloud", waits=True), claim("films", cls="cloud"), pod("player", "films")):
        c.apply(manifest)
    c.settle()
    c.delete(f"node/{c['pod/player'].status['nominatedNodeName']}")
    c.settle()
    c.provide_storage("cloud", provisioner="h.example/disk")
    c.settle()
    assert c["pod/player"].phase == "Running"
    words = 'failed to provision volume with StorageClass "cloud": node "node-1" not found'
    assert f"ProvisioningFailed: {words}" in told(c, "PersistentVolumeClaim")


# ---- more storage


def test_a_claim_of_a_class_without_expansion_cannot_grow():
    """The API server refuses it, in Kubernetes' words."""
    c = lab(claim("films", cls=None), binding="Immediate", expansion=False)
    with pytest.raises(kn.ApiError) as refused:
        grow(c, "films", "2Gi")
    assert refused.value.code == 403
    assert str(refused.value).startswith(
        'persistentvolumeclaims "films" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize"
    )


def test_a_volume_grows_and_its_file_system_with_the_pod():
    """With a Pod at once; without one the claim says that it waits for a Pod."""
    c = lab(claim("films", cls=None), binding="Immediate")
    grow(c, "films", "3Gi")
    status = c["pvc/films"].status
    assert status["capacity"] == {"storage": "1Gi"}
    assert [item["type"] for item in status["conditions"]] == ["FileSystemResizePending"]
    assert c.objects("pv")[0].spec["capacity"] == {"storage": "3Gi"}
    assert "FileSystemResizePending" in str(c.kubectl("describe pvc films"))
    c.apply(pod("player", "films"))
    c.settle()
    assert c["pvc/films"].status["capacity"] == {"storage": "3Gi"}
    assert "conditions" not in c["pvc/films"].status
    grow(c, "films", "4Gi")
    assert c["pvc/films"].status["capacity"] == {"storage": "4Gi"}
    name = c.objects("pv")[0].name
    assert [line for line in told(c, "PersistentVolumeClaim") if "esiz" in line or "xpand" in line] == [
        "ExternalExpanding: waiting for an external controller to expand this PVC",
        "FileSystemResizeRequired: Require file system resize of volume on node",
        f'FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "{name}"',
        f"Resizing: External resizer is resizing volume {name}",
    ]


def test_a_device_grows_at_once():
    """A raw device has no file system that a Pod would have to enlarge."""
    c = lab(claim("films", cls=None, volumeMode="Block"), binding="Immediate")
    grow(c, "films", "3Gi")
    assert c["pvc/films"].status["capacity"] == {"storage": "3Gi"}
    assert "VolumeResizeSuccessful: Resize volume succeeded" in told(c, "PersistentVolumeClaim")


def test_without_a_driver_a_claim_asks_in_vain():
    """The class allows it, and nobody does it."""
    c = kn.Cluster(nodes=1)
    for manifest in (
        storage_class("std", allowVolumeExpansion=True),
        volume("disk", cls="std"),
        claim("films", cls="std"),
    ):
        c.apply(manifest)
    c.settle()
    grow(c, "films", "2Gi")
    assert c["pvc/films"].status["capacity"] == {"storage": "1Gi"}
    assert told(c, "PersistentVolumeClaim") == [
        "ExternalExpanding: waiting for an external controller to expand this PVC"
    ]


# ---- many, copies, mistakes


def test_each_pod_of_a_stateful_set_gets_a_volume():
    """And a copy of the cluster goes on by itself."""
    c = lab(set_of(3))
    other = c.copy()
    for one in (c, other):
        one.scale("sts/db", 5)
        one.settle()
        assert len(one.objects("pv")) == 5
        assert {item.phase for item in one.objects("pods")} == {"Running"}
    assert str(c.settle()) == "nothing to do"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"binding": "Later"}, "binding must be"),
        ({"reclaim": "Recycle"}, "reclaim must be"),
        ({"provisioner": "kubernetes.io/aws-ebs"}, "provisioner is the name of a driver"),
        ({"local": True, "binding": "Immediate"}, "A local volume is made on the Node"),
        ({}, "already has the storage driver"),
        ({"provisioner": "other.example/disk"}, "has the provisioner disk.csi.example.com"),
    ],
)
def test_a_wrong_word_is_explained(wrong, words):
    """ClusterError says what is wrong, and nothing changes."""
    c = kn.Cluster(nodes=1)
    if not wrong or "provisioner" in wrong:
        c.provide_storage()
    before = c.api.store.revision
    with pytest.raises(kn.ClusterError, match=words):
        c.provide_storage(**wrong)
    assert c.api.store.revision == before


def test_several_drivers_serve_their_classes():
    """Each class has its volumes made by its own provisioner."""
    c = kn.Cluster(nodes=1)
    c.provide_storage(binding="Immediate")
    c.provide_storage("fast", provisioner="ssd.example", binding="Immediate", default=False)
    c.apply(claim("slow", cls=None))
    c.apply(claim("quick", cls="fast"))
    c.settle()
    assert {item.storage_class: item.driver for item in c.storage().facts.volumes} == {
        "standard": DRIVER,
        "fast": "ssd.example",
    }
    (default,) = [line for line in str(c.kubectl("get sc")).splitlines() if "(default)" in line]
    assert default.startswith("standard")
