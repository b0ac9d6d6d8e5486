"""What belongs together in the Gateway API: listeners and the routes that attach to them, routes and their backends.

Source of the rules: https://gateway-api.sigs.k8s.io/reference/spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.api.gateway_api import CLASSES, GATEWAYS, GROUP
from k8snotes.api.kinds.secret import Secret
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader
from k8snotes.api.selector import Selector
from k8snotes.errors import LabelSelectorError

__all__ = [
    "Attached",
    "Listener",
    "Unresolved",
    "attached",
    "backend_problem",
    "controller_of",
    "gateways_of",
    "hosts_meet",
    "listeners_of",
    "parents_of",
    "resolved",
    "service_of",
    "unsupported",
]

_PROTOCOLS = ("HTTP", "HTTPS")


class Listener(NamedTuple):
    """A listener of a Gateway, and what is wrong with it.

    Args:
        name: its name.
        port: its port.
        protocol: "HTTP", "HTTPS" or another one, which is not served here.
        hostname: the host that it is for: exact, "*.example.com", or "" for any.
        allows: its `allowedRoutes`.
        conflict: "HostnameConflict" or "ProtocolConflict", "" for none.
        refs: why its references cannot be resolved: "InvalidRouteKinds", "InvalidCertificateRef" or
            "RefNotPermitted", "" if they can be.
        secret: the Namespace and the name of its certificate, ("", "") for none.
    """

    name: str
    port: int
    protocol: str
    hostname: str
    allows: Manifest
    conflict: str = ""
    refs: str = ""
    secret: tuple[str, str] = ("", "")

    @property
    def accepted(self) -> bool:
        """Whether it can be served at all."""
        return not self.conflict and self.protocol in _PROTOCOLS

    @property
    def whole(self) -> bool:
        """Whether the proxy opens its port: it is accepted, and has its certificate."""
        return self.accepted and self.refs in ("", "InvalidRouteKinds")

    @property
    def problem(self) -> str:
        """The reason of the condition that says what is wrong with it, "" if nothing is."""
        if self.conflict:
            return self.conflict
        return self.refs if self.protocol in _PROTOCOLS else "UnsupportedProtocol"

    @property
    def serves(self) -> bool:
        """Whether requests reach routes through it."""
        return self.whole and self.takes_routes

    @property
    def takes_routes(self) -> bool:
        """Whether HTTPRoutes may be attached to it by their kind."""
        kinds = mappings(self.allows.get("kinds"))
        return not kinds or any(_is_route(item) for item in kinds)


class Attached(NamedTuple):
    """Whether a route is attached to a parent: through which listeners, for which hosts.

    Args:
        listeners: the names of the listeners, each with the hosts that it and the route have in common ("" for any).
        reason: "Accepted", else why not: "NoMatchingParent", "NotAllowedByListeners", "NoMatchingListenerHostname" or
            "UnsupportedValue".
        message: what the controller writes into the condition.
    """

    listeners: tuple[tuple[str, tuple[str, ...]], ...]
    reason: str = "Accepted"
    message: str = "The Route is accepted"


class Unresolved(NamedTuple):
    """Why a backend cannot be used: the reason and the message of the condition `ResolvedRefs`."""

    reason: str
    message: str


def controller_of(reader: Reader, gateway: KubeObject) -> str:
    """Return the name of the controller of a Gateway's class, "" if there is no such class."""
    wanted = text(gateway.spec.get("gatewayClassName"))
    there = next((item for item in reader.list(CLASSES) if item.name == wanted), None)
    return text(there.spec.get("controllerName")) if there is not None else ""


def service_of(gateway: KubeObject) -> str:
    """Return the name of the Service by which a Gateway is reached: in its own Namespace, made of both names.

    Source of the rule: https://gateway-api.sigs.k8s.io/geps/gep-1762/
    """
    return f"{gateway.name}-{text(gateway.spec.get('gatewayClassName'))}"


# ---- listeners


def listeners_of(reader: Reader, gateway: KubeObject) -> tuple[Listener, ...]:
    """Return the listeners of a Gateway, in their order."""
    given = mappings(gateway.spec.get("listeners"))
    return tuple(_listener(reader, gateway, item, given) for item in given)


