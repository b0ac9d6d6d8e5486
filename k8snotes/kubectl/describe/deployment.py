"""`kubectl describe deployment`."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.control_plane.controllers.revisions import same_template
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.describe.template import pod_template
from k8snotes.kubectl.describe.workload import canonical_selector


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a Deployment, its old and new ReplicaSets included.

    The new ReplicaSet is the one with the present template, whichever is the youngest; all others are
    old, with the Pods that they still have.

    Source of the rule: `DeploymentDescriber` of k8s.io/kubectl/pkg/describe.
    """
    status, strategy = obj.status, mapping(obj.spec.get("strategy"))
    page.head(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.labels_and_annotations(obj)
    page.line("Selector", canonical_selector(obj))
    counts = (
        f"{obj.spec.get('replicas', 1)} desired",
        *(
            f"{status.get(field) or 0} {word}"
            for field, word in (
                ("updatedReplicas", "updated"),
                ("replicas", "total"),
                ("availableReplicas", "available"),
                ("unavailableReplicas", "unavailable"),
            )
        ),
    )
    page.line("Replicas", " | ".join(counts))
    page.line("StrategyType", text(strategy.get("type")))
    page.line("MinReadySeconds", obj.spec.get("minReadySeconds") or 0)
    rolling = strategy.get("rollingUpdate")
    if isinstance(rolling, dict):
        less, more = text(rolling.get("maxUnavailable")) or "0", text(rolling.get("maxSurge")) or "0"
        page.line("RollingUpdateStrategy", f"{less} max unavailable, {more} max surge")
    pod_template(page, mapping(obj.spec.get("template")))
    page.conditions(obj)
    old, new = _replica_sets(page, obj)
    if old or new:
        page.line("OldReplicaSets", _sets(old))
        page.line("NewReplicaSet", _sets(new))
    page.events(obj)


def _replica_sets(page: Page, obj: KubeObject) -> tuple[list[KubeObject], list[KubeObject]]:
    """Return the ReplicaSets of a Deployment: the old ones, and the one of its present template."""
    controlled = [
        item
        for item in page.api.list("replicasets", obj.namespace)
        if mapping(item.owner).get("uid") == obj.uid
    ]
    own = sorted(controlled, key=lambda item: (text(item.metadata.get("creationTimestamp")), item.name))
    if not isinstance(obj, Deployment):
        return own, []
    new = [item for item in own if isinstance(item, ReplicaSet) and same_template(obj, item)][:1]
    return [item for item in own if item not in new], [*new]


def _sets(sets: Sequence[KubeObject]) -> str:
    names = [
        f"{item.name} ({item.status.get('replicas') or 0}/{item.spec.get('replicas', 1)} replicas created)"
        for item in sets
    ]
    return ", ".join(names) or "<none>"
