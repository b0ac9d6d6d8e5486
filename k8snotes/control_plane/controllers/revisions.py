"""The ReplicaSets of a Deployment as its history: which template belongs to which revision."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import LAST_APPLIED, Manifest, mapping
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.pods import owner_reference
from k8snotes.control_plane.controllers.rollout import DESIRED, MAX, max_surge
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.naming import template_hash

__all__ = ["HASH", "REVISION", "new_replica_set", "revision_of", "same_template", "set_revision"]

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
_HISTORY = "deployment.kubernetes.io/revision-history"
_LONGEST_HISTORY = 2000  # characters
# what describes the Deployment itself is not handed down to its ReplicaSets
_NOT_COPIED = (LAST_APPLIED, REVISION, _HISTORY, DESIRED, MAX)


def revision_of(replica_set: ReplicaSet) -> int:
    """Return the revision that a ReplicaSet is, 0 if it has none yet."""
    written = replica_set.annotations.get(REVISION, "")
    return int(written) if written.isdigit() else 0


def same_template(deployment: Deployment, replica_set: ReplicaSet) -> bool:
    """Whether a ReplicaSet has the Deployment's present template; the hash among the labels does not count.

    Source of the rule: `EqualIgnoreHash` in k8s.io/kubernetes/pkg/controller/deployment/util
    """
    return _without_hash(replica_set.template) == _without_hash(deployment.template)


def _without_hash(template: Manifest) -> Manifest:
    """Return a template without the label that tells ReplicaSets apart."""
    metadata = mapping(template.get("metadata"))
    labels = {key: value for key, value in mapping(metadata.get("labels")).items() if key != HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def new_replica_set(
    api: ApiServer, deployment: Deployment, old: Sequence[ReplicaSet], replicas: int
) -> Manifest:
    """Return the manifest of the ReplicaSet for the Deployment's present template."""
    collisions = 0
    while True:
        digest = template_hash(deployment.template, collisions)
        name = f"{deployment.name}-{digest}"
        if api.store.get(("replicasets.apps", deployment.namespace, name)) is None:
            break
        collisions += 1
    template = clone(deployment.template)
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH] = digest
    selector = clone(mapping(deployment.spec.get("selector")))
    selector["matchLabels"] = {**mapping(selector.get("matchLabels")), HASH: digest}
    annotations = {key: value for key, value in deployment.annotations.items() if key not in _NOT_COPIED}
    annotations[DESIRED] = str(deployment.replicas)
    annotations[MAX] = str(deployment.replicas + max_surge(deployment))
    annotations[REVISION] = str(max(map(revision_of, old), default=0) + 1)
    spec: Manifest = {"replicas": replicas, "selector": selector, "template": template}
    if deployment.spec.get("minReadySeconds"):
        spec["minReadySeconds"] = deployment.spec["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "labels": clone(labels),
            "annotations": annotations,
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": spec,
    }


def _longer(history: str, revision: str) -> str:
    """Return the revisions that a ReplicaSet was before, the latest last; the first go where it gets too long.

    Source of the rule: `SetNewReplicaSetAnnotations` in k8s.io/kubernetes/pkg/controller/deployment/util

    >>> _longer("", "2"), _longer("2,4", "6")
    ('2', '2,4,6')
    """
    longer = f"{history},{revision}" if history else revision
    while len(longer) > _LONGEST_HISTORY and "," in longer:
        longer = longer.partition(",")[2]
    return longer


def set_revision(
    api: ApiServer, deployment: Deployment, new: ReplicaSet, old: Sequence[ReplicaSet], *, by: str
) -> ReplicaSet:
    """Make the ReplicaSet of the present template the latest revision, and note that on the Deployment."""
    latest = max(max(map(revision_of, old), default=0) + 1, revision_of(new))
    copied = {key: value for key, value in deployment.annotations.items() if key not in _NOT_COPIED}
    seconds = deployment.spec.get("minReadySeconds") or 0

    def edit(manifest: Manifest) -> None:
        annotations = manifest["metadata"].setdefault("annotations", {})
        annotations.update(copied)
        if 0 < revision_of(new) < latest:
            annotations[_HISTORY] = _longer(annotations.get(_HISTORY, ""), annotations[REVISION])
        annotations[REVISION] = str(latest)
        if (manifest["spec"].get("minReadySeconds") or 0) != seconds:
            manifest["spec"]["minReadySeconds"] = seconds

    def note(manifest: Manifest) -> None:
        manifest["metadata"].setdefault("annotations", {})[REVISION] = str(latest)

    changed = api.change(
        new,
        edit,
        by=by,
        why=Why(
            _("it is revision {revision} of {deployment}", revision=latest, deployment=deployment.ref),
            deployment,
        ),
    )
    why = Why(_("{replica_set} is its revision {revision}", replica_set=new.ref, revision=latest), new)
    api.change(deployment, note, by=by, why=why)
    return changed if isinstance(changed, ReplicaSet) else new
