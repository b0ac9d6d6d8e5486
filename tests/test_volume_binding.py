"""The volume binder, rule by rule: which volume a claim gets, what it waits for, and what becomes of the volume."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import claim, pod, storage_class, told, volume

import k8snotes as kn
from k8snotes.api.base import KubeObject
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.storage_rules import best_for_claim, match, misfit

NONE_FITS = "FailedBinding: no persistent volumes available for this claim and no storage class is set"
WAITS = "WaitForFirstConsumer: waiting for first consumer to be created before binding"
NO_DRIVER = "kubernetes.io/no-provisioner"


def lab(*manifests, nodes=2):
    c = kn.Cluster(nodes=nodes)
    for manifest in manifests:
        c.apply(manifest)
        c.settle()
    return c


def bound(c):
    """Which volume each claim has."""
    return {item.name: item.spec.get("volumeName") for item in c.objects("pvc")}


def phases(c, kind="pv"):
    return {item.name: item.status.get("phase") for item in c.objects(kind)}


# ---- which volume


MODES = st.lists(
    st.sampled_from(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]), min_size=1, max_size=3, unique=True
)
SIZES = st.sampled_from(["1Gi", "2Gi", "2048Mi", "3Gi", "5Gi"])
CLASSES = st.sampled_from(["", "fast"])


@st.composite
def volumes(draw):
    found = []
    for at in range(draw(st.integers(0, 6))):
        made = volume(
            f"v{at}",
            draw(SIZES),
            cls=draw(CLASSES),
            modes=draw(MODES),
            labels={"tier": draw(st.sampled_from("ab"))},
        )
        made["status"] = {"phase": draw(st.sampled_from(["Available", "Available", "Released", "Pending"]))}
        owner = draw(st.sampled_from([None, None, None, "c", "other"]))
        if owner:
            made["spec"]["claimRef"] = {"namespace": "default", "name": owner}
        made["spec"]["volumeMode"] = draw(st.sampled_from(["Filesystem", "Filesystem", "Block"]))
        found.append(KubeObject(made))
    return found


@st.composite
def claims(draw):
    made = claim("c", draw(SIZES), cls=draw(CLASSES), modes=draw(MODES))
    if draw(st.booleans()):
        made["spec"]["selector"] = {"matchLabels": {"tier": "a"}}
    made["metadata"] |= {"namespace": "default", "uid": "u"}
    return KubeObject(made)


def is_mine(item):
    return (item.spec.get("claimRef") or {}).get("name") == "c"


def may_have(item, wanted):
    """By the words of the documentation, whether a volume can be given to a claim."""
    spec, asked = item.spec, wanted.spec
    if spec.get("claimRef") and not is_mine(item):
        return False
    if Quantity(spec["capacity"]["storage"]) < Quantity(asked["resources"]["requests"]["storage"]):
        return False
    if spec["volumeMode"] != "Filesystem" or not {*asked["accessModes"]} <= {*spec["accessModes"]}:
        return False
    return is_mine(item) or (
        item.status["phase"] == "Available"
        and spec["storageClassName"] == asked["storageClassName"]
        and ("selector" not in asked or item.labels["tier"] == "a")
    )


@settings(max_examples=300, deadline=None)
@given(volumes(), claims())
def test_a_claim_gets_a_volume_that_fits_and_none_that_is_larger_than_it_must_be(found, wanted):
    """The volume fits; among those with the same access modes it is reserved for the claim or the smallest."""
    best = best_for_claim(wanted, found)
    fitting = [item for item in found if may_have(item, wanted)]
    assert (best is None) == (not fitting)
    if best is None:
        return
    assert best in fitting
    fewest = min(len(item.spec["accessModes"]) for item in fitting)
    assert len(best.spec["accessModes"]) == fewest
    rivals = [item for item in fitting if {*item.spec["accessModes"]} == {*best.spec["accessModes"]}]
    mine = [item for item in rivals if is_mine(item)]
    sizes = [Quantity(item.spec["capacity"]["storage"]) for item in mine or rivals]
    assert best in (mine or rivals)
    if not mine:
        assert Quantity(best.spec["capacity"]["storage"]) == min(sizes)


@settings(max_examples=200, deadline=None)
@given(volumes(), claims())
def test_what_does_not_fit_has_a_reason(found, wanted):
    """A volume has no reason against it exactly if it would be taken alone, access modes apart."""
    for item in found:
        alone = match(wanted, [item])
        assert (alone is None) == bool(misfit(wanted, item))


def test_the_smallest_with_the_fewest_access_modes_is_bound():
    """A larger volume is taken before one that can be mounted in more ways than the claim asks for."""
    c = lab(
        volume("shared", "1Gi", modes=("ReadWriteOnce", "ReadWriteMany")),
        volume("big", "9Gi"),
        volume("fits", "5Gi"),
        claim("one"),
        claim("two"),
        claim("three"),
    )
    assert bound(c) == {"one": "fits", "two": "big", "three": "shared"}


def test_a_selector_and_a_mode_are_kept():
    """A claim with a selector gets no other volume, and a device is no file system."""
    c = lab(
        volume("plain"),
        volume("disk", volumeMode="Block", labels={"tier": "fast"}),
        claim("fast", selector={"matchLabels": {"tier": "fast"}}),
        claim("raw", volumeMode="Block"),
    )
    assert bound(c) == {"fast": None, "raw": "disk"}
    assert told(c, "PersistentVolumeClaim") == [NONE_FITS]


# ---- what is chosen by hand


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": "9Gi"}, "requested PV is too small"),
        ({"cls": "fast"}, "storageClassName does not match"),
        ({"volumeMode": "Block"}, "incompatible volumeMode"),
        ({"modes": ("ReadWriteMany",)}, "incompatible accessMode"),
    ],
)
def test_a_volume_that_is_named_has_to_fit(wrong, words):
    """A claim that names a volume which does not fit stays Pending, and an Event says what is wrong."""
    c = lab(volume("disk"), claim("films", **wrong, volumeName="disk"))
    assert phases(c, "pvc") == {"films": "Pending"}
    assert told(c, "PersistentVolumeClaim") == [
        f'VolumeMismatch: Cannot bind to requested volume "disk": {words}'
    ]
    assert c.storage().facts.claim("films").waiting.code == "volume-unfit"


def test_a_volume_that_is_named_and_taken_is_not_given_twice():
    """The second claim that names a volume waits, and says so."""
    c = lab(
        volume("disk"),
        claim("first", volumeName="disk"),
        claim("second", volumeName="disk"),
        claim("third", volumeName="x"),
    )
    assert bound(c)["first"] == "disk"
    assert phases(c, "pvc") == {"first": "Bound", "second": "Pending", "third": "Pending"}
    assert told(c, "PersistentVolumeClaim") == [
        'FailedBinding: volume "disk" already bound to a different claim.'
    ]
    facts = c.storage().facts
    assert [facts.claim(name).waiting.code for name in ("second", "third")] == [
        "volume-taken",
        "volume-missing",
    ]


def test_a_reserved_volume_waits_for_its_claim():
    """A volume whose claimRef names a claim goes to this claim alone, whatever its class."""
    reserved = volume("disk", "9Gi", cls="fast", claimRef={"namespace": "default", "name": "mine"})
    c = lab(reserved, claim("other"), claim("mine"))
    assert bound(c) == {"mine": "disk", "other": None}
    assert c["pv/disk"].spec["claimRef"]["uid"] == c["pvc/mine"].uid
    assert "pv.kubernetes.io/bound-by-controller" not in c["pv/disk"].annotations


def test_two_volumes_for_one_claim():
    """Of two volumes that are reserved for one claim one is bound, and the other stays Available."""
    owner = {"namespace": "default", "name": "mine"}
    c = lab(volume("a", claimRef=owner), volume("b", claimRef=owner), claim("mine"))
    assert phases(c) == {"a": "Bound", "b": "Available"}


def test_a_device_that_is_reserved_for_a_file_system_says_so():
    """Both sides hear that the volumeMode differs."""
    c = kn.Cluster(nodes=1)
    c.apply(claim("mine", cls="later"))
    owner = {"namespace": "default", "name": "mine", "uid": c["pvc/mine"].uid}
    c.apply(volume("disk", volumeMode="Block", claimRef=owner))
    c.settle()
    assert told(c, "PersistentVolume") == [
        'VolumeMismatch: Cannot bind PersistentVolume to requested PersistentVolumeClaim "mine" due to incompatible volumeMode.'
    ]


# ---- classes


def test_the_newest_default_class_is_given_to_claims_without_one():
    """Admission fills the class in; "" asks for none."""
    c = kn.Cluster(nodes=1)
    c.apply(storage_class("old", default=True))
    c.api.now += 60
    c.apply(storage_class("new", default=True))
    c.apply(storage_class("other"))
    c.apply(claim("named", cls="other"))
    c.apply(claim("unnamed", cls=None))
    c.apply(claim("none", cls=""))
    assert {item.name: item.spec.get("storageClassName") for item in c.objects("pvc")} == {
        "named": "other",
        "none": "",
        "unnamed": "new",
    }


def test_a_default_class_that_comes_later_is_given_to_claims_that_wait():
    """Only to those that name none, and not to those that have a volume."""
    c = lab(volume("disk"), claim("bound", cls=None), claim("waits", cls=None), claim("none", cls=""))
    c.apply(storage_class("std", default=True))
    c.settle()
    assert {item.name: item.spec.get("storageClassName") for item in c.objects("pvc")} == {
        "bound": None,
        "none": "",
        "waits": "std",
    }


@pytest.mark.parametrize(
    ("provisioner", "words"),
    [
        (NO_DRIVER, "no volume plugin matched name: kubernetes.io/no-provisioner"),
        ("kubernetes.io/nfs", "no provisionable volume plugin matched"),
        (
            "kubernetes.io/host-path",
            'Failed to create provisioner: provisioning in volume plugin "kubernetes.io/host-path" is disabled',
        ),
    ],
)
def test_a_class_that_makes_no_volumes_says_so(provisioner, words):
    """A claim of a class whose provisioner is Kubernetes' own, and makes nothing, stays Pending with an Event."""
    c = lab(storage_class("std", provisioner), claim("films", cls="std"))
    assert told(c, "PersistentVolumeClaim") == [f"ProvisioningFailed: {words}"]


