"""kube-apiserver: the only component that talks to etcd. It completes, checks, admits and stores; all others ask it.

The way in is `ApiServer.prepare`; what it does with a kind is in `kinds/`, what several kinds share in
`validation/`, what a Namespace allows in `admission.py`.

Source of the rule: https://kubernetes.io/docs/concepts/security/controlling-access/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from sys import intern
from typing import Any

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping, sequence, text, view
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.event import Brief, Event
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.registry import all_kinds, qualified
from k8snotes.catalogue import _
from k8snotes.control_plane import admission, caches, custom_resources, naming, service_allocation
from k8snotes.control_plane.access_review import answered, is_review
from k8snotes.control_plane.addresses import NodePorts, ServiceIPs
from k8snotes.control_plane.authorizer import ADMIN, Authorizer, User
from k8snotes.control_plane.autoscaling.records import Autoscaling
from k8snotes.control_plane.autoscaling.resource_metrics import ResourceMetrics
from k8snotes.control_plane.bounds import MOST_PODS
from k8snotes.control_plane.changes import Change, Log
from k8snotes.control_plane.decoded import Decoded, without_empty
from k8snotes.control_plane.decoding import decode, resource_of
from k8snotes.control_plane.etcd import Key, Store, clone
from k8snotes.control_plane.granted import Granted
from k8snotes.control_plane.kinds.rules import has_rules, rules_of
from k8snotes.control_plane.lives import Lives
from k8snotes.control_plane.merge import strategic_merge, three_way
from k8snotes.control_plane.quota_usage import Ledger
from k8snotes.control_plane.validation.metadata import (
    annotations_fit,
    metadata,
    metadata_update,
    path_segment,
)
from k8snotes.control_plane.validation.wording import (
    already_exists,
    conflict,
    forbidden,
    invalid,
    not_found,
    renamed,
)
from k8snotes.errors import ApiError, ApiWarning, Cause

__all__ = [
    "CASCADES",
    "ApiServer",
    "Change",
    "Prepared",
    "annotations_with_note",
    "in_version",
    "too_large_to_note",
]

NAMESPACE_TERMINATING = "NamespaceTerminating"  # Kubernetes' type of this cause, which controllers look for
_FURNITURE = 1 << 44  # the first number of the uids of what every cluster has
_GRACE = "deletionGracePeriodSeconds"  # 0: nothing is waited for any more but finalizers
CASCADES = {"orphan": "orphan", "foreground": "foregroundDeletion"}
"""The finalizers by which the garbage collector is told what to do with what an object owns, by `cascade`."""
_PROTECTED = ("default", "kube-public", "kube-system")
_DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class Prepared:
    """A request that has come all the way in and waits to be stored.

    `.manifest` is the object as it would be stored, `.resource` its kind, `.rules` the rules of that, `.old` what it replaces (None:
    it is new), `.warnings` what the client is told; `.refusals` what speaks against it, where all of that
    was wanted, and `.causes` their causes.
    """

    __slots__ = ("addresses", "manifest", "old", "refusals", "resource", "rules", "schema", "warnings")

    def __init__(
        self,
        manifest: Manifest,
        resource: Kind,
        old: KubeObject | None,
        warnings: list[ApiWarning],
        subresource: str = "",
    ) -> None:
        self.manifest, self.resource, self.old = manifest, resource, old
        self.rules = rules_of(resource).of(subresource)
        self.warnings = list(warnings)
        self.refusals: list[ApiError] = []
        self.schema: Mapping[str, Any] = {}
        self.addresses: service_allocation.Allocation | None = None

    @property
    def key(self) -> Key:
        """Where it is stored: resource, Namespace, name."""
        if self.old is not None:
            return self.old.key
        metadata = self.manifest["metadata"]
        return self.resource.qualified, metadata.get("namespace", ""), text(metadata.get("name"))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes of all refusals, in the order of the stages that refused."""
        return tuple(cause for refusal in self.refusals for cause in refusal.causes)


class LastPod:
    """The Pod that was prepared last, to be used again for the next one of the same template.

    A controller asks for a thousand equal Pods one after the other.
    """

    def __init__(self) -> None:
        self._sent: tuple[Manifest, str, tuple[KubeObject, ...]] | None = None
        self._prepared: Prepared | None = None

    def equal_to(self, manifest: Manifest, namespace: str, rules: tuple[KubeObject, ...]) -> Prepared | None:
        """Return the last Pod as it was prepared, if this one is sent with the same manifest, under the same rules."""
        if caches.enabled() and self._sent == (manifest, namespace, rules):
            return self._prepared
        return None

    def remember(
        self, manifest: Manifest, namespace: str, rules: tuple[KubeObject, ...], prepared: Prepared
    ) -> None:
        """Keep what was made of a manifest, if it is that of a Pod whose name is made up, and that names no Node."""
        made_up = prepared.key[0] == "pods" and not mapping(manifest.get("metadata")).get("name")
        if made_up and not prepared.manifest["spec"].get("nodeName"):
            self._sent, self._prepared = None, prepared
            self._sent = clone(manifest), namespace, rules


