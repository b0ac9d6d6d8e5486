"""What the controllers of Endpoints and of EndpointSlices share: which Pods a Service selects, and when to look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.objects import KubeObject, Pod, Service, mapping, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.endpoint_rules import has_endpoint
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["ServiceController", "hostname_of", "target_ref"]


class ServiceController(Component):
    """Looks at a Service whenever it changes, or a Pod that it selects or did select."""

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Services that a change concerns."""
        if event.key[0] == "services":
            return (event.key,)
        if event.key[0] != "pods":
            return (("services", event.key[1], self.service_of(event.object)),)
        services = [
            item
            for item in api.store.list("services", event.key[1])
            if isinstance(item, Service) and item.selector
        ]
        old, new = event.old, event.object
        if not services:
            return ()
        if event.type == "MODIFIED" and old is not None and _seen_by_services(old) == _seen_by_services(new):
            return ()
        states = [new.labels] if old is None else [new.labels, old.labels]
        return [
            service.key
            for service in services
            if any(service.selector.items() <= labels.items() for labels in states)
        ]

    def service_of(self, obj: KubeObject) -> str:
        """Return the name of the Service that an object of this controller's own kind belongs to."""
        return obj.name

    def selected(self, api: ApiServer, service: Service) -> list[Pod]:
        """Return the Pods that a Service selects and that have an address, by name."""
        wanted = service.selector.items()
        return [
            pod
            for pod in api.store.list("pods", service.namespace)
            if isinstance(pod, Pod) and wanted <= pod.labels.items() and has_endpoint(pod)
        ]


def target_ref(pod: Pod) -> dict[str, Any]:
    """Return the reference to a Pod that its address carries."""
    return {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid}


def hostname_of(service: Service, pod: Pod) -> str:
    """Return the name that DNS gives a Pod behind its headless Service, "" if none."""
    named = pod.spec.get("subdomain") == service.name
    return text(pod.spec.get("hostname")) if named else ""


def _seen_by_services(pod: KubeObject) -> tuple[Any, ...]:
    status = mapping(pod.raw.get("status"))
    ready = isinstance(pod, Pod) and pod.ready
    return pod.metadata.get("labels"), status.get("podIP"), status.get("phase"), ready, pod.terminating
