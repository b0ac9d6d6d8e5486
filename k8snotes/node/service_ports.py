"""What kube-proxy reads: the ports of Services, the endpoints behind each, and which of these its Node may use.

Both modes of kube-proxy write their rules from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.node.addresses import is_ipv4

__all__ = [
    "Behind",
    "ProxyEndpoint",
    "ProxyPort",
    "Reachable",
    "endpoints_by_port",
    "entries_by_port",
    "reachable",
    "same_on_every_node",
    "service_ports",
]

Entry = tuple[int, Mapping[str, Any]]  # a port's number, and one of an EndpointSlice's `endpoints`
Key = tuple[str, str, str]  # namespace/service, the port's name, protocol


@dataclass(frozen=True, slots=True)
class ProxyEndpoint:
    """One address behind a port of a Service, with what its EndpointSlice says about it.

    `ready`, `serving` and `terminating` are its conditions, `for_nodes` and `for_zones` its hints; `local`
    says whether it is on the Node of this kube-proxy.
    """

    ip: str
    port: int
    ready: bool
    serving: bool
    terminating: bool
    local: bool  # on the Node of this kube-proxy
    for_nodes: frozenset[str] = frozenset()
    for_zones: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Address and port: "10.244.1.2:8080"."""
        return f"{self.ip}:{self.port}"

    @property
    def leaving(self) -> bool:
        """Whether it is being terminated but still serves: used where nothing better is left."""
        return self.serving and self.terminating


@dataclass(frozen=True, slots=True)
class ProxyPort:
    """One port of one Service, as kube-proxy sees it; `protocol` is in small letters, as in iptables.

    `node_port` and `health_check_node_port` are 0 where there is none, `affinity_seconds` is None without
    session affinity; `internal_local` and `external_local` say whether `internalTrafficPolicy` and
    `externalTrafficPolicy` are Local; `source_ranges` are `loadBalancerSourceRanges`.
    """

    key: Key
    protocol: str
    cluster_ip: str
    port: int
    node_port: int
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    internal_local: bool
    external_local: bool
    affinity_seconds: int | None
    health_check_node_port: int

    @property
    def name(self) -> str:
        """The name in comments and hashes: "default/web", with a named port "default/web:http"."""
        service, port, _ = self.key
        return f"{service}:{port}" if port else service

    @property
    def externally_accessible(self) -> bool:
        """Whether anything but the Cluster IP leads to it."""
        return bool(self.node_port or self.load_balancer_ips or self.external_ips)

    @property
    def uses_cluster(self) -> bool:
        """Whether endpoints anywhere may be asked; for Pods and Nodes at an outside address they always may."""
        return not self.internal_local or self.externally_accessible

    @property
    def uses_local(self) -> bool:
        """Whether some traffic may only go to endpoints of this Node."""
        return self.internal_local or (self.external_local and self.externally_accessible)


def service_ports(services: Iterable[Service]) -> list[ProxyPort]:
    """Return the ports that kube-proxy makes rules for, by name: not those of headless or ExternalName Services.

    Source of the rule: `shouldSkipService` of Kubernetes' pkg/proxy/util
    """
    ports = [
        _proxy_port(service, port) for service in services if _has_address(service) for port in service.ports
    ]
    return sorted(ports, key=lambda port: (port.name, port.protocol))


def _has_address(service: Service) -> bool:
    # a Service with this label is left to another proxy
    others = "service.kubernetes.io/service-proxy-name" in service.labels
    return bool(_ipv4(service.cluster_ip)) and service.type != "ExternalName" and not others


def _ipv4(*ips: str) -> tuple[str, ...]:
    return tuple(filter(is_ipv4, ips))