class ApiServer:
    """Stores objects for its clients, in order, and keeps a log of every change.

    Every write names its author in `by` and its reason in `why`; the log is what a timeline shows.

    Attributes:
        store: etcd.
        ledger: what admission reads of the store, with what is used of each quota.
        authorizer: answers who may do what.
        service_ips: the Cluster IPs that are given out.
        node_ports: the node ports that are given out.
        now: the cluster's clock, in seconds since its first moment.
        log: every write, in order, as far as `age` keeps them.
        lives: what has happened to Pods, as far as their statuses no longer tell it.
        autoscaling: what is remembered of autoscalers, for their windows and steps.
        resource_metrics: what serves the resource metrics API (metrics.k8s.io); None if nothing does.
        events: the keys of all Events, and when each was last written (seconds), the oldest first.
        warnings: what clients were told besides their answers, in order.
        definitions: CustomResourceDefinitions that are known without being stored.
        granted: what Pods may use without its being stored.
        most_pods: how many Pods the simulation holds at most.

    >>> api = ApiServer()
    >>> _ = api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}, by="test")
    >>> api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    <ConfigMap default/settings>
    >>> api.log[-1]
    Change(time=0, component='kubectl', verb='create', ref='configmap/settings', why='', owner='')
    """

    user: User = ADMIN  # who asks: everybody is the administrator, unless `ActingFor` says otherwise

    def __init__(self, service_range: str = "10.96.0.0/16") -> None:
        self.store = Store()
        self.ledger = Ledger(self.store)
        self.authorizer = Authorizer(self.store)
        self.service_ips = ServiceIPs(service_range, reserved=())
        self.node_ports = NodePorts()
        self.now = 0
        self.log = Log()
        self.lives = Lives()
        self.autoscaling = Autoscaling()
        self.resource_metrics: ResourceMetrics | None = None
        self.warnings: list[ApiWarning] = []
        self.definitions: list[Manifest] = []
        self.granted = Granted()
        self.events: dict[Key, int] = {}
        self.similar_events: dict[tuple[str, str, str], tuple[int, int]] = {}
        self.most_pods = MOST_PODS
        self._last_pod = LastPod()
        self._addresses_open = False  # whether addresses and Services may disagree: a request was interrupted

    def __repr__(self) -> str:
        return f"<kube-apiserver, revision {self.store.revision}>"

    @property
    def timestamp(self) -> str:
        """The present moment, as manifests write it."""
        return naming.timestamp(self.now)

    # ---- reading

    def get(self, resource: Kind, namespace: str, name: str) -> KubeObject:
        """Return an object.

        Args:
            resource: its kind.
            namespace: its Namespace; ignored for kinds that are in none.
            name: its name.

        Raises:
            ApiError: 404, in Kubernetes' words.
        """
        return self._present(resource, namespace, name)

    def list(self, resource: str, namespace: str | None = None) -> list[KubeObject]:
        """Return the objects of a resource, by Namespace and name.

        Args:
            resource: its plural, with or without the group: "pods", "deployments.apps", "deployments".
            namespace: the only Namespace to look in, None for all.
        """
        return self.store.list(qualified(resource), namespace)

    def definition_of(self, resource: Kind) -> custom_resources.Definition | None:
        """Return how the objects of a custom kind look, None where no definition of it is known.

        Args:
            resource: the kind, with its version.
        """
        definitions = [obj.raw for obj in self.store.list(_DEFINITIONS)]
        version, kind = resource.api_version, resource.kind
        return custom_resources.definition_of([*self.definitions, *definitions], version, kind)

    def defined_kinds(self) -> tuple[Kind, ...]:
        """Return the custom kinds whose definitions are stored, with the names that the definitions give them."""
        definitions = self.store.list(_DEFINITIONS)
        return tuple(kind for obj in definitions if (kind := custom_resources.kind_of(obj.raw)))

    @staticmethod
    def knows_rules(resource: Kind) -> bool:
        """Say whether the rules of a kind are known here, beyond its fields, their types and the metadata."""
        return has_rules(resource)

    # ---- writing

    def prepare(
        self,
        manifest: Manifest,
        *,
        namespace: str = "default",
        old: KubeObject | None = None,
        subresource: str = "",
        every_cause: bool = False,
        strict: bool = True,
        resource: Kind | None = None,
        yaml: bool = False,
    ) -> Prepared:
        """Take a request all the way in, up to the moment before it is stored: the only way in there is.

        Decode, complete the defaults, mutate (admission), prepare (status, generation, addresses), check
        (validation), admit (admission again: limit ranges, quotas).

        Args:
            manifest: what was sent; it is not changed.
            namespace: where it goes if it names no Namespace.
            old: the stored object that it replaces, None for a new one.
            subresource: the part of the object that is sent ("ephemeralcontainers"), "" for the whole.
            every_cause: go on after a refusal, and collect all of them in the result instead of raising.
            strict: whether a field that does not exist is refused; otherwise it is dropped, with a warning.
            resource: the kind to whose path it is sent, None for the kind that it names.
            yaml: whether the body is YAML or comes from kubectl, rather than JSON in its own order; see `decode`.

        Returns:
            The object as it would be stored. What is not stored is handed to `discard`: a Service has
            been given its addresses.

        Raises:
            ApiError: the first refusal, in Kubernetes' words; nothing has changed then. What cannot be
                decoded is refused with `every_cause` too, for nothing of it can be checked.

        Source of the rule: https://kubernetes.io/docs/concepts/security/controlling-access/
        """
        resource = resource or resource_of(manifest)
        custom = None if resource.builtin else self.definition_of(resource)
        struct = custom.struct if custom else ""
        new, warnings = decode(manifest, resource, strict=strict, struct=struct, yaml=yaml)
        _settle_in(new, resource, old.namespace if old else namespace)
        request = Prepared(new, resource, old, warnings, subresource)
        request.rules.complete(new)
        if custom is not None:
            request.schema = custom.schema
            custom_resources.complete(new, custom.schema)
        stages = (
            self._receive,
            self._mutate,
            self._permit,
            self._identify,
            self._complete,
            self._give_addresses,
            self._check,
            self._admit,
        )
        try:
            for stage in stages:
                try:
                    stage(request)
                except ApiError as refusal:
                    if not every_cause:
                        raise
                    request.refusals.append(refusal)
        except BaseException:
            self.discard(request)
            raise
        if request.refusals:
            self.discard(request)
        _forget_empty_labels(new, resource)
        if isinstance(new, Decoded):
            new = request.manifest = without_empty(new)
        request.warnings += request.rules.warnings(new, old.raw if old else None)
        return request

    def discard(self, request: Prepared) -> None:
        """Give back the addresses of a prepared request that is not stored."""
        if request.addresses is not None:
            request.addresses.revert()
            request.addresses = None
            self._addresses_open = False

    def create(
        self,
        manifest: Manifest,
        *,
        namespace: str = "default",
        by: str = "kubectl",
        why: str = "",
        strict: bool = True,
        resource: Kind | None = None,
        yaml: bool = False,
    ) -> KubeObject:
        """Store a new object (POST); a question about access (SubjectAccessReview) is answered, and not stored.

        Args:
            manifest: the object as it was sent.
            namespace: where it goes if it names no Namespace.
            by: the client, for the log; warnings are kept only for "kubectl".
            why: the reason, for the log.
            strict: whether a field that does not exist is refused; otherwise it is dropped, with a warning.
            resource: the kind to whose path it is sent, None for the kind that it names.
            yaml: whether the body is YAML or comes from kubectl, rather than JSON in its own order.

        Raises:
            ApiError: the first refusal, in Kubernetes' words; then nothing has changed.
        """
        if is_review(manifest):
            kind = resource or resource_of(manifest)
            question, warnings = decode(manifest, kind, strict=strict, yaml=yaml)
            _settle_in(question, kind, namespace)
            self.warnings += warnings
            return answered(self.authorizer, self.user, kind, dict(question))
        request = self._prepare_alike(manifest, namespace, strict=strict, resource=resource, yaml=yaml)
        return _answer(request, self._commit(request, by, "create", why))

    def register(self, manifest: Manifest, *, by: str, verb: str = "create", why: str = "") -> KubeObject:
        """Store what a part of the cluster brings along itself (a Node, by its kubelet), as it is.

        Nothing is completed or checked; only the uid and the time are set. Tests use it to put objects where they
        need them.

        Args:
            manifest: the object, with its metadata.
            by: the component that stores it, for the log.
            verb: what is done, for the log.
            why: the reason, for the log.
        """
        new: Manifest = clone(manifest)
        new["metadata"]["uid"] = naming.uid(self.store.made + 1)
        new["metadata"]["creationTimestamp"] = naming.timestamp(self.now)
        resource = resource_of(new)
        key = (resource.qualified, new["metadata"].get("namespace", ""), text(new["metadata"].get("name")))
        return self._write(new, key, by, verb, why)

    def furnish(self, manifest: Manifest) -> None:
        """Put there what every cluster has, unless it is there: nothing is logged, and no number is used up for it.

        Args:
            manifest: the object, with its metadata.
        """
        metadata = manifest["metadata"]
        key = (resource_of(manifest).qualified, metadata.get("namespace", ""), metadata["name"])
        if self.store.get(key) is None:
            own = {
                "uid": naming.uid(_FURNITURE + self.store.revision),
                "creationTimestamp": naming.timestamp(self.now),
            }
            self.store.put(key, {**manifest, "metadata": {**metadata, **own}}, counted=False)

    def replace(
        self,
        manifest: Manifest,
        *,
        namespace: str = "default",
        by: str = "kubectl",
        why: str = "",
        resource: Kind | None = None,
        yaml: bool = False,
    ) -> KubeObject:
        """Store a manifest in place of the object of its name (PUT).

        Args:
            manifest: the whole new object; a `resourceVersion` in it has to be the present one.
            namespace: where the object is if the manifest names no Namespace.
            by: the client, for the log.
            why: the reason, for the log.
            resource: the kind to whose path it is sent, None for the kind that it names.
            yaml: whether the body is YAML or comes from kubectl, rather than JSON in its own order.

        Raises:
            ApiError: 404 where no object has this name, 409 where it has changed since, 422 where rules are broken.

        Source of the rule: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
        """
        resource = resource or resource_of(manifest)
        name, home = _place(manifest, resource, namespace)
        old = self._present(resource, home, name)
        request = self._changing(manifest, old, resource=resource, yaml=yaml)
        return _answer(request, self._commit(request, by, "replace", why))

    def apply(
        self,
        manifest: Manifest,
        *,
        namespace: str = "default",
        by: str = "kubectl",
        server_side: bool = False,
    ) -> tuple[KubeObject, str]:
        """Create the object, or lay the manifest over the one of its name, as `kubectl apply` does.

        What was applied before, and is missing now, is removed; what others have written stays. What was
        applied is noted in an annotation, which may have 262,144 bytes at most.

        Args:
            manifest: the object as its author wrote it.
            namespace: where it goes if it names no Namespace.
            by: the client, for the log.
            server_side: leave the note away, as `kubectl apply --server-side` does: then the manifest may be
                larger.

        Returns:
            The object as it is stored, and "created", "configured" or "unchanged".

        Raises:
            ApiError: as for `create` and `replace`.

        Source of the rule: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
        """
        resource = resource_of(manifest)
        name, home = _place(manifest, resource, namespace)
        self.store.finish()  # a write that was interrupted may be that of this object
        old = self.store.get((resource.qualified, home, name))
        if old is not None or not isinstance(manifest.get("metadata", {}), dict):
            decode(manifest, resource)  # what cannot be read is refused before anything is compared
        new = clone(manifest)
        if not isinstance(new.get("metadata"), dict):
            new["metadata"] = {}
        if not server_side:
            new["metadata"]["annotations"] = annotations_with_note(manifest, home)
        if old is None:
            return self.create(new, namespace=namespace, by=by, yaml=True), "created"
        present = in_version(old, text(manifest.get("apiVersion")))
        merged = three_way(_applied_before(old), new, present.raw)
        request = self._changing(merged, old, yaml=True)
        stored = self._commit(request, by, "apply", "")
        return _answer(request, stored), "unchanged" if stored is old else "configured"

    def change(
        self,
        obj: KubeObject,
        edit: Callable[[Manifest], None],
        *,
        by: str,
        verb: str = "patch",
        why: str = "",
    ) -> KubeObject:
        """Read, edit a copy, write: for labels, annotations, scale, and other changes of a specification.

        What a client sends goes all the way in; what a controller writes is made from what was checked before
        (names, labels, numbers of replicas), and is stored at once.

        Args:
            obj: the object; its present state is read again.
            edit: changes a copy of its manifest, in place.
            by: the client, for the log.
            verb: what is done, for the log: "scale", "label", ...
            why: the reason, for the log.

        Raises:
            ApiError: as for `replace`.
        """
        old = self._present(obj.resource, obj.namespace, obj.name)
        new = clone(old.raw)
        edit(new)
        if new == old.raw:
            return old
        if by != "kubectl" and old.resource.builtin:
            # what a controller writes is made from what was checked before: names, labels, numbers of replicas
            rules_of(old.resource).prepare_update(old.resource, new, old.raw)
            return self._write(new, old.key, by, verb, why)
        return self._update(new, old, by, verb, why)

    def patch(self, obj: KubeObject, patch: Manifest, *, by: str = "kubectl", why: str = "") -> KubeObject:
        """Change what a strategic merge patch names (PATCH): null removes, lists are merged by their keys.

        Raises:
            ApiError: as for `replace`.

        Source of the rule: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
        """
        old = self._present(obj.resource, obj.namespace, obj.name)
        new = strategic_merge(patch, old.raw)
        error = renamed(new, old.name, old.namespace)
        if error is not None:
            raise error
        return self._update(new, old, by, "patch", why)

    def update_ephemeral_containers(
        self, pod: Pod, items: Sequence[Manifest], *, by: str = "kubectl", why: str = ""
    ) -> KubeObject:
        """Write the ephemeral containers of a Pod (PUT of its subresource): more may come, none may change or go.

        Args:
            pod: the Pod; the rest of it stays as it is now.
            items: all its ephemeral containers, those that it has already with them.
            by: the client, for the log.
            why: the reason, for the log.

        Raises:
            ApiError: 404 where the Pod is gone, 422 where rules are broken.

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
        """
        old = self._present(pod.resource, pod.namespace, pod.name)
        new = {**old.raw, "spec": {**old.spec, "ephemeralContainers": clone(list(items))}}
        return self._update(new, old, by, "debug", why, subresource="ephemeralcontainers")

    def update_status(
        self, obj: KubeObject, status: Manifest, *, by: str, verb: str = "status", why: str = ""
    ) -> KubeObject:
        """Write the status of an object: what is, as its controller or the kubelet sees it.

        Args:
            obj: the object; its specification stays as it is now.
            status: the whole new status. Nothing is written if it is the present one.
            by: the component that reports, for the log.
            verb: what is done, for the log.
            why: the reason, for the log.
        """
        key = obj.key
        old = self.store.get(key) or self._present(obj.resource, obj.namespace, obj.name)
        if old.raw.get("status") == status:
            return old
        return self._write({**old.raw, "status": status}, key, by, verb, why)

    def record(self, event: Manifest) -> None:
        """Store an Event whose count has gone up; events are a record and no change of their own."""
        metadata = event["metadata"]
        key = ("events", metadata["namespace"], metadata["name"])
        self.store.put(key, event, fresh=True)
        self.events.pop(key, None)
        self.events[key] = self.now

    def tell(self, brief: Brief) -> None:
        """Store a new Event; its resourceVersion is that of the write."""
        key = ("events", brief.namespace, brief.name)
        self.store.add(key, lambda revision: Event.told(brief._replace(version=revision)))
        self.events[key] = self.now

    def bind(self, pod: KubeObject, node: str, *, by: str, why: str = "") -> KubeObject:
        """Write the Node into `spec.nodeName` of a Pod: the Binding. The Pod takes over where the Node is.

        Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/
        """
        key = pod.key
        old = self.store.get(key) or self._present(pod.resource, pod.namespace, pod.name)
        metadata = old.raw["metadata"]
        there = self.store.get(("nodes", "", node))
        topology = admission.topology_labels(there.raw if there is not None else None)
        if topology:
            metadata = {**metadata, "labels": {**mapping(metadata.get("labels")), **topology}}
        condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": self.timestamp}
        new = {
            **old.raw,
            "metadata": metadata,
            "spec": {**old.spec, "nodeName": node},
            "status": {**_without_nomination(old.status), "conditions": [condition]},
        }
        return self._write(new, key, by, "bind", why)

    def delete(
        self,
        obj: KubeObject,
        *,
        by: str = "kubectl",
        cascade: str = "",
        grace: int | None = None,
        why: str = "",
    ) -> None:
        """Delete an object (DELETE).

        A Pod that runs on a Node is only marked (`deletionTimestamp`): its kubelet stops it and then
        removes it. A Namespace is marked until it is empty, what has finalizers until the last of them is gone.
        What is being deleted already can only be given less time, or another `cascade`.

        Args:
            obj: what to delete.
            by: the client, for the log.
            cascade: "background": what it owns goes too, by the garbage collector; "foreground": the same, but that goes
                first; "orphan": that stays. "": as its finalizers say, else "background".
            grace: how many seconds a Pod is given to stop; None: its `terminationGracePeriodSeconds`; 0: it is gone at
                once, whatever its containers do.
            why: the reason, for the log.

        Raises:
            ApiError: 404 where it is gone already, 403 for a Namespace that every cluster needs.

        Source of the rule: `Store.Delete` of k8s.io/apiserver/pkg/registry/generic, `BeforeDelete` of
            k8s.io/apiserver/pkg/registry/rest, and the admission plugin NamespaceLifecycle
        """
        old = self._present(obj.resource, obj.namespace, obj.name)
        if old.kind == "Namespace" and old.name in _PROTECTED:
            raise forbidden(old.resource, old.name, "this namespace may not be deleted")
        period = _grace_period(old, grace) if isinstance(old, Pod) else 0
        given = old.metadata.get(_GRACE)
        if isinstance(old, Pod) and old.terminating and given and (grace is None or period >= given):
            return  # it is on its way, and can only be given less time
        metadata = _with_cascade(old.raw["metadata"], cascade)
        if period or (old.kind == "Namespace" and not old.terminating):
            self._mark(old, metadata, period, by, why)
        elif old.kind != "Namespace":
            self._let_go(old, metadata, by, why)

    def _mark(self, old: KubeObject, metadata: Manifest, period: int, by: str, why: str) -> None:
        """Note that an object is being deleted: a Pod whose kubelet stops it, or a Namespace that is emptied."""
        began = self.now
        if old.terminating:
            began = naming.seconds_of(text(metadata["deletionTimestamp"])) - int(metadata[_GRACE])
        marked = {**metadata, "deletionTimestamp": naming.timestamp(began + period)}
        new = {**old.raw, "metadata": marked}
        if old.kind == "Namespace":
            new["status"] = {**old.status, "phase": "Terminating"}
        else:
            marked[_GRACE] = period
            if not old.terminating and isinstance(marked.get("generation"), int):
                marked["generation"] += 1
        self._write(new, old.key, by, "delete", why)

    def remove(self, obj: KubeObject, *, by: str, why: str = "") -> None:
        """Take an object out of the store: the end of a deletion. One with finalizers stays until they are gone.

        Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
        """
        old = self.store.get(obj.key)
        self._let_go(old or obj, (old or obj).raw["metadata"], by, why)

    def _let_go(self, old: KubeObject, metadata: Manifest, by: str, why: str) -> None:
        """Remove an object, or note that only its finalizers (those in `metadata`) still keep it."""
        if not metadata.get("finalizers"):
            self._take_out(old, by, why)
            return
        moment = naming.timestamp(self.now)
        moment = min(text(metadata.get("deletionTimestamp")) or moment, moment)
        marked = {**metadata, "deletionTimestamp": moment, _GRACE: 0}
        if not old.terminating and isinstance(marked.get("generation"), int):
            marked["generation"] += 1
        if marked != old.metadata:
            self._write({**old.raw, "metadata": marked}, old.key, by, "delete", why)

    def _take_out(self, obj: KubeObject, by: str, why: str) -> None:
        """Take an object out of the store, with the addresses that it had."""
        self._repair_addresses()
        key = obj.key
        self._addresses_open = key[0] == "services"
        gone = self.store.delete(key)
        if gone is not None:
            if self._addresses_open:
                service_allocation.release(gone.raw, self.service_ips, self.node_ports)
                self._addresses_open = False
            self.log.append(Change(self.now, by, "delete", gone.ref, why))
            if key[0] == "pods":
                self.lives.gone(gone, self.now)

    def copy(self) -> ApiServer:
        """Return an independent API server with a store in the same state."""
        self._repair_addresses()
        other = ApiServer()
        other.most_pods = self.most_pods
        other.store = self.store.copy()
        other.ledger = Ledger(other.store)
        other.authorizer = Authorizer(other.store)
        other.service_ips, other.node_ports = self.service_ips.copy(), self.node_ports.copy()
        other.now = self.now
        other.log, other.warnings = self.log.copy(), self.warnings.copy()
        other.lives, other.autoscaling = self.lives.copy(), self.autoscaling.copy()
        other.definitions, other.granted = self.definitions.copy(), self.granted
        other.events, other.similar_events = self.events.copy(), self.similar_events.copy()
        return other

    def permit(
        self, verb: str, resource: Kind, namespace: str = "", name: str = "", subresource: str = ""
    ) -> None:
        """Ask whether the client may do what is no request of its own here: exec, log, a deletion by name.

        An ApiServer does what it is told. `ActingFor` refuses what its user may not do.

        Args:
            verb: the API verb: "create".
            resource: the kind that it is for.
            namespace: the Namespace, "" for all of them.
            name: the object, "" for all objects.
            subresource: "exec", "log", "eviction", ...

        Raises:
            ApiError: 403, in Kubernetes' words.
        """

    def _present(self, resource: Kind, namespace: str, name: str) -> KubeObject:
        """Return an object as it is stored now. Raises ApiError (404) if there is none."""
        obj = self.store.get((resource.qualified, namespace if resource.namespaced else "", name))
        if obj is None:
            raise not_found(resource, name)
        return obj

    # ---- the way in

    def _permit(self, request: Prepared) -> None:
        """Refuse a role or a binding by which the client would give away more than it has."""

    def _receive(self, request: Prepared) -> None:
        """Refuse what goes to no place, or comes too late."""
        resource, metadata, old = request.resource, request.manifest["metadata"], request.old
        version = metadata.get("resourceVersion")
        if old is None:
            self._check_namespace(resource, metadata)
            if version:
                detail = "resourceVersion should not be set on objects to be created"
                raise ApiError(500, "", detail, rule="resource-version")
        else:
            if version not in (None, "", old.metadata.get("resourceVersion")):
                raise conflict(resource, old.name)
            metadata.pop("resourceVersion", None)

    def _mutate(self, request: Prepared) -> None:
        """Let admission complete the object."""
        old = request.old.raw if request.old else None
        admission.mutate(request.manifest, self.ledger, old, self.granted)

    def _identify(self, request: Prepared) -> None:
        """Give a new object its name, if it is to be made up, its uid, and its time."""
        if request.old is not None:
            return
        metadata = request.manifest["metadata"]
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = self._free_name(request.resource, metadata)
        metadata["uid"] = naming.uid(self.store.made + 1)
        metadata["creationTimestamp"] = naming.timestamp(self.now)

    @staticmethod
    def _complete(request: Prepared) -> None:
        """Set what only the API server decides: the first status, the generation."""
        if not request.resource.builtin and not request.resource.counts_generation:
            return
        if request.old is None:
            request.rules.prepare(request.resource, request.manifest)
        else:
            request.rules.prepare_update(request.resource, request.manifest, request.old.raw)

    def _give_addresses(self, request: Prepared) -> None:
        """Give a Service its Cluster IP and node ports: before it is checked, with refusals of their own."""
        if request.resource.plural != "services" or request.resource.group:
            return
        new, old = request.manifest, request.old
        self._repair_addresses()
        self._addresses_open = True
        request.addresses = service_allocation.Allocation(self.service_ips, self.node_ports)
        if old is None:
            service_allocation.begin_create(new, request.addresses)
        else:
            service_allocation.begin_update(new, old.raw, request.addresses)

    @staticmethod
    def _check(request: Prepared) -> None:
        """Validate: hold the object, or its change, to the rules of its kind."""
        if request.old is None:
            causes = request.rules.check(request.resource, request.manifest)
        else:
            # the metadata of a replacing object are looked at before its kind's own rules, and by these again
            meta, home = request.manifest["metadata"], bool(request.old.namespace)
            causes = metadata(meta, path_segment, namespaced=home)
            causes += metadata_update(meta, request.old.metadata)
            causes += request.rules.check_update(request.manifest, request.old.raw)
        if request.schema:
            causes += custom_resources.schema_causes(request.manifest, request.schema)
        if request.refusals:
            # an address that was not given out is missing now, and that is no fault of its own
            causes = [
                cause
                for cause in causes
                if cause not in request.causes and not cause.field.startswith("spec.clusterIP")
            ]
        if causes:
            raise invalid(request.resource, request.key[2], causes)

    def _admit(self, request: Prepared) -> None:
        """Let admission refuse the object, and refuse a name that is taken."""
        admission.check(request.manifest, self.ledger, request.old.raw if request.old else None)
        if request.old is None and self.store.get(request.key) is not None:
            raise already_exists(request.resource, request.key[2])
        if request.old is None and request.key[0] == "pods" and self.store.count("pods") >= self.most_pods:
            detail = (
                f"this simulated cluster holds at most {self.most_pods:,} Pods (Kubernetes refuses none, and "
                "supports up to 150,000: https://kubernetes.io/docs/setup/best-practices/cluster-large/)"
            )
            raise forbidden(request.resource, request.key[2], detail, [Cause("", "TooManyPods", detail)])

    def _prepare_alike(self, manifest: Manifest, namespace: str, **how: Any) -> Prepared:
        """Do as `prepare`; of equal Pods that come one after the other, only the first goes all the way."""
        home = text(mapping(manifest.get("metadata")).get("namespace")) or namespace
        rules = (
            *self.store.list("limitranges"),
            *self.store.list("priorityclasses.scheduling.k8s.io"),
            *self.store.list("serviceaccounts", home),
        )
        first = self._last_pod.equal_to(manifest, namespace, rules)
        if first is None:
            request = self.prepare(manifest, namespace=namespace, **how)
            self._last_pod.remember(manifest, namespace, rules, request)
            return request
        # all but the name, the uid and the quotas was worked out for the first, and is shared
        metadata = {**first.manifest["metadata"], "name": ""}
        request = Prepared({**first.manifest, "metadata": metadata}, first.resource, None, first.warnings)
        for stage in (self._receive, self._identify, self._admit):
            stage(request)
        return request

    def _repair_addresses(self) -> None:
        """Count again which addresses Services have, if a request that gave some out was interrupted.

        What has been prepared and neither stored nor discarded counts as interrupted, too.

        Source of the rule: the repair loops in k8s.io/kubernetes/pkg/registry/core/service/ipallocator
        """
        if self._addresses_open:
            services = [obj.raw for obj in self.store.list("services")]
            service_allocation.repair(services, self.service_ips, self.node_ports)
            self._addresses_open = False

    def _check_namespace(self, resource: Kind, metadata: Manifest) -> None:
        """Refuse an object whose Namespace is not there (404) or on its way out (403).

        Source of the rule: the admission plugin NamespaceLifecycle
        """
        if not resource.namespaced:
            return
        name = metadata["namespace"]
        home = self.store.get(("namespaces", "", name))
        if home is None:
            raise not_found(_NAMESPACES, name)
        if home.terminating:
            detail = f"unable to create new content in namespace {name} because it is being terminated"
            cause = Cause(
                "metadata.namespace", NAMESPACE_TERMINATING, f"namespace {name} is being terminated"
            )
            named = text(metadata.get("name") or metadata.get("generateName"))
            raise forbidden(resource, named, detail, [cause])

    def _update(  # the author, the verb and the reason of a change, as the log has them
        self,
        manifest: Manifest,
        old: KubeObject,
        by: str,
        verb: str,
        why: str,
        *,
        subresource: str = "",
        resource: Kind | None = None,
        yaml: bool = True,
    ) -> KubeObject:
        """Prepare an object that replaces `old`, and store it if it differs."""
        request = self._changing(manifest, old, subresource=subresource, resource=resource, yaml=yaml)
        return self._commit(request, by, verb, why)

    def _changing(self, manifest: Manifest, old: KubeObject, **how: Any) -> Prepared:
        """Prepare an object that replaces `old`."""
        request = self.prepare(manifest, old=old, **how)
        request.manifest["metadata"]["resourceVersion"] = old.metadata.get("resourceVersion")
        return request

    def _commit(self, request: Prepared, by: str, verb: str, why: str) -> KubeObject:
        """Store what has been prepared."""
        stored = request.old
        new = request.rules.stored(request.manifest, stored.raw if stored else None)
        try:
            if stored is None or new != stored.raw:
                stored = self._write(new, request.key, by, verb, why)
        except BaseException:
            self._repair_addresses()
            raise
        if request.addresses:
            request.addresses.commit()
            self._addresses_open = False
        if by == "kubectl":
            # a client is told of its own requests, not of the controllers'
            self.warnings += request.warnings
        return stored

    def _write(self, new: Manifest, key: tuple[str, str, str], by: str, verb: str, why: str) -> KubeObject:
        """Store an object, and log the client and the reason; take it out if its last finalizer has gone."""
        metadata = new["metadata"]
        if metadata.get(_GRACE) == 0 and metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
            gone = view(new)
            self._take_out(gone, by, why or _("its last finalizer is gone"))
            return gone
        before = self.store.get(key) if key[0] == "pods" else None
        stored = self.store.put(key, new, fresh=True)
        if key[0] == "pods":
            self.lives.see(before, stored, self.now)
        owner = stored.owner if verb == "create" else None
        self.log.append(
            Change(
                self.now,
                intern(str(by)),
                verb,
                intern(stored.ref),
                why,
                text(owner.get("uid")) if owner else "",
            )
        )
        return stored

    def _free_name(self, resource: Kind, metadata: dict[str, Any]) -> str:
        """Make up a name from `generateName` that no object of this kind and Namespace has."""
        attempt = 0
        while True:
            attempt += 1
            name = naming.generated_name(text(metadata["generateName"]), self.store.made * 31 + attempt)
            if self.store.get((resource.qualified, metadata.get("namespace", ""), name)) is None:
                return name


