"""A Gateway controller, where a reader provides one: it runs a proxy for each Gateway, and says what routes it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.gateway_api import CLASSES, GATEWAYS, GROUP, ROUTES
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.gateway_definitions import definitions
from k8snotes.control_plane.gateway_rules import (
    Attached,
    Listener,
    attached,
    controller_of,
    gateways_of,
    listeners_of,
    parents_of,
    resolved,
    service_of,
)
from k8snotes.control_plane.ingress_controller import WebComponent, balancer_of, has_ready_pod
from k8snotes.control_plane.ingress_rules import WebController
from k8snotes.errors import ApiError

__all__ = ["GatewayController"]

_SLICES = "endpointslices.discovery.k8s.io"
_IMAGE = "example.com/gateway-proxy:1.0"
_NAME = f"{GROUP}/gateway-name"
_CLASS_NAME = f"{GROUP}/gateway-class-name"
_KIND = {"group": GROUP, "kind": "HTTPRoute"}
_CONFLICTS = {
    "HostnameConflict": "Multiple listeners for the same port use the same hostname",
    "ProtocolConflict": "Multiple listeners for the same port specify incompatible protocols",
}
_REFS = {
    "InvalidRouteKinds": "Unsupported value in allowedRoutes.kinds: supported values: HTTPRoute",
    "InvalidCertificateRef": "The Secret of certificateRefs does not exist or has no certificate and key",
    "RefNotPermitted": "Certificate ref to a Secret of another namespace not permitted by any ReferenceGrant",
}


class GatewayController(WebComponent):
    """Runs a proxy for each Gateway of its classes, and writes into statuses what is accepted, and why not.

    The proxy of a Gateway is a Deployment behind a Service of type LoadBalancer, both in the Gateway's Namespace and
    called after it, as GEP-1762 has it. `network/` follows requests through it.

    Args:
        name: the name of its class: "example-class".
        controller: the name by which classes name it: "example.com/gateway-controller".

    Source of the rule: https://gateway-api.sigs.k8s.io/reference/spec/
    """

    watches = (CLASSES, GATEWAYS, ROUTES, "services", "namespaces", "secrets", _SLICES)
    serves = CLASSES

    def __init__(self, name: str, controller: str) -> None:
        super().__init__()
        self.name = f"{name}-gateway-controller"
        self.controller = WebController("gateway", controller, name)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield what changed, and what depends on it: routes on Gateways and backends, Gateways on routes."""
        resource, namespace, _name = event.key
        if resource == _SLICES and not event.object.labels.get("kubernetes.io/service-name"):
            return ()
        own = () if event.type == "DELETED" or resource not in (CLASSES, GATEWAYS, ROUTES) else (event.key,)
        if resource in (CLASSES, "namespaces"):
            return (*own, *_keys(api, GATEWAYS), *_keys(api, ROUTES))
        if resource in (_SLICES, "secrets"):
            return _keys(api, GATEWAYS, namespace)
        if resource == "services":
            return (*_keys(api, GATEWAYS, namespace), *_keys(api, ROUTES, namespace))
        if resource == GATEWAYS:
            return (*own, *_keys(api, ROUTES))
        return (*own, *_keys(api, GATEWAYS))

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Look at a class, a Gateway or a route, and write what is to be said of it."""
        if obj.terminating:
            return
        if obj.key[0] == CLASSES:
            self._accept(api, obj)
        elif obj.key[0] == GATEWAYS:
            if controller_of(api, obj) == self.controller.name:
                self._run(api, obj)
                self._report(api, obj)
        else:
            self._report_route(api, obj)

    def manifests(self) -> Iterator[Manifest]:
        """Yield what is applied to install it: the definitions of the kinds, and its class."""
        yield from definitions()
        yield {
            "apiVersion": f"{GROUP}/v1",
            "kind": "GatewayClass",
            "metadata": {"name": self.controller.class_name},
            "spec": {"controllerName": self.controller.name},
        }

    # ---- classes and Gateways

    def _accept(self, api: ApiServer, obj: KubeObject) -> None:
        if text(obj.spec.get("controllerName")) != self.controller.name:
            return
        new = [("Accepted", "True", "Accepted", "The GatewayClass is accepted")]
        status = {"conditions": _conditions(api, obj, mappings(obj.status.get("conditions")), new)}
        api.update_status(obj, status, by=self.name, why=_("its controller runs"))

    def _run(self, api: ApiServer, gateway: KubeObject) -> None:
        """Create or change the Service and the Deployment of a Gateway's proxy."""
        whole = [item for item in listeners_of(api, gateway) if item.whole]
        ports = list(dict.fromkeys(item.port for item in whole))
        name = service_of(gateway)
        if not ports:
            return
        labels = {_NAME: gateway.name, _CLASS_NAME: text(gateway.spec.get("gatewayClassName"))}
        meta: Manifest = {
            "name": name,
            "namespace": gateway.namespace,
            "labels": labels,
            "ownerReferences": [
                {
                    "apiVersion": gateway.api_version,
                    "kind": "Gateway",
                    "name": gateway.name,
                    "uid": gateway.uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        }
        why = Why(_("{gateway} needs a proxy", gateway=gateway.ref), gateway)
        wanted = [
            {"name": f"port-{port}", "port": port, "targetPort": port, "protocol": "TCP"} for port in ports
        ]
        service = api.store.get(("services", gateway.namespace, name))
        try:
            if service is None:
                spec: Manifest = {"type": "LoadBalancer", "selector": labels, "ports": wanted}
                asked = [text(item.get("value")) for item in mappings(gateway.spec.get("addresses"))]
                if asked:
                    spec["loadBalancerIP"] = asked[0]
                made = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
                api.create(made, by=self.name, why=why)
            elif [item.get("port") for item in mappings(service.spec.get("ports"))] != ports:
                there = {item.get("port"): item for item in mappings(service.spec.get("ports"))}
                kept = [there.get(item["port"], item) for item in wanted]
                changed = {**service.raw, "spec": {**service.spec, "ports": kept}}
                api.replace(changed, by=self.name, why=why)
            if api.store.get(("deployments.apps", gateway.namespace, name)) is None:
                container = {"name": "proxy", "image": _IMAGE}
                template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
                spec = {"selector": {"matchLabels": labels}, "template": template}
                made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
                api.create(made, by=self.name, why=why)
        except ApiError:
            return  # a Namespace that is terminating takes no new object; a quota may refuse it

    def _report(self, api: ApiServer, gateway: KubeObject) -> None:
        """Write the status of a Gateway and of its listeners."""
        name = service_of(gateway)
        listeners = listeners_of(api, gateway)
        addresses = balancer_of(api, gateway.namespace, name)
        ready = has_ready_pod(api, gateway.namespace, name)
        attached_to = self._attached_to(api, gateway)
        whole = [item for item in listeners if item.whole]
        if not any(item.accepted for item in listeners):
            accepted = ("Accepted", "False", "ListenersNotValid", "Gateway has no valid listeners")
        elif len(whole) < len(listeners):
            message = "Gateway has at least one valid listener"
            accepted = ("Accepted", "True", "ListenersNotValid", message)
        else:
            accepted = ("Accepted", "True", "Accepted", "The Gateway is accepted")
        if accepted[1] == "False" or not whole:
            programmed = ("Programmed", "False", "Invalid", "Gateway has no valid listeners")
        elif not addresses:
            message = "The Service of the Gateway has no address of a load balancer yet"
            programmed = ("Programmed", "False", "AddressNotAssigned", message)
        elif not ready:
            programmed = ("Programmed", "False", "Pending", "No Pod of the Gateway is ready")
        else:
            programmed = ("Programmed", "True", "Programmed", "The Gateway is programmed")
        before = {text(item.get("name")): item for item in mappings(gateway.status.get("listeners"))}
        status = {
            "addresses": [{"type": "IPAddress", "value": ip} for ip in addresses],
            "conditions": _conditions(
                api, gateway, mappings(gateway.status.get("conditions")), [accepted, programmed]
            ),
            "listeners": [
                {
                    "attachedRoutes": attached_to.get(item.name, 0),
                    "conditions": _conditions(
                        api,
                        gateway,
                        mappings(mapping(before.get(item.name)).get("conditions")),
                        _of_listener(item, ready=programmed[1] == "True"),
                    ),
                    "name": item.name,
                    "supportedKinds": [dict(_KIND)]
                    if item.protocol in ("HTTP", "HTTPS") and item.takes_routes
                    else [],
                }
                for item in listeners
            ],
        }
        if not addresses:
            del status["addresses"]
        api.update_status(
            gateway, status, by=self.name, why=_("its listeners and its address were looked at")
        )

    @staticmethod
    def _attached_to(api: ApiServer, gateway: KubeObject) -> dict[str, int]:
        """Return how many routes are attached to each listener of a Gateway."""
        count: dict[str, int] = {}
        for route in api.list(ROUTES):
            names = {
                name
                for ref, _parent in parents_of(route, (gateway,))
                for name, _hosts in attached(api, route, ref, gateway).listeners
            }
            for name in names:
                count[name] = count.get(name, 0) + 1
        return count

    # ---- routes

    def _report_route(self, api: ApiServer, route: KubeObject) -> None:
        """Write into a route's status what each parent of this controller makes of it; other controllers' parts stay."""
        own = mappings(route.status.get("parents"))
        others = [item for item in own if item.get("controllerName") != self.controller.name]
        before = [item for item in own if item.get("controllerName") == self.controller.name]
        parents = []
        problem = resolved(api, route)
        refs = (
            ("ResolvedRefs", "False", *problem)
            if problem
            else ("ResolvedRefs", "True", "ResolvedRefs", "All references are resolved")
        )
        for ref, gateway in parents_of(route, gateways_of(api, self.controller.name)):
            outcome: Attached = attached(api, route, ref, gateway)
            found = "True" if outcome.reason == "Accepted" else "False"
            known = next((item for item in before if item.get("parentRef") == ref), {})
            new = [("Accepted", found, outcome.reason, outcome.message), refs]
            parents.append(
                {
                    "conditions": _conditions(api, route, mappings(known.get("conditions")), new),
                    "controllerName": self.controller.name,
                    "parentRef": dict(ref),
                }
            )
        if parents or before:
            status = {**route.status, "parents": [*others, *parents]}
            api.update_status(route, status, by=self.name, why=_("its parents were looked at"))


def _keys(api: ApiServer, resource: str, namespace: str | None = None) -> list[Key]:
    return [obj.key for obj in api.store.list(resource, namespace)]


def _of_listener(item: Listener, *, ready: bool) -> list[tuple[str, str, str, str]]:
    """Return the conditions of a listener: type, status, reason, message."""
    if item.conflict:
        message = _CONFLICTS[item.conflict]
        accepted = ("Accepted", "False", item.conflict, message)
        conflicted = ("Conflicted", "True", item.conflict, message)
    else:
        conflicted = ("Conflicted", "False", "NoConflicts", "No conflicts")
        accepted = ("Accepted", "True", "Accepted", "The Listener is accepted")
        if not item.accepted:
            message = f'Unsupported value: "{item.protocol}": supported values: "HTTP", "HTTPS"'
            accepted = ("Accepted", "False", "UnsupportedProtocol", message)
    refs = ("ResolvedRefs", "True", "ResolvedRefs", "All references are resolved")
    if item.refs:
        refs = ("ResolvedRefs", "False", item.refs, _REFS[item.refs])
    if accepted[1] == "False" or item.refs not in ("", "InvalidRouteKinds"):
        programmed = ("Programmed", "False", "Invalid", "The Listener is not valid")
    elif ready:
        programmed = ("Programmed", "True", "Programmed", "The Listener is programmed")
    else:
        programmed = ("Programmed", "False", "Pending", "The Gateway is not programmed yet")
    return [accepted, conflicted, programmed, refs]


def _conditions(
    api: ApiServer, obj: KubeObject, before: list[dict[str, Any]], new: list[tuple[str, str, str, str]]
) -> list[dict[str, Any]]:
    """Return conditions; the time of one changes only with its status."""
    old = {item.get("type"): item for item in before}
    made = []
    for kind, status, reason, message in new:
        known = mapping(old.get(kind))
        since = known.get("lastTransitionTime") if known.get("status") == status else api.timestamp
        made.append(
            {
                "type": kind,
                "status": status,
                "observedGeneration": obj.metadata.get("generation", 1),
                "lastTransitionTime": since,
                "reason": reason,
                "message": message,
            }
        )
    return made
