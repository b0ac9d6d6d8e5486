"""What the controllers of Endpoints and of EndpointSlices share: which Pods a Service selects, and when to look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane import caches
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.endpoint_rules import has_endpoint
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["ServiceController", "hostname_of", "target_ref"]


_Pair = tuple[str, str, str]  # namespace, key and value of a label


class ServiceController(Component):
    """Looks at a Service whenever it changes, or a Pod that it selects or did select.

    Which Services want a label, and which Pods have it, is looked up and not searched for; what is
    looked up is made anew when a Service or a Pod has changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted: tuple[int, dict[_Pair, list[Service]]] = -1, {}
        self._having: tuple[int, dict[_Pair, list[Pod]]] = -1, {}

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Services that a change concerns."""
        if event.key[0] == "services":
            return (event.key,)
        if event.key[0] != "pods":
            return (("services", event.key[1], self.service_of(event.object)),)
        wanted = self._services_wanting(api)
        old, new = event.old, event.object
        if not wanted:
            return ()
        if event.type == "MODIFIED" and old is not None and _seen_by_services(old) == _seen_by_services(new):
            return ()
        states = [new.labels] if old is None else [new.labels, old.labels]
        return {
            service.key: None
            for labels in states
            for pair in labels.items()
            for service in wanted.get((event.key[1], *pair), ())
            if service.selector.items() <= labels.items()
        }

    def _services_wanting(self, api: ApiServer) -> dict[_Pair, list[Service]]:
        """Return the Services with a selector, each by one label that it asks for."""
        changed = api.store.changed("services")
        if self._wanted[0] != changed or not caches.enabled():
            wanting: dict[_Pair, list[Service]] = {}
            for item in api.store.list("services"):
                if isinstance(item, Service) and item.selector:
                    wanting.setdefault((item.namespace, *next(iter(item.selector.items()))), []).append(item)
            self._wanted = changed, wanting
        return self._wanted[1]

    def _pods_having(self, api: ApiServer) -> dict[_Pair, list[Pod]]:
        """Return the Pods that have an address by each of their labels, in order."""
        changed = api.store.changed("pods")
        if self._having[0] != changed or not caches.enabled():
            having: dict[_Pair, list[Pod]] = {}
            for pod in api.store.list("pods"):
                if isinstance(pod, Pod) and has_endpoint(pod):
                    for pair in pod.labels.items():
                        having.setdefault((pod.namespace, *pair), []).append(pod)
            self._having = changed, having
        return self._having[1]

    def service_of(self, obj: KubeObject) -> str:
        """Return the name of the Service that an object of this controller's own kind belongs to."""
        return obj.name

    def selected(self, api: ApiServer, service: Service) -> list[Pod]:
        """Return the Pods that a Service selects and that have an address, by name."""
        wanted, having = service.selector.items(), self._pods_having(api)
        lists = [having.get((service.namespace, *pair), []) for pair in wanted]
        return [pod for pod in min(lists, key=len) if wanted <= pod.labels.items()]


def target_ref(pod: Pod) -> dict[str, Any]:
    """Return the reference to a Pod that its address carries."""
    return {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid}


def hostname_of(service: Service, pod: Pod) -> str:
    """Return the name that DNS gives a Pod behind its headless Service, "" if none."""
    named = pod.spec.get("subdomain") == service.name
    return text(pod.spec.get("hostname")) if named else ""


def _seen_by_services(pod: KubeObject) -> tuple[Any, ...]:
    """Return all of a Pod that a Service looks at: what else changes in it concerns none."""
    status = mapping(pod.raw.get("status"))
    ready = isinstance(pod, Pod) and pod.ready
    return pod.metadata.get("labels"), status.get("podIP"), status.get("phase"), ready, pod.terminating