def _answer(request: Prepared, stored: KubeObject) -> KubeObject:
    """Return what was stored in the version in which it was sent."""
    return in_version(stored, text(request.manifest.get("apiVersion")))


def in_version(obj: KubeObject, version: str) -> KubeObject:
    """Return a stored object as it is read in one of the versions in which its kind is served.

    Args:
        obj: the object, as it is stored.
        version: the apiVersion.
    """
    raw = rules_of(obj.resource).served(obj.raw, version)
    return obj if raw is obj.raw else view(raw)


def _grace_period(pod: Pod, given: int | None) -> int:
    """Return how many seconds a Pod is given to stop; 0: it need not be waited for.

    Source of the rule: `podStrategy.CheckGracefulDelete` of k8s.io/kubernetes/pkg/registry/core/pod
    """
    if not pod.node_name or pod.ended or (pod.terminating and not pod.metadata.get(_GRACE)):
        return 0
    own = pod.spec.get("terminationGracePeriodSeconds")
    period = (own if isinstance(own, int) else 0) if given is None else given
    return 1 if period < 0 else period


def _with_cascade(metadata: Manifest, cascade: str) -> Manifest:
    """Return the metadata with the finalizer that tells the garbage collector what to do with what an object owns.

    Source of the rule: `deletionFinalizersForGarbageCollection` of k8s.io/apiserver/pkg/registry/generic
    """
    there = sequence(metadata.get("finalizers"))
    if not cascade:
        cascade = next((way for way, name in CASCADES.items() if name in there), "")
    wanted = [item for item in there if item not in CASCADES.values()]
    if cascade in CASCADES:
        wanted.append(CASCADES[cascade])
    if set(wanted) == set(there):
        return metadata
    changed = {**metadata, "finalizers": wanted}
    if not wanted:
        del changed["finalizers"]
    return changed


