"""Storage: each claim with its volume, the Pods that mount it, and why it waits; the volumes, and their classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader, nodes_of, pods_of
from k8snotes.catalogue import Text, _, clauses, ngettext
from k8snotes.control_plane.granted import NOTHING, Granted
from k8snotes.control_plane.scheduling.claims import claim_name
from k8snotes.control_plane.storage_rules import (
    CLAIMS,
    CLASSES,
    DRIVERS,
    NO_PROVISIONER,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    attached_to_one,
    best_for_claim,
    class_of,
    default_class,
    has_class,
    has_modes,
    is_bound,
    is_default,
    misfit,
    reachable,
    requested,
    waits_for_consumer,
)
from k8snotes.facts.columns.cells import access_modes
from k8snotes.facts.workloads import Workloads

__all__ = [
    "Mount",
    "Storage",
    "StoredClaim",
    "StoredClass",
    "StoredVolume",
    "Waiting",
    "storage",
    "waiting_of",
]


class Mount(NamedTuple):
    """A Pod that uses a claim.

    Args:
        pod: the reference of the Pod: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        workload: the workload that made it ("StatefulSet/db"), "" if none did.
        node: its Node, "" while it has none.
        volume: the name of the volume in the Pod.
        paths: where its containers mount it: (("app", "/data"),); () if none does.
        read_only: whether no container may write.
        ephemeral: whether the claim is made for this Pod, and deleted with it.
        held_by: the Pod on another Node to which the volume is attached, so that this one has to wait; "" for none.
    """

    pod: str
    name: str
    namespace: str
    workload: str
    node: str
    volume: str
    paths: tuple[tuple[str, str], ...]
    read_only: bool = False
    ephemeral: bool = False
    held_by: str = ""


class Waiting(NamedTuple):
    """Why a claim has no volume.

    Args:
        code: "no-volume", "no-class", "consumer", "unscheduled", "no-provisioner", "no-driver", "driver",
            "volume-missing", "volume-taken", "volume-unfit", "lost", "granted" or "soon".
        words: the reason, in a sentence.
    """

    code: str
    words: Text


class StoredClaim(NamedTuple):
    """A PersistentVolumeClaim.

    Args:
        ref: its reference: "persistentvolumeclaim/films".
        name: its name.
        namespace: its Namespace.
        phase: "Bound", "Pending", "Lost", or "Terminating".
        asked: how much storage it asks for: "5Gi".
        capacity: how much it has, "" while it has no volume.
        modes: its access modes: "RWO".
        storage_class: the name of its class, "" if it has none.
        volume: the name of its volume, "" while it has none.
        mounts: the Pods that use it.
        waiting: why it has no volume, None if it has one.
    """

    ref: str
    name: str
    namespace: str
    phase: str
    asked: str
    capacity: str
    modes: str
    storage_class: str
    volume: str
    mounts: tuple[Mount, ...]
    waiting: Waiting | None


class StoredVolume(NamedTuple):
    """A PersistentVolume.

    Args:
        ref: its reference: "persistentvolume/disk".
        name: its name.
        phase: "Available", "Bound", "Released", "Failed", "Pending", or "Terminating".
        capacity: its size: "10Gi".
        modes: its access modes: "RWO".
        storage_class: the name of its class, "" if it has none.
        reclaim: "Retain", "Delete" or "Recycle".
        claim: its claim as "namespace/name", "" if it has none.
        nodes: the only Nodes that can mount it; None if every Node can.
        driver: the provisioner that has made it, "" if it was made by hand.
        message: what went wrong when it was deleted, "" if nothing did.
    """

    ref: str
    name: str
    phase: str
    capacity: str
    modes: str
    storage_class: str
    reclaim: str
    claim: str
    nodes: tuple[str, ...] | None
    driver: str = ""
    message: str = ""


class StoredClass(NamedTuple):
    """A StorageClass.

    Args:
        ref: its reference: "storageclass/standard".
        name: its name.
        provisioner: the name of what makes its volumes.
        binding: "Immediate" or "WaitForFirstConsumer".
        reclaim: what becomes of its volumes without their claims: "Delete" or "Retain".
        expands: whether claims may ask for more storage later.
        default: whether claims that name no class get it.
        served: whether a driver with this name runs in the cluster; None if that is not known.
    """

    ref: str
    name: str
    provisioner: str
    binding: str
    reclaim: str
    expands: bool
    default: bool
    served: bool | None

    @property
    def by_hand(self) -> bool:
        """Whether nothing makes its volumes: they are created by hand."""
        return self.provisioner in ("", NO_PROVISIONER)


class Storage(NamedTuple):
    """The storage of a cluster or of one Namespace.

    Args:
        namespace: the Namespace, None for all.
        claims: the claims, those that wait first.
        volumes: the volumes; for one Namespace those of its claims, and those that are free.
        classes: the classes.
    """

    namespace: str | None
    claims: tuple[StoredClaim, ...]
    volumes: tuple[StoredVolume, ...]
    classes: tuple[StoredClass, ...]

    @property
    def waiting(self) -> tuple[StoredClaim, ...]:
        """The claims that have no volume."""
        return tuple(item for item in self.claims if item.waiting is not None)

    def claim(self, name: str, namespace: str = "default") -> StoredClaim:
        """Return a claim by its name.

        Raises:
            KeyError: there is no such claim.
        """
        for item in self.claims:
            if (item.name, item.namespace) == (name, namespace):
                return item
        raise KeyError(name)

    def volume(self, name: str) -> StoredVolume:
        """Return a volume by its name.

        Raises:
            KeyError: there is no such volume.
        """
        for item in self.volumes:
            if item.name == name:
                return item
        raise KeyError(name)


class _Held(NamedTuple):
    """What a cluster holds, as far as a claim may wait for it."""

    volumes: Sequence[KubeObject]
    classes: Sequence[KubeObject]
    drivers: Collection[str] | None
    granted: Granted


def storage(
    reader: Reader,
    namespace: str | None = None,
    *,
    drivers: Collection[str] | None = (),
    granted: Granted = NOTHING,
) -> Storage:
    """Read the claims, the volumes and the classes, and who mounts what.

    Args:
        reader: the cluster.
        namespace: the only Namespace whose claims are looked at, None for all.
        drivers: the names of the drivers that make volumes, None if that is not known.
        granted: what is taken for granted in this cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _ = c.apply('''{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: films}, spec:
    ...   {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 5Gi}}}}''')
    >>> _ = c.settle()
    >>> storage(c.api).claim("films").waiting.code
    'no-class'
    """
    volumes, classes = reader.list(VOLUMES), reader.list(CLASSES)
    held = _Held(volumes, classes, drivers, granted)
    mounts = _mounts(reader, namespace)
    claims = []
    for claim in reader.list(CLAIMS, namespace):
        users = _held(reader, claim, mounts.get((claim.namespace, claim.name), []), volumes)
        claims.append(_claim(claim, users, held))
    claims.sort(key=lambda item: (item.waiting is None, item.namespace, item.name))
    ours = {item.volume for item in claims if item.volume}
    nodes = nodes_of(reader)
    shown = [
        item for item in volumes if namespace is None or item.name in ours or not item.spec.get("claimRef")
    ]
    return Storage(
        namespace,
        tuple(claims),
        tuple(_volume(item, nodes) for item in shown),
        tuple(_class(item, drivers) for item in classes),
    )


def waiting_of(
    reader: Reader,
    claim: KubeObject,
    *,
    drivers: Collection[str] | None = (),
    granted: Granted = NOTHING,
) -> Waiting | None:
    """Return why a claim has no volume, None if it has one.

    Args:
        reader: the cluster.
        claim: the claim.
        drivers: the names of the drivers that make volumes, None if that is not known.
        granted: what is taken for granted in this cluster.
    """
    users = _mounts(reader, claim.namespace).get((claim.namespace, claim.name), ())
    return _waiting(claim, users, _Held(reader.list(VOLUMES), reader.list(CLASSES), drivers, granted))


# ---- claims


def _mounts(reader: Reader, namespace: str | None) -> dict[tuple[str, str], list[Mount]]:
    """Return who uses each claim, by its Namespace and name."""
    mounts: dict[tuple[str, str], list[Mount]] = {}
    workloads: Workloads | None = None
    for pod in pods_of(reader, namespace):
        if not pod.spec.get("volumes") or pod.ended:
            continue
        for volume in mappings(pod.spec["volumes"]):
            name = claim_name(pod, volume)
            if name:
                workloads = workloads or Workloads(reader)
                mounts.setdefault((pod.namespace, name), []).append(_mount(pod, volume, workloads))
    return mounts


def _mount(pod: Pod, volume: dict[str, object], workloads: Workloads) -> Mount:
    name = text(volume.get("name"))
    paths: list[tuple[str, str]] = []
    writes = False
    for container in (*mappings(pod.spec.get("initContainers")), *mappings(pod.spec.get("containers"))):
        for mount in mappings(container.get("volumeMounts")):
            if mount.get("name") == name:
                paths.append((text(container.get("name")), text(mount.get("mountPath"))))
                writes = writes or not mount.get("readOnly")
        for device in mappings(container.get("volumeDevices")):
            if device.get("name") == name:
                paths.append((text(container.get("name")), text(device.get("devicePath"))))
                writes = True
    source = mapping(volume.get("persistentVolumeClaim"))
    return Mount(
        pod.ref,
        pod.name,
        pod.namespace,
        workloads.of(pod),
        pod.node_name,
        name,
        tuple(paths),
        read_only=bool(source.get("readOnly")) or (bool(paths) and not writes),
        ephemeral=volume.get("ephemeral") is not None,
    )


def _held(
    reader: Reader, claim: KubeObject, mounts: list[Mount], volumes: Sequence[KubeObject]
) -> tuple[Mount, ...]:
    """Return who uses a claim, each with the Pod that keeps the volume attached to another Node."""
    if len({mount.node for mount in mounts if mount.node}) < 2:
        return tuple(mounts)
    bound = text(claim.spec.get("volumeName"))
    volume = next((item for item in volumes if item.name == bound), None)
    drivers = {(DRIVERS, item.name): item for item in reader.list(DRIVERS)}
    if volume is None or not attached_to_one(volume, lambda kind, name: drivers.get((kind, name))):
        return tuple(mounts)
    started = {pod.ref for pod in pods_of(reader, claim.namespace) if pod.ip}
    holder = next((mount for mount in mounts if mount.pod in started), None)
    if holder is None:
        return tuple(mounts)
    return tuple(
        mount._replace(held_by=holder.pod)
        if mount.node and mount.node != holder.node and mount.pod not in started
        else mount
        for mount in mounts
    )


def _claim(claim: KubeObject, mounts: tuple[Mount, ...], held: _Held) -> StoredClaim:
    return StoredClaim(
        claim.ref,
        claim.name,
        claim.namespace,
        "Terminating" if claim.terminating else text(claim.status.get("phase")) or "Pending",
        str(requested(claim)),
        text(mapping(claim.status.get("capacity")).get("storage")),
        access_modes(claim.spec.get("accessModes")),
        class_of(claim),
        text(claim.spec.get("volumeName")) if is_bound(claim) else "",
        mounts,
        _waiting(claim, mounts, held),
    )


def _waiting(claim: KubeObject, mounts: Iterable[Mount], held: _Held) -> Waiting | None:
    """Return why a claim has no volume: the volume binder's own reasons, with the names and numbers of this cluster."""
    if claim.status.get("phase") == "Lost":
        gone = text(claim.spec.get("volumeName"))
        return Waiting(
            "lost", _("Its volume {volume} does not exist any more, and its data are lost.", volume=gone)
        )
    if is_bound(claim):
        return None
    if ("PersistentVolumeClaim", claim.namespace, claim.name) in held.granted:
        return Waiting("granted", _("kn.load takes storage for granted, so its Pods run without a volume."))
    if claim.spec.get("volumeName"):
        return _named(claim, held.volumes)
    kind = class_of(claim)
    there = next((item for item in held.classes if item.name == kind), None) if kind else None
    delayed = waits_for_consumer(there)
    if best_for_claim(claim, held.volumes, delayed=delayed) is not None:
        return Waiting("soon", _("A volume fits, and the volume binder binds it in its next turn."))
    if not kind:
        if not has_class(claim) and default_class(held.classes) is not None:
            return Waiting("soon", _("It gets the default class in the next turn of the volume binder."))
        none = _none_fits(claim, held.volumes)
        return Waiting("no-volume", _("No StorageClass makes a volume for it. {none_fits}", none_fits=none))
    if there is None:
        none = _none_fits(claim, held.volumes)
        words = _(
            "StorageClass {storage_class} does not exist. {none_fits}", storage_class=kind, none_fits=none
        )
        return Waiting("no-class", words)
    provisioner = text(there.raw.get("provisioner"))
    waits = [mount for mount in mounts if not mount.node]
    if delayed and SELECTED_NODE not in claim.annotations:
        if not waits:
            words = _(
                "StorageClass {storage_class} binds a claim only when a Pod uses it, and no Pod uses this one yet.",
                storage_class=kind,
            )
            return Waiting("consumer", words)
        if provisioner in ("", NO_PROVISIONER):
            return Waiting("no-provisioner", _no_provisioner(kind, claim, held.volumes))
        words = _("It waits until the scheduler finds a Node for {pod}.", pod=waits[0].pod)
        return Waiting("unscheduled", words)
    if provisioner in ("", NO_PROVISIONER):
        return Waiting("no-provisioner", _no_provisioner(kind, claim, held.volumes))
    driver = claim.annotations.get(PROVISIONER, provisioner)
    if held.drivers is None or driver in held.drivers:
        words = _("It waits until the driver {driver} has made a volume.", driver=driver)
        return Waiting("driver", words)
    words = _(
        "The driver {driver} makes the volumes of StorageClass {storage_class}, and it does not run in this cluster. "
        "{call} adds it.",
        storage_class=kind,
        driver=driver,
        call=f'c.provide_storage("{kind}", provisioner="{provisioner}")',
    )
    return Waiting("no-driver", words)


