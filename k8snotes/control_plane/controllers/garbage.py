"""The garbage collector: deletes what was owned by objects that are gone, or that go only after what they own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mappings, sequence, text
from k8snotes.api.registry import find_kind
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import CASCADES, ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record

__all__ = ["GarbageCollector"]

_REPORTER = "garbage-collector-controller"

Reference = dict[str, Any]


class GarbageCollector(Component):
    """Deletes objects whose owners are all gone, and does what the `cascade` of a deletion asks for.

    With "foreground" the owner stays until all that it owns, and that blocks its deletion (`blockOwnerDeletion`), is
    gone. With "orphan" what it owns stays, with no owner.

    Source of the rule: k8s.io/kubernetes/pkg/controller/garbagecollector,
        https://kubernetes.io/docs/concepts/architecture/garbage-collection/
    """

    name = "garbage-collector"
    turn = 30

    def observe(self, api: ApiServer) -> None:
        """Queue what names owners when it comes, what a deleted object owned, and who waited for it to go."""
        if self._seen == api.store.revision:
            return
        for event in api.store.watch(self._seen):
            obj = event.object
            if event.key[0] == "events" or _keeps_its_owners(event):
                continue
            if event.type == "DELETED":
                self._queue(item.key for item in api.store.dependents(obj.uid))
                self._queue(_waiting_owners(api, _owners(obj)))
                continue
            if obj.terminating and _waits(obj):
                self.queue[event.key] = None
            if event.old is None:
                if _owners(obj) and not _has_its_owner(api, obj):
                    self.queue[event.key] = None
            elif _owners(obj) != _owners(event.old):
                self.queue[event.key] = None
                self._queue(_waiting_owners(api, _owners(event.old)))
        self._seen = api.store.revision

    def _queue(self, keys: Iterable[Key]) -> None:
        self.queue.update(dict.fromkeys(keys))

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Do what the finalizers of an owner ask for, or delete an object that no owner keeps."""
        if not obj.terminating:
            self._collect(api, obj)
            return
        finalizers = sequence(obj.metadata.get("finalizers"))
        if CASCADES["orphan"] in finalizers:
            self._orphan(api, obj)
        elif CASCADES["foreground"] in finalizers:
            for item in api.store.dependents(obj.uid):
                self._collect(api, item)
            if not any(_blocks(item, obj.uid) for item in api.store.dependents(obj.uid)):
                why = _("nothing that it owns keeps it any more")
                self._drop_finalizer(api, obj, CASCADES["foreground"], why)

    def _collect(self, api: ApiServer, obj: KubeObject) -> None:
        """Delete an object if none of its owners keeps it; take owners that do not out of its references.

        Source of the rule: `attemptToDeleteItem`
        """
        references = mappings(obj.metadata.get("ownerReferences"))
        if not references or obj.terminating:
            return
        gone: list[Reference] = []
        waiting: list[Reference] = []
        kept: list[Reference] = []
        for item in references:
            owner = self._owner_of(api, obj, item)
            kind = gone if owner is None else waiting if owner.terminating and _is_foreground(owner) else kept
            kind.append(item)
        if not obj.namespace and any(map(_is_in_a_namespace, references)):
            return  # that makes no sense, so nothing is done about it
        if kept:
            if gone or waiting:
                self._keep_owners(api, obj, kept, [*gone, *waiting])
            return
        first = references[0]
        owned = api.store.dependents(obj.uid) if waiting else []
        why: str = _(
            "its owner {kind} {name} is gone", kind=text(first.get("kind")), name=text(first.get("name"))
        )
        if waiting:
            first = waiting[0]
            words = _(
                "its owner {kind} {name} is being deleted, and waits for it",
                kind=text(first.get("kind")),
                name=text(first.get("name")),
            )
            above = api.store.with_uid(text(first.get("uid")))
            why = Why(words, above) if above is not None else words
        if any(item.terminating and _is_foreground(item) for item in owned):
            self._unblock(api, obj)  # perhaps a circle
        api.delete(obj, by=self.name, cascade="foreground" if owned else "", why=why)

    def _owner_of(self, api: ApiServer, obj: KubeObject, reference: Reference) -> KubeObject | None:
        """Return the object that a reference names, None where there is none of this kind, name and uid.

        One in another Namespace is none; of an object in no Namespace, the owner may be in any, and cannot be.

        Source of the rule: `isDangling`, and `reportInvalidNamespaceOwnerRef` for the Event
        """
        uid = text(reference.get("uid"))
        owner = api.store.with_uid(uid)
        if owner is None or (owner.kind, owner.name) != (reference.get("kind"), reference.get("name")):
            return None
        if owner.namespace and owner.namespace != obj.namespace:
            named = f"{text(reference.get('apiVersion'))}/{owner.kind}, namespace: {obj.namespace}, name: {owner.name}, uid: {uid}"
            message = f'ownerRef [{named}] does not exist in namespace "{obj.namespace}"'
            record(api, obj, "OwnerRefInvalidNamespace", message, by=_REPORTER, warning=True)
            return None if obj.namespace else owner
        return owner

    def _keep_owners(
        self, api: ApiServer, obj: KubeObject, kept: list[Reference], lost: list[Reference]
    ) -> None:
        """Take out of an object's references the owners that do not keep it."""

        def edit(manifest: Manifest) -> None:
            manifest["metadata"]["ownerReferences"] = kept

        why = _(
            "its owner {kind} {name} is gone or being deleted, and another one keeps it",
            kind=text(lost[0].get("kind")),
            name=text(lost[0].get("name")),
        )
        api.change(obj, edit, by=self.name, why=why)

    def _unblock(self, api: ApiServer, obj: KubeObject) -> None:
        """Let no owner of an object wait for it."""

        def edit(manifest: Manifest) -> None:
            for item in mappings(manifest["metadata"].get("ownerReferences")):
                item["blockOwnerDeletion"] = False

        why = _("what it owns is being deleted, too, and may own it")
        api.change(obj, edit, by=self.name, why=why)

    def _orphan(self, api: ApiServer, owner: KubeObject) -> None:
        """Take `owner` out of the references of what it owns, and let it go.

        Source of the rule: `attemptToOrphanWorker`
        """
        why = _("its owner {owner} is deleted without it", owner=owner.ref)
        for obj in api.store.dependents(owner.uid):

            def edit(manifest: Manifest) -> None:
                metadata = manifest["metadata"]
                kept = [
                    item for item in mappings(metadata["ownerReferences"]) if item.get("uid") != owner.uid
                ]
                metadata["ownerReferences"] = kept
                if not kept:
                    del metadata["ownerReferences"]

            api.change(obj, edit, by=self.name, verb="orphan", why=why)
        self._drop_finalizer(api, owner, CASCADES["orphan"], _("what it owned has no owner any more"))

    def _drop_finalizer(self, api: ApiServer, obj: KubeObject, finalizer: str, why: str) -> None:
        def edit(manifest: Manifest) -> None:
            metadata = manifest["metadata"]
            metadata["finalizers"] = [item for item in metadata["finalizers"] if item != finalizer]
            if not metadata["finalizers"]:
                del metadata["finalizers"]

        api.change(obj, edit, by=self.name, why=why)