def _listener(reader: Reader, gateway: KubeObject, item: Manifest, others: Sequence[Manifest]) -> Listener:
    protocol, port = text(item.get("protocol")), item.get("port")
    hostname = text(item.get("hostname"))
    conflict = ""
    for other in others:
        if other is item or other.get("port") != port:
            continue
        if text(other.get("protocol")) != protocol:
            conflict = "ProtocolConflict"
        elif text(other.get("hostname")) == hostname:
            conflict = "HostnameConflict"
    refs, secret = "", ("", "")
    if protocol == "HTTPS":
        refs, secret = _certificate(reader, gateway, mapping(item.get("tls")))
    allows = mapping(item.get("allowedRoutes"))
    if any(not _is_route(kind) for kind in mappings(allows.get("kinds"))):
        refs = "InvalidRouteKinds"
    number = port if isinstance(port, int) else 0
    return Listener(text(item.get("name")), number, protocol, hostname, allows, conflict, refs, secret)


def _is_route(kind: Mapping[str, Any]) -> bool:
    return kind.get("kind") == "HTTPRoute" and kind.get("group", GROUP) == GROUP


def _certificate(reader: Reader, gateway: KubeObject, tls: Manifest) -> tuple[str, tuple[str, str]]:
    """Return what is wrong with the certificate of a listener, and where it is."""
    refs = mappings(tls.get("certificateRefs"))
    if not refs:
        return "InvalidCertificateRef", ("", "")
    ref = refs[0]
    home, name = text(ref.get("namespace")) or gateway.namespace, text(ref.get("name"))
    if ref.get("kind", "Secret") != "Secret" or ref.get("group", ""):
        return "InvalidCertificateRef", (home, name)
    if home != gateway.namespace:
        return "RefNotPermitted", (home, name)
    secret = next((item for item in reader.list("secrets", home) if item.name == name), None)
    whole = isinstance(secret, Secret) and {"tls.crt", "tls.key"} <= {*mapping(secret.raw.get("data"))}
    return ("" if whole else "InvalidCertificateRef"), (home, name)


def hosts_meet(one: str, other: str) -> str | None:
    """Return what two host names have in common: the more exact one; None if no host is named by both.

    A wildcard stands for one label or more. "" is any host.

    >>> hosts_meet("*.example.com", "shop.example.com"), hosts_meet("", "*.example.com")
    ('shop.example.com', '*.example.com')
    >>> hosts_meet("*.example.com", "example.com") is None, hosts_meet("*.a.example.com", "*.example.com")
    (True, '*.a.example.com')
    """
    if not one or not other:
        return one or other
    if one == other:
        return one
    for wide, narrow in ((one, other), (other, one)):
        if wide.startswith("*.") and narrow.removeprefix("*").endswith(wide[1:]) and narrow != wide[2:]:
            return narrow
    return None


# ---- routes


def parents_of(route: KubeObject, gateways: Iterable[KubeObject]) -> list[tuple[Manifest, KubeObject]]:
    """Return the parents of a route that are there: the reference, and the Gateway."""
    by_name = {(item.namespace, item.name): item for item in gateways}
    found = []
    for ref in mappings(route.spec.get("parentRefs")):
        if ref.get("kind", "Gateway") != "Gateway" or ref.get("group", GROUP) != GROUP:
            continue
        gateway = by_name.get((text(ref.get("namespace")) or route.namespace, text(ref.get("name"))))
        if gateway is not None:
            found.append((ref, gateway))
    return found


def attached(reader: Reader, route: KubeObject, ref: Manifest, gateway: KubeObject) -> Attached:
    """Return to which listeners of a Gateway a route is attached by one of its `parentRefs`, or why to none.

    Args:
        reader: the cluster.
        route: the HTTPRoute.
        ref: the parentRef.
        gateway: the Gateway that it names.
    """
    listeners = listeners_of(reader, gateway)
    section, port = text(ref.get("sectionName")), ref.get("port")
    meant = [item for item in listeners if section in ("", item.name) and port in (None, item.port)]
    if not meant:
        return Attached((), "NoMatchingParent", "No listeners match this parent ref")
    allowing = [item for item in meant if item.accepted and _allows(reader, item, gateway, route)]
    if not allowing:
        return Attached((), "NotAllowedByListeners", "The Route is not allowed by any listener")
    hosts = [text(item) for item in sequence(route.spec.get("hostnames"))] or [""]
    found = []
    for item in allowing:
        common = [meet for host in hosts if (meet := hosts_meet(item.hostname, host)) is not None]
        if common:
            found.append((item.name, tuple(common)))
    if not found:
        message = "The Listener hostname does not match the Route hostnames"
        return Attached((), "NoMatchingListenerHostname", message)
    if what := unsupported(route):
        return Attached((), "UnsupportedValue", what)
    return Attached(tuple(found))