def _named(claim: KubeObject, volumes: Sequence[KubeObject]) -> Waiting:
    """Return why a claim does not get the volume that its user has named."""
    name = text(claim.spec["volumeName"])
    volume = next((item for item in volumes if item.name == name), None)
    if volume is None:
        return Waiting(
            "volume-missing", _("It names the volume {volume}, which does not exist.", volume=name)
        )
    why = misfit(claim, volume)
    if why == "taken":
        owner = mapping(volume.spec.get("claimRef"))
        other = f"{text(owner.get('namespace'))}/{text(owner.get('name'))}"
        words = _("It names the volume {volume}, which belongs to claim {claim}.", volume=name, claim=other)
        return Waiting("volume-taken", words)
    why = why or ("" if has_modes(claim, volume) else "modes")
    if why:
        words = _("It names the volume {volume}, which does not fit: {why}.", volume=name, why=_of_this(why))
        return Waiting("volume-unfit", words)
    return Waiting("soon", _("A volume fits, and the volume binder binds it in its next turn."))


def _no_provisioner(kind: str, claim: KubeObject, volumes: Sequence[KubeObject]) -> Text:
    none = _none_fits(claim, volumes)
    return _("StorageClass {storage_class} makes no volumes. {none_fits}", storage_class=kind, none_fits=none)


