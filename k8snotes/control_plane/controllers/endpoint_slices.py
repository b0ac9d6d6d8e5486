"""The EndpointSlice controller: writes the addresses behind each Service, a hundred to a slice."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.service_controller import ServiceController, hostname_of, target_ref
from k8snotes.control_plane.controllers.slices import SERVICE_NAME, Ports, fill, slice_of
from k8snotes.control_plane.endpoint_rules import ports_at

__all__ = ["EndpointSliceController"]

_ZONE = "topology.kubernetes.io/zone"
_NEAR = ("PreferClose", "PreferSameZone", "PreferSameNode")


class EndpointSliceController(ServiceController):
    """Keeps the EndpointSlices of each Service with a selector; kube-proxy reads these.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
    """

    name = "endpointslice-controller"
    turn = 120
    watches = ("services", "pods", "endpointslices.discovery.k8s.io")

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Write what the Service's slices should say, where they say something else."""
        if not isinstance(obj, Service) or not obj.selector or obj.type == "ExternalName" or obj.terminating:
            return
        there = [
            item
            for item in api.store.controlled_by(obj.uid, "endpointslices.discovery.k8s.io", obj.namespace)
            if isinstance(item, EndpointSlice)
        ]
        wanted: dict[Ports, list[dict[str, Any]]] = {}
        for pod in self.selected(api, obj):
            ports = tuple((item.name, item.port, item.protocol) for item in ports_at(obj, pod))
            wanted.setdefault(ports, []).append(_endpoint(api, obj, pod))
        if not wanted:
            wanted[()] = []  # a Service without Pods has one slice that says so
        template = slice_of(obj, self.name)
        if obj.headless:
            template["metadata"]["labels"]["service.kubernetes.io/headless"] = ""
        count = sum(map(len, wanted.values()))
        why = Why(
            ngettext("{service} has {n} endpoint", "{service} has {n} endpoints", count, service=obj.ref), obj
        )
        fill(api, template, there, wanted, by=self.name, why=why)

    def service_of(self, obj: KubeObject) -> str:
        """Return the Service that a slice belongs to."""
        return obj.labels.get(SERVICE_NAME, "")


def _endpoint(api: ApiServer, service: Service, pod: Pod) -> dict[str, Any]:
    """Return the endpoint of a Pod: its address, its conditions, its Node."""
    ready = service.publish_not_ready or (pod.ready and not pod.terminating)
    endpoint: dict[str, Any] = {
        "addresses": [pod.ip],
        "conditions": {"ready": ready, "serving": pod.ready, "terminating": pod.terminating},
        "nodeName": pod.node_name,
        "targetRef": target_ref(pod),
    }
    hostname = hostname_of(service, pod)
    if hostname:
        endpoint["hostname"] = hostname
    node = api.store.get(("nodes", "", pod.node_name))
    if isinstance(node, Node) and _ZONE in node.labels:
        endpoint["zone"] = node.labels[_ZONE]
    hints = _hints(service, endpoint)
    if hints and ready:
        endpoint["hints"] = hints
    return endpoint


def _hints(service: Service, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return for whom an endpoint is meant (`trafficDistribution`): callers of its zone, or of its Node.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution
    """
    wish = service.spec.get("trafficDistribution")
    hints = {}
    if wish in _NEAR and "zone" in endpoint:
        hints["forZones"] = [{"name": endpoint["zone"]}]
    if wish == "PreferSameNode" and endpoint["nodeName"]:
        hints["forNodes"] = [{"name": endpoint["nodeName"]}]
    return hints
