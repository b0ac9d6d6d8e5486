"""The claims of a Pod: the scheduler binds no Pod whose storage is missing or is not bound yet."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text

__all__ = ["claim_name", "claims_failure", "claims_of", "is_made_for"]


def claims_of(pod: KubeObject) -> Iterator[str]:
    """Yield the names of the PersistentVolumeClaims that a Pod's volumes use.

    A generic ephemeral volume has a claim of its own, named after Pod and volume.

    >>> from k8snotes.api.base import view
    >>> volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "films"}}, {"name": "tmp", "ephemeral": {}}]
    >>> list(claims_of(view({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"volumes": volumes}})))
    ['films', 'web-tmp']

    Source of the rule: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
    """
    for volume in mappings(pod.spec.get("volumes")):
        if name := claim_name(pod, volume):
            yield name


def claim_name(pod: KubeObject, volume: Manifest) -> str:
    """Return the name of the claim behind a volume of a Pod, "" if there is none."""
    if volume.get("ephemeral") is not None:
        return f"{pod.name}-{text(volume.get('name'))}"
    return text(mapping(volume.get("persistentVolumeClaim")).get("claimName"))


def is_made_for(claim: KubeObject, pod: KubeObject) -> bool:
    """Whether a claim was made for an ephemeral volume of a Pod: the Pod controls it.

    Source of the rule: `VolumeIsForPod` in k8s.io/component-helpers/storage/ephemeral
    """
    return mapping(claim.owner).get("uid") == pod.uid


def claims_failure(reason: str, nodes: int) -> str:
    """Return the text of the FailedScheduling event for a Pod that waits for its claims.

    Args:
        reason: why, in the scheduler's words: `PodVolumes.reason`.
        nodes: how many Nodes there are; none of them was looked at.

    Source of the rule: `FitError` in k8s.io/kubernetes/pkg/scheduler/framework.

    >>> claims_failure("pod has unbound immediate PersistentVolumeClaims", 2)
    '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found'
    """
    return (
        f"0/{nodes} nodes are available: {reason}. not found"
        if nodes
        else "no nodes available to schedule pods"
    )
