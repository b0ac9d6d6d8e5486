"""The volumes of a Pod: on which Nodes they can be reached, and which claims the scheduler binds with the Pod.

Source of the rules: the plugins VolumeBinding, VolumeRestrictions and VolumeZone in
k8s.io/kubernetes/pkg/scheduler/framework/plugins
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from k8snotes.api.base import KubeObject, mappings, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.granted import NOTHING, Granted
from k8snotes.control_plane.scheduling.claims import claim_name, claims_of, is_made_for
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.node_info import NodeInfo
from k8snotes.control_plane.storage_rules import (
    CLAIMS,
    CLASSES,
    NO_PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    class_of,
    is_bound,
    match,
    reachable,
    requested,
    waits_for_consumer,
)

__all__ = ["NOT_BOUND", "Plan", "PodVolumes"]

NOT_BOUND = "pod has unbound immediate PersistentVolumeClaims"
"""What the scheduler says of a Pod whose claims are not bound, and would not be bound with it."""
_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
_NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind"
_NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
_WRONG_ZONE = Refusal(("node(s) had no available volume zone",), code="VolumeZone")
_ONE_POD_ONLY = Refusal(
    ("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",),
    preemption_helps=True,
    code="VolumeRestrictions",
)
# labels of volumes that say where they are, and what the labels of Nodes are called today
_ZONES = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}


class Plan(NamedTuple):
    """What is to be bound before a Pod is bound to a Node.

    Args:
        bindings: volumes that are there, each with the claim that gets it.
        provisions: claims whose volumes are to be made for this Node.
    """

    bindings: tuple[tuple[KubeObject, KubeObject], ...]
    provisions: tuple[KubeObject, ...]


class PodVolumes:
    """What the scheduler knows of the claims of one Pod.

    Attributes:
        reason: why the scheduler looks at no Node at all, in its words; "" if it does.
        bound: the volumes that its claims are bound to, None for one that does not exist.
        delayed: the claims that are bound together with the Pod, the smallest first.
        alone: the claims that only one Pod may use (ReadWriteOncePod).
        users: the uids of the Pods with a Node that use one of these.
    """

    def __init__(self, pod: Pod) -> None:
        self.pod = pod
        self.reason = ""
        self.bound: list[tuple[KubeObject, KubeObject | None]] = []
        self.delayed: list[KubeObject] = []
        self.alone: list[str] = []
        self.users: dict[str, str] = {}
        self._classes: dict[str, KubeObject | None] = {}
        self._offered: dict[str, list[KubeObject]] = {}

    @classmethod
    def of(
        cls,
        pod: Pod,
        api: ApiServer,
        infos: Iterable[NodeInfo] = (),
        granted: Granted = NOTHING,
    ) -> Self | None:
        """Look the claims of a Pod up, and their volumes; returns None if it has no claims.

        Args:
            pod: the Pod.
            api: the API server.
            infos: the Nodes with their Pods, some of which may use the same claims.
            granted: what is taken for granted, there or not, bound or not.

        Source of the rule: `PreFilter` in k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding

        >>> import k8snotes as kn
        >>> pod = Pod({"spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "films"}}]}})
        >>> PodVolumes.of(pod, kn.Cluster(nodes=1).api).reason
        'persistentvolumeclaim "films" not found'
        """
        names = [
            (name, volume.get("ephemeral") is not None)
            for volume in mappings(pod.spec.get("volumes"))
            if (name := claim_name(pod, volume))
            and ("PersistentVolumeClaim", pod.namespace, name) not in granted
        ]
        if not names:
            return None
        volumes = cls(pod)
        claims: list[KubeObject] = []
        for name, ephemeral in names:
            claim = api.store.get((CLAIMS, pod.namespace, name))
            volumes.reason = _claim_reason(pod, name, claim, ephemeral=ephemeral)
            if volumes.reason or claim is None:
                return volumes
            claims.append(claim)
        volumes._sort(api, claims)  # its own
        if any("ReadWriteOncePod" in sequence(claim.spec.get("accessModes")) for claim in claims):
            volumes._find_users(infos, claims)  # its own
        return volumes

    @property
    def matters(self) -> bool:
        """Whether Nodes differ for these volumes, or the Pod has to wait for one of them."""
        return bool(
            self.reason
            or self.delayed
            or self.users
            or any(
                volume is None or volume.spec.get("nodeAffinity") or _zones(volume)
                for _, volume in self.bound
            )
        )

    def refusal(self, info: NodeInfo, gone: Iterable[str] = ()) -> Refusal | None:
        """Return why a Node cannot take the Pod, in the order of the scheduler's plugins, or None if it can.

        Args:
            info: the Node.
            gone: the uids of Pods that are taken to be gone, for preemption.
        """
        if self.users.keys() - {*gone}:
            return _ONE_POD_ONLY
        node = info.node
        reasons = []
        if any(volume is not None and not reachable(volume, node) for _, volume in self.bound):
            reasons.append(_CONFLICT)
        if self.delayed and self.plan(node) is None:
            reasons.append(_NOTHING_TO_BIND)
        if any(volume is None for _, volume in self.bound):
            reasons.append(_NO_VOLUME)
        if reasons:
            return Refusal(tuple(reasons), code="VolumeBinding")
        return (
            None
            if all(_in_zone(volume, node) for _, volume in self.bound if volume is not None)
            else _WRONG_ZONE
        )

    def plan(self, node: Node) -> Plan | None:
        """Return what has to be bound for the Pod to run on a Node, None if something cannot be.

        Source of the rule: `FindPodVolumes` in k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding
        """
        bindings: list[tuple[KubeObject, KubeObject]] = []
        provisions: list[KubeObject] = []
        for claim in self.delayed:
            selected = claim.annotations.get(SELECTED_NODE)
            if selected is not None and selected != node.name:
                return None
            kind = class_of(claim)
            taken = {volume.name for volume, _ in bindings}
            volume = (
                None if selected else match(claim, self._offered[kind], node=node, taken=taken, delayed=True)
            )
            if volume is not None:
                bindings.append((volume, claim))
            elif _can_provision(self._classes[kind], node):
                provisions.append(claim)
            else:
                return None
        return Plan(tuple(bindings), tuple(provisions))

    def unreached(self, node: Node) -> list[KubeObject]:
        """Return the volumes of the Pod that cannot be mounted on a Node, by their affinity or their zone."""
        there = (volume for _, volume in self.bound if volume is not None)
        return [volume for volume in there if not (reachable(volume, node) and _in_zone(volume, node))]

    def _sort(self, api: ApiServer, claims: Iterable[KubeObject]) -> None:
        """Sort the claims by whether they are bound, and whether the scheduler binds them."""
        for claim in claims:
            if is_bound(claim):
                self.bound.append((claim, api.store.get((VOLUMES, "", text(claim.spec["volumeName"])))))
                continue
            kind = class_of(claim)
            storage = api.store.get((CLASSES, "", kind)) if kind else None
            if claim.spec.get("volumeName") or not waits_for_consumer(storage):
                self.reason = NOT_BOUND
                return
            self.delayed.append(claim)
            self._classes[kind] = storage
        self.delayed.sort(key=requested)
        if self.delayed:
            offered = api.list(VOLUMES)
            self._offered = {
                kind: [item for item in offered if class_of(item) == kind] for kind in self._classes
            }

    def _find_users(self, infos: Iterable[NodeInfo], claims: Iterable[KubeObject]) -> None:
        """Note who uses the claims that only one Pod may use (ephemeral claims are nobody else's)."""
        self.alone = [
            claim.name
            for claim in claims
            if "ReadWriteOncePod" in sequence(claim.spec.get("accessModes"))
            and not is_made_for(claim, self.pod)
        ]
        for info in infos:
            for pod, _ in info.pods.values():
                if pod.spec.get("volumes") and pod.namespace == self.pod.namespace:
                    shared = [name for name in claims_of(pod) if name in self.alone]
                    if shared:
                        self.users[pod.uid] = pod.name


def _claim_reason(pod: Pod, name: str, claim: KubeObject | None, *, ephemeral: bool) -> str:
    """Return why one claim keeps a Pod from every Node, "" if it does not (podHasPVCs)."""
    if claim is None and ephemeral:
        return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
    if claim is None:
        return f'persistentvolumeclaim "{name}" not found'
    if claim.status.get("phase") == "Lost":
        gone = text(claim.spec.get("volumeName"))
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{gone}"'
    if claim.terminating:
        return f'persistentvolumeclaim "{name}" is being deleted'
    if ephemeral and not is_made_for(claim, pod):
        return f"PVC {pod.namespace}/{name} was not created for pod {pod.namespace}/{pod.name} (pod is not owner)"
    return ""


def _can_provision(storage: KubeObject | None, node: Node) -> bool:
    """Whether a volume of a class can be made for a Node (checkVolumeProvisions)."""
    if storage is None or storage.raw.get("provisioner") in (None, "", NO_PROVISIONER):
        return False
    terms = mappings(storage.raw.get("allowedTopologies"))
    return not terms or any(
        all(
            node.labels.get(text(item.get("key"))) in sequence(item.get("values"))
            for item in mappings(term.get("matchLabelExpressions"))
        )
        for term in terms
    )


def _zones(volume: KubeObject) -> dict[str, set[str]]:
    """Return the places that the labels of a volume name, by label."""
    return {key: {*volume.labels[key].split("__")} for key in _ZONES if key in volume.labels}


def _in_zone(volume: KubeObject, node: Node) -> bool:
    """Whether a Node is where the labels of a volume say; a Node without such labels is everywhere.

    Source of the rule: `Filter` in k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumezone
    """
    zones, there = _zones(volume), node.labels
    if not zones or not any(key in there for key in _ZONES):
        return True
    return all(there.get(key, there.get(_ZONES[key])) in places for key, places in zones.items())
