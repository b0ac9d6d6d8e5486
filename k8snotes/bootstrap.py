"""The objects that a new cluster begins with: its Namespaces, the Service `kubernetes`, its Nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.furniture import CRITICAL
from k8snotes.api.quantity import Quantity
from k8snotes.api.values import unfit
from k8snotes.catalogue import _
from k8snotes.control_plane.addresses import API_SERVER_IP, NodeIPs, PodIPs
from k8snotes.control_plane.apiserver import NAMESPACES
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ClusterError, QuantityError, brief

__all__ = [
    "VERSION",
    "kubernetes_endpoints",
    "kubernetes_service",
    "nodes_of",
    "system_namespaces",
    "system_priority_classes",
]

VERSION = "v1.36.2"
MOST_NODES = 5_000


def system_namespaces() -> Iterator[Manifest]:
    """Yield the Namespaces that every cluster has.

    >>> [namespace["metadata"]["name"] for namespace in system_namespaces()]
    ['default', 'kube-node-lease', 'kube-public', 'kube-system']

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
    """
    for name in NAMESPACES:
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }


def system_priority_classes() -> Iterator[Manifest]:
    """Yield the PriorityClasses that every cluster has.

    >>> [item["value"] for item in system_priority_classes()]
    [2000000000, 2000001000]

    Source of the rule: `SystemPriorityClasses` in k8s.io/kubernetes/pkg/apis/scheduling/v1
    """
    uses = (
        "that must run in the cluster, but can be moved to another node if necessary.",
        "that must not be moved from their current node.",
    )
    for (name, value), use in zip(CRITICAL.items(), uses, strict=True):
        yield {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name, "generation": 1},
            "value": value,
            "description": f"Used for system critical pods {use}",
            "preemptionPolicy": "PreemptLowerPriority",
        }


def kubernetes_service() -> Manifest:
    """Return the Service by which Pods reach the API server: `default/kubernetes`, at 10.96.0.1.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "10.96.0.1",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
            "type": "ClusterIP",
        },
    }


def kubernetes_endpoints() -> Iterator[Manifest]:
    """Yield the endpoints of that Service, which the API server keeps itself: its own address, port 6443.

    Source of the rule: `EndpointReconciler` in k8s.io/kubernetes/pkg/controlplane/reconcilers
    """
    metadata = {"name": "kubernetes", "namespace": "default"}
    yield {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {**metadata, "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        "subsets": [
            {
                "addresses": [{"ip": API_SERVER_IP}],
                "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
            }
        ],
    }
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [API_SERVER_IP], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    }


def nodes_of(
    nodes: int | Sequence[Manifest | KubeObject],
    pod_ips: PodIPs,
    node_ips: NodeIPs,
    *,
    cpu: str | float,
    memory: str | float,
    pods: int,
) -> Iterator[Manifest]:
    """Yield the manifests of a cluster's Nodes: numbered Nodes, or the given manifests.

    Each Node has a running kubelet: an address, a range for its Pods, capacity, and the condition Ready.

    Args:
        nodes: how many Nodes, 0 to 5,000, or Node manifests.
        pod_ips: gives each Node its /24 range of Pod IPs.
        node_ips: gives each Node its address, where its manifest has none.
        cpu: CPU of a Node whose manifest has none, as a quantity.
        memory: memory of such a Node, as a quantity.
        pods: how many Pods such a Node can hold.

    Raises:
        ClusterError: no Node can be made from the number, a size or a manifest.

    Source of the number: https://kubernetes.io/docs/setup/best-practices/cluster-large/

    >>> nodes = nodes_of(1, PodIPs(), NodeIPs(), cpu="4", memory="8Gi", pods=110)
    >>> next(nodes)["spec"]["podCIDR"]
    '10.244.1.0/24'
    """
    if isinstance(nodes, int) and not isinstance(nodes, bool):
        if not 0 <= nodes <= MOST_NODES:
            raise ClusterError(
                _(
                    "A cluster has 0 to 5,000 Nodes, as many as Kubernetes supports, not {number}.",
                    number=brief(nodes),
                )
            )
        given: list[Any] = [{"metadata": {"name": f"node-{number}"}} for number in range(1, nodes + 1)]
    elif isinstance(nodes, Sequence) and not isinstance(nodes, str):
        given = list(nodes)
    else:
        raise ClusterError(
            _(
                "nodes must be a number or a list of Node manifests, not a value of type {type}.",
                type=type(nodes).__name__,
            )
        )
    _check_size(cpu=cpu, memory=memory)
    if not isinstance(pods, int) or isinstance(pods, bool) or pods < 0:
        raise ClusterError(
            _(
                "pods is the number of Pods that a Node can hold. It must be a whole number, 0 or more, "
                "not {value}.",
                value=brief(pods),
            )
        )
    capacity = {"cpu": str(cpu), "memory": str(memory), "pods": str(pods), "ephemeral-storage": "100Gi"}
    for item in given:
        manifest = item.raw if isinstance(item, KubeObject) else item
        if not isinstance(manifest, dict) or manifest.get("kind", "Node") != "Node":
            raise ClusterError(
                _("nodes must hold Node manifests, but this is not one: {value}", value=brief(manifest))
            )
        if why := unfit(manifest):
            raise ClusterError(_("A Node manifest cannot be read: {why}.", why=why))
        yield _node(clone(manifest), pod_ips, node_ips, capacity)


def _check_size(**sizes: str | float) -> None:
    for name, size in sizes.items():
        try:
            known = not Quantity(size) < Quantity(0)
        except QuantityError as error:
            raise ClusterError(
                _(
                    "{name}={size} is not a quantity, so no Node can have it: {error}",
                    name=name,
                    size=brief(size),
                    error=error,
                )
            ) from None
        if not known:
            raise ClusterError(
                _("{name} of a Node must be 0 or more, not {size}.", name=name, size=brief(size))
            )


def _node(manifest: Manifest, pod_ips: PodIPs, node_ips: NodeIPs, capacity: dict[str, str]) -> Manifest:
    node = view({"apiVersion": "v1", "kind": "Node", **manifest})
    name = node.name
    if not name:
        raise ClusterError(_("A Node needs a name, but metadata.name is missing."))
    raw = node.raw
    metadata = raw["metadata"]
    metadata["labels"] = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "amd64",
        **mapping(metadata.get("labels")),
    }
    spec = raw["spec"] = mapping(raw.get("spec"))
    spec["podCIDR"] = pod_ips.add_node(name, text(spec.get("podCIDR")))
    spec["podCIDRs"] = [spec["podCIDR"]]
    status = raw["status"] = mapping(raw.get("status"))
    own = next((a for a in mappings(status.get("addresses")) if a.get("type") == "InternalIP"), None)
    if own is None:
        status["addresses"] = [
            {"type": "InternalIP", "address": node_ips.allocate(name)},
            {"type": "Hostname", "address": name},
        ]
    else:
        node_ips.reserve(name, text(own.get("address")))
    for field in ("capacity", "allocatable"):
        given = mapping(status.get(field)) or mapping(status.get("capacity"))
        status[field] = {**capacity, **given}
    status["conditions"] = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
    status["nodeInfo"] = {
        "kubeletVersion": VERSION,
        "osImage": "Linux",
        "kernelVersion": "6.12",
        "containerRuntimeVersion": "containerd://2.1",
        **mapping(status.get("nodeInfo")),
    }
    return raw
