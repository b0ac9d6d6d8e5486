"""Which volume fits a claim, on which Nodes it can be reached, and which class a claim belongs to.

The volume binder, the scheduler and the reader's facts all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.quantity import Quantity
from k8snotes.api.selector import Selector
from k8snotes.control_plane.scheduling.node_affinity import matches_term
from k8snotes.errors import QuantityError

__all__ = [
    "BIND_COMPLETED",
    "BOUND_BY_CONTROLLER",
    "CLAIMS",
    "CLASSES",
    "DEFAULT_CLASS",
    "DRIVERS",
    "NO_PROVISIONER",
    "PROVISIONED_BY",
    "PROVISIONER",
    "SELECTED_NODE",
    "VOLUMES",
    "attached_to_one",
    "best_for_claim",
    "claim_volume",
    "class_of",
    "default_class",
    "has_class",
    "has_modes",
    "is_bound",
    "is_bound_to",
    "is_default",
    "match",
    "misfit",
    "reachable",
    "requested",
    "same_mode",
    "size",
    "waits_for_consumer",
]

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
DRIVERS = "csidrivers.storage.k8s.io"
# the annotations that k8s.io/component-helpers/storage/volume has names for
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_OLD_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")


# ---- classes


def has_class(claim: KubeObject) -> bool:
    """Whether a claim names a class, if only ""; one that names none gets the default class."""
    return _OLD_CLASS in claim.annotations or claim.spec.get("storageClassName") is not None


def class_of(obj: KubeObject) -> str:
    """Return the name of the class of a claim or a volume, "" for none.

    >>> class_of(KubeObject({"kind": "PersistentVolume", "spec": {"storageClassName": "fast"}}))
    'fast'
    """
    old = obj.annotations.get(_OLD_CLASS)
    return text(obj.spec.get("storageClassName")) if old is None else text(old)


def is_default(storage_class: KubeObject) -> bool:
    """Whether a class is marked as the one for claims that name none."""
    notes = storage_class.annotations
    return "true" in (notes.get(DEFAULT_CLASS), notes.get(_OLD_DEFAULT_CLASS))


def default_class(classes: Iterable[KubeObject]) -> KubeObject | None:
    """Return the class for claims that name none: of several the newest, None if there is none.

    Source of the rule: `GetDefaultClass` in k8s.io/kubernetes/pkg/volume/util, and
    https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
    """
    marked = sorted((item for item in classes if is_default(item)), key=lambda item: item.name)
    return max(marked, key=lambda item: text(item.metadata.get("creationTimestamp")), default=None)


def waits_for_consumer(storage_class: KubeObject | None) -> bool:
    """Whether claims of a class are bound only when the scheduler looks for the Node of a Pod that uses them."""
    return storage_class is not None and storage_class.raw.get("volumeBindingMode") == "WaitForFirstConsumer"


# ---- binding


def is_bound(claim: KubeObject) -> bool:
    """Whether a claim has a volume, and both know it (isPVCFullyBound)."""
    return bool(claim.spec.get("volumeName")) and BIND_COMPLETED in claim.annotations


def is_bound_to(volume: KubeObject, claim: KubeObject) -> bool:
    """Whether a volume is bound to a claim, or reserved for it.

    Source of the rule: `IsVolumeBoundToClaim` in k8s.io/component-helpers/storage/volume
    """
    kept = mapping(volume.spec.get("claimRef"))
    return (
        bool(kept)
        and (kept.get("name"), kept.get("namespace")) == (claim.name, claim.namespace)
        and kept.get("uid") in (None, "", claim.uid)
    )


def claim_volume(volume: Manifest, claim: KubeObject) -> None:
    """Write into a volume, in place, that a claim has it, and that its user did not choose it if that is so.

    Source of the rule: `GetBindVolumeToClaim` in k8s.io/component-helpers/storage/volume
    """
    kept = mapping(volume["spec"].get("claimRef"))
    mine = (claim.name, claim.namespace)
    reserved = (kept.get("name"), kept.get("namespace")) == mine and kept.get("uid") in (None, "", claim.uid)
    if (kept.get("name"), kept.get("namespace"), kept.get("uid")) != (*mine, claim.uid):
        volume["spec"]["claimRef"] = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": claim.namespace,
            "name": claim.name,
            "uid": claim.uid,
            "resourceVersion": text(claim.metadata.get("resourceVersion")),
        }
    if not reserved:
        annotations = volume["metadata"].get("annotations") or {}
        volume["metadata"]["annotations"] = {**annotations, BOUND_BY_CONTROLLER: "yes"}


def size(amounts: object) -> Quantity:
    """Return the storage in a map of amounts, 0 if it has none.

    >>> str(size({"storage": "1Gi"}))
    '1Gi'
    """
    try:
        return Quantity(mapping(amounts).get("storage") or 0)
    except QuantityError:
        return Quantity(0)


def requested(claim: KubeObject) -> Quantity:
    """Return how much storage a claim asks for."""
    return size(mapping(claim.spec.get("resources")).get("requests"))


def same_mode(claim: KubeObject, volume: KubeObject) -> bool:
    """Whether both are a file system, or both a raw device."""
    return _volume_mode(claim) == _volume_mode(volume)


def has_modes(claim: KubeObject, volume: KubeObject) -> bool:
    """Whether a volume can be mounted in every way that a claim asks for."""
    return _modes(claim) <= _modes(volume)


def reachable(volume: KubeObject, node: Node) -> bool:
    """Whether a volume can be mounted on a Node: by its node affinity; one without can be mounted everywhere.

    Source of the rule: `CheckNodeAffinity` in k8s.io/component-helpers/storage/volume, and
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity
    """
    required = mapping(volume.spec.get("nodeAffinity")).get("required")
    return required is None or any(
        matches_term(term, node) for term in mappings(mapping(required).get("nodeSelectorTerms"))
    )


def attached_to_one(volume: KubeObject, find: Callable[[str, str], KubeObject | None]) -> bool:
    """Whether a volume is attached to Nodes, and to one at a time.

    A volume of a driver is attached, unless the driver's CSIDriver says that it needs none of that.

    Args:
        volume: the PersistentVolume.
        find: returns the object of a kind and a name, None if there is none.

    Source of the rule: `isMultiAttachForbidden` in k8s.io/kubernetes/pkg/controller/volume/attachdetach/reconciler

    >>> spec = {"csi": {"driver": "disk.csi.example.com"}, "accessModes": ["ReadWriteOnce"]}
    >>> attached_to_one(KubeObject({"kind": "PersistentVolume", "spec": spec}), lambda kind, name: None)
    True
    """
    driver = volume.spec.get("csi")
    if not isinstance(driver, dict) or _modes(volume) & {"ReadWriteMany", "ReadOnlyMany"}:
        return False
    said = find(DRIVERS, text(driver.get("driver")))
    return said is None or said.spec.get("attachRequired") is not False


def match(
    claim: KubeObject,
    volumes: Iterable[KubeObject],
    *,
    node: Node | None = None,
    taken: Collection[str] = (),
    delayed: bool = False,
) -> KubeObject | None:
    """Return the volume that is reserved for a claim, or the smallest that fits; None if none does.

    Args:
        claim: the claim.
        volumes: the volumes to choose from; of equal ones the first is taken.
        node: the Node that has to reach the volume, for the scheduler; None for the volume binder.
        taken: the names of volumes that are chosen for other claims already.
        delayed: whether the class waits for a consumer: then the volume binder takes only a reserved volume.

    Source of the rule: `FindMatchingVolume` in k8s.io/component-helpers/storage/volume
    """
    best: KubeObject | None = None
    smallest = Quantity(0)
    for volume in volumes:
        if volume.name in taken or misfit(claim, volume):
            continue
        if is_bound_to(volume, claim):
            return volume if node is None or reachable(volume, node) else None
        if node is None and delayed:
            continue
        if node is not None and not (reachable(volume, node) and has_modes(claim, volume)):
            continue
        capacity = size(volume.spec.get("capacity"))
        if best is None or capacity < smallest:
            best, smallest = volume, capacity
    return best


def misfit(claim: KubeObject, volume: KubeObject) -> str:
    """Return why a volume cannot be given to a claim, "" if it can; Nodes and access modes are not looked at.

    Returns:
        "taken", "small", "mode" (file system or device), "attributes" (VolumeAttributesClass), "deleted",
        "phase" (not Available), "selector" or "class". A volume that is reserved for the claim need not fulfil the
        last three.
    """
    spec = volume.spec
    reserved = is_bound_to(volume, claim)
    if spec.get("claimRef") and not reserved:
        return "taken"
    if not reserved and class_of(volume) != class_of(claim):
        return "class"
    if size(spec.get("capacity")) < requested(claim):
        return "small"
    if not same_mode(claim, volume):
        return "mode"
    if text(spec.get("volumeAttributesClassName")) != text(claim.spec.get("volumeAttributesClassName")):
        return "attributes"
    if volume.terminating:
        return "deleted"
    if reserved:
        return ""
    if volume.status.get("phase") != "Available":
        return "phase"
    selector = mapping(claim.spec.get("selector"))
    if selector and not Selector.from_label_selector(selector).matches(volume.labels):
        return "selector"
    return ""


def best_for_claim(
    claim: KubeObject, volumes: Sequence[KubeObject], *, delayed: bool = False
) -> KubeObject | None:
    """Return the volume that the volume binder gives to a claim, None if none fits.

    Volumes with fewer access modes are tried first, however large they are.

    Args:
        claim: the claim.
        volumes: all volumes.
        delayed: whether the class of the claim waits for a consumer.

    Source of the rule: `findByClaim` in k8s.io/kubernetes/pkg/controller/volume/persistentvolume
    """
    grouped: dict[tuple[str, ...], list[KubeObject]] = {}
    name = claim.name
    for volume in volumes:
        kept = volume.spec.get("claimRef")  # of thousands, most belong to others
        free = not kept or (kept.get("name") == name and is_bound_to(volume, claim))
        if free and has_modes(claim, volume):
            there = _modes(volume)
            grouped.setdefault(tuple(mode for mode in _MODES if mode in there), []).append(volume)
    for _, group in sorted(grouped.items(), key=lambda item: (len(item[0]), item[0])):
        if (best := match(claim, group, delayed=delayed)) is not None:
            return best
    return None


def _modes(obj: KubeObject) -> set[str]:
    return {*map(text, sequence(obj.spec.get("accessModes")))}


def _volume_mode(obj: KubeObject) -> str:
    return text(obj.spec.get("volumeMode")) or "Filesystem"
