"""The Leases of Nodes: each kubelet renews its own every ten seconds, so that the Master knows that it runs.

Nothing is written for a kubelet that runs: its Lease is made when somebody reads it. Only the last renewal of one that
has fallen silent is stored, and the node lifecycle controller acts on that.
"""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text, view
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import seconds_of, timestamp

__all__ = ["DURATION", "LEASES", "NAMESPACE", "lease_of", "leases", "renewed"]

LEASES = "leases.coordination.k8s.io"
NAMESPACE = "kube-node-lease"
DURATION = 40
"""For how many seconds a renewal is good."""
_EVERY = DURATION // 4


def leases(api: ApiServer, namespace: str | None = None) -> list[KubeObject]:
    """Return all Leases, those of the Nodes included, in the order of Namespaces and names.

    Args:
        api: the API server.
        namespace: only those of one Namespace.

    Source of the rule: https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats
    """
    found = {obj.key: obj for obj in api.list(LEASES, namespace)}
    if namespace in (None, NAMESPACE):
        for node in api.list("nodes"):
            found.setdefault((LEASES, NAMESPACE, node.name), renewed(api, node))
    return [found[key] for key in sorted(found)]


def lease_of(api: ApiServer, node: KubeObject) -> KubeObject:
    """Return the Lease of a Node: the stored one if its kubelet is silent, else as it has just been renewed."""
    return api.store.get((LEASES, NAMESPACE, node.name)) or renewed(api, node)


def renewed(api: ApiServer, node: KubeObject) -> KubeObject:
    """Return the Lease of a Node as its kubelet has last renewed it: every ten seconds from its start on.

    Args:
        api: the API server, which tells the time.
        node: the Node.

    Source of the rule: `NewController` in k8s.io/component-helpers/apimachinery/lease, and
        `nodeLeaseDurationSeconds` of https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
    """
    began = text(node.metadata.get("creationTimestamp"))
    since = seconds_of(began)
    last = timestamp(since + (api.now - since) // _EVERY * _EVERY)
    owner = {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": node.uid}
    return view(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": node.name,
                "namespace": NAMESPACE,
                "creationTimestamp": began,
                "ownerReferences": [owner],
                "uid": f"{node.uid[:-12]}{'f' * 4}{node.uid[-8:]}",
            },
            "spec": {
                "holderIdentity": node.name,
                "leaseDurationSeconds": DURATION,
                "renewTime": last.replace("Z", ".000000Z"),
            },
        }
    )
