"""What stands before the Services of a cluster: the proxies of Ingress and Gateway controllers, and their routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.api.gateway_api import CLASSES as GATEWAY_CLASSES
from k8snotes.api.gateway_api import GATEWAYS, ROUTES
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.reader import Reader
from k8snotes.catalogue import _, named
from k8snotes.control_plane.gateway_rules import (
    Listener,
    attached,
    backend_problem,
    controller_of,
    listeners_of,
    parents_of,
    service_of,
)
from k8snotes.control_plane.ingress_rules import (
    CLASSES,
    INGRESSES,
    Served,
    WebController,
    oldest_first,
    served_by,
)
from k8snotes.network.routes import Backend, Request, Route, chosen, host_matches

__all__ = ["Certificate", "Choice", "Fallback", "Front", "OuterNames", "Web", "port_of"]


class Fallback(NamedTuple):
    """A default backend: of which Ingress, for which hosts, and whether this Ingress has rules."""

    source: str
    hosts: tuple[str, ...]
    backend: Backend
    has_rules: bool


class Certificate(NamedTuple):
    """Which Secret has the certificate for some hosts (none: any), by which object; `listener` is that of a Gateway."""

    source: str
    hosts: tuple[str, ...]
    namespace: str
    secret: str
    listener: str = ""


class Front(NamedTuple):
    """A proxy that requests come in by: that of an Ingress controller, or that of a Gateway.

    Args:
        kind: "ingress" or "gateway".
        name: the reference of the Gateway; of an Ingress controller, the name of its class.
        controller: the name of the controller.
        service: the Service by which it is reached, None where there is none (yet).
        addresses: the addresses at which it is reached from outside.
        routes: all routes that are in force.
        hosts: the hosts of all rules, also of those that have no path.
        fallbacks: the default backends, the oldest Ingress first.
        certificates: the certificates, in the order in which they are looked through.
        listeners: the listeners of a Gateway.
        found: whether it is of a dump, which tells no more than that objects have its address.
    """

    kind: str
    name: str
    controller: str
    service: Service | None
    addresses: tuple[str, ...]
    routes: tuple[Route, ...]
    hosts: tuple[str, ...]
    fallbacks: tuple[Fallback, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    listeners: tuple[Listener, ...] = ()
    found: bool = False

    def listener(self, request: Request, port: int) -> Listener | None:
        """Return the listener of a Gateway that takes a request: of those at its port the one of the most exact host."""
        there = [
            item
            for item in self.listeners
            if item.serves and item.port == port and host_matches(item.hostname, request.host, deep=True)
        ]
        return min(
            there,
            key=lambda item: (item.hostname.startswith("*.") or not item.hostname, -len(item.hostname)),
            default=None,
        )

    def choose(self, request: Request, port: int) -> Choice:
        """Return what becomes of a request that comes in at a port of the proxy."""
        if self.kind == "gateway":
            listener = self.listener(request, port)
            if listener is None:
                return Choice("no-listener")
            own = [item for item in self.routes if item.listener == listener.name]
            route = chosen(own, request)
            return Choice("route" if route else "no-route", route, listener=listener.name)
        route = chosen(self.routes, request)
        if route is not None:
            named = [host for host in self.hosts if host and host_matches(host, request.host)]
            exact = min(named, key=lambda host: (host.startswith("*."), -len(host)), default="")
            return Choice("route", route, less_exact=exact if exact != route.host else "")
        return self._fall_back(request)

    def _fall_back(self, request: Request) -> Choice:
        """Return the default backend for a request that no rule matches: first of the Ingresses that name its host."""
        own = [
            item
            for item in self.fallbacks
            if any(host_matches(host, request.host) for host in item.hosts) or not item.has_rules
        ]
        named = any(host and host_matches(host, request.host) for host in self.hosts)
        first = min(
            own or self.fallbacks, key=lambda item: not item.has_rules if own else False, default=None
        )
        if first is None:
            return Choice("no-path" if named else "no-host")
        beside = (named and not first.has_rules) or not own
        return Choice("default", fallback=first, beside=beside)

    def certificate(self, host: str, listener: str = "") -> Certificate | None:
        """Return the certificate for a host: the first one that is for it; None if none is."""
        for exact in (True, False):
            for item in self.certificates:
                if listener not in ("", item.listener) and item.listener:
                    continue
                if any(
                    (host == name) if exact else host_matches(name, host, deep=self.kind == "gateway")
                    for name in item.hosts
                ):
                    return item
        return next((item for item in self.certificates if not item.hosts), None)


class Choice(NamedTuple):
    """What a proxy makes of a request.

    Args:
        code: "route", "default", "no-host", "no-path", "no-listener" or "no-route".
        route: the route that it takes.
        fallback: the default backend that it goes to.
        listener: the listener of the Gateway that takes it.
        less_exact: the more exact host of another rule, whose paths do not match; "" if there is none.
        beside: whether ingress-nginx would answer 404 where the API's default backend answers.
    """

    code: str
    route: Route | None = None
    fallback: Fallback | None = None
    listener: str = ""
    less_exact: str = ""
    beside: bool = False


class OuterNames(Mapping[str, str]):
    """The hosts of Ingresses and Gateways, which the DNS outside the cluster is assumed to know, and their addresses.

    >>> OuterNames({"*.example.com": "198.51.100.1"})["shop.example.com"]
    '198.51.100.1'
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {name: ip for name, ip in names.items() if not name.startswith("*.")}
        self._wild = {name: ip for name, ip in names.items() if name.startswith("*.")}

    def __getitem__(self, name: str) -> str:
        if name in self._names:
            return self._names[name]
        for wild, ip in self._wild.items():
            if host_matches(wild, name, deep=True):
                return ip
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter((*self._names, *self._wild))

    def __len__(self) -> int:
        return len(self._names) + len(self._wild)