def test_a_class_that_does_not_exist_is_missed():
    """The Event names it, and the claim is bound when a volume of that class comes."""
    c = lab(claim("films", cls="gone"))
    assert told(c, "PersistentVolumeClaim") == [
        'ProvisioningFailed: storageclass.storage.k8s.io "gone" not found'
    ]
    c.apply(volume("disk", cls="gone"))
    c.settle()
    assert bound(c) == {"films": "disk"}


def test_a_provisioner_that_a_driver_has_taken_over_is_asked_by_the_drivers_name():
    """The class says kubernetes.io/aws-ebs, the claim ebs.csi.aws.com."""
    c = lab(storage_class("gp2", "kubernetes.io/aws-ebs"), claim("films", cls="gp2"))
    assert c["pvc/films"].annotations["volume.kubernetes.io/storage-provisioner"] == "ebs.csi.aws.com"
    assert "external provisioner 'ebs.csi.aws.com'" in told(c, "PersistentVolumeClaim")[0]


# ---- what becomes of volumes


def test_a_volume_whose_claim_is_gone_is_kept_with_its_data():
    """Retain: Released, bound to no other claim, until its claimRef is taken away by hand."""
    c = lab(volume("disk"), claim("first"))
    c.delete("pvc/first")
    c.apply(claim("second"))
    c.settle()
    assert phases(c) == {"disk": "Released"}
    assert bound(c) == {"second": None}
    manifest = c["pv/disk"].manifest
    del manifest["spec"]["claimRef"]
    c.replace(manifest)
    c.settle()
    assert bound(c) == {"second": "disk"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            {"hostPath": {"path": "/srv/x"}},
            "host_path deleter only supports /tmp/.+ but received provided /srv/x",
        ),
        (
            {"nfs": {"server": "nas", "path": "/x"}},
            'error getting deleter volume plugin for volume "disk": no deletable volume plugin matched',
        ),
        (
            {"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:storage", "lun": 0}},
            'error getting deleter volume plugin for volume "disk": no volume plugin matched',
        ),
    ],
)
def test_a_volume_that_cannot_be_deleted_fails(source, words):
    """Delete without somebody who could: the volume is Failed, and the message says why."""
    manifest = volume("disk", persistentVolumeReclaimPolicy="Delete", **source)
    if "hostPath" not in source:
        del manifest["spec"]["hostPath"]
    c = lab(manifest, claim("films"))
    c.delete("pvc/films")
    c.settle()
    assert phases(c) == {"disk": "Failed"}
    assert c["pv/disk"].status["message"] == words
    assert told(c, "PersistentVolume") == [f"VolumeFailedDelete: {words}"]


