"""Node: a machine that runs Pods."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kind import Kind


class Node(KubeObject):
    """A Node: a machine that runs Pods.

    >>> node = Node({"metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.244.1.0/24", "unschedulable": True}})
    >>> node.pod_cidr, node.unschedulable, node.ready
    ('10.244.1.0/24', True, False)
    >>> import k8snotes as kn
    >>> node = kn.Cluster(nodes=1)["node/node-1"]
    >>> node.ip, node.pod_cidr, node.ready, node.unschedulable, node.taints, node.allocatable["cpu"]
    ('192.168.0.11', '10.244.1.0/24', True, False, (), '4')
    """

    __slots__ = ()

    @property
    def ip(self) -> str:
        """Its InternalIP, else its ExternalIP; "" if its status has neither."""
        for kind in ("InternalIP", "ExternalIP"):
            for address in mappings(self.status.get("addresses")):
                if address.get("type") == kind:
                    return text(address.get("address"))
        return ""

    @property
    def pod_cidr(self) -> str:
        """The range that its Pods take their addresses from."""
        return text(self.spec.get("podCIDR"))

    @property
    def unschedulable(self) -> bool:
        """Whether it is cordoned."""
        return self.spec.get("unschedulable") is True

    @property
    def ready(self) -> bool:
        """Whether its condition `Ready` is True."""
        return self.holds("Ready")

    @property
    def taints(self) -> tuple[dict[str, Any], ...]:
        """`spec.taints`: what keeps Pods away that do not tolerate it."""
        return tuple(mappings(self.spec.get("taints")))

    @property
    def allocatable(self) -> dict[str, Any]:
        """What its Pods may request together, resource to quantity; its capacity if its status has no other value."""
        return mapping(self.status.get("allocatable")) or mapping(self.status.get("capacity"))


KIND = Kind(
    "Node",
    "nodes",
    namespaced=False,
    short=("no",),
    rank=3,
    status=True,
    view=Node,
    selectable_fields=("spec.unschedulable",),
)
