"""The Endpoints controller: writes the old list of the addresses behind each Service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.service_controller import ServiceController, hostname_of, target_ref
from k8snotes.control_plane.controllers.subsets import repacked
from k8snotes.control_plane.endpoint_rules import EndpointPort, ports_at
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["MANAGED_BY", "EndpointsController"]

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
_HEADLESS = "service.kubernetes.io/headless"
_OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
_MOST = 1000


class EndpointsController(ServiceController):
    """Keeps one Endpoints object for each Service with a selector, of the Service's name.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
    """

    name = "endpoint-controller"
    turn = 110
    watches = ("services", "pods", "endpoints")

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Services that a change concerns; Endpoints made by hand may be there before their Service."""
        keys = super().concerned(api, event)
        if event.key[0] == "endpoints":
            return [key for key in keys if api.store.get(key) is not None]
        return keys

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Write what the Service's Endpoints should say, if they say something else."""
        if not isinstance(obj, Service) or not obj.selector or obj.type == "ExternalName":
            return
        everything = self._subsets(api, obj)
        wanted = _truncated(everything)
        labels = {**obj.labels, MANAGED_BY: self.name}
        if obj.headless:
            labels[_HEADLESS] = ""
        there = api.store.get(("endpoints", obj.namespace, obj.name))
        if there is None:
            manifest: Manifest = {
                "apiVersion": "v1",
                "kind": "Endpoints",
                "metadata": {"name": obj.name, "labels": labels},
            }
            if wanted:
                manifest["subsets"] = wanted
            why = Why(_("{service} needs a list of its addresses", service=obj.ref), obj)
            api.create(manifest, namespace=obj.namespace, by=self.name, why=why)
            return

        def edit(manifest: Manifest) -> None:
            manifest["metadata"]["labels"] = labels
            annotations = manifest["metadata"].setdefault("annotations", {})
            annotations.pop(_OVER_CAPACITY, None)
            if wanted != everything:
                annotations[_OVER_CAPACITY] = "truncated"
            if not annotations:
                del manifest["metadata"]["annotations"]
            manifest.pop("subsets", None)
            if wanted:
                manifest["subsets"] = wanted

        count = sum(len(subset.get("addresses", ())) for subset in wanted)
        why = Why(
            ngettext(
                "{service} has {n} ready address", "{service} has {n} ready addresses", count, service=obj.ref
            ),
            obj,
        )
        api.change(there, edit, by=self.name, verb="update", why=why)

    def _subsets(self, api: ApiServer, service: Service) -> list[dict[str, Any]]:
        """Group the addresses by the ports that they share."""
        groups: dict[tuple[EndpointPort, ...], dict[str, list[dict[str, Any]]]] = {}
        for pod in self.selected(api, service):
            ports = ports_at(service, pod)
            if pod.terminating and not service.publish_not_ready:
                continue
            if service.ports and not ports:
                continue
            address: dict[str, Any] = {"ip": pod.ip, "nodeName": pod.node_name, "targetRef": target_ref(pod)}
            hostname = hostname_of(service, pod)
            if hostname:
                address["hostname"] = hostname
            field = "addresses" if pod.ready or service.publish_not_ready else "notReadyAddresses"
            groups.setdefault(ports, {}).setdefault(field, []).append(address)
        return repacked(
            {**subset, "ports": [_port(port) for port in ports]} for ports, subset in groups.items()
        )

    def reconcile_gone(self, api: ApiServer, key: Key) -> None:
        """Where a Service is gone, its Endpoints go too."""
        there = api.store.get(("endpoints", key[1], key[2]))
        if there is not None:
            api.delete(there, by=self.name, why=_("Service {name} is gone", name=key[2]))


def _truncated(subsets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first thousand addresses, the ready ones before the others: an Endpoints object holds no more."""
    room = _MOST
    kept: list[dict[str, Any]] = [{} for subset in subsets]
    for field in ("addresses", "notReadyAddresses"):
        for subset, result in zip(subsets, kept, strict=True):
            held = subset.get(field, [])[:room]
            room -= len(held)
            if held:
                result[field] = held
    return [
        {**result, "ports": subset["ports"]} if "ports" in subset else result
        for subset, result in zip(subsets, kept, strict=True)
        if result
    ]


def _port(port: EndpointPort) -> dict[str, Any]:
    """Return a port as an Endpoints object lists it; a name only where there is one."""
    named = {"name": port.name} if port.name else {}
    return {**named, "port": port.port, "protocol": port.protocol}