class Web:
    """The proxies of a cluster at one moment.

    Args:
        reader: the cluster.
        controllers: the controllers that run.
        from_dump: whether the cluster is a dump: a controller is taken to run where objects have its address.

    >>> import k8snotes as kn
    >>> Web(kn.Cluster(nodes=1).api).fronts
    ()
    """

    def __init__(
        self, reader: Reader, controllers: Sequence[WebController] = (), *, from_dump: bool = False
    ) -> None:
        self._reader, self.controllers, self.from_dump = reader, tuple(controllers), from_dump

    @property
    def is_there(self) -> bool:
        """Whether there is anything at all that could lead requests."""
        return bool(self.controllers) or bool(self.ingresses) or bool(self.gateways)

    @cached_property
    def ingresses(self) -> tuple[KubeObject, ...]:
        """The Ingresses, the oldest first."""
        return tuple(oldest_first(self._reader.list(INGRESSES)))

    @cached_property
    def gateways(self) -> tuple[KubeObject, ...]:
        """The Gateways, the oldest first."""
        return tuple(oldest_first(self._reader.list(GATEWAYS)))

    @cached_property
    def http_routes(self) -> tuple[KubeObject, ...]:
        """The HTTPRoutes, the oldest first."""
        return tuple(oldest_first(self._reader.list(ROUTES)))

    @cached_property
    def fronts(self) -> tuple[Front, ...]:
        """The proxies: those of Ingress controllers, then one for each Gateway."""
        return (*self._of_ingresses(), *self._of_gateways())

    def served(self, ingress: KubeObject) -> Served:
        """Return which controller acts on an Ingress, or why none does."""
        return served_by(ingress, self._reader.list(CLASSES), self.controllers)

    @cached_property
    def names(self) -> dict[str, str]:
        """The hosts that lead to a proxy, and its address."""
        names: dict[str, str] = {}
        for front in self.fronts:
            for host in front.hosts:
                if host and front.addresses:
                    names.setdefault(host.lower(), front.addresses[0])
        return names

    def front_of(self, pod: Pod) -> Front | None:
        """Return the proxy that runs in a Pod, None if none does."""
        for front in self.fronts:
            service = front.service
            if (
                service is not None
                and service.namespace == pod.namespace
                and service.selector
                and service.selector.items() <= pod.labels.items()
            ):
                return front
        return None

    # ---- Ingresses

    def _of_ingresses(self) -> Iterator[Front]:
        if self.from_dump:
            by_place: dict[tuple[str, ...], list[KubeObject]] = {}
            for item in self.ingresses:
                if place := _address_of(item):
                    by_place.setdefault(place, []).append(item)
            for place, items in by_place.items():
                served = self.served(items[0])
                yield self._front_of(items, served.class_name, served.wants, self._service_at(place), place)
            return
        for controller in self.controllers:
            if controller.kind == "ingress":
                items = [item for item in self.ingresses if self.served(item).controller == controller]
                service = self._service(controller.namespace, controller.service)
                addresses = service.load_balancer_ips if service is not None else ()
                yield self._front_of(items, controller.class_name, controller.name, service, addresses)

    def _front_of(
        self,
        ingresses: Iterable[KubeObject],
        name: str,
        controller: str,
        service: Service | None,
        addresses: tuple[str, ...],
    ) -> Front:
        routes: list[Route] = []
        hosts: dict[str, None] = {}
        fallbacks: list[Fallback] = []
        certificates: list[Certificate] = []
        for item in ingresses:
            routes += _routes_of(item)
            own = tuple(text(rule.get("host")) for rule in mappings(item.spec.get("rules")))
            hosts.update(dict.fromkeys(own))
            default = _service_backend(item, mapping(item.spec.get("defaultBackend")))
            if default is not None:
                fallbacks.append(Fallback(item.ref, own, default, bool(own)))
            for entry in mappings(item.spec.get("tls")):
                for_hosts = tuple(text(host) for host in sequence(entry.get("hosts")))
                certificates.append(
                    Certificate(item.ref, for_hosts, item.namespace, text(entry.get("secretName")))
                )
        return Front(
            "ingress",
            name,
            controller,
            service,
            addresses,
            tuple(routes),
            tuple(hosts),
            tuple(fallbacks),
            tuple(certificates),
            found=self.from_dump,
        )

    # ---- Gateways

    def _of_gateways(self) -> Iterator[Front]:
        running = {item.name for item in self.controllers if item.kind == "gateway"}
        for gateway in self.gateways:
            controller = controller_of(self._reader, gateway)
            place = tuple(text(item.get("value")) for item in mappings(gateway.status.get("addresses")))
            if controller not in running and not (self.from_dump and place):
                continue
            service = self._service(gateway.namespace, service_of(gateway))
            if self.from_dump:
                service = self._service_at(place) or service
            addresses = place if self.from_dump or service is None else service.load_balancer_ips
            yield self._front_of_gateway(gateway, controller, service, addresses)

    def _front_of_gateway(
        self, gateway: KubeObject, controller: str, service: Service | None, addresses: tuple[str, ...]
    ) -> Front:
        routes: list[Route] = []
        hosts: dict[str, None] = {}
        listeners = listeners_of(self._reader, gateway)
        for route in self.http_routes:
            for ref, parent in parents_of(route, (gateway,)):
                for name, common in attached(self._reader, route, ref, parent).listeners:
                    hosts.update(dict.fromkeys(common))
                    routes += _matches_of(self._reader, route, name, common)
        hosts.update(dict.fromkeys(item.hostname for item in listeners if item.serves))
        return Front(
            "gateway",
            gateway.ref,
            controller,
            service,
            addresses,
            tuple(dict.fromkeys(routes)),
            tuple(hosts),
            certificates=tuple(
                Certificate(gateway.ref, (item.hostname,) if item.hostname else (), *item.secret, item.name)
                for item in listeners
                if item.protocol == "HTTPS" and item.serves
            ),
            listeners=listeners,
            found=self.from_dump,
        )

    # ---- Services

    @cached_property
    def _services(self) -> dict[tuple[str, str], Service]:
        return {
            (item.namespace, item.name): item
            for item in self._reader.list("services")
            if isinstance(item, Service)
        }

    def _service(self, namespace: str, name: str) -> Service | None:
        return self._services.get((namespace, name))

    def service_of(self, backend: Backend) -> Service | None:
        """Return the Service of a backend, None if there is none."""
        return self._service(backend.namespace, backend.service)

    def _service_at(self, place: tuple[str, ...]) -> Service | None:
        """Return the Service with one of these addresses of a load balancer."""
        return next((item for item in self._services.values() if {*item.load_balancer_ips} & {*place}), None)

    # ---- why a host leads nowhere

    def why_not(self, host: str) -> str:
        """Say why the host of an Ingress or of an HTTPRoute leads to no proxy, "" if none has this host."""
        for ingress in self.ingresses:
            hosts = [text(rule.get("host")) for rule in mappings(ingress.spec.get("rules"))]
            if any(item and host_matches(item, host) for item in hosts):
                return self.why_unserved(ingress)
        for route in self.http_routes:
            if any(
                host_matches(text(item), host, deep=True) for item in sequence(route.spec.get("hostnames"))
            ):
                return self.why_unattached(route)
        return ""

    def why_unserved(self, ingress: KubeObject) -> str:
        """Say why an Ingress leads no request anywhere, "" if it does."""
        served = self.served(ingress)
        if self.from_dump:
            if _address_of(ingress):
                return ""
            return _("{ingress} has no address in its status: no controller acts on it.", ingress=ingress.ref)
        match served.code:
            case "no-class":
                return _(
                    "{ingress} names no ingressClassName, so no controller acts on it.{there}",
                    ingress=ingress.ref,
                    there=self._classes_there(),
                )
            case "class-missing":
                return _(
                    "{ingress} is of the class {ingress_class}, which does not exist, so no controller acts on it.{there}",
                    ingress=ingress.ref,
                    ingress_class=served.class_name,
                    there=self._classes_there(),
                )
            case "other-controller":
                return _(
                    "{ingress} is of the class {ingress_class}, and its controller {controller} does not run in this "
                    "cluster.",
                    ingress=ingress.ref,
                    ingress_class=served.class_name,
                    controller=served.wants,
                )
        front = next(
            item for item in self.fronts if item.controller == served.wants and item.kind == "ingress"
        )
        return _unreached(front, ingress.ref)

    def _classes_there(self) -> str:
        names = [item.name for item in self._reader.list(CLASSES)]
        if not names:
            return " " + _("c.provide_ingress() adds an Ingress controller and its class.")
        return " " + _("The classes of this cluster are: {names}.", names=named(names))

    def why_unattached(self, route: KubeObject) -> str:
        """Say why an HTTPRoute is attached to no Gateway that runs, "" if it is."""
        running = {item.name for item in self.controllers if item.kind == "gateway"}
        parents = parents_of(route, self.gateways)
        if not mappings(route.spec.get("parentRefs")):
            return _("{route} names no Gateway in parentRefs.", route=route.ref)
        if not parents:
            names = named(text(item.get("name")) for item in mappings(route.spec.get("parentRefs")))
            return _("{route} names the Gateway {names}, which does not exist.", route=route.ref, names=names)
        whys = []
        for ref, gateway in parents:
            controller = controller_of(self._reader, gateway)
            if not self.from_dump and controller not in running:
                whys.append(self.why_no_proxy(gateway))
                continue
            outcome = attached(self._reader, route, ref, gateway)
            if outcome.reason == "Accepted":
                front = next((item for item in self.fronts if item.name == gateway.ref), None)
                return _unreached(front, gateway.ref) if front is not None else ""
            whys.append(
                _(
                    "{gateway} does not accept {route}: {reason} ({message}).",
                    gateway=gateway.ref,
                    route=route.ref,
                    reason=outcome.reason,
                    message=outcome.message,
                )
            )
        return whys[0]

    def why_no_proxy(self, gateway: KubeObject) -> str:
        """Say why no proxy runs for a Gateway, "" if one does."""
        controller = controller_of(self._reader, gateway)
        if any(item.name == controller for item in self.controllers):
            return ""
        name = text(gateway.spec.get("gatewayClassName"))
        if controller:
            return _(
                "{gateway} is of the class {gateway_class}, and its controller {controller} does not run in this cluster.",
                gateway=gateway.ref,
                gateway_class=name,
                controller=controller,
            )
        there = named(item.name for item in self._reader.list(GATEWAY_CLASSES))
        if not there:
            return _(
                "{gateway} is of the class {gateway_class}, which does not exist. c.provide_gateway() adds a Gateway "
                "controller and its class.",
                gateway=gateway.ref,
                gateway_class=name,
            )
        return _(
            "{gateway} is of the class {gateway_class}, which does not exist. The classes of this cluster are: {names}.",
            gateway=gateway.ref,
            gateway_class=name,
            names=there,
        )