def _owners(obj: KubeObject) -> Any:
    """Return the ownerReferences of an object, as they are."""
    return obj.metadata.get("ownerReferences")


def _is_in_a_namespace(reference: Reference) -> bool:
    """Whether a reference names an owner of a kind that lives in Namespaces."""
    kind = find_kind(text(reference.get("apiVersion")), text(reference.get("kind")))
    return kind is not None and kind.namespaced


def _keeps_its_owners(event: WatchEvent) -> bool:
    """Whether an object has changed otherwise, and is not being deleted: most changes are such."""
    if event.old is None or event.type == "DELETED":
        return False
    old, new = event.old.raw["metadata"], event.object.raw["metadata"]
    return old.get("ownerReferences") is new.get("ownerReferences") and "deletionTimestamp" not in new


def _has_its_owner(api: ApiServer, obj: KubeObject) -> bool:
    """Whether an object has a single owner, which is there and stays: nothing has to be looked at then."""
    references = mappings(_owners(obj))
    owner = api.store.with_uid(text(references[0].get("uid"))) if len(references) == 1 else None
    if owner is None or owner.terminating or owner.namespace not in ("", obj.namespace):
        return False
    return (owner.kind, owner.name) == (references[0].get("kind"), references[0].get("name"))


def _waits(obj: KubeObject) -> bool:
    """Whether an object that is being deleted waits for the garbage collector."""
    finalizers = obj.metadata.get("finalizers")
    return bool(finalizers) and any(item in CASCADES.values() for item in sequence(finalizers))


def _is_foreground(obj: KubeObject) -> bool:
    return CASCADES["foreground"] in sequence(obj.metadata.get("finalizers"))


def _waiting_owners(api: ApiServer, references: Any) -> Iterable[Key]:
    """Yield the owners that are deleted only after what they own."""
    for item in mappings(references):
        owner = api.store.with_uid(text(item.get("uid")))
        if owner is not None and owner.terminating and _is_foreground(owner):
            yield owner.key


def _blocks(obj: KubeObject, uid: str) -> bool:
    """Whether an owner that is deleted in the foreground waits for this object."""
    references = mappings(obj.metadata.get("ownerReferences"))
    return any(item.get("uid") == uid and item.get("blockOwnerDeletion") is True for item in references)
