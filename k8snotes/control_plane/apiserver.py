"""kube-apiserver: the only door to etcd. It completes, checks, admits and stores; everybody else asks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.registry import all_kinds, qualified
from k8snotes.control_plane import admission, naming, service_allocation
from k8snotes.control_plane.changes import Change
from k8snotes.control_plane.decoding import decode
from k8snotes.control_plane.defaulting import default
from k8snotes.control_plane.etcd import Store, clone
from k8snotes.control_plane.ledger import Ledger
from k8snotes.control_plane.merge import strategic_merge, three_way
from k8snotes.control_plane.preparing import prepare_for_create, prepare_for_update
from k8snotes.control_plane.serving import resource_of
from k8snotes.control_plane.validation import validate_create, validate_update, warnings_for
from k8snotes.control_plane.validation.wording import already_exists, conflict, forbidden, invalid, not_found
from k8snotes.errors import ApiError
from k8snotes.network.addresses import NodePorts, ServiceIPs

__all__ = ["ApiServer", "Change"]

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class ApiServer:
    """Stores objects for whoever asks, in order, and keeps a log of who changed what.

    Every write names its author in `by` and its reason in `why`; the log is what a timeline shows.
    """

    def __init__(self, service_range: str = "10.96.0.0/16") -> None:
        self.store = Store()
        self.manifests = Ledger(self.store)
        self.service_ips = ServiceIPs(service_range, reserved=())
        self.node_ports = NodePorts()
        self.now = 0
        self.log: list[Change] = []
        self.warnings: list[str] = []
        self.similar_events: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._made = 0
        self._last_pod: tuple[Manifest, str, tuple[KubeObject, ...], Manifest] = {}, "", (), {}

    def __repr__(self) -> str:
        return f"<kube-apiserver, revision {self.store.revision}>"

    @property
    def timestamp(self) -> str:
        """The present moment, as manifests write it."""
        return naming.timestamp(self.now)

    # ---- reading

    def get(self, resource: Kind, namespace: str, name: str) -> KubeObject:
        """Return an object. Raises ApiError (404) in Kubernetes' words."""
        found = self.store.get((resource.qualified, namespace if resource.namespaced else "", name))
        if found is None:
            raise not_found(resource, name)
        return found

    def list(self, resource: str, namespace: str | None = None) -> list[KubeObject]:
        """Return the objects of a resource by its plural ("pods", "deployments.apps", "deployments")."""
        return self.store.list(qualified(resource), namespace)

    # ---- writing

    def create(
        self, manifest: Manifest, *, namespace: str = "default", by: str = "kubectl", why: str = ""
    ) -> KubeObject:
        """Store a new object (POST). Raises ApiError, and then nothing has changed."""
        again = self._once_more(manifest, namespace)
        if again is not None:
            return self._write(again, ("pods", namespace, again["metadata"]["name"]), by, "create", why)
        new, resource = self._decoded(manifest, namespace)
        metadata = new["metadata"]
        self._check_namespace(resource, metadata)
        if metadata.get("resourceVersion"):
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        admission.mutate(new, self.manifests)
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = self._free_name(resource, metadata)
        metadata["uid"] = naming.uid(self._made + 1)
        metadata["creationTimestamp"] = naming.timestamp(self.now)
        if resource.builtin:
            prepare_for_create(new)
        # as in Kubernetes, a Service's addresses come first, and with them their own refusals
        addresses = self._is_service(resource) and service_allocation.begin_create(
            new, self.service_ips, self.node_ports
        )
        key = (resource.qualified, metadata.get("namespace", ""), text(metadata.get("name")))
        try:
            causes = validate_create(new)
            if causes:
                raise invalid(resource, key[2], causes)
            admission.check(new, self.manifests)
            if self.store.get(key) is not None:
                raise already_exists(resource, key[2])
        except ApiError:
            if addresses:
                addresses.revert()
            raise
        self._warn(by, warnings_for(new))
        self._made += 1
        if key[0] == "pods" and "generateName" in metadata:
            self._last_pod = manifest, namespace, self._rules(), new
        return self._write(new, key, by, "create", why)

    def register(self, manifest: Manifest, *, by: str) -> KubeObject:
        """Store what a part of the cluster brings along itself (a Node, by its kubelet), as it is."""
        new: Manifest = clone(manifest)
        self._made += 1
        new["metadata"]["uid"] = naming.uid(self._made)
        new["metadata"]["creationTimestamp"] = naming.timestamp(self.now)
        resource = resource_of(new)
        key = (resource.qualified, new["metadata"].get("namespace", ""), text(new["metadata"].get("name")))
        return self._write(new, key, by, "create", "")

    def replace(
        self, manifest: Manifest, *, namespace: str = "default", by: str = "kubectl", why: str = ""
    ) -> KubeObject:
        """Store a manifest in place of the object of its name (PUT). Raises ApiError (404, 409, 422)."""
        resource = resource_of(manifest)
        name, home = _place(manifest, resource, namespace)
        return self._update(manifest, self.get(resource, home, name), by, "replace", why)

    def apply(
        self, manifest: Manifest, *, namespace: str = "default", by: str = "kubectl"
    ) -> tuple[KubeObject, str]:
        """Create the object, or lay the manifest over the one of its name, as `kubectl apply` does.

        Returns the object and "created", "configured" or "unchanged".
        """
        resource = resource_of(manifest)
        name, home = _place(manifest, resource, namespace)
        old = self.store.get((resource.qualified, home, name))
        if old is not None or not isinstance(manifest.get("metadata", {}), dict):
            decode(manifest, resource)  # what cannot be read is refused before anything is compared
        new = clone(manifest)
        if not isinstance(new.get("metadata"), dict):
            new["metadata"] = {}
        annotations = mapping(new["metadata"].get("annotations"))
        annotations.pop(LAST_APPLIED, None)
        # kubectl notes the manifest with its namespace, and with a map of annotations even if that is empty
        noted = {**new["metadata"], "annotations": annotations, **({"namespace": home} if home else {})}
        note = (
            json.dumps({**new, "metadata": noted}, sort_keys=True, separators=(",", ":"), default=str) + "\n"
        )
        new["metadata"]["annotations"] = {**annotations, LAST_APPLIED: note}
        if old is None:
            return self.create(new, namespace=namespace, by=by), "created"
        merged = three_way(_applied_before(old), new, old.raw)
        stored = self._update(merged, old, by, "apply", "")
        return stored, "unchanged" if stored is old else "configured"

    def change(
        self,
        obj: KubeObject,
        edit: Callable[[Manifest], None],
        *,
        by: str,
        verb: str = "patch",
        why: str = "",
    ) -> KubeObject:
        """Read, edit a copy, write: for labels, annotations, scale, and other changes of a specification."""
        old = self.get(obj.resource, obj.namespace, obj.name)
        new = clone(old.raw)
        edit(new)
        if new == old.raw:
            return old
        if by != "kubectl" and old.resource.builtin:
            # what a controller writes is made from what was checked before: names, labels, numbers of replicas
            return self._write(prepare_for_update(new, old.raw), old.key, by, verb, why)
        return self._update(new, old, by, verb, why)

    def patch(self, obj: KubeObject, patch: Manifest, *, by: str = "kubectl", why: str = "") -> KubeObject:
        """Change what a strategic merge patch names (PATCH): null removes, lists are merged by their keys."""
        old = self.get(obj.resource, obj.namespace, obj.name)
        return self._update(strategic_merge(patch, old.raw), old, by, "patch", why)

    def update_status(
        self, obj: KubeObject, status: Manifest, *, by: str, verb: str = "status", why: str = ""
    ) -> KubeObject:
        """Write the status of an object: what is, as its controller or the kubelet sees it."""
        key = obj.key
        old = self.store.get(key) or self.get(obj.resource, obj.namespace, obj.name)
        if old.raw.get("status") == status:
            return old
        return self._write({**old.raw, "status": status}, key, by, verb, why)

    def record(self, event: Manifest) -> None:
        """Store an Event, new or with its count gone up; events are a record and no change of their own."""
        metadata = event["metadata"]
        key = ("events", metadata["namespace"], metadata["name"])
        self.store.put(key, event, fresh=True)

    def bind(self, pod: KubeObject, node: str, *, by: str, why: str = "") -> KubeObject:
        """Write the Node into `spec.nodeName` of a Pod: the Binding."""
        key = pod.key
        old = self.store.get(key) or self.get(pod.resource, pod.namespace, pod.name)
        condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": self.timestamp}
        new = {
            **old.raw,
            "spec": {**old.spec, "nodeName": node},
            "status": {**old.status, "conditions": [condition]},
        }
        return self._write(new, key, by, "bind", why)

    def delete(
        self, obj: KubeObject, *, by: str = "kubectl", cascade: str = "background", why: str = ""
    ) -> None:
        """Delete an object; with cascade "orphan" its dependents stay and lose their owner.

        A Pod that runs on a Node is only marked (`deletionTimestamp`): its kubelet stops it and then
        removes it. A Namespace is marked until it is empty.
        """
        old = self.get(obj.resource, obj.namespace, obj.name)
        if cascade == "orphan":
            self._orphan(old, by)
        running = isinstance(old, Pod) and old.node_name and not old.ended
        if (running or old.kind == "Namespace") and not old.terminating:
            marked = {**old.metadata, "deletionTimestamp": naming.timestamp(self.now)}
            new = {**old.raw, "metadata": marked}
            if old.kind == "Namespace":
                new["status"] = {**old.status, "phase": "Terminating"}
            self._write(new, old.key, by, "delete", why)
            return
        if not old.terminating:
            self.remove(old, by=by, why=why)

    def remove(self, obj: KubeObject, *, by: str, why: str = "") -> None:
        """Take an object out of the store: the end of a deletion."""
        gone = self.store.delete(obj.key)
        if gone is not None:
            if gone.key[0] == "services":
                service_allocation.release(gone.raw, self.service_ips, self.node_ports)
            self.log.append(Change(self.now, by, "delete", gone.ref, why))

    def copy(self) -> ApiServer:
        """Return an independent API server with a store in the same state."""
        other = ApiServer()
        other.store = self.store.copy()
        other.manifests = Ledger(other.store)
        other.service_ips, other.node_ports = self.service_ips.copy(), self.node_ports.copy()
        other.now, other._made = self.now, self._made
        other.log, other.warnings = self.log.copy(), self.warnings.copy()
        other.similar_events = self.similar_events.copy()
        return other

    # ---- the way in

    def _once_more(self, manifest: Manifest, namespace: str) -> Manifest | None:
        """Return a Pod ready to be stored if the last one was asked for with the very same manifest.

        A controller asks so for a thousand equal Pods: all but the name, the quotas and the uid was
        worked out for the first, and what they have in common is shared.
        """
        asked, home, rules, made = self._last_pod
        if manifest is not asked or namespace != home or rules != self._rules():
            return None
        resource = resource_of(manifest)
        metadata = {**made["metadata"]}
        self._check_namespace(resource, metadata)
        metadata["name"] = self._free_name(resource, metadata)
        metadata["uid"] = naming.uid(self._made + 1)
        metadata["creationTimestamp"] = naming.timestamp(self.now)
        new = {**made, "metadata": metadata}
        admission.check(new, self.manifests)
        self._made += 1
        return new

    def _rules(self) -> tuple[KubeObject, ...]:
        return (*self.store.list("limitranges"), *self.store.list("priorityclasses.scheduling.k8s.io"))

    def _decoded(self, manifest: Manifest, namespace: str) -> tuple[Manifest, Kind]:
        """Read a manifest as the API server does, strictly, and fill in its namespace and its defaults."""
        resource = resource_of(manifest)
        new, _ = decode(manifest, resource)
        metadata = new["metadata"]
        if resource.namespaced:
            metadata["namespace"] = metadata.get("namespace") or namespace
        else:
            metadata.pop("namespace", None)
        return default(new) if resource.builtin else new, resource

    def _check_namespace(self, resource: Kind, metadata: Manifest) -> None:
        if not resource.namespaced:
            return
        name = metadata["namespace"]
        home = self.store.get(("namespaces", "", name))
        if home is None:
            raise not_found(_NAMESPACES, name)
        if home.terminating:
            detail = f"unable to create new content in namespace {name} because it is being terminated"
            raise forbidden(resource, text(metadata.get("name") or metadata.get("generateName")), detail)

    def _update(self, manifest: Manifest, old: KubeObject, by: str, verb: str, why: str) -> KubeObject:
        new, resource = self._decoded(manifest, old.namespace)
        admission.mutate(new, self.manifests, old.raw)
        metadata = new["metadata"]
        if metadata.get("resourceVersion") not in (None, "", old.metadata.get("resourceVersion")):
            raise conflict(resource, old.name)
        metadata.pop("resourceVersion", None)
        if resource.builtin:
            prepare_for_update(new, old.raw)
        addresses = self._is_service(resource) and service_allocation.begin_update(
            new, old.raw, self.service_ips, self.node_ports
        )
        try:
            causes = validate_update(new, old.raw)
            if causes:
                raise invalid(resource, old.name, causes)
            admission.check(new, self.manifests, old.raw)
        except ApiError:
            if addresses:
                addresses.revert()
            raise
        if addresses:
            addresses.commit()
        self._warn(by, warnings_for(new, old.raw))
        metadata["resourceVersion"] = old.metadata.get("resourceVersion")
        if new == old.raw:
            return old
        return self._write(new, old.key, by, verb, why)

    def _warn(self, by: str, warnings: Sequence[str]) -> None:
        """Give the warnings to whoever asks: a reader sees those for his own requests, not the controllers'."""
        if by == "kubectl":
            self.warnings += warnings

    @staticmethod
    def _is_service(resource: Kind) -> bool:
        return resource.plural == "services" and not resource.group

    def _write(self, new: Manifest, key: tuple[str, str, str], by: str, verb: str, why: str) -> KubeObject:
        stored = self.store.put(key, new, fresh=True)
        self.log.append(Change(self.now, by, verb, stored.ref, why))
        return stored

    def _free_name(self, resource: Kind, metadata: dict[str, Any]) -> str:
        attempt = 0
        while True:
            attempt += 1
            name = naming.generated_name(text(metadata["generateName"]), self._made * 31 + attempt)
            if self.store.get((resource.qualified, metadata.get("namespace", ""), name)) is None:
                return name

    def _orphan(self, owner: KubeObject, by: str) -> None:
        for resource in self.store.resources():
            for obj in self.store.list(resource, owner.namespace):
                references = mappings(obj.metadata.get("ownerReferences"))
                kept = [item for item in references if item.get("uid") != owner.uid]
                if len(kept) != len(references):
                    new = clone(obj.raw)
                    if kept:
                        new["metadata"]["ownerReferences"] = kept
                    else:
                        del new["metadata"]["ownerReferences"]
                    self._write(new, obj.key, by, "orphan", f"its owner {owner.ref} goes without it")


def _applied_before(obj: KubeObject) -> Manifest:
    """Return the manifest that was applied last; {} if there was none, or if somebody spoiled the note."""
    note = mapping(obj.metadata.get("annotations")).get(LAST_APPLIED)
    try:
        return mapping(json.loads(note)) if isinstance(note, str) else {}
    except ValueError:
        return {}


def _place(manifest: Manifest, resource: Kind, namespace: str) -> tuple[str, str]:
    """Return the name and the namespace that a manifest speaks of."""
    metadata = mapping(manifest.get("metadata"))
    home = (text(metadata.get("namespace")) or namespace) if resource.namespaced else ""
    return text(metadata.get("name")), home


_NAMESPACES = next(resource for resource in all_kinds() if resource.plural == "namespaces")
