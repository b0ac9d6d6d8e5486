"""The claims of a Pod: the scheduler binds no Pod whose storage is missing or is not bound yet."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader
from k8snotes.control_plane.granted import Granted

__all__ = ["claims_failure", "claims_of", "claims_reason"]

_NOTHING = Granted()
_NOT_BOUND = "pod has unbound immediate PersistentVolumeClaims"


def claims_of(spec: Manifest) -> Iterator[str]:
    """Yield the names of the PersistentVolumeClaims that a Pod's volumes name.

    >>> list(claims_of({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "films"}}]}))
    ['films']
    """
    for volume in mappings(spec.get("volumes")):
        name = text(mapping(volume.get("persistentVolumeClaim")).get("claimName"))
        if name:
            yield name


def claims_reason(pod: Pod, reader: Reader, granted: Granted = _NOTHING) -> str:
    """Return why a Pod waits for its claims, in the scheduler's words, "" if it does not.

    Args:
        pod: the Pod.
        reader: the cluster.
        granted: what is taken for granted, there or not, bound or not.

    Source of the rule: `PreFilter` in k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding

    >>> import k8snotes as kn
    >>> pod = Pod({"spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "films"}}]}})
    >>> claims_reason(pod, kn.Cluster(nodes=1).api)
    'persistentvolumeclaim "films" not found'
    """
    names = [
        name for name in claims_of(pod.spec) if ("PersistentVolumeClaim", pod.namespace, name) not in granted
    ]
    if not names:
        return ""
    claims = {claim.name: claim for claim in reader.list("persistentvolumeclaims", pod.namespace)}
    for name in names:
        if name not in claims:
            return f'persistentvolumeclaim "{name}" not found'
        if claims[name].terminating:
            return f'persistentvolumeclaim "{name}" is being deleted'
    bound = all(claims[name].status.get("phase") == "Bound" for name in names)
    return "" if bound else _NOT_BOUND


def claims_failure(reason: str, nodes: int) -> str:
    """Return the text of the FailedScheduling event for a Pod that waits for its claims.

    Args:
        reason: what `claims_reason` has returned.
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
