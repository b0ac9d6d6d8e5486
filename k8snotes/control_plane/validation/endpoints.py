"""Rules for Endpoints and EndpointSlices, which list the addresses behind a Service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.validation.ip import ip, is_ipv6, parse_ip, port_number, usable_ip
from k8snotes.control_plane.validation.meta import (
    dns_label,
    dns_subdomain,
    labels,
    metadata,
    metadata_update,
    name_rule,
    qualified_name,
)
from k8snotes.control_plane.validation.service import PROTOCOLS, protocol
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    immutable,
    invalid_value,
    not_supported,
    required,
    too_many,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["endpoint_slice", "endpoint_slice_update", "endpoints", "endpoints_update"]

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS = 1000
_MOST_ADDRESSES = 100
_MOST_PORTS = 20_000
_MOST_TOPOLOGY_LABELS = 16


def endpoints(manifest: Manifest) -> list[Cause]:
    """Check an Endpoints object (ValidateEndpoints)."""
    causes = metadata(manifest["metadata"], name_rule("v1", "Endpoints"), namespaced=True)
    for i, subset in enumerate(manifest.get("subsets") or ()):
        path = Path("subsets") @ i
        ready, waiting = subset.get("addresses") or [], subset.get("notReadyAddresses") or []
        ports = subset.get("ports") or []
        if not ready and not waiting:
            causes.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for j, address in enumerate(ready):
            causes += _address(address, path / "addresses" @ j)
        for j, address in enumerate(waiting):
            causes += _address(address, path / "notReadyAddresses" @ j)
        for j, port in enumerate(ports):
            causes += _port(port, path / "ports" @ j, needs_name=len(ports) > 1)
    return causes


def endpoints_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check an Endpoints object that replaces another."""
    return metadata_update(new["metadata"], old["metadata"]) + endpoints(new)


def _address(address: Mapping[str, Any], path: Path) -> list[Cause]:
    causes = ip(address.get("ip", ""), path / "ip")
    if address.get("hostname"):
        causes += dns_label(address["hostname"], path / "hostname")
    if address.get("nodeName") is not None:
        causes += dns_subdomain(address["nodeName"], path / "nodeName")
    return causes + usable_ip(address.get("ip", ""), path / "ip")


def _port(port: Mapping[str, Any], path: Path, *, needs_name: bool) -> list[Cause]:
    causes: list[Cause] = []
    name = port.get("name", "")
    if name:
        causes += dns_label(name, path / "name")
    elif needs_name:
        causes.append(required(path / "name"))
    causes += port_number(port.get("port", 0), path / "port")
    causes += protocol(port.get("protocol", ""), path / "protocol")
    if port.get("appProtocol") is not None:
        causes += qualified_name(port["appProtocol"], path / "appProtocol")
    return causes


def endpoint_slice(manifest: Manifest) -> list[Cause]:
    """Check an EndpointSlice (ValidateEndpointSlice)."""
    causes = metadata(
        manifest["metadata"], name_rule("discovery.k8s.io/v1", "EndpointSlice"), namespaced=True
    )
    family = manifest.get("addressType", "")
    if not family:
        causes.append(required("addressType"))
    elif family not in _ADDRESS_TYPES:
        causes.append(not_supported("addressType", family, _ADDRESS_TYPES))
    causes += _slice_endpoints(manifest.get("endpoints") or [], family)
    return causes + _slice_ports(manifest.get("ports") or [])


def endpoint_slice_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check an EndpointSlice that replaces another: its kind of addresses stays."""
    now, before = new.get("addressType", ""), old.get("addressType", "")
    return endpoint_slice(new) + immutable("addressType", now, before)


def _slice_endpoints(found: Sequence[Mapping[str, Any]], family: str) -> list[Cause]:
    path = Path("endpoints")
    if len(found) > _MOST_ENDPOINTS:
        return [too_many(path, len(found), _MOST_ENDPOINTS)]
    causes: list[Cause] = []
    for i, endpoint in enumerate(found):
        here, addresses = path @ i, endpoint.get("addresses") or []
        if not addresses:
            causes.append(required(here / "addresses", "must contain at least 1 address"))
        elif len(addresses) > _MOST_ADDRESSES:
            causes.append(too_many(here / "addresses", len(addresses), _MOST_ADDRESSES))
        for j, address in enumerate(addresses):
            causes += _slice_address(address, family, here / "addresses" @ j)
        if endpoint.get("nodeName") is not None:
            causes += dns_subdomain(endpoint["nodeName"], here / "nodeName")
        topology = endpoint.get("deprecatedTopology") or {}
        if len(topology) > _MOST_TOPOLOGY_LABELS:
            causes.append(too_many(here / "deprecatedTopology", len(topology), _MOST_TOPOLOGY_LABELS))
        causes += labels(topology, here / "deprecatedTopology")
        if endpoint.get("hostname") is not None:
            causes += dns_label(endpoint["hostname"], here / "hostname")
    return causes


def _slice_address(address: str, family: str, path: Path) -> list[Cause]:
    if family in ("IPv4", "IPv6"):
        causes: list[Cause] = []
        if parse_ip(address) is None or is_ipv6(address) != (family == "IPv6"):
            causes.append(invalid_value(path, address, f"must be a valid {family} address"))
        return causes + usable_ip(address, path)
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


def _slice_ports(found: Sequence[Mapping[str, Any]]) -> list[Cause]:
    path = Path("ports")
    if len(found) > _MOST_PORTS:
        return [too_many(path, len(found), _MOST_PORTS)]
    causes: list[Cause] = []
    names: set[str] = set()
    for i, port in enumerate(found):
        here, name = path @ i, port.get("name") or ""
        if name:
            causes += dns_label(name, here / "name")
        if name in names:
            causes.append(duplicate(here / "name", name))
        names.add(name)
        if port.get("protocol") is None:
            causes.append(required(here / "protocol"))
        elif port["protocol"] not in PROTOCOLS:
            causes.append(not_supported(here / "protocol", port["protocol"], PROTOCOLS))
        if port.get("appProtocol") is not None:
            causes += qualified_name(port["appProtocol"], here / "appProtocol")
    return causes
