"""cloud-controller-manager: where a provider has load balancers, it gets one for each Service that asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.control_plane.addresses import ServiceIPs
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.errors import AddressError

__all__ = ["BALANCERS", "CloudControllerManager"]

BALANCERS = "198.51.100.0/24"
"""The addresses of load balancers, where a reader names no others."""


class CloudControllerManager(Component):
    """Gives each Service of type LoadBalancer an address of its pool, and takes it back.

    A cluster without a provider has no such component: there EXTERNAL-IP stays `<pending>`. A Service
    with a `loadBalancerClass` is left to the controller of that class.
    Source of the rule: https://kubernetes.io/docs/concepts/architecture/cloud-controller/#service-controller
    """

    name = "cloud-controller-manager"
    watches = ("services",)

    def __init__(self, cidr: str, ip_mode: str) -> None:
        super().__init__()
        self.pool = ServiceIPs(cidr)
        self.ip_mode = ip_mode
        self.implied = (
            False  # whether it came along with what needs it, so that a reader may still ask for it
        )
        self.given: dict[str, str] = {}  # by uid of the Service
        self.waiting: dict[Key, None] = {}  # those that the pool had nothing left for

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Service that changed; the address of one that is gone is free again."""
        if event.type == "DELETED":
            self._take_back(event.object)
            return self.waiting
        return (event.key,)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Give an address to a Service that asks for one, and take it from one that no longer does."""
        if not isinstance(obj, Service):
            return
        if obj.type != "LoadBalancer" or obj.spec.get("loadBalancerClass"):
            if obj.uid in self.given:
                self._take_back(obj)
                why = _("it no longer asks for a load balancer")
                api.update_status(obj, {**obj.status, "loadBalancer": {}}, by=self.name, why=why)
            return
        if obj.load_balancer_ips:
            return
        record(api, obj, "EnsuringLoadBalancer", "Ensuring load balancer", by="service-controller")
        try:
            ip = self.given.get(obj.uid) or self.pool.allocate(text(obj.spec.get("loadBalancerIP")))
        except AddressError as error:
            self.waiting[obj.key] = None
            message = f"Error syncing load balancer: failed to ensure load balancer: {error}"
            record(api, obj, "SyncLoadBalancerFailed", message, by="service-controller", warning=True)
            return
        self.given[obj.uid] = ip
        self.waiting.pop(obj.key, None)
        balancer = {"ingress": [{"ip": ip, "ipMode": self.ip_mode}]}
        why = _("the provider has given it a load balancer at {ip}", ip=ip)
        api.update_status(obj, {**mapping(obj.status), "loadBalancer": balancer}, by=self.name, why=why)
        record(api, obj, "EnsuredLoadBalancer", "Ensured load balancer", by="service-controller")

    def restart(self, api: ApiServer) -> None:  # noqa: ARG002
        """Count the addresses of the pool again: none is taken but those that Services have."""
        self.pool = ServiceIPs(str(self.pool.network), reserved=self.given.values())

    def copy(self) -> Self:
        """Return an independent component in the same state."""
        other = super().copy()
        other.pool, other.given = self.pool.copy(), self.given.copy()
        other.waiting = self.waiting.copy()
        return other

    def _take_back(self, obj: KubeObject) -> None:
        """Let the pool have the address of a Service again."""
        ip = self.given.pop(obj.uid, "")
        if ip:
            self.pool.release(ip)