def _none_fits(claim: KubeObject, volumes: Sequence[KubeObject]) -> Text:
    """Say why none of the volumes that are there can be given to a claim."""
    if not volumes:
        return _("There is no PersistentVolume.")
    counted: Counter[str] = Counter()
    for volume in volumes:
        counted[misfit(claim, volume) or ("" if has_modes(claim, volume) else "modes") or "node"] += 1
    reasons = [_because(code, n) for code, n in counted.most_common()]
    return ngettext(
        "{n} PersistentVolume does not fit: {reasons}.",
        "None of {n} PersistentVolumes fits: {reasons}.",
        len(volumes),
        reasons=clauses(*reasons),
    )


def _of_this(code: str) -> Text:
    """Say why one certain volume does not fit."""
    match code:
        case "class":
            return _("it has another class")
        case "small":
            return _("it is too small")
        case "mode":
            return _("it has another volumeMode")
        case "modes":
            return _("it lacks an access mode")
        case "deleted":
            return _("it is being deleted")
    return _("it is not Available")


def _because(code: str, n: int) -> Text:
    """Say why so many volumes do not fit."""
    match code:
        case "taken":
            return ngettext("{n} belongs to another claim", "{n} belong to other claims", n)
        case "class":
            return ngettext("{n} has another class", "{n} have another class", n)
        case "small":
            return ngettext("{n} is too small", "{n} are too small", n)
        case "mode":
            return ngettext("{n} has another volumeMode", "{n} have another volumeMode", n)
        case "modes":
            return ngettext("{n} lacks an access mode", "{n} lack an access mode", n)
        case "attributes":
            return ngettext(
                "{n} has another VolumeAttributesClass", "{n} have another VolumeAttributesClass", n
            )
        case "selector":
            return ngettext("{n} does not match its selector", "{n} do not match its selector", n)
        case "deleted":
            return ngettext("{n} is being deleted", "{n} are being deleted", n)
        case "phase":
            return ngettext("{n} is not Available", "{n} are not Available", n)
    return ngettext(
        "{n} cannot be reached from a Node that can take the Pod",
        "{n} cannot be reached from a Node that can take the Pod",
        n,
    )