def _proxy_port(service: Service, port: ServicePort) -> ProxyPort:
    spec = service.spec
    outside = service.type in ("NodePort", "LoadBalancer")
    external_ips = _ipv4(*(text(ip) for ip in sequence(spec.get("externalIPs"))))
    external_local = spec.get("externalTrafficPolicy") == "Local" and (outside or bool(external_ips))
    health = spec.get("healthCheckNodePort")
    needs_health = external_local and service.type == "LoadBalancer" and isinstance(health, int)
    return ProxyPort(
        key=(f"{service.namespace}/{service.name}", port.name, port.protocol),
        protocol=port.protocol.lower(),
        cluster_ip=service.cluster_ip,
        port=port.port,
        node_port=port.node_port or 0 if outside else 0,
        external_ips=external_ips,
        load_balancer_ips=_balancer_ips(service),
        source_ranges=_ranges(spec.get("loadBalancerSourceRanges")),
        internal_local=spec.get("internalTrafficPolicy") == "Local",
        external_local=external_local,
        affinity_seconds=_affinity(spec),
        health_check_node_port=int(health) if needs_health and health else 0,
    )


def _balancer_ips(service: Service) -> tuple[str, ...]:
    if service.type != "LoadBalancer":
        return ()
    entries = mappings(mapping(service.status.get("loadBalancer")).get("ingress"))
    # with ipMode Proxy, packets shall really go through the balancer, even from within the cluster
    return _ipv4(*(text(item.get("ip")) for item in entries if item.get("ipMode", "VIP") == "VIP"))


def _ranges(value: object) -> tuple[str, ...]:
    ranges = (text(item).strip() for item in sequence(value))
    return tuple(cidr for cidr in ranges if cidr and ":" not in cidr)


def _affinity(spec: Mapping[str, Any]) -> int | None:
    if spec.get("sessionAffinity") != "ClientIP":
        return None
    config = mapping(mapping(spec.get("sessionAffinityConfig")).get("clientIP"))
    seconds = config.get("timeoutSeconds")
    return seconds if isinstance(seconds, int) else 10800


def endpoints_by_port(
    node_name: str, endpoint_slices: Iterable[EndpointSlice]
) -> dict[Key, tuple[ProxyEndpoint, ...]]:
    """Return the endpoints of each port of each Service, every address once, sorted by "ip:port" as text.

    An address that is in two slices of a Service counts as its own Node's slice has it.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#duplicate-endpoints
    """
    entries = entries_by_port(endpoint_slices)
    return {key: Behind(node_name, items).endpoints for key, items in entries.items()}


def entries_by_port(endpoint_slices: Iterable[EndpointSlice]) -> dict[Key, list[Entry]]:
    """Return what the EndpointSlices say of each port of each Service: a number, and an entry of `endpoints`."""
    by_port: dict[Key, list[Entry]] = {}
    for item in endpoint_slices:
        if not item.service or text(item.raw.get("addressType")) not in ("IPv4", ""):
            continue
        for port in item.ports:
            number = port.get("port")
            if not isinstance(number, int):
                continue  # a port without a number means all ports, which kube-proxy cannot serve
            name, protocol = text(port.get("name")), text(port.get("protocol")) or "TCP"
            known = by_port.setdefault((f"{item.namespace}/{item.service}", name, protocol), [])
            known += [(number, entry) for entry in item.endpoints if sequence(entry.get("addresses"))]
    return by_port


class Behind:
    """What is behind one port of a Service; its endpoints are read when a rule leads to them.

    Args:
        node_name: The Node of this kube-proxy.
        entries: What the EndpointSlices say.
    """

    def __init__(self, node_name: str, entries: Sequence[Entry]) -> None:
        self._node_name, self._entries = node_name, entries
        self.count = len({(number, text(entry["addresses"][0])) for number, entry in entries})
        self.repeated = self.count < len(entries)  # an address is in two slices

    @cached_property
    def endpoints(self) -> tuple[ProxyEndpoint, ...]:
        """All endpoints, every address once."""
        known: dict[str, ProxyEndpoint] = {}
        for number, entry in self._entries:
            end = _endpoint(entry, number, self._node_name)
            if end.address not in known or end.local:
                known[end.address] = end
        return tuple(known[address] for address in sorted(known))

    def any(self) -> bool:
        """Whether there is an endpoint that may be asked: a ready one, or one that leaves and still serves."""
        said = (mapping(entry.get("conditions")) for _, entry in self._entries)
        return any(
            item.get("ready") is not False
            or (item.get("serving") is not False and item.get("terminating") is True)
            for item in said
        )