def _allows(reader: Reader, listener: Listener, gateway: KubeObject, route: KubeObject) -> bool:
    """Whether a listener lets a route be attached, by its kind and its Namespace."""
    if not listener.takes_routes:
        return False
    namespaces = mapping(listener.allows.get("namespaces"))
    match namespaces.get("from", "Same"):
        case "All":
            return True
        case "Selector":
            home = next((item for item in reader.list("namespaces") if item.name == route.namespace), None)
            try:
                selector = Selector.from_label_selector(mapping(namespaces.get("selector")) or None)
            except LabelSelectorError:
                return False  # the definition has no rule for selectors, so it may be any
            return home is not None and selector.matches(home.labels)
        case _:
            return route.namespace == gateway.namespace


def unsupported(route: KubeObject) -> str:
    """Return what a route asks for that this controller cannot do, as the condition says it; "" for nothing."""
    for i, rule in enumerate(mappings(route.spec.get("rules"))):
        for j, match in enumerate(mappings(rule.get("matches"))):
            here = f"spec.rules[{i}].matches[{j}]"
            if mapping(match.get("path")).get("type") == "RegularExpression":
                return f'{here}.path.type: Unsupported value: "RegularExpression": supported values: "Exact", "PathPrefix"'
            for field in ("headers", "queryParams"):
                for k, item in enumerate(mappings(match.get(field))):
                    if item.get("type") == "RegularExpression":
                        return (
                            f'{here}.{field}[{k}].type: Unsupported value: "RegularExpression": '
                            'supported values: "Exact"'
                        )
    return ""


# ---- backends


def backend_problem(reader: Reader, route: KubeObject, ref: Manifest, path: str) -> Unresolved | None:
    """Return why a backend of a route cannot be used, None if it can be.

    Args:
        reader: the cluster.
        route: the HTTPRoute.
        ref: the backendRef.
        path: its place: "spec.rules[0].backendRefs[0]".
    """
    kind, name = text(ref.get("kind", "Service")), text(ref.get("name"))
    if kind != "Service" or ref.get("group", ""):
        message = f'{path}.kind: Unsupported value: "{kind}": supported values: "Service"'
        return Unresolved("InvalidKind", message)
    home = text(ref.get("namespace")) or route.namespace
    if home != route.namespace:
        message = f"{path}.namespace: Forbidden: Backend ref to Service {home}/{name} not permitted by any ReferenceGrant"
        return Unresolved("RefNotPermitted", message)
    service = next((item for item in reader.list("services", home) if item.name == name), None)
    if not isinstance(service, Service):
        return Unresolved("BackendNotFound", f'{path}.name: Not found: "{name}"')
    if service.type == "ExternalName":
        message = (
            f"{path}: Invalid value: Service {home}/{name} is of type ExternalName, which is not supported"
        )
        return Unresolved("UnsupportedValue", message)
    port = ref.get("port")
    if port is None:
        return Unresolved("UnsupportedValue", f"{path}.port: Required value: port cannot be nil")
    if not any(item.port == port for item in service.ports):
        return Unresolved("BackendNotFound", f"{path}.port: Not found: {port}")
    return None


def resolved(reader: Reader, route: KubeObject) -> Unresolved | None:
    """Return the first backend of a route that cannot be used, None if all can be."""
    for i, rule in enumerate(mappings(route.spec.get("rules"))):
        for j, ref in enumerate(mappings(rule.get("backendRefs"))):
            problem = backend_problem(reader, route, ref, f"spec.rules[{i}].backendRefs[{j}]")
            if problem is not None:
                return problem
    return None


def gateways_of(reader: Reader, controller: str) -> list[KubeObject]:
    """Return the Gateways whose class names a controller."""
    ours = {item.name for item in reader.list(CLASSES) if text(item.spec.get("controllerName")) == controller}
    return [item for item in reader.list(GATEWAYS) if text(item.spec.get("gatewayClassName")) in ours]
