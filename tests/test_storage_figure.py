"""The picture of storage: claims, volumes and classes, who mounts what, and why a claim waits."""

from __future__ import annotations

import re

import pytest
from measures import faults
from stored import claim, pod, set_of, storage_class, volume
from test_figures_pictures import said

import k8snotes as kn


def lab(*manifests, nodes=3, provided=True):
    c = kn.Cluster(nodes=nodes)
    if provided:
        c.provide_storage()
    for manifest in manifests:
        c.apply(manifest)
    c.settle()
    return c


def shop():
    """Claims in every state, in one cluster."""
    c = lab(
        volume("tape"),
        claim("tmp"),
    )
    c.delete("pvc/tmp")
    c.settle()
    for manifest in (
        volume("ssd", "10Gi", node="node-2"),
        volume("old", "3Gi", cls="attic"),
        claim("films", "5Gi"),
        claim("notes", "5Gi", cls=None),
        claim("lonely", cls=None),
        claim("fast", cls="gold"),
        pod("player", "films", "notes"),
        pod("dead", "fast"),
    ):
        c.apply(manifest)
    c.settle()
    return c


def crowd():
    return lab(set_of(12), *(claim(f"job-{at}", f"{at + 1}Gi") for at in range(30)), nodes=5)


PICTURES = {
    "shop": lambda: shop().storage(),
    "crowd": lambda: crowd().storage(),
    "crowd, unfolded": lambda: crowd().storage(unfold=True),
    "classes alone": lambda: lab().storage(),
    "volumes alone": lambda: lab(volume("disk"), provided=False).storage(),
    "a claim of each class": lambda: lab(
        *(storage_class(f"class-{at}", waits=True) for at in range(12)),
        *(claim(f"films-{at}", cls=f"class-{at}") for at in range(12)),
        *(volume(f"disk-{at}", cls=f"other-{at}") for at in range(12)),
        *(pod(f"player-{at}", f"films-{at}") for at in range(12)),
        provided=False,
    ).storage(),
    "nothing": lambda: kn.Cluster(nodes=1).storage(),
    "granted": lambda: kn.load([set_of(2)]).storage(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_drawn_and_told_and_fits_a_notebook(name):
    """Each is drawn, has an outline and an alternative text, and a reader sees all of it at once, unless it is unfolded."""
    figure = PICTURES[name]()
    assert said(figure)
    assert figure.alt
    assert figure.text.startswith(figure.title)
    assert faults(figure.svg, high="unfolded" in name) == []


def test_it_says_who_mounts_what_and_where():
    """Paths, Nodes, volumes, and why each claim waits."""
    figure = shop().storage()
    assert str(figure.text) == (
        "storage: 4 claims, 2 of them without a volume\n"
        "◐ 2 of 4 claims wait for a volume\n"
        "◐ PersistentVolumeClaim fast: Pending, 1Gi, RWO, class gold\n"
        "    StorageClass gold does not exist. None of 4 PersistentVolumes fits: 3 belong to other claims; "
        "1 has another class.\n"
        "    pod/dead, which has no Node yet, mounts it at app:/data\n"
        "◐ PersistentVolumeClaim lonely: Pending, 1Gi, RWO, class standard\n"
        "    StorageClass standard binds a claim only when a Pod uses it, and no Pod uses this one yet.\n"
        "✓ PersistentVolumeClaim films: Bound, 5Gi, RWO\n"
        "    ✓ PersistentVolume ssd: Bound, 10Gi, RWO, Retain; only on node-2\n"
        "    pod/player on node-2 mounts it at app:/data\n"
        "✓ PersistentVolumeClaim notes: Bound, 5Gi, RWO, class standard\n"
        f"    ✓ PersistentVolume {shop().storage().facts.claim('notes').volume}: Bound, 5Gi, RWO, Delete\n"
        "    pod/player on node-2 mounts it at app:/data1\n"
        "✓ PersistentVolume old: Available, 3Gi, RWO, Retain\n"
        "✗ PersistentVolume tape: Released, 1Gi, RWO, Retain; Its claim default/tmp is gone. It still holds the "
        "data, so no other claim gets it.\n"
        "StorageClass standard: default, WaitForFirstConsumer, Delete, volumes made by disk.csi.example.com"
    )


def test_many_claims_are_few_boxes():
    """Claims that say the same share a box, and the outline names every one."""
    figure = crowd().storage()
    assert figure.dot.count("Claim ") <= 6
    assert len(re.findall(r"PersistentVolumeClaim job-\d+:", str(figure.text))) == 30
    assert "and 29 more" in said(figure)
    assert "1Gi to 30Gi" in said(figure)


def test_one_namespace_is_looked_at():
    """Claims of others are left out, and so are their volumes."""
    c = lab(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        volume("a"),
        volume("b"),
        claim("one"),
    )
    other = claim("two")
    other["metadata"]["namespace"] = "shop"
    c.apply(other)
    c.settle()
    facts = c.storage("shop").facts
    assert [item.name for item in facts.claims] == ["two"]
    assert [item.name for item in facts.volumes] == [facts.claim("two", "shop").volume]
    with pytest.raises(kn.NotFoundError):
        c.storage("nowhere")


def test_facts_are_found_by_name():
    """A name that is not there is a KeyError."""
    facts = shop().storage().facts
    assert facts.volume("ssd").nodes == ("node-2",)
    assert [item.name for item in facts.waiting] == ["fast", "lonely"]
    assert [item.served for item in facts.classes] == [True]
    for find in (facts.volume, facts.claim):
        with pytest.raises(KeyError):
            find("nothing")


def test_a_dump_knows_no_drivers():
    """What a snapshot does not hold is not guessed."""
    c = kn.Cluster(nodes=1)
    for manifest in (storage_class("cloud"), claim("films", cls="cloud")):
        c.apply(manifest)
    c.settle()
    snapshot = kn.load(c.kubectl("get all,pvc,sc,nodes -A -o yaml").stdout)
    assert snapshot.snapshot
    facts = snapshot.storage().facts
    assert [item.served for item in facts.classes] == [None]
    assert facts.claim("films").waiting.code == "driver"


@pytest.mark.parametrize(
    ("manifests", "code"),
    [
        ([claim("films")], "no-volume"),
        ([claim("films", cls="gone")], "no-class"),
        ([storage_class("s", waits=True), claim("films", cls="s")], "consumer"),
        ([storage_class("s", "kubernetes.io/no-provisioner"), claim("films", cls="s")], "no-provisioner"),
        ([storage_class("s"), claim("films", cls="s")], "no-driver"),
        ([claim("films", volumeName="x")], "volume-missing"),
        ([volume("x", "1Mi"), claim("films", volumeName="x")], "volume-unfit"),
    ],
)
def test_each_reason_has_a_code_and_a_sentence(manifests, code):
    """The reason is a sentence with the names of this cluster."""
    c = lab(*manifests, provided=False)
    waiting = c.storage().facts.claim("films").waiting
    assert waiting.code == code
    assert str(waiting.words).endswith((".", "it."))
    assert "{" not in str(waiting.words)


def test_before_anything_has_happened_it_says_what_comes():
    """A claim that will be bound in the next turn says so."""
    c = kn.Cluster(nodes=1)
    c.apply(volume("disk"))
    c.settle()
    c.apply(claim("films"))
    assert c.storage().facts.claim("films").waiting.code == "soon"
