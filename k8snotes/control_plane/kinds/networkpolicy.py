"""NetworkPolicy: which Pods may be reached from where, and what they may reach.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/network-policies/ and
`ValidateNetworkPolicySpec` in k8s.io/kubernetes/pkg/apis/networking/validation
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_subdomain, port_name
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.ip import cidr, port_number
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")
_WAYS = (("ingress", "from"), ("egress", "to"))


def _complete(manifest: Manifest) -> None:
    """Let a policy be about what comes in, and about what goes out if it says anything of that; ports are TCP.

    Source of the rule: `SetDefaults_NetworkPolicy` in k8s.io/kubernetes/pkg/apis/networking/v1
    """
    spec = manifest["spec"]
    for way, _ in _WAYS:
        for rule in sequence(spec.get(way)):
            for port in sequence(rule.get("ports")):
                set_missing(port, protocol="TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])


def _spec(spec: Manifest) -> list[Cause]:
    """Check whom the policy is for, and the rules of both directions."""
    causes = validate_label_selector(mapping(spec.get("podSelector")), SPEC / "podSelector")
    for way, peers in _WAYS:
        for i, rule in enumerate(sequence(spec.get(way))):
            here = SPEC / way @ i
            for j, port in enumerate(sequence(rule.get("ports"))):
                causes += _port(port, here / "ports" @ j)
            for j, peer in enumerate(sequence(rule.get(peers))):
                causes += _peer(peer, here / peers @ j)
    types = sequence(spec.get("policyTypes"))
    if len(types) > len(_TYPES):
        detail = "may not specify more than two policyTypes"
        return [*causes, invalid_value(SPEC / "policyTypes", types, detail)]
    return causes + [
        not_supported(SPEC / "policyTypes" @ i, name, _TYPES)
        for i, name in enumerate(types)
        if name not in _TYPES
    ]


def _port(port: Manifest, path: Path) -> list[Cause]:
    """Check a port, or a range of ports from `port` to `endPort` (ValidateNetworkPolicyPort)."""
    causes = one_of(port.get("protocol"), path / "protocol", _PROTOCOLS)
    first, last, here = port.get("port"), port.get("endPort"), path / "endPort"
    if isinstance(first, int):
        causes += port_number(first, path / "port")
        if last is not None and last < first:
            # Kubernetes shows the first port here, not the last
            causes.append(invalid_value(here, first, "must be greater than or equal to `port`"))
        return causes + ([] if last is None else port_number(last, here))
    if last is not None:
        why = "when `port` is not specified" if first is None else "when `port` is non-numeric"
        causes.append(invalid_value(here, last, f"may not be specified {why}"))
    return causes + ([] if first is None else invalid_values(path / "port", first, port_name(first)))


def _peer(peer: Manifest, path: Path) -> list[Cause]:
    """Check the peers of a rule: Pods, Namespaces, or addresses (ValidateNetworkPolicyPeer)."""
    causes: list[Cause] = []
    named = [
        field for field in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(field) is not None
    ]
    for field in named:
        is_block = field == "ipBlock"
        causes += (
            _block(peer[field], path / field)
            if is_block
            else (validate_label_selector(peer[field], path / field))
        )
    if not named:
        causes.append(required(path, "must specify a peer"))
    elif "ipBlock" in named and len(named) > 1:
        causes.append(forbidden_field(path, "may not specify both ipBlock and another peer"))
    return causes


def _block(block: Manifest, path: Path) -> list[Cause]:
    """Check a range of addresses, and the smaller ranges that are left out of it (ValidateIPBlock)."""
    whole = block.get("cidr", "")
    if not whole:
        return [required(path / "cidr")]
    causes = cidr(whole, path / "cidr")
    around = _network(whole)
    if around is None:
        return causes
    for i, text in enumerate(sequence(block.get("except"))):
        here = path / "except" @ i
        causes += cidr(text, here)
        part = _network(text)
        if part is not None and (
            part.version != around.version
            or part.network_address not in around
            or part.prefixlen <= around.prefixlen
        ):
            causes.append(invalid_value(here, text, "must be a strict subset of `cidr`"))
    return causes


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


RULES = Rules(group="networking.k8s.io", complete=_complete, check=_check, check_update=_check_update)
