"""The EndpointSlice mirroring controller: copies Endpoints that were made by hand into EndpointSlices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.api.kinds.endpoints import Endpoints
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.endpoints import MANAGED_BY as ENDPOINTS_MANAGED_BY
from k8snotes.control_plane.controllers.slices import Ports, fill, slice_of
from k8snotes.control_plane.controllers.subsets import repacked
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["SKIP", "MirroringController"]

SKIP = "endpointslice.kubernetes.io/skip-mirror"
# Endpoints with this annotation are a lock that some programs hold, not a list of addresses
_LEADER = "control-plane.alpha.kubernetes.io/leader"


class MirroringController(Component):
    """Makes slices for the Endpoints of a Service that has no selector.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#endpointslice-mirroring
    """

    name = "endpointslicemirroring-controller"
    turn = 130
    watches = ("endpoints", "services")

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Endpoints that changed, or those of the Service that did."""
        return (("endpoints", event.key[1], event.key[2]),)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Write the slices that say the same as the Endpoints."""
        if not isinstance(obj, Endpoints):
            return
        there = [
            item
            for item in api.store.controlled_by(obj.uid, "endpointslices.discovery.k8s.io", obj.namespace)
            if isinstance(item, EndpointSlice)
        ]
        service = api.store.get(("services", obj.namespace, obj.name))
        skipped = obj.labels.get(SKIP) == "true" or _LEADER in obj.annotations
        by_hand = not skipped and ENDPOINTS_MANAGED_BY not in obj.labels
        wanted: dict[Ports, list[dict[str, Any]]] = {}
        if isinstance(service, Service) and not service.selector and by_hand:
            wanted = _wanted(obj)
        if not wanted:
            for item in there:
                why = Why(_("{endpoints} has nothing to mirror", endpoints=obj.ref), obj)
                api.delete(item, by=self.name, why=why)
            return
        template = slice_of(obj, self.name)
        why = Why(_("{endpoints} was made by hand", endpoints=obj.ref), obj)
        fill(api, template, there, wanted, by=self.name, why=why)


def _wanted(endpoints: Endpoints) -> dict[Ports, list[dict[str, Any]]]:
    """Return the endpoints that an Endpoints object lists, by their ports."""
    wanted: dict[Ports, list[dict[str, Any]]] = {}
    for subset in repacked(endpoints.subsets):
        ports = tuple(
            (text(port.get("name")), int(port.get("port") or 0), text(port.get("protocol")) or "TCP")
            for port in mappings(subset.get("ports"))
        )
        held = wanted.setdefault(ports, [])
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in mappings(subset.get(field)):
                entry: dict[str, Any] = {
                    "addresses": [text(address.get("ip"))],
                    "conditions": {"ready": ready},
                }
                for name in ("hostname", "nodeName", "targetRef"):
                    if address.get(name):
                        entry[name] = address[name]
                held.append(entry)
    return {ports: held for ports, held in wanted.items() if held}
