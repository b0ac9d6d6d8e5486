"""What controllers do with Pods: make them from a template, adopt, release, and choose whom to delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import NAMESPACE_TERMINATING, ApiServer
from k8snotes.control_plane.bounds import BURST
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, clone
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of
from k8snotes.errors import ApiError

__all__ = [
    "active",
    "adopt",
    "available",
    "bound",
    "claim",
    "controller_key",
    "create_pod",
    "create_pods",
    "delete_pod",
    "deletion_order",
    "is_terminating",
    "owned_pods",
    "owner_reference",
    "pod_from_template",
    "rejected_pods",
    "release",
    "waiting_to_adopt",
]


def active(pod: Pod) -> bool:
    """Whether a Pod counts as a replica: it has not ended and is not on its way out.

    Source of the rule: `IsPodActive` in k8s.io/kubernetes/pkg/controller
    """
    return not pod.terminating and not pod.ended


def available(
    component: Component, api: ApiServer, owner: KubeObject, ready: Sequence[Pod], seconds: int
) -> list[Pod]:
    """Return the Pods that have been ready for long enough; the component looks again when the next will be.

    Args:
        component: the controller.
        api: the API server.
        owner: the workload, which says `minReadySeconds`.
        ready: its Pods that are ready.
        seconds: for how long a Pod has to be ready.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#min-ready-seconds
    """
    if not seconds:
        return list(ready)
    usable = []
    for pod in ready:
        due = _ready_at(pod) + seconds
        if due <= api.now:
            usable.append(pod)
        else:
            component.look_again(owner.key, due)
    return usable


def owner_reference(owner: KubeObject) -> dict[str, Any]:
    """Return the entry of `ownerReferences` that makes `owner` the controller of an object.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
    """
    return {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_key(obj: KubeObject, kind: str, resource: str) -> Key | None:
    """Return the key of the object's controller if that is of this kind ("ReplicaSet", "replicasets.apps")."""
    metadata = obj.metadata
    for owner in metadata.get("ownerReferences", ()):
        if owner.get("controller") is True and owner.get("kind") == kind:
            return resource, metadata["namespace"], owner["name"]
    return None


def owned_pods(api: ApiServer, owner: KubeObject) -> list[Pod]:
    """Return the Pods that `owner` is the controller of, by name."""
    objects = api.store.controlled_by(owner.uid, "pods", owner.namespace)
    return [obj for obj in objects if isinstance(obj, Pod)]


def rejected_pods(api: ApiServer, owner: KubeObject) -> list[Pod]:
    """Return the Pods of `owner` that a kubelet would not take, as they do not fit its Node."""
    return [pod for pod in owned_pods(api, owner) if pod.phase == "Failed" and pod.status.get("reason")]


def pod_from_template(owner: Workload, name: str = "") -> Manifest:
    """Return the manifest of a Pod of this workload; without `name`, the API server makes one up."""
    template = owner.template
    given = mapping(template.get("metadata"))
    metadata: dict[str, Any] = {"name": name} if name else {"generateName": f"{owner.name}-"}
    for field in ("labels", "annotations", "finalizers"):
        if given.get(field):
            metadata[field] = clone(given[field])
    metadata["ownerReferences"] = [owner_reference(owner)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": clone(mapping(template.get("spec"))),
    }


def create_pod(api: ApiServer, owner: KubeObject, manifest: Manifest, *, by: str, why: str) -> str:
    """Create a Pod and leave the Event.

    Args:
        api: the API server.
        owner: the workload that it belongs to; it gets the Event.
        manifest: what is sent.
        by: the controller.
        why: its reason, for the log.

    Returns:
        "", or the API server's words where it refuses the Pod.
    """
    try:
        pod = api.create(manifest, namespace=owner.namespace, by=by, why=why)
    except ApiError as error:
        if not is_terminating(error):
            record(api, owner, "FailedCreate", f"Error creating: {error.message}", by=by, warning=True)
        return error.message
    record(api, owner, "SuccessfulCreate", f"Created pod: {pod.name}", by=by)
    return ""


def is_terminating(error: ApiError) -> bool:
    """Whether a create was refused as its Namespace is being deleted: that needs no Event.

    Source of the rule: `HasStatusCause(err, v1.NamespaceTerminatingCause)` in Kubernetes' controllers.
    """
    return any(cause.reason == NAMESPACE_TERMINATING for cause in error.causes)


def create_pods(
    api: ApiServer, owner: KubeObject, manifest: Manifest, missing: int, *, by: str, why: str
) -> str:
    """Create so many equal Pods; returns "", or why there are no more of them.

    Args:
        api: the API server.
        owner: the workload that they belong to; it gets the Events.
        manifest: what is sent for each of them; it has a `generateName`.
        missing: how many are to be made.
        by: the controller.
        why: its reason.
    """
    refused = bound(api, owner, missing)
    for _number in range(min(missing, BURST) if refused else missing):
        refusal = create_pod(api, owner, manifest, by=by, why=why)
        if refusal:
            return refusal
    if refused:
        record(api, owner, "FailedCreate", refused, by=by, warning=True)
    return refused


def bound(api: ApiServer, owner: KubeObject, missing: int) -> str:
    """Return in words why so many Pods more cannot be made in this simulation, "" if they can.

    Kubernetes' controllers know no such bound, and go on for hours; as they do, ours make 500 at a time.
    """
    if missing <= api.most_pods - api.store.count("pods"):
        return ""
    return (
        f"{owner.ref} lacks {missing:,} Pods, and this simulated cluster holds at most {api.most_pods:,}: "
        f"only the first {BURST} were created (Kubernetes would go on)"
    )


