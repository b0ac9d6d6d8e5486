"""Node IPs, Pod IPs, Cluster IPs and node ports are given out as Kubernetes gives them out."""

from ipaddress import IPv4Address

import pytest

from k8snotes.control_plane.addresses import (
    DNS_IP,
    KUBERNETES_IP,
    AddressError,
    NodeIPs,
    NodePorts,
    PodIPs,
    ServiceIPs,
)


def test_cluster_ips_come_from_the_upper_band_first():
    """The first 256 addresses of a /16 are left to those who ask for a certain one."""
    ips = ServiceIPs("10.96.0.0/16")
    assert [ips.allocate() for _ in range(3)] == ["10.96.1.1", "10.96.1.2", "10.96.1.3"]
    assert ips.allocate("10.96.0.20") == "10.96.0.20"


def test_the_lower_band_is_used_when_the_upper_one_is_full():
    """In a /27, 16 addresses are kept back until nothing else is left."""
    ips = ServiceIPs("10.0.0.0/27", reserved=["10.0.0.1"])
    given = [ips.allocate() for _ in range(29)]
    assert (given[0], given[13], given[14], given[-1]) == ("10.0.0.17", "10.0.0.30", "10.0.0.2", "10.0.0.16")
    with pytest.raises(AddressError, match="range is full"):
        ips.allocate()


@pytest.mark.parametrize(
    ("ip", "message"),
    [
        ("192.168.1.5", "the provided network does not match the current range"),
        (
            "10.96.0.0",
            "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/16",
        ),
        (DNS_IP, "provided IP is already allocated"),
        ("none", "the provided network does not match the current range"),
    ],
)
def test_addresses_that_cannot_be_had(ip, message):
    """A Cluster IP of another range, or one that is taken, is refused in Kubernetes' words."""
    ips = ServiceIPs("10.96.0.0/16", reserved=[KUBERNETES_IP, DNS_IP])
    with pytest.raises(AddressError) as caught:
        ips.allocate(ip)
    assert str(caught.value) == message


def test_a_released_cluster_ip_is_the_next_one():
    """The lowest free address is given out, also when it was in use before."""
    ips = ServiceIPs()
    first, _ = ips.allocate(), ips.allocate()
    ips.release(first)
    ips.release("10.96.9.9")
    assert not ips.is_allocated(first)
    assert ips.allocate() == first
    ips.reserve("10.96.1.3")
    assert ips.allocate() == "10.96.1.4"


def test_node_ports():
    """Node ports come from 30086 on; one number cannot be given twice, nor one outside of the range."""
    ports = NodePorts(30000, 32767)
    assert [ports.allocate(), ports.allocate(30000), ports.allocate()] == [30086, 30000, 30087]
    with pytest.raises(AddressError, match="provided port is already allocated"):
        ports.allocate(30000)
    with pytest.raises(AddressError, match="The range of valid ports is 30000-32767"):
        ports.allocate(40000)
    ports.release(30086)
    ports.reserve(30087)
    assert ports.is_allocated(30087)
    assert ports.allocate() == 30086


def test_node_ports_run_out():
    """A small range has no lower band, and is full at some point."""
    ports = NodePorts(30000, 30002)
    assert [ports.allocate() for _ in range(3)] == [30000, 30001, 30002]
    with pytest.raises(AddressError, match="range is full"):
        ports.allocate()


def test_pods_get_addresses_of_their_node():
    """Each Node has a /24, in which .1 is the bridge."""
    pods = PodIPs()
    assert [pods.add_node("node-1"), pods.add_node("node-2")] == ["10.244.1.0/24", "10.244.2.0/24"]
    assert [pods.allocate("node-1"), pods.allocate("node-2"), pods.allocate("node-1")] == [
        "10.244.1.2",
        "10.244.2.2",
        "10.244.1.3",
    ]
    assert pods.allocate("node-9") == "10.244.3.2"


def test_a_replaced_pod_gets_another_address():
    """A freed Pod address comes round again only after all the others."""
    pods = PodIPs()
    first = pods.allocate("node-1")
    pods.release(first)
    others = [pods.allocate("node-1") for _ in range(252)]
    assert first not in others
    assert others[-1] == "10.244.1.254"
    assert pods.allocate("node-1") == first
    with pytest.raises(AddressError, match="No Pod address is left on Node node-1"):
        pods.allocate("node-1")


def test_a_node_may_bring_its_range_and_leave():
    """A podCIDR in the manifest is kept, and a range of a Node that left is free."""
    pods = PodIPs("10.244.0.0/22")
    assert pods.add_node("a", "10.244.2.0/24") == "10.244.2.0/24"
    assert [pods.add_node("b"), pods.add_node("c")] == ["10.244.1.0/24", "10.244.3.0/24"]
    with pytest.raises(AddressError, match="No podCIDR is left for Node d"):
        pods.add_node("d")
    pods.allocate("b")
    pods.remove_node("b")
    assert pods.cidr("b") == ""
    assert pods.add_node("d") == "10.244.1.0/24"
    assert pods.allocate("d") == "10.244.1.2"


