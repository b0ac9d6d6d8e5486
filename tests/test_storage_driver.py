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


def test_a_volume_that_shall_be_kept_can_be_deleted():
    """The driver holds a volume while its policy is Delete, and lets it go when the policy becomes Retain."""
    c = lab(claim("films", cls=None), binding="Immediate")
    (made,) = c.objects("pv")
    held = "external-provisioner.volume.kubernetes.io/finalizer"
    for policy, there in (("Retain", False), ("Delete", True), ("Retain", False)):
        c.kubectl(f'patch pv {made.name} -p \'{{"spec":{{"persistentVolumeReclaimPolicy":"{policy}"}}}}\'')
        c.settle()
        assert (held in c[made.ref].metadata["finalizers"]) is there
    c.delete("pvc/films")
    c.settle()
    assert c[made.ref].status["phase"] == "Released"
    c.kubectl(f"delete pv {made.name}")
    c.settle()
    assert c.objects("pv") == []


# ---- attaching


def photos(replicas, mode="ReadWriteOnce"):
    """Return a Deployment whose Pods all mount one claim."""
    volumes = [{"name": "disk", "persistentVolumeClaim": {"claimName": "photos"}}]
    container = {"name": "app", "image": "app", "volumeMounts": [{"name": "disk", "mountPath": "/disk"}]}
    template = {
        "metadata": {"labels": {"app": "photos"}},
        "spec": {"containers": [container], "volumes": volumes},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "photos"}}, "template": template}
    wanted = claim("photos", cls=None, accessModes=[mode])
    return wanted, {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "photos"},
        "spec": spec,
    }


def by_state(c):
    """Return the Pods that run, and those that wait."""
    pods = c.objects("pods")
    return [pod for pod in pods if pod.phase == "Running"], [pod for pod in pods if pod.phase != "Running"]


@pytest.mark.parametrize(("mode", "run"), [("ReadWriteOnce", 1), ("ReadWriteMany", 3)])
def test_a_volume_is_attached_to_one_node_at_a_time(mode, run):
    """ReadWriteOnce means one Node: Pods on other Nodes get a Node, and wait there."""
    c = lab(*photos(1, mode), nodes=3)
    c.scale("deploy/photos", 3)
    c.settle()
    runs, waits = by_state(c)
    assert (len(runs), len(waits)) == (run, 3 - run)
    name = c["pvc/photos"].spec["volumeName"]
    for waiting in waits:
        assert waiting.node_name != runs[0].node_name
        assert "ContainerCreating" in c.kubectl(f"get pod {waiting.name}").stdout
        words = f'Multi-Attach error for volume "{name}" Volume is already used by pod(s) {runs[0].name}'
        said = c.kubectl(
            f"get events --field-selector involvedObject.name={waiting.name},type=Warning"
        ).stdout
        assert said.count("FailedAttachVolume") == 1
        assert words in said
    facts = c.storage().facts.claim("photos")
    assert sorted(mount.held_by for mount in facts.mounts if mount.held_by) == [runs[0].ref] * len(waits)


def test_pods_of_one_node_share_a_volume():
    """ReadWriteOnce is not one Pod."""
    c = lab(*photos(3), nodes=1)
    assert len(by_state(c)[0]) == 3


def on(node):
    return {"nodeSelector": {"kubernetes.io/hostname": node}}


def test_a_volume_goes_to_the_next_node_when_its_pod_is_gone():
    """The Pod that waited starts as soon as the one that held the volume has ended; also in a copy."""
    c = lab(claim("films", cls=None), pod("old", "films", **on("node-1")))
    c.apply(pod("new", "films", **on("node-2")))
    c.settle()
    assert c["pod/new"].phase == "Pending"
    for each in (c.copy(), c):
        each.delete("pod/old")
        each.settle()
        assert each["pod/new"].phase == "Running"


def test_a_rolling_update_waits_for_the_volume_of_the_old_pod():
    """The new Pod waits on another Node for the old one, and the old one is not stopped before the new one is ready."""
    c = lab(*photos(1), nodes=3)
    c.kubectl("set image deploy photos app=app:2")
    c.settle()
    ((old,), (new,)) = by_state(c)
    assert old.node_name != new.node_name
    c.wait("11m")
    assert "exceeded its progress deadline" in c.kubectl("rollout status deploy photos").stderr
    assert c.object("pod", old.name).phase == "Running"


def test_a_driver_may_say_that_it_attaches_nothing():
    """Such a driver's volumes are only mounted, as those of a file server."""
    wanted, deployment = photos(2)
    c = lab(wanted, nodes=2)
    driver = c.storage().facts.classes[0].provisioner
    c.apply(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": driver},
            "spec": {"attachRequired": False},
        }
    )
    c.apply(deployment)
    c.settle()
    assert len(by_state(c)[0]) == 2


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