def _endpoint(entry: Mapping[str, Any], port: int, node_name: str) -> ProxyEndpoint:
    conditions, hints = mapping(entry.get("conditions")), mapping(entry.get("hints"))
    return ProxyEndpoint(
        # only the first address is used; a condition that is not set counts as ready and serving
        ip=text(entry["addresses"][0]),
        port=port,
        ready=conditions.get("ready") is not False,
        serving=conditions.get("serving") is not False,
        terminating=conditions.get("terminating") is True,
        local=bool(node_name) and text(entry.get("nodeName")) == node_name,
        for_nodes=frozenset(text(hint.get("name")) for hint in mappings(hints.get("forNodes"))),
        for_zones=frozenset(text(hint.get("name")) for hint in mappings(hints.get("forZones"))),
    )


@dataclass(frozen=True, slots=True)
class Reachable:
    """The endpoints that may be asked from one Node.

    `cluster` where the traffic policy is Cluster, `local` where it is Local, `all` both together;
    `any` says whether there is one anywhere in the cluster, even if this Node may not use it.
    """

    cluster: tuple[ProxyEndpoint, ...] = ()
    local: tuple[ProxyEndpoint, ...] = ()
    all: tuple[ProxyEndpoint, ...] = ()
    any: bool = False


def reachable(port: ProxyPort, ends: Sequence[ProxyEndpoint], node_name: str, zone: str = "") -> Reachable:
    """Return the endpoints to use for a port: the ready ones, and if there are none those that still serve.

    Args:
        ends: All endpoints of the port.
        node_name: The Node of this kube-proxy.
        zone: The Node's label `topology.kubernetes.io/zone`, "" if it has none.

    Source of the rule: `CategorizeEndpoints` of Kubernetes' pkg/proxy, and
    https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints
    """
    usable = _ready_or_leaving(ends)
    cluster: tuple[ProxyEndpoint, ...] = ()
    if port.uses_cluster:
        hinted = _hinted(ends, node_name, zone)
        cluster = tuple(end for end in usable if not end.ready or hinted is None or hinted(end))
    local: tuple[ProxyEndpoint, ...] = ()
    if port.uses_local:
        local = _ready_or_leaving([end for end in ends if end.local])
    both = {end.address: end for end in (*cluster, *local)}
    return Reachable(cluster, local, tuple(both[address] for address in sorted(both)), bool(usable))


def _ready_or_leaving(ends: Iterable[ProxyEndpoint]) -> tuple[ProxyEndpoint, ...]:
    kept = list(ends)
    ready = tuple(end for end in kept if end.ready)
    return ready or tuple(end for end in kept if end.leaving)


def _hinted(
    ends: Sequence[ProxyEndpoint], node_name: str, zone: str
) -> Callable[[ProxyEndpoint], bool] | None:
    """Return the test of `trafficDistribution`: near endpoints only, if every ready endpoint says which clients it is for."""
    ready = [end for end in ends if end.ready]
    for_node = [node_name in end.for_nodes for end in ready]
    if ready and all(end.for_nodes for end in ready) and any(for_node):
        return lambda end: node_name in end.for_nodes
    for_zone = [zone in end.for_zones for end in ready]
    if ready and all(end.for_zones for end in ready) and any(for_zone):
        return lambda end: zone in end.for_zones
    return None


def same_on_every_node(services: Iterable[Service], endpoint_slices: Iterable[EndpointSlice]) -> bool:
    """Whether kube-proxy's rules read alike on all Nodes: no policy, no range and no hint asks which Node it is.

    >>> web = {"metadata": {"name": "web"}, "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}}
    >>> same_on_every_node([Service(web)], [])
    True
    >>> web["spec"]["internalTrafficPolicy"] = "Local"
    >>> same_on_every_node([Service(web)], [])
    False
    """
    ports = service_ports(services)
    if any(port.uses_local or port.source_ranges for port in ports):
        return False
    entries = [(item.namespace, item.service, entry) for item in endpoint_slices for entry in item.endpoints]
    if any(entry.get("hints") for _, _, entry in entries):
        return False
    # an address in two slices of one Service: its own Node's word about it counts, and others may say otherwise
    places = [(*where, *sequence(entry.get("addresses"))[:1]) for *where, entry in entries]
    return len(places) == len(set(places))
