"""What a client types, taken apart: a URL, "name:port" or "ip:port" becomes a host, a port and a protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from urllib.parse import urlsplit

from k8snotes.catalogue import _, named
from k8snotes.errors import AddressError, brief, did_you_mean
from k8snotes.node.addresses import is_ipv4

__all__ = ["PROTOCOLS", "Target", "protocol_named", "target_of", "whole_number"]

PROTOCOLS = ("TCP", "UDP", "SCTP")
_USUAL_PORTS = {  # what a client takes where the URL names no port
    "http": 80,
    "ws": 80,
    "https": 443,
    "wss": 443,
    "ftp": 21,
    "ssh": 22,
    "dns": 53,
    "ldap": 389,
    "mysql": 3306,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "mongodb": 27017,
    "amqp": 5672,
}
_SCHEMES = (*_USUAL_PORTS, "tcp", "udp", "sctp", "grpc")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a packet is to go: `host` is a name or an IPv4 address, `port` is None for a ping.

    `scheme`, `path` and `query` are those of a URL; they count only where a proxy reads the request.
    """

    host: str
    port: int | None
    protocol: str = "TCP"
    scheme: str = field(default="", repr=False, compare=False)
    path: str = field(default="/", repr=False, compare=False)
    query: str = field(default="", repr=False, compare=False)

    @property
    def is_address(self) -> bool:
        """Whether the host is an address, so that no name has to be looked up."""
        return is_ipv4(self.host)

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def target_of(typed: str, protocol: str = "TCP", *, ping: bool = False) -> Target:
    """Read what a client types: "http://web:8080/path", "web:8080", "10.96.0.20:80"; for a ping only the host.

    Args:
        typed: Where no port is named, that of the scheme counts (http 80, https 443, dns 53, ...).
        protocol: "TCP", "UDP" or "SCTP"; a scheme such as "udp://" says it as well.
        ping: Whether it is for a ping (ICMP), which has no port.

    Raises:
        AddressError: The text names no host or no port, or one that cannot be; the message says what to
            write instead.

    >>> target_of("http://web.shop/cart")
    Target(host='web.shop', port=80, protocol='TCP')
    >>> target_of("10.96.0.10:53", "UDP")
    Target(host='10.96.0.10', port=53, protocol='UDP')
    >>> target_of("web")
    Traceback (most recent call last):
    ...
    k8snotes.errors.AddressError: "web" has no port. Write "web:80", or a URL such as "http://web" (port 80).
    """
    if not isinstance(typed, str):
        raise AddressError(
            _('A target is text such as "http://web:8080", not a {type}.', type=type(typed).__name__)
        )
    text = typed.strip()
    scheme, rest = _scheme(text)
    try:
        split = urlsplit(f"//{rest}")
        host, given = split.hostname or "", _port_text(split.netloc)
    except ValueError:
        host, given = "", ""
    if ":" in host or rest.startswith("[") or "::" in text or text.count(":") > 2 + bool(scheme):
        raise AddressError(
            _(
                '"{target}" looks like an IPv6 address, but the clusters here have only IPv4 addresses.',
                target=typed,
            )
        )
    if not host:
        raise AddressError(
            _('"{target}" has no host. Write "http://web:8080", "web:8080" or "10.96.0.20:80".', target=typed)
        )
    _check_host(host, typed)
    if ping:
        return Target(host, None, "ICMP")
    chosen = _protocol(protocol, scheme)
    return Target(host, _port(given, scheme, host, typed), chosen, scheme, split.path or "/", split.query)


def whole_number(port: object) -> int:
    """Return a port as a number from 1 to 65535. Raises AddressError.

    >>> whole_number(8080)
    8080
    """
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise AddressError(_("A port is a whole number from 1 to 65535, not {port}.", port=brief(port)))
    return port


def protocol_named(protocol: str) -> str:
    """Return a protocol in capital letters. Raises AddressError for one that Services do not know.

    >>> protocol_named("udp")
    'UDP'

    Source of the rule: https://kubernetes.io/docs/reference/networking/service-protocols/
    """
    chosen = protocol.upper() if isinstance(protocol, str) else ""
    if chosen not in PROTOCOLS:
        near = did_you_mean(str(protocol), PROTOCOLS)
        raise AddressError(
            _(
                'A Service has one of the protocols {protocols}, not "{protocol}".{suggestion}',
                protocols=named(PROTOCOLS),
                protocol=protocol,
                suggestion=near,
            )
        )
    return chosen


def _scheme(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if not separator:
        return "", text
    if scheme.lower() not in _SCHEMES:
        near = did_you_mean(scheme, _SCHEMES)
        if near:
            raise AddressError(
                _('"{scheme}://" is not a known scheme.{suggestion}', scheme=scheme, suggestion=near)
            )
        raise AddressError(
            _(
                '"{scheme}://" is not a known scheme. Write http://, https://, tcp:// or udp://.',
                scheme=scheme,
            )
        )
    return scheme.lower(), rest


def _port_text(netloc: str) -> str:
    host_and_port = netloc.rpartition("@")[2]
    return host_and_port.partition(":")[2]


def _check_host(host: str, typed: str) -> None:
    if is_ipv4(host):
        ip = IPv4Address(host)
        if ip.is_multicast or ip.is_unspecified or host == "255.255.255.255":
            raise AddressError(
                _(
                    '"{host}" (in "{target}") is not the address of a single machine, but a connection needs one.',
                    host=host,
                    target=typed,
                )
            )
        return
    if re.fullmatch(r"[0-9.]+", host):
        raise AddressError(
            _(
                '"{host}" (in "{target}") is no IPv4 address. '
                "Write four numbers from 0 to 255, such as 10.96.0.20.",
                host=host,
                target=typed,
            )
        )
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise AddressError(
            _(
                '"{host}" (in "{target}") is no DNS name. '
                'Use only small letters, digits, "-" and ".", as in web.shop.',
                host=host,
                target=typed,
            )
        )


def _protocol(protocol: str, scheme: str) -> str:
    chosen = protocol_named(protocol)
    by_scheme = scheme.upper() if scheme.upper() in PROTOCOLS else ""
    if by_scheme and chosen not in ("TCP", by_scheme):
        raise AddressError(
            _(
                '"{scheme}://" means {protocol}, but protocol="{other}" says otherwise. Leave one of them out.',
                scheme=scheme,
                protocol=by_scheme,
                other=chosen,
            )
        )
    return by_scheme or chosen


def _port(given: str, scheme: str, host: str, typed: str) -> int:
    if not given:
        usual = _USUAL_PORTS.get(scheme)
        if usual is None:
            raise AddressError(
                _(
                    '"{target}" has no port. Write "{host}:80", or a URL such as "http://{host}" (port 80).',
                    target=typed,
                    host=host,
                )
            )
        return usual
    if not given.isascii() or not given.isdecimal():
        raise AddressError(
            _(
                '"{port}" (in "{target}") is no port number, and a client needs the number. '
                "The name of a Service's port can be looked up in an SRV record, but not used in a URL.",
                port=given,
                target=typed,
            )
        )
    number = int(given) if len(given) < 9 else 0
    if not 1 <= number <= 65535:
        raise AddressError(
            _(
                'There is no port {port} (in "{target}"). Ports go from 1 to 65535.',
                port=given,
                target=typed,
            )
        )
    return number
