"""Which Pods hold the volumes that can be attached to one Node at a time, so that a Pod on another Node waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.scheduling.claims import claim_name, claims_of
from k8snotes.control_plane.storage_rules import CLAIMS, VOLUMES, attached_to_one

__all__ = ["Attachments", "Held"]


class Held(NamedTuple):
    """A volume that is attached to another Node.

    Args:
        volume: its name in the Pod that wants it.
        message: what the attach-detach controller says.
        by: the Pods that hold it there.
    """

    volume: str
    message: str
    by: tuple[Key, ...]


class Attachments:
    """The Pods that have started with claims, and their Nodes.

    Source of the rule: `reportMultiAttachError` in k8s.io/kubernetes/pkg/controller/volume/attachdetach/reconciler
    """

    def __init__(self) -> None:
        self._users: dict[tuple[str, str], dict[str, Pod]] = {}  # by namespace and claim, then by uid
        self._claims: dict[str, tuple[tuple[str, str], ...]] = {}  # by uid

    @classmethod
    def of(cls, pods: Iterable[Pod]) -> Self:
        """Return what these Pods hold, which have all started."""
        attachments = cls()
        for pod in pods:
            if not pod.ended:
                attachments.add(pod)
        return attachments

    def add(self, pod: Pod) -> None:
        """Note that a Pod has started: its volumes are attached to its Node."""
        if not pod.spec.get("volumes"):
            return
        claims = tuple((pod.namespace, name) for name in claims_of(pod))
        if claims:
            self._claims[pod.uid] = claims
            for claim in claims:
                self._users.setdefault(claim, {})[pod.uid] = pod

    def remove(self, uid: str) -> None:
        """Note that a Pod has ended or is gone: its volumes are detached."""
        for claim in self._claims.pop(uid, ()):
            users = self._users[claim]
            del users[uid]
            if not users:
                del self._users[claim]

    def elsewhere(self, api: ApiServer, pod: Pod) -> list[Held]:
        """Return the volumes of a Pod that are attached to another Node and cannot be attached to its own beside.

        >>> import k8snotes as kn
        >>> Attachments().elsewhere(kn.Cluster(nodes=1).api, Pod({"metadata": {"name": "web"}, "spec": {}}))
        []
        """
        if not self._users or not pod.spec.get("volumes"):
            return []
        held = []
        for volume in mappings(pod.spec.get("volumes")):
            name = claim_name(pod, volume)
            users = self._users.get((pod.namespace, name), {}) if name else {}
            others = [user for user in users.values() if user.node_name != pod.node_name]
            exclusive = _exclusive(api, pod.namespace, name) if others else ""
            if exclusive:
                names = ", ".join(sorted(user.name for user in others))
                message = (
                    f'Multi-Attach error for volume "{exclusive}" Volume is already used by pod(s) {names}'
                )
                held.append(Held(text(volume.get("name")), message, tuple(user.key for user in others)))
        return held

    def copy(self) -> Attachments:
        """Return an independent record in the same state."""
        other = Attachments()
        other._users = {claim: users.copy() for claim, users in self._users.items()}
        other._claims = self._claims.copy()
        return other


def _exclusive(api: ApiServer, namespace: str, name: str) -> str:
    """Return the name of the volume behind a claim if it is attached to one Node at a time, else ""."""
    claim = api.store.get((CLAIMS, namespace, name))
    volume = api.store.get((VOLUMES, "", text(claim.spec.get("volumeName")))) if claim else None
    if volume is None or not attached_to_one(volume, lambda kind, driver: api.store.get((kind, "", driver))):
        return ""
    return volume.name