def _without_nomination(status: Manifest) -> Manifest:
    """Return the status of a Pod without the Node on which it waited for others to go."""
    if "nominatedNodeName" not in status:
        return status
    return {key: value for key, value in status.items() if key != "nominatedNodeName"}


def annotations_with_note(manifest: Manifest, namespace: str) -> dict[str, Any]:
    """Return the annotations of a manifest with kubectl's note of it, as a client-side apply sends them.

    Args:
        manifest: the object as its author wrote it.
        namespace: where it goes, "" for a kind that is in none.

    Source of the rule: `GetModifiedConfiguration` of k8s.io/kubectl/pkg/util

    >>> note = annotations_with_note({"kind": "Node", "metadata": {"name": "a"}}, "")
    >>> note[LAST_APPLIED].strip()
    '{"kind":"Node","metadata":{"annotations":{},"name":"a"}}'
    """
    metadata = mapping(manifest.get("metadata"))
    annotations = {
        key: value for key, value in mapping(metadata.get("annotations")).items() if key != LAST_APPLIED
    }
    # kubectl notes the manifest with its namespace, and with a map of annotations even if that is empty
    noted = {**metadata, "annotations": annotations, **({"namespace": namespace} if namespace else {})}
    written = json.dumps({**manifest, "metadata": noted}, sort_keys=True, separators=(",", ":"), default=str)
    return {**annotations, LAST_APPLIED: written + "\n"}


