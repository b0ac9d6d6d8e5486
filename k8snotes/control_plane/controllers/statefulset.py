"""The StatefulSet's loop: Pods with numbers that stay, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.statefulset import StatefulSet
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.bounds import BURST
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.controller_revisions import (
    HASH,
    label_of,
    latest_revision,
    template_of,
)
from k8snotes.control_plane.controllers.pods import (
    active,
    available,
    bound,
    claim,
    controller_key,
    owner_reference,
    waiting_to_adopt,
)
from k8snotes.control_plane.controllers.refusals import ADMISSION, Refusals
from k8snotes.control_plane.etcd import Key, WatchEvent, clone
from k8snotes.control_plane.events import record
from k8snotes.control_plane.storage_rules import CLAIMS
from k8snotes.errors import ApiError

__all__ = ["StatefulSetController"]


class StatefulSetController(Component):
    """Keeps web-0, web-1, ...: each comes when the one before is ready, and the last goes first.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
    """

    name = "statefulset-controller"
    turn = 80
    watches = ("statefulsets.apps", "pods", *ADMISSION, CLAIMS)
    serves = "statefulsets.apps"

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()
        self.too_many: set[Key] = set()  # those of which it was said that they want too many Pods

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Take the next steps that the order of the numbers allows, then report."""
        if not isinstance(obj, StatefulSet) or obj.terminating:
            return  # its revisions are deleted, and must not be made again
        update = latest_revision(api, obj, by=self.name)
        pods = {_number(obj, pod): pod for pod in self._claim(api, obj)}
        self._keep_claims(api, obj, pods.values())
        first = int(mapping(obj.spec.get("ordinals")).get("start", 0))
        too_many = bound(api, obj, obj.replicas - len(pods))
        wanted = range(first, first + (min(BURST, obj.replicas) if too_many else obj.replicas))
        if too_many and obj.key not in self.too_many:
            record(api, obj, "FailedCreate", too_many, by=self.name, warning=True)
            self.too_many.add(obj.key)
        if not too_many:
            self.too_many.discard(obj.key)
        self._act(api, obj, pods, wanted, update)
        self._report(api, obj, update)

    def _claim(self, api: ApiServer, owner: StatefulSet) -> list[Pod]:
        """Return the Pods of a StatefulSet: those of its labels that also have one of its names."""
        return claim(api, owner, by=self.name, belongs=lambda pod: _number(owner, pod) >= 0)

    def _available(self, api: ApiServer, owner: StatefulSet, pods: Iterable[Pod]) -> set[str]:
        """Return the names of the Pods that have been ready for `minReadySeconds`: the next may follow them.

        Source of the rule: `isRunningAndAvailable` in k8s.io/kubernetes/pkg/controller/statefulset
        """
        ready = [pod for pod in pods if pod.ready and active(pod)]
        seconds = int(owner.spec.get("minReadySeconds") or 0)
        return {pod.name for pod in available(self, api, owner, ready, seconds)}

    def _act(
        self, api: ApiServer, owner: StatefulSet, pods: Mapping[int, Pod], wanted: range, update: KubeObject
    ) -> None:
        """Take the steps that are allowed now: in order, or all at once (`podManagementPolicy: Parallel`)."""
        in_order = owner.spec.get("podManagementPolicy") != "Parallel"
        usable = self._available(api, owner, pods.values())
        for number in wanted:
            pod = pods.get(number)
            if pod is None:
                self._create(api, owner, number, wanted.start, update)
            elif pod.phase == "Pending" and not pod.terminating and owner.spec.get("volumeClaimTemplates"):
                self._create_claims(api, owner, number, pod.name)
            elif pod.ended and not pod.terminating:
                self._delete(api, owner, pod, _("it has ended, and a new Pod takes its place"))
            if in_order and (pod is None or pod.name not in usable):
                return
        for number in sorted((number for number in pods if number not in wanted), reverse=True):
            if not pods[number].terminating:
                self._delete(api, owner, pods[number], _wants(owner))
            if in_order:
                return
        self._update(api, owner, pods, wanted, update)

    def _update(
        self, api: ApiServer, owner: StatefulSet, pods: Mapping[int, Pod], wanted: range, update: KubeObject
    ) -> None:
        """Replace the Pods of an older template, from the highest number down, one at a time."""
        strategy = mapping(owner.spec.get("updateStrategy"))
        if strategy.get("type") == "OnDelete":
            return
        partition = int(mapping(strategy.get("rollingUpdate")).get("partition") or 0)
        usable = self._available(api, owner, pods.values())
        for number in reversed(range(max(wanted.start, partition), wanted.stop)):
            pod = pods.get(number)
            if pod is None or pod.terminating:
                return
            if pod.labels.get(HASH) != label_of(update):
                self._delete(api, owner, pod, Why(_("{owner} has a new template", owner=owner.ref), owner))
                return
            if pod.name not in usable:
                return

    def _create(
        self, api: ApiServer, owner: StatefulSet, number: int, first: int, update: KubeObject
    ) -> None:
        """Create one Pod, and its claims before it."""
        if self.refusals.of(owner.key):
            return
        revision = self._revision_for(api, owner, number, first, update)
        manifest = _pod(owner, number, revision)
        name = manifest["metadata"]["name"]
        try:
            if _stale_claims(api, owner, name):
                return  # the garbage collector deletes them first
            self._create_claims(api, owner, number, name)
            api.create(manifest, namespace=owner.namespace, by=self.name, why=_wants(owner))
        except ApiError as error:
            self.refusals.note(owner.key, error.message)
            message = f"Create Pod {name} in StatefulSet {owner.name} failed error: {error.message}"
            record(api, owner, "FailedCreate", message, by=self.name, warning=True)
            return
        message = f"Create Pod {name} in StatefulSet {owner.name} successful"
        record(api, owner, "SuccessfulCreate", message, by=self.name)

    def _revision_for(
        self, api: ApiServer, owner: StatefulSet, number: int, first: int, update: KubeObject
    ) -> KubeObject:
        """Return the template for a Pod: one below the partition keeps the one that it had."""
        strategy = mapping(owner.spec.get("updateStrategy"))
        partition = mapping(strategy.get("rollingUpdate")).get("partition")
        edge = int(partition) if partition else int(owner.status.get("currentReplicas", 0))
        if strategy.get("type") == "OnDelete" or number >= first + edge:
            return update
        name = text(owner.status.get("currentRevision"))
        return api.store.get(("controllerrevisions.apps", owner.namespace, name)) or update

    def _create_claims(self, api: ApiServer, owner: StatefulSet, number: int, pod: str) -> None:
        """Create the claims of one Pod that are missing."""
        for manifest in _claims(owner, number):
            self._create_claim(api, owner, manifest, pod)

    def _create_claim(self, api: ApiServer, owner: StatefulSet, manifest: Manifest, pod: str) -> None:
        """Create the claim of one Pod, unless it is there: storage outlives the Pod."""
        name = manifest["metadata"]["name"]
        if api.store.get((CLAIMS, owner.namespace, name)) is not None:
            return
        if owned := _owners_of_claim(owner, None, ()):
            manifest["metadata"]["ownerReferences"] = owned
        api.create(
            manifest,
            namespace=owner.namespace,
            by=self.name,
            why=Why(_("{owner} asks for storage", owner=owner.ref), owner),
        )
        message = f"Create Claim {name} Pod {pod} in StatefulSet {owner.name} success"
        record(api, owner, "SuccessfulCreate", message, by=self.name)

    def _keep_claims(self, api: ApiServer, owner: StatefulSet, pods: Iterable[Pod]) -> None:
        """Let claims go with their Pod or with the StatefulSet, as `persistentVolumeClaimRetentionPolicy` says.

        Source of the rule: `UpdatePodClaimForRetentionPolicy` in k8s.io/kubernetes/pkg/controller/statefulset, and
        https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
        """
        if not owner.spec.get("volumeClaimTemplates"):
            return
        for pod in pods:
            for manifest in _claims(owner, _number(owner, pod)):
                claim_key = CLAIMS, owner.namespace, manifest["metadata"]["name"]
                there = api.store.get(claim_key)
                if there is None or there.terminating:
                    continue
                references = mappings(there.metadata.get("ownerReferences"))
                wanted = _owners_of_claim(owner, pod, references)
                if wanted != references:
                    why = Why(_("the retention policy of {owner}", owner=owner.ref), owner)
                    api.change(there, _with_owners(wanted), by=self.name, why=why)

    def _delete(self, api: ApiServer, owner: StatefulSet, pod: Pod, why: str) -> None:
        """Delete one Pod, with an Event."""
        api.delete(pod, by=self.name, why=why)
        message = f"Delete Pod {pod.name} in StatefulSet {owner.name} successful"
        record(api, owner, "SuccessfulDelete", message, by=self.name)

    def _report(self, api: ApiServer, owner: StatefulSet, update: KubeObject) -> None:
        """Write the status: how many Pods there are, ready, and of which revision."""
        pods = [pod for pod in self._claim(api, owner) if active(pod)]
        ready = sum(pod.ready for pod in pods)
        current = text(owner.status.get("currentRevision")) or update.name
        status: Manifest = {
            "observedGeneration": owner.metadata.get("generation", 1),
            "replicas": len(pods),
            "availableReplicas": len(self._available(api, owner, pods)),
            "currentRevision": current,
            "updateRevision": update.name,
        }
        updated = sum(pod.labels.get(HASH) == label_of(update) for pod in pods)
        if updated == len(pods) == ready == owner.replicas:
            status["currentRevision"] = current = update.name
        of_current = sum(pod.labels.get(HASH) == current for pod in pods)
        counts = {"readyReplicas": ready, "currentReplicas": of_current, "updatedReplicas": updated}
        status.update({field: count for field, count in counts.items() if count})
        api.update_status(owner, status, by=self.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the StatefulSet that changed, or whose Pod did."""
        if event.key[0] == "statefulsets.apps":
            if event.old is None or event.old.spec != event.object.spec:
                self.refusals.forget(event.key)
            yield event.key
            return
        if event.key[0] == CLAIMS:
            # a Pod may wait for its claim to be made again
            if event.type == "DELETED" and _kept_by(event.object):
                yield from (obj.key for obj in api.list("statefulsets.apps", event.key[1]))
            return
        yield from self.refusals.worth_another_try(event)
        owner = controller_key(event.object, "StatefulSet", "statefulsets.apps")
        if event.key[0] != "pods":
            return
        if owner:
            yield owner
        elif event.object.owner is None:
            yield from waiting_to_adopt(api, "statefulsets.apps", event.object)

    def copy(self) -> StatefulSetController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals, other.too_many = self.refusals.copy(), self.too_many.copy()
        return other


def _wants(owner: StatefulSet) -> Why:
    """Return the reason for a Pod that is made or deleted because of the number of replicas."""
    words = ngettext("{owner} wants {n} Pod", "{owner} wants {n} Pods", owner.replicas, owner=owner.ref)
    return Why(words, owner)


def _number(owner: StatefulSet, pod: Pod) -> int:
    """Return the number at the end of a Pod's name, -1 where the name is none of this StatefulSet."""
    head, _dash, number = pod.name.rpartition("-")
    return int(number) if head == owner.name and number.isdigit() else -1


def _pod(owner: StatefulSet, number: int, revision: KubeObject) -> Manifest:
    """Return the manifest of the Pod with a number: its name, its host name, its claims.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity
    """
    template = clone(template_of(revision))
    name = f"{owner.name}-{number}"
    metadata = {**mapping(template.get("metadata")), "name": name, "generateName": f"{owner.name}-"}
    metadata["labels"] = {
        **mapping(metadata.get("labels")),
        "apps.kubernetes.io/pod-index": str(number),
        HASH: label_of(revision),
        "statefulset.kubernetes.io/pod-name": name,
    }
    metadata["ownerReferences"] = [owner_reference(owner)]
    spec = mapping(template.get("spec"))
    spec["hostname"] = name
    if owner.spec.get("serviceName"):
        spec["subdomain"] = owner.spec["serviceName"]
    own = {
        text(
            mapping(item.get("metadata")).get("name")
        ): f"{text(mapping(item.get('metadata')).get('name'))}-{name}"
        for item in mappings(owner.spec.get("volumeClaimTemplates"))
    }
    if own:
        kept = [item for item in mappings(spec.get("volumes")) if item.get("name") not in own]
        claimed = [{"name": key, "persistentVolumeClaim": {"claimName": value}} for key, value in own.items()]
        spec["volumes"] = [*claimed, *kept]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _in_range(owner: StatefulSet, pod: Pod) -> bool:
    """Whether a StatefulSet wants a Pod with this number."""
    first = int(mapping(owner.spec.get("ordinals")).get("start", 0))
    return first <= _number(owner, pod) < first + owner.replicas


def _owners_of_claim(
    owner: StatefulSet, pod: Pod | None, references: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the owners that a claim is to have: none, the StatefulSet, or a Pod that is one too many.

    Args:
        owner: the StatefulSet.
        pod: the Pod of the claim, None if it is not there yet.
        references: the owners that the claim has; those of others stay, and where one of them is its controller,
            no owner is added.

    Source of the rule: `updateClaimOwnerRefForSetAndPod` in k8s.io/kubernetes/pkg/controller/statefulset
    """
    policy = mapping(owner.spec.get("persistentVolumeClaimRetentionPolicy"))
    scaled, deleted = policy.get("whenScaled") == "Delete", policy.get("whenDeleted") == "Delete"
    known = [dict(item) for item in references]
    ours = [(owner.kind, owner.name, owner.uid)] + (
        [(pod.kind, pod.name, pod.uid)] if pod is not None else []
    )
    stale = {(kind, name): uid for kind, name, uid in ours}
    if any(stale.get(_named(item), item.get("uid")) != item.get("uid") for item in known):
        return known  # an owner of this name is gone: the garbage collector decides
    others = [item for item in known if _named(item) not in stale]
    if any(item.get("controller") for item in others) and (scaled or deleted):
        return others
    spare = pod is not None and not _in_range(owner, pod)
    if scaled and spare and pod is not None:
        return [*others, owner_reference(pod)]
    return [*others, owner_reference(owner)] if deleted and not (scaled and spare) else others


def _named(reference: Mapping[str, Any]) -> tuple[str, str]:
    """Return the kind and the name of an owner."""
    return text(reference.get("kind")), text(reference.get("name"))


def _with_owners(references: list[dict[str, Any]]) -> Callable[[Manifest], None]:
    """Return an edit that gives an object these owners."""

    def edit(manifest: Manifest) -> None:
        manifest["metadata"].pop("ownerReferences", None)
        if references:
            manifest["metadata"]["ownerReferences"] = references

    return edit


def _kept_by(claim: KubeObject) -> bool:
    """Whether a claim has the name that a StatefulSet gives, with a number at its end."""
    return claim.name.rpartition("-")[2].isdigit()


def _stale_claims(api: ApiServer, owner: StatefulSet, name: str) -> bool:
    """Whether a claim still belongs to an earlier Pod of this name, and goes with it (PodClaimIsStale)."""
    policy = mapping(owner.spec.get("persistentVolumeClaimRetentionPolicy"))
    if policy.get("whenScaled") != "Delete":
        return False
    number = int(name.rpartition("-")[2])
    claims = (
        api.store.get((CLAIMS, owner.namespace, item["metadata"]["name"])) for item in _claims(owner, number)
    )
    return any(
        item.get("kind") == "Pod" and item.get("name") == name
        for claim_object in claims
        if claim_object is not None
        for item in mappings(claim_object.metadata.get("ownerReferences"))
    )


def _claims(owner: StatefulSet, number: int) -> Iterator[Manifest]:
    """Yield the manifests of the claims that one Pod has for itself."""
    for item in mappings(owner.spec.get("volumeClaimTemplates")):
        manifest = clone(item)
        manifest.pop("status", None)
        metadata = mapping(manifest.get("metadata"))
        labels = mapping(mapping(owner.spec.get("selector")).get("matchLabels"))
        metadata["name"] = f"{text(metadata.get('name'))}-{owner.name}-{number}"
        metadata["namespace"] = owner.namespace
        metadata["labels"] = {**mapping(metadata.get("labels")), **labels}
        yield {**manifest, "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