# ---- volumes and classes


def _volume(volume: KubeObject, nodes: list[Node]) -> StoredVolume:
    spec, owner = volume.spec, mapping(volume.spec.get("claimRef"))
    bound_to_nodes = mapping(spec.get("nodeAffinity")).get("required") is not None
    return StoredVolume(
        volume.ref,
        volume.name,
        "Terminating" if volume.terminating else text(volume.status.get("phase")) or "Pending",
        text(mapping(spec.get("capacity")).get("storage")),
        access_modes(spec.get("accessModes")),
        class_of(volume),
        text(spec.get("persistentVolumeReclaimPolicy")),
        f"{text(owner.get('namespace'))}/{text(owner.get('name'))}" if owner else "",
        tuple(node.name for node in nodes if reachable(volume, node)) if bound_to_nodes else None,
        volume.annotations.get(PROVISIONED_BY, ""),
        text(volume.status.get("message")),
    )


def _class(storage_class: KubeObject, drivers: Collection[str] | None) -> StoredClass:
    raw = storage_class.raw
    provisioner = text(raw.get("provisioner"))
    return StoredClass(
        storage_class.ref,
        storage_class.name,
        provisioner,
        text(raw.get("volumeBindingMode")) or "Immediate",
        text(raw.get("reclaimPolicy")) or "Delete",
        raw.get("allowVolumeExpansion") is True,
        is_default(storage_class),
        None if drivers is None else provisioner in drivers,
    )