def delete_pod(api: ApiServer, owner: KubeObject, pod: Pod, *, by: str, why: str) -> None:
    """Delete a Pod and leave the Event.

    Args:
        api: the API server.
        owner: the workload that it belongs to; it gets the Event.
        pod: the Pod.
        by: the controller.
        why: its reason, for the log.
    """
    api.delete(pod, by=by, why=why)
    record(api, owner, "SuccessfulDelete", f"Deleted pod: {pod.name}", by=by)


def claim(
    api: ApiServer, owner: Workload, *, by: str, belongs: Callable[[Pod], bool] = lambda _pod: True
) -> list[Pod]:
    """Return the Pods of a workload, after adopting those that its selector finds and releasing the others.

    One that is being deleted adopts none, and releases none.

    Args:
        api: the API server.
        owner: the workload.
        by: its controller.
        belongs: what more than labels a Pod has to have: a StatefulSet's Pods have certain names.

    Source of the rule: `PodControllerRefManager.ClaimPods` in k8s.io/kubernetes/pkg/controller
    """
    selector = Selector.from_label_selector(owner.label_selector)
    mine = []
    for pod in owned_pods(api, owner):
        if selector.matches(pod.labels) and belongs(pod):
            mine.append(pod)
        elif not pod.terminating and not owner.terminating:
            release(api, pod, owner, by=by)
    if owner.terminating:
        return mine
    for obj in api.store.controlled_by("", "pods", owner.namespace):
        if isinstance(obj, Pod) and active(obj) and selector.matches(obj.labels) and belongs(obj):
            adopt(api, obj, owner, by=by)
            mine.append(obj)
    return mine


def waiting_to_adopt(api: ApiServer, resource: str, pod: KubeObject) -> Iterable[Key]:
    """Yield the keys of the workloads whose selector finds this Pod, which has no controller."""
    labels = pod.labels
    for owner in api.store.list(resource, pod.namespace):
        if isinstance(owner, Workload) and _finds(owner, labels):
            yield owner.key


def _finds(owner: Workload, labels: dict[str, str]) -> bool:
    """Whether the selector of a workload finds an object with these labels; its plain part is asked first."""
    wanted = owner.label_selector
    if wanted is None:
        return False
    simple = mapping(wanted.get("matchLabels"))
    if any(labels.get(key) != value for key, value in simple.items()):
        return False
    return Selector.from_label_selector(wanted).matches(labels)


def adopt(api: ApiServer, obj: KubeObject, owner: KubeObject, *, by: str) -> KubeObject:
    """Make `owner` the controller of an object that its selector finds and that has none."""

    def edit(manifest: Manifest) -> None:
        manifest["metadata"].setdefault("ownerReferences", []).append(owner_reference(owner))

    why = Why(_("the selector of {owner} matches it, and no controller owns it", owner=owner.ref), owner)
    return api.change(obj, edit, by=by, verb="adopt", why=why)


def release(api: ApiServer, obj: KubeObject, owner: KubeObject, *, by: str) -> None:
    """Let go of an object whose labels the selector does not find any more: it stays, on its own."""

    def edit(manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        references = mappings(metadata.get("ownerReferences"))
        kept = [item for item in references if item.get("uid") != owner.uid]
        if kept:
            metadata["ownerReferences"] = kept
        else:
            del metadata["ownerReferences"]

    api.change(
        obj,
        edit,
        by=by,
        verb="release",
        why=Why(_("the selector of {owner} no longer matches it", owner=owner.ref), owner),
    )


def deletion_order(pods: Sequence[Pod]) -> list[Pod]:
    """Return Pods in the order in which they go when there are too many: the least useful, then the youngest.

    First those without a Node, then those that are not running, not ready, cheap to delete (by the
    annotation `controller.kubernetes.io/pod-deletion-cost`), on a Node with most of their like, ready
    for the shortest time, most often restarted, and youngest.
    Source of the rule: `ActivePodsWithRanks` in k8s.io/kubernetes/pkg/controller.
    """
    on_node: dict[str, int] = {}
    for pod in pods:
        if active(pod):
            on_node[pod.node_name] = on_node.get(pod.node_name, 0) + 1

    def place(pod: Pod) -> tuple[Any, ...]:
        restarts = [
            int(item.get("restartCount", 0)) for item in mappings(pod.status.get("containerStatuses"))
        ]
        return (
            bool(pod.node_name),
            {"Pending": 0, "Unknown": 1}.get(pod.phase, 2),
            pod.ready,
            _cost(pod),
            -on_node.get(pod.node_name, 0),
            _backwards(_ready_since(pod)),
            -max(restarts, default=0),
            _backwards(text(pod.metadata.get("creationTimestamp"))),
            pod.name,
        )

    return sorted(pods, key=place)


def _cost(pod: Pod) -> int:
    """Return what the annotation `controller.kubernetes.io/pod-deletion-cost` says, 0 for what is no number."""
    try:
        return int(pod.annotations.get("controller.kubernetes.io/pod-deletion-cost", "0"))
    except ValueError:
        return 0


def _ready_since(pod: Pod) -> str:
    """Return since when a Pod is ready, "" if it is not."""
    return text((pod.condition("Ready") or {}).get("lastTransitionTime"))


def _backwards(moment: str) -> str:
    """Turn a moment round, so that the latest comes first when moments are compared as text."""
    return "".join(chr(0x10FFFF - ord(character)) for character in moment)


def _ready_at(pod: Pod) -> int:
    """Return since when a Pod is ready, in seconds of the cluster's clock; 0 if it is not."""
    ready = pod.condition("Ready")
    return seconds_of(text(ready.get("lastTransitionTime"))) if ready else 0
