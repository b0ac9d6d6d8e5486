"""Addresses: Node IPs, Pod IPs, Cluster IPs and node ports, given out and taken back."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Self

from k8snotes.catalogue import _
from k8snotes.errors import AddressError

__all__ = [
    "API_SERVER_IP",
    "DNS_IP",
    "KUBERNETES_IP",
    "AddressError",
    "NodeIPs",
    "NodePorts",
    "PodIPs",
    "ServiceIPs",
    "pod_network",
]

# Where every cluster of this shape has its API server (Service default/kubernetes) and its DNS.
KUBERNETES_IP = "10.96.0.1"
DNS_IP = "10.96.0.10"
API_SERVER_IP = "192.168.0.10"  # the Master's own address, beside those of the Nodes


class _Band:
    """Whole numbers from `first` to `last`, given out once each: the upper part first, from its start.

    Kubernetes leaves the `static` first numbers to requests for a certain one, and takes from
    them only when the rest is used up
    (https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/).
    """

    def __init__(self, first: int, last: int, static: int) -> None:
        self.first, self.last = first, last
        self._dynamic = first + static
        self._taken: set[int] = set()
        # every number of its part below this one is taken, so that searching costs little
        self._free_from = {self._dynamic: self._dynamic, self.first: self.first}

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last

    def is_taken(self, number: int) -> bool:
        """Whether a number is given out."""
        return number in self._taken

    def take(self, number: int) -> None:
        """Give out a certain number."""
        self._taken.add(number)

    def next(self) -> int | None:
        """Give out the lowest free number of the upper part, else of the static one; None if all are taken."""
        for start, end in ((self._dynamic, self.last), (self.first, self._dynamic - 1)):
            number = self._free_from[start]
            while number in self._taken:
                number += 1
            if number <= end:
                self._free_from[start] = number + 1
                self._taken.add(number)
                return number
        return None

    def clear(self) -> None:
        """Take all numbers back."""
        self._taken.clear()
        self._free_from = {start: start for start in self._free_from}

    def release(self, number: int) -> None:
        """Take a number back; it is the next to be given out if it is the lowest."""
        self._taken.discard(number)
        for start, free_from in self._free_from.items():
            if start <= number < free_from:
                self._free_from[start] = number


class _Copyable:
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def copy(self) -> Self:
        """Return an independent allocator in the same state."""
        return copy.deepcopy(self)


class ServiceIPs(_Copyable):
    """The Cluster IPs of one range, such as 10.96.0.0/16: virtual addresses, one for each Service.

    >>> ips = ServiceIPs("10.96.0.0/16")
    >>> ips.allocate()
    '10.96.1.1'
    >>> ips.allocate("10.96.0.20")
    '10.96.0.20'
    >>> ips.allocate("10.96.0.20")
    Traceback (most recent call last):
    ...
    k8snotes.errors.AddressError: provided IP is already allocated
    """

    def __init__(self, cidr: str = "10.96.0.0/16", *, reserved: Iterable[str] = ()) -> None:
        self.network = IPv4Network(cidr)
        first = int(self.network.network_address) + 1
        last = int(self.network.broadcast_address) - 1
        size = self.network.num_addresses
        # ipallocator's calculateRangeOffset: between 16 and 256 addresses, a sixteenth of the range
        static = 0 if size <= 16 else min(max(16, size // 16), 256)
        self._band = _Band(first, last, static)
        for ip in reserved:
            self.reserve(ip)

    def allocate(self, ip: str = "") -> str:
        """Give out `ip`, or with "" the lowest free address of the upper band; AddressError if it cannot be."""
        if not ip:
            number = self._band.next()
            if number is None:
                raise AddressError("range is full", rule="full")
            return str(IPv4Address(number))
        number = self._number(ip)
        if number is None or IPv4Address(number) not in self.network:
            raise AddressError("the provided network does not match the current range", rule="range")
        if number not in self._band:
            raise AddressError(
                f"the provided IP ({ip}) is not in the valid range. The range of valid IPs is {self.network}",
                rule="range",
            )
        if self._band.is_taken(number):
            raise AddressError("provided IP is already allocated", rule="taken")
        self._band.take(number)
        return ip

    def reserve(self, ip: str) -> None:
        """Mark `ip` as given out, if it is of this range; used for what was there before."""
        number = self._number(ip)
        if number is not None and number in self._band:
            self._band.take(number)

    def release(self, ip: str) -> None:
        """Take `ip` back; addresses that were never given out are ignored."""
        number = self._number(ip)
        if number is not None:
            self._band.release(number)

    def clear(self) -> None:
        """Take all addresses back."""
        self._band.clear()

    def is_allocated(self, ip: str) -> bool:
        """Whether `ip` is given out."""
        number = self._number(ip)
        return number is not None and self._band.is_taken(number)

    @staticmethod
    def _number(ip: str) -> int | None:
        """Return an address as a number, None for what is no IPv4 address."""
        try:
            return int(IPv4Address(ip))
        except AddressValueError:
            return None


class NodePorts(_Copyable):
    """The node ports 30000 to 32767: one number belongs to one Service, whatever the protocol.

    >>> ports = NodePorts()
    >>> ports.allocate()
    30086
    >>> ports.allocate(8080)
    Traceback (most recent call last):
    ...
    k8snotes.errors.AddressError: provided port is not in the valid range. The range of valid ports is 30000-32767
    """

    def __init__(self, first: int = 30000, last: int = 32767) -> None:
        size = last - first + 1
        # portallocator's calculateRangeOffset: between 16 and 128 ports, a thirty-second of the range
        static = 0 if size <= 16 else min(max(16, size // 32), 128)
        self._band = _Band(first, last, static)

    def allocate(self, port: int = 0) -> int:
        """Give out `port`, or with 0 the lowest free one of the upper band; AddressError if it cannot be."""
        if port == 0:
            number = self._band.next()
            if number is None:
                raise AddressError("range is full", rule="full")
            return number
        if port not in self._band:
            raise AddressError(
                "provided port is not in the valid range. "
                f"The range of valid ports is {self._band.first}-{self._band.last}",
                rule="range",
            )
        if self._band.is_taken(port):
            raise AddressError("provided port is already allocated", rule="taken")
        self._band.take(port)
        return port

    def reserve(self, port: int) -> None:
        """Mark `port` as given out, if it is of this range; used for what was there before."""
        if port in self._band:
            self._band.take(port)

    def release(self, port: int) -> None:
        """Take `port` back; ports that were never given out are ignored."""
        self._band.release(port)

    def clear(self) -> None:
        """Take all ports back."""
        self._band.clear()

    def is_allocated(self, port: int) -> bool:
        """Whether `port` is given out."""
        return self._band.is_taken(port)


def pod_network(nodes: int) -> str:
    """Return the Pod network of a cluster of so many Nodes: 10.244.0.0/16, or a larger one that contains it.

    Each Node has a /24 of it, and 10.244.0.0/16 has 255 of them here besides the first. A real cluster that grows beyond must
    have been made with a larger `--pod-network-cidr`; no range of Services or Nodes lies in this one.

    Args:
        nodes: how many Nodes, up to 5,000.

    >>> pod_network(250), pod_network(5_000)
    ('10.244.0.0/16', '10.224.0.0/11')

    Source of the rule: `--cluster-cidr` and `--node-cidr-mask-size` (24) of kube-controller-manager
    """
    return "10.244.0.0/16" if nodes <= 255 else "10.224.0.0/11"


class PodIPs(_Copyable):
    """The Pod network: a /24 of 10.244.0.0/16 for each Node, and in it an address for each Pod.

    A Pod that replaces another gets another address: freed ones come round again only when the
    Node's range is used up. `.1` is the Node's bridge.

    >>> pods = PodIPs()
    >>> pods.add_node("node-1"), pods.add_node("node-2")
    ('10.244.1.0/24', '10.244.2.0/24')
    >>> pods.allocate("node-2"), pods.allocate("node-2")
    ('10.244.2.2', '10.244.2.3')
    """

    def __init__(self, cidr: str = "10.244.0.0/16") -> None:
        self.network = IPv4Network(cidr)
        self._ranges: dict[str, IPv4Network] = {}
        self._used: set[IPv4Network] = set()
        self._free_from = 1  # every /24 below the one of this number is used
        self._last: dict[str, int] = {}
        self._taken: set[int] = set()
        self._offered = "", 0  # the address that was looked up last, and its number

    def add_node(self, node: str, cidr: str = "") -> str:
        """Return the podCIDR of a Node: `cidr` if it names one, else the lowest free /24 (from .1.0 on)."""
        if node in self._ranges:
            return str(self._ranges[node])
        if cidr:
            chosen = IPv4Network(cidr, strict=False)
        else:
            found = self._next_range()
            if found is None:
                raise AddressError(
                    _(
                        "No podCIDR is left for Node {node}, because the Pod network {network} is used up.",
                        node=node,
                        network=self.network,
                    )
                )
            chosen = found
        self._ranges[node] = chosen
        self._used.add(chosen)
        self._last[node] = int(chosen.network_address) + 1
        return str(chosen)

    def _next_range(self) -> IPv4Network | None:
        """Return the lowest free range for a Node, None if there is none left."""
        prefix = max(24, self.network.prefixlen)
        start, size = int(self.network.network_address), 1 << (32 - prefix)
        for number in range(self._free_from, self.network.num_addresses // size):
            network = IPv4Network((start + number * size, prefix))
            if network not in self._used:
                self._free_from = number
                return network
        return None

    def remove_node(self, node: str) -> None:
        """Take back the podCIDR of a Node that is gone, and the addresses in it."""
        gone = self._ranges.pop(node, None)
        if gone is not None:
            del self._last[node]
            if gone not in self._ranges.values():
                self._used.discard(gone)
                self._free_from = 1
            self._taken = {number for number in self._taken if IPv4Address(number) not in gone}

    def cidr(self, node: str) -> str:
        """Return the podCIDR of a Node, "" if it has none."""
        return str(self._ranges[node]) if node in self._ranges else ""

    def allocate(self, node: str) -> str:
        """Give out the next address on a Node (which gets a podCIDR if it has none); AddressError if full."""
        ip = self.next(node)
        self.take(node, ip)
        return ip

    def next(self, node: str) -> str:
        """Return the address that the next Pod of a Node gets, without giving it out; AddressError if full."""
        if node not in self._ranges:
            self.add_node(node)
        net = self._ranges[node]
        lowest, highest = int(net.network_address) + 2, int(net.broadcast_address) - 1
        number = self._last[node]
        for _try in range(highest - lowest + 1):
            number = number + 1 if lowest <= number + 1 <= highest else lowest
            if number not in self._taken:
                self._offered = str(IPv4Address(number)), number
                return self._offered[0]
        raise AddressError(f"No Pod address is left on Node {node}: its range {net} is used up.")

    @property
    def count(self) -> int:
        """How many addresses are given out."""
        return len(self._taken)

    def is_allocated(self, ip: str) -> bool:
        """Whether `ip` is given out."""
        return int(IPv4Address(ip)) in self._taken

    def take(self, node: str, ip: str) -> None:
        """Give out one address on a Node; what was given out already stays so."""
        number = self._offered[1] if self._offered[0] == ip else int(IPv4Address(ip))
        if number not in self._taken:
            self._taken.add(number)
            self._last[node] = number

    def release(self, ip: str) -> None:
        """Take `ip` back; it is given out again only after all the others."""
        self._taken.discard(int(IPv4Address(ip)))


class NodeIPs(_Copyable):
    """The Node network: 192.168.0.11 for the first Node, .12 for the second, and so on.

    >>> nodes = NodeIPs()
    >>> nodes.allocate("node-1"), nodes.allocate("node-2"), nodes.allocate("node-1")
    ('192.168.0.11', '192.168.0.12', '192.168.0.11')
    """

    def __init__(self, cidr: str = "192.168.0.0/16", first: int = 11) -> None:
        self.network = IPv4Network(cidr)
        self._next = int(self.network.network_address) + first
        self._by_node: dict[str, str] = {}
        self._brought: set[str] = set()  # addresses that Nodes have brought along, and have still

    def allocate(self, node: str) -> str:
        """Return the address of a Node, a new one if it has none yet; AddressError if none is left."""
        while node not in self._by_node:
            if self._next >= int(self.network.broadcast_address):
                raise AddressError(
                    _(
                        "No address is left for Node {node}, because the Node network {network} is used up.",
                        node=node,
                        network=self.network,
                    )
                )
            ip = str(IPv4Address(self._next))
            self._next += 1
            # no machine is called x.x.x.0 or x.x.x.255 in a drawing that people can read
            if ip.rpartition(".")[2] not in ("0", "255") and ip not in self._brought:
                self._by_node[node] = ip
        return self._by_node[node]

    def reserve(self, node: str, ip: str) -> None:
        """Record the address that a Node brings along."""
        self._by_node[node] = ip
        self._brought.add(ip)

    def release(self, node: str) -> None:
        """Forget a Node; its address is not given out again."""
        ip = self._by_node.pop(node, None)
        if ip is not None and ip not in self._by_node.values():
            self._brought.discard(ip)