def test_node_ips():
    """Nodes are numbered from .11 on, past addresses that look like networks; one they bring is kept."""
    nodes = NodeIPs()
    nodes.reserve("old", "192.168.0.12")
    given = [nodes.allocate(f"node-{i}") for i in range(1, 251)]
    assert given[:3] == ["192.168.0.11", "192.168.0.13", "192.168.0.14"]
    assert "192.168.0.255" not in given
    assert len(set(given)) == 250
    nodes.release("node-1")
    assert nodes.allocate("node-1") not in given


def test_nodes_run_out():
    """A Node network has an end."""
    nodes = NodeIPs("192.168.0.0/28", first=13)
    nodes.allocate("a")
    nodes.allocate("b")
    with pytest.raises(AddressError, match="No address is left for Node c"):
        nodes.allocate("c")


@pytest.mark.parametrize("make", [ServiceIPs, NodePorts])
def test_copies_are_independent(make):
    """What a copy gives out, the original still has."""
    original = make()
    copied = original.copy()
    assert copied.allocate() == original.allocate()


def test_copies_of_pod_and_node_addresses_are_independent():
    """What a copy gives out, the original still has."""
    pods, nodes = PodIPs(), NodeIPs()
    assert pods.copy().allocate("a") == pods.allocate("a")
    assert nodes.copy().allocate("a") == nodes.allocate("a")


def graduated(size, step, most):
    """Return how many numbers are kept for those who ask for certain ones (`calculateRangeOffset`)."""
    if size <= 16:
        return 0
    return min(max(16, size // step), most)


@pytest.mark.parametrize("bits", range(17, 30))
def test_how_many_addresses_are_kept_back(bits):
    """A sixteenth of the range, network and broadcast address counted in, at least 16 and at most 256."""
    ips = ServiceIPs(f"10.96.0.0/{bits}")
    kept = graduated(2 ** (32 - bits), 16, 256)
    given = ips.allocate()
    assert IPv4Address(given) == IPv4Address("10.96.0.0") + 1 + kept
    ips.release(given)
    first, last = "10.96.0.1", str(IPv4Address("10.96.0.0") + 2 ** (32 - bits) - 2)
    assert (ips.allocate(first), ips.allocate(last)) == (first, last)
    for outside in ("10.96.0.0", str(IPv4Address(last) + 1), str(IPv4Address(last) + 2)):
        with pytest.raises(AddressError):
            ips.allocate(outside)
        ips.reserve(outside)
        assert not ips.is_allocated(outside)


@pytest.mark.parametrize(
    "size", [1, 2, 15, 16, 17, 18, 511, 512, 543, 544, 2768, 4095, 4096, 4127, 4128, 9999]
)
def test_how_many_node_ports_are_kept_back(size):
    """A thirty-second of the range, at least 16 and at most 128; the first ones come when all others are given out."""
    ports = NodePorts(30000, 30000 + size - 1)
    kept = graduated(size, 32, 128)
    given = [ports.allocate() for _ in range(size)]
    assert given == [*range(30000 + kept, 30000 + size), *range(30000, 30000 + kept)]
    with pytest.raises(AddressError, match="range is full"):
        ports.allocate()
    ports.release(30000 + size - 1)
    ports.release(30000)
    assert ports.allocate() == (30000 + size - 1 if size > 16 else 30000)
    ports.clear()
    assert not ports.is_allocated(30000)
    assert ports.allocate() == 30000 + kept


def test_node_addresses_that_one_can_read():
    """The first is .11; no Node is called .0 or .255; the end of the range is the last."""
    nodes = NodeIPs("192.168.0.0/23")
    given = [nodes.allocate(f"n{i}") for i in range(498)]
    assert (given[0], given[243], given[244], given[245]) == (
        "192.168.0.11",
        "192.168.0.254",
        "192.168.1.1",
        "192.168.1.2",
    )
    assert given[-1] == "192.168.1.254"
    with pytest.raises(AddressError, match="No address is left"):
        nodes.allocate("one too many")


def test_the_range_of_a_node_is_filled_to_its_end_and_goes_round():
    """.1 is the bridge and .255 the broadcast address: 253 Pods; after the last the first free one comes again."""
    pods = PodIPs()
    given = [pods.allocate("n") for _ in range(253)]
    assert (given[0], given[-1], len(set(given)), pods.count) == ("10.244.1.2", "10.244.1.254", 253, 253)
    pods.release("10.244.1.7")
    assert not pods.is_allocated("10.244.1.7")
    assert (pods.next("n"), pods.next("n"), pods.allocate("n")) == ("10.244.1.7",) * 3
    pods.take("n", "10.244.1.7")
    assert pods.count == 253
    small = PodIPs("10.0.0.0/30")
    with pytest.raises(AddressError, match="No podCIDR is left"):
        small.add_node("n")


def test_the_range_of_a_node_that_left_is_the_next():
    """Its addresses go with it, those of others stay."""
    pods = PodIPs()
    one, two = pods.allocate("a"), pods.allocate("b")
    pods.remove_node("a")
    pods.remove_node("a")
    assert (pods.is_allocated(one), pods.is_allocated(two)) == (False, True)
    assert (pods.cidr("a"), pods.cidr("b")) == ("", "10.244.2.0/24")
    assert pods.add_node("b") == "10.244.2.0/24"
    assert (pods.add_node("c"), pods.allocate("c")) == ("10.244.1.0/24", "10.244.1.2")
