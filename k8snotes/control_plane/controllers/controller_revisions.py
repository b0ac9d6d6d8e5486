"""ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had, numbered and kept."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.pods import owner_reference
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.naming import template_hash

__all__ = ["HASH", "label_of", "latest_revision", "template_of"]

HASH = "controller-revision-hash"  # the label of a Pod that says of which revision it is
_OWN_HASH = "controller.kubernetes.io/hash"  # the label of a StatefulSet's ControllerRevision
_RESOURCE = "controllerrevisions.apps"


def latest_revision(api: ApiServer, owner: Workload, *, by: str) -> KubeObject:
    """Return the ControllerRevision of the present template; it is made or becomes the latest if need be.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
    """
    history = api.store.controlled_by(owner.uid, _RESOURCE, owner.namespace)
    numbers = [int(item.raw.get("revision", 0)) for item in history]
    latest = max(numbers, default=0)
    for item in history:
        if template_of(item) == owner.template:
            if item.raw.get("revision") == latest:
                return item

            def edit(manifest: Manifest) -> None:
                manifest["revision"] = latest + 1

            why = Why(_("{owner} has this template again", owner=owner.ref), owner)
            return api.change(item, edit, by=by, why=why)
    digest = template_hash(owner.template)
    manifest: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{owner.name}-{digest}",
            "labels": {**owner.template_labels, HASH if owner.kind == "DaemonSet" else _OWN_HASH: digest},
            "ownerReferences": [owner_reference(owner)],
        },
        "data": {"spec": {"template": {**clone(owner.template), "$patch": "replace"}}},
        "revision": latest + 1,
    }
    why = Why(_("{owner} has a new template", owner=owner.ref), owner)
    made = api.create(manifest, namespace=owner.namespace, by=by, why=why)
    limit = int(owner.spec.get("revisionHistoryLimit", 10))
    in_use = {pod.labels.get(HASH) for pod in api.store.controlled_by(owner.uid, "pods", owner.namespace)}
    idle = [item for item in history if label_of(item) not in in_use]
    for item in sorted(idle, key=lambda item: int(item.raw.get("revision", 0)))[
        : max(0, len(history) - limit)
    ]:
        why = Why(
            ngettext(
                "{owner} keeps only {n} old revision",
                "{owner} keeps only {n} old revisions",
                limit,
                owner=owner.ref,
            ),
            owner,
        )
        api.delete(item, by=by, why=why)
    return made


def label_of(revision: KubeObject) -> str:
    """Return the label `controller-revision-hash` that Pods of a revision carry.

    A DaemonSet's Pods carry the hash of the template, a StatefulSet's the name of the whole ControllerRevision.

    Source of the rule: `setPodRevision` in k8s.io/kubernetes/pkg/controller/statefulset, `snapshot` in
    k8s.io/kubernetes/pkg/controller/daemon
    """
    made_by = revision.owner or {}
    return revision.labels.get(HASH, "") if made_by.get("kind") == "DaemonSet" else revision.name


def template_of(revision: KubeObject) -> Manifest:
    """Return the Pod template that a ControllerRevision keeps."""
    template = mapping(mapping(mapping(revision.raw.get("data")).get("spec")).get("template"))
    return {key: value for key, value in template.items() if key != "$patch"}
