"""Endpoints: the older list of the addresses behind a Service.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/service/#endpoints and
`ValidateEndpoints` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, sequence
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.ip import ip, port_number, protocol, usable_ip
from k8snotes.control_plane.validation.metadata import (
    dns_label,
    dns_subdomain,
    metadata,
    metadata_update,
    qualified_name,
)
from k8snotes.control_plane.validation.wording import Path, required
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Let each port be TCP where it says nothing."""
    for subset in sequence(manifest.get("subsets")):
        for port in sequence(subset.get("ports")):
            set_missing(port, protocol="TCP")


def _check(manifest: Manifest) -> list[Cause]:
    """Check an Endpoints object (ValidateEndpoints)."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    for i, subset in enumerate(sequence(manifest.get("subsets"))):
        path = Path("subsets") @ i
        ready, waiting = sequence(subset.get("addresses")), sequence(subset.get("notReadyAddresses"))
        ports = sequence(subset.get("ports"))
        if not ready and not waiting:
            causes.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for j, address in enumerate(ready):
            causes += _address(address, path / "addresses" @ j)
        for j, address in enumerate(waiting):
            causes += _address(address, path / "notReadyAddresses" @ j)
        for j, port in enumerate(ports):
            causes += _port(port, path / "ports" @ j, needs_name=len(ports) > 1)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check an Endpoints object that replaces another."""
    return metadata_update(new["metadata"], old["metadata"]) + _check(new)


def _address(address: Manifest, path: Path) -> list[Cause]:
    """Check one address: usable from everywhere, with a host name and a Node that can be."""
    causes = ip(address.get("ip", ""), path / "ip")
    if address.get("hostname"):
        causes += dns_label(address["hostname"], path / "hostname")
    if address.get("nodeName") is not None:
        causes += dns_subdomain(address["nodeName"], path / "nodeName")
    return causes + usable_ip(address.get("ip", ""), path / "ip")


def _port(port: Manifest, path: Path, *, needs_name: bool) -> list[Cause]:
    """Check one port; where there are several, each has a name."""
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


def _warnings(_manifest: Manifest, _old: Manifest | None) -> list[ApiWarning]:
    """Say that EndpointSlices have taken the place of Endpoints."""
    return [ApiWarning("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]


RULES = Rules(complete=_complete, check=_check, check_update=_check_update, warnings=_warnings)
