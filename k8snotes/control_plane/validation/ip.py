"""Rules for addresses, port numbers and protocols in manifests."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from k8snotes.api.names import port_name
from k8snotes.control_plane.validation.wording import (
    Path,
    invalid_value,
    invalid_values,
    one_of,
)
from k8snotes.errors import Cause

__all__ = [
    "PROTOCOLS",
    "cidr",
    "ip",
    "is_ipv6",
    "parse_ip",
    "port_number",
    "port_number_or_name",
    "protocol",
    "usable_ip",
]

PROTOCOLS = ("SCTP", "TCP", "UDP")
_IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_PORT_DETAIL = "must be between 1 and 65535, inclusive"
_CIDR_DETAIL = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
# As of v1.36 (StrictIPCIDRValidation): other programs read 010 as octal, and /24 of 10.0.0.5 is ambiguous.
_LEADING_ZEROS = "must not have leading 0s"
_MAPPED = "must not be an IPv4-mapped IPv6 address"
_CIDR_LEADING_ZEROS = "must not have leading 0s in IP or prefix length"
_CIDR_MAPPED = "must not have an IPv4-mapped IPv6 address"
_HOST_BITS = "must not have bits set beyond the prefix length"
_DOTTED = re.compile(r"\d{1,20}(?:\.\d{1,20}){3}", re.ASCII)


def _without_leading_zeros(text: str) -> str:
    """Return a dotted address with each number as one writes it."""
    return ".".join(part.lstrip("0") or "0" for part in text.split("."))


def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as Kubernetes does (leading zeros of IPv4 are read as decimal), None if it is none.

    >>> parse_ip("10.096.0.1"), parse_ip("10.96.0.300")
    (IPv4Address('10.96.0.1'), None)
    """
    if _DOTTED.fullmatch(text):
        text = _without_leading_zeros(text)
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def is_ipv6(text: str) -> bool:
    """Whether the text is an IPv6 address."""
    return isinstance(parse_ip(text), IPv6Address)


def ip(text: str, path: Path) -> list[Cause]:
    """Check that a field holds an IP address (IsValidIPForLegacyField)."""
    address = parse_ip(text)
    if address is None:
        return [invalid_value(path, text, _IP_DETAIL, "ip")]
    if _has_leading_zeros(text):
        return [invalid_value(path, text, _LEADING_ZEROS)]
    return [invalid_value(path, text, _MAPPED)] if _is_mapped(address) else []


def _has_leading_zeros(text: str) -> bool:
    """Whether a number of a dotted address begins with a 0: other programs read such numbers as octal."""
    return _DOTTED.fullmatch(text) is not None and text != _without_leading_zeros(text)


def _is_mapped(address: IPv4Address | IPv6Address) -> bool:
    """Whether an IPv6 address stands for an IPv4 one (::ffff:10.0.0.1)."""
    return isinstance(address, IPv6Address) and address.ipv4_mapped is not None


def cidr(text: str, path: Path) -> list[Cause]:
    """Check that a field holds a range of addresses such as 10.9.8.0/24 (IsValidCIDRForLegacyField)."""
    start, slash, bits = text.partition("/")
    address = parse_ip(start)
    digits = bits.lstrip("0") or "0"
    if address is None or not slash or not (bits.isascii() and bits.isdigit()) or len(digits) > 3:
        return [invalid_value(path, text, _CIDR_DETAIL)]
    try:
        network = ip_network(f"{address}/{digits}", strict=False)
    except ValueError:
        return [invalid_value(path, text, _CIDR_DETAIL)]
    if _has_leading_zeros(start) or bits != digits:
        return [invalid_value(path, text, _CIDR_LEADING_ZEROS)]
    if _is_mapped(address):
        return [invalid_value(path, text, _CIDR_MAPPED)]
    return [] if network.network_address == address else [invalid_value(path, text, _HOST_BITS)]


def usable_ip(text: str, path: Path) -> list[Cause]:
    """Check that traffic can be sent to an address from everywhere (ValidateNonSpecialIP).

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
    """
    address = parse_ip(text)
    if address is None:
        return [invalid_value(path, text, "must be a valid IP address")]
    details = []
    if address.is_unspecified:
        details.append(f"may not be unspecified ({text})")
    if address.is_loopback:
        details.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        details.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if _is_link_local_multicast(address):
        details.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return invalid_values(path, text, details)


def _is_link_local_multicast(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address means all machines of the same network."""
    if isinstance(address, IPv4Address):
        return address.packed[:3] == b"\xe0\x00\x00"
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


def port_number(port: int, path: Path) -> list[Cause]:
    """Check that a number can be a port."""
    return [] if 1 <= port <= 65535 else [invalid_value(path, port, _PORT_DETAIL, "port-number")]


def port_number_or_name(port: int | str, path: Path) -> list[Cause]:
    """Check a port that is given by number or by the name of a container's port."""
    if isinstance(port, str):
        return invalid_values(path, port, port_name(port), "port-name")
    return port_number(port, path)


def protocol(name: str, path: Path) -> list[Cause]:
    """Check the name of a transport protocol.

    >>> [cause.message for cause in protocol("tcp", Path("protocol"))]
    ['Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"']

    Source of the rule: https://kubernetes.io/docs/reference/networking/service-protocols/
    """
    return one_of(name, path, PROTOCOLS, needed=True)
