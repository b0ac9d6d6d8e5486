"""Routes: from host and path to Service to Pods, for all Ingresses and Gateways; what takes whose requests, and why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.catalogue import Text, _, named
from k8snotes.control_plane.gateway_rules import Listener
from k8snotes.facts.workloads import Workloads
from k8snotes.network.routes import Backend, Request, Route, path_matches, status_words
from k8snotes.network.state import NetworkState
from k8snotes.network.web import Choice, Fallback, Front, Web, port_of

__all__ = [
    "Entrance",
    "Routed",
    "RoutedBackend",
    "RoutedHost",
    "RoutedPod",
    "Routes",
    "Unserved",
    "WayIn",
    "place_of",
    "routes",
    "unanswered",
    "ways_in",
]


class RoutedPod(NamedTuple):
    """A Pod that a route ends at: its reference, name, Namespace, workload ("Deployment/web"), address with port."""

    ref: str
    name: str
    namespace: str
    workload: str
    address: str


class RoutedBackend(NamedTuple):
    """A port of a Service that a route leads to.

    Args:
        ref: the reference of the Service, whether it is there or not.
        name: its name.
        namespace: its Namespace.
        port: the number of the port; as the route names it, if there is none.
        code: "ready", "no-endpoints", "no-service", "no-port", "external-name" or "invalid".
        status: the status of HTTP that a request is answered with if it cannot be led on, None if it can be.
        words: why not, or why no request is, "" if it can be.
        pods: the Pods that are ready.
        weight: the part of the requests that goes there, from 0 to 1.
    """

    ref: str
    name: str
    namespace: str
    port: str
    code: str
    status: int | None
    words: str
    pods: tuple[RoutedPod, ...] = ()
    weight: float = 1.0


class Routed(NamedTuple):
    """One path, or a match of an HTTPRoute.

    Args:
        source: the object that says so: "ingress/shop".
        place: where it says so: "spec.rules[0].http.paths[1]".
        path: the path; "" for the default backend.
        path_type: "Exact", "Prefix", "ImplementationSpecific" or "PathPrefix"; "" for the default backend.
        more: what else a request must have: ("GET", "version: v2").
        backends: where it leads.
        shadowed_by: the object that takes all of its requests, "" if none does.
        gives_way: the paths of the same host, inside of this one, whose requests it does not get.
        notes: what there is to say of it.
        stopped: whether no proxy reads its requests.
    """

    source: str
    place: str
    path: str
    path_type: str
    more: tuple[str, ...]
    backends: tuple[RoutedBackend, ...]
    shadowed_by: str = ""
    gives_way: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def works(self) -> bool:
        """Whether requests take it, and some Pod answers them."""
        taken = not self.shadowed_by and not self.stopped
        return taken and any(item.status is None and item.weight for item in self.backends)


class RoutedHost(NamedTuple):
    """A host of an entrance, with its paths, the first to be tried first.

    Args:
        host: the host: exact, "*.example.com", or "" for any.
        listener: the listener of a Gateway, "" for an Ingress.
        paths: its paths.
        certificate: the Secret with its certificate, "" for the default certificate; None if no object speaks of TLS.
        certificate_problem: why this Secret cannot be used, "" if it can be.
        rest: the status of HTTP for a path that is none of these, None if one of them takes every request.
    """

    host: str
    listener: str
    paths: tuple[Routed, ...]
    certificate: str | None
    certificate_problem: str
    rest: int | None


class Entrance(NamedTuple):
    """What requests come in by: the proxy of an Ingress controller, or that of a Gateway.

    Args:
        kind: "ingress" or "gateway".
        name: the class of the Ingress controller, or the reference of the Gateway.
        controller: the name of the controller.
        service: the reference of its Service, "" if it has none.
        addresses: where it is reached from outside.
        hosts: its hosts.
        found: whether it is of a dump: that it leads anything is taken from the addresses there.
        words: why no Pod of it reads a request, "" if one does.
    """

    kind: str
    name: str
    controller: str
    service: str
    addresses: tuple[str, ...]
    hosts: tuple[RoutedHost, ...]
    found: bool = False
    words: str = ""


class Unserved(NamedTuple):
    """An Ingress, a Gateway or an HTTPRoute that leads nothing anywhere: its reference, its hosts, and why."""

    ref: str
    hosts: tuple[str, ...]
    words: str


class WayIn(NamedTuple):
    """An Ingress or an HTTPRoute leads requests to a Service.

    Args:
        source: its reference: "ingress/shop".
        by: what the requests come in by: "class nginx, at 198.51.100.17".
        host: the host, "" for any.
        path: the path, "" for the default backend.
        service: the reference of the Service, whether it is there or not.
        port: its port.
        words: why no request gets there, "" if requests do.
        found: whether it is of a dump.
    """

    source: str
    by: str
    host: str
    path: str
    service: str
    port: str
    words: str
    found: bool = False


class Routes(NamedTuple):
    """All routes of a cluster, or those to one Namespace.

    Args:
        namespace: the Namespace, None for all.
        entrances: what requests come in by.
        unserved: what leads nothing anywhere.
    """

    namespace: str | None
    entrances: tuple[Entrance, ...]
    unserved: tuple[Unserved, ...]

    @property
    def routed(self) -> tuple[Routed, ...]:
        """All paths of all hosts."""
        return tuple(path for entrance in self.entrances for host in entrance.hosts for path in host.paths)

    def path(self, host: str, path: str) -> Routed | None:
        """Return a path of a host by its names, as an object says them. None if there is none.

        >>> Routes(None, (), ()).path("shop.example.com", "/") is None
        True
        """
        return next(
            (
                routed
                for entrance in self.entrances
                for item in entrance.hosts
                if item.host == host
                for routed in item.paths
                if routed.path == path
            ),
            None,
        )


def routes(state: NetworkState, namespace: str | None = None) -> Routes:
    """Read the routes of a cluster.

    Args:
        state: the network at this moment.
        namespace: the only Namespace whose Ingresses and routes are looked at, None for all.

    >>> import k8snotes as kn
    >>> routes(kn.Cluster(nodes=1).simulation.network.state).entrances
    ()

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
    """
    reader = _Reader(state)
    web = state.web
    entrances = [reader.entrance(front, namespace) for front in web.fronts]
    # a proxy that leads nothing to this Namespace is not asked for
    shown = [item for item in entrances if namespace is None or item.hosts]
    unserved = [item for item in _unserved(web) if namespace is None or _home(item.ref) == namespace]
    return Routes(namespace, tuple(shown), tuple(unserved))


def ways_in(facts: Routes) -> tuple[WayIn, ...]:
    """Return what leads to each Service, as a map of Services shows it.

    >>> ways_in(Routes(None, (), ()))
    ()
    """
    return tuple(
        WayIn(
            path.source,
            place_of(entrance, host),
            host.host,
            path.path,
            item.ref,
            item.port,
            _("another rule takes its requests")
            if path.shadowed_by
            else entrance.words or (item.words if item.status or not item.weight else ""),
            entrance.found,
        )
        for entrance in facts.entrances
        for host in entrance.hosts
        for path in host.paths
        for item in path.backends
    )


def place_of(entrance: Entrance, host: RoutedHost) -> Text | str:
    """Say where requests for a host come in."""
    where = named(entrance.addresses) or _("no address yet")
    if entrance.kind == "ingress":
        return _("class {name}, at {address}", name=entrance.name or "-", address=where)
    return _(
        "{gateway}, listener {listener}, at {address}",
        gateway=entrance.name,
        listener=host.listener,
        address=where,
    )


def _home(ref: str) -> str:
    """Return the Namespace that a reference is in."""
    parts = ref.split("/")
    return parts[0] if len(parts) == 3 else "default"


def _unserved(web: Web) -> Iterator[Unserved]:
    """Yield what leads nothing anywhere."""
    for ingress in web.ingresses:
        if why := web.why_unserved(ingress):
            hosts = (text(rule.get("host")) for rule in mappings(ingress.spec.get("rules")))
            yield Unserved(ingress.ref, tuple(host for host in hosts if host), why)
        else:
            yield from _skipped(ingress)
    if not web.from_dump:
        for gateway in web.gateways:
            if why := web.why_no_proxy(gateway):
                yield Unserved(gateway.ref, _listened(gateway), why)
    for front in web.fronts:
        for item in front.listeners:
            if not item.serves:
                words = _(
                    "Listener {listener} of {gateway} serves no request: {reason}.",
                    listener=item.name,
                    gateway=front.name,
                    reason=item.problem,
                )
                yield Unserved(front.name, (item.hostname,) if item.hostname else (), words)
    for route in web.http_routes:
        if why := web.why_unattached(route):
            hosts = (text(host) for host in sequence(route.spec.get("hostnames")))
            yield Unserved(route.ref, tuple(hosts), why)


def _skipped(ingress: KubeObject) -> Iterator[Unserved]:
    """Yield the backends of an Ingress that are no Services.

    Source of the rule: `getBackendServers` of ingress-nginx
    """
    default = mapping(ingress.spec.get("defaultBackend"))
    named = [("", "spec.defaultBackend", default)]
    for i, rule in enumerate(mappings(ingress.spec.get("rules"))):
        for j, path in enumerate(mappings(mapping(rule.get("http")).get("paths"))):
            place = f"spec.rules[{i}].http.paths[{j}]"
            named.append((text(rule.get("host")), place, mapping(path.get("backend"))))
    for host, place, backend in named:
        resource = mapping(backend.get("resource"))
        if resource:
            words = _(
                "{place} leads to {kind} {name}. ingress-nginx skips a backend that is no Service.",
                place=place,
                kind=text(resource.get("kind")),
                name=text(resource.get("name")),
            )
            yield Unserved(ingress.ref, (host,) if host else (), words)


def _listened(gateway: KubeObject) -> tuple[str, ...]:
    hosts = (text(item.get("hostname")) for item in mappings(gateway.spec.get("listeners")))
    return tuple(host for host in hosts if host)


class _Reader:
    """Reads the routes of one moment."""

    def __init__(self, state: NetworkState) -> None:
        self.state, self.web = state, state.web
        self.workloads = Workloads(state.reader)

    def entrance(self, front: Front, namespace: str | None) -> Entrance:
        """Return one proxy, with all that it leads."""
        words = self._stopped(front)
        hosts = tuple(self._hosts(front, namespace))
        if words:
            hosts = tuple(
                host._replace(paths=tuple(path._replace(stopped=True) for path in host.paths), rest=None)
                for host in hosts
            )
        return Entrance(
            front.kind,
            front.name,
            front.controller,
            front.service.ref if front.service is not None else "",
            front.addresses,
            hosts,
            front.found,
            words,
        )

    def _stopped(self, front: Front) -> str:
        """Say why no Pod of a proxy reads a request, "" if one does; a dump tells it only of what it has."""
        service = front.service
        if front.found or service is None:
            return ""
        if any(self.state.ready_ends(service, port) for port in service.ports):
            return ""
        words = _("It has no ready endpoint: {standing}.", standing=self.state.standing(service))
        return _("{problem}: {message}", problem=service.ref, message=words)

    def _hosts(self, front: Front, namespace: str | None) -> Iterator[RoutedHost]:
        """Yield the hosts of a proxy: exact ones first, then wildcards, then what is for any host."""
        listeners: list[Listener | None] = [*front.listeners] or [None]
        for listener in listeners:
            name = listener.name if listener else ""
            own = [item for item in front.routes if item.listener == name]
            hosts = list(dict.fromkeys(item.host for item in own))
            if listener is None:
                hosts = list(dict.fromkeys([*hosts, *(host.lower() for host in front.hosts)]))
            hosts.sort(key=lambda host: (not host, host.startswith("*."), host))
            if listener is not None and not hosts and listener.serves and namespace is None:
                yield self._host(front, listener.hostname, name, [], ())
            for host in hosts:
                there = sorted((item for item in own if item.host == host), key=lambda item: item.rank)
                paths = [self._routed(front, item, there) for item in there]
                fallback = None if _takes_all(there) else self._fallback(front, host)
                if fallback is not None:
                    paths.append(fallback)
                if namespace is not None:
                    paths = [item for item in paths if _home(item.source) == namespace]
                    if not paths:
                        continue
                yield self._host(front, host, name, there, tuple(paths))
        if front.kind == "ingress" and "" not in front.hosts and namespace is None:
            fallback = self._fallback(front, "")
            paths = [fallback] if fallback is not None else []
            yield RoutedHost("", "", tuple(paths), None, "", None if paths else 404)

    def _host(
        self, front: Front, host: str, listener: str, there: list[Route], paths: tuple[Routed, ...]
    ) -> RoutedHost:
        takes_all = _takes_all(there) or any(not item.path for item in paths)
        secret, problem = self._certificate(front, host, listener)
        return RoutedHost(host, listener, paths, secret, problem, None if takes_all else 404)

    def _certificate(self, front: Front, host: str, listener: str) -> tuple[str | None, str]:
        """Return the Secret with the certificate of a host, and what is wrong with it."""
        found = front.certificate(host, listener)
        if found is None or (front.kind == "gateway" and found.listener != listener):
            return None, ""
        return found.secret, self.state.certificate_problem(found.namespace, found.secret)

    def _routed(self, front: Front, route: Route, there: list[Route]) -> Routed:
        before = there[: there.index(route)]
        shadow = next((item for item in before if item.condition == route.condition), None)
        inside = [
            _("{words} ({note})", words=item.path, note=item.path_type)
            for item in before
            if item.condition != route.condition
            and not route.exact
            and path_matches(route.path, item.path, exact=False)
            and not (item.method or item.headers or item.query)
        ]
        more = [
            *([route.method] if route.method else []),
            *(f"{name}: {value}" for name, value in route.headers),
        ]
        more += [f"?{name}={value}" for name, value in route.query]
        notes: list[str] = []
        if route.path_type == "ImplementationSpecific":
            notes.append(
                _("The controller decides what ImplementationSpecific means. It is taken as Prefix here.")
            )
        if route.filters:
            names = named(dict.fromkeys(route.filters))
            notes.append(_("Its filters are not simulated: {filters}.", filters=names))
        return Routed(
            route.source,
            route.place,
            route.path,
            route.path_type,
            tuple(more),
            tuple(self._backends(front, route.backends)),
            shadow.source if shadow else "",
            tuple(dict.fromkeys(inside)),
            tuple(notes),
        )

    def _fallback(self, front: Front, host: str) -> Routed | None:
        """Return the default backend for what no path of a host matches."""
        if front.kind == "gateway":
            return None
        name = host.replace("*.", "any.") if host else "any.invalid"
        choice: Choice = front._replace(routes=()).choose(Request(name), 80)
        fallback: Fallback | None = choice.fallback
        if fallback is None:
            return None
        notes = (
            (_("So says the API's documentation. ingress-nginx answers 404 here."),) if choice.beside else ()
        )
        return Routed(
            fallback.source,
            "spec.defaultBackend",
            "",
            "",
            (),
            tuple(self._backends(front, (fallback.backend,))),
            notes=notes,
        )

    # ---- backends

    def _backends(self, front: Front, backends: tuple[Backend, ...]) -> Iterator[RoutedBackend]:
        total = sum(item.weight for item in backends)
        for item in backends:
            share = item.weight / total if total else 0.0
            routed = self._backend(front, item)._replace(weight=share)
            if not share and routed.status is None:
                routed = routed._replace(words=_("Its weight is 0, so it gets no request."))
            yield routed

    def _backend(self, front: Front, backend: Backend) -> RoutedBackend:
        port = str(backend.port)
        service = self.web.service_of(backend)
        ref = f"service/{backend.service}"
        if backend.namespace != "default":
            ref = f"{backend.namespace}/{ref}"
        place: tuple[str, str, str, str] = (ref, backend.service, backend.namespace, port)
        if front.kind == "gateway" and backend.problem:
            words = _("{problem}: {message}", problem=backend.problem, message=backend.message)
            return RoutedBackend(*place, "invalid", 500, words)
        if service is None:
            return RoutedBackend(*place, "no-service", 503, _("There is no such Service."))
        if service.type == "ExternalName":
            words = _("It stands for {name}, a name that the proxy looks up.", name=service.external_name)
            return RoutedBackend(*place, "external-name", None, words)
        own = port_of(service, backend.port)
        if own is None:
            ports = named(
                _("{words} ({note})", words=item.port, note=item.name) if item.name else str(item.port)
                for item in service.ports
            )
            words = _("It has no port {port}, only {ports}.", port=port, ports=ports or "-")
            return RoutedBackend(*place, "no-port", 503, words)
        place = (*place[:3], str(own.port))
        ends = self.state.ready_ends(service, own)
        pods = []
        for ip, number in ends:
            pod = self.state.pod_at.get(ip)
            if pod is not None:
                workload = self.workloads.of(pod)
                pods.append(RoutedPod(pod.ref, pod.name, pod.namespace, workload, f"{ip}:{number}"))
            else:
                pods.append(RoutedPod("", ip, service.namespace, "", f"{ip}:{number}"))
        if not ends:
            words = _("It has no ready endpoint: {standing}.", standing=self.state.standing(service))
            return RoutedBackend(*place, "no-endpoints", 503, words)
        return RoutedBackend(*place, "ready", None, "", tuple(pods))


def _takes_all(there: list[Route]) -> bool:
    """Whether one of the routes of a host takes every request that the others leave."""
    return any(
        not item.exact and not item.path.rstrip("/") and not (item.method or item.headers or item.query)
        for item in there
    )


def unanswered(backend: RoutedBackend) -> Text | str:
    """Say what a request to a backend is answered with that cannot be led on, "" for one that can be.

    >>> unanswered(RoutedBackend("service/web", "web", "default", "80", "no-service", 503, ""))
    'answered with 503 Service Unavailable'
    """
    if backend.status is None:
        return ""
    return _("answered with {status}", status=status_words(backend.status))