def _unreached(front: Front, ref: str) -> str:
    """Say why a proxy has no address yet, "" if it has one."""
    if front.addresses:
        return ""
    if front.service is None:
        return _("The proxy of {object} has no Service yet. c.settle() lets its controller act.", object=ref)
    return _(
        "{service}, by which requests for {object} come in, has no address yet. c.settle() lets the provider of load "
        "balancers act.",
        service=front.service.ref,
        object=ref,
    )


def _address_of(obj: KubeObject) -> tuple[str, ...]:
    """Return the addresses in the status of an Ingress."""
    entries = mappings(mapping(obj.status.get("loadBalancer")).get("ingress"))
    return tuple(text(item.get("ip") or item.get("hostname")) for item in entries)


def _age(obj: KubeObject, rule: int, match: int) -> tuple[str, str, str, int, int]:
    return text(obj.metadata.get("creationTimestamp")), obj.namespace, obj.name, rule, match


def _routes_of(ingress: KubeObject) -> Iterator[Route]:
    """Yield the routes of an Ingress; a path that leads to no Service is none."""
    for i, rule in enumerate(mappings(ingress.spec.get("rules"))):
        for j, path in enumerate(mappings(mapping(rule.get("http")).get("paths"))):
            backend = _service_backend(ingress, mapping(path.get("backend")))
            if backend is not None:
                yield Route(
                    ingress.ref,
                    f"spec.rules[{i}].http.paths[{j}]",
                    _age(ingress, i, j),
                    text(rule.get("host")).lower(),
                    text(path.get("path")) or "/",
                    text(path.get("pathType")),
                    (backend,),
                )


