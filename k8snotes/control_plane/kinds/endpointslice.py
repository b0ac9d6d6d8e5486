"""EndpointSlice: up to a thousand of the endpoints behind a Service.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ and
`ValidateEndpointSlice` in k8s.io/kubernetes/pkg/apis/discovery/validation
"""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.ip import PROTOCOLS, ip, is_ipv6, usable_ip
from k8snotes.control_plane.validation.metadata import (
    dns_label,
    dns_subdomain,
    labels,
    metadata,
    qualified_name,
)
from k8snotes.control_plane.validation.wording import (
    Path,
    immutable,
    invalid_value,
    not_supported,
    one_of,
    required,
    too_many,
    unique,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS = 1000
_MOST_ADDRESSES = 100
_MOST_PORTS = 20_000
_MOST_TOPOLOGY_LABELS = 16


def _complete(manifest: Manifest) -> None:
    """Let each port be TCP, and unnamed, where it says nothing."""
    for port in sequence(manifest.get("ports")):
        if port.get("name") is None:
            port["name"] = ""
        set_missing(port, protocol="TCP")


def _check(manifest: Manifest) -> list[Cause]:
    """Check an EndpointSlice (ValidateEndpointSlice)."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    family = manifest.get("addressType", "")
    causes += one_of(family, "addressType", _ADDRESS_TYPES, needed=True)
    causes += _endpoints(sequence(manifest.get("endpoints")), family)
    return causes + _ports(sequence(manifest.get("ports")))


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check an EndpointSlice that replaces another: its kind of addresses stays."""
    now, before = new.get("addressType", ""), old.get("addressType", "")
    return _check(new) + immutable("addressType", now, before)


def _endpoints(endpoints: Sequence[Manifest], family: str) -> list[Cause]:
    """Check the endpoints: not too many, each with one address or more (validateEndpoints)."""
    path = Path("endpoints")
    if len(endpoints) > _MOST_ENDPOINTS:
        return [too_many(path, len(endpoints), _MOST_ENDPOINTS)]
    causes: list[Cause] = []
    for i, endpoint in enumerate(endpoints):
        here, addresses = path @ i, sequence(endpoint.get("addresses"))
        if not addresses:
            causes.append(required(here / "addresses", "must contain at least 1 address"))
        elif len(addresses) > _MOST_ADDRESSES:
            causes.append(too_many(here / "addresses", len(addresses), _MOST_ADDRESSES))
        for j, address in enumerate(addresses):
            causes += _address(address, family, here / "addresses" @ j)
        if endpoint.get("nodeName") is not None:
            causes += dns_subdomain(endpoint["nodeName"], here / "nodeName")
        topology = mapping(endpoint.get("deprecatedTopology"))
        if len(topology) > _MOST_TOPOLOGY_LABELS:
            causes.append(too_many(here / "deprecatedTopology", len(topology), _MOST_TOPOLOGY_LABELS))
        causes += labels(topology, here / "deprecatedTopology")
        if endpoint.get("hostname") is not None:
            causes += dns_label(endpoint["hostname"], here / "hostname")
    return causes


def _address(address: str, family: str, path: Path) -> list[Cause]:
    """Check that an address is of the slice's type."""
    if family in ("IPv4", "IPv6"):
        wrong = ip(address, path)
        if wrong:
            return wrong
        if is_ipv6(address) != (family == "IPv6"):
            wrong = [invalid_value(path, address, f"must be an {family} address")]
        return wrong + usable_ip(address, path)
    if family != "FQDN":
        return []
    if not address:
        return [required(path)]
    name = address.removesuffix(".")
    causes = dns_subdomain(name, path)
    if not causes and "." not in name:
        causes.append(
            invalid_value(path, address, "should be a domain with at least two segments separated by dots")
        )
    return causes


def _ports(ports: Sequence[Manifest]) -> list[Cause]:
    """Check the ports: not too many, each name once (validatePorts)."""
    path = Path("ports")
    if len(ports) > _MOST_PORTS:
        return [too_many(path, len(ports), _MOST_PORTS)]
    causes: list[Cause] = []
    names: set[str] = set()
    for i, port in enumerate(ports):
        here, name = path @ i, port.get("name") or ""
        if name:
            causes += dns_label(name, here / "name")
        causes += unique(name, here / "name", names)
        if port.get("protocol") is None:
            causes.append(required(here / "protocol"))
        elif port["protocol"] not in PROTOCOLS:
            causes.append(not_supported(here / "protocol", port["protocol"], PROTOCOLS))
        if port.get("appProtocol") is not None:
            causes += qualified_name(port["appProtocol"], here / "appProtocol")
    return causes


RULES = Rules(group="discovery.k8s.io", complete=_complete, check=_check, check_update=_check_update)