def too_large_to_note(manifest: Manifest, namespace: str) -> bool:
    """Say whether a client-side apply is refused for the size of its note, 262,144 bytes with all annotations.

    Args:
        manifest: the object as its author wrote it.
        namespace: where it goes, "" for a kind that is in none.

    >>> too_large_to_note({"kind": "Node", "metadata": {"name": "a"}}, "")
    False
    """
    return not annotations_fit(annotations_with_note(manifest, namespace))


def _applied_before(obj: KubeObject) -> Manifest:
    """Return the manifest that was applied last; {} if there was none, or if the note cannot be read."""
    note = mapping(mapping(obj.raw.get("metadata")).get("annotations")).get(LAST_APPLIED)
    try:
        return mapping(json.loads(note)) if isinstance(note, str) else {}
    except ValueError:
        return {}


def _settle_in(new: Manifest, resource: Kind, namespace: str) -> None:
    """Fill in the Namespace of a decoded object, or take it out where its kind has none."""
    metadata = new["metadata"]
    if resource.namespaced:
        metadata["namespace"] = metadata.get("namespace") or namespace
    else:
        metadata.pop("namespace", None)


def _forget_empty_labels(new: Manifest, resource: Kind) -> None:
    """Take an empty map of labels out of a template: it is told from none in messages alone."""
    metadata = mapping(mapping(resource.template_of(new)).get("metadata"))
    if metadata.get("labels") == {}:
        del metadata["labels"]


def _place(manifest: Manifest, resource: Kind, namespace: str) -> tuple[str, str]:
    """Return the name and the namespace that a manifest has."""
    metadata = mapping(manifest.get("metadata"))
    home = (text(metadata.get("namespace")) or namespace) if resource.namespaced else ""
    return text(metadata.get("name")), home


_NAMESPACES = next(resource for resource in all_kinds() if resource.plural == "namespaces")