def test_a_directory_below_tmp_is_deleted():
    """The one sort of volume that Kubernetes deletes itself."""
    c = lab(
        volume("disk", persistentVolumeReclaimPolicy="Delete", hostPath={"path": "/tmp/x"}),  # noqa: S108  # on no machine
        claim("films"),
    )
    c.delete("pvc/films")
    c.settle()
    assert c.objects("pv") == []


def test_a_recycled_volume_is_free_again():
    """Recycle: the next claim gets it."""
    c = lab(volume("disk", persistentVolumeReclaimPolicy="Recycle"), claim("first"))
    c.delete("pvc/first")
    c.apply(claim("second"))
    c.settle()
    assert bound(c) == {"second": "disk"}
    assert told(c, "PersistentVolume") == ["VolumeRecycled: Volume recycled"]


def test_a_claim_that_loses_its_volume_is_lost():
    """Its phase is Lost, an Event says that the data are gone, and its Pod is not scheduled any more."""
    c = lab(volume("disk"), claim("films"))
    manifest = c["pv/disk"].manifest
    manifest["metadata"]["finalizers"] = []
    c.replace(manifest)
    c.delete("pv/disk")
    c.settle()
    assert phases(c, "pvc") == {"films": "Lost"}
    lost = "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    assert told(c, "PersistentVolumeClaim") == [lost]
    c.apply(pod("player", "films"))
    c.settle()
    assert c["pod/player"].condition("PodScheduled")["message"] == (
        '0/2 nodes are available: persistentvolumeclaim "films" bound to non-existent persistentvolume "disk". not found'
    )


def test_a_bound_volume_that_is_deleted_stays_until_its_claim_goes():
    """The finalizer kubernetes.io/pv-protection holds it."""
    c = lab(volume("disk"), claim("films"))
    c.delete("pv/disk")
    c.settle()
    assert c["pv/disk"].terminating
    assert "Terminating" in str(c.kubectl("get pv"))
    c.delete("pvc/films")
    c.settle()
    assert c.objects("pv") == []


def test_settling_writes_nothing_twice():
    """Once all is bound, the components have nothing to do."""
    c = lab(volume("disk"), claim("films"), claim("waits"), pod("player", "films"))
    before = c.api.store.revision
    assert str(c.settle()) == "nothing to do"
    assert c.api.store.revision == before
