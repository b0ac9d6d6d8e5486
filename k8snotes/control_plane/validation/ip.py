"""Rules for addresses and port numbers in manifests."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from k8snotes.api.names import port_name
from k8snotes.control_plane.validation.wording import invalid_value, invalid_values

if TYPE_CHECKING:
    from k8snotes.control_plane.validation.wording import Path
    from k8snotes.errors import Cause

__all__ = ["cidr", "ip", "is_ipv6", "parse_ip", "port_number", "port_number_or_name", "usable_ip"]

_IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_CIDR_DETAIL = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_DOTTED = re.compile(r"\d{1,20}(?:\.\d{1,20}){3}", re.ASCII)


def _without_leading_zeros(text: str) -> str:
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
    """Check that a field holds an IP address."""
    return [] if parse_ip(text) is not None else [invalid_value(path, text, _IP_DETAIL)]


def cidr(text: str, path: Path) -> list[Cause]:
    """Check that a field holds a range of addresses such as 10.9.8.0/24."""
    address, slash, bits = text.partition("/")
    if _DOTTED.fullmatch(address):
        address = _without_leading_zeros(address)
    try:
        if not slash or not (bits.isascii() and bits.isdigit()) or "%" in text:
            return [invalid_value(path, text, _CIDR_DETAIL)]
        ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        return [invalid_value(path, text, _CIDR_DETAIL)]
    return []


def usable_ip(text: str, path: Path) -> list[Cause]:
    """Check that traffic can be sent to an address from everywhere (ValidateNonSpecialIP).

    Rule: https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
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
    if isinstance(address, IPv4Address):
        return address.packed[:3] == b"\xe0\x00\x00"
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


def port_number(port: int, path: Path) -> list[Cause]:
    """Check that a number can be a port."""
    return [] if 1 <= port <= 65535 else [invalid_value(path, port, "must be between 1 and 65535, inclusive")]


def port_number_or_name(port: int | str, path: Path) -> list[Cause]:
    """Check a port that is given by number or by the name of a container's port."""
    if isinstance(port, str):
        return invalid_values(path, port, port_name(port))
    return port_number(port, path)