def _service_backend(ingress: KubeObject, backend: Manifest) -> Backend | None:
    service = mapping(backend.get("service"))
    if not service:
        return None
    port = mapping(service.get("port"))
    return Backend(ingress.namespace, text(service.get("name")), port.get("number") or text(port.get("name")))


def _matches_of(reader: Reader, route: KubeObject, listener: str, hosts: Iterable[str]) -> Iterator[Route]:
    """Yield the routes of an HTTPRoute at one listener: one for each match and each host."""
    for i, rule in enumerate(mappings(route.spec.get("rules"))):
        backends = tuple(
            _ref_backend(reader, route, ref, f"spec.rules[{i}].backendRefs[{j}]")
            for j, ref in enumerate(mappings(rule.get("backendRefs")))
        )
        filters = tuple(text(item.get("type")) for item in mappings(rule.get("filters")))
        filters += tuple(
            text(item.get("type"))
            for ref in mappings(rule.get("backendRefs"))
            for item in mappings(ref.get("filters"))
        )
        for j, match in enumerate(mappings(rule.get("matches")) or [{}]):
            path = mapping(match.get("path"))
            for host in hosts:
                yield Route(
                    route.ref,
                    f"spec.rules[{i}].matches[{j}]",
                    _age(route, i, j),
                    host.lower(),
                    text(path.get("value")) or "/",
                    text(path.get("type")) or "PathPrefix",
                    backends,
                    deep=True,
                    method=text(match.get("method")),
                    headers=_pairs(match.get("headers"), lower=True),
                    query=_pairs(match.get("queryParams")),
                    filters=filters,
                    listener=listener,
                )


def _pairs(items: object, *, lower: bool = False) -> tuple[tuple[str, str], ...]:
    """Return what a request must have, in alphabetical order; of a name that is repeated, the first counts."""
    pairs: dict[str, str] = {}
    for item in mappings(items):
        name = text(item.get("name"))
        pairs.setdefault(name.lower() if lower else name, text(item.get("value")))
    return tuple(sorted(pairs.items()))


def _ref_backend(reader: Reader, route: KubeObject, ref: Manifest, path: str) -> Backend:
    problem = backend_problem(reader, route, ref, path)
    weight = ref.get("weight", 1)
    port = ref.get("port")
    return Backend(
        text(ref.get("namespace")) or route.namespace,
        text(ref.get("name")),
        port if isinstance(port, int) else "",
        weight if isinstance(weight, int) else 1,
        problem.reason if problem else "",
        problem.message if problem else "",
    )


def port_of(service: Service, port: int | str) -> ServicePort | None:
    """Return the port of a Service by its number or its name, None if it has no such port."""
    return next((item for item in service.ports if port in (item.port, item.name) and port != ""), None)
