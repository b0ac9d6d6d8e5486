"""The network of a cluster: it follows what is sent through it, and tells what it knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.node import Node
from k8snotes.catalogue import _, named
from k8snotes.control_plane import caches
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.ingress_rules import WebController
from k8snotes.errors import AddressError, ClusterError, NotFoundError, brief
from k8snotes.network.dice import Dice, RandomDice, every_way
from k8snotes.network.exchange import SCHEMES, Exchange
from k8snotes.network.packet import End, Packet, Remembered
from k8snotes.network.resolver import Resolver, resolver_of
from k8snotes.network.routes import Request
from k8snotes.network.sender import Sender, sender_of
from k8snotes.network.state import NetworkState
from k8snotes.network.targets import Target, target_of
from k8snotes.network.trace import Share, Trace
from k8snotes.node.kube_proxy import NodeRuleset
from k8snotes.node.programs import Programs

__all__ = ["Network"]

_MOST_TIMES = 100_000
_MOST_WAYS = 50
_Place = tuple[
    str, str, str, int
]  # where a way ended: the Pod, the address, the outcome, the status of HTTP or 0
_Send = Callable[[Dice, Remembered], End]


class Network:
    """The network of one cluster, as it is at each moment.

    Its state is made when something is sent, and kept until something is stored.

    Args:
        api: The API server, which has the Services, EndpointSlices, Pods and Nodes.
        find: Returns the object of a reference such as "pod/client", and raises NotFoundError with what
            there is instead.
        programs: What the programs in the containers do: on which ports they listen.
        silent: The Nodes that have lost their power, and since when; looked at again for each packet.
        pod_range: The range of all Pod IPs in CIDR notation, "" where a dump does not tell it.
        service_range: The range of all Cluster IPs, likewise.
        from_dump: Whether what a dump leaves out (EndpointSlices, Nodes) is to be worked out.
        controllers: Returns the controllers of Ingresses and Gateways that run now.
        network_policies: Whether the network plugin enforces NetworkPolicies.
        enforcement_known: Whether that is known: a dump does not tell.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> trace = c.simulation.network.trace("http://cache:6379", "pod/mysql-0")
    >>> trace.outcome, trace.hops[0].what == f"cache.default.svc.cluster.local is {c['svc/cache'].cluster_ip}"
    ('connected', True)
    """

    def __init__(
        self,
        api: ApiServer,
        *,
        find: Callable[[str], KubeObject],
        programs: Programs,
        silent: Mapping[str, int] | None = None,
        pod_range: str = "",
        service_range: str = "",
        proxy: str = "iptables",
        from_dump: bool = False,
        controllers: Callable[[], Sequence[WebController]] = tuple,
        network_policies: bool = True,
        enforcement_known: bool = True,
    ) -> None:
        self._api, self._find, self._controllers = api, find, controllers
        self.programs, self.silent = programs, {} if silent is None else silent
        self.pod_range, self.service_range, self.from_dump = pod_range, service_range, from_dump
        self.proxy = proxy
        self.network_policies, self.enforcement_known = network_policies, enforcement_known
        self._kept: tuple[int, NetworkState] | None = None

    def __repr__(self) -> str:
        ranges = [name for name in (self.pod_range, self.service_range) if name]
        return f"<Network: {', '.join(ranges) or 'ranges not known'}>"

    @property
    def state(self) -> NetworkState:
        """The network at this moment."""
        revision = self._api.store.revision
        if self._kept is None or self._kept[0] != revision or not caches.enabled():
            state = NetworkState(
                self._api,
                programs=self.programs,
                silent=self.silent,
                now=lambda: self._api.now,
                pod_range=self.pod_range,
                service_range=self.service_range,
                proxy=self.proxy,
                from_dump=self.from_dump,
                controllers=self._controllers(),
                network_policies=self.network_policies,
                enforcement_known=self.enforcement_known,
            )
            self._kept = revision, state
        return self._kept[1]

    def whose(self, ip: str) -> str:
        """Say in words whose address this is at this moment, "" if no object has it."""
        return self.state.whose(ip)

    def rules(self, node: str) -> NodeRuleset:
        """Return the rules that kube-proxy has written on a Node by now.

        Printed, they read as `iptables-save` or `nft list ruleset` prints them.

        Args:
            node: "node-1" or "node/node-1".

        Raises:
            NotFoundError: For a Node that is not there.
            ClusterError: For what is no Node.

        >>> import k8snotes as kn
        >>> str(kn.load("guestbook").simulation.network.rules("node-1")).splitlines()[1]
        ':PREROUTING ACCEPT [0:0]'

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
        """
        if not isinstance(node, str):
            raise ClusterError(
                _('The name of a Node is text such as "node-1", not a {type}.', type=type(node).__name__)
            )
        state = self.state
        if not node:
            names = named(state.node_named)
            raise NotFoundError(
                _('No Node has the name "". The Nodes are {names}.', names=names)
                if names
                else _('No Node has the name "", because there are no Nodes.')
            )
        there = state.node_named.get(node) or self._find(node if "/" in node else f"node/{node}")
        if not isinstance(there, Node):
            raise ClusterError(
                _(
                    '{object} is of kind {kind}, but only a Node has rules. Name a Node, as in c.rules("node-1").',
                    object=there.ref,
                    kind=there.kind,
                )
            )
        return state.rules_of(there.name)

    def sender(self, source: str | KubeObject | Sender = "outside") -> Sender:
        """Return the sender that is named: "pod/client", "node/node-1", "outside", an address, or an object.

        Raises:
            ClusterError: For what cannot send, and text that names no sender.
            NotFoundError: For an object that is not there.
        """
        return source if isinstance(source, Sender) else sender_of(source, self.state, self._find)

    def resolver(self, source: str | KubeObject | Sender) -> Resolver:
        """Return what answers a sender that asks for a name. Raises what `sender` raises."""
        return resolver_of(self.state, self.sender(source))

    def trace(
        self,
        target: str | Target,
        source: str | KubeObject | Sender = "outside",
        times: int = 1,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        plainly: bool = False,
    ) -> Trace:
        """Follow the first packet of a connection, as the kernel of each machine on the way would treat it.

        Where the rules choose by chance, dice are thrown that fall the same way for the same question. With
        `times` the question is asked so often: the answer tells the first way, and how all were spread.

        Args:
            target: "http://web:8080", "web.shop:80", "10.96.0.20:80", or what `target_of` has read.
            source: As `sender` takes it.
            times: From 1 to 100,000.
            method: The method of a request of HTTP, which counts where a proxy reads it.
            headers: Its headers, likewise.
            plainly: Whether it is told by names and addresses alone: `Trace.in_plain`.

        Raises:
            AddressError: For what is no URL, and a name that has only an IPv6 address.
            NotFoundError: For a name that leads nowhere, and a source that is not there.
            ClusterError: For what cannot send.

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
        """
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
            raise ClusterError(
                _(
                    "times is a whole number from 1 to {most}, not {times}.",
                    most=f"{_MOST_TIMES:,}",
                    times=brief(times),
                )
            )
        target = target if isinstance(target, Target) else target_of(target)
        sender = self.sender(source)
        dice = RandomDice(f"{sender.ref} {sender.ip} {target} {target.protocol}")
        remembered: Remembered = {}
        packet = self._packets(sender, target, method, headers)
        first = packet(dice, remembered)
        first.plainly = plainly
        end = first.go()
        if times == 1:
            return _told(first.trace(end, times, ()), plainly=plainly)

        def send(dice: Dice, remembered: Remembered) -> End:
            return packet(dice, remembered).go()

        chances = {} if first.sticky else _chances(send)
        if chances:  # to throw for the end of a way comes to the same as to go it, and is soon done
            places = list(chances)
            more = [places[at] for at in dice.throws([*chances.values()], times - 1)]
        else:
            more = _walked(send, dice, remembered, times - 1)
        return _told(first.trace(end, times, _spread([_place(end), *more], chances)), plainly=plainly)

    def ways(
        self, target: str | Target, source: str | KubeObject | Sender = "outside"
    ) -> tuple[tuple[float, Trace], ...]:
        """Follow a first packet on each way that chance may choose, and return the ways with their chances.

        Where there are too many ways, only that of `trace` is returned. Raises what `trace` raises.

        >>> import k8snotes as kn
        >>> ways = kn.load("guestbook").simulation.network.ways("http://cache:6379", "pod/mysql-0")
        >>> [(chance, way.outcome) for chance, way in ways]
        [(0.5, 'connected'), (0.5, 'connected')]
        """
        target = target if isinstance(target, Target) else target_of(target)
        sender = self.sender(source)
        packets = self._packets(sender, target, "GET", None)

        def send(dice: Dice) -> Trace:
            packet = packets(dice, {})
            return packet.trace(packet.go(), 1, ())

        return tuple(every_way(send, _MOST_WAYS)) or ((1.0, self.trace(target, sender)),)

    def _packets(
        self, sender: Sender, target: Target, method: str, headers: Mapping[str, str] | None
    ) -> Callable[[Dice, Remembered], Packet | Exchange]:
        """Return what makes a packet of a request: one that proxies read if there are any."""
        state = self.state
        request = _request(target, method, headers) if state.web.is_there else None

        def packet(dice: Dice, remembered: Remembered) -> Packet | Exchange:
            if request is None:
                return Packet(state, sender, target, dice, remembered)
            return Exchange(state, sender, target, dice, remembered, request=request)

        return packet

    def ping(self, host: str, source: str | KubeObject | Sender = "outside") -> Trace:
        """Send a ping (ICMP echo): `.outcome` is "reply" or "no reply". Raises what `trace` raises.

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/ (a Cluster IP answers none).
        """
        return self.trace(target_of(host, ping=True), source)


def _told(trace: Trace, *, plainly: bool) -> Trace:
    return trace.in_plain if plainly else trace


def _chances(send: _Send) -> dict[_Place, float]:
    """Return where a request may end, and with which chance; {} where there are too many ways to tell."""
    chances: dict[_Place, float] = {}
    for chance, end in every_way(lambda dice: send(dice, {})):
        chances[_place(end)] = chances.get(_place(end), 0.0) + chance
    return chances


def _walked(send: _Send, dice: RandomDice, remembered: Remembered, times: int) -> list[_Place]:
    """Return where so many more requests end, each knowing what those before it have left behind."""
    places: list[_Place] = []
    while len(places) < times:
        before = dice.thrown
        places.append(_place(send(dice, remembered)))
        if dice.thrown == before:  # nothing was left to chance, so it stays like this
            return places + places[-1:] * (times - len(places))
    return places


def _spread(places: list[_Place], chances: dict[_Place, float]) -> tuple[Share, ...]:
    """Count the ends, and set beside each the chance that it has ({}: they are not alike)."""
    counted = Counter(places)
    return tuple(
        Share(
            server=server,
            address=address,
            outcome=outcome,
            requests=counted[server, address, outcome, status],
            chance=round(chances.get((server, address, outcome, status), 0.0), 9) if chances else None,
            status=status or None,
        )
        for server, address, outcome, status in sorted({*chances, *counted})
    )


def _place(end: End) -> _Place:
    return end.server.ref if end.server else "", end.ip or "", end.outcome, end.status or 0


def _request(target: Target, method: str, headers: Mapping[str, str] | None) -> Request | None:
    """Return the request that is sent to a target, None if what is sent is no TCP.

    Raises:
        AddressError: For a method and for headers that cannot be.
    """
    if target.protocol != "TCP" or target.port is None:
        return None
    if not isinstance(method, str) or not method.isalpha():
        raise AddressError(_('method is a word such as "GET", not {value}.', value=brief(method)))
    given = {} if headers is None else headers
    if not isinstance(given, Mapping) or not all(
        isinstance(item, str) for pair in given.items() for item in pair
    ):
        raise AddressError(
            _("headers is a dict with names and values that are text, not {value}.", value=brief(headers))
        )
    fields = {name.lower(): value for name, value in given.items()}
    return Request(
        fields.get("host", target.host).partition(":")[0].lower(),
        target.path,
        target.query,
        method.upper(),
        fields,
        SCHEMES.get(target.scheme, ""),
    )
