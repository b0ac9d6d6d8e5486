"""What a client types: which host, port and protocol it means, and where each bound lies."""

from __future__ import annotations

import pytest

from k8snotes.errors import AddressError
from k8snotes.network.targets import Target, protocol_named, target_of, whole_number

REGISTERED = {  # IANA's registry of service names and port numbers
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


@pytest.mark.parametrize("scheme", REGISTERED)
def test_a_scheme_has_the_port_that_is_registered_for_it(scheme):
    """Where a URL names no port, the client takes the one of its scheme; one that is named counts."""
    assert target_of(f"{scheme}://web/path") == Target("web", REGISTERED[scheme], "TCP")
    assert target_of(f"{scheme.upper()}://web:8080") == Target("web", 8080, "TCP")


@pytest.mark.parametrize("scheme", ["tcp", "udp", "sctp", "grpc"])
def test_a_scheme_without_a_port_of_its_own_needs_one(scheme):
    """tcp, udp, sctp and grpc say no port; the first three say the protocol."""
    protocol = "TCP" if scheme == "grpc" else scheme.upper()
    assert target_of(f"{scheme}://web:7000") == Target("web", 7000, protocol)
    with pytest.raises(AddressError, match="has no port"):
        target_of(f"{scheme}://web")


@pytest.mark.parametrize("port", ["1", "65535", "00080"])
def test_ports_that_there_are(port):
    """Ports go from 1 to 65535."""
    assert target_of(f"web:{port}").port == whole_number(int(port)) == int(port)


@pytest.mark.parametrize("port", ["0", "65536", "99999999", "999999999", "9999999999999999999999"])
def test_ports_that_there_are_not(port):
    """A port below 1 or above 65535 is refused, in a URL and as a number."""
    with pytest.raises(AddressError, match="Ports go from 1 to 65535"):
        target_of(f"web:{port}")
    with pytest.raises(AddressError, match="from 1 to 65535"):
        whole_number(int(port))


@pytest.mark.parametrize("port", ["http", "-1", "+80", "8O", "\u0661"])
def test_a_port_is_a_number(port):
    """A name, a sign or a digit of another script is no port."""
    with pytest.raises(AddressError, match="is no port"):
        target_of(f"web:{port}")


@pytest.mark.parametrize("port", [True, False, "80", 80.0, None])
def test_a_port_as_a_value_is_a_whole_number(port):
    """True is no port, nor is a text."""
    with pytest.raises(AddressError, match="whole number"):
        whole_number(port)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("http://user:word@web:80", "web"),
        ("http://web.shop.svc.cluster.local.", "web.shop.svc.cluster.local."),
        ("http://a-1.b_2", "a-1.b_2"),
        ("http://" + ".".join(["a" * 49] * 5) + ".abc", ".".join(["a" * 49] * 5) + ".abc"),
        ("http://10.96.0.10", "10.96.0.10"),
        ("http://255.255.255.254", "255.255.255.254"),
        ("http://223.255.255.255", "223.255.255.255"),
        ("http://0.0.0.1", "0.0.0.1"),
    ],
)
def test_hosts_that_can_be(typed, host):
    """A host is a DNS name of at most 253 signs, or the IPv4 address of one machine."""
    target = target_of(typed)
    assert (target.host, target.is_address) == (host, host[0].isdigit())
    assert target_of(host, ping=True) == Target(host, None, "ICMP")
    assert str(target) == f"{host}:80"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("http://[::1]:80", "IPv6"),
        ("http://::1", "IPv6"),
        ("fe80::1", "IPv6"),
        ("a:b:c:d", "IPv6"),
        ("http://", "has no host"),
        (":80", "has no host"),
        ("http://224.0.0.1", "not the address of a single machine"),
        ("http://0.0.0.0", "not the address of a single machine"),
        ("http://255.255.255.255", "not the address of a single machine"),
        ("http://256.1.1.1", "no IPv4 address"),
        ("http://1.2.3", "no IPv4 address"),
        ("http://" + ".".join(["a" * 49] * 5) + ".abcd", "no DNS name"),
        ("http://-web", "no DNS name"),
        ("http://web-", "no DNS name"),
        ("http://we b", "no DNS name"),
        ("htp://web", "not a known scheme"),
        (80, "A target is text"),
    ],
)
def test_hosts_that_cannot_be(typed, message):
    """An IPv6 address, an address of no one machine, and what is no name are refused in words."""
    with pytest.raises(AddressError, match=message):
        target_of(typed)


def test_a_protocol_and_a_scheme_have_to_agree():
    """TCP is what nobody says, so a scheme may say otherwise; two that differ are refused."""
    assert target_of("udp://web:53").protocol == "UDP"
    assert target_of("udp://web:53", "udp").protocol == "UDP"
    assert target_of("web:53", "sctp").protocol == "SCTP"
    with pytest.raises(AddressError, match="says otherwise"):
        target_of("udp://web:53", "SCTP")
    assert [protocol_named(name) for name in ("tcp", "Udp", "SCTP")] == ["TCP", "UDP", "SCTP"]
    for wrong in ("ICMP", "", 6):
        with pytest.raises(AddressError, match="one of the protocols"):
            protocol_named(wrong)
