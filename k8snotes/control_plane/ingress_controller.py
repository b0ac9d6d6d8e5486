"""An Ingress controller, where a reader provides one: a program in a Pod, which leads HTTP requests to Services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.ingress_rules import CLASSES, DEFAULT_CLASS, INGRESSES, WebController, served_by

__all__ = ["IngressController", "WebComponent", "balancer_of", "has_ready_pod"]

_SLICES = "endpointslices.discovery.k8s.io"
_IMAGE = "registry.k8s.io/ingress-nginx/controller:v1.14.0"
_METRICS = 10254
_LABELS = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}


class WebComponent(Component):
    """A controller that leads HTTP requests into the cluster; `controller` says by which names it is known."""

    controller: WebController


class IngressController(WebComponent):
    """Writes the address by which it is reached into the status of each Ingress that it acts on.

    It leads requests as ingress-nginx does. Its program runs in a Pod of a Deployment, behind a Service of type
    LoadBalancer, and `network/` follows requests through it.

    Args:
        name: the name of its class: "nginx".
        controller: the name by which classes name it: "k8s.io/ingress-nginx".

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/
    """

    watches = (INGRESSES, CLASSES, "services", _SLICES)
    serves = INGRESSES

    def __init__(self, name: str, controller: str) -> None:
        super().__init__()
        self.name = f"ingress-{name}-controller"
        self.controller = WebController("ingress", controller, name, f"ingress-{name}", self.name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the Ingress that changed, or all of them where a class changed, or the way to this controller."""
        if event.key[0] == INGRESSES:
            return (event.key,) if event.type != "DELETED" else ()
        own = event.key[1] == self.controller.namespace or event.key[0] == CLASSES
        return [obj.key for obj in api.store.list(INGRESSES)] if own else ()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Write the address into an Ingress of a class of this controller, as soon as its Pod can answer."""
        if served_by(obj, api.list(CLASSES), (self.controller,)).controller is None:
            return
        place = self.controller.namespace, self.controller.service
        addresses = balancer_of(api, *place) if has_ready_pod(api, *place) else ()
        balancer: Manifest = {"ingress": [{"ip": ip} for ip in addresses]} if addresses else {}
        if not addresses or mapping(obj.status.get("loadBalancer")) == balancer:
            return
        record(api, obj, "Sync", "Scheduled for sync", by="nginx-ingress-controller")
        why = Why(_("requests for it come in at {ip}", ip=addresses[0]), obj)
        api.update_status(obj, {**obj.status, "loadBalancer": balancer}, by=self.name, why=why)

    def manifests(self, *, default: bool) -> Iterator[Manifest]:
        """Yield what is applied to install it: its class, and the Deployment and the Service of its program.

        Args:
            default: whether Ingresses that name no class get this one.
        """
        of = self.controller
        labels = {**_LABELS, "app.kubernetes.io/instance": of.namespace}
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": of.namespace},
        }
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {
                "name": of.class_name,
                "labels": labels,
                **({"annotations": {DEFAULT_CLASS: "true"}} if default else {}),
            },
            "spec": {"controller": of.name},
        }
        ports = [("http", 80), ("https", 443)]
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": of.service, "namespace": of.namespace, "labels": labels},
            "spec": {
                "type": "LoadBalancer",
                "selector": labels,
                "ports": [
                    {"name": name, "port": port, "targetPort": name, "appProtocol": name}
                    for name, port in ports
                ],
            },
        }
        container: Manifest = {
            "name": "controller",
            "image": _IMAGE,
            "args": ["/nginx-ingress-controller", f"--controller-class={of.name}"],
            "ports": [
                {"name": name, "containerPort": port} for name, port in (*ports, ("metrics", _METRICS))
            ],
            "readinessProbe": {"httpGet": {"path": "/healthz", "port": _METRICS}},
        }
        yield {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": of.service, "namespace": of.namespace, "labels": labels},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }


def balancer_of(api: ApiServer, namespace: str, name: str) -> tuple[str, ...]:
    """Return the addresses at which a Service of type LoadBalancer is reached from outside, () if there are none."""
    service = api.store.get(("services", namespace, name))
    return service.load_balancer_ips if isinstance(service, Service) else ()


def has_ready_pod(api: ApiServer, namespace: str, name: str) -> bool:
    """Whether a Pod behind a Service is ready, so that its program can act."""
    return any(
        mapping(entry.get("conditions")).get("ready")
        for item in api.list(_SLICES, namespace)
        if item.labels.get("kubernetes.io/service-name") == name
        for entry in mappings(item.raw.get("endpoints"))
    )
